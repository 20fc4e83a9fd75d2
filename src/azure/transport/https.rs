//! The transport for production.

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Request, Response, Transport, TransportError};

/// HTTPS through reqwest. One per process: building it loads the certificates of the platform.
#[derive(Clone, Debug)]
pub struct HttpsTransport {}

#[async_trait]
impl Transport for HttpsTransport {
    async fn send(&self, _request: Request, _deadline: Instant) -> Result<Response, TransportError> {
        Err(TransportError::not_sent("not built yet"))
    }
}

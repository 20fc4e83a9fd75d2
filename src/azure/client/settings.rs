//! What a client is made of.

use std::sync::Arc;

use url::Url;

use crate::azure::clock::Clock;
use crate::azure::endpoint::InvalidEndpoint;
use crate::azure::limiter::Limiter;
use crate::azure::random::Random;
use crate::azure::retry::Backoff;
use crate::azure::token::TokenSource;
use crate::azure::transport::HttpTransport;

/// Settings of a client. Transport, tokens, limiter and random source are shared by all clients of a process.
#[derive(Debug)]
pub struct ArmClientSettings {
    /// Such as `https://management.azure.com/`.
    pub endpoint: Url,
    /// Carries the requests.
    pub transport: Arc<dyn HttpTransport>,
    /// Gives the bearer tokens.
    pub tokens: Arc<dyn TokenSource>,
    /// Tokens of other tenants, at most three, sent along with triggers (`x-ms-authorization-auxiliary`).
    pub auxiliary_tokens: Vec<Arc<dyn TokenSource>>,
    /// The machine's, which the `Date` of answers corrects.
    pub clock: Arc<dyn Clock>,
    /// For request ids and jitter.
    pub random: Arc<dyn Random>,
    /// Keeps the process below Azure's rates.
    pub limiter: Limiter,
    /// Waits between tries.
    pub backoff: Backoff,
    /// `User-Agent`.
    pub user_agent: String,
    /// `x-ms-correlation-request-id`, one per run; none is sent if it is switched off.
    pub correlation_id: Option<String>,
}

/// Why no client can be made of some settings.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSettings {
    /// The endpoint is none.
    #[error(transparent)]
    Endpoint(#[from] InvalidEndpoint),
    /// A header cannot hold the value.
    #[error("{header} cannot be sent as a header")]
    Header {
        /// Which one.
        header: &'static str,
    },
}

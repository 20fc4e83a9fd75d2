//! One HTTP exchange: a request goes out, an answer or the lack of one comes back.
//! Neither retries, tokens, redirects nor any knowledge of Azure may enter; those are the client's.

mod https;
mod proxy;

use std::fmt;

use async_trait::async_trait;
pub use https::HttpsTransport;
pub(crate) use https::names_a_certificate;
pub use proxy::socks_proxy;
pub use reqwest::Method;
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;
use url::Url;

/// A request, complete.
#[derive(Clone)]
pub struct HttpRequest {
    /// GET or POST, in this program.
    pub method: Method,
    /// Sent as it is.
    pub url: Url,
    /// All of them; the token is marked sensitive.
    pub headers: HeaderMap,
    /// JSON; none is sent as a body of length zero for POST.
    pub body: Option<Vec<u8>>,
}

/// Method and path; queries and headers may hold what must not be printed.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.url.path())
    }
}

/// An answer, read to its end.
#[derive(Clone)]
pub struct HttpResponse {
    /// HTTP status.
    pub status: u16,
    /// All of them.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Status and length; headers and body may hold signed URLs.
impl fmt::Debug for HttpResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} with {} bytes", self.status, self.body.len())
    }
}

impl HttpResponse {
    /// A header as text; none if absent, empty or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim).filter(|value| !value.is_empty())
    }
}

/// Why there is no answer. What matters is whether the request may have arrived.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// It certainly did not arrive: name resolution, connection, TLS.
    #[error("{message}")]
    NotSent {
        /// What failed.
        message: String,
        /// What the layers below said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The server's certificate is not trusted. Nothing was sent, and waiting seldom helps.
    #[error("the certificate of the server is not trusted")]
    Untrusted {
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It may have arrived; the answer did not, or not whole.
    #[error("{message}")]
    Lost {
        /// What failed.
        message: String,
        /// What the layers below said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// It arrived, and the answer is larger than any that Resource Manager lets through.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The bound, bytes.
        limit: usize,
    },
}

impl TransportError {
    /// Without a cause below.
    pub fn not_sent(message: impl Into<String>) -> Self {
        Self::NotSent { message: message.into(), source: None }
    }

    /// Without a cause below.
    pub fn lost(message: impl Into<String>) -> Self {
        Self::Lost { message: message.into(), source: None }
    }

    /// Whether the request certainly did not arrive.
    pub fn is_before_sending(&self) -> bool {
        matches!(self, Self::NotSent { .. } | Self::Untrusted { .. })
    }
}

/// Carries one request. The form for production is [`HttpsTransport`].
#[async_trait]
pub trait HttpTransport: Send + Sync + fmt::Debug {
    /// Sends exactly once and reads the answer to its end, until `deadline`.
    ///
    /// # Errors
    /// [`TransportError`]; any HTTP status is an answer, not an error.
    async fn send(&self, request: HttpRequest, deadline: Instant) -> Result<HttpResponse, TransportError>;
}

//! What the client needs of authentication: a token when asked, and a way to say that one was refused.

use std::fmt::Debug;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::deadline::{Deadline, Interrupted};
use super::secret::Secret;

/// A bearer token and when it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// Sent as `Authorization: Bearer …`, to the Resource Manager host and its subdomains only.
    pub token: Secret,
    /// The instant after which Azure refuses it, UTC.
    pub expires_at: OffsetDateTime,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// May pass by itself: the authority answered 429 or 5xx, or could not be reached. The client asks again until the
    /// deadline.
    #[error("no access token for the moment: {message}")]
    Transient {
        /// What happened, without secrets.
        message: String,
        /// The chain below it, if there is one.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Will not pass: wrong secret, unknown application, nobody logged in.
    #[error("no access token: {message}")]
    Permanent {
        /// What happened and what the user can do, without secrets.
        message: String,
        /// The chain below it, if there is one.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The deadline passed or the user stopped while the authority was being asked.
    #[error("no access token: {0}")]
    Interrupted(Interrupted),
}

/// Gives tokens for Azure Resource Manager; one per process and identity, shared by all clients of it.
#[async_trait]
pub trait TokenSource: Send + Sync + Debug {
    /// A token that is valid for some minutes at least; from a cache, so that it may be asked for before every request.
    ///
    /// # Errors
    /// [`TokenError`]; the implementation does not wait and try again, the client does.
    async fn token(&self, deadline: &Deadline) -> Result<AccessToken, TokenError>;

    /// Azure refused `token` with 401: it is forgotten, and the next call gets a new one. A token that is no longer
    /// the cached one changes nothing, so that several requests refused at once cost one refresh.
    fn invalidate(&self, token: &AccessToken);
}

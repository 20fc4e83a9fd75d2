//! The request that must not happen twice: what starts a restore.

use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use tracing::info;
use uuid::Uuid;

use super::{ArmClient, ArmResponse, Method, header, subscription_of};
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, WriteError};
use crate::azure::limiter::{Permit, RequestKind};
use crate::azure::token::TokenError;
use crate::azure::transport::{HeaderMap, HeaderValue};

/// How a service takes the request that starts something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMethod {
    /// An action: `…/restore`.
    Post,
    /// A resource that Azure makes out of a backup: a database, a server. PUT is idempotent by ARM's contract, but not
    /// where it restores: a second one is refused (`DuplicateRestoreOperation`), or restores again.
    Put,
}

impl From<WriteMethod> for Method {
    fn from(method: WriteMethod) -> Self {
        match method {
            WriteMethod::Post => Self::POST,
            WriteMethod::Put => Self::PUT,
        }
    }
}

/// A request for [`ArmClient::send_once`].
#[derive(Debug)]
pub struct WriteRequest<'a, B> {
    /// What the service's description names for this call.
    pub method: WriteMethod,
    /// From `/subscriptions` on, without query. Segments may be percent-encoded or not.
    pub path: &'a str,
    /// The version of the service's description that `body` follows.
    pub api_version: &'a str,
    /// Sent as JSON; it is never logged.
    pub body: &'a B,
    /// `x-ms-client-request-id`. Fresh for every send: Resource Manager may answer a known one from memory.
    pub client_request_id: Uuid,
}

/// How long the answer to a request that was sent is worth waiting for. What was sent may have been accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseTimeout {
    /// Usually. Resource Manager itself waits 60 s for a service.
    pub usual: Duration,
    /// Once the user has stopped.
    pub after_stop: Duration,
}

impl ArmClient {
    /// Waits until the limiter has room for one write to `path`, of which one [`ArmClient::send_once`] may make use while
    /// the permit is held; it is to be dropped once that is answered, or will not be sent. In a line of a thousand this
    /// takes minutes, and whoever waits may be interrupted. Azure counts every write alike, so the method does not matter.
    ///
    /// # Errors
    /// [`Interrupted`] if the deadline passes or the user stops first.
    pub async fn admit_write(&self, path: &str, deadline: &Deadline) -> Result<Permit, Interrupted> {
        let url = self.url(path, "", &[]);
        self.inner.limiter.admit_for_later(subscription_of(&url), RequestKind::Write, deadline).await
    }

    /// Sends at most once, with the request id given, and says whether Azure may have acted. Does not ask the limiter: see
    /// [`ArmClient::admit_write`]. If `deadline` passes while a token is awaited, nothing was sent; if it passes while the
    /// answer is awaited, the answer is lost. After a stop it is still awaited for a while (`wait`), so the caller must not
    /// drop the future.
    ///
    /// # Errors
    /// [`WriteError`]; its arms say whether the same may be sent again.
    pub async fn send_once<B: Serialize + Sync>(
        &self,
        request: WriteRequest<'_, B>,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<ArmResponse, WriteError> {
        let WriteRequest { method, path, api_version, body, client_request_id } = request;
        let call = self.call_with_body(method, path, api_version, body).map_err(not_accepted)?;
        let tokens = async {
            let token = self.token_for(&call.url, deadline).await?;
            let headers = if token.is_some() { self.auxiliary_headers(deadline).await? } else { HeaderMap::new() };
            Ok((token, headers))
        };
        let (token, headers) = match deadline.run(tokens).await {
            Ok(tokens) => tokens.map_err(not_accepted)?,
            Err(interrupted) => return Err(not_accepted(super::interrupted_error(interrupted))),
        };
        info!(request = call.label(), client_request_id = %client_request_id, "sending once");
        let latest = deadline.at_most(wait.usual).deadline();
        let sent = self.exchange(&call, token.as_ref(), client_request_id, headers, latest);
        let answer = match heard(sent, deadline, wait.after_stop).await {
            Ok(answer) => answer,
            Err(error @ (ArmError::Lost { .. } | ArmError::Unreadable { .. } | ArmError::Interrupted { .. })) => {
                return Err(WriteError::Lost { error });
            }
            Err(error) => return Err(not_accepted(error)),
        };
        match answer.status() {
            200..=299 => Ok(answer),
            401 => {
                self.forget(token);
                Err(not_accepted(answer.refuse()))
            }
            429 => Err(WriteError::NotAccepted { error: answer.refuse(), retry_after: answer.retry_after() }),
            // A 307 or 308 says "ask there instead"; a 303 would say "done, look there".
            307 | 308 => Err(WriteError::Refused(Box::new(answer.refusal()))),
            400..=407 | 409..=499 => Err(WriteError::Refused(Box::new(answer.refusal()))),
            _ => Err(WriteError::Lost { error: answer.refuse() }),
        }
    }

    /// Tokens of other tenants, where a Resource Guard of another tenant has to let a trigger pass.
    async fn auxiliary_headers(&self, deadline: &Deadline) -> Result<HeaderMap, ArmError> {
        let mut bearers = Vec::new();
        for source in &self.inner.auxiliary_tokens {
            let token = source.token(deadline).await.map_err(ArmError::Token)?;
            bearers.push(format!("Bearer {}", token.token.expose()));
        }
        let mut headers = HeaderMap::new();
        if !bearers.is_empty() {
            let mut value: HeaderValue = header("x-ms-authorization-auxiliary", &bearers.join(", "))
                .map_err(|error| ArmError::Token(TokenError::Permanent { message: error.to_string(), source: None }))?;
            value.set_sensitive(true);
            headers.insert("x-ms-authorization-auxiliary", value);
        }
        Ok(headers)
    }
}

/// The answer, if it comes soon enough after a stop.
async fn heard(
    sent: impl Future<Output = Result<ArmResponse, ArmError>>,
    deadline: &Deadline,
    after_stop: Duration,
) -> Result<ArmResponse, ArmError> {
    tokio::pin!(sent);
    tokio::select! {
        biased;
        answer = &mut sent => return answer,
        () = deadline.stop().cancelled() => {}
    }
    let late = |_| super::interrupted_error(Interrupted::Stopped);
    tokio::time::timeout(after_stop, sent).await.map_err(late)?
}

fn not_accepted(error: ArmError) -> WriteError {
    WriteError::NotAccepted { error, retry_after: None }
}

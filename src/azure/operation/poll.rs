//! One poll of an operation: at its status URL, through the service, or at its result URL.

use std::time::Duration;

use serde_json::Value;
use tracing::info;

use super::{AcceptedOperation, AsyncUrl, OperationStatus};
use crate::azure::client::{ArmClient, ArmResponse};
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError};
use crate::azure::poll::PollResult;

/// The limit of one poll. Status URLs lead to regional hosts, which a network may block; then the service is asked
/// instead.
const LONGEST_POLL: Duration = Duration::from_secs(120);

/// What one poll of an operation found. A success carries the members that describe the result (`properties` of the
/// status, or the body behind `Location`; null if there is nothing), a failure carries Azure's error.
pub type OperationPoll = PollResult<Result<Value, Box<AzureError>>>;

/// Where a service gives the status of an operation by its id, beside the URL that Azure gave: `operationStatus` of a
/// Backup vault, `backupOperations` of a Recovery Services vault. Reading it needs no right beyond the vault, and the
/// answer is the same document.
#[derive(Clone, Copy, Debug)]
pub struct StatusById<'a> {
    /// Path up to the operation's id, without a slash at its end.
    pub collection: &'a str,
    /// The version in which the service knows this call.
    pub api_version: &'a str,
}

impl ArmClient {
    /// One poll: at the status URL; if that is forbidden, gone, of a foreign host or silent for two minutes, at
    /// `by_id`; at last at the result URL. Whichever of them an acceptance did not give, or a service does not have, is
    /// passed over.
    ///
    /// # Errors
    /// The error of the first of them, if none can be read: a 403 or 404 there says that the status cannot be read, not
    /// that the operation failed.
    pub async fn poll_operation(
        &self,
        accepted: &AcceptedOperation,
        by_id: Option<StatusById<'_>>,
        deadline: &Deadline,
    ) -> Result<OperationPoll, ArmError> {
        let mut first_error = None;
        if let Some(url) = &accepted.status_url {
            match self.get_url(url, &deadline.at_most(LONGEST_POLL), |answer| answer.json()).await {
                Ok(document) => return Ok(OperationStatus::read(&document).judge()),
                Err(error) if is_closed(&error, deadline) => {
                    info!(operation = url.operation_id(), error = %error, "reading the operation's status by other means");
                    first_error = Some(error).filter(|error| error.interrupted().is_none());
                }
                Err(error) => return Err(error),
            }
            if let Some(by_id) = by_id.filter(|_| is_a_name(url.operation_id())) {
                let path = format!("{}/{}", by_id.collection, url.operation_id());
                match self.get::<Value>(&path, by_id.api_version, &[], deadline).await {
                    Ok(document) => return Ok(OperationStatus::read(&document).judge()),
                    Err(error) if is_closed(&error, deadline) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        match (self.poll_operation_result(accepted, deadline).await, first_error) {
            (Err(error), Some(first)) if is_closed(&error, deadline) || accepted.result_url.is_none() => Err(first),
            (seen, _) => seen,
        }
    }

    /// One poll of the result URL alone: 202 while it runs, then what a call that had waited would have been answered,
    /// which may be nothing (204). For operations without a status worth reading, such as those of containers in
    /// Recovery Services, and for what a status left out.
    ///
    /// # Errors
    /// As [`ArmClient::get_url`]; [`ArmError::Unreadable`] if there is no result URL.
    pub async fn poll_operation_result(
        &self,
        accepted: &AcceptedOperation,
        deadline: &Deadline,
    ) -> Result<OperationPoll, ArmError> {
        let Some(url) = &accepted.result_url else { return Err(no_url(accepted.status_url.as_ref())) };
        let read = |answer: ArmResponse| match answer.status() {
            202 => Ok(PollResult::Pending { note: "Accepted".to_owned(), retry_after: answer.retry_after() }),
            _ => Ok(PollResult::Ready(Ok(answer.json()?))),
        };
        match self.get_url(url, deadline, read).await {
            Ok(seen) => Ok(seen),
            // Anything that is neither about seeing nor about who asks is the operation's own failure.
            Err(ArmError::Refused(refusal)) if !matches!(refusal.status, 401 | 403 | 404 | 410) => {
                Ok(PollResult::Ready(Err(Box::new(refusal.error))))
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether a segment of a URL stays one segment however often it is decoded.
fn is_a_name(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    !segment.is_empty() && !["%2f", "%5c", "%2e", "%25"].iter().any(|escaped| lower.contains(escaped))
}

/// Whether the URL cannot be read, as opposed to the operation having failed: forbidden, gone, of a foreign host, or
/// without an answer for longer than a poll may take.
fn is_closed(error: &ArmError, deadline: &Deadline) -> bool {
    matches!(error.status(), Some(403 | 404 | 410))
        || matches!(error, ArmError::ForeignHost { .. })
        || (error.interrupted() == Some(Interrupted::TimedOut) && deadline.check().is_ok())
}

fn no_url(status_url: Option<&AsyncUrl>) -> ArmError {
    ArmError::Unreadable {
        request: status_url.map_or_else(|| "the request that was accepted".to_owned(), |url| format!("GET {url}")),
        reason: "it gave no URL for its result".to_owned(),
    }
}

#[cfg(test)]
mod tests;

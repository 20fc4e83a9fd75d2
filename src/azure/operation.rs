//! ARM's long-running operations: where to look, and what a look says.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use url::Url;

use super::error::AzureError;
use super::members::Members;
use super::poll::Sighting;

/// A URL that Azure gave for following an operation. It is sent as it came; its query may be signed (up to 4 kB), so it
/// is neither printed nor kept in any state.
#[derive(Clone, PartialEq, Eq)]
pub struct AsyncUrl(Url);

impl AsyncUrl {
    /// Takes it in; whether it belongs to the endpoint is checked when it is used.
    pub fn new(url: Url) -> Self {
        Self(url)
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    /// The operation's own id: the last segment of the path, as it stands there.
    pub fn operation_id(&self) -> &str {
        self.0.path().rsplit('/').next().unwrap_or_default()
    }
}

/// Without the query.
impl fmt::Display for AsyncUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}{}", self.0.scheme(), self.0.host_str().unwrap_or_default(), self.0.path())
    }
}

/// Without the query.
impl fmt::Debug for AsyncUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// What the answer that accepted a request says about following it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcceptedOperation {
    /// `Azure-AsyncOperation`: a document with a status.
    pub status_url: Option<AsyncUrl>,
    /// `Location`: 202 while it runs, then the answer of a call that had waited.
    pub result_url: Option<AsyncUrl>,
    /// `Retry-After`, clamped. A promise of the acceptance only; the first look need not wait as long.
    pub retry_after: Option<Duration>,
}

impl AcceptedOperation {
    /// The operation's own id.
    pub fn operation_id(&self) -> Option<&str> {
        let url = self.status_url.as_ref().or(self.result_url.as_ref())?;
        Some(url.operation_id()).filter(|id| !id.is_empty())
    }
}

/// The document behind `Azure-AsyncOperation`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OperationStatus {
    /// Azure's word: `Inprogress`, `InProgress`, `Accepted`, `Succeeded`, `Failed` …
    pub status: String,
    /// UTC.
    pub start_time: Option<OffsetDateTime>,
    /// UTC; year 1, given as none, while it runs (observed).
    pub end_time: Option<OffsetDateTime>,
    /// What it brought, after it succeeded; null if nothing.
    pub properties: Value,
    /// Why it failed.
    pub error: Option<AzureError>,
}

impl OperationStatus {
    /// Reads the document; whatever is missing counts as "still running".
    pub fn read(value: &Value) -> Self {
        let members = Members::of(value);
        Self {
            status: members.text("status").unwrap_or_default(),
            start_time: members.instant("startTime"),
            end_time: members.instant("endTime"),
            properties: members.get("properties").cloned().unwrap_or_default(),
            error: members.get("error").map(AzureError::read).filter(|error| !error.is_silent()),
        }
    }

    /// Judges the document: `Succeeded` (also `Completed`) brings the properties, `Failed` and either spelling of
    /// cancelled bring the error, every other word means running. HTTP status and headers say nothing about it: a failed
    /// validation is a 200, and a finished result carries `Azure-AsyncOperation` and `Retry-After` again (observed).
    pub fn judge(self) -> Sighting<Result<Value, Box<AzureError>>> {
        match self.status.to_ascii_lowercase().as_str() {
            "succeeded" | "completed" | "completedwithwarnings" => Sighting::Finished(Ok(self.properties)),
            "failed" | "canceled" | "cancelled" => {
                let error = self.error.unwrap_or_else(|| AzureError::new(self.status, "Azure gave no reason"));
                Sighting::Finished(Err(Box::new(error)))
            }
            _ => Sighting::Running { note: self.status, retry_after: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    fn judge(value: &Value) -> Sighting<Result<Value, Box<AzureError>>> {
        OperationStatus::read(value).judge()
    }

    #[test]
    fn three_spellings_of_in_progress_and_unknown_words_are_running() {
        for word in ["Inprogress", "InProgress", "INPROGRESS", "Accepted", "Hatching"] {
            let value =
                json!({"status": word, "startTime": "2026-01-01T00:00:00.123456Z", "endTime": "0001-01-01T00:00:00Z"});
            assert_eq!(judge(&value), Sighting::Running { note: word.to_owned(), retry_after: None });
            assert_eq!(OperationStatus::read(&value).end_time, None);
        }
        for empty in [json!({}), json!(null), json!({"status": null})] {
            assert!(matches!(judge(&empty), Sighting::Running { .. }));
        }
    }

    #[test]
    fn a_success_brings_its_properties_or_nothing() {
        let value = json!({"status": "succeeded", "endTime": "2026-01-01T00:00:02Z", "properties": {"jobId": "j"}});
        assert_eq!(OperationStatus::read(&value).end_time, Some(datetime!(2026-01-01 0:00:02 UTC)));
        assert_eq!(judge(&value), Sighting::Finished(Ok(json!({"jobId": "j"}))));
        assert_eq!(judge(&json!({"status": "Succeeded"})), Sighting::Finished(Ok(Value::Null)));
    }

    #[test]
    fn a_failure_with_status_200_brings_the_advice() {
        let value = json!({"status": "Failed", "error": {"code": "UserErrorMSIMissingPermissions", "message": "m",
            "additionalInfo": [{"type": "UserFacingError", "info": {"code": "UserErrorMSIMissingPermissions", "message": "m",
                "recommendedAction": ["Grant it."]}}]}});
        let Sighting::Finished(Err(error)) = judge(&value) else { panic!() };
        assert_eq!(error.all_recommended_actions(), ["Grant it."]);
    }

    #[test]
    fn both_spellings_of_cancelled_are_an_end_even_without_an_error() {
        for word in ["Canceled", "Cancelled"] {
            let Sighting::Finished(Err(error)) = judge(&json!({"status": word, "error": null})) else { panic!() };
            assert_eq!(error.code, word);
        }
    }

    #[test]
    fn the_signed_query_is_never_printed() {
        let url = AsyncUrl::new(
            Url::parse("https://h.management.azure.com/x/operationStatus/Zm==?t=1&s=SECRET&h=H").unwrap(),
        );
        let accepted = AcceptedOperation { status_url: Some(url.clone()), result_url: None, retry_after: None };
        for text in [url.to_string(), format!("{url:?}"), format!("{accepted:?}")] {
            assert!(
                !text.contains("SECRET") && text.contains("https://h.management.azure.com/x/operationStatus/Zm=="),
                "{text}"
            );
        }
        assert_eq!(accepted.operation_id(), Some("Zm=="));
    }
}

//! ARM's long-running operations: whether an answer began one, where it can be followed, and what its status says.

mod poll;

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use url::Url;

pub use poll::{OperationPoll, StatusById};

use super::client::ArmResponse;
use super::error::{ArmError, AzureError, WriteError};
use super::json_fields::JsonFields;
use super::poll::PollResult;
use super::redaction::redact;
use super::resource_id::{ResourceId, is_same};

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
    /// `Retry-After`, clamped. A promise of the acceptance only; the first poll need not wait as long.
    pub retry_after: Option<Duration>,
}

impl AcceptedOperation {
    /// The operation's own id.
    pub fn operation_id(&self) -> Option<&str> {
        let url = self.status_url.as_ref().or(self.result_url.as_ref())?;
        Some(url.operation_id()).filter(|id| !id.is_empty())
    }
}

/// What became of a request that starts something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationStart<T> {
    /// Already done, with its result.
    Done(T),
    /// Goes on in Azure, the usual case.
    Accepted(AcceptedOperation),
}

impl<T> OperationStart<T> {
    /// The same with another result.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> OperationStart<U> {
        match self {
            Self::Done(result) => OperationStart::Done(change(result)),
            Self::Accepted(operation) => OperationStart::Accepted(operation),
        }
    }
}

impl OperationStart<Value> {
    /// Reads an answer of 2xx. A 202 is an acceptance, and so is a 201 with a URL to poll; its body is not read, since
    /// it describes neither result nor resource (Azure SQL sends facts about the operation). Everything else is done,
    /// whatever its headers: a finished answer carries those of an accepted one again
    /// (docs/reference/azure-data-protection.md#validation-and-trigger). Its body must be JSON, or it is not Azure's;
    /// that of a resource may still say that it is not ready.
    ///
    /// # Errors
    /// [`ArmError::Unreadable`] if it is not JSON.
    pub fn read(answer: &ArmResponse) -> Result<Self, ArmError> {
        let operation = answer.accepted_operation();
        match answer.status() {
            202 => Ok(Self::Accepted(operation)),
            201 if operation.status_url.is_some() || answer.location_leads_elsewhere() => Ok(Self::Accepted(operation)),
            _ => Ok(Self::Done(answer.json()?)),
        }
    }
}

impl OperationStart<Value> {
    /// Reads the answer to a PUT that makes the resource `id` out of a backup. Done is the resource itself. A page of a
    /// proxy has status 200, too.
    ///
    /// # Errors
    /// [`WriteError::Lost`] if it does not say whether the PUT was accepted.
    pub fn of_put(answer: &ArmResponse, id: &ResourceId) -> Result<Self, WriteError> {
        let describes = |body: &Value| JsonFields::of(body).text("id").is_some_and(|text| is_same(&text, id.as_str()));
        match Self::read(answer) {
            Ok(Self::Done(body)) if !describes(&body) => Err(WriteError::Lost {
                error: answer.unreadable("it names neither an operation to follow nor what was to be made"),
            }),
            Err(error) => Err(WriteError::Lost { error }),
            Ok(begun) => Ok(begun),
        }
    }
}

impl<J> OperationStart<Option<J>> {
    /// Reads the answer to a trigger that makes a job. A page of a proxy has status 200, too: an answer with neither a
    /// URL to poll nor the job that was made does not show that Azure has accepted anything.
    ///
    /// # Errors
    /// [`WriteError::Lost`] if it does not say whether the trigger was accepted.
    pub fn of_trigger(answer: &ArmResponse, job_of: impl FnOnce(&Value) -> Option<J>) -> Result<Self, WriteError> {
        match OperationStart::read(answer).map(|begun| begun.map(|result| job_of(&result))) {
            Ok(OperationStart::Done(None)) => {
                Err(WriteError::Lost { error: answer.unreadable("it names neither an operation to follow nor a job") })
            }
            Err(error) => Err(WriteError::Lost { error }),
            Ok(begun) => Ok(begun),
        }
    }
}

/// The document behind `Azure-AsyncOperation`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OperationStatus {
    /// Azure's word: `Inprogress`, `InProgress`, `Accepted`, `Succeeded`, `Failed` …
    pub status: String,
    /// UTC.
    pub start_time: Option<OffsetDateTime>,
    /// UTC; year 1, given as none, while it runs (docs/reference/azure-data-protection.md#validation-and-trigger).
    pub end_time: Option<OffsetDateTime>,
    /// Its result, after it succeeded; null if there is none.
    pub properties: Value,
    /// Why it failed.
    pub error: Option<AzureError>,
}

impl OperationStatus {
    /// Reads the document; whatever is missing counts as "still running".
    pub fn read(value: &Value) -> Self {
        let members = JsonFields::of(value);
        Self {
            status: members.text("status").map(|status| redact(&status)).unwrap_or_default(),
            start_time: members.instant("startTime"),
            end_time: members.instant("endTime"),
            properties: members.get("properties").cloned().unwrap_or_default(),
            error: members.get("error").map(AzureError::read).filter(|error| !error.is_silent()),
        }
    }

    /// Judges the document: `Succeeded` (also `Completed`) brings the properties, `Failed` and either spelling of
    /// cancelled bring the error, every other word means running. HTTP status and headers say nothing about it: a
    /// failed validation is a 200, and a finished result carries `Azure-AsyncOperation` and `Retry-After` again
    /// (docs/reference/azure-data-protection.md#validation-and-trigger).
    pub fn judge(self) -> PollResult<Result<Value, Box<AzureError>>> {
        match self.status.to_ascii_lowercase().as_str() {
            "succeeded" | "completed" | "completedwithwarnings" => PollResult::Ready(Ok(self.properties)),
            "failed" | "canceled" | "cancelled" => {
                let error = self.error.unwrap_or_else(|| AzureError::new(self.status, "Azure gave no reason"));
                PollResult::Ready(Err(Box::new(error)))
            }
            _ => PollResult::Pending { note: self.status, retry_after: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::azure::client::{WriteMethod, WriteRequest};
    use crate::azure::scripted::{ScriptedTransport, Step, WAIT, answer, client, deadline, with_headers};

    fn judge(value: &Value) -> PollResult<Result<Value, Box<AzureError>>> {
        OperationStatus::read(value).judge()
    }

    #[test]
    fn three_spellings_of_in_progress_and_unknown_words_are_running() {
        for word in ["Inprogress", "InProgress", "INPROGRESS", "Accepted", "Hatching"] {
            let value =
                json!({"status": word, "startTime": "2026-01-01T00:00:00.123456Z", "endTime": "0001-01-01T00:00:00Z"});
            assert_eq!(judge(&value), PollResult::Pending { note: word.to_owned(), retry_after: None });
            assert_eq!(OperationStatus::read(&value).end_time, None);
        }
        for empty in [json!({}), json!(null), json!({"status": null})] {
            assert!(matches!(judge(&empty), PollResult::Pending { .. }));
        }
    }

    #[test]
    fn a_success_brings_its_properties_or_nothing() {
        let value = json!({"status": "succeeded", "endTime": "2026-01-01T00:00:02Z", "properties": {"jobId": "j"}});
        assert_eq!(OperationStatus::read(&value).end_time, Some(datetime!(2026-01-01 0:00:02 UTC)));
        assert_eq!(judge(&value), PollResult::Ready(Ok(json!({"jobId": "j"}))));
        assert_eq!(judge(&json!({"status": "Succeeded"})), PollResult::Ready(Ok(Value::Null)));
    }

    #[test]
    fn a_failure_with_status_200_brings_the_advice() {
        let value = json!({"status": "Failed", "error": {"code": "UserErrorMSIMissingPermissions", "message": "m",
            "additionalInfo": [{"type": "UserFacingError", "info": {"code": "UserErrorMSIMissingPermissions", "message": "m",
                "recommendedAction": ["Grant it."]}}]}});
        let PollResult::Ready(Err(error)) = judge(&value) else { panic!() };
        assert_eq!(error.all_recommended_actions(), ["Grant it."]);
    }

    #[test]
    fn both_spellings_of_cancelled_are_an_end_even_without_an_error() {
        for word in ["Canceled", "Cancelled"] {
            let PollResult::Ready(Err(error)) = judge(&json!({"status": word, "error": null})) else { panic!() };
            assert_eq!(error.code, word);
        }
    }

    const DATABASE: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/servers/s/databases/d";

    async fn begun(step: Step) -> Result<OperationStart<Value>, ArmError> {
        let body = json!({});
        let request = WriteRequest {
            method: WriteMethod::Put,
            path: DATABASE,
            api_version: "1",
            body: &body,
            client_request_id: Uuid::nil(),
        };
        let transport = ScriptedTransport::new(vec![step]);
        OperationStart::read(&client(&transport).send_once(request, &deadline(60), WAIT).await.unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_202_and_a_201_that_says_where_to_look_are_accepted() {
        let (status, result) = ("https://management.azure.com/o/1?t=1", "https://management.azure.com/r/1?t=1");
        let url = |text: &str| Some(AsyncUrl::new(Url::parse(text).unwrap()));
        for (code, headers) in [
            (201, vec![("azure-asyncoperation", status)]),
            (201, vec![("location", result)]),
            (202, vec![("azure-asyncoperation", status), ("location", result)]),
            (202, vec![]),
        ] {
            let facts = "{\"operation\": \"CreateLogicalDatabase\"";
            let OperationStart::Accepted(operation) = begun(with_headers(code, &headers, facts)).await.unwrap() else {
                panic!("{code} {headers:?}")
            };
            let of = |name: &str| headers.iter().find(|(header, _)| *header == name).and_then(|(_, text)| url(text));
            assert_eq!((operation.status_url, operation.result_url), (of("azure-asyncoperation"), of("location")));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_200_and_a_201_of_the_resource_itself_are_done_with_their_body() {
        let itself = format!("https://management.azure.com{}?api-version=1", DATABASE.to_uppercase());
        let resource = json!({"properties": {"status": "Online"}});
        for (code, headers) in [
            (200, vec![("azure-asyncoperation", "https://management.azure.com/o/1"), ("retry-after", "5")]),
            (200, vec![]),
            (201, vec![]),
            (201, vec![("location", itself.as_str())]),
        ] {
            let done = begun(with_headers(code, &headers, &resource)).await.unwrap();
            assert_eq!(done, OperationStart::Done(resource.clone()), "{code} {headers:?}");
        }
        assert_eq!(begun(answer(204, "")).await.unwrap(), OperationStart::Done(Value::Null));
        assert!(matches!(begun(answer(200, "<html>")).await, Err(ArmError::Unreadable { .. })));
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

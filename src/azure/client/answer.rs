//! One answer of Azure Resource Manager, with what is needed to quote it in an error.

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use url::Url;

use crate::azure::endpoint::host_of;
use crate::azure::error::{ArmError, AzureError, ErrorResponse};
use crate::azure::operation::{AcceptedOperation, AsyncUrl};
use crate::azure::redaction::redact;
use crate::azure::transport::HttpResponse;
use crate::azure::{resource_id, retry};

/// In memory a value takes up to a hundred times the two bytes of its text. A thousand jobs have less than a tenth of this.
pub(super) const MOST_VALUES: usize = 1_000_000;

/// At least as many values as the JSON in `body` holds, without making them: all but the outermost stand behind one of three
/// signs.
pub(super) fn value_count(body: &[u8]) -> usize {
    let (mut count, mut in_text, mut escaped) = (1, false, false);
    for sign in body {
        match sign {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => count += 1,
            _ => {}
        }
    }
    count
}

/// An answer, whatever its status.
#[derive(Clone)]
pub struct ArmResponse {
    method: String,
    url: Url,
    client_request_id: String,
    response: HttpResponse,
    received: OffsetDateTime,
}

/// Neither headers nor body, which may hold signed URLs.
impl fmt::Debug for ArmResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} to {} {}", self.status(), self.method, self.url.path())
    }
}

impl ArmResponse {
    pub(super) fn new(
        method: String,
        url: Url,
        client_request_id: String,
        response: HttpResponse,
        received: OffsetDateTime,
    ) -> Self {
        Self { method, url, client_request_id, response, received }
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// A header; none if absent or empty.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// How long Azure wants to be left alone, clamped; whether that binds depends on the status.
    pub fn retry_after(&self) -> Option<Duration> {
        retry::retry_after(&self.response.headers, self.received)
    }

    /// The body as text; nothing at all reads as `null`.
    ///
    /// # Errors
    /// [`ArmError::Unreadable`] if it is no text.
    pub(super) fn text(&self) -> Result<&str, ArmError> {
        let body = self.response.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.response.body);
        let body = if body.trim_ascii().is_empty() { b"null" } else { body };
        std::str::from_utf8(body).map_err(|error| self.unreadable(format!("it is not the JSON expected: {error}")))
    }

    /// The body.
    ///
    /// # Errors
    /// [`ArmError::Unreadable`] if it is not JSON of the shape asked for, or holds more values than any answer of Azure's.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ArmError> {
        let text = self.text()?;
        if value_count(text.as_bytes()) > MOST_VALUES {
            return Err(self.too_many_values());
        }
        serde_json::from_str(text).map_err(|error| self.unreadable(format!("it is not the JSON expected: {error}")))
    }

    pub(super) fn too_many_values(&self) -> ArmError {
        self.unreadable("it holds more values than any answer has")
    }

    /// Where the operation that this answer accepted can be followed. A URL that is none is left out; a relative one is
    /// taken as one of the same host.
    pub fn accepted_operation(&self) -> AcceptedOperation {
        let url = |name: &str| Some(AsyncUrl::new(self.url.join(self.header(name)?).ok()?));
        AcceptedOperation {
            status_url: url("azure-asyncoperation"),
            result_url: url("location"),
            retry_after: self.retry_after(),
        }
    }

    /// Whether `Location` names something else than what was asked for. That of a 201 may be the new resource itself.
    pub(in crate::azure) fn location_leads_elsewhere(&self) -> bool {
        let location = self.header("location").and_then(|location| self.url.join(location).ok());
        location.is_some_and(|location| !resource_id::is_same(location.path(), self.url.path()))
    }

    /// The answer as an error that quotes it.
    pub fn refusal(&self) -> ErrorResponse {
        let id = |name: &str| self.header(name).map(redact);
        let mut error = AzureError::from_body(&self.response.body, self.header("x-ms-error-code"));
        if let Some(url) = self.redirection().and_then(|location| self.url.join(location).ok()) {
            // What is behind the host may be signed. A proxy that wants people to sign in answers so.
            let scheme = url.scheme();
            let host = host_of(&url);
            error = AzureError::new("Redirected", format!("it leads to {scheme}://{host}, where nothing was sent"));
        }
        ErrorResponse {
            status: self.status(),
            error,
            method: self.method.clone(),
            path: self.url.path().to_owned(),
            request_id: id("x-ms-request-id"),
            correlation_id: id("x-ms-correlation-request-id"),
            client_request_id: Some(self.client_request_id.clone()),
            retry_after: self.retry_after(),
        }
    }

    pub(super) fn refuse(&self) -> ArmError {
        ArmError::Refused(Box::new(self.refusal()))
    }

    /// An error that says why this answer makes no sense.
    pub fn unreadable(&self, reason: impl Into<String>) -> ArmError {
        ArmError::Unreadable { request: format!("{} {}", self.method, self.url.path()), reason: reason.into() }
    }

    /// Where the answer sends the client instead.
    pub(super) fn redirection(&self) -> Option<&str> {
        matches!(self.status(), 301 | 302 | 303 | 307 | 308).then(|| self.header("location")).flatten()
    }
}

//! Errors of calls to Azure, distinguished by what a caller can do about them.

use std::fmt;
use std::time::Duration;

use super::deadline::Interrupted;
pub use super::error_body::AzureError;
use super::token::TokenError;
use super::transport::TransportError;

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum ArmError {
    /// The deadline passed or the user stopped; `last` is the last real error before that, if there was one.
    #[error("{interrupted}{}", last.as_ref().map(|last| format!("; the last error was: {last}")).unwrap_or_default())]
    Interrupted {
        /// Interrupted, or too late.
        interrupted: Interrupted,
        /// The last failed try.
        last: Option<LastError>,
    },
    /// Azure answered with a status that says no and that does not pass by itself.
    #[error("{0}")]
    Refused(Box<ErrorResponse>),
    /// The request never left: name resolution, connection or TLS failed.
    #[error("could not connect to Azure for {request}")]
    Unreachable {
        /// Method and path, without query.
        request: String,
        /// What the connection said.
        #[source]
        source: TransportError,
    },
    /// The request left, but no whole answer came.
    #[error("the answer to {request} was lost")]
    Lost {
        /// Method and path, without query.
        request: String,
        /// What the connection said.
        #[source]
        source: TransportError,
    },
    /// A whole answer came that makes no sense.
    #[error("the answer to {request} cannot be understood: {reason}")]
    Unreadable {
        /// Method and path, without query.
        request: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no access token to be had.
    #[error("authentication failed")]
    Token(#[source] TokenError),
    /// A URL given by Azure or by a redirect leads away from the Resource Manager host; nothing was sent there.
    #[error("a URL leads to \"{host}\", which does not belong to the Resource Manager endpoint: nothing was sent")]
    ForeignHost {
        /// Host and port of the URL.
        host: String,
    },
}

impl ArmError {
    /// The refusal, if Azure answered with one.
    pub fn refusal(&self) -> Option<&ErrorResponse> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        self.refusal().map(|refusal| refusal.status)
    }

    /// Whether Azure answered 404: the thing does not exist, or not any more.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the deadline passed or the user stopped, if this error means that.
    pub fn interrupted(&self) -> Option<Interrupted> {
        match self {
            Self::Interrupted { interrupted, .. } | Self::Token(TokenError::Interrupted(interrupted)) => {
                Some(*interrupted)
            }
            _ => None,
        }
    }
}

/// The last error met before a wait was broken off. Kept whole: Azure's recommended action, its ids and the code say what
/// to do, whatever ended the wait.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LastError {
    /// Azure refused a request.
    #[error("{0}")]
    Refused(Box<ErrorResponse>),
    /// Azure gave a reason elsewhere: an operation failed, a target is busy.
    #[error("{0}")]
    Azure(Box<AzureError>),
    /// Anything else, in one line.
    #[error("{0}")]
    Other(String),
}

impl LastError {
    /// What Azure said, if it said anything.
    pub fn azure(&self) -> Option<&AzureError> {
        match self {
            Self::Refused(refusal) => Some(&refusal.error),
            Self::Azure(error) => Some(error),
            Self::Other(_) => None,
        }
    }
}

impl From<&ArmError> for LastError {
    fn from(error: &ArmError) -> Self {
        match error {
            ArmError::Refused(refusal) => Self::Refused(refusal.clone()),
            ArmError::Interrupted { last: Some(last), .. } => last.clone(),
            other => Self::Other(in_one_line(other)),
        }
    }
}

/// An answer with an error status, and all that support may ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorResponse {
    /// HTTP status.
    pub status: u16,
    /// What the body said.
    pub error: AzureError,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// `x-ms-request-id`: the request at the service.
    pub request_id: Option<String>,
    /// `x-ms-correlation-request-id`.
    pub correlation_id: Option<String>,
    /// `x-ms-client-request-id` that we sent.
    pub client_request_id: Option<String>,
    /// How long Azure wants to be left alone, clamped.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for ErrorResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Azure answered {} {} with status {}: {}", self.method, self.path, self.status, self.error)?;
        let ids = [("request id", &self.request_id), ("correlation id", &self.correlation_id)];
        let mut opening = " (";
        for (name, id) in ids.into_iter().filter_map(|(name, id)| Some((name, id.as_ref()?))) {
            write!(formatter, "{opening}{name} {id}")?;
            opening = ", ";
        }
        if opening == ", " { formatter.write_str(")") } else { Ok(()) }
    }
}

impl ErrorResponse {
    /// Which request it was: method, path, status, and the ids that support asks for. Not why; that is `error`.
    pub fn request(&self) -> String {
        let ids = [("request id", &self.request_id), ("correlation id", &self.correlation_id)];
        let ids: Vec<String> =
            ids.into_iter().filter_map(|(name, id)| Some(format!(", {name} {}", id.as_ref()?))).collect();
        format!("{} {}: status {}{}", self.method, self.path, self.status, ids.concat())
    }
}

impl std::error::Error for ErrorResponse {}

/// How a request that must not be repeated blindly ended. The arms differ in whether Azure may have acted.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Nothing happened, and the same may be sent again: the request never left, or was not admitted (429; 401, after
    /// which the token is already forgotten).
    #[error("the request was not accepted")]
    NotAccepted {
        /// What kept it out.
        #[source]
        error: ArmError,
        /// How long to wait before the next try, clamped.
        retry_after: Option<Duration>,
    },
    /// Azure said no.
    #[error("{0}")]
    Refused(Box<ErrorResponse>),
    /// Nobody knows whether Azure acted: 408, 5xx, a reset or a time-out after sending, an answer cut short.
    #[error("it is not known whether the request was accepted")]
    Lost {
        /// What came instead of an answer.
        #[source]
        error: ArmError,
    },
}

/// The error and everything below it in one line, for logs and for [`ArmError::Interrupted`].
pub fn in_one_line(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !line.ends_with(&text) {
            line = format!("{line}: {text}");
        }
        cause = error.source();
    }
    super::redaction::redact(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal() -> ErrorResponse {
        ErrorResponse {
            status: 403,
            error: AzureError::new("AuthorizationFailed", "no"),
            method: "GET".to_owned(),
            path: "/x".to_owned(),
            request_id: Some("r".to_owned()),
            correlation_id: Some("c".to_owned()),
            client_request_id: None,
            retry_after: None,
        }
    }

    #[test]
    fn a_refusal_names_request_reason_and_ids() {
        assert_eq!(
            refusal().to_string(),
            "Azure answered GET /x with status 403: AuthorizationFailed: no (request id r, correlation id c)"
        );
        let bare = ErrorResponse { request_id: None, correlation_id: None, ..refusal() };
        assert_eq!(bare.to_string(), "Azure answered GET /x with status 403: AuthorizationFailed: no");
    }

    #[test]
    fn a_time_out_names_the_last_error() {
        let error = ArmError::Interrupted {
            interrupted: Interrupted::TimedOut,
            last: Some(LastError::Other("502".to_owned())),
        };
        assert_eq!(error.to_string(), "the time is up; the last error was: 502");
        assert_eq!(ArmError::Interrupted { interrupted: Interrupted::Stopped, last: None }.to_string(), "interrupted");
    }

    #[test]
    fn causes_are_reported_once_and_in_order() {
        let error = WriteError::NotAccepted {
            error: ArmError::Unreachable { request: "POST /x".to_owned(), source: TransportError::not_sent("refused") },
            retry_after: None,
        };
        assert_eq!(
            in_one_line(&error),
            "the request was not accepted: could not connect to Azure for POST /x: refused"
        );
    }
}

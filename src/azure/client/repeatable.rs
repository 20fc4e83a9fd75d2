//! Requests that change something and come to the same if they are sent twice: what ordinary resources are made, changed
//! and removed with.

use serde_json::Value;

use super::{ArmClient, ArmResponse, Method, PendingRequest};
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;

/// How a service takes a [`RepeatableWrite`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepeatableMethod {
    /// Makes or replaces a resource.
    Put,
    /// Changes what the body names.
    Patch,
    /// Removes a resource.
    Delete,
    /// An action that only looks for something, such as a discovery.
    Post,
}

impl From<RepeatableMethod> for Method {
    fn from(method: RepeatableMethod) -> Self {
        match method {
            RepeatableMethod::Put => Self::PUT,
            RepeatableMethod::Patch => Self::PATCH,
            RepeatableMethod::Delete => Self::DELETE,
            RepeatableMethod::Post => Self::POST,
        }
    }
}

/// A request for [`ArmClient::write_repeatable`].
#[derive(Clone, Copy, Debug)]
pub struct RepeatableWrite<'a> {
    /// What the service's description names for this call.
    pub method: RepeatableMethod,
    /// From `/subscriptions` on, without query. Segments may be percent-encoded or not.
    pub path: &'a str,
    /// The version of the service's description that `body` follows.
    pub api_version: &'a str,
    /// Beside the version.
    pub query: &'a [(&'a str, &'a str)],
    /// Sent as JSON; it is never logged.
    pub body: Option<&'a Value>,
}

impl ArmClient {
    /// Sends a request that comes to the same if it is sent twice, again and again until it is answered or refused, or the
    /// deadline passes. Not for what restores: see [`ArmClient::send_once`]. `read` as for [`ArmClient::get_url`].
    ///
    /// # Errors
    /// [`ArmError`], as for [`ArmClient::get`]. After an interruption Azure may have taken it all the same.
    pub async fn write_repeatable<T>(
        &self,
        request: RepeatableWrite<'_>,
        deadline: &Deadline,
        read: impl Fn(ArmResponse) -> Result<T, ArmError>,
    ) -> Result<T, ArmError> {
        let RepeatableWrite { method, path, api_version, query, body } = request;
        let call = PendingRequest {
            method: method.into(),
            body: body.map(|body| body.to_string().into_bytes()),
            ..PendingRequest::get(self.url(path, api_version, query))
        };
        self.repeat(&call, deadline, read).await
    }
}

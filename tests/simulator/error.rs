//! What Azure says when something is wrong, in its shapes: a gateway error of Resource Manager, and the user facing
//! error of the backup service with its advice three levels down.

use serde::Deserialize;
use serde_json::{Value, json};

use super::message::Reply;

/// An error of the backup service. In a job and in `additionalInfo` it has all members, the empty ones as null.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ServiceError {
    pub code: String,
    pub message: String,
    #[serde(default)]
    pub recommended_actions: Vec<String>,
    /// Code and `DetailedNonLocalisedMessage` of the inner error.
    #[serde(default)]
    pub inner: Option<Box<(String, String)>>,
    /// What is wrong in truth, for the journal. Azure does not say it.
    #[serde(skip)]
    pub secretly: &'static str,
}

impl ServiceError {
    pub fn new(code: &str, message: &str) -> Self {
        Self { code: code.into(), message: message.into(), recommended_actions: Vec::new(), inner: None, secretly: "" }
    }

    pub fn recommend(mut self, action: &str) -> Self {
        self.recommended_actions.push(action.into());
        self
    }

    pub fn inner(mut self, code: &str, detail: &str) -> Self {
        self.inner = Some(Box::new((code.into(), detail.into())));
        self
    }

    /// The catch-all for a wrong body. It never says what is wrong: the journal's note does.
    pub fn invalid_input() -> Self {
        Self::new("BMSUserErrorInvalidInput", "Input provided for the call is invalid")
            .recommend("Please check the required inputs")
    }

    pub fn invalid_because(secretly: &'static str) -> Self {
        Self { secretly, ..Self::invalid_input() }
    }

    /// What is wrong in truth, as the end of a note.
    pub fn because(&self) -> String {
        if self.secretly.is_empty() { String::new() } else { format!(": {}", self.secretly) }
    }

    pub fn is_invalid_input(&self) -> bool {
        self.code == "BMSUserErrorInvalidInput"
    }

    /// As a job's `errorDetails` and an `additionalInfo` hold it. `isUserError` is false whatever the code begins with.
    pub fn user_facing(&self, activity_id: &str) -> Value {
        let inner = self.inner.as_deref().map_or(Value::Null, |(code, detail)| {
            let more = json!({"DetailedNonLocalisedMessage": detail});
            json!({"code": code, "additionalInfo": more, "embeddedInnerError": null})
        });
        json!({
            "code": self.code, "message": self.message, "target": "", "details": null, "innerError": inner,
            "isRetryable": false, "isUserError": false, "recommendedAction": self.recommended_actions,
            "properties": {"ActivityId": activity_id},
        })
    }

    /// As the `error` of an operation or of a refusal holds it.
    pub fn cloud_error(&self, activity_id: &str) -> Value {
        json!({
            "additionalInfo": [{"type": "UserFacingError", "info": self.user_facing(activity_id)}],
            "code": self.code, "message": self.message, "target": null, "details": null,
        })
    }

    /// The same in the shape that Resource Manager documents for all services: `details` is a list and may be empty.
    pub fn response(&self, status: u16, activity_id: &str) -> Reply {
        let mut reply = self.reply(status, activity_id);
        let mut body = reply.value();
        body["error"]["details"] = json!([]);
        body["error"]["target"] = json!("");
        reply.body = body.to_string().into_bytes();
        reply
    }

    /// A refusal by the service itself.
    pub fn reply(&self, status: u16, activity_id: &str) -> Reply {
        Reply::json(status, &json!({"error": self.cloud_error(activity_id)})).header("x-ms-failure-cause", "service")
    }
}

/// A refusal by Resource Manager, before any service is asked.
pub fn gateway_error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": code, "message": message}}))
        .header("x-ms-failure-cause", "gateway")
        .header("x-ms-error-code", code)
}

pub fn not_found(what: &str) -> Reply {
    gateway_error(404, "ResourceNotFound", &format!("The Resource '{what}' was not found."))
}

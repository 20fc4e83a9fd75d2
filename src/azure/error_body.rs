//! What Azure says when something went wrong, read from every shape it says it in.

use std::cell::Cell;
use std::fmt;

use serde_json::Value;

use super::json_fields::JsonFields;
use super::redaction::redact;

/// Errors nest (details in additional information in details); beyond this depth nothing was ever seen.
const DEPTH: usize = 8;
/// Errors in one body, at all depths together; more were never seen, and what compares them takes the square of it.
const MOST_ERRORS: usize = 100;
/// Pieces of advice in one error.
const MOST_ACTIONS: usize = 20;
/// Gateways answer with whole HTML pages; more than this helps nobody.
const PLAIN_TEXT_LIMIT: usize = 400;
/// Longest message of an error.
const MESSAGE_LIMIT: usize = 8_000;

/// An error of Azure Resource Manager or of a service behind it, as one shape.
///
/// Read from: `{"error": {…}}`, the same without wrapper, `{"Message": …}`, the user-facing errors of the backup services
/// (in jobs, in operations and below `additionalInfo`), JSON inside a message, plain text, HTML, nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AzureError {
    /// Azure's code in its own casing; compare with [`AzureError::has_code`]. Empty if none was given.
    pub code: String,
    /// Azure's sentence, blanks collapsed and signatures removed. Empty if none was given.
    pub message: String,
    /// What the error is about: a property, a resource.
    pub target: Option<String>,
    /// Errors below this one, where the real cause often is.
    pub details: Vec<AzureError>,
    /// The user-facing errors of `additionalInfo`; in the backup services these carry the advice.
    pub additional: Vec<AzureError>,
    /// `innererror`, `innerError` or `embeddedInnerError`.
    pub inner: Option<Box<AzureError>>,
    /// Advice at this level; [`AzureError::all_recommended_actions`] collects those of every level.
    pub recommended_actions: Vec<String>,
    /// The id that support asks for.
    pub activity_id: Option<String>,
    /// What Azure claims about trying again. Unreliable: plainly bad input has it both ways.
    pub is_retryable: Option<bool>,
}

impl AzureError {
    /// Reads an error object, wrapped in `error` or not.
    pub fn read(value: &Value) -> Self {
        Self::read_at(value, 0, &Cell::new(MOST_ERRORS))
    }

    /// Reads the body of an answer with an error status. `code_header` is `x-ms-error-code`, which stands in for a
    /// missing code.
    pub fn from_body(body: &[u8], code_header: Option<&str>) -> Self {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        let mut error = match serde_json::from_str::<Value>(text) {
            Ok(value) => Self::read(&value),
            Err(_) => Self { message: plain_text(text), ..Self::default() },
        };
        if error.code.is_empty() {
            error.code = clean(code_header.unwrap_or_default());
        }
        error
    }

    /// An error made by this program, where Azure gave none.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), ..Self::default() }
    }

    /// This error and all below it, outermost first.
    pub fn chain(&self) -> Vec<&AzureError> {
        let mut found = vec![self];
        for below in self.details.iter().chain(&self.additional).chain(self.inner.as_deref()) {
            found.extend(below.chain());
        }
        found
    }

    /// Whether this error or one below it has `code`, without case.
    pub fn has_code(&self, code: &str) -> bool {
        self.chain().iter().any(|error| error.code.eq_ignore_ascii_case(code))
    }

    /// The advice of every level, each once, outermost first.
    pub fn all_recommended_actions(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for action in self.chain().into_iter().flat_map(|error| &error.recommended_actions) {
            if !found.contains(&action.as_str()) {
                found.push(action);
            }
        }
        found
    }

    /// The first activity id of any level.
    pub fn any_activity_id(&self) -> Option<&str> {
        self.chain().into_iter().find_map(|error| error.activity_id.as_deref())
    }

    /// Whether Azure gave neither code nor message at any level.
    pub fn is_silent(&self) -> bool {
        self.chain().iter().all(|error| error.code.is_empty() && error.message.is_empty())
    }

    /// `left`: how many errors more may be read of the body.
    fn read_at(value: &Value, depth: usize, left: &Cell<usize>) -> Self {
        let Some(less) = left.get().checked_sub(1).filter(|_| depth <= DEPTH) else { return Self::default() };
        left.set(less);
        match value {
            Value::Object(_) => Self::read_object(JsonFields::of(value), depth, left),
            Value::String(text) => match nested_json(text) {
                Some(nested) => Self::read_at(&nested, depth + 1, left),
                None => Self { message: clean(text), ..Self::default() },
            },
            Value::Array(elements) => {
                let some = elements.iter().take_while(|_| left.get() > 0);
                let mut errors = some.map(|element| Self::read_at(element, depth + 1, left));
                let mut first = errors.next().unwrap_or_default();
                first.details.extend(errors);
                first
            }
            _ => Self::default(),
        }
    }

    fn read_object(members: JsonFields<'_>, depth: usize, left: &Cell<usize>) -> Self {
        if let Some(wrapped) = members.get("error").or_else(|| members.get("odata.error")) {
            // OAuth: the code itself, with the sentence beside it.
            if let (Value::String(code), Some(sentence)) = (wrapped, members.text("error_description")) {
                return Self::new(clean(code), clean(&sentence));
            }
            return Self::read_at(wrapped, depth + 1, left);
        }
        let below = |name: &str| -> Vec<Self> {
            members
                .list(name)
                .iter()
                .take_while(|_| left.get() > 0)
                .map(|value| Self::read_at(value, depth + 1, left))
                .filter(|error| !error.is_silent())
                .collect()
        };
        let mut error = Self {
            code: ["code", "errorCode"]
                .into_iter()
                .find_map(|name| members.text(name))
                .map(|code| clean(&code))
                .unwrap_or_default(),
            target: members.text("target").map(|target| clean(&target)),
            details: below("details"),
            inner: ["innererror", "embeddedInnerError"]
                .into_iter()
                .filter_map(|name| members.get(name))
                .map(|value| Self::read_at(value, depth + 1, left))
                .find(|inner| !inner.is_silent())
                .map(Box::new),
            recommended_actions: ["recommendedAction", "recommendedActions", "recommendations"]
                .into_iter()
                .flat_map(|name| members.texts(name))
                .take(MOST_ACTIONS)
                .map(|action| clean(&action))
                .collect(),
            activity_id: members
                .object("properties")
                .text("activityId")
                .or_else(|| members.text("activityId"))
                .map(|id| clean(&id)),
            is_retryable: members.boolean("isRetryable"),
            ..Self::default()
        };
        error.read_message(members, depth, left);
        error.read_additional_info(members, depth, left);
        error
    }

    fn read_message(&mut self, members: JsonFields<'_>, depth: usize, left: &Cell<usize>) {
        let message = ["message", "errorString", "errorMessage"].into_iter().find_map(|name| members.get(name));
        match message {
            Some(Value::String(text)) => match nested_json(text) {
                Some(nested) => {
                    let nested = Self::read_at(&nested, depth + 1, left);
                    self.message.clone_from(&nested.message);
                    if !nested.is_silent() {
                        self.details.push(nested);
                    }
                }
                None => self.message = clean(text),
            },
            // OData: {"lang": "en-us", "value": "…"}
            Some(object @ Value::Object(_)) => {
                self.message = clean(&JsonFields::of(object).text("value").unwrap_or_default())
            }
            _ => {}
        }
    }

    /// A list of `{type, info}` in ARM errors, a map of strings in the inner errors of the backup services.
    fn read_additional_info(&mut self, members: JsonFields<'_>, depth: usize, left: &Cell<usize>) {
        for entry in members.list("additionalInfo").iter().take_while(|_| left.get() > 0) {
            let entry = JsonFields::of(entry);
            let Some(info) = entry.get("info") else {
                self.activity_id = self.activity_id.take().or_else(|| entry.text("activityId").map(|id| clean(&id)));
                continue;
            };
            let mut error = Self::read_at(info, depth + 1, left);
            let facts = JsonFields::of(info);
            self.activity_id = self.activity_id.take().or_else(|| facts.text("activityId").map(|id| clean(&id)));
            if error.message.is_empty() {
                // Azure Policy names the assignment that forbade the request here and nowhere else.
                let policy = ["policyAssignmentDisplayName", "policyDefinitionDisplayName", "policyAssignmentName"];
                if let Some(name) = policy.into_iter().find_map(|member| facts.text(member)) {
                    error = Self::new(clean(&entry.text("type").unwrap_or_default()), clean(&name));
                }
            }
            if !error.is_silent() {
                self.additional.push(error);
            }
        }
        let map = members.object("additionalInfo");
        self.activity_id = self.activity_id.take().or_else(|| map.text("activityId").map(|id| clean(&id)));
        if self.message.is_empty() {
            self.message = clean(&map.text("DetailedNonLocalisedMessage").unwrap_or_default());
        }
    }
}

/// Code and message of every level, each message once, outermost first. The advice is not part of it.
impl fmt::Display for AzureError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said: Vec<&str> = Vec::new();
        for error in self.chain() {
            let news = if error.message.is_empty() { error.code.as_str() } else { error.message.as_str() };
            if news.is_empty() || said.contains(&news) {
                continue;
            }
            formatter.write_str(if said.is_empty() { "" } else { "; " })?;
            match (error.code.is_empty(), error.message.is_empty()) {
                (false, false) => write!(formatter, "{}: {}", error.code, error.message)?,
                _ => formatter.write_str(news)?,
            }
            said.extend([error.code.as_str(), news]);
        }
        if said.is_empty() { formatter.write_str("Azure gave no reason") } else { Ok(()) }
    }
}

impl std::error::Error for AzureError {}

fn nested_json(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.starts_with('{') { serde_json::from_str(text).ok() } else { None }
}

fn clean(text: &str) -> String {
    shortened(redact(&text.split_whitespace().collect::<Vec<_>>().join(" ")), MESSAGE_LIMIT)
}

/// At most so many characters, the last of which then says that there was more.
fn shortened(mut text: String, limit: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(limit) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The readable part of a text or of an HTML page: its title, or what is left without tags.
fn plain_text(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").zip(lower.find("</title>")).and_then(|(start, end)| text.get(start + 7..end));
    let mut plain = String::new();
    let mut in_tag = false;
    for character in title.unwrap_or(text).chars() {
        match character {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                plain.push(' ');
            }
            _ if !in_tag => plain.push(character),
            _ => {}
        }
    }
    shortened(clean(&plain), PLAIN_TEXT_LIMIT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(text: &str) -> AzureError {
        AzureError::from_body(text.as_bytes(), None)
    }

    #[test]
    fn no_more_advice_is_kept_than_anybody_reads() {
        let advice: Vec<String> = (0..1000).map(|number| format!("Do {number}.")).collect();
        let error = AzureError::read(&json!({"code": "C", "message": "m", "recommendedAction": advice}));
        assert_eq!(error.recommended_actions.len(), MOST_ACTIONS);
    }

    #[test]
    fn the_arm_envelope_is_read_with_its_details() {
        let error = body(
            r#"{"error":{"code":"A","message":"a","target":"t","details":[{"code":"B","message":"b"}],"innererror":{"code":"C"}}}"#,
        );
        assert_eq!((error.code.as_str(), error.message.as_str(), error.target.as_deref()), ("A", "a", Some("t")));
        assert_eq!(error.to_string(), "A: a; B: b; C");
        assert!(error.has_code("b") && error.has_code("c") && !error.has_code("d"));
    }

    #[test]
    fn shapes_without_the_envelope_are_read() {
        assert_eq!(body(r#"{"code":"A","message":"a"}"#).to_string(), "A: a");
        assert_eq!(body(r#"{"id":"i","status":"Failed","error":{"code":"A","message":"a"}}"#).to_string(), "A: a");
        assert_eq!(body(r#"{"status":"Failed","error":{"message":"a"}}"#).to_string(), "a");
        assert_eq!(body(r#"{"Message":"a"}"#).to_string(), "a");
        assert_eq!(body(r#"{"odata.error":{"code":"A","message":{"lang":"en-us","value":"a"}}}"#).to_string(), "A: a");
        assert_eq!(body(r#"{"error":"invalid_client","error_description":"d"}"#).to_string(), "invalid_client: d");
        assert_eq!(body(r#""just text""#).to_string(), "just text");
    }

    #[test]
    fn details_alone_give_code_message_advice_and_activity() {
        let error = body(
            r#"{"error":{"details":[{"code":"A","message":"a","activityId":"x","possibleCauses":"p","recommendedAction":"do"}]}}"#,
        );
        assert_eq!(error.to_string(), "A: a");
        assert_eq!(error.all_recommended_actions(), ["do"]);
        assert_eq!(error.any_activity_id(), Some("x"));
    }

    #[test]
    fn advice_three_levels_down_is_found_and_each_sentence_is_said_once() {
        let error = AzureError::read(&json!({
            "additionalInfo": [{"type": "UserFacingError", "info": {
                "message": "The vault  lacks\u{a0}a role ", "recommendedAction": ["Grant it.", "Wait."], "code": "UserErrorMSIMissingPermissions",
                "target": "", "isRetryable": false, "isUserError": false, "properties": {"ActivityId": "act"},
                "innerError": {"code": "AuthorizationFailed", "additionalInfo": {"DetailedNonLocalisedMessage": "no action X over scope Y"}}
            }}],
            "code": "UserErrorMSIMissingPermissions", "message": "The vault lacks a role"
        }));
        assert_eq!(error.all_recommended_actions(), ["Grant it.", "Wait."]);
        assert_eq!(error.any_activity_id(), Some("act"));
        assert_eq!(
            error.to_string(),
            "UserErrorMSIMissingPermissions: The vault lacks a role; AuthorizationFailed: no action X over scope Y"
        );
        assert!(error.has_code("authorizationfailed"));
    }

    #[test]
    fn errors_of_recovery_services_jobs_are_read() {
        let error = AzureError::read(
            &json!({"errorCode": 400239, "errorTitle": "t", "errorString": "a", "recommendations": ["do"]}),
        );
        assert_eq!(error.to_string(), "400239: a");
        assert_eq!(error.all_recommended_actions(), ["do"]);
    }

    #[test]
    fn json_inside_a_message_is_unpacked() {
        let error =
            body(r#"{"error":{"code":"Outer","message":"{\"error\":{\"code\":\"Inner\",\"message\":\"real\"}}"}}"#);
        assert_eq!(error.to_string(), "Outer: real");
        assert!(error.has_code("Inner"));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(
            AzureError::from_body("\u{feff}{\"error\":{\"code\":\"A\",\"message\":\"a\"}}".as_bytes(), None).code,
            "A"
        );
    }

    #[test]
    fn pages_and_plain_text_of_gateways_are_shortened_to_what_they_say() {
        let page = body("<html><head><title>502 Bad\r\nGateway</title></head><body><h1>x</h1></body></html>");
        assert_eq!((page.code.as_str(), page.message.as_str()), ("", "502 Bad Gateway"));
        assert_eq!(body("<p>Service <b>unavailable</b></p>").message, "Service unavailable");
        assert_eq!(body("upstream request timeout").message, "upstream request timeout");
        assert_eq!(body(&"x".repeat(1000)).message.chars().count(), PLAIN_TEXT_LIMIT + 1);
    }

    #[test]
    fn the_header_stands_in_for_a_missing_code_only() {
        assert_eq!(AzureError::from_body(b"", Some("AuthorizationFailed")).to_string(), "AuthorizationFailed");
        assert_eq!(AzureError::from_body(br#"{"error":{"code":"A"}}"#, Some("B")).code, "A");
    }

    #[test]
    fn an_empty_body_and_empty_members_say_so() {
        for text in
            ["", "{}", "null", "[]", "{\"error\":null}", r#"{"error":{"code":"","message":null,"details":null}}"#]
        {
            let error = body(text);
            assert!(error.is_silent(), "{text}");
            assert_eq!(error.to_string(), "Azure gave no reason");
        }
    }

    #[test]
    fn the_policy_that_forbade_a_request_is_named() {
        let error = body(
            r#"{"error":{"code":"RequestDisallowedByPolicy","message":"m","additionalInfo":[{"type":"PolicyViolation",
                "info":{"policyAssignmentDisplayName":"Only Europe"}}]}}"#,
        );
        assert_eq!(error.to_string(), "RequestDisallowedByPolicy: m; PolicyViolation: Only Europe");
    }

    #[test]
    fn signatures_in_messages_are_removed() {
        let error = body(r#"{"error":{"code":"A","message":"cannot write https://a/c?sig=secret"}}"#);
        assert_eq!(error.message, "cannot write https://a/c?sig=(removed)");
    }

    #[test]
    fn nesting_without_end_is_cut() {
        let mut value = json!({"code": "A"});
        for _ in 0..100 {
            value = json!({"error": value});
        }
        assert!(AzureError::read(&value).is_silent());
    }

    #[test]
    fn no_part_of_an_error_holds_a_secret() {
        let secret = "x?sig=hunter2&a";
        let info = json!({"policyAssignmentName": secret, "activityId": secret});
        for body in [
            json!({"error": {"code": secret, "target": secret, "activityId": secret, "recommendedActions": [secret]}}),
            json!({"error": {"code": "a", "properties": {"activityId": secret}}}),
            json!({"error": {"code": "a", "additionalInfo": [{"type": secret, "info": info}]}}),
            json!({"error": {"code": "a", "additionalInfo": [{"activityId": secret}]}}),
            json!({"error": {"code": "a", "additionalInfo": {"activityId": secret}}}),
            json!({"error": secret, "error_description": secret}),
        ] {
            let shown = format!("{:?}", AzureError::from_body(body.to_string().as_bytes(), None));
            assert!(shown.contains("(removed)") && !shown.contains("hunter2"), "{shown}");
        }
        assert_eq!(AzureError::from_body(b"", Some(secret)).code, "x?sig=(removed)&a");
    }
}

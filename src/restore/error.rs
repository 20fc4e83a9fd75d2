//! Errors of a restore, and the messages that users read: the act and the thing first, then Azure's code and message,
//! then what to do.

use std::fmt::Write as _;
use std::time::Duration;

use crate::azure::deadline::Interrupted;
use crate::azure::error::{ArmError, AzureError, LastError, in_one_line};
use crate::azure::resource_id::ResourceId;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::hints::{self, CodeMeaning};
use crate::restore::workload::WorkloadNames;

/// Why a step of a restore did not succeed.
#[derive(Debug)]
pub enum RestoreError {
    /// The user stopped, or the time was up.
    Interrupted {
        /// Which of the two.
        interrupted: Interrupted,
        /// The last real error met while waiting.
        last: Option<LastError>,
    },
    /// Before anything was sent, Azure gave no usable answer for long enough.
    NoAnswer {
        /// The last real error met while waiting.
        last: Option<LastError>,
    },
    /// Azure rejected it: a failed validation, a refused trigger, a failed operation.
    Rejected(Box<AzureError>),
    /// Azure has taken a validation, and its result could not be read for long enough.
    UnreadValidation {
        /// What came in place of the result; none if nothing came.
        error: Option<LastError>,
    },
    /// Azure rejected it for want of a role, for as long as a new role may take to arrive.
    MissingRole {
        /// The last rejection.
        rejection: Box<RestoreError>,
        /// How long it was tried again.
        asked_for: Duration,
    },
    /// A check of our own failed.
    Wrong {
        /// The argument at fault.
        argument: Option<ArgumentPath>,
        /// What is wrong with it, in whole sentences.
        text: String,
    },
    /// What an argument names is not there, or does not allow what is asked of it.
    Missing {
        /// The argument at fault.
        argument: ArgumentPath,
        /// What is wrong with it, in a sentence.
        text: String,
        /// What Azure said.
        error: Box<ArmError>,
    },
    /// A call failed otherwise.
    Call(Box<ArmError>),
}

impl From<ArmError> for RestoreError {
    fn from(error: ArmError) -> Self {
        match error {
            ArmError::Interrupted { interrupted, last } => Self::Interrupted { interrupted, last },
            other => Self::Call(Box::new(other)),
        }
    }
}

impl From<Interrupted> for RestoreError {
    fn from(interrupted: Interrupted) -> Self {
        Self::Interrupted { interrupted, last: None }
    }
}

impl RestoreError {
    /// A check of our own, on an argument.
    pub fn wrong(argument: impl Into<ArgumentPath>, text: impl Into<String>) -> Self {
        Self::Wrong { argument: Some(argument.into()), text: text.into() }
    }

    /// What Azure said, if it said anything.
    pub fn azure(&self) -> Option<&AzureError> {
        match self {
            Self::Rejected(error) => Some(error),
            Self::MissingRole { rejection, .. } => rejection.azure(),
            Self::Call(error) | Self::Missing { error, .. } => error.refusal().map(|refusal| &refusal.error),
            Self::Interrupted { .. } | Self::NoAnswer { .. } | Self::UnreadValidation { .. } | Self::Wrong { .. } => {
                None
            }
        }
    }

    /// Whether the user stopped.
    pub fn is_stop(&self) -> bool {
        matches!(self, Self::Interrupted { interrupted: Interrupted::Stopped, .. })
    }

    /// Whether something else is busy on the target, so that trying again later helps.
    pub fn is_busy(&self) -> bool {
        self.azure().is_some_and(|error| hints::meaning(hints::codes(error)) == CodeMeaning::Busy)
    }

    /// Whether the identity that restores lacks a role, which may have been granted just now. Azure calls a container that
    /// is not there inaccessible, too, and says so further down; no role makes it appear.
    pub fn is_missing_role(&self) -> bool {
        self.azure().is_some_and(|error| {
            hints::meaning(hints::codes(error)) == CodeMeaning::MissingRole
                && !hints::codes(error).any(|code| code.eq_ignore_ascii_case("ContainerNotFound"))
        })
    }

    /// The error, as that which a wait met last before it was broken off.
    pub fn as_last_error(&self) -> Option<LastError> {
        match self {
            Self::Rejected(error) => Some(LastError::Azure(error.clone())),
            Self::MissingRole { rejection, .. } => rejection.as_last_error(),
            Self::Call(error) | Self::Missing { error, .. } => Some(LastError::from(error.as_ref())),
            Self::Interrupted { last, .. } | Self::NoAnswer { last } => last.clone(),
            Self::UnreadValidation { error } => error.clone(),
            Self::Wrong { text, .. } => Some(LastError::Other(text.clone())),
        }
    }

    /// The error as a message to the user. `act` is its summary: what was being done to what.
    pub fn to_message(&self, act: impl Into<UserMessage>) -> UserMessage {
        let message = act.into();
        match self {
            Self::Interrupted { interrupted, last } => {
                let message = message.say(match interrupted {
                    Interrupted::Stopped => "Terraform was interrupted.",
                    Interrupted::TimedOut => "The time that `timeouts` allows was up.",
                });
                message.met_while_waiting(last.as_ref())
            }
            Self::NoAnswer { last } => {
                message.say("Azure gave no usable answer for a quarter of an hour.").met_while_waiting(last.as_ref())
            }
            Self::UnreadValidation { error } => message
                .say(match error {
                    Some(error) => {
                        let error = in_one_line(error);
                        let error = error.trim_end_matches('.');
                        format!("Azure has begun to check the restore, but the result could not be read: {error}.")
                    }
                    None => "Azure has begun to check the restore, but gave no result.".to_owned(),
                })
                .explained_by(error.as_ref())
                .say(
                    "This does not mean that the restore is wrong. No restore was sent; the next apply begins anew. If \
                     access is denied, allow the identity of the provider to read the operations of the vault.",
                ),
            Self::Rejected(error) => message.azure(error),
            Self::MissingRole { rejection, asked_for } => rejection.to_message(message).say(format!(
                "Azure was asked again for {}, in case the role was granted just now, and kept to its answer.",
                in_words(*asked_for)
            )),
            Self::Wrong { argument, text } => UserMessage { argument: argument.clone(), ..message.say(text) },
            Self::Missing { argument, text, error } => {
                UserMessage { argument: Some(argument.clone()), ..Self::with_answer(message.say(text), error) }
            }
            Self::Call(error) => Self::with_answer(message, error),
        }
    }

    fn with_answer(message: UserMessage, error: &ArmError) -> UserMessage {
        match error.refusal() {
            Some(refusal) => message.azure(&refusal.error).say(format!("Request: {}", refusal.request())),
            None => message.say(in_one_line(error)),
        }
    }
}

/// That the thing with this id is not there, as a sentence: `The logical server "x" does not exist in resource group "y".`
/// The request below it has the whole id.
pub fn not_there(what: &str, id: &ResourceId) -> String {
    let group = id.resource_group().map_or_else(String::new, |group| format!(" in resource group {group:?}"));
    format!("The {what} {:?} does not exist{group}.", id.decoded_name())
}

/// A message for a person: what was being done to what, and paragraphs that say why it ended and what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserMessage {
    /// Act and thing: `Restoring blobs of storage account "x": validation failed`.
    pub summary: String,
    /// Paragraphs.
    pub paragraphs: Vec<String>,
    /// The argument at fault, if it is one.
    pub argument: Option<ArgumentPath>,
    /// What is restored, if it is known: hints then name its roles.
    pub workload: Option<WorkloadNames>,
    /// The id that Microsoft's support asks for. One for each message: it is what the whole restore is found by.
    pub activity_id: Option<String>,
}

impl From<&str> for UserMessage {
    fn from(summary: &str) -> Self {
        Self::new(summary)
    }
}

impl From<String> for UserMessage {
    fn from(summary: String) -> Self {
        Self::new(summary)
    }
}

impl UserMessage {
    /// A message that says nothing yet but what was being done.
    pub fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), ..Self::default() }
    }

    /// The same message, about a restore of this workload.
    #[must_use]
    pub fn about(self, workload: Option<WorkloadNames>) -> Self {
        Self { workload, ..self }
    }

    /// The same message, on an argument.
    #[must_use]
    pub fn on(self, argument: impl Into<ArgumentPath>) -> Self {
        Self { argument: Some(argument.into()), ..self }
    }

    /// One more paragraph.
    #[must_use]
    pub fn say(mut self, paragraph: impl Into<String>) -> Self {
        let paragraph = paragraph.into();
        if !paragraph.trim().is_empty() && !self.paragraphs.contains(&paragraph) {
            self.paragraphs.push(paragraph);
        }
        self
    }

    /// Adds Azure's code and message, its recommended actions (often three levels down), and our advice for the codes.
    #[must_use]
    pub fn azure(self, error: &AzureError) -> Self {
        let said = if error.is_silent() { "Azure gave no reason.".to_owned() } else { format!("Azure says: {error}") };
        self.say(said).advised_by(error)
    }

    /// Adds the last error that a wait met before it was broken off, with everything that Azure said in it.
    #[must_use]
    pub fn met_while_waiting(self, last: Option<&LastError>) -> Self {
        match last {
            Some(error) => {
                self.say(format!("The last error met while waiting: {}", in_one_line(error))).explained_by(last)
            }
            None => self,
        }
    }

    /// Adds what Azure recommends about an error that the text names already, and our advice for its codes.
    #[must_use]
    pub fn explained_by(self, error: Option<&LastError>) -> Self {
        match error.and_then(LastError::azure) {
            Some(error) => self.advised_by(error),
            None => self,
        }
    }

    fn advised_by(self, error: &AzureError) -> Self {
        let mut message = self;
        let actions = error.all_recommended_actions();
        if !actions.is_empty() {
            let mut text = String::from("Recommended by Azure:");
            for action in actions {
                let _ = write!(text, "\n  - {action}");
            }
            message = message.say(text);
        }
        message.activity_id = message.activity_id.or_else(|| error.any_activity_id().map(str::to_owned));
        // Of the outermost known code only: what is below it often names the mechanism, with advice for somebody else.
        match hints::codes(error).find_map(hints::of) {
            Some(hint) => {
                let advice = hint.advice_for(message.workload);
                message.say(advice)
            }
            None => message,
        }
    }

    /// The paragraphs as one text. The activity id comes last.
    pub fn detail(&self) -> String {
        let id = self.activity_id.as_ref().map(|id| format!("Activity id (for Microsoft's support): {id}"));
        let paragraphs: Vec<&str> = self.paragraphs.iter().map(String::as_str).chain(id.as_deref()).collect();
        paragraphs.join("\n\n")
    }

    /// Summary and the paragraphs that say why, for where there is room for one line.
    pub fn in_one_line(&self) -> String {
        let reason: Vec<&str> = self.paragraphs.iter().take(2).map(String::as_str).collect();
        let line = format!("{}. {}", self.summary.trim_end_matches('.'), reason.join(" "));
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// A length of time in the largest unit of which it has some: `30 minutes`, `3 days`.
pub fn in_words(length: Duration) -> String {
    const HOUR: u64 = 60 * 60;
    match length.as_secs() {
        seconds @ 0..120 => format!("{seconds} seconds"),
        seconds if seconds < 3 * HOUR => format!("{} minutes", seconds / 60),
        seconds if seconds < 48 * HOUR => format!("{} hours", (seconds + HOUR / 2) / HOUR),
        seconds => format!("{} days", (seconds + 12 * HOUR) / (24 * HOUR)),
    }
}

/// `text` with a capital letter at its beginning.
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_told_in_its_own_unit() {
        let told = |minutes: u64| in_words(Duration::from_secs(minutes * 60));
        assert_eq!(told(1), "60 seconds");
        assert_eq!((told(30).as_str(), told(179).as_str()), ("30 minutes", "179 minutes"));
        assert_eq!((told(180).as_str(), told(200).as_str(), told(1440).as_str()), ("3 hours", "3 hours", "24 hours"));
        assert_eq!((told(2879).as_str(), told(2880).as_str()), ("48 hours", "2 days"));
        assert_eq!((told(4320).as_str(), told(576_000).as_str()), ("3 days", "400 days"));
    }

    #[test]
    fn only_the_user_stops() {
        let interrupted = |interrupted| RestoreError::Interrupted { interrupted, last: None };
        assert!(interrupted(Interrupted::Stopped).is_stop());
        assert!(!interrupted(Interrupted::TimedOut).is_stop());
        assert!(!RestoreError::wrong("name", "It is taken.").is_stop());
    }

    #[test]
    fn what_is_missing_is_told_on_its_argument_with_azures_words() {
        let error = ArmError::Unreadable { request: "GET /x".into(), reason: "it is empty".into() };
        let missing =
            RestoreError::Missing { argument: "a".into(), text: "There is none.".into(), error: Box::new(error) };
        let message = missing.to_message("Restoring");
        assert_eq!(message.argument, Some("a".into()));
        assert!(message.detail().starts_with("There is none.\n\nthe answer to GET /x"), "{message:?}");
    }

    #[test]
    fn a_message_has_no_paragraph_twice_and_none_that_says_nothing() {
        let message = UserMessage::new("Restoring").say("One.").say(" ").say("").say("Two.").say("One.");
        assert_eq!(message.paragraphs, ["One.", "Two."]);
    }

    #[test]
    fn what_azure_recommends_is_listed_if_there_is_anything() {
        let mut error = AzureError::new("Unheard", "no");
        let paragraphs = |error: &AzureError| UserMessage::new("Restoring").azure(error).paragraphs;
        assert_eq!(paragraphs(&error).len(), 1);
        error.recommended_actions = vec!["Grant it.".into(), "Wait.".into()];
        assert_eq!(paragraphs(&error)[1], "Recommended by Azure:\n  - Grant it.\n  - Wait.");
    }

    #[test]
    fn a_sentence_begins_with_a_capital_letter() {
        assert_eq!(capitalised("the vault's list"), "The vault's list");
        assert_eq!(capitalised("ärger"), "Ärger");
        assert_eq!(capitalised(""), "");
    }

    #[test]
    fn the_message_of_a_known_code_ends_with_what_to_do() {
        let error = AzureError::new("UserErrorTargetContainersExistOnAccount", "Containers exist.");
        let message = RestoreError::Rejected(Box::new(error)).to_message("Restoring blobs: validation failed");
        assert!(message.detail().starts_with("Azure says: "), "{message:?}");
        assert!(message.detail().contains("rename_to"), "{message:?}");
    }

    #[test]
    fn a_role_is_not_what_a_container_that_is_not_there_lacks() {
        let inaccessible = |inner: serde_json::Value| {
            let error =
                serde_json::json!({"code": "UserErrorContainerNotAccessible", "message": "x", "details": [inner]});
            RestoreError::Rejected(Box::new(AzureError::read(&error))).is_missing_role()
        };
        assert!(inaccessible(serde_json::json!({"code": "AuthorizationPermissionMismatch", "message": "x"})));
        assert!(!inaccessible(serde_json::json!({"code": "ContainerNotFound", "message": "x"})));
    }

    #[test]
    fn a_wrong_argument_is_named() {
        let message = RestoreError::wrong("point_in_time", "It lies in the future.").to_message("Restoring");
        assert_eq!((message.summary.as_str(), message.argument.as_ref()), ("Restoring", Some(&"point_in_time".into())));
        assert_eq!(message.detail(), "It lies in the future.");
    }
}

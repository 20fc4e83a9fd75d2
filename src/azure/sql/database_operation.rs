//! An operation on a database, out of the list that its database keeps.

use serde_json::Value;
use time::OffsetDateTime;

use crate::azure::json_fields::JsonFields;

/// Where an operation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseOperationState {
    /// `Pending`, `InProgress`, `CancelInProgress`, or a word nobody knows.
    Running(String),
    /// Over, however.
    Ended(String),
}

/// `DatabaseOperation` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseOperation {
    /// What a cancellation names.
    pub name: String,
    /// What it does: `CreateLogicalDatabase`, `CreateRecoverRequest`, `UpdateLogicalDatabase` …; none where Azure does not
    /// say.
    pub operation: Option<String>,
    /// Where it stands.
    pub state: DatabaseOperationState,
    /// How far it is: 0 to 100.
    pub percent_complete: Option<u64>,
    /// When it began, UTC.
    pub start_time: Option<OffsetDateTime>,
    /// Whether it can be cancelled; none where Azure does not say.
    pub is_cancellable: Option<bool>,
}

impl DatabaseOperation {
    /// Reads one element of the list. None if it has no name.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let own = members.object("properties");
        let word = own.text("state").unwrap_or_default();
        let ended = ["succeeded", "failed", "cancelled", "canceled"].contains(&word.to_ascii_lowercase().as_str());
        Some(Self {
            name: members.text("name")?,
            operation: own.text("operation"),
            state: if ended { DatabaseOperationState::Ended(word) } else { DatabaseOperationState::Running(word) },
            percent_complete: own.count("percentComplete").filter(|percent| *percent <= 100),
            start_time: own.instant("startTime"),
            is_cancellable: own.boolean("isCancellable"),
        })
    }

    /// The newest that runs and makes the database. One that scales it, or deletes it, is somebody else's.
    pub fn making(operations: &[Self]) -> Option<&Self> {
        let running = operations.iter().filter(|own| matches!(own.state, DatabaseOperationState::Running(_)));
        running.filter(|own| own.may_create()).max_by_key(|own| own.start_time)
    }

    fn may_create(&self) -> bool {
        let begins = |operation: &String| operation.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("create"));
        self.operation.as_ref().is_none_or(begins)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn operation(name: &str, state: &str, start: &str) -> DatabaseOperation {
        let own = json!({"name": name, "properties": {"state": state, "startTime": start, "percentComplete": 19}});
        DatabaseOperation::read(&own).unwrap()
    }

    #[test]
    fn the_newest_that_has_not_ended_is_the_one_that_runs() {
        let listed = [
            operation("a", "InProgress", "2017-06-01T09:10:08.1Z"),
            operation("b", "InProgress", "2017-06-01T10:10:08.1Z"),
            operation("c", "Succeeded", "2017-06-01T11:10:08.1Z"),
        ];
        let running = DatabaseOperation::making(&listed).unwrap();
        assert_eq!((running.name.as_str(), running.percent_complete), ("b", Some(19)));
        assert_eq!(DatabaseOperation::making(&listed[2..]), None);
    }

    #[test]
    fn an_operation_that_does_something_else_with_the_database_is_nobody_s_to_cancel() {
        let of = |word: &str| {
            let own = json!({"name": "a", "properties": {"state": "InProgress", "operation": word}});
            DatabaseOperation::making(&[DatabaseOperation::read(&own).unwrap()]).is_some()
        };
        assert!(of("CreateLogicalDatabase") && of("createRecoverRequest"));
        assert!(!of("UpdateLogicalDatabase") && !of("DropLogicalDatabase") && !of("x"));
    }

    #[test]
    fn what_has_no_name_is_no_operation_and_no_percentage_is_above_a_hundred() {
        assert_eq!(DatabaseOperation::read(&json!({"properties": {}})), None);
        let odd = json!({"name": "x", "properties": {"percentComplete": 101}});
        assert_eq!(DatabaseOperation::read(&odd).unwrap().percent_complete, None);
    }
}

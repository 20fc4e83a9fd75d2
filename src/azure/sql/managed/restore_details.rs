//! How far the restore of a managed database is.

use std::fmt;

use serde_json::Value;

use crate::azure::json_fields::JsonFields;
use crate::azure::redaction::redact;

/// `ManagedDatabaseRestoreDetailsResult` of the REST description, as far as it says how far the restore is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreDetails {
    /// How far it is: 0 to 100.
    pub percent_completed: Option<u64>,
    /// Why it does not go on.
    pub block_reason: Option<String>,
    /// The file that is being restored.
    pub current_file: Option<String>,
    /// Files that have been restored.
    pub files_restored: Option<u64>,
    /// Files that were found.
    pub files_detected: Option<u64>,
    /// Files that cannot be restored.
    pub files_unrestorable: Option<u64>,
}

impl RestoreDetails {
    pub(super) fn read(value: &Value) -> Self {
        let own = JsonFields::of(value).object("properties");
        let text = |name: &str| own.text(name).map(|text| redact(&text));
        Self {
            percent_completed: own.count("percentCompleted").filter(|percent| *percent <= 100),
            block_reason: text("blockReason"),
            current_file: text("currentRestoringFileName"),
            files_restored: own.count("numberOfFilesRestored"),
            files_detected: own.count("numberOfFilesDetected"),
            files_unrestorable: own.count("numberOfFilesUnrestorable").filter(|count| *count > 0),
        }
    }
}

/// For people: `42 %, 3 of 26 files, restoring full_0`. Empty if nothing is known.
impl fmt::Display for RestoreDetails {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.percent_completed.map(|percent| format!("{percent} %")),
            match (self.files_restored, self.files_detected) {
                (Some(restored), Some(detected)) => Some(format!("{restored} of {detected} files")),
                (None, Some(detected)) => Some(format!("{detected} files")),
                (_, None) => None,
            },
            self.current_file.as_ref().map(|file| format!("restoring {file}")),
            self.files_unrestorable.map(|count| format!("{count} files cannot be restored")),
            self.block_reason.as_ref().map(|reason| format!("blocked: {reason}")),
        ];
        formatter.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(properties: &Value) -> String {
        RestoreDetails::read(&json!({ "properties": properties })).to_string()
    }

    #[test]
    fn what_is_known_is_said_and_nothing_else() {
        assert_eq!(
            shown(&json!({"status": "Restoring", "currentRestoringFileName": "full_0", "percentCompleted": 0.0,
                "numberOfFilesDetected": 26})),
            "0 %, 26 files, restoring full_0"
        );
        assert_eq!(
            shown(&json!({"percentCompleted": 42, "numberOfFilesDetected": 26, "numberOfFilesRestored": 3,
                "numberOfFilesUnrestorable": 1, "blockReason": "The log chain is broken."})),
            "42 %, 3 of 26 files, 1 files cannot be restored, blocked: The log chain is broken."
        );
        assert_eq!(shown(&json!({"percentCompleted": 101, "numberOfFilesUnrestorable": 0, "blockReason": null})), "");
    }
}

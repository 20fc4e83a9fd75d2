//! A database on a logical server. It has no `provisioningState`: its status says whether it can be used.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use time::OffsetDateTime;

use super::database_restore::RESTORE_TAG;
use super::ids::DatabaseId;
use crate::azure::json_fields::JsonFields;
use crate::azure::redaction::redact;
use crate::azure::resource_id::is_same;

/// Where a database stands (docs/reference/azure-sql.md#status).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseStatus {
    /// It can be used: `Online`, or `Paused`, from which a serverless one wakes up by itself.
    Usable(String),
    /// It cannot be used, and waiting does not help: `Suspect`, `EmergencyMode`, `Inaccessible`, `Disabled`.
    Broken(String),
    /// On its way to one of these; words nobody knows count as this.
    Passing(String),
}

impl DatabaseStatus {
    /// Reads Azure's word, without case.
    pub fn read(word: &str) -> Self {
        let own = redact(word.trim());
        match own.to_ascii_lowercase().as_str() {
            "online" | "paused" => Self::Usable(own),
            "suspect" | "emergencymode" | "inaccessible" | "disabled" => Self::Broken(own),
            _ => Self::Passing(own),
        }
    }
}

/// Azure's word.
impl fmt::Display for DatabaseStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usable(word) | Self::Broken(word) | Self::Passing(word)) = self;
        formatter.write_str(word)
    }
}

/// `Database` of the REST description, as far as a restore needs it. How it came to be, Azure does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// Id in documented casing.
    pub id: DatabaseId,
    /// Where it stands.
    pub status: DatabaseStatus,
    /// The request id of the restore that made it, as far as its tags say.
    pub restored_by: Option<String>,
    /// When it was created, UTC.
    pub creation_date: Option<OffsetDateTime>,
    /// The oldest instant that it can be restored to, UTC; none shortly after its creation.
    pub earliest_restore_date: Option<OffsetDateTime>,
    /// Further members, by their names: what others need to manage it.
    pub facts: BTreeMap<&'static str, String>,
}

/// Members of `properties` that are kept as they are.
const FACTS: [&str; 8] = [
    "databaseId",
    "currentServiceObjectiveName",
    "currentBackupStorageRedundancy",
    "elasticPoolId",
    "zoneRedundant",
    "licenseType",
    "maxSizeBytes",
    "collation",
];

impl Database {
    /// Reads the answer to a GET of `id`.
    pub(super) fn read(id: &DatabaseId, value: &Value) -> Self {
        let members = JsonFields::of(value);
        let own = members.object("properties");
        let tags = members.text_map("tags");
        Self {
            id: id.clone(),
            status: DatabaseStatus::read(&own.text("status").unwrap_or_default()),
            restored_by: tags.into_iter().find(|(name, _)| is_same(name, RESTORE_TAG)).map(|(_, id)| redact(&id)),
            creation_date: own.instant("creationDate"),
            earliest_restore_date: own.instant("earliestRestoreDate"),
            facts: FACTS.into_iter().filter_map(|name| Some((name, redact(&own.text(name)?)))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_known_words_are_an_end() {
        assert_eq!(DatabaseStatus::read("online"), DatabaseStatus::Usable("online".into()));
        assert_eq!(DatabaseStatus::read("Paused"), DatabaseStatus::Usable("Paused".into()));
        for word in ["Suspect", "EmergencyMode", "Inaccessible", "Disabled"] {
            assert_eq!(DatabaseStatus::read(word), DatabaseStatus::Broken(word.into()));
        }
        for word in ["Restoring", "Recovering", "RecoveryPending", "Creating", "Scaling", "Hatching", ""] {
            assert_eq!(DatabaseStatus::read(word), DatabaseStatus::Passing(word.into()));
        }
    }

    #[test]
    fn the_tag_is_found_in_any_casing_and_facts_keep_their_names() {
        let id = DatabaseId::parse("/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/servers/q/databases/d");
        let answer = json!({"tags": {"AzureBackup-Restore": "an-id", "x": "y"}, "properties": {
            "status": "Online", "creationDate": "2020-10-23T20:31:35.807Z", "zoneRedundant": false, "maxSizeBytes": 268435456000_u64}});
        let database = Database::read(&id.unwrap(), &answer);
        assert_eq!(database.restored_by.as_deref(), Some("an-id"));
        assert_eq!(database.facts["zoneRedundant"], "false");
        assert_eq!(database.facts["maxSizeBytes"], "268435456000");
        assert!(database.creation_date.is_some() && database.earliest_restore_date.is_none());
    }
}

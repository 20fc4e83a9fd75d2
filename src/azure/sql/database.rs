//! A database on a logical server. It has no `provisioningState`: its status says whether it can be used.

use std::collections::BTreeMap;

use serde_json::Value;
use time::OffsetDateTime;

use super::ids::DatabaseId;
use crate::azure::availability::Availability;
use crate::azure::json_fields::JsonFields;
use crate::azure::redaction::redact;
use crate::azure::restore_tag::restored_by;

/// Words that say that a database can be used (docs/reference/azure-sql.md#status). From `Paused` a serverless one wakes up
/// by itself.
const USABLE: [&str; 2] = ["Online", "Paused"];

/// Words of one that cannot, and of which waiting makes nothing better.
const BROKEN: [&str; 4] = ["Suspect", "EmergencyMode", "Inaccessible", "Disabled"];

/// `Database` of the REST description, as far as a restore needs it. How it came to be, Azure does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// Id in documented casing.
    pub id: DatabaseId,
    /// Where it stands.
    pub status: Availability,
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
        Self {
            id: id.clone(),
            status: Availability::read(&own.text("status").unwrap_or_default(), &USABLE, &BROKEN),
            restored_by: restored_by(members),
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

    fn id() -> DatabaseId {
        DatabaseId::parse("/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/servers/q/databases/d").unwrap()
    }

    #[test]
    fn only_known_words_are_an_end() {
        let read = |word: &str| Database::read(&id(), &json!({"properties": {"status": word}})).status;
        assert_eq!(read("Online"), Availability::Usable("Online".into()));
        assert_eq!(read("Paused"), Availability::Usable("Paused".into()));
        for word in BROKEN {
            assert_eq!(read(word), Availability::Broken(word.into()));
        }
        for word in ["Restoring", "Recovering", "RecoveryPending", "Creating", "Scaling", "Hatching", ""] {
            assert_eq!(read(word), Availability::Passing(word.into()));
        }
    }

    #[test]
    fn the_tag_is_found_in_any_casing_and_facts_keep_their_names() {
        let answer = json!({"tags": {"AzureBackup-Restore": "an-id", "x": "y"}, "properties": {
            "status": "Online", "creationDate": "2020-10-23T20:31:35.807Z", "zoneRedundant": false, "maxSizeBytes": 268435456000_u64}});
        let database = Database::read(&id(), &answer);
        assert_eq!(database.restored_by.as_deref(), Some("an-id"));
        assert_eq!(database.facts["zoneRedundant"], "false");
        assert_eq!(database.facts["maxSizeBytes"], "268435456000");
        assert!(database.creation_date.is_some() && database.earliest_restore_date.is_none());
    }
}

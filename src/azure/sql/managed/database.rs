//! A database on a managed instance. Its status says whether it can be used.

use std::collections::BTreeMap;

use serde_json::Value;
use time::OffsetDateTime;

use super::super::ids::ManagedDatabaseId;
use crate::azure::availability::Availability;
use crate::azure::error::AzureError;
use crate::azure::json_fields::JsonFields;
use crate::azure::redaction::redact;
use crate::azure::restore_tag::restored_by;

/// Words that say that a database can be used (docs/reference/azure-sql.md#managed-instances).
const USABLE: [&str; 1] = ["Online"];

/// Words of one that cannot, and of which waiting makes nothing better.
const BROKEN: [&str; 1] = ["Inaccessible"];

/// `ManagedDatabase` of the REST description, as far as a restore needs it. How it came to be, Azure does not say.
#[derive(Clone, Debug, PartialEq)]
pub struct ManagedDatabase {
    /// Id in documented casing.
    pub id: ManagedDatabaseId,
    /// Where it stands.
    pub status: Availability,
    /// The request id of the restore that made it, as far as its tags say.
    pub restored_by: Option<String>,
    /// When it was created, UTC.
    pub creation_date: Option<OffsetDateTime>,
    /// The oldest instant that it can be restored to, UTC; none shortly after its creation.
    pub earliest_restore_point: Option<OffsetDateTime>,
    /// Why it is inaccessible, where Azure says so.
    pub inaccessible_because: Option<AzureError>,
    /// Further members, by their names: what others need to manage it.
    pub facts: BTreeMap<&'static str, String>,
}

/// Members of `properties` that are kept as they are.
const FACTS: [&str; 5] = ["collation", "catalogCollation", "defaultSecondaryLocation", "failoverGroupId", "isLedgerOn"];

impl ManagedDatabase {
    /// Reads the answer to a GET of `id`.
    pub(super) fn read(id: &ManagedDatabaseId, value: &Value) -> Self {
        let members = JsonFields::of(value);
        let own = members.object("properties");
        let reason = own.object("extendedAccessibilityInfo");
        let description = reason.text("inaccessibilityReasonDescription").map(|text| redact(&text));
        let code = reason.text("inaccessibilityReasonErrorCode").or_else(|| reason.text("inaccessibilityReasonKind"));
        Self {
            id: id.clone(),
            status: Availability::read(&own.text("status").unwrap_or_default(), &USABLE, &BROKEN),
            restored_by: restored_by(members),
            creation_date: own.instant("creationDate"),
            earliest_restore_point: own.instant("earliestRestorePoint"),
            inaccessible_because: description
                .map(|text| AzureError::new(redact(&code.unwrap_or_else(|| "Inaccessible".to_owned())), text)),
            facts: FACTS.into_iter().filter_map(|name| Some((name, redact(&own.text(name)?)))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> ManagedDatabase {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/managedInstances/mi/databases/d";
        ManagedDatabase::read(&ManagedDatabaseId::parse(id).unwrap(), value)
    }

    #[test]
    fn only_known_words_are_an_end() {
        let status = |word: &str| read(&json!({"properties": {"status": word}})).status;
        assert_eq!(status("Online"), Availability::Usable("Online".into()));
        assert_eq!(status("Inaccessible"), Availability::Broken("Inaccessible".into()));
        for word in ["Restoring", "Creating", "Updating", "Offline", "Shutdown", "Stopped", "DbMoving", ""] {
            assert_eq!(status(word), Availability::Passing(word.into()));
        }
    }

    #[test]
    fn why_it_is_inaccessible_is_kept_with_its_code() {
        let found = read(&json!({"tags": {"azurebackup-restore": "an-id"}, "properties": {"status": "Inaccessible",
            "earliestRestorePoint": "2026-10-23T20:31:35.807Z", "isLedgerOn": false,
            "extendedAccessibilityInfo": {"inaccessibilityReasonErrorCode": "33111", "inaccessibilityReasonKind": "TransparentDataEncryption",
                "inaccessibilityReasonDescription": "The key cannot be reached."}}}));
        let reason = found.inaccessible_because.unwrap();
        assert_eq!((reason.code.as_str(), reason.message.as_str()), ("33111", "The key cannot be reached."));
        assert_eq!((found.restored_by.as_deref(), found.facts["isLedgerOn"].as_str()), (Some("an-id"), "false"));
        assert!(found.earliest_restore_point.is_some() && found.creation_date.is_none());
        assert_eq!(read(&json!({})).inaccessible_because, None);
    }
}

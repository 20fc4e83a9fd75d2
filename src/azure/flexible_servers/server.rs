//! A flexible server, as far as a restore needs it. It has no `provisioningState`: its state says whether it can be used.

use std::collections::BTreeMap;

use serde_json::Value;
use time::OffsetDateTime;

use super::FlexibleServerId;
use crate::azure::availability::Availability;
use crate::azure::json_fields::JsonFields;
use crate::azure::redaction::redact;
use crate::azure::resource_id::Location;
use crate::azure::restore_tag::restored_by;

/// The word that says that a server can be used (docs/reference/azure-flexible-servers.md#state).
const USABLE: [&str; 1] = ["Ready"];

/// Words of one that cannot, and of which waiting makes nothing better. One that somebody has stopped can be started again.
const BROKEN: [&str; 3] = ["Disabled", "Inaccessible", "Dropping"];

/// `Server` of the REST descriptions. What it was made of, Azure does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlexibleServer {
    /// Id in documented casing.
    pub id: FlexibleServerId,
    /// Where it stands.
    pub state: Availability,
    /// Its region.
    pub location: Option<Location>,
    /// The request id of the restore that made it, as far as its tags say.
    pub restored_by: Option<String>,
    /// When it was created, UTC; none where Azure does not say.
    pub created: Option<OffsetDateTime>,
    /// The oldest instant that it can be restored to, UTC.
    pub earliest_restore_date: Option<OffsetDateTime>,
    /// The subnet that it lies in; none for one with public access.
    pub delegated_subnet_id: Option<String>,
    /// Further members, by their names: what others need to connect to it and to manage it.
    pub facts: BTreeMap<&'static str, String>,
}

/// Members of `properties` that are kept as they are.
const FACTS: [&str; 6] =
    ["fullyQualifiedDomainName", "administratorLogin", "version", "minorVersion", "fullVersion", "availabilityZone"];

impl FlexibleServer {
    /// Reads the answer to a GET of `id`.
    pub(super) fn read(id: &FlexibleServerId, value: &Value) -> Self {
        let members = JsonFields::of(value);
        let own = members.object("properties");
        let (network, backup) = (own.object("network"), own.object("backup"));
        let mut facts: BTreeMap<&'static str, String> =
            FACTS.into_iter().filter_map(|name| Some((name, redact(&own.text(name)?)))).collect();
        let nested = [
            ("skuName", members.object("sku").text("name")),
            ("storageSizeGB", own.object("storage").text("storageSizeGB")),
            ("publicNetworkAccess", network.text("publicNetworkAccess")),
            ("delegatedSubnetResourceId", network.text("delegatedSubnetResourceId")),
            ("backupRetentionDays", backup.text("backupRetentionDays")),
            ("geoRedundantBackup", backup.text("geoRedundantBackup")),
        ];
        facts.extend(nested.into_iter().filter_map(|(name, value)| Some((name, redact(&value?)))));
        Self {
            id: id.clone(),
            state: Availability::read(&own.text("state").unwrap_or_default(), &USABLE, &BROKEN),
            location: members.text("location").map(Location::new),
            restored_by: restored_by(members),
            created: members.object("systemData").instant("createdAt"),
            earliest_restore_date: backup.instant("earliestRestoreDate"),
            delegated_subnet_id: network.text("delegatedSubnetResourceId"),
            facts,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;
    use crate::azure::flexible_servers::Engine;

    fn id() -> FlexibleServerId {
        FlexibleServerId::new(Engine::PostgreSql, "s", "g", "orders").unwrap()
    }

    #[test]
    fn only_known_words_are_an_end() {
        let read = |word: &str| FlexibleServer::read(&id(), &json!({"properties": {"state": word}})).state;
        assert_eq!(read("ready"), Availability::Usable("ready".into()));
        for word in BROKEN {
            assert_eq!(read(word), Availability::Broken(word.into()));
        }
        for word in ["Provisioning", "Updating", "Starting", "Restarting", "Stopping", "Stopped", "Hatching", ""] {
            assert_eq!(read(word), Availability::Passing(word.into()));
        }
    }

    #[test]
    fn a_server_is_read_with_the_tag_in_any_casing_and_the_facts_by_azures_names() {
        let answer = json!({
            "location": "West Europe", "tags": {"AzureBackup-Restore": "an-id", "x": "y"},
            "sku": {"name": "Standard_D4ds_v5", "tier": "GeneralPurpose"},
            "systemData": {"createdAt": "2026-11-20T09:00:00Z"},
            "properties": {
                "state": "Ready", "administratorLogin": "dba", "storage": {"storageSizeGB": 512},
                "backup": {"earliestRestoreDate": "2026-11-13T09:30:00.1234567+00:00", "geoRedundantBackup": "Enabled"},
                "network": {"delegatedSubnetResourceId": "/subnet"},
            },
        });
        let server = FlexibleServer::read(&id(), &answer);
        assert_eq!(server.restored_by.as_deref(), Some("an-id"));
        assert_eq!(server.location, Some(Location::new("westeurope")));
        assert_eq!(server.created, Some(datetime!(2026-11-20 9:00 UTC)));
        assert_eq!(server.earliest_restore_date, Some(datetime!(2026-11-13 9:30:00.1234567 UTC)));
        assert_eq!(server.delegated_subnet_id.as_deref(), Some("/subnet"));
        assert_eq!(
            (server.facts["storageSizeGB"].as_str(), server.facts["skuName"].as_str()),
            ("512", "Standard_D4ds_v5")
        );
        assert!(!server.facts.contains_key("version"));
    }
}

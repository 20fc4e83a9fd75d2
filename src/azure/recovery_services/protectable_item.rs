//! What can be protected in a registered virtual machine.

use serde_json::Value;

use super::ids::{ProtectableItemId, ProtectionContainerId, RecoveryServicesVaultId};
use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::{is_same, segment_of_name};

/// `WorkloadProtectableItemResource` of the REST description, with what databases and their instances have. States are
/// open words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectableItem {
    /// With the collections in documented casing; names are as the list has them, mostly in lower case.
    pub id: ProtectableItemId,
    /// The name of the database or instance.
    pub friendly_name: Option<String>,
    /// `SQLDataBase`, `SQLInstance`, `SQLAvailabilityGroupContainer`, `SAPHanaDatabase` …
    pub item_type: Option<String>,
    /// `AzureWorkload` …
    pub backup_management_type: Option<String>,
    /// `SQL`, `SAPHanaDatabase` …
    pub workload_type: Option<String>,
    /// The instance or availability group of a database.
    pub parent_name: Option<String>,
    /// The machine or cluster.
    pub server_name: Option<String>,
    /// `NotProtected`, `Protected` …
    pub protection_state: Option<String>,
    /// Whether databases that come to be in it can be protected by themselves.
    pub is_auto_protectable: Option<bool>,
    /// Whether they are.
    pub is_auto_protected: Option<bool>,
}

impl ProtectableItem {
    /// Reads one element of a list of `vault`. None if it names no item there.
    pub(super) fn read(vault: &RecoveryServicesVaultId, value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let item = members.object("properties");
        let text = members.text("id")?;
        // The name of a database may hold a slash, which only the member `name` can be trusted with.
        let id = match ProtectableItemId::parse(&text) {
            Ok(id) => id,
            Err(_) => id_of(vault, &text, &members.text("name")?)?,
        };
        if id.container().vault() != vault {
            return None;
        }
        Some(Self {
            id,
            friendly_name: item.text("friendlyName"),
            item_type: item.text("protectableItemType"),
            backup_management_type: item.text("backupManagementType"),
            workload_type: item.text("workloadType"),
            parent_name: item.text("parentName"),
            server_name: item.text("serverName"),
            protection_state: item.text("protectionState"),
            is_auto_protectable: item.boolean("isAutoProtectable"),
            is_auto_protected: item.boolean("isAutoProtected"),
        })
    }

    /// Whether it is the database of this name in this instance. Letters are compared without case, as Azure does.
    pub fn is_database(&self, instance: &str, name: &str) -> bool {
        let is = |own: &Option<String>, wanted: &str| own.as_deref().is_some_and(|own| is_same_name(own, wanted));
        is(&self.item_type, "SQLDataBase") && is(&self.parent_name, instance) && is(&self.friendly_name, name)
    }
}

/// Whether two names that people gave are one: nothing in them is an escape.
pub(super) fn is_same_name(one: &str, other: &str) -> bool {
    is_same(&segment_of_name(one), &segment_of_name(other))
}

fn id_of(vault: &RecoveryServicesVaultId, text: &str, name: &str) -> Option<ProtectableItemId> {
    let lower = text.to_ascii_lowercase();
    let (from, to) = (lower.find("/protectioncontainers/")? + 22, lower.find("/protectableitems/")?);
    let container = text.get(from..to).filter(|container| !container.contains('/'))?;
    let container = ProtectionContainerId::of_vault(vault, &segment_of_name(container)).ok()?;
    ProtectableItemId::below(container, &segment_of_name(name)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_database_of_any_name_is_found_by_its_instance_and_its_name() {
        let vault = RecoveryServicesVaultId::new("s", "g", "v").unwrap();
        for name in ["sales", "Kunden \u{c4} 100%", "R/D", "a;b"] {
            let item = format!("sqldatabase;mssqlserver;{name}");
            let id = format!(
                "{vault}/backupFabrics/Azure/protectionContainers/vmappcontainer;compute;g;vm/protectableItems/{item}"
            );
            let value = json!({"id": id.replace("/subscriptions", "/Subscriptions"), "name": item, "properties": {
                "friendlyName": name, "parentName": "MSSQLSERVER", "protectableItemType": "SQLDataBase"}});
            let found = ProtectableItem::read(&vault, &value).unwrap();
            assert!(found.is_database("mssqlserver", &name.to_uppercase()), "{name}");
            assert!(!found.is_database("OTHER", name) && !found.is_database("mssqlserver", "other"), "{name}");
            assert_eq!(found.id.container().resource_id().decoded_name(), "vmappcontainer;compute;g;vm");
            assert_eq!(found.id.resource_id().decoded_name(), item);
        }
        let other = RecoveryServicesVaultId::new("s", "g", "w").unwrap();
        let id = format!("{other}/backupFabrics/Azure/protectionContainers/c/protectableItems/i");
        assert_eq!(ProtectableItem::read(&vault, &json!({"id": id})), None);
    }
}

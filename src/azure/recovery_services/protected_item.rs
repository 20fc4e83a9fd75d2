//! A protected item: a share, a virtual machine or a database that a vault backs up.

use std::fmt;

use serde_json::Value;
use time::OffsetDateTime;

use super::ids::{ProtectedItemId, RecoveryServicesVaultId};
use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::Location;

/// Which of the vault's worlds an item belongs to: most lists must be asked for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupManagementType {
    /// File shares.
    AzureStorage,
    /// Virtual machines.
    AzureIaasVM,
    /// Databases in virtual machines.
    AzureWorkload,
}

impl BackupManagementType {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::AzureStorage, Self::AzureIaasVM, Self::AzureWorkload];

    /// Azure's word in filters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AzureStorage => "AzureStorage",
            Self::AzureIaasVM => "AzureIaasVM",
            Self::AzureWorkload => "AzureWorkload",
        }
    }

    /// Reads Azure's word, in any casing.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for BackupManagementType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// `ProtectedItem` of the REST description, with what all its types have. States are open words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedItem {
    /// Id in documented casing, whatever the answer had.
    pub id: ProtectedItemId,
    /// The discriminator, such as `AzureFileShareProtectedItem`.
    pub protected_item_type: Option<String>,
    /// See [`BackupManagementType`].
    pub backup_management_type: Option<String>,
    /// `AzureFileShare`, `VM`, `SQLDataBase`, `SAPHanaDatabase` …
    pub workload_type: Option<String>,
    /// Its name for people: that of the share, the machine or the database.
    pub friendly_name: Option<String>,
    /// `StorageContainer;Storage;group;account`; of a virtual machine without the first part. For the container, ask the id.
    pub container_name: Option<String>,
    /// ARM id of the storage account or virtual machine.
    pub source_resource_id: Option<String>,
    /// Region of the source.
    pub source_location: Option<Location>,
    /// ARM id of the policy.
    pub policy_id: Option<String>,
    /// Name of the policy; absent in older answers.
    pub policy_name: Option<String>,
    /// `Protected`, `ProtectionStopped`, `IRPending`, `BackupsSuspended` …
    pub protection_state: Option<String>,
    /// Health, or why there is none.
    pub protection_status: Option<String>,
    /// How the last backup ended.
    pub last_backup_status: Option<String>,
    /// When that was, UTC.
    pub last_backup_time: Option<OffsetDateTime>,
    /// Time of the newest point, UTC.
    pub last_recovery_point: Option<OffsetDateTime>,
    /// Deleted, and kept for some days more.
    pub is_soft_deleted: bool,
}

impl ProtectedItem {
    /// Reads the answer to a GET of `id`.
    pub(super) fn read(id: &ProtectedItemId, value: &Value) -> Self {
        let item = JsonFields::of(value).object("properties");
        let state = item.text("protectionState");
        let says_soft_deleted = state.as_ref().is_some_and(|state| state.eq_ignore_ascii_case("SoftDeleted"));
        Self {
            id: id.clone(),
            protected_item_type: item.text("protectedItemType"),
            backup_management_type: item.text("backupManagementType"),
            workload_type: item.text("workloadType"),
            friendly_name: item.text("friendlyName"),
            container_name: item.text("containerName"),
            source_resource_id: item.text("sourceResourceId"),
            source_location: item.text("sourceLocation").map(Location::new),
            policy_id: item.text("policyId"),
            policy_name: item.text("policyName"),
            protection_status: item.text("protectionStatus"),
            last_backup_status: item.text("lastBackupStatus"),
            last_backup_time: item.instant("lastBackupTime"),
            last_recovery_point: item.instant("lastRecoveryPoint").or_else(|| item.instant("lastBackupTime")),
            is_soft_deleted: says_soft_deleted || item.boolean("isScheduledForDeferredDelete") == Some(true),
            protection_state: state,
        }
    }

    /// Reads one element of a list of `vault`. None if it has no id of an item there.
    pub fn read_listed(vault: &RecoveryServicesVaultId, value: &Value) -> Option<Self> {
        let id = ProtectedItemId::parse(&JsonFields::of(value).text("id")?).ok()?;
        (id.vault() == vault).then(|| Self::read(&id, value))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    const ITEM: &str = "/Subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/\
                        Azure/protectionContainers/StorageContainer;storage;g;a/protectedItems/AzureFileShare;5042";

    fn vault(name: &str) -> RecoveryServicesVaultId {
        RecoveryServicesVaultId::new("s", "g", name).unwrap()
    }

    #[test]
    fn a_share_is_read_from_a_list_with_the_id_that_the_service_gives() {
        let element = json!({"id": ITEM, "name": "AzureFileShare;5042", "properties": {
            "protectedItemType": "AzureFileShareProtectedItem", "friendlyName": "share", "containerName": "StorageContainer;storage;g;a",
            "backupManagementType": "AzureStorage", "workloadType": "AzureFileShare", "protectionState": "Protected",
            "lastBackupTime": "2026-10-01T00:00:00", "sourceLocation": "westeurope"}});
        let item = ProtectedItem::read_listed(&vault("v"), &element).unwrap();
        assert_eq!(item.id.resource_id().decoded_name(), "AzureFileShare;5042");
        assert_eq!(item.last_backup_time, Some(datetime!(2026-10-01 0:00 UTC)));
        assert_eq!(item.source_location, Some(Location::new("West Europe")));
        assert!(!item.is_soft_deleted);
        assert_eq!(ProtectedItem::read_listed(&vault("other"), &element), None);
        assert_eq!(ProtectedItem::read_listed(&vault("v"), &json!({"name": "AzureFileShare;5042"})), None);
    }

    #[test]
    fn an_item_is_soft_deleted_in_either_way_of_saying_so() {
        let id = ProtectedItemId::parse(ITEM).unwrap();
        for properties in [
            json!({"protectionState": "ProtectionStopped", "isScheduledForDeferredDelete": true}),
            json!({"protectionState": "SoftDeleted"}),
        ] {
            assert!(ProtectedItem::read(&id, &json!({"properties": properties})).is_soft_deleted);
        }
    }
}

//! A protected item: a share, a virtual machine or a database that a vault backs up.

use std::fmt;

use serde_json::Value;
use time::OffsetDateTime;

use super::ids::{ProtectedItemId, RecoveryServicesVaultId};
use super::protectable_item::is_same_name;
use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::{Location, ResourceId, is_same};

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

/// What an item is, among the kinds that lie in Azure resources. Items of servers elsewhere have words of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkloadType {
    /// A file share.
    AzureFileShare,
    /// A virtual machine.
    Vm,
    /// A SQL database in a virtual machine.
    SqlDatabase,
    /// A SQL instance in a virtual machine.
    SqlInstance,
    /// A SAP HANA database in a virtual machine.
    SapHanaDatabase,
    /// A SAP HANA instance in a virtual machine, by snapshots.
    SapHanaInstance,
    /// A SAP ASE database in a virtual machine.
    SapAseDatabase,
}

impl WorkloadType {
    /// Every one of them.
    pub const ALL: [Self; 7] = [
        Self::AzureFileShare,
        Self::Vm,
        Self::SqlDatabase,
        Self::SqlInstance,
        Self::SapHanaDatabase,
        Self::SapHanaInstance,
        Self::SapAseDatabase,
    ];

    /// Azure's word, in filters and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AzureFileShare => "AzureFileShare",
            Self::Vm => "VM",
            Self::SqlDatabase => "SQLDataBase",
            Self::SqlInstance => "SQLInstance",
            Self::SapHanaDatabase => "SAPHanaDatabase",
            Self::SapHanaInstance => "SAPHanaDBInstance",
            Self::SapAseDatabase => "SAPAseDatabase",
        }
    }

    /// Reads Azure's word, in any casing.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(word))
    }

    /// The world of the vault that it belongs to.
    pub const fn management_type(self) -> BackupManagementType {
        match self {
            Self::AzureFileShare => BackupManagementType::AzureStorage,
            Self::Vm => BackupManagementType::AzureIaasVM,
            _ => BackupManagementType::AzureWorkload,
        }
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
    /// The instance, system or availability group of a database.
    pub parent_name: Option<String>,
    /// The host of a database.
    pub server_name: Option<String>,
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
            parent_name: item.text("parentName"),
            server_name: item.text("serverName"),
            container_name: item.text("containerName"),
            source_resource_id: item.text("sourceResourceId").or_else(|| item.text("virtualMachineId")),
            source_location: item.text("sourceLocation").map(Location::new),
            policy_id: item.text("policyId"),
            policy_name: item.text("policyName"),
            protection_status: item.text("protectionStatus"),
            last_backup_status: item.text("lastBackupStatus"),
            last_backup_time: item.instant("lastBackupTime"),
            last_recovery_point: item.instant("lastRecoveryPoint"),
            is_soft_deleted: says_soft_deleted || item.boolean("isScheduledForDeferredDelete") == Some(true),
            protection_state: state,
        }
    }

    /// Reads one element of a list of `vault`. None if it has no id of an item there.
    pub fn read_listed(vault: &RecoveryServicesVaultId, value: &Value) -> Option<Self> {
        let text = JsonFields::of(value).text("id")?;
        let id = ProtectedItemId::parse(&text).or_else(|_| ProtectedItemId::parse(&with_fabric(&text))).ok()?;
        (id.vault() == vault).then(|| Self::read(&id, value))
    }

    /// Whether the service may have log backups of it: a database of a server, by the name that the service gave it.
    pub fn may_have_logs(id: &ProtectedItemId) -> bool {
        let kind = id.kind();
        let of_servers = [WorkloadType::SqlDatabase, WorkloadType::SapHanaDatabase, WorkloadType::SapAseDatabase];
        of_servers.iter().any(|own| own.as_str().eq_ignore_ascii_case(&kind))
    }

    /// Whether it is of this workload; none if Azure does not say.
    pub fn is_of(&self, workload: WorkloadType) -> Option<bool> {
        self.workload_type.as_deref().map(|word| word.eq_ignore_ascii_case(workload.as_str()))
    }

    /// Whether people call it so; none if Azure does not say.
    pub fn is_called(&self, name: &str) -> Option<bool> {
        self.friendly_name.as_deref().map(|own| is_same(own, name))
    }

    /// Whether it is the database of this name in this instance or availability group.
    pub fn is_database(&self, instance: &str, name: &str) -> bool {
        let is = |own: &Option<String>, wanted: &str| own.as_deref().is_some_and(|own| is_same_name(own, wanted));
        is(&self.workload_type, WorkloadType::SqlDatabase.as_str())
            && is(&self.parent_name, instance)
            && is(&self.friendly_name, name)
    }

    /// Whether nobody backs it up any more. Backups that there are may be kept for ever, or as the policy says.
    pub fn is_stopped(&self) -> bool {
        let says = |word: &str| self.protection_state.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(word));
        says("ProtectionStopped") || says("BackupsSuspended")
    }

    /// Whether it lies in this storage account or virtual machine; none if Azure does not say. Without an id of the source,
    /// the name of the container says its group and its name.
    pub fn lies_in(&self, source: &ResourceId) -> Option<bool> {
        if let Some(own) = &self.source_resource_id {
            return Some(is_same(own.trim_end_matches('/'), source.as_str().trim_end_matches('/')));
        }
        let container = self.id.container().resource_id().decoded_name();
        let parts: Vec<&str> = container.split(';').collect();
        match parts.as_slice() {
            [_, _, group, name] => Some(
                source.resource_group().is_some_and(|of_source| is_same(of_source, group))
                    && is_same(&source.decoded_name(), name),
            ),
            // Items of servers elsewhere, and of availability groups, lie in no such resource.
            _ if self.is_of_another_world() || starts_with(&container, AVAILABILITY_GROUP) => Some(false),
            _ => None,
        }
    }

    /// Whether Azure says that it is none of the kinds of items that lie in Azure resources.
    fn is_of_another_world(&self) -> bool {
        self.backup_management_type.as_deref().is_some_and(|word| BackupManagementType::read(word).is_none())
    }
}

/// How the containers of SQL availability groups are called.
const AVAILABILITY_GROUP: &str = "SQLAGWorkLoadContainer;";

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
}

/// An official example of this list leaves the fabric out of its ids; it is `Azure` for all that lies there
/// (docs/reference/azure-recovery-services.md#names).
fn with_fabric(id: &str) -> String {
    const CONTAINERS: &str = "/protectionContainers/";
    let at = id.to_ascii_lowercase().find(&CONTAINERS.to_ascii_lowercase());
    at.and_then(|at| Some(format!("{}/backupFabrics/Azure{}", id.get(..at)?, id.get(at..)?))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    const ITEM: &str = "/Subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/StorageContainer;storage;g;a/protectedItems/AzureFileShare;5042";

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
        let without_fabric = json!({"id": ITEM.replace("/backupFabrics/Azure", "")});
        assert_eq!(ProtectedItem::read_listed(&vault("v"), &without_fabric).map(|found| found.id), Some(item.id));
    }

    /// An item in this container with these facts.
    fn listed(container: &str, properties: &Value) -> ProtectedItem {
        let id = ITEM.replace("StorageContainer;storage;g;a", container);
        ProtectedItem::read_listed(&vault("v"), &json!({"id": id, "properties": properties})).unwrap()
    }

    fn account(name: &str) -> ResourceId {
        let group = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts";
        ResourceId::parse(&format!("{group}/{name}")).unwrap()
    }

    #[test]
    fn only_databases_of_servers_may_have_logs() {
        let may = |name: &str| {
            let id = ITEM.replace("AzureFileShare;5042", name);
            ProtectedItem::may_have_logs(&ProtectedItemId::parse(&id).unwrap())
        };
        assert!(may("sqldatabase;mssqlserver;R%2FD") && may("SAPHanaDatabase;hxe;x") && may("SAPAseDatabase;a;b"));
        assert!(!may("AzureFileShare;5042") && !may("VM;iaasvmcontainerv2;g;vm") && !may("SQLInstance;mssqlserver"));
    }

    #[test]
    fn an_item_lies_in_the_source_that_azure_names_else_in_that_of_its_container() {
        let share = "StorageContainer;storage;G;a";
        let named = json!({"sourceResourceId": account("b").as_str().replace("Storage", "storage")});
        assert_eq!(listed(share, &named).lies_in(&account("b")), Some(true));
        assert_eq!(listed(share, &named).lies_in(&account("a")), Some(false));
        assert_eq!(listed(share, &json!({})).lies_in(&account("A")), Some(true));
        assert_eq!(listed(share, &json!({})).lies_in(&account("b")), Some(false));
        assert_eq!(listed("StorageContainer;storage;h;a", &json!({})).lies_in(&account("a")), Some(false));
    }

    #[test]
    fn what_azure_does_not_say_of_an_item_is_not_known() {
        let silent = listed("new", &json!({}));
        assert_eq!(silent.lies_in(&account("a")), None);
        assert_eq!((silent.is_called("x"), silent.is_of(WorkloadType::Vm)), (None, None));
        let elsewhere = listed("Windows;server", &json!({"backupManagementType": "MAB"}));
        assert_eq!(elsewhere.lies_in(&account("a")), Some(false));
        assert_eq!(listed("sqlagworkloadcontainer;0c4f", &json!({})).lies_in(&account("a")), Some(false));
        let ours = listed("new", &json!({"backupManagementType": "azurestorage"}));
        assert_eq!(ours.lies_in(&account("a")), None);
    }

    #[test]
    fn words_and_names_are_compared_without_case() {
        let item = listed("c", &json!({"friendlyName": "Ärger", "workloadType": "azurefileshare"}));
        assert_eq!((item.is_called("äRGER"), item.is_called("other")), (Some(true), Some(false)));
        assert_eq!(item.is_of(WorkloadType::AzureFileShare), Some(true));
        assert_eq!(item.is_of(WorkloadType::Vm), Some(false));
        for workload in WorkloadType::ALL {
            assert_eq!(WorkloadType::read(&workload.as_str().to_lowercase()), Some(workload));
        }
        assert_eq!(WorkloadType::SapAseDatabase.management_type(), BackupManagementType::AzureWorkload);
        assert_eq!(WorkloadType::AzureFileShare.management_type(), BackupManagementType::AzureStorage);
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

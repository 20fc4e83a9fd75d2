//! Ids of Recovery Services vaults and of what lies in them: a point in an item in a container in a fabric in a vault.
//!
//! Names come out of answers and are never put together: the service alone knows the item of a share
//! (docs/reference/azure-recovery-services.md#names).

use crate::azure::child_id::{ChildId, Collection, NameRule};
use crate::azure::resource_id::{InvalidResourceId, ResourceId};
use crate::azure::top_level_id::{TopLevelId, TopLevelType};

/// A Recovery Services vault.
pub type RecoveryServicesVaultId = TopLevelId<RecoveryServicesVaults>;

/// The type of [`RecoveryServicesVaultId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RecoveryServicesVaults {}

impl TopLevelType for RecoveryServicesVaults {
    const TYPE: &'static str = "Microsoft.RecoveryServices/vaults";
    const FORM: &'static str =
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{vault}";
}

impl RecoveryServicesVaultId {
    /// A job of this vault. `reference` is what operations give: a bare GUID or the full ARM id, of which the last
    /// segment counts.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if `reference` holds what no name may hold.
    pub fn job(&self, reference: &str) -> Result<RecoveryServicesJobId, InvalidResourceId> {
        RecoveryServicesJobId::below(self.clone(), reference.rsplit('/').next().unwrap_or_default())
    }
}

/// A fabric of a vault. Its name is `Azure` for everything that this program restores.
pub type BackupFabricId = ChildId<BackupFabrics>;

/// What items lie in: a storage account or a virtual machine that is registered with the vault. Its name is such as
/// `StorageContainer;Storage;group;account`.
pub type ProtectionContainerId = ChildId<ProtectionContainers>;

/// What is protected: a share, a virtual machine, a database. Its name is such as `VM;iaasvmcontainerv2;group;machine`.
pub type ProtectedItemId = ChildId<ProtectedItems>;

/// One backup of an item. Its name is a number of up to 18 digits, or `DefaultRangeRecoveryPoint` for the log ranges of a
/// database.
pub type ItemRecoveryPointId = ChildId<ItemRecoveryPoints>;

/// A job of a vault. Its name is a GUID.
pub type RecoveryServicesJobId = ChildId<RecoveryServicesJobs>;

/// The collection of [`BackupFabricId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BackupFabrics {}

impl Collection for BackupFabrics {
    type Parent = RecoveryServicesVaultId;
    const SEGMENT: &'static str = "backupFabrics";
    const FORM: &'static str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{vault}/backupFabrics/{fabric}";
}

/// The collection of [`ProtectionContainerId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProtectionContainers {}

impl Collection for ProtectionContainers {
    type Parent = BackupFabricId;
    const SEGMENT: &'static str = "protectionContainers";
    const FORM: &'static str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{vault}/backupFabrics/Azure/protectionContainers/{container}";
    const NAMES: NameRule = NameRule::Any;
}

/// The collection of [`ProtectedItemId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProtectedItems {}

impl Collection for ProtectedItems {
    type Parent = ProtectionContainerId;
    const SEGMENT: &'static str = "protectedItems";
    const FORM: &'static str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{vault}/backupFabrics/Azure/protectionContainers/{container}/protectedItems/{item}";
    const NAMES: NameRule = NameRule::Any;
}

/// The collection of [`ItemRecoveryPointId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ItemRecoveryPoints {}

impl Collection for ItemRecoveryPoints {
    type Parent = ProtectedItemId;
    const SEGMENT: &'static str = "recoveryPoints";
    const FORM: &'static str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{vault}/backupFabrics/Azure/protectionContainers/{container}/protectedItems/{item}/recoveryPoints/{point}";
}

/// The collection of [`RecoveryServicesJobId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RecoveryServicesJobs {}

impl Collection for RecoveryServicesJobs {
    type Parent = RecoveryServicesVaultId;
    const SEGMENT: &'static str = "backupJobs";
    const FORM: &'static str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{vault}/backupJobs/{job}";
}

/// A backup policy of a vault.
pub type BackupPolicyId = ChildId<BackupPolicies>;

/// What can be protected in a container. Its name is such as `sqldatabase;mssqlserver;sales`, mostly in lower case.
pub type ProtectableItemId = ChildId<ProtectableItems>;

/// The collection of [`BackupPolicyId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BackupPolicies {}

impl Collection for BackupPolicies {
    type Parent = RecoveryServicesVaultId;
    const SEGMENT: &'static str = "backupPolicies";
    const FORM: &'static str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{vault}/backupPolicies/{policy}";
    const NAMES: NameRule = NameRule::Any;
}

/// The collection of [`ProtectableItemId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProtectableItems {}

impl Collection for ProtectableItems {
    type Parent = ProtectionContainerId;
    const SEGMENT: &'static str = "protectableItems";
    const FORM: &'static str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{vault}/backupFabrics/Azure/protectionContainers/{container}/protectableItems/{item}";
    const NAMES: NameRule = NameRule::Any;
}

impl RecoveryServicesVaultId {
    /// A policy of this vault. `name` is written as in an id.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if `name` holds what no name may hold.
    pub fn policy(&self, name: &str) -> Result<BackupPolicyId, InvalidResourceId> {
        BackupPolicyId::below(self.clone(), name)
    }
}

impl BackupPolicyId {
    /// The vault that it belongs to.
    pub fn vault(&self) -> &RecoveryServicesVaultId {
        self.parent()
    }
}

impl ProtectableItemId {
    /// What it lies in.
    pub fn container(&self) -> &ProtectionContainerId {
        self.parent()
    }
}

impl BackupFabricId {
    /// The vault that it belongs to.
    pub fn vault(&self) -> &RecoveryServicesVaultId {
        self.parent()
    }
}

impl ProtectionContainerId {
    /// The container `name` of a vault, as another list than that of containers names it. `name` is written as in an id.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if `name` holds what no name may hold.
    pub fn of_vault(vault: &RecoveryServicesVaultId, name: &str) -> Result<Self, InvalidResourceId> {
        Self::below(BackupFabricId::below(vault.clone(), "Azure")?, name)
    }

    /// The vault that it is registered with.
    pub fn vault(&self) -> &RecoveryServicesVaultId {
        self.parent().vault()
    }

    /// What it is, as its name begins: `VMAppContainer`, `StorageContainer` … Case has no meaning.
    pub fn kind(&self) -> String {
        kind_in_name(self.resource_id())
    }
}

/// The first part of a name such as `SQLDataBase;mssqlserver;orders` (docs/reference/azure-recovery-services.md#names).
fn kind_in_name(id: &ResourceId) -> String {
    id.decoded_name().split(';').next().unwrap_or_default().to_owned()
}

impl ProtectedItemId {
    /// What it is, as its name begins: `SQLDataBase`, `AzureFileShare` … Case has no meaning.
    pub fn kind(&self) -> String {
        kind_in_name(self.resource_id())
    }

    /// The vault that protects it.
    pub fn vault(&self) -> &RecoveryServicesVaultId {
        self.container().vault()
    }

    /// What it lies in.
    pub fn container(&self) -> &ProtectionContainerId {
        self.parent()
    }

    /// The item `name` of a container. `name` is written as in an id.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if `name` holds what no name may hold.
    pub fn of_container(container: &ProtectionContainerId, name: &str) -> Result<Self, InvalidResourceId> {
        Self::below(container.clone(), name)
    }

    /// One backup of it.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if `name` holds what no name may hold.
    pub fn recovery_point(&self, name: &str) -> Result<ItemRecoveryPointId, InvalidResourceId> {
        ItemRecoveryPointId::below(self.clone(), name)
    }
}

impl ItemRecoveryPointId {
    /// What it is a backup of.
    pub fn protected_item(&self) -> &ProtectedItemId {
        self.parent()
    }
}

impl RecoveryServicesJobId {
    /// The vault whose job it is.
    pub fn vault(&self) -> &RecoveryServicesVaultId {
        self.parent()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";
    const ITEM: &str =
        "backupFabrics/Azure/protectionContainers/StorageContainer;Storage;g;a/protectedItems/AzureFileShare;50429613";

    #[test]
    fn an_item_in_the_casing_of_an_answer_and_with_escapes_is_the_same_item() {
        let item = ProtectedItemId::parse(&format!("{VAULT}/{ITEM}")).unwrap();
        for other in [
            "/Subscriptions/s/resourcegroups/g/providers/microsoft.recoveryservices/Vaults/v/backupfabrics/azure/\
             protectioncontainers/storagecontainer;storage;g;a/protecteditems/azurefileshare;50429613",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/\
             protectionContainers/StorageContainer%3BStorage%3bg%3Ba/protectedItems/AzureFileShare%3B50429613",
        ] {
            assert_eq!(ProtectedItemId::parse(other).unwrap(), item, "{other}");
        }
        assert_eq!(item.container().resource_id().decoded_name(), "StorageContainer;Storage;g;a");
        assert_eq!(item.vault(), &RecoveryServicesVaultId::new("s", "g", "V").unwrap());
    }

    #[test]
    fn names_with_blanks_umlauts_and_slashes_are_one_segment() {
        let container = format!("{VAULT}/backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;g;vm");
        for (written, name) in [
            ("SQLDataBase;mssqlserver;R%2FD", "SQLDataBase;mssqlserver;R/D"),
            ("SQLDataBase;mssqlserver;Kunden%20%C3%84", "SQLDataBase;mssqlserver;Kunden Ä"),
        ] {
            let item = ProtectedItemId::parse(&format!("{container}/protectedItems/{written}")).unwrap();
            assert_eq!(item.resource_id().decoded_name(), name);
            assert_eq!(item.recovery_point("1").unwrap().protected_item(), &item);
        }
    }

    #[test]
    fn an_id_of_something_else_is_refused_with_the_form_expected() {
        for text in [
            VAULT.to_owned(),
            format!("{VAULT}/backupFabrics/Azure/protectionContainers/c"),
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i"
                .to_owned(),
        ] {
            let error = ProtectedItemId::parse(&text).unwrap_err();
            assert_eq!(error, InvalidResourceId::OtherType { expected: ProtectedItems::FORM }, "{text}");
        }
    }

    #[test]
    fn a_job_is_found_by_its_full_id_and_by_its_bare_guid() {
        let vault = RecoveryServicesVaultId::parse(VAULT).unwrap();
        let full =
            vault.job("/Subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupJobs/j");
        assert_eq!(full, vault.job("j"));
        assert_eq!(full.unwrap().to_string(), format!("{VAULT}/backupJobs/j"));
        assert!(vault.job("").is_err());
    }
}

//! Ids of Backup vaults and of what lies in them.

use crate::azure::child_id::{ChildId, Collection};
use crate::azure::resource_id::InvalidResourceId;
use crate::azure::top_level_id::{TopLevelId, TopLevelType};

/// A Backup vault.
pub type BackupVaultId = TopLevelId<BackupVaults>;

/// The type of [`BackupVaultId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BackupVaults {}

impl TopLevelType for BackupVaults {
    const TYPE: &'static str = "Microsoft.DataProtection/backupVaults";
    const FORM: &'static str =
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DataProtection/backupVaults/{vault}";
}

impl BackupVaultId {
    /// An instance of this vault.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if `name` holds what no name may hold.
    pub fn instance(&self, name: &str) -> Result<BackupInstanceId, InvalidResourceId> {
        BackupInstanceId::below(self.clone(), name)
    }

    /// A job of this vault. `reference` is what operations give: a bare GUID or the full ARM id, of which the last
    /// segment counts.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if `reference` holds what no name may hold.
    pub fn job(&self, reference: &str) -> Result<BackupJobId, InvalidResourceId> {
        BackupJobId::below(self.clone(), reference.rsplit('/').next().unwrap_or_default())
    }
}

/// A backup instance: one protected thing in a vault. Its name is such as `account-account-6f4f…`.
pub type BackupInstanceId = ChildId<BackupInstances>;

/// A job of a Backup vault. Its name is a GUID.
pub type BackupJobId = ChildId<BackupJobs>;

/// One backup of a backup instance.
pub type RecoveryPointId = ChildId<RecoveryPoints>;

/// The collection of [`BackupInstanceId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BackupInstances {}

impl Collection for BackupInstances {
    type Parent = BackupVaultId;
    const SEGMENT: &'static str = "backupInstances";
    const FORM: &'static str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DataProtection/backupVaults/{vault}/backupInstances/{instance}";
}

/// The collection of [`BackupJobId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BackupJobs {}

impl Collection for BackupJobs {
    type Parent = BackupVaultId;
    const SEGMENT: &'static str = "backupJobs";
    const FORM: &'static str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DataProtection/backupVaults/{vault}/backupJobs/{job}";
}

/// The collection of [`RecoveryPointId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RecoveryPoints {}

impl Collection for RecoveryPoints {
    type Parent = BackupInstanceId;
    const SEGMENT: &'static str = "recoveryPoints";
    const FORM: &'static str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DataProtection/backupVaults/{vault}/backupInstances/{instance}/recoveryPoints/{point}";
}

impl BackupInstanceId {
    /// The vault that protects it.
    pub fn vault(&self) -> &BackupVaultId {
        self.parent()
    }

    /// One backup of it.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if `name` holds what no name may hold.
    pub fn recovery_point(&self, name: &str) -> Result<RecoveryPointId, InvalidResourceId> {
        RecoveryPointId::below(self.clone(), name)
    }
}

impl BackupJobId {
    /// The vault whose job it is.
    pub fn vault(&self) -> &BackupVaultId {
        self.parent()
    }
}

impl RecoveryPointId {
    /// What it is a backup of.
    pub fn backup_instance(&self) -> &BackupInstanceId {
        self.parent()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    #[test]
    fn a_job_id_in_the_casing_of_an_operation_is_printed_as_documented() {
        let answered =
            "/subscriptions/s/resourcegroups/g/providers/Microsoft.DataProtection/BackupVaults/v/backupJobs/ABC";
        let job = BackupJobId::parse(answered).unwrap();
        assert_eq!(job.to_string(), format!("{VAULT}/backupJobs/ABC"));
        assert_eq!(job, BackupJobId::parse(&format!("{VAULT}/backupJobs/abc")).unwrap());
        assert_eq!((job.vault().name(), job.vault().resource_group(), job.name()), ("v", "g", "ABC"));
    }

    #[test]
    fn a_job_is_found_by_its_full_id_and_by_its_bare_guid() {
        let vault = BackupVaultId::parse(VAULT).unwrap();
        let full = vault
            .job("/subscriptions/s/resourcegroups/g/providers/microsoft.dataprotection/Backupvaults/v/backupJobs/j")
            .unwrap();
        assert_eq!(full, vault.job("j").unwrap());
        assert_eq!(full.to_string(), format!("{VAULT}/backupJobs/j"));
        assert!(vault.job("").is_err());
    }

    #[test]
    fn an_id_of_something_else_is_refused_with_the_form_expected() {
        for text in [
            "/subscriptions/s/resourceGroups/g",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupPolicies/p",
        ] {
            let error = BackupVaultId::parse(text).unwrap_err();
            assert!(error.to_string().contains("backupVaults/{vault}"), "{error}");
        }
        assert!(BackupInstanceId::parse(VAULT).is_err());
        assert!(BackupJobId::parse(&format!("{VAULT}/backupInstances/i")).is_err());
        assert!(BackupVaultId::parse(&format!("{VAULT}/providers/Microsoft.DataProtection/backupVaults/w")).is_err());
    }

    #[test]
    fn an_instance_knows_its_vault() {
        let instance = BackupInstanceId::parse(&format!("{VAULT}/BACKUPINSTANCES/i")).unwrap();
        assert_eq!(instance.vault(), &BackupVaultId::parse(VAULT).unwrap());
        assert_eq!(instance.to_string(), format!("{VAULT}/backupInstances/i"));
    }

    #[test]
    fn a_recovery_point_knows_its_instance_and_the_vault_of_that() {
        let point = RecoveryPointId::parse(&format!("{VAULT}/backupInstances/I/RecoveryPoints/p")).unwrap();
        assert_eq!(point.backup_instance().to_string(), format!("{VAULT}/backupInstances/I"));
        assert_eq!((point.backup_instance().vault().name(), point.name()), ("v", "p"));
        assert_eq!(point.to_string(), format!("{VAULT}/backupInstances/I/recoveryPoints/p"));
        for text in [
            format!("{VAULT}/backupInstances/i"),
            format!("{VAULT}/recoveryPoints/p"),
            "/backupInstances/i/recoveryPoints/p".to_owned(),
        ] {
            let error = RecoveryPointId::parse(&text).unwrap_err();
            assert_eq!(error, InvalidResourceId::OtherType { expected: RecoveryPoints::FORM }, "{text}");
        }
    }
}

//! The kinds of vault that keep backups, and ids of things that every kind has. Whoever takes the id of either kind of
//! vault matches on [`EitherVault`], so that the compiler finds all of them when a kind is added here.

use std::fmt;

use super::data_protection::{BackupInstanceId, BackupJobId, BackupVaultId};
use super::resource_id::{InvalidResourceId, ResourceId};

/// A kind of vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultKind {
    /// Of Microsoft.DataProtection: blobs, disks, clusters, database servers.
    Backup,
    /// Of Microsoft.RecoveryServices: virtual machines, what runs in them, file shares.
    RecoveryServices,
}

impl VaultKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Backup, Self::RecoveryServices];

    /// The type of such a vault's id.
    pub const fn resource_type(self) -> &'static str {
        match self {
            Self::Backup => "Microsoft.DataProtection/backupVaults",
            Self::RecoveryServices => "Microsoft.RecoveryServices/vaults",
        }
    }

    /// The kind of the vault that has this id, or that the thing with this id lies in. None if that is no vault.
    pub fn of(id: &ResourceId) -> Option<Self> {
        let found = id.resource_type()?;
        Self::ALL.into_iter().find(|kind| {
            let of_vault = kind.resource_type();
            let begins = found.get(..of_vault.len()).is_some_and(|start| start.eq_ignore_ascii_case(of_vault));
            begins && matches!(found.as_bytes().get(of_vault.len()), None | Some(b'/'))
        })
    }
}

/// As the portal names it.
impl fmt::Display for VaultKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Backup => "Backup vault",
            Self::RecoveryServices => "Recovery Services vault",
        })
    }
}

/// The id of something that every kind of vault has, by the kind of its vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EitherVault<B> {
    /// In a Backup vault.
    Backup(B),
}

/// The id of a vault.
pub type VaultId = EitherVault<BackupVaultId>;

/// The id of a job of a vault.
pub type JobId = EitherVault<BackupJobId>;

/// The id of one protected thing in a vault: the portal's backup instance, or backup item.
pub type BackupItemId = EitherVault<BackupInstanceId>;

/// Why a text is not an id of the expected thing, in a vault of any kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVaultId {
    /// It is no id, or the id of something else.
    #[error(transparent)]
    Invalid(#[from] InvalidResourceId),
    /// It leads to a vault of a kind that nothing here can read.
    #[error("it is an ID of a {0}, and this version reads {backup}s only", backup = VaultKind::Backup)]
    NotSupported(VaultKind),
}

impl VaultId {
    /// Reads a vault's id.
    ///
    /// # Errors
    /// [`InvalidVaultId`] if it is no id, the id of something else, or that of a vault that cannot be read.
    pub fn parse(text: &str) -> Result<Self, InvalidVaultId> {
        by_kind(text, BackupVaultId::parse)
    }
}

impl JobId {
    /// Reads a job's id.
    ///
    /// # Errors
    /// As [`VaultId::parse`].
    pub fn parse(text: &str) -> Result<Self, InvalidVaultId> {
        by_kind(text, BackupJobId::parse)
    }
}

impl BackupItemId {
    /// Reads the id of a backup instance.
    ///
    /// # Errors
    /// As [`VaultId::parse`].
    pub fn parse(text: &str) -> Result<Self, InvalidVaultId> {
        by_kind(text, BackupInstanceId::parse)
    }
}

/// Reads an id by the grammar of its kind of vault. The error of an id that leads to no vault shows the form of ids in
/// a Backup vault.
fn by_kind<B>(text: &str, backup: fn(&str) -> Result<B, InvalidResourceId>) -> Result<EitherVault<B>, InvalidVaultId> {
    match VaultKind::of(&ResourceId::parse(text)?) {
        Some(kind @ VaultKind::RecoveryServices) => Err(InvalidVaultId::NotSupported(kind)),
        Some(VaultKind::Backup) | None => Ok(EitherVault::Backup(backup(text)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "/subscriptions/s/resourceGroups/g/providers";
    const ITEM: &str = "backupFabrics/Azure/protectionContainers/VM;c/protectedItems/VM;i";

    #[test]
    fn the_kind_is_that_of_the_vault_or_of_what_it_lies_in_in_any_casing() {
        let of = |rest: &str| VaultKind::of(&ResourceId::parse(&format!("{GROUP}/{rest}")).unwrap());
        assert_eq!(of("Microsoft.DataProtection/BackupVaults/v"), Some(VaultKind::Backup));
        assert_eq!(of("microsoft.dataprotection/backupvaults/v/backupJobs/j"), Some(VaultKind::Backup));
        assert_eq!(of("Microsoft.RecoveryServices/vaults/v"), Some(VaultKind::RecoveryServices));
        let item = format!("MICROSOFT.RECOVERYSERVICES/VAULTS/v/{ITEM}");
        assert_eq!(of(&item), Some(VaultKind::RecoveryServices));
        for other in [
            "Microsoft.DataProtection/resourceGuards/r",
            "Microsoft.RecoveryServices/vaultsOfOthers/v",
            "Microsoft.RecoveryServices/vaults/v/providers/Microsoft.Authorization/locks/l",
            "Microsoft.Sql/servers/s",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
        assert_eq!(VaultKind::of(&ResourceId::parse("/subscriptions/s").unwrap()), None);
    }

    #[test]
    fn the_type_of_a_backup_vault_is_that_of_its_ids() {
        let id = BackupVaultId::new("s", "g", "v").unwrap();
        assert!(id.resource_id().is_of_type(VaultKind::Backup.resource_type()));
    }

    #[test]
    fn an_id_of_a_backup_vault_is_read_as_such() {
        let vault = format!("{GROUP}/Microsoft.DataProtection/backupVaults/v");
        assert_eq!(VaultId::parse(&vault), Ok(VaultId::Backup(BackupVaultId::parse(&vault).unwrap())));
        let job = format!("{vault}/backupJobs/j");
        assert_eq!(JobId::parse(&job), Ok(JobId::Backup(BackupJobId::parse(&job).unwrap())));
        let item = format!("{vault}/backupInstances/i");
        assert_eq!(BackupItemId::parse(&item), Ok(BackupItemId::Backup(BackupInstanceId::parse(&item).unwrap())));
    }

    #[test]
    fn an_id_of_a_recovery_services_vault_is_refused_as_such() {
        let vault = format!("{GROUP}/Microsoft.RecoveryServices/vaults/v");
        let refused = InvalidVaultId::NotSupported(VaultKind::RecoveryServices);
        assert_eq!(VaultId::parse(&vault), Err(refused.clone()));
        assert_eq!(JobId::parse(&format!("{vault}/backupJobs/j")), Err(refused.clone()));
        assert_eq!(BackupItemId::parse(&format!("{vault}/{ITEM}")), Err(refused.clone()));
        let text = "it is an ID of a Recovery Services vault, and this version reads Backup vaults only";
        assert_eq!(refused.to_string(), text);
    }

    #[test]
    fn what_leads_to_no_vault_is_answered_with_the_form_of_a_backup_vault_s_id() {
        for text in [format!("{GROUP}/Microsoft.Sql/servers/s"), "/subscriptions/s".to_owned()] {
            assert!(VaultId::parse(&text).unwrap_err().to_string().contains("backupVaults/{vault}"), "{text}");
        }
        assert_eq!(JobId::parse("j"), Err(InvalidResourceId::NoLeadingSlash.into()));
    }
}

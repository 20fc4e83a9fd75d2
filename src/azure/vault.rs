//! The kinds of vault that keep backups, and ids of things that every kind has. Whoever takes the id of either kind of
//! vault matches on [`EitherVault`], so that the compiler finds all of them when a kind is added here.

use std::fmt;

use super::data_protection::{BackupJobId, BackupVaultId, RecoveryPointId};
use super::recovery_services::{ItemRecoveryPointId, RecoveryServicesJobId, RecoveryServicesVaultId};
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
pub enum EitherVault<B, R> {
    /// In a Backup vault.
    Backup(B),
    /// In a Recovery Services vault.
    RecoveryServices(R),
}

/// The id of a vault.
pub type VaultId = EitherVault<BackupVaultId, RecoveryServicesVaultId>;

/// The id of a job of a vault.
pub type JobId = EitherVault<BackupJobId, RecoveryServicesJobId>;

/// The id of a recovery point in a vault.
pub type PointId = EitherVault<RecoveryPointId, ItemRecoveryPointId>;

impl VaultId {
    /// Reads a vault's id.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if it is no id, or the id of something else.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        by_kind(text, BackupVaultId::parse, RecoveryServicesVaultId::parse)
    }

    /// Which kind of vault it is.
    pub fn kind(&self) -> VaultKind {
        match self {
            Self::Backup(_) => VaultKind::Backup,
            Self::RecoveryServices(_) => VaultKind::RecoveryServices,
        }
    }

    /// The id as an ARM id.
    pub fn resource_id(&self) -> &ResourceId {
        match self {
            Self::Backup(id) => id.resource_id(),
            Self::RecoveryServices(id) => id.resource_id(),
        }
    }
}

impl JobId {
    /// Reads a job's id.
    ///
    /// # Errors
    /// As [`VaultId::parse`].
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        by_kind(text, BackupJobId::parse, RecoveryServicesJobId::parse)
    }
}

impl PointId {
    /// Reads a recovery point's id.
    ///
    /// # Errors
    /// As [`VaultId::parse`].
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        by_kind(text, RecoveryPointId::parse, ItemRecoveryPointId::parse)
    }
}

/// Reads an id by the grammar of its kind of vault. The error of an id that leads to no vault shows the form of ids in
/// a Backup vault.
fn by_kind<B, R>(
    text: &str,
    backup: fn(&str) -> Result<B, InvalidResourceId>,
    recovery_services: fn(&str) -> Result<R, InvalidResourceId>,
) -> Result<EitherVault<B, R>, InvalidResourceId> {
    match VaultKind::of(&ResourceId::parse(text)?) {
        Some(VaultKind::RecoveryServices) => recovery_services(text).map(EitherVault::RecoveryServices),
        Some(VaultKind::Backup) | None => backup(text).map(EitherVault::Backup),
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
    fn the_types_of_vaults_are_those_of_their_ids() {
        let backup = VaultId::Backup(BackupVaultId::new("s", "g", "v").unwrap());
        let recovery_services = VaultId::RecoveryServices(RecoveryServicesVaultId::new("s", "g", "v").unwrap());
        for vault in [backup, recovery_services] {
            assert!(vault.resource_id().is_of_type(vault.kind().resource_type()));
            assert_eq!(VaultId::parse(vault.resource_id().as_str()), Ok(vault));
        }
    }

    #[test]
    fn an_id_is_read_by_the_grammar_of_its_vault() {
        let vault = format!("{GROUP}/Microsoft.DataProtection/backupVaults/v");
        let job = format!("{vault}/backupJobs/j");
        assert_eq!(JobId::parse(&job), Ok(JobId::Backup(BackupJobId::parse(&job).unwrap())));
        let point = format!("{vault}/backupInstances/i/recoveryPoints/p");
        assert_eq!(PointId::parse(&point), Ok(PointId::Backup(RecoveryPointId::parse(&point).unwrap())));
        let vault = format!("{GROUP}/microsoft.recoveryservices/VAULTS/v");
        let job = format!("{vault}/backupjobs/j");
        assert_eq!(JobId::parse(&job), Ok(JobId::RecoveryServices(RecoveryServicesJobId::parse(&job).unwrap())));
        let point = format!("{vault}/{ITEM}/recoveryPoints/932");
        assert_eq!(PointId::parse(&point), Ok(PointId::RecoveryServices(ItemRecoveryPointId::parse(&point).unwrap())));
        assert!(JobId::parse(&point).is_err() && VaultId::parse(&job).is_err());
    }

    #[test]
    fn what_leads_to_no_vault_is_answered_with_the_form_of_a_backup_vault_s_id() {
        for text in [format!("{GROUP}/Microsoft.Sql/servers/s"), "/subscriptions/s".to_owned()] {
            assert!(VaultId::parse(&text).unwrap_err().to_string().contains("backupVaults/{vault}"), "{text}");
        }
        assert_eq!(JobId::parse("j"), Err(InvalidResourceId::NoLeadingSlash));
    }
}

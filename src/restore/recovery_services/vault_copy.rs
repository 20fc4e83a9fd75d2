//! Which copy of a vault is read: the vault itself, or what Azure keeps of it in its secondary region.

use time::OffsetDateTime;

use crate::azure::client::ElementList;
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::recovery_services::{
    Filter, ItemRecoveryPoint, LogChain, ProtectedItem, ProtectedItemId, RecoveryServices, RecoveryServicesJob,
    RecoveryServicesJobId, RecoveryServicesVaultId, SecondaryVault,
};
use crate::azure::resource_id::Location;

/// One copy of a vault, with what can be asked of either.
#[derive(Clone, Debug)]
pub enum VaultCopy {
    /// The vault itself.
    Primary {
        /// The service.
        client: RecoveryServices,
        /// The vault.
        vault: RecoveryServicesVaultId,
    },
    /// The one in its secondary region.
    Secondary(SecondaryVault),
}

impl VaultCopy {
    /// The copy of `vault` in this secondary region; none: the vault itself.
    pub fn new(client: &RecoveryServices, vault: RecoveryServicesVaultId, secondary: Option<&Location>) -> Self {
        match secondary {
            Some(location) => Self::Secondary(client.in_secondary_region(vault, location)),
            None => Self::Primary { client: client.clone(), vault },
        }
    }

    /// The vault whose copy it is.
    pub fn vault(&self) -> &RecoveryServicesVaultId {
        match self {
            Self::Primary { vault, .. } => vault,
            Self::Secondary(copy) => copy.vault(),
        }
    }

    /// The copy, if it is not the vault itself.
    pub fn secondary(&self) -> Option<&SecondaryVault> {
        match self {
            Self::Primary { .. } => None,
            Self::Secondary(copy) => Some(copy),
        }
    }

    /// As [`RecoveryServices::protected_items`].
    ///
    /// # Errors
    /// As [`RecoveryServices::protected_items`].
    pub async fn protected_items(&self, filter: &Filter, deadline: &Deadline) -> Result<Vec<ProtectedItem>, ArmError> {
        match self {
            Self::Primary { client, vault } => client.protected_items(vault, filter, deadline).await,
            Self::Secondary(copy) => copy.protected_items(filter, deadline).await,
        }
    }

    /// As [`RecoveryServices::recovery_point`].
    ///
    /// # Errors
    /// As [`RecoveryServices::recovery_point`].
    pub async fn recovery_point(
        &self,
        item: &ProtectedItemId,
        name: &str,
        deadline: &Deadline,
    ) -> Result<ItemRecoveryPoint, ArmError> {
        match self {
            Self::Primary { client, .. } => client.recovery_point(item, name, deadline).await,
            Self::Secondary(copy) => copy.recovery_point(item, name, deadline).await,
        }
    }

    /// As [`RecoveryServices::recovery_points`].
    ///
    /// # Errors
    /// As [`RecoveryServices::recovery_points`].
    pub async fn recovery_points(
        &self,
        item: &ProtectedItemId,
        from: OffsetDateTime,
        to: OffsetDateTime,
        deadline: &Deadline,
    ) -> Result<Vec<ItemRecoveryPoint>, ArmError> {
        match self {
            Self::Primary { client, .. } => client.recovery_points(item, from, to, deadline).await,
            Self::Secondary(copy) => copy.recovery_points(item, from, to, deadline).await,
        }
    }

    /// As [`RecoveryServices::log_chain`].
    ///
    /// # Errors
    /// As [`RecoveryServices::log_chain`].
    pub async fn log_chain(&self, item: &ProtectedItemId, deadline: &Deadline) -> Result<LogChain, ArmError> {
        match self {
            Self::Primary { client, .. } => client.log_chain(item, deadline).await,
            Self::Secondary(copy) => copy.log_chain(item, deadline).await,
        }
    }

    /// As [`RecoveryServices::jobs`].
    ///
    /// # Errors
    /// As [`RecoveryServices::jobs`].
    pub async fn jobs(
        &self,
        since: OffsetDateTime,
        now: OffsetDateTime,
        keep: impl Fn(&RecoveryServicesJob) -> bool + Copy,
        deadline: &Deadline,
    ) -> Result<ElementList<RecoveryServicesJob>, ArmError> {
        match self {
            Self::Primary { client, vault } => client.jobs(vault, since, now, keep, deadline).await,
            Self::Secondary(copy) => copy.jobs(since, now, keep, deadline).await,
        }
    }

    /// As [`RecoveryServices::job`].
    ///
    /// # Errors
    /// As [`RecoveryServices::job`].
    pub async fn job(&self, id: &RecoveryServicesJobId, deadline: &Deadline) -> Result<RecoveryServicesJob, ArmError> {
        match self {
            Self::Primary { client, .. } => client.job(id, deadline).await,
            Self::Secondary(copy) => copy.job(id, deadline).await,
        }
    }
}

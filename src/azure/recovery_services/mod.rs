//! Microsoft.RecoveryServices: Recovery Services vaults, what they protect, points and jobs, and restores from them.
//! Nothing may enter that decides when or whether to restore; this folder asks, says and reads.

mod file_share_restore;
mod filter;
mod findings;
mod ids;
mod job;
mod point_disks;
mod protected_item;
mod recovery_point;
mod resource_guard;
mod restore_request;
mod secondary_vault;
mod service;
mod vault;
mod virtual_machine_restore;

pub use file_share_restore::{
    CopyOptions, FileShareRestoreRequest, FileSpecType, RecoveryType, RestoreFileSpec, RestoreIdentity,
    RestoreRequestType, TargetFileShare,
};
pub use filter::Filter;
pub use ids::{
    BackupFabricId, ItemRecoveryPointId, ProtectedItemId, ProtectionContainerId, RecoveryServicesJobId,
    RecoveryServicesVaultId,
};
pub use job::{JobDiagnostic, JobStep, JobType, RecoveryServicesJob};
pub use point_disks::{PointDisk, PointDisks};
pub use protected_item::{BackupManagementType, ProtectedItem, WorkloadType};
pub use recovery_point::{ItemRecoveryPoint, PointTier, PointTierKind, Threat, ThreatStatus};
pub use restore_request::{ItemRestoreRequest, ValidateOperationRequest};
pub use secondary_vault::{RestoreAccess, SecondaryVault};
pub use service::{API_VERSION, ItemJobOperation, ItemJobPoll, LONGEST_WINDOW, RecoveryServices, VAULTS_API_VERSION};
pub use vault::RecoveryServicesVault;
pub use virtual_machine_restore::{
    DataDiskEncryptionSettings, IdentityBasedRestoreDetails, PerDiskEncryptionSetId, PointRehydration,
    SecuredVirtualMachine, StagingAccount, VirtualMachineRestoreRequest, VirtualMachineTarget,
};

//! Microsoft.RecoveryServices: Recovery Services vaults, what they protect, points and jobs, and restores from them.
//! Nothing may enter that decides when or whether to restore; this folder asks, says and reads.

mod backup_request;
mod container;
mod database_restore;
mod databases;
mod file_share_restore;
mod filter;
mod findings;
mod ids;
mod job;
mod point_disks;
mod policy;
mod protectable_item;
mod protected_item;
mod protection_request;
mod recovery_point;
mod resource_guard;
mod restore_request;
mod secondary_vault;
mod service;
mod vault;
mod vault_request;
mod virtual_machine_restore;

pub use backup_request::{BackupType, ItemBackupRequest};
pub use container::{
    InquiredWorkload, Inquiry, ProtectableContainer, ProtectionContainer, RegisterRequest, Registration,
};
pub use database_restore::{
    DatabaseServer, OverwriteOption, RecoveryMode, SqlDataDirectoryMapping, SqlRestoreOptions, TargetRestoreInfo,
    WorkloadRestoreRequest, WorkloadState,
};
pub use databases::{LogChain, SqlInstance};
pub use file_share_restore::{
    CopyOptions, FileShareRestoreRequest, FileSpecType, RecoveryType, RestoreFileSpec, RestoreIdentity,
    RestoreRequestType, TargetFileShare,
};
pub use filter::Filter;
pub use ids::{
    BackupFabricId, BackupPolicyId, ItemRecoveryPointId, ProtectableItemId, ProtectedItemId, ProtectionContainerId,
    RecoveryServicesJobId, RecoveryServicesVaultId,
};
pub use job::{JobDiagnostic, JobStep, JobType, RecoveryServicesJob};
pub use point_disks::{PointDisk, PointDisks};
pub use policy::BackupPolicy;
pub use protectable_item::ProtectableItem;
pub use protected_item::{BackupManagementType, ProtectedItem, WorkloadType};
pub use protection_request::SqlDatabaseProtectionRequest;
pub use recovery_point::{
    DatabaseFile, DatabaseFileKind, ItemRecoveryPoint, LogRange, PointTier, PointTierKind, RANGES_OF_LOGS, Threat,
    ThreatStatus,
};
pub use restore_request::{ItemRestoreRequest, ValidateOperationRequest};
pub use secondary_vault::{RestoreAccess, SecondaryVault};
pub use service::{API_VERSION, ItemJobOperation, ItemJobPoll, LONGEST_WINDOW, RecoveryServices, VAULTS_API_VERSION};
pub use vault::RecoveryServicesVault;
pub use vault_request::{
    ImmutabilitySettings, NoMembers, RedundancySettings, SecuritySettings, SoftDeleteSettings, VaultIdentity,
    VaultRequest, VaultSettings, VaultSku,
};
pub use virtual_machine_restore::{
    DataDiskEncryptionSettings, IdentityBasedRestoreDetails, PerDiskEncryptionSetId, PointRehydration,
    SecuredVirtualMachine, StagingAccount, VirtualMachineRestoreRequest, VirtualMachineTarget,
};

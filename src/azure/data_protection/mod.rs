//! Microsoft.DataProtection: Backup vaults, their instances, points and jobs, and restores from them.
//! Nothing may enter that decides when or whether to restore; this folder asks, says and reads.

mod backup_instance;
mod backup_request;
mod backup_vault;
mod cross_region;
mod datasource;
mod ids;
mod job;
mod job_summary;
mod recovery_point;
mod restore_request;
mod service;
mod time_range;

pub use backup_instance::BackupInstance;
pub use backup_request::InstanceBackupRequest;
pub use backup_vault::BackupVault;
pub use cross_region::SecondaryRegion;
pub use datasource::{
    BLOB_SERVICES, COSMOSDB_ACCOUNTS, DATA_LAKE_BLOB_SERVICES, DISKS, DataStore, Datasource, DatasourceKind,
    IdentityDetails, KUBERNETES_CLUSTERS, MYSQL_FLEXIBLE_SERVERS, POSTGRESQL_FLEXIBLE_SERVERS, STORAGE_ACCOUNTS,
};
pub use ids::{BackupInstanceId, BackupJobId, BackupVaultId, RecoveryPointId};
pub use job::{BackupJob, JobRecoveryPoint, JobTask, JobWarning};
pub use job_summary::{JobSummary, KeepJob};
pub use recovery_point::{RecoveryPoint, RecoveryPointDataStore};
pub use restore_request::{
    KubernetesClusterCriteria, KubernetesClusterVaultTierCriteria, NamespacedName, RecoveryOption, RehydrationPriority,
    RestoreCriterion, RestorePoint, RestoreRequest, RestoreTargetInfo, RestoreTargetLocationType, TargetDetails,
};
pub use service::{API_VERSION, DataProtection, JobOperationPoll, JobOperationStart};
pub use time_range::RestorableTimeRange;

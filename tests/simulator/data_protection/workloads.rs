//! The kinds of data source that are protected, and what each calls itself in bodies, jobs and errors.

use super::super::error::ServiceError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    Blobs,
    DataLake,
    PostgresqlFlexibleServer,
    MysqlFlexibleServer,
    Disk,
    KubernetesCluster,
}

impl Workload {
    pub fn datasource_type(self) -> &'static str {
        match self {
            Self::Blobs => "Microsoft.Storage/storageAccounts/blobServices",
            Self::DataLake => "Microsoft.Storage/storageAccounts/adlsBlobServices",
            _ => self.resource_type(),
        }
    }

    pub fn resource_type(self) -> &'static str {
        match self {
            Self::Blobs | Self::DataLake => "Microsoft.Storage/storageAccounts",
            Self::PostgresqlFlexibleServer => "Microsoft.DBforPostgreSQL/flexibleServers",
            Self::MysqlFlexibleServer => "Microsoft.DBforMySQL/flexibleServers",
            Self::Disk => "Microsoft.Compute/disks",
            Self::KubernetesCluster => "Microsoft.ContainerService/managedClusters",
        }
    }

    /// The last segment of the policy's id.
    pub fn policy(self) -> &'static str {
        match self {
            Self::Blobs => "blobs",
            Self::DataLake => "data-lake",
            Self::PostgresqlFlexibleServer => "postgresql",
            Self::MysqlFlexibleServer => "mysql",
            Self::Disk => "disks",
            Self::KubernetesCluster => "clusters",
        }
    }

    /// Whether the job claims to tell of progress. It never does.
    pub fn progress_enabled(self) -> bool {
        matches!(self, Self::PostgresqlFlexibleServer | Self::MysqlFlexibleServer)
    }

    /// What the finished task of a job says was transferred; a string. `None`: it says nothing.
    pub fn transferred(self) -> Option<&'static str> {
        match self {
            Self::MysqlFlexibleServer => Some("645922816"),
            Self::Disk => None,
            _ => Some("69827"),
        }
    }

    /// `extendedInfo` member of what was transferred: disks show it in its older, misspelt form.
    pub fn transferred_member(self) -> &'static str {
        match self {
            Self::Disk => "dataTransferedInBytes",
            _ => "dataTransferredInBytes",
        }
    }

    /// The failure of a validation while `identity` lacks its role on `scope`.
    pub fn missing_role(self, identity: &str, scope: &str) -> ServiceError {
        let (code, message, role, action) = match self {
            Self::Blobs => return ServiceError::missing_role(identity, scope),
            Self::DataLake => (
                "UserErrorMissingRequiredPermissions",
                "The vault's identity lacks required permissions on the storage account.",
                "Storage Account Backup Contributor",
                "Microsoft.Storage/storageAccounts/objectReplicationPolicies/write",
            ),
            Self::PostgresqlFlexibleServer | Self::MysqlFlexibleServer => (
                "UserErrorContainerNotAccessible",
                "The target container is not accessible to the vault's identity.",
                "Storage Blob Data Contributor",
                "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
            ),
            Self::Disk => (
                "UserErrorDiskBackupRestoreRGOrMSIPermissionsNotPresent",
                "The target resource group is not there or the vault's identity lacks permissions on it.",
                "Disk Restore Operator",
                "Microsoft.Compute/disks/write",
            ),
            Self::KubernetesCluster => (
                "UserErrorExtensionMSIMissingPermissionsOnBackupStorageLocation",
                "The identity of the backup extension lacks permissions on the storage account of the backups.",
                "Storage Blob Data Contributor",
                "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
            ),
        };
        ServiceError::new(code, message)
            .recommend(&format!(
                "Grant the identity the role '{role}' on the target, wait for it to spread and try again."
            ))
            .inner(
                "AuthorizationFailed",
                &format!(
                    "The client '{identity}' does not have authorization to perform action '{action}' over scope \
                     '{scope}'."
                ),
            )
    }
}

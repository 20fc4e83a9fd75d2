//! What is protected, and what is restored into: the same shape in answers and in requests.

use serde::Serialize;
use serde_json::Value;

use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::{Location, ResourceId};

/// ARM type of a storage account, whatever of it is protected.
pub const STORAGE_ACCOUNTS: &str = "Microsoft.Storage/storageAccounts";

/// The backup service's name for the blobs of a storage account.
pub const BLOB_SERVICES: &str = "Microsoft.Storage/storageAccounts/blobServices";

/// The backup service's name for PostgreSQL Flexible Servers; also the ARM type.
pub const POSTGRESQL_FLEXIBLE_SERVERS: &str = "Microsoft.DBforPostgreSQL/flexibleServers";

/// The backup service's name for MySQL Flexible Servers; also the ARM type.
pub const MYSQL_FLEXIBLE_SERVERS: &str = "Microsoft.DBforMySQL/flexibleServers";

/// The backup service's name for managed disks; also the ARM type.
pub const DISKS: &str = "Microsoft.Compute/disks";

/// The backup service's name for the blobs of a storage account with a hierarchical namespace (Data Lake Storage Gen2).
pub const DATA_LAKE_BLOB_SERVICES: &str = "Microsoft.Storage/storageAccounts/adlsBlobServices";

/// The backup service's name for Kubernetes clusters; also the ARM type.
pub const KUBERNETES_CLUSTERS: &str = "Microsoft.ContainerService/managedClusters";

/// The backup service's name for Cosmos DB accounts; also the ARM type.
pub const COSMOSDB_ACCOUNTS: &str = "Microsoft.DocumentDB/databaseAccounts";

/// `Datasource` or `DatasourceSet` of the REST description. In a restore request it describes the *target*.
///
/// Only `resourceID` is required, yet the whole is sent, since the service answers an incomplete one with the catch-all
/// `BMSUserErrorInvalidInput`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Datasource {
    /// Which of the two it is.
    pub object_type: DatasourceKind,
    /// ARM id; capital `ID` on the wire.
    #[serde(rename = "resourceID")]
    pub resource_id: String,
    /// Last segment of the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// ARM type of the resource, such as `Microsoft.Storage/storageAccounts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// The backup service's name for the workload, such as `Microsoft.Storage/storageAccounts/blobServices`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datasource_type: Option<String>,
    /// Region, in either notation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_location: Option<String>,
    /// Empty, or the ARM id again; both are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_uri: Option<String>,
}

/// The discriminator of [`Datasource`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum DatasourceKind {
    /// The item that is protected or restored.
    Datasource,
    /// What it belongs to: the server of a database, the cluster of a cluster.
    DatasourceSet,
}

impl Datasource {
    /// The target of a restore.
    pub fn target(id: &ResourceId, resource_type: &str, datasource_type: &str, location: &Location) -> Self {
        Self {
            object_type: DatasourceKind::Datasource,
            resource_id: id.to_string(),
            resource_name: Some(id.name().to_owned()),
            resource_type: Some(resource_type.to_owned()),
            datasource_type: Some(datasource_type.to_owned()),
            resource_location: Some(location.to_string()),
            resource_uri: Some(String::new()),
        }
    }

    /// With `resourceUri` set to the ARM id, as the vaulted blob and cluster restores of the documentation have it.
    #[must_use]
    pub fn with_resource_uri(mut self) -> Self {
        self.resource_uri = Some(self.resource_id.clone());
        self
    }

    /// The same as a set.
    #[must_use]
    pub fn as_set(&self) -> Self {
        Self { object_type: DatasourceKind::DatasourceSet, ..self.clone() }
    }

    /// The protected resource's id, if it is one.
    pub fn parsed_id(&self) -> Option<ResourceId> {
        ResourceId::parse(&self.resource_id).ok()
    }

    /// The region, if it is given.
    pub fn location(&self) -> Option<Location> {
        self.resource_location.clone().map(Location::new)
    }

    pub(super) fn read(value: &Value, object_type: DatasourceKind) -> Option<Self> {
        let members = JsonFields::of(value);
        Some(Self {
            object_type,
            resource_id: members.text("resourceID")?,
            resource_name: members.text("resourceName"),
            resource_type: members.text("resourceType"),
            datasource_type: members.text("datasourceType"),
            resource_location: members.text("resourceLocation"),
            resource_uri: members.text("resourceUri"),
        })
    }
}

/// Where a copy of the data lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum DataStore {
    /// In or beside the protected resource.
    OperationalStore,
    /// In the vault's standard tier.
    VaultStore,
    /// In the vault's archive tier; must be rehydrated first.
    ArchiveStore,
    /// A snapshot; known to restore requests only.
    SnapshotStore,
}

impl DataStore {
    /// Azure's own word, as requests and answers have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OperationalStore => "OperationalStore",
            Self::VaultStore => "VaultStore",
            Self::ArchiveStore => "ArchiveStore",
            Self::SnapshotStore => "SnapshotStore",
        }
    }

    /// Reads Azure's word without case; none for words nobody knows (the obsolete `Snapshot` and `BackupStorage`).
    pub fn read(text: &str) -> Option<Self> {
        [Self::OperationalStore, Self::VaultStore, Self::ArchiveStore, Self::SnapshotStore]
            .into_iter()
            .find(|store| store.as_str().eq_ignore_ascii_case(text))
    }
}

impl std::fmt::Display for DataStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Whose identity reads the backup and writes the target: the vault's own, or a user-assigned one attached to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityDetails {
    /// Whether the vault's system-assigned identity is meant.
    pub use_system_assigned_identity: bool,
    /// ARM id of the user-assigned identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_assigned_identity_arm_url: Option<String>,
}

impl IdentityDetails {
    /// A user-assigned identity.
    pub fn user_assigned(id: &ResourceId) -> Self {
        Self { use_system_assigned_identity: false, user_assigned_identity_arm_url: Some(id.to_string()) }
    }

    pub(super) fn read(value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        Some(Self {
            use_system_assigned_identity: members.boolean("useSystemAssignedIdentity")?,
            user_assigned_identity_arm_url: members.text("userAssignedIdentityArmUrl"),
        })
    }
}

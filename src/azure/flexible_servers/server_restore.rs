//! The body that makes a flexible server out of the backups of another.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::azure::restore_tag::Tagged;

/// `PUT …/flexibleServers/{name}` with a `createMode` that restores
/// (docs/reference/azure-flexible-servers.md#restores). What is not set is left out, so that Azure decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerRestoreRequest {
    /// Region of the new server.
    pub location: String,
    /// Its compute size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<ServerSku>,
    /// The identities by which it reads its keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<ServerIdentity>,
    /// Its tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The rest.
    pub properties: ServerRestoreProperties,
}

/// A compute size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServerSku {
    /// `Standard_D4ds_v5` …
    pub name: String,
    /// `Burstable`, `GeneralPurpose`, `MemoryOptimized`.
    pub tier: String,
}

/// User-assigned identities, by their ARM ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerIdentity {
    #[serde(rename = "type")]
    kind: UserAssigned,
    user_assigned_identities: BTreeMap<String, AssignedIdentity>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum UserAssigned {
    UserAssigned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct AssignedIdentity {}

impl ServerIdentity {
    /// These identities; none of none.
    pub fn of(ids: impl IntoIterator<Item = String>) -> Option<Self> {
        let ids: BTreeMap<String, AssignedIdentity> = ids.into_iter().map(|id| (id, AssignedIdentity {})).collect();
        let kind = UserAssigned::UserAssigned;
        (!ids.is_empty()).then_some(Self { kind, user_assigned_identities: ids })
    }
}

/// What is restored, and what of the new server differs from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerRestoreProperties {
    /// What is restored.
    #[serde(flatten)]
    pub source: ServerSource,
    /// `1`, `2`, `3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
    /// Where it can be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<ServerNetwork>,
    /// Its disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<ServerStorage>,
    /// Its own backups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<ServerBackup>,
    /// The customer's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_encryption: Option<ServerEncryption>,
}

/// What is restored, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerSource {
    /// How.
    pub create_mode: ServerCreateMode,
    /// ARM id of the server whose backups are restored; it need not be there any more.
    pub source_server_resource_id: String,
    /// As it was when; none where Azure takes the newest state.
    #[serde(flatten)]
    pub point: Option<ServerPoint>,
}

/// The modes that restore. `Default` and its kin make an empty server or change one, and are not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ServerCreateMode {
    /// A server that lives, as it was.
    PointInTimeRestore,
    /// The newest state that was replicated to the paired region.
    GeoRestore,
    /// A server that was deleted.
    ReviveDropped,
}

/// An instant, UTC, under the name that each service has for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum ServerPoint {
    /// PostgreSQL.
    #[serde(rename = "pointInTimeUTC")]
    PostgreSql(String),
    /// MySQL.
    #[serde(rename = "restorePointInTime")]
    MySql(String),
}

/// Where a server can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerNetwork {
    /// ARM id of the subnet that it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegated_subnet_resource_id: Option<String>,
    /// The zone that has its name.
    #[serde(flatten)]
    pub private_dns_zone: Option<PrivateDnsZone>,
    /// `Enabled` or `Disabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_network_access: Option<String>,
}

/// ARM id of a private DNS zone, under the name that each service has for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum PrivateDnsZone {
    /// PostgreSQL.
    #[serde(rename = "privateDnsZoneArmResourceId")]
    PostgreSql(String),
    /// MySQL.
    #[serde(rename = "privateDnsZoneResourceId")]
    MySql(String),
}

/// The disk of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServerStorage {
    /// Its size.
    #[serde(rename = "storageSizeGB")]
    pub size_gb: i64,
}

/// The backups of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerBackup {
    /// How long they are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_retention_days: Option<i64>,
    /// `Enabled` or `Disabled`: whether they are replicated to the paired region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geo_redundant_backup: Option<String>,
}

/// Keys of the customer, with the identities that read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServerEncryption {
    #[serde(rename = "type")]
    kind: KeyStore,
    /// URI of the key.
    #[serde(rename = "primaryKeyURI")]
    pub primary_key_uri: String,
    /// ARM id of the identity.
    #[serde(rename = "primaryUserAssignedIdentityId")]
    pub primary_identity_id: String,
    /// URI of the key of the replicated backups.
    #[serde(rename = "geoBackupKeyURI", skip_serializing_if = "Option::is_none")]
    pub geo_backup_key_uri: Option<String>,
    /// ARM id of the identity for that.
    #[serde(rename = "geoBackupUserAssignedIdentityId", skip_serializing_if = "Option::is_none")]
    pub geo_backup_identity_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum KeyStore {
    AzureKeyVault,
}

impl ServerEncryption {
    /// A key, read by an identity; without keys for replicated backups.
    pub fn new(primary_key_uri: String, primary_identity_id: String) -> Self {
        Self {
            kind: KeyStore::AzureKeyVault,
            primary_key_uri,
            primary_identity_id,
            geo_backup_key_uri: None,
            geo_backup_identity_id: None,
        }
    }
}

impl ServerRestoreRequest {
    /// A server in `location` made of `source`, with everything else as Azure decides.
    pub fn new(location: String, source: ServerSource) -> Self {
        Self {
            location,
            sku: None,
            identity: None,
            tags: BTreeMap::new(),
            properties: ServerRestoreProperties {
                source,
                availability_zone: None,
                network: None,
                storage: None,
                backup: None,
                data_encryption: None,
            },
        }
    }
}

impl Tagged for ServerRestoreRequest {
    fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }
}

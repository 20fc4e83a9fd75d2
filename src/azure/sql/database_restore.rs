//! The body that makes a database out of a backup.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::azure::restore_tag::Tagged;

/// `PUT …/databases/{name}` with a `createMode` that restores (docs/reference/azure-sql.md#restores). What is not set is
/// left out, so that Azure decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseRestoreRequest {
    /// Region of the server that is restored onto.
    pub location: String,
    /// The service objective of the new database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// Its tags. Those of the source are not restored.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The rest.
    pub properties: DatabaseRestoreProperties,
}

/// A service objective, by its name alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sku {
    /// `S0`, `GP_Gen5_2` …
    pub name: String,
}

impl From<String> for Sku {
    fn from(name: String) -> Self {
        Self { name }
    }
}

/// What is restored, and what of the new database differs from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseRestoreProperties {
    /// What is restored.
    #[serde(flatten)]
    pub source: DatabaseSource,
    /// ARM id of the pool that it goes into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elastic_pool_id: Option<String>,
    /// Whether its replicas lie in several zones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone_redundant: Option<bool>,
    /// Where its own backups are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_backup_storage_redundancy: Option<String>,
    /// Who brings the licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_type: Option<String>,
}

/// What is restored: the members that go with each `createMode`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "createMode", rename_all_fields = "camelCase")]
pub enum DatabaseSource {
    /// The newest replicated backup.
    Recovery {
        /// ARM id of the recoverable database.
        recoverable_database_id: String,
    },
    /// A database that lives, as it was.
    PointInTimeRestore {
        /// ARM id of the database.
        source_database_id: String,
        /// UTC.
        restore_point_in_time: String,
    },
    /// A database that was dropped.
    Restore {
        /// ARM id of the dropped database.
        restorable_dropped_database_id: String,
        /// UTC; none: the moment of its end.
        #[serde(skip_serializing_if = "Option::is_none")]
        restore_point_in_time: Option<String>,
    },
    /// A long-term backup.
    RestoreLongTermRetentionBackup {
        /// ARM id of the backup.
        long_term_retention_backup_resource_id: String,
    },
}

impl DatabaseRestoreRequest {
    /// A database in `location` made of `source`, with everything else as Azure decides.
    pub fn new(location: String, source: DatabaseSource) -> Self {
        Self {
            location,
            sku: None,
            tags: BTreeMap::new(),
            properties: DatabaseRestoreProperties {
                source,
                elastic_pool_id: None,
                zone_redundant: None,
                requested_backup_storage_redundancy: None,
                license_type: None,
            },
        }
    }
}

impl Tagged for DatabaseRestoreRequest {
    fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }
}

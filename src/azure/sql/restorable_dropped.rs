//! A database that was dropped and whose backups are still there.

use serde_json::Value;
use time::OffsetDateTime;

use super::ids::{RestorableDroppedDatabaseId, SqlServerId, answered};
use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::Location;

/// `RestorableDroppedDatabase` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestorableDroppedDatabase {
    /// Id in documented casing; its name ends with a comma and the moment of the end.
    pub id: RestorableDroppedDatabaseId,
    /// The name that the database had.
    pub database_name: Option<String>,
    /// The name of its SKU.
    pub sku_name: Option<String>,
    /// Its region.
    pub location: Option<Location>,
    /// When it was created, UTC.
    pub creation_date: Option<OffsetDateTime>,
    /// When it was dropped, UTC.
    pub deletion_date: Option<OffsetDateTime>,
    /// The oldest instant that it can be restored to, UTC.
    pub earliest_restore_date: Option<OffsetDateTime>,
    /// How large it could grow.
    pub max_size_bytes: Option<u64>,
    /// `Geo`, `Local`, `Zone`, `GeoZone`.
    pub backup_storage_redundancy: Option<String>,
}

impl RestorableDroppedDatabase {
    /// Reads the answer to a GET of `id`.
    pub(super) fn read(id: &RestorableDroppedDatabaseId, value: &Value) -> Self {
        let members = JsonFields::of(value);
        let own = members.object("properties");
        Self {
            id: id.clone(),
            database_name: own.text("databaseName"),
            sku_name: members.object("sku").text("name"),
            location: members.text("location").map(Location::new),
            creation_date: own.instant("creationDate"),
            deletion_date: own.instant("deletionDate"),
            earliest_restore_date: own.instant("earliestRestoreDate"),
            max_size_bytes: own.count("maxSizeBytes"),
            backup_storage_redundancy: own.text("backupStorageRedundancy"),
        }
    }

    /// Reads one element of the list of `server`. None if it names no database.
    pub(super) fn read_listed(server: &SqlServerId, value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let id = answered(server, members.text("name"), members.text("id"))?;
        Some(Self::read(&id, value))
    }
}

//! A database that was dropped on a managed instance and whose backups are still there.

use serde_json::Value;
use time::OffsetDateTime;

use super::super::ids::{ManagedInstanceId, RestorableDroppedManagedDatabaseId, answered};
use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::Location;

/// `RestorableDroppedManagedDatabase` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestorableDroppedManagedDatabase {
    /// Id in documented casing; its name ends with a comma and the moment of the end.
    pub id: RestorableDroppedManagedDatabaseId,
    /// The name that the database had.
    pub database_name: Option<String>,
    /// Its region.
    pub location: Option<Location>,
    /// When it was created, UTC.
    pub creation_date: Option<OffsetDateTime>,
    /// When it was dropped, UTC.
    pub deletion_date: Option<OffsetDateTime>,
    /// The oldest instant that it can be restored to, UTC.
    pub earliest_restore_date: Option<OffsetDateTime>,
}

impl RestorableDroppedManagedDatabase {
    /// Reads the answer to a GET of `id`.
    pub(super) fn read(id: &RestorableDroppedManagedDatabaseId, value: &Value) -> Self {
        let members = JsonFields::of(value);
        let own = members.object("properties");
        Self {
            id: id.clone(),
            database_name: own.text("databaseName"),
            location: members.text("location").map(Location::new),
            creation_date: own.instant("creationDate"),
            deletion_date: own.instant("deletionDate"),
            earliest_restore_date: own.instant("earliestRestoreDate"),
        }
    }

    /// Reads one element of the list of `instance`. None if it names no database.
    pub(super) fn read_listed(instance: &ManagedInstanceId, value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let id = answered(instance, members.text("name"), members.text("id"))?;
        Some(Self::read(&id, value))
    }
}

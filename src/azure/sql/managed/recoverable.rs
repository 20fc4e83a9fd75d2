//! A database of a managed instance that a geo-restore can bring back.

use serde_json::Value;
use time::OffsetDateTime;

use super::super::ids::{ManagedInstanceId, RecoverableManagedDatabaseId, answered};
use crate::azure::json_fields::JsonFields;

/// `RecoverableManagedDatabase` of the REST description. There is one backup in it, the newest that was replicated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoverableManagedDatabase {
    /// Id in documented casing.
    pub id: RecoverableManagedDatabaseId,
    /// When the backup was taken, UTC.
    pub last_available_backup_date: Option<OffsetDateTime>,
}

impl RecoverableManagedDatabase {
    /// Reads the answer to a GET of `id`.
    pub(super) fn read(id: &RecoverableManagedDatabaseId, value: &Value) -> Self {
        let own = JsonFields::of(value).object("properties");
        Self { id: id.clone(), last_available_backup_date: own.instant("lastAvailableBackupDate") }
    }

    /// Reads one element of the list of `instance`. None if it names no database. In an official example the ids are
    /// misspelt, so the name is what counts.
    pub(super) fn read_listed(instance: &ManagedInstanceId, value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let id = answered(instance, members.text("name"), members.text("id"))?;
        Some(Self::read(&id, value))
    }
}

//! A database that a geo-restore can bring back.

use serde_json::Value;
use time::OffsetDateTime;

use super::ids::{RecoverableDatabaseId, SqlServerId, answered};
use crate::azure::json_fields::JsonFields;

/// `RecoverableDatabase` of the REST description. There is one backup in it, the newest that was replicated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoverableDatabase {
    /// Id in documented casing.
    pub id: RecoverableDatabaseId,
    /// `Standard`, `GeneralPurpose` …
    pub edition: Option<String>,
    /// `S0`, `GP_Gen5_2` …
    pub service_level_objective: Option<String>,
    /// The elastic pool that the database is in; none for a single one.
    pub elastic_pool_name: Option<String>,
    /// When the backup was taken, UTC.
    pub last_available_backup_date: Option<OffsetDateTime>,
}

impl RecoverableDatabase {
    /// Reads the answer to a GET of `id`.
    pub(super) fn read(id: &RecoverableDatabaseId, value: &Value) -> Self {
        let own = JsonFields::of(value).object("properties");
        Self {
            id: id.clone(),
            edition: own.text("edition"),
            service_level_objective: own.text("serviceLevelObjective"),
            elastic_pool_name: own.text("elasticPoolName"),
            last_available_backup_date: own.instant("lastAvailableBackupDate"),
        }
    }

    /// Reads one element of the list of `server`. None if it names no database.
    pub(super) fn read_listed(server: &SqlServerId, value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let id = answered(server, members.text("name"), members.text("id"))?;
        Some(Self::read(&id, value))
    }
}

//! `AzureWorkloadSQLRestoreRequest`, `AzureWorkloadSAPHanaRestoreRequest` and those that derive from them: the bodies that
//! restore a database of a server in a virtual machine.

use serde::Serialize;
use time::{OffsetDateTime, UtcOffset};

use super::file_share_restore::RecoveryType;
use super::recovery_point::DatabaseFileKind;
use super::virtual_machine_restore::PointRehydration;

/// Which server the database belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseServer {
    /// SQL Server.
    Sql,
    /// SAP HANA.
    SapHana,
}

/// Restores a database (docs/reference/azure-recovery-services.md#databases).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadRestoreRequest {
    object_type: WorkloadRestoreRequestType,
    /// Over the database itself, or elsewhere.
    pub recovery_type: RecoveryType,
    /// ARM id of the machine that was backed up; of restores to another database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_resource_id: Option<String>,
    /// ARM id of the machine that is restored to; none: where the database is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_virtual_machine_id: Option<String>,
    /// What is written to; none: the database itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_info: Option<TargetRestoreInfo>,
    /// That files are restored; none: a database is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_mode: Option<RecoveryMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    point_in_time: Option<String>,
    /// What only SQL Server has.
    #[serde(flatten)]
    pub sql: Option<SqlRestoreOptions>,
    /// The request to a resource guard that lets it through.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_guard_operation_requests: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_point_rehydration_info: Option<PointRehydration>,
}

/// The discriminator. Databases are spelt `Rehydrate` where machines are spelt `Rehydration`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[allow(clippy::enum_variant_names, reason = "Azure's words")]
enum WorkloadRestoreRequestType {
    AzureWorkloadSQLRestoreRequest,
    AzureWorkloadSQLPointInTimeRestoreRequest,
    AzureWorkloadSQLRestoreWithRehydrateRequest,
    AzureWorkloadSAPHanaRestoreRequest,
    AzureWorkloadSAPHanaPointInTimeRestoreRequest,
    AzureWorkloadSAPHanaRestoreWithRehydrateRequest,
}

/// What is restored from, as far as the kind of request depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkloadState {
    /// A full, differential or incremental backup.
    Point,
    /// The same out of the archive, which is fetched first.
    ArchivedPoint(PointRehydration),
    /// An instant that log backups cover.
    Instant(OffsetDateTime),
}

impl WorkloadRestoreRequest {
    /// Of the database of `server` to where it was.
    pub fn new(server: DatabaseServer, state: WorkloadState) -> Self {
        use WorkloadRestoreRequestType as Type;
        let types = match server {
            DatabaseServer::Sql => [
                Type::AzureWorkloadSQLRestoreRequest,
                Type::AzureWorkloadSQLRestoreWithRehydrateRequest,
                Type::AzureWorkloadSQLPointInTimeRestoreRequest,
            ],
            DatabaseServer::SapHana => [
                Type::AzureWorkloadSAPHanaRestoreRequest,
                Type::AzureWorkloadSAPHanaRestoreWithRehydrateRequest,
                Type::AzureWorkloadSAPHanaPointInTimeRestoreRequest,
            ],
        };
        let [point, archived, instant] = types;
        let (object_type, how, at) = match state {
            WorkloadState::Point => (point, None, None),
            WorkloadState::ArchivedPoint(how) => (archived, Some(how), None),
            WorkloadState::Instant(at) => (instant, None, Some(whole_seconds(at))),
        };
        Self {
            object_type,
            recovery_type: RecoveryType::OriginalLocation,
            source_resource_id: None,
            target_virtual_machine_id: None,
            target_info: None,
            recovery_mode: None,
            point_in_time: at,
            sql: (server == DatabaseServer::Sql).then(SqlRestoreOptions::default),
            resource_guard_operation_requests: Vec::new(),
            recovery_point_rehydration_info: how,
        }
    }
}

/// Members of the requests for SQL Server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SqlRestoreOptions {
    /// Always `true`, as Microsoft's command line sends it: its description contradicts the how-to page.
    should_use_alternate_target_location: bool,
    /// Whether the database is left restoring, so that further backups can be restored onto it by hand.
    pub is_non_recoverable: bool,
    /// Where each file goes; empty: where the target has its files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternate_directory_paths: Vec<SqlDataDirectoryMapping>,
}

impl Default for SqlRestoreOptions {
    fn default() -> Self {
        Self {
            should_use_alternate_target_location: true,
            is_non_recoverable: false,
            alternate_directory_paths: Vec::new(),
        }
    }
}

/// `SQLDataDirectoryMapping`: where one file of a database goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SqlDataDirectoryMapping {
    /// Data or log.
    pub mapping_type: DatabaseFileKind,
    /// The name of the file in the database.
    pub source_logical_name: String,
    /// Where it was.
    pub source_path: String,
    /// Where it goes.
    pub target_path: String,
}

/// `TargetRestoreInfo`: a database of a server, or a directory of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetRestoreInfo {
    /// What happens to what is there already.
    pub overwrite_option: OverwriteOption,
    /// ARM id of the container of the target machine, unescaped.
    pub container_id: String,
    /// `INSTANCE/database`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_name: Option<String>,
    /// A directory for files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_directory_for_file_restore: Option<String>,
}

/// What happens to what is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum OverwriteOption {
    /// The restore fails.
    FailOnConflict,
    /// It is overwritten.
    Overwrite,
}

/// That backups are restored as files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RecoveryMode {
    /// As files.
    FileRecovery,
}

/// `2026-09-30T12:30:00Z`: instants have whole seconds here.
fn whole_seconds(at: OffsetDateTime) -> String {
    // Out of range where an offset leads past the last or before the first year; no backup is of then.
    let utc = at.checked_to_offset(UtcOffset::UTC).unwrap_or(at);
    let (month, day) = (u8::from(utc.month()), utc.day());
    let (year, hour, minute, second) = (utc.year(), utc.hour(), utc.minute(), utc.second());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;
    use crate::azure::data_protection::RehydrationPriority;

    #[test]
    fn each_server_and_state_has_a_type_of_its_own() {
        let made = |server, state| serde_json::to_value(WorkloadRestoreRequest::new(server, state)).unwrap();
        let archived = || WorkloadState::ArchivedPoint(PointRehydration::new(RehydrationPriority::High, 12));
        let at = || WorkloadState::Instant(datetime!(2026-09-30 14:30:00.9 +2));
        assert_eq!(
            made(DatabaseServer::Sql, at()),
            json!({"objectType": "AzureWorkloadSQLPointInTimeRestoreRequest", "recoveryType": "OriginalLocation",
                "pointInTime": "2026-09-30T12:30:00Z", "shouldUseAlternateTargetLocation": true,
                "isNonRecoverable": false})
        );
        assert_eq!(
            made(DatabaseServer::SapHana, archived()),
            json!({"objectType": "AzureWorkloadSAPHanaRestoreWithRehydrateRequest",
                "recoveryType": "OriginalLocation",
                "recoveryPointRehydrationInfo":
                    {"rehydrationRetentionDuration": "P12D", "rehydrationPriority": "High"}})
        );
        for (server, state, object_type) in [
            (DatabaseServer::Sql, WorkloadState::Point, "AzureWorkloadSQLRestoreRequest"),
            (DatabaseServer::Sql, archived(), "AzureWorkloadSQLRestoreWithRehydrateRequest"),
            (DatabaseServer::SapHana, WorkloadState::Point, "AzureWorkloadSAPHanaRestoreRequest"),
            (DatabaseServer::SapHana, at(), "AzureWorkloadSAPHanaPointInTimeRestoreRequest"),
        ] {
            assert_eq!(made(server, state)["objectType"], object_type);
        }
    }
}

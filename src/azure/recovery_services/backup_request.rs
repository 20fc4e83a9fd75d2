//! The body of a backup on demand.

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{DatabaseServer, WorkloadType};

/// `BackupType`: what kind of backup of a database is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum BackupType {
    /// Everything.
    Full,
    /// What has changed since the last full backup.
    Differential,
    /// The transaction log.
    Log,
    /// Everything, without becoming what later differential backups build on.
    CopyOnlyFull,
    /// What has changed since the last backup of any kind.
    Incremental,
}

impl BackupType {
    /// Every one of them.
    pub const ALL: [Self; 5] = [Self::Full, Self::Differential, Self::Log, Self::CopyOnlyFull, Self::Incremental];

    /// Azure's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "Full",
            Self::Differential => "Differential",
            Self::Log => "Log",
            Self::CopyOnlyFull => "CopyOnlyFull",
            Self::Incremental => "Incremental",
        }
    }

    /// Reads Azure's word, in any casing.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str().eq_ignore_ascii_case(word.trim()))
    }

    /// Those that a server takes on demand (docs/reference/azure-recovery-services.md#backups-on-demand).
    pub const fn of(server: DatabaseServer) -> &'static [Self] {
        match server {
            DatabaseServer::Sql => &[Self::Full, Self::Differential, Self::Log, Self::CopyOnlyFull],
            DatabaseServer::SapHana => &[Self::Full, Self::Differential, Self::Incremental],
        }
    }

    /// Whether the request says how long the point is kept. Others are kept as the policy says
    /// (docs/reference/azure-recovery-services.md#backups-on-demand).
    pub const fn takes_expiry(self) -> bool {
        matches!(self, Self::Full | Self::CopyOnlyFull)
    }
}

/// `BackupRequest` of the REST description: one of its types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemBackupRequest {
    object_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_type: Option<BackupType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_compression: Option<bool>,
    #[serde(rename = "recoveryPointExpiryTimeInUTC", skip_serializing_if = "Option::is_none")]
    expiry: Option<String>,
}

impl ItemBackupRequest {
    /// Of a database of a server in a virtual machine.
    pub fn of_database(backup_type: BackupType, compressed: bool) -> Self {
        Self {
            backup_type: Some(backup_type),
            enable_compression: Some(compressed),
            ..Self::of("AzureWorkloadBackupRequest")
        }
    }

    /// Of a file share.
    pub fn of_file_share() -> Self {
        Self::of("AzureFileShareBackupRequest")
    }

    /// Of a virtual machine.
    pub fn of_virtual_machine() -> Self {
        Self::of("IaasVMBackupRequest")
    }

    fn of(object_type: &'static str) -> Self {
        Self { object_type, backup_type: None, enable_compression: None, expiry: None }
    }

    /// The point is kept until then; whole seconds.
    #[must_use]
    pub fn kept_until(mut self, at: Option<OffsetDateTime>) -> Self {
        let at = at.and_then(|at| at.checked_to_offset(time::UtcOffset::UTC)?.replace_nanosecond(0).ok());
        self.expiry = at.and_then(|at| at.format(&Rfc3339).ok());
        self
    }
}

impl WorkloadType {
    /// The server of a database that can be backed up on demand; none of other items.
    pub const fn database_server(self) -> Option<DatabaseServer> {
        match self {
            Self::SqlDatabase => Some(DatabaseServer::Sql),
            Self::SapHanaDatabase => Some(DatabaseServer::SapHana),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    fn body(request: &ItemBackupRequest) -> serde_json::Value {
        serde_json::to_value(request).unwrap()
    }

    #[test]
    fn each_kind_of_item_has_a_body_of_its_own() {
        let until = Some(datetime!(2026-12-31 01:00:00.5 +1));
        let full = ItemBackupRequest::of_database(BackupType::Full, false).kept_until(until);
        assert_eq!(
            body(&full),
            json!({"objectType": "AzureWorkloadBackupRequest", "backupType": "Full", "enableCompression": false,
                "recoveryPointExpiryTimeInUTC": "2026-12-31T00:00:00Z"})
        );
        let log = ItemBackupRequest::of_database(BackupType::Log, true);
        assert_eq!(
            body(&log),
            json!({"objectType": "AzureWorkloadBackupRequest", "backupType": "Log", "enableCompression": true})
        );
        assert_eq!(
            body(&ItemBackupRequest::of_file_share().kept_until(until)),
            json!({"objectType": "AzureFileShareBackupRequest", "recoveryPointExpiryTimeInUTC": "2026-12-31T00:00:00Z"})
        );
        assert_eq!(body(&ItemBackupRequest::of_virtual_machine()), json!({"objectType": "IaasVMBackupRequest"}));
    }

    #[test]
    fn the_words_are_read_in_any_casing() {
        assert_eq!(BackupType::ALL.map(|own| BackupType::read(own.as_str())), BackupType::ALL.map(Some));
        assert_eq!((BackupType::read("copyonlyfull"), BackupType::read("")), (Some(BackupType::CopyOnlyFull), None));
    }
}

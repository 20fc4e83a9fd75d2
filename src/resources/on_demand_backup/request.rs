//! What a kind of item takes of the arguments, and the body that they become.

use super::{Arguments, BACKUP_TYPE, COMPRESSION, EXPIRES_AT, PROTECTED_ITEM, RETENTION_TAG, RULE_NAME};
use crate::azure::data_protection::InstanceBackupRequest;
use crate::azure::recovery_services::{BackupType, DatabaseServer, ItemBackupRequest, WorkloadType};
use crate::resources::given::optional;
use crate::restore::error::RestoreError;
use crate::tfplugin::instant::parse_instant;

/// What is wrong with the arguments for an item of this kind: the argument at fault, and why. Unknown values are passed over.
pub(super) fn problem(workload: WorkloadType, arguments: &Arguments) -> Option<(&'static str, String)> {
    let Arguments { backup_type, compression_enabled, expires_at, .. } = arguments;
    let things = match workload {
        WorkloadType::AzureFileShare => "file shares",
        WorkloadType::Vm => "virtual machines",
        WorkloadType::SqlDatabase => "SQL Server databases",
        WorkloadType::SapHanaDatabase => "SAP HANA databases",
        WorkloadType::SqlInstance | WorkloadType::SapHanaInstance | WorkloadType::SapAseDatabase => {
            let text = format!("This resource does not back up items of the kind {}.", workload.as_str());
            return Some((PROTECTED_ITEM, text));
        }
    };
    let Some(server) = workload.database_server() else {
        let only_databases = |name: &str| format!("Only backups of databases have `{name}`. Remove it for {things}.");
        return if !backup_type.is_null() {
            Some((BACKUP_TYPE, only_databases(BACKUP_TYPE)))
        } else if !compression_enabled.is_null() {
            Some((COMPRESSION, only_databases(COMPRESSION)))
        } else {
            None
        };
    };
    let words = words(server);
    if backup_type.is_null() {
        return Some((BACKUP_TYPE, format!("A backup of {things} needs `{BACKUP_TYPE}`: {words}.")));
    }
    let chosen = arguments.backup_type()?;
    if !BackupType::of(server).contains(&chosen) {
        return Some((
            BACKUP_TYPE,
            format!("There is no backup of type `{}` for {things}. Set {words}.", chosen.as_str()),
        ));
    }
    (!expires_at.is_null() && !chosen.takes_expiry()).then(|| {
        let text = format!(
            "Azure keeps a backup of type `{}` as long as the policy says. Remove `{EXPIRES_AT}`, or set \
             `{BACKUP_TYPE}` to a full backup.",
            chosen.as_str()
        );
        (EXPIRES_AT, text)
    })
}

fn words(server: DatabaseServer) -> String {
    let words: Vec<String> = BackupType::of(server).iter().map(|own| format!("`{}`", own.as_str())).collect();
    match words.as_slice() {
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
        [] => String::new(),
    }
}

/// The body of `Backups_Trigger`
/// (<https://learn.microsoft.com/rest/api/backup/backups/trigger>).
pub(super) fn of_item(arguments: &Arguments, workload: WorkloadType) -> Result<ItemBackupRequest, RestoreError> {
    if let Some((argument, text)) = problem(workload, arguments) {
        return Err(RestoreError::wrong(argument, text));
    }
    let expires_at = optional(&arguments.expires_at, EXPIRES_AT)?;
    let expires_at = expires_at.map(|text| parse_instant(text)).transpose();
    let expires_at = expires_at.map_err(|reason| RestoreError::wrong(EXPIRES_AT, reason))?;
    let compressed = optional(&arguments.compression_enabled, COMPRESSION)?.copied().unwrap_or_default();
    let body = match (workload.database_server(), arguments.backup_type()) {
        (Some(_), Some(backup_type)) => ItemBackupRequest::of_database(backup_type, compressed),
        (Some(_), None) => return Err(RestoreError::wrong(BACKUP_TYPE, "Its value is not known.")),
        (None, _) if workload == WorkloadType::Vm => ItemBackupRequest::of_virtual_machine(),
        (None, _) => ItemBackupRequest::of_file_share(),
    };
    Ok(body.kept_until(expires_at))
}

/// The body of `BackupInstances_AdhocBackup`
/// (<https://learn.microsoft.com/rest/api/dataprotection/backup-instances/adhoc-backup>); none without a rule.
pub(super) fn of_instance(arguments: &Arguments) -> Result<Option<InstanceBackupRequest>, RestoreError> {
    let tag = optional(&arguments.retention_tag, RETENTION_TAG)?.cloned();
    let rule = optional(&arguments.rule_name, RULE_NAME)?;
    Ok(rule.map(|rule| InstanceBackupRequest::new(rule, tag)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::azure::scripted::{ScriptedTransport, client};
    use crate::connection::scripted::connection;
    use crate::resources::backup_vault::INSTANCE;
    use crate::resources::on_demand_backup::OnDemandBackupKind;
    use crate::resources::restore::RestoreKind;
    use crate::restore::service::RestoreService;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::{Path, Value};

    const UNTIL: &str = "2026-12-31T01:00:00+01:00";

    fn arguments(members: &[(&str, Value)]) -> Arguments {
        Arguments::from_value(&Value::object(members.iter().cloned()), &Path::root()).unwrap()
    }

    fn body(workload: WorkloadType, members: &[(&str, Value)]) -> Json {
        serde_json::to_value(of_item(&arguments(members), workload).unwrap()).unwrap()
    }

    fn at_fault(workload: WorkloadType, members: &[(&str, Value)]) -> Option<&'static str> {
        problem(workload, &arguments(members)).map(|(argument, _)| argument)
    }

    #[test]
    fn every_backup_is_new_and_supersedes_none() {
        assert!(OnDemandBackupKind.makes_something_new(&arguments(&[])));
    }

    #[test]
    fn a_backup_has_no_target_but_its_item() {
        let group = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers";
        let vault = format!("{group}/Microsoft.RecoveryServices/vaults/v");
        let item = format!("{vault}/backupFabrics/Azure/protectionContainers/c/protectedItems/i");
        let instance = format!("{group}/Microsoft.DataProtection/backupVaults/v/backupInstances/i");
        let connection = connection(client(&ScriptedTransport::new(Vec::new())));
        for (argument, id) in [(PROTECTED_ITEM, item), (INSTANCE, instance)] {
            let arguments = arguments(&[(argument, id.as_str().into()), (RULE_NAME, "Weekly".into())]);
            let backup = OnDemandBackupKind.service(&connection, arguments).unwrap();
            assert_eq!((backup.target(), backup.item().id), (id.clone(), id));
        }
    }

    #[test]
    fn a_type_that_is_not_set_is_told_as_missing_and_a_wrong_one_as_wrong() {
        let group = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers";
        let container = "backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;g;m";
        let vault = format!("{group}/Microsoft.RecoveryServices/vaults/v");
        let item = format!("{vault}/{container}/protectedItems/SQLDataBase;mssqlserver;x");
        let said = |more: &[(&str, Value)]| -> Vec<String> {
            let members: Vec<_> = more.iter().cloned().chain([(PROTECTED_ITEM, item.as_str().into())]).collect();
            let found = OnDemandBackupKind.validate(&arguments(&members));
            found.iter().map(|error| error.summary.clone()).collect()
        };
        assert_eq!(said(&[]), ["Missing argument"]);
        assert_eq!(said(&[(BACKUP_TYPE, "Incremental".into())]), ["Invalid value for \"backup_type\""]);
        assert_eq!(said(&[(BACKUP_TYPE, "Full".into())]), [""; 0]);
    }

    #[test]
    fn a_database_says_which_kind_of_backup_and_that_it_is_not_compressed() {
        assert_eq!(
            body(WorkloadType::SqlDatabase, &[(BACKUP_TYPE, "Full".into()), (EXPIRES_AT, UNTIL.into())]),
            json!({"objectType": "AzureWorkloadBackupRequest", "backupType": "Full", "enableCompression": false,
                "recoveryPointExpiryTimeInUTC": "2026-12-31T00:00:00Z"})
        );
        assert_eq!(
            body(WorkloadType::SapHanaDatabase, &[(BACKUP_TYPE, "Incremental".into()), (COMPRESSION, true.into())]),
            json!({"objectType": "AzureWorkloadBackupRequest", "backupType": "Incremental", "enableCompression": true})
        );
    }

    #[test]
    fn a_share_and_a_machine_say_nothing_but_how_long_the_point_is_kept() {
        assert_eq!(
            body(WorkloadType::AzureFileShare, &[(EXPIRES_AT, UNTIL.into())]),
            json!({"objectType": "AzureFileShareBackupRequest", "recoveryPointExpiryTimeInUTC": "2026-12-31T00:00:00Z"})
        );
        assert_eq!(body(WorkloadType::Vm, &[]), json!({"objectType": "IaasVMBackupRequest"}));
    }

    #[test]
    fn what_an_item_does_not_take_is_refused_on_its_argument() {
        let of = |word: &str| (BACKUP_TYPE, Value::from(word));
        let until = (EXPIRES_AT, Value::from(UNTIL));
        let (sql, hana) = (WorkloadType::SqlDatabase, WorkloadType::SapHanaDatabase);
        assert_eq!(at_fault(sql, &[]), Some(BACKUP_TYPE));
        for (server, word, fault) in [
            (sql, "CopyOnlyFull", None),
            (sql, "Log", None),
            (sql, "Incremental", Some(BACKUP_TYPE)),
            (hana, "Incremental", None),
            (hana, "Log", Some(BACKUP_TYPE)),
            (hana, "CopyOnlyFull", Some(BACKUP_TYPE)),
        ] {
            assert_eq!(at_fault(server, &[of(word)]), fault, "{word}");
        }
        for (word, fault) in
            [("Full", None), ("CopyOnlyFull", None), ("Differential", Some(EXPIRES_AT)), ("Log", Some(EXPIRES_AT))]
        {
            assert_eq!(at_fault(sql, &[of(word), until.clone()]), fault, "{word}");
        }
        for workload in [WorkloadType::AzureFileShare, WorkloadType::Vm] {
            assert_eq!(at_fault(workload, &[of("Full")]), Some(BACKUP_TYPE));
            assert_eq!(at_fault(workload, &[(COMPRESSION, false.into())]), Some(COMPRESSION));
            assert_eq!(at_fault(workload, std::slice::from_ref(&until)), None);
        }
        assert_eq!(at_fault(WorkloadType::SqlInstance, &[of("Full")]), Some(PROTECTED_ITEM));
    }

    #[test]
    fn the_types_of_backup_that_there_are_of_a_database_are_named() {
        let told = |workload, members: &[(&str, Value)]| problem(workload, &arguments(members)).map(|(_, text)| text);
        assert_eq!(
            told(WorkloadType::SqlDatabase, &[]).as_deref(),
            Some(
                "A backup of SQL Server databases needs `backup_type`: `Full`, `Differential`, `Log` or `CopyOnlyFull`."
            )
        );
        assert_eq!(
            told(WorkloadType::SapHanaDatabase, &[(BACKUP_TYPE, "Log".into())]).as_deref(),
            Some(
                "There is no backup of type `Log` for SAP HANA databases. Set `Full`, `Differential` or `Incremental`."
            )
        );
    }

    #[test]
    fn what_is_unknown_is_refused_only_when_it_is_sent() {
        let unknown = [(BACKUP_TYPE, Value::unknown())];
        assert_eq!(at_fault(WorkloadType::SqlDatabase, &unknown), None);
        assert!(of_item(&arguments(&unknown), WorkloadType::SqlDatabase).is_err());
    }
}

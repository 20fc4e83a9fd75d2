use serde_json::{Value as Json, json};
use time::OffsetDateTime;
use time::macros::datetime;

use super::*;
use crate::azure::recovery_services::DatabaseFileKind;
use crate::azure::resource_id::ResourceId;
use crate::restore::record::RestoredFile;
use crate::restore::recovery_services::DatabaseFacts;
use crate::tfplugin::model::FromValue;
use crate::tfplugin::value::{Path, Value};

const VM: &str = "/subscriptions/S/resourceGroups/sql-rg/providers/Microsoft.Compute/virtualMachines/sqlvm";
const OTHER: &str = "/subscriptions/S/resourceGroups/sql-rg/providers/Microsoft.Compute/virtualMachines/sqlvm2";
const CONTAINER: &str = "/subscriptions/S/resourceGroups/vault-rg/providers/Microsoft.RecoveryServices/vaults/vault1/\
                         backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;sql-rg;sqlvm2";

fn target(more: &[(&'static str, Value)]) -> (&'static str, Value) {
    let container = CONTAINER.replace(';', "%3B");
    let own = [("container_id", container.into()), ("instance", "MSSQLSERVER".into()), ("name", "R/D Ä".into())];
    (TARGET_DATABASE, Value::object(own.into_iter().chain(more.iter().cloned())))
}

fn as_files() -> (&'static str, Value) {
    (TARGET_FILES, Value::object([("container_id", CONTAINER), ("directory", "F:\\dump")]))
}

fn made(
    server: DatabaseServer,
    members: &[(&str, Value)],
    instant: Option<OffsetDateTime>,
    needs_rehydration: bool,
) -> Result<Json, RestoreError> {
    made_in(server, members, (instant, needs_rehydration), false)
}

fn made_in(
    server: DatabaseServer,
    members: &[(&str, Value)],
    (instant, needs_rehydration): (Option<OffsetDateTime>, bool),
    is_secondary: bool,
) -> Result<Json, RestoreError> {
    let arguments = Arguments::from_value(&Value::object(members.iter().cloned()), &Path::root()).unwrap();
    let source = ResourceId::parse(VM).unwrap();
    let files = [RestoredFile {
        kind: DatabaseFileKind::Data,
        logical_name: "salesdb".into(),
        source_path: "C:\\SQL\\Data\\salesdb.mdf".into(),
        target_path: "F:\\data\\salesdb_copy.mdf".into(),
    }];
    let files = match server {
        DatabaseServer::Sql if !arguments.target_database.is_null() => &files[..],
        _ => &[],
    };
    let elsewhere = !arguments.target_database.is_null() || !arguments.target_files.is_null();
    let database = DatabaseFacts { instant, target_machine: elsewhere.then_some(OTHER), files };
    let context =
        ItemRequestContext { source: &source, point: "rp1", needs_rehydration, region: None, is_secondary, database };
    body(&arguments, server, context).map(|body| serde_json::to_value(&body).unwrap())
}

fn sql(members: &[(&str, Value)]) -> Json {
    made(DatabaseServer::Sql, members, None, false).unwrap()
}

#[test]
fn to_another_database_nothing_is_overwritten_unless_it_is_said() {
    assert_eq!(
        sql(&[target(&[])]),
        json!({
            "objectType": "AzureWorkloadSQLRestoreRequest", "recoveryType": "AlternateLocation",
            "sourceResourceId": VM, "targetVirtualMachineId": OTHER,
            "shouldUseAlternateTargetLocation": true, "isNonRecoverable": false,
            "targetInfo": {
                "overwriteOption": "FailOnConflict", "containerId": CONTAINER, "databaseName": "MSSQLSERVER/R/D Ä"},
            "alternateDirectoryPaths": [{
                "mappingType": "Data", "sourceLogicalName": "salesdb", "sourcePath": "C:\\SQL\\Data\\salesdb.mdf",
                "targetPath": "F:\\data\\salesdb_copy.mdf"}],
        })
    );
    let overwriting = sql(&[target(&[("overwrite", true.into())])]);
    assert_eq!(overwriting["targetInfo"]["overwriteOption"], "Overwrite");
}

#[test]
fn the_original_database_has_no_target_and_may_be_left_restoring() {
    let original = json!({
        "objectType": "AzureWorkloadSQLRestoreRequest", "recoveryType": "OriginalLocation",
        "shouldUseAlternateTargetLocation": true, "isNonRecoverable": false,
    });
    assert_eq!(sql(&[]), original);
    assert_eq!(sql(&[(NO_RECOVERY, true.into())])["isNonRecoverable"], true);
    let hana = made(DatabaseServer::SapHana, &[], None, false).unwrap();
    assert_eq!(hana, json!({"objectType": "AzureWorkloadSAPHanaRestoreRequest", "recoveryType": "OriginalLocation"}));
}

#[test]
fn files_name_a_directory_and_neither_a_database_nor_the_source() {
    let at = Some(datetime!(2026-09-30 12:30 UTC));
    let target = json!({
        "overwriteOption": "Overwrite", "containerId": CONTAINER, "targetDirectoryForFileRestore": "F:\\dump"});
    assert_eq!(
        made(DatabaseServer::SapHana, &[as_files()], at, false).unwrap(),
        json!({
            "objectType": "AzureWorkloadSAPHanaPointInTimeRestoreRequest", "recoveryType": "AlternateLocation",
            "recoveryMode": "FileRecovery", "targetVirtualMachineId": OTHER, "pointInTime": "2026-09-30T12:30:00Z",
            "targetInfo": target,
        })
    );
    assert!(made(DatabaseServer::Sql, &[as_files(), (NO_RECOVERY, true.into())], None, false).is_err());
}

#[test]
fn from_the_secondary_region_only_another_database_is_sent_whatever_the_plan_knew() {
    let far = |members: &[(&str, Value)]| made_in(DatabaseServer::Sql, members, (None, false), true);
    assert_eq!(far(&[target(&[])]).unwrap(), sql(&[target(&[])]), "the request is that of the vault");
    for (members, argument) in [(vec![], "secondary_region"), (vec![as_files()], TARGET_FILES)] {
        match far(&members) {
            Err(RestoreError::Wrong { argument: Some(found), text }) => {
                assert_eq!(found.to_string(), argument);
                assert!(text.contains("Azure restores to another database"), "{text}");
            }
            other => panic!("{argument}: {other:?}"),
        }
    }
}

#[test]
fn an_archived_point_is_fetched_only_as_the_arguments_say() {
    let how = ("rehydration", Value::object([("priority", Value::from("High")), ("retention_days", 12_i64.into())]));
    let made = |members: &[(&str, Value)]| made(DatabaseServer::Sql, members, None, true);
    let fetched = made(&[how]).unwrap();
    assert_eq!(fetched["objectType"], "AzureWorkloadSQLRestoreWithRehydrateRequest");
    let info = json!({"rehydrationRetentionDuration": "P12D", "rehydrationPriority": "High"});
    assert_eq!(fetched["recoveryPointRehydrationInfo"], info);
    assert!(made(&[]).is_err());
}

#[test]
fn nothing_that_is_missing_makes_a_restore_to_the_original_database() {
    let fails = |members: &[(&str, Value)]| made(DatabaseServer::Sql, members, None, false).is_err();
    assert!(fails(&[(TARGET_DATABASE, Value::unknown())]));
    assert!(fails(&[(TARGET_FILES, Value::unknown())]));
    assert!(fails(&[target(&[("instance", Value::Null)])]));
    assert!(fails(&[target(&[("overwrite", Value::unknown())])]));
    assert!(fails(&[target(&[]), as_files()]));
}

#[test]
fn where_files_go_is_said_or_looked_for() {
    let placed = |members: &[(&str, Value)], server| {
        let arguments = Arguments::from_value(&Value::object(members.iter().cloned()), &Path::root()).unwrap();
        database_target(&arguments, server).map(|target| target.files)
    };
    let default = FilePlacement::DefaultDirectories { instance: "MSSQLSERVER".into(), database: "R/D Ä".into() };
    assert_eq!(placed(&[target(&[])], DatabaseServer::Sql), Some(default));
    assert_eq!(placed(&[target(&[])], DatabaseServer::SapHana), Some(FilePlacement::ByTheService));
    assert_eq!(placed(&[as_files()], DatabaseServer::Sql), Some(FilePlacement::ByTheService));
    assert_eq!(placed(&[], DatabaseServer::Sql), None);
    let file = Value::object([("logical_name", "a"), ("target_path", "F:\\a")]);
    let given = placed(&[target(&[(FILE_MOVES, Value::list([file]))])], DatabaseServer::Sql);
    assert!(matches!(given, Some(FilePlacement::Given { moves, .. }) if moves == [("a".into(), "F:\\a".into())]));
}

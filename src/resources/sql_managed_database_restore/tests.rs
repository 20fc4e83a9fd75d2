//! The bodies, as the Azure CLI 2.91.0 sends them (docs/reference/azure-sql.md#managed-instances), and what is told before
//! anything is sent.

use serde_json::{Value as Json, json};

use super::*;
use crate::restore::sql::{DatabaseHost, DatabaseToRestore};
use crate::tfplugin::model::FromValue;
use crate::tfplugin::value::{Path, Value};

const SUBSCRIPTION: &str = "/subscriptions/00000000-1111-2222-3333-444444444444";
const ELSEWHERE: &str = "/subscriptions/99999999-1111-2222-3333-444444444444";
const TIME: &str = "2026-09-01T10:00:00Z";

fn instance(subscription: &str, name: &str) -> String {
    format!("{subscription}/resourceGroups/g/providers/Microsoft.Sql/managedInstances/{name}")
}

fn arguments(members: &[(&str, Value)]) -> Arguments {
    let own = [(INSTANCE, Value::from(instance(SUBSCRIPTION, "dst-mi"))), (NAME, "orders-restored".into())];
    Arguments::from_value(&Value::object(own.into_iter().chain(members.iter().cloned())), &Path::root()).unwrap()
}

fn properties(source: (&str, Value)) -> Json {
    let arguments = arguments(&[source]);
    let backup: DatabaseToRestore<OnManagedInstances> = arguments.sources().read().unwrap().unwrap();
    let target = ManagedInstanceId::parse(&instance(SUBSCRIPTION, "dst-mi")).unwrap();
    let source = OnManagedInstances::source(&target, &backup).unwrap();
    let body = serde_json::to_value(request(&arguments, "northeurope".into(), source).unwrap()).unwrap();
    assert_eq!((&body["location"], body.get("tags")), (&json!("northeurope"), None));
    body["properties"].clone()
}

fn live(subscription: &str, on: &str, name: &str) -> (&'static str, Value) {
    let id = format!("{}/databases/{name}", instance(subscription, on));
    ("live", Value::object([("database_id", id.as_str()), ("point_in_time", TIME)]))
}

fn dropped(subscription: &str) -> (&'static str, Value) {
    let id = format!("{}/restorableDroppedDatabases/orders,134328141300000000", instance(subscription, "src-mi"));
    ("dropped", Value::object([("restorable_dropped_database_id", id.as_str()), ("point_in_time", TIME)]))
}

#[test]
fn a_point_in_time_is_sent_with_the_member_of_its_source_and_of_another_subscription_with_the_target() {
    let sent = "2026-09-01T10:00:00.0000000Z";
    let (here, there) = (instance(SUBSCRIPTION, "src-mi"), instance(ELSEWHERE, "src-mi"));
    let target = instance(SUBSCRIPTION, "dst-mi");
    for (source, expected) in [
        (live(SUBSCRIPTION, "src-mi", "orders"), json!({"sourceDatabaseId": format!("{here}/databases/orders")})),
        (
            live(ELSEWHERE, "src-mi", "orders"),
            json!({"crossSubscriptionSourceDatabaseId": format!("{there}/databases/orders"),
                "crossSubscriptionTargetManagedInstanceId": target}),
        ),
        (
            dropped(SUBSCRIPTION),
            json!({"restorableDroppedDatabaseId":
                format!("{here}/restorableDroppedDatabases/orders,134328141300000000")}),
        ),
        (
            dropped(ELSEWHERE),
            json!({"crossSubscriptionRestorableDroppedDatabaseId":
                    format!("{there}/restorableDroppedDatabases/orders,134328141300000000"),
                "crossSubscriptionTargetManagedInstanceId": target}),
        ),
    ] {
        let mut expected = expected;
        expected["createMode"] = json!("PointInTimeRestore");
        expected["restorePointInTime"] = json!(sent);
        assert_eq!(properties(source), expected);
    }
}

#[test]
fn a_geo_replicated_and_a_long_term_backup_are_sent_by_their_ids_wherever_they_lie() {
    for subscription in [SUBSCRIPTION, ELSEWHERE] {
        let id = format!("{}/recoverableDatabases/orders", instance(subscription, "src-mi"));
        let geo = ("geo", Value::object([("recoverable_database_id", id.as_str())]));
        assert_eq!(properties(geo), json!({"createMode": "Recovery", "recoverableDatabaseId": id}));
        let id = format!(
            "{subscription}/providers/Microsoft.Sql/locations/northeurope/longTermRetentionManagedInstances/src-mi/\
             longTermRetentionDatabases/orders/longTermRetentionManagedInstanceBackups/a;1;Hot"
        );
        let long_term = ("long_term", Value::object([("long_term_retention_backup_id", id.as_str())]));
        let expected = json!({"createMode": "RestoreLongTermRetentionBackup", "longTermRetentionBackupResourceId": id});
        assert_eq!(properties(long_term), expected);
    }
}

#[test]
fn tags_of_the_user_are_sent_and_an_unknown_one_never_left_out() {
    let id = format!("{}/recoverableDatabases/orders", instance(SUBSCRIPTION, "src-mi"));
    let source = || ManagedDatabaseSource::Recovery { recoverable_database_id: id.clone() };
    let tagged = |value: Value| {
        let arguments = arguments(&[(TAGS, Value::object([("env", value)]))]);
        request(&arguments, "northeurope".into(), source())
    };
    assert_eq!(tagged("drill".into()).unwrap().tags["env"], "drill");
    assert!(tagged(Value::unknown()).is_err());
}

#[test]
fn a_dropped_database_without_a_point_in_time_is_never_sent() {
    let (name, value) = dropped(SUBSCRIPTION);
    let mut value = value;
    value.set("point_in_time", Value::Null);
    let arguments = arguments(&[(name, value)]);
    let backup: DatabaseToRestore<OnManagedInstances> = arguments.sources().read().unwrap().unwrap();
    let target = ManagedInstanceId::parse(&instance(SUBSCRIPTION, "dst-mi")).unwrap();
    assert!(OnManagedInstances::source(&target, &backup).unwrap_err().contains("point_in_time"));
}

#[test]
fn a_name_is_taken_only_on_the_instance_of_the_source_itself() {
    let said = |members: &[(&str, Value)]| {
        let found = checks::check(&arguments(members));
        let told = found.iter().map(|found| format!("{}: {}", found.path.as_ref().unwrap(), found.summary));
        told.collect::<Vec<_>>()
    };
    assert_eq!(said(&[live(SUBSCRIPTION, "DST-MI", "Orders-Restored")]), ["name: The name is taken"]);
    assert_eq!(said(&[live(SUBSCRIPTION, "src-mi", "orders-restored")]), [""; 0]);
    assert_eq!(said(&[live(ELSEWHERE, "dst-mi", "orders-restored")]), [""; 0]);
    assert_eq!(said(&[("live", Value::unknown()), (TAGS, Value::unknown())]), [""; 0]);
    assert_eq!(
        said(&[(TAGS, Value::object([("AzureBackup-Restore", "x")]))]),
        ["tags: The tag of the restore cannot be set"]
    );
}

//! `azurebackup_sql_managed_database_restore`: what differs from a restore onto a logical server. In process, on a paused
//! clock. One test is made with the real client.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::Instant;

use crate::in_process::{PlannedStep, Session, text};
use crate::restored_resource::{
    ResourceRestore, RestoredResourceCase, TAG, captured_bodies, comparable, merged, restored_resource_facts,
};
use crate::simulator::{
    Action, Fault, LongTermBackup, OperationScript, ServiceError, SimulatorBuilder, SqlDatabase, SqlServer, catalogue,
};

static CASE: RestoredResourceCase = RestoredResourceCase {
    type_name: "azurebackup_sql_managed_database_restore",
    entry: "database",
    namespace: "Microsoft.Sql",
    resource: DATABASE,
    reads: "*/managedInstances/*",
    collection: "/databases/",
    target: |session| format!("{}/databases/restored", target_instance(session)),
    subject: "database \"restored\" of managed instance \"contoso-mi-recovery\"",
    // A geo-restore onto the other instance.
    usual: |session| {
        let name = format!("{}/{}", catalogue::MANAGED_INSTANCE, catalogue::MANAGED_DATABASE);
        let source = session.thing("recoverable_managed_databases", &name);
        json!({"managed_instance_id": target_instance(session), "name": "restored",
            "geo": {"recoverable_database_id": source}})
    },
    delete_on_destroy: "delete_database_on_destroy",
    can_cancel: false,
    taken: "The managed instance has a database",
    requests: 11,
    overcome: 80,
    exists: |session, id| session.azure().sql_database_status(id).is_some(),
    add: |session, name| {
        let database = SqlDatabase::new(name, session.azure().now());
        session.azure().add_sql_database(&target_instance(session), database);
    },
    retag: |session, tags| {
        let id = (CASE.target)(session);
        session.azure().change(|world| world.sql_database_mut(&id).expect("it is there").tags = tags.clone());
    },
    example: ("live.tf", "/databases/ledger-before-the-incident"),
};

const DATABASE: &str = "*/managedInstances/*/databases/*";

fn target_instance(session: &Session) -> String {
    session.thing("managed_instances", catalogue::MANAGED_TARGET_INSTANCE)
}

/// A restore inside this process.
fn restore() -> ResourceRestore {
    ResourceRestore::new(&CASE)
}

/// What there is to restore.
trait OntoInstances {
    fn restore(&self) -> &ResourceRestore;

    fn instance(&self, name: &str) -> String {
        self.restore().session.thing("managed_instances", name)
    }

    /// A restore onto the other instance, with further arguments.
    fn onto_the_other(&self, more: Json) -> Json {
        let instance = target_instance(&self.restore().session);
        merged(json!({"managed_instance_id": instance, "name": "restored"}), more)
    }
}

impl OntoInstances for ResourceRestore {
    fn restore(&self) -> &ResourceRestore {
        self
    }
}

restored_resource_facts!(CASE);

#[tokio::test(start_paused = true)]
async fn a_geo_restore_makes_a_database_that_carries_the_id_of_its_request() {
    let mut r = restore();
    let arguments = r.usual(json!({"tags": {"env": "drill"}}));
    let finished = r.apply(arguments.clone()).await;
    r.succeeded(&finished);
    let id = r.session.text("client_request_id");
    let sent = r.sent().remove(0);
    assert_eq!((&sent["tags"], &sent["location"]), (&json!({"env": "drill", TAG: id}), &json!("northeurope")));
    assert_eq!((r.session.text("id"), r.session.text("job_id")), (r.target(), r.target()));
    assert_eq!(r.session.text("recovery_point_time"), "2026-11-20T11:30:00Z", "the state that was replicated");
    let object = r.session.object.clone().unwrap().value;
    assert!(object.get("duration_seconds").as_i64().is_some_and(|seconds| (1..600).contains(&seconds)), "{object:?}");
    assert_eq!(object.get("details").get("collation").as_str(), Some("SQL_Latin1_General_CP1_CI_AS"));
    assert_eq!(r.apply(arguments).await.step, PlannedStep::Nothing);
    r.finish(1);
}

/// Another subscription, with an instance that has a database and one that was dropped.
const OTHER_SUBSCRIPTION: &str = "99999999-1111-2222-3333-444444444444";

fn with_an_instance_elsewhere(scenario: SimulatorBuilder) -> SimulatorBuilder {
    let now = time::macros::datetime!(2026-11-20 12:00 UTC);
    let own = SqlServer::managed_instance("elsewhere").subscription(OTHER_SUBSCRIPTION);
    let own = own.database("sales", now).dropped("gone", now - time::Duration::hours(26));
    scenario.sql_server(own)
}

#[tokio::test(start_paused = true)]
async fn every_source_is_restored_with_the_members_that_belong_to_it() {
    let new = || ResourceRestore::within(Session::within(with_an_instance_elsewhere), &CASE);
    let r = new();
    let live =
        |r: &ResourceRestore, on: &str, name: &str| r.session.thing("managed_databases", &format!("{on}/{name}"));
    let lost = format!("{}/{}", catalogue::MANAGED_INSTANCE, catalogue::MANAGED_LOST_DATABASE);
    let (here, there) =
        (live(&r, catalogue::MANAGED_INSTANCE, catalogue::MANAGED_DATABASE), live(&r, "elsewhere", "sales"));
    let dropped = r.session.thing("dropped_managed_databases", &lost);
    let dropped_there = r.session.thing("dropped_managed_databases", "elsewhere/gone");
    let backup = r.session.thing("managed_long_term_backups", &format!("{lost} Hot"));
    let (time, sent) = ("2026-11-19T08:00:00Z", "2026-11-19T08:00:00.0000000Z");
    let target = r.instance(catalogue::MANAGED_TARGET_INSTANCE);
    for (more, properties, point, restored) in [
        (
            json!({"live": {"database_id": here, "point_in_time": time}}),
            json!({"createMode": "PointInTimeRestore", "sourceDatabaseId": here, "restorePointInTime": sent}),
            "",
            time,
        ),
        (
            json!({"live": {"database_id": there, "point_in_time": time}}),
            json!({"createMode": "PointInTimeRestore", "crossSubscriptionSourceDatabaseId": there,
                "crossSubscriptionTargetManagedInstanceId": target, "restorePointInTime": sent}),
            "",
            time,
        ),
        (
            json!({"dropped": {"restorable_dropped_database_id": dropped, "point_in_time": time}}),
            json!({"createMode": "PointInTimeRestore", "restorableDroppedDatabaseId": dropped,
                "restorePointInTime": sent}),
            "",
            time,
        ),
        (
            json!({"dropped": {"restorable_dropped_database_id": dropped_there, "point_in_time": time}}),
            json!({"createMode": "PointInTimeRestore", "crossSubscriptionRestorableDroppedDatabaseId": dropped_there,
                "crossSubscriptionTargetManagedInstanceId": target, "restorePointInTime": sent}),
            "",
            time,
        ),
        (
            json!({"long_term": {"long_term_retention_backup_id": backup}}),
            json!({"createMode": "RestoreLongTermRetentionBackup", "longTermRetentionBackupResourceId": backup}),
            backup.rsplit('/').next().unwrap(),
            "2026-10-11T12:00:00Z",
        ),
    ] {
        let mut r = new();
        let finished = r.apply(r.onto_the_other(more)).await;
        r.succeeded(&finished);
        assert_eq!(r.sent().remove(0)["properties"], properties);
        let found = (r.session.text("recovery_point_id"), r.session.text("recovery_point_time"));
        assert_eq!(found, (point.into(), restored.into()));
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn percent_and_files_stand_in_the_progress_file() {
    let mut r = restore();
    let progress = tempfile::NamedTempFile::new().unwrap();
    r.session.provider_argument("progress_file", progress.path().display().to_string());
    r.interrupted(200, json!({})).await;
    let told = std::fs::read_to_string(progress.path()).unwrap();
    let part = "49 %, 12 of 26 files, restoring full_0.";
    assert!(told.contains(part), "while the operation is followed: {told}");
    r.session.untaint();
    let finished = r.apply(r.usual(json!({}))).await;
    r.succeeded(&finished);
    let told = std::fs::read_to_string(progress.path()).unwrap();
    assert!(told.contains("is Restoring, 99 %, 24 of 26 files"), "while the database is followed: {told}");
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn online_counts_only_if_it_stays_and_inaccessible_is_a_failure_at_once_with_its_reason() {
    let mut r = restore();
    r.session.azure().next_restored_database_says(&["Online", "Updating", "Online"]);
    let start = Instant::now();
    let finished = r.apply(r.usual(json!({}))).await;
    r.succeeded(&finished);
    assert!(start.elapsed() > Duration::from_secs(120), "{:?}", start.elapsed());
    r.finish(1);
    let mut r = restore();
    r.session.azure().next_restored_database_says(&["Inaccessible"]);
    let finished = r.apply(r.usual(json!({}))).await;
    r.failed(&finished, &["Inaccessible", "33111", "The key of the database cannot be reached."]);
    assert!(r.session.text("status") == "Failed" && r.exists(), "it is not touched");
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_starts_is_scaled_or_stopped_is_waited_for() {
    for code in ["ManagedInstanceStarting", "ManagedInstanceUpdateSloInProgress", "ManagedInstanceStoppingOrStopped"] {
        let mut r = restore();
        r.session.azure().next_restore_operation(OperationScript::fails(ServiceError::new(code, "Later.")));
        let body = json!({"error": {"code": code, "message": "Later."}});
        let action = Action::Status { status: 400, headers: Default::default(), body };
        r.session.azure().inject(Fault::on("PUT", DATABASE, action));
        let finished = r.apply(r.usual(json!({}))).await;
        r.succeeded(&finished);
        assert_eq!(r.sent().len(), 3, "{code}");
        r.finish(2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_or_archived_is_told_on_the_argument_that_names_it_before_anything_is_sent() {
    let r = restore();
    let nowhere = |rest: &str| format!("{}/{rest}", r.instance(catalogue::MANAGED_INSTANCE));
    let (time, early) = ("2026-11-19T08:00:00Z", "2026-01-19T08:00:00Z");
    let lost = format!("{}/{}", catalogue::MANAGED_INSTANCE, catalogue::MANAGED_LOST_DATABASE);
    let archived = r.session.thing("managed_long_term_backups", &format!("{lost} Archive"));
    let dropped = r.session.thing("dropped_managed_databases", &lost);
    let ledger = nowhere("databases/ledger");
    for (more, argument, part) in [
        (
            json!({"geo": {"recoverable_database_id": nowhere("recoverableDatabases/none")}}),
            "geo",
            "azurebackup_recoverable_managed_databases",
        ),
        (
            json!({"live": {"database_id": nowhere("databases/none"), "point_in_time": time}}),
            "live",
            "azurebackup_restorable_dropped_managed_databases",
        ),
        (json!({"live": {"database_id": ledger, "point_in_time": early}}), "live", "at the earliest"),
        (
            json!({"dropped": {"restorable_dropped_database_id": nowhere("restorableDroppedDatabases/none,1"),
                "point_in_time": time}}),
            "dropped",
            "There is no dropped database",
        ),
        (
            json!({"dropped": {"restorable_dropped_database_id": dropped, "point_in_time": "2026-11-20T08:00:00Z"}}),
            "dropped",
            "at the latest",
        ),
        (json!({"long_term": {"long_term_retention_backup_id": archived}}), "long_term", "changeAccessTier"),
        (
            json!({"live": {"database_id": ledger, "point_in_time": time},
                "managed_instance_id": nowhere("").replace("contoso-mi/", "none")}),
            "managed_instance_id",
            "There is no managed instance",
        ),
    ] {
        let mut r = restore();
        let finished = r.apply(r.onto_the_other(more)).await;
        r.failed(&finished, &[part]);
        let at = finished.at_fault();
        assert!(at.len() == 1 && at[0].starts_with(argument), "{argument}: {at:?} {}", finished.text());
        assert!(r.sent().is_empty());
        r.finish(0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_database_that_azure_does_not_show_yet_is_not_forgotten_by_a_destroy_that_is_to_delete_it() {
    let mut r = restore();
    r.interrupted(500, json!({"delete_database_on_destroy": true})).await;
    let absent = || {
        let error = json!({"error": {"code": "ResourceNotFound", "message": "no"}});
        Action::Status { status: 404, headers: Default::default(), body: error }
    };
    for nth in 1..=3 {
        r.session.azure().inject(Fault::on("GET", DATABASE, absent()).nth(nth));
    }
    let said = r.session.destroy().await;
    assert!(!said.has_errors() && !r.exists(), "{}\n{}", text(&said), r.session.journal().text());
    assert_eq!(r.session.journal().count("DELETE", "/databases/"), 1);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn tags_changed_later_are_said_not_to_reach_the_database_and_send_nothing() {
    let mut r = restore();
    let finished = r.apply(r.usual(json!({}))).await;
    r.succeeded(&finished);
    let requests = r.session.journal().entries.len();
    let finished = r.apply(r.usual(json!({"tags": {"a": "b"}}))).await;
    assert!(finished.succeeded() && finished.step == PlannedStep::Update, "{}", finished.text());
    for part in ["This change does not reach the restored database", "azurerm_mssql_managed_database"] {
        assert!(finished.text().contains(part), "{}", finished.text());
    }
    assert_eq!(r.session.journal().entries.len(), requests);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_database_of_a_logical_server_is_not_imported() {
    let mut r = restore();
    let on_a_server = r.target().replace("managedInstances", "servers");
    let said = r.session.import(&on_a_server).await;
    assert!(said.has_errors() && text(&said).contains("managedInstances"), "{}", text(&said));
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn the_bodies_are_those_that_the_azure_cli_sends_for_the_same() {
    let Some(folder) = captured_bodies() else { return };
    let instance = |subscription: &str, group: &str, name: &str| {
        format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Sql/managedInstances/{name}")
    };
    let own = "00000000-1111-2222-3333-444444444444";
    let (source, target) = (instance(own, "src-rg", "src-mi"), instance(own, "dst-rg", "dst-mi"));
    let (first, far) = (instance(own, "rg1", "mi1"), instance(OTHER_SUBSCRIPTION, "src-rg", "src-mi"));
    let time = "2026-09-01T12:00:00+02:00";
    for (name, onto, database, arguments) in [
        (
            "Recovery",
            &first,
            "db1",
            json!({"geo": {"recoverable_database_id": format!("{source}/recoverableDatabases/orders")}}),
        ),
        (
            "PointInTimeRestore",
            &source,
            "orders-restored",
            json!({"live": {"database_id": format!("{source}/databases/orders"), "point_in_time": time}}),
        ),
        (
            "PointInTimeRestore-of-dropped",
            &first,
            "db1r",
            json!({"dropped": {"restorable_dropped_database_id":
                format!("{first}/restorableDroppedDatabases/db1,134328141300000000"), "point_in_time": time}}),
        ),
        (
            "PointInTimeRestore-cross-subscription",
            &target,
            "orders-restored",
            json!({"live": {"database_id": format!("{far}/databases/orders"), "point_in_time": time}}),
        ),
    ] {
        let text = std::fs::read_to_string(folder.join(format!("az-cli.managed-database.{name}.json"))).unwrap();
        let captured: Json = serde_json::from_str(&text).unwrap();
        let mut r = ResourceRestore::within(Session::within(with_the_instances_of_the_recording), &CASE);
        let finished = r.apply(merged(json!({"managed_instance_id": onto, "name": database}), arguments)).await;
        r.succeeded(&finished);
        assert_eq!(comparable(r.sent().remove(0)), comparable(captured["body"].clone()), "{name}");
        let path = captured["url"].as_str().unwrap().split(['?']).next().unwrap().to_owned();
        let journal = r.session.journal();
        assert!(path.ends_with(&journal.find("PUT", "/databases/").next().unwrap().path), "{name}: {path}");
    }
}

fn with_the_instances_of_the_recording(scenario: SimulatorBuilder) -> SimulatorBuilder {
    let placed = |name: &str, group: &str, subscription: &str| {
        let own = SqlServer::managed_instance(name).location("northeurope").resource_group(group);
        own.subscription(subscription)
    };
    let own = "00000000-1111-2222-3333-444444444444";
    let long_ago = time::macros::datetime!(2026-08-01 0:00 UTC);
    let with_orders = |mut host: SqlServer| {
        let mut orders = SqlDatabase::new("orders", long_ago);
        orders.earliest = Some(long_ago);
        host.databases.push(orders);
        host
    };
    // The time that the number of its id stands for.
    let dropped = time::macros::datetime!(2026-09-02 9:15:30 UTC);
    let first = placed("mi1", "rg1", own).dropped("db1", dropped);
    let backup = LongTermBackup::new(&first, "orders", "a;1;Hot", long_ago);
    scenario
        .sql_server(with_orders(placed("src-mi", "src-rg", own).recoverable("orders", long_ago)))
        .sql_server(with_orders(placed("src-mi", "src-rg", OTHER_SUBSCRIPTION)))
        .sql_server(placed("dst-mi", "dst-rg", own))
        .sql_server(first)
        .long_term_backup(backup)
}

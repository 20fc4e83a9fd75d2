//! `azurebackup_sql_database_restore`: what is peculiar to a restore without a job, whose database plays its part. In
//! process, on a paused clock. One test is made with the real client.

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
    type_name: "azurebackup_sql_database_restore",
    entry: "database",
    namespace: "Microsoft.Sql",
    resource: DATABASE,
    reads: "*/servers/*",
    collection: "/databases/",
    target: |session| format!("{}/databases/restored", session.thing("sql_servers", catalogue::SQL_TARGET_SERVER)),
    subject: "database \"restored\" of logical server \"contoso-sql-recovery\"",
    // A geo-restore onto the other server.
    usual: |session| {
        let name = format!("{}/{}", catalogue::SQL_SERVER, catalogue::SQL_DATABASE);
        let source = session.thing("recoverable_databases", &name);
        let server = session.thing("sql_servers", catalogue::SQL_TARGET_SERVER);
        json!({"server_id": server, "name": "restored", "geo": {"recoverable_database_id": source},
            "backup_storage_redundancy": "Geo"})
    },
    delete_on_destroy: "delete_database_on_destroy",
    can_cancel: true,
    taken: "already (Online)",
    requests: 11,
    overcome: 80,
    exists: |session, id| session.azure().sql_database_status(id).is_some(),
    add: |session, name| {
        let server = session.thing("sql_servers", catalogue::SQL_TARGET_SERVER);
        session.azure().add_sql_database(&server, SqlDatabase::new(name, session.azure().now()));
    },
    retag: |session, tags| {
        let id = (CASE.target)(session);
        session.azure().change(|world| world.sql_database_mut(&id).expect("it is there").tags = tags.clone());
    },
    example: ("live.tf", "/databases/orders-before-the-incident"),
};

const DATABASE: &str = "*/servers/*/databases/*";

/// A restore inside this process.
fn restore() -> ResourceRestore {
    ResourceRestore::new(&CASE)
}

/// What there is to restore.
trait OntoServers {
    fn restore(&self) -> &ResourceRestore;

    fn server(&self, name: &str) -> String {
        self.restore().session.thing("sql_servers", name)
    }

    /// A restore onto the server of the source.
    fn beside(&self, more: Json) -> Json {
        let own = json!({"server_id": self.server(catalogue::SQL_SERVER), "name": "restored", "backup_storage_redundancy": "Geo"});
        merged(own, more)
    }
}

impl OntoServers for ResourceRestore {
    fn restore(&self) -> &ResourceRestore {
        self
    }
}

restored_resource_facts!(CASE);

#[tokio::test(start_paused = true)]
async fn a_geo_restore_makes_a_database_that_carries_the_id_of_its_request() {
    let mut r = restore();
    let arguments = r.usual(json!({"sku_name": "S0", "tags": {"env": "drill"}}));
    let finished = r.apply(arguments.clone()).await;
    r.succeeded(&finished);
    let id = r.session.text("client_request_id");
    let sent = r.sent().remove(0);
    assert_eq!(sent["tags"], json!({"env": "drill", TAG: id}));
    assert_eq!((&sent["location"], &sent["sku"]), (&json!("northeurope"), &json!({"name": "S0"})));
    assert_eq!(sent["properties"]["createMode"], "Recovery");
    assert_eq!((r.session.text("id"), r.session.text("job_id")), (r.target(), r.target()));
    assert_eq!(r.session.text("recovery_point_time"), "2026-11-20T11:30:00Z", "the state that was replicated");
    for name in ["start_time", "end_time"] {
        assert_ne!(r.session.text(name), "", "{name}");
    }
    let object = r.session.object.clone().unwrap().value;
    assert!(object.get("duration_seconds").as_i64().is_some_and(|seconds| (1..600).contains(&seconds)), "{object:?}");
    assert_eq!(object.get("details").get("currentServiceObjectiveName").as_str(), Some("S0"));
    assert_eq!(r.apply(arguments).await.step, PlannedStep::Nothing);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn every_source_is_restored_with_the_member_that_belongs_to_it() {
    let source = format!("{}/{}", catalogue::SQL_SERVER, catalogue::SQL_DATABASE);
    let lost = format!("{}/{}", catalogue::SQL_SERVER, catalogue::SQL_LOST_DATABASE);
    let r = restore();
    let live = r.session.thing("sql_databases", &source);
    let dropped = r.session.thing("dropped_databases", &lost);
    let backup = r.session.thing("long_term_backups", &format!("{lost} Hot"));
    for (more, properties, point, time) in [
        (
            json!({"live": {"database_id": live, "point_in_time": "2026-11-19T08:00:00Z"}}),
            json!({"createMode": "PointInTimeRestore", "sourceDatabaseId": live, "restorePointInTime": "2026-11-19T08:00:00.0000000Z"}),
            "",
            "2026-11-19T08:00:00Z",
        ),
        (
            json!({"dropped": {"restorable_dropped_database_id": dropped}}),
            json!({"createMode": "Restore", "restorableDroppedDatabaseId": dropped}),
            "",
            "2026-11-19T10:00:00Z",
        ),
        (
            json!({"dropped": {"restorable_dropped_database_id": dropped, "point_in_time": "2026-11-19T10:00:00+01:00"}}),
            json!({"createMode": "Restore", "restorableDroppedDatabaseId": dropped, "restorePointInTime": "2026-11-19T09:00:00.0000000Z"}),
            "",
            "2026-11-19T09:00:00Z",
        ),
        (
            json!({"long_term": {"long_term_retention_backup_id": backup}}),
            json!({"createMode": "RestoreLongTermRetentionBackup", "longTermRetentionBackupResourceId": backup}),
            backup.rsplit('/').next().unwrap(),
            "2026-10-11T12:00:00Z",
        ),
    ] {
        let mut r = restore();
        let finished = r.apply(r.beside(more)).await;
        r.succeeded(&finished);
        let mut sent = r.sent().remove(0)["properties"].clone();
        sent.as_object_mut().unwrap().remove("requestedBackupStorageRedundancy");
        assert_eq!(sent, properties);
        assert_eq!(
            (r.session.text("recovery_point_id"), r.session.text("recovery_point_time")),
            (point.into(), time.into())
        );
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn how_far_a_restore_is_stands_in_the_progress_file() {
    let mut r = restore();
    let progress = tempfile::NamedTempFile::new().unwrap();
    r.session.provider_argument("progress_file", progress.path().display().to_string());
    r.interrupted(200, json!({})).await;
    let told = std::fs::read_to_string(progress.path()).unwrap();
    assert!(told.contains("is InProgress, 49 %."), "while the operation is followed: {told}");
    r.session.untaint();
    let finished = r.apply(r.usual(json!({}))).await;
    r.succeeded(&finished);
    let told = std::fs::read_to_string(progress.path()).unwrap();
    assert!(told.contains("is Restoring, 99 %."), "while the database is followed: {told}");
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn online_counts_only_if_it_stays() {
    let mut r = restore();
    r.session.azure().next_restored_database_says(&["Online", "Recovering", "Online"]);
    let start = Instant::now();
    let finished = r.apply(r.usual(json!({}))).await;
    r.succeeded(&finished);
    assert!(start.elapsed() > Duration::from_secs(120), "{:?}", start.elapsed());
    let mut r2 = restore();
    r2.session.azure().next_restored_database_says(&["Paused"]);
    let finished = r2.apply(r2.usual(json!({}))).await;
    r2.succeeded(&finished);
    r2.finish(1);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_cannot_be_used_is_a_failure_at_once() {
    for word in ["Suspect", "EmergencyMode", "Inaccessible", "Disabled"] {
        let mut r = restore();
        r.session.azure().next_restored_database_says(&[word]);
        let finished = r.apply(r.usual(json!({}))).await;
        r.failed(&finished, &[word]);
        assert_eq!(r.session.text("status"), "Failed");
        assert!(r.exists(), "it is not touched");
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_busy_on_the_server_is_waited_out() {
    let mut r = restore();
    let busy = ServiceError::new("ConflictingServerOperation", "Another operation is in progress.");
    r.session.azure().next_restore_operation(OperationScript::fails(busy));
    let body = json!({"error": {"code": "ConflictingDatabaseOperation", "message": "Later."}});
    let action = Action::Status { status: 409, headers: Default::default(), body };
    r.session.azure().inject(Fault::on("PUT", DATABASE, action));
    let finished = r.apply(r.usual(json!({}))).await;
    r.succeeded(&finished);
    assert_eq!(r.sent().len(), 3);
    r.finish(2);
}

#[tokio::test(start_paused = true)]
async fn a_backup_in_the_archive_is_an_error_that_names_the_way_before_anything_is_sent() {
    let mut r = restore();
    let name = format!("{}/{} Archive", catalogue::SQL_SERVER, catalogue::SQL_LOST_DATABASE);
    let backup = r.session.thing("long_term_backups", &name);
    let finished = r.apply(r.beside(json!({"long_term": {"long_term_retention_backup_id": backup}}))).await;
    r.failed(&finished, &["archive tier", "changeAccessTier"]);
    assert!(r.sent().is_empty());
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_told_on_the_argument_that_names_it() {
    let nowhere = |r: &ResourceRestore, rest: &str| format!("{}/{rest}", r.server(catalogue::SQL_SERVER));
    let r = restore();
    for (more, argument) in [
        (json!({"geo": {"recoverable_database_id": nowhere(&r, "recoverableDatabases/none")}}), "geo"),
        (
            json!({"live": {"database_id": nowhere(&r, "databases/none"), "point_in_time": "2026-11-19T08:00:00Z"}}),
            "live",
        ),
        (
            json!({"live": {"database_id": nowhere(&r, "databases/orders"), "point_in_time": "2026-01-19T08:00:00Z"}}),
            "live",
        ),
        (
            json!({"dropped": {"restorable_dropped_database_id": nowhere(&r, "restorableDroppedDatabases/none,1")}}),
            "dropped",
        ),
        (
            json!({"live": {"database_id": nowhere(&r, "databases/orders"), "point_in_time": "2026-11-19T08:00:00Z"},
                "elastic_pool_id": nowhere(&r, "elasticPools/none")}),
            "elastic_pool_id",
        ),
        (
            json!({"geo": {"recoverable_database_id": nowhere(&r, "recoverableDatabases/orders")},
                "server_id": nowhere(&r, "").replace("contoso-sql/", "none")}),
            "server_id",
        ),
    ] {
        let mut r = restore();
        let finished = r.apply(r.beside(more)).await;
        r.failed(&finished, &[]);
        let at = finished.at_fault();
        assert!(at.len() == 1 && at[0].starts_with(argument), "{argument}: {at:?} {}", finished.text());
        assert!(r.sent().is_empty());
        r.finish(0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_gone_needs_no_deletion() {
    let mut r = restore();
    let finished = r.apply(r.usual(json!({"delete_database_on_destroy": true, "cancel_on_destroy": true}))).await;
    r.succeeded(&finished);
    let target = r.target();
    r.session
        .azure()
        .change(|world| world.remove_sql_database(target.split("/databases/").next().unwrap(), "restored"));
    assert!(!r.session.destroy().await.has_errors());
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn destroying_a_restore_that_runs_cancels_it_only_if_it_is_told_to() {
    for more in [json!({"cancel_on_destroy": true}), json!({"delete_database_on_destroy": true})] {
        let mut r = restore();
        r.interrupted(500, more.clone()).await;
        let said = r.session.destroy().await;
        assert!(!said.has_errors() && !r.exists(), "{more}: {}\n{}", text(&said), r.session.journal().text());
        assert_eq!(r.session.journal().count("POST", "/cancel"), usize::from(more.get("cancel_on_destroy").is_some()));
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_can_no_longer_be_cancelled_stays_in_the_state_and_says_so() {
    let mut r = restore();
    r.interrupted(500, json!({"cancel_on_destroy": true})).await;
    r.session.azure().operations_can_be_cancelled(false);
    let said = r.session.destroy().await;
    assert!(text(&said).contains("can no longer be cancelled"), "{}", text(&said));
    assert!(r.session.object.is_some() && r.exists());
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_property_changed_later_is_said_not_to_reach_the_database_and_sends_nothing() {
    let mut r = restore();
    let finished = r.apply(r.usual(json!({"sku_name": "S0"}))).await;
    r.succeeded(&finished);
    let requests = r.session.journal().entries.len();
    let finished = r.apply(r.usual(json!({"sku_name": "S1", "tags": {"a": "b"}}))).await;
    assert!(finished.succeeded(), "{}", finished.text());
    assert_eq!(finished.step, PlannedStep::Update);
    for part in ["This change does not reach the restored database", "`sku_name`, `tags`"] {
        assert!(finished.text().contains(part), "{}", finished.text());
    }
    assert_eq!(r.session.journal().entries.len(), requests);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn the_plan_says_which_redundancy_azure_takes() {
    let mut r = restore();
    let unset = r.usual(json!({"backup_storage_redundancy": null}));
    let config = r.session.configuration_of(&unset);
    let (_, planned) = r.session.plan(&config).await;
    assert!(planned.text().contains("The source decides where backups of the restored database are stored"));
    let config = r.session.configuration_of(&r.usual(json!({})));
    let (_, planned) = r.session.plan(&config).await;
    assert_eq!(planned.text(), "");
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn the_bodies_are_those_that_the_azure_cli_sends_for_the_same() {
    let Some(folder) = captured_bodies() else { return };
    let own = "/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups";
    let (source, target) = (
        format!("{own}/src-rg/providers/Microsoft.Sql/servers/src-sql"),
        format!("{own}/dst-rg/providers/Microsoft.Sql/servers/dst-sql"),
    );
    let recoverable = json!({"recoverable_database_id": format!("{source}/recoverabledatabases/orders")});
    let backup = format!(
        "{own}/src-rg/providers/Microsoft.Sql/locations/northeurope/longTermRetentionServers/src-sql/\
         longTermRetentionDatabases/orders/longTermRetentionBackups/{BACKUP}"
    );
    for (name, server, arguments) in [
        ("Recovery", &target, json!({"geo": recoverable, "sku_name": "GP_Gen5_2", "backup_storage_redundancy": "Geo"})),
        (
            "Recovery-into-elastic-pool",
            &target,
            json!({"geo": recoverable, "elastic_pool_id": format!("{target}/elasticPools/pool1")}),
        ),
        (
            "PointInTimeRestore",
            &source,
            json!({"live": {"database_id": format!("{source}/databases/orders"), "point_in_time": "2026-09-01T12:00:00+02:00"},
                "sku_name": "S0", "backup_storage_redundancy": "Geo"}),
        ),
        (
            "RestoreLongTermRetentionBackup",
            &target,
            json!({"long_term": {"long_term_retention_backup_id": backup}, "backup_storage_redundancy": "Geo"}),
        ),
    ] {
        let text = std::fs::read_to_string(folder.join(format!("az-cli.sql-database.{name}.json"))).unwrap();
        let captured: Json = serde_json::from_str(&text).unwrap();
        let mut r = ResourceRestore::within(Session::within(with_the_servers_of_the_recording), &CASE);
        let finished = r.apply(merged(json!({"server_id": server, "name": "orders-restored"}), arguments)).await;
        r.succeeded(&finished);
        assert_eq!(comparable(r.sent().remove(0)), comparable(captured["body"].clone()), "{name}");
        let path = captured["url"].as_str().unwrap().split(['?']).next().unwrap().to_owned();
        let journal = r.session.journal();
        assert!(path.ends_with(&journal.find("PUT", "/databases/").next().unwrap().path), "{name}: {path}");
    }
}

const BACKUP: &str = "55555555-6666-7777-8888-999999999999;132637440000000000;Hot";

fn with_the_servers_of_the_recording(scenario: SimulatorBuilder) -> SimulatorBuilder {
    let placed = |name: &str, group: &str| {
        let server = SqlServer::new(name).location("northeurope").resource_group(group);
        server.subscription("00000000-1111-2222-3333-444444444444")
    };
    let long_ago = time::macros::datetime!(2026-08-01 0:00 UTC);
    let mut source = placed("src-sql", "src-rg").recoverable("orders", long_ago);
    let mut orders = SqlDatabase::new("orders", long_ago);
    orders.earliest = Some(long_ago);
    source.databases.push(orders);
    let backup = LongTermBackup::new(&source, "orders", BACKUP, long_ago);
    scenario.sql_server(source).sql_server(placed("dst-sql", "dst-rg").pool("pool1")).long_term_backup(backup)
}

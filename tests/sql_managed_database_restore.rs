//! `azurebackup_sql_managed_database_restore`: what differs from a restore onto a logical server. In process, on a paused
//! clock. One test is made with the real client.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::harness::Scenario;
use crate::in_process::{PlannedStep, Session, text};
use crate::restored_resource::{ResourceRestore, captured_bodies, comparable, failures, merged, moments};
use crate::simulator::{
    Action, Ending, Fault, JobScript, LongTermBackup, OperationScript, ServiceError, SimulatorBuilder, SqlDatabase,
    SqlServer, catalogue,
};

const KIND: &str = "azurebackup_sql_managed_database_restore";
const TAG: &str = "azurebackup-restore";
const DATABASE: &str = "*/managedInstances/*/databases/*";

/// A restore inside this process.
fn restore() -> ResourceRestore {
    ResourceRestore::of(Session::new(), KIND)
}

/// What there is to restore, and what is made of it.
trait OntoInstances {
    fn restore(&self) -> &ResourceRestore;

    fn instance(&self, name: &str) -> String {
        self.restore().session.thing("managed_instances", name)
    }

    /// The id of the database that is made.
    fn target(&self) -> String {
        format!("{}/databases/restored", self.instance(catalogue::MANAGED_TARGET_INSTANCE))
    }

    /// A restore onto the other instance, with further arguments.
    fn onto_the_other(&self, more: Json) -> Json {
        let instance = self.instance(catalogue::MANAGED_TARGET_INSTANCE);
        merged(json!({"managed_instance_id": instance, "name": "restored"}), more)
    }

    /// A geo-restore onto the other instance, with further arguments.
    fn geo(&self, more: Json) -> Json {
        let name = format!("{}/{}", catalogue::MANAGED_INSTANCE, catalogue::MANAGED_DATABASE);
        let source = self.restore().session.thing("recoverable_managed_databases", &name);
        self.onto_the_other(merged(json!({"geo": {"recoverable_database_id": source}}), more))
    }

    fn exists(&self) -> bool {
        self.restore().session.azure().sql_database_status(&self.target()).is_some()
    }

    fn add_database(&self) {
        let instance = self.instance(catalogue::MANAGED_TARGET_INSTANCE);
        let created = self.restore().session.azure().now();
        self.restore().session.azure().add_sql_database(&instance, SqlDatabase::new("restored", created));
    }
}

impl OntoInstances for ResourceRestore {
    fn restore(&self) -> &ResourceRestore {
        self
    }
}

/// Applies until the time is up while the restore runs for so many looks; the object is then tainted.
async fn interrupted(r: &mut ResourceRestore, looks: u32, more: Json) {
    r.session.azure().next_restore(JobScript::running(looks).then(Ending::Completed));
    let arguments = r.geo(merged(json!({"timeouts": {"create": "40s", "update": "40s"}}), more));
    let finished = r.apply(arguments).await;
    r.failed(&finished, &["terraform untaint"]);
    assert_eq!((r.session.text("status"), r.session.text("id")), ("InProgress".into(), r.target()));
}

#[tokio::test(start_paused = true)]
async fn a_geo_restore_makes_a_database_that_carries_the_id_of_its_request() {
    let mut r = restore();
    let arguments = r.geo(json!({"tags": {"env": "drill"}}));
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
    let new = || ResourceRestore::of(Session::within(with_an_instance_elsewhere), KIND);
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
async fn a_restore_of_twelve_hours_is_followed_to_its_end_with_fewer_than_a_thousand_requests() {
    let mut r = restore();
    r.session.azure().next_restore(JobScript::running(790).then(Ending::Completed));
    let start = Instant::now();
    let finished = r.apply(r.geo(json!({}))).await;
    r.succeeded(&finished);
    assert!(start.elapsed() > Duration::from_secs(12 * 3600), "{:?}", start.elapsed());
    let requests = r.session.journal().entries.len();
    assert!((790..1000).contains(&requests), "{requests}");
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn percent_and_files_stand_in_the_progress_file() {
    let mut r = restore();
    let progress = tempfile::NamedTempFile::new().unwrap();
    r.session.provider_argument("progress_file", progress.path().display().to_string());
    interrupted(&mut r, 200, json!({})).await;
    let told = std::fs::read_to_string(progress.path()).unwrap();
    let part = "49 %, 12 of 26 files, restoring full_0.";
    assert!(told.contains(part), "while the operation is followed: {told}");
    r.session.untaint();
    let finished = r.apply(r.geo(json!({}))).await;
    r.succeeded(&finished);
    let told = std::fs::read_to_string(progress.path()).unwrap();
    assert!(told.contains("is Restoring, 99 %, 24 of 26 files"), "while the database is followed: {told}");
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_killed_at_any_moment_leads_to_one_put_and_to_the_database() {
    let (mut before, mut meanwhile, mut after) = (0, 0, 0);
    for moment in moments() {
        let mut r = restore();
        // The answer comes late, so that some die between what Azure has accepted and what they know.
        r.session.azure().inject(Fault::on("PUT", DATABASE, Action::SlowHeaders(12_000)));
        r.session.azure().inject(Fault::on("GET", "*/managedInstances/*", Action::SlowHeaders(2_000)));
        r.session.azure().next_restore(JobScript::running(8).then(Ending::Completed));
        let arguments = r.geo(json!({"adopt": "completed"}));
        let config = r.session.configuration_of(&arguments);
        let killed = tokio::time::timeout(moment, r.session.apply(&config)).await.is_err();
        let count = if !killed {
            &mut after
        } else if r.session.restores() == 0 {
            &mut before
        } else {
            &mut meanwhile
        };
        *count += 1;
        if killed {
            assert!(r.session.object.is_none(), "the state is lost with the run");
        }
        let finished = r.apply(arguments).await;
        r.succeeded(&finished);
        assert_eq!(r.sent().len(), 1, "killed after {moment:?}\n{}", r.session.journal().text());
        r.finish(1);
    }
    assert!(before >= 1 && meanwhile >= 20 && after >= 1, "{before} {meanwhile} {after}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_resumes_and_is_killed_at_any_moment_sends_nothing() {
    for moment in moments().step_by(3) {
        let mut r = restore();
        interrupted(&mut r, 16, json!({})).await;
        r.session.untaint();
        let (known, config) = (r.session.object.clone(), r.session.configuration_of(&r.geo(json!({}))));
        let _ = tokio::time::timeout(moment, r.session.apply(&config)).await;
        // As the state file has it: the run could not write.
        r.session.object = known;
        let finished = r.apply(r.geo(json!({}))).await;
        r.succeeded(&finished);
        assert_eq!(r.sent().len(), 1, "killed after {moment:?}");
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_fails_at_any_request_one_restore_is_accepted_and_the_next_applies_bring_it_to_its_end() {
    let mut all_at_once = 0;
    for (name, action) in failures() {
        for nth in 1..=11 {
            let mut r = restore();
            r.session.azure().next_restore(JobScript::running(3).then(Ending::Completed));
            let fault = Fault::on("*", "*/providers/Microsoft.Sql/*", action.clone()).nth(nth);
            r.session
                .azure()
                .inject(Fault { matcher: crate::simulator::fault::Matcher { method: None, ..fault.matcher }, ..fault });
            let arguments = r.geo(json!({"adopt": "completed"}));
            let mut finished = r.apply(arguments.clone()).await;
            all_at_once += usize::from(finished.succeeded());
            for _ in 0..2 {
                if !finished.succeeded() || r.session.text("status") != "Completed" {
                    finished = r.apply(arguments.clone()).await;
                }
            }
            assert!(finished.succeeded(), "{name} at {nth}: {}\n{}", finished.text(), r.session.journal().text());
            assert_eq!(r.session.text("status"), "Completed", "{name} at {nth}");
            assert_eq!(r.session.restores(), 1, "{name} at {nth}: {}", r.session.journal().text());
        }
    }
    assert!(all_at_once > 80, "of 121: {all_at_once}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_runner_finds_its_database_by_the_tag_and_sends_no_second_put() {
    for lost in ["the state", "the process"] {
        let mut r = restore();
        interrupted(&mut r, 60, json!({})).await;
        if lost == "the state" {
            r.session.object = None;
        }
        let finished = r.apply(r.geo(json!({}))).await;
        r.succeeded(&finished);
        assert_eq!(r.sent().len(), 1, "{lost}");
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_put_whose_answer_was_lost_is_found_and_not_repeated() {
    for action in [
        Action::ResetAfterAcceptance,
        Action::StatusAfterAcceptance { status: 504, headers: Default::default(), body: json!({}) },
    ] {
        let mut r = restore();
        r.session.azure().inject(Fault::on("PUT", DATABASE, action));
        let finished = r.apply(r.geo(json!({}))).await;
        r.succeeded(&finished);
        assert_eq!(r.sent().len(), 1);
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_keeps_the_database_in_the_state_and_the_next_apply_waits_for_it() {
    let mut r = restore();
    r.session.azure().next_restore(JobScript::running(60).then(Ending::Completed));
    let (stop, config) = (CancellationToken::new(), r.session.configuration_of(&r.geo(json!({}))));
    let stopping = stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(30)).await;
        stopping.cancel();
    });
    let finished = r.session.apply_until(&config, &stop).await;
    assert!(finished.succeeded() && finished.text().contains("goes on in Azure"), "{}", finished.text());
    let finished = r.apply(r.geo(json!({}))).await;
    r.succeeded(&finished);
    assert_eq!(finished.step, PlannedStep::Update);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_there_already_is_an_error_on_the_name_and_is_not_touched() {
    let mut r = restore();
    r.add_database();
    let finished = r.apply(r.geo(json!({}))).await;
    let parts = ["The managed instance has a database", "was not touched", "terraform import ADDRESS", &r.target()];
    r.failed(&finished, &parts);
    let at: Vec<String> = finished.errors().iter().filter_map(|error| Some(error.path.as_ref()?.to_string())).collect();
    assert_eq!(at, ["name"]);
    assert!(r.sent().is_empty() && r.session.object.is_none() && r.exists());
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn online_counts_only_if_it_stays_and_inaccessible_is_a_failure_at_once_with_its_reason() {
    let mut r = restore();
    r.session.azure().next_restored_database_says(&["Online", "Updating", "Online"]);
    let start = Instant::now();
    let finished = r.apply(r.geo(json!({}))).await;
    r.succeeded(&finished);
    assert!(start.elapsed() > Duration::from_secs(120), "{:?}", start.elapsed());
    r.finish(1);
    let mut r = restore();
    r.session.azure().next_restored_database_says(&["Inaccessible"]);
    let finished = r.apply(r.geo(json!({}))).await;
    r.failed(&finished, &["Inaccessible", "33111", "The key of the database cannot be reached."]);
    assert!(r.session.text("status") == "Failed" && r.exists(), "it is not touched");
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_in_azures_words_and_the_next_apply_restores_again() {
    let mut r = restore();
    r.session.azure().next_restore(JobScript::fails("BackupSetBroken", "The backup cannot be read.", ""));
    let finished = r.apply(r.geo(json!({}))).await;
    r.failed(&finished, &["BackupSetBroken", "The backup cannot be read."]);
    assert_eq!(r.session.text("status"), "Failed");
    let finished = r.apply(r.geo(json!({}))).await;
    r.succeeded(&finished);
    assert_eq!(finished.step, PlannedStep::Replace);
    r.finish(2);
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_starts_is_scaled_or_stopped_is_waited_for() {
    for code in ["ManagedInstanceStarting", "ManagedInstanceUpdateSloInProgress", "ManagedInstanceStoppingOrStopped"] {
        let mut r = restore();
        r.session.azure().next_restore_operation(OperationScript::fails(ServiceError::new(code, "Later.")));
        let body = json!({"error": {"code": code, "message": "Later."}});
        let action = Action::Status { status: 400, headers: Default::default(), body };
        r.session.azure().inject(Fault::on("PUT", DATABASE, action));
        let finished = r.apply(r.geo(json!({}))).await;
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
        let at: Vec<String> =
            finished.errors().iter().filter_map(|error| Some(error.path.as_ref()?.to_string())).collect();
        assert!(at.len() == 1 && at[0].starts_with(argument), "{argument}: {at:?} {}", finished.text());
        assert!(r.sent().is_empty());
        r.finish(0);
    }
}

#[tokio::test(start_paused = true)]
async fn destroy_keeps_the_database_unless_it_is_told_to_delete_it_and_its_tag_is_still_ours() {
    let mut r = restore();
    let finished = r.apply(r.geo(json!({}))).await;
    r.succeeded(&finished);
    let requests = r.session.journal().entries.len();
    assert!(r.session.destroy().await.is_empty());
    assert!(r.exists() && r.session.journal().entries.len() == requests);

    let mut r = restore();
    let finished = r.apply(r.geo(json!({"delete_database_on_destroy": true}))).await;
    r.succeeded(&finished);
    let (target, ours) = (r.target(), json!({TAG: r.session.text("client_request_id")}));
    for tags in [json!({}), json!({TAG: "11111111-2222-8333-8444-555555555555"})] {
        r.session.azure().change(|world| world.sql_database_mut(&target).unwrap().tags = tags.clone());
        let said = r.session.destroy().await;
        assert!(said.has_errors() && text(&said).contains("Nothing was deleted"), "{tags}: {}", text(&said));
        assert!(!text(&said).contains("cancel_on_destroy"), "there is no such argument: {}", text(&said));
        assert!(r.exists() && r.session.object.is_some());
    }
    r.session.azure().change(|world| world.sql_database_mut(&target).unwrap().tags = ours);
    let said = r.session.destroy().await;
    assert!(!said.has_errors() && text(&said).contains("The restored database is deleted"), "{}", text(&said));
    assert!(!r.exists() && r.session.object.is_none());
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn destroying_a_restore_that_runs_lets_it_run_unless_its_database_is_to_be_deleted() {
    let mut r = restore();
    interrupted(&mut r, 500, json!({})).await;
    let said = r.session.destroy().await;
    assert!(!said.has_errors() && r.exists(), "{}", text(&said));
    let mut r = restore();
    interrupted(&mut r, 500, json!({"delete_database_on_destroy": true})).await;
    let said = r.session.destroy().await;
    assert!(!said.has_errors() && !r.exists(), "{}\n{}", text(&said), r.session.journal().text());
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_azure_does_not_show_yet_is_not_forgotten_by_a_destroy_that_is_to_delete_it() {
    let mut r = restore();
    interrupted(&mut r, 500, json!({"delete_database_on_destroy": true})).await;
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
    let finished = r.apply(r.geo(json!({}))).await;
    r.succeeded(&finished);
    let requests = r.session.journal().entries.len();
    let finished = r.apply(r.geo(json!({"tags": {"a": "b"}}))).await;
    assert!(finished.succeeded() && finished.step == PlannedStep::Update, "{}", finished.text());
    for part in ["This change does not reach the restored database", "azurerm_mssql_managed_database"] {
        assert!(finished.text().contains(part), "{}", finished.text());
    }
    assert_eq!(r.session.journal().entries.len(), requests);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_was_started_elsewhere_is_imported_by_the_id_of_its_database() {
    let mut r = restore();
    r.add_database();
    let said = r.session.import(&r.target()).await;
    assert!(said.is_empty(), "{}", text(&said));
    assert_eq!((r.session.text("name"), r.session.text("status")), ("restored".into(), "Completed".into()));
    let finished = r.apply(r.geo(json!({}))).await;
    assert!(finished.succeeded() && finished.step == PlannedStep::Update, "{}", finished.text());
    assert_eq!(r.apply(r.geo(json!({}))).await.step, PlannedStep::Nothing);
    let finished = r.apply(r.geo(json!({"delete_database_on_destroy": true}))).await;
    assert!(finished.succeeded());
    assert!(r.session.destroy().await.has_errors() && r.exists(), "nobody knows that it is ours");
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
        let mut r = ResourceRestore::of(Session::within(with_the_instances_of_the_recording), KIND);
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

#[test]
fn a_restore_under_the_real_client_is_done_and_then_nothing_is_planned() {
    let mut s = Scenario::new();
    s.set_variables();
    let folder = crate::architecture::root().join("examples/resources").join(KIND);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    s.write("variables.tf", &read("variables.tf"));
    s.configure(&read("live.tf"));
    s.apply(&[]).succeeds();
    let x = s.state().get(&format!("{KIND}.example"));
    assert_eq!(x.text("status"), "Completed");
    assert!(x.text("id").ends_with("/databases/ledger-before-the-incident"), "{:#}", x.attributes);
    s.asks_nothing(|s| s.plans_nothing());
    s.asks_nothing(|s| s.refresh().succeeds());
    s.asks_nothing(|s| s.destroy().succeeds());
    s.finish(1);
}

//! What only databases of servers in virtual machines have: log backups and gaps in them, files that go somewhere, targets
//! that are looked at before anything is sent, and databases that are there already.

use azurebackup::tfplugin::resource::Call;
use azurebackup::tfplugin::value::Value as Configured;
use serde_json::{Value, json};
use time::Duration;

use super::fixture::InProcessFixture;
use super::kinds;
use super::simulated_resources::Arguments;
use crate::in_process::{PlannedStep, created_as, text};
use crate::simulator::{Ending, Fault, ItemPoint, JobScript, catalogue};

const ARCHIVED: &str = "35346452606381";
const FULL: &str = "35346452606386";
const DIFFERENTIAL: &str = "35346452606387";

fn elsewhere() -> InProcessFixture {
    InProcessFixture::new(kinds::vm_sql_database())
}

fn original() -> InProcessFixture {
    InProcessFixture::new(kinds::vm_sql_database_original())
}

fn at(instant: &str) -> Arguments {
    vec![("point_in_time", json!(instant)), ("recovery_point", Value::Null)]
}

fn by_id(id: &str) -> Arguments {
    vec![("recovery_point", json!({"id": id}))]
}

/// The request that was accepted last: its path and its body.
fn sent(r: &InProcessFixture) -> (String, Value) {
    let journal = r.session.journal();
    let accepted = journal.entries.iter().rev().find(|entry| entry.accepted_restore.is_some());
    let accepted = accepted.expect("a restore was accepted");
    (accepted.path.clone(), accepted.body.clone().expect("it has a body")["properties"].clone())
}

fn asked(r: &InProcessFixture, path: &str) -> usize {
    r.session.journal().count("GET", path)
}

fn attribute(r: &InProcessFixture, name: &str) -> Configured {
    r.session.object.as_ref().expect("it is in the state").value.get(name).clone()
}

#[tokio::test(start_paused = true)]
async fn the_newest_backup_is_restored_with_a_warning_that_logs_reach_later() {
    let mut r = original();
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!(r.session.text("recovery_point_id"), DIFFERENTIAL);
    let said = finished.text();
    assert!(said.contains("Log backups reach later than the restored recovery point"), "{said}");
    assert!(said.contains("use `point_in_time = \"latest\"` instead"), "{said}");
    // Who names a point has chosen it.
    let finished = r.apply(by_id(FULL)).await;
    r.succeeded(&finished);
    assert!(!finished.text().contains("Log backups"), "{}", finished.text());
    r.azure().change_item(catalogue::VM_SQL_DATABASE, |item| item.database.log_ranges.truncate(1)).unwrap();
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert!(!finished.text().contains("Log backups"), "{}", finished.text());
    r.finish(3);
}

#[tokio::test(start_paused = true)]
async fn a_time_that_logs_cover_is_restored_from_them_and_one_in_a_gap_is_told_with_the_gap() {
    let mut r = original();
    let hours_ago = |hours| r.world.hours_ago(hours);
    let (covered, in_gap, early) = (hours_ago(10), hours_ago(16), hours_ago(40));
    let (end, start) = (hours_ago(20), hours_ago(12));
    let finished = r.apply(at(&in_gap)).await;
    let gap = format!("It lies in a gap of the log backups, between {end} and {start}.");
    r.failed(&finished, &[&in_gap, &gap, "These times can be restored:"]);
    assert_eq!(finished.at_fault(), ["point_in_time"]);
    let finished = r.apply(at(&early)).await;
    r.failed(&finished, &["The log backups begin at"]);
    assert_eq!(r.session.restores(), 0);
    let finished = r.apply(at(&covered)).await;
    r.succeeded(&finished);
    let (path, body) = sent(&r);
    assert!(path.ends_with("/recoveryPoints/DefaultRangeRecoveryPoint/restore"), "{path}");
    assert_eq!(
        (&body["objectType"], &body["pointInTime"]),
        (&json!("AzureWorkloadSQLPointInTimeRestoreRequest"), &json!(covered))
    );
    assert_eq!(r.session.text("recovery_point_time"), covered);
    assert!(attribute(&r, "recovery_point_id").is_null());
    assert_eq!(r.apply(at(&covered)).await.step, PlannedStep::Nothing);
    let finished = r.apply(at("latest")).await;
    r.succeeded(&finished);
    assert_eq!(sent(&r).1["pointInTime"], json!(r.world.hours_ago(2)));
    r.finish(2);
}

#[tokio::test(start_paused = true)]
async fn a_database_without_logs_has_no_point_in_time() {
    let mut r = original();
    r.azure().change_item(catalogue::VM_SQL_DATABASE, |item| item.database.log_ranges.clear()).unwrap();
    let finished = r.apply(at("latest")).await;
    r.failed(&finished, &["Azure lists no log backups of this database", "Use `recovery_point`"]);
    let finished = r.apply(by_id("DefaultRangeRecoveryPoint")).await;
    r.failed(&finished, &["There is no recovery point \"DefaultRangeRecoveryPoint\""]);
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn what_stands_for_logs_and_snapshots_of_instances_are_no_points() {
    let mut r = original();
    let finished = r.apply(by_id("DefaultRangeRecoveryPoint")).await;
    r.failed(&finished, &["it stands for log backups; use `point_in_time`"]);
    let snapshot = ItemPoint::new("1", r.azure().now() - Duration::hours(1)).of_type("SnapshotFull");
    r.azure().change_item(catalogue::VM_SQL_DATABASE, |item| item.points.push(snapshot)).unwrap();
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!(r.session.text("recovery_point_id"), DIFFERENTIAL);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_point_in_the_archive_is_restored_only_where_it_may_be_rehydrated() {
    let mut r = elsewhere();
    let finished = r.apply(by_id(ARCHIVED)).await;
    r.failed(&finished, &[ARCHIVED, "only in the archive tier, and `rehydration` is not set"]);
    let how = vec![("rehydration", json!({"priority": "High", "retention_days": 12}))];
    let finished = r.apply([by_id(ARCHIVED), how.clone()].concat()).await;
    r.succeeded(&finished);
    let (_, body) = sent(&r);
    assert_eq!(body["objectType"], "AzureWorkloadSQLRestoreWithRehydrateRequest");
    let info = json!({"rehydrationRetentionDuration": "P12D", "rehydrationPriority": "High"});
    assert_eq!(body["recoveryPointRehydrationInfo"], info);
    let finished = r.apply([at("latest"), how].concat()).await;
    r.failed(&finished, &["rehydration"]);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn files_go_where_the_target_has_its_files_and_the_state_shows_where() {
    let mut r = elsewhere();
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    let (_, body) = sent(&r);
    let moves = body["alternateDirectoryPaths"].as_array().unwrap().clone();
    let shown = attribute(&r, "restored_files");
    let shown = shown.as_list().unwrap();
    assert_eq!((moves.len(), shown.len()), (2, 2));
    for (sent, shown) in moves.iter().zip(shown) {
        let member = |name: &str| json!(shown.get(name).as_str());
        assert_eq!(sent["mappingType"], member("type"));
        assert_eq!(sent["sourceLogicalName"], member("logical_name"));
        assert_eq!(sent["sourcePath"], member("source_path"));
        assert_eq!(sent["targetPath"], member("target_path"));
    }
    let path = |index: usize| moves[index]["targetPath"].as_str().unwrap().to_owned();
    assert!(
        path(0).starts_with("F:\\DATA\\copy of a_b_contoso_orders 100% ä;1_") && path(0).ends_with(".mdf"),
        "{}",
        path(0)
    );
    assert!(path(1).starts_with("G:\\LOG\\copy of a_b_contoso_orders 100% ä;1_log_"), "{}", path(1));
    // They stay, and nothing is asked about them again.
    let asked_before = asked(&r, "/items");
    assert_eq!(r.apply(vec![]).await.step, PlannedStep::Nothing);
    assert_eq!((attribute(&r, "restored_files").as_list().unwrap(), asked(&r, "/items")), (shown, asked_before));
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn files_that_are_named_go_there_and_none_may_be_missing() {
    let mut r = elsewhere();
    let log = format!("{}_log", catalogue::VM_SQL_DATABASE);
    let file = |name: &str, path: &str| json!({"logical_name": name, "target_path": path});
    let moves = |files: Value| vec![("target_database.file_moves", files)];
    let finished = r.apply(moves(json!([file(&log, "G:\\l.ldf")]))).await;
    r.failed(&finished, &["It does not say where file \"contoso/orders 100% ä;1\" goes"]);
    assert_eq!(finished.at_fault(), ["target_database"]);
    let both = || json!([file(&log, "G:\\l.ldf"), file(catalogue::VM_SQL_DATABASE, "F:\\d.mdf")]);
    let finished = r.apply(moves(both())).await;
    r.succeeded(&finished);
    let (_, body) = sent(&r);
    let paths: Vec<&Value> =
        body["alternateDirectoryPaths"].as_array().unwrap().iter().map(|own| &own["targetPath"]).collect();
    assert_eq!(paths, ["F:\\d.mdf", "G:\\l.ldf"]);
    assert_eq!(asked(&r, "/items"), 0);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn files_that_azure_does_not_list_are_left_to_azure_with_a_warning() {
    let mut r = elsewhere();
    r.azure().change_item(catalogue::VM_SQL_DATABASE, |item| item.database.files.clear()).unwrap();
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert!(finished.text().contains("Azure does not list the files of this database"), "{}", finished.text());
    assert_eq!(sent(&r).1.get("alternateDirectoryPaths"), None);
    assert!(attribute(&r, "restored_files").is_null());
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn an_archive_of_logs_gives_the_files_for_a_point_in_time() {
    let mut r = elsewhere();
    let finished = r.apply(at("latest")).await;
    r.succeeded(&finished);
    let (_, body) = sent(&r);
    assert_eq!(body["objectType"], "AzureWorkloadSQLPointInTimeRestoreRequest");
    assert_eq!(body["alternateDirectoryPaths"].as_array().unwrap().len(), 2);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_there_is_overwritten_only_if_it_is_said() {
    let mut r = elsewhere();
    let name = ("target_database.name", json!("taken"));
    let kept = ("target_database.overwrite", json!(false));
    let finished = r.apply(vec![name.clone(), kept]).await;
    r.failed(&finished, &["UserErrorCannotRestoreExistingDBWithoutForceOverwrite", "overwrite = true"]);
    let finished = r.apply(vec![name]).await;
    r.succeeded(&finished);
    assert!(finished.text().contains("Restoring overwrites database \"taken\""), "{}", finished.text());
    assert_eq!(sent(&r).1["targetInfo"]["overwriteOption"], "Overwrite");
    r.finish(2);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_not_there_is_told_before_anything_is_sent() {
    let mut r = elsewhere();
    let container = r.world.thing("protection_containers", catalogue::VM_SQL_MACHINE).replace("contoso-sql", "nowhere");
    let finished = r.apply(vec![("target_database.container_id", json!(container))]).await;
    r.failed(&finished, &["No machine is registered as \"VMAppContainer;Compute;", "nowhere"]);
    assert_eq!(finished.at_fault(), ["target_database"]);
    let finished = r.apply(vec![("target_database.instance", json!("OTHER"))]).await;
    r.failed(&finished, &["no SQL Server instance \"OTHER\"", "- MSSQLSERVER"]);
    assert_eq!(finished.at_fault(), ["target_database"]);
    r.finish(0);
}

/// Two databases out of the backups of one: Azure refuses the second for as long as the first one is restored.
#[tokio::test(start_paused = true)]
async fn several_databases_at_once_wait_for_each_other_and_none_turns_red() {
    let r = elsewhere();
    let call = Call::default();
    let process = r.session.configured(&call).await;
    r.azure().next_restore(JobScript::running(30).then(Ending::Completed));
    let [one, two, three] = ["one", "two", "three"].map(|name| r.usual(vec![("target_database.name", json!(name))]));
    let created = |own| created_as(r.kind.type_name, &process, &call, own);
    let (one, two, three) = tokio::join!(created(&one), created(&two), created(&three));
    for applied in [one, two, three] {
        assert!(!applied.diagnostics.has_errors(), "{}", text(&applied.diagnostics));
        assert_eq!(applied.state.as_ref().unwrap().get("status").as_str(), Some("Completed"));
    }
    assert!(r.asked(r.kind.service.trigger).len() > 3, "some were refused\n{}", r.session.journal().text());
    r.finish(3);
}

#[tokio::test(start_paused = true)]
async fn a_busy_item_is_waited_for() {
    let mut r = elsewhere();
    r.azure().inject(Fault::status("POST", "*/restore", 400, &[], "BMSUserErrorObjectLocked").times(4));
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!(r.asked(r.kind.service.trigger).len(), 5);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_may_turn_out_to_be_null_is_refused_in_the_plan() {
    for (kind, argument) in [
        (kinds::vm_sql_database(), "target_database"),
        (kinds::vm_sql_database_original(), "target_database"),
        (kinds::vm_sql_database_original(), "target_files"),
    ] {
        let mut r = InProcessFixture::new(kind);
        let mut config = r.usual(vec![]);
        config.set(argument, Configured::unknown());
        let (_, planned) = r.session.plan(&config).await;
        r.failed(&planned, &["the original database would be overwritten"]);
        assert_eq!(planned.at_fault(), [argument]);
        r.finish(0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_of_logs_that_somebody_else_began_is_imported() {
    let mut r = elsewhere();
    let finished = r.apply(at("latest")).await;
    r.succeeded(&finished);
    let id = r.session.text("id");
    r.forget();
    let said = r.session.import(&id).await;
    assert!(!said.has_errors(), "{}", text(&said));
    assert_eq!(r.session.text("protected_item_id").to_lowercase(), r.kind.item_id(&r.world).to_lowercase());
    let finished = r.apply([at("latest"), vec![("target_database.name", json!("other"))]].concat()).await;
    r.failed(&finished, &["The imported job did something else", "\"copy of a/b\""]);
    let finished = r.apply(at("latest")).await;
    r.succeeded(&finished);
    assert_eq!(r.apply(at("latest")).await.step, PlannedStep::Nothing);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_job_of_sap_hana_is_no_restore_of_sql_server() {
    let mut r = InProcessFixture::new(kinds::vm_hana_database());
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    let id = r.session.text("id");
    r.forget();
    r.session = std::mem::replace(&mut r.session, crate::in_process::Session::new())
        .of_type("azurebackup_vm_sql_database_restore");
    let said = r.session.import(&id).await;
    assert!(text(&said).contains("is no restore of data of SQL Server databases"), "{}", text(&said));
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn files_that_were_interrupted_stay_in_the_state() {
    let mut r = elsewhere();
    r.azure().next_restore(JobScript::held());
    let short = || vec![("timeouts", json!({"create": "60s"}))];
    let finished = r.apply(short()).await;
    r.failed(&finished, &["terraform untaint"]);
    let before = attribute(&r, "restored_files");
    assert_eq!(before.as_list().map(<[_]>::len), Some(2));
    let job = r.azure().jobs().pop().unwrap().id;
    assert!(r.azure().release(&job));
    r.session.untaint();
    let finished = r.apply(short()).await;
    r.succeeded(&finished);
    assert_eq!(attribute(&r, "restored_files"), before);
    r.finish(1);
}

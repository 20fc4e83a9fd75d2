//! Nothing is sent twice: after a kill, a lost answer, Ctrl-C and a time-out.

use std::time::Duration;

use azurebackup::tfplugin::resource::Call;
use azurebackup::tfplugin::value::Value;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Backup, KIND, TRIGGER};
use crate::in_process::{PlannedStep, created_as, text};
use crate::simulator::{Action, Ending, Fault, JobScript, OperationScript, ServiceError, catalogue};

fn busy() -> ServiceError {
    ServiceError::new("BMSUserErrorObjectLocked", "Another operation is in progress on the selected item.")
}

/// Whatever moment it is killed at: the next apply ends well, and nothing is sent a second time.
#[tokio::test(start_paused = true)]
async fn a_backup_is_sent_once_whatever_moment_it_is_killed_at() {
    let mut seen = [0_usize; 2];
    for moment in (0..60).map(|step| Duration::from_millis(step * 1_900 + 7)) {
        let mut b = Backup::new();
        b.session.azure().inject(Fault::on("POST", TRIGGER, Action::SlowHeaders(12_000)));
        b.session.azure().inject(Fault::on("GET", "*/backupOperations/*", Action::SlowHeaders(3_000)));
        b.session.azure().next_restore(JobScript::running(4).then(Ending::Completed));
        let config = b.session.configuration_of(&b.full(json!({"adopt": "completed"})));
        let killed = tokio::time::timeout(moment, b.session.apply(&config)).await.is_err();
        if killed {
            b.session.object = None;
        }
        seen[usize::from(killed && b.session.restores() == 1)] += 1;
        let finished = b.session.apply(&config).await;
        b.succeeded(&finished);
        assert_eq!(b.session.text("recovery_point_id"), b.newest().name, "{moment:?}");
        b.finish(1);
    }
    assert!(seen.iter().all(|times| *times > 5), "killed after it was accepted or not: {seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_completed_backup_that_no_state_knows_is_named_and_not_repeated() {
    let mut b = Backup::new();
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments.clone()).await;
    b.is_done(&finished);
    let job = b.session.text("job_id");
    b.session.object = None;
    let finished = b.apply(arguments).await;
    b.failed(&finished, &["this backup has already run", &job, "back up once more", "adopt"]);
    assert!(!finished.text().to_lowercase().contains("restor"), "{}", finished.text());
    let arguments = b.full(json!({"adopt": "completed"}));
    let finished = b.apply(arguments).await;
    b.succeeded(&finished);
    assert_eq!(b.session.text("job_id"), job);
    b.finish(1);
}

/// Of restores to one place only the last one is still there. Each backup leaves a point of its own.
#[tokio::test(start_paused = true)]
async fn a_backup_counts_as_run_although_the_item_was_backed_up_again_since() {
    let mut b = Backup::new();
    let run = |run: &str| json!({"triggers": {"run": run}});
    let first = b.full(run("1"));
    let finished = b.apply(first.clone()).await;
    b.is_done(&finished);
    let (job, point) = (b.session.text("job_id"), b.session.text("recovery_point_id"));
    let second = b.full(run("2"));
    let finished = b.apply(second).await;
    b.is_done(&finished);
    assert_ne!(b.session.text("recovery_point_id"), point);
    let finished = b.apply(first.clone()).await;
    b.failed(&finished, &["this backup has already run", &job]);
    let mut taken = first;
    taken["adopt"] = json!("completed");
    let finished = b.apply(taken).await;
    b.succeeded(&finished);
    assert_eq!(b.session.text("recovery_point_id"), point);
    b.finish(2);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_cannot_begin_says_how_to_import_the_one_that_its_resource_had_before() {
    let mut b = Backup::new();
    let first = b.full(json!({}));
    let finished = b.apply(first.clone()).await;
    b.is_done(&finished);
    let job = b.session.text("id");
    b.change_item(|item| item.soft_deleted = true);
    let again = b.full(json!({"triggers": {"run": "2"}}));
    let finished = b.apply(again).await;
    let import = format!("import the backup that they stood for first:\n  - terraform import ADDRESS {job}");
    b.failed(&finished, &["have been deleted", &import]);
    b.change_item(|item| item.soft_deleted = false);
    let said = b.session.import(&job).await;
    assert!(said.is_empty(), "{}", text(&said));
    let finished = b.apply(first).await;
    b.is_done(&finished);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_running_backup_of_another_run_is_adopted() {
    let mut other = Backup::new();
    other.session.azure().next_restore(JobScript::running(30).then(Ending::Completed));
    let arguments = other.full(json!({"timeouts": {"create": "40s"}}));
    let finished = other.apply(arguments.clone()).await;
    other.failed(&finished, &["terraform untaint"]);
    let mut b = other.elsewhere();
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments).await;
    b.succeeded(&finished);
    assert!(finished.text().contains("Nothing was sent: the backup of"), "{}", finished.text());
    assert_eq!(b.session.text("job_id"), other.session.text("job_id"));
    assert_eq!(b.session.text("recovery_point_id"), b.newest().name);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_backup_whose_answer_was_lost_is_found_however_late_it_is_listed() {
    for action in [
        Action::ResetAfterAcceptance,
        Action::StatusAfterAcceptance { status: 504, headers: Default::default(), body: json!({}) },
        Action::MalformedBody,
    ] {
        for script in [JobScript::completes(), JobScript::completes().listed_after(4)] {
            let mut b = Backup::new();
            b.session.azure().next_restore(script);
            b.session.azure().inject(Fault::on("POST", TRIGGER, action.clone()));
            let arguments = b.full(json!({}));
            let finished = b.apply(arguments.clone()).await;
            b.is_done(&finished);
            assert_eq!(b.sent().len(), 1);
            assert_eq!(b.apply(arguments).await.step, PlannedStep::Nothing);
            b.finish(1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_before_azure_took_the_request_leads_to_one_backup_in_the_end() {
    let mut b = Backup::new();
    b.session.azure().inject(Fault::on("POST", TRIGGER, Action::ResetBeforeAcceptance));
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments.clone()).await;
    b.failed(&finished, &["the answer to the backup request was lost", "Whether Azure backs up is not known"]);
    assert_eq!(b.session.text("status"), "Unknown");
    let finished = b.apply(arguments).await;
    b.is_done(&finished);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn after_ctrl_c_the_next_apply_waits_for_the_same_job() {
    let mut b = Backup::new();
    b.session.azure().next_restore(JobScript::running(40).then(Ending::Completed));
    let (stop, config) = (CancellationToken::new(), b.session.configuration_of(&b.full(json!({}))));
    let stopped = stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        stopped.cancel();
    });
    let finished = b.session.apply_until(&config, &stop).await;
    assert!(finished.succeeded(), "no error, or it would be tainted: {}", finished.text());
    assert!(finished.text().contains("goes on in Azure"), "{}", finished.text());
    assert_eq!(b.session.text("status"), "InProgress");
    let job = b.session.text("job_id");
    let finished = b.session.apply(&config).await;
    b.succeeded(&finished);
    assert!(finished.text().contains("The backup has not been seen to its end"), "{}", finished.text());
    assert_eq!((finished.step, b.session.text("job_id")), (PlannedStep::Update, job));
    assert_eq!(b.session.text("recovery_point_id"), b.newest().name);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_is_tainted_by_a_time_out_is_taken_over_by_its_replacement() {
    let mut b = Backup::new();
    b.session.azure().next_restore(JobScript::running(40).then(Ending::Completed));
    let arguments = b.full(json!({"timeouts": {"create": "40s"}}));
    let finished = b.apply(arguments).await;
    b.failed(&finished, &["terraform untaint", "it goes on"]);
    let (job, arguments) = (b.session.text("job_id"), b.full(json!({})));
    let finished = b.apply(arguments).await;
    b.succeeded(&finished);
    assert_eq!((finished.step, b.session.text("job_id")), (PlannedStep::Replace, job));
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn replace_backs_up_once_more() {
    let mut b = Backup::new();
    let config = b.session.configuration_of(&b.full(json!({})));
    let finished = b.session.apply(&config).await;
    b.is_done(&finished);
    let point = b.session.text("recovery_point_id");
    let finished = b.session.apply_replacing(&config).await;
    b.succeeded(&finished);
    assert_ne!(b.session.text("recovery_point_id"), point);
    b.finish(2);
}

#[tokio::test(start_paused = true)]
async fn another_backup_of_the_item_that_runs_is_waited_out() {
    let mut other = Backup::new();
    other.session.azure().next_restore(JobScript::running(14).then(Ending::Completed).moved_by_lists());
    let arguments = other.item(json!({"backup_type": "Differential", "timeouts": {"create": "20s"}}));
    let finished = other.apply(arguments).await;
    other.failed(&finished, &["terraform untaint"]);
    let mut b = other.elsewhere();
    b.session.azure().next_restore_operation(OperationScript::default());
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments).await;
    b.succeeded(&finished);
    assert!(b.sent().iter().filter(|body| body["properties"]["backupType"] == "Full").count() > 1, "it was refused");
    b.finish(2);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_because_the_item_is_busy_is_sent_again() {
    let mut b = Backup::new();
    b.session.azure().next_restore_operation(OperationScript::fails(busy()));
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments).await;
    b.is_done(&finished);
    assert_eq!(b.sent().len(), 2);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_record_is_gone_is_not_taken_again_by_itself() {
    let mut b = Backup::new();
    b.session.azure().next_restore(JobScript::running(40).then(Ending::Completed));
    let arguments = b.full(json!({"timeouts": {"create": "40s"}}));
    let finished = b.apply(arguments).await;
    b.failed(&finished, &["terraform untaint"]);
    b.session.untaint();
    assert!(b.session.azure().forget(&b.session.text("job_id")));
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments).await;
    b.failed(&finished, &["Check the recovery points of the item. If the backup is there", "which backs up again"]);
    assert_eq!(b.sent().len(), 1);
    let arguments = b.full(json!({"adopt": "unverified"}));
    let finished = b.apply(arguments).await;
    b.succeeded(&finished);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn faults_that_pass_cost_no_second_backup() {
    let faults: [(&str, Action); 6] = [
        ("503", Action::Status { status: 503, headers: Default::default(), body: json!({}) }),
        ("429", Action::Status { status: 429, headers: Default::default(), body: json!({}) }),
        ("reset", Action::ResetBeforeAcceptance),
        ("truncated", Action::TruncatedBody),
        ("expired token", Action::TokenExpired),
        ("page", Action::Html { status: 502 }),
    ];
    for (name, action) in faults {
        for nth in 1..=12 {
            let mut b = Backup::new();
            let fault = Fault::on("GET", "*/Microsoft.RecoveryServices/*", action.clone()).nth(nth);
            b.session.azure().inject(fault);
            let arguments = b.full(json!({}));
            let finished = b.apply(arguments).await;
            b.is_done(&finished);
            assert_eq!(b.sent().len(), 1, "{name} {nth}");
            b.finish(1);
        }
    }
}

/// A list pays where several wait for jobs in it. Those of two vaults have none in common.
#[tokio::test(start_paused = true)]
async fn no_list_is_read_while_two_backups_of_one_process_run_in_two_vaults() {
    let (call, b) = (Call::default(), Backup::new());
    let instance = b.session.thing("backup_instances", catalogue::DISK);
    let backups = [b.full(json!({})), json!({"backup_instance_id": instance, "rule_name": "BackupDaily"})];
    for _ in &backups {
        b.session.azure().next_restore(JobScript::running(20).then(Ending::Completed));
    }
    let process = b.session.configured(&call).await;
    let configs = backups.map(|arguments| b.session.configuration_of(&arguments));
    let [first, second] = configs.each_ref().map(|config| created_as(KIND, &process, &call, config));
    let (first, second) = tokio::join!(first, second);
    for applied in [first, second] {
        assert_eq!(text_of(&applied.state.unwrap(), "status"), "Completed");
    }
    let journal = b.session.journal();
    let sent = journal.entries.iter().rposition(|entry| entry.accepted_restore.is_some()).unwrap();
    let lists = journal.entries[sent..].iter().filter(|entry| entry.path.ends_with("/backupJobs"));
    assert_eq!(lists.count(), 0, "{}", journal.text());
    b.finish(2);
}

#[tokio::test(start_paused = true)]
async fn backups_of_one_process_take_turns_only_if_they_are_of_one_item() {
    for takes_turns in [false, true] {
        let (call, b) = (Call::default(), Backup::new());
        for _ in 0..2 {
            b.session.azure().next_restore(JobScript::running(20).then(Ending::Completed));
        }
        let process = b.session.configured(&call).await;
        let other = if takes_turns {
            b.item(json!({"backup_type": "Differential"}))
        } else {
            json!({"protected_item_id": b.session.thing("protected_items", catalogue::FILE_SHARE)})
        };
        let configs = [b.full(json!({})), other].map(|arguments| b.session.configuration_of(&arguments));
        let [first, second] = configs.each_ref().map(|config| created_as(KIND, &process, &call, config));
        let (first, second) = tokio::join!(first, second);
        let [first, second] = [first, second].map(|applied| applied.state.unwrap());
        assert_eq!((text_of(&first, "status"), text_of(&second, "status")), ("Completed", "Completed"));
        let began_after = |one: &Value, other: &Value| text_of(one, "start_time") >= text_of(other, "end_time");
        assert_eq!(began_after(&first, &second) || began_after(&second, &first), takes_turns, "{first:?} {second:?}");
        assert_eq!(b.session.journal().count("POST", "/backup"), 2, "none was refused");
        b.finish(2);
    }
}

fn text_of<'a>(state: &'a Value, name: &str) -> &'a str {
    state.get(name).as_str().unwrap_or_default()
}

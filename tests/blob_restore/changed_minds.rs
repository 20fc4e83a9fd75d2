//! Users who change their minds: another attempt, another name, other arguments and back. Each of these once restored
//! twice, took a restore for another one, or forgot one.

use super::X;
use crate::harness::Scenario;
use crate::simulator::{Ending, Fault, JobScript, OperationScript, ServiceError, Warning};

const REPLACE: &str = "-replace=azurebackup_blob_restore.x";

fn lost_track() -> JobScript {
    JobScript::fails("LongRunningRestoreTrackingFailure", "Tracking was lost.", "Watch the activity log.")
}

/// A restore whose only trigger is unknown at plan, and ends as `run = "1"`.
fn with_an_unknown_trigger(s: &Scenario, more: &str) {
    let trigger = "terraform_data.pending.id == \"\" ? \"\" : \"1\"";
    let arguments = s.operational_arguments(&format!("triggers = {{ run = {trigger} }}\n  {more}"));
    s.configure(&format!(
        "resource \"terraform_data\" \"pending\" {{\n  input = \"new\"\n}}\n\
         resource \"azurebackup_blob_restore\" \"x\" {{\n{arguments}\n}}\n"
    ));
}

fn one_blob_skipped() -> JobScript {
    let warning = ServiceError::new("UserErrorBlobsSkipped", "One blob was skipped.");
    JobScript::completes_with_warnings(vec![Warning { resource_name: "orders".into(), warning }])
}

fn locked() -> ServiceError {
    ServiceError::new("UserErrorStorageAccountInLockedState", "The account is locked.").recommend("Remove the lock.")
}

#[test]
fn a_failed_restore_is_not_taken_for_the_good_one_before_it() {
    let mut s = Scenario::new();
    s.restore("adopt = \"completed\"");
    s.apply(&[]).succeeds();
    s.expect_restores(1);
    s.next_job(JobScript::fails("UserErrorStorageAccountInLockedState", "The account is locked.", "Remove the lock."));
    s.apply(&[REPLACE]).fails();
    s.expect_restores(2);
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get(X).text("job_id"), s.job().job_id);
    s.finish(3);
}

#[test]
fn a_resource_that_is_only_renamed_restores_nothing() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    let arguments = s.operational_arguments("");
    // The new one waits for the old one to go, as it does where other resources hang on them.
    s.configure(&format!("resource \"azurebackup_blob_restore\" \"y\" {{\n{arguments}\n}}\n"));
    let finished = s.apply(&["-parallelism=1"]);
    if finished.errors().is_empty() {
        let y = s.state().get("azurebackup_blob_restore.y");
        assert_eq!((y.text("status"), y.text("job_id")), ("Completed", s.job().job_id.as_str()));
    } else {
        // Created before the old one was deleted: an error that names the job, and nothing sent.
        assert!(finished.error().text().contains(&s.job().job_id), "{finished}");
    }
    s.finish(1);
}

#[test]
fn a_second_resource_that_asks_for_what_the_first_one_has_is_an_error_in_the_plan() {
    let mut s = Scenario::new();
    s.restore("count = 1");
    s.apply(&[]).succeeds();
    s.restore("count = 2");
    for _ in 0..3 {
        let errors = s.plan(&[]).errors();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].summary, "The same restore is asked for twice");
    }
    // The same under -replace: what is replaced is not a second one.
    s.restore("count = 1");
    s.apply(&["-replace=azurebackup_blob_restore.x[0]"]).succeeds();
    s.finish(2);
}

#[test]
fn a_module_for_both_kinds_of_backup_can_choose_by_a_variable() {
    let mut s = Scenario::new();
    let (instance, target) = (s.vaulted_id(), s.target_account_id());
    s.configure(&format!(
        "variable \"point_in_time\" {{\n  type    = string\n  default = null\n}}\n\
         resource \"azurebackup_blob_restore\" \"x\" {{\n  backup_instance_id = {instance:?}\n  \
         point_in_time = var.point_in_time\n  \
         recovery_point = var.point_in_time == null ? {{ latest = true }} : null\n  \
         target_storage_account_id = {target:?}\n  \
         containers = [{{ name = \"ledgers\", rename_to = \"ledgers-restored\" }}]\n}}\n"
    ));
    s.validate().succeeds();
    assert_eq!(s.planned(&[]).actions(X), "create");
    s.finish(0);
}

#[test]
fn a_restore_that_goes_on_is_not_sent_again_though_nothing_is_to_be_adopted() {
    let mut s = Scenario::new();
    s.next_job(lost_track());
    s.restore("adopt = \"none\"");
    s.apply(&[]).fails();
    for _ in 0..2 {
        let error = s.apply(&[]).fails().error().text();
        assert!(error.contains("triggers"), "{error}");
        assert_eq!(s.state().get(X).text("job_id"), s.job().job_id, "the job is not forgotten");
    }
    s.finish(1);
}

#[test]
fn a_restore_that_goes_on_is_not_sent_again_though_its_record_is_gone() {
    let mut s = Scenario::new();
    s.next_job(lost_track());
    s.restore("");
    s.apply(&[]).fails();
    s.forget_job();
    s.apply(&[]).fails();
    s.untaint(X);
    // Not green either, and not replaced: an update that says so.
    assert_eq!(s.planned(&[]).actions(X), "update");
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains("triggers"), "{error}");
    s.expect_restores(1);
    s.restore("triggers = { run = \"2\" }");
    s.apply(&[]).succeeds();
    s.finish(2);
}

#[test]
fn a_replace_that_could_not_begin_is_still_wanted_by_the_next_apply() {
    for adopt in ["running", "completed"] {
        let mut s = Scenario::new();
        s.restore(&format!("adopt = {adopt:?}"));
        s.apply(&[]).succeeds();
        s.expect_restores(1);
        s.next_validation(OperationScript::fails(locked()));
        s.apply(&[REPLACE]).fails();
        let x = s.state().get(X);
        assert!(x.tainted);
        assert_eq!(x.text("status"), "NotAccepted");
        s.apply(&[]).succeeds();
        s.plans_nothing();
        s.finish(2);
    }
}

#[test]
fn going_to_other_arguments_and_back_restores_both_times() {
    for adopt in ["running", "completed"] {
        let mut s = Scenario::new();
        for (restores, run) in ["a", "b", "a"].into_iter().enumerate() {
            s.restore(&format!("adopt = {adopt:?}\n  triggers = {{ run = {run:?} }}"));
            s.apply(&[]).succeeds();
            s.expect_restores(restores + 1);
        }
        s.finish(3);
    }
}

#[test]
fn a_change_that_cannot_begin_tells_how_to_keep_the_restore_it_replaces() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    let job = s.job().job_id;
    s.next_validation(OperationScript::fails(locked()));
    s.restore("triggers = { run = \"2\" }");
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains("terraform import") && error.contains(&job), "{error}");
    s.finish(1);
}

#[test]
fn one_bad_answer_does_not_end_the_wait_for_a_job_that_was_seen() {
    for status in [404, 403, 409] {
        let mut s = Scenario::new();
        s.next_job(JobScript::running(6).then(Ending::Completed));
        s.fault(Fault::status("GET", "*/backupJobs/*", status, &[], "SomethingOdd").nth(4));
        s.restore("");
        s.apply(&[]).succeeds();
        s.finish(1);
    }
}

#[test]
fn preflight_is_silent_when_the_restore_already_runs() {
    let mut s = Scenario::new();
    s.provider("preflight = true");
    s.next_job(JobScript::held());
    s.restore("timeouts {\n    create = \"6s\"\n  }");
    s.apply(&[]).fails();
    let finished = s.plan(&[]);
    assert!(finished.errors().is_empty() && !finished.warns_of("As things are now"), "{finished}");
    s.release_job();
    s.apply(&[]).succeeds();
    s.finish(1);
}

#[test]
fn a_progress_file_that_cannot_be_written_is_told_at_its_argument() {
    let mut s = Scenario::new();
    s.provider("progress_file = \"no/such/folder/progress.jsonl\"");
    s.restore("");
    let error = s.plan(&[]).fails().error();
    assert_eq!(error.argument(), Some("progress_file"), "{error:?}");
    s.finish(0);
}

#[test]
fn an_acceptance_of_warnings_that_is_taken_back_restores_nothing_though_an_argument_is_unknown() {
    let mut s = Scenario::new();
    s.next_job(one_blob_skipped());
    s.restore("triggers = { run = \"1\" }\n  accept_warnings = true");
    s.apply(&[]).succeeds();
    let job = s.job().job_id;
    with_an_unknown_trigger(&s, "accept_warnings = false");
    assert_eq!(s.planned(&[]).actions(X), "delete, create");
    let finished = s.apply(&[]).succeeds();
    assert!(finished.warns_of("One blob was skipped."), "{finished}");
    let x = s.state().get(X);
    assert_eq!((x.text("status"), x.text("job_id")), ("CompletedWithWarnings", job.as_str()));
    s.plans_nothing();
    // What was accepted stays so, in the object that took it over, too.
    s.run(&["apply", "-auto-approve", "-input=false", "-replace=terraform_data.pending"]).succeeds();
    assert_eq!(s.state().get(X).text("job_id"), job);
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn warnings_that_nobody_ever_accepted_restore_again_when_an_argument_is_unknown() {
    let mut s = Scenario::new();
    s.next_job(one_blob_skipped());
    s.restore("triggers = { run = \"1\" }");
    s.apply(&[]).fails();
    s.untaint(X);
    s.expect_restores(1);
    with_an_unknown_trigger(&s, "");
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get(X).text("status"), "Completed");
    s.finish(2);
}

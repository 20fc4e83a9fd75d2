//! Ctrl-C, time-outs, killed providers, lost runners: the next apply goes on with the same job.

use super::X;
use crate::harness::{Scenario, is_alive};
use crate::simulator::{Ending, Fault, JobScript, OperationScript};

#[test]
fn a_restore_whose_record_is_gone_is_kept_by_the_users_word_and_sends_nothing() {
    let mut s = interrupted();
    let job = s.state().get(X).text("job_id").to_owned();
    s.forget_job();
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains(&job) && error.contains("adopt = \"unverified\"") && error.contains("-replace"), "{error}");
    assert_eq!(s.state().get(X).text("status"), "InProgress");

    s.restore("adopt = \"unverified\"");
    assert_eq!(s.planned(&[]).actions(X), "update");
    let finished = s.apply(&[]).succeeds();
    let named = finished
        .warnings()
        .iter()
        .any(|warning| warning.summary.contains("taken as done without proof") && warning.text().contains(&job));
    assert!(named, "{finished}");
    let x = s.state().get(X);
    assert_eq!((x.text("status"), x.text("job_id"), x.tainted), ("Completed", job.as_str(), false));
    s.plans_nothing();
    s.restore("");
    assert_eq!(s.planned(&[]).actions(X), "update");
    s.apply(&[]).succeeds();
    s.plans_nothing();
    s.finish(1);
}

/// A scenario whose restore was interrupted by Ctrl-C while its job ran.
fn interrupted() -> Scenario {
    let mut s = Scenario::new();
    s.next_job(JobScript::held());
    s.restore("");
    let apply = s.apply_until_the_job_runs();
    apply.interrupt();
    s.keep(apply).fails();
    s
}

/// A scenario whose restore timed out while its job ran.
fn timed_out(more: &str) -> Scenario {
    let mut s = Scenario::new();
    s.next_job(JobScript::held());
    s.restore(&format!("timeouts {{\n    create = \"3s\"\n  }}\n  {more}"));
    let finished = s.apply(&[]).fails();
    let (error, job) = (finished.error().text(), s.job());
    for part in [job.job_id.as_str(), "terraform untaint"] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
    s
}

#[test]
fn ctrl_c_to_the_client_alone_is_the_same() {
    let mut s = Scenario::new();
    s.next_job(JobScript::held());
    s.restore("");
    let apply = s.apply_until_the_job_runs();
    apply.interrupt_client();
    s.keep(apply).fails();
    let x = s.state().get(X);
    assert!(!x.tainted);
    assert_eq!(x.text("status"), "InProgress");
    s.release_job();
    s.apply(&[]).succeeds();
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn ctrl_c_twice_in_a_row_changes_nothing_about_the_job() {
    let mut s = interrupted();
    let apply = s.apply_until_it_waits();
    apply.interrupt();
    s.keep(apply).fails();
    let x = s.state().get(X);
    assert!(!x.tainted);
    assert_eq!(x.text("status"), "InProgress");
    s.release_job();
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get(X).text("status"), "Completed");
    s.finish(1);
}

#[test]
fn a_job_that_completes_while_no_provider_lives_is_done() {
    let mut s = interrupted();
    s.end_job(Ending::Completed);
    s.apply(&[]).succeeds();
    let x = s.state().get(X);
    assert_eq!(x.text("status"), "Completed");
    assert_ne!(x.text("end_time"), "");
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn a_refresh_may_see_that_the_job_completed() {
    let mut s = interrupted();
    s.end_job(Ending::Completed);
    s.refresh().succeeds();
    assert_eq!(s.state().get(X).text("status"), "Completed");
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn a_job_that_fails_while_no_provider_lives_does_not_go_green() {
    let mut s = interrupted();
    s.end_job(Ending::failed("UserErrorPitrDisabledOnStorageAccount", "It is switched off.", "Switch it on."));
    s.refresh().succeeds();
    assert_eq!(s.state().get(X).text("status"), "InProgress", "only an apply pronounces a bad ending");
    assert_eq!(s.planned(&[]).actions(X), "update");
    let error = s.apply(&[]).fails().error().text();
    for part in ["UserErrorPitrDisabledOnStorageAccount", "It is switched off.", "Switch it on."] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
    let x = s.state().get(X);
    assert_eq!(x.text("status"), "Failed");
    assert!(!x.tainted);
    s.expect_restores(1);

    let change = s.planned(&[]).change(X);
    assert_eq!(change.actions, ["delete", "create"]);
    assert_eq!(change.replace_paths, ["status"]);
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get(X).text("status"), "Completed");
    s.plans_nothing();
    s.finish(2);
}

#[test]
fn a_running_job_that_cannot_be_read_keeps_its_facts_with_a_warning() {
    let mut s = interrupted();
    let before = s.state().get(X).attributes;
    s.fault(Fault::status("GET", "*/backupJobs/*", 403, &[], "AuthorizationFailed").always());
    let finished = s.refresh().succeeds();
    assert!(finished.warns_of("AuthorizationFailed"), "{finished}");
    assert_eq!(s.state().get(X).attributes, before);
    s.finish(1);
}

#[test]
fn a_running_job_whose_record_is_gone_keeps_its_facts_with_a_warning() {
    let mut s = interrupted();
    let before = s.state().get(X).attributes;
    s.forget_job();
    let finished = s.refresh().succeeds();
    assert!(!finished.warnings().is_empty(), "{finished}");
    assert_eq!(s.state().get(X).attributes, before);
    s.finish(1);
}

#[test]
fn stop_before_the_restore_is_sent_leaves_nothing_behind() {
    let mut s = Scenario::new();
    s.next_validation(OperationScript::succeeds_after(u32::MAX));
    s.restore("");
    let mut apply = s.spawn_apply(&[]);
    let azure = s.azure();
    apply.wait_until("Azure validates", || azure.journal().count("POST", "/validateRestore") == 1);
    apply.interrupt();
    let finished = s.keep(apply).fails();
    assert!(finished.errors().iter().any(|error| error.address.as_deref() == Some(X)), "{finished}");
    assert!(s.state().is_empty());
    s.expect_restores(0);
    s.apply(&[]).succeeds();
    s.finish(1);
}

#[test]
fn stop_before_the_job_is_known_keeps_the_request_id_and_finds_the_job_later() {
    let mut s = Scenario::new();
    s.next_operation(OperationScript::succeeds_after(u32::MAX));
    s.next_job(JobScript::held());
    s.restore("");
    let mut apply = s.spawn_apply(&[]);
    let azure = s.azure();
    apply.wait_until("the restore is accepted and its operation looked at", || {
        azure.restores() == 1 && azure.journal().count("GET", "/operationStatus/") > 1
    });
    apply.interrupt();
    s.keep(apply).fails();
    let x = s.state().get(X);
    assert!(!x.tainted);
    assert_eq!(x.text("status"), "InProgress");
    assert_eq!((x.text("id"), x.text("job_id")), ("", ""));
    assert_eq!(Some(x.text("client_request_id")), s.job().client_request_id.as_deref());

    let change = s.planned(&["-refresh=false"]).change(X);
    assert_eq!(change.actions, ["update"]);
    let unknown = change.unknown();
    assert!(unknown.contains(&"id") && unknown.contains(&"job_id"), "{unknown:?}");
    s.release_job();
    s.apply(&[]).succeeds();
    let x = s.state().get(X);
    assert_eq!(x.text("status"), "Completed");
    assert_eq!(x.text("job_id"), s.job().job_id);
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn a_timed_out_restore_is_tainted_and_its_running_job_is_taken_up() {
    let mut s = timed_out("");
    let x = s.state().get(X);
    assert!(x.tainted);
    assert_eq!(x.text("status"), "InProgress");
    s.restore("");
    let change = s.planned(&[]).change(X);
    assert_eq!(change.actions, ["delete", "create"]);
    assert_eq!(change.reason.as_deref(), Some("replace_because_tainted"));
    s.goes_on_with_the_same_job(X);
}

#[test]
fn a_timed_out_restore_that_has_meanwhile_finished_is_taken_as_done() {
    let s = timed_out("");
    s.end_job(Ending::Completed);
    s.takes_the_ended_job(X);
}

#[test]
fn after_a_time_out_untaint_resumes_in_place() {
    let mut s = timed_out("");
    s.untaint(X);
    assert_eq!(s.planned(&[]).actions(X), "update");
    s.release_job();
    s.takes_the_ended_job(X);
}

#[test]
fn prevent_destroy_blocks_a_timed_out_restore_until_it_is_untainted() {
    let mut s = timed_out("lifecycle {\n    prevent_destroy = true\n  }");
    let finished = s.plan(&[]).fails();
    assert!(finished.error().text().contains("prevent_destroy"), "{finished}");
    s.untaint(X);
    s.release_job();
    s.takes_the_ended_job(X);
}

#[test]
fn a_lost_runner_takes_its_provider_along_and_loses_nothing() {
    let mut s = Scenario::new();
    s.next_job(JobScript::held());
    s.restore("");
    let apply = s.apply_until_the_job_runs();
    let providers = apply.providers();
    assert!(!providers.is_empty());
    apply.kill_client();
    s.wait_until("the provider has ended, too", || !providers.iter().any(|provider| is_alive(*provider)));
    assert_eq!(s.keep(apply).code, None);
    std::fs::remove_file(s.folder().join(".terraform.tfstate.lock.info")).ok();

    s.goes_on_with_the_same_job(X);
}

#[test]
fn a_provider_killed_while_it_waits_in_an_update_keeps_the_prior_state() {
    let mut s = interrupted();
    let before = s.state().get(X).attributes;
    let apply = s.apply_until_it_waits();
    apply.kill_provider();
    s.keep(apply).fails();
    let x = s.state().get(X);
    assert!(!x.tainted);
    assert_eq!(x.attributes["client_request_id"], before["client_request_id"]);
    s.release_job();
    s.takes_the_ended_job(X);
}

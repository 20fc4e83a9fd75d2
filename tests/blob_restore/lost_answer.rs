//! The restore was sent, and no answer that says so came back.

use serde_json::Value;

use super::X;
use crate::harness::Scenario;
use crate::simulator::{Action, Fault, JobScript, OperationScript, ServiceError};

const RESTORE: &str = "*/restore";

#[test]
fn a_500_after_acceptance_is_followed_to_the_end() {
    let mut s = Scenario::new();
    let action = Action::StatusAfterAcceptance { status: 500, headers: Default::default(), body: Value::Null };
    s.fault(Fault::on("POST", RESTORE, action));
    s.restore("");
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get(X).text("job_id"), s.job().job_id);
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn half_an_answer_is_followed_to_the_end() {
    let mut s = Scenario::new();
    s.fault(Fault::on("POST", RESTORE, Action::TruncatedBody));
    s.restore("");
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get(X).text("job_id"), s.job().job_id);
    s.finish(1);
}

/// A restore of which nobody knows whether Azure has it; it has not.
fn unknown(fault: Fault) -> Scenario {
    let mut s = Scenario::new();
    s.fault(fault);
    s.restore("timeouts {\n    create = \"30s\"\n  }");
    s.apply(&[]).fails();
    let x = s.state().get(X);
    assert!(x.tainted);
    assert_eq!((x.text("status"), x.text("job_id")), ("Unknown", ""));
    assert_ne!(x.text("client_request_id"), "");
    s.expect_restores(0);
    assert_eq!(s.journal().count("POST", "/restore"), 1, "an answer that is lost is not asked for again");
    s.restore("");
    s
}

#[test]
fn a_reset_before_acceptance_is_unknown_and_the_next_apply_looks_before_it_sends() {
    let mut s = unknown(Fault::on("POST", RESTORE, Action::ResetBeforeAcceptance));
    let before = s.journal().last_number();
    s.apply(&[]).succeeds();
    let since = s.journal().since(before);
    let list = since.entries.iter().position(|entry| entry.method == "GET" && entry.path.ends_with("/backupJobs"));
    let post = since.entries.iter().position(|entry| entry.method == "POST" && entry.path.ends_with("/restore"));
    assert!(list.is_some() && list < post, "the list is read before a restore is sent\n{}", since.text());
    assert_eq!(s.state().get(X).text("status"), "Completed");
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn a_500_without_acceptance_is_unknown_and_the_next_apply_restores() {
    let mut s = unknown(Fault::status("POST", RESTORE, 500, &[], "InternalServerError"));
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get(X).text("status"), "Completed");
    s.finish(1);
}

#[test]
fn no_request_id_is_sent_twice() {
    let mut s = unknown(Fault::on("POST", RESTORE, Action::ResetBeforeAcceptance));
    s.apply(&[]).succeeds();
    let journal = s.journal();
    let ids: Vec<_> = journal.find("POST", "/restore").map(|entry| entry.client_request_id.clone()).collect();
    assert_eq!(ids.len(), 2);
    let [Some(first), Some(second)] = ids.as_slice() else { panic!("each restore carries an id: {ids:?}") };
    assert_ne!(first, second);
    let intent = |id: &str| id.rsplit_once('-').map(|(intent, _)| intent.to_owned());
    assert_eq!(intent(first), intent(second), "the first four groups stand for the intent");
    s.finish(1);
}

#[test]
fn a_throttled_restore_is_sent_again_after_the_wait_that_azure_asks_for() {
    let mut s = Scenario::new();
    s.fault(Fault::status("POST", RESTORE, 429, &[("Retry-After", "1")], "TooManyRequests"));
    s.restore("");
    s.apply(&[]).succeeds();
    assert_eq!(s.journal().count("POST", "/restore"), 2);
    s.finish(1);
}

#[test]
fn a_list_that_cannot_be_read_is_an_error_and_not_a_restore() {
    let mut s = Scenario::new();
    s.fault(Fault::status("GET", "*/backupJobs", 403, &[], "AuthorizationFailed").always());
    s.restore("");
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains("AuthorizationFailed"), "{error}");
    assert!(s.state().is_empty());
    s.finish(0);
}

const REPLACE: &str = "-replace=azurebackup_blob_restore.x";

/// A good restore, and a `-replace` of it whose answer was lost.
fn replacement_lost(action: Action, script: JobScript) -> Scenario {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    s.next_job(script);
    s.fault(Fault::on("POST", RESTORE, action));
    s.restore("timeouts {\n    create = \"30s\"\n  }");
    s.apply(&[REPLACE]).fails();
    let x = s.state().get(X);
    assert!(x.tainted);
    assert_eq!((x.text("status"), x.text("job_id")), ("Unknown", ""));
    s.restore("");
    s
}

#[test]
fn a_replacement_whose_request_was_lost_and_not_taken_is_sent_once_by_the_next_apply() {
    let mut s = replacement_lost(Action::ResetBeforeAcceptance, JobScript::completes());
    s.expect_restores(1);
    s.apply(&[]).succeeds();
    s.is_done(X);
    s.plans_nothing();
    s.finish(2);
}

#[test]
fn a_replacement_whose_request_was_lost_and_taken_late_is_not_sent_again() {
    let after = Action::StatusAfterAcceptance { status: 500, headers: Default::default(), body: Value::Null };
    let mut s = replacement_lost(after, JobScript::completes().never_listed());
    s.expect_restores(2);
    s.list_job();
    s.apply(&[]).succeeds();
    s.is_done(X);
    s.plans_nothing();
    s.finish(2);
}

#[test]
fn an_untainted_replacement_whose_request_was_not_taken_fails_once_and_is_then_sent() {
    let mut s = replacement_lost(Action::ResetBeforeAcceptance, JobScript::completes());
    s.untaint(X);
    s.apply(&[]).fails();
    assert_eq!(s.state().get(X).text("status"), "NotAccepted");
    s.expect_restores(1);
    s.apply(&[]).succeeds();
    s.is_done(X);
    s.finish(2);
}

#[test]
fn a_replacement_whose_request_was_not_taken_outlives_an_apply_that_cannot_begin() {
    let mut s = replacement_lost(Action::ResetBeforeAcceptance, JobScript::completes());
    s.next_validation(OperationScript::fails(ServiceError::new("UserErrorOfAnyKind", "No.")));
    s.apply(&[]).fails();
    assert_eq!(s.state().get(X).text("status"), "NotAccepted");
    s.expect_restores(1);
    s.apply(&[]).succeeds();
    s.is_done(X);
    s.finish(2);
}

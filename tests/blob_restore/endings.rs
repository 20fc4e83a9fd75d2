//! What apply says when the job does not end well, and what the next apply does about it.

use super::X;
use crate::harness::Scenario;
use crate::simulator::data_protection::blobs::BLOBS;
use crate::simulator::{Ending, JobScript, ServiceError, Warning};

fn warnings() -> Vec<Warning> {
    let warning =
        ServiceError::new("UserErrorBlobsSkipped", "Two blobs were skipped.").recommend("Look at their leases.");
    vec![Warning { resource_name: "orders".into(), warning }]
}

#[test]
fn a_cancelled_job_fails_the_apply_and_the_next_one_restores_again() {
    let mut s = Scenario::new();
    s.next_job(JobScript::cancelled());
    s.restore("");
    let error = s.apply(&[]).fails().error().text();
    assert!(error.to_lowercase().contains("cancel"), "{error}");
    assert!(error.contains(&s.job().job_id), "{error}");
    assert_eq!(s.state().get(X).text("status"), "Cancelled");
    s.expect_restores(1);
    s.apply(&[]).succeeds();
    s.plans_nothing();
    s.finish(2);
}

#[test]
fn warnings_not_accepted_afterwards_either_restore_again() {
    let mut s = Scenario::new();
    s.next_job(JobScript::completes_with_warnings(warnings()));
    s.restore("");
    s.apply(&[]).fails();
    s.expect_restores(1);
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get(X).text("status"), "Completed");
    s.finish(2);
}

#[test]
fn accepted_warnings_are_told_as_a_warning() {
    let mut s = Scenario::new();
    s.next_job(JobScript::completes_with_warnings(warnings()));
    s.restore("accept_warnings = true");
    let finished = s.apply(&[]).succeeds();
    assert!(finished.warns_of("Two blobs were skipped."), "{finished}");
    let x = s.state().get(X);
    assert_eq!(x.text("status"), "CompletedWithWarnings");
    assert!(x.attributes["warnings"].to_string().contains("Two blobs were skipped."), "{:#}", x.attributes);
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn a_failed_job_whose_restore_goes_on_is_never_sent_again_without_new_triggers() {
    let mut s = Scenario::new();
    s.next_job(JobScript::fails("LongRunningRestoreTrackingFailure", "Tracking was lost.", "Watch the activity log."));
    s.restore("triggers = { run = \"1\" }");
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains("LongRunningRestoreTrackingFailure") && error.contains("triggers"), "{error}");
    let again = s.apply(&[]).fails().error().text();
    assert!(again.contains("triggers"), "{again}");
    s.expect_restores(1);
    s.restore("triggers = { run = \"2\" }");
    s.apply(&[]).succeeds();
    s.finish(2);
}

#[test]
fn a_role_that_stays_missing_fails_the_apply_with_what_azure_recommends() {
    let mut s = Scenario::new();
    for _ in 0..200 {
        let failure = BLOBS.missing_role("vault-identity", "/subscriptions/s");
        s.next_validation(crate::simulator::OperationScript::fails(failure));
    }
    s.restore("");
    let text = s.apply(&[]).fails().error().text();
    for part in ["UserErrorMSIMissingPermissions", "Storage Account Backup Contributor", "asked again for"] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    assert!(s.state().is_empty(), "nothing was started, nothing is kept");
    s.finish(0);
}

#[test]
fn destroy_of_a_failed_restore_works_with_preflight() {
    let mut s = Scenario::new();
    s.provider("preflight = true");
    s.next_job(JobScript::fails("UserErrorStorageAccountInLockedState", "The account is locked.", "Remove the lock."));
    s.restore("");
    s.apply(&[]).fails();
    s.destroy().succeeds();
    assert!(s.state().is_empty());
    s.finish(1);
}

#[test]
fn a_status_nobody_has_heard_of_means_running() {
    use crate::simulator::JobView;
    use crate::simulator::script::ScriptStep;
    let mut s = Scenario::new();
    let odd = ScriptStep { view: JobView::Running("Hibernating".into()), looks: Some(3) };
    s.next_job(JobScript::of(odd).then(Ending::Completed));
    s.restore("");
    s.apply(&[]).succeeds();
    assert!(s.log().contains("Hibernating"), "an unknown status is logged");
    s.finish(1);
}

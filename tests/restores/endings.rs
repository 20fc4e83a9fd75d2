//! What apply says when the job does not end well, and what the next apply does about it.

use super::fixture::RestoreFixture;
use super::kinds::{RestoreKindCase, facts};
use crate::simulator::{JobScript, ServiceError, Warning};

facts! {
    a_failed_job_fails_the_apply_and_the_next_one_restores_again,
    warnings_are_an_error_until_they_are_accepted,
}

fn a_failed_job_fails_the_apply_and_the_next_one_restores_again(kind: RestoreKindCase) {
    let mut s = RestoreFixture::new(kind);
    s.next_job(JobScript::fails("UserErrorTargetInLockedState", "The target is locked.", "Remove the lock."));
    s.usual("");
    let error = s.apply(&[]).fails().error();
    assert_eq!(error.address, Some(s.address()));
    let (text, job) = (error.text(), s.job());
    for part in ["UserErrorTargetInLockedState", "The target is locked.", "Remove the lock.", &job.job_id] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    let x = s.x();
    assert!(x.tainted);
    assert_eq!((x.text("status"), x.text("job_id")), ("Failed", job.job_id.as_str()));
    s.expect_restores(1);

    s.apply(&[]).succeeds();
    s.is_done();
    s.plans_nothing();
    s.finish(2);
}

fn warnings_are_an_error_until_they_are_accepted(kind: RestoreKindCase) {
    let mut s = RestoreFixture::new(kind);
    let skipped = ServiceError::new("UserErrorSkipped", "Two things were skipped.").recommend("Look at their leases.");
    let warning = Warning { resource_name: "orders".into(), warning: skipped };
    s.next_job(JobScript::completes_with_warnings(vec![warning]));
    s.usual("");
    let error = s.apply(&[]).fails().error().text();
    for part in ["Two things were skipped.", "accept_warnings", &s.job().job_id] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
    assert!(s.x().tainted);

    s.usual("accept_warnings = true");
    let finished = s.apply(&[]).succeeds();
    assert!(finished.warns_of("Two things were skipped."), "{finished}");
    let x = s.x();
    assert!(!x.tainted);
    assert_eq!((x.text("status"), x.text("job_id")), ("CompletedWithWarnings", s.job().job_id.as_str()));
    assert!(x.attributes["warnings"].to_string().contains("Two things were skipped."), "{:#}", x.attributes);
    s.plans_nothing();
    s.finish(1);
}

//! An ending that is not what its status says, wherever a restore meets it.

use super::*;
use crate::restore::refresh;

/// A job that says Completed, and among its errors that nothing was restored.
fn completed_without_restoring() -> Job {
    Job { errors: vec![AzureError::new("OlrBackupFailed", "no")], ..ours("left", JobStatus::Completed) }
}

#[tokio::test(start_paused = true)]
async fn an_apply_fails_if_its_job_completed_without_restoring() {
    let mut vault = FakeVault::good();
    vault.errors = vec![AzureError::new("OlrBackupFailed", "no")];
    let outcome = Fixture::new().create(&vault).await;
    assert!(message(&outcome).contains("ended without restoring"), "{outcome:?}");
    assert_eq!(outcome.record.status, RestoreStatus::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_does_not_turn_green_what_did_not_restore() {
    let fixture = Fixture::new();
    let refreshed = async |job: Job| {
        let vault = FakeVault::good().with(job);
        let mut record = RestoreRecord::new(RestoreStatus::InProgress);
        record.job_name = Some("left".into());
        refresh(&vault, &fixture.deadline(), &record, NOW).await.unwrap().unwrap().status
    };
    assert_eq!(refreshed(completed_without_restoring()).await, RestoreStatus::InProgress);
    assert_eq!(refreshed(ours("left", JobStatus::Completed)).await, RestoreStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn what_did_not_restore_has_not_run_already_although_the_list_leaves_its_codes_out() {
    for adopt in [Adopt::Running, Adopt::Completed] {
        let (mut fixture, vault) = (Fixture::new(), FakeVault::good().with(completed_without_restoring()));
        fixture.options.adopt = adopt;
        let outcome = fixture.create(&vault).await;
        assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1));
        assert_eq!(outcome.record.job_name.as_deref(), Some("job1"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_handed_over_job_that_did_not_restore_is_restored_anew() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good().with(completed_without_restoring()));
    let mut record = RestoreRecord::new(RestoreStatus::InProgress);
    record.job_name = Some("left".into());
    fixture.context.registry.hand_over(intent(), left(record));
    assert_eq!((fixture.create(&vault).await.ending, vault.posts()), (Ending::Done, 1));
}

/// An import takes over what the record learns of the job, and refuses one that has failed.
#[test]
fn a_record_learns_that_nothing_was_restored() {
    let mut record = RestoreRecord::new(RestoreStatus::InProgress);
    record.learn(&completed_without_restoring());
    assert_eq!(record.status, RestoreStatus::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_old_does_not_make_a_failed_job_run_again() {
    let (fixture, mut vault) = (Fixture::new(), FakeVault::good());
    vault.listed = Some(vec![ours("old", running())]);
    let vault = vault.with(ours("old", JobStatus::Failed));
    assert_eq!((fixture.create(&vault).await.ending, vault.posts()), (Ending::Done, 1));
}

#[tokio::test(start_paused = true)]
async fn an_error_repeats_what_azure_warned_of_and_says_how_to_accept_it_only_where_that_helps() {
    for end in [JobStatus::CompletedWithWarnings, JobStatus::Failed] {
        for warned in [false, true] {
            let mut vault = FakeVault::new(end.clone());
            let warning = Warning { code: "W".into(), text: "W: one blob was skipped".into() };
            vault.warnings.extend(warned.then_some(warning));
            let text = message(&Fixture::new().create(&vault).await);
            assert_eq!(text.contains("Azure warns of:\n  - W: one blob was skipped"), warned, "{text}");
            assert_eq!(text.contains("Azure warns"), warned, "{text}");
            assert_eq!(text.contains("accept_warnings"), end == JobStatus::CompletedWithWarnings, "{text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_tells_a_job_that_is_gone_from_one_that_cannot_be_read() {
    let record = RestoreRecord { job_name: Some("left".into()), ..RestoreRecord::new(RestoreStatus::InProgress) };
    for gone in [true, false] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good());
        vault.jobs_are_unreadable.store(!gone, Ordering::Relaxed);
        let text = refresh(&vault, &fixture.deadline(), &record, NOW).await.unwrap_err().detail();
        assert_eq!(text.contains("Azure has no record of job left"), gone, "{text}");
        assert_eq!(text.contains("AuthorizationFailed"), !gone, "{text}");
    }
}

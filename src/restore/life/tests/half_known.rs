//! Jobs of which a list does not say enough.

use super::*;
use crate::restore::registry::Discharge;

#[tokio::test(start_paused = true)]
async fn a_running_job_that_is_listed_without_its_activity_id_is_asked_by_name_before_anything_is_sent() {
    let nameless = Job { activity_id: String::new(), ..ours("left", running()) };
    let empty = Job::new("/vault/jobs/left", "left", JobStatus::InProgress(String::new()));
    for listed in [nameless, empty] {
        let mut vault = FakeVault::good().with(ours("left", running()));
        vault.listed = Some(vec![listed]);
        let outcome = Fixture::new().create(&vault).await;
        assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 0));
        assert_eq!(outcome.record.job_name.as_deref(), Some("left"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_completed_job_that_is_listed_without_its_activity_id_is_asked_by_name_and_not_repeated() {
    let mut vault = FakeVault::good().with(ours("left", JobStatus::Completed));
    vault.listed = Some(vec![Job { activity_id: String::new(), ..ours("left", JobStatus::Completed) }]);
    let outcome = Fixture::new().create(&vault).await;
    assert_eq!(vault.posts(), 0);
    assert!(message(&outcome).contains("already run"), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_half_listed_job_of_another_restore_keeps_nobody_from_restoring() {
    let vault = FakeVault::good().with(job("foreign", "", running()));
    *vault.polls.lock().unwrap() = 10;
    let outcome = Fixture::new().create(&vault).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_leaves_the_activity_id_out_does_not_make_a_job_somebody_elses() {
    let mut vault = FakeVault::good().with(Job { activity_id: String::new(), ..ours("left", running()) });
    vault.listed = Some(vec![ours("left", running())]);
    let outcome = Fixture::new().create(&vault).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 0));
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_whose_reasons_cannot_be_read_is_not_sent_again_by_itself() {
    for (released, posts) in [(false, 0), (true, 1)] {
        let (fixture, mut vault) = (Fixture::new(), FakeVault::good().with(ours("left", JobStatus::Failed)));
        vault.gone = Some("left");
        if released {
            fixture.context.registry.discharge("left", Discharge::Released);
        }
        let outcome = fixture.create(&vault).await;
        assert_eq!(vault.posts(), posts);
        assert_eq!(message(&outcome).contains("`triggers`"), !released, "{outcome:?}");
    }
}

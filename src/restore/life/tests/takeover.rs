//! What a Delete of this process has left to a Create: when it is taken, and when another restore is sent.

use super::*;

/// Creates with a record that a Delete has handed over; any other job of the list is left alone (`adopt = "none"`).
async fn taken_over(vault: &FakeVault, record: RestoreRecord, wanted_again: bool) -> (Outcome, Duration) {
    let mut fixture = Fixture::new();
    fixture.options.adopt = Adopt::None;
    fixture.context.registry.hand_over(intent(), Handover { record, warnings_accepted: false, wanted_again });
    let start = Instant::now();
    (fixture.create(vault).await, start.elapsed())
}

fn record(status: RestoreStatus) -> RestoreRecord {
    RestoreRecord { job_name: Some("left".into()), ..RestoreRecord::new(status) }
}

fn sent_record(status: RestoreStatus) -> RestoreRecord {
    let id = ClientRequestId::fresh(intent(), &SystemRandom).to_string();
    RestoreRecord { client_request_id: Some(id), ..RestoreRecord::new(status) }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_said_to_have_failed_and_goes_on_is_never_sent_again() {
    for code in ["LongRunningRestoreTrackingFailure", "UserErrorObjectReplicationPolicyDeletionFailureOnRestoreTarget"]
    {
        let failed = Job { errors: vec![AzureError::new(code, "no")], ..ours("left", JobStatus::Failed) };
        let mut known = record(RestoreStatus::InProgress);
        known.learn(&failed);
        assert_eq!(known.status, RestoreStatus::Failed);
        for known in [known, record(RestoreStatus::InProgress)] {
            let vault = FakeVault::good().with(failed.clone());
            let (outcome, _) = taken_over(&vault, known, false).await;
            assert_eq!(vault.posts(), 0);
            assert!(matches!(outcome.ending, Ending::Failed(_)), "its record is kept");
            assert_eq!(outcome.record.job_name.as_deref(), Some("left"));
            assert!(message(&outcome).contains("Job left is the same restore"), "{}", message(&outcome));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn warnings_that_only_the_state_tells_of_are_asked_for_once_more() {
    let vault = FakeVault::good().with(ours("left", JobStatus::Completed));
    let (outcome, _) = taken_over(&vault, record(RestoreStatus::CompletedWithWarnings), false).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 0));
    assert_eq!(outcome.record.status, RestoreStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_over_and_has_no_job_is_followed_by_another() {
    for status in [
        RestoreStatus::CompletedWithWarnings,
        RestoreStatus::Failed,
        RestoreStatus::Cancelled,
        RestoreStatus::NotAccepted,
    ] {
        let (vault, nameless) = (FakeVault::good(), RestoreRecord::new(status.clone()));
        let (outcome, _) = taken_over(&vault, nameless, false).await;
        assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1), "{status:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_running_job_that_cannot_be_read_is_kept_and_nothing_is_sent() {
    for wanted_again in [false, true] {
        let vault = FakeVault::good().with(ours("left", running()));
        vault.jobs_are_unreadable.store(true, Ordering::Relaxed);
        let (outcome, elapsed) = taken_over(&vault, record(RestoreStatus::InProgress), wanted_again).await;
        assert!(message(&outcome).contains("cannot read job left"), "{}", message(&outcome));
        assert!(message(&outcome).contains("Nothing was sent"));
        assert!(matches!(outcome.ending, Ending::Failed(_)));
        assert_eq!((outcome.record, vault.posts()), (record(RestoreStatus::InProgress), 0));
        assert_eq!(elapsed, Duration::ZERO, "a refusal does not pass");
    }
}

#[tokio::test(start_paused = true)]
async fn a_running_job_that_azure_does_not_know_is_asked_for_during_five_minutes_and_kept() {
    let vault = FakeVault::good();
    let (outcome, elapsed) = taken_over(&vault, record(RestoreStatus::InProgress), false).await;
    assert!(matches!(outcome.ending, Ending::Failed(_)));
    assert_eq!((outcome.record, vault.posts()), (record(RestoreStatus::InProgress), 0));
    assert_eq!(elapsed, Duration::from_secs(300));
}

#[tokio::test(start_paused = true)]
async fn an_ended_job_that_azure_does_not_know_is_not_waited_for() {
    let vault = FakeVault { polls: Mutex::new(1), ..FakeVault::good() };
    let (outcome, elapsed) = taken_over(&vault, record(RestoreStatus::CompletedWithWarnings), false).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1));
    assert!(elapsed < Duration::from_secs(60), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_whose_list_cannot_be_read_is_not_sent_again() {
    for wanted_again in [false, true] {
        for status in [RestoreStatus::Unknown, RestoreStatus::InProgress] {
            let vault = FakeVault::good();
            vault.list_is_broken.store(true, Ordering::Relaxed);
            let (outcome, _) = taken_over(&vault, sent_record(status.clone()), wanted_again).await;
            assert!(matches!(outcome.ending, Ending::Failed(_)), "{outcome:?}");
            assert!(message(&outcome).contains("could not be read"), "{}", message(&outcome));
            assert_eq!((outcome.record.status, vault.posts()), (status, 0));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_accepted_request_that_is_not_listed_is_sent_again_only_if_it_is_wanted_again() {
    for (wanted_again, posts) in [(false, 0), (true, 1)] {
        let vault = FakeVault::good();
        let (outcome, _) = taken_over(&vault, sent_record(RestoreStatus::InProgress), wanted_again).await;
        assert_eq!((matches!(outcome.ending, Ending::Done), vault.posts()), (wanted_again, posts));
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_of_another_item_is_not_taken() {
    let foreign = Job { item_id: Some("/subscriptions/other".into()), ..ours("left", running()) };
    let vault = FakeVault::good().with(foreign);
    let (outcome, _) = taken_over(&vault, record(RestoreStatus::InProgress), false).await;
    assert!(message(&outcome).contains("another job"), "{}", message(&outcome));
    assert_eq!((outcome.record.job_name, vault.posts()), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn only_an_attempt_that_was_sent_is_remembered_while_the_next_one_cannot_begin() {
    let never_sent = RestoreRecord::new(RestoreStatus::Failed);
    let mut sent = sent_record(RestoreStatus::Failed);
    sent.mark_sent(NOW);
    for (record, remembered) in [(never_sent, None), (sent.clone(), Some(sent))] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good());
        vault.hangs.lock().unwrap().push(Call::Resolve);
        fixture.context.registry.hand_over(intent(), left(record));
        let outcome = fixture.create(&vault).await;
        assert!(matches!(outcome.ending, Ending::NotBegun(_)), "{outcome:?}");
        assert_eq!(fixture.context.registry.wanted_again(intent()), remembered);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_was_found_learns_the_name_of_its_point_if_its_job_names_only_a_time() {
    for (named, expected) in [(None, "found of 2026-11-20"), (Some("named"), "named")] {
        let found = Job {
            recovery_point_id: named.map(str::to_owned),
            recovery_point_time: Some(NOW),
            ..ours("found", running())
        };
        let vault = FakeVault { point_of_time: Some("found"), ..FakeVault::good() }.with(found);
        let outcome = Fixture::new().create(&vault).await;
        assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 0));
        assert_eq!(outcome.record.recovery_point_id.as_deref(), Some(expected));
    }
}

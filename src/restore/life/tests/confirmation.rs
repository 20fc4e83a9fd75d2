//! Services whose first word of a good end is not the last: done is told only once it is confirmed.

use super::*;
use crate::restore::refresh;

/// A service that wants to see a good end for a minute.
fn vault() -> FakeVault {
    FakeVault { confirms_after: Duration::from_secs(60), ..FakeVault::good() }
}

#[tokio::test(start_paused = true)]
async fn done_is_reported_only_when_a_good_end_was_seen_for_as_long_as_the_service_wants() {
    let mut lasted = Vec::new();
    for confirms_after in [0, 60] {
        let vault = FakeVault { confirms_after: Duration::from_secs(confirms_after), ..FakeVault::good() };
        let (fixture, start) = (Fixture::new(), Instant::now());
        let outcome = fixture.create(&vault).await;
        assert_eq!((outcome.ending, outcome.record.status), (Ending::Done, RestoreStatus::Completed));
        lasted.push(start.elapsed().as_secs());
        let recorded = fixture.recorded.0.lock().unwrap().clone();
        let completed = recorded.iter().position(|(_, status, _)| status.as_deref() == Some("Completed"));
        let confirmed = recorded.iter().rposition(|(event, _, _)| event == "confirm");
        assert_eq!(confirmed.is_some(), confirms_after > 0);
        assert!(completed > confirmed, "{recorded:?}");
    }
    assert!((60..80).contains(&(lasted[1] - lasted[0])), "{lasted:?}");
}

#[tokio::test(start_paused = true)]
async fn a_good_end_that_does_not_last_counts_for_nothing() {
    let (fixture, vault) = (Fixture::new(), vault());
    *vault.relapses.lock().unwrap() = 2;
    let start = Instant::now();
    let outcome = fixture.create(&vault).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1));
    assert!(start.elapsed() > Duration::from_secs(3 * 54), "each time anew: {:?}", start.elapsed());
    assert_eq!(fixture.recorded.events().iter().filter(|event| *event == "confirm").count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_bad_end_needs_no_confirmation() {
    for end in [JobStatus::Failed, JobStatus::Cancelled] {
        let vault = FakeVault { confirms_after: Duration::from_secs(3600), ..FakeVault::new(end) };
        let start = Instant::now();
        assert!(matches!(Fixture::new().create(&vault).await.ending, Ending::Failed(_)));
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_is_interrupted_before_its_end_is_confirmed_runs_and_is_confirmed_when_resumed() {
    let vault = vault();
    let outcome = Fixture::new().create_stopped_after(&vault, Duration::from_secs(45)).await;
    assert!(matches!(outcome.ending, Ending::Interrupted(_)), "{outcome:?}");
    assert_eq!((&outcome.record.status, outcome.record.end_time), (&RestoreStatus::InProgress, None));
    assert_eq!(
        refresh(&vault, &Fixture::new().deadline(), &outcome.record, NOW).await,
        Ok(None),
        "a refresh waits for no one"
    );
    let start = Instant::now();
    let resumed = Fixture::new().resume(&vault, outcome.record).await;
    assert_eq!((resumed.ending, resumed.record.status), (Ending::Done, RestoreStatus::Completed));
    assert!(start.elapsed() >= Duration::from_secs(60) && vault.posts() == 1);
}

#[tokio::test(start_paused = true)]
async fn a_completed_restore_that_is_adopted_or_handed_over_is_confirmed_like_any_other() {
    for handed_over in [false, true] {
        let (mut fixture, vault) = (Fixture::new(), vault().with(ours("elsewhere", JobStatus::Completed)));
        fixture.options.adopt = Adopt::Completed;
        if handed_over {
            let record =
                RestoreRecord { job_name: Some("elsewhere".into()), ..RestoreRecord::new(RestoreStatus::InProgress) };
            fixture.context.registry.hand_over(intent(), left(record));
        }
        let interrupted = fixture.create_stopped_after(&vault, Duration::from_secs(30)).await;
        assert!(matches!(interrupted.ending, Ending::Interrupted(_)), "{interrupted:?}");
        assert_eq!(interrupted.record.status, RestoreStatus::InProgress);
        let start = Instant::now();
        let resumed = Fixture::new().resume(&vault, interrupted.record).await;
        assert_eq!((resumed.ending, vault.posts()), (Ending::Done, 0));
        assert!(start.elapsed() >= Duration::from_secs(60));
    }
}

#[tokio::test(start_paused = true)]
async fn what_only_a_list_says_of_a_good_end_is_not_reported_as_done() {
    let (mut fixture, vault) = (Fixture::new(), vault().with(ours("elsewhere", JobStatus::Completed)));
    fixture.options.adopt = Adopt::Completed;
    vault.jobs_are_unreadable.store(true, Ordering::Relaxed);
    let outcome = fixture.create_stopped_after(&vault, Duration::from_secs(30)).await;
    assert!(matches!(outcome.ending, Ending::Interrupted(_)), "{outcome:?}");
    assert_eq!((outcome.record.status, outcome.record.end_time), (RestoreStatus::InProgress, None));
}

#[tokio::test(start_paused = true)]
async fn nor_is_the_end_of_a_restore_that_is_found_again_in_the_list() {
    let id = ClientRequestId::fresh(intent(), &SystemRandom).to_string();
    let (mut fixture, vault) = (Fixture::new(), vault().with(job("found", &id, JobStatus::Completed)));
    fixture.timeout = Duration::from_secs(30);
    vault.jobs_are_unreadable.store(true, Ordering::Relaxed);
    let lost = RestoreRecord { client_request_id: Some(id), ..RestoreRecord::new(RestoreStatus::Unknown) };
    let outcome = fixture.resume(&vault, lost).await;
    assert_eq!(outcome.record.job_name.as_deref(), Some("found"));
    assert_eq!((outcome.record.status, outcome.record.end_time), (RestoreStatus::InProgress, None));
}

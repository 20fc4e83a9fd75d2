//! A restore that is wanted again (`-replace`) while state says that it runs, or may run.

use super::*;

/// Replaces an object of `record` on request.
async fn replaced(fixture: &Fixture, vault: &FakeVault, record: RestoreRecord) -> Outcome {
    let handover = Handover { record, warnings_accepted: false, wanted_again: true };
    fixture.context.registry.hand_over(intent(), handover);
    fixture.create(vault).await
}

fn in_progress() -> RestoreRecord {
    RestoreRecord { job_name: Some("left".into()), ..RestoreRecord::new(RestoreStatus::InProgress) }
}

#[tokio::test(start_paused = true)]
async fn a_running_job_that_no_list_shows_is_waited_for_and_nothing_is_sent() {
    for adopt in [Adopt::Running, Adopt::Completed, Adopt::None] {
        let (mut fixture, mut vault) = (Fixture::new(), FakeVault::good().with(ours("left", running())));
        fixture.options.adopt = adopt;
        vault.listed = Some(Vec::new());
        let outcome = replaced(&fixture, &vault, in_progress()).await;
        assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 0), "{adopt:?}");
        assert_eq!(outcome.record.job_name.as_deref(), Some("left"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_has_ended_meanwhile_runs_again() {
    for end in [JobStatus::Completed, JobStatus::CompletedWithWarnings, JobStatus::Failed, JobStatus::Cancelled] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("left", end.clone())));
        let outcome = replaced(&fixture, &vault, in_progress()).await;
        assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1), "{end}");
        let good = matches!(end, JobStatus::Completed | JobStatus::CompletedWithWarnings);
        assert_eq!(fixture.context.registry.wanted_again(intent()).is_some(), good);
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_azure_does_not_know_is_asked_for_during_five_minutes() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    let start = Instant::now();
    let late = async {
        tokio::time::sleep(Duration::from_secs(299)).await;
        assert_eq!(vault.posts(), 0);
    };
    let (outcome, ()) = tokio::join!(replaced(&fixture, &vault, in_progress()), late);
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1));
    assert!(start.elapsed() > Duration::from_secs(300));
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_is_searched_for_during_five_minutes_whatever_may_be_adopted() {
    for adopt in [Adopt::Running, Adopt::None] {
        for (listed, posts) in [(true, 0), (false, 1)] {
            let (mut fixture, vault) = (Fixture::new(), FakeVault::good());
            fixture.options.adopt = adopt;
            let id = ClientRequestId::fresh(intent(), &SystemRandom);
            let record =
                RestoreRecord { client_request_id: Some(id.to_string()), ..RestoreRecord::new(RestoreStatus::Unknown) };
            let late = async {
                tokio::time::sleep(Duration::from_secs(200)).await;
                assert_eq!(vault.posts(), 0);
                vault.jobs.lock().unwrap().extend(listed.then(|| job("found", &id.to_string(), running())));
            };
            let (outcome, ()) = tokio::join!(replaced(&fixture, &vault, record), late);
            assert_eq!((outcome.ending, vault.posts()), (Ending::Done, posts), "{adopt:?}");
        }
    }
}

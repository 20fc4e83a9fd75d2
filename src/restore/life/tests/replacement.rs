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

/// The state of a request that was sent at `sent` and lost.
fn lost_at(sent: OffsetDateTime) -> RestoreRecord {
    let mut record = RestoreRecord::new(RestoreStatus::Unknown);
    record.client_request_id = Some(ClientRequestId::fresh(intent(), &SystemRandom).to_string());
    record.mark_sent(sent);
    record
}

async fn taken_over(fixture: &Fixture, vault: &FakeVault, record: RestoreRecord) -> Outcome {
    let handover = Handover { record, warnings_accepted: false, wanted_again: false };
    fixture.context.registry.hand_over(intent(), handover);
    fixture.create(vault).await
}

#[tokio::test(start_paused = true)]
async fn what_had_completed_before_a_lost_request_does_not_stand_in_the_way_of_the_next_one() {
    let (second, hour) = (time::Duration::SECOND, time::Duration::HOUR);
    // The job before ended at noon, which is also now.
    for (sent, posts) in [(NOW, 1), (NOW - second, 0), (NOW + hour, 1)] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("before", JobStatus::Completed)));
        let outcome = taken_over(&fixture, &vault, lost_at(sent)).await;
        assert_eq!(vault.posts(), posts, "{sent}");
        assert_eq!(outcome.ending == Ending::Done, posts == 1, "{outcome:?}");
    }
    let later = Job { end_time: Some(NOW + second), ..ours("later", JobStatus::Completed) };
    let (fixture, vault) = (Fixture::new(), FakeVault::good().with(later));
    taken_over(&fixture, &vault, lost_at(NOW + hour)).await;
    assert_eq!(vault.posts(), 0, "a state file that names a time to come frees nothing that ends by then");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_taken_late_is_found_and_not_sent_again() {
    for status in [running(), JobStatus::Completed] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("before", JobStatus::Completed)));
        let record = lost_at(NOW);
        vault.jobs.lock().unwrap().push(job("late", record.client_request_id.as_deref().unwrap(), status));
        let outcome = taken_over(&fixture, &vault, record).await;
        assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 0));
        assert_eq!(outcome.record.job_name.as_deref(), Some("late"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_attempt_that_cannot_begin_keeps_when_the_first_was_sent() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("before", JobStatus::Completed)));
    vault.validations.lock().unwrap().push_back("UserErrorOfAnyKind");
    let outcome = taken_over(&fixture, &vault, lost_at(NOW)).await;
    assert!(matches!(outcome.ending, Ending::NotBegun(_)), "{outcome:?}");
    let kept = fixture.context.registry.wanted_again(intent()).unwrap();
    assert_eq!((kept.sent_at(), kept.job_name), (Some(NOW), None));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_gone_leaves_what_had_ended_before_it_out_of_the_way() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("before", JobStatus::Completed)));
    let record = RestoreRecord { start_time: Some(NOW), ..in_progress() };
    let outcome = replaced(&fixture, &vault, record).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1));
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_says_when_it_was_sent_until_its_job_is_known() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([ScriptedAnswer::Nothing]));
    assert_eq!(fixture.create(&vault).await.record.sent_at(), Some(NOW));
    let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([ScriptedAnswer::AcceptSilently]));
    assert_eq!(fixture.create(&vault).await.record.sent_at(), None);
}

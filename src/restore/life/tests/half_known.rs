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
    for (known, posts) in [(None, 0), (Some("released"), 1), (Some("its failure was seen"), 1)] {
        let (fixture, mut vault) = (Fixture::new(), FakeVault::good().with(ours("left", JobStatus::Failed)));
        vault.gone = Some("left");
        match known {
            None => {}
            Some("released") => fixture.context.registry.discharge("left", Discharge::Released),
            Some(_) => fixture.context.registry.discharge("left", Discharge::FailureSeen),
        }
        let outcome = fixture.create(&vault).await;
        assert_eq!(vault.posts(), posts, "{known:?}");
        assert_eq!(message(&outcome).contains("`triggers`"), known.is_none(), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_half_listed_job_that_cannot_be_asked_stops_the_restore_and_one_that_is_gone_does_not() {
    for (gone, posts) in [(true, 1), (false, 0)] {
        let mut vault = FakeVault::good();
        vault.listed = Some(vec![Job::new("/vault/jobs/left", "left", running())]);
        vault.jobs_are_unreadable.store(!gone, Ordering::Relaxed);
        let fixture = Fixture::new();
        if gone {
            assert_eq!(fixture.create(&vault).await.ending, Ending::Done);
        } else {
            assert!(matches!(fixture.create(&vault).await.ending, Ending::NotBegun(_)));
        }
        assert_eq!(vault.posts(), posts);
    }
}

/// Azure's words of what a job does are open; an id of ours is sent with restores only.
#[tokio::test(start_paused = true)]
async fn a_job_with_our_id_that_azure_calls_something_else_keeps_another_restore_from_being_sent() {
    for status in [running(), JobStatus::Completed] {
        for is_half_listed in [false, true] {
            let strange = Job { is_of_activity: false, ..ours("strange", status.clone()) };
            let mut vault = FakeVault::good().with(strange.clone());
            let id = if is_half_listed { String::new() } else { strange.activity_id.clone() };
            vault.listed = Some(vec![Job { activity_id: id, is_of_activity: is_half_listed, ..strange }]);
            let outcome = Fixture::new().create(&vault).await;
            assert_eq!(vault.posts(), 0, "{status:?} {is_half_listed}: {outcome:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_half_listed_job_of_another_restore_does_not_hide_that_ours_goes_on() {
    let failed = Job {
        errors: vec![AzureError::new("LongRunningRestoreTrackingFailure", "no")],
        ..ours("left", JobStatus::Failed)
    };
    let later = Some(NOW + time::Duration::HOUR);
    let other = "4195ca6c-e02d-11eb-b0b1-70bc105e2242";
    let mut vault = FakeVault::good()
        .with(failed.clone())
        .with(Job { start_time: later, ..job("foreign", other, running()) })
        .with(Job { start_time: later, is_of_activity: false, ..job("backup", other, running()) });
    *vault.polls.lock().unwrap() = 100;
    let half = |name: &str| Job { start_time: later, ..job(name, "", running()) };
    vault.listed = Some(vec![failed, half("foreign"), half("backup")]);
    let outcome = Fixture::new().create(&vault).await;
    assert!(message(&outcome).contains("must be checked first"), "{outcome:?}");
    assert_eq!(vault.posts(), 0);
}

#[tokio::test(start_paused = true)]
async fn each_job_that_a_list_calls_running_is_asked_for_itself_not_the_last_one_only() {
    let older = |status| Job { start_time: Some(NOW - time::Duration::HOUR), ..ours("older", status) };
    let mut vault = FakeVault::good().with(older(JobStatus::Failed)).with(ours("newer", JobStatus::Failed));
    vault.listed = Some(vec![older(running()), ours("newer", JobStatus::Failed)]);
    let outcome = Fixture::new().create(&vault).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1));
    assert_ne!(outcome.record.job_name.as_deref(), Some("older"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_that_cannot_be_asked_why_stops_the_restore_and_a_cancelled_one_has_nothing_to_tell() {
    for (status, gone, posts) in
        [(JobStatus::Failed, false, 0), (JobStatus::Cancelled, false, 1), (JobStatus::Cancelled, true, 1)]
    {
        let mut vault = FakeVault::good();
        vault.listed = Some(vec![ours("left", status.clone())]);
        vault.jobs_are_unreadable.store(!gone, Ordering::Relaxed);
        let mut fixture = Fixture::new();
        // The restore that is sent cannot be read either.
        fixture.timeout = Duration::from_secs(3600);
        let outcome = fixture.create(&vault).await;
        assert_eq!(vault.posts(), posts, "{status} {gone}: {outcome:?}");
        assert_eq!(message(&outcome).contains("cannot read the vault's job list"), posts == 0, "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_of_which_a_list_says_whose_it_is_is_not_asked_for() {
    let mut vault = FakeVault::good();
    let other_item = Some("/subscriptions/other".into());
    vault.listed = Some(vec![
        job("foreign", "4195ca6c-e02d-11eb-b0b1-70bc105e2242", running()),
        Job { item_id: other_item, ..job("elsewhere", "", running()) },
    ]);
    vault.jobs_are_unreadable.store(true, Ordering::Relaxed);
    let mut fixture = Fixture::new();
    fixture.timeout = Duration::from_secs(3600);
    fixture.create(&vault).await;
    assert_eq!(vault.posts(), 1);
}

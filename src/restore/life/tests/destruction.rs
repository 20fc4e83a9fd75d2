//! What becomes of a restore whose object is destroyed.

use super::*;
use crate::restore::destruction::{Destroyed, destroy};
use crate::restore::registry::Discharge;

fn record(job: &str) -> RestoreRecord {
    RestoreRecord { job_name: Some(job.into()), ..RestoreRecord::new(RestoreStatus::InProgress) }
}

async fn destroyed(fixture: &Fixture, vault: &FakeVault, job: &str) -> Result<Destroyed, UserMessage> {
    destroy(vault, &fixture.context.registry, intent(), &fixture.deadline(), &record(job)).await
}

#[tokio::test(start_paused = true)]
async fn a_service_that_can_do_nothing_forgets() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    assert_eq!(destroyed(&fixture, &vault, "job").await, Ok(Destroyed::Forgotten));
    assert!(vault.destroyed.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_takes_its_restore_back_does_so_and_the_job_is_nobodys_any_more() {
    let (fixture, vault) = (Fixture::new(), FakeVault { destroys: Some(Ok(())), ..FakeVault::good() });
    assert_eq!(destroyed(&fixture, &vault, "job").await, Ok(Destroyed::TakenBack));
    assert_eq!(*vault.destroyed.lock().unwrap(), ["job"]);
    assert_eq!(fixture.context.registry.discharged("job"), Some(Discharge::Released));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_another_object_of_this_process_holds_is_left_alone() {
    let vault = || FakeVault { destroys: Some(Ok(())), ..FakeVault::good() };
    let (fixture, waits) = (Fixture::new(), vault().with(ours("held", running())));
    assert_eq!(fixture.create(&waits).await.record.job_name.as_deref(), Some("held"));
    let (planned, begins) = (Fixture::new(), Fixture::new());
    planned.context.registry.plan(intent()).unwrap();
    begins.context.registry.begin(intent()).unwrap();
    for (fixture, vault) in [(fixture, waits), (planned, vault()), (begins, vault())] {
        assert_eq!(destroyed(&fixture, &vault, "held").await, Ok(Destroyed::Forgotten));
        assert!(vault.destroyed.lock().unwrap().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_taken_back_is_an_error_and_the_job_is_not_let_go() {
    let vault = FakeVault { destroys: Some(Err("JobNotCancellable")), ..FakeVault::good() };
    let fixture = Fixture::new();
    let message = destroyed(&fixture, &vault, "job").await.unwrap_err();
    assert!(message.summary.contains("things of item \"i\"") && message.detail().contains("JobNotCancellable"));
    assert_eq!(fixture.context.registry.discharged("job"), None);
}

#[tokio::test(start_paused = true)]
async fn only_a_job_that_ended_by_itself_is_told_to_have_ended_first() {
    for (seen, ended_first) in [
        (None, false),
        (Some(running()), false),
        (Some(JobStatus::Cancelled), false),
        (Some(JobStatus::Completed), true),
        (Some(JobStatus::Failed), true),
    ] {
        let vault = FakeVault { destroys: Some(Ok(())), seen_ending: seen.clone(), ..FakeVault::good() };
        match destroyed(&Fixture::new(), &vault, "job").await {
            Ok(Destroyed::EndedFirst(message)) if ended_first => {
                let text = message.detail();
                assert!(text.contains(&format!("Job job ended as {}", seen.unwrap())), "{text}");
            }
            other => assert!(!ended_first && other == Ok(Destroyed::TakenBack), "{seen:?}: {other:?}"),
        }
    }
}

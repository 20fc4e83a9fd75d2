//! What becomes of a restore whose object is destroyed.

use super::*;
use crate::restore::destruction::{Destroyed, destroy};

fn record(job: &str) -> RestoreRecord {
    RestoreRecord { job_name: Some(job.into()), ..RestoreRecord::new(RestoreStatus::InProgress) }
}

async fn destroyed(stage: &Stage, vault: &Vault, job: &str) -> Result<Destroyed, UserMessage> {
    destroy(vault, &stage.around.registry, intent(), &stage.deadline(), &record(job)).await
}

#[tokio::test(start_paused = true)]
async fn a_service_that_can_do_nothing_forgets() {
    let (stage, vault) = (Stage::new(), Vault::good());
    assert_eq!(destroyed(&stage, &vault, "job").await, Ok(Destroyed::Forgotten));
    assert!(vault.destroyed.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_takes_its_restore_back_does_so_and_the_job_is_nobodys_any_more() {
    let (stage, vault) = (Stage::new(), Vault { destroys: Some(Ok(())), ..Vault::good() });
    assert_eq!(destroyed(&stage, &vault, "job").await, Ok(Destroyed::TakenBack));
    assert_eq!(*vault.destroyed.lock().unwrap(), ["job"]);
    assert!(stage.around.registry.is_released("job"));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_another_object_of_this_process_holds_is_left_alone() {
    let vault = || Vault { destroys: Some(Ok(())), ..Vault::good() };
    let (stage, waits) = (Stage::new(), vault().with(ours("held", running())));
    assert_eq!(stage.create(&waits).await.record.job_name.as_deref(), Some("held"));
    let (planned, begins) = (Stage::new(), Stage::new());
    planned.around.registry.plan(intent()).unwrap();
    begins.around.registry.begin(intent()).unwrap();
    for (stage, vault) in [(stage, waits), (planned, vault()), (begins, vault())] {
        assert_eq!(destroyed(&stage, &vault, "held").await, Ok(Destroyed::Forgotten));
        assert!(vault.destroyed.lock().unwrap().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_taken_back_is_an_error_and_the_job_is_not_let_go() {
    let vault = Vault { destroys: Some(Err("JobNotCancellable")), ..Vault::good() };
    let stage = Stage::new();
    let report = destroyed(&stage, &vault, "job").await.unwrap_err();
    assert!(report.summary.contains("things of item \"i\"") && report.detail().contains("JobNotCancellable"));
    assert!(!stage.around.registry.is_released("job"));
}

//! What a plan finds out beforehand.

use super::*;

async fn preflight(vault: &FakeVault) -> Option<UserMessage> {
    let fixture = Fixture::new();
    let found = Life::preflight(vault, fixture.options.clone(), &fixture.context, fixture.deadline()).await;
    assert_eq!(vault.posts(), 0);
    found
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_could_begin_or_would_be_adopted_is_no_error() {
    assert_eq!(preflight(&FakeVault::good()).await, None);
    let running = FakeVault::good().with(ours("elsewhere", running()));
    running.validations.lock().unwrap().push_back("UserErrorPitrRestoreInProgress");
    assert_eq!(preflight(&running).await, None);
}

#[tokio::test(start_paused = true)]
async fn what_an_apply_would_end_with_is_told() {
    let done = FakeVault::good().with(ours("done", JobStatus::Completed));
    assert!(preflight(&done).await.unwrap().summary.contains("this restore has already run"));
    let unresolved = FakeVault::good();
    unresolved.hangs.lock().unwrap().push(Call::Resolve);
    assert!(preflight(&unresolved).await.unwrap().summary.contains("cannot be prepared"));
    let refused = FakeVault::good();
    refused.validations.lock().unwrap().push_back("UserErrorTargetContainersExistOnAccount");
    let refused = preflight(&refused).await.unwrap();
    assert!(refused.summary.contains("validation failed") && refused.detail().contains("rename_to"), "{refused:?}");
}

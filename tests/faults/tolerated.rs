//! What one fault in one place must not end: the other ways to an operation, and Azure's own slowness with new jobs.

use crate::in_process::Session;
use crate::simulator::{Fault, JobScript, JobView};

async fn done(s: &mut Session) {
    let config = s.operational(&[Session::timeouts("1h")]);
    let finished = s.apply(&config).await;
    assert!(finished.succeeded(), "{}", finished.text());
    assert_eq!((s.text("status").as_str(), s.restores()), ("Completed", 1));
    // No way had to be searched for by waiting.
    assert!(s.transport().elapsed().as_secs() < 120, "{:?}", s.transport().elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_may_not_be_read_at_subscription_scope_is_read_elsewhere() {
    for forbidden in ["*/locations/*/operation*", "*/backupVaults/*/operationStatus/*"] {
        let mut s = Session::new();
        s.azure().inject(Fault::status("GET", forbidden, 403, &[], "AuthorizationFailed").always());
        done(&mut s).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_and_a_job_that_are_not_there_yet_are_looked_at_again() {
    for absent in ["*/operationStatus/*", "*/operationResults/*", "*/backupJobs/*"] {
        let mut s = Session::new();
        let fault = Fault::status("GET", absent, 404, &[], "ResourceNotFound");
        s.azure().inject(fault.times(2).after_accepted_restores(1));
        done(&mut s).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_reads_of_a_new_job_may_fail_be_empty_or_find_nothing() {
    for view in [JobView::ServerError, JobView::Bare, JobView::Missing] {
        let mut s = Session::new();
        s.azure().next_restore(JobScript::completes().first(view, 3));
        done(&mut s).await;
    }
}

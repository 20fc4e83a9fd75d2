//! It outlives the restore: throttling, server errors, expired tokens, broken connections while the job runs.

use super::X;
use crate::harness::Scenario;
use crate::simulator::{Action, Fault, JobScript};

const JOB: &str = "*/backupJobs/*";

/// One restore whose job is looked at through this fault; it ends well all the same.
#[track_caller]
fn survives(fault: Fault) -> Scenario {
    let mut s = Scenario::new();
    s.fault(fault);
    s.next_job(JobScript::running(3).then(crate::simulator::Ending::Completed));
    s.restore("");
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get(X).text("status"), "Completed");
    s.expect_restores(1);
    s
}

#[test]
fn throttled_looks_wait_as_long_as_azure_asks() {
    survives(Fault::status("GET", JOB, 429, &[("Retry-After", "1")], "TooManyRequests").nth(2)).finish(1);
}

#[test]
fn server_errors_between_looks_do_not_end_the_wait() {
    survives(Fault::status("GET", JOB, 503, &[], "ServiceUnavailable").times(2)).finish(1);
}

#[test]
fn broken_connections_between_looks_do_not_end_the_wait() {
    survives(Fault::on("GET", JOB, Action::ResetBeforeAcceptance).nth(2)).finish(1);
}

#[test]
fn half_an_answer_and_nonsense_between_looks_do_not_end_the_wait() {
    survives(Fault::on("GET", JOB, Action::TruncatedBody)).finish(1);
    survives(Fault::on("GET", JOB, Action::MalformedBody)).finish(1);
    survives(Fault::on("GET", JOB, Action::Html { status: 502 })).finish(1);
}

#[test]
fn an_outage_while_the_job_runs_does_not_end_the_wait() {
    let mut s = Scenario::new();
    s.next_job(JobScript::held());
    s.restore("");
    let mut apply = s.apply_until_the_job_runs();
    let azure = s.azure();
    azure.disconnect();
    let tries = s.log().len();
    let log = s.log_file();
    apply.wait_until("the provider has met the outage", || log.metadata().is_ok_and(|log| log.len() > tries as u64));
    azure.reconnect();
    let looks = s.job_looks();
    apply.wait_until("it looks again", || azure.job_looks() > looks);
    s.release_job();
    s.keep(apply).succeeds();
    s.finish(1);
}

#[test]
fn an_expired_token_is_replaced() {
    let s = survives(Fault::on("GET", JOB, Action::TokenExpired).nth(2));
    assert!(s.journal().count("POST", "/oauth2/v2.0/token") >= 2, "{}", s.journal().text());
    s.finish(1);
}

#[test]
fn a_first_look_that_fails_or_shows_next_to_nothing_is_looked_at_again() {
    for view in [crate::simulator::JobView::ServerError, crate::simulator::JobView::Bare] {
        let mut s = Scenario::new();
        s.next_job(JobScript::completes().first(view, 1));
        s.restore("");
        s.apply(&[]).succeeds();
        assert_eq!(s.state().get(X).text("status"), "Completed");
        s.finish(1);
    }
}

#[test]
fn tokens_never_go_to_another_host() {
    let mut s = Scenario::new();
    let elsewhere = "https://evil.example/steal";
    s.fault(Fault::on("GET", "*/operationStatus/*", Action::RedirectTo(elsewhere.into())).times(3));
    s.restore("timeouts {\n    create = \"3s\"\n  }");
    // Whatever apply makes of a redirect: the scenario's end asserts that no token got out.
    s.apply(&[]);
    let restores = s.restores();
    s.finish(restores);
}

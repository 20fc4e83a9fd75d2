//! How long an apply goes on, and what it says meanwhile.

use super::X;
use crate::harness::Scenario;

#[test]
fn acceptance_of_the_request_is_not_the_end() {
    let mut s = Scenario::new();
    s.next_job(crate::simulator::JobScript::held());
    s.restore("");
    let mut apply = s.apply_until_the_job_runs();
    // The operation has long succeeded; the job has not. Looks go by, and apply goes on.
    let looks = s.job_looks();
    let azure = s.azure();
    apply.wait_until("many more looks", || azure.job_looks() > looks + 10);
    assert!(s.state().find(X).is_none_or(|x| x.text("status") != "Completed"));
    s.release_job();
    s.keep(apply).succeeds();
    assert_eq!(s.state().get(X).text("status"), "Completed");
    s.finish(1);
}

#[test]
fn the_provider_says_at_each_phase_what_it_does() {
    let mut s = Scenario::new();
    let progress = s.folder().join("progress.jsonl");
    s.provider("progress_file = \"progress.jsonl\"");
    s.restore("");
    s.apply(&[]).succeeds();
    let text = std::fs::read_to_string(progress).expect("the progress file is there");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("whole JSON lines")).collect();
    assert!(lines.len() >= 2, "{text}");
    assert!(text.contains(&s.job().job_id), "{text}");
    assert!(text.contains("Completed"), "{text}");
    assert!(s.log().contains(&s.job().job_id));
    s.finish(1);
}

//! Create, plan again, refresh, update in place, replace, destroy.

use serde_json::json;

use super::X;
use crate::harness::Scenario;

#[test]
fn apply_restores_once_and_says_what_came_of_it() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    let (x, job) = (s.state().get(X), s.job());
    assert!(!x.tainted);
    assert_eq!(x.text("status"), "Completed");
    assert!(x.text("id").eq_ignore_ascii_case(&job.job), "{} is not {}", x.text("id"), job.job);
    assert_eq!(x.text("job_id"), job.job_id);
    assert_eq!(Some(x.text("client_request_id")), job.client_request_id.as_deref());
    assert_eq!(x.attributes["imported"], json!(false));
    for name in ["start_time", "end_time", "recovery_point_time"] {
        assert_ne!(x.text(name), "", "{name}: {:#}", x.attributes);
    }
    assert!(x.attributes["duration_seconds"].is_number(), "{:#}", x.attributes);
    s.finish(1);
}

#[test]
fn a_second_plan_is_empty_and_asks_nothing() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    s.asks_nothing(|s| s.plans_nothing());
    s.finish(1);
}

#[test]
fn a_vaulted_restore_into_another_account_is_stable_too() {
    let mut s = Scenario::new();
    s.vaulted("recovery_point = { latest = true }");
    s.apply(&[]).succeeds();
    let x = s.state().get(X);
    assert_eq!(x.text("status"), "Completed");
    assert_ne!(x.text("recovery_point_id"), "");
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn a_newer_backup_does_not_restore_again() {
    let mut s = Scenario::new();
    s.vaulted("recovery_point = { latest = true }");
    s.apply(&[]).succeeds();
    s.add_recovery_point();
    s.plans_nothing();
    s.apply(&["-refresh-only"]).succeeds();
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn refresh_of_an_ended_restore_asks_nothing() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    let before = s.state().get(X).attributes;
    s.asks_nothing(|s| s.refresh().succeeds());
    assert_eq!(s.state().get(X).attributes, before);
    s.finish(1);
}

#[test]
fn nothing_is_planned_after_the_job_record_is_gone() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    s.forget_job();
    s.refresh().succeeds();
    s.plans_nothing();
    assert_eq!(s.state().get(X).text("status"), "Completed");
    s.finish(1);
}

#[test]
fn arguments_without_meaning_for_the_data_change_in_place_and_ask_nothing() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    let before = s.state().get(X).attributes;
    s.restore(
        "adopt = \"none\"\n  accept_warnings = true\n  timeouts {\n    create = \"1h\"\n    update = \"2h\"\n  }",
    );
    let change = s.planned(&[]).change(X);
    assert_eq!(change.actions, ["update"]);
    assert!(change.unknown().is_empty(), "{:?}", change.unknown());
    s.asks_nothing(|s| s.apply(&[]).succeeds());
    let after = s.state().get(X).attributes;
    for name in ["id", "job_id", "client_request_id", "status", "start_time", "end_time", "duration_seconds", "tasks"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    assert_eq!(after["adopt"], "none");
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn new_triggers_restore_again() {
    let mut s = Scenario::new();
    s.restore("triggers = { run = \"1\" }");
    s.apply(&[]).succeeds();
    let first = s.state().get(X);
    s.restore("triggers = { run = \"2\" }");
    let change = s.planned(&[]).change(X);
    assert_eq!(change.actions, ["delete", "create"]);
    assert_eq!(change.replace_paths, ["triggers"]);
    s.expect_restores(1);
    s.apply(&[]).succeeds();
    let second = s.state().get(X);
    assert_ne!(second.text("job_id"), first.text("job_id"));
    assert_ne!(second.text("client_request_id"), first.text("client_request_id"));
    s.plans_nothing();
    s.finish(2);
}

#[test]
fn destroy_forgets_and_asks_nothing() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    s.asks_nothing(|s| s.destroy().succeeds());
    assert!(s.state().is_empty());
    s.finish(1);
}

#[test]
fn lists_in_another_order_and_ids_in_another_case_are_no_change() {
    let mut s = Scenario::new();
    s.restore("containers = [{ name = \"orders\" }, { name = \"documents\", prefixes = [\"b/\", \"a/\"] }]");
    s.apply(&[]).succeeds();
    let shouted = s.operational_id().to_uppercase().replace("/SUBSCRIPTIONS/", "/subscriptions/");
    s.write_restore(&[
        ("backup_instance_id", &format!("{shouted:?}")),
        ("point_in_time", &format!("{:?}", s.point())),
        ("containers", "[{ name = \"documents\", prefixes = [\"a/\", \"b/\"] }, { name = \"orders\" }]"),
    ]);
    s.asks_nothing(|s| s.plans_nothing());
    s.finish(1);
}

#[test]
fn the_same_instant_in_another_notation_is_no_change() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    let elsewhere = s.point().replace('Z', ".000+00:00");
    s.write_restore(&[
        ("backup_instance_id", &format!("{:?}", s.operational_id())),
        ("point_in_time", &format!("{elsewhere:?}")),
    ]);
    s.asks_nothing(|s| s.plans_nothing());
    s.finish(1);
}

#[test]
fn acceptance_of_the_request_is_not_the_end() {
    let mut s = Scenario::new();
    s.next_job(crate::simulator::Story::held());
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

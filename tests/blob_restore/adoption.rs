//! A restore of the same intent is already there: running, or done within the last day.

use super::X;
use crate::harness::Scenario;
use crate::simulator::{Ending, JobScript};

/// A scenario whose provider was killed while the job ran: the state knows nothing, Azure has the job.
fn orphaned(more: &str) -> Scenario {
    let mut s = Scenario::new();
    s.next_job(JobScript::held());
    s.restore(more);
    let apply = s.apply_until_the_job_runs();
    apply.kill_provider();
    s.keep(apply).fails();
    assert!(s.state().is_empty());
    s
}

#[test]
fn adopt_none_passes_over_a_completed_job_and_restores() {
    let mut s = orphaned("adopt = \"none\"");
    s.end_job(Ending::Completed);
    s.expect_restores(1);
    s.apply(&[]).succeeds();
    s.finish(2);
}

#[test]
fn adopt_none_restores_nothing_beside_a_job_that_a_kill_has_left() {
    let mut s = orphaned("adopt = \"none\"");
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains(&s.job().job_id) && error.contains("already running"), "{error}");
    s.expect_restores(1);
    s.restore("");
    s.goes_on_with_the_same_job(X);
}

#[test]
fn a_failed_restore_that_no_state_knows_is_not_taken() {
    let mut s = orphaned("");
    s.end_job(Ending::failed("UserErrorStorageAccountInLockedState", "The account is locked.", "Remove the lock."));
    s.expect_restores(1);
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get(X).text("job_id"), s.job().job_id);
    s.finish(2);
}

#[test]
fn a_restore_of_another_intent_is_not_taken() {
    let mut s = orphaned("triggers = { run = \"1\" }");
    s.end_job(Ending::Completed);
    s.restore("triggers = { run = \"2\" }");
    s.expect_restores(1);
    s.apply(&[]).succeeds();
    s.finish(2);
}

#[test]
fn the_intent_survives_another_order_and_another_case() {
    let mut s = orphaned("containers = [{ name = \"orders\" }, { name = \"documents\" }]");
    let shouted = s.operational_id().to_uppercase().replace("/SUBSCRIPTIONS/", "/subscriptions/");
    s.write_restore(&[
        ("backup_instance_id", &format!("{shouted:?}")),
        ("point_in_time", &format!("{:?}", s.point())),
        ("containers", "[{ name = \"documents\" }, { name = \"orders\" }]"),
    ]);
    let apply = s.apply_until_it_waits();
    s.release_job();
    s.keep(apply).succeeds();
    assert_eq!(s.state().get(X).text("job_id"), s.job().job_id);
    s.finish(1);
}

#[test]
fn a_destroyed_restore_may_be_made_again_in_another_run_only_if_adoption_says_so() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    s.destroy().succeeds();
    // Another process: it sees a completed restore of this intent which none of its own deletes has released.
    let text = s.apply(&[]).fails().error().text();
    assert!(text.contains(&s.job().job_id), "{text}");
    s.finish(1);
}

#[test]
fn two_restores_of_one_intent_in_one_configuration_are_an_error_in_the_plan() {
    let mut s = Scenario::new();
    let arguments = s.operational_arguments("");
    s.configure(&format!(
        "resource \"azurebackup_blob_restore\" \"x\" {{\n{arguments}\n}}\n\
         resource \"azurebackup_blob_restore\" \"y\" {{\n{arguments}\n}}\n"
    ));
    let finished = s.plan(&[]).fails();
    assert!(!finished.errors().is_empty(), "{finished}");
    s.finish(0);
}

#[test]
fn another_alias_takes_up_a_job_that_it_can_see() {
    let mut s = Scenario::new();
    s.next_job(JobScript::held());
    let (alias, arguments) = (s.alias("second"), s.operational_arguments(""));
    let configuration = format!(
        "{alias}\nresource \"azurebackup_blob_restore\" \"x\" {{\n{arguments}\n}}\n\
         resource \"azurebackup_blob_restore\" \"y\" {{\n  provider = azurebackup.second\n{arguments}\n}}\n"
    );
    s.configure(&configuration);
    let mut first = s.spawn_apply(&["-target=azurebackup_blob_restore.x"]);
    let azure = s.azure();
    first.wait_until("the job runs", || azure.restores() == 1 && azure.job_looks() > 1);
    first.interrupt();
    s.keep(first).fails();

    let mut second = s.spawn_apply(&["-target=azurebackup_blob_restore.y"]);
    let looks = s.job_looks();
    second.wait_until("the other alias waits for the same job", || azure.job_looks() > looks + 5);
    s.release_job();
    s.keep(second).succeeds();
    s.apply(&[]).succeeds();
    for address in ["azurebackup_blob_restore.x", "azurebackup_blob_restore.y"] {
        let restore = s.state().get(address);
        assert_eq!((restore.text("status"), restore.text("job_id")), ("Completed", s.job().job_id.as_str()));
    }
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn restores_onto_one_account_wait_for_each_other() {
    let mut s = Scenario::new();
    let restore = |name: &str, container: &str, s: &Scenario| {
        let arguments = s.operational_arguments(&format!("containers = [{{ name = {container:?} }}]"));
        format!("resource \"azurebackup_blob_restore\" {name:?} {{\n{arguments}\n}}\n")
    };
    s.configure(&(restore("x", "orders", &s) + &restore("y", "documents", &s)));
    s.apply(&[]).succeeds();
    assert_eq!(s.journal().count("POST", "/restore"), 2, "within one process they queue: Azure refused none");
    s.plans_nothing();
    s.finish(2);
}

#[test]
fn two_aliases_onto_one_account_wait_out_the_refusal() {
    let mut s = Scenario::new();
    let alias = s.alias("second");
    let orders = s.operational_arguments("containers = [{ name = \"orders\" }]");
    let documents = s.operational_arguments("containers = [{ name = \"documents\" }]");
    s.configure(&format!(
        "{alias}\nresource \"azurebackup_blob_restore\" \"x\" {{\n{orders}\n}}\n\
         resource \"azurebackup_blob_restore\" \"y\" {{\n  provider = azurebackup.second\n{documents}\n}}\n"
    ));
    s.apply(&[]).succeeds();
    s.plans_nothing();
    s.finish(2);
}

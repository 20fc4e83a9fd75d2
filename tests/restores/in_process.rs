//! What comes before the restore is sent and what is found of it afterwards, where Terraform makes no difference.

use std::time::Duration;

use serde_json::json;

use super::fixture::InProcessFixture;
use super::kinds::{self, RestoreKindCase, facts_in_process};
use super::services::{Point, RequestPattern};
use super::simulated_resources;
use crate::in_process::{PlannedStep, Session, text};
use crate::simulator::{Action, Ending, Fault, JobScript, OperationScript, ServiceError};

facts_in_process! {
    a_failed_validation_says_what_azure_recommends_three_levels_down,
    a_role_granted_late_is_waited_for_and_said_so,
    a_target_that_is_busy_is_waited_out,
    a_running_restore_that_no_state_knows_is_adopted,
    a_completed_restore_that_no_state_knows_is_named_and_not_repeated,
    a_restore_that_completed_long_ago_is_not_repeated_whatever_the_clock_of_the_machine_says,
    a_restore_whose_answer_was_lost_is_found,
    a_restore_of_another_workload_is_not_imported,
    an_instance_of_another_workload_is_refused,
    points_that_cannot_be_restored_are_passed_over,
    the_point_that_a_backup_on_demand_has_made_is_restored,
    preflight_for_pipelines_fails_the_plan_with_what_azure_would_refuse,
    preflight_tells_as_a_warning_what_azure_would_refuse,
}

async fn a_failed_validation_says_what_azure_recommends_three_levels_down(kind: RestoreKindCase) {
    let mut r = InProcessFixture::new(kind);
    let no = ServiceError::new("UserErrorNotLikeThis", "It cannot be restored like this.")
        .recommend("Do it like that.")
        .inner("InnerReason", "There is a reason.");
    r.refuse_next(no);
    let finished = r.apply(vec![]).await;
    r.failed(&finished, &["UserErrorNotLikeThis", "It cannot be restored like this."]);
    let recommended = r.kind.service.validation.is_some() || r.kind.service.operation_recommends;
    assert_eq!(finished.text().contains("Do it like that."), recommended, "{}", finished.text());
    assert!(r.session.object.is_none(), "nothing was started, nothing is kept");
    assert_eq!(r.asked(r.kind.tried()).len(), 1, "it is not tried again");
    assert!(r.asked(r.kind.service.trigger).len() <= usize::from(r.kind.service.validation.is_none()));
    r.finish(0);
}

async fn a_role_granted_late_is_waited_for_and_said_so(kind: RestoreKindCase) {
    let mut r = InProcessFixture::new(kind);
    let missing = r.missing_role().code;
    assert!(r.azure().withhold_role(r.kind.item, 3));
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    let (tried, triggers) = (r.asked(r.kind.tried()), r.asked(r.kind.service.trigger));
    assert_eq!(tried.len(), 4);
    if r.kind.service.validation.is_some() {
        assert_eq!(triggers.len(), 1);
        assert!(tried.iter().all(|validation| *validation < triggers[0]), "nothing is sent meanwhile");
    }
    let told = r.progress();
    let lines = told.lines().filter(|line| line.contains("\"event\":\"role\"") && line.contains(&missing)).count();
    assert_eq!(lines, 3, "{told}");
    r.finish(1);
}

async fn a_target_that_is_busy_is_waited_out(kind: RestoreKindCase) {
    let mut r = InProcessFixture::new(kind);
    let busy = || {
        let code = "UserErrorMaxConcurrentOperationLimitReached";
        ServiceError::new(code, "Too many at once.").recommend("Wait.")
    };
    r.refuse_next(busy());
    r.refuse_next(busy());
    r.azure().next_restore_operation(OperationScript::fails(busy()));
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    let (triggers, lists) = (r.asked(r.kind.service.trigger), r.asked(r.kind.service.list));
    assert_eq!(triggers.len(), if r.kind.service.validation.is_some() { 2 } else { 4 });
    let last_two = triggers[triggers.len() - 2]..triggers[triggers.len() - 1];
    let between = lists.iter().any(|list| last_two.contains(list));
    assert!(between, "the list is read before it is sent once more: {triggers:?}, {lists:?}");
    let told = r.progress();
    assert_eq!(told.lines().filter(|line| line.contains("\"event\":\"busy\"")).count(), 3, "{told}");
    r.finish(1);
}

async fn a_running_restore_that_no_state_knows_is_adopted(kind: RestoreKindCase) {
    let mut r = InProcessFixture::new(kind);
    r.azure().next_restore(JobScript::running(30).then(Ending::Completed));
    let finished = r.apply(vec![("timeouts", json!({"create": "40s"}))]).await;
    r.failed(&finished, &["terraform untaint"]);
    let job = r.session.text("job_id");
    assert_eq!(r.session.text("status"), "InProgress");
    r.forget();
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!((r.session.text("job_id"), finished.step), (job, PlannedStep::Create));
    let config = r.usual(vec![]);
    assert_eq!(r.session.apply(&config).await.step, PlannedStep::Nothing);
    r.finish(1);
}

async fn a_completed_restore_that_no_state_knows_is_named_and_not_repeated(kind: RestoreKindCase) {
    let mut r = InProcessFixture::new(kind);
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    let job = r.session.text("job_id");
    r.forget();
    let finished = r.apply(vec![]).await;
    r.failed(&finished, &[&job, "adopt", "triggers"]);
    assert!(r.session.object.is_none());
    let finished = r.apply(vec![("adopt", json!("completed"))]).await;
    r.succeeded(&finished);
    assert_eq!(r.session.text("job_id"), job);
    r.finish(1);
}

/// Some services list jobs in windows of time, which must reach back to it.
async fn a_restore_that_completed_long_ago_is_not_repeated_whatever_the_clock_of_the_machine_says(
    kind: RestoreKindCase,
) {
    const DAY: Duration = Duration::from_secs(86_400);
    for (age, off) in [(0, 400), (0, -400), (2, 0), (40, 0), (170, 0), (40, 400), (40, -400)] {
        let mut r = InProcessFixture::new(kind.clone());
        let finished = r.apply(vec![]).await;
        r.succeeded(&finished);
        tokio::time::sleep(DAY * age).await;
        r.session.transport().wall().jump(time::Duration::days(off));
        let mut other = Session::behind(r.session.transport(), 2).of_type(r.kind.type_name);
        let finished = other.apply(&r.usual(vec![])).await;
        // A plan, which asks Azure nothing, knows no other clock.
        let given_an_instant = r.kind.arguments(&r.world, vec![]).iter().any(|(name, _)| *name == "point_in_time");
        let told = if off < 0 && given_an_instant { "lies in the future" } else { "this restore has already run" };
        r.failed(&finished, &[told]);
        r.finish(1);
    }
}

async fn a_restore_whose_answer_was_lost_is_found(kind: RestoreKindCase) {
    for script in [JobScript::completes(), JobScript::completes().listed_after(4)] {
        let mut r = InProcessFixture::new(kind.clone());
        r.azure().next_restore(script);
        let RequestPattern { method, .. } = r.kind.service.trigger;
        let lost = Fault::on(method, &r.kind.service.trigger.pattern(), Action::ResetAfterAcceptance);
        r.azure().inject(lost);
        let finished = r.apply(vec![]).await;
        r.succeeded(&finished);
        assert_eq!(r.asked(r.kind.service.trigger).len(), 1);
        let config = r.usual(vec![]);
        assert_eq!(r.session.apply(&config).await.step, PlannedStep::Nothing);
        r.finish(1);
    }
}

async fn a_restore_of_another_workload_is_not_imported(kind: RestoreKindCase) {
    let mut r = InProcessFixture::new(kind);
    let job = (r.kind.service.add_job)(r.azure(), r.kind.unrelated_instance());
    let said = r.session.import(&job).await;
    assert!(said.has_errors() && text(&said).contains("is no restore of"), "{}", text(&said));
    assert!(r.session.object.is_none());
    r.finish(0);
}

async fn an_instance_of_another_workload_is_refused(kind: RestoreKindCase) {
    let mut r = InProcessFixture::new(kind);
    let (argument, unrelated_instance) =
        (r.kind.service.item_argument, r.world.thing(r.kind.service.items, r.kind.unrelated_instance()));
    let finished = r.apply(vec![(argument, json!(unrelated_instance))]).await;
    r.failed(&finished, &[r.kind.service.of_another_kind]);
    assert_eq!(finished.at_fault(), [argument]);
    assert_eq!(r.asked(r.kind.tried()).len(), 0);
    assert!(r.session.object.is_none());
    r.finish(0);
}

async fn points_that_cannot_be_restored_are_passed_over(kind: RestoreKindCase) {
    let mut r = InProcessFixture::new(kind);
    let (partial, expired) = ("8f3b5ce1a4d942d0a7c9f0d6b7f5fffb", "8f3b5ce1a4d942d0a7c9f0d6b7f5fffc");
    simulated_resources::add_point(r.azure(), &r.kind, partial, 1, Point::Partial);
    simulated_resources::add_point(r.azure(), &r.kind, expired, 2, Point::Expired);
    let argument = r.kind.point_argument();
    for (id, why) in [(partial, r.kind.service.passed_over), (expired, "expired")] {
        // Where the backup is continuous, neither is there; a moment long gone is.
        let finished = r.apply(vec![(argument, r.kind.point(&r.world, id, 24 * 400))]).await;
        r.failed(&finished, &[if r.kind.chosen.is_some() { why } else { "" }]);
        assert_eq!(finished.at_fault(), [argument], "{}", finished.text());
        assert_eq!(r.asked(r.kind.tried()).len(), 0);
    }
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!(r.session.text("recovery_point_id"), r.kind.chosen.unwrap_or_default());
    r.finish(1);
}

async fn preflight_for_pipelines_fails_the_plan_with_what_azure_would_refuse(kind: RestoreKindCase) {
    if kind.service.validation.is_none() {
        return;
    }
    let mut r = InProcessFixture::new(kind);
    r.session.provider_argument("preflight", "error");
    let missing = r.missing_role();
    r.refuse_next(missing.clone());
    let config = r.usual(vec![]);
    let (_, finished) = r.session.plan(&config).await;
    assert!(!finished.succeeded(), "{}", finished.text());
    for part in ["As things are now:", &missing.code, &missing.recommended_actions[0]] {
        assert!(finished.text().contains(part), "{part} is missing in: {}", finished.text());
    }
    assert!(!finished.text().contains("may fix it"), "{}", finished.text());
    let (_, finished) = r.session.plan(&config).await;
    assert!(finished.succeeded(), "{}", finished.text());
    r.finish(0);
}

async fn preflight_tells_as_a_warning_what_azure_would_refuse(kind: RestoreKindCase) {
    let mut r = InProcessFixture::new(kind);
    r.session.provider_argument("preflight", "true");
    let missing = r.missing_role();
    if r.kind.service.validation.is_some() {
        r.refuse_next(missing.clone());
    }
    let config = r.usual(vec![]);
    let (_, finished) = r.session.plan(&config).await;
    assert!(finished.succeeded(), "{}", finished.text());
    let told = ["As things are now:", &missing.code, &missing.recommended_actions[0]];
    for part in told.into_iter().filter(|_| r.kind.service.validation.is_some()) {
        assert!(finished.text().contains(part), "{part} is missing in: {}", finished.text());
    }
    assert_eq!(r.progress(), "", "nothing happens yet, so nothing is told");
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_a_tainted_restore_says_what_the_apply_does_and_what_is_waited_for_is_no_import() {
    let mut r = InProcessFixture::new(kinds::blob_vaulted());
    let config = r.usual(vec![]);
    r.azure().next_restore(JobScript::running(30).then(Ending::Completed));
    let finished = r.apply(vec![("timeouts", json!({"create": "40s"}))]).await;
    r.failed(&finished, &["terraform untaint"]);
    let (_, seen) = r.session.plan(&config).await;
    assert!(seen.text().contains("The restore that is already running is taken over"), "{}", seen.text());
    r.session.untaint();
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!(finished.step, PlannedStep::Update);
    let object = r.session.object.as_mut().unwrap();
    assert_eq!(object.value.get("imported").as_bool(), Some(false));
    object.tainted = true;
    let (_, seen) = r.session.plan(&config).await;
    assert!(seen.text().contains("The restore that has already run is kept"), "{}", seen.text());
    r.finish(1);
}

/// The store that a kind is backed up to is the one that it is restored from; a cluster gets into the vault later, and so
/// does everything into the secondary region.
async fn the_point_that_a_backup_on_demand_has_made_is_restored(kind: RestoreKindCase) {
    let mut r = InProcessFixture::new(kind);
    let mut backup = Session::behind(r.session.transport(), 5).of_type("azurebackup_on_demand_backup");
    let mut arguments = json!({r.kind.service.item_argument: r.kind.item_id(&r.world)});
    match (r.kind.service.item_argument, r.kind.type_name) {
        ("backup_instance_id", _) => arguments["rule_name"] = json!("BackupDaily"),
        (_, name) if name.ends_with("_database_restore") => arguments["backup_type"] = json!("Full"),
        _ => {}
    }
    let made = backup.apply(&backup.configuration_of(&arguments)).await;
    if r.kind.chosen.is_none() {
        backup.failed(&made, &["BMSUserErrorInvalidInput"]);
        return r.finish(0);
    }
    backup.succeeded(&made);
    let made = backup.text("recovery_point_id");
    let point = r.kind.point(&r.world, &made, 0);
    let usual = r.kind.arguments(&r.world, vec![]);
    let elsewhere = usual.contains(&("secondary_region", json!(true))) || point["data_store"] == "VaultStore";
    let finished = r.apply(vec![("recovery_point", point)]).await;
    if elsewhere {
        r.failed(&finished, &[&made]);
        assert_eq!(finished.errors()[0].path.as_ref().map(ToString::to_string).as_deref(), Some("recovery_point"));
        return r.finish(1);
    }
    r.succeeded(&finished);
    assert_eq!(r.session.text("recovery_point_id"), made);
    r.finish(2);
}

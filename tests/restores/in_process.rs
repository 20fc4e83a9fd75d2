//! What comes before the restore is sent and what is found of it afterwards, where Terraform makes no difference.

use serde_json::json;

use super::kinds::{Kind, facts_in_process};
use super::stage::Rehearsal;
use super::world::{self, workload};
use crate::in_process::{Step, text};
use crate::simulator::{
    Action, Ending, Fault, ForeignRestore, OperationStory, Order, RecoveryPoint, ServiceError, Story,
};

facts_in_process! {
    a_failed_validation_says_what_azure_recommends_three_levels_down,
    a_role_granted_late_is_waited_for_and_said_so,
    a_target_that_is_busy_is_waited_out,
    a_running_restore_that_no_state_knows_is_adopted,
    a_completed_restore_that_no_state_knows_is_named_and_not_repeated,
    a_restore_whose_answer_was_lost_is_found,
    a_restore_of_another_workload_is_not_imported,
    an_instance_of_another_workload_is_refused,
    points_that_cannot_be_restored_are_passed_over,
    preflight_tells_as_a_warning_what_azure_would_refuse,
}

async fn a_failed_validation_says_what_azure_recommends_three_levels_down(kind: Kind) {
    let mut r = Rehearsal::new(kind);
    let no = ServiceError::new("UserErrorNotLikeThis", "It cannot be restored like this.")
        .recommend("Do it like that.")
        .inner("InnerReason", "There is a reason.");
    r.azure().next_validation(OperationStory::fails(no));
    let finished = r.apply(vec![]).await;
    r.failed(&finished, &["UserErrorNotLikeThis", "It cannot be restored like this.", "Do it like that."]);
    assert!(r.session.object.is_none(), "nothing was started, nothing is kept");
    assert_eq!(r.asked("POST", r.kind.trigger()).len(), 0);
    r.finish(0);
}

async fn a_role_granted_late_is_waited_for_and_said_so(kind: Kind) {
    let mut r = Rehearsal::new(kind);
    let missing = workload(r.azure(), &r.kind).missing_role("vault-identity", "/subscriptions/s").code;
    let instance = r.kind.instance;
    r.azure().change(|world| world.instance_named(instance).unwrap().validations_without_role = 3);
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    let (validations, triggers) = (r.asked("POST", r.kind.validation()), r.asked("POST", r.kind.trigger()));
    assert_eq!((validations.len(), triggers.len()), (4, 1));
    assert!(validations.iter().all(|validation| *validation < triggers[0]), "nothing is sent meanwhile");
    let told = r.progress();
    let lines = told.lines().filter(|line| line.contains("\"event\":\"role\"") && line.contains(&missing)).count();
    assert_eq!(lines, 3, "{told}");
    r.finish(1);
}

async fn a_target_that_is_busy_is_waited_out(kind: Kind) {
    let mut r = Rehearsal::new(kind);
    let busy = || {
        let code = "UserErrorMaxConcurrentOperationLimitReached";
        OperationStory::fails(ServiceError::new(code, "Too many at once.").recommend("Wait."))
    };
    r.azure().next_validation(busy());
    r.azure().next_validation(busy());
    r.azure().next_restore_operation(busy());
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    let (method, list) = r.kind.list();
    let (triggers, lists) = (r.asked("POST", r.kind.trigger()), r.asked(method, list));
    assert_eq!(triggers.len(), 2);
    let between = lists.iter().any(|list| (triggers[0]..triggers[1]).contains(list));
    assert!(between, "the list is read before it is sent once more: {triggers:?}, {lists:?}");
    let told = r.progress();
    assert_eq!(told.lines().filter(|line| line.contains("\"event\":\"busy\"")).count(), 3, "{told}");
    r.finish(1);
}

async fn a_running_restore_that_no_state_knows_is_adopted(kind: Kind) {
    let mut r = Rehearsal::new(kind);
    r.azure().next_restore(Story::running(30).then(Ending::Completed));
    let finished = r.apply(vec![("timeouts", json!({"create": "40s"}))]).await;
    r.failed(&finished, &["terraform untaint"]);
    let job = r.session.text("job_id");
    assert_eq!(r.session.text("status"), "InProgress");
    r.forget();
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!((r.session.text("job_id"), finished.step), (job, Step::Create));
    let config = r.usual(vec![]);
    assert_eq!(r.session.apply(&config).await.step, Step::Nothing);
    r.finish(1);
}

async fn a_completed_restore_that_no_state_knows_is_named_and_not_repeated(kind: Kind) {
    let mut r = Rehearsal::new(kind);
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

async fn a_restore_whose_answer_was_lost_is_found(kind: Kind) {
    for story in [Story::completes(), Story::completes().listed_after(4)] {
        let mut r = Rehearsal::new(kind.clone());
        r.azure().next_restore(story);
        r.azure().inject(Fault::on("POST", &format!("*{}", r.kind.trigger()), Action::ResetAfterAcceptance));
        let finished = r.apply(vec![]).await;
        r.succeeded(&finished);
        assert_eq!(r.asked("POST", r.kind.trigger()).len(), 1);
        let config = r.usual(vec![]);
        assert_eq!(r.session.apply(&config).await.step, Step::Nothing);
        r.finish(1);
    }
}

async fn a_restore_of_another_workload_is_not_imported(kind: Kind) {
    let mut r = Rehearsal::new(kind);
    let stranger = world::stranger(r.azure(), &r.kind);
    let point = RecoveryPoint::new("8f3b5ce1a4d942d0a7c9f0d6b7f5fffd", r.azure().now() - time::Duration::hours(5));
    let foreign = ForeignRestore {
        instance: stranger.into(),
        activity_id: "4195ca6c-e02d-11eb-b0b1-70bc105e2242".into(),
        order: Order::of_point(&point, "VaultStore", "/subscriptions/s/resourceGroups/g"),
        story: Story::ended(Ending::Completed),
        started_ago: time::Duration::minutes(10),
    };
    let job = r.azure().add_foreign_restore(foreign).unwrap();
    let said = r.session.import(&job).await;
    assert!(said.has_errors() && text(&said).contains("is no restore of"), "{}", text(&said));
    assert!(r.session.object.is_none());
    r.finish(0);
}

async fn an_instance_of_another_workload_is_refused(kind: Kind) {
    let mut r = Rehearsal::new(kind);
    let stranger = r.world.instance(world::stranger(r.azure(), &r.kind));
    let finished = r.apply(vec![("backup_instance_id", json!(stranger))]).await;
    r.failed(&finished, &["The backup instance protects"]);
    assert_eq!(Rehearsal::at_fault(&finished), ["backup_instance_id"]);
    assert_eq!(r.asked("POST", r.kind.validation()).len(), 0);
    assert!(r.session.object.is_none());
    r.finish(0);
}

async fn points_that_cannot_be_restored_are_passed_over(kind: Kind) {
    let mut r = Rehearsal::new(kind);
    let (partial, expired) = ("8f3b5ce1a4d942d0a7c9f0d6b7f5fffb", "8f3b5ce1a4d942d0a7c9f0d6b7f5fffc");
    let now = r.azure().now();
    world::add_point(r.azure(), &r.kind, partial, 1, |point| point.state = Some("Partial".into()));
    world::add_point(r.azure(), &r.kind, expired, 2, |point| point.expiry = Some(now - time::Duration::minutes(1)));
    let argument = r.kind.point_argument();
    for (id, why) in [(partial, "partial"), (expired, "expired")] {
        // Where the backup is continuous, neither is there; a moment long gone is.
        let finished = r.apply(vec![(argument, r.kind.point(&r.world, id, 24 * 400))]).await;
        r.failed(&finished, &[if r.kind.chosen.is_some() { why } else { "" }]);
        assert_eq!(Rehearsal::at_fault(&finished), [argument], "{}", finished.text());
        assert_eq!(r.asked("POST", r.kind.validation()).len(), 0);
    }
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!(r.session.text("recovery_point_id"), r.kind.chosen.unwrap_or_default());
    r.finish(1);
}

async fn preflight_tells_as_a_warning_what_azure_would_refuse(kind: Kind) {
    let mut r = Rehearsal::new(kind);
    r.session.provider_argument("preflight", true);
    let missing = workload(r.azure(), &r.kind).missing_role("vault-identity", "/subscriptions/s");
    r.azure().next_validation(OperationStory::fails(missing.clone()));
    let config = r.usual(vec![]);
    let (_, finished) = r.session.plan(&config).await;
    assert!(finished.succeeded(), "{}", finished.text());
    for part in ["As things are now:", &missing.code, &missing.recommended_actions[0]] {
        assert!(finished.text().contains(part), "{part} is missing in: {}", finished.text());
    }
    assert_eq!(r.progress(), "", "nothing happens yet, so nothing is told");
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    r.finish(1);
}

//! What only virtual machines have: disks that are chosen from a point, points in the archive and in no vault, a vault that
//! forbids, a validation whose findings come with a success, and replacements that replaced nothing.

use std::collections::BTreeMap;

use azurebackup::tfplugin::value::{Unknown, Value as Configured};
use serde_json::{Value, json};
use time::Duration;

use super::fixture::InProcessFixture;
use super::kinds::{self, RestoreKindCase};
use super::simulated_resources::Arguments;
use crate::in_process::{PlannedStep, text};
use crate::simulator::{
    Action, Ending, Fault, ItemPoint, JobScript, OTHER_SUBSCRIPTION, ServiceError, Warning, catalogue,
    user_assigned_identity_id,
};

const ARCHIVED: &str = "70477518625274";
const OLDER: &str = "70477518625275";
const NEWEST: &str = "70477518625276";

fn disks() -> InProcessFixture {
    InProcessFixture::new(kinds::virtual_machine_disks())
}

fn replaced() -> InProcessFixture {
    InProcessFixture::new(kinds::virtual_machine_replaced())
}

fn by_id(id: &str) -> (&'static str, Value) {
    ("recovery_point", json!({"id": id}))
}

/// The body of the restore that was accepted last.
fn sent(r: &InProcessFixture) -> Value {
    let journal = r.session.journal();
    let accepted = journal.entries.iter().rev().find(|entry| entry.accepted_restore.is_some());
    accepted.and_then(|entry| entry.body.clone()).expect("a restore was accepted")["properties"].clone()
}

fn asked(r: &InProcessFixture, path: &str) -> usize {
    r.session.journal().count("POST", path)
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_is_not_in_the_point_is_told_before_anything_is_sent() {
    let mut r = disks();
    let finished = r.apply(vec![("disk_luns", json!([0, 7]))]).await;
    r.failed(&finished, &["has no data disk with LUN 7", "- 0 (data-0)", "- 2 (data-2)"]);
    assert_eq!(finished.at_fault(), ["disk_luns"]);
    assert_eq!((asked(&r, "/getRPExtendedInfo"), asked(&r, "/backupTriggerValidateOperation")), (1, 0));
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn disks_that_may_not_be_read_are_left_to_azure_and_other_errors_are_not() {
    for (status, good) in [(403, true), (404, false)] {
        let mut r = disks();
        let body = json!({"error": {"code": "AuthorizationFailed", "message": "No."}});
        let refusal = Action::Status { status, headers: BTreeMap::new(), body };
        r.azure().inject(Fault::on("POST", "*/getRPExtendedInfo", refusal).always());
        let finished = r.apply(vec![]).await;
        assert_eq!(finished.succeeded(), good, "{}", finished.text());
        r.finish(usize::from(good));
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_asks_for_disks_where_none_is_chosen() {
    let mut r = disks();
    let finished = r.apply(vec![("disk_luns", Value::Null), ("os_disk_only", json!(true))]).await;
    r.succeeded(&finished);
    assert_eq!((sent(&r)["restoreDiskLunList"].clone(), asked(&r, "/getRPExtendedInfo")), (json!([]), 0));
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_of_disks_is_an_error_with_both_ways_on() {
    let mut r = disks();
    let finished = r.apply(vec![("disk_luns", json!([]))]).await;
    r.failed(&finished, &["To restore all disks", "os_disk_only = true"]);
    assert_eq!(finished.at_fault(), ["disk_luns"]);
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn a_point_in_the_archive_is_restored_only_where_it_may_be_rehydrated() {
    let mut r = disks();
    let alone = vec![by_id(ARCHIVED), ("disk_luns", json!([0]))];
    let finished = r.apply(alone.clone()).await;
    r.failed(&finished, &[ARCHIVED, "only in the archive tier, and `rehydration` is not set"]);
    let how = vec![("rehydration", json!({"priority": "High", "retention_days": 12}))];
    let finished = r.apply([alone, how.clone()].concat()).await;
    r.succeeded(&finished);
    assert_eq!(sent(&r)["objectType"], "IaasVMRestoreWithRehydrationRequest");
    let info = json!({"rehydrationRetentionDuration": "P12D", "rehydrationPriority": "High"});
    assert_eq!(sent(&r)["recoveryPointRehydrationInfo"], info);
    // One that is in another tier, too, is not fetched.
    let finished = r.apply(how).await;
    r.succeeded(&finished);
    assert_eq!(sent(&r)["objectType"], "IaasVMRestoreRequest");
    r.finish(2);
}

#[tokio::test(start_paused = true)]
async fn another_zone_passes_over_points_that_are_only_snapshots() {
    let mut r = disks();
    let snapshot = ItemPoint::new("70477518625299", r.azure().now() - Duration::hours(1)).data_disks(&[0, 2]);
    r.azure().change_item(catalogue::VIRTUAL_MACHINE, |item| item.points.push(snapshot)).unwrap();
    let zone = ("zone", json!("2"));
    let finished = r.apply(vec![by_id("70477518625299"), zone.clone()]).await;
    r.failed(&finished, &["restores into no other zone", "remove `zone`"]);
    let finished = r.apply(vec![zone]).await;
    r.succeeded(&finished);
    assert_eq!((r.session.text("recovery_point_id").as_str(), &sent(&r)["zones"]), (NEWEST, &json!(["2"])));
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn what_the_vault_forbids_is_told_on_the_argument() {
    let mut r = disks();
    r.azure().change(|world| {
        world.resource_groups.insert((OTHER_SUBSCRIPTION.into(), "elsewhere".into()));
        world.recovery_services_vaults_mut()[0].cross_subscription = "PermanentlyDisabled".into();
    });
    let elsewhere = format!("/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/elsewhere");
    let finished = r.apply(vec![("target_resource_group_id", json!(elsewhere.clone()))]).await;
    r.failed(&finished, &["another subscription", "PermanentlyDisabled"]);
    assert_eq!(finished.at_fault(), ["target_resource_group_id"]);
    let stranger = json!({"type": "UserAssigned", "user_assigned_identity_id": user_assigned_identity_id("stranger")});
    let finished = r.apply(vec![("identity", stranger)]).await;
    r.failed(&finished, &["is not attached to Recovery Services vault"]);
    assert_eq!(finished.at_fault(), ["identity"]);
    assert_eq!(asked(&r, "/backupTriggerValidateOperation"), 0);
    // The vault is read anew before it is believed to forbid.
    r.azure().change(|world| world.recovery_services_vaults_mut()[0].cross_subscription = "Enabled".into());
    let finished = r.apply(vec![("target_resource_group_id", json!(elsewhere))]).await;
    r.succeeded(&finished);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn an_identity_of_the_vault_writes_to_the_staging_account() {
    let mut r = replaced();
    let id = user_assigned_identity_id(catalogue::IDENTITY);
    let identity = json!({"type": "UserAssigned", "user_assigned_identity_id": id});
    let finished = r.apply(vec![("identity", identity)]).await;
    r.succeeded(&finished);
    let account = r.world.account(catalogue::MACHINE_STAGING_ACCOUNT);
    assert_eq!(sent(&r)["identityBasedRestoreDetails"], json!({"targetStorageAccountId": account}));
    assert_eq!(sent(&r).get("storageAccountId"), None);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn what_a_validation_finds_comes_with_a_success_and_stops_the_restore() {
    let mut r = InProcessFixture::new(kinds::virtual_machine_new());
    let finished = r.apply(vec![("target_virtual_machine.name", json!("contoso-restored"))]).await;
    r.succeeded(&finished);
    let finished = r.apply(vec![("triggers", json!({"run": "2"}))]).await;
    r.failed(
        &finished,
        &["validation failed", "A virtual machine of the name contoso-restored exists", "Choose another"],
    );
    assert_eq!(r.asked(r.kind.service.trigger).len(), 1);
    r.finish(1);
}

/// A status may say no more than that the question was answered.
#[tokio::test(start_paused = true)]
async fn what_only_the_result_of_a_validation_says_stops_the_restore_too() {
    let mut r = InProcessFixture::new(kinds::virtual_machine_new());
    let finished = r.apply(vec![("target_virtual_machine.name", json!("contoso-restored"))]).await;
    r.succeeded(&finished);
    let bare = Action::Status { status: 200, headers: BTreeMap::new(), body: json!({"status": "Succeeded"}) };
    r.azure().inject(Fault::on("GET", "*/backupValidateOperationsStatuses/*", bare).always());
    let finished = r.apply(vec![("triggers", json!({"run": "2"}))]).await;
    r.failed(&finished, &["validation failed", "A virtual machine of the name contoso-restored exists"]);
    assert_eq!(r.asked(r.kind.service.trigger).len(), 1);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_that_replaced_nothing_is_told_whatever_its_job_says() {
    let nothing = || ServiceError::new("OlrBackupFailed", "The backup before the restore failed.");
    let warning = || Warning { resource_name: "machine".into(), warning: nothing() };
    for ending in [Ending::CompletedWithErrors(vec![nothing()]), Ending::CompletedWithWarnings(vec![warning()])] {
        // By the apply that began it.
        let mut r = replaced();
        r.azure().next_restore(JobScript::running(1).then(ending.clone()));
        let finished = r.apply(vec![("accept_warnings", json!(true))]).await;
        r.failed(&finished, &["OlrBackupFailed", "nothing was replaced"]);
        r.finish(1);

        // By a refresh, which pronounces nothing, and the apply after it.
        let mut r = replaced();
        r.azure().next_restore(JobScript::held().then(ending.clone()));
        let finished = r.apply(vec![("timeouts", json!({"create": "60s"})), ("accept_warnings", json!(true))]).await;
        r.failed(&finished, &["terraform untaint"]);
        let job = r.azure().jobs().pop().unwrap().id;
        assert!(r.azure().finish(&job, ending.clone()));
        let _ = r.session.refresh().await;
        assert_eq!(r.session.text("status"), "InProgress", "a refresh calls nothing restored");
        r.finish(1);

        // By an import.
        let mut r = replaced();
        r.azure().next_restore(JobScript::ended(ending.clone()));
        let finished = r.apply(vec![]).await;
        assert!(!finished.succeeded());
        let id = r.azure().jobs().pop().unwrap().arm_id;
        r.forget();
        let said = r.session.import(&id).await;
        assert!(said.has_errors() && text(&said).contains("OlrBackupFailed"), "{}", text(&said));
        // Nobody adopts it: it is restored anew.
        let finished = r.apply(vec![("adopt", json!("completed")), ("accept_warnings", json!(true))]).await;
        r.succeeded(&finished);
        r.finish(2);
    }
}

/// What the plan of these arguments, one of them unknown, says and points at.
async fn planned(kind: RestoreKindCase, argument: &str, unknown: Configured) -> (bool, Vec<String>, String) {
    let mut r = InProcessFixture::new(kind);
    let mut config = r.usual(vec![]);
    config.set(argument, unknown);
    let (_, planned) = r.session.plan(&config).await;
    let told = (planned.succeeded(), planned.at_fault(), planned.text());
    r.finish(0);
    told
}

#[tokio::test(start_paused = true)]
async fn a_target_that_may_turn_out_to_be_null_is_refused_in_the_plan() {
    for (kind, argument) in [
        (kinds::virtual_machine_disks(), "target_resource_group_id"),
        (kinds::virtual_machine_replaced(), "target_resource_group_id"),
        (kinds::virtual_machine_new(), "target_virtual_machine"),
        (kinds::virtual_machine_replaced(), "target_virtual_machine"),
    ] {
        let (good, at, said) = planned(kind, argument, Configured::unknown()).await;
        assert!(!good && said.contains("the disks of the existing virtual machine would be replaced"), "{said}");
        assert_eq!(at, [argument]);
    }
    // A text that Terraform promises not to be null decides the mode, and a switch may still be false.
    let promised = || Configured::Unknown(Unknown::refined([0x81, 0x01, 0xc2]));
    let (good, _, said) = planned(kinds::virtual_machine_disks(), "target_resource_group_id", promised()).await;
    assert!(good && !said.contains("overwrites"), "{said}");
    let mut r = disks();
    let mut config = r.usual(vec![("disk_luns", Value::Null)]);
    config.set("os_disk_only", promised());
    let (_, planned) = r.session.plan(&config).await;
    r.failed(&planned, &["How much is restored is not known yet", "`os_disk_only`"]);
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn the_job_of_restored_disks_fits_no_replacement_and_no_new_machine() {
    let mut r = disks();
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    let id = r.session.text("id");
    r.forget();
    let said = r.session.import(&id).await;
    assert!(!said.has_errors(), "{}", text(&said));
    let replacement = vec![("target_resource_group_id", Value::Null), ("disk_luns", Value::Null)];
    let finished = r.apply(replacement.clone()).await;
    r.failed(&finished, &["The imported job did something else", "resource group \"rg-restored\""]);
    let machine = (kinds::virtual_machine_new().usual)(&r.world).pop().unwrap();
    let finished = r.apply([replacement, vec![machine]].concat()).await;
    r.failed(&finished, &["The imported job did something else"]);
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!(r.apply(vec![]).await.step, PlannedStep::Nothing);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn the_template_and_the_configuration_of_the_disks_are_among_the_details() {
    let mut r = disks();
    let finished = r.apply(vec![by_id(OLDER)]).await;
    r.succeeded(&finished);
    let details = r.session.object.as_ref().unwrap().value.get("details").clone();
    for key in ["Template Blob Uri", "Config Blob Uri", "Config Blob Name", "Config Blob Container Name"] {
        assert!(details.get(key).as_str().is_some_and(|text| !text.is_empty()), "{key} {details:?}");
    }
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn progress_tells_how_far_the_job_is() {
    let mut r = disks();
    r.azure().next_restore(JobScript::running(4).then(Ending::Completed));
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    let progress = r.progress();
    for part in ["1 %", "99 %"] {
        assert_eq!(progress.matches(part).count(), 1, "{part} in\n{progress}");
    }
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn the_role_that_a_restore_lacks_is_waited_for() {
    let mut r = disks();
    r.azure().change_item(catalogue::VIRTUAL_MACHINE, |item| item.restores_without_role = 3).unwrap();
    let finished = r.apply(Arguments::new()).await;
    r.succeeded(&finished);
    assert_eq!((asked(&r, "/backupTriggerValidateOperation"), r.asked(r.kind.service.trigger).len()), (4, 1));
    r.finish(1);
}

/// Restored disks overwrite nothing, so those of the first restore are still there.
#[tokio::test(start_paused = true)]
async fn going_to_another_point_and_back_restores_disks_once_more_only_if_that_is_said() {
    let mut r = disks();
    for id in [OLDER, NEWEST] {
        let finished = r.apply(vec![by_id(id)]).await;
        r.succeeded(&finished);
    }
    let finished = r.apply(vec![by_id(OLDER)]).await;
    r.failed(&finished, &["this restore has already run"]);
    r.forget();
    let finished = r.apply(vec![by_id(OLDER), ("triggers", json!({"run": "2"}))]).await;
    r.succeeded(&finished);
    r.finish(3);
    // What was replaced is no longer what the first restore wrote.
    let mut r = replaced();
    for id in [OLDER, NEWEST, OLDER] {
        let finished = r.apply(vec![by_id(id)]).await;
        r.succeeded(&finished);
    }
    r.finish(3);
}

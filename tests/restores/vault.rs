//! What a vault demands or forbids, whatever the workload: another's approval, an identity, regions and subscriptions.
//! Shown with PostgreSQL, since the code is one for all.

use serde_json::json;

use super::fixture::RestoreFixture;
use super::kinds::{blob_vaulted, cluster_vaulted, postgresql, postgresql_secondary_region};
use crate::harness::{FinishedCommand, VAULT_OF_WORKLOADS};
use crate::simulator::entra::Bearer;
use crate::simulator::{Fault, FeatureState, OTHER_SUBSCRIPTION, OTHER_TENANT, catalogue, user_assigned_identity_id};

/// The usual restore of the instance of this name, with further lines.
fn of_instance(s: &RestoreFixture, instance: &str, more: &str) {
    let id = s.world.thing(s.kind.service.items, instance);
    s.usual_with(vec![(s.kind.service.item_argument, json!(id))], more);
}

fn guarded_by(s: &RestoreFixture, guard: &str) -> String {
    format!("resource_guard_id = {:?}", s.world.thing("resource_guards", guard))
}

#[track_caller]
fn at(finished: &FinishedCommand, argument: &str, part: &str) {
    let error = finished.error();
    assert_eq!(error.argument(), Some(argument), "{finished}");
    assert!(error.text().contains(part), "{part} is missing in: {finished}");
}

/// How often something of the vault itself was asked for, and not of its secondary region.
fn asked_in_the_primary_region(s: &RestoreFixture) -> usize {
    let journal = s.journal();
    journal.entries.iter().filter(|entry| entry.path.contains("/backupVaults/")).count()
}

#[test]
fn a_guarded_vault_restores_with_its_guard_named_and_says_no_without() {
    let mut s = RestoreFixture::new(postgresql());
    of_instance(&s, catalogue::GUARDED_POSTGRESQL, "");
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains("Azure refused it"), "{error}");
    let advice = format!("Backup vault \"{}\" is protected by a Resource Guard.", catalogue::GUARDED_VAULT);
    assert!(error.contains(&advice) && error.contains("set `resource_guard_id` to its ID"), "{error}");
    s.expect_restores(0);
    of_instance(&s, catalogue::GUARDED_POSTGRESQL, &guarded_by(&s, catalogue::GUARD));
    s.apply(&[]).succeeds();
    s.is_done();
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn the_guard_of_another_tenant_is_shown_a_token_of_that_tenant_on_the_trigger_alone() {
    let mut s = RestoreFixture::new(postgresql());
    let guard = guarded_by(&s, catalogue::GUARD_ELSEWHERE);
    of_instance(&s, catalogue::GUARDED_POSTGRESQL_ELSEWHERE, &guard);
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains("LinkedAuthorizationFailed"), "{error}");
    s.expect_restores(0);
    s.provider(&format!("auxiliary_tenant_ids = [{OTHER_TENANT:?}]"));
    of_instance(&s, catalogue::GUARDED_POSTGRESQL_ELSEWHERE, &guard);
    s.apply(&[]).succeeds();
    s.is_done();
    let journal = s.journal();
    let shown: Vec<&str> = journal
        .entries
        .iter()
        .filter(|entry| entry.auxiliary != Bearer::Absent)
        .map(|entry| entry.path.rsplit('/').next().unwrap_or_default())
        .collect();
    assert_eq!(shown, ["restore"]);
    s.finish(1);
}

#[test]
fn an_identity_restores_if_it_is_attached_to_the_vault() {
    let mut s = RestoreFixture::new(postgresql());
    let identity = |name: &str| format!("user_assigned_identity_id = {:?}", user_assigned_identity_id(name));
    s.usual(&identity("stranger"));
    at(&s.apply(&[]).fails(), "user_assigned_identity_id", catalogue::IDENTITY);
    s.usual(&identity(catalogue::IDENTITY));
    s.apply(&[]).succeeds();
    let journal = s.journal();
    let sent = journal.find("POST", "/restore").last().and_then(|entry| entry.body.clone()).unwrap_or_default();
    assert_eq!(sent["identityDetails"]["userAssignedIdentityArmUrl"], user_assigned_identity_id(catalogue::IDENTITY));
    s.finish(1);
}

#[test]
fn a_target_in_another_subscription_needs_a_vault_that_allows_it() {
    let mut s = RestoreFixture::new(blob_vaulted());
    let elsewhere = s.world.account("contosorestored").replace(crate::simulator::SUBSCRIPTION, OTHER_SUBSCRIPTION);
    let azure = s.azure();
    azure.simulator().change(|world| {
        let vault = world
            .backup_vaults_mut()
            .iter_mut()
            .find(|vault| vault.instances.iter().any(|own| own.name == "contosoarchive-vaulted"));
        vault.unwrap().cross_subscription_restore = FeatureState::Disabled;
        let account = world.storage_accounts.iter_mut().find(|account| account.name == "contosorestored").unwrap();
        account.subscription = OTHER_SUBSCRIPTION.into();
    });
    s.usual_with(vec![("target_storage_account_id", json!(elsewhere))], "");
    at(&s.apply(&[]).fails(), "target_storage_account_id", "Disabled");
    azure.simulator().change(|world| {
        world.backup_vaults_mut().iter_mut().for_each(|vault| vault.cross_subscription_restore = FeatureState::Enabled);
    });
    s.apply(&[]).succeeds();
    s.is_done();
    s.finish(1);
}

#[test]
fn the_secondary_region_is_the_one_that_the_vault_is_replicated_to() {
    let mut s = RestoreFixture::new(postgresql());
    s.usual("secondary_region = true");
    s.apply(&[]).succeeds();
    s.is_done();
    let journal = s.journal();
    let body = journal.find("POST", "/crossRegionRestore").next().and_then(|entry| entry.body.clone());
    let body = body.unwrap_or_default();
    assert_eq!(body["crossRegionRestoreDetails"]["sourceRegion"], "westeurope");
    assert_eq!(body["restoreRequestObject"]["restoreTargetInfo"]["restoreLocation"], catalogue::SECONDARY_REGION);
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn with_both_regions_named_a_restore_needs_nothing_of_the_region_that_is_down() {
    let mut s = RestoreFixture::new(postgresql_secondary_region());
    s.fault(Fault::status("*", "*/backupVaults/*", 503, &[], "ServiceUnavailable").always());
    s.usual("source_region = \"westeurope\"");
    s.apply(&[]).succeeds();
    s.is_done();
    s.plans_nothing();
    assert_eq!(asked_in_the_primary_region(&s), 0);
    s.finish(1);
}

#[test]
fn naming_the_regions_while_a_restore_runs_goes_on_with_the_same_job() {
    let mut s = RestoreFixture::new(postgresql());
    let apply = s.held("secondary_region = true");
    apply.interrupt();
    s.keep(apply).fails();
    // As the documentation says to for the case that the vault's own region is down.
    s.usual("secondary_region = true\n  source_region = \"westeurope\"\n  restore_location = \"northeurope\"");
    s.goes_on_with_the_same_job();
}

#[test]
fn saying_that_the_secondary_region_is_read_from_the_vault_restores_nothing() {
    let mut s = RestoreFixture::new(cluster_vaulted());
    s.usual_with(vec![("recovery_point", json!({"latest": true}))], "secondary_region = true");
    s.apply(&[]).succeeds();
    s.usual("secondary_region = true");
    assert_eq!(s.planned(&[]).actions(&s.address()), "update");
    s.apply(&[]).succeeds();
    s.is_done();
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn who_is_told_to_import_a_job_of_the_secondary_region_is_told_what_works() {
    let mut s = RestoreFixture::restored(postgresql_secondary_region());
    let address = s.address();
    s.run(&["state", "rm", &address]).succeeds();
    let error = s.apply(&[]).fails().error().text();
    let told = error.split("terraform import ADDRESS ").nth(1).and_then(|rest| rest.split_whitespace().next());
    let told = told.unwrap_or_else(|| panic!("{error}")).to_owned();
    s.import(&address, &told).succeeds();
    s.apply(&[]).succeeds();
    s.is_done();
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn a_vault_without_restores_across_regions_is_an_error_at_the_argument_that_asks_for_one() {
    let mut s = RestoreFixture::new(postgresql());
    s.azure().simulator().change(|world| {
        world.vault_named(VAULT_OF_WORKLOADS).unwrap().cross_region_restore = FeatureState::Disabled;
    });
    s.usual("secondary_region = true");
    at(&s.apply(&[]).fails(), "secondary_region", "Cross-region restore is Disabled");
    s.azure().simulator().change(|world| {
        let vault = world.vault_named(VAULT_OF_WORKLOADS).unwrap();
        vault.secondary_region = None;
    });
    at(&s.apply(&[]).fails(), "secondary_region", "Set `restore_location`");
    s.usual("secondary_region = true\n  adopt = \"none\"");
    at(&s.apply(&[]).fails(), "secondary_region", "Set `restore_location`");
    s.finish(0);
}

#[test]
fn a_secondary_region_that_is_another_one_is_told_with_the_right_one() {
    let mut s = RestoreFixture::new(cluster_vaulted());
    for more in ["", "\n  adopt = \"none\""] {
        let region = format!("secondary_region = true\n  restore_location = \"West US\"{more}");
        s.usual_with(vec![("recovery_point", json!({"latest": true}))], &region);
        at(&s.apply(&[]).fails(), "restore_location", "is \"northeurope\", not \"westus\". Correct `restore_location`");
    }
    s.finish(0);
}

#[test]
fn a_vault_that_may_not_be_read_is_restored_from_all_the_same() {
    let mut s = RestoreFixture::new(postgresql());
    let vault = format!("*/backupVaults/{VAULT_OF_WORKLOADS}");
    s.fault(Fault::status("GET", &vault, 403, &[], "AuthorizationFailed").always());
    s.usual("");
    s.apply(&[]).succeeds();
    s.is_done();
    s.finish(1);
}

#[test]
fn going_from_the_vault_to_its_secondary_region_is_another_restore() {
    let mut s = RestoreFixture::restored(postgresql());
    s.usual("secondary_region = true");
    let change = s.planned(&[]).change(&s.address());
    assert_eq!(change.actions, ["delete", "create"]);
    assert_eq!(change.replace_paths, ["secondary_region"]);
    s.apply(&[]).succeeds();
    s.is_done();
    s.plans_nothing();
    s.finish(2);
}

#[test]
fn an_import_of_a_job_of_the_secondary_region_without_it_says_how() {
    let mut s = RestoreFixture::restored(postgresql_secondary_region());
    let (address, job) = (s.address(), s.job().job);
    s.run(&["state", "rm", &address]).succeeds();
    let finished = s.import(&address, &job).fails();
    assert!(finished.stderr.contains("?secondary_region="), "{finished}");
    assert!(s.state().is_empty());
    s.finish(1);
}

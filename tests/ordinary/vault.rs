use serde_json::{Value, json};

use super::{CONTAINER, Ordinary, VAULT, end, registration};
use crate::in_process::{PlannedStep, text};
use crate::simulator::{Action, Fault, RecoveryServicesVault, catalogue};

fn vault(more: Value) -> Value {
    let mut arguments = json!({"name": "fresh", "resource_group_name": "rg-rehearsal", "location": "West Europe"});
    for (name, value) in more.as_object().unwrap() {
        arguments[name] = value.clone();
    }
    arguments
}

/// Changes the vault `fresh` behind the provider's back.
fn by_hand(o: &Ordinary, change: impl FnOnce(&mut RecoveryServicesVault)) {
    o.session.azure().change(|world| {
        change(world.recovery_services_vaults_mut().iter_mut().find(|own| own.name == "fresh").unwrap());
    });
}

#[tokio::test(start_paused = true)]
async fn a_vault_is_made_changed_in_place_and_deleted() {
    let mut o = Ordinary::new(VAULT);
    let before = o.last();
    o.applied(&vault(json!({"tags": {"a": "b"}})), PlannedStep::Create).await;
    assert_eq!(o.writes(before), ["PUT fresh"]);
    assert_eq!(end(&o.session.text("id")), "fresh");
    let before = o.last();
    let changed = json!({"soft_delete_enabled": false, "identity": {"type": "SystemAssigned"}, "tags": {}});
    let changed = vault(changed);
    let finished = o.apply(&changed).await;
    Ordinary::is(&finished, PlannedStep::Update);
    let principal = o.session.text("identity_principal_id");
    assert!(!principal.is_empty(), "known to what depends on it, without a refresh");
    assert_eq!(o.writes(before), ["PATCH fresh"]);
    o.applied(&changed, PlannedStep::Nothing).await;
    let body = o.entry("PATCH", "/vaults/fresh").body.unwrap();
    let expected = json!({"tags": {}, "identity": {"type": "SystemAssigned"},
        "properties": {"securitySettings": {"softDeleteSettings": {"softDeleteState": "Disabled"}}}});
    assert_eq!(body, expected);
    o.destroyed().await;
    assert!(o.session.azure().change(|world| world.recovery_services_vaults().iter().all(|own| own.name != "fresh")));
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn what_was_changed_by_hand_is_seen_and_put_right() {
    let mut o = Ordinary::new(VAULT);
    let arguments = vault(json!({"storage_mode_type": "LocallyRedundant"}));
    o.applied(&arguments, PlannedStep::Create).await;
    by_hand(&o, |vault| {
        vault.settings.tags.insert("who".into(), "me".into());
        vault.settings.public_network_access = "Disabled".into();
        vault.location = "westeurope".into();
    });
    o.applied(&arguments, PlannedStep::Update).await;
    let body = o.entry("PATCH", "/vaults/fresh").body.unwrap();
    assert_eq!(body, json!({"tags": {}, "properties": {"publicNetworkAccess": "Enabled"}}));
    o.session.azure().change(|world| world.recovery_services_vaults_mut().retain(|own| own.name != "fresh"));
    o.applied(&arguments, PlannedStep::Create).await;
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_an_interrupted_apply_has_made_is_found_again() {
    let mut o = Ordinary::new(VAULT);
    let arguments = vault(json!({"tags": {"a": "b"}}));
    o.applied(&arguments, PlannedStep::Create).await;
    o.forget();
    let before = o.last();
    let finished = o.applied(&arguments, PlannedStep::Create).await;
    assert_eq!(o.writes(before), Vec::<String>::new());
    assert!(finished.text().contains("existed already"), "{}", finished.text());
    o.destroyed().await;
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_vault_of_somebody_else_is_not_taken_over_and_can_be_imported() {
    let mut o = Ordinary::new(VAULT);
    let arguments = vault(json!({}));
    o.applied(&arguments, PlannedStep::Create).await;
    let id = o.session.text("id");
    o.forget();
    let refused = o.apply(&vault(json!({"tags": {"a": "b"}}))).await;
    let said = refused.text();
    assert!(said.contains("another `tags`") && said.contains(&format!("terraform import {VAULT}.NAME {id}")), "{said}");
    assert!(o.session.object.is_none());
    let imported = o.session.import(&id).await;
    assert!(imported.is_empty(), "{}", text(&imported));
    o.applied(&arguments, PlannedStep::Nothing).await;
    // One that is in use is somebody's, however equal.
    let mut machine = o.beside(CONTAINER);
    let mut registered = registration(&o);
    registered["vault_id"] = json!(id);
    machine.applied(&registered, PlannedStep::Create).await;
    o.forget();
    let refused = o.apply(&arguments).await.text();
    assert!(refused.contains("the registered container \"VMAppContainer;Compute;"), "{refused}");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_is_not_empty_is_not_deleted_and_what_is_in_it_is_named() {
    let mut o = Ordinary::new(VAULT);
    let arguments = vault(json!({}));
    o.applied(&arguments, PlannedStep::Create).await;
    let mut machine = o.beside(CONTAINER);
    let mut registered = registration(&o);
    registered["vault_id"] = json!(o.session.text("id"));
    machine.applied(&registered, PlannedStep::Create).await;
    let refused = text(&o.session.destroy().await);
    assert!(refused.contains("it still has the registered container") && refused.contains("Unregister"), "{refused}");
    assert!(o.session.object.is_some());
    machine.destroyed().await;
    // Azure may not have noticed yet that the vault is empty: that passes.
    let code = "ServiceResourceNotEmptyWithContainerDetails";
    let mut late = Fault::status("DELETE", "*/vaults/fresh", 400, &[], code);
    late.matcher.times = Some(2);
    o.session.azure().inject(late);
    o.destroyed().await;
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_resource_group_that_is_not_there_is_named() {
    let mut o = Ordinary::new(VAULT);
    let mut arguments = vault(json!({}));
    arguments["resource_group_name"] = json!("rg-nowhere");
    let refused = o.apply(&arguments).await;
    let error = refused.errors()[0];
    assert_eq!(error.path.as_ref().map(ToString::to_string).as_deref(), Some("resource_group_name"));
    assert!(error.detail.contains("\"rg-nowhere\" does not exist in subscription"), "{error:?}");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_exists_is_imported_in_any_casing_of_its_id() {
    let mut o = Ordinary::new(VAULT);
    let id = o.vault_id().replace("resourceGroups", "resourcegroups");
    assert!(o.session.import(&id).await.is_empty());
    assert_eq!(o.session.text("name"), catalogue::RECOVERY_SERVICES_VAULT);
    assert_eq!(o.session.text("storage_mode_type"), "ZoneRedundant");
    let refused = text(&o.session.import("/subscriptions/s/resourceGroups/g").await);
    assert!(refused.contains("The ID of a vault is needed"), "{refused}");
    o.finish();
}

/// The ARM id of a user-assigned identity.
fn identity(name: &str) -> String {
    format!(
        "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/g/providers/\
        Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    )
}

#[tokio::test(start_paused = true)]
async fn identities_changed_by_hand_are_put_right_but_their_order_and_case_mean_nothing() {
    let mut o = Ordinary::new(VAULT);
    let arguments =
        vault(json!({"identity": {"type": "UserAssigned", "identity_ids": [identity("a"), identity("b")]}}));
    o.applied(&arguments, PlannedStep::Create).await;
    by_hand(&o, |vault| vault.user_assigned_identities = vec![identity("B"), identity("A")]);
    o.applied(&arguments, PlannedStep::Nothing).await;
    let before = o.last();
    by_hand(&o, |vault| vault.user_assigned_identities.truncate(1));
    o.applied(&arguments, PlannedStep::Update).await;
    by_hand(&o, |vault| vault.settings.identity = "SystemAssigned, UserAssigned".into());
    o.applied(&arguments, PlannedStep::Update).await;
    assert_eq!(o.writes(before), ["PATCH fresh", "PATCH fresh"]);
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn an_identity_that_is_no_id_of_one_fails_the_plan() {
    let mut o = Ordinary::new(VAULT);
    let wanted = vault(json!({"identity": {"type": "UserAssigned", "identity_ids": [identity("a"), "b"]}}));
    let config = o.session.configuration_of(&wanted);
    let (_, refused) = o.session.plan(&config).await;
    let error = refused.errors()[0];
    let path = error.path.as_ref().map(ToString::to_string).unwrap_or_default();
    assert!(path.starts_with("identity.identity_ids"), "{path}: {error:?}");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_vault_whose_making_has_failed_is_made_anew() {
    let mut o = Ordinary::new(VAULT);
    let arguments = vault(json!({}));
    o.applied(&arguments, PlannedStep::Create).await;
    o.forget();
    let body = json!({"name": "fresh", "location": "westeurope", "properties": {"provisioningState": "Failed"}});
    let failed = Action::Status { status: 200, headers: Default::default(), body };
    o.session.azure().inject(Fault::on("GET", "*/vaults/fresh", failed));
    let before = o.last();
    let finished = o.applied(&arguments, PlannedStep::Create).await;
    assert_eq!(o.writes(before), ["PUT fresh"]);
    assert!(finished.diagnostics.is_empty(), "{}", finished.text());
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_change_that_azure_accepts_and_gives_up_is_an_error() {
    let mut o = Ordinary::new(VAULT);
    o.applied(&vault(json!({})), PlannedStep::Create).await;
    let body = json!({"status": "Failed", "error": {"code": "StorageTypeLocked", "message": "It has backups."}});
    for at in ["*/operationStatus/*", "*/operationResults/*"] {
        let failed = Action::Status { status: 200, headers: Default::default(), body: body.clone() };
        o.session.azure().inject(Fault::on("GET", at, failed));
    }
    let failed = o.apply(&vault(json!({"storage_mode_type": "LocallyRedundant"}))).await;
    assert!(failed.text().contains("StorageTypeLocked"), "{}", failed.text());
    assert_eq!(failed.errors()[0].summary, "Updating Recovery Services vault \"fresh\" failed");
    assert_eq!(o.session.text("storage_mode_type"), "GeoRedundant");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn what_azure_refuses_of_a_vault_is_told_in_its_words_and_changes_nothing() {
    let mut o = Ordinary::new(VAULT);
    let refused = o.apply(&vault(json!({"location": "westeuropa"}))).await.text();
    for part in ["LocationNotAvailableForResourceType", "westeuropa", "List of available regions"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    assert!(o.session.object.is_none());
    o.applied(&vault(json!({})), PlannedStep::Create).await;
    let mut machine = o.beside(CONTAINER);
    let registration = json!({"vault_id": o.session.text("id"), "virtual_machine_id": o.machine_id()});
    machine.applied(&registration, PlannedStep::Create).await;
    let refused = o.apply(&vault(json!({"storage_mode_type": "LocallyRedundant"}))).await.text();
    for part in ["StorageModelModifyError", "locked when the first machine is registered"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    o.session.refresh().await;
    assert_eq!(o.session.text("storage_mode_type"), "GeoRedundant");
    o.finish();
}

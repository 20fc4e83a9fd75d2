//! What a vault asks of those who restore from it: guards, identities, subscriptions.

use serde_json::{Value, json};

use super::super::super::catalogue::{
    self, DISK, GUARD, GUARD_ELSEWHERE, GUARDED_POSTGRESQL, GUARDED_POSTGRESQL_ELSEWHERE, GUARDED_VAULT,
    GUARDED_VAULT_ELSEWHERE, IDENTITY, LAKE, POSTGRESQL,
};
use super::super::super::client::{
    SimulatorClient, VAULT, VERSION, disk, every_workload, files, instance, lake, sign_in, sign_in_to,
};
use super::super::super::entra::Bearer;
use super::super::super::message::Request;
use super::super::super::{
    BackupVault, FeatureState, OTHER_SUBSCRIPTION, OTHER_TENANT, Resource, ResourceGuard, StorageAccount,
    user_assigned_identity_id,
};

fn client() -> SimulatorClient {
    SimulatorClient::of(every_workload())
}

fn guarded(number: &str, requests: &Value) -> Value {
    let mut order = files(number, "x");
    order["resourceGuardOperationRequests"] = requests.clone();
    order
}

#[test]
fn a_guarded_vault_lets_nobody_restore_without_naming_the_guards_request() {
    let client = client();
    let own = BackupVault::new(GUARDED_VAULT).instance_id(GUARDED_POSTGRESQL);
    let guard = ResourceGuard::new(GUARD);
    assert_eq!(
        client.get(&BackupVault::new(GUARDED_VAULT).id()).value()["properties"]["isVaultProtectedByResourceGuard"],
        true
    );
    let refused = (403, "UserErrorResourceGuardOperationRequestMissing".to_owned());
    assert_eq!(client.trigger_error(&own, &guarded("0602", &Value::Null)), refused);
    let of_other_service = format!("{}/triggerRestoreRequests/default", guard.id);
    assert_eq!(client.trigger_error(&own, &guarded("0602", &json!([of_other_service]))), refused);
    assert_eq!(client.validation_error(&own, &files("0602", "x")), "", "a validation needs no leave");
    assert_eq!(client.trigger_error(&own, &guarded("0602", &json!([guard.operation_request().to_uppercase()]))).0, 202);
}

#[test]
fn a_guard_of_another_tenant_wants_a_token_of_that_tenant() {
    let client = client();
    let own = BackupVault::new(GUARDED_VAULT_ELSEWHERE).instance_id(GUARDED_POSTGRESQL_ELSEWHERE);
    let order = guarded("0602", &json!([ResourceGuard::new(GUARD_ELSEWHERE).operation_request()]));
    let send = |token: Option<String>| {
        let mut request = Request::new("POST", format!("{own}/restore?api-version={VERSION}")).json(&order);
        if let Some(token) = token {
            request = request.header("x-ms-authorization-auxiliary", format!("Bearer {token}"));
        }
        let reply = client.send(request);
        let auxiliary = client.simulator.journal().entries.last().unwrap().auxiliary;
        (reply.status, reply.value()["error"]["code"].as_str().unwrap_or_default().to_owned(), auxiliary)
    };
    assert_eq!(send(None), (403, "LinkedAuthorizationFailed".into(), Bearer::Absent));
    let home = sign_in(&client.simulator);
    assert_eq!(send(Some(home)), (401, "InvalidAuthenticationToken".into(), Bearer::Unknown));
    let token = sign_in_to(&client.simulator, OTHER_TENANT);
    assert_eq!(send(Some(token.clone())), (202, String::new(), Bearer::Valid));
    client.simulator.advance_clock(time::Duration::hours(2));
    assert!(!client.simulator.journal().to_json().to_string().contains(&token));
}

#[test]
fn only_an_attached_identity_can_restore() {
    let client = client();
    let error = |details: Value| {
        let mut order = files("0102", "x");
        order["identityDetails"] = details;
        client.validation_error(&instance(POSTGRESQL), &order)
    };
    let named = |name: &str| json!({"useSystemAssignedIdentity": false, "userAssignedIdentityArmUrl": user_assigned_identity_id(name)});
    assert_eq!(error(named(IDENTITY)), "");
    assert_eq!(error(named("nobody")), "UserErrorUserAssignedIdentityNotAttached");
    assert_eq!(error(json!({"useSystemAssignedIdentity": true})), "");
    assert_eq!(error(json!({"useSystemAssignedIdentity": false})), "BMSUserErrorInvalidInput");
    let vault = client.get(&BackupVault::new(VAULT).id()).value();
    assert_eq!(vault["identity"]["type"], "SystemAssigned,UserAssigned");
    assert!(vault["identity"]["userAssignedIdentities"][user_assigned_identity_id(IDENTITY)].is_object());
}

#[test]
fn another_subscription_is_a_target_where_the_vault_allows_it() {
    let far = StorageAccount::new("contosofar").subscription(OTHER_SUBSCRIPTION).containers(["dumps"]);
    let client = SimulatorClient::of(every_workload().storage_account(far.clone()));
    let id =
        |id: String| move |order: &mut Value| order["restoreTargetInfo"]["datasourceInfo"]["resourceID"] = json!(id);
    let changed = |mut order: Value, change: &dyn Fn(&mut Value)| {
        change(&mut order);
        order
    };
    let to_files = changed(files("0102", "x"), &|order| {
        let details = &mut order["restoreTargetInfo"]["targetDetails"];
        details["url"] = json!(far.container_url("dumps"));
        details["targetResourceArmId"] = json!(far.container_id("dumps"));
    });
    let without_id = changed(to_files.clone(), &|order| {
        order["restoreTargetInfo"]["targetDetails"]["targetResourceArmId"] = Value::Null;
    });
    let disk_id = Resource::disk("x").subscription(OTHER_SUBSCRIPTION).id();
    let orders =
        [(POSTGRESQL, to_files), (DISK, changed(disk("x"), &id(disk_id))), (LAKE, changed(lake(), &id(far.id())))];
    assert_eq!(client.validation_error(&instance(POSTGRESQL), &without_id), "BMSUserErrorInvalidInput");
    for (name, order) in &orders {
        assert_eq!(client.validation_error(&instance(name), order), "", "{name}");
    }
    for state in [FeatureState::Disabled, FeatureState::PermanentlyDisabled] {
        client.simulator.change(|world| world.vault_named(VAULT).unwrap().cross_subscription_restore = state);
        for (name, order) in &orders {
            let error = client.validation_error(&instance(name), order);
            assert_eq!(error, "UserErrorCrossSubscriptionRestoreNotAllowed", "{name}");
        }
        assert_eq!(client.validation_error(&instance(DISK), &disk("x")), "");
        let shown = client.get(&BackupVault::new(VAULT).id()).value();
        let shown = shown["properties"]["featureSettings"]["crossSubscriptionRestoreSettings"]["state"].clone();
        assert_eq!(shown, json!(format!("{state:?}")));
    }
}

#[test]
fn the_things_of_the_catalogue_are_named_for_scripts() {
    let things = client().simulator.things();
    assert_eq!(things["backup_instances"][POSTGRESQL], instance(POSTGRESQL));
    let container = format!("{}/{}", catalogue::FILES_ACCOUNT, catalogue::FILES_CONTAINER);
    assert_eq!(things["container_urls"][&container], "https://contosofiles.blob.core.windows.net/database-dumps");
    assert!(
        things["containers"][&container].as_str().unwrap().ends_with("/blobServices/default/containers/database-dumps")
    );
    assert_eq!(
        things["resources"][catalogue::TARGET_CLUSTER],
        Resource::kubernetes_cluster(catalogue::TARGET_CLUSTER).id()
    );
    assert_eq!(things["resource_guards"][GUARD], ResourceGuard::new(GUARD).id);
    assert_eq!(things["user_assigned_identities"][IDENTITY], user_assigned_identity_id(IDENTITY));
    assert!(things["resource_groups"][catalogue::STAGING_RESOURCE_GROUP].is_string());
}

//! The secondary region: its own points, its own jobs, its own way of asking.

use serde_json::{Value, json};

use super::super::super::catalogue::{CLUSTER, DISK, GUARD, LAKE, POSTGRESQL};
use super::super::super::client::{
    REQUEST_ID, SimulatorClient, VAULT, cluster, disk, every_workload, files, instance, lake, point,
};
use super::super::super::script::{Ending, JobScript};
use super::super::super::throttling::Throttling;
use super::super::super::{
    BackupVault, FeatureState, ForeignRestore, Order, RESOURCE_GROUP, RecoveryPoint, ResourceGuard, SUBSCRIPTION,
};
use super::super::recovery_points::secondary_id;

fn client() -> SimulatorClient {
    SimulatorClient::of(every_workload())
}

fn location(region: &str, verb: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{RESOURCE_GROUP}/providers/Microsoft.DataProtection/locations/{region}/{verb}"
    )
}

fn north(verb: &str) -> String {
    location("northeurope", verb)
}

fn body(name: &str, order: &Value) -> Value {
    let mut order = order.clone();
    order["recoveryPointId"] = secondary_id(order["recoveryPointId"].as_str().unwrap()).into();
    order["restoreTargetInfo"]["restoreLocation"] = json!("northeurope");
    json!({
        "restoreRequestObject": order,
        "crossRegionRestoreDetails": {"sourceRegion": "West Europe", "sourceBackupInstanceId": instance(name)},
    })
}

fn vault_id() -> String {
    BackupVault::new(VAULT).id()
}

fn ask_job(client: &SimulatorClient, job: &str) -> Value {
    let asked = json!({"sourceRegion": "westeurope", "sourceBackupVaultId": vault_id(), "jobId": job});
    client.post(&north("fetchCrossRegionRestoreJob"), &asked).value()
}

fn code(reply: &super::super::Reply) -> (u16, String) {
    (reply.status, reply.value()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_vault_tells_where_its_backups_are_copied_to() {
    let vault = client().get(&vault_id()).value();
    let properties = &vault["properties"];
    assert_eq!(properties["storageSettings"][0]["type"], "GeoRedundant");
    assert_eq!(properties["replicatedRegions"], json!(["northeurope"]));
    assert_eq!(properties["featureSettings"]["crossRegionRestoreSettings"]["state"], "Enabled");
}

#[test]
fn the_points_of_the_secondary_region_lag() {
    let client = client();
    let asked = json!({"sourceRegion": "westeurope", "sourceBackupInstanceId": instance(POSTGRESQL)});
    let found = client.post(&north("fetchSecondaryRecoveryPoints"), &asked);
    assert_eq!(found.headers.get("x-ms-ratelimit-remaining-subscription-global-writes"), Some("11999"));
    let found = found.value();
    let names: Vec<&str> = found["value"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, [secondary_id(&point("0101"))]);
    let properties = &found["value"][0]["properties"];
    assert_eq!(
        (&properties["friendlyName"], &properties["recoveryPointId"]),
        (&json!(point("0101")), &json!(names[0]))
    );
}

#[test]
fn a_point_has_another_id_in_the_secondary_region_and_is_unknown_there_by_the_first() {
    let client = client();
    let mut order = body(POSTGRESQL, &files("0101", "orders-"));
    assert_eq!(order["restoreRequestObject"]["recoveryPointId"], "10105f7b-6d0f-9c7a-0d24-9d4a1ec5b3f8");
    let accepted = client.post(&north("validateCrossRegionRestore"), &order);
    assert_eq!(client.follow(&accepted)["status"], "Succeeded");
    order["restoreRequestObject"]["recoveryPointId"] = point("0101").into();
    let refused = client.post(&north("validateCrossRegionRestore"), &order);
    assert_eq!(client.follow(&refused)["error"]["code"], "UserErrorRestorePointNotFound");
}

#[test]
fn further_pages_of_points_are_had_by_either_method() {
    let client = SimulatorClient::of(every_workload().pages_of(1));
    client.simulator.change(|world| {
        let own = world.instance_named(POSTGRESQL).unwrap();
        own.secondary_points = own.recovery_points.clone();
    });
    let asked = json!({"sourceRegion": "westeurope", "sourceBackupInstanceId": instance(POSTGRESQL)});
    let first = client.post(&north("fetchSecondaryRecoveryPoints"), &asked).value();
    let next = first["nextLink"].as_str().unwrap();
    let by_get = client.get_url(next).value();
    let target = next.strip_prefix(&client.simulator.endpoint()).unwrap();
    let by_post = client.send(super::super::super::Request::new("POST", target).json(&asked)).value();
    assert_eq!(by_get["value"][0]["name"], point("0101"));
    assert_eq!(by_get["value"], by_post["value"]);
}

#[test]
fn a_restore_runs_in_the_secondary_region_and_its_job_is_in_no_list_of_the_vault() {
    let client = client();
    client.simulator.next_restore(JobScript::running(1).then(Ending::Completed));
    let order = body(POSTGRESQL, &files("0101", "orders-"));
    let validated = client.post(&north("validateCrossRegionRestore"), &order);
    assert_eq!(client.follow(&validated)["status"], "Succeeded");
    let accepted = client.post(&north("crossRegionRestore"), &order);
    assert_eq!(accepted.status, 202);
    for name in ["azure-asyncoperation", "location"] {
        let url = accepted.headers.get(name).unwrap();
        assert!(url.contains("/locations/northeurope/operation") && !url.contains("resourceGroups"), "{url}");
    }
    let job = client.follow(&accepted)["properties"]["jobId"].as_str().unwrap().to_owned();
    assert!(!job.contains('/'));
    let running = ask_job(&client, &job);
    assert_eq!(running["properties"]["status"], "InProgress");
    assert_eq!(running["properties"].get("endTime"), None, "nulls are left out");
    assert_eq!(running["properties"]["operationCategory"], "CrossRegionRestore");
    assert_eq!(running["properties"]["activityID"], REQUEST_ID);
    assert!(running["id"].as_str().unwrap().contains("/BackupVaults/"));
    assert_eq!(ask_job(&client, &job)["properties"]["status"], "Completed");
    assert_eq!(client.get(&format!("{}/backupJobs/{job}", vault_id())).status, 404);
    assert_eq!(client.get(&format!("{}/backupJobs", vault_id())).value()["value"], json!([]));
    let asked = json!({"sourceRegion": "westeurope", "sourceBackupVaultId": vault_id()});
    let listed = client.post(&north("fetchCrossRegionRestoreJobs"), &asked).value();
    assert_eq!(listed["value"][0]["name"], job);
    assert!(client.simulator.jobs()[0].cross_region);
    assert_eq!(client.simulator.journal().accepted_restores().len(), 1);
}

#[test]
fn what_is_restored_out_of_the_vault_can_be_restored_there_and_what_is_not_cannot() {
    let client = client();
    let validate = |name: &str, order: &Value| {
        let reply = client.post(&north("validateCrossRegionRestore"), &body(name, order));
        if reply.status == 202 { client.follow(&reply)["status"].as_str().unwrap().to_owned() } else { code(&reply).1 }
    };
    let mut older = lake();
    older["recoveryPointId"] = json!(point("0401"));
    assert_eq!(validate(LAKE, &older), "Succeeded");
    assert_eq!(validate(CLUSTER, &cluster("VaultStore")), "Succeeded");
    assert_eq!(validate(CLUSTER, &cluster("OperationalStore")), "BMSUserErrorInvalidInput");
    assert_eq!(validate(DISK, &disk("x")), "BMSUserErrorInvalidInput");
    let lagging = client.post(&north("validateCrossRegionRestore"), &body(POSTGRESQL, &files("0102", "x")));
    assert_eq!(client.follow(&lagging)["error"]["code"], "UserErrorRestorePointNotFound");
}

#[test]
fn regions_vault_and_group_must_be_the_right_ones() {
    let client = client();
    let right = body(POSTGRESQL, &files("0101", "x"));
    let refused = |region: &str, change: &dyn Fn(&mut Value)| {
        let mut order = right.clone();
        change(&mut order);
        let reply = client.post(&location(region, "crossRegionRestore"), &order);
        let error = &reply.value()["error"];
        assert_eq!(error["details"], json!([]), "the shape of Resource Manager");
        code(&reply)
    };
    let invalid = (400, "BMSUserErrorInvalidInput".to_owned());
    let location_of =
        |order: &mut Value| order["restoreRequestObject"]["restoreTargetInfo"]["restoreLocation"] = json!("westeurope");
    assert_eq!(refused("northeurope", &location_of), invalid);
    assert_eq!(refused("westus", &|_| ()), invalid);
    assert_eq!(
        refused("northeurope", &|order| order["crossRegionRestoreDetails"]["sourceRegion"] = json!("westus")),
        invalid
    );
    assert_eq!(refused("northeurope", &|order| order["extra"] = json!(1)), invalid);
    let nobody =
        |order: &mut Value| order["crossRegionRestoreDetails"]["sourceBackupInstanceId"] = json!(instance("nobody"));
    assert_eq!(refused("northeurope", &nobody), invalid);
    client.simulator.change(|world| world.vault_named(VAULT).unwrap().cross_region_restore = FeatureState::Disabled);
    assert_eq!(refused("northeurope", &|_| ()), (400, "UserErrorCrossRegionRestoreNotEnabled".into()));
    assert!(client.simulator.accepted_restores() == 0);
}

#[test]
fn a_guard_is_asked_there_too() {
    let client = client();
    let guard = ResourceGuard::new(GUARD);
    client.simulator.change(|world| world.vault_named(VAULT).unwrap().resource_guard = Some(guard.clone()));
    let mut order = body(POSTGRESQL, &files("0101", "x"));
    assert_eq!(client.post(&north("crossRegionRestore"), &order).status, 403);
    order["restoreRequestObject"]["resourceGuardOperationRequests"] = json!([guard.operation_request()]);
    assert_eq!(client.post(&north("crossRegionRestore"), &order).status, 202);
}

#[test]
fn a_foreign_restore_of_the_secondary_region_is_seen_there_alone() {
    let client = client();
    let foreign = ForeignRestore {
        instance: POSTGRESQL.into(),
        activity_id: "theirs".into(),
        order: Order::of_point(&RecoveryPoint::new("p", client.simulator.now()), "VaultStore", "https://x/y"),
        script: JobScript::held(),
        started_ago: time::Duration::minutes(1),
    };
    let id = client.simulator.add_foreign_cross_region_restore(foreign).unwrap();
    let name = id.rsplit('/').next().unwrap();
    assert_eq!(client.get(&id).status, 404);
    assert_eq!(ask_job(&client, name)["properties"]["activityID"], "theirs");
    let reply = client.post(
        &north("fetchCrossRegionRestoreJob"),
        &json!({"sourceRegion": "westeurope", "sourceBackupVaultId": vault_id(), "jobId": id}),
    );
    assert_eq!(code(&reply), (400, "BMSUserErrorInvalidInput".into()), "an ARM id is no job id here");
}

#[test]
fn looks_at_a_job_of_the_secondary_region_count_as_writes() {
    let client = SimulatorClient::of(every_workload().throttled(Throttling::new(100, 2, Some(9))));
    let asked = json!({"sourceRegion": "westeurope", "sourceBackupVaultId": vault_id(), "jobId": "x"});
    let ask = || client.post(&north("fetchCrossRegionRestoreJob"), &asked).status;
    assert_eq!([ask(), ask(), ask()], [404, 404, 429]);
}

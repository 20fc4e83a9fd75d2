//! Virtual machines as a client meets them.

use serde_json::{Value, json};

use super::super::super::SimulatorBuilder;
use super::super::super::catalogue::{
    FILES_ACCOUNT, MACHINE_STAGING_ACCOUNT, MACHINE_TARGET_GROUP, NETWORK, VIRTUAL_MACHINE,
};
use super::super::super::client::SimulatorClient;
use super::super::super::message::{Reply, Request};
use super::VERSION;

const POINT: &str = "70477518625276";
const ARCHIVED: &str = "70477518625274";

/// A client of the demo, with what it needs to name.
struct Machines {
    client: SimulatorClient,
    item: String,
    machine: String,
    staging: String,
    group: String,
    network: String,
}

impl Machines {
    fn new() -> Self {
        let client = SimulatorClient::of(SimulatorBuilder::demo());
        let things = client.simulator.things();
        let id = |group: &str, name: &str| things[group][name].as_str().unwrap().to_owned();
        let (item, machine) = (id("protected_items", VIRTUAL_MACHINE), id("resources", VIRTUAL_MACHINE));
        let (staging, network) = (id("storage_accounts", MACHINE_STAGING_ACCOUNT), id("resources", NETWORK));
        let group = id("resource_groups", MACHINE_TARGET_GROUP);
        Self { client, item, machine, staging, group, network }
    }

    fn vault(&self) -> &str {
        self.item.split("/backupFabrics").next().unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        self.client.send(Request::new("POST", format!("{path}?api-version={VERSION}")).json(body))
    }

    fn get(&self, path: &str) -> Value {
        self.client.send(Request::new("GET", format!("{path}?api-version={VERSION}"))).value()
    }

    /// Disks into the group, changed.
    fn body(&self, point: &str, change: impl FnOnce(&mut Value)) -> Value {
        let mut body = json!({
            "objectType": "IaasVMRestoreRequest", "recoveryType": "RestoreDisks", "recoveryPointId": point,
            "sourceResourceId": self.machine, "region": "westeurope", "storageAccountId": self.staging,
            "createNewCloudService": false, "originalStorageAccountOption": false,
            "targetResourceGroupId": self.group,
        });
        change(&mut body);
        body
    }

    fn trigger(&self, point: &str, change: impl FnOnce(&mut Value)) -> Reply {
        let path = format!("{}/recoveryPoints/{point}/restore", self.item);
        self.post(&path, &json!({ "properties": self.body(point, change) }))
    }

    /// Code with which a restore is answered; none where it is accepted.
    fn code(&self, point: &str, change: impl FnOnce(&mut Value)) -> String {
        self.trigger(point, change).value()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    fn validate(&self, change: impl FnOnce(&mut Value)) -> Reply {
        let (id, request) = (format!("{}/recoveryPoints/{POINT}", self.item), self.body(POINT, change));
        let properties = json!({"objectType": "ValidateIaasVMRestoreOperationRequest", "restoreRequest": request});
        self.post(
            &format!("{}/backupTriggerValidateOperation", self.vault()),
            &json!({"id": id, "properties": properties}),
        )
    }

    /// Codes that a validation has found, at either of its URLs.
    fn found(&self, change: impl FnOnce(&mut Value)) -> Vec<String> {
        let accepted = self.validate(change);
        assert_eq!((accepted.status, accepted.headers.get("retry-after")), (202, Some("10")));
        let url = |name: &str| accepted.headers.get(name).unwrap().to_owned();
        assert_eq!(self.client.get_url(&url("azure-asyncoperation")).value()["status"], "InProgress");
        let status = self.client.get_url(&url("azure-asyncoperation")).value();
        assert_eq!(status["status"], "Succeeded", "whatever it has found");
        let result = self.client.get_url(&url("location")).value();
        assert_eq!(result["validateOperationResponse"], status["properties"]["validateOperationResponse"]);
        let found = result["validateOperationResponse"]["validationResults"].as_array().unwrap().clone();
        found.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    }
}

const INVALID: &str = "BMSUserErrorInvalidInput";

#[test]
fn each_of_the_three_ways_is_taken_and_leaves_behind_what_it_makes() {
    let m = Machines::new();
    let new = |body: &mut Value| {
        body["recoveryType"] = json!("AlternateLocation");
        body["targetVirtualMachineId"] = json!(format!(
            "{}/providers/Microsoft.Compute/virtualMachines/new",
            body["targetResourceGroupId"].as_str().unwrap()
        ));
        body["virtualNetworkId"] = json!(m.network);
        body["subnetId"] = json!(format!("{}/subnets/apps", m.network));
    };
    let replace = |body: &mut Value| {
        body["recoveryType"] = json!("OriginalLocation");
        body["targetResourceGroupId"] = Value::Null;
    };
    assert_eq!(m.trigger(POINT, |_| {}).status, 202);
    assert_eq!(m.trigger(POINT, replace).status, 202);
    assert_eq!(m.trigger(POINT, new).status, 202);
    let jobs = m.client.simulator.jobs();
    assert_eq!(jobs.len(), 3);
    let job = |at: usize| m.get(&jobs[at].arm_id);
    let running = job(0);
    assert_eq!(running["properties"]["extendedInfo"]["progressPercentage"], 1.0);
    assert_eq!(running["properties"]["extendedInfo"]["propertyBag"].get("Template Blob Uri"), None);
    for _ in 0..6 {
        (0..3).for_each(|at| drop(job(at)));
    }
    let ended = job(0);
    assert_eq!(ended["properties"]["extendedInfo"]["progressPercentage"], 100.0);
    let bag = &ended["properties"]["extendedInfo"]["propertyBag"];
    assert_eq!((&bag["Job Type"], &bag["Target VM Name"]), (&json!("Recover disks"), &json!("vmName")));
    assert!(bag["Template Blob Uri"].is_string() && bag["Recovery point time "].is_string());
    assert_eq!(ended["properties"].get("isUserTriggered"), None);
    // The name is taken now.
    assert_eq!(m.found(new), ["UserErrorVirtualMachineAlreadyExists"]);
}

#[test]
fn a_validation_succeeds_whatever_it_finds_and_refuses_what_is_no_request() {
    let m = Machines::new();
    assert_eq!(m.found(|_| {}), [""; 0]);
    let nowhere = |body: &mut Value| {
        let group = body["targetResourceGroupId"].as_str().unwrap().replace(MACHINE_TARGET_GROUP, "nowhere");
        body["targetResourceGroupId"] = json!(group);
    };
    assert_eq!(m.found(nowhere), ["UserErrorResourceGroupNotFound"]);
    assert_eq!(m.validate(|body| body["region"] = json!("northeurope")).status, 400);
    assert_eq!(m.validate(|body| body["unknown"] = json!(1)).status, 400);
    m.client.simulator.change_item(VIRTUAL_MACHINE, |item| item.restores_without_role = 1).unwrap();
    assert_eq!(m.found(|_| {}), ["UserErrorMissingRequiredPermissions"]);
    assert_eq!(m.found(|_| {}), [""; 0]);
}

#[test]
fn requests_that_azure_would_refuse_are_refused() {
    let m = Machines::new();
    let is_invalid = |change: fn(&mut Value)| m.code(POINT, change) == INVALID;
    assert!(is_invalid(|body| body["recoveryPointId"] = json!("1")));
    assert!(is_invalid(|body| body["sourceResourceId"] = json!("/other")));
    assert!(is_invalid(|body| body["storageAccountId"] = Value::Null));
    assert!(is_invalid(|body| body["recoveryType"] = json!("OriginalLocation")), "a replacement has no target");
    assert!(is_invalid(|body| body["targetResourceGroupId"] = Value::Null), "disks need a group");
    assert!(is_invalid(|body| body["subnetId"] = json!("/s")), "disks have no network");
    assert!(is_invalid(|body| body["restoreDiskLunList"] = json!([7])), "no such disk");
    assert!(is_invalid(|body| body["restoreDiskLunList"] = json!(["x"])));
    assert!(is_invalid(|body| body["identityBasedRestoreDetails"] = json!({"targetStorageAccountId": "/s"})));
    assert_eq!(m.code("1", |_| {}), "UserErrorRecoveryPointNotFound");
    assert_eq!(m.code(POINT, |body| body["restoreDiskLunList"] = json!(["0", 2])), "", "both notations pass");
    assert_eq!(m.code(POINT, |_| {}), "BMSUserErrorObjectLocked");
}

#[test]
fn archive_zone_and_subscription_have_their_own_refusals() {
    let m = Machines::new();
    let rehydrate = |body: &mut Value| {
        body["objectType"] = json!("IaasVMRestoreWithRehydrationRequest");
        body["recoveryPointRehydrationInfo"] =
            json!({"rehydrationRetentionDuration": "P15D", "rehydrationPriority": "Standard"});
    };
    assert_eq!(m.code(ARCHIVED, |_| {}), "UserErrorArchivedRecoveryPointsRequestedForRestore");
    assert_eq!(m.code(POINT, rehydrate), INVALID);
    assert_eq!(m.code(ARCHIVED, rehydrate), "");
    m.client.simulator.change(|world| {
        let vault = &mut world.recovery_services_vaults_mut()[0];
        vault.redundancy = "GeoRedundant".into();
        vault.cross_subscription = "Disabled".into();
    });
    let zone = |body: &mut Value| body["zones"] = json!(["2"]);
    assert_eq!(m.code(POINT, zone), "UserErrorCrossZonalRestoreNotSupportedForVault");
    let elsewhere = |body: &mut Value| body["targetResourceGroupId"] = json!("/subscriptions/other/resourceGroups/g");
    assert_eq!(m.code(POINT, elsewhere), "UserErrorCrossSubscriptionRestoreNotEnabled");
}

#[test]
fn the_disks_of_one_point_of_a_machine_are_told_by_an_operation_without_a_status() {
    let m = Machines::new();
    let path = format!("{}/backupFabrics/Azure/getRPExtendedInfo", m.vault());
    let ask = |ids: Value| m.post(&path, &json!({"properties": {"recoveryPointIds": ids}}));
    let point = format!("{}/recoveryPoints/{POINT}", m.item);
    let accepted = ask(json!([point]));
    assert_eq!((accepted.status, accepted.headers.get("azure-asyncoperation")), (202, None));
    let url = accepted.headers.get("location").unwrap();
    assert_eq!(m.client.get_url(url).status, 202);
    let told = m.client.get_url(url).value();
    let info = &told["value"][0]["properties"];
    let luns: Vec<i64> =
        info["dataDisks"].as_array().unwrap().iter().map(|disk| disk["lun"].as_i64().unwrap()).collect();
    assert_eq!((info["osDisk"]["lun"].as_i64(), luns), (Some(-1), vec![0, 2]));
    assert_eq!(ask(json!([])).status, 400);
    assert_eq!(ask(json!([point, point])).status, 400, "exactly one");
    assert_eq!(ask(json!([format!("{}/recoveryPoints/1", m.item)])).status, 400);
}

#[test]
fn an_identity_that_restores_is_attached_and_names_the_account_elsewhere() {
    let m = Machines::new();
    let by_identity = |id: &str| {
        let (id, account) = (id.to_owned(), m.client.simulator.things()["storage_accounts"][FILES_ACCOUNT].clone());
        move |body: &mut Value| {
            body["storageAccountId"] = Value::Null;
            body["identityInfo"] = json!({"isSystemAssignedIdentity": false, "managedIdentityResourceId": id});
            body["identityBasedRestoreDetails"] = json!({"targetStorageAccountId": account});
        }
    };
    assert_eq!(m.code(POINT, by_identity("/stranger")), INVALID);
    let attached = super::super::super::world::user_assigned_identity_id(super::super::super::catalogue::IDENTITY);
    assert_eq!(m.code(POINT, by_identity(&attached)), "");
}

//! Databases of servers in virtual machines as a client meets them.

use serde_json::{Value, json};

use super::super::super::SimulatorBuilder;
use super::super::super::catalogue::{HANA_DATABASE, VM_SQL_DATABASE, VM_SQL_MACHINE, VM_SQL_TARGET_MACHINE};
use super::super::super::client::SimulatorClient;
use super::super::super::message::{Reply, Request};
use super::VERSION;

const FULL: &str = "35346452606386";

/// A client of the demo, with what it needs to name.
struct Databases {
    client: SimulatorClient,
    item: String,
    machine: String,
    container: String,
}

impl Databases {
    fn new() -> Self {
        let client = SimulatorClient::of(SimulatorBuilder::demo());
        let things = client.simulator.things();
        let id = |group: &str, name: &str| things[group][name].as_str().unwrap().to_owned();
        let (item, machine) = (id("protected_items", VM_SQL_DATABASE), id("resources", VM_SQL_MACHINE));
        let container = id("protection_containers", VM_SQL_TARGET_MACHINE);
        Self { client, item, machine, container }
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        self.client.send(Request::new("POST", format!("{path}?api-version={VERSION}")).json(body))
    }

    fn get(&self, path: &str, query: &str) -> Value {
        self.client.send(Request::new("GET", format!("{path}?api-version={VERSION}{query}"))).value()
    }

    /// To another database, changed.
    fn body(&self, change: impl FnOnce(&mut Value)) -> Value {
        let files = self.get(&format!("{}/recoveryPoints/{FULL}", self.item), "");
        let files = files["properties"]["extendedInfo"]["dataDirectoryPaths"].as_array().unwrap().clone();
        let moves: Vec<Value> = files
            .iter()
            .map(|file| {
                json!({"mappingType": file["type"], "sourceLogicalName": file["logicalName"],
                    "sourcePath": file["path"], "targetPath": "F:\\x"})
            })
            .collect();
        let mut body = json!({
            "objectType": "AzureWorkloadSQLRestoreRequest", "recoveryType": "AlternateLocation",
            "sourceResourceId": self.machine, "shouldUseAlternateTargetLocation": true, "isNonRecoverable": false,
            "targetVirtualMachineId": self.machine.replace(VM_SQL_MACHINE, VM_SQL_TARGET_MACHINE),
            "targetInfo": {
                "overwriteOption": "FailOnConflict", "containerId": self.container,
                "databaseName": "MSSQLSERVER/a/b"},
            "alternateDirectoryPaths": moves,
        });
        change(&mut body);
        body
    }

    fn trigger(&self, point: &str, body: &Value) -> Reply {
        let path = format!("{}/recoveryPoints/{point}/restore", self.item);
        self.post(&path, &json!({ "properties": body }))
    }
}

#[test]
fn a_list_without_a_filter_has_backups_and_log_ranges_and_each_can_be_had_alone() {
    let azure = Databases::new();
    let kinds = |filter: &str| -> Vec<String> {
        let query = if filter.is_empty() { String::new() } else { format!("&$filter={}", filter.replace(' ', "%20")) };
        let found = azure.get(&format!("{}/recoveryPoints", azure.item), &query);
        let kinds = found["value"].as_array().unwrap().iter().map(|own| own["properties"]["type"].clone());
        kinds.map(|kind| kind.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(""), ["Full", "Full", "Differential", "Log"]);
    assert_eq!(kinds("restorePointQueryType eq 'Log'"), ["Log"]);
    assert_eq!(kinds("restorePointQueryType eq 'FullAndDifferential'"), ["Full", "Full", "Differential"]);
}

#[test]
fn files_are_listed_of_single_points_and_of_logs_if_they_are_asked_for() {
    let azure = Databases::new();
    let points = format!("{}/recoveryPoints", azure.item);
    let has_files = |value: &Value| value["properties"]["extendedInfo"]["dataDirectoryPaths"].is_array();
    let listed = azure.get(&points, "");
    assert!(!listed["value"].as_array().unwrap().iter().any(has_files));
    assert!(has_files(&azure.get(&format!("{points}/{FULL}"), "")));
    let filter = "&$filter=extendedInfo%20eq%20'True'%20and%20restorePointQueryType%20eq%20'Log'";
    assert!(has_files(&azure.get(&points, filter)["value"][0]));
}

#[test]
fn a_restore_comes_true_with_its_job_and_is_named_by_machine_instance_and_database() {
    let azure = Databases::new();
    let accepted = azure.trigger(FULL, &azure.body(|_| ()));
    assert_eq!(accepted.status, 202, "{:?}", accepted.value());
    let job = azure.client.simulator.jobs().pop().unwrap();
    let vault = azure.item.split("/backupFabrics").next().unwrap();
    let path = format!("{vault}/backupJobs/{}", job.id);
    let mut seen = azure.get(&path, "");
    for _ in 0..8 {
        seen = azure.get(&path, "");
    }
    let seen = &seen["properties"];
    assert_eq!((&seen["operation"], &seen["status"]), (&json!("Restore (Full)"), &json!("Completed")));
    assert_eq!(seen["entityFriendlyName"], format!("{VM_SQL_DATABASE} [{VM_SQL_MACHINE}]"));
    let bag = &seen["extendedInfo"]["propertyBag"];
    assert_eq!(bag["RestoreDestination"], format!("{VM_SQL_TARGET_MACHINE}/MSSQLSERVER/a/b"));
    assert!(azure.client.simulator.change(|world| world.has_database(VM_SQL_TARGET_MACHINE, "mssqlserver", "a/B")));
    // A second one finds it there.
    assert_eq!(azure.trigger(FULL, &azure.body(|_| ())).status, 202);
    let job = azure.client.simulator.jobs().pop().unwrap();
    let path = format!("{vault}/backupJobs/{}", job.id);
    let seen: Vec<Value> = (0..8).map(|_| azure.get(&path, "")["properties"]["status"].clone()).collect();
    assert_eq!(seen[7], "Failed");
}

#[test]
fn an_order_that_does_not_fit_is_refused() {
    let azure = Databases::new();
    let wrong: &[&dyn Fn(&mut Value)] = &[
        &|body| body["recoveryType"] = json!("OriginalLocation"),
        &|body| body["sourceResourceId"] = json!("/other"),
        &|body| body["targetVirtualMachineId"] = Value::Null,
        &|body| body["targetInfo"]["databaseName"] = json!("MSSQLSERVER"),
        &|body| body["targetInfo"]["databaseName"] = json!("OTHER/x"),
        &|body| body["targetInfo"]["containerId"] = json!("/other"),
        &|body| body["targetInfo"]["containerName"] = json!("of the how-to page"),
        &|body| body["alternateDirectoryPaths"] = json!([]),
        &|body| body["objectType"] = json!("AzureWorkloadSAPHanaRestoreRequest"),
        &|body| body["objectType"] = json!("AzureWorkloadSQLPointInTimeRestoreRequest"),
        &|body| {
            body["objectType"] = json!("AzureWorkloadSQLRestoreWithRehydrateRequest");
            body["recoveryPointRehydrationInfo"] =
                json!({"rehydrationRetentionDuration": "P10D", "rehydrationPriority": "High"});
        },
        &|body| body["recoveryMode"] = json!("FileRecovery"),
    ];
    for (index, change) in wrong.iter().enumerate() {
        let reply = azure.trigger(FULL, &azure.body(change));
        assert_eq!(reply.status, 400, "{index}: {:?}", reply.value());
    }
    assert_eq!(azure.trigger("DefaultRangeRecoveryPoint", &azure.body(|_| ())).status, 400);
}

#[test]
fn only_instants_that_logs_cover_can_be_restored() {
    let azure = Databases::new();
    let logs = azure.get(&format!("{}/recoveryPoints/DefaultRangeRecoveryPoint", azure.item), "");
    let ranges = logs["properties"]["timeRanges"].as_array().unwrap().clone();
    let at = |instant: &Value| {
        let original = json!({
            "objectType": "AzureWorkloadSQLPointInTimeRestoreRequest", "recoveryType": "OriginalLocation",
            "shouldUseAlternateTargetLocation": true, "isNonRecoverable": false, "pointInTime": instant});
        azure.trigger("DefaultRangeRecoveryPoint", &original).status
    };
    assert_eq!(at(&json!("2001-01-01T00:00:00Z")), 400);
    assert_eq!(at(&ranges[1]["endTime"]), 202);
}

#[test]
fn instances_of_sql_server_are_listed_with_their_directories_and_systems_of_sap_hana_are_not() {
    let azure = Databases::new();
    let filter = "&$filter=backupManagementType%20eq%20'AzureWorkload'%20and%20workloadItemType%20eq%20'SQLInstance'";
    let found = azure.get(&format!("{}/items", azure.container), filter);
    assert_eq!(found["value"][0]["properties"]["dataDirectoryPaths"][0]["path"], "F:\\DATA\\");
    let things = azure.client.simulator.things();
    let hana = things["protected_items"][HANA_DATABASE].as_str().unwrap();
    let (container, _) = hana.split_once("/protectedItems").unwrap();
    assert_eq!(azure.get(&format!("{container}/items"), filter)["value"], json!([]));
    let machine = azure.get(container, "");
    assert!(machine["properties"]["sourceResourceId"].as_str().unwrap().ends_with("/contoso-hana"));
}

//! Vaults, policies, containers and protection as a client meets them.

use serde_json::{Value, json};

use super::super::super::SimulatorBuilder;
use super::super::super::catalogue::{NEW_SQL_DATABASE, NEW_SQL_MACHINE, RECOVERY_SERVICES_VAULT, VM_SQL_DATABASE};
use super::super::super::client::SimulatorClient;
use super::super::super::message::{Reply, Request};
use super::VERSION;

const VAULTS_VERSION: &str = "2026-11-01";
const WORKLOADS: &str = "$filter=backupManagementType%20eq%20'AzureWorkload'";

/// A client of the demo, and the vault of it.
struct Vault {
    client: SimulatorClient,
    id: String,
    machine: String,
}

impl Vault {
    fn new() -> Self {
        let client = SimulatorClient::of(SimulatorBuilder::demo());
        let things = client.simulator.things();
        let id = |group: &str, name: &str| things[group][name].as_str().unwrap().to_owned();
        let (vault, machine) =
            (id("recovery_services_vaults", RECOVERY_SERVICES_VAULT), id("resources", NEW_SQL_MACHINE));
        Self { client, id: vault, machine }
    }

    fn send(&self, method: &str, path: &str, version: &str, body: Option<&Value>) -> Reply {
        let sign = if path.contains('?') { '&' } else { '?' };
        let request = Request::new(method, format!("{path}{sign}api-version={version}"));
        self.client.send(match body {
            Some(body) => request.json(body),
            None => request,
        })
    }

    fn backup(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        self.send(method, &format!("{}{path}", self.id), VERSION, body)
    }

    fn fabric(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        self.backup(method, &format!("/backupFabrics/Azure{path}"), body)
    }

    fn names(&self, path: &str) -> Vec<String> {
        let listed = self.backup("GET", &format!("{path}?{WORKLOADS}"), None).value();
        let values = listed["value"].as_array().unwrap();
        values.iter().map(|own| own["name"].as_str().unwrap().to_owned()).collect()
    }

    fn container(&self) -> String {
        format!("/protectionContainers/VMAppContainer;Compute;rg-rehearsal;{NEW_SQL_MACHINE}")
    }

    fn register(&self, change: impl FnOnce(&mut Value)) -> Reply {
        let mut body = json!({"properties": {
            "containerType": "VMAppContainer", "backupManagementType": "AzureWorkload", "workloadType": "SQLDataBase",
            "sourceResourceId": self.machine}});
        change(&mut body["properties"]);
        self.fabric("PUT", &self.container(), Some(&body))
    }

    fn registered() -> Self {
        let vault = Self::new();
        assert_eq!(vault.register(|_| {}).status, 202);
        vault.fabric("POST", &format!("{}/inquire?{WORKLOADS}", vault.container()), None);
        vault
    }

    /// The job of a request about the protection of the new database; the error where it was refused.
    fn protect(&self, method: &str, body: Option<Value>) -> Result<String, String> {
        let item = format!("{}/protectedItems/sqldatabase;mssqlserver;{NEW_SQL_DATABASE}", self.container());
        let body = body.map(|own| {
            let mut all = json!({"protectedItemType": "AzureVmWorkloadSQLDatabase"});
            all.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
            json!({ "properties": all })
        });
        let reply = self.fabric(method, &item, body.as_ref());
        if reply.status != 202 {
            return Err(reply.value()["error"]["code"].as_str().unwrap_or_default().to_owned());
        }
        let url = reply.headers.get("azure-asyncoperation").or_else(|| reply.headers.get("location")).unwrap();
        self.client.get_url(url);
        Ok(self.client.get_url(url).value()["properties"]["jobId"].as_str().unwrap_or_default().to_owned())
    }

    fn policy(&self, name: &str) -> Value {
        json!({"policyId": format!("{}/backupPolicies/{name}", self.id)})
    }

    fn item(&self) -> Value {
        let item = format!("{}/protectedItems/SQLDataBase;mssqlserver;{NEW_SQL_DATABASE}", self.container());
        self.fabric("GET", &item, None).value()["properties"].clone()
    }
}

#[test]
fn a_vault_is_made_changed_where_a_change_names_something_and_deleted_twice() {
    let demo = Vault::new();
    let id = demo.id.replace(RECOVERY_SERVICES_VAULT, "fresh");
    let send = |method: &str, body: Option<Value>| demo.send(method, &id, VAULTS_VERSION, body.as_ref());
    let made = send("PUT", Some(json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {}})));
    assert_eq!((made.status, made.value()["location"].clone()), (201, json!("westeurope")));
    assert!(made.headers.get("azure-asyncoperation").unwrap().contains("/operationStatus/"));
    assert_eq!(send("PATCH", Some(json!({"tags": {"a": "b"}, "properties": {}}))).status, 202);
    let settings = json!({"properties": {"securitySettings": {"softDeleteSettings": {"softDeleteState": "Disabled"}}}});
    send("PATCH", Some(settings));
    let seen = send("GET", None).value();
    assert_eq!(seen["tags"], json!({"a": "b"}));
    assert_eq!(seen["properties"]["securitySettings"]["softDeleteSettings"]["softDeleteState"], "Disabled");
    assert_eq!(send("PATCH", Some(json!({"properties": {"unknown": 1}}))).status, 400);
    assert_eq!([send("DELETE", None).status, send("DELETE", None).status, send("GET", None).status], [202, 204, 404]);
    assert_eq!(send("PATCH", Some(json!({"properties": {}}))).status, 404);
}

#[test]
fn redundancy_is_locked_once_something_is_registered_and_a_vault_lies_in_a_region_that_there_is() {
    let demo = Vault::new();
    let put = |name: &str, method: &str, body: Value| {
        let id = demo.id.replace(RECOVERY_SERVICES_VAULT, name);
        let reply = demo.send(method, &id, VAULTS_VERSION, Some(&body));
        (reply.status, reply.value()["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let stored = |word: &str, copy: &str| json!({"properties": {"redundancySettings": {"standardTierStorageRedundancy": word, "crossRegionRestore": copy}}});
    let refused = |code: &str| (400, code.to_owned());
    let (accepted, locked) = ((202, String::new()), refused("StorageModelModifyError"));
    let full = RECOVERY_SERVICES_VAULT;
    assert_eq!(put(full, "PATCH", stored("LocallyRedundant", "Disabled")), locked);
    assert_eq!(put(full, "PATCH", stored("GeoRedundant", "Enabled")), locked);
    assert_eq!(put(full, "PATCH", stored("ZoneRedundant", "Disabled")), accepted, "what it is already");
    let made = |location: &str| {
        let body = json!({"location": location, "sku": {"name": "Standard"}, "properties": {}});
        put("fresh", "PUT", body)
    };
    assert_eq!(made("westeuropa"), refused("LocationNotAvailableForResourceType"));
    assert_eq!(made("West Europe"), (201, String::new()));
    assert_eq!(put("fresh", "PATCH", stored("LocallyRedundant", "Disabled")), accepted, "it is empty");
    assert_eq!(put("fresh", "PATCH", stored("LocallyRedundant", "Enabled")), refused("BMSUserErrorInvalidInput"));
    assert_eq!(put("fresh", "PATCH", stored("GeoRedundant", "Enabled")), accepted);
}

#[test]
fn a_vault_is_not_deleted_while_something_is_in_it() {
    let demo = Vault::new();
    let refused = |code: &str| {
        let reply = demo.send("DELETE", &demo.id, VAULTS_VERSION, None);
        assert_eq!((reply.status, reply.value()["error"]["code"].as_str()), (400, Some(code)));
    };
    refused("ServiceResourceNotEmptyWithContainerDetails");
    demo.client.simulator.change_item(VM_SQL_DATABASE, |item| item.soft_deleted = true).unwrap();
    refused("ServiceResourceNotEmptyWithBackendMessage");
}

#[test]
fn policies_are_listed_by_what_they_protect_with_their_odd_spelling() {
    let demo = Vault::new();
    assert_eq!(demo.names("/backupPolicies"), ["HourlyLogBackup", "WeeklyFullBackup", "HanaBackup"]);
    let policy = demo.backup("GET", "/backupPolicies/hourlylogbackup", None).value();
    assert_eq!(policy["properties"]["workLoadType"], "SQLDataBase");
    assert_eq!(demo.backup("GET", "/backupPolicies/nobody", None).status, 404);
}

#[test]
fn a_machine_is_listed_after_a_search_and_registered_by_its_own_id_only() {
    let demo = Vault::new();
    let protectable = "/backupFabrics/Azure/protectableContainers";
    assert_eq!(demo.names(protectable), Vec::<String>::new());
    let search = demo.fabric("POST", &format!("/refreshContainers?{WORKLOADS}"), None);
    let url = search.headers.get("location").unwrap();
    let looks = [search.status, demo.client.get_url(url).status, demo.client.get_url(url).status];
    assert_eq!(looks, [202, 202, 204]);
    assert_eq!(demo.names(protectable), [format!("VMAppContainer;Compute;rg-rehearsal;{NEW_SQL_MACHINE}")]);

    let status = |change: fn(&mut Value)| demo.register(change).status;
    assert_eq!(status(|body| body["sourceResourceId"] = json!("/other")), 400);
    assert_eq!(status(|body| body["operationType"] = json!("Reregister")), 400);
    assert_eq!(status(|body| body["containerType"] = json!("StorageContainer")), 400);
    let accepted = demo.register(|_| {});
    assert_eq!((accepted.status, accepted.value()), (202, json!({})));
    let url = accepted.headers.get("location").unwrap();
    demo.client.get_url(url);
    assert_eq!(demo.client.get_url(url).value()["properties"]["registrationStatus"], "Registered");
    assert_eq!(demo.names(protectable), Vec::<String>::new());
    assert_eq!(status(|body| body["operationType"] = json!("Reregister")), 202);
}

#[test]
fn an_inquiry_is_accepted_whatever_it_finds_and_databases_are_listed_after_it_in_lower_case() {
    let demo = Vault::new();
    demo.register(|_| {});
    let inquired =
        || demo.fabric("GET", &demo.container(), None).value()["properties"]["extendedInfo"]["inquiryInfo"].clone();
    let own = |names: Vec<String>| names.into_iter().filter(|name| name.contains("sales")).count();
    assert_eq!((inquired(), own(demo.names("/backupProtectableItems"))), (Value::Null, 0));
    let failure = super::super::super::ServiceError::new("UserErrorOpeningSQLConnection", "No.");
    demo.client.simulator.change(|world| {
        world.database_machine_named(NEW_SQL_MACHINE).unwrap().inquiry.failure = Some(failure);
    });
    let inquire = || demo.fabric("POST", &format!("{}/inquire?{WORKLOADS}", demo.container()), None).status;
    assert_eq!(inquire(), 202);
    let validation = &inquired()["inquiryDetails"][0]["inquiryValidation"];
    assert_eq!(validation["errorDetail"]["code"], "UserErrorOpeningSQLConnection");
    demo.client.simulator.change(|world| {
        let machine = world.database_machine_named(NEW_SQL_MACHINE).unwrap();
        machine.inquiry.failure = None;
        machine.instances[0].databases.insert("sales-later".into());
    });
    assert_eq!(own(demo.names("/backupProtectableItems")), 1, "what came to be later was not seen");
    assert_eq!(inquire(), 202);
    assert!(demo.names("/backupProtectableItems").contains(&"sqldatabase;mssqlserver;sales-later".to_owned()));
}

#[test]
fn protection_makes_a_job_and_is_given_another_policy_stopped_deleted_and_undeleted() {
    let demo = Vault::registered();
    let job = demo.protect("PUT", Some(demo.policy("HourlyLogBackup"))).unwrap();
    let status = || demo.backup("GET", &format!("/backupJobs/{job}"), None).value()["properties"]["status"].clone();
    assert_eq!([status(), status()], ["InProgress", "Completed"]);
    assert_eq!(
        (demo.item()["protectionState"].as_str(), demo.item()["policyName"].as_str()),
        (Some("IRPending"), Some("HourlyLogBackup"))
    );
    demo.protect("PUT", Some(demo.policy("WeeklyFullBackup"))).unwrap();
    assert_eq!(demo.item()["policyName"], "WeeklyFullBackup");

    let stop = || json!({"protectionState": "ProtectionStopped", "policyId": ""});
    demo.protect("PUT", Some(stop())).unwrap();
    assert_eq!(
        (demo.item()["protectionState"].as_str(), demo.item()["policyId"].as_str()),
        (Some("ProtectionStopped"), Some(""))
    );
    demo.protect("DELETE", None).unwrap();
    assert_eq!(demo.item()["isScheduledForDeferredDelete"], true);
    assert!(demo.protect("PUT", Some(demo.policy("HourlyLogBackup"))).is_err());
    let mut undelete = stop();
    undelete["isRehydrate"] = json!(true);
    demo.protect("PUT", Some(undelete.clone())).unwrap();
    assert_eq!(demo.item()["isScheduledForDeferredDelete"], false);
    assert_eq!(demo.protect("PUT", Some(undelete)).unwrap_err(), "BMSUserErrorInvalidConfigureProtectionRequest");
}

#[test]
fn protection_that_does_not_fit_is_refused() {
    let demo = Vault::registered();
    let refused = |body: Value| demo.protect("PUT", Some(body)).unwrap_err();
    let invalid = "BMSUserErrorInvalidConfigureProtectionRequest";
    assert_eq!(refused(demo.policy("DefaultPolicy")), invalid);
    assert_eq!(refused(json!({"policyId": ""})), invalid);
    assert_eq!(
        refused(json!({"protectedItemType": "AzureFileShareProtectedItem", "policyId": "x"})),
        "BMSUserErrorInvalidInput"
    );
    assert_eq!(
        refused(json!({"protectionState": "ProtectionStopped", "policyId": ""})),
        "BMSUserErrorDataSourceObjectNotFound"
    );
}

#[test]
fn a_machine_is_unregistered_once_nothing_in_it_is_protected_and_that_was_noticed() {
    let demo = Vault::registered();
    let unregister = || demo.fabric("DELETE", &demo.container(), None);
    demo.protect("PUT", Some(demo.policy("HourlyLogBackup"))).unwrap();
    assert_eq!(unregister().value()["error"]["code"], "BMSUserErrorContainerHasDatasources");
    demo.protect("PUT", Some(json!({"protectionState": "ProtectionStopped", "policyId": ""}))).unwrap();
    assert_eq!([unregister().status, unregister().status, unregister().status], [400, 202, 204]);
    assert_eq!(demo.fabric("GET", &demo.container(), None).status, 404);
    assert_eq!(demo.item()["protectionState"], "ProtectionStopped", "its backups stay");
}

#[test]
fn a_backup_makes_a_point_and_its_job_is_listed_beside_those_of_protection() {
    let demo = Vault::registered();
    let protection = demo.protect("PUT", Some(demo.policy("HourlyLogBackup"))).unwrap();
    let item = format!("{}/protectedItems/SQLDataBase;mssqlserver;{NEW_SQL_DATABASE}", demo.container());
    let back_up = |own: Value| demo.fabric("POST", &format!("{item}/backup"), Some(&json!({ "properties": own })));
    let full = json!({"objectType": "AzureWorkloadBackupRequest", "backupType": "Full"});
    for wrong in [
        json!({"objectType": "IaasVMBackupRequest"}),
        json!({"objectType": "AzureWorkloadBackupRequest", "backupType": "Incremental"}),
        json!({"objectType": "AzureWorkloadBackupRequest", "backupType": "Full",
            "recoveryPointExpiryTimeInUTC": "2001-01-01T00:00:00Z"}),
    ] {
        assert_eq!(back_up(wrong).status, 400);
    }
    assert_eq!(back_up(full.clone()).status, 202);
    assert_eq!(back_up(full).value()["error"]["code"], "BMSUserErrorObjectLocked");
    let listed = demo.backup("GET", "/backupJobs", None).value();
    let listed: Vec<(&str, &str)> = listed["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| (job["name"].as_str().unwrap(), job["properties"]["operation"].as_str().unwrap()))
        .collect();
    assert!(listed.contains(&(&protection, "ConfigureBackup")), "{listed:?}");
    let job = &demo.client.simulator.jobs()[0].id;
    assert!(listed.contains(&(job, "Backup")), "{listed:?}");
    let look = || demo.backup("GET", &format!("/backupJobs/{job}"), None).value()["properties"].clone();
    let seen = (0..10).map(|_| look()).find(|job| job["status"] != "InProgress").expect("it ends");
    assert_eq!((&seen["status"], &seen["operation"]), (&json!("Completed"), &json!("Backup (Full)")));
    let points = demo.fabric("GET", &format!("{item}/recoveryPoints"), None).value();
    assert_eq!(points["value"].as_array().unwrap().len(), 1, "{points}");
    assert_eq!(points["value"][0]["properties"]["type"], "Full");
}

//! The contract check against right and wrong requests, and the simulator's own answers against the description.

use serde_json::{Value, json};

use super::*;
use crate::simulator::client::{
    self, SimulatorClient, VERSION, archive, every_workload, files, instance, operational, scenario, shop, vault,
    vaulted,
};
use crate::simulator::{
    BackupVault, Ending, JobScript, RESOURCE_GROUP, Reply, Request, ResourceGuard, SUBSCRIPTION, SimulatorBuilder,
    Warning, catalogue,
};

const POINT: &str = "2026-11-19T08:00:00.0000000Z";

/// What is found wrong with the last of the requests that `ask` makes.
fn found(ask: impl FnOnce(&SimulatorClient)) -> Vec<String> {
    let client = SimulatorClient::of(scenario());
    ask(&client);
    let journal = client.simulator.journal();
    let last = journal.since(journal.last_number() - 1);
    violations(&last).into_iter().filter_map(|line| Some(line.split_once(": ")?.1.to_owned())).collect()
}

fn assert_finds(ask: impl FnOnce(&SimulatorClient), wanted: &str) {
    let found = found(ask);
    assert!(found.len() == 1 && found[0].contains(wanted), "{found:?} is not one line with {wanted:?}");
}

fn trigger(change: impl FnOnce(&mut Value)) -> impl FnOnce(&SimulatorClient) {
    let mut order = vaulted("aa01", &[("contracts", Some("contracts-restored"))]);
    change(&mut order);
    move |client| {
        client.post(&format!("{}/restore", archive()), &order);
    }
}

#[test]
fn the_requests_of_a_whole_restore_keep_the_contract() {
    let client = SimulatorClient::of(scenario().pages_of(1));
    client.get(&vault());
    client.get(&archive());
    client.post(&format!("{}/findRestorableTimeRanges", shop()), &json!({"sourceDataStoreType": "OperationalStore"}));
    let order = vaulted("aa01", &[("contracts", None)]);
    assert_eq!(client.validation_error(&archive(), &order), "");
    let job = client.restore(&archive(), &order);
    client.get(&job);
    client.restore(&shop(), &operational(POINT));
    let first = client.get(&format!("{}/backupJobs", vault())).value();
    client.get_url(first["nextLink"].as_str().unwrap());
    check(&client.simulator.journal());
}

/// A restore of every workload but blobs.
fn orders() -> Vec<(&'static str, Value)> {
    vec![
        (catalogue::POSTGRESQL, files("0102", "orders-")),
        (catalogue::MYSQL, files("0202", "invoices-")),
        (catalogue::DISK, client::disk("restored")),
        (catalogue::LAKE, client::lake()),
        (catalogue::CLUSTER, client::cluster("OperationalStore")),
        (catalogue::CLUSTER, client::cluster("VaultStore")),
    ]
}

fn secondary(verb: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{RESOURCE_GROUP}/providers/Microsoft.DataProtection/locations/northeurope/{verb}"
    )
}

/// The body of a validation and of a trigger in the secondary region.
fn there() -> Value {
    let mut order = files("0101", "orders-");
    order["recoveryPointId"] = json!("10105f7b-6d0f-9c7a-0d24-9d4a1ec5b3f8");
    order["restoreTargetInfo"]["restoreLocation"] = json!("northeurope");
    json!({
        "restoreRequestObject": order,
        "crossRegionRestoreDetails": {
            "sourceRegion": "westeurope", "sourceBackupInstanceId": instance(catalogue::POSTGRESQL),
        },
    })
}

#[test]
fn the_requests_of_every_workload_keep_the_contract() {
    for (name, order) in orders() {
        let client = SimulatorClient::of(every_workload());
        assert_eq!(client.validation_error(&instance(name), &order), "", "{name}");
        client.get(&client.restore(&instance(name), &order));
        check(&client.simulator.journal());
    }
}

#[test]
fn the_requests_of_a_restore_in_the_secondary_region_keep_the_contract() {
    let client = SimulatorClient::of(every_workload().pages_of(1));
    let source = json!({"sourceRegion": "westeurope", "sourceBackupInstanceId": instance(catalogue::POSTGRESQL)});
    client.post(&secondary("fetchSecondaryRecoveryPoints"), &source);
    for _ in 0..2 {
        client.follow(&client.post(&secondary("validateCrossRegionRestore"), &there()));
        client.simulator.next_restore(JobScript::ended(Ending::Completed));
        client.follow(&client.post(&secondary("crossRegionRestore"), &there()));
    }
    let vault_id = BackupVault::new(client::VAULT).id();
    let mut of_vault = json!({"sourceRegion": "westeurope", "sourceBackupVaultId": vault_id});
    let jobs = client.post(&secondary("fetchCrossRegionRestoreJobs"), &of_vault).value();
    let next = jobs["nextLink"].as_str().unwrap().strip_prefix(&client.simulator.endpoint()).unwrap().to_owned();
    assert_eq!(client.send(Request::new("POST", next).json(&of_vault)).status, 200);
    of_vault["jobId"] = jobs["value"][0]["name"].clone();
    assert_eq!(client.post(&secondary("fetchCrossRegionRestoreJob"), &of_vault).status, 200);
    check(&client.simulator.journal());
}

#[test]
fn a_token_of_another_tenant_belongs_to_a_trigger_alone() {
    let with_token = |path: String, body: Value| {
        move |client: &SimulatorClient| {
            let request = Request::new("POST", format!("{path}?api-version={VERSION}")).json(&body);
            client.send(request.header("x-ms-authorization-auxiliary", "Bearer x"));
        }
    };
    let order = operational(POINT);
    assert_eq!(found(with_token(format!("{}/restore", shop()), order.clone())), Vec::<String>::new());
    let validation = with_token(format!("{}/validateRestore", shop()), json!({"restoreRequestObject": order}));
    assert_finds(validation, "shows a token of another tenant");
}

#[test]
fn wrong_bodies_are_found_and_named() {
    assert_finds(trigger(|order| order["extra"] = json!(1)), "body.extra is not known");
    assert_finds(trigger(|order| order["recoveryPointId"] = Value::Null), "body.recoveryPointId is missing");
    assert_finds(trigger(|order| order["objectType"] = json!("Restore")), "body.objectType is \"Restore\"");
    assert_finds(
        trigger(|order| order["restoreTargetInfo"]["objectType"] = json!("itemLevelRestoreTargetInfo")),
        "body.restoreTargetInfo.objectType is \"itemLevelRestoreTargetInfo\"",
    );
    assert_finds(
        trigger(|order| order["restoreTargetInfo"]["restoreCriteria"][0]["isPathRelativeToBackupItem"] = json!("true")),
        "body.restoreTargetInfo.restoreCriteria[0].isPathRelativeToBackupItem is not a boolean",
    );
    assert_finds(
        trigger(|order| {
            let info = order["restoreTargetInfo"]["datasourceInfo"].take();
            order["restoreTargetInfo"].as_object_mut().unwrap().remove("datasourceInfo");
            order["restoreTargetInfo"]["datasourceSetInfo"] = info;
        }),
        "body.restoreTargetInfo.datasourceInfo is missing",
    );
}

#[test]
fn wrong_paths_versions_and_queries_are_found() {
    assert_finds(|client| drop(client.get(&format!("{}/restorePoints", shop()))), "is no operation of the service");
    let asked = |target: String| move |client: &SimulatorClient| drop(client.send(Request::new("GET", target)));
    assert_finds(asked(format!("{}?api-version=2025-07-01", shop())), "api-version Some(\"2025-07-01\")");
    assert_finds(asked(format!("{}/backupJobs?api-version={VERSION}&$filter=x", vault())), "$filter is not known");
    let ranges = format!("{}/findRestorableTimeRanges", shop().replace("vault1", "1-"));
    let body = json!({"sourceDataStoreType": "OperationalStore"});
    assert_finds(|client| drop(client.post(&ranges, &body)), "vaultName \"1-\"");
    assert_finds(
        asked(format!("{}?api-version={VERSION}", vault().replace("5ea1ab1e-", ""))),
        "subscriptionId is not a UUID",
    );
}

#[test]
fn requests_to_every_service_are_checked_with_its_own_versions() {
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{RESOURCE_GROUP}/providers");
    for (path, version) in [
        ("Microsoft.RecoveryServices/vaults/v", "2026-11-01"),
        ("Microsoft.RecoveryServices/vaults/v/backupJobs", "2026-10-01"),
        ("Microsoft.Sql/servers/s/databases/d", "2025-01-01"),
    ] {
        let ask = |target: String| found(|client| drop(client.send(Request::new("GET", target))));
        assert_eq!(ask(format!("{group}/{path}?api-version={version}")), Vec::<String>::new(), "{path}");
        assert_eq!(ask(format!("{group}/{path}?api-version={VERSION}")).len(), 1, "{path}");
        assert_eq!(
            ask(format!("{group}/{path}/nothing/at/all?api-version={version}")),
            ["is no operation of the service"],
            "{path}"
        );
    }
}

#[test]
fn bodies_belong_where_the_description_has_them() {
    let get = Request::new("GET", format!("{}?api-version={VERSION}", shop())).json(&json!({}));
    assert_finds(|client| drop(client.send(get)), "has a body where none belongs");
    let post = Request::new("POST", format!("{}/restore?api-version={VERSION}", shop()));
    assert_finds(|client| drop(client.send(post)), "has no body");
}

#[test]
fn what_the_simulator_does_not_model_fails_the_check_even_without_a_description() {
    let client = SimulatorClient::of(scenario());
    client.get("/providers/Microsoft.Batch/things");
    let journal = client.simulator.journal();
    assert!(std::panic::catch_unwind(|| check(&journal)).is_err());
}

/// Checks an answer of the simulator against the description of `path`.
fn assert_answer(path: &str, method: &str, reply: &Reply) {
    let path = path.split('?').next().unwrap();
    let description = data_protection();
    let operation = description.operation(method, path).unwrap().operation;
    let schema = &operation["answers"][reply.status.to_string()];
    assert!(schema.is_object(), "{method} {path} has no answer {} with a body", reply.status);
    let problems = description.problems(&reply.value(), schema, Direction::Answer, "answer");
    assert_eq!(problems, Vec::<String>::new(), "{path}");
}

#[test]
fn the_simulators_answers_are_those_of_the_description() {
    let client = SimulatorClient::of(SimulatorBuilder::every_restore(
        scenario(),
        JobScript::running(1).then(Ending::failed("c", "m", "a")),
    ));
    let (jobs, points) = (format!("{}/backupJobs", vault()), format!("{}/recoveryPoints", archive()));
    let accepted = client.post(&format!("{}/restore", shop()), &operational(POINT));
    let prefix = client.simulator.endpoint();
    for name in ["azure-asyncoperation", "azure-asyncoperation", "location"] {
        let url = accepted.headers.get(name).unwrap();
        assert_answer(url.strip_prefix(&prefix).unwrap(), "GET", &client.get_url(url));
    }
    let job = format!("{jobs}/{}", client.simulator.jobs()[0].id);
    for path in [&vault(), &shop(), &archive(), &format!("{}/backupInstances", vault()), &jobs, &job, &job, &points] {
        assert_answer(path, "GET", &client.get(path));
    }
    assert_answer(&format!("{points}/aa01"), "GET", &client.get(&format!("{points}/aa01")));
    let ranges = format!("{}/findRestorableTimeRanges", shop());
    assert_answer(&ranges, "POST", &client.post(&ranges, &json!({"sourceDataStoreType": "OperationalStore"})));
}

#[test]
fn the_simulators_answers_on_every_workload_are_those_of_the_description() {
    for (name, order) in orders() {
        let client = SimulatorClient::of(every_workload());
        client.simulator.change(|world| {
            world.vault_named(client::VAULT).unwrap().resource_guard = Some(ResourceGuard::new(catalogue::GUARD));
        });
        let mut order = order;
        order["resourceGuardOperationRequests"] = json!([ResourceGuard::new(catalogue::GUARD).operation_request()]);
        let ending = Ending::CompletedWithWarnings(vec![Warning::kubernetes("a/b")]);
        client.simulator.next_restore(JobScript::running(1).then(ending));
        let job = client.restore(&instance(name), &order);
        let vault = BackupVault::new(client::VAULT).id();
        let points = format!("{}/recoveryPoints", instance(name));
        for path in [&vault, &instance(name), &job, &job, &points, &format!("{vault}/backupJobs")] {
            assert_answer(path, "GET", &client.get(path));
        }
    }
}

/// Each answer to a GET and to the two kinds of writes that answer with a body, of what is not restored.
#[test]
fn the_simulators_answers_about_vaults_and_protection_are_those_of_the_description() {
    let client = SimulatorClient::of(SimulatorBuilder::demo());
    let things = client.simulator.things();
    let thing = |group: &str, name: &str| things[group][name].as_str().unwrap().to_owned();
    let vault = thing("recovery_services_vaults", catalogue::RECOVERY_SERVICES_VAULT);
    let description = descriptions().iter().find(|own| own.namespace.contains("recoveryservices")).unwrap();
    let ask = |method: &str, path: &str, version: &str, body: Option<&Value>| {
        let request = Request::new(method, format!("{path}?api-version={version}{}", WORKLOADS));
        let reply = client.send(match body {
            Some(body) => request.json(body),
            None => request,
        });
        let operation = description.operation(method, path).unwrap().operation;
        let schema = &operation["answers"][reply.status.to_string()];
        assert!(schema.is_object(), "{method} {path} has no answer {} with a body", reply.status);
        let problems = description.problems(&reply.value(), schema, Direction::Answer, "answer");
        assert_eq!(problems, Vec::<String>::new(), "{path}");
    };
    let machine = client.simulator.change(|world| {
        let machine = world.unregistered_machines()[0].clone();
        world.recovery_services_vaults_mut()[0].discovered = true;
        machine
    });
    let (backup, fabric) = ("2026-10-01", format!("{vault}/backupFabrics/Azure"));
    ask("GET", &vault, "2026-11-01", None);
    ask("PUT", &vault, "2026-11-01", Some(&json!({"location": "westeurope", "properties": {}})));
    for path in ["protectableContainers", "../../backupPolicies", "../../backupPolicies/HourlyLogBackup"] {
        let path =
            path.strip_prefix("../../").map_or_else(|| format!("{fabric}/{path}"), |path| format!("{vault}/{path}"));
        ask("GET", &path, backup, None);
    }
    client.simulator.change(|world| world.recovery_services_vaults_mut()[0].database_machines.push(machine.clone()));
    for list in ["backupProtectionContainers", "backupProtectableItems", "backupProtectedItems"] {
        ask("GET", &format!("{vault}/{list}"), backup, None);
    }
    ask("GET", &format!("{fabric}/protectionContainers/{}", machine.container_name()), backup, None);
}

/// A `$filter` that all of these lists know.
const WORKLOADS: &str = "&$filter=backupManagementType%20eq%20'AzureWorkload'";

#[test]
fn the_simulators_answers_of_the_secondary_region_are_those_of_the_description() {
    let client = SimulatorClient::of(every_workload());
    let ask = |verb: &str, body: &Value| {
        let reply = client.post(&secondary(verb), body);
        assert_answer(&secondary(verb), "POST", &reply);
        reply.value()
    };
    ask(
        "fetchSecondaryRecoveryPoints",
        &json!({"sourceRegion": "westeurope", "sourceBackupInstanceId": instance(catalogue::POSTGRESQL)}),
    );
    let accepted = client.post(&secondary("crossRegionRestore"), &there());
    let endpoint = client.simulator.endpoint();
    for name in ["azure-asyncoperation", "azure-asyncoperation", "location"] {
        let url = accepted.headers.get(name).unwrap();
        assert_answer(url.strip_prefix(&endpoint).unwrap(), "GET", &client.get_url(url));
    }
    let mut of_vault =
        json!({"sourceRegion": "westeurope", "sourceBackupVaultId": BackupVault::new(client::VAULT).id()});
    let jobs = ask("fetchCrossRegionRestoreJobs", &of_vault);
    of_vault["jobId"] = jobs["value"][0]["name"].clone();
    ask("fetchCrossRegionRestoreJob", &of_vault);
    ask("fetchCrossRegionRestoreJob", &of_vault);
    // A refusal has the shape of Resource Manager's own errors, which is not that of the service's others.
    let refused = client.post(&secondary("crossRegionRestore"), &json!({}));
    let found = data_protection().operation("POST", &secondary("crossRegionRestore")).unwrap();
    let shape = &found.operation["answers"]["default"];
    assert_eq!(shape["$ref"], "ErrorResponse");
    let problems = data_protection().problems(&refused.value(), shape, Direction::Answer, "error");
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn the_simulators_answers_of_azure_sql_are_those_of_the_description() {
    let client = SimulatorClient::of(SimulatorBuilder::demo());
    client.simulator.next_restore(JobScript::running(9).then(Ending::Completed));
    let things = client.simulator.things();
    let thing = |group: &str, name: &str| things[group][name].as_str().unwrap_or_else(|| panic!("{name}")).to_owned();
    let server = thing("sql_servers", catalogue::SQL_SERVER);
    let target = format!("{}/databases/restored", thing("sql_servers", catalogue::SQL_TARGET_SERVER));
    let source = thing("recoverable_databases", &format!("{}/{}", catalogue::SQL_SERVER, catalogue::SQL_DATABASE));
    let body = json!({"location": "northeurope",
        "properties": {"createMode": "Recovery", "recoverableDatabaseId": source}});
    let put = Request::new("PUT", format!("{target}?api-version=2025-01-01")).json(&body);
    assert_eq!(client.send(put).status, 202);
    let lost = format!("{}/{}", catalogue::SQL_SERVER, catalogue::SQL_LOST_DATABASE);
    let backup = thing("long_term_backups", &format!("{lost} Hot"));
    let pool = format!("{}/{}", catalogue::SQL_TARGET_SERVER, catalogue::SQL_POOL);
    for path in [
        server.clone(),
        target.clone(),
        format!("{target}/operations"),
        format!("{server}/recoverableDatabases"),
        source,
        format!("{server}/restorableDroppedDatabases"),
        thing("dropped_databases", &lost),
        thing("elastic_pools", &pool),
        backup.rsplit_once('/').unwrap().0.to_owned(),
        backup,
    ] {
        answers_as_described(&client, &path);
    }
    check(&client.simulator.journal());
}

#[test]
fn the_simulators_answers_of_managed_instances_are_those_of_the_description() {
    let client = SimulatorClient::of(SimulatorBuilder::demo());
    client.simulator.next_restore(JobScript::running(9).then(Ending::Completed));
    let things = client.simulator.things();
    let thing = |group: &str, name: &str| things[group][name].as_str().unwrap_or_else(|| panic!("{name}")).to_owned();
    let instance = thing("managed_instances", catalogue::MANAGED_INSTANCE);
    let target = format!("{}/databases/restored", thing("managed_instances", catalogue::MANAGED_TARGET_INSTANCE));
    let name = format!("{}/{}", catalogue::MANAGED_INSTANCE, catalogue::MANAGED_DATABASE);
    let source = thing("recoverable_managed_databases", &name);
    let body = json!({"location": "northeurope",
        "properties": {"createMode": "Recovery", "recoverableDatabaseId": source}});
    let put = Request::new("PUT", format!("{target}?api-version=2025-01-01")).json(&body);
    assert_eq!(client.send(put).status, 202);
    let lost = format!("{}/{}", catalogue::MANAGED_INSTANCE, catalogue::MANAGED_LOST_DATABASE);
    let backup = thing("managed_long_term_backups", &format!("{lost} Hot"));
    for path in [
        target.clone(),
        format!("{target}/restoreDetails/Default"),
        format!("{instance}/recoverableDatabases"),
        source,
        format!("{instance}/restorableDroppedDatabases"),
        thing("dropped_managed_databases", &lost),
        backup.rsplit_once('/').unwrap().0.to_owned(),
        backup,
    ] {
        answers_as_described(&client, &path);
    }
    check(&client.simulator.journal());
}

fn answers_as_described(client: &SimulatorClient, path: &str) {
    let reply = client.send(Request::new("GET", format!("{path}?api-version=2025-01-01")));
    assert_eq!(reply.status, 200, "{path}");
    let description = &descriptions()[2];
    let found = description.operation("GET", path).unwrap_or_else(|| panic!("{path}"));
    let shape = &found.operation["answers"]["200"];
    let problems = description.problems(&reply.value(), shape, Direction::Answer, "answer");
    assert_eq!(problems, Vec::<String>::new(), "{path}");
}

/// Every shape of a table with the place it stands at.
fn shapes<'a>(at: &str, value: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    if value.is_object() {
        found.push((at.to_owned(), value));
    }
    let members = value.as_object().into_iter().flatten().map(|(name, member)| (name.clone(), member));
    let items = value.as_array().into_iter().flatten().enumerate().map(|(index, item)| (index.to_string(), item));
    for (name, inner) in members.chain(items) {
        shapes(&format!("{at}.{name}"), inner, found);
    }
}

#[test]
fn the_tables_are_whole_and_hold_no_sentences() {
    for description in descriptions() {
        let mut found = Vec::new();
        for (name, value) in description.operations.iter().chain(&description.definitions) {
            shapes(name, value, &mut found);
        }
        assert!(found.len() > 500, "{}: {} shapes", description.namespace, found.len());
        for (at, shape) in found {
            let reference = shape.get("$ref").and_then(Value::as_str);
            assert!(reference.is_none_or(|name| description.definitions.contains_key(name)), "{at}: {reference:?}");
            for (member, told) in shape.as_object().into_iter().flatten() {
                let sentence = told.as_str().is_some_and(|text| text.contains(' '));
                let names_a_sentence =
                    ["description", "title", "summary"].contains(&member.as_str()) && told.is_string();
                assert!(!sentence && !names_a_sentence, "{at}.{member}: {told}");
            }
        }
    }
}

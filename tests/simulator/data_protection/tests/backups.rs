//! Backups on demand, as a client of the service meets them.

use serde_json::{Value, json};

use super::super::super::client::{SimulatorClient, VAULT, every_workload, instance, scenario, shop};

const DAILY: &str = "BackupDaily";

fn asked(client: &SimulatorClient, instance: &str, rule: &str) -> (u16, Value) {
    let reply = client
        .post(&format!("{instance}/backup"), &json!({"backupRuleOptions": {"ruleName": rule, "triggerOption": {}}}));
    let job = if reply.status == 202 { client.follow(&reply)["properties"]["jobId"].clone() } else { Value::Null };
    (reply.status, job)
}

#[test]
fn the_point_is_in_the_store_of_its_workload_and_the_job_tells_nothing_of_a_restore() {
    let client = SimulatorClient::of(every_workload());
    let instances = client.simulator.change(|world| {
        let of_vault = world.backup_vaults().iter().filter(|vault| vault.name == VAULT);
        of_vault
            .flat_map(|vault| vault.instances.iter())
            .map(|own| (own.name.clone(), own.workload.datasource_type))
            .collect()
    });
    let instances: Vec<(String, &str)> = instances;
    assert_eq!(instances.len(), 6);
    for (name, datasource) in instances {
        let (status, job) = asked(&client, &instance(&name), DAILY);
        let job = job.as_str().unwrap_or_else(|| panic!("{name}: {status}")).to_owned();
        client.get(&job);
        let job = client.get(&job).value()["properties"].clone();
        assert_eq!((&job["status"], &job["operationCategory"]), (&json!("Completed"), &json!("Backup")), "{name}");
        for of_restores in ["restoreType", "sourceDataStoreType"] {
            assert_eq!(job[of_restores], Value::Null, "{name}, {of_restores}");
        }
        for of_restores in ["recoveryDestination", "sourceRecoverPoint"] {
            assert_eq!(job["extendedInfo"][of_restores], Value::Null, "{name}, {of_restores}");
        }
        let listed = client.get(&format!("{}/recoveryPoints", instance(&name))).value();
        let newest = &listed["value"][0]["properties"];
        let snapshot = ["Microsoft.Compute/disks", "Microsoft.ContainerService/managedClusters"].contains(&datasource);
        let store = if snapshot { "OperationalStore" } else { "VaultStore" };
        assert_eq!(newest["recoveryPointDataStoresDetails"][0]["type"], store, "{name}");
        assert_eq!(newest["recoveryPointState"].is_null(), snapshot, "{name}");
    }
}

#[test]
fn a_continuous_backup_and_a_rule_that_is_not_there_are_refused() {
    let client = SimulatorClient::of(scenario());
    assert_eq!(asked(&client, &shop(), DAILY).0, 400);
    let client = SimulatorClient::of(every_workload());
    assert_eq!(asked(&client, &instance("contoso-disk"), "BackupMonthly").0, 400);
    assert_eq!(client.simulator.accepted_restores(), 0);
}

//! The bodies that Microsoft publishes, put to the simulator and to the description: the right ones are taken, the wrong
//! ones refused. They are not part of the repository; without their folder nothing is tested, and that is said.

use std::io::Write;
use std::path::Path;
use std::sync::Once;

use serde_json::{Value, json};

use super::{Direction, data_protection};
use crate::simulator::client::{SimulatorClient, shop};
use crate::simulator::data_protection::bodies;
use crate::simulator::{
    BackupInstance, BackupVault, RecoveryPoint, Resource, SUBSCRIPTION, SimulatorBuilder, StorageAccount,
};

/// Below the package's folder.
const EXAMPLES: &str = "../shared/reference/azure-dataprotection/examples";

/// The request of an example, with ids that can be; `None` without the examples.
fn example(file: &str) -> Option<Value> {
    static TOLD: Once = Once::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLES);
    if !folder.is_dir() {
        TOLD.call_once(|| {
            let _ = writeln!(std::io::stderr(), "the published bodies were not tried: there is no folder {EXAMPLES}");
        });
        return None;
    }
    let text = std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let text = text.replace("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxxx", SUBSCRIPTION);
    let example: Value = serde_json::from_str(&text).unwrap();
    Some(example["parameters"].get("parameters").unwrap_or(&example).clone())
}

/// What the description says against a body of `POST path`.
fn problems(path: &str, body: &Value) -> Vec<String> {
    let description = data_protection();
    let schema = &description.operation("POST", path).unwrap().operation["body"]["schema"];
    description.problems(body, schema, Direction::Request, "body")
}

/// A world in which the right examples can be done, on an instance for each kind.
fn client() -> SimulatorClient {
    let (server, disk) = (Resource::postgresql_flexible_server("server"), Resource::disk("disk"));
    let source = StorageAccount::new("source");
    let point = |id: &str| RecoveryPoint::new(id, time::macros::datetime!(2026-11-19 00:00 UTC));
    let vault = BackupVault::new("vault1")
        .instance(
            BackupInstance::postgresql_flexible_server("database", &server)
                .recovery_point(point("hardcodedRP"))
                .recovery_point(point("eb006fde78cb47198be5a320fbe45e9b")),
        )
        .instance(
            BackupInstance::disk("disk", &disk)
                .recovery_point(point("a3d02fc3ab8a4c3a8cc26688c26d3356").stored_in(&["OperationalStore"])),
        )
        .instance(BackupInstance::blobs("blobs", &source).recovery_point(point("33fdef0e0e2e4594b63092ae9a56f58d")));
    let scenario = SimulatorBuilder::new()
        .storage_account(StorageAccount::new("teststorage").containers(["restoretest"]))
        .storage_account(StorageAccount::new("testossstorageaccount").containers(["testcontainerrestore"]))
        .resource_group(SUBSCRIPTION, "targetrg")
        .backup_vault(vault);
    SimulatorClient::of(scenario)
}

fn instance(name: &str) -> String {
    BackupVault::new("vault1").instance_id(name)
}

fn answer(name: &str, verb: &str, body: &Value) -> (u16, String) {
    let reply = client().post(&format!("{}/{verb}", instance(name)), body);
    (reply.status, reply.value()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_database_as_files_is_taken() {
    let Some(body) = example("BackupInstanceOperations/TriggerRestoreAsFiles.json") else { return };
    assert_eq!(answer("database", "restore", &body), (202, String::new()));
}

/// Without the `objectType` of the wrapper, which no client should send; with it, too, for the service lets it pass.
#[test]
fn the_validation_of_the_article_is_taken_and_so_is_what_it_wraps() {
    let Some(mut body) = example("howto-docs/pgflex-validateRestore-request.json") else { return };
    assert_eq!(answer("database", "validateRestore", &body), (202, String::new()));
    body.as_object_mut().unwrap().remove("objectType");
    assert_eq!(answer("database", "validateRestore", &body), (202, String::new()));
    assert_eq!(client().validation_error(&instance("database"), &body["restoreRequestObject"]), "");
    assert_eq!(answer("database", "restore", &body["restoreRequestObject"]), (202, String::new()));
}

#[test]
fn a_disk_is_taken_and_its_validation_is_printed_wrongly() {
    let Some(body) = example("howto-docs/disk-restore-request.json") else { return };
    assert_eq!(client().validation_error(&instance("disk"), &body), "");
    assert_eq!(answer("disk", "restore", &body), (202, String::new()));
    let Some(wrong) = example("howto-docs/disk-validateRestore-request.json") else { return };
    assert_eq!(answer("disk", "validateRestore", &wrong), (400, "BMSUserErrorInvalidInput".into()));
}

#[test]
fn examples_known_to_be_wrong_are_refused() {
    let refused = (400, "BMSUserErrorInvalidInput".to_owned());
    for (name, file) in [
        // Criteria of items on a whole target.
        ("blobs", "BackupInstanceOperations/TriggerRestore_ItemLevel.json"),
        // A rehydration of `7D`.
        ("database", "BackupInstanceOperations/TriggerRestoreWithRehydration.json"),
        // A whole database with credentials, which servers of the retired kind had.
        ("database", "BackupInstanceOperations/TriggerRestore.json"),
        ("blobs", "howto-docs/blob-vaulted-restore-container-request.json"),
    ] {
        let Some(body) = example(file) else { return };
        assert_eq!(answer(name, "restore", &body), refused, "{file}");
    }
    let Some(unmodelled) = example("BackupInstanceOperations/TriggerRestoreWithGenericParameters.json") else { return };
    assert_eq!(answer("blobs", "restore", &unmodelled).0, 501);
}

/// They name a vault of another resource group than they ask, so that their shape alone can be right.
#[test]
fn bodies_of_the_secondary_region_have_the_right_shape_for_both() {
    let shape = |file: &str, verb: &str, check: fn(&mut Value) -> Result<(), bodies::BodyError>| {
        let Some(mut body) = example(&format!("CrossRegionRestore/{file}.json")) else { return };
        assert_eq!(check(&mut body), Ok(()), "{file}");
        let path = format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.DataProtection/locations/l/{verb}"
        );
        assert_eq!(problems(&path, &body), Vec::<String>::new(), "{file}");
        let mut wrong = json!({"sourceRegion": 1});
        assert!(check(&mut wrong).is_err() && check(&mut json!({})).is_err());
    };
    shape("FetchSecondaryRPs", "fetchSecondaryRecoveryPoints", bodies::check_secondary_points);
    shape("ValidateCrossRegionRestore", "validateCrossRegionRestore", bodies::check_cross_region_restore);
    shape("TriggerCrossRegionRestore", "crossRegionRestore", bodies::check_cross_region_restore);
    shape("FetchCrossRegionRestoreJob", "fetchCrossRegionRestoreJob", bodies::check_cross_region_job);
    shape("FetchCrossRegionRestoreJobs", "fetchCrossRegionRestoreJobs", bodies::check_cross_region_jobs);
}

#[test]
fn examples_of_restores_keep_the_contract_where_they_are_right() {
    let tried = |operation: &str, file: &str| {
        let body = example(file)?;
        Some(problems(&format!("{}/{operation}", shop()), &body))
    };
    for (operation, file) in [
        ("restore", "BackupInstanceOperations/TriggerRestore.json"),
        ("restore", "BackupInstanceOperations/TriggerRestoreAsFiles.json"),
        ("restore", "BackupInstanceOperations/TriggerRestoreWithRehydration.json"),
        ("validateRestore", "BackupInstanceOperations/ValidateRestore.json"),
        ("restore", "howto-docs/blob-operational-restore-few-request.json"),
    ] {
        assert_eq!(tried(operation, file).unwrap_or_default(), Vec::<String>::new(), "{file}");
    }
    // These two are known to be wrong: criteria of items on a whole target, and other casing with an odd member.
    for file in [
        "BackupInstanceOperations/TriggerRestore_ItemLevel.json",
        "howto-docs/blob-vaulted-restore-container-request.json",
    ] {
        assert_ne!(tried("restore", file), Some(Vec::new()), "{file}");
    }
}

//! A client for the simulator's own tests: signs in once and asks without a socket.

use serde_json::{Value, json};

use super::message::{Reply, Request};
use super::world::{CLIENT, CLIENT_SECRET, TENANT};
use super::{BackupInstance, BackupVault, RecoveryPoint, Scenario, Simulator, StorageAccount};

pub const VERSION: &str = "2026-06-01";
pub const REQUEST_ID: &str = "11111111-2222-8333-8444-555555555555";

pub struct Client {
    pub simulator: Simulator,
    token: String,
}

impl Client {
    pub fn of(scenario: Scenario) -> Self {
        let simulator = scenario.start();
        let token = sign_in(&simulator);
        Self { simulator, token }
    }

    pub fn send(&self, request: Request) -> Reply {
        let request = request
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept", "application/json")
            .header("x-ms-client-request-id", REQUEST_ID);
        self.simulator.handle(&request)
    }

    /// `path` without api-version.
    pub fn get(&self, path: &str) -> Reply {
        self.send(Request::new("GET", format!("{path}?api-version={VERSION}")))
    }

    pub fn get_url(&self, url: &str) -> Reply {
        self.send(Request::new("GET", url.strip_prefix(&self.simulator.endpoint()).unwrap_or(url)))
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Request::new("POST", format!("{path}?api-version={VERSION}")).json(body))
    }

    /// Looks at the status of the accepted operation until it has ended.
    pub fn follow(&self, accepted: &Reply) -> Value {
        let url = accepted.headers.get("azure-asyncoperation").unwrap_or_default().to_owned();
        for _ in 0..20 {
            let document = self.get_url(&url).value();
            if document["status"] != "Inprogress" {
                return document;
            }
        }
        Value::Null
    }

    /// The error that a validation of `order` on `instance` ends with; empty where it is valid.
    pub fn validation_error(&self, instance: &str, order: &Value) -> String {
        let accepted = self.post(&format!("{instance}/validateRestore"), &json!({"restoreRequestObject": order}));
        self.follow(&accepted)["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Triggers a restore that must be accepted; the ARM id of its job.
    pub fn restore(&self, instance: &str, order: &Value) -> String {
        let accepted = self.post(&format!("{instance}/restore"), order);
        self.follow(&accepted)["properties"]["jobId"].as_str().unwrap_or_default().to_owned()
    }
}

pub fn sign_in(simulator: &Simulator) -> String {
    let request = Request::new("POST", format!("/{TENANT}/oauth2/v2.0/token")).form(&[
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", CLIENT_SECRET),
        ("scope", "https://management.azure.com/.default"),
    ]);
    simulator.handle(&request).value()["access_token"].as_str().unwrap_or_default().to_owned()
}

/// One account of each kind of backup, and an empty one to restore to.
pub fn scenario() -> Scenario {
    use time::macros::datetime;
    let shop = account();
    let archive = StorageAccount::new("archive").containers(["contracts", "scans"]);
    let vault = BackupVault::new("vault1")
        .instance(BackupInstance::blobs("shop-instance", &shop).continuous_since(datetime!(2026-11-10 00:00 UTC)))
        .instance(
            BackupInstance::blobs("archive-instance", &archive)
                .recovery_point(RecoveryPoint::new("aa01", datetime!(2026-11-18 00:00 UTC)))
                .recovery_point(RecoveryPoint::new("aa02", datetime!(2026-11-19 00:00 UTC)))
                .recovery_point(RecoveryPoint::new("aa03", datetime!(2026-11-17 00:00 UTC)).archived()),
        );
    Scenario::new().storage_account(shop).storage_account(archive).storage_account(target()).backup_vault(vault)
}

pub fn account() -> StorageAccount {
    StorageAccount::new("shop").containers(["orders", "logs"])
}

pub fn target() -> StorageAccount {
    StorageAccount::new("restored").containers(["scans"])
}

pub fn vault() -> String {
    BackupVault::new("vault1").id()
}

pub fn shop() -> String {
    BackupVault::new("vault1").instance_id("shop-instance")
}

pub fn archive() -> String {
    BackupVault::new("vault1").instance_id("archive-instance")
}

/// The whole account back to an instant.
pub fn operational(at: &str) -> Value {
    json!({
        "objectType": "AzureBackupRecoveryTimeBasedRestoreRequest", "recoveryPointTime": at, "sourceDataStoreType": "OperationalStore",
        "restoreTargetInfo": {
            "objectType": "RestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
            "datasourceInfo": datasource(&account()),
        },
    })
}

/// Containers of a point onto the empty account, each with its new name.
pub fn vaulted(point: &str, containers: &[(&str, Option<&str>)]) -> Value {
    let criteria: Vec<Value> = containers
        .iter()
        .map(|(name, rename_to)| {
            json!({
                "objectType": "ItemPathBasedRestoreCriteria", "itemPath": name, "isPathRelativeToBackupItem": true,
                "renameTo": rename_to,
            })
        })
        .collect();
    json!({
        "objectType": "AzureBackupRecoveryPointBasedRestoreRequest", "recoveryPointId": point, "sourceDataStoreType": "VaultStore",
        "restoreTargetInfo": {
            "objectType": "ItemLevelRestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
            "restoreCriteria": criteria, "datasourceInfo": datasource(&target()),
        },
    })
}

fn datasource(account: &StorageAccount) -> Value {
    json!({
        "objectType": "Datasource", "datasourceType": "Microsoft.Storage/storageAccounts/blobServices",
        "resourceType": "Microsoft.Storage/storageAccounts", "resourceID": account.id(), "resourceName": account.name,
        "resourceLocation": account.location, "resourceUri": account.id(),
    })
}

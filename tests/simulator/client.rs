//! A client for the simulator's own tests: signs in once and asks without a socket.

use serde_json::{Value, json};
use time::macros::datetime;

use super::data_protection::{data_lakes, disks, kubernetes};
use super::message::{Reply, Request};
use super::world::{CLIENT, CLIENT_SECRET, SUBSCRIPTION, TENANT};
use super::{
    BackupInstance, BackupVault, RecoveryPoint, Resource, Simulator, SimulatorBuilder, StorageAccount, Workload,
    catalogue,
};

pub const VERSION: &str = "2026-06-01";
pub const REQUEST_ID: &str = "11111111-2222-8333-8444-555555555555";

pub struct SimulatorClient {
    pub simulator: Simulator,
    token: String,
}

impl SimulatorClient {
    pub fn of(scenario: SimulatorBuilder) -> Self {
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

    /// The error that a validation of `order` on `instance` is refused or ends with; empty where it is valid.
    pub fn validation_error(&self, instance: &str, order: &Value) -> String {
        let answer = self.post(&format!("{instance}/validateRestore"), &json!({"restoreRequestObject": order}));
        let document = if answer.status == 202 { self.follow(&answer) } else { answer.value() };
        document["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Status and code with which a restore is answered; no code where it is accepted.
    pub fn trigger_error(&self, instance: &str, order: &Value) -> (u16, String) {
        let reply = self.post(&format!("{instance}/restore"), order);
        (reply.status, reply.value()["error"]["code"].as_str().unwrap_or_default().to_owned())
    }

    /// Triggers a restore that must be accepted; the ARM id of its job.
    pub fn restore(&self, instance: &str, order: &Value) -> String {
        let accepted = self.post(&format!("{instance}/restore"), order);
        self.follow(&accepted)["properties"]["jobId"].as_str().unwrap_or_default().to_owned()
    }
}

pub fn sign_in(simulator: &Simulator) -> String {
    sign_in_to(simulator, TENANT)
}

pub fn sign_in_to(simulator: &Simulator, tenant: &str) -> String {
    let request = Request::new("POST", format!("/{tenant}/oauth2/v2.0/token")).form(&[
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", CLIENT_SECRET),
        ("scope", "https://management.azure.com/.default"),
    ]);
    simulator.handle(&request).value()["access_token"].as_str().unwrap_or_default().to_owned()
}

/// One account of each kind of backup, and an empty one to restore to.
pub fn scenario() -> SimulatorBuilder {
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
    SimulatorBuilder::new().storage_account(shop).storage_account(archive).storage_account(target()).backup_vault(vault)
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

/// A vault with every workload but blobs, on the standing clock.
pub fn every_workload() -> SimulatorBuilder {
    catalogue::add(SimulatorBuilder::new(), BackupVault::new(VAULT), datetime!(2026-11-20 08:00 UTC))
}

pub const VAULT: &str = "vault1";

/// The ARM id of an instance of [`every_workload`].
pub fn instance(name: &str) -> String {
    BackupVault::new(VAULT).instance_id(name)
}

/// The name of a point of the catalogue.
pub fn point(number: &str) -> String {
    format!("8f3b5ce1a4d942d0a7c9f0d6b7f5{number}")
}

/// A whole restore request around a target.
pub fn by_point(number: &str, store: &str, target: &Value) -> Value {
    json!({
        "objectType": "AzureBackupRecoveryPointBasedRestoreRequest", "recoveryPointId": point(number),
        "sourceDataStoreType": store, "restoreTargetInfo": target,
    })
}

/// A database as files into the container of the catalogue.
pub fn files(number: &str, prefix: &str) -> Value {
    let url = format!("https://{}.blob.core.windows.net/{}", catalogue::FILES_ACCOUNT, catalogue::FILES_CONTAINER);
    by_point(
        number,
        "VaultStore",
        &json!({
            "objectType": "RestoreFilesTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
            "targetDetails": {"url": url, "filePrefix": prefix, "restoreTargetLocationType": "AzureBlobs"},
        }),
    )
}

/// All of a point into one target.
pub fn whole(workload: &Workload, store: &str, number: &str, target: &str) -> Value {
    by_point(
        number,
        store,
        &json!({
            "objectType": "RestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
            "datasourceInfo": resource(workload, target, "Datasource"),
        }),
    )
}

pub fn disk(name: &str) -> Value {
    whole(&disks::DISK, "OperationalStore", "0302", &Resource::disk(name).id())
}

/// All of the data lake onto the empty account of the catalogue.
pub fn lake() -> Value {
    let target = StorageAccount::new(catalogue::LAKE_TARGET_ACCOUNT).id();
    whole(&data_lakes::DATA_LAKE, "VaultStore", "0402", &target)
}

/// A cluster's point onto the other cluster of the catalogue; out of the vault with where to unpack it.
pub fn cluster(store: &str) -> Value {
    let id = Resource::kubernetes_cluster(catalogue::TARGET_CLUSTER).id();
    let mut criterion = json!({
        "objectType": "KubernetesClusterRestoreCriteria", "includeClusterScopeResources": true,
        "includedNamespaces": ["shop"], "labelSelectors": ["app=web"], "conflictPolicy": "Skip",
        "persistentVolumeRestoreMode": "RestoreWithVolumeData", "namespaceMappings": {"shop": "shop-restored"},
        "restoreHookReferences": [{"name": "hook", "namespace": "hooks"}],
        "resourceModifierReference": {"name": "modifier", "namespace": "hooks"},
    });
    if store == "VaultStore" {
        let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{}", catalogue::STAGING_RESOURCE_GROUP);
        let account =
            StorageAccount::new(catalogue::STAGING_ACCOUNT).resource_group(catalogue::STAGING_RESOURCE_GROUP).id();
        criterion["objectType"] = json!("KubernetesClusterVaultTierRestoreCriteria");
        criterion["stagingResourceGroupId"] = json!(group);
        criterion["stagingStorageAccountId"] = json!(account);
    }
    by_point(
        "0501",
        store,
        &json!({
            "objectType": "ItemLevelRestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
            "restoreCriteria": [criterion],
            "datasourceInfo": resource(&kubernetes::KUBERNETES_CLUSTER, &id, "Datasource"),
            "datasourceSetInfo": resource(&kubernetes::KUBERNETES_CLUSTER, &id, "DatasourceSet"),
        }),
    )
}

fn resource(workload: &Workload, id: &str, object_type: &str) -> Value {
    json!({
        "objectType": object_type, "datasourceType": workload.datasource_type, "resourceType": workload.resource_type,
        "resourceID": id, "resourceName": id.rsplit('/').next(), "resourceLocation": "westeurope", "resourceUri": id,
    })
}

fn datasource(account: &StorageAccount) -> Value {
    json!({
        "objectType": "Datasource", "datasourceType": "Microsoft.Storage/storageAccounts/blobServices",
        "resourceType": "Microsoft.Storage/storageAccounts", "resourceID": account.id(), "resourceName": account.name,
        "resourceLocation": account.location, "resourceUri": account.id(),
    })
}

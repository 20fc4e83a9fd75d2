//! Restores of Kubernetes clusters: one criterion, of the kind that belongs to the store, onto the cluster itself or
//! another one.

use serde_json::{Value, json};

use super::super::error::ServiceError;
use super::super::resources::Resource;
use super::instances::BackupInstance;
use super::order::{Order, OrderContext, has_resource_group, is, is_fit, no_such_resource, text, too_many_at_once};
use super::workloads::{LackingRole, Workload, of_data};

pub const KUBERNETES_CLUSTER: Workload = Workload {
    backup_store: "OperationalStore",
    has_a_set: true,
    is_its_own_set: true,
    policy_parameters: |_| {
        of_data(json!({
            "objectType": "KubernetesClusterBackupDatasourceParameters", "snapshotVolumes": true,
            "includeClusterScopeResources": true, "includedNamespaces": null, "excludedNamespaces": null,
        }))
    },
    ..Workload::usual(
        "Microsoft.ContainerService/managedClusters",
        "clusters",
        LackingRole {
            code: "UserErrorExtensionMSIMissingPermissionsOnBackupStorageLocation",
            message: "The identity of the backup extension lacks permissions on the storage account of the backups.",
            recommended_action: "Grant the identity the role 'Storage Blob Data Contributor' on the target, wait for it to spread and try again.",
            action: "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
        },
        |situation, instance, body| situation.cluster(instance, body),
    )
};

impl Resource {
    pub fn kubernetes_cluster(name: &str) -> Self {
        Self::new(KUBERNETES_CLUSTER.resource_type, name)
    }
}

impl BackupInstance {
    /// Without any backup yet.
    pub fn kubernetes_cluster(name: &str, cluster: &Resource) -> Self {
        Self::of(&KUBERNETES_CLUSTER, name, cluster)
    }
}

impl OrderContext<'_> {
    fn cluster(&self, instance: &BackupInstance, body: &Value) -> Result<Order, ServiceError> {
        let destination = self.datasource(instance, body, &["ItemLevelRestoreTargetInfo"])?;
        let (point, store) = self.point(instance, body, &["OperationalStore", "VaultStore"])?;
        let target = &body["restoreTargetInfo"];
        let criteria = target["restoreCriteria"].as_array().map(Vec::as_slice).unwrap_or_default();
        let kind = match store {
            "VaultStore" => "KubernetesClusterVaultTierRestoreCriteria",
            _ => "KubernetesClusterRestoreCriteria",
        };
        let [criterion] = criteria else {
            return Err(ServiceError::invalid_because("there is not exactly one criterion"));
        };
        if !is(criterion, "objectType", kind)
            || !is_its_own_set(&target["datasourceInfo"], &target["datasourceSetInfo"])
        {
            return Err(ServiceError::invalid_because(
                "the criterion is not of the store's kind, or the cluster is not its own set",
            ));
        }
        let wanted = instance.workload.resource_type;
        let Some(cluster) = self.world.resource(destination).filter(|found| found.is_a(wanted)) else {
            return Err(no_such_resource("cluster", destination));
        };
        self.check_subscription(destination)?;
        is_fit(cluster)?;
        if store == "VaultStore" {
            self.check_staging(criterion)?;
        }
        if let Some(other) = self.busy(&cluster.id()) {
            return Err(too_many_at_once(other));
        }
        let to_original_location = instance.source.is(destination);
        Ok(Order { to_original_location, ..Order::of_point(point, store, &cluster.id()) })
    }

    /// Where the backup is unpacked before it gets to the cluster.
    fn check_staging(&self, criterion: &Value) -> Result<(), ServiceError> {
        let group = text(criterion, "stagingResourceGroupId");
        let account = text(criterion, "stagingStorageAccountId");
        if group.is_empty() || account.is_empty() {
            return Err(ServiceError::invalid_because("staging resource group and storage account are not named"));
        }
        if !has_resource_group(self.world, group) {
            return Err(no_such_resource("resource group", group));
        }
        match self.world.storage_account(account) {
            Some(_) => Ok(()),
            None => Err(no_such_resource("storage account", account)),
        }
    }
}

/// A cluster is its own set: both are given and differ in their `objectType` alone.
fn is_its_own_set(source: &Value, set: &Value) -> bool {
    let without_type = |value: &Value| {
        let mut members = value.as_object().cloned().unwrap_or_default();
        members.retain(|name, value| name != "objectType" && !value.is_null());
        members
    };
    set.is_object() && without_type(source) == without_type(set)
}

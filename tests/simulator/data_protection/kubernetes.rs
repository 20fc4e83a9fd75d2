//! Restores of Kubernetes clusters: one criterion, of the kind that belongs to the store, onto the cluster itself or
//! another one.

use serde_json::Value;

use super::super::error::ServiceError;
use super::instances::BackupInstance;
use super::order::{Order, Situation, has_resource_group, is, is_fit, no_such_resource, text, too_many_at_once};

impl Situation<'_> {
    pub fn cluster(&self, instance: &BackupInstance, body: &Value) -> Result<Order, ServiceError> {
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
        let wanted = instance.workload.resource_type();
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

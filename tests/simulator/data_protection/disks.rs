//! Restores of managed disks: always a new disk, under a name that must be free.

use serde_json::{Value, json};

use super::super::error::ServiceError;
use super::super::makes::Makes;
use super::super::resources::Resource;
use super::instances::BackupInstance;
use super::order::{Order, OrderContext, taken};
use super::workloads::{LackingRole, Workload};

pub const DISK: Workload = Workload {
    backup_store: "OperationalStore",
    tells_restore_type: false,
    transferred: None,
    // The older form of the name, misspelt.
    transferred_member: "dataTransferedInBytes",
    policy_parameters: |instance| {
        let Resource { subscription, resource_group, .. } = &instance.source;
        json!({
            "dataStoreParametersList": [{
                "objectType": "AzureOperationalStoreParameters", "dataStoreType": "OperationalStore",
                "resourceGroupId": format!("/subscriptions/{subscription}/resourceGroups/{resource_group}"),
            }],
            "backupDatasourceParametersList": null,
        })
    },
    ..Workload::usual(
        "Microsoft.Compute/disks",
        "disks",
        LackingRole {
            code: "UserErrorDiskBackupRestoreRGOrMSIPermissionsNotPresent",
            message: "The target resource group is not there or the vault's identity lacks permissions on it.",
            recommended_action: "Grant the identity the role 'Disk Restore Operator' on the target, wait for it to spread and try again.",
            action: "Microsoft.Compute/disks/write",
        },
        |situation, instance, body| situation.disk(instance, body),
    )
};

impl Resource {
    pub fn disk(name: &str) -> Self {
        Self::new(DISK.resource_type, name)
    }
}

impl BackupInstance {
    /// Without any backup yet.
    pub fn disk(name: &str, disk: &Resource) -> Self {
        Self::of(&DISK, name, disk)
    }
}

impl OrderContext<'_> {
    fn disk(&self, instance: &BackupInstance, body: &Value) -> Result<Order, ServiceError> {
        let destination = self.datasource(instance, body, &["RestoreTargetInfo"])?;
        let (point, store) = self.point(instance, body, &["OperationalStore"])?;
        let Some(wanted) = disk_named(destination) else {
            return Err(ServiceError::invalid_because("the target is not the id of a disk"));
        };
        self.check_subscription(destination)?;
        if !self.world.has_resource_group(&wanted.subscription, &wanted.resource_group) {
            return Err(ServiceError::new(
                "UserErrorRestoreTargetRGNotFound",
                &format!("The target resource group {} was not found.", wanted.resource_group),
            )
            .recommend("Select a resource group that exists."));
        }
        let made = wanted.clone().location(&instance.source.location);
        let order = Order { makes: Makes::Resource(made), ..Order::of_point(point, store, destination) };
        if let Some(error) = taken(self.world, &order) {
            return Err(error);
        }
        if self.busy(destination).is_some() { Err(exists(&wanted)) } else { Ok(order) }
    }
}

pub fn exists(disk: &Resource) -> ServiceError {
    ServiceError::new(
        "UserErrorSameNameDiskAlreadyExists",
        &format!("A disk of the name {} exists in the target resource group.", disk.name),
    )
    .recommend("Select another name for the disk.")
}

fn disk_named(id: &str) -> Option<Resource> {
    Resource::named(id).filter(|resource| resource.is_a(DISK.resource_type))
}

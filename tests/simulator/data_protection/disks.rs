//! Restores of managed disks: always a new disk, under a name that must be free.

use serde_json::Value;

use super::super::error::ServiceError;
use super::super::resources::Resource;
use super::instances::BackupInstance;
use super::order::{Order, Situation, taken};
use super::workloads::Workload;

impl Situation<'_> {
    pub fn disk(&self, instance: &BackupInstance, body: &Value) -> Result<Order, ServiceError> {
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
        let order = Order::of_point(point, store, destination);
        if let Some(error) = taken(self.world, &order) {
            return Err(error);
        }
        if self.busy(destination).is_some() { Err(exists(&wanted)) } else { Ok(order) }
    }
}

/// Whether the order ends with a new disk.
pub fn makes_a_disk(order: &Order) -> bool {
    disk_named(&order.destination).is_some()
}

pub fn exists(disk: &Resource) -> ServiceError {
    ServiceError::new(
        "UserErrorSameNameDiskAlreadyExists",
        &format!("A disk of the name {} exists in the target resource group.", disk.name),
    )
    .recommend("Select another name for the disk.")
}

fn disk_named(id: &str) -> Option<Resource> {
    Resource::named(id).filter(|resource| resource.is_a(Workload::Disk.resource_type()))
}

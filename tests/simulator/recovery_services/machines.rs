//! Restores of virtual machines: disks into a group, a new machine, or the disks of the machine itself.

use serde_json::{Value, json};

use super::super::clock::with_seconds;
use super::super::error::ServiceError;
use super::super::makes::Makes;
use super::super::resources::{Resource, subscription_of};
use super::super::world::World;
use super::items::ProtectedItem;
use super::jobs::{ItemJob, ItemOrder};
use super::points::ItemPoint;
use super::vaults::RecoveryServicesVault;

const MACHINES: &str = "Microsoft.Compute/virtualMachines";

/// What a restore of a machine does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineOrder {
    pub mode: MachineMode,
    /// Name of the staging account.
    pub staging: String,
    pub makes: Makes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MachineMode {
    Replaced,
    /// Disks, into the group of this id.
    Disks(String),
    New(Resource),
}

impl MachineOrder {
    /// Somebody has replaced the disks.
    pub fn replacement() -> Self {
        Self { mode: MachineMode::Replaced, staging: "portalstaging".into(), makes: Makes::Nothing }
    }
}

/// The order that a body of right shape gives, or why Azure refuses it.
pub fn read(
    world: &World,
    vault: &RecoveryServicesVault,
    item: &ProtectedItem,
    point: &str,
    body: &Value,
) -> Result<(ItemPoint, MachineOrder), ServiceError> {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let invalid = |why: &'static str| Err(ServiceError::invalid_because(why));
    let found = item.find_point(point);
    let found = found
        .ok_or_else(|| ServiceError::new("UserErrorRecoveryPointNotFound", "The recovery point was not found."))?;
    if item.soft_deleted {
        return Err(ServiceError::new(
            "UserErrorRestoreVmInSoftDeletedState",
            "The virtual machine is in soft deleted state.",
        ));
    }
    if !text("recoveryPointId").eq_ignore_ascii_case(point) {
        return invalid("recoveryPointId is not the point of the URL");
    }
    if !text("sourceResourceId").eq_ignore_ascii_case(&item.source_id) {
        return invalid("sourceResourceId is not the machine of the item");
    }
    if text("region") != vault.location {
        return invalid("region is not that of the vault");
    }
    let rehydrates = text("objectType").eq_ignore_ascii_case("IaasVMRestoreWithRehydrationRequest");
    let archived = found.lies_in("ArchivedRP") && !found.lies_in("HardenedRP") && !found.lies_in("InstantRP");
    match (archived, rehydrates) {
        (true, false) => {
            let message = "The recovery point is in the archive tier.";
            return Err(ServiceError::new("UserErrorArchivedRecoveryPointsRequestedForRestore", message));
        }
        (false, true) => return invalid("a point outside the archive is not rehydrated"),
        _ => {}
    }
    let staging = staging(world, vault, body)?;
    let (group, machine) = (&body["targetResourceGroupId"], &body["targetVirtualMachineId"]);
    let network = [&body["virtualNetworkId"], &body["subnetId"]];
    let zones = body["zones"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mode = match text("recoveryType").to_ascii_lowercase().as_str() {
        "originallocation" => {
            if [group, machine].into_iter().chain(network).any(|member| !member.is_null()) || !zones.is_empty() {
                return invalid("a replacement has no target");
            }
            MachineMode::Replaced
        }
        "restoredisks" => {
            if network.into_iter().chain([machine]).any(|member| !member.is_null()) {
                return invalid("disks have neither a machine nor a network");
            }
            MachineMode::Disks(target_group(world, vault, group)?)
        }
        _ => MachineMode::New(new_machine(world, vault, body)?),
    };
    match body["restoreDiskLunList"].as_array() {
        Some(_) if !matches!(mode, MachineMode::Disks(_)) => return invalid("disks are chosen for disks only"),
        Some(luns)
            if luns.iter().any(|lun| !found.data_disks.iter().any(|(own, _)| own.to_string() == number(lun))) =>
        {
            return invalid("the point has no disk with such a LUN");
        }
        _ => {}
    }
    if !zones.is_empty() {
        let is_copy = vault.secondary_region.as_deref() == Some(vault.location.as_str());
        if !is_copy && !vault.redundancy.eq_ignore_ascii_case("ZoneRedundant") {
            let message = "Cross zonal restore needs a zone-redundant vault.";
            return Err(ServiceError::new("UserErrorCrossZonalRestoreNotSupportedForVault", message));
        }
        if !found.lies_in("HardenedRP") && !archived {
            let message = "Cross zonal restore is not supported from the snapshot tier.";
            return Err(ServiceError::new("UserErrorCrossZonalRestoreNotSupportedFromSnapshot", message));
        }
    }
    let makes = match &mode {
        MachineMode::New(machine) => Makes::Resource(machine.clone()),
        MachineMode::Disks(_) | MachineMode::Replaced => Makes::Nothing,
    };
    Ok((found.clone(), MachineOrder { mode, staging, makes }))
}

fn number(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The name of the staging account, which stands in one of two places.
fn staging(world: &World, vault: &RecoveryServicesVault, body: &Value) -> Result<String, ServiceError> {
    let identity = &body["identityInfo"];
    let own = body["identityBasedRestoreDetails"]["targetStorageAccountId"].as_str();
    let id = match (body["storageAccountId"].as_str(), own, identity.is_null()) {
        (Some(id), None, _) => id,
        (None, Some(id), false) => id,
        _ => return Err(ServiceError::invalid_because("there is no staging account, or it stands in the wrong place")),
    };
    let attached = |id: &str| vault.user_assigned_identities.iter().any(|own| own.eq_ignore_ascii_case(id));
    if identity["managedIdentityResourceId"].as_str().is_some_and(|id| !attached(id)) {
        return Err(ServiceError::invalid_because("the identity is not attached to the vault"));
    }
    let account = world.storage_account(id).ok_or_else(|| {
        ServiceError::new("UserErrorStorageAccountNotFound", "The staging storage account was not found.")
    })?;
    if account.location != vault.location {
        return Err(ServiceError::invalid_because("the staging account lies in another region than the vault"));
    }
    Ok(account.name.clone())
}

fn target_group(world: &World, vault: &RecoveryServicesVault, id: &Value) -> Result<String, ServiceError> {
    let id = id.as_str().unwrap_or_default();
    let segments: Vec<&str> = id.split('/').collect();
    let ["", subscriptions, subscription, groups, group] = segments.as_slice() else {
        return Err(ServiceError::invalid_because("the target is not the id of a resource group"));
    };
    if !subscriptions.eq_ignore_ascii_case("subscriptions") || !groups.eq_ignore_ascii_case("resourceGroups") {
        return Err(ServiceError::invalid_because("the target is not the id of a resource group"));
    }
    let elsewhere = !subscription.eq_ignore_ascii_case(&vault.subscription);
    if elsewhere && vault.cross_subscription != "Enabled" {
        let message = "Cross subscription restore is not enabled for the vault.";
        return Err(ServiceError::new("UserErrorCrossSubscriptionRestoreNotEnabled", message));
    }
    if !world.has_resource_group(subscription, group) {
        let message = format!("The resource group {group} was not found.");
        return Err(ServiceError::new("UserErrorResourceGroupNotFound", &message)
            .recommend("Choose a resource group that exists."));
    }
    Ok(id.to_owned())
}

fn new_machine(world: &World, vault: &RecoveryServicesVault, body: &Value) -> Result<Resource, ServiceError> {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let group = target_group(world, vault, &body["targetResourceGroupId"])?;
    let machine = Resource::named(text("targetVirtualMachineId")).filter(|own| own.is_a(MACHINES));
    let machine = machine.ok_or_else(|| ServiceError::invalid_because("the target is not the id of a machine"))?;
    let in_group = format!("/subscriptions/{}/resourceGroups/{}", machine.subscription, machine.resource_group);
    if !in_group.eq_ignore_ascii_case(&group) {
        return Err(ServiceError::invalid_because("the machine lies in another group than the target"));
    }
    let (network, subnet) = (text("virtualNetworkId"), text("subnetId"));
    let below = subnet.to_lowercase().strip_prefix(&format!("{}/subnets/", network.to_lowercase())).map(str::len);
    if subscription_of(network).is_empty() || below.is_none_or(|length| length == 0) {
        return Err(ServiceError::invalid_because("the subnet is not one of the network"));
    }
    let machine = machine.location(&vault.location);
    if world.resource(&machine.id()).is_some() { Err(exists(&machine)) } else { Ok(machine) }
}

pub fn exists(machine: &Resource) -> ServiceError {
    let message = format!("A virtual machine of the name {} exists in the target resource group.", machine.name);
    ServiceError::new("UserErrorVirtualMachineAlreadyExists", &message).recommend("Choose another name.")
}

/// What Azure finds while the staging account cannot be reached.
pub fn missing_role(item: &ProtectedItem) -> ServiceError {
    let message = format!("Permissions to restore {} are missing on the staging storage account.", item.friendly_name);
    ServiceError::new("UserErrorMissingRequiredPermissions", &message)
        .recommend("Grant the role Storage Account Contributor on the staging storage account.")
}

/// Whether a running job is in the way of this order.
pub fn is_in_the_way(job: &ItemJob, item_id: &str, order: &MachineOrder) -> bool {
    let same = matches!(&job.order, ItemOrder::Machine(own) if own.mode == order.mode);
    job.is_running() && same && job.item_id.eq_ignore_ascii_case(item_id)
}

/// The facts of a job. Names of blobs come at the end.
pub fn property_bag(job: &ItemJob, order: &MachineOrder, ended: bool) -> Value {
    let group_of = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
    // The word for disks is recorded, the two others are not.
    let (kind, group, machine) = match &order.mode {
        MachineMode::Replaced => ("Replace disks", String::new(), job.share.clone()),
        MachineMode::Disks(group) => ("Recover disks", group_of(group), "vmName".to_owned()),
        MachineMode::New(machine) => ("Recover virtual machine", machine.resource_group.clone(), machine.name.clone()),
    };
    let mut bag = json!({
        "Job Type": kind, "Target Storage Account Name": order.staging, "Target resource group": group,
        "Target VM Name": machine, "Recovery point time ": with_seconds(job.point_time).replace('T', " "),
    });
    if ended {
        let (container, id) = (format!("{}-{}", job.share, job.id), &job.id);
        let url = format!("https://{}.blob.core.windows.net/{container}", order.staging);
        bag["Config Blob Name"] = json!(format!("config-{}-{id}.json", job.share));
        bag["Config Blob Container Name"] = json!(container);
        bag["Config Blob Uri"] = json!(format!("{url}/config-{}-{id}.json", job.share));
        bag["Template Blob Uri"] = json!(format!("{url}/azuredeploy{id}.json"));
    }
    bag
}

/// What `getRPExtendedInfo` says of a point.
pub fn disks(point: &ItemPoint, id: &str) -> Value {
    let disk = |(lun, name): &(i64, String)| json!({"lun": lun, "name": name, "diskSizeInGb": 32, "storageType": "Premium_LRS"});
    let data_disks: Vec<Value> = point.data_disks.iter().map(disk).collect();
    json!({"value": [super::envelope(id, "backupFabrics/protectionContainers/protectedItems/recoveryPoints", json!({
        "objectType": "IaasVMRPExtendedInfo",
        "osDisk": {"lun": -1, "name": "os-disk", "diskSizeInGb": 127, "storageType": "Premium_LRS"},
        "dataDisks": data_disks,
    }))]})
}

//! From the arguments of a restore of a virtual machine to Azure's body.

use super::{
    Arguments, CONFIDENTIAL, ConfidentialMachine, DISK_LUNS, ENCRYPTION_SET, OS_DISK_ONLY, REHYDRATION, STAGING,
    TARGET_GROUP, TARGET_MACHINE, TargetMachine, ZONE, checks,
};
use crate::azure::data_protection::RehydrationPriority;
use crate::azure::recovery_services::{
    DataDiskEncryptionSettings, IdentityBasedRestoreDetails, PerDiskEncryptionSetId, PointRehydration,
    SecuredVirtualMachine, StagingAccount, VirtualMachineRestoreRequest, VirtualMachineTarget,
};
use crate::azure::resource_id::ResourceId;
use crate::resources::arguments::regions::SECONDARY_REGION;
use crate::resources::given::{NonEmpty, NotGiven, Scope, elements, optional, required, required_text};
use crate::resources::recovery_services::identity;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::recovery_services::ItemRequestContext;

/// Where to, and what: what is sent, and what a plan warns of.
#[derive(Clone, Debug)]
pub(super) enum Mode<'a> {
    /// Over the disks of the machine that was backed up.
    Replace,
    /// Into a group.
    Disks {
        /// ARM id of the group.
        group: &'a str,
        /// Which of them.
        disks: Disks,
    },
    /// A new machine.
    NewMachine(&'a TargetMachine),
}

/// Disks of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Disks {
    /// All of them.
    All,
    /// That of the operating system.
    OperatingSystem,
    /// Data disks, by their LUNs.
    Data(NonEmpty<i64>),
}

/// What the arguments ask for.
///
/// # Errors
/// A [`RestoreError`] on an argument that is not known or does not go with the others. Nothing that is missing makes another
/// mode of it.
pub(super) fn mode(arguments: &Arguments) -> Result<Mode<'_>, RestoreError> {
    let machine = optional(&arguments.target_virtual_machine, TARGET_MACHINE)?;
    let group = optional(&arguments.target_resource_group_id, TARGET_GROUP)?;
    let disks = disks(arguments)?;
    let chosen = match disks {
        Disks::All => None,
        Disks::OperatingSystem => Some(OS_DISK_ONLY),
        Disks::Data(_) => Some(DISK_LUNS),
    };
    match (machine, group, chosen) {
        (Some(_), Some(_), _) => {
            let text = format!("Set one of `{TARGET_MACHINE}` and `{TARGET_GROUP}`, not both.");
            Err(RestoreError::wrong(TARGET_MACHINE, text))
        }
        (None, Some(_), _) => {
            Ok(Mode::Disks { group: required_text(&arguments.target_resource_group_id, TARGET_GROUP)?, disks })
        }
        (_, None, Some(argument)) => {
            Err(RestoreError::wrong(argument, format!("It chooses disks for `{TARGET_GROUP}`, which is not set.")))
        }
        (Some(machine), None, None) => Ok(Mode::NewMachine(machine)),
        (None, None, None) => Ok(Mode::Replace),
    }
}

fn disks(arguments: &Arguments) -> Result<Disks, RestoreError> {
    let os_disk_only = optional(&arguments.os_disk_only, OS_DISK_ONLY)?.copied().unwrap_or_default();
    match (Scope::read(&arguments.disk_luns, DISK_LUNS, |lun, _| Ok(*lun))?, os_disk_only) {
        (Scope::Whole, false) => Ok(Disks::All),
        (Scope::Whole, true) => Ok(Disks::OperatingSystem),
        (Scope::Parts(luns), false) => Ok(Disks::Data(luns)),
        (Scope::Parts(_), true) => {
            Err(RestoreError::wrong(DISK_LUNS, format!("It names data disks, and `{OS_DISK_ONLY}` wants none.")))
        }
    }
}

/// `IaasVMRestoreRequest`, or `IaasVMRestoreWithRehydrationRequest` for a point that is only in the archive (REST: Restores -
/// Trigger, api-version 2026-10-01). The members are those that the Azure CLI sends for equal input.
pub(super) fn body(
    arguments: &Arguments,
    context: ItemRequestContext<'_>,
) -> Result<VirtualMachineRestoreRequest, RestoreError> {
    let region = context.region.ok_or_else(|| {
        RestoreError::wrong("protected_item_id", "The region of the vault is not known, and a restore has to name it.")
    })?;
    let source = context.source.to_string();
    let mut request = VirtualMachineRestoreRequest::new(
        context.point,
        source,
        region.normalized(),
        target(mode(arguments)?)?,
        staging(arguments)?,
    );
    if context.is_secondary && request.target == VirtualMachineTarget::OriginalLocation {
        return Err(RestoreError::wrong(SECONDARY_REGION, checks::NO_REPLACEMENT_ELSEWHERE));
    }
    if let Some(zone) = optional(&arguments.zone, ZONE)? {
        if request.target == VirtualMachineTarget::OriginalLocation {
            return Err(RestoreError::wrong(ZONE, "Disks that are replaced stay in their zone."));
        }
        request.zones = vec![zone.clone()];
    }
    request.disk_encryption_set_id = optional(&arguments.disk_encryption_set_id, ENCRYPTION_SET)?.cloned();
    let confidential = optional(&arguments.confidential_virtual_machine, CONFIDENTIAL)?;
    request.secured_vm_details = confidential.map(secured).transpose()?;
    if context.needs_rehydration {
        let how = required(&arguments.rehydration, REHYDRATION)?;
        let priority = if how.is_high_priority() { RehydrationPriority::High } else { RehydrationPriority::Standard };
        request = request.rehydrating(PointRehydration::new(priority, how.days()));
    }
    Ok(request)
}

fn target(mode: Mode<'_>) -> Result<VirtualMachineTarget, RestoreError> {
    Ok(match mode {
        Mode::Replace => VirtualMachineTarget::OriginalLocation,
        Mode::Disks { group, disks } => VirtualMachineTarget::RestoreDisks {
            target_resource_group_id: group.to_owned(),
            restore_disk_lun_list: match disks {
                Disks::All => None,
                Disks::OperatingSystem => Some(Vec::new()),
                Disks::Data(luns) => Some(luns.into_vec()),
            },
        },
        Mode::NewMachine(machine) => {
            let of = |name| ArgumentPath::from(TARGET_MACHINE).member(name);
            let group = required_text(&machine.resource_group_id, of("resource_group_id"))?;
            let name = required_text(&machine.name, of("name"))?;
            let subnet = required_text(&machine.subnet_id, of("subnet_id"))?;
            let wrong = |reason: String| RestoreError::wrong(TARGET_MACHINE, reason);
            let id = ResourceId::parse(&format!("{group}/providers/Microsoft.Compute/virtualMachines/{name}"));
            VirtualMachineTarget::AlternateLocation {
                target_virtual_machine_id: id.map_err(|error| wrong(error.to_string()))?.to_string(),
                target_resource_group_id: group.to_owned(),
                virtual_network_id: network_of(subnet)
                    .ok_or_else(|| wrong("`subnet_id` is not the ID of a subnet of a virtual network.".to_owned()))?,
                subnet_id: subnet.to_owned(),
            }
        }
    })
}

/// The network that a subnet lies in.
fn network_of(subnet: &str) -> Option<String> {
    let id = ResourceId::parse(subnet).ok().filter(|id| id.is_of_type("Microsoft.Network/virtualNetworks/subnets"))?;
    let (network, _) = id.as_str().rsplit_once('/')?.0.rsplit_once('/')?;
    Some(network.to_owned())
}

/// With an identity, the account stands in another member.
fn staging(arguments: &Arguments) -> Result<StagingAccount, NotGiven> {
    let account = required_text(&arguments.staging_storage_account_id, STAGING)?.to_owned();
    Ok(match identity::request(&arguments.identity)? {
        None => StagingAccount::ByKey { storage_account_id: account },
        Some(identity_info) => StagingAccount::ByIdentity {
            identity_info,
            identity_based_restore_details: IdentityBasedRestoreDetails { target_storage_account_id: account },
        },
    })
}

fn secured(machine: &ConfidentialMachine) -> Result<SecuredVirtualMachine, NotGiven> {
    let of = |name| ArgumentPath::from(CONFIDENTIAL).member(name);
    let sets = elements(&machine.data_disk_encryption_sets, of("data_disk_encryption_sets"), |disk, at| {
        Ok(PerDiskEncryptionSetId {
            lun: *required(&disk.lun, at.clone().member("lun"))?,
            disk_encryption_set_id: required_text(&disk.disk_encryption_set_id, at.member("disk_encryption_set_id"))?
                .to_owned(),
        })
    })?;
    let data_disks = DataDiskEncryptionSettings {
        per_disk_encryption_set_ids: sets,
        data_disk_encryption_set_id: optional(&machine.data_disk_encryption_set_id, of("data_disk_encryption_set_id"))?
            .cloned(),
        data_disk_encryption_identity: optional(
            &machine.data_disk_encryption_identity_id,
            of("data_disk_encryption_identity_id"),
        )?
        .cloned(),
    };
    Ok(SecuredVirtualMachine {
        os_disk_encryption_set_id: optional(&machine.os_disk_encryption_set_id, of("os_disk_encryption_set_id"))?
            .cloned(),
        data_disks: (data_disks != DataDiskEncryptionSettings::default()).then_some(data_disks),
    })
}

#[cfg(test)]
mod tests;

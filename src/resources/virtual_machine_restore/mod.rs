//! `azurebackup_virtual_machine_restore`: an Azure virtual machine, or disks of one.
//! The mapping to Azure's body is in [`request`], the checks of its arguments are in [`checks`].

mod checks;
mod request;

use crate::azure::data_protection::STORAGE_ACCOUNTS;
use crate::azure::recovery_services::{BackupManagementType, ItemRestoreRequest, JobType};
use crate::azure::resource_id::{ResourceId, is_same};
use crate::model;
use crate::resources::arguments::rehydration::{self, REHYDRATION, Rehydration};
use crate::resources::arguments::resource_id;
use crate::resources::recovery_services::identity::{self, Identity};
use crate::resources::recovery_services::{ItemWorkload, ItemWorkloadProfile};
use crate::resources::restore::{ReportedArgument, UndecidedLimit};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::destination::Destination;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::record::RestoreRecord;
use crate::restore::recovery_services::{ArchivedPoints, DiskCheck, ItemRequestContext, ItemSupport, PointNeed};
use crate::restore::workload::{ROLE_ON_VAULT, WorkloadNames};
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::{Attribute, Type};
use crate::tfplugin::validators::{
    Rule, at_most_one_of, each, int_between, no_duplicates, not_empty, one_of, text_checked_by,
};
use crate::tfplugin::value::Value;

const TARGET_MACHINE: &str = "target_virtual_machine";
const TARGET_GROUP: &str = "target_resource_group_id";
const DISK_LUNS: &str = "disk_luns";
const OS_DISK_ONLY: &str = "os_disk_only";
const STAGING: &str = "staging_storage_account_id";
const ZONE: &str = "zone";
const ENCRYPTION_SET: &str = "disk_encryption_set_id";
const CONFIDENTIAL: &str = "confidential_virtual_machine";

const ENCRYPTION_SETS: &str = "Microsoft.Compute/diskEncryptionSets";

/// What a job says that restores disks; the words of the other two ways are written down nowhere
/// (docs/reference/azure-recovery-services.md#virtual-machines).
const RECOVER_DISKS: &str = "Recover disks";

/// LUNs of data disks. That of the operating system's disk is called -1, and is no LUN.
const LUNS: std::ops::RangeInclusive<i64> = 0..=i32::MAX as i64;

model! {
    /// The arguments of a restore of a machine, and those of the common ones that its checks read.
    pub struct Arguments {
        /// What is protected.
        pub protected_item_id: Attr<String>,
        /// A new machine.
        pub target_virtual_machine: Attr<TargetMachine>,
        /// The group that disks are restored into.
        pub target_resource_group_id: Attr<String>,
        /// Which data disks.
        pub disk_luns: Attr<Vec<Attr<i64>>>,
        /// No data disk.
        pub os_disk_only: Attr<bool>,
        /// What is written on the way.
        pub staging_storage_account_id: Attr<String>,
        /// Another zone.
        pub zone: Attr<String>,
        /// How restored disks are encrypted.
        pub disk_encryption_set_id: Attr<String>,
        /// How disks of a confidential machine are encrypted.
        pub confidential_virtual_machine: Attr<ConfidentialMachine>,
        /// As which identity the vault writes to the staging account.
        pub identity: Attr<Identity>,
        /// How an archived point is fetched.
        pub rehydration: Attr<Rehydration>,
        /// Whether the copy in the secondary region is read.
        pub secondary_region: Attr<bool>,
    }

    /// A machine that does not exist yet.
    pub struct TargetMachine {
        /// Its name.
        pub name: Attr<String>,
        /// ARM id of its group.
        pub resource_group_id: Attr<String>,
        /// ARM id of its subnet.
        pub subnet_id: Attr<String>,
    }

    /// Encryption of a confidential machine's disks.
    pub struct ConfidentialMachine {
        /// ARM id of the set of the operating system's disk.
        pub os_disk_encryption_set_id: Attr<String>,
        /// ARM id of the set of all data disks.
        pub data_disk_encryption_set_id: Attr<String>,
        /// A set for each data disk.
        pub data_disk_encryption_sets: Attr<Vec<Attr<DataDiskEncryption>>>,
        /// ARM id of the identity that encrypts data disks.
        pub data_disk_encryption_identity_id: Attr<String>,
    }

    /// The set of one data disk.
    pub struct DataDiskEncryption {
        /// LUN of the disk.
        pub lun: Attr<i64>,
        /// ARM id of its set.
        pub disk_encryption_set_id: Attr<String>,
    }
}

/// Markdown of the page.
const DESCRIPTION: &str = "\
    Restores an Azure virtual machine, or disks of one, from a Recovery Services vault, and waits until the restore \
    job has ended. What is restored depends on the target:\n\n\
    | set | restores |\n\
    |---|---|\n\
    | `target_virtual_machine` | a new virtual machine |\n\
    | `target_resource_group_id` | the disks, as managed disks in this resource group |\n\
    | neither | the disks of the existing virtual machine: **they are replaced** |\n\n\
    Before Azure replaces disks, it backs the virtual machine up. If this backup fails, nothing is restored: the \
    apply fails, even when Azure calls the job completed, and even with `accept_warnings = true`.\n\n\
    Azure checks the restore before it begins (`backupTriggerValidateOperation`). The provider reports what Azure \
    finds, such as a quota, and does not start the restore.\n\n\
    The IDs of the restored disks are not attributes of this resource, since no job of Azure names them. `details` \
    holds the names of the template and of the configuration that Azure writes to the staging storage account \
    (`Template Blob Uri`, `Config Blob Name`, `Config Blob Container Name`). Microsoft does not document how Azure \
    names restored disks; to find them, list the disks of a resource group that was empty before.\n\n\
    With `secondary_region`, disks or a new virtual machine are restored in the secondary region of the vault. Azure \
    has no check for this: what is wrong with the restore, its job says.\n\n\
    Large virtual machines and points from the archive tier take long. Set `timeouts.create` to more than the \
    default of 24 hours for them.";

/// A virtual machine, from its snapshots, the vault or the archive.
pub struct VirtualMachineRestore;

impl ItemWorkload for VirtualMachineRestore {
    type Arguments = Arguments;

    fn profile(&self) -> ItemWorkloadProfile {
        ItemWorkloadProfile {
            type_name: "azurebackup_virtual_machine_restore",
            description: DESCRIPTION,
            left_behind: "The restored disks and virtual machines stay",
            names: WorkloadNames {
                things: "disks",
                source: "virtual machine",
                datasource_type: "VM",
                caller_role: ROLE_ON_VAULT,
                // What the vault's identity needs is documented nowhere.
                roles: &[],
            },
            item_source: "Take it from the `id` of `azurerm_backup_protected_vm`, or from the Azure CLI: `az backup \
                          item list --backup-management-type AzureIaasVM`.",
            unreported: "Write `staging_storage_account_id`, `target_virtual_machine` or `target_resource_group_id`, \
                         and where they were used `disk_luns`, `os_disk_only`, `zone`, `disk_encryption_set_id` and \
                         `confidential_virtual_machine` by hand. If the job restored disks, the name of the resource \
                         group is compared with it. The others are taken from the configuration and not compared: \
                         look at `details` after the import. With `-generate-config-out`, Terraform writes the file \
                         and then reports that required arguments are missing: fill them in together with the \
                         target, and plan again.",
            management_type: BackupManagementType::AzureIaasVM,
            job_type: JobType::VirtualMachine,
            item_resource: Some("azurerm_backup_protected_vm"),
            support: ItemSupport { validation: true, region: true, logs: false },
            restores_files: false,
            across_regions: Some(
                "Azure restores disks or a new virtual machine there: set `target_virtual_machine` or \
                             `target_resource_group_id`. What the target consists of (storage account, resource group, \
                             subnet, disk encryption set) must lie in that region.",
            ),
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = vec![target_machine(), target_group()];
        attributes.extend(selection());
        let staging = resource_id::attribute(STAGING, "a storage account", STORAGE_ACCOUNTS);
        let zones = one_of(&["1", "2", "3", "NoZone"]);
        attributes.extend([
            staging.required().updates_in_place().description(
                "The ARM ID of the storage account that Azure uses during the restore, in the region of the vault \
                 (with `secondary_region`: in that region) and not zone-redundant (ZRS). Azure leaves the template and \
                 the configuration of the restored disks there.",
            ),
            Attribute::string(ZONE).optional().requires_replace().validate(zones).description(
                "The availability zone of the new virtual machine or of the restored disks, or `NoZone`. Not \
                 possible when disks are replaced. If it is set, recovery points that are only snapshots are \
                 skipped: Azure restores them into no other zone. Azure also requires a zone-redundant vault.",
            ),
            encryption_set(ENCRYPTION_SET).optional().requires_replace().description(
                "The ARM ID of the disk encryption set with which the restored disks are encrypted at rest.",
            ),
            confidential(),
            identity::attribute().description(
                "The identity with which the vault writes to the staging storage account. If it is not set, the \
                 vault uses the key of the account.",
            ),
            rehydration::attribute().description(rehydration::OF_ITEMS),
        ]);
        attributes
    }

    fn rules(&self) -> Vec<Rule> {
        vec![at_most_one_of(&[TARGET_MACHINE, TARGET_GROUP])]
    }

    fn validate(&self, config: &Arguments) -> Diagnostics {
        checks::together(config)
    }

    fn overwrites(&self, arguments: &Arguments) -> Option<UserMessage> {
        checks::overwrites(arguments)
    }

    /// Disks that are restored into a group get names of their own, so those of an earlier restore stay.
    fn makes_something_new(&self, arguments: &Arguments) -> bool {
        matches!(request::mode(arguments), Ok(request::Mode::Disks { .. }))
    }

    fn undecided_limit(&self, arguments: &Arguments) -> Option<UndecidedLimit> {
        checks::undecided_limit(arguments)
    }

    /// The new machine, or the disks of this item in a group. What is restored into one group from several machines does not
    /// meet, so it need not wait.
    fn destination(&self, arguments: &Arguments) -> Option<Destination> {
        if let Some(machine) = arguments.target_virtual_machine.known() {
            let (group, name) = (machine.resource_group_id.as_str()?, machine.name.as_str()?);
            return Some(Destination {
                argument: TARGET_MACHINE.into(),
                name: format!("{}/providers/Microsoft.Compute/virtualMachines/{name}", group.trim_end_matches('/')),
                id: ResourceId::parse(group).ok(),
            });
        }
        let (group, item) = (arguments.target_resource_group_id.as_str()?, arguments.protected_item_id.as_str()?);
        Some(Destination {
            argument: TARGET_GROUP.into(),
            name: format!("{}, disks of {item}", group.trim_end_matches('/')),
            id: ResourceId::parse(group).ok(),
        })
    }

    /// Of restored disks a job names the resource group. The name of a machine means nothing: of restored disks it is the word
    /// `vmName`.
    fn reported(&self, record: &RestoreRecord) -> Vec<ReportedArgument> {
        let detail = |key: &str| record.details.get(key).filter(|text| !text.is_empty());
        if !detail("Job Type").is_some_and(|kind| kind.eq_ignore_ascii_case(RECOVER_DISKS)) {
            return Vec::new();
        }
        let group = detail("Target resource group").map(|name| {
            let name = name.clone();
            ReportedArgument::in_words(TARGET_GROUP, format!("resource group {name:?}"), move |configured| {
                let id = configured.get(TARGET_GROUP).as_str().map(ResourceId::parse);
                matches!(id, Some(Ok(id)) if is_same(id.name(), &name))
            })
        });
        let no_machine = ReportedArgument::new(TARGET_MACHINE, Value::Null);
        [Some(no_machine), group].into_iter().flatten().collect()
    }

    fn point_need(&self, arguments: &Arguments) -> Option<PointNeed> {
        let why = "it is only a snapshot, which Azure restores into no other zone; remove `zone`, or choose a point \
                   that is in the vault";
        (!arguments.zone.is_null()).then_some(PointNeed::Vault(why))
    }

    fn archived_points(&self, arguments: &Arguments) -> ArchivedPoints {
        if arguments.rehydration.is_null() { ArchivedPoints::PassedOver } else { ArchivedPoints::Rehydrated }
    }

    fn disks(&self, arguments: &Arguments) -> Option<DiskCheck> {
        let luns: Vec<i64> = arguments.disk_luns.known()?.iter().filter_map(|lun| lun.known().copied()).collect();
        (!luns.is_empty()).then(|| DiskCheck { argument: DISK_LUNS.into(), luns })
    }

    fn identity(&self, arguments: &Arguments) -> Option<(ArgumentPath, ResourceId)> {
        identity::user_assigned(&arguments.identity)
    }

    fn request(
        &self,
        arguments: &Arguments,
        context: ItemRequestContext<'_>,
    ) -> Result<ItemRestoreRequest, RestoreError> {
        request::body(arguments, context).map(|body| ItemRestoreRequest::VirtualMachine(Box::new(body)))
    }
}

fn target_machine() -> Attribute {
    let subnet = resource_id::attribute("subnet_id", "a subnet", "Microsoft.Network/virtualNetworks/subnets");
    let attributes = vec![
        Attribute::string("name")
            .required()
            .requires_replace()
            .validate(text_checked_by(checks::is_machine_name))
            .description("The name of the new virtual machine. There must be none of this name in the resource group."),
        resource_id::resource_group("resource_group_id")
            .required()
            .requires_replace()
            .description("The ARM ID of the resource group of the new virtual machine."),
        subnet.required().requires_replace().description("The ARM ID of the subnet of the new virtual machine."),
    ];
    Attribute::object(TARGET_MACHINE, attributes).optional().requires_replace().description(
        "Creates a new virtual machine. Conflicts with `target_resource_group_id`. The plan must know whether it is \
         set; its members may depend on other resources.",
    )
}

fn target_group() -> Attribute {
    resource_id::resource_group(TARGET_GROUP).optional().requires_replace().description(
        "The ARM ID of the resource group into which the disks are restored. It may be in another subscription, if \
         the vault allows this. Conflicts with `target_virtual_machine`. If neither is set, the disks of the \
         existing virtual machine are replaced. The plan must know whether it is set: for a resource group that the \
         same apply creates, write `format(\"%s\", azurerm_resource_group.example.id)`.",
    )
}

/// Which disks go into the group.
fn selection() -> Vec<Attribute> {
    vec![
        Attribute::list_of(DISK_LUNS, Type::Number)
            .optional()
            .requires_replace()
            .unordered()
            .validate(not_empty(
                "To restore all disks, set `disk_luns` to `null` or remove it. To restore the disk of the operating \
                 system alone, set `os_disk_only = true`.",
            ))
            .validate(each(int_between(LUNS)))
            .validate(no_duplicates())
            .description(
                "With `target_resource_group_id`: the LUNs of the data disks to restore. If it is not set, all disks \
                 are restored; an empty list or a null in it is an error. Before the restore, the provider checks \
                 that the recovery point has these disks. Expect the disk of the operating system to be restored, \
                 too: Microsoft does not document a restore without it. The plan must know whether it is set. The \
                 order has no meaning.",
            ),
        Attribute::bool(OS_DISK_ONLY).optional().absent_means(false).requires_replace().description(
            "With `target_resource_group_id`: `true` restores the disk of the operating system and no data disk. \
             Default `false`. Conflicts with `disk_luns`.",
        ),
    ]
}

fn encryption_set(name: &'static str) -> Attribute {
    resource_id::attribute(name, "a disk encryption set", ENCRYPTION_SETS)
}

fn confidential() -> Attribute {
    let identity = resource_id::attribute(
        "data_disk_encryption_identity_id",
        "a user-assigned identity",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
    );
    let disk = vec![
        Attribute::number("lun")
            .required()
            .requires_replace()
            .validate(int_between(LUNS))
            .description("The LUN of the data disk."),
        encryption_set("disk_encryption_set_id")
            .required()
            .requires_replace()
            .description("The ARM ID of its disk encryption set."),
    ];
    let attributes = vec![
        encryption_set("os_disk_encryption_set_id")
            .optional()
            .requires_replace()
            .description("The ARM ID of the disk encryption set for the disk of the operating system."),
        encryption_set("data_disk_encryption_set_id").optional().requires_replace().description(
            "The ARM ID of the disk encryption set for all data disks. Conflicts with `data_disk_encryption_sets`, \
             beside which Azure ignores it.",
        ),
        Attribute::objects("data_disk_encryption_sets", disk)
            .optional()
            .requires_replace()
            .unordered()
            .validate(not_empty(
                "To name none for single disks, set `data_disk_encryption_sets` to `null` or remove it.",
            ))
            .description("A disk encryption set for each data disk. The order has no meaning."),
        identity
            .optional()
            .requires_replace()
            .description("The ARM ID of the user-assigned identity with which data disks are encrypted."),
    ];
    Attribute::object(CONFIDENTIAL, attributes).optional().requires_replace().description(
        "How the disks of a confidential virtual machine are encrypted. Restores of confidential virtual machines \
         have not been tested: test one before you need it.",
    )
}

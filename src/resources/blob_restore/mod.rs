//! `azurebackup_blob_restore`: blobs of a storage account, back to an instant or from a vault.
//! The mapping to Azure's body is in [`request`], the checks of its arguments are in [`checks`].

mod checks;
mod request;

use crate::azure::data_protection::{BLOB_SERVICES, BackupInstanceId, DataStore, RestoreTargetInfo};
use crate::model;
use crate::resources::arguments::point_in_time::LATEST;
use crate::resources::backup_vault::containers::{Container, TARGET, containers_attribute, target_attribute};
use crate::resources::backup_vault::{
    RecoveryPointSupport, TargetContext, UndecidedLimit, Workload, WorkloadProfile, destination,
};
use crate::resources::restore::ReportedArgument;
use crate::restore::backup_vault::{Destination, ReportedJob, WorkloadNames};
use crate::restore::error::{RestoreError, UserMessage};
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, at_most_one_of, conflicts, length_between, list_length, required_with};

/// Most ranges an operational restore takes (REST: restore criteria of blobs).
const MOST_RANGES: usize = 10;

model! {
    /// The arguments of a blob restore, and those of the common ones that its checks read.
    pub struct Arguments {
        /// What is protected.
        pub backup_instance_id: Attr<String>,
        /// An instant, or `latest`: the backup is operational.
        pub point_in_time: Attr<String>,
        /// Containers to restore.
        pub containers: Attr<Vec<Attr<Container>>>,
        /// Ranges of blob names to restore.
        pub ranges: Attr<Vec<Attr<BlobRange>>>,
        /// The account that a vaulted backup is restored into.
        pub target_storage_account_id: Attr<String>,
    }

    /// A range of names.
    pub struct BlobRange {
        /// First name in it.
        pub from: Attr<String>,
        /// First name after it.
        pub to: Attr<String>,
    }
}

/// Markdown of the page.
const DESCRIPTION: &str = "\
    Restores the blobs of a storage account from an Azure Backup vault, and waits until the restore job has \
    ended.\n\n\
    Two kinds of backup can be restored. An *operational* backup goes back in place, in the storage account \
    itself, to any instant of its range (`point_in_time`): blobs written since then are overwritten or deleted. \
    A *vaulted* backup goes from a recovery point (`recovery_point`) into another storage account \
    (`target_storage_account_id`).";

/// Blobs of a storage account, from operational or from vaulted backup.
pub struct BlobRestore;

impl Workload for BlobRestore {
    type Arguments = Arguments;

    fn profile(&self) -> WorkloadProfile {
        WorkloadProfile {
            type_name: "azurebackup_blob_restore",
            description: DESCRIPTION,
            left_behind: "the restored data where it is",
            names: WorkloadNames { things: "blobs", source: "storage account", datasource_type: BLOB_SERVICES },
            instance_resource: "azurerm_data_protection_backup_instance_blob_storage",
            unreported: "Azure does not report which containers or ranges were restored. An import fills in \
                neither, which would mean all. If the job restored only some, write `containers` or `ranges` in the \
                configuration.",
            recovery_points: RecoveryPointSupport {
                point_in_time: true,
                data_stores: &[DataStore::VaultStore],
                archive: false,
                secondary_region: true,
            },
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        let range_attributes = vec![
            Attribute::string("from")
                .required()
                .requires_replace()
                .validate(length_between(1..=1024))
                .description("First name of the range: `container` or `container/blob`."),
            Attribute::string("to")
                .required()
                .requires_replace()
                .validate(length_between(1..=1024))
                .description("End of the range, which is not itself in it."),
        ];
        vec![
            containers_attribute(
                "The containers to restore. If neither this nor `ranges` is set, all that are backed up are restored; \
                 an empty list or a null in it is an error. Vaulted: at most 100. Operational: at most 10, prefixes \
                 counted one by one; whether it is set must be known in the plan. The order has no meaning.",
                "The container's name on the target (vaulted backup only). Absent: the same name.",
            ),
            Attribute::objects("ranges", range_attributes)
                .optional()
                .requires_replace()
                .unordered()
                .validate(list_length(1..=MOST_RANGES))
                .description(
                    "Operational backup: ranges of names to restore, in the order of their bytes, at most 10. They may \
                     span containers and are sent as they are written.",
                ),
            target_attribute(
                "Vaulted backup: the ARM id of the storage account to restore into. Not the source account.",
            )
            .optional(),
        ]
    }

    fn rules(&self) -> Vec<Rule> {
        vec![
            at_most_one_of(&["containers", "ranges"]),
            conflicts("recovery_point", &["ranges"]),
            conflicts("point_in_time", &["target_storage_account_id"]),
            required_with("recovery_point", &["target_storage_account_id"]),
        ]
    }

    fn validate(&self, config: &Arguments) -> Diagnostics {
        checks::together(config)
    }

    fn overwrites(&self, arguments: &Arguments) -> Option<UserMessage> {
        let at = match &arguments.point_in_time {
            Attr::Null => return None,
            Attr::Known(at) if at == LATEST => "the newest restorable instant",
            Attr::Known(at) => at,
            Attr::Unknown => "an instant that is known after apply",
        };
        let instance = arguments.backup_instance_id.as_str();
        let name = instance.and_then(|id| BackupInstanceId::parse(id).ok()).map(|id| id.name().to_owned());
        let target = match &name {
            Some(name) => format!("the storage account behind backup instance {name:?}"),
            None => "a storage account that is known after apply".to_owned(),
        };
        Some(
            UserMessage::new(format!("Restoring overwrites {target}"))
                .say(checks::going_back(&request::in_place(arguments), at))
                .say("The ranges that are restored cannot be read or written until the restore has ended."),
        )
        .map(|message| message.on("backup_instance_id"))
    }

    fn undecided_limit(&self, arguments: &Arguments) -> Option<UndecidedLimit> {
        checks::undecided_limit(arguments)
    }

    fn destination(&self, arguments: &Arguments) -> Option<Destination> {
        destination(TARGET, &arguments.target_storage_account_id)
    }

    fn reported_target(&self, job: ReportedJob<'_>) -> Vec<ReportedArgument> {
        // What went back in place has no target; that it is operational, the point says.
        let target = job.destination().filter(|_| job.is_in_place() != Some(true));
        target.map(|id| ReportedArgument::new(TARGET, id)).into_iter().collect()
    }

    fn restore_target(
        &self,
        arguments: &Arguments,
        place: TargetContext<'_>,
    ) -> Result<RestoreTargetInfo, RestoreError> {
        request::target(arguments, place)
    }
}

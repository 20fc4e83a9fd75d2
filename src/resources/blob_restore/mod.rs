//! `azurebackup_blob_restore`: blobs of a storage account, back to an instant or from a vault.
//! The mapping to Azure's body is in [`request`], the checks of its arguments are in [`checks`].

mod checks;
mod request;

use crate::azure::data_protection::{BLOB_SERVICES, BackupInstanceId, DataStore, RestoreTargetInfo};
use crate::model;
use crate::resources::arguments::point_in_time::LATEST;
use crate::resources::backup_vault::containers::{Container, TARGET, containers_attribute, target_attribute};
use crate::resources::backup_vault::{RecoveryPointSupport, TargetContext, Workload, WorkloadProfile, destination};
use crate::resources::restore::{ReportedArgument, UndecidedLimit};
use crate::restore::backup_vault::{Destination, ReportedJob};
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::workload::{ROLE_ON_VAULT, RequiredRole, WorkloadNames};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, at_most_one_of, list_length, not_empty, required_with, text_checked_by};
use crate::tfplugin::value::Value;

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
    Restores the blobs of a storage account from an Azure Backup vault, and waits until the restore job has ended.\n\n\
    There are two types of backup:\n\n\
    - *operational* backup: set `point_in_time`. The restore is in place, in the storage account itself. **Blobs that \
    were written after this time are overwritten or deleted.**\n\
    - *vaulted* backup: set `recovery_point` and `target_storage_account_id`. The data is restored to another storage \
    account.";

/// Blobs of a storage account, from operational or from vaulted backup.
pub struct BlobRestore;

/// A rule that counts only while one kind of backup is chosen. With both, that is the mistake, and everything else about
/// it follows.
fn of_one_kind_of_backup(rule: Rule) -> Rule {
    Rule::new(move |object, path| {
        let is_both = ["point_in_time", "recovery_point"].iter().all(|argument| !object.get(argument).is_null());
        if is_both { Diagnostics::new() } else { rule.check(object, path) }
    })
}

/// Refuses the second argument beside the first; `text` says why, and what to do.
fn refuse((present, refused): (&'static str, &'static str), text: &'static str) -> Rule {
    let is_set =
        |value: &Value| !value.is_null() && !matches!(value, Value::Unknown(unknown) if !unknown.is_not_null());
    Rule::new(move |object, path| {
        let both = is_set(object.get(present)) && is_set(object.get(refused));
        let told = || Diagnostic::error("Conflicting arguments", text).at(path.clone().child(refused));
        both.then(told).into_iter().collect()
    })
}

impl Workload for BlobRestore {
    type Arguments = Arguments;

    fn profile(&self) -> WorkloadProfile {
        WorkloadProfile {
            type_name: "azurebackup_blob_restore",
            description: DESCRIPTION,
            left_behind: "The restored data stays",
            names: WorkloadNames {
                things: "blobs",
                source: "storage account",
                datasource_type: BLOB_SERVICES,
                caller_role: ROLE_ON_VAULT,
                roles: &[RequiredRole {
                    name: "Storage Account Backup Contributor",
                    scope: "the storage account that is restored to",
                }],
            },
            instance_resource: "azurerm_data_protection_backup_instance_blob_storage",
            unreported: "Azure does not report which containers or ranges were restored. The import does not fill in \
                         `containers` and `ranges`, which means that all were restored. If the job restored only some \
                         of them, write `containers` or `ranges` in the configuration.",
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
                .validate(text_checked_by(checks::is_range_bound))
                .description("The start of the range: `container` or `container/blob`. It is part of the range."),
            Attribute::string("to")
                .required()
                .requires_replace()
                .validate(text_checked_by(checks::is_range_bound))
                .description("The end of the range, in the same form. It is not part of the range."),
        ];
        vec![
            containers_attribute(
                "The containers to restore. If neither this nor `ranges` is set, all containers in the backup are \
                 restored. An empty list, or a null in the list, is an error. For vaulted backup: at most 100. For \
                 operational backup: at most 10, and each prefix counts as one. The plan must know whether this \
                 argument is set. The order does not matter.",
                "For vaulted backup: the name of the container in the target account. If not set, the same name is \
                 used.",
            ),
            Attribute::objects("ranges", range_attributes)
                .optional()
                .requires_replace()
                .unordered()
                .validate(not_empty(
                    "To restore everything that is backed up, set `ranges` to `null` or remove it. To restore a \
                     part, name it.",
                ))
                .validate(list_length(0..=MOST_RANGES))
                .description(
                    "For operational backup: ranges of blob names to restore, at most 10. Names are compared byte by \
                     byte. A range can include several containers. The ranges are sent to Azure without changes.",
                ),
            target_attribute(
                "For vaulted backup: the ARM ID of the storage account to restore to. It cannot be the source account.",
            )
            .optional(),
        ]
    }

    fn rules(&self) -> Vec<Rule> {
        vec![
            at_most_one_of(&["containers", "ranges"]),
            of_one_kind_of_backup(refuse(
                ("recovery_point", "ranges"),
                "A vaulted backup (`recovery_point`) cannot be restored by ranges of names. Use `containers` \
                 instead of `ranges`, with `prefixes` for a part of a container.",
            )),
            of_one_kind_of_backup(refuse(
                ("point_in_time", "target_storage_account_id"),
                "Operational backup (`point_in_time`) is restored in place, into the storage account that was \
                 backed up. Remove `target_storage_account_id`. To restore a vaulted backup, use `recovery_point` \
                 instead of `point_in_time`.",
            )),
            of_one_kind_of_backup(required_with("recovery_point", &["target_storage_account_id"])),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::value::{Path, Unknown};

    fn told(members: &[(&str, Value)]) -> Vec<(String, String)> {
        let object = Value::object(members.iter().cloned());
        let found = BlobRestore.rules().into_iter().flat_map(|rule| rule.check(&object, &Path::root()));
        found.map(|told| (told.path.unwrap().to_string(), told.detail)).collect()
    }

    #[test]
    fn what_belongs_to_the_other_kind_of_backup_is_told_with_the_argument_to_use() {
        let point = ("recovery_point", Value::object([("latest", true)]));
        let instant = ("point_in_time", Value::from("latest"));
        let target = ("target_storage_account_id", Value::from("a"));
        let ranges = ("ranges", Value::list(["r"]));
        assert_eq!(told(std::slice::from_ref(&instant)), []);
        assert_eq!(told(&[point.clone(), target.clone()]), []);
        let found = told(&[instant.clone(), target.clone()]);
        assert_eq!(found[0].0, "target_storage_account_id");
        assert!(found[0].1.contains("use `recovery_point` instead of `point_in_time`"), "{found:?}");
        let found = told(&[point.clone(), target.clone(), ranges.clone()]);
        assert_eq!(found[0].0, "ranges");
        assert!(found[0].1.contains("Use `containers` instead of `ranges`"), "{found:?}");
        // The rule of all workloads refuses both kinds at once, and nothing else is told then.
        assert_eq!(told(&[instant.clone(), point.clone()]), []);
        assert_eq!(told(&[instant, point, target, ranges]), []);
    }

    #[test]
    fn what_may_turn_out_to_be_null_conflicts_with_nothing_yet() {
        let instant = ("point_in_time", Value::from("latest"));
        let target = |value| told(&[instant.clone(), ("target_storage_account_id", value)]);
        assert_eq!(target(Value::unknown()), []);
        assert_eq!(target(Value::Unknown(Unknown::refined([0x81, 0x01, 0xc2]))).len(), 1);
    }
}

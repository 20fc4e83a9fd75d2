//! `azurebackup_file_share_restore`: an Azure file share, or files and directories of one.
//! The mapping to Azure's body is in [`request`], the checks of its arguments are in [`checks`].

mod checks;
mod request;

use crate::azure::data_protection::STORAGE_ACCOUNTS;
use crate::azure::recovery_services::{BackupManagementType, CopyOptions, FileSpecType, ItemRestoreRequest, JobType};
use crate::azure::resource_id::{ResourceId, is_same};
use crate::model;
use crate::resources::arguments::resource_id;
use crate::resources::recovery_services::identity::{self, Identity};
use crate::resources::recovery_services::{ItemWorkload, ItemWorkloadProfile, PROTECTED_ITEM};
use crate::resources::restore::ReportedArgument;
use crate::resources::restore::UndecidedLimit;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::destination::Destination;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::record::{RestoreRecord, RestoreStatus};
use crate::restore::recovery_services::{
    self, ItemRequestContext, ItemSupport, OriginalLocation, PointNeed, SkippedFiles, TargetShareCheck,
};
use crate::restore::workload::{ROLE_ON_VAULT, WorkloadNames};
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{list_length, not_empty, one_of, text_checked_by};
use crate::tfplugin::value::Value;

/// Most files and directories that one restore takes (docs/reference/azure-recovery-services.md#file-shares).
const MOST_FILES: usize = 99;

const COPY_OPTION: &str = "copy_option";
const FILES: &str = "files";
const TARGET: &str = "target";

/// What a job says of where it restores to (docs/reference/azure-recovery-services.md#jobs).
const TO_THE_ORIGINAL: &str = "Recovering to the original file share";
const TO_ANOTHER: &str = "Recover to an alternate file share";

model! {
    /// The arguments of a file share restore, and those of the common ones that its checks read.
    pub struct Arguments {
        /// What is protected.
        pub protected_item_id: Attr<String>,
        /// What happens to a file that is there already.
        pub copy_option: Attr<String>,
        /// Files and directories to restore.
        pub files: Attr<Vec<Attr<RestoredFile>>>,
        /// Where to, if elsewhere.
        pub target: Attr<TargetShare>,
        /// As which identity the vault reads and writes.
        pub identity: Attr<Identity>,
        /// Whether the copy in the secondary region is read.
        pub secondary_region: Attr<bool>,
    }

    /// A file or directory.
    pub struct RestoredFile {
        /// In the share.
        pub path: Attr<String>,
        /// What it is.
        pub r#type: Attr<String>,
        /// The folder of the target to restore it into.
        pub target_folder: Attr<String>,
    }

    /// Another share.
    pub struct TargetShare {
        /// ARM id of its account.
        pub storage_account_id: Attr<String>,
        /// Its name.
        pub file_share_name: Attr<String>,
        /// The folder to restore into.
        pub folder: Attr<String>,
    }
}

/// Markdown of the page.
const DESCRIPTION: &str = "\
    Restores an Azure file share, or single files and directories of one, from a Recovery Services vault, and waits until \
    the restore job has ended.\n\n\
    Without `files` the whole share is restored. Without `target` it goes back to where it was; with `target` it goes \
    into another share, which must exist and lie in the region of the vault. `copy_option` says what happens to a file \
    that is there already.\n\n\
    A recovery point can be a snapshot in the storage account, a copy in the vault, or both. One that is only in the \
    vault can be restored as a whole share, into another share, with `copy_option = \"Overwrite\"`; nothing else. Azure \
    wants an empty share or folder for it.\n\n\
    With `secondary_region`, the whole share is restored in the secondary region of the vault.\n\n\
    Files that could not be restored are warnings, even when Azure calls the job completed: without `accept_warnings` \
    such a restore is an error. Files that Azure skips because `copy_option = \"Skip\"` says so are not.\n\n\
    Large shares take days. Azure ends a restore job after 7 days at most; set `timeouts.create` to more than the default \
    of 24 hours for them.";

/// A file share, from its snapshots or from the vault.
pub struct FileShareRestore;

impl ItemWorkload for FileShareRestore {
    type Arguments = Arguments;

    fn profile(&self) -> ItemWorkloadProfile {
        ItemWorkloadProfile {
            type_name: "azurebackup_file_share_restore",
            description: DESCRIPTION,
            left_behind: "The restored files stay",
            // Nothing of a Recovery Services vault refuses with a code of a missing role yet.
            names: WorkloadNames {
                things: "files",
                source: "file share",
                datasource_type: "AzureFileShare",
                caller_role: ROLE_ON_VAULT,
                roles: &[],
            },
            item_source: "Its name cannot be made up from that of the share: take it from the `id` of \
                          `azurerm_backup_protected_file_share`, or look it up with the data source \
                          `azurebackup_protected_items`.",
            unreported: "Write `copy_option`, `files`, `target.storage_account_id` and the folders by hand. The names of the \
                         account and the share, and the folder of a whole share, are compared with the job. `copy_option` \
                         and `files` are not: look at `details` after the import. With `-generate-config-out`, Terraform \
                         writes the file and then reports that required arguments are missing: fill them in, and plan \
                         again.",
            management_type: BackupManagementType::AzureStorage,
            job_type: JobType::Storage,
            item_resource: Some("azurerm_backup_protected_file_share"),
            support: ItemSupport::default(),
            restores_files: false,
            across_regions: Some(
                "Azure restores the whole share there, to another share: set `target`, and not `files`.",
            ),
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        let options: Vec<&str> = CopyOptions::ALL.iter().map(|option| option.as_str()).collect();
        vec![
            Attribute::string(COPY_OPTION).required().requires_replace().validate(one_of(&options)).description(
                "What happens to a file that is there already: `Overwrite` replaces it, `Skip` leaves it and does not \
                 restore that file, `CreateCopy` restores beside it under another name, `FailOnConflict` fails.",
            ),
            files_attribute(),
            target_attribute(),
            identity::attribute().description(
                "The identity with which the vault reads and writes the shares, for storage accounts that do not allow \
                 access by key. If it is not set, the vault uses the account's key.",
            ),
        ]
    }

    fn validate(&self, config: &Arguments) -> Diagnostics {
        checks::together(config)
    }

    fn overwrites(&self, arguments: &Arguments) -> Option<UserMessage> {
        checks::overwrites(arguments)
    }

    fn undecided_limit(&self, arguments: &Arguments) -> Option<UndecidedLimit> {
        checks::undecided_limit(arguments)
    }

    /// The share that is written to. Azure restores into one share once at a time, whatever the folder.
    fn destination(&self, arguments: &Arguments) -> Option<Destination> {
        let target = arguments.target.known()?;
        let (account, share) = (target.storage_account_id.as_str()?, target.file_share_name.as_str()?);
        Some(Destination {
            argument: TARGET.into(),
            name: share_id(account, share),
            id: ResourceId::parse(account).ok(),
        })
    }

    fn original_destination(&self, original: OriginalLocation<'_>) -> String {
        share_id(original.source, original.name)
    }

    fn target_share(&self, arguments: &Arguments) -> Option<TargetShareCheck> {
        let target = arguments.target.known()?;
        let account = ResourceId::parse(target.storage_account_id.as_str()?).ok()?;
        let share = target.file_share_name.as_str()?.to_owned();
        Some(TargetShareCheck { argument: TARGET.into(), account, share })
    }

    /// A job names the share that it restored into for people: share and account by their names, and a folder behind both.
    fn reported(&self, record: &RestoreRecord) -> Vec<ReportedArgument> {
        let mut reported = Self::reported_target(record);
        // Judged as after an apply: what was skipped is a loss, unless the configuration asks for it or accepts it.
        reported.extend(skipped_in_words(record).map(|shown| {
            ReportedArgument::in_words(COPY_OPTION, shown, |configured| {
                let accepts = configured.get("accept_warnings").as_bool() == Some(true);
                accepts || configured.get(COPY_OPTION).as_str() == Some(CopyOptions::Skip.as_str())
            })
        }));
        reported
    }

    fn point_need(&self, arguments: &Arguments) -> Option<PointNeed> {
        let overwrites = arguments.copy_option.as_str() == Some(CopyOptions::Overwrite.as_str());
        let why = if !arguments.files.is_null() {
            Some("it is only in the vault, from which Azure restores no single files")
        } else if arguments.target.is_null() {
            Some("it is only in the vault, from which Azure restores into another share only; set `target`")
        } else {
            (!overwrites).then_some("it is only in the vault, from which Azure restores with `Overwrite` only")
        };
        why.map(PointNeed::Snapshot)
    }

    fn skipped_files(&self, arguments: &Arguments) -> SkippedFiles {
        // Of an imported restore nothing is known.
        match arguments.copy_option.as_str() {
            Some(option) if option != CopyOptions::Skip.as_str() => SkippedFiles::Unexpected,
            _ => SkippedFiles::Expected,
        }
    }

    fn request(
        &self,
        arguments: &Arguments,
        context: ItemRequestContext<'_>,
    ) -> Result<ItemRestoreRequest, RestoreError> {
        request::body(arguments, context).map(ItemRestoreRequest::FileShare)
    }
}

impl FileShareRestore {
    /// Where a job says that it restored to.
    fn reported_target(record: &RestoreRecord) -> Vec<ReportedArgument> {
        let detail = |key: &str| record.details.get(key).map(String::as_str).filter(|text| !text.is_empty());
        let member = |name: &str| ArgumentPath::from(TARGET).member(name);
        match detail("Job Type") {
            Some(kind) if kind.eq_ignore_ascii_case(TO_THE_ORIGINAL) => {
                vec![ReportedArgument::new(TARGET, Value::Null)]
            }
            Some(kind) if kind.eq_ignore_ascii_case(TO_ANOTHER) => {
                let share = detail("Target File Share Name");
                let account = detail("Target Storage Account Name");
                let mut reported = Vec::new();
                reported.extend(share.map(|share| ReportedArgument::new(member("file_share_name"), share)));
                reported.extend(account.map(|account| {
                    let shown = format!("storage account {account:?}");
                    let account = account.to_owned();
                    ReportedArgument::in_words(member("storage_account_id"), shown, move |configured| {
                        let id = configured
                            .get(TARGET)
                            .get("storage_account_id")
                            .as_str()
                            .and_then(|id| ResourceId::parse(id).ok());
                        id.is_none_or(|id| is_same(id.name(), &account))
                    })
                }));
                let folder = detail("RestoreDestination").zip(account.zip(share));
                reported.extend(folder.and_then(|(destination, (account, share))| {
                    let folder = folder_of(destination, account, share)?.to_owned();
                    let shown = if folder.is_empty() { "no folder".to_owned() } else { format!("folder {folder:?}") };
                    Some(ReportedArgument::in_words(member("folder"), shown, move |configured| {
                        // Of files, each may have a folder of its own.
                        let of_the_share = configured.get(FILES).is_null();
                        let own = configured.get(TARGET).get("folder").as_str().unwrap_or_default();
                        !of_the_share || own == folder
                    }))
                }));
                reported
            }
            _ => Vec::new(),
        }
    }
}

/// What a job that counts as completed has skipped; none if it has skipped nothing.
fn skipped_in_words(record: &RestoreRecord) -> Option<String> {
    let skipped = recovery_services::skipped(&record.details);
    let is_good = record.status == RestoreStatus::Completed;
    (is_good && !skipped.is_empty())
        .then(|| format!("{} To take this as done, set `accept_warnings = true`.", skipped.join(" ")))
}

/// The share as Azure names it, for comparing.
fn share_id(account: &str, share: &str) -> String {
    format!("{}/fileServices/default/shares/{share}", account.trim_end_matches('/'))
}

/// The folder of a destination `account/share/folder`, empty for the root; none if it is written otherwise
/// (docs/reference/azure-recovery-services.md#jobs).
fn folder_of<'a>(destination: &'a str, account: &str, share: &str) -> Option<&'a str> {
    let mut parts = destination.trim_matches('/').splitn(3, '/');
    let is_it = is_same(parts.next()?, account) && is_same(parts.next()?, share);
    is_it.then(|| parts.next().unwrap_or_default())
}

fn files_attribute() -> Attribute {
    let types: Vec<&str> = FileSpecType::ALL.iter().map(|kind| kind.as_str()).collect();
    let attributes = vec![
        Attribute::string("path")
            .required()
            .requires_replace()
            .validate(text_checked_by(checks::is_path))
            .description("The path in the share, without a slash in front: `folder/file.txt`."),
        Attribute::string("type")
            .required()
            .requires_replace()
            .validate(one_of(&types))
            .description("`File`, or `Directory` with everything in it."),
        Attribute::string("target_folder")
            .optional()
            .requires_replace()
            .validate(text_checked_by(checks::is_path))
            .description(
                "With `target`: the folder to restore it into. Default: `target.folder`. The plan must know whether it \
                 is set.",
            ),
    ];
    Attribute::objects(FILES, attributes)
        .optional()
        .requires_replace()
        .unordered()
        .validate(not_empty(
            "To restore the whole file share, set `files` to `null` or remove it. To restore a part, name it.",
        ))
        .validate(list_length(0..=MOST_FILES))
        .description(
            "The files and directories to restore, at most 99. If it is not set, the whole share is restored; an empty \
             list or a null in it is an error. The plan must know whether it is set. The order has no meaning.",
        )
}

fn target_attribute() -> Attribute {
    let account = resource_id::attribute("storage_account_id", "a storage account", STORAGE_ACCOUNTS);
    let attributes = vec![
        account.required().requires_replace().description(
            "The ARM id of the storage account, in the region of the vault, or with `secondary_region` in that region.",
        ),
        Attribute::string("file_share_name")
            .required()
            .requires_replace()
            .validate(text_checked_by(checks::is_share_name))
            .description("The name of the file share, which must exist."),
        Attribute::string("folder")
            .optional()
            .requires_replace()
            .validate(text_checked_by(checks::is_path))
            .description(
                "The folder to restore into. Default: the root of the share. The plan must know whether it is set.",
            ),
    ];
    Attribute::object(TARGET, attributes).optional().requires_replace().description(
        "The share to restore into. If it is not set, files go back to where they were. The plan must know whether \
             it is set; its members may depend on other resources.",
    )
}

/// Names in messages what is written to.
fn target_name(arguments: &Arguments) -> String {
    match &arguments.target {
        Attr::Known(target) => {
            let account = target.storage_account_id.as_str().and_then(|id| id.trim_end_matches('/').rsplit('/').next());
            match (target.file_share_name.as_str(), account) {
                (Some(share), Some(account)) => format!("file share {share:?} of storage account {account:?}"),
                _ => "a file share that is known after apply".to_owned(),
            }
        }
        Attr::Null if arguments.protected_item_id.as_str().is_some() => {
            format!("the file share behind `{PROTECTED_ITEM}`")
        }
        Attr::Null | Attr::Unknown => "a file share that is known after apply".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::recovery_services::ProtectedItemId;
    use crate::connection::Connections;
    use crate::resources::recovery_services::FromRecoveryServicesVault;
    use crate::resources::restore::RestoreCore;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::Path;

    #[test]
    fn the_folder_of_a_destination_lies_behind_account_and_share() {
        for (destination, folder) in [
            ("account/share", Some("")),
            ("Account/SHARE/", Some("")),
            ("account/share/a/b", Some("a/b")),
            ("account/other/a", None),
            ("other/share/a", None),
            ("account", None),
            ("", None),
        ] {
            assert_eq!(folder_of(destination, "account", "share"), folder, "{destination}");
        }
    }

    #[test]
    fn a_share_is_one_destination_whether_it_is_a_target_or_the_original() {
        let account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
        let target = |account: &str, share: &str| {
            let target = Value::object([("storage_account_id", account), ("file_share_name", share)]);
            Arguments::from_value(&Value::object([(TARGET, target)]), &Path::root()).unwrap()
        };
        let named = |account: &str, share: &str| FileShareRestore.destination(&target(account, share)).unwrap().name;
        let item = ProtectedItemId::parse(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/\
             protectionContainers/c/protectedItems/i",
        );
        let original = OriginalLocation { item: &item.unwrap(), source: account, name: "share", parent: None };
        assert_eq!(named(account, "share"), FileShareRestore.original_destination(original));
        assert_eq!(named(&format!("{account}/"), "share"), named(account, "share"));
        assert_ne!(named(account, "share"), named(account, "other"));
        assert_ne!(named(account, "share"), named(&account.replace("/a", "/b"), "share"));
        let destination = FileShareRestore.destination(&target(account, "share")).unwrap();
        assert_eq!(destination.argument.to_string(), TARGET);
        assert_eq!(destination.id.map(|id| id.to_string()).as_deref(), Some(account));
    }

    #[test]
    fn a_job_to_the_original_says_that_there_is_no_target_and_one_of_another_kind_says_nothing() {
        let core = RestoreCore::new(FromRecoveryServicesVault::new(FileShareRestore), Connections::default());
        let refused = |job_type: &str, target: Value| {
            let details = [
                ("Job Type", job_type),
                ("Target File Share Name", "share"),
                ("Target Storage Account Name", "account"),
            ];
            let details = details.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let record = RestoreRecord { details: details.into(), ..RestoreRecord::new(RestoreStatus::Completed) };
            let mut configured = core.arguments().null_object();
            configured.set(TARGET, target);
            let refused = core.contradictions(&core.arguments().null_object(), &record, &configured);
            refused.iter().map(|message| message.argument.as_ref().unwrap().to_string()).collect::<Vec<_>>()
        };
        let target = |share: &str| {
            let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/account";
            Value::object([("storage_account_id", id), ("file_share_name", share)])
        };
        assert_eq!(refused(TO_THE_ORIGINAL, Value::Null), [""; 0]);
        assert_eq!(refused(TO_THE_ORIGINAL, target("share")), ["target"]);
        assert_eq!(refused(TO_ANOTHER, target("share")), [""; 0]);
        assert_eq!(refused(TO_ANOTHER, target("other")), ["target.file_share_name"]);
        assert_eq!(refused("Something new", target("other")), [""; 0]);
    }
}

//! `azurebackup_blob_restore`: blobs of a storage account, back to an instant or from a vault.
//! The mapping to Azure's body is in [`request`], the checks of its arguments are in [`checks`].

mod checks;
mod request;

use std::sync::OnceLock;

use async_trait::async_trait;
use serde_json::json;
use time::OffsetDateTime;

use crate::azure::data_protection::{BLOB_SERVICES, BackupInstanceId, BackupJobId};
use crate::azure::patience::Patience;
use crate::connection::Connection;
use crate::model;
use crate::resources::normal;
use crate::resources::restore::{Meaning, RestoreKind};
use crate::restore::backup_vault::{self, BackupVaultRestore};
use crate::restore::facts::Job;
use crate::restore::setback::{Report, Setback};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::{Attr, FromValue};
use crate::tfplugin::schema::{Attribute, Type};
use crate::tfplugin::timeouts::positive_duration;
use crate::tfplugin::validators::{
    Rule, at_most_one_of, conflicts, each, exactly_one_of, length_between, list_length, matches, one_of, required_with,
};
use crate::tfplugin::value::{Path, Value};

/// Most containers a vaulted restore takes (Microsoft's support matrix).
const MOST_CONTAINERS: usize = 100;

/// Most ranges an operational restore takes (REST: restore criteria of blobs).
const MOST_RANGES: usize = 10;

model! {
    /// The arguments.
    pub struct Arguments {
        /// What is protected.
        pub backup_instance_id: Attr<String>,
        /// An instant, or `latest`.
        pub point_in_time: Attr<String>,
        /// A point of a vaulted backup.
        pub recovery_point: Attr<RecoveryPoint>,
        /// Containers to restore.
        pub containers: Attr<Vec<Attr<Container>>>,
        /// Ranges of blob names to restore.
        pub ranges: Attr<Vec<Attr<Range>>>,
        /// Where a vaulted backup goes.
        pub target_storage_account_id: Attr<String>,
        /// Azure region.
        pub restore_location: Attr<String>,
    }

    /// How a point is chosen.
    pub struct RecoveryPoint {
        /// By name or ARM id.
        pub id: Attr<String>,
        /// The newest.
        pub latest: Attr<bool>,
        /// The newest not after this instant.
        pub at_or_before: Attr<String>,
        /// Where its copy lies.
        pub data_store: Attr<String>,
        /// Refuse older ones.
        pub max_age: Attr<String>,
        /// Take partial ones.
        pub allow_partial: Attr<bool>,
    }

    /// A container to restore.
    pub struct Container {
        /// Its name.
        pub name: Attr<String>,
        /// Only blobs whose names begin so.
        pub prefixes: Attr<Vec<Attr<String>>>,
        /// Its name on the target.
        pub rename_to: Attr<String>,
    }

    /// A range of names.
    pub struct Range {
        /// First name in it.
        pub from: Attr<String>,
        /// First name after it.
        pub to: Attr<String>,
    }
}

/// The kind of restore.
pub struct BlobRestore;

fn same(normal: fn(&Value) -> serde_json::Value, one: &Value, other: &Value) -> bool {
    one.is_wholly_known() && other.is_wholly_known() && normal(one) == normal(other)
}

fn recovery_point(value: &Value) -> serde_json::Value {
    if value.is_null() {
        return serde_json::Value::Null;
    }
    json!({
        "id": value.get("id").as_str().map(|id| request::point_name(id).to_ascii_lowercase()),
        "latest": value.get("latest").as_bool().unwrap_or_default(),
        "at_or_before": normal::instant(value.get("at_or_before")),
        "data_store": value.get("data_store").as_str().unwrap_or("VaultStore"),
        "allow_partial": value.get("allow_partial").as_bool().unwrap_or_default(),
    })
}

fn containers(value: &Value) -> serde_json::Value {
    normal::set(value, |container| {
        let renamed = container.get("rename_to").as_str().filter(|name| Some(*name) != container.get("name").as_str());
        json!({
            "name": normal::text(container.get("name")),
            "prefixes": normal::set(container.get("prefixes"), normal::text),
            "rename_to": renamed,
        })
    })
}

fn ranges(value: &Value) -> serde_json::Value {
    normal::set(value, |range| json!([normal::text(range.get("from")), normal::text(range.get("to"))]))
}

const MEANING: &[Meaning] = &[
    Meaning { argument: "backup_instance_id", normal: normal::id },
    Meaning { argument: "point_in_time", normal: normal::instant },
    Meaning { argument: "recovery_point", normal: recovery_point },
    Meaning { argument: "containers", normal: containers },
    Meaning { argument: "ranges", normal: ranges },
    Meaning { argument: "target_storage_account_id", normal: normal::id },
    Meaning { argument: "restore_location", normal: normal::location },
];

#[async_trait]
impl RestoreKind for BlobRestore {
    type Service = BackupVaultRestore;

    fn type_name(&self) -> &'static str {
        "azurebackup_blob_restore"
    }

    fn description(&self) -> &'static str {
        "Restores the blobs of a storage account from an Azure Backup vault, and waits until the restore job has ended.\n\n\
         Two kinds of backup can be restored. An *operational* backup goes back in place, in the storage account itself, \
         to any instant of its range (`point_in_time`): blobs written since then are overwritten or deleted. A *vaulted* \
         backup goes from a recovery point (`recovery_point`) into another storage account \
         (`target_storage_account_id`).\n\n\
         Creating the resource restores once. Nothing restores again by itself; `triggers`, a changed argument or \
         `-replace` does. Destroying the resource forgets the restore and leaves the restored data where it is."
    }

    fn attributes(&self) -> Vec<Attribute> {
        let recovery_point_attributes = vec![
            Attribute::string("id")
                .optional()
                .validate(length_between(1..=2048))
                .description("The name of the point, or its ARM id."),
            Attribute::bool("latest").optional().description("`true`: the newest point that can be restored."),
            Attribute::string("at_or_before")
                .optional()
                .validate(matches("an instant such as 2026-11-19T08:00:00Z", checks::is_instant))
                .description("The newest point that was taken at or before this instant (RFC 3339)."),
            Attribute::string("data_store")
                .optional()
                .validate(one_of(&["VaultStore"]))
                .description("Where the copy lies: `VaultStore` (default), the only store of points of vaulted blobs."),
            Attribute::string("max_age").optional().validate(positive_duration()).description(
                "Refuse a point that is older than this when it is restored, such as `26h`. Changing it sends nothing.",
            ),
            Attribute::bool("allow_partial")
                .optional()
                .description("Whether a point whose backup was only partial may be chosen. Default `false`."),
        ];
        let container_attributes = vec![
            Attribute::string("name")
                .required()
                .validate(matches("a container name", checks::is_container_name))
                .description("The container's name."),
            Attribute::list_of("prefixes", Type::String)
                .optional()
                .validate(list_length(1..=MOST_CONTAINERS))
                .validate(each(length_between(1..=1024)))
                .description("Only blobs whose names begin with one of these. Absent: the whole container. The order has no meaning."),
            Attribute::string("rename_to")
                .optional()
                .validate(matches("a container name", checks::is_container_name))
                .description("The container's name on the target (vaulted backup only). Absent: the same name."),
        ];
        let range_attributes = vec![
            Attribute::string("from")
                .required()
                .validate(length_between(1..=1024))
                .description("First name of the range: `container` or `container/blob`."),
            Attribute::string("to")
                .required()
                .validate(length_between(1..=1024))
                .description("End of the range, which is not itself in it."),
        ];
        vec![
            Attribute::string("backup_instance_id")
                .required()
                .same_when(|one, other| same(normal::id, one, other))
                .validate(matches("the id of a backup instance", checks::is_backup_instance_id))
                .description(
                    "The ARM id of the backup instance, as `azurerm_data_protection_backup_instance_blob_storage` gives it.",
                ),
            Attribute::string("point_in_time")
                .optional()
                .same_when(|one, other| same(normal::instant, one, other))
                .validate(matches("an instant such as 2026-11-19T08:00:00Z, or \"latest\"", checks::is_instant_or_latest))
                .description(
                    "Operational backup: the instant to go back to (RFC 3339), or `latest`, the end of the newest range. It \
                     is checked against the restorable ranges before anything is sent.",
                ),
            Attribute::object("recovery_point", recovery_point_attributes)
                .optional()
                .same_when(|one, other| same(recovery_point, one, other) && one.get("max_age") == other.get("max_age"))
                .description("Vaulted backup: the point to restore. Exactly one of `id`, `latest` and `at_or_before`."),
            Attribute::objects("containers", container_attributes)
                .optional()
                .same_when(|one, other| same(containers, one, other))
                .validate(list_length(1..=MOST_CONTAINERS))
                .description(
                    "The containers to restore; absent, all that are backed up. Vaulted: at most 100. Operational: at most \
                     10, prefixes counted one by one. The order has no meaning.",
                ),
            Attribute::objects("ranges", range_attributes)
                .optional()
                .same_when(|one, other| same(ranges, one, other))
                .validate(list_length(1..=MOST_RANGES))
                .description(
                    "Operational backup: ranges of names to restore, in the order of their bytes, at most 10. They may \
                     span containers and are sent as they are written.",
                ),
            Attribute::string("target_storage_account_id")
                .optional()
                .same_when(|one, other| same(normal::id, one, other))
                .validate(matches("the id of a storage account", checks::is_storage_account_id))
                .description("Vaulted backup: the ARM id of the storage account to restore into. Not the source account."),
            Attribute::string("restore_location")
                .optional()
                .same_when(|one, other| same(normal::location, one, other))
                .validate(length_between(1..=90))
                .description("The Azure region to restore in. Default: that of the protected storage account."),
        ]
    }

    fn rules(&self) -> Vec<Rule> {
        vec![
            exactly_one_of(&["point_in_time", "recovery_point"]),
            at_most_one_of(&["containers", "ranges"]),
            conflicts("recovery_point", &["ranges"]),
            conflicts("point_in_time", &["target_storage_account_id"]),
            required_with("recovery_point", &["target_storage_account_id"]),
        ]
    }

    fn meaning(&self) -> &'static [Meaning] {
        MEANING
    }

    fn item_argument(&self) -> &'static str {
        "backup_instance_id"
    }

    fn point_arguments(&self) -> &'static [&'static str] {
        &["point_in_time", "recovery_point"]
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        match Arguments::from_value(config, &Path::root()) {
            Ok(arguments) => checks::together(&arguments),
            Err(error) => Diagnostic::error("The arguments cannot be read", error.to_string()).into(),
        }
    }

    fn validate_at_creation(&self, config: &Value, now: OffsetDateTime) -> Diagnostics {
        checks::against_the_clock(config, now)
    }

    fn overwrites(&self, arguments: &Value) -> Option<Report> {
        if arguments.get("point_in_time").is_null() {
            return None;
        }
        let instance = arguments.get("backup_instance_id").as_str();
        let name = instance.and_then(|id| BackupInstanceId::parse(id).ok()).map(|id| id.name().to_owned());
        let target = match &name {
            Some(name) => format!("the storage account behind backup instance {name:?}"),
            None => "a storage account that is known after apply".to_owned(),
        };
        let at = match arguments.get("point_in_time").as_str() {
            Some("latest") => "the newest restorable instant",
            Some(at) => at,
            None => "an instant that is known after apply",
        };
        Some(
            Report::new(format!("Restoring overwrites {target}"))
                .say(format!(
                    "{} go back to {at}, in place. What was written to them since then is lost.",
                    checks::scope(arguments),
                ))
                .say("The ranges that are restored cannot be read or written until the restore has ended."),
        )
        .map(|report| Report { argument: Some("backup_instance_id"), ..report })
    }

    fn service(&self, connection: &Connection, arguments: &Value) -> Result<BackupVaultRestore, Diagnostics> {
        let arguments = Arguments::from_value(arguments, &Path::root())
            .map_err(|error| Diagnostic::error("The arguments cannot be read", error.to_string()))?;
        let instance = arguments.backup_instance_id.as_str().unwrap_or_default();
        let instance = BackupInstanceId::parse(instance).map_err(|error| {
            Diagnostic::error("Not a backup instance", error.to_string()).at(Path::attribute("backup_instance_id"))
        })?;
        let around = &connection.surroundings;
        Ok(BackupVaultRestore {
            client: connection.data_protection.clone(),
            rhythm: around.pace.brief,
            first_look: around.pace.first_look,
            random: std::sync::Arc::clone(&around.random),
            instance,
            selection: request::selection(&arguments)?,
            things: "blobs",
            source: "storage account",
            target: arguments.target_storage_account_id.as_str().map(str::to_owned),
            point_argument: if arguments.recovery_point.is_null() { "point_in_time" } else { "recovery_point" },
            data_source: OnceLock::new(),
            build: Box::new(move |instance, chosen| request::build(&arguments, instance, chosen)),
        })
    }

    async fn imported_job(&self, connection: &Connection, patience: &Patience, id: &str) -> Result<Job, Report> {
        let act = "Importing a restore of blobs";
        let example = "An import takes the ARM id of a restore job: \
                       /subscriptions/…/resourceGroups/…/providers/Microsoft.DataProtection/backupVaults/…/backupJobs/…";
        let id = BackupJobId::parse(id).map_err(|error| Report::new(act).say(error.to_string()).say(example))?;
        let job = connection
            .data_protection
            .job(&id, patience)
            .await
            .map_err(|error| Setback::from(error).report(format!("{act}: cannot read job {}", id.name())))?;
        let of_blobs = job.data_source_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case(BLOB_SERVICES));
        if !job.is_restore() || !of_blobs {
            let what = job.operation_category.as_deref().or(job.operation.as_deref()).unwrap_or("unknown");
            let kind = job.data_source_type.as_deref().unwrap_or("unknown");
            return Err(Report::new(format!("{act}: job {} is no restore of blobs", id.name()))
                .say(format!("Its operation is {what}, its data source type {kind}.")));
        }
        Ok(backup_vault::job(&job))
    }
}

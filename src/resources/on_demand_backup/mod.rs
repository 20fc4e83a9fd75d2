//! `azurebackup_on_demand_backup`: a backup of a protected item, now.

mod import;
mod request;

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use time::OffsetDateTime;

use self::request::problem;
use super::backup_vault::{INSTANCE, backup_instance};
use super::canonical;
use super::given::required_text;
use super::recovery_services::{PROTECTED_ITEM, protected_item};
use super::restore::{CANCEL_ON_DESTROY, ImportedJob, ReportedArgument, RestoreKind, diagnostic, wrong};
use crate::azure::data_protection::BackupInstanceId;
use crate::azure::deadline::Deadline;
use crate::azure::recovery_services::{BackupType, ProtectedItemId, WorkloadType};
use crate::connection::Connection;
use crate::model;
use crate::restore::activity::Activity;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::backup_vault::{BackupVaultJobs, InstanceBackup};
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::on_demand_backup::{BackupTarget, OnDemandBackup};
use crate::restore::operation::OperationPolling;
use crate::restore::record::{RestoreRecord, instant};
use crate::restore::recovery_services::{ItemBackup, ItemBackupCache, RecoveryServicesJobs, workload_named};
use crate::restore::workload::{ROLE_ON_VAULT, WorkloadNames};
use crate::tfplugin::diagnostics::{Diagnostics, Severity};
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{
    Rule, conflicts, exactly_one_of, length_between, one_of, required_with, text_checked_by,
};

const BACKUP_TYPE: &str = "backup_type";
const COMPRESSION: &str = "compression_enabled";
const EXPIRES_AT: &str = "expires_at";
const RULE_NAME: &str = "rule_name";
const RETENTION_TAG: &str = "retention_tag";

/// Markdown of the page.
const DESCRIPTION: &str = "\
    Backs up now, and waits until the backup job has ended and its recovery point is listed. It backs up a protected \
    item of a Recovery Services vault, or a backup instance of a Backup vault:\n\n\
    | what | arguments |\n|---|---|\n\
    | SQL Server database in an Azure VM | `protected_item_id`, `backup_type`: `Full`, `Differential`, `Log` or \
    `CopyOnlyFull` |\n\
    | SAP HANA database in an Azure VM | `protected_item_id`, `backup_type`: `Full`, `Differential` or \
    `Incremental` |\n\
    | Azure file share, Azure VM | `protected_item_id` |\n\
    | backup instance of a Backup vault | `backup_instance_id`, `rule_name` |\n\n\
    Creating the resource backs up once. It backs up again only if you change `triggers` or another argument, if the \
    last backup failed, or with `-replace`. Destroying the resource removes the backup from the state. **The recovery \
    point stays** until it expires: Azure has no call that deletes a single recovery point.\n\n\
    Azure does not say which recovery point a job made. This resource takes the one whose time lies between the start \
    and the end of the job, and whose type is that of the backup. In a Backup vault, the recovery point that the job \
    names goes before, if it names one. If there is none after a quarter of an hour, or more \
    than one, `recovery_point_id` is null and the apply warns: nothing is guessed. That the time of a recovery point \
    lies within its job is not documented by Microsoft.\n\n\
    The item must be protected. If another operation runs on it, for example a scheduled backup, the apply waits for \
    its end.\n\n\
    The identity of Terraform needs the role *Backup Operator* or *Backup Contributor* on the vault. All roles are \
    listed in [Permissions](../guides/permissions.md). What happens after Ctrl-C, a timeout or a lost runner is \
    described in [Interruptions](../guides/interruptions.md): what is said there of restores holds for backups.";

/// What an import cannot fill in, in Markdown.
const UNREPORTED: &str = "\
    A job of a Backup vault reports `backup_instance_id`. Write `rule_name` by hand. A job of a Recovery Services vault \
    reports the names of what was backed up. If exactly one protected item of the vault has them, the import fills in \
    `protected_item_id`. `backup_type` is filled in if the job names it, which jobs of databases do at their \
    end. `expires_at` and `compression_enabled` are taken from the configuration.";

/// Whatever is backed up, no hint names a role of the vault's identity, and who backs up needs one on the vault.
const BACKED_UP: WorkloadNames = WorkloadNames {
    things: "backups",
    source: "resource",
    datasource_type: "",
    caller_role: ROLE_ON_VAULT,
    roles: &[],
};

model! {
    /// The arguments.
    pub struct Arguments {
        /// What is backed up.
        pub protected_item_id: Attr<String>,
        /// What kind of backup of a database is taken.
        pub backup_type: Attr<String>,
        /// Whether a database compresses it.
        pub compression_enabled: Attr<bool>,
        /// Until when the point is kept.
        pub expires_at: Attr<String>,
        /// What is backed up, in a Backup vault.
        pub backup_instance_id: Attr<String>,
        /// The rule of the policy that it is backed up by.
        pub rule_name: Attr<String>,
        /// The tag that says how long the point is kept.
        pub retention_tag: Attr<String>,
        /// Whether a destroy cancels a backup that runs.
        pub cancel_on_destroy: Attr<bool>,
    }
}

impl Arguments {
    fn item(&self) -> Option<ProtectedItemId> {
        ProtectedItemId::parse(self.protected_item_id.as_str()?).ok()
    }

    /// The kind of backup of a database.
    fn backup_type(&self) -> Option<BackupType> {
        BackupType::read(self.backup_type.as_str()?)
    }
}

/// A backup on demand.
pub struct OnDemandBackupKind;

/// The backup of an item, by what its arguments say.
fn item_backup(connection: &Connection, item: ProtectedItemId, arguments: Arguments) -> ItemBackup {
    let (client, context) = (connection.recovery_services(), &connection.restore_context);
    let clock = Arc::clone(&context.clock);
    ItemBackup {
        jobs: RecoveryServicesJobs::backups(&client, item.vault().clone(), clock),
        client,
        polling: OperationPolling::of(context),
        item,
        item_argument: PROTECTED_ITEM.into(),
        backup_type: arguments.backup_type(),
        cancel_on_destroy: arguments.cancel_on_destroy.known() == Some(&true),
        build: Box::new(move |workload: WorkloadType| {
            let body = request::of_item(&arguments, workload)?;
            written(&body, PROTECTED_ITEM)
        }),
        cache: ItemBackupCache::default(),
    }
}

/// The backup of an instance. Without a rule it is one of which only jobs are read.
fn instance_backup(
    connection: &Connection,
    instance: BackupInstanceId,
    arguments: &Arguments,
) -> Result<InstanceBackup, RestoreError> {
    let body = request::of_instance(arguments)?.map(|body| written(&body, RULE_NAME)).transpose()?;
    Ok(InstanceBackup {
        jobs: BackupVaultJobs::backups(connection.data_protection(), instance.vault().clone()),
        instance,
        instance_argument: INSTANCE.into(),
        body,
        name: OnceLock::new(),
    })
}

fn written(body: &impl serde::Serialize, argument: &str) -> Result<serde_json::Value, RestoreError> {
    serde_json::to_value(body).map_err(|error| RestoreError::wrong(argument, format!("It cannot be sent: {error}.")))
}

#[async_trait]
impl RestoreKind for OnDemandBackupKind {
    type Arguments = Arguments;
    type Service = OnDemandBackup;

    fn activity(&self) -> Activity {
        Activity::Backup
    }

    fn type_name(&self) -> &'static str {
        "azurebackup_on_demand_backup"
    }

    fn description(&self) -> String {
        DESCRIPTION.to_owned()
    }

    fn attributes(&self) -> Vec<Attribute> {
        let words = BackupType::ALL.map(BackupType::as_str);
        let name = || length_between(1..=260);
        vec![
            protected_item().optional().description(
                "The ARM ID of the protected item of a Recovery Services vault. Take the `id` of \
                 `azurebackup_protected_vm_sql_database`, or look it up with the data source \
                 `azurebackup_protected_items`. Set exactly one of `protected_item_id` and `backup_instance_id`.",
            ),
            Attribute::string(BACKUP_TYPE).optional().requires_replace().validate(one_of(&words)).description(
                "What is backed up of a database: see the table above. Required for databases, and not set for other \
                 items. `CopyOnlyFull` does not change what later differential backups build on.",
            ),
            Attribute::bool(COMPRESSION).optional().absent_means(false).requires_replace().description(
                "Whether SQL Server or SAP HANA compresses the backup. Only for databases. Default `false`, which is \
                 sent: the setting of the policy is not used.",
            ),
            Attribute::string(EXPIRES_AT)
                .optional()
                .requires_replace()
                .canonical(canonical::instant)
                .validate(text_checked_by(|text| parse_instant(text).map(drop)))
                .description(
                    "The time until which Azure keeps the recovery point (RFC 3339). For databases only with `Full` \
                     and `CopyOnlyFull`: Azure keeps the other backups as long as the policy says. If it is not set, \
                     Azure decides. Do not use `timestamp()` here, or each apply backs up again.",
                ),
            backup_instance().optional().description(
                "The ARM ID of the backup instance of a Backup vault, such as the `id` of \
                 `azurerm_data_protection_backup_instance_disk`.",
            ),
            Attribute::string(RULE_NAME).optional().requires_replace().validate(name()).description(
                "The name of the rule of the backup policy by which a backup instance is backed up, such as \
                 `BackupDaily`. Required with `backup_instance_id`.",
            ),
            Attribute::string(RETENTION_TAG).optional().requires_replace().validate(name()).description(
                "The tag of the backup policy, such as `Default`, that says how long the recovery point of a backup \
                 instance is kept. If it is not set, Azure decides.",
            ),
            Attribute::bool(CANCEL_ON_DESTROY).optional().absent_means(false).updates_in_place().description(
                "`true`: destroying the resource while its backup runs cancels the job, and waits until it has ended. \
                 A replacement does not cancel. Not possible with `backup_instance_id`: Azure has no call for it. \
                 Default `false`: the backup goes on.",
            ),
        ]
    }

    fn workload(&self) -> Option<WorkloadNames> {
        Some(BACKED_UP)
    }

    fn rules(&self) -> Vec<Rule> {
        vec![
            exactly_one_of(&[PROTECTED_ITEM, INSTANCE]),
            required_with(INSTANCE, &[RULE_NAME]),
            conflicts(INSTANCE, &[BACKUP_TYPE, COMPRESSION, EXPIRES_AT, CANCEL_ON_DESTROY]),
            conflicts(PROTECTED_ITEM, &[RULE_NAME, RETENTION_TAG]),
        ]
    }

    fn item_path(&self, arguments: &Arguments) -> ArgumentPath {
        if arguments.backup_instance_id.is_null() { PROTECTED_ITEM.into() } else { INSTANCE.into() }
    }

    fn item_id(&self, arguments: &Arguments) -> Option<String> {
        let id = arguments.protected_item_id.as_str().or_else(|| arguments.backup_instance_id.as_str());
        id.map(str::to_owned)
    }

    fn point_arguments(&self) -> &'static [&'static str] {
        &[]
    }

    /// Each backup makes a point of its own.
    fn makes_something_new(&self, _: &Arguments) -> bool {
        true
    }

    fn validate(&self, config: &Arguments) -> Diagnostics {
        let workload = config.item().and_then(|item| workload_named(&item));
        let found = workload.and_then(|workload| problem(workload, config));
        found.map(|(argument, text)| wrong(argument, "Not a backup of this item", text)).into_iter().collect()
    }

    fn validate_at_creation(&self, config: &Arguments, now: OffsetDateTime) -> Diagnostics {
        let expires_at = config.expires_at.as_str().and_then(|text| parse_instant(text).ok());
        let detail = || format!("`{EXPIRES_AT}` must lie in the future. It is {} now.", instant(now));
        let past = expires_at.filter(|at| *at <= now);
        past.map(|_| wrong(EXPIRES_AT, "The recovery point would expire at once", detail())).into_iter().collect()
    }

    fn reported_arguments(&self, imported: &Arguments, _: &RestoreRecord) -> Vec<ReportedArgument> {
        let Arguments { protected_item_id, backup_instance_id, backup_type, .. } = imported;
        let reported = |name: &str, value: &Attr<String>| Some(ReportedArgument::new(name, value.as_str()?));
        let own = [(PROTECTED_ITEM, protected_item_id), (INSTANCE, backup_instance_id), (BACKUP_TYPE, backup_type)];
        own.into_iter().filter_map(|(name, value)| reported(name, value)).collect()
    }

    fn unreported(&self) -> String {
        UNREPORTED.to_owned()
    }

    fn service(&self, connection: &Connection, arguments: Arguments) -> Result<OnDemandBackup, Diagnostics> {
        let target: Arc<dyn BackupTarget> =
            if arguments.backup_instance_id.is_null() {
                let no_item = |reason: String| wrong(PROTECTED_ITEM, "Not a protected item", reason);
                let item = required_text(&arguments.protected_item_id, PROTECTED_ITEM);
                let item = item.map_err(|missing| no_item(missing.to_string()))?;
                let item = ProtectedItemId::parse(item).map_err(|error| no_item(error.to_string()))?;
                Arc::new(item_backup(connection, item, arguments))
            } else {
                let no_instance = |reason: String| wrong(INSTANCE, "Not a backup instance", reason);
                let instance = required_text(&arguments.backup_instance_id, INSTANCE);
                let instance = instance.map_err(|missing| no_instance(missing.to_string()))?;
                let instance = BackupInstanceId::parse(instance).map_err(|error| no_instance(error.to_string()))?;
                let backup = instance_backup(connection, instance, &arguments);
                Arc::new(backup.map_err(|error| {
                    diagnostic(Severity::Error, &error.to_message("The backup cannot be asked for"))
                })?)
            };
        Ok(OnDemandBackup::new(target, &connection.restore_context.wait_times))
    }

    async fn imported_job(
        &self,
        connection: &Connection,
        deadline: &Deadline,
        id: &str,
    ) -> Result<ImportedJob, UserMessage> {
        import::job(connection, deadline, id).await
    }
}

//! `azurebackup_on_demand_backup`: a backup of a protected item, now.

mod import;
mod request;

use std::sync::Arc;

use async_trait::async_trait;
use time::OffsetDateTime;

use self::request::problem;
use super::canonical;
use super::given::required_text;
use super::recovery_services::{PROTECTED_ITEM, protected_item};
use super::restore::{CANCEL_ON_DESTROY, ImportedJob, ReportedArgument, RestoreKind, wrong};
use crate::azure::deadline::Deadline;
use crate::azure::recovery_services::{BackupType, ProtectedItemId, WorkloadType};
use crate::connection::Connection;
use crate::model;
use crate::restore::activity::Activity;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::UserMessage;
use crate::restore::operation::OperationPolling;
use crate::restore::record::{RestoreRecord, instant};
use crate::restore::recovery_services::{
    BackupCache, BackupJobs, FoundPoint, OnDemandBackup, RecoveryServicesJobs, workload_named,
};
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{one_of, text_checked_by};

const BACKUP_TYPE: &str = "backup_type";
const COMPRESSION: &str = "compression_enabled";
const EXPIRES_AT: &str = "expires_at";

/// Markdown of the page.
const DESCRIPTION: &str = "\
    Backs a protected item up now, and waits until the backup job has ended and its recovery point is listed.\n\n\
    It backs up items of a Recovery Services vault:\n\n\
    | item | `backup_type` |\n|---|---|\n\
    | SQL Server database in an Azure VM | `Full`, `Differential`, `Log` or `CopyOnlyFull` |\n\
    | SAP HANA database in an Azure VM | `Full`, `Differential` or `Incremental` |\n\
    | Azure file share | not set |\n\
    | Azure VM | not set |\n\n\
    Creating the resource backs up once. It backs up again only if you change `triggers` or another argument, if the \
    last backup failed, or with `-replace`. Destroying the resource removes the backup from the state. **The recovery \
    point stays** until it expires: Azure has no call that deletes a single recovery point.\n\n\
    Azure does not say which recovery point a job made. This resource takes the one whose time lies between the start \
    and the end of the job, and whose type is that of the backup. If there is none after a quarter of an hour, or more \
    than one, `recovery_point_id` is null and the apply warns: nothing is guessed. That the time of a recovery point \
    lies within its job is not documented by Microsoft.\n\n\
    The item must be protected. If another operation runs on it, for example a scheduled backup, the apply waits for \
    its end.\n\n\
    The identity of Terraform needs the role *Backup Operator* or *Backup Contributor* on the vault. All roles are \
    listed in [Permissions](../guides/permissions.md). What happens after Ctrl-C, a timeout or a lost runner is \
    described in [Interruptions](../guides/interruptions.md): what is said there of restores holds for backups.";

/// What an import cannot fill in, in Markdown.
const UNREPORTED: &str = "\
    Azure reports the names of what was backed up. If exactly one protected item of the vault has them, the import \
    fills in `protected_item_id`. `backup_type` is filled in if the job names it, which jobs of databases do at their \
    end. `expires_at` and `compression_enabled` are taken from the configuration.";

/// What is backed up, before its kind is known.
const BACKED_UP: WorkloadNames =
    WorkloadNames { things: "backups", source: "protected item", datasource_type: "", roles: &[] };

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

impl OnDemandBackupKind {
    /// The jobs of the vault of this item.
    fn jobs(connection: &Connection, item: ProtectedItemId, backup_type: Option<BackupType>) -> BackupJobs {
        let (client, context) = (connection.recovery_services(), &connection.restore_context);
        let clock = Arc::clone(&context.clock);
        let jobs = RecoveryServicesJobs::backups(&client, item.vault().clone(), clock);
        BackupJobs {
            jobs,
            client,
            item,
            backup_type,
            point_listed: context.wait_times.point_listed,
            looks_again: context.wait_times.first_poll,
            found: FoundPoint::default(),
        }
    }
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
        vec![
            protected_item().required().description(
                "The ARM ID of the protected item. Take the `id` of `azurebackup_protected_vm_sql_database`, or look \
                 it up with the data source `azurebackup_protected_items`.",
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
            Attribute::bool(CANCEL_ON_DESTROY).optional().absent_means(false).updates_in_place().description(
                "`true`: destroying the resource while its backup runs cancels the job, and waits until it has ended. \
                 A replacement does not cancel. Default `false`: the backup goes on.",
            ),
        ]
    }

    fn workload(&self) -> Option<WorkloadNames> {
        Some(BACKED_UP)
    }

    fn item_path(&self, _: &Arguments) -> ArgumentPath {
        PROTECTED_ITEM.into()
    }

    fn item_id(&self, arguments: &Arguments) -> Option<String> {
        arguments.protected_item_id.as_str().map(str::to_owned)
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
        let item = imported.protected_item_id.as_str().map(|item| ReportedArgument::new(PROTECTED_ITEM, item));
        let backup_type = imported.backup_type.as_str().map(|word| ReportedArgument::new(BACKUP_TYPE, word));
        item.into_iter().chain(backup_type).collect()
    }

    fn unreported(&self) -> String {
        UNREPORTED.to_owned()
    }

    fn service(&self, connection: &Connection, arguments: Arguments) -> Result<OnDemandBackup, Diagnostics> {
        let no_item = |reason: String| wrong(PROTECTED_ITEM, "Not a protected item", reason);
        let item = required_text(&arguments.protected_item_id, PROTECTED_ITEM)
            .map_err(|missing| no_item(missing.to_string()))?;
        let item = ProtectedItemId::parse(item).map_err(|error| no_item(error.to_string()))?;
        Ok(OnDemandBackup {
            client: connection.recovery_services(),
            jobs: Self::jobs(connection, item, arguments.backup_type()),
            polling: OperationPolling::of(&connection.restore_context),
            item_argument: PROTECTED_ITEM.into(),
            cancel_on_destroy: arguments.cancel_on_destroy.known() == Some(&true),
            build: Box::new(move |workload: WorkloadType| request::request(&arguments, workload)),
            cache: BackupCache::default(),
        })
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

//! The adapter between Terraform and restores from a Backup vault: common arguments, the envelope of the request, and
//! the import. A workload adds its own arguments and the mapping to a target, and nothing else; see [`Workload`].

pub mod arguments;
pub mod containers;
mod envelope;
pub mod files;
#[cfg(test)]
pub mod golden;
mod import;
mod workload;

use std::sync::Arc;

use async_trait::async_trait;
use time::OffsetDateTime;

pub use self::workload::{RecoveryPointSupport, TargetContext, Workload, WorkloadProfile, destination};

pub use self::arguments::{INSTANCE, backup_instance};

use self::arguments::Arguments;
use crate::azure::data_protection::BackupInstanceId;
use crate::azure::deadline::Deadline;
use crate::azure::resource_id::ResourceId;
use crate::connection::Connection;
use crate::resources::arguments::point_in_time::{self, POINT_IN_TIME};
use crate::resources::arguments::recovery_point::RECOVERY_POINT;
use crate::resources::arguments::regions;
use crate::resources::given::{optional, required_text};
use crate::resources::restore::{ImportedJob, ReportedArgument, RestoreKind, UndecidedLimit, wrong};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::backup_vault::{BackupVaultJobs, BackupVaultRestore, ReportedJob, VaultCache, WorkloadNames};
use crate::restore::error::UserMessage;
use crate::restore::operation::OperationPolling;
use crate::restore::record::RestoreRecord;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::Rule;
use crate::tfplugin::value::Value;

const IDENTITY: &str = "user_assigned_identity_id";

/// The restore of a workload as a kind of restore.
pub struct FromBackupVault<W>(Arc<W>);

impl<W: Workload> FromBackupVault<W> {
    /// The restore of `workload` as a kind of restore.
    pub fn new(workload: W) -> Self {
        Self(Arc::new(workload))
    }
}

#[async_trait]
impl<W: Workload> RestoreKind for FromBackupVault<W> {
    type Arguments = Arguments<W::Arguments>;
    type Service = BackupVaultRestore;

    fn type_name(&self) -> &'static str {
        self.0.profile().type_name
    }

    fn description(&self) -> String {
        let WorkloadProfile { description, left_behind, .. } = self.0.profile();
        format!(
            "\
            {description}\n\n\
            Creating the resource restores once. It restores again only if you change `triggers` or another argument, \
            if the last restore failed, or with `-replace`. Destroying the resource removes the restore from the \
            state. {left_behind}.\n\n\
            All roles are listed in [Permissions](../guides/permissions.md). What happens after Ctrl-C, a timeout or a \
            lost runner is described in [Interruptions](../guides/interruptions.md)."
        )
    }

    fn attributes(&self) -> Vec<Attribute> {
        let profile = self.0.profile();
        let mut attributes = arguments::source(profile.recovery_points, profile.instance_resource);
        attributes.extend(self.0.attributes());
        attributes.extend(arguments::circumstances(profile.recovery_points));
        attributes
    }

    fn rules(&self) -> Vec<Rule> {
        let mut rules = arguments::rules(self.0.profile().recovery_points);
        rules.extend(self.0.rules());
        rules
    }

    fn with_implied_values(&self, arguments: &Value) -> Value {
        arguments::with_implied_store(arguments)
    }

    fn workload(&self) -> Option<WorkloadNames> {
        Some(self.0.profile().names)
    }

    fn item_path(&self, _arguments: &Self::Arguments) -> ArgumentPath {
        arguments::INSTANCE.into()
    }

    fn item_id(&self, arguments: &Self::Arguments) -> Option<String> {
        arguments.common.backup_instance_id.as_str().map(str::to_owned)
    }

    fn point_arguments(&self) -> &'static [&'static str] {
        arguments::point_arguments(self.0.profile().recovery_points)
    }

    fn validate(&self, config: &Self::Arguments) -> Diagnostics {
        let mut diagnostics = config.common.check();
        diagnostics.extend(self.0.validate(&config.workload));
        diagnostics
    }

    fn validate_at_creation(&self, config: &Self::Arguments, now: OffsetDateTime) -> Diagnostics {
        point_in_time::check_against_the_clock(&config.common.point_in_time, now).into_iter().collect()
    }

    fn overwrites(&self, arguments: &Self::Arguments) -> Option<UserMessage> {
        self.0.overwrites(&arguments.workload)
    }

    fn undecided_limit(&self, arguments: &Self::Arguments) -> Option<UndecidedLimit> {
        let own = self.0.undecided_limit(&arguments.workload);
        own.or_else(|| arguments.common.recovery_point.known()?.undecided_limit())
    }

    fn service(&self, connection: &Connection, arguments: Self::Arguments) -> Result<BackupVaultRestore, Diagnostics> {
        let Arguments { common, workload: own } = arguments;
        let no_instance = |reason: String| wrong(arguments::INSTANCE, "Not a backup instance", reason);
        let instance = required_text(&common.backup_instance_id, arguments::INSTANCE)
            .map_err(|missing| no_instance(missing.to_string()))?;
        let instance = BackupInstanceId::parse(instance).map_err(|error| no_instance(error.to_string()))?;
        let no_identity = |reason: String| wrong(IDENTITY, "Not an identity", reason);
        let identity = optional(&common.user_assigned_identity_id, IDENTITY)
            .map_err(|missing| no_identity(missing.to_string()))?
            .map(|id| ResourceId::parse(id))
            .transpose()
            .map_err(|error| no_identity(error.to_string()))?;
        let profile = self.0.profile();
        let workload = Arc::clone(&self.0);
        Ok(BackupVaultRestore {
            jobs: BackupVaultJobs::new(connection.data_protection(), instance.vault().clone(), common.region()),
            polling: OperationPolling::of(&connection.restore_context),
            instance,
            selection: common.selection(profile.recovery_points)?,
            point_argument: if common.point_in_time.is_null() { RECOVERY_POINT } else { POINT_IN_TIME }.into(),
            may_be_continuous: profile.recovery_points.point_in_time,
            names_a_guard: !common.resource_guard_id.is_null(),
            names: profile.names,
            restore_location: regions::read(&common.restore_location),
            identity: identity.clone(),
            destination: self.0.destination(&own),
            build: Box::new(move |basis| envelope::request(workload.as_ref(), &common, &own, identity.as_ref(), basis)),
            cache: VaultCache::default(),
        })
    }

    fn reported_arguments(&self, imported: &Self::Arguments, record: &RestoreRecord) -> Vec<ReportedArgument> {
        let (support, job) = (self.0.profile().recovery_points, ReportedJob::new(record));
        let mut reported = import::reported_arguments(&imported.common, support, job);
        reported.extend(self.0.reported_target(job));
        reported
    }

    fn unreported(&self) -> String {
        self.0.profile().unreported.to_owned()
    }

    async fn imported_job(
        &self,
        connection: &Connection,
        deadline: &Deadline,
        id: &str,
    ) -> Result<ImportedJob, UserMessage> {
        import::job(&self.0.profile(), &connection.data_protection(), deadline, id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::scripted::{ScriptedTransport, client};
    use crate::connection::scripted;
    use crate::resources::disk_restore::DiskRestore;
    use crate::resources::restore::read;
    use crate::tfplugin::schema::Schema;

    #[tokio::test]
    async fn a_restore_knows_whether_its_arguments_name_a_guard() {
        let connection = scripted::connection(client(&ScriptedTransport::new(Vec::new())));
        let kind = FromBackupVault::new(DiskRestore);
        let names_a_guard = |guard: Value| {
            let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
            let mut object = Schema::new("", kind.attributes()).null_object();
            object.set(arguments::INSTANCE, format!("{vault}/backupInstances/i"));
            object.set("resource_guard_id", guard);
            kind.service(&connection, read(&object).unwrap()).unwrap().names_a_guard
        };
        let guard = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/resourceGuards/r";
        assert!(names_a_guard(guard.into()) && !names_a_guard(Value::Null));
    }
}

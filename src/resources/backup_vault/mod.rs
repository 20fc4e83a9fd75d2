//! The face that every restore from a Backup vault shows to Terraform: common arguments, the envelope of the request, and
//! the import. A workload adds its own arguments and the mapping to a target, and nothing else; see [`Workload`].

pub mod arguments;
pub mod containers;
mod envelope;
pub mod files;
#[cfg(test)]
pub mod golden;
mod workload;

use std::sync::Arc;

use async_trait::async_trait;
use time::OffsetDateTime;

pub use self::workload::{Place, Points, Workload};

use self::arguments::Common;
use crate::azure::data_protection::{BackupInstanceId, BackupJobId};
use crate::azure::patience::Patience;
use crate::azure::resource_id::{Location, ResourceId};
use crate::connection::Connection;
use crate::resources::restore::{Meaning, RestoreKind};
use crate::restore::backup_vault::{self, BackupVaultRestore, Learned};
use crate::restore::facts::Job;
use crate::restore::setback::{Report, Setback};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::FromValue;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::Rule;
use crate::tfplugin::value::{Path, Value};

/// The restore of a workload as a kind of restore.
pub struct FromBackupVault<W>(Arc<W>);

impl<W: Workload> FromBackupVault<W> {
    /// Of this workload.
    pub fn new(workload: W) -> Self {
        Self(Arc::new(workload))
    }
}

/// The arguments as a typed model.
///
/// # Errors
/// A diagnostic; Terraform has checked the types, so only a hostile caller meets it.
pub fn read<T: FromValue>(arguments: &Value) -> Result<T, Diagnostics> {
    T::from_value(arguments, &Path::root())
        .map_err(|error| Diagnostic::error("The arguments cannot be read", error.to_string()).into())
}

#[async_trait]
impl<W: Workload> RestoreKind for FromBackupVault<W> {
    type Service = BackupVaultRestore;

    fn type_name(&self) -> &'static str {
        self.0.type_name()
    }

    fn description(&self) -> &'static str {
        self.0.description()
    }

    fn attributes(&self) -> Vec<Attribute> {
        let points = self.0.points();
        let mut attributes = arguments::source(points, self.0.instance_resource());
        attributes.extend(self.0.attributes());
        attributes.extend(arguments::circumstances(points));
        attributes
    }

    fn rules(&self) -> Vec<Rule> {
        let mut rules = arguments::rules(self.0.points());
        rules.extend(self.0.rules());
        rules
    }

    fn meaning(&self) -> Vec<Meaning> {
        let mut meaning = arguments::meaning(self.0.points());
        meaning.extend_from_slice(self.0.meaning());
        meaning
    }

    fn with_defaults(&self, arguments: &Value) -> Value {
        arguments::with_defaults(arguments)
    }

    fn item_argument(&self) -> &'static str {
        "backup_instance_id"
    }

    fn point_arguments(&self) -> &'static [&'static str] {
        arguments::point_arguments(self.0.points())
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = match read::<Common>(config) {
            Ok(common) => common.check(),
            Err(diagnostics) => return diagnostics,
        };
        diagnostics.extend(self.0.validate(config));
        diagnostics
    }

    fn validate_at_creation(&self, config: &Value, now: OffsetDateTime) -> Diagnostics {
        self.0.validate_at_creation(config, now)
    }

    fn overwrites(&self, arguments: &Value) -> Option<Report> {
        self.0.overwrites(arguments)
    }

    fn service(&self, connection: &Connection, arguments: &Value) -> Result<BackupVaultRestore, Diagnostics> {
        let common: Common = read(arguments)?;
        let instance = common.backup_instance_id.as_str().unwrap_or_default();
        let instance = BackupInstanceId::parse(instance).map_err(|error| {
            Diagnostic::error("Not a backup instance", error.to_string()).at(Path::attribute("backup_instance_id"))
        })?;
        let around = &connection.surroundings;
        let identity =
            common.user_assigned_identity_id.as_str().map(ResourceId::parse).transpose().map_err(|error| {
                Diagnostic::error("Not an identity", error.to_string()).at(Path::attribute("user_assigned_identity_id"))
            })?;
        let (workload, arguments) = (Arc::clone(&self.0), arguments.clone());
        Ok(BackupVaultRestore {
            client: connection.data_protection.clone(),
            rhythm: around.pace.brief,
            first_look: around.pace.first_look,
            random: Arc::clone(&around.random),
            instance,
            selection: common.selection(self.0.points())?,
            point_argument: if common.point_in_time.is_null() { "recovery_point" } else { "point_in_time" },
            words: self.0.words(),
            region: common.region(),
            restore_location: common.restore_location.as_str().map(Location::new),
            identity,
            destination: self.0.destination(&arguments),
            build: Box::new(move |basis| envelope::request(workload.as_ref(), &common, &arguments, basis)),
            learned: Learned::default(),
        })
    }

    async fn imported_job(&self, connection: &Connection, patience: &Patience, id: &str) -> Result<Job, Report> {
        let words = self.0.words();
        let what = format!("{} of {}s", words.things, words.source);
        let act = format!("Importing a restore of {what}");
        let example = "An import takes the ARM id of a restore job: \
                       /subscriptions/…/resourceGroups/…/providers/Microsoft.DataProtection/backupVaults/…/backupJobs/…";
        let id = BackupJobId::parse(id).map_err(|error| Report::new(&act).say(error.to_string()).say(example))?;
        let job = connection.data_protection.job(&id, patience).await.map_err(|error| {
            let missing = error.is_not_found() && self.0.points().have_a_secondary_region();
            let report = Setback::from(error).report(format!("{act}: cannot read job {}", id.name()));
            if missing {
                report.say(
                    "Jobs that restore from a secondary region are in no list of the vault, and cannot be imported.",
                )
            } else {
                report
            }
        })?;
        let kind = job.data_source_type.as_deref();
        if !job.is_restore() || !kind.is_none_or(|kind| kind.eq_ignore_ascii_case(words.datasource_type)) {
            let operation = job.operation_category.as_deref().or(job.operation.as_deref()).unwrap_or("unknown");
            return Err(Report::new(format!("{act}: job {} is no restore of {what}", id.name()))
                .say(format!("Its operation is {operation}, its data source type {}.", kind.unwrap_or("unknown"))));
        }
        Ok(backup_vault::job(&job))
    }
}

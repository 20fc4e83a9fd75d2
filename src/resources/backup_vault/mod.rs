//! The face that every restore from a Backup vault shows to Terraform: common arguments, the envelope of the request, and
//! the import. A workload adds its own arguments and the mapping to a target, and nothing else; see [`Workload`].

pub mod arguments;
pub mod containers;
mod envelope;
pub mod files;
#[cfg(test)]
pub mod golden;
mod import;
mod recovery_point;
mod workload;

use std::sync::Arc;

use async_trait::async_trait;
use time::OffsetDateTime;

pub use self::workload::{Place, Points, Workload};

use self::arguments::Common;
use crate::azure::data_protection::BackupInstanceId;
use crate::azure::patience::Patience;
use crate::azure::resource_id::{Location, ResourceId};
use crate::connection::Connection;
use crate::resources::restore::{ImportedJob, Meaning, RestoreKind};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::backup_vault::{BackupVaultJobs, BackupVaultRestore, Learned};
use crate::restore::operation::OperationPolling;
use crate::restore::setback::Report;
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

    fn description(&self) -> String {
        format!(
            "{}\n\nCreating the resource restores once. Nothing restores again by itself; `triggers`, a changed argument or \
             `-replace` does. Destroying the resource forgets the restore and leaves {}.",
            self.0.description(),
            self.0.left_behind()
        )
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

    fn item_path(&self, _arguments: &Value) -> ArgumentPath {
        arguments::INSTANCE.into()
    }

    fn item_id(&self, arguments: &Value) -> Option<String> {
        arguments.get(arguments::INSTANCE).as_str().map(str::to_owned)
    }

    fn point_arguments(&self) -> &'static [&'static str] {
        arguments::point_arguments(self.0.points())
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = match read::<Common>(config) {
            Ok(common) => common.check(),
            Err(diagnostics) => return diagnostics,
        };
        match read(config) {
            Ok(own) => diagnostics.extend(self.0.validate(&own)),
            Err(unreadable) => diagnostics.extend(unreadable),
        }
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
        let identity =
            common.user_assigned_identity_id.as_str().map(ResourceId::parse).transpose().map_err(|error| {
                Diagnostic::error("Not an identity", error.to_string()).at(Path::attribute("user_assigned_identity_id"))
            })?;
        let own: W::Arguments = read(arguments)?;
        let workload = Arc::clone(&self.0);
        Ok(BackupVaultRestore {
            jobs: BackupVaultJobs::new(connection.data_protection.clone(), instance.vault().clone(), common.region()),
            polling: OperationPolling::of(&connection.surroundings),
            instance,
            selection: common.selection(self.0.points())?,
            point_argument: if common.point_in_time.is_null() { "recovery_point" } else { "point_in_time" }.into(),
            words: self.0.words(),
            restore_location: common.restore_location.as_str().map(Location::new),
            identity: identity.clone(),
            destination: self.0.destination(arguments),
            build: Box::new(move |basis| envelope::request(workload.as_ref(), &common, &own, identity.as_ref(), basis)),
            learned: Learned::default(),
        })
    }

    async fn imported_job(
        &self,
        connection: &Connection,
        patience: &Patience,
        id: &str,
    ) -> Result<ImportedJob, Report> {
        import::job(self.0.words(), self.0.points(), &connection.data_protection, patience, id).await
    }
}

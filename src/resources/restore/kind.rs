//! What one kind of restore adds to what all restores share.

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::azure::patience::Patience;
use crate::connection::Connection;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::facts::Job;
use crate::restore::service::RestoreService;
use crate::restore::setback::Report;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::Rule;
use crate::tfplugin::value::Value;

/// An argument that decides what is restored or where to.
#[derive(Clone, Copy)]
pub struct Meaning {
    /// Its name.
    pub argument: &'static str,
    /// Its value, known throughout, without what has no meaning: case of ids, order of sets, notation of instants.
    pub normal: fn(&Value) -> serde_json::Value,
}

/// A job that an import names.
#[derive(Debug)]
pub struct ImportedJob {
    /// The job.
    pub job: Job,
    /// Arguments that say what it restores and where it was found; the protected item, where Azure tells it, is one.
    pub arguments: Vec<(&'static str, Value)>,
}

/// One kind of restore: its arguments, its checks, and its request. Everything else is the same for all.
#[async_trait]
pub trait RestoreKind: Send + Sync + 'static {
    /// The service the restore lives on.
    type Service: RestoreService;

    /// With the provider's prefix.
    fn type_name(&self) -> &'static str;

    /// Markdown of the documentation page.
    fn description(&self) -> String;

    /// Its own arguments.
    fn attributes(&self) -> Vec<Attribute>;

    /// Which of them go together.
    fn rules(&self) -> Vec<Rule>;

    /// Those that decide what is restored. `triggers` belongs to every kind and is not in the list.
    fn meaning(&self) -> Vec<Meaning>;

    /// The arguments with those defaults filled in that depend on other arguments, so that one who writes such a default
    /// out means the same. An argument of meaning is looked at after this.
    fn with_defaults(&self, arguments: &Value) -> Value {
        arguments.clone()
    }

    /// Where `arguments` name the protected item: what an error that concerns the item points at. A kind whose item is
    /// named by one of several alternatives looks which of them is given.
    fn item_path(&self, arguments: &Value) -> ArgumentPath;

    /// ARM id of the protected item of `arguments`; none while it is null or unknown.
    fn item_id(&self, arguments: &Value) -> Option<String>;

    /// The arguments that choose the point.
    fn point_arguments(&self) -> &'static [&'static str];

    /// Checks that need no Azure; values may be unknown.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Checks against the clock. They can turn false later, so only a plan that creates makes them.
    fn validate_at_creation(&self, config: &Value, now: OffsetDateTime) -> Diagnostics;

    /// What the restore will overwrite in place, as the text of a warning; none if it writes beside what is there.
    fn overwrites(&self, arguments: &Value) -> Option<Report>;

    /// The service for these arguments. Arguments may be null where a restore was imported: then jobs can be read, and
    /// nothing else is asked for.
    ///
    /// # Errors
    /// Diagnostics on the argument that cannot be used.
    fn service(&self, connection: &Connection, arguments: &Value) -> Result<Self::Service, Diagnostics>;

    /// The job that an import names.
    ///
    /// # Errors
    /// A [`Report`] if it is not there, or no restore of this kind.
    async fn imported_job(&self, connection: &Connection, patience: &Patience, id: &str)
    -> Result<ImportedJob, Report>;
}

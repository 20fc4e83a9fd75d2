//! What one workload adds to what all restores from a Backup vault share.

use time::OffsetDateTime;

use crate::azure::data_protection::{DataStore, RestoreTargetInfo};
use crate::azure::resource_id::{Location, ResourceId};
use crate::resources::restore::Meaning;
use crate::restore::backup_vault::{Destination, Words};
use crate::restore::setback::{Report, Setback};
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::FromValue;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::Rule;
use crate::tfplugin::value::Value;

/// Which points a workload has.
#[derive(Clone, Copy, Debug)]
pub struct Points {
    /// Whether its backup may be continuous, so that `point_in_time` is an alternative to `recovery_point`.
    pub continuous: bool,
    /// Where the copies lie that can be restored; the first is the default.
    pub data_stores: &'static [DataStore],
    /// Whether its points can be moved to the archive and rehydrated.
    pub archive: bool,
}

impl Points {
    /// Azure copies what lies in the vault to the secondary region, and nothing else.
    pub fn have_a_secondary_region(self) -> bool {
        self.data_stores.contains(&DataStore::VaultStore)
    }
}

/// What the mapping to a target may look at beside the arguments.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The protected resource; none if Azure does not say, or was not asked because its region may be down.
    pub source: Option<&'a ResourceId>,
    /// The region to restore in.
    pub location: &'a Location,
    /// Where the copy lies that is read.
    pub data_store: DataStore,
}

/// One workload of a Backup vault. Everything that is not here is the same for all.
pub trait Workload: Send + Sync + 'static {
    /// Its own arguments, typed.
    type Arguments: FromValue + Send + Sync;

    /// With the provider's prefix.
    fn type_name(&self) -> &'static str;

    /// Markdown of the documentation page, without what is said of every restore.
    fn description(&self) -> &'static str;

    /// What a destroy leaves, for a sentence: `the files where they are`.
    fn left_behind(&self) -> &'static str;

    /// How sentences name it.
    fn words(&self) -> Words;

    /// The resource of azurerm whose id `backup_instance_id` takes.
    fn instance_resource(&self) -> &'static str;

    /// Which points it has.
    fn points(&self) -> Points;

    /// Its own arguments: where to, and how much.
    fn attributes(&self) -> Vec<Attribute>;

    /// Which of its arguments go together.
    fn rules(&self) -> Vec<Rule> {
        Vec::new()
    }

    /// Those of its own arguments that decide what is restored.
    fn meaning(&self) -> &'static [Meaning];

    /// Checks of its own arguments that need no Azure; values may be unknown.
    fn validate(&self, config: &Self::Arguments) -> Diagnostics;

    /// Checks against the clock, made only by a plan that creates.
    fn validate_at_creation(&self, _config: &Value, _now: OffsetDateTime) -> Diagnostics {
        Diagnostics::new()
    }

    /// What it overwrites in place, as the text of a warning; none if it writes beside what is there.
    fn overwrites(&self, _arguments: &Value) -> Option<Report> {
        None
    }

    /// What is written to, if the arguments say so.
    fn destination(&self, arguments: &Value) -> Option<Destination>;

    /// Where to and how much, as Azure takes it. The one mapping a workload has.
    ///
    /// # Errors
    /// A [`Setback`] on the argument that cannot be used with what Azure says of the backup.
    fn restore_target(&self, arguments: &Self::Arguments, place: Place<'_>) -> Result<RestoreTargetInfo, Setback>;
}

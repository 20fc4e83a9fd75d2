//! What one workload adds to what all restores from a Backup vault share.

use crate::azure::data_protection::{DataStore, RestoreTargetInfo};
use crate::azure::resource_id::{Location, ResourceId};
use crate::resources::restore::{ReportedArgument, UndecidedLimit};
use crate::restore::backup_vault::ReportedJob;
use crate::restore::destination::Destination;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::{Attr, FromValue};
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::Rule;

/// What a workload's backups offer to restore from. Each member adds arguments to its resource; nothing else does.
#[derive(Clone, Copy, Debug)]
pub struct RecoveryPointSupport {
    /// `point_in_time`, an alternative to `recovery_point`: its backup may be continuous.
    pub point_in_time: bool,
    /// Values of `recovery_point.data_store`: where copies lie that can be restored. The first is the default.
    pub data_stores: &'static [DataStore],
    /// `rehydration`: its points can be moved to the archive and fetched from there.
    pub archive: bool,
    /// `secondary_region` and `source_region`: Azure restores from the copy of the vault there. Only what lies in
    /// `VaultStore` is copied.
    pub secondary_region: bool,
}

impl RecoveryPointSupport {
    /// The store that is read if nothing is said.
    pub fn default_store(self) -> DataStore {
        self.data_stores.first().copied().unwrap_or(DataStore::VaultStore)
    }
}

/// What is known of a workload without its arguments.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadProfile {
    /// Type name of the resource, with the provider's prefix: `azurebackup_disk_restore`.
    pub type_name: &'static str,
    /// Markdown of the documentation page, without what is said of every restore.
    pub description: &'static str,
    /// What a destroy leaves, a sentence without its full stop: `The files stay`.
    pub left_behind: &'static str,
    /// How sentences and Azure name it.
    pub names: WorkloadNames,
    /// The resource of azurerm whose id `backup_instance_id` takes.
    pub instance_resource: &'static str,
    /// What it can be restored from.
    pub recovery_points: RecoveryPointSupport,
    /// Arguments of its own that no job reports, and what to do about them, for the page's section on imports. Empty
    /// if all are reported.
    pub unreported: &'static str,
}

/// What the mapping to a target gets beside the arguments.
#[derive(Clone, Copy, Debug)]
pub struct TargetContext<'a> {
    /// The protected resource; none if Azure does not say, or was not asked because its region may be down.
    pub source: Option<&'a ResourceId>,
    /// The region to restore in.
    pub location: &'a Location,
    /// Where the copy lies that is read.
    pub data_store: DataStore,
}

/// One workload of a Backup vault, such as the blobs of a storage account: what its resource adds to the common
/// arguments, and how it maps them to a request. Choosing the point, regions, identity, sending and waiting are the
/// same for all workloads.
///
/// Four methods are required: [`Workload::profile`] and [`Workload::attributes`], called once when the provider lists
/// what it offers, [`Workload::restore_target`], called once for each restore, and its opposite
/// [`Workload::reported_target`], called for imports. The others have defaults and are for workloads with checks, with
/// warnings or with a target of their own. None of them may ask Azure for anything. All of them see the arguments typed:
/// while a plan is made they may be unknown, when the body is made they are known, and of an imported restore they may
/// be null.
pub trait Workload: Send + Sync + 'static {
    /// Its own arguments, and those of the common ones that it reads. Usually made with [`model!`](crate::model).
    type Arguments: FromValue + Send + Sync;

    /// Its names, its page and what it can be restored from.
    fn profile(&self) -> WorkloadProfile;

    /// Its own arguments: where to, and how much. Each says whether a change of it restores again (`requires_replace`)
    /// or not (`updates_in_place`), and what of its value has no meaning (`canonical`, `unordered`, `absent_means`).
    fn attributes(&self) -> Vec<Attribute>;

    /// Where to and how much, as Azure takes it. The one mapping a workload has; called once the point is chosen and
    /// what it needs of Azure is read, before anything is sent.
    ///
    /// # Errors
    /// A [`RestoreError`] on the argument that cannot be used with what Azure says of the backup.
    fn restore_target(
        &self,
        arguments: &Self::Arguments,
        place: TargetContext<'_>,
    ) -> Result<RestoreTargetInfo, RestoreError>;

    /// What a job reports about its own arguments, for imports: what Azure was sent, read back. Only what jobs are
    /// known to hold (docs/reference/azure-data-protection.md#jobs). Whether a value is one that the argument can have
    /// need not be checked: what the schema refuses counts as not reported.
    fn reported_target(&self, job: ReportedJob<'_>) -> Vec<ReportedArgument>;

    /// Rules between several of its arguments, beyond those of the common ones.
    fn rules(&self) -> Vec<Rule> {
        Vec::new()
    }

    /// Checks that need no Azure, in every validation and plan. Unknown values are skipped: they may become anything.
    fn validate(&self, _config: &Self::Arguments) -> Diagnostics {
        Diagnostics::new()
    }

    /// What it overwrites in place, as the text of the warning of a plan that begins a restore; none if it writes
    /// beside what is there. Made of the value that [`Workload::restore_target`] sends, so that the two cannot differ.
    fn overwrites(&self, _arguments: &Self::Arguments) -> Option<UserMessage> {
        None
    }

    /// An argument that limits what is restored, while the plan does not know whether it is set. If it turned out to be
    /// null, the apply would restore more than the plan could say, so such a plan is refused.
    fn undecided_limit(&self, _arguments: &Self::Arguments) -> Option<UndecidedLimit> {
        None
    }

    /// What is written to, where the arguments name it: restores to one destination take turns, and it is checked
    /// against what the vault allows. None: the protected resource itself.
    fn destination(&self, _arguments: &Self::Arguments) -> Option<Destination> {
        None
    }
}

/// The destination whose ARM id is the value of `argument`.
pub fn destination(argument: &str, id: &Attr<String>) -> Option<Destination> {
    let id = id.as_str()?;
    Some(Destination { argument: argument.into(), name: id.to_owned(), id: ResourceId::parse(id).ok() })
}

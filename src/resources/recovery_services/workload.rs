//! What one kind of item adds to what all restores from a Recovery Services vault share.

use crate::azure::recovery_services::{BackupManagementType, ItemRestoreRequest, JobType};
use crate::azure::resource_id::ResourceId;
use crate::resources::restore::ReportedArgument;
use crate::resources::restore::UndecidedLimit;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::destination::Destination;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::record::RestoreRecord;
use crate::restore::recovery_services::{
    ArchivedPoints, DatabaseTarget, DiskCheck, ItemRequestContext, ItemSupport, OriginalLocation, PointNeed,
    SkippedFiles, TargetShareCheck,
};
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::FromValue;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::Rule;

/// What is known of a kind of item without its arguments.
#[derive(Clone, Debug)]
pub struct ItemWorkloadProfile {
    /// Type name of the resource, with the provider's prefix: `azurebackup_file_share_restore`.
    pub type_name: &'static str,
    /// Markdown of the documentation page, without what is said of every restore.
    pub description: &'static str,
    /// What a destroy leaves, as a sentence without its full stop: `The files stay`.
    pub left_behind: &'static str,
    /// How sentences name it; the last member is `workloadType` of such items.
    pub names: WorkloadNames,
    /// Where `protected_item_id` comes from, as a sentence.
    pub item_source: &'static str,
    /// What an import cannot fill in, in Markdown, for the page.
    pub unreported: &'static str,
    /// Which of the vault's worlds it belongs to.
    pub management_type: BackupManagementType,
    /// The jobs that restore it.
    pub job_type: JobType,
    /// The resource whose id `protected_item_id` takes; none: no resource is such an item.
    pub item_resource: Option<&'static str>,
    /// What the vault and Azure are asked before it is restored.
    pub support: ItemSupport,
    /// Whether the state shows where the files of a database go.
    pub restores_files: bool,
    /// What can be restored from the secondary region, as a sentence; none: nothing can.
    pub across_regions: Option<&'static str>,
}

/// One kind of item in a Recovery Services vault, such as file shares: what its resource adds to the common arguments, and
/// how it maps them to a request. Choosing the point, sending, waiting and cancelling are the same for all.
///
/// Six methods are required; the others have defaults. None of them may ask Azure for anything. All of them see the
/// arguments typed: while a plan is made they may be unknown, when the body is made they are known, and of an imported
/// restore they are null.
pub trait ItemWorkload: Send + Sync + 'static {
    /// Its own arguments, and those of the common ones that it reads. Usually made with [`model!`](crate::model).
    type Arguments: FromValue + Send + Sync;

    /// Its names and its page.
    fn profile(&self) -> ItemWorkloadProfile;

    /// Its own arguments: where to, and how much. Each says whether a change of it restores again (`requires_replace`)
    /// or not (`updates_in_place`), and what of its value has no meaning.
    fn attributes(&self) -> Vec<Attribute>;

    /// The body of the request. The one mapping a kind has; called once the point is chosen, before anything is sent.
    ///
    /// # Errors
    /// A [`RestoreError`] on the argument that cannot be used with what Azure says of the backup.
    fn request(
        &self,
        arguments: &Self::Arguments,
        context: ItemRequestContext<'_>,
    ) -> Result<ItemRestoreRequest, RestoreError>;

    /// What the record of a job reports about its own arguments, item and point left out.
    fn reported(&self, record: &RestoreRecord) -> Vec<ReportedArgument>;

    /// Rules between several of its arguments.
    fn rules(&self) -> Vec<Rule> {
        Vec::new()
    }

    /// Checks that need no Azure, in every validation and plan. Unknown values are skipped: they may become anything.
    fn validate(&self, config: &Self::Arguments) -> Diagnostics;

    /// What it overwrites in place, as the text of the warning of a plan that begins a restore.
    fn overwrites(&self, arguments: &Self::Arguments) -> Option<UserMessage>;

    /// Whether each restore makes something new beside what others made, even with equal arguments.
    fn makes_something_new(&self, _arguments: &Self::Arguments) -> bool {
        false
    }

    /// An argument that limits what it overwrites in place, while the plan does not know whether it is set.
    fn undecided_limit(&self, _arguments: &Self::Arguments) -> Option<UndecidedLimit> {
        None
    }

    /// What is written to, where the arguments name it: restores to one destination take turns.
    fn destination(&self, _arguments: &Self::Arguments) -> Option<Destination> {
        None
    }

    /// What is written to where the arguments name no destination: by default the source.
    fn original_destination(&self, original: OriginalLocation<'_>) -> String {
        original.source.to_owned()
    }

    /// Where a database or its files go, where the arguments say so: it is looked at before anything is sent.
    fn database_target(&self, _arguments: &Self::Arguments) -> Option<DatabaseTarget> {
        None
    }

    /// The file share that is restored into, where the arguments name one: it is looked at before anything is sent.
    fn target_share(&self, _arguments: &Self::Arguments) -> Option<TargetShareCheck> {
        None
    }

    /// Where these arguments need a copy of the point, and why; none: wherever it can be read.
    fn point_need(&self, _arguments: &Self::Arguments) -> Option<PointNeed> {
        None
    }

    /// What becomes of points that are only in the archive.
    fn archived_points(&self, _arguments: &Self::Arguments) -> ArchivedPoints {
        ArchivedPoints::NotRestorable
    }

    /// The disks that are chosen from the point, where the arguments choose any: they are looked for in it.
    fn disks(&self, _arguments: &Self::Arguments) -> Option<DiskCheck> {
        None
    }

    /// The user-assigned identity that restores, with the argument that names it.
    fn identity(&self, _arguments: &Self::Arguments) -> Option<(ArgumentPath, ResourceId)> {
        None
    }

    /// Whether files that a job skips are what these arguments ask for.
    fn skipped_files(&self, _arguments: &Self::Arguments) -> SkippedFiles {
        SkippedFiles::Expected
    }
}

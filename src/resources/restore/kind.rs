//! What one kind of restore adds to what all restores share.

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::azure::deadline::Deadline;
use crate::connection::Connection;
use crate::restore::activity::Activity;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::UserMessage;
use crate::restore::record::{Job, RestoreRecord};
use crate::restore::service::RestoreService;
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::FromValue;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::Rule;
use crate::tfplugin::value::Value;

use super::reported::ReportedArgument;
use super::undecided_limit::UndecidedLimit;

/// A job that an import names.
pub struct ImportedJob {
    /// The job.
    pub job: Job,
    /// Arguments that say of what it is a job and where it was found: what its record cannot say.
    pub arguments: Vec<ReportedArgument>,
}

/// One kind of restore: its arguments, its checks, and the service that restores. Everything else, the resource with
/// its plans, state and imports, is made of it by [`RestoreResource`](super::RestoreResource).
///
/// Implemented once for each family of services, such as all workloads of Backup vaults; listed by the provider.
/// Methods without arguments are called once, when the provider lists what it offers. The required ones say what the
/// arguments are and which of their values are refused, what they protect, and how to restore; the others have defaults.
/// None but [`RestoreKind::imported_job`] may wait or send anything.
///
/// Arguments come typed. While a plan is made they may be unknown; when a service is asked for in an apply they are
/// known; of an imported restore all may be null.
#[async_trait]
pub trait RestoreKind: Send + Sync + 'static {
    /// Its own arguments.
    type Arguments: FromValue + Send + Sync;

    /// The backup service that restores.
    type Service: RestoreService;

    /// What it does, for the words of its page and its messages. Default: it restores.
    fn activity(&self) -> Activity {
        Activity::Restore
    }

    /// Type name of the resource, with the provider's prefix: `azurebackup_disk_restore`.
    fn type_name(&self) -> &'static str;

    /// Markdown of the documentation page.
    fn description(&self) -> String;

    /// Its own arguments. Each says whether a change of it restores again (`requires_replace`) or not
    /// (`updates_in_place`), and what of its value has no meaning; plans, intents and the page follow from that.
    fn attributes(&self) -> Vec<Attribute>;

    /// What is restored, for hints that name its roles. Default: not known.
    fn workload(&self) -> Option<WorkloadNames> {
        None
    }

    /// Where `arguments` name the protected item: what an error that concerns the item points at. A kind whose item is
    /// named by one of several alternatives returns the one that is given.
    fn item_path(&self, arguments: &Self::Arguments) -> ArgumentPath;

    /// ARM id of the protected item of `arguments`; none while it is null or unknown.
    fn item_id(&self, arguments: &Self::Arguments) -> Option<String>;

    /// The arguments that choose the point: a replacement that only these cause names both points.
    fn point_arguments(&self) -> &'static [&'static str];

    /// The service for these arguments, made anew for each call that needs Azure: apply, refresh, destroy, and a plan
    /// with `preflight`. The arguments may be null where a restore was imported: then only jobs are read through it.
    ///
    /// # Errors
    /// Diagnostics on the argument that cannot be used.
    fn service(&self, connection: &Connection, arguments: Self::Arguments) -> Result<Self::Service, Diagnostics>;

    /// The job that `terraform import` names. Called once for each import; the resource is then filled by a plan from
    /// the configuration.
    ///
    /// # Errors
    /// A [`UserMessage`] if it is not there, or no restore of this kind.
    async fn imported_job(
        &self,
        connection: &Connection,
        deadline: &Deadline,
        id: &str,
    ) -> Result<ImportedJob, UserMessage>;

    /// What the record of a job reports about its arguments, those of [`ImportedJob`] included: `imported` has these.
    /// Called for an import, which fills them in, and for each plan and update until the import has been applied, which
    /// refuse a configuration that says otherwise. The record may be nearly empty.
    fn reported_arguments(&self, imported: &Self::Arguments, record: &RestoreRecord) -> Vec<ReportedArgument>;

    /// What Azure makes where it has no job for the restore, for the words of the page: `database`. Default: it has one.
    fn makes(&self) -> Option<&'static str> {
        None
    }

    /// What an import cannot fill in, in Markdown, for the page; empty: nothing.
    fn unreported(&self) -> String;

    /// Whether it restores the files of a database, so that the state shows where they go. Default: not.
    fn restores_files(&self) -> bool {
        false
    }

    /// Rules between several of its arguments.
    fn rules(&self) -> Vec<Rule>;

    /// The arguments with what one of them implies for another filled in, so that whoever writes that out means the
    /// same. For what spans two arguments; what one means when it is absent, its attribute says.
    fn with_implied_values(&self, arguments: &Value) -> Value {
        arguments.clone()
    }

    /// Checks that need no Azure. Unknown values are skipped.
    fn validate(&self, config: &Self::Arguments) -> Diagnostics;

    /// Checks against the clock. They can fail later although nothing changed, so only a plan that begins a restore
    /// makes them.
    fn validate_at_creation(&self, config: &Self::Arguments, now: OffsetDateTime) -> Diagnostics;

    /// What the restore will overwrite in place, as the text of a warning; none if it writes beside what is there.
    fn overwrites(&self, _arguments: &Self::Arguments) -> Option<UserMessage> {
        None
    }

    /// Whether each restore makes something new beside what others made, even with equal arguments: then none of them is
    /// superseded by another. Default: no.
    fn makes_something_new(&self, _arguments: &Self::Arguments) -> bool {
        false
    }

    /// What a plan that begins a restore tells beside what it overwrites: what Azure decides where nothing is set. Each
    /// becomes a warning. Default: nothing.
    fn left_to_azure(&self, _arguments: &Self::Arguments) -> Vec<UserMessage> {
        Vec::new()
    }

    /// What of a change in place has no effect on what was restored already, as warnings of its plan. Default: nothing.
    fn without_effect(&self, _before: &Self::Arguments, _after: &Self::Arguments) -> Vec<UserMessage> {
        Vec::new()
    }

    /// What a destroy deletes in Azure, as the text of its plan's warning. Default: nothing.
    fn deletes_on_destroy(&self, _arguments: &Self::Arguments) -> Option<UserMessage> {
        None
    }

    /// Why a plan that begins a restore is refused: it does not know whether an argument is set that limits what is
    /// restored. None if no more can be restored than the plan knows.
    fn undecided_limit(&self, _arguments: &Self::Arguments) -> Option<UndecidedLimit> {
        None
    }
}

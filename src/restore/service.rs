//! The contract of a backup service that can restore. One implementation for each service. What is needed to read a job
//! is [`JobReader`]; what only some services have are [`Validation`] and [`Destruction`].

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::azure::client::ResponseTimeout;
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::job::JobStatus;
use crate::azure::limiter::Permit;
use crate::azure::operation::{AcceptedOperation, OperationStart};
use crate::azure::poll::PollResult;
use crate::restore::activity::Activity;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::JobReader;
use crate::restore::record::{Job, MadePoint, RestoreRecord, RestoredFile};
use crate::restore::workload::WorkloadNames;

/// A restore that can be sent: every selector replaced by what it chose.
#[derive(Clone, Debug)]
pub struct Resolved<R> {
    /// The body of the request.
    pub request: R,
    /// The point that was chosen; none where the backup is continuous.
    pub recovery_point_id: Option<String>,
    /// The instant that was chosen.
    pub recovery_point_time: Option<OffsetDateTime>,
}

/// The protected item that is restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreItem {
    /// Its ARM id. Jobs name it.
    pub id: String,
    /// The argument that names it: what an error about the item blames.
    pub argument: ArgumentPath,
}

/// What Azure's acceptance of a restore leads to.
#[derive(Debug)]
pub enum Accepted<O> {
    /// An operation that makes the job: seconds, then its result names the job. While it takes longer, the job is
    /// searched for in the list every few minutes, since the operation may hide a job that exists, or has even ended.
    Operation {
        /// What to poll.
        operation: O,
        /// When Azure suggests to poll first.
        retry_after: Option<Duration>,
    },
    /// An operation that is the restore: it lasts as long, and if it fails, the restore has failed. For services
    /// without jobs. The list is not searched meanwhile, since the job is known.
    RestoreOperation {
        /// What to poll.
        operation: O,
        /// When Azure suggests to poll first.
        retry_after: Option<Duration>,
        /// What [`JobReader::get`] would return for this restore, as far as it is known now; running.
        job: Box<Job>,
    },
    /// The end of the request, at once, with the name of the job if Azure gave it.
    Done(Option<String>),
}

impl<O> Accepted<O> {
    /// The same, with another form of the operation.
    pub(super) fn map<P>(self, form: impl FnOnce(O) -> P) -> Accepted<P> {
        match self {
            Self::Operation { operation, retry_after } => {
                Accepted::Operation { operation: form(operation), retry_after }
            }
            Self::RestoreOperation { operation, retry_after, job } => {
                Accepted::RestoreOperation { operation: form(operation), retry_after, job }
            }
            Self::Done(job) => Accepted::Done(job),
        }
    }
}

impl From<OperationStart<Option<String>>> for Accepted<AcceptedOperation> {
    /// What the answer to a request says that makes a job, whose name is the result.
    fn from(begun: OperationStart<Option<String>>) -> Self {
        match begun {
            OperationStart::Accepted(operation) => {
                let retry_after = operation.retry_after;
                Self::Operation { operation, retry_after }
            }
            OperationStart::Done(job) => Self::Done(job),
        }
    }
}

/// A restore of one protected item by one backup service, which [`Life`](crate::restore::life::Life) drives through its
/// phases.
///
/// The resource makes one for each call, out of the arguments; it lives as long as the call and holds no state that
/// must survive it. The order of calls is: [`RestoreService::jobs`] (the list is searched for a running restore),
/// [`RestoreService::resolve`], [`Validation::validate`], [`RestoreService::admit`], the list once more,
/// [`RestoreService::send`], [`RestoreService::operation`] until it has ended, and then the job through [`JobReader`].
/// Resuming, a refresh and an import call [`RestoreService::jobs`] and the names alone.
///
/// An implementation must guarantee that `send` sends at most once and says whether Azure may have accepted it, that
/// nothing but `send` begins a restore, and that the job reports the request id as its activity id. Every method that
/// waits must end at its deadline.
#[async_trait]
pub trait RestoreService: Send + Sync {
    /// The body of the request that restores, complete: made by `resolve`, checked by `validate`, sent by `send`.
    type Request: Send + Sync;
    /// What identifies the operation that the request starts, for `operation`.
    type Operation: Send + Sync;

    /// The jobs of the service, for the vault or server of this restore. Must not send anything.
    fn jobs(&self) -> &dyn JobReader;

    /// What is done. Default: a restore.
    fn activity(&self) -> Activity {
        Activity::Restore
    }

    /// What is restored, for messages: `blobs of storage account "x"`. May say more once [`RestoreService::resolve`]
    /// has learned more, or a job has said what it works for: `details` of its record.
    fn subject(&self, details: &BTreeMap<String, String>) -> String;

    /// What is restored, for hints that name its roles. Default: not known.
    fn workload(&self) -> Option<WorkloadNames> {
        None
    }

    /// The protected item, and the argument that names it. Jobs of other items are never taken for this restore.
    fn item(&self) -> RestoreItem;

    /// Where the request puts the files of a database. Called after `resolve`. Default: it says nothing of files.
    fn restored_files(&self) -> Vec<RestoredFile> {
        Vec::new()
    }

    /// Identifies what is written to; restores of one process to one target take turns. Case has no meaning. Called
    /// after `resolve`.
    fn target(&self) -> String;

    /// Finds the point, and checks what can be checked without asking for a restore. Called once, after the list showed
    /// no restore of the same intent.
    ///
    /// # Errors
    /// A [`RestoreError`], on the argument at fault where there is one.
    async fn resolve(&self, deadline: &Deadline, now: OffsetDateTime) -> Result<Resolved<Self::Request>, RestoreError>;

    /// Waits until the rate limits of Azure have room for one request that restores. Each [`RestoreService::send`]
    /// takes the room of one such wait, and does not wait itself: what was read before it is still true when it is
    /// sent. The room is kept until the permit is dropped, and there is little of it.
    ///
    /// # Errors
    /// [`Interrupted`] if the deadline passes or the user stops first.
    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted>;

    /// Sends the restore, once, by whatever method, and waits for the answer as long as `wait` says and never past
    /// `deadline`: an answer that has not come by then is lost. `id` is fresh each time; the service makes sure that the
    /// job reports it as its activity id.
    ///
    /// # Errors
    /// [`WriteError`], whose variants say whether Azure may have accepted it.
    async fn send(
        &self,
        request: &Self::Request,
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<Self::Operation>, WriteError>;

    /// Polls the operation once. Finished with the name of the job (none where Azure left it out), or with why there
    /// will be no job; of [`Accepted::RestoreOperation`], with why the restore has failed.
    ///
    /// # Errors
    /// [`ArmError`] when the operation cannot be read, which says nothing about the restore.
    async fn operation(
        &self,
        deadline: &Deadline,
        operation: &Self::Operation,
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError>;

    /// Azure's own check of a request, if the service has one. Default: it has none, and the answer to
    /// [`RestoreService::send`] is the first check.
    fn validation(&self) -> Option<&dyn Validation<Self::Request>> {
        None
    }

    /// The reaction to a destroy, if the service has one and the arguments ask for it. Default: none; destroying
    /// removes the restore from the state and changes nothing in Azure.
    fn destruction(&self) -> Option<&dyn Destruction> {
        None
    }

    /// The point that a backup has made, as [`JobReader::confirm`] has found it. Default: none.
    fn made_point(&self) -> Option<MadePoint> {
        None
    }

    /// What the user should know about an end that was good, beside what Azure warns of. Asked once it is confirmed.
    /// `subject` is what messages say is restored. Default: nothing.
    fn warnings_of_end(&self, _subject: &str) -> Vec<UserMessage> {
        Vec::new()
    }

    /// The one point that was taken at this time, for jobs that name no point. None if there is none, or more than one, or
    /// it cannot be read. Default: none.
    async fn point_taken_at(&self, _deadline: &Deadline, _time: OffsetDateTime) -> Option<String> {
        None
    }

    /// What the user should know about the restore, out of what [`RestoreService::resolve`] has read, though it can be done:
    /// each becomes a warning. Default: nothing.
    fn warnings(&self) -> Vec<UserMessage> {
        Vec::new()
    }

    /// What the user can do about a rejection of Azure that its codes do not say, out of what [`RestoreService::resolve`] has
    /// read. In whole sentences. Default: nothing.
    fn advice(&self, _rejection: &AzureError) -> Option<String> {
        None
    }

    /// Finds the argument that is at fault when the job list cannot be read, and why. Called only after a list has
    /// failed. Default: none.
    async fn diagnose_list_failure(&self, _deadline: &Deadline) -> Option<(ArgumentPath, String)> {
        None
    }
}

/// For services that check a request without restoring. What fails here has changed nothing, so it may be asked for again:
/// while the target is busy, or until a role has arrived.
#[async_trait]
pub trait Validation<R>: Send + Sync {
    /// Azure's own check, followed to its end. Called before each restore, and by a plan with `preflight`.
    ///
    /// # Errors
    /// A [`RestoreError`]: Azure's rejection, a result that could not be read, or why it could not be asked.
    async fn validate(&self, deadline: &Deadline, request: &R) -> Result<(), RestoreError>;
}

/// For services that can take back what a restore does, where the arguments ask for it. Called through
/// [`destroy`](crate::restore::destruction::destroy) when an object is really destroyed: not when it is replaced, and not
/// while another object of this process holds the same job.
#[async_trait]
pub trait Destruction: Send + Sync {
    /// Cancels the job, or deletes what it made. Must come to the same if called twice.
    ///
    /// # Errors
    /// A [`RestoreError`]; the object then stays in the state, so that a next destroy can try again.
    async fn destroy(&self, deadline: &Deadline, record: &RestoreRecord) -> Result<(), RestoreError>;

    /// What `destroy` has seen last of the job that it was to cancel: its name, and where it stood. Default: nothing.
    fn last_seen(&self) -> Option<(String, JobStatus)> {
        None
    }
}

//! What a backup service must be able to do so that a restore can live on it. One implementation for each service. What is
//! needed to read a job is [`JobReader`]; what only some services have are [`Validation`] and [`Destruction`].

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::azure::client::ResponseTimeout;
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::limiter::Permit;
use crate::azure::poll::PollResult;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::JobReader;
use crate::restore::record::{Job, RestoreRecord};

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
    /// An operation that makes the job: seconds, then its result names the job. While it takes longer, the job is looked
    /// for in the list every few minutes, since the operation may hide a job that is there, or even done.
    Operation {
        /// What to poll.
        operation: O,
        /// When Azure suggests to poll first.
        retry_after: Option<Duration>,
    },
    /// An operation that is the restore: it lasts as long, and if it fails, the restore has failed. For services without
    /// jobs. Nothing is looked for in a list meanwhile, since the job is known.
    RestoreOperation {
        /// What to poll.
        operation: O,
        /// When Azure suggests to poll first.
        retry_after: Option<Duration>,
        /// What [`JobReader::get`] tells of this restore, as far as it is known now. Running.
        job: Box<Job>,
    },
    /// The end of the request, at once, with the name of the job if Azure gave it.
    Done(Option<String>),
}

/// One protected item and one way to restore it.
#[async_trait]
pub trait RestoreService: Send + Sync {
    /// Where the job of the restore is read.
    type Jobs: JobReader;
    /// The body of the request that restores.
    type Request: Send + Sync;
    /// The operation that the request starts.
    type Operation: Send + Sync;

    /// The jobs of the service.
    fn jobs(&self) -> &Self::Jobs;

    /// What is restored, for sentences: `blobs of storage account "x"`. May say more once [`RestoreService::resolve`] has
    /// learned more.
    fn subject(&self) -> String;

    /// The protected item.
    fn item(&self) -> RestoreItem;

    /// What is written to; restores of one process onto one target take turns.
    fn target(&self) -> String;

    /// Finds the point, and checks what can be checked without asking for a restore. Called once, after the list showed
    /// no restore of the same intent.
    ///
    /// # Errors
    /// A [`RestoreError`], on the argument at fault where there is one.
    async fn resolve(&self, deadline: &Deadline, now: OffsetDateTime) -> Result<Resolved<Self::Request>, RestoreError>;

    /// Waits until the rate limits of Azure have room for one request that restores. Each [`RestoreService::send`] takes
    /// the room of one such wait, and does not wait itself: what was looked at before it is still true when it is sent.
    /// The room is kept until the permit is dropped, and there is little of it.
    ///
    /// # Errors
    /// [`Interrupted`] if patience ends first.
    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted>;

    /// Sends the restore, once, by whatever method. `patience` ends before sending or not at all; what was sent is heard
    /// out as `wait` says. `id` is fresh each time; the service sees to it that the job tells it as its activity id.
    ///
    /// # Errors
    /// [`WriteError`] tells whether Azure may have taken it.
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

    /// Azure's own check of a request, if the service has one. Default: it has none, and the first that Azure says of a
    /// request is its answer to [`RestoreService::send`].
    fn validation(&self) -> Option<&dyn Validation<Self::Request>> {
        None
    }

    /// What the restore does when its object is destroyed, if the service can do anything and the arguments ask for it.
    /// Default: nothing; destroying forgets.
    fn destruction(&self) -> Option<&dyn Destruction> {
        None
    }

    /// The argument that is at fault when the list cannot be read, and why; asked only after it could not. Default: none.
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
    /// A [`RestoreError`]: Azure's no, or the way to it.
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
}

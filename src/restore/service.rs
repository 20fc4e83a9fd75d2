//! What a backup service must be able to do so that a restore can live on it. One implementation per kind of vault.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::azure::client::AnswerWait;
use crate::azure::error::{ArmError, AzureError, PostError};
use crate::azure::limiter::Permit;
use crate::azure::patience::{Ended, Patience};
use crate::azure::poll::Sighting;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::facts::Job;
use crate::restore::intent::ClientRequestId;
use crate::restore::setback::Setback;

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

/// What Azure's acceptance of a trigger leads to.
#[derive(Debug)]
pub enum Accepted<O> {
    /// The operation whose fruit is the job.
    Operation {
        /// Where to look.
        operation: O,
        /// When Azure suggests to look first.
        retry_after: Option<Duration>,
    },
    /// The end, at once, with the name of the job if Azure gave it.
    Done(Option<String>),
}

/// The job list of a vault, whole.
#[derive(Clone, Debug, Default)]
pub struct JobList {
    /// In no order.
    pub jobs: Vec<Job>,
    /// How many requests it took.
    pub requests: usize,
}

/// One protected item and one way to restore it.
#[async_trait]
pub trait RestoreService: Send + Sync {
    /// The body of the trigger.
    type Request: Send + Sync;
    /// The operation a trigger starts.
    type Operation: Send + Sync;

    /// What is restored, for sentences: `blobs of storage account "x"`.
    fn subject(&self) -> String;

    /// ARM id of the protected item.
    fn item_id(&self) -> String;

    /// Names the list in which the job appears; restores that give the same name share its reading.
    fn job_list(&self) -> String;

    /// Whether a look at a job costs one of the few writes that Azure allows, so that looks should be rarer.
    fn looks_are_writes(&self) -> bool {
        false
    }

    /// What `terraform import` takes for the job of this ARM id.
    fn import_id(&self, job_id: &str) -> String {
        job_id.to_owned()
    }

    /// The argument that names the protected item.
    fn item_argument(&self) -> ArgumentPath;

    /// What is written to; restores of one process onto one target take turns.
    fn target(&self) -> String;

    /// Finds the point, and checks what can be checked without asking for a restore.
    ///
    /// # Errors
    /// A [`Setback`], on the argument at fault where there is one.
    async fn resolve(&self, patience: &Patience, now: OffsetDateTime) -> Result<Resolved<Self::Request>, Setback>;

    /// Azure's own validation, followed to its end.
    ///
    /// # Errors
    /// A [`Setback`]: Azure's no, or the way to it.
    async fn validate(&self, patience: &Patience, request: &Self::Request) -> Result<(), Setback>;

    /// Waits until the rate limits of Azure have room for one trigger. Each [`RestoreService::trigger`] takes the room
    /// of one such wait, and does not wait itself: what was looked at before it is still true when it is sent. The room
    /// is kept until the permit is dropped, and there is little of it.
    ///
    /// # Errors
    /// [`Ended`] if patience ends first.
    async fn admit(&self, patience: &Patience) -> Result<Permit, Ended>;

    /// Sends the restore, once. `patience` ends before sending or not at all; what was sent is heard out as `wait` says.
    ///
    /// # Errors
    /// [`PostError`] tells whether Azure may have taken it.
    async fn trigger(
        &self,
        request: &Self::Request,
        id: ClientRequestId,
        patience: &Patience,
        wait: AnswerWait,
    ) -> Result<Accepted<Self::Operation>, PostError>;

    /// Looks once at the operation. Finished with the name of the job (none where Azure left it out), or with why
    /// there will be no job.
    ///
    /// # Errors
    /// [`ArmError`] when the operation cannot be read, which says nothing about the restore.
    async fn operation(
        &self,
        patience: &Patience,
        operation: &Self::Operation,
    ) -> Result<Sighting<Result<Option<String>, Box<AzureError>>>, ArmError>;

    /// Every job that the vault lists and that could be one of ours. Ask [`Watch::list`], which asks once for many.
    ///
    /// # Errors
    /// [`ArmError`]; a list that cannot be read whole is an error, never a shorter list.
    ///
    /// [`Watch::list`]: crate::restore::watch::Watch::list
    async fn jobs(&self, patience: &Patience) -> Result<JobList, ArmError>;

    /// The argument that is at fault when the list cannot be read, and why; asked only after it could not.
    async fn obstacle(&self, _patience: &Patience) -> Option<(ArgumentPath, String)> {
        None
    }

    /// One job.
    ///
    /// # Errors
    /// [`ArmError`]; a job that is not there is a refusal with status 404.
    async fn job(&self, patience: &Patience, name: &str) -> Result<Job, ArmError>;
}

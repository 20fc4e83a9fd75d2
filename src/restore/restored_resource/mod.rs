//! Restores of services without jobs: a PUT makes a new resource (a database, a server) out of a backup. The resource plays
//! the part of the job, and a tag on it says whose it is. What differs between kinds of resources is a [`RestoredResource`]
//! and a [`RestoreSource`]; their implementations lie with their services.

mod destruction;
mod jobs;
mod reach;
mod target;

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::time::Duration;
use time::OffsetDateTime;

pub use self::jobs::{ResourceJobs, as_job};
pub use self::reach::within;
pub use self::target::{Cancellation, MakingOperation, ResourceFacts, ResourceNames, RestoreSource, RestoredResource};

use crate::azure::client::ResponseTimeout;
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::job::JobStatus;
use crate::azure::limiter::Permit;
use crate::azure::operation::{AcceptedOperation, OperationStart};
use crate::azure::poll::PollResult;
use crate::azure::restore_tag::Tagged;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::JobListNames;
use crate::restore::jobs::JobReader;
use crate::restore::life::RestoreContext;
use crate::restore::operation::OperationPolling;
use crate::restore::record::Job;
use crate::restore::service::{Accepted, Destruction, Resolved, RestoreItem, RestoreService};
use crate::restore::workload::WorkloadNames;

/// What a destroy does with the resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnDestroy {
    /// Cancels the restore if it runs.
    pub cancel: bool,
    /// Deletes what the restore has made.
    pub delete: bool,
}

/// A restore that makes one resource.
pub struct ResourceRestore<T: RestoredResource> {
    /// The resource, as the job of the restore.
    pub(super) jobs: ResourceJobs<T>,
    /// What it is made of; none where only the target is read (an import knows no more).
    source: Option<Box<dyn RestoreSource<T::Request>>>,
    /// The argument that names the source, given or not.
    source_argument: ArgumentPath,
    /// The argument that names the resource.
    name_argument: ArgumentPath,
    /// What a destroy does.
    on_destroy: OnDestroy,
    /// How a deletion or a cancellation is waited for.
    polling: OperationPolling,
    /// How long a resource is waited for that is not there though Azure may be making it.
    appears: Duration,
}

impl<T: RestoredResource> ResourceRestore<T> {
    /// A restore of `source` that makes `target`, which `name_argument` names.
    pub fn new(
        target: T,
        context: &RestoreContext,
        source: Option<Box<dyn RestoreSource<T::Request>>>,
        source_argument: ArgumentPath,
        name_argument: impl Into<ArgumentPath>,
        on_destroy: OnDestroy,
    ) -> Self {
        Self {
            jobs: ResourceJobs::new(target, context),
            source,
            source_argument,
            name_argument: name_argument.into(),
            on_destroy,
            polling: OperationPolling::of(context),
            appears: context.wait_times.job_appears,
        }
    }

    fn resource(&self) -> &T {
        self.jobs.target()
    }

    /// A resource of the name that is there already is never touched, whoever has made it.
    async fn name_is_free(&self, deadline: &Deadline) -> Result<(), RestoreError> {
        match self.resource().read(deadline).await {
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error.into()),
            Ok(found) => Err(RestoreError::wrong(self.name_argument.clone(), taken(self.resource(), &found))),
        }
    }

    fn running(&self, activity_id: String) -> Job {
        let id = self.resource().id().to_string();
        let start_time = Some(self.jobs.clock().now());
        Job { activity_id, start_time, ..Job::new(id.clone(), id, JobStatus::InProgress("Restoring".to_owned())) }
    }
}

/// What is not there is the fault of the argument that names it.
pub fn missing(error: ArmError, argument: ArgumentPath, text: String) -> RestoreError {
    if error.is_not_found() {
        RestoreError::Missing { argument, text, error: Box::new(error) }
    } else {
        RestoreError::from(error)
    }
}

fn taken<T: RestoredResource>(target: &T, found: &ResourceFacts) -> String {
    let JobListNames { keeper, entry, .. } = T::NAMES.list;
    let (id, name) = (target.id(), target.id().decoded_name());
    let whose = match &found.restored_by {
        Some(request) => format!("Another restore has made it (request id {request})."),
        None => "It does not say that a restore of this provider has made it.".to_owned(),
    };
    format!(
        "The {keeper} has a {entry} {name:?} already ({}). {whose} A restore never overwrites a {entry}, and this one \
         was not touched. Choose another name, or delete the {entry} first. If this is the restore that you want, and \
         it was started elsewhere: `terraform import ADDRESS '{id}'`.",
        found.status
    )
}

#[async_trait]
impl<T: RestoredResource> RestoreService for ResourceRestore<T> {
    type Request = T::Request;
    type Operation = AcceptedOperation;

    fn jobs(&self) -> &dyn JobReader {
        &self.jobs
    }

    fn subject(&self, _: &BTreeMap<String, String>) -> String {
        self.resource().subject()
    }

    fn workload(&self) -> Option<WorkloadNames> {
        Some(T::NAMES.workload)
    }

    fn item(&self) -> RestoreItem {
        let target = || RestoreItem { id: self.resource().id().to_string(), argument: self.source_argument.clone() };
        self.source.as_ref().map_or_else(target, |source| source.item())
    }

    fn target(&self) -> String {
        self.resource().id().to_string()
    }

    async fn resolve(&self, deadline: &Deadline, now: OffsetDateTime) -> Result<Resolved<T::Request>, RestoreError> {
        let source = self.source.as_ref();
        let source = source.ok_or_else(|| RestoreError::wrong(self.source_argument.clone(), "No source is given."))?;
        self.name_is_free(deadline).await?;
        source.resolve(deadline, now).await
    }

    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted> {
        self.resource().arm_client().admit_write(self.resource().id().as_str(), deadline).await
    }

    async fn send(
        &self,
        request: &T::Request,
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<AcceptedOperation>, WriteError> {
        let tagged = request.clone().tagged(id.to_string());
        self.jobs.sees_it_running();
        Ok(match self.resource().put(&tagged, id.uuid(), deadline, wait).await? {
            OperationStart::Accepted(operation) => Accepted::RestoreOperation {
                retry_after: operation.retry_after,
                operation,
                job: Box::new(self.running(id.to_string())),
            },
            OperationStart::Done(()) => Accepted::Done(Some(self.resource().id().to_string())),
        })
    }

    async fn operation(
        &self,
        deadline: &Deadline,
        operation: &AcceptedOperation,
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError> {
        Ok(match self.resource().operation(operation, deadline).await? {
            // The `Retry-After` of each 202 is that of an operation of minutes. A restore may last for hours.
            PollResult::Pending { note, .. } => {
                let progress = self.jobs.progress(deadline).await;
                let note = progress.map_or(note.clone(), |progress| format!("{note}, {progress}"));
                PollResult::Pending { note, retry_after: None }
            }
            PollResult::Ready(ended) => PollResult::Ready(ended.map(|_| None)),
        })
    }

    fn destruction(&self) -> Option<&dyn Destruction> {
        (self.on_destroy != OnDestroy::default()).then_some(self as &dyn Destruction)
    }
}

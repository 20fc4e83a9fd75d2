//! Cancelling the job of a restore, or of a backup, when its object is destroyed.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::job::may_be_of;
use super::{RecoveryServicesJobs, RecoveryServicesRestore};
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::job::JobStatus;
use crate::azure::recovery_services::{ProtectedItemId, RecoveryServices, RecoveryServicesJob};
use crate::restore::error::RestoreError;
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::{JobReader, half_listed};
use crate::restore::life::oldest_that_matters;
use crate::restore::operation::OperationPolling;
use crate::restore::record::{Job, RestoreRecord, shown};
use crate::restore::service::Destruction;

/// A job of an item that is to be cancelled.
pub(super) struct JobCancellation<'a> {
    pub(super) client: &'a RecoveryServices,
    pub(super) jobs: &'a RecoveryServicesJobs,
    pub(super) polling: &'a OperationPolling,
    pub(super) item: &'a ProtectedItemId,
    pub(super) seen: &'a LastSeen,
}

/// What was last seen of the job that is cancelled: its ARM id, and where it stood.
#[derive(Debug, Default)]
pub struct LastSeen(Mutex<Option<(String, JobStatus)>>);

impl LastSeen {
    pub(super) fn get(&self) -> Option<(String, JobStatus)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Destruction for RecoveryServicesRestore {
    async fn destroy(&self, deadline: &Deadline, record: &RestoreRecord) -> Result<(), RestoreError> {
        let cancellation = JobCancellation {
            client: &self.client,
            jobs: &self.jobs,
            polling: &self.polling,
            item: &self.item,
            seen: &self.cache.cancelled,
        };
        cancellation.run(deadline, record).await
    }

    fn last_seen(&self) -> Option<(String, JobStatus)> {
        self.cache.cancelled.get()
    }
}

impl JobCancellation<'_> {
    /// Asks Azure to cancel a job that runs, and waits until it has ended in any way. A job that has ended, or whose record
    /// is gone, is left as it is.
    pub(super) async fn run(&self, deadline: &Deadline, record: &RestoreRecord) -> Result<(), RestoreError> {
        let Some(name) = self.name_of_job(deadline, record).await? else { return Ok(()) };
        let name = name.as_str();
        let job = match self.jobs.read(deadline, name).await {
            Err(error) if error.is_not_found() => return Ok(()),
            other => other?,
        };
        self.saw(&job);
        if job.status.is_ended() {
            return Ok(());
        }
        self.is_the_one(&job, record)?;
        match self.client.cancel_job(&job.id, deadline).await {
            // Between the two requests it may have ended.
            Err(ArmError::Refused(_)) if self.has_ended(deadline, name).await? => return Ok(()),
            other => other?,
        }
        tracing::info!(job = name, "asked Azure to cancel the job");
        self.polling.wait_until(deadline, || self.has_ended(deadline, name)).await
    }

    /// Nothing is cancelled that says that it is another's: a state may name any job.
    fn is_the_one(&self, job: &RecoveryServicesJob, record: &RestoreRecord) -> Result<(), RestoreError> {
        let activity = job.activity_id.as_deref().filter(|id| ClientRequestId::is_like(id));
        let is_ours = activity.zip(record.request_id()).is_none_or(|(activity, ours)| ours.is(activity));
        if is_ours && may_be_of(job, self.jobs.activity()) {
            return Ok(());
        }
        let noun = self.jobs.activity().words().noun;
        let text = format!(
            "`cancel_on_destroy = true` asks for the {noun} to be cancelled, but job {}, which the state names, is another's: \
             it does {:?} for {:?}, and its activity id is {:?}. Nothing was cancelled. To remove the resource without \
             cancelling anything, use `terraform state rm`.",
            job.id,
            shown(job.operation.as_deref().unwrap_or_default()),
            shown(job.entity_friendly_name.as_deref().unwrap_or_default()),
            shown(job.activity_id.as_deref().unwrap_or_default()),
        );
        Err(RestoreError::Wrong { argument: None, text })
    }

    /// The job of `record`; none if it has none to cancel. After an interruption only its request may be known, and a job
    /// that is not found by it must not be forgotten in silence: it may run.
    async fn name_of_job(&self, deadline: &Deadline, record: &RestoreRecord) -> Result<Option<String>, RestoreError> {
        if record.job_name.is_some() || !record.status.is_open() {
            return Ok(record.job_name.clone());
        }
        let listed = self.jobs.list(deadline, oldest_that_matters(self.jobs.now(), record)).await?.jobs;
        if let Some(job) = listed.iter().find(|job| record.identifies(job)) {
            return Ok(Some(job.name.clone()));
        }
        // A list may leave out whose they are.
        let of_record = |job: &Job| record.identifies(job);
        let item_id = self.item.to_string();
        if let Some(job) = half_listed(self.jobs, deadline, &listed, &item_id, &of_record).await?.pop() {
            return Ok(Some(job.name));
        }
        let id = shown(record.client_request_id.as_deref().unwrap_or_default());
        Err(RestoreError::Wrong {
            argument: None,
            text: format!(
                "`cancel_on_destroy = true` asks for the job to be cancelled, but the vault lists no job with request id \
                 {id:?}. Nothing was cancelled. It can take some minutes until Azure lists a job. To remove the resource \
                 without cancelling the job, use `terraform state rm`."
            ),
        })
    }

    async fn has_ended(&self, deadline: &Deadline, name: &str) -> Result<bool, ArmError> {
        match self.jobs.read(deadline, name).await {
            Ok(job) => {
                self.saw(&job);
                Ok(job.status.is_ended())
            }
            Err(error) if error.is_not_found() => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn saw(&self, job: &RecoveryServicesJob) {
        let seen = (job.id.to_string(), job.status.clone());
        *self.seen.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }
}

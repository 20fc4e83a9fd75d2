//! Cancelling the job of a restore when its object is destroyed.

use async_trait::async_trait;

use super::RecoveryServicesRestore;
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::restore::error::RestoreError;
use crate::restore::record::RestoreRecord;
use crate::restore::service::Destruction;

/// Asks Azure to cancel a job that runs, and waits until it has ended in any way. A job that has ended, or whose record is
/// gone, is left as it is.
#[async_trait]
impl Destruction for RecoveryServicesRestore {
    async fn destroy(&self, deadline: &Deadline, record: &RestoreRecord) -> Result<(), RestoreError> {
        let Some(name) = record.job_name.as_deref() else { return Ok(()) };
        let job = match self.jobs.read(deadline, name).await {
            Err(error) if error.is_not_found() => return Ok(()),
            other => other?,
        };
        if job.status.is_ended() {
            return Ok(());
        }
        match self.jobs.client().cancel_job(&job.id, deadline).await {
            // Between the two requests it may have ended.
            Err(ArmError::Refused(_)) if self.has_ended(deadline, name).await? => return Ok(()),
            other => other?,
        }
        tracing::info!(job = name, "asked Azure to cancel the restore");
        self.polling.wait_until(deadline, || self.has_ended(deadline, name)).await
    }
}

impl RecoveryServicesRestore {
    async fn has_ended(&self, deadline: &Deadline, name: &str) -> Result<bool, ArmError> {
        match self.jobs.read(deadline, name).await {
            Ok(job) => Ok(job.status.is_ended()),
            Err(error) if error.is_not_found() => Ok(true),
            Err(error) => Err(error),
        }
    }
}

//! A backup instance of a Backup vault that is backed up on demand.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use async_trait::async_trait;
use serde_json::Value;

use super::BackupVaultJobs;
use crate::azure::client::ResponseTimeout;
use crate::azure::data_protection::{BackupInstanceId, DataProtection};
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::limiter::Permit;
use crate::azure::operation::AcceptedOperation;
use crate::azure::poll::PollResult;
use crate::azure::resource_id::is_same;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::JobReader;
use crate::restore::on_demand_backup::{self, BackupTarget, Finding, JobPeriod, ListedPoint};
use crate::restore::record::Job;
use crate::restore::service::{Accepted, RestoreItem};

/// A backup instance that is backed up.
pub struct InstanceBackup {
    /// The backups of the vault.
    pub jobs: BackupVaultJobs,
    /// The instance.
    pub instance: BackupInstanceId,
    /// The argument that names it.
    pub instance_argument: ArgumentPath,
    /// The body of the request; none where only jobs are read (an import knows no more).
    pub body: Option<Value>,
    /// What people call what is protected, once it was read. Empty at first.
    pub name: OnceLock<String>,
}

impl InstanceBackup {
    fn client(&self) -> &DataProtection {
        self.jobs.client()
    }
}

#[async_trait]
impl BackupTarget for InstanceBackup {
    fn jobs(&self) -> &dyn JobReader {
        &self.jobs
    }

    fn subject(&self, _: &BTreeMap<String, String>) -> String {
        match self.name.get() {
            Some(name) => format!("{name:?}"),
            None => format!("backup instance {:?}", self.instance.name()),
        }
    }

    fn item(&self) -> RestoreItem {
        RestoreItem { id: self.instance.to_string(), argument: self.instance_argument.clone() }
    }

    async fn prepare(&self, deadline: &Deadline) -> Result<Value, RestoreError> {
        let instance = self.client().backup_instance(&self.instance, deadline).await.map_err(|error| {
            if error.is_not_found() {
                let text = format!("There is no backup instance {}.", self.instance);
                RestoreError::Missing { argument: self.instance_argument.clone(), text, error: Box::new(error) }
            } else {
                RestoreError::from(error)
            }
        })?;
        if let Some(name) = instance.data_source.and_then(|source| source.resource_name) {
            // The first answer stays: messages must not change the name of the subject half way.
            let _ = self.name.set(name);
        }
        let unsaid = || RestoreError::wrong(self.instance_argument.clone(), "It is not known how it is backed up.");
        self.body.clone().ok_or_else(unsaid)
    }

    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted> {
        self.client().client().admit_write(&self.instance.to_string(), deadline).await
    }

    async fn send(
        &self,
        body: &Value,
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<AcceptedOperation>, WriteError> {
        let begun = self.client().trigger_backup(&self.instance, body, id.uuid(), deadline, wait).await?;
        Ok(Accepted::from(begun.map(|job| job.map(|job| job.name().to_owned()))))
    }

    async fn operation(
        &self,
        deadline: &Deadline,
        operation: &AcceptedOperation,
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError> {
        super::operation_of(self.client(), &self.instance, operation, deadline).await
    }

    /// A job that names a point must mean one that is listed.
    async fn look(&self, deadline: &Deadline, job: &Job) -> Result<Finding, ArmError> {
        let Some((start, end)) = job.start_time.zip(job.end_time) else { return Ok(Finding::NotListed) };
        let ran = JobPeriod { start, end };
        let (from, to) = ran.with_margins();
        let points = self.client().recovery_points(&self.instance, Some(from), Some(to), deadline).await?;
        let points = points.into_iter().map(|point| ListedPoint { name: point.recovery_point_id, time: point.time });
        let named = |point: &ListedPoint| job.recovery_point_id.as_deref().is_some_and(|id| is_same(id, &point.name));
        let (named, others): (Vec<_>, Vec<_>) = points.partition(named);
        match named.into_iter().next() {
            Some(ListedPoint { name, time }) => Ok(Finding::Point { id: name, time }),
            None => Ok(on_demand_backup::of_points(&others, ran)),
        }
    }
}

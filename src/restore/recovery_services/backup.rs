//! An item of a Recovery Services vault that is backed up on demand.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use async_trait::async_trait;
use serde_json::Value;

use super::cancellation::{JobCancellation, LastSeen};
use super::{RecoveryServicesJobs, item_for_people, item_in_vault, points_between};
use crate::azure::client::ResponseTimeout;
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::job::JobStatus;
use crate::azure::limiter::Permit;
use crate::azure::operation::AcceptedOperation;
use crate::azure::poll::PollResult;
use crate::azure::recovery_services::{
    BackupType, ItemRecoveryPoint, ProtectedItem, ProtectedItemId, RecoveryServices, WorkloadType,
};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::JobReader;
use crate::restore::on_demand_backup::{self, BackupTarget, Finding, JobPeriod, ListedPoint};
use crate::restore::operation::OperationPolling;
use crate::restore::record::{Job, RestoreRecord};
use crate::restore::service::{Accepted, Destruction, RestoreItem};

/// Makes the body of the request for an item of this kind.
pub type BuildBackupRequest = dyn Fn(WorkloadType) -> Result<Value, RestoreError> + Send + Sync;

/// An item of a Recovery Services vault that is backed up.
pub struct ItemBackup {
    /// The service.
    pub client: RecoveryServices,
    /// The backups of the vault.
    pub jobs: RecoveryServicesJobs,
    /// How a cancellation is waited for.
    pub polling: OperationPolling,
    /// The item.
    pub item: ProtectedItemId,
    /// The argument that names it.
    pub item_argument: ArgumentPath,
    /// Of a database.
    pub backup_type: Option<BackupType>,
    /// Whether a destroy cancels a backup that runs.
    pub cancel_on_destroy: bool,
    /// Makes the body of the request.
    pub build: Box<BuildBackupRequest>,
    /// What has been read so far. Empty at first.
    pub cache: ItemBackupCache,
}

/// What a backup has read of its item and need not read again.
#[derive(Debug, Default)]
pub struct ItemBackupCache {
    item: OnceLock<(WorkloadType, String)>,
    cancelled: LastSeen,
}

/// What kind of item it is, by the name that the service gave it.
pub fn workload_named(item: &ProtectedItemId) -> Option<WorkloadType> {
    WorkloadType::read(&item.kind())
}

/// How people call such an item.
pub fn source_name(workload: Option<WorkloadType>) -> &'static str {
    match workload {
        Some(WorkloadType::AzureFileShare) => "file share",
        Some(WorkloadType::Vm) => "virtual machine",
        Some(WorkloadType::SqlDatabase) => "SQL Server database",
        Some(WorkloadType::SapHanaDatabase) => "SAP HANA database",
        Some(WorkloadType::SqlInstance) => "SQL Server instance",
        Some(WorkloadType::SapHanaInstance) => "SAP HANA instance",
        Some(WorkloadType::SapAseDatabase) => "SAP ASE database",
        None => "protected item",
    }
}

/// The points that a backup of this type may have made. What the list does not say may be anything.
fn of_type(points: Vec<ItemRecoveryPoint>, backup_type: Option<BackupType>) -> Vec<ListedPoint> {
    let may_be = |point: &ItemRecoveryPoint| {
        let kind = point.kind.as_deref().and_then(BackupType::read);
        let Some((wanted, kind)) = backup_type.zip(kind) else { return true };
        // Points have no word of their own for it.
        let is_full = wanted == BackupType::CopyOnlyFull && kind == BackupType::Full;
        is_full || wanted == kind
    };
    let found = points.into_iter().filter(|point| !point.stands_for_logs() && may_be(point));
    found.map(|point| ListedPoint { name: point.name, time: point.time }).collect()
}

impl ItemBackup {
    fn workload_type(&self) -> Option<WorkloadType> {
        self.cache.item.get().map(|(workload, _)| *workload).or_else(|| workload_named(&self.item))
    }

    fn kind_of(&self, item: &ProtectedItem) -> Result<WorkloadType, RestoreError> {
        let word = item.workload_type.as_deref();
        let read = word.map_or_else(|| workload_named(&self.item), WorkloadType::read);
        read.ok_or_else(|| {
            let kind = word.unwrap_or("unknown");
            let text = format!("The protected item is of kind {kind}, which this resource does not back up.");
            RestoreError::wrong(self.item_argument.clone(), text)
        })
    }
}

#[async_trait]
impl BackupTarget for ItemBackup {
    fn jobs(&self) -> &dyn JobReader {
        &self.jobs
    }

    fn subject(&self, details: &BTreeMap<String, String>) -> String {
        let read = self.cache.item.get().map(|(_, name)| name.as_str());
        item_for_people(&self.item, source_name(self.workload_type()), read, details)
    }

    fn item(&self) -> RestoreItem {
        RestoreItem { id: self.item.to_string(), argument: self.item_argument.clone() }
    }

    async fn prepare(&self, deadline: &Deadline) -> Result<Value, RestoreError> {
        let item = item_in_vault(&self.client, &self.item, (&self.item_argument, None), deadline).await?;
        let workload = self.kind_of(&item)?;
        if item.is_soft_deleted {
            let text = "The backups of this item have been deleted and are kept for some days only. Undelete the \
                        item in the vault first, and protect it again; then it can be backed up.";
            return Err(RestoreError::wrong(self.item_argument.clone(), text));
        }
        let name = item.friendly_name.unwrap_or_else(|| self.item.resource_id().decoded_name().into_owned());
        // The first answer stays: messages must not change the name of the subject half way.
        let _ = self.cache.item.set((workload, name));
        (self.build)(workload)
    }

    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted> {
        self.client.client().admit_write(&self.item.to_string(), deadline).await
    }

    async fn send(
        &self,
        body: &Value,
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<AcceptedOperation>, WriteError> {
        let begun = self.client.trigger_backup(&self.item, body, id.uuid(), deadline, wait).await?;
        Ok(Accepted::from(begun.map(|job| job.map(|job| job.name().to_owned()))))
    }

    async fn operation(
        &self,
        deadline: &Deadline,
        operation: &AcceptedOperation,
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError> {
        let seen = self.client.operation(self.item.vault(), operation, deadline).await?;
        Ok(seen.map(|ended| ended.map(|job| job.map(|job| job.name().to_owned()))))
    }

    async fn look(&self, deadline: &Deadline, job: &Job) -> Result<Finding, ArmError> {
        let now = self.jobs.now();
        let Some(start) = job.start_time else { return Ok(Finding::NotListed) };
        let ran = JobPeriod { start, end: job.end_time.unwrap_or(now) };
        if self.backup_type == Some(BackupType::Log) {
            let ranges = self.client.log_chain(&self.item, deadline).await?.ranges;
            return Ok(on_demand_backup::of_logs(ranges.iter().map(|range| range.end), ran));
        }
        let (from, to) = ran.with_margins();
        let points = points_between(self.jobs.copy(), &self.item, (Some(from), Some(to)), now, deadline).await?;
        Ok(on_demand_backup::of_points(&of_type(points, self.backup_type), ran))
    }

    fn destruction(&self) -> Option<&dyn Destruction> {
        self.cancel_on_destroy.then_some(self as &dyn Destruction)
    }
}

#[async_trait]
impl Destruction for ItemBackup {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_point_may_be_that_of_a_backup_of_its_type_or_of_any_if_it_says_none() {
        let point = |name: &str, kind: &str| {
            ItemRecoveryPoint::read(&json!({"name": name, "properties": {"type": kind}})).unwrap()
        };
        let names = |wanted| {
            let points = vec![
                point("f", "Full"),
                point("d", "Differential"),
                point("odd", "New"),
                point("DefaultRangeRecoveryPoint", "Log"),
            ];
            of_type(points, wanted).into_iter().map(|point| point.name).collect::<Vec<_>>()
        };
        assert_eq!(names(Some(BackupType::Full)), ["f", "odd"]);
        assert_eq!(names(Some(BackupType::CopyOnlyFull)), ["f", "odd"], "a point says Full of either");
        assert_eq!(names(Some(BackupType::Differential)), ["d", "odd"]);
        assert_eq!(names(None), ["f", "d", "odd"]);
    }
}

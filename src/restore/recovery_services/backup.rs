//! Backups on demand in a Recovery Services vault: the same life with another request, and a point to wait for at its end.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::cancellation::{JobCancellation, LastSeen};
use super::made_point::{self, Finding, JobPeriod};
use super::{RecoveryServicesJobs, item_in_vault, unread_item};
use crate::azure::client::ResponseTimeout;
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError, WriteError, in_one_line};
use crate::azure::job::JobStatus;
use crate::azure::limiter::Permit;
use crate::azure::operation::{AcceptedOperation, OperationStart};
use crate::azure::poll::PollResult;
use crate::azure::recovery_services::{
    BackupRequest, BackupType, ProtectedItem, ProtectedItemId, RecoveryServices, WorkloadType,
};
use crate::restore::activity::Activity;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::{Confirmation, JobList, JobListNames, JobReader};
use crate::restore::operation::OperationPolling;
use crate::restore::record::{Job, MadePoint, RestoreRecord};
use crate::restore::service::{Accepted, Destruction, Resolved, RestoreItem, RestoreService};
use crate::restore::workload::WorkloadNames;

/// Points are asked for around the time of the job: which bounds belong to a list is not documented.
const MARGIN: time::Duration = time::Duration::MINUTE;

/// Makes the body of the request for an item of this kind.
pub type BuildBackupRequest = dyn Fn(WorkloadType) -> Result<BackupRequest, RestoreError> + Send + Sync;

/// A backup of one protected item, on demand.
pub struct OnDemandBackup {
    /// The service.
    pub client: RecoveryServices,
    /// The vault's jobs, and the points that they make.
    pub jobs: BackupJobs,
    /// How a cancellation is waited for.
    pub polling: OperationPolling,
    /// The argument that names the item.
    pub item_argument: ArgumentPath,
    /// Whether a destroy cancels a backup that runs.
    pub cancel_on_destroy: bool,
    /// Makes the body of the request.
    pub build: Box<BuildBackupRequest>,
    /// What has been read so far. Empty at first.
    pub cache: BackupCache,
}

/// What a backup has read of its item and need not read again.
#[derive(Debug, Default)]
pub struct BackupCache {
    item: OnceLock<(WorkloadType, String)>,
    cancelled: LastSeen,
}

/// Reads the backups of a vault. One that has ended well counts once the point that it has made is listed.
pub struct BackupJobs {
    /// The jobs.
    pub jobs: RecoveryServicesJobs,
    /// The service.
    pub client: RecoveryServices,
    /// The item that is backed up.
    pub item: ProtectedItemId,
    /// Of a database.
    pub backup_type: Option<BackupType>,
    /// For so long the point may be missing in the list.
    pub point_listed: Duration,
    /// The next look at the list comes after this long.
    pub looks_again: Duration,
    /// What was found when last looked. Empty at first.
    pub found: FoundPoint,
}

/// What was found of the point when last looked.
#[derive(Debug, Default)]
pub struct FoundPoint(Mutex<Option<Look>>);

#[derive(Clone, Debug)]
enum Look {
    Found(Finding),
    /// The points could not be read.
    Unreadable(String),
}

impl FoundPoint {
    fn get(&self) -> Option<Look> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, look: Look) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(look);
    }
}

/// What kind of item it is, by the name that the service gave it.
pub fn workload_named(item: &ProtectedItemId) -> Option<WorkloadType> {
    WorkloadType::read(item.resource_id().decoded_name().split(';').next().unwrap_or_default())
}

/// How people call such an item.
fn source_name(workload: Option<WorkloadType>) -> &'static str {
    match workload {
        Some(WorkloadType::AzureFileShare) => "file share",
        Some(WorkloadType::Vm) => "virtual machine",
        Some(WorkloadType::SqlDatabase) => "SQL Server database",
        Some(WorkloadType::SapHanaDatabase) => "SAP HANA database",
        Some(WorkloadType::SqlInstance | WorkloadType::SapHanaInstance | WorkloadType::SapAseDatabase) | None => {
            "protected item"
        }
    }
}

impl BackupJobs {
    async fn look(&self, deadline: &Deadline, job: &Job) -> Result<Finding, ArmError> {
        let now = self.jobs.now();
        let Some(start) = job.start_time else { return Ok(Finding::NotListed) };
        let ran = JobPeriod { start, end: job.end_time.unwrap_or(now) };
        if self.backup_type == Some(BackupType::Log) {
            return Ok(made_point::of_logs(&self.client.log_chain(&self.item, deadline).await?.ranges, ran));
        }
        let (from, to) = (ran.start.saturating_sub(MARGIN), ran.end.saturating_add(MARGIN));
        let points = super::points_between(self.jobs.copy(), &self.item, (Some(from), Some(to)), now, deadline).await?;
        Ok(made_point::of_points(&points, self.backup_type, ran))
    }

    /// The point of a backup that has ended well, as far as it can be known; for an import.
    ///
    /// # Errors
    /// [`ArmError`] if the points cannot be read.
    pub async fn point_of(&self, deadline: &Deadline, job: &Job) -> Result<Option<MadePoint>, ArmError> {
        let finding = self.look(deadline, job).await?;
        self.found.set(Look::Found(finding));
        Ok(self.made_point())
    }

    fn made_point(&self) -> Option<MadePoint> {
        match self.found.get()? {
            Look::Found(Finding::Point { id, time }) => Some(MadePoint { id: Some(id), time }),
            Look::Found(Finding::Logs { until }) => Some(MadePoint { id: None, time: until }),
            Look::Found(Finding::NotListed | Finding::Several(_)) | Look::Unreadable(_) => None,
        }
    }

    /// Why the point is not known.
    fn why_unknown(&self) -> Option<String> {
        match self.found.get()? {
            Look::Found(Finding::Point { .. } | Finding::Logs { .. }) => None,
            Look::Found(Finding::NotListed) => Some(match self.backup_type {
                Some(BackupType::Log) => {
                    "Azure lists no log backups that reach to the time at which the job began.".to_owned()
                }
                _ => "Azure lists no recovery point that was taken while the job ran.".to_owned(),
            }),
            Look::Found(Finding::Several(names)) => Some(format!(
                "Azure lists several recovery points that were taken while the job ran ({}), and does not say which one \
                 the job made.",
                names.join(", ")
            )),
            Look::Unreadable(error) => Some(format!("The recovery points cannot be read: {error}")),
        }
    }
}

#[async_trait]
impl JobReader for BackupJobs {
    fn list_id(&self) -> String {
        self.jobs.list_id()
    }

    fn list_names(&self) -> JobListNames {
        self.jobs.list_names()
    }

    async fn list(&self, deadline: &Deadline, since: OffsetDateTime) -> Result<JobList, ArmError> {
        self.jobs.list(deadline, since).await
    }

    async fn get(&self, deadline: &Deadline, name: &str) -> Result<Job, ArmError> {
        self.jobs.get(deadline, name).await
    }

    /// Once the point is listed; without it only after it has been missing for a while.
    async fn confirm(&self, deadline: &Deadline, job: &Job, seen_for: Duration) -> Result<Confirmation, ArmError> {
        let look = match self.look(deadline, job).await {
            Ok(finding) => Look::Found(finding),
            Err(error) if error.interrupted().is_some() => return Err(error),
            Err(error) => Look::Unreadable(in_one_line(&error)),
        };
        let is_known = matches!(look, Look::Found(Finding::Point { .. } | Finding::Logs { .. }));
        // Another look makes no one of several.
        let is_final = matches!(look, Look::Found(Finding::Several(_))) && !seen_for.is_zero();
        self.found.set(look);
        if is_known || is_final || seen_for >= self.point_listed {
            return Ok(Confirmation::Confirmed);
        }
        let waiting_for = "its recovery point to be listed".to_owned();
        Ok(Confirmation::NotYet { waiting_for, poll_after: self.looks_again })
    }
}

impl OnDemandBackup {
    fn item_id(&self) -> &ProtectedItemId {
        &self.jobs.item
    }

    fn workload_type(&self) -> Option<WorkloadType> {
        self.cache.item.get().map(|(workload, _)| *workload).or_else(|| workload_named(self.item_id()))
    }

    fn kind_of(&self, item: &ProtectedItem) -> Result<WorkloadType, RestoreError> {
        let word = item.workload_type.as_deref();
        let read = word.map_or_else(|| workload_named(self.item_id()), WorkloadType::read);
        read.ok_or_else(|| {
            let kind = word.unwrap_or("unknown");
            let text = format!("The protected item is of kind {kind}, which this resource does not back up.");
            RestoreError::wrong(self.item_argument.clone(), text)
        })
    }
}

#[async_trait]
impl RestoreService for OnDemandBackup {
    type Jobs = BackupJobs;
    type Request = BackupRequest;
    type Operation = AcceptedOperation;

    fn jobs(&self) -> &BackupJobs {
        &self.jobs
    }

    fn activity(&self) -> Activity {
        Activity::Backup
    }

    fn subject(&self) -> String {
        let source = source_name(self.workload_type());
        match self.cache.item.get() {
            Some((_, name)) => format!("{source} {name:?}"),
            None => unread_item(self.item_id(), source),
        }
    }

    fn subject_of(&self, details: &BTreeMap<String, String>) -> String {
        let named = details.get("entityFriendlyName").filter(|name| !name.is_empty());
        match named.filter(|_| self.cache.item.get().is_none()) {
            Some(name) => format!("{} {name:?}", source_name(self.workload_type())),
            None => self.subject(),
        }
    }

    fn workload(&self) -> Option<WorkloadNames> {
        let workload = self.workload_type()?;
        Some(WorkloadNames {
            things: "backups",
            source: source_name(Some(workload)),
            datasource_type: workload.as_str(),
            roles: &[],
        })
    }

    fn item(&self) -> RestoreItem {
        RestoreItem { id: self.item_id().to_string(), argument: self.item_argument.clone() }
    }

    fn target(&self) -> String {
        self.item_id().to_string()
    }

    async fn resolve(
        &self,
        deadline: &Deadline,
        _now: OffsetDateTime,
    ) -> Result<Resolved<BackupRequest>, RestoreError> {
        let item = item_in_vault(&self.client, self.item_id(), (&self.item_argument, None), deadline).await?;
        let workload = self.kind_of(&item)?;
        if item.is_soft_deleted {
            let text = "The backups of this item have been deleted and are kept for some days only. Undelete the \
                        item in the vault first, and protect it again; then it can be backed up.";
            return Err(RestoreError::wrong(self.item_argument.clone(), text));
        }
        let name = item.friendly_name.unwrap_or_else(|| self.item_id().resource_id().decoded_name().into_owned());
        // The first answer stays: messages must not change the name of the subject half way.
        let _ = self.cache.item.set((workload, name));
        let request = (self.build)(workload)?;
        Ok(Resolved { request, recovery_point_id: None, recovery_point_time: None })
    }

    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted> {
        self.client.client().admit_write(&self.item_id().to_string(), deadline).await
    }

    async fn send(
        &self,
        request: &BackupRequest,
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<AcceptedOperation>, WriteError> {
        match self.client.trigger_backup(self.item_id(), request, id.uuid(), deadline, wait).await? {
            OperationStart::Accepted(operation) => {
                let retry_after = operation.retry_after;
                Ok(Accepted::Operation { operation, retry_after })
            }
            OperationStart::Done(job) => Ok(Accepted::Done(job.map(|job| job.name().to_owned()))),
        }
    }

    async fn operation(
        &self,
        deadline: &Deadline,
        operation: &AcceptedOperation,
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError> {
        let seen = self.client.operation(self.item_id().vault(), operation, deadline).await?;
        Ok(seen.map(|ended| ended.map(|job| job.map(|job| job.name().to_owned()))))
    }

    fn made_point(&self) -> Option<MadePoint> {
        self.jobs.made_point()
    }

    fn warnings_of_end(&self) -> Vec<UserMessage> {
        let Some(why) = self.jobs.why_unknown() else { return Vec::new() };
        let summary = format!("Which recovery point the backup of {} made is not known", self.subject());
        let text = format!(
            "{why} The job is completed, so the backup counts as done. `recovery_point_id` is null. Look the recovery \
             point up with the data source `azurebackup_recovery_points`."
        );
        vec![UserMessage::new(summary).say(text)]
    }

    fn destruction(&self) -> Option<&dyn Destruction> {
        self.cancel_on_destroy.then_some(self as &dyn Destruction)
    }
}

#[async_trait]
impl Destruction for OnDemandBackup {
    async fn destroy(&self, deadline: &Deadline, record: &RestoreRecord) -> Result<(), RestoreError> {
        let cancellation = JobCancellation {
            client: &self.client,
            jobs: &self.jobs.jobs,
            polling: &self.polling,
            item: self.item_id(),
            seen: &self.cache.cancelled,
        };
        cancellation.run(deadline, record).await
    }

    fn last_seen(&self) -> Option<(String, JobStatus)> {
        self.cache.cancelled.get()
    }
}

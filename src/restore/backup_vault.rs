//! Restores from a Backup vault (Microsoft.DataProtection), whatever the workload.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::azure::client::AnswerWait;
use crate::azure::data_protection::{
    self as azure, BackupInstance, BackupInstanceId, BackupJobId, Begun, DataProtection, DataStore, RecoveryPoint,
    RestorableTimeRange, RestoreRequest,
};
use crate::azure::error::{ArmError, AzureError, PostError};
use crate::azure::limiter::Permit;
use crate::azure::operation::AcceptedOperation;
use crate::azure::patience::{Ended, Patience};
use crate::azure::poll::{self, PollError, Rhythm, Sighting};
use crate::azure::random::Random;
use crate::azure::redaction::redact;
use crate::restore::facts::{Job, Task, Warning, instant, shown};
use crate::restore::intent::ClientRequestId;
use crate::restore::point::{Candidate, PointChoice, choose};
use crate::restore::service::{Accepted, JobList, Resolved, RestoreService};
use crate::restore::setback::Setback;

/// How far back ranges are asked for; operational blob backup keeps at most 360 days.
pub const RANGES_REACH_BACK: time::Duration = time::Duration::days(366);

/// Of anything in Azure Resource Manager.
const LONGEST_NAME: usize = 260;

/// What to restore from.
#[derive(Clone, Debug)]
pub enum Selection {
    /// An instant of a continuous backup.
    Instant(OffsetDateTime),
    /// The newest instant of a continuous backup.
    LatestInstant,
    /// A recovery point.
    Point {
        /// Which one.
        choice: PointChoice,
        /// Where its copy must lie.
        data_store: DataStore,
        /// Whether a point whose backup was only partial will do.
        allow_partial: bool,
    },
}

/// What was chosen: what a request body needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// An instant.
    Instant(OffsetDateTime),
    /// A point, by its name.
    Point(String),
}

/// Builds the request body of one workload.
pub type BuildRequest = dyn Fn(&BackupInstance, &Chosen) -> Result<RestoreRequest, Setback> + Send + Sync;

/// A restore of one backup instance.
pub struct BackupVaultRestore {
    /// The service.
    pub client: DataProtection,
    /// Between two looks at a validation.
    pub rhythm: Rhythm,
    /// The first look at a validation comes after this long at the latest.
    pub first_look: Duration,
    /// Jitter of those looks.
    pub random: std::sync::Arc<dyn Random>,
    /// The protected item.
    pub instance: BackupInstanceId,
    /// What to restore from; none where only jobs are read (an import knows no more).
    pub selection: Option<Selection>,
    /// What is restored: `blobs`.
    pub things: &'static str,
    /// What is protected: `storage account`.
    pub source: &'static str,
    /// What is written to, if the arguments say so; else the data source.
    pub target: Option<String>,
    /// The argument that chooses the point, for errors.
    pub point_argument: &'static str,
    /// The data source, once the instance was read.
    pub data_source: OnceLock<(String, String)>,
    /// The body.
    pub build: Box<BuildRequest>,
}

impl BackupVaultRestore {
    async fn chosen(
        &self,
        patience: &Patience,
        now: OffsetDateTime,
    ) -> Result<(Chosen, Option<OffsetDateTime>), Setback> {
        match self.selection.as_ref().ok_or_else(|| Setback::wrong(self.point_argument, "No point is chosen."))? {
            Selection::Instant(at) => {
                let ranges = self.ranges(patience, now).await?;
                if ranges.iter().any(|range| range.contains(*at)) {
                    Ok((Chosen::Instant(*at), Some(*at)))
                } else {
                    Err(Setback::wrong(self.point_argument, outside(*at, &ranges)))
                }
            }
            Selection::LatestInstant => {
                let ranges = self.ranges(patience, now).await?;
                let latest = ranges.iter().map(|range| range.end).max();
                let latest = latest.ok_or_else(|| Setback::wrong(self.point_argument, no_range()))?;
                Ok((Chosen::Instant(latest), Some(latest)))
            }
            Selection::Point { choice, data_store, allow_partial } => {
                let points = self.client.recovery_points(&self.instance, None, None, patience).await?;
                let candidates: Vec<Candidate> =
                    points.iter().map(|point| candidate(point, *data_store, *allow_partial, now)).collect();
                let chosen =
                    choose(&candidates, choice, now).map_err(|reason| Setback::wrong(self.point_argument, reason))?;
                Ok((Chosen::Point(chosen.id.clone()), chosen.time))
            }
        }
    }

    async fn ranges(&self, patience: &Patience, now: OffsetDateTime) -> Result<Vec<RestorableTimeRange>, Setback> {
        let start = now - RANGES_REACH_BACK;
        Ok(self
            .client
            .restorable_time_ranges(&self.instance, DataStore::OperationalStore, start, now, patience)
            .await?)
    }

    fn remember(&self, instance: &BackupInstance) {
        if let Some(source) = &instance.data_source {
            let name = source.resource_name.clone().unwrap_or_else(|| source.resource_id.clone());
            // The first answer stays: the subject must not change its name half way.
            let _ = self.data_source.set((source.resource_id.clone(), name));
        }
    }
}

fn no_range() -> String {
    "Azure lists no range of time that can be restored.".to_owned()
}

fn outside(at: OffsetDateTime, ranges: &[RestorableTimeRange]) -> String {
    if ranges.is_empty() {
        return no_range();
    }
    let ranges: Vec<String> =
        ranges.iter().map(|range| format!("\n  - {} to {}", instant(range.start), instant(range.end))).collect();
    format!("{} cannot be restored. What can be:{}", instant(at), ranges.concat())
}

/// Why a listed point cannot be restored, if it cannot.
pub fn candidate(point: &RecoveryPoint, store: DataStore, allow_partial: bool, now: OffsetDateTime) -> Candidate {
    let expired = |expiry: Option<OffsetDateTime>| expiry.is_some_and(|expiry| expiry <= now);
    let excluded = if point.is_partial() && !allow_partial {
        Some("its backup was only partial, and `allow_partial` is not set".to_owned())
    } else if expired(point.expiry_time) {
        Some("it has expired".to_owned())
    } else {
        match point.copy_in(store) {
            None if point.copy_in(DataStore::ArchiveStore).is_some() => {
                Some("it is only in the archive tier and must be rehydrated first".to_owned())
            }
            None => Some(format!("it has no copy in {store}")),
            Some(copy) if !copy.is_usable() => {
                Some(format!("its copy in {store} is not ready (state {})", copy.state.as_deref().unwrap_or("unknown")))
            }
            Some(copy) if expired(copy.expiry_time) => Some(format!("its copy in {store} has expired")),
            Some(_) => None,
        }
    };
    Candidate { id: point.recovery_point_id.clone(), time: point.time, excluded }
}

/// A job of a Backup vault in the words that all services share.
pub fn job(job: &azure::Job) -> Job {
    let source = job.source_recovery_point.as_ref();
    let mut details: BTreeMap<String, String> = job.details.clone();
    let facts = [
        ("dataTransferredInBytes", job.data_transferred_in_bytes.map(|bytes| bytes.to_string())),
        ("recoveryDestination", job.recovery_destination.clone()),
        ("restoreType", job.restore_type.clone()),
        ("dataSourceId", job.data_source_id.clone()),
    ];
    details.extend(facts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    let measured = job.duration.and_then(|duration| i64::try_from(duration.as_secs()).ok());
    // An end before the start (year 1, a clock set back) is no length of time.
    let elapsed = job.start_time.zip(job.end_time).map(|(start, end)| (end - start).whole_seconds());
    let elapsed = elapsed.filter(|seconds| *seconds >= 0);
    // An almost empty answer says nothing about what the job does; only one that says so is no restore.
    let unsaid = job.operation.is_none() && job.operation_category.is_none();
    Job {
        id: job.id.to_string(),
        name: job.id.name().to_owned(),
        item_id: job.backup_instance_id.clone(),
        activity_id: job.activity_id.clone().unwrap_or_default(),
        is_restore: unsaid || job.is_restore(),
        status: job.status.clone(),
        start_time: job.start_time,
        end_time: job.end_time,
        duration_seconds: measured.or(elapsed),
        recovery_point_id: source.and_then(|point| point.id.clone()),
        recovery_point_time: source.and_then(|point| point.time),
        warnings: job
            .warnings
            .iter()
            .map(|warning| Warning { code: warning.warning.code.clone(), text: warning_text(warning) })
            .collect(),
        tasks: job
            .tasks
            .iter()
            .map(|task| Task {
                name: task.name.clone().unwrap_or_default(),
                status: task.status.clone().unwrap_or_default(),
            })
            .collect(),
        details,
        errors: job.errors.clone(),
    }
}

fn warning_text(warning: &azure::JobWarning) -> String {
    let name = warning.resource_name.as_deref().map(|name| format!("{}: ", redact(name))).unwrap_or_default();
    let actions = warning.warning.all_recommended_actions();
    let actions =
        if actions.is_empty() { String::new() } else { format!(" (Recommended by Azure: {})", actions.join(" ")) };
    format!("{name}{}{actions}", warning.warning)
}

#[async_trait]
impl RestoreService for BackupVaultRestore {
    type Request = RestoreRequest;
    type Operation = AcceptedOperation;

    fn subject(&self) -> String {
        match self.data_source.get() {
            Some((_, name)) => format!("{} of {} {name:?}", self.things, self.source),
            None => format!("{} of backup instance {:?}", self.things, self.instance.name()),
        }
    }

    fn item_id(&self) -> String {
        self.instance.to_string()
    }

    fn vault(&self) -> String {
        self.instance.vault().to_string()
    }

    fn item_argument(&self) -> &'static str {
        "backup_instance_id"
    }

    fn target(&self) -> String {
        let source = || self.data_source.get().map(|(id, _)| id.clone());
        self.target.clone().or_else(source).unwrap_or_else(|| self.item_id())
    }

    async fn resolve(&self, patience: &Patience, now: OffsetDateTime) -> Result<Resolved<RestoreRequest>, Setback> {
        let instance = self.client.backup_instance(&self.instance, patience).await.map_err(|error| {
            if error.is_not_found() {
                let text = format!("There is no backup instance {}.", self.instance);
                Setback::Missing { argument: self.item_argument(), text, error: Box::new(error) }
            } else {
                Setback::from(error)
            }
        })?;
        self.remember(&instance);
        let (chosen, time) = self.chosen(patience, now).await?;
        let request = (self.build)(&instance, &chosen)?;
        let recovery_point_id = match chosen {
            Chosen::Point(id) => Some(id),
            Chosen::Instant(_) => None,
        };
        Ok(Resolved { request, recovery_point_id, recovery_point_time: time })
    }

    async fn validate(&self, patience: &Patience, request: &RestoreRequest) -> Result<(), Setback> {
        let operation = match self.client.validate_for_restore(&self.instance, request, patience).await? {
            Begun::Done(_) => return Ok(()),
            Begun::Accepted(operation) => operation,
        };
        let first = operation.retry_after.map_or(self.first_look, |suggested| suggested.min(self.first_look));
        let ended = poll::follow(patience, self.rhythm, self.random.as_ref(), first, || {
            self.client.operation(self.instance.vault(), &operation, patience)
        })
        .await;
        match ended {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(no)) => Err(Setback::No(no)),
            Err(PollError::Ended { ended, last_trouble, .. }) => Err(Setback::Ended { ended, last: last_trouble }),
            Err(PollError::Failed(error)) => Err(Setback::from(error)),
        }
    }

    async fn admit(&self, patience: &Patience) -> Result<Permit, Ended> {
        self.client.client().admit_post(&self.item_id(), patience).await
    }

    async fn trigger(
        &self,
        request: &RestoreRequest,
        id: ClientRequestId,
        patience: &Patience,
        wait: AnswerWait,
    ) -> Result<Accepted<AcceptedOperation>, PostError> {
        match self.client.trigger_restore(&self.instance, request, id.uuid(), patience, wait).await? {
            Begun::Accepted(operation) => {
                let retry_after = operation.retry_after;
                Ok(Accepted::Operation { operation, retry_after })
            }
            Begun::Done(job) => Ok(Accepted::Done(job.map(|job| job.name().to_owned()))),
        }
    }

    async fn operation(
        &self,
        patience: &Patience,
        operation: &AcceptedOperation,
    ) -> Result<Sighting<Result<Option<String>, Box<AzureError>>>, ArmError> {
        let vault = self.instance.vault();
        let mut sighting = self.client.operation(vault, operation, patience).await?;
        if matches!(sighting, Sighting::Finished(Ok(None))) && operation.result_url.is_some() {
            // The status need not name the job; the result does. If it cannot be read, the job list is next.
            sighting = self.client.operation_result(vault, operation, patience).await.unwrap_or(sighting);
        }
        Ok(sighting.map(|ended| ended.map(|job| job.map(|job| job.name().to_owned()))))
    }

    async fn jobs(&self, patience: &Patience) -> Result<JobList, ArmError> {
        let listed = self.client.jobs(self.instance.vault(), patience).await?;
        Ok(JobList { jobs: listed.elements.iter().map(self::job).collect(), requests: listed.requests })
    }

    async fn job(&self, patience: &Patience, name: &str) -> Result<Job, ArmError> {
        // The name may come out of a state file that somebody has edited.
        let no_name = |why: String| {
            let reason = format!("{:?} is no name of a job: {why}; nothing was sent", shown(name));
            ArmError::Unreadable { request: format!("GET {}/backupJobs", self.instance.vault()), reason }
        };
        if name.contains('/') || name.len() > LONGEST_NAME {
            return Err(no_name(format!("a name has no \"/\" and at most {LONGEST_NAME} bytes")));
        }
        let id: BackupJobId = self.instance.vault().job(name).map_err(|error| no_name(error.to_string()))?;
        Ok(self::job(&self.client.job(&id, patience).await?))
    }
}

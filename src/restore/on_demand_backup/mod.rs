//! Backups on demand: the same life with another request, and a point to wait for at its end. What is asked of a service is
//! [`BackupTarget`], which each kind of vault implements in its folder; nothing of a single service may enter.

mod made_point;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;

pub use self::made_point::{Finding, JobPeriod, ListedPoint, of_logs, of_points};

use crate::azure::client::ResponseTimeout;
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError, WriteError, in_one_line};
use crate::azure::limiter::Permit;
use crate::azure::operation::AcceptedOperation;
use crate::azure::poll::{MayBeInterrupted, PollResult};
use crate::restore::activity::Activity;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::{Confirmation, JobList, JobListNames, JobReader};
use crate::restore::life::WaitTimes;
use crate::restore::record::{Job, MadePoint};
use crate::restore::service::{Accepted, Destruction, Resolved, RestoreItem, RestoreService};

/// What is backed up, and how its service does that.
#[async_trait]
pub trait BackupTarget: Send + Sync {
    /// The backups of its vault.
    fn jobs(&self) -> &dyn JobReader;

    /// What is backed up, for messages: `SQL Server database "x"`. May say more once [`BackupTarget::prepare`] has learned
    /// more, or a job has said what it works for: `details` of its record.
    fn subject(&self, details: &BTreeMap<String, String>) -> String;

    /// The protected item, and the argument that names it.
    fn item(&self) -> RestoreItem;

    /// Looks at the item, and makes the body of the request.
    ///
    /// # Errors
    /// A [`RestoreError`], on the argument at fault where there is one.
    async fn prepare(&self, deadline: &Deadline) -> Result<Value, RestoreError>;

    /// As [`RestoreService::admit`].
    ///
    /// # Errors
    /// As [`RestoreService::admit`].
    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted>;

    /// As [`RestoreService::send`].
    ///
    /// # Errors
    /// As [`RestoreService::send`].
    async fn send(
        &self,
        body: &Value,
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<AcceptedOperation>, WriteError>;

    /// As [`RestoreService::operation`].
    ///
    /// # Errors
    /// As [`RestoreService::operation`].
    async fn operation(
        &self,
        deadline: &Deadline,
        operation: &AcceptedOperation,
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError>;

    /// What the points of the item show of a backup that has ended well.
    ///
    /// # Errors
    /// [`ArmError`] if they cannot be read.
    async fn look(&self, deadline: &Deadline, job: &Job) -> Result<Finding, ArmError>;

    /// As [`RestoreService::destruction`].
    fn destruction(&self) -> Option<&dyn Destruction> {
        None
    }
}

/// A backup of one protected item, on demand.
pub struct OnDemandBackup {
    jobs: BackupJobs,
}

/// Reads the backups of a vault. One that has ended well counts once the point that it has made is listed.
pub struct BackupJobs {
    target: Arc<dyn BackupTarget>,
    /// For so long the point may be missing in the list.
    point_listed: Duration,
    /// The next look at the list comes after this long.
    looks_again: Duration,
    /// What was found when last looked.
    found: Mutex<Option<Look>>,
}

#[derive(Clone, Debug)]
enum Look {
    Found(Finding),
    /// The points could not be read.
    Unreadable(String),
}

impl OnDemandBackup {
    /// A backup of this target.
    pub fn new(target: Arc<dyn BackupTarget>, wait_times: &WaitTimes) -> Self {
        let (point_listed, looks_again) = (wait_times.point_listed, wait_times.first_poll);
        Self { jobs: BackupJobs { target, point_listed, looks_again, found: Mutex::default() } }
    }

    fn target(&self) -> &dyn BackupTarget {
        self.jobs.target.as_ref()
    }
}

impl From<Finding> for Option<MadePoint> {
    fn from(finding: Finding) -> Self {
        match finding {
            Finding::Point { id, time } => Some(MadePoint { id: Some(id), time }),
            Finding::Logs { until } => Some(MadePoint { id: None, time: until }),
            Finding::NotListed | Finding::LogsNotListed | Finding::Several(_) => None,
        }
    }
}

impl BackupJobs {
    fn last_look(&self) -> Option<Look> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why the point is not known.
    fn why_unknown(&self) -> Option<String> {
        match self.last_look()? {
            Look::Found(Finding::Point { .. } | Finding::Logs { .. }) => None,
            Look::Found(Finding::LogsNotListed) => {
                Some("Azure lists no log backups that reach to the time at which the job began.".to_owned())
            }
            Look::Found(Finding::NotListed) => {
                Some("Azure lists no recovery point that was taken while the job ran.".to_owned())
            }
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
        self.target.jobs().list_id()
    }

    fn list_names(&self) -> JobListNames {
        self.target.jobs().list_names()
    }

    async fn list(&self, deadline: &Deadline, since: OffsetDateTime) -> Result<JobList, ArmError> {
        self.target.jobs().list(deadline, since).await
    }

    async fn get(&self, deadline: &Deadline, name: &str) -> Result<Job, ArmError> {
        self.target.jobs().get(deadline, name).await
    }

    /// Once the point is listed; without it only after it has been missing for a while.
    async fn confirm(&self, deadline: &Deadline, job: &Job, seen_for: Duration) -> Result<Confirmation, ArmError> {
        // Whatever passes by itself is asked for again until the deadline, which may be that of a whole day.
        let window = deadline.at_most(self.point_listed.saturating_sub(seen_for).max(self.looks_again));
        let look = match self.target.look(&window, job).await {
            Ok(finding) => Look::Found(finding),
            Err(error) if error.interrupted().is_some() && deadline.check().is_err() => return Err(error),
            Err(error) => {
                Look::Unreadable(error.last_error().map_or_else(|| in_one_line(&error), |last| in_one_line(&last)))
            }
        };
        let is_known = matches!(look, Look::Found(Finding::Point { .. } | Finding::Logs { .. }));
        // Another look makes no one of several. The first may be that of a refresh, which cannot tell of it as an apply can.
        let is_final = matches!(look, Look::Found(Finding::Several(_))) && !seen_for.is_zero();
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(look);
        if is_known || is_final || seen_for >= self.point_listed {
            return Ok(Confirmation::Confirmed);
        }
        let waiting_for = "its recovery point to be listed".to_owned();
        Ok(Confirmation::NotYet { waiting_for, poll_after: self.looks_again })
    }
}

#[async_trait]
impl RestoreService for OnDemandBackup {
    type Request = Value;
    type Operation = AcceptedOperation;

    fn jobs(&self) -> &dyn JobReader {
        &self.jobs
    }

    fn activity(&self) -> Activity {
        Activity::Backup
    }

    fn subject(&self, details: &BTreeMap<String, String>) -> String {
        self.target().subject(details)
    }

    fn item(&self) -> RestoreItem {
        self.target().item()
    }

    fn target(&self) -> String {
        self.item().id
    }

    async fn resolve(&self, deadline: &Deadline, _now: OffsetDateTime) -> Result<Resolved<Value>, RestoreError> {
        let request = self.target().prepare(deadline).await?;
        Ok(Resolved { request, recovery_point_id: None, recovery_point_time: None })
    }

    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted> {
        self.target().admit(deadline).await
    }

    async fn send(
        &self,
        request: &Value,
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<AcceptedOperation>, WriteError> {
        self.target().send(request, id, deadline, wait).await
    }

    async fn operation(
        &self,
        deadline: &Deadline,
        operation: &AcceptedOperation,
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError> {
        self.target().operation(deadline, operation).await
    }

    fn made_point(&self) -> Option<MadePoint> {
        match self.jobs.last_look()? {
            Look::Found(finding) => finding.into(),
            Look::Unreadable(_) => None,
        }
    }

    fn warnings_of_end(&self, subject: &str) -> Vec<UserMessage> {
        let Some(why) = self.jobs.why_unknown() else { return Vec::new() };
        let summary = format!("Which recovery point the backup of {subject} made is not known");
        let text = format!(
            "{why} The job is completed, so the backup counts as done. `recovery_point_id` is null. Look the recovery \
             point up with the data source `azurebackup_recovery_points`."
        );
        vec![UserMessage::new(summary).say(text)]
    }

    fn destruction(&self) -> Option<&dyn Destruction> {
        self.target().destruction()
    }
}

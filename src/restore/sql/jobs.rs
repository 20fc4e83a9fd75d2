//! The target of a restore, read as its job.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::database_as_job;
use crate::azure::clock::Clock;
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, in_one_line};
use crate::azure::job::JobStatus;
use crate::azure::resource_id::is_same;
use crate::azure::sql::{DatabaseId, DatabaseOperation, Sql};
use crate::restore::jobs::{Confirmation, JobList, JobListNames, JobReader};
use crate::restore::record::{Job, shown};

/// Every so many polls the list of operations is asked how far the restore is: it costs a request, and a restore of twelve
/// hours is polled 800 times.
const POLLS_FOR_A_PERCENTAGE: u32 = 6;

/// Reads one database as the job of the restore that makes it.
#[derive(Debug)]
pub struct SqlDatabaseJobs {
    client: Sql,
    target: DatabaseId,
    clock: Arc<dyn Clock>,
    /// How long a database must be usable before that is believed.
    stays_usable: Duration,
    watched: Mutex<Watched>,
}

/// What was seen of a restore in this process: Azure does not say when one ended.
#[derive(Debug, Default)]
struct Watched {
    /// It was not over yet when it was last looked at, or was begun here.
    running: bool,
    /// When it was first found to be over, since it was last seen running.
    ended: Option<OffsetDateTime>,
    polls: u32,
    percent: Option<u64>,
}

impl SqlDatabaseJobs {
    /// The restore that makes `target`.
    pub fn new(client: Sql, target: DatabaseId, clock: Arc<dyn Clock>, stays_usable: Duration) -> Self {
        Self { client, target, clock, stays_usable, watched: Mutex::default() }
    }

    /// The client, for calls about other things.
    pub fn client(&self) -> &Sql {
        &self.client
    }

    /// The database.
    pub fn target(&self) -> &DatabaseId {
        &self.target
    }

    /// Azure's time, as far as it is known.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// It is not over: what is found to be over from now on ended then.
    pub fn sees_it_running(&self) {
        self.watch(|watched| {
            watched.running = true;
            watched.ended = None;
        });
    }

    fn watch<T>(&self, look: impl FnOnce(&mut Watched) -> T) -> T {
        look(&mut self.watched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How far the restore is, as the list of operations said when it was last asked. That it cannot be read is no reason to
    /// stop waiting.
    pub async fn percentage(&self, deadline: &Deadline) -> Option<u64> {
        let due = self.watch(|watched| {
            watched.polls = watched.polls.wrapping_add(1);
            watched.polls % POLLS_FOR_A_PERCENTAGE == 1
        });
        if due {
            match self.client.operations(&self.target, &deadline.at_most(Duration::from_secs(30))).await {
                Ok(operations) => {
                    let percent = DatabaseOperation::making(&operations).and_then(|own| own.percent_complete);
                    self.watch(|watched| watched.percent = percent.or(watched.percent));
                }
                Err(error) => tracing::debug!(error = in_one_line(&error), "how far the restore is cannot be read"),
            }
        }
        self.watch(|watched| watched.percent)
    }

    /// The job with the end that this process has seen.
    fn with_end(&self, job: Job) -> Job {
        let now = self.clock.now();
        let end_time = self.watch(|watched| {
            if !job.status.is_ended() {
                watched.running = true;
                watched.ended = None;
            } else if watched.running {
                watched.ended.get_or_insert(now);
            }
            watched.ended
        });
        let end_time = end_time.filter(|_| job.status.is_ended());
        let elapsed = job.start_time.zip(end_time).map(|(start, end)| (end - start).whole_seconds());
        Job { end_time, duration_seconds: elapsed.filter(|seconds| *seconds >= 0), ..job }
    }
}

#[async_trait]
impl JobReader for SqlDatabaseJobs {
    fn list_id(&self) -> String {
        self.target.to_string()
    }

    fn list_names(&self) -> JobListNames {
        JobListNames {
            full: "the list of the server's databases",
            short: "the server's list",
            keeper: "server",
            entry: "database",
        }
    }

    /// The database of the name, if a restore has left its id on it. One without is nobody's here.
    async fn list(&self, deadline: &Deadline, _since: OffsetDateTime) -> Result<JobList, ArmError> {
        match self.client.database(&self.target, deadline).await {
            Ok(database) if database.restored_by.is_some() => {
                Ok(JobList { jobs: vec![database_as_job(&database)], requests: 1 })
            }
            Ok(_) => Ok(JobList { jobs: Vec::new(), requests: 1 }),
            Err(error) if error.is_not_found() => Ok(JobList { jobs: Vec::new(), requests: 1 }),
            Err(error) => Err(error),
        }
    }

    async fn get(&self, deadline: &Deadline, name: &str) -> Result<Job, ArmError> {
        if !is_same(name, &self.target.to_string()) {
            let reason = format!("{:?} is not the database of this restore; nothing was sent", shown(name));
            return Err(ArmError::Unreadable { request: format!("GET {}", self.target), reason });
        }
        let database = self.client.database(&self.target, deadline).await?;
        let job = self.with_end(database_as_job(&database));
        let progress = match &job.status {
            JobStatus::InProgress(_) => self.percentage(deadline).await.map(|percent| format!("{percent} %")),
            _ => None,
        };
        Ok(Job { progress, ..job })
    }

    /// Azure may say that a database is online, and then something else again (docs/reference/azure-sql.md#status).
    async fn confirm(&self, _: &Deadline, _: &Job, seen_for: Duration) -> Result<Confirmation, ArmError> {
        let left = self.stays_usable.saturating_sub(seen_for);
        Ok(if left.is_zero() {
            Confirmation::Confirmed
        } else {
            Confirmation::NotYet { waiting_for: "the database to stay online".to_owned(), poll_after: left }
        })
    }
}

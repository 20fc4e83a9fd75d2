//! The resource that a restore makes, read as its job.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::target::{ResourceFacts, RestoredResource};
use crate::azure::availability::Availability;
use crate::azure::clock::Clock;
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, AzureError, in_one_line};
use crate::azure::job::JobStatus;
use crate::azure::resource_id::is_same;
use crate::restore::jobs::{Confirmation, JobList, JobListNames, JobReader};
use crate::restore::life::RestoreContext;
use crate::restore::record::{Job, instant, shown};

/// Every so many polls Azure is asked how far the restore is: it costs a request, and a restore of twelve hours is polled 800
/// times.
const POLLS_FOR_PROGRESS: u32 = 6;

/// Reads one resource as the job of the restore that makes it.
#[derive(Debug)]
pub struct ResourceJobs<T> {
    target: T,
    clock: Arc<dyn Clock>,
    /// How long it must be usable before that is believed.
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
    progress: Option<String>,
}

impl<T: RestoredResource> ResourceJobs<T> {
    /// The restore that makes `target`.
    pub fn new(target: T, context: &RestoreContext) -> Self {
        let clock = Arc::clone(&context.clock);
        Self { target, clock, stays_usable: context.wait_times.stays_usable, watched: Mutex::default() }
    }

    /// The resource.
    pub fn target(&self) -> &T {
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

    fn watch<R>(&self, look: impl FnOnce(&mut Watched) -> R) -> R {
        look(&mut self.watched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How far the restore is, as Azure said when it was last asked. That it cannot be read is no reason to stop waiting.
    pub async fn progress(&self, deadline: &Deadline) -> Option<String> {
        let due = self.watch(|watched| {
            watched.polls = watched.polls.wrapping_add(1);
            watched.polls % POLLS_FOR_PROGRESS == 1
        });
        if due {
            match self.target.progress(&deadline.at_most(Duration::from_secs(30))).await {
                Ok(progress) => self.watch(|watched| watched.progress = progress.or(watched.progress.take())),
                Err(error) => tracing::debug!(error = in_one_line(&error), "how far the restore is cannot be read"),
            }
        }
        self.watch(|watched| watched.progress.clone())
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
impl<T: RestoredResource> JobReader for ResourceJobs<T> {
    fn list_id(&self) -> String {
        self.target.id().to_string()
    }

    fn list_names(&self) -> JobListNames {
        T::NAMES.list
    }

    /// The resource of the name, if a restore has left its id on it. One without is nobody's here.
    async fn list(&self, deadline: &Deadline, _since: OffsetDateTime) -> Result<JobList, ArmError> {
        let jobs = match self.target.read(deadline).await {
            Ok(found) if found.restored_by.is_some() => vec![as_job(&self.target, &found)],
            Ok(_) => Vec::new(),
            Err(error) if error.is_not_found() => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(JobList { jobs, requests: 1 })
    }

    async fn get(&self, deadline: &Deadline, name: &str) -> Result<Job, ArmError> {
        let id = self.target.id();
        if !is_same(name, id.as_str()) {
            let entry = T::NAMES.list.entry;
            let reason = format!("{:?} is not the {entry} of this restore; nothing was sent", shown(name));
            return Err(ArmError::Unreadable { request: format!("GET {id}"), reason });
        }
        let found = self.target.read(deadline).await?;
        let job = self.with_end(as_job(&self.target, &found));
        let progress = match &job.status {
            JobStatus::InProgress(_) => self.progress(deadline).await,
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
            let waiting_for = format!("the {} to stay online", T::NAMES.list.entry);
            Confirmation::NotYet { waiting_for, poll_after: left }
        })
    }
}

/// The resource as the job of the restore that made it. That one has ended is for its status to say, and when for whoever
/// has watched: Azure does not.
pub fn as_job<T: RestoredResource>(target: &T, found: &ResourceFacts) -> Job {
    let id = target.id().to_string();
    let mut errors = Vec::new();
    let status = match &found.status {
        Availability::Usable(_) => JobStatus::Completed,
        Availability::Passing(word) => JobStatus::InProgress(word.clone()),
        Availability::Broken(word) => {
            let entry = T::NAMES.list.entry;
            let text = format!(
                "The {entry} is in this state and cannot be used. The restore is taken as failed. The {entry} stays \
                 where it is: look at it in the portal, and delete it before you restore again under its name."
            );
            errors.extend(found.reason.clone());
            errors.push(AzureError::new(word.clone(), text));
            JobStatus::Failed
        }
    };
    let mut details = found.details.clone();
    details.insert("status".to_owned(), found.status.to_string());
    if let Some(created) = found.creation_date {
        details.insert("creationDate".to_owned(), instant(created));
    }
    Job {
        activity_id: found.restored_by.clone().unwrap_or_default(),
        start_time: found.creation_date,
        details,
        errors,
        ..Job::new(id.clone(), id, status)
    }
}

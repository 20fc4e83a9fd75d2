//! A cache of job lists: one read of a service's list serves all restores of this process that wait for a job in it.
//!
//! A list costs a request per page however many jobs it shows, a single read one per job. With a thousand restores in one
//! vault the list is what keeps the number of requests that of a few; with one restore it would only cost more. It says
//! which jobs still run and nothing else: a job that it shows as ended, or does not show, is read by itself. It is read as
//! far back as the oldest of those who wait and ask needs it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::info;

use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, in_one_line};
use crate::azure::job::JobStatus;
use crate::azure::resource_id::canonical;
use crate::restore::jobs::{JobList, JobReader};

/// A list that takes longer has failed. It may well be slow where many restores begin at once, and reading the jobs one by
/// one would only make it slower.
const LONGEST_LIST: Duration = Duration::from_secs(600);
/// How long a list that failed is not asked for again on behalf of those who can do without.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(300);
/// How long a list alone is believed that a job runs: one that stays old must not hold its restore. An hour of a thousand
/// restores costs two more reads of each.
const LONGEST_BELIEVED: Duration = Duration::from_secs(1800);
/// From the beginning of a list to that of the next one that is wanted whole, for each of its pages but the first. Where a
/// thousand restores are sent one after the other, their lists go before all other reads, and without a rest they would
/// take half of what Azure allows. It is a tenth so; and those who ask meanwhile share the list.
const REST_PER_PAGE: Duration = Duration::from_millis(500);
/// In a vault that remembers a hundred thousand jobs a single restore must not rest for minutes between its two lists.
const LONGEST_REST: Duration = Duration::from_secs(5);

/// The job lists of this process in which restores wait for jobs, by [`JobReader::list_id`]. Shared through the
/// [`Registry`](crate::restore::registry::Registry).
#[derive(Debug, Default)]
pub struct JobListCache {
    lists: Mutex<HashMap<String, Arc<CachedJobList>>>,
}

#[derive(Debug, Default)]
struct CachedJobList {
    /// Restores that wait for a job of this list.
    waiting: Interest,
    /// Callers who want the whole list, and for whom it is kept.
    asking: Interest,
    /// Lists begun so far.
    begun: AtomicU64,
    /// Held while the list is read. Whoever reads may be dropped at any time; the next in line reads instead.
    flight: tokio::sync::Mutex<()>,
    last: Mutex<LastList>,
    /// Notified after every list.
    news: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct LastList {
    whole: Option<WholeList>,
    running: Option<RunningJobs>,
    barred_until: Option<Instant>,
}

/// A list that is kept for those who wanted it.
#[derive(Debug)]
struct WholeList {
    /// Which list it is, counted from 1.
    number: u64,
    /// How far back it was asked for.
    since: OffsetDateTime,
    list: Arc<JobList>,
}

/// What is kept of a list: the running jobs by name in canonical form, with Azure's word for their state.
#[derive(Debug)]
struct RunningJobs {
    begun_at: Instant,
    requests: usize,
    statuses: HashMap<String, String>,
}

/// How many callers use a list, and how far back each of them needs it.
#[derive(Debug, Default)]
struct Interest(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_since: BTreeMap<OffsetDateTime, usize>,
}

impl Interest {
    fn enter(&self, since: OffsetDateTime) {
        let mut counts = self.counts();
        counts.all += 1;
        *counts.by_since.entry(since).or_default() += 1;
    }

    fn leave(&self, since: OffsetDateTime) {
        let mut counts = self.counts();
        counts.all = counts.all.saturating_sub(1);
        if let Some(count) = counts.by_since.get_mut(&since) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.by_since.remove(&since);
            }
        }
    }

    fn number(&self) -> usize {
        self.counts().all
    }

    fn oldest(&self) -> Option<OffsetDateTime> {
        self.counts().by_since.keys().next().copied()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts as one caller of the list until it is dropped.
#[derive(Debug)]
struct ListRequest<'a>(&'a CachedJobList, OffsetDateTime);

impl<'a> ListRequest<'a> {
    fn of(cached: &'a CachedJobList, since: OffsetDateTime) -> Self {
        cached.asking.enter(since);
        Self(cached, since)
    }
}

impl Drop for ListRequest<'_> {
    fn drop(&mut self) {
        self.0.asking.leave(self.1);
    }
}

impl JobListCache {
    /// Forgets what was read: another configuration may mean another cloud.
    pub fn forget(&self) {
        self.lists().clear();
    }

    /// The job list, begun after this call, with every job that began at `since` or later: what was there before the call
    /// is in the list. Callers who wait for a list at the same time get the same one.
    ///
    /// # Errors
    /// As [`JobReader::list`].
    pub async fn list(
        &self,
        jobs: &dyn JobReader,
        deadline: &Deadline,
        since: OffsetDateTime,
    ) -> Result<Arc<JobList>, ArmError> {
        let cached = self.cached(&jobs.list_id());
        let begun_before = cached.begun.load(Ordering::SeqCst);
        let asking = ListRequest::of(&cached, since);
        let listed = cached.list(jobs, deadline, begun_before, since).await;
        drop(asking);
        if cached.asking.number() == 0 {
            // Worth keeping for those who waited together; not worth memory for hours.
            cached.last().whole = None;
        }
        listed
    }

    /// Begins to wait for the job `name` of the list with this id; it began at `since` or later.
    pub fn wait_for(&self, list_id: &str, name: &str, since: OffsetDateTime) -> JobWaiter {
        let cached = self.cached(list_id);
        cached.waiting.enter(since);
        JobWaiter { cached, since, name: canonical(name), read_at: Mutex::default(), listed_as: Mutex::default() }
    }

    fn cached(&self, id: &str) -> Arc<CachedJobList> {
        Arc::clone(self.lists().entry(canonical(id)).or_default())
    }

    fn lists(&self) -> MutexGuard<'_, HashMap<String, Arc<CachedJobList>>> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CachedJobList {
    fn last(&self) -> MutexGuard<'_, LastList> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn list(
        &self,
        jobs: &dyn JobReader,
        deadline: &Deadline,
        begun_before: u64,
        since: OffsetDateTime,
    ) -> Result<Arc<JobList>, ArmError> {
        let interrupted = |interrupted| ArmError::Interrupted { interrupted, last: None };
        let _flight = deadline.run(self.flight.lock()).await.map_err(interrupted)?;
        if let Some(whole) = &self.last().whole
            && whole.number > begun_before
            && whole.since <= since
        {
            return Ok(Arc::clone(&whole.list));
        }
        deadline.sleep(self.rest()).await.map_err(interrupted)?;
        self.read(jobs, deadline, since).await
    }

    /// What is left of the rest after the last list.
    fn rest(&self) -> Duration {
        let last = self.last();
        last.running.as_ref().map_or(Duration::ZERO, |running| {
            let more_pages = u32::try_from(running.requests.saturating_sub(1)).unwrap_or(u32::MAX);
            REST_PER_PAGE.saturating_mul(more_pages).min(LONGEST_REST).saturating_sub(running.begun_at.elapsed())
        })
    }

    /// Reads the list, as far back as the reader and all others need it. Only whoever holds the flight may.
    async fn read(
        &self,
        jobs: &dyn JobReader,
        deadline: &Deadline,
        since: OffsetDateTime,
    ) -> Result<Arc<JobList>, ArmError> {
        let others = [self.asking.oldest(), self.waiting.oldest()];
        let since = others.into_iter().flatten().fold(since, std::cmp::min);
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let begun_at = Instant::now();
        let list = Arc::new(jobs.list(deadline, since).await?);
        let statuses = list.jobs.iter().filter_map(|job| match &job.status {
            JobStatus::InProgress(status) => Some((canonical(&job.name), status.clone())),
            _ => None,
        });
        let running = RunningJobs { begun_at, requests: list.requests, statuses: statuses.collect() };
        {
            let mut last = self.last();
            last.running = Some(running);
            last.barred_until = None;
            last.whole = (self.asking.number() > 0).then(|| WholeList { number, since, list: Arc::clone(&list) });
        }
        self.news.send_replace(());
        Ok(list)
    }

    /// Whether one list costs fewer requests than a read of every job that is waited for. How long a list is, is not
    /// known before the first; it has a page at least.
    fn list_pays(&self) -> bool {
        let waiting = self.waiting.number();
        let last = self.last();
        let barred = last.barred_until.is_some_and(|until| Instant::now() < until);
        !barred && waiting > last.running.as_ref().map_or(1, |running| running.requests)
    }
}

/// What the cached list says about one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CachedStatus {
    /// It runs, in the same state as in the list before; Azure's word.
    Running(String),
    /// Anything else: the job itself must be read.
    ReadTheJob,
}

/// The wait of one restore for its job; dropping it ends the wait.
#[derive(Debug)]
pub struct JobWaiter {
    cached: Arc<CachedJobList>,
    since: OffsetDateTime,
    name: String,
    /// When the job itself was last left to be read.
    read_at: Mutex<Option<Instant>>,
    /// The status in the list that was used last, if the job was in it and running.
    listed_as: Mutex<Option<String>>,
}

impl Drop for JobWaiter {
    fn drop(&mut self) {
        self.cached.waiting.leave(self.since);
    }
}

impl JobWaiter {
    /// One poll of the job, often without a request: the last list is used if it is younger than `interval`, the
    /// caller's time between two polls; else one of those who wait reads it anew. The first poll always reads the job
    /// itself, and so does one every half hour.
    pub async fn poll(&self, jobs: &dyn JobReader, interval: Duration, deadline: &Deadline) -> CachedStatus {
        let status = self.poll_list(jobs, interval, deadline).await;
        if status == CachedStatus::ReadTheJob {
            *self.read_at() = Some(Instant::now());
        }
        status
    }

    async fn poll_list(&self, jobs: &dyn JobReader, interval: Duration, deadline: &Deadline) -> CachedStatus {
        let read_of_late = self.read_at().is_some_and(|at| at.elapsed() < LONGEST_BELIEVED);
        if !read_of_late || !self.cached.list_pays() {
            return CachedStatus::ReadTheJob;
        }
        let asked = Instant::now();
        if let Some(listed) = self.within(interval, asked) {
            return listed;
        }
        let Ok(_flight) = deadline.run(self.cached.flight.lock()).await else { return CachedStatus::ReadTheJob };
        // Its age counts up to when it was asked for: what was read while this restore waited in line is fresh.
        if let Some(listed) = self.within(interval, asked) {
            return listed;
        }
        if !self.cached.list_pays() {
            return CachedStatus::ReadTheJob;
        }
        match self.cached.read(jobs, &deadline.at_most(LONGEST_LIST), self.since).await {
            Ok(_) => self.within(interval, asked).unwrap_or(CachedStatus::ReadTheJob),
            Err(error) => {
                if deadline.check().is_ok() {
                    info!(
                        error = in_one_line(&error),
                        "{} cannot be read; asking for each job",
                        jobs.list_names().full
                    );
                    self.cached.last().barred_until = Some(Instant::now() + REST_AFTER_FAILURE);
                }
                CachedStatus::ReadTheJob
            }
        }
    }

    /// Returns when a list shows another status of the job than the one this restore used last, so that an end is not
    /// noticed an interval later than by others.
    pub async fn changed(&self) {
        let mut news = self.cached.news.subscribe();
        loop {
            if self.has_changed() {
                return;
            }
            if news.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    fn has_changed(&self) -> bool {
        let listed_as = self.listed_as();
        let last = self.cached.last();
        match (listed_as.as_ref(), &last.running) {
            (Some(status), Some(running)) => running.statuses.get(&self.name) != Some(status),
            _ => false,
        }
    }

    /// What the last list says, if it was younger than `interval` when it was asked for.
    fn within(&self, interval: Duration, asked: Instant) -> Option<CachedStatus> {
        let mut listed_as = self.listed_as();
        let last = self.cached.last();
        let running =
            last.running.as_ref().filter(|running| asked.saturating_duration_since(running.begun_at) < interval)?;
        let status = running.statuses.get(&self.name).cloned();
        let same = listed_as.as_ref().is_none_or(|before| status.as_ref() == Some(before));
        listed_as.clone_from(&status);
        Some(match status {
            Some(status) if same => CachedStatus::Running(status),
            _ => CachedStatus::ReadTheJob,
        })
    }

    fn read_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.read_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listed_as(&self) -> MutexGuard<'_, Option<String>> {
        self.listed_as.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;

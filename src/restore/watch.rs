//! One look at a vault's job list for all restores of this process that wait on the vault.
//!
//! A list costs a request per page however many jobs it shows, a single read one per job. With a thousand restores in one
//! vault the list is what keeps the number of requests that of a few; with one restore it would only cost more. It says
//! which jobs still run and nothing else: a job that it shows as ended, or does not show, is read by itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tracing::info;

use crate::azure::error::{ArmError, in_one_line};
use crate::azure::job::JobStatus;
use crate::azure::patience::Patience;
use crate::restore::service::{JobList, RestoreService};

/// A list that takes longer has failed. It may well be slow where many restores begin at once, and reading the jobs one by
/// one would only make it slower.
const LONGEST_LIST: Duration = Duration::from_secs(600);
/// How long a list that failed is not asked for again on behalf of those who can do without.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(300);
/// From the beginning of a list to that of the next one that is wanted whole, for each of its pages but the first. Where a
/// thousand restores are sent one after the other, their lists go before all other reads, and without a rest they would
/// take half of what Azure allows. It is a fifth so; and those who ask meanwhile share the list.
const REST_PER_PAGE: Duration = Duration::from_millis(250);

/// The vaults of this process on which restores wait.
#[derive(Debug, Default)]
pub struct Watch {
    vaults: Mutex<HashMap<String, Arc<Vault>>>,
}

#[derive(Debug, Default)]
struct Vault {
    /// Restores that wait for a job of this vault.
    waiting: AtomicUsize,
    /// Callers who want a whole list, and for whom it is kept.
    asking: AtomicUsize,
    /// Lists begun so far.
    begun: AtomicU64,
    /// Held while the list is read. Whoever reads may be dropped at any time; the next in line reads instead.
    flight: tokio::sync::Mutex<()>,
    last: Mutex<Last>,
    /// Told after every list.
    news: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Last {
    whole: Option<(u64, Arc<JobList>)>,
    running: Option<Running>,
    barred_until: Option<Instant>,
}

/// What is kept of a list: the running jobs by name in lower case, with Azure's word for their state.
#[derive(Debug)]
struct Running {
    begun_at: Instant,
    requests: usize,
    words: HashMap<String, String>,
}

/// Counts as one of many as long as it lives.
#[derive(Debug)]
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn by(counter: &'a AtomicUsize) -> Self {
        counter.fetch_add(1, Ordering::SeqCst);
        Self(counter)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Watch {
    /// Forgets what was read: another configuration may mean another cloud.
    pub fn forget(&self) {
        self.vaults().clear();
    }

    /// The vault's job list, begun after this call: what was in the vault before the call is in the list. Callers who
    /// wait for a list at the same time get the same one.
    ///
    /// # Errors
    /// As [`RestoreService::jobs`].
    pub async fn list<S: RestoreService>(&self, service: &S, patience: &Patience) -> Result<Arc<JobList>, ArmError> {
        let vault = self.vault(&service.job_list());
        let begun_before = vault.begun.load(Ordering::SeqCst);
        let asking = Counted::by(&vault.asking);
        let listed = vault.list(service, patience, begun_before).await;
        drop(asking);
        if vault.asking.load(Ordering::SeqCst) == 0 {
            // Worth a request to those who waited together; not worth memory for hours.
            vault.last().whole = None;
        }
        listed
    }

    /// Begins to wait for the job `name`.
    pub fn wait_for(&self, vault: &str, name: &str) -> Waiter {
        let vault = self.vault(vault);
        vault.waiting.fetch_add(1, Ordering::SeqCst);
        Waiter {
            vault,
            name: name.to_ascii_lowercase(),
            has_asked: AtomicBool::new(false),
            listed_as: Mutex::default(),
        }
    }

    fn vault(&self, id: &str) -> Arc<Vault> {
        Arc::clone(self.vaults().entry(id.to_ascii_lowercase()).or_default())
    }

    fn vaults(&self) -> MutexGuard<'_, HashMap<String, Arc<Vault>>> {
        self.vaults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault {
    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn list<S: RestoreService>(
        &self,
        service: &S,
        patience: &Patience,
        begun_before: u64,
    ) -> Result<Arc<JobList>, ArmError> {
        let ended = |ended| ArmError::Ended { ended, last: None };
        let _flight = patience.run(self.flight.lock()).await.map_err(ended)?;
        if let Some((number, list)) = &self.last().whole
            && *number > begun_before
        {
            return Ok(Arc::clone(list));
        }
        patience.sleep(self.rest()).await.map_err(ended)?;
        self.read(service, patience).await
    }

    /// What is left of the rest after the last list.
    fn rest(&self) -> Duration {
        let last = self.last();
        last.running.as_ref().map_or(Duration::ZERO, |running| {
            let more_pages = u32::try_from(running.requests.saturating_sub(1)).unwrap_or(u32::MAX);
            REST_PER_PAGE.saturating_mul(more_pages).saturating_sub(running.begun_at.elapsed())
        })
    }

    /// Reads the list. Only whoever holds the flight may.
    async fn read<S: RestoreService>(&self, service: &S, patience: &Patience) -> Result<Arc<JobList>, ArmError> {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let begun_at = Instant::now();
        let list = Arc::new(service.jobs(patience).await?);
        let words = list.jobs.iter().filter_map(|job| match &job.status {
            JobStatus::InProgress(word) => Some((job.name.to_ascii_lowercase(), word.clone())),
            _ => None,
        });
        let running = Running { begun_at, requests: list.requests, words: words.collect() };
        {
            let mut last = self.last();
            last.running = Some(running);
            last.barred_until = None;
            last.whole = (self.asking.load(Ordering::SeqCst) > 0).then(|| (number, Arc::clone(&list)));
        }
        self.news.send_replace(());
        Ok(list)
    }

    /// Whether one list costs fewer requests than a read of every job that is waited for. How long a list is, is not
    /// known before the first; it has a page at least.
    fn list_pays(&self) -> bool {
        let waiting = self.waiting.load(Ordering::SeqCst);
        let last = self.last();
        let barred = last.barred_until.is_some_and(|until| Instant::now() < until);
        !barred && waiting > last.running.as_ref().map_or(1, |running| running.requests)
    }
}

/// What the list tells of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// It runs, in the same state as in the list before; Azure's word.
    Running(String),
    /// Anything else: only the job itself can tell.
    AskTheJob,
}

/// A restore that waits for its job. Dropped, it waits no longer.
#[derive(Debug)]
pub struct Waiter {
    vault: Arc<Vault>,
    name: String,
    has_asked: AtomicBool,
    /// The word of the list that was looked at last, if the job was in it and running.
    listed_as: Mutex<Option<String>>,
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.vault.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Waiter {
    /// One look that may do without a request: the last list will do if it is younger than `interval`, the caller's
    /// time between two looks; else one of those who wait reads it anew. The first look is for the job itself.
    pub async fn look<S: RestoreService>(&self, service: &S, interval: Duration, patience: &Patience) -> Listed {
        if !self.has_asked.swap(true, Ordering::SeqCst) || !self.vault.list_pays() {
            return Listed::AskTheJob;
        }
        let asked = Instant::now();
        if let Some(listed) = self.within(interval, asked) {
            return listed;
        }
        let Ok(_flight) = patience.run(self.vault.flight.lock()).await else { return Listed::AskTheJob };
        // Its age counts up to when it was asked for: what was read while this restore waited in line is fresh.
        if let Some(listed) = self.within(interval, asked) {
            return listed;
        }
        if !self.vault.list_pays() {
            return Listed::AskTheJob;
        }
        match self.vault.read(service, &patience.at_most(LONGEST_LIST)).await {
            Ok(_) => self.within(interval, asked).unwrap_or(Listed::AskTheJob),
            Err(error) => {
                if patience.check().is_ok() {
                    info!(trouble = in_one_line(&error), "the vault's job list cannot be read; asking for each job");
                    self.vault.last().barred_until = Some(Instant::now() + REST_AFTER_FAILURE);
                }
                Listed::AskTheJob
            }
        }
    }

    /// Returns when a list shows the job otherwise than the last one this restore looked at, so that an end is not seen
    /// an interval later than others see it.
    pub async fn changed(&self) {
        let mut news = self.vault.news.subscribe();
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
        let last = self.vault.last();
        match (listed_as.as_ref(), &last.running) {
            (Some(word), Some(running)) => running.words.get(&self.name) != Some(word),
            _ => false,
        }
    }

    /// What the last list says, if it was younger than `interval` when it was asked for.
    fn within(&self, interval: Duration, asked: Instant) -> Option<Listed> {
        let mut listed_as = self.listed_as();
        let last = self.vault.last();
        let running =
            last.running.as_ref().filter(|running| asked.saturating_duration_since(running.begun_at) < interval)?;
        let word = running.words.get(&self.name).cloned();
        let same = listed_as.as_ref().is_none_or(|before| word.as_ref() == Some(before));
        listed_as.clone_from(&word);
        Some(match word {
            Some(word) if same => Listed::Running(word),
            _ => Listed::AskTheJob,
        })
    }

    fn listed_as(&self) -> MutexGuard<'_, Option<String>> {
        self.listed_as.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;

//! Many restores on one vault, with tokio's clock paused and every request counted.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use time::macros::datetime;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::azure::error::{AzureError, ErrorResponse};
use crate::azure::poll::{self, PollResult, PollSchedule};
use crate::azure::random::fixed::FixedRandom;
use crate::restore::jobs::JobListNames;
use crate::restore::record::Job;

/// When the jobs of these tests began.
const START: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

/// Jobs that end at an instant; a list takes a while.
#[derive(Default)]
struct FakeJobList {
    /// Seconds from the start at which each job ends.
    ends: Vec<u64>,
    start: Option<Instant>,
    pages: usize,
    list_takes: Duration,
    /// Lists from this one on are refused; 0: none.
    refused_from: usize,
    unlisted: Option<usize>,
    /// The list shows every job as running for good.
    old_list: bool,
    /// What the list shows of jobs that run; empty: the usual word.
    word: Mutex<&'static str>,
    lists: AtomicUsize,
    /// How far back each list was asked for.
    asked_since: Mutex<Vec<OffsetDateTime>>,
    reads: AtomicUsize,
    /// When each job was read by itself.
    read_at: Mutex<BTreeMap<usize, Vec<Duration>>>,
    /// When each job was first read as ended.
    seen: Mutex<BTreeMap<usize, Duration>>,
}

impl FakeJobList {
    fn of(ends: Vec<u64>) -> Self {
        Self { ends, start: Some(Instant::now()), pages: 1, ..Self::default() }
    }

    fn age(&self) -> Duration {
        self.start.unwrap().elapsed()
    }

    fn job_at(&self, number: usize) -> Job {
        let ended = self.age() >= Duration::from_secs(self.ends[number]);
        let status = if ended { JobStatus::Completed } else { JobStatus::InProgress("InProgress".into()) };
        Job::new(format!("/jobs/{number}"), number.to_string(), status)
    }

    fn listed(&self, number: usize) -> Job {
        let word = *self.word.lock().unwrap();
        let running = JobStatus::InProgress(if word.is_empty() { "InProgress" } else { word }.into());
        let job = self.job_at(number);
        let is_shown_running = self.old_list || !job.status.is_ended();
        if is_shown_running { Job { status: running, ..job } } else { job }
    }

    /// Lists and single reads so far; a list counts as its pages.
    fn requests(&self) -> (usize, usize) {
        (self.lists.load(Ordering::SeqCst) * self.pages, self.reads.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl JobReader for FakeJobList {
    fn list_id(&self) -> String {
        "/Vault".into()
    }

    fn list_names(&self) -> JobListNames {
        JobListNames::VAULT
    }

    async fn list(&self, deadline: &Deadline, since: OffsetDateTime) -> Result<JobList, ArmError> {
        self.asked_since.lock().unwrap().push(since);
        let number = self.lists.fetch_add(1, Ordering::SeqCst) + 1;
        if self.refused_from > 0 && number >= self.refused_from {
            return Err(ArmError::Refused(Box::new(ErrorResponse {
                status: 403,
                error: AzureError::new("AuthorizationFailed", "no"),
                method: "GET".into(),
                path: "/jobs".into(),
                request_id: None,
                correlation_id: None,
                client_request_id: None,
                retry_after: None,
            })));
        }
        let jobs = (0..self.ends.len()).filter(|job| Some(*job) != self.unlisted).map(|job| self.listed(job)).collect();
        deadline
            .sleep(self.list_takes)
            .await
            .map_err(|interrupted| ArmError::Interrupted { interrupted, last: None })?;
        Ok(JobList { jobs, requests: self.pages })
    }

    async fn get(&self, _: &Deadline, name: &str) -> Result<Job, ArmError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let number = name.parse().unwrap();
        self.read_at.lock().unwrap().entry(number).or_default().push(self.age());
        let job = self.job_at(number);
        if job.status.is_ended() {
            self.seen.lock().unwrap().entry(number).or_insert_with(|| self.age());
        }
        Ok(job)
    }
}

fn deadline() -> Deadline {
    Deadline::new(Duration::from_secs(24 * 3600), CancellationToken::new())
}

/// Waits for one job as a restore does.
async fn wait(
    cache: &JobListCache,
    vault: &FakeJobList,
    job: usize,
    schedule: PollSchedule,
    deadline: &Deadline,
) -> bool {
    let waiter = cache.wait_for("/vault", &job.to_string(), START);
    let started = Instant::now();
    // Draws between 0 and 1, as different as the jobs.
    let random = FixedRandom::drawing(f64::from(u32::try_from(job * 619 % 1000).unwrap()) / 1000.0);
    let wake = || waiter.changed();
    let ended = poll::poll_until_done_or_woken(deadline, schedule, &random, Duration::ZERO, wake, || async {
        if let CachedStatus::Running(note) = waiter.poll(vault, schedule.interval(started.elapsed()), deadline).await {
            return Ok::<_, ArmError>(PollResult::Pending { note, retry_after: None });
        }
        let job = vault.get(deadline, &waiter.name).await?;
        Ok(match job.status.is_ended() {
            true => PollResult::Ready(()),
            false => PollResult::Pending { note: String::new(), retry_after: None },
        })
    });
    ended.await.is_ok()
}

async fn wait_for_all(vault: FakeJobList, schedule: PollSchedule) -> Arc<FakeJobList> {
    let (vault, cache) = (Arc::new(vault), Arc::new(JobListCache::default()));
    let mut waits = tokio::task::JoinSet::new();
    for job in 0..vault.ends.len() {
        let (vault, cache) = (Arc::clone(&vault), Arc::clone(&cache));
        waits.spawn(async move { wait(&cache, &vault, job, schedule, &deadline()).await });
    }
    assert!(waits.join_all().await.into_iter().all(|ended| ended));
    vault
}

fn minutely() -> PollSchedule {
    PollSchedule { shortest: Duration::from_secs(60), ..PollSchedule::default() }
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_waits_alone_never_lists() {
    let vault = wait_for_all(FakeJobList::of(vec![600]), PollSchedule::fixed(Duration::from_secs(60))).await;
    assert_eq!(vault.requests(), (0, 11));
}

#[tokio::test(start_paused = true)]
async fn two_restores_share_a_list_of_one_page_and_read_single_jobs_where_it_has_two() {
    let vault = wait_for_all(FakeJobList::of(vec![600, 600]), PollSchedule::fixed(Duration::from_secs(60))).await;
    assert_eq!(vault.requests(), (10, 4), "ten lists, and each job at its beginning and at its end");
    let vault = wait_for_all(
        FakeJobList { pages: 2, ..FakeJobList::of(vec![600, 600]) },
        PollSchedule::fixed(Duration::from_secs(60)),
    )
    .await;
    assert_eq!(
        vault.requests(),
        (2, 21),
        "one list to learn that it has two pages; who read it had no need of its job"
    );
}

#[tokio::test(start_paused = true)]
async fn a_thousand_restores_of_one_vault_cost_the_requests_of_a_few() {
    let vault = wait_for_all(
        FakeJobList { pages: 10, list_takes: Duration::from_secs(1), ..FakeJobList::of(vec![3600; 1000]) },
        minutely(),
    )
    .await;
    let (lists, reads) = vault.requests();
    assert_eq!(reads, 3000, "each job at its beginning, after half an hour, and at its end");
    assert_eq!(lists, 61 * 10, "in an hour, and one that shows the end");
    let seen = vault.seen.lock().unwrap();
    let latest = seen.values().max().unwrap();
    assert!(*latest <= Duration::from_secs(3600 + 60), "seen {latest:?}, all by the first list after the end");
}

#[tokio::test(start_paused = true)]
async fn an_end_is_seen_by_its_own_restore_as_soon_as_anybodys_list_shows_it() {
    let vault = wait_for_all(FakeJobList::of((0..100).map(|job| 1000 + 20 * job).collect()), minutely()).await;
    let read_at = vault.read_at.lock().unwrap();
    let last_but_one = *read_at[&98].last().unwrap();
    for (job, end) in vault.ends.iter().enumerate() {
        let (first, seen) = (read_at[&job][0], *read_at[&job].last().unwrap());
        let late = seen - Duration::from_secs(*end);
        assert!(first.is_zero() && late <= Duration::from_secs(66), "job {job} was seen {late:?} late");
        // In the end the last one waits alone, and does not list.
        let meanwhile = read_at[&job].iter().filter(|at| **at != first && **at != seen);
        let meanwhile: Vec<u64> =
            meanwhile.filter(|at| job < 99 || **at <= last_but_one).map(Duration::as_secs).collect();
        let half_hour = 1800..=1866;
        match *end {
            ..1800 => assert_eq!(meanwhile, Vec::<u64>::new(), "job {job}"),
            // Its end or its half hour is seen first.
            1800..=1866 => assert!(meanwhile.iter().all(|at| half_hour.contains(at)) && meanwhile.len() <= 1),
            _ => assert!(meanwhile.len() == 1 && half_hour.contains(&meanwhile[0]), "job {job}: {meanwhile:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_stays_old_holds_nobody_for_more_than_half_an_hour() {
    let vault = wait_for_all(
        FakeJobList { old_list: true, ..FakeJobList::of(vec![600; 3]) },
        PollSchedule::fixed(Duration::from_secs(60)),
    )
    .await;
    let seen = vault.seen.lock().unwrap();
    assert_eq!(seen.values().map(Duration::as_secs).collect::<Vec<_>>(), [1800; 3]);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_never_listed_is_read_by_itself_until_its_end() {
    let vault = wait_for_all(
        FakeJobList { unlisted: Some(7), ..FakeJobList::of(vec![600; 10]) },
        PollSchedule::fixed(Duration::from_secs(60)),
    )
    .await;
    assert_eq!(vault.requests(), (10, 9 * 2 + 11), "absent is never finished");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_is_left_alone_for_a_while_and_the_jobs_are_read_one_by_one() {
    let vault = wait_for_all(
        FakeJobList { refused_from: 1, ..FakeJobList::of(vec![600; 10]) },
        PollSchedule::fixed(Duration::from_secs(60)),
    )
    .await;
    assert_eq!(vault.requests(), (2, 10 * 11), "asked for at 60 s and, five minutes later, once more");
    let vault = wait_for_all(
        FakeJobList { refused_from: 1, ..FakeJobList::of(vec![350; 10]) },
        PollSchedule::fixed(Duration::from_secs(60)),
    )
    .await;
    assert_eq!(vault.requests(), (2, 10 * 7), "the last polls come exactly five minutes later");
    let vault = wait_for_all(
        FakeJobList { refused_from: 4, ..FakeJobList::of(vec![600; 10]) },
        PollSchedule::fixed(Duration::from_secs(60)),
    )
    .await;
    assert_eq!(vault.requests(), (3 + 2, 10 + 7 * 10), "three good lists at 60, 120 and 180 s");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_takes_longer_than_the_interval_serves_all_who_wait_for_it() {
    let vault = FakeJobList { list_takes: Duration::from_secs(45), ..FakeJobList::of(vec![600; 500]) };
    let vault = wait_for_all(vault, PollSchedule::fixed(Duration::from_secs(5))).await;
    assert_eq!(vault.requests(), (13, 2 * 500), "at 5 s, 55 s, 105 s … 605 s");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_hangs_is_given_up_and_the_jobs_are_read() {
    let vault = FakeJobList { list_takes: Duration::from_secs(24 * 3600), ..FakeJobList::of(vec![90; 10]) };
    let vault = wait_for_all(vault, PollSchedule::fixed(Duration::from_secs(30))).await;
    assert_eq!(vault.requests(), (1, 20));
    assert_eq!(vault.seen.lock().unwrap().values().max(), Some(&Duration::from_secs(30 + 600)));
}

#[tokio::test(start_paused = true)]
async fn when_the_one_who_reads_is_stopped_the_next_in_line_reads() {
    let vault = FakeJobList { list_takes: Duration::from_secs(10), ..FakeJobList::of(vec![100, 100, 100]) };
    let (cache, schedule, stop) =
        (JobListCache::default(), PollSchedule::fixed(Duration::from_secs(60)), CancellationToken::new());
    let stopped = Deadline::new(Duration::from_secs(3600), stop.clone());
    let others = deadline();
    let later = async |job| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        wait(&cache, &vault, job, schedule, &others).await
    };
    let (first, second, third, ()) =
        tokio::join!(wait(&cache, &vault, 0, schedule, &stopped), later(1), later(2), async {
            tokio::time::sleep(Duration::from_secs(65)).await;
            stop.cancel();
        });
    assert_eq!((first, second, third), (false, true, true));
    assert_eq!(vault.requests().0, 3, "at 60 s, at 65 s by the next in line, at 135 s");
    assert_eq!(cache.cached("/vault").waiting.number(), 0);
}

#[tokio::test(start_paused = true)]
async fn lists_of_many_pages_that_are_wanted_one_after_the_other_are_a_tenth_of_the_reads_that_azure_allows() {
    for (pages, apart) in [(1, 100), (2, 500), (11, 5000), (201, 5000)] {
        let vault = FakeJobList { pages, list_takes: Duration::from_millis(100), ..FakeJobList::of(vec![3600; 3]) };
        let (cache, start) = (JobListCache::default(), Instant::now());
        for _ in 0..10 {
            cache.list(&vault, &deadline(), START).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::from_millis(9 * apart + 100), "{pages}");
    }
}

#[tokio::test(start_paused = true)]
async fn those_who_want_a_whole_list_together_share_one_that_begins_after_they_asked() {
    let vault = Arc::new(FakeJobList { list_takes: Duration::from_secs(10), ..FakeJobList::of(vec![100; 3]) });
    let cache = Arc::new(JobListCache::default());
    let ask = || {
        let (vault, cache) = (Arc::clone(&vault), Arc::clone(&cache));
        tokio::spawn(async move { cache.list(vault.as_ref(), &deadline(), START).await.unwrap().jobs.len() })
    };
    let early = ask();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let late: Vec<_> = (0..50).map(|_| ask()).collect();
    assert_eq!(early.await.unwrap(), 3);
    for list in late {
        assert_eq!(list.await.unwrap(), 3);
    }
    assert_eq!(vault.requests().0, 2, "the fifty came after the first list had begun");
    assert!(cache.cached("/VAULT").last().whole.is_none(), "nobody asks any more, so nothing is kept");
}

#[tokio::test(start_paused = true)]
async fn a_list_reaches_back_to_the_oldest_start_among_those_who_wait_and_ask() {
    let hours_ago = |hours: i64| START - time::Duration::hours(hours);
    let (vault, cache) = (FakeJobList::of(vec![3600; 3]), JobListCache::default());
    let interval = Duration::from_secs(60);
    let poll = async |waiter: &JobWaiter| waiter.poll(&vault, interval, &deadline()).await;
    let (young, old) = (cache.wait_for("/vault", "0", hours_ago(1)), cache.wait_for("/vault", "1", hours_ago(9)));
    for waiter in [&young, &old] {
        poll(waiter).await;
    }
    poll(&young).await;
    cache.list(&vault, &deadline(), hours_ago(5)).await.unwrap();
    drop(old);
    cache.list(&vault, &deadline(), hours_ago(5)).await.unwrap();
    cache.list(&vault, &deadline(), hours_ago(0)).await.unwrap();
    assert_eq!(*vault.asked_since.lock().unwrap(), [hours_ago(9), hours_ago(9), hours_ago(5), hours_ago(1)]);
}

#[tokio::test(start_paused = true)]
async fn a_list_reaches_back_for_one_who_stays_when_another_leaves_who_needed_as_much() {
    let (vault, cache) = (FakeJobList::of(vec![3600; 3]), JobListCache::default());
    let old = START - time::Duration::hours(9);
    let (leaves, stays) = (cache.wait_for("/vault", "0", old), cache.wait_for("/vault", "1", old));
    drop(leaves);
    cache.list(&vault, &deadline(), START).await.unwrap();
    drop(stays);
    cache.list(&vault, &deadline(), START).await.unwrap();
    assert_eq!(*vault.asked_since.lock().unwrap(), [old, START]);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_only_those_who_wait_have_read_is_not_kept_whole() {
    let (vault, cache) = (FakeJobList::of(vec![3600; 2]), JobListCache::default());
    let waiters = ["0", "1"].map(|name| cache.wait_for("/vault", name, START));
    for waiter in waiters.iter().chain(&waiters) {
        waiter.poll(&vault, Duration::from_secs(60), &deadline()).await;
    }
    assert_eq!(vault.requests().0, 1);
    assert!(cache.cached("/vault").last().whole.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_word_in_the_list_has_changed_is_read_once() {
    let (vault, cache) = (FakeJobList::of(vec![3600; 2]), JobListCache::default());
    let [waiter, other] = ["0", "1"].map(|name| cache.wait_for("/vault", name, START));
    let poll = async |waiter: &JobWaiter| {
        tokio::time::advance(Duration::from_secs(60)).await;
        waiter.poll(&vault, Duration::from_secs(60), &deadline()).await
    };
    poll(&other).await;
    assert_eq!(poll(&waiter).await, CachedStatus::ReadTheJob, "the first poll");
    let running = |word: &str| CachedStatus::Running(word.to_owned());
    assert_eq!(poll(&waiter).await, running("InProgress"));
    *vault.word.lock().unwrap() = "Cancelling";
    assert_eq!(poll(&waiter).await, CachedStatus::ReadTheJob);
    assert_eq!(poll(&waiter).await, running("Cancelling"));
}

#[tokio::test(start_paused = true)]
async fn what_was_read_of_another_cloud_delays_nobody() {
    let vault = FakeJobList { pages: 11, ..FakeJobList::of(vec![3600]) };
    let cache = JobListCache::default();
    let took = async || {
        let start = Instant::now();
        cache.list(&vault, &deadline(), START).await.unwrap();
        start.elapsed()
    };
    assert_eq!((took().await, took().await), (Duration::ZERO, LONGEST_REST));
    cache.forget();
    assert_eq!(took().await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_more_than_a_list_under_way_reaches_back_gets_one_of_its_own() {
    let hours_ago = |hours: i64| START - time::Duration::hours(hours);
    let vault = Arc::new(FakeJobList { list_takes: Duration::from_secs(10), ..FakeJobList::of(vec![100]) });
    let cache = Arc::new(JobListCache::default());
    let ask = |since| {
        let (vault, cache) = (Arc::clone(&vault), Arc::clone(&cache));
        tokio::spawn(async move { cache.list(vault.as_ref(), &deadline(), since).await.unwrap() })
    };
    // The first is under way when the others ask; the second reaches as far back as all who wait for it need.
    let mut asked = vec![ask(hours_ago(1))];
    tokio::time::sleep(Duration::from_secs(1)).await;
    asked.extend([ask(hours_ago(1)), ask(hours_ago(3))]);
    tokio::time::sleep(Duration::from_secs(14)).await;
    asked.push(ask(hours_ago(7)));
    for asked in asked {
        asked.await.unwrap();
    }
    assert_eq!(*vault.asked_since.lock().unwrap(), [hours_ago(1), hours_ago(3), hours_ago(7)]);
}

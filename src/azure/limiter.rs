//! Keeps this process below Azure's rate limits, so that a thousand restores in flight are never throttled because of us.
//!
//! What Azure sees is when requests arrive, not when they were admitted. A request that is sent as soon as it is
//! admitted may count as both. One that is not, a trigger that has to wait for the job list first, counts until it is
//! answered, and there are 90 such at most: within `t` seconds no more writes can arrive than were admitted in that
//! time (100 + 8 t) and were held before (90), which leaves 10 + 2 t of what Azure allows (200 + 10 t) to differences
//! of the way. So many are held because a list of many pages takes seconds: thirty for each would be fewer than 8 a second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::deadline::{Deadline, Interrupted};

/// What Azure counts apart. Four fifths of its rates are admitted; what is left of the size of its bucket is for requests
/// that are held back, or are longer on their way than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// GET. Azure allows 250 at once and 25 per second.
    Read,
    /// Everything else; every POST is one, also those that only ask
    /// (docs/reference/azure-resource-manager.md#rate-limits). Azure allows 200 at once and 10 per second.
    Write,
}

impl RequestKind {
    /// Size of the bucket, and the time one token takes to come back.
    fn allowance(self) -> (u32, Duration) {
        match self {
            Self::Read => (200, Duration::from_millis(50)),
            Self::Write => (WRITES_AT_ONCE, Duration::from_millis(125)),
        }
    }
}

/// Size of the bucket of writes.
const WRITES_AT_ONCE: u32 = 100;

/// How many admitted requests may be held back at once.
pub const MOST_HELD: usize = 90;

/// Where in the line a request has its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// At its end, as almost every request.
    #[default]
    InLine,
    /// Every other place from the head, for what many wait for. In a line of a thousand reads, each page of a list would
    /// else wait for most of a minute.
    First,
    /// Behind the line, and one place in five while there is one: polls of what Azure has accepted. What is still to be sent
    /// must not wait for news of what runs for hours.
    Last,
}

/// So many others are admitted between two that are last.
const OTHERS_FIRST: usize = 4;

/// Token buckets, one per subscription and kind; one limiter per process, cloned into every client.
#[derive(Clone, Debug, Default)]
pub struct Limiter {
    lines: Arc<Mutex<RequestQueues>>,
}

/// By subscription, in lower case.
type RequestQueues = HashMap<(String, RequestKind), Arc<RequestQueue>>;

/// One line of requests. tokio's locks are fair: whoever asks first is served first.
#[derive(Debug)]
struct RequestQueue {
    /// Held by the first of those without precedence. So it is one of them who competes with those who have it.
    in_line: tokio::sync::Mutex<()>,
    /// Held by the first of those who are last.
    behind: tokio::sync::Mutex<()>,
    /// How many are in line, or have precedence.
    ahead: AtomicUsize,
    /// How many of them were admitted since one of the last was.
    admitted_ahead: AtomicUsize,
    /// Told to the first of the last whenever one of them is admitted, or gives up.
    moved: Notify,
    /// Held by whoever is admitted next, while the token comes.
    head: tokio::sync::Mutex<Bucket>,
    /// Taken before the place in the line: whoever holds a request back can still have others admitted, and needs it to.
    held: Arc<Semaphore>,
}

/// A bucket as the instant at which it will be full again.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_at: Instant,
}

/// The room for one request that is not sent at once, taken until this is dropped: when the request has been answered, or
/// will not be sent.
#[derive(Debug)]
#[must_use = "a request counts until it is answered"]
pub struct Permit {
    _held: Option<OwnedSemaphorePermit>,
}

impl Limiter {
    /// Waits until a request may be sent, which it then must be at once. Those who wait are served in the order they came,
    /// but for [`Priority`].
    ///
    /// # Errors
    /// [`Interrupted`] if the deadline passes or the user stops first.
    pub async fn admit(
        &self,
        subscription: &str,
        kind: RequestKind,
        precedence: Priority,
        deadline: &Deadline,
    ) -> Result<(), Interrupted> {
        let line = self.line(subscription, kind);
        deadline.run(line.admit(kind, precedence)).await
    }

    /// As [`Limiter::admit`], for a request that is not sent at once.
    ///
    /// # Errors
    /// [`Interrupted`] if the deadline passes or the user stops first.
    pub async fn admit_for_later(
        &self,
        subscription: &str,
        kind: RequestKind,
        deadline: &Deadline,
    ) -> Result<Permit, Interrupted> {
        let line = self.line(subscription, kind);
        let admitted = async {
            // Nobody closes it, so that there always is one.
            let held = Arc::clone(&line.held).acquire_owned().await.ok();
            line.admit(kind, Priority::InLine).await;
            Permit { _held: held }
        };
        deadline.run(admitted).await
    }

    fn line(&self, subscription: &str, kind: RequestKind) -> Arc<RequestQueue> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line = lines.entry((subscription.to_ascii_lowercase(), kind));
        Arc::clone(line.or_insert_with(|| Arc::new(RequestQueue::new())))
    }
}

impl RequestQueue {
    fn new() -> Self {
        Self {
            in_line: tokio::sync::Mutex::default(),
            behind: tokio::sync::Mutex::default(),
            ahead: AtomicUsize::new(0),
            admitted_ahead: AtomicUsize::new(0),
            moved: Notify::new(),
            head: tokio::sync::Mutex::new(Bucket { full_at: Instant::now() }),
            held: Arc::new(Semaphore::new(MOST_HELD)),
        }
    }

    async fn admit(&self, kind: RequestKind, precedence: Priority) {
        match precedence {
            Priority::InLine => {
                let ahead = Ahead::of(self);
                let _in_line = self.in_line.lock().await;
                self.take(kind).await;
                ahead.admitted();
            }
            Priority::First => {
                let ahead = Ahead::of(self);
                self.take(kind).await;
                ahead.admitted();
            }
            Priority::Last => {
                let _behind = self.behind.lock().await;
                while self.ahead.load(Ordering::SeqCst) > 0 && self.admitted_ahead.load(Ordering::SeqCst) < OTHERS_FIRST
                {
                    self.moved.notified().await;
                }
                self.admitted_ahead.store(0, Ordering::SeqCst);
                self.take(kind).await;
            }
        }
    }

    async fn take(&self, kind: RequestKind) {
        let mut head = self.head.lock().await;
        let wait = head.take(kind, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
}

/// Counts as one of those ahead of the last, until it is dropped.
struct Ahead<'a>(&'a RequestQueue);

impl<'a> Ahead<'a> {
    fn of(queue: &'a RequestQueue) -> Self {
        queue.ahead.fetch_add(1, Ordering::SeqCst);
        Self(queue)
    }

    fn admitted(self) {
        self.0.admitted_ahead.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Ahead<'_> {
    fn drop(&mut self) {
        self.0.ahead.fetch_sub(1, Ordering::SeqCst);
        self.0.moved.notify_one();
    }
}

impl Bucket {
    /// Takes a token, and says how long it takes to come.
    fn take(&mut self, kind: RequestKind, now: Instant) -> Duration {
        let (size, one) = kind.allowance();
        let missing = self.full_at.saturating_duration_since(now);
        self.full_at = now + missing + one;
        (missing + one).saturating_sub(one * size)
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn deadline() -> Deadline {
        Deadline::new(Duration::from_secs(3600), CancellationToken::new())
    }

    async fn admit(limiter: &Limiter, kind: RequestKind, times: usize) -> Duration {
        let start = Instant::now();
        for _ in 0..times {
            limiter.admit("s", kind, Priority::InLine, &deadline()).await.unwrap();
        }
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_bucket_of_reads_passes_at_once_and_then_20_a_second() {
        let limiter = Limiter::default();
        assert_eq!(admit(&limiter, RequestKind::Read, 200).await, Duration::ZERO);
        assert_eq!(admit(&limiter, RequestKind::Read, 20).await, Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn writes_have_a_smaller_bucket_of_their_own() {
        let limiter = Limiter::default();
        admit(&limiter, RequestKind::Read, 200).await;
        assert_eq!(admit(&limiter, RequestKind::Write, WRITES_AT_ONCE as usize).await, Duration::ZERO);
        assert_eq!(admit(&limiter, RequestKind::Write, 8).await, Duration::from_secs(1));
    }

    #[test]
    fn what_is_admitted_at_once_and_held_before_fits_into_azures_bucket() {
        assert_eq!(WRITES_AT_ONCE as usize + MOST_HELD + 10, 200);
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_fills_up_again_but_not_beyond_its_size() {
        let limiter = Limiter::default();
        admit(&limiter, RequestKind::Write, WRITES_AT_ONCE as usize).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(admit(&limiter, RequestKind::Write, 40).await, Duration::ZERO);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(admit(&limiter, RequestKind::Write, WRITES_AT_ONCE as usize).await, Duration::ZERO);
        assert_eq!(admit(&limiter, RequestKind::Write, 1).await, Duration::from_millis(125));
    }

    #[tokio::test(start_paused = true)]
    async fn subscriptions_do_not_share_and_are_told_apart_without_case() {
        let limiter = Limiter::default();
        admit(&limiter, RequestKind::Write, WRITES_AT_ONCE as usize).await;
        let start = Instant::now();
        for (subscription, waited) in [("other", 0), ("S", 125)] {
            limiter.admit(subscription, RequestKind::Write, Priority::InLine, &deadline()).await.unwrap();
            assert_eq!(start.elapsed(), Duration::from_millis(waited), "{subscription}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_admission_ends_at_the_deadline() {
        let limiter = Limiter::default();
        admit(&limiter, RequestKind::Write, WRITES_AT_ONCE as usize).await;
        let short = deadline().at_most(Duration::from_millis(50));
        let interrupted = limiter.admit("s", RequestKind::Write, Priority::InLine, &short).await.unwrap_err();
        assert_eq!(interrupted, Interrupted::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_are_held_back_at_most_and_hold_up_nobody_who_is_sent_at_once() {
        let limiter = Limiter::default();
        let mut held = Vec::new();
        for _ in 0..MOST_HELD {
            held.push(limiter.admit_for_later("s", RequestKind::Write, &deadline()).await.unwrap());
        }
        let second = deadline().at_most(Duration::from_secs(1));
        assert_eq!(limiter.admit_for_later("s", RequestKind::Write, &second).await.unwrap_err(), Interrupted::TimedOut);
        let start = Instant::now();
        let others = async {
            tokio::task::yield_now().await;
            for precedence in [Priority::InLine, Priority::First] {
                limiter.admit("s", RequestKind::Write, precedence, &deadline()).await.unwrap();
            }
            assert_eq!(start.elapsed(), Duration::ZERO);
            tokio::time::sleep(Duration::from_secs(2)).await;
            drop(held.pop());
        };
        let eager = deadline();
        let (admitted, ()) = tokio::join!(limiter.admit_for_later("s", RequestKind::Write, &eager), others);
        assert!(admitted.is_ok() && start.elapsed() == Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_precedence_takes_every_other_place_of_the_line() {
        let limiter = Limiter::default();
        admit(&limiter, RequestKind::Read, 200).await;
        let start = Instant::now();
        let mut line = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let limiter = limiter.clone();
            line.spawn(async move {
                limiter.admit("s", RequestKind::Read, Priority::InLine, &deadline()).await.unwrap();
            });
        }
        tokio::task::yield_now().await;
        for _ in 0..10 {
            limiter.admit("s", RequestKind::Read, Priority::First, &deadline()).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::from_secs(1), "ten of theirs and ten of the others");
        line.join_all().await;
        assert_eq!(start.elapsed(), Duration::from_millis(50 * 1010));
    }

    /// When each of `last` reads that are last was admitted beside `others` in line, in twentieths of a second.
    async fn admitted_behind(others: usize, last: usize) -> Vec<u128> {
        let limiter = Limiter::default();
        admit(&limiter, RequestKind::Read, 200).await;
        let start = Instant::now();
        let mut line = tokio::task::JoinSet::new();
        for number in 0..others + last {
            let limiter = limiter.clone();
            line.spawn(async move {
                let precedence = if number < last { Priority::Last } else { Priority::InLine };
                limiter.admit("s", RequestKind::Read, precedence, &deadline()).await.unwrap();
                (number < last).then(|| start.elapsed().as_millis() / 50)
            });
        }
        let mut admitted: Vec<u128> = line.join_all().await.into_iter().flatten().collect();
        assert_eq!(start.elapsed(), Duration::from_millis(50) * u32::try_from(others + last).unwrap(), "none is lost");
        admitted.sort_unstable();
        admitted
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_last_gets_one_place_in_five_while_there_is_a_line_and_all_of_them_afterwards() {
        let among_others = (0..26).map(|nth| 1 + 5 * nth);
        assert_eq!(admitted_behind(100, 40).await, among_others.chain(127..=140).collect::<Vec<_>>());
        assert_eq!(admitted_behind(0, 20).await, (1..=20).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_last_does_not_wait_for_those_who_give_up() {
        let limiter = Limiter::default();
        admit(&limiter, RequestKind::Read, 200).await;
        let stop = CancellationToken::new();
        let given_up = Deadline::new(Duration::from_secs(3600), stop.clone());
        let mut line = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (limiter, deadline) = (limiter.clone(), given_up.clone());
            line.spawn(async move { limiter.admit("s", RequestKind::Read, Priority::InLine, &deadline).await });
        }
        tokio::task::yield_now().await;
        let start = Instant::now();
        let last = async { limiter.admit("s", RequestKind::Read, Priority::Last, &deadline()).await.unwrap() };
        tokio::join!(last, async { stop.cancel() });
        assert!(start.elapsed() <= Duration::from_millis(100), "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_leave_the_line_take_no_tokens_with_them() {
        let limiter = Limiter::default();
        admit(&limiter, RequestKind::Write, WRITES_AT_ONCE as usize).await;
        let stop = CancellationToken::new();
        let mut line = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let (limiter, deadline) = (limiter.clone(), Deadline::new(Duration::from_secs(3600), stop.clone()));
            line.spawn(async move { limiter.admit("s", RequestKind::Write, Priority::InLine, &deadline).await });
        }
        tokio::task::yield_now().await;
        stop.cancel();
        assert!(line.join_all().await.into_iter().all(|interrupted| interrupted == Err(Interrupted::Stopped)));
        let start = Instant::now();
        admit(&limiter, RequestKind::Write, 1).await;
        assert_eq!(start.elapsed(), Duration::from_millis(250), "one of them was at the head");
    }
}

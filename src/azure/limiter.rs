//! Keeps this process below Azure's rate limits, so that a thousand restores in flight are never throttled because of us.
//!
//! What Azure sees is when requests arrive, not when they were admitted. A request that is sent as soon as it is
//! admitted may count as both. One that is not, a trigger that has to wait for the job list first, counts until it is
//! answered, and there are 30 such at most: within `t` seconds no more writes can arrive than were admitted in that
//! time (160 + 8 t) and were held before (30), which leaves 10 + 2 t of what Azure allows (200 + 10 t) to differences
//! of the way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::deadline::{Deadline, Interrupted};

/// What Azure counts apart. Four fifths of what it allows are admitted; the last fifth of the size is for requests that are
/// longer on their way than others.
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
            Self::Write => (160, Duration::from_millis(125)),
        }
    }
}

/// How many admitted requests may be held back at once.
const MOST_HELD: usize = 30;

/// Where in the line a request has its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// At its end, as almost every request.
    #[default]
    InLine,
    /// Every other place from the head, for what many wait for. In a line of a thousand reads, each page of a list would
    /// else wait for most of a minute.
    First,
}

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
            head: tokio::sync::Mutex::new(Bucket { full_at: Instant::now() }),
            held: Arc::new(Semaphore::new(MOST_HELD)),
        }
    }

    async fn admit(&self, kind: RequestKind, precedence: Priority) {
        let _in_line = match precedence {
            Priority::InLine => Some(self.in_line.lock().await),
            Priority::First => None,
        };
        let mut head = self.head.lock().await;
        let wait = head.take(kind, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
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
        assert_eq!(admit(&limiter, RequestKind::Write, 160).await, Duration::ZERO);
        assert_eq!(admit(&limiter, RequestKind::Write, 8).await, Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_fills_up_again_but_not_beyond_its_size() {
        let limiter = Limiter::default();
        admit(&limiter, RequestKind::Write, 160).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(admit(&limiter, RequestKind::Write, 40).await, Duration::ZERO);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(admit(&limiter, RequestKind::Write, 160).await, Duration::ZERO);
        assert_eq!(admit(&limiter, RequestKind::Write, 1).await, Duration::from_millis(125));
    }

    #[tokio::test(start_paused = true)]
    async fn subscriptions_do_not_share_and_are_told_apart_without_case() {
        let limiter = Limiter::default();
        admit(&limiter, RequestKind::Write, 160).await;
        let start = Instant::now();
        for (subscription, waited) in [("other", 0), ("S", 125)] {
            limiter.admit(subscription, RequestKind::Write, Priority::InLine, &deadline()).await.unwrap();
            assert_eq!(start.elapsed(), Duration::from_millis(waited), "{subscription}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_admission_ends_at_the_deadline() {
        let limiter = Limiter::default();
        admit(&limiter, RequestKind::Write, 160).await;
        let short = deadline().at_most(Duration::from_millis(50));
        let interrupted = limiter.admit("s", RequestKind::Write, Priority::InLine, &short).await.unwrap_err();
        assert_eq!(interrupted, Interrupted::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn thirty_are_held_back_at_most_and_hold_up_nobody_who_is_sent_at_once() {
        let limiter = Limiter::default();
        let mut held = Vec::new();
        for _ in 0..30 {
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

    #[tokio::test(start_paused = true)]
    async fn those_who_leave_the_line_take_no_tokens_with_them() {
        let limiter = Limiter::default();
        admit(&limiter, RequestKind::Write, 160).await;
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

//! Keeps this process below Azure's rate limits, so that a thousand restores in flight are never throttled because of us.
//!
//! What Azure sees is when requests arrive, not when they were admitted. So an admitted write counts until it is answered,
//! and only 40 may be on their way: within `t` seconds no more can arrive than were admitted in that time (160 + 8 t) and
//! were on their way before (40), less than Azure allows (200 + 10 t). Reads are sent as soon as they are admitted, and a
//! host that never answers must not hold up all others; for them the last fifth has to do, and did with a thousand
//! restores.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::patience::{Ended, Patience};

/// What Azure counts apart. Four fifths of what it allows are admitted; the last fifth of the size is for requests that are
/// longer on their way than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// GET. Azure allows 250 at once and 25 per second.
    Read,
    /// Everything else; every POST is one, also those that only ask (observed). Azure allows 200 at once and 10 per
    /// second.
    Write,
}

impl Kind {
    /// Size of the bucket, and the time one token takes to come back.
    fn allowance(self) -> (u32, Duration) {
        match self {
            Self::Read => (200, Duration::from_millis(50)),
            Self::Write => (160, Duration::from_millis(125)),
        }
    }

    /// How many may be admitted and not answered, if that is limited.
    fn most_unanswered(self) -> Option<usize> {
        match self {
            Self::Read => None,
            Self::Write => Some(40),
        }
    }
}

/// Where in the line a request has its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precedence {
    /// At the end.
    #[default]
    InLine,
    /// Every other place from the head, for what many wait for. In a line of a thousand reads, each page of a list would
    /// else wait for most of a minute.
    First,
}

/// Token buckets, one per subscription and kind; one limiter per process, cloned into every client.
#[derive(Clone, Debug, Default)]
pub struct Limiter {
    lines: Arc<Mutex<Lines>>,
}

/// By subscription, in lower case.
type Lines = HashMap<(String, Kind), Arc<Line>>;

/// One line of requests. tokio's locks are fair: whoever asks first is served first.
#[derive(Debug)]
struct Line {
    /// Held by the first of those without precedence. So it is one of them who competes with those who have it.
    in_line: tokio::sync::Mutex<()>,
    /// Held by whoever is admitted next, while the token comes.
    head: tokio::sync::Mutex<Bucket>,
    unanswered: Option<Arc<Semaphore>>,
}

/// A bucket as the instant at which it will be full again.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_at: Instant,
}

/// The room for one request, taken until this is dropped: when the request has been answered, or will not be sent.
#[derive(Debug)]
#[must_use = "a request counts until it is answered"]
pub struct Permit {
    _place: Option<OwnedSemaphorePermit>,
}

impl Limiter {
    /// Waits until a request may be sent. Those who wait are served in the order they came, but for [`Precedence`].
    ///
    /// # Errors
    /// [`Ended`] if patience ends first.
    pub async fn admit(
        &self,
        subscription: &str,
        kind: Kind,
        precedence: Precedence,
        patience: &Patience,
    ) -> Result<Permit, Ended> {
        let line = self.line(subscription, kind);
        patience.run(line.admit(kind, precedence)).await
    }

    fn line(&self, subscription: &str, kind: Kind) -> Arc<Line> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line = lines.entry((subscription.to_ascii_lowercase(), kind));
        Arc::clone(line.or_insert_with(|| Arc::new(Line::new(kind))))
    }
}

impl Line {
    fn new(kind: Kind) -> Self {
        Self {
            in_line: tokio::sync::Mutex::default(),
            head: tokio::sync::Mutex::new(Bucket { full_at: Instant::now() }),
            unanswered: kind.most_unanswered().map(|most| Arc::new(Semaphore::new(most))),
        }
    }

    async fn admit(&self, kind: Kind, precedence: Precedence) -> Permit {
        let _in_line = match precedence {
            Precedence::InLine => Some(self.in_line.lock().await),
            Precedence::First => None,
        };
        let mut head = self.head.lock().await;
        let place = match &self.unanswered {
            // Nobody closes it, so that this is always a place.
            Some(places) => Arc::clone(places).acquire_owned().await.ok(),
            None => None,
        };
        let wait = head.take(kind, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Permit { _place: place }
    }
}

impl Bucket {
    /// Takes a token, and says how long it takes to come.
    fn take(&mut self, kind: Kind, now: Instant) -> Duration {
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

    fn patience() -> Patience {
        Patience::new(Duration::from_secs(3600), CancellationToken::new())
    }

    async fn admit(limiter: &Limiter, kind: Kind, times: usize) -> Duration {
        let start = Instant::now();
        for _ in 0..times {
            let _ = limiter.admit("s", kind, Precedence::InLine, &patience()).await.unwrap();
        }
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_bucket_of_reads_passes_at_once_and_then_20_a_second() {
        let limiter = Limiter::default();
        assert_eq!(admit(&limiter, Kind::Read, 200).await, Duration::ZERO);
        assert_eq!(admit(&limiter, Kind::Read, 20).await, Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn writes_have_a_smaller_bucket_of_their_own() {
        let limiter = Limiter::default();
        admit(&limiter, Kind::Read, 200).await;
        assert_eq!(admit(&limiter, Kind::Write, 160).await, Duration::ZERO);
        assert_eq!(admit(&limiter, Kind::Write, 8).await, Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_fills_up_again_but_not_beyond_its_size() {
        let limiter = Limiter::default();
        admit(&limiter, Kind::Write, 160).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(admit(&limiter, Kind::Write, 40).await, Duration::ZERO);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(admit(&limiter, Kind::Write, 160).await, Duration::ZERO);
        assert_eq!(admit(&limiter, Kind::Write, 1).await, Duration::from_millis(125));
    }

    #[tokio::test(start_paused = true)]
    async fn subscriptions_do_not_share_and_are_told_apart_without_case() {
        let limiter = Limiter::default();
        admit(&limiter, Kind::Write, 160).await;
        let start = Instant::now();
        for (subscription, waited) in [("other", 0), ("S", 125)] {
            let _ = limiter.admit(subscription, Kind::Write, Precedence::InLine, &patience()).await.unwrap();
            assert_eq!(start.elapsed(), Duration::from_millis(waited), "{subscription}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_admission_ends_with_patience() {
        let limiter = Limiter::default();
        admit(&limiter, Kind::Write, 160).await;
        let impatient = patience().at_most(Duration::from_millis(50));
        let ended = limiter.admit("s", Kind::Write, Precedence::InLine, &impatient).await.unwrap_err();
        assert_eq!(ended, Ended::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_writes_are_on_their_way_than_azure_has_room_for_beyond_the_bucket() {
        let limiter = Limiter::default();
        let one = async |kind, patience: Patience| limiter.admit("s", kind, Precedence::InLine, &patience).await;
        let mut sent = Vec::new();
        for _ in 0..40 {
            sent.push(one(Kind::Write, patience()).await.unwrap());
        }
        let ended = one(Kind::Write, patience().at_most(Duration::from_secs(1))).await.unwrap_err();
        assert_eq!(ended, Ended::TimedOut);
        for _ in 0..200 {
            sent.push(one(Kind::Read, patience()).await.unwrap());
        }
        let start = Instant::now();
        let answered = async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            drop(sent.remove(0));
        };
        let (admitted, ()) = tokio::join!(one(Kind::Write, patience()), answered);
        assert!(admitted.is_ok());
        assert_eq!(start.elapsed(), Duration::from_secs(2), "reads are not held up, and the 41st write waits");
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_precedence_takes_every_other_place_of_the_line() {
        let limiter = Limiter::default();
        admit(&limiter, Kind::Read, 200).await;
        let start = Instant::now();
        let mut line = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let limiter = limiter.clone();
            line.spawn(async move {
                let _ = limiter.admit("s", Kind::Read, Precedence::InLine, &patience()).await.unwrap();
            });
        }
        tokio::task::yield_now().await;
        for _ in 0..10 {
            let _ = limiter.admit("s", Kind::Read, Precedence::First, &patience()).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::from_secs(1), "ten of theirs and ten of the others");
        line.join_all().await;
        assert_eq!(start.elapsed(), Duration::from_millis(50 * 1010));
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_leave_the_line_take_no_tokens_with_them() {
        let limiter = Limiter::default();
        admit(&limiter, Kind::Write, 160).await;
        let stop = CancellationToken::new();
        let mut line = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let (limiter, patience) = (limiter.clone(), Patience::new(Duration::from_secs(3600), stop.clone()));
            line.spawn(async move { limiter.admit("s", Kind::Write, Precedence::InLine, &patience).await.map(|_| ()) });
        }
        tokio::task::yield_now().await;
        stop.cancel();
        assert!(line.join_all().await.into_iter().all(|ended| ended == Err(Ended::Stopped)));
        let start = Instant::now();
        admit(&limiter, Kind::Write, 1).await;
        assert_eq!(start.elapsed(), Duration::from_millis(250), "one of them was at the head");
    }
}

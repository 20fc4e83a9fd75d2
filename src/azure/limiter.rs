//! Keeps this process below Azure's rate limits, so that a thousand restores in flight are never throttled because of us.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::patience::{Ended, Patience};

/// What Azure counts apart. Four fifths of what it allows are taken: one request is longer on its way than another, and at
/// the full rate a heap of late ones finds the bucket empty (seen with 1,000 restores in flight: 532 of 11,000).
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
}

/// Token buckets, one per subscription and kind; one limiter per process, cloned into every client.
#[derive(Clone, Debug, Default)]
pub struct Limiter {
    buckets: Arc<Mutex<HashMap<(String, Kind), Bucket>>>,
}

/// A bucket as the instant at which it will be full again.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_at: Instant,
}

impl Limiter {
    /// Waits until a request may be sent. Those who wait are served in the order they came.
    ///
    /// # Errors
    /// [`Ended`] if patience ends first; the place in the line is then lost to all.
    pub async fn admit(&self, subscription: &str, kind: Kind, patience: &Patience) -> Result<(), Ended> {
        patience.check()?;
        let wait = self.reserve(subscription, kind, Instant::now());
        if wait.is_zero() { Ok(()) } else { patience.sleep(wait).await }
    }

    fn reserve(&self, subscription: &str, kind: Kind, now: Instant) -> Duration {
        let (size, one) = kind.allowance();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry((subscription.to_ascii_lowercase(), kind)).or_insert(Bucket { full_at: now });
        let missing = bucket.full_at.saturating_duration_since(now);
        bucket.full_at = now + missing + one;
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
            limiter.admit("s", kind, &patience()).await.unwrap();
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
        assert_eq!(limiter.reserve("other", Kind::Write, Instant::now()), Duration::ZERO);
        assert_eq!(limiter.reserve("S", Kind::Write, Instant::now()), Duration::from_millis(125));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_admission_ends_with_patience() {
        let limiter = Limiter::default();
        admit(&limiter, Kind::Write, 160).await;
        let impatient = patience().at_most(Duration::from_millis(50));
        assert_eq!(limiter.admit("s", Kind::Write, &impatient).await, Err(Ended::TimedOut));
    }
}

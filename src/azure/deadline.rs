//! How long to go on: a deadline and a cancellation, passed into everything that waits.

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A deadline and a stop signal. Everything in this program that waits takes one, so that neither Ctrl-C nor a
/// time-out has to know what is being waited for.
#[derive(Clone, Debug)]
pub struct Deadline {
    deadline: Instant,
    stop: CancellationToken,
    /// Where those who wait report why they ask again.
    trouble: Option<watch::Sender<String>>,
    /// Whether others go first.
    lets_others_first: bool,
}

/// Why waiting ended although nothing was wrong with the thing waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Interrupted {
    /// The user interrupted (StopProvider).
    #[error("interrupted")]
    Stopped,
    /// The deadline has passed.
    #[error("the time is up")]
    TimedOut,
}

impl Deadline {
    /// Deadline for `timeout` from now, counted on tokio's clock.
    pub fn new(timeout: Duration, stop: CancellationToken) -> Self {
        // Instant + Duration panics past the end of the clock; a century is as good as for ever.
        let timeout = timeout.min(Duration::from_secs(100 * 365 * 24 * 3600));
        Self { deadline: Instant::now() + timeout, stop, trouble: None, lets_others_first: false }
    }

    /// The same stop signal with a deadline that comes `limit` from now at the latest.
    #[must_use]
    pub fn at_most(&self, limit: Duration) -> Self {
        let shorter = Self::new(limit, self.stop.clone());
        Self { deadline: self.deadline.min(shorter.deadline), ..self.clone() }
    }

    /// The same deadline without the cancellation: for a write in flight, whose answer must be read.
    #[must_use]
    pub fn unstoppable(&self) -> Self {
        Self { stop: CancellationToken::new(), ..self.clone() }
    }

    /// The same, for waits whose trouble `seen` gets: in a sentence, whenever something is asked again.
    #[must_use]
    pub fn reporting_to(self, seen: watch::Sender<String>) -> Self {
        Self { trouble: Some(seen), ..self }
    }

    /// The same, for waits whose requests may come behind those of others, as nothing is to be sent that depends on them.
    #[must_use]
    pub fn behind_others(&self) -> Self {
        Self { lets_others_first: true, ..self.clone() }
    }

    /// Whether its requests may come behind those of others.
    pub fn lets_others_first(&self) -> bool {
        self.lets_others_first
    }

    /// Called by those who wait and ask again: why.
    pub fn report_trouble(&self, reason: &str) {
        if let Some(trouble) = &self.trouble {
            trouble.send_replace(reason.to_owned());
        }
    }

    /// When the time is up.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The signal that ends the wait early.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Time left; zero once the deadline has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// # Errors
    /// [`Interrupted`] if there is nothing left to wait for; a stop outranks a time-out.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.stop.is_cancelled() {
            Err(Interrupted::Stopped)
        } else if self.remaining().is_zero() {
            Err(Interrupted::TimedOut)
        } else {
            Ok(())
        }
    }

    /// Sleeps for `duration`, or until the deadline passes or the user stops.
    ///
    /// # Errors
    /// [`Interrupted`] if the deadline passed or the user stopped first.
    pub async fn sleep(&self, duration: Duration) -> Result<(), Interrupted> {
        self.run(tokio::time::sleep(duration)).await
    }

    /// Runs `work` until it is done, the deadline passes or the user stops, whichever is first; unfinished work is
    /// dropped.
    ///
    /// # Errors
    /// [`Interrupted`] if the deadline passed or the user stopped first.
    pub async fn run<F: Future>(&self, work: F) -> Result<F::Output, Interrupted> {
        self.check()?;
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Interrupted::Stopped),
            output = work => Ok(output),
            () = tokio::time::sleep_until(self.deadline) => Err(Interrupted::TimedOut),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_sleep_longer_than_the_deadline_ends_as_timed_out_at_the_deadline() {
        let deadline = Deadline::new(Duration::from_secs(10), CancellationToken::new());
        let start = Instant::now();
        assert_eq!(deadline.sleep(Duration::from_secs(60)).await, Err(Interrupted::TimedOut));
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_sleep_at_once_and_outranks_the_deadline() {
        let stop = CancellationToken::new();
        let deadline = Deadline::new(Duration::ZERO, stop.clone());
        stop.cancel();
        assert_eq!(deadline.sleep(Duration::from_secs(60)).await, Err(Interrupted::Stopped));
        assert_eq!(deadline.unstoppable().check(), Err(Interrupted::TimedOut));
    }

    #[tokio::test(start_paused = true)]
    async fn at_most_never_moves_the_deadline_later() {
        let deadline = Deadline::new(Duration::from_secs(10), CancellationToken::new());
        assert_eq!(deadline.at_most(Duration::from_secs(60)).remaining(), Duration::from_secs(10));
        assert_eq!(deadline.at_most(Duration::from_secs(3)).remaining(), Duration::from_secs(3));
    }
}

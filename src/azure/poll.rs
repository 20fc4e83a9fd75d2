//! The polling loop: the one loop of this program that asks Azure again and again until something has ended.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::deadline::{Deadline, Interrupted};
use super::error::{ArmError, LastError};
use super::random::Random;

/// What one poll found. Returned by the closure that [`poll_until_done`] calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollResult<T> {
    /// It has not ended; it is polled again after the wait of the [`PollSchedule`].
    Pending {
        /// Azure's word for the state, for messages.
        note: String,
        /// How long Azure wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// It has ended, well or badly; polling stops.
    Ready(T),
}

impl<T> PollResult<T> {
    /// The same with another result.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> PollResult<U> {
        match self {
            Self::Pending { note, retry_after } => PollResult::Pending { note, retry_after },
            Self::Ready(result) => PollResult::Ready(change(result)),
        }
    }
}

/// How long to wait between two polls.
///
/// Unless `fixed`, the wait is a tenth of the time waited so far, so that what takes minutes is seen within seconds and
/// what takes hours costs few requests. An end falls into the middle of a wait on average, so it is seen a twentieth of
/// the job's time late; a job that lasts an hour takes about 86 polls (at a twentieth it would be 111).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PollSchedule {
    /// The same wait every time, without jitter; the `Retry-After` of a result does not count then.
    pub fixed: Option<Duration>,
    /// Part of the time waited so far.
    pub share: f64,
    /// Lower bound of the wait, before jitter.
    pub shortest: Duration,
    /// Upper bound of the wait, before jitter.
    pub longest: Duration,
    /// Greatest deviation to either side, as a part of the wait.
    pub jitter: f64,
    /// Time already waited before this process came to it: a job that is resumed after two hours is not polled every
    /// five seconds again.
    pub waited_before: Duration,
}

impl Default for PollSchedule {
    /// A tenth of the time waited, 5 s to 60 s, jitter of 10 %.
    fn default() -> Self {
        Self {
            fixed: None,
            share: 0.1,
            shortest: Duration::from_secs(5),
            longest: Duration::from_secs(60),
            jitter: 0.1,
            waited_before: Duration::ZERO,
        }
    }
}

impl PollSchedule {
    /// The same wait every time.
    pub fn fixed(interval: Duration) -> Self {
        Self { fixed: Some(interval), ..Self::default() }
    }

    /// The same with half as many polls; a `fixed` interval stays.
    #[must_use]
    pub fn slowed(self) -> Self {
        Self { share: self.share * 2.0, shortest: self.shortest * 2, longest: self.longest * 2, ..self }
    }

    /// The wait after a poll, of something that has been waited for during `waited`.
    pub fn wait(&self, waited: Duration, retry_after: Option<Duration>, random: &dyn Random) -> Duration {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        let wanted = retry_after.map_or_else(|| self.interval(waited), |wait| wait.clamp(self.shortest, self.longest));
        wanted.mul_f64(1.0 + self.jitter * (2.0 * random.unit() - 1.0))
    }

    /// The wait without jitter and without `Retry-After`.
    pub fn interval(&self, waited: Duration) -> Duration {
        let share = || (waited + self.waited_before).mul_f64(self.share).clamp(self.shortest, self.longest);
        self.fixed.unwrap_or_else(share)
    }
}

/// Why polling ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum PollError<E: std::error::Error + 'static> {
    /// The deadline passed or the user stopped; what was waited for goes on in Azure.
    #[error("{interrupted} after {} seconds and {polls} polls; the last one found \"{last_note}\"", waited.as_secs())]
    Interrupted {
        /// Whether the user interrupted or the deadline passed.
        interrupted: Interrupted,
        /// Time waited here.
        waited: Duration,
        /// Polls that were answered.
        polls: u32,
        /// The note of the last of them; empty if there was none.
        last_note: String,
        /// The last error of the poll that was under way, if it was interrupted between its tries.
        last_error: Option<LastError>,
    },
    /// A poll failed, and repeating it would not help.
    #[error(transparent)]
    Failed(E),
}

/// An error that may mean an interruption: the deadline passed or the user stopped while a poll waited for its answer.
pub trait MayBeInterrupted: std::error::Error + 'static {
    /// Whether the deadline passed or the user stopped, if this error means that.
    fn interrupted(&self) -> Option<Interrupted>;

    /// The last real error before that.
    fn last_error(&self) -> Option<LastError> {
        None
    }
}

impl MayBeInterrupted for ArmError {
    fn interrupted(&self) -> Option<Interrupted> {
        ArmError::interrupted(self)
    }

    fn last_error(&self) -> Option<LastError> {
        match self {
            Self::Interrupted { last, .. } => last.clone(),
            other => Some(LastError::from(other)),
        }
    }
}

/// Polls after `first_after`, then as `schedule` says, until `poll` finds the end, fails, or the deadline interrupts. A
/// poll under way is dropped then, so it must be safe to drop: a read, never a write.
///
/// # Errors
/// [`PollError::Interrupted`], also when the poll itself was interrupted; [`PollError::Failed`] with the error of a
/// poll.
pub async fn poll_until_done<T, E, F>(
    deadline: &Deadline,
    schedule: PollSchedule,
    random: &dyn Random,
    first_after: Duration,
    look: impl FnMut() -> F,
) -> Result<T, PollError<E>>
where
    E: MayBeInterrupted,
    F: Future<Output = Result<PollResult<T>, E>>,
{
    poll_until_done_or_woken(deadline, schedule, random, first_after, std::future::pending::<()>, look).await
}

/// As [`poll_until_done`]; a wait between two polls also ends when the future that `wake` returns is ready. `wake` is
/// called anew for every wait.
///
/// # Errors
/// As [`poll_until_done`].
pub async fn poll_until_done_or_woken<T, E, F, W>(
    deadline: &Deadline,
    schedule: PollSchedule,
    random: &dyn Random,
    first_after: Duration,
    mut wake: impl FnMut() -> W,
    mut look: impl FnMut() -> F,
) -> Result<T, PollError<E>>
where
    E: MayBeInterrupted,
    F: Future<Output = Result<PollResult<T>, E>>,
    W: Future,
{
    let start = Instant::now();
    let mut polls = 0;
    let mut last_note = String::new();
    let mut wait = first_after;
    loop {
        let end = |interrupted, last_error, last_note: &str| {
            Err(PollError::Interrupted {
                interrupted,
                waited: start.elapsed(),
                polls,
                last_note: last_note.to_owned(),
                last_error,
            })
        };
        // A wake-up is no time-out: the answer of `timeout` does not matter.
        if let Err(interrupted) = deadline.run(tokio::time::timeout(wait, wake())).await {
            return end(interrupted, None, &last_note);
        }
        let seen = match deadline.run(look()).await {
            Ok(Ok(seen)) => seen,
            Ok(Err(error)) => {
                return match error.interrupted() {
                    Some(interrupted) => end(interrupted, error.last_error(), &last_note),
                    None => Err(PollError::Failed(error)),
                };
            }
            Err(interrupted) => return end(interrupted, None, &last_note),
        };
        match seen {
            PollResult::Ready(result) => return Ok(result),
            PollResult::Pending { note, retry_after } => {
                polls += 1;
                wait = schedule.wait(start.elapsed(), retry_after, random);
                last_note = note;
            }
        }
    }
}

#[cfg(test)]
mod tests;

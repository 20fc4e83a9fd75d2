//! The one loop of this program that looks again and again.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::deadline::{Deadline, Interrupted};
use super::error::{ArmError, in_one_line};
use super::random::Random;

/// What one look saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollResult<T> {
    /// Not at its end; to be looked at again.
    Pending {
        /// What to tell people: Azure's word for the state.
        note: String,
        /// How long Azure wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// At its end, well or badly.
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

/// How long to wait between two looks.
///
/// Unless `fixed`, the wait is a tenth of the time waited so far, so that what takes minutes is seen within seconds and
/// what takes hours costs few requests. An end falls into the middle of a wait on average, so it is seen a twentieth of
/// the job's time late; a job that lasts an hour takes about 86 looks (at a twentieth it would be 111).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PollSchedule {
    /// The same wait every time, without jitter; `Retry-After` of a sighting does not count then.
    pub fixed: Option<Duration>,
    /// Part of the time waited so far.
    pub share: f64,
    /// Lower bound of the wait, before jitter.
    pub shortest: Duration,
    /// Upper bound of the wait, before jitter.
    pub longest: Duration,
    /// Greatest deviation to either side, as a part of the wait.
    pub jitter: f64,
    /// Time already waited before this process came to it: a job that is resumed after two hours is not looked at every
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

    /// The same with half as many looks; what is `fixed` stays.
    #[must_use]
    pub fn slowed(self) -> Self {
        Self { share: self.share * 2.0, shortest: self.shortest * 2, longest: self.longest * 2, ..self }
    }

    /// The wait after a look at something waited for since `waited`.
    pub fn wait(&self, waited: Duration, retry_after: Option<Duration>, random: &dyn Random) -> Duration {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        let wanted = retry_after.map_or_else(|| self.interval(waited), |wait| wait.clamp(self.shortest, self.longest));
        wanted.mul_f64(1.0 + self.jitter * (2.0 * random.unit() - 1.0))
    }

    /// The wait without jitter and without Azure's wishes.
    pub fn interval(&self, waited: Duration) -> Duration {
        let share = || (waited + self.waited_before).mul_f64(self.share).clamp(self.shortest, self.longest);
        self.fixed.unwrap_or_else(share)
    }
}

/// Why looking ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum PollError<E: std::error::Error + 'static> {
    /// Deadline ended; the thing waited for goes on.
    #[error("{interrupted} after {} seconds and {polls} looks; the last one saw \"{last_note}\"", waited.as_secs())]
    Interrupted {
        /// Whether the user interrupted or the deadline passed.
        interrupted: Interrupted,
        /// Time waited here.
        waited: Duration,
        /// Looks that saw something.
        polls: u32,
        /// What the last of them saw; empty if none did.
        last_note: String,
        /// What the look that was under way had met, if patience ended amid its tries.
        last_error: Option<String>,
    },
    /// A look failed for good.
    #[error(transparent)]
    Failed(E),
}

/// An error that may say that patience ended while a look was waiting for its answer.
pub trait MayBeInterrupted: std::error::Error + 'static {
    /// Why patience ended, if that is what this error says.
    fn interrupted(&self) -> Option<Interrupted>;

    /// The last real trouble before that.
    fn last_error(&self) -> Option<String> {
        None
    }
}

impl MayBeInterrupted for ArmError {
    fn interrupted(&self) -> Option<Interrupted> {
        ArmError::interrupted(self)
    }

    fn last_error(&self) -> Option<String> {
        match self {
            Self::Interrupted { last, .. } => last.clone(),
            other => Some(in_one_line(other)),
        }
    }
}

/// Looks after `first_after` and then in `rhythm` until a look sees the end, fails, or patience ends. A look under way
/// is dropped when patience ends, so it must be one that may be.
///
/// # Errors
/// [`PollError::Ended`] also when the look itself ran out of patience; [`PollError::Failed`] with the error of a look.
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

/// As [`poll_until_done`]; a wait between two looks also ends when what `wake` gives does. It is asked anew for every wait.
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

//! Wall time, for token expiry, HTTP dates and calendar facts. Waiting uses tokio's clock instead.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

/// Where wall time comes from.
pub trait Clock: Send + Sync + Debug {
    /// The present instant, UTC.
    fn now(&self) -> OffsetDateTime;

    /// How far this clock is known to be ahead of the machine's. Default: it is the machine's.
    fn ahead_of_machine(&self) -> Duration {
        Duration::ZERO
    }
}

/// The machine's clock. The one place that reads it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock the others are told to take")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// A `Date` counts whole seconds and is as old as the answer was on its way. Clocks that differ by no more agree.
const AGREE_WITHIN: Duration = Duration::seconds(2);

/// Azure's time, by the machine's clock and the `Date` of Azure's last answer; the machine's until there is one. What
/// compares with Azure's own instants (ages of jobs and points, the end of a range) must ask this clock, since a machine's
/// may be wrong by days.
#[derive(Debug)]
pub struct AzureClock {
    machine: Arc<dyn Clock>,
    ahead: Mutex<Duration>,
}

impl AzureClock {
    /// A clock that agrees with the machine's until an answer says otherwise.
    pub fn new(machine: Arc<dyn Clock>) -> Self {
        Self { machine, ahead: Mutex::default() }
    }

    /// Takes over the `Date` of an answer that has just come; one that cannot be read changes nothing.
    pub fn set_by(&self, date: &str) {
        let Ok(date) = httpdate::parse_http_date(date) else { return };
        let ahead = OffsetDateTime::from(date) - self.machine.now();
        let ahead = if ahead.abs() <= AGREE_WITHIN { Duration::ZERO } else { ahead };
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = ahead;
    }
}

impl Clock for AzureClock {
    fn now(&self) -> OffsetDateTime {
        self.machine.now().saturating_add(self.ahead_of_machine())
    }

    fn ahead_of_machine(&self) -> Duration {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[derive(Debug)]
    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> OffsetDateTime {
            datetime!(2026-11-20 12:00:00.5 UTC)
        }
    }

    #[test]
    fn azures_time_is_that_of_the_last_date_and_the_machines_before_there_is_one() {
        let clock = AzureClock::new(Arc::new(Standing));
        assert_eq!(clock.now(), Standing.now());
        clock.set_by("Thu, 19 Nov 2026 11:00:00 GMT");
        assert_eq!(clock.now(), datetime!(2026-11-19 11:00 UTC));
        clock.set_by("Sat, 21 Nov 2026 13:00:00 GMT");
        assert_eq!(clock.now(), datetime!(2026-11-21 13:00 UTC));
        for unreadable in ["", "yesterday", "2026-11-20T12:00:00Z"] {
            clock.set_by(unreadable);
            assert_eq!(clock.now(), datetime!(2026-11-21 13:00 UTC), "{unreadable:?}");
        }
    }

    #[test]
    fn a_date_in_whole_seconds_leaves_the_fractions_of_a_clock_that_is_right() {
        let clock = AzureClock::new(Arc::new(Standing));
        for date in ["Fri, 20 Nov 2026 11:59:59 GMT", "Fri, 20 Nov 2026 12:00:02 GMT"] {
            clock.set_by(date);
            assert_eq!((clock.now(), clock.ahead_of_machine()), (Standing.now(), Duration::ZERO));
        }
        clock.set_by("Fri, 20 Nov 2026 11:59:58 GMT");
        assert_eq!(clock.now(), datetime!(2026-11-20 11:59:58 UTC));
    }
}

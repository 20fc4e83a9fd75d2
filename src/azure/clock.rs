//! Wall time, for token expiry, HTTP dates and calendar facts. Waiting uses tokio's clock instead.

use std::fmt::Debug;

use time::OffsetDateTime;

/// Where wall time comes from.
pub trait Clock: Send + Sync + Debug {
    /// The present instant, UTC.
    fn now(&self) -> OffsetDateTime;
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

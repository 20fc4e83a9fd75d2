//! The wall clock of the simulated world, for time stamps and token expiry only: nothing here ever moves because time
//! has passed.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::{datetime, format_description};

const TICKS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]Z");
const SECONDS: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clock {
    /// Shows one instant until it is set forward by hand.
    Standing(OffsetDateTime),
    /// The machine's clock plus what it was set forward by hand.
    Machine(time::Duration),
}

impl Default for Clock {
    fn default() -> Self {
        Self::Standing(datetime!(2026-11-20 08:00 UTC))
    }
}

impl Clock {
    pub fn machine() -> Self {
        Self::Machine(time::Duration::ZERO)
    }

    #[allow(clippy::disallowed_methods, reason = "a rehearsal and tests with a real client share the client's clock")]
    pub fn now(&self) -> OffsetDateTime {
        match self {
            Self::Standing(at) => *at,
            Self::Machine(ahead) => OffsetDateTime::now_utc() + *ahead,
        }
    }

    pub fn advance(&mut self, by: time::Duration) {
        match self {
            Self::Standing(at) => *at += by,
            Self::Machine(ahead) => *ahead += by,
        }
    }
}

/// An instant as Data Protection writes most of them: UTC, seven fractional digits.
pub fn with_ticks(at: OffsetDateTime) -> String {
    at.to_offset(time::UtcOffset::UTC).format(TICKS).unwrap_or_default()
}

/// An instant in whole seconds, as the end of an operation is written.
pub fn with_seconds(at: OffsetDateTime) -> String {
    at.to_offset(time::UtcOffset::UTC).format(SECONDS).unwrap_or_default()
}

/// An instant as the header `Date` has it.
pub fn as_http_date(at: OffsetDateTime) -> String {
    at.to_offset(time::UtcOffset::UTC).format(HTTP_DATE).unwrap_or_default()
}

/// A length of time as finished jobs show it, such as `PT2M5.5726414S`.
pub fn as_duration(length: time::Duration) -> String {
    let length = if length.is_negative() { time::Duration::ZERO } else { length };
    let (hours, minutes) = (length.whole_hours(), length.whole_minutes() % 60);
    let (seconds, ticks) = (length.whole_seconds() % 60, length.subsec_nanoseconds() / 100);
    let mut text = String::from("PT");
    if hours > 0 {
        text += &format!("{hours}H");
    }
    if minutes > 0 {
        text += &format!("{minutes}M");
    }
    match ticks {
        0 => text += &format!("{seconds}S"),
        _ => text += &format!("{seconds}.{}S", format!("{ticks:07}").trim_end_matches('0')),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_with_seven_digits_or_none() {
        let at = datetime!(2026-11-20 10:00:01.5 +02:00);
        assert_eq!(with_ticks(at), "2026-11-20T08:00:01.5000000Z");
        assert_eq!(with_seconds(at), "2026-11-20T08:00:01Z");
    }

    #[test]
    fn durations_read_like_those_of_azure() {
        assert_eq!(as_duration(time::Duration::ZERO), "PT0S");
        assert_eq!(as_duration(time::Duration::new(125, 572_641_400)), "PT2M5.5726414S");
        assert_eq!(as_duration(time::Duration::hours(3)), "PT3H0S");
        assert_eq!(as_duration(time::Duration::seconds(-4)), "PT0S");
    }

    #[test]
    fn a_date_is_written_as_http_wants_it() {
        assert_eq!(as_http_date(datetime!(2026-11-06 08:09:10.5 +1)), "Fri, 06 Nov 2026 07:09:10 GMT");
    }

    #[test]
    fn a_standing_clock_moves_only_by_hand() {
        let mut clock = Clock::default();
        let before = clock.now();
        assert_eq!(clock.now(), before);
        clock.advance(time::Duration::minutes(5));
        assert_eq!(clock.now() - before, time::Duration::minutes(5));
    }
}

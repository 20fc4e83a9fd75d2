//! Instants as users write them.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// Reads an instant of RFC 3339, into UTC.
///
/// # Errors
/// A sentence: it is none, or it lies outside the years 1 to 9998, beyond which arithmetic on it could fail.
pub fn parse_instant(text: &str) -> Result<OffsetDateTime, String> {
    let at = OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|error| format!("{text:?} is no instant of RFC 3339: {error}"))?;
    let utc = at.checked_to_offset(UtcOffset::UTC).filter(|utc| (1..=9998).contains(&utc.year()));
    utc.ok_or_else(|| format!("{text:?} lies outside the years 1 to 9998"))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_instant_is_read_into_utc() {
        assert_eq!(parse_instant("2026-11-19T09:00:00.5+01:00"), Ok(datetime!(2026-11-19 08:00:00.5 UTC)));
    }

    #[test]
    fn what_no_calendar_holds_is_refused_and_harms_nobody() {
        for text in
            ["", "soon", "2026-11-19", "2026-11-19T09:00:00", "9999-12-31T23:59:59-23:00", "0000-01-01T00:00:00+23:00"]
        {
            assert!(parse_instant(text).is_err(), "{text}");
        }
    }
}

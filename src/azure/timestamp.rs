//! Instants in the notations Azure writes and the one it takes.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// Reads an instant of an answer, as UTC: up to nine fractional digits (further ones are cut), any offset, and a
/// missing zone, which means UTC (docs/reference/azure-recovery-services.md#operations). None for what is
/// no instant and for year 1, which Azure writes where nothing has happened yet.
pub fn read(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    // Facts for people have a blank between date and time.
    let text = &text.replacen(' ', "T", 1);
    let parsed = OffsetDateTime::parse(text, &Rfc3339).ok().or_else(|| {
        let without_zone =
            format_description!("[year]-[month]-[day]T[hour]:[minute]:[second][optional [.[subsecond]]]");
        PrimitiveDateTime::parse(text, &without_zone).ok().map(PrimitiveDateTime::assume_utc)
    })?;
    let utc = parsed.checked_to_offset(UtcOffset::UTC)?;
    (utc.year() > 1).then_some(utc)
}

/// Writes an instant as Azure prints its own and takes any: UTC, seven fractional digits, `Z`.
///
/// Two forms without them were refused by `findRestorableTimeRanges`
/// (docs/reference/azure-data-protection.md#time-ranges).
pub fn write(instant: OffsetDateTime) -> String {
    // Out of range where an offset leads past the last or before the first year; no backup is of then.
    let utc = instant.checked_to_offset(UtcOffset::UTC).unwrap_or(instant);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z",
        utc.year(),
        u8::from(utc.month()),
        utc.day(),
        utc.hour(),
        utc.minute(),
        utc.second(),
        utc.nanosecond() / 100
    )
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn whole_seconds_six_seven_and_nine_digits_are_read() {
        let read = |text| read(text).unwrap();
        assert_eq!(read("2021-07-08T20:46:56Z"), datetime!(2021-07-08 20:46:56 UTC));
        assert_eq!(read("2021-07-08T20:46:52.411086Z"), datetime!(2021-07-08 20:46:52.411086 UTC));
        assert_eq!(read("2021-07-08T20:46:52.4110868Z"), datetime!(2021-07-08 20:46:52.4110868 UTC));
        assert_eq!(read("2021-07-08T20:46:52.411086812Z"), datetime!(2021-07-08 20:46:52.411086812 UTC));
    }

    #[test]
    fn a_blank_may_stand_between_date_and_time() {
        assert_eq!(read("2021-06-18 13:06:05Z"), Some(datetime!(2021-06-18 13:06:05 UTC)));
        assert_eq!(read("2021-06-18 13:06:05"), Some(datetime!(2021-06-18 13:06:05 UTC)));
        assert_eq!(read("today 13:06:05Z"), None);
    }

    #[test]
    fn a_missing_zone_means_utc_and_an_offset_is_turned_into_utc() {
        assert_eq!(read("2021-07-08T20:46:56"), Some(datetime!(2021-07-08 20:46:56 UTC)));
        assert_eq!(read("2021-07-08T20:46:56.5"), Some(datetime!(2021-07-08 20:46:56.5 UTC)));
        assert_eq!(read("2021-07-08T20:46:56+05:30"), Some(datetime!(2021-07-08 15:16:56 UTC)));
    }

    #[test]
    fn year_one_is_no_instant_with_or_without_zone() {
        assert_eq!(read("0001-01-01T00:00:00Z"), None);
        assert_eq!(read("0001-01-01T00:00:00"), None);
        assert_eq!(read("0001-01-01T00:00:00+14:00"), None);
    }

    #[test]
    fn what_is_no_instant_is_none() {
        assert_eq!(read(""), None);
        assert_eq!(read("yesterday"), None);
        assert_eq!(read("2021-13-08T20:46:56Z"), None);
    }

    #[test]
    fn seven_digits_are_written_in_utc() {
        assert_eq!(write(datetime!(2021-07-08 00:00 UTC)), "2021-07-08T00:00:00.0000000Z");
        assert_eq!(write(datetime!(2021-07-08 05:30:00.123456789 +05:30)), "2021-07-08T00:00:00.1234567Z");
    }
}

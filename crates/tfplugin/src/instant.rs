//! Instants as users write them.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// Reads an instant of RFC 3339, into UTC.
///
/// # Errors
/// Whole sentences: what is missing or wrong, and what to write instead. Years outside 1 to 9998 are refused, since
/// arithmetic on them could fail.
pub fn parse_instant(text: &str) -> Result<OffsetDateTime, String> {
    let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| what_is_wrong(text))?;
    let utc = at.checked_to_offset(UtcOffset::UTC).filter(|utc| (1..=9998).contains(&utc.year()));
    utc.ok_or_else(|| format!("{text:?} is not in the years 1 to 9998."))
}

/// Of a text that is no instant: what people leave out, by what would make it one.
fn what_is_wrong(text: &str) -> String {
    let is_instant = |text: &str| OffsetDateTime::parse(text, &Rfc3339).is_ok();
    if text.trim() != text {
        return format!("{text:?} has a blank or a line break at its beginning or end. Remove it.");
    }
    if is_instant(&format!("{text}Z")) {
        return format!("{text:?} has no time zone. Add `Z` for UTC, or an offset such as `+01:00`.");
    }
    if is_instant(&format!("{text}T00:00:00Z")) {
        return format!(
            "{text:?} is a day without a time. Add the time and the time zone, such as `{text}T08:00:00Z`."
        );
    }
    if is_instant(&format!("{text}:00Z")) {
        return format!("{text:?} has neither seconds nor a time zone. Write `{text}:00Z` for UTC.");
    }
    let before_zone = text.len().saturating_sub(text.strip_suffix(['Z', 'z']).map_or(6, |_| 1));
    if let Some((time, zone)) = text.split_at_checked(before_zone)
        && is_instant(&format!("{time}:00{zone}"))
    {
        return format!("{text:?} has no seconds. Write `{time}:00{zone}`.");
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if looks_like_one(text) {
        return format!("{text:?} is a date, time or time zone that does not exist.");
    }
    let epoch =
        if digits == text.len() && digits > 0 { " Numbers such as seconds since 1970 are not read." } else { "" };
    format!("{text:?} is not a time in RFC 3339 format.{epoch} Write it as `2026-11-19T08:00:00Z`.")
}

/// All the figures of an instant are there, whatever they say.
fn looks_like_one(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_figure = |position: &usize| bytes.get(*position).is_some_and(u8::is_ascii_digit);
    let figures = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18];
    figures.iter().all(is_figure)
        && [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')].iter().all(|(at, sign)| bytes.get(*at) == Some(sign))
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

    #[test]
    fn what_is_missing_is_named_with_what_to_write() {
        for (text, expected) in [
            (
                "2026-11-27T10:00:00",
                "\"2026-11-27T10:00:00\" has no time zone. Add `Z` for UTC, or an offset such as `+01:00`.",
            ),
            (
                "2026-11-27",
                "\"2026-11-27\" is a day without a time. Add the time and the time zone, such as \
                 `2026-11-27T08:00:00Z`.",
            ),
            (
                "2026-11-27T10:00",
                "\"2026-11-27T10:00\" has neither seconds nor a time zone. Write `2026-11-27T10:00:00Z` for UTC.",
            ),
            ("2026-11-27T10:00Z", "\"2026-11-27T10:00Z\" has no seconds. Write `2026-11-27T10:00:00Z`."),
            ("2026-11-27T10:00+01:00", "\"2026-11-27T10:00+01:00\" has no seconds. Write `2026-11-27T10:00:00+01:00`."),
            (
                "2026-11-27T10:00:00Z ",
                "\"2026-11-27T10:00:00Z \" has a blank or a line break at its beginning or end. Remove it.",
            ),
            ("2026-02-30T10:00:00Z", "\"2026-02-30T10:00:00Z\" is a date, time or time zone that does not exist."),
            ("2026-02-30T10:00:00", "\"2026-02-30T10:00:00\" is a date, time or time zone that does not exist."),
            (
                "1795766400",
                "\"1795766400\" is not a time in RFC 3339 format. Numbers such as seconds since 1970 are not read. \
                 Write it as `2026-11-19T08:00:00Z`.",
            ),
            ("yesterday", "\"yesterday\" is not a time in RFC 3339 format. Write it as `2026-11-19T08:00:00Z`."),
            ("ä", "\"ä\" is not a time in RFC 3339 format. Write it as `2026-11-19T08:00:00Z`."),
            ("9999-12-31T23:59:59-23:00", "\"9999-12-31T23:59:59-23:00\" is not in the years 1 to 9998."),
        ] {
            assert_eq!(parse_instant(text).unwrap_err(), expected);
        }
    }
}

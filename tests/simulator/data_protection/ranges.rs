//! `findRestorableTimeRanges`, with every answer to odd input that was recorded from Azure.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::error::ServiceError;
use super::instances::Range;

type Found = Vec<(OffsetDateTime, OffsetDateTime)>;

/// The ranges between the two times of the body, or status and error. The body has been checked for its shape.
pub fn find(ranges: &[Range], body: &Value, now: OffsetDateTime) -> Result<Found, (u16, ServiceError)> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let own = |range: &Range| (range.start, range.end.unwrap_or(now));
    let (start, end) = match (text("startTime"), text("endTime")) {
        (None, None) => return Ok(ranges.iter().map(own).collect()),
        (None, Some(_)) => {
            let message = "Microsoft Azure Backup encountered an internal error.";
            return Err((500, ServiceError::new("CloudInternalError", message)));
        }
        (Some(start), None) => {
            // Alone, a start with three digits is refused, though both times in that form are taken.
            let digits = start.split_once('.').map_or(7, |(_, rest)| rest.bytes().filter(u8::is_ascii_digit).count());
            (instant(start).filter(|_| digits == 7), Some(now))
        }
        (Some(start), Some(end)) => (instant(start), instant(end)),
    };
    let (Some(start), Some(end)) = (start, end) else {
        let message = "One or more input parameters are invalid.";
        return Err((400, ServiceError::new("DppPluginInvalidInputParameters", message)));
    };
    if start > end {
        let message = "The restorable time range is invalid: its start is after its end.";
        return Err((400, ServiceError::new("UserErrorInvalidRestorableTimeRange", message)));
    }
    let clipped: Found = ranges
        .iter()
        .map(|range| {
            let (oldest, newest) = own(range);
            (start.max(oldest), end.min(newest))
        })
        .collect();
    let within: Found = clipped.iter().copied().filter(|(start, end)| start <= end).collect();
    // Outside of everything Azure clips blindly: the range it answers ends before it starts.
    Ok(if within.is_empty() { clipped.into_iter().take(1).collect() } else { within })
}

/// An instant with a zone; without one Azure takes it for invalid.
fn instant(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    const OLDEST: OffsetDateTime = datetime!(2026-11-10 00:00 UTC);
    const NOW: OffsetDateTime = datetime!(2026-11-20 08:00 UTC);

    fn ask(start: Option<&str>, end: Option<&str>) -> Result<Found, (u16, String)> {
        let body = json!({"sourceDataStoreType": "OperationalStore", "startTime": start, "endTime": end});
        find(&[Range { start: OLDEST, end: None }], &body, NOW).map_err(|(status, error)| (status, error.code))
    }

    #[test]
    fn a_start_before_the_oldest_point_is_clipped() {
        let answer = ask(Some("2026-01-01T00:00:00.0000000Z"), Some("2026-11-15T00:00:00.0000000Z"));
        assert_eq!(answer, Ok(vec![(OLDEST, datetime!(2026-11-15 00:00 UTC))]));
    }

    #[test]
    fn an_end_before_the_oldest_point_gives_a_range_that_ends_before_it_starts() {
        let answer = ask(Some("2026-01-01T00:00:00.0000000Z"), Some("2026-01-02T00:00:00.0000000Z"));
        assert_eq!(answer, Ok(vec![(OLDEST, datetime!(2026-01-02 00:00 UTC))]));
    }

    #[test]
    fn offsets_are_turned_into_utc() {
        let answer = ask(Some("2026-11-15T05:30:00.0000000+05:30"), Some("2026-11-16T00:00:00.0000000Z"));
        assert_eq!(answer.unwrap()[0].0, datetime!(2026-11-15 00:00 UTC));
    }

    #[test]
    fn a_start_alone_must_have_seven_digits_and_a_zone() {
        assert_eq!(ask(Some("2026-11-15T00:00:00.0000000Z"), None), Ok(vec![(datetime!(2026-11-15 00:00 UTC), NOW)]));
        let refused = Err((400, "DppPluginInvalidInputParameters".to_owned()));
        assert_eq!(ask(Some("2026-11-15T00:00:00.000Z"), None), refused);
        assert_eq!(ask(Some("2026-11-15T00:00:00.0000000"), None), refused);
    }

    #[test]
    fn an_end_alone_is_a_server_error() {
        assert_eq!(ask(None, Some("2026-11-15T00:00:00.0000000Z")), Err((500, "CloudInternalError".to_owned())));
    }

    #[test]
    fn a_start_after_the_end_is_refused() {
        let answer = ask(Some("2026-11-16T00:00:00.0000000Z"), Some("2026-11-15T00:00:00.0000000Z"));
        assert_eq!(answer, Err((400, "UserErrorInvalidRestorableTimeRange".to_owned())));
    }

    #[test]
    fn without_times_everything_is_answered() {
        assert_eq!(ask(Some(""), Some("")), Ok(vec![(OLDEST, NOW)]));
    }
}

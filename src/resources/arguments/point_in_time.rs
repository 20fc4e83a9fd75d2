//! The argument `point_in_time`: the instant that a continuous backup goes back to.

use time::OffsetDateTime;

use crate::resources::canonical;
use crate::resources::restore::{ReportedArgument, wrong};
use crate::restore::record::{in_seconds, instant};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::text_checked_by;

/// Name of the argument, for schemas and errors.
pub const POINT_IN_TIME: &str = "point_in_time";

/// In place of an instant: the end of the newest range.
pub const LATEST: &str = "latest";

/// Its attribute for the schema of a resource. Changing it restores again; the notation of the instant has no meaning.
pub fn attribute() -> Attribute {
    Attribute::string(POINT_IN_TIME)
        .requires_replace()
        .canonical(canonical::instant)
        .validate(text_checked_by(is_instant_or_latest))
}

fn is_instant_or_latest(text: &str) -> Result<(), String> {
    if text == LATEST {
        return Ok(());
    }
    if text.trim().eq_ignore_ascii_case(LATEST) {
        return Err(format!("Write {text:?} as `{LATEST}`: in lower case, without blanks."));
    }
    let or_latest = |reason| format!("{reason} For the newest restorable time, write `{LATEST}`.");
    is_instant(text).map_err(|reason| if starts_with_a_figure(text) { reason } else { or_latest(reason) })
}

fn starts_with_a_figure(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_digit())
}

/// Whether `text` is an instant of RFC 3339.
///
/// # Errors
/// Why not, in whole sentences.
pub fn is_instant(text: &str) -> Result<(), String> {
    parse_instant(text).map(drop)
}

/// Reads an instant out of `argument`.
///
/// # Errors
/// A diagnostic on the argument; the checks of the schema have reported it before.
pub fn read(argument: &str, text: &str) -> Result<OffsetDateTime, Diagnostics> {
    parse_instant(text).map_err(|reason| wrong(argument, "Not an instant", reason).into())
}

/// The instant that a job reports. Requests have whole seconds, so fractions tell nothing
/// (docs/reference/azure-data-protection.md#request-bodies). `latest` chose it, whichever it is.
pub fn reported(at: OffsetDateTime) -> ReportedArgument {
    ReportedArgument::new(POINT_IN_TIME, instant(at)).or_if(move |configured| match configured.as_str() {
        Some(LATEST) => true,
        text => text
            .and_then(|text| parse_instant(text).ok())
            .is_some_and(|same| same.unix_timestamp() == at.unix_timestamp()),
    })
}

/// That it lies in the past: a check for plans that create, since time makes it come true.
pub fn check_against_the_clock(point_in_time: &Attr<String>, now: OffsetDateTime) -> Option<Diagnostic> {
    check_member_against_the_clock(POINT_IN_TIME, point_in_time, now)
}

/// The same for one that is a member of `argument`.
pub fn check_member_against_the_clock(
    argument: &str,
    point_in_time: &Attr<String>,
    now: OffsetDateTime,
) -> Option<Diagnostic> {
    let at = parse_instant(point_in_time.as_str()?).ok()?;
    let detail = || format!("`point_in_time` must lie in the past. It is {} now.", in_seconds(now));
    (at > now).then(|| wrong(argument, "The point in time lies in the future", detail()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::schema::Schema;
    use crate::tfplugin::value::Value;

    #[test]
    fn a_reported_instant_fits_itself_in_any_notation_and_the_newest() {
        let schema = Schema::new("x", vec![attribute().optional()]);
        let at = time::macros::datetime!(2026-11-19 08:00:00.25 UTC);
        let fits = |configured: Value| {
            reported(at).contradiction(&schema, &Value::object([(POINT_IN_TIME, configured)])).is_none()
        };
        assert!(fits("2026-11-19T08:00:00Z".into()) && fits("2026-11-19T09:00:00.9+01:00".into()));
        assert!(fits("latest".into()) && fits(Value::unknown()));
        assert!(!fits("2026-11-19T08:00:01Z".into()) && !fits("2026-11-19T07:59:59Z".into()) && !fits(Value::Null));
    }

    #[test]
    fn an_instant_or_the_word_latest_and_nothing_like_it() {
        let told = |text: &str| is_instant_or_latest(text).err().unwrap_or_default();
        assert_eq!((told("latest"), told("2026-11-20T12:00:00Z")), (String::new(), String::new()));
        assert_eq!(told("Latest"), "Write \"Latest\" as `latest`: in lower case, without blanks.");
        assert_eq!(told(" latest"), "Write \" latest\" as `latest`: in lower case, without blanks.");
        assert_eq!(
            told("2026-11-20T12:00:00"),
            "\"2026-11-20T12:00:00\" has no time zone. Add `Z` for UTC, or an offset such as `+01:00`."
        );
        assert_eq!(
            told("newest"),
            "\"newest\" is not a time in RFC 3339 format. Write it as `2026-11-19T08:00:00Z`. For the newest \
             restorable time, write `latest`."
        );
    }

    #[test]
    fn only_an_instant_in_the_future_is_against_the_clock() {
        let now = time::macros::datetime!(2026-11-20 12:00 UTC);
        let at = |text: &str| check_against_the_clock(&text.into(), now).is_some();
        assert_eq!((at("2026-11-20T12:00:00Z"), at("2026-11-20T12:00:01Z"), at("latest")), (false, true, false));
        assert!(check_against_the_clock(&Attr::Unknown, now).is_none());
    }
}

//! Two arguments that bound the time of what is listed. Both bounds belong to the period.

use time::OffsetDateTime;

use crate::restore::record::instant;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, text_checked_by};
use crate::tfplugin::value::{Path, Value};

/// A period that may be open at either end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Option<OffsetDateTime>,
    pub(super) to: Option<OffsetDateTime>,
}

impl Period {
    /// The period between the arguments `from` and `to`.
    pub(super) fn read(arguments: &Value, from: &str, to: &str) -> Self {
        let read = |name: &str| arguments.get(name).as_str().and_then(|text| parse_instant(text).ok());
        Self { from: read(from), to: read(to) }
    }

    /// Whether `at` lies in it. What has no time lies only in the period without bounds.
    pub(super) fn contains(&self, at: Option<OffsetDateTime>) -> bool {
        match at {
            Some(at) => self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at <= to),
            None => self.from.is_none() && self.to.is_none(),
        }
    }
}

/// One of the two arguments.
pub(super) fn bound(name: &str) -> Attribute {
    Attribute::string(name).optional().validate(text_checked_by(|text| parse_instant(text).map(drop)))
}

/// `from` must not be later than `to`.
pub(super) fn in_order(from: &'static str, to: &'static str) -> Rule {
    Rule::new(move |object, path| match Period::read(object, from, to) {
        Period { from: Some(start), to: Some(end) } if start > end => {
            ends_before_it_starts(path.clone().child(from), start, end).into()
        }
        _ => Diagnostics::new(),
    })
}

/// The error of the argument at `path`, which begins a period that is over by then.
pub(super) fn ends_before_it_starts(path: Path, from: OffsetDateTime, to: OffsetDateTime) -> Diagnostic {
    let detail = format!("The period would begin at {} and end before that, at {}.", instant(from), instant(to));
    Diagnostic::error("The period ends before it begins", detail).at(path)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn arguments(from: &str, to: &str) -> Value {
        Value::object([("from", from), ("to", to)])
    }

    #[test]
    fn both_bounds_belong_to_the_period_whatever_their_notation() {
        let period = Period::read(&arguments("2026-11-19T09:00:00+01:00", "2026-11-19T10:00:00Z"), "from", "to");
        assert!(period.contains(Some(datetime!(2026-11-19 08:00 UTC))));
        assert!(period.contains(Some(datetime!(2026-11-19 10:00 UTC))));
        assert!(!period.contains(Some(datetime!(2026-11-19 10:00:00.0000001 UTC))));
        assert!(!period.contains(None));
        assert!(Period::read(&Value::Null, "from", "to").contains(None));
    }

    #[test]
    fn a_period_that_ends_before_it_begins_is_reported_on_its_beginning() {
        let check = |from, to| in_order("from", "to").check(&arguments(from, to), &Path::root());
        let wrong = check("2026-11-19T09:00:00Z", "2026-11-19T09:30:00+01:00");
        assert_eq!(wrong.iter().next().unwrap().path, Some(Path::attribute("from")));
        assert!(check("2026-11-19T09:00:00Z", "2026-11-19T09:00:00Z").is_empty());
        let unknown = Value::object([("from", Value::from("2026-11-19T09:00:00Z")), ("to", Value::unknown())]);
        assert!(in_order("from", "to").check(&unknown, &Path::root()).is_empty());
    }
}

//! The `timeouts` block, and durations as Terraform users write them.

use std::time::Duration;

use super::schema::{Attribute, Block};
use super::validators::{Validator, matches};
use super::value::Value;

/// How long each operation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Limit of a create.
    pub create: Duration,
    /// Limit of an update in place.
    pub update: Duration,
    /// Limit of a refresh, and of reading a data source.
    pub read: Duration,
    /// Limit of a destroy.
    pub delete: Duration,
}

impl Timeouts {
    /// The timeouts in `object`, a whole resource (configuration, plan or state), where `defaults` stand for what is
    /// null, unknown or not there. Malformed texts do not get past the checks of [`block`].
    pub fn read(object: &Value, defaults: Timeouts) -> Self {
        let timeouts = object.get("timeouts");
        let one = |name: &str, default: Duration| {
            let text = timeouts.get(name).as_str();
            text.and_then(|text| parse_duration(text).ok()).unwrap_or(default)
        };
        Self {
            create: one("create", defaults.create),
            update: one("update", defaults.update),
            read: one("read", defaults.read),
            delete: one("delete", defaults.delete),
        }
    }
}

/// The `timeouts` block of a resource, to be added to its schema. `defaults` are told in its documentation.
pub fn block(defaults: Timeouts) -> Block {
    let attribute = |name: &str, operation: &str, default: Duration| {
        let default = format_duration(default);
        Attribute::string(name)
            .description(format!("The time limit for {operation}, such as `30m` or `1h30m`. Default: `{default}`."))
            .validate(positive_duration())
            .updates_in_place()
    };
    let attributes = vec![
        attribute("create", "creating", defaults.create),
        attribute("update", "updating", defaults.update),
        attribute("read", "reading", defaults.read),
        attribute("delete", "deleting", defaults.delete),
    ];
    Block::single("timeouts", attributes).description("The time limits of the operations.")
}

/// The `timeouts` block of a data source, which has only `read`.
pub fn read_block(default: Duration) -> Block {
    let mut block = block(Timeouts { create: default, update: default, read: default, delete: default });
    block.attributes.retain(|attribute| attribute.name == "read");
    block
}

/// A check for texts like `1h30m`: a duration above zero.
pub fn positive_duration() -> Validator {
    matches("a duration such as \"90s\", \"30m\" or \"1h30m\"", |text| match parse_duration(text) {
        Ok(Duration::ZERO) => Err("it must be more than zero".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    })
}

/// Why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// The text is empty.
    #[error("it is empty")]
    Empty,
    /// It begins with a minus sign.
    #[error("it must not be negative")]
    Negative,
    /// Something else where a number should be.
    #[error("a number is missing before \"{0}\"")]
    NumberMissing(String),
    /// A number without a unit.
    #[error("the unit after {0} is missing; write \"{0}s\", \"{0}m\" or \"{0}h\"")]
    UnitMissing(String),
    /// A unit that is none of ours.
    #[error("\"{0}\" is not a unit; the units are h, m, s, ms, us and ns")]
    UnknownUnit(String),
    /// Days, weeks and the like, which people try.
    #[error("\"{unit}\" is not a unit; write \"{hours}h\" for {number} {unit}")]
    Days {
        /// The number, as written.
        number: String,
        /// The unit, as written.
        unit: String,
        /// The same in hours.
        hours: u64,
    },
    /// More than 290 years.
    #[error("it is too long")]
    TooLong,
}

/// Go's limit: 64 signed bits of nanoseconds.
const MAX_NANOSECONDS: u128 = i64::MAX as u128;

/// Parses a duration in the notation of Go, which Terraform's users know: numbers, each with its unit (`h`, `m`, `s`,
/// `ms`, `us`, `µs`, `ns`), as in `1h30m`, `1.5h`, `500ms`. `0` needs no unit.
///
/// # Errors
/// [`DurationError`], whose text completes "…: ".
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(DurationError::Empty);
    }
    if text.starts_with('-') {
        return Err(DurationError::Negative);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (number, after) = split_at_first(rest, |character| !character.is_ascii_digit() && character != '.');
        let (unit, after) = split_at_first(after, |character| character.is_ascii_digit() || character == '.');
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(DurationError::NumberMissing(rest.to_owned()));
        }
        let nanoseconds = match unit {
            "" => return Err(DurationError::UnitMissing(number.to_owned())),
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            // Two code points look alike: the micro sign and the Greek letter.
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ns" => 1,
            _ => return Err(unknown_unit(number, unit)),
        };
        total += part(whole, fraction, nanoseconds)?;
        if total > MAX_NANOSECONDS {
            return Err(DurationError::TooLong);
        }
        rest = after;
    }
    let nanoseconds = u64::try_from(total).map_err(|_| DurationError::TooLong)?;
    Ok(Duration::from_nanos(nanoseconds))
}

fn split_at_first(text: &str, stop: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(stop).unwrap_or(text.len()))
}

fn part(whole: &str, fraction: &str, unit: u128) -> Result<u128, DurationError> {
    let digits = |text: &str| if text.is_empty() { Ok(0) } else { text.parse::<u64>() };
    let whole = digits(whole).map_err(|_| DurationError::TooLong)?;
    // Below a nanosecond there is nothing: an hour has 13 digits of them.
    let fraction: String = fraction.chars().take(13).collect();
    let scale = 10_u128.pow(fraction.len() as u32);
    let fraction = digits(&fraction).map_err(|_| DurationError::TooLong)?;
    Ok(u128::from(whole) * unit + u128::from(fraction) * unit / scale)
}

fn unknown_unit(number: &str, unit: &str) -> DurationError {
    let hours: Option<u64> = match unit.trim() {
        "d" | "day" | "days" => Some(24),
        "w" | "week" | "weeks" => Some(168),
        _ => None,
    };
    match hours.and_then(|hours| number.parse::<u64>().ok()?.checked_mul(hours)) {
        Some(hours) => DurationError::Days { number: number.to_owned(), unit: unit.trim().to_owned(), hours },
        None => DurationError::UnknownUnit(unit.trim().to_owned()),
    }
}

/// The shortest text that [`parse_duration`] reads back, without fractions: `1h30m`, `24h`, `1s500ms`, `0s`.
pub fn format_duration(duration: Duration) -> String {
    let mut rest = duration.as_nanos();
    let mut text = String::new();
    for (unit, nanoseconds) in [
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ] {
        let count = rest / nanoseconds;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
            rest %= nanoseconds;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schema::Schema;
    use crate::value::Path;

    fn defaults() -> Timeouts {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Timeouts { create: hours(24), update: hours(24), read: hours(1), delete: hours(2) }
    }

    #[test]
    fn durations_are_read_in_the_notation_of_go() {
        for (text, nanoseconds) in [
            ("0", 0),
            ("+5s", 5_000_000_000),
            ("30m", 1_800_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1.5h", 5_400_000_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("500ms", 500_000_000),
            ("1us2ns", 1_002),
            ("3\u{b5}s", 3_000),
            ("3\u{3bc}s", 3_000),
            ("0.0000000001s", 0),
            ("1m1m", 120_000_000_000),
            (" 90s ", 90_000_000_000),
            ("2562047h47m16.854775807s", i64::MAX as u64),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_nanos(nanoseconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_told_with_what_to_write_instead() {
        for (text, problem) in [
            ("", "it is empty"),
            ("-5m", "it must not be negative"),
            ("30", "the unit after 30 is missing; write \"30s\", \"30m\" or \"30h\""),
            ("1h30", "the unit after 30 is missing; write \"30s\", \"30m\" or \"30h\""),
            ("soon", "a number is missing before \"soon\""),
            (".h", "a number is missing before \".h\""),
            ("1.2.3s", "a number is missing before \"1.2.3s\""),
            ("2d", "\"d\" is not a unit; write \"48h\" for 2 d"),
            ("1 week", "\"week\" is not a unit; write \"168h\" for 1 week"),
            ("5min", "\"min\" is not a unit; the units are h, m, s, ms, us and ns"),
            ("1H", "\"H\" is not a unit; the units are h, m, s, ms, us and ns"),
            ("99999999999999999999h", "it is too long"),
            ("2562048h", "it is too long"),
        ] {
            assert_eq!(parse_duration(text).unwrap_err().to_string(), problem, "{text}");
        }
    }

    #[test]
    fn durations_are_written_without_fractions() {
        for (milliseconds, text) in
            [(0, "0s"), (500, "500ms"), (1_500, "1s500ms"), (5_400_000, "1h30m"), (86_400_000, "24h")]
        {
            assert_eq!(format_duration(Duration::from_millis(milliseconds)), text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_duration_is_read_as_it_was_written(nanoseconds in 0..=i64::MAX as u64) {
            let duration = Duration::from_nanos(nanoseconds);
            prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }

        #[test]
        fn any_text_is_a_duration_or_an_error(text in "[0-9.hmsun\u{b5} +-]{0,12}") {
            let _ = parse_duration(&text);
        }
    }

    #[test]
    fn timeouts_that_are_not_set_are_the_defaults() {
        assert_eq!(Timeouts::read(&Value::Null, defaults()), defaults());
        let block = Value::object([("create", Value::from("90s")), ("read", Value::unknown())]);
        let object = Value::object([("timeouts", block)]);
        let expected = Timeouts { create: Duration::from_secs(90), ..defaults() };
        assert_eq!(Timeouts::read(&object, defaults()), expected);
    }

    #[test]
    fn a_timeout_of_zero_or_of_no_duration_is_refused_where_it_stands() {
        let schema = Schema::default().block(block(defaults()));
        for text in ["0s", "tomorrow"] {
            let config = Value::object([("timeouts", Value::object([("create", text)]))]);
            let diagnostics = schema.validate_config(&config);
            let paths: Vec<_> = diagnostics.iter().filter_map(|each| each.path.clone()).collect();
            assert_eq!(paths, [Path::attribute("timeouts").child("create")], "{text}");
        }
        let config = Value::object([("timeouts", Value::object([("create", "1h30m")]))]);
        assert!(schema.validate_config(&config).is_empty());
    }

    #[test]
    fn a_data_source_has_a_timeout_for_reading_only() {
        let names: Vec<_> = read_block(Duration::from_secs(300)).attributes.into_iter().map(|each| each.name).collect();
        assert_eq!(names, ["read"]);
    }
}

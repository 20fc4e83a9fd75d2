//! Lengths of time in the notations Azure writes.

use std::time::Duration;

/// Reads `PT2M5.5726414S` (live jobs) and .NET's `[days.]hours:minutes:seconds[.fraction]` (examples of the REST
/// description, jobs of Recovery Services vaults). Years and months, which have no fixed length, are not read.
pub fn read(text: &str) -> Option<Duration> {
    let text = text.trim();
    let seconds = if let Some(period) = text.strip_prefix(['P', 'p']) { iso_8601(period) } else { dot_net(text) }?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn iso_8601(period: &str) -> Option<f64> {
    let (days, time) = period.split_once(['T', 't']).unwrap_or((period, ""));
    let date = fields(days, &[('W', 604_800.0), ('D', 86_400.0)])?;
    let time = fields(time, &[('H', 3600.0), ('M', 60.0), ('S', 1.0)])?;
    period.bytes().any(|byte| byte.is_ascii_digit()).then_some(date + time)
}

fn fields(mut text: &str, units: &[(char, f64)]) -> Option<f64> {
    let mut seconds = 0.0;
    for (unit, worth) in units {
        if let Some((number, rest)) = text.split_once([*unit, unit.to_ascii_lowercase()]) {
            seconds += non_negative(number)? * worth;
            text = rest;
        }
    }
    text.is_empty().then_some(seconds)
}

fn dot_net(text: &str) -> Option<f64> {
    let mut parts = text.splitn(3, ':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    Some(
        non_negative(days)? * 86_400.0
            + non_negative(hours)? * 3600.0
            + non_negative(minutes)? * 60.0
            + non_negative(seconds)?,
    )
}

fn non_negative(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_8601_and_dot_net_forms_are_read() {
        assert_eq!(read("PT0S"), Some(Duration::ZERO));
        assert_eq!(read("PT2M5.5726414S").unwrap().as_millis(), 125_572);
        assert_eq!(read("P1DT2H"), Some(Duration::from_secs(26 * 3600)));
        assert_eq!(read("P15D"), Some(Duration::from_secs(15 * 86_400)));
        assert_eq!(read("00:00:00"), Some(Duration::ZERO));
        assert_eq!(read("00:02:11.9724387").unwrap().as_millis(), 131_972);
        assert_eq!(read("1.02:03:04"), Some(Duration::from_secs(86_400 + 7384)));
    }

    #[test]
    fn what_is_no_length_is_none() {
        for text in ["", "P", "7D", "PT", "P1Y", "PT5X", "-00:01:00", "PT-5S", "12", "a:b:c", "P1DT1e9S"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

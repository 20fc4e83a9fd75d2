//! Terraform's numbers: exact decimal text, with integer and float access.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Digits before plus after the point. Terraform's 512-bit floats have some 155 significant digits; the rest of the
/// room is for their exponents.
const MAX_DIGITS: usize = 2_000;

/// An exact decimal number of any size. The text is canonical plain notation (no exponent, no superfluous zero or
/// sign), so numeric equality is equality of text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(String);

/// Why a text is not a [`Number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not a decimal number; NaN and infinity belong here.
    #[error("not a decimal number")]
    NotDecimal,
    /// Written out it would have more than 2,000 digits.
    #[error("the number has too many digits")]
    TooLong,
}

impl Number {
    /// The number in plain decimal notation, the shortest of equal ones.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as an integer; `None` for fractions and for integers outside 64 signed bits.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The number as an integer; `None` for fractions, negative numbers and integers outside 64 bits.
    pub fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// The nearest float; `None` beyond its range.
    pub fn as_f64(&self) -> Option<f64> {
        self.0.parse().ok().filter(|float: &f64| float.is_finite())
    }

    /// The float of exactly this value, if there is one. 0.5 has one, 0.1 has none.
    pub fn as_exact_f64(&self) -> Option<f64> {
        // 1,074 fractional digits write out every finite float exactly.
        self.as_f64().filter(|float| Number::from_str(&format!("{float:.1074}")).is_ok_and(|exact| exact == *self))
    }

    /// True if there is no fraction.
    pub fn is_integer(&self) -> bool {
        !self.0.contains('.')
    }

    /// The number whose shortest decimal text is that of `float`, which is how Terraform compares floats.
    ///
    /// # Errors
    /// [`NumberError::NotDecimal`] for NaN and infinities.
    pub fn from_f64(float: f64) -> Result<Self, NumberError> {
        if float.is_finite() { Self::from_str(&float.to_string()) } else { Err(NumberError::NotDecimal) }
    }

    fn parts(&self) -> (bool, &str, &str) {
        let (negative, digits) = match self.0.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, self.0.as_str()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        (negative, whole, fraction)
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, text.get(1..).unwrap_or_default()),
            Some(b'+') => (false, text.get(1..).unwrap_or_default()),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NumberError::NotDecimal);
        }
        // The point stands after this many digits; below zero there are zeros between the point and the digits.
        let leading_zeros = digits.bytes().take_while(|byte| *byte == b'0').count();
        let significant = digits.trim_matches('0');
        if significant.is_empty() {
            return Ok(Self("0".to_owned()));
        }
        if digits.len() > MAX_DIGITS {
            return Err(NumberError::TooLong);
        }
        let point = whole.len() as i64 + exponent - leading_zeros as i64;
        if point.unsigned_abs() as usize + significant.len() > MAX_DIGITS {
            return Err(NumberError::TooLong);
        }
        let sign = if negative { "-" } else { "" };
        let length = significant.len() as i64;
        let plain = if point <= 0 {
            format!("{sign}0.{}{significant}", "0".repeat(point.unsigned_abs() as usize))
        } else if point >= length {
            format!("{sign}{significant}{}", "0".repeat((point - length) as usize))
        } else {
            let (before, after) = significant.split_at(point as usize);
            format!("{sign}{before}.{after}")
        };
        Ok(Self(plain))
    }
}

fn parse_exponent(text: &str) -> Result<i64, NumberError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::NotDecimal);
    }
    // Far enough beyond the limit to be refused there, and small enough for the sums.
    text.parse().map_or(Err(NumberError::TooLong), |exponent: i64| Ok(exponent.clamp(-1_000_000, 1_000_000)))
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let (negative, whole, fraction) = self.parts();
        let (other_negative, other_whole, other_fraction) = other.parts();
        let magnitude = || {
            whole
                .len()
                .cmp(&other_whole.len())
                .then_with(|| whole.cmp(other_whole))
                .then_with(|| fraction.cmp(other_fraction))
        };
        match (negative, other_negative) {
            (false, false) => magnitude(),
            (true, true) => magnitude().reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Number {
            fn from(integer: $integer) -> Self {
                Self(integer.to_string())
            }
        }
    )*};
}

from_integers!(i32, i64, u16, u32, u64, usize);

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn every_notation_of_a_number_has_the_same_canonical_text() {
        for (text, canonical) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("007", "7"),
            ("1.50", "1.5"),
            ("1e3", "1000"),
            ("1.5E+2", "150"),
            ("12.5e-3", "0.0125"),
            ("-0.10", "-0.1"),
            ("100e-2", "1"),
            ("1e30", "1000000000000000000000000000000"),
            (".5", "0.5"),
            ("0e999999999999", "0"),
        ] {
            assert_eq!(number(text).as_str(), canonical, "{text}");
        }
    }

    #[test]
    fn what_is_not_decimal_is_refused() {
        for text in ["", "-", ".", "NaN", "inf", "1e", "1e+", "0x10", "1_000", "1.2.3", "--1", "1 ", "e5", "1e5.0"] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::NotDecimal), "{text}");
        }
        assert_eq!(Number::from_f64(f64::NAN), Err(NumberError::NotDecimal));
        assert_eq!(Number::from_f64(f64::NEG_INFINITY), Err(NumberError::NotDecimal));
    }

    #[test]
    fn an_exponent_cannot_blow_up_the_text() {
        for text in ["1e999999999", "1e-999999999", "1e99999999999999999999999", "1e2001"] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::TooLong), "{text}");
        }
    }

    #[test]
    fn integers_end_at_64_bits() {
        assert_eq!(number("9223372036854775807").as_i64(), Some(i64::MAX));
        assert_eq!(number("9223372036854775808").as_i64(), None);
        assert_eq!(number("18446744073709551615").as_u64(), Some(u64::MAX));
        assert_eq!(number("1.5").as_i64(), None);
        assert!(number("1e30").is_integer());
    }

    #[test]
    fn only_binary_fractions_have_an_exact_float() {
        assert_eq!(number("0.5").as_exact_f64(), Some(0.5));
        assert_eq!(number("-3.5").as_exact_f64(), Some(-3.5));
        assert_eq!(number("0.1").as_exact_f64(), None);
        assert_eq!(number("3.14").as_exact_f64(), None);
        assert_eq!(number("1e400").as_f64(), None);
    }

    #[test]
    fn a_float_is_its_shortest_text() {
        assert_eq!(Number::from_f64(0.1).unwrap(), number("0.1"));
        assert_eq!(Number::from_f64(1e21).unwrap(), number("1e21"));
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let mut numbers = [number("10"), number("9"), number("-10"), number("-9"), number("9.5"), number("0.25")];
        numbers.sort();
        let texts: Vec<&str> = numbers.iter().map(Number::as_str).collect();
        assert_eq!(texts, ["-10", "-9", "0.25", "9", "9.5", "10"]);
    }
}

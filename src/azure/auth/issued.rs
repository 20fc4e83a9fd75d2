//! The answer that holds an access token, in the spellings of all who issue one
//! (docs/reference/azure-resource-manager.md#tokens).

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::azure::secret::Secret;
use crate::azure::token::AccessToken;

/// Assumed of a token that comes without any end: the CLI and the metadata service give none that ends earlier.
const LEAST_LIFETIME: Duration = Duration::minutes(5);

/// `Debug` is safe: the token is a [`Secret`].
#[derive(Debug, Deserialize)]
pub(crate) struct Issued {
    #[serde(alias = "accessToken", deserialize_with = "secret")]
    access_token: Secret,
    /// Seconds; a number or, from managed identity, a string.
    #[serde(default, deserialize_with = "whole_number")]
    expires_in: Option<i64>,
    /// Seconds of the Unix epoch; a number or a string.
    #[serde(default, deserialize_with = "whole_number")]
    expires_on: Option<i64>,
}

impl Issued {
    /// `None` if `body` is no such answer; the parser's error is dropped, since it may quote the token.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// `None` if the token is empty. `expires_in` goes first: it does not depend on this machine's clock being right.
    pub(crate) fn token(self, asked_at: OffsetDateTime) -> Option<AccessToken> {
        if self.access_token.expose().is_empty() {
            return None;
        }
        let from_now = self.expires_in.filter(|seconds| (1..=i64::from(u32::MAX)).contains(seconds));
        let expires_at = match (from_now, self.expires_on) {
            (Some(seconds), _) => asked_at.checked_add(Duration::seconds(seconds)),
            (None, Some(instant)) => OffsetDateTime::from_unix_timestamp(instant).ok(),
            (None, None) => None,
        };
        let expires_at = expires_at.unwrap_or_else(|| asked_at.saturating_add(LEAST_LIFETIME));
        Some(AccessToken { token: self.access_token, expires_at })
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-19 08:00 UTC);

    fn end(body: &str) -> OffsetDateTime {
        Issued::read(body.as_bytes()).unwrap().token(NOW).unwrap().expires_at
    }

    #[test]
    fn the_end_may_be_relative_or_absolute_a_number_or_a_string() {
        assert_eq!(end(r#"{"access_token":"t","expires_in":3599}"#), NOW + Duration::seconds(3599));
        assert_eq!(
            end(r#"{"access_token":"t","expires_in":"86399","expires_on":"1"}"#),
            NOW + Duration::seconds(86399)
        );
        assert_eq!(end(r#"{"access_token":"t","expires_on":"1795075200"}"#).unix_timestamp(), 1_795_075_200);
        assert_eq!(end(r#"{"accessToken":"t","expires_on":1795075200}"#).unix_timestamp(), 1_795_075_200);
    }

    #[test]
    fn a_token_without_a_readable_end_is_taken_for_five_minutes() {
        assert_eq!(end(r#"{"access_token":"t"}"#), NOW + Duration::minutes(5));
        assert_eq!(
            end(r#"{"access_token":"t","expires_on":"09/14/2017 00:00:00 PM +00:00"}"#),
            NOW + Duration::minutes(5)
        );
        assert_eq!(end(r#"{"access_token":"t","expires_in":-1}"#), NOW + Duration::minutes(5));
    }

    #[test]
    fn an_answer_without_a_token_is_none() {
        assert!(Issued::read(b"<html>").is_none());
        assert!(Issued::read(br#"{"error":"x"}"#).is_none());
        assert!(Issued::read(br#"{"access_token":""}"#).unwrap().token(NOW).is_none());
    }
}

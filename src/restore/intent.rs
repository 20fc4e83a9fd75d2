//! The intent of a restore: what is restored and where to, as a hash that fits into a request id. Azure keeps the id
//! with the job, so that any later run recognises the restore.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use uuid::{Builder, Uuid};

use crate::azure::random::Random;

/// How many bytes of a request id the intent fills: the first four groups.
const INTENT_BYTES: usize = 10;

/// The hash of an intent: the protected item and every argument that decides what is restored, in canonical form, plus
/// `triggers`.
///
/// 74 bits of a SHA-256 in the form of the first four groups of a version 8 UUID (RFC 9562, section 5.8).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Intent([u8; INTENT_BYTES]);

impl Intent {
    /// Hashes `meaning`, everything that decides what is restored and where to.
    ///
    /// Two values that serialise alike are one intent; making the canonical form (ids without case, sets without order)
    /// is the caller's work. `serde_json` keeps the keys of objects sorted, so the text is canonical.
    pub fn of(meaning: &serde_json::Value) -> Self {
        let digest = digest::digest(&digest::SHA256, meaning.to_string().as_bytes());
        let mut bytes = [0_u8; 16];
        for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        ClientRequestId(Builder::from_custom_bytes(bytes).into_uuid()).intent()
    }

    /// Whether an activity id that Azure reports belongs to this intent. Case has no meaning, and portals and
    /// PowerShell append to the id.
    pub fn began(&self, activity_id: &str) -> bool {
        starts_with_ignoring_case(activity_id, &self.to_string())
    }
}

impl fmt::Display for Intent {
    /// The four groups with their hyphens: `hhhhhhhh-hhhh-8hhh-vhhh`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8) {
                formatter.write_str("-")?;
            }
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Intent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The `x-ms-client-request-id` of one trigger: the intent, then 48 fresh bits.
///
/// Azure gives it back as the job's `activityID` (docs/reference/azure-data-protection.md#validation-and-trigger). No
/// id is sent twice: Resource Manager may replay the answer to an id it has seen
/// (docs/reference/azure-resource-manager.md#request-ids).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientRequestId(Uuid);

impl ClientRequestId {
    /// A fresh id for one more POST of `intent`.
    pub fn fresh(intent: Intent, random: &dyn Random) -> Self {
        let mut bytes = [0_u8; 16];
        random.fill(&mut bytes);
        for (to, from) in bytes.iter_mut().zip(intent.0) {
            *to = from;
        }
        Self(Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The intent that the id carries.
    pub fn intent(&self) -> Intent {
        let mut prefix = [0_u8; INTENT_BYTES];
        for (to, from) in prefix.iter_mut().zip(self.0.as_bytes()) {
            *to = *from;
        }
        Intent(prefix)
    }

    /// Whether an activity id that Azure reports is this very trigger's.
    pub fn is(&self, activity_id: &str) -> bool {
        starts_with_ignoring_case(activity_id, &self.to_string())
    }

    /// Whether an activity id that Azure reports may be that of one of our triggers: a version 8 UUID, which nobody else
    /// is known to send.
    pub fn is_like(activity_id: &str) -> bool {
        let uuid = activity_id.trim_start().get(..36).and_then(|start| Uuid::try_parse(start).ok());
        uuid.is_some_and(|uuid| uuid.get_version_num() == 8)
    }

    /// The id as the HTTP layer wants it.
    pub fn uuid(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for ClientRequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.hyphenated(), formatter)
    }
}

impl fmt::Debug for ClientRequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for ClientRequestId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// Azure gives ids back with blanks around them now and then.
fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    let text = text.trim_start();
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::random::SystemRandom;

    #[test]
    fn an_id_is_a_version_8_uuid_that_begins_with_the_intent() {
        let intent = Intent::of(&json!({"item": "a"}));
        let id = ClientRequestId::fresh(intent, &SystemRandom);
        assert_eq!(id.uuid().get_version_num(), 8);
        assert_eq!(id.uuid().get_variant(), uuid::Variant::RFC4122);
        assert_eq!(id.intent(), intent);
        assert!(id.to_string().starts_with(&intent.to_string()));
    }

    #[test]
    fn two_posts_of_one_intent_differ_only_in_the_last_group() {
        let intent = Intent::of(&json!({"item": "a"}));
        let (one, other) =
            (ClientRequestId::fresh(intent, &SystemRandom), ClientRequestId::fresh(intent, &SystemRandom));
        assert_ne!(one, other);
        assert_eq!(one.to_string().get(..23), other.to_string().get(..23));
    }

    #[test]
    fn the_order_of_keys_has_no_meaning_but_any_value_has() {
        let text = |text: &str| Intent::of(&serde_json::from_str(text).unwrap());
        assert_eq!(text(r#"{"a":1,"b":2}"#), text(r#"{"b":2,"a":1}"#));
        assert_ne!(text(r#"{"a":1,"b":2}"#), text(r#"{"a":1,"b":3}"#));
    }

    #[test]
    fn activity_ids_are_compared_without_case_and_with_suffixes() {
        let intent = Intent::of(&json!(1));
        let id = ClientRequestId::fresh(intent, &SystemRandom);
        let reported = format!("{}-Ibz", id.to_string().to_uppercase());
        assert!(id.is(&reported) && intent.began(&reported));
        let padded = format!(" {reported} ");
        assert!(id.is(&padded) && intent.began(&padded) && ClientRequestId::is_like(&padded));
        assert!(!id.is(&intent.to_string()));
        assert!(ClientRequestId::is_like(&reported) && ClientRequestId::is_like(&id.to_string()));
        for other in ["", "4195ca6c-e02d-11eb-b0b1-70bc105e2242", "4195ca6c-e02d-81eb-b0b1", "ééééééééééééééééééé"]
        {
            assert!(!ClientRequestId::is_like(other), "{other}");
        }
        assert!(!intent.began(""));
        assert!(!intent.began("ééééééééééééééééé"));
    }
}

//! Canonical forms of what Azure reads in more than one notation, for [`Attribute::canonical`]: they decide both
//! whether an argument has changed and what an intent is.
//!
//! [`Attribute::canonical`]: crate::tfplugin::schema::Attribute::canonical

use crate::azure::resource_id::{self, Location};
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::value::Value;

/// An ARM id, or a name out of one: neither case nor escapes nor a slash at the end have a meaning.
pub fn id(value: &Value) -> Value {
    value.as_str().map(|id| resource_id::canonical(id.trim_end_matches('/'))).into()
}

/// An instant, or a word in its place: notation and time zone have no meaning.
pub fn instant(value: &Value) -> Value {
    let instant = |text: &str| match parse_instant(text) {
        Ok(at) => at.unix_timestamp_nanos().to_string(),
        Err(_) => text.to_owned(),
    };
    value.as_str().map(instant).into()
}

/// A region: neither case nor blanks have a meaning.
pub fn region(value: &Value) -> Value {
    value.as_str().map(|region| Location::new(region).normalized()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_notation_and_blanks_have_no_meaning() {
        assert_eq!(id(&"/Subscriptions/A/".into()), id(&"/subscriptions/a".into()));
        assert_eq!(instant(&"2026-11-19T09:00:00+01:00".into()), instant(&"2026-11-19T08:00:00.000Z".into()));
        assert_ne!(instant(&"latest".into()), instant(&"2026-11-19T08:00:00Z".into()));
        assert_eq!(region(&"West Europe".into()), region(&"westeurope".into()));
        assert_ne!(region(&"West Europe".into()), region(&"North Europe".into()));
    }

    #[test]
    fn neither_case_nor_escapes_of_an_id_have_a_meaning_in_any_alphabet() {
        for (one, other) in
            [("/g/ÄRZTE", "/g/ärzte"), ("/g/ΟΔΟΣ", "/g/οδος"), ("/g/ä", "/g/%C3%84/"), ("/g/a;b", "/g/a%3Bb")]
        {
            assert_eq!(id(&one.into()), id(&other.into()), "{one}");
        }
        assert_ne!(id(&"/g/maße".into()), id(&"/g/masse".into()));
    }
}

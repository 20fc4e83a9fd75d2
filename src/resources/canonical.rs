//! Canonical forms of what Azure reads in more than one notation, for [`Attribute::canonical`]: they decide both whether an
//! argument has changed and what an intent is.
//!
//! [`Attribute::canonical`]: crate::tfplugin::schema::Attribute::canonical

use crate::azure::resource_id::Location;
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::value::Value;

/// An ARM id: neither case nor a slash at the end has a meaning.
pub fn id(value: &Value) -> Value {
    value.as_str().map(|id| without_case(id.trim_end_matches('/'))).into()
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

/// Text in which case has no meaning, whatever the alphabet. Characters are taken one by one, as Azure does: `ß` is not `ss`.
pub fn without_case(text: &str) -> String {
    text.chars().map(|character| lower(upper(character))).collect()
}

/// By way of the upper case, since a letter may have two lower ones (`σ` and `ς`).
fn upper(character: char) -> char {
    only(character.to_uppercase()).unwrap_or(character)
}

fn lower(character: char) -> char {
    only(character.to_lowercase()).unwrap_or(character)
}

/// The character, if there is one and no second.
fn only(mut characters: impl Iterator<Item = char>) -> Option<char> {
    characters.next().filter(|_| characters.next().is_none())
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
    }

    #[test]
    fn case_has_no_meaning_in_any_alphabet() {
        for (one, other) in
            [("/g/ÄRZTE", "/g/ärzte"), ("/g/ΟΔΟΣ", "/g/οδος"), ("/g/οδος", "/g/οδοσ"), ("/g/ИМЯ", "/g/имя")]
        {
            assert_eq!(id(&one.into()), id(&other.into()), "{one}");
        }
        assert_ne!(id(&"/g/maße".into()), id(&"/g/masse".into()));
    }
}

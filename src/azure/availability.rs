//! Where something stands that has no `provisioningState`: whether it can be used, by the word of its status.

use std::fmt;

use super::redaction::redact;

/// Where a database or a server stands, with Azure's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can be used.
    Usable(String),
    /// It cannot be used, and waiting does not help.
    Broken(String),
    /// On its way to one of these; words nobody knows count as this.
    Passing(String),
}

impl Availability {
    /// Reads Azure's word, without case, as one of those of its type.
    pub fn read(word: &str, usable: &[&str], broken: &[&str]) -> Self {
        let own = redact(word.trim());
        let is_one_of = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(&own));
        if is_one_of(usable) {
            Self::Usable(own)
        } else if is_one_of(broken) {
            Self::Broken(own)
        } else {
            Self::Passing(own)
        }
    }
}

/// Azure's word.
impl fmt::Display for Availability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usable(word) | Self::Broken(word) | Self::Passing(word)) = self;
        formatter.write_str(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_are_an_end_in_any_casing() {
        let read = |word| Availability::read(word, &["Online", "Paused"], &["Suspect"]);
        assert_eq!(read(" online "), Availability::Usable("online".into()));
        assert_eq!(read("SUSPECT"), Availability::Broken("SUSPECT".into()));
        for word in ["Restoring", "On line", ""] {
            assert_eq!(read(word), Availability::Passing(word.into()));
        }
    }
}

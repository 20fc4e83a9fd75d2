//! Why a credential gave no token, before it is decided whether asking again can help. Response bodies and errors of
//! the libraries below never enter: they may hold tokens. Only chosen texts do, with every known secret struck out.

use crate::azure::redaction::redact;
use crate::azure::secret::Secret;

/// What asking again would bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// 429 or 5xx: another try may succeed.
    Transient,
    /// No answer, or one that a wrong address gives as well. Before the first token it is rather a mistake (a
    /// certificate, a name, a proxy, a clock) than an outage, and is waited out for a minute or two only.
    Unanswered,
    /// The authority has understood and refused.
    Permanent,
    /// Not what this endpoint says when it works: a wrong endpoint if it never worked, a passing fault if it has.
    Doubtful,
    /// No federated credential matches (AADSTS70021, AADSTS700213): true for some minutes after one is made.
    Unmatched,
}

/// No token, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenFailure {
    pub(crate) kind: FailureKind,
    pub(crate) message: String,
    pub(crate) cause: Option<FailureSource>,
}

/// What a layer below said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct FailureSource(pub(crate) String);

impl TokenFailure {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), cause: None }
    }

    pub(crate) fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(FailureSource(cause.into()));
        self
    }
}

/// Longer than any text of Entra that was met; keeps an error readable if a page of HTML gets this far.
const TEXT_LIMIT: usize = 1200;

/// `text` on one line, cut to a readable length, with the `secrets` struck out, plain and as form data, and whatever
/// else looks like a token.
pub(crate) fn presentable(text: &str, secrets: &[&Secret]) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        let secret = secret.expose().trim();
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for form in [secret, encoded.as_str()] {
            if !form.is_empty() {
                text = text.replace(form, "(secret)");
            }
        }
    }
    text = redact(&text).split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = text.char_indices().nth(TEXT_LIMIT) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_struck_out_plain_and_encoded_and_lines_are_joined() {
        let secret = Secret::new("a+b/c");
        let text = presentable("bad secret a+b/c\r\nsent as client_secret=a%2Bb%2Fc&x", &[&secret]);
        assert_eq!(text, "bad secret (secret) sent as client_secret=(secret)&x");
    }

    #[test]
    fn an_empty_secret_strikes_nothing_out_and_a_long_text_is_cut_at_a_character() {
        assert_eq!(presentable("text", &[&Secret::new("")]), "text");
        let cut = presentable(&"ä".repeat(5000), &[]);
        assert_eq!(cut.chars().count(), TEXT_LIMIT + 1);
    }
}

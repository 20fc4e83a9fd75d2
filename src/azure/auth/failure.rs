//! Why a credential gave no token, before it is decided whether asking again can help. Response bodies and errors of
//! the libraries below never enter: they may hold tokens. Only chosen texts do, with every known secret struck out.

use printable::printable;

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

/// What a page in place of an answer is about, for messages.
pub(crate) const PAGE_HINT: &str =
    "Is there a proxy or a gateway in between? Check HTTPS_PROXY and NO_PROXY, and that it lets this machine through";

/// What asking again would bring after a page with `status`: a gateway that is in trouble may recover, and one that refuses
/// this machine does not. Neither says that the authority was ever reached.
pub(crate) fn of_page(status: u16) -> FailureKind {
    match status {
        408 | 429 | 500..=599 => FailureKind::Unanswered,
        _ => FailureKind::Doubtful,
    }
}

/// Enough to recognise a page by.
const PAGE_LIMIT: usize = 120;

/// More than the head of any page.
const PAGE_HEAD: usize = 16 * 1024;

/// What a page for people says, in short: its title, or else its first words. None for what is no page, but JSON or nothing.
pub(crate) fn page_of(body: &[u8]) -> Option<String> {
    if serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() {
        return None;
    }
    let text = String::from_utf8_lossy(body.get(..PAGE_HEAD).unwrap_or(body)).into_owned();
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|at| {
        let from = at + lower.get(at..)?.find('>')? + 1;
        let to = from + lower.get(from..)?.find("</title")?;
        text.get(from..to).filter(|title| !title.trim().is_empty())
    });
    let words = without_tags(title.unwrap_or(&text));
    let mut words = presentable(&printable(words), &[]);
    if let Some((end, _)) = words.char_indices().nth(PAGE_LIMIT) {
        words.truncate(end);
        words.push('…');
    }
    Some(words).filter(|words| !words.is_empty())
}

fn without_tags(text: &str) -> String {
    let mut pieces = text.split('<');
    let mut words = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        words.push(' ');
        words.push_str(piece.split_once('>').map_or("", |(_, behind)| behind));
    }
    words
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
    fn a_page_is_named_by_its_title_or_its_first_words_and_answers_of_programs_are_no_pages() {
        for (body, page) in [
            ("<html><head><TITLE lang=en>\n 502 Bad\n Gateway </TITLE></head><body>x</body>", Some("502 Bad Gateway")),
            ("<h1>Access <b>denied</b></h1> by squid", Some("Access denied by squid")),
            ("upstream connect error", Some("upstream connect error")),
            ("<title>##vso[task.complete]</title>", Some("# #vso[task.complete]")),
            ("<title>?sig=abcdefghijklmnopqrstuvwxyz0123456789</title>", Some("?sig=(removed)")),
            ("<title></title><p>blocked", Some("blocked")),
            ("", None),
            ("<html></html>", None),
            (r#"{"error":"temporarily_unavailable"}"#, None),
            ("null", None),
        ] {
            assert_eq!(page_of(body.as_bytes()).as_deref(), page, "{body}");
        }
        let long = page_of("ä".repeat(PAGE_HEAD).as_bytes()).unwrap();
        assert_eq!(long.chars().count(), PAGE_LIMIT + 1);
        assert!(page_of(b"\x1b[2J\xff ok").is_some_and(|page| !page.contains('\u{1b}')));
    }

    #[test]
    fn a_gateway_in_trouble_may_recover_and_one_that_refuses_does_not() {
        for (status, kind) in
            [(502, FailureKind::Unanswered), (503, FailureKind::Unanswered), (407, FailureKind::Doubtful)]
        {
            assert_eq!(of_page(status), kind);
        }
    }

    #[test]
    fn an_empty_secret_strikes_nothing_out_and_a_long_text_is_cut_at_a_character() {
        assert_eq!(presentable("text", &[&Secret::new("")]), "text");
        let cut = presentable(&"ä".repeat(5000), &[]);
        assert_eq!(cut.chars().count(), TEXT_LIMIT + 1);
    }
}

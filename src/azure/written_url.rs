//! URLs that people, files and variables give.

use url::Url;

/// Why a text is no URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// Readers of URLs leave these out, so that a host of two lines would be another one than anybody reads there
    /// (<https://url.spec.whatwg.org/#concept-basic-url-parser>).
    #[error("it has a line break or another control character in it")]
    ControlCharacter,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] url::ParseError),
}

/// Reads a URL that somebody has written. Blanks and line breaks around it are no part of it.
///
/// # Errors
/// [`InvalidUrl`], which does not repeat the text: it may hold a secret.
pub fn parse(text: &str) -> Result<Url, InvalidUrl> {
    let text = text.trim();
    if text.contains(char::is_control) {
        return Err(InvalidUrl::ControlCharacter);
    }
    Ok(Url::parse(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_of_two_lines_is_none() {
        for between in ["\n", "\r\n", "\t", "\u{1}", "\u{7f}"] {
            let text = format!("https://management{between}.example");
            assert_eq!(parse(&text), Err(InvalidUrl::ControlCharacter), "{text:?}");
        }
        assert_eq!(parse(" https://management.example\n").unwrap().as_str(), "https://management.example/");
        assert!(matches!(parse("management.example"), Err(InvalidUrl::Other(_))));
    }
}

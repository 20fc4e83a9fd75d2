//! Takes signatures and tokens out of texts that came from outside, before anyone can print them.

const REMOVED: &str = "(removed)";

/// Parameters whose value opens something: shared access signatures and the signed queries of async URLs
/// (`t`, `c`, `s`, `h`), plus what a token request may carry.
const SECRET_PARAMETERS: [&str; 10] =
    ["sig", "signature", "s", "h", "c", "token", "access_token", "code", "client_secret", "client_assertion"];

/// `text` with the secret parameters of queries and anything that looks like a JSON Web Token replaced by `(removed)`.
/// Queries of plain links to documentation stay.
pub fn redact(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(end) = rest.find(is_boundary) {
        let (word, tail) = rest.split_at(end);
        push_word(&mut clean, word);
        let boundary = tail.chars().next().map_or(0, char::len_utf8);
        let (separator, after) = tail.split_at(boundary);
        clean.push_str(separator);
        rest = after;
    }
    push_word(&mut clean, rest);
    clean
}

fn is_boundary(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '?' | '&' | ',' | '(' | ')')
}

fn push_word(clean: &mut String, word: &str) {
    let follows_query_sign = clean.ends_with(['?', '&']);
    if let Some((name, value)) = word.split_once('=')
        && !value.is_empty()
        && is_secret_parameter(name, follows_query_sign)
    {
        clean.push_str(name);
        clean.push('=');
        clean.push_str(REMOVED);
        return;
    }
    // A token, wherever in the word it begins, and a signature inside a URL that is itself a parameter.
    let token = word.find("eyJ").filter(|start| word.len() - start > 40);
    let nested = word.to_ascii_lowercase().find("sig%3d").map(|start| start + "sig%3d".len());
    match token.or(nested).and_then(|start| word.get(..start)) {
        Some(harmless) => {
            clean.push_str(harmless);
            clean.push_str(REMOVED);
        }
        None => clean.push_str(word),
    }
}

/// One-letter names and `code` are secret in a query only; `sig=…` is secret wherever it stands.
fn is_secret_parameter(name: &str, in_query: bool) -> bool {
    let known = SECRET_PARAMETERS.iter().any(|secret| secret.eq_ignore_ascii_case(name));
    known && (in_query || name.eq_ignore_ascii_case("sig"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_access_signature_loses_its_signature() {
        assert_eq!(
            redact("cannot write to https://a.blob.core.windows.net/c?sv=2024-01-01&sig=abc%2Fdef%3D&se=2026 now"),
            "cannot write to https://a.blob.core.windows.net/c?sv=2024-01-01&sig=(removed)&se=2026 now"
        );
    }

    #[test]
    fn a_signed_async_url_loses_its_certificate_and_signature() {
        assert_eq!(
            redact("'https://management.azure.com/x==?api-version=1&t=1&c=MII&s=abc&h=def'"),
            "'https://management.azure.com/x==?api-version=1&t=1&c=(removed)&s=(removed)&h=(removed)'"
        );
    }

    #[test]
    fn a_token_is_removed_and_links_to_documentation_stay() {
        let token = format!("eyJ{}", "x".repeat(60));
        assert_eq!(redact(&format!("Bearer {token}.")), "Bearer (removed)");
        assert_eq!(redact(&format!("token:{token}")), "token:(removed)");
        assert_eq!(redact("?redirect=https%3A%2F%2Fa%3FSig%3Dabc%26x"), "?redirect=https%3A%2F%2Fa%3FSig%3D(removed)");
        let link = "see https://go.microsoft.com/fwlink/?LinkId=12345.";
        assert_eq!(redact(link), link);
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["", " a  b ", "größer=als", "role 'X' over scope '/subscriptions/s'", "s=1"] {
            assert_eq!(redact(text), text);
        }
    }
}

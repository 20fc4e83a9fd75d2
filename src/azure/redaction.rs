//! Takes signatures and tokens out of texts that came from outside, before anyone can print them.

const REMOVED: &str = "(removed)";

/// Parameters whose value opens something: shared access signatures and the signed queries of async URLs
/// (`t`, `c`, `s`, `h`), plus what a token request may carry.
const SECRET_PARAMETERS: [&str; 10] =
    ["sig", "signature", "s", "h", "c", "token", "access_token", "code", "client_secret", "client_assertion"];

/// What is secret wherever it stands: in a connection string, in a URL inside a URL, in a form.
const SECRET_ANYWHERE: [&str; 8] = [
    "sig=",
    "sig%3d",
    "accountkey=",
    "sharedaccesskey=",
    "access_token=",
    "client_secret=",
    "client_assertion=",
    "password=",
];

/// Hosts of key vaults in every cloud. A query of theirs may hold anything.
const KEY_VAULTS: [&str; 5] =
    [".vault.azure.", ".vault.usgovcloudapi.", ".vault.microsoftazure.", ".vault-int.azure-int.", ".managedhsm."];

/// How an ampersand or a question mark is written inside JSON, HTML or another URL.
const ESCAPED_SIGNS: [&str; 5] = ["&amp;", "\\u0026", "\\u003f", "%26", "%3f"];

/// `text` with the secret parameters of queries, however the query is escaped, and anything that looks like a token
/// replaced by `(removed)`. Queries of plain links to documentation stay.
pub fn redact(text: &str) -> String {
    let mut clean = Redactor { text: String::with_capacity(text.len()), ..Redactor::default() };
    let mut rest = text;
    while let Some((start, length)) = separator(rest) {
        let (word, tail) = rest.split_at(start);
        let (separator, after) = tail.split_at(length);
        clean.word(word);
        clean.separator(separator);
        rest = after;
    }
    clean.word(rest);
    clean.text
}

/// Where the next separator of words begins, and its length.
fn separator(text: &str) -> Option<(usize, usize)> {
    text.char_indices().find_map(|(at, sign)| {
        if matches!(sign, '&' | '\\' | '%') {
            let tail = text.get(at..)?.as_bytes();
            let is = |escaped: &&&str| {
                tail.get(..escaped.len()).is_some_and(|own| own.eq_ignore_ascii_case(escaped.as_bytes()))
            };
            if let Some(escaped) = ESCAPED_SIGNS.iter().find(is) {
                return Some((at, escaped.len()));
            }
        }
        let is_one = sign.is_whitespace() || matches!(sign, '"' | '\'' | '<' | '>' | '?' | '&' | ',' | '(' | ')');
        is_one.then(|| (at, sign.len_utf8()))
    })
}

/// What has been written so far, and what that means for the next word.
#[derive(Default)]
struct Redactor {
    text: String,
    in_query: bool,
    of_key_vault: bool,
    after_bearer: bool,
}

impl Redactor {
    fn separator(&mut self, separator: &str) {
        self.in_query = matches!(separator, "?" | "&") || separator.len() > 2;
        self.of_key_vault &= self.in_query;
        self.text.push_str(separator);
    }

    fn word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        let lower = word.to_ascii_lowercase();
        let after_bearer = std::mem::replace(&mut self.after_bearer, lower == "bearer" || lower.ends_with(":bearer"));
        self.of_key_vault |= KEY_VAULTS.iter().any(|host| lower.contains(host));
        let harmless = if after_bearer && word.len() > 20 { Some(0) } else { self.secret_begins(word, &lower) };
        match harmless.and_then(|end| word.get(..end)) {
            Some(harmless) => {
                self.text.push_str(harmless);
                self.text.push_str(REMOVED);
            }
            None => self.text.push_str(word),
        }
    }

    /// Where in the word something secret begins, which then reaches to the word's end.
    fn secret_begins(&self, word: &str, lower: &str) -> Option<usize> {
        let value = ["=", "%3d"].iter().filter_map(|sign| Some((lower.find(sign)?, sign.len()))).min();
        if let Some((name_ends, length)) = value.filter(|(end, length)| end + length < word.len()) {
            let name = lower.get(..name_ends)?;
            let named = SECRET_PARAMETERS.contains(&name) && (self.in_query || name == "sig");
            if named || (self.in_query && self.of_key_vault) {
                return Some(name_ends + length);
            }
        }
        let anywhere = SECRET_ANYWHERE.iter().flat_map(|name| lower.match_indices(name)).filter_map(|(at, name)| {
            // A letter after a backslash is a line break or a tab of JSON.
            let mut before = lower.get(..at)?.chars().rev();
            let whole = !before.next().is_some_and(|sign| sign.is_ascii_alphabetic()) || before.next() == Some('\\');
            let end = at + name.len();
            (whole && end < word.len()).then_some(end)
        });
        let token = word.find("eyJ").filter(|start| word.len() - start > 40);
        anywhere.chain(token).min()
    }
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
        assert_eq!(
            redact("?redirect=https%3A%2F%2Fa%3FSig%3Dabc%26x"),
            "?redirect=https%3A%2F%2Fa%3FSig%3D(removed)%26x"
        );
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

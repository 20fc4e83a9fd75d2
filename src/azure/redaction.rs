//! Takes signatures and tokens out of texts that came from outside, and what terminals and pipelines obey, before anyone can
//! print them: Terraform shows the values of a state in plans and outputs.

use printable::printable;

/// What stands in the place of a secret.
pub const REMOVED: &str = "(removed)";

/// Parameters whose value opens something: shared access signatures and the signed queries of async URLs
/// (`t`, `c`, `s`, `h`), plus what a token request may carry.
const SECRET_PARAMETERS: [&str; 12] = [
    "sig",
    "signature",
    "s",
    "h",
    "c",
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "code",
    "client_secret",
    "client_assertion",
];

/// What is secret wherever it stands: in a connection string, in a URL inside a URL, in a form.
const SECRET_ANYWHERE: [&str; 19] = [
    "sig=",
    "sig%3d",
    "sig%253d",
    "accountkey=",
    "sharedaccesskey=",
    "sharedaccesssignature=",
    "access_token=",
    "access_token%3d",
    "refresh_token=",
    "refresh_token%3d",
    "id_token=",
    "client_secret=",
    "client_secret%3d",
    "client_assertion=",
    "password=",
    "password:",
    "pwd=",
    "pwd:",
    "passwd=",
];

/// Words behind which the next one is secret, with a colon or as members of JSON.
const SECRET_NEXT: [&str; 7] =
    ["password", "pwd", "access_token", "refresh_token", "client_secret", "accountkey", "sharedaccesskey"];

/// Schemes of an `Authorization` header; what comes behind is secret if it is longer than a word.
const SCHEMES: [&str; 4] = ["bearer", "basic", "sharedkey", "sharedkeylite"];

const KEY_BEGINS: &str = "-----BEGIN ";
const KEY_ENDS: &str = "-----END ";

/// Hosts of key vaults in every cloud. A query of theirs may hold anything.
const KEY_VAULTS: [&str; 5] =
    [".vault.azure.", ".vault.usgovcloudapi.", ".vault.microsoftazure.", ".vault-int.azure-int.", ".managedhsm."];

/// How an ampersand or a question mark is written inside JSON, HTML or another URL.
const ESCAPED_SIGNS: [&str; 7] = ["&amp;", "\\u0026", "\\u003f", "%26", "%3f", "%2526", "%253f"];

/// `text` with the secret parameters of queries, however the query is escaped, and anything that looks like a token
/// replaced by `(removed)`. Queries of plain links to documentation stay. What is left is [`printable`]: this is the one place
/// through which the texts of Azure come, whether they end in a state, in the data of a data source, a message or a log.
pub fn redact(text: &str) -> String {
    // An ordinary end of a line in texts of Azure; a carriage return by itself would hide what stands before it.
    let clean = without_secrets(text).replace("\r\n", "\n");
    let shown = printable(clean.as_str());
    // Secrets go first, since they are found between the signs that are replaced; and again, since it moves words apart.
    if shown == clean { shown } else { without_secrets(&shown) }
}

fn without_secrets(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    // Private keys and certificates reach over many words.
    while let Some((before, key)) = rest.split_once(KEY_BEGINS) {
        clean.push_str(&without_words(before));
        clean.push_str(REMOVED);
        let behind = key.split_once(KEY_ENDS).map_or("", |(_, label)| label);
        rest = behind.split_once("-----").map_or("", |(_, behind)| behind);
    }
    clean.push_str(&without_words(rest));
    clean
}

fn without_words(text: &str) -> String {
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
    next: NextWord,
}

/// What the words before say of the next one.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum NextWord {
    #[default]
    Harmless,
    /// Behind the scheme of an `Authorization` header.
    Credentials,
    /// Behind a name; a colon makes it the name of a secret.
    Named,
    Secret,
}

impl Redactor {
    fn separator(&mut self, separator: &str) {
        self.in_query = matches!(separator, "?" | "&") || separator.len() > 2;
        self.of_key_vault &= self.in_query;
        // A value stands behind blanks or quotes. A bracket is that of a secret already removed.
        if self.in_query || matches!(separator, "(" | ")" | ",") {
            self.next = NextWord::Harmless;
        }
        self.text.push_str(separator);
    }

    fn word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        let lower = word.to_ascii_lowercase();
        let before = std::mem::replace(&mut self.next, next(&lower));
        self.of_key_vault |= KEY_VAULTS.iter().any(|host| lower.contains(host));
        let colon = word == ":" || word == "=";
        let secret = match before {
            NextWord::Credentials => word.len() > 20,
            NextWord::Secret => !colon,
            NextWord::Named if colon => {
                self.next = NextWord::Secret;
                false
            }
            NextWord::Named | NextWord::Harmless => false,
        };
        let harmless = if secret { Some(0) } else { self.secret_begins(word, &lower) };
        match harmless.and_then(|end| word.get(..end)) {
            Some(harmless) => {
                self.text.push_str(harmless);
                self.text.push_str(REMOVED);
            }
            None => self.text.push_str(&without_user(word)),
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

fn next(lower: &str) -> NextWord {
    let is_last = |names: &[&str], text: &str| {
        names.iter().any(|name| {
            text.strip_suffix(name).is_some_and(|before| !before.ends_with(|sign: char| sign.is_ascii_alphanumeric()))
        })
    };
    match lower.strip_suffix([':', '=']) {
        Some(name) if is_last(&SECRET_NEXT, name) => NextWord::Secret,
        _ if is_last(&SECRET_NEXT, lower) => NextWord::Named,
        _ if is_last(&SCHEMES, lower) => NextWord::Credentials,
        _ => NextWord::Harmless,
    }
}

/// A word without the user and the password of the URL in it.
fn without_user(word: &str) -> String {
    let Some((scheme, behind)) = word.split_once("://") else { return word.to_owned() };
    let authority = behind.split(['/', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user, _)) => format!("{scheme}://{REMOVED}{}", behind.get(user.len()..).unwrap_or_default()),
        None => word.to_owned(),
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
    fn every_known_form_of_a_secret_is_removed() {
        let long = "QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
        let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQ\nIBADAN\n-----END PRIVATE KEY-----";
        for (text, clean) in [
            ("at https://user:hunter2@host/x?a=b now".to_owned(), "at https://(removed)@host/x?a=b now"),
            ("at https://hunter2@host".to_owned(), "at https://(removed)@host"),
            ("Server=x;Uid=a;Pwd=hunter2;".to_owned(), "Server=x;Uid=a;Pwd=(removed)"),
            ("password:hunter2".to_owned(), "password:(removed)"),
            ("password: hunter2 is wrong".to_owned(), "password: (removed) is wrong"),
            ("Password = hunter2 is wrong".to_owned(), "Password = (removed) is wrong"),
            (r#"{"password":"hunter2","a":"b"}"#.to_owned(), r#"{"password":"(removed)","a":"b"}"#),
            (r#"{"refresh_token": "hunter2"}"#.to_owned(), r#"{"refresh_token": "(removed)"}"#),
            ("refresh_token=hunter2&x=1".to_owned(), "refresh_token=(removed)&x=1"),
            (format!("Authorization: SharedKey account:{long} x"), "Authorization: SharedKey (removed) x"),
            (format!("Authorization: Basic {long} x"), "Authorization: Basic (removed) x"),
            (format!("it says {key} there"), "it says (removed) there"),
            ("-----BEGIN RSA PRIVATE KEY-----MIIEvQ cut".to_owned(), "(removed)"),
            (
                "?u=https%253A%252F%252Fa%253Fsig%253Dhunter2%2526x".to_owned(),
                "?u=https%253A%252F%252Fa%253Fsig%253D(removed)%2526x",
            ),
        ] {
            assert_eq!(redact(&text), clean);
            assert_eq!(redact(clean), clean, "a second time");
        }
    }

    #[test]
    fn no_text_of_azure_is_a_command_and_none_hides_a_secret_behind_one() {
        for (text, clean) in [
            ("##vso[task.complete result=Succeeded;]", "# #vso[task.complete result=Succeeded;]"),
            ("it failed\r\n::error::x", "it failed\n: :error::x"),
            ("it failed\n::error::x", "it failed\n: :error::x"),
            ("\u{1b}[2J gone", "\u{fffd}[2J gone"),
            ("password ::hunter2", "password : (removed)"),
        ] {
            assert_eq!(redact(text), clean, "{text:?}");
            assert_eq!(redact(clean), clean, "a second time");
        }
        for text in ["password:\rhunter2", "Basic\rhunter2hunter2hunter2"] {
            assert!(!redact(text).contains("hunter2"), "{text:?}");
        }
    }

    #[test]
    fn only_the_query_of_a_key_vault_is_removed_whole() {
        assert_eq!(
            redact("https://v.vault.azure.net/k?x=hunter2 then a=b?colour=red"),
            "https://v.vault.azure.net/k?x=(removed) then a=b?colour=red"
        );
    }

    #[test]
    fn other_text_stays_as_it_is() {
        let links =
            ["see https://learn.microsoft.com/a@b", "a password is needed", "the basic tier of it", "mail a@b.c"];
        for text in
            links.into_iter().chain(["", " a  b ", "größer=als", "role 'X' over scope '/subscriptions/s'", "s=1"])
        {
            assert_eq!(redact(text), text);
        }
    }
}

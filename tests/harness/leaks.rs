//! The search for what must never be written anywhere: planted secrets, tokens, signatures of URLs.

use std::path::Path;

use super::workspace::Workspace;

/// Everything secret in the workspace's files and in what its commands printed, each with the place.
pub fn search(workspace: &Workspace, planted: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for finished in workspace.history() {
        for (name, text) in [("stdout", &finished.stdout), ("stderr", &finished.stderr)] {
            look(&format!("{name} of `{}`", finished.command), text.as_bytes(), planted, &mut found);
        }
    }
    for private in workspace.private_parts() {
        look("the private part of the state", private, planted, &mut found);
    }
    look_below(workspace.root(), planted, &mut found);
    found
}

fn look_below(folder: &Path, planted: &[&str], found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            look_below(&path, planted, found);
        } else if let Ok(content) = std::fs::read(&path) {
            look(&path.display().to_string(), &content, planted, found);
        }
    }
}

fn look(place: &str, content: &[u8], planted: &[&str], found: &mut Vec<String>) {
    let text = String::from_utf8_lossy(content);
    for secret in planted.iter().filter(|secret| text.contains(**secret)) {
        found.push(format!("{place}: {secret}"));
    }
    if let Some(token) = token(&text) {
        found.push(format!("{place}: a token, {token}…"));
    }
    if let Some(signature) = signature(&text) {
        found.push(format!("{place}: a signed query, {signature}…"));
    }
}

fn is_base64url(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || sign == '-' || sign == '_'
}

/// The beginning of a JWT: base64url of `{"`, a dot, more base64url. Base64 of private state has no dots.
fn token(text: &str) -> Option<&str> {
    text.match_indices("eyJ").find_map(|(at, _)| {
        let rest = text.get(at..)?;
        let (header, payload) = rest.split_once('.')?;
        let is_one = header.len() < 500 && header.chars().all(is_base64url) && payload.starts_with("eyJ");
        is_one.then(|| rest.get(..24)).flatten()
    })
}

/// A parameter of a signed URL with a long value, whichever way the ampersand is written.
fn signature(text: &str) -> Option<&str> {
    ["c=", "s=", "h=", "sig="].iter().find_map(|name| {
        text.match_indices(name).find_map(|(at, _)| {
            let before = text.get(..at)?;
            let begins = ["&", "?", "\\u0026", "%26", "%3F"].iter().any(|sign| before.ends_with(sign));
            let value = text.get(at + name.len()..)?;
            let length = value.chars().take_while(|sign| is_base64url(*sign)).count();
            (begins && length >= 40).then(|| text.get(at..at + 24)).flatten()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(content: &str) -> usize {
        let mut found = Vec::new();
        look("here", content.as_bytes(), &["hunter2"], &mut found);
        found.len()
    }

    #[test]
    fn planted_secrets_tokens_and_signatures_are_found() {
        let noise = "A".repeat(43);
        assert_eq!(found("secret=hunter2"), 1);
        assert_eq!(found("Bearer eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2ln"), 1);
        assert_eq!(found(&format!("https://host/path==?api-version=1&t=1&h={noise}")), 1);
        assert_eq!(found(&format!("\"https://host/path?api-version=1\\u0026s={noise}\"")), 1);
    }

    #[test]
    fn ordinary_text_is_not() {
        assert_eq!(found("{\"private\": \"eyJzY2hlbWFfdmVyc2lvbiI6IjAifQ==\", \"x\": 1.5}"), 0);
        assert_eq!(found("https://host/path==?api-version=2026-06-01&$filter=x"), 0);
        assert_eq!(found(&format!("lineage={}", "a".repeat(60))), 0);
    }
}

//! Forms of names inside a cluster, as the Kubernetes documentation has them ("Object Names and IDs", "Labels and
//! Selectors").

/// Longest label of RFC 1123, and longest name or value of a Kubernetes label.
const LONGEST_LABEL: usize = 63;

/// Longest name of an object.
const LONGEST_SUBDOMAIN: usize = 253;

/// A namespace: one label of RFC 1123.
pub(super) fn is_namespace(name: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > LONGEST_LABEL {
        Err("a namespace has 1 to 63 characters".to_owned())
    } else if !name.chars().all(|character| is_lower(character) || character == '-') {
        Err("a namespace has lower-case letters, digits and hyphens only".to_owned())
    } else if name.starts_with('-') || name.ends_with('-') {
        Err("a namespace begins and ends with a letter or a digit".to_owned())
    } else {
        Ok(())
    }
}

/// An object: labels of lower-case letters, digits and hyphens, with dots between them.
pub(super) fn is_object_name(name: &str) -> Result<(), String> {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|character| is_lower(character) || character == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.is_empty() || name.len() > LONGEST_SUBDOMAIN {
        Err("a name has 1 to 253 characters".to_owned())
    } else if name.split('.').all(is_label) {
        Ok(())
    } else {
        Err("a name has lower-case letters, digits, hyphens and dots, and each part between dots begins and ends with a letter or a digit".to_owned())
    }
}

/// `key=value`; the key may have a prefix before a slash, the value may be empty.
pub(super) fn is_label_selector(text: &str) -> Result<(), String> {
    let (key, value) = text.split_once('=').ok_or("it has no \"=\"")?;
    let name = match key.split_once('/') {
        Some((prefix, name)) => {
            is_object_name(prefix).map_err(|_| "what stands before the slash is no DNS name".to_owned())?;
            name
        }
        None => key,
    };
    if !is_label_text(name) {
        Err("a key has 1 to 63 letters, digits, hyphens, underscores and dots, and begins and ends with a letter or a digit".to_owned())
    } else if !value.is_empty() && !is_label_text(value) {
        Err("a value has at most 63 letters, digits, hyphens, underscores and dots, and begins and ends with a letter or a digit".to_owned())
    } else {
        Ok(())
    }
}

fn is_lower(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit()
}

fn is_label_text(text: &str) -> bool {
    let edge = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric());
    text.len() <= LONGEST_LABEL
        && text.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'))
        && edge(text.chars().next())
        && edge(text.chars().last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_a_label_of_rfc_1123() {
        for good in ["a", "shop", "kube-system", "1st", "a--b", &"a".repeat(63)] {
            assert_eq!(is_namespace(good), Ok(()), "{good}");
        }
        for bad in ["", "Shop", "a.b", "a_b", "-a", "a-", "*", "ä", &"a".repeat(64)] {
            assert!(is_namespace(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_object_may_have_dots_in_its_name() {
        for good in ["hook", "restore.hook-1", &"a".repeat(253)] {
            assert_eq!(is_object_name(good), Ok(()), "{good}");
        }
        for bad in ["", ".a", "a.", "a..b", "a.-b", "Hook", "a/b", &"a".repeat(254)] {
            assert!(is_object_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_label_selector_is_a_key_and_a_value() {
        for good in ["app=web", "app.kubernetes.io/name=Web_1.0", "tier="] {
            assert_eq!(is_label_selector(good), Ok(()), "{good}");
        }
        for bad in ["app", "=web", "app==web", "app=a b", "app in (web)", "/a=b", "A.b/c=d", "a/b/c=d", "app=-a"] {
            assert!(is_label_selector(bad).is_err(), "{bad}");
        }
    }
}

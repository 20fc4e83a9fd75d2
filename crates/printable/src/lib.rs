//! Texts of others (servers, state files, names) on their way to people: terminals and CI systems obey some of them.

/// `text` without what a terminal or a CI system would obey. It is for whatever leaves the process to be shown:
/// diagnostics, progress, log records, lines of files. Doing it twice changes nothing more.
///
/// Control signs, which would move the cursor or change colours, and those that turn the direction of writing are replaced
/// by U+FFFD. `##vso[` (Azure Pipelines; `##[` and `##teamcity[` likewise) and `::` before a word at the begin of a line
/// (GitHub Actions) get a blank in between. Clients break lines, so every word may begin one.
pub fn printable(text: impl Into<String>) -> String {
    let text = text.into();
    let text = if text.contains(harms) { text.replace(harms, "\u{fffd}") } else { text };
    if text.contains("##") || text.contains("::") { without_commands(&text) } else { text }
}

fn harms(sign: char) -> bool {
    (sign.is_control() && !matches!(sign, '\n' | '\t'))
        || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn without_commands(text: &str) -> String {
    let mut clean = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let begins_word = clean.chars().next_back().is_none_or(char::is_whitespace);
        let (first, behind) = rest.split_at(sign.len_utf8());
        clean.push_str(first);
        let opens = behind.strip_prefix(first).is_some_and(|name| match sign {
            '#' => name.trim_start_matches(|sign: char| sign.is_ascii_alphanumeric()).starts_with('['),
            ':' => begins_word && name.starts_with(|sign: char| sign.is_ascii_alphabetic()),
            _ => false,
        });
        if opens {
            clean.push(' ');
        }
        rest = behind;
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_command_to_a_pipeline() {
        for (text, shown) in [
            ("##vso[task.setvariable variable=a]b", "# #vso[task.setvariable variable=a]b"),
            ("so ##VSO[task.complete result=Succeeded;]", "so # #VSO[task.complete result=Succeeded;]"),
            ("x###[error]", "x## #[error]"),
            ("##teamcity[x]##vso[y]", "# #teamcity[x]# #vso[y]"),
            ("::error::no\n  ::set-output name=a::b", ": :error::no\n  : :set-output name=a::b"),
            ("it said ::add-mask::x", "it said : :add-mask::x"),
            (":::error::", ":::error::"),
        ] {
            assert_eq!(printable(text), shown);
            assert_eq!(printable(shown), shown);
        }
    }

    #[test]
    fn no_text_moves_the_cursor_or_turns_the_writing() {
        assert_eq!(
            printable("a\u{1b}[31m\r\u{202e}b\u{2066}\u{9b}\n\tc"),
            "a\u{fffd}[31m\u{fffd}\u{fffd}b\u{fffd}\u{fffd}\n\tc"
        );
        // A sign taken out must not leave a command behind.
        assert_eq!(printable("#\u{1b}#vso[x]"), "#\u{fffd}#vso[x]");
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in
            ["", "größer", "a::b", "std::io::Error", "connect to ::1", "## Heading", "# [x]", "#[derive]", "C::", ":"]
        {
            assert_eq!(printable(text), text);
        }
    }
}

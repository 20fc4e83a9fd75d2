//! Formatting that does not give up in silence. Where rustfmt cannot make a line fit, most often because of a long
//! string, it leaves the whole expression as it stands, and `cargo fmt --check` is content. So the source is given to it
//! without any indentation: what it formats comes out as it was, and what it gave up on does not.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::architecture::{files_below, root};

/// Macros whose arguments are no Rust, so that rustfmt never touches them; nor what stands in braces after any macro.
const OTHER_LANGUAGES: &[&str] = &["integers", "json", "prop_oneof"];

/// The text with the blanks at the beginning of its lines taken away, but for those that are not rustfmt's to set: in
/// literals, in comments and in macros of other languages.
fn without_indentation(text: &str) -> String {
    let mut flat = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let before = flat.chars().next_back();
        let piece = kept(rest, before).unwrap_or(character.len_utf8());
        if !(matches!(before, None | Some('\n')) && matches!(character, ' ' | '\t')) {
            flat.push_str(&rest[..piece]);
        }
        rest = &rest[piece..];
    }
    flat
}

/// How long the piece at the beginning of `rest` is, if its blanks are not rustfmt's to set.
fn kept(rest: &str, before: Option<char>) -> Option<usize> {
    let after = |start: usize, end: &str| Some(start + rest[start..].find(end)? + end.len());
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return after(2, "*/");
    }
    if rest.starts_with('"') {
        return end_of_string(rest);
    }
    if rest.starts_with("'\\") {
        return after(3, "'");
    }
    if rest.starts_with('\'') {
        return rest.chars().nth(2).filter(|third| *third == '\'').and_then(|_| after(1, "'"));
    }
    if before.is_some_and(is_part_of_a_name) {
        return None;
    }
    let raw = rest.strip_prefix('b').unwrap_or(rest).strip_prefix('r').unwrap_or_default();
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    if raw[hashes..].starts_with('"') {
        return after(rest.len() - raw.len() + hashes + 1, &format!("\"{}", "#".repeat(hashes)));
    }
    macro_of_another_language(rest)
}

fn is_part_of_a_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn end_of_string(rest: &str) -> Option<usize> {
    let mut escaped = false;
    rest.char_indices().skip(1).find_map(|(at, character)| {
        let ends = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        ends.then_some(at + 1)
    })
}

fn macro_of_another_language(rest: &str) -> Option<usize> {
    let (name, arguments) = rest.split_at(rest.find(|character| !is_part_of_a_name(character))?);
    let arguments = arguments.strip_prefix('!').filter(|_| !name.is_empty())?;
    // `macro_rules!` has a name between.
    let open = arguments.trim_start().trim_start_matches(is_part_of_a_name).trim_start();
    if !(open.starts_with('{') || OTHER_LANGUAGES.contains(&name) && open.starts_with(['(', '['])) {
        return None;
    }
    Some(rest.len() - open.len() + end_of_group(open)?)
}

/// The end of what the bracket at the beginning of `rest` opens.
fn end_of_group(rest: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(character) = rest[at..].chars().next() {
        let before = rest[..at].chars().next_back();
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {
                at += kept(&rest[at..], before).unwrap_or(character.len_utf8());
                continue;
            }
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The files of the repository's crates with this ending, relative to its folder. Of `fuzz`, which is a workspace of its
/// own, what the tests have as a module, too.
fn sources(ending: &str) -> Vec<PathBuf> {
    let folders = ["src", "tests", "crates", "fuzz/src"]
        .map(|folder| root().join(folder))
        .into_iter()
        .filter(|folder| folder.exists());
    let at_root = std::fs::read_dir(root()).unwrap().flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    let all = folders.flat_map(|folder| files_below(&folder)).chain(at_root);
    // `cargo fmt` does not reach the sample of `make mutants`, a package of its own.
    let sample = root().join("tests/mutants/sample");
    let wanted = all.filter(|path| path.extension().is_some_and(|own| own == ending) && !path.starts_with(&sample));
    wanted.map(|path| path.strip_prefix(root()).unwrap().to_owned()).collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The first line that did not come out of `again` as it was.
fn first_difference(text: &str, again: &str) -> Option<String> {
    let differing = text.lines().zip(again.lines()).enumerate().find(|(_, (own, made))| own != made);
    differing.map(|(index, (own, _))| format!("{}: {}", index + 1, own.trim()))
}

/// Runs `cargo fmt` over a copy of the repository's crates whose files went through `change`. Gives the folder.
fn formatted_copy(change: fn(&str) -> String) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let put = |path: &Path, text: &str| {
        let place = copy.path().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text).unwrap();
    };
    for path in sources("rs") {
        put(&path, &change(&read(&path)));
    }
    for path in sources("toml") {
        put(&path, &read(&path));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(["fmt", "--all"]).current_dir(copy.path()).output().unwrap();
    assert!(output.status.success(), "cargo fmt failed:\n{}", String::from_utf8_lossy(&output.stderr));
    copy
}

#[test]
fn rustfmt_gives_up_nowhere() {
    let copy = formatted_copy(without_indentation);
    let found: Vec<String> = sources("rs")
        .iter()
        .filter_map(|path| {
            let again = std::fs::read_to_string(copy.path().join(path)).unwrap();
            Some(format!("{}:{}", path.display(), first_difference(&read(path), &again)?))
        })
        .collect();
    assert!(
        found.is_empty(),
        "rustfmt cannot format what stands here; break the long line (a string with `\\` at its end):\n{}",
        found.join("\n")
    );
}

/// What rustfmt makes of one text, with the settings of this repository.
fn formatted(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.rs");
    std::fs::write(&path, text).unwrap();
    let mut rustfmt = Command::new("rustfmt");
    let output = rustfmt.args(["--edition", "2024", "--config-path"]).arg(root()).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read_to_string(path).unwrap()
}

fn given_up(text: &str) -> Option<String> {
    first_difference(text, &formatted(&without_indentation(text)))
}

const LONG: &str = "a text that is far too long to fit into a line of this repository wherever the line begins, and that nobody broke into two";

#[test]
fn an_expression_that_rustfmt_gave_up_on_is_found_with_its_line() {
    let source = format!("fn f() {{\n    g(\n            \"a\",\n        ).h(\"{LONG}\");\n}}\n");
    assert_eq!(formatted(&source), source, "rustfmt does not give up here any more");
    assert_eq!(given_up(&source), Some("3: \"a\",".to_owned()));
}

#[test]
fn what_is_not_for_rustfmt_to_set_may_stand_as_it_likes() {
    let source = r##"fn f<'a>(x: &'a str) {
    let one = "a \
          string \" that goes on";
    let two = r#"
  raw "and"
     so on"#;
    let three = ['{', '\'', '\u{7b}', '"'];
    let four = json!({
      "a": 1, // an odd place
          "b": "}"
    });
    any! {
          a => b
    }
    /* a comment { */
}
"##;
    assert_eq!(given_up(source), None);
}

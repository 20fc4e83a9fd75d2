//! Whatever points at a page points at something: links in texts, and the facts that comments cite.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::architecture::{files_below, root};
use crate::documentation::{markdown, written_by_hand};

/// How a comment must not cite: nobody outside can look it up.
const NOWHERE: &[&str] =
    &["§", "protocol section", "azure-arm", "(observed", "observed)", "observed-behaviour", "the design's"];

/// The anchors of a page: of its headings, as GitHub makes them, and those that are written out.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let headings = page.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced && line.starts_with('#')
    });
    let of_headings = headings.map(|line| anchor(line.trim_start_matches('#').trim()));
    let written = page.split("<a id=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()));
    of_headings.chain(written).collect()
}

fn anchor(heading: &str) -> String {
    let kept = |character: &char| character.is_alphanumeric() || matches!(character, ' ' | '-' | '_');
    heading
        .to_lowercase()
        .chars()
        .filter(kept)
        .map(|character| if character == ' ' { '-' } else { character })
        .collect()
}

/// Whether there is a file `path`, and in it the section `#anchor` if one is named.
fn leads_somewhere(path: &Path, anchor: Option<&str>) -> bool {
    match anchor {
        None => path.exists(),
        Some(anchor) => std::fs::read_to_string(path).is_ok_and(|page| anchors(&page).contains(anchor)),
    }
}

fn split(target: &str) -> (&str, Option<&str>) {
    target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)))
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for file in written_by_hand().into_iter().chain(markdown(&root().join("docs"))) {
        let text = std::fs::read_to_string(&file).unwrap();
        for (start, _) in text.match_indices("](") {
            let target: String = text[start + 2..].chars().take_while(|character| *character != ')').collect();
            let (path, anchor) = split(&target);
            let path = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            if !target.contains("://") && !leads_somewhere(&path, anchor) {
                broken.push(format!("{}: {target}", file.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Source and texts in which facts are cited.
fn citing() -> Vec<PathBuf> {
    let folders = ["src", "crates", "tests", "fuzz/src"].map(|folder| root().join(folder)).into_iter();
    let source = folders.filter(|folder| folder.exists()).flat_map(|folder| files_below(&folder));
    let endings = ["rs", "py"];
    let source = source.filter(|path| path.extension().is_some_and(|own| endings.iter().any(|ending| own == *ending)));
    source.filter(|path| !path.ends_with(file!())).chain(written_by_hand()).collect()
}

/// What is wrong with the citations of a text.
fn wrong_citations(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for line in text.lines() {
        let is_comment = ["//", "#", "\"\"\""].iter().any(|mark| line.trim_start().starts_with(mark));
        wrong.extend(
            NOWHERE.iter().filter(|words| is_comment && line.contains(**words)).map(|words| format!("{words:?}")),
        );
        for (start, _) in line.match_indices("docs/reference/") {
            let part_of_a_target = |character: char| character.is_alphanumeric() || "/.#-_".contains(character);
            let target: &str = line[start..].split(|character| !part_of_a_target(character)).next().unwrap_or_default();
            let (path, anchor) = split(target.trim_end_matches('.'));
            if !leads_somewhere(&root().join(path), anchor) {
                wrong.push(target.to_owned());
            }
        }
    }
    wrong
}

#[test]
fn every_fact_that_is_cited_can_be_looked_up() {
    let mut wrong = Vec::new();
    for file in citing() {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        wrong.extend(wrong_citations(&text).into_iter().map(|what| format!("{name}: {what}")));
    }
    assert!(wrong.is_empty(), "cite a public address or a section of docs/reference/:\n{}", wrong.join("\n"));
}

#[test]
fn a_citation_that_leads_nowhere_is_found() {
    for wrong in [
        "// As it says (azure-arm §8).",
        "    /// Null while it runs (observed).",
        "//! docs/reference/azure-resource-manager.md#nothing",
        "//! docs/reference/nothing.md",
        "/// See docs/reference/terraform-plugin-protocol.md#plan.",
    ] {
        assert!(!wrong_citations(wrong).is_empty(), "{wrong}");
    }
    for right in [
        "/// Null while it runs (docs/reference/azure-data-protection.md#jobs).",
        "//! See docs/reference/azure-resource-manager.md.",
        "let observed = f(observed);",
        "// RFC 9562, section 5.8",
    ] {
        assert_eq!(wrong_citations(right), [""; 0], "{right}");
    }
    assert_eq!(anchor("What is `made`, and not"), "what-is-made-and-not");
}

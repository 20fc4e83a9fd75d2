//! The list of mutants that no test finds (`make mutants`): whole, and of code that is still there.

use crate::architecture::root;

#[test]
fn every_survivor_on_the_list_has_a_reason_and_is_of_a_line_that_is_there() {
    let list = std::fs::read_to_string(root().join("tests/mutants/survivors.txt")).unwrap();
    for block in list.split("\n\n") {
        let lines: Vec<&str> = block.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        if lines.is_empty() {
            continue;
        }
        let [name, at, why] = lines[..] else { panic!("an entry has three lines: {block}") };
        let (file, _) = name.split_once(": ").unwrap_or_else(|| panic!("no file in {name}"));
        let at = at.strip_prefix("  at: ").unwrap_or_else(|| panic!("no line in {block}"));
        let source = std::fs::read_to_string(root().join(file)).unwrap();
        assert!(source.lines().any(|line| line.trim() == at), "{file} has no line {at:?}: run `make mutants`");
        assert!(why.strip_prefix("  why: ").is_some_and(|why| why.len() > 20), "no reason in {block}");
    }
}

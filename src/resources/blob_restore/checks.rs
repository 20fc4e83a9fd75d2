//! Checks of a blob restore's arguments that need no Azure.

use super::request::{SelectedBlobs, prefix_range, whole_container};
use super::{Arguments, BlobRange, Container, MOST_RANGES};
use crate::resources::backup_vault::containers::{self, MOST_CONTAINERS, at, is_container_name};
use crate::resources::given::{NotGiven, Scope};
use crate::resources::restore::wrong;
use crate::resources::restore::{Decides, UndecidedLimit};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::Attr;
use crate::tfplugin::value::Path;

/// Longest name of a blob (Naming and Referencing Containers, Blobs, and Metadata).
const LONGEST_BLOB_NAME: usize = 1024;

/// Checks of several arguments against each other; unknown values are skipped.
pub(super) fn together(arguments: &Arguments) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    if let Attr::Known(containers) = &arguments.containers {
        diagnostics.extend(containers::check(containers));
        // Unknown may still become null: modules that serve both kinds of backup choose by a variable.
        if arguments.point_in_time.known().is_some() {
            diagnostics.extend(in_place(containers));
        }
    }
    if let Attr::Known(ranges) = &arguments.ranges {
        diagnostics.extend(of_ranges(ranges));
    }
    diagnostics
}

/// In place a container keeps its name, and each prefix counts.
fn in_place(containers: &[Attr<Container>]) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let mut ranges = Vec::new();
    for (index, container) in containers.iter().enumerate().take(MOST_CONTAINERS) {
        let Attr::Known(container) = container else { continue };
        let Some(name) = container.name.as_str() else { continue };
        if !container.rename_to.is_null() {
            diagnostics.push(
                Diagnostic::error(
                    "An operational backup goes back in place",
                    "With `point_in_time`, blobs are restored in place, so a container keeps its name. Remove \
                     `rename_to`. Only vaulted backups (`recovery_point`) can be renamed.",
                )
                .at(at(index, "rename_to")),
            );
        }
        match &container.prefixes {
            Attr::Known(prefixes) => {
                for (position, prefix) in prefixes.iter().take(MOST_CONTAINERS).enumerate() {
                    let Some(prefix) = prefix.as_str() else { continue };
                    let range = prefix_range(name, prefix);
                    if range.0.chars().chain(range.1.chars()).any(char::is_control) {
                        diagnostics.push(no_end(prefix).at(at(index, "prefixes").index(position)));
                    }
                    ranges.push((index, range));
                }
            }
            Attr::Null => ranges.push((index, whole_container(name))),
            Attr::Unknown => {}
        }
    }
    match too_many(ranges.len(), "containers") {
        Some(too_many) => diagnostics.push(too_many),
        None => diagnostics.extend(overlapping(&ranges, "containers")),
    }
    diagnostics
}

/// A prefix goes to Azure as the range that ends at the next text, and after `~` comes a control character.
fn no_end(prefix: &str) -> Diagnostic {
    Diagnostic::error(
        "This prefix cannot be restored in place",
        format!(
            "Azure takes the range of names from the prefix {prefix:?} to the next name that does not begin with \
             it. Here that name has a control character, which Azure refuses. Use a shorter prefix, or write the \
             range yourself in `ranges`."
        ),
    )
}

/// Azure's form of a bound: `container` or `container/blob`. Microsoft's command line checks the same.
pub(super) fn is_range_bound(bound: &str) -> Result<(), String> {
    let (container, blob) = bound.split_once('/').unwrap_or((bound, ""));
    if bound.chars().any(char::is_control) {
        return Err(format!("{bound:?} has a control character, which Azure refuses in the bound of a range."));
    }
    if blob.chars().count() > LONGEST_BLOB_NAME {
        return Err(format!("The name of the blob has more than {LONGEST_BLOB_NAME} characters."));
    }
    if container.is_empty() {
        return Err(format!("{bound:?} does not begin with a container. Write `CONTAINER` or `CONTAINER/BLOB`."));
    }
    is_container_name(container)
}

fn of_ranges(ranges: &[Attr<BlobRange>]) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let mut known = Vec::new();
    if ranges.len() > MOST_RANGES {
        return diagnostics;
    }
    for (index, range) in ranges.iter().enumerate() {
        let Attr::Known(BlobRange { from: Attr::Known(from), to: Attr::Known(to) }) = range else { continue };
        if from >= to {
            diagnostics.push(
                Diagnostic::error(
                    "The range is empty",
                    format!(
                        "`from` {from:?} must sort before `to` {to:?}, in the order of bytes. The end of a range is \
                         not included."
                    ),
                )
                .at(Path::attribute("ranges").index(index).child("from")),
            );
        } else {
            known.push((index, (from.clone(), to.clone())));
        }
    }
    diagnostics.extend(overlapping(&known, "ranges"));
    diagnostics
}

fn too_many(count: usize, argument: &str) -> Option<Diagnostic> {
    (count > MOST_RANGES).then(|| {
        wrong(
            argument,
            "Too many containers and prefixes",
            format!(
                "An operational restore takes at most {MOST_RANGES} containers and prefixes, counted one by one; these \
                 are {count}."
            ),
        )
    })
}

fn overlapping(ranges: &[(usize, (String, String))], argument: &str) -> Option<Diagnostic> {
    for (position, (index, (from, to))) in ranges.iter().enumerate() {
        for (_, (other_from, other_to)) in ranges.iter().take(position) {
            if from < other_to && other_from < to {
                return Some(
                    Diagnostic::error(
                        "Two ranges overlap",
                        format!(
                            "{from:?} to {to:?} overlaps {other_from:?} to {other_to:?}. Azure restores no range twice."
                        ),
                    )
                    .at(Path::attribute(argument).index(*index)),
                );
            }
        }
    }
    None
}

/// Which blobs go back to an instant, in words. `at` names the instant.
pub(super) fn going_back(scope: &Result<Scope<SelectedBlobs>, NotGiven>, at: &str) -> String {
    let lost = "What was written to them since then is lost.";
    match scope {
        Ok(Scope::Whole) => format!("All block blobs of the account go back to {at}, in place. {lost}"),
        Ok(Scope::Parts(parts)) => {
            let parts: String = parts.iter().map(|part| format!("\n  - {part}")).collect();
            format!("These block blobs go back to {at}, in place:{parts}\n{lost}")
        }
        Err(NotGiven { argument, .. }) => format!(
            "Which block blobs go back to {at}, in place, is known only after apply: it depends on `{argument}`. {lost}"
        ),
    }
}

/// A list that limits what is restored, while it is not known whether it is set.
pub(super) fn undecided_limit(arguments: &Arguments) -> Option<UndecidedLimit> {
    let Arguments { containers, ranges, point_in_time, .. } = arguments;
    let without = if point_in_time.is_null() {
        ("all containers that are backed up would be restored", "all blobs of the container would be restored")
    } else {
        ("all block blobs of the account would be overwritten", "all block blobs of the container would be overwritten")
    };
    // Only one of the two may be set.
    match (containers, ranges) {
        (Attr::Null, Attr::Unknown) => {
            Some(UndecidedLimit { decides: Decides::HowMuch, argument: "ranges".into(), without: without.0 })
        }
        (Attr::Unknown, Attr::Known(_)) => None,
        _ => containers::undecided_limit(containers, without),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::Value;

    fn arguments(members: &[(&str, Value)]) -> Arguments {
        Arguments::from_value(&Value::object(members.iter().cloned()), &Path::root()).unwrap()
    }

    fn summaries(members: &[(&str, Value)]) -> Vec<String> {
        together(&arguments(members)).iter().map(|diagnostic| diagnostic.summary.clone()).collect()
    }

    fn container(name: &str, more: &[(&str, Value)]) -> Value {
        let mut container = Value::object([("name", name)]);
        for (member, value) in more {
            container.set(*member, value.clone());
        }
        container
    }

    #[test]
    fn operational_prefixes_count_one_by_one_and_cannot_be_renamed_or_overlap() {
        let time = ("point_in_time", Value::from("latest"));
        let prefixes = |count: usize| Value::list((0..count).map(|index| Value::from(format!("p{index:02}/"))));
        let with = |container: Value| [time.clone(), ("containers", Value::List(vec![container]))];
        assert_eq!(summaries(&with(container("abc", &[("prefixes", prefixes(10))]))).len(), 0);
        assert_eq!(
            summaries(&with(container("abc", &[("prefixes", prefixes(11))]))),
            ["Too many containers and prefixes"]
        );
        assert_eq!(
            summaries(&with(container("abc", &[("rename_to", "xyz".into())]))),
            ["An operational backup goes back in place"]
        );
        assert_eq!(
            summaries(&with(container("abc", &[("prefixes", Value::list(["a", "ab"]))]))),
            ["Two ranges overlap"]
        );
    }

    #[test]
    fn a_container_is_named_once_in_either_kind_of_backup() {
        let containers = Value::List(vec![container("abc", &[]), container("abc", &[])]);
        for point in [("recovery_point", Value::object([("latest", true)])), ("point_in_time", "latest".into())] {
            let said = summaries(&[point, ("containers", containers.clone())]);
            assert_eq!(said.first().map(String::as_str), Some("A container is named twice"));
        }
    }

    #[test]
    fn a_restore_knows_in_the_plan_whether_it_is_limited() {
        let undecided = |members: &[(&str, Value)]| {
            let mut members = members.to_vec();
            members.push(("point_in_time", "latest".into()));
            undecided_limit(&arguments(&members)).map(|limit| limit.argument.to_string())
        };
        let of = |prefixes: Value| ("containers", Value::List(vec![container("abc", &[("prefixes", prefixes)])]));
        assert_eq!(undecided(&[("containers", Value::unknown())]).as_deref(), Some("containers"));
        assert_eq!(undecided(&[("ranges", Value::unknown())]).as_deref(), Some("ranges"));
        assert_eq!(undecided(&[of(Value::unknown())]).as_deref(), Some("containers[0].prefixes"));
        assert_eq!(undecided(&[]), None);
        assert_eq!(undecided(&[of(Value::list([Value::unknown()]))]), None, "an element cannot become nothing");
        assert_eq!(undecided(&[of(Value::Null), ("ranges", Value::unknown())]), None, "they are limited already");
        let range = Value::list([Value::object([("from", "a"), ("to", "b")])]);
        assert_eq!(undecided(&[("ranges", range), ("containers", Value::unknown())]), None);
        let vaulted = |containers: Value| {
            let members = [("recovery_point", Value::object([("latest", true)])), ("containers", containers)];
            undecided_limit(&arguments(&members)).map(|limit| (limit.argument.to_string(), limit.without))
        };
        let restored = |at: &str, what| Some((at.to_owned(), what));
        let all = "all containers that are backed up would be restored";
        assert_eq!(vaulted(Value::unknown()), restored("containers", all));
        let all = "all blobs of the container would be restored";
        assert_eq!(vaulted(of(Value::unknown()).1), restored("containers[0].prefixes", all));
    }

    #[test]
    fn an_empty_range_is_an_error_and_the_seeds_range_is_not() {
        let range = |from: &str, to: &str| [("ranges", Value::List(vec![Value::object([("from", from), ("to", to)])]))];
        assert_eq!(summaries(&range("container1", "container10-0")).len(), 0);
        assert_eq!(summaries(&range("b", "b")), ["The range is empty"]);
    }

    #[test]
    fn ranges_that_touch_do_not_overlap_and_as_many_as_there_may_be_are_compared() {
        let range = |from: &str, to: &str| Value::object([("from", from), ("to", to)]);
        let said = |ranges: Vec<Value>| summaries(&[("ranges", Value::List(ranges))]);
        assert_eq!(said(vec![range("abc/a", "abc/b"), range("abc/b", "abc/c")]), [""; 0]);
        assert_eq!(said(vec![range("abc/b", "abc/c"), range("abc/a", "abc/b")]), [""; 0]);
        assert_eq!(said(vec![range("abc/a", "abc/c"), range("abc/b", "abc/d")]), ["Two ranges overlap"]);
        let mut ranges: Vec<Value> =
            (0..MOST_RANGES).map(|number| range(&format!("abc/{number:02}"), &format!("abc/{number:02}x"))).collect();
        assert_eq!(said(ranges.clone()), [""; 0]);
        ranges[MOST_RANGES - 1] = ranges[0].clone();
        assert_eq!(said(ranges.clone()), ["Two ranges overlap"]);
        ranges.push(ranges[0].clone());
        assert_eq!(said(ranges), [""; 0], "the schema refuses more");
    }

    #[test]
    fn a_prefix_whose_range_would_end_in_a_control_character_is_refused_in_place_only() {
        let prefixes = |prefix: &str| {
            let prefixes = Value::list([Value::from("logs/"), prefix.into()]);
            ("containers", Value::List(vec![container("abc", &[("prefixes", prefixes)])]))
        };
        let in_place = |prefix: &str| together(&arguments(&[("point_in_time", "latest".into()), prefixes(prefix)]));
        for good in ["a", "a}", "a~b", "ä", "z"] {
            assert!(in_place(good).is_empty(), "{good}");
        }
        for bad in ["a~", "~", "a\u{7f}", "a\tb", "a\u{9e}"] {
            let told = in_place(bad);
            let told: Vec<_> =
                told.iter().map(|told| (told.path.clone().unwrap().to_string(), &*told.summary)).collect();
            let at = "containers[0].prefixes[1]".to_owned();
            assert_eq!(told, [(at, "This prefix cannot be restored in place")], "{bad:?}");
        }
        let vaulted = ("recovery_point", Value::object([("latest", true)]));
        assert!(together(&arguments(&[vaulted, prefixes("a~")])).is_empty());
    }

    #[test]
    fn a_bound_of_a_range_is_a_container_or_a_blob_in_one() {
        for good in
            ["orders", "orders/", "orders/2026/a b", "orders-0", "orders/Ä~", &format!("abc/{}", "ü".repeat(1024))]
        {
            assert_eq!(is_range_bound(good), Ok(()), "{good}");
        }
        let told = |bound: &str| is_range_bound(bound).unwrap_err();
        assert_eq!(told("ab"), "\"ab\" cannot be the name of a container. A container name has 3 to 63 characters.");
        assert!(told(&format!("{}/a", "o".repeat(64))).ends_with("3 to 63 characters."));
        assert!(told("Orders/a").ends_with("only lower-case letters, digits and hyphens."));
        assert!(told("$web/a").contains("does not restore containers of the storage service itself"));
        assert!(told("or--ders").ends_with("between two letters or digits."));
        for bound in ["/orders", "/"] {
            assert!(told(bound).contains("Write `CONTAINER` or `CONTAINER/BLOB`."), "{bound}");
        }
        assert!(told("orders/a\u{7f}").contains("control character"));
        assert!(told(&format!("abc/{}", "o".repeat(1025))).contains("more than 1024 characters"));
    }
}

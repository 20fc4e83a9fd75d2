//! Checks of a blob restore's arguments that need no Azure.

use super::request::{prefix_range, whole_container};
use super::{Arguments, BlobRange, Container, MOST_RANGES};
use crate::resources::backup_vault::containers::{self, MOST_CONTAINERS, at};
use crate::resources::restore::wrong;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::Attr;
use crate::tfplugin::value::Path;

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
                    "`rename_to` belongs to vaulted backups (`recovery_point`); with `point_in_time` a container keeps \
                     its name.",
                )
                .at(at(index, "rename_to")),
            );
        }
        match &container.prefixes {
            Attr::Known(prefixes) => {
                for prefix in prefixes.iter().take(MOST_CONTAINERS + 1).filter_map(|prefix| prefix.as_str()) {
                    ranges.push((index, prefix_range(name, prefix)));
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
                    format!("`from` {from:?} must sort before `to` {to:?}: the end of a range is not in it."),
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

/// Which blobs go back, as the beginning of a sentence.
pub(super) fn scope(arguments: &Arguments) -> String {
    let (containers, ranges) = (
        names(&arguments.containers, |container: &Container| &container.name),
        names(&arguments.ranges, |range: &BlobRange| &range.from),
    );
    if arguments.containers.is_unknown() || arguments.ranges.is_unknown() {
        "Blobs that are known after apply".to_owned()
    } else if !containers.is_empty() {
        format!(
            "Block blobs of {} {}",
            if containers.len() == 1 { "container" } else { "containers" },
            containers.join(", ")
        )
    } else if !ranges.is_empty() {
        format!(
            "Block blobs of {} (from {})",
            if ranges.len() == 1 { "one range" } else { "the ranges" },
            ranges.join(", ")
        )
    } else {
        "All block blobs of the account".to_owned()
    }
}

/// One member of each element, for a sentence.
fn names<T>(elements: &Attr<Vec<Attr<T>>>, member: impl Fn(&T) -> &Attr<String>) -> Vec<&str> {
    let elements = elements.known().into_iter().flatten();
    elements
        .map(|element| element.known().and_then(|element| member(element).as_str()))
        .map(|name| name.unwrap_or("(known after apply)"))
        .collect()
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
    fn an_empty_range_is_an_error_and_the_seeds_range_is_not() {
        let range = |from: &str, to: &str| [("ranges", Value::List(vec![Value::object([("from", from), ("to", to)])]))];
        assert_eq!(summaries(&range("Container1", "Container10-0")).len(), 0);
        assert_eq!(summaries(&range("b", "b")), ["The range is empty"]);
    }
}

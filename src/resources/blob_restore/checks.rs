//! Checks of a blob restore's arguments that need no Azure.

use super::request::{SelectedBlobs, prefix_range, whole_container};
use super::{Arguments, BlobRange, Container, MOST_RANGES};
use crate::resources::backup_vault::UndecidedLimit;
use crate::resources::backup_vault::containers::{self, MOST_CONTAINERS, at};
use crate::resources::given::{NotGiven, Scope};
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
        (Attr::Null, Attr::Unknown) => Some(UndecidedLimit { argument: "ranges".into(), without: without.0 }),
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
        assert_eq!(summaries(&range("Container1", "Container10-0")).len(), 0);
        assert_eq!(summaries(&range("b", "b")), ["The range is empty"]);
    }
}

//! Checks of a cluster restore's arguments against each other, which need no Azure.

use std::collections::{BTreeMap, BTreeSet};

use super::names::is_namespace;
use super::{Arguments, PointStore};
use crate::azure::data_protection::DataStore;
use crate::resources::restore::wrong;
use crate::resources::restore::{Decides, UndecidedLimit};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::Attr;
use crate::tfplugin::value::Path;

/// Checks of several arguments against each other; unknown values are skipped.
pub(super) fn together(arguments: &Arguments) -> Diagnostics {
    let mut diagnostics = of_the_store(arguments);
    let namespaces = ("included_namespaces", &arguments.included_namespaces);
    diagnostics.extend(in_both(namespaces, ("excluded_namespaces", &arguments.excluded_namespaces)));
    let types = ("included_resource_types", &arguments.included_resource_types);
    diagnostics.extend(in_both(types, ("excluded_resource_types", &arguments.excluded_resource_types)));
    if let Attr::Known(mappings) = &arguments.namespace_mappings {
        diagnostics.extend(of_mappings(arguments, mappings));
    }
    diagnostics
}

/// Where the copy lies that is read, and the argument that says so. None while that is open, or a contradiction that
/// the common checks report.
fn store(arguments: &Arguments) -> Option<(DataStore, &'static str)> {
    let Attr::Known(PointStore { data_store }) = &arguments.recovery_point else { return None };
    let named = match data_store {
        Attr::Known(name) => Some(DataStore::read(name)?),
        Attr::Null => None,
        Attr::Unknown => return None,
    };
    match (&arguments.secondary_region, named) {
        (Attr::Known(true), None | Some(DataStore::VaultStore)) => Some((DataStore::VaultStore, "secondary_region")),
        (Attr::Unknown, Some(DataStore::VaultStore)) => Some((DataStore::VaultStore, "recovery_point")),
        (Attr::Known(true) | Attr::Unknown, _) => None,
        (Attr::Null | Attr::Known(false), named) => {
            Some((named.unwrap_or(DataStore::OperationalStore), "recovery_point"))
        }
    }
}

fn of_the_store(arguments: &Arguments) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let staging = [
        ("staging_resource_group_id", &arguments.staging_resource_group_id),
        ("staging_storage_account_id", &arguments.staging_storage_account_id),
    ];
    match store(arguments) {
        Some((DataStore::VaultStore, cause)) => {
            for (argument, _) in staging.iter().filter(|(_, id)| id.is_null()) {
                diagnostics.push(wrong(
                    cause,
                    "The place for staging is not named",
                    format!(
                        "A restore from `VaultStore` needs `{argument}`: Azure keeps the data there while it copies \
                         it from the vault to the cluster."
                    ),
                ));
            }
        }
        Some(_) => {
            for (argument, _) in staging.iter().filter(|(_, id)| id.known().is_some()) {
                diagnostics.push(wrong(
                    argument,
                    "Nothing is staged on the way from the snapshots",
                    format!(
                        "`{argument}` is not used when restoring from the operational tier (`OperationalStore`). \
                         Remove it. To restore from the vault, set `data_store = \"VaultStore\"` in \
                         `recovery_point`."
                    ),
                ));
            }
        }
        None => {}
    }
    if arguments.secondary_region.known() == Some(&true) && arguments.target_cluster_id.is_null() {
        diagnostics.push(wrong(
            "secondary_region",
            "The target cluster is not named",
            "With `secondary_region = true`, `target_cluster_id` names a cluster in the secondary region. The original \
             one lies in the region of the vault.",
        ));
    }
    diagnostics
}

/// What limits how much is restored or says where to, while it is not known whether it is set. With a copy in the secondary
/// region there must be a target, so that none is no way back to the original cluster.
pub(super) fn undecided_limit(arguments: &Arguments) -> Option<UndecidedLimit> {
    let limits = [
        ("included_namespaces", &arguments.included_namespaces),
        ("excluded_namespaces", &arguments.excluded_namespaces),
        ("included_resource_types", &arguments.included_resource_types),
        ("excluded_resource_types", &arguments.excluded_resource_types),
        ("label_selectors", &arguments.label_selectors),
    ];
    let open = |decides, argument: &str, without| Some(UndecidedLimit { decides, argument: argument.into(), without });
    let is_secondary = arguments.secondary_region.known() == Some(&true);
    if arguments.target_cluster_id.is_unknown() && !is_secondary {
        return open(Decides::Where, "target_cluster_id", "the restore would go into the original cluster");
    }
    if arguments.namespace_mappings.is_unknown() {
        let without = "resources would be restored into the namespaces that they were in";
        return open(Decides::Where, "namespace_mappings", without);
    }
    if let Some((argument, _)) = limits.into_iter().find(|(_, list)| list.is_unknown()) {
        return open(Decides::HowMuch, argument, "more resources of the cluster would be restored");
    }
    if arguments.include_cluster_scope_resources.is_unknown() {
        let without = "resources that belong to no namespace would be restored, too";
        return open(Decides::Whether, "include_cluster_scope_resources", without);
    }
    None
}

type NameList = Attr<Vec<Attr<String>>>;

fn known(names: &NameList) -> impl Iterator<Item = (usize, &str)> {
    let names = names.known().into_iter().flatten().enumerate();
    names.filter_map(|(index, name)| Some((index, name.as_str()?)))
}

fn in_both((includes, included): (&str, &NameList), (excludes, excluded): (&str, &NameList)) -> Diagnostics {
    let included: BTreeSet<&str> = known(included).map(|(_, name)| name).collect();
    let mut diagnostics = Diagnostics::new();
    for (index, name) in known(excluded).filter(|(_, name)| included.contains(name)) {
        let detail = format!("{name:?} stands in `{includes}` and in `{excludes}`.");
        let at = Path::attribute(excludes).index(index);
        diagnostics.push(Diagnostic::error("Included and excluded at once", detail).at(at));
    }
    diagnostics
}

fn of_mappings(arguments: &Arguments, mappings: &BTreeMap<String, Attr<String>>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let mut tell = |from: &str, summary: &str, detail: String| {
        diagnostics.push(Diagnostic::error(summary, detail).at(Path::attribute("namespace_mappings").key(from)));
    };
    let excluded: BTreeSet<&str> = known(&arguments.excluded_namespaces).map(|(_, name)| name).collect();
    let included: BTreeSet<&str> = known(&arguments.included_namespaces).map(|(_, name)| name).collect();
    let whole = arguments.included_namespaces.known().filter(|names| names.iter().all(|name| name.known().is_some()));
    let mut targets: BTreeMap<&str, &str> = BTreeMap::new();
    for name in included.iter().filter(|name| !mappings.contains_key(**name)) {
        targets.insert(name, name);
    }
    for (from, to) in mappings {
        if let Err(problem) = is_namespace(from) {
            tell(from, "Not a namespace", format!("{from:?} is no name of a namespace: {problem}."));
        } else if excluded.contains(from.as_str()) || whole.is_some() && !included.contains(from.as_str()) {
            tell(
                from,
                "A namespace is mapped that is not restored",
                format!(
                    "`namespace_mappings` names {from:?}, which `included_namespaces` or `excluded_namespaces` leaves out."
                ),
            );
        }
        let Some(to) = to.as_str() else { continue };
        if let Some(other) = targets.insert(to, from) {
            tell(
                from,
                "Two namespaces would have one name",
                format!("{other:?} and {from:?} would both be restored as namespace {to:?}."),
            );
        }
    }
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::restore::read;
    use crate::tfplugin::value::Value;

    fn said(members: &[(&str, Value)]) -> Vec<(String, String)> {
        let arguments: Arguments = read(&Value::object(members.iter().cloned())).unwrap();
        let tell =
            |said: &Diagnostic| (said.path.as_ref().map(ToString::to_string).unwrap_or_default(), said.summary.clone());
        together(&arguments).iter().map(tell).collect()
    }

    fn point(data_store: impl Into<Value>) -> (&'static str, Value) {
        ("recovery_point", Value::object([("latest", Value::from(true)), ("data_store", data_store.into())]))
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(path, summary)| ((*path).to_owned(), (*summary).to_owned())).collect()
    }

    const GROUP: (&str, &str) =
        ("staging_resource_group_id", "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/staging");
    const ACCOUNT: (&str, &str) = (
        "staging_storage_account_id",
        "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/staging/providers/Microsoft.Storage/storageAccounts/a",
    );
    const UNNAMED: &str = "The place for staging is not named";
    const UNUSED: &str = "Nothing is staged on the way from the snapshots";

    #[test]
    fn only_what_comes_from_the_vault_is_staged() {
        let group = (GROUP.0, Value::from(GROUP.1));
        let account = (ACCOUNT.0, Value::from(ACCOUNT.1));
        assert_eq!(said(&[point(Value::Null)]), []);
        assert_eq!(said(&[point("VaultStore"), group.clone(), account.clone()]), []);
        assert_eq!(said(&[point("VaultStore")]), pairs(&[("recovery_point", UNNAMED), ("recovery_point", UNNAMED)]));
        assert_eq!(said(&[point("VaultStore"), group.clone()]), pairs(&[("recovery_point", UNNAMED)]));
        for operational in [Value::Null, "OperationalStore".into()] {
            assert_eq!(
                said(&[point(operational), group.clone(), account.clone()]),
                pairs(&[(GROUP.0, UNUSED), (ACCOUNT.0, UNUSED)])
            );
        }
    }

    #[test]
    fn the_secondary_region_always_reads_the_vault_and_needs_a_cluster_of_its_own() {
        let secondary = ("secondary_region", Value::from(true));
        let cluster = ("target_cluster_id", Value::from("/c"));
        let staged = [(GROUP.0, Value::from(GROUP.1)), (ACCOUNT.0, Value::from(ACCOUNT.1))];
        let mut all = vec![point(Value::Null), secondary.clone(), cluster.clone()];
        assert_eq!(said(&all), pairs(&[("secondary_region", UNNAMED), ("secondary_region", UNNAMED)]));
        all.extend(staged.clone());
        assert_eq!(said(&all), []);
        all.retain(|(name, _)| *name != "target_cluster_id");
        assert_eq!(said(&all), pairs(&[("secondary_region", "The target cluster is not named")]));
    }

    #[test]
    fn a_restore_knows_in_the_plan_whether_it_is_limited() {
        let undecided = |members: &[(&str, Value)]| {
            let arguments: Arguments = read(&Value::object(members.iter().cloned())).unwrap();
            undecided_limit(&arguments).map(|limit| limit.argument.to_string())
        };
        for list in ["included_namespaces", "excluded_namespaces", "label_selectors", "excluded_resource_types"] {
            let unknown = (list, Value::unknown());
            for policy in [Value::from("Patch"), "Skip".into(), Value::unknown(), Value::Null] {
                assert_eq!(undecided(&[unknown.clone(), ("conflict_policy", policy)]).as_deref(), Some(list));
            }
            let element = (list, Value::list([Value::unknown()]));
            assert_eq!(undecided(&[element, ("conflict_policy", "Patch".into())]), None);
        }
        for argument in ["target_cluster_id", "namespace_mappings", "include_cluster_scope_resources"] {
            assert_eq!(undecided(&[(argument, Value::unknown())]).as_deref(), Some(argument));
        }
        let elsewhere = [("target_cluster_id", Value::unknown()), ("secondary_region", true.into())];
        assert_eq!(undecided(&elsewhere), None, "without a target there it is an error");
        let mapped = Value::object([("shop", Value::unknown())]);
        assert_eq!(undecided(&[("namespace_mappings", mapped)]), None);
    }

    #[test]
    fn what_is_unknown_is_passed_over() {
        let group = (GROUP.0, Value::from(GROUP.1));
        assert_eq!(said(&[point(Value::unknown())]), []);
        assert_eq!(said(&[("recovery_point", Value::unknown()), group.clone()]), []);
        assert_eq!(said(&[point(Value::Null), ("secondary_region", Value::unknown()), group]), []);
        assert_eq!(said(&[point(Value::Null), (GROUP.0, Value::unknown())]), [], "it may become null");
        let unknown = [(GROUP.0, Value::unknown()), (ACCOUNT.0, Value::unknown())];
        assert_eq!(said(&[point("VaultStore"), unknown[0].clone(), unknown[1].clone()]), []);
        let mapping = Value::object([("shop", "new")]);
        let included = Value::list([Value::from("bank"), Value::unknown()]);
        assert_eq!(said(&[("included_namespaces", included), ("namespace_mappings", mapping)]), []);
    }

    #[test]
    fn nothing_is_included_and_excluded_at_once() {
        for kind in ["namespaces", "resource_types"] {
            let (included, excluded) = (format!("included_{kind}"), format!("excluded_{kind}"));
            let both = [(included.as_str(), Value::list(["a", "b"])), (excluded.as_str(), Value::list(["c", "b"]))];
            assert_eq!(said(&both), pairs(&[(&format!("{excluded}[1]"), "Included and excluded at once")]));
        }
    }

    #[test]
    fn each_restored_namespace_has_a_name_of_its_own() {
        let mapped = |from_to: &[(&str, &str)]| ("namespace_mappings", Value::object(from_to.iter().copied()));
        let one_name = "Two namespaces would have one name";
        assert_eq!(said(&[mapped(&[("a", "x"), ("b", "y")])]), []);
        assert_eq!(said(&[mapped(&[("a", "b"), ("b", "a")])]), [], "they may change places");
        assert_eq!(said(&[mapped(&[("a", "x"), ("b", "x")])]), pairs(&[("namespace_mappings[\"b\"]", one_name)]));
        let included = ("included_namespaces", Value::list(["a", "b"]));
        assert_eq!(said(&[included, mapped(&[("a", "b")])]), pairs(&[("namespace_mappings[\"a\"]", one_name)]));
    }

    #[test]
    fn only_what_is_restored_can_be_mapped() {
        let mapping = ("namespace_mappings", Value::object([("shop", "new")]));
        let not_restored = pairs(&[("namespace_mappings[\"shop\"]", "A namespace is mapped that is not restored")]);
        assert_eq!(said(&[mapping.clone(), ("included_namespaces", Value::list(["shop", "bank"]))]), []);
        assert_eq!(said(&[mapping.clone(), ("included_namespaces", Value::list(["bank"]))]), not_restored);
        assert_eq!(said(&[mapping, ("excluded_namespaces", Value::list(["shop"]))]), not_restored);
        let bad = ("namespace_mappings", Value::object([("Shop", "new")]));
        assert_eq!(said(&[bad]), pairs(&[("namespace_mappings[\"Shop\"]", "Not a namespace")]));
    }
}

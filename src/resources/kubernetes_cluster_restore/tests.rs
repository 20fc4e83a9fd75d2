use super::*;
use crate::resources::restore::read;
use crate::tfplugin::value::Path;

const INSTANCE: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/apps-instance";
const CLUSTER: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/apps";

fn attribute(argument: &str) -> Attribute {
    KubernetesClusterRestore.attributes().into_iter().find(|found| found.name == argument).unwrap()
}

/// What of the argument decides what is restored.
fn deciding(argument: &str, value: impl Into<Value>) -> Value {
    attribute(argument).deciding_form(&value.into()).unwrap()
}

#[test]
fn what_is_said_by_default_means_the_same_as_nothing() {
    for (argument, usual) in [
        ("include_cluster_scope_resources", Value::from(true)),
        ("persistent_volume_restore_mode", "RestoreWithVolumeData".into()),
        ("conflict_policy", "Skip".into()),
        ("excluded_namespaces", Value::List(Vec::new())),
        ("namespace_mappings", Value::Map(BTreeMap::new())),
        ("namespace_mappings", Value::object([("shop", "shop")])),
        ("restore_hook_references", Value::List(Vec::new())),
    ] {
        assert_eq!(deciding(argument, usual.clone()), deciding(argument, Value::Null), "{argument} = {usual:?}");
    }
}

#[test]
fn order_has_no_meaning_and_everything_else_has() {
    let hook = |name: &str| Value::object([("name", name), ("namespace", "n")]);
    let (a, b) = (hook("a"), hook("b"));
    assert_eq!(
        deciding("restore_hook_references", Value::List(vec![a.clone(), b.clone()])),
        deciding("restore_hook_references", Value::List(vec![b, a.clone()]))
    );
    for argument in ["included_namespaces", "excluded_resource_types", "label_selectors"] {
        let (one, other) = (Value::list(["x", "y"]), Value::list(["y", "x"]));
        assert_eq!(deciding(argument, one), deciding(argument, other), "{argument}");
        assert_ne!(deciding(argument, Value::list(["x"])), deciding(argument, Value::Null), "{argument}");
    }
    assert_eq!(deciding("target_cluster_id", CLUSTER), deciding("target_cluster_id", CLUSTER.to_uppercase()));
    assert_ne!(deciding("include_cluster_scope_resources", false), deciding("include_cluster_scope_resources", true));
    assert_ne!(deciding("resource_modifier_reference", a), deciding("resource_modifier_reference", Value::Null));
    let (modifier, hook_list) = (
        |object| deciding("resource_modifier_reference", object),
        |object| deciding("restore_hook_references", Value::List(vec![object])),
    );
    let elsewhere = || Value::object([("name", "a"), ("namespace", "m")]);
    for other in [hook("b"), elsewhere()] {
        assert_ne!(modifier(hook("a")), modifier(other.clone()), "{other:?}");
        assert_ne!(hook_list(hook("a")), hook_list(other.clone()), "{other:?}");
    }
    let mapping = |to: &str| deciding("namespace_mappings", Value::object([("shop", to)]));
    assert_ne!(mapping("one"), mapping("two"));
}

fn warned(members: &[(&str, Value)]) -> Option<String> {
    let mut arguments = Value::object(members.iter().cloned());
    arguments.set("backup_instance_id", INSTANCE);
    let message = KubernetesClusterRestore.overwrites(&read(&arguments).unwrap())?;
    assert_eq!(message.argument, Some("conflict_policy".into()));
    Some(message.summary)
}

#[test]
fn only_patching_overwrites_and_the_cluster_is_named() {
    assert_eq!(warned(&[]), None);
    assert_eq!(warned(&[("conflict_policy", "Skip".into())]), None);
    assert!(warned(&[("conflict_policy", Value::unknown())]).is_some(), "it may become Patch");
    let patch = ("conflict_policy", Value::from("Patch"));
    assert_eq!(
        warned(std::slice::from_ref(&patch)).unwrap(),
        "Restoring overwrites resources of the cluster behind backup instance \"apps-instance\""
    );
    assert_eq!(
        warned(&[patch.clone(), ("target_cluster_id", CLUSTER.into())]).unwrap(),
        "Restoring overwrites resources of cluster \"apps\""
    );
    assert_eq!(
        warned(&[patch, ("target_cluster_id", Value::unknown())]).unwrap(),
        "Restoring overwrites resources of a cluster that is known after apply"
    );
}

#[test]
fn the_arguments_are_checked_together_and_a_limit_must_be_known_in_the_plan() {
    let kind = KubernetesClusterRestore;
    let with = |argument: &str, value: Value| {
        let both = [("included_namespaces", Value::list(["shop"])), (argument, value)];
        read(&Value::object(both)).unwrap()
    };
    let (shop, bank) = (Value::list(["shop"]), Value::list(["bank"]));
    assert!(kind.validate(&with("excluded_namespaces", bank)).is_empty());
    assert!(kind.validate(&with("excluded_namespaces", shop.clone())).has_errors());
    assert!(kind.undecided_limit(&with("label_selectors", shop)).is_none());
    let limit = kind.undecided_limit(&with("label_selectors", Value::unknown())).unwrap();
    assert_eq!(limit.argument.to_string(), "label_selectors");
}

fn refused(argument: &str, value: impl Into<Value>) -> Vec<String> {
    let attribute = attribute(argument);
    let (value, path) = (value.into(), Path::attribute(argument));
    let said = attribute.validators.iter().flat_map(|validator| validator.check(&value, &path));
    said.filter_map(|said| said.path).map(|path| path.to_string()).collect()
}

#[test]
fn each_value_is_checked_at_its_place() {
    let names = |names: &[&str]| Value::list(names.iter().copied());
    assert_eq!(refused("included_namespaces", names(&["shop", "Shop"])), ["included_namespaces[1]"]);
    assert_eq!(refused("excluded_namespaces", names(&["shop", "shop"])), ["excluded_namespaces[1]"]);
    assert_eq!(refused("included_namespaces", names(&[])), ["included_namespaces"]);
    assert_eq!(refused("excluded_namespaces", names(&[])), [""; 0]);
    assert_eq!(refused("excluded_resource_types", names(&["a b"])), ["excluded_resource_types[0]"]);
    assert_eq!(refused("label_selectors", names(&["app=web", "app"])), ["label_selectors[1]"]);
    let mapping = Value::object([("shop", "New")]);
    assert_eq!(refused("namespace_mappings", mapping), ["namespace_mappings[\"shop\"]"]);
    assert_eq!(refused("target_cluster_id", CLUSTER), [""; 0]);
    assert_eq!(refused("target_cluster_id", INSTANCE), ["target_cluster_id"]);
    assert_eq!(refused("staging_resource_group_id", CLUSTER), ["staging_resource_group_id"]);
    assert_eq!(refused("conflict_policy", "Overwrite"), ["conflict_policy"]);
}

#[test]
fn null_stands_in_no_list_and_no_map() {
    let schema = crate::tfplugin::schema::Schema::new("", KubernetesClusterRestore.attributes());
    let refused = |argument: &str, value: Value| -> Vec<String> {
        let found = schema.misplaced_nulls(&Value::object([(argument, value)]));
        found.into_iter().filter_map(|found| found.path).map(|path| path.to_string()).collect()
    };
    let null = || Value::List(vec![Value::Null]);
    assert_eq!(refused("included_resource_types", null()), ["included_resource_types[0]"]);
    assert_eq!(refused("restore_hook_references", null()), ["restore_hook_references[0]"]);
    let mapping = Value::object([("shop", Value::from("new")), ("bank", Value::Null)]);
    assert_eq!(refused("namespace_mappings", mapping), ["namespace_mappings[\"bank\"]"]);
}

fn told(members: &[(&str, Value)]) -> String {
    let mut arguments = Value::object(members.iter().cloned());
    arguments.set("conflict_policy", "Patch");
    let report = KubernetesClusterRestore.overwrites(&read(&arguments).unwrap()).unwrap();
    report.paragraphs.first().unwrap().clone()
}

#[test]
fn a_plan_says_what_the_criteria_restore() {
    assert_eq!(
        told(&[]),
        "Resources of all namespaces are restored.\nResources that belong to no namespace are restored as well."
    );
    assert_eq!(
        told(&[
            ("included_namespaces", Value::list(["shop", "bank"])),
            ("namespace_mappings", Value::object([("shop", "new"), ("bank", "bank")])),
            ("excluded_resource_types", Value::list(["secrets"])),
            ("label_selectors", Value::list(["tier=web"])),
            ("include_cluster_scope_resources", false.into()),
        ]),
        "Resources of these namespaces are restored: \"shop\", \"bank\".\nRestored under another name: \"shop\" as \
         \"new\".\nNo resources of these types: \"secrets\".\nOnly resources with these labels: \
         \"tier=web\".\nResources that belong to no namespace are not restored."
    );
    let unknown = told(&[("included_namespaces", Value::list([Value::unknown()]))]);
    assert!(unknown.contains("known only after apply") && unknown.contains("`included_namespaces[0]`"), "{unknown}");
}

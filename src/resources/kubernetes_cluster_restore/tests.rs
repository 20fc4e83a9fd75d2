use super::*;
use crate::resources::restore::read;
use crate::tfplugin::value::Path;

const INSTANCE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/apps-instance";
const CLUSTER: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/apps";

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
    let null = Value::List(vec![Value::Null]);
    assert_eq!(refused("included_resource_types", null), ["included_resource_types[0]"]);
    assert_eq!(refused("excluded_resource_types", names(&["a b"])), ["excluded_resource_types[0]"]);
    assert_eq!(refused("label_selectors", names(&["app=web", "app"])), ["label_selectors[1]"]);
    let mapping = Value::object([("shop", Value::from("New")), ("bank", Value::Null)]);
    assert_eq!(
        refused("namespace_mappings", mapping),
        ["namespace_mappings[\"bank\"]", "namespace_mappings[\"shop\"]"]
    );
    assert_eq!(refused("target_cluster_id", CLUSTER), [""; 0]);
    assert_eq!(refused("target_cluster_id", INSTANCE), ["target_cluster_id"]);
    assert_eq!(refused("staging_resource_group_id", CLUSTER), ["staging_resource_group_id"]);
    assert_eq!(refused("conflict_policy", "Overwrite"), ["conflict_policy"]);
}

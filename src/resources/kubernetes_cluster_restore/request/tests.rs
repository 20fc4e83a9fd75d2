use serde_json::json;

use super::*;
use crate::resources::backup_vault::golden::{self, Backup};
use crate::resources::kubernetes_cluster_restore::KubernetesClusterRestore;
use crate::restore::backup_vault::ResolvedPoint;
use crate::tfplugin::value::Value;

const SOURCE: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/apps";
const OTHER: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/other";
const GROUP: &str = "/subscriptions/s/resourceGroups/staging";
const ACCOUNT: &str = "/subscriptions/s/resourceGroups/staging/providers/Microsoft.Storage/storageAccounts/staged";

fn built(members: &[(&str, Value)], data_store: DataStore, backup: Backup) -> Result<serde_json::Value, RestoreError> {
    let chosen = ResolvedPoint::Point { id: "eb00".to_owned(), data_store };
    golden::body(&KubernetesClusterRestore, &Value::object(members.iter().cloned()), backup, &chosen)
}

fn backup() -> Backup {
    Backup::in_region("westeurope").of(SOURCE)
}

fn cluster(id: &str, name: &str, region: &str, object_type: &str) -> serde_json::Value {
    json!({
        "objectType": object_type,
        "datasourceType": "Microsoft.ContainerService/managedClusters",
        "resourceType": "Microsoft.ContainerService/managedclusters",
        "resourceID": id,
        "resourceName": name,
        "resourceLocation": region,
        "resourceUri": id
    })
}

fn expected(store: &str, criterion: &serde_json::Value, id: &str, name: &str, region: &str) -> serde_json::Value {
    json!({
        "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
        "recoveryPointId": "eb00",
        "sourceDataStoreType": store,
        "restoreTargetInfo": {
            "objectType": "ItemLevelRestoreTargetInfo",
            "recoveryOption": "FailIfExists",
            "restoreLocation": region,
            "restoreCriteria": [criterion],
            "datasourceInfo": cluster(id, name, region, "Datasource"),
            "datasourceSetInfo": cluster(id, name, region, "DatasourceSet")
        }
    })
}

#[test]
fn nothing_said_is_what_the_command_line_of_azure_sends_for_the_original_cluster() {
    let criterion = json!({
        "objectType": "KubernetesClusterRestoreCriteria",
        "includeClusterScopeResources": true,
        "persistentVolumeRestoreMode": "RestoreWithVolumeData",
        "conflictPolicy": "Skip"
    });
    assert_eq!(
        built(&[], DataStore::OperationalStore, backup()).unwrap(),
        expected("OperationalStore", &criterion, SOURCE, "apps", "westeurope")
    );
}

fn hook() -> Value {
    Value::object([("name", "quiesce"), ("namespace", "hooks")])
}

fn everything() -> Vec<(&'static str, Value)> {
    vec![
        ("target_cluster_id", OTHER.into()),
        ("included_namespaces", Value::list(["shop", "bank"])),
        ("excluded_namespaces", Value::list(["kube-system"])),
        ("included_resource_types", Value::list(["v1/ConfigMap"])),
        ("excluded_resource_types", Value::list(["v1/Secret"])),
        ("label_selectors", Value::list(["app=web"])),
        ("include_cluster_scope_resources", false.into()),
        ("persistent_volume_restore_mode", "RestoreWithoutVolumeData".into()),
        ("conflict_policy", "Patch".into()),
        ("namespace_mappings", Value::object([("shop", "shop-restored"), ("bank", "bank")])),
        ("restore_hook_references", Value::List(vec![hook()])),
        ("resource_modifier_reference", Value::object([("name", "modifier"), ("namespace", "default")])),
    ]
}

fn everything_as_criterion(object_type: &str) -> serde_json::Value {
    json!({
        "objectType": object_type,
        "includeClusterScopeResources": false,
        "includedNamespaces": ["shop", "bank"],
        "excludedNamespaces": ["kube-system"],
        "includedResourceTypes": ["v1/ConfigMap"],
        "excludedResourceTypes": ["v1/Secret"],
        "labelSelectors": ["app=web"],
        "persistentVolumeRestoreMode": "RestoreWithoutVolumeData",
        "conflictPolicy": "Patch",
        "namespaceMappings": {"shop": "shop-restored"},
        "restoreHookReferences": [{"name": "quiesce", "namespace": "hooks"}],
        "resourceModifierReference": {"name": "modifier", "namespace": "default"}
    })
}

#[test]
fn snapshots_go_with_all_criteria_into_another_cluster() {
    assert_eq!(
        built(&everything(), DataStore::OperationalStore, backup()).unwrap(),
        expected(
            "OperationalStore",
            &everything_as_criterion("KubernetesClusterRestoreCriteria"),
            OTHER,
            "other",
            "westeurope"
        )
    );
}

fn staged() -> Vec<(&'static str, Value)> {
    vec![("staging_resource_group_id", GROUP.into()), ("staging_storage_account_id", ACCOUNT.into())]
}

#[test]
fn from_the_vault_the_criterion_is_another_and_names_the_place_for_staging() {
    let mut criterion = everything_as_criterion("KubernetesClusterVaultTierRestoreCriteria");
    criterion["stagingResourceGroupId"] = json!(GROUP);
    criterion["stagingStorageAccountId"] = json!(ACCOUNT);
    let members = [everything(), staged()].concat();
    assert_eq!(
        built(&members, DataStore::VaultStore, backup()).unwrap(),
        expected("VaultStore", &criterion, OTHER, "other", "westeurope")
    );
}

#[test]
fn in_the_secondary_region_nothing_of_the_source_is_needed() {
    let criterion = json!({
        "objectType": "KubernetesClusterVaultTierRestoreCriteria",
        "includeClusterScopeResources": true,
        "persistentVolumeRestoreMode": "RestoreWithVolumeData",
        "conflictPolicy": "Skip",
        "stagingResourceGroupId": GROUP,
        "stagingStorageAccountId": ACCOUNT
    });
    let mut members = staged();
    members.extend([("secondary_region", true.into()), ("target_cluster_id", OTHER.into())]);
    let backup = || Backup::in_region("northeurope");
    assert_eq!(
        built(&members, DataStore::VaultStore, backup()).unwrap(),
        expected("VaultStore", &criterion, OTHER, "other", "northeurope")
    );
}

fn at_fault(members: &[(&str, Value)], data_store: DataStore, backup: Backup) -> Option<String> {
    match built(members, data_store, backup) {
        Err(RestoreError::Wrong { argument, .. }) => argument.map(|argument| argument.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_target_that_is_not_known_is_not_guessed() {
    let operational = DataStore::OperationalStore;
    assert_eq!(at_fault(&[], operational, Backup::in_region("westeurope")).as_deref(), Some("target_cluster_id"));
    let secondary = [staged(), vec![("secondary_region", true.into())]].concat();
    assert_eq!(at_fault(&secondary, DataStore::VaultStore, backup()).as_deref(), Some("target_cluster_id"));
}

#[test]
fn the_vault_is_not_read_without_a_place_for_staging() {
    for (missing, present) in [(0, 1), (1, 0)] {
        let staged = staged();
        assert_eq!(
            at_fault(&[staged[present].clone()], DataStore::VaultStore, backup()).as_deref(),
            Some(staged[missing].0)
        );
    }
}

#[test]
fn what_is_given_and_missing_never_makes_the_restore_larger() {
    let at_fault = |argument: &str, value: Value| {
        at_fault(&[(argument, value)], DataStore::OperationalStore, backup()).expect("an argument is named")
    };
    for list in [
        "included_namespaces",
        "excluded_namespaces",
        "included_resource_types",
        "excluded_resource_types",
        "label_selectors",
    ] {
        assert_eq!(at_fault(list, Value::List(vec!["a".into(), Value::Null])), format!("{list}[1]"));
        assert_eq!(at_fault(list, Value::list([Value::unknown()])), format!("{list}[0]"));
        assert_eq!(at_fault(list, Value::list([""])), format!("{list}[0]"));
        assert_eq!(at_fault(list, Value::unknown()), list);
    }
    for list in ["included_namespaces", "included_resource_types", "label_selectors"] {
        assert_eq!(at_fault(list, Value::List(vec![])), list);
    }
    let hooks = "restore_hook_references";
    assert_eq!(at_fault(hooks, Value::List(vec![Value::Null])), "restore_hook_references[0]");
    let nameless = || Value::object([("name", Value::Null), ("namespace", "n".into())]);
    assert_eq!(at_fault(hooks, Value::List(vec![hook(), nameless()])), "restore_hook_references[1].name");
    assert_eq!(at_fault("resource_modifier_reference", nameless()), "resource_modifier_reference.name");
    let mappings = Value::object([("shop", Value::Null)]);
    assert_eq!(at_fault("namespace_mappings", mappings), "namespace_mappings.shop");
    for word in
        ["conflict_policy", "persistent_volume_restore_mode", "target_cluster_id", "include_cluster_scope_resources"]
    {
        assert_eq!(at_fault(word, Value::unknown()), word);
    }
}

use serde_json::json;
use time::macros::datetime;

use super::*;
use crate::azure::data_protection::DataStore;
use crate::resources::backup_vault::golden::{self, Backup};
use crate::resources::blob_restore::BlobRestore;
use crate::restore::backup_vault::ResolvedPoint;
use crate::tfplugin::value::Value;

const SOURCE: &str =
    "/subscriptions/s/resourceGroups/RG-BlobBackup/providers/Microsoft.Storage/storageAccounts/msblobbackup";
const TARGET: &str =
    "/subscriptions/s/resourceGroups/RG-BlobBackup/providers/Microsoft.Storage/storageAccounts/restored";

fn built(members: &[(&str, Value)], chosen: &ResolvedPoint) -> Result<serde_json::Value, RestoreError> {
    let mut arguments = Value::object(members.iter().cloned());
    if matches!(chosen, ResolvedPoint::Instant(_)) {
        arguments.set("point_in_time", "latest");
    }
    golden::body(&BlobRestore, &arguments, Backup::in_region("westus").of(SOURCE), chosen)
}

fn body(members: &[(&str, Value)], chosen: &ResolvedPoint) -> serde_json::Value {
    built(members, chosen).unwrap()
}

fn point(id: &str) -> ResolvedPoint {
    ResolvedPoint::Point { id: id.to_owned(), data_store: DataStore::VaultStore }
}

fn instant_of_the_seed() -> ResolvedPoint {
    ResolvedPoint::Instant(datetime!(2021-07-08 00:00 UTC))
}

/// The storage account itself, as every operational body of the how-to page has it.
fn source_account() -> serde_json::Value {
    json!({
        "datasourceType": "Microsoft.Storage/storageAccounts/blobServices",
        "objectType": "Datasource",
        "resourceID": SOURCE,
        "resourceLocation": "westus",
        "resourceName": "msblobbackup",
        "resourceType": "Microsoft.Storage/storageAccounts",
        "resourceUri": ""
    })
}

fn ranges_body(criteria: serde_json::Value) -> serde_json::Value {
    json!({
        "objectType": "AzureBackupRecoveryTimeBasedRestoreRequest",
        "restoreTargetInfo": {
            "objectType": "ItemLevelRestoreTargetInfo",
            "recoveryOption": "FailIfExists",
            "restoreLocation": "westus",
            "restoreCriteria": criteria,
            "datasourceInfo": source_account()
        },
        "sourceDataStoreType": "OperationalStore",
        "recoveryPointTime": "2021-07-08T00:00:00.0000000Z"
    })
}

fn range(from: &str, to: &str) -> serde_json::Value {
    json!({"objectType": "RangeBasedItemLevelRestoreCriteria", "minMatchingValue": from, "maxMatchingValue": to})
}

#[test]
fn all_blobs_to_an_instant_is_the_body_of_the_how_to_page() {
    assert_eq!(
        body(&[], &instant_of_the_seed()),
        json!({
            "objectType": "AzureBackupRecoveryTimeBasedRestoreRequest",
            "restoreTargetInfo": {
                "objectType": "RestoreTargetInfo",
                "recoveryOption": "FailIfExists",
                "restoreLocation": "westus",
                "datasourceInfo": source_account()
            },
            "sourceDataStoreType": "OperationalStore",
            "recoveryPointTime": "2021-07-08T00:00:00.0000000Z"
        })
    );
}

#[test]
fn a_range_is_the_body_of_the_how_to_page_as_it_is_written() {
    let seed = Value::object([("from", "Container1"), ("to", "Container10-0")]);
    assert_eq!(
        body(&[("ranges", Value::List(vec![seed]))], &instant_of_the_seed()),
        ranges_body(json!([range("Container1", "Container10-0")]))
    );
}

#[test]
fn containers_and_prefixes_of_an_operational_backup_become_ranges() {
    let whole = Value::object([("name", "abc")]);
    let mut some = Value::object([("name", "xyz")]);
    some.set("prefixes", Value::list(["a/", "b"]));
    assert_eq!(
        body(&[("containers", Value::List(vec![whole, some]))], &instant_of_the_seed()),
        ranges_body(json!([range("abc", "abc-0"), range("xyz/a/", "xyz/a0"), range("xyz/b", "xyz/c")]))
    );
}

fn target_account() -> serde_json::Value {
    json!({
        "objectType": "Datasource",
        "datasourceType": "Microsoft.Storage/storageAccounts/blobServices",
        "resourceType": "Microsoft.Storage/storageAccounts",
        "resourceID": TARGET,
        "resourceName": "restored",
        "resourceLocation": "westus",
        "resourceUri": TARGET
    })
}

#[test]
fn vaulted_containers_go_with_prefixes_and_new_names_into_the_other_account() {
    let mut container = Value::object([("name", "container2"), ("rename_to", "container2-restored")]);
    container.set("prefixes", Value::list(["dd", "ee"]));
    let members = [("target_storage_account_id", TARGET.into()), ("containers", Value::List(vec![container]))];
    assert_eq!(
        body(&members, &point("eb00")),
        json!({
            "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
            "recoveryPointId": "eb00",
            "sourceDataStoreType": "VaultStore",
            "restoreTargetInfo": {
                "objectType": "ItemLevelRestoreTargetInfo",
                "recoveryOption": "FailIfExists",
                "restoreLocation": "westus",
                "restoreCriteria": [{
                    "objectType": "ItemPathBasedRestoreCriteria",
                    "itemPath": "container2",
                    "isPathRelativeToBackupItem": true,
                    "subItemPathPrefix": ["dd", "ee"],
                    "renameTo": "container2-restored"
                }],
                "datasourceInfo": target_account()
            }
        })
    );
}

#[test]
fn all_vaulted_containers_need_no_criteria() {
    let body = body(&[("target_storage_account_id", TARGET.into())], &point("eb00"));
    assert_eq!(body["restoreTargetInfo"]["objectType"], "RestoreTargetInfo");
    assert_eq!(body["restoreTargetInfo"]["datasourceInfo"], target_account());
}

#[test]
fn the_source_account_is_no_target_of_a_vaulted_backup() {
    let source =
        [("target_storage_account_id", Value::from(SOURCE.to_uppercase().replace("SUBSCRIPTIONS", "subscriptions")))];
    let refused = built(&source, &point("p")).unwrap_err();
    assert!(
        matches!(&refused, RestoreError::Wrong { argument: Some(argument), .. } if *argument == "target_storage_account_id".into()),
        "{refused:?}"
    );
}

/// The argument that the error names, of a restore in place and of one into another account.
fn at_fault(argument: &str, value: &Value) -> Vec<String> {
    let target = ("target_storage_account_id", TARGET.into());
    let built = [
        built(&[(argument, value.clone())], &instant_of_the_seed()),
        built(&[(argument, value.clone()), target], &point("eb00")),
    ];
    let refused = |built: Result<serde_json::Value, RestoreError>| match built {
        Err(RestoreError::Wrong { argument, .. }) => argument.map(|argument| argument.to_string()),
        Err(other) => panic!("{other:?}"),
        Ok(_) => None,
    };
    built.into_iter().filter_map(refused).collect()
}

fn container(members: &[(&str, Value)]) -> Value {
    let mut container = Value::object([("name", Value::from("abc")), ("prefixes", Value::Null)]);
    for (name, value) in members {
        container.set(*name, value.clone());
    }
    container
}

#[test]
fn what_is_given_and_missing_is_never_the_whole_account_or_container() {
    let unusable = [Value::Null, Value::unknown()];
    let twice = |path: &str| vec![path.to_owned(); 2];
    assert_eq!(at_fault("containers", &Value::List(vec![])), twice("containers"));
    assert_eq!(at_fault("containers", &Value::unknown()), twice("containers"));
    for nothing in unusable.clone() {
        let containers = Value::List(vec![container(&[]), nothing.clone()]);
        assert_eq!(at_fault("containers", &containers), twice("containers[1]"));
        for (member, path) in [("name", "containers[0].name"), ("prefixes", "containers[0].prefixes[1]")] {
            let value =
                if member == "name" { nothing.clone() } else { Value::List(vec!["a/".into(), nothing.clone()]) };
            assert_eq!(at_fault("containers", &Value::list([container(&[(member, value)])])), twice(path));
        }
    }
    for (member, value, path) in [
        ("name", Value::from(""), "containers[0].name"),
        ("prefixes", Value::List(vec![]), "containers[0].prefixes"),
        ("prefixes", Value::list([""]), "containers[0].prefixes[0]"),
        ("prefixes", Value::unknown(), "containers[0].prefixes"),
        ("rename_to", Value::unknown(), "containers[0].rename_to"),
    ] {
        assert_eq!(at_fault("containers", &Value::list([container(&[(member, value)])])), twice(path), "{member}");
    }
}

#[test]
fn ranges_that_are_given_and_missing_are_never_the_whole_account() {
    let of = |from: Value, to: Value| Value::object([("from", from), ("to", to)]);
    for (ranges, path) in [
        (Value::List(vec![]), "ranges"),
        (Value::unknown(), "ranges"),
        (Value::List(vec![Value::Null]), "ranges[0]"),
        (Value::list([Value::unknown()]), "ranges[0]"),
        (Value::list([of("a".into(), "b".into()), of(Value::Null, "b".into())]), "ranges[1].from"),
        (Value::list([of("a".into(), Value::unknown())]), "ranges[0].to"),
        (Value::list([of("".into(), "b".into())]), "ranges[0].from"),
    ] {
        // A vaulted restore has no ranges.
        assert_eq!(at_fault("ranges", &ranges), [path], "{ranges:?}");
    }
}

#[test]
fn a_target_that_is_missing_is_an_error_on_it() {
    for target in [Value::Null, Value::unknown(), "".into()] {
        let refused = built(&[("target_storage_account_id", target)], &point("eb00")).unwrap_err();
        assert_eq!(refused.to_message("Restoring").argument, Some("target_storage_account_id".into()));
    }
}

fn said(members: &[(&str, Value)]) -> String {
    let arguments = Value::object(members.iter().cloned());
    let arguments = crate::resources::restore::read(&arguments).unwrap();
    crate::resources::blob_restore::checks::going_back(&in_place(&arguments), "noon")
}

#[test]
fn a_plan_names_every_part_that_goes_back() {
    let lost = "What was written to them since then is lost.";
    assert_eq!(said(&[]), format!("All block blobs of the account go back to noon, in place. {lost}"));
    let containers = Value::list([container(&[]), container(&[("prefixes", Value::list(["a/", "b"]))])]);
    assert_eq!(
        said(&[("containers", containers)]),
        format!(
            "These block blobs go back to noon, in place:\n  - container \"abc\"\n  - container \"abc\": names that \
             begin with \"a/\"\n  - container \"abc\": names that begin with \"b\"\n{lost}"
        )
    );
    let ranges = Value::list([Value::object([("from", "a/x"), ("to", "b")])]);
    let range = "  - names from \"a/x\" to \"b\", which is not included";
    assert_eq!(said(&[("ranges", ranges)]), format!("These block blobs go back to noon, in place:\n{range}\n{lost}"));
}

#[test]
fn a_plan_does_not_promise_parts_that_it_does_not_know() {
    let prefixes = container(&[("prefixes", Value::list([Value::unknown()]))]);
    for (containers, path) in [(Value::unknown(), "containers"), (Value::list([prefixes]), "containers[0].prefixes[0]")]
    {
        let said = said(&[("containers", containers)]);
        assert!(said.contains("is known only after apply") && said.contains(&format!("`{path}`")), "{said}");
    }
}

#[test]
fn a_prefix_ends_before_the_next_text_that_does_not_begin_with_it() {
    assert_eq!(prefix_range("c", "a"), ("c/a".into(), "c/b".into()));
    assert_eq!(prefix_range("c", "a\u{10ffff}"), ("c/a\u{10ffff}".into(), "c/b".into()));
    assert_eq!(prefix_range("c", "\u{10ffff}"), ("c/\u{10ffff}".into(), "c-0".into()));
    assert_eq!(prefix_range("c", "\u{d7ff}").1, "c/\u{e000}");
}

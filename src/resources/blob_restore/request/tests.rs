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

#[test]
fn a_prefix_ends_before_the_next_text_that_does_not_begin_with_it() {
    assert_eq!(prefix_range("c", "a"), ("c/a".into(), "c/b".into()));
    assert_eq!(prefix_range("c", "a\u{10ffff}"), ("c/a\u{10ffff}".into(), "c/b".into()));
    assert_eq!(prefix_range("c", "\u{10ffff}"), ("c/\u{10ffff}".into(), "c-0".into()));
    assert_eq!(prefix_range("c", "\u{d7ff}").1, "c/\u{e000}");
}

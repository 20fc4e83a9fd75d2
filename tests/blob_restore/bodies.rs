//! What is sent, as JSON, against the bodies of Microsoft's how-to pages, corrected where those differ from the
//! specification (discriminators in its casing, no members that it does not know).

use serde_json::{Value, json};

use crate::harness::Scenario;
use crate::restores::normal;

/// Applies, and compares what was validated and what was sent with `expected`.
#[track_caller]
fn sends(mut s: Scenario, expected: &Value) {
    s.apply(&[]).succeeds();
    let journal = s.journal();
    let body = |path: &str| {
        let mut found = journal.find("POST", path).map(|entry| entry.body.clone().unwrap_or_default());
        let (first, more) = (found.next(), found.count());
        assert_eq!(more, 0, "{path} was asked more than once");
        normal(&first.unwrap_or_default())
    };
    assert_eq!(body("/restore"), normal(expected));
    assert_eq!(body("/validateRestore"), normal(&json!({ "restoreRequestObject": expected })));
    s.finish(1);
}

fn account(id: &str, name: &str, uri: &str) -> Value {
    json!({
        "objectType": "Datasource",
        "datasourceType": "Microsoft.Storage/storageAccounts/blobServices",
        "resourceType": "Microsoft.Storage/storageAccounts",
        "resourceID": id,
        "resourceName": name,
        "resourceLocation": "westeurope",
        "resourceUri": uri,
    })
}

fn operational(s: &Scenario, target: Value) -> Value {
    json!({
        "objectType": "AzureBackupRecoveryTimeBasedRestoreRequest",
        "recoveryPointTime": s.point(),
        "sourceDataStoreType": "OperationalStore",
        "restoreTargetInfo": target,
    })
}

#[test]
fn all_blobs_in_place() {
    let s = Scenario::new();
    s.restore("");
    let expected = operational(
        &s,
        json!({
            "objectType": "RestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
            "datasourceInfo": account(&s.operational_account_id(), &s.operational_account(), ""),
        }),
    );
    sends(s, &expected);
}

fn some_blobs(s: &Scenario, bounds: &[(&str, &str)]) -> Value {
    let criteria: Vec<Value> = bounds
        .iter()
        .map(|(from, to)| {
            let kind = "RangeBasedItemLevelRestoreCriteria";
            json!({"objectType": kind, "minMatchingValue": from, "maxMatchingValue": to})
        })
        .collect();
    operational(
        s,
        json!({
            "objectType": "ItemLevelRestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
            "restoreCriteria": criteria,
            "datasourceInfo": account(&s.operational_account_id(), &s.operational_account(), ""),
        }),
    )
}

#[test]
fn ranges_are_sent_as_given() {
    let s = Scenario::new();
    s.restore("ranges = [{ from = \"documents/a\", to = \"documents/m\" }, { from = \"orders\", to = \"orders-0\" }]");
    let expected = some_blobs(&s, &[("documents/a", "documents/m"), ("orders", "orders-0")]);
    sends(s, &expected);
}

#[test]
fn a_container_in_place_is_the_range_of_its_name() {
    let s = Scenario::new();
    s.restore("containers = [{ name = \"orders\" }]");
    let expected = some_blobs(&s, &[("orders", "orders-0")]);
    sends(s, &expected);
}

fn vaulted(s: &Scenario, point: &str, target: Value) -> Value {
    let mut target = target;
    target["recoveryOption"] = json!("FailIfExists");
    target["restoreLocation"] = json!("westeurope");
    target["datasourceInfo"] = account(&s.target_account_id(), &s.target_account(), &s.target_account_id());
    json!({
        "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
        "recoveryPointId": point,
        "sourceDataStoreType": "VaultStore",
        "restoreTargetInfo": target,
    })
}

#[test]
fn all_containers_of_a_vault() {
    let s = Scenario::new();
    let point = s.recovery_points().remove(0);
    s.vaulted(&format!("recovery_point = {{ id = {point:?} }}"));
    let expected = vaulted(&s, &point, json!({"objectType": "RestoreTargetInfo"}));
    sends(s, &expected);
}

#[test]
fn containers_of_a_vault_with_prefixes_and_a_new_name() {
    let s = Scenario::new();
    let point = s.recovery_points().remove(0);
    s.vaulted(&format!(
        "recovery_point = {{ id = {point:?} }}\n  containers = [\n    \
         {{ name = \"documents\", prefixes = [\"dd\", \"ee\"], rename_to = \"documents-restored\" }},\n    \
         {{ name = \"orders\" }},\n  ]"
    ));
    let criteria = json!([
        {
            "objectType": "ItemPathBasedRestoreCriteria", "itemPath": "documents", "isPathRelativeToBackupItem": true,
            "subItemPathPrefix": ["dd", "ee"], "renameTo": "documents-restored",
        },
        {"objectType": "ItemPathBasedRestoreCriteria", "itemPath": "orders", "isPathRelativeToBackupItem": true},
    ]);
    let target = json!({"objectType": "ItemLevelRestoreTargetInfo", "restoreCriteria": criteria});
    let expected = vaulted(&s, &point, target);
    sends(s, &expected);
}

#[test]
fn the_moment_is_checked_against_the_ranges_before_anything_is_sent() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    let journal = s.journal();
    let position =
        |path: &str| journal.entries.iter().position(|entry| entry.method == "POST" && entry.path.ends_with(path));
    let (ranges, restore) = (position("/findRestorableTimeRanges"), position("/restore"));
    assert!(ranges.is_some() && ranges < restore, "{}", journal.text());
    s.finish(1);
}

#[test]
fn a_moment_outside_the_ranges_is_an_error_on_the_argument_and_nothing_is_sent() {
    let mut s = Scenario::new();
    s.write_restore(&[
        ("backup_instance_id", &format!("{:?}", s.operational_id())),
        ("point_in_time", "\"2020-01-01T00:00:00Z\""),
    ]);
    let error = s.apply(&[]).fails().error();
    assert_eq!(error.argument(), Some("point_in_time"));
    assert!(s.state().is_empty());
    s.finish(0);
}

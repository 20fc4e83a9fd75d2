//! What is peculiar to data lakes: containers go into another account, beside what is there.

use crate::harness::Scenario;
use crate::simulator::{Journal, catalogue};

/// A restore of the newest point into this account, with further lines.
fn into_account(s: &Scenario, account: &str, more: &str) {
    let instance = s.azure().thing("backup_instances", catalogue::LAKE);
    let target = s.azure().thing("storage_accounts", account);
    s.configure(&format!(
        "resource \"azurebackup_data_lake_restore\" \"x\" {{\n  backup_instance_id = {instance:?}\n  \
         target_storage_account_id = {target:?}\n  recovery_point = {{ latest = true }}\n  {more}\n}}\n"
    ));
}

/// The body of the restore that was accepted last.
fn sent(journal: &Journal) -> serde_json::Value {
    let mut posts = journal.entries.iter().filter(|entry| entry.method == "POST" && entry.path.ends_with("/restore"));
    posts.next_back().and_then(|entry| entry.body.clone()).expect("a restore was sent")
}

#[test]
fn the_lake_itself_is_no_target() {
    let mut s = Scenario::new();
    into_account(&s, "contosolake", "");
    let error = s.apply(&[]).fails().error();
    assert_eq!(error.argument(), Some("target_storage_account_id"), "{error:?}");
    s.finish(0);
}

#[test]
fn a_container_that_the_target_has_is_told_with_the_way_out_and_the_way_works() {
    let mut s = Scenario::new();
    into_account(&s, catalogue::LAKE_TARGET_ACCOUNT, "containers = [{ name = \"raw\" }]");
    s.apply(&[]).succeeds();
    // Other data into the same account: what the first brought is in the way.
    let both = "containers = [{ name = \"raw\" }, { name = \"curated\" }]";
    into_account(&s, catalogue::LAKE_TARGET_ACCOUNT, both);
    let error = s.apply(&[]).fails().error().text();
    for part in ["blobs of data lake \"contosolake\"", "UserErrorTargetContainersExistOnAccount", "`rename_to`"] {
        assert!(error.contains(part), "{part:?} expected\n{error}");
    }
    let renamed = "containers = [{ name = \"raw\", rename_to = \"raw-again\" }, { name = \"curated\" }]";
    into_account(&s, catalogue::LAKE_TARGET_ACCOUNT, renamed);
    s.apply(&[]).succeeds();
    let criteria = &sent(&s.journal())["restoreTargetInfo"]["restoreCriteria"];
    assert_eq!(criteria[0]["renameTo"], "raw-again", "{criteria:#}");
    assert_eq!(criteria[1].get("renameTo"), None, "{criteria:#}");
    s.finish(2);
}

#[test]
fn bad_containers_are_told_without_azure() {
    let mut s = Scenario::new();
    for (containers, part) in [
        ("[{ name = \"Raw\" }]", "lower-case"),
        ("[{ name = \"raw\" }, { name = \"raw\" }]", "more than once"),
        ("[{ name = \"raw\" }, { name = \"curated\", rename_to = \"raw\" }]", "rename_to"),
        ("[for n in range(101) : { name = \"c${n}00\" }]", "100"),
    ] {
        into_account(&s, catalogue::LAKE_TARGET_ACCOUNT, &format!("containers = {containers}"));
        let error = s.asks_nothing(|s| s.validate()).error();
        assert_eq!(error.argument(), Some("containers"), "{error:?}");
        assert!(error.text().contains(part), "{part:?} expected: {error:?}");
    }
    s.finish(0);
}

#[test]
fn an_instance_that_protects_blobs_is_told_apart() {
    let mut s = Scenario::new();
    let (instance, target) = (s.vaulted_id(), s.target_account_id());
    s.configure(&format!(
        "resource \"azurebackup_data_lake_restore\" \"x\" {{\n  backup_instance_id = {instance:?}\n  \
         target_storage_account_id = {target:?}\n  recovery_point = {{ latest = true }}\n}}\n"
    ));
    let error = s.apply(&[]).fails().error();
    assert_eq!(error.argument(), Some("backup_instance_id"), "{error:?}");
    let told = "protects Microsoft.Storage/storageAccounts/blobServices. This resource restores blobs of a data lake (";
    assert!(error.text().contains(told), "{error:?}");
    s.finish(0);
}

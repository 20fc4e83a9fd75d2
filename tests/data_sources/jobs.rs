//! `azurebackup_jobs`.

use serde_json::{Value, json};
use time::Duration;

use super::{column, elsewhere, fault, in_a_recovery_services_vault, instant, only_read, read, refused, text, write};
use crate::harness::Scenario;
use crate::simulator::{Ending, ForeignItemRestore, ForeignRestore, JobScript, Order, catalogue};

const KIND: &str = "jobs";

fn vault(s: &Scenario) -> String {
    text("vault_id", s.vault_id())
}

/// A restore that somebody started so long ago. Its job's ARM id.
fn start(s: &Scenario, instance_id: &str, hours: i64, ending: Option<Ending>) -> String {
    let order = Order::in_place(&s.operational_account_id(), &s.point());
    let foreign = ForeignRestore {
        instance: instance_id.rsplit('/').next().expect("a name").into(),
        activity_id: format!("4195ca6c-e02d-11eb-b0b1-{hours:012}"),
        order,
        script: ending.map_or_else(JobScript::held, JobScript::ended),
        started_ago: Duration::hours(hours),
    };
    s.azure().simulator().add_foreign_restore(foreign).expect("the instance is there")
}

/// Four jobs: one that runs, and three that ended 2, 30 and 60 hours after they began.
fn four(s: &Scenario) -> [String; 4] {
    let (operational, vaulted) = (s.operational_id(), s.vaulted_id());
    let failed = Ending::failed("Code", "message", "action");
    let oldest = start(s, &vaulted, 60, Some(Ending::Completed));
    let newest = start(s, &operational, 1, None);
    let second = start(s, &vaulted, 2, Some(failed));
    [newest, second, start(s, &operational, 30, Some(Ending::Completed)), oldest]
}

fn ids(attributes: &Value) -> Vec<&str> {
    let ids = attributes["ids"].as_array().expect("a list").iter().map(|id| id.as_str().expect("a text")).collect();
    assert_eq!(column(attributes, "jobs", "id"), ids);
    ids
}

#[test]
fn every_job_is_listed_newest_first_with_its_facts() {
    let mut s = Scenario::new();
    let jobs = four(&s);
    let attributes = read(KIND, &[&vault(&s)], &mut s);
    assert_eq!(ids(&attributes), jobs);
    let (running, failed) = (&attributes["jobs"][0], &attributes["jobs"][1]);
    assert_eq!(
        failed,
        &json!({
            "id": jobs[1], "name": jobs[1].rsplit('/').next(), "status": "Failed", "operation": "Restore",
            "operation_category": "Restore", "start_time": failed["start_time"], "end_time": failed["end_time"],
            "duration_seconds": 120, "backup_instance_id": s.vaulted_id(),
            "data_source_id": s.operational_account_id().replace("contososhop", "contosoarchive"),
            "data_source_name": "contosoarchive", "data_source_type": "Microsoft.Storage/storageAccounts/blobServices",
            "backup_management_type": null, "storage_account_name": null,
            "activity_id": "4195ca6c-e02d-11eb-b0b1-000000000002",
        })
    );
    assert_eq!(
        (&running["status"], &running["end_time"], &running["duration_seconds"]),
        (&json!("InProgress"), &Value::Null, &Value::Null)
    );
    assert_eq!((&attributes["id"], &attributes["vault_id"]), (&json!(s.vault_id()), &json!(s.vault_id())));
    s.plans_nothing();
    only_read(s);
}

#[test]
fn filters_choose() {
    let mut s = Scenario::new();
    let [newest, second, third, oldest] = four(&s);
    let started = s.azure().started();
    let instance = text("backup_instance_id", s.vaulted_id().to_uppercase());
    let (after, before) = (
        text("started_after", instant(started - Duration::hours(31))),
        text("started_before", instant(started - Duration::minutes(90))),
    );
    for (lines, expected) in [
        (vec!["status = [\"Completed\"]"], vec![&third, &oldest]),
        (vec!["status = [\"InProgress\", \"Failed\"]"], vec![&newest, &second]),
        (vec!["operation_category = \"Restore\""], vec![&newest, &second, &third, &oldest]),
        (vec!["operation_category = \"Backup\""], vec![]),
        (vec![&*instance], vec![&second, &oldest]),
        (vec![&*instance, "status = [\"Completed\"]"], vec![&oldest]),
        (vec![&*after], vec![&newest, &second, &third]),
        (vec![&*before], vec![&second, &third, &oldest]),
        (vec![&*after, &*before], vec![&second, &third]),
    ] {
        let vault = vault(&s);
        let lines = [vec![&*vault], lines].concat();
        let attributes = read(KIND, &lines, &mut s);
        assert_eq!(ids(&attributes), expected, "{lines:?}");
    }
    only_read(s);
}

#[test]
fn every_page_is_read() {
    let mut s = Scenario::new();
    let instance = s.operational_id();
    for hours in 1..=130 {
        start(&s, &instance, hours, Some(Ending::Completed));
    }
    let attributes = read(KIND, &[&vault(&s)], &mut s);
    assert_eq!(ids(&attributes).len(), 130);
    let times = column(&attributes, "jobs", "start_time");
    assert!(times.windows(2).all(|pair| pair[0] > pair[1]), "{times:?}");
    only_read(s);
}

#[test]
fn a_vault_without_jobs_has_an_empty_list() {
    let mut s = Scenario::new();
    let attributes = read(KIND, &[&vault(&s)], &mut s);
    assert_eq!((&attributes["jobs"], &attributes["ids"]), (&json!([]), &json!([])));
    only_read(s);
}

#[test]
fn a_vault_that_does_not_exist_is_told_on_its_id() {
    let mut s = Scenario::new();
    let error = fault(KIND, &[&text("vault_id", elsewhere("nowhere"))], "vault_id", &mut s);
    assert!(error.contains("there is no such backup vault"), "{error}");
    only_read(s);
}

#[test]
fn bad_input_is_told_before_azure_is_asked() {
    let vault = text("vault_id", elsewhere("v"));
    refused(KIND, &["vault_id = \"vault\""], "vault_id");
    let error = refused(KIND, &[&text("vault_id", elsewhere("v/backupJobs/j"))], "vault_id");
    assert!(error.contains("Microsoft.RecoveryServices/vaults/NAME"), "{error}");
    let item = in_a_recovery_services_vault("v/backupFabrics/Azure/protectionContainers/c/protectedItems/i");
    let error = refused(KIND, &[&vault, &text("backup_instance_id", item)], "backup_instance_id");
    assert!(error.contains("This is the ID of a protected item."), "{error}");
    let other = text("vault_id", in_a_recovery_services_vault("v"));
    let instance = text("backup_instance_id", elsewhere("v/backupInstances/i"));
    let error = refused(KIND, &[&other, &instance], "backup_instance_id");
    assert!(error.contains("`backup_instance_id` is for Backup vaults only"), "{error}");
    refused(KIND, &[&other, "secondary_region = true"], "secondary_region");
    refused(KIND, &[&vault, "operation_category = \"Restores\""], "operation_category");
    refused(KIND, &[&vault, "status = [\"Completed\", \"Done\"]"], "status");
    refused(KIND, &[&vault, "status = []"], "status");
    refused(KIND, &[&vault, &text("backup_instance_id", elsewhere("v"))], "backup_instance_id");
    refused(
        KIND,
        &[&vault, "started_after = \"2026-11-19T08:00:00Z\"", "started_before = \"2026-11-18T08:00:00Z\""],
        "started_after",
    );
}

/// A restore of the file share that somebody started so long ago. Its job's ARM id.
fn restore_share(s: &Scenario, days: i64, ending: Option<Ending>) -> String {
    let foreign = ForeignItemRestore {
        share: catalogue::FILE_SHARE.into(),
        activity_id: format!("4195ca6c-e02d-11eb-b0b1-{days:012}"),
        script: ending.map_or_else(JobScript::held, JobScript::ended),
        started_ago: Duration::days(days),
    };
    s.azure().simulator().add_foreign_item_restore(foreign).expect("the share is there")
}

#[test]
fn jobs_of_a_recovery_services_vault_are_read_in_windows_and_chosen_by_the_same_filters() {
    let mut s = Scenario::new();
    let vault = text("vault_id", s.recovery_services_vault_id());
    let oldest = restore_share(&s, 100, Some(Ending::Completed));
    let newest = restore_share(&s, 1, None);
    let second = restore_share(&s, 40, Some(Ending::failed("Code", "message", "action")));
    let _too_old = restore_share(&s, 190, Some(Ending::Completed));
    let days_ago = |days| instant(s.azure().started() - Duration::days(days));
    let (after, before) = (text("started_after", days_ago(50)), text("started_before", days_ago(30)));
    for (lines, expected, windows) in [
        (vec![], vec![&newest, &second, &oldest], 7),
        (vec!["status = [\"InProgress\", \"Failed\"]"], vec![&newest, &second], 7),
        (vec!["operation_category = \"Restore\""], vec![&newest, &second, &oldest], 7),
        (vec!["operation_category = \"Backup\""], vec![], 7),
        (vec![&*after], vec![&newest, &second], 2),
        (vec![&*after, &*before], vec![&second], 1),
    ] {
        let asked = |s: &Scenario| s.journal().find("GET", "/backupJobs").count();
        write(&s, KIND, &[vec![&*vault], lines.clone()].concat());
        let before = asked(&s);
        s.plan(&[]);
        assert_eq!(asked(&s) - before, windows, "{lines:?}");
        s.apply(&[]).succeeds();
        let attributes = s.state().get("data.azurebackup_jobs.x").attributes;
        assert_eq!(ids(&attributes), expected, "{lines:?}");
    }
    only_read(s);
}

#[test]
fn every_fact_of_a_job_of_a_recovery_services_vault_is_told() {
    let mut s = Scenario::new();
    let id = restore_share(&s, 2, Some(Ending::Completed));
    let vault = s.recovery_services_vault_id();
    let attributes = read(KIND, &[&text("vault_id", &vault)], &mut s);
    let job = &attributes["jobs"][0];
    assert_eq!(
        job,
        &json!({
            "id": id, "name": id.rsplit('/').next(), "status": "Completed", "operation": "Restore",
            "operation_category": "Restore", "start_time": job["start_time"], "end_time": job["end_time"],
            "duration_seconds": 120, "backup_instance_id": null, "data_source_id": null,
            "data_source_name": catalogue::FILE_SHARE, "data_source_type": null,
            "backup_management_type": "AzureStorage", "storage_account_name": catalogue::FILE_SHARE_ACCOUNT,
            "activity_id": "4195ca6c-e02d-11eb-b0b1-000000000002",
        })
    );
    assert_eq!((&attributes["id"], &attributes["vault_id"]), (&json!(vault), &json!(vault)));
    s.plans_nothing();
    let nowhere = text("vault_id", vault.replace(catalogue::RECOVERY_SERVICES_VAULT, "nowhere"));
    let error = fault(KIND, &[&nowhere], "vault_id", &mut s);
    assert!(error.contains("there is no such Recovery Services vault"), "{error}");
    only_read(s);
}

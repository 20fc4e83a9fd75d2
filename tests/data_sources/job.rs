//! `azurebackup_job`.

use serde_json::{Value, json};

use super::{elsewhere, fault, in_a_recovery_services_vault, only_read, read, refused, text};
use crate::harness::Scenario;
use crate::simulator::script::ScriptStep;
use crate::simulator::{Ending, ForeignItemRestore, JobScript, JobView, ServiceError, Warning, catalogue};

const KIND: &str = "job";
const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices";

#[test]
fn every_fact_of_a_job_that_completed_is_told() {
    let mut s = Scenario::new();
    let id = s.start_elsewhere(JobScript::ended(Ending::Completed));
    let attributes = read(KIND, &[&text("id", &id)], &mut s);
    let (start, end) = (attributes["start_time"].clone(), attributes["end_time"].clone());
    assert!(start.as_str() < end.as_str(), "{start} {end}");
    assert_eq!(
        attributes,
        json!({
            "id": id, "name": id.rsplit('/').next(), "status": "Completed", "operation": "Restore",
            "operation_category": "Restore", "start_time": start, "end_time": end, "duration_seconds": 120,
            "backup_instance_id": s.operational_id(), "data_source_id": s.operational_account_id(),
            "data_source_name": s.operational_account(), "data_source_type": BLOBS,
            "backup_management_type": null, "storage_account_name": null,
            "activity_id": "4195ca6c-e02d-11eb-b0b1-70bc105e2242", "recovery_point_id": null,
            "recovery_point_time": s.point(), "recovery_destination": s.operational_account_id(),
            "data_transferred_in_bytes": 69827, "warnings": [], "errors": [],
            "tasks": [{"name": "Trigger Restore", "status": "Completed"}], "details": {}, "timeouts": null,
            "secondary_region": null, "source_region": null, "restore_location": null,
        })
    );
    s.plans_nothing();
    only_read(s);
}

#[test]
fn a_running_job_has_no_end_and_every_word_that_is_no_ending_is_in_progress() {
    let mut s = Scenario::new();
    let word = JobView::Running("Cancelling".into());
    for script in [
        JobScript::held(),
        JobScript::of(ScriptStep { view: word, looks: None }),
        JobScript::of(ScriptStep { view: JobView::Bare, looks: None }),
    ] {
        let id = s.start_elsewhere(script);
        let attributes = read(KIND, &[&text("id", id)], &mut s);
        assert_eq!(attributes["status"], "InProgress");
        assert_eq!((&attributes["end_time"], &attributes["duration_seconds"]), (&Value::Null, &Value::Null));
    }
    only_read(s);
}

#[test]
fn warnings_and_errors_are_told_with_what_azure_recommends() {
    let mut s = Scenario::new();
    let warning = ServiceError::new("UserErrorBlobsSkipped", "Two blobs were skipped.");
    let warnings = vec![Warning { resource_name: "orders".into(), warning }];
    let warned = s.start_elsewhere(JobScript::ended(Ending::CompletedWithWarnings(warnings)));
    let attributes = read(KIND, &[&text("id", warned)], &mut s);
    assert_eq!(attributes["status"], "CompletedWithWarnings");
    assert_eq!(attributes["warnings"], json!(["orders: UserErrorBlobsSkipped: Two blobs were skipped."]));

    let error = Ending::failed("UserErrorStorageAccountInLockedState", "The account is locked.", "Remove the lock.");
    let failed = s.start_elsewhere(JobScript::ended(error));
    let attributes = read(KIND, &[&text("id", failed)], &mut s);
    assert_eq!(attributes["status"], "Failed");
    let expected = "UserErrorStorageAccountInLockedState: The account is locked. Recommended: Remove the lock.";
    assert_eq!(attributes["errors"], json!([expected]));
    only_read(s);
}

#[test]
fn the_id_of_a_restore_leads_to_its_job() {
    let mut s = Scenario::new();
    s.vaulted("recovery_point = { latest = true }");
    s.write("data.tf", "data \"azurebackup_job\" \"x\" {\n  id = azurebackup_blob_restore.x.id\n}\n");
    s.apply(&[]).succeeds();
    let restore = s.state().get("azurebackup_blob_restore.x").attributes;
    let job = s.state().get("data.azurebackup_job.x").attributes;
    for (of_restore, of_job) in [
        ("id", "id"),
        ("job_id", "name"),
        ("client_request_id", "activity_id"),
        ("status", "status"),
        ("start_time", "start_time"),
        ("end_time", "end_time"),
        ("duration_seconds", "duration_seconds"),
        ("recovery_point_id", "recovery_point_id"),
        ("recovery_point_time", "recovery_point_time"),
        ("tasks", "tasks"),
        ("target_storage_account_id", "recovery_destination"),
    ] {
        assert_eq!(restore[of_restore], job[of_job], "{of_job}");
    }
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn the_casing_of_the_id_has_no_meaning() {
    let mut s = Scenario::new();
    let id = s.start_elsewhere(JobScript::ended(Ending::Completed));
    let odd = id.replace("/resourceGroups/", "/resourcegroups/").replace("/backupVaults/", "/BackupVaults/");
    let attributes = read(KIND, &[&text("id", &odd)], &mut s);
    assert_eq!((&attributes["id"], &attributes["status"]), (&json!(odd), &json!("Completed")));
    only_read(s);
}

#[test]
fn a_job_whose_record_is_gone_is_told_on_its_id() {
    let mut s = Scenario::new();
    let id = s.start_elsewhere(JobScript::ended(Ending::Completed).then_gone(0));
    let error = fault(KIND, &[&text("id", &id)], "id", &mut s);
    for part in ["there is no such job", "vault-rehearsal", id.rsplit('/').next().expect("a name")] {
        assert!(error.contains(part), "{part}: {error}");
    }
    only_read(s);
}

#[test]
fn an_id_that_is_no_job_s_is_told_before_azure_is_asked() {
    let error = refused(KIND, &[&text("id", elsewhere("v/backupInstances/i"))], "id");
    assert!(error.contains("backupJobs"), "{error}");
    refused(KIND, &["id = \"4195ca6c-e02d-11eb-b0b1-70bc105e2242\""], "id");
    refused(KIND, &[&text("id", in_a_recovery_services_vault("v"))], "id");
    let job = text("id", in_a_recovery_services_vault("v/backupJobs/4195ca6c-e02d-11eb-b0b1-70bc105e2242"));
    let error = refused(KIND, &[&job, "secondary_region = true"], "secondary_region");
    assert!(error.contains("set `restore_location`"), "{error}");
    let regions = ["secondary_region = true", "restore_location = \"northeurope\"", "source_region = \"westeurope\""];
    let error = refused(KIND, &[&[&*job], &regions[..]].concat(), "source_region");
    assert!(error.contains("`source_region` is for Backup vaults only"), "{error}");
}

/// A restore of the file share that somebody else has started. Its job's ARM id.
fn restore_share(s: &Scenario, script: JobScript) -> String {
    let foreign = ForeignItemRestore {
        share: catalogue::FILE_SHARE.into(),
        activity_id: "4195ca6c-e02d-11eb-b0b1-70bc105e2242".into(),
        script,
        started_ago: time::Duration::hours(1),
    };
    s.azure().simulator().add_foreign_item_restore(foreign).expect("the share is there")
}

#[test]
fn every_fact_of_a_job_of_a_recovery_services_vault_is_told() {
    let mut s = Scenario::new();
    let id = restore_share(&s, JobScript::ended(Ending::Completed));
    let attributes = read(KIND, &[&text("id", &id)], &mut s);
    let taken = instant_of_point(&s);
    let (share, account) = (catalogue::FILE_SHARE, catalogue::FILE_SHARE_ACCOUNT);
    let destination = format!("{account}/{share}");
    let details = attributes["details"].clone();
    assert_eq!(
        (&details["RestoreDestination"], &details["storageAccountName"]),
        (&json!(destination), &json!(account))
    );
    assert_eq!(
        attributes,
        json!({
            "id": id, "name": id.rsplit('/').next(), "status": "Completed", "operation": "Restore",
            "operation_category": "Restore", "start_time": attributes["start_time"],
            "end_time": attributes["end_time"], "duration_seconds": 120, "backup_instance_id": null,
            "data_source_id": null, "data_source_name": share, "data_source_type": null,
            "backup_management_type": "AzureStorage", "storage_account_name": account,
            "activity_id": "4195ca6c-e02d-11eb-b0b1-70bc105e2242", "recovery_point_id": null,
            "recovery_point_time": taken, "recovery_destination": destination, "data_transferred_in_bytes": null,
            "warnings": [], "errors": [], "tasks": [], "details": details, "timeouts": null,
            "secondary_region": null, "source_region": null, "restore_location": null,
        })
    );
    s.plans_nothing();
    only_read(s);
}

/// The time of the newest point of the share.
fn instant_of_point(s: &Scenario) -> String {
    super::instant(s.azure().started() - time::Duration::hours(6))
}

#[test]
fn a_job_of_a_recovery_services_vault_runs_until_it_says_how_it_ended() {
    let mut s = Scenario::new();
    for script in [JobScript::held(), JobScript::of(ScriptStep { view: JobView::Bare, looks: None })] {
        let id = restore_share(&s, script);
        let odd = id.replace("/resourceGroups/", "/resourcegroups/").replace("/vaults/", "/Vaults/");
        let attributes = read(KIND, &[&text("id", odd)], &mut s);
        assert_eq!((&attributes["status"], &attributes["end_time"]), (&json!("InProgress"), &Value::Null));
    }
    let failed = Ending::failed("FileShareNotFound", "The share is gone.", "Make it.");
    let id = restore_share(&s, JobScript::ended(failed));
    let attributes = read(KIND, &[&text("id", id)], &mut s);
    assert_eq!(attributes["status"], "Failed");
    assert_eq!(attributes["errors"], json!(["FileShareNotFound: The share is gone. Recommended: Make it."]));
    let gone = restore_share(&s, JobScript::ended(Ending::Completed).then_gone(0));
    let error = fault(KIND, &[&text("id", gone)], "id", &mut s);
    assert!(error.contains("there is no such job") && error.contains(catalogue::RECOVERY_SERVICES_VAULT), "{error}");
    only_read(s);
}

use serde_json::json;
use time::macros::datetime;

use super::*;

fn vault() -> BackupVaultId {
    BackupVaultId::new("s", "g", "v").unwrap()
}

fn read(value: &Value) -> BackupJob {
    BackupJob::read(&vault(), value).unwrap()
}

#[test]
fn a_running_job_has_neither_end_nor_tasks_progress_nor_actions() {
    let job = read(&json!({
        "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/Backupvaults/v/backupJobs/j", "name": "j",
        "properties": {"activityID": "3cc6bfa6-977e-4000-8000-000000000000", "status": "InProgress", "duration": "PT0S", "endTime": null,
            "startTime": "2026-01-20T08:00:00.1234567Z", "supportedActions": [""], "errorDetails": null, "restoreType": null,
            "operationCategory": "Restore", "operation": "Restore", "progressEnabled": true, "progressUrl": null, "isUserTriggered": true,
            "extendedInfo": {"subTasks": [{"taskId": 1, "taskName": "Trigger Restore", "taskStatus": "InProgress", "taskProgress": null,
                "additionalDetails": null}], "warningDetails": null, "dataTransferedInBytes": null, "isAutohealJob": false,
                "sourceRecoverPoint": {"recoveryPointID": null, "recoveryPointTime": "2026-01-19T08:00:00.0000000Z"}}}
    }));
    assert_eq!(job.id.to_string(), format!("{}/backupJobs/j", vault()));
    assert_eq!(job.status, JobStatus::InProgress("InProgress".to_owned()));
    assert_eq!((job.end_time, job.duration), (None, Some(Duration::ZERO)));
    assert_eq!(job.start_time, Some(datetime!(2026-01-20 8:00:00.1234567 UTC)));
    assert!(job.supported_actions.is_empty() && job.errors.is_empty() && job.warnings.is_empty());
    assert_eq!(job.tasks[0].progress, None);
    assert_eq!(
        job.source_recovery_point,
        Some(JobRecoveryPoint { id: None, time: Some(datetime!(2026-01-19 8:00 UTC)) })
    );
    assert!(job.is_restore());
}

#[test]
fn bytes_moved_are_found_in_either_spelling_and_in_the_task() {
    let job = |extended: Value| read(&json!({"name": "j", "properties": {"extendedInfo": extended}}));
    assert_eq!(job(json!({"dataTransferedInBytes": 5})).data_transferred_in_bytes, Some(5));
    assert_eq!(
        job(json!({"dataTransferredInBytes": 5.0, "dataTransferedInBytes": null})).data_transferred_in_bytes,
        Some(5)
    );
    let in_task = json!({"dataTransferredInBytes": null, "subTasks": [{"additionalDetails": {"DataTransferredInBytes": "69827"}}]});
    assert_eq!(job(in_task).data_transferred_in_bytes, Some(69827));
    assert_eq!(job(json!({})).data_transferred_in_bytes, None);
}

#[test]
fn a_failed_job_keeps_the_advice_and_a_warned_one_the_thing_warned_about() {
    let job = read(&json!({"name": "j", "properties": {"status": "failed",
        "errorDetails": [{"code": "UserErrorX", "message": "m", "recommendedAction": ["do"], "isUserError": false}],
        "extendedInfo": {"warningDetails": [
            {"resourceName": "ns", "warning": {"code": "UserErrorNamespaceNotFound", "message": "w", "recommendedAction": [""]}},
            {"resourceName": null, "warning": null}]}}}));
    assert_eq!(job.status, JobStatus::Failed);
    assert_eq!(job.errors[0].all_recommended_actions(), ["do"]);
    assert_eq!(job.warnings.len(), 1);
    assert_eq!(job.warnings[0].resource_name.as_deref(), Some("ns"));
    assert!(job.warnings[0].warning.has_code("usererrornamespacenotfound"));
}

#[test]
fn durations_come_in_both_notations() {
    for (text, milliseconds) in [("PT4M16.2830187S", 256_283), ("00:02:11.9724387", 131_972)] {
        let job = read(&json!({"name": "j", "properties": {"duration": text}}));
        assert_eq!(job.duration.unwrap().as_millis(), milliseconds);
    }
}

#[test]
fn an_almost_empty_first_body_is_a_running_job() {
    let job = read(&json!({"name": "j", "properties": {}}));
    assert!(!job.status.is_ended());
    assert!(!job.concerns(&vault().instance("i").unwrap()));
    assert_eq!(BackupJob::read(&vault(), &json!({})), None);
}

#[test]
fn its_instance_is_compared_without_case() {
    let job = read(&json!({"name": "j", "properties": {
        "backupInstanceId": "/subscriptions/S/resourcegroups/G/providers/microsoft.dataprotection/BackupVaults/V/backupInstances/I"}}));
    assert!(job.concerns(&vault().instance("i").unwrap()));
    assert!(!job.concerns(&vault().instance("i2").unwrap()));
}

#[test]
fn its_activity_is_compared_by_prefix_and_without_case() {
    let job = read(&json!({"name": "j", "properties": {"activityId": "2881CC22-f527-4af4-9b34-46c6c7b72076-Ibz"}}));
    assert!(job.activity_begins_with("2881cc22-f527-4af4-9b34-46c6c7b72076"));
    assert!(!job.activity_begins_with("2881cc22-f527-4af4-9b34-46c6c7b72077"));
    assert!(!job.activity_begins_with(""));
    assert!(!job.activity_begins_with("2881cc22-f527-4af4-9b34-46c6c7b72076-Ibz-and-more"));
}

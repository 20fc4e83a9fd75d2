//! `azurebackup_job`: one job of a Backup vault. What a job has in common with the elements of `azurebackup_jobs` is here.

use async_trait::async_trait;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use super::secondary_region;
use crate::azure::data_protection::{BackupJob, BackupJobId};
use crate::azure::error::AzureError;
use crate::azure::vault::JobId;
use crate::restore::backup_vault::{self, BackupVaultJobs};
use crate::restore::record::{self, instant};
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema, Type};
use crate::tfplugin::value::Value;

/// Reads one job: how a restore that was begun anywhere stands, or how it ended.
pub struct OneJob;

/// Every word of `status`.
pub(super) const STATUSES: [&str; 5] = ["InProgress", "Completed", "CompletedWithWarnings", "Failed", "Cancelled"];

#[async_trait]
impl Lookup for OneJob {
    fn type_name(&self) -> &'static str {
        "azurebackup_job"
    }

    fn schema(&self) -> Schema {
        let mut attributes = vec![
            ids::argument("id", "a backup job", ids::JOBS, JobId::parse)
                .required()
                .description("The ARM id of the job, as a restore gives it."),
        ];
        attributes.extend(secondary_region::arguments("the job of a restore"));
        attributes.extend(summary_attributes());
        attributes.extend(detail_attributes());
        Schema::new(
            "Reads one job of a Backup vault: how it stands, how it ended and what it was about. Azure keeps the \
             record of a job for a limited time. A job that restores from a secondary region is known only there: \
             set `secondary_region` to read it.",
            attributes,
        )
        .rules(secondary_region::rules())
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        match ids::read(request.arguments, "id", JobId::parse)? {
            JobId::Backup(id) => of_backup_vault(&id, request).await,
        }
    }
}

async fn of_backup_vault(id: &BackupJobId, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
    let region = secondary_region::region(request.arguments);
    let jobs = BackupVaultJobs::new(request.connection.data_protection(), id.vault().clone(), region);
    let job = jobs.read(request.deadline, id).await.map_err(|error| {
        let act = format!("Reading job {:?} of backup vault {:?}", id.name(), id.vault().name());
        Subject { act, noun: "job", argument: "id" }.not_read(error)
    })?;
    Ok(found(&job))
}

/// The attributes that lists of jobs have, too; all but its id.
pub(super) fn summary_attributes() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        text("name", "The job's own name, the last segment of `id`."),
        text(
            "status",
            "`InProgress`, `Completed`, `CompletedWithWarnings`, `Failed` or `Cancelled`. Every word of Azure that is no \
             ending is `InProgress`.",
        ),
        text("operation", "What the job does, as Azure names it, such as `Restore`."),
        text("operation_category", "`Backup`, `Restore`, `Tiering`, `Management` or `CrossRegionRestore`."),
        text("start_time", "When the job began (RFC 3339, UTC)."),
        text("end_time", "When the job ended (RFC 3339, UTC); null while it runs."),
        Attribute::number("duration_seconds")
            .computed()
            .description("How long the job took, in whole seconds; null while it runs."),
        text("backup_instance_id", "The ARM id of the backup instance."),
        text("data_source_id", "The ARM id of what is protected."),
        text("data_source_name", "The name of what is protected."),
        text("data_source_type", "The type of data source, such as `Microsoft.Storage/storageAccounts/blobServices`."),
        text(
            "activity_id",
            "The `x-ms-client-request-id` of the request that began the job: `client_request_id` of a restore of this \
             provider.",
        ),
    ]
}

fn detail_attributes() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    let task = vec![
        text("name", "Azure's name of the step, such as `Trigger Restore`."),
        text("status", "Azure's word for where the step stands."),
    ];
    vec![
        text(
            "recovery_point_id",
            "The name of the recovery point that the job restores, or that it made. Null where the backup is continuous.",
        ),
        text("recovery_point_time", "The instant that the job restores, or of the point that it made (RFC 3339, UTC)."),
        text("recovery_destination", "Where the job restores to: an ARM id, or the URL of a container."),
        Attribute::number("data_transferred_in_bytes").computed().description("Bytes moved, if Azure reports them."),
        Attribute::list_of("warnings", Type::String).computed().description("What Azure warns of, a line each."),
        Attribute::list_of("errors", Type::String).computed().description("Why the job failed, an error each."),
        Attribute::objects("tasks", task).computed().description("The steps of the job."),
        Attribute::map_of("details", Type::String)
            .computed()
            .description("Further facts of the job, under Azure's own names."),
    ]
}

/// The value of [`summary_attributes`], and the id.
pub(super) fn summary(job: &BackupJob) -> Value {
    let record = backup_vault::job(job);
    // A running job has an end in the year 1 and a duration of nothing.
    let ended = record.status.is_ended();
    Value::object([
        ("id", Value::from(record.id)),
        ("name", record.name.into()),
        ("status", record.status.as_str().into()),
        ("operation", job.operation.clone().into()),
        ("operation_category", job.operation_category.clone().into()),
        ("start_time", record.start_time.map(instant).into()),
        ("end_time", record.end_time.filter(|_| ended).map(instant).into()),
        ("duration_seconds", record.duration_seconds.filter(|_| ended).into()),
        ("backup_instance_id", job.backup_instance_id.as_deref().map(ids::documented_instance).into()),
        ("data_source_id", job.data_source_id.clone().into()),
        ("data_source_name", job.data_source_name.clone().into()),
        ("data_source_type", job.data_source_type.clone().into()),
        ("activity_id", job.activity_id.clone().into()),
    ])
}

fn with_advice(error: &AzureError) -> String {
    let advice = error.all_recommended_actions();
    if advice.is_empty() { error.to_string() } else { format!("{error} Recommended: {}", advice.join(" ")) }
}

fn found(job: &BackupJob) -> Value {
    let record = backup_vault::job(job);
    let point = job.source_recovery_point.as_ref().or(job.target_recovery_point.as_ref());
    let mut object = summary(job);
    let task = |task: &record::Task| Value::object([("name", task.name.as_str()), ("status", task.status.as_str())]);
    let details = [
        ("recovery_point_id", Value::from(point.and_then(|point| point.id.clone()))),
        ("recovery_point_time", point.and_then(|point| point.time).map(instant).into()),
        ("recovery_destination", job.recovery_destination.clone().into()),
        ("data_transferred_in_bytes", job.data_transferred_in_bytes.into()),
        ("warnings", Value::list(record.warnings.iter().map(|warning| warning.text.as_str()))),
        ("errors", Value::list(job.errors.iter().map(with_advice))),
        ("tasks", Value::list(record.tasks.iter().map(task))),
        ("details", job.details.clone().into()),
    ];
    for (name, value) in details {
        object.set(name, value);
    }
    // The argument stays as it was written.
    if let Value::Map(members) = &mut object {
        members.remove("id");
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;
    use crate::tfplugin::value::Path;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    async fn read(properties: serde_json::Value) -> Value {
        let script = vec![answer(200, json!({"name": "J", "properties": properties}))];
        let id = format!("{VAULT}/backupJobs/j");
        look_up(OneJob, script, &[("id", id.into())]).await.0.unwrap()
    }

    #[tokio::test]
    async fn every_fact_of_an_ended_job_is_reported() {
        let account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/shop";
        let job = read(json!({
            "activityID": "4195ca6c", "status": "CompletedWithWarnings", "operation": "Restore",
            "operationCategory": "Restore", "startTime": "2026-11-20T08:00:00.1234567Z",
            "endTime": "2026-11-20T08:04:16.4065396Z", "duration": "PT4M16.2830187S",
            "backupInstanceId": format!("{VAULT}/backupInstances/i").replace("backupVaults", "BackupVaults"),
            "dataSourceId": account, "dataSourceName": "shop", "dataSourceType": "T", "errorDetails": null,
            "extendedInfo": {
                "additionalDetails": {"k": "v"}, "dataTransferedInBytes": 69827, "recoveryDestination": account,
                "sourceRecoverPoint": {"recoveryPointID": "p", "recoveryPointTime": "2026-11-19T00:00:00.0000000Z"},
                "warningDetails": [{"resourceName": "c1", "warning": {"code": "W", "message": "m"}}],
                "subTasks": [{"taskId": 1, "taskName": "Trigger Restore", "taskStatus": "Completed"}]}}))
        .await;
        let expected = Value::object([
            ("name", Value::from("j")),
            ("status", "CompletedWithWarnings".into()),
            ("operation", "Restore".into()),
            ("operation_category", "Restore".into()),
            ("start_time", "2026-11-20T08:00:00.1234567Z".into()),
            ("end_time", "2026-11-20T08:04:16.4065396Z".into()),
            ("duration_seconds", 256.into()),
            ("backup_instance_id", Value::from(format!("{VAULT}/backupInstances/i"))),
            ("data_source_id", account.into()),
            ("data_source_name", "shop".into()),
            ("data_source_type", "T".into()),
            ("activity_id", "4195ca6c".into()),
            ("recovery_point_id", "p".into()),
            ("recovery_point_time", "2026-11-19T00:00:00Z".into()),
            ("recovery_destination", account.into()),
            ("data_transferred_in_bytes", 69827.into()),
            ("warnings", Value::list(["c1: W: m"])),
            ("errors", Value::List(Vec::new())),
            ("tasks", Value::list([Value::object([("name", "Trigger Restore"), ("status", "Completed")])])),
            ("details", Value::object([("k", "v")])),
        ]);
        assert_eq!(job, expected);
    }

    #[tokio::test]
    async fn an_ended_job_that_says_it_took_no_time_took_what_lies_between_start_and_end() {
        for (duration, seconds) in [("PT0S", 256), ("PT4M17S", 257)] {
            let job = read(json!({"status": "Completed", "startTime": "2026-11-20T08:00:00Z",
                "endTime": "2026-11-20T08:04:16Z", "duration": duration}))
            .await;
            assert_eq!(job.get("duration_seconds").as_i64(), Some(seconds));
        }
    }

    #[tokio::test]
    async fn a_running_job_has_neither_end_nor_duration() {
        let job = read(
            json!({"status": "Cancelling", "startTime": "2026-11-20T08:00:00Z", "endTime": "0001-01-01T00:00:00Z",
            "duration": "PT0S"}),
        )
        .await;
        assert_eq!(job.get("status").as_str(), Some("InProgress"));
        assert!(job.get("end_time").is_null() && job.get("duration_seconds").is_null(), "{job:?}");
    }

    #[tokio::test]
    async fn a_failed_job_says_why() {
        let error = json!({"code": "UserErrorX", "message": "It is so.", "recommendedAction": ["Do this."]});
        let job = read(json!({"status": "Failed", "errorDetails": [error]})).await;
        assert_eq!(job.get("errors"), &Value::list(["UserErrorX: It is so. Recommended: Do this."]));
    }

    #[tokio::test]
    async fn a_backup_names_the_point_it_made() {
        let made = json!({"recoveryPointID": "made", "recoveryPointTime": "2026-11-19T00:00:00Z"});
        let job = read(
            json!({"status": "Completed", "operationCategory": "Backup", "extendedInfo": {"targetRecoverPoint": made}}),
        )
        .await;
        assert_eq!(job.get("recovery_point_id").as_str(), Some("made"));
    }

    #[tokio::test]
    async fn an_almost_empty_answer_is_a_running_job_that_fits_the_schema() {
        assert_eq!(read(json!({})).await.get("status").as_str(), Some("InProgress"));
    }

    #[tokio::test]
    async fn a_job_whose_record_is_gone_is_the_fault_of_its_id() {
        let script = vec![answer(404, json!({"error": {"code": "ResourceNotFound", "message": "gone"}}))];
        let id = format!("{VAULT}/backupJobs/j");
        let error = look_up(OneJob, script, &[("id", id.into())]).await.0.unwrap_err();
        assert_eq!(error.path, Some(Path::attribute("id")));
        assert_eq!(error.summary, "Reading job \"j\" of backup vault \"v\": there is no such job");
    }

    #[tokio::test]
    async fn a_job_of_the_secondary_region_is_asked_for_there() {
        let script = vec![answer(200, json!({"name": "j", "properties": {"status": "InProgress"}}))];
        let arguments = [
            ("id", format!("{VAULT}/backupJobs/j").into()),
            ("secondary_region", true.into()),
            ("source_region", "West Europe".into()),
            ("restore_location", "North Europe".into()),
        ];
        let (found, asked) = look_up(OneJob, script, &arguments).await;
        assert_eq!(found.unwrap().get("status").as_str(), Some("InProgress"));
        assert!(
            asked[0].starts_with("POST ") && asked[0].contains("/locations/northeurope/fetchCrossRegionRestoreJob?")
        );
    }
}

//! `azurebackup_job`: one job of a vault of either kind. What a job has in common with the elements of `azurebackup_jobs` is here.

use async_trait::async_trait;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use super::secondary_region;
use crate::azure::data_protection::{BackupJob, BackupJobId};
use crate::azure::error::AzureError;
use crate::azure::recovery_services::{RecoveryServicesJob, RecoveryServicesJobId};
use crate::azure::vault::JobId;
use crate::restore::activity::Activity;
use crate::restore::backup_vault::{self, BackupVaultJobs};
use crate::restore::record::{self, Job, instant};
use crate::restore::recovery_services::{self, SkippedFiles};
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema, Type};
use crate::tfplugin::value::Value;

/// Reads one job: how a restore that was begun anywhere stands, or how it ended.
pub struct OneJob;

/// Every word of `operation_category`.
pub(super) const CATEGORIES: [&str; 5] = ["Backup", "Restore", "Tiering", "Management", "CrossRegionRestore"];

/// Every word of `status`.
pub(super) const STATUSES: [&str; 5] = ["InProgress", "Completed", "CompletedWithWarnings", "Failed", "Cancelled"];

#[async_trait]
impl Lookup for OneJob {
    fn type_name(&self) -> &'static str {
        "azurebackup_job"
    }

    fn schema(&self) -> Schema {
        let mut attributes = vec![
            ids::of_either("id", "a backup job", ids::EITHER_JOB, JobId::parse)
                .required()
                .description("The ARM ID of the job: the `id` of a restore."),
        ];
        attributes.extend(secondary_region::arguments("the job of a restore"));
        attributes.extend(summary_attributes());
        attributes.extend(detail_attributes());
        Schema::new(
            "Reads one job of a Backup vault or a Recovery Services vault: its status, its result and its \
             details. Azure keeps the record of a job for a limited time. To read a job that restores from the \
             secondary region of a vault, set `secondary_region`.",
            attributes,
        )
        .rules(secondary_region::rules())
        .rule(ids::of_backup_vaults_only("id", &[secondary_region::SOURCE_REGION]))
        .rule(secondary_region::named_for_recovery_services("id"))
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        match ids::read(request.arguments, "id", JobId::parse)? {
            JobId::Backup(id) => of_backup_vault(&id, request).await,
            JobId::RecoveryServices(id) => of_recovery_services_vault(&id, request).await,
        }
    }
}

async fn of_backup_vault(id: &BackupJobId, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
    let region = secondary_region::of_arguments(request.arguments);
    let jobs = BackupVaultJobs::new(request.connection.data_protection(), id.vault().clone(), region);
    let job = jobs.read(request.deadline, id).await.map_err(|error| {
        let act = format!("Reading job {:?} of backup vault {:?}", id.name(), id.vault().name());
        Subject { act, noun: "job", argument: "id" }.not_read(error)
    })?;
    Ok(found(&job))
}

async fn of_recovery_services_vault(
    id: &RecoveryServicesJobId,
    request: LookupRequest<'_>,
) -> Result<Value, Diagnostic> {
    let azure = request.connection.recovery_services();
    let copy = secondary_region::copy(&azure, id.vault(), request.arguments)?;
    let job = copy.job(id, request.deadline).await.map_err(|error| {
        let act = format!("Reading job {:?} of Recovery Services vault {:?}", id.name(), id.vault().name());
        Subject { act, noun: "job", argument: "id" }.not_read(error)
    })?;
    Ok(found_item_job(&job))
}

/// The attributes that lists of jobs have, too; all but its id.
pub(super) fn summary_attributes() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        text("name", "The name of the job: the last segment of `id`."),
        text(
            "status",
            "`InProgress`, `Completed`, `CompletedWithWarnings`, `Failed` or `Cancelled`. Any other status of Azure \
             is shown as `InProgress`.",
        ),
        text("operation", "The operation of the job in Azure, such as `Restore`."),
        text(
            "operation_category",
            "`Backup`, `Restore`, `Tiering`, `Management` or `CrossRegionRestore`. For a Recovery Services vault, it \
             is made of `operation`.",
        ),
        text("start_time", "The start time of the job (RFC 3339, UTC)."),
        text("end_time", "The end time of the job (RFC 3339, UTC). Null while it runs."),
        Attribute::number("duration_seconds")
            .computed()
            .description("The duration of the job in seconds. Null while it runs."),
        text(
            "backup_instance_id",
            "The ARM ID of the backup instance. Null for a Recovery Services vault: its jobs do not name their \
             protected item.",
        ),
        text("data_source_id", "The ARM ID of the protected resource. Null for a Recovery Services vault."),
        text(
            "data_source_name",
            "The name of the protected resource, such as that of the disk, the file share or the virtual machine.",
        ),
        text(
            "data_source_type",
            "The data source type, such as `Microsoft.Storage/storageAccounts/blobServices`. Null for a Recovery \
             Services vault.",
        ),
        text(
            "backup_management_type",
            "For a Recovery Services vault: `AzureStorage` (file shares), `AzureIaasVM`, `AzureWorkload` and others.",
        ),
        text("storage_account_name", "For file shares: the name of the storage account of the share."),
        text(
            "activity_id",
            "The `x-ms-client-request-id` of the request that started the job. For a restore of this provider, this \
             is `client_request_id`.",
        ),
    ]
}

fn detail_attributes() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    let task = vec![
        text("name", "The name of the step in Azure, such as `Trigger Restore`."),
        text("status", "The status of the step in Azure."),
    ];
    vec![
        text(
            "recovery_point_id",
            "The name of the recovery point that the job restores or has created. Null for operational backup of \
             blobs, which has no recovery points, and for a Recovery Services vault, whose jobs do not report it.",
        ),
        text(
            "recovery_point_time",
            "The time that the job restores, or the time of the recovery point that it has created (RFC 3339, UTC).",
        ),
        text(
            "recovery_destination",
            "The target of the restore: an ARM ID, or the URL of a container. For a file share, \
             `ACCOUNT/SHARE/FOLDER`.",
        ),
        Attribute::number("data_transferred_in_bytes").computed().description(
            "The number of transferred bytes, if Azure reports it. Null for a Recovery Services vault: see \
                 `details`.",
        ),
        Attribute::list_of("warnings", Type::String).computed().description("The warnings of Azure, one line each."),
        Attribute::list_of("errors", Type::String)
            .computed()
            .description("The errors of the job, one element for each error."),
        Attribute::objects("tasks", task).computed().description("The steps of the job."),
        Attribute::map_of("details", Type::String)
            .computed()
            .description("Further details of the job, with the names that Azure uses."),
    ]
}

/// The value of [`summary_attributes`], and the id.
pub(super) fn summary(job: &BackupJob) -> Value {
    let record = backup_vault::job(job, Activity::Restore);
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
        ("backup_management_type", Value::Null),
        ("storage_account_name", Value::Null),
        ("activity_id", job.activity_id.clone().into()),
    ])
}

/// The job in the words that all services share. What was to be skipped is not known, so no skipped file is held against
/// it; one that failed makes it one with warnings, whatever Azure calls it.
pub(super) fn item_record(job: &RecoveryServicesJob) -> Job {
    recovery_services::job(job, Activity::Restore, SkippedFiles::Expected)
}

/// As [`summary`], for a job of a Recovery Services vault.
pub(super) fn item_summary(job: &RecoveryServicesJob) -> Value {
    let record = item_record(job);
    let ended = record.status.is_ended();
    Value::object([
        ("id", Value::from(record.id)),
        ("name", record.name.into()),
        ("status", record.status.as_str().into()),
        ("operation", job.operation.clone().into()),
        ("operation_category", category(job).into()),
        ("start_time", record.start_time.map(instant).into()),
        ("end_time", record.end_time.filter(|_| ended).map(instant).into()),
        ("duration_seconds", record.duration_seconds.filter(|_| ended).into()),
        ("backup_instance_id", Value::Null),
        ("data_source_id", Value::Null),
        ("data_source_name", job.entity_friendly_name.clone().into()),
        ("data_source_type", Value::Null),
        ("backup_management_type", job.backup_management_type.clone().into()),
        ("storage_account_name", job.storage_account_name.clone().into()),
        ("activity_id", job.activity_id.clone().into()),
    ])
}

/// One of [`CATEGORIES`], of the operation: `Restore (Full)` is a `Restore`. None for a word that is new.
pub(super) fn category(job: &RecoveryServicesJob) -> Option<&'static str> {
    const OF_MANAGEMENT: [&str; 7] = [
        "Register",
        "UnRegister",
        "ConfigureBackup",
        "DisableBackup",
        "DeleteBackupData",
        "Undelete",
        "UpdateCustomerManagedKey",
    ];
    let operation = job.operation.as_deref()?;
    let word = operation.split([' ', '(']).next().unwrap_or_default();
    let is = |other: &&&str| other.eq_ignore_ascii_case(word);
    let category = CATEGORIES.iter().find(is).copied();
    category.or_else(|| OF_MANAGEMENT.iter().any(|own| own.eq_ignore_ascii_case(word)).then_some("Management"))
}

fn with_advice(error: &AzureError) -> String {
    let advice = error.all_recommended_actions();
    if advice.is_empty() { error.to_string() } else { format!("{error} Recommended: {}", advice.join(" ")) }
}

fn found(job: &BackupJob) -> Value {
    let record = backup_vault::job(job, Activity::Restore);
    let point = job.source_recovery_point.as_ref().or(job.target_recovery_point.as_ref());
    let mut object = summary(job);
    let details = [
        ("recovery_point_id", Value::from(point.and_then(|point| point.id.clone()))),
        ("recovery_point_time", point.and_then(|point| point.time).map(instant).into()),
        ("recovery_destination", job.recovery_destination.clone().into()),
        ("data_transferred_in_bytes", job.data_transferred_in_bytes.into()),
        ("warnings", Value::list(record.warnings.iter().map(|warning| warning.text.as_str()))),
        ("errors", Value::list(job.errors.iter().map(with_advice))),
        ("tasks", Value::list(record.tasks.iter().map(one_task))),
        ("details", job.details.clone().into()),
    ];
    for (name, value) in details {
        object.set(name, value);
    }
    beside_the_argument(object)
}

fn found_item_job(job: &RecoveryServicesJob) -> Value {
    let record = item_record(job);
    let mut object = item_summary(job);
    let details = [
        ("recovery_point_id", Value::Null),
        ("recovery_point_time", record.recovery_point_time.map(instant).into()),
        ("recovery_destination", job.fact("RestoreDestination").map(str::to_owned).into()),
        ("data_transferred_in_bytes", Value::Null),
        ("warnings", Value::list(record.warnings.iter().map(|warning| warning.text.as_str()))),
        ("errors", Value::list(record.errors.iter().map(with_advice))),
        ("tasks", Value::list(record.tasks.iter().map(one_task))),
        ("details", record.details.into()),
    ];
    for (name, value) in details {
        object.set(name, value);
    }
    beside_the_argument(object)
}

fn one_task(task: &record::Task) -> Value {
    Value::object([("name", task.name.as_str()), ("status", task.status.as_str())])
}

/// The argument stays as it was written.
fn beside_the_argument(mut object: Value) -> Value {
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
            ("backup_management_type", Value::Null),
            ("storage_account_name", Value::Null),
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

    const RECOVERY_SERVICES_VAULT: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";

    async fn read_item_job(properties: serde_json::Value) -> Value {
        let script = vec![answer(200, json!({"name": "J", "properties": properties}))];
        let id = format!("{RECOVERY_SERVICES_VAULT}/backupJobs/j");
        let (found, asked) = look_up(OneJob, script, &[("id", id.into())]).await;
        assert!(asked[0].ends_with("/vaults/v/backupJobs/j?api-version=2026-10-01"), "{asked:?}");
        found.unwrap()
    }

    #[tokio::test]
    async fn every_fact_of_a_job_of_a_recovery_services_vault_is_reported() {
        let job = read_item_job(json!({
            "jobType": "AzureStorageJob", "activityId": "4195ca6c", "status": "Completed", "operation": "Restore",
            "startTime": "2026-11-20T08:00:00.1234567Z", "endTime": "2026-11-20T08:04:16", "duration": "PT4M16.28S",
            "entityFriendlyName": "orders", "storageAccountName": "shop", "backupManagementType": "AzureStorage",
            "errorDetails": [{"errorCode": 1, "errorTitle": "SomeErrorCode", "errorString": "It is so.",
                "recommendations": ["Do this."]}],
            "extendedInfo": {"tasksList": [{"taskId": "Transfer", "status": "Completed"}], "propertyBag": {
                "RestoreDestination": "shop/restored/x", "Number Of Failed Files": "2",
                "Recovery Point Time in UTC": "2026-11-19 00:00:00Z"}}}))
        .await;
        let expected = Value::object([
            ("name", Value::from("j")),
            ("status", "CompletedWithWarnings".into()),
            ("operation", "Restore".into()),
            ("operation_category", "Restore".into()),
            ("start_time", "2026-11-20T08:00:00.1234567Z".into()),
            ("end_time", "2026-11-20T08:04:16Z".into()),
            ("duration_seconds", 256.into()),
            ("backup_instance_id", Value::Null),
            ("data_source_id", Value::Null),
            ("data_source_name", "orders".into()),
            ("data_source_type", Value::Null),
            ("backup_management_type", "AzureStorage".into()),
            ("storage_account_name", "shop".into()),
            ("activity_id", "4195ca6c".into()),
            ("recovery_point_id", Value::Null),
            ("recovery_point_time", "2026-11-19T00:00:00Z".into()),
            ("recovery_destination", "shop/restored/x".into()),
            ("data_transferred_in_bytes", Value::Null),
            (
                "warnings",
                Value::list([
                    "SomeErrorCode: It is so. (Recommended by Azure: Do this.)",
                    "2 files were not restored.",
                ]),
            ),
            ("errors", Value::list(["SomeErrorCode: It is so. Recommended: Do this."])),
            ("tasks", Value::list([Value::object([("name", "Transfer"), ("status", "Completed")])])),
            (
                "details",
                Value::object([
                    ("Number Of Failed Files", "2"),
                    ("Recovery Point Time in UTC", "2026-11-19 00:00:00Z"),
                    ("RestoreDestination", "shop/restored/x"),
                    ("entityFriendlyName", "orders"),
                    ("storageAccountName", "shop"),
                ]),
            ),
        ]);
        assert_eq!(job, expected);
    }

    #[tokio::test]
    async fn an_almost_empty_answer_of_a_recovery_services_vault_is_a_running_job() {
        for properties in [
            json!({"extendedInfo": {"propertyBag": {}}, "endTime": "0001-01-01T00:00:00"}),
            json!({"status": "Cancelling", "startTime": "2026-11-20T08:00:00Z", "endTime": "2026-11-20T08:01:00Z",
                "duration": "PT1M"}),
        ] {
            let job = read_item_job(properties).await;
            assert_eq!(job.get("status").as_str(), Some("InProgress"));
            assert!(job.get("end_time").is_null() && job.get("duration_seconds").is_null(), "{job:?}");
        }
    }

    #[test]
    fn the_category_is_the_first_word_of_the_operation_or_management() {
        let of = |operation: &str| {
            let vault = crate::azure::recovery_services::RecoveryServicesVaultId::new("s", "g", "v").unwrap();
            let job = json!({"name": "j", "properties": {"operation": operation}});
            category(&RecoveryServicesJob::read(&vault, &job).unwrap())
        };
        assert_eq!((of("Restore"), of("restore (Full)")), (Some("Restore"), Some("Restore")));
        assert_eq!((of("Backup(Log)"), of("CrossRegionRestore")), (Some("Backup"), Some("CrossRegionRestore")));
        assert_eq!((of("DeleteBackupData"), of("unregister")), (Some("Management"), Some("Management")));
        assert_eq!((of("Hatch"), of("")), (None, None));
    }
}

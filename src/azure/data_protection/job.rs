//! A job of a Backup vault.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use super::ids::{BackupInstanceId, BackupJobId, BackupVaultId};
use crate::azure::duration;
use crate::azure::error::AzureError;
use crate::azure::job::JobStatus;
use crate::azure::json_fields::JsonFields;
use crate::azure::redaction::redact;
use crate::azure::resource_id::ResourceId;

/// `AzureBackupJobResource` of the REST description. Every member may be missing or null in an answer, and which ones
/// exist depends on the region rather than on the api-version (docs/reference/azure-data-protection.md#jobs).
#[derive(Clone, Debug, PartialEq)]
pub struct BackupJob {
    /// In documented casing, whatever the answer had.
    pub id: BackupJobId,
    /// Whether it goes on or how it ended. [`JobStatus::InProgress`] where the answer had no word for it.
    pub status: JobStatus,
    /// `x-ms-client-request-id` of the request that started it; portals and PowerShell append suffixes.
    pub activity_id: Option<String>,
    /// `Restore`, `Backup` … Either this or the category marks a restore: [`BackupJob::is_restore`].
    pub operation: Option<String>,
    /// `Backup`, `Restore`, `Tiering`, `Management`, `CrossRegionRestore`.
    pub operation_category: Option<String>,
    /// `ALR` (to another place) or `OLR` (to the original); often null.
    pub restore_type: Option<String>,
    /// Whether a person or program asked for it, rather than the schedule.
    pub is_user_triggered: Option<bool>,
    /// Whether it restores from the secondary region.
    pub is_cross_region_restore: Option<bool>,
    /// ARM id of the instance, in any casing; compare with [`BackupJob::concerns`].
    pub backup_instance_id: Option<String>,
    /// The instance's name for people.
    pub backup_instance_friendly_name: Option<String>,
    /// ARM id of the protected resource.
    pub data_source_id: Option<String>,
    /// Name of the protected resource.
    pub data_source_name: Option<String>,
    /// Its workload, such as `Microsoft.Storage/storageAccounts/blobServices`.
    pub data_source_type: Option<String>,
    /// Region of the protected resource.
    pub data_source_location: Option<String>,
    /// Data store that is read.
    pub source_data_store: Option<String>,
    /// When it started, UTC.
    pub start_time: Option<OffsetDateTime>,
    /// When it ended, UTC; none while it runs.
    pub end_time: Option<OffsetDateTime>,
    /// How long it took; `PT0S`, given as zero, as long as it runs (docs/reference/azure-data-protection.md#jobs).
    pub duration: Option<Duration>,
    /// `Standard` or `High`.
    pub rehydration_priority: Option<String>,
    /// What can be done with it; in practice nothing.
    pub supported_actions: Vec<String>,
    /// Why it failed, or what went wrong in a job that ended well all the same; empty as a rule.
    pub errors: Vec<AzureError>,
    /// What it warns of: the reasons of [`JobStatus::CompletedWithWarnings`].
    pub warnings: Vec<JobWarning>,
    /// Bytes moved, from the job or else from its tasks.
    pub data_transferred_in_bytes: Option<u64>,
    /// ARM id or container URL of the target.
    pub recovery_destination: Option<String>,
    /// What is restored: a point by id and time, or by time alone.
    pub source_recovery_point: Option<JobRecoveryPoint>,
    /// The point that a backup made; none for a restore.
    pub target_recovery_point: Option<JobRecoveryPoint>,
    /// Steps; a restore has one, `Trigger Restore`.
    pub tasks: Vec<JobTask>,
    /// Azure's own facts, keys as Azure wrote them.
    pub details: BTreeMap<String, String>,
}

/// One warning of a job that ended `CompletedWithWarnings`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobWarning {
    /// The resource that it is about.
    pub resource_name: Option<String>,
    /// Code, message and advice.
    pub warning: AzureError,
}

/// The point that a job reads or makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRecoveryPoint {
    /// Null for a restore to a point in time.
    pub id: Option<String>,
    /// When the point was taken, or the instant that is restored, UTC.
    pub time: Option<OffsetDateTime>,
}

/// One step of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobTask {
    /// Number of the step, as text.
    pub id: Option<String>,
    /// What the step does, such as `Trigger Restore`.
    pub name: Option<String>,
    /// Azure's word, unjudged.
    pub status: Option<String>,
    /// Null in every recording.
    pub progress: Option<String>,
    /// Such as `DataTransferredInBytes`, as text.
    pub details: BTreeMap<String, String>,
}

impl BackupJob {
    /// Reads one element of the list of `vault`. None if it names no job at all.
    pub(super) fn read(vault: &BackupVaultId, value: &Value) -> Option<Self> {
        let resource = JsonFields::of(value);
        let reference = resource.text("name").or_else(|| resource.text("id"))?;
        Some(Self::read_as(vault.job(&reference).ok()?, value))
    }

    /// Reads the answer to a GET of `id`.
    pub(super) fn read_as(id: BackupJobId, value: &Value) -> Self {
        let job = JsonFields::of(value).object("properties");
        let extended = job.object("extendedInfo");
        let tasks: Vec<JobTask> = extended.list("subTasks").iter().map(JobTask::read).collect();
        Self {
            id,
            status: JobStatus::read(&job.text("status").unwrap_or_default()),
            activity_id: job.text("activityID"),
            operation: job.text("operation"),
            operation_category: job.text("operationCategory"),
            restore_type: job.text("restoreType"),
            is_user_triggered: job.boolean("isUserTriggered"),
            is_cross_region_restore: job.boolean("isCrossRegionRestore"),
            backup_instance_id: job.text("backupInstanceId"),
            backup_instance_friendly_name: job.text("backupInstanceFriendlyName"),
            data_source_id: job.text("dataSourceId"),
            data_source_name: job.text("dataSourceName"),
            data_source_type: job.text("dataSourceType"),
            data_source_location: job.text("dataSourceLocation"),
            source_data_store: job.text("sourceDataStoreType").or_else(|| job.text("sourceDataStoreName")),
            start_time: job.instant("startTime"),
            end_time: job.instant("endTime"),
            duration: job.text("duration").and_then(|text| duration::read(&text)),
            rehydration_priority: job.text("rehydrationPriority"),
            supported_actions: job.texts("supportedActions"),
            errors: first(job.list("errorDetails"))
                .iter()
                .map(AzureError::read)
                .filter(|error| !error.is_silent())
                .collect(),
            warnings: first(extended.list("warningDetails")).iter().filter_map(JobWarning::read).collect(),
            data_transferred_in_bytes: transferred(extended, &tasks),
            recovery_destination: extended.text("recoveryDestination").map(|text| redact(&text)),
            source_recovery_point: JobRecoveryPoint::read(extended.object("sourceRecoverPoint")),
            target_recovery_point: JobRecoveryPoint::read(extended.object("targetRecoverPoint")),
            tasks,
            details: redacted(extended.text_map("additionalDetails")),
        }
    }

    /// Whether it is a job of `instance`.
    pub fn concerns(&self, instance: &BackupInstanceId) -> bool {
        concerns(self.backup_instance_id.as_deref(), instance)
    }

    /// Whether it restores, from either region.
    pub fn is_restore(&self) -> bool {
        is_restore(self.operation_category.as_deref(), self.operation.as_deref())
    }

    /// Whether it restores, as far as Azure says what it does: an almost empty answer says nothing about that, and only
    /// one that does is no restore.
    pub fn may_restore(&self) -> bool {
        may_restore(self.operation_category.as_deref(), self.operation.as_deref())
    }

    /// Whether it backs up.
    pub fn is_backup(&self) -> bool {
        is_backup(self.operation_category.as_deref(), self.operation.as_deref())
    }

    /// As [`BackupJob::may_restore`], of a backup.
    pub fn may_back_up(&self) -> bool {
        may_back_up(self.operation_category.as_deref(), self.operation.as_deref())
    }

    /// Whether its activity id begins with `prefix`, without case.
    pub fn activity_begins_with(&self, prefix: &str) -> bool {
        let activity = self.activity_id.as_deref().and_then(|activity| activity.get(..prefix.len()));
        !prefix.is_empty() && activity.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    }
}

pub(super) fn concerns(backup_instance_id: Option<&str>, instance: &BackupInstanceId) -> bool {
    let named = backup_instance_id.and_then(|text| ResourceId::parse(text).ok());
    named.is_some_and(|id| id == *instance.resource_id())
}

pub(super) fn may_restore(category: Option<&str>, operation: Option<&str>) -> bool {
    (category.is_none() && operation.is_none()) || is_restore(category, operation)
}

pub(super) fn may_back_up(category: Option<&str>, operation: Option<&str>) -> bool {
    (category.is_none() && operation.is_none()) || is_backup(category, operation)
}

fn is_backup(category: Option<&str>, operation: Option<&str>) -> bool {
    let word = category.or(operation);
    word.is_some_and(|word| word.eq_ignore_ascii_case("Backup"))
}

fn is_restore(category: Option<&str>, operation: Option<&str>) -> bool {
    let is = |word: Option<&str>, wanted: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(wanted));
    is(category, "Restore") || is(category, "CrossRegionRestore") || is(operation, "Restore")
}

impl JobWarning {
    fn read(value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let warning = members.get("warning").map(AzureError::read).unwrap_or_default();
        let resource_name = members.text("resourceName").map(|name| redact(&name));
        (resource_name.is_some() || !warning.is_silent()).then_some(Self { resource_name, warning })
    }
}

impl JobRecoveryPoint {
    fn read(members: JsonFields<'_>) -> Option<Self> {
        let point = Self { id: members.text("recoveryPointID"), time: members.instant("recoveryPointTime") };
        (point.id.is_some() || point.time.is_some()).then_some(point)
    }
}

impl JobTask {
    fn read(value: &Value) -> Self {
        let members = JsonFields::of(value);
        Self {
            id: members.text("taskId"),
            name: members.text("taskName").map(|name| redact(&name)),
            status: members.text("taskStatus").map(|status| redact(&status)),
            progress: members.text("taskProgress"),
            details: redacted(members.text_map("additionalDetails")),
        }
    }
}

/// Live answers spell the member with one r, the description with two, and recorded jobs have the figure in the task only.
fn transferred(extended: JsonFields<'_>, tasks: &[JobTask]) -> Option<u64> {
    let of_job = extended.count("dataTransferredInBytes").or_else(|| extended.count("dataTransferedInBytes"));
    of_job.or_else(|| {
        tasks
            .iter()
            .filter_map(|task| task.details.get("DataTransferredInBytes")?.parse::<u64>().ok())
            .reduce(u64::saturating_add)
    })
}

/// No person reads more errors than this, and telling them apart takes the square of their number.
fn first(errors: &[Value]) -> &[Value] {
    const MOST: usize = 50;
    if errors.len() > MOST {
        tracing::warn!(left_out = errors.len() - MOST, "a job has more errors or warnings than are read");
    }
    errors.get(..MOST).unwrap_or(errors)
}

fn redacted(map: BTreeMap<String, String>) -> BTreeMap<String, String> {
    map.into_iter().map(|(key, value)| (redact(&key), redact(&value))).collect()
}

#[cfg(test)]
mod tests;

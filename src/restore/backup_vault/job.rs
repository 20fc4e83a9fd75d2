//! A job of a Backup vault in the words that all services share.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::azure::data_protection as azure;
use crate::azure::job::JobStatus;
use crate::azure::redaction::{REMOVED, redact};
use crate::azure::resource_id::is_same;
use crate::restore::activity::Activity;
use crate::restore::record::{Job, RestoreRecord, Task, Warning};

const RECOVERY_DESTINATION: &str = "recoveryDestination";
const DATA_SOURCE_ID: &str = "dataSourceId";
const SOURCE_DATA_STORE: &str = "sourceDataStoreType";
const REHYDRATION_PRIORITY: &str = "rehydrationPriority";

/// Azure's own key, among the additional details of a job that restores as files.
const FILE_PREFIX: &str = "Restore File Prefix";

/// What the record of a job of a Backup vault says of the request that began it. All of it may be missing
/// (docs/reference/azure-data-protection.md#jobs).
#[derive(Clone, Copy, Debug)]
pub struct ReportedJob<'a>(&'a RestoreRecord);

impl<'a> ReportedJob<'a> {
    /// What `record` says.
    pub fn new(record: &'a RestoreRecord) -> Self {
        Self(record)
    }

    /// ARM id of what was restored onto or made; the URL of the container where files were written.
    pub fn destination(self) -> Option<&'a str> {
        self.detail(RECOVERY_DESTINATION)
    }

    /// ARM id of the protected resource.
    pub fn data_source(self) -> Option<&'a str> {
        self.detail(DATA_SOURCE_ID)
    }

    /// Whether it was restored onto the protected resource itself; none if Azure does not say.
    pub fn is_in_place(self) -> Option<bool> {
        Some(is_same(self.destination()?, self.data_source()?))
    }

    /// Where the copy lay that was read, in Azure's word.
    pub fn data_store(self) -> Option<&'a str> {
        self.detail(SOURCE_DATA_STORE)
    }

    /// How an archived point was fetched, in Azure's word.
    pub fn rehydration_priority(self) -> Option<&'a str> {
        self.detail(REHYDRATION_PRIORITY)
    }

    /// First part of the names of the files.
    pub fn file_prefix(self) -> Option<&'a str> {
        self.detail(FILE_PREFIX)
    }

    /// Name of the point; none for a restore to an instant.
    pub fn point_id(self) -> Option<&'a str> {
        self.0.recovery_point_id.as_deref().filter(|id| !id.is_empty())
    }

    /// When the point was taken, or the instant that was restored.
    pub fn point_time(self) -> Option<OffsetDateTime> {
        self.0.recovery_point_time
    }

    /// What was taken out as a secret is not what the user wrote.
    fn detail(self, key: &str) -> Option<&'a str> {
        self.0.details.get(key).map(String::as_str).filter(|value| !value.is_empty() && !value.contains(REMOVED))
    }
}

/// The job as the life of a restore reads it, in the shape that all services share.
pub fn job(job: &azure::BackupJob, activity: Activity) -> Job {
    let point = match activity {
        Activity::Restore => job.source_recovery_point.as_ref(),
        Activity::Backup => job.target_recovery_point.as_ref(),
    };
    let mut details: BTreeMap<String, String> = job.details.clone();
    let record = [
        ("dataTransferredInBytes", job.data_transferred_in_bytes.map(|bytes| bytes.to_string())),
        (RECOVERY_DESTINATION, job.recovery_destination.clone()),
        ("restoreType", job.restore_type.clone()),
        (DATA_SOURCE_ID, job.data_source_id.clone()),
        (SOURCE_DATA_STORE, job.source_data_store.clone()),
        (REHYDRATION_PRIORITY, job.rehydration_priority.clone()),
    ];
    details.extend(record.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    let mut warnings: Vec<Warning> = job
        .warnings
        .iter()
        .map(|warning| Warning { code: warning.warning.code.clone(), text: warning_text(warning) })
        .collect();
    // What Azure says beside a completion is for the user, too.
    if job.status == JobStatus::Completed {
        warnings.extend(job.errors.iter().map(|error| Warning { code: error.code.clone(), text: error.to_string() }));
    }
    let measured = job.duration.and_then(|duration| i64::try_from(duration.as_secs()).ok());
    // An end before the start (year 1, a clock set back) is no length of time.
    let elapsed = job.start_time.zip(job.end_time).map(|(start, end)| (end - start).whole_seconds());
    let elapsed = elapsed.filter(|seconds| *seconds >= 0);
    // Some jobs say `PT0S` for good.
    let measured = measured.filter(|seconds| *seconds > 0 || !job.status.is_ended() || elapsed.is_none());
    Job {
        id: job.id.to_string(),
        name: job.id.name().to_owned(),
        item_id: job.backup_instance_id.clone(),
        activity_id: job.activity_id.clone().unwrap_or_default(),
        is_of_activity: match activity {
            Activity::Restore => job.may_restore(),
            Activity::Backup => job.may_back_up(),
        },
        status: job.status.clone(),
        start_time: job.start_time,
        end_time: job.end_time,
        duration_seconds: measured.or(elapsed),
        recovery_point_id: point.and_then(|point| point.id.clone()),
        recovery_point_time: point.and_then(|point| point.time),
        warnings,
        tasks: job
            .tasks
            .iter()
            .map(|task| Task {
                name: task.name.clone().unwrap_or_default(),
                status: task.status.clone().unwrap_or_default(),
            })
            .collect(),
        // Jobs of this service tell none (docs/reference/azure-data-protection.md#jobs).
        progress: None,
        details,
        errors: job.errors.clone(),
    }
}

fn warning_text(warning: &azure::JobWarning) -> String {
    let name = warning.resource_name.as_deref().map(|name| format!("{}: ", redact(name))).unwrap_or_default();
    let actions = warning.warning.all_recommended_actions();
    let actions =
        if actions.is_empty() { String::new() } else { format!(" (Recommended by Azure: {})", actions.join(" ")) };
    format!("{name}{}{actions}", warning.warning)
}

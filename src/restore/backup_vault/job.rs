//! A job of a Backup vault in the words that all services share.

use std::collections::BTreeMap;

use crate::azure::data_protection as azure;
use crate::azure::redaction::redact;
use crate::restore::record::{Job, Task, Warning};

/// The job as the life of a restore reads it, in the shape that all services share.
pub fn job(job: &azure::BackupJob) -> Job {
    let source = job.source_recovery_point.as_ref();
    let mut details: BTreeMap<String, String> = job.details.clone();
    let record = [
        ("dataTransferredInBytes", job.data_transferred_in_bytes.map(|bytes| bytes.to_string())),
        ("recoveryDestination", job.recovery_destination.clone()),
        ("restoreType", job.restore_type.clone()),
        ("dataSourceId", job.data_source_id.clone()),
    ];
    details.extend(record.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
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
        is_restore: job.may_restore(),
        status: job.status.clone(),
        start_time: job.start_time,
        end_time: job.end_time,
        duration_seconds: measured.or(elapsed),
        recovery_point_id: source.and_then(|point| point.id.clone()),
        recovery_point_time: source.and_then(|point| point.time),
        warnings: job
            .warnings
            .iter()
            .map(|warning| Warning { code: warning.warning.code.clone(), text: warning_text(warning) })
            .collect(),
        tasks: job
            .tasks
            .iter()
            .map(|task| Task {
                name: task.name.clone().unwrap_or_default(),
                status: task.status.clone().unwrap_or_default(),
            })
            .collect(),
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

//! What decides whether a listed job is kept: a vault remembers hundreds of thousands, and few of them matter to anybody.

use std::borrow::Cow;

use time::OffsetDateTime;

use super::ids::BackupInstanceId;
use super::job;
use crate::azure::job::JobStatus;
use crate::azure::json_text::{members_inside, text};
use crate::azure::timestamp;

/// Some members of a listed [`BackupJob`](super::BackupJob), read as there, while the rest is still text. Of an element that
/// is no job at all nothing is known; it must not be passed over for that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobSummary<'a> {
    status: Option<Cow<'a, str>>,
    activity_id: Option<Cow<'a, str>>,
    operation: Option<Cow<'a, str>>,
    operation_category: Option<Cow<'a, str>>,
    backup_instance_id: Option<Cow<'a, str>>,
    start_time: Option<Cow<'a, str>>,
}

/// Whether a listed job is kept.
pub type KeepJob<'a> = dyn Fn(&JobSummary<'_>) -> bool + Sync + 'a;

impl<'a> JobSummary<'a> {
    pub(super) fn of(element: &'a str) -> Self {
        let names = ["status", "activityID", "operation", "operationCategory", "backupInstanceId", "startTime"];
        let Some(found) = members_inside(element, "properties", names) else { return Self::default() };
        let [status, activity_id, operation, operation_category, backup_instance_id, start_time] =
            found.map(|value| value.and_then(text));
        Self { status, activity_id, operation, operation_category, backup_instance_id, start_time }
    }

    /// As [`BackupJob::status`](super::BackupJob::status).
    pub fn status(&self) -> JobStatus {
        JobStatus::read(self.status.as_deref().unwrap_or_default())
    }

    /// As [`BackupJob::activity_id`](super::BackupJob::activity_id).
    pub fn activity_id(&self) -> Option<&str> {
        self.activity_id.as_deref()
    }

    /// As [`BackupJob::operation_category`](super::BackupJob::operation_category).
    pub fn operation_category(&self) -> Option<&str> {
        self.operation_category.as_deref()
    }

    /// As [`BackupJob::start_time`](super::BackupJob::start_time).
    pub fn start_time(&self) -> Option<OffsetDateTime> {
        self.start_time.as_deref().and_then(timestamp::read)
    }

    /// As [`BackupJob::concerns`](super::BackupJob::concerns).
    pub fn concerns(&self, instance: &BackupInstanceId) -> bool {
        job::concerns(self.backup_instance_id.as_deref(), instance)
    }

    /// As [`BackupJob::may_back_up`](super::BackupJob::may_back_up).
    pub fn may_back_up(&self) -> bool {
        job::may_back_up(self.operation_category.as_deref(), self.operation.as_deref())
    }

    /// As [`BackupJob::may_restore`](super::BackupJob::may_restore).
    pub fn may_restore(&self) -> bool {
        job::may_restore(self.operation_category.as_deref(), self.operation.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{BackupJob, BackupVaultId};
    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    /// The summary of an element says what the whole job says.
    fn agrees(properties: Value) {
        let vault = BackupVaultId::parse(VAULT).unwrap();
        let instance = vault.instance("i").unwrap();
        let element = json!({"name": "a", "properties": properties});
        let whole = BackupJob::read(&vault, &element).unwrap();
        let written = element.to_string();
        let summary = JobSummary::of(&written);
        assert_eq!(summary.status(), whole.status, "{element}");
        assert_eq!(summary.activity_id(), whole.activity_id.as_deref(), "{element}");
        assert_eq!(summary.operation_category(), whole.operation_category.as_deref(), "{element}");
        assert_eq!(summary.start_time(), whole.start_time, "{element}");
        assert_eq!(summary.concerns(&instance), whole.concerns(&instance), "{element}");
        assert_eq!(summary.may_restore(), whole.may_restore(), "{element}");
        assert_eq!(summary.may_back_up(), whole.may_back_up(), "{element}");
    }

    #[test]
    fn a_summary_says_what_the_whole_job_says_however_it_is_written() {
        let instance = format!("{VAULT}/BackupInstances/I");
        agrees(json!({"status": "Completed", "activityID": "a", "operation": "Restore", "backupInstanceId": instance}));
        agrees(
            json!({"STATUS": "failed", "activityId": "a", "operationCategory": "Backup", "extendedInfo": {"status": "x"}}),
        );
        agrees(
            json!({"status": null, "activityID": 7, "operationCategory": true, "startTime": "2026-11-20T08:00:00Z"}),
        );
        agrees(
            json!({"status": "a\"\u{e4}", "operation": "", "operationCategory": "CrossRegionRestore", "startTime": "x"}),
        );
        agrees(json!({"status": {"a": 1}, "activityID": ["a"], "startTime": "0001-01-01T00:00:00Z"}));
        for none in [json!(null), json!({}), json!([]), json!("x"), json!(7)] {
            agrees(none);
        }
    }

    #[test]
    fn what_is_no_job_has_an_empty_summary() {
        for element in ["null", "[]", "7", "\"x\"", "{}", "{\"properties\":7}"] {
            assert_eq!(JobSummary::of(element), JobSummary::default(), "{element}");
        }
        assert!(JobSummary::default().may_restore() && !JobSummary::default().status().is_ended());
    }
}

//! A job of a Recovery Services vault in the words that all services share.

use std::collections::BTreeMap;

use crate::azure::error::AzureError;
use crate::azure::job::JobStatus;
use crate::azure::recovery_services::{JobType, RecoveryServicesJob};
use crate::azure::timestamp;
use crate::restore::activity::Activity;
use crate::restore::hints::{self, CodeMeaning};
use crate::restore::record::{Job, Task, Warning};

/// Counts of a share's job that mean data which was not restored, with the word for it.
const FAILED: [(&str, &str); 2] =
    [("Number Of Failed Files", "files"), ("Number Of Failed Directories", "directories")];

/// Counts of a share's job that mean data which was left out on purpose, or not.
const SKIPPED: [(&str, &str); 2] =
    [("Number Of Skipped Files", "files"), ("Number Of Skipped Directories", "directories")];

/// Whether files that a job skips are what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkippedFiles {
    /// Those that are there already stay.
    Expected,
    /// None should be skipped.
    Unexpected,
}

/// The job as the life of a restore reads it. It names no item: jobs of this service do not say which one they restore.
pub fn job(job: &RecoveryServicesJob, activity: Activity, skipped: SkippedFiles) -> Job {
    let lost = lost(job, skipped);
    let errors: Vec<AzureError> = job.diagnostics.iter().map(|diagnostic| diagnostic.error.clone()).collect();
    let says_some_lost =
        errors.iter().flat_map(hints::codes).any(|code| hints::meaning([code]) == CodeMeaning::RestoredInPart);
    let status = match &job.status {
        // A share of which files are missing is not restored, whatever the job says.
        JobStatus::Completed if !lost.is_empty() || says_some_lost => JobStatus::CompletedWithWarnings,
        status => status.clone(),
    };
    let spoken = job.dynamic_error_message.clone().filter(|text| !text.trim().is_empty());
    let errors = with_spoken(errors, spoken);
    let mut warnings = Vec::new();
    // What Azure says beside a completion is for the user, too.
    if matches!(status, JobStatus::Completed | JobStatus::CompletedWithWarnings) {
        warnings.extend(errors.iter().map(|error| Warning { code: error.code.clone(), text: warning_text(error) }));
        warnings.extend(lost.into_iter().map(|text| Warning { code: String::new(), text }));
    }
    let measured = job.duration.and_then(|duration| i64::try_from(duration.as_secs()).ok());
    // An end before the start (year 1, a clock set back) is no length of time.
    let elapsed = job.start_time.zip(job.end_time).map(|(start, end)| (end - start).whole_seconds());
    let elapsed = elapsed.filter(|seconds| *seconds >= 0);
    let measured = measured.filter(|seconds| *seconds > 0 || !job.status.is_ended() || elapsed.is_none());
    Job {
        id: job.id.to_string(),
        name: job.id.name().to_owned(),
        activity_id: job.activity_id.clone().unwrap_or_default(),
        is_of_activity: may_be_of(job, activity),
        start_time: job.start_time,
        end_time: job.end_time,
        duration_seconds: measured.or(elapsed),
        recovery_point_time: ["Recovery Point Time in UTC", "RestoreRecoveryPointTime", "Recovery point time"]
            .iter()
            .find_map(|key| timestamp::read(job.fact(key)?)),
        warnings,
        tasks: job
            .steps
            .iter()
            .map(|step| Task { name: step.name.clone(), status: step.status.clone().unwrap_or_default() })
            .collect(),
        progress: job.progress_percentage.as_ref().map(|percent| format!("{} %", percent.trim_end_matches(".0"))),
        details: details(job),
        errors,
        ..Job::new(String::new(), String::new(), status)
    }
}

/// Whether a job may be of this activity: an almost empty answer says nothing about what the job does, and only one that
/// says so does something else.
pub fn may_be_of(job: &RecoveryServicesJob, activity: Activity) -> bool {
    job.operation.is_none()
        || match activity {
            Activity::Restore => job.is_restore(),
            Activity::Backup => job.is_backup(),
        }
}

/// What was not restored, in sentences.
fn lost(job: &RecoveryServicesJob, skipped: SkippedFiles) -> Vec<String> {
    if !matches!(job.job_type, None | Some(JobType::Storage)) {
        return Vec::new();
    }
    let mut found = counted(FAILED, |key| job.fact(key), "were not restored");
    if skipped == SkippedFiles::Unexpected {
        found.extend(counted(SKIPPED, |key| job.fact(key), "were skipped"));
    }
    found
}

/// What the job of a share has skipped, in sentences, by the details of its record.
pub fn skipped(details: &BTreeMap<String, String>) -> Vec<String> {
    counted(SKIPPED, |key| details.get(key).map(String::as_str), "were skipped")
}

/// Counts are texts for people: one with any digit but zeros says that there are some.
fn counted<'a>(counts: [(&str, &str); 2], fact: impl Fn(&str) -> Option<&'a str>, what: &str) -> Vec<String> {
    let told = |(key, things): (&str, &str)| {
        let count = fact(key)?.trim();
        // Written for people: `1,204` is a number, too.
        let is_some = !count.starts_with('-') && count.chars().any(|character| ('1'..='9').contains(&character));
        is_some.then(|| format!("{count} {things} {what}."))
    };
    counts.into_iter().filter_map(told).collect()
}

fn warning_text(error: &AzureError) -> String {
    let actions = error.all_recommended_actions();
    let actions =
        if actions.is_empty() { String::new() } else { format!(" (Recommended by Azure: {})", actions.join(" ")) };
    format!("{error}{actions}")
}

/// The running text is the reason where no error says one.
fn with_spoken(mut errors: Vec<AzureError>, spoken: Option<String>) -> Vec<AzureError> {
    if let Some(text) = spoken.filter(|text| !errors.iter().any(|error| error.message.contains(text.as_str()))) {
        errors.push(AzureError::new("", text));
    }
    errors
}

fn details(job: &RecoveryServicesJob) -> BTreeMap<String, String> {
    let own = [
        ("entityFriendlyName", &job.entity_friendly_name),
        ("storageAccountName", &job.storage_account_name),
        ("progressPercentage", &job.progress_percentage),
    ];
    let own = own.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
    own.chain(job.property_bag.iter().map(|(key, value)| (key.trim().to_owned(), value.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;
    use crate::azure::recovery_services::RecoveryServicesVaultId;
    use crate::restore::ending::JobEnding;

    fn read(properties: &Value, skipped: SkippedFiles) -> Job {
        let vault = RecoveryServicesVaultId::new("s", "g", "v").unwrap();
        let found = RecoveryServicesJob::read(&vault, &json!({"name": "j", "properties": properties})).unwrap();
        job(&found, Activity::Restore, skipped)
    }

    fn ended(status: &str, bag: &Value, skipped: SkippedFiles) -> Job {
        read(
            &json!({"jobType": "AzureStorageJob", "operation": "Restore", "status": status, "extendedInfo": {"propertyBag": bag}}),
            skipped,
        )
    }

    #[test]
    fn files_that_failed_are_warnings_even_of_a_job_that_says_completed() {
        let bag = json!({"Number Of Failed Files": "2", "Number Of Failed Directories": "0", "Number Of Restored Files": "8"});
        let job = ended("Completed", &bag, SkippedFiles::Expected);
        assert_eq!(job.ending(), JobEnding::RestoredWithWarnings);
        assert_eq!(job.warnings, [Warning { code: String::new(), text: "2 files were not restored.".to_owned() }]);
        assert_eq!(ended("InProgress", &bag, SkippedFiles::Expected).ending(), JobEnding::Running);
        assert_eq!(ended("Failed", &bag, SkippedFiles::Expected).ending(), JobEnding::Failed);
    }

    #[test]
    fn skipped_files_are_warnings_only_where_none_should_be_skipped() {
        let bag = json!({"Number Of Skipped Files": "3"});
        assert_eq!(ended("Completed", &bag, SkippedFiles::Expected).ending(), JobEnding::Restored);
        let job = ended("Completed", &bag, SkippedFiles::Unexpected);
        assert_eq!(
            (job.ending(), job.warnings[0].text.as_str()),
            (JobEnding::RestoredWithWarnings, "3 files were skipped.")
        );
    }

    #[test]
    fn a_count_that_is_no_number_is_unknown_and_not_a_failure() {
        for count in ["", "many", "-1", "0", "000", "0.0"] {
            let job = ended("Completed", &json!({"Number Of Failed Files": count}), SkippedFiles::Unexpected);
            assert_eq!(job.ending(), JobEnding::Restored, "{count}");
        }
    }

    #[test]
    fn a_count_written_for_people_is_a_loss_all_the_same() {
        for count in ["1,204", "1 204", "2 of 3", " 7 "] {
            let job = ended("Completed", &json!({"Number Of Failed Files": count}), SkippedFiles::Expected);
            assert_eq!(job.ending(), JobEnding::RestoredWithWarnings, "{count}");
            assert_eq!(job.warnings[0].text, format!("{} files were not restored.", count.trim()));
        }
    }

    const SOME_FILES_NOT_RESTORED: &str = "UserErrorAFSRecoverySomeFilesNotRestored";

    #[test]
    fn a_completed_job_whose_errors_say_that_files_are_missing_has_warnings() {
        let errors = json!([{"errorCode": 510008, "errorString": SOME_FILES_NOT_RESTORED}]);
        let job = read(
            &json!({"status": "Completed", "operation": "Restore", "errorDetails": errors}),
            SkippedFiles::Expected,
        );
        assert_eq!(job.ending(), JobEnding::RestoredWithWarnings);
        assert_eq!(
            job.warnings.iter().map(|warning| warning.code.as_str()).collect::<Vec<_>>(),
            [SOME_FILES_NOT_RESTORED]
        );
    }

    #[test]
    fn an_answer_of_almost_nothing_is_a_running_restore() {
        let job = read(&json!({"extendedInfo": {"propertyBag": {}}}), SkippedFiles::Expected);
        assert_eq!((job.ending(), job.is_of_activity, job.item_id), (JobEnding::Running, true, None));
    }

    #[test]
    fn a_job_is_of_the_activity_that_it_names_and_of_any_if_it_names_none() {
        let vault = RecoveryServicesVaultId::new("s", "g", "v").unwrap();
        for (operation, restores, backs_up) in [
            ("Restore (Full)", true, false),
            ("CrossRegionRestore", true, false),
            ("Backup", false, true),
            ("Backup (Log)", false, true),
            ("ConfigureBackup", false, false),
            ("DeleteBackupData", false, false),
            ("", true, true),
        ] {
            let properties = if operation.is_empty() { json!({}) } else { json!({"operation": operation}) };
            let found = RecoveryServicesJob::read(&vault, &json!({"name": "j", "properties": properties})).unwrap();
            let of = |activity| job(&found, activity, SkippedFiles::Expected).is_of_activity;
            assert_eq!((of(Activity::Restore), of(Activity::Backup)), (restores, backs_up), "{operation}");
        }
    }

    #[test]
    fn a_replaced_machine_whose_backup_failed_is_not_restored_whatever_the_status_says() {
        for status in ["Completed", "CompletedWithWarnings"] {
            let job = read(
                &json!({"jobType": "AzureIaaSVMJob", "operation": "Restore", "status": status,
                    "errorDetails": [{"errorCode": 1, "errorTitle": "OlrBackupFailed", "errorString": "It failed."}]}),
                SkippedFiles::Expected,
            );
            assert_eq!(job.ending(), JobEnding::NotRestored, "{status}");
        }
    }

    #[test]
    fn what_azure_says_beside_a_completion_is_a_warning_and_no_failure() {
        let job = read(
            &json!({"jobType": "AzureStorageJob", "operation": "Restore", "status": "Completed",
                "errorDetails": [{"errorCode": 7, "errorString": "Permissions were not restored.", "recommendations": ["Look."]}],
                "extendedInfo": {"dynamicErrorMessage": "Some links were followed."}}),
            SkippedFiles::Expected,
        );
        assert_eq!(job.ending(), JobEnding::Restored);
        let texts: Vec<&str> = job.warnings.iter().map(|warning| warning.text.as_str()).collect();
        assert_eq!(
            texts,
            ["7: Permissions were not restored. (Recommended by Azure: Look.)", "Some links were followed."]
        );
    }

    #[test]
    fn the_running_text_is_the_reason_where_there_is_no_other() {
        let failed = |errors: Value| {
            let job = json!({"status": "Failed", "errorDetails": errors, "extendedInfo": {"dynamicErrorMessage": "No room."}});
            read(&job, SkippedFiles::Expected).errors
        };
        assert_eq!(failed(json!(null)), [AzureError::new("", "No room.")]);
        assert_eq!(failed(json!([{"errorCode": 7, "errorString": "No room. Really."}])).len(), 1);
    }

    #[test]
    fn times_and_facts_are_taken_over() {
        let job = read(
            &json!({"status": "Completed", "duration": "PT0S", "startTime": "2026-10-01T10:00:00Z", "endTime": "2026-10-01T10:05:00Z",
                "entityFriendlyName": "share", "extendedInfo": {"propertyBag": {"RestoreDestination": "a/b/c",
                    "Recovery Point Time in UTC": "2026-09-30 08:00:00Z", "Recovery point time ": "x"}}}),
            SkippedFiles::Expected,
        );
        assert_eq!((job.duration_seconds, job.recovery_point_time), (Some(300), Some(datetime!(2026-09-30 8:00 UTC))));
        assert_eq!(
            (job.details["RestoreDestination"].as_str(), job.details["entityFriendlyName"].as_str()),
            ("a/b/c", "share")
        );
        assert!(job.details.contains_key("Recovery point time"));
    }
}

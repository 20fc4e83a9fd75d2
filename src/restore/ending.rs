//! How a job has ended. Its status alone does not say it: some codes mean that nothing was restored although it completed,
//! or that the restore goes on although it failed. All who ask how a restore ended ask here.

use crate::azure::job::JobStatus;
use crate::restore::hints::{self, CodeMeaning};
use crate::restore::record::Job;

/// What the status and the codes of a job say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobEnding {
    /// It has not ended.
    Running,
    /// The data is back.
    Restored,
    /// The data is back, but for what the warnings say.
    RestoredWithWarnings,
    /// Nothing was restored, whatever its status says.
    NotRestored,
    /// It is said to have failed, but the restore goes on.
    StillRunning,
    /// It is said to have failed, but the data is back.
    DataRestored,
    /// It has failed.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

impl JobEnding {
    /// How `job` has ended, as far as it gives its codes: lists leave them out.
    pub fn of(job: &Job) -> Self {
        let errors = job.errors.iter().flat_map(hints::codes);
        let codes = errors.chain(job.warnings.iter().map(|warning| warning.code.as_str()));
        let meanings: Vec<CodeMeaning> = codes.map(|code| hints::meaning([code])).collect();
        let means = |meaning| meanings.contains(&meaning);
        match &job.status {
            JobStatus::InProgress(_) => Self::Running,
            JobStatus::Cancelled => Self::Cancelled,
            _ if means(CodeMeaning::NotRestored) => Self::NotRestored,
            JobStatus::Completed if means(CodeMeaning::RestoredInPart) => Self::RestoredWithWarnings,
            JobStatus::Completed => Self::Restored,
            JobStatus::CompletedWithWarnings => Self::RestoredWithWarnings,
            JobStatus::Failed if means(CodeMeaning::StillRunning) => Self::StillRunning,
            JobStatus::Failed if means(CodeMeaning::DataRestored) => Self::DataRestored,
            JobStatus::Failed => Self::Failed,
        }
    }

    /// Whether the data is back and the job says so.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Restored | Self::RestoredWithWarnings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::error::AzureError;
    use crate::restore::record::Warning;

    fn ending(status: JobStatus, errors: &[&str], warnings: &[&str]) -> JobEnding {
        let errors = errors.iter().map(|code| AzureError::new(*code, "")).collect();
        let warnings = warnings.iter().map(|code| Warning { code: (*code).into(), text: String::new() }).collect();
        JobEnding::of(&Job { errors, warnings, ..Job::new("/jobs/j", "j", status) })
    }

    #[test]
    fn a_job_that_did_not_restore_has_not_ended_well_wherever_its_code_stands() {
        for status in [JobStatus::Completed, JobStatus::CompletedWithWarnings, JobStatus::Failed] {
            assert_eq!(ending(status.clone(), &["olrbackupfailed"], &[]), JobEnding::NotRestored);
            assert_eq!(ending(status.clone(), &[], &["OlrBackupFailed"]), JobEnding::NotRestored);
            let behind_another = ["UserErrorMissingRequiredPermissions", "OlrBackupFailed"];
            assert_eq!(ending(status, &behind_another, &[]), JobEnding::NotRestored);
        }
    }

    #[test]
    fn a_part_that_was_not_restored_is_a_warning_of_a_job_that_says_completed() {
        let code = "UserErrorAFSRecoverySomeFilesNotRestored";
        for status in [JobStatus::Completed, JobStatus::CompletedWithWarnings] {
            assert_eq!(ending(status, &[code], &[]), JobEnding::RestoredWithWarnings);
        }
        assert_eq!(ending(JobStatus::Failed, &[code], &[]), JobEnding::Failed);
        let nothing = "DataTransferServiceAllFilesFailedToRecover";
        assert_eq!(ending(JobStatus::CompletedWithWarnings, &[code, nothing], &[]), JobEnding::NotRestored);
    }

    #[test]
    fn only_a_failure_can_be_misreported() {
        for (code, failed) in [
            ("LongRunningRestoreTrackingFailure", JobEnding::StillRunning),
            ("UserErrorObjectReplicationPolicyDeletionFailureOnRestoreTarget", JobEnding::DataRestored),
            ("Unheard", JobEnding::Failed),
        ] {
            assert_eq!(ending(JobStatus::Failed, &[code], &[]), failed);
            assert_eq!(ending(JobStatus::Completed, &[code], &[]), JobEnding::Restored);
            assert_eq!(ending(JobStatus::CompletedWithWarnings, &[], &[code]), JobEnding::RestoredWithWarnings);
            assert_eq!(ending(JobStatus::Cancelled, &[code], &[]), JobEnding::Cancelled);
        }
    }

    #[test]
    fn a_running_job_has_not_ended_whatever_its_codes_say() {
        let status = JobStatus::InProgress("InProgress".into());
        assert_eq!(ending(status, &["OlrBackupFailed"], &[]), JobEnding::Running);
    }
}

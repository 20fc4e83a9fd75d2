//! The jobs of a Recovery Services vault, or those of its copy in the secondary region.

use std::sync::Arc;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::job::may_be_of;
use super::{SkippedFiles, VaultCopy};
use crate::azure::clock::Clock;
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::recovery_services::{
    RecoveryServices, RecoveryServicesJob, RecoveryServicesJobId, RecoveryServicesVaultId,
};
use crate::restore::activity::Activity;
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::{IMPORTED_FROM, JobList, JobListNames, JobReader, check_name};
use crate::restore::record::{Job, shown};

/// Reads the jobs of one copy of a vault.
#[derive(Debug)]
pub struct RecoveryServicesJobs {
    copy: VaultCopy,
    clock: Arc<dyn Clock>,
    activity: Activity,
    skipped: SkippedFiles,
}

impl RecoveryServicesJobs {
    /// The restores that `copy` knows. `skipped` is for single reads; lists do not say what was skipped.
    pub fn restores(copy: VaultCopy, clock: Arc<dyn Clock>, skipped: SkippedFiles) -> Self {
        Self { copy, clock, activity: Activity::Restore, skipped }
    }

    /// The backups that the vault takes.
    pub fn backups(client: &RecoveryServices, vault: RecoveryServicesVaultId, clock: Arc<dyn Clock>) -> Self {
        let copy = VaultCopy::new(client, vault, None);
        Self { copy, clock, activity: Activity::Backup, skipped: SkippedFiles::Expected }
    }

    /// The copy that is read.
    pub fn copy(&self) -> &VaultCopy {
        &self.copy
    }

    /// What the jobs do that are read.
    pub fn activity(&self) -> Activity {
        self.activity
    }

    /// Azure's time, as far as it is known.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// The id that `name` stands for in this vault.
    ///
    /// # Errors
    /// [`ArmError::Unreadable`] if it cannot be the name of a job; nothing is sent.
    pub fn id(&self, name: &str) -> Result<RecoveryServicesJobId, ArmError> {
        let no_name = |why: String| {
            let reason = format!("{:?} is no name of a job: {why}; nothing was sent", shown(name));
            ArmError::Unreadable { request: format!("GET {}/backupJobs", self.copy.vault()), reason }
        };
        check_name(name).map_err(no_name)?;
        self.copy.vault().job(name).map_err(|error| no_name(error.to_string()))
    }

    /// One job with everything that Azure says about it.
    ///
    /// # Errors
    /// [`ArmError`]; a job that is not there is a refusal with status 404.
    pub async fn read(&self, deadline: &Deadline, name: &str) -> Result<RecoveryServicesJob, ArmError> {
        self.copy.job(&self.id(name)?, deadline).await
    }
}

/// Whether a job may be one that a life of this activity waits for or would adopt. One that a list shows without its
/// activity id is asked for by its name.
fn may_matter(job: &RecoveryServicesJob, activity: Activity) -> bool {
    match job.activity_id.as_deref() {
        Some(id) if ClientRequestId::is_like(id) => true,
        Some(_) => may_be_of(job, activity) && !job.status.is_ended(),
        None => may_be_of(job, activity),
    }
}

#[async_trait]
impl JobReader for RecoveryServicesJobs {
    fn list_id(&self) -> String {
        match &self.copy {
            VaultCopy::Primary { vault, .. } => match self.activity {
                Activity::Restore => vault.to_string(),
                // Other jobs are taken out of the same list.
                Activity::Backup => format!("backups of {vault}"),
            },
            VaultCopy::Secondary(copy) => {
                format!("{} in its secondary region {:?}", copy.vault(), copy.location().normalized())
            }
        }
    }

    fn list_names(&self) -> JobListNames {
        JobListNames::VAULT
    }

    async fn list(&self, deadline: &Deadline, since: OffsetDateTime) -> Result<JobList, ArmError> {
        let activity = self.activity;
        let listed = self.copy.jobs(since, self.clock.now(), |job| may_matter(job, activity), deadline).await?;
        // What a list leaves out is no reason to take a job for a worse one than it is.
        let jobs = listed.elements.iter().map(|found| super::job(found, activity, SkippedFiles::Expected)).collect();
        Ok(JobList { jobs, requests: listed.requests })
    }

    async fn get(&self, deadline: &Deadline, name: &str) -> Result<Job, ArmError> {
        Ok(super::job(&self.read(deadline, name).await?, self.activity, self.skipped))
    }

    /// Jobs of the secondary region are read by POST.
    fn polls_are_writes(&self) -> bool {
        self.copy.secondary().is_some()
    }

    fn import_id(&self, job_id: &str) -> String {
        match &self.copy {
            VaultCopy::Primary { .. } => job_id.to_owned(),
            VaultCopy::Secondary(copy) => format!("{job_id}{IMPORTED_FROM}{}", copy.location().normalized()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_list_matters_what_this_provider_may_have_sent_and_what_others_have_that_runs() {
        let ours = "68021d41-56aa-8157-9a35-79a517cec22a";
        let others = "68021d41-56aa-4157-9a35-79a517cec22a";
        for (activity_id, operation, status, restores, backs_up) in [
            (Some(ours), "Restore", "Completed", true, true),
            (Some(ours), "Backup", "Completed", true, true),
            (Some(others), "Restore", "InProgress", true, false),
            (Some(others), "Restore", "Completed", false, false),
            (Some(others), "Backup", "InProgress", false, true),
            (Some(others), "Backup", "Completed", false, false),
            (None, "Restore", "Completed", true, false),
            (None, "Backup", "Completed", false, true),
        ] {
            let properties = json!({"activityId": activity_id, "operation": operation, "status": status});
            let vault = RecoveryServicesVaultId::new("s", "g", "v").unwrap();
            let job = RecoveryServicesJob::read(&vault, &json!({"name": "j", "properties": properties})).unwrap();
            let matters = |activity| may_matter(&job, activity);
            assert_eq!((matters(Activity::Restore), matters(Activity::Backup)), (restores, backs_up), "{properties}");
        }
    }
}

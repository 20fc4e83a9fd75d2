//! The jobs of a Recovery Services vault.

use std::sync::Arc;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::SkippedFiles;
use crate::azure::clock::Clock;
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::recovery_services::{
    RecoveryServices, RecoveryServicesJob, RecoveryServicesJobId, RecoveryServicesVaultId,
};
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::{JobList, JobListNames, JobReader, check_name};
use crate::restore::record::{Job, shown};

/// Reads the jobs of one vault.
#[derive(Debug)]
pub struct RecoveryServicesJobs {
    client: RecoveryServices,
    vault: RecoveryServicesVaultId,
    clock: Arc<dyn Clock>,
    skipped: SkippedFiles,
}

impl RecoveryServicesJobs {
    /// The jobs of `vault`. `skipped` is for single reads; lists do not say what was skipped.
    pub fn new(
        client: RecoveryServices,
        vault: RecoveryServicesVaultId,
        clock: Arc<dyn Clock>,
        skipped: SkippedFiles,
    ) -> Self {
        Self { client, vault, clock, skipped }
    }

    /// The client, for calls about other things of the vault.
    pub fn client(&self) -> &RecoveryServices {
        &self.client
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
            ArmError::Unreadable { request: format!("GET {}/backupJobs", self.vault), reason }
        };
        check_name(name).map_err(no_name)?;
        self.vault.job(name).map_err(|error| no_name(error.to_string()))
    }

    /// One job with everything that Azure says about it.
    ///
    /// # Errors
    /// [`ArmError`]; a job that is not there is a refusal with status 404.
    pub async fn read(&self, deadline: &Deadline, name: &str) -> Result<RecoveryServicesJob, ArmError> {
        self.client.job(&self.id(name)?, deadline).await
    }
}

/// Whether a job may be one that a restore waits for or would adopt. One that a list shows without its activity id is
/// asked for by its name.
fn may_matter(job: &RecoveryServicesJob) -> bool {
    match job.activity_id.as_deref() {
        Some(id) if ClientRequestId::is_like(id) => true,
        Some(_) => job.may_be_restore() && !job.status.is_ended(),
        None => job.may_be_restore(),
    }
}

#[async_trait]
impl JobReader for RecoveryServicesJobs {
    fn list_id(&self) -> String {
        self.vault.to_string()
    }

    fn list_names(&self) -> JobListNames {
        JobListNames::VAULT
    }

    async fn list(&self, deadline: &Deadline, since: OffsetDateTime) -> Result<JobList, ArmError> {
        let listed = self.client.jobs(&self.vault, since, self.clock.now(), may_matter, deadline).await?;
        // What a list leaves out is no reason to take a job for a worse one than it is.
        let jobs = listed.elements.iter().map(|found| super::job(found, SkippedFiles::Expected)).collect();
        Ok(JobList { jobs, requests: listed.requests })
    }

    async fn get(&self, deadline: &Deadline, name: &str) -> Result<Job, ArmError> {
        Ok(super::job(&self.read(deadline, name).await?, self.skipped))
    }
}

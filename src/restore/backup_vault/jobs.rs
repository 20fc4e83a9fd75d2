//! The jobs of a Backup vault, or those of its copy in the secondary region.

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio::sync::OnceCell;

use super::Region;
use crate::azure::data_protection::{
    self as azure, BackupJobId, BackupVault, BackupVaultId, DataProtection, JobSummary, SecondaryRegion,
};
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::resource_id::Location;
use crate::restore::activity::Activity;
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::{IMPORTED_FROM, JobList, JobListNames, JobReader, check_name};
use crate::restore::record::{Job, shown};

/// Reads the jobs of one vault.
#[derive(Debug)]
pub struct BackupVaultJobs {
    client: DataProtection,
    vault: BackupVaultId,
    region: Region,
    activity: Activity,
    /// The vault, if its regions were asked for.
    read_vault: OnceCell<BackupVault>,
}

impl BackupVaultJobs {
    /// The restores that this copy of the vault knows.
    pub fn new(client: DataProtection, vault: BackupVaultId, region: Region) -> Self {
        Self { client, vault, region, activity: Activity::Restore, read_vault: OnceCell::new() }
    }

    /// The backups that the vault takes.
    pub fn backups(client: DataProtection, vault: BackupVaultId) -> Self {
        Self { activity: Activity::Backup, ..Self::new(client, vault, Region::Primary) }
    }

    /// The client, for calls about other things of the vault.
    pub fn client(&self) -> &DataProtection {
        &self.client
    }

    /// Which copy of the vault is read.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// One job with everything that Azure says about it.
    ///
    /// # Errors
    /// [`ArmError`]; a job that is not there is a refusal with status 404.
    pub async fn read(&self, deadline: &Deadline, id: &BackupJobId) -> Result<azure::BackupJob, ArmError> {
        match self.secondary(deadline).await? {
            Some(region) => self.client.cross_region_job(&region, id, deadline).await,
            None => self.client.job(id, deadline).await,
        }
    }

    /// The vault, if it was read.
    pub(super) fn known_vault(&self) -> Option<&BackupVault> {
        self.read_vault.get()
    }

    /// Remembers what was read of the vault.
    pub(super) fn learn(&self, vault: &BackupVault) {
        // Fails only if it is known already.
        let _ = self.read_vault.set(vault.clone());
    }

    /// The copy that is read, if it is not the vault itself.
    ///
    /// # Errors
    /// [`ArmError`] if the vault had to be asked for its regions.
    pub async fn secondary(&self, deadline: &Deadline) -> Result<Option<SecondaryRegion>, ArmError> {
        let Region::Secondary { location, source } = &self.region else { return Ok(None) };
        let id = &self.vault;
        let (source_region, location) = match (source, location) {
            (Some(source), Some(location)) => (source.clone(), location.clone()),
            _ => {
                let vault = self.read_vault.get_or_try_init(|| self.client.recent_backup_vault(id, deadline)).await?;
                let unsaid = |what: &str| ArmError::Unreadable {
                    request: format!("GET {id}"),
                    reason: format!("it does not say {what}"),
                };
                let source = source.clone().or_else(|| vault.location.clone());
                let location = location.clone().or_else(|| vault.secondary_region().cloned());
                (
                    source.ok_or_else(|| unsaid("in which region the vault is; set `source_region`"))?,
                    location.ok_or_else(|| unsaid("which its secondary region is; set `restore_location`"))?,
                )
            }
        };
        Ok(Some(SecondaryRegion { vault: id.clone(), source_region, location }))
    }
}

#[async_trait]
impl JobReader for BackupVaultJobs {
    fn list_id(&self) -> String {
        let list = self.region.job_list(&self.vault);
        match self.activity {
            Activity::Restore => list,
            // Other jobs are taken out of the same list.
            Activity::Backup => format!("backups of {list}"),
        }
    }

    fn list_names(&self) -> JobListNames {
        JobListNames::VAULT
    }

    /// Every page is read: a vault offers no filter that could be trusted. Kept is what runs, whatever it is of, and what
    /// one of our triggers began, however it ended. A vault remembers far more: every backup of months.
    async fn list(&self, deadline: &Deadline, _since: OffsetDateTime) -> Result<JobList, ArmError> {
        let activity = self.activity;
        let may_matter = |job: &JobSummary<'_>| may_matter(job, activity);
        let listed = match self.secondary(deadline).await? {
            Some(region) => self.client.cross_region_jobs(&region, &may_matter, deadline).await?,
            None => self.client.jobs(&self.vault, &may_matter, deadline).await?,
        };
        Ok(JobList {
            jobs: listed.elements.iter().map(|job| super::job(job, activity)).collect(),
            requests: listed.requests,
        })
    }

    async fn get(&self, deadline: &Deadline, name: &str) -> Result<Job, ArmError> {
        let no_name = |why: String| {
            let reason = format!("{:?} is no name of a job: {why}; nothing was sent", shown(name));
            ArmError::Unreadable { request: format!("GET {}/backupJobs", self.vault), reason }
        };
        check_name(name).map_err(no_name)?;
        let id: BackupJobId = self.vault.job(name).map_err(|error| no_name(error.to_string()))?;
        Ok(super::job(&self.read(deadline, &id).await?, self.activity))
    }

    /// Jobs of the secondary region are read by POST.
    fn polls_are_writes(&self) -> bool {
        self.region != Region::Primary
    }

    fn import_id(&self, job_id: &str) -> String {
        match &self.region {
            Region::Primary => job_id.to_owned(),
            Region::Secondary { location, .. } => {
                let cache = self.read_vault.get().and_then(BackupVault::secondary_region);
                let region = location.as_ref().or(cache).map_or_else(|| "<region>".to_owned(), Location::normalized);
                format!("{job_id}{IMPORTED_FROM}{region}")
            }
        }
    }
}

/// Whether a job may be one that a life of this activity waits for or would adopt.
fn may_matter(job: &JobSummary<'_>, activity: Activity) -> bool {
    let may_be_of_activity = || match activity {
        Activity::Restore => job.may_restore(),
        Activity::Backup => job.may_back_up(),
    };
    match job.activity_id().filter(|id| !id.is_empty()) {
        // Sent with one of our requests, whatever Azure calls what the job does.
        Some(id) if ClientRequestId::is_like(id) => true,
        Some(_) => may_be_of_activity() && !job.status().is_ended(),
        // It is asked for by its name.
        None => may_be_of_activity(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use time::macros::datetime;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::azure::scripted::{ScriptedTransport, answer, client};

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
    /// Of a trigger of ours, as portals hand it on.
    const OURS: &str = "4195CA6C-E02D-81EB-B0B1-70BC105E2242-Ibz";
    const OF_OTHERS: &str = "4195ca6c-e02d-41eb-b0b1-70bc105e2242";

    #[tokio::test(start_paused = true)]
    async fn of_a_list_is_kept_what_runs_and_what_one_of_our_triggers_may_have_begun() {
        let job = |name: &str, category: &str, status: &str, activity: &str| json!({"name": name, "properties": {"operationCategory": category, "status": status, "activityID": activity}});
        let page = json!({"value": [
            job("backup", "Backup", "Completed", OF_OTHERS), job("running-backup", "Backup", "InProgress", OF_OTHERS),
            job("new-word", "Recover", "Completed", OURS), job("new-word-runs", "Recover", "InProgress", OURS),
            job("others", "Restore", "Completed", OF_OTHERS), job("others-run", "Restore", "InProgress", OF_OTHERS),
            job("completed", "Restore", "Completed", OURS), job("failed", "CrossRegionRestore", "Failed", OURS),
            job("unsaid", "", "InProgress", ""), job("unsaid-ended", "", "Completed", OURS),
            job("nameless-ended", "Restore", "Completed", ""), job("paused", "Restore", "Paused", ""),
        ]});
        let transport = ScriptedTransport::new(vec![answer(200, page)]);
        let vault = BackupVaultId::parse(VAULT).unwrap();
        let jobs = BackupVaultJobs::new(DataProtection::new(client(&transport)), vault, Region::Primary);
        let deadline = Deadline::new(Duration::from_secs(60), CancellationToken::new());
        let listed = jobs.list(&deadline, datetime!(2026-11-20 12:00 UTC)).await.unwrap();
        let names: Vec<&str> = listed.jobs.iter().map(|job| job.name.as_str()).collect();
        let kept = ["new-word", "new-word-runs", "others-run", "completed", "failed", "unsaid", "unsaid-ended"];
        assert_eq!(names, [&kept[..], &["nameless-ended", "paused"]].concat());
    }
}

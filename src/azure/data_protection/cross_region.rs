//! Restores from the copy of a vault in its secondary region: points, validation, trigger and jobs have calls of their
//! own there, all of them POSTs, which count as writes (docs/reference/azure-data-protection.md#secondary-region).

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::restore_request::{RestoreRequest, ValidateRestore};
use super::service::{accepted_by, begun, job_as, kept_job, write_by_post};
use super::{
    API_VERSION, BackupInstanceId, BackupJob, BackupJobId, BackupVaultId, DataProtection, JobOperationStart, KeepJob,
    RecoveryPoint,
};
use crate::azure::client::{ElementList, PostedList, ResponseTimeout, read_every};
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, WriteError};
use crate::azure::limiter::Priority;
use crate::azure::resource_id::Location;

/// A vault's copy in another region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondaryRegion {
    /// The vault whose copy it is, by its id in the primary region.
    pub vault: BackupVaultId,
    /// The region of the vault itself.
    pub source_region: Location,
    /// The region of the copy, which is the one restored in.
    pub location: Location,
}

impl SecondaryRegion {
    /// The calls are those of the vault's resource group and the secondary region.
    fn path(&self, call: &str) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.DataProtection/locations/{}/{call}",
            self.vault.subscription(),
            self.vault.resource_group(),
            self.location.normalized()
        )
    }
}

/// `CrossRegionRestoreDetails`, and the body of `fetchSecondaryRecoveryPoints`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SourceInstance<'a> {
    source_region: &'a str,
    source_backup_instance_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CrossRegionRestore<'a> {
    #[serde(flatten)]
    request: ValidateRestore<'a>,
    cross_region_restore_details: SourceInstance<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CrossRegionJobs<'a> {
    source_region: &'a str,
    source_backup_vault_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<&'a str>,
}

impl SecondaryRegion {
    fn source<'a>(&'a self, instance: &BackupInstanceId) -> SourceInstance<'a> {
        SourceInstance { source_region: self.source_region.as_str(), source_backup_instance_id: instance.to_string() }
    }

    fn restore<'a>(&'a self, instance: &BackupInstanceId, request: &'a RestoreRequest) -> CrossRegionRestore<'a> {
        CrossRegionRestore {
            request: ValidateRestore { restore_request_object: request },
            cross_region_restore_details: self.source(instance),
        }
    }

    fn jobs<'a>(&'a self, job_id: Option<&'a str>) -> CrossRegionJobs<'a> {
        CrossRegionJobs {
            source_region: self.source_region.as_str(),
            source_backup_vault_id: self.vault.to_string(),
            job_id,
        }
    }
}

impl DataProtection {
    /// `FetchSecondaryRecoveryPoints_List`, every page, in no order. The points lag those of the primary region.
    ///
    /// # Errors
    /// As [`ArmClient::list`], and [`ArmError::Unreadable`] if an element names no point.
    ///
    /// [`ArmClient::list`]: crate::azure::client::ArmClient::list
    pub async fn secondary_recovery_points(
        &self,
        region: &SecondaryRegion,
        instance: &BackupInstanceId,
        deadline: &Deadline,
    ) -> Result<Vec<RecoveryPoint>, ArmError> {
        let path = region.path("fetchSecondaryRecoveryPoints");
        let keep = read_every("recovery point", RecoveryPoint::read);
        let listed = self
            .client()
            .list_by_post(by_post(&path, &region.source(instance)), Priority::InLine, keep, deadline)
            .await?;
        Ok(listed.elements)
    }

    /// `BackupInstances_ValidateCrossRegionRestore`; as [`DataProtection::validate_for_restore`].
    ///
    /// # Errors
    /// As [`DataProtection::validate_for_restore`].
    pub async fn validate_cross_region_restore(
        &self,
        region: &SecondaryRegion,
        instance: &BackupInstanceId,
        request: &RestoreRequest,
        deadline: &Deadline,
    ) -> Result<JobOperationStart, ArmError> {
        let (path, body) = (region.path("validateCrossRegionRestore"), region.restore(instance, request));
        self.client().post_reading(&path, API_VERSION, &body, deadline, |answer| begun(instance.vault(), &answer)).await
    }

    /// `BackupInstances_TriggerCrossRegionRestore`, sent exactly once; as [`DataProtection::trigger_restore`].
    ///
    /// # Errors
    /// [`WriteError`] says whether the restore may have begun.
    pub async fn trigger_cross_region_restore(
        &self,
        region: &SecondaryRegion,
        instance: &BackupInstanceId,
        request: &RestoreRequest,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<JobOperationStart, WriteError> {
        let (path, body) = (region.path("crossRegionRestore"), region.restore(instance, request));
        let write = write_by_post(&path, &body, client_request_id);
        let answer = self.client().send_once(write, deadline, wait).await?;
        accepted_by(instance.vault(), &answer)
    }

    /// `FetchCrossRegionRestoreJobs_List`; as [`DataProtection::jobs`], and apart from that list.
    ///
    /// # Errors
    /// As [`DataProtection::jobs`].
    pub async fn cross_region_jobs(
        &self,
        region: &SecondaryRegion,
        keep: &KeepJob<'_>,
        deadline: &Deadline,
    ) -> Result<ElementList<BackupJob>, ArmError> {
        let path = region.path("fetchCrossRegionRestoreJobs");
        let keep = |element: &str| kept_job(&region.vault, keep, element);
        self.client().list_by_post(by_post(&path, &region.jobs(None)), Priority::First, keep, deadline).await
    }

    /// `FetchCrossRegionRestoreJob_Get`; as [`DataProtection::job`], which does not know these jobs.
    ///
    /// # Errors
    /// As [`DataProtection::job`].
    pub async fn cross_region_job(
        &self,
        region: &SecondaryRegion,
        id: &BackupJobId,
        deadline: &Deadline,
    ) -> Result<BackupJob, ArmError> {
        let path = region.path("fetchCrossRegionRestoreJob");
        let body = region.jobs(Some(id.name()));
        let answer: Value =
            self.client().post_reading(&path, API_VERSION, &body, deadline, |answer| answer.json()).await?;
        job_as(id, &answer, &format!("POST {path}"))
    }
}

fn by_post<'a, B>(path: &'a str, body: &'a B) -> PostedList<'a, B> {
    PostedList { path, api_version: API_VERSION, query: &[], body }
}

#[cfg(test)]
mod tests;

//! The calls to Microsoft.DataProtection, one method each, named as in its REST description.

use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use tracing::warn;
use uuid::Uuid;

use super::restore_request::ValidateRestore;
use super::time_range::FindRestorableTimeRanges;
use super::{
    BackupInstance, BackupInstanceId, BackupJob, BackupJobId, BackupVault, BackupVaultId, DataStore, JobSummary,
    KeepJob, RecoveryPoint, RestorableTimeRange, RestoreRequest,
};
use crate::azure::client::{
    ArmClient, ArmResponse, ElementError, ElementList, ResponseTimeout, WriteMethod, WriteRequest, read_element,
};
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::json_fields::JsonFields;
use crate::azure::limiter::Priority;
use crate::azure::operation::{self, AcceptedOperation, StatusById};
use crate::azure::poll::PollResult;
use crate::azure::timestamp;

/// Newest stable version when this was written.
pub const API_VERSION: &str = "2026-06-01";

/// How long what was read of a vault serves all that ask.
const VAULT_SERVES: Duration = Duration::from_secs(60);

/// Calls to Microsoft.DataProtection. Reads and validations are repeated until the deadline, the trigger is sent once.
#[derive(Clone, Debug)]
pub struct DataProtection {
    client: ArmClient,
}

/// What became of a request that starts something: over already with the job it made, if it names one, or accepted.
pub type JobOperationStart = operation::OperationStart<Option<BackupJobId>>;

/// One poll of an operation. Its success carries the job that it made: always for a restore, never for a validation.
pub type JobOperationPoll = PollResult<Result<Option<BackupJobId>, Box<AzureError>>>;

impl DataProtection {
    /// On top of a client.
    pub fn new(client: ArmClient) -> Self {
        Self { client }
    }

    /// The client below, for its random source.
    pub fn client(&self) -> &ArmClient {
        &self.client
    }

    /// `BackupVaults_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn backup_vault(&self, id: &BackupVaultId, deadline: &Deadline) -> Result<BackupVault, ArmError> {
        let answer: Value = self.get(id.resource_id().as_str(), deadline).await?;
        Ok(BackupVault::read(id, &answer))
    }

    /// As [`DataProtection::backup_vault`], with an answer that all restores of a vault share for a minute: a vault seldom
    /// changes while an apply runs. Whoever would refuse something because of it reads the vault anew first.
    ///
    /// # Errors
    /// As [`ArmClient::get_recent`].
    pub async fn recent_backup_vault(&self, id: &BackupVaultId, deadline: &Deadline) -> Result<BackupVault, ArmError> {
        let answer = self.client.get_recent(id.resource_id().as_str(), API_VERSION, VAULT_SERVES, deadline).await?;
        Ok(BackupVault::read(id, &answer))
    }

    /// `BackupInstances_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn backup_instance(
        &self,
        id: &BackupInstanceId,
        deadline: &Deadline,
    ) -> Result<BackupInstance, ArmError> {
        let answer: Value = self.get(id.resource_id().as_str(), deadline).await?;
        Ok(BackupInstance::read(id, &answer))
    }

    /// As [`DataProtection::backup_instance`], for restores of one vault that begin together: where they are many, its
    /// instances are read once for all of them, as [`ArmClient::get_element`] does.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn one_of_many_backup_instances(
        &self,
        id: &BackupInstanceId,
        deadline: &Deadline,
    ) -> Result<BackupInstance, ArmError> {
        let path = id.resource_id().as_str();
        let answer = self.client.get_element(path, API_VERSION, VAULT_SERVES, deadline).await?;
        Ok(BackupInstance::read(id, &answer))
    }

    /// `BackupInstances_List`, every page.
    ///
    /// # Errors
    /// As [`ArmClient::list`], and [`ArmError::Unreadable`] if an element names no instance.
    pub async fn backup_instances(
        &self,
        vault: &BackupVaultId,
        deadline: &Deadline,
    ) -> Result<Vec<BackupInstance>, ArmError> {
        let instances = ("backup instance", |element: &Value| BackupInstance::read_listed(vault, element));
        self.client.list_every(&format!("{vault}/backupInstances"), API_VERSION, &[], instances, deadline).await
    }

    /// `RecoveryPoints_Get`; `recovery_point_id` is the name, not the ARM id.
    ///
    /// # Errors
    /// As [`ArmClient::get`]; [`ArmError::Unreadable`] if the answer names no point, or if the id cannot be a name.
    pub async fn recovery_point(
        &self,
        instance: &BackupInstanceId,
        recovery_point_id: &str,
        deadline: &Deadline,
    ) -> Result<RecoveryPoint, ArmError> {
        // The name comes from the user: `..` or a slash in it would lead to another resource.
        let id = instance.recovery_point(recovery_point_id).map_err(|_| ArmError::Unreadable {
            request: format!("GET {instance}/recoveryPoints"),
            reason: format!("\"{recovery_point_id}\" is no name of a recovery point; nothing was sent"),
        })?;
        let path = id.resource_id().as_str();
        let answer: Value = self.get(path, deadline).await?;
        RecoveryPoint::read(&answer).ok_or_else(|| ArmError::Unreadable {
            request: format!("GET {path}"),
            reason: "it names no point".to_owned(),
        })
    }

    /// `RecoveryPoints_List`, every page, in no order that could be relied on. `from` and `to` bound the points' time as
    /// Azure sees it; a caller that needs exact bounds checks them again.
    ///
    /// # Errors
    /// As [`ArmClient::list`], and [`ArmError::Unreadable`] if an element names no point.
    pub async fn recovery_points(
        &self,
        instance: &BackupInstanceId,
        from: Option<OffsetDateTime>,
        to: Option<OffsetDateTime>,
        deadline: &Deadline,
    ) -> Result<Vec<RecoveryPoint>, ArmError> {
        // `eq`, though it bounds: the only operator this filter knows.
        let bounds = [("startDate", from), ("endDate", to)];
        let bounds: Vec<String> = bounds
            .iter()
            .filter_map(|(name, bound)| Some(format!("{name} eq '{}'", timestamp::write((*bound)?))))
            .collect();
        let filter = bounds.join(" and ");
        let query: &[(&str, &str)] = if filter.is_empty() { &[] } else { &[("$filter", &filter)] };
        let path = format!("{instance}/recoveryPoints");
        self.client.list_every(&path, API_VERSION, query, ("recovery point", RecoveryPoint::read), deadline).await
    }

    /// `RestorableTimeRanges_Find`, earliest first; none if there is nothing to go back to between the two times.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn restorable_time_ranges(
        &self,
        instance: &BackupInstanceId,
        store: DataStore,
        start: OffsetDateTime,
        end: OffsetDateTime,
        deadline: &Deadline,
    ) -> Result<Vec<RestorableTimeRange>, ArmError> {
        let path = format!("{instance}/findRestorableTimeRanges");
        let body = FindRestorableTimeRanges::new(store, start, end);
        let read = |answer: ArmResponse| {
            let body: Value = answer.json()?;
            // An answer that is none must not pass for "there is nothing to go back to".
            match JsonFields::of(&body).get("properties") {
                Some(Value::Object(_)) => RestorableTimeRange::read_all(&body)
                    .ok_or_else(|| answer.unreadable("a time range in it has no start or no end")),
                _ => Err(answer.unreadable("it has no \"properties\"")),
            }
        };
        self.client.post_reading(&path, API_VERSION, &body, deadline, read).await
    }

    /// `Jobs_List`: of every page the jobs that `keep` wants, no filter of Azure's, in no order. A job that is absent from it
    /// is not finished; GET it. It goes before other reads, for one list serves many, among them admitted triggers that may
    /// not be sent before they saw it.
    ///
    /// # Errors
    /// As [`ArmClient::list`]; [`ArmError::Unreadable`] also if an element that is wanted names no job: this list is all or
    /// nothing.
    pub async fn jobs(
        &self,
        vault: &BackupVaultId,
        keep: &KeepJob<'_>,
        deadline: &Deadline,
    ) -> Result<ElementList<BackupJob>, ArmError> {
        let path = format!("{vault}/backupJobs");
        let keep = |element: &str| kept_job(vault, keep, element);
        self.client.list_of(&path, API_VERSION, &[], Priority::First, keep, deadline).await
    }

    /// `Jobs_Get`. The first read after a trigger may meet a 500 (repeated here) or an almost empty body (a running job).
    ///
    /// # Errors
    /// As [`ArmClient::get`]; 404 once the record has aged out. [`ArmError::Unreadable`] if it is another job's answer.
    pub async fn job(&self, id: &BackupJobId, deadline: &Deadline) -> Result<BackupJob, ArmError> {
        let answer: Value = self.get(id.resource_id().as_str(), deadline).await?;
        job_as(id, &answer, &format!("GET {id}"))
    }

    /// `BackupInstances_ValidateForRestore`: Azure's own check of everything it can check beforehand. Starts an operation
    /// without a job; safe to repeat.
    ///
    /// # Errors
    /// As [`ArmClient::get`]; a 400 is a refusal of the body.
    pub async fn validate_for_restore(
        &self,
        instance: &BackupInstanceId,
        request: &RestoreRequest,
        deadline: &Deadline,
    ) -> Result<JobOperationStart, ArmError> {
        let path = format!("{instance}/validateRestore");
        let body = ValidateRestore { restore_request_object: request };
        self.client.post_reading(&path, API_VERSION, &body, deadline, |answer| begun(instance.vault(), &answer)).await
    }

    /// `BackupInstances_TriggerRestore`, sent exactly once; see [`ArmClient::send_once`]. Azure gives
    /// `client_request_id` back as the job's activity id
    /// (docs/reference/azure-data-protection.md#validation-and-trigger).
    ///
    /// # Errors
    /// [`WriteError`] says whether the restore may have begun.
    pub async fn trigger_restore(
        &self,
        instance: &BackupInstanceId,
        request: &RestoreRequest,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<JobOperationStart, WriteError> {
        let path = format!("{instance}/restore");
        let write = write_by_post(&path, request, client_request_id);
        let answer = self.client.send_once(write, deadline, wait).await?;
        accepted_by(instance.vault(), &answer)
    }

    /// `BackupInstances_AdhocBackup`, sent exactly once; otherwise as [`DataProtection::trigger_restore`].
    ///
    /// # Errors
    /// [`WriteError`] says whether the backup may have begun.
    pub async fn trigger_backup<B: serde::Serialize + Sync>(
        &self,
        instance: &BackupInstanceId,
        request: &B,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<JobOperationStart, WriteError> {
        let path = format!("{instance}/backup");
        let write = write_by_post(&path, request, client_request_id);
        let answer = self.client.send_once(write, deadline, wait).await?;
        accepted_by(instance.vault(), &answer)
    }

    /// As [`ArmClient::poll_operation`]; the vault's own `operationStatus` needs no right beyond the vault.
    ///
    /// # Errors
    /// As [`ArmClient::poll_operation`].
    pub async fn operation(
        &self,
        vault: &BackupVaultId,
        accepted: &AcceptedOperation,
        deadline: &Deadline,
    ) -> Result<JobOperationPoll, ArmError> {
        let collection = format!("{vault}/operationStatus");
        let by_id = StatusById { collection: &collection, api_version: API_VERSION };
        let seen = self.client.poll_operation(accepted, Some(by_id), deadline).await?;
        Ok(seen.map(|ended| ended.map(|result| job_of(vault, &result))))
    }

    /// As [`ArmClient::poll_operation_result`]: for an operation that succeeded and named no job.
    ///
    /// # Errors
    /// As [`ArmClient::poll_operation_result`].
    pub async fn operation_result(
        &self,
        vault: &BackupVaultId,
        accepted: &AcceptedOperation,
        deadline: &Deadline,
    ) -> Result<JobOperationPoll, ArmError> {
        let seen = self.client.poll_operation_result(accepted, deadline).await?;
        Ok(seen.map(|ended| ended.map(|result| job_of(vault, &result))))
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str, deadline: &Deadline) -> Result<T, ArmError> {
        self.client.get(path, API_VERSION, &[], deadline).await
    }
}

/// A trigger; they all are POSTs.
pub(super) fn write_by_post<'a, B>(path: &'a str, body: &'a B, client_request_id: Uuid) -> WriteRequest<'a, B> {
    WriteRequest { method: WriteMethod::Post, path, api_version: API_VERSION, body, client_request_id }
}

/// What the answer to a validation says.
pub(super) fn begun(vault: &BackupVaultId, answer: &ArmResponse) -> Result<JobOperationStart, ArmError> {
    Ok(operation::OperationStart::read(answer)?.map(|result| job_of(vault, &result)))
}

/// What the answer to a trigger says.
pub(super) fn accepted_by(vault: &BackupVaultId, answer: &ArmResponse) -> Result<JobOperationStart, WriteError> {
    JobOperationStart::of_trigger(answer, |result| job_of(vault, result))
}

/// An element of a list of jobs, if it is wanted. One without an identity may be the job that is searched for.
pub(super) fn kept_job(
    vault: &BackupVaultId,
    keep: &KeepJob<'_>,
    element: &str,
) -> Result<Option<BackupJob>, ElementError> {
    if !keep(&JobSummary::of(element)) {
        return Ok(None);
    }
    let value = read_element(element)?;
    BackupJob::read(vault, &value).map(Some).ok_or(ElementError::Unnamed("job"))
}

/// The answer to a read of the job `id`.
pub(super) fn job_as(id: &BackupJobId, answer: &Value, request: &str) -> Result<BackupJob, ArmError> {
    if let Some(other) = JsonFields::of(answer).text("id").and_then(|text| BackupJobId::parse(&text).ok())
        && other != *id
    {
        let reason = format!("it describes another job, {other}");
        return Err(ArmError::Unreadable { request: request.to_owned(), reason });
    }
    Ok(BackupJob::read_as(id.clone(), answer))
}

/// `jobId` is a full ARM id in any casing, a bare GUID, or empty for a validation
/// (docs/reference/azure-data-protection.md#validation-and-trigger). The id of a job in another vault is no name of
/// ours: then the job is searched for in the list.
fn job_of(vault: &BackupVaultId, extended_info: &Value) -> Option<BackupJobId> {
    let reference = JsonFields::of(extended_info).text("jobId")?;
    if let Ok(elsewhere) = BackupJobId::parse(&reference)
        && elsewhere.vault() != vault
    {
        warn!(job = %elsewhere, "an operation of this vault names a job of another one; it is not taken");
        return None;
    }
    vault.job(&reference).ok()
}

#[cfg(test)]
mod tests;

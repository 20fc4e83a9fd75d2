//! The calls.

use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use tracing::{info, warn};
use uuid::Uuid;

use super::restore_request::ValidateRestore;
use super::time_range::FindRestorableTimeRanges;
use super::{
    BackupInstance, BackupInstanceId, BackupJobId, BackupVault, BackupVaultId, DataStore, Job, RecoveryPoint,
    RestorableTimeRange, RestoreRequest,
};
use crate::azure::client::{Answer, AnswerWait, ArmClient, Listed, WriteMethod, WriteRequest};
use crate::azure::error::{ArmError, AzureError, PostError};
use crate::azure::limiter::Precedence;
use crate::azure::members::Members;
use crate::azure::operation::{AcceptedOperation, AsyncUrl, OperationStatus};
use crate::azure::patience::{Ended, Patience};
use crate::azure::poll::Sighting;
use crate::azure::timestamp;

/// Newest stable version when this was written.
pub const API_VERSION: &str = "2026-06-01";

/// Status URLs lead to regional hosts, which a network may let nobody reach; then the vault is asked instead.
const LONGEST_LOOK: Duration = Duration::from_secs(120);

/// Calls to Microsoft.DataProtection. Reads and validations are repeated until patience ends, the trigger is sent once.
#[derive(Clone, Debug)]
pub struct DataProtection {
    client: ArmClient,
}

/// What became of a request that starts something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Over already (200): with the job it made, if it names one.
    Done(Option<BackupJobId>),
    /// Accepted (202), the usual case.
    Accepted(AcceptedOperation),
}

/// One look at an operation. Its success brings the job that it made: always for a restore, never for a validation.
pub type OperationSighting = Sighting<Result<Option<BackupJobId>, Box<AzureError>>>;

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
    pub async fn backup_vault(&self, id: &BackupVaultId, patience: &Patience) -> Result<BackupVault, ArmError> {
        let answer: Value = self.get(id.resource_id().as_str(), patience).await?;
        Ok(BackupVault::read(id, &answer))
    }

    /// `BackupInstances_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn backup_instance(
        &self,
        id: &BackupInstanceId,
        patience: &Patience,
    ) -> Result<BackupInstance, ArmError> {
        let answer: Value = self.get(id.resource_id().as_str(), patience).await?;
        Ok(BackupInstance::read(id, &answer))
    }

    /// `BackupInstances_List`, every page.
    ///
    /// # Errors
    /// As [`ArmClient::list`].
    pub async fn backup_instances(
        &self,
        vault: &BackupVaultId,
        patience: &Patience,
    ) -> Result<Vec<BackupInstance>, ArmError> {
        let elements = self.list(&format!("{vault}/backupInstances"), &[], patience).await?;
        Ok(read_each(&elements, |element| BackupInstance::read_listed(vault, element)))
    }

    /// `RecoveryPoints_Get`; `recovery_point_id` is the name, not the ARM id.
    ///
    /// # Errors
    /// As [`ArmClient::get`]; [`ArmError::Unreadable`] if the answer names no point, or if the id cannot be a name.
    pub async fn recovery_point(
        &self,
        instance: &BackupInstanceId,
        recovery_point_id: &str,
        patience: &Patience,
    ) -> Result<RecoveryPoint, ArmError> {
        // The name comes from the user: `..` or a slash in it would lead to another resource.
        let id = instance.recovery_point(recovery_point_id).map_err(|_| ArmError::Unreadable {
            request: format!("GET {instance}/recoveryPoints"),
            reason: format!("\"{recovery_point_id}\" is no name of a recovery point; nothing was sent"),
        })?;
        let path = id.resource_id().as_str();
        let answer: Value = self.get(path, patience).await?;
        RecoveryPoint::read(&answer).ok_or_else(|| ArmError::Unreadable {
            request: format!("GET {path}"),
            reason: "it names no point".to_owned(),
        })
    }

    /// `RecoveryPoints_List`, every page, in no order that could be relied on. `from` and `to` bound the points' time as
    /// Azure sees it; a caller that needs exact bounds checks them again.
    ///
    /// # Errors
    /// As [`ArmClient::list`].
    pub async fn recovery_points(
        &self,
        instance: &BackupInstanceId,
        from: Option<OffsetDateTime>,
        to: Option<OffsetDateTime>,
        patience: &Patience,
    ) -> Result<Vec<RecoveryPoint>, ArmError> {
        // `eq`, though it bounds: the only operator this filter knows.
        let bounds = [("startDate", from), ("endDate", to)];
        let bounds: Vec<String> = bounds
            .iter()
            .filter_map(|(name, bound)| Some(format!("{name} eq '{}'", timestamp::write((*bound)?))))
            .collect();
        let filter = bounds.join(" and ");
        let query: &[(&str, &str)] = if filter.is_empty() { &[] } else { &[("$filter", &filter)] };
        let elements = self.list(&format!("{instance}/recoveryPoints"), query, patience).await?;
        Ok(read_each(&elements, RecoveryPoint::read))
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
        patience: &Patience,
    ) -> Result<Vec<RestorableTimeRange>, ArmError> {
        let path = format!("{instance}/findRestorableTimeRanges");
        let body = FindRestorableTimeRanges::new(store, start, end);
        let read = |answer: Answer| {
            let body: Value = answer.json()?;
            // An answer that is none must not pass for "there is nothing to go back to".
            match Members::of(&body).get("properties") {
                Some(Value::Object(_)) => Ok(RestorableTimeRange::read_all(&body)),
                _ => Err(answer.unreadable("it has no \"properties\"")),
            }
        };
        self.client.post_reading(&path, API_VERSION, &body, patience, read).await
    }

    /// `Jobs_List`: every page, no filter, in no order. A job that is absent from it is not finished; GET it. It goes
    /// before other reads, for one list serves many, among them admitted triggers that may not be sent before they saw it.
    ///
    /// # Errors
    /// As [`ArmClient::list`]; [`ArmError::Unreadable`] also if an element names no job: this list is all or nothing.
    pub async fn jobs(&self, vault: &BackupVaultId, patience: &Patience) -> Result<Listed<Job>, ArmError> {
        let path = format!("{vault}/backupJobs");
        let listed = self.client.list_counted(&path, API_VERSION, &[], Precedence::First, patience).await?;
        jobs_of(vault, listed, &format!("GET {path}"))
    }

    /// `Jobs_Get`. The first read after a trigger may meet a 500 (repeated here) or an almost empty body (a running job).
    ///
    /// # Errors
    /// As [`ArmClient::get`]; 404 once the record has aged out. [`ArmError::Unreadable`] if it is another job's answer.
    pub async fn job(&self, id: &BackupJobId, patience: &Patience) -> Result<Job, ArmError> {
        let answer: Value = self.get(id.resource_id().as_str(), patience).await?;
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
        patience: &Patience,
    ) -> Result<Begun, ArmError> {
        let path = format!("{instance}/validateRestore");
        let body = ValidateRestore { restore_request_object: request };
        self.client.post_reading(&path, API_VERSION, &body, patience, |answer| begun(instance.vault(), &answer)).await
    }

    /// `BackupInstances_TriggerRestore`, sent exactly once; see [`ArmClient::send_once`]. Azure gives
    /// `client_request_id` back as the job's activity id (observed).
    ///
    /// # Errors
    /// [`PostError`] says whether the restore may have begun.
    pub async fn trigger_restore(
        &self,
        instance: &BackupInstanceId,
        request: &RestoreRequest,
        client_request_id: Uuid,
        patience: &Patience,
        wait: AnswerWait,
    ) -> Result<Begun, PostError> {
        let path = format!("{instance}/restore");
        let write = write_by_post(&path, request, client_request_id);
        let answer = self.client.send_once(write, patience, wait).await?;
        accepted_by(instance.vault(), &answer)
    }

    /// One look at an operation, by whatever way is open: the status URL; if that is forbidden, gone, of a foreign host or
    /// silent for two minutes, the vault's own `operationStatus`, which needs no right beyond the vault; at last the result URL.
    ///
    /// # Errors
    /// What the first way said, if no way is open: a 403 or 404 there says that the status cannot be read, not that the
    /// operation failed.
    pub async fn operation(
        &self,
        vault: &BackupVaultId,
        accepted: &AcceptedOperation,
        patience: &Patience,
    ) -> Result<OperationSighting, ArmError> {
        let mut first_trouble = None;
        if let Some(url) = &accepted.status_url {
            match self.client.get_url(url, &patience.at_most(LONGEST_LOOK), |answer| answer.json()).await {
                Ok(document) => return Ok(judge(vault, &document)),
                Err(error) if is_out_of_sight(&error, patience) => {
                    info!(operation = url.operation_id(), trouble = %error, "trying another way to the operation's status");
                    first_trouble = Some(error).filter(|error| error.ended().is_none());
                }
                Err(error) => return Err(error),
            }
            if is_a_name(url.operation_id()) {
                let path = format!("{vault}/operationStatus/{}", url.operation_id());
                match self.get::<Value>(&path, patience).await {
                    Ok(document) => return Ok(judge(vault, &document)),
                    Err(error) if is_out_of_sight(&error, patience) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        match (self.operation_result(vault, accepted, patience).await, first_trouble) {
            (Err(error), Some(first)) if is_out_of_sight(&error, patience) || accepted.result_url.is_none() => {
                Err(first)
            }
            (seen, _) => seen,
        }
    }

    /// One look at the result URL alone: 202 while it runs, then what a call that had waited would have been answered.
    /// For an operation that succeeded and named no job.
    ///
    /// # Errors
    /// As [`ArmClient::get_url`]; [`ArmError::Unreadable`] if there is no result URL.
    pub async fn operation_result(
        &self,
        vault: &BackupVaultId,
        accepted: &AcceptedOperation,
        patience: &Patience,
    ) -> Result<OperationSighting, ArmError> {
        let Some(url) = &accepted.result_url else { return Err(nowhere_to_look(accepted.status_url.as_ref())) };
        let read = |answer: Answer| match answer.status() {
            202 => Ok(Sighting::Running { note: "Accepted".to_owned(), retry_after: answer.retry_after() }),
            _ => Ok(Sighting::Finished(Ok(job_of(vault, &answer.json()?)))),
        };
        match self.client.get_url(url, patience, read).await {
            Ok(seen) => Ok(seen),
            // Anything that is neither about seeing nor about who asks is the operation's own failure.
            Err(ArmError::Refused(refusal)) if !matches!(refusal.status, 401 | 403 | 404 | 410) => {
                Ok(Sighting::Finished(Err(Box::new(refusal.error))))
            }
            Err(error) => Err(error),
        }
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str, patience: &Patience) -> Result<T, ArmError> {
        self.client.get(path, API_VERSION, &[], patience).await
    }

    async fn list(&self, path: &str, query: &[(&str, &str)], patience: &Patience) -> Result<Vec<Value>, ArmError> {
        self.client.list(path, API_VERSION, query, patience).await
    }
}

/// A trigger; they all are POSTs.
pub(super) fn write_by_post<'a, B>(path: &'a str, body: &'a B, client_request_id: Uuid) -> WriteRequest<'a, B> {
    WriteRequest { method: WriteMethod::Post, path, api_version: API_VERSION, body, client_request_id }
}

/// The status alone decides: a finished answer carries the headers of an accepted one again (observed). The body of an
/// acceptance is not looked at; any other must be JSON, or it is not Azure's.
pub(super) fn begun(vault: &BackupVaultId, answer: &Answer) -> Result<Begun, ArmError> {
    match answer.status() {
        202 => Ok(Begun::Accepted(answer.accepted_operation())),
        _ => Ok(Begun::Done(job_of(vault, &answer.json::<Value>()?))),
    }
}

/// What the answer to a trigger says. A page of a proxy has status 200, too: what says neither where to look nor which
/// job was made is nobody's word that Azure has accepted anything.
pub(super) fn accepted_by(vault: &BackupVaultId, answer: &Answer) -> Result<Begun, PostError> {
    match begun(vault, answer) {
        Ok(Begun::Done(None)) => {
            Err(PostError::Lost { error: answer.unreadable("it names neither an operation to follow nor a job") })
        }
        Err(error) => Err(PostError::Lost { error }),
        Ok(begun) => Ok(begun),
    }
}

/// A list of jobs, all or nothing: one that cannot be told from others may be the one that is looked for.
pub(super) fn jobs_of(vault: &BackupVaultId, listed: Listed<Value>, request: &str) -> Result<Listed<Job>, ArmError> {
    let jobs: Option<Vec<Job>> = listed.elements.iter().map(|element| Job::read(vault, element)).collect();
    let elements = jobs.ok_or_else(|| ArmError::Unreadable {
        request: request.to_owned(),
        reason: "an element of the list names no job".to_owned(),
    })?;
    Ok(Listed { elements, requests: listed.requests })
}

/// The answer to a read of the job `id`.
pub(super) fn job_as(id: &BackupJobId, answer: &Value, request: &str) -> Result<Job, ArmError> {
    if let Some(other) = Members::of(answer).text("id").and_then(|text| BackupJobId::parse(&text).ok())
        && other != *id
    {
        let reason = format!("it describes another job, {other}");
        return Err(ArmError::Unreadable { request: request.to_owned(), reason });
    }
    Ok(Job::read_as(id.clone(), answer))
}

fn judge(vault: &BackupVaultId, document: &Value) -> OperationSighting {
    OperationStatus::read(document).judge().map(|ended| ended.map(|properties| job_of(vault, &properties)))
}

/// `jobId` is a full ARM id in any casing, a bare GUID, or empty for a validation (all observed). The id of a job in
/// another vault is no name of ours: then the job is looked for in the list.
fn job_of(vault: &BackupVaultId, extended_info: &Value) -> Option<BackupJobId> {
    let reference = Members::of(extended_info).text("jobId")?;
    if let Ok(elsewhere) = BackupJobId::parse(&reference)
        && elsewhere.vault() != vault
    {
        warn!(job = %elsewhere, "an operation of this vault names a job of another one; it is not taken");
        return None;
    }
    vault.job(&reference).ok()
}

/// Whether a segment of a URL stays one segment however often it is decoded.
fn is_a_name(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    !segment.is_empty() && !["%2f", "%5c", "%2e", "%25"].iter().any(|escaped| lower.contains(escaped))
}

/// Whether the way is closed, rather than the operation over: forbidden, gone, of a foreign host, or silent for longer
/// than a look may take.
fn is_out_of_sight(error: &ArmError, patience: &Patience) -> bool {
    matches!(error.status(), Some(403 | 404 | 410))
        || matches!(error, ArmError::ForeignHost { .. })
        || (error.ended() == Some(Ended::TimedOut) && patience.check().is_ok())
}

fn nowhere_to_look(status_url: Option<&AsyncUrl>) -> ArmError {
    ArmError::Unreadable {
        request: status_url.map_or_else(|| "the request that was accepted".to_owned(), |url| format!("GET {url}")),
        reason: "it gave no URL for its result".to_owned(),
    }
}

/// What cannot be read as what was asked for is left out and told in the log.
pub(super) fn read_each<T>(elements: &[Value], read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
    let things: Vec<T> = elements.iter().filter_map(read).collect();
    if things.len() < elements.len() {
        warn!(left_out = elements.len() - things.len(), "a list holds elements without a name");
    }
    things
}

#[cfg(test)]
mod tests;

//! The calls to Microsoft.RecoveryServices, one method each, named as in its REST description.

mod protection;

use std::collections::HashSet;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tracing::warn;
use uuid::Uuid;

use super::{
    Filter, ItemRecoveryPoint, ItemRecoveryPointId, PointDisks, ProtectedItem, ProtectedItemId, RecoveryServicesJob,
    RecoveryServicesJobId, RecoveryServicesVault, RecoveryServicesVaultId, ValidateOperationRequest, findings,
    resource_guard,
};
use crate::azure::client::{
    ArmClient, ArmResponse, ElementError, ElementList, ResponseTimeout, WriteMethod, WriteRequest, read_element,
};
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::json_fields::JsonFields;
use crate::azure::limiter::Priority;
use crate::azure::operation::{AcceptedOperation, OperationStart, StatusById};
use crate::azure::poll::PollResult;
use crate::azure::resource_id::canonical;

/// Of everything about backups. Newest stable version with a released SDK when this was written.
pub const API_VERSION: &str = "2026-10-01";

/// Of vaults themselves.
pub const VAULTS_API_VERSION: &str = "2026-11-01";

/// The longest span of time that a list of points or jobs is asked for at once: what the service does with longer ones is
/// documented nowhere (docs/reference/azure-recovery-services.md#lists).
pub const LONGEST_WINDOW: time::Duration = time::Duration::days(30);

/// How far ahead of this machine's clock a list of jobs reaches: Azure's may be ahead.
const CLOCK_DIFFERENCE: time::Duration = time::Duration::days(1);

/// An answer about a vault serves all restores for so long.
const VAULT_SERVES: Duration = Duration::from_secs(60);

/// One poll of a validation's operation. A success without findings is `Some`; `None` where the answer does not say.
pub type ValidationPoll = PollResult<Result<Option<()>, Box<AzureError>>>;

/// What became of a request that starts a job: over already with the job it made, if it names one, or accepted.
pub type ItemJobOperation = OperationStart<Option<RecoveryServicesJobId>>;

/// One poll of such a request's operation.
pub type ItemJobPoll = PollResult<Result<Option<RecoveryServicesJobId>, Box<AzureError>>>;

/// Calls to Microsoft.RecoveryServices. Reads are repeated until the deadline, triggers are sent once.
#[derive(Clone, Debug)]
pub struct RecoveryServices {
    client: ArmClient,
}

impl RecoveryServices {
    /// On top of a client.
    pub fn new(client: ArmClient) -> Self {
        Self { client }
    }

    /// The client below, for its random source.
    pub fn client(&self) -> &ArmClient {
        &self.client
    }

    /// `Vaults_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn vault(
        &self,
        id: &RecoveryServicesVaultId,
        deadline: &Deadline,
    ) -> Result<RecoveryServicesVault, ArmError> {
        let answer: Value = self.client.get(id.resource_id().as_str(), VAULTS_API_VERSION, &[], deadline).await?;
        Ok(RecoveryServicesVault::read(id, &answer))
    }

    /// As [`RecoveryServices::vault`], with an answer that all restores of a vault share for a minute. Whoever would refuse
    /// something because of it reads the vault anew first.
    ///
    /// # Errors
    /// As [`ArmClient::get_recent`].
    pub async fn recent_vault(
        &self,
        id: &RecoveryServicesVaultId,
        deadline: &Deadline,
    ) -> Result<RecoveryServicesVault, ArmError> {
        let path = id.resource_id().as_str();
        let answer = self.client.get_recent(path, VAULTS_API_VERSION, VAULT_SERVES, deadline).await?;
        Ok(RecoveryServicesVault::read(id, &answer))
    }

    /// `ProtectedItems_Get`. A deleted item is still there for days, and says so.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn protected_item(&self, id: &ProtectedItemId, deadline: &Deadline) -> Result<ProtectedItem, ArmError> {
        let answer: Value = self.client.get(id.resource_id().as_str(), API_VERSION, &[], deadline).await?;
        Ok(ProtectedItem::read(id, &answer))
    }

    /// `BackupProtectedItems_List`, every page.
    ///
    /// # Errors
    /// As [`ArmClient::list`], and [`ArmError::Unreadable`] if an element names no item of this vault: it may be the one that
    /// is searched for.
    pub async fn protected_items(
        &self,
        vault: &RecoveryServicesVaultId,
        filter: &Filter,
        deadline: &Deadline,
    ) -> Result<Vec<ProtectedItem>, ArmError> {
        let path = format!("{vault}/backupProtectedItems");
        items_listed(&self.client, vault, (&path, API_VERSION), filter, deadline).await
    }

    /// `RecoveryPoints_Get`; `name` is the point's name, not its ARM id.
    ///
    /// # Errors
    /// As [`ArmClient::get`]; [`ArmError::Unreadable`] if the answer names no point, or if `name` cannot be a name.
    pub async fn recovery_point(
        &self,
        item: &ProtectedItemId,
        name: &str,
        deadline: &Deadline,
    ) -> Result<ItemRecoveryPoint, ArmError> {
        point_read(&self.client, API_VERSION, item, name, deadline).await
    }

    /// `RecoveryPoints_List`: every page of the points between two times at most [`LONGEST_WINDOW`] apart, in no order that
    /// could be relied on. Azure decides which of the bounds belong to it; a caller that needs exact ones checks again.
    ///
    /// # Errors
    /// As [`ArmClient::list`], and [`ArmError::Unreadable`] if an element names no point.
    pub async fn recovery_points(
        &self,
        item: &ProtectedItemId,
        from: OffsetDateTime,
        to: OffsetDateTime,
        deadline: &Deadline,
    ) -> Result<Vec<ItemRecoveryPoint>, ArmError> {
        points_listed(&self.client, (&format!("{item}/recoveryPoints"), API_VERSION), (from, to), deadline).await
    }

    /// `BackupJobs_List` from `since` to a day after `now`: in windows of at most [`LONGEST_WINDOW`], every page of each,
    /// in no order, of which `keep` says whether it matters. Nothing but the time is filtered by: a restore's own word changes while it runs
    /// (docs/reference/azure-recovery-services.md#jobs). It goes before other reads, for one list serves many, among them
    /// admitted triggers that may not be sent before they saw it.
    ///
    /// # Errors
    /// As [`ArmClient::list`]; [`ArmError::Unreadable`] also if an element names no job: this list is all or nothing.
    pub async fn jobs(
        &self,
        vault: &RecoveryServicesVaultId,
        since: OffsetDateTime,
        now: OffsetDateTime,
        keep: impl Fn(&RecoveryServicesJob) -> bool + Copy,
        deadline: &Deadline,
    ) -> Result<ElementList<RecoveryServicesJob>, ArmError> {
        let path = format!("{vault}/backupJobs");
        let mut found = FoundJobs::new(vault, keep);
        for filter in job_windows(since, now) {
            let query = filter.query();
            let kept = |job: &str| found.kept(job);
            let listed = self.client.list_of(&path, API_VERSION, &query, Priority::First, kept, deadline).await?;
            found.add(listed);
        }
        Ok(found.each_once())
    }

    /// `JobDetails_Get`. The first read after a trigger may meet a 500 (repeated here) or an almost empty body (a running
    /// job).
    ///
    /// # Errors
    /// As [`ArmClient::get`]; 404 once the record has aged out. [`ArmError::Unreadable`] if it is another job's answer.
    pub async fn job(&self, id: &RecoveryServicesJobId, deadline: &Deadline) -> Result<RecoveryServicesJob, ArmError> {
        let answer: Value = self.client.get(id.resource_id().as_str(), API_VERSION, &[], deadline).await?;
        let named = JsonFields::of(&answer).text("id").and_then(|text| RecoveryServicesJobId::parse(&text).ok());
        if let Some(other) = named.filter(|other| other != id) {
            let reason = format!("it describes another job, {other}");
            return Err(ArmError::Unreadable { request: format!("GET {id}"), reason });
        }
        Ok(RecoveryServicesJob::read_as(id.clone(), &answer))
    }

    /// `JobCancellations_Trigger`. Safe to repeat: a job that is being cancelled stays so.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn cancel_job(&self, id: &RecoveryServicesJobId, deadline: &Deadline) -> Result<(), ArmError> {
        self.client.post_repeatable(&format!("{id}/cancel"), API_VERSION, deadline).await
    }

    /// `ResourceGuardProxies_Get`: the request that a restore must name to be let through by the vault's resource guard;
    /// none if there is no guard, or none over restores.
    ///
    /// # Errors
    /// As [`ArmClient::list`].
    pub async fn restore_guard_request(
        &self,
        vault: &RecoveryServicesVaultId,
        deadline: &Deadline,
    ) -> Result<Option<String>, ArmError> {
        let path = format!("{vault}/backupResourceGuardProxies");
        let links = self.client.list(&path, API_VERSION, &[], deadline).await?;
        Ok(resource_guard::restore_request(&links))
    }

    /// `RecoveryPoints_GetRPExtendedInfo`: the disks in a point of a virtual machine, at once or by an operation.
    ///
    /// # Errors
    /// As [`ArmClient::get`]; [`ArmError::Unreadable`] if the answer does not say which disks there are.
    pub async fn point_disks(
        &self,
        point: &ItemRecoveryPointId,
        deadline: &Deadline,
    ) -> Result<OperationStart<PointDisks>, ArmError> {
        let fabric = point.protected_item().container().parent();
        let path = format!("{fabric}/getRPExtendedInfo");
        let body = json!({"properties": {"recoveryPointIds": [point.resource_id().decoded()]}});
        let read = |answer: ArmResponse| match OperationStart::read(&answer)? {
            OperationStart::Accepted(operation) => Ok(OperationStart::Accepted(operation)),
            OperationStart::Done(value) => match PointDisks::read(&value) {
                Ok(disks) => Ok(OperationStart::Done(disks)),
                Err(reason) => Err(answer.unreadable(reason)),
            },
        };
        self.client.post_reading(&path, API_VERSION, &body, deadline, read).await
    }

    /// One poll of what [`RecoveryServices::point_disks`] has begun. It has no status; its result is the list.
    ///
    /// # Errors
    /// As [`ArmClient::poll_operation_result`]; [`ArmError::Unreadable`] if the answer does not say which disks there are.
    pub async fn point_disks_result(
        &self,
        accepted: &AcceptedOperation,
        deadline: &Deadline,
    ) -> Result<PollResult<Result<PointDisks, Box<AzureError>>>, ArmError> {
        let read = |value: Value| {
            let request = || accepted.result_url.as_ref().map(|url| format!("GET {url}")).unwrap_or_default();
            PointDisks::read(&value)
                .map_err(|reason| ArmError::Unreadable { request: request(), reason: reason.to_owned() })
        };
        Ok(match self.client.poll_operation_result(accepted, deadline).await? {
            PollResult::Pending { note, retry_after } => PollResult::Pending { note, retry_after },
            PollResult::Ready(Err(error)) => PollResult::Ready(Err(error)),
            PollResult::Ready(Ok(value)) => PollResult::Ready(Ok(read(value)?)),
        })
    }

    /// `ValidateOperation_Trigger`: whether Azure would take a restore. Changes nothing, so it may be repeated.
    ///
    /// # Errors
    /// As [`ArmClient::get`]; a 400 is a refusal of the body.
    pub async fn validate_restore(
        &self,
        vault: &RecoveryServicesVaultId,
        request: &ValidateOperationRequest<'_>,
        deadline: &Deadline,
    ) -> Result<OperationStart<Result<Option<()>, Box<AzureError>>>, ArmError> {
        let path = format!("{vault}/backupTriggerValidateOperation");
        let read = |answer: ArmResponse| Ok(OperationStart::read(&answer)?.map(|result| findings::read(&result)));
        self.client.post_reading(&path, API_VERSION, request, deadline, read).await
    }

    /// One poll of what [`RecoveryServices::validate_restore`] has begun. Findings stand in an answer that says
    /// `Succeeded` (docs/reference/azure-recovery-services.md#validation).
    ///
    /// # Errors
    /// As [`ArmClient::poll_operation`].
    pub async fn validation(
        &self,
        vault: &RecoveryServicesVaultId,
        accepted: &AcceptedOperation,
        deadline: &Deadline,
    ) -> Result<ValidationPoll, ArmError> {
        let collection = format!("{vault}/backupValidateOperationsStatuses");
        let by_id = StatusById { collection: &collection, api_version: API_VERSION };
        let seen = self.client.poll_operation(accepted, Some(by_id), deadline).await?;
        Ok(seen.map(|ended| ended.and_then(|result| findings::read(&result))))
    }

    /// As [`RecoveryServices::validation`], at the URL of the result alone.
    ///
    /// # Errors
    /// As [`ArmClient::poll_operation_result`].
    pub async fn validation_result(
        &self,
        accepted: &AcceptedOperation,
        deadline: &Deadline,
    ) -> Result<ValidationPoll, ArmError> {
        let seen = self.client.poll_operation_result(accepted, deadline).await?;
        Ok(seen.map(|ended| ended.and_then(|result| findings::read(&result))))
    }

    /// `Restores_Trigger`, sent exactly once; see [`ArmClient::send_once`]. Azure gives `client_request_id` back as the
    /// job's activity id (docs/reference/azure-recovery-services.md#jobs).
    ///
    /// # Errors
    /// [`WriteError`] says whether the restore may have begun.
    pub async fn trigger_restore<B: Serialize + Sync>(
        &self,
        item: &ProtectedItemId,
        point: &str,
        request: &B,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<ItemJobOperation, WriteError> {
        let point = item.recovery_point(point).map_err(|error| WriteError::NotAccepted {
            error: ArmError::Unreadable {
                request: format!("POST {item}/recoveryPoints"),
                reason: format!("no name of a recovery point: {error}; nothing was sent"),
            },
            retry_after: None,
        })?;
        let path = format!("{point}/restore");
        self.trigger(item, &path, request, client_request_id, deadline, wait).await
    }

    /// `Backups_Trigger`, sent exactly once; otherwise as [`RecoveryServices::trigger_restore`].
    ///
    /// # Errors
    /// [`WriteError`] says whether the backup may have begun.
    pub async fn trigger_backup<B: Serialize + Sync>(
        &self,
        item: &ProtectedItemId,
        request: &B,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<ItemJobOperation, WriteError> {
        self.trigger(item, &format!("{item}/backup"), request, client_request_id, deadline, wait).await
    }

    async fn trigger<B: Serialize + Sync>(
        &self,
        item: &ProtectedItemId,
        path: &str,
        request: &B,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<ItemJobOperation, WriteError> {
        let body = Envelope { properties: request };
        let write =
            WriteRequest { method: WriteMethod::Post, path, api_version: API_VERSION, body: &body, client_request_id };
        let answer = self.client.send_once(write, deadline, wait).await?;
        ItemJobOperation::of_trigger(&answer, |result| job_of(item.vault(), result))
    }

    /// As [`ArmClient::poll_operation`]; the vault's own `backupOperations` needs no right beyond the vault.
    ///
    /// # Errors
    /// As [`ArmClient::poll_operation`].
    pub async fn operation(
        &self,
        vault: &RecoveryServicesVaultId,
        accepted: &AcceptedOperation,
        deadline: &Deadline,
    ) -> Result<ItemJobPoll, ArmError> {
        let collection = format!("{vault}/backupOperations");
        let by_id = StatusById { collection: &collection, api_version: API_VERSION };
        let seen = self.client.poll_operation(accepted, Some(by_id), deadline).await?;
        Ok(seen.map(|ended| ended.map(|result| job_of(vault, &result))))
    }
}

/// Every body of this service.
#[derive(Serialize)]
struct Envelope<'a, B> {
    properties: &'a B,
}

/// The items of a list, each once.
pub(super) async fn items_listed(
    client: &ArmClient,
    vault: &RecoveryServicesVaultId,
    (path, api_version): (&str, &str),
    filter: &Filter,
    deadline: &Deadline,
) -> Result<Vec<ProtectedItem>, ArmError> {
    let items = ("protected item", |element: &Value| ProtectedItem::read_listed(vault, element));
    let mut items = client.list_every(path, api_version, &filter.query(), items, deadline).await?;
    // What stands at the end of a page may stand at the beginning of the next.
    let mut listed = HashSet::new();
    items.retain(|item| listed.insert(item.id.clone()));
    Ok(items)
}

/// One point by its name.
pub(super) async fn point_read(
    client: &ArmClient,
    api_version: &str,
    item: &ProtectedItemId,
    name: &str,
    deadline: &Deadline,
) -> Result<ItemRecoveryPoint, ArmError> {
    // The name comes from the user: `..` or a slash in it would lead to another resource.
    let id = item.recovery_point(name).map_err(|_| ArmError::Unreadable {
        request: format!("GET {item}/recoveryPoints"),
        reason: format!("\"{name}\" is no name of a recovery point; nothing was sent"),
    })?;
    let path = id.resource_id().as_str();
    let answer: Value = client.get(path, api_version, &[], deadline).await?;
    ItemRecoveryPoint::read(&answer)
        .ok_or_else(|| ArmError::Unreadable { request: format!("GET {path}"), reason: "it names no point".to_owned() })
}

/// The points of a list between two times.
pub(super) async fn points_listed(
    client: &ArmClient,
    (path, api_version): (&str, &str),
    (from, to): (OffsetDateTime, OffsetDateTime),
    deadline: &Deadline,
) -> Result<Vec<ItemRecoveryPoint>, ArmError> {
    let filter = Filter::new().at("startDate", from).at("endDate", to);
    client.list_every(path, api_version, &filter.query(), ("recovery point", ItemRecoveryPoint::read), deadline).await
}

/// The filters of a list of jobs from `since` to a day after `now`, newest first.
pub(super) fn job_windows(since: OffsetDateTime, now: OffsetDateTime) -> Vec<Filter> {
    let windows = windows(since, now + CLOCK_DIFFERENCE).into_iter();
    windows.map(|(from, to)| Filter::new().at("startTime", from).at("endTime", to)).collect()
}

/// What the windows of a list of jobs have brought so far.
pub(super) struct FoundJobs<'a, K> {
    vault: &'a RecoveryServicesVaultId,
    keep: K,
    found: ElementList<RecoveryServicesJob>,
}

impl<'a, K: Fn(&RecoveryServicesJob) -> bool> FoundJobs<'a, K> {
    pub(super) fn new(vault: &'a RecoveryServicesVaultId, keep: K) -> Self {
        Self { vault, keep, found: ElementList { elements: Vec::new(), requests: 0 } }
    }

    /// An element, if it matters. One without a name may be the job that is searched for.
    pub(super) fn kept(&self, element: &str) -> Result<Option<RecoveryServicesJob>, ElementError> {
        let value = read_element(element)?;
        let job = RecoveryServicesJob::read(self.vault, &value).ok_or(ElementError::Unnamed("job"))?;
        Ok(Some(job).filter(|job| (self.keep)(job)))
    }

    pub(super) fn add(&mut self, window: ElementList<RecoveryServicesJob>) {
        self.found.elements.extend(window.elements);
        self.found.requests += window.requests;
    }

    /// A job on the border of two windows is in both.
    pub(super) fn each_once(mut self) -> ElementList<RecoveryServicesJob> {
        self.found.elements.sort_by_cached_key(|job| canonical(job.id.name()));
        self.found.elements.dedup_by(|one, other| one.id == other.id);
        self.found
    }
}

/// From `since` to `until` in spans of at most [`LONGEST_WINDOW`], newest first.
fn windows(since: OffsetDateTime, until: OffsetDateTime) -> Vec<(OffsetDateTime, OffsetDateTime)> {
    let mut found = Vec::new();
    let mut to = until;
    while to > since {
        let from = to.checked_sub(LONGEST_WINDOW).map_or(since, |from| from.max(since));
        found.push((from, to));
        to = from;
    }
    found
}

/// `jobId` is a bare GUID; of the primary region never empty (docs/reference/azure-recovery-services.md#operations). The
/// id of a job in another vault is no name of ours: then the job is searched for in the list.
pub(super) fn job_of(vault: &RecoveryServicesVaultId, result: &Value) -> Option<RecoveryServicesJobId> {
    let reference = JsonFields::of(result).text("jobId")?;
    if let Ok(elsewhere) = RecoveryServicesJobId::parse(&reference)
        && elsewhere.vault() != vault
    {
        warn!(job = %elsewhere, "an operation of this vault names a job of another one; it is not taken");
        return None;
    }
    vault.job(&reference).ok()
}

#[cfg(test)]
mod tests;

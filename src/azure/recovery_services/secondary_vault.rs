//! A vault's copy in its secondary region. Azure tells it from the vault itself by the api-version alone, of which there is
//! one for each: for one and the same URL, the version here leads to the copy
//! (docs/reference/azure-recovery-services.md#secondary-region). So the version stays in this file, and whoever has a
//! [`SecondaryVault`] cannot reach the vault with it, nor the other way round.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::ids::{ItemRecoveryPointId, ProtectedItemId, RecoveryServicesJobId, RecoveryServicesVaultId};
use super::service::{self, ItemJobOperation, ItemJobPoll, RecoveryServices};
use super::{
    BackupManagementType, Filter, ItemRecoveryPoint, ItemRestoreRequest, LogChain, ProtectedItem, RecoveryServicesJob,
    databases,
};
use crate::azure::client::{
    ArmClient, ArmResponse, ElementList, PostedList, ResponseTimeout, WriteMethod, WriteRequest,
};
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, WriteError};
use crate::azure::json_fields::JsonFields;
use crate::azure::limiter::Priority;
use crate::azure::operation::{AcceptedOperation, OperationStart, StatusById};
use crate::azure::resource_id::{Location, is_same};
use crate::azure::secret::Secret;

/// Of the "passive stamp". Newest stable version with a released SDK when this was written.
const API_VERSION: &str = "2023-01-15";

/// The copy of one vault in its secondary region: items and points that have got there, restores from them, and the jobs of
/// these. Whatever is asked of it is answered there, also while the region of the vault is down.
#[derive(Clone, Debug)]
pub struct SecondaryVault {
    client: ArmClient,
    vault: RecoveryServicesVaultId,
    location: Location,
}

impl RecoveryServices {
    /// The copy of `vault` in `location`, its secondary region.
    pub fn in_secondary_region(&self, vault: RecoveryServicesVaultId, location: &Location) -> SecondaryVault {
        SecondaryVault { client: self.client().clone(), vault, location: location.as_azure_writes_it() }
    }
}

/// What lets one point be restored in the secondary region, as Azure gave it: members that no description knows included.
/// It is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct RestoreAccess(Secret);

impl fmt::Debug for RestoreAccess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(access to a recovery point)")
    }
}

/// `CrossRegionRestoreRequest`. It has no `properties`.
struct AccessedRestore<'a> {
    access: &'a RestoreAccess,
    request: &'a ItemRestoreRequest,
}

impl Serialize for AccessedRestore<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Not the text of the parser's error, which may quote the secret.
        let no_json = |_| serde::ser::Error::custom("the access to the point is no JSON");
        let mut details: Value = serde_json::from_str(self.access.0.expose()).map_err(no_json)?;
        if let (Some(object_type), Some(members)) = (self.request.access_type(), details.as_object_mut()) {
            members.insert("objectType".to_owned(), object_type.into());
        }
        json!({"crossRegionRestoreAccessDetails": details, "restoreRequest": self.request}).serialize(serializer)
    }
}

/// `CrrJobRequest`. It has no `properties`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobsOfVault<'a> {
    resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_name: Option<&'a str>,
}

/// The members of `AADProperties` that the description has.
const OF_IDENTITY: [&str; 5] =
    ["tenantId", "audience", "servicePrincipalObjectId", "servicePrincipalClientId", "authority"];

impl SecondaryVault {
    /// The vault whose copy it is.
    pub fn vault(&self) -> &RecoveryServicesVaultId {
        &self.vault
    }

    /// The region of the copy, as Azure writes it.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Calls that no vault stands in the path of are those of its subscription and the secondary region.
    fn path(&self, call: &str) -> String {
        format!(
            "/subscriptions/{}/providers/Microsoft.RecoveryServices/locations/{}/{call}",
            self.vault.subscription(),
            self.location.normalized()
        )
    }

    fn of_vault<'a>(&self, job_name: Option<&'a str>) -> JobsOfVault<'a> {
        JobsOfVault { resource_id: self.vault.resource_id().decoded(), job_name }
    }

    /// `BackupProtectedItemsCrr_List`, every page: what has got to the secondary region.
    ///
    /// # Errors
    /// As [`RecoveryServices::protected_items`].
    pub async fn protected_items(&self, filter: &Filter, deadline: &Deadline) -> Result<Vec<ProtectedItem>, ArmError> {
        // With the slash at its end it is another operation of the description.
        let path = format!("{}/backupProtectedItems/", self.vault);
        service::items_listed(&self.client, &self.vault, (&path, API_VERSION), filter, deadline).await
    }

    /// `RecoveryPoints_Get`; as [`RecoveryServices::recovery_point`].
    ///
    /// # Errors
    /// As [`RecoveryServices::recovery_point`].
    pub async fn recovery_point(
        &self,
        item: &ProtectedItemId,
        name: &str,
        deadline: &Deadline,
    ) -> Result<ItemRecoveryPoint, ArmError> {
        service::point_read(&self.client, API_VERSION, item, name, deadline).await
    }

    /// `RecoveryPointsCrr_List`; as [`RecoveryServices::recovery_points`]. The points lag those of the vault.
    ///
    /// # Errors
    /// As [`RecoveryServices::recovery_points`].
    pub async fn recovery_points(
        &self,
        item: &ProtectedItemId,
        from: OffsetDateTime,
        to: OffsetDateTime,
        deadline: &Deadline,
    ) -> Result<Vec<ItemRecoveryPoint>, ArmError> {
        let path = format!("{item}/recoveryPoints/");
        service::points_listed(&self.client, (&path, API_VERSION), (from, to), deadline).await
    }

    /// `RecoveryPointsCrr_List` for log backups alone; as [`RecoveryServices::log_chain`].
    ///
    /// # Errors
    /// As [`RecoveryServices::recovery_points`].
    pub async fn log_chain(&self, item: &ProtectedItemId, deadline: &Deadline) -> Result<LogChain, ArmError> {
        let path = format!("{item}/recoveryPoints/");
        databases::log_chain_at(&self.client, (&path, API_VERSION), deadline).await
    }

    /// `AadProperties_Get` and `RecoveryPoints_GetAccessToken`: leave to restore `point` here. It changes nothing, and is
    /// refused if the point cannot be restored here.
    ///
    /// # Errors
    /// As [`ArmClient::get`]; [`ArmError::Unreadable`] if an answer does not hold what it should.
    pub async fn restore_access(
        &self,
        point: &ItemRecoveryPointId,
        kind: BackupManagementType,
        deadline: &Deadline,
    ) -> Result<RestoreAccess, ArmError> {
        // Of virtual machines the region is asked without a filter (docs/reference/azure-recovery-services.md#secondary-region).
        let filter = match kind {
            BackupManagementType::AzureIaasVM => Filter::new(),
            other => Filter::new().eq("backupManagementType", other.as_str()),
        };
        let path = self.path("backupAadProperties");
        let identity: Value = self.client.get(&path, API_VERSION, &filter.query(), deadline).await?;
        let identity = JsonFields::of(&identity).object("properties");
        let identity: serde_json::Map<String, Value> =
            OF_IDENTITY.iter().filter_map(|name| Some(((*name).to_owned(), identity.get(name)?.clone()))).collect();
        if identity.is_empty() {
            let reason = "it does not say as whom the secondary region asks for the recovery point".to_owned();
            return Err(ArmError::Unreadable { request: format!("GET {path}"), reason });
        }
        let path = format!("{point}/accessToken");
        let read = |answer: ArmResponse| {
            let found: Value = answer.json()?;
            let access = JsonFields::of(&found).get("properties").filter(|access| access.is_object());
            let access = access.ok_or_else(|| answer.unreadable("it holds no access to the recovery point"))?;
            Ok(RestoreAccess(Secret::new(access.to_string())))
        };
        self.client.post_reading(&path, API_VERSION, &json!({"properties": identity}), deadline, read).await
    }

    /// `CrossRegionRestore_Trigger`, sent exactly once; as [`RecoveryServices::trigger_restore`].
    ///
    /// # Errors
    /// [`WriteError`] says whether the restore may have begun.
    pub async fn trigger_restore(
        &self,
        access: &RestoreAccess,
        request: &ItemRestoreRequest,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<ItemJobOperation, WriteError> {
        let path = self.path("backupCrossRegionRestore");
        let write = WriteRequest {
            method: WriteMethod::Post,
            path: &path,
            api_version: API_VERSION,
            body: &AccessedRestore { access, request },
            client_request_id,
        };
        let answer = self.client.send_once(write, deadline, wait).await?;
        OperationStart::of_trigger(&answer, |result| service::job_of(&self.vault, result))
    }

    /// As [`RecoveryServices::operation`], of a restore that was begun here (`CrrOperationStatus_Get`).
    ///
    /// # Errors
    /// As [`RecoveryServices::operation`].
    pub async fn operation(&self, accepted: &AcceptedOperation, deadline: &Deadline) -> Result<ItemJobPoll, ArmError> {
        let collection = self.path("backupCrrOperationsStatus");
        let by_id = StatusById { collection: &collection, api_version: API_VERSION };
        let seen = self.client.poll_operation(accepted, Some(by_id), deadline).await?;
        Ok(seen.map(|ended| ended.map(|result| service::job_of(&self.vault, &result))))
    }

    /// `BackupCrrJobs_List`; as [`RecoveryServices::jobs`], which does not know these jobs.
    ///
    /// # Errors
    /// As [`RecoveryServices::jobs`].
    pub async fn jobs(
        &self,
        since: OffsetDateTime,
        now: OffsetDateTime,
        keep: impl Fn(&RecoveryServicesJob) -> bool + Copy,
        deadline: &Deadline,
    ) -> Result<ElementList<RecoveryServicesJob>, ArmError> {
        let (path, body) = (self.path("backupCrrJobs"), self.of_vault(None));
        let mut found = service::FoundJobs::new(&self.vault, keep);
        for filter in service::job_windows(since, now) {
            let query = filter.query();
            let list = PostedList { path: &path, api_version: API_VERSION, query: &query, body: &body };
            let listed = self.client.list_by_post(list, Priority::First, |job| found.kept(job), deadline).await?;
            found.add(listed);
        }
        Ok(found.each_once())
    }

    /// `BackupCrrJobDetails_Get`; as [`RecoveryServices::job`], which does not know these jobs.
    ///
    /// # Errors
    /// As [`RecoveryServices::job`].
    pub async fn job(&self, id: &RecoveryServicesJobId, deadline: &Deadline) -> Result<RecoveryServicesJob, ArmError> {
        let (path, body) = (self.path("backupCrrJob"), self.of_vault(Some(id.name())));
        let read = |answer: ArmResponse| answer.json::<Value>();
        let answer = self.client.post_reading(&path, API_VERSION, &body, deadline, read).await?;
        // Its id is one of the region, so only the names can be compared.
        if let Some(other) = JsonFields::of(&answer).text("name").filter(|name| !is_same(name, id.name())) {
            let reason = format!("it describes another job, {other}");
            return Err(ArmError::Unreadable { request: format!("POST {path}"), reason });
        }
        Ok(RecoveryServicesJob::read_as(id.clone(), &answer))
    }
}

#[cfg(test)]
mod tests;

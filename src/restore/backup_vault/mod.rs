//! Restores from a Backup vault (Microsoft.DataProtection), whatever the workload, from the vault itself or from its copy
//! in the secondary region. Nothing of a single workload may enter, and no attribute of Terraform but by its name.

mod backup;
mod choice;
mod job;
mod jobs;
mod region;
mod vault;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use async_trait::async_trait;
use time::OffsetDateTime;

pub use self::backup::InstanceBackup;
pub use self::choice::{PointSelector, RANGES_REACH_BACK, ResolvedPoint, candidate};
pub use self::job::{ReportedJob, job};
pub use self::jobs::BackupVaultJobs;
pub use self::region::Region;
pub use crate::restore::destination::Destination;
pub use crate::restore::workload::{RequiredRole, WorkloadNames};

use self::choice::{choose_point, in_secondary_region, latest_instant, no_point, no_range, outside_ranges};
use crate::azure::client::ResponseTimeout;
use crate::azure::data_protection::{
    BackupInstance, BackupInstanceId, BackupVault, DataProtection, DataStore, Datasource, JobOperationStart,
    RecoveryPoint, RestorableTimeRange, RestoreRequest, SecondaryRegion,
};
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::limiter::Permit;
use crate::azure::operation::AcceptedOperation;
use crate::azure::poll::PollResult;
use crate::azure::resource_id::{Location, ResourceId};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::JobReader;
use crate::restore::operation::{OperationPolling, or_result};
use crate::restore::service::{Accepted, Resolved, RestoreItem, RestoreService, Validation};

/// What a request body needs to know of Azure.
#[derive(Clone, Debug)]
pub struct RequestContext<'a> {
    /// The protected resource; none if Azure does not say, or was not asked because its region may be down.
    pub source: Option<&'a Datasource>,
    /// Where to restore.
    pub location: &'a Location,
    /// The point or instant that is restored.
    pub chosen: &'a ResolvedPoint,
}

/// Builds the request body of one workload.
pub type BuildRequest = dyn Fn(&RequestContext<'_>) -> Result<RestoreRequest, RestoreError> + Send + Sync;

/// A restore of one backup instance.
pub struct BackupVaultRestore {
    /// The service, the vault and which copy of it is read.
    pub jobs: BackupVaultJobs,
    /// How the operation of a validation is polled.
    pub polling: OperationPolling,
    /// The protected item, and the argument that names it. Jobs of other items are never taken for this restore.
    pub instance: BackupInstanceId,
    /// What to restore from; none where only jobs are read (an import knows no more).
    pub selection: Option<PointSelector>,
    /// The argument that chooses the point, for errors.
    pub point_argument: ArgumentPath,
    /// Whether the workload may have a continuous backup, which has ranges of time instead of points.
    pub may_be_continuous: bool,
    /// Whether the request names a Resource Guard.
    pub names_a_guard: bool,
    /// How messages name the workload.
    pub names: WorkloadNames,
    /// The region to restore in; none: that of the vault.
    pub restore_location: Option<Location>,
    /// The user-assigned identity that restores; none: the vault's own.
    pub identity: Option<ResourceId>,
    /// What is written to; none: the protected resource.
    pub destination: Option<Destination>,
    /// Makes the body of the request, once the point is chosen.
    pub build: Box<BuildRequest>,
    /// What has been read of the vault so far.
    pub cache: VaultCache,
}

/// What a restore has read of its vault and need not read again. Empty at first.
#[derive(Debug, Default)]
pub struct VaultCache {
    /// Id and name of the protected resource.
    data_source: OnceLock<(String, String)>,
    /// Whether Azure says that the backup is a physical one.
    is_physical: OnceLock<bool>,
}

impl BackupVaultRestore {
    fn client(&self) -> &DataProtection {
        self.jobs.client()
    }

    async fn chosen(
        &self,
        deadline: &Deadline,
        now: OffsetDateTime,
    ) -> Result<(ResolvedPoint, Option<OffsetDateTime>), RestoreError> {
        match self
            .selection
            .as_ref()
            .ok_or_else(|| RestoreError::wrong(self.point_argument.clone(), "No point is chosen."))?
        {
            PointSelector::Instant(at) => {
                let ranges = self.ranges(deadline, now).await?;
                if ranges.is_empty() {
                    Err(self.without_ranges(deadline).await)
                } else if ranges.iter().any(|range| range.contains(*at)) {
                    Ok((ResolvedPoint::Instant(*at), Some(*at)))
                } else {
                    Err(RestoreError::wrong(self.point_argument.clone(), outside_ranges(*at, &ranges)))
                }
            }
            PointSelector::LatestInstant => {
                let ranges = self.ranges(deadline, now).await?;
                let Some(latest) = latest_instant(&ranges) else { return Err(self.without_ranges(deadline).await) };
                Ok((ResolvedPoint::Instant(latest), Some(latest)))
            }
            PointSelector::Point { choice, data_store, allow_partial, rehydration } => {
                let secondary = self.jobs.secondary(deadline).await?;
                let points = self.points(deadline, secondary.as_ref()).await?;
                if points.is_empty() && secondary.is_none() {
                    return Err(self.without_points(deadline, now).await);
                }
                choose_point(&points, choice, *data_store, *allow_partial, *rehydration, now).map_err(|reason| {
                    let reason = match &secondary {
                        Some(region) => in_secondary_region(&reason, &region.location),
                        None => reason,
                    };
                    RestoreError::wrong(self.point_argument.clone(), reason)
                })
            }
        }
    }

    /// Why no instant can be restored. Whether the backup has points instead, the vault is asked; what it does not say has
    /// no influence.
    async fn without_ranges(&self, deadline: &Deadline) -> RestoreError {
        let points = self.points(deadline, None).await.unwrap_or_default();
        RestoreError::wrong(self.point_argument.clone(), no_range(&points))
    }

    /// Why no point can be restored; as [`Self::without_ranges`].
    async fn without_points(&self, deadline: &Deadline, now: OffsetDateTime) -> RestoreError {
        let ranges =
            if self.may_be_continuous { self.ranges(deadline, now).await.unwrap_or_default() } else { Vec::new() };
        RestoreError::wrong(self.point_argument.clone(), no_point(&ranges))
    }

    async fn ranges(&self, deadline: &Deadline, now: OffsetDateTime) -> Result<Vec<RestorableTimeRange>, RestoreError> {
        let start = now - RANGES_REACH_BACK;
        Ok(self
            .client()
            .restorable_time_ranges(&self.instance, DataStore::OperationalStore, start, now, deadline)
            .await?)
    }

    async fn points(
        &self,
        deadline: &Deadline,
        secondary: Option<&SecondaryRegion>,
    ) -> Result<Vec<RecoveryPoint>, RestoreError> {
        Ok(match secondary {
            Some(region) => self.client().secondary_recovery_points(region, &self.instance, deadline).await?,
            None => self.client().recovery_points(&self.instance, None, None, deadline).await?,
        })
    }

    async fn read_instance(&self, deadline: &Deadline) -> Result<BackupInstance, RestoreError> {
        let instance = self.client().one_of_many_backup_instances(&self.instance, deadline).await.map_err(|error| {
            if error.is_not_found() {
                let text = no_instance(&self.instance, &self.item().argument);
                RestoreError::Missing { argument: self.item().argument, text, error: Box::new(error) }
            } else {
                RestoreError::from(error)
            }
        })?;
        let WorkloadNames { things, source: kind_of_source, datasource_type, .. } = self.names;
        let Some(source) = &instance.data_source else {
            let text = format!("Azure does not say which {kind_of_source} this backup instance protects.");
            return Err(RestoreError::wrong(self.item().argument, text));
        };
        let name = source.resource_name.clone().unwrap_or_else(|| source.resource_id.clone());
        let _ = self.cache.is_physical.set(instance.is_physical());
        // The first answer stays: messages must not change the name of the subject half way.
        let _ = self.cache.data_source.set((source.resource_id.clone(), name));
        if let Some(kind) = source.datasource_type.as_deref()
            && !kind.eq_ignore_ascii_case(datasource_type)
        {
            let text = format!(
                "This backup instance protects {kind}. This resource restores {things} of a {kind_of_source} \
                 ({datasource_type})."
            );
            return Err(RestoreError::wrong(self.item().argument, text));
        }
        Ok(instance)
    }

    /// The vault, which lets this restore through as far as it says; none if the caller may not read it, since restoring
    /// needs no right to. Nothing is refused because of an answer that another restore has read some time ago.
    async fn permitting_vault(&self, deadline: &Deadline) -> Result<Option<BackupVault>, RestoreError> {
        let (client, id) = (self.client(), self.instance.vault());
        let Some(vault) = readable(client.recent_backup_vault(id, deadline).await)? else { return Ok(None) };
        let vault = if self.check_what_the_vault_allows(&vault).is_ok() {
            vault
        } else {
            let Some(vault) = readable(client.backup_vault(id, deadline).await)? else { return Ok(None) };
            self.check_what_the_vault_allows(&vault).map_err(|(argument, text)| RestoreError::wrong(argument, text))?;
            vault
        };
        self.jobs.learn(&vault);
        Ok(Some(vault))
    }
}

fn readable(vault: Result<BackupVault, ArmError>) -> Result<Option<BackupVault>, RestoreError> {
    match vault {
        Ok(vault) => Ok(Some(vault)),
        Err(error) if error.status() == Some(403) => {
            tracing::info!(%error, "the vault cannot be read; what it allows is left to Azure's validation");
            Ok(None)
        }
        Err(error) => Err(RestoreError::from(error)),
    }
}

/// How far a request is that makes a job; the name of its job once it has ended.
async fn operation_of(
    client: &DataProtection,
    instance: &BackupInstanceId,
    operation: &AcceptedOperation,
    deadline: &Deadline,
) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError> {
    let vault = instance.vault();
    let status = client.operation(vault, operation, deadline).await?;
    // The status need not name the job; the result does. If it cannot be read, the job list is next.
    let seen = match &operation.result_url {
        Some(_) => or_result(status, client.operation_result(vault, operation, deadline)).await,
        None => status,
    };
    Ok(seen.map(|ended| ended.map(|job| job.map(|job| job.name().to_owned()))))
}

/// That the instance which `argument` names is not there, in sentences.
fn no_instance(instance: &BackupInstanceId, argument: &ArgumentPath) -> String {
    format!(
        "The backup instance {:?} does not exist in vault {:?}. Check `{argument}`: the data source \
         `azurebackup_backup_instances` lists those of a vault.",
        instance.name(),
        instance.vault().name()
    )
}

#[async_trait]
impl RestoreService for BackupVaultRestore {
    type Request = RestoreRequest;
    type Operation = AcceptedOperation;

    fn jobs(&self) -> &dyn JobReader {
        &self.jobs
    }

    fn subject(&self, _: &BTreeMap<String, String>) -> String {
        let WorkloadNames { things, source, .. } = self.names;
        match self.cache.data_source.get() {
            Some((_, name)) => format!("{things} of {source} {name:?}"),
            None => format!("{things} of backup instance {:?}", self.instance.name()),
        }
    }

    fn workload(&self) -> Option<WorkloadNames> {
        Some(self.names)
    }

    fn item(&self) -> RestoreItem {
        RestoreItem { id: self.instance.to_string(), argument: "backup_instance_id".into() }
    }

    fn target(&self) -> String {
        let source = || self.cache.data_source.get().map(|(id, _)| id.clone());
        let destination = self.destination.as_ref().map(|destination| destination.name.clone());
        destination.or_else(source).unwrap_or_else(|| self.instance.to_string())
    }

    async fn resolve(
        &self,
        deadline: &Deadline,
        now: OffsetDateTime,
    ) -> Result<Resolved<RestoreRequest>, RestoreError> {
        // With both regions given, the restore must not need that of the vault.
        let blind = matches!(self.jobs.region(), Region::Secondary { source: Some(_), location: Some(_) });
        let (instance, vault) = if blind {
            (None, None)
        } else {
            (Some(self.read_instance(deadline).await?), self.permitting_vault(deadline).await?)
        };
        let source = instance.as_ref().and_then(|instance| instance.data_source.as_ref());
        // A Backup vault protects what lies in its own region.
        let secondary = self.jobs.secondary(deadline).await?.map(|secondary| secondary.location);
        let location = self.restore_location.clone().or(secondary).or(vault.and_then(|vault| vault.location));
        let location = location.or_else(|| source.and_then(Datasource::location)).ok_or_else(|| {
            RestoreError::wrong("restore_location", "Azure does not say where the vault is; set `restore_location`.")
        })?;
        let (chosen, time) = self.chosen(deadline, now).await?;
        let request = (self.build)(&RequestContext { source, location: &location, chosen: &chosen })?;
        let recovery_point_id = match chosen {
            ResolvedPoint::Point { id, .. } => Some(id),
            ResolvedPoint::Instant(_) => None,
        };
        Ok(Resolved { request, recovery_point_id, recovery_point_time: time })
    }

    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted> {
        self.client().client().admit_write(&self.instance.to_string(), deadline).await
    }

    async fn send(
        &self,
        request: &RestoreRequest,
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<AcceptedOperation>, WriteError> {
        let (client, instance, id) = (self.client(), &self.instance, id.uuid());
        let secondary = self.jobs.secondary(deadline).await;
        let begun = match secondary.map_err(|error| WriteError::NotAccepted { error, retry_after: None })? {
            Some(region) => client.trigger_cross_region_restore(&region, instance, request, id, deadline, wait).await?,
            None => client.trigger_restore(instance, request, id, deadline, wait).await?,
        };
        Ok(Accepted::from(begun.map(|job| job.map(|job| job.name().to_owned()))))
    }

    async fn operation(
        &self,
        deadline: &Deadline,
        operation: &AcceptedOperation,
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError> {
        operation_of(self.client(), &self.instance, operation, deadline).await
    }

    fn validation(&self) -> Option<&dyn Validation<RestoreRequest>> {
        Some(self)
    }

    fn warnings(&self) -> Vec<UserMessage> {
        let is_physical = self.cache.is_physical.get().copied().unwrap_or_default();
        let warning = || {
            UserMessage::new("What is restored is a physical backup, not a set of dump files")
                .say(format!(
                    "Azure says that backup instance {:?} has physical backup (`backupSolutionType`). `pg_restore` \
                     and `psql` do not read its files.",
                    self.instance.name()
                ))
                .say("See Microsoft's documentation for how to make a server of them.")
                .on(self.item().argument)
        };
        is_physical.then(warning).into_iter().collect()
    }

    fn advice(&self, rejection: &AzureError) -> Option<String> {
        self.advice_from_the_vault(rejection)
    }

    async fn diagnose_list_failure(&self, deadline: &Deadline) -> Option<(ArgumentPath, String)> {
        match self.jobs.region() {
            Region::Primary | Region::Secondary { location: Some(_), source: Some(_) } => None,
            Region::Secondary { .. } => match readable(
                self.client().backup_vault(self.instance.vault(), deadline).await,
            )
            .ok()?
            {
                Some(vault) => self.check_what_the_vault_allows(&vault).err(),
                None => Some((
                    "secondary_region".into(),
                    "Its regions are read from the vault, which may not be read; or name both: `source_region` and \
                     `restore_location`."
                        .to_owned(),
                )),
            },
        }
    }
}

#[async_trait]
impl Validation<RestoreRequest> for BackupVaultRestore {
    async fn validate(&self, deadline: &Deadline, request: &RestoreRequest) -> Result<(), RestoreError> {
        let (client, vault) = (self.client(), self.instance.vault());
        let begun = match self.jobs.secondary(deadline).await? {
            Some(region) => client.validate_cross_region_restore(&region, &self.instance, request, deadline).await?,
            None => client.validate_for_restore(&self.instance, request, deadline).await?,
        };
        let operation = match begun {
            JobOperationStart::Done(_) => return Ok(()),
            JobOperationStart::Accepted(operation) => operation,
        };
        let (client, operation) = (&client, &operation);
        let poll = |window: Deadline| async move { client.operation(vault, operation, &window).await };
        self.polling.follow_validation(deadline, operation.retry_after, poll).await
    }
}

#[cfg(test)]
mod tests;

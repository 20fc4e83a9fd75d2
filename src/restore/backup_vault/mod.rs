//! Restores from a Backup vault (Microsoft.DataProtection), whatever the workload, from the vault itself or from its copy
//! in the secondary region. Nothing of a single workload may enter, and no attribute of Terraform but by its name.

mod choice;
mod job;
mod vault;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio::sync::OnceCell;

pub use self::choice::{Chosen, RANGES_REACH_BACK, Selection, candidate};
pub use self::job::job;
pub use crate::restore::destination::Destination;
pub use crate::restore::workload::Words;

use self::choice::{choose_point, no_range, outside};
use crate::azure::client::AnswerWait;
use crate::azure::data_protection::{
    BackupInstance, BackupInstanceId, BackupJobId, BackupVault, BackupVaultId, Begun, DataProtection, DataStore,
    Datasource, RecoveryPoint, RestorableTimeRange, RestoreRequest, SecondaryRegion,
};
use crate::azure::error::{ArmError, AzureError, PostError};
use crate::azure::limiter::Permit;
use crate::azure::operation::AcceptedOperation;
use crate::azure::patience::{Ended, Patience};
use crate::azure::poll::{self, PollError, Rhythm, Sighting};
use crate::azure::random::Random;
use crate::azure::resource_id::{Location, ResourceId};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::facts::{Job, shown};
use crate::restore::intent::ClientRequestId;
use crate::restore::service::{Accepted, JobList, Resolved, RestoreService};
use crate::restore::setback::Setback;

/// In an import, separates the id of a job from the region that it restores in. No ARM id holds a question mark.
pub const IMPORTED_FROM: &str = "?secondary_region=";

/// Of anything in Azure Resource Manager.
const LONGEST_NAME: usize = 260;

/// Which copy of the vault is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Region {
    /// The vault itself.
    Primary,
    /// The one in its secondary region.
    Secondary {
        /// Where that is, if it is given; else the vault says it.
        location: Option<Location>,
        /// The region of the vault, if it is given. With both given nothing is read there, since it may be down.
        source: Option<Location>,
    },
}

impl Region {
    /// Names the list of the jobs that read this copy. A region that is given may be a wrong one, whose list is not that
    /// of the others.
    fn job_list(&self, vault: &BackupVaultId) -> String {
        let given = |region: &Option<Location>| region.as_ref().map(Location::normalized).unwrap_or_default();
        match self {
            Self::Primary => vault.to_string(),
            Self::Secondary { location, source } => {
                format!("{vault} in its secondary region {:?} as one of {:?}", given(location), given(source))
            }
        }
    }
}

/// What a request body needs to know of Azure.
#[derive(Clone, Debug)]
pub struct Basis<'a> {
    /// The protected resource; none if Azure does not say, or was not asked because its region may be down.
    pub source: Option<&'a Datasource>,
    /// Where to restore.
    pub location: &'a Location,
    /// What was chosen.
    pub chosen: &'a Chosen,
}

/// Builds the request body of one workload.
pub type BuildRequest = dyn Fn(&Basis<'_>) -> Result<RestoreRequest, Setback> + Send + Sync;

/// A restore of one backup instance.
pub struct BackupVaultRestore {
    /// The service.
    pub client: DataProtection,
    /// Between two looks at a validation.
    pub rhythm: Rhythm,
    /// The first look at a validation comes after this long at the latest.
    pub first_look: Duration,
    /// Jitter of those looks.
    pub random: Arc<dyn Random>,
    /// The protected item.
    pub instance: BackupInstanceId,
    /// What to restore from; none where only jobs are read (an import knows no more).
    pub selection: Option<Selection>,
    /// The argument that chooses the point, for errors.
    pub point_argument: ArgumentPath,
    /// How sentences name the workload.
    pub words: Words,
    /// Which copy of the vault is read.
    pub region: Region,
    /// The region to restore in; none: that of the vault.
    pub restore_location: Option<Location>,
    /// The user-assigned identity that restores; none: the vault's own.
    pub identity: Option<ResourceId>,
    /// What is written to; none: the protected resource.
    pub destination: Option<Destination>,
    /// The body.
    pub build: Box<BuildRequest>,
    /// What was learned of Azure on the way.
    pub learned: Learned,
}

/// What a restore has learned and need not ask for again.
#[derive(Debug, Default)]
pub struct Learned {
    /// Id and name of the protected resource.
    data_source: OnceLock<(String, String)>,
    /// The vault, if its regions were asked for.
    vault: OnceCell<BackupVault>,
}

impl BackupVaultRestore {
    async fn chosen(
        &self,
        patience: &Patience,
        now: OffsetDateTime,
    ) -> Result<(Chosen, Option<OffsetDateTime>), Setback> {
        match self
            .selection
            .as_ref()
            .ok_or_else(|| Setback::wrong(self.point_argument.clone(), "No point is chosen."))?
        {
            Selection::Instant(at) => {
                let ranges = self.ranges(patience, now).await?;
                if ranges.iter().any(|range| range.contains(*at)) {
                    Ok((Chosen::Instant(*at), Some(*at)))
                } else {
                    Err(Setback::wrong(self.point_argument.clone(), outside(*at, &ranges)))
                }
            }
            Selection::LatestInstant => {
                let ranges = self.ranges(patience, now).await?;
                let latest = ranges.iter().map(|range| range.end).max();
                let latest = latest.ok_or_else(|| Setback::wrong(self.point_argument.clone(), no_range()))?;
                Ok((Chosen::Instant(latest), Some(latest)))
            }
            Selection::Point { choice, data_store, allow_partial, rehydration } => {
                let points = self.points(patience).await?;
                choose_point(&points, choice, *data_store, *allow_partial, *rehydration, now)
                    .map_err(|reason| Setback::wrong(self.point_argument.clone(), reason))
            }
        }
    }

    async fn ranges(&self, patience: &Patience, now: OffsetDateTime) -> Result<Vec<RestorableTimeRange>, Setback> {
        let start = now - RANGES_REACH_BACK;
        Ok(self
            .client
            .restorable_time_ranges(&self.instance, DataStore::OperationalStore, start, now, patience)
            .await?)
    }

    async fn points(&self, patience: &Patience) -> Result<Vec<RecoveryPoint>, Setback> {
        Ok(match self.secondary(patience).await? {
            Some(region) => self.client.secondary_recovery_points(&region, &self.instance, patience).await?,
            None => self.client.recovery_points(&self.instance, None, None, patience).await?,
        })
    }

    /// The copy that is read, if it is not the vault itself.
    async fn secondary(&self, patience: &Patience) -> Result<Option<SecondaryRegion>, ArmError> {
        let Region::Secondary { location, source } = &self.region else { return Ok(None) };
        let id = self.instance.vault();
        let (source_region, location) = match (source, location) {
            (Some(source), Some(location)) => (source.clone(), location.clone()),
            _ => {
                let vault = self.learned.vault.get_or_try_init(|| self.client.backup_vault(id, patience)).await?;
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

    async fn read_instance(&self, patience: &Patience) -> Result<BackupInstance, Setback> {
        let instance = self.client.backup_instance(&self.instance, patience).await.map_err(|error| {
            if error.is_not_found() {
                let text = format!("There is no backup instance {}.", self.instance);
                Setback::Missing { argument: self.item_argument(), text, error: Box::new(error) }
            } else {
                Setback::from(error)
            }
        })?;
        let Words { things, source: kind_of_source, datasource_type } = self.words;
        let Some(source) = &instance.data_source else {
            let text = format!("Azure does not say which {kind_of_source} this backup instance protects.");
            return Err(Setback::wrong(self.item_argument(), text));
        };
        let name = source.resource_name.clone().unwrap_or_else(|| source.resource_id.clone());
        // The first answer stays: the subject must not change its name half way.
        let _ = self.learned.data_source.set((source.resource_id.clone(), name));
        if let Some(kind) = source.datasource_type.as_deref()
            && !kind.eq_ignore_ascii_case(datasource_type)
        {
            let text =
                format!("The backup instance protects {kind}, not {things} of {kind_of_source}s ({datasource_type}).");
            return Err(Setback::wrong(self.item_argument(), text));
        }
        Ok(instance)
    }

    /// The vault; none if the caller may not read it, since restoring needs no right to.
    async fn read_vault(&self, patience: &Patience) -> Result<Option<BackupVault>, Setback> {
        match self.client.backup_vault(self.instance.vault(), patience).await {
            Ok(vault) => {
                // Fails only if it is known already.
                let _ = self.learned.vault.set(vault.clone());
                Ok(Some(vault))
            }
            Err(error) if error.status() == Some(403) => {
                tracing::info!(%error, "the vault cannot be read; what it allows is left to Azure's validation");
                Ok(None)
            }
            Err(error) => Err(Setback::from(error)),
        }
    }
}

#[async_trait]
impl RestoreService for BackupVaultRestore {
    type Request = RestoreRequest;
    type Operation = AcceptedOperation;

    fn subject(&self) -> String {
        let Words { things, source, .. } = self.words;
        match self.learned.data_source.get() {
            Some((_, name)) => format!("{things} of {source} {name:?}"),
            None => format!("{things} of backup instance {:?}", self.instance.name()),
        }
    }

    fn item_id(&self) -> String {
        self.instance.to_string()
    }

    fn job_list(&self) -> String {
        self.region.job_list(self.instance.vault())
    }

    fn looks_are_writes(&self) -> bool {
        self.region != Region::Primary
    }

    fn import_id(&self, job_id: &str) -> String {
        match &self.region {
            Region::Primary => job_id.to_owned(),
            Region::Secondary { location, .. } => {
                let learned = self.learned.vault.get().and_then(BackupVault::secondary_region);
                let region = location.as_ref().or(learned).map_or_else(|| "<region>".to_owned(), Location::normalized);
                format!("{job_id}{IMPORTED_FROM}{region}")
            }
        }
    }

    fn item_argument(&self) -> ArgumentPath {
        "backup_instance_id".into()
    }

    fn target(&self) -> String {
        let source = || self.learned.data_source.get().map(|(id, _)| id.clone());
        let destination = self.destination.as_ref().map(|destination| destination.name.clone());
        destination.or_else(source).unwrap_or_else(|| self.item_id())
    }

    async fn resolve(&self, patience: &Patience, now: OffsetDateTime) -> Result<Resolved<RestoreRequest>, Setback> {
        // With both regions given, the restore must not need that of the vault.
        let blind = matches!(&self.region, Region::Secondary { source: Some(_), location: Some(_) });
        let (instance, vault) = if blind {
            (None, None)
        } else {
            (Some(self.read_instance(patience).await?), self.read_vault(patience).await?)
        };
        if let Some(vault) = &vault {
            self.check_what_the_vault_allows(vault).map_err(|(argument, text)| Setback::wrong(argument, text))?;
        }
        let source = instance.as_ref().and_then(|instance| instance.data_source.as_ref());
        // A Backup vault protects what lies in its own region.
        let secondary = self.secondary(patience).await?.map(|secondary| secondary.location);
        let location = self.restore_location.clone().or(secondary).or(vault.and_then(|vault| vault.location));
        let location = location.or_else(|| source.and_then(Datasource::location)).ok_or_else(|| {
            Setback::wrong("restore_location", "Azure does not say where the vault is; set `restore_location`.")
        })?;
        let (chosen, time) = self.chosen(patience, now).await?;
        let request = (self.build)(&Basis { source, location: &location, chosen: &chosen })?;
        let recovery_point_id = match chosen {
            Chosen::Point { id, .. } => Some(id),
            Chosen::Instant(_) => None,
        };
        Ok(Resolved { request, recovery_point_id, recovery_point_time: time })
    }

    async fn validate(&self, patience: &Patience, request: &RestoreRequest) -> Result<(), Setback> {
        let begun = match self.secondary(patience).await? {
            Some(region) => {
                self.client.validate_cross_region_restore(&region, &self.instance, request, patience).await?
            }
            None => self.client.validate_for_restore(&self.instance, request, patience).await?,
        };
        let operation = match begun {
            Begun::Done(_) => return Ok(()),
            Begun::Accepted(operation) => operation,
        };
        let first = operation.retry_after.map_or(self.first_look, |suggested| suggested.min(self.first_look));
        let ended = poll::follow(patience, self.rhythm, self.random.as_ref(), first, || {
            self.client.operation(self.instance.vault(), &operation, patience)
        })
        .await;
        match ended {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(no)) => Err(Setback::No(no)),
            Err(PollError::Ended { ended, last_trouble, .. }) => Err(Setback::Ended { ended, last: last_trouble }),
            Err(PollError::Failed(error)) => Err(Setback::from(error)),
        }
    }

    async fn admit(&self, patience: &Patience) -> Result<Permit, Ended> {
        self.client.client().admit_write(&self.item_id(), patience).await
    }

    async fn trigger(
        &self,
        request: &RestoreRequest,
        id: ClientRequestId,
        patience: &Patience,
        wait: AnswerWait,
    ) -> Result<Accepted<AcceptedOperation>, PostError> {
        let (client, instance, id) = (&self.client, &self.instance, id.uuid());
        let secondary = self.secondary(patience).await;
        let begun = match secondary.map_err(|error| PostError::NotAccepted { error, retry_after: None })? {
            Some(region) => client.trigger_cross_region_restore(&region, instance, request, id, patience, wait).await?,
            None => client.trigger_restore(instance, request, id, patience, wait).await?,
        };
        match begun {
            Begun::Accepted(operation) => {
                let retry_after = operation.retry_after;
                Ok(Accepted::Operation { operation, retry_after })
            }
            Begun::Done(job) => Ok(Accepted::Done(job.map(|job| job.name().to_owned()))),
        }
    }

    async fn operation(
        &self,
        patience: &Patience,
        operation: &AcceptedOperation,
    ) -> Result<Sighting<Result<Option<String>, Box<AzureError>>>, ArmError> {
        let vault = self.instance.vault();
        let mut sighting = self.client.operation(vault, operation, patience).await?;
        if matches!(sighting, Sighting::Finished(Ok(None))) && operation.result_url.is_some() {
            // The status need not name the job; the result does. If it cannot be read, the job list is next.
            sighting = self.client.operation_result(vault, operation, patience).await.unwrap_or(sighting);
        }
        Ok(sighting.map(|ended| ended.map(|job| job.map(|job| job.name().to_owned()))))
    }

    async fn jobs(&self, patience: &Patience) -> Result<JobList, ArmError> {
        let listed = match self.secondary(patience).await? {
            Some(region) => self.client.cross_region_jobs(&region, patience).await?,
            None => self.client.jobs(self.instance.vault(), patience).await?,
        };
        Ok(JobList { jobs: listed.elements.iter().map(self::job).collect(), requests: listed.requests })
    }

    async fn obstacle(&self, patience: &Patience) -> Option<(ArgumentPath, String)> {
        match &self.region {
            Region::Primary | Region::Secondary { location: Some(_), source: Some(_) } => None,
            Region::Secondary { .. } => match self.read_vault(patience).await.ok()? {
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

    async fn job(&self, patience: &Patience, name: &str) -> Result<Job, ArmError> {
        // The name may come out of a state file that somebody has edited.
        let no_name = |why: String| {
            let reason = format!("{:?} is no name of a job: {why}; nothing was sent", shown(name));
            ArmError::Unreadable { request: format!("GET {}/backupJobs", self.instance.vault()), reason }
        };
        if name.contains('/') || name.len() > LONGEST_NAME {
            return Err(no_name(format!("a name has no \"/\" and at most {LONGEST_NAME} bytes")));
        }
        let id: BackupJobId = self.instance.vault().job(name).map_err(|error| no_name(error.to_string()))?;
        let job = match self.secondary(patience).await? {
            Some(region) => self.client.cross_region_job(&region, &id, patience).await?,
            None => self.client.job(&id, patience).await?,
        };
        Ok(self::job(&job))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_restores_that_read_one_list_share_it() {
        let vault = BackupVaultId::new("s", "g", "v").unwrap();
        let list = |location: Option<&str>, source: Option<&str>| {
            let region = |region: Option<&str>| region.map(Location::new);
            Region::Secondary { location: region(location), source: region(source) }.job_list(&vault)
        };
        assert_eq!(list(Some("North Europe"), None), list(Some("northeurope"), None));
        assert_ne!(list(Some("northeurope"), None), list(Some("eastus"), None));
        assert_ne!(list(Some("northeurope"), Some("westeurope")), list(Some("northeurope"), Some("westus")));
        assert_ne!(list(None, None), Region::Primary.job_list(&vault));
    }
}

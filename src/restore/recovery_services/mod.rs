//! Restores from a Recovery Services vault (Microsoft.RecoveryServices), whatever is protected. Nothing of a single kind of
//! item may enter, and no attribute of Terraform but by its name. Restores are from the vault itself or from its copy in the
//! secondary region; with the latter nothing is read in the region of the vault, which may be down.

mod access;
mod backup;
mod cancellation;
mod choice;
mod databases;
mod job;
mod jobs;
mod point_disks;
mod points;
mod target_share;
mod validation;
mod vault;
mod vault_copy;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use async_trait::async_trait;
use time::OffsetDateTime;

pub use self::backup::{ItemBackup, ItemBackupCache, source_name, workload_named};
pub use self::choice::{ArchivedPoints, ItemPointSelector, ItemSelection, PointNeed};
pub use self::databases::{DatabaseFacts, DatabaseTarget, FilePlacement};
pub use self::job::{SkippedFiles, job, skipped};
pub use self::jobs::RecoveryServicesJobs;
pub use self::point_disks::DiskCheck;
pub use self::points::{point_taken_at, points_between};
pub use self::target_share::TargetShareCheck;
pub use self::vault_copy::VaultCopy;

use self::access::HeldAccess;
use self::cancellation::LastSeen;
use self::choice::{EmptyWindows, in_secondary_region};
use self::databases::FoundTarget;
use crate::azure::client::ResponseTimeout;
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::limiter::Permit;
use crate::azure::operation::AcceptedOperation;
use crate::azure::poll::PollResult;
use crate::azure::recovery_services::{
    BackupManagementType, DatabaseFile, Filter, ItemRecoveryPoint, ItemRestoreRequest, ProtectedItem, ProtectedItemId,
    RANGES_OF_LOGS, RecoveryServices, SecondaryVault, ThreatStatus, WorkloadType,
};
use crate::azure::resource_id::{Location, ResourceId};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::destination::Destination;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::JobReader;
use crate::restore::operation::OperationPolling;
use crate::restore::point::{Candidate, PointCriterion, choose};
use crate::restore::record::RestoredFile;
use crate::restore::service::{Accepted, Destruction, Resolved, RestoreItem, RestoreService, Validation};
use crate::restore::workload::WorkloadNames;

/// What a request body needs to know of Azure.
#[derive(Clone, Copy, Debug)]
pub struct ItemRequestContext<'a> {
    /// The storage account or virtual machine that is protected.
    pub source: &'a ResourceId,
    /// The name of the point.
    pub point: &'a str,
    /// Whether the point must be fetched from the archive first.
    pub needs_rehydration: bool,
    /// The region to restore in; none if it was not asked for.
    pub region: Option<&'a Location>,
    /// Whether that is the secondary region of the vault.
    pub is_secondary: bool,
    /// What only databases have.
    pub database: DatabaseFacts<'a>,
}

/// Builds the request body of one kind of item.
pub type BuildItemRequest = dyn Fn(ItemRequestContext<'_>) -> Result<ItemRestoreRequest, RestoreError> + Send + Sync;

/// Where an item was.
#[derive(Clone, Copy, Debug)]
pub struct OriginalLocation<'a> {
    /// The protected item.
    pub item: &'a ProtectedItemId,
    /// ARM id of what is protected.
    pub source: &'a str,
    /// The item's name for people.
    pub name: &'a str,
    /// The instance or system of a database; none of other items, or where Azure does not say.
    pub parent: Option<&'a str>,
}

/// Names where an item was, as a [`Destination`] would name it.
pub type OriginalDestination = dyn Fn(OriginalLocation<'_>) -> String + Send + Sync;

/// A body, and the point in whose name it is sent.
#[derive(Clone, Debug)]
pub struct PointRequest {
    point: String,
    body: ItemRestoreRequest,
}

/// A restore of one protected item.
pub struct RecoveryServicesRestore {
    /// The service.
    pub client: RecoveryServices,
    /// The vault, and which copy of it is read.
    pub jobs: RecoveryServicesJobs,
    /// How a cancellation is waited for.
    pub polling: OperationPolling,
    /// The protected item.
    pub item: ProtectedItemId,
    /// The argument that names it.
    pub item_argument: ArgumentPath,
    /// What to restore from; none where only jobs are read (an import knows no more).
    pub selection: Option<ItemSelection>,
    /// The argument that chooses the point, for errors.
    pub point_argument: ArgumentPath,
    /// The argument that names an instant, for errors.
    pub instant_argument: ArgumentPath,
    /// How messages name what is restored; its last member is the service's word for the kind of item.
    pub names: WorkloadNames,
    /// Which of the vault's worlds the item belongs to.
    pub management_type: BackupManagementType,
    /// The resource whose id names such an item, for errors; none: no resource is one.
    pub item_resource: Option<&'static str>,
    /// What the vault and Azure are asked before such an item is restored.
    pub support: ItemSupport,
    /// What is written to; none: where the item was.
    pub destination: Option<Destination>,
    /// Names where the item was.
    pub original_destination: Box<OriginalDestination>,
    /// The file share that is restored into, to be looked at before anything is sent; none: there is none to look at.
    pub target_share: Option<TargetShareCheck>,
    /// Where a database or its files go, to be looked at before anything is sent; none: where it was, or it is no database.
    pub database_target: Option<DatabaseTarget>,
    /// Disks that are chosen, to be looked for in the point; none: none is chosen.
    pub disks: Option<DiskCheck>,
    /// The user-assigned identity that restores, with the argument that names it: it must be attached to the vault.
    pub identity: Option<(ArgumentPath, ResourceId)>,
    /// Whether a destroy cancels a restore that runs.
    pub cancel_on_destroy: bool,
    /// Makes the body of the request, once the point is chosen.
    pub build: Box<BuildItemRequest>,
    /// What has been read so far.
    pub cache: ItemCache,
}

/// What Azure offers and wants for one kind of item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemSupport {
    /// It checks a restore that is not begun yet.
    pub validation: bool,
    /// A request names the region of the vault, so the vault is read, and what it forbids is told.
    pub region: bool,
    /// There may be log backups, which reach later than the newest point.
    pub logs: bool,
}

/// A point that was chosen.
struct ChosenPoint {
    /// As the URL names it.
    name: String,
    time: Option<OffsetDateTime>,
    needs_rehydration: bool,
    /// Of log backups, the instant.
    instant: Option<OffsetDateTime>,
    /// Files of a database, where they are known already.
    files: Vec<DatabaseFile>,
}

/// What a restore has read of its item and need not read again. Empty at first.
#[derive(Debug, Default)]
pub struct ItemCache {
    /// What is protected.
    source: OnceLock<ProtectedSource>,
    /// What the scan for malware says of the point that was chosen, if that is worth a warning.
    suspicion: OnceLock<String>,
    /// That log backups reach later than the point that was chosen.
    later_logs: OnceLock<String>,
    /// That nobody says which files a database has.
    unlisted_files: OnceLock<String>,
    /// Where the files of a database go.
    restored_files: OnceLock<Vec<RestoredFile>>,
    /// Azure's leave to restore in the secondary region.
    access: HeldAccess,
    /// What was last seen of the job that is cancelled.
    cancelled: LastSeen,
}

#[derive(Debug)]
struct ProtectedSource {
    /// Its ARM id.
    id: String,
    /// Its name for people.
    name: String,
    /// The instance or system of a database.
    parent: Option<String>,
}

impl RecoveryServicesRestore {
    fn client(&self) -> &RecoveryServices {
        &self.client
    }

    /// The copy of the vault that is restored from, if it is that in the secondary region.
    fn secondary(&self) -> Option<&SecondaryVault> {
        self.jobs.copy().secondary()
    }

    /// The item as the secondary region knows it. There is a list of items only.
    async fn item_in_copy(&self, copy: &SecondaryVault, deadline: &Deadline) -> Result<ProtectedItem, RestoreError> {
        let filter = Filter::new().eq("backupManagementType", self.management_type.as_str());
        let items = copy.protected_items(&filter, deadline).await?;
        items.into_iter().find(|item| item.id == self.item).ok_or_else(|| {
            let text = format!(
                "The secondary region {:?} of vault {:?} has no protected item {}. New items arrive there with a \
                 delay. Check `restore_location`, which must be the secondary region, and whether cross-region restore \
                 is enabled on the vault. To see what is there, set `secondary_region = true` in the data source \
                 `azurebackup_protected_items`.",
                copy.location().as_str(),
                copy.vault().name(),
                self.item,
            );
            RestoreError::wrong(self.item_argument.clone(), text)
        })
    }

    async fn read_item(&self, deadline: &Deadline) -> Result<ProtectedItem, RestoreError> {
        let item = match self.secondary() {
            Some(copy) => self.item_in_copy(copy, deadline).await?,
            None => {
                item_in_vault(self.client(), &self.item, (&self.item_argument, self.item_resource), deadline).await?
            }
        };
        let WorkloadNames { things, source, datasource_type, .. } = self.names;
        if let Some(kind) = item.workload_type.as_deref()
            && !kind.eq_ignore_ascii_case(datasource_type)
        {
            let text = format!("The protected item is of kind {kind}, not {things} of a {source} ({datasource_type}).");
            return Err(RestoreError::wrong(self.item_argument.clone(), text));
        }
        if item.is_soft_deleted {
            let text = "The backups of this item have been deleted and are kept for some days only. Undelete the \
                        item in the vault first; then it can be restored.";
            return Err(RestoreError::wrong(self.item_argument.clone(), text));
        }
        if let Some(source) = &item.source_resource_id {
            let name =
                item.friendly_name.clone().unwrap_or_else(|| self.item.resource_id().decoded_name().into_owned());
            // The first answer stays: messages must not change the name of the subject half way.
            let own = ProtectedSource { id: source.clone(), name, parent: item.parent_name.clone() };
            let _ = self.cache.source.set(own);
        }
        Ok(item)
    }

    async fn chosen(
        &self,
        selection: &ItemPointSelector,
        last_point: Option<OffsetDateTime>,
        deadline: &Deadline,
        now: OffsetDateTime,
    ) -> Result<ChosenPoint, RestoreError> {
        let wrong = |reason: String| {
            let reason = match self.secondary() {
                Some(copy) => in_secondary_region(&reason, copy.location()),
                None => reason,
            };
            RestoreError::wrong(self.point_argument.clone(), reason)
        };
        let named = match &selection.choice.which {
            PointCriterion::Id(name) => self.named(name, deadline).await?,
            PointCriterion::Latest | PointCriterion::AtOrBefore(_) => None,
        };
        let points = match named {
            Some(point) => vec![point],
            // If an id is not there, the message names those that are.
            None => self.listed(selection, last_point, deadline, now).await?,
        };
        let candidates: Vec<Candidate> =
            points.iter().map(|point| selection.candidate(&self.item, point, now)).collect();
        let chosen = choose(&candidates, &selection.choice, now).map_err(wrong)?;
        let point = points.iter().find(|point| point.name == chosen.id);
        if let Some(point) = point
            && let Some(status) = &point.threat_status
        {
            tracing::info!(recovery_point = chosen.id, threat_status = status.as_str(), "chose a recovery point");
            if matches!(status, ThreatStatus::UnHealthy | ThreatStatus::Warning) {
                let titles: Vec<&str> = point.threats.iter().filter_map(|threat| threat.title.as_deref()).collect();
                let found =
                    if titles.is_empty() { String::new() } else { format!(" It found: {}.", titles.join(", ")) };
                let text = format!(
                    "Microsoft's scan calls recovery point {} {}.{found} Check the restored data before you use it.",
                    chosen.id,
                    status.as_str()
                );
                // The first choice stays.
                let _ = self.cache.suspicion.set(text);
            }
        }
        if self.support.logs
            && selection.choice.which == PointCriterion::Latest
            && let Some(text) = self.later_logs(chosen.time, deadline).await
        {
            let _ = self.cache.later_logs.set(text);
        }
        Ok(ChosenPoint {
            name: chosen.id.clone(),
            time: chosen.time,
            needs_rehydration: point.is_some_and(ItemRecoveryPoint::needs_rehydration),
            instant: None,
            files: point.map(|point| point.database_files.clone()).unwrap_or_default(),
        })
    }

    /// The instant to restore, out of log backups; none: the newest.
    async fn chosen_instant(
        &self,
        at: Option<OffsetDateTime>,
        deadline: &Deadline,
    ) -> Result<ChosenPoint, RestoreError> {
        let (at, files) = self.covered_instant(at, deadline).await?;
        Ok(ChosenPoint {
            name: RANGES_OF_LOGS.to_owned(),
            time: Some(at),
            needs_rehydration: false,
            instant: Some(at),
            files,
        })
    }

    /// The point of this name; none if there is none.
    async fn named(&self, name: &str, deadline: &Deadline) -> Result<Option<ItemRecoveryPoint>, RestoreError> {
        match self.jobs.copy().recovery_point(&self.item, name, deadline).await {
            Ok(point) => Ok(Some(point)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(RestoreError::from(error)),
        }
    }

    /// The points of the newest windows, up to the first that has one that can be restored.
    async fn listed(
        &self,
        selection: &ItemPointSelector,
        last_point: Option<OffsetDateTime>,
        deadline: &Deadline,
        now: OffsetDateTime,
    ) -> Result<Vec<ItemRecoveryPoint>, RestoreError> {
        let mut found = Vec::new();
        let mut empty = EmptyWindows::before(last_point);
        for (from, to) in selection.windows(now) {
            let points = self.jobs.copy().recovery_points(&self.item, from, to, deadline).await?;
            let over = empty.are_enough_with(&points, from);
            found.extend(points);
            let candidates: Vec<Candidate> =
                found.iter().map(|point| selection.candidate(&self.item, point, now)).collect();
            if over || choose(&candidates, &selection.choice, now).is_ok() {
                break;
            }
        }
        Ok(found)
    }

    /// The request that a resource guard wants to be named; none if there is no guard, or the caller may not see it.
    async fn guard_request(&self, deadline: &Deadline) -> Result<Option<String>, RestoreError> {
        // The links lie in the region of the vault, and that a restore across regions may name a request is said nowhere.
        if self.secondary().is_some() {
            return Ok(None);
        }
        match self.client().restore_guard_request(self.item.vault(), deadline).await {
            Ok(request) => Ok(request),
            Err(error) if matches!(error.status(), Some(403 | 404)) => {
                tracing::info!(%error, "whether a resource guard protects the vault cannot be read; Azure decides");
                Ok(None)
            }
            Err(error) => Err(RestoreError::from(error)),
        }
    }
}

/// An item of the kind that people call `source`: by the name that was `read` of it, else by the one that a job has told in its
/// `details`, else by what its id says.
fn item_for_people(
    item: &ProtectedItemId,
    source: &str,
    read: Option<&str>,
    details: &BTreeMap<String, String>,
) -> String {
    match read.or(details.get("entityFriendlyName").map(String::as_str)) {
        Some(name) => format!("{source} {name:?}"),
        None => unread_item(item, source),
    }
}

/// An item that was not read yet, of the kind that people call `source`. Its name is that of what is protected, or a hash that
/// says nothing to anybody but the vault (docs/reference/azure-recovery-services.md#names).
fn unread_item(item: &ProtectedItemId, source: &str) -> String {
    let name = item.resource_id().decoded_name();
    let container = item.container().resource_id().decoded_name();
    // That of a database may have the sign in it, and follows its kind and its instance.
    let last = match workload_named(item).and_then(WorkloadType::database_server) {
        Some(_) => name.splitn(3, ';').last().unwrap_or_default(),
        None => name.rsplit(';').next().unwrap_or_default(),
    };
    let is_hash = last.len() == 64 && last.bytes().all(|byte| byte.is_ascii_hexdigit());
    match container.rsplit(';').next() {
        Some(account) if is_hash => format!("the {source} with the protected item {name:?} in {account:?}"),
        _ if name.contains(';') => format!("{source} {last:?}"),
        _ => format!("the {source} with the protected item {name:?}"),
    }
}

/// Reads an item, which `argument` names; `resource` is the one whose id names such items.
async fn item_in_vault(
    client: &RecoveryServices,
    item: &ProtectedItemId,
    (argument, resource): (&ArgumentPath, Option<&str>),
    deadline: &Deadline,
) -> Result<ProtectedItem, RestoreError> {
    client.protected_item(item, deadline).await.map_err(|error| {
        if error.is_not_found() {
            let resource = resource.map(|resource| format!("take the `id` of `{resource}`, or "));
            let text = format!(
                "There is no protected item {:?} in vault {:?}. The names of items cannot be made up: {}look it up \
                 with the data source `azurebackup_protected_items`.",
                item.resource_id().decoded_name(),
                item.vault().name(),
                resource.unwrap_or_default()
            );
            RestoreError::Missing { argument: argument.clone(), text, error: Box::new(error) }
        } else {
            RestoreError::from(error)
        }
    })
}

#[async_trait]
impl RestoreService for RecoveryServicesRestore {
    type Request = PointRequest;
    type Operation = AcceptedOperation;

    fn jobs(&self) -> &dyn JobReader {
        &self.jobs
    }

    fn subject(&self, details: &BTreeMap<String, String>) -> String {
        let WorkloadNames { things, source, .. } = self.names;
        let read = self.cache.source.get().map(|found| found.name.as_str());
        format!("{things} of {}", item_for_people(&self.item, source, read, details))
    }

    fn workload(&self) -> Option<WorkloadNames> {
        Some(self.names)
    }

    fn item(&self) -> RestoreItem {
        RestoreItem { id: self.item.to_string(), argument: self.item_argument.clone() }
    }

    fn target(&self) -> String {
        match (&self.destination, self.cache.source.get()) {
            (Some(destination), _) => destination.name.clone(),
            (None, Some(ProtectedSource { id, name, parent })) => (self.original_destination)(OriginalLocation {
                item: &self.item,
                source: id,
                name,
                parent: parent.as_deref(),
            }),
            (None, None) => self.item.to_string(),
        }
    }

    async fn resolve(&self, deadline: &Deadline, now: OffsetDateTime) -> Result<Resolved<PointRequest>, RestoreError> {
        let selection = self.selection.as_ref();
        let selection =
            selection.ok_or_else(|| RestoreError::wrong(self.point_argument.clone(), "No point is chosen."))?;
        let item = self.read_item(deadline).await?;
        let source = item.source_resource_id.as_deref().and_then(|id| ResourceId::parse(id).ok());
        let source = source.ok_or_else(|| {
            let text = "Azure does not say what this item protects, so a restore of it cannot be asked for.";
            RestoreError::wrong(self.item_argument.clone(), text)
        })?;
        let region = match self.secondary() {
            Some(copy) => Some(copy.location().clone()),
            None if self.support.region => Some(self.permitted_region(deadline).await?),
            None => None,
        };
        // No point is newer than the last backup.
        let last_point = item.last_recovery_point.or(item.last_backup_time);
        let chosen = match selection {
            ItemSelection::Point(selector) => self.chosen(selector, last_point, deadline, now).await?,
            ItemSelection::Instant(at) => self.chosen_instant(Some(*at), deadline).await?,
            ItemSelection::LatestInstant => self.chosen_instant(None, deadline).await?,
        };
        let ChosenPoint { name: point, time, needs_rehydration, instant, files } = chosen;
        self.check_target(&item, deadline).await?;
        self.check_disks(&point, deadline).await?;
        let FoundTarget { machine, files } = self.find_database_target(&point, files, deadline, now).await?;
        let context = ItemRequestContext {
            source: &source,
            point: &point,
            needs_rehydration,
            region: region.as_ref(),
            is_secondary: self.secondary().is_some(),
            database: DatabaseFacts { instant, target_machine: machine.as_deref(), files: &files },
        };
        let mut body = (self.build)(context)?;
        let _ = self.cache.restored_files.set(files);
        if let Some(request) = self.guard_request(deadline).await? {
            body.ask_guard(request);
        }
        Ok(Resolved {
            request: PointRequest { point: point.clone(), body },
            // Log backups are no point of their own.
            recovery_point_id: instant.is_none().then_some(point),
            recovery_point_time: time,
        })
    }

    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted> {
        self.client().client().admit_write(&self.item.to_string(), deadline).await
    }

    async fn send(
        &self,
        request: &PointRequest,
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<AcceptedOperation>, WriteError> {
        let PointRequest { point, body } = request;
        let begun = match self.secondary() {
            Some(copy) => {
                let access = self.access(copy, point, deadline).await;
                let access = access.map_err(|error| WriteError::NotAccepted { error, retry_after: None })?;
                copy.trigger_restore(&access, body, id.uuid(), deadline, wait).await?
            }
            None => self.client().trigger_restore(&self.item, point, body, id.uuid(), deadline, wait).await?,
        };
        Ok(Accepted::from(begun.map(|job| job.map(|job| job.name().to_owned()))))
    }

    async fn operation(
        &self,
        deadline: &Deadline,
        operation: &AcceptedOperation,
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError> {
        let seen = match self.secondary() {
            Some(copy) => copy.operation(operation, deadline).await?,
            None => self.client().operation(self.item.vault(), operation, deadline).await?,
        };
        Ok(seen.map(|ended| ended.map(|job| job.map(|job| job.name().to_owned()))))
    }

    fn validation(&self) -> Option<&dyn Validation<PointRequest>> {
        let has_one = self.support.validation || self.secondary().is_some();
        has_one.then_some(self as &dyn Validation<PointRequest>)
    }

    fn restored_files(&self) -> Vec<RestoredFile> {
        self.cache.restored_files.get().cloned().unwrap_or_default()
    }

    async fn point_taken_at(&self, deadline: &Deadline, time: OffsetDateTime) -> Option<String> {
        match point_taken_at(self.jobs.copy(), &self.item, time, deadline).await {
            Ok(point) => point,
            Err(error) => {
                tracing::info!(%error, "which point was restored cannot be read");
                None
            }
        }
    }

    fn warnings(&self) -> Vec<UserMessage> {
        let found = [
            ("The recovery point may hold malware", self.cache.suspicion.get()),
            ("Log backups reach later than the restored recovery point", self.cache.later_logs.get()),
            ("Where the restored files go is not known", self.cache.unlisted_files.get()),
        ];
        let message = |(summary, text): (&str, Option<&String>)| {
            Some(UserMessage::new(summary).say(text?).on(self.point_argument.clone()))
        };
        found.into_iter().filter_map(message).collect()
    }

    async fn diagnose_list_failure(&self, deadline: &Deadline) -> Option<(ArgumentPath, String)> {
        match self.secondary() {
            Some(_) => self.forbidden_across_regions(deadline).await,
            None => None,
        }
    }

    fn destruction(&self) -> Option<&dyn Destruction> {
        self.cancel_on_destroy.then_some(self as &dyn Destruction)
    }
}

#[cfg(test)]
mod tests;

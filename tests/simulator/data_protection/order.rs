//! What a restore request asks for, read from a body of the right shape, and whether Azure would do it.

use std::collections::BTreeSet;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::clock::with_ticks;
use super::super::error::ServiceError;
use super::super::storage::StorageAccount;
use super::super::world::World;
use super::instances::{BLOBS, BackupInstance};
use super::jobs::Job;
use super::recovery_points::RecoveryPoint;

/// Containers or ranges in one restore: operational, vaulted.
const MOST_RANGES: usize = 10;
const MOST_CONTAINERS: usize = 100;

/// What a restore that may begin will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub store: String,
    pub recovery_point_id: Option<String>,
    /// As the job shows it.
    pub recovery_point_time: String,
    /// ARM id of the account restored to.
    pub destination: String,
    /// Containers that will be on the destination once the restore has completed.
    pub creates: BTreeSet<String>,
    pub to_original_location: bool,
}

impl Order {
    /// The whole account, or parts of it, back to an instant.
    pub fn point_in_time(account: &StorageAccount, at: OffsetDateTime) -> Self {
        Self {
            store: "OperationalStore".into(),
            recovery_point_id: None,
            recovery_point_time: with_ticks(at),
            destination: account.id(),
            creates: BTreeSet::new(),
            to_original_location: true,
        }
    }

    /// Containers out of the vault onto another account, by the names they get there.
    pub fn recovery_point(point: &RecoveryPoint, onto: &StorageAccount, creates: BTreeSet<String>) -> Self {
        Self {
            store: "VaultStore".into(),
            recovery_point_id: Some(point.id.clone()),
            recovery_point_time: with_ticks(point.time),
            destination: onto.id(),
            creates,
            to_original_location: false,
        }
    }
}

/// What else is going on that a restore may collide with.
pub struct Situation<'a> {
    pub world: &'a World,
    pub running: Vec<&'a Job>,
    pub now: OffsetDateTime,
}

impl Situation<'_> {
    /// The order that `body` gives for `instance`, or why Azure refuses it. The shape of the body has been checked.
    pub fn read(&self, instance: &BackupInstance, body: &Value) -> Result<Order, ServiceError> {
        if let Some(error) = &instance.always_invalid {
            return Err(error.clone());
        }
        let target = &body["restoreTargetInfo"];
        let source = &target["datasourceInfo"];
        let destination = text(source, "resourceID");
        // Files are for databases; another type of data source is another instance's.
        if !source.is_object() || source["datasourceType"].as_str().is_some_and(|own| !own.eq_ignore_ascii_case(BLOBS))
        {
            return Err(ServiceError::invalid_input());
        }
        let criteria = target["restoreCriteria"].as_array().map(Vec::as_slice);
        if is(body, "objectType", "AzureBackupRecoveryTimeBasedRestoreRequest") {
            self.operational(instance, body, destination, criteria)
        } else {
            self.vaulted(instance, body, destination, criteria)
        }
    }

    fn operational(
        &self,
        instance: &BackupInstance,
        body: &Value,
        destination: &str,
        criteria: Option<&[Value]>,
    ) -> Result<Order, ServiceError> {
        if !is(body, "sourceDataStoreType", "OperationalStore") || !instance.account.is(destination) {
            return Err(ServiceError::invalid_input());
        }
        let at = OffsetDateTime::parse(text(body, "recoveryPointTime"), &Rfc3339).ok();
        let Some(at) = at.filter(|at| instance.covers(*at, self.now)) else {
            return Err(ServiceError::new(
                "UserErrorInvalidRecoveryPointInTime",
                "The point in time selected for restore is not valid.",
            )
            .recommend("Select a point in time within the restorable time ranges of the backup instance."));
        };
        let Some(account) = self.world.storage_account(destination) else { return Err(no_such_account(destination)) };
        for range in criteria.unwrap_or_default() {
            if !is(range, "objectType", "RangeBasedItemLevelRestoreCriteria") {
                return Err(ServiceError::invalid_input());
            }
            let (from, to) = (text(range, "minMatchingValue"), text(range, "maxMatchingValue"));
            if !to.is_empty() && from >= to {
                return Err(ServiceError::new(
                    "UserErrorInvalidRestorePrefixRange",
                    "The blob range for restore is not valid.",
                )
                .recommend("Let every range begin before its end."));
            }
            let whole_container = to == format!("{from}-0");
            let container = from.split_once('/').map(|(container, _)| container).or(whole_container.then_some(from));
            if let Some(gone) = container.filter(|name| !account.containers.contains(*name)) {
                return Err(ServiceError::new(
                    "UserErrorContainerNotFoundForPointInTimeRestore",
                    &format!("Container {gone} was not found on the storage account."),
                )
                .recommend("A point in time restore cannot bring back a deleted container. Leave it out."));
            }
        }
        check_count(criteria, MOST_RANGES)?;
        let busy = |job: &&&Job| job.order.store == "OperationalStore" && account.is(&job.order.destination);
        if let Some(other) = self.running.iter().find(busy) {
            return Err(ServiceError::new(
                "UserErrorPitrRestoreInProgress",
                "Another point in time restore is in progress on the storage account.",
            )
            .recommend(&format!("Wait until job {} has ended, then try again.", other.id)));
        }
        Ok(Order::point_in_time(account, at))
    }

    fn vaulted(
        &self,
        instance: &BackupInstance,
        body: &Value,
        destination: &str,
        criteria: Option<&[Value]>,
    ) -> Result<Order, ServiceError> {
        let rehydrates = is(body, "objectType", "AzureBackupRestoreWithRehydrationRequest");
        let store = if is(body, "sourceDataStoreType", "ArchiveStore") { "ArchiveStore" } else { "VaultStore" };
        if !is(body, "sourceDataStoreType", store) {
            return Err(ServiceError::invalid_input());
        }
        let point = instance.find_recovery_point(text(body, "recoveryPointId"));
        let Some(point) = point.filter(|point| point.expiry.is_none_or(|expiry| expiry > self.now)) else {
            return Err(ServiceError::new("UserErrorRestorePointNotFound", "The restore point was not found.")
                .recommend("Select another restore point; if the backup is new, wait until its job has ended."));
        };
        if !rehydrates && !point.has_copy_in("VaultStore") {
            return Err(ServiceError::new(
                "UserErrorArchivedRecoveryPointsRequestedForRestore",
                "The recovery point is archived.",
            )
            .recommend("Rehydrate the recovery point first."));
        }
        if instance.account.is(destination) {
            return Err(ServiceError::new(
                "UserErrorOriginalLocationRestoreNotSupported",
                "Restore to the original location is not supported.",
            )
            .recommend("Select another storage account as the target."));
        }
        let Some(account) = self.world.storage_account(destination) else { return Err(no_such_account(destination)) };
        let mut creates = BTreeSet::new();
        for path in criteria.unwrap_or_default() {
            let relative = path["isPathRelativeToBackupItem"].as_bool() == Some(true);
            if !is(path, "objectType", "ItemPathBasedRestoreCriteria") || !relative {
                return Err(ServiceError::invalid_input());
            }
            let name = text(path, "itemPath");
            if !instance.containers.contains(name) {
                return Err(ServiceError::new(
                    "UserErrorIncorrectContainersSelectedForOperation",
                    &format!("Container {name} is not in the backup."),
                )
                .recommend("Select containers of the recovery point."));
            }
            if !creates.insert(path["renameTo"].as_str().unwrap_or(name).to_owned()) {
                return Err(ServiceError::invalid_input());
            }
        }
        check_count(criteria, MOST_CONTAINERS)?;
        if criteria.is_none() {
            creates.clone_from(&instance.containers);
        }
        let coming: BTreeSet<&String> = self
            .running
            .iter()
            .filter(|job| account.is(&job.order.destination))
            .flat_map(|job| &job.order.creates)
            .collect();
        let taken = |name: &&String| account.containers.contains(*name) || coming.contains(name);
        let exist: Vec<&str> = creates.iter().filter(taken).map(String::as_str).collect();
        if !exist.is_empty() {
            return Err(ServiceError::new(
                "UserErrorTargetContainersExistOnAccount",
                &format!("Containers exist on the target storage account: {}.", exist.join(", ")),
            )
            .recommend(
                "Rename the containers in the restore, delete them on the target or select another storage account.",
            ));
        }
        Ok(Order { store: store.into(), ..Order::recovery_point(point, account, creates) })
    }
}

fn check_count(criteria: Option<&[Value]>, most: usize) -> Result<(), ServiceError> {
    match criteria.map(<[Value]>::len) {
        Some(0) => Err(ServiceError::new("UserErrorNoContainersSelectedForOperation", "No containers are selected.")
            .recommend("Select at least one container.")),
        Some(count) if count > most => Err(ServiceError::new(
            "UserErrorTooManyRestoreCriteriaGivenForBlobRestore",
            "Too many restore criteria are given.",
        )
        .recommend(&format!("Give at most {most}."))),
        _ => Ok(()),
    }
}

fn no_such_account(id: &str) -> ServiceError {
    ServiceError::new("UserErrorAzureResourceNotFoundByPlugin", &format!("The storage account {id} was not found."))
        .recommend("Check that the storage account exists.")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn is(value: &Value, name: &str, wanted: &str) -> bool {
    text(value, name).eq_ignore_ascii_case(wanted)
}

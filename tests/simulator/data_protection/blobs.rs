//! Restores of storage accounts: blobs back to an instant in place, and containers of a point onto another account,
//! which is also how data lakes come back.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::clock::with_ticks;
use super::super::error::ServiceError;
use super::super::makes::Makes;
use super::super::storage::StorageAccount;
use super::instances::BackupInstance;
use super::jobs::SimulatedJob;
use super::order::{Order, OrderContext, is, no_such_resource, taken, text};
use super::workloads::{LackingRole, Workload, of_data};

/// Containers or ranges in one restore: operational, vaulted.
const MOST_RANGES: usize = 10;
const MOST_CONTAINERS: usize = 100;

const TARGETS: &[&str] = &["RestoreTargetInfo", "ItemLevelRestoreTargetInfo"];

pub const BLOBS: Workload = Workload {
    datasource_type: "Microsoft.Storage/storageAccounts/blobServices",
    has_a_set: true,
    policy_parameters: |instance| {
        of_data(json!({"objectType": "BlobBackupDatasourceParameters", "containersList": instance.containers}))
    },
    ..Workload::usual(
        "Microsoft.Storage/storageAccounts",
        "blobs",
        LackingRole {
            code: "UserErrorMSIMissingPermissions",
            message: "Appropriate permissions to perform the operation is missing on the vault\u{2019}s  identity .",
            recommended_action: "Grant the vault's managed identity the role 'Storage Account Backup Contributor' on the storage account, wait for it to spread and try again.",
            action: "Microsoft.Storage/storageAccounts/restoreBlobRanges/action",
        },
        |situation, instance, body| situation.blobs(instance, body),
    )
};

impl BackupInstance {
    /// The protected blobs of `account`, without any backup yet.
    pub fn blobs(name: &str, account: &StorageAccount) -> Self {
        Self::of_account(&BLOBS, name, account)
    }
}

impl OrderContext<'_> {
    fn blobs(&self, instance: &BackupInstance, body: &Value) -> Result<Order, ServiceError> {
        if is(body, "objectType", "AzureBackupRecoveryTimeBasedRestoreRequest") {
            self.to_an_instant(instance, body)
        } else {
            self.containers(instance, body)
        }
    }

    fn to_an_instant(&self, instance: &BackupInstance, body: &Value) -> Result<Order, ServiceError> {
        let destination = self.datasource(instance, body, TARGETS)?;
        let criteria = body["restoreTargetInfo"]["restoreCriteria"].as_array().map(Vec::as_slice);
        if self.secondary || !is(body, "sourceDataStoreType", "OperationalStore") || !instance.source.is(destination) {
            return Err(ServiceError::invalid_because("an instant is restored in place, from the operational store"));
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
                return Err(ServiceError::invalid_because("the criterion is not a range"));
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
        let busy = |job: &&&SimulatedJob| job.order.store == "OperationalStore" && account.is(&job.order.destination);
        if let Some(other) = self.running.iter().find(busy) {
            return Err(ServiceError::new(
                "UserErrorPitrRestoreInProgress",
                "Another point in time restore is in progress on the storage account.",
            )
            .recommend(&format!("Wait until job {} has ended, then try again.", other.id)));
        }
        Ok(Order::in_place(&account.id(), &with_ticks(at)))
    }

    pub fn containers(&self, instance: &BackupInstance, body: &Value) -> Result<Order, ServiceError> {
        let destination = self.datasource(instance, body, TARGETS)?;
        let criteria = body["restoreTargetInfo"]["restoreCriteria"].as_array().map(Vec::as_slice);
        let (point, store) = self.point(instance, body, &["VaultStore", "ArchiveStore"])?;
        if instance.source.is(destination) {
            return Err(ServiceError::new(
                "UserErrorOriginalLocationRestoreNotSupported",
                "Restore to the original location is not supported.",
            )
            .recommend("Select another storage account as the target."));
        }
        let Some(account) = self.world.storage_account(destination) else { return Err(no_such_account(destination)) };
        self.check_subscription(destination)?;
        let mut creates = BTreeSet::new();
        for path in criteria.unwrap_or_default() {
            let relative = path["isPathRelativeToBackupItem"].as_bool() == Some(true);
            if !is(path, "objectType", "ItemPathBasedRestoreCriteria") || !relative {
                return Err(ServiceError::invalid_because("the criterion is not a path relative to the backup"));
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
                return Err(ServiceError::invalid_because("two containers get one name"));
            }
        }
        check_count(criteria, MOST_CONTAINERS)?;
        if criteria.is_none() {
            creates.clone_from(&instance.containers);
        }
        let order = Order { store: store.into(), ..Order::recovery_point(point, account, creates.clone()) };
        if let Some(error) = taken(self.world, &order) {
            return Err(error);
        }
        let id = account.id();
        let coming: BTreeSet<&String> =
            self.running.iter().flat_map(|job| containers_of(&job.order.makes, &id)).collect();
        let coming: Vec<String> = creates.iter().filter(|name| coming.contains(name)).cloned().collect();
        if coming.is_empty() { Ok(order) } else { Err(containers_exist(&coming)) }
    }
}

/// The containers that come to be on this account.
fn containers_of<'a>(makes: &'a Makes, id: &str) -> impl Iterator<Item = &'a String> + use<'a> {
    let names = match makes {
        Makes::Containers { account, names } => account.eq_ignore_ascii_case(id).then_some(names),
        Makes::Nothing
        | Makes::Resource(_)
        | Makes::Files { .. }
        | Makes::Database { .. }
        | Makes::RecoveryPoint { .. }
        | Makes::MachineDatabase { .. } => None,
    };
    names.into_iter().flatten()
}

pub fn containers_exist(names: &[String]) -> ServiceError {
    ServiceError::new(
        "UserErrorTargetContainersExistOnAccount",
        &format!("Containers exist on the target storage account: {}.", names.join(", ")),
    )
    .recommend("Rename the containers in the restore, delete them on the target or select another storage account.")
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
    no_such_resource("storage account", id)
}

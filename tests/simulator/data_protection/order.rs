//! What a restore request asks for, read from a body of the right shape, and whether Azure would do it: what holds for
//! every workload. What one of them wants has a file of its own.

use std::collections::BTreeSet;

use serde_json::Value;
use time::OffsetDateTime;

use super::super::clock::with_ticks;
use super::super::error::ServiceError;
use super::super::makes::Makes;
use super::super::resources::{Resource, subscription_of};
use super::super::storage::StorageAccount;
use super::super::world::World;
use super::blobs;
use super::disks;
use super::instances::BackupInstance;
use super::jobs::SimulatedJob;
use super::recovery_points::RecoveryPoint;
use super::vaults::{BackupVault, FeatureState};

/// What a restore that may begin will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub store: String,
    pub recovery_point_id: Option<String>,
    /// As the job shows it.
    pub recovery_point_time: String,
    /// ARM id of what is restored onto or made; the URL of a container where files are written.
    pub destination: String,
    /// What comes to be if it ends well.
    pub makes: Makes,
    pub to_original_location: bool,
}

impl Order {
    /// What `destination` is, or parts of it, back to an instant, as the job shows it.
    pub fn in_place(destination: &str, instant: &str) -> Self {
        Self {
            store: "OperationalStore".into(),
            recovery_point_id: None,
            recovery_point_time: instant.into(),
            destination: destination.into(),
            makes: Makes::Nothing,
            to_original_location: true,
        }
    }

    /// Containers out of the vault onto another account, by the names they get there.
    pub fn recovery_point(point: &RecoveryPoint, onto: &StorageAccount, creates: BTreeSet<String>) -> Self {
        let makes = Makes::Containers { account: onto.id(), names: creates };
        Self { makes, ..Self::of_point(point, "VaultStore", &onto.id()) }
    }

    /// A point out of `store` onto another destination, where it makes nothing that has a name.
    pub fn of_point(point: &RecoveryPoint, store: &str, destination: &str) -> Self {
        Self {
            store: store.into(),
            recovery_point_id: Some(point.id.clone()),
            recovery_point_time: with_ticks(point.time),
            destination: destination.into(),
            makes: Makes::Nothing,
            to_original_location: false,
        }
    }
}

/// What a job shows beside its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    pub rehydration_priority: Option<String>,
    /// The restore runs in the secondary region.
    pub cross_region: bool,
}

/// An order that may begin.
#[derive(Clone, Debug)]
pub struct AdmittedOrder {
    pub order: Order,
    pub details: Details,
}

/// Where a request stands, and what else is going on that a restore may collide with.
pub struct OrderContext<'a> {
    pub world: &'a World,
    pub vault: &'a BackupVault,
    /// Whether it is asked of the secondary region.
    pub secondary: bool,
    pub running: Vec<&'a SimulatedJob>,
    pub now: OffsetDateTime,
}

impl<'a> OrderContext<'a> {
    /// The order that `body` gives for `instance`, or why Azure refuses it. The shape of the body has been checked.
    pub fn read(&self, instance: &BackupInstance, body: &Value) -> Result<AdmittedOrder, ServiceError> {
        if let Some(error) = &instance.always_invalid {
            return Err(error.clone());
        }
        let rehydrates = rehydrates(body);
        if rehydrates && !lasts_ten_to_thirty_days(text(body, "rehydrationRetentionDuration")) {
            return Err(ServiceError::invalid_because("the rehydration does not last 10 to 30 days"));
        }
        let order = (instance.workload.read)(self, instance, body)?;
        self.check_identity(&body["identityDetails"])?;
        let rehydration_priority = rehydrates.then(|| text(body, "rehydrationPriority").to_owned());
        Ok(AdmittedOrder { order, details: Details { rehydration_priority, cross_region: self.secondary } })
    }

    /// The id of what is restored onto, where target and data source are of a kind that the workload takes.
    pub fn datasource<'b>(
        &self,
        instance: &BackupInstance,
        body: &'b Value,
        kinds: &[&str],
    ) -> Result<&'b str, ServiceError> {
        let target = &body["restoreTargetInfo"];
        let source = &target["datasourceInfo"];
        let given = |name: &str, wanted: &str| source[name].as_str().is_none_or(|own| own.eq_ignore_ascii_case(wanted));
        let fits = kinds.iter().any(|kind| is(target, "objectType", kind))
            && given("datasourceType", instance.workload.datasource_type)
            && given("resourceType", instance.workload.resource_type)
            && target["datasourceAuthCredentials"].is_null();
        if fits {
            Ok(text(source, "resourceID"))
        } else {
            Err(ServiceError::invalid_because("the target is not of a kind for this workload"))
        }
    }

    /// The point that `body` names and the store it is read from, which must be one of `stores`.
    pub fn point(
        &self,
        instance: &'a BackupInstance,
        body: &Value,
        stores: &[&'static str],
    ) -> Result<(&'a RecoveryPoint, &'static str), ServiceError>
    where
        Self: 'a,
    {
        let store = stores.iter().find(|store| is(body, "sourceDataStoreType", store));
        let Some(store) = store.filter(|store| !self.secondary || **store == "VaultStore") else {
            return Err(ServiceError::invalid_because("the workload cannot be restored from this store here"));
        };
        let by_point = is(body, "objectType", "AzureBackupRecoveryPointBasedRestoreRequest")
            || (rehydrates(body) && stores.contains(&"ArchiveStore"));
        if !by_point {
            return Err(ServiceError::invalid_because("the request is not of a kind for this workload and store"));
        }
        let not_found = || {
            ServiceError::new("UserErrorRestorePointNotFound", "The restore point was not found.")
                .recommend("Select another restore point; if the backup is new, wait until its job has ended.")
        };
        let id = text(body, "recoveryPointId");
        let point = instance.points(self.secondary).iter().find(|point| point.id.eq_ignore_ascii_case(id));
        let lives = |expiry: Option<OffsetDateTime>| expiry.is_none_or(|expiry| expiry > self.now);
        let point = point.filter(|point| lives(point.expiry)).ok_or_else(not_found)?;
        if rehydrates(body) {
            return Ok((point, store));
        }
        let is_archive = |store: &str| store.eq_ignore_ascii_case("ArchiveStore");
        if is_archive(store) || point.stores.iter().all(|copy| is_archive(&copy.store)) {
            return Err(ServiceError::new(
                "UserErrorArchivedRecoveryPointsRequestedForRestore",
                "The recovery point is archived.",
            )
            .recommend("Rehydrate the recovery point first."));
        }
        let living = point.stores.iter().any(|copy| copy.store.eq_ignore_ascii_case(store) && lives(copy.expiry));
        if living { Ok((point, store)) } else { Err(not_found()) }
    }

    /// The refusal of a target in another subscription than the vault's, where the vault forbids that.
    pub fn check_subscription(&self, id: &str) -> Result<(), ServiceError> {
        let elsewhere = !subscription_of(id).eq_ignore_ascii_case(&self.vault.subscription);
        if elsewhere && self.vault.cross_subscription_restore != FeatureState::Enabled {
            return Err(ServiceError::new(
                "UserErrorCrossSubscriptionRestoreNotAllowed",
                "Restore to another subscription is disabled on the vault.",
            )
            .recommend(
                "Enable cross subscription restore on the vault or select a target in the vault's subscription.",
            ));
        }
        Ok(())
    }

    fn check_identity(&self, details: &Value) -> Result<(), ServiceError> {
        let id = text(details, "userAssignedIdentityArmUrl");
        match details["useSystemAssignedIdentity"].as_bool() {
            Some(true) => Ok(()),
            Some(false) if id.is_empty() => {
                Err(ServiceError::invalid_because("neither the vault's own identity nor another is named"))
            }
            _ if id.is_empty() => Ok(()),
            _ if self.vault.user_assigned_identities.iter().any(|own| own.eq_ignore_ascii_case(id)) => Ok(()),
            _ => Err(ServiceError::new(
                "UserErrorUserAssignedIdentityNotAttached",
                &format!("The identity {id} is not attached to the vault."),
            )
            .recommend("Attach the user assigned identity to the Backup vault.")),
        }
    }

    /// A job that runs onto `destination`.
    pub fn busy(&self, destination: &str) -> Option<&'a SimulatedJob> {
        let same = |job: &&&SimulatedJob| job.order.destination.eq_ignore_ascii_case(destination);
        self.running.iter().find(same).copied()
    }
}

/// What has come to stand where the order would create something. Looked at before a restore begins and, since nothing is
/// reserved by that, when its job ends.
pub fn taken(world: &World, order: &Order) -> Option<ServiceError> {
    let there = order.makes.in_the_way(world);
    if there.is_empty() {
        return None;
    }
    match &order.makes {
        Makes::Nothing
        | Makes::Files { .. }
        | Makes::RecoveryPoint { .. }
        | Makes::Database { .. }
        | Makes::MachineDatabase { .. } => None,
        Makes::Resource(disk) => Some(disks::exists(disk)),
        Makes::Containers { .. } => Some(blobs::containers_exist(&there)),
    }
}

pub fn too_many_at_once(other: &SimulatedJob) -> ServiceError {
    ServiceError::new(
        "UserErrorMaxConcurrentOperationLimitReached",
        "The number of operations that may run at the same time is reached.",
    )
    .recommend(&format!("Wait until job {} has ended, then try again.", other.id))
}

pub fn no_such_resource(what: &str, id: &str) -> ServiceError {
    ServiceError::new("UserErrorAzureResourceNotFoundByPlugin", &format!("The {what} {id} was not found."))
        .recommend(&format!("Check that the {what} exists."))
}

/// Whether a resource group is there, by its ARM id.
pub fn has_resource_group(world: &World, id: &str) -> bool {
    let segments: Vec<&str> = id.trim_matches('/').split('/').collect();
    let [subscriptions, subscription, groups, name] = segments.as_slice() else { return false };
    subscriptions.eq_ignore_ascii_case("subscriptions")
        && groups.eq_ignore_ascii_case("resourceGroups")
        && world.has_resource_group(subscription, name)
}

pub fn is_fit(resource: &Resource) -> Result<(), ServiceError> {
    resource.unfit.clone().map_or(Ok(()), Err)
}

fn rehydrates(body: &Value) -> bool {
    is(body, "objectType", "AzureBackupRestoreWithRehydrationRequest")
}

/// `P10D` to `P30D`, the bounds that Azure's own command line keeps.
fn lasts_ten_to_thirty_days(duration: &str) -> bool {
    let days = duration.strip_prefix('P').and_then(|rest| rest.strip_suffix('D'));
    days.and_then(|days| days.parse::<u8>().ok()).is_some_and(|days| (10..=30).contains(&days))
}

pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

pub fn is(value: &Value, name: &str, wanted: &str) -> bool {
    text(value, name).eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rehydration_lasts_whole_days_between_ten_and_thirty() {
        for (duration, right) in [
            ("P10D", true),
            ("P30D", true),
            ("P9D", false),
            ("P31D", false),
            ("7D", false),
            ("P15", false),
            ("", false),
        ] {
            assert_eq!(lasts_ten_to_thirty_days(duration), right, "{duration}");
        }
    }
}

//! Backups on demand: the POST that asks for one, the job that it makes, and what is there afterwards: a point, or log backups
//! that reach further.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::Simulator;
use super::super::arm::{ArmCall, ServiceAnswer};
use super::super::clock::with_seconds;
use super::super::error::ServiceError;
use super::super::journal::AcceptedRestore;
use super::super::platform::Platform;
use super::super::script::JobScript;
use super::super::world::World;
use super::RecoveryServices;
use super::databases::Server;
use super::items::{ItemKind, ProtectedItem};
use super::jobs::{ItemJob, ItemOrder};
use super::operations::ItemPurpose;
use super::points::ItemPoint;
use super::vaults::RecoveryServicesVault;

/// What a backup does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupOrder {
    /// Of a database: `Full`, `Differential` …
    pub backup_type: Option<String>,
    /// The name of the point that it makes.
    point: String,
    expiry: Option<OffsetDateTime>,
    /// How many lists of points do not show it yet.
    unlisted: u32,
}

impl BackupOrder {
    pub fn operation(&self, ended: bool) -> String {
        match &self.backup_type {
            Some(kind) if ended => format!("Backup ({kind})"),
            _ => "Backup".to_owned(),
        }
    }

    pub fn property_bag(job: &ItemJob) -> Value {
        match job.kind {
            ItemKind::VirtualMachine => json!({"VM Name": job.share}),
            ItemKind::FileShare | ItemKind::Database(_) => json!({}),
        }
    }

    /// The backup is there from now on.
    pub fn come_true(&self, job: &ItemJob, world: &mut World) {
        let found = world.recovery_services_vaults_mut().iter_mut().find_map(|vault| {
            let own = vault.clone();
            vault.items.iter_mut().find(|item| item.id(&own) == job.item_id)
        });
        let Some(item) = found else { return };
        let kind = self.backup_type.as_deref();
        if kind == Some("Log") {
            let begin = item.points.iter().map(|point| point.time).max().unwrap_or(job.started);
            match item.database.log_ranges.last_mut() {
                Some((_, to)) => *to = job.started.max(*to),
                None => item.database.log_ranges.push((begin, job.started)),
            }
            item.logs_unlisted = self.unlisted;
            return;
        }
        let tier = if job.kind == ItemKind::VirtualMachine { "InstantRP" } else { "HardenedRP" };
        let tier = if job.kind == ItemKind::FileShare { "InstantRP" } else { tier };
        // A point has no word of its own for one that is only copied.
        let kind = kind.map(|kind| if kind == "CopyOnlyFull" { "Full" } else { kind });
        let mut point = ItemPoint::new(&self.point, job.started).stored_in(&[tier]).of_type(kind.unwrap_or("Full"));
        point.expiry = self.expiry;
        // The machine still has the disks that it had.
        let newest = item.points.iter().max_by_key(|point| point.time);
        point.data_disks = newest.map(|newest| newest.data_disks.clone()).unwrap_or_default();
        point.unlisted = self.unlisted;
        item.points.push(point);
    }
}

impl RecoveryServices {
    pub(super) fn back_up(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        item: &ProtectedItem,
        body: &Value,
    ) -> ServiceAnswer {
        let name = item.friendly_name.clone();
        let order = match self.backup_order(platform, vault, item, body) {
            Ok(order) => order,
            Err(error) => {
                let note = format!("was refused a backup of {name} ({})", error.code);
                return ServiceAnswer::new(error.reply(400, &call.activity_id), note);
            }
        };
        let script = platform.scripts.of_operation();
        let urls = [("azure-asyncoperation", "operationsStatus"), ("location", "operationResults")];
        if script.failure.is_some() {
            let nothing = ItemPurpose::Restore { job: None };
            let answer = self.accepted(platform, call, item.id(vault), script, nothing, &urls);
            return answer.noted(format!("asked for a backup of {name} that fails before it has a job"));
        }
        let mut job_script = platform.scripts.of_restore(&name);
        let builds_on = matches!(order.backup_type.as_deref(), Some("Log" | "Differential" | "Incremental"));
        if builds_on && item.points.is_empty() {
            let message = "The full backup that this one builds on is missing.";
            job_script = JobScript::fails("UserErrorParentFullBackupMissing", message, "Take a full backup first.");
        }
        let point = ItemPoint::new("", platform.clock.now());
        let kind = order.backup_type.clone().unwrap_or_else(|| "a".into());
        let order = ItemOrder::Backup(Box::new(order));
        let job = self.add_job(platform, vault, item, &point, order, &call.activity_id, job_script);
        let (id, job_id, item_id) = (job.id.clone(), job.arm_id(), job.item_id.clone());
        let purpose = ItemPurpose::Restore { job: Some(id.clone()) };
        let mut answer = self
            .accepted(platform, call, item.id(vault), script, purpose, &urls)
            .noted(format!("asked for a backup of {name}: accepted, job {id} ({kind})"));
        answer.accepted_restore = Some(AcceptedRestore {
            job_id: id,
            job: job_id,
            item: item_id,
            client_request_id: call.request.headers.get("x-ms-client-request-id").map(str::to_owned),
        });
        answer
    }

    /// The order that a body of right shape gives, or why Azure refuses it.
    fn backup_order(
        &self,
        platform: &mut Platform,
        vault: &RecoveryServicesVault,
        item: &ProtectedItem,
        body: &Value,
    ) -> Result<BackupOrder, ServiceError> {
        let invalid = |why: &'static str| Err(ServiceError::invalid_because(why));
        let of_kind = match item.kind {
            ItemKind::FileShare => "AzureFileShareBackupRequest",
            ItemKind::VirtualMachine => "IaasVMBackupRequest",
            ItemKind::Database(_) => "AzureWorkloadBackupRequest",
        };
        if !body["objectType"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(of_kind)) {
            return invalid("the request is not of a kind for this item");
        }
        if item.soft_deleted {
            let code = match item.kind {
                ItemKind::FileShare => "UserErrorBackupAFSInSoftDeleteState",
                ItemKind::VirtualMachine | ItemKind::Database(_) => "UserErrorBackupDatabaseInSoftDeletedState",
            };
            return Err(ServiceError::new(code, "The protected item is in soft deleted state."));
        }
        if item.protection.stopped {
            return Err(ServiceError::new("UserErrorProtectionStopped", "The protection of the item is stopped."));
        }
        let backup_type = body["backupType"].as_str().map(str::to_owned);
        let fits = match (item.kind, backup_type.as_deref()) {
            (ItemKind::Database(Server::Sql), Some(kind)) => kind != "Incremental",
            (ItemKind::Database(Server::SapHana), Some(kind)) => kind != "Log" && kind != "CopyOnlyFull",
            (ItemKind::Database(_), None) => false,
            (ItemKind::FileShare | ItemKind::VirtualMachine, _) => true,
        };
        if !fits {
            return invalid("the kind of backup is none of this item");
        }
        let expiry = match body["recoveryPointExpiryTimeInUTC"].as_str() {
            Some(text) => match OffsetDateTime::parse(text, &Rfc3339) {
                Ok(at) if at > platform.clock.now() && with_seconds(at) == text => Some(at),
                _ => return invalid("the expiry is no instant, or has passed"),
            },
            None => None,
        };
        let id = item.id(vault);
        if let Some(other) = self.jobs.iter().find(|job| job.is_running() && job.item_id == id) {
            let message = "Another operation is in progress on the selected item.";
            return Err(ServiceError::new("BMSUserErrorObjectLocked", message)
                .recommend(&format!("Wait until job {} has ended, then try again.", other.id)));
        }
        let digits: String = platform.mint.uuid().as_u128().to_string().chars().take(15).collect();
        Ok(BackupOrder { backup_type, point: format!("932{digits}"), expiry, unlisted: self.points_unlisted })
    }
}

impl Simulator {
    /// The points of backups that are asked for from now on are missing in so many lists.
    pub fn list_made_points_after(&self, lists: u32) {
        self.locked().services.recovery_services.points_unlisted = lists;
    }
}

impl RecoveryServicesVault {
    /// A list of the points of this item was asked for: the next one may show more.
    pub(super) fn list_more_points(&mut self, item: &ProtectedItem) {
        let id = item.id(self);
        let Some(at) = self.items.iter().position(|own| own.id(self) == id) else { return };
        let item = &mut self.items[at];
        item.logs_unlisted = item.logs_unlisted.saturating_sub(1);
        item.points.iter_mut().for_each(|point| point.unlisted = point.unlisted.saturating_sub(1));
    }
}

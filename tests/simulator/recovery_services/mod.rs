//! Microsoft.RecoveryServices: Recovery Services vaults, what they protect, points, restores, operations and jobs. File
//! shares, virtual machines, and databases of SQL Server and SAP HANA; every other kind of item is not modelled.
//!
//! # Known differences from Azure
//!
//! - Which member of `errorDetails` holds the code as a word is open; here it is `errorTitle`.
//! - Codes for a point that is only in the vault, an unknown item, point or job, and a missing guard's request are recorded
//!   nowhere; ours are `UserErrorVaultedPointNotSupportedForRestoreType`, `BMSUserErrorDataSourceObjectNotFound`,
//!   `UserErrorRecoveryPointNotFound`, `BMSUserErrorObjectNotFound`, `UserErrorResourceGuardOperationRequestMissing`.
//! - Whether a busy target is refused at once or by the job is open; here it is refused at once.
//! - Of virtual machines are recorded neither the codes for a name that is taken, a role that is missing, another
//!   subscription, a zone and a point in the archive, nor the words of `Job Type` for a new machine and for replaced disks:
//!   ours are made up. Of all that a validation may find, only that a target, an account or a role is missing is modelled,
//!   and no quota. The question for the disks of a point is always answered by an operation.
//! - Of databases are recorded neither what Azure says of a database that is deleted softly, of an instant that no log
//!   backup covers, of a role that is missing and of a point in the archive, nor whether a database that may not be
//!   overwritten is found by the request or by the job: codes are made up, and the job finds it. What a list of points in
//!   a window shows of log backups is open; here it shows all of them if any lies in the window.
//! - Of the secondary region are recorded neither the codes of refusals (ours are `BMSUserErrorCrossRegionRestoreNotEnabled`
//!   and those of a point and an item that are not there), nor whether a target may be in the region of the vault, whether a
//!   resource guard guards it, and how long an access token is good: here it is refused, it does not, and it is good for ever.
//! - Of backups on demand are recorded neither the codes for an item whose protection is stopped (ours is
//!   `UserErrorProtectionStopped`), nor the facts of a job, nor that its word is `Backup (Full)` at its end, nor when between its
//!   start and its end the time of the point lies: here it is the start. Log backups reach as far.
//! - A filter with other dates than the documented ones, or with a window of more than 30 days, is refused: what Azure does
//!   then is recorded nowhere.

pub mod backups;
pub mod bodies;
pub mod containers;
pub mod control;
pub mod cross_region;
pub mod databases;
pub mod filters;
pub mod items;
pub mod jobs;
pub mod machines;
pub mod operations;
pub mod points;
pub mod policies;
pub mod protection;
pub mod restore;
#[cfg(test)]
mod tests;
pub mod vault_settings;
pub mod vaults;

use std::collections::VecDeque;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::JobFacts;
use super::arm::{ArmCall, ServiceAnswer, Unmodelled};
use super::error::ServiceError;
use super::message::{Reply, Request};
use super::paging::paged;
use super::platform::Platform;
use super::script::Progress;
use super::service::SimulatedService;
use filters::Filter;
use items::{ItemKind, ProtectedItem};
use jobs::ItemJob;
use operations::ItemOperation;
use vaults::RecoveryServicesVault;

const NAMESPACE: &str = "Microsoft.RecoveryServices";

/// Versions of everything about backups whose shapes are the ones modelled here.
const API_VERSIONS: &[&str] = &["2026-08-01", "2026-10-01"];

/// Versions of vaults themselves.
const VAULTS_API_VERSIONS: &[&str] = &["2026-11-01"];

/// What goes on in the service.
#[derive(Clone, Debug)]
pub struct RecoveryServices {
    pub jobs: Vec<ItemJob>,
    pub operations: Vec<ItemOperation>,
    pub protection_jobs: Vec<protection::ProtectionJob>,
    /// How the next jobs that protect something fail.
    pub next_protection_failures: VecDeque<ServiceError>,
    /// What was given out to restore in the secondary region.
    accesses: Vec<cross_region::PointAccess>,
    /// How many lists of points do not show what the next backups make.
    points_unlisted: u32,
    /// `Retry-After` of the 202, in seconds; `None` leaves the header out.
    pub retry_after: Option<u32>,
}

impl Default for RecoveryServices {
    fn default() -> Self {
        Self {
            jobs: Vec::new(),
            operations: Vec::new(),
            accesses: Vec::new(),
            points_unlisted: 0,
            protection_jobs: Vec::new(),
            next_protection_failures: VecDeque::new(),
            retry_after: Some(60),
        }
    }
}

impl SimulatedService for RecoveryServices {
    fn namespace(&self) -> &'static str {
        NAMESPACE
    }

    fn resource_types(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn answer(&mut self, platform: &mut Platform, call: &ArmCall<'_>) -> Result<ServiceAnswer, Unmodelled> {
        let lower: Vec<String> = call.resource.iter().map(|segment| segment.to_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        if let (["locations", region, rest @ ..], None) = (lower.as_slice(), call.resource_group) {
            return self.in_region(platform, call, region, rest);
        }
        let ["vaults", name, rest @ ..] = lower.as_slice() else { return Err(call.unmodelled()) };
        let of_copy = !rest.is_empty() && cross_region::API_VERSIONS.contains(&call.api_version.as_str());
        let is_of_vaults = matches!(rest, [] | ["operationstatus" | "operationresults", _]);
        let versions = if is_of_vaults { VAULTS_API_VERSIONS } else { API_VERSIONS };
        if !of_copy && let Some(refusal) = call.check_api_version(NAMESPACE, versions) {
            return Ok(refusal);
        }
        if rest.is_empty() && call.request.method != "GET" {
            return self.change_vault(platform, call, name);
        }
        let Some(vault) = platform.world.recovery_services_vault(call.subscription, call.resource_group, name) else {
            let reply = super::error::not_found(&format!("Microsoft.RecoveryServices/vaults/{name}"));
            return Ok(ServiceAnswer::new(reply, format!("asked for vault {name}, which does not exist")));
        };
        let vault = vault.clone();
        match of_copy {
            true => self.in_copy(platform, call, &vault, rest),
            false => self.in_vault(platform, call, &vault, rest),
        }
    }

    fn jobs(&self) -> Vec<JobFacts> {
        self.jobs.iter().map(ItemJob::facts).collect()
    }

    fn move_job(&mut self, platform: &mut Platform, id: &str, change: &mut dyn FnMut(&mut Progress)) -> bool {
        let Some(at) = self.position(id) else { return false };
        if let Some(job) = self.jobs.get_mut(at) {
            change(&mut job.progress);
            let now = platform.clock.now();
            job.settle(&mut platform.world, now);
        }
        true
    }

    fn end_operations(&mut self, now: OffsetDateTime) {
        self.operations.iter_mut().for_each(|operation| operation.finish(now));
    }

    fn control(&mut self, platform: &mut Platform, request: &Request, segments: &[&str]) -> Option<Reply> {
        control::answer(&mut platform.world, request, segments)
    }

    fn control_help(&self) -> &'static str {
        control::HELP
    }
}

impl RecoveryServices {
    fn in_vault(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        rest: &[&str],
    ) -> Result<ServiceAnswer, Unmodelled> {
        let method = call.request.method.as_str();
        if method == "GET"
            && let Some(answer) = containers::look(platform, call, vault, rest)
        {
            return Ok(answer);
        }
        if let Some(answer) = self.change_container(platform, call, vault, rest)? {
            return Ok(answer);
        }
        match (method, rest) {
            ("GET", []) => {
                Ok(ServiceAnswer::new(Reply::json(200, &vault.to_json()), format!("looked at vault {}", vault.name)))
            }
            ("GET", ["backupresourceguardproxies"]) => {
                let values = vault.guard_links();
                Ok(paged(platform, call, |_| values, "listed the vault's links to resource guards"))
            }
            ("GET", ["backupprotecteditems"]) => Ok(list_items(platform, call, vault)),
            ("GET", ["backupjobs"]) => Ok(self.list_jobs(platform, call, vault, false)),
            ("GET", ["backuppolicies"]) => Ok(policies::list(platform, call, vault)),
            ("GET", ["backuppolicies", name]) => Ok(policies::one(call, vault, name)),
            ("GET", ["operationstatus" | "operationresults", _]) => Ok(self.operation_at_its_url(platform, call)),
            (
                "PUT" | "DELETE",
                ["backupfabrics", "azure", "protectioncontainers", container, "protecteditems", item],
            ) => self.change_protection(platform, call, vault, container, item),
            ("GET", ["backupjobs", job]) if self.protection_jobs.iter().any(|own| own.id.eq_ignore_ascii_case(job)) => {
                self.protection_job(platform, job).ok_or_else(|| call.unmodelled())
            }
            ("GET", ["backupjobs", job]) => Ok(self.get_job(platform, call, vault, job, false)),
            ("POST", ["backupjobs", job, "cancel"]) => Ok(self.cancel_job(platform, call, vault, job)),
            ("GET", ["backupoperations", operation]) => Ok(self.operation_by_id(platform, call, operation)),
            ("POST", ["backuptriggervalidateoperation"]) => {
                let body = call.body(bodies::check_validation)?;
                Ok(body.map_or_else(|refusal| refusal, |body| self.validate(platform, call, vault, &body)))
            }
            ("POST", ["backupfabrics", "azure", "getrpextendedinfo"]) => {
                let body = call.body(bodies::check_point_disks)?;
                Ok(body.map_or_else(|refusal| refusal, |body| self.ask_for_disks(platform, call, vault, &body)))
            }
            (
                "GET",
                ["backupvalidateoperationsstatuses" | "backupvalidateoperationresults", _]
                | ["backupfabrics", "azure", "getrpextendedinfooperationresult", _],
            ) => Ok(self.operation_at_its_url(platform, call)),
            ("GET", ["backupfabrics", "azure", "protectioncontainers", container]) => {
                Ok(databases::container(call, vault, container))
            }
            ("GET", ["backupfabrics", "azure", "protectioncontainers", container, "items"]) => {
                Ok(databases::workload_items(platform, call, vault, container))
            }
            (_, ["backupfabrics", "azure", "protectioncontainers", container, "protecteditems", item, rest @ ..]) => {
                let Some(found) = vault.item_named(container, item).cloned() else {
                    let message = "The specified data source does not exist or is not protected.";
                    let error = ServiceError::new("BMSUserErrorDataSourceObjectNotFound", message);
                    let note = format!("asked for protected item {item}, which does not exist");
                    return Ok(ServiceAnswer::new(error.reply(404, &call.activity_id), note));
                };
                self.of_item(platform, call, vault, &found, rest)
            }
            _ => Err(call.unmodelled()),
        }
    }

    fn of_item(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        item: &ProtectedItem,
        rest: &[&str],
    ) -> Result<ServiceAnswer, Unmodelled> {
        let method = call.request.method.as_str();
        match (method, rest) {
            ("GET", []) => Ok(ServiceAnswer::new(
                Reply::json(200, &item.to_json(vault)),
                format!("looked at protected item {}", item.friendly_name),
            )),
            ("GET", ["recoverypoints"]) => {
                let item = item.with_listed_points();
                containers::change(platform, vault, |vault| vault.list_more_points(&item));
                Ok(match item.kind {
                    ItemKind::Database(server) => databases::list_points(platform, call, vault, &item, server),
                    ItemKind::FileShare | ItemKind::VirtualMachine => list_points(platform, call, vault, &item),
                })
            }
            ("GET", ["recoverypoints", point]) => Ok(show_point(call, vault, item, point)),
            ("POST", ["recoverypoints", point, "restore"]) => {
                let body = call.body(bodies::check_restore)?;
                Ok(body.map_or_else(
                    |refusal| refusal,
                    |body| self.trigger(platform, call, (vault, false), item, point, &body["properties"]),
                ))
            }
            ("POST", ["backup"]) => {
                let body = call.body(bodies::check_backup)?;
                Ok(body.map_or_else(
                    |refusal| refusal,
                    |body| self.back_up(platform, call, vault, item, &body["properties"]),
                ))
            }
            ("GET", ["operationsstatus" | "operationresults", _]) => Ok(self.operation_at_its_url(platform, call)),
            _ => Err(call.unmodelled()),
        }
    }
}

fn show_point(call: &ArmCall<'_>, vault: &RecoveryServicesVault, item: &ProtectedItem, point: &str) -> ServiceAnswer {
    match item.point_json(point, &item.id(vault)) {
        Some(found) => ServiceAnswer::new(Reply::json(200, &found), format!("looked at recovery point {point}")),
        None => {
            let error = ServiceError::new("UserErrorRecoveryPointNotFound", "The recovery point was not found.");
            let note = format!("asked for recovery point {point}, which does not exist");
            ServiceAnswer::new(error.reply(404, &call.activity_id), note)
        }
    }
}

fn list_items(platform: &mut Platform, call: &ArmCall<'_>, vault: &RecoveryServicesVault) -> ServiceAnswer {
    let known = ["backupManagementType", "itemType", "policyName", "containerName", "friendlyName"];
    let filter = match Filter::of(call, &known, &[]) {
        Ok(filter) => filter,
        Err(why) => return filters::refused(call, &why),
    };
    let values: Vec<Value> = vault
        .items
        .iter()
        .map(|item| item.to_json(vault))
        .filter(|item| {
            let is = |key: &str, member: &str| {
                let shown = item["properties"][member].as_str().unwrap_or_default();
                filter.text(key).is_none_or(|wanted| wanted.eq_ignore_ascii_case(shown))
            };
            is("backupManagementType", "backupManagementType")
                && is("itemType", "workloadType")
                && is("policyName", "policyName")
                && is("containerName", "containerName")
                && is("friendlyName", "friendlyName")
        })
        .collect();
    paged(platform, call, |_| values, "listed the protected items")
}

/// Newest last: no order a client may rely on.
fn list_points(
    platform: &mut Platform,
    call: &ArmCall<'_>,
    vault: &RecoveryServicesVault,
    item: &ProtectedItem,
) -> ServiceAnswer {
    if let ItemKind::Database(server) = item.kind {
        return databases::list_points(platform, call, vault, item, server);
    }
    let filter = match Filter::of(call, &["restorePointQueryType", "extendedInfo"], &["startDate", "endDate"]) {
        Ok(filter) => filter,
        Err(why) => return filters::refused(call, &why),
    };
    let window = match filter.window("startDate", "endDate") {
        Ok(window) => window,
        Err(why) => return filters::refused(call, &why),
    };
    let within = |at: OffsetDateTime| window.is_none_or(|(from, to)| from <= at && at <= to);
    let mut points: Vec<_> = item.points.iter().filter(|point| within(point.time)).collect();
    points.sort_by_key(|point| point.time);
    let id = item.id(vault);
    let values = points.into_iter().map(|point| point.to_json(item.kind, &id)).collect();
    paged(platform, call, |_| values, &format!("listed the recovery points of {}", item.friendly_name))
}

/// The envelope of every answer of this service: ids begin with `/Subscriptions`.
fn envelope(id: &str, kind: &str, properties: Value) -> Value {
    let name = id.rsplit('/').next().unwrap_or(id);
    json!({
        "id": id.replacen("/subscriptions/", "/Subscriptions/", 1), "name": name,
        "type": format!("Microsoft.RecoveryServices/vaults/{kind}"), "properties": properties,
    })
}

//! Microsoft.DataProtection: backup vaults, their instances, points, ranges, restores, operations and jobs.
//! A workload knows what it takes; tokens, throttling and other providers' resources must not enter.

pub mod backups;
pub mod blobs;
pub mod bodies;
pub mod control;
pub mod cosmosdb_accounts;
mod cross_region;
pub mod data_lakes;
pub mod disks;
pub mod files;
pub mod guards;
pub mod instances;
pub mod jobs;
pub mod kubernetes;
pub mod operations;
pub mod order;
pub mod ranges;
pub mod recovery_points;
mod remembered;
mod restore;
#[cfg(test)]
mod tests;
pub mod vaults;
pub mod workloads;

use serde_json::Value;
use time::OffsetDateTime;

use super::JobFacts;
use super::arm::{ArmCall, ServiceAnswer, Unmodelled};
use super::error::{ServiceError, gateway_error, not_found};
use super::message::{Reply, Request};
use super::paging::paged;
use super::platform::Platform;
use super::script::Progress;
use super::service::SimulatedService;
use jobs::{Region, SimulatedJob};
use operations::{Operation, Purpose, UrlMatch};
use restore::RestoreSource;
use vaults::BackupVault;

const NAMESPACE: &str = "Microsoft.DataProtection";

/// Versions whose shapes are the ones modelled here. Older clients are refused, though Azure takes them.
pub const API_VERSIONS: &[&str] = &["2025-07-01", "2025-09-01", "2026-03-01", "2026-06-01", "2026-07-01"];

/// How a restore is refused that has the right shape and cannot be done. Which of the two Azure uses is not recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestoreRefusal {
    /// The POST is answered 400.
    #[default]
    AtOnce,
    /// The POST is accepted, the operation ends Failed, no job appears.
    InOperation,
}

/// What goes on in the service.
#[derive(Clone, Debug, Default)]
pub struct DataProtection {
    pub jobs: Vec<SimulatedJob>,
    pub operations: Vec<Operation>,
    pub refusal: RestoreRefusal,
    /// `Retry-After` of the 202, in seconds; `None` leaves the header out.
    pub retry_after: RetryAfter,
}

/// Seconds that the 202 of a POST asks a client to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    pub validate: Option<u32>,
    pub restore: Option<u32>,
}

impl Default for RetryAfter {
    fn default() -> Self {
        Self { validate: Some(10), restore: Some(30) }
    }
}

impl SimulatedService for DataProtection {
    fn namespace(&self) -> &'static str {
        NAMESPACE
    }

    fn resource_types(&self) -> Vec<&'static str> {
        workloads::ALL.iter().map(|workload| workload.resource_type).collect()
    }

    fn answer(&mut self, platform: &mut Platform, call: &ArmCall<'_>) -> Result<ServiceAnswer, Unmodelled> {
        if let Some(refusal) = call.check_api_version(NAMESPACE, API_VERSIONS) {
            return Ok(refusal);
        }
        let lower: Vec<String> = call.resource.iter().map(|segment| segment.to_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        match (call.request.method.as_str(), lower.as_slice()) {
            ("GET", ["backupvaults"]) => Ok(list_vaults(platform, call)),
            ("GET", ["locations", _, "operationstatus", _]) => Ok(self.operation_status(platform, call)),
            ("GET", ["locations", _, "operationresults", _]) => Ok(self.operation_result(platform, call)),
            ("POST" | "GET", ["locations", region, verb]) if call.resource_group.is_some() => {
                self.in_the_secondary_region(platform, call, region, verb)
            }
            (method, ["backupvaults", vault, rest @ ..]) if call.resource_group.is_some() => {
                let found = platform.world.backup_vaults().iter().find(|own| {
                    own.name.eq_ignore_ascii_case(vault)
                        && own.subscription.eq_ignore_ascii_case(call.subscription)
                        && call.resource_group.is_some_and(|group| own.resource_group.eq_ignore_ascii_case(group))
                });
                let Some(found) = found.cloned() else {
                    let reply = not_found(&format!("Microsoft.DataProtection/backupVaults/{vault}"));
                    return Ok(ServiceAnswer::new(
                        reply,
                        format!("asked for backup vault {vault}, which does not exist"),
                    ));
                };
                self.in_vault(platform, call, &found, method, rest)
            }
            _ => Err(call.unmodelled()),
        }
    }

    fn jobs(&self) -> Vec<JobFacts> {
        self.jobs.iter().map(SimulatedJob::facts).collect()
    }

    fn move_job(&mut self, platform: &mut Platform, id: &str, change: &mut dyn FnMut(&mut Progress)) -> bool {
        let Some(at) = self.position(id) else { return false };
        if let Some(job) = self.jobs.get_mut(at) {
            change(&mut job.progress);
        }
        self.settle(platform, at);
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

impl DataProtection {
    fn in_vault(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &BackupVault,
        method: &str,
        rest: &[&str],
    ) -> Result<ServiceAnswer, Unmodelled> {
        let vault_id = vault.id();
        match (method, rest) {
            ("GET", []) => Ok(ServiceAnswer::new(
                Reply::json(200, &vault.to_json()),
                format!("looked at backup vault {}", vault.name),
            )),
            ("GET", ["operationstatus", _]) => Ok(self.operation_status(platform, call)),
            ("GET", ["backupinstances"]) => {
                let values = vault.instances.iter().map(|instance| instance.to_json(&vault_id)).collect();
                Ok(paged(platform, call, |_| values, "listed the backup instances"))
            }
            ("GET", ["backupjobs"]) => Ok(self.list_jobs(platform, call, &vault_id, Region::Primary)),
            ("GET", ["backupjobs", job]) => Ok(self.get_job(platform, call, &vault_id, job, Region::Primary)),
            (method, ["backupinstances", name, rest @ ..]) => {
                let Some(instance) = vault.instances.iter().find(|own| own.name.eq_ignore_ascii_case(name)) else {
                    let reply = not_found(&format!(
                        "Microsoft.DataProtection/backupVaults/{}/backupInstances/{name}",
                        vault.name
                    ));
                    return Ok(ServiceAnswer::new(
                        reply,
                        format!("asked for backup instance {name}, which does not exist"),
                    ));
                };
                self.of_instance(
                    platform,
                    call,
                    &RestoreSource { vault, instance, secondary_region: None },
                    method,
                    rest,
                )
            }
            _ => Err(call.unmodelled()),
        }
    }

    fn of_instance(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        place: &RestoreSource<'_>,
        method: &str,
        rest: &[&str],
    ) -> Result<ServiceAnswer, Unmodelled> {
        let (instance, vault_id) = (place.instance, place.vault.id());
        match (method, rest) {
            ("GET", []) => {
                let reply = Reply::json(200, &instance.to_json(&vault_id));
                Ok(ServiceAnswer::new(reply, format!("looked at backup instance {}", instance.name)))
            }
            ("GET", ["recoverypoints"]) => Ok(list_recovery_points(platform, call, &vault_id, instance)),
            ("GET", ["recoverypoints", point]) => Ok(get_recovery_point(call, &vault_id, instance, point)),
            ("POST", ["findrestorabletimeranges"]) => find_ranges(platform, call, instance),
            ("POST", ["validaterestore"]) => Ok(call.body(bodies::check_validation)?.map_or_else(
                |refusal| refusal,
                |body| self.validate(platform, call, place, &body["restoreRequestObject"]),
            )),
            ("POST", ["backup"]) => Ok(call
                .body(bodies::check_backup)?
                .map_or_else(|refusal| refusal, |body| self.back_up(platform, call, place, &body))),
            ("POST", ["restore"]) => Ok(call
                .body(bodies::check_restore)?
                .map_or_else(|refusal| refusal, |body| self.trigger(platform, call, place, &body))),
            _ => Err(call.unmodelled()),
        }
    }

    fn operation_status(&mut self, platform: &Platform, call: &ArmCall<'_>) -> ServiceAnswer {
        let now = platform.clock.now();
        let Some((operation, url_match)) = self.find_operation(call) else {
            return ServiceAnswer::new(
                not_found(call.request.path()),
                "asked for an operation that does not exist".into(),
            );
        };
        if url_match == UrlMatch::Forged {
            return forged();
        }
        let ended = operation.look(now);
        if ended && operation.script.lost {
            return ServiceAnswer::new(
                not_found(call.request.path()),
                "asked for an operation whose record is gone".into(),
            );
        }
        let document = operation.status_document(call.request.path());
        let status = document["status"].as_str().unwrap_or_default().to_owned();
        let note = format!("followed the operation of {}: {status}", purpose_word(operation.purpose));
        ServiceAnswer::new(Reply::json(200, &document), note)
    }

    /// 202 while it runs; at the end the result, which again carries a status URL and a `Retry-After`.
    fn operation_result(&mut self, platform: &mut Platform, call: &ArmCall<'_>) -> ServiceAnswer {
        let now = platform.clock.now();
        let endpoint = platform.operation_endpoint().to_owned();
        let (api_version, mint) = (&call.api_version, &mut platform.mint);
        let Some((operation, url_match)) = self.find_operation(call) else {
            return ServiceAnswer::new(
                not_found(call.request.path()),
                "asked for an operation that does not exist".into(),
            );
        };
        if url_match == UrlMatch::Forged {
            return forged();
        }
        let note = format!("asked for the result of {}", purpose_word(operation.purpose));
        let reply = if operation.look(now) {
            match &operation.script.failure {
                Some(error) => error.reply(400, &operation.activity_id),
                None => Reply::json(200, &operation.result_document())
                    .header("azure-asyncoperation", operation.location_status_url(&endpoint, api_version, mint))
                    .header("retry-after", "30"),
            }
        } else {
            Reply::empty(202)
                .header("location", operation.result_url(&endpoint, api_version, mint))
                .header("retry-after", "30")
        };
        ServiceAnswer::new(reply, note)
    }

    fn find_operation(&mut self, call: &ArmCall<'_>) -> Option<(&mut Operation, UrlMatch)> {
        let (path, query) = (call.request.path(), call.request.raw_query());
        let mut operations = self.operations.iter_mut();
        operations.find_map(|operation| operation.url_match(path, query).map(|url_match| (operation, url_match)))
    }
}

fn list_vaults(platform: &mut Platform, call: &ArmCall<'_>) -> ServiceAnswer {
    let within = |vault: &&vaults::BackupVault| {
        vault.subscription.eq_ignore_ascii_case(call.subscription)
            && call.resource_group.is_none_or(|group| vault.resource_group.eq_ignore_ascii_case(group))
    };
    let values = platform.world.backup_vaults().iter().filter(within).map(vaults::BackupVault::to_json).collect();
    paged(platform, call, |_| values, "listed the backup vaults")
}

fn list_recovery_points(
    platform: &mut Platform,
    call: &ArmCall<'_>,
    vault_id: &str,
    instance: &instances::BackupInstance,
) -> ServiceAnswer {
    let filter = call.request.query("$filter").unwrap_or_default();
    let id = format!("{vault_id}/backupInstances/{}", instance.name);
    match recovery_points::filter_bounds(&filter) {
        Ok(bounds) => {
            let points = recovery_points::listed(&instance.recovery_points, bounds);
            let values = points.into_iter().map(|point| point.to_json(&id, instance.workload.policy)).collect();
            paged(platform, call, |_| values, &format!("listed the recovery points of {}", instance.name))
        }
        Err(why) => {
            let reply = ServiceError::invalid_input().reply(400, &call.activity_id);
            ServiceAnswer::new(reply, format!("was refused a list of recovery points: {why}"))
        }
    }
}

fn get_recovery_point(
    call: &ArmCall<'_>,
    vault_id: &str,
    instance: &instances::BackupInstance,
    point: &str,
) -> ServiceAnswer {
    let Some(found) = instance.find_recovery_point(point) else {
        let error = ServiceError::new("UserErrorRestorePointNotFound", "The restore point was not found.");
        let reply = error.reply(404, &call.activity_id);
        return ServiceAnswer::new(reply, format!("asked for recovery point {point}, which does not exist"));
    };
    let id = format!("{vault_id}/backupInstances/{}", instance.name);
    let reply = Reply::json(200, &found.to_json(&id, instance.workload.policy));
    ServiceAnswer::new(reply, format!("looked at recovery point {point}"))
}

fn find_ranges(
    platform: &Platform,
    call: &ArmCall<'_>,
    instance: &instances::BackupInstance,
) -> Result<ServiceAnswer, Unmodelled> {
    let body = match call.body(bodies::check_ranges)? {
        Ok(body) => body,
        Err(refusal) => return Ok(refusal),
    };
    Ok(match ranges::find(&instance.ranges, &body, platform.clock.now()) {
        Ok(found) => ServiceAnswer::new(
            Reply::json(200, &instances::restorable_time_ranges(&instance.name, &found)),
            format!("asked for the restorable time ranges of {}", instance.name),
        ),
        Err((status, error)) => {
            let mut reply = error.reply(status, &call.activity_id);
            if status == 500 {
                reply.headers.set("connection", "close");
            }
            ServiceAnswer::new(reply, format!("was refused restorable time ranges ({})", error.code))
        }
    })
}

fn purpose_word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Validate => "the validation",
        Purpose::Restore => "the restore",
    }
}

fn forged() -> ServiceAnswer {
    let message = "The signature of the operation's URL is not valid.";
    ServiceAnswer::new(
        gateway_error(403, "AuthorizationFailed", message),
        "changed the signed URL of an operation".into(),
    )
}

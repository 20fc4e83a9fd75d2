//! Microsoft.DataProtection: backup vaults, their instances, points, ranges, restores, operations and jobs.
//! A workload knows what it takes; tokens, throttling and other providers' resources must not enter.

mod blobs;
pub mod bodies;
mod cross_region;
pub mod disks;
mod files;
pub mod guards;
pub mod instances;
pub mod jobs;
mod kubernetes;
pub mod operations;
pub mod order;
pub mod ranges;
pub mod recovery_points;
mod restore;
#[cfg(test)]
mod tests;
pub mod vaults;
pub mod workloads;

pub use restore::add_job;

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::arm::{Answer, Call, Unmodelled};
use super::error::{ServiceError, gateway_error, not_found};
use super::message::Reply;
use super::state::State;
use super::story::{OperationStory, Story};
use jobs::{Job, Region};
use operations::{Door, Operation, Purpose};
use restore::Place;

/// Versions whose shapes are the ones modelled here. Older clients are refused, though Azure takes them.
pub const API_VERSIONS: &[&str] = &["2025-07-01", "2025-09-01", "2026-03-01", "2026-06-01"];

/// How a restore is refused that has the right shape and cannot be done. Which of the two Azure uses is not recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refusal {
    /// The POST is answered 400.
    #[default]
    AtOnce,
    /// The POST is accepted, the operation ends Failed, no job appears.
    InOperation,
}

/// What the service keeps, beside the world.
#[derive(Clone, Debug, Default)]
pub struct Service {
    pub jobs: Vec<Job>,
    pub operations: Vec<Operation>,
    pub refusal: Refusal,
    /// The story of a restore for which none is queued.
    pub story: Story,
    pub next_stories: VecDeque<Story>,
    pub next_stories_of: BTreeMap<String, VecDeque<Story>>,
    pub validation: OperationStory,
    pub next_validations: VecDeque<OperationStory>,
    pub restore_operation: OperationStory,
    pub next_restore_operations: VecDeque<OperationStory>,
    /// `Retry-After` of the 202, in seconds; `None` leaves the header out.
    pub retry_after: RetryAfter,
    /// Rests of lists, by `$skipToken`.
    pages: BTreeMap<String, Vec<Value>>,
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

impl Service {
    /// The place of the job with this GUID or ARM id.
    pub fn position(&self, id: &str) -> Option<usize> {
        let name = id.rsplit('/').next().unwrap_or(id);
        self.jobs.iter().position(|job| job.id.eq_ignore_ascii_case(name))
    }

    fn story_for(&mut self, instance: &str) -> Story {
        let own = self.next_stories_of.get_mut(&instance.to_lowercase()).and_then(VecDeque::pop_front);
        own.or_else(|| self.next_stories.pop_front()).unwrap_or_else(|| self.story.clone())
    }
}

/// The answer to a request below `…/providers/Microsoft.DataProtection`.
pub fn answer(state: &mut State, call: &Call<'_>) -> Result<Answer, Unmodelled> {
    if let Some(refusal) = call.check_api_version("Microsoft.DataProtection", API_VERSIONS) {
        return Ok(refusal);
    }
    let lower: Vec<String> = call.resource.iter().map(|segment| segment.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    match (call.request.method.as_str(), lower.as_slice()) {
        ("GET", ["backupvaults"]) => Ok(list_vaults(state, call)),
        ("GET", ["locations", _, "operationstatus", _]) => Ok(operation_status(state, call)),
        ("GET", ["locations", _, "operationresults", _]) => Ok(operation_result(state, call)),
        ("POST" | "GET", ["locations", region, verb]) if call.resource_group.is_some() => {
            cross_region::answer(state, call, region, verb)
        }
        (method, ["backupvaults", vault, rest @ ..]) if call.resource_group.is_some() => {
            let Some(index) = state.world.backup_vaults.iter().position(|own| {
                own.name.eq_ignore_ascii_case(vault)
                    && own.subscription.eq_ignore_ascii_case(call.subscription)
                    && call.resource_group.is_some_and(|group| own.resource_group.eq_ignore_ascii_case(group))
            }) else {
                let reply = not_found(&format!("Microsoft.DataProtection/backupVaults/{vault}"));
                return Ok(Answer::new(reply, format!("asked for backup vault {vault}, which does not exist")));
            };
            in_vault(state, call, index, method, rest)
        }
        _ => Err(call.unmodelled()),
    }
}

fn in_vault(
    state: &mut State,
    call: &Call<'_>,
    index: usize,
    method: &str,
    rest: &[&str],
) -> Result<Answer, Unmodelled> {
    let Some(vault) = state.world.backup_vaults.get(index) else { return Err(call.unmodelled()) };
    let vault = vault.clone();
    let (method_and_rest, vault_id) = ((method, rest), vault.id());
    match method_and_rest {
        ("GET", []) => {
            Ok(Answer::new(Reply::json(200, &vault.to_json()), format!("looked at backup vault {}", vault.name)))
        }
        ("GET", ["operationstatus", _]) => Ok(operation_status(state, call)),
        ("GET", ["backupinstances"]) => {
            let values = vault.instances.iter().map(|instance| instance.to_json(&vault_id)).collect();
            Ok(paged(state, call, |_| values, "listed the backup instances"))
        }
        ("GET", ["backupjobs"]) => Ok(jobs::list(state, call, &vault_id, Region::Primary)),
        ("GET", ["backupjobs", job]) => Ok(jobs::get(state, call, &vault_id, job, Region::Primary)),
        (method, ["backupinstances", name, rest @ ..]) => {
            let Some(instance) = vault.instances.iter().find(|own| own.name.eq_ignore_ascii_case(name)) else {
                let reply =
                    not_found(&format!("Microsoft.DataProtection/backupVaults/{}/backupInstances/{name}", vault.name));
                return Ok(Answer::new(reply, format!("asked for backup instance {name}, which does not exist")));
            };
            match (method, rest) {
                ("GET", []) => {
                    let reply = Reply::json(200, &instance.to_json(&vault_id));
                    Ok(Answer::new(reply, format!("looked at backup instance {}", instance.name)))
                }
                ("GET", ["recoverypoints"]) => Ok(list_recovery_points(state, call, &vault_id, instance)),
                ("GET", ["recoverypoints", point]) => Ok(match instance.find_recovery_point(point) {
                    Some(found) => {
                        let id = format!("{vault_id}/backupInstances/{}", instance.name);
                        Answer::new(
                            Reply::json(200, &found.to_json(&id, instance.workload.policy())),
                            format!("looked at recovery point {point}"),
                        )
                    }
                    None => {
                        let error =
                            ServiceError::new("UserErrorRestorePointNotFound", "The restore point was not found.");
                        let reply = error.reply(404, &call.activity_id);
                        Answer::new(reply, format!("asked for recovery point {point}, which does not exist"))
                    }
                }),
                ("POST", ["findrestorabletimeranges"]) => find_ranges(state, call, instance),
                ("POST", ["validaterestore"]) => {
                    let place = Place { vault: &vault, instance, secondary_region: None };
                    let body = call.body(bodies::check_validation)?;
                    Ok(body.map_or_else(
                        |refusal| refusal,
                        |body| restore::validate(state, call, &place, &body["restoreRequestObject"]),
                    ))
                }
                ("POST", ["restore"]) => {
                    let place = Place { vault: &vault, instance, secondary_region: None };
                    let body = call.body(bodies::check_restore)?;
                    Ok(body.map_or_else(|refusal| refusal, |body| restore::trigger(state, call, &place, &body)))
                }
                _ => Err(call.unmodelled()),
            }
        }
        _ => Err(call.unmodelled()),
    }
}

fn list_vaults(state: &mut State, call: &Call<'_>) -> Answer {
    let within = |vault: &&vaults::BackupVault| {
        vault.subscription.eq_ignore_ascii_case(call.subscription)
            && call.resource_group.is_none_or(|group| vault.resource_group.eq_ignore_ascii_case(group))
    };
    let values = state.world.backup_vaults.iter().filter(within).map(vaults::BackupVault::to_json).collect();
    paged(state, call, |_| values, "listed the backup vaults")
}

fn list_recovery_points(
    state: &mut State,
    call: &Call<'_>,
    vault_id: &str,
    instance: &instances::BackupInstance,
) -> Answer {
    let filter = call.request.query("$filter").unwrap_or_default();
    let id = format!("{vault_id}/backupInstances/{}", instance.name);
    match recovery_points::filter_bounds(&filter) {
        Ok(bounds) => {
            let points = recovery_points::listed(&instance.recovery_points, bounds);
            let values = points.into_iter().map(|point| point.to_json(&id, instance.workload.policy())).collect();
            paged(state, call, |_| values, &format!("listed the recovery points of {}", instance.name))
        }
        Err(why) => {
            let reply = ServiceError::invalid_input().reply(400, &call.activity_id);
            Answer::new(reply, format!("was refused a list of recovery points: {why}"))
        }
    }
}

fn find_ranges(state: &State, call: &Call<'_>, instance: &instances::BackupInstance) -> Result<Answer, Unmodelled> {
    let body = match call.body(bodies::check_ranges)? {
        Ok(body) => body,
        Err(refusal) => return Ok(refusal),
    };
    Ok(match ranges::find(&instance.ranges, &body, state.clock.now()) {
        Ok(found) => Answer::new(
            Reply::json(200, &instances::restorable_time_ranges(&instance.name, &found)),
            format!("asked for the restorable time ranges of {}", instance.name),
        ),
        Err((status, error)) => {
            let mut reply = error.reply(status, &call.activity_id);
            if status == 500 {
                reply.headers.set("connection", "close");
            }
            Answer::new(reply, format!("was refused restorable time ranges ({})", error.code))
        }
    })
}

fn operation_status(state: &mut State, call: &Call<'_>) -> Answer {
    let now = state.clock.now();
    let Some((operation, door)) = find_operation(state, call) else {
        return Answer::new(not_found(call.request.path()), "asked for an operation that does not exist".into());
    };
    if door == Door::Forged {
        return forged();
    }
    let ended = operation.look(now);
    if ended && operation.story.lost {
        return Answer::new(not_found(call.request.path()), "asked for an operation whose record is gone".into());
    }
    let document = operation.status_document(call.request.path());
    let status = document["status"].as_str().unwrap_or_default().to_owned();
    let note = format!("followed the operation of {}: {status}", purpose_word(operation.purpose));
    Answer::new(Reply::json(200, &document), note)
}

/// 202 while it runs; at the end the result, which again carries a status URL and a `Retry-After`.
fn operation_result(state: &mut State, call: &Call<'_>) -> Answer {
    let now = state.clock.now();
    let endpoint = state.operation_endpoint().to_owned();
    let api_version = call.api_version.clone();
    let mut mint = state.mint.clone();
    let Some((operation, door)) = find_operation(state, call) else {
        return Answer::new(not_found(call.request.path()), "asked for an operation that does not exist".into());
    };
    if door == Door::Forged {
        return forged();
    }
    let note = format!("asked for the result of {}", purpose_word(operation.purpose));
    let reply = if operation.look(now) {
        match &operation.story.failure {
            Some(error) => error.reply(400, &operation.activity_id),
            None => Reply::json(200, &operation.result_document())
                .header("azure-asyncoperation", operation.location_status_url(&endpoint, &api_version, &mut mint))
                .header("retry-after", "30"),
        }
    } else {
        Reply::empty(202)
            .header("location", operation.result_url(&endpoint, &api_version, &mut mint))
            .header("retry-after", "30")
    };
    state.mint = mint;
    Answer::new(reply, note)
}

fn purpose_word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Validate => "the validation",
        Purpose::Restore => "the restore",
    }
}

fn find_operation<'a>(state: &'a mut State, call: &Call<'_>) -> Option<(&'a mut Operation, Door)> {
    let (path, query) = (call.request.path(), call.request.raw_query());
    state
        .data_protection
        .operations
        .iter_mut()
        .find_map(|operation| operation.door(path, query).map(|door| (operation, door)))
}

fn forged() -> Answer {
    let message = "The signature of the operation's URL is not valid.";
    Answer::new(gateway_error(403, "AuthorizationFailed", message), "changed the signed URL of an operation".into())
}

/// A list by pages. `fill` runs for the first page only, so that one reading of a list sees one state of it.
fn paged(state: &mut State, call: &Call<'_>, fill: impl FnOnce(&mut State) -> Vec<Value>, note: &str) -> Answer {
    let token = call.request.query("$skipToken").or_else(|| call.request.query("$skiptoken"));
    let mut values = match &token {
        None => fill(state),
        Some(token) => match state.data_protection.pages.get(token) {
            Some(rest) => rest.clone(),
            None => {
                let reply = ServiceError::invalid_input().reply(400, &call.activity_id);
                return Answer::new(reply, "asked for a page that was not offered".into());
            }
        },
    };
    let empty_page = token.is_none() && state.paging.begins_with_an_empty_page;
    let size = if empty_page { 0 } else { state.paging.size.max(1) };
    let rest = values.split_off(size.min(values.len()));
    let mut body = json!({"value": values, "nextLink": null});
    if empty_page || !rest.is_empty() {
        let token = state.mint.noise(24);
        let (endpoint, path, version) = (&state.endpoint, call.request.path(), &call.api_version);
        body["nextLink"] = json!(format!("{endpoint}{path}?api-version={version}&%24skipToken={token}"));
        state.data_protection.pages.insert(token, rest);
    }
    Answer::new(Reply::json(200, &body), note.to_owned())
}

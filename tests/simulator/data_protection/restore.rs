//! The two POSTs of a restore: the validation, which only looks, and the trigger, which makes a job.

use serde_json::Value;

use super::super::arm::{Answer, Call, Unmodelled};
use super::super::error::ServiceError;
use super::super::journal::AcceptedRestore;
use super::super::message::Reply;
use super::super::state::State;
use super::super::story::{ActivityId, OperationStory, Progress, Story};
use super::instances::BackupInstance;
use super::jobs::Job;
use super::operations::{Opening, Operation, Purpose};
use super::order::{Order, Situation};
use super::vaults::BackupVault;
use super::{Refusal, bodies};

/// `validateRestore`: always accepted if the body has the right shape; what is wrong is said by the operation.
pub fn validate(
    state: &mut State,
    call: &Call<'_>,
    vault: &BackupVault,
    instance: &BackupInstance,
) -> Result<Answer, Unmodelled> {
    let body = match call.body(bodies::check_validation)? {
        Ok(body) => body,
        Err(refusal) => return Ok(refusal),
    };
    let mut wrong = read(state, instance, &body["restoreRequestObject"]).err();
    let own = state.world.instance_mut(&vault.id(), &instance.name);
    if let Some(own) = own.filter(|own| own.validations_without_role > 0) {
        own.validations_without_role -= 1;
        wrong = Some(missing_role(vault, instance));
    }
    let queued = state.data_protection.next_validations.pop_front();
    let mut story = queued.unwrap_or_else(|| state.data_protection.validation.clone());
    story.failure = story.failure.or(wrong);
    Ok(accepted(state, call, vault, Purpose::Validate, story, None)
        .noted(format!("asked to validate a restore of {}", instance.name)))
}

/// `restore`: once accepted, the job exists.
pub fn trigger(
    state: &mut State,
    call: &Call<'_>,
    vault: &BackupVault,
    instance: &BackupInstance,
) -> Result<Answer, Unmodelled> {
    let body = match call.body(bodies::check_restore)? {
        Ok(body) => body,
        Err(refusal) => return Ok(refusal),
    };
    let order = match read(state, instance, &body) {
        _ if instance.validations_without_role > 0 => Err(missing_role(vault, instance)),
        read => read,
    };
    let queued = state.data_protection.next_restore_operations.pop_front();
    let mut operation = queued.unwrap_or_else(|| state.data_protection.restore_operation.clone());
    if let Err(error) = &order
        && state.data_protection.refusal == Refusal::AtOnce
    {
        let reply = error.reply(400, &call.activity_id);
        return Ok(Answer::new(reply, format!("was refused a restore of {} ({})", instance.name, error.code)));
    }
    let order = match order {
        Ok(order) if operation.failure.is_none() => order,
        refused => {
            operation.failure = operation.failure.or(refused.err());
            let answer = accepted(state, call, vault, Purpose::Restore, operation, None);
            return Ok(answer.noted(format!("triggered a restore of {} that fails before it has a job", instance.name)));
        }
    };
    let story = state.data_protection.story_for(&instance.name);
    let job = add_job(state, vault, instance, order, &call.activity_id, story);
    let (id, arm_id, cased) = (job.id.clone(), job.arm_id(), job.oddly_cased_id());
    let backup_instance = job.instance_id.clone();
    let mut answer = accepted(state, call, vault, Purpose::Restore, operation, Some(cased))
        .noted(format!("triggered a restore of {}: accepted, job {id}", instance.name));
    answer.accepted_restore = Some(AcceptedRestore {
        job_id: id,
        job: arm_id,
        backup_instance,
        client_request_id: call.request.headers.get("x-ms-client-request-id").map(str::to_owned),
    });
    Ok(answer)
}

fn read(state: &State, instance: &BackupInstance, body: &Value) -> Result<Order, ServiceError> {
    let running = state.data_protection.jobs.iter().filter(|job| job.is_running()).collect();
    Situation { world: &state.world, running, now: state.clock.now() }.read(instance, body)
}

fn missing_role(vault: &BackupVault, instance: &BackupInstance) -> ServiceError {
    ServiceError::missing_role(&vault.guid.to_string(), &instance.account.id())
}

/// A new job, also for restores that somebody else has started.
pub fn add_job<'a>(
    state: &'a mut State,
    vault: &BackupVault,
    instance: &BackupInstance,
    order: Order,
    activity_id: &str,
    story: Story,
) -> &'a mut Job {
    let now = state.clock.now();
    let activity_id = match &story.activity_id {
        ActivityId::Echoed => activity_id.to_owned(),
        ActivityId::Suffixed(suffix) => format!("{activity_id}{suffix}"),
        ActivityId::Upper => activity_id.to_uppercase(),
        ActivityId::Replaced(other) => other.clone(),
    };
    let mut job = Job {
        id: state.mint.uuid().to_string(),
        vault_id: vault.id(),
        vault_name: vault.name.clone(),
        instance_id: vault.instance_id(&instance.name),
        instance_name: instance.name.clone(),
        source_account_id: instance.account.id(),
        source_account: instance.account.name.clone(),
        source_resource_group: instance.account.resource_group.clone(),
        source_location: instance.account.location.clone(),
        subscription: vault.subscription.clone(),
        activity_id,
        order,
        progress: Progress::new(story),
        started: now,
        ended: None,
        changed: (now, 0),
    };
    if job.settle(now) {
        let order = job.order.clone();
        state.restored(&order);
    }
    let jobs = &mut state.data_protection.jobs;
    let last = jobs.len();
    jobs.push(job);
    &mut jobs[last]
}

fn accepted(
    state: &mut State,
    call: &Call<'_>,
    vault: &BackupVault,
    purpose: Purpose,
    story: OperationStory,
    job_id: Option<String>,
) -> Answer {
    let vault_id = vault.id();
    let opening = Opening {
        purpose,
        vault_id: &vault_id,
        vault_guid: vault.guid,
        subscription: &vault.subscription,
        location: &vault.location,
        activity_id: &call.activity_id,
        story,
        job_id,
    };
    let mut operation = Operation::open(opening, &mut state.mint, state.clock.now());
    let endpoint = state.operation_endpoint().to_owned();
    let mut reply = Reply::empty(202)
        .header("azure-asyncoperation", operation.vault_status_url(&endpoint, &call.api_version, &mut state.mint))
        .header("location", operation.result_url(&endpoint, &call.api_version, &mut state.mint));
    let wait = match purpose {
        Purpose::Validate => state.data_protection.retry_after.validate,
        Purpose::Restore => state.data_protection.retry_after.restore,
    };
    if let Some(seconds) = wait {
        reply.headers.set("retry-after", seconds.to_string());
    }
    state.data_protection.operations.push(operation);
    Answer::new(reply, String::new())
}

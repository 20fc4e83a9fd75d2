//! The two POSTs of a restore, here or in the secondary region: the validation, which only looks, and the trigger, which
//! makes a job.

use serde_json::Value;

use super::super::arm::{ArmCall, ServiceAnswer};
use super::super::error::ServiceError;
use super::super::journal::AcceptedRestore;
use super::super::message::Reply;
use super::super::platform::Platform;
use super::super::script::{ActivityId, JobScript, OperationScript, Progress};
use super::instances::{BackupInstance, UNTIL_GRANTED};
use super::jobs::SimulatedJob;
use super::operations::{Opening, Operation, Purpose};
use super::order::{AdmittedOrder, Details, Order, OrderContext};
use super::vaults::BackupVault;
use super::{DataProtection, RestoreRefusal};

/// What a restore is asked of.
pub struct RestoreSource<'a> {
    pub vault: &'a BackupVault,
    pub instance: &'a BackupInstance,
    /// The region where the restore runs, where that is the secondary one.
    pub secondary_region: Option<&'a str>,
}

impl RestoreSource<'_> {
    fn read(&self, jobs: &[SimulatedJob], platform: &Platform, request: &Value) -> Result<AdmittedOrder, ServiceError> {
        let secondary = self.secondary_region.is_some();
        let running = jobs.iter().filter(|job| job.is_running()).collect();
        let now = platform.clock.now();
        let agreed = OrderContext { world: &platform.world, vault: self.vault, secondary, running, now }
            .read(self.instance, request)?;
        let location = request["restoreTargetInfo"]["restoreLocation"].as_str().unwrap_or_default();
        match self.secondary_region {
            Some(region) if !same_region(location, region) => {
                Err(ServiceError::invalid_because("restoreLocation is not the secondary region"))
            }
            _ => Ok(agreed),
        }
    }

    /// A refusal by the service: in the secondary region it has the shape of Resource Manager's own errors.
    pub fn refusal(&self, error: &ServiceError, call: &ArmCall<'_>) -> ServiceAnswer {
        let reply = match self.secondary_region {
            None => error.reply(400, &call.activity_id),
            Some(_) => error.response(400, &call.activity_id),
        };
        let why = if error.secretly.is_empty() { String::new() } else { format!(": {}", error.secretly) };
        ServiceAnswer::new(reply, format!("was refused a restore of {} ({}{why})", self.instance.name, error.code))
    }

    fn missing_role(&self) -> ServiceError {
        let usual = || self.instance.workload.missing_role(&self.vault.guid.to_string(), &self.instance.source.id());
        self.instance.role_error.clone().unwrap_or_else(usual)
    }
}

/// Whether two names of a region are one: casing and blanks make no difference.
pub fn same_region(left: &str, right: &str) -> bool {
    let plain = |name: &str| name.replace(' ', "").to_lowercase();
    plain(left) == plain(right)
}

impl From<Order> for AdmittedOrder {
    fn from(order: Order) -> Self {
        Self { order, details: Details::default() }
    }
}

impl DataProtection {
    /// A validation: accepted if the request is one of this workload at all; what else is wrong is said by the operation.
    pub fn validate(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        place: &RestoreSource<'_>,
        request: &Value,
    ) -> ServiceAnswer {
        let mut wrong = place.read(&self.jobs, platform, request).err();
        if let Some(error) = wrong.as_ref().filter(|error| error.is_invalid_input()) {
            return place.refusal(error, call);
        }
        let own = platform.world.instance_mut(&place.vault.id(), &place.instance.name);
        if let Some(own) = own.filter(|own| own.validations_without_role > 0) {
            if own.validations_without_role != UNTIL_GRANTED {
                own.validations_without_role -= 1;
            }
            wrong = Some(place.missing_role());
        }
        let mut script = platform.scripts.of_validation();
        script.failure = script.failure.or(wrong);
        self.accepted(platform, call, place, Purpose::Validate, script, None)
            .noted(format!("asked to validate a restore of {}", place.instance.name))
    }

    /// A trigger: once accepted, the job exists.
    pub fn trigger(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        place: &RestoreSource<'_>,
        request: &Value,
    ) -> ServiceAnswer {
        let name = &place.instance.name;
        if let Some(guard) = &place.vault.resource_guard {
            let foreign_tenant = || match place.secondary_region {
                None => guard.refuse_foreign_tenant(&platform.world.tenant, &call.auxiliary_tenants),
                Some(_) => None,
            };
            if let Some(reply) = guard.refuse_unnamed(request, &call.activity_id).or_else(foreign_tenant) {
                return ServiceAnswer::new(
                    reply,
                    format!("was refused a restore of {name} by the vault's Resource Guard"),
                );
            }
        }
        let agreed = match place.read(&self.jobs, platform, request) {
            Ok(_) if place.instance.validations_without_role > 0 => Err(place.missing_role()),
            read => read,
        };
        let mut operation = platform.scripts.of_operation();
        if let Err(error) = &agreed
            && (error.is_invalid_input() || self.refusal == RestoreRefusal::AtOnce)
        {
            return place.refusal(error, call);
        }
        let agreed = match agreed {
            Ok(agreed) if operation.failure.is_none() => agreed,
            refused => {
                operation.failure = operation.failure.or(refused.err());
                let answer = self.accepted(platform, call, place, Purpose::Restore, operation, None);
                return answer.noted(format!("triggered a restore of {name} that fails before it has a job"));
            }
        };
        let script = platform.scripts.of_restore(name);
        let job = self.add_job(platform, place.vault, place.instance, agreed, &call.activity_id, script);
        let (id, arm_id, cased) = (job.id.clone(), job.arm_id(), job.oddly_cased_id());
        let item = job.instance_id.clone();
        let shown = if place.secondary_region.is_some() { id.clone() } else { cased };
        let mut answer = self
            .accepted(platform, call, place, Purpose::Restore, operation, Some(shown))
            .noted(format!("triggered a restore of {name}: accepted, job {id}"));
        answer.accepted_restore = Some(AcceptedRestore {
            job_id: id,
            job: arm_id,
            item,
            client_request_id: call.request.headers.get("x-ms-client-request-id").map(str::to_owned),
        });
        answer
    }

    /// A new job, also for restores that somebody else has started.
    pub fn add_job(
        &mut self,
        platform: &mut Platform,
        vault: &BackupVault,
        instance: &BackupInstance,
        agreed: AdmittedOrder,
        activity_id: &str,
        script: JobScript,
    ) -> &mut SimulatedJob {
        let now = platform.clock.now();
        let activity_id = match &script.activity_id {
            ActivityId::Echoed => activity_id.to_owned(),
            ActivityId::Suffixed(suffix) => format!("{activity_id}{suffix}"),
            ActivityId::Upper => activity_id.to_uppercase(),
            ActivityId::Replaced(other) => other.clone(),
        };
        let job = SimulatedJob {
            id: platform.mint.uuid().to_string(),
            vault_id: vault.id(),
            vault_name: vault.name.clone(),
            instance_id: vault.instance_id(&instance.name),
            instance_name: instance.name.clone(),
            workload: instance.workload,
            source: instance.source.clone(),
            subscription: vault.subscription.clone(),
            activity_id,
            order: agreed.order,
            details: agreed.details,
            progress: Progress::new(script),
            started: now,
            ended: None,
            changed: (now, 0),
        };
        let at = self.jobs.len();
        self.jobs.push(job);
        self.settle(platform, at);
        &mut self.jobs[at]
    }

    pub(super) fn accepted(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        place: &RestoreSource<'_>,
        purpose: Purpose,
        script: OperationScript,
        job_id: Option<String>,
    ) -> ServiceAnswer {
        let vault = place.vault;
        let vault_id = vault.id();
        let opening = Opening {
            purpose,
            vault_id: &vault_id,
            vault_guid: vault.guid,
            subscription: &vault.subscription,
            location: place.secondary_region.unwrap_or(&vault.location),
            activity_id: &call.activity_id,
            script,
            job_id,
        };
        let mut operation = Operation::open(opening, &mut platform.mint, platform.clock.now());
        let endpoint = platform.operation_endpoint().to_owned();
        let status_url = match place.secondary_region {
            None => operation.vault_status_url(&endpoint, &call.api_version, &mut platform.mint),
            Some(_) => operation.location_status_url(&endpoint, &call.api_version, &mut platform.mint),
        };
        let mut reply = Reply::empty(202)
            .header("azure-asyncoperation", status_url)
            .header("location", operation.result_url(&endpoint, &call.api_version, &mut platform.mint));
        let wait = match purpose {
            Purpose::Validate => self.retry_after.validate,
            Purpose::Restore => self.retry_after.restore,
        };
        if let Some(seconds) = wait {
            reply.headers.set("retry-after", seconds.to_string());
        }
        self.operations.push(operation);
        ServiceAnswer::new(reply, String::new())
    }
}

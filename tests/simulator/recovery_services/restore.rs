//! The POST that restores an item, and the one that asks whether it could be restored: what they ask for, whether Azure would
//! do it, and the job that the first makes.

use serde_json::Value;

use super::super::arm::{ArmCall, ServiceAnswer};
use super::super::error::{ServiceError, gateway_error};
use super::super::journal::AcceptedRestore;
use super::super::message::Reply;
use super::super::platform::Platform;
use super::super::script::{ActivityId, JobScript, OperationScript, Progress};
use super::super::world::World;
use super::RecoveryServices;
use super::databases;
use super::items::{ItemKind, ProtectedItem};
use super::jobs::{FileShareOrder, ItemJob, ItemOrder};
use super::machines;
use super::operations::{ItemOperation, ItemPurpose};
use super::points::ItemPoint;
use super::vaults::RecoveryServicesVault;

/// Files and directories that one restore takes.
const MOST_FILES: usize = 99;

impl RecoveryServices {
    pub(super) fn trigger(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        (vault, cross_region): (&RecoveryServicesVault, bool),
        item: &ProtectedItem,
        point: &str,
        body: &Value,
    ) -> ServiceAnswer {
        let name = &item.friendly_name;
        let own = platform.world.protected_item_named(name);
        // Of machines, a validation finds it.
        let lacks_role = own.is_some_and(|own| match own.kind {
            ItemKind::FileShare | ItemKind::Database(_) => own.lacks_role(),
            ItemKind::VirtualMachine if cross_region => own.lacks_role(),
            ItemKind::VirtualMachine => own.restores_without_role > 0,
        });
        if lacks_role {
            let error = missing_role(item);
            return ServiceAnswer::new(
                error.reply(400, &call.activity_id),
                format!("was refused a restore of {name} for want of a role"),
            );
        }
        if let Some(request) = vault.guard_request().filter(|request| !cross_region && !names(body, request)) {
            let message =
                format!("The operation is protected by a Resource Guard; its request {request} is not named.");
            let reply = gateway_error(403, "UserErrorResourceGuardOperationRequestMissing", &message);
            return ServiceAnswer::new(reply, format!("was refused a restore of {name} by the vault's Resource Guard"));
        }
        let order = self.order(&platform.world, vault, item, point, body);
        let (point, order) = match order {
            Ok(order) => order,
            Err(error) => return refused(item, call, &error),
        };
        let mut script = platform.scripts.of_operation();
        let urls = match cross_region {
            true => [("azure-asyncoperation", "backupCrrOperationsStatus"), ("location", "backupCrrOperationResults")],
            false => [("azure-asyncoperation", "operationsStatus"), ("location", "operationResults")],
        };
        let region = cross_region.then(|| vault.location.clone());
        let below = match &region {
            Some(region) => {
                let subscription = &vault.subscription;
                format!("/subscriptions/{subscription}/providers/Microsoft.RecoveryServices/locations/{region}")
            }
            None => item.id(vault),
        };
        if script.failure.is_some() {
            let nothing = ItemPurpose::Restore { job: None };
            let answer = self.accepted(platform, call, below, std::mem::take(&mut script), nothing, &urls);
            return answer.noted(format!("triggered a restore of {name} that fails before it has a job"));
        }
        let job_script = platform.scripts.of_restore(name);
        let job = self.add_job(platform, vault, item, &point, order, &call.activity_id, job_script);
        job.region = region;
        let (id, job_id, item_id) = (job.id.clone(), job.arm_id(), job.item_id.clone());
        let mut answer = self
            .accepted(platform, call, below, script, ItemPurpose::Restore { job: Some(id.clone()) }, &urls)
            .noted(format!("triggered a restore of {name}: accepted, job {id}"));
        answer.accepted_restore = Some(AcceptedRestore {
            job_id: id,
            job: job_id,
            item: item_id,
            client_request_id: call.request.headers.get("x-ms-client-request-id").map(str::to_owned),
        });
        answer
    }

    /// A new job, also for restores that somebody else has started.
    #[allow(clippy::too_many_arguments, reason = "one thing each")]
    pub(super) fn add_job(
        &mut self,
        platform: &mut Platform,
        vault: &RecoveryServicesVault,
        item: &ProtectedItem,
        point: &ItemPoint,
        order: ItemOrder,
        activity_id: &str,
        script: JobScript,
    ) -> &mut ItemJob {
        let activity_id = match &script.activity_id {
            ActivityId::Echoed => activity_id.to_owned(),
            ActivityId::Suffixed(suffix) => format!("{activity_id}{suffix}"),
            ActivityId::Upper => activity_id.to_uppercase(),
            ActivityId::Replaced(other) => other.clone(),
        };
        let now = platform.clock.now();
        let mut job = ItemJob {
            id: platform.mint.uuid().to_string(),
            vault_id: vault.id(),
            item_id: item.id(vault),
            kind: item.kind,
            share: item.friendly_name.clone(),
            account: item.account.clone(),
            account_group: item.account_group.clone(),
            instance: item.database.instance.clone(),
            point_time: point.time,
            activity_id,
            order,
            region: None,
            looked: 0,
            progress: Progress::new(script),
            started: now,
            ended: None,
            failed_files: item.failed_files,
            skipped_files: item.skipped_files,
        };
        job.settle(&mut platform.world, now);
        let at = self.jobs.len();
        self.jobs.push(job);
        &mut self.jobs[at]
    }

    pub(super) fn accepted(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        below: String,
        script: OperationScript,
        purpose: ItemPurpose,
        urls: &[(&'static str, &'static str)],
    ) -> ServiceAnswer {
        let retry_after = match &purpose {
            ItemPurpose::Restore { .. } | ItemPurpose::Change { .. } => self.retry_after,
            ItemPurpose::Validation | ItemPurpose::Disks(_) => Some(10),
        };
        let mut operation = ItemOperation::open(platform, below, &call.activity_id, script, purpose);
        let endpoint = platform.operation_endpoint().to_owned();
        let mut reply = Reply::empty(202);
        for (header, kind) in urls {
            let url = operation.url(kind, &endpoint, &call.api_version, &mut platform.mint);
            reply.headers.set(header, url);
        }
        if let Some(seconds) = retry_after {
            reply.headers.set("retry-after", seconds.to_string());
        }
        self.operations.push(operation);
        ServiceAnswer::new(reply, String::new())
    }

    /// The question whether an item could be restored: accepted if it is one of a right kind at all; what else is wrong is
    /// found by the operation.
    pub(super) fn validate(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        body: &Value,
    ) -> ServiceAnswer {
        let id = body["id"].as_str().unwrap_or_default();
        let Some((item, point)) = vault.point_named(id) else {
            let error = ServiceError::invalid_because("the id is not that of a point of this vault");
            let note = "was refused a validation: its point is not there".to_owned();
            return ServiceAnswer::new(error.reply(400, &call.activity_id), note);
        };
        let item = item.clone();
        let mut wrong = self.order(&platform.world, vault, &item, point, &body["properties"]["restoreRequest"]).err();
        if let Some(error) = wrong.as_ref().filter(|error| error.is_invalid_input()) {
            return refused(&item, call, error);
        }
        if platform.world.protected_item_named(&item.friendly_name).is_some_and(ProtectedItem::lacks_role) {
            wrong = Some(missing_role(&item));
        }
        let mut script = platform.scripts.of_validation();
        script.failure = script.failure.or(wrong);
        let urls = [
            ("azure-asyncoperation", "backupValidateOperationsStatuses"),
            ("location", "backupValidateOperationResults"),
        ];
        let answer = self.accepted(platform, call, vault.id(), script, ItemPurpose::Validation, &urls);
        answer.noted(format!("asked to validate a restore of {}", item.friendly_name))
    }

    /// The question which disks a point has. Its answer has no status, only a result.
    pub(super) fn ask_for_disks(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        body: &Value,
    ) -> ServiceAnswer {
        let ids = body["properties"]["recoveryPointIds"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = match ids {
            [id] => id.as_str().and_then(|id| vault.point_named(id).map(|(item, point)| (id, item, point))),
            _ => None,
        };
        let machine = found.filter(|(_, item, _)| item.kind == ItemKind::VirtualMachine);
        let point = machine.and_then(|(id, item, point)| Some((id, item.find_point(point)?)));
        let Some((id, point)) = point else {
            let error = ServiceError::invalid_because("there is not exactly one point of a machine");
            return ServiceAnswer::new(error.reply(400, &call.activity_id), "was refused the disks of a point".into());
        };
        let below = format!("{}/backupFabrics/Azure", vault.id());
        let disks = ItemPurpose::Disks(machines::disks(point, id));
        let urls = [("location", "getRPExtendedInfoOperationResult")];
        let answer = self.accepted(platform, call, below, OperationScript::default(), disks, &urls);
        answer.noted("asked for the disks of a point".into())
    }

    /// The order that a body gives, if it is of the kind of the item.
    fn order(
        &self,
        world: &World,
        vault: &RecoveryServicesVault,
        item: &ProtectedItem,
        point: &str,
        body: &Value,
    ) -> Result<(ItemPoint, ItemOrder), ServiceError> {
        let of_share =
            body["objectType"].as_str().is_some_and(|own| own.eq_ignore_ascii_case("AzureFileShareRestoreRequest"));
        match (item.kind, of_share) {
            (ItemKind::FileShare, true) => {
                self.read(world, vault, item, point, body).map(|(point, order)| (point, ItemOrder::FileShare(order)))
            }
            (ItemKind::Database(server), false) => {
                let (point, order) = databases::read(world, vault, item, server, point, body)?;
                let id = item.id(vault);
                match self.jobs.iter().find(|job| databases::is_in_the_way(job, &id, &order)) {
                    Some(other) => Err(ServiceError::new(
                        "BMSUserErrorObjectLocked",
                        "Another operation is in progress on the selected item.",
                    )
                    .recommend(&format!("Wait until job {} has ended, then try again.", other.id))),
                    None => Ok((point, ItemOrder::Database(Box::new(order)))),
                }
            }
            (ItemKind::VirtualMachine, false) => {
                let (point, order) = machines::read(world, vault, item, point, body)?;
                let id = item.id(vault);
                match self.jobs.iter().find(|job| machines::is_in_the_way(job, &id, &order)) {
                    Some(other) => Err(ServiceError::new(
                        "BMSUserErrorObjectLocked",
                        "Another operation is in progress on the selected item.",
                    )
                    .recommend(&format!("Wait until job {} has ended, then try again.", other.id))),
                    None => Ok((point, ItemOrder::Machine(Box::new(order)))),
                }
            }
            _ => Err(ServiceError::invalid_because("the request is not of a kind for this item")),
        }
    }

    /// The order that a body of right shape gives, or why Azure refuses it.
    fn read(
        &self,
        world: &World,
        vault: &RecoveryServicesVault,
        item: &ProtectedItem,
        point: &str,
        body: &Value,
    ) -> Result<(ItemPoint, FileShareOrder), ServiceError> {
        let is = |name: &str, word: &str| body[name].as_str().is_some_and(|own| own.eq_ignore_ascii_case(word));
        let invalid = |why: &'static str| Err(ServiceError::invalid_because(why));
        let point = item
            .find_point(point)
            .ok_or_else(|| ServiceError::new("UserErrorRecoveryPointNotFound", "The recovery point was not found."))?;
        if item.soft_deleted {
            let message = "The file share is in soft deleted state.";
            return Err(ServiceError::new("UserErrorRestoreAFSInSoftDeleteState", message)
                .recommend("Undelete the protected item, then restore."));
        }
        if !is("sourceResourceId", &item.source_id) {
            return invalid("sourceResourceId is not the account of the item");
        }
        let (elsewhere, whole) =
            (is("recoveryType", "AlternateLocation"), is("restoreRequestType", "FullShareRestore"));
        let specs = body["restoreFileSpecs"].as_array().map(Vec::as_slice).unwrap_or_default();
        let paths = specs.iter().filter(|spec| spec["path"].is_string() && spec["fileSpecType"].is_string()).count();
        match whole {
            true if specs.len() > 1 || paths > 0 => return invalid("the whole share has no paths"),
            false if specs.is_empty() || specs.len() > MOST_FILES => return invalid("there are no paths, or too many"),
            false if paths < specs.len() => return invalid("a path or its kind is missing"),
            _ => {}
        }
        let vaulted = point.lies_in("HardenedRP") && !point.lies_in("InstantRP");
        if vaulted && !(whole && elsewhere && is("copyOptions", "Overwrite")) {
            let message = "The recovery point is in the vault only and does not support this kind of restore.";
            return Err(ServiceError::new("UserErrorVaultedPointNotSupportedForRestoreType", message));
        }
        let folder = specs.first().and_then(|spec| spec["targetFolderPath"].as_str()).unwrap_or_default().to_owned();
        let target = match (elsewhere, body["targetDetails"].is_null()) {
            (false, true) => (item.account.clone(), item.friendly_name.clone()),
            (false, false) => return invalid("a restore to the original location has no target"),
            (true, true) => return invalid("the target is missing"),
            (true, false) => target(world, vault, &body["targetDetails"])?,
        };
        let order = FileShareOrder { target, folder, to_original_location: !elsewhere };
        let same = |job: &ItemJob| matches!(&job.order, ItemOrder::FileShare(own) if own.target == order.target);
        match self.jobs.iter().find(|job| job.is_running() && same(job)) {
            Some(other) => Err(ServiceError::new(
                "UserErrorAnotherRestoreInProgressOnSameTarget",
                "Another restore is in progress on the same target file share.",
            )
            .recommend(&format!("Wait until job {} has ended, then try again.", other.id))),
            None => Ok((point.clone(), order)),
        }
    }
}

fn refused(item: &ProtectedItem, call: &ArmCall<'_>, error: &ServiceError) -> ServiceAnswer {
    let why = if error.secretly.is_empty() { String::new() } else { format!(": {}", error.secretly) };
    let note = format!("was refused a restore of {} ({}{why})", item.friendly_name, error.code);
    ServiceAnswer::new(error.reply(400, &call.activity_id), note)
}

fn target(world: &World, vault: &RecoveryServicesVault, details: &Value) -> Result<(String, String), ServiceError> {
    let id = details["targetResourceId"].as_str().unwrap_or_default();
    let account = world.storage_account(id).ok_or_else(|| {
        ServiceError::new("UserErrorStorageAccountNotFound", "The storage account was not found.")
            .recommend("Check that the target storage account exists.")
    })?;
    if account.location != vault.location {
        return Err(ServiceError::invalid_because("the target account lies in another region than the vault"));
    }
    let share = details["name"].as_str().unwrap_or_default();
    if !account.file_shares.contains(share) {
        return Err(ServiceError::new("TargetFileShareNotFound", "The target file share was not found.")
            .recommend("Check that the target file share exists."));
    }
    Ok((account.name.clone(), share.to_owned()))
}

/// What Azure says while an account cannot be reached.
pub fn missing_role(item: &ProtectedItem) -> ServiceError {
    match item.kind {
        ItemKind::VirtualMachine => return machines::missing_role(item),
        ItemKind::Database(_) => return databases::missing_role(item),
        ItemKind::FileShare => {}
    }
    ServiceError::new(
        "UserErrorSourceOrTargetAccountNotAccessible",
        &format!("The storage account {} or the target account cannot be accessed.", item.account),
    )
    .recommend("Grant the role Storage Account Contributor on both accounts.")
}

fn names(body: &Value, request: &str) -> bool {
    let named = body["resourceGuardOperationRequests"].as_array().into_iter().flatten().filter_map(Value::as_str);
    named.into_iter().any(|id| id.trim_end_matches('/').eq_ignore_ascii_case(request))
}

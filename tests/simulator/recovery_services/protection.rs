//! Protection of databases: begun, given another policy, stopped, deleted and undeleted. Each makes a job.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::Simulator;
use super::super::arm::{ArmCall, ServiceAnswer, Unmodelled};
use super::super::clock::{as_duration, with_ticks};
use super::super::error::ServiceError;
use super::super::message::Reply;
use super::super::platform::Platform;
use super::super::script::OperationScript;
use super::RecoveryServices;
use super::bodies;
use super::containers::change;
use super::databases::Server;
use super::items::ProtectedItem;
use super::operations::ItemPurpose;
use super::vaults::RecoveryServicesVault;

/// How an item is backed up.
#[derive(Clone, Debug, Default)]
pub struct Protection {
    /// ARM id of the policy; `None`: the one that all items of the catalogue have.
    pub policy: Option<String>,
    /// No further backups are taken.
    pub stopped: bool,
}

impl Protection {
    /// Adds it to what an item shows of itself.
    pub fn show(&self, item: &mut Value, has_backups: bool) {
        let properties = &mut item["properties"];
        if let Some(policy) = &self.policy {
            properties["policyId"] = json!(policy);
            properties["policyName"] = json!(policy.rsplit('/').next());
            properties["protectionState"] = json!(if has_backups { "Protected" } else { "IRPending" });
            properties["lastBackupStatus"] = json!(if has_backups { "Completed" } else { "IRPending" });
        }
        if self.stopped {
            properties["protectionState"] = json!("ProtectionStopped");
            properties["policyId"] = json!("");
            properties["policyName"] = Value::Null;
        }
    }
}

/// A job that protects something or stops that.
#[derive(Clone, Debug)]
pub struct ProtectionJob {
    pub id: String,
    pub vault_id: String,
    pub operation: &'static str,
    pub database: String,
    pub activity_id: String,
    pub failure: Option<ServiceError>,
    pub looked: u32,
    pub started: OffsetDateTime,
}

impl ProtectionJob {
    /// A list leaves `extendedInfo` and the errors out.
    pub(super) fn listed(&self, now: OffsetDateTime) -> Value {
        let mut job = self.to_json(now);
        job["properties"]["errorDetails"] = Value::Null;
        if let Some(properties) = job["properties"].as_object_mut() {
            properties.remove("extendedInfo");
        }
        job
    }

    fn to_json(&self, now: OffsetDateTime) -> Value {
        let id = format!("{}/backupJobs/{}", self.vault_id, self.id);
        let ended = self.looked > 1;
        let status = match (&self.failure, ended) {
            (_, false) => "InProgress",
            (None, true) => "Completed",
            (Some(_), true) => "Failed",
        };
        let details = self.failure.iter().filter(|_| ended).map(|error| {
            json!({
                "errorCode": 400_000, "errorTitle": error.code, "errorString": error.message,
                "recommendations": error.recommended_actions,
            })
        });
        let details: Vec<Value> = details.collect();
        super::envelope(
            &id,
            "backupJobs",
            json!({
                "jobType": "AzureWorkloadJob", "operation": self.operation, "status": status,
                "backupManagementType": "AzureWorkload", "workloadType": "SQLDataBase", "isUserTriggered": true,
                "entityFriendlyName": self.database, "activityId": self.activity_id, "actionsInfo": [],
                "startTime": with_ticks(self.started), "endTime": ended.then(|| with_ticks(now)),
                "duration": as_duration(now - self.started), "errorDetails": details,
                "extendedInfo": {"tasksList": [], "propertyBag": {}},
            }),
        )
    }
}

impl RecoveryServices {
    /// A job of this kind; `None`: there is none of this name.
    pub(super) fn protection_job(&mut self, platform: &Platform, id: &str) -> Option<ServiceAnswer> {
        let job = self.protection_jobs.iter_mut().find(|own| own.id.eq_ignore_ascii_case(id))?;
        job.looked += 1;
        let reply = Reply::json(200, &job.to_json(platform.clock.now()));
        Some(ServiceAnswer::new(reply, format!("looked at the job {}", job.operation)))
    }

    /// PUT and DELETE of an item.
    pub(super) fn change_protection(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        container: &str,
        item: &str,
    ) -> Result<ServiceAnswer, Unmodelled> {
        let found = vault.item_named(container, item).cloned();
        if call.request.method == "DELETE" {
            return Ok(self.delete_backups(platform, call, vault, found));
        }
        let body = match call.body(bodies::check_protection)? {
            Ok(body) => body["properties"].clone(),
            Err(refusal) => return Ok(refusal),
        };
        let refuse = |code: &str, message: &str, status: u16, note: &str| {
            let reply = ServiceError::new(code, message).reply(status, &call.activity_id);
            Ok(ServiceAnswer::new(reply, note.to_owned()))
        };
        let Some(machine) = vault.database_machine(container).cloned() else {
            let message = "The container is not registered with the vault.";
            return refuse(
                "BMSUserErrorDataSourceObjectNotFound",
                message,
                404,
                "named a container that is not registered",
            );
        };
        let policy = body["policyId"].as_str().unwrap_or_default();
        let stops = body["protectionState"] == "ProtectionStopped";
        let undeletes = body["isRehydrate"] == true;
        let invalid = "BMSUserErrorInvalidConfigureProtectionRequest";
        if stops != policy.is_empty() || (undeletes && !stops) {
            return refuse(invalid, "The request is not valid.", 400, "a stop has no policy, and only a stop");
        }
        let of_databases = |own: &super::policies::BackupPolicy| own.workload.as_deref() == Some("SQLDataBase");
        let known =
            vault.policies.iter().filter(|own| of_databases(own)).any(|own| {
                format!("{}/backupPolicies/{}", vault.id(), own.name).to_lowercase() == policy.to_lowercase()
            });
        if !stops && !known {
            return refuse(invalid, "The policy does not fit.", 400, "named a policy that is not one of databases");
        }
        let (operation, next) = match found {
            Some(own) if undeletes => {
                if !own.soft_deleted {
                    return refuse(invalid, "The item is not deleted.", 400, "undeleted what is not deleted");
                }
                let protection = Protection { policy: None, stopped: true };
                ("Undelete", ProtectedItem { soft_deleted: false, protection, ..own })
            }
            Some(own) if own.soft_deleted => {
                let message = "The database is in soft deleted state.";
                return refuse("UserErrorBackupDatabaseInSoftDeletedState", message, 400, "protected what is deleted");
            }
            Some(own) if stops => {
                ("DisableBackup", ProtectedItem { protection: Protection { policy: None, stopped: true }, ..own })
            }
            None if stops => {
                let message = "The specified data source does not exist or is not protected.";
                return refuse("BMSUserErrorDataSourceObjectNotFound", message, 404, "stopped what is not protected");
            }
            found => {
                let protection = Protection { policy: Some(policy.to_owned()), stopped: false };
                let own = match found {
                    Some(own) => own,
                    None => {
                        let database =
                            machine.instances.iter().filter(|own| own.server == Server::Sql).find_map(|own| {
                                let named = |name: &&String| {
                                    format!("sqldatabase;{};{name}", own.name).to_lowercase() == item.to_lowercase()
                                };
                                Some((own.name.clone(), own.databases.iter().find(named)?.clone()))
                            });
                        let Some((instance, database)) = database else {
                            return refuse(invalid, "The database was not found.", 400, "protected what is not there");
                        };
                        let mut own = ProtectedItem::database(Server::Sql, &machine.name, &instance, &database);
                        own.account_group = machine.resource_group.clone();
                        own
                    }
                };
                ("ConfigureBackup", ProtectedItem { protection, ..own })
            }
        };
        let id = next.id(vault);
        let failure = self.next_protection_failures.pop_front();
        if failure.is_none() {
            let kept = next.clone();
            change(platform, vault, |vault| {
                let mut items = std::mem::take(&mut vault.items);
                items.retain(|own| own.id(vault) != id);
                items.push(kept);
                vault.items = items;
                if stops {
                    notice_later(vault, &machine.name);
                }
            });
        }
        Ok(self.begun(platform, call, vault, operation, &next, failure, true))
    }

    fn delete_backups(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        found: Option<ProtectedItem>,
    ) -> ServiceAnswer {
        let Some(item) = found else {
            return ServiceAnswer::new(Reply::empty(204), "deleted backups that do not exist".into());
        };
        let id = item.id(vault);
        let keeps = !vault.settings.soft_delete.eq_ignore_ascii_case("Disabled");
        change(platform, vault, |vault| {
            let mut items = std::mem::take(&mut vault.items);
            for own in items.iter_mut().filter(|own| own.id(vault) == id) {
                own.soft_deleted = true;
                own.protection = Protection { policy: None, stopped: true };
            }
            items.retain(|own| keeps || own.id(vault) != id);
            vault.items = items;
            notice_later(vault, &item.account);
        });
        self.begun(platform, call, vault, "DeleteBackupData", &item, None, false)
    }

    #[allow(clippy::too_many_arguments, reason = "all that a job and its operation consist of")]
    fn begun(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        operation: &'static str,
        item: &ProtectedItem,
        failure: Option<ServiceError>,
        has_status: bool,
    ) -> ServiceAnswer {
        let job = ProtectionJob {
            id: platform.mint.uuid().to_string(),
            vault_id: vault.id(),
            operation,
            database: item.friendly_name.clone(),
            activity_id: call.activity_id.clone(),
            failure,
            looked: 0,
            started: platform.clock.now(),
        };
        let purpose = ItemPurpose::Change { job: Some(job.id.clone()), result: Value::Null };
        self.protection_jobs.push(job);
        let note = format!("{operation} of {}", item.friendly_name);
        let script = OperationScript::default();
        let answer = if has_status {
            let urls: &[(&'static str, &'static str)] =
                &[("location", "operationResults"), ("azure-asyncoperation", "operationsStatus")];
            self.accepted(platform, call, item.id(vault), script, purpose, urls)
        } else {
            self.accepted(platform, call, vault.id(), script, purpose, &[("location", "backupOperationResults")])
        };
        answer.noted(note)
    }
}

impl Simulator {
    /// The next request that protects something, or stops that, is accepted, and its job fails so.
    pub fn fail_next_protection(&self, failure: ServiceError) {
        self.locked().services.recovery_services.next_protection_failures.push_back(failure);
    }
}

/// The removal of the machine is refused once more: a stop takes time to spread.
fn notice_later(vault: &mut RecoveryServicesVault, machine: &str) {
    for own in vault.database_machines.iter_mut().filter(|own| own.name.eq_ignore_ascii_case(machine)) {
        own.inquiry.stops_to_notice = 1;
    }
}

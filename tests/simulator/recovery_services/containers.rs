//! Virtual machines with databases: found by a search, registered with a vault, looked into, and unregistered.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::arm::{ArmCall, ServiceAnswer, Unmodelled};
use super::super::builder::SimulatorBuilder;
use super::super::error::{ServiceError, not_found};
use super::super::message::Reply;
use super::super::paging::paged;
use super::super::platform::Platform;
use super::super::script::OperationScript;
use super::super::world::World;
use super::RecoveryServices;
use super::bodies;
use super::databases::{DatabaseMachine, Server, escaped};
use super::filters::{self, Filter};
use super::items::ItemKind;
use super::operations::ItemPurpose;
use super::vaults::RecoveryServicesVault;

/// What a vault knows of the inside of a machine.
#[derive(Clone, Debug, Default)]
pub struct Inquiry {
    /// Nobody has looked yet.
    pub pending: bool,
    /// Why looking fails.
    pub failure: Option<ServiceError>,
    /// Instances and databases that were seen; `None`: all that there are.
    pub seen: Option<BTreeSet<(String, String)>>,
    /// How often its removal is still refused although nothing in it is protected: a stop takes time to spread.
    pub stops_to_notice: u32,
}

impl Inquiry {
    /// As a container shows it; null before the first.
    pub fn to_json(&self, machine: &DatabaseMachine) -> Value {
        if self.pending {
            return Value::Null;
        }
        let (word, detail) = match &self.failure {
            None => (
                "Success",
                json!({"code": "Success", "message": "Not Available", "recommendations": ["Not Available"]}),
            ),
            Some(error) => (
                "Failed",
                json!({"code": error.code, "message": error.message, "recommendations": error.recommended_actions}),
            ),
        };
        let databases: usize = machine.instances.iter().map(|own| own.databases.len() + 1).sum();
        let count = if self.failure.is_some() { 0 } else { databases };
        // The word for SAP HANA is made up: no fact says it (docs/reference/azure-recovery-services.md#containers).
        let hana = machine.instances.iter().any(|own| own.server == Server::SapHana);
        let kind = if hana { "SAPHana" } else { "SQL" };
        // What failed inside stands in the details; the whole says that the look was taken.
        json!({
            "status": "Success", "errorDetail": {"code": "Success", "message": "Not Available", "recommendations": []},
            "inquiryDetails": [{
                "type": kind, "itemCount": count, "inquiryValidation": {"status": word, "errorDetail": detail},
            }],
        })
    }
}

impl SimulatorBuilder {
    /// A machine with databases that no vault knows yet.
    pub fn database_machine(mut self, machine: DatabaseMachine) -> Self {
        self.0.platform.world.unregistered_machines_mut().push(machine);
        self
    }
}

impl World {
    /// A machine with databases, registered or not, for tests.
    pub fn database_machine_named(&mut self, name: &str) -> Option<&mut DatabaseMachine> {
        let is = |own: &DatabaseMachine| own.name.eq_ignore_ascii_case(name);
        if self.unregistered_machines_mut().iter().any(is) {
            return self.unregistered_machines_mut().iter_mut().find(|own| is(own));
        }
        let registered = self.recovery_services_vaults_mut().iter_mut().flat_map(|vault| &mut vault.database_machines);
        registered.into_iter().find(|own| is(own))
    }
}

/// The lists and the single ones; `None`: it is another request.
pub fn look(
    platform: &mut Platform,
    call: &ArmCall<'_>,
    vault: &RecoveryServicesVault,
    rest: &[&str],
) -> Option<ServiceAnswer> {
    match rest {
        ["backupfabrics", "azure", "protectablecontainers"] => Some(list_protectable(platform, call, vault)),
        ["backupprotectioncontainers"] => Some(list_registered(platform, call, vault)),
        ["backupprotectableitems"] => Some(list_items(platform, call, vault)),
        _ => None,
    }
}

fn list_protectable(platform: &mut Platform, call: &ArmCall<'_>, vault: &RecoveryServicesVault) -> ServiceAnswer {
    let filter = match Filter::of(call, &["backupManagementType", "workloadType"], &[]) {
        Ok(filter) => filter,
        Err(why) => return filters::refused(call, &why),
    };
    let of_workloads = filter.text("backupManagementType").is_some_and(|word| word == "AzureWorkload");
    let shown = vault.discovered && of_workloads;
    let machines = platform.world.unregistered_machines().iter().filter(|_| shown);
    let values: Vec<Value> = machines
        .map(|machine| {
            let name = machine.container_name();
            let id = format!("{}/backupFabrics/Azure/protectableContainers/{name}", vault.id());
            let properties = json!({
                "friendlyName": machine.name, "backupManagementType": "AzureWorkload",
                "protectableContainerType": "VMAppContainer", "healthStatus": "Healthy",
                "containerId": machine.machine_id(),
            });
            super::envelope(&id, "backupFabrics/protectableContainers", properties)
        })
        .collect();
    paged(platform, call, |_| values, "listed the machines that can be registered")
}

fn list_registered(platform: &mut Platform, call: &ArmCall<'_>, vault: &RecoveryServicesVault) -> ServiceAnswer {
    let known = ["backupManagementType", "status", "friendlyName", "containerType", "backupEngineName", "fabricName"];
    let filter = match Filter::of(call, &known, &[]) {
        Ok(filter) => filter,
        Err(why) => return filters::refused(call, &why),
    };
    let wanted = filter.text("backupManagementType").unwrap_or_default();
    let mut values: Vec<Value> = Vec::new();
    if wanted == "AzureWorkload" {
        values.extend(vault.database_machines.iter().map(|machine| machine.container_json(vault)));
    }
    let mut names = BTreeSet::new();
    for item in &vault.items {
        let (management, kind) = match item.kind {
            ItemKind::FileShare => ("AzureStorage", "StorageContainer"),
            ItemKind::VirtualMachine => ("AzureIaasVM", "Microsoft.Compute/virtualMachines"),
            ItemKind::Database(_) => continue,
        };
        let name = item.container_name();
        if management == wanted && names.insert(name.clone()) {
            let id = format!("{}/backupFabrics/Azure/protectionContainers/{name}", vault.id());
            let properties = json!({
                "friendlyName": item.account, "backupManagementType": management, "containerType": kind,
                "registrationStatus": "Registered", "healthStatus": "Healthy", "sourceResourceId": item.source_id,
            });
            values.push(super::envelope(&id, "backupFabrics/protectionContainers", properties));
        }
    }
    paged(platform, call, |_| values, "listed the registered containers")
}

/// Names are in lower case here, and nowhere else.
fn list_items(platform: &mut Platform, call: &ArmCall<'_>, vault: &RecoveryServicesVault) -> ServiceAnswer {
    let known = ["backupManagementType", "workloadType", "containerName", "status", "friendlyName"];
    let filter = match Filter::of(call, &known, &[]) {
        Ok(filter) => filter,
        Err(why) => return filters::refused(call, &why),
    };
    let wanted = filter.text("workloadType").unwrap_or("SQLDataBase");
    let mut values = Vec::new();
    for machine in vault.database_machines.iter().filter(|own| !own.inquiry.pending && own.inquiry.failure.is_none()) {
        let container = machine.container_name().to_lowercase();
        for instance in machine.instances.iter().filter(|own| own.server.workload().eq_ignore_ascii_case(wanted)) {
            let sql = instance.server == Server::Sql;
            let parent = if sql { "SQLInstance" } else { "SAPHanaSystem" };
            let mut entry = |kind: &str, name: String, friendly: &str, of: Option<&str>| {
                let prefix = format!("{}/backupFabrics/Azure/protectionContainers/{container}", vault.id());
                let is_protected = vault.items.iter().any(|item| {
                    let same = item.friendly_name == friendly && item.database.instance == instance.name;
                    same && of.is_some()
                        && item.account == machine.name
                        && !item.protection.stopped
                        && !item.soft_deleted
                });
                let state = if is_protected { "Protected" } else { "NotProtected" };
                let id = format!("{prefix}/protectableItems/{}", escaped(&name));
                let properties = json!({
                    "friendlyName": friendly, "parentName": of.unwrap_or(&instance.name), "serverName": machine.name,
                    "protectableItemType": kind, "backupManagementType": "AzureWorkload",
                    "workloadType": if sql { "SQL" } else { "SAPHanaDatabase" }, "protectionState": state,
                    "isAutoProtectable": of.is_none(), "isAutoProtected": false, "subinquireditemcount": 0,
                    "subprotectableitemcount": 0,
                });
                let mut value = super::envelope(&id, "backupFabrics/protectionContainers/protectableItems", properties);
                value["name"] = json!(name);
                values.push(value);
            };
            entry(parent, format!("{};{}", parent.to_lowercase(), instance.name.to_lowercase()), &instance.name, None);
            for database in &instance.databases {
                let known = (instance.name.clone(), database.clone());
                if machine.inquiry.seen.as_ref().is_none_or(|seen| seen.contains(&known)) {
                    let name = format!("{};{};{database}", instance.server.workload(), instance.name).to_lowercase();
                    entry(instance.server.workload(), name, database, Some(&instance.name));
                }
            }
        }
    }
    paged(platform, call, |_| values, "listed what can be protected")
}

impl RecoveryServices {
    /// Searches, registrations, looks and removals; `None`: it is another request.
    pub(super) fn change_container(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        rest: &[&str],
    ) -> Result<Option<ServiceAnswer>, Unmodelled> {
        let fabric = format!("{}/backupFabrics/Azure", vault.id());
        let answer = match (call.request.method.as_str(), rest) {
            ("POST", ["backupfabrics", "azure", "refreshcontainers"]) => {
                if let Err(why) = Filter::of(call, &["backupManagementType", "containerSubscriptionId"], &[]) {
                    return Ok(Some(filters::refused(call, &why)));
                }
                change(platform, vault, |vault| vault.discovered = true);
                let purpose = ItemPurpose::Change { job: None, result: Value::Null };
                self.with_result(platform, call, fabric, purpose).noted("searched for machines".into())
            }
            ("GET", ["backupfabrics", "azure", "operationresults", _]) => self.operation_at_its_url(platform, call),
            ("GET", ["backupoperationresults", _]) => self.operation_at_its_url(platform, call),
            (_, ["backupfabrics", "azure", "protectioncontainers", name]) => match call.request.method.as_str() {
                "PUT" => {
                    let body = match call.body(bodies::check_registration)? {
                        Ok(body) => body,
                        Err(refusal) => return Ok(Some(refusal)),
                    };
                    self.register(platform, call, vault, name, &body["properties"])
                }
                "DELETE" => self.unregister(platform, call, vault, name),
                _ => return Ok(None),
            },
            ("POST", ["backupfabrics", "azure", "protectioncontainers", name, "inquire"]) => {
                if let Err(why) = Filter::of(call, &["backupManagementType", "workloadType"], &[]) {
                    return Ok(Some(filters::refused(call, &why)));
                }
                self.inquire(platform, call, vault, name)
            }
            ("GET", ["backupfabrics", "azure", "protectioncontainers", _, "operationresults", _]) => {
                self.operation_at_its_url(platform, call)
            }
            _ => return Ok(None),
        };
        Ok(Some(answer))
    }

    /// Accepted, with the URL of the result alone.
    fn with_result(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        below: String,
        purpose: ItemPurpose,
    ) -> ServiceAnswer {
        self.accepted(platform, call, below, OperationScript::default(), purpose, &[("location", "operationResults")])
    }

    fn register(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        name: &str,
        body: &Value,
    ) -> ServiceAnswer {
        let is = |own: &DatabaseMachine| own.container_name().eq_ignore_ascii_case(name);
        let source = body["sourceResourceId"].as_str().unwrap_or_default();
        let again = body["operationType"] == "Reregister";
        let registered = vault.database_machines.iter().find(|own| is(own)).cloned();
        let found =
            registered.clone().or_else(|| platform.world.unregistered_machines().iter().find(|own| is(own)).cloned());
        let Some(mut machine) = found.filter(|own| own.machine_id().eq_ignore_ascii_case(source)) else {
            let refusal = ServiceError::invalid_because("the container and the machine do not belong together");
            return ServiceAnswer::new(refusal.reply(400, &call.activity_id), "named another machine".into());
        };
        if registered.is_none() {
            if again {
                let refusal = ServiceError::invalid_because("a machine that is not registered is registered again");
                return ServiceAnswer::new(refusal.reply(400, &call.activity_id), "registered again at first".into());
            }
            machine.inquiry.pending = true;
            platform.world.unregistered_machines_mut().retain(|own| !is(own));
            let machine = machine.clone();
            change(platform, vault, |vault| vault.database_machines.push(machine));
        }
        let id = format!("{}/backupFabrics/Azure/protectionContainers/{}", vault.id(), machine.container_name());
        let purpose = ItemPurpose::Change { job: None, result: machine.container_json(vault) };
        let mut answer = self.with_result(platform, call, id, purpose);
        // The body of the acceptance is an empty object (recorded).
        answer.reply.body = b"{}".to_vec();
        answer.reply.headers.set("content-type", "application/json; charset=utf-8");
        answer.noted(format!("registered {}", machine.name))
    }

    fn inquire(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        name: &str,
    ) -> ServiceAnswer {
        let Some(machine) = vault.database_machine(name).cloned() else { return unknown(vault, name) };
        let seen = machine
            .instances
            .iter()
            .flat_map(|own| own.databases.iter().map(|database| (own.name.clone(), database.clone())))
            .collect();
        change(platform, vault, |vault| {
            if let Some(own) = vault.database_machines.iter_mut().find(|own| own.name == machine.name) {
                own.inquiry.pending = false;
                own.inquiry.seen = Some(seen);
            }
        });
        let id = format!("{}/backupFabrics/Azure/protectionContainers/{}", vault.id(), machine.container_name());
        let purpose = ItemPurpose::Change { job: None, result: Value::Null };
        self.with_result(platform, call, id, purpose).noted(format!("looked into {}", machine.name))
    }

    fn unregister(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        name: &str,
    ) -> ServiceAnswer {
        let Some(machine) = vault.database_machine(name).cloned() else {
            return ServiceAnswer::new(Reply::empty(204), format!("removed {name}, which is not registered"));
        };
        let is_active = vault.items.iter().any(|item| {
            matches!(item.kind, ItemKind::Database(_))
                && item.account == machine.name
                && !item.soft_deleted
                && !item.protection.stopped
        });
        if is_active || machine.inquiry.stops_to_notice > 0 {
            change(platform, vault, |vault| {
                if let Some(own) = vault.database_machines.iter_mut().find(|own| own.name == machine.name) {
                    own.inquiry.stops_to_notice = own.inquiry.stops_to_notice.saturating_sub(1);
                }
            });
            let message = "The container has datasources that are protected.";
            let error = ServiceError::new("BMSUserErrorContainerHasDatasources", message)
                .recommend("Stop the protection of all datasources, and try again after some minutes.");
            let note = format!("was refused to remove {}", machine.name);
            return ServiceAnswer::new(error.reply(400, &call.activity_id), note);
        }
        change(platform, vault, |vault| vault.database_machines.retain(|own| own.name != machine.name));
        let note = format!("removed {}", machine.name);
        platform.world.unregistered_machines_mut().push(machine);
        let purpose = ItemPurpose::Change { job: None, result: Value::Null };
        let urls = &[("location", "backupOperationResults")];
        self.accepted(platform, call, vault.id(), OperationScript::default(), purpose, urls).noted(note)
    }
}

fn unknown(vault: &RecoveryServicesVault, name: &str) -> ServiceAnswer {
    let reply = not_found(&format!("{}/backupFabrics/Azure/protectionContainers/{name}", vault.id()));
    ServiceAnswer::new(reply, format!("asked for container {name}, which does not exist"))
}

/// Changes the vault itself, of which a request has a copy.
pub fn change(platform: &mut Platform, vault: &RecoveryServicesVault, change: impl FnOnce(&mut RecoveryServicesVault)) {
    let id = vault.id();
    if let Some(own) = platform.world.recovery_services_vaults_mut().iter_mut().find(|own| own.id() == id) {
        change(own);
    }
}

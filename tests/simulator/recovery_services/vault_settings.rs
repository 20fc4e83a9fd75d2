//! What can be set on a vault, and how a vault comes to be, changes and goes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::arm::{ArmCall, ServiceAnswer, Unmodelled};
use super::super::error::ServiceError;
use super::super::message::Reply;
use super::super::platform::Platform;
use super::super::regions;
use super::super::script::OperationScript;
use super::RecoveryServices;
use super::bodies;
use super::operations::ItemPurpose;
use super::vaults::RecoveryServicesVault;

/// What is set on a vault beside what restores look at.
#[derive(Clone, Debug)]
pub struct VaultSettings {
    pub sku: String,
    pub tags: BTreeMap<String, String>,
    pub public_network_access: String,
    pub soft_delete: String,
    pub immutability: Option<String>,
    /// `None` and others.
    pub identity: String,
}

impl Default for VaultSettings {
    /// Of a vault that was made long ago.
    fn default() -> Self {
        Self {
            sku: "Standard".into(),
            tags: BTreeMap::new(),
            public_network_access: "Enabled".into(),
            soft_delete: "Enabled".into(),
            immutability: None,
            identity: "SystemAssigned, UserAssigned".into(),
        }
    }
}

impl VaultSettings {
    /// Adds them to what a vault shows of itself.
    pub fn show(&self, vault: &mut Value) {
        vault["sku"] = json!({"name": self.sku});
        vault["tags"] = json!(self.tags);
        let properties = &mut vault["properties"];
        properties["publicNetworkAccess"] = json!(self.public_network_access);
        properties["securitySettings"] = json!({
            "softDeleteSettings": {"softDeleteState": self.soft_delete, "softDeleteRetentionPeriodInDays": 14},
        });
        if let Some(state) = &self.immutability {
            properties["securitySettings"]["immutabilitySettings"] = json!({"state": state});
        }
        match self.identity.as_str() {
            "None" => vault["identity"] = Value::Null,
            kind => {
                vault["identity"]["type"] = json!(kind);
                if !kind.contains("SystemAssigned") {
                    vault["identity"]["principalId"] = Value::Null;
                } else {
                    vault["identity"]["tenantId"] = json!(super::super::world::TENANT);
                }
            }
        }
    }
}

/// Takes over what a body of right shape names; what it does not name stays.
fn take(vault: &mut RecoveryServicesVault, body: &Value) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let properties = &body["properties"];
    let own = &mut vault.settings;
    let replaced = |into: &mut String, value: &Value| {
        if let Some(text) = text(value) {
            *into = text;
        }
    };
    replaced(&mut own.sku, &body["sku"]["name"]);
    if let Some(tags) = body["tags"].as_object() {
        own.tags = tags.iter().map(|(name, value)| (name.clone(), text(value).unwrap_or_default())).collect();
    }
    replaced(&mut own.public_network_access, &properties["publicNetworkAccess"]);
    replaced(&mut vault.cross_region_restore, &properties["redundancySettings"]["crossRegionRestore"]);
    replaced(&mut vault.redundancy, &properties["redundancySettings"]["standardTierStorageRedundancy"]);
    let security = &properties["securitySettings"];
    replaced(&mut own.soft_delete, &security["softDeleteSettings"]["softDeleteState"]);
    own.immutability = text(&security["immutabilitySettings"]["state"]).or(own.immutability.take());
    replaced(&mut own.identity, &body["identity"]["type"]);
    for (id, identity) in body["identity"]["userAssignedIdentities"].as_object().into_iter().flatten() {
        vault.user_assigned_identities.retain(|own| !own.eq_ignore_ascii_case(id));
        if !identity.is_null() {
            vault.user_assigned_identities.push(id.clone());
        }
    }
    if !own.identity.contains("UserAssigned") {
        vault.user_assigned_identities.clear();
    }
}

/// Why Azure does not set what a body names (docs/reference/azure-recovery-services.md#vaults).
fn refuse_settings(found: Option<&RecoveryServicesVault>, body: &Value) -> Option<ServiceError> {
    let wanted = &body["properties"]["redundancySettings"];
    let own = |name: &str| wanted[name].as_str();
    let redundancy = own("standardTierStorageRedundancy").or(found.map(|vault| vault.redundancy.as_str()));
    let geo_redundant = redundancy.is_none_or(|word| word.eq_ignore_ascii_case("GeoRedundant"));
    if own("crossRegionRestore").is_some_and(|word| word.eq_ignore_ascii_case("Enabled")) && !geo_redundant {
        return Some(ServiceError::invalid_because("cross-region restore needs geo-redundant storage"));
    }
    let vault = found.filter(|vault| !vault.items.is_empty() || !vault.database_machines.is_empty())?;
    let changes = redundancy.is_some_and(|word| !word.eq_ignore_ascii_case(&vault.redundancy));
    changes.then(|| {
        let message = "Storage Redundancy option is locked when the first machine is registered with the vault, and \
                       cannot be modified thereafter.";
        ServiceError::new("StorageModelModifyError", message)
    })
}

impl RecoveryServices {
    /// PUT, PATCH and DELETE of a vault itself.
    pub(super) fn change_vault(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        name: &str,
    ) -> Result<ServiceAnswer, Unmodelled> {
        let group = call.resource_group.unwrap_or_default();
        let found = platform.world.recovery_services_vault(call.subscription, call.resource_group, name).cloned();
        let body = match call.request.method.as_str() {
            "PUT" => call.body(bodies::check_vault)?,
            "PATCH" => call.body(bodies::check_vault_change)?,
            "DELETE" => return Ok(self.delete_vault(platform, call, name, found)),
            _ => return Err(call.unmodelled()),
        };
        let body = match body {
            Ok(body) => body,
            Err(refusal) => return Ok(refusal),
        };
        if let Some(refusal) = refuse_settings(found.as_ref(), &body) {
            let note = format!("was refused to change vault {name} ({}{})", refusal.code, refusal.because());
            return Ok(ServiceAnswer::new(refusal.reply(400, &call.activity_id), note));
        }
        if let Some(refusal) = regions::refuse_unknown(&body, "Microsoft.RecoveryServices/vaults") {
            return Ok(refusal);
        }
        let is_new = found.is_none();
        let mut vault = match found {
            Some(vault) => vault,
            None if call.request.method == "PATCH" => {
                let reply = super::super::error::not_found(&format!("Microsoft.RecoveryServices/vaults/{name}"));
                return Ok(ServiceAnswer::new(reply, format!("changed vault {name}, which does not exist")));
            }
            None => {
                // In the casing of the request.
                let mut vault = RecoveryServicesVault::new(call.resource.get(1).copied().unwrap_or(name));
                vault.subscription = call.subscription.to_owned();
                vault.resource_group = group.to_owned();
                vault.location = body["location"].as_str().unwrap_or_default().to_owned();
                vault.redundancy = "GeoRedundant".into();
                vault.settings.identity = "None".into();
                vault
            }
        };
        take(&mut vault, &body);
        let (id, shown) = (vault.id(), vault.to_json());
        let vaults = platform.world.recovery_services_vaults_mut();
        match vaults.iter_mut().find(|own| own.id().eq_ignore_ascii_case(&id)) {
            Some(own) => *own = vault,
            None => vaults.push(vault),
        }
        let urls: &[(&str, &str)] = &[("azure-asyncoperation", "operationStatus"), ("location", "operationResults")];
        let (status, note) = if is_new { (201, "created") } else { (200, "changed") };
        let purpose = ItemPurpose::Change { job: None, result: shown.clone() };
        let accepted = self.accepted(platform, call, id, OperationScript::default(), purpose, urls);
        let mut reply = if is_new || call.request.method == "PATCH" { accepted.reply } else { Reply::empty(status) };
        if is_new {
            reply.status = 201;
        }
        if reply.status != 202 {
            let mut whole = Reply::json(reply.status, &shown);
            for (name, value) in reply.headers.iter() {
                whole.headers.set(name, value);
            }
            reply = whole;
        }
        Ok(ServiceAnswer::new(reply, format!("{note} vault {name}")))
    }

    fn delete_vault(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        name: &str,
        found: Option<RecoveryServicesVault>,
    ) -> ServiceAnswer {
        let Some(vault) = found else {
            return ServiceAnswer::new(Reply::empty(204), format!("deleted vault {name}, which does not exist"));
        };
        let refusal = if vault.items.iter().any(|item| item.soft_deleted) {
            Some((
                "ServiceResourceNotEmptyWithBackendMessage",
                "Recovery Services vault cannot be deleted as there are \
                backup items in soft deleted state in the vault.",
            ))
        } else if !vault.items.is_empty() || !vault.database_machines.is_empty() {
            Some((
                "ServiceResourceNotEmptyWithContainerDetails",
                "Recovery Services vault cannot be deleted as there are \
                existing resources within the vault.",
            ))
        } else {
            None
        };
        if let Some((code, message)) = refusal {
            let reply = ServiceError::new(code, message).reply(400, &call.activity_id);
            return ServiceAnswer::new(reply, format!("was refused to delete vault {name}, which is not empty"));
        }
        let id = vault.id();
        platform.world.recovery_services_vaults_mut().retain(|own| own.id() != id);
        // What it knew of its jobs is gone with it.
        self.jobs.retain(|job| job.vault_id != id);
        self.protection_jobs.retain(|job| job.vault_id != id);
        ServiceAnswer::new(Reply::empty(202), format!("deleted vault {name}"))
    }
}

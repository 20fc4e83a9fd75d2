//! Backup vaults: what one is, how it is shown, and all there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::builder::SimulatorBuilder;
use super::super::resources::placed;
use super::super::service::Part;
use super::super::world::{RESOURCE_GROUP, SUBSCRIPTION, TENANT, World};
use super::guards::ResourceGuard;
use super::instances::BackupInstance;

/// Whether a feature of a vault is on. Once permanently disabled it stays so; to a restore that makes no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureState {
    Enabled,
    Disabled,
    PermanentlyDisabled,
}

impl FeatureState {
    fn word(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PermanentlyDisabled => "PermanentlyDisabled",
        }
    }
}

#[derive(Clone, Debug)]
pub struct BackupVault {
    pub subscription: String,
    pub resource_group: String,
    pub name: String,
    pub location: String,
    pub resource_guard: Option<ResourceGuard>,
    /// ARM ids of the identities attached to the vault, beside its own.
    pub user_assigned_identities: Vec<String>,
    pub cross_subscription_restore: FeatureState,
    pub cross_region_restore: FeatureState,
    /// Where the backups are copied to; `None`: the vault is locally redundant.
    pub secondary_region: Option<String>,
    /// Shared, since a vault is copied for each request and may hold a thousand.
    pub instances: Arc<Vec<BackupInstance>>,
    /// The GUID with which the ids of all its operations begin.
    pub guid: Uuid,
}

/// What exists of the service.
#[derive(Clone, Debug, Default)]
pub struct Vaults(Vec<BackupVault>);

impl Part for Vaults {
    fn places(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|vault| (vault.subscription.as_str(), vault.resource_group.as_str())).collect()
    }

    fn tenants(&self) -> Vec<&str> {
        self.guards().map(|guard| guard.tenant.as_str()).collect()
    }

    fn things(&self) -> Vec<(&'static str, BTreeMap<String, String>)> {
        let named = |id: &String| (id.rsplit('/').next().unwrap_or(id).to_owned(), id.clone());
        let instances = |vault: &BackupVault| {
            let of = |instance: &BackupInstance| (instance.name.clone(), vault.instance_id(&instance.name));
            vault.instances.iter().map(of).collect::<Vec<_>>()
        };
        let identities = self.0.iter().flat_map(|vault| &vault.user_assigned_identities);
        vec![
            ("backup_vaults", self.0.iter().map(|vault| (vault.name.clone(), vault.id())).collect()),
            ("backup_instances", self.0.iter().flat_map(instances).collect()),
            ("resource_guards", self.guards().map(|guard| named(&guard.id)).collect()),
            ("user_assigned_identities", identities.map(named).collect()),
        ]
    }
}

impl Vaults {
    fn guards(&self) -> impl Iterator<Item = &ResourceGuard> {
        self.0.iter().filter_map(|vault| vault.resource_guard.as_ref())
    }
}

impl World {
    pub fn backup_vaults(&self) -> &[BackupVault] {
        &self.parts.data_protection.0
    }

    pub fn backup_vaults_mut(&mut self) -> &mut Vec<BackupVault> {
        &mut self.parts.data_protection.0
    }

    /// The vault of this name, for tests: names of vaults are unique in the scenarios.
    pub fn vault_named(&mut self, name: &str) -> Option<&mut BackupVault> {
        self.backup_vaults_mut().iter_mut().find(|vault| vault.name.eq_ignore_ascii_case(name))
    }

    pub fn instance_mut(&mut self, vault_id: &str, name: &str) -> Option<&mut BackupInstance> {
        let vault = self.backup_vaults_mut().iter_mut().find(|vault| vault.id().eq_ignore_ascii_case(vault_id))?;
        Arc::make_mut(&mut vault.instances).iter_mut().find(|instance| instance.name.eq_ignore_ascii_case(name))
    }

    /// The first instance of this name in any vault, for tests.
    pub fn instance_named(&mut self, name: &str) -> Option<&mut BackupInstance> {
        self.backup_vaults_mut()
            .iter_mut()
            .flat_map(|vault| Arc::make_mut(&mut vault.instances))
            .find(|instance| instance.name.eq_ignore_ascii_case(name))
    }
}

impl SimulatorBuilder {
    pub fn backup_vault(mut self, vault: BackupVault) -> Self {
        self.0.platform.world.backup_vaults_mut().push(vault);
        self
    }
}

placed!(BackupVault);

impl BackupVault {
    /// A vault in the default resource group and in West Europe.
    pub fn new(name: &str) -> Self {
        let mut bytes = [0; 16];
        for (own, byte) in bytes.iter_mut().zip(name.bytes().cycle()) {
            *own = byte;
        }
        Self {
            subscription: SUBSCRIPTION.into(),
            resource_group: RESOURCE_GROUP.into(),
            name: name.into(),
            location: "westeurope".into(),
            resource_guard: None,
            user_assigned_identities: Vec::new(),
            cross_subscription_restore: FeatureState::Enabled,
            cross_region_restore: FeatureState::Disabled,
            secondary_region: None,
            instances: Arc::default(),
            guid: uuid::Builder::from_random_bytes(bytes).into_uuid(),
        }
    }

    pub fn protected_by(mut self, guard: ResourceGuard) -> Self {
        self.resource_guard = Some(guard);
        self
    }

    pub fn user_assigned_identity(mut self, id: &str) -> Self {
        self.user_assigned_identities.push(id.into());
        self
    }

    pub fn cross_subscription_restore(mut self, state: FeatureState) -> Self {
        self.cross_subscription_restore = state;
        self
    }

    /// Geo-redundant, with cross-region restore to `name` enabled.
    pub fn secondary_region(mut self, name: &str) -> Self {
        self.secondary_region = Some(name.into());
        self.cross_region_restore(FeatureState::Enabled)
    }

    pub fn cross_region_restore(mut self, state: FeatureState) -> Self {
        self.cross_region_restore = state;
        self
    }

    pub fn instance(mut self, instance: BackupInstance) -> Self {
        Arc::make_mut(&mut self.instances).push(instance);
        self
    }

    pub fn id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.DataProtection/backupVaults/{}",
            self.subscription, self.resource_group, self.name
        )
    }

    pub fn instance_id(&self, instance: &str) -> String {
        format!("{}/backupInstances/{instance}", self.id())
    }

    /// `Backupvaults` in ids and types, a float for days, a soft delete state outside the documented values.
    pub fn to_json(&self) -> Value {
        let redundancy = if self.secondary_region.is_some() { "GeoRedundant" } else { "LocallyRedundant" };
        let mut features =
            json!({"crossSubscriptionRestoreSettings": {"state": self.cross_subscription_restore.word()}});
        if self.secondary_region.is_some() {
            features["crossRegionRestoreSettings"] = json!({"state": self.cross_region_restore.word()});
        }
        json!({
            "id": self.id().replace("/backupVaults/", "/Backupvaults/"), "name": self.name,
            "type": "Microsoft.DataProtection/Backupvaults", "location": self.location, "tags": {},
            "identity": self.identity(),
            "properties": {
                "provisioningState": "Succeeded",
                "storageSettings": [{"datastoreType": "VaultStore", "type": redundancy}],
                "securitySettings": {"softDeleteSettings": {"state": "OFF", "retentionDurationInDays": 14.0}},
                "featureSettings": features,
                "isVaultProtectedByResourceGuard": self.resource_guard.is_some(),
                "resourceGuardOperationRequests": null,
                "replicatedRegions": self.secondary_region.iter().collect::<Vec<_>>(),
                "monitoringSettings": {"azureMonitorAlertSettings": {"alertsForAllJobFailures": "Enabled"}},
                "secureScore": "Adequate", "bcdrSecurityLevel": "Good",
            },
        })
    }

    fn identity(&self) -> Value {
        let own = json!({"type": "SystemAssigned", "principalId": self.guid.to_string(), "tenantId": TENANT});
        if self.user_assigned_identities.is_empty() {
            return own;
        }
        let attached = |id: &String| {
            let ids = json!({"principalId": self.guid.to_string(), "clientId": self.guid.to_string()});
            (id.clone(), ids)
        };
        let mut identity = own;
        identity["type"] = json!("SystemAssigned,UserAssigned");
        identity["userAssignedIdentities"] =
            Value::Object(self.user_assigned_identities.iter().map(attached).collect::<Map<_, _>>());
        identity
    }
}

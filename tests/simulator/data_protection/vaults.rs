//! Backup vaults: what one is and how it is shown.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::world::{RESOURCE_GROUP, SUBSCRIPTION, TENANT};
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

    pub fn resource_group(mut self, name: &str) -> Self {
        self.resource_group = name.into();
        self
    }

    pub fn subscription(mut self, id: &str) -> Self {
        self.subscription = id.into();
        self
    }

    pub fn location(mut self, name: &str) -> Self {
        self.location = name.into();
        self
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

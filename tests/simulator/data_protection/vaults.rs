//! Backup vaults: what one is and how it is shown.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::world::{RESOURCE_GROUP, SUBSCRIPTION};
use super::instances::BackupInstance;

#[derive(Clone, Debug)]
pub struct BackupVault {
    pub subscription: String,
    pub resource_group: String,
    pub name: String,
    pub location: String,
    pub has_resource_guard: bool,
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
            has_resource_guard: false,
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
        json!({
            "id": self.id().replace("/backupVaults/", "/Backupvaults/"), "name": self.name,
            "type": "Microsoft.DataProtection/Backupvaults", "location": self.location, "tags": {},
            "identity": {"type": "SystemAssigned", "principalId": self.guid.to_string(), "tenantId": super::super::world::TENANT},
            "properties": {
                "provisioningState": "Succeeded",
                "storageSettings": [{"datastoreType": "VaultStore", "type": "LocallyRedundant"}],
                "securitySettings": {"softDeleteSettings": {"state": "OFF", "retentionDurationInDays": 14.0}},
                "featureSettings": {"crossSubscriptionRestoreSettings": {"state": "Enabled"}},
                "isVaultProtectedByResourceGuard": self.has_resource_guard,
                "resourceGuardOperationRequests": null,
                "monitoringSettings": {"azureMonitorAlertSettings": {"alertsForAllJobFailures": "Enabled"}},
                "secureScore": "Adequate", "bcdrSecurityLevel": "Good",
            },
        })
    }
}

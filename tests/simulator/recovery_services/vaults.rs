//! Recovery Services vaults: what exists of the service.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::builder::SimulatorBuilder;
use super::super::data_protection::guards::ResourceGuard;
use super::super::resources::placed;
use super::super::service::Part;
use super::super::world::{RESOURCE_GROUP, SUBSCRIPTION, World};
use super::databases::DatabaseMachine;
use super::items::ProtectedItem;
use super::policies::BackupPolicy;
use super::vault_settings::VaultSettings;

/// A vault with what it protects.
#[derive(Clone, Debug)]
pub struct RecoveryServicesVault {
    pub subscription: String,
    pub resource_group: String,
    pub name: String,
    pub location: String,
    /// The guard over its restores.
    pub resource_guard: Option<ResourceGuard>,
    pub redundancy: String,
    /// Where its copy is, which nothing in its description says.
    pub secondary_region: Option<String>,
    /// Whether it restores there.
    pub cross_region_restore: String,
    /// Whether it restores into other subscriptions.
    pub cross_subscription: String,
    pub user_assigned_identities: Vec<String>,
    pub items: Vec<ProtectedItem>,
    /// Machines with databases that are registered with it.
    pub database_machines: Vec<DatabaseMachine>,
    pub settings: VaultSettings,
    pub policies: Vec<BackupPolicy>,
    /// Somebody has searched for machines that could be registered.
    pub discovered: bool,
}

placed!(RecoveryServicesVault);

/// What exists of the service.
#[derive(Clone, Debug, Default)]
pub struct RecoveryServicesVaults {
    vaults: Vec<RecoveryServicesVault>,
    /// Machines with databases that are registered with none of them.
    machines: Vec<DatabaseMachine>,
}

impl Part for RecoveryServicesVaults {
    fn places(&self) -> Vec<(&str, &str)> {
        self.vaults.iter().map(|vault| (vault.subscription.as_str(), vault.resource_group.as_str())).collect()
    }

    fn things(&self) -> Vec<(&'static str, BTreeMap<String, String>)> {
        let items = |vault: &RecoveryServicesVault| {
            vault.items.iter().map(|item| (item.friendly_name.clone(), item.id(vault))).collect::<Vec<_>>()
        };
        let containers = |vault: &RecoveryServicesVault| {
            let fabric = format!("{}/backupFabrics/Azure", vault.id());
            let id = |own: &DatabaseMachine| format!("{fabric}/protectionContainers/{}", own.container_name());
            vault.database_machines.iter().map(|own| (own.name.clone(), id(own))).collect::<Vec<_>>()
        };
        let policies = |vault: &RecoveryServicesVault| {
            let id = |own: &BackupPolicy| format!("{}/backupPolicies/{}", vault.id(), own.name);
            let key = |own: &BackupPolicy| format!("{}/{}", vault.name, own.name);
            vault.policies.iter().map(|own| (key(own), id(own))).collect::<Vec<_>>()
        };
        vec![
            ("protection_containers", self.vaults.iter().flat_map(containers).collect()),
            ("backup_policies", self.vaults.iter().flat_map(policies).collect()),
            ("recovery_services_vaults", self.vaults.iter().map(|vault| (vault.name.clone(), vault.id())).collect()),
            ("protected_items", self.vaults.iter().flat_map(items).collect()),
        ]
    }
}

impl World {
    pub fn recovery_services_vaults(&self) -> &[RecoveryServicesVault] {
        &self.parts.recovery_services.vaults
    }

    pub fn recovery_services_vaults_mut(&mut self) -> &mut Vec<RecoveryServicesVault> {
        &mut self.parts.recovery_services.vaults
    }

    pub fn unregistered_machines(&self) -> &[DatabaseMachine] {
        &self.parts.recovery_services.machines
    }

    pub fn unregistered_machines_mut(&mut self) -> &mut Vec<DatabaseMachine> {
        &mut self.parts.recovery_services.machines
    }

    pub fn recovery_services_vault(
        &self,
        subscription: &str,
        group: Option<&str>,
        name: &str,
    ) -> Option<&RecoveryServicesVault> {
        self.recovery_services_vaults().iter().find(|own| {
            own.name.eq_ignore_ascii_case(name)
                && own.subscription.eq_ignore_ascii_case(subscription)
                && group.is_some_and(|group| own.resource_group.eq_ignore_ascii_case(group))
        })
    }

    /// The first item of this friendly name in any vault, for tests.
    pub fn protected_item_named(&mut self, name: &str) -> Option<&mut ProtectedItem> {
        let items = self.recovery_services_vaults_mut().iter_mut().flat_map(|vault| &mut vault.items);
        items.into_iter().find(|item| item.friendly_name.eq_ignore_ascii_case(name))
    }
}

impl SimulatorBuilder {
    pub fn recovery_services_vault(mut self, vault: RecoveryServicesVault) -> Self {
        self.0.platform.world.recovery_services_vaults_mut().push(vault);
        self
    }
}

impl RecoveryServicesVault {
    /// A vault in the default resource group and in West Europe.
    pub fn new(name: &str) -> Self {
        Self {
            subscription: SUBSCRIPTION.into(),
            resource_group: RESOURCE_GROUP.into(),
            name: name.into(),
            location: "westeurope".into(),
            resource_guard: None,
            redundancy: "LocallyRedundant".into(),
            secondary_region: None,
            cross_region_restore: "Disabled".into(),
            cross_subscription: "Enabled".into(),
            user_assigned_identities: Vec::new(),
            items: Vec::new(),
            database_machines: Vec::new(),
            settings: VaultSettings::default(),
            policies: BackupPolicy::of_a_new_vault(),
            discovered: false,
        }
    }

    pub fn protected_by(mut self, guard: ResourceGuard) -> Self {
        self.resource_guard = Some(guard);
        self
    }

    pub fn zone_redundant(mut self) -> Self {
        self.redundancy = "ZoneRedundant".into();
        self
    }

    /// Geo-redundant, with a copy in this region that is restored from.
    pub fn secondary_region(mut self, region: &str) -> Self {
        self.redundancy = "GeoRedundant".into();
        self.cross_region_restore = "Enabled".into();
        self.secondary_region = Some(region.into());
        self
    }

    pub fn user_assigned_identity(mut self, id: &str) -> Self {
        self.user_assigned_identities.push(id.into());
        self
    }

    pub fn item(mut self, item: ProtectedItem) -> Self {
        self.items.push(item);
        self
    }

    pub fn id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.RecoveryServices/vaults/{}",
            self.subscription, self.resource_group, self.name
        )
    }

    /// By the names of its container and its own, without case.
    pub(super) fn item_named(&self, container: &str, name: &str) -> Option<&ProtectedItem> {
        self.items.iter().find(|item| {
            let is_named = item.name.to_lowercase() == name.to_lowercase();
            item.container_name().eq_ignore_ascii_case(container) && is_named
        })
    }

    /// The item and the name of a point, by the ARM id of the point.
    pub(super) fn point_named<'a>(&self, id: &'a str) -> Option<(&ProtectedItem, &'a str)> {
        let (item, point) = id.rsplit_once('/')?;
        let item = item.to_lowercase();
        let item = item.strip_suffix("/recoverypoints")?;
        Some((self.items.iter().find(|own| own.id(self).to_lowercase() == item)?, point))
    }

    /// The request of the guard that a restore must name.
    pub fn guard_request(&self) -> Option<String> {
        Some(format!("{}/triggerRestoreRequests/default", self.resource_guard.as_ref()?.id))
    }

    pub(super) fn guard_links(&self) -> Vec<Value> {
        let operation = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/\
                         recoveryPoints/restore/action";
        let link = |request: String| {
            let guard = self.resource_guard.as_ref().map(|guard| guard.id.clone());
            let details = json!([{"vaultCriticalOperation": operation, "defaultResourceRequest": request}]);
            let id = format!("{}/backupResourceGuardProxies/VaultProxy", self.id());
            super::envelope(
                &id,
                "backupResourceGuardProxies",
                json!({"resourceGuardResourceId": guard, "resourceGuardOperationDetails": details}),
            )
        };
        self.guard_request().map(link).into_iter().collect()
    }

    pub fn to_json(&self) -> Value {
        let identities: serde_json::Map<String, Value> =
            self.user_assigned_identities.iter().map(|id| (id.clone(), json!({}))).collect();
        let mut vault = json!({
            "identity": {
                "type": "SystemAssigned, UserAssigned", "principalId": "00000000-0000-4000-8000-0000000000aa",
                "userAssignedIdentities": identities,
            },
            "id": self.id(), "name": self.name, "type": "Microsoft.RecoveryServices/vaults", "etag": "\"1\"",
            "location": self.location, "sku": {"name": "Standard"}, "tags": {},
            "properties": {
                "provisioningState": "Succeeded", "publicNetworkAccess": "Enabled",
                "redundancySettings": {"standardTierStorageRedundancy": self.redundancy, "crossRegionRestore": self.cross_region_restore},
                "restoreSettings": {"crossSubscriptionRestoreSettings": {"crossSubscriptionRestoreState": self.cross_subscription}},
                "bcdrSecurityLevel": "Fair",
            },
        });
        self.settings.show(&mut vault);
        vault
    }
}

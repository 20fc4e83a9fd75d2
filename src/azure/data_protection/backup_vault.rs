//! A Backup vault, as far as a restore asks about it.

use serde_json::Value;

use super::ids::BackupVaultId;
use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::Location;

/// `BackupVaultResource` of the REST description. States are open words: `Enabled`, `Disabled`, `PermanentlyDisabled`…
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupVault {
    /// The id that was asked for, in its casing.
    pub id: BackupVaultId,
    /// Region of the vault itself; that of its copy is [`BackupVault::secondary_region`].
    pub location: Option<Location>,
    /// Regions that hold a copy of it; documentation does not say whether its own is among them.
    pub replicated_regions: Vec<Location>,
    /// `Succeeded` and others.
    pub provisioning_state: Option<String>,
    /// `LocallyRedundant`, `ZoneRedundant`, `GeoRedundant`.
    pub redundancy: Option<String>,
    /// Whether it restores from the secondary region: `Enabled`, `Disabled`.
    pub cross_region_restore: Option<String>,
    /// Whether it restores into other subscriptions: `Enabled`, `Disabled`, `PermanentlyDisabled`.
    pub cross_subscription_restore: Option<String>,
    /// Whether a Resource Guard protects it, so that a restore needs another's approval.
    pub is_protected_by_resource_guard: Option<bool>,
    /// Object id of the system-assigned identity, which needs the roles on source and target.
    pub principal_id: Option<String>,
    /// ARM ids of the user-assigned identities attached to it.
    pub user_assigned_identity_ids: Vec<String>,
}

impl BackupVault {
    /// The region that holds the copy for restores across regions, if exactly one can be it.
    pub fn secondary_region(&self) -> Option<&Location> {
        let mut others = self.replicated_regions.iter().filter(|region| Some(*region) != self.location.as_ref());
        others.next().filter(|first| others.all(|other| other == *first))
    }

    pub(super) fn read(id: &BackupVaultId, value: &Value) -> Self {
        let resource = JsonFields::of(value);
        let vault = resource.object("properties");
        let features = vault.object("featureSettings");
        let identity = resource.object("identity");
        Self {
            id: id.clone(),
            location: resource.text("location").map(Location::new),
            replicated_regions: vault.texts("replicatedRegions").into_iter().map(Location::new).collect(),
            provisioning_state: vault.text("provisioningState"),
            redundancy: vault.list("storageSettings").iter().find_map(|setting| JsonFields::of(setting).text("type")),
            cross_region_restore: features.object("crossRegionRestoreSettings").text("state"),
            cross_subscription_restore: features.object("crossSubscriptionRestoreSettings").text("state"),
            is_protected_by_resource_guard: vault.boolean("isVaultProtectedByResourceGuard"),
            principal_id: identity.text("principalId"),
            user_assigned_identity_ids: identity
                .get("userAssignedIdentities")
                .and_then(Value::as_object)
                .map(|identities| identities.keys().cloned().collect())
                .unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_secondary_region_is_the_only_other_one() {
        let id = BackupVaultId::new("s", "g", "v").unwrap();
        let of = |regions: serde_json::Value| {
            let vault = json!({"location": "westus", "properties": {"replicatedRegions": regions}});
            BackupVault::read(&id, &vault).secondary_region().map(Location::normalized)
        };
        assert_eq!(of(json!(["eastus"])).as_deref(), Some("eastus"));
        assert_eq!(of(json!(["westus", "eastus", "East US"])).as_deref(), Some("eastus"));
        for unclear in [json!(null), json!([]), json!(["westus"]), json!(["eastus", "centralus"])] {
            assert_eq!(of(unclear), None);
        }
    }

    #[test]
    fn a_vault_is_read_and_an_empty_answer_is_a_vault_of_which_nothing_is_known() {
        let id = BackupVaultId::new("s", "g", "v").unwrap();
        let vault = BackupVault::read(
            &id,
            &json!({"location": "WestUS", "properties": {
                "featureSettings": {"crossRegionRestoreSettings": {"state": "Enabled"}, "crossSubscriptionRestoreSettings": null},
                "replicatedRegions": ["West US", "eastus"],
                "storageSettings": [{"type": "GeoRedundant", "datastoreType": "VaultStore"}], "isVaultProtectedByResourceGuard": false,
                "securitySettings": {"softDeleteSettings": {"retentionDurationInDays": 14.0, "state": "OFF"}}},
                "identity": {"type": "SystemAssigned", "principalId": "p", "userAssignedIdentities": {"/subscriptions/x": {}}}}),
        );
        assert_eq!(vault.location, Some(Location::new("West US")));
        assert_eq!(vault.cross_region_restore.as_deref(), Some("Enabled"));
        assert_eq!(vault.cross_subscription_restore, None);
        assert_eq!(vault.redundancy.as_deref(), Some("GeoRedundant"));
        assert_eq!(vault.is_protected_by_resource_guard, Some(false));
        assert_eq!((vault.principal_id.as_deref(), vault.user_assigned_identity_ids.len()), (Some("p"), 1));
        assert_eq!(vault.secondary_region(), Some(&Location::new("East US")));
        assert_eq!(BackupVault::read(&id, &json!({})).redundancy, None);
    }
}

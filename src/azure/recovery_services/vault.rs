//! A Recovery Services vault: what it says of itself.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ids::RecoveryServicesVaultId;
use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::Location;

/// `Vault` of the REST description. States are open words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryServicesVault {
    /// The id that was asked for, in its casing.
    pub id: RecoveryServicesVaultId,
    /// Its region.
    pub location: Option<Location>,
    /// `LocallyRedundant`, `ZoneRedundant`, `GeoRedundant`.
    pub redundancy: Option<String>,
    /// Whether it restores from the secondary region: `Enabled`, `Disabled`.
    pub cross_region_restore: Option<String>,
    /// Whether it restores into other subscriptions: `Enabled`, `Disabled`, `PermanentlyDisabled`.
    pub cross_subscription_restore: Option<String>,
    /// ARM ids of the user-assigned identities attached to it.
    pub user_assigned_identity_ids: Vec<String>,
    /// Object id of the system-assigned identity.
    pub principal_id: Option<String>,
    /// Tenant of the system-assigned identity.
    pub tenant_id: Option<String>,
    /// `SystemAssigned`, `UserAssigned`, both with a comma, `None`.
    pub identity_type: Option<String>,
    /// `Standard`, `RS0`.
    pub sku: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Whether it can be reached from the internet: `Enabled`, `Disabled`.
    pub public_network_access: Option<String>,
    /// `Enabled`, `Disabled`, `AlwaysON`.
    pub soft_delete_state: Option<String>,
    /// `Disabled`, `Unlocked`, `Locked`.
    pub immutability_state: Option<String>,
    /// Whether Azure is done with it; absent counts as yes.
    pub provisioning_state: Option<String>,
}

impl RecoveryServicesVault {
    pub(super) fn read(id: &RecoveryServicesVaultId, value: &Value) -> Self {
        let resource = JsonFields::of(value);
        let vault = resource.object("properties");
        let redundancy = vault.object("redundancySettings");
        let restore = vault.object("restoreSettings").object("crossSubscriptionRestoreSettings");
        let identity = resource.object("identity");
        let security = vault.object("securitySettings");
        Self {
            id: id.clone(),
            location: resource.text("location").map(Location::new),
            redundancy: redundancy.text("standardTierStorageRedundancy"),
            cross_region_restore: redundancy.text("crossRegionRestore"),
            cross_subscription_restore: restore.text("crossSubscriptionRestoreState"),
            user_assigned_identity_ids: identity
                .get("userAssignedIdentities")
                .and_then(Value::as_object)
                .map(|identities| identities.keys().cloned().collect())
                .unwrap_or_default(),
            principal_id: identity.text("principalId"),
            tenant_id: identity.text("tenantId"),
            identity_type: identity.text("type").filter(|word| !word.eq_ignore_ascii_case("None")),
            sku: resource.object("sku").text("name"),
            tags: resource.text_map("tags"),
            public_network_access: vault.text("publicNetworkAccess"),
            soft_delete_state: security.object("softDeleteSettings").text("softDeleteState"),
            immutability_state: security.object("immutabilitySettings").text("state"),
            provisioning_state: vault.text("provisioningState"),
        }
    }

    /// Whether Azure is done with creating or changing it, and how that ended: none while it goes on.
    pub fn provisioned(&self) -> Option<Result<(), &str>> {
        match self.provisioning_state.as_deref() {
            None => Some(Ok(())),
            Some(word) if word.eq_ignore_ascii_case("Succeeded") => Some(Ok(())),
            Some(word) if ["failed", "canceled", "cancelled"].contains(&word.to_ascii_lowercase().as_str()) => {
                Some(Err(word))
            }
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_vault_allows_is_read_and_what_it_does_not_say_is_none() {
        let id = RecoveryServicesVaultId::new("s", "g", "v").unwrap();
        let vault = RecoveryServicesVault::read(
            &id,
            &json!({"location": "westeurope", "identity": {"principalId": "p", "userAssignedIdentities": {"/i": {}}},
                "properties": {"redundancySettings": {"standardTierStorageRedundancy": "GeoRedundant", "crossRegionRestore": "Enabled"},
                    "restoreSettings": {"crossSubscriptionRestoreSettings": {"crossSubscriptionRestoreState": "Disabled"}}}}),
        );
        assert_eq!(vault.location, Some(Location::new("West Europe")));
        assert_eq!(
            (vault.cross_region_restore.as_deref(), vault.cross_subscription_restore.as_deref()),
            (Some("Enabled"), Some("Disabled"))
        );
        assert_eq!(vault.user_assigned_identity_ids, ["/i"]);
        let silent = RecoveryServicesVault::read(&id, &json!({}));
        assert_eq!((silent.location, silent.redundancy, silent.cross_region_restore), (None, None, None));
    }
}

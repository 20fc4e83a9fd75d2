//! The body that makes or changes a Recovery Services vault. What is left out of a change stays as it is
//! (docs/reference/azure-recovery-services.md#vaults).

use std::collections::BTreeMap;

use serde::Serialize;

/// `Vault` and `PatchVault` of the REST description.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VaultRequest {
    /// The region; of a new vault only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// `Standard` or `RS0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<VaultSku>,
    /// All tags: those that are left out are removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
    /// Its managed identities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<VaultIdentity>,
    /// The settings.
    pub properties: VaultSettings,
}

/// `Sku` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VaultSku {
    /// `Standard` or `RS0`.
    pub name: String,
}

/// `IdentityData` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VaultIdentity {
    /// `SystemAssigned`, `UserAssigned`, `SystemAssigned, UserAssigned` or `None`.
    #[serde(rename = "type")]
    pub identity_type: String,
    /// By ARM id. None takes the identity away from the vault.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub user_assigned_identities: BTreeMap<String, Option<NoMembers>>,
}

/// `{}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NoMembers {}

/// `VaultProperties` of the REST description, as far as they can be set here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VaultSettings {
    /// `Enabled` or `Disabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_network_access: Option<&'static str>,
    /// How backups are stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redundancy_settings: Option<RedundancySettings>,
    /// What protects backups from deletion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_settings: Option<SecuritySettings>,
}

impl VaultSettings {
    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `VaultPropertiesRedundancySettings` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedundancySettings {
    /// `LocallyRedundant`, `ZoneRedundant` or `GeoRedundant`.
    pub standard_tier_storage_redundancy: String,
    /// `Enabled` or `Disabled`.
    pub cross_region_restore: &'static str,
}

/// `SecuritySettings` of the REST description.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecuritySettings {
    /// Whether deleted backups are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soft_delete_settings: Option<SoftDeleteSettings>,
    /// Whether backups can be deleted before their time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub immutability_settings: Option<ImmutabilitySettings>,
}

/// `SoftDeleteSettings` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SoftDeleteSettings {
    /// `Enabled` or `Disabled`.
    pub soft_delete_state: &'static str,
}

/// `ImmutabilitySettings` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImmutabilitySettings {
    /// `Disabled`, `Unlocked` or `Locked`.
    pub state: String,
}

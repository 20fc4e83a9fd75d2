//! The members that every result has of the vault.

use crate::azure::data_protection::BackupVaultId;
use crate::azure::vault::VaultKind;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::value::Value;

/// An attribute of a result.
pub(super) fn text(name: &str, description: &str) -> Attribute {
    Attribute::string(name).computed().description(description)
}

/// The vault's part of an object, and those further attributes.
pub(super) fn with_attributes<const N: usize>(further: [Attribute; N]) -> Vec<Attribute> {
    let kind = VaultKind::Backup;
    let kind = format!("The type of the vault: `{}`, a {kind}.", kind.resource_type());
    let vault = [
        text("subscription_id", "The ID of the subscription (GUID)."),
        text("resource_group_name", "The name of the resource group of the vault."),
        text("vault_type", &kind),
        text("vault_id", "The ARM id of the vault."),
        text("vault_name", "The name of the vault."),
    ];
    vault.into_iter().chain(further).collect()
}

/// The value of [`with_attributes`].
pub(super) fn with_members<const N: usize>(vault: &BackupVaultId, further: [(&str, String); N]) -> Value {
    let members = [
        ("subscription_id", vault.subscription().to_owned()),
        ("resource_group_name", vault.resource_group().to_owned()),
        ("vault_type", VaultKind::Backup.resource_type().to_owned()),
        ("vault_id", vault.to_string()),
        ("vault_name", vault.name().to_owned()),
    ];
    Value::object(members.into_iter().chain(further))
}

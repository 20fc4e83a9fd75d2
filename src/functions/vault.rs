//! The members that every result has of the vault.

use crate::azure::resource_id::{ResourceId, decoded};
use crate::azure::vault::{VaultId, VaultKind};
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::value::Value;

/// An attribute of a result.
pub(super) fn text(name: &str, description: &str) -> Attribute {
    Attribute::string(name).computed().description(description)
}

/// The name of what has this id, without the percent-encoding of ids.
pub(super) fn name_of(id: &ResourceId) -> Value {
    id.decoded_name().into_owned().into()
}

/// The vault's part of an object, and those further attributes. `kinds` are those that the vault may be of.
pub(super) fn with_attributes<const N: usize>(kinds: &[VaultKind], further: [Attribute; N]) -> Vec<Attribute> {
    let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{}` (a {kind})", kind.resource_type())).collect();
    let kind = format!("The type of the vault: {}.", kinds.join(" or "));
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
pub(super) fn with_members<const N: usize>(vault: &VaultId, further: [(&str, Value); N]) -> Value {
    let id = vault.resource_id();
    let members = [
        ("subscription_id", Value::from(id.subscription().map(str::to_owned))),
        ("resource_group_name", id.resource_group().map(|name| decoded(name).into_owned()).into()),
        ("vault_type", vault.kind().resource_type().into()),
        ("vault_id", id.as_str().into()),
        ("vault_name", name_of(id)),
    ];
    Value::object(members.into_iter().chain(further))
}

//! `parse_protected_item_id`

use super::id_parser::{IdKind, IdParser};
use super::vault::{self, name_of, text};
use crate::azure::recovery_services::ProtectedItemId;
use crate::azure::resource_id::InvalidResourceId;
use crate::azure::vault::{VaultId, VaultKind};
use crate::tfplugin::value::Value;

/// `parse_protected_item_id`, as the provider lists it.
pub fn function() -> IdParser {
    let kind = IdKind {
        thing: "a protected item of a Recovery Services vault",
        purpose: "For example, the Azure CLI needs the names of the container and of the item.",
        example: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.RecoveryServices/vaults/example/backupFabrics/Azure/protectionContainers/StorageContainer;Storage;example;example/protectedItems/AzureFileShare;example",
        take_apart,
    };
    let attributes = vault::with_attributes(
        &[VaultKind::RecoveryServices],
        [
            text("container_id", "The ARM ID of the container."),
            text("container_name", "The name of the container, such as `StorageContainer;Storage;GROUP;ACCOUNT`."),
            text("name", "The name of the protected item."),
        ],
    );
    IdParser::new("parse_protected_item_id", kind, attributes)
}

fn take_apart(text: &str) -> Result<Value, InvalidResourceId> {
    let id = ProtectedItemId::parse(text)?;
    let container = id.container();
    let further = [
        ("container_id", container.to_string().into()),
        ("container_name", name_of(container.resource_id())),
        ("name", name_of(id.resource_id())),
    ];
    Ok(vault::with_members(&VaultId::RecoveryServices(id.vault().clone()), further))
}

//! `parse_protection_container_id`

use super::id_parser::{IdKind, IdParser};
use super::vault::{self, name_of, text};
use crate::azure::recovery_services::ProtectionContainerId;
use crate::azure::resource_id::InvalidResourceId;
use crate::azure::vault::{VaultId, VaultKind};
use crate::tfplugin::value::Value;

/// `parse_protection_container_id`, as the provider lists it.
pub fn function() -> IdParser {
    let kind = IdKind {
        thing: "a container of a Recovery Services vault",
        purpose: "A container is a storage account or a virtual machine that is registered with the vault: the \
                  `id` of `azurerm_backup_container_storage_account`, or the `container_id` of \
                  `azurebackup_protected_items`.",
        example: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.RecoveryServices/vaults/example/backupFabrics/Azure/protectionContainers/StorageContainer;Storage;example;example",
        take_apart,
    };
    let name = text("name", "The name of the container, such as `StorageContainer;Storage;GROUP;ACCOUNT`.");
    let attributes = vault::with_attributes(&[VaultKind::RecoveryServices], [name]);
    IdParser::new("parse_protection_container_id", kind, attributes)
}

fn take_apart(text: &str) -> Result<Value, InvalidResourceId> {
    let id = ProtectionContainerId::parse(text)?;
    let vault = VaultId::RecoveryServices(id.vault().clone());
    Ok(vault::with_members(&vault, [("name", name_of(id.resource_id()))]))
}

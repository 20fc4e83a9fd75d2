//! `parse_backup_instance_id`

use super::id_parser::{IdKind, IdParser};
use super::vault;
use crate::azure::data_protection::BackupInstanceId;
use crate::azure::resource_id::InvalidResourceId;
use crate::azure::vault::{VaultId, VaultKind};
use crate::tfplugin::value::Value;

/// `parse_backup_instance_id`, as the provider lists it.
pub fn function() -> IdParser {
    let kind = IdKind {
        thing: "a backup instance",
        purpose: "For example, you can use the ID of the vault to list its jobs.",
        example: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.DataProtection/backupVaults/example/backupInstances/example",
        take_apart,
    };
    let name = vault::text("name", "The name of the backup instance.");
    IdParser::new("parse_backup_instance_id", kind, vault::with_attributes(&[VaultKind::Backup], [name]))
}

fn take_apart(text: &str) -> Result<Value, InvalidResourceId> {
    let id = BackupInstanceId::parse(text)?;
    Ok(vault::with_members(&VaultId::Backup(id.vault().clone()), [("name", id.name().into())]))
}

//! `parse_recovery_point_id`

use super::id_parser::{IdKind, IdParser};
use super::vault::{self, text};
use crate::azure::data_protection::RecoveryPointId;
use crate::azure::vault::InvalidVaultId;
use crate::tfplugin::value::Value;

/// `parse_recovery_point_id`, as the provider lists it.
pub fn function() -> IdParser {
    let kind = IdKind {
        thing: "a recovery point of a Backup vault",
        purpose: "The result contains the backup instance of the recovery point. So a runbook needs only this one ID. \
                  Use the `id` or `latest_id` of `azurebackup_recovery_points`. The `recovery_point_id` of a restore \
                  is only a name.",
        example: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.DataProtection/backupVaults/example/backupInstances/example/recoveryPoints/example",
        take_apart,
    };
    let attributes = vault::with_attributes([
        text("backup_instance_id", "The ARM ID of the backup instance."),
        text("backup_instance_name", "The name of the backup instance."),
        text("name", "The name of the recovery point."),
    ]);
    IdParser::new("parse_recovery_point_id", kind, attributes)
}

fn take_apart(text: &str) -> Result<Value, InvalidVaultId> {
    let id = RecoveryPointId::parse(text)?;
    let instance = id.backup_instance();
    let further = [
        ("backup_instance_id", instance.to_string()),
        ("backup_instance_name", instance.name().to_owned()),
        ("name", id.name().to_owned()),
    ];
    Ok(vault::with_members(instance.vault(), further))
}

//! `parse_recovery_point_id`

use super::id_parser::{IdKind, IdParser};
use super::vault::{self, name_of, text};
use crate::azure::resource_id::InvalidResourceId;
use crate::azure::vault::{PointId, VaultId, VaultKind};
use crate::tfplugin::value::Value;

/// `parse_recovery_point_id`, as the provider lists it.
pub fn function() -> IdParser {
    let kind = IdKind {
        thing: "a recovery point of a Backup vault or a Recovery Services vault",
        purpose: "The result contains the backup instance or the protected item of the recovery point. So a runbook \
                  needs only this one ID. Use the `id` or `latest_id` of `azurebackup_recovery_points`. The \
                  `recovery_point_id` of a restore is only a name.",
        example: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.DataProtection/backupVaults/example/backupInstances/example/recoveryPoints/example",
        take_apart,
    };
    let attributes = vault::with_attributes(
        &VaultKind::ALL,
        [
            text("backup_instance_id", "The ARM ID of the backup instance. Null for a Recovery Services vault."),
            text("backup_instance_name", "The name of the backup instance. Null for a Recovery Services vault."),
            text("protected_item_id", "The ARM ID of the protected item. Null for a Backup vault."),
            text("protected_item_name", "The name of the protected item. Null for a Backup vault."),
            text("name", "The name of the recovery point."),
        ],
    );
    IdParser::new("parse_recovery_point_id", kind, attributes)
}

fn take_apart(text: &str) -> Result<Value, InvalidResourceId> {
    let (vault, instance, item, name) = match PointId::parse(text)? {
        PointId::Backup(id) => {
            let instance = id.backup_instance();
            let vault = VaultId::Backup(instance.vault().clone());
            let instance = (instance.to_string().into(), name_of(instance.resource_id()));
            (vault, instance, (Value::Null, Value::Null), name_of(id.resource_id()))
        }
        PointId::RecoveryServices(id) => {
            let item = id.protected_item();
            let vault = VaultId::RecoveryServices(item.vault().clone());
            let item = (item.to_string().into(), name_of(item.resource_id()));
            (vault, (Value::Null, Value::Null), item, name_of(id.resource_id()))
        }
    };
    let further = [
        ("backup_instance_id", instance.0),
        ("backup_instance_name", instance.1),
        ("protected_item_id", item.0),
        ("protected_item_name", item.1),
        ("name", name),
    ];
    Ok(vault::with_members(&vault, further))
}

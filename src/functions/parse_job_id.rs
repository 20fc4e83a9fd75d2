//! `parse_job_id`

use super::id_parser::{IdKind, IdParser};
use super::vault;
use crate::azure::resource_id::InvalidResourceId;
use crate::azure::vault::{JobId, VaultId, VaultKind};
use crate::tfplugin::value::Value;

/// `parse_job_id`, as the provider lists it.
pub fn function() -> IdParser {
    let kind = IdKind {
        thing: "a job of a Backup vault or a Recovery Services vault",
        purpose: "The `id` of a restore is the ID of its job.",
        example: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.DataProtection/backupVaults/example/backupJobs/00000000-0000-0000-0000-000000000000",
        take_apart,
    };
    let name = vault::text("name", "The name of the job, a GUID.");
    IdParser::new("parse_job_id", kind, vault::with_attributes(&VaultKind::ALL, [name]))
}

fn take_apart(text: &str) -> Result<Value, InvalidResourceId> {
    let (vault, name) = match JobId::parse(text)? {
        JobId::Backup(id) => (VaultId::Backup(id.vault().clone()), vault::name_of(id.resource_id())),
        JobId::RecoveryServices(id) => {
            (VaultId::RecoveryServices(id.vault().clone()), vault::name_of(id.resource_id()))
        }
    };
    Ok(vault::with_members(&vault, [("name", name)]))
}

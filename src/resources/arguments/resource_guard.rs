//! The argument `resource_guard_id`: the guard that has to approve a restore. A guard that moved must not restore a
//! database again, so a change of it is made in place.

use super::resource_id;
use crate::tfplugin::schema::Attribute;

/// Its attribute for the schema of a resource. Changing it does not restore again.
pub fn attribute() -> Attribute {
    resource_id::attribute("resource_guard_id", "a Resource Guard", "Microsoft.DataProtection/resourceGuards")
        .optional()
        .updates_in_place()
        .description(
            "The ARM ID of the Resource Guard that protects the vault (multi-user authorization). If it is in another \
             tenant, set that tenant in `auxiliary_tenant_ids` of the provider block.",
        )
}

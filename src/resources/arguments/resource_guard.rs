//! The argument `resource_guard_id`: who has to let a restore pass. A guard that moved must not restore a database
//! again, so a change of it is made in place.

use super::resource_id;
use crate::tfplugin::schema::Attribute;

/// The argument.
pub fn attribute() -> Attribute {
    resource_id::attribute("resource_guard_id", "a Resource Guard", "Microsoft.DataProtection/resourceGuards")
        .optional()
        .updates_in_place()
        .description(
            "The ARM id of the Resource Guard that protects the vault (multi-user authorization). If it lies in \
             another tenant, name that in the provider's `auxiliary_tenant_ids`.",
        )
}

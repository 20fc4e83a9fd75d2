//! The argument `user_assigned_identity_id`: as which identity the vault restores. Not what is restored, so a change of
//! it is made in place.

use super::resource_id;
use crate::tfplugin::schema::Attribute;

/// Its attribute for the schema of a resource. Changing it does not restore again.
pub fn attribute() -> Attribute {
    let identities = "Microsoft.ManagedIdentity/userAssignedIdentities";
    resource_id::attribute("user_assigned_identity_id", "a user-assigned identity", identities)
        .optional()
        .updates_in_place()
        .description(
            "The ARM id of a user-assigned identity that is attached to the vault and restores instead of the vault's \
             own identity.",
        )
}

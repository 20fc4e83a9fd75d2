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
            "The ARM ID of a user-assigned managed identity that is assigned to the vault. It restores instead of the \
             system-assigned identity of the vault.",
        )
}

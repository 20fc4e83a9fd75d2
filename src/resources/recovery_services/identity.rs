//! The argument `identity`: as which identity the vault reads and writes storage accounts. Not what is restored, so a change
//! of it is made in place.

use crate::azure::recovery_services::RestoreIdentity;
use crate::azure::resource_id::ResourceId;
use crate::model;
use crate::resources::arguments::resource_id;
use crate::resources::given::{NotGiven, optional, required, required_text};
use crate::resources::restore::wrong;
use crate::restore::argument_path::ArgumentPath;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::one_of;

/// Name of the argument.
pub const IDENTITY: &str = "identity";

/// The vault's own identity.
const SYSTEM_ASSIGNED: &str = "SystemAssigned";
/// One that is attached to the vault.
const USER_ASSIGNED: &str = "UserAssigned";

model! {
    /// An identity of the vault.
    pub struct Identity {
        /// Which kind.
        pub r#type: Attr<String>,
        /// Which one.
        pub user_assigned_identity_id: Attr<String>,
    }
}

/// Its attribute for the schema of a resource. Changing it does not restore again.
pub fn attribute() -> Attribute {
    let identities = "Microsoft.ManagedIdentity/userAssignedIdentities";
    let id = resource_id::attribute("user_assigned_identity_id", "a user-assigned identity", identities);
    let attributes = vec![
        Attribute::string("type")
            .required()
            .updates_in_place()
            .validate(one_of(&[SYSTEM_ASSIGNED, USER_ASSIGNED]))
            .description("`SystemAssigned`: the vault's own identity. `UserAssigned`: one that is attached to it."),
        id.optional().updates_in_place().description("The ARM id of the identity, for `UserAssigned`."),
    ];
    Attribute::object(IDENTITY, attributes).optional().updates_in_place()
}

/// Whether an identity is named exactly where one is wanted. Unknown values are skipped.
pub fn check(identity: &Attr<Identity>) -> Option<Diagnostic> {
    let Attr::Known(identity) = identity else { return None };
    let (kind, id) = (identity.r#type.as_str()?, &identity.user_assigned_identity_id);
    if kind == USER_ASSIGNED && id.is_null() {
        let text = "With `type = \"UserAssigned\"`, set `user_assigned_identity_id`.";
        Some(wrong(IDENTITY, "Which identity?", text))
    } else if kind == SYSTEM_ASSIGNED && !id.is_null() {
        let text =
            "With `type = \"SystemAssigned\"` the vault uses its own identity: remove `user_assigned_identity_id`.";
        Some(wrong(IDENTITY, "Two identities are named", text))
    } else {
        None
    }
}

/// The identity as a request names it; none: the vault uses the key of the account.
///
/// # Errors
/// [`NotGiven`].
pub fn request(identity: &Attr<Identity>) -> Result<Option<RestoreIdentity>, NotGiven> {
    let Some(identity) = optional(identity, IDENTITY)? else { return Ok(None) };
    let is_system_assigned_identity = required_text(&identity.r#type, "identity.type")? == SYSTEM_ASSIGNED;
    let id = if is_system_assigned_identity {
        None
    } else {
        let id = required(&identity.user_assigned_identity_id, "identity.user_assigned_identity_id")?;
        Some(id.clone())
    };
    Ok(Some(RestoreIdentity { is_system_assigned_identity, managed_identity_resource_id: id }))
}

/// The user-assigned identity, with the argument that names it.
pub fn user_assigned(identity: &Attr<Identity>) -> Option<(ArgumentPath, ResourceId)> {
    let id = identity.known()?.user_assigned_identity_id.as_str()?;
    Some((IDENTITY.into(), ResourceId::parse(id).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::{Path, Value};

    fn identity(members: &[(&str, &str)]) -> Attr<Identity> {
        let value = Value::object(members.iter().map(|(name, text)| (*name, Value::from(*text))));
        Attr::from_value(&value, &Path::root()).unwrap()
    }

    #[test]
    fn an_identity_is_named_exactly_where_one_is_wanted() {
        let with = |members: &[(&str, &str)]| check(&identity(members)).map(|found| found.summary);
        assert_eq!(with(&[("type", "UserAssigned")]).as_deref(), Some("Which identity?"));
        assert_eq!(
            with(&[("type", "SystemAssigned"), ("user_assigned_identity_id", "/i")]).as_deref(),
            Some("Two identities are named")
        );
        assert_eq!(with(&[("type", "SystemAssigned")]), None);
        assert_eq!(with(&[("type", "UserAssigned"), ("user_assigned_identity_id", "/i")]), None);
    }
}

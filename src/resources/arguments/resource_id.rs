//! Arguments that take the ARM id of a resource.

use crate::azure::resource_id::ResourceId;
use crate::resources::canonical;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::matches;

/// The argument `name` for the id of a resource of one type; `what` completes "The value must be the id of …". What a
/// change of it does is left to the caller.
pub fn attribute(name: &str, what: &str, resource_type: &'static str) -> Attribute {
    checked_by(name, &format!("the id of {what}"), move |text| is_of_type(text, resource_type))
}

/// As [`attribute`], with a check of one's own; `description` completes "The value must be …".
pub fn checked_by(
    name: &str,
    description: &str,
    check: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
) -> Attribute {
    Attribute::string(name).canonical(canonical::id).validate(matches(description, check))
}

/// Whether `text` is the ARM id of a resource of this type.
///
/// # Errors
/// What else it is, to stand after a colon.
pub fn is_of_type(text: &str, resource_type: &str) -> Result<(), String> {
    match ResourceId::parse(text) {
        Ok(id) if id.is_of_type(resource_type) => Ok(()),
        Ok(id) => {
            Err(format!("it names a resource of type {}, not {resource_type}", id.resource_type().unwrap_or_default()))
        }
        Err(error) => Err(error.to_string()),
    }
}

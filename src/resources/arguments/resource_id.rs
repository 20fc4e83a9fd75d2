//! Arguments that take the ARM id of a resource.

use crate::azure::expected_id::ExpectedId;
use crate::resources::canonical;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::text_checked_by;

/// The argument `name` for the id of a resource of one type; `what` is what people call it: `a disk`. What a change of it
/// does is left to the caller.
pub fn attribute(name: &'static str, what: &'static str, resource_type: &'static str) -> Attribute {
    let expected = expected(name, what, resource_type);
    checked_by(name, move |text| expected.check(text, |_| true))
}

/// As [`attribute`], with a check of one's own, whose errors are whole sentences.
pub fn checked_by(name: &'static str, check: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static) -> Attribute {
    Attribute::string(name).canonical(canonical::id).validate(text_checked_by(check))
}

/// The id of a resource of one type, for checks.
pub fn expected(argument: &'static str, what: &'static str, resource_type: &'static str) -> ExpectedId<'static> {
    ExpectedId { argument, what, resource_type: Some(resource_type), form: None }
}

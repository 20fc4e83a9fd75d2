//! Arguments that take the ARM id of a resource.

use crate::azure::expected_id::ExpectedId;
use crate::azure::resource_id::ResourceId;
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

/// The argument `name` for the id of a resource group, which has no type of its own.
pub fn resource_group(name: &'static str) -> Attribute {
    checked_by(name, move |text| is_resource_group(name, text))
}

/// `/subscriptions/{id}/resourceGroups/{name}`.
fn is_resource_group(argument: &str, text: &str) -> Result<(), String> {
    let form = Some("/subscriptions/…/resourceGroups/NAME");
    let expected = ExpectedId { argument, what: "a resource group", resource_type: None, form };
    let names_a_group = |id: &ResourceId| id.subscription().is_some() && id.resource_group() == Some(id.name());
    expected.check(text, |id| names_a_group(id) && text.split('/').count() == 5)
}

/// The id of a resource of one type, for checks.
pub fn expected(argument: &'static str, what: &'static str, resource_type: &'static str) -> ExpectedId<'static> {
    ExpectedId { argument, what, resource_type: Some(resource_type), form: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_group_is_named_by_its_own_id() {
        let group = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g";
        let account = format!("{group}/providers/Microsoft.Storage/storageAccounts/a");
        assert_eq!(is_resource_group("group_id", group), Ok(()));
        let of_its_name = format!("{group}/providers/Microsoft.Storage/storageAccounts/g");
        let in_no_group = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/locations/westeurope";
        let subscription = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001";
        for bad in [&account, &of_its_name, in_no_group, subscription, "staging", "/resourceGroups/g"] {
            assert!(is_resource_group("group_id", bad).is_err(), "{bad}");
        }
    }
}

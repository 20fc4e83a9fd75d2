//! The argument `tags` of what a restore makes, beside the tag that the provider sets itself.

use std::collections::BTreeMap;

use crate::azure::resource_id::is_same;
use crate::azure::restore_tag::RESTORE_TAG;
use crate::resources::given::{NotGiven, optional, required};
use crate::resources::restore::wrong;
use crate::restore::argument_path::ArgumentPath;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::{Attribute, Type};
use crate::tfplugin::validators::not_empty;

/// Name of the argument, for schemas and errors.
pub const TAGS: &str = "tags";

/// Its value.
pub type Tags = Attr<BTreeMap<String, Attr<String>>>;

/// Its attribute for the schema of a resource. Changing it does not restore again.
pub fn attribute() -> Attribute {
    Attribute::map_of(TAGS, Type::String)
        .optional()
        .updates_in_place()
        .validate(not_empty("For no tags of your own, set `tags` to `null` or remove it."))
}

/// The tags, as a body has them.
///
/// # Errors
/// [`NotGiven`] if one is null or unknown.
pub fn read(tags: &Tags) -> Result<BTreeMap<String, String>, NotGiven> {
    let mut found = BTreeMap::new();
    for (name, value) in optional(tags, TAGS)?.into_iter().flatten() {
        found.insert(name.clone(), required(value, ArgumentPath::from(TAGS).member(name))?.clone());
    }
    Ok(found)
}

/// That the tag by which the provider knows what was made is not among them. `entry` is what is made: `database`.
pub fn check(tags: &Tags, entry: &str) -> Option<Diagnostic> {
    let own = tags.known()?.keys().any(|name| is_same(name, RESTORE_TAG));
    let text = format!(
        "The provider sets the tag `{RESTORE_TAG}` itself, to know the {entry} by it. Remove it from `{TAGS}`."
    );
    own.then(|| wrong(TAGS, "The tag of the restore cannot be set", text))
}

/// Whether they differ. No tags are as much as empty ones.
pub fn differ(before: &Tags, after: &Tags) -> bool {
    let given = |tags: &Tags| tags.known().filter(|tags| !tags.is_empty()).cloned();
    given(before) != given(after)
}

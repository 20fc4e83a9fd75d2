//! The tag on what a restore has made where Azure has no job that could say so.

use std::collections::BTreeMap;

use super::json_fields::JsonFields;
use super::redaction::redact;
use super::resource_id::is_same;

/// The tag that says which restore has made a resource: its value is the request id.
pub const RESTORE_TAG: &str = "azurebackup-restore";

/// A body that makes a resource with tags.
pub trait Tagged: Sized {
    /// Its tags.
    fn tags_mut(&mut self) -> &mut BTreeMap<String, String>;

    /// The same, carrying the id of the request that sends it.
    #[must_use]
    fn tagged(mut self, request_id: impl Into<String>) -> Self {
        self.tags_mut().insert(RESTORE_TAG.to_owned(), request_id.into());
        self
    }
}

/// The request id of the restore that made a resource, as far as the tags of an answer say.
pub(super) fn restored_by(resource: JsonFields<'_>) -> Option<String> {
    let tags = resource.text_map("tags");
    tags.into_iter().find(|(name, _)| is_same(name, RESTORE_TAG)).map(|(_, id)| redact(&id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_tag_is_found_in_any_casing_and_only_among_the_tags() {
        let found = |answer| restored_by(JsonFields::of(&answer));
        assert_eq!(found(json!({"tags": {"x": "y", "AzureBackup-Restore": "an-id"}})).as_deref(), Some("an-id"));
        for answer in [json!({"tags": null}), json!({"azurebackup-restore": "an-id"}), json!([])] {
            assert_eq!(found(answer), None);
        }
    }
}

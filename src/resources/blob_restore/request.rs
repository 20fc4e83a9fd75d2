//! From the arguments of a blob restore to the target that Azure takes.

use std::fmt;

use super::{Arguments, BLOB_SERVICES};
use crate::azure::data_protection::{Datasource, RestoreCriterion, RestoreTargetInfo, STORAGE_ACCOUNTS};
use crate::resources::backup_vault::TargetContext;
use crate::resources::backup_vault::containers::{SelectedContainer, into_another_account, selected, whole_or_parts};
use crate::resources::given::{NonEmpty, NotGiven, Scope, required_text};
use crate::restore::error::RestoreError;

/// Where blobs go and which (REST: Backup Instances - Trigger Restore, api-version 2026-06-01; operational and vaulted
/// blobs).
///
/// Operational: the target is the protected account itself, a container is the range from its name to `name-0`, a prefix
/// the range from it to the next text that does not begin with it.
pub(super) fn target(arguments: &Arguments, place: TargetContext<'_>) -> Result<RestoreTargetInfo, RestoreError> {
    if arguments.point_in_time.is_null() {
        let Arguments { containers, target_storage_account_id, .. } = arguments;
        return into_another_account(containers, target_storage_account_id, BLOB_SERVICES, place);
    }
    let source = place.source.ok_or_else(|| {
        let text = "Azure does not say which storage account this backup instance protects.";
        RestoreError::wrong("backup_instance_id", text)
    })?;
    let target = Datasource::target(source, STORAGE_ACCOUNTS, BLOB_SERVICES, place.location);
    Ok(whole_or_parts(place, target, in_place(arguments)?.map(SelectedBlobs::criterion)))
}

/// Blobs that go back in place, as the user named them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SelectedBlobs {
    /// All of a container.
    Container(String),
    /// Those of a container whose names begin so.
    Prefix { container: String, prefix: String },
    /// Those from this name up to the other, which is not in it.
    Names { from: String, to: String },
}

impl SelectedBlobs {
    /// The first name in it, and the first name after it.
    pub(super) fn bounds(self) -> (String, String) {
        match self {
            Self::Container(name) => whole_container(&name),
            Self::Prefix { container, prefix } => prefix_range(&container, &prefix),
            Self::Names { from, to } => (from, to),
        }
    }

    fn criterion(self) -> RestoreCriterion {
        let (min_matching_value, max_matching_value) = self.bounds();
        RestoreCriterion::RangeBased { min_matching_value, max_matching_value }
    }

    fn of_container(SelectedContainer { name, prefixes, .. }: SelectedContainer) -> NonEmpty<Self> {
        match prefixes {
            Scope::Whole => NonEmpty::one(Self::Container(name)),
            Scope::Parts(prefixes) => prefixes.map(|prefix| Self::Prefix { container: name.clone(), prefix }),
        }
    }
}

/// To stand in a list.
impl fmt::Display for SelectedBlobs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(name) => write!(formatter, "container {name:?}"),
            Self::Prefix { container, prefix } => {
                write!(formatter, "container {container:?}: names that begin with {prefix:?}")
            }
            Self::Names { from, to } => write!(formatter, "names from {from:?} to {to:?}, which is not included"),
        }
    }
}

/// What of an operational backup goes back: the one value of which the plan's warning and the request are made.
///
/// # Errors
/// [`NotGiven`] on the argument that is empty, or holds something null or unknown.
pub(super) fn in_place(arguments: &Arguments) -> Result<Scope<SelectedBlobs>, NotGiven> {
    let containers = selected(&arguments.containers)?;
    let ranges = Scope::read(&arguments.ranges, "ranges", |range, at| {
        let text = |value, name: &str| required_text(value, at.clone().member(name)).map(str::to_owned);
        Ok(SelectedBlobs::Names { from: text(&range.from, "from")?, to: text(&range.to, "to")? })
    })?;
    Ok(match containers {
        Scope::Whole => ranges,
        Scope::Parts(containers) => {
            let containers = containers.flat_map(SelectedBlobs::of_container);
            match ranges {
                Scope::Whole => Scope::Parts(containers),
                Scope::Parts(ranges) => Scope::Parts(containers.and(ranges)),
            }
        }
    })
}

/// `c` to `c-0`: a hyphen sorts before every other legal character of a container name, and no legal name ends in one
/// or has two in a row, so no other container lies between.
pub(super) fn whole_container(name: &str) -> (String, String) {
    (name.to_owned(), format!("{name}-0"))
}

/// `c/p` to the first text after all that begin with it.
pub(super) fn prefix_range(container: &str, prefix: &str) -> (String, String) {
    let mut end: Vec<char> = prefix.chars().collect();
    while let Some(last) = end.pop() {
        // Skips the surrogates, which are no characters.
        if let Some(next) = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32) {
            end.push(next);
            break;
        }
    }
    let from = format!("{container}/{prefix}");
    if end.is_empty() {
        (from, whole_container(container).1)
    } else {
        (from, format!("{container}/{}", String::from_iter(end)))
    }
}

#[cfg(test)]
mod tests;

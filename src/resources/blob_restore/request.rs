//! From the arguments of a blob restore to the target that Azure takes.

use super::{Arguments, BLOB_SERVICES};
use crate::azure::data_protection::{Datasource, RestoreCriterion, RestoreTargetInfo, STORAGE_ACCOUNTS};
use crate::resources::backup_vault::TargetContext;
use crate::resources::backup_vault::containers::{into_another_account, whole_or_parts};
use crate::restore::error::RestoreError;
use crate::tfplugin::model::Attr;

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
    Ok(whole_or_parts(place, target, ranges(arguments)))
}

fn ranges(arguments: &Arguments) -> Vec<RestoreCriterion> {
    let mut ranges = Vec::new();
    for container in arguments.containers.known().into_iter().flatten().filter_map(Attr::known) {
        let name = container.name.as_str().unwrap_or_default();
        match &container.prefixes {
            Attr::Known(prefixes) => {
                ranges.extend(prefixes.iter().filter_map(Attr::as_str).map(|prefix| prefix_range(name, prefix)));
            }
            _ => ranges.push(whole_container(name)),
        }
    }
    for range in arguments.ranges.known().into_iter().flatten().filter_map(Attr::known) {
        if let (Some(from), Some(to)) = (range.from.as_str(), range.to.as_str()) {
            ranges.push((from.to_owned(), to.to_owned()));
        }
    }
    ranges
        .into_iter()
        .map(|(min_matching_value, max_matching_value)| RestoreCriterion::RangeBased {
            min_matching_value,
            max_matching_value,
        })
        .collect()
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

//! From the attributes of a blob restore to the body that Azure takes.

use time::OffsetDateTime;

use super::{Arguments, BLOB_SERVICES};
use crate::azure::data_protection::{
    BackupInstance, DataStore, Datasource, RecoveryOption, RestoreCriterion, RestorePoint, RestoreRequest,
    RestoreTargetInfo,
};
use crate::azure::resource_id::{Location, ResourceId};
use crate::azure::timestamp;
use crate::resources::restore::wrong;
use crate::restore::backup_vault::{Chosen, Selection};
use crate::restore::point::{PointChoice, Which};
use crate::restore::setback::Setback;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::model::Attr;
use crate::tfplugin::timeouts::parse_duration;

/// ARM type of a storage account.
pub(super) const STORAGE_ACCOUNTS: &str = "Microsoft.Storage/storageAccounts";

/// The name of a point that was given by name or by ARM id.
pub(super) fn point_name(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or(id)
}

/// What to restore from; none where the arguments do not say (an import).
pub(super) fn selection(arguments: &Arguments) -> Result<Option<Selection>, Diagnostics> {
    if let Some(at) = arguments.point_in_time.as_str() {
        return Ok(Some(match at {
            "latest" => Selection::LatestInstant,
            at => Selection::Instant(instant("point_in_time", at)?),
        }));
    }
    let Attr::Known(point) = &arguments.recovery_point else { return Ok(None) };
    let which = match (point.id.as_str(), point.at_or_before.as_str()) {
        (Some(id), _) => Which::Id(point_name(id).to_owned()),
        (None, Some(bound)) => Which::AtOrBefore(instant("recovery_point", bound)?),
        (None, None) => Which::Latest,
    };
    let max_age =
        point.max_age.as_str().map(parse_duration).transpose().map_err(|error| {
            Diagnostics::from(wrong("recovery_point", "`max_age` is no duration", error.to_string()))
        })?;
    Ok(Some(Selection::Point {
        choice: PointChoice { which, max_age },
        data_store: point.data_store.as_str().and_then(DataStore::read).unwrap_or(DataStore::VaultStore),
        allow_partial: point.allow_partial.known().copied().unwrap_or_default(),
    }))
}

fn instant(argument: &str, text: &str) -> Result<OffsetDateTime, Diagnostics> {
    parse_instant(text).map_err(|reason| wrong(argument, "Not an instant", reason).into())
}

/// The body of `BackupInstances_TriggerRestore` for blobs (REST: Backup Instances - Trigger Restore, api-version
/// 2026-06-01; operational and vaulted blobs).
///
/// Operational: the target is the protected account itself, a container is the range from its name to `name-0`, a prefix
/// the range from it to the next text that does not begin with it. Vaulted: one criterion per container.
pub(super) fn build(
    arguments: &Arguments,
    instance: &BackupInstance,
    chosen: &Chosen,
) -> Result<RestoreRequest, Setback> {
    let source = instance.data_source.as_ref().ok_or_else(|| {
        Setback::wrong("backup_instance_id", "Azure does not say which storage account this backup instance protects.")
    })?;
    if source.datasource_type.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case(BLOB_SERVICES)) {
        let kind = source.datasource_type.as_deref().unwrap_or_default();
        return Err(Setback::wrong("backup_instance_id", format!("The backup instance protects {kind}, not blobs.")));
    }
    let source_id = source.parsed_id().ok_or_else(|| {
        Setback::wrong(
            "backup_instance_id",
            format!("Azure names {:?} as the protected storage account.", source.resource_id),
        )
    })?;
    let location = match (arguments.restore_location.as_str(), source.location()) {
        (Some(location), _) => Location::new(location),
        (None, Some(location)) => location,
        (None, None) => {
            return Err(Setback::wrong(
                "restore_location",
                "Azure does not say where the account is; set `restore_location`.",
            ));
        }
    };
    match chosen {
        Chosen::Instant(at) => {
            let point = RestorePoint::RecoveryTimeBased { recovery_point_time: timestamp::write(*at) };
            let target = Datasource::target(&source_id, STORAGE_ACCOUNTS, BLOB_SERVICES, &location);
            Ok(request(point, DataStore::OperationalStore, &location, target, ranges(arguments)))
        }
        Chosen::Point(id) => {
            let point = RestorePoint::RecoveryPointBased { recovery_point_id: id.clone() };
            let target_id = arguments.target_storage_account_id.as_str().unwrap_or_default();
            let target_id = ResourceId::parse(target_id)
                .map_err(|error| Setback::wrong("target_storage_account_id", error.to_string()))?;
            if target_id == source_id {
                return Err(Setback::wrong(
                    "target_storage_account_id",
                    "A vaulted backup cannot go back into the storage account it was taken from; name another one.",
                ));
            }
            let target = Datasource::target(&target_id, STORAGE_ACCOUNTS, BLOB_SERVICES, &location).with_resource_uri();
            Ok(request(point, DataStore::VaultStore, &location, target, item_paths(arguments)))
        }
    }
}

fn request(
    point: RestorePoint,
    source_data_store_type: DataStore,
    location: &Location,
    datasource_info: Datasource,
    restore_criteria: Vec<RestoreCriterion>,
) -> RestoreRequest {
    let recovery_option = RecoveryOption::FailIfExists;
    let restore_location = location.to_string();
    let restore_target_info = if restore_criteria.is_empty() {
        RestoreTargetInfo::Whole { recovery_option, restore_location, datasource_info, datasource_set_info: None }
    } else {
        RestoreTargetInfo::ItemLevel {
            recovery_option,
            restore_location,
            restore_criteria,
            datasource_info,
            datasource_set_info: None,
        }
    };
    RestoreRequest {
        point,
        restore_target_info,
        source_data_store_type,
        source_resource_id: None,
        identity_details: None,
        resource_guard_operation_requests: Vec::new(),
    }
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

fn item_paths(arguments: &Arguments) -> Vec<RestoreCriterion> {
    let containers = arguments.containers.known().into_iter().flatten().filter_map(Attr::known);
    containers
        .map(|container| {
            let name = container.name.as_str().unwrap_or_default();
            let prefixes = container.prefixes.known().into_iter().flatten();
            RestoreCriterion::ItemPathBased {
                item_path: name.to_owned(),
                is_path_relative_to_backup_item: true,
                sub_item_path_prefix: prefixes.filter_map(Attr::as_str).map(str::to_owned).collect(),
                rename_to: container.rename_to.as_str().filter(|renamed| *renamed != name).map(str::to_owned),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;

//! From the common arguments to the envelope that Azure takes; the target inside it is the workload's.

use super::arguments::CommonArguments;
use super::workload::{TargetContext, Workload};
use crate::azure::data_protection::{DataStore, IdentityDetails, RehydrationPriority, RestorePoint, RestoreRequest};
use crate::azure::resource_id::ResourceId;
use crate::azure::timestamp;
use crate::resources::given::optional;
use crate::restore::backup_vault::{RequestContext, ResolvedPoint};
use crate::restore::error::RestoreError;
use crate::tfplugin::model::Attr;

/// The body of `BackupInstances_TriggerRestore` (REST: Backup Instances - Trigger Restore, api-version 2026-06-01).
///
/// A Resource Guard is named by its default request for restores of Backup vaults, `dppTriggerRestoreRequests` (the one
/// of Recovery Services vaults is another). `sourceResourceId` is left out, as the documentation and the clients do.
pub(super) fn request<W: Workload>(
    workload: &W,
    common: &CommonArguments,
    arguments: &W::Arguments,
    identity: Option<&ResourceId>,
    basis: &RequestContext<'_>,
) -> Result<RestoreRequest, RestoreError> {
    let source = match basis.source {
        Some(source) => Some(source.parsed_id().ok_or_else(|| {
            let text = format!("Azure names {:?} as what the backup instance protects.", source.resource_id);
            RestoreError::wrong("backup_instance_id", text)
        })?),
        None => None,
    };
    let (point, data_store) = match basis.chosen {
        ResolvedPoint::Instant(at) => (
            RestorePoint::RecoveryTimeBased { recovery_point_time: timestamp::write(*at) },
            DataStore::OperationalStore,
        ),
        ResolvedPoint::Point { id, data_store } => (point(common, id, *data_store), *data_store),
    };
    let place = TargetContext { source: source.as_ref(), location: basis.location, data_store };
    Ok(RestoreRequest {
        point,
        restore_target_info: workload.restore_target(arguments, place)?,
        source_data_store_type: data_store,
        source_resource_id: None,
        identity_details: identity.map(IdentityDetails::user_assigned),
        resource_guard_operation_requests: guard(common)?,
    })
}

/// An archived copy is rehydrated on the way; `P<n>D` is the form that Azure's own clients send.
fn point(common: &CommonArguments, id: &str, data_store: DataStore) -> RestorePoint {
    match &common.rehydration {
        Attr::Known(rehydration) if data_store == DataStore::ArchiveStore => RestorePoint::WithRehydration {
            recovery_point_id: id.to_owned(),
            rehydration_priority: if rehydration.is_high_priority() {
                RehydrationPriority::High
            } else {
                RehydrationPriority::Standard
            },
            rehydration_retention_duration: format!("P{}D", rehydration.days()),
        },
        _ => RestorePoint::RecoveryPointBased { recovery_point_id: id.to_owned() },
    }
}

fn guard(common: &CommonArguments) -> Result<Vec<String>, RestoreError> {
    let id = optional(&common.resource_guard_id, "resource_guard_id")?.map(|id| ResourceId::parse(id)).transpose();
    let id = id.map_err(|error| RestoreError::wrong("resource_guard_id", error.to_string()))?;
    Ok(id.iter().map(|guard| format!("{guard}/dppTriggerRestoreRequests/default")).collect())
}

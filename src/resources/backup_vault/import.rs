//! Imports: a restore job that was started elsewhere, in the vault or in its secondary region, and what it reports
//! about the arguments that all workloads have.

use super::WorkloadProfile;
use super::arguments::{CommonArguments, INSTANCE};
use super::workload::RecoveryPointSupport;
use crate::azure::data_protection::{self as azure, BackupJobId, DataProtection, DataStore, SecondaryRegion};
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::resource_id::Location;
use crate::resources::arguments::{point_in_time, recovery_point, regions, rehydration};
use crate::resources::restore::{ImportedJob, ReportedArgument};
use crate::restore::activity::Activity;
use crate::restore::backup_vault::{self, ReportedJob};
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::jobs::IMPORTED_FROM;

const FORM: &str = "An import takes the ARM id of a restore job: \
    /subscriptions/…/resourceGroups/…/providers/Microsoft.DataProtection/backupVaults/…/backupJobs/…";

/// The job that `text` names: an ARM id, and `?secondary_region=` with a region where the job restores from the copy there,
/// since the vault itself knows nothing of such jobs.
///
/// # Errors
/// A [`UserMessage`] if it is not there, or no restore of this workload.
pub(super) async fn job(
    profile: &WorkloadProfile,
    client: &DataProtection,
    deadline: &Deadline,
    text: &str,
) -> Result<ImportedJob, UserMessage> {
    let names = profile.names;
    let what = format!("{} of {}s", names.things, names.source);
    let act = format!("Importing a restore of {what}");
    let regions = profile.recovery_points.secondary_region;
    let (id, region) = match text.split_once(IMPORTED_FROM).filter(|_| regions) {
        Some((id, region)) if !region.trim().is_empty() => (id, Some(Location::new(region))),
        _ => (text, None),
    };
    let id = BackupJobId::parse(id).map_err(|error| UserMessage::new(&act).say(error.to_string()).say(FORM))?;
    let found = match &region {
        Some(region) => in_secondary_region(client, &id, region, deadline).await,
        None => client.job(&id, deadline).await,
    };
    let found = found.map_err(|error| {
        let missing = error.is_not_found() && region.is_none() && regions;
        let message = RestoreError::from(error).to_message(format!("{act}: cannot read job {}", id.name()));
        if missing {
            message.say(format!(
                "If it restores from the vault's secondary region, add that: {id}{IMPORTED_FROM}<region>. The vault \
                 itself knows nothing of such jobs.",
            ))
        } else {
            message
        }
    })?;
    let kind = found.data_source_type.as_deref();
    if !found.is_restore() || !kind.is_none_or(|kind| kind.eq_ignore_ascii_case(names.datasource_type)) {
        let operation = found.operation_category.as_deref().or(found.operation.as_deref()).unwrap_or("unknown");
        return Err(UserMessage::new(format!("{act}: job {} is no restore of {what}", id.name()))
            .say(format!("Its operation is {operation}, its data source type {}.", kind.unwrap_or("unknown"))));
    }
    let mut arguments = region.map_or_else(Vec::new, |region| regions::reported(Some(region.as_str())));
    let job = backup_vault::job(&found, Activity::Restore);
    arguments.extend(job.item_id.as_deref().map(|item| ReportedArgument::new(INSTANCE, item)));
    Ok(ImportedJob { job, arguments })
}

/// What a job reports about the common arguments; `imported` has those of [`job`].
pub(super) fn reported_arguments(
    imported: &CommonArguments,
    support: RecoveryPointSupport,
    job: ReportedJob<'_>,
) -> Vec<ReportedArgument> {
    let mut reported = Vec::new();
    reported.extend(imported.backup_instance_id.as_str().map(|item| ReportedArgument::new(INSTANCE, item)));
    if support.secondary_region {
        let region = imported.restore_location.as_str().filter(|_| imported.is_secondary());
        reported.extend(regions::reported(region));
    }
    reported.extend(point(support, job));
    if job.point_id().is_some()
        && let Some(store) = job.data_store().and_then(DataStore::read)
    {
        reported.push(recovery_point::reported_store(store.as_str()));
    }
    if support.archive {
        reported.extend(job.rehydration_priority().map(rehydration::reported));
    }
    reported
}

/// The point, or the instant of a continuous backup. An instant without a point says that the backup is continuous only
/// if nothing speaks against it: what goes onto another target was a point whose id Azure left out.
fn point(support: RecoveryPointSupport, job: ReportedJob<'_>) -> Option<ReportedArgument> {
    match (job.point_id(), job.point_time()) {
        (Some(id), time) => Some(recovery_point::reported(id, time)),
        (None, Some(at)) if support.point_in_time && job.is_in_place() != Some(false) => {
            Some(point_in_time::reported(at))
        }
        _ => None,
    }
}

async fn in_secondary_region(
    client: &DataProtection,
    id: &BackupJobId,
    region: &Location,
    deadline: &Deadline,
) -> Result<azure::BackupJob, ArmError> {
    let vault = client.backup_vault(id.vault(), deadline).await?;
    let source_region = vault.location.ok_or_else(|| ArmError::Unreadable {
        request: format!("GET {}", id.vault()),
        reason: "it does not say in which region the vault is".to_owned(),
    })?;
    let region = SecondaryRegion { vault: id.vault().clone(), source_region, location: region.clone() };
    client.cross_region_job(&region, id, deadline).await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use time::macros::datetime;

    use super::*;
    use crate::connection::Connections;
    use crate::resources::backup_vault::{FromBackupVault, Workload};
    use crate::resources::blob_restore::BlobRestore;
    use crate::resources::cosmosdb_account_restore::CosmosdbAccountRestore;
    use crate::resources::disk_restore::DiskRestore;
    use crate::resources::kubernetes_cluster_restore::KubernetesClusterRestore;
    use crate::resources::postgresql_flexible_server_restore::POSTGRESQL_FLEXIBLE_SERVER_RESTORE;
    use crate::resources::restore::RestoreCore;
    use crate::restore::record::{RestoreRecord, RestoreStatus};
    use crate::tfplugin::value::Value;

    fn record(point: Option<&str>, details: &[(&str, &str)]) -> RestoreRecord {
        let details: BTreeMap<String, String> =
            details.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        RestoreRecord {
            recovery_point_id: point.map(str::to_owned),
            recovery_point_time: Some(datetime!(2026-11-19 08:00 UTC)),
            details,
            ..RestoreRecord::new(RestoreStatus::Completed)
        }
    }

    /// What an import of this record fills in, beside nulls.
    fn filled_in(workload: impl Workload, record: &RestoreRecord, item: &str) -> Vec<(String, Value)> {
        let core = RestoreCore::new(FromBackupVault::new(workload), Connections::default());
        let mut object = core.arguments().null_object();
        core.fill_in_reported(&mut object, vec![ReportedArgument::new(INSTANCE, item)], record);
        let set = |value: &Value| match value.as_map() {
            Some(members) => members.values().any(|member| !member.is_null()),
            None => !value.is_null(),
        };
        object.as_map().cloned().unwrap().into_iter().filter(|(name, value)| name != "timeouts" && set(value)).collect()
    }

    #[test]
    fn what_cannot_be_an_argument_is_not_filled_in() {
        let long = "x".repeat(5000);
        for rubbish in ["", "nonsense", "https://x/y/z?sig=1", "/subscriptions/s", long.as_str()] {
            let details = [
                ("recoveryDestination", rubbish),
                ("dataSourceId", "/subscriptions/s/other"),
                ("sourceDataStoreType", rubbish),
                ("rehydrationPriority", rubbish),
            ];
            let record = record(Some(&long), &details);
            assert_eq!(filled_in(DiskRestore, &record, rubbish), []);
            assert_eq!(filled_in(CosmosdbAccountRestore, &record, rubbish), []);
            assert_eq!(filled_in(BlobRestore, &record, rubbish), []);
            assert_eq!(filled_in(KubernetesClusterRestore, &record, rubbish), []);
            assert_eq!(filled_in(POSTGRESQL_FLEXIBLE_SERVER_RESTORE, &record, rubbish), []);
        }
    }

    #[test]
    fn a_job_that_says_nothing_fills_in_nothing() {
        let record = RestoreRecord::new(RestoreStatus::InProgress);
        assert_eq!(filled_in(BlobRestore, &record, ""), []);
        assert_eq!(filled_in(KubernetesClusterRestore, &record, ""), []);
    }

    #[test]
    fn an_instant_without_a_point_is_one_of_a_continuous_backup_unless_it_went_elsewhere() {
        let account = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
        let other = account.replace("/a", "/b");
        let names = |source: &str| -> Vec<String> {
            let record = record(None, &[("recoveryDestination", account), ("dataSourceId", source)]);
            filled_in(BlobRestore, &record, "").into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&account.to_uppercase()), ["point_in_time"]);
        assert_eq!(names(&other), ["target_storage_account_id"]);
        assert_eq!(filled_in(BlobRestore, &record(None, &[]), "").len(), 1);
        assert_eq!(filled_in(DiskRestore, &record(None, &[]), ""), [], "disks know no instants");
    }

    #[test]
    fn how_an_archived_point_was_fetched_is_filled_in() {
        let record = record(Some("eb00"), &[("rehydrationPriority", "High"), ("sourceDataStoreType", "ArchiveStore")]);
        let filled = filled_in(POSTGRESQL_FLEXIBLE_SERVER_RESTORE, &record, "");
        let [(point, id), (rehydration, how)] = filled.as_slice() else { panic!("{filled:?}") };
        assert_eq!((point.as_str(), id.get("id").as_str()), ("recovery_point", Some("eb00")));
        assert!(id.get("data_store").is_null(), "the archive is no store that can be named");
        assert_eq!((rehydration.as_str(), how.get("priority").as_str()), ("rehydration", Some("High")));
    }

    #[test]
    fn the_cluster_that_was_backed_up_need_not_be_named_and_may() {
        let cluster = |name: &str| {
            format!(
                "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/{name}"
            )
        };
        let core = RestoreCore::new(FromBackupVault::new(KubernetesClusterRestore), Connections::default());
        let refused = |destination: &str, source: Option<&str>, configured: Value| {
            let details: Vec<(&str, &str)> = [("recoveryDestination", destination)]
                .into_iter()
                .chain(source.map(|id| ("dataSourceId", id)))
                .collect();
            let nothing = core.arguments().null_object();
            let mut configuration = nothing.clone();
            configuration.set("target_cluster_id", configured);
            let record = RestoreRecord { recovery_point_time: None, ..record(None, &details) };
            core.contradictions(&nothing, &record, &configuration).len()
        };
        let (own, other) = (cluster("a"), cluster("b"));
        assert_eq!(refused(&own, Some(&own), Value::Null), 0);
        assert_eq!(refused(&own, Some(&own), own.to_uppercase().into()), 0);
        assert_eq!(refused(&own, Some(&own), other.clone().into()), 1);
        assert_eq!(refused(&other, Some(&own), Value::Null), 1);
        assert_eq!(refused(&other, Some(&own), other.clone().into()), 0);
        assert_eq!(refused(&other, None, Value::Null), 0, "whose cluster it is, is not known");
        assert_eq!(refused(&other, None, own.into()), 1);
    }

    #[test]
    fn the_store_of_a_point_is_filled_in_where_it_is_not_the_one_that_is_meant_anyway() {
        let from_vault = |point| record(point, &[("sourceDataStoreType", "VaultStore")]);
        let store = |filled: &[(String, Value)]| {
            let point = filled.iter().find(|(name, _)| name == "recovery_point").map(|(_, point)| point.clone());
            point.map(|point| point.get("data_store").as_str().map(str::to_owned))
        };
        let of_one = filled_in(POSTGRESQL_FLEXIBLE_SERVER_RESTORE, &from_vault(Some("eb00")), "");
        assert_eq!(store(&of_one), Some(None));
        let of_two = filled_in(KubernetesClusterRestore, &from_vault(Some("eb00")), "");
        assert_eq!(store(&of_two), Some(Some("VaultStore".to_owned())));
        assert_eq!(filled_in(KubernetesClusterRestore, &from_vault(None), ""), [], "a store of no point");
    }
}

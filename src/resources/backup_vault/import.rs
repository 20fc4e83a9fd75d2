//! Imports: a restore job that was started elsewhere, in the vault or in its secondary region.

use super::WorkloadProfile;
use super::arguments::INSTANCE;
use crate::azure::data_protection::{self as azure, BackupJobId, DataProtection, SecondaryRegion};
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::resource_id::Location;
use crate::resources::restore::ImportedJob;
use crate::restore::backup_vault::{self, IMPORTED_FROM};
use crate::restore::error::{RestoreError, UserMessage};
use crate::tfplugin::value::Value;

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
    let mut arguments = region.map_or_else(Vec::new, |region| {
        vec![("secondary_region", Value::from(true)), ("restore_location", Value::from(region.as_str()))]
    });
    let job = backup_vault::job(&found);
    arguments.extend(job.item_id.as_deref().map(|item| (INSTANCE, Value::from(item))));
    Ok(ImportedJob { job, arguments })
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

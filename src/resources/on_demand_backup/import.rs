//! The import of a backup, by the ARM id of its job.

use super::{BACKUP_TYPE, OnDemandBackupKind, PROTECTED_ITEM};
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::recovery_services::{
    BackupManagementType, BackupType, Filter, RecoveryServicesJob, RecoveryServicesJobId,
};
use crate::connection::Connection;
use crate::resources::recovery_services::import::{item_of, named_without_item};
use crate::resources::restore::{ImportedJob, ReportedArgument};
use crate::restore::activity::Activity;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::recovery_services::{self, SkippedFiles};

const ACT: &str = "Importing a backup";

const FORM: &str = "An import takes the ARM id of a backup job: \
    /subscriptions/…/resourceGroups/…/providers/Microsoft.RecoveryServices/vaults/…/backupJobs/…";

/// The job of this id, and what can be told of its arguments: a job has names for people only.
///
/// # Errors
/// A [`UserMessage`] if it is not there, or no backup.
pub(super) async fn job(connection: &Connection, deadline: &Deadline, text: &str) -> Result<ImportedJob, UserMessage> {
    let client = connection.recovery_services();
    let id =
        RecoveryServicesJobId::parse(text).map_err(|error| UserMessage::new(ACT).say(error.to_string()).say(FORM))?;
    let unread =
        |error: ArmError, what: String| RestoreError::from(error).to_message(format!("{ACT}: cannot read {what}"));
    let found = client.job(&id, deadline).await.map_err(|error| unread(error, format!("job {}", id.name())))?;
    let management = found.backup_management_type.as_deref().and_then(BackupManagementType::read);
    let Some(management) = management.filter(|_| found.is_backup()) else {
        return Err(UserMessage::new(format!("{ACT}: job {} is no backup of this resource's items", id.name())).say(
            format!(
                "Its operation is {}, its backup management type {}.",
                found.operation.as_deref().unwrap_or("unknown"),
                found.backup_management_type.as_deref().unwrap_or("unknown")
            ),
        ));
    };
    let filter = Filter::new().eq("backupManagementType", management.as_str());
    let items = client.protected_items(id.vault(), &filter, deadline).await;
    let mut items =
        items.map_err(|error| unread(error, format!("the protected items of vault {:?}", id.vault().name())))?;
    // SQL Server and SAP HANA may have databases of one name on one machine.
    items.retain(|item| match (&item.workload_type, &found.workload_type) {
        (Some(own), Some(named)) => own.eq_ignore_ascii_case(named),
        _ => true,
    });
    if let Some(name) = named_without_item(&found, &items) {
        return Err(UserMessage::new(format!("{ACT}: no protected item belongs to job {}", id.name()))
            .say(format!("The job backs up {name}, which vault {:?} does not protect.", id.vault().name()))
            .say("Import the job of a backup whose item is still protected, or back up again."));
    }
    let mut job = recovery_services::job(&found, Activity::Backup, SkippedFiles::Expected);
    let backup_type = backup_type(&found);
    let item = item_of(&found, &items);
    if let Some(item) = item.filter(|_| job.ending().is_good()) {
        let jobs = OnDemandBackupKind::jobs(connection, item.id.clone(), backup_type);
        let made = jobs.point_of(deadline, &job).await;
        let made = made.map_err(|error| unread(error, "the recovery points of its item".to_owned()))?;
        if let Some(made) = made {
            job.recovery_point_id = made.id;
            job.recovery_point_time = made.time;
        }
    }
    let item = item.map(|item| ReportedArgument::new(PROTECTED_ITEM, item.id.to_string()));
    let backup_type = backup_type.map(|own| ReportedArgument::new(BACKUP_TYPE, own.as_str()));
    Ok(ImportedJob { job, arguments: item.into_iter().chain(backup_type).collect() })
}

/// The kind of backup, where the job of a database says it.
fn backup_type(job: &RecoveryServicesJob) -> Option<BackupType> {
    job.operation_detail().and_then(BackupType::read).filter(|_| job.workload_type.is_some())
}

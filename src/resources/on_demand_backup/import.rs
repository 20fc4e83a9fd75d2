//! The import of a backup, by the ARM id of its job.

use super::{Arguments, BACKUP_TYPE, INSTANCE, PROTECTED_ITEM, instance_backup, item_backup};
use crate::azure::data_protection::{BackupInstanceId, BackupJobId};
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::recovery_services::{
    BackupManagementType, BackupType, Filter, RecoveryServicesJob, RecoveryServicesJobId,
};
use crate::azure::vault::JobId;
use crate::connection::Connection;
use crate::resources::recovery_services::import::{item_of, named_without_item};
use crate::resources::restore::{ImportedJob, ReportedArgument};
use crate::restore::activity::Activity;
use crate::restore::backup_vault;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::on_demand_backup::BackupTarget;
use crate::restore::record::{Job, MadePoint};
use crate::restore::recovery_services::{self, SkippedFiles};
use crate::tfplugin::model::FromValue;
use crate::tfplugin::value::{Path, Value};

const ACT: &str = "Importing a backup";

const FORM: &str = "An import takes the ARM id of a backup job: \
    /subscriptions/…/resourceGroups/…/providers/Microsoft.RecoveryServices/vaults/…/backupJobs/…, or \
    …/providers/Microsoft.DataProtection/backupVaults/…/backupJobs/…";

/// The job of this id, and what can be told of its arguments.
///
/// # Errors
/// A [`UserMessage`] if it is not there, or no backup.
pub(super) async fn job(connection: &Connection, deadline: &Deadline, text: &str) -> Result<ImportedJob, UserMessage> {
    let id = JobId::parse(text).map_err(|error| UserMessage::new(ACT).say(error.to_string()).say(FORM))?;
    match id {
        JobId::Backup(id) => of_instance(connection, deadline, &id).await,
        JobId::RecoveryServices(id) => of_item(connection, deadline, id).await,
    }
}

fn unread(error: ArmError, what: &str) -> UserMessage {
    RestoreError::from(error).to_message(format!("{ACT}: cannot read {what}"))
}

/// A job of a Backup vault names its instance.
async fn of_instance(
    connection: &Connection,
    deadline: &Deadline,
    id: &BackupJobId,
) -> Result<ImportedJob, UserMessage> {
    let client = connection.data_protection();
    let found = client.job(id, deadline).await.map_err(|error| unread(error, &format!("job {}", id.name())))?;
    if !found.is_backup() {
        let operation = found.operation_category.as_deref().or(found.operation.as_deref()).unwrap_or("unknown");
        return Err(UserMessage::new(format!("{ACT}: job {} is no backup", id.name()))
            .say(format!("Its operation is {operation}.")));
    }
    let mut job = backup_vault::job(&found, Activity::Backup);
    let instance = job.item_id.as_deref().and_then(|id| BackupInstanceId::parse(id).ok());
    let Some(instance) = instance else { return Ok(ImportedJob { job, arguments: Vec::new() }) };
    let reported = vec![ReportedArgument::new(INSTANCE, instance.to_string())];
    let known = Value::object([(INSTANCE, instance.to_string())]);
    let arguments = Arguments::from_value(&known, &Path::root());
    let target = arguments.ok().and_then(|own| instance_backup(connection, instance, &own).ok());
    take_point(target.as_ref().map(|own| own as &dyn BackupTarget), deadline, &mut job).await?;
    Ok(ImportedJob { job, arguments: reported })
}

/// Fills in the point that a job that has ended well has made.
async fn take_point(target: Option<&dyn BackupTarget>, deadline: &Deadline, job: &mut Job) -> Result<(), UserMessage> {
    let Some(target) = target.filter(|_| job.ending().is_good()) else { return Ok(()) };
    let finding = target.look(deadline, job).await;
    let finding = finding.map_err(|error| unread(error, "the recovery points of its item"))?;
    if let Some(made) = Option::<MadePoint>::from(finding) {
        job.recovery_point_id = made.id;
        job.recovery_point_time = made.time;
    }
    Ok(())
}

/// A job of a Recovery Services vault has names for people only.
async fn of_item(
    connection: &Connection,
    deadline: &Deadline,
    id: RecoveryServicesJobId,
) -> Result<ImportedJob, UserMessage> {
    let client = connection.recovery_services();
    let found = client.job(&id, deadline).await.map_err(|error| unread(error, &format!("job {}", id.name())))?;
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
    let items =
        items.map_err(|error| unread(error, &format!("the protected items of vault {:?}", id.vault().name())))?;
    if let Some(name) = named_without_item(&found, &items) {
        return Err(UserMessage::new(format!("{ACT}: no protected item belongs to job {}", id.name()))
            .say(format!("The job backs up {name}, which vault {:?} does not protect.", id.vault().name()))
            .say("Import the job of a backup whose item is still protected, or back up again."));
    }
    let mut job = recovery_services::job(&found, Activity::Backup, SkippedFiles::Expected);
    let backup_type = backup_type(&found);
    let item = item_of(&found, &items);
    if let Some(item) = item {
        let mut known = Value::object([(PROTECTED_ITEM, item.id.to_string())]);
        if let Some(backup_type) = backup_type {
            known.set(BACKUP_TYPE, backup_type.as_str());
        }
        let arguments = Arguments::from_value(&known, &Path::root());
        let target = arguments.ok().map(|own| item_backup(connection, item.id.clone(), own));
        take_point(target.as_ref().map(|own| own as &dyn BackupTarget), deadline, &mut job).await?;
    }
    let item = item.map(|item| ReportedArgument::new(PROTECTED_ITEM, item.id.to_string()));
    let backup_type = backup_type.map(|own| ReportedArgument::new(BACKUP_TYPE, own.as_str()));
    Ok(ImportedJob { job, arguments: item.into_iter().chain(backup_type).collect() })
}

/// The kind of backup, where the job of a database says it.
fn backup_type(job: &RecoveryServicesJob) -> Option<BackupType> {
    job.operation_detail().and_then(BackupType::read).filter(|_| job.workload_type.is_some())
}

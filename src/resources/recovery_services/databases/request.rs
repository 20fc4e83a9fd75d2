//! From the arguments of a restore of a database to Azure's body.

use super::{Arguments, FILE_MOVES, NO_RECOVERY, TARGET_DATABASE, TARGET_FILES, TargetDatabase, TargetFiles, checks};
use crate::azure::data_protection::RehydrationPriority;
use crate::azure::recovery_services::{
    DatabaseServer, OverwriteOption, PointRehydration, ProtectionContainerId, RecoveryMode, RecoveryType,
    SqlDataDirectoryMapping, TargetRestoreInfo, WorkloadRestoreRequest, WorkloadState,
};
use crate::resources::arguments::rehydration::REHYDRATION;
use crate::resources::given::{NotGiven, Scope, optional, required, required_text};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::recovery_services::{DatabaseTarget, FilePlacement, ItemRequestContext};

/// Where to: what is sent, and what a plan warns of.
#[derive(Clone, Copy, Debug)]
pub(super) enum TargetMode<'a> {
    /// Over the database that was backed up.
    Original,
    /// To a database.
    Database(&'a TargetDatabase),
    /// Into a directory, as files.
    Files(&'a TargetFiles),
}

/// What the arguments ask for.
///
/// # Errors
/// A [`RestoreError`] on an argument that is not known or does not go with the others. Nothing that is missing makes another
/// mode of it.
pub(super) fn mode(arguments: &Arguments) -> Result<TargetMode<'_>, RestoreError> {
    let database = optional(&arguments.target_database, TARGET_DATABASE)?;
    let files = optional(&arguments.target_files, TARGET_FILES)?;
    match (database, files) {
        (Some(_), Some(_)) => {
            let text = format!("Set one of `{TARGET_DATABASE}` and `{TARGET_FILES}`, not both.");
            Err(RestoreError::wrong(TARGET_DATABASE, text))
        }
        (Some(database), None) => Ok(TargetMode::Database(database)),
        (None, Some(files)) => Ok(TargetMode::Files(files)),
        (None, None) => Ok(TargetMode::Original),
    }
}

/// `AzureWorkloadSQLRestoreRequest`, `AzureWorkloadSAPHanaRestoreRequest`, or the type for an instant or an archived point
/// (REST: Restores - Trigger, api-version 2026-10-01). The members are those that the Azure CLI sends for equal input.
pub(super) fn body(
    arguments: &Arguments,
    server: DatabaseServer,
    context: ItemRequestContext<'_>,
) -> Result<WorkloadRestoreRequest, RestoreError> {
    let mut request = WorkloadRestoreRequest::new(server, state(arguments, context)?);
    let no_recovery = optional(&arguments.no_recovery, NO_RECOVERY)?.copied().unwrap_or_default();
    let mode = mode(arguments)?;
    if context.is_secondary {
        checks::can_be_sent_across_regions(mode)?;
    }
    match mode {
        TargetMode::Original => {}
        TargetMode::Database(target) => {
            let of = |name| ArgumentPath::from(TARGET_DATABASE).member(name);
            let instance = required_text(&target.instance, of("instance"))?;
            let name = required_text(&target.name, of("name"))?;
            let overwrite = optional(&target.overwrite, of("overwrite"))?.copied().unwrap_or_default();
            request.recovery_type = RecoveryType::AlternateLocation;
            request.source_resource_id = Some(context.source.to_string());
            request.target_info = Some(TargetRestoreInfo {
                overwrite_option: match overwrite {
                    true => OverwriteOption::Overwrite,
                    false => OverwriteOption::FailOnConflict,
                },
                container_id: container_id(required_text(&target.container_id, of("container_id"))?),
                database_name: Some(format!("{instance}/{name}")),
                target_directory_for_file_restore: None,
            });
        }
        TargetMode::Files(target) => {
            let of = |name| ArgumentPath::from(TARGET_FILES).member(name);
            if no_recovery {
                let text = format!("Files are not recovered. Remove `{NO_RECOVERY}` or `{TARGET_FILES}`.");
                return Err(RestoreError::wrong(NO_RECOVERY, text));
            }
            request.recovery_type = RecoveryType::AlternateLocation;
            request.recovery_mode = Some(RecoveryMode::FileRecovery);
            request.target_info = Some(TargetRestoreInfo {
                overwrite_option: OverwriteOption::Overwrite,
                container_id: container_id(required_text(&target.container_id, of("container_id"))?),
                database_name: None,
                target_directory_for_file_restore: Some(required_text(&target.directory, of("directory"))?.to_owned()),
            });
        }
    }
    request.target_virtual_machine_id = context.database.target_machine.map(str::to_owned);
    if let Some(sql) = &mut request.sql {
        sql.is_non_recoverable = no_recovery;
        let mapping = |file: &crate::restore::record::RestoredFile| SqlDataDirectoryMapping {
            mapping_type: file.kind,
            source_logical_name: file.logical_name.clone(),
            source_path: file.source_path.clone(),
            target_path: file.target_path.clone(),
        };
        sql.alternate_directory_paths = context.database.files.iter().map(mapping).collect();
    }
    Ok(request)
}

fn state(arguments: &Arguments, context: ItemRequestContext<'_>) -> Result<WorkloadState, RestoreError> {
    if let Some(at) = context.database.instant {
        return Ok(WorkloadState::Instant(at));
    }
    if !context.needs_rehydration {
        return Ok(WorkloadState::Point);
    }
    let how = required(&arguments.rehydration, REHYDRATION)?;
    let priority = if how.is_high_priority() { RehydrationPriority::High } else { RehydrationPriority::Standard };
    Ok(WorkloadState::ArchivedPoint(PointRehydration::new(priority, how.days())))
}

/// Ids in bodies are not escaped (docs/reference/azure-recovery-services.md#names).
fn container_id(id: &str) -> String {
    match ProtectionContainerId::parse(id) {
        Ok(id) => id.resource_id().decoded(),
        Err(_) => id.to_owned(),
    }
}

/// Where it goes, as far as that is looked at before anything is sent.
pub(super) fn database_target(arguments: &Arguments, server: DatabaseServer) -> Option<DatabaseTarget> {
    let container = |id: &str| ProtectionContainerId::parse(id).ok();
    match mode(arguments).ok()? {
        TargetMode::Original => None,
        TargetMode::Files(target) => Some(DatabaseTarget {
            argument: TARGET_FILES.into(),
            container: container(target.container_id.as_str()?)?,
            files: FilePlacement::ByTheService,
        }),
        TargetMode::Database(target) => Some(DatabaseTarget {
            argument: TARGET_DATABASE.into(),
            container: container(target.container_id.as_str()?)?,
            files: match server {
                DatabaseServer::SapHana => FilePlacement::ByTheService,
                DatabaseServer::Sql => placement(target).ok()?,
            },
        }),
    }
}

fn placement(target: &TargetDatabase) -> Result<FilePlacement, NotGiven> {
    let argument = ArgumentPath::from(TARGET_DATABASE).member(FILE_MOVES);
    let moves = Scope::read(&target.file_moves, argument.clone(), |file, at| {
        let name = required_text(&file.logical_name, at.clone().member("logical_name"))?;
        let path = required_text(&file.target_path, at.member("target_path"))?;
        Ok((name.to_owned(), path.to_owned()))
    })?;
    Ok(match moves {
        Scope::Parts(moves) => FilePlacement::Given { argument, moves: moves.into_vec() },
        Scope::Whole => FilePlacement::DefaultDirectories {
            instance: required_text(&target.instance, "target_database.instance")?.to_owned(),
            database: required_text(&target.name, "target_database.name")?.to_owned(),
        },
    })
}

#[cfg(test)]
mod tests;

//! `azurebackup_sql_managed_database_restore`: a database of Azure SQL, as a new database on a managed instance.

mod arguments;
mod checks;

use std::sync::Arc;

use async_trait::async_trait;
use time::OffsetDateTime;

use self::arguments::{Arguments, INSTANCE};
use crate::azure::deadline::Deadline;
use crate::azure::sql::{ManagedDatabaseId, ManagedDatabaseRestoreRequest, ManagedDatabaseSource, ManagedInstanceId};
use crate::connection::Connection;
use crate::resources::given::required_text;
use crate::resources::restore::{ImportedJob, ReportedArgument, RestoreKind, wrong};
use crate::resources::sql::sources::SOURCES;
use crate::resources::sql::{IMPORTING, NAME, TAGS, deletes_on_destroy, does_not_reach, imported, tags, tags_differ};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::record::RestoreRecord;
use crate::restore::restored_resource::{OnDestroy, RestoreSource};
use crate::restore::sql::{
    DatabaseRestoreSource, MANAGED_DATABASE, OnManagedInstances, SqlManagedDatabase, SqlManagedDatabaseRestore,
};
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, exactly_one_of};

/// Markdown of the page.
const DESCRIPTION: &str = "\
    Restores a database of Azure SQL Managed Instance as a *new* database on a managed instance, and waits until it \
    can be used. It never overwrites a database. There are four sources:\n\n\
    - `geo`: the newest geo-replicated backup of a database of any managed instance. This works while the region of \
    the source is down.\n\
    - `live`: a database that exists, as it was at a point in time.\n\
    - `dropped`: a database that was dropped, as it was at a point in time.\n\
    - `long_term`: a long-term backup. Such backups outlive their managed instance.\n\n\
    For `live` and `dropped` the target may be the instance of the source, or another one. Microsoft documents that \
    both must be in one region. The target may be in another subscription of the same tenant; the provider then sends \
    the request that Azure wants for that. Whether Azure restores a geo-replicated or a long-term backup into another \
    subscription is not documented; the provider sends it, and Azure decides.\n\n\
    Creating the resource restores once. It restores again only if you change `triggers` or another argument that \
    says what is restored and where to, if the last restore failed, or with `-replace`. Because a restore never \
    overwrites, restoring again needs another `name`, or a name that is free again. Destroying the resource removes \
    the restore from the state. The database stays, unless you set `delete_database_on_destroy`. Azure cannot cancel \
    such a restore, so there is no `cancel_on_destroy`. Deleting the database is taken to end it.\n\n\
    Azure has no job for such a restore. This resource therefore sets the tag `azurebackup-restore` on the database. \
    Its value is the ID of the request that restores. Another run of the same configuration knows the database by it, \
    for example after a runner was lost, and waits for it instead of sending a second restore. A database without \
    this tag is never taken over and never touched. Do not remove the tag while the restore runs.\n\n\
    The restore has ended when Azure says so and the database is `Online` for a minute. `Inaccessible` is a failure. \
    While it runs, the log and the `progress_file` show how far it is: percent, files, and why it is blocked, as far \
    as Azure reports these. `duration_seconds` is measured by the provider from the creation of the database, because \
    Azure reports no end. It is null if the restore ended while no apply was waiting for it.\n\n\
    The identity that Terraform runs as needs the role *SQL Managed Instance Contributor* or *Contributor* on the \
    managed instance of the source and on the target. No vault and no managed identity are involved. All roles are \
    listed in [Permissions](../guides/permissions.md). What happens after Ctrl-C, a timeout or a lost runner is \
    described in [Interruptions](../guides/interruptions.md).";

/// What an import cannot fill in, in Markdown.
const UNREPORTED: &str = "\
    The ID to import is that of the database. The import fills in `managed_instance_id` and `name`. Azure does not \
    say what a database was restored from, so the source is taken from the configuration.";

/// A database of Azure SQL, as a new database on a managed instance.
pub struct SqlManagedDatabaseRestoreKind;

#[async_trait]
impl RestoreKind for SqlManagedDatabaseRestoreKind {
    type Arguments = Arguments;
    type Service = SqlManagedDatabaseRestore;

    fn type_name(&self) -> &'static str {
        "azurebackup_sql_managed_database_restore"
    }

    fn description(&self) -> String {
        DESCRIPTION.to_owned()
    }

    fn attributes(&self) -> Vec<Attribute> {
        arguments::attributes()
    }

    fn rules(&self) -> Vec<Rule> {
        vec![exactly_one_of(&SOURCES)]
    }

    fn workload(&self) -> Option<WorkloadNames> {
        Some(MANAGED_DATABASE)
    }

    fn item_path(&self, arguments: &Arguments) -> ArgumentPath {
        arguments.sources().path()
    }

    fn item_id(&self, arguments: &Arguments) -> Option<String> {
        arguments.sources().id().map(str::to_owned)
    }

    fn point_arguments(&self) -> &'static [&'static str] {
        &SOURCES
    }

    fn validate(&self, config: &Arguments) -> Diagnostics {
        checks::check(config)
    }

    fn validate_at_creation(&self, config: &Arguments, now: OffsetDateTime) -> Diagnostics {
        config.sources().check_against_the_clock(now)
    }

    fn without_effect(&self, before: &Arguments, after: &Arguments) -> Vec<UserMessage> {
        let changed: &[&'static str] = if tags_differ(&before.tags, &after.tags) { &[TAGS] } else { &[] };
        does_not_reach(changed, "azurerm_mssql_managed_database")
    }

    fn deletes_on_destroy(&self, arguments: &Arguments) -> Option<UserMessage> {
        deletes_on_destroy(&arguments.delete_database_on_destroy, &arguments.managed_instance_id, &arguments.name)
    }

    fn reported_arguments(&self, _: &Arguments, record: &RestoreRecord) -> Vec<ReportedArgument> {
        let id = record.job_id.as_deref().and_then(|id| ManagedDatabaseId::parse(id).ok());
        let Some(id) = id else { return Vec::new() };
        let instance = ReportedArgument::new(INSTANCE, id.instance().to_string());
        vec![instance, ReportedArgument::new(NAME, id.database_name())]
    }

    fn makes(&self) -> Option<&'static str> {
        Some("database")
    }

    fn unreported(&self) -> String {
        UNREPORTED.to_owned()
    }

    fn service(&self, connection: &Connection, arguments: Arguments) -> Result<SqlManagedDatabaseRestore, Diagnostics> {
        let no_instance = |reason: String| wrong(INSTANCE, "Not a managed instance", reason);
        let instance = required_text(&arguments.managed_instance_id, INSTANCE);
        let instance = instance.map_err(|missing| no_instance(missing.to_string()))?;
        let instance = ManagedInstanceId::parse(instance).map_err(|error| no_instance(error.to_string()))?;
        let no_name = |reason: String| wrong(NAME, "Not a name of a database", reason);
        let name = required_text(&arguments.name, NAME).map_err(|missing| no_name(missing.to_string()))?;
        let id = instance.database(name).map_err(|error| no_name(error.to_string()))?;
        let backup = arguments.sources().read().map_err(|missing| {
            let text = missing.to_string();
            wrong(SOURCES[0], "The source is not known", text)
        })?;
        let argument = arguments.sources().path();
        let delete = arguments.delete_database_on_destroy.known() == Some(&true);
        let arguments = Arc::new(arguments);
        let source = backup.map(|backup| -> Box<dyn RestoreSource<ManagedDatabaseRestoreRequest>> {
            Box::new(DatabaseRestoreSource::<OnManagedInstances> {
                client: connection.sql(),
                host: (INSTANCE.into(), instance),
                elastic_pool: None,
                backup,
                argument: argument.clone(),
                build: Box::new(move |region, source| request(&arguments, region, source)),
            })
        });
        let target = SqlManagedDatabase { client: connection.sql(), id };
        let on_destroy = OnDestroy { cancel: false, delete };
        Ok(SqlManagedDatabaseRestore::new(target, &connection.restore_context, source, argument, NAME, on_destroy))
    }

    async fn imported_job(
        &self,
        connection: &Connection,
        deadline: &Deadline,
        id: &str,
    ) -> Result<ImportedJob, UserMessage> {
        let id = ManagedDatabaseId::parse(id).map_err(|error| {
            UserMessage::new(IMPORTING).say(error.to_string()).say(
                "An import takes the ARM id of the database that the restore has made: \
                 /subscriptions/…/resourceGroups/…/providers/Microsoft.Sql/managedInstances/…/databases/…",
            )
        })?;
        imported(&SqlManagedDatabase { client: connection.sql(), id }, deadline).await
    }
}

/// The database to be made (REST: Managed Databases - Create Or Update), without the tag of the restore.
fn request(
    arguments: &Arguments,
    region: String,
    source: ManagedDatabaseSource,
) -> Result<ManagedDatabaseRestoreRequest, RestoreError> {
    let mut request = ManagedDatabaseRestoreRequest::new(region, source);
    request.tags = tags(&arguments.tags)?;
    Ok(request)
}

#[cfg(test)]
mod tests;

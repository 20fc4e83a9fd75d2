//! `azurebackup_sql_database_restore`: a database of Azure SQL, as a new database on a logical server.

mod arguments;
mod checks;
mod request;

use async_trait::async_trait;
use time::OffsetDateTime;

use self::arguments::{Arguments, BACKUP_STORAGE_REDUNDANCY, ELASTIC_POOL, SERVER, SKU_NAME};
use crate::azure::deadline::Deadline;
use crate::azure::sql::{DatabaseId, DatabaseRestoreRequest, ElasticPoolId, SqlServerId};
use crate::connection::Connection;
use crate::resources::given::required_text;
use crate::resources::restore::{ImportedJob, ReportedArgument, RestoreKind, wrong};
use crate::resources::sql::sources::SOURCES;
use crate::resources::sql::{IMPORTING, NAME, deletes_on_destroy, does_not_reach, imported};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::UserMessage;
use crate::restore::record::RestoreRecord;
use crate::restore::restored_resource::{OnDestroy, RestoreSource};
use crate::restore::sql::{DATABASE, DatabaseRestoreSource, OnServers, SqlDatabase, SqlDatabaseRestore};
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, at_most_one_of, exactly_one_of};

/// Markdown of the page.
const DESCRIPTION: &str = "\
    Restores a database of Azure SQL Database as a *new* database on a logical server, and waits until it can be \
    used. It never overwrites a database. There are four sources:\n\n\
    - `geo`: the newest geo-replicated backup, onto any server of the subscription, in any region. This works while \
    the region of the source is down.\n\
    - `live`: a database that exists, as it was at a point in time, on the same server.\n\
    - `dropped`: a database that was dropped, on the same server.\n\
    - `long_term`: a long-term backup, onto any server of the subscription. Such backups outlive their server.\n\n\
    Creating the resource restores once. It restores again only if you change `triggers` or another argument that \
    says what is restored and where to, if the last restore failed, or with `-replace`. Because a restore never \
    overwrites, restoring again needs another `name`, or a name that is free again. Destroying the resource removes \
    the restore from the state. The database stays, unless you set `delete_database_on_destroy`.\n\n\
    Azure has no job for such a restore. This resource therefore sets the tag `azurebackup-restore` on the database. \
    Its value is the ID of the request that restores. Another run of the same configuration knows the database by it, \
    for example after a runner was lost, and waits for it instead of sending a second restore. A database without \
    this tag is never taken over and never touched. Do not remove the tag while the restore runs.\n\n\
    The restore has ended when Azure says so and the database is `Online` (or `Paused`, if it is serverless) for a \
    minute. `duration_seconds` is measured by the provider from the creation of the database, because Azure reports \
    no end. It is null if the restore ended while no apply was waiting for it.\n\n\
    The identity that Terraform runs as needs the role *SQL Server Contributor* or *Contributor* on the source and on \
    the target server. No vault and no managed identity are involved. All roles are listed in \
    [Permissions](../guides/permissions.md). What happens after Ctrl-C, a timeout or a lost runner is described in \
    [Interruptions](../guides/interruptions.md). How to go on managing the database with azurerm is described in \
    [Hand over a restored database](../guides/hand-over-a-restored-database.md).";

/// What an import cannot fill in, in Markdown.
const UNREPORTED: &str = "\
    The ID to import is that of the database. The import fills in `server_id` and `name`. Azure does not say what a \
    database was restored from, so the source is taken from the configuration.";

/// A database of Azure SQL, as a new database.
pub struct SqlDatabaseRestoreKind;

#[async_trait]
impl RestoreKind for SqlDatabaseRestoreKind {
    type Arguments = Arguments;
    type Service = SqlDatabaseRestore;

    fn type_name(&self) -> &'static str {
        "azurebackup_sql_database_restore"
    }

    fn description(&self) -> String {
        DESCRIPTION.to_owned()
    }

    fn attributes(&self) -> Vec<Attribute> {
        arguments::attributes()
    }

    fn rules(&self) -> Vec<Rule> {
        vec![exactly_one_of(&SOURCES), at_most_one_of(&[SKU_NAME, ELASTIC_POOL])]
    }

    fn workload(&self) -> Option<WorkloadNames> {
        Some(DATABASE)
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

    fn left_to_azure(&self, arguments: &Arguments) -> Vec<UserMessage> {
        let text = "`backup_storage_redundancy` is not set. The backups of the restored database are stored as those \
                    of its source are: `Geo`, `GeoZone`, `Zone` or `Local`. If they must not leave the region, or \
                    must be replicated, set it. Changing it later takes Azure up to 48 hours.";
        let message =
            UserMessage::new("The source decides where backups of the restored database are stored").say(text);
        let unset = arguments.backup_storage_redundancy.is_null();
        unset.then(|| message.on(BACKUP_STORAGE_REDUNDANCY)).into_iter().collect()
    }

    fn without_effect(&self, before: &Arguments, after: &Arguments) -> Vec<UserMessage> {
        does_not_reach(&checks::changed_properties(before, after), "azurerm_mssql_database")
    }

    fn deletes_on_destroy(&self, arguments: &Arguments) -> Option<UserMessage> {
        deletes_on_destroy(&arguments.delete_database_on_destroy, &arguments.server_id, &arguments.name)
    }

    fn reported_arguments(&self, _: &Arguments, record: &RestoreRecord) -> Vec<ReportedArgument> {
        let Some(id) = record.job_id.as_deref().and_then(|id| DatabaseId::parse(id).ok()) else { return Vec::new() };
        vec![ReportedArgument::new(SERVER, id.server().to_string()), ReportedArgument::new(NAME, id.database_name())]
    }

    fn makes(&self) -> Option<&'static str> {
        Some("database")
    }

    fn unreported(&self) -> String {
        UNREPORTED.to_owned()
    }

    fn service(&self, connection: &Connection, arguments: Arguments) -> Result<SqlDatabaseRestore, Diagnostics> {
        let no_server = |reason: String| wrong(SERVER, "Not a logical server", reason);
        let server = required_text(&arguments.server_id, SERVER).map_err(|missing| no_server(missing.to_string()))?;
        let server = SqlServerId::parse(server).map_err(|error| no_server(error.to_string()))?;
        let no_name = |reason: String| wrong(NAME, "Not a name of a database", reason);
        let name = required_text(&arguments.name, NAME).map_err(|missing| no_name(missing.to_string()))?;
        let id = server.database(name).map_err(|error| no_name(error.to_string()))?;
        let source = arguments.sources().read().map_err(|missing| {
            let text = missing.to_string();
            wrong(SOURCES[0], "The source is not known", text)
        })?;
        let source_argument = arguments.sources().path();
        let on_destroy = OnDestroy {
            cancel: arguments.cancel_on_destroy.known() == Some(&true),
            delete: arguments.delete_database_on_destroy.known() == Some(&true),
        };
        let pool = arguments.elastic_pool_id.as_str();
        let elastic_pool = pool.and_then(|id| Some((ELASTIC_POOL.into(), ElasticPoolId::parse(id).ok()?)));
        let (client, argument) = (connection.sql(), source_argument.clone());
        let source = source.map(|backup| -> Box<dyn RestoreSource<DatabaseRestoreRequest>> {
            let build = Box::new(move |region, source| request::request(&arguments, region, source));
            let host = (SERVER.into(), server);
            Box::new(DatabaseRestoreSource::<OnServers> { client, host, elastic_pool, backup, argument, build })
        });
        let target = SqlDatabase { client: connection.sql(), id };
        Ok(SqlDatabaseRestore::new(target, &connection.restore_context, source, source_argument, NAME, on_destroy))
    }

    async fn imported_job(
        &self,
        connection: &Connection,
        deadline: &Deadline,
        id: &str,
    ) -> Result<ImportedJob, UserMessage> {
        let id = DatabaseId::parse(id).map_err(|error| {
            UserMessage::new(IMPORTING).say(error.to_string()).say(
                "An import takes the ARM id of the database that the restore has made: \
                 /subscriptions/…/resourceGroups/…/providers/Microsoft.Sql/servers/…/databases/…",
            )
        })?;
        imported(&SqlDatabase { client: connection.sql(), id }, deadline).await
    }
}

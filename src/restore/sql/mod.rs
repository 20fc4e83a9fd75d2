//! Restores of Azure SQL (Microsoft.Sql), which make a new database: what they make and what of. The life of such a restore
//! is that of a [`ResourceRestore`].

mod database;
mod source;

pub use self::database::SqlDatabase;
pub use self::source::{DatabaseToRestore, SourceKind, SqlDatabaseSource};

use crate::azure::sql::{DatabaseRestoreRequest, DatabaseSource};
use crate::restore::error::RestoreError;
use crate::restore::restored_resource::ResourceRestore;
use crate::restore::workload::WorkloadNames;

/// A restore of one database onto a logical server.
pub type SqlDatabaseRestore = ResourceRestore<SqlDatabase>;

/// Makes the body, once the region of the server and the source are known.
pub type BuildDatabaseRequest =
    dyn Fn(String, DatabaseSource) -> Result<DatabaseRestoreRequest, RestoreError> + Send + Sync;

/// How messages name what is restored.
pub const DATABASE: WorkloadNames = WorkloadNames {
    things: "a database",
    source: "logical server",
    datasource_type: "Microsoft.Sql/servers/databases",
    roles: &[],
};

#[cfg(test)]
mod tests;

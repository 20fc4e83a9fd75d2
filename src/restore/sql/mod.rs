//! Restores of Azure SQL (Microsoft.Sql), which make a new database: what they make and what of. The life of such a restore
//! is that of a [`ResourceRestore`].

mod database;
mod host;
mod managed_database;
mod source;

pub use self::database::SqlDatabase;
pub use self::host::{DatabaseHost, DroppedTimes, HostNames, OnManagedInstances, OnServers};
pub use self::managed_database::SqlManagedDatabase;
pub use self::source::{DatabaseRestoreSource, DatabaseToRestore, SourceKind};

use crate::restore::restored_resource::ResourceRestore;
use crate::restore::workload::WorkloadNames;

/// A restore of one database onto a logical server.
pub type SqlDatabaseRestore = ResourceRestore<SqlDatabase>;

/// A restore of one database onto a managed instance.
pub type SqlManagedDatabaseRestore = ResourceRestore<SqlManagedDatabase>;

/// How messages name what is restored.
pub const DATABASE: WorkloadNames = WorkloadNames {
    things: "a database",
    source: "logical server",
    datasource_type: "",
    caller_role: "the role *SQL Server Contributor* on the logical server, and on that of the source",
    roles: &[],
};

/// How messages name what is restored onto a managed instance.
pub const MANAGED_DATABASE: WorkloadNames = WorkloadNames {
    things: "a database",
    source: "managed instance",
    datasource_type: "",
    caller_role: "the role *SQL Managed Instance Contributor* on the managed instance, and on that of the source",
    roles: &[],
};

#[cfg(test)]
mod tests;

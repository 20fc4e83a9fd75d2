//! Microsoft.Sql: logical servers and their databases, and what can be restored onto them. One method per call in
//! [`Sql`], one file per thing. Facts: docs/reference/azure-sql.md.

mod database;
mod database_operation;
mod database_restore;
mod elastic_pool;
mod ids;
mod long_term;
mod recoverable;
mod restorable_dropped;
mod server;
mod service;

pub use database::{Database, DatabaseStatus};
pub use database_operation::{DatabaseOperation, DatabaseOperationState};
pub use database_restore::{DatabaseRestoreRequest, DatabaseSource, RESTORE_TAG};
pub use elastic_pool::ElasticPool;
pub use ids::{
    DatabaseId, ElasticPoolId, LONG_TERM_RETENTION_BACKUPS, LongTermRetentionBackupId, RecoverableDatabaseId,
    RestorableDroppedDatabaseId, SqlServerId,
};
pub use long_term::{BackupsOf, DatabaseState, LongTermRetentionBackup, LongTermRetentionQuery};
pub use recoverable::RecoverableDatabase;
pub use restorable_dropped::RestorableDroppedDatabase;
pub use server::SqlServer;
pub use service::{API_VERSION, Sql};

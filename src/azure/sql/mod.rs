//! Microsoft.Sql: logical servers, managed instances, their databases, and what can be restored onto them. One method per call in
//! [`Sql`], one file per thing. Facts: docs/reference/azure-sql.md.

mod database;
mod database_operation;
mod database_restore;
mod elastic_pool;
mod ids;
mod long_term;
mod managed;
mod recoverable;
mod restorable_dropped;
mod server;
mod service;

pub use database::Database;
pub use database_operation::{DatabaseOperation, DatabaseOperationState};
pub use database_restore::{DatabaseRestoreRequest, DatabaseSource};
pub use elastic_pool::ElasticPool;
pub use ids::{
    DatabaseId, ElasticPoolId, LongTermId, LongTermOwner, LongTermRetentionBackupId, ManagedDatabaseId,
    ManagedInstanceId, ManagedLongTermRetentionBackupId, OfManagedInstances, OfServers, RecoverableDatabaseId,
    RecoverableManagedDatabaseId, RestorableDroppedDatabaseId, RestorableDroppedManagedDatabaseId, SqlServerId,
};
pub use long_term::{BackupsOf, DatabaseState, LongTermRetentionBackup, LongTermRetentionQuery};
pub use managed::{
    ManagedDatabase, ManagedDatabaseRestoreRequest, ManagedDatabaseSource, ManagedInstance, PointInTimeSource,
    RecoverableManagedDatabase, RestorableDroppedManagedDatabase, RestoreDetails,
};
pub use recoverable::RecoverableDatabase;
pub use restorable_dropped::RestorableDroppedDatabase;
pub use server::SqlServer;
pub use service::{API_VERSION, Sql};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::azure::properties::{answer_of, hostile_text};
    use crate::azure::scripted::{ScriptedTransport, client, deadline};

    const SERVER: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/servers/q";

    fn server() -> SqlServerId {
        SqlServerId::parse(SERVER).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_answer_panics_and_none_names_what_lies_elsewhere(answer in answer_of(hostile_text())) {
            let _ = Database::read(&server().database("d").unwrap(), &answer);
            let _ = (SqlServer::read(&answer), ElasticPool::read(&answer), DatabaseOperation::read(&answer));
            let _ = LongTermRetentionBackup::<OfServers>::read_listed(&answer);
            let listed = [
                RecoverableDatabase::read_listed(&server(), &answer).map(|own| own.id.to_string()),
                RestorableDroppedDatabase::read_listed(&server(), &answer).map(|own| own.id.to_string()),
            ];
            for id in listed.into_iter().flatten() {
                prop_assert!(id.starts_with(SERVER) && id.split('/').count() == SERVER.split('/').count() + 2, "{}", id);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_operation_whose_name_leads_elsewhere_is_not_cancelled() {
        let transport = ScriptedTransport::new(Vec::new());
        let sql = Sql::new(client(&transport));
        let database = server().database("d").unwrap();
        for name in ["..", ".", ""] {
            assert!(sql.cancel_operation(&database, name, &deadline(60)).await.is_err(), "{name}");
        }
        assert_eq!(transport.lines(), [""; 0]);
    }
}

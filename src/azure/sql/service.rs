//! The calls to Microsoft.Sql, one method each, named as in its REST description.

use serde_json::Value;
use uuid::Uuid;

use super::{
    Database, DatabaseId, DatabaseOperation, DatabaseRestoreRequest, DatabaseState, ElasticPool, ElasticPoolId,
    LongTermId, LongTermOwner, LongTermRetentionBackup, LongTermRetentionQuery, RecoverableDatabase,
    RecoverableDatabaseId, RestorableDroppedDatabase, RestorableDroppedDatabaseId, SqlServer, SqlServerId,
};
use crate::azure::client::{ArmClient, ResponseTimeout, WriteMethod, WriteRequest};
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, WriteError};
use crate::azure::operation::OperationStart;
use crate::azure::resource_id::segment_of_name;

/// Newest stable version when this was written.
pub const API_VERSION: &str = "2025-01-01";

/// Calls to Microsoft.Sql. Reads are repeated until the deadline, restores are sent once.
#[derive(Clone, Debug)]
pub struct Sql {
    client: ArmClient,
}

impl Sql {
    /// On top of a client.
    pub fn new(client: ArmClient) -> Self {
        Self { client }
    }

    /// The client below, for its limiter.
    pub fn client(&self) -> &ArmClient {
        &self.client
    }

    /// `Servers_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn server(&self, id: &SqlServerId, deadline: &Deadline) -> Result<SqlServer, ArmError> {
        Ok(SqlServer::read(&self.read(id.resource_id().as_str(), deadline).await?))
    }

    /// `ElasticPools_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn elastic_pool(&self, id: &ElasticPoolId, deadline: &Deadline) -> Result<ElasticPool, ArmError> {
        Ok(ElasticPool::read(&self.read(id.resource_id().as_str(), deadline).await?))
    }

    /// `Databases_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn database(&self, id: &DatabaseId, deadline: &Deadline) -> Result<Database, ArmError> {
        Ok(Database::read(id, &self.read(id.resource_id().as_str(), deadline).await?))
    }

    /// `RecoverableDatabases_ListByServer`, every page.
    ///
    /// # Errors
    /// As [`ArmClient::list_every`].
    pub async fn recoverable_databases(
        &self,
        server: &SqlServerId,
        deadline: &Deadline,
    ) -> Result<Vec<RecoverableDatabase>, ArmError> {
        let path = format!("{server}/recoverableDatabases");
        let databases = ("database", |element: &Value| RecoverableDatabase::read_listed(server, element));
        self.client.list_every(&path, API_VERSION, &[], databases, deadline).await
    }

    /// `RecoverableDatabases_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn recoverable_database(
        &self,
        id: &RecoverableDatabaseId,
        deadline: &Deadline,
    ) -> Result<RecoverableDatabase, ArmError> {
        Ok(RecoverableDatabase::read(id, &self.read(id.resource_id().as_str(), deadline).await?))
    }

    /// `RestorableDroppedDatabases_ListByServer`, every page.
    ///
    /// # Errors
    /// As [`ArmClient::list_every`].
    pub async fn restorable_dropped_databases(
        &self,
        server: &SqlServerId,
        deadline: &Deadline,
    ) -> Result<Vec<RestorableDroppedDatabase>, ArmError> {
        let path = format!("{server}/restorableDroppedDatabases");
        let databases = ("database", |element: &Value| RestorableDroppedDatabase::read_listed(server, element));
        self.client.list_every(&path, API_VERSION, &[], databases, deadline).await
    }

    /// `RestorableDroppedDatabases_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn restorable_dropped_database(
        &self,
        id: &RestorableDroppedDatabaseId,
        deadline: &Deadline,
    ) -> Result<RestorableDroppedDatabase, ArmError> {
        Ok(RestorableDroppedDatabase::read(id, &self.read(id.resource_id().as_str(), deadline).await?))
    }

    /// `LongTermRetentionBackups_ListBy…` or `LongTermRetentionManagedInstanceBackups_ListBy…`, every page.
    ///
    /// # Errors
    /// As [`ArmClient::list_every`].
    pub async fn long_term_retention_backups<O: LongTermOwner>(
        &self,
        query: &LongTermRetentionQuery<'_>,
        deadline: &Deadline,
    ) -> Result<Vec<LongTermRetentionBackup<O>>, ArmError> {
        let mut parameters = Vec::new();
        if query.only_latest_per_database {
            parameters.push(("onlyLatestPerDatabase", "true"));
        }
        if query.database_state != DatabaseState::All {
            parameters.push(("databaseState", query.database_state.as_str()));
        }
        let backups = ("backup", LongTermRetentionBackup::read_listed);
        self.client.list_every(&query.path::<O>(), API_VERSION, &parameters, backups, deadline).await
    }

    /// `LongTermRetentionBackups_Get` or `LongTermRetentionManagedInstanceBackups_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn long_term_retention_backup<O: LongTermOwner>(
        &self,
        id: &LongTermId<O>,
        deadline: &Deadline,
    ) -> Result<LongTermRetentionBackup<O>, ArmError> {
        Ok(LongTermRetentionBackup::read(id, &self.read(id.resource_id().as_str(), deadline).await?))
    }

    /// `DatabaseOperations_ListByDatabase`, every page.
    ///
    /// # Errors
    /// As [`ArmClient::list_every`].
    pub async fn operations(
        &self,
        database: &DatabaseId,
        deadline: &Deadline,
    ) -> Result<Vec<DatabaseOperation>, ArmError> {
        let operations = ("operation", DatabaseOperation::read);
        self.client.list_every(&format!("{database}/operations"), API_VERSION, &[], operations, deadline).await
    }

    /// `DatabaseOperations_Cancel`. Safe to repeat.
    ///
    /// # Errors
    /// As [`ArmClient::get`]; a 409 if it cannot be cancelled (any more).
    pub async fn cancel_operation(
        &self,
        database: &DatabaseId,
        operation: &str,
        deadline: &Deadline,
    ) -> Result<(), ArmError> {
        // The name comes from an answer: `..` in it would lead to something else.
        let id = database.resource_id().child("operations", &segment_of_name(operation));
        let id = id.map_err(|_| ArmError::Unreadable {
            request: format!("POST {database}/operations"),
            reason: "the name of the operation is no name; nothing was sent".to_owned(),
        })?;
        self.client.post_repeatable(&format!("{id}/cancel"), API_VERSION, deadline).await
    }

    /// `Databases_Delete`. Safe to repeat: a database that is gone stays so. Accepted, not done: ask for the database.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn delete_database(&self, id: &DatabaseId, deadline: &Deadline) -> Result<(), ArmError> {
        match self.client.delete(id.resource_id().as_str(), API_VERSION, deadline).await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other,
        }
    }

    /// `Databases_CreateOrUpdate` with a body that restores, sent exactly once; see [`ArmClient::send_once`]. Done is a
    /// database that was made at once.
    ///
    /// # Errors
    /// [`WriteError`] says whether the restore may have begun.
    pub async fn restore_database(
        &self,
        id: &DatabaseId,
        request: &DatabaseRestoreRequest,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<OperationStart<Database>, WriteError> {
        let path = id.resource_id().as_str();
        let write =
            WriteRequest { method: WriteMethod::Put, path, api_version: API_VERSION, body: request, client_request_id };
        let answer = self.client.send_once(write, deadline, wait).await?;
        Ok(OperationStart::of_put(&answer, id.resource_id())?.map(|body| Database::read(id, &body)))
    }

    pub(super) async fn read(&self, path: &str, deadline: &Deadline) -> Result<Value, ArmError> {
        self.client.get(path, API_VERSION, &[], deadline).await
    }
}

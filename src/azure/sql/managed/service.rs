//! The calls about managed instances, one method each, named as in the REST description.

use serde_json::Value;
use uuid::Uuid;

use super::{
    ManagedDatabase, ManagedDatabaseRestoreRequest, ManagedInstance, RecoverableManagedDatabase,
    RestorableDroppedManagedDatabase, RestoreDetails,
};
use crate::azure::client::{ResponseTimeout, WriteMethod, WriteRequest};
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, WriteError};
use crate::azure::operation::OperationStart;
use crate::azure::sql::{
    API_VERSION, ManagedDatabaseId, ManagedInstanceId, RecoverableManagedDatabaseId,
    RestorableDroppedManagedDatabaseId, Sql,
};

impl Sql {
    /// `ManagedInstances_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`](crate::azure::client::ArmClient::get).
    pub async fn managed_instance(
        &self,
        id: &ManagedInstanceId,
        deadline: &Deadline,
    ) -> Result<ManagedInstance, ArmError> {
        Ok(ManagedInstance::read(&self.read(id.resource_id().as_str(), deadline).await?))
    }

    /// `ManagedDatabases_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`](crate::azure::client::ArmClient::get).
    pub async fn managed_database(
        &self,
        id: &ManagedDatabaseId,
        deadline: &Deadline,
    ) -> Result<ManagedDatabase, ArmError> {
        Ok(ManagedDatabase::read(id, &self.read(id.resource_id().as_str(), deadline).await?))
    }

    /// `RecoverableManagedDatabases_ListByInstance`, every page.
    ///
    /// # Errors
    /// As [`ArmClient::list_every`](crate::azure::client::ArmClient::list_every).
    pub async fn recoverable_managed_databases(
        &self,
        instance: &ManagedInstanceId,
        deadline: &Deadline,
    ) -> Result<Vec<RecoverableManagedDatabase>, ArmError> {
        let path = format!("{instance}/recoverableDatabases");
        let databases = ("database", |element: &Value| RecoverableManagedDatabase::read_listed(instance, element));
        self.client().list_every(&path, API_VERSION, &[], databases, deadline).await
    }

    /// `RecoverableManagedDatabases_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`](crate::azure::client::ArmClient::get).
    pub async fn recoverable_managed_database(
        &self,
        id: &RecoverableManagedDatabaseId,
        deadline: &Deadline,
    ) -> Result<RecoverableManagedDatabase, ArmError> {
        Ok(RecoverableManagedDatabase::read(id, &self.read(id.resource_id().as_str(), deadline).await?))
    }

    /// `RestorableDroppedManagedDatabases_ListByInstance`, every page.
    ///
    /// # Errors
    /// As [`ArmClient::list_every`](crate::azure::client::ArmClient::list_every).
    pub async fn restorable_dropped_managed_databases(
        &self,
        instance: &ManagedInstanceId,
        deadline: &Deadline,
    ) -> Result<Vec<RestorableDroppedManagedDatabase>, ArmError> {
        let path = format!("{instance}/restorableDroppedDatabases");
        let databases =
            ("database", |element: &Value| RestorableDroppedManagedDatabase::read_listed(instance, element));
        self.client().list_every(&path, API_VERSION, &[], databases, deadline).await
    }

    /// `RestorableDroppedManagedDatabases_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`](crate::azure::client::ArmClient::get).
    pub async fn restorable_dropped_managed_database(
        &self,
        id: &RestorableDroppedManagedDatabaseId,
        deadline: &Deadline,
    ) -> Result<RestorableDroppedManagedDatabase, ArmError> {
        Ok(RestorableDroppedManagedDatabase::read(id, &self.read(id.resource_id().as_str(), deadline).await?))
    }

    /// `ManagedDatabaseRestoreDetails_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`](crate::azure::client::ArmClient::get).
    pub async fn managed_database_restore_details(
        &self,
        id: &ManagedDatabaseId,
        deadline: &Deadline,
    ) -> Result<RestoreDetails, ArmError> {
        // The one that there is (docs/reference/azure-sql.md#managed-instances).
        Ok(RestoreDetails::read(&self.read(&format!("{id}/restoreDetails/Default"), deadline).await?))
    }

    /// `ManagedDatabases_Delete`. Safe to repeat: a database that is gone stays so. Accepted, not done: ask for the database.
    ///
    /// # Errors
    /// As [`ArmClient::get`](crate::azure::client::ArmClient::get).
    pub async fn delete_managed_database(&self, id: &ManagedDatabaseId, deadline: &Deadline) -> Result<(), ArmError> {
        match self.client().delete(id.resource_id().as_str(), API_VERSION, deadline).await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other,
        }
    }

    /// `ManagedDatabases_CreateOrUpdate` with a body that restores, sent exactly once; see
    /// [`ArmClient::send_once`](crate::azure::client::ArmClient::send_once). Done is a database that was made at once.
    ///
    /// # Errors
    /// [`WriteError`] says whether the restore may have begun.
    pub async fn restore_managed_database(
        &self,
        id: &ManagedDatabaseId,
        request: &ManagedDatabaseRestoreRequest,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<OperationStart<ManagedDatabase>, WriteError> {
        let path = id.resource_id().as_str();
        let write =
            WriteRequest { method: WriteMethod::Put, path, api_version: API_VERSION, body: request, client_request_id };
        let answer = self.client().send_once(write, deadline, wait).await?;
        Ok(OperationStart::of_put(&answer, id.resource_id())?.map(|body| ManagedDatabase::read(id, &body)))
    }
}

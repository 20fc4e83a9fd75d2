//! A database of a logical server, as what a restore makes.

use async_trait::async_trait;
use uuid::Uuid;

use super::DATABASE;
use crate::azure::client::{ArmClient, ResponseTimeout};
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, WriteError};
use crate::azure::operation::OperationStart;
use crate::azure::resource_id::ResourceId;
use crate::azure::sql::{Database, DatabaseId, DatabaseOperation, DatabaseRestoreRequest, Sql};
use crate::restore::jobs::JobListNames;
use crate::restore::restored_resource::{
    Cancellation, MakingOperation, ResourceFacts, ResourceNames, RestoredResource,
};

/// A database of a logical server, there or not.
#[derive(Clone, Debug)]
pub struct SqlDatabase {
    /// The calls.
    pub client: Sql,
    /// The database.
    pub id: DatabaseId,
}

#[async_trait]
impl RestoredResource for SqlDatabase {
    type Request = DatabaseRestoreRequest;

    const NAMES: ResourceNames = ResourceNames {
        workload: DATABASE,
        list: JobListNames {
            full: "the list of the server's databases",
            short: "the server's list",
            keeper: "server",
            entry: "database",
        },
        delete_on_destroy: "delete_database_on_destroy",
    };

    fn arm_client(&self) -> &ArmClient {
        self.client.client()
    }

    fn id(&self) -> &ResourceId {
        self.id.resource_id()
    }

    fn subject(&self) -> String {
        format!("database {:?} of logical server {:?}", self.id.database_name(), self.id.server().name())
    }

    async fn read(&self, deadline: &Deadline) -> Result<ResourceFacts, ArmError> {
        Ok(self.client.database(&self.id, deadline).await?.into())
    }

    async fn progress(&self, deadline: &Deadline) -> Result<Option<String>, ArmError> {
        let operations = self.client.operations(&self.id, deadline).await?;
        let percent = DatabaseOperation::making(&operations).and_then(|own| own.percent_complete);
        Ok(percent.map(|percent| format!("{percent} %")))
    }

    async fn put(
        &self,
        request: &DatabaseRestoreRequest,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<OperationStart<()>, WriteError> {
        let begun = self.client.restore_database(&self.id, request, client_request_id, deadline, wait).await?;
        Ok(begun.map(|_| ()))
    }

    async fn delete(&self, deadline: &Deadline) -> Result<(), ArmError> {
        self.client.delete_database(&self.id, deadline).await
    }

    fn cancellation(&self) -> Option<&dyn Cancellation> {
        Some(self)
    }
}

#[async_trait]
impl Cancellation for SqlDatabase {
    async fn making(&self, deadline: &Deadline) -> Result<Option<MakingOperation>, ArmError> {
        let operations = self.client.operations(&self.id, deadline).await?;
        Ok(DatabaseOperation::making(&operations).map(|running| MakingOperation {
            name: running.name.clone(),
            is_final: running.is_cancellable == Some(false),
        }))
    }

    async fn cancel(&self, operation: &str, deadline: &Deadline) -> Result<(), ArmError> {
        self.client.cancel_operation(&self.id, operation, deadline).await
    }
}

impl From<Database> for ResourceFacts {
    fn from(found: Database) -> Self {
        Self {
            status: found.status,
            restored_by: found.restored_by,
            creation_date: found.creation_date,
            details: found.facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            reason: None,
        }
    }
}

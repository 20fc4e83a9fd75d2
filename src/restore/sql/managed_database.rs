//! A database of a managed instance, as what a restore makes. Azure cannot cancel such a restore.

use async_trait::async_trait;
use uuid::Uuid;

use super::MANAGED_DATABASE;
use crate::azure::client::{ArmClient, ResponseTimeout};
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, WriteError};
use crate::azure::operation::OperationStart;
use crate::azure::resource_id::ResourceId;
use crate::azure::sql::{ManagedDatabase, ManagedDatabaseId, ManagedDatabaseRestoreRequest, Sql};
use crate::restore::jobs::JobListNames;
use crate::restore::restored_resource::{ResourceFacts, ResourceNames, RestoredResource};

/// A database of a managed instance, there or not.
#[derive(Clone, Debug)]
pub struct SqlManagedDatabase {
    /// The calls.
    pub client: Sql,
    /// The database.
    pub id: ManagedDatabaseId,
}

#[async_trait]
impl RestoredResource for SqlManagedDatabase {
    type Request = ManagedDatabaseRestoreRequest;

    const NAMES: ResourceNames = ResourceNames {
        workload: MANAGED_DATABASE,
        list: JobListNames {
            full: "the list of the managed instance's databases",
            short: "the managed instance's list",
            keeper: "managed instance",
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
        format!("database {:?} of managed instance {:?}", self.id.database_name(), self.id.instance().name())
    }

    async fn read(&self, deadline: &Deadline) -> Result<ResourceFacts, ArmError> {
        Ok(self.client.managed_database(&self.id, deadline).await?.into())
    }

    async fn progress(&self, deadline: &Deadline) -> Result<Option<String>, ArmError> {
        let details = self.client.managed_database_restore_details(&self.id, deadline).await?.to_string();
        Ok(Some(details).filter(|details| !details.is_empty()))
    }

    async fn put(
        &self,
        request: &ManagedDatabaseRestoreRequest,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<OperationStart<()>, WriteError> {
        let begun = self.client.restore_managed_database(&self.id, request, client_request_id, deadline, wait).await?;
        Ok(begun.map(|_| ()))
    }

    async fn delete(&self, deadline: &Deadline) -> Result<(), ArmError> {
        self.client.delete_managed_database(&self.id, deadline).await
    }
}

impl From<ManagedDatabase> for ResourceFacts {
    fn from(found: ManagedDatabase) -> Self {
        Self {
            status: found.status,
            restored_by: found.restored_by,
            creation_date: found.creation_date,
            details: found.facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            reason: found.inaccessible_because,
        }
    }
}

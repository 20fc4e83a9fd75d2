//! A flexible server, as what a restore makes.

use async_trait::async_trait;
use uuid::Uuid;

use super::FLEXIBLE_SERVER;
use crate::azure::client::{ArmClient, ResponseTimeout};
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, WriteError};
use crate::azure::flexible_servers::{FlexibleServer, FlexibleServerId, FlexibleServers, ServerRestoreRequest};
use crate::azure::operation::{AcceptedOperation, OperationPoll, OperationStart};
use crate::azure::resource_id::ResourceId;
use crate::restore::jobs::JobListNames;
use crate::restore::restored_resource::{ResourceFacts, ResourceNames, RestoredResource};

/// A flexible server, there or not.
#[derive(Clone, Debug)]
pub struct RestoredServer {
    /// The calls.
    pub client: FlexibleServers,
    /// The server.
    pub id: FlexibleServerId,
}

#[async_trait]
impl RestoredResource for RestoredServer {
    type Request = ServerRestoreRequest;

    const NAMES: ResourceNames = ResourceNames {
        workload: FLEXIBLE_SERVER,
        list: JobListNames {
            full: "the list of the resource group's flexible servers",
            short: "the resource group's list",
            keeper: "resource group",
            entry: "flexible server",
        },
        delete_on_destroy: "delete_server_on_destroy",
    };

    fn arm_client(&self) -> &ArmClient {
        self.client.client()
    }

    fn id(&self) -> &ResourceId {
        self.id.resource_id()
    }

    fn subject(&self) -> String {
        format!("{} flexible server {:?}", self.id.engine(), self.id.name())
    }

    async fn read(&self, deadline: &Deadline) -> Result<ResourceFacts, ArmError> {
        Ok(self.client.server(&self.id, deadline).await?.into())
    }

    async fn put(
        &self,
        request: &ServerRestoreRequest,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<OperationStart<()>, WriteError> {
        let begun = self.client.restore_server(&self.id, request, client_request_id, deadline, wait).await?;
        Ok(begun.map(|_| ()))
    }

    async fn operation(&self, operation: &AcceptedOperation, deadline: &Deadline) -> Result<OperationPoll, ArmError> {
        self.client.operation(operation, deadline).await
    }

    async fn delete(&self, deadline: &Deadline) -> Result<(), ArmError> {
        self.client.delete_server(&self.id, deadline).await
    }
}

impl From<FlexibleServer> for ResourceFacts {
    fn from(found: FlexibleServer) -> Self {
        Self {
            status: found.state,
            restored_by: found.restored_by,
            creation_date: found.created,
            details: found.facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            reason: None,
        }
    }
}

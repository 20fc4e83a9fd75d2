//! The calls to the services of flexible servers, one method each, named as in their REST descriptions.

use serde_json::Value;
use uuid::Uuid;

use super::{FlexibleServer, FlexibleServerId, ServerRestoreRequest};
use crate::azure::client::{ArmClient, ResponseTimeout, WriteMethod, WriteRequest};
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, WriteError};
use crate::azure::json_fields::JsonFields;
use crate::azure::operation::{AcceptedOperation, OperationPoll, OperationStart, OperationStatus};
use crate::azure::poll::PollResult;

/// Calls to Microsoft.DBforPostgreSQL and Microsoft.DBforMySQL; the id says which. Reads are repeated until the deadline,
/// restores are sent once.
#[derive(Clone, Debug)]
pub struct FlexibleServers {
    client: ArmClient,
}

impl FlexibleServers {
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
    pub async fn server(&self, id: &FlexibleServerId, deadline: &Deadline) -> Result<FlexibleServer, ArmError> {
        let answer = self.client.get(id.resource_id().as_str(), id.engine().api_version(), &[], deadline).await?;
        Ok(FlexibleServer::read(id, &answer))
    }

    /// `Servers_Delete`. Safe to repeat: a server that is gone stays so. Accepted, not done: ask for the server.
    ///
    /// # Errors
    /// As [`ArmClient::get`].
    pub async fn delete_server(&self, id: &FlexibleServerId, deadline: &Deadline) -> Result<(), ArmError> {
        match self.client.delete(id.resource_id().as_str(), id.engine().api_version(), deadline).await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other,
        }
    }

    /// `Servers_CreateOrUpdate` (PostgreSQL) or `Servers_Create` (MySQL) with a body that restores, sent exactly once; see
    /// [`ArmClient::send_once`]. Done is a server that was made at once.
    ///
    /// # Errors
    /// [`WriteError`] says whether the restore may have begun.
    pub async fn restore_server(
        &self,
        id: &FlexibleServerId,
        request: &ServerRestoreRequest,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<OperationStart<FlexibleServer>, WriteError> {
        let (path, api_version) = (id.resource_id().as_str(), id.engine().api_version());
        let write = WriteRequest { method: WriteMethod::Put, path, api_version, body: request, client_request_id };
        let answer = self.client.send_once(write, deadline, wait).await?;
        Ok(OperationStart::of_put(&answer, id.resource_id())?.map(|body| FlexibleServer::read(id, &body)))
    }

    /// One poll of what [`FlexibleServers::restore_server`] has begun. MySQL gives a result URL alone, behind which there is a
    /// document with a status (docs/reference/azure-flexible-servers.md#operations): a 200 is no success.
    ///
    /// # Errors
    /// As [`ArmClient::poll_operation`].
    pub async fn operation(
        &self,
        accepted: &AcceptedOperation,
        deadline: &Deadline,
    ) -> Result<OperationPoll, ArmError> {
        let seen = self.client.poll_operation(accepted, None, deadline).await?;
        Ok(match seen {
            PollResult::Ready(Ok(body)) if accepted.status_url.is_none() && has_status(&body) => {
                OperationStatus::read(&body).judge()
            }
            seen => seen,
        })
    }
}

fn has_status(body: &Value) -> bool {
    JsonFields::of(body).text("status").is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::flexible_servers::{Engine, ServerCreateMode, ServerPoint, ServerSource};
    use crate::azure::scripted::{ScriptedTransport, WAIT, answer, client, deadline, with_headers};

    const RESULT: &str = "https://management.azure.com/subscriptions/s/providers/Microsoft.DBforMySQL/locations/x/operationResults/1?api-version=2024-12-30";

    fn server(engine: Engine) -> FlexibleServerId {
        FlexibleServerId::new(engine, "s", "g", "copy").unwrap()
    }

    fn request() -> ServerRestoreRequest {
        let source = ServerSource {
            create_mode: ServerCreateMode::PointInTimeRestore,
            source_server_resource_id: "/source".into(),
            point: Some(ServerPoint::MySql("2026-11-20T10:00:00Z".into())),
        };
        ServerRestoreRequest::new("westeurope".into(), source)
    }

    #[tokio::test(start_paused = true)]
    async fn each_engine_is_asked_in_its_namespace_and_version() {
        for (engine, part) in [
            (Engine::PostgreSql, "Microsoft.DBforPostgreSQL/flexibleServers/copy?api-version=2026-10-01"),
            (Engine::MySql, "Microsoft.DBforMySQL/flexibleServers/copy?api-version=2024-12-30"),
        ] {
            let transport = ScriptedTransport::new(vec![answer(200, json!({})), answer(204, "")]);
            let servers = FlexibleServers::new(client(&transport));
            servers.server(&server(engine), &deadline(60)).await.unwrap();
            servers.delete_server(&server(engine), &deadline(60)).await.unwrap();
            assert!(transport.lines().iter().all(|line| line.ends_with(part)), "{:?}", transport.lines());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_that_is_a_status_is_judged_by_its_word() {
        let transport = ScriptedTransport::new(vec![
            with_headers(202, &[("location", RESULT)], ""),
            answer(202, ""),
            answer(200, json!({"name": "1", "status": "InProgress", "percentComplete": 10.0})),
            answer(200, json!({"name": "1", "status": "Failed", "error": {"code": "Broken", "message": "no"}})),
            answer(200, json!({"name": "1", "status": "Succeeded"})),
            answer(200, json!({"id": "/the/server", "properties": {"state": "Ready"}})),
        ]);
        let servers = FlexibleServers::new(client(&transport));
        let (id, deadline) = (server(Engine::MySql), deadline(600));
        let begun = servers.restore_server(&id, &request(), Uuid::nil(), &deadline, WAIT).await.unwrap();
        let OperationStart::Accepted(accepted) = begun else { panic!("{begun:?}") };
        let mut told = Vec::new();
        for _ in 0..5 {
            told.push(match servers.operation(&accepted, &deadline).await.unwrap() {
                PollResult::Pending { note, .. } => note,
                PollResult::Ready(Ok(_)) => "good".to_owned(),
                PollResult::Ready(Err(error)) => error.code,
            });
        }
        assert_eq!(told, ["Accepted", "InProgress", "Broken", "good", "good"]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_names_neither_an_operation_nor_the_server_says_nothing() {
        for body in [json!({}), json!({"id": "/subscriptions/s/resourceGroups/g/providers/x/y/other"})] {
            let transport = ScriptedTransport::new(vec![answer(200, body)]);
            let servers = FlexibleServers::new(client(&transport));
            let id = server(Engine::MySql);
            let lost = servers.restore_server(&id, &request(), Uuid::nil(), &deadline(60), WAIT).await.unwrap_err();
            assert!(matches!(lost, WriteError::Lost { .. }), "{lost:?}");
        }
        let body = json!({"id": server(Engine::MySql).to_string(), "properties": {"state": "Updating"}});
        let transport = ScriptedTransport::new(vec![answer(201, body)]);
        let servers = FlexibleServers::new(client(&transport));
        let id = server(Engine::MySql);
        let done = servers.restore_server(&id, &request(), Uuid::nil(), &deadline(60), WAIT).await.unwrap();
        assert!(matches!(done, OperationStart::Done(_)), "{done:?}");
    }
}

//! What two services do with their operations. How Backup vaults do it is tested with them.

use std::sync::Arc;

use serde_json::json;
use url::Url;

use super::*;
use crate::azure::scripted::{ScriptedTransport, answer, client, deadline, with_headers};

const HOST: &str = "https://management.azure.com";
const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";

fn url(path: &str) -> AsyncUrl {
    AsyncUrl::new(Url::parse(&format!("{HOST}{path}")).unwrap())
}

/// As a restore of Recovery Services is accepted.
fn restore() -> AcceptedOperation {
    AcceptedOperation {
        status_url: Some(url(&format!("{VAULT}/x/operationsStatus/op;1?t=1&s=S"))),
        result_url: Some(url(&format!("{VAULT}/x/operationResults/op;1?t=1&s=R"))),
        retry_after: None,
    }
}

/// As the registration of a container is followed, whose status URL is of a preview.
fn registration() -> AcceptedOperation {
    AcceptedOperation { status_url: None, ..restore() }
}

async fn poll(transport: &Arc<ScriptedTransport>, accepted: &AcceptedOperation) -> Result<OperationPoll, ArmError> {
    let collection = format!("{VAULT}/backupOperations");
    let by_id = StatusById { collection: &collection, api_version: "2026-10-01" };
    client(transport).poll_operation(accepted, Some(by_id), &deadline(60)).await
}

#[tokio::test(start_paused = true)]
async fn a_status_without_a_zone_is_running_and_a_success_brings_its_properties() {
    let transport = ScriptedTransport::new(vec![
        answer(200, json!({"status": "InProgress", "endTime": "0001-01-01T00:00:00"})),
        answer(
            200,
            json!({"status": "Succeeded", "properties": {"objectType": "OperationStatusJobExtendedInfo", "jobId": "j"}}),
        ),
    ]);
    let running = PollResult::Pending { note: "InProgress".to_owned(), retry_after: None };
    assert_eq!(poll(&transport, &restore()).await.unwrap(), running);
    let PollResult::Ready(Ok(brought)) = poll(&transport, &restore()).await.unwrap() else { panic!() };
    assert_eq!(brought["jobId"], "j");
}

#[tokio::test(start_paused = true)]
async fn a_service_is_asked_by_the_id_in_its_own_collection() {
    let transport = ScriptedTransport::new(vec![answer(403, ""), answer(200, json!({"status": "Succeeded"}))]);
    assert_eq!(poll(&transport, &restore()).await.unwrap(), PollResult::Ready(Ok(Value::Null)));
    assert_eq!(transport.lines()[1], format!("GET {HOST}{VAULT}/backupOperations/op;1?api-version=2026-10-01"));
}

#[tokio::test(start_paused = true)]
async fn an_id_that_would_lead_elsewhere_is_not_asked_for() {
    for id in ["..%2fx", "%2e%2e", "a%5cb", "a%252fb"] {
        let transport = ScriptedTransport::new(vec![answer(404, ""), answer(204, "")]);
        let accepted = AcceptedOperation { status_url: Some(url(&format!("/operationsStatus/x{id}"))), ..restore() };
        assert_eq!(poll(&transport, &accepted).await.unwrap(), PollResult::Ready(Ok(Value::Null)));
        assert_eq!(transport.lines()[1], format!("GET {HOST}{VAULT}/x/operationResults/op;1?t=1&s=R"), "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_status_url_the_result_is_polled_until_it_is_no_202() {
    let again =
        [("retry-after", "60"), ("location", "https://management.azure.com/x"), ("azure-asyncoperation", "https://x")];
    let transport = ScriptedTransport::new(vec![
        with_headers(202, &again, "{}"),
        answer(200, json!({"properties": {"registrationStatus": "Registered"}})),
        answer(204, ""),
    ]);
    let running = PollResult::Pending { note: "Accepted".to_owned(), retry_after: Some(Duration::from_secs(60)) };
    assert_eq!(poll(&transport, &registration()).await.unwrap(), running);
    let PollResult::Ready(Ok(container)) = poll(&transport, &registration()).await.unwrap() else { panic!() };
    assert_eq!(container["properties"]["registrationStatus"], "Registered");
    assert_eq!(poll(&transport, &registration()).await.unwrap(), PollResult::Ready(Ok(Value::Null)));
}

#[tokio::test(start_paused = true)]
async fn a_service_without_statuses_by_id_goes_on_to_the_result() {
    let transport = ScriptedTransport::new(vec![answer(404, ""), answer(202, "")]);
    let seen = client(&transport).poll_operation(&restore(), None, &deadline(60)).await.unwrap();
    assert!(matches!(seen, PollResult::Pending { .. }), "{seen:?}");
    assert_eq!(transport.lines().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_behind_the_result_url_is_the_operations_own_failure() {
    let body = json!({"error": {"code": "OperationCancelled", "message": "m"}});
    let transport = ScriptedTransport::new(vec![answer(409, body)]);
    let failed = PollResult::Ready(Err(Box::new(AzureError::new("OperationCancelled", "m"))));
    assert_eq!(poll(&transport, &registration()).await.unwrap(), failed);
    let transport = ScriptedTransport::new(vec![answer(403, "")]);
    assert_eq!(poll(&transport, &registration()).await.unwrap_err().status(), Some(403));
}

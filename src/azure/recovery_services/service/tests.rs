use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use time::macros::datetime;

use super::super::{CopyOptions, FileShareRestoreRequest};
use super::*;
use crate::azure::scripted::{NOW, ScriptedTransport, WAIT, answer, client, deadline, with_headers};

const HOST: &str = "https://management.azure.com";
const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";
const ITEM: &str =
    "backupFabrics/Azure/protectionContainers/StorageContainer;Storage;g;a/protectedItems/AzureFileShare;50";
const STATUS: &str = "https://westeurope.management.azure.com/x/operationsStatus/68cc?t=1&s=S";

fn service(transport: &Arc<ScriptedTransport>) -> RecoveryServices {
    RecoveryServices::new(client(transport))
}

fn vault() -> RecoveryServicesVaultId {
    RecoveryServicesVaultId::parse(VAULT).unwrap()
}

fn item() -> ProtectedItemId {
    ProtectedItemId::parse(&format!("{VAULT}/{ITEM}")).unwrap()
}

fn page(jobs: &[&str]) -> Value {
    json!({"value": jobs.iter().map(|name| json!({"name": name, "properties": {"operation": "Restore"}})).collect::<Vec<_>>()})
}

#[tokio::test(start_paused = true)]
async fn a_trigger_sends_the_wrapped_request_to_the_encoded_item_and_reads_the_job_from_the_operation() {
    let accepted = [("azure-asyncoperation", STATUS), ("retry-after", "60")];
    let running = json!({"id": "68cc", "status": "InProgress", "endTime": "0001-01-01T00:00:00"});
    let made = json!({"id": "68cc", "status": "Succeeded", "properties": {"objectType": "OperationStatusJobExtendedInfo", "jobId": "a7e9"}});
    let transport =
        ScriptedTransport::new(vec![with_headers(202, &accepted, ""), answer(200, running), answer(200, made)]);
    let service = service(&transport);
    let request = FileShareRestoreRequest::new("/account", CopyOptions::Skip);
    let started =
        service.trigger_restore(&item(), "932886657837421071", &request, Uuid::nil(), &deadline(60), WAIT).await;
    let ItemJobOperation::Accepted(operation) = started.unwrap() else { panic!() };
    assert_eq!(operation.retry_after, Some(Duration::from_secs(60)));
    let poll = service.operation(&vault(), &operation, &deadline(60)).await.unwrap();
    assert_eq!(poll, ItemJobPoll::Pending { note: "InProgress".to_owned(), retry_after: None });
    let poll = service.operation(&vault(), &operation, &deadline(60)).await.unwrap();
    assert_eq!(poll, ItemJobPoll::Ready(Ok(Some(vault().job("a7e9").unwrap()))));
    let sent = &transport.seen()[0];
    assert_eq!(
        sent.line,
        format!(
            "POST {HOST}{VAULT}/backupFabrics/Azure/protectionContainers/StorageContainer;Storage;g;a/protectedItems/AzureFileShare;50/recoveryPoints/932886657837421071/restore?api-version=2026-10-01"
        )
    );
    assert_eq!(sent.header("x-ms-client-request-id"), Some("00000000-0000-0000-0000-000000000000"));
    let body: Value = serde_json::from_slice(sent.body.as_ref().unwrap()).unwrap();
    assert_eq!(body["properties"]["objectType"], "AzureFileShareRestoreRequest");
    assert_eq!(transport.lines()[1], format!("GET {STATUS}"));
}

#[tokio::test(start_paused = true)]
async fn a_point_whose_name_leads_elsewhere_is_never_sent() {
    let transport = ScriptedTransport::new(vec![]);
    let request = FileShareRestoreRequest::new("/account", CopyOptions::Skip);
    for name in ["../x", "a/b", "", "%2e%2e", "a?b"] {
        let refused =
            service(&transport).trigger_restore(&item(), name, &request, Uuid::nil(), &deadline(60), WAIT).await;
        assert!(matches!(refused, Err(WriteError::NotAccepted { .. })), "{name}");
        assert!(service(&transport).recovery_point(&item(), name, &deadline(60)).await.is_err(), "{name}");
    }
}

#[test]
fn windows_cover_the_time_and_none_is_longer_than_thirty_days() {
    let (since, until) = (datetime!(2026-08-01 0:00 UTC), datetime!(2026-11-01 0:00 UTC));
    let found = windows(since, until);
    assert_eq!((found[0].1, found[found.len() - 1].0), (until, since));
    assert!(found.iter().all(|(from, to)| *to - *from <= LONGEST_WINDOW && from < to));
    assert!(found.windows(2).all(|two| two[0].0 == two[1].1), "{found:?}");
    assert_eq!(found.len(), 4);
    assert_eq!(windows(until, since), []);
}

#[tokio::test(start_paused = true)]
async fn jobs_of_two_months_take_a_request_for_each_window_and_none_is_twice_in_the_list() {
    let next = json!({"value": [{"name": "j3", "properties": {}}], "nextLink": format!("{HOST}/next?page=2")});
    let transport =
        ScriptedTransport::new(vec![answer(200, next), answer(200, page(&["j2"])), answer(200, page(&["j1", "J2"]))]);
    let listed =
        service(&transport).jobs(&vault(), NOW - time::Duration::days(40), NOW, |_| true, &deadline(60)).await.unwrap();
    let names: Vec<&str> = listed.elements.iter().map(|job| job.id.name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(listed.requests, 3);
    let first = &transport.lines()[0];
    assert!(first.starts_with(&format!("GET {HOST}{VAULT}/backupJobs?api-version=2026-10-01&")), "{first}");
    let query = percent_encoding::percent_decode_str(first).decode_utf8().unwrap().replace('+', " ");
    assert!(
        query.ends_with("$filter=startTime eq '2026-10-22 10:00:00 AM' and endTime eq '2026-11-21 10:00:00 AM'"),
        "{query}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_with_an_element_that_names_no_job_is_an_error_and_never_a_shorter_list() {
    let transport = ScriptedTransport::new(vec![answer(200, json!({"value": [{"properties": {}}]}))]);
    let listed = service(&transport).jobs(&vault(), NOW, NOW, |_| true, &deadline(60)).await;
    assert!(matches!(listed, Err(ArmError::Unreadable { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_job_is_read_under_its_own_id_and_another_job_s_answer_is_none() {
    let empty = json!({"properties": {"extendedInfo": {"propertyBag": {}}}});
    let other = json!({"id": format!("{VAULT}/backupJobs/other"), "name": "other"});
    let transport = ScriptedTransport::new(vec![answer(200, empty), answer(200, &other)]);
    let id = vault().job("a7e9").unwrap();
    let job = service(&transport).job(&id, &deadline(60)).await.unwrap();
    assert!(!job.status.is_ended());
    assert!(matches!(service(&transport).job(&id, &deadline(60)).await, Err(ArmError::Unreadable { .. })));
}

#[test]
fn a_job_of_another_vault_is_no_job_of_ours() {
    let job = |reference: &str| job_of(&vault(), &json!({"jobId": reference}));
    assert_eq!(job("a7e9"), vault().job("a7e9").ok());
    assert_eq!(job(&format!("{}/backupJobs/a7e9", VAULT.to_uppercase())), vault().job("a7e9").ok());
    assert_eq!(
        job("/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/w/backupJobs/a7e9"),
        None
    );
    assert_eq!(job_of(&vault(), &json!({})), None);
}

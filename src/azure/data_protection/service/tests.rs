use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use time::macros::datetime;
use url::Url;

use super::super::{Datasource, RecoveryOption, RestorePoint, RestoreTargetInfo};
use super::*;
use crate::azure::deadline::Interrupted;
use crate::azure::operation::AsyncUrl;
use crate::azure::resource_id::{Location, ResourceId};
use crate::azure::scripted::{ScriptedTransport, Step, WAIT, answer, client, deadline, with_headers};

const HOST: &str = "https://management.azure.com";
const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
const STATUS: &str = "https://eastus2euap.management.azure.com/subscriptions/s/providers/Microsoft.DataProtection/locations/eastus2euap/operationStatus/Zm9v==?api-version=2026-03-01&t=1&s=S";
const RESULT: &str = "https://eastus2euap.management.azure.com/subscriptions/s/providers/Microsoft.DataProtection/locations/eastus2euap/operationResults/Zm9v==?api-version=2026-03-01&t=1&s=R";

fn service(transport: &Arc<ScriptedTransport>) -> DataProtection {
    DataProtection::new(client(transport))
}

fn vault() -> BackupVaultId {
    BackupVaultId::parse(VAULT).unwrap()
}

fn instance() -> BackupInstanceId {
    vault().instance("i").unwrap()
}

fn request() -> RestoreRequest {
    let id =
        ResourceId::parse("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a").unwrap();
    RestoreRequest {
        point: RestorePoint::RecoveryPointBased { recovery_point_id: "p".to_owned() },
        restore_target_info: RestoreTargetInfo::Whole {
            recovery_option: RecoveryOption::FailIfExists,
            restore_location: "westeurope".to_owned(),
            datasource_info: Datasource::target(&id, "r", "d", &Location::new("westeurope")),
            datasource_set_info: None,
        },
        source_data_store_type: DataStore::VaultStore,
        source_resource_id: None,
        identity_details: None,
        resource_guard_operation_requests: Vec::new(),
    }
}

fn accepted() -> AcceptedOperation {
    let url = |text| Some(AsyncUrl::new(Url::parse(text).unwrap()));
    AcceptedOperation { status_url: url(STATUS), result_url: url(RESULT), retry_after: None }
}

fn job() -> BackupJobId {
    vault().job("c4bd49a1").unwrap()
}

async fn poll_operation(transport: &Arc<ScriptedTransport>) -> Result<JobOperationPoll, ArmError> {
    service(transport).operation(&vault(), &accepted(), &deadline(60)).await
}

fn succeeded(job_id: &str) -> serde_json::Value {
    json!({"status": "Succeeded", "endTime": "2021-07-08T20:46:56Z", "properties": {"jobId": job_id, "objectType": "OperationJobExtendedInfo"}})
}

#[tokio::test(start_paused = true)]
async fn validation_sends_the_wrapped_request_and_the_trigger_the_bare_one() {
    let headers = [("azure-asyncoperation", STATUS), ("location", RESULT), ("retry-after", "10")];
    let transport = ScriptedTransport::new(vec![with_headers(202, &headers, ""), with_headers(202, &headers, "")]);
    let service = service(&transport);
    let validation = service.validate_for_restore(&instance(), &request(), &deadline(60)).await.unwrap();
    let trigger = service.trigger_restore(&instance(), &request(), Uuid::nil(), &deadline(60), WAIT).await.unwrap();
    let expected =
        JobOperationStart::Accepted(AcceptedOperation { retry_after: Some(Duration::from_secs(10)), ..accepted() });
    assert_eq!((&validation, &trigger), (&expected, &expected));
    let seen = transport.seen();
    assert_eq!(seen[0].line, format!("POST {HOST}{VAULT}/backupInstances/i/validateRestore?api-version=2026-06-01"));
    assert_eq!(seen[1].line, format!("POST {HOST}{VAULT}/backupInstances/i/restore?api-version=2026-06-01"));
    let body = |index: usize| serde_json::from_slice::<Value>(seen[index].body.as_ref().unwrap()).unwrap();
    assert_eq!(body(0), json!({"restoreRequestObject": body(1)}));
    assert_eq!(body(1), serde_json::to_value(request()).unwrap());
    assert_eq!(seen[1].header("x-ms-client-request-id"), Some(Uuid::nil().to_string().as_str()));
}

#[tokio::test(start_paused = true)]
async fn a_200_that_names_its_job_is_done_even_if_it_looks_accepted_again_and_any_other_is_a_lost_answer() {
    let headers = [("azure-asyncoperation", STATUS), ("retry-after", "30")];
    let script = || {
        let body = json!({"objectType": "OperationJobExtendedInfo", "jobId": "c4bd49a1"});
        vec![with_headers(200, &headers, body), answer(200, ""), answer(200, "<html>sign in</html>")]
    };
    let transport = ScriptedTransport::new(script());
    let service = service(&transport);
    let (instance, request, deadline) = (instance(), request(), deadline(60));
    let trigger = || service.trigger_restore(&instance, &request, Uuid::nil(), &deadline, WAIT);
    assert_eq!(trigger().await.unwrap(), JobOperationStart::Done(Some(job())));
    for _ in 0..2 {
        let error = trigger().await.unwrap_err();
        assert!(matches!(&error, WriteError::Lost { error: ArmError::Unreadable { .. } }), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_is_no_validation_and_no_range_of_time() {
    let pages = || ScriptedTransport::new((0..5).map(|_| answer(200, "<html>sign in</html>")).collect());
    let (request, deadline) = (request(), deadline(600));
    let error = service(&pages()).validate_for_restore(&instance(), &request, &deadline).await.unwrap_err();
    assert!(matches!(error, ArmError::Unreadable { .. }), "{error:?}");
    let bare = ScriptedTransport::new((0..5).map(|_| answer(200, json!({"properties": 7}))).collect());
    let (store, now) = (DataStore::OperationalStore, datetime!(2026-01-01 0:00 UTC));
    let error = service(&bare).restorable_time_ranges(&instance(), store, now, now, &deadline).await.unwrap_err();
    assert!(matches!(error, ArmError::Unreadable { .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_job_list_with_an_element_that_names_no_job_is_no_list() {
    let transport = ScriptedTransport::new(vec![answer(200, json!({"value": [{"name": "a"}, {"properties": {}}]}))]);
    let error = service(&transport).jobs(&vault(), &|_| true, &deadline(60)).await.unwrap_err();
    assert!(matches!(error, ArmError::Unreadable { .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn an_operation_names_its_job_in_any_form() {
    for job_id in [
        "/subscriptions/s/resourcegroups/g/providers/Microsoft.DataProtection/BackupVaults/v/backupJobs/c4bd49a1",
        "C4BD49A1",
    ] {
        let transport = ScriptedTransport::new(vec![answer(200, succeeded(job_id))]);
        assert_eq!(poll_operation(&transport).await.unwrap(), PollResult::Ready(Ok(Some(job()))));
        assert_eq!(transport.lines(), [format!("GET {STATUS}")]);
    }
    let transport = ScriptedTransport::new(vec![answer(200, json!({"status": "Succeeded"}))]);
    assert_eq!(poll_operation(&transport).await.unwrap(), PollResult::Ready(Ok(None)));
}

#[tokio::test(start_paused = true)]
async fn a_failed_validation_is_a_200_with_the_advice_below() {
    let transport = ScriptedTransport::new(vec![
        answer(200, json!({"status": "Inprogress", "endTime": "0001-01-01T00:00:00Z"})),
        answer(
            200,
            json!({"status": "Failed", "error": {"code": "C", "message": "m", "additionalInfo": [
            {"type": "UserFacingError", "info": {"code": "C", "message": "m", "recommendedAction": ["do"]}}]}}),
        ),
    ]);
    assert!(
        matches!(poll_operation(&transport).await.unwrap(), PollResult::Pending { note, .. } if note == "Inprogress")
    );
    let PollResult::Ready(Err(error)) = poll_operation(&transport).await.unwrap() else { panic!() };
    assert_eq!(error.all_recommended_actions(), ["do"]);
}

#[tokio::test(start_paused = true)]
async fn a_status_that_may_not_be_read_is_read_through_the_vault() {
    for status in [403, 404, 410] {
        let transport = ScriptedTransport::new(vec![answer(status, ""), answer(200, succeeded("c4bd49a1"))]);
        assert_eq!(poll_operation(&transport).await.unwrap(), PollResult::Ready(Ok(Some(job()))));
        assert_eq!(transport.lines()[1], format!("GET {HOST}{VAULT}/operationStatus/Zm9v==?api-version=2026-06-01"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_url_of_a_foreign_host_is_never_asked_and_the_vault_is() {
    let url = AsyncUrl::new(Url::parse("https://evil.example/operationStatus/Zm9v==?s=S").unwrap());
    let transport = ScriptedTransport::new(vec![answer(200, succeeded("c4bd49a1"))]);
    let accepted = AcceptedOperation { status_url: Some(url), ..AcceptedOperation::default() };
    let seen = service(&transport).operation(&vault(), &accepted, &deadline(60)).await.unwrap();
    assert_eq!(seen, PollResult::Ready(Ok(Some(job()))));
}

#[tokio::test(start_paused = true)]
async fn a_regional_host_that_cannot_be_reached_is_left_for_the_vault_after_two_minutes() {
    let mut script: Vec<Step> = (0..8).map(|_| Step::NotSent).collect();
    script.push(answer(200, succeeded("c4bd49a1")));
    let transport = ScriptedTransport::new(script);
    let seen = service(&transport).operation(&vault(), &accepted(), &deadline(36_000)).await.unwrap();
    assert_eq!(seen, PollResult::Ready(Ok(Some(job()))));
    assert_eq!(transport.seconds()[8], 120.0);
}

#[tokio::test(start_paused = true)]
async fn a_poll_of_an_operation_ends_at_the_deadline() {
    let transport = ScriptedTransport::new((0..7).map(|_| answer(503, "")).collect());
    let error = service(&transport).operation(&vault(), &accepted(), &deadline(80)).await.unwrap_err();
    assert_eq!(error.interrupted(), Some(Interrupted::TimedOut));
}

#[tokio::test(start_paused = true)]
async fn a_garbled_status_is_read_again() {
    let transport = ScriptedTransport::new(vec![answer(200, "{\"status\":"), answer(200, succeeded("c4bd49a1"))]);
    assert_eq!(poll_operation(&transport).await.unwrap(), PollResult::Ready(Ok(Some(job()))));
}

#[tokio::test(start_paused = true)]
async fn the_result_url_is_the_last_resort() {
    let gone = || vec![answer(404, ""), answer(404, "")];
    let with = |last: Step| {
        let mut script = gone();
        script.push(last);
        ScriptedTransport::new(script)
    };
    let transport = with(with_headers(202, &[("retry-after", "30")], ""));
    let running = PollResult::Pending { note: "Accepted".to_owned(), retry_after: Some(Duration::from_secs(30)) };
    assert_eq!(poll_operation(&transport).await.unwrap(), running);
    assert_eq!(transport.lines()[2], format!("GET {RESULT}"));
    // Finished, though it carries the headers of an acceptance
    // (docs/reference/azure-data-protection.md#validation-and-trigger).
    let headers = [("azure-asyncoperation", STATUS), ("retry-after", "30")];
    let transport = with(with_headers(200, &headers, json!({"jobId": "c4bd49a1"})));
    assert_eq!(poll_operation(&transport).await.unwrap(), PollResult::Ready(Ok(Some(job()))));
    let transport = with(answer(204, ""));
    assert_eq!(poll_operation(&transport).await.unwrap(), PollResult::Ready(Ok(None)));
    let transport = with(answer(400, json!({"error": {"code": "C", "message": "m"}})));
    assert_eq!(poll_operation(&transport).await.unwrap(), PollResult::Ready(Err(Box::new(AzureError::new("C", "m")))));
}

#[tokio::test(start_paused = true)]
async fn if_no_url_can_be_read_the_first_error_is_reported() {
    let transport = ScriptedTransport::new(vec![answer(403, ""), answer(404, ""), answer(404, "")]);
    assert_eq!(poll_operation(&transport).await.unwrap_err().status(), Some(403));
    let transport = ScriptedTransport::new(vec![answer(403, ""), answer(404, "")]);
    let accepted = AcceptedOperation { result_url: None, ..accepted() };
    let error = service(&transport).operation(&vault(), &accepted, &deadline(60)).await.unwrap_err();
    assert_eq!(error.status(), Some(403));
    let nothing = ScriptedTransport::new(vec![]);
    let error = service(&nothing).operation(&vault(), &AcceptedOperation::default(), &deadline(60)).await.unwrap_err();
    assert!(matches!(error, ArmError::Unreadable { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_400_of_the_status_url_is_no_failure_of_the_operation() {
    let transport = ScriptedTransport::new(vec![answer(400, "")]);
    assert_eq!(poll_operation(&transport).await.unwrap_err().status(), Some(400));
}

#[tokio::test(start_paused = true)]
async fn the_first_read_of_a_job_may_meet_a_500_and_an_almost_empty_body() {
    let transport = ScriptedTransport::new(vec![
        answer(500, json!({"error": {"code": "RestApiInternalError"}})),
        answer(200, "{}"),
    ]);
    let seen = service(&transport).job(&job(), &deadline(60)).await.unwrap();
    assert_eq!((seen.id, seen.status.is_ended()), (job(), false));
    assert_eq!(transport.lines()[1], format!("GET {HOST}{VAULT}/backupJobs/c4bd49a1?api-version=2026-06-01"));
}

#[tokio::test(start_paused = true)]
async fn jobs_are_listed_without_filter_over_every_page() {
    let next = format!("{HOST}{VAULT}/backupJobs?api-version=2026-06-01&$skipToken=x");
    let transport = ScriptedTransport::new(vec![
        answer(200, json!({"value": [{"name": "a", "properties": {"status": "Completed"}}], "nextLink": next})),
        answer(200, json!({"value": [{"id": format!("{VAULT}/backupJobs/b"), "properties": null}]})),
    ]);
    let jobs = service(&transport).jobs(&vault(), &|_| true, &deadline(60)).await.unwrap();
    assert_eq!(jobs.requests, 2);
    assert_eq!(jobs.elements.iter().map(|job| job.id.name()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(transport.lines()[0], format!("GET {HOST}{VAULT}/backupJobs?api-version=2026-06-01"));
}

#[tokio::test(start_paused = true)]
async fn a_point_or_an_instance_that_cannot_be_read_is_an_error_and_not_passed_over() {
    let reason = |error: ArmError| match error {
        ArmError::Unreadable { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    let transport =
        || ScriptedTransport::new(vec![answer(200, json!({"value": [{"name": "old"}, {"properties": {}}]}))]);
    let points = service(&transport()).recovery_points(&instance(), None, None, &deadline(60)).await;
    assert!(reason(points.unwrap_err()).contains("recovery point"));
    let instances = service(&transport()).backup_instances(&vault(), &deadline(60)).await;
    assert!(reason(instances.unwrap_err()).contains("backup instance"));
}

#[tokio::test(start_paused = true)]
async fn points_are_bounded_by_azures_own_kind_of_filter() {
    let transport = ScriptedTransport::new((0..3).map(|_| answer(200, json!({"value": [{"name": "p"}]}))).collect());
    let service = service(&transport);
    let (from, to) = (datetime!(2026-01-01 0:00 UTC), datetime!(2026-02-01 0:00 UTC));
    service.recovery_points(&instance(), None, None, &deadline(60)).await.unwrap();
    service.recovery_points(&instance(), None, Some(to), &deadline(60)).await.unwrap();
    service.recovery_points(&instance(), Some(from), Some(to), &deadline(60)).await.unwrap();
    let base = format!("GET {HOST}{VAULT}/backupInstances/i/recoveryPoints?api-version=2026-06-01");
    assert_eq!(
        transport.lines(),
        [
            base.clone(),
            format!("{base}&$filter=endDate%20eq%20%272026-02-01T00:00:00.0000000Z%27"),
            format!(
                "{base}&$filter=startDate%20eq%20%272026-01-01T00:00:00.0000000Z%27%20and%20endDate%20eq%20%272026-02-01T00:00:00.0000000Z%27"
            ),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_point_whose_name_leads_elsewhere_is_never_asked_for() {
    let nothing = ScriptedTransport::new(vec![]);
    for name in ["..", "a/b", "", "a?b", "p/extra/x"] {
        let error = service(&nothing).recovery_point(&instance(), name, &deadline(60)).await.unwrap_err();
        assert!(error.to_string().contains("no name of a recovery point"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn single_things_are_read_by_their_ids() {
    let transport = ScriptedTransport::new(vec![
        answer(200, json!({"location": "westeurope"})),
        answer(200, json!({"properties": {"friendlyName": "f"}})),
        answer(200, json!({"value": [{"name": "i"}]})),
        answer(200, json!({"properties": {"recoveryPointId": "p"}})),
        answer(
            200,
            json!({"properties": {"restorableTimeRanges": [{"startTime": "2026-01-01T00:00:00Z", "endTime": "2026-01-02T00:00:00Z"}]}}),
        ),
    ]);
    let (service, deadline) = (service(&transport), deadline(60));
    assert_eq!(service.backup_vault(&vault(), &deadline).await.unwrap().location, Some(Location::new("West Europe")));
    assert_eq!(service.backup_instance(&instance(), &deadline).await.unwrap().friendly_name.as_deref(), Some("f"));
    assert_eq!(service.backup_instances(&vault(), &deadline).await.unwrap()[0].id, instance());
    assert_eq!(service.recovery_point(&instance(), "p", &deadline).await.unwrap().recovery_point_id, "p");
    let (start, end) = (datetime!(2026-01-01 0:00 UTC), datetime!(2026-02-01 0:00 UTC));
    let ranges =
        service.restorable_time_ranges(&instance(), DataStore::OperationalStore, start, end, &deadline).await.unwrap();
    assert_eq!(ranges[0].start, start);
    let paths = [
        "",
        "/backupInstances/i",
        "/backupInstances",
        "/backupInstances/i/recoveryPoints/p",
        "/backupInstances/i/findRestorableTimeRanges",
    ];
    for (line, path) in transport.lines().iter().zip(paths) {
        assert!(line.ends_with(&format!(" {HOST}{VAULT}{path}?api-version=2026-06-01")), "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_can_be_made_from_a_task_of_its_own() {
    fn is_send<T: Send>(_: &T) {}
    let (service, deadline) = (service(&ScriptedTransport::new(vec![])), deadline(60));
    let (accepted, request) = (accepted(), request());
    let (vault, instance, job) = (vault(), instance(), job());
    is_send(&service.jobs(&vault, &|_| true, &deadline));
    is_send(&service.job(&job, &deadline));
    is_send(&service.operation(&vault, &accepted, &deadline));
    is_send(&service.validate_for_restore(&instance, &request, &deadline));
    is_send(&service.trigger_restore(&instance, &request, Uuid::nil(), &deadline, WAIT));
    is_send(&crate::azure::poll::poll_until_done(
        &deadline,
        crate::azure::poll::PollSchedule::default(),
        service.client().random(),
        Duration::ZERO,
        || service.operation(&vault, &accepted, &deadline),
    ));
}

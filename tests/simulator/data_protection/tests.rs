//! The service as a client meets it: what is accepted, what is refused, what is shown.

mod backups;
mod cross_region;
mod vault_features;
mod workloads;

use serde_json::{Value, json};
use time::macros::datetime;

use super::super::client::{
    REQUEST_ID, SimulatorClient, VERSION, account, archive, operational, scenario, shop, target, vault, vaulted,
};
use super::super::message::Request;
use super::super::paging::Paging;
use super::super::script::{ActivityId, Ending, JobScript, JobView, OperationScript, Warning};
use super::super::{ForeignRestore, Order, RestoreRefusal, ServiceError};

const POINT: &str = "2026-11-19T08:00:00.0000000Z";

fn client() -> SimulatorClient {
    SimulatorClient::of(scenario())
}

fn code(reply: &super::Reply) -> (u16, String) {
    (reply.status, reply.value()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_trigger_is_accepted_with_two_signed_urls_and_nothing_else() {
    let reply = client().post(&format!("{}/restore", shop()), &operational(POINT));
    assert_eq!((reply.status, reply.body.len()), (202, 0));
    assert_eq!(reply.headers.get("Retry-After"), Some("30"));
    let status = reply.headers.get("Azure-AsyncOperation").unwrap();
    let result = reply.headers.get("Location").unwrap();
    assert!(status.contains("/backupVaults/vault1/operationStatus/"), "{status}");
    assert!(result.contains("/locations/westeurope/operationResults/"), "{result}");
    assert!(status.contains("==?api-version=2026-06-01&t=") && status.len() > 3_000);
}

#[test]
fn an_operation_says_inprogress_with_an_end_in_the_year_one_and_then_names_the_job_in_other_casing() {
    let client = client();
    let accepted = client.post(&format!("{}/restore", shop()), &operational(POINT));
    let url = accepted.headers.get("azure-asyncoperation").unwrap();
    let running = client.get_url(url).value();
    assert_eq!((&running["status"], &running["endTime"]), (&json!("Inprogress"), &json!("0001-01-01T00:00:00Z")));
    let done = client.get_url(url).value();
    assert_eq!(done["status"], "Succeeded");
    assert_eq!(done["endTime"], "2026-11-20T08:00:00Z");
    let job = done["properties"]["jobId"].as_str().unwrap();
    assert!(job.contains("/resourcegroups/") && job.contains("/BackupVaults/vault1/backupJobs/"), "{job}");
    let own = client.get(job).value()["id"].as_str().unwrap().to_owned();
    assert!(own.contains("/resourceGroups/") && own.eq_ignore_ascii_case(job));
}

#[test]
fn a_signed_query_must_come_back_byte_by_byte() {
    let client = client();
    let accepted = client.post(&format!("{}/restore", shop()), &operational(POINT));
    let url = accepted.headers.get("azure-asyncoperation").unwrap();
    let reordered = url.replacen("?api-version=2026-06-01&", "?", 1) + "&api-version=2026-06-01";
    assert_eq!(client.get_url(&reordered).status, 403);
    let of_result = accepted.headers.get("location").unwrap();
    let other_signature = of_result.split_once('?').unwrap().1;
    assert_eq!(client.get_url(&format!("{}?{other_signature}", url.split_once('?').unwrap().0)).status, 403);
    assert_eq!(client.get_url(&url.replacen("==?", "%3D%3D?", 1)).status, 404);
    assert_eq!(client.get_url(url).status, 200);
}

#[test]
fn a_result_is_202_while_it_runs_and_at_the_end_looks_as_if_it_went_on() {
    let client = client();
    let accepted = client.post(&format!("{}/restore", shop()), &operational(POINT));
    let running = client.get_url(accepted.headers.get("location").unwrap());
    assert_eq!((running.status, running.body.len()), (202, 0));
    let done = client.get_url(running.headers.get("location").unwrap());
    assert_eq!((done.status, done.headers.get("retry-after")), (200, Some("30")));
    assert!(done.value()["jobId"].as_str().unwrap().contains("/backupJobs/"));
    let status = done.headers.get("azure-asyncoperation").unwrap();
    assert!(status.contains("/locations/westeurope/operationStatus/"));
    assert_eq!(client.get_url(status).value()["status"], "Succeeded");
}

#[test]
fn a_valid_validation_has_no_job_and_no_properties() {
    let client = client();
    let accepted =
        client.post(&format!("{}/validateRestore", shop()), &json!({"restoreRequestObject": operational(POINT)}));
    assert_eq!(accepted.headers.get("retry-after"), Some("10"));
    let done = client.follow(&accepted);
    assert_eq!((&done["status"], &done["properties"]), (&json!("Succeeded"), &Value::Null));
    assert!(client.simulator.jobs().is_empty());
    let result = client.get_url(accepted.headers.get("location").unwrap()).value();
    assert_eq!(result, json!({"objectType": "OperationJobExtendedInfo"}));
}

#[test]
fn a_failed_validation_is_a_200_with_the_advice_three_levels_down() {
    let client = client();
    client.simulator.change(|world| world.instance_named("shop-instance").unwrap().validations_without_role = 1);
    let body = json!({"restoreRequestObject": operational(POINT)});
    let failed = client.follow(&client.post(&format!("{}/validateRestore", shop()), &body));
    assert_eq!(failed["status"], "Failed");
    let info = &failed["error"]["additionalInfo"][0]["info"];
    assert!(info["recommendedAction"][0].as_str().unwrap().contains("Storage Account Backup Contributor"));
    assert_eq!((&info["isUserError"], &info["target"]), (&json!(false), &json!("")));
    assert_eq!(info["properties"]["ActivityId"], REQUEST_ID);
    assert_eq!(info["innerError"]["code"], "AuthorizationFailed");
    assert_eq!(client.validation_error(&shop(), &operational(POINT)), "", "the grant has spread by now");
}

#[test]
fn a_job_shows_nothing_moving_and_then_everything_at_once() {
    let client = client();
    client.simulator.next_restore(JobScript::running(2).then(Ending::Completed));
    let job = client.restore(&shop(), &operational(POINT));
    let (first, second) = (client.get(&job).value(), client.get(&job).value());
    assert_eq!(first, second);
    let running = &first["properties"];
    assert_eq!(running["activityID"], REQUEST_ID);
    assert_eq!((&running["status"], &running["duration"]), (&json!("InProgress"), &json!("PT0S")));
    assert_eq!((&running["endTime"], &running["supportedActions"]), (&Value::Null, &json!([""])));
    // As recorded: where it goes to is told at the end, and the region never.
    let told = [&running["restoreType"], &running["isCrossRegionRestore"], &running["dataSourceSetName"]];
    assert_eq!(told, [&Value::Null, &Value::Null, &Value::Null]);
    let point = &running["extendedInfo"]["sourceRecoverPoint"];
    assert_eq!(point, &json!({"recoveryPointID": null, "recoveryPointTime": POINT}));
    let done = client.get(&job).value();
    assert_eq!(done["properties"]["status"], "Completed");
    assert_eq!(
        (&done["properties"]["restoreType"], &done["properties"]["isCrossRegionRestore"]),
        (&json!("OLR"), &Value::Null)
    );
    assert_ne!(done["properties"]["etag"], running["etag"]);
    let task = &done["properties"]["extendedInfo"]["subTasks"][0];
    assert_eq!(task["additionalDetails"]["DataTransferredInBytes"], "69827");
}

#[test]
fn a_failed_job_says_why_and_one_with_warnings_lists_them() {
    let client = client();
    client.simulator.next_restore(JobScript::ended(Ending::failed("UserErrorX", "it broke", "mend it")));
    let failed = client.get(&client.restore(&shop(), &operational(POINT))).value();
    let error = &failed["properties"]["errorDetails"][0];
    assert_eq!((&error["code"], &error["recommendedAction"][0]), (&json!("UserErrorX"), &json!("mend it")));
    let warning = Warning { resource_name: "orders".into(), warning: ServiceError::new("W", "left out") };
    client.simulator.next_restore(JobScript::ended(Ending::CompletedWithWarnings(vec![warning])));
    let warned = client.get(&client.restore(&shop(), &operational(POINT))).value();
    assert_eq!(warned["properties"]["status"], "CompletedWithWarnings");
    assert_eq!(warned["properties"]["extendedInfo"]["warningDetails"][0]["resourceName"], "orders");
}

#[test]
fn a_job_may_be_bare_or_broken_at_first_and_gone_at_last() {
    let client = client();
    let script =
        JobScript::ended(Ending::Completed).then_gone(1).first(JobView::Bare, 1).first(JobView::ServerError, 1);
    client.simulator.next_restore(script);
    let job = client.restore(&shop(), &operational(POINT));
    assert_eq!(code(&client.get(&job)), (500, "RestApiInternalError".into()));
    assert_eq!(client.get(&job).value()["properties"]["extendedInfo"], Value::Null);
    assert_eq!(client.get(&job).value()["properties"]["status"], "Completed");
    assert_eq!(client.get(&job).status, 404);
}

#[test]
fn the_activity_id_may_come_back_other_than_it_was_sent() {
    let client = client();
    client.simulator.next_restore(JobScript::ended(Ending::Completed).activity_id(ActivityId::Suffixed("-Ibz".into())));
    let job = client.restore(&shop(), &operational(POINT));
    assert_eq!(client.get(&job).value()["properties"]["activityID"], format!("{REQUEST_ID}-Ibz"));
}

#[test]
fn jobs_are_listed_in_no_useful_order_and_page_by_page() {
    let client = SimulatorClient::of(scenario().pages_of(2));
    for _ in 0..5 {
        client.simulator.next_restore(JobScript::ended(Ending::Completed));
        client.restore(&shop(), &operational(POINT));
    }
    let mut page = client.get(&format!("{}/backupJobs", vault())).value();
    let mut listed = Vec::new();
    loop {
        assert!(page["value"].as_array().unwrap().len() <= 2);
        listed.extend(page["value"].as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["nextLink"].as_str() else { break };
        page = client.get_url(next).value();
    }
    let started: Vec<String> = client.simulator.jobs().into_iter().map(|job| job.id).collect();
    assert_ne!(listed, started);
    assert_eq!(listed.len(), 5);
}

#[test]
fn a_first_page_may_be_empty() {
    let client =
        SimulatorClient::of(scenario().paging(Paging { begins_with_an_empty_page: true, ..Paging::default() }));
    let page = client.get(&format!("{}/recoveryPoints", archive())).value();
    assert_eq!(page["value"], json!([]));
    let rest = client.get_url(page["nextLink"].as_str().unwrap()).value();
    let names: Vec<&str> = rest["value"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["aa02", "aa01", "aa03"]);
}

#[test]
fn the_point_must_lie_in_a_range() {
    let client = client();
    let refused = "UserErrorInvalidRecoveryPointInTime";
    assert_eq!(client.validation_error(&shop(), &operational("2026-11-09T23:59:59.0000000Z")), refused);
    assert_eq!(client.validation_error(&shop(), &operational("yesterday")), refused);
    assert_eq!(client.validation_error(&shop(), &operational("2026-11-10T00:00:00.0000000Z")), "");
    let reply = client.post(&format!("{}/restore", shop()), &operational("2026-12-01T00:00:00.0000000Z"));
    assert_eq!(code(&reply), (400, refused.into()));
}

#[test]
fn a_second_restore_onto_a_busy_account_is_refused_until_the_first_has_ended() {
    let client = client();
    client.simulator.next_restore(JobScript::held());
    let job = client.restore(&shop(), &operational(POINT));
    let refused = client.post(&format!("{}/restore", shop()), &operational(POINT));
    assert_eq!(code(&refused), (400, "UserErrorPitrRestoreInProgress".into()));
    assert!(client.simulator.release(&job));
    assert_eq!(client.post(&format!("{}/restore", shop()), &operational(POINT)).status, 202);
    assert_eq!(client.simulator.journal().accepted_restores().len(), 2);
}

#[test]
fn ranges_must_be_in_order_few_and_of_containers_that_are_there() {
    let client = client();
    let with = |ranges: &[(&str, &str)]| {
        let mut order = operational(POINT);
        order["restoreTargetInfo"]["objectType"] = json!("ItemLevelRestoreTargetInfo");
        order["restoreTargetInfo"]["restoreCriteria"] = ranges
            .iter()
            .map(|(from, to)| {
                let kind = "RangeBasedItemLevelRestoreCriteria";
                json!({"objectType": kind, "minMatchingValue": from, "maxMatchingValue": to})
            })
            .collect();
        client.validation_error(&shop(), &order)
    };
    assert_eq!(with(&[("orders", "orders-0"), ("logs/a", "logs/b")]), "");
    assert_eq!(with(&[("orders/b", "orders/a")]), "UserErrorInvalidRestorePrefixRange");
    assert_eq!(with(&[("gone", "gone-0")]), "UserErrorContainerNotFoundForPointInTimeRestore");
    assert_eq!(with(&[]), "UserErrorNoContainersSelectedForOperation");
    assert_eq!(with(&[("logs/a", "logs/b"); 11]), "UserErrorTooManyRestoreCriteriaGivenForBlobRestore");
}

#[test]
fn a_vaulted_restore_needs_a_living_point_and_another_account() {
    let client = client();
    let containers = [("contracts", None)];
    let error = |order: &Value| client.validation_error(&archive(), order);
    assert_eq!(error(&vaulted("aa01", &containers)), "");
    assert_eq!(error(&vaulted("bb99", &containers)), "UserErrorRestorePointNotFound");
    assert_eq!(error(&vaulted("aa03", &containers)), "UserErrorArchivedRecoveryPointsRequestedForRestore");
    assert_eq!(error(&vaulted("aa01", &[("nowhere", None)])), "UserErrorIncorrectContainersSelectedForOperation");
    let mut order = vaulted("aa01", &containers);
    order["restoreTargetInfo"]["datasourceInfo"]["resourceID"] = json!(target().id().replace("restored", "archive"));
    assert_eq!(error(&order), "UserErrorOriginalLocationRestoreNotSupported");
    order["restoreTargetInfo"]["datasourceInfo"]["resourceID"] = json!(target().id().replace("restored", "gone"));
    assert_eq!(error(&order), "UserErrorAzureResourceNotFoundByPlugin");
    client.simulator.change(|world| {
        let instance = world.instance_named("archive-instance").unwrap();
        instance.recovery_points.iter_mut().for_each(|point| point.expiry = Some(datetime!(2026-11-20 07:00 UTC)));
    });
    assert_eq!(error(&vaulted("aa01", &containers)), "UserErrorRestorePointNotFound");
}

#[test]
fn a_container_that_is_there_or_coming_refuses_another_of_its_name() {
    let client = client();
    let refused = "UserErrorTargetContainersExistOnAccount";
    assert_eq!(client.validation_error(&archive(), &vaulted("aa01", &[("scans", None)])), refused);
    client.simulator.next_restore(JobScript::held());
    let job = client.restore(&archive(), &vaulted("aa01", &[("scans", Some("scans-restored"))]));
    assert_eq!(client.validation_error(&archive(), &vaulted("aa01", &[("scans", Some("scans-restored"))])), refused);
    client.simulator.finish(&job, Ending::Completed);
    let there = client.simulator.change(|world| world.storage_account(&target().id()).unwrap().containers.clone());
    assert!(there.contains("scans-restored"));
    let order = vaulted("aa01", &[("scans", Some("scans-restored"))]);
    assert_eq!(client.validation_error(&archive(), &order), refused);
}

#[test]
fn a_failed_vaulted_restore_leaves_nothing_behind() {
    let client = client();
    client.simulator.next_restore(JobScript::ended(Ending::Cancelled));
    client.restore(&archive(), &vaulted("aa01", &[("contracts", None)]));
    assert_eq!(client.validation_error(&archive(), &vaulted("aa01", &[("contracts", None)])), "");
}

#[test]
fn wrong_bodies_are_refused_without_a_word_of_why_and_the_journal_knows() {
    let client = client();
    let mut order = operational(POINT);
    order["recoveryPointId"] = json!("x");
    let reply = client.post(&format!("{}/restore", shop()), &order);
    assert_eq!(code(&reply), (400, "BMSUserErrorInvalidInput".into()));
    assert!(!reply.value().to_string().contains("recoveryPointId"));
    assert!(client.simulator.journal().text().contains("body.recoveryPointId is not known"));
}

#[test]
fn the_wrong_account_or_store_is_invalid_input() {
    let client = client();
    let mut order = operational(POINT);
    order["restoreTargetInfo"]["datasourceInfo"]["resourceID"] = json!(shop());
    assert_eq!(client.validation_error(&shop(), &order), "BMSUserErrorInvalidInput");
    let mut order = operational(POINT);
    order["sourceDataStoreType"] = json!("VaultStore");
    assert_eq!(client.validation_error(&shop(), &order), "BMSUserErrorInvalidInput");
}

#[test]
fn a_refusal_may_come_by_the_operation() {
    let client = SimulatorClient::of(scenario().refuses(RestoreRefusal::InOperation));
    let accepted = client.post(&format!("{}/restore", archive()), &vaulted("bb99", &[("scans", None)]));
    assert_eq!(accepted.status, 202);
    assert_eq!(client.follow(&accepted)["error"]["code"], "UserErrorRestorePointNotFound");
    assert!(client.simulator.jobs().is_empty() && client.simulator.journal().accepted_restores().is_empty());
}

#[test]
fn an_operation_may_fail_or_get_lost() {
    let client = client();
    client.simulator.next_restore_operation(OperationScript::fails(ServiceError::new("CloudInternalError", "no")));
    let accepted = client.post(&format!("{}/restore", shop()), &operational(POINT));
    assert_eq!(client.follow(&accepted)["error"]["code"], "CloudInternalError");
    assert!(client.simulator.jobs().is_empty());
    client.simulator.next_restore_operation(OperationScript::is_lost());
    let accepted = client.post(&format!("{}/restore", shop()), &operational(POINT));
    let url = accepted.headers.get("azure-asyncoperation").unwrap();
    assert_eq!([client.get_url(url).status, client.get_url(url).status], [200, 404]);
    assert_eq!(client.simulator.jobs().len(), 1);
}

#[test]
fn somebody_elses_restore_is_a_job_and_no_trigger_of_ours() {
    let client = client();
    let order = Order::in_place(&account().id(), "2026-11-19T08:00:00.0000000Z");
    let foreign = ForeignRestore {
        instance: "shop-instance".into(),
        activity_id: "theirs".into(),
        order,
        script: JobScript::running(1).then(Ending::Completed).moved_by_lists(),
        started_ago: time::Duration::minutes(1),
    };
    assert!(client.simulator.add_foreign_restore(foreign).is_some());
    let refused = client.post(&format!("{}/restore", shop()), &operational(POINT));
    assert_eq!(code(&refused).1, "UserErrorPitrRestoreInProgress");
    let listed = client.get(&format!("{}/backupJobs", vault())).value();
    assert_eq!(listed["value"][0]["properties"]["activityID"], "theirs");
    assert_eq!(client.post(&format!("{}/restore", shop()), &operational(POINT)).status, 202);
    assert_eq!(client.simulator.journal().accepted_restores().len(), 1);
}

#[test]
fn ranges_are_found_at_once_and_named_by_the_bare_instance() {
    let client = client();
    let body = json!({"sourceDataStoreType": "OperationalStore"});
    let found = client.post(&format!("{}/findRestorableTimeRanges", shop()), &body).value();
    assert_eq!(found["id"], "shop-instance");
    let range = &found["properties"]["restorableTimeRanges"][0];
    assert_eq!(range["startTime"], "2026-11-10T00:00:00.0000000Z");
    let only_end = json!({"sourceDataStoreType": "OperationalStore", "endTime": POINT});
    let reply = client.post(&format!("{}/findRestorableTimeRanges", shop()), &only_end);
    assert_eq!((code(&reply), reply.headers.get("connection")), ((500, "CloudInternalError".into()), Some("close")));
}

#[test]
fn names_are_found_without_regard_to_case_and_versions_are_not() {
    let client = client();
    assert_eq!(client.get(&shop().to_uppercase()).value()["name"], "shop-instance");
    assert_eq!(client.get(&vault()).value()["location"], "westeurope");
    let old = client.send(Request::new("GET", format!("{}?api-version=2021-01-01", shop())));
    assert_eq!(code(&old), (400, "InvalidApiVersionParameter".into()));
    let newest = client.send(Request::new("GET", format!("{}?api-version=2026-07-01", shop())));
    assert_eq!((newest.status, &newest.value()["name"]), (200, &json!("shop-instance")));
    assert_eq!(code(&client.send(Request::new("GET", shop()))), (400, "MissingApiVersionParameter".into()));
}

#[test]
fn what_does_not_exist_is_told_by_its_kind() {
    let client = client();
    let other = |from: &str, to: &str| code(&client.get(&shop().replace(from, to))).1;
    assert_eq!(other("shop-instance", "nobody"), "ResourceNotFound");
    assert_eq!(other("vault1", "vault2"), "ResourceNotFound");
    assert_eq!(other("rg-rehearsal", "rg-none"), "ResourceGroupNotFound");
    assert_eq!(other("5ea1ab1e", "00000000"), "SubscriptionNotFound");
}

#[test]
fn what_is_not_modelled_is_answered_501_and_marked() {
    let client = client();
    let reply = client.send(Request::new("DELETE", format!("{}?api-version={VERSION}", shop())));
    assert_eq!(code(&reply), (501, "SimulatorNotModelled".into()));
    let mut order = vaulted("aa01", &[("scans", None)]);
    order["restoreTargetInfo"]["restoreCriteria"][0] = json!({"objectType": "KubernetesPVRestoreCriteria"});
    assert_eq!(client.post(&format!("{}/restore", archive()), &order).status, 501);
    assert_eq!(client.get("/providers/Microsoft.Batch/things").status, 501);
    assert_eq!(client.simulator.journal().unmodelled().len(), 3);
}

#[test]
fn a_job_of_yesterday_has_yesterdays_times() {
    let client = client();
    let foreign = ForeignRestore {
        instance: "shop-instance".into(),
        activity_id: "theirs".into(),
        order: Order::in_place(&account().id(), "2026-11-19T08:00:00.0000000Z"),
        script: JobScript::ended(Ending::Completed),
        started_ago: time::Duration::days(1),
    };
    let job = client.simulator.add_foreign_restore(foreign).unwrap();
    let properties = client.get(&job).value()["properties"].take();
    assert_eq!(properties["startTime"], "2026-11-19T08:00:00.0000000Z");
    assert_eq!(
        (&properties["endTime"], &properties["duration"]),
        (&json!("2026-11-19T08:02:00.0000000Z"), &json!("PT2M0S"))
    );
}

#[test]
fn urls_of_operations_may_name_another_host() {
    let client = client();
    client.simulator.set_operation_endpoint("https://westeurope.management.azure.com");
    let accepted = client.post(&format!("{}/restore", shop()), &operational(POINT));
    for name in ["azure-asyncoperation", "location"] {
        assert!(accepted.headers.get(name).unwrap().starts_with("https://westeurope.management.azure.com/"));
    }
}

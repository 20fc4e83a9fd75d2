//! The service over a scripted transport: what it reads of a vault, what it makes of that, and whom it blames.

use std::sync::Arc;

use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::azure::recovery_services::{CopyOptions, FileShareRestoreRequest, RecoveryServicesJob};
use crate::azure::scripted::{NOW, ScriptedTransport, StandingClock, Step, answer, client, deadline};
use crate::restore::activity::Activity;
use crate::restore::jobs::JobReader;
use crate::restore::point::PointChoice;
use crate::restore::record::{RestoreRecord, RestoreStatus};
use crate::restore::workload::ROLE_ON_VAULT;

const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";
const ACCOUNT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/shop";
const ORDERS: &str = "AzureFileShare;orders";
const REQUEST: &str = "68021d41-56aa-8157-9a35-79a517cec22a";

fn item(name: &str) -> ProtectedItemId {
    let container = "backupFabrics/Azure/protectionContainers/StorageContainer;Storage;g;shop";
    ProtectedItemId::parse(&format!("{VAULT}/{container}/protectedItems/{name}")).unwrap()
}

fn point_selector(which: PointCriterion) -> ItemSelection {
    let choice = PointChoice { which, max_age: None };
    let archived = ArchivedPoints::NotRestorable;
    ItemSelection::Point(ItemPointSelector { choice, allow_unhealthy: false, needs: None, archived })
}

/// A restore of the newest point.
fn service(script: Vec<Step>, secondary: Option<&str>) -> (RecoveryServicesRestore, Arc<ScriptedTransport>) {
    let transport = ScriptedTransport::new(script);
    let client = RecoveryServices::new(client(&transport));
    let copy = VaultCopy::new(&client, item(ORDERS).vault().clone(), secondary.map(Location::new).as_ref());
    let service = RecoveryServicesRestore {
        client,
        jobs: RecoveryServicesJobs::restores(copy, Arc::new(StandingClock), SkippedFiles::Expected),
        polling: OperationPolling::every_five_seconds(),
        item: item(ORDERS),
        item_argument: "protected_item_id".into(),
        selection: Some(point_selector(PointCriterion::Latest)),
        point_argument: "recovery_point".into(),
        instant_argument: "point_in_time".into(),
        names: WorkloadNames {
            things: "files",
            source: "file share",
            roles: &[],
            datasource_type: "AzureFileShare",
            caller_role: ROLE_ON_VAULT,
        },
        management_type: BackupManagementType::AzureStorage,
        item_resource: None,
        support: ItemSupport::default(),
        destination: None,
        original_destination: Box::new(|original| original.source.to_owned()),
        target_share: None,
        database_target: None,
        disks: None,
        identity: None,
        cancel_on_destroy: true,
        build: Box::new(|context| {
            let body = FileShareRestoreRequest::new(context.source.decoded(), CopyOptions::Skip);
            Ok(ItemRestoreRequest::FileShare(body))
        }),
        cache: ItemCache::default(),
    };
    (service, transport)
}

fn refusal(status: u16) -> Step {
    answer(status, json!({"error": {"code": "No", "message": "no"}}))
}

fn list(elements: &Value) -> Step {
    answer(200, json!({ "value": elements }))
}

fn read_item() -> Step {
    let properties = json!({"workloadType": "AzureFileShare", "friendlyName": "orders", "sourceResourceId": ACCOUNT});
    answer(200, json!({ "properties": properties }))
}

fn one_point() -> Step {
    list(&json!([{"name": "1", "properties": {"recoveryPointTime": "2026-11-19T00:00:00Z"}}]))
}

/// Of log backups: the one point that stands for them.
fn logs_until(end: &str) -> Step {
    let ranges = json!([{"startTime": "2026-11-01T00:00:00Z", "endTime": end}]);
    list(&json!([{"name": RANGES_OF_LOGS, "properties": {"timeRanges": ranges}}]))
}

/// Method and last segment of each request.
fn asked(transport: &ScriptedTransport) -> Vec<String> {
    let last = |line: String| {
        let path = line.split('?').next().unwrap_or_default().trim_end_matches('/');
        format!("{} {}", line.split(' ').next().unwrap_or_default(), path.rsplit('/').next().unwrap_or_default())
    };
    transport.lines().into_iter().map(last).collect()
}

fn job(status: &str) -> Step {
    answer(200, json!({"name": "j", "properties": {"status": status, "operation": "Restore", "activityId": REQUEST}}))
}

/// What a destroy comes to, and what it asks.
async fn destroyed(record: RestoreRecord, script: Vec<Step>) -> (Result<(), RestoreError>, Vec<String>) {
    let (service, transport) = service(script, None);
    let result = service.destruction().unwrap().destroy(&deadline(600), &record).await;
    (result, asked(&transport))
}

fn waits_for_job() -> RestoreRecord {
    RestoreRecord { job_name: Some("j".into()), ..RestoreRecord::new(RestoreStatus::InProgress) }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_runs_is_cancelled_and_its_end_waited_for() {
    let running = || job("InProgress");
    let ends = [job("Cancelled"), job("Completed"), refusal(404)];
    for end in ends {
        let script = vec![running(), answer(202, ""), running(), end];
        let (result, asked) = destroyed(waits_for_job(), script).await;
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(asked, ["GET j", "POST cancel", "GET j", "GET j"]);
    }
    // Nobody knows whether it was cancelled.
    let (result, _) = destroyed(waits_for_job(), vec![running(), answer(202, ""), refusal(403)]).await;
    assert!(result.is_err(), "{result:?}");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_over_or_gone_is_not_cancelled_and_one_that_cannot_be_read_is_an_error() {
    for (step, is_over) in
        [(job("Completed"), true), (job("Failed"), true), (refusal(404), true), (refusal(403), false)]
    {
        let (result, asked) = destroyed(waits_for_job(), vec![step]).await;
        assert_eq!((result.is_ok(), asked), (is_over, vec!["GET j".to_owned()]), "{result:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_to_cancel_counts_unless_the_job_has_ended_meanwhile() {
    for (now, has_ended) in [(job("Completed"), true), (refusal(404), true), (job("InProgress"), false)] {
        let (result, asked) = destroyed(waits_for_job(), vec![job("InProgress"), refusal(409), now]).await;
        assert_eq!(result.is_ok(), has_ended, "{result:?}");
        assert_eq!(asked, ["GET j", "POST cancel", "GET j"]);
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_job_that_may_run_and_is_not_known_is_searched_for() {
    // Nothing was begun.
    let (result, asked) = destroyed(RestoreRecord::new(RestoreStatus::NotAccepted), vec![]).await;
    assert!(result.is_ok() && asked.is_empty(), "{result:?} {asked:?}");
    // Its job is known, whether it has ended or not.
    let ended = RestoreRecord { job_name: Some("j".into()), ..RestoreRecord::new(RestoreStatus::Failed) };
    let (result, asked) = destroyed(ended, vec![job("Failed")]).await;
    assert!(result.is_ok() && asked == ["GET j"], "{result:?} {asked:?}");
    let sent = RestoreRecord {
        client_request_id: Some(REQUEST.into()),
        start_time: Some(NOW),
        ..RestoreRecord::new(RestoreStatus::Unknown)
    };
    let listed =
        json!([{"name": "j", "properties": {"status": "Completed", "operation": "Restore", "activityId": REQUEST}}]);
    let (result, asked) = destroyed(sent.clone(), vec![list(&listed), job("Completed")]).await;
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(asked, ["GET backupJobs", "GET j"]);
    let (result, _) = destroyed(sent, vec![list(&json!([]))]).await;
    let error = format!("{:?}", result.unwrap_err());
    assert!(error.contains("lists no job with request id") && error.contains(REQUEST), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_item_is_named_by_what_its_name_says_to_people() {
    let hash = "0123456789abcdefABCDEF".repeat(3)[..64].to_owned();
    let no_hash = "g".repeat(64);
    for (name, expected) in [
        (ORDERS.to_owned(), "files of file share \"orders\"".to_owned()),
        ("AzureFileShare;cafe".to_owned(), "files of file share \"cafe\"".to_owned()),
        (format!("AzureFileShare;{no_hash}"), format!("files of file share \"{no_hash}\"")),
        ("SQLDataBase;mssqlserver;shop;1".to_owned(), "files of file share \"shop;1\"".to_owned()),
        ("VM;iaasvmcontainerv2;g;machine".to_owned(), "files of file share \"machine\"".to_owned()),
        (
            format!("AzureFileShare;{hash}"),
            format!("files of the file share with the protected item \"AzureFileShare;{hash}\" in \"shop\""),
        ),
        ("orders".to_owned(), "files of the file share with the protected item \"orders\"".to_owned()),
    ] {
        let (mut service, _) = service(vec![], None);
        service.item = item(&name);
        assert_eq!(service.subject(&BTreeMap::new()), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn errors_of_a_restore_know_its_workload() {
    assert_eq!(service(vec![], None).0.workload().map(|names| names.datasource_type), Some("AzureFileShare"));
}

/// The name of the point that is chosen.
async fn resolved(mut service: RecoveryServicesRestore, which: PointCriterion) -> Result<Option<String>, RestoreError> {
    service.selection = Some(point_selector(which));
    Ok(service.resolve(&deadline(60), NOW).await?.recovery_point_id)
}

#[tokio::test(start_paused = true)]
async fn the_search_for_a_point_ends_with_the_first_window_that_has_one_and_the_vault_itself_is_not_read() {
    let (service, transport) = service(vec![read_item(), one_point(), list(&json!([]))], None);
    assert_eq!(resolved(service, PointCriterion::Latest).await.unwrap().as_deref(), Some("1"));
    assert_eq!(asked(&transport), [&format!("GET {ORDERS}"), "GET recoveryPoints", "GET backupResourceGuardProxies"]);
}

#[tokio::test(start_paused = true)]
async fn a_point_that_is_not_there_is_told_with_those_that_are_and_one_that_cannot_be_read_is_the_reason() {
    let named = || PointCriterion::Id("2".into());
    let a_year_of_nothing = (0..13).map(|_| list(&json!([])));
    let script = [read_item(), refusal(404), one_point()].into_iter().chain(a_year_of_nothing);
    let (absent, transport) = service(script.collect(), None);
    let error = format!("{:?}", resolved(absent, named()).await.unwrap_err());
    assert!(error.contains("There is no recovery point") && error.contains("  - 1, taken at"), "{error}");
    assert_eq!(asked(&transport)[1..3], ["GET 2", "GET recoveryPoints"]);
    let (forbidden, transport) = service(vec![read_item(), refusal(403)], None);
    let error = resolved(forbidden, named()).await.unwrap_err();
    assert!(error.azure().is_some_and(|error| error.code == "No"), "{error:?}");
    assert_eq!(asked(&transport)[1..], ["GET 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_the_caller_may_not_see_is_left_to_azure_and_any_other_refusal_is_an_error() {
    for (status, goes_on) in [(403, true), (404, true), (400, false)] {
        let (service, _) = service(vec![read_item(), one_point(), refusal(status)], None);
        let resolved = resolved(service, PointCriterion::Latest).await;
        assert_eq!(resolved.is_ok(), goes_on, "{status}: {resolved:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn logs_are_asked_for_only_where_there_may_be_some_and_the_newest_point_is_wanted() {
    for (logs, which, asks) in [
        (true, PointCriterion::Latest, true),
        (false, PointCriterion::Latest, false),
        (true, PointCriterion::AtOrBefore(NOW), false),
    ] {
        let script = [read_item(), one_point()].into_iter();
        let script = script.chain(asks.then(|| logs_until("2026-11-20T00:00:00Z"))).chain([list(&json!([]))]);
        let (mut service, transport) = service(script.collect(), None);
        service.support.logs = logs;
        resolved(service, which).await.unwrap();
        let lists = asked(&transport).iter().filter(|line| *line == "GET recoveryPoints").count();
        assert_eq!(lists, 1 + usize::from(asks));
    }
}

#[tokio::test(start_paused = true)]
async fn logs_that_reach_later_than_the_point_are_told_and_those_that_end_with_it_are_not() {
    let end = datetime!(2026-11-20 8:00 UTC);
    for (point, is_told) in [(end - time::Duration::SECOND, true), (end, false), (end + time::Duration::SECOND, false)]
    {
        let (service, _) = service(vec![logs_until("2026-11-20T08:00:00Z")], None);
        assert_eq!(service.later_logs(Some(point), &deadline(60)).await.is_some(), is_told, "{point}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_the_caller_may_not_read_is_left_to_azure_and_one_that_is_not_there_is_named() {
    for (account, share, blamed) in [
        (403, None, None),
        (404, None, Some("There is no storage account")),
        (400, None, Some("No")),
        (200, Some(200), None),
        (200, Some(403), None),
        (200, Some(404), Some("has no file share \"copy\"")),
        (200, Some(400), Some("No")),
    ] {
        let step = |status| if status == 200 { answer(200, json!({})) } else { refusal(status) };
        let script = std::iter::once(account).chain(share).map(step).collect();
        let (mut service, _) = service(script, None);
        service.target_share = Some(TargetShareCheck {
            argument: "target".into(),
            account: ResourceId::parse(ACCOUNT).unwrap(),
            share: "copy".into(),
        });
        let (own, item) = (item(ORDERS), json!({"id": item(ORDERS).to_string(), "properties": {}}));
        let item = ProtectedItem::read_listed(own.vault(), &item).unwrap();
        let checked = service.check_target(&item, &deadline(60)).await;
        let told = checked.err().map(|error| error.to_message("Restoring").detail());
        match (&told, blamed) {
            (Some(told), Some(blamed)) => assert!(told.contains(blamed), "{account} {share:?}: {told}"),
            (told, blamed) => assert_eq!((told.as_deref(), blamed), (None, None), "{account} {share:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn leave_to_restore_in_the_secondary_region_is_asked_for_anew_after_five_minutes_and_for_another_point() {
    let given = || {
        let identity = json!({"properties": {"tenantId": "t", "audience": "a"}});
        [answer(200, identity), answer(200, json!({"properties": {"objectType": "x"}}))]
    };
    let (service, transport) =
        service([given(), given(), given()].into_iter().flatten().collect(), Some("northeurope"));
    let copy = service.secondary().unwrap();
    let mut requests = Vec::new();
    for (point, after) in [("1", 0), ("1", 299), ("1", 1), ("2", 0)] {
        tokio::time::advance(std::time::Duration::from_secs(after)).await;
        service.access(copy, point, &deadline(60)).await.unwrap();
        requests.push(transport.lines().len() / 2);
    }
    assert_eq!(requests, [1, 1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn jobs_of_the_secondary_region_are_another_list_and_are_read_and_imported_otherwise() {
    let there = |region: &str| service(vec![], Some(region)).0;
    let (here, north) = (service(vec![], None).0, there("North Europe"));
    assert_eq!(here.jobs().list_id(), VAULT);
    let backups = RecoveryServicesJobs::backups(&here.client, here.item.vault().clone(), Arc::new(StandingClock));
    assert_ne!(backups.list_id(), VAULT, "other jobs are taken out of the same list");
    assert_ne!(north.jobs().list_id(), VAULT);
    assert_ne!(north.jobs().list_id(), there("westeurope").jobs().list_id());
    assert_eq!(north.jobs().list_id(), there("northeurope").jobs().list_id());
    assert!(north.jobs().list_id().starts_with(VAULT), "another vault has other jobs there");
    assert_eq!((here.jobs().polls_are_writes(), north.jobs().polls_are_writes()), (false, true));
    assert_eq!(here.jobs().import_id("/j"), "/j");
    assert_eq!(north.jobs().import_id("/j"), "/j?secondary_region=northeurope");
}

#[test]
fn a_running_job_tells_how_far_it_is() {
    let progress = |percentage: Option<&str>| {
        let extended = json!({"progressPercentage": percentage});
        let properties = json!({"jobType": "AzureIaaSVMJob", "status": "InProgress", "extendedInfo": extended});
        let read = RecoveryServicesJob::read(item(ORDERS).vault(), &json!({"name": "j", "properties": properties}));
        super::job(&read.unwrap(), Activity::Restore, SkippedFiles::Expected).progress
    };
    assert_eq!(progress(Some("42.0")).as_deref(), Some("42 %"));
    assert_eq!(progress(None), None);
}

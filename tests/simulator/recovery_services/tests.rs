//! The service as a client meets it: what is accepted, what is refused, what is shown.

mod databases;
mod machines;
mod protection;

use serde_json::{Value, json};
use time::Duration;

use super::super::catalogue::{FILE_SHARE, FILE_SHARE_ACCOUNT, FILE_SHARE_TARGET, FILE_SHARE_TARGET_ACCOUNT};
use super::super::client::SimulatorClient;
use super::super::data_protection::guards::ResourceGuard;
use super::super::message::{Reply, Request};
use super::super::{JobScript, SimulatorBuilder};

const VERSION: &str = "2026-10-01";
const POINT: &str = "932890167574511261";
const VAULTED_POINT: &str = "932881138555802864";

/// A client of the demo, with what it needs to name.
struct Shares {
    client: SimulatorClient,
    item: String,
    source: String,
    target: String,
}

impl Shares {
    fn new() -> Self {
        let client = SimulatorClient::of(SimulatorBuilder::demo());
        let things = client.simulator.things();
        let id = |group: &str, name: &str| things[group][name].as_str().unwrap().to_owned();
        let (item, source) = (id("protected_items", FILE_SHARE), id("storage_accounts", FILE_SHARE_ACCOUNT));
        let target = id("storage_accounts", FILE_SHARE_TARGET_ACCOUNT);
        Self { client, item, source, target }
    }

    fn vault(&self) -> &str {
        self.item.split("/backupFabrics").next().unwrap()
    }

    fn get(&self, path: &str, filter: &str) -> Reply {
        let query: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let filter = if filter.is_empty() { String::new() } else { format!("&$filter={query}") };
        self.client.send(Request::new("GET", format!("{path}?api-version={VERSION}{filter}")))
    }

    fn body(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut body = json!({
            "objectType": "AzureFileShareRestoreRequest", "recoveryType": "AlternateLocation", "copyOptions": "Overwrite",
            "restoreRequestType": "FullShareRestore", "sourceResourceId": self.source,
            "targetDetails": {"name": FILE_SHARE_TARGET, "targetResourceId": self.target},
        });
        change(&mut body);
        json!({ "properties": body })
    }

    fn trigger(&self, point: &str, change: impl FnOnce(&mut Value)) -> Reply {
        let path = format!("{}/recoveryPoints/{point}/restore?api-version={VERSION}", self.item);
        self.client.send(Request::new("POST", path).json(&self.body(change)))
    }

    /// Status and code with which a restore is answered; no code where it is accepted.
    fn refused(&self, point: &str, change: impl FnOnce(&mut Value)) -> (u16, String) {
        let reply = self.trigger(point, change);
        (reply.status, reply.value()["error"]["code"].as_str().unwrap_or_default().to_owned())
    }

    /// Triggers a restore that must be accepted; the ARM id of its job.
    fn restored(&self) -> String {
        let accepted = self.trigger(POINT, |_| {});
        let url = accepted.headers.get("azure-asyncoperation").unwrap();
        self.client.get_url(url);
        let done = self.client.get_url(url).value();
        format!("{}/backupJobs/{}", self.vault(), done["properties"]["jobId"].as_str().unwrap())
    }
}

fn invalid() -> (u16, String) {
    (400, "BMSUserErrorInvalidInput".to_owned())
}

#[test]
fn a_trigger_is_accepted_with_two_signed_urls_and_its_operation_names_the_job_by_its_guid() {
    let shares = Shares::new();
    let reply = shares.trigger(POINT, |_| {});
    assert_eq!((reply.status, reply.body.len(), reply.headers.get("Retry-After")), (202, 0, Some("60")));
    let url = reply.headers.get("Azure-AsyncOperation").unwrap();
    assert!(url.contains("/operationsStatus/") && url.len() > 4000, "{}", url.len());
    let running = shares.client.get_url(url).value();
    assert_eq!((&running["status"], &running["endTime"]), (&json!("InProgress"), &json!("0001-01-01T00:00:00")));
    let done = shares.client.get_url(url).value();
    assert_eq!(done["status"], "Succeeded");
    let job = done["properties"]["jobId"].as_str().unwrap();
    assert!(!job.contains('/'));
    let by_id = shares.get(&format!("{}/backupOperations/{}", shares.vault(), done["name"].as_str().unwrap()), "");
    assert_eq!(by_id.value()["properties"]["jobId"], job);
    assert_eq!(shares.client.get_url(&url.replace("&h=h", "&h=i")).status, 403);
}

#[test]
fn a_job_runs_with_an_empty_count_and_ends_with_its_facts_in_the_bag() {
    let shares = Shares::new();
    shares.client.simulator.change_item(FILE_SHARE, |item| item.failed_files = 2).unwrap();
    let id = shares.restored();
    let running = shares.get(&id, "").value();
    assert_eq!(running["properties"]["status"], "InProgress");
    assert_eq!(running["properties"]["extendedInfo"]["propertyBag"]["Number Of Failed Files"], "0");
    assert!(running["id"].as_str().unwrap().starts_with("/Subscriptions/"));
    for _ in 0..4 {
        shares.get(&id, "");
    }
    let ended = shares.get(&id, "").value();
    let bag = &ended["properties"]["extendedInfo"]["propertyBag"];
    assert_eq!((&ended["properties"]["status"], &bag["Number Of Failed Files"]), (&json!("Completed"), &json!("2")));
    assert_eq!(bag["RestoreDestination"], format!("{FILE_SHARE_TARGET_ACCOUNT}/{FILE_SHARE_TARGET}"));
    assert_eq!(ended["properties"]["actionsInfo"], json!(["Cancellable"]));
}

#[test]
fn bodies_that_azure_would_refuse_are_refused() {
    let shares = Shares::new();
    assert_eq!(shares.refused(POINT, |body| body["copyOptions"] = json!("Maybe")), invalid());
    assert_eq!(shares.refused(POINT, |body| body["unknown"] = json!(1)), invalid());
    assert_eq!(shares.refused(POINT, |body| body["sourceResourceId"] = json!("/other")), invalid());
    assert_eq!(shares.refused(POINT, |body| body["targetDetails"] = Value::Null), invalid());
    assert_eq!(shares.refused(POINT, |body| body["recoveryType"] = json!("OriginalLocation")), invalid());
    assert_eq!(shares.refused(POINT, |body| body["restoreRequestType"] = json!("ItemLevelRestore")), invalid());
    let specs = |count: usize| vec![json!({"path": "a", "fileSpecType": "File"}); count];
    assert_eq!(shares.refused(POINT, |body| body["restoreFileSpecs"] = json!(specs(1))), invalid());
    let items = |body: &mut Value, count: usize| {
        body["restoreRequestType"] = json!("ItemLevelRestore");
        body["restoreFileSpecs"] = json!(specs(count));
    };
    assert_eq!(shares.refused(POINT, |body| items(body, 100)), invalid());
    assert_eq!(shares.refused(POINT, |body| items(body, 99)).0, 202);
}

#[test]
fn a_target_that_is_not_there_or_busy_and_a_point_that_does_not_fit_are_refused_by_name() {
    let shares = Shares::new();
    let code = |point: &str, change: fn(&mut Value)| shares.refused(point, change).1;
    assert_eq!(code(POINT, |body| body["targetDetails"]["name"] = json!("nobody")), "TargetFileShareNotFound");
    let nowhere = |body: &mut Value| body["targetDetails"]["targetResourceId"] = json!("/nowhere");
    assert_eq!(code(POINT, nowhere), "UserErrorStorageAccountNotFound");
    assert_eq!(code("1", |_| {}), "UserErrorRecoveryPointNotFound");
    let skips = |body: &mut Value| body["copyOptions"] = json!("Skip");
    assert_eq!(code(VAULTED_POINT, skips), "UserErrorVaultedPointNotSupportedForRestoreType");
    assert_eq!(shares.trigger(VAULTED_POINT, |_| {}).status, 202);
    assert_eq!(code(POINT, |_| {}), "UserErrorAnotherRestoreInProgressOnSameTarget");
}

#[test]
fn lists_take_windows_of_thirty_days_on_a_clock_of_twelve_hours() {
    let shares = Shares::new();
    let now = shares.client.simulator.now();
    let date = |days: i64| {
        let at = now - Duration::days(days);
        format!("{:04}-{:02}-{:02} 12:00:00 AM", at.year(), u8::from(at.month()), at.day())
    };
    let points = format!("{}/recoveryPoints", shares.item);
    let window = |from: i64, to: i64| format!("startDate eq '{}' and endDate eq '{}'", date(from), date(to));
    let found = |from: i64, to: i64| shares.get(&points, &window(from, to)).value()["value"].as_array().map(Vec::len);
    assert_eq!((found(20, -1), found(50, 30)), (Some(2), Some(1)));
    assert_eq!(shares.get(&points, &window(31, 0)).status, 400);
    assert_eq!(shares.get(&points, "startDate eq '2026-10-01T00:00:00Z'").status, 400);
    assert_eq!(shares.get(&points, "unknown eq '1'").status, 400);
    let jobs = format!("{}/backupJobs", shares.vault());
    shares.restored();
    let listed = |filter: &str| shares.get(&jobs, filter).value()["value"].as_array().unwrap().len();
    let since = format!("startTime eq '{}' and endTime eq '{}'", date(20), date(-1));
    assert_eq!((listed(&since), listed("status eq 'Completed'")), (1, 0));
    let before = format!("startTime eq '{}' and endTime eq '{}'", date(40), date(20));
    assert_eq!(listed(&before), 0);
}

#[test]
fn items_are_found_by_their_friendly_name() {
    let shares = Shares::new();
    let path = format!("{}/backupProtectedItems", shares.vault());
    let found = |filter: &str| shares.get(&path, filter).value()["value"].as_array().unwrap().len();
    assert_eq!(found("backupManagementType eq 'AzureStorage' and friendlyName eq 'contoso-share'"), 1);
    assert_eq!((found("backupManagementType eq 'AzureIaasVM'"), found("friendlyName eq 'nobody'")), (1, 0));
}

#[test]
fn a_job_is_cancelled_once_and_says_so() {
    let shares = Shares::new();
    shares.client.simulator.next_restore(JobScript::held());
    let id = shares.restored();
    let cancel = || {
        let reply = shares.client.send(Request::new("POST", format!("{id}/cancel?api-version={VERSION}")));
        reply.status
    };
    let status = || shares.get(&id, "").value()["properties"]["status"].as_str().unwrap().to_owned();
    assert_eq!(status(), "InProgress");
    assert_eq!(cancel(), 202);
    assert_eq!((status(), status()), ("Cancelling".to_owned(), "Cancelled".to_owned()));
    assert_eq!(cancel(), 400);
}

#[test]
fn a_guarded_vault_wants_its_request_named() {
    let shares = Shares::new();
    shares.client.simulator.change(|world| {
        world.recovery_services_vaults_mut()[0].resource_guard = Some(ResourceGuard::new("guard"));
    });
    let links = shares.get(&format!("{}/backupResourceGuardProxies", shares.vault()), "").value();
    let request = &links["value"][0]["properties"]["resourceGuardOperationDetails"][0]["defaultResourceRequest"];
    assert!(request.as_str().unwrap().ends_with("/triggerRestoreRequests/default"));
    assert_eq!(shares.refused(POINT, |_| {}).0, 403);
    let named = request.clone();
    assert_eq!(shares.refused(POINT, |body| body["resourceGuardOperationRequests"] = json!([named])).0, 202);
}

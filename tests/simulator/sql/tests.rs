//! The service as a client meets it.

use serde_json::{Value, json};

use super::super::SimulatorBuilder;
use super::super::catalogue::{
    MANAGED_DATABASE, MANAGED_INSTANCE, MANAGED_LOST_DATABASE, MANAGED_TARGET_INSTANCE, SQL_DATABASE,
    SQL_LOST_DATABASE, SQL_SERVER, SQL_TARGET_SERVER,
};
use super::super::client::SimulatorClient;
use super::super::message::{Reply, Request};
use super::super::script::{Ending, JobScript};

struct Servers {
    client: SimulatorClient,
    things: Value,
}

impl Servers {
    fn new() -> Self {
        let client = SimulatorClient::of(SimulatorBuilder::demo());
        client.simulator.next_restore(JobScript::running(1).then(Ending::Completed));
        let things = client.simulator.things();
        Self { client, things }
    }

    fn thing(&self, group: &str, name: &str) -> String {
        self.things[group][name].as_str().unwrap_or_else(|| panic!("{group} {name}")).to_owned()
    }

    fn send(&self, method: &str, path: &str) -> Reply {
        self.client.send(Request::new(method, format!("{path}?api-version=2025-01-01")))
    }

    fn target(&self) -> String {
        format!("{}/databases/restored", self.thing("sql_servers", SQL_TARGET_SERVER))
    }

    fn put(&self, path: &str, change: impl FnOnce(&mut Value)) -> Reply {
        let source = self.thing("recoverable_databases", &format!("{SQL_SERVER}/{SQL_DATABASE}"));
        let mut body = json!({"location": "northeurope",
            "properties": {"createMode": "Recovery", "recoverableDatabaseId": source}});
        change(&mut body);
        self.client.send(Request::new("PUT", format!("{path}?api-version=2025-01-01")).json(&body))
    }

    fn code(reply: &Reply) -> String {
        reply.value()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

#[test]
fn a_restore_makes_a_database_that_is_online_once_its_operation_is_over() {
    let s = Servers::new();
    let reply = s.put(&s.target(), |body| body["tags"] = json!({"a": "b"}));
    assert_eq!((reply.status, reply.value()["operation"].as_str()), (202, Some("CreateRecoverRequest")));
    let url = reply.headers.get("azure-asyncoperation").unwrap().to_owned();
    assert!(reply.headers.get("location").unwrap().contains("/databaseOperationResults/"));
    assert_eq!(
        s.send("GET", &format!("{}/operations", s.target())).value()["value"][0]["properties"]["state"],
        "InProgress"
    );
    assert_eq!(s.client.get_url(&url).value()["status"], "InProgress");
    assert_eq!(s.client.get_url(&url).value()["status"], "Succeeded");
    let database = s.send("GET", &s.target()).value();
    assert_eq!((&database["properties"]["status"], &database["tags"]["a"]), (&json!("Online"), &json!("b")));
    assert_eq!(database["properties"]["createMode"], Value::Null, "how it came to be is never returned");
    assert_eq!(s.client.simulator.accepted_restores(), 1);
}

#[test]
fn a_name_is_never_overwritten() {
    let s = Servers::new();
    assert_eq!(s.put(&s.target(), |_| ()).status, 202);
    assert_eq!(Servers::code(&s.put(&s.target(), |_| ())), "DuplicateRestoreOperation");
    s.client.simulator.advance();
    assert_eq!(Servers::code(&s.put(&s.target(), |_| ())), "DatabaseNameInUse");
    assert_eq!(s.send("DELETE", &s.target()).status, 202);
    assert_eq!(s.send("GET", &s.target()).status, 404);
    assert_eq!(s.send("DELETE", &s.target()).status, 204);
}

#[test]
fn what_azure_refuses_is_refused() {
    let s = Servers::new();
    let server = s.thing("sql_servers", SQL_SERVER);
    let live = |at: &str, target: &str| {
        let body = json!({"createMode": "PointInTimeRestore", "restorePointInTime": at,
            "sourceDatabaseId": format!("{server}/databases/{SQL_DATABASE}")});
        let location = if target.starts_with(&server) { "westeurope" } else { "northeurope" };
        Servers::code(&s.put(target, |sent| {
            sent["location"] = json!(location);
            sent["properties"] = body;
        }))
    };
    assert_eq!(live("2026-11-19T08:00:00Z", &s.target()), "RestoreCrossServerDisabled");
    assert_eq!(live("2016-11-19T08:00:00Z", &format!("{server}/databases/restored")), "InvalidPointInTime");
    assert_eq!(
        Servers::code(&s.put(&s.target(), |body| body["location"] = json!("westeurope"))),
        "InvalidResourceLocation"
    );
    let pool = s.thing("elastic_pools", &format!("{SQL_TARGET_SERVER}/contoso-pool"));
    let reply = s.put(&s.target(), |body| {
        body["sku"] = json!({"name": "S0"});
        body["properties"]["elasticPoolId"] = json!(pool);
    });
    assert_eq!(Servers::code(&reply), "ElasticPoolSkuCombinationInvalid");
    let archived = s.thing("long_term_backups", &format!("{SQL_SERVER}/{SQL_LOST_DATABASE} Archive"));
    let reply = s.put(&s.target(), |body| {
        body["properties"] =
            json!({"createMode": "RestoreLongTermRetentionBackup", "longTermRetentionBackupResourceId": archived});
    });
    assert_eq!(Servers::code(&reply), "LtrBackupInArchiveTier");
    assert_eq!(s.put(&s.target(), |body| body["properties"]["createMode"] = json!("Copy")).status, 501);
    assert_eq!(s.put(&s.target(), |body| body["properties"]["readScale"] = json!("Enabled")).status, 400);
    assert_eq!(s.client.simulator.accepted_restores(), 0);
}

#[test]
fn a_restore_that_is_cancelled_leaves_no_database() {
    let s = Servers::new();
    let reply = s.put(&s.target(), |_| ());
    let url = reply.headers.get("azure-asyncoperation").unwrap().to_owned();
    let listed = s.send("GET", &format!("{}/operations", s.target())).value();
    let name = listed["value"][0]["name"].as_str().unwrap().to_owned();
    assert_eq!(s.send("POST", &format!("{}/operations/{name}/cancel", s.target())).status, 200);
    let state = |s: &Servers| {
        s.send("GET", &format!("{}/operations", s.target())).value()["value"][0]["properties"]["state"].clone()
    };
    assert_eq!((state(&s), state(&s)), (json!("CancelInProgress"), json!("Cancelled")));
    assert_eq!(Servers::code(&s.client.get_url(&url)), "OperationCancelled");
    assert_eq!(s.send("GET", &s.target()).status, 404);
    assert_eq!(
        Servers::code(&s.send("POST", &format!("{}/operations/{name}/cancel", s.target()))),
        "CannotCancelOperation"
    );
}

#[test]
fn the_moment_of_the_end_is_in_the_name_as_windows_counts_time() {
    let deleted = time::macros::datetime!(2017-05-27 02:49:47.69 UTC);
    let server = super::servers::SqlServer::new("q").dropped("testdb", deleted);
    assert_eq!(server.dropped[0].full_name(), "testdb,131403269876900000");
}

#[test]
fn long_term_backups_are_listed_by_region_server_and_database() {
    let s = Servers::new();
    let backup = s.thing("long_term_backups", &format!("{SQL_SERVER}/{SQL_LOST_DATABASE} Hot"));
    let (list, _) = backup.rsplit_once('/').unwrap();
    let count = |path: &str| s.send("GET", path).value()["value"].as_array().map(Vec::len);
    assert_eq!(count(list), Some(2));
    let region = list.split("/longTermRetentionServers/").next().unwrap();
    assert_eq!(count(&format!("{region}/longTermRetentionBackups")), Some(2));
    let latest = Request::new("GET", format!("{list}?api-version=2025-01-01&onlyLatestPerDatabase=true"));
    assert_eq!(s.client.send(latest).value()["value"].as_array().map(Vec::len), Some(1));
    assert_eq!(s.send("GET", &backup).value()["properties"]["backupStorageAccessTier"], "Hot");
    assert_eq!(Servers::code(&s.send("GET", &format!("{list}/none"))), "LtrBackupNotFound");
}

/// A PUT to the other managed instance.
fn put_managed(servers: &Servers, properties: &Value) -> Reply {
    let path = format!("{}/databases/restored", servers.thing("managed_instances", MANAGED_TARGET_INSTANCE));
    let body = json!({"location": "northeurope", "properties": properties});
    servers.client.send(Request::new("PUT", format!("{path}?api-version=2025-01-01")).json(&body))
}

#[test]
fn a_restore_onto_a_managed_instance_is_followed_at_its_location_alone_and_says_how_far_it_is() {
    let servers = Servers::new();
    let source = servers.thing("recoverable_managed_databases", &format!("{MANAGED_INSTANCE}/{MANAGED_DATABASE}"));
    let geo = json!({"createMode": "Recovery", "recoverableDatabaseId": source});
    let accepted = put_managed(&servers, &geo);
    assert_eq!((accepted.status, accepted.headers.get("azure-asyncoperation")), (202, None));
    let target = format!("{}/databases/restored", servers.thing("managed_instances", MANAGED_TARGET_INSTANCE));
    let details = servers.send("GET", &format!("{target}/restoreDetails/Default")).value();
    assert_eq!(details["properties"]["status"], "Restoring");
    assert_eq!(Servers::code(&put_managed(&servers, &geo)), "DuplicateRestoreOperation");
    let location = accepted.headers.get("location").unwrap().to_owned();
    let follow =
        || servers.client.send(Request::new("GET", location[location.find("/subscriptions").unwrap()..].to_owned()));
    assert_eq!((follow().status, follow().status), (202, 200));
    assert_eq!(servers.send("GET", &target).value()["properties"]["status"], "Online");
    assert_eq!(Servers::code(&put_managed(&servers, &geo)), "ManagedDatabaseNameInUse");
    assert_eq!(servers.send("GET", &format!("{target}/operations")).status, 501, "there is no such list");
}

#[test]
fn a_point_in_time_on_a_managed_instance_is_refused_as_azure_refuses_it() {
    let live = format!("{MANAGED_INSTANCE}/{MANAGED_DATABASE}");
    let servers = Servers::new();
    let source = servers.thing("managed_databases", &live);
    let target = servers.thing("managed_instances", MANAGED_TARGET_INSTANCE);
    let (at, early) = ("2026-11-19T08:00:00Z", "2020-01-01T00:00:00Z");
    for (members, code) in [
        (json!({"sourceDatabaseId": source}), "MissingRestorePointInTime"),
        (json!({"restorePointInTime": at}), "MissingSourceDatabaseId"),
        (json!({"sourceDatabaseId": format!("{source}x"), "restorePointInTime": at}), "InvalidSourceDatabaseId"),
        (json!({"sourceDatabaseId": source, "restorePointInTime": early}), "PitrPointInTimeInvalid"),
        (
            json!({"sourceDatabaseId": source, "restorableDroppedDatabaseId": source, "restorePointInTime": at}),
            "RestorableDroppedDatabaseIdGivenForRestoreWithSourceDatabaseId",
        ),
        (
            json!({"crossSubscriptionSourceDatabaseId": source, "restorePointInTime": at}),
            "InvalidCrossSubscriptionTargetManagedInstanceId",
        ),
        (
            json!({"crossSubscriptionSourceDatabaseId": source, "restorePointInTime": at,
                "crossSubscriptionTargetManagedInstanceId": format!("{target}x")}),
            "MissmatchingCrossSubscriptionTargetManagedInstanceIdWithUrl",
        ),
        (
            json!({"crossSubscriptionSourceDatabaseId": source, "restorePointInTime": at,
                "crossSubscriptionTargetManagedInstanceId": target}),
            "InvalidSourceDatabaseId",
        ),
    ] {
        let mut members = members;
        members["createMode"] = json!("PointInTimeRestore");
        assert_eq!(Servers::code(&put_managed(&servers, &members)), code, "{members}");
    }
    let archived =
        servers.thing("managed_long_term_backups", &format!("{MANAGED_INSTANCE}/{MANAGED_LOST_DATABASE} Archive"));
    let long_term =
        json!({"createMode": "RestoreLongTermRetentionBackup", "longTermRetentionBackupResourceId": archived});
    assert_eq!(Servers::code(&put_managed(&servers, &long_term)), "LtrRestoreFailedArchiveStorageTier");
}

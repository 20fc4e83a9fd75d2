//! The services as a client meets them.

use serde_json::{Value, json};

use super::super::SimulatorBuilder;
use super::super::catalogue::{MYSQL_SERVER, POSTGRESQL_LOST_SERVER, POSTGRESQL_SERVER};
use super::super::client::SimulatorClient;
use super::super::clock::with_seconds;
use super::super::message::{Reply, Request};
use super::super::script::{Ending, JobScript};
use super::{Engine, MySql, PostgreSql};

struct ServerClient {
    client: SimulatorClient,
    things: Value,
}

impl ServerClient {
    fn new() -> Self {
        let client = SimulatorClient::of(SimulatorBuilder::demo());
        client.simulator.next_restore(JobScript::running(1).then(Ending::Completed));
        let things = client.simulator.things();
        Self { client, things }
    }

    fn id<E: Engine>(&self, name: &str) -> String {
        self.things[E::THINGS][name].as_str().unwrap_or_else(|| panic!("{name}")).to_owned()
    }

    fn target<E: Engine>(&self) -> String {
        let group = self.things["resource_groups"]["rg-restored"].as_str().unwrap();
        format!("{group}/providers/{}/flexibleServers/copy", E::NAMESPACE)
    }

    fn send<E: Engine>(&self, method: &str, path: &str) -> Reply {
        self.client.send(Request::new(method, format!("{path}?api-version={}", E::API_VERSION)))
    }

    fn put<E: Engine>(&self, location: &str, properties: Value, more: Value) -> Reply {
        let mut body = json!({"location": location, "properties": properties});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let path = format!("{}?api-version={}", self.target::<E>(), E::API_VERSION);
        self.client.send(Request::new("PUT", path).json(&body))
    }

    /// So many days ago.
    fn ago(&self, days: i64) -> String {
        with_seconds(self.client.simulator.now() - time::Duration::days(days))
    }

    fn code(reply: &Reply) -> String {
        reply.value()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

#[test]
fn a_restore_makes_a_server_that_is_ready_once_its_operation_is_over() {
    let s = ServerClient::new();
    let source = s.id::<PostgreSql>(POSTGRESQL_SERVER);
    let properties =
        json!({"createMode": "PointInTimeRestore", "sourceServerResourceId": source, "pointInTimeUTC": s.ago(1)});
    let reply = s.put::<PostgreSql>("West Europe", properties, json!({"tags": {"a": "b"}}));
    assert_eq!(reply.status, 202);
    let url = reply.headers.get("azure-asyncoperation").unwrap().to_owned();
    assert_eq!(s.client.get_url(&url).value()["status"], "InProgress");
    assert_eq!(s.client.get_url(&url).value()["status"], "Succeeded");
    let server = s.send::<PostgreSql>("GET", &s.target::<PostgreSql>()).value();
    assert_eq!((&server["properties"]["state"], &server["tags"]), (&json!("Ready"), &json!({"a": "b"})));
    assert_eq!(server["properties"]["createMode"], Value::Null, "how it came to be is never returned");
    assert_eq!(s.client.simulator.accepted_restores(), 1);
}

#[test]
fn an_operation_of_mysql_is_followed_at_its_result() {
    let s = ServerClient::new();
    let source = s.id::<MySql>(MYSQL_SERVER);
    let properties = json!({"createMode": "GeoRestore", "sourceServerResourceId": source});
    let reply = s.put::<MySql>("northeurope", properties, json!({}));
    assert_eq!((reply.status, reply.headers.get("azure-asyncoperation")), (202, None));
    let url = reply.headers.get("location").unwrap().to_owned();
    assert_eq!(s.client.get_url(&url).status, 202);
    assert_eq!(s.client.get_url(&url).value()["status"], "Succeeded");
}

#[test]
fn a_name_is_never_overwritten_and_free_once_its_server_is_deleted() {
    let s = ServerClient::new();
    let source = s.id::<PostgreSql>(POSTGRESQL_SERVER);
    let body =
        json!({"createMode": "PointInTimeRestore", "sourceServerResourceId": source, "pointInTimeUTC": s.ago(1)});
    let target = s.target::<PostgreSql>();
    assert_eq!(s.put::<PostgreSql>("westeurope", body.clone(), json!({})).status, 202);
    assert_eq!(ServerClient::code(&s.put::<PostgreSql>("westeurope", body, json!({}))), "ServerNameAlreadyExists");
    assert_eq!(s.send::<PostgreSql>("DELETE", &target).status, 202);
    assert_eq!(s.send::<PostgreSql>("GET", &target).status, 404);
    assert_eq!(s.send::<PostgreSql>("DELETE", &target).status, 204);
}

#[test]
fn a_name_is_taken_in_every_resource_group_and_by_each_service_for_itself() {
    let s = ServerClient::new();
    let (postgresql, mysql) = (s.id::<PostgreSql>(POSTGRESQL_SERVER), s.id::<MySql>(MYSQL_SERVER));
    assert!(!postgresql.contains("/rg-restored/"), "the new one is in another group");
    let named = |own: &str, name: &str| s.target::<PostgreSql>().replace("/copy", &format!("/{name}")) + own;
    let body = |source: &str| {
        json!({"location": "westeurope", "properties": {"createMode": "PointInTimeRestore",
            "sourceServerResourceId": source, "pointInTimeUTC": s.ago(1)}})
    };
    let version = format!("?api-version={}", PostgreSql::API_VERSION);
    let put = |name: &str| s.client.send(Request::new("PUT", named(&version, name)).json(&body(&postgresql)));
    assert_eq!(ServerClient::code(&put(&POSTGRESQL_SERVER.to_uppercase())), "ServerNameAlreadyExists");
    assert!(mysql.ends_with(MYSQL_SERVER));
    assert_eq!(put(MYSQL_SERVER).status, 202, "the host names of the services differ");
    assert_eq!(s.client.simulator.accepted_restores(), 1);
}

#[test]
fn what_azure_refuses_is_refused() {
    let s = ServerClient::new();
    let (source, lost) =
        (s.id::<PostgreSql>(POSTGRESQL_SERVER), s.id::<PostgreSql>(&format!("{POSTGRESQL_LOST_SERVER} (deleted)")));
    let told = |location: &str, mode: &str, source: &str, at: Value, more: Value| {
        let own = json!({"createMode": mode, "sourceServerResourceId": source, "pointInTimeUTC": at});
        ServerClient::code(&s.put::<PostgreSql>(location, own, more))
    };
    let live = |location: &str, at: &str| told(location, "PointInTimeRestore", &source, json!(at), json!({}));
    assert_eq!(live("northeurope", &s.ago(1)), "RegionCannotChange");
    assert_eq!(live("westeuropa", &s.ago(1)), "LocationNotAvailableForResourceType");
    assert_eq!(live("westeurope", &s.ago(90)), "InvalidPointInTime");
    assert_eq!(told("northeurope", "GeoRestore", &source, Value::Null, json!({})), "InvalidPointInTime");
    assert_eq!(told("westeurope", "GeoRestore", &source, json!(s.ago(1)), json!({})), "RegionNotPaired");
    let sku = json!({"sku": {"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"}});
    assert_eq!(told("northeurope", "GeoRestore", &source, json!(s.ago(1)), sku), "SizeCannotChange");
    assert_eq!(told("westeurope", "ReviveDropped", &source, json!(s.ago(1)), json!({})), "SourceServerNotFound");
    assert_eq!(told("westeurope", "ReviveDropped", &lost, json!(s.ago(3)), json!({})), "InvalidPointInTime");
    let own = json!({"createMode": "PointInTimeRestore", "sourceServerResourceId": source, "pointInTimeUTC": s.ago(1),
        "network": {"delegatedSubnetResourceId": "/s", "privateDnsZoneArmResourceId": "/z"}});
    assert_eq!(ServerClient::code(&s.put::<PostgreSql>("westeurope", own, json!({}))), "NetworkModeCannotChange");
    let own = json!({"createMode": "Default"});
    assert_eq!(s.put::<PostgreSql>("westeurope", own, json!({})).status, 501);
    let own = json!({"createMode": "GeoRestore", "restorePointInTime": s.ago(1)});
    assert_eq!(s.put::<PostgreSql>("westeurope", own, json!({})).status, 400, "the name of the other service");
    assert_eq!(s.client.simulator.accepted_restores(), 0);
}

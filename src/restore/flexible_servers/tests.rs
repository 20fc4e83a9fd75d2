//! What is made of a source over a scripted transport: what is asked, what is sent, and whom errors blame.

use std::sync::Arc;

use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::azure::availability::Availability;
use crate::azure::flexible_servers::{Engine, FlexibleServerId, FlexibleServers};
use crate::azure::scripted::{NOW, ScriptedTransport, Step, answer, client, deadline};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::restored_resource::{RestoreSource, RestoredResource, as_job};

fn server(engine: Engine, name: &str) -> FlexibleServerId {
    FlexibleServerId::new(engine, "s", "g", name).unwrap()
}

fn source(backup: ServerToRestore, script: Vec<Step>) -> (FlexibleServerSource, Arc<ScriptedTransport>) {
    let transport = ScriptedTransport::new(script);
    let source = FlexibleServerSource {
        client: FlexibleServers::new(client(&transport)),
        backup,
        argument: "live.server_id".into(),
        point_argument: "live.point_in_time".into(),
        region: None,
        region_argument: "location".into(),
        subnet_argument: None,
        build: Box::new(|region, source| Ok(ServerRestoreRequest::new(region, source))),
    };
    (source, transport)
}

fn found(network: &Value) -> Step {
    let properties =
        json!({"state": "Ready", "network": network, "backup": {"earliestRestoreDate": "2026-11-13T09:30:00Z"}});
    answer(200, json!({"location": "westeurope", "properties": properties}))
}

fn live(time: ServerTime) -> ServerToRestore {
    ServerToRestore::Live(server(Engine::PostgreSql, "orders"), time)
}

fn body_of(request: &ServerRestoreRequest) -> Value {
    serde_json::to_value(request).unwrap()
}

async fn blamed(source: &FlexibleServerSource) -> (ArgumentPath, String) {
    match source.resolve(&deadline(60), NOW).await.unwrap_err() {
        RestoreError::Wrong { argument: Some(argument), text } => (argument, text),
        RestoreError::Missing { argument, text, .. } => (argument, text),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_lives_says_its_region_and_how_far_back_it_goes() {
    let at = datetime!(2026-11-19 8:00 UTC);
    let (own, transport) = source(live(ServerTime::At(at)), vec![found(&json!({}))]);
    let resolved = own.resolve(&deadline(60), NOW).await.unwrap();
    let id = server(Engine::PostgreSql, "orders").to_string();
    let expected = json!({"location": "westeurope", "properties": {
        "createMode": "PointInTimeRestore", "sourceServerResourceId": id, "pointInTimeUTC": "2026-11-19T08:00:00.0000000Z"}});
    assert_eq!((body_of(&resolved.request), resolved.recovery_point_time), (expected, Some(at)));
    assert_eq!(transport.lines().len(), 1);
    for (at, part) in [
        (datetime!(2026-11-13 9:29 UTC), "2026-11-13T09:30:00Z at the earliest"),
        (NOW + time::Duration::SECOND, "at the latest"),
    ] {
        let (own, _) = source(live(ServerTime::At(at)), vec![found(&json!({}))]);
        let (argument, text) = blamed(&own).await;
        assert!(argument == "live.point_in_time".into() && text.contains(part), "{argument} {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_newest_state_is_that_of_the_time_at_which_it_is_asked_for() {
    let (own, _) = source(live(ServerTime::Latest), vec![found(&json!({}))]);
    assert_eq!(own.resolve(&deadline(60), NOW).await.unwrap().recovery_point_time, Some(NOW));
}

#[tokio::test(start_paused = true)]
async fn a_geo_restore_asks_nothing_of_a_region_that_may_be_down() {
    for (engine, point) in [(Engine::PostgreSql, true), (Engine::MySql, false)] {
        let (own, transport) = source(ServerToRestore::Geo(server(engine, "orders")), Vec::new());
        let own = FlexibleServerSource { region: Some("northeurope".into()), ..own };
        let resolved = own.resolve(&deadline(60), NOW).await.unwrap();
        let body = body_of(&resolved.request);
        let names: Vec<&String> = body["properties"].as_object().unwrap().keys().collect();
        let expected: &[&str] = if point {
            &["createMode", "pointInTimeUTC", "sourceServerResourceId"]
        } else {
            &["createMode", "sourceServerResourceId"]
        };
        assert_eq!(names, expected);
        assert_eq!(
            (&body["location"], &body["properties"]["createMode"]),
            (&json!("northeurope"), &json!("GeoRestore"))
        );
        assert_eq!((resolved.recovery_point_time, transport.lines().len()), (None, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deleted_server_is_named_by_its_end() {
    let at = datetime!(2026-11-19 8:00 UTC);
    let (own, transport) = source(ServerToRestore::Dropped(server(Engine::PostgreSql, "lost"), at), Vec::new());
    let own = FlexibleServerSource { region: Some("westeurope".into()), ..own };
    let resolved = own.resolve(&deadline(60), NOW).await.unwrap();
    assert_eq!(body_of(&resolved.request)["properties"]["createMode"], "ReviveDropped");
    assert_eq!((resolved.recovery_point_time, transport.lines().len()), (Some(at), 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_blamed_on_the_argument_that_names_it() {
    let gone = || answer(404, json!({"error": {"code": "ResourceNotFound", "message": "no"}}));
    let (own, _) = source(live(ServerTime::Latest), vec![gone()]);
    let (argument, text) = blamed(&own).await;
    assert!(argument == "live.server_id".into() && text.contains("`dropped`"), "{text}");
    let (own, _) = source(ServerToRestore::Live(server(Engine::MySql, "orders"), ServerTime::Latest), vec![gone()]);
    assert!(!blamed(&own).await.1.contains("`dropped`"), "MySQL has no such source");
    let (own, _) = source(live(ServerTime::Latest), vec![answer(200, json!({}))]);
    assert_eq!(blamed(&own).await.0, "location".into());
}

#[tokio::test(start_paused = true)]
async fn public_access_does_not_become_a_network_and_a_network_may_move() {
    for (network, refused) in
        [(json!({"publicNetworkAccess": "Enabled"}), true), (json!({"delegatedSubnetResourceId": "/s"}), false)]
    {
        let (own, _) = source(live(ServerTime::Latest), vec![found(&network)]);
        let own = FlexibleServerSource { subnet_argument: Some("delegated_subnet_id".into()), ..own };
        if refused {
            assert_eq!(blamed(&own).await.0, "delegated_subnet_id".into());
        } else {
            assert!(own.resolve(&deadline(60), NOW).await.is_ok());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_is_read_as_the_job_of_its_restore() {
    let body = json!({"tags": {"azurebackup-restore": "an-id"}, "systemData": {"createdAt": "2026-11-20T09:00:00Z"},
        "properties": {"state": "Inaccessible", "administratorLogin": "dba"}});
    let transport = ScriptedTransport::new(vec![answer(200, body)]);
    let client = FlexibleServers::new(client(&transport));
    let target = RestoredServer { client, id: server(Engine::MySql, "copy") };
    assert_eq!(target.subject(), "MySQL flexible server \"copy\"");
    let facts = target.read(&deadline(60)).await.unwrap();
    assert_eq!(facts.status, Availability::Broken("Inaccessible".into()));
    let job = as_job(&target, &facts);
    assert_eq!((job.activity_id.as_str(), job.start_time), ("an-id", Some(datetime!(2026-11-20 9:00 UTC))));
    assert_eq!(job.details["administratorLogin"], "dba");
    assert_eq!(job.errors[0].code, "Inaccessible");
}

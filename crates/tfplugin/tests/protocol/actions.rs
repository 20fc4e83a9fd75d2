//! Actions: progress while they run, and one last event whatever becomes of them.

use serde_json::{Value as Json, json};
use tfplugin::proto::tfplugin6::invoke_action::Event;
use tfplugin::proto::tfplugin6::invoke_action::event::Type as Told;
use tfplugin::proto::tfplugin6::{
    Diagnostic, get_metadata, get_provider_schema, invoke_action, plan_action, stop_provider, validate_action_config,
};
use tokio_stream::StreamExt;
use tonic::Streaming;

use super::client::{Client, dynamic};
use super::plugin::{PATIENCE, Plugin, Start};

async fn started() -> (Plugin, Client) {
    let plugin = Start::by_terraform().env("TF_LOG", "INFO").plugin().await;
    let client = plugin.client().await;
    (plugin, client)
}

async fn invoked(client: &Client, action_type: &str, config: Json) -> Streaming<Event> {
    let (action_type, config) = (action_type.to_owned(), Some(dynamic(&config)));
    let request = invoke_action::Request { action_type, config, client_capabilities: None };
    client.server_stream("/tfplugin6.Provider/InvokeAction", request).await.unwrap()
}

/// The messages of the progress, and the diagnostics of the last event.
async fn read(stream: Streaming<Event>) -> (Vec<String>, Vec<Diagnostic>) {
    let events: Vec<Told> = stream.map(|event| event.unwrap().r#type.unwrap()).collect().await;
    let (last, progress) = events.split_last().unwrap();
    let Told::Completed(completed) = last else { panic!("no end") };
    let message = |event: &Told| match event {
        Told::Progress(progress) => progress.message.clone(),
        Told::Completed(_) => panic!("an end before the end"),
    };
    (progress.iter().map(message).collect(), completed.diagnostics.clone())
}

fn summaries(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect()
}

#[tokio::test]
async fn an_action_is_in_the_schema_and_among_the_names() {
    let (_plugin, client) = started().await;
    let schema: get_provider_schema::Response = client.call("GetProviderSchema", get_provider_schema::Request {}).await;
    let action = schema.action_schemas["echo_shout"].schema.as_ref().unwrap();
    assert_eq!(action.block.as_ref().unwrap().attributes.len(), 2);
    let metadata: get_metadata::Response = client.call("GetMetadata", get_metadata::Request {}).await;
    assert_eq!(metadata.actions[0].type_name, "echo_shout");
}

#[tokio::test]
async fn progress_comes_in_order_before_the_end() {
    let (_plugin, client) = started().await;
    let stream = invoked(&client, "echo_shout", json!({"words": ["a", "b\u{1b}[31m"]})).await;
    assert_eq!(read(stream).await, (vec!["a".to_owned(), "b\u{fffd}[31m".to_owned()], vec![]));
}

#[tokio::test]
async fn a_failed_action_an_unknown_one_and_one_that_panics_end_with_an_error() {
    let (_plugin, client) = started().await;
    let (_, failed) = read(invoked(&client, "echo_shout", json!({"behaviour": "fail"})).await).await;
    assert_eq!((summaries(&failed), failed[0].attribute.as_ref().unwrap().steps.len()), (vec!["Told to fail"], 1));
    let (_, unknown) = read(invoked(&client, "echo_whisper", json!({})).await).await;
    assert_eq!(summaries(&unknown), ["Unknown action"]);
    let (progress, crashed) =
        read(invoked(&client, "echo_shout", json!({"words": ["a"], "behaviour": "panic"})).await).await;
    assert_eq!((progress, summaries(&crashed)), (vec!["a".to_owned()], vec!["The provider crashed"]));
    assert!(crashed[0].detail.contains("told to panic"));
}

#[tokio::test]
async fn after_a_stop_an_action_ends_without_further_progress() {
    let (plugin, client) = started().await;
    let mut stream = invoked(&client, "echo_shout", json!({"words": ["a"], "behaviour": "wait"})).await;
    assert!(matches!(stream.next().await.unwrap().unwrap().r#type, Some(Told::Progress(_))));
    plugin.calls_wait(1).await;
    let _: stop_provider::Response = client.call("StopProvider", stop_provider::Request {}).await;
    let (progress, end) = tokio::time::timeout(PATIENCE, read(stream)).await.unwrap();
    assert_eq!((progress.len(), summaries(&end)), (0, vec!["Interrupted"]));
}

#[tokio::test]
async fn a_client_that_goes_away_stops_the_action() {
    let (plugin, client) = started().await;
    let stream = invoked(&client, "echo_shout", json!({"behaviour": "wait"})).await;
    plugin.calls_wait(1).await;
    drop(stream);
    plugin.stderr_with("\"@message\":\"stopped\"", 1).await;
}

#[tokio::test]
async fn an_action_is_checked_and_planned() {
    let (_plugin, client) = started().await;
    let validated = |config: Json| {
        let request =
            validate_action_config::Request { type_name: "echo_shout".to_owned(), config: Some(dynamic(&config)) };
        client.call::<_, validate_action_config::Response>("ValidateActionConfig", request)
    };
    assert_eq!(validated(json!({"behaviour": "fail"})).await.diagnostics, vec![]);
    assert_eq!(
        summaries(&validated(json!({"behaviour": "sing"})).await.diagnostics),
        ["Invalid value for \"behaviour\""]
    );
    // Terraform 1.14 sends null where there is no `config` block.
    let request = plan_action::Request { action_type: "echo_shout".to_owned(), ..Default::default() };
    let planned: plan_action::Response = client.call("PlanAction", request).await;
    assert_eq!(summaries(&planned.diagnostics), ["Nothing to shout"]);
}

//! Nulls where a value is needed: refused in every call that brings a configuration or a plan, before anything is done.

use serde_json::{Value as Json, json};
use tfplugin::proto::tfplugin6::invoke_action::Event;
use tfplugin::proto::tfplugin6::invoke_action::event::Type as Told;
use tfplugin::proto::tfplugin6::{
    ClientCapabilities, Diagnostic, apply_resource_change, configure_provider, invoke_action, plan_action,
    plan_resource_change, read_data_source, validate_action_config, validate_data_resource_config,
    validate_provider_config, validate_resource_config,
};
use tokio_stream::StreamExt;
use tonic::Streaming;

use super::calls::{path, started, summaries, thing};
use super::client::{dynamic, json};

const IN_LIST: &str = "An element of a list is null";
const REQUIRED: &str = "A required argument is null";

/// The one error that there is: its summary, its path, its text.
fn only(diagnostics: &[Diagnostic]) -> (&str, Vec<String>, &str) {
    let [found] = diagnostics else { panic!("{diagnostics:?}") };
    (&found.summary, path(found), &found.detail)
}

fn steps(steps: &[&str]) -> Vec<String> {
    steps.iter().map(|step| (*step).to_owned()).collect()
}

#[tokio::test]
async fn a_null_is_told_on_the_outermost_attribute_and_its_place_in_the_text_alone() {
    let (_plugin, client) = started().await;
    let validate = |config: Json| {
        let request = validate_resource_config::Request {
            type_name: "echo_thing".to_owned(),
            config: Some(dynamic(&config)),
            client_capabilities: Some(ClientCapabilities { write_only_attributes_allowed: true, ..Default::default() }),
        };
        client.call::<_, validate_resource_config::Response>("ValidateResourceConfig", request)
    };
    let found = validate(json!({"parts": [{"name": "a"}, null]})).await.diagnostics;
    let (summary, at, text) = only(&found);
    assert_eq!((summary, at), (IN_LIST, steps(&["parts", "1"])));
    assert!(text.starts_with("`parts[1]` is null. Remove the element, or give it a value. "), "{text}");
    let found = validate(json!({"parts": [{"name": null}]})).await.diagnostics;
    let (summary, at, text) = only(&found);
    assert_eq!((summary, at), (REQUIRED, steps(&["parts", "0"])));
    assert!(text.contains("`parts[0].name`") && !text.contains("(at "), "{text}");
    let found = validate(json!({"labels": {"k": null}})).await.diagnostics;
    assert_eq!(only(&found).1, ["labels", "k"]);
    let found = validate(json!({"members": [null]})).await.diagnostics;
    assert_eq!(only(&found).1, ["members"]);
    let found = validate(json!({"sections": [{"name": null}]})).await.diagnostics;
    assert_eq!(only(&found).1, ["sections", "0", "name"]);
}

#[tokio::test]
async fn a_plan_with_a_null_is_an_error_before_the_resource_is_asked() {
    let (_plugin, client) = started().await;
    let plan = client.plan(None, json!({"note": "warn", "parts": [null]})).await;
    assert_eq!(only(&plan.diagnostics).0, IN_LIST, "no warning of the resource");
    assert_eq!(client.plan(None, json!({"note": "warn"})).await.diagnostics.len(), 1);
    let destroy = plan_resource_change::Request {
        type_name: "echo_thing".to_owned(),
        prior_state: Some(thing(json!({"parts": [null]}))),
        ..Default::default()
    };
    let destroyed: plan_resource_change::Response = client.call("PlanResourceChange", destroy).await;
    assert_eq!(destroyed.diagnostics, [], "a state that has one can still be destroyed");
}

#[tokio::test]
async fn nothing_is_made_or_changed_with_what_turned_out_to_be_null() {
    let (_plugin, client) = started().await;
    for nulls in [json!({"parts": [null]}), json!({"labels": {"k": null}}), json!({"parts": [{"name": null}]})] {
        for prior in [None, Some(thing(json!({"note": "old"})))] {
            let id = if prior.is_some() { json!("thing-1") } else { Json::Null };
            let mut planned = nulls.clone();
            planned["id"] = id;
            planned["sections"] = json!([]);
            let request = apply_resource_change::Request {
                type_name: "echo_thing".to_owned(),
                prior_state: prior,
                planned_state: Some(dynamic(&planned)),
                config: Some(dynamic(&nulls)),
                planned_private: b"planned".to_vec(),
                ..Default::default()
            };
            let applied: apply_resource_change::Response = client.call("ApplyResourceChange", request).await;
            assert_eq!((applied.diagnostics.len(), applied.new_state), (1, None), "{nulls}");
        }
    }
    let created = client.apply(None, json!({})).await;
    assert_eq!(json(&created.new_state)["id"], "thing-1", "none was made before");
}

#[tokio::test]
async fn data_sources_are_neither_validated_nor_read_with_a_null() {
    let (_plugin, client) = started().await;
    let config = || Some(dynamic(&json!({"text": null})));
    let request = validate_data_resource_config::Request { type_name: "echo_source".to_owned(), config: config() };
    let found: validate_data_resource_config::Response = client.call("ValidateDataResourceConfig", request).await;
    assert_eq!((only(&found.diagnostics).0, only(&found.diagnostics).1), (REQUIRED, steps(&["text"])));
    let request =
        read_data_source::Request { type_name: "echo_source".to_owned(), config: config(), ..Default::default() };
    let read: read_data_source::Response = client.call("ReadDataSource", request).await;
    assert_eq!((read.state, only(&read.diagnostics).0), (None, REQUIRED));
}

#[tokio::test]
async fn the_provider_is_not_configured_with_a_null() {
    let (_plugin, client) = started().await;
    let config = || Some(dynamic(&json!({"greetings": ["a", null]})));
    let request = validate_provider_config::Request { config: config() };
    let found: validate_provider_config::Response = client.call("ValidateProviderConfig", request).await;
    assert_eq!((only(&found.diagnostics).0, only(&found.diagnostics).1), (IN_LIST, steps(&["greetings", "1"])));
    let request = configure_provider::Request { config: config(), ..Default::default() };
    let found: configure_provider::Response = client.call("ConfigureProvider", request).await;
    assert_eq!(only(&found.diagnostics).0, IN_LIST);
}

#[tokio::test]
async fn an_action_is_not_done_with_a_null() {
    let (_plugin, client) = started().await;
    let (action_type, config) = (|| "echo_shout".to_owned(), || Some(dynamic(&json!({"words": ["a", null]}))));
    let request = validate_action_config::Request { type_name: action_type(), config: config() };
    let found: validate_action_config::Response = client.call("ValidateActionConfig", request).await;
    assert_eq!(summaries(&found.diagnostics), [IN_LIST]);
    let request = plan_action::Request { action_type: action_type(), config: config(), ..Default::default() };
    let planned: plan_action::Response = client.call("PlanAction", request).await;
    assert_eq!(summaries(&planned.diagnostics), [IN_LIST]);
    let request = invoke_action::Request { action_type: action_type(), config: config(), client_capabilities: None };
    let events: Streaming<Event> = client.server_stream("/tfplugin6.Provider/InvokeAction", request).await.unwrap();
    let events: Vec<Told> = events.map(|event| event.unwrap().r#type.unwrap()).collect().await;
    let [Told::Completed(completed)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(summaries(&completed.diagnostics), [IN_LIST]);
}

//! Terraform's calls: what comes back, above all when a resource behaves badly.

use std::collections::HashMap;

use serde_json::{Value as Json, json};
use tfplugin::proto::tfplugin6::attribute_path::step::Selector;
use tfplugin::proto::tfplugin6::{
    ClientCapabilities, Diagnostic, DynamicValue, RawState, apply_resource_change, configure_provider, get_metadata,
    get_provider_schema, get_resource_identity_schemas, import_resource_state, move_resource_state,
    open_ephemeral_resource, plan_resource_change, read_data_source, read_resource, stop_provider,
    upgrade_resource_state, validate_resource_config,
};

use super::client::{Client, dynamic, json};
use super::plugin::{Plugin, Start};

pub async fn started() -> (Plugin, Client) {
    let plugin = Start::by_terraform().plugin().await;
    let client = plugin.client().await;
    (plugin, client)
}

pub fn summaries(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect()
}

/// An object of `echo_thing` as it stands in state.
pub fn thing(members: Json) -> DynamicValue {
    let mut object = json!({"id": "thing-1", "sections": []});
    object.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    dynamic(&object)
}

#[tokio::test]
async fn the_schema_says_what_there_is_and_what_the_server_can_do() {
    let (_plugin, client) = started().await;
    let schema: get_provider_schema::Response = client.call("GetProviderSchema", get_provider_schema::Request {}).await;
    let again: get_provider_schema::Response = client.call("GetProviderSchema", get_provider_schema::Request {}).await;
    assert_eq!(schema, again);
    let capabilities = schema.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert!(!capabilities.move_resource_state && !capabilities.generate_resource_config);
    assert!(schema.provider.unwrap().block.is_some());
    let thing = &schema.resource_schemas["echo_thing"];
    let block = thing.block.as_ref().unwrap();
    let attribute = |name: &str| block.attributes.iter().find(|attribute| attribute.name == name).unwrap();
    assert_eq!((thing.version, attribute("labels").r#type.as_slice()), (1, &b"[\"map\",\"string\"]"[..]));
    assert!(attribute("secret").write_only && attribute("id").computed && !attribute("id").optional);
    assert_eq!(attribute("parts").nested_type.as_ref().unwrap().nesting, 2);
    assert_eq!(block.block_types[0].nesting, 1);
    assert!(block.block_types.iter().all(|nested| nested.block.is_some()));

    let metadata: get_metadata::Response = client.call("GetMetadata", get_metadata::Request {}).await;
    assert_eq!(metadata.resources[0].type_name, "echo_thing");
    assert_eq!(metadata.data_sources[0].type_name, "echo_source");
    assert_eq!(metadata.functions[0].name, "describe");
}

#[tokio::test]
async fn what_is_not_offered_is_empty_or_unimplemented() {
    let (_plugin, client) = started().await;
    let identities: get_resource_identity_schemas::Response =
        client.call("GetResourceIdentitySchemas", get_resource_identity_schemas::Request {}).await;
    assert!(identities.identity_schemas.is_empty() && identities.diagnostics.is_empty());
    let ephemeral = client
        .unary::<_, open_ephemeral_resource::Response>(
            "/tfplugin6.Provider/OpenEphemeralResource",
            open_ephemeral_resource::Request::default(),
        )
        .await;
    assert_eq!(ephemeral.unwrap_err().code(), tonic::Code::Unimplemented);
    let request = move_resource_state::Request {
        source_type_name: "other_thing".to_owned(),
        target_type_name: "echo_thing".to_owned(),
        ..Default::default()
    };
    let moved: move_resource_state::Response = client.call("MoveResourceState", request).await;
    assert!(moved.target_state.is_none() && moved.diagnostics[0].detail.contains("other_thing"));
}

#[tokio::test]
async fn stop_cuts_the_calls_in_flight_short_and_later_calls_work() {
    let plugin = Start::by_terraform().env("TF_LOG", "INFO").plugin().await;
    let client = plugin.client().await;
    // More than the 200 streams that HTTP/2 servers often allow: Stop must not have to wait for one of them.
    let in_flight: Vec<_> = (0..300).map(|_| waiting(&client)).collect();
    plugin.calls_wait(300).await;
    stop(&client).await;
    for call in in_flight {
        let answer = call.await.unwrap();
        assert_eq!(summaries(&answer.diagnostics), ["Interrupted"]);
        assert_eq!(json(&answer.new_state)["echo"], "t");
        assert_eq!(answer.private, b"kept");
    }
    let later = waiting(&client);
    plugin.calls_wait(301).await;
    assert!(!later.is_finished());
    stop(&client).await;
    assert_eq!(summaries(&later.await.unwrap().diagnostics), ["Interrupted"]);
}

fn waiting(client: &Client) -> tokio::task::JoinHandle<apply_resource_change::Response> {
    let client = client.clone();
    tokio::spawn(async move { client.apply(None, json!({"behaviour": "wait", "text": "t"})).await })
}

async fn stop(client: &Client) {
    let stopped: stop_provider::Response = client.call("StopProvider", stop_provider::Request {}).await;
    assert_eq!(stopped.error, "");
}

#[tokio::test]
async fn a_panic_is_a_diagnostic_of_that_call_and_a_trace_for_the_user() {
    let plugin = Start::by_terraform().env("TF_LOG", "INFO").plugin().await;
    let client = plugin.client().await;
    let neighbour = waiting(&client);
    plugin.calls_wait(1).await;
    let created = client.apply(None, json!({"behaviour": "panic"})).await;
    assert_eq!(summaries(&created.diagnostics), ["The provider crashed"]);
    assert!(created.diagnostics[0].detail.contains("told to panic"));
    assert_eq!(created.new_state, None);
    let updated = client.apply(Some(thing(json!({}))), json!({"id": "thing-1", "behaviour": "panic"})).await;
    assert_eq!((summaries(&updated.diagnostics), updated.new_state), (vec!["The provider crashed"], None));
    let stderr =
        plugin.stderr_with("panic: told to panic\n    at crates/tfplugin/tests/protocol/echo_provider.rs:", 2).await;
    assert!(stderr.lines().any(|line| line == "panic: told to panic"), "{stderr}");
    stop(&client).await;
    assert_eq!(summaries(&neighbour.await.unwrap().diagnostics), ["Interrupted"]);
}

#[tokio::test]
async fn a_created_object_is_never_lost() {
    let (_plugin, client) = started().await;
    let unknown = client.apply(None, json!({"behaviour": "leave unknown"})).await;
    assert_eq!(summaries(&unknown.diagnostics), ["A value is still unknown"]);
    assert_eq!(path(&unknown.diagnostics[0]), ["echo"]);
    assert_eq!(json(&unknown.new_state)["echo"], Json::Null);
    assert!(json(&unknown.new_state)["id"].is_string());

    let misfit = client.apply(None, json!({"behaviour": "misfit", "note": "n"})).await;
    assert_eq!(misfit.diagnostics.len(), 1);
    let state = json(&misfit.new_state);
    assert_eq!((&state["note"], &state["echo"]), (&json!("n"), &Json::Null));
    assert!(state["id"].is_string());

    let failed = client.apply(None, json!({"behaviour": "fail"})).await;
    assert_eq!(summaries(&failed.diagnostics), ["Told to fail"]);
    assert!(json(&failed.new_state)["id"].is_string());

    let nothing = client.apply(None, json!({"behaviour": "nothing"})).await;
    assert_eq!(summaries(&nothing.diagnostics), ["Nothing was said about the new object"]);

    let secret = client.apply(None, json!({"secret": "s"})).await;
    assert_eq!((secret.diagnostics.len(), &json(&secret.new_state)["secret"]), (0, &Json::Null));
}

#[tokio::test]
async fn a_failed_update_keeps_the_object_and_its_private_bytes() {
    let (_plugin, client) = started().await;
    let prior = thing(json!({"note": "old"}));
    let config = json!({"id": "thing-1", "behaviour": "fail", "note": "new"});
    let plan = client.plan(Some(prior.clone()), config.clone()).await;
    let request = |behaviour: &str| apply_resource_change::Request {
        type_name: "echo_thing".to_owned(),
        prior_state: Some(prior.clone()),
        planned_state: Some(thing(json!({"behaviour": behaviour, "note": "new"}))),
        config: Some(dynamic(&config)),
        planned_private: b"planned".to_vec(),
        ..Default::default()
    };
    assert_eq!(json(&plan.planned_state)["echo"], json!({"unknown": true}));
    let failed: apply_resource_change::Response = client.call("ApplyResourceChange", request("fail")).await;
    assert_eq!(json(&failed.new_state)["note"], "new");
    assert_eq!(failed.private, b"planned");
    // No state beside an error: Terraform keeps the one it has.
    let failed: apply_resource_change::Response = client.call("ApplyResourceChange", request("fail empty")).await;
    assert_eq!((failed.new_state, summaries(&failed.diagnostics)), (None, vec!["Told to fail"]));
}

#[tokio::test]
async fn a_destroy_is_planned_and_a_failed_one_keeps_the_object() {
    let (_plugin, client) = started().await;
    let plan = |note: &str| {
        let request = plan_resource_change::Request {
            type_name: "echo_thing".to_owned(),
            prior_state: Some(thing(json!({"note": note}))),
            ..Default::default()
        };
        client.call::<_, plan_resource_change::Response>("PlanResourceChange", request)
    };
    let planned = plan("").await;
    assert_eq!((json(&planned.planned_state), planned.planned_private), (Json::Null, b"planned destroy".to_vec()));
    assert_eq!(summaries(&plan("keep").await.diagnostics), ["Not to be destroyed"]);

    let destroyed = client.destroy(thing(json!({}))).await;
    assert_eq!((destroyed.new_state, destroyed.diagnostics.len()), (None, 0));
    for behaviour in ["fail", "panic"] {
        let failed = client.destroy(thing(json!({"behaviour": behaviour}))).await;
        assert_eq!((failed.new_state, failed.diagnostics.len()), (None, 1));
    }
}

/// What an old client and OpenTofu do not say: one that asks for a change is in an apply, until it configures again.
#[tokio::test]
async fn what_is_planned_after_a_change_belongs_to_the_apply_until_the_provider_is_configured_again() {
    let (_plugin, client) = started().await;
    let planned = async || {
        let prior_state = Some(thing(json!({})));
        let request =
            plan_resource_change::Request { type_name: "echo_thing".to_owned(), prior_state, ..Default::default() };
        let planned: plan_resource_change::Response = client.call("PlanResourceChange", request).await;
        String::from_utf8(planned.planned_private).unwrap()
    };
    for _ in 0..2 {
        let _: configure_provider::Response =
            client.call("ConfigureProvider", configure_provider::Request::default()).await;
        assert_eq!(planned().await, "planned destroy");
        client.apply(None, json!({"note": "n"})).await;
        assert_eq!(planned().await, "planned in an apply");
    }
}

#[tokio::test]
async fn a_refresh_echoes_private_bytes_and_tells_what_is_gone() {
    let (_plugin, client) = started().await;
    let read = |state: DynamicValue| {
        let request = read_resource::Request {
            type_name: "echo_thing".to_owned(),
            current_state: Some(state),
            private: b"private".to_vec(),
            ..Default::default()
        };
        client.call::<_, read_resource::Response>("ReadResource", request)
    };
    let there = read(thing(json!({"note": "n"}))).await;
    assert_eq!((&json(&there.new_state)["note"], there.private.as_slice()), (&json!("n"), &b"private"[..]));
    assert_eq!(read(thing(json!({"note": "gone"}))).await.new_state, None);
}

#[tokio::test]
async fn state_is_taken_as_it_is_or_upgraded() {
    let (_plugin, client) = started().await;
    let upgrade = |version: i64, state: RawState| {
        let request =
            upgrade_resource_state::Request { type_name: "echo_thing".to_owned(), version, raw_state: Some(state) };
        client.call::<_, upgrade_resource_state::Response>("UpgradeResourceState", request)
    };
    let raw = |text: &str| RawState { json: text.into(), flatmap: HashMap::new() };
    let same = upgrade(1, raw("{\n  \"id\": \"thing-1\",\n  \"text\": \"t\",\n  \"former\": 1\n}")).await;
    let state = json(&same.upgraded_state);
    assert_eq!((&state["text"], &state["note"], &state["sections"]), (&json!("t"), &Json::Null, &json!([])));
    assert_eq!(json(&upgrade(0, raw(r#"{"id": "thing-1", "word": "w"}"#)).await.upgraded_state)["text"], "w");
    assert_eq!(summaries(&upgrade(7, raw("{}")).await.diagnostics), ["Unknown version"]);
    let old = RawState { json: Vec::new(), flatmap: HashMap::from([("id".to_owned(), "1".to_owned())]) };
    assert_eq!(summaries(&upgrade(1, old).await.diagnostics), ["State in an unknown format"]);
    let malformed = upgrade(1, raw("{\"id\": \"top secret\"")).await;
    assert!(!malformed.diagnostics[0].detail.contains("secret"), "{}", malformed.diagnostics[0].detail);
}

#[tokio::test]
async fn messages_far_above_four_mebibytes_pass_both_ways() {
    let (_plugin, client) = started().await;
    let text = "t".repeat(5 * 1024 * 1024);
    let answer = client.apply(None, json!({"text": text})).await;
    assert_eq!(json(&answer.new_state)["echo"], Json::from(text));
}

#[tokio::test]
async fn an_import_brings_a_whole_object_or_an_error() {
    let (_plugin, client) = started().await;
    let import = |id: &str| {
        let request = import_resource_state::Request {
            type_name: "echo_thing".to_owned(),
            id: id.to_owned(),
            ..Default::default()
        };
        client.call::<_, import_resource_state::Response>("ImportResourceState", request)
    };
    let found = import("thing-9").await;
    let imported = &found.imported_resources[0];
    assert_eq!((imported.type_name.as_str(), imported.private.as_slice()), ("echo_thing", &b"imported"[..]));
    assert_eq!(json(&imported.state)["id"], "thing-9");
    let wrong = import("9").await;
    assert_eq!((summaries(&wrong.diagnostics), wrong.imported_resources.len()), (vec!["Not a thing"], 0));
}

pub fn path(diagnostic: &Diagnostic) -> Vec<String> {
    let steps = diagnostic.attribute.as_ref().map(|path| path.steps.clone()).unwrap_or_default();
    let name = |selector| match selector {
        Selector::AttributeName(name) | Selector::ElementKeyString(name) => name,
        Selector::ElementKeyInt(index) => index.to_string(),
    };
    steps.into_iter().filter_map(|step| step.selector).map(name).collect()
}

#[tokio::test]
async fn a_path_ends_where_clients_lose_themselves_and_the_text_goes_on() {
    let (_plugin, client) = started().await;
    let validate = |config: Json| {
        let request = validate_resource_config::Request {
            type_name: "echo_thing".to_owned(),
            config: Some(dynamic(&config)),
            client_capabilities: Some(ClientCapabilities { write_only_attributes_allowed: true, ..Default::default() }),
        };
        client.call::<_, validate_resource_config::Response>("ValidateResourceConfig", request)
    };
    let found = validate(json!({"parts": [{"name": "a"}, {"name": "x"}]})).await.diagnostics;
    assert_eq!(path(&found[0]), ["parts", "1"]);
    assert!(found[0].detail.ends_with("(at parts[1].name)"), "{}", found[0].detail);
    let found = validate(json!({"members": [{"name": "x"}]})).await.diagnostics;
    assert_eq!(path(&found[0]), ["members"]);
    let found = validate(json!({"timeouts": {"create": "9m"}})).await.diagnostics;
    assert_eq!(path(&found[0]), ["timeouts", "create"]);
    let found = validate(json!({"sections": [{"name": "x"}]})).await.diagnostics;
    assert_eq!(path(&found[0]), ["sections", "0", "name"]);
    assert_eq!(validate(json!({"secret": "s"})).await.diagnostics, []);
}

#[tokio::test]
async fn a_client_without_write_only_arguments_is_told_so() {
    let (_plugin, client) = started().await;
    let request = validate_resource_config::Request {
        type_name: "echo_thing".to_owned(),
        config: Some(dynamic(&json!({"secret": "s"}))),
        client_capabilities: None,
    };
    let found: validate_resource_config::Response = client.call("ValidateResourceConfig", request).await;
    assert_eq!(path(&found.diagnostics[0]), ["secret"]);
}

#[tokio::test]
async fn a_data_source_is_read_or_fails_at_its_attribute() {
    let (_plugin, client) = started().await;
    let read = |text: &str| {
        let request = read_data_source::Request {
            type_name: "echo_source".to_owned(),
            config: Some(dynamic(&json!({"text": text}))),
            ..Default::default()
        };
        client.call::<_, read_data_source::Response>("ReadDataSource", request)
    };
    assert_eq!(json(&read("t").await.state), json!({"text": "t", "echo": "t"}));
    let failed = read("fail").await;
    assert_eq!((failed.state, path(&failed.diagnostics[0])), (None, vec!["text".to_owned()]));
}

#[tokio::test]
async fn unknown_types_and_values_that_do_not_fit_are_diagnostics() {
    let (_plugin, client) = started().await;
    let request = read_resource::Request { type_name: "echo_nothing".to_owned(), ..Default::default() };
    let read: read_resource::Response = client.call("ReadResource", request).await;
    assert_eq!(summaries(&read.diagnostics), ["Unknown resource"]);
    let garbage = DynamicValue { msgpack: vec![0xc1, 0xff], json: Vec::new() };
    let request = read_resource::Request {
        type_name: "echo_thing".to_owned(),
        current_state: Some(garbage),
        ..Default::default()
    };
    let read: read_resource::Response = client.call("ReadResource", request).await;
    assert_eq!(summaries(&read.diagnostics), ["A value sent to the provider does not fit its schema"]);
}

#[tokio::test]
async fn log_lines_are_entries_that_name_the_call() {
    let plugin = Start::by_terraform().env("TF_LOG_PROVIDER", "DEBUG").plugin().await;
    let client = plugin.client().await;
    let request = configure_provider::Request {
        terraform_version: "1.11.4".to_owned(),
        config: Some(dynamic(&json!({"greeting": "hello"}))),
        client_capabilities: None,
    };
    let _: configure_provider::Response = client.call("ConfigureProvider", request).await;
    let stderr = plugin.stderr_with("call answered", 1).await;
    let entries: Vec<Json> = stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let configured = entries.iter().find(|entry| entry["@message"] == "configured").unwrap();
    assert_eq!((&configured["@level"], &configured["@module"]), (&json!("info"), &json!("echo_provider")));
    assert_eq!((&configured["tf_rpc"], &configured["version"]), (&json!("ConfigureProvider"), &json!("1.11.4")));
    let timestamp = configured["@timestamp"].as_str().unwrap();
    assert_eq!((timestamp.len(), &timestamp[19..20], &timestamp[26..]), (27, ".", "Z"));
}

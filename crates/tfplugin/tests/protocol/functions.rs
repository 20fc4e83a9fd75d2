//! Functions over the wire, also from clients that send what Terraform would not.

use serde_json::{Value as Json, json};
use tfplugin::proto::tfplugin6::{DynamicValue, FunctionError, call_function, get_functions, get_provider_schema};

use super::client::{Client, dynamic, json};
use super::plugin::{Plugin, Start};

async fn started() -> (Plugin, Client) {
    let plugin = Start::by_terraform().plugin().await;
    let client = plugin.client().await;
    (plugin, client)
}

/// MessagePack of an unknown value.
fn unknown() -> DynamicValue {
    DynamicValue { msgpack: vec![0xd4, 0x00, 0x00], json: Vec::new() }
}

async fn call(client: &Client, name: &str, arguments: Vec<DynamicValue>) -> call_function::Response {
    client.call("CallFunction", call_function::Request { name: name.to_owned(), arguments }).await
}

/// The error of `describe`.
async fn error(client: &Client, arguments: Vec<DynamicValue>) -> FunctionError {
    let answer = call(client, "describe", arguments).await;
    assert_eq!(answer.result, None);
    answer.error.unwrap()
}

#[tokio::test]
async fn the_schema_and_get_functions_tell_the_same_of_a_function() {
    let (_plugin, client) = started().await;
    let schema: get_provider_schema::Response = client.call("GetProviderSchema", get_provider_schema::Request {}).await;
    let alone: get_functions::Response = client.call("GetFunctions", get_functions::Request {}).await;
    assert_eq!(schema.functions, alone.functions);
    assert_eq!(alone.diagnostics, []);
    let describe = &schema.functions["describe"];
    assert_eq!((describe.summary.as_str(), describe.description_kind), ("Describes.", 1));
    let [text, note] = describe.parameters.as_slice() else { panic!("{:?}", describe.parameters) };
    assert_eq!((text.name.as_str(), text.r#type.as_slice()), ("text", &b"\"string\""[..]));
    assert!(!text.allow_null_value && !text.allow_unknown_values);
    assert!(note.allow_null_value && note.allow_unknown_values);
    assert_eq!(describe.variadic_parameter.as_ref().unwrap().name, "more");
    let returns: Json = serde_json::from_slice(&describe.r#return.as_ref().unwrap().r#type).unwrap();
    assert_eq!(returns, json!(["object", {"more": "number", "note": "string", "text": "string"}]));
}

#[tokio::test]
async fn a_call_gives_a_result_of_the_type_that_was_promised() {
    let (_plugin, client) = started().await;
    let called = |arguments: Vec<DynamicValue>| call(&client, "describe", arguments);
    let answer = called(vec![dynamic(&json!("t")), dynamic(&json!(["a"]))]).await;
    assert_eq!((json(&answer.result), answer.error), (json!({"text": "t", "note": "known", "more": 0}), None));
    let answer = called(vec![dynamic(&json!("t")), unknown(), dynamic(&json!(1)), dynamic(&json!(2))]).await;
    assert_eq!(json(&answer.result), json!({"text": "t", "note": "unknown", "more": 2}));
    let answer = called(vec![dynamic(&json!("t")), DynamicValue::default()]).await;
    assert_eq!(json(&answer.result)["note"], "null");
}

#[tokio::test]
async fn arguments_that_a_client_should_have_kept_back_are_errors_of_theirs() {
    let (_plugin, client) = started().await;
    let fine = || dynamic(&json!("t"));
    let cases = [
        (vec![], None, "wrong number of arguments: expected at least 2, found 0"),
        (vec![DynamicValue::default(), fine()], Some(1), "it does not fit the type of the parameter: "),
        (vec![dynamic(&json!(null)), DynamicValue::default()], Some(0), "it must not be null"),
        (vec![unknown(), DynamicValue::default()], Some(0), "it must be known, and is known only after apply"),
        (vec![fine(), DynamicValue::default(), unknown()], Some(2), "it must be known"),
        (
            vec![DynamicValue { msgpack: vec![0xc1, 0xff], json: Vec::new() }, DynamicValue::default()],
            Some(0),
            "it does not fit the type of the parameter: ",
        ),
    ];
    for (arguments, position, text) in cases {
        let error = error(&client, arguments).await;
        assert_eq!(error.function_argument, position, "{error:?}");
        assert!(error.text.starts_with(text), "{error:?}");
    }
    let unheard_of = call(&client, "nothing", vec![]).await.error.unwrap();
    assert_eq!(unheard_of.function_argument, None);
    assert_eq!(unheard_of.text, "Unknown function: This version of the provider has no function \"nothing\"");
}

#[tokio::test]
async fn whatever_a_function_does_wrong_is_an_error_of_that_call() {
    let (_plugin, client) = started().await;
    for (behaviour, position, text) in [
        ("fail", None, "told to fail"),
        // What would change colours of the terminal is replaced.
        ("blame the text", Some(0), "told to\u{fffd}[31m blame it"),
        // Clients stumble over an argument that is not there.
        ("blame nobody", None, "told to blame what is not there"),
        ("misfit", None, "the result does not fit its type: "),
        ("panic", None, "The provider crashed: told to panic. This is a bug in the provider, met in CallFunction"),
    ] {
        let error = error(&client, vec![dynamic(&json!(behaviour)), DynamicValue::default()]).await;
        assert_eq!(error.function_argument, position, "{error:?}");
        assert!(error.text.starts_with(text), "{error:?}");
    }
    let answer = call(&client, "describe", vec![dynamic(&json!("t")), DynamicValue::default()]).await;
    assert_eq!(answer.error, None);
}

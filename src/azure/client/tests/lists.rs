//! Lists: all pages or an error.

use super::*;

async fn list(transport: &Arc<ScriptedTransport>) -> Result<Vec<Value>, ArmError> {
    client(transport).list(PATH, "1", &[("$filter", "a eq 'b'")], &deadline(600)).await
}

#[tokio::test(start_paused = true)]
async fn pages_are_followed_to_the_letter_over_empty_ones() {
    let second = "https://management.azure.com/other/path?$skipToken=a==&api-version=2";
    let transport = ScriptedTransport::new(vec![
        answer(200, json!({"value": [1, 2], "nextLink": second})),
        answer(200, json!({"value": [], "nextLink": "https://management.azure.com/third"})),
        answer(200, json!({"value": [3], "nextLink": ""})),
    ]);
    assert_eq!(list(&transport).await.unwrap(), [1, 2, 3]);
    assert_eq!(
        transport.lines(),
        [
            format!("GET {URL}&$filter=a%20eq%20%27b%27"),
            format!("GET {second}"),
            "GET https://management.azure.com/third".to_owned()
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_is_asked_for_again_without_those_before_it() {
    let next = "https://management.azure.com/second";
    let transport = ScriptedTransport::new(vec![
        answer(200, json!({"value": [1], "nextLink": next})),
        answer(500, ""),
        answer(200, json!({"value": [2], "nextLink": null})),
    ]);
    assert_eq!(list(&transport).await.unwrap(), [1, 2]);
    assert_eq!(transport.lines()[1..], [format!("GET {next}"), format!("GET {next}")]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_refused_is_an_error_and_no_part_of_a_list() {
    let transport = ScriptedTransport::new(vec![
        answer(200, json!({"value": [1], "nextLink": "https://management.azure.com/second"})),
        answer(403, ""),
    ]);
    assert_eq!(list(&transport).await.unwrap_err().status(), Some(403));
}

#[tokio::test(start_paused = true)]
async fn links_that_lead_in_a_circle_are_an_error() {
    let link =
        |name: &str| answer(200, json!({"value": [1], "nextLink": format!("https://management.azure.com/{name}")}));
    let transport = ScriptedTransport::new(vec![link("b"), link("c"), link("b")]);
    let error = list(&transport).await.unwrap_err();
    assert!(error.to_string().contains("circle"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_link_to_a_foreign_host_is_an_error() {
    let transport =
        ScriptedTransport::new(vec![answer(200, json!({"value": [1], "nextLink": "https://evil.example/"}))]);
    assert!(matches!(list(&transport).await.unwrap_err(), ArmError::ForeignHost { .. }));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_list_is_an_error_and_an_empty_list_is_none() {
    for nonsense in [json!({}), json!([]), json!({"value": "x"}), json!(null)] {
        let transport = ScriptedTransport::new((0..5).map(|_| answer(200, &nonsense)).collect());
        assert!(matches!(list(&transport).await.unwrap_err(), ArmError::Unreadable { .. }), "{nonsense}");
    }
    let transport = ScriptedTransport::new(vec![answer(200, json!({"value": null}))]);
    assert!(list(&transport).await.unwrap().is_empty());
}

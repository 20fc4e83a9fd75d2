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

#[tokio::test(start_paused = true)]
async fn a_page_of_more_values_than_any_answer_has_is_an_error_before_they_are_made() {
    let page = |elements: usize| answer(200, format!("{{\"value\":[{}0]}}", "0,".repeat(elements - 1)));
    let most = 1_000_000 - 2;
    let too_many = (0..MOST_UNREADABLE).map(|_| page(most + 1));
    let transport = ScriptedTransport::new([page(most)].into_iter().chain(too_many).collect());
    assert_eq!(list(&transport).await.unwrap().len(), most);
    let error = list(&transport).await.map(|elements| elements.len()).unwrap_err();
    assert!(error.to_string().contains("more values than any answer has"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn signs_within_texts_are_no_values() {
    let text = format!("\\\"{}", ",[{".repeat(400_000));
    let transport = ScriptedTransport::new(vec![answer(200, json!({"value": [text]}))]);
    assert_eq!(list(&transport).await.unwrap(), [json!(text)]);
}

#[tokio::test(start_paused = true)]
async fn pages_that_together_hold_more_values_than_any_list_are_an_error() {
    let page = |number: usize| {
        let link = format!("https://management.azure.com/{number}");
        answer(200, format!("{{\"value\":[{}{number}],\"nextLink\":\"{link}\"}}", "0,".repeat(900_000)))
    };
    let transport = ScriptedTransport::new((0..4).map(page).collect());
    let error = list(&transport).await.map(|elements| elements.len()).unwrap_err();
    assert!(error.to_string().contains("than can be kept at once"), "{error}");
    assert_eq!(transport.lines().len(), 4);
}

/// The elements of the list that are numbers above `least`.
async fn above(transport: &Arc<ScriptedTransport>, least: u64) -> Result<ElementList<u64>, ArmError> {
    let keep = |element: &str| {
        let number: u64 = serde_json::from_str(element)?;
        Ok((number > least).then_some(number))
    };
    client(transport).list_of(PATH, "1", &[], Priority::InLine, keep, &deadline(TEN_HOURS)).await
}

/// Pages of these elements, each with a link to the next one.
fn pages(elements: impl IntoIterator<Item = Value>) -> Vec<Step> {
    let elements: Vec<Value> = elements.into_iter().collect();
    let last = elements.len() - 1;
    let page = |(number, value): (usize, Value)| {
        let next = (number < last).then(|| format!("https://management.azure.com/{number}"));
        answer(200, json!({"value": value, "nextLink": next}))
    };
    elements.into_iter().enumerate().map(page).collect()
}

#[tokio::test(start_paused = true)]
async fn a_list_may_have_any_number_of_pages_while_each_brings_something() {
    let transport = ScriptedTransport::new(pages((0..5000_u64).map(|number| json!([2 * number, 2 * number + 1]))));
    let listed = above(&transport, 9996).await.unwrap();
    assert_eq!((listed.elements, listed.requests), (vec![9997, 9998, 9999], 5000));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_wanted_of_a_list_does_not_count_for_its_size() {
    let page = |number: usize| format!("[{number}{}]", ",0".repeat(900_000));
    let texts: Vec<Value> = (0..4).map(|number| serde_json::from_str(&page(number)).unwrap()).collect();
    let listed = above(&ScriptedTransport::new(pages(texts)), 2).await.unwrap();
    assert_eq!((listed.elements, listed.requests), (vec![3], 4));
}

#[tokio::test(start_paused = true)]
async fn more_than_can_be_kept_is_an_error_that_asks_for_less() {
    let page = |number: usize| format!("[{number}{}]", ",7".repeat(900_000));
    let texts: Vec<Value> = (0..4).map(|number| serde_json::from_str(&page(number)).unwrap()).collect();
    let error = above(&ScriptedTransport::new(pages(texts)), 2).await.map(|listed| listed.requests).unwrap_err();
    assert!(error.to_string().contains("ask for fewer"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_empty_pages_or_three_that_were_there_before_are_a_list_without_end() {
    let empty = |count: usize| pages((0..count).map(|_| json!([])).chain([json!([7])]));
    assert_eq!(above(&ScriptedTransport::new(empty(99)), 2).await.unwrap().elements, [7]);
    let transport = ScriptedTransport::new(empty(100).into_iter().take(100).collect());
    let error = above(&transport, 2).await.unwrap_err();
    assert!(error.to_string().contains("the list has no end"), "{error}");
    assert_eq!(transport.lines().len(), 100);

    let repeated = |count: usize| pages((0..=count).map(|_| json!([1, 5])).chain([json!([7])]));
    assert_eq!(above(&ScriptedTransport::new(repeated(2)), 5).await.unwrap().elements, [7]);
    let error = above(&ScriptedTransport::new(repeated(3).into_iter().take(4).collect()), 5).await.unwrap_err();
    assert!(error.to_string().contains("the list has no end"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn pages_that_together_hold_more_bytes_than_any_list_are_an_error() {
    let page = |number: usize| {
        let link = format!("https://management.azure.com/{number}");
        let text = "x".repeat(15 * 1024 * 1024);
        answer(200, format!("{{\"value\":[\"{number}{text}\"],\"nextLink\":\"{link}\"}}"))
    };
    let transport = ScriptedTransport::new((0..5).map(page).collect());
    let error = list(&transport).await.map(|elements| elements.len()).unwrap_err();
    assert!(error.to_string().contains("than can be kept at once"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_deeply_nested_page_is_an_error() {
    let nested = format!("{{\"value\":[{}{}]}}", "[".repeat(5000), "]".repeat(5000));
    let transport = ScriptedTransport::new((0..MOST_UNREADABLE).map(|_| answer(200, &nested)).collect());
    let error = list(&transport).await.unwrap_err();
    assert!(error.to_string().contains("recursion limit"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_ids_of_a_refusal_hold_no_secret() {
    let ids = [("x-ms-request-id", "a?sig=hunter2"), ("x-ms-correlation-request-id", "b?sig=hunter2")];
    let transport = ScriptedTransport::new(vec![with_headers(403, &ids, "")]);
    let error = list(&transport).await.unwrap_err().to_string();
    assert!(error.ends_with("(request id a?sig=(removed), correlation id b?sig=(removed))"), "{error}");
}

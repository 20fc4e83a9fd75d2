//! Answers that many share.

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

async fn recent(client: &ArmClient) -> Result<Value, ArmError> {
    client.get_recent(PATH, "1", MINUTE, &deadline(600)).await.map(|answer| Value::clone(&answer))
}

#[tokio::test(start_paused = true)]
async fn an_answer_serves_all_who_ask_within_a_minute_of_its_request() {
    let transport = ScriptedTransport::new(vec![answer(200, json!(1)), answer(200, json!(2))]);
    let client = client(&transport);
    let (one, other) = tokio::join!(recent(&client), recent(&client));
    assert_eq!((one.unwrap(), other.unwrap()), (json!(1), json!(1)));
    tokio::time::sleep(MINUTE - Duration::from_millis(1)).await;
    assert_eq!(recent(&client).await.unwrap(), json!(1));
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(recent(&client).await.unwrap(), json!(2));
    assert_eq!(transport.lines(), [format!("GET {URL}"), format!("GET {URL}")]);
}

#[tokio::test(start_paused = true)]
async fn an_error_serves_only_whoever_asked() {
    let transport = ScriptedTransport::new(vec![answer(404, "{}"), answer(200, json!(2))]);
    let client = client(&transport);
    assert_eq!(recent(&client).await.unwrap_err().status(), Some(404));
    assert_eq!(recent(&client).await.unwrap(), json!(2));
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_too_old_are_not_kept() {
    let transport = ScriptedTransport::new((0..3).map(|number| answer(200, json!(number))).collect());
    let client = client(&transport);
    let ask = async |path: &str| client.get_recent(path, "1", MINUTE, &deadline(600)).await.unwrap();
    ask("/subscriptions/a").await;
    ask("/subscriptions/b").await;
    assert_eq!(client.inner.recent.number(), 2);
    tokio::time::sleep(MINUTE).await;
    ask("/subscriptions/c").await;
    assert_eq!(client.inner.recent.number(), 1);
}

/// Asks for so many elements of a collection at the same time: their answers and how many requests it took.
async fn elements(names: std::ops::Range<usize>, steps: Vec<Step>) -> (Vec<Result<Value, ArmError>>, usize) {
    let transport = ScriptedTransport::new(steps);
    let client = client(&transport);
    let mut asks = tokio::task::JoinSet::new();
    for name in names {
        let client = client.clone();
        asks.spawn(
            async move { (name, client.get_element(&format!("{PATH}/I{name}"), "1", MINUTE, &deadline(600)).await) },
        );
    }
    let mut answers = asks.join_all().await;
    answers.sort_by_key(|(name, _)| *name);
    (answers.into_iter().map(|(_, answer)| answer).collect(), transport.lines().len())
}

fn single(number: usize) -> Vec<Step> {
    (0..number).map(|_| answer(200, json!({"name": "single"}))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_few_elements_of_a_collection_are_read_one_by_one() {
    let (answers, requests) = elements(0..20, single(20)).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap() == json!({"name": "single"})));
    assert_eq!(requests, 20);
}

/// Those who are read one by one wait while the others ask.
fn slow(number: usize) -> Vec<Step> {
    (0..number).map(|_| with_headers(429, &[("retry-after", "1")], "{}")).collect()
}

#[tokio::test(start_paused = true)]
async fn many_elements_of_a_collection_share_a_list_of_it_and_what_it_lacks_is_read_by_itself() {
    let page: Vec<Value> = (0..29).map(|name| json!({"name": format!("i{name}")})).collect();
    let mut steps = slow(20);
    steps.push(answer(200, json!({"value": page})));
    steps.push(answer(404, "{}"));
    steps.extend(single(20));
    let (answers, requests) = elements(0..30, steps).await;
    assert_eq!(answers[28].as_ref().unwrap(), &json!({"name": "i28"}));
    assert_eq!(answers[29].as_ref().unwrap_err().status(), Some(404));
    assert_eq!(requests, 20 + 1 + 1 + 20);
}

#[tokio::test(start_paused = true)]
async fn a_collection_that_cannot_be_listed_is_read_element_by_element() {
    let mut steps = slow(20);
    steps.push(answer(403, "{}"));
    steps.extend(single(30));
    let (answers, requests) = elements(0..30, steps).await;
    assert!(answers.into_iter().all(|answer| answer.is_ok()));
    assert_eq!(requests, 20 + 1 + 30);
}

//! The POST that must not happen twice.

use tokio_util::sync::CancellationToken;

use super::*;

const ID: Uuid = Uuid::from_u128(0x0123_4567_89ab_8def_8000_0000_0000_0001);

async fn post(transport: &Arc<ScriptedTransport>) -> Result<Answer, PostError> {
    client(transport).post_once(PATH, "1", &json!({"b": 2}), ID, &patience(3600), WAIT).await
}

#[tokio::test(start_paused = true)]
async fn the_id_given_is_the_id_sent_and_the_acceptance_names_where_to_look() {
    let status = "https://eastus2euap.management.azure.com/x/operationStatus/Zm==?t=1&s=2";
    let result = "https://eastus2euap.management.azure.com/x/operationResults/Zm==?t=1&s=3";
    let headers = [("azure-asyncoperation", status), ("location", result), ("retry-after", "30")];
    let transport = ScriptedTransport::new(vec![with_headers(202, &headers, "")]);
    let accepted = post(&transport).await.unwrap().accepted_operation();
    let expected = AcceptedOperation {
        status_url: Some(url(status)),
        result_url: Some(url(result)),
        retry_after: Some(Duration::from_secs(30)),
    };
    assert_eq!(accepted, expected);
    let seen = &transport.seen()[0];
    assert_eq!(seen.line, format!("POST {URL}"));
    assert_eq!(seen.header("x-ms-client-request-id"), Some("01234567-89ab-8def-8000-000000000001"));
    assert_eq!(seen.header("x-ms-return-client-request-id"), Some("true"));
    assert_eq!(seen.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(seen.header("x-ms-authorization-auxiliary"), None);
    assert_eq!(seen.body.as_deref(), Some(b"{\"b\":2}".as_slice()));
}

#[tokio::test(start_paused = true)]
async fn what_never_left_or_was_turned_away_at_the_door_may_be_sent_again() {
    for step in [Step::NotSent, Step::Untrusted] {
        let error = post(&ScriptedTransport::new(vec![step])).await.unwrap_err();
        assert!(matches!(error, PostError::NotAccepted { error: ArmError::Unreachable { .. }, retry_after: None }));
    }
    let transport = ScriptedTransport::new(vec![with_headers(429, &[("retry-after", "7")], "")]);
    let Err(PostError::NotAccepted { error, retry_after }) = post(&transport).await else { panic!() };
    assert_eq!((error.status(), retry_after), (Some(429), Some(Duration::from_secs(7))));
}

#[tokio::test(start_paused = true)]
async fn after_a_401_the_token_is_forgotten_and_nothing_is_sent_again() {
    let transport = ScriptedTransport::new(vec![answer(401, "")]);
    let tokens = Arc::new(ScriptedTokens::default());
    let client = ArmClient::new(settings(transport.clone(), tokens.clone())).unwrap();
    let error = client.post_once(PATH, "1", &json!({}), ID, &patience(3600), WAIT).await.unwrap_err();
    assert!(matches!(error, PostError::NotAccepted { .. }));
    assert_eq!(tokens.invalidations(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_no_is_a_no() {
    for status in [400, 403, 404, 405, 409, 412, 422, 307, 308] {
        let transport = ScriptedTransport::new(vec![answer(status, json!({"error": {"code": "C", "message": "m"}}))]);
        let Err(PostError::Refused(refusal)) = post(&transport).await else { panic!("{status}") };
        assert_eq!((refusal.status, refusal.client_request_id), (status, Some(ID.to_string())));
    }
}

#[tokio::test(start_paused = true)]
async fn where_nobody_knows_it_is_lost_and_never_sent_again() {
    for step in [
        answer(500, ""),
        answer(502, ""),
        answer(503, ""),
        answer(504, ""),
        answer(408, ""),
        answer(303, ""),
        Step::Lost,
    ] {
        let transport = ScriptedTransport::new(vec![step]);
        assert!(matches!(post(&transport).await, Err(PostError::Lost { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn a_503_with_retry_after_is_lost_all_the_same() {
    let transport = ScriptedTransport::new(vec![with_headers(503, &[("retry-after", "5")], "")]);
    assert!(matches!(post(&transport).await, Err(PostError::Lost { .. })));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_in_time_is_lost() {
    let transport = ScriptedTransport::new(vec![Step::Hang]);
    let start = Instant::now();
    assert!(matches!(post(&transport).await, Err(PostError::Lost { error: ArmError::Lost { .. } })));
    assert_eq!(start.elapsed(), Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn without_a_token_nothing_is_sent() {
    let transport = ScriptedTransport::new(vec![]);
    let tokens = ScriptedTokens::failing(vec![TokenError::Transient { message: "503".to_owned(), source: None }]);
    let client = ArmClient::new(settings(transport.clone(), tokens)).unwrap();
    let error = client.post_once(PATH, "1", &json!({}), ID, &patience(3600), WAIT).await.unwrap_err();
    assert!(matches!(error, PostError::NotAccepted { error: ArmError::Token(_), .. }));
}

#[tokio::test(start_paused = true)]
async fn tokens_of_other_tenants_go_along() {
    let transport = ScriptedTransport::new(vec![answer(200, "{}")]);
    let mut settings = settings(transport.clone(), Arc::new(ScriptedTokens::default()));
    settings.auxiliary_tokens = vec![Arc::new(ScriptedTokens::default()), Arc::new(ScriptedTokens::default())];
    let client = ArmClient::new(settings).unwrap();
    client.post_once(PATH, "1", &json!({}), ID, &patience(3600), WAIT).await.unwrap();
    let seen = &transport.seen()[0];
    assert_eq!(seen.header("x-ms-authorization-auxiliary"), Some("Bearer token-1, Bearer token-1"));
    assert!(seen.headers.get("x-ms-authorization-auxiliary").unwrap().is_sensitive());
    assert!(seen.headers.get("authorization").unwrap().is_sensitive());
}

#[tokio::test(start_paused = true)]
async fn a_relative_or_broken_url_of_an_acceptance_is_taken_as_far_as_it_goes() {
    let headers = [("azure-asyncoperation", "/x/operationStatus/1?api-version=1"), ("location", "https://:x")];
    let transport = ScriptedTransport::new(vec![with_headers(202, &headers, "{}")]);
    let accepted = post(&transport).await.unwrap().accepted_operation();
    assert_eq!(accepted.status_url, Some(url("https://management.azure.com/x/operationStatus/1?api-version=1")));
    assert_eq!((accepted.result_url, accepted.retry_after), (None, None));
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_the_limiter_is_not_the_wait_for_the_answer() {
    let transport = ScriptedTransport::new(vec![answer(202, "")]);
    let client = client(&transport);
    for _ in 0..1200 {
        client.inner.limiter.admit("s", Kind::Write, Precedence::InLine, &patience(3600)).await.unwrap();
    }
    let start = Instant::now();
    for _ in 0..1000 {
        let _ = client.admit_post(PATH, &patience(3600)).await.unwrap();
    }
    assert!(client.post_once(PATH, "1", &json!({}), ID, &patience(3600), WAIT).await.is_ok());
    assert!(start.elapsed() > WAIT.usual, "the limiter held it back for longer than an answer may take");
}

#[tokio::test(start_paused = true)]
async fn patience_that_ends_before_sending_sends_nothing() {
    let transport = ScriptedTransport::new(vec![]);
    let ended = client(&transport).post_once(PATH, "1", &json!({}), ID, &patience(0), WAIT).await;
    assert!(matches!(ended, Err(PostError::NotAccepted { error: ArmError::Ended { .. }, .. })), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_the_answer_is_waited_for_a_while_and_then_lost() {
    let transport = ScriptedTransport::new(vec![Step::Hang]);
    let stop = CancellationToken::new();
    let patience = Patience::new(Duration::from_secs(3600), stop.clone());
    let client = client(&transport);
    let start = Instant::now();
    let body = json!({});
    let (ended, ()) = tokio::join!(client.post_once(PATH, "1", &body, ID, &patience, WAIT), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        stop.cancel();
    });
    assert!(
        matches!(ended, Err(PostError::Lost { error: ArmError::Ended { ended: Ended::Stopped, .. } })),
        "{ended:?}"
    );
    assert_eq!(start.elapsed(), Duration::from_secs(1) + WAIT.after_stop);
}

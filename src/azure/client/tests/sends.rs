//! The request that must not happen twice, by either method: the rules are the same.

use tokio_util::sync::CancellationToken;

use super::*;

const ID: Uuid = Uuid::from_u128(0x0123_4567_89ab_8def_8000_0000_0000_0001);

const METHODS: [WriteMethod; 2] = [WriteMethod::Post, WriteMethod::Put];

fn request(method: WriteMethod, body: &Value) -> WriteRequest<'_, Value> {
    WriteRequest { method, path: PATH, api_version: "1", body, client_request_id: ID }
}

async fn send_by(method: WriteMethod, client: &ArmClient) -> Result<ArmResponse, WriteError> {
    client.send_once(request(method, &json!({"b": 2})), &deadline(3600), WAIT).await
}

/// What each method makes of the same answer.
async fn send(step: impl Fn() -> Step) -> Vec<Result<ArmResponse, WriteError>> {
    let mut ends = Vec::new();
    for method in METHODS {
        ends.push(send_by(method, &client(&ScriptedTransport::new(vec![step()]))).await);
    }
    ends
}

#[tokio::test(start_paused = true)]
async fn the_id_given_is_the_id_sent_and_the_acceptance_names_where_to_look() {
    let status = "https://eastus2euap.management.azure.com/x/operationStatus/Zm==?t=1&s=2";
    let result = "https://eastus2euap.management.azure.com/x/operationResults/Zm==?t=1&s=3";
    let headers = [("azure-asyncoperation", status), ("location", result), ("retry-after", "30")];
    let expected = AcceptedOperation {
        status_url: Some(url(status)),
        result_url: Some(url(result)),
        retry_after: Some(Duration::from_secs(30)),
    };
    for (method, word) in METHODS.into_iter().zip(["POST", "PUT"]) {
        let transport = ScriptedTransport::new(vec![with_headers(202, &headers, "")]);
        let accepted = send_by(method, &client(&transport)).await.unwrap().accepted_operation();
        assert_eq!(accepted, expected);
        let seen = &transport.seen()[0];
        assert_eq!(seen.line, format!("{word} {URL}"));
        assert_eq!(seen.header("x-ms-client-request-id"), Some("01234567-89ab-8def-8000-000000000001"));
        assert_eq!(seen.header("x-ms-return-client-request-id"), Some("true"));
        assert_eq!(seen.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(seen.header("x-ms-authorization-auxiliary"), None);
        assert_eq!(seen.body.as_deref(), Some(b"{\"b\":2}".as_slice()));
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_left_or_was_not_accepted_may_be_sent_again() {
    for step in [|| Step::NotSent, || Step::Untrusted] {
        for end in send(step).await {
            let error = end.unwrap_err();
            assert!(matches!(
                error,
                WriteError::NotAccepted { error: ArmError::Unreachable { .. }, retry_after: None }
            ));
        }
    }
    for end in send(|| with_headers(429, &[("retry-after", "7")], "")).await {
        let Err(WriteError::NotAccepted { error, retry_after }) = end else { panic!() };
        assert_eq!((error.status(), retry_after), (Some(429), Some(Duration::from_secs(7))));
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_401_the_token_is_forgotten_and_nothing_is_sent_again() {
    for method in METHODS {
        let transport = ScriptedTransport::new(vec![answer(401, "")]);
        let tokens = Arc::new(ScriptedTokens::default());
        let client = ArmClient::new(settings(transport.clone(), tokens.clone())).unwrap();
        let error = send_by(method, &client).await.unwrap_err();
        assert!(matches!(error, WriteError::NotAccepted { .. }));
        assert_eq!(tokens.invalidations(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_no_is_a_no() {
    for status in [400, 403, 404, 405, 409, 412, 422, 307, 308] {
        for end in send(|| answer(status, json!({"error": {"code": "C", "message": "m"}}))).await {
            let Err(WriteError::Refused(refusal)) = end else { panic!("{status}") };
            assert_eq!((refusal.status, refusal.client_request_id), (status, Some(ID.to_string())));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_nobody_knows_it_is_lost_and_never_sent_again() {
    for status in [500, 502, 503, 504, 408, 303] {
        for end in send(|| answer(status, "")).await {
            assert!(matches!(end, Err(WriteError::Lost { .. })), "{status}");
        }
    }
    for end in send(|| Step::Lost).await {
        assert!(matches!(end, Err(WriteError::Lost { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn a_503_with_retry_after_is_lost_all_the_same() {
    for end in send(|| with_headers(503, &[("retry-after", "5")], "")).await {
        assert!(matches!(end, Err(WriteError::Lost { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_in_time_is_lost() {
    for method in METHODS {
        let start = Instant::now();
        let end = send_by(method, &client(&ScriptedTransport::new(vec![Step::Hang]))).await;
        assert!(matches!(end, Err(WriteError::Lost { error: ArmError::Lost { .. } })));
        assert_eq!(start.elapsed(), Duration::from_secs(30));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_after_sending_loses_the_answer_and_ends_the_wait() {
    for (left, waited) in [(7, 7), (29, 29), (31, 30)] {
        for method in METHODS {
            let (client, body) = (client(&ScriptedTransport::new(vec![Step::Hang])), json!({}));
            let start = Instant::now();
            let end = client.send_once(request(method, &body), &deadline(left), WAIT).await;
            assert!(matches!(end, Err(WriteError::Lost { error: ArmError::Lost { .. } })), "{end:?}");
            assert_eq!(start.elapsed(), Duration::from_secs(waited));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_token_nothing_is_sent() {
    let transport = ScriptedTransport::new(vec![]);
    let tokens = ScriptedTokens::failing(vec![TokenError::Transient { message: "503".to_owned(), source: None }]);
    let client = ArmClient::new(settings(transport.clone(), tokens)).unwrap();
    let error = send_by(WriteMethod::Post, &client).await.unwrap_err();
    assert!(matches!(error, WriteError::NotAccepted { error: ArmError::Token(_), .. }));
}

#[tokio::test(start_paused = true)]
async fn tokens_of_other_tenants_go_along() {
    for method in METHODS {
        let transport = ScriptedTransport::new(vec![answer(200, "{}")]);
        let mut settings = settings(transport.clone(), Arc::new(ScriptedTokens::default()));
        settings.auxiliary_tokens = vec![Arc::new(ScriptedTokens::default()), Arc::new(ScriptedTokens::default())];
        send_by(method, &ArmClient::new(settings).unwrap()).await.unwrap();
        let seen = &transport.seen()[0];
        assert_eq!(seen.header("x-ms-authorization-auxiliary"), Some("Bearer token-1, Bearer token-1"));
        assert!(seen.headers.get("x-ms-authorization-auxiliary").unwrap().is_sensitive());
        assert!(seen.headers.get("authorization").unwrap().is_sensitive());
    }
}

#[tokio::test(start_paused = true)]
async fn a_relative_or_broken_url_of_an_acceptance_is_taken_as_far_as_it_goes() {
    let headers = [("azure-asyncoperation", "/x/operationStatus/1?api-version=1"), ("location", "https://:x")];
    let transport = ScriptedTransport::new(vec![with_headers(202, &headers, "{}")]);
    let accepted = send_by(WriteMethod::Post, &client(&transport)).await.unwrap().accepted_operation();
    assert_eq!(accepted.status_url, Some(url("https://management.azure.com/x/operationStatus/1?api-version=1")));
    assert_eq!((accepted.result_url, accepted.retry_after), (None, None));
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_the_limiter_is_not_the_wait_for_the_answer() {
    for method in METHODS {
        let client = client(&ScriptedTransport::new(vec![answer(202, "")]));
        for _ in 0..1200 {
            client.inner.limiter.admit("s", RequestKind::Write, Priority::InLine, &deadline(3600)).await.unwrap();
        }
        let start = Instant::now();
        for _ in 0..1000 {
            let _ = client.admit_write(PATH, &deadline(3600)).await.unwrap();
        }
        assert!(send_by(method, &client).await.is_ok());
        assert!(start.elapsed() > WAIT.usual, "the limiter held it back for longer than an answer may take");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_before_sending_sends_nothing() {
    for method in METHODS {
        let (client, body) = (client(&ScriptedTransport::new(vec![])), json!({}));
        let result = client.send_once(request(method, &body), &deadline(0), WAIT).await;
        assert!(
            matches!(result, Err(WriteError::NotAccepted { error: ArmError::Interrupted { .. }, .. })),
            "{result:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_the_answer_is_waited_for_a_while_and_then_lost() {
    for method in METHODS {
        let stop = CancellationToken::new();
        let deadline = Deadline::new(Duration::from_secs(3600), stop.clone());
        let client = client(&ScriptedTransport::new(vec![Step::Hang]));
        let start = Instant::now();
        let body = json!({});
        let (result, ()) = tokio::join!(client.send_once(request(method, &body), &deadline, WAIT), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            stop.cancel();
        });
        assert!(
            matches!(
                result,
                Err(WriteError::Lost { error: ArmError::Interrupted { interrupted: Interrupted::Stopped, .. } })
            ),
            "{result:?}"
        );
        assert_eq!(start.elapsed(), Duration::from_secs(1) + WAIT.after_stop);
    }
}

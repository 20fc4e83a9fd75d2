//! What is asked again, and when.

use super::*;

#[tokio::test(start_paused = true)]
async fn every_request_carries_the_headers_of_arm_and_an_id_of_its_own() {
    let transport = ScriptedTransport::new(vec![answer(500, ""), answer(200, "{}")]);
    get(&transport, TEN_HOURS).await.unwrap();
    let seen = transport.seen();
    for request in &seen {
        assert_eq!(request.line, format!("GET {URL}"));
        assert_eq!(request.header("authorization"), Some("Bearer token-1"));
        assert_eq!(request.header("accept"), Some("application/json"));
        assert_eq!(request.header("user-agent"), Some("tests"));
        assert_eq!(request.header("x-ms-return-client-request-id"), Some("true"));
        assert_eq!(request.header("x-ms-correlation-request-id"), Some("11111111-2222-3333-4444-555555555555"));
        assert_eq!((request.header("content-type"), request.body.as_ref()), (None, None));
    }
    let ids: Vec<Uuid> =
        seen.iter().map(|request| request.header("x-ms-client-request-id").unwrap().parse().unwrap()).collect();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[0].get_version_num(), 4);
}

#[tokio::test(start_paused = true)]
async fn errors_that_pass_are_waited_out_with_growing_waits() {
    let transport = ScriptedTransport::new(vec![
        answer(500, ""),
        Step::Lost,
        answer(502, "<html>"),
        answer(408, ""),
        Step::NotSent,
        answer(504, ""),
        answer(429, ""),
        answer(200, json!({"a": 1})),
    ]);
    assert_eq!(get(&transport, TEN_HOURS).await.unwrap(), json!({"a": 1}));
    // Draws of 0.5 between 1 s and 2, 4, 8, 16, 32, 60, 60 s.
    assert_eq!(transport.seconds(), [0.0, 1.5, 4.0, 8.5, 17.0, 33.5, 64.0, 94.5]);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_kept_to_the_second_on_429_and_503() {
    let transport = ScriptedTransport::new(vec![
        with_headers(429, &[("retry-after", "17")], ""),
        with_headers(503, &[("retry-after", "Fri, 20 Nov 2026 10:00:42 GMT")], ""),
        with_headers(429, &[("x-ms-retry-after-ms", "1500")], ""),
        with_headers(429, &[("retry-after", "86400")], ""),
        with_headers(429, &[("retry-after", "0")], ""),
        with_headers(429, &[("retry-after", "soon")], ""),
        with_headers(500, &[("retry-after", "17")], ""),
        answer(200, "{}"),
    ]);
    get(&transport, TEN_HOURS).await.unwrap();
    assert_eq!(transport.seconds(), [0.0, 17.0, 59.0, 60.5, 660.5, 661.5, 692.0, 722.5]);
}

#[tokio::test(start_paused = true)]
async fn a_no_is_never_asked_again() {
    for status in [400, 403, 404, 405, 406, 409, 410, 412, 413, 424, 501] {
        let body = json!({"error": {"code": "C", "message": "m"}});
        let headers = [("x-ms-request-id", "r"), ("x-ms-correlation-request-id", "c"), ("retry-after", "5")];
        let transport = ScriptedTransport::new(vec![with_headers(status, &headers, &body)]);
        let error = get(&transport, TEN_HOURS).await.unwrap_err();
        let refusal = error.refusal().unwrap();
        assert_eq!((refusal.status, refusal.error.code.as_str(), refusal.path.as_str()), (status, "C", PATH));
        assert_eq!((refusal.request_id.as_deref(), refusal.correlation_id.as_deref()), (Some("r"), Some("c")));
        assert_eq!(refusal.retry_after, Some(Duration::from_secs(5)));
        assert_eq!(error.is_not_found(), status == 404);
    }
}

#[tokio::test(start_paused = true)]
async fn the_code_of_an_empty_refusal_comes_from_its_header() {
    let transport = ScriptedTransport::new(vec![with_headers(406, &[("x-ms-error-code", "NotAcceptable")], "")]);
    let error = get(&transport, 10).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().error.code, "NotAcceptable");
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_hours_is_outlived() {
    let mut script: Vec<Step> = (0..300).map(|_| Step::Lost).collect();
    script.push(answer(200, "{}"));
    let transport = ScriptedTransport::new(script);
    get(&transport, TEN_HOURS).await.unwrap();
    assert!(transport.seconds()[300] > 9000.0);
}

#[tokio::test(start_paused = true)]
async fn a_time_out_names_the_last_error() {
    let transport = ScriptedTransport::new(vec![
        answer(500, json!({"error": {"code": "CloudInternalError", "message": "m"}})),
        Step::Lost,
    ]);
    let Err(ArmError::Interrupted { interrupted, last }) = get(&transport, 3).await else { panic!() };
    assert_eq!(interrupted, Interrupted::TimedOut);
    assert_eq!(last.unwrap().to_string(), format!("the answer to GET {PATH} was lost: reset"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_hangs_is_given_up_after_100_seconds_and_asked_for_again() {
    let transport = ScriptedTransport::new(vec![Step::Hang, answer(200, "{}")]);
    get(&transport, TEN_HOURS).await.unwrap();
    assert_eq!(transport.seconds(), [0.0, 101.5]);
}

#[tokio::test(start_paused = true)]
async fn a_try_that_the_deadline_cuts_off_says_less_than_the_error_before_it() {
    let transport = ScriptedTransport::new(vec![answer(502, ""), Step::Hang]);
    let Err(ArmError::Interrupted { interrupted: Interrupted::TimedOut, last }) = get(&transport, 5).await else {
        panic!()
    };
    assert!(last.unwrap().to_string().contains("status 502"));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_try_at_once() {
    let transport = ScriptedTransport::new(vec![answer(502, ""), Step::Hang]);
    let stop = tokio_util::sync::CancellationToken::new();
    let deadline = Deadline::new(Duration::from_secs(3600), stop.clone());
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(7)).await;
        stop.cancel();
    });
    let start = Instant::now();
    let result: Result<Value, ArmError> = client(&transport).get(PATH, "1", &[], &deadline).await;
    let Err(ArmError::Interrupted { interrupted: Interrupted::Stopped, last }) = result else { panic!() };
    assert!(last.unwrap().to_string().contains("status 502"));
    assert_eq!(start.elapsed(), Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_makes_no_sense_is_asked_for_five_times() {
    let garbled = || answer(200, "{\"value\": [");
    let transport = ScriptedTransport::new(vec![garbled(), garbled(), answer(200, "{}")]);
    get(&transport, TEN_HOURS).await.unwrap();
    let transport = ScriptedTransport::new((0..5).map(|_| garbled()).collect());
    let error = get(&transport, TEN_HOURS).await.unwrap_err();
    assert!(matches!(error, ArmError::Unreadable { .. }));
    assert!(error.to_string().starts_with(&format!("the answer to GET {PATH} cannot be understood")), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_never_answered_is_given_up_after_two_minutes() {
    let transport = ScriptedTransport::new((0..9).map(|_| Step::NotSent).collect());
    let error = get(&transport, TEN_HOURS).await.unwrap_err();
    assert!(matches!(error, ArmError::Unreachable { .. }));
    let last = *transport.seconds().last().unwrap();
    assert!((120.0..151.0).contains(&last), "{last}");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_once_answered_is_waited_for() {
    let mut script = vec![answer(404, "")];
    script.extend((0..50).map(|_| Step::NotSent));
    script.extend([Step::Untrusted, answer(200, "{}")]);
    let transport = ScriptedTransport::new(script);
    let client = client(&transport);
    let first: Result<Value, ArmError> = client.get(PATH, "1", &[], &deadline(10)).await;
    assert!(first.unwrap_err().is_not_found());
    client.get::<Value>(PATH, "1", &[], &deadline(TEN_HOURS)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_untrusted_certificate_is_reported_at_once() {
    let transport = ScriptedTransport::new(vec![Step::Untrusted]);
    let error = get(&transport, TEN_HOURS).await.unwrap_err();
    assert_eq!(
        crate::azure::error::in_one_line(&error),
        format!(
            "could not connect to Azure for GET {PATH}: the certificate of the server is not trusted: unknown issuer"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_reading_post_is_repeated_like_a_get() {
    let transport = ScriptedTransport::new(vec![answer(503, ""), Step::Lost, answer(200, json!({"a": 1}))]);
    let answer = client(&transport).post_reading(PATH, "1", &json!({"b": 2}), &deadline(TEN_HOURS), Ok).await.unwrap();
    assert_eq!(answer.json::<Value>().unwrap(), json!({"a": 1}));
    for request in transport.seen() {
        assert_eq!(request.line, format!("POST {URL}"));
        assert_eq!(request.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(request.body.as_deref(), Some(b"{\"b\":2}".as_slice()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_byte_order_mark_and_an_empty_body_are_read() {
    let transport = ScriptedTransport::new(vec![answer(200, "\u{feff}{\"a\": 1}"), answer(202, "")]);
    assert_eq!(get(&transport, 10).await.unwrap(), json!({"a": 1}));
    assert_eq!(get(&transport, 10).await.unwrap(), Value::Null);
}

#[tokio::test(start_paused = true)]
async fn each_time_that_it_asks_again_whoever_waits_can_see_why() {
    let transport = ScriptedTransport::new(vec![answer(502, ""), answer(503, ""), answer(200, "{}")]);
    let seen = tokio::sync::watch::Sender::new(String::new());
    let mut reader = seen.subscribe();
    let deadline = deadline(TEN_HOURS).reporting_to(seen);
    let shorter = deadline.at_most(Duration::from_secs(3600));
    let client = client(&transport);
    let mut reasons = Vec::new();
    let answer = client.get::<Value>(PATH, "1", &[], &shorter);
    tokio::pin!(answer);
    loop {
        tokio::select! {
            biased;
            answered = &mut answer => {
                assert!(answered.is_ok());
                break;
            }
            changed = reader.changed() => {
                changed.unwrap();
                reasons.push(reader.borrow_and_update().clone());
            }
        }
    }
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons[0].contains("status 502") && reasons[1].contains("status 503"), "{reasons:?}");
}

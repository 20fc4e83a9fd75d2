//! Where tokens go, and where they do not.

use super::*;
use crate::azure::endpoint::InvalidEndpoint;

#[tokio::test(start_paused = true)]
async fn a_url_of_a_regional_host_is_followed_to_the_letter() {
    let text = format!(
        "https://eastus2euap.management.azure.com/subscriptions/s/operationStatus/ZmM7Zg==;x?api-version=2026-03-01&t=1&c={}&s=a-_&h=b=",
        "MII".repeat(1200)
    );
    let transport = ScriptedTransport::new(vec![answer(200, "{}")]);
    client(&transport).get_url(&url(&text), &deadline(10), Ok).await.unwrap();
    assert_eq!(transport.lines(), [format!("GET {text}")]);
    assert_eq!(transport.seen()[0].header("authorization"), Some("Bearer token-1"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_to_a_foreign_host() {
    for foreign in [
        "https://evil.example/x",
        "http://management.azure.com/x",
        "https://management.azure.com.evil.example/x",
        "https://management.azure.com:444/x",
    ] {
        let transport = ScriptedTransport::new(vec![]);
        let error = client(&transport).get_url(&url(foreign), &deadline(10), Ok).await.unwrap_err();
        assert!(matches!(error, ArmError::ForeignHost { .. }), "{foreign}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_a_get_is_followed_to_hosts_of_the_endpoint_only() {
    let elsewhere = |location| with_headers(307, &[("location", location)], "");
    let transport = ScriptedTransport::new(vec![
        elsewhere("https://westeurope.management.azure.com/y?z=1"),
        elsewhere("/relative"),
        answer(200, "{}"),
    ]);
    get(&transport, 10).await.unwrap();
    assert_eq!(
        transport.lines()[1..],
        ["GET https://westeurope.management.azure.com/y?z=1", "GET https://westeurope.management.azure.com/relative"]
    );

    let transport = ScriptedTransport::new(vec![elsewhere("https://evil.example/")]);
    let error = get(&transport, 10).await.unwrap_err();
    assert!(error.to_string().contains("\"evil.example\""), "{error}");
}

#[tokio::test(start_paused = true)]
async fn three_redirects_are_followed_and_a_fourth_is_an_error() {
    let round = || with_headers(302, &[("location", "https://management.azure.com/x")], "");
    let transport = ScriptedTransport::new(vec![round(), round(), round(), answer(200, "{}")]);
    get(&transport, 10).await.unwrap();
    let transport = ScriptedTransport::new(vec![round(), round(), round(), round()]);
    assert!(matches!(get(&transport, 10).await.unwrap_err(), ArmError::Unreadable { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_loopback_endpoint_without_tls_is_sent_no_token() {
    let transport = ScriptedTransport::new(vec![answer(200, "{}"), answer(401, ""), answer(401, "")]);
    let mut settings = settings(transport.clone(), Arc::new(ScriptedTokens::default()));
    settings.endpoint = Url::parse("http://127.0.0.1:4711").unwrap();
    let client = ArmClient::new(settings).unwrap();
    client.get::<Value>("/x", "1", &[], &deadline(10)).await.unwrap();
    assert_eq!(client.get::<Value>("/x", "1", &[], &deadline(10)).await.unwrap_err().status(), Some(401));
    assert_eq!(transport.lines()[0], "GET http://127.0.0.1:4711/x?api-version=1");
    assert!(transport.seen().iter().all(|seen| seen.header("authorization").is_none()));
}

#[test]
fn an_endpoint_without_tls_elsewhere_is_refused() {
    let mut settings = settings(ScriptedTransport::new(vec![]), Arc::new(ScriptedTokens::default()));
    settings.endpoint = Url::parse("http://management.azure.com").unwrap();
    assert!(matches!(ArmClient::new(settings), Err(InvalidSettings::Endpoint(InvalidEndpoint::NotHttps))));
}

#[tokio::test(start_paused = true)]
async fn the_limiter_counts_by_subscription() {
    let call = |path: &str| PendingRequest::get(Url::parse(&format!("https://management.azure.com{path}")).unwrap());
    assert_eq!(call("/Subscriptions/abc/resourceGroups/g").subscription(), "abc");
    assert_eq!(call("/providers/x").subscription(), "");

    let transport = ScriptedTransport::new((0..201).map(|_| answer(200, "{}")).collect());
    let client = client(&transport);
    for _ in 0..201 {
        client.get::<Value>(PATH, "1", &[], &deadline(10)).await.unwrap();
    }
    assert_eq!(transport.seconds()[199..], [0.0, 0.05]);
}

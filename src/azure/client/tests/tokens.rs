//! Tokens: got for every try, refreshed once, never waited for in vain.

use super::*;
use crate::azure::scripted::NOW;

fn with_tokens(transport: &Arc<ScriptedTransport>, tokens: &Arc<ScriptedTokens>) -> ArmClient {
    ArmClient::new(settings(transport.clone(), tokens.clone())).unwrap()
}

fn bearers(transport: &ScriptedTransport) -> Vec<String> {
    transport.seen().iter().map(|seen| seen.header("authorization").unwrap_or("none").to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once_and_at_once() {
    let transport = ScriptedTransport::new(vec![answer(401, ""), answer(200, "{}")]);
    let tokens = Arc::new(ScriptedTokens::default());
    with_tokens(&transport, &tokens).get::<Value>(PATH, "1", &[], &deadline(10)).await.unwrap();
    assert_eq!(bearers(&transport), ["Bearer token-1", "Bearer token-2"]);
    assert_eq!(transport.seconds(), [0.0, 0.0]);
    assert_eq!(tokens.invalidations(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_second_401_is_a_no() {
    let body = json!({"error": {"code": "InvalidAuthenticationTokenTenant", "message": "m"}});
    let transport = ScriptedTransport::new(vec![answer(401, &body), answer(401, &body)]);
    let error = get(&transport, TEN_HOURS).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().error.code, "InvalidAuthenticationTokenTenant");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_amid_an_outage_is_replaced_again() {
    let script = vec![answer(401, ""), answer(503, ""), answer(401, ""), answer(200, "{}")];
    let transport = ScriptedTransport::new(script);
    get(&transport, TEN_HOURS).await.unwrap();
    assert_eq!(bearers(&transport), ["Bearer token-1", "Bearer token-2", "Bearer token-2", "Bearer token-3"]);
}

#[tokio::test(start_paused = true)]
async fn an_authority_in_trouble_is_asked_again_and_a_no_of_it_ends_the_call() {
    let transient = || TokenError::Transient { message: "503".to_owned(), source: None };
    let transport = ScriptedTransport::new(vec![answer(200, "{}")]);
    let tokens = ScriptedTokens::failing(vec![transient(), transient()]);
    with_tokens(&transport, &tokens).get::<Value>(PATH, "1", &[], &deadline(60)).await.unwrap();
    assert_eq!(transport.seconds(), [4.0]);

    let nothing = ScriptedTransport::new(vec![]);
    let tokens = ScriptedTokens::failing(vec![
        transient(),
        TokenError::Permanent { message: "wrong secret".to_owned(), source: None },
    ]);
    let result: Result<Value, ArmError> = with_tokens(&nothing, &tokens).get(PATH, "1", &[], &deadline(60)).await;
    let Err(ArmError::Token(error)) = result else { panic!() };
    assert_eq!(error.to_string(), "no access token: wrong secret");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_at_the_authority_ends_the_call() {
    let nothing = ScriptedTransport::new(vec![]);
    let tokens = ScriptedTokens::failing(vec![TokenError::Interrupted(Interrupted::Stopped)]);
    let result: Result<Value, ArmError> = with_tokens(&nothing, &tokens).get(PATH, "1", &[], &deadline(60)).await;
    assert_eq!(result.unwrap_err().interrupted(), Some(Interrupted::Stopped));
}

#[test]
fn a_token_cannot_be_printed() {
    let token = AccessToken { token: crate::azure::secret::Secret::new("abc"), expires_at: NOW };
    let printed = format!("{token:?} {:?}", bearer(&token).unwrap());
    assert!(!printed.contains("abc"), "{printed}");
}

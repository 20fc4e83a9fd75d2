//! An application's access token from the authority (docs/reference/azure-resource-manager.md#tokens): azure_identity
//! makes the request, what the answer means is decided here. Its own reading of errors fails on escaped characters, which
//! Entra's texts have, and its retries would sleep past every deadline.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::TokenCredential;
use azure_core::error::Error;
use azure_core::http::{
    AsyncRawResponse, ClientMethodOptions, ClientOptions, HttpClient, Request, RetryOptions, Transport,
};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions,
};
use serde::Deserialize;
use time::OffsetDateTime;

use super::cache::Credential;
use super::certificate::ClientCertificate;
use super::failure::{FailureKind, PAGE_HINT, TokenFailure, of_page, page_of, presentable};
use super::federated::FederatedToken;
use super::http::{NoAnswer, TokenResponse, send};
use super::issued::Issued;
use crate::azure::clock::Clock;
use crate::azure::cloud::Cloud;
use crate::azure::random::Random;
use crate::azure::secret::Secret;
use crate::azure::token::AccessToken;

/// One exchange with the authority; it answers within a second or two when it is well.
const LIMIT: Duration = Duration::from_secs(30);

/// How an application proves that it is itself.
#[derive(Debug)]
pub(crate) enum ClientCredential {
    Secret(Secret),
    Certificate(ClientCertificate),
    Federated(FederatedToken),
}

/// An application (service principal) in one tenant.
#[derive(Debug)]
pub(crate) struct ClientApplication {
    pub(crate) tenant_id: String,
    pub(crate) client_id: String,
    pub(crate) credential: ClientCredential,
    pub(crate) cloud: Cloud,
    pub(crate) http: Arc<dyn HttpClient>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

#[async_trait::async_trait]
impl Credential for ClientApplication {
    async fn issue(&self) -> Result<AccessToken, TokenFailure> {
        let asked_at = self.clock.now();
        let recorder = Arc::new(RecordingClient { http: Arc::clone(&self.http), seen: Mutex::new(None) });
        let (outcome, credential) = match &self.credential {
            ClientCredential::Secret(secret) => (self.with_secret(secret, &recorder).await, secret.clone()),
            ClientCredential::Certificate(certificate) => {
                let assertion =
                    certificate.assertion(&self.client_id, &self.token_url(), asked_at, &*self.random).map_err(
                        |problem| TokenFailure::new(FailureKind::Permanent, format!("client_certificate: {problem}")),
                    )?;
                (self.with_assertion(&assertion, &recorder).await, assertion)
            }
            ClientCredential::Federated(token) => {
                let assertion = token.obtain(&*self.http).await?;
                (self.with_assertion(&assertion, &recorder).await, assertion)
            }
        };
        let mut secrets = vec![&credential];
        if let ClientCredential::Federated(token) = &self.credential {
            secrets.extend(token.secrets());
        }
        match (recorder.seen(), outcome) {
            (Some(seen), _) => self.judge(seen, asked_at, &secrets),
            (None, Err(error)) => {
                // Nothing was sent: azure_identity does not like the arguments.
                let text = presentable(&error.to_string(), &secrets);
                Err(TokenFailure::new(FailureKind::Permanent, self.about("cannot be asked for")).with_cause(text))
            }
            (None, Ok(())) => Err(TokenFailure::new(FailureKind::Doubtful, self.about("came from nowhere"))),
        }
    }
}

impl ClientApplication {
    /// Where the token comes from; also the `aud` of an assertion.
    fn token_url(&self) -> String {
        format!("{}{}/oauth2/v2.0/token", self.cloud.authority_host, self.tenant_id)
    }

    fn about(&self, what: &str) -> String {
        let host = self.cloud.authority_host.host_str().unwrap_or_default();
        format!("the token of application {} in tenant {} {what} at {host}", self.client_id, self.tenant_id)
    }

    /// A credential serves one call only: azure_identity caches inside it, and a token that Azure has refused would
    /// come out of that cache again.
    async fn with_secret(&self, secret: &Secret, recorder: &Arc<RecordingClient>) -> Result<(), Error> {
        let secret = azure_core::credentials::Secret::new(secret.expose().to_owned());
        let options = ClientSecretCredentialOptions { client_options: self.client_options(recorder) };
        let credential = ClientSecretCredential::new(&self.tenant_id, self.client_id.clone(), secret, Some(options))?;
        credential.get_token(&[&self.cloud.scope()], None).await.map(drop)
    }

    async fn with_assertion(&self, assertion: &Secret, recorder: &Arc<RecordingClient>) -> Result<(), Error> {
        let options = ClientAssertionCredentialOptions { client_options: self.client_options(recorder) };
        let credential = ClientAssertionCredential::new(
            self.tenant_id.clone(),
            self.client_id.clone(),
            FixedAssertion(assertion.clone()),
            Some(options),
        )?;
        credential.get_token(&[&self.cloud.scope()], None).await.map(drop)
    }

    fn client_options(&self, recorder: &Arc<RecordingClient>) -> ClientOptions {
        let mut custom = CustomConfiguration::default();
        custom.authority_host = self.cloud.authority_host.to_string();
        let transport: Arc<dyn HttpClient> = Arc::<RecordingClient>::clone(recorder);
        ClientOptions {
            // Always set, so that azure_identity never reads AZURE_AUTHORITY_HOST.
            cloud: Some(Arc::new(CloudConfiguration::Custom(custom))),
            retry: RetryOptions::none(),
            transport: Some(Transport::new(transport)),
            ..ClientOptions::default()
        }
    }

    fn judge(
        &self,
        seen: Result<TokenResponse, NoAnswer>,
        asked_at: OffsetDateTime,
        secrets: &[&Secret],
    ) -> Result<AccessToken, TokenFailure> {
        let answer = seen.map_err(|no_answer| no_answer.failure(&self.about("could not be asked for"), secrets))?;
        if let Some(page) = page_of(&answer.body) {
            let what = format!("did not come: status {} and a page that is not of Entra ID, {page:?},", answer.status);
            let message = format!("{}. {PAGE_HINT}", self.about(&what));
            return Err(TokenFailure::new(of_page(answer.status), message));
        }
        if answer.status == 200 {
            return Issued::read(&answer.body).and_then(|issued| issued.token(asked_at)).ok_or_else(|| {
                TokenFailure::new(
                    FailureKind::Doubtful,
                    self.about("did not come: status 200, but no token in the answer"),
                )
            });
        }
        let refusal: EntraError = serde_json::from_slice(&answer.body).unwrap_or_default();
        let what = format!("was refused with status {}", answer.status);
        let mut message = self.about(&what);
        for text in [refusal.error.as_str(), refusal.error_description.as_str()] {
            if !text.is_empty() {
                message.push_str(": ");
                message.push_str(&presentable(text, secrets));
            }
        }
        if let Some(hint) = refusal.codes().find_map(hint) {
            message.push_str(". ");
            message.push_str(hint);
        }
        Err(TokenFailure::new(refusal.kind(answer.status), message))
    }
}

/// Entra's error answer (docs/reference/azure-resource-manager.md#tokens); everything may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EntraError {
    error: String,
    error_description: String,
    error_codes: Vec<u64>,
}

impl EntraError {
    /// The numbers of AADSTS codes, from the list or else from the text.
    fn codes(&self) -> impl Iterator<Item = u64> + '_ {
        let in_text = self.error_description.split("AADSTS").nth(1).and_then(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        self.error_codes.iter().copied().chain(in_text)
    }

    fn kind(&self, status: u16) -> FailureKind {
        if self.codes().any(|code| matches!(code, 70_021 | 700_213)) {
            return FailureKind::Unmatched;
        }
        match (status, self.error.as_str()) {
            // Entra gives a reason; whoever gives none may be a gateway that never reached it.
            (408 | 500..=599, "") => FailureKind::Unanswered,
            (408 | 429 | 500..=599, _) | (_, "temporarily_unavailable") => FailureKind::Transient,
            (_, "") => FailureKind::Doubtful,
            _ => FailureKind::Permanent,
        }
    }
}

/// What to do about the refusals met most. Meanings from Entra's list of AADSTS codes.
fn hint(code: u64) -> Option<&'static str> {
    Some(match code {
        7_000_215 => "Is client_secret the secret's value, not its id, and of this application?",
        7_000_222 => "The client secret has expired: make a new one",
        700_016 => "There is no such application in this tenant: check client_id and tenant_id",
        90_002 => "There is no such tenant in this cloud: check tenant_id and environment",
        700_027 => "Is the certificate registered with the application?",
        700_024 => {
            "The assertion is outside its time of validity: check this machine's clock; an oidc_token cannot be renewed, but oidc_token_file_path and oidc_request_url can"
        }
        70_021 | 700_213 => {
            "No federated credential of the application fits the issuer, subject and audience of the token; a new one takes some minutes to be known"
        }
        _ => return None,
    })
}

/// An assertion that is there already; fetching one may fail in ways that must not pass through azure_core's errors.
#[derive(Debug)]
struct FixedAssertion(Secret);

#[async_trait::async_trait]
impl ClientAssertion for FixedAssertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.expose().to_owned())
    }
}

/// Carries azure_identity's request and remembers what came of it.
#[derive(Debug)]
struct RecordingClient {
    http: Arc<dyn HttpClient>,
    seen: Mutex<Option<Result<TokenResponse, NoAnswer>>>,
}

impl RecordingClient {
    fn seen(&self) -> Option<Result<TokenResponse, NoAnswer>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait::async_trait]
impl HttpClient for RecordingClient {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let seen = send(&*self.http, request, LIMIT).await;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen.clone());
        match seen {
            Ok(answer) => {
                Ok(AsyncRawResponse::from_bytes(answer.status.into(), Default::default(), answer.body.to_vec()))
            }
            Err(no_answer) => Err(no_answer.into_error()),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::azure::auth;
    use crate::azure::auth::arguments::CredentialArguments;
    use crate::azure::auth::certificate::tests::{base64_pkcs12, verified};
    use crate::azure::auth::scripted::{
        Fixture, NOW, Reply, ScriptedHttp, SetEnvironment, application, reply, token_reply,
    };
    use crate::azure::deadline::Deadline;
    use crate::azure::token::TokenError;

    fn deadline() -> Deadline {
        Deadline::new(Duration::from_secs(600), CancellationToken::new())
    }

    fn secret_arguments() -> CredentialArguments {
        CredentialArguments { client_secret: Some(Secret::new("s3cret+/&")), ..application() }
    }

    fn fixture(replies: impl IntoIterator<Item = Reply>) -> Fixture {
        Fixture { proxied: ScriptedHttp::new(replies), ..Fixture::default() }
    }

    async fn refusal(status: u16, body: &str) -> TokenError {
        let fixture = fixture([reply(status, body)]);
        fixture.token_source(secret_arguments()).token(&deadline()).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_client_secret_is_posted_to_the_tenant_of_the_authority() {
        let fixture = fixture([token_reply("the-token")]);
        let token = fixture.token_source(secret_arguments()).token(&deadline()).await.unwrap();
        assert_eq!(token.token.expose(), "the-token");
        assert_eq!(token.expires_at, NOW + time::Duration::hours(1));

        let [asked] = &fixture.proxied.asked()[..] else { panic!("one request") };
        assert_eq!(asked.method, "POST");
        assert_eq!(asked.url.as_str(), "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token");
        assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
        let form = asked.form();
        assert_eq!(form["grant_type"], "client_credentials");
        assert_eq!(form["client_id"], "app-1");
        assert_eq!(form["client_secret"], "s3cret+/&");
        assert_eq!(form["scope"], "https://management.azure.com/.default");
        assert_eq!(form.len(), 4);
    }

    #[tokio::test]
    async fn a_client_certificate_signs_an_assertion_for_the_very_url_it_is_posted_to() {
        let fixture = fixture([token_reply("the-token")]);
        let arguments = CredentialArguments {
            client_certificate: Some(Secret::new(base64_pkcs12("pw"))),
            client_certificate_password: Some(Secret::new("pw")),
            ..application()
        };
        fixture.token_source(arguments).token(&deadline()).await.unwrap();
        let [asked] = &fixture.proxied.asked()[..] else { panic!("one request") };
        let form = asked.form();
        assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        assert_eq!(form["grant_type"], "client_credentials");
        assert_eq!(form["scope"], "https://management.azure.com/.default");
        let (header, claims) = verified(&form["client_assertion"]);
        assert_eq!(header["alg"], "PS256");
        assert_eq!(claims["aud"], asked.url.as_str());
        assert_eq!(claims["iss"], "app-1");
    }

    #[tokio::test]
    async fn a_token_file_is_read_again_for_every_exchange() {
        let environment = SetEnvironment::new(&[("ARM_OIDC_TOKEN_FILE_PATH", "/token")]).file("/token", "first\n");
        let fixture = Fixture { environment: Arc::new(environment), ..fixture([token_reply("a"), token_reply("b")]) };
        let source = fixture.token_source(CredentialArguments { use_oidc: Some(true), ..application() });
        let first = source.token(&deadline()).await.unwrap();
        fixture.environment.write("/token", "second\n");
        source.invalidate(&first);
        source.token(&deadline()).await.unwrap();
        let assertions: Vec<String> =
            fixture.proxied.asked().iter().map(|asked| asked.form()["client_assertion"].clone()).collect();
        assert_eq!(assertions, ["first", "second"]);
    }

    #[tokio::test]
    async fn an_auxiliary_tenant_has_its_own_token_of_the_same_application() {
        let fixture = fixture([token_reply("a")]);
        let arguments =
            CredentialArguments { auxiliary_tenant_ids: Some(vec!["other.example".to_owned()]), ..secret_arguments() };
        let (settings, cloud) = (fixture.settings(arguments), Cloud::named("public").unwrap());
        let sources = auth::auxiliary_token_sources(&settings, &cloud, &fixture.credential_context()).unwrap();
        let [source] = &sources[..] else { panic!("one tenant") };
        source.token(&deadline()).await.unwrap();
        let asked = fixture.proxied.asked();
        assert_eq!(asked[0].url.path(), "/other.example/oauth2/v2.0/token");
        assert_eq!(asked[0].form()["client_id"], "app-1");
    }

    #[tokio::test]
    async fn a_private_authority_and_audience_are_used_as_given() {
        let fixture = fixture([token_reply("a")]);
        let cloud = Cloud {
            authority_host: url::Url::parse("https://127.0.0.1:8443/").unwrap(),
            audience: "https://arm.contoso.example/".to_owned(),
            ..Cloud::named("public").unwrap()
        };
        let source =
            auth::token_source(&fixture.settings(secret_arguments()), &cloud, &fixture.credential_context()).unwrap();
        source.token(&deadline()).await.unwrap();
        let asked = fixture.proxied.asked();
        assert_eq!(asked[0].url.as_str(), "https://127.0.0.1:8443/contoso.example/oauth2/v2.0/token");
        assert_eq!(asked[0].form()["scope"], "https://arm.contoso.example//.default");
    }

    #[tokio::test]
    async fn a_refusal_with_line_breaks_and_quotes_is_read_shown_and_explained() {
        let body = serde_json::json!({
            "error": "invalid_client",
            "error_description": "AADSTS7000215: Invalid client secret \"x\" provided.\r\nTrace ID: 1\r\nCorrelation ID: 2",
            "error_codes": [7_000_215],
        });
        let error = refusal(401, &body.to_string()).await;
        let TokenError::Permanent { message, .. } = error else { panic!("{error:?}") };
        assert_eq!(
            message,
            "the token of application app-1 in tenant contoso.example was refused with status 401 at login.microsoftonline.com: invalid_client: AADSTS7000215: Invalid client secret \"x\" provided. Trace ID: 1 Correlation ID: 2. Is client_secret the secret's value, not its id, and of this application?"
        );
    }

    #[tokio::test]
    async fn refusals_that_will_not_pass_are_permanent() {
        for error in ["invalid_client", "unauthorized_client", "invalid_grant", "invalid_request"] {
            let error = refusal(400, &format!(r#"{{"error":"{error}","error_codes":[700016]}}"#)).await;
            assert!(matches!(error, TokenError::Permanent { .. }), "{error:?}");
        }
        let error = refusal(404, "<html>").await;
        assert!(matches!(error, TokenError::Permanent { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn throttling_and_faults_of_the_authority_are_transient_and_tried_once_only() {
        for status in [408, 429, 500, 502, 503, 504] {
            let error = refusal(status, r#"{"error":"invalid_client"}"#).await;
            assert!(matches!(error, TokenError::Transient { .. }), "{status}: {error:?}");
        }
        let error = refusal(400, r#"{"error":"temporarily_unavailable"}"#).await;
        assert!(matches!(error, TokenError::Transient { .. }), "{error:?}");
    }

    /// When the client of Resource Manager is told to give up, if it asks every five seconds.
    async fn given_up_after(answer: impl Fn() -> Reply) -> (time::Duration, String) {
        let fixture = fixture(std::iter::repeat_with(answer).take(1000));
        let source = fixture.token_source(secret_arguments());
        for seconds in (0..5000).step_by(5) {
            if let TokenError::Permanent { message, .. } = source.token(&deadline()).await.unwrap_err() {
                return (time::Duration::seconds(seconds), message);
            }
            fixture.clock.advance(time::Duration::seconds(5));
        }
        panic!("it never gives up")
    }

    #[tokio::test]
    async fn before_the_first_token_a_gateway_is_waited_for_no_longer_than_silence_and_its_page_is_named() {
        for (status, body, names) in [
            (502, "<html><title>squid: ERR_CONNECT_FAIL</title></html>", "squid: ERR_CONNECT_FAIL"),
            (503, "<h1>no healthy upstream</h1>", "no healthy upstream"),
            (429, "<title>Slow down</title>", "Slow down"),
            (502, "", "status 502"),
            (504, "<html></html>", "status 504"),
        ] {
            let (waited, message) = given_up_after(|| reply(status, body)).await;
            assert_eq!(waited, time::Duration::seconds(90), "{status} {body}");
            assert!(message.contains(names), "{message}");
        }
        for (status, body) in [(407, "<title>Proxy login</title>"), (200, "<title>Hotel</title>"), (302, "<p>Moved")] {
            let (waited, message) = given_up_after(|| reply(status, body)).await;
            assert_eq!(waited, time::Duration::ZERO, "{status}");
            assert!(message.contains("a page that is not of Entra ID"), "{message}");
        }
    }

    #[tokio::test]
    async fn before_the_first_token_an_untrusted_certificate_is_an_error_at_once_and_silence_after_ninety_seconds() {
        let (waited, message) = given_up_after(|| Reply::Untrusted).await;
        assert_eq!(waited, time::Duration::ZERO);
        assert!(message.contains("is not trusted") && message.contains("SSL_CERT_FILE"), "{message}");
        let (waited, message) = given_up_after(|| Reply::Broken("dns error")).await;
        assert_eq!(waited, time::Duration::seconds(90));
        assert!(message.contains("Check that the name resolves"), "{message}");
    }

    #[tokio::test]
    async fn after_the_first_token_pages_and_untrusted_certificates_pass() {
        for fault in [|| Reply::Untrusted, || reply(502, "<p>x"), || reply(407, "<p>x")] as [fn() -> Reply; 3] {
            let fixture = fixture([token_reply("a")].into_iter().chain(std::iter::repeat_with(fault).take(3)));
            let source = fixture.token_source(secret_arguments());
            source.token(&deadline()).await.unwrap();
            for _ in 0..3 {
                fixture.clock.advance(time::Duration::hours(1));
                let error = source.token(&deadline()).await.unwrap_err();
                assert!(matches!(error, TokenError::Transient { .. }), "{error:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_federated_credential_just_made_may_be_unknown_for_a_while() {
        for body in [
            r#"{"error":"invalid_request","error_codes":[70021]}"#,
            r#"{"error":"invalid_client","error_description":"AADSTS700213: No matching federated identity record found"}"#,
        ] {
            let error = refusal(400, body).await;
            assert!(matches!(error, TokenError::Transient { .. }), "{error:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_answer_is_transient_and_waited_for_half_a_minute() {
        let fixture = fixture([Reply::Broken("connection refused"), Reply::Never]);
        let source = fixture.token_source(secret_arguments());
        let error = source.token(&deadline()).await.unwrap_err();
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "connection refused");
        assert!(matches!(error, TokenError::Transient { .. }));
        let start = tokio::time::Instant::now();
        let error = source.token(&deadline()).await.unwrap_err();
        assert!(matches!(error, TokenError::Transient { .. }));
        assert_eq!(start.elapsed(), LIMIT);
    }

    #[tokio::test]
    async fn a_token_whose_lifetime_is_a_string_is_taken() {
        let fixture = fixture([reply(200, r#"{"access_token":"t","expires_in":"60"}"#)]);
        let token = fixture.token_source(secret_arguments()).token(&deadline()).await.unwrap();
        assert_eq!(token.expires_at, NOW + time::Duration::minutes(1));
    }
}

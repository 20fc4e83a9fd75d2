//! The token of a managed identity (docs/reference/azure-resource-manager.md#managed-identity), asked for by ourselves:
//! azure_identity has the address of the metadata service as a constant, chooses by variables of the process instead of
//! by arguments, and cannot read an answer without `resource` or with a number for `expires_on`. `msi_endpoint` and
//! `msi_api_version` are azurerm's.

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::{HttpClient, Method, Url};
use serde::Deserialize;

use super::arguments::{ArgumentError, CredentialSettings, ProcessEnvironment};
use super::cache::Credential;
use super::failure::{FailureKind, TokenFailure, presentable};
use super::http::{NoAnswer, request, send};
use super::issued::Issued;
use crate::azure::clock::Clock;
use crate::azure::secret::Secret;
use crate::azure::token::AccessToken;
use crate::azure::written_url;

/// Short, because outside Azure nothing answers at the link-local address; enough for a service that throttles itself.
const LIMIT: Duration = Duration::from_secs(10);

const METADATA_SERVICE: &str = "http://169.254.169.254/metadata/identity/oauth2/token";

/// One identity of the machine, container or function this runs in.
#[derive(Debug)]
pub(crate) struct ManagedIdentity {
    url: Url,
    /// App Service, Functions and Container Apps want it back, and no `Metadata` header.
    identity_header: Option<Secret>,
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
}

impl ManagedIdentity {
    /// # Errors
    /// On `use_msi` where the host has a form of managed identity that is not served: Arc, Service Fabric.
    pub(crate) fn new(
        settings: &CredentialSettings,
        audience: &str,
        environment: &dyn ProcessEnvironment,
        http: Arc<dyn HttpClient>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ArgumentError> {
        let wrong = |text: &str| ArgumentError::new("use_msi", text);
        let hosted = environment.variable("IDENTITY_ENDPOINT");
        let header = environment.variable("IDENTITY_HEADER").map(Secret::new);
        let hosted_url = hosted.as_deref().and_then(|text| written_url::parse(text).ok());
        let (endpoint, identity_header) = match (&settings.msi_endpoint, hosted_url, header) {
            // azurerm's users may have pointed msi_endpoint at the very endpoint that wants the header.
            (Some(given), Some(hosted), Some(header)) if *given == hosted => (hosted, Some(header)),
            (Some(given), _, _) => (given.clone(), None),
            (None, Some(_), Some(_)) if environment.variable("IDENTITY_SERVER_THUMBPRINT").is_some() => {
                return Err(wrong("the managed identity of Service Fabric cannot be used"));
            }
            (None, Some(hosted), Some(header)) => (hosted, Some(header)),
            (None, Some(_), None) if environment.variable("IMDS_ENDPOINT").is_some() => {
                return Err(wrong("the managed identity of an Azure Arc machine cannot be used"));
            }
            (None, _, _) => {
                let url = Url::parse(METADATA_SERVICE).map_err(|error| wrong(&error.to_string()))?;
                (url, None)
            }
        };
        let default_version = if identity_header.is_some() { "2019-08-01" } else { "2018-02-01" };
        let mut url = endpoint;
        url.query_pairs_mut()
            .append_pair("api-version", settings.msi_api_version.as_deref().unwrap_or(default_version))
            .append_pair("resource", audience);
        if let Some(client_id) = &settings.client_id {
            url.query_pairs_mut().append_pair("client_id", client_id);
        }
        Ok(Self { url, identity_header, http, clock })
    }
}

/// The metadata service's error answer; App Service has other members, of which nothing is shown.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ImdsError {
    error: String,
    error_description: String,
}

#[async_trait::async_trait]
impl Credential for ManagedIdentity {
    async fn issue(&self) -> Result<AccessToken, TokenFailure> {
        let asked_at = self.clock.now();
        let headers = match &self.identity_header {
            Some(header) => [("x-identity-header", header.expose())],
            None => [("metadata", "true")],
        };
        let answer = send(&*self.http, &request(Method::Get, self.url.clone(), &headers), LIMIT).await;
        let secrets: Vec<&Secret> = self.identity_header.iter().collect();
        let host = self.url.host_str().unwrap_or_default();
        let answer = answer.map_err(|NoAnswer { text, .. }| {
            let message = format!("the managed identity endpoint at {host} does not answer; is this machine in Azure?");
            TokenFailure::new(FailureKind::Doubtful, message).with_cause(presentable(&text, &secrets))
        })?;
        if answer.status == 200 {
            return Issued::read(&answer.body).and_then(|issued| issued.token(asked_at)).ok_or_else(|| {
                TokenFailure::new(
                    FailureKind::Doubtful,
                    format!("the managed identity endpoint at {host} gave no token"),
                )
            });
        }
        let refusal: ImdsError = serde_json::from_slice(&answer.body).unwrap_or_default();
        let mut message = format!("the managed identity endpoint at {host} answered with status {}", answer.status);
        let several = refusal.error_description.to_ascii_lowercase().contains("multiple user assigned identities");
        for text in [refusal.error, refusal.error_description] {
            if !text.is_empty() {
                message.push_str(": ");
                message.push_str(&presentable(&text, &secrets));
            }
        }
        let kind = match answer.status {
            429 => FailureKind::Transient,
            // 404 and 410: the service is being updated, for 70 seconds at most. Some other server, which is no metadata
            // service at all, answers with these, too.
            404 | 408 | 410 | 500..=599 => FailureKind::Unanswered,
            400 if several => {
                message.push_str(". This machine has several managed identities: set client_id to the one to use");
                FailureKind::Permanent
            }
            400 => {
                message.push_str(". Does this machine have the identity that client_id names, or one at all?");
                FailureKind::Permanent
            }
            _ => FailureKind::Doubtful,
        };
        Err(TokenFailure::new(kind, message))
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::azure::auth::arguments::CredentialArguments;
    use crate::azure::auth::scripted::{Asked, Fixture, NOW, Reply, ScriptedHttp, SetEnvironment, reply};
    use crate::azure::auth::{AuthenticationError, token_source};
    use crate::azure::cloud::Cloud;
    use crate::azure::deadline::Deadline;
    use crate::azure::token::{AccessToken, TokenError};

    const TOKEN: &str = r#"{"access_token":"the-token","expires_in":"3600","expires_on":"1","resource":"r","token_type":"Bearer","client_id":"c"}"#;

    fn arguments() -> CredentialArguments {
        CredentialArguments { use_msi: Some(true), ..CredentialArguments::default() }
    }

    fn deadline() -> Deadline {
        Deadline::new(Duration::from_secs(600), CancellationToken::new())
    }

    async fn outcome(
        arguments: CredentialArguments,
        variables: &[(&str, &str)],
        answer: Reply,
    ) -> (Result<AccessToken, TokenError>, Asked) {
        let fixture = Fixture {
            direct: ScriptedHttp::new([answer]),
            environment: Arc::new(SetEnvironment::new(variables)),
            ..Fixture::default()
        };
        let token = fixture.token_source(arguments).token(&deadline()).await;
        assert!(fixture.proxied.asked().is_empty());
        (token, fixture.direct.asked().remove(0))
    }

    #[tokio::test]
    async fn the_metadata_service_is_asked_directly_never_through_a_proxy() {
        let (token, asked) = outcome(arguments(), &[], reply(200, TOKEN)).await;
        let token = token.unwrap();
        assert_eq!(token.token.expose(), "the-token");
        assert_eq!(token.expires_at, NOW + time::Duration::hours(1));
        assert_eq!(asked.method, "GET");
        assert_eq!(
            asked.url.as_str(),
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com"
        );
        assert_eq!(asked.header("metadata"), Some("true"));
    }

    #[tokio::test]
    async fn endpoint_version_and_identity_are_those_of_the_arguments() {
        let arguments = CredentialArguments {
            msi_endpoint: Some("http://127.0.0.1:4141/token?x=1".to_owned()),
            msi_api_version: Some("2020-06-01".to_owned()),
            client_id: Some("identity-1".to_owned()),
            ..arguments()
        };
        let (_, asked) = outcome(
            arguments,
            &[("IDENTITY_ENDPOINT", "http://elsewhere"), ("IDENTITY_HEADER", "h")],
            reply(200, TOKEN),
        )
        .await;
        assert_eq!(asked.url.host_str(), Some("127.0.0.1"));
        let query = asked.query();
        assert_eq!(query["x"], "1");
        assert_eq!(query["api-version"], "2020-06-01");
        assert_eq!(query["client_id"], "identity-1");
        assert_eq!(asked.header("x-identity-header"), None);
    }

    #[tokio::test]
    async fn app_service_and_container_apps_get_their_header_back() {
        let variables = [("IDENTITY_ENDPOINT", "http://localhost:42356/msi/token"), ("IDENTITY_HEADER", "header-1")];
        let at_endpoint =
            CredentialArguments { msi_endpoint: Some("http://localhost:42356/msi/token".to_owned()), ..arguments() };
        for arguments in [arguments(), at_endpoint] {
            let (token, asked) = outcome(arguments, &variables, reply(200, TOKEN)).await;
            assert!(token.is_ok());
            assert_eq!(asked.url.path(), "/msi/token");
            assert_eq!(asked.query()["api-version"], "2019-08-01");
            assert_eq!(asked.header("x-identity-header"), Some("header-1"));
            assert_eq!(asked.header("metadata"), None);
        }
    }

    #[test]
    fn hosts_that_are_not_served_are_refused_before_anything_is_sent() {
        for variables in [
            vec![("IDENTITY_ENDPOINT", "http://localhost:40342/x"), ("IMDS_ENDPOINT", "http://localhost:40342")],
            vec![
                ("IDENTITY_ENDPOINT", "https://10.0.0.4:2377/x"),
                ("IDENTITY_HEADER", "h"),
                ("IDENTITY_SERVER_THUMBPRINT", "t"),
            ],
        ] {
            let fixture = Fixture { environment: Arc::new(SetEnvironment::new(&variables)), ..Fixture::default() };
            let settings = fixture.settings(arguments());
            let error =
                token_source(&settings, &Cloud::named("public").unwrap(), &fixture.credential_context()).unwrap_err();
            let AuthenticationError::Argument(error) = error else { panic!("{error:?}") };
            assert_eq!(error.argument, "use_msi");
        }
    }

    #[tokio::test]
    async fn no_such_identity_is_permanent_and_says_what_the_service_said() {
        let body = r#"{"error":"invalid_request","error_description":"Identity not found"}"#;
        let (token, _) = outcome(arguments(), &[], reply(400, body)).await;
        let error = token.unwrap_err();
        assert_eq!(
            error.to_string(),
            "no access token: the managed identity endpoint at 169.254.169.254 answered with status 400: invalid_request: Identity not found. Does this machine have the identity that client_id names, or one at all?"
        );
        assert!(matches!(error, TokenError::Permanent { .. }));
    }

    #[tokio::test]
    async fn a_service_that_is_being_updated_or_throttles_is_asked_again() {
        for status in [404, 410, 429, 500, 503] {
            let (token, _) = outcome(arguments(), &[], reply(status, "")).await;
            assert!(matches!(token, Err(TokenError::Transient { .. })), "{status}");
        }
    }

    #[tokio::test]
    async fn several_identities_without_client_id_are_an_error_that_asks_for_it() {
        let body = r#"{"error":"invalid_request","error_description":"Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request"}"#;
        let error = outcome(arguments(), &[], reply(400, body)).await.0.unwrap_err();
        assert!(matches!(error, TokenError::Permanent { .. }), "{error:?}");
        assert!(error.to_string().ends_with("several managed identities: set client_id to the one to use"), "{error}");
    }

    #[tokio::test]
    async fn a_server_that_is_no_metadata_service_is_an_error_after_ninety_seconds() {
        let fixture = Fixture {
            direct: ScriptedHttp::new([reply(404, "<html>"), reply(502, "<html>"), reply(404, "<html>")]),
            ..Fixture::default()
        };
        let source = fixture.token_source(arguments());
        for seconds in [60, 30] {
            assert!(matches!(source.token(&deadline()).await, Err(TokenError::Transient { .. })));
            fixture.clock.advance(time::Duration::seconds(seconds));
        }
        assert!(matches!(source.token(&deadline()).await, Err(TokenError::Permanent { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn outside_azure_it_gives_up_after_ten_seconds() {
        let start = tokio::time::Instant::now();
        let (token, _) = outcome(arguments(), &[], Reply::Never).await;
        let error = token.unwrap_err();
        assert!(matches!(error, TokenError::Permanent { .. }), "{error:?}");
        assert!(error.to_string().contains("is this machine in Azure?"));
        assert_eq!(start.elapsed(), LIMIT);
    }

    #[test]
    fn a_managed_identity_has_no_token_of_another_tenant() {
        let fixture = Fixture::default();
        let settings = fixture
            .settings(CredentialArguments { auxiliary_tenant_ids: Some(vec!["other".to_owned()]), ..arguments() });
        let cloud = Cloud::named("public").unwrap();
        let error =
            crate::azure::auth::auxiliary_token_sources(&settings, &cloud, &fixture.credential_context()).unwrap_err();
        assert_eq!(error.to_string(), "auxiliary_tenant_ids: a managed identity has tokens of its own tenant only");
    }
}

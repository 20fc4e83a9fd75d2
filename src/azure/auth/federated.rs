//! Foreign tokens that Entra exchanges for its own (docs/reference/azure-resource-manager.md#federated-tokens). They
//! live for minutes and count only when exchanged, so each exchange gets a new one where that is possible.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use azure_core::http::{HttpClient, Method, Url};
use serde::Deserialize;

use super::arguments::ProcessEnvironment;
use super::failure::{FailureKind, PAGE_HINT, TokenFailure, of_page, page_of};
use super::http::{NoAnswer, TokenResponse, request, send};
use crate::azure::secret::Secret;

const LIMIT: Duration = Duration::from_secs(30);

/// What Entra expects a federated token to be made for. azurerm asks for this one in every cloud; another can be
/// written into the query of `oidc_request_url`, here as there.
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// Where a foreign token comes from.
#[derive(Debug)]
pub(crate) enum FederatedToken {
    Value(Secret),
    File { path: PathBuf, environment: Arc<dyn ProcessEnvironment> },
    GitHub { url: Url, token: Secret },
    AzureDevOps { url: Url, token: Secret, service_connection_id: String },
}

impl FederatedToken {
    pub(crate) async fn obtain(&self, http: &dyn HttpClient) -> Result<Secret, TokenFailure> {
        match self {
            Self::Value(token) => Ok(token.clone()),
            Self::File { path, environment } => {
                let (environment, file) = (Arc::clone(environment), path.clone());
                // A file on a network share may take its time; the runtime must not wait with it.
                let read = tokio::task::spawn_blocking(move || environment.read_file(&file)).await;
                let bytes = read.unwrap_or_else(|error| Err(error.into())).map_err(|error| {
                    TokenFailure::new(FailureKind::Doubtful, format!("the OIDC token file {path:?} cannot be read"))
                        .with_cause(error.to_string())
                })?;
                let bytes = zeroize::Zeroizing::new(bytes);
                match std::str::from_utf8(&bytes).map(str::trim) {
                    Ok(text) if !text.is_empty() => Ok(Secret::new(text)),
                    _ => Err(TokenFailure::new(
                        FailureKind::Doubtful,
                        format!("the OIDC token file {path:?} holds no token"),
                    )),
                }
            }
            Self::GitHub { url, token } => {
                let url = with_query(url, &[("audience", AUDIENCE)]);
                let authorization = bearer(token);
                let headers = [("accept", "application/json"), ("authorization", authorization.expose())];
                let answer = send(http, &request(Method::Get, url, &headers), LIMIT).await;
                read("GitHub's OIDC endpoint", answer, token)
            }
            Self::AzureDevOps { url, token, service_connection_id } => {
                let pairs = [
                    ("api-version", "7.1"),
                    ("serviceConnectionId", service_connection_id.as_str()),
                    ("audience", AUDIENCE),
                ];
                let url = with_query(url, &pairs);
                let authorization = bearer(token);
                let headers = [
                    ("accept", "application/json"),
                    ("authorization", authorization.expose()),
                    ("content-type", "application/json"),
                    ("content-length", "0"),
                    // Without it a token that is refused is answered with a sign-in page instead of 401.
                    ("x-tfs-fedauthredirect", "Suppress"),
                ];
                let answer = send(http, &request(Method::Post, url, &headers), LIMIT).await;
                read("Azure DevOps's OIDC endpoint", answer, token)
            }
        }
    }

    /// Secrets that an error text of the exchange must not show, beside the token itself.
    pub(crate) fn secrets(&self) -> Option<&Secret> {
        match self {
            Self::Value(secret) | Self::GitHub { token: secret, .. } | Self::AzureDevOps { token: secret, .. } => {
                Some(secret)
            }
            Self::File { .. } => None,
        }
    }
}

fn bearer(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.expose()))
}

/// Adds the pairs whose names are not there yet.
fn with_query(url: &Url, pairs: &[(&str, &str)]) -> Url {
    let mut extended = url.clone();
    for (name, value) in pairs {
        if !url.query_pairs().any(|(present, _)| present.eq_ignore_ascii_case(name)) {
            extended.query_pairs_mut().append_pair(name, value);
        }
    }
    extended
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(alias = "oidcToken")]
    value: String,
}

fn read(endpoint: &str, answer: Result<TokenResponse, NoAnswer>, token: &Secret) -> Result<Secret, TokenFailure> {
    let answer = answer
        .map_err(|no_answer| no_answer.failure(&format!("{endpoint} could not be asked for a token"), &[token]))?;
    let status = answer.status;
    match status {
        200..=299 => match serde_json::from_slice::<TokenAnswer>(&answer.body) {
            Ok(answered) if !answered.value.is_empty() => Ok(Secret::new(answered.value)),
            _ => Err(TokenFailure::new(FailureKind::Doubtful, format!("{endpoint} answered without a token"))),
        },
        408 | 429 | 500..=599 => {
            let what = format!("{endpoint} answered with status {status}");
            Err(match page_of(&answer.body) {
                Some(page) => TokenFailure::new(of_page(status), format!("{what} and the page {page:?}. {PAGE_HINT}")),
                None => TokenFailure::new(FailureKind::Transient, what),
            })
        }
        401 | 403 => Err(TokenFailure::new(
            FailureKind::Permanent,
            format!(
                "{endpoint} refused oidc_request_token with status {status}. A job's token ends with the job and needs the permission to ask for id tokens"
            ),
        )),
        _ => Err(TokenFailure::new(
            FailureKind::Doubtful,
            format!(
                "{endpoint} answered with status {status}. Check oidc_request_url and, at Azure DevOps, ado_pipeline_service_connection_id"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::azure::auth::arguments::CredentialArguments;
    use crate::azure::auth::scripted::{Fixture, Reply, ScriptedHttp, SetEnvironment, application, reply, token_reply};
    use crate::azure::deadline::Deadline;
    use crate::azure::token::TokenError;

    fn deadline() -> Deadline {
        Deadline::new(Duration::from_secs(600), CancellationToken::new())
    }

    fn fixture(variables: &[(&str, &str)], replies: impl IntoIterator<Item = Reply>) -> Fixture {
        Fixture {
            proxied: ScriptedHttp::new(replies),
            environment: Arc::new(SetEnvironment::new(variables)),
            ..Fixture::default()
        }
    }

    const GITHUB: &[(&str, &str)] = &[
        ("ARM_USE_OIDC", "true"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://github.example/token?api-version=2.0"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "job-token"),
    ];

    const AZURE_DEVOPS: &[(&str, &str)] = &[
        ("ARM_USE_OIDC", "true"),
        ("SYSTEM_OIDCREQUESTURI", "https://devops.example/oidc"),
        ("SYSTEM_ACCESSTOKEN", "job-token"),
        ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "connection-1"),
    ];

    #[tokio::test]
    async fn github_is_asked_with_the_audience_in_the_query_and_its_token_is_exchanged() {
        let fixture = fixture(GITHUB, [reply(200, r#"{"count":1,"value":"github-jwt"}"#), token_reply("the-token")]);
        let token = fixture.token_source(application()).token(&deadline()).await.unwrap();
        assert_eq!(token.token.expose(), "the-token");
        let [first, second] = &fixture.proxied.asked()[..] else { panic!("two requests") };
        assert_eq!(first.method, "GET");
        assert_eq!(
            first.url.as_str(),
            "https://github.example/token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange"
        );
        assert_eq!(first.header("authorization"), Some("Bearer job-token"));
        assert_eq!(second.form()["client_assertion"], "github-jwt");
        assert_eq!(second.form()["client_id"], "app-1");
        assert_eq!(second.header("authorization"), None);
    }

    #[tokio::test]
    async fn an_audience_in_the_request_url_is_left_alone() {
        let mut variables = GITHUB.to_vec();
        variables[1].1 = "https://github.example/token?audience=api%3A%2F%2FAzureADTokenExchangeChina";
        let fixture = fixture(&variables, [reply(200, r#"{"value":"github-jwt"}"#), token_reply("the-token")]);
        fixture.token_source(application()).token(&deadline()).await.unwrap();
        assert_eq!(fixture.proxied.asked()[0].url.as_str(), variables[1].1);
    }

    #[tokio::test]
    async fn azure_devops_is_posted_to_with_the_service_connection() {
        let fixture = fixture(AZURE_DEVOPS, [reply(200, r#"{"oidcToken":"devops-jwt"}"#), token_reply("the-token")]);
        fixture.token_source(application()).token(&deadline()).await.unwrap();
        let [first, second] = &fixture.proxied.asked()[..] else { panic!("two requests") };
        assert_eq!(first.method, "POST");
        assert_eq!(first.url.path(), "/oidc");
        let query = first.query();
        assert_eq!(query["api-version"], "7.1");
        assert_eq!(query["serviceConnectionId"], "connection-1");
        assert_eq!(query["audience"], AUDIENCE);
        assert_eq!(first.header("authorization"), Some("Bearer job-token"));
        assert_eq!(first.header("content-type"), Some("application/json"));
        assert_eq!(first.header("x-tfs-fedauthredirect"), Some("Suppress"));
        assert_eq!(first.body, "");
        assert_eq!(second.form()["client_assertion"], "devops-jwt");
    }

    #[tokio::test]
    async fn every_exchange_asks_for_a_fresh_foreign_token() {
        let fixture = fixture(
            GITHUB,
            [reply(200, r#"{"value":"one"}"#), token_reply("a"), reply(200, r#"{"value":"two"}"#), token_reply("b")],
        );
        let source = fixture.token_source(application());
        let first = source.token(&deadline()).await.unwrap();
        source.invalidate(&first);
        source.token(&deadline()).await.unwrap();
        let asked = fixture.proxied.asked();
        assert_eq!(asked[1].form()["client_assertion"], "one");
        assert_eq!(asked[3].form()["client_assertion"], "two");
    }

    #[tokio::test]
    async fn what_the_platform_answers_decides_whether_it_can_pass() {
        for (status, body, passes) in [
            (429, "", true),
            (503, "", true),
            (401, "", false),
            (403, "", false),
            (302, "", false),
            (404, "", false),
            (200, "<html>sign in</html>", false),
            (200, r#"{"value":""}"#, false),
        ] {
            let fixture = fixture(GITHUB, [reply(status, body)]);
            let error = fixture.token_source(application()).token(&deadline()).await.unwrap_err();
            assert_eq!(matches!(error, TokenError::Transient { .. }), passes, "{status} {body}: {error:?}");
        }
        let fixture = fixture(GITHUB, [Reply::Broken("reset")]);
        let error = fixture.token_source(application()).token(&deadline()).await.unwrap_err();
        assert!(matches!(error, TokenError::Transient { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn a_token_given_as_a_value_is_sent_as_it_is() {
        let fixture = fixture(&[("ARM_USE_OIDC", "true"), ("ARM_OIDC_TOKEN", "given-jwt")], [token_reply("the-token")]);
        fixture.token_source(application()).token(&deadline()).await.unwrap();
        assert_eq!(fixture.proxied.asked()[0].form()["client_assertion"], "given-jwt");
    }

    #[tokio::test]
    async fn a_token_file_that_has_vanished_is_named() {
        let environment = SetEnvironment::default().file("/token", "jwt");
        let fixture = Fixture { environment: Arc::new(environment), ..Fixture::default() };
        let arguments = CredentialArguments {
            use_oidc: Some(true),
            oidc_token_file_path: Some("/token".to_owned()),
            ..application()
        };
        let source = fixture.token_source(arguments);
        fixture.environment.write("/token", " \n");
        let error = source.token(&deadline()).await.unwrap_err().to_string();
        assert_eq!(error, "no access token: the OIDC token file \"/token\" holds no token");
    }
}

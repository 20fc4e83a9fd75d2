//! Which cloud the arguments mean; asks a metadata host where they name one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use azure_core::http::{Method, Url};
use tokio::sync::OnceCell;

use super::arguments::{ArgumentError, CredentialSettings};
use super::failure::{PAGE_HINT, page_of};
use super::http::{Http, NoAnswer, TokenResponse, request, send};
use crate::azure::cloud::{CLOUD_NAMES, Cloud, Metadata};
use crate::azure::deadline::Deadline;
use crate::azure::written_url;

const LIMIT: Duration = Duration::from_secs(20);

/// Configuring the provider has no time-out of its own, and a wrong host name should not look like a hang.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What metadata hosts have answered, for the life of the process; several configurations at once ask once.
static KNOWN: Mutex<BTreeMap<String, Arc<OnceCell<Vec<Metadata>>>>> = Mutex::new(BTreeMap::new());

/// The cloud of `environment` or `metadata_host`, with the endpoints replaced that were given one by one.
///
/// # Errors
/// [`ArgumentError`] naming the argument that leads nowhere; for `metadata_host` also if it cannot be reached within a
/// minute, or before the deadline.
pub async fn cloud(settings: &CredentialSettings, http: &Http, deadline: &Deadline) -> Result<Cloud, ArgumentError> {
    let mut cloud = match (&settings.metadata_host, settings.environment.as_deref().unwrap_or("public")) {
        (Some(host), _) => from_metadata_host(host, settings.environment.as_deref(), http, deadline).await?,
        (None, name) if name.eq_ignore_ascii_case("custom") => custom(settings)?,
        (None, name) => Cloud::named(name).ok_or_else(|| {
            ArgumentError::new("environment", format!("{name:?} is not one of {CLOUD_NAMES}, custom"))
        })?,
    };
    if let Some(endpoint) = &settings.resource_manager_endpoint {
        cloud.resource_manager_endpoint = endpoint.clone();
    }
    if let Some(authority) = &settings.authority_host {
        cloud.authority_host = authority.clone();
    }
    if let Some(audience) = &settings.resource_manager_audience {
        cloud.audience.clone_from(audience);
    }
    Ok(cloud)
}

/// The host that [`cloud`] asks, if the arguments name one.
///
/// # Errors
/// [`ArgumentError`], if it is no host.
pub fn metadata_url(settings: &CredentialSettings) -> Result<Option<Url>, ArgumentError> {
    settings.metadata_host.as_deref().map(root_of).transpose()
}

fn root_of(host: &str) -> Result<Url, ArgumentError> {
    let url = written_url::parse(&format!("https://{}", host.trim_start_matches("https://"))).ok();
    url.filter(|url| url.path() == "/" && url.username().is_empty() && url.query().is_none())
        .ok_or_else(|| ArgumentError::new("metadata_host", "it must be a host name, optionally with a port"))
}

fn custom(settings: &CredentialSettings) -> Result<Cloud, ArgumentError> {
    let missing = |argument| ArgumentError::new(argument, "it is required when environment is \"custom\"");
    let endpoint = settings.resource_manager_endpoint.clone().ok_or_else(|| missing("resource_manager_endpoint"))?;
    Ok(Cloud {
        name: "custom".to_owned(),
        audience: endpoint.as_str().trim_end_matches('/').to_owned(),
        resource_manager_endpoint: endpoint,
        authority_host: settings.authority_host.clone().ok_or_else(|| missing("authority_host"))?,
    })
}

async fn from_metadata_host(
    host: &str,
    environment: Option<&str>,
    http: &Http,
    deadline: &Deadline,
) -> Result<Cloud, ArgumentError> {
    let wrong = |problem: String| ArgumentError::new("metadata_host", problem);
    let root = root_of(host)?;
    let deadline = deadline.at_most(TIMEOUT);
    let known = {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(root.to_string()).or_default())
    };
    let asked = deadline.run(known.get_or_try_init(|| ask(&root, http, &deadline))).await;
    let clouds =
        asked.map_err(|interrupted| wrong(format!("{root} was not reached: {interrupted}")))?.map_err(wrong)?;
    let chosen = Metadata::choose(clouds, environment).map_err(wrong)?;
    chosen.cloud().map_err(|problem| wrong(format!("the answer of {root} cannot be used: {problem}")))
}

/// Asks in the newer form; hosts that know only the older one (an array of clouds) refuse it.
async fn ask(root: &Url, http: &Http, deadline: &Deadline) -> Result<Vec<Metadata>, String> {
    let mut version = "2022-09-01";
    let mut pause = Duration::from_secs(1);
    loop {
        let mut url = root.clone();
        url.set_path("/metadata/endpoints");
        url.query_pairs_mut().append_pair("api-version", version);
        let asked = request(Method::Get, url, &[("accept", "application/json")]);
        let problem = match send(&**http.proxied(), &asked, LIMIT).await {
            Ok(TokenResponse { status: 200, body }) => {
                return Metadata::parse(&body).map_err(|error| format!("the answer of {root} is not JSON: {error}"));
            }
            Ok(TokenResponse { status: 400 | 404, .. }) if version == "2022-09-01" => {
                version = "2019-05-01";
                continue;
            }
            Ok(TokenResponse { status: status @ (408 | 429 | 500..=599), body }) => with_page(status, &body),
            Ok(TokenResponse { status, body }) => {
                return Err(format!("{root} answered with {}", with_page(status, &body)));
            }
            Err(no_answer @ NoAnswer { untrusted: true, .. }) => {
                let failure = no_answer.failure(&format!("{root} was not reached"), &[]);
                return Err(format!("{}: {}", failure.message, no_answer.text));
            }
            Err(NoAnswer { text, .. }) => text,
        };
        tracing::debug!(%root, problem, "asking the metadata host again");
        deadline
            .sleep(pause)
            .await
            .map_err(|interrupted| format!("{root} was not reached ({interrupted}): {problem}"))?;
        pause = (pause * 2).min(Duration::from_secs(10));
    }
}

fn with_page(status: u16, body: &[u8]) -> String {
    match page_of(body) {
        Some(page) => format!("status {status} and the page {page:?}. {PAGE_HINT}"),
        None => format!("status {status}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::azure::auth::arguments::CredentialArguments;
    use crate::azure::auth::scripted::{Fixture, Reply, ScriptedHttp, reply};

    const OBJECT: &str = r#"{"name":"AzureStack","resourceManager":"https://arm.contoso.example/",
        "authentication":{"loginEndpoint":"https://login.contoso.example","audiences":["https://arm.contoso.example"]}}"#;

    fn fixture(replies: impl IntoIterator<Item = Reply>) -> Fixture {
        Fixture { proxied: ScriptedHttp::new(replies), ..Fixture::default() }
    }

    async fn resolved(fixture: &Fixture, arguments: CredentialArguments) -> Result<Cloud, ArgumentError> {
        let deadline = Deadline::new(Duration::from_secs(600), CancellationToken::new());
        cloud(&fixture.settings(arguments), &fixture.credential_context().http, &deadline).await
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[tokio::test]
    async fn without_arguments_it_is_the_public_cloud_and_nothing_is_sent() {
        let cloud = resolved(&Fixture::default(), CredentialArguments::default()).await.unwrap();
        assert_eq!(Some(cloud), Cloud::named("public"));
    }

    #[tokio::test]
    async fn single_endpoints_replace_those_of_the_environment_and_the_audience_stays() {
        let arguments = CredentialArguments {
            environment: some("china"),
            resource_manager_endpoint: some("https://127.0.0.1:8443"),
            authority_host: some("https://127.0.0.1:8444"),
            ..CredentialArguments::default()
        };
        let cloud = resolved(&Fixture::default(), arguments).await.unwrap();
        assert_eq!(cloud.resource_manager_endpoint.as_str(), "https://127.0.0.1:8443/");
        assert_eq!(cloud.authority_host.as_str(), "https://127.0.0.1:8444/");
        assert_eq!(cloud.scope(), "https://management.chinacloudapi.cn/.default");
    }

    #[tokio::test]
    async fn a_custom_cloud_needs_both_endpoints_and_is_its_own_audience() {
        let missing = CredentialArguments { environment: some("custom"), ..CredentialArguments::default() };
        let error = resolved(&Fixture::default(), missing.clone()).await.unwrap_err();
        assert_eq!(error.argument, "resource_manager_endpoint");
        let half = CredentialArguments { resource_manager_endpoint: some("https://arm.example"), ..missing };
        let error = resolved(&Fixture::default(), half.clone()).await.unwrap_err();
        assert_eq!(error.argument, "authority_host");
        let whole = CredentialArguments { authority_host: some("https://login.example"), ..half };
        let cloud = resolved(&Fixture::default(), whole).await.unwrap();
        assert_eq!(cloud.scope(), "https://arm.example/.default");
    }

    #[tokio::test]
    async fn an_unknown_environment_is_refused_by_name() {
        let error = resolved(
            &Fixture::default(),
            CredentialArguments { environment: some("german"), ..CredentialArguments::default() },
        )
        .await;
        assert_eq!(
            error.unwrap_err().to_string(),
            "environment: \"german\" is not one of public, usgovernment, dod, china, custom"
        );
    }

    #[tokio::test]
    async fn a_metadata_host_is_asked_once_in_the_life_of_the_process() {
        let fixture = fixture([reply(200, OBJECT)]);
        for host in ["once.contoso.example", "https://once.contoso.example/", "Once.Contoso.Example"] {
            let cloud =
                resolved(&fixture, CredentialArguments { metadata_host: some(host), ..CredentialArguments::default() })
                    .await
                    .unwrap();
            assert_eq!(cloud.resource_manager_endpoint.as_str(), "https://arm.contoso.example/");
        }
        let asked = fixture.proxied.asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].url.as_str(), "https://once.contoso.example/metadata/endpoints?api-version=2022-09-01");
        assert_eq!(asked[0].header("authorization"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_host_is_asked_in_its_own_version_and_a_fault_is_asked_again() {
        let fixture =
            fixture([reply(503, ""), Reply::Broken("reset"), reply(400, ""), reply(200, format!("[{OBJECT}]"))]);
        let arguments =
            CredentialArguments { metadata_host: some("old.contoso.example:8443"), ..CredentialArguments::default() };
        resolved(&fixture, arguments).await.unwrap();
        let asked = fixture.proxied.asked();
        assert_eq!(asked[3].query()["api-version"], "2019-05-01");
        assert_eq!(asked[3].url.port(), Some(8443));
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_never_answers_is_given_up_after_a_minute_and_can_be_tried_again() {
        let start = tokio::time::Instant::now();
        let arguments =
            CredentialArguments { metadata_host: some("dead.contoso.example"), ..CredentialArguments::default() };
        let dead = fixture([Reply::Never, Reply::Never, Reply::Never]);
        let error = resolved(&dead, arguments.clone()).await.unwrap_err();
        assert_eq!(error.argument, "metadata_host");
        assert_eq!(start.elapsed(), TIMEOUT);
        assert!(resolved(&fixture([reply(200, OBJECT)]), arguments).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_is_not_trusted_is_an_error_at_once_and_a_page_is_named() {
        let start = tokio::time::Instant::now();
        for (host, answer, names) in [
            ("untrusted.contoso.example", Reply::Untrusted, "is not trusted"),
            ("page.contoso.example", reply(403, "<title>Blocked</title>"), "Blocked"),
        ] {
            let arguments = CredentialArguments { metadata_host: some(host), ..CredentialArguments::default() };
            let error = resolved(&fixture([answer]), arguments).await.unwrap_err();
            assert_eq!(error.argument, "metadata_host");
            assert!(error.to_string().contains(names), "{error}");
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn an_answer_that_is_no_metadata_is_refused() {
        for (host, status, body) in [("a.refused.example", 403, ""), ("b.refused.example", 200, "<html>")] {
            let fixture = fixture([reply(status, body)]);
            let arguments = CredentialArguments { metadata_host: some(host), ..CredentialArguments::default() };
            assert_eq!(resolved(&fixture, arguments).await.unwrap_err().argument, "metadata_host");
            assert_eq!(Arc::strong_count(&fixture.proxied), 1);
        }
        let arguments = CredentialArguments { metadata_host: some("host/path"), ..CredentialArguments::default() };
        assert_eq!(resolved(&Fixture::default(), arguments).await.unwrap_err().argument, "metadata_host");
    }
}

//! Who we are to Azure: credential arguments, the choice among the ways of authentication, and tokens that are renewed
//! before they end. No secret may leave in an error, a log line or a `Debug` output, and nothing here knows what the
//! tokens are used for.

mod arguments;
mod azure_cli;
mod cache;
mod certificate;
mod certificate_validity;
mod choice;
mod discovery;
mod entra;
mod failure;
mod federated;
mod http;
mod issued;
mod managed_identity;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod secrecy;

use std::sync::Arc;

pub use arguments::{
    ArgumentError, CredentialArguments, CredentialSettings, OidcToken, ProcessEnvironment, SystemEnvironment, VARIABLES,
};
pub use azure_cli::{CliOutput, CliRunner, SystemCliRunner};
pub use discovery::{cloud, metadata_url};
pub use http::Http;

use azure_cli::AzureCli;
use cache::CachedTokenSource;
use certificate::ClientCertificate;
use choice::{CertificateInput, CredentialIdentity, CredentialKind, NothingConfigured};
use entra::{ClientApplication, ClientCredential};
use failure::{FailureKind, TokenFailure};
use federated::FederatedToken;
use managed_identity::ManagedIdentity;

use super::clock::Clock;
use super::cloud::Cloud;
use super::deadline::Deadline;
use super::error::in_one_line;
use super::random::Random;
use super::token::{TokenError, TokenSource};
use url::Url;

/// Everything outside the program that authentication touches.
#[derive(Clone, Debug)]
pub struct CredentialContext {
    /// The way to the network.
    pub http: Http,
    /// Wall time: ends of tokens, assertions.
    pub clock: Arc<dyn Clock>,
    /// Unique ids of assertions.
    pub random: Arc<dyn Random>,
    /// Variables that say where this runs, and token files.
    pub environment: Arc<dyn ProcessEnvironment>,
    /// `az`.
    pub cli: Arc<dyn CliRunner>,
}

/// Why there is no token source, or no subscription.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticationError {
    /// An argument is at fault.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// No way of authentication is switched on and complete. One entry for each that was considered.
    #[error("no way of authentication is completely configured: {}", .0.join("; "))]
    NothingConfigured(Vec<String>),
    /// The Azure CLI did not say which subscription is the default.
    #[error("subscription_id is not set, and asking the Azure CLI for its default subscription failed: {0}")]
    NoDefaultSubscription(String),
}

/// The source of tokens for Resource Manager in the tenant of `settings`. Reads and opens the client certificate; sends
/// nothing, so that wrong credentials show when the first token is asked for.
///
/// # Errors
/// [`AuthenticationError`], if no way of authentication is complete or the chosen one's arguments cannot be used.
pub fn token_source(
    settings: &CredentialSettings,
    cloud: &Cloud,
    credential_context: &CredentialContext,
) -> Result<Arc<dyn TokenSource>, AuthenticationError> {
    let method = choose(settings)?;
    tracing::info!(method = method.name(), cloud = cloud.name, "authenticating");
    build(method, None, settings, cloud, credential_context)
}

/// Where the credential of `settings` asks for tokens in `cloud`. None for those that no proxy serves: a managed identity is
/// asked on this machine, and the Azure CLI asks by itself.
///
/// # Errors
/// [`AuthenticationError`], if no way of authentication is complete.
pub fn urls_for_tokens(settings: &CredentialSettings, cloud: &Cloud) -> Result<Vec<Url>, AuthenticationError> {
    let authority = cloud.authority_host.clone();
    Ok(match choose(settings)? {
        CredentialKind::ManagedIdentity | CredentialKind::AzureCli { .. } => Vec::new(),
        CredentialKind::ClientCertificate { .. }
        | CredentialKind::ClientSecret { .. }
        | CredentialKind::OidcToken { .. } => vec![authority],
        CredentialKind::AzureDevOpsOidc { url, .. } | CredentialKind::GitHubOidc { url, .. } => vec![authority, url],
    })
}

/// Has an OIDC token that was given as a value exchanged by `tokens` at once: it ends after some minutes, and a restore may
/// begin later. Does nothing for every other credential.
///
/// # Errors
/// [`ArgumentError`] on `oidc_token`, if it was refused. An authority that does not answer now is asked again later.
pub async fn exchange_fixed_token(
    settings: &CredentialSettings,
    tokens: &[&Arc<dyn TokenSource>],
    deadline: &Deadline,
) -> Result<(), AuthenticationError> {
    if !matches!(choose(settings)?, CredentialKind::OidcToken { token: OidcToken::Value(_), .. }) {
        return Ok(());
    }
    for source in tokens {
        match source.token(deadline).await {
            Ok(_) => {}
            Err(error @ TokenError::Permanent { .. }) => {
                return Err(ArgumentError::new("oidc_token", in_one_line(&error)).into());
            }
            Err(error) => tracing::warn!(reason = in_one_line(&error), "the OIDC token is not exchanged yet"),
        }
    }
    Ok(())
}

/// One source for each of `auxiliary_tenant_ids`, in their order; for `x-ms-authorization-auxiliary`.
///
/// # Errors
/// As [`token_source`]; a managed identity has no token of another tenant, which is an error here where azurerm says
/// nothing and leaves the header out.
pub fn auxiliary_token_sources(
    settings: &CredentialSettings,
    cloud: &Cloud,
    credential_context: &CredentialContext,
) -> Result<Vec<Arc<dyn TokenSource>>, AuthenticationError> {
    let tenants = settings.auxiliary_tenant_ids.iter();
    tenants.map(|tenant| build(choose(settings)?, Some(tenant), settings, cloud, credential_context)).collect()
}

/// The subscription of `settings`, or the Azure CLI's default where the CLI is what authenticates.
///
/// # Errors
/// [`AuthenticationError`], if it is not set and there is no CLI to ask, or the CLI does not answer.
pub async fn subscription_id(
    settings: &CredentialSettings,
    credential_context: &CredentialContext,
    deadline: &Deadline,
) -> Result<String, AuthenticationError> {
    if let Some(id) = &settings.subscription_id {
        return Ok(id.clone());
    }
    match choose(settings)? {
        CredentialKind::AzureCli { .. } => {
            let asked = deadline.run(azure_cli::default_account(&*credential_context.cli)).await;
            let account = asked
                .map_err(|interrupted| TokenFailure::new(FailureKind::Transient, interrupted.to_string()))
                .flatten();
            account.map(|account| account.id).map_err(|TokenFailure { mut message, cause, .. }| {
                if let Some(cause) = cause {
                    message.push_str(&format!(" ({cause})"));
                }
                AuthenticationError::NoDefaultSubscription(message)
            })
        }
        method => {
            let message = format!("it is required when authenticating with {}", method.name());
            Err(ArgumentError::new("subscription_id", message).into())
        }
    }
}

fn choose(settings: &CredentialSettings) -> Result<CredentialKind, AuthenticationError> {
    CredentialKind::choose(settings).map_err(|NothingConfigured(lines)| AuthenticationError::NothingConfigured(lines))
}

fn build(
    method: CredentialKind,
    auxiliary_tenant: Option<&String>,
    settings: &CredentialSettings,
    cloud: &Cloud,
    credential_context: &CredentialContext,
) -> Result<Arc<dyn TokenSource>, AuthenticationError> {
    let CredentialContext { http, clock, random, environment, cli } = credential_context;
    let (application, credential) = match method {
        CredentialKind::ManagedIdentity => {
            if auxiliary_tenant.is_some() {
                let message = "a managed identity has tokens of its own tenant only";
                return Err(ArgumentError::new("auxiliary_tenant_ids", message).into());
            }
            let (direct, own_clock) = (Arc::clone(http.direct()), Arc::clone(clock));
            let identity = ManagedIdentity::new(settings, &cloud.audience, &**environment, direct, own_clock)?;
            return Ok(Arc::new(CachedTokenSource::new(identity, Arc::clone(clock))));
        }
        CredentialKind::AzureCli { passed_over } => {
            let tenant = auxiliary_tenant.map(String::as_str);
            let (runner, own_clock) = (Arc::clone(cli), Arc::clone(clock));
            let cli = AzureCli::new(tenant, settings, passed_over, cloud, &**environment, runner, own_clock);
            return Ok(Arc::new(CachedTokenSource::new(cli, Arc::clone(clock))));
        }
        CredentialKind::ClientCertificate { application, certificate, password } => {
            let opened = open(&certificate, password.as_ref(), &**environment)?;
            let argument = match certificate {
                CertificateInput::Text(_) => "client_certificate",
                CertificateInput::Path(_) => "client_certificate_path",
            };
            opened.check_validity(clock.now()).map_err(|problem| ArgumentError::new(argument, problem))?;
            (application, ClientCredential::Certificate(opened))
        }
        CredentialKind::ClientSecret { application, secret } => (application, ClientCredential::Secret(secret)),
        CredentialKind::OidcToken { application, token: OidcToken::Value(token) } => {
            (application, ClientCredential::Federated(FederatedToken::Value(token)))
        }
        CredentialKind::OidcToken { application, token: OidcToken::File(path) } => (
            application,
            ClientCredential::Federated(FederatedToken::File { path, environment: Arc::clone(environment) }),
        ),
        CredentialKind::AzureDevOpsOidc { application, url, token, service_connection_id } => (
            application,
            ClientCredential::Federated(FederatedToken::AzureDevOps { url, token, service_connection_id }),
        ),
        CredentialKind::GitHubOidc { application, url, token } => {
            (application, ClientCredential::Federated(FederatedToken::GitHub { url, token }))
        }
    };
    let CredentialIdentity { tenant_id, client_id } = application;
    let application = ClientApplication {
        tenant_id: auxiliary_tenant.cloned().unwrap_or(tenant_id),
        client_id,
        credential,
        cloud: cloud.clone(),
        http: Arc::clone(http.proxied()),
        clock: Arc::clone(clock),
        random: Arc::clone(random),
    };
    Ok(Arc::new(CachedTokenSource::new(application, Arc::clone(clock))))
}

fn open(
    certificate: &CertificateInput,
    password: Option<&super::secret::Secret>,
    environment: &dyn ProcessEnvironment,
) -> Result<ClientCertificate, ArgumentError> {
    match certificate {
        CertificateInput::Text(text) => ClientCertificate::from_text(text, password)
            .map_err(|problem| ArgumentError::new("client_certificate", problem)),
        CertificateInput::Path(path) => {
            let wrong = |problem: String| ArgumentError::new("client_certificate_path", problem);
            let bytes =
                environment.read_file(path).map_err(|error| wrong(format!("{path:?} cannot be read: {error}")))?;
            ClientCertificate::from_bytes(&zeroize::Zeroizing::new(bytes), password)
                .map_err(|problem| wrong(format!("{path:?}: {problem}")))
        }
    }
}

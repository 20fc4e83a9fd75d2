//! From plain settings to a connection.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Connection, ConnectionSettings};
use crate::azure::auth::{self, ArgumentError, AuthenticationError, ProcessEnvironment, SystemEnvironment};
use crate::azure::client::{ArmClient, ArmClientSettings, InvalidSettings};
use crate::azure::clock::{Clock, SystemClock};
use crate::azure::deadline::Deadline;
use crate::azure::endpoint::InvalidEndpoint;
use crate::azure::error::in_one_line;
use crate::azure::limiter::Limiter;
use crate::azure::random::{Random, SystemRandom};
use crate::azure::transport::{HttpTransport, HttpsTransport};
use crate::restore::life::{RestoreContext, WaitTimes};
use crate::restore::progress::Progress;
use crate::restore::registry::Registry;

/// For asking a metadata host. Tokens are asked for later, by the first call that needs one.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The way to Azure.
#[derive(Clone, Debug, Default)]
pub enum Network {
    /// HTTPS, set up when a connection is opened: that loads the certificates of the platform.
    #[default]
    Https,
    /// Requests to Resource Manager and to the token authority go through this.
    Over(Arc<dyn HttpTransport>),
}

/// What a program gets from outside. Made once, at its start.
#[derive(Clone, Debug)]
pub struct HostEnvironment {
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// Jitter and ids.
    pub random: Arc<dyn Random>,
    /// Variables and files.
    pub environment: Arc<dyn ProcessEnvironment>,
    /// The way to Azure.
    pub network: Network,
}

/// Why no connection could be opened. `Display` is a sentence without its full stop, and never shows a secret.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A credential argument, a variable in its place, or the file that it names; also a metadata host that is out of
    /// reach.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// `poll_interval` would ask Azure too often.
    #[error("`poll_interval` must be at least {}s", .shortest.as_secs())]
    PollIntervalTooShort {
        /// What would be taken.
        shortest: Duration,
    },
    /// The progress file cannot be written.
    #[error("`progress_file`: {path:?} cannot be written to: {source}")]
    ProgressFile {
        /// As it was given.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// No credential is switched on and complete. Arguments at fault are [`OpenError::Argument`].
    #[error(transparent)]
    Authentication(AuthenticationError),
    /// HTTPS cannot be set up: the certificates of the platform, for example.
    #[error("HTTPS cannot be set up: {0}")]
    Https(String),
    /// No token may be sent there.
    #[error(transparent)]
    Endpoint(InvalidEndpoint),
    /// A variable of the environment, which becomes a header, holds what no header can.
    #[error("a variable of the environment cannot be sent to Azure: {0}")]
    Header(InvalidSettings),
}

impl OpenError {
    /// The setting at fault, by the name of its argument in the provider block.
    pub fn argument(&self) -> Option<&'static str> {
        match self {
            Self::Argument(error) => Some(error.argument),
            Self::PollIntervalTooShort { .. } => Some("poll_interval"),
            Self::ProgressFile { .. } => Some("progress_file"),
            Self::Endpoint(_) => Some("resource_manager_endpoint"),
            Self::Authentication(_) | Self::Https(_) | Self::Header(_) => None,
        }
    }
}

impl From<AuthenticationError> for OpenError {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::Argument(error) => Self::Argument(error),
            other => Self::Authentication(other),
        }
    }
}

impl From<InvalidSettings> for OpenError {
    fn from(error: InvalidSettings) -> Self {
        match error {
            InvalidSettings::Endpoint(error) => Self::Endpoint(error),
            other => Self::Header(other),
        }
    }
}

impl Connection {
    /// Opens a connection: merges the settings with the environment, finds the cloud, chooses the credential. Nothing
    /// is sent, but for a question to a metadata host where one is named; wrong credentials show when the first token
    /// is asked for. `registry` is shared by all connections of the process; `stop` cancels the opening and nothing
    /// else.
    ///
    /// # Errors
    /// [`OpenError`], which names the setting at fault where there is one.
    pub async fn open(
        settings: &ConnectionSettings,
        host: &HostEnvironment,
        registry: &Arc<Registry>,
        stop: &CancellationToken,
    ) -> Result<Self, OpenError> {
        let client = client(settings, host, stop).await?;
        let clock = Arc::clone(&host.clock);
        let progress = match &settings.progress_file {
            Some(path) => Progress::appended_to(path, Arc::clone(&clock))
                .map_err(|source| OpenError::ProgressFile { path: path.clone(), source })?,
            None => Progress::logged(Arc::clone(&clock)),
        };
        let random = Arc::clone(&host.random);
        let wait_times = WaitTimes::new(settings.poll_interval);
        let restore_context = RestoreContext { clock, random, registry: Arc::clone(registry), progress, wait_times };
        Ok(Self { client, restore_context, preflight: settings.preflight })
    }
}

/// The one client of Resource Manager.
async fn client(
    settings: &ConnectionSettings,
    host: &HostEnvironment,
    stop: &CancellationToken,
) -> Result<ArmClient, OpenError> {
    let credentials = settings.resolve(host.environment.as_ref())?;
    let (transport, http) = host.network()?;
    let context = auth::CredentialContext {
        clock: Arc::clone(&host.clock),
        random: Arc::clone(&host.random),
        environment: Arc::clone(&host.environment),
        http,
        cli: Arc::new(auth::SystemCliRunner),
    };
    let deadline = Deadline::new(TIMEOUT, stop.clone());
    let cloud = auth::cloud(&credentials, &context.http, &deadline).await?;
    let tokens = auth::token_source(&credentials, &cloud, &context)?;
    let auxiliary_tokens = auth::auxiliary_token_sources(&credentials, &cloud, &context)?;
    Ok(ArmClient::new(ArmClientSettings {
        endpoint: cloud.resource_manager_endpoint,
        tokens,
        auxiliary_tokens,
        transport,
        clock: context.clock,
        random: context.random,
        limiter: Limiter::default(),
        backoff: settings.backoff(),
        user_agent: host.user_agent(settings.used_by.as_deref()),
        correlation_id: host.correlation_id(),
    })?)
}

impl HostEnvironment {
    /// The machine's clock, randomness, environment and network.
    pub fn system() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            environment: Arc::new(SystemEnvironment),
            network: Network::Https,
        }
    }

    fn network(&self) -> Result<(Arc<dyn HttpTransport>, auth::Http), OpenError> {
        match &self.network {
            Network::Over(transport) => Ok((Arc::clone(transport), auth::Http::over(Arc::clone(transport)))),
            Network::Https => {
                let https = HttpsTransport::new().map_err(|error| OpenError::Https(in_one_line(&error)))?;
                let http = auth::Http::system(https.client().clone());
                Ok((Arc::new(https), http))
            }
        }
    }

    /// One id for all requests of this process, unless the environment names or forbids one (as azurerm).
    fn correlation_id(&self) -> Option<String> {
        let variable = |name: &str| self.environment.variable(name);
        if variable("ARM_DISABLE_CORRELATION_REQUEST_ID").is_some_and(|flag| matches!(flag.as_str(), "1" | "true")) {
            return None;
        }
        variable("ARM_CORRELATION_REQUEST_ID").or_else(|| {
            let mut bytes = [0_u8; 16];
            self.random.fill(&mut bytes);
            Some(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
        })
    }

    /// Product and version, those of the program that uses us, and what the user wants to add (`AZURE_HTTP_USER_AGENT`,
    /// as azurerm).
    fn user_agent(&self, used_by: Option<&str>) -> String {
        let own = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        let more = self.environment.variable("AZURE_HTTP_USER_AGENT");
        let parts = [Some(own), used_by, more.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::host;
    use super::*;
    use crate::azure::auth::CredentialArguments;
    use crate::azure::scripted::ScriptedTransport;
    use crate::azure::secret::Secret;

    fn credentials() -> CredentialArguments {
        CredentialArguments {
            tenant_id: Some("00000000-0000-0000-0000-000000000001".into()),
            client_id: Some("00000000-0000-0000-0000-000000000002".into()),
            client_secret: Some(Secret::new("secret")),
            use_cli: Some(false),
            ..CredentialArguments::default()
        }
    }

    async fn open(
        settings: ConnectionSettings,
        variables: &[(&'static str, &'static str)],
    ) -> Result<Connection, OpenError> {
        let host = host(&ScriptedTransport::new(Vec::new()), variables);
        Connection::open(&settings, &host, &Arc::default(), &CancellationToken::new()).await
    }

    async fn refused(settings: ConnectionSettings, variables: &[(&'static str, &'static str)]) -> OpenError {
        open(settings, variables).await.unwrap_err()
    }

    #[tokio::test]
    async fn plain_settings_are_enough_and_nothing_is_sent() {
        let settings = ConnectionSettings { credentials: credentials(), preflight: true, ..Default::default() };
        assert!(open(settings, &[]).await.unwrap().preflight);
    }

    #[tokio::test]
    async fn azurerm_s_variables_alone_are_enough() {
        let variables = [
            ("ARM_TENANT_ID", "00000000-0000-0000-0000-000000000001"),
            ("ARM_CLIENT_ID", "00000000-0000-0000-0000-000000000002"),
            ("ARM_CLIENT_SECRET", "secret"),
        ];
        assert!(open(ConnectionSettings::default(), &variables).await.is_ok());
    }

    #[tokio::test]
    async fn every_connection_of_a_process_shares_its_memory() {
        let host = host(&ScriptedTransport::new(Vec::new()), &[]);
        let settings = ConnectionSettings { credentials: credentials(), ..Default::default() };
        let registry = Arc::<Registry>::default();
        let opened = Connection::open(&settings, &host, &registry, &CancellationToken::new()).await.unwrap();
        assert!(Arc::ptr_eq(&opened.restore_context.registry, &registry));
    }

    #[tokio::test]
    async fn an_error_names_the_setting_at_fault() {
        let with = |credentials| ConnectionSettings { credentials, ..Default::default() };
        let argument = |error: OpenError| (error.argument(), error.to_string());
        let (name, text) =
            argument(refused(with(CredentialArguments { tenant_id: Some("x y".into()), ..credentials() }), &[]).await);
        assert_eq!(name, Some("tenant_id"), "{text}");
        let (name, text) = argument(
            refused(with(CredentialArguments { environment: Some("mars".into()), ..credentials() }), &[]).await,
        );
        assert!(name == Some("environment") && text.contains("mars"), "{text}");
        let endpoint = Some("http://example.com".into());
        let (name, text) = argument(
            refused(with(CredentialArguments { resource_manager_endpoint: endpoint, ..credentials() }), &[]).await,
        );
        assert!(name == Some("resource_manager_endpoint") && text.contains("https"), "{text}");
        let folder = tempfile::tempdir().unwrap();
        let settings = ConnectionSettings { progress_file: Some(folder.path().to_owned()), ..with(credentials()) };
        let (name, text) = argument(refused(settings, &[]).await);
        assert!(name == Some("progress_file") && text.contains("not an ordinary file"), "{text}");
        let settings = ConnectionSettings { poll_interval: Some(Duration::ZERO), ..with(credentials()) };
        let (name, text) = argument(refused(settings, &[]).await);
        assert!(name == Some("poll_interval") && text.ends_with("at least 1s"), "{text}");
    }

    #[tokio::test]
    async fn what_is_no_setting_s_fault_names_none() {
        let nothing = CredentialArguments { use_cli: Some(false), ..CredentialArguments::default() };
        let error = refused(ConnectionSettings { credentials: nothing, ..Default::default() }, &[]).await;
        assert!(matches!(error, OpenError::Authentication(_)) && error.argument().is_none(), "{error}");
        let settings = ConnectionSettings { credentials: credentials(), ..Default::default() };
        let error = refused(settings, &[("AZURE_HTTP_USER_AGENT", "a\nb")]).await;
        assert!(matches!(error, OpenError::Header(_)) && error.argument().is_none(), "{error}");
    }

    #[test]
    fn the_user_agent_names_us_then_who_uses_us_then_what_the_user_adds() {
        let agent = |variables: &[(&'static str, &'static str)], used_by| {
            host(&ScriptedTransport::new(Vec::new()), variables).user_agent(used_by)
        };
        let own = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        assert_eq!(agent(&[], None), own);
        assert_eq!(agent(&[], Some("Terraform/1.11.4")), format!("{own} Terraform/1.11.4"));
        let more = [("AZURE_HTTP_USER_AGENT", "pipeline/7")];
        assert_eq!(agent(&more, Some("Terraform/1.11.4")), format!("{own} Terraform/1.11.4 pipeline/7"));
    }

    #[test]
    fn the_correlation_id_is_a_fresh_one_unless_the_environment_names_or_forbids_one() {
        let id = |variables: &[(&'static str, &'static str)]| {
            host(&ScriptedTransport::new(Vec::new()), variables).correlation_id()
        };
        assert!(id(&[]).is_some_and(|id| uuid::Uuid::try_parse(&id).is_ok()));
        assert_eq!(id(&[("ARM_CORRELATION_REQUEST_ID", "run-7")]).as_deref(), Some("run-7"));
        let forbidden = [("ARM_DISABLE_CORRELATION_REQUEST_ID", "true"), ("ARM_CORRELATION_REQUEST_ID", "run-7")];
        assert_eq!(id(&forbidden), None);
    }
}

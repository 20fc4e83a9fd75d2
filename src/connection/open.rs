//! From plain settings to a connection.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Connection, ConnectionSettings};
use crate::azure::auth::{self, ArgumentError, AuthenticationError, ProcessEnvironment, SystemEnvironment};
use crate::azure::client::{ArmClient, ArmClientSettings, InvalidSettings};
use crate::azure::clock::{Clock, SystemClock};
use crate::azure::deadline::Deadline;
use crate::azure::endpoint::InvalidEndpoint;
use crate::azure::limiter::Limiter;
use crate::azure::random::{Random, SystemRandom};
use crate::azure::token_wait::TokenWaits;
use crate::azure::transport::{HttpTransport, HttpsTransport, socks_proxy};
use crate::restore::life::{RestoreContext, WaitTimes};
use crate::restore::progress::Progress;
use crate::restore::registry::Registry;

/// For reading files and asking a metadata host. Tokens are asked for later, by the first call that needs one.
pub(super) const TIMEOUT: Duration = Duration::from_secs(120);

/// The way to Azure.
#[derive(Clone, Debug, Default)]
pub enum Network {
    /// HTTPS, set up by the first request: that loads the certificates of the platform.
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
    /// A proxy of a kind that is not served.
    #[error(
        "{variable} names a SOCKS proxy, which is not supported. Use an HTTP proxy, such as `http://HOST:PORT`, or list the \
         hosts that need no proxy in NO_PROXY"
    )]
    SocksProxy {
        /// Where it was found.
        variable: &'static str,
    },
    /// The trusted certificates cannot be read.
    #[error("SSL_CERT_FILE names {path:?}, which cannot be read: {source}")]
    CertificateFile {
        /// As it was given.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The files of credentials or of trusted certificates were not read to the end: they take too long, or the process ends.
    #[error("the files that the provider block names were not read: {0}")]
    Files(String),
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
            Self::SocksProxy { .. } | Self::CertificateFile { .. } => None,
            Self::Authentication(_) | Self::Files(_) | Self::Header(_) => None,
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
    /// is sent, but for a question to a metadata host where one is named, and the exchange of a fixed OIDC token, which
    /// ends soon; other wrong credentials show when the first token is asked for. `registry` is shared by all connections of the process; `stop` cancels the opening and nothing
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
        let token_waits = TokenWaits::default();
        let (client, subscription_id) = client(settings, host, stop, &token_waits).await?;
        let clock = Arc::clone(&host.clock);
        let progress = match &settings.progress_file {
            Some(path) => Progress::appended_to(path, Arc::clone(&clock))
                .map_err(|source| OpenError::ProgressFile { path: path.clone(), source })?,
            None => Progress::logged(Arc::clone(&clock)),
        };
        let progress = progress.waiting_for(token_waits);
        let random = Arc::clone(&host.random);
        let wait_times = WaitTimes::new(settings.poll_interval).waiting_for_a_role(settings.role_wait);
        let clock = client.clock();
        let restore_context = RestoreContext { clock, random, registry: Arc::clone(registry), progress, wait_times };
        Ok(Self { client, restore_context, subscription_id, preflight: settings.preflight })
    }
}

/// The one client of Resource Manager, and the subscription that was named.
async fn client(
    settings: &ConnectionSettings,
    host: &HostEnvironment,
    stop: &CancellationToken,
    token_waits: &TokenWaits,
) -> Result<(ArmClient, Option<String>), OpenError> {
    let deadline = Deadline::new(TIMEOUT, stop.clone());
    let credentials = settings.resolve_off_the_runtime(&host.environment, &deadline).await?;
    let own_host = host.clone();
    let (transport, http) = off_the_runtime(&deadline, move || own_host.network()).await??;
    let context = auth::CredentialContext {
        clock: Arc::clone(&host.clock),
        random: Arc::clone(&host.random),
        environment: Arc::clone(&host.environment),
        http,
        cli: Arc::new(auth::SystemCliRunner),
    };
    host.check_proxy(auth::metadata_url(&credentials)?.as_ref())?;
    let cloud = auth::cloud(&credentials, &context.http, &deadline).await?;
    let mut asked = auth::urls_for_tokens(&credentials, &cloud)?;
    asked.push(cloud.resource_manager_endpoint.clone());
    host.check_proxy(&asked)?;
    let (who, where_to, with) = (credentials.clone(), cloud.clone(), context.clone());
    let sources = off_the_runtime(&deadline, move || {
        let tokens = auth::token_source(&who, &where_to, &with)?;
        Ok::<_, AuthenticationError>((tokens, auth::auxiliary_token_sources(&who, &where_to, &with)?))
    });
    let (tokens, auxiliary_tokens) = sources.await??;
    let sources: Vec<_> = std::iter::once(&tokens).chain(&auxiliary_tokens).collect();
    auth::exchange_fixed_token(&credentials, &sources, &deadline).await?;
    let client = ArmClient::new(ArmClientSettings {
        endpoint: cloud.resource_manager_endpoint,
        tokens: token_waits.of(tokens),
        auxiliary_tokens: auxiliary_tokens.into_iter().map(|source| token_waits.of(source)).collect(),
        transport,
        clock: context.clock,
        random: context.random,
        limiter: Limiter::default(),
        backoff: settings.backoff(),
        user_agent: host.user_agent(settings.used_by.as_deref()),
        correlation_id: host.correlation_id(),
    })?;
    Ok((client, credentials.subscription_id))
}

/// Runs what reads files, which may lie on a share that takes its time, or never answers.
pub(super) async fn off_the_runtime<T: Send + 'static>(
    deadline: &Deadline,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, OpenError> {
    match deadline.run(tokio::task::spawn_blocking(work)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(OpenError::Files(error.to_string())),
        Err(interrupted) => Err(OpenError::Files(format!("{interrupted}. A network share may not answer"))),
    }
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

    /// What would fail later with a text that names neither the variable nor the reason.
    fn check_certificate_file(&self) -> Result<(), OpenError> {
        let path = self.environment.variable("SSL_CERT_FILE").filter(|text| !text.is_empty());
        let Some(path) = path.map(PathBuf::from) else { return Ok(()) };
        match self.environment.read_file(&path) {
            Ok(_) => Ok(()),
            Err(source) => Err(OpenError::CertificateFile { path, source }),
        }
    }

    /// The same of a proxy, where one of `urls` would be asked through it.
    fn check_proxy<'a>(&self, urls: impl IntoIterator<Item = &'a Url>) -> Result<(), OpenError> {
        match &self.network {
            Network::Over(_) => Ok(()),
            Network::Https => match socks_proxy(urls, |name| self.environment.variable(name)) {
                Some(variable) => Err(OpenError::SocksProxy { variable }),
                None => Ok(()),
            },
        }
    }

    fn network(&self) -> Result<(Arc<dyn HttpTransport>, auth::Http), OpenError> {
        match &self.network {
            Network::Over(transport) => Ok((Arc::clone(transport), auth::Http::over(Arc::clone(transport)))),
            Network::Https => {
                self.check_certificate_file()?;
                let https = HttpsTransport::new();
                Ok((Arc::new(https.clone()), auth::Http::system(https)))
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
    use super::super::Preflight;
    use super::super::scripted::host;
    use super::*;
    use crate::azure::auth::CredentialArguments;
    use crate::azure::scripted::{ScriptedTransport, Step, answer};
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
        let settings =
            ConnectionSettings { credentials: credentials(), preflight: Preflight::Fails, ..Default::default() };
        assert_eq!(open(settings, &[]).await.unwrap().preflight, Preflight::Fails);
    }

    fn oidc() -> ConnectionSettings {
        let credentials = CredentialArguments {
            client_secret: None,
            use_oidc: Some(true),
            oidc_token: Some(Secret::new("jwt")),
            ..credentials()
        };
        ConnectionSettings { credentials, ..Default::default() }
    }

    async fn open_with_oidc_token(step: Step) -> (Result<Connection, OpenError>, usize) {
        let transport = ScriptedTransport::new(vec![step]);
        let host = host(&transport, &[]);
        let opened = Connection::open(&oidc(), &host, &Arc::default(), &CancellationToken::new()).await;
        (opened, transport.seen().len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_fixed_oidc_token_is_exchanged_at_once() {
        let (opened, requests) = open_with_oidc_token(answer(200, r#"{"access_token":"t","expires_in":3600}"#)).await;
        assert!(opened.is_ok() && requests == 1);
        let refusal = r#"{"error":"invalid_client","error_description":"AADSTS700024: ended"}"#;
        let error = open_with_oidc_token(answer(401, refusal)).await.0.unwrap_err();
        assert_eq!(error.argument(), Some("oidc_token"));
        assert!(error.to_string().contains("AADSTS700024"), "{error}");
        let (opened, requests) = open_with_oidc_token(answer(503, "")).await;
        assert!(opened.is_ok() && requests == 1, "asked again later");
    }

    #[tokio::test]
    async fn a_given_role_wait_holds_whatever_azure_says_of_asking_again() {
        let wait = async |role_wait| {
            let settings = ConnectionSettings { credentials: credentials(), role_wait, ..Default::default() };
            let times = open(settings, &[]).await.unwrap().restore_context.wait_times;
            (times.role_arrives, times.role_arrives_against_advice)
        };
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        assert_eq!(wait(None).await, (minutes(30), minutes(10)));
        assert_eq!(wait(Some(minutes(45))).await, (minutes(45), minutes(45)));
        assert_eq!(wait(Some(Duration::ZERO)).await, (Duration::ZERO, Duration::ZERO));
    }

    #[test]
    fn an_unreadable_certificate_file_is_named() {
        let check = |variables: &[(&'static str, &'static str)]| {
            let host = host(&ScriptedTransport::new(Vec::new()), variables);
            host.check_certificate_file().map_err(|error| error.to_string())
        };
        assert_eq!(check(&[]), Ok(()));
        let error = check(&[("SSL_CERT_FILE", "/no/such.pem")]).unwrap_err();
        assert!(error.starts_with("SSL_CERT_FILE names \"/no/such.pem\", which cannot be read"), "{error}");
    }

    #[tokio::test]
    async fn a_socks_proxy_is_refused_only_where_one_would_be_used() {
        let open = |settings: ConnectionSettings, variables: Vec<(&'static str, &'static str)>| async move {
            let host =
                HostEnvironment { network: Network::Https, ..host(&ScriptedTransport::new(Vec::new()), &variables) };
            let opened = Connection::open(&settings, &host, &Arc::default(), &CancellationToken::new()).await;
            opened.map(drop).map_err(|error| error.to_string())
        };
        let secret = || ConnectionSettings { credentials: credentials(), ..Default::default() };
        let identity = || {
            let credentials = CredentialArguments { use_msi: Some(true), use_cli: Some(false), ..Default::default() };
            ConnectionSettings { credentials, ..Default::default() }
        };
        let proxy = ("ALL_PROXY", "SOCKS5h://user:PLANTED@proxy:1080");
        let error = open(secret(), vec![proxy]).await.unwrap_err();
        assert!(error.starts_with("ALL_PROXY names a SOCKS proxy") && error.contains("NO_PROXY"), "{error}");
        assert!(!error.contains("PLANTED"), "{error}");
        let both = "management.azure.com,login.microsoftonline.com";
        assert_eq!(open(secret(), vec![proxy, ("NO_PROXY", both)]).await, Ok(()));
        // A managed identity is asked on this machine, so that only Resource Manager counts.
        let arm = ("NO_PROXY", "management.azure.com");
        assert!(open(secret(), vec![proxy, arm]).await.is_err());
        assert_eq!(open(identity(), vec![proxy, arm]).await, Ok(()));
        // The metadata host is asked before the cloud is known.
        let mut private = secret();
        private.credentials.metadata_host = Some("metadata.socks.example".to_owned());
        assert!(open(private, vec![proxy, ("NO_PROXY", both)]).await.unwrap_err().contains("SOCKS"));
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

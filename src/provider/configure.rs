//! From the provider block to a connection.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{AzureBackup, Network, block};
use crate::azure::auth::Environment;
use crate::azure::auth::{self, ArgumentError, AuthenticationError, Settings};
use crate::azure::client::{ArmClient, ArmClientSettings, InvalidSettings};
use crate::azure::limiter::Limiter;
use crate::azure::patience::Patience;
use crate::azure::transport::{HttpsTransport, Transport};
use crate::connection::Connection;
use crate::restore::life::{Pace, Surroundings};
use crate::restore::progress::Progress;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::resource::Call;
use crate::tfplugin::value::{self, Value};

/// For asking a metadata host. Tokens are asked for later, by the first call that needs one.
const PATIENCE: Duration = Duration::from_secs(120);

impl AzureBackup {
    pub(super) async fn connect(&self, call: &Call, config: &Value) -> Diagnostics {
        self.connections.replace(None);
        // During a plan the block may hang on things that do not exist yet; plans go on without a connection then.
        if !config.is_wholly_known() {
            tracing::info!("the provider's configuration is not known yet; nothing is asked of Azure in this plan");
            return Diagnostics::new();
        }
        match self.connection(call, config).await {
            Ok(connection) => {
                self.connections.replace(Some(connection));
                Diagnostics::new()
            }
            Err(diagnostic) => diagnostic.into(),
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

    fn network(&self) -> Result<(Arc<dyn Transport>, auth::Http), Diagnostic> {
        match &self.network {
            Network::Over(transport) => Ok((Arc::clone(transport), auth::Http::over(Arc::clone(transport)))),
            Network::Https => {
                let https = HttpsTransport::new().map_err(|error| {
                    Diagnostic::error("Cannot set up HTTPS", crate::azure::error::in_one_line(&error))
                })?;
                let http = auth::Http::system(https.client().clone());
                Ok((Arc::new(https), http))
            }
        }
    }

    async fn connection(&self, call: &Call, config: &Value) -> Result<Connection, Diagnostic> {
        let settings = Settings::resolve(block::arguments(config), self.environment.as_ref())
            .map_err(|error| at_argument(&error))?;
        let (transport, http) = self.network()?;
        let around = auth::Surroundings {
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            environment: Arc::clone(&self.environment),
            http,
            cli: Arc::new(auth::SystemCliRunner),
        };
        let patience = Patience::new(PATIENCE, call.stop.clone());
        let cloud = auth::cloud(&settings, &around.http, &patience).await.map_err(|error| at_argument(&error))?;
        let tokens = auth::token_source(&settings, &cloud, &around).map_err(|error| not_authenticated(&error))?;
        let auxiliary =
            auth::auxiliary_token_sources(&settings, &cloud, &around).map_err(|error| not_authenticated(&error))?;
        let client = ArmClient::new(ArmClientSettings {
            endpoint: cloud.resource_manager_endpoint.clone(),
            tokens,
            auxiliary_tokens: auxiliary,
            transport,
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            limiter: Limiter::default(),
            backoff: block::backoff(config),
            user_agent: user_agent(call, self.environment.as_ref()),
            correlation_id: self.correlation_id(),
        })
        .map_err(|error| match error {
            InvalidSettings::Endpoint(error) => {
                Diagnostic::error("The Resource Manager endpoint cannot be used", format!("{error}."))
                    .at(value::Path::attribute("resource_manager_endpoint"))
            }
            error => Diagnostic::error("A variable of the environment cannot be sent to Azure", format!("{error}.")),
        })?;
        let progress = match config.get("progress_file").as_str() {
            Some(path) => Progress::appended_to(Path::new(path), Arc::clone(&self.clock)).map_err(|error| {
                Diagnostic::error("Invalid progress_file", format!("{path:?} cannot be written to: {error}."))
                    .at(value::Path::attribute("progress_file"))
            })?,
            None => Progress::logged(Arc::clone(&self.clock)),
        };
        Ok(Connection {
            client,
            surroundings: Surroundings {
                clock: Arc::clone(&self.clock),
                random: Arc::clone(&self.random),
                registry: Arc::clone(&self.registry),
                progress,
                pace: Pace::new(block::poll_interval(config)),
            },
            preflight: config.get("preflight").as_bool().unwrap_or_default(),
        })
    }
}

/// Product and version, Terraform's version, and what the user wants to add (`AZURE_HTTP_USER_AGENT`, as azurerm).
fn user_agent(call: &Call, environment: &dyn Environment) -> String {
    let own = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    let terraform =
        call.terraform_version.as_deref().map(|version| format!(" Terraform/{version}")).unwrap_or_default();
    let more = environment.variable("AZURE_HTTP_USER_AGENT").map(|more| format!(" {more}")).unwrap_or_default();
    format!("{own}{terraform}{more}")
}

/// An error of one argument, on that argument.
pub(super) fn at_argument(error: &ArgumentError) -> Diagnostic {
    Diagnostic::error(format!("Invalid {}", error.argument), format!("{}.", error.message.trim_end_matches('.')))
        .at(value::Path::attribute(error.argument))
}

fn not_authenticated(error: &AuthenticationError) -> Diagnostic {
    match error {
        AuthenticationError::Argument(error) => at_argument(error),
        AuthenticationError::NothingConfigured(looked_at) => Diagnostic::error(
            "No way of authenticating is configured",
            format!("These were looked at, in this order:\n  - {}", looked_at.join("\n  - ")),
        ),
        other => Diagnostic::error("Cannot authenticate", format!("{other}.")),
    }
}

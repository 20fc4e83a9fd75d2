//! From the provider block to a connection.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{AzureBackup, block};
use crate::azure::auth::{self, ArgumentError, AuthenticationError, Settings};
use crate::azure::client::{ArmClient, ArmSettings};
use crate::azure::data_protection::DataProtection;
use crate::azure::patience::Patience;
use crate::azure::transport::HttpTransport;
use crate::connection::Connection;
use crate::restore::life::{Pace, Surroundings};
use crate::restore::progress::Progress;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::resource::Call;
use crate::tfplugin::value::{Path, Value};

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

    async fn connection(&self, call: &Call, config: &Value) -> Result<Connection, Diagnostic> {
        let settings = Settings::resolve(block::arguments(config), self.environment.as_ref())
            .map_err(|error| at_argument(&error))?;
        let transport = HttpTransport::new().map_err(|error| {
            Diagnostic::error("Cannot set up HTTPS", crate::azure::error::in_one_line(&error))
        })?;
        let around = auth::Surroundings {
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            environment: Arc::clone(&self.environment),
            ..auth::Surroundings::system(transport.client().clone())
        };
        let patience = Patience::new(PATIENCE, call.stop.clone());
        let cloud = auth::cloud(&settings, &around.http, &patience).await.map_err(|error| at_argument(&error))?;
        let tokens = auth::token_source(&settings, &cloud, &around).map_err(|error| not_authenticated(&error))?;
        let auxiliary =
            auth::auxiliary_token_sources(&settings, &cloud, &around).map_err(|error| not_authenticated(&error))?;
        let client = ArmClient::new(ArmSettings {
            endpoint: cloud.resource_manager_endpoint.clone(),
            tokens,
            auxiliary_tokens: auxiliary,
            transport: Arc::new(transport),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        })
        .map_err(|error| {
            Diagnostic::error("The Resource Manager endpoint cannot be used", error.to_string())
                .at(Path::attribute("resource_manager_endpoint"))
        })?;
        let progress_file = config.get("progress_file").as_str().map(PathBuf::from);
        Ok(Connection {
            data_protection: DataProtection::new(client),
            surroundings: Surroundings {
                clock: Arc::clone(&self.clock),
                random: Arc::clone(&self.random),
                registry: Arc::clone(&self.registry),
                progress: Progress::new(progress_file, Arc::clone(&self.clock)),
                pace: Pace::new(block::poll_interval(config)),
            },
            preflight: config.get("preflight").as_bool().unwrap_or_default(),
        })
    }
}

/// An error of one argument, on that argument.
pub(super) fn at_argument(error: &ArgumentError) -> Diagnostic {
    Diagnostic::error(format!("Invalid {}", error.argument), format!("{}.", error.message.trim_end_matches('.')))
        .at(Path::attribute(error.argument))
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

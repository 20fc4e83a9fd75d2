//! The provider: its block, and THE list of everything offered ([`offering`]). Nothing may enter that one resource or data
//! source could do for itself.

mod block;
mod configure;
#[cfg(test)]
mod early_checks;
mod offering;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod restore_kinds;

use std::sync::Arc;

use async_trait::async_trait;

use crate::connection::Connections;
use crate::restore::registry::Registry;
use crate::tfplugin::call::Call;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::provider::{Offering, Provider};
use crate::tfplugin::schema::Schema;
use crate::tfplugin::value::Value;

pub use crate::connection::{HostEnvironment, Network};

/// Source address, as configurations and `TF_REATTACH_PROVIDERS` name it.
pub const ADDRESS: &str = "registry.terraform.io/azurebackup/azurebackup";

/// The provider `azurebackup`. One for each process, made at its start; Terraform configures it before it asks for
/// anything of Azure, or not at all where it only wants the schemas.
pub struct AzureBackup {
    schema: Schema,
    connections: Connections,
    registry: Arc<Registry>,
    host: HostEnvironment,
}

impl AzureBackup {
    /// The provider with the machine's clock, randomness, environment and network.
    pub fn system() -> Self {
        Self::new(HostEnvironment::system())
    }

    /// The provider in this environment.
    pub fn new(host: HostEnvironment) -> Self {
        Self { schema: block::schema(), connections: Connections::default(), registry: Arc::default(), host }
    }
}

#[async_trait]
impl Provider for AzureBackup {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        self.check(config).await
    }

    async fn configure(&self, call: &Call, config: Value) -> Diagnostics {
        self.registry.reset();
        self.connect(call, &config).await
    }

    fn offering(&self) -> Offering {
        self.list_offered()
    }
}

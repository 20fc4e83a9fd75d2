//! What a configured provider gives to the faces: clients, settings, and the memory of this process. Nothing may enter
//! that needs Terraform's plugin protocol: whoever has plain settings can open a connection, too.

mod open;
#[cfg(test)]
pub(crate) mod scripted;
mod settings;

use std::sync::{Arc, PoisonError, RwLock};

use crate::azure::client::ArmClient;
use crate::azure::data_protection::DataProtection;
use crate::restore::life::Surroundings;

pub use open::{Network, OpenError, Outside};
pub use settings::ConnectionSettings;

/// The way to one Azure Resource Manager, as one identity. [`Connection::open`] makes it when the provider is configured;
/// resources and data sources then take it from [`Connections`] for each call, and the client of their service from it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Shared by the clients of all services: one set of tokens, one limit of the rate.
    pub client: ArmClient,
    /// What the life of a restore needs.
    pub surroundings: Surroundings,
    /// Whether a plan already asks Azure about the restores it would begin.
    pub preflight: bool,
}

/// The services' clients, one line each. Making one costs a counted reference, so each call makes its own.
impl Connection {
    /// Microsoft.DataProtection: Backup vaults.
    pub fn data_protection(&self) -> DataProtection {
        DataProtection::new(self.client.clone())
    }
}

/// The connection, once there is one. Made with the provider, and shared by everything it offers: what is offered is
/// listed before the provider is configured.
#[derive(Clone, Debug, Default)]
pub struct Connections(Arc<RwLock<Option<Arc<Connection>>>>);

impl Connections {
    /// The connection; none before the provider is configured, or while its configuration is not known yet.
    pub fn current(&self) -> Option<Arc<Connection>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes another connection, or none.
    pub fn replace(&self, connection: Option<Connection>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = connection.map(Arc::new);
    }
}

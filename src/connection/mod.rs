//! What a configured provider gives to resources and data sources: clients, settings, and the registry of this process.
//! Nothing may enter that needs Terraform's plugin protocol: whoever has plain settings can open a connection, too.

mod open;
#[cfg(test)]
pub(crate) mod scripted;
mod settings;

use std::sync::{Arc, PoisonError, RwLock};

use crate::azure::client::ArmClient;
use crate::azure::data_protection::DataProtection;
use crate::azure::flexible_servers::FlexibleServers;
use crate::azure::recovery_services::RecoveryServices;
use crate::azure::sql::Sql;
use crate::restore::life::RestoreContext;

pub use open::{HostEnvironment, Network, OpenError};
pub use settings::{ConnectionSettings, Preflight};

/// A connection to one Azure Resource Manager, as one identity: what a configured provider is.
///
/// [`Connection::open`] makes it from plain settings when the provider is configured. Resources and data sources take
/// it from [`Connections`] at each call, and from it the client of their service. It holds no open socket: nothing is
/// sent before the first call, so wrong credentials show there.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Shared by the clients of all services: one set of tokens, one limit of the rate.
    pub client: ArmClient,
    /// What the life of a restore needs.
    pub restore_context: RestoreContext,
    /// The subscription of what is named without an id, such as a new vault; restores do not need it.
    pub subscription_id: Option<String>,
    /// Whether a plan already asks Azure about the restores it would begin.
    pub preflight: Preflight,
}

/// The clients of the services, one method each. Making one costs a counted reference, so each call makes its own.
impl Connection {
    /// Microsoft.DataProtection: Backup vaults.
    pub fn data_protection(&self) -> DataProtection {
        DataProtection::new(self.client.clone())
    }

    /// Microsoft.RecoveryServices: Recovery Services vaults.
    pub fn recovery_services(&self) -> RecoveryServices {
        RecoveryServices::new(self.client.clone())
    }

    /// Microsoft.DBforPostgreSQL and Microsoft.DBforMySQL: flexible servers.
    pub fn flexible_servers(&self) -> FlexibleServers {
        FlexibleServers::new(self.client.clone())
    }

    /// Microsoft.Sql: logical servers.
    pub fn sql(&self) -> Sql {
        Sql::new(self.client.clone())
    }
}

/// The connection, once there is one. Made with the provider, and shared by everything it offers: what is offered is
/// listed before the provider is configured.
#[derive(Clone, Debug, Default)]
pub struct Connections(Arc<RwLock<Configured>>);

#[derive(Debug, Default)]
struct Configured {
    connection: Option<Arc<Connection>>,
    times: u64,
}

impl Connections {
    /// The connection; none before the provider is configured, or while its configuration is not known yet.
    pub fn current(&self) -> Option<Arc<Connection>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).connection.clone()
    }

    /// Another number for each walk of Terraform, a plan or an apply: it configures the provider anew, where one process serves
    /// many commands (debug mode), too.
    pub fn walk(&self) -> u64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).times
    }

    /// Takes another connection, or none.
    pub fn replace(&self, connection: Option<Connection>) {
        let mut configured = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *configured = Configured { connection: connection.map(Arc::new), times: configured.times.wrapping_add(1) };
    }
}

//! What a configured provider gives to the faces: clients, settings, and the memory of this process.

use std::sync::{Arc, PoisonError, RwLock};

use crate::azure::data_protection::DataProtection;
use crate::restore::life::Surroundings;

/// Clients and settings made from the provider block.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Backup vaults.
    pub data_protection: DataProtection,
    /// What the life of a restore needs.
    pub surroundings: Surroundings,
    /// Whether a plan already asks Azure about the restores it would begin.
    pub preflight: bool,
}

/// The connection, once there is one. Shared by everything the provider offers.
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

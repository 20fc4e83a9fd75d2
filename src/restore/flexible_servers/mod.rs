//! Restores of flexible servers (Microsoft.DBforPostgreSQL, Microsoft.DBforMySQL), which make a new server: what they make and
//! what of. The life of such a restore is that of a [`ResourceRestore`].

mod server;
mod source;
#[cfg(test)]
mod tests;

pub use self::server::RestoredServer;
pub use self::source::{FlexibleServerSource, ServerSourceKind, ServerTime, ServerToRestore};

use crate::azure::flexible_servers::{ServerRestoreRequest, ServerSource};
use crate::restore::error::RestoreError;
use crate::restore::restored_resource::ResourceRestore;
use crate::restore::workload::WorkloadNames;

/// A restore that makes one server.
pub type FlexibleServerRestore = ResourceRestore<RestoredServer>;

/// Makes the body, once the region and the source are known.
pub type BuildServerRequest = dyn Fn(String, ServerSource) -> Result<ServerRestoreRequest, RestoreError> + Send + Sync;

/// How messages name what is restored.
pub const FLEXIBLE_SERVER: WorkloadNames = WorkloadNames {
    things: "a flexible server",
    source: "flexible server",
    datasource_type: "",
    caller_role: "the role *Contributor* on the resource group of the new server, and on the source",
    roles: &[],
};

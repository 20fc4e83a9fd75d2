//! Microsoft.DBforPostgreSQL and Microsoft.DBforMySQL: flexible servers, and what is made of their backups. One method per
//! call in [`FlexibleServers`], one file per thing. Facts: docs/reference/azure-flexible-servers.md.

mod engine;
mod ids;
mod server;
mod server_restore;
mod service;

pub use engine::Engine;
pub use ids::FlexibleServerId;
pub use server::FlexibleServer;
pub use server_restore::{
    PrivateDnsZone, ServerBackup, ServerCreateMode, ServerEncryption, ServerIdentity, ServerNetwork, ServerPoint,
    ServerRestoreRequest, ServerSku, ServerSource, ServerStorage,
};
pub use service::FlexibleServers;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::azure::properties::{answer_of, hostile_text};

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_answer_panics(answer in answer_of(hostile_text())) {
            let id = FlexibleServerId::new(Engine::MySql, "s", "g", "orders").unwrap();
            let _ = FlexibleServer::read(&id, &answer);
        }
    }
}

//! The provider: its block, and THE list of everything offered. Nothing may enter that one resource or data source
//! could do for itself.

mod block;
mod configure;
#[cfg(test)]
mod properties;

use std::sync::Arc;

use async_trait::async_trait;

use crate::connection::Connections;
use crate::data_sources;
use crate::functions;
use crate::resources::backup_vault::{FromBackupVault, Workload};
use crate::resources::blob_restore::BlobRestore;
use crate::resources::data_lake_restore::DataLakeRestore;
use crate::resources::disk_restore::DiskRestore;
use crate::resources::kubernetes_cluster_restore::KubernetesClusterRestore;
use crate::resources::mysql_flexible_server_restore::MYSQL_FLEXIBLE_SERVER_RESTORE;
use crate::resources::postgresql_flexible_server_restore::POSTGRESQL_FLEXIBLE_SERVER_RESTORE;
use crate::resources::restore::RestoreResource;
use crate::restore::registry::Registry;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::function::Function;
use crate::tfplugin::resource::{Call, DataSource, Provider, Resource};
use crate::tfplugin::schema::Schema;
use crate::tfplugin::value::Value;

pub use crate::connection::{Network, Outside};

/// Source address, as configurations and `TF_REATTACH_PROVIDERS` name it.
pub const ADDRESS: &str = "registry.terraform.io/azurebackup/azurebackup";

/// The provider `azurebackup`. One for each process, made at its start; Terraform configures it before it asks for
/// anything of Azure, or not at all where it only wants the schemas.
pub struct AzureBackup {
    schema: Schema,
    connections: Connections,
    registry: Arc<Registry>,
    outside: Outside,
}

impl AzureBackup {
    /// The provider with the machine's clock, randomness, environment and network.
    pub fn system() -> Self {
        Self::new(Outside::system())
    }

    /// The provider in these surroundings.
    pub fn new(outside: Outside) -> Self {
        Self { schema: block::schema(), connections: Connections::default(), registry: Arc::default(), outside }
    }
}

impl AzureBackup {
    fn vault_restore(&self, workload: impl Workload) -> Arc<dyn Resource> {
        Arc::new(RestoreResource::new(
            FromBackupVault::new(workload),
            self.connections.clone(),
            Arc::clone(&self.registry),
            Arc::clone(&self.outside.clock),
        ))
    }
}

#[async_trait]
impl Provider for AzureBackup {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        self.check(config)
    }

    async fn configure(&self, call: &Call, config: Value) -> Diagnostics {
        self.registry.reset();
        self.connect(call, &config).await
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![
            self.vault_restore(BlobRestore),
            self.vault_restore(POSTGRESQL_FLEXIBLE_SERVER_RESTORE),
            self.vault_restore(MYSQL_FLEXIBLE_SERVER_RESTORE),
            self.vault_restore(DiskRestore),
            self.vault_restore(DataLakeRestore),
            self.vault_restore(KubernetesClusterRestore),
        ]
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        data_sources::all(&self.connections)
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        functions::all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::conformance::SchemaOf;

    #[test]
    fn no_schema_that_is_offered_would_be_refused_or_crash_a_client() {
        let provider = AzureBackup::system();
        let mut problems = provider.schema().problems(SchemaOf::Provider);
        for resource in provider.resources() {
            problems.extend(resource.schema().problems(SchemaOf::Resource));
        }
        for data_source in provider.data_sources() {
            problems.extend(data_source.schema().problems(SchemaOf::DataSource));
        }
        for function in provider.functions() {
            problems.extend(function.definition().problems(function.name()));
        }
        assert_eq!(problems, Vec::<String>::new());
    }
}

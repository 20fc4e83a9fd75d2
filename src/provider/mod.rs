//! The provider: its block, and THE list of everything offered. Nothing may enter that one resource or data source
//! could do for itself.

mod block;
mod configure;
#[cfg(test)]
mod properties;

use std::sync::Arc;

use async_trait::async_trait;

use crate::azure::auth::{Environment, Settings, SystemEnvironment};
use crate::azure::clock::{Clock, SystemClock};
use crate::azure::random::{Random, SystemRandom};
use crate::azure::transport::Transport;
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
use crate::tfplugin::provider::{Offering, Provider};
use crate::tfplugin::resource::{Call, Resource};
use crate::tfplugin::schema::Schema;
use crate::tfplugin::value::Value;

/// Source address, as configurations and `TF_REATTACH_PROVIDERS` name it.
pub const ADDRESS: &str = "registry.terraform.io/azurebackup/azurebackup";

/// The provider `azurebackup`.
pub struct AzureBackup {
    schema: Schema,
    connections: Connections,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    environment: Arc<dyn Environment>,
    network: Network,
}

/// The way to Azure.
#[derive(Clone, Debug, Default)]
pub enum Network {
    /// HTTPS, set up when the provider is configured: that loads the certificates of the platform.
    #[default]
    Https,
    /// Requests to Resource Manager and to the token authority go through this.
    Over(Arc<dyn Transport>),
}

/// What a provider gets from outside.
#[derive(Clone, Debug)]
pub struct Outside {
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// Jitter and ids.
    pub random: Arc<dyn Random>,
    /// Variables and files.
    pub environment: Arc<dyn Environment>,
    /// The way to Azure.
    pub network: Network,
}

impl AzureBackup {
    /// The provider with the machine's clock, randomness, environment and network.
    pub fn system() -> Self {
        Self::new(Outside {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            environment: Arc::new(SystemEnvironment),
            network: Network::Https,
        })
    }

    /// The provider in these surroundings.
    pub fn new(outside: Outside) -> Self {
        let Outside { clock, random, environment, network } = outside;
        Self {
            schema: block::schema(),
            connections: Connections::default(),
            registry: Arc::new(Registry::default()),
            clock,
            random,
            environment,
            network,
        }
    }
}

impl AzureBackup {
    fn vault_restore(&self, workload: impl Workload) -> Arc<dyn Resource> {
        Arc::new(RestoreResource::new(
            FromBackupVault::new(workload),
            self.connections.clone(),
            Arc::clone(&self.registry),
            Arc::clone(&self.clock),
        ))
    }
}

#[async_trait]
impl Provider for AzureBackup {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        // Unknown values may still change the choice of a credential; the rest is said once everything is known.
        if !config.is_wholly_known() {
            return Diagnostics::new();
        }
        match Settings::resolve(block::arguments(config), self.environment.as_ref()) {
            Ok(settings) => block::check(config, settings.resource_manager_endpoint.as_ref()),
            Err(error) => configure::at_argument(&error).into(),
        }
    }

    async fn configure(&self, call: &Call, config: Value) -> Diagnostics {
        self.registry.reset();
        self.connect(call, &config).await
    }

    fn offering(&self) -> Offering {
        Offering {
            resources: vec![
                self.vault_restore(BlobRestore),
                self.vault_restore(POSTGRESQL_FLEXIBLE_SERVER_RESTORE),
                self.vault_restore(MYSQL_FLEXIBLE_SERVER_RESTORE),
                self.vault_restore(DiskRestore),
                self.vault_restore(DataLakeRestore),
                self.vault_restore(KubernetesClusterRestore),
            ],
            data_sources: data_sources::all(&self.connections, &self.clock),
            functions: functions::all(),
            ..Offering::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::conformance::SchemaOf;
    use crate::tfplugin::schema::{Attribute, Shape};

    #[test]
    fn no_schema_that_is_offered_would_be_refused_or_crash_a_client() {
        let provider = AzureBackup::system();
        let mut problems = provider.schema().problems(SchemaOf::Provider);
        let offering = provider.offering();
        for resource in offering.resources {
            problems.extend(resource.schema().problems(SchemaOf::Resource));
        }
        for data_source in offering.data_sources {
            problems.extend(data_source.schema().problems(SchemaOf::DataSource));
        }
        for function in offering.functions {
            problems.extend(function.definition().problems(function.name()));
        }
        assert_eq!(problems, Vec::<String>::new());
    }

    /// What is said of the schema once the word on what a change of one argument does is taken out, for each in turn. The
    /// argument's path is the other part.
    fn without_a_declaration(schema: &Schema) -> Vec<(String, Vec<String>)> {
        fn places(attributes: &[Attribute], around: &str) -> Vec<(Vec<usize>, String)> {
            let mut found = Vec::new();
            for (index, attribute) in attributes.iter().enumerate().filter(|(_, found)| found.is_configurable()) {
                let path = format!("{around}{}", attribute.name);
                if let Shape::Nested(_, inner) = &attribute.shape {
                    let inner = places(inner, &format!("{path}."));
                    found.extend(inner.into_iter().map(|(below, path)| ([vec![index], below].concat(), path)));
                }
                found.push((vec![index], path));
            }
            found
        }
        fn forget(attributes: &mut [Attribute], place: &[usize]) {
            let (index, below) = place.split_first().unwrap();
            match (&mut attributes[*index], below) {
                (attribute, []) => attribute.change = None,
                (Attribute { shape: Shape::Nested(_, inner), .. }, below) => forget(inner, below),
                _ => unreachable!(),
            }
        }
        let forgotten = places(&schema.attributes, "").into_iter().map(|(place, path)| {
            let mut schema = schema.clone();
            forget(&mut schema.attributes, &place);
            (path, schema.problems(SchemaOf::Resource))
        });
        forgotten.collect()
    }

    #[test]
    fn a_restore_in_which_one_argument_says_nothing_of_its_change_is_refused_by_its_name() {
        for resource in AzureBackup::system().offering().resources {
            assert!(resource.schema().every_change_declared, "{}", resource.type_name());
            for (path, problems) in without_a_declaration(resource.schema()) {
                let expected = format!("{path}: says neither requires_replace nor updates_in_place");
                assert!(problems.iter().any(|problem| problem.starts_with(&expected)), "{path}: {problems:?}");
            }
        }
    }
}

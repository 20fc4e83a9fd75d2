//! THE list of everything offered, by kind: one line each. What is not here does not exist for Terraform, and has no page.

use std::sync::Arc;

use super::AzureBackup;
use crate::azure::sql::{OfManagedInstances, OfServers};
use crate::data_sources::backup_instances::BackupInstances;
use crate::data_sources::backup_policies::{BackupPolicies, OneBackupPolicy};
use crate::data_sources::job::OneJob;
use crate::data_sources::jobs::Jobs;
use crate::data_sources::long_term_retention_backups::LongTermRetentionBackups;
use crate::data_sources::lookup::{Lookup, LookupDataSource};
use crate::data_sources::protectable_containers::ProtectableContainers;
use crate::data_sources::protectable_items::ProtectableItems;
use crate::data_sources::protected_items::ProtectedItems;
use crate::data_sources::recoverable_databases::{OneRecoverableDatabase, RecoverableDatabases};
use crate::data_sources::recoverable_managed_databases::{OneRecoverableManagedDatabase, RecoverableManagedDatabases};
use crate::data_sources::recovery_points::RecoveryPoints;
use crate::data_sources::recovery_services_vault::OneRecoveryServicesVault;
use crate::data_sources::restorable_dropped_databases::RestorableDroppedDatabases;
use crate::data_sources::restorable_dropped_managed_databases::RestorableDroppedManagedDatabases;
use crate::data_sources::restorable_time_ranges::RestorableTimeRanges;
use crate::functions::{
    parse_backup_instance_id, parse_job_id, parse_protected_item_id, parse_protection_container_id,
    parse_recovery_point_id,
};
use crate::resources::backup_vault::FromBackupVault;
use crate::resources::blob_restore::BlobRestore;
use crate::resources::cosmosdb_account_restore::CosmosdbAccountRestore;
use crate::resources::data_lake_restore::DataLakeRestore;
use crate::resources::disk_restore::DiskRestore;
use crate::resources::file_share_restore::FileShareRestore;
use crate::resources::kubernetes_cluster_restore::KubernetesClusterRestore;
use crate::resources::managed::{ManagedKind, ManagedResource};
use crate::resources::mysql_flexible_server_copy::MYSQL_FLEXIBLE_SERVER_COPY;
use crate::resources::mysql_flexible_server_restore::MYSQL_FLEXIBLE_SERVER_RESTORE;
use crate::resources::on_demand_backup::OnDemandBackupKind;
use crate::resources::postgresql_flexible_server_copy::POSTGRESQL_FLEXIBLE_SERVER_COPY;
use crate::resources::postgresql_flexible_server_restore::POSTGRESQL_FLEXIBLE_SERVER_RESTORE;
use crate::resources::protected_vm_sql_database::ProtectedVmSqlDatabaseKind;
use crate::resources::recovery_services::FromRecoveryServicesVault;
use crate::resources::recovery_services_vault::RecoveryServicesVaultKind;
use crate::resources::restore::{RestoreKind, RestoreResource};
use crate::resources::sql_database_restore::SqlDatabaseRestoreKind;
use crate::resources::sql_managed_database_restore::SqlManagedDatabaseRestoreKind;
use crate::resources::virtual_machine_restore::VirtualMachineRestore;
use crate::resources::vm_hana_database_restore::VM_HANA_DATABASE_RESTORE;
use crate::resources::vm_sql_database_restore::VM_SQL_DATABASE_RESTORE;
use crate::resources::vm_workload_container::VmWorkloadContainerKind;
use crate::tfplugin::data_source::DataSource;
use crate::tfplugin::provider::Offering;
use crate::tfplugin::resource::Resource;

/// Makes something of a kind of restore, whatever its type: the resource that is offered, or what a test wants of each.
pub(super) trait FromRestoreKind {
    type Made;

    fn make<K: RestoreKind>(&self, kind: K) -> Self::Made;
}

/// Every kind of restore, one line each.
pub(super) fn restores<F: FromRestoreKind>(of: &F) -> Vec<F::Made> {
    vec![
        of.make(FromBackupVault::new(BlobRestore)),
        of.make(FromBackupVault::new(POSTGRESQL_FLEXIBLE_SERVER_RESTORE)),
        of.make(FromBackupVault::new(MYSQL_FLEXIBLE_SERVER_RESTORE)),
        of.make(FromBackupVault::new(DiskRestore)),
        of.make(FromBackupVault::new(DataLakeRestore)),
        of.make(FromBackupVault::new(KubernetesClusterRestore)),
        of.make(FromBackupVault::new(CosmosdbAccountRestore)),
        of.make(FromRecoveryServicesVault::new(FileShareRestore)),
        of.make(FromRecoveryServicesVault::new(VirtualMachineRestore)),
        of.make(FromRecoveryServicesVault::new(VM_SQL_DATABASE_RESTORE)),
        of.make(FromRecoveryServicesVault::new(VM_HANA_DATABASE_RESTORE)),
        of.make(SqlDatabaseRestoreKind),
        of.make(SqlManagedDatabaseRestoreKind),
        of.make(POSTGRESQL_FLEXIBLE_SERVER_COPY),
        of.make(MYSQL_FLEXIBLE_SERVER_COPY),
        of.make(OnDemandBackupKind),
    ]
}

impl FromRestoreKind for AzureBackup {
    type Made = Arc<dyn Resource>;

    fn make<K: RestoreKind>(&self, kind: K) -> Arc<dyn Resource> {
        let clock = Arc::clone(&self.host.clock);
        Arc::new(RestoreResource::new(kind, self.connections.clone(), Arc::clone(&self.registry), clock))
    }
}

impl AzureBackup {
    /// The list. All of it shares the provider's connection, which comes later, and its registry.
    pub(super) fn list_offered(&self) -> Offering {
        Offering {
            resources: restores(self).into_iter().chain(self.managed()).collect(),
            data_sources: vec![
                self.lookup(BackupInstances),
                self.lookup(BackupPolicies),
                self.lookup(OneBackupPolicy),
                self.lookup(OneJob),
                self.lookup(Jobs),
                self.lookup(LongTermRetentionBackups::<OfServers>::default()),
                self.lookup(LongTermRetentionBackups::<OfManagedInstances>::default()),
                self.lookup(ProtectableContainers),
                self.lookup(ProtectableItems),
                self.lookup(ProtectedItems),
                self.lookup(OneRecoverableDatabase),
                self.lookup(RecoverableDatabases),
                self.lookup(OneRecoverableManagedDatabase),
                self.lookup(RecoverableManagedDatabases),
                self.lookup(RecoveryPoints),
                self.lookup(OneRecoveryServicesVault),
                self.lookup(RestorableDroppedDatabases),
                self.lookup(RestorableDroppedManagedDatabases),
                self.lookup(RestorableTimeRanges),
            ],
            functions: vec![
                Arc::new(parse_backup_instance_id::function()),
                Arc::new(parse_job_id::function()),
                Arc::new(parse_protected_item_id::function()),
                Arc::new(parse_protection_container_id::function()),
                Arc::new(parse_recovery_point_id::function()),
            ],
            ..Offering::default()
        }
    }

    /// The ordinary resources.
    fn managed(&self) -> Vec<Arc<dyn Resource>> {
        vec![
            self.manage(ProtectedVmSqlDatabaseKind),
            self.manage(RecoveryServicesVaultKind),
            self.manage(VmWorkloadContainerKind),
        ]
    }

    fn manage(&self, kind: impl ManagedKind) -> Arc<dyn Resource> {
        Arc::new(ManagedResource::new(kind, self.connections.clone()))
    }

    /// A data source that asks Azure.
    fn lookup(&self, lookup: impl Lookup) -> Arc<dyn DataSource> {
        Arc::new(LookupDataSource::new(lookup, self.connections.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::restore::workload::{ROLE_ON_VAULT, RequiredRole};
    use crate::tfplugin::call::Call;
    use crate::tfplugin::conformance::SchemaOf;
    use crate::tfplugin::function::Function;
    use crate::tfplugin::provider::Provider;
    use crate::tfplugin::schema::{Attribute, Schema, Shape};
    use crate::tfplugin::value::Value;
    use crate::tfplugin::wire;

    fn offering() -> Offering {
        AzureBackup::system().list_offered()
    }

    #[test]
    fn no_schema_that_is_offered_would_be_refused_or_crash_a_client() {
        let mut problems = AzureBackup::system().schema().problems(SchemaOf::Provider);
        for resource in offering().resources {
            let found = resource.schema().problems(SchemaOf::Resource);
            problems.extend(found.iter().map(|problem| format!("{}: {problem}", resource.type_name())));
        }
        for data_source in offering().data_sources {
            problems.extend(data_source.schema().problems(SchemaOf::DataSource));
        }
        for function in offering().functions {
            problems.extend(function.definition().problems(function.name()));
        }
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn the_guide_to_trouble_has_the_roles_of_every_kind_that_hints_name() {
        struct Rows;
        impl FromRestoreKind for Rows {
            type Made = Vec<String>;

            fn make<K: RestoreKind>(&self, kind: K) -> Vec<String> {
                let workload = kind.workload().expect("every kind that is offered says what it restores");
                let row =
                    |role: &RequiredRole| format!("| `{}` | *{}* | {} |", kind.type_name(), role.name, role.scope);
                workload.roles.iter().map(row).collect()
            }
        }
        let guide = include_str!("../../docs/guides/troubleshooting.md");
        let section =
            guide.split("\n## ").find(|section| section.starts_with("Roles of the vault's identity")).unwrap();
        let told: BTreeSet<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
        let rows: Vec<String> = restores(&Rows).concat();
        assert_eq!(told, rows.iter().map(String::as_str).collect());
    }

    #[test]
    fn whoever_may_not_is_told_a_role_on_the_vault_or_where_no_vault_is_involved_on_what_is_made() {
        struct Roles;
        impl FromRestoreKind for Roles {
            type Made = (&'static str, &'static str);

            fn make<K: RestoreKind>(&self, kind: K) -> (&'static str, &'static str) {
                (
                    kind.type_name(),
                    kind.workload().expect("every kind that is offered says what it restores").caller_role,
                )
            }
        }
        let (on_vault, elsewhere): (Vec<_>, Vec<_>) =
            restores(&Roles).into_iter().partition(|(_, role)| *role == ROLE_ON_VAULT);
        let server = "the role *Contributor* on the resource group of the new server, and on the source";
        let expected = [
            (
                "azurebackup_sql_database_restore",
                "the role *SQL Server Contributor* on the logical server, and on that of the source",
            ),
            (
                "azurebackup_sql_managed_database_restore",
                "the role *SQL Managed Instance Contributor* on the managed instance, and on that of the source",
            ),
            ("azurebackup_postgresql_flexible_server_copy", server),
            ("azurebackup_mysql_flexible_server_copy", server),
        ];
        assert_eq!(BTreeSet::from_iter(elsewhere), BTreeSet::from(expected));
        assert!(on_vault.iter().any(|(name, _)| *name == "azurebackup_on_demand_backup"), "{on_vault:?}");
    }

    #[tokio::test]
    async fn without_a_connection_no_data_source_reads() {
        for data_source in offering().data_sources {
            let config = data_source.schema().null_object();
            let errors = data_source.read(&Call::default(), config).await.unwrap_err();
            assert!(errors.iter().all(|error| error.summary == "The provider is not configured"), "{errors:?}");
        }
    }

    #[test]
    fn every_attribute_of_every_data_source_is_described() {
        fn described(place: &str, attributes: &[Attribute]) {
            for attribute in attributes {
                let place = format!("{place}.{}", attribute.name);
                assert!(attribute.description.ends_with('.'), "{place}");
                if let Shape::Nested(_, below) = &attribute.shape {
                    described(&place, below);
                }
            }
        }
        for data_source in offering().data_sources {
            assert!(!data_source.schema().description.is_empty(), "{}", data_source.type_name());
            assert!(data_source.schema().blocks.iter().any(|block| block.name == "timeouts"));
            described(data_source.type_name(), &data_source.schema().attributes);
        }
    }

    /// What a function says to this id; a result fits the type that it promises.
    fn called(function: &dyn Function, id: &str) -> Result<Value, String> {
        let result = function.call(&[Value::from(id)]).map_err(|error| {
            assert_eq!(error.argument, Some(0));
            error.text
        })?;
        wire::encode(&result, &function.definition().returns.of_type).unwrap();
        Ok(result)
    }

    proptest! {
        #[test]
        fn no_text_makes_a_function_panic_and_no_error_repeats_it(text in "\\PC{0,40}") {
            for function in offering().functions {
                let error = called(function.as_ref(), &text).unwrap_err();
                prop_assert!(text.chars().count() < 8 || !error.contains(&text), "{}", error);
                prop_assert!(!error.ends_with('.'), "clients add the full stop: {}", error);
            }
        }
    }

    #[test]
    fn the_example_in_a_function_s_error_is_an_id_that_it_takes() {
        for function in offering().functions {
            let error = called(function.as_ref(), "").unwrap_err();
            let example = error.split('"').rev().nth(1).unwrap();
            assert!(called(function.as_ref(), example).is_ok(), "{error}");
        }
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
        for resource in offering().resources {
            assert!(resource.schema().every_change_declared, "{}", resource.type_name());
            for (path, problems) in without_a_declaration(resource.schema()) {
                let expected = format!("{path}: says neither requires_replace nor updates_in_place");
                assert!(problems.iter().any(|problem| problem.starts_with(&expected)), "{path}: {problems:?}");
            }
        }
    }
}

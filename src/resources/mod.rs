//! The managed resources: one file per product thing with its schema, its checks and its mapping to a request body. The
//! life of a restore must not enter: it is in `crate::restore`, and its adapter to Terraform in [`restore`], once; what
//! restores from a Backup vault share is in [`backup_vault`]. Arguments that several kinds of vault have are in
//! [`arguments`], [`canonical`] says what has no meaning in a value, and [`given`] sees to it that what a user gave is
//! not lost on the way.

pub mod arguments;
pub mod backup_vault;
pub mod blob_restore;
pub mod canonical;
pub mod cosmosdb_account_restore;
pub mod data_lake_restore;
pub mod disk_restore;
pub mod file_share_restore;
pub mod flexible_server_copy;
pub mod given;
pub mod kubernetes_cluster_restore;
pub mod managed;
pub mod mysql_flexible_server_copy;
pub mod mysql_flexible_server_restore;
pub mod on_demand_backup;
pub mod postgresql_flexible_server_copy;
pub mod postgresql_flexible_server_restore;
pub mod protected_vm_sql_database;
pub mod recovery_services;
pub mod recovery_services_vault;
pub mod restore;
pub mod sql;
pub mod sql_database_restore;
pub mod sql_managed_database_restore;
pub mod virtual_machine_restore;
pub mod vm_hana_database_restore;
pub mod vm_sql_database_restore;
pub mod vm_workload_container;
pub mod walk;

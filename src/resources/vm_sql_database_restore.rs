//! `azurebackup_vm_sql_database_restore`: a database of SQL Server in an Azure VM.

use crate::azure::recovery_services::DatabaseServer;
use crate::resources::recovery_services::databases::DatabaseRestore;
use crate::restore::workload::{ROLE_ON_VAULT, WorkloadNames};

/// The workload of SQL Server in virtual machines; what all servers share is in [`DatabaseRestore`].
pub const VM_SQL_DATABASE_RESTORE: DatabaseRestore = DatabaseRestore {
    server: DatabaseServer::Sql,
    type_name: "azurebackup_vm_sql_database_restore",
    description: "Restores a SQL Server database in an Azure VM from a Recovery Services vault, and waits until the \
                  restore job has ended. What is restored depends on the target:\n\n| set | restores \
                  |\n|---|---|\n| `target_database` | to another database, on this or another virtual machine of \
                  the vault |\n| `target_files` | the backups, as files in a directory of a virtual machine |\n| \
                  neither | over the original database: **it is overwritten** |\n\n`recovery_point` chooses a full \
                  or differential backup. `point_in_time` chooses a time that log backups cover: Azure then \
                  restores the full backup, the differential backup and the logs.\n\nThe target virtual machine \
                  must be registered with the vault, and its SQL Server instance must run. For a database with \
                  transparent data encryption, the instance needs the certificate. Azure cannot overwrite a \
                  database of an availability group: restore to another database and add it to the group. To \
                  restore `master`, Microsoft requires the instance to run in single-user mode.\n\nWith \
                  `secondary_region`, the copy of the vault in its secondary region is used, also while the region of \
                  the vault is down. It restores to another database, on a virtual machine that is registered with \
                  another vault in that region.\n\nThis resource does not restore snapshots of whole instances.\n\nLarge databases and points from the archive tier take long. Set `timeouts.create` \
                  to more than the default of 24 hours for them.",
    names: WorkloadNames {
        things: "data",
        source: "SQL Server database",
        datasource_type: "SQLDataBase",
        caller_role: ROLE_ON_VAULT,
        // What the vault's identity needs is documented nowhere.
        roles: &[],
    },
    item_source: "Look it up with the data source `azurebackup_protected_items`, or with the Azure CLI: `az backup \
                  item list --backup-management-type AzureWorkload --workload-type MSSQL`. Names may have any \
                  characters: in the ID, they are percent-encoded.",
    item_resource: None,
    unreported: "Azure reports whether the original database, another database or files were restored, and the \
                 names of the virtual machine, the instance and the database, or the directory. The virtual machine \
                 is compared with `container_id` by its name. Write `container_id` by hand. Azure does not report \
                 `no_recovery`, and whether an existing database was overwritten, and not whether `point_in_time` \
                 was used: these are taken from the configuration and not compared. With `-generate-config-out`, \
                 Terraform writes the file and then reports that required arguments are missing: fill them in, and \
                 plan again.",
    instance: "The name of the SQL Server instance, such as `MSSQLSERVER` for the default instance, without the \
               name of the virtual machine. Case has no meaning.",
    directory: "F:\\restored",
};

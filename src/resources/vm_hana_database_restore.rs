//! `azurebackup_vm_hana_database_restore`: a database of SAP HANA in an Azure VM.

use crate::azure::recovery_services::DatabaseServer;
use crate::resources::recovery_services::databases::DatabaseRestore;
use crate::restore::workload::{ROLE_ON_VAULT, WorkloadNames};

/// The workload of SAP HANA in virtual machines; what all servers share is in [`DatabaseRestore`].
pub const VM_HANA_DATABASE_RESTORE: DatabaseRestore = DatabaseRestore {
    server: DatabaseServer::SapHana,
    type_name: "azurebackup_vm_hana_database_restore",
    description: "Restores an SAP HANA database in an Azure VM from a Recovery Services vault, and waits until the \
                  restore job has ended. What is restored depends on the target:\n\n| set | restores \
                  |\n|---|---|\n| `target_database` | to another database, on this or another virtual machine of \
                  the vault |\n| `target_files` | the backups, as files in a directory of a virtual machine |\n| \
                  neither | over the original database: **it is overwritten** |\n\n`recovery_point` chooses a full, \
                  differential or incremental backup. `point_in_time` chooses a time that log backups cover: Azure \
                  then restores the backups and the logs that lead to it.\n\nThe target virtual machine must be \
                  registered with the vault, and its SAP HANA system must run.\n\nThis resource does not restore \
                  from the secondary region, and it does not restore snapshots of whole SAP HANA \
                  instances.\n\nLarge databases and points from the archive tier take long. Set `timeouts.create` \
                  to more than the default of 24 hours for them.",
    names: WorkloadNames {
        things: "data",
        source: "SAP HANA database",
        datasource_type: "SAPHanaDatabase",
        caller_role: ROLE_ON_VAULT,
        // What the vault's identity needs is documented nowhere.
        roles: &[],
    },
    item_source: "Look it up with the data source `azurebackup_protected_items`, or with the Azure CLI: `az backup \
                  item list --backup-management-type AzureWorkload --workload-type SAPHANA`.",
    item_resource: None,
    unreported: "Azure reports whether the original database, another database or files were restored, and the \
                 names of the virtual machine, the instance and the database, or the directory. The virtual machine \
                 is compared with `container_id` by its name. Write `container_id` by hand. Azure does not report \
                 whether an existing database was overwritten, and not whether `point_in_time` was used: these are \
                 taken from the configuration and not compared. With `-generate-config-out`, Terraform writes the \
                 file and then reports that required arguments are missing: fill them in, and plan again.",
    instance: "The system ID (SID) of the SAP HANA system, such as `HXE`. Case has no meaning.",
    directory: "/hana/restored",
};

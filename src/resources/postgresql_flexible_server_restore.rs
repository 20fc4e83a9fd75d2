//! `azurebackup_postgresql_flexible_server_restore`: a PostgreSQL Flexible Server, as files in a blob container.

use crate::azure::data_protection::POSTGRESQL_FLEXIBLE_SERVERS;
use crate::resources::backup_vault::files::ServerAsFiles;
use crate::restore::workload::{ROLE_ON_VAULT, RequiredRole, WorkloadNames};

/// The workload of PostgreSQL Flexible Servers; what all servers that are restored as files share is in
/// [`ServerAsFiles`].
pub const POSTGRESQL_FLEXIBLE_SERVER_RESTORE: ServerAsFiles = ServerAsFiles {
    type_name: "azurebackup_postgresql_flexible_server_restore",
    description: "\
    Restores an Azure Database for PostgreSQL - Flexible Server from an Azure Backup vault, and waits until the \
    restore job has ended.\n\n\
    The restore writes *files* to a blob container. Azure does not restore a server from this backup. To create a \
    server from the files, use `pg_restore`. This works for a *logical* backup only. The files of a *physical* backup \
    are not dump files, and `pg_restore` cannot read them. If Azure reports that a backup is physical, the restore \
    shows a warning at the end. To check this before the restore, read `backup_solution_type` of the data source \
    `azurebackup_backup_instances`.\n\n\
    The identity of the vault needs the role *Storage Blob Data Contributor* on the container or its storage account. \
    An example below grants it in the same apply.",
    names: WorkloadNames {
        things: "files",
        source: "PostgreSQL flexible server",
        datasource_type: POSTGRESQL_FLEXIBLE_SERVERS,
        caller_role: ROLE_ON_VAULT,
        roles: &[RequiredRole {
            name: "Storage Blob Data Contributor",
            scope: "the storage account or container that the files are written to",
        }],
    },
    instance_resource: "azurerm_data_protection_backup_instance_postgresql_flexible_server",
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resources::backup_vault::files::tests::{restored, target};

    #[test]
    fn the_body_is_that_of_the_how_to_page() {
        let url = "https://testossstorageaccount.blob.core.windows.net/testcontainerrestore";
        assert_eq!(
            restored(
                &POSTGRESQL_FLEXIBLE_SERVER_RESTORE,
                &target(url, "testprefix"),
                "eb006fde78cb47198be5a320fbe45e9b"
            ),
            json!({
                "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
                "sourceDataStoreType": "VaultStore",
                "restoreTargetInfo": {
                    "targetDetails": {
                        "url": url,
                        "filePrefix": "testprefix",
                        "restoreTargetLocationType": "AzureBlobs"
                    },
                    "restoreLocation": "westus",
                    "recoveryOption": "FailIfExists",
                    "objectType": "RestoreFilesTargetInfo"
                },
                "recoveryPointId": "eb006fde78cb47198be5a320fbe45e9b"
            })
        );
    }
}

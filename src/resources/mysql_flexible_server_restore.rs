//! `azurebackup_mysql_flexible_server_restore`: a MySQL Flexible Server, as files in a blob container.

use crate::azure::data_protection::MYSQL_FLEXIBLE_SERVERS;
use crate::resources::backup_vault::files::ServerAsFiles;
use crate::restore::workload::{ROLE_ON_VAULT, RequiredRole, WorkloadNames};

/// The workload of MySQL Flexible Servers; what all servers that are restored as files share is in [`ServerAsFiles`].
pub const MYSQL_FLEXIBLE_SERVER_RESTORE: ServerAsFiles = ServerAsFiles {
    type_name: "azurebackup_mysql_flexible_server_restore",
    description: "\
    Restores an Azure Database for MySQL - Flexible Server from an Azure Backup vault, and waits until the restore \
    job has ended.\n\n\
    The restore writes *files* to a blob container: the whole data directory of the server. Azure does not restore a \
    server or a single database from this backup. Download the files, and start a `mysqld` of a compatible version \
    with this folder as `--datadir`. Then dump the data that you need.\n\n\
    The identity of the vault needs the role *Storage Blob Data Contributor* on the container or its storage account. \
    An example below grants it in the same apply. Azure copies the data from a storage account of Microsoft. So the \
    target account must allow cross-tenant replication.",
    names: WorkloadNames {
        things: "files",
        source: "MySQL flexible server",
        datasource_type: MYSQL_FLEXIBLE_SERVERS,
        caller_role: ROLE_ON_VAULT,
        roles: &[RequiredRole {
            name: "Storage Blob Data Contributor",
            scope: "the storage account or container that the files are written to",
        }],
    },
    instance_resource: "azurerm_data_protection_backup_instance_mysql_flexible_server",
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resources::backup_vault::files::tests::{restored, target};

    /// As the clients send it, down to the missing ARM id of the container
    /// (docs/reference/azure-data-protection.md#request-bodies).
    #[test]
    fn the_body_names_the_container_and_nothing_of_mysql() {
        let details = json!({
            "url": "https://contosofiles.blob.core.windows.net/dumps",
            "filePrefix": "mysql-",
            "restoreTargetLocationType": "AzureBlobs"
        });
        let target_info = json!({
            "objectType": "RestoreFilesTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westus",
            "targetDetails": details
        });
        let expected = json!({
            "objectType": "AzureBackupRecoveryPointBasedRestoreRequest", "recoveryPointId": "8f3b",
            "sourceDataStoreType": "VaultStore", "restoreTargetInfo": target_info
        });
        let arguments = target("https://contosofiles.blob.core.windows.net/dumps/", "mysql-");
        assert_eq!(restored(&MYSQL_FLEXIBLE_SERVER_RESTORE, &arguments, "8f3b"), expected);
    }
}

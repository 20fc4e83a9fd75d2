//! `azurebackup_postgresql_flexible_server_restore`: a PostgreSQL Flexible Server, as files in a blob container.

use crate::azure::data_protection::{DataStore, POSTGRESQL_FLEXIBLE_SERVERS, RestoreTargetInfo};
use crate::resources::backup_vault::{Place, Points, Workload, files};
use crate::resources::restore::Meaning;
use crate::restore::backup_vault::{Destination, Words};
use crate::restore::setback::Setback;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::value::Value;

/// The workload.
pub struct PostgresqlFlexibleServerRestore;

impl Workload for PostgresqlFlexibleServerRestore {
    fn type_name(&self) -> &'static str {
        "azurebackup_postgresql_flexible_server_restore"
    }

    fn description(&self) -> &'static str {
        "Restores an Azure Database for PostgreSQL - Flexible Server from an Azure Backup vault, and waits until the restore \
         job has ended. What comes back are *files* in a blob container: Azure restores no server from such a backup. A \
         server is made of them with PostgreSQL's own tools (`pg_restore`).\n\n\
         The identity of the vault needs the role *Storage Blob Data Contributor* on the container or its storage \
         account; the example below grants it in the same apply.\n\n\
         Creating the resource restores once. Nothing restores again by itself; `triggers`, a changed argument or \
         `-replace` does. Destroying the resource forgets the restore and leaves the files where they are."
    }

    fn words(&self) -> Words {
        Words { things: "files", source: "PostgreSQL flexible server", datasource_type: POSTGRESQL_FLEXIBLE_SERVERS }
    }

    fn instance_resource(&self) -> &'static str {
        "azurerm_data_protection_backup_instance_postgresql_flexible_server"
    }

    fn points(&self) -> Points {
        Points { continuous: false, data_stores: &[DataStore::VaultStore], archive: true }
    }

    fn attributes(&self) -> Vec<Attribute> {
        files::attributes()
    }

    fn meaning(&self) -> &'static [Meaning] {
        files::MEANING
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        files::check(config)
    }

    fn destination(&self, arguments: &Value) -> Option<Destination> {
        files::destination(arguments)
    }

    fn restore_target(&self, arguments: &Value, place: Place<'_>) -> Result<RestoreTargetInfo, Setback> {
        files::restore_target(arguments, place)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resources::backup_vault::golden::{Backup, body};
    use crate::restore::backup_vault::Chosen;

    const CONTAINER: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/testossstorageaccount/blobServices/default/containers/testcontainerrestore";

    fn target(more: &[(&str, &str)]) -> Value {
        let mut target = Value::object([
            ("container_url", "https://testossstorageaccount.blob.core.windows.net/testcontainerrestore"),
            ("file_prefix", "testprefix"),
        ]);
        for (name, value) in more {
            target.set(*name, *value);
        }
        Value::object([("target", target)])
    }

    fn point(data_store: DataStore) -> Chosen {
        Chosen::Point { id: "eb006fde78cb47198be5a320fbe45e9b".to_owned(), data_store }
    }

    fn of_the_seed() -> serde_json::Value {
        json!({
            "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
            "sourceDataStoreType": "VaultStore",
            "restoreTargetInfo": {
                "targetDetails": {
                    "url": "https://testossstorageaccount.blob.core.windows.net/testcontainerrestore",
                    "filePrefix": "testprefix",
                    "restoreTargetLocationType": "AzureBlobs"
                },
                "restoreLocation": "westus",
                "recoveryOption": "FailIfExists",
                "objectType": "RestoreFilesTargetInfo"
            },
            "recoveryPointId": "eb006fde78cb47198be5a320fbe45e9b"
        })
    }

    #[test]
    fn the_body_is_that_of_the_how_to_page() {
        let workload = PostgresqlFlexibleServerRestore;
        let chosen = point(DataStore::VaultStore);
        assert_eq!(body(&workload, &target(&[]), Backup::in_region("westus"), &chosen).unwrap(), of_the_seed());
    }

    #[test]
    fn identity_guard_and_container_id_are_sent_where_they_are_given() {
        let mut arguments = target(&[("container_id", CONTAINER)]);
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
        let guard = "/subscriptions/t/resourceGroups/g/providers/Microsoft.DataProtection/resourceGuards/r";
        arguments.set("user_assigned_identity_id", id);
        arguments.set("resource_guard_id", guard);
        let mut expected = of_the_seed();
        expected["restoreTargetInfo"]["targetDetails"]["targetResourceArmId"] = json!(CONTAINER);
        expected["identityDetails"] = json!({"useSystemAssignedIdentity": false, "userAssignedIdentityArmUrl": id});
        expected["resourceGuardOperationRequests"] = json!([format!("{guard}/dppTriggerRestoreRequests/default")]);
        let chosen = point(DataStore::VaultStore);
        let body = body(&PostgresqlFlexibleServerRestore, &arguments, Backup::in_region("westus"), &chosen);
        assert_eq!(body.unwrap(), expected);
    }

    #[test]
    fn an_archived_point_is_rehydrated_on_the_way() {
        let mut arguments = target(&[]);
        arguments.set("rehydration", Value::object([("retention_days", 12_i64)]));
        let mut expected = of_the_seed();
        expected["objectType"] = json!("AzureBackupRestoreWithRehydrationRequest");
        expected["sourceDataStoreType"] = json!("ArchiveStore");
        expected["rehydrationPriority"] = json!("Standard");
        expected["rehydrationRetentionDuration"] = json!("P12D");
        let workload = PostgresqlFlexibleServerRestore;
        let backup = || Backup::in_region("westus");
        assert_eq!(body(&workload, &arguments, backup(), &point(DataStore::ArchiveStore)).unwrap(), expected);
        assert_eq!(body(&workload, &arguments, backup(), &point(DataStore::VaultStore)).unwrap(), of_the_seed());
    }

    #[test]
    fn a_container_named_by_id_is_the_one_of_the_url() {
        let workload = PostgresqlFlexibleServerRestore;
        assert!(workload.validate(&target(&[("container_id", CONTAINER)])).is_empty());
        let other = CONTAINER.replace("testcontainerrestore", "other");
        let said = workload.validate(&target(&[("container_id", &other)]));
        assert_eq!(said.iter().map(|said| said.summary.as_str()).collect::<Vec<_>>(), ["Two containers are named"]);
    }
}

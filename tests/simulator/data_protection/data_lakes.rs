//! Data lakes: containers of an account with a hierarchical namespace, restored as those of vaulted blobs are.

use serde_json::json;

use super::super::storage::StorageAccount;
use super::instances::BackupInstance;
use super::workloads::{LackingRole, Workload, of_data};

pub const DATA_LAKE: Workload = Workload {
    datasource_type: "Microsoft.Storage/storageAccounts/adlsBlobServices",
    has_a_set: true,
    policy_parameters: |instance| {
        of_data(json!({
            "objectType": "AdlsBlobBackupDatasourceParameters", "containersList": instance.containers,
        }))
    },
    ..Workload::usual(
        "Microsoft.Storage/storageAccounts",
        "data-lake",
        LackingRole {
            code: "UserErrorMissingRequiredPermissions",
            message: "The vault's identity lacks required permissions on the storage account.",
            recommended_action: "Grant the identity the role 'Storage Account Backup Contributor' on the target, wait for it to spread and try again.",
            action: "Microsoft.Storage/storageAccounts/objectReplicationPolicies/write",
        },
        |situation, instance, body| situation.containers(instance, body),
    )
};

impl BackupInstance {
    /// An account with a hierarchical namespace, without any backup yet.
    pub fn data_lake(name: &str, account: &StorageAccount) -> Self {
        Self::of_account(&DATA_LAKE, name, account)
    }
}

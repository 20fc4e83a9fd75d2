//! A backup policy of a Recovery Services vault.

use serde_json::Value;

use super::ids::{BackupPolicyId, RecoveryServicesVaultId};
use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::segment_of_name;

/// `ProtectionPolicyResource` of the REST description, with what its types have. States are open words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupPolicy {
    /// In documented casing, whatever the answer had.
    pub id: BackupPolicyId,
    /// `AzureWorkload`, `AzureStorage`, `AzureIaasVM` …
    pub backup_management_type: Option<String>,
    /// `SQLDataBase`, `AzureFileShare` …; of virtual machines none.
    pub workload_type: Option<String>,
    /// How many items it protects.
    pub protected_items_count: Option<u64>,
    /// Of workloads: `Full`, `Differential`, `Log` …, each with a schedule of its own.
    pub backup_types: Vec<String>,
    /// The time zone of its schedules.
    pub time_zone: Option<String>,
}

impl BackupPolicy {
    /// Reads the answer to a GET of `id`.
    pub(super) fn read(id: &BackupPolicyId, value: &Value) -> Self {
        let policy = JsonFields::of(value).object("properties");
        let parts = policy.list("subProtectionPolicy").iter();
        Self {
            id: id.clone(),
            backup_management_type: policy.text("backupManagementType"),
            // With a capital L in policies, and only there.
            workload_type: policy.text("workLoadType"),
            protected_items_count: policy.count("protectedItemsCount"),
            backup_types: parts.filter_map(|part| JsonFields::of(part).text("policyType")).collect(),
            time_zone: policy.object("settings").text("timeZone").or_else(|| policy.text("timeZone")),
        }
    }

    /// Reads one element of the list of `vault`. None if it names no policy there.
    pub(super) fn read_listed(vault: &RecoveryServicesVaultId, value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let id = match members.text("name") {
            Some(name) => vault.policy(&segment_of_name(&name)).ok()?,
            None => BackupPolicyId::parse(&members.text("id")?).ok().filter(|id| id.vault() == vault)?,
        };
        Some(Self::read(&id, value))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_of_databases_says_which_backups_it_takes() {
        let vault = RecoveryServicesVaultId::new("s", "g", "v").unwrap();
        let policy = BackupPolicy::read_listed(
            &vault,
            &json!({"name": "Hourly & more", "id": "/Subscriptions/x", "properties": {
                "backupManagementType": "AzureWorkload", "workLoadType": "SQLDataBase", "protectedItemsCount": 2,
                "settings": {"timeZone": "UTC", "issqlcompression": false},
                "subProtectionPolicy": [{"policyType": "Full"}, {"policyType": "Log"}, {}]}}),
        )
        .unwrap();
        assert_eq!(policy.id.to_string(), format!("{vault}/backupPolicies/Hourly%20%26%20more"));
        assert_eq!(policy.workload_type.as_deref(), Some("SQLDataBase"));
        assert_eq!((policy.backup_types, policy.protected_items_count), (vec!["Full".into(), "Log".into()], Some(2)));
        assert_eq!(policy.time_zone.as_deref(), Some("UTC"));
        assert_eq!(BackupPolicy::read_listed(&vault, &json!({})), None);
    }
}

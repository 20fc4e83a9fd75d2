//! A backup instance: what is protected, by which policy, and how well.

use serde_json::Value;

use super::datasource::{Datasource, DatasourceKind, IdentityDetails};
use super::ids::{BackupInstanceId, BackupVaultId};
use crate::azure::error::AzureError;
use crate::azure::json_fields::JsonFields;

/// `BackupInstanceResource` of the REST description. States are open words (`ProtectionError` was seen outside its enum).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupInstance {
    /// Id in documented casing, whatever the answer had.
    pub id: BackupInstanceId,
    /// Its name for people.
    pub friendly_name: Option<String>,
    /// What is protected. Answers spell it `dataSourceInfo`, requests `datasourceInfo`.
    pub data_source: Option<Datasource>,
    /// What the protected thing belongs to.
    pub data_source_set: Option<Datasource>,
    /// ARM id of the policy.
    pub policy_id: Option<String>,
    /// Names of the containers protected by vaulted blob backup; empty for everything else.
    pub containers: Vec<String>,
    /// Whether it says what of a storage account is backed up to the vault: names of containers, or that all are.
    pub names_what_is_vaulted: bool,
    /// `LogicalBackup` or `PhysicalBackup`: how a PostgreSQL flexible server is backed up (api-version 2026-07-01).
    pub backup_solution_type: Option<String>,
    /// `ProtectionConfigured`, `SoftDeleted`, `BackupSchedulesSuspended`, `ProtectionError` …: the wider of two enums.
    pub current_protection_state: Option<String>,
    /// `ProtectionConfigured` and few others.
    pub protection_status: Option<String>,
    /// What is wrong with the protection.
    pub protection_error: Option<AzureError>,
    /// `Succeeded` and others.
    pub provisioning_state: Option<String>,
    /// The identity that backs it up.
    pub identity_details: Option<IdentityDetails>,
}

impl BackupInstance {
    /// Reads the answer to a GET of `id`.
    pub(super) fn read(id: &BackupInstanceId, value: &Value) -> Self {
        let instance = JsonFields::of(value).object("properties");
        let policy = instance.object("policyInfo");
        let parameters = policy.object("policyParameters").list("backupDatasourceParametersList");
        let protection = instance.object("protectionStatus");
        let read_source = |name, kind| instance.get(name).and_then(|value| Datasource::read(value, kind));
        Self {
            id: id.clone(),
            friendly_name: instance.text("friendlyName"),
            data_source: read_source("dataSourceInfo", DatasourceKind::Datasource),
            data_source_set: read_source("dataSourceSetInfo", DatasourceKind::DatasourceSet),
            policy_id: policy.text("policyId"),
            containers: parameters
                .iter()
                .flat_map(|parameters| JsonFields::of(parameters).texts("containersList"))
                .collect(),
            names_what_is_vaulted: parameters.iter().any(|parameters| {
                let kind = JsonFields::of(parameters).text("objectType").unwrap_or_default().to_ascii_lowercase();
                kind.starts_with("blobbackup") || kind.starts_with("adlsblobbackup")
            }),
            backup_solution_type: parameters
                .iter()
                .find_map(|parameters| JsonFields::of(parameters).text("backupSolutionType")),
            current_protection_state: instance.text("currentProtectionState"),
            protection_status: protection.text("status"),
            protection_error: [instance.get("protectionErrorDetails"), protection.get("errorDetails")]
                .into_iter()
                .flatten()
                .map(AzureError::read)
                .find(|error| !error.is_silent()),
            provisioning_state: instance.text("provisioningState"),
            identity_details: instance.get("identityDetails").and_then(IdentityDetails::read),
        }
    }

    /// Whether Azure says that its backups are physical ones, which are no dump files.
    pub fn is_physical(&self) -> bool {
        self.backup_solution_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("PhysicalBackup"))
    }

    /// Reads one element of a list.
    pub(super) fn read_listed(vault: &BackupVaultId, value: &Value) -> Option<Self> {
        let name = JsonFields::of(value).text("name")?;
        Some(Self::read(&vault.instance(&name).ok()?, value))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn vault() -> BackupVaultId {
        BackupVaultId::new("s", "g", "v").unwrap()
    }

    #[test]
    fn an_instance_is_read_from_its_own_spelling_of_the_source() {
        let value = json!({"name": "i", "properties": {
            "dataSourceInfo": {"resourceID": "/subscriptions/s/x/y", "resourceUri": "", "resourceLocation": "westus", "datasourceType": "T",
                "objectType": "Datasource", "resourceName": "y", "resourceType": "R"},
            "dataSourceSetInfo": null, "friendlyName": "f",
            "policyInfo": {"policyId": "p", "policyParameters": {"backupDatasourceParametersList":
                [{"objectType": "BlobBackupDatasourceParameters", "containersList": ["a", "b"]}]}},
            "protectionStatus": {"status": "ProtectionError", "errorDetails": {"code": "C", "message": "m", "recommendedAction": ["do"]}}}});
        let instance = BackupInstance::read_listed(&vault(), &value).unwrap();
        assert_eq!(instance.id, vault().instance("I").unwrap());
        let source = instance.data_source.unwrap();
        assert_eq!(
            (source.resource_id.as_str(), source.resource_location.as_deref()),
            ("/subscriptions/s/x/y", Some("westus"))
        );
        assert_eq!(source.resource_uri, None);
        assert_eq!(instance.containers, ["a", "b"]);
        assert!(instance.names_what_is_vaulted);
        assert_eq!(instance.backup_solution_type, None);
        assert_eq!(instance.protection_error.unwrap().all_recommended_actions(), ["do"]);
    }

    #[test]
    fn what_is_vaulted_and_how_a_server_is_backed_up_stands_among_the_parameters() {
        let with = |parameters: serde_json::Value| {
            let parameters = json!({"backupDatasourceParametersList": [parameters]});
            let value = json!({"properties": {"policyInfo": {"policyParameters": parameters}}});
            BackupInstance::read(&vault().instance("i").unwrap(), &value)
        };
        let all = with(json!({"objectType": "BlobBackupDatasourceParametersForAutoProtection"}));
        assert!(all.names_what_is_vaulted && all.containers.is_empty());
        let server = with(json!({"objectType": "PostgreSqlFlexibleServerBackupDatasourceParameters",
            "backupSolutionType": "PhysicalBackup"}));
        assert!(!server.names_what_is_vaulted);
        assert!(server.is_physical());
        assert!(!with(json!({"backupSolutionType": "LogicalBackup"})).is_physical());
    }

    #[test]
    fn an_instance_without_properties_is_no_failure() {
        let instance = BackupInstance::read(&vault().instance("i").unwrap(), &json!({}));
        assert_eq!((instance.data_source, instance.containers), (None, vec![]));
        assert_eq!(BackupInstance::read_listed(&vault(), &json!({"properties": {}})), None);
    }
}

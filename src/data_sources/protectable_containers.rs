//! `azurebackup_protectable_containers`: what can be registered with a Recovery Services vault.

use async_trait::async_trait;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use crate::azure::recovery_services::{BackupManagementType, RecoveryServicesVaultId};
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::validators::one_of;
use crate::tfplugin::value::Value;

/// Lists virtual machines or storage accounts that can be registered.
pub struct ProtectableContainers;

const VAULT: &str = "vault_id";
const MANAGEMENT: &str = "backup_management_type";

#[async_trait]
impl Lookup for ProtectableContainers {
    fn type_name(&self) -> &'static str {
        "azurebackup_protectable_containers"
    }

    fn schema(&self) -> Schema {
        let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
        // Virtual machines themselves are not registered: the list of their world is always empty.
        let words = [BackupManagementType::AzureWorkload.as_str(), BackupManagementType::AzureStorage.as_str()];
        Schema::new(
            "Lists the virtual machines (for databases in them) or storage accounts (for file shares) that can be \
            registered with a Recovery Services vault. The list is as old as the last search of Azure: the resource \
            `azurebackup_vm_workload_container` searches anew, and so does *discover* in the portal. What is \
            registered is not listed.",
            vec![
                ids::argument(
                    VAULT,
                    "a Recovery Services vault",
                    ids::RECOVERY_SERVICES_VAULTS,
                    RecoveryServicesVaultId::parse,
                )
                .required()
                .description("The ARM ID of the Recovery Services vault."),
                Attribute::string(MANAGEMENT).default(words[0]).validate(one_of(&words)).description(
                    "`AzureWorkload` for virtual machines with databases, or `AzureStorage` for storage accounts. \
                    Default: `AzureWorkload`.",
                ),
                text("id", "The ARM ID of the Recovery Services vault."),
                Attribute::objects(
                    "protectable_containers",
                    vec![
                        text("name", "The name of the container once it is registered."),
                        text("friendly_name", "The name of the virtual machine or the storage account."),
                        text("source_resource_id", "The ARM ID of the virtual machine or the storage account."),
                        text("container_type", "`VMAppContainer`, `StorageContainer` and others."),
                        text("health_status", "The health in Azure, such as `Healthy`."),
                    ],
                )
                .computed()
                .description("The containers, sorted by name."),
            ],
        )
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let vault = ids::read(request.arguments, VAULT, RecoveryServicesVaultId::parse)?;
        let of = request.arguments.get(MANAGEMENT).as_str().and_then(BackupManagementType::read);
        let of = of.unwrap_or(BackupManagementType::AzureWorkload);
        let azure = request.connection.recovery_services();
        let mut found = azure.protectable_containers(&vault, of, request.deadline).await.map_err(|error| {
            let act = format!("Reading what can be registered with Recovery Services vault {:?}", vault.name());
            Subject { act, noun: "Recovery Services vault", argument: VAULT }.not_read(error)
        })?;
        found.sort_by_cached_key(|container| container.name.to_lowercase());
        let one = |container: &crate::azure::recovery_services::ProtectableContainer| {
            Value::object([
                ("name", Value::from(container.name.clone())),
                ("friendly_name", container.friendly_name.clone().into()),
                ("source_resource_id", container.source_resource_id.clone().into()),
                ("container_type", container.container_type.clone().into()),
                ("health_status", container.health_status.clone().into()),
            ])
        };
        Ok(Value::object([
            ("id", Value::from(vault.to_string())),
            ("protectable_containers", Value::list(found.iter().map(one))),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;

    #[tokio::test]
    async fn machines_that_can_be_registered_are_listed_by_name() {
        let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";
        let container = |name: &str| {
            json!({"name": name, "properties": {"protectableContainerType": "VMAppContainer", "containerId": "/m",
            "friendlyName": "m", "healthStatus": "Healthy"}})
        };
        let body = json!({"value": [container("VMAppContainer;Compute;g;z"), container("VMAppContainer;Compute;g;a")]});
        let (found, asked) = look_up(ProtectableContainers, vec![answer(200, body)], &[(VAULT, vault.into())]).await;
        let found = found.unwrap();
        let listed = found.get("protectable_containers").as_list().unwrap();
        assert_eq!(listed[0].get("name").as_str(), Some("VMAppContainer;Compute;g;a"));
        assert_eq!(listed[0].get("source_resource_id").as_str(), Some("/m"));
        let path = format!("{vault}/backupFabrics/Azure/protectableContainers?");
        assert!(asked[0].contains(&path) && asked[0].contains("%27AzureWorkload%27"), "{asked:?}");
    }
}

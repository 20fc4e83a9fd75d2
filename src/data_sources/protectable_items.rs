//! `azurebackup_protectable_items`: the databases and instances in registered virtual machines.

use async_trait::async_trait;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use crate::azure::recovery_services::{
    Filter, ProtectableItem, ProtectionContainerId, RecoveryServicesVaultId, WorkloadType,
};
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::validators::one_of;
use crate::tfplugin::value::Value;

/// Lists what can be protected.
pub struct ProtectableItems;

const VAULT: &str = "vault_id";
const WORKLOAD: &str = "workload_type";
const CONTAINER: &str = "container_id";
const TYPE: &str = "protectable_item_type";

/// The type of a container.
const CONTAINERS: Option<&str> = Some("Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers");

const WORKLOADS: [WorkloadType; 2] = [WorkloadType::SqlDatabase, WorkloadType::SapHanaDatabase];

#[async_trait]
impl Lookup for ProtectableItems {
    fn type_name(&self) -> &'static str {
        "azurebackup_protectable_items"
    }

    fn schema(&self) -> Schema {
        let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
        let words = WORKLOADS.map(WorkloadType::as_str);
        Schema::new(
            "Lists the databases, instances and availability groups in the virtual machines that are registered with \
             a Recovery Services vault. The list is as old as the last search in each virtual machine: see \
             `azurebackup_vm_workload_container`.",
            vec![
                ids::argument(
                    VAULT,
                    "a Recovery Services vault",
                    ids::RECOVERY_SERVICES_VAULTS,
                    RecoveryServicesVaultId::parse,
                )
                .required()
                .description("The ARM ID of the Recovery Services vault."),
                Attribute::string(WORKLOAD)
                    .default(words[0])
                    .validate(one_of(&words))
                    .description("`SQLDataBase` or `SAPHanaDatabase`. Default: `SQLDataBase`."),
                ids::argument(
                    CONTAINER,
                    "a container of a Recovery Services vault",
                    CONTAINERS,
                    ProtectionContainerId::parse,
                )
                .optional()
                .description("List only what is in the container with this ARM ID."),
                Attribute::string(TYPE).optional().description(
                    "List only items of this type, such as `SQLDataBase` or `SQLInstance`. Upper and lower case do \
                    not matter.",
                ),
                text("id", "The ARM ID of the Recovery Services vault."),
                Attribute::objects(
                    "protectable_items",
                    vec![
                        text("id", "The ARM ID of the item."),
                        text("name", "The name of the item in Azure, such as `sqldatabase;mssqlserver;DATABASE`."),
                        text("friendly_name", "The name of the database or the instance."),
                        text(
                            TYPE,
                            "`SQLDataBase`, `SQLInstance`, `SQLAvailabilityGroupContainer`, `SAPHanaDatabase` and \
                        others.",
                        ),
                        text("parent_name", "The instance or the availability group of a database."),
                        text("server_name", "The virtual machine or the cluster."),
                        text(CONTAINER, "The ARM ID of the container."),
                        text("protection_state", "`NotProtected`, `Protected` and others."),
                        Attribute::bool("auto_protectable")
                            .computed()
                            .description("Whether new databases in it could be protected by themselves."),
                        Attribute::bool("auto_protected")
                            .computed()
                            .description("Whether new databases in it are protected by themselves."),
                    ],
                )
                .computed()
                .description("The items, sorted by container, instance and name."),
            ],
        )
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let vault = ids::read(request.arguments, VAULT, RecoveryServicesVaultId::parse)?;
        let container = request.arguments.get(CONTAINER);
        let container = (!container.is_null())
            .then(|| ids::read(request.arguments, CONTAINER, ProtectionContainerId::parse))
            .transpose()?;
        let of_type = request.arguments.get(TYPE).as_str();
        let workload = request.arguments.get(WORKLOAD).as_str().and_then(WorkloadType::read);
        let workload = workload.unwrap_or(WorkloadType::SqlDatabase);
        let filter = Filter::new()
            .eq("backupManagementType", workload.management_type().as_str())
            .eq("workloadType", workload.as_str());
        let azure = request.connection.recovery_services();
        let mut items = azure.protectable_items(&vault, &filter, request.deadline).await.map_err(|error| {
            let act = format!("Reading what can be protected by Recovery Services vault {:?}", vault.name());
            Subject { act, noun: "Recovery Services vault", argument: VAULT }.not_read(error)
        })?;
        items.retain(|item| {
            container.as_ref().is_none_or(|container| item.id.container() == container)
                && of_type
                    .is_none_or(|word| item.item_type.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(word)))
        });
        items.sort_by_cached_key(|item| {
            (item.id.container().resource_id().canonical(), item.parent_name.clone(), item.friendly_name.clone())
        });
        Ok(Value::object([
            ("id", Value::from(vault.to_string())),
            ("protectable_items", Value::list(items.iter().map(one_item))),
        ]))
    }
}

fn one_item(item: &ProtectableItem) -> Value {
    let flag = |flag: Option<bool>| flag.map_or(Value::Null, Value::from);
    Value::object([
        ("id", Value::from(item.id.to_string())),
        ("name", item.id.resource_id().decoded_name().into_owned().into()),
        ("friendly_name", item.friendly_name.clone().into()),
        (TYPE, item.item_type.clone().into()),
        ("parent_name", item.parent_name.clone().into()),
        ("server_name", item.server_name.clone().into()),
        (CONTAINER, item.id.container().to_string().into()),
        ("protection_state", item.protection_state.clone().into()),
        ("auto_protectable", flag(item.is_auto_protectable)),
        ("auto_protected", flag(item.is_auto_protected)),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;

    const VAULT_ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";

    async fn names(more: &[(&str, Value)]) -> Vec<String> {
        let item = |container: &str, kind: &str, name: &str| {
            let prefix =
                format!("{VAULT_ID}/backupFabrics/Azure/protectionContainers/vmappcontainer;compute;g;{container}");
            json!({"id": format!("{prefix}/protectableItems/{kind};{name}"), "properties": {
                "friendlyName": name, "protectableItemType": kind, "parentName": "MSSQLSERVER"}})
        };
        let body = json!({"value": [item("b", "SQLDataBase", "y"), item("a", "SQLDataBase", "x"), item("a", "SQLInstance", "I")]});
        let arguments = [&[(VAULT, VAULT_ID.into())], more].concat();
        let (found, asked) = look_up(ProtectableItems, vec![answer(200, body)], &arguments).await;
        assert!(asked[0].contains("workloadType%20eq%20%27SQLDataBase%27"), "{asked:?}");
        let found = found.unwrap();
        let listed = found.get("protectable_items").as_list().unwrap();
        listed.iter().map(|own| own.get("friendly_name").as_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn items_are_chosen_by_container_and_type_without_case() {
        assert_eq!(names(&[]).await, ["I", "x", "y"]);
        assert_eq!(names(&[(TYPE, "sqldatabase".into())]).await, ["x", "y"]);
        let container = format!("{VAULT_ID}/backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;g;A");
        assert_eq!(names(&[(CONTAINER, container.into())]).await, ["I", "x"]);
    }
}

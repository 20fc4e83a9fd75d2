//! `azurebackup_protected_items`: what a Recovery Services vault protects. Nobody can make up the name of an item of a file
//! share, so this is how it is found.

use async_trait::async_trait;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use super::secondary_region;
use crate::azure::recovery_services::{Filter, ProtectedItem, RecoveryServicesVaultId, WorkloadType};
use crate::azure::resource_id::{InvalidResourceId, ResourceId};
use crate::restore::record::instant;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::validators::{length_between, one_of};
use crate::tfplugin::value::{Path, Value};

/// Lists what a Recovery Services vault protects.
pub struct ProtectedItems;

const FRIENDLY_NAME: &str = "friendly_name";
const SOURCE: &str = "source_resource_id";
const WORKLOAD: &str = "workload_type";

/// How the id of a source looks, in Markdown between backticks.
const SOURCE_FORMS: &str = "/subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/storageAccounts/NAME` or \
                            `/subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/virtualMachines/NAME";

/// What items lie in; a share's own id, or that of a database, would find nothing.
const SOURCES: [&str; 4] = [
    "Microsoft.Storage/storageAccounts",
    "Microsoft.Compute/virtualMachines",
    "Microsoft.ClassicStorage/storageAccounts",
    "Microsoft.ClassicCompute/virtualMachines",
];

fn source(text: &str) -> Result<ResourceId, InvalidResourceId> {
    let id = ResourceId::parse(text)?;
    let fits = SOURCES.iter().any(|of_type| id.is_of_type(of_type));
    if fits { Ok(id) } else { Err(InvalidResourceId::OtherType { expected: SOURCE_FORMS }) }
}

#[async_trait]
impl Lookup for ProtectedItems {
    fn type_name(&self) -> &'static str {
        "azurebackup_protected_items"
    }

    fn schema(&self) -> Schema {
        let words = WorkloadType::ALL.map(WorkloadType::as_str);
        let quoted = words.map(|word| format!("`{word}`")).join(", ");
        let mut attributes = vec![
            ids::argument(
                "vault_id",
                "a Recovery Services vault",
                ids::RECOVERY_SERVICES_VAULTS,
                RecoveryServicesVaultId::parse,
            )
            .required()
            .description("The ARM ID of the Recovery Services vault."),
            Attribute::string(FRIENDLY_NAME).optional().validate(length_between(1..=260)).description(
                "List only items with this friendly name: the name of the file share, the virtual machine or the \
                     database. Upper and lower case do not matter.",
            ),
            ids::of_either(SOURCE, "a storage account or a virtual machine", SOURCE_FORMS, source)
                .optional()
                .description(
                    "List only items of the resource with this ARM ID: the storage account of file shares, or the \
                         virtual machine. Upper and lower case do not matter.",
                ),
            Attribute::string(WORKLOAD)
                .optional()
                .validate(one_of(&words))
                .description(format!("List only items of this type: {quoted}.")),
        ];
        attributes.extend(secondary_region::arguments_of_recovery_services("the protected items"));
        attributes.extend([
            Attribute::string("id").computed().description("The ARM ID of the Recovery Services vault."),
            Attribute::objects("protected_items", item_attributes()).computed().description(
                "The protected items, sorted by friendly name. Items whose backups were deleted are listed as long \
                     as Azure keeps them.",
            ),
        ]);
        Schema::new(
            "\
            Lists the protected items of a Recovery Services vault: file shares, virtual machines, and databases in \
            virtual machines. Use it to find the `protected_item_id` of a restore. Azure gives a file share an item \
            name that cannot be derived from the name of the share, so look it up by its storage account and its \
            name.\n\n\
            If no item fits, the list is empty. To use the only item of the list, write \
            `one(data.azurebackup_protected_items.NAME.protected_items[*].id)`: it is an error if there are \
            several, and null if there is none. A restore without a `protected_item_id` is an error, too.",
            attributes,
        )
        .rule(secondary_region::named_for_recovery_services("vault_id"))
        .rule(secondary_region::location_needs_the_switch())
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let vault = ids::read(request.arguments, "vault_id", RecoveryServicesVaultId::parse)?;
        let wanted = ItemFilter::read(request.arguments)?;
        let act = format!("Reading the protected items of Recovery Services vault {:?}", vault.name());
        let copy = secondary_region::copy(&request.connection.recovery_services(), &vault, request.arguments)?;
        let items = copy.protected_items(&wanted.of_azure(), request.deadline).await.map_err(|error| {
            Subject { act: act.clone(), noun: "Recovery Services vault", argument: "vault_id" }.not_read(error)
        })?;
        let mut found = Vec::new();
        for item in items {
            match wanted.lists(&item) {
                Verdict::Listed => found.push(item),
                Verdict::LeftOut => {}
                Verdict::Unsaid(argument) => return Err(unsaid(&act, &item, argument)),
            }
        }
        Ok(listed(&vault, found))
    }
}

fn item_attributes() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        text("id", "The ARM ID of the protected item: the `protected_item_id` of a restore."),
        text("name", "The name of the protected item in Azure, such as `AzureFileShare;` and 64 hexadecimal digits."),
        text(FRIENDLY_NAME, "The name of the file share, the virtual machine or the database."),
        text("container_id", "The ARM ID of the container of the item."),
        text("container_name", "The name of the container in Azure, such as `StorageContainer;Storage;GROUP;ACCOUNT`."),
        text(WORKLOAD, "The type of the item, such as `AzureFileShare`, `VM` or `SQLDataBase`."),
        text("backup_management_type", "`AzureStorage`, `AzureIaasVM`, `AzureWorkload` and others."),
        text(SOURCE, "The ARM ID of the storage account or the virtual machine, as Azure writes it."),
        text("source_location", "The Azure region of the protected resource."),
        text("policy_id", "The ARM ID of the backup policy."),
        text("policy_name", "The name of the backup policy."),
        text(
            "protection_state",
            "The state of the protection in Azure: `Protected`, `ProtectionStopped`, `IRPending` (there is no \
             backup yet), `BackupsSuspended` and others.",
        ),
        text("protection_status", "The health of the protection in Azure."),
        Attribute::bool("soft_deleted").computed().description(
            "Whether the backups were deleted. Azure keeps them for some days. Undelete the item before you restore \
             it.",
        ),
        text("last_backup_status", "The result of the last backup."),
        text("last_backup_time", "The time of the last backup (RFC 3339, UTC)."),
        text(
            "last_recovery_point_time",
            "The time of the newest recovery point (RFC 3339, UTC). Null if Azure reports none.",
        ),
    ]
}

/// The arguments that choose among the items. All of them are applied here; Azure is asked for one workload where that is
/// known, which spares pages.
struct ItemFilter {
    friendly_name: Option<String>,
    source: Option<ResourceId>,
    workload: Option<WorkloadType>,
}

/// Whether an item is listed.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Listed,
    LeftOut,
    /// It may be the one that is wanted: Azure does not say what this argument asks for.
    Unsaid(&'static str),
}

impl ItemFilter {
    /// What is given chooses, or is an error: it is never passed over.
    fn read(arguments: &Value) -> Result<Self, Diagnostic> {
        let is_absent = arguments.get(SOURCE).is_null();
        Ok(Self {
            friendly_name: arguments.get(FRIENDLY_NAME).as_str().map(str::to_owned),
            source: (!is_absent).then(|| ids::read(arguments, SOURCE, source)).transpose()?,
            workload: arguments.get(WORKLOAD).as_str().and_then(WorkloadType::read),
        })
    }

    /// Not by name: a filter of a similar list finds nothing by it (docs/reference/azure-recovery-services.md#lists).
    fn of_azure(&self) -> Filter {
        match self.workload {
            Some(workload) => Filter::new()
                .eq("backupManagementType", workload.management_type().as_str())
                .eq("itemType", workload.as_str()),
            None => Filter::new(),
        }
    }

    fn lists(&self, item: &ProtectedItem) -> Verdict {
        let answers = [
            (WORKLOAD, self.workload.map(|workload| item.is_of(workload))),
            (FRIENDLY_NAME, self.friendly_name.as_deref().map(|name| item.is_called(name))),
            (SOURCE, self.source.as_ref().map(|source| item.lies_in(source))),
        ];
        // One that certainly does not fit is left out, whatever else is not known of it.
        if answers.iter().any(|(_, fits)| *fits == Some(Some(false))) {
            return Verdict::LeftOut;
        }
        let unsaid = answers.iter().find(|(_, fits)| *fits == Some(None));
        unsaid.map_or(Verdict::Listed, |(argument, _)| Verdict::Unsaid(argument))
    }
}

fn unsaid(act: &str, item: &ProtectedItem, argument: &str) -> Diagnostic {
    let detail = format!(
        "Azure does not report `{argument}` of the protected item {}, so it may be the one that you want. Remove \
         `{argument}` from the data source, and choose from the list that you get.",
        item.id
    );
    Diagnostic::error(format!("{act}: one item cannot be compared"), detail).at(Path::attribute(argument))
}

fn listed(vault: &RecoveryServicesVaultId, mut items: Vec<ProtectedItem>) -> Value {
    items.sort_by_cached_key(|item| {
        (item.friendly_name.as_ref().map(|name| name.to_lowercase()), item.id.resource_id().canonical())
    });
    Value::object([
        ("id", Value::from(vault.to_string())),
        ("protected_items", Value::list(items.iter().map(one_item))),
    ])
}

fn one_item(item: &ProtectedItem) -> Value {
    let container = item.id.container();
    Value::object([
        ("id", Value::from(item.id.to_string())),
        ("name", item.id.resource_id().decoded_name().into_owned().into()),
        (FRIENDLY_NAME, item.friendly_name.clone().into()),
        ("container_id", container.to_string().into()),
        ("container_name", container.resource_id().decoded_name().into_owned().into()),
        (WORKLOAD, item.workload_type.clone().into()),
        ("backup_management_type", item.backup_management_type.clone().into()),
        (SOURCE, item.source_resource_id.clone().into()),
        ("source_location", item.source_location.as_ref().map(|location| location.as_str().to_owned()).into()),
        ("policy_id", item.policy_id.as_deref().map(|id| ids::documented_policy(item.id.vault(), id)).into()),
        ("policy_name", item.policy_name.clone().into()),
        ("protection_state", item.protection_state.clone().into()),
        ("protection_status", item.protection_status.clone().into()),
        ("soft_deleted", item.is_soft_deleted.into()),
        ("last_backup_status", item.last_backup_status.clone().into()),
        ("last_backup_time", item.last_backup_time.map(instant).into()),
        ("last_recovery_point_time", item.last_recovery_point.map(instant).into()),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";
    const ACCOUNT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/shop";

    fn id(account: &str, name: &str) -> String {
        let container =
            format!("{VAULT}/backupFabrics/Azure/protectionContainers/StorageContainer;Storage;g;{account}");
        format!("{container}/protectedItems/{name}")
    }

    fn share(account: &str, name: &str, friendly_name: &str) -> Json {
        json!({"id": id(account, name).replace("/subscriptions/", "/Subscriptions/"), "properties": {
            "friendlyName": friendly_name, "workloadType": "AzureFileShare", "backupManagementType": "AzureStorage",
            "sourceResourceId": ACCOUNT.replace("shop", account).replace("Microsoft.Storage", "Microsoft.storage")}})
    }

    async fn read(items: Vec<Json>, arguments: &[(&str, Value)]) -> (Result<Value, Diagnostic>, Vec<String>) {
        let arguments = [&[("vault_id", VAULT.into())], arguments].concat();
        look_up(ProtectedItems, vec![answer(200, json!({"value": items}))], &arguments).await
    }

    async fn ids_of(items: Vec<Json>, arguments: &[(&str, Value)]) -> Vec<String> {
        let found = read(items, arguments).await.0.unwrap();
        let items = found.get("protected_items").as_list().unwrap();
        items.iter().map(|item| item.get("id").as_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn every_fact_of_an_item_is_reported() {
        let vault = VAULT.replace("/subscriptions/", "/Subscriptions/");
        let item = json!({"id": id("shop", "AzureFileShare%3B5042").replace("/subscriptions/", "/Subscriptions/"), "properties": {
            "friendlyName": "orders", "workloadType": "AzureFileShare", "backupManagementType": "AzureStorage",
            "containerName": "StorageContainer;Storage;g;shop", "sourceResourceId": ACCOUNT, "sourceLocation": "westeurope",
            "policyId": format!("{vault}/backupPolicies/Daily"), "policyName": "Daily", "protectionState": "ProtectionStopped",
            "protectionStatus": "Healthy", "isScheduledForDeferredDelete": true, "lastBackupStatus": "Completed",
            "lastBackupTime": "2026-11-20T08:00:00Z", "lastRecoveryPoint": "2026-11-19T08:00:00.0000000Z"}});
        let (found, asked) = read(vec![item], &[]).await;
        let expected = Value::object([
            ("id", Value::from(id("shop", "AzureFileShare%3B5042"))),
            ("name", "AzureFileShare;5042".into()),
            ("friendly_name", "orders".into()),
            ("container_id", id("shop", "").trim_end_matches("/protectedItems/").into()),
            ("container_name", "StorageContainer;Storage;g;shop".into()),
            ("workload_type", "AzureFileShare".into()),
            ("backup_management_type", "AzureStorage".into()),
            ("source_resource_id", ACCOUNT.into()),
            ("source_location", "westeurope".into()),
            ("policy_id", Value::from(format!("{VAULT}/backupPolicies/Daily"))),
            ("policy_name", "Daily".into()),
            ("protection_state", "ProtectionStopped".into()),
            ("protection_status", "Healthy".into()),
            ("soft_deleted", true.into()),
            ("last_backup_status", "Completed".into()),
            ("last_backup_time", "2026-11-20T08:00:00Z".into()),
            ("last_recovery_point_time", "2026-11-19T08:00:00Z".into()),
        ]);
        let found = found.unwrap();
        assert_eq!(found.get("protected_items"), &Value::list([expected]));
        assert_eq!(found.get("id").as_str(), Some(VAULT));
        assert!(asked[0].ends_with("/vaults/v/backupProtectedItems?api-version=2026-10-01"), "{asked:?}");
    }

    #[tokio::test]
    async fn an_item_without_any_facts_fits_the_schema() {
        assert_eq!(ids_of(vec![json!({"id": id("shop", "x")})], &[]).await, [id("shop", "x")]);
    }

    #[tokio::test]
    async fn a_share_is_found_by_its_account_and_its_name_in_any_casing() {
        let items = || vec![share("shop", "1", "orders"), share("shop", "2", "logs"), share("other", "3", "orders")];
        let arguments = [(SOURCE, ACCOUNT.to_uppercase().into()), (FRIENDLY_NAME, "Orders".into())];
        assert_eq!(ids_of(items(), &arguments).await, [id("shop", "1")]);
        assert_eq!(ids_of(items(), &arguments[..1]).await, [id("shop", "2"), id("shop", "1")], "sorted by name");
        assert_eq!(ids_of(items(), &[(FRIENDLY_NAME, "gone".into())]).await, [""; 0]);
    }

    #[tokio::test]
    async fn azure_is_asked_for_one_workload_and_what_it_lists_beside_it_is_left_out() {
        let machine = json!({"id": id("shop", "vm"), "properties": {"workloadType": "VM", "friendlyName": "vm"}});
        let (found, asked) =
            read(vec![machine, share("shop", "1", "orders")], &[(WORKLOAD, "AzureFileShare".into())]).await;
        assert_eq!(found.unwrap().get("protected_items").as_list().map(<[Value]>::len), Some(1));
        let filter =
            "$filter=backupManagementType%20eq%20%27AzureStorage%27%20and%20itemType%20eq%20%27AzureFileShare%27";
        assert!(asked[0].replace("%24", "$").replace('+', "%20").ends_with(filter), "{asked:?}");
    }

    #[tokio::test]
    async fn an_item_that_may_be_the_one_is_an_error_and_one_that_cannot_be_is_none() {
        let nameless = || {
            let mut item = share("shop", "1", "");
            item["properties"]["friendlyName"] = Json::Null;
            item
        };
        let named = [(FRIENDLY_NAME, Value::from("orders"))];
        let error = read(vec![nameless()], &named).await.0.unwrap_err();
        assert_eq!(error.path, Some(Path::attribute(FRIENDLY_NAME)));
        assert!(error.detail.contains(&id("shop", "1")), "{error:?}");
        let elsewhere = [(SOURCE, ACCOUNT.replace("shop", "other").into()), named[0].clone()];
        assert_eq!(ids_of(vec![nameless()], &elsewhere).await, [""; 0]);
        assert_eq!(ids_of(vec![nameless()], &[]).await, [id("shop", "1")]);
    }

    #[tokio::test]
    async fn an_element_that_names_no_item_of_the_vault_is_an_error() {
        let of_another = json!({"id": id("shop", "1").replace("/vaults/v/", "/vaults/w/")});
        for element in [json!({"name": "AzureFileShare;5042"}), of_another, json!({}), json!(null)] {
            let error = read(vec![share("shop", "1", "orders"), element], &[]).await.0.unwrap_err();
            assert!(error.detail.contains("names no protected item"), "{error:?}");
        }
    }
}

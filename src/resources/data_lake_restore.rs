//! `azurebackup_data_lake_restore`: containers of a Data Lake Storage account, into another account.

use crate::azure::data_protection::{DATA_LAKE_BLOB_SERVICES, DataStore, RestoreTargetInfo};
use crate::model;
use crate::resources::backup_vault::containers::{
    self, Container, TARGET, containers_attribute, into_another_account, target_attribute,
};
use crate::resources::backup_vault::{RecoveryPointSupport, TargetContext, Workload, WorkloadProfile, destination};
use crate::resources::restore::{ReportedArgument, UndecidedLimit};
use crate::restore::backup_vault::{Destination, ReportedJob};
use crate::restore::error::RestoreError;
use crate::restore::workload::{ROLE_ON_VAULT, RequiredRole, WorkloadNames};
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;

model! {
    /// The arguments of a data lake restore, beside the common ones.
    pub struct Arguments {
        /// Containers to restore.
        pub containers: Attr<Vec<Attr<Container>>>,
        /// The account to restore into.
        pub target_storage_account_id: Attr<String>,
    }
}

/// Markdown of the page.
const DESCRIPTION: &str = "\
    Restores containers of an Azure Data Lake Storage account (a storage account with a hierarchical namespace) from \
    an Azure Backup vault, and waits until the restore job has ended.\n\n\
    The data is restored to *another* storage account in the region of the vault. Azure does not restore in place, \
    and does not overwrite existing containers. If the target account already has a container with the same name, set \
    `rename_to`. Blobs of the cool and cold tiers are restored to the hot tier. Blobs of the archive tier are not in \
    the backup.\n\n\
    The identity of the vault needs the role *Storage Account Backup Contributor* on the target account. An example \
    below grants it in the same apply.";

/// Containers of a storage account with a hierarchical namespace, from vaulted backup.
pub struct DataLakeRestore;

impl Workload for DataLakeRestore {
    type Arguments = Arguments;

    fn profile(&self) -> WorkloadProfile {
        WorkloadProfile {
            type_name: "azurebackup_data_lake_restore",
            description: DESCRIPTION,
            left_behind: "The restored data stays",
            names: WorkloadNames {
                things: "blobs",
                source: "data lake",
                datasource_type: DATA_LAKE_BLOB_SERVICES,
                caller_role: ROLE_ON_VAULT,
                roles: &[RequiredRole {
                    name: "Storage Account Backup Contributor",
                    scope: "the storage account that is restored to",
                }],
            },
            instance_resource: "azurerm_data_protection_backup_instance_data_lake_storage",
            unreported: "Azure does not report which containers were restored. The import does not fill in \
                         `containers`, which means that all were restored. If the job restored only some of them, \
                         write `containers` in the configuration.",
            recovery_points: RecoveryPointSupport {
                point_in_time: false,
                data_stores: &[DataStore::VaultStore],
                archive: false,
                secondary_region: true,
            },
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        let containers = "The containers to restore, at most 100. If not set, all containers in the backup are \
                          restored. An empty list, or a null in the list, is an error. The plan must know whether \
                          this argument is set. The order does not matter.";
        let rename_to = "The name of the container in the target account. If not set, the same name is used.";
        let target = "The ARM ID of the storage account to restore to. It cannot be the source account.";
        vec![containers_attribute(containers, rename_to), target_attribute(target).required()]
    }

    fn validate(&self, config: &Arguments) -> Diagnostics {
        config.containers.known().map_or_else(Diagnostics::new, |containers| containers::check(containers))
    }

    fn undecided_limit(&self, arguments: &Arguments) -> Option<UndecidedLimit> {
        let all = ("all containers that are backed up would be restored", "the whole container would be restored");
        containers::undecided_limit(&arguments.containers, all)
    }

    fn destination(&self, arguments: &Arguments) -> Option<Destination> {
        destination(TARGET, &arguments.target_storage_account_id)
    }

    fn reported_target(&self, job: ReportedJob<'_>) -> Vec<ReportedArgument> {
        job.destination().map(|id| ReportedArgument::new(TARGET, id)).into_iter().collect()
    }

    fn restore_target(
        &self,
        arguments: &Arguments,
        place: TargetContext<'_>,
    ) -> Result<RestoreTargetInfo, RestoreError> {
        let Arguments { containers, target_storage_account_id } = arguments;
        into_another_account(containers, target_storage_account_id, DATA_LAKE_BLOB_SERVICES, place)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resources::backup_vault::golden::{self, Backup};
    use crate::resources::restore::read;
    use crate::restore::backup_vault::ResolvedPoint;
    use crate::tfplugin::value::Value;

    const LAKE: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/contosolake";
    const OTHER: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/contosorestored";

    fn built(target: &str, containers: Value) -> Result<serde_json::Value, RestoreError> {
        let arguments = Value::object([("target_storage_account_id", Value::from(target)), ("containers", containers)]);
        let chosen = ResolvedPoint::Point { id: "8f3b".to_owned(), data_store: DataStore::VaultStore };
        golden::body(&DataLakeRestore, &arguments, Backup::in_region("westeurope").of(LAKE), &chosen)
    }

    /// A body without what to restore of the backup.
    fn whole() -> serde_json::Value {
        let account = json!({
            "objectType": "Datasource", "datasourceType": "Microsoft.Storage/storageAccounts/adlsBlobServices",
            "resourceType": "Microsoft.Storage/storageAccounts", "resourceID": OTHER,
            "resourceName": "contosorestored", "resourceLocation": "westeurope", "resourceUri": OTHER
        });
        let target = json!({
            "objectType": "RestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
            "datasourceInfo": account
        });
        json!({
            "objectType": "AzureBackupRecoveryPointBasedRestoreRequest", "recoveryPointId": "8f3b",
            "sourceDataStoreType": "VaultStore", "restoreTargetInfo": target
        })
    }

    #[test]
    fn a_restore_knows_in_the_plan_whether_it_is_limited() {
        let undecided = |containers: Value| {
            let arguments =
                Value::object([("target_storage_account_id", Value::from(OTHER)), ("containers", containers)]);
            DataLakeRestore.undecided_limit(&read(&arguments).unwrap()).map(|limit| limit.argument.to_string())
        };
        let of = |prefixes| {
            let mut raw = Value::object([("name", "raw")]);
            raw.set("prefixes", prefixes);
            Value::List(vec![Value::unknown(), raw])
        };
        assert_eq!(undecided(Value::unknown()).as_deref(), Some("containers"));
        assert_eq!(undecided(of(Value::unknown())).as_deref(), Some("containers[1].prefixes"));
        for decided in [Value::Null, of(Value::Null), of(Value::list([Value::unknown()]))] {
            assert_eq!(undecided(decided), None);
        }
    }

    #[test]
    fn without_containers_the_whole_backup_goes_into_the_other_account() {
        assert_eq!(built(OTHER, Value::Null).unwrap(), whole());
    }

    #[test]
    fn each_container_is_a_criterion() {
        let mut raw = Value::object([("name", "raw"), ("rename_to", "raw-restored")]);
        raw.set("prefixes", Value::list(["2026/", "2025/"]));
        let containers = Value::List(vec![raw, Value::object([("name", "curated"), ("rename_to", "curated")])]);
        let criterion = |name: &str| json!({"objectType": "ItemPathBasedRestoreCriteria", "itemPath": name, "isPathRelativeToBackupItem": true});
        let mut raw = criterion("raw");
        raw["subItemPathPrefix"] = json!(["2026/", "2025/"]);
        raw["renameTo"] = json!("raw-restored");
        let mut expected = whole();
        expected["restoreTargetInfo"]["objectType"] = json!("ItemLevelRestoreTargetInfo");
        expected["restoreTargetInfo"]["restoreCriteria"] = json!([raw, criterion("curated")]);
        assert_eq!(built(OTHER, containers).unwrap(), expected);
    }

    #[test]
    fn containers_that_are_given_and_missing_are_never_the_whole_backup() {
        let nameless = Value::object([("name", Value::Null)]);
        let without_prefix = Value::object([("name", "raw".into()), ("prefixes", Value::List(vec![Value::Null]))]);
        for (containers, path) in [
            (Value::List(vec![]), "containers"),
            (Value::unknown(), "containers"),
            (Value::List(vec![Value::Null]), "containers[0]"),
            (Value::list([nameless]), "containers[0].name"),
            (Value::list([without_prefix]), "containers[0].prefixes[0]"),
        ] {
            let refused = built(OTHER, containers).unwrap_err().to_message("Restoring");
            assert_eq!(refused.argument, Some(path.into()));
        }
    }

    #[test]
    fn the_lake_itself_is_no_target() {
        let refused = built(&LAKE.replace("contosolake", "ContosoLake"), Value::Null).unwrap_err();
        assert!(
            matches!(&refused, RestoreError::Wrong { argument: Some(argument), .. } if *argument == "target_storage_account_id".into()),
            "{refused:?}"
        );
    }

    #[test]
    fn a_container_named_twice_is_reported_before_anything_is_asked_of_azure() {
        let twice = Value::List(vec![Value::object([("name", "raw")]), Value::object([("name", "raw")])]);
        let said = DataLakeRestore.validate(&read(&Value::object([("containers", twice)])).unwrap());
        assert_eq!(said.iter().map(|said| said.summary.as_str()).collect::<Vec<_>>(), ["A container is named twice"]);
    }
}

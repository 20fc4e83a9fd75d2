//! `azurebackup_cosmosdb_account_restore`: a whole Cosmos DB account, into another account.

use crate::azure::data_protection::{COSMOSDB_ACCOUNTS, DataStore, Datasource, RecoveryOption, RestoreTargetInfo};
use crate::azure::resource_id::ResourceId;
use crate::model;
use crate::resources::arguments::resource_id;
use crate::resources::backup_vault::{RecoveryPointSupport, TargetContext, Workload, WorkloadProfile, destination};
use crate::resources::given::required_text;
use crate::resources::restore::ReportedArgument;
use crate::restore::backup_vault::{Destination, ReportedJob};
use crate::restore::error::RestoreError;
use crate::restore::workload::{ROLE_ON_VAULT, RequiredRole, WorkloadNames};
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;

const TARGET: &str = "target_account_id";

model! {
    /// The arguments of a Cosmos DB restore, beside the common ones.
    pub struct Arguments {
        /// The account to restore into.
        pub target_account_id: Attr<String>,
    }
}

/// Markdown of the page.
const DESCRIPTION: &str = "\
    Restores an Azure Cosmos DB account from an Azure Backup vault, and waits until the restore job has ended.\n\n\
    The whole backup is restored to *another* Cosmos DB account, which must exist. You cannot restore from the \
    secondary region.\n\n\
    The identity of the vault needs the role *Cosmos DB Operator* on the target account. An example below grants it \
    in the same apply. For the backup, the identity already has the same role on the source account, and *Reader* on \
    the resource group of that account.\n\n\
    **Microsoft has published little about these restores, and the provider has not been tested with Azure yet.** The \
    following is not known:\n\n\
    - whether Azure can restore to the source account. The Azure CLI restores to another account only, so the \
    provider does not accept the source account,\n\
    - whether the target account must be empty,\n\
    - whether the target account must be in the region of the vault,\n\
    - whether the target account must use the same API as the source, such as NoSQL or MongoDB,\n\
    - what happens if the backup and the target have a database with the same name. The restore probably fails, \
    because the request can only say `FailIfExists`.\n\n\
    The safe choice is a new, empty account with the same API in the region of the vault. Azure checks the request \
    before the restore is sent, and the provider reports any error.";

/// A Cosmos DB account, restored whole from the vault into another account.
pub struct CosmosdbAccountRestore;

impl Workload for CosmosdbAccountRestore {
    type Arguments = Arguments;

    fn profile(&self) -> WorkloadProfile {
        WorkloadProfile {
            type_name: "azurebackup_cosmosdb_account_restore",
            description: DESCRIPTION,
            left_behind: "The restored data stays",
            names: WorkloadNames {
                things: "data",
                source: "Cosmos DB account",
                datasource_type: COSMOSDB_ACCOUNTS,
                caller_role: ROLE_ON_VAULT,
                roles: &[RequiredRole { name: "Cosmos DB Operator", scope: "the target account" }],
            },
            instance_resource: "azurerm_data_protection_backup_instance_cosmosdb_account",
            unreported: "",
            recovery_points: RecoveryPointSupport {
                point_in_time: false,
                data_stores: &[DataStore::VaultStore],
                archive: false,
                secondary_region: false,
            },
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![
            resource_id::attribute(TARGET, "a Cosmos DB account", COSMOSDB_ACCOUNTS)
                .required()
                .requires_replace()
                .description(
                    "The ARM ID of the Cosmos DB account to restore to: the `id` of `azurerm_cosmosdb_account`. It \
                     cannot be the source account.",
                ),
        ]
    }

    fn destination(&self, arguments: &Arguments) -> Option<Destination> {
        destination(TARGET, &arguments.target_account_id)
    }

    fn reported_target(&self, job: ReportedJob<'_>) -> Vec<ReportedArgument> {
        job.destination().map(|id| ReportedArgument::new(TARGET, id)).into_iter().collect()
    }

    /// The other account (REST: Backup Instances - Trigger Restore, `RestoreTargetInfo`).
    fn restore_target(
        &self,
        arguments: &Arguments,
        place: TargetContext<'_>,
    ) -> Result<RestoreTargetInfo, RestoreError> {
        let id = ResourceId::parse(required_text(&arguments.target_account_id, TARGET)?)
            .map_err(|error| RestoreError::wrong(TARGET, error.to_string()))?;
        if place.source == Some(&id) {
            let text = "This is the account that was backed up. Use the ID of another account: Azure is only known to \
                        restore into another one.";
            return Err(RestoreError::wrong(TARGET, text));
        }
        Ok(RestoreTargetInfo::Whole {
            recovery_option: RecoveryOption::FailIfExists,
            restore_location: place.location.to_string(),
            datasource_info: Datasource::target(&id, COSMOSDB_ACCOUNTS, COSMOSDB_ACCOUNTS, place.location)
                .with_resource_uri(),
            datasource_set_info: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resources::backup_vault::golden::{self, Backup};
    use crate::restore::backup_vault::ResolvedPoint;
    use crate::tfplugin::value::{Path, Value};

    const ACCOUNTS: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts";

    fn built(name: &str) -> Result<serde_json::Value, RestoreError> {
        let arguments = Value::object([(TARGET, format!("{ACCOUNTS}/{name}"))]);
        let chosen = ResolvedPoint::Point { id: "8f3b".to_owned(), data_store: DataStore::VaultStore };
        let backup = Backup::in_region("westeurope").of(&format!("{ACCOUNTS}/contoso-documents"));
        golden::body(&CosmosdbAccountRestore, &arguments, backup, &chosen)
    }

    #[test]
    fn the_whole_backup_goes_into_the_other_account() {
        let id = format!("{ACCOUNTS}/contoso-restored");
        let account = json!({
            "objectType": "Datasource",
            "datasourceType": "Microsoft.DocumentDB/databaseAccounts",
            "resourceType": "Microsoft.DocumentDB/databaseAccounts",
            "resourceID": id,
            "resourceUri": id,
            "resourceName": "contoso-restored",
            "resourceLocation": "westeurope"
        });
        let expected = json!({
            "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
            "recoveryPointId": "8f3b",
            "sourceDataStoreType": "VaultStore",
            "restoreTargetInfo": {
                "objectType": "RestoreTargetInfo",
                "recoveryOption": "FailIfExists",
                "restoreLocation": "westeurope",
                "datasourceInfo": account
            }
        });
        assert_eq!(built("contoso-restored").unwrap(), expected);
    }

    #[test]
    fn the_account_that_was_backed_up_is_no_target() {
        let refused = built("Contoso-Documents").unwrap_err();
        assert!(
            matches!(&refused, RestoreError::Wrong { argument: Some(argument), .. } if *argument == TARGET.into()),
            "{refused:?}"
        );
    }

    #[test]
    fn a_target_is_the_id_of_a_cosmos_db_account() {
        let attribute = CosmosdbAccountRestore.attributes().remove(0);
        let accepted =
            |id: String| attribute.validators[0].check(&Value::from(id), &Path::attribute(TARGET)).is_empty();
        assert!(accepted(format!("{ACCOUNTS}/contoso-restored")));
        assert!(!accepted(format!("{ACCOUNTS}/contoso-restored/sqlDatabases/orders")));
        assert!(!accepted(ACCOUNTS.replace("/databaseAccounts", "/cassandraClusters/contoso")));
        assert!(!accepted("contoso-restored".to_owned()));
    }

    #[test]
    fn only_points_in_the_vault_are_offered() {
        let points = CosmosdbAccountRestore.profile().recovery_points;
        assert_eq!(points.data_stores, [DataStore::VaultStore]);
        assert!(!points.secondary_region && !points.archive && !points.point_in_time);
    }
}

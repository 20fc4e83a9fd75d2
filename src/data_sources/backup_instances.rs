//! `azurebackup_backup_instances`: what a Backup vault protects.

use async_trait::async_trait;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use crate::azure::data_protection::{
    BLOB_SERVICES, BackupInstance, BackupVaultId, COSMOSDB_ACCOUNTS, DATA_LAKE_BLOB_SERVICES, DISKS,
    KUBERNETES_CLUSTERS, MYSQL_FLEXIBLE_SERVERS, POSTGRESQL_FLEXIBLE_SERVERS,
};
use crate::azure::resource_id::ResourceId;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema, Type};
use crate::tfplugin::validators::length_between;
use crate::tfplugin::value::Value;

/// Lists what a Backup vault protects, for `for_each` over all restores of a vault.
pub struct BackupInstances;

#[async_trait]
impl Lookup for BackupInstances {
    fn type_name(&self) -> &'static str {
        "azurebackup_backup_instances"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Lists the backup instances of a Backup vault. Each of them protects one resource with a backup policy.",
            vec![
                ids::argument("vault_id", "a Backup vault", ids::VAULTS, BackupVaultId::parse)
                    .required()
                    .description("The ARM ID of the Backup vault."),
                Attribute::string("data_source_type").optional().validate(length_between(1..=260)).description(
                    "List only backup instances with this data source type, such as \
                     `Microsoft.Storage/storageAccounts/blobServices` or `Microsoft.Compute/disks`. Upper and lower \
                     case do not matter.",
                ),
                ids::argument("data_source_id", "an Azure resource", None, ResourceId::parse).optional().description(
                    "List only backup instances that protect the resource with this ARM ID. Upper and lower case do \
                     not matter.",
                ),
                Attribute::string("id").computed().description("The ARM ID of the Backup vault."),
                Attribute::objects("backup_instances", instance_attributes())
                    .computed()
                    .description("The backup instances, sorted by name."),
            ],
        )
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let vault = ids::read(request.arguments, "vault_id", BackupVaultId::parse)?;
        let azure = request.connection.data_protection();
        let instances = azure.backup_instances(&vault, request.deadline).await.map_err(|error| {
            let act = format!("Reading the backup instances of backup vault {:?}", vault.name());
            Subject { act, noun: "backup vault", argument: "vault_id" }.not_read(error)
        })?;
        Ok(found(&vault, instances, request.arguments))
    }
}

fn instance_attributes() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        text("id", "The ARM ID of the backup instance."),
        text("name", "The name of the backup instance: the last segment of `id`."),
        text("friendly_name", "The friendly name of the backup instance."),
        text("data_source_id", "The ARM ID of the protected resource."),
        text("data_source_name", "The name of the protected resource."),
        text("data_source_type", "The data source type, such as `Microsoft.Storage/storageAccounts/blobServices`."),
        text("data_source_location", "The Azure region of the protected resource."),
        text(
            "data_source_set_id",
            "The ARM ID of the parent of the protected resource, such as the server of a database.",
        ),
        text("policy_id", "The ARM ID of the backup policy."),
        text(
            "current_protection_state",
            "The state of the protection in Azure: `ProtectionConfigured`, `ProtectionError`, `ProtectionStopped`, \
             `SoftDeleted` and others.",
        ),
        text("protection_status", "The status of the protection in Azure, in a short form."),
        text("protection_error", "The error of the protection. Null if there is none."),
        text("provisioning_state", "`Succeeded` when the backup instance is set up."),
        Attribute::bool("operational_backup").computed().description(
            "Whether it has operational backup. For blobs, you restore it with `point_in_time`. Null if Azure does \
             not report it: blobs with vaulted backup can have both, which depends on the policy.",
        ),
        Attribute::bool("vaulted_backup").computed().description(
            "Whether it has vaulted backup, which you restore with `recovery_point`. Null if Azure does not report \
             it: for AKS clusters, it depends on the policy.",
        ),
        text(
            "backup_solution_type",
            "For PostgreSQL flexible servers: `LogicalBackup` or `PhysicalBackup`, if Azure reports it. A physical \
             backup does not consist of dump files.",
        ),
        Attribute::list_of("containers", Type::String).computed().description(
            "The containers that a vaulted backup of blobs or of a data lake protects. Empty for other backups.",
        ),
    ]
}

fn found(vault: &BackupVaultId, mut instances: Vec<BackupInstance>, arguments: &Value) -> Value {
    let source_type = arguments.get("data_source_type").as_str();
    let source_id = arguments.get("data_source_id").as_str().and_then(|id| ResourceId::parse(id).ok());
    instances.retain(|instance| {
        let source = instance.data_source.as_ref();
        let of_type = |wanted: &str| {
            source
                .and_then(|source| source.datasource_type.as_deref())
                .is_some_and(|of| of.eq_ignore_ascii_case(wanted))
        };
        let protects =
            |wanted: &ResourceId| source.and_then(|source| source.parsed_id()).is_some_and(|id| id == *wanted);
        source_type.is_none_or(of_type) && source_id.as_ref().is_none_or(protects)
    });
    instances.sort_by_cached_key(|instance| (instance.id.name().to_lowercase(), instance.id.name().to_owned()));
    Value::object([
        ("id", Value::from(vault.to_string())),
        ("backup_instances", Value::list(instances.iter().map(one_instance))),
    ])
}

/// Whether there is operational backup, and whether there is vaulted backup, as far as the instance tells.
fn kinds_of_backup(instance: &BackupInstance) -> (Option<bool>, Option<bool>) {
    let source_type = instance.data_source.as_ref().and_then(|source| source.datasource_type.as_deref());
    let is = |wanted: &str| source_type.is_some_and(|of| of.eq_ignore_ascii_case(wanted));
    if is(BLOB_SERVICES) {
        let vaulted = instance.names_what_is_vaulted || !instance.containers.is_empty();
        (if vaulted { None } else { Some(true) }, Some(vaulted))
    } else if is(DISKS) {
        (Some(true), Some(false))
    } else if is(KUBERNETES_CLUSTERS) {
        (Some(true), None)
    } else if [DATA_LAKE_BLOB_SERVICES, POSTGRESQL_FLEXIBLE_SERVERS, MYSQL_FLEXIBLE_SERVERS, COSMOSDB_ACCOUNTS]
        .into_iter()
        .any(is)
    {
        (Some(false), Some(true))
    } else {
        (None, None)
    }
}

fn one_instance(instance: &BackupInstance) -> Value {
    let source = instance.data_source.as_ref();
    let set = instance.data_source_set.as_ref();
    let (operational, vaulted) = kinds_of_backup(instance);
    Value::object([
        ("id", Value::from(instance.id.to_string())),
        ("name", instance.id.name().into()),
        ("friendly_name", instance.friendly_name.clone().into()),
        ("data_source_id", source.map(|source| source.resource_id.clone()).into()),
        ("data_source_name", source.and_then(|source| source.resource_name.clone()).into()),
        ("data_source_type", source.and_then(|source| source.datasource_type.clone()).into()),
        ("data_source_location", source.and_then(|source| source.resource_location.clone()).into()),
        ("data_source_set_id", set.map(|set| set.resource_id.clone()).into()),
        ("policy_id", instance.policy_id.clone().into()),
        ("current_protection_state", instance.current_protection_state.clone().into()),
        ("protection_status", instance.protection_status.clone().into()),
        ("protection_error", instance.protection_error.as_ref().map(ToString::to_string).into()),
        ("provisioning_state", instance.provisioning_state.clone().into()),
        ("operational_backup", operational.into()),
        ("vaulted_backup", vaulted.into()),
        ("backup_solution_type", instance.backup_solution_type.clone().into()),
        ("containers", Value::list(instance.containers.iter().map(String::as_str))),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::data_protection::{Datasource, DatasourceKind};
    use crate::azure::error::AzureError;
    use crate::azure::scripted::answer;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
    const ACCOUNT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/shop";
    const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices";

    fn instance(name: &str, source_id: &str, source_type: &str) -> BackupInstance {
        let source = Datasource {
            object_type: DatasourceKind::Datasource,
            resource_id: source_id.into(),
            resource_name: Some("shop".into()),
            resource_type: Some("Microsoft.Storage/storageAccounts".into()),
            datasource_type: Some(source_type.into()),
            resource_location: Some("westeurope".into()),
            resource_uri: None,
        };
        BackupInstance {
            id: BackupVaultId::parse(VAULT).unwrap().instance(name).unwrap(),
            friendly_name: Some("friendly".into()),
            data_source_set: Some(source.as_set()),
            data_source: Some(source),
            policy_id: Some(format!("{VAULT}/backupPolicies/p")),
            containers: vec!["orders".into(), "logs".into()],
            names_what_is_vaulted: true,
            backup_solution_type: None,
            current_protection_state: Some("ProtectionConfigured".into()),
            protection_status: Some("ProtectionConfigured".into()),
            protection_error: Some(AzureError::new("UserErrorMissing", "A role is missing.")),
            provisioning_state: Some("Succeeded".into()),
            identity_details: None,
        }
    }

    fn listed(instances: Vec<BackupInstance>, arguments: &[(&str, Value)]) -> Value {
        found(&BackupVaultId::parse(VAULT).unwrap(), instances, &Value::object(arguments.iter().cloned()))
    }

    fn names(found: &Value) -> Vec<&str> {
        let instances = found.get("backup_instances").as_list().unwrap();
        instances.iter().map(|instance| instance.get("name").as_str().unwrap()).collect()
    }

    #[test]
    fn every_fact_of_an_instance_is_reported() {
        let found = listed(vec![instance("i", ACCOUNT, BLOBS)], &[]);
        let expected = Value::object([
            ("id", Value::from(format!("{VAULT}/backupInstances/i"))),
            ("name", "i".into()),
            ("friendly_name", "friendly".into()),
            ("data_source_id", ACCOUNT.into()),
            ("data_source_name", "shop".into()),
            ("data_source_type", BLOBS.into()),
            ("data_source_location", "westeurope".into()),
            ("data_source_set_id", ACCOUNT.into()),
            ("policy_id", Value::from(format!("{VAULT}/backupPolicies/p"))),
            ("current_protection_state", "ProtectionConfigured".into()),
            ("protection_status", "ProtectionConfigured".into()),
            ("protection_error", "UserErrorMissing: A role is missing.".into()),
            ("provisioning_state", "Succeeded".into()),
            ("operational_backup", Value::Null),
            ("vaulted_backup", true.into()),
            ("backup_solution_type", Value::Null),
            ("containers", Value::list(["orders", "logs"])),
        ]);
        assert_eq!(found.get("backup_instances"), &Value::list([expected]));
        assert_eq!(found.get("id").as_str(), Some(VAULT));
    }

    #[test]
    fn each_workload_says_as_much_of_its_kinds_of_backup_as_is_certain() {
        let of = |source_type: &str, vaulted: bool| {
            let mut instance = instance("i", ACCOUNT, source_type);
            (instance.names_what_is_vaulted, instance.containers) = (vaulted, Vec::new());
            kinds_of_backup(&instance)
        };
        assert_eq!(of(BLOBS, false), (Some(true), Some(false)));
        assert_eq!(of(&BLOBS.to_uppercase(), true), (None, Some(true)));
        assert_eq!(of("Microsoft.Compute/disks", false), (Some(true), Some(false)));
        assert_eq!(of("Microsoft.ContainerService/managedClusters", false), (Some(true), None));
        for vaulted in [
            "Microsoft.Storage/storageAccounts/adlsBlobServices",
            "Microsoft.DBforPostgreSQL/flexibleServers",
            "Microsoft.DBforMySQL/flexibleServers",
            "Microsoft.DocumentDB/databaseAccounts",
        ] {
            assert_eq!(of(vaulted, false), (Some(false), Some(true)), "{vaulted}");
        }
        assert_eq!(of("Microsoft.ElasticSan/elasticSans/volumeGroups", false), (None, None));
    }

    #[test]
    fn instances_are_sorted_by_name_without_case() {
        let instances = ["b", "C", "a"].map(|name| instance(name, ACCOUNT, BLOBS));
        assert_eq!(names(&listed(instances.into(), &[])), ["a", "b", "C"]);
    }

    #[test]
    fn filters_have_no_case_and_leave_out_instances_of_which_nothing_is_known() {
        let disk = ACCOUNT.replace("Microsoft.Storage/storageAccounts/shop", "Microsoft.Compute/disks/d");
        let nothing = BackupInstance { data_source: None, ..instance("n", ACCOUNT, BLOBS) };
        let all =
            || vec![instance("i", ACCOUNT, BLOBS), instance("d", &disk, "Microsoft.Compute/disks"), nothing.clone()];
        assert_eq!(names(&listed(all(), &[("data_source_type", "microsoft.compute/DISKS".into())])), ["d"]);
        assert_eq!(names(&listed(all(), &[("data_source_id", ACCOUNT.to_uppercase().into())])), ["i"]);
        let both = [("data_source_id", ACCOUNT.into()), ("data_source_type", "Microsoft.Compute/disks".into())];
        assert_eq!(names(&listed(all(), &both)), [""; 0]);
        assert_eq!(names(&listed(all(), &[])).len(), 3);
    }

    #[tokio::test]
    async fn an_instance_without_any_facts_fits_the_schema() {
        let page = serde_json::json!({"value": [{"name": "i", "properties": {}}]});
        let (found, asked) = look_up(BackupInstances, vec![answer(200, page)], &[("vault_id", VAULT.into())]).await;
        assert_eq!(names(&found.unwrap()), ["i"]);
        assert_eq!(asked.len(), 1);
    }
}

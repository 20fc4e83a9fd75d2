//! `azurebackup_backup_policies` and `azurebackup_backup_policy`: the backup policies of a Recovery Services vault.

use async_trait::async_trait;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use crate::azure::recovery_services::{BackupPolicy, Filter, RecoveryServicesVaultId, WorkloadType};
use crate::azure::resource_id::segment_of_name;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema, Type};
use crate::tfplugin::validators::{length_between, one_of};
use crate::tfplugin::value::{Path, Value};

/// Lists the policies of a vault.
pub struct BackupPolicies;

/// Reads one policy.
pub struct OneBackupPolicy;

const VAULT: &str = "vault_id";
const WORKLOAD: &str = "workload_type";
const NAME: &str = "name";

fn vault_argument() -> Attribute {
    ids::argument(VAULT, "a Recovery Services vault", ids::RECOVERY_SERVICES_VAULTS, RecoveryServicesVaultId::parse)
        .required()
        .description("The ARM ID of the Recovery Services vault.")
}

/// What is told of a policy, beside its name.
fn results() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        text("id", "The ARM ID of the policy: the `policy_id` of a protected item."),
        text(
            "backup_management_type",
            "`AzureWorkload` (databases in virtual machines), `AzureStorage`, `AzureIaasVM` and others.",
        ),
        text(WORKLOAD, "What it protects, such as `SQLDataBase` or `AzureFileShare`. Null for virtual machines."),
        Attribute::number("protected_items_count").computed().description("How many items it protects."),
        Attribute::list_of("backup_types", Type::String)
            .computed()
            .description("Of databases: the backups that it takes, such as `Full`, `Differential` and `Log`."),
        text("time_zone", "The time zone of its schedules."),
    ]
}

fn facts(policy: &BackupPolicy) -> Vec<(&'static str, Value)> {
    vec![
        ("id", Value::from(policy.id.to_string())),
        (NAME, policy.id.resource_id().decoded_name().into_owned().into()),
        ("backup_management_type", policy.backup_management_type.clone().into()),
        (WORKLOAD, policy.workload_type.clone().into()),
        ("protected_items_count", policy.protected_items_count.map_or(Value::Null, Value::from)),
        ("backup_types", Value::list(policy.backup_types.iter().map(|word| Value::from(word.clone())))),
        ("time_zone", policy.time_zone.clone().into()),
    ]
}

#[async_trait]
impl Lookup for BackupPolicies {
    fn type_name(&self) -> &'static str {
        "azurebackup_backup_policies"
    }

    fn schema(&self) -> Schema {
        let words = WorkloadType::ALL.map(WorkloadType::as_str);
        let quoted = words.map(|word| format!("`{word}`")).join(", ");
        let mut of_each = vec![Attribute::string(NAME).computed().description("The name of the policy.")];
        of_each.extend(results());
        Schema::new(
            "Lists the backup policies of a Recovery Services vault. If no policy fits, the list is empty.",
            vec![
                vault_argument(),
                Attribute::string(WORKLOAD)
                    .optional()
                    .validate(one_of(&words))
                    .description(format!("List only policies for this: {quoted}.")),
                Attribute::string("id").computed().description("The ARM ID of the Recovery Services vault."),
                Attribute::objects("backup_policies", of_each).computed().description("The policies, sorted by name."),
            ],
        )
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let vault = ids::read(request.arguments, VAULT, RecoveryServicesVaultId::parse)?;
        let workload = request.arguments.get(WORKLOAD).as_str().and_then(WorkloadType::read);
        let filter = match workload {
            // A policy of machines has no workload, so nothing more than its world can be asked for.
            Some(workload) => Filter::new().eq("backupManagementType", workload.management_type().as_str()),
            None => Filter::new(),
        };
        let azure = request.connection.recovery_services();
        let mut policies = azure.backup_policies(&vault, &filter, request.deadline).await.map_err(|error| {
            let act = format!("Reading the backup policies of Recovery Services vault {:?}", vault.name());
            Subject { act, noun: "Recovery Services vault", argument: VAULT }.not_read(error)
        })?;
        policies.retain(|policy| workload.is_none_or(|workload| is_for(policy, workload)));
        policies.sort_by_cached_key(|policy| policy.id.resource_id().canonical());
        Ok(Value::object([
            ("id", Value::from(vault.to_string())),
            ("backup_policies", Value::list(policies.iter().map(|policy| Value::object(facts(policy))))),
        ]))
    }
}

/// Whether a policy is for this workload. One of machines does not name it.
fn is_for(policy: &BackupPolicy, workload: WorkloadType) -> bool {
    let is = |own: &Option<String>, word: &str| own.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(word));
    is(&policy.backup_management_type, workload.management_type().as_str())
        && match &policy.workload_type {
            own @ Some(_) => is(own, workload.as_str()),
            None => workload == WorkloadType::Vm,
        }
}

#[async_trait]
impl Lookup for OneBackupPolicy {
    fn type_name(&self) -> &'static str {
        "azurebackup_backup_policy"
    }

    fn schema(&self) -> Schema {
        let mut attributes = vec![
            vault_argument(),
            Attribute::string(NAME)
                .required()
                .validate(length_between(1..=150))
                .description("The name of the policy, such as `HourlyLogBackup`."),
        ];
        attributes.extend(results());
        Schema::new("Reads a backup policy of a Recovery Services vault by its name.", attributes)
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let vault = ids::read(request.arguments, VAULT, RecoveryServicesVaultId::parse)?;
        let name = request.arguments.get(NAME).as_str().unwrap_or_default();
        let id = vault.policy(&segment_of_name(name)).map_err(|error| {
            Diagnostic::error("Invalid value for \"name\"", format!("{error}.")).at(Path::attribute(NAME))
        })?;
        let policy = request.connection.recovery_services().backup_policy(&id, request.deadline).await;
        let policy = policy.map_err(|error| {
            let act = format!("Reading backup policy {name:?} of Recovery Services vault {:?}", vault.name());
            Subject { act, noun: "policy", argument: NAME }.not_read(error)
        })?;
        Ok(Value::object(facts(&policy).into_iter().filter(|(own, _)| *own != NAME)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;

    const VAULT_ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";

    fn policies() -> serde_json::Value {
        let policy = |name: &str, properties: serde_json::Value| json!({"name": name, "properties": properties});
        json!({"value": [
            policy("Weekly", json!({"backupManagementType": "AzureWorkload", "workLoadType": "SQLDataBase"})),
            policy("Hana", json!({"backupManagementType": "AzureWorkload", "workLoadType": "SAPHanaDatabase"})),
            policy("Machines", json!({"backupManagementType": "AzureIaasVM", "timeZone": "UTC"})),
            policy("Hourly", json!({"backupManagementType": "AzureWorkload", "workLoadType": "SQLDataBase",
                "subProtectionPolicy": [{"policyType": "Full"}]})),
        ]})
    }

    async fn names(workload: Option<&str>) -> (Vec<String>, String) {
        let arguments = [(VAULT, VAULT_ID.into()), (WORKLOAD, workload.map(str::to_owned).into())];
        let (found, asked) = look_up(BackupPolicies, vec![answer(200, policies())], &arguments).await;
        let found = found.unwrap();
        let policies = found.get("backup_policies").as_list().unwrap();
        (policies.iter().map(|own| own.get(NAME).as_str().unwrap().to_owned()).collect(), asked[0].clone())
    }

    #[tokio::test]
    async fn policies_are_listed_for_what_they_protect() {
        let (all, asked) = names(None).await;
        assert_eq!(all, ["Hana", "Hourly", "Machines", "Weekly"]);
        assert!(!asked.contains("filter"), "{asked}");
        let (of_databases, asked) = names(Some("SQLDataBase")).await;
        assert_eq!(of_databases, ["Hourly", "Weekly"]);
        assert!(asked.ends_with("$filter=backupManagementType%20eq%20%27AzureWorkload%27"), "{asked}");
        assert_eq!(names(Some("VM")).await.0, ["Machines"]);
        assert_eq!(names(Some("SQLInstance")).await.0, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_policy_of_any_name_is_read_by_it() {
        let body = json!({"properties": {"backupManagementType": "AzureWorkload", "workLoadType": "SQLDataBase"}});
        let arguments = [(VAULT, VAULT_ID.into()), (NAME, "Hourly & 100%".into())];
        let (found, asked) = look_up(OneBackupPolicy, vec![answer(200, body)], &arguments).await;
        assert_eq!(
            found.unwrap().get("id").as_str(),
            Some(&*format!("{VAULT_ID}/backupPolicies/Hourly%20%26%20100%25"))
        );
        assert!(asked[0].contains("/backupPolicies/Hourly%20%26%20100%25?"), "{asked:?}");
        let missing = json!({"error": {"code": "x", "message": "no"}});
        let (refused, _) = look_up(OneBackupPolicy, vec![answer(404, missing)], &arguments).await;
        assert_eq!(refused.unwrap_err().path, Some(Path::attribute(NAME)));
    }
}

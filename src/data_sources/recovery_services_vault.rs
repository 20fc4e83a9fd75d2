//! `azurebackup_recovery_services_vault`: a Recovery Services vault that exists, by its name.

use async_trait::async_trait;

use super::lookup::{Lookup, LookupRequest, Subject};
use crate::azure::expected_id::check_resource_group_name;
use crate::azure::recovery_services::{RecoveryServicesVault, RecoveryServicesVaultId};
use crate::azure::resource_id::segment_of_name;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema, Type};
use crate::tfplugin::validators::{length_between, text_checked_by};
use crate::tfplugin::value::{Path, Value};

/// Reads one vault.
pub struct OneRecoveryServicesVault;

const NAME: &str = "name";
const GROUP: &str = "resource_group_name";

#[async_trait]
impl Lookup for OneRecoveryServicesVault {
    fn type_name(&self) -> &'static str {
        "azurebackup_recovery_services_vault"
    }

    fn schema(&self) -> Schema {
        let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
        let switch = |name: &str, description: &str| Attribute::bool(name).computed().description(description);
        Schema::new(
            "Reads a Recovery Services vault that exists, by its name. Use it to work with a vault that this \
            configuration does not manage.",
            vec![
                Attribute::string(NAME)
                    .required()
                    .validate(length_between(1..=90))
                    .description("The name of the vault."),
                Attribute::string(GROUP).required().validate(text_checked_by(check_resource_group_name)).description(
                    "The name of its resource group, in the subscription of the provider (`subscription_id`).",
                ),
                text("id", "The ARM ID of the vault."),
                text("location", "The Azure region of the vault."),
                text("sku", "`Standard` or `RS0`."),
                text(
                    "storage_mode_type",
                    "How backups are stored: `GeoRedundant`, `LocallyRedundant` or `ZoneRedundant`.",
                ),
                switch("cross_region_restore_enabled", "Whether backups can be restored in the secondary region."),
                switch("soft_delete_enabled", "Whether Azure keeps deleted backups for some days."),
                switch("public_network_access_enabled", "Whether the vault can be reached from public networks."),
                text("immutability", "`Disabled`, `Unlocked` or `Locked`. Null if Azure does not report it."),
                text(
                    "identity_type",
                    "The managed identities of the vault, such as `SystemAssigned`. Null without one.",
                ),
                Attribute::list_of("identity_ids", Type::String)
                    .computed()
                    .description("The ARM IDs of the user-assigned identities."),
                text("identity_principal_id", "The object ID of the system-assigned identity. Null without one."),
                text("identity_tenant_id", "The tenant ID of the system-assigned identity. Null without one."),
                Attribute::map_of("tags", Type::String).computed().description("The tags of the vault."),
            ],
        )
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let text = |name: &str| request.arguments.get(name).as_str().unwrap_or_default();
        let Some(subscription) = &request.connection.subscription_id else {
            return Err(Diagnostic::error(
                "The subscription of the vault is not known",
                "Set `subscription_id` in the provider block, or the variable ARM_SUBSCRIPTION_ID.",
            ));
        };
        let id =
            RecoveryServicesVaultId::new(subscription, &segment_of_name(text(GROUP)), &segment_of_name(text(NAME)));
        let id = id.map_err(|error| {
            Diagnostic::error("Invalid value for \"name\"", format!("{error}.")).at(Path::attribute(NAME))
        })?;
        let azure = request.connection.recovery_services();
        let vault = azure.vault(&id, request.deadline).await.map_err(|error| {
            let act = format!("Reading Recovery Services vault {:?}", text(NAME));
            Subject { act, noun: "vault", argument: NAME }.not_read(error)
        })?;
        Ok(found(&vault))
    }
}

fn found(vault: &RecoveryServicesVault) -> Value {
    let enabled = |word: &Option<String>| {
        word.as_deref().map_or(Value::Null, |word| Value::from(!word.eq_ignore_ascii_case("Disabled")))
    };
    let tags = vault.tags.iter().map(|(name, value)| (name.clone(), Value::from(value.clone())));
    Value::object([
        ("id", Value::from(vault.id.to_string())),
        ("location", vault.location.as_ref().map(|location| location.as_str().to_owned()).into()),
        ("sku", vault.sku.clone().into()),
        ("storage_mode_type", vault.redundancy.clone().into()),
        ("cross_region_restore_enabled", enabled(&vault.cross_region_restore)),
        ("soft_delete_enabled", enabled(&vault.soft_delete_state)),
        ("public_network_access_enabled", enabled(&vault.public_network_access)),
        ("immutability", vault.immutability_state.clone().into()),
        ("identity_type", vault.identity_type.clone().into()),
        ("identity_ids", Value::list(vault.user_assigned_identity_ids.iter().map(|id| Value::from(id.clone())))),
        ("identity_principal_id", vault.principal_id.clone().into()),
        ("identity_tenant_id", vault.tenant_id.clone().into()),
        ("tags", Value::object(tags)),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;

    #[tokio::test]
    async fn a_vault_is_found_by_its_name_and_says_what_azure_says() {
        let body = json!({"location": "westeurope", "sku": {"name": "Standard"}, "tags": {"a": "b"}, "properties": {
            "securitySettings": {"softDeleteSettings": {"softDeleteState": "AlwaysON"}}}});
        let arguments = [(NAME, "v".into()), (GROUP, "my group".into())];
        let (read, asked) = look_up(OneRecoveryServicesVault, vec![answer(200, body)], &arguments).await;
        let read = read.unwrap();
        assert_eq!(read.get("soft_delete_enabled").as_bool(), Some(true));
        assert!(read.get("cross_region_restore_enabled").is_null());
        assert!(
            asked[0].contains("/resourceGroups/my%20group/providers/Microsoft.RecoveryServices/vaults/v?"),
            "{asked:?}"
        );
        let missing = json!({"error": {"code": "ResourceNotFound", "message": "no"}});
        let (refused, _) = look_up(OneRecoveryServicesVault, vec![answer(404, missing)], &arguments).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.path, Some(Path::attribute(NAME)));
        assert_eq!(refused.summary, "Reading Recovery Services vault \"v\": there is no such vault");
    }
}

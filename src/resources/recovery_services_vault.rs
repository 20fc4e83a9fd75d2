//! `azurebackup_recovery_services_vault`: a Recovery Services vault.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;

use super::arguments::resource_id;
use super::canonical;
use super::managed::{self, ID, ManagedChange, ManagedKind, Removal, Work};
use crate::azure::expected_id::check_resource_group_name;
use crate::azure::operation::OperationStart;
use crate::azure::poll::PollResult;
use crate::azure::recovery_services::{
    BackupManagementType, Filter, ImmutabilitySettings, NoMembers, RecoveryServicesVault, RecoveryServicesVaultId,
    RedundancySettings, SecuritySettings, SoftDeleteSettings, VaultIdentity, VaultRequest, VaultSettings, VaultSku,
};
use crate::azure::resource_id::{canonical as canonical_id, is_same, segment_of_name};
use crate::restore::error::RestoreError;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::schema::{Attribute, Schema, Type};
use crate::tfplugin::timeouts::Timeouts;
use crate::tfplugin::validators::{Validator, each, length_between, matches, not_empty, one_of, text_checked_by};
use crate::tfplugin::value::{Path, Value};

/// Makes vaults.
pub struct RecoveryServicesVaultKind;

const NAME: &str = "name";
const GROUP: &str = "resource_group_name";
const LOCATION: &str = "location";
const SKU: &str = "sku";
const TAGS: &str = "tags";
const PUBLIC_ACCESS: &str = "public_network_access_enabled";
const STORAGE: &str = "storage_mode_type";
const CROSS_REGION: &str = "cross_region_restore_enabled";
const SOFT_DELETE: &str = "soft_delete_enabled";
const IMMUTABILITY: &str = "immutability";
const IDENTITY: &str = "identity";
const PRINCIPAL: &str = "identity_principal_id";
const TENANT: &str = "identity_tenant_id";

const DISABLED: &str = "Disabled";
const GEO_REDUNDANT: &str = "GeoRedundant";
const SYSTEM_ASSIGNED: &str = "SystemAssigned";

const DESCRIPTION: &str = "\
    Creates and manages a Recovery Services vault. The arguments are named as those of \
    `azurerm_recovery_services_vault`.\n\n\
    Azure deletes a vault only if it is empty. Before a destroy, protected items must be deleted with their backups, \
    and registered containers unregistered. If soft delete is on, Azure keeps deleted backups for some days, and \
    the vault with them. The error names what is left.\n\n\
    Encryption with your own key, monitoring and cross-subscription restore cannot be set here. What is set \
    elsewhere stays as it is.";

const IMPORT: &str = "\
    An import reads all arguments from Azure. The ID is that of the vault.";

#[async_trait]
impl ManagedKind for RecoveryServicesVaultKind {
    fn type_name(&self) -> &'static str {
        "azurebackup_recovery_services_vault"
    }

    fn schema(&self) -> Schema {
        let rules = [Validator::new(replicates_where_it_restores), Validator::new(identities_fit_their_type)];
        Schema::new(format!("{DESCRIPTION}\n\n{}", managed::TAKES_OVER), attributes()).import(IMPORT).rules(rules)
    }

    fn timeouts(&self) -> Timeouts {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Timeouts { create: minutes(30), update: minutes(30), read: minutes(5), delete: minutes(30) }
    }

    fn thing(&self, object: &Value) -> String {
        format!("Recovery Services vault {:?}", object.get(NAME).as_str().unwrap_or_default())
    }

    async fn create(&self, work: &Work<'_>, planned: &Value) -> Result<Value, RestoreError> {
        let id = id_of(work, planned)?;
        let found = work.azure().vault(&id, &work.deadline).await;
        match found {
            Ok(vault) if vault.provisioned() != Some(Err("Failed")) => {
                return self.take_over(work, &id, planned, vault).await;
            }
            Ok(_) => work.take_over(&id)?,
            Err(error) if error.is_not_found() => check_group(work, planned, &error)?,
            Err(error) => return Err(error.into()),
        }
        let (azure, request) = (work.azure(), request(planned, &everything(planned), None));
        let begun = work.making(&id, azure.create_vault(&id, &request, &work.deadline)).await?;
        self.provisioned(work, &id, begun).await
    }

    async fn read(&self, work: &Work<'_>, state: &Value) -> Result<Option<Value>, RestoreError> {
        let id = parse(state)?;
        match work.azure().vault(&id, &work.deadline).await {
            Ok(vault) => Ok(Some(facts(&vault))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, work: &Work<'_>, change: ManagedChange<'_>) -> Result<Value, RestoreError> {
        let id = parse(change.prior)?;
        let named: Vec<&str> = everything(change.planned).into_iter().filter(|name| change.is_about(name)).collect();
        let request = request(change.planned, &named, Some(change.prior));
        let begun = work.azure().update_vault(&id, &request, &work.deadline).await?;
        self.provisioned(work, &id, begun).await
    }

    async fn delete(&self, work: &Work<'_>, state: &Value, _: Removal) -> Result<(), RestoreError> {
        let id = parse(state)?;
        let attempt = || async {
            let azure = work.azure();
            let begun = azure.delete_vault(&id, &work.deadline).await.map_err(RestoreError::from);
            let ended = match begun {
                Ok(begun) => {
                    let poll = |operation| {
                        let (azure, id) = (azure.clone(), &id);
                        async move { azure.vault_operation(id, &operation, &work.deadline).await }
                    };
                    work.ended(begun, poll).await.map(drop)
                }
                Err(error) => Err(error),
            };
            match ended {
                Err(error) if is_not_empty(&error) => Err(still_in_it(work, &id, error).await),
                other => other,
            }
        };
        work.taken(&NOT_EMPTY, attempt).await?;
        let gone = || async {
            match work.azure().vault(&id, &work.deadline).await {
                Ok(_) => Ok(PollResult::Pending { note: "Deleting".to_owned(), retry_after: None }),
                Err(error) if error.is_not_found() => Ok(PollResult::Ready(())),
                Err(error) => Err(error),
            }
        };
        work.wait_for(gone).await
    }

    fn identify(&self, id: &str) -> Result<Value, String> {
        let id = RecoveryServicesVaultId::parse(id).map_err(|_| {
            "The ID of a vault is needed: `/subscriptions/…/resourceGroups/…/providers/\
             Microsoft.RecoveryServices/vaults/NAME`."
                .to_owned()
        })?;
        let group = id.resource_id().resource_group().unwrap_or_default();
        Ok(Value::object([(ID, id.to_string()), (NAME, id.name().to_owned()), (GROUP, group.to_owned())]))
    }

    fn means_the_same(&self, argument: &Attribute, one: &Value, other: &Value) -> bool {
        match argument.name.as_str() {
            TAGS => managed::or_empty(one) == managed::or_empty(other),
            IDENTITY => identity_form(one) == identity_form(other),
            _ => argument.canonical_form(one) == argument.canonical_form(other),
        }
    }

    fn changed_results(&self, prior: &Value, planned: &Value) -> Vec<&'static str> {
        if prior.get(IDENTITY) == planned.get(IDENTITY) { Vec::new() } else { vec![PRINCIPAL, TENANT] }
    }
}

impl RecoveryServicesVaultKind {
    /// An interrupted apply may have made it. Then it is as configured and empty; any other vault is somebody's.
    async fn take_over(
        &self,
        work: &Work<'_>,
        id: &RecoveryServicesVaultId,
        planned: &Value,
        vault: RecoveryServicesVault,
    ) -> Result<Value, RestoreError> {
        let differing = managed::differing(self, planned, &facts(&vault));
        let why = if !differing.is_empty() {
            let names: Vec<String> = differing.iter().map(|name| format!("`{name}`")).collect();
            format!("It has another {} than this configuration", names.join(" and another "))
        } else {
            match contents(work, id).await?.into_iter().next() {
                Some(something) => format!("It is in use: it has {something}"),
                None => {
                    work.take_over(id)?;
                    let nothing_begun = OperationStart::Done(serde_json::Value::Null);
                    let facts = self.provisioned(work, id, nothing_begun).await?;
                    work.warn(managed::taken_over(&format!("Recovery Services vault {:?}", id.name())));
                    return Ok(facts);
                }
            }
        };
        Err(RestoreError::wrong(
            NAME,
            format!(
                "A vault of this name exists. {why}. To manage it with this configuration, import it: `terraform \
                import {}.NAME {id}`. To use it without managing it, write a data source of the same type.",
                self.type_name()
            ),
        ))
    }

    /// The facts once Azure is done with it.
    async fn provisioned(
        &self,
        work: &Work<'_>,
        id: &RecoveryServicesVaultId,
        begun: OperationStart<serde_json::Value>,
    ) -> Result<Value, RestoreError> {
        let azure = work.azure();
        let poll = |operation| {
            let azure = azure.clone();
            async move { azure.vault_operation(id, &operation, &work.deadline).await }
        };
        work.ended(begun, poll).await?;
        let azure = work.azure();
        let vault = azure.vault(id, &work.deadline).await?;
        let ended = |vault: &RecoveryServicesVault| vault.provisioned().map(|ended| ended.map_err(str::to_owned));
        let (vault, ended) = match ended(&vault) {
            Some(ended) => (vault, ended),
            None => {
                let look = || async {
                    let vault = azure.vault(id, &work.deadline).await?;
                    let note = vault.provisioning_state.clone().unwrap_or_default();
                    Ok(match ended(&vault) {
                        Some(ended) => PollResult::Ready((vault, ended)),
                        None => PollResult::Pending { note, retry_after: None },
                    })
                };
                work.wait_for(look).await?
            }
        };
        match ended {
            Ok(()) => Ok(facts(&vault)),
            Err(word) => Err(RestoreError::wrong(
                NAME,
                format!(
                    "Azure gave up with the provisioning state \"{word}\", and no reason. Look at the vault's \
                    activity log."
                ),
            )),
        }
    }
}

fn attributes() -> Vec<Attribute> {
    let computed = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        Attribute::string(NAME)
            .required()
            .requires_replace()
            .canonical(canonical::id)
            .validate(matches("the name of a Recovery Services vault", is_vault_name))
            .description(
                "The name of the vault: 2 to 50 letters, digits and hyphens, with a letter first. Changing this \
                creates a new vault.",
            ),
        Attribute::string(GROUP)
            .required()
            .requires_replace()
            .canonical(canonical::id)
            .validate(text_checked_by(check_resource_group_name))
            .description(
                "The name of the resource group, in the subscription of the provider (`subscription_id`). Changing \
                this creates a new vault.",
            ),
        Attribute::string(LOCATION)
            .required()
            .requires_replace()
            .canonical(canonical::region)
            .validate(length_between(1..=90))
            .description(
                "The Azure region, such as `westeurope`. A vault protects resources of its own region. Changing this \
                 creates a new vault.",
            ),
        Attribute::string(SKU)
            .default("Standard")
            .updates_in_place()
            .validate(one_of(&["Standard", "RS0"]))
            .description("`Standard` or `RS0`. They do not differ in what they offer. Default: `Standard`."),
        Attribute::bool(PUBLIC_ACCESS)
            .default(true)
            .updates_in_place()
            .description("Whether the vault can be reached from public networks. Default: `true`."),
        Attribute::string(STORAGE)
            .default(GEO_REDUNDANT)
            .updates_in_place()
            .validate(one_of(&[GEO_REDUNDANT, "LocallyRedundant", "ZoneRedundant"]))
            .description(
                "How backups are stored: `GeoRedundant`, `LocallyRedundant` or `ZoneRedundant`. Azure refuses a \
                change once the vault has backups. Default: `GeoRedundant`.",
            ),
        Attribute::bool(CROSS_REGION).default(false).updates_in_place().description(
            "Whether backups can be restored in the secondary region. Needs `storage_mode_type = \"GeoRedundant\"`. \
             Default: `false`.",
        ),
        Attribute::bool(SOFT_DELETE).default(true).updates_in_place().description(
            "Whether Azure keeps deleted backups for some days. Azure takes some minutes to apply a change, and does \
            not allow `false` everywhere. Default: `true`.",
        ),
        Attribute::string(IMMUTABILITY)
            .default(DISABLED)
            .updates_in_place()
            .validate(one_of(&[DISABLED, "Unlocked", "Locked"]))
            .description(
                "Whether backups are protected from deletion before they expire: `Disabled`, `Unlocked` or `Locked`. \
                 `Locked` cannot be taken back. Default: `Disabled`.",
            ),
        Attribute::object(
            IDENTITY,
            vec![
                Attribute::string("type")
                    .required()
                    .updates_in_place()
                    .validate(one_of(&[SYSTEM_ASSIGNED, "UserAssigned", "SystemAssigned, UserAssigned"]))
                    .description("`SystemAssigned`, `UserAssigned` or `SystemAssigned, UserAssigned`."),
                Attribute::list_of("identity_ids", Type::String)
                    .optional()
                    .updates_in_place()
                    .validate(not_empty(
                        "To have no user-assigned identity, set `identity_ids` to `null` or remove it.",
                    ))
                    .validate(each(text_checked_by(is_identity)))
                    .description("The ARM IDs of user-assigned identities. Needed with `UserAssigned`."),
            ],
        )
        .optional()
        .updates_in_place()
        .description("The managed identities of the vault. If it is not set, the vault has none."),
        Attribute::map_of(TAGS, Type::String).optional().updates_in_place().description("The tags of the vault."),
        computed(ID, "The ARM ID of the vault: the `vault_id` of other resources."),
        computed(PRINCIPAL, "The object ID of the system-assigned identity, for role assignments. Null without one."),
        computed(TENANT, "The tenant ID of the system-assigned identity. Null without one."),
    ]
}

fn is_vault_name(name: &str) -> Result<(), String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let ends_well = name.ends_with(|last: char| last.is_ascii_alphanumeric());
    let fits = (2..=50).contains(&name.chars().count()) && name.chars().all(plain) && ends_well;
    if fits && name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        Ok(())
    } else {
        Err("it needs 2 to 50 letters, digits and hyphens, with a letter first and no hyphen at the end".to_owned())
    }
}

fn is_identity(text: &str) -> Result<(), String> {
    let (what, of_type) = ("a user-assigned identity", "Microsoft.ManagedIdentity/userAssignedIdentities");
    resource_id::expected("identity_ids", what, of_type).check(text, |_| true)
}

fn replicates_where_it_restores(config: &Value, _: &Path) -> Diagnostics {
    let storage = config.get(STORAGE).as_str().filter(|storage| *storage != GEO_REDUNDANT);
    match storage.filter(|_| config.get(CROSS_REGION).as_bool() == Some(true)) {
        None => Diagnostics::new(),
        Some(storage) => {
            let text = format!(
                "`{STORAGE}` is {storage:?}: the vault has no copies in another region. Set it to {GEO_REDUNDANT:?}, or \
                 leave `{CROSS_REGION}` out."
            );
            Diagnostic::error("Cross-region restore needs geo-redundant storage", text)
                .at(Path::attribute(CROSS_REGION))
                .into()
        }
    }
}

fn identities_fit_their_type(config: &Value, _: &Path) -> Diagnostics {
    let identity = config.get(IDENTITY);
    let (identity_type, ids) = (identity.get("type"), identity.get("identity_ids"));
    let Some(identity_type) = identity_type.as_str().filter(|_| !ids.is_unknown()) else { return Diagnostics::new() };
    let (summary, text) = match (identity_type == SYSTEM_ASSIGNED, ids.is_null()) {
        (true, false) => (
            "User-assigned identities are not used",
            "`type` is \"SystemAssigned\". Set it to \"SystemAssigned, UserAssigned\", or remove `identity_ids`.",
        ),
        (false, true) => (
            "The user-assigned identity is missing",
            "With this `type`, set `identity_ids` to the ARM IDs of the identities.",
        ),
        _ => return Diagnostics::new(),
    };
    Diagnostic::error(summary, text).at(Path::attribute(IDENTITY)).into()
}

/// Neither the order of identities nor the case of their ids has a meaning.
fn identity_form(identity: &Value) -> (Option<String>, Vec<String>) {
    let ids = identity.get("identity_ids").as_list().unwrap_or_default();
    let mut ids: Vec<String> = ids.iter().filter_map(Value::as_str).map(canonical_id).collect();
    ids.sort();
    (identity.get("type").as_str().map(str::to_owned), ids)
}

fn id_of(work: &Work<'_>, planned: &Value) -> Result<RecoveryServicesVaultId, RestoreError> {
    let text = |name: &str| segment_of_name(planned.get(name).as_str().unwrap_or_default());
    let Some(subscription) = &work.connection.subscription_id else {
        return Err(RestoreError::wrong(
            GROUP,
            "The subscription of the vault is not known. Set `subscription_id` in the provider block, or the \
             variable ARM_SUBSCRIPTION_ID.",
        ));
    };
    RecoveryServicesVaultId::new(subscription, &text(GROUP), &text(NAME))
        .map_err(|error| RestoreError::wrong(NAME, format!("It is not the name of a vault: {error}.")))
}

fn parse(state: &Value) -> Result<RecoveryServicesVaultId, RestoreError> {
    let text = state.get(ID).as_str().unwrap_or_default();
    RecoveryServicesVaultId::parse(text)
        .map_err(|error| RestoreError::wrong(ID, format!("The ID in the state is not one of a vault: {error}.")))
}

/// A missing group is its argument's fault, not the vault's.
fn check_group(work: &Work<'_>, planned: &Value, error: &crate::azure::error::ArmError) -> Result<(), RestoreError> {
    let said = error.refusal().map(|refusal| refusal.error.code.as_str()).unwrap_or_default();
    if !is_same(said, "ResourceGroupNotFound") {
        return Ok(());
    }
    let (group, subscription) = (planned.get(GROUP).as_str().unwrap_or_default(), &work.connection.subscription_id);
    let subscription = subscription.as_deref().unwrap_or_default();
    Err(RestoreError::wrong(
        GROUP,
        format!("The resource group {group:?} does not exist in subscription {subscription}. Create it first."),
    ))
}

/// The arguments that a request can name.
fn everything(planned: &Value) -> Vec<&'static str> {
    let always = [SKU, TAGS, PUBLIC_ACCESS, STORAGE, CROSS_REGION, SOFT_DELETE, IMMUTABILITY, IDENTITY];
    always.into_iter().filter(|name| !planned.get(name).is_unknown()).collect()
}

/// The body that sets the arguments `named`; without `prior`, of a new vault.
fn request(planned: &Value, named: &[&str], prior: Option<&Value>) -> VaultRequest {
    let names = |name: &str| named.contains(&name);
    let text = |name: &str| planned.get(name).as_str().map(str::to_owned);
    let switch = |name: &str| if planned.get(name).as_bool().unwrap_or_default() { "Enabled" } else { DISABLED };
    let is_new = prior.is_none();
    // What a new vault has by itself is not said: where Azure insists on more, it would be refused.
    let soft_delete = names(SOFT_DELETE) && !(is_new && switch(SOFT_DELETE) == "Enabled");
    // That it is off goes without saying of a new vault.
    let immutability = text(IMMUTABILITY).filter(|state| names(IMMUTABILITY) && !(is_new && state == DISABLED));
    let security = SecuritySettings {
        soft_delete_settings: soft_delete.then(|| SoftDeleteSettings { soft_delete_state: switch(SOFT_DELETE) }),
        immutability_settings: immutability.map(|state| ImmutabilitySettings { state }),
    };
    let tags = || -> BTreeMap<String, String> {
        let tags = planned.get(TAGS).as_map().into_iter().flatten();
        tags.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
    };
    let tags = names(TAGS).then(tags).filter(|tags| !(is_new && tags.is_empty()));
    VaultRequest {
        location: text(LOCATION).filter(|_| is_new),
        sku: text(SKU).filter(|_| names(SKU)).map(|name| VaultSku { name }),
        tags,
        identity: names(IDENTITY).then(|| identity(planned, prior)).flatten(),
        properties: VaultSettings {
            public_network_access: names(PUBLIC_ACCESS).then(|| switch(PUBLIC_ACCESS)),
            redundancy_settings: (names(STORAGE) || names(CROSS_REGION)).then(|| RedundancySettings {
                standard_tier_storage_redundancy: text(STORAGE).unwrap_or_default(),
                cross_region_restore: switch(CROSS_REGION),
            }),
            security_settings: Some(security).filter(|security| *security != SecuritySettings::default()),
        },
    }
}

/// The identities that are wanted, and those that are to go. None if there are none and never were.
fn identity(planned: &Value, prior: Option<&Value>) -> Option<VaultIdentity> {
    let ids = |object: &Value| -> Vec<String> {
        let ids = object.get(IDENTITY).get("identity_ids").as_list().unwrap_or_default();
        ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect()
    };
    let wanted = ids(planned);
    let Some(identity_type) = planned.get(IDENTITY).get("type").as_str() else {
        let none = VaultIdentity { identity_type: "None".to_owned(), user_assigned_identities: BTreeMap::new() };
        return prior.is_some_and(|prior| !prior.get(IDENTITY).is_null()).then_some(none);
    };
    let kept = |id: &String| !wanted.iter().any(|wanted| is_same(wanted, id));
    let gone: Vec<String> = prior.map(ids).unwrap_or_default().into_iter().filter(kept).collect();
    let user_assigned_identities =
        (wanted.into_iter().map(|id| (id, Some(NoMembers {})))).chain(gone.into_iter().map(|id| (id, None))).collect();
    Some(VaultIdentity { identity_type: identity_type.to_owned(), user_assigned_identities })
}

fn facts(vault: &RecoveryServicesVault) -> Value {
    let enabled =
        |word: &Option<String>| word.as_deref().map(|word| Value::from(!word.eq_ignore_ascii_case("Disabled")));
    let mut facts = vec![
        (ID, Value::from(vault.id.to_string())),
        (PRINCIPAL, vault.principal_id.clone().into()),
        (TENANT, vault.tenant_id.clone().into()),
        (IDENTITY, identity_fact(vault)),
    ];
    let tags = vault.tags.iter().map(|(name, value)| (name.clone(), Value::from(value.clone())));
    facts.push((TAGS, if vault.tags.is_empty() { Value::Null } else { Value::object(tags) }));
    let told = [
        (LOCATION, vault.location.as_ref().map(|location| Value::from(location.as_str().to_owned()))),
        (SKU, vault.sku.clone().map(Value::from)),
        (PUBLIC_ACCESS, enabled(&vault.public_network_access)),
        (STORAGE, vault.redundancy.clone().map(Value::from)),
        (CROSS_REGION, enabled(&vault.cross_region_restore)),
        (SOFT_DELETE, enabled(&vault.soft_delete_state)),
        (IMMUTABILITY, vault.immutability_state.clone().map(Value::from)),
    ];
    facts.extend(told.into_iter().filter_map(|(name, fact)| Some((name, fact?))));
    Value::object(facts)
}

fn identity_fact(vault: &RecoveryServicesVault) -> Value {
    let Some(identity_type) = &vault.identity_type else { return Value::Null };
    let ids = vault.user_assigned_identity_ids.iter().map(|id| Value::from(id.clone()));
    let ids = if vault.user_assigned_identity_ids.is_empty() { Value::Null } else { Value::list(ids) };
    Value::object([("type", Value::from(identity_type.clone())), ("identity_ids", ids)])
}

/// Codes with which Azure refuses to delete a vault that is not empty. It may have been emptied a moment ago.
const NOT_EMPTY: [&str; 2] =
    ["ServiceResourceNotEmptyWithBackendMessage", "ServiceResourceNotEmptyWithContainerDetails"];

fn is_not_empty(error: &RestoreError) -> bool {
    error.azure().is_some_and(|said| NOT_EMPTY.iter().any(|code| said.has_code(code)))
}

/// The refusal, or what is in the way if it can be seen: then no waiting helps.
async fn still_in_it(work: &Work<'_>, id: &RecoveryServicesVaultId, refusal: RestoreError) -> RestoreError {
    match contents(work, id).await {
        Ok(contents) if !contents.is_empty() => RestoreError::wrong(
            ID,
            format!(
                "Azure deletes a vault only if it is empty, and it still has {}. Delete protected items with their \
                 backups in the portal. Or write their `azurebackup_protected_vm_sql_database` with \
                 `delete_backups_on_destroy = true` again, apply, and destroy it. Unregister containers. Soft-deleted \
                 items stay \
                 for the days that soft delete keeps them, unless soft delete is off: set `soft_delete_enabled = \
                 false`, undelete them, and delete them again.",
                contents.join(", ")
            ),
        ),
        _ => refusal,
    }
}

/// What is in a vault, in words.
async fn contents(work: &Work<'_>, id: &RecoveryServicesVaultId) -> Result<Vec<String>, RestoreError> {
    let azure = work.azure();
    let mut found = Vec::new();
    for item in azure.protected_items(id, &Filter::new(), &work.deadline).await? {
        let name = item.friendly_name.unwrap_or_else(|| item.id.resource_id().decoded_name().into_owned());
        let deleted = if item.is_soft_deleted { "the soft-deleted item" } else { "the protected item" };
        found.push(format!("{deleted} {name:?}"));
    }
    for of in BackupManagementType::ALL {
        for container in azure.registered_containers(id, of, &work.deadline).await? {
            found.push(format!("the registered container {:?}", container.id.resource_id().decoded_name()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn planned(more: &[(&str, Value)]) -> Value {
        let mut object = RecoveryServicesVaultKind.schema().null_object();
        let own = [
            (NAME, Value::from("v")),
            (GROUP, "g".into()),
            (LOCATION, "westeurope".into()),
            (SKU, "Standard".into()),
            (PUBLIC_ACCESS, true.into()),
            (STORAGE, "GeoRedundant".into()),
            (CROSS_REGION, false.into()),
            (SOFT_DELETE, true.into()),
        ];
        for (name, value) in own.into_iter().chain(more.iter().cloned()) {
            object.set(name, value);
        }
        object
    }

    fn body(planned: &Value, prior: Option<&Value>) -> serde_json::Value {
        let named: Vec<&str> = everything(planned)
            .into_iter()
            .filter(|name| prior.is_none_or(|prior| prior.get(name) != planned.get(name)))
            .collect();
        serde_json::to_value(request(planned, &named, prior)).unwrap()
    }

    #[test]
    fn a_new_vault_is_sent_with_all_that_is_not_its_own_way() {
        let expected = json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {
            "publicNetworkAccess": "Enabled",
            "redundancySettings": {"standardTierStorageRedundancy": "GeoRedundant", "crossRegionRestore": "Disabled"}}});
        assert_eq!(body(&planned(&[]), None), expected);
        assert_eq!(body(&planned(&[(IMMUTABILITY, DISABLED.into())]), None), expected);
        let identity = Value::object([("type", Value::from("UserAssigned")), ("identity_ids", Value::list(["/i"]))]);
        let more = [
            (SOFT_DELETE, false.into()),
            (IMMUTABILITY, "Unlocked".into()),
            (TAGS, Value::object([("a", "b")])),
            (IDENTITY, identity),
        ];
        let body = body(&planned(&more), None);
        assert_eq!(
            body["properties"]["securitySettings"],
            json!({"softDeleteSettings": {"softDeleteState": "Disabled"}, "immutabilitySettings": {"state": "Unlocked"}})
        );
        assert_eq!(body["tags"], json!({"a": "b"}));
        assert_eq!(body["identity"], json!({"type": "UserAssigned", "userAssignedIdentities": {"/i": {}}}));
    }

    #[test]
    fn a_change_names_nothing_but_what_changes() {
        let identity = |kind: &str, ids: &[&str]| {
            (IDENTITY, Value::object([("type", Value::from(kind)), ("identity_ids", Value::list(ids.iter().copied()))]))
        };
        let before = planned(&[(TAGS, Value::object([("a", "b")])), identity("UserAssigned", &["/i", "/j"])]);
        let after = planned(&[(SOFT_DELETE, false.into()), identity("UserAssigned", &["/J", "/k"])]);
        assert_eq!(
            body(&after, Some(&before)),
            json!({"tags": {}, "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/J": {}, "/i": null, "/k": {}}},
                "properties": {"securitySettings": {"softDeleteSettings": {"softDeleteState": "Disabled"}}}})
        );
        let (kept, off) = (planned(&[(IMMUTABILITY, "Unlocked".into())]), planned(&[(IMMUTABILITY, DISABLED.into())]));
        assert_eq!(
            body(&off, Some(&kept)),
            json!({"properties": {"securitySettings": {"immutabilitySettings": {"state": "Disabled"}}}})
        );
        let gone = planned(&[(TAGS, Value::object([("a", "b")]))]);
        assert_eq!(body(&gone, Some(&before)), json!({"identity": {"type": "None"}, "properties": {}}));
        let redundancy = planned(&[(CROSS_REGION, true.into())]);
        let expected = json!({"standardTierStorageRedundancy": "GeoRedundant", "crossRegionRestore": "Enabled"});
        assert_eq!(body(&redundancy, Some(&planned(&[])))["properties"]["redundancySettings"], expected);
    }

    #[test]
    fn what_cannot_go_together_is_an_error_on_the_argument() {
        let said = |more: &[(&str, Value)]| {
            let mut config = planned(more);
            config.set(NAME, "fresh");
            let found = RecoveryServicesVaultKind.schema().validate_config(&config);
            found
                .iter()
                .map(|error| format!("{} {}", error.path.clone().unwrap_or_default(), error.summary))
                .collect::<Vec<_>>()
        };
        let identity =
            |kind: &str, ids: Value| (IDENTITY, Value::object([("type", Value::from(kind)), ("identity_ids", ids)]));
        let ids = || {
            let group = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers";
            Value::list([format!("{group}/Microsoft.ManagedIdentity/userAssignedIdentities/i")])
        };
        let crr = (CROSS_REGION, Value::from(true));
        for fine in [
            vec![crr.clone()],
            vec![crr.clone(), (STORAGE, Value::unknown())],
            vec![crr.clone(), (STORAGE, Value::Null)],
            vec![(STORAGE, "ZoneRedundant".into())],
            vec![identity("SystemAssigned", Value::Null)],
            vec![identity("UserAssigned", Value::unknown())],
            vec![identity("UserAssigned", ids())],
            vec![identity("SystemAssigned, UserAssigned", ids())],
        ] {
            assert_eq!(said(&fine), Vec::<String>::new(), "{fine:?}");
        }
        for (wrong, error) in [
            (
                vec![crr, (STORAGE, "LocallyRedundant".into())],
                "cross_region_restore_enabled Cross-region restore needs geo-redundant storage",
            ),
            (vec![identity("SystemAssigned", ids())], "identity User-assigned identities are not used"),
            (vec![identity("UserAssigned", Value::Null)], "identity The user-assigned identity is missing"),
            (
                vec![identity("SystemAssigned, UserAssigned", Value::Null)],
                "identity The user-assigned identity is missing",
            ),
        ] {
            assert_eq!(said(&wrong), [error], "{wrong:?}");
        }
    }

    #[test]
    fn nothing_is_lost_with_an_empty_vault_so_its_removal_warns_of_nothing() {
        for removal in [Removal::Destroy, Removal::Replacement] {
            assert!(RecoveryServicesVaultKind.warning_of_removal(&planned(&[]), removal).is_none());
        }
    }

    #[test]
    fn names_that_azure_refuses_are_refused_here() {
        for name in ["v1", "contoso-recovery", &"a".repeat(50)] {
            assert_eq!(is_vault_name(name), Ok(()), "{name}");
        }
        for name in ["v", "1v", "v-", "v_1", "", &"a".repeat(51)] {
            assert!(is_vault_name(name).is_err(), "{name}");
        }
    }
}

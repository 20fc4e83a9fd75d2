//! From the arguments of a cluster restore to the target that Azure takes.

use std::collections::BTreeMap;

use super::{
    Arguments, CLUSTER_SCOPE_RESOURCES, NamespacedReference, TARGET, USUAL_CONFLICT_POLICY, USUAL_VOLUME_MODE,
};
use crate::azure::data_protection::{
    DataStore, Datasource, KUBERNETES_CLUSTERS, KubernetesClusterCriteria, KubernetesClusterVaultTierCriteria,
    NamespacedName, RecoveryOption, RestoreCriterion, RestoreTargetInfo,
};
use crate::azure::resource_id::ResourceId;
use crate::resources::backup_vault::TargetContext;
use crate::resources::given::{NotGiven, Scope, elements, optional, required, required_text, texts};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::tfplugin::model::Attr;

/// `resourceType` in the writing of Azure's own command line, which is not that of `datasourceType`.
const RESOURCE_TYPE: &str = "Microsoft.ContainerService/managedclusters";

/// Which cluster, and what of the backup (REST: Backup Instances - Trigger Restore, api-version 2026-06-01;
/// `KubernetesClusterRestoreCriteria` and `KubernetesClusterVaultTierRestoreCriteria`).
///
/// Always item level with one criterion, whose kind follows from the store; a cluster is its own set. What Azure would
/// fill in by itself is sent, as its command line does.
pub(super) fn target(arguments: &Arguments, place: TargetContext<'_>) -> Result<RestoreTargetInfo, RestoreError> {
    let cluster = cluster(arguments, place)?;
    let datasource_info =
        Datasource::target(&cluster, RESOURCE_TYPE, KUBERNETES_CLUSTERS, place.location).with_resource_uri();
    let criteria = criteria(arguments)?;
    let criterion = if place.data_store == DataStore::VaultStore {
        RestoreCriterion::KubernetesClusterVaultTier(KubernetesClusterVaultTierCriteria {
            cluster: criteria,
            staging_resource_group_id: Some(staging(
                "staging_resource_group_id",
                &arguments.staging_resource_group_id,
            )?),
            staging_storage_account_id: Some(staging(
                "staging_storage_account_id",
                &arguments.staging_storage_account_id,
            )?),
        })
    } else {
        RestoreCriterion::KubernetesCluster(criteria)
    };
    Ok(RestoreTargetInfo::ItemLevel {
        recovery_option: RecoveryOption::FailIfExists,
        restore_location: place.location.to_string(),
        restore_criteria: vec![criterion],
        datasource_set_info: Some(datasource_info.as_set()),
        datasource_info,
    })
}

fn cluster(arguments: &Arguments, place: TargetContext<'_>) -> Result<ResourceId, RestoreError> {
    if let Some(id) = optional(&arguments.target_cluster_id, TARGET)? {
        return ResourceId::parse(id).map_err(|error| RestoreError::wrong(TARGET, error.to_string()));
    }
    let secondary = optional(&arguments.secondary_region, "secondary_region")?.copied().unwrap_or(false);
    place.source.filter(|_| !secondary).cloned().ok_or_else(|| {
        let text =
            "The cluster to restore into is not named, and the original one is not known or lies in another region.";
        RestoreError::wrong(TARGET, text)
    })
}

fn staging(argument: &'static str, id: &Attr<String>) -> Result<String, RestoreError> {
    let text = "A restore from `VaultStore` needs a place for the data on its way out of the vault.";
    id.as_str().map(str::to_owned).ok_or_else(|| RestoreError::wrong(argument, text))
}

/// What of the backup is restored and how: the one value of which the plan's warning and the request are made.
///
/// # Errors
/// [`NotGiven`] on the argument that is empty where that would mean everything, or holds something null or unknown.
pub(super) fn criteria(arguments: &Arguments) -> Result<KubernetesClusterCriteria, NotGiven> {
    let only = |list, name: &str| Scope::of_texts(list, name).map(Scope::into_request);
    let cluster_scope = optional(&arguments.include_cluster_scope_resources, "include_cluster_scope_resources")?;
    let modifier = optional(&arguments.resource_modifier_reference, "resource_modifier_reference")?;
    Ok(KubernetesClusterCriteria {
        include_cluster_scope_resources: cluster_scope.copied().unwrap_or(CLUSTER_SCOPE_RESOURCES),
        included_namespaces: only(&arguments.included_namespaces, "included_namespaces")?,
        excluded_namespaces: texts(&arguments.excluded_namespaces, "excluded_namespaces")?,
        included_resource_types: only(&arguments.included_resource_types, "included_resource_types")?,
        excluded_resource_types: texts(&arguments.excluded_resource_types, "excluded_resource_types")?,
        label_selectors: only(&arguments.label_selectors, "label_selectors")?,
        persistent_volume_restore_mode: Some(or(
            &arguments.persistent_volume_restore_mode,
            "persistent_volume_restore_mode",
            USUAL_VOLUME_MODE,
        )?),
        conflict_policy: Some(or(&arguments.conflict_policy, "conflict_policy", USUAL_CONFLICT_POLICY)?),
        namespace_mappings: mappings(&arguments.namespace_mappings)?,
        restore_hook_references: elements(&arguments.restore_hook_references, "restore_hook_references", named)?,
        resource_modifier_reference: modifier
            .map(|modifier| named(modifier, "resource_modifier_reference".into()))
            .transpose()?,
    })
}

fn or(word: &Attr<String>, argument: &str, usual: &str) -> Result<String, NotGiven> {
    Ok(optional(word, argument)?.map_or(usual, String::as_str).to_owned())
}

fn named(reference: &NamespacedReference, at: ArgumentPath) -> Result<NamespacedName, NotGiven> {
    let text = |text, name: &str| required_text(text, at.clone().member(name)).map(str::to_owned);
    Ok(NamespacedName { name: text(&reference.name, "name")?, namespace: text(&reference.namespace, "namespace")? })
}

/// A namespace that keeps its name needs no mapping.
fn mappings(map: &Attr<BTreeMap<String, Attr<String>>>) -> Result<BTreeMap<String, String>, NotGiven> {
    let mut mappings = BTreeMap::new();
    let argument = ArgumentPath::from("namespace_mappings");
    for (from, to) in optional(map, argument.clone())?.into_iter().flatten() {
        let to = required(to, argument.clone().member(from))?;
        if from != to {
            mappings.insert(from.clone(), to.clone());
        }
    }
    Ok(mappings)
}

#[cfg(test)]
mod tests;

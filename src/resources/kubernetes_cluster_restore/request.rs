//! From the arguments of a cluster restore to the target that Azure takes.

use std::collections::BTreeMap;

use super::{Arguments, CLUSTER_SCOPE_RESOURCES, NamespacedReference, USUAL_CONFLICT_POLICY, USUAL_VOLUME_MODE};
use crate::azure::data_protection::{
    DataStore, Datasource, KUBERNETES_CLUSTERS, KubernetesClusterCriteria, KubernetesClusterVaultTierCriteria,
    NamespacedName, RecoveryOption, RestoreCriterion, RestoreTargetInfo,
};
use crate::azure::resource_id::ResourceId;
use crate::resources::backup_vault::TargetContext;
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
    if let Some(id) = arguments.target_cluster_id.as_str() {
        return ResourceId::parse(id).map_err(|error| RestoreError::wrong("target_cluster_id", error.to_string()));
    }
    let original = place.source.filter(|_| arguments.secondary_region.known() != Some(&true));
    original.cloned().ok_or_else(|| {
        let text =
            "The cluster to restore into is not named, and the original one is not known or lies in another region.";
        RestoreError::wrong("target_cluster_id", text)
    })
}

fn staging(argument: &'static str, id: &Attr<String>) -> Result<String, RestoreError> {
    let text = "A restore from `VaultStore` needs a place for the data on its way out of the vault.";
    id.as_str().map(str::to_owned).ok_or_else(|| RestoreError::wrong(argument, text))
}

fn criteria(arguments: &Arguments) -> Result<KubernetesClusterCriteria, RestoreError> {
    Ok(KubernetesClusterCriteria {
        include_cluster_scope_resources: arguments
            .include_cluster_scope_resources
            .known()
            .copied()
            .unwrap_or(CLUSTER_SCOPE_RESOURCES),
        included_namespaces: texts("included_namespaces", &arguments.included_namespaces)?,
        excluded_namespaces: texts("excluded_namespaces", &arguments.excluded_namespaces)?,
        included_resource_types: texts("included_resource_types", &arguments.included_resource_types)?,
        excluded_resource_types: texts("excluded_resource_types", &arguments.excluded_resource_types)?,
        label_selectors: texts("label_selectors", &arguments.label_selectors)?,
        persistent_volume_restore_mode: Some(or(&arguments.persistent_volume_restore_mode, USUAL_VOLUME_MODE)),
        conflict_policy: Some(or(&arguments.conflict_policy, USUAL_CONFLICT_POLICY)),
        namespace_mappings: mappings(&arguments.namespace_mappings)?,
        restore_hook_references: arguments
            .restore_hook_references
            .known()
            .into_iter()
            .flatten()
            .map(|hook| hook.known().map(named).ok_or_else(|| missing("restore_hook_references")))
            .collect::<Result<_, _>>()?,
        resource_modifier_reference: arguments.resource_modifier_reference.known().map(named),
    })
}

fn or(word: &Attr<String>, usual: &str) -> String {
    word.as_str().unwrap_or(usual).to_owned()
}

fn named(reference: &NamespacedReference) -> NamespacedName {
    let text = |text: &Attr<String>| text.as_str().unwrap_or_default().to_owned();
    NamespacedName { name: text(&reference.name), namespace: text(&reference.namespace) }
}

fn missing(argument: &'static str) -> RestoreError {
    RestoreError::wrong(argument, format!("`{argument}` holds null."))
}

/// An element that is null must not vanish: an empty list of what is included means everything.
fn texts(argument: &'static str, list: &Attr<Vec<Attr<String>>>) -> Result<Vec<String>, RestoreError> {
    let elements = list.known().into_iter().flatten();
    elements.map(|element| element.as_str().map(str::to_owned).ok_or_else(|| missing(argument))).collect()
}

/// A namespace that keeps its name needs no mapping.
fn mappings(map: &Attr<BTreeMap<String, Attr<String>>>) -> Result<BTreeMap<String, String>, RestoreError> {
    let mut mappings = BTreeMap::new();
    for (from, to) in map.known().into_iter().flatten() {
        let to = to.as_str().ok_or_else(|| missing("namespace_mappings"))?;
        if from != to {
            mappings.insert(from.clone(), to.to_owned());
        }
    }
    Ok(mappings)
}

#[cfg(test)]
mod tests;

//! What a restore asks of a Backup vault: the body of `restore`, and inside a wrapper of `validateRestore`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::datasource::{DataStore, Datasource, IdentityDetails};

/// `AzureBackupRestoreRequest` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreRequest {
    /// What is brought back; its arm gives the request its `objectType`.
    #[serde(flatten)]
    pub point: RestorePoint,
    /// What is written to, and how much of the item is brought back there.
    pub restore_target_info: RestoreTargetInfo,
    /// Where the copy lies that is read.
    pub source_data_store_type: DataStore,
    /// ARM id of the protected resource; optional, and left out by most clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_resource_id: Option<String>,
    /// None: the vault's system-assigned identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_details: Option<IdentityDetails>,
    /// `{resource guard}/dppTriggerRestoreRequests/default`, where a Resource Guard protects the vault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_guard_operation_requests: Vec<String>,
}

/// Which state of the data is brought back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "objectType", rename_all_fields = "camelCase")]
pub enum RestorePoint {
    /// A recovery point.
    #[serde(rename = "AzureBackupRecoveryPointBasedRestoreRequest")]
    RecoveryPointBased {
        /// `recoveryPointId` of the point, not its friendly name.
        recovery_point_id: String,
    },
    /// An instant of a continuous backup.
    #[serde(rename = "AzureBackupRecoveryTimeBasedRestoreRequest")]
    RecoveryTimeBased {
        /// UTC, seven fractional digits: [`crate::azure::timestamp::write`].
        recovery_point_time: String,
    },
    /// A recovery point that lies in the archive only.
    #[serde(rename = "AzureBackupRestoreWithRehydrationRequest")]
    WithRehydration {
        /// `recoveryPointId` of the point, not its friendly name.
        recovery_point_id: String,
        /// How fast the archive gives the data out.
        rehydration_priority: RehydrationPriority,
        /// ISO 8601, such as `P15D`; 10 to 30 days.
        rehydration_retention_duration: String,
    },
}

/// How fast archived data is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RehydrationPriority {
    /// The usual one, within hours; the only one that the Azure CLI offers.
    Standard,
    /// Faster, at a higher price.
    High,
}

/// What happens if the target exists: the one value there is. Operational blob restores overwrite all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum RecoveryOption {
    /// What is there already makes the restore fail.
    #[default]
    FailIfExists,
}

/// Where to restore, and how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "objectType", rename_all_fields = "camelCase")]
pub enum RestoreTargetInfo {
    /// The whole item into a resource of its kind.
    #[serde(rename = "RestoreTargetInfo")]
    Whole {
        /// Always [`RecoveryOption::FailIfExists`].
        recovery_option: RecoveryOption,
        /// Region of the target.
        restore_location: String,
        /// The resource that is written to.
        datasource_info: Datasource,
        /// What the target belongs to.
        #[serde(skip_serializing_if = "Option::is_none")]
        datasource_set_info: Option<Datasource>,
    },
    /// Part of the item; and every restore of a cluster.
    #[serde(rename = "ItemLevelRestoreTargetInfo")]
    ItemLevel {
        /// Always [`RecoveryOption::FailIfExists`].
        recovery_option: RecoveryOption,
        /// Region of the target.
        restore_location: String,
        /// The parts; of a cluster exactly one, which selects within it.
        restore_criteria: Vec<RestoreCriterion>,
        /// The resource that is written to.
        datasource_info: Datasource,
        /// What the target belongs to.
        #[serde(skip_serializing_if = "Option::is_none")]
        datasource_set_info: Option<Datasource>,
    },
    /// As files into a blob container.
    #[serde(rename = "RestoreFilesTargetInfo")]
    Files {
        /// Always [`RecoveryOption::FailIfExists`].
        recovery_option: RecoveryOption,
        /// Region of the target.
        restore_location: String,
        /// The container, and what the files in it will be called.
        target_details: TargetDetails,
    },
}

/// The container that files are restored into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetDetails {
    /// `https://{account}.blob.core.windows.net/{container}`, without a signature.
    pub url: String,
    /// First part of the names of the files.
    pub file_prefix: String,
    /// Always [`RestoreTargetLocationType::AzureBlobs`] for the workloads here.
    pub restore_target_location_type: RestoreTargetLocationType,
    /// ARM id of the container; needed across subscriptions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_resource_arm_id: Option<String>,
}

/// What kind of place files are restored to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum RestoreTargetLocationType {
    /// A container of blobs.
    #[default]
    AzureBlobs,
    /// A share of Azure Files; described, taken by no workload here.
    AzureFiles,
}

/// One part of the item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "objectType", rename_all_fields = "camelCase")]
pub enum RestoreCriterion {
    /// Operational blobs: `container/prefix`, byte order; a whole container `c` is `c` to `c-0`.
    #[serde(rename = "RangeBasedItemLevelRestoreCriteria")]
    RangeBased {
        /// First name that is restored.
        min_matching_value: String,
        /// First name that is not restored any more.
        max_matching_value: String,
    },
    /// Vaulted blobs and Data Lake: one container.
    #[serde(rename = "ItemPathBasedRestoreCriteria")]
    ItemPathBased {
        /// The container's name.
        item_path: String,
        /// True: the path begins at the protected account.
        is_path_relative_to_backup_item: bool,
        /// Prefixes of blob names inside the container; empty: all of it.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        sub_item_path_prefix: Vec<String>,
        /// Name of the container on the target; absent: the same name.
        #[serde(skip_serializing_if = "Option::is_none")]
        rename_to: Option<String>,
    },
    /// A cluster, from its snapshots.
    #[serde(rename = "KubernetesClusterRestoreCriteria")]
    KubernetesCluster(KubernetesClusterCriteria),
    /// A cluster, from the vault.
    #[serde(rename = "KubernetesClusterVaultTierRestoreCriteria")]
    KubernetesClusterVaultTier(KubernetesClusterVaultTierCriteria),
}

/// What of a cluster is restored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KubernetesClusterCriteria {
    /// Whether what belongs to no namespace is restored, too.
    pub include_cluster_scope_resources: bool,
    /// Only these namespaces are restored; empty: all but the excluded ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub included_namespaces: Vec<String>,
    /// Namespaces that are not restored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded_namespaces: Vec<String>,
    /// Only resources of these types are restored, such as `deployments.apps`; empty: all but the excluded ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub included_resource_types: Vec<String>,
    /// Types of resources that are not restored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded_resource_types: Vec<String>,
    /// Labels, each `key=value`. How Azure joins several is not documented.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub label_selectors: Vec<String>,
    /// `RestoreWithVolumeData` or `RestoreWithoutVolumeData`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persistent_volume_restore_mode: Option<String>,
    /// What happens to a resource that is there already: `Skip` leaves it, `Patch` patches it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict_policy: Option<String>,
    /// From backed-up namespace to restored namespace.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub namespace_mappings: BTreeMap<String, String>,
    /// Hooks to run with the restore: custom resources in the cluster.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restore_hook_references: Vec<NamespacedName>,
    /// Rules that change resources on their way in: an object in the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_modifier_reference: Option<NamespacedName>,
}

/// The same with a place for the data on its way out of the vault; optional on paper, needed in practice. Azure does not
/// clean it up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KubernetesClusterVaultTierCriteria {
    /// What of the cluster is restored, as from snapshots.
    #[serde(flatten)]
    pub cluster: KubernetesClusterCriteria,
    /// ARM id of the resource group for what is needed on the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staging_resource_group_id: Option<String>,
    /// ARM id of the storage account for what is needed on the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staging_storage_account_id: Option<String>,
}

/// The reference to a resource inside a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamespacedName {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`.
    pub namespace: String,
}

/// Body of `validateRestore`. It has no `objectType` of its own, whatever the how-to pages print.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ValidateRestore<'a> {
    pub(super) restore_request_object: &'a RestoreRequest,
}

#[cfg(test)]
mod tests;

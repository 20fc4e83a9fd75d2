use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::azure::resource_id::{Location, ResourceId};
use crate::azure::timestamp;

const ACCOUNT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/account";
const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices";

fn account() -> Datasource {
    let id = ResourceId::parse(ACCOUNT).unwrap();
    Datasource::target(&id, "Microsoft.Storage/storageAccounts", BLOBS, &Location::new("westeurope"))
}

fn operational(restore_target_info: RestoreTargetInfo) -> RestoreRequest {
    RestoreRequest {
        point: RestorePoint::RecoveryTimeBased {
            recovery_point_time: timestamp::write(datetime!(2021-07-08 00:00 UTC)),
        },
        restore_target_info,
        source_data_store_type: DataStore::OperationalStore,
        source_resource_id: None,
        identity_details: None,
        resource_guard_operation_requests: Vec::new(),
    }
}

fn vaulted(restore_target_info: RestoreTargetInfo) -> RestoreRequest {
    RestoreRequest {
        point: RestorePoint::RecoveryPointBased { recovery_point_id: "33fd".to_owned() },
        source_data_store_type: DataStore::VaultStore,
        ..operational(restore_target_info)
    }
}

fn body(request: &RestoreRequest) -> Value {
    serde_json::to_value(request).unwrap()
}

#[test]
fn all_blobs_of_an_account_to_an_instant() {
    let request = operational(RestoreTargetInfo::Whole {
        recovery_option: RecoveryOption::FailIfExists,
        restore_location: "westeurope".to_owned(),
        datasource_info: account(),
        datasource_set_info: None,
    });
    assert_eq!(
        body(&request),
        json!({
            "objectType": "AzureBackupRecoveryTimeBasedRestoreRequest",
            "recoveryPointTime": "2021-07-08T00:00:00.0000000Z",
            "sourceDataStoreType": "OperationalStore",
            "restoreTargetInfo": {
                "objectType": "RestoreTargetInfo",
                "recoveryOption": "FailIfExists",
                "restoreLocation": "westeurope",
                "datasourceInfo": {
                    "objectType": "Datasource",
                    "resourceID": ACCOUNT,
                    "resourceName": "account",
                    "resourceType": "Microsoft.Storage/storageAccounts",
                    "datasourceType": BLOBS,
                    "resourceLocation": "westeurope",
                    "resourceUri": ""
                }
            }
        })
    );
}

#[test]
fn ranges_of_blobs_to_an_instant() {
    let request = operational(RestoreTargetInfo::ItemLevel {
        recovery_option: RecoveryOption::FailIfExists,
        restore_location: "westeurope".to_owned(),
        restore_criteria: vec![RestoreCriterion::RangeBased {
            min_matching_value: "container1".to_owned(),
            max_matching_value: "container1-0".to_owned(),
        }],
        datasource_info: account(),
        datasource_set_info: None,
    });
    assert_eq!(
        body(&request)["restoreTargetInfo"],
        json!({
            "objectType": "ItemLevelRestoreTargetInfo",
            "recoveryOption": "FailIfExists",
            "restoreLocation": "westeurope",
            "restoreCriteria": [{
                "objectType": "RangeBasedItemLevelRestoreCriteria",
                "minMatchingValue": "container1",
                "maxMatchingValue": "container1-0"
            }],
            "datasourceInfo": body(&request)["restoreTargetInfo"]["datasourceInfo"]
        })
    );
    assert_eq!(body(&request)["objectType"], "AzureBackupRecoveryTimeBasedRestoreRequest");
}

#[test]
fn prefixes_of_vaulted_containers_into_renamed_ones() {
    let request = vaulted(RestoreTargetInfo::ItemLevel {
        recovery_option: RecoveryOption::FailIfExists,
        restore_location: "westeurope".to_owned(),
        restore_criteria: vec![
            RestoreCriterion::ItemPathBased {
                item_path: "container2".to_owned(),
                is_path_relative_to_backup_item: true,
                sub_item_path_prefix: vec!["dd".to_owned(), "ee".to_owned()],
                rename_to: Some("container2-restored".to_owned()),
            },
            RestoreCriterion::ItemPathBased {
                item_path: "container3".to_owned(),
                is_path_relative_to_backup_item: true,
                sub_item_path_prefix: Vec::new(),
                rename_to: None,
            },
        ],
        datasource_info: account().with_resource_uri(),
        datasource_set_info: None,
    });
    assert_eq!(
        body(&request),
        json!({
            "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
            "recoveryPointId": "33fd",
            "sourceDataStoreType": "VaultStore",
            "restoreTargetInfo": {
                "objectType": "ItemLevelRestoreTargetInfo",
                "recoveryOption": "FailIfExists",
                "restoreLocation": "westeurope",
                "restoreCriteria": [
                    {
                        "objectType": "ItemPathBasedRestoreCriteria",
                        "itemPath": "container2",
                        "isPathRelativeToBackupItem": true,
                        "subItemPathPrefix": ["dd", "ee"],
                        "renameTo": "container2-restored"
                    },
                    {"objectType": "ItemPathBasedRestoreCriteria", "itemPath": "container3", "isPathRelativeToBackupItem": true}
                ],
                "datasourceInfo": {
                    "objectType": "Datasource",
                    "resourceID": ACCOUNT,
                    "resourceName": "account",
                    "resourceType": "Microsoft.Storage/storageAccounts",
                    "datasourceType": BLOBS,
                    "resourceLocation": "westeurope",
                    "resourceUri": ACCOUNT
                }
            }
        })
    );
}

#[test]
fn a_server_as_files() {
    let request = vaulted(RestoreTargetInfo::Files {
        recovery_option: RecoveryOption::FailIfExists,
        restore_location: "westeurope".to_owned(),
        target_details: TargetDetails {
            url: "https://account.blob.core.windows.net/restored".to_owned(),
            file_prefix: "server1".to_owned(),
            restore_target_location_type: RestoreTargetLocationType::AzureBlobs,
            target_resource_arm_id: None,
        },
    });
    assert_eq!(
        body(&request),
        json!({
            "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
            "recoveryPointId": "33fd",
            "sourceDataStoreType": "VaultStore",
            "restoreTargetInfo": {
                "objectType": "RestoreFilesTargetInfo",
                "recoveryOption": "FailIfExists",
                "restoreLocation": "westeurope",
                "targetDetails": {
                    "url": "https://account.blob.core.windows.net/restored",
                    "filePrefix": "server1",
                    "restoreTargetLocationType": "AzureBlobs"
                }
            }
        })
    );
}

#[test]
fn an_archived_point_with_identity_and_guard() {
    let identity = ResourceId::parse(
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u",
    )
    .unwrap();
    let request = RestoreRequest {
        point: RestorePoint::WithRehydration {
            recovery_point_id: "33fd".to_owned(),
            rehydration_priority: RehydrationPriority::Standard,
            rehydration_retention_duration: "P15D".to_owned(),
        },
        source_data_store_type: DataStore::ArchiveStore,
        source_resource_id: Some(ACCOUNT.to_owned()),
        identity_details: Some(IdentityDetails::user_assigned(&identity)),
        resource_guard_operation_requests: vec!["/guard/dppTriggerRestoreRequests/default".to_owned()],
        ..vaulted(RestoreTargetInfo::Whole {
            recovery_option: RecoveryOption::FailIfExists,
            restore_location: "westeurope".to_owned(),
            datasource_info: account(),
            datasource_set_info: Some(account().as_set()),
        })
    };
    let body = body(&request);
    assert_eq!(body["objectType"], "AzureBackupRestoreWithRehydrationRequest");
    assert_eq!(body["rehydrationPriority"], "Standard");
    assert_eq!(body["rehydrationRetentionDuration"], "P15D");
    assert_eq!(body["sourceDataStoreType"], "ArchiveStore");
    assert_eq!(body["sourceResourceId"], ACCOUNT);
    assert_eq!(
        body["identityDetails"],
        json!({"useSystemAssignedIdentity": false, "userAssignedIdentityArmUrl": identity.as_str()})
    );
    assert_eq!(body["resourceGuardOperationRequests"], json!(["/guard/dppTriggerRestoreRequests/default"]));
    assert_eq!(body["restoreTargetInfo"]["datasourceSetInfo"]["objectType"], "DatasourceSet");
}

#[test]
fn a_cluster_from_the_vault() {
    let criterion = RestoreCriterion::KubernetesClusterVaultTier(KubernetesClusterVaultTierCriteria {
        cluster: KubernetesClusterCriteria {
            include_cluster_scope_resources: true,
            included_namespaces: vec!["a".to_owned()],
            persistent_volume_restore_mode: Some("RestoreWithVolumeData".to_owned()),
            conflict_policy: Some("Skip".to_owned()),
            namespace_mappings: [("a".to_owned(), "b".to_owned())].into(),
            resource_modifier_reference: Some(NamespacedName { name: "m".to_owned(), namespace: "n".to_owned() }),
            ..KubernetesClusterCriteria::default()
        },
        staging_resource_group_id: Some("/subscriptions/s/resourceGroups/staging".to_owned()),
        staging_storage_account_id: Some(ACCOUNT.to_owned()),
    });
    assert_eq!(
        serde_json::to_value(&criterion).unwrap(),
        json!({
            "objectType": "KubernetesClusterVaultTierRestoreCriteria",
            "includeClusterScopeResources": true,
            "includedNamespaces": ["a"],
            "persistentVolumeRestoreMode": "RestoreWithVolumeData",
            "conflictPolicy": "Skip",
            "namespaceMappings": {"a": "b"},
            "resourceModifierReference": {"name": "m", "namespace": "n"},
            "stagingResourceGroupId": "/subscriptions/s/resourceGroups/staging",
            "stagingStorageAccountId": ACCOUNT
        })
    );
}

#[test]
fn validation_wraps_the_same_object_without_a_type_of_its_own() {
    let request = vaulted(RestoreTargetInfo::Whole {
        recovery_option: RecoveryOption::FailIfExists,
        restore_location: "westeurope".to_owned(),
        datasource_info: account(),
        datasource_set_info: None,
    });
    let wrapped = serde_json::to_value(ValidateRestore { restore_request_object: &request }).unwrap();
    assert_eq!(wrapped, json!({"restoreRequestObject": body(&request)}));
}

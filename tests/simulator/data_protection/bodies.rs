//! The shapes of request bodies that Data Protection takes.

use serde_json::Value;

pub use super::super::bodies::BodyError;
use super::super::bodies::{Member, Shape, check, kind, may, must, unmodelled};

const STORES: Shape = Shape::OneOf(&["ArchiveStore", "SnapshotStore", "OperationalStore", "VaultStore"]);
const RANGE_STORES: Shape = Shape::OneOf(&["ArchiveStore", "OperationalStore", "VaultStore"]);

const VALIDATION: &[Member] = &[
    must("restoreRequestObject", RESTORE),
    // Not in the contract; clients send it and the service lets it pass.
    may("objectType", Shape::OneOf(&["ValidateRestoreRequestObject"])),
];

const RESTORE: Shape = Shape::Kinds(&[
    kind("AzureBackupRecoveryPointBasedRestoreRequest", &[ENVELOPE, BY_POINT]),
    kind("AzureBackupRecoveryTimeBasedRestoreRequest", &[ENVELOPE, &[must("recoveryPointTime", Shape::Text)]]),
    kind("AzureBackupRestoreWithRehydrationRequest", &[ENVELOPE, BY_POINT, REHYDRATION]),
]);

const ENVELOPE: &[Member] = &[
    must("restoreTargetInfo", TARGET),
    must("sourceDataStoreType", STORES),
    may("sourceResourceId", Shape::Text),
    may("resourceGuardOperationRequests", Shape::Texts),
    may(
        "identityDetails",
        Shape::Object(&[may("useSystemAssignedIdentity", Shape::Flag), may("userAssignedIdentityArmUrl", Shape::Text)]),
    ),
];

const BY_POINT: &[Member] = &[must("recoveryPointId", Shape::Text)];

const REHYDRATION: &[Member] = &[
    must("rehydrationPriority", Shape::OneOf(&["Standard", "High"])),
    must("rehydrationRetentionDuration", Shape::Text),
];

const TARGET: Shape = Shape::Kinds(&[
    kind("RestoreTargetInfo", &[TARGET_BASE, WHOLE_TARGET]),
    kind("ItemLevelRestoreTargetInfo", &[TARGET_BASE, WHOLE_TARGET, &[must("restoreCriteria", CRITERIA)]]),
    kind(
        "RestoreFilesTargetInfo",
        &[
            TARGET_BASE,
            &[must(
                "targetDetails",
                Shape::Object(&[
                    must("url", Shape::Text),
                    must("filePrefix", Shape::Text),
                    must("restoreTargetLocationType", Shape::OneOf(&["AzureBlobs", "AzureFiles"])),
                    may("targetResourceArmId", Shape::Text),
                ]),
            )],
        ],
    ),
]);

const TARGET_BASE: &[Member] =
    &[must("recoveryOption", Shape::OneOf(&["FailIfExists"])), may("restoreLocation", Shape::Text)];

const WHOLE_TARGET: &[Member] = &[
    must("datasourceInfo", Shape::Groups(&[DATASOURCE, &[may("objectType", Shape::OneOf(&["Datasource"]))]])),
    may("datasourceSetInfo", Shape::Groups(&[DATASOURCE, &[may("objectType", Shape::OneOf(&["DatasourceSet"]))]])),
    may("datasourceAuthCredentials", Shape::Kinds(&[kind("SecretStoreBasedAuthCredentials", &[CREDENTIALS])])),
];

const CREDENTIALS: &[Member] = &[may(
    "secretStoreResource",
    Shape::Object(&[
        must("secretStoreType", Shape::OneOf(&["AzureKeyVault"])),
        may("uri", Shape::Text),
        may("value", Shape::Text),
    ]),
)];

const DATASOURCE: &[Member] = &[
    must("resourceID", Shape::Text),
    may("datasourceType", Shape::Text),
    may("resourceLocation", Shape::Text),
    may("resourceName", Shape::Text),
    may("resourceType", Shape::Text),
    may("resourceUri", Shape::Text),
    may("resourceProperties", Shape::Kinds(&[kind("DefaultResourceProperties", &[])])),
];

const CRITERIA: Shape = Shape::ListOfKinds(&[
    kind(
        "RangeBasedItemLevelRestoreCriteria",
        &[&[may("minMatchingValue", Shape::Text), may("maxMatchingValue", Shape::Text)]],
    ),
    kind(
        "ItemPathBasedRestoreCriteria",
        &[&[
            must("itemPath", Shape::Text),
            must("isPathRelativeToBackupItem", Shape::Flag),
            may("subItemPathPrefix", Shape::Texts),
            may("renameTo", Shape::Text),
        ]],
    ),
    kind("KubernetesClusterRestoreCriteria", &[KUBERNETES]),
    kind(
        "KubernetesClusterVaultTierRestoreCriteria",
        &[KUBERNETES, &[may("stagingResourceGroupId", Shape::Text), may("stagingStorageAccountId", Shape::Text)]],
    ),
    unmodelled("KubernetesPVRestoreCriteria"),
    unmodelled("KubernetesStorageClassRestoreCriteria"),
    unmodelled("GenericRestoreDatasourceCriteria"),
]);

const KUBERNETES: &[Member] = &[
    must("includeClusterScopeResources", Shape::Flag),
    may("includedNamespaces", Shape::Texts),
    may("excludedNamespaces", Shape::Texts),
    may("includedResourceTypes", Shape::Texts),
    may("excludedResourceTypes", Shape::Texts),
    may("labelSelectors", Shape::Texts),
    may("persistentVolumeRestoreMode", Shape::OneOf(&["RestoreWithVolumeData", "RestoreWithoutVolumeData"])),
    may("conflictPolicy", Shape::OneOf(&["Skip", "Patch"])),
    may("namespaceMappings", Shape::TextMap),
    may("restoreHookReferences", Shape::ListOfObjects(NAMESPACED_NAME)),
    may("resourceModifierReference", Shape::Object(NAMESPACED_NAME)),
];

const NAMESPACED_NAME: &[Member] = &[may("name", Shape::Text), may("namespace", Shape::Text)];

const RANGES: &[Member] =
    &[must("sourceDataStoreType", RANGE_STORES), may("startTime", Shape::Text), may("endTime", Shape::Text)];

const CROSS_REGION: &[Member] = &[
    must("restoreRequestObject", RESTORE),
    must(
        "crossRegionRestoreDetails",
        Shape::Object(&[must("sourceRegion", Shape::Text), must("sourceBackupInstanceId", Shape::Text)]),
    ),
    // Not in the contract; a client was seen to send it and the service let it pass.
    may("objectType", Shape::Text),
];

const SECONDARY_POINTS: &[Member] = &[must("sourceRegion", Shape::Text), must("sourceBackupInstanceId", Shape::Text)];

const CROSS_REGION_JOBS: &[Member] = &[must("sourceRegion", Shape::Text), must("sourceBackupVaultId", Shape::Text)];

const CROSS_REGION_JOB: &[Member] =
    &[must("sourceRegion", Shape::Text), must("sourceBackupVaultId", Shape::Text), must("jobId", Shape::Text)];

pub fn check_cross_region_restore(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(CROSS_REGION), "body")
}

pub fn check_secondary_points(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(SECONDARY_POINTS), "body")
}

pub fn check_cross_region_jobs(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(CROSS_REGION_JOBS), "body")
}

pub fn check_cross_region_job(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(CROSS_REGION_JOB), "body")
}

const BACKUP: &[Member] = &[must(
    "backupRuleOptions",
    Shape::Object(&[
        must("ruleName", Shape::Text),
        must("triggerOption", Shape::Object(&[may("retentionTagOverride", Shape::Text)])),
    ]),
)];

pub fn check_backup(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(BACKUP), "body")
}

pub fn check_restore(body: &mut Value) -> Result<(), BodyError> {
    check(body, &RESTORE, "body")
}

pub fn check_validation(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(VALIDATION), "body")
}

pub fn check_ranges(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(RANGES), "body")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn vaulted() -> Value {
        json!({
            "objectType": "AzureBackupRecoveryPointBasedRestoreRequest", "recoveryPointId": "p", "sourceDataStoreType": "VaultStore",
            "restoreTargetInfo": {
                "objectType": "ItemLevelRestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
                "restoreCriteria": [{"objectType": "ItemPathBasedRestoreCriteria", "itemPath": "c", "isPathRelativeToBackupItem": true, "subItemPathPrefix": null}],
                "datasourceInfo": {"objectType": "Datasource", "resourceID": "/x"},
            },
        })
    }

    fn invalid(change: impl FnOnce(&mut Value)) -> String {
        let mut body = vaulted();
        change(&mut body);
        match check_restore(&mut body) {
            Err(BodyError::Invalid(why)) => why,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_right_body_passes_and_null_members_with_it() {
        assert_eq!(check_restore(&mut vaulted()), Ok(()));
        assert_eq!(check_validation(&mut json!({"restoreRequestObject": vaulted()})), Ok(()));
    }

    #[test]
    fn discriminators_and_members_match_without_case_and_are_spelt_in_one_way() {
        let mut body = vaulted();
        body["restoreTargetInfo"]["objectType"] = json!("itemLevelRestoreTargetInfo");
        assert_eq!(check_restore(&mut body), Ok(()));
        body["restoreTargetInfo"]["datasourceInfo"] = json!({"ObjectType": "Datasource", "resourceId": "/y"});
        body["RecoveryPointID"] = body.as_object_mut().unwrap().remove("recoveryPointId").unwrap();
        assert_eq!(check_restore(&mut body), Ok(()));
        assert_eq!(
            body["restoreTargetInfo"]["datasourceInfo"],
            json!({"objectType": "Datasource", "resourceID": "/y"})
        );
        assert_eq!(body["recoveryPointId"], "p");
        let why = invalid(|body| body["restoreTargetInfo"]["dataSourceInfo"] = json!({"resourceID": "/x"}));
        assert_eq!(why, "body.restoreTargetInfo.datasourceInfo is there twice");
    }

    #[test]
    fn what_is_missing_or_of_the_wrong_kind_is_refused() {
        assert_eq!(invalid(|body| body["recoveryPointId"] = Value::Null), "body.recoveryPointId is missing");
        assert_eq!(
            invalid(|body| body["restoreTargetInfo"]["objectType"] = json!("RestoreTargetInfo")),
            "body.restoreTargetInfo.restoreCriteria is not known"
        );
        assert_eq!(
            invalid(
                |body| body["restoreTargetInfo"]["restoreCriteria"][0]["isPathRelativeToBackupItem"] = json!("true")
            ),
            "body.restoreTargetInfo.restoreCriteria[0].isPathRelativeToBackupItem is not a boolean"
        );
        assert_eq!(invalid(|body| body["objectType"] = json!("Restore")), "body.objectType \"Restore\" is not known");
    }

    #[test]
    fn what_azure_knows_and_the_simulator_does_not_is_told_apart() {
        let mut body = vaulted();
        body["restoreTargetInfo"]["restoreCriteria"][0] = json!({"objectType": "KubernetesPVRestoreCriteria"});
        assert!(matches!(check_restore(&mut body), Err(BodyError::Unmodelled(_))));
    }
}

//! The shapes of request bodies that Recovery Services takes.

use serde_json::Value;

pub use super::super::bodies::BodyError;
use super::super::bodies::{Member, Shape, check, kind, may, must, unmodelled};

const REQUESTS: Shape = Shape::Kinds(&[
    kind("AzureFileShareRestoreRequest", &[GUARDED, FILE_SHARE]),
    kind("IaasVMRestoreRequest", &[GUARDED, MACHINE]),
    kind("IaasVMRestoreWithRehydrationRequest", &[GUARDED, MACHINE, REHYDRATED]),
    kind("AzureWorkloadSQLRestoreRequest", &[GUARDED, DATABASE, SQL]),
    kind("AzureWorkloadSQLPointInTimeRestoreRequest", &[GUARDED, DATABASE, SQL, INSTANT]),
    kind("AzureWorkloadSQLRestoreWithRehydrateRequest", &[GUARDED, DATABASE, SQL, REHYDRATED]),
    kind("AzureWorkloadSAPHanaRestoreRequest", &[GUARDED, DATABASE]),
    kind("AzureWorkloadSAPHanaPointInTimeRestoreRequest", &[GUARDED, DATABASE, INSTANT]),
    kind("AzureWorkloadSAPHanaRestoreWithRehydrateRequest", &[GUARDED, DATABASE, REHYDRATED]),
    unmodelled("AzureWorkloadSQLPointInTimeRestoreWithRehydrateRequest"),
    unmodelled("AzureWorkloadSAPHanaPointInTimeRestoreWithRehydrateRequest"),
]);

const RESTORE: &[Member] = &[must("properties", REQUESTS)];

const VALIDATION: &[Member] = &[
    must("id", Shape::Text),
    must(
        "properties",
        Shape::Kinds(&[
            kind("ValidateIaasVMRestoreOperationRequest", &[&[must("restoreRequest", REQUESTS)]]),
            unmodelled("ValidateAzureWorkloadRestoreOperationRequest"),
        ]),
    ),
];

const POINT_DISKS: &[Member] = &[must("properties", Shape::Object(&[must("recoveryPointIds", Shape::Texts)]))];

const GUARDED: &[Member] = &[may("resourceGuardOperationRequests", Shape::Texts)];

const FILE_SHARE: &[Member] = &[
    must("recoveryType", Shape::OneOf(&["OriginalLocation", "AlternateLocation"])),
    must("sourceResourceId", Shape::Text),
    must("copyOptions", Shape::OneOf(&["CreateCopy", "Skip", "Overwrite", "FailOnConflict"])),
    must("restoreRequestType", Shape::OneOf(&["FullShareRestore", "ItemLevelRestore"])),
    may(
        "restoreFileSpecs",
        Shape::ListOfObjects(&[
            may("path", Shape::Text),
            may("fileSpecType", Shape::OneOf(&["File", "Directory"])),
            may("targetFolderPath", Shape::Text),
        ]),
    ),
    may("targetDetails", Shape::Object(&[must("name", Shape::Text), must("targetResourceId", Shape::Text)])),
    may(
        "identityInfo",
        Shape::Object(&[may("isSystemAssignedIdentity", Shape::Flag), may("managedIdentityResourceId", Shape::Text)]),
    ),
];

const MACHINE: &[Member] = &[
    must("recoveryPointId", Shape::Text),
    must("recoveryType", Shape::OneOf(&["OriginalLocation", "AlternateLocation", "RestoreDisks"])),
    must("sourceResourceId", Shape::Text),
    must("region", Shape::Text),
    may("storageAccountId", Shape::Text),
    may("createNewCloudService", Shape::Flag),
    may("originalStorageAccountOption", Shape::Flag),
    may("targetResourceGroupId", Shape::Text),
    may("targetVirtualMachineId", Shape::Text),
    may("virtualNetworkId", Shape::Text),
    may("subnetId", Shape::Text),
    may("restoreDiskLunList", Shape::WholeNumbers),
    may("zones", Shape::Texts),
    may("diskEncryptionSetId", Shape::Text),
    may(
        "identityInfo",
        Shape::Object(&[may("isSystemAssignedIdentity", Shape::Flag), may("managedIdentityResourceId", Shape::Text)]),
    ),
    may("identityBasedRestoreDetails", Shape::Object(&[may("targetStorageAccountId", Shape::Text)])),
    may(
        "securedVMDetails",
        Shape::Object(&[
            may("securedVMOsDiskEncryptionSetId", Shape::Text),
            may(
                "dataDiskEncryptionSettings",
                Shape::Object(&[
                    may(
                        "perDiskEncryptionSetIds",
                        Shape::ListOfObjects(&[must("lun", Shape::Whole), must("diskEncryptionSetId", Shape::Text)]),
                    ),
                    may("dataDiskEncryptionSetId", Shape::Text),
                    may("dataDiskEncryptionIdentity", Shape::Text),
                ]),
            ),
        ]),
    ),
];

const DATABASE: &[Member] = &[
    must("recoveryType", Shape::OneOf(&["OriginalLocation", "AlternateLocation"])),
    may("sourceResourceId", Shape::Text),
    may("targetVirtualMachineId", Shape::Text),
    may(
        "targetInfo",
        Shape::Object(&[
            must("overwriteOption", Shape::OneOf(&["FailOnConflict", "Overwrite"])),
            must("containerId", Shape::Text),
            may("databaseName", Shape::Text),
            may("targetDirectoryForFileRestore", Shape::Text),
        ]),
    ),
    may("recoveryMode", Shape::OneOf(&["FileRecovery"])),
];

const SQL: &[Member] = &[
    must("shouldUseAlternateTargetLocation", Shape::Flag),
    must("isNonRecoverable", Shape::Flag),
    may(
        "alternateDirectoryPaths",
        Shape::ListOfObjects(&[
            must("mappingType", Shape::OneOf(&["Data", "Log"])),
            must("sourceLogicalName", Shape::Text),
            must("sourcePath", Shape::Text),
            must("targetPath", Shape::Text),
        ]),
    ),
];

const INSTANT: &[Member] = &[must("pointInTime", Shape::Text)];

const REHYDRATED: &[Member] = &[must(
    "recoveryPointRehydrationInfo",
    Shape::Object(&[
        must("rehydrationRetentionDuration", Shape::Text),
        must("rehydrationPriority", Shape::OneOf(&["Standard", "High"])),
    ]),
)];

pub fn check_validation(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(VALIDATION), "body")
}

pub fn check_point_disks(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(POINT_DISKS), "body")
}

pub fn check_restore(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(RESTORE), "body")
}

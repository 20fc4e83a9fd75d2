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

const VAULT_CHANGE: &[Member] = &[
    may("sku", Shape::Object(&[must("name", Shape::OneOf(&["Standard", "RS0"]))])),
    may("tags", Shape::TextMap),
    may("etag", Shape::Text),
    may(
        "identity",
        Shape::Object(&[
            must("type", Shape::OneOf(&["SystemAssigned", "None", "UserAssigned", "SystemAssigned, UserAssigned"])),
            may("userAssignedIdentities", Shape::Anything),
        ]),
    ),
    may(
        "properties",
        Shape::Object(&[
            may("publicNetworkAccess", Shape::OneOf(&["Enabled", "Disabled"])),
            may(
                "redundancySettings",
                Shape::Object(&[
                    may(
                        "standardTierStorageRedundancy",
                        Shape::OneOf(&["LocallyRedundant", "GeoRedundant", "ZoneRedundant"]),
                    ),
                    may("crossRegionRestore", Shape::OneOf(&["Enabled", "Disabled"])),
                ]),
            ),
            may(
                "securitySettings",
                Shape::Object(&[
                    may(
                        "softDeleteSettings",
                        Shape::Object(&[
                            may("softDeleteState", Shape::OneOf(&["Enabled", "Disabled", "AlwaysON"])),
                            may("softDeleteRetentionPeriodInDays", Shape::Whole),
                        ]),
                    ),
                    may(
                        "immutabilitySettings",
                        Shape::Object(&[may("state", Shape::OneOf(&["Disabled", "Unlocked", "Locked"]))]),
                    ),
                ]),
            ),
        ]),
    ),
];

const REGION: &[Member] = &[must("location", Shape::Text)];

const REGISTRATION: &[Member] = &[must(
    "properties",
    Shape::Object(&[
        must("containerType", Shape::OneOf(&["VMAppContainer"])),
        must("backupManagementType", Shape::OneOf(&["AzureWorkload"])),
        must("sourceResourceId", Shape::Text),
        must("workloadType", Shape::OneOf(&["SQLDataBase", "SAPHanaDatabase"])),
        may("operationType", Shape::OneOf(&["Register", "Reregister"])),
        may("friendlyName", Shape::Text),
    ]),
)];

const PROTECTION: &[Member] = &[must(
    "properties",
    Shape::Object(&[
        must("protectedItemType", Shape::OneOf(&["AzureVmWorkloadSQLDatabase"])),
        may("policyId", Shape::Text),
        may("protectionState", Shape::OneOf(&["ProtectionStopped"])),
        may("isRehydrate", Shape::Flag),
    ]),
)];

pub fn check_vault(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Groups(&[REGION, VAULT_CHANGE]), "body")
}

pub fn check_vault_change(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(VAULT_CHANGE), "body")
}

pub fn check_registration(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(REGISTRATION), "body")
}

pub fn check_protection(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(PROTECTION), "body")
}

const ACCESS: &[Member] = &[must(
    "properties",
    Shape::Object(&[
        may("tenantId", Shape::Text),
        may("audience", Shape::Text),
        may("servicePrincipalObjectId", Shape::Text),
        may("servicePrincipalClientId", Shape::Text),
        may("authority", Shape::Text),
    ]),
)];

const CROSS_REGION_RESTORE: &[Member] =
    &[must("crossRegionRestoreAccessDetails", Shape::Anything), must("restoreRequest", REQUESTS)];

const CROSS_REGION_JOBS: &[Member] = &[must("resourceId", Shape::Text), may("jobName", Shape::Text)];

pub fn check_access(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(ACCESS), "body")
}

pub fn check_cross_region_restore(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(CROSS_REGION_RESTORE), "body")
}

pub fn check_cross_region_jobs(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(CROSS_REGION_JOBS), "body")
}

pub fn check_validation(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(VALIDATION), "body")
}

pub fn check_point_disks(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(POINT_DISKS), "body")
}

const EXPIRY: Member = may("recoveryPointExpiryTimeInUTC", Shape::Text);

const BACKUP: &[Member] = &[must(
    "properties",
    Shape::Kinds(&[
        kind(
            "AzureWorkloadBackupRequest",
            &[&[
                must("backupType", Shape::OneOf(&["Full", "Differential", "Log", "CopyOnlyFull", "Incremental"])),
                may("enableCompression", Shape::Flag),
                EXPIRY,
            ]],
        ),
        kind("AzureFileShareBackupRequest", &[&[EXPIRY]]),
        kind("IaasVMBackupRequest", &[&[EXPIRY]]),
    ]),
)];

pub fn check_backup(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(BACKUP), "body")
}

pub fn check_restore(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(RESTORE), "body")
}

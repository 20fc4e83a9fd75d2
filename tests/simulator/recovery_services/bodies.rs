//! The shapes of request bodies that Recovery Services takes.

use serde_json::Value;

pub use super::super::bodies::BodyError;
use super::super::bodies::{Member, Shape, check, kind, may, must, unmodelled};

const RESTORE: &[Member] = &[must(
    "properties",
    Shape::Kinds(&[
        kind("AzureFileShareRestoreRequest", &[GUARDED, FILE_SHARE]),
        unmodelled("IaasVMRestoreRequest"),
        unmodelled("IaasVMRestoreWithRehydrationRequest"),
        unmodelled("AzureWorkloadSQLRestoreRequest"),
        unmodelled("AzureWorkloadSQLPointInTimeRestoreRequest"),
        unmodelled("AzureWorkloadSAPHanaRestoreRequest"),
    ]),
)];

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

pub fn check_restore(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(RESTORE), "body")
}

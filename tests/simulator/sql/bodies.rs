//! The shape of the bodies that make a database.

use serde_json::Value;

pub use super::super::bodies::BodyError;
use super::super::bodies::{Member, Shape, check, may, must};

const REDUNDANCIES: &[&str] = &["Geo", "Local", "Zone", "GeoZone"];

const MODES: &[&str] = &[
    "Default",
    "Copy",
    "Secondary",
    "OnlineSecondary",
    "PointInTimeRestore",
    "Restore",
    "Recovery",
    "RestoreExternalBackup",
    "RestoreExternalBackupSecondary",
    "RestoreLongTermRetentionBackup",
];

const DATABASE: &[Member] = &[
    must("location", Shape::Text),
    may("tags", Shape::TextMap),
    may(
        "sku",
        Shape::Object(&[
            must("name", Shape::Text),
            may("tier", Shape::Text),
            may("family", Shape::Text),
            may("size", Shape::Text),
            may("capacity", Shape::Whole),
        ]),
    ),
    must(
        "properties",
        Shape::Object(&[
            must("createMode", Shape::OneOf(MODES)),
            may("recoverableDatabaseId", Shape::Text),
            may("sourceDatabaseId", Shape::Text),
            may("restorePointInTime", Shape::Text),
            may("restorableDroppedDatabaseId", Shape::Text),
            may("sourceDatabaseDeletionDate", Shape::Text),
            may("longTermRetentionBackupResourceId", Shape::Text),
            may("elasticPoolId", Shape::Text),
            may("zoneRedundant", Shape::Flag),
            may("requestedBackupStorageRedundancy", Shape::OneOf(REDUNDANCIES)),
            may("licenseType", Shape::OneOf(&["LicenseIncluded", "BasePrice"])),
        ]),
    ),
];

const MANAGED_MODES: &[&str] =
    &["Default", "RestoreExternalBackup", "PointInTimeRestore", "Recovery", "RestoreLongTermRetentionBackup"];

const MANAGED_DATABASE: &[Member] = &[
    must("location", Shape::Text),
    may("tags", Shape::TextMap),
    must(
        "properties",
        Shape::Object(&[
            must("createMode", Shape::OneOf(MANAGED_MODES)),
            may("recoverableDatabaseId", Shape::Text),
            may("sourceDatabaseId", Shape::Text),
            may("crossSubscriptionSourceDatabaseId", Shape::Text),
            may("restorableDroppedDatabaseId", Shape::Text),
            may("crossSubscriptionRestorableDroppedDatabaseId", Shape::Text),
            may("crossSubscriptionTargetManagedInstanceId", Shape::Text),
            may("restorePointInTime", Shape::Text),
            may("longTermRetentionBackupResourceId", Shape::Text),
        ]),
    ),
];

pub fn check_managed_database(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(MANAGED_DATABASE), "body")
}

pub fn check_database(body: &mut Value) -> Result<(), BodyError> {
    check(body, &Shape::Object(DATABASE), "body")
}

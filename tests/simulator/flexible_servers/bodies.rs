//! The shape of the body that makes a server.

use serde_json::Value;

pub use super::super::bodies::BodyError;
use super::super::bodies::{Member, Shape, check, may, must};
use super::Engine;

const SWITCH: Shape = Shape::OneOf(&["Enabled", "Disabled"]);

const SKU: Shape = Shape::Object(&[
    must("name", Shape::Text),
    must("tier", Shape::OneOf(&["Burstable", "GeneralPurpose", "MemoryOptimized"])),
]);

const IDENTITY: Shape =
    Shape::Object(&[must("type", Shape::OneOf(&["UserAssigned"])), may("userAssignedIdentities", Shape::Anything)]);

const ENCRYPTION: Shape = Shape::Object(&[
    must("type", Shape::OneOf(&["AzureKeyVault", "SystemManaged"])),
    may("primaryKeyURI", Shape::Text),
    may("primaryUserAssignedIdentityId", Shape::Text),
    may("geoBackupKeyURI", Shape::Text),
    may("geoBackupUserAssignedIdentityId", Shape::Text),
]);

const BACKUP: Shape = Shape::Object(&[may("backupRetentionDays", Shape::Whole), may("geoRedundantBackup", SWITCH)]);

const STORAGE: Shape = Shape::Object(&[may("storageSizeGB", Shape::Whole)]);

const POSTGRESQL: &[Member] = &[
    must("location", Shape::Text),
    may("tags", Shape::TextMap),
    may("sku", SKU),
    may("identity", IDENTITY),
    must(
        "properties",
        Shape::Object(&[
            must(
                "createMode",
                Shape::OneOf(&[
                    "Default",
                    "Create",
                    "Update",
                    "PointInTimeRestore",
                    "GeoRestore",
                    "Replica",
                    "ReviveDropped",
                ]),
            ),
            may("sourceServerResourceId", Shape::Text),
            may("pointInTimeUTC", Shape::Text),
            may("availabilityZone", Shape::Text),
            may(
                "network",
                Shape::Object(&[
                    may("delegatedSubnetResourceId", Shape::Text),
                    may("privateDnsZoneArmResourceId", Shape::Text),
                    may("publicNetworkAccess", SWITCH),
                ]),
            ),
            may("storage", STORAGE),
            may("backup", BACKUP),
            may("dataEncryption", ENCRYPTION),
        ]),
    ),
];

const MYSQL: &[Member] = &[
    must("location", Shape::Text),
    may("tags", Shape::TextMap),
    may("sku", SKU),
    may("identity", IDENTITY),
    must(
        "properties",
        Shape::Object(&[
            must("createMode", Shape::OneOf(&["Default", "PointInTimeRestore", "Replica", "GeoRestore"])),
            may("sourceServerResourceId", Shape::Text),
            may("restorePointInTime", Shape::Text),
            may("availabilityZone", Shape::Text),
            may(
                "network",
                Shape::Object(&[
                    may("delegatedSubnetResourceId", Shape::Text),
                    may("privateDnsZoneResourceId", Shape::Text),
                    may("publicNetworkAccess", SWITCH),
                ]),
            ),
            may("storage", STORAGE),
            may("backup", BACKUP),
            may("dataEncryption", ENCRYPTION),
        ]),
    ),
];

pub fn check_server<E: Engine>(body: &mut Value) -> Result<(), BodyError> {
    let shape = if E::REVIVES { Shape::Object(POSTGRESQL) } else { Shape::Object(MYSQL) };
    check(body, &shape, "body")
}

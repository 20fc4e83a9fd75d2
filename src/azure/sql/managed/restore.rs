//! The body that makes a database of a managed instance out of a backup.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::azure::restore_tag::Tagged;

/// `PUT …/managedInstances/{instance}/databases/{name}` with a `createMode` that restores
/// (docs/reference/azure-sql.md#managed-instances).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManagedDatabaseRestoreRequest {
    /// Region of the instance that is restored onto.
    pub location: String,
    /// Its tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// What is restored.
    pub properties: ManagedDatabaseSource,
}

/// What is restored: the members that go with each `createMode`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "createMode", rename_all_fields = "camelCase")]
pub enum ManagedDatabaseSource {
    /// The newest replicated backup.
    Recovery {
        /// ARM id of the recoverable database.
        recoverable_database_id: String,
    },
    /// A database that lives, or was dropped, as it was at an instant.
    PointInTimeRestore {
        /// The database.
        #[serde(flatten)]
        of: PointInTimeSource,
        /// UTC.
        restore_point_in_time: String,
    },
    /// A long-term backup.
    RestoreLongTermRetentionBackup {
        /// ARM id of the backup.
        long_term_retention_backup_resource_id: String,
    },
}

/// What is restored to a point in time. From another subscription than that of the target it goes by other names, and the
/// target is named, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum PointInTimeSource {
    /// A database that lives.
    Live {
        /// ARM id of the database.
        source_database_id: String,
    },
    /// A database that was dropped.
    Dropped {
        /// ARM id of the dropped database.
        restorable_dropped_database_id: String,
    },
    /// A database that lives in another subscription.
    LiveElsewhere {
        /// ARM id of the database.
        cross_subscription_source_database_id: String,
        /// ARM id of the instance that is restored onto.
        cross_subscription_target_managed_instance_id: String,
    },
    /// A database that was dropped in another subscription.
    DroppedElsewhere {
        /// ARM id of the dropped database.
        cross_subscription_restorable_dropped_database_id: String,
        /// ARM id of the instance that is restored onto.
        cross_subscription_target_managed_instance_id: String,
    },
}

impl ManagedDatabaseRestoreRequest {
    /// A database in `location` made of `source`.
    pub fn new(location: String, source: ManagedDatabaseSource) -> Self {
        Self { location, tags: BTreeMap::new(), properties: source }
    }
}

impl Tagged for ManagedDatabaseRestoreRequest {
    fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_point_in_time_stands_beside_the_members_of_its_source() {
        let source = ManagedDatabaseSource::PointInTimeRestore {
            of: PointInTimeSource::DroppedElsewhere {
                cross_subscription_restorable_dropped_database_id: "/d".into(),
                cross_subscription_target_managed_instance_id: "/mi".into(),
            },
            restore_point_in_time: "2026-09-01T10:00:00Z".into(),
        };
        let body = serde_json::to_value(ManagedDatabaseRestoreRequest::new("northeurope".into(), source)).unwrap();
        let expected = json!({"location": "northeurope", "properties": {
            "createMode": "PointInTimeRestore", "restorePointInTime": "2026-09-01T10:00:00Z",
            "crossSubscriptionRestorableDroppedDatabaseId": "/d", "crossSubscriptionTargetManagedInstanceId": "/mi"}});
        assert_eq!(body, expected);
    }
}

//! A recovery point: one backup that can be restored.

use serde_json::Value;
use time::OffsetDateTime;

use super::datasource::DataStore;
use crate::azure::members::Members;

/// `AzureBackupDiscreteRecoveryPoint` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryPoint {
    /// What a restore request names: `recoveryPointId`, else the resource's name. Hex or a GUID, never the friendly name.
    pub recovery_point_id: String,
    /// When the data was as the backup has it, UTC.
    pub time: Option<OffsetDateTime>,
    /// `Full`, `Incremental`, `Discrete` …
    pub kind: Option<String>,
    /// `Completed` or `Partial`; null for operational disk points
    /// (docs/reference/azure-data-protection.md#recovery-points).
    pub state: Option<String>,
    /// Equal to the id in the primary region, different in the secondary
    /// (docs/reference/azure-data-protection.md#recovery-points).
    pub friendly_name: Option<String>,
    /// When it is deleted, UTC.
    pub expiry_time: Option<OffsetDateTime>,
    /// Name of the policy by which it was made.
    pub policy_name: Option<String>,
    /// Retention rule that keeps it.
    pub retention_tag_name: Option<String>,
    /// Where copies of it lie.
    pub data_stores: Vec<RecoveryPointDataStore>,
}

/// One copy of a recovery point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryPointDataStore {
    /// Id of the data store.
    pub id: Option<String>,
    /// Azure's word; see [`RecoveryPointDataStore::data_store`].
    pub kind: Option<String>,
    /// When this copy was made, UTC.
    pub creation_time: Option<OffsetDateTime>,
    /// When this copy is deleted, UTC.
    pub expiry_time: Option<OffsetDateTime>,
    /// `COMMITTED` when it can be used.
    pub state: Option<String>,
    /// False while it cannot be used.
    pub visible: Option<bool>,
    /// Until when a rehydrated copy stays, UTC.
    pub rehydration_expiry_time: Option<OffsetDateTime>,
    /// `CREATE_IN_PROGRESS`, `COMPLETED`, `DELETE_IN_PROGRESS`, `DELETED`, `FAILED`.
    pub rehydration_status: Option<String>,
}

impl RecoveryPoint {
    /// Reads a point; none if the answer names none.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let resource = Members::of(value);
        let point = resource.object("properties");
        Some(Self {
            recovery_point_id: point.text("recoveryPointId").or_else(|| resource.text("name"))?,
            time: point.instant("recoveryPointTime"),
            kind: point.text("recoveryPointType"),
            state: point.text("recoveryPointState"),
            friendly_name: point.text("friendlyName"),
            expiry_time: point.instant("expiryTime"),
            policy_name: point.text("policyName"),
            retention_tag_name: point.text("retentionTagName"),
            data_stores: point
                .list("recoveryPointDataStoresDetails")
                .iter()
                .map(RecoveryPointDataStore::read)
                .collect(),
        })
    }

    /// Whether only part of the data is in it.
    pub fn is_partial(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.eq_ignore_ascii_case("Partial"))
    }

    /// Its copy in `store`, if there is one.
    pub fn copy_in(&self, store: DataStore) -> Option<&RecoveryPointDataStore> {
        self.data_stores.iter().find(|copy| copy.data_store() == Some(store))
    }
}

impl RecoveryPointDataStore {
    fn read(value: &Value) -> Self {
        let members = Members::of(value);
        Self {
            id: members.text("id"),
            kind: members.text("type"),
            creation_time: members.instant("creationTime"),
            expiry_time: members.instant("expiryTime"),
            state: members.text("state"),
            visible: members.boolean("visible"),
            rehydration_expiry_time: members.instant("rehydrationExpiryTime"),
            rehydration_status: members.text("rehydrationStatus"),
        }
    }

    /// The store, if its word is known.
    pub fn data_store(&self) -> Option<DataStore> {
        DataStore::read(self.kind.as_deref()?)
    }

    /// Whether it is committed and visible; what Azure does not say counts as so.
    pub fn is_usable(&self) -> bool {
        self.visible != Some(false) && self.state.as_ref().is_none_or(|state| state.eq_ignore_ascii_case("COMMITTED"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_live_point_is_read_with_its_copies() {
        let point = RecoveryPoint::read(&json!({"name": "n", "properties": {
            "objectType": "AzureBackupDiscreteRecoveryPoint", "recoveryPointId": "eb00",
            "recoveryPointTime": "2021-10-21T16:31:16.8316716Z", "recoveryPointType": "Full", "friendlyName": "794e",
            "recoveryPointState": null, "expiryTime": null,
            "recoveryPointDataStoresDetails": [{
                "id": "9e", "type": "vaultstore", "creationTime": "2021-10-21T16:31:16.8316716Z", "expiryTime": null,
                "metaData": null, "visible": true, "state": "COMMITTED", "rehydrationExpiryTime": null,
                "rehydrationStatus": null}],
            "retentionTagVersion": "637", "policyVersion": null}}))
        .unwrap();
        assert_eq!((point.recovery_point_id.as_str(), point.friendly_name.as_deref()), ("eb00", Some("794e")));
        assert_eq!(point.time, Some(datetime!(2021-10-21 16:31:16.8316716 UTC)));
        assert!(!point.is_partial());
        assert!(point.copy_in(DataStore::VaultStore).unwrap().is_usable());
        assert_eq!(point.copy_in(DataStore::ArchiveStore), None);
    }

    #[test]
    fn obsolete_store_words_are_kept_and_are_no_known_store() {
        let point = RecoveryPoint::read(&json!({"name": "n", "properties": {
            "recoveryPointState": "Partial",
            "recoveryPointDataStoresDetails": [{"type": "Snapshot", "visible": false}]}}))
        .unwrap();
        assert_eq!(point.recovery_point_id, "n");
        assert!(point.is_partial());
        assert_eq!((point.data_stores[0].kind.as_deref(), point.data_stores[0].data_store()), (Some("Snapshot"), None));
        assert!(!point.data_stores[0].is_usable());
    }

    #[test]
    fn an_answer_without_a_name_is_no_point() {
        assert_eq!(RecoveryPoint::read(&json!({})), None);
    }
}

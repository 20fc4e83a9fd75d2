//! Backup instances of blobs: the protected account, its ranges (operational) and its recovery points (vaulted).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::clock::with_ticks;
use super::super::error::ServiceError;
use super::super::storage::StorageAccount;
use super::recovery_points::RecoveryPoint;

pub const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices";

/// A stretch of time to any instant of which the account can be put back.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub start: OffsetDateTime,
    /// `None`: it goes on; the end is now.
    pub end: Option<OffsetDateTime>,
}

#[derive(Clone, Debug)]
pub struct BackupInstance {
    pub name: String,
    /// The protected account; it need not exist any more.
    pub account: StorageAccount,
    /// Containers in the vaulted backup.
    pub containers: BTreeSet<String>,
    pub ranges: Vec<Range>,
    pub recovery_points: Vec<RecoveryPoint>,
    pub protection_state: String,
    /// How many validations still fail since the vault's identity lacks its role: grants take time to spread.
    pub validations_without_role: u32,
    /// What a validation finds wrong, whatever is asked.
    pub always_invalid: Option<ServiceError>,
}

impl BackupInstance {
    /// The protected blobs of `account`, without any backup yet.
    pub fn blobs(name: &str, account: &StorageAccount) -> Self {
        Self {
            name: name.into(),
            account: account.clone(),
            containers: account.containers.clone(),
            ranges: Vec::new(),
            recovery_points: Vec::new(),
            protection_state: "ProtectionConfigured".into(),
            validations_without_role: 0,
            always_invalid: None,
        }
    }

    /// Operational backup that can go back to any instant between the two.
    pub fn range(mut self, start: OffsetDateTime, end: OffsetDateTime) -> Self {
        self.ranges.push(Range { start, end: Some(end) });
        self
    }

    /// Operational backup that goes on.
    pub fn continuous_since(mut self, start: OffsetDateTime) -> Self {
        self.ranges.push(Range { start, end: None });
        self
    }

    /// Vaulted backup.
    pub fn recovery_point(mut self, point: RecoveryPoint) -> Self {
        self.recovery_points.push(point);
        self
    }

    /// The vault's identity has no role on the storage account; it has one after so many failed validations.
    pub fn without_role(mut self, validations: u32) -> Self {
        self.validations_without_role = validations;
        self
    }

    pub fn to_json(&self, vault_id: &str) -> Value {
        let account = self.account.id();
        let source = |object_type: &str| {
            json!({
                "objectType": object_type, "datasourceType": BLOBS, "resourceID": account, "resourceName": self.account.name,
                "resourceType": "Microsoft.Storage/storageAccounts", "resourceLocation": self.account.location,
                "resourceUri": "", "resourceProperties": null,
            })
        };
        json!({
            "id": format!("{vault_id}/backupInstances/{}", self.name), "name": self.name,
            "type": "Microsoft.DataProtection/backupVaults/backupInstances", "tags": null,
            "properties": {
                "objectType": "BackupInstance", "friendlyName": self.account.name,
                "dataSourceInfo": source("Datasource"), "dataSourceSetInfo": source("DatasourceSet"),
                "policyInfo": {
                    "policyId": format!("{vault_id}/backupPolicies/blobs"), "policyVersion": "",
                    "policyParameters": self.policy_parameters(),
                },
                "protectionStatus": {"status": self.protection_state, "errorDetails": null},
                "currentProtectionState": self.protection_state, "protectionErrorDetails": null,
                "provisioningState": "Succeeded", "datasourceAuthCredentials": null, "validationType": null,
                "identityDetails": null, "resourceGuardOperationRequests": null,
            },
        })
    }

    fn policy_parameters(&self) -> Value {
        if self.recovery_points.is_empty() {
            return Value::Null;
        }
        json!({
            "dataStoreParametersList": null,
            "backupDatasourceParametersList": [{
                "objectType": "BlobBackupDatasourceParameters", "containersList": self.containers,
            }],
        })
    }

    pub fn find_recovery_point(&self, id: &str) -> Option<&RecoveryPoint> {
        self.recovery_points.iter().find(|point| point.id.eq_ignore_ascii_case(id))
    }

    /// Whether the account can be put back to `at`; both bounds of a range belong to it.
    pub fn covers(&self, at: OffsetDateTime, now: OffsetDateTime) -> bool {
        self.ranges.iter().any(|range| range.start <= at && at <= range.end.unwrap_or(now))
    }
}

/// The answer of `findRestorableTimeRanges`: `id` is the bare name of the instance.
pub fn restorable_time_ranges(instance: &str, ranges: &[(OffsetDateTime, OffsetDateTime)]) -> Value {
    let ranges: Vec<Value> = ranges
        .iter()
        .map(|(start, end)| {
            json!({"startTime": with_ticks(*start), "endTime": with_ticks(*end), "objectType": "RestorableTimeRange"})
        })
        .collect();
    json!({
        "id": instance, "name": null,
        "type": "Microsoft.DataProtection/backupVaults/backupInstances/findRestorableTimeRanges",
        "properties": {"restorableTimeRanges": ranges, "objectType": "AzureBackupFindRestorableTimeRangesResponse"},
    })
}

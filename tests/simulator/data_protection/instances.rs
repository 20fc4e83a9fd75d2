//! Backup instances: what is protected, its ranges (continuous backup) and its recovery points (all other), here and in
//! the secondary region.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::clock::with_ticks;
use super::super::error::ServiceError;
use super::super::resources::Resource;
use super::super::storage::StorageAccount;
use super::recovery_points::RecoveryPoint;
use super::workloads::Workload;

/// Of [`BackupInstance::without_role`]: validations fail until the role is granted by hand.
pub const UNTIL_GRANTED: u32 = u32::MAX;

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
    pub workload: &'static Workload,
    /// What is protected; it need not exist any more.
    pub source: Resource,
    /// Containers in the vaulted backup of a storage account.
    pub containers: BTreeSet<String>,
    pub ranges: Vec<Range>,
    pub recovery_points: Vec<RecoveryPoint>,
    /// Those that have reached the secondary region: a list of its own, for it lags.
    pub secondary_points: Vec<RecoveryPoint>,
    pub protection_state: String,
    /// How many validations still fail since the vault's identity lacks its role: grants take time to spread.
    pub validations_without_role: u32,
    /// What such a validation says, where it is not what its workload usually says.
    pub role_error: Option<ServiceError>,
    /// What a validation finds wrong, whatever is asked.
    pub always_invalid: Option<ServiceError>,
}

impl BackupInstance {
    /// What is protected, without any backup yet.
    pub fn of(workload: &'static Workload, name: &str, source: &Resource) -> Self {
        Self {
            name: name.into(),
            workload,
            source: source.clone(),
            containers: BTreeSet::new(),
            ranges: Vec::new(),
            recovery_points: Vec::new(),
            secondary_points: Vec::new(),
            protection_state: "ProtectionConfigured".into(),
            validations_without_role: 0,
            role_error: None,
            always_invalid: None,
        }
    }

    /// The same of a storage account: all its containers are in the backup.
    pub fn of_account(workload: &'static Workload, name: &str, account: &StorageAccount) -> Self {
        Self { containers: account.containers.clone(), ..Self::of(workload, name, &account.as_resource()) }
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

    /// Backup by points.
    pub fn recovery_point(mut self, point: RecoveryPoint) -> Self {
        self.recovery_points.push(point);
        self
    }

    /// A point of the primary region that has reached the secondary one, where its id is another.
    pub fn secondary_point(mut self, point: RecoveryPoint) -> Self {
        self.secondary_points.push(point.in_secondary_region());
        self
    }

    pub fn role_error(mut self, error: ServiceError) -> Self {
        self.role_error = Some(error);
        self
    }

    /// The vault's identity has no role on the target; it has one after so many failed validations.
    pub fn without_role(mut self, validations: u32) -> Self {
        self.validations_without_role = validations;
        self
    }

    pub fn to_json(&self, vault_id: &str) -> Value {
        let source = |object_type: &str| {
            json!({
                "objectType": object_type, "datasourceType": self.workload.datasource_type,
                "resourceID": self.source.id(), "resourceName": self.source.name,
                "resourceType": self.workload.resource_type, "resourceLocation": self.source.location,
                "resourceUri": if self.workload.is_its_own_set { self.source.id() } else { String::new() }, "resourceProperties": null,
            })
        };
        let set = if self.workload.has_a_set { source("DatasourceSet") } else { Value::Null };
        json!({
            "id": format!("{vault_id}/backupInstances/{}", self.name), "name": self.name,
            "type": "Microsoft.DataProtection/backupVaults/backupInstances", "tags": null,
            "properties": {
                "objectType": "BackupInstance", "friendlyName": self.source.name,
                "dataSourceInfo": source("Datasource"), "dataSourceSetInfo": set,
                "policyInfo": {
                    "policyId": format!("{vault_id}/backupPolicies/{}", self.workload.policy), "policyVersion": "",
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
        if self.recovery_points.is_empty() { Value::Null } else { (self.workload.policy_parameters)(self) }
    }

    /// It can be put back to any instant, and has no points: nothing of it is in the vault.
    pub fn is_continuous(&self) -> bool {
        !self.ranges.is_empty() && self.recovery_points.is_empty()
    }

    /// The points of one region.
    pub fn points(&self, secondary: bool) -> &[RecoveryPoint] {
        if secondary { &self.secondary_points } else { &self.recovery_points }
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
            let (start, end) = (with_ticks(*start), with_ticks(*end));
            json!({"startTime": start, "endTime": end, "objectType": "RestorableTimeRange"})
        })
        .collect();
    json!({
        "id": instance, "name": null,
        "type": "Microsoft.DataProtection/backupVaults/backupInstances/findRestorableTimeRanges",
        "properties": {"restorableTimeRanges": ranges, "objectType": "AzureBackupFindRestorableTimeRangesResponse"},
    })
}

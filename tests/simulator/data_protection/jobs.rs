//! Jobs of a backup vault: what one is, how it moves, and how Azure shows it: nulls and all, nothing moving between
//! two reads of a running one.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::clock::{as_duration, with_ticks};
use super::super::story::{Ending, Face, Progress};
use super::instances::BLOBS;
use super::order::Order;

#[derive(Clone, Debug)]
pub struct Job {
    /// The GUID.
    pub id: String,
    pub vault_id: String,
    pub vault_name: String,
    pub instance_id: String,
    pub instance_name: String,
    pub source_account_id: String,
    pub source_account: String,
    pub source_resource_group: String,
    pub source_location: String,
    pub subscription: String,
    pub activity_id: String,
    pub order: Order,
    pub progress: Progress,
    pub started: OffsetDateTime,
    pub ended: Option<OffsetDateTime>,
    /// Instant and number of the last change, shown in the etag.
    pub changed: (OffsetDateTime, u32),
}

/// How much of a job is shown: the list leaves out what only a single read gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    Whole,
    Listed,
}

impl Job {
    /// The ARM id in the casing of the job's own `id`.
    pub fn arm_id(&self) -> String {
        format!("{}/backupJobs/{}", self.vault_id, self.id)
    }

    /// The ARM id as a finished operation writes it.
    pub fn oddly_cased_id(&self) -> String {
        self.arm_id().replace("/resourceGroups/", "/resourcegroups/").replace("/backupVaults/", "/BackupVaults/")
    }

    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    /// After the progress may have moved: whether the job ended just now, and well.
    pub fn settle(&mut self, now: OffsetDateTime) -> bool {
        if self.ended.is_some() || self.progress.ending().is_none() {
            return false;
        }
        self.ended = Some(now);
        self.changed = (now, self.changed.1 + 1);
        matches!(self.progress.ending(), Some(Ending::Completed | Ending::CompletedWithWarnings(_)))
    }

    pub fn status(&self) -> String {
        match self.progress.face() {
            Face::Running(word) => word,
            Face::Ended(ending) => ending.word().into(),
            Face::Bare | Face::ServerError => "InProgress".into(),
            Face::Missing => self.progress.ending().map_or("InProgress", Ending::word).into(),
        }
    }

    /// The job with `face`.
    pub fn to_json(&self, face: &Face, detail: Detail) -> Value {
        let status = match face {
            Face::Running(word) => word.as_str(),
            Face::Ended(ending) => ending.word(),
            Face::Bare => return self.bare(),
            Face::ServerError | Face::Missing => "InProgress",
        };
        let ending = match face {
            Face::Ended(ending) => Some(ending),
            _ => None,
        };
        let ended = self.ended.filter(|_| ending.is_some());
        let duration = ended.map_or(time::Duration::ZERO, |ended| ended - self.started);
        let error_details = match ending {
            Some(Ending::Failed(errors)) if detail == Detail::Whole => {
                errors.iter().map(|error| error.user_facing(&self.activity_id)).collect()
            }
            _ => Value::Null,
        };
        let extended_info = match detail {
            Detail::Whole => self.extended_info(status, ending),
            Detail::Listed => Value::Null,
        };
        let properties = json!({
            "activityID": self.activity_id, "subscriptionId": self.subscription, "backupInstanceId": self.instance_id,
            "policyId": format!("{}/backupPolicies/blobs", self.vault_id), "dataSourceId": self.source_account_id,
            "vaultName": self.vault_name, "backupInstanceFriendlyName": self.source_account, "policyName": "blobs",
            "sourceResourceGroup": self.source_resource_group, "dataSourceSetName": null, "dataSourceName": self.source_account,
            "sourceDataStoreName": null, "sourceDataStoreType": self.order.store, "destinationDataStoreName": null,
            "progressEnabled": false, "etag": self.etag(), "sourceSubscriptionID": self.subscription,
            "dataSourceLocation": self.source_location, "startTime": with_ticks(self.started),
            "endTime": ended.map(with_ticks), "dataSourceType": BLOBS, "operationCategory": "Restore", "operation": "Restore",
            "status": status, "restoreType": if self.order.to_original_location { "OLR" } else { "ALR" },
            "isUserTriggered": true, "rehydrationPriority": null, "supportedActions": [""], "duration": as_duration(duration),
            "progressUrl": null, "isCrossRegionRestore": false, "errorDetails": error_details,
            "extendedInfo": extended_info,
        });
        self.envelope(properties)
    }

    fn envelope(&self, properties: Value) -> Value {
        json!({
            "id": self.arm_id(), "name": self.id, "type": "Microsoft.DataProtection/BackupVaults/backupJobs",
            "properties": properties,
        })
    }

    /// What a first read may give: hardly anything.
    fn bare(&self) -> Value {
        self.envelope(json!({
            "activityID": self.activity_id, "status": "InProgress", "startTime": with_ticks(self.started), "endTime": null,
            "operation": "Restore", "operationCategory": "Restore", "duration": "PT0S", "supportedActions": [""],
            "errorDetails": null, "extendedInfo": null,
        }))
    }

    fn extended_info(&self, status: &str, ending: Option<&Ending>) -> Value {
        let warnings = match ending {
            Some(Ending::CompletedWithWarnings(warnings)) => warnings
                .iter()
                .map(|warning| {
                    json!({"resourceName": warning.resource_name, "warning": warning.warning.user_facing(&self.activity_id)})
                })
                .collect(),
            _ => Value::Null,
        };
        let task_details = ending
            .map(|_| json!({"DataTransferredInBytes": "69827", "TaskId": self.activity_id, "DatasourceType": BLOBS}));
        json!({
            "additionalDetails": null, "backupInstanceState": null, "dataTransferredInBytes": null,
            "recoveryDestination": self.order.destination,
            "sourceRecoverPoint": {
                "recoveryPointID": self.order.recovery_point_id, "recoveryPointTime": self.order.recovery_point_time,
            },
            "targetRecoverPoint": null, "warningDetails": warnings,
            "isAutohealJob": false, "autohealParentFailedJobId": null,
            "subTasks": [{
                "taskId": 1, "taskName": "Trigger Restore", "taskStatus": status, "taskProgress": null,
                "additionalDetails": task_details,
            }],
        })
    }

    fn etag(&self) -> String {
        let (at, number) = self.changed;
        let at = with_ticks(at + time::Duration::nanoseconds(100) * number.cast_signed());
        format!("W/\"datetime'{}'\"", at.replace(':', "%3A"))
    }
}

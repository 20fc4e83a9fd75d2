//! Jobs of a backup vault: what one is, how it moves, and how Azure shows it: nulls and all, nothing moving between
//! two reads of a running one.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::JobFacts;
use super::super::arm::{ArmCall, ServiceAnswer};
use super::super::clock::{as_duration, with_ticks};
use super::super::error::{ServiceError, not_found};
use super::super::job_lists::ListedJob;
use super::super::makes::Makes;
use super::super::message::Reply;
use super::super::paging::paged;
use super::super::platform::Platform;
use super::super::resources::Resource;
use super::super::script::{Ending, JobView, Progress};
use super::DataProtection;
use super::order::{self, Details, Order};
use super::remembered;
use super::workloads::Workload;

#[derive(Clone, Debug)]
pub struct SimulatedJob {
    /// The GUID.
    pub id: String,
    pub vault_id: String,
    pub vault_name: String,
    pub instance_id: String,
    pub instance_name: String,
    pub workload: &'static Workload,
    pub source: Resource,
    pub subscription: String,
    pub activity_id: String,
    pub order: Order,
    pub details: Details,
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

impl SimulatedJob {
    /// The ARM id in the casing of the job's own `id`.
    pub fn arm_id(&self) -> String {
        format!("{}/backupJobs/{}", self.vault_id, self.id)
    }

    /// The ARM id as a finished operation writes it.
    pub fn oddly_cased_id(&self) -> String {
        self.arm_id().replace("/resourceGroups/", "/resourcegroups/").replace("/backupVaults/", "/BackupVaults/")
    }

    pub fn facts(&self) -> JobFacts {
        JobFacts {
            id: self.id.clone(),
            arm_id: self.arm_id(),
            instance: self.instance_name.clone(),
            status: self.status(),
            activity_id: self.activity_id.clone(),
            cross_region: self.details.cross_region,
            makes: self.order.makes.clone(),
        }
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
        match self.progress.view() {
            JobView::Running(word) => word,
            JobView::Ended(ending) => ending.word().into(),
            JobView::Bare | JobView::ServerError => "InProgress".into(),
            JobView::Missing => self.progress.ending().map_or("InProgress", Ending::word).into(),
        }
    }

    /// The job with `view`.
    pub fn to_json(&self, view: &JobView, detail: Detail) -> Value {
        let status = match view {
            JobView::Running(word) => word.as_str(),
            JobView::Ended(ending) => ending.word(),
            JobView::Bare => return self.bare(),
            JobView::ServerError | JobView::Missing => "InProgress",
        };
        let ending = match view {
            JobView::Ended(ending) => Some(ending),
            _ => None,
        };
        let ended = self.ended.filter(|_| ending.is_some());
        let duration = ended.map_or(time::Duration::ZERO, |ended| ended - self.started);
        let error_details = match ending {
            Some(Ending::Failed(errors) | Ending::CompletedWithErrors(errors)) if detail == Detail::Whole => {
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
            "policyId": format!("{}/backupPolicies/{}", self.vault_id, self.workload.policy),
            "dataSourceId": self.source.id(), "vaultName": self.vault_name,
            "backupInstanceFriendlyName": self.source.name, "policyName": self.workload.policy,
            "sourceResourceGroup": self.source.resource_group, "dataSourceSetName": self.set_name(),
            "dataSourceName": self.source.name, "sourceDataStoreName": null, "sourceDataStoreType": self.source_store(),
            "destinationDataStoreName": null, "progressEnabled": self.workload.progress_enabled, "etag": self.etag(),
            "sourceSubscriptionID": self.source.subscription, "dataSourceLocation": self.source.location,
            "startTime": with_ticks(self.started), "endTime": ended.map(with_ticks),
            "dataSourceType": self.workload.datasource_type, "operationCategory": self.category(),
            "operation": self.operation(), "status": status, "restoreType": ended.and_then(|_| self.restore_type()), "isUserTriggered": true,
            "rehydrationPriority": self.details.rehydration_priority, "supportedActions": [""],
            "duration": as_duration(duration), "progressUrl": null,
            "isCrossRegionRestore": null, "errorDetails": error_details,
            "extendedInfo": extended_info,
        });
        self.envelope(properties)
    }

    fn operation(&self) -> &'static str {
        if self.order.is_backup() { "Backup" } else { "Restore" }
    }

    fn category(&self) -> &'static str {
        match self.details.cross_region {
            true => "CrossRegionRestore",
            false => self.operation(),
        }
    }

    fn set_name(&self) -> Option<&str> {
        (self.workload.is_its_own_set || self.workload.set_in_jobs).then_some(self.source.name.as_str())
    }

    /// The store that is read. A backup reads none.
    fn source_store(&self) -> Option<&str> {
        (!self.order.is_backup()).then_some(self.order.store.as_str())
    }

    /// Null of a backup, as long as the job runs, and where something new is made or written, as recorded for blobs and for disks.
    fn restore_type(&self) -> Option<&'static str> {
        let word = if self.order.to_original_location { "OLR" } else { "ALR" };
        (self.workload.tells_restore_type && !self.order.is_backup()).then_some(word)
    }

    fn file_prefix(&self) -> Option<&str> {
        match &self.order.makes {
            Makes::Files { prefix, .. } => Some(prefix),
            Makes::Nothing
            | Makes::Resource(_)
            | Makes::Containers { .. }
            | Makes::Database { .. }
            | Makes::FlexibleServer { .. }
            | Makes::RecoveryPoint { .. }
            | Makes::MachineDatabase { .. } => None,
        }
    }

    /// A job of the secondary region leaves nulls out and spells its id in another way.
    fn envelope(&self, properties: Value) -> Value {
        let cross_region = self.details.cross_region;
        let id = self.arm_id();
        json!({
            "id": if cross_region { id.replace("/backupVaults/", "/BackupVaults/") } else { id }, "name": self.id,
            "type": "Microsoft.DataProtection/BackupVaults/backupJobs",
            "properties": if cross_region { without_nulls(properties) } else { properties },
        })
    }

    /// What a first read may give: hardly anything.
    fn bare(&self) -> Value {
        self.envelope(json!({
            "activityID": self.activity_id, "status": "InProgress", "startTime": with_ticks(self.started), "endTime": null,
            "operation": self.operation(), "operationCategory": self.category(), "duration": "PT0S", "supportedActions": [""],
            "errorDetails": null, "extendedInfo": null,
        }))
    }

    fn extended_info(&self, status: &str, ending: Option<&Ending>) -> Value {
        let warnings = match ending {
            Some(Ending::CompletedWithWarnings(warnings)) => warnings
                .iter()
                .map(|warning| {
                    let told = warning.warning.user_facing(&self.activity_id);
                    json!({"resourceName": warning.resource_name, "warning": told})
                })
                .collect(),
            _ => Value::Null,
        };
        let transferred = self.workload.transferred.filter(|_| ending.is_some());
        let task_details = transferred.map(|bytes| {
            json!({
                "DataTransferredInBytes": bytes, "TaskId": self.activity_id,
                "DatasourceType": self.workload.datasource_type,
            })
        });
        let file_prefix = self.file_prefix().map(|prefix| json!({"Restore File Prefix": prefix}));
        let mut extended_info = json!({
            "additionalDetails": file_prefix, "backupInstanceState": null,
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
        });
        if self.order.is_backup() {
            extended_info["recoveryDestination"] = Value::Null;
            extended_info["sourceRecoverPoint"] = Value::Null;
            extended_info["subTasks"][0]["taskName"] = json!("Trigger Backup");
        }
        extended_info[self.workload.transferred_member] = Value::Null;
        extended_info
    }

    fn etag(&self) -> String {
        let (at, number) = self.changed;
        let at = with_ticks(at + time::Duration::nanoseconds(100) * number.cast_signed());
        format!("W/\"datetime'{}'\"", at.replace(':', "%3A"))
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// Whose jobs are asked for. Those of the secondary region are in no list of the primary one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    Primary,
    Secondary,
}

impl Region {
    fn has(self, job: &SimulatedJob, vault_id: &str) -> bool {
        job.vault_id.eq_ignore_ascii_case(vault_id) && job.details.cross_region == (self == Self::Secondary)
    }
}

impl DataProtection {
    /// The place of the job with this GUID or ARM id.
    pub fn position(&self, id: &str) -> Option<usize> {
        let name = id.rsplit('/').next().unwrap_or(id);
        self.jobs.iter().position(|job| job.id.eq_ignore_ascii_case(name))
    }

    /// To be called whenever a job may have moved: fixes its end. What has been taken on the target since it began fails it,
    /// and one that went well leaves something behind.
    pub fn settle(&mut self, platform: &mut Platform, at: usize) {
        let now = platform.clock.now();
        let Some(job) = self.jobs.get_mut(at) else { return };
        if job.is_running()
            && matches!(job.progress.ending(), Some(Ending::Completed | Ending::CompletedWithWarnings(_)))
            && let Some(error) = order::taken(&platform.world, &job.order)
        {
            job.progress.finish(Ending::Failed(vec![error]));
        }
        if job.settle(now) {
            job.order.makes.come_true(&mut platform.world);
        }
    }

    /// The vault's jobs. Their order is that of their GUIDs read backwards: no order a client may rely on.
    pub fn list_jobs(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault_id: &str,
        region: Region,
    ) -> ServiceAnswer {
        let fill = |platform: &mut Platform| {
            let mut shown = Vec::new();
            for at in 0..self.jobs.len() {
                let Some(job) = self.jobs.get_mut(at) else { continue };
                if !region.has(job, vault_id) {
                    continue;
                }
                let listed = job.progress.list();
                self.settle(platform, at);
                if let Some(job) = self.jobs.get(at).filter(|_| listed) {
                    let view = match job.progress.view() {
                        JobView::Bare | JobView::ServerError => JobView::Running("InProgress".into()),
                        view => view,
                    };
                    let listed = ListedJob { started: job.started, value: job.to_json(&view, Detail::Listed) };
                    shown.push((job.id.chars().rev().collect::<String>(), listed));
                }
            }
            shown.sort_by(|left, right| left.0.cmp(&right.0));
            let shown = shown.into_iter().map(|(_, listed)| listed).collect();
            platform.job_lists.shown(&format!("{region:?} {vault_id}"), shown)
        };
        if let Some(page) = remembered::page(platform, call, vault_id).filter(|_| region == Region::Primary) {
            return page;
        }
        let note = match region {
            Region::Primary => "looked at the vault's jobs",
            Region::Secondary => "looked at the vault's jobs in the secondary region",
        };
        let mut list = paged(platform, call, fill, note);
        if region == Region::Primary {
            remembered::follow(platform, call, &mut list);
        }
        list
    }

    pub fn get_job(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault_id: &str,
        id: &str,
        region: Region,
    ) -> ServiceAnswer {
        let position = self.position(id);
        let found = position.and_then(|at| Some((at, self.jobs.get_mut(at)?)));
        let Some((at, job)) = found.filter(|(_, job)| region.has(job, vault_id)) else {
            return ServiceAnswer::new(
                not_found(&format!("{vault_id}/backupJobs/{id}")),
                format!("asked for job {id}, which does not exist"),
            );
        };
        // The end is fixed before the look that shows it, and data is there with it.
        let view = job.progress.look();
        let reply = match &view {
            JobView::Missing => not_found(&job.arm_id()),
            JobView::ServerError => {
                let message = "An internal server error occurred.";
                ServiceError::new("RestApiInternalError", message).reply(500, &call.activity_id)
            }
            _ => Reply::json(200, &job.to_json(&view, Detail::Whole)),
        };
        let seen = match &view {
            JobView::Running(word) => word.clone(),
            JobView::Ended(ending) => ending.word().to_owned(),
            JobView::Bare => "nearly nothing".to_owned(),
            JobView::ServerError => "a server error".to_owned(),
            JobView::Missing => "no record".to_owned(),
        };
        let note = format!("looked at job {}: {seen}", job.id);
        self.settle(platform, at);
        ServiceAnswer::new(reply, note)
    }
}

//! Jobs of a vault: what one is, how it moves, and how Azure shows it. A share's job has no steps; all it tells is in its
//! property bag, as texts, which is empty at first. A machine's has steps and a percentage, too.

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
use super::super::script::{Ending, JobView, Progress};
use super::super::world::World;
use super::RecoveryServices;
use super::backups::BackupOrder;
use super::databases::{self, WorkloadOrder};
use super::filters::{self, Filter};
use super::items::ItemKind;
use super::machines::{self, MachineOrder};
use super::vaults::RecoveryServicesVault;

#[derive(Clone, Debug)]
pub struct ItemJob {
    /// The GUID.
    pub id: String,
    pub vault_id: String,
    pub item_id: String,
    pub kind: ItemKind,
    /// The names of the share or machine that was backed up, of its account or group, and the point's time.
    pub share: String,
    pub account: String,
    pub account_group: String,
    /// Of a database.
    pub instance: String,
    pub point_time: OffsetDateTime,
    pub activity_id: String,
    pub order: ItemOrder,
    /// The secondary region that it runs in.
    pub region: Option<String>,
    /// How often it was looked at.
    pub looked: u32,
    pub progress: Progress,
    pub started: OffsetDateTime,
    pub ended: Option<OffsetDateTime>,
    pub failed_files: u32,
    pub skipped_files: u32,
}

/// What a job does: a restore, or a backup on demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemOrder {
    FileShare(FileShareOrder),
    Machine(Box<MachineOrder>),
    Database(Box<WorkloadOrder>),
    Backup(Box<BackupOrder>),
}

impl ItemOrder {
    fn makes(&self) -> Makes {
        match self {
            Self::FileShare(_) | Self::Backup(_) => Makes::Nothing,
            Self::Machine(order) => order.makes.clone(),
            Self::Database(order) => order.makes.clone(),
        }
    }

    /// What was taken since the restore began.
    fn taken(&self, world: &World) -> Option<ServiceError> {
        match self.makes() {
            Makes::Resource(made) if world.resource(&made.id()).is_some() => Some(machines::exists(&made)),
            made @ Makes::MachineDatabase { .. } => made.in_the_way(world).first().map(|name| databases::exists(name)),
            _ => None,
        }
    }
}

/// What a restore of a share does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileShareOrder {
    /// Account and share that are written to, as `account/share`.
    pub target: (String, String),
    pub folder: String,
    pub to_original_location: bool,
}

impl FileShareOrder {
    fn destination(&self) -> String {
        let (account, share) = &self.target;
        format!("{account}/{share}/{}", self.folder).trim_end_matches('/').to_owned()
    }
}

impl ItemJob {
    pub fn arm_id(&self) -> String {
        format!("{}/backupJobs/{}", self.vault_id, self.id)
    }

    pub fn facts(&self) -> JobFacts {
        JobFacts {
            id: self.id.clone(),
            arm_id: self.arm_id(),
            instance: self.share.clone(),
            status: self.status(),
            activity_id: self.activity_id.clone(),
            cross_region: self.region.is_some(),
            makes: self.order.makes(),
        }
    }

    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    /// To be called whenever it may have moved: fixes its end. One that went well leaves something behind.
    pub fn settle(&mut self, world: &mut World, now: OffsetDateTime) {
        let good =
            |job: &Self| matches!(job.progress.ending(), Some(Ending::Completed | Ending::CompletedWithWarnings(_)));
        if !self.is_running() || self.progress.ending().is_none() {
            return;
        }
        if good(self)
            && let Some(error) = self.order.taken(world)
        {
            self.progress.finish(Ending::Failed(vec![error]));
        }
        self.ended = Some(now);
        if good(self) {
            self.order.makes().come_true(world);
            if let ItemOrder::Backup(order) = &self.order {
                order.come_true(self, world);
            }
        }
    }

    pub fn status(&self) -> String {
        match self.progress.view() {
            JobView::Running(word) => word,
            JobView::Ended(ending) => ending.word().into(),
            JobView::Bare | JobView::ServerError => "InProgress".into(),
            JobView::Missing => self.progress.ending().map_or("InProgress", Ending::word).into(),
        }
    }

    /// A list leaves `extendedInfo` and the errors out.
    fn to_json(&self, view: &JobView, whole: bool) -> Value {
        let (status, ending) = match view {
            JobView::Running(word) => (word.as_str(), None),
            JobView::Ended(ending) => (ending.word(), Some(ending)),
            JobView::Bare | JobView::ServerError | JobView::Missing => ("InProgress", None),
        };
        let ended = self.ended.filter(|_| ending.is_some());
        let duration = ended.map_or(time::Duration::ZERO, |ended| ended - self.started);
        let (job_type, management) = match self.kind {
            ItemKind::FileShare => ("AzureStorageJob", "AzureStorage"),
            ItemKind::VirtualMachine => ("AzureIaaSVMJobV2", "AzureIaasVM"),
            ItemKind::Database(_) => ("AzureWorkloadJob", "AzureWorkload"),
        };
        let mut properties = json!({
            "jobType": job_type, "entityFriendlyName": self.share, "backupManagementType": management,
            "operation": "Restore", "status": status, "startTime": with_ticks(self.started),
            "endTime": ended.map(with_ticks), "duration": as_duration(duration), "activityId": self.activity_id,
            "actionsInfo": ["Cancellable"], "errorDetails": null,
        });
        match self.kind {
            ItemKind::FileShare => {
                properties["storageAccountName"] = json!(self.account);
                properties["storageAccountVersion"] = json!("Storage");
                properties["isUserTriggered"] = json!(true);
            }
            ItemKind::Database(server) => {
                properties["workloadType"] = json!(server.workload());
                properties["entityFriendlyName"] = json!(format!("{} [{}]", self.share, self.account));
                properties["isUserTriggered"] = json!(true);
                if ended.is_some() {
                    properties["operation"] = json!("Restore (Full)");
                }
            }
            ItemKind::VirtualMachine => {
                properties["containerName"] = json!(format!("iaasvmcontainerv2;{};{}", self.account_group, self.share));
                properties["virtualMachineVersion"] = json!("Compute");
            }
        }
        if let ItemOrder::Backup(order) = &self.order {
            properties["operation"] = json!(order.operation(ended.is_some()));
        }
        if whole {
            properties["errorDetails"] = errors(ending);
            // As recorded right after the start.
            let bag = if *view == JobView::Bare { json!({}) } else { self.property_bag(ending.is_some()) };
            properties["extendedInfo"] = json!({"tasksList": [], "propertyBag": bag, "dynamicErrorMessage": null});
            if matches!(self.kind, ItemKind::Database(_)) && *view != JobView::Bare {
                let step = if ended.is_some() { "Completed" } else { "InProgress" };
                properties["extendedInfo"]["tasksList"] = json!([{"taskId": self.step(), "status": step}]);
            }
            if self.kind == ItemKind::VirtualMachine && *view != JobView::Bare {
                let percent = match ending {
                    Some(_) => 100.0,
                    None if self.looked < 2 => 1.0,
                    None => 99.0,
                };
                let step = if ended.is_some() { "Completed" } else { "InProgress" };
                properties["extendedInfo"]["progressPercentage"] = json!(percent);
                properties["extendedInfo"]["tasksList"] = json!([{
                    "taskId": self.step(), "duration": "PT0S", "status": step,
                    "progressPercentage": percent, "taskExecutionDetails": "127 GBs / 127 GBs Transferred",
                }]);
            }
        }
        self.envelope(properties)
    }

    /// One of the secondary region has an id of that region.
    fn envelope(&self, mut properties: Value) -> Value {
        let Some(region) = &self.region else { return super::envelope(&self.arm_id(), "backupJobs", properties) };
        properties["operation"] = json!("CrossRegionRestore");
        let subscription = self.vault_id.split('/').nth(2).unwrap_or_default();
        let location = format!("/subscriptions/{subscription}/providers/microsoft.recoveryservices/locations/{region}");
        json!({
            "id": format!("{location}/backupJobs/{}", self.id), "name": self.id,
            "type": "Microsoft.RecoveryServices/vaults/backupJobs", "properties": properties,
        })
    }

    fn property_bag(&self, ended: bool) -> Value {
        let mut bag = match &self.order {
            ItemOrder::FileShare(order) => self.bag_of_share(order, ended),
            ItemOrder::Machine(order) => machines::property_bag(self, order, ended),
            ItemOrder::Database(order) => databases::property_bag(self, order, ended),
            ItemOrder::Backup(_) => BackupOrder::property_bag(self),
        };
        if self.region.is_some() {
            let of = |at: usize| self.vault_id.split('/').nth(at).unwrap_or_default().to_owned();
            bag["Subscription Id of the vault"] = json!(of(2));
            bag["Resource Group Name of the vault"] = json!(of(4));
            bag["Vault name"] = json!(of(8));
        }
        bag
    }

    fn step(&self) -> &'static str {
        match self.order {
            ItemOrder::Backup(_) => "Transfer data to vault",
            _ => "Transfer data from vault",
        }
    }

    fn bag_of_share(&self, order: &FileShareOrder, ended: bool) -> Value {
        let kind = if order.to_original_location {
            "Recovering to the original file share"
        } else {
            "Recover to an alternate file share"
        };
        let counted = |count: u32| if ended { count.to_string() } else { "0".to_owned() };
        let (account, share) = &order.target;
        json!({
            "Job Type": kind, "Source File Share Name": self.share, "Source Storage Account Name": self.account,
            "Target File Share Name": share, "Target Storage Account Name": account,
            "RestoreDestination": order.destination(), "Data Transferred (in MB)": counted(7),
            "Number Of Restored Files": counted(12), "Number Of Skipped Files": counted(self.skipped_files),
            "Number Of Failed Files": counted(self.failed_files), "Number Of Restored Directories": counted(3),
            "Number Of Skipped Directories": "0", "Number Of Failed Directories": "0",
            "Recovery Point Time in UTC": with_ticks(self.point_time),
        })
    }
}

fn errors(ending: Option<&Ending>) -> Value {
    let one = |error: &ServiceError| {
        json!({
            "errorCode": 510_000 + error.code.len(), "errorTitle": error.code, "errorString": error.message,
            "recommendations": error.recommended_actions,
        })
    };
    match ending {
        Some(Ending::Failed(errors) | Ending::CompletedWithErrors(errors)) => errors.iter().map(one).collect(),
        Some(Ending::CompletedWithWarnings(warnings)) => warnings.iter().map(|warning| one(&warning.warning)).collect(),
        _ => Value::Null,
    }
}

impl RecoveryServices {
    /// The place of the job with this GUID or ARM id.
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        let name = id.rsplit('/').next().unwrap_or(id);
        self.jobs.iter().position(|job| job.id.eq_ignore_ascii_case(name))
    }

    pub(super) fn list_jobs(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        cross_region: bool,
    ) -> ServiceAnswer {
        let known = ["status", "backupManagementType", "operation", "jobId"];
        let filter = Filter::of(call, &known, &["startTime", "endTime"]);
        let window = filter.and_then(|filter| Ok((filter.window("startTime", "endTime")?, filter)));
        let (window, filter) = match window {
            Ok(found) => found,
            Err(why) => return filters::refused(call, &why),
        };
        let vault_id = vault.id();
        let now = platform.clock.now();
        let fill = |platform: &mut Platform| {
            let mut shown = Vec::new();
            let of_list = |job: &&mut ItemJob| {
                job.vault_id.eq_ignore_ascii_case(&vault_id) && job.region.is_some() == cross_region
            };
            for job in self.jobs.iter_mut().filter(of_list) {
                let listed = job.progress.list();
                job.settle(&mut platform.world, now);
                let within = window.is_none_or(|(from, to)| from <= job.started && job.started <= to);
                let word = filter.text("status").is_none_or(|wanted| wanted.eq_ignore_ascii_case(&job.status()));
                if listed && within && word {
                    let view = match job.progress.view() {
                        JobView::Bare | JobView::ServerError => JobView::Running("InProgress".into()),
                        view => view,
                    };
                    let listed = ListedJob { started: job.started, value: job.to_json(&view, false) };
                    shown.push((job.id.chars().rev().collect::<String>(), listed));
                }
            }
            // Jobs that protect something are in the same list.
            let protections = self.protection_jobs.iter().filter(|job| !cross_region && job.vault_id == vault_id);
            for job in protections {
                let within = window.is_none_or(|(from, to)| from <= job.started && job.started <= to);
                let value = job.listed(now);
                let word = filter.text("status").is_none_or(|wanted| value["properties"]["status"] == wanted);
                if within && word {
                    let listed = ListedJob { started: job.started, value };
                    shown.push((job.id.chars().rev().collect::<String>(), listed));
                }
            }
            shown.sort_by(|left, right| left.0.cmp(&right.0));
            let shown = shown.into_iter().map(|(_, listed)| listed).collect();
            let list = if cross_region { format!("{vault_id} elsewhere") } else { vault_id.clone() };
            platform.job_lists.shown(&list, shown)
        };
        paged(platform, call, fill, "looked at the vault's jobs")
    }

    pub(super) fn get_job(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        id: &str,
        cross_region: bool,
    ) -> ServiceAnswer {
        let Some(job) = self.job_in(vault, id, cross_region) else { return no_job(vault, id) };
        job.looked = job.looked.saturating_add(1);
        let mut view = job.progress.look();
        let now = platform.clock.now();
        let was_running = job.is_running();
        job.settle(&mut platform.world, now);
        // What was taken meanwhile fails it in this very look.
        if was_running && matches!(view, JobView::Ended(_)) {
            view = job.progress.view();
        }
        let (reply, seen) = match &view {
            JobView::Missing => (not_found(&job.arm_id()), "no record".to_owned()),
            JobView::ServerError => {
                let error = ServiceError::new("RestApiInternalError", "An internal server error occurred.");
                (error.reply(500, &call.activity_id), "a server error".to_owned())
            }
            JobView::Bare => (Reply::json(200, &job.to_json(&view, true)), "nearly nothing".to_owned()),
            JobView::Running(word) => (Reply::json(200, &job.to_json(&view, true)), word.clone()),
            JobView::Ended(ending) => (Reply::json(200, &job.to_json(&view, true)), ending.word().to_owned()),
        };
        ServiceAnswer::new(reply, format!("looked at job {}: {seen}", job.id))
    }

    /// The job then says Cancelling once, and Cancelled.
    pub(super) fn cancel_job(
        &mut self,
        platform: &Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        id: &str,
    ) -> ServiceAnswer {
        let Some(job) = self.job_in(vault, id, false) else { return no_job(vault, id) };
        if !job.is_running() {
            let error =
                ServiceError::new("BMSUserErrorJobNotCancellable", "The job has ended and cannot be cancelled.");
            return ServiceAnswer::new(
                error.reply(400, &call.activity_id),
                format!("tried to cancel job {id}, which has ended"),
            );
        }
        job.progress.cancel();
        let url = format!("{}{}/operationResults/{}", platform.endpoint, job.arm_id(), job.id);
        ServiceAnswer::new(Reply::empty(202).header("location", url), format!("cancelled job {id}"))
    }

    fn job_in(&mut self, vault: &RecoveryServicesVault, id: &str, cross_region: bool) -> Option<&mut ItemJob> {
        let at = self.position(id)?;
        let is_there =
            |job: &&mut ItemJob| job.vault_id.eq_ignore_ascii_case(&vault.id()) && job.region.is_some() == cross_region;
        self.jobs.get_mut(at).filter(is_there)
    }
}

fn no_job(vault: &RecoveryServicesVault, id: &str) -> ServiceAnswer {
    let reply = not_found(&format!("{}/backupJobs/{id}", vault.id()));
    ServiceAnswer::new(reply, format!("asked for job {id}, which does not exist"))
}

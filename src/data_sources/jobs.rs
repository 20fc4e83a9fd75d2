//! `azurebackup_jobs`: the jobs that a vault of either kind remembers.

use std::cmp::Reverse;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::ids;
use super::job::{CATEGORIES, STATUSES, category, item_record, item_summary, summary, summary_attributes};
use super::lookup::{Lookup, LookupRequest, Subject};
use super::period::{self, Period};
use super::secondary_region;
use crate::azure::data_protection::{BackupInstanceId, BackupJob, BackupVaultId, JobSummary};
use crate::azure::recovery_services::{RecoveryServicesJob, RecoveryServicesVaultId};
use crate::azure::vault::VaultId;
use crate::restore::backup_vault::BackupVaultJobs;
use crate::restore::life::FARTHEST_BACK;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema, Type};
use crate::tfplugin::validators::{each, list_length, not_empty, one_of};
use crate::tfplugin::value::Value;

/// Lists the jobs of a vault that the filters let through.
pub struct Jobs;

const INSTANCE: &str = "backup_instance_id";

#[async_trait]
impl Lookup for Jobs {
    fn type_name(&self) -> &'static str {
        "azurebackup_jobs"
    }

    fn schema(&self) -> Schema {
        let mut element = vec![Attribute::string("id").computed().description("The ARM ID of the job.")];
        element.extend(summary_attributes());
        let mut attributes = vec![
            ids::of_either("vault_id", "a vault", ids::EITHER_VAULT, VaultId::parse)
                .required()
                .description("The ARM ID of the Backup vault or the Recovery Services vault."),
            Attribute::string("operation_category").optional().validate(one_of(&CATEGORIES)).description(
                "List only jobs of this category: `Backup`, `Restore`, `Tiering`, `Management` or \
                 `CrossRegionRestore`.",
            ),
            Attribute::set_of("status", Type::String)
                .optional()
                .validate(not_empty("To list jobs of any status, set `status` to `null` or remove it."))
                .validate(list_length(0..=STATUSES.len()))
                .validate(each(one_of(&STATUSES)))
                .description(
                    "List only jobs with one of these statuses: `InProgress`, `Completed`, `CompletedWithWarnings`, \
                     `Failed` or `Cancelled`.",
                ),
            ids::argument(INSTANCE, "a backup instance", ids::INSTANCES, BackupInstanceId::parse)
                .optional()
                .description(
                    "For Backup vaults. List only jobs of the backup instance with this ARM ID, in upper or lower \
                 case. Jobs of a Recovery Services vault do not name their protected item: compare \
                 `data_source_name` and `storage_account_name`.",
                ),
            period::bound("started_after").description(format!(
                "Only jobs that started at or after this time (RFC 3339). Default: all jobs of a Backup vault, and {} \
                 days before `started_before` for a Recovery Services vault. Each 30 days take a request there.",
                FARTHEST_BACK.whole_days()
            )),
            period::bound("started_before").description("Only jobs that started at or before this time (RFC 3339)."),
        ];
        attributes.extend(secondary_region::arguments("the jobs of the restores"));
        attributes.extend([
            Attribute::string("id").computed().description("The ARM ID of the vault."),
            Attribute::objects("jobs", element).computed().description("The jobs, the newest first."),
            Attribute::list_of("ids", Type::String)
                .computed()
                .description("The ARM IDs of the jobs, in the same order."),
        ]);
        Schema::new(
            "Lists the jobs of a Backup vault or a Recovery Services vault, the newest first. Azure keeps the \
             records of jobs for a limited time. Use `azurebackup_job` to read the details of one job. To list \
             the jobs that restore from the secondary region of a vault, set `secondary_region`.",
            attributes,
        )
        .rule(ids::of_backup_vaults_only("vault_id", &[INSTANCE, secondary_region::SOURCE_REGION]))
        .rule(secondary_region::named_for_recovery_services("vault_id"))
        .rule(period::in_order("started_after", "started_before"))
        .rules(secondary_region::rules())
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        match ids::read(request.arguments, "vault_id", VaultId::parse)? {
            VaultId::Backup(vault) => of_backup_vault(&vault, request).await,
            VaultId::RecoveryServices(vault) => of_recovery_services_vault(&vault, request).await,
        }
    }
}

async fn of_backup_vault(vault: &BackupVaultId, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
    let wanted = JobFilter::read(request.arguments)?;
    let not_read = |error| {
        let act = format!("Reading the jobs of backup vault {:?}", vault.name());
        Subject { act, noun: "backup vault", argument: "vault_id" }.not_read(error)
    };
    // While the list is read: it may be far longer than what is asked for.
    let keep = |job: &JobSummary<'_>| wanted.lists(job);
    let azure = request.connection.data_protection();
    let jobs = BackupVaultJobs::new(azure.clone(), vault.clone(), secondary_region::of_arguments(request.arguments));
    let listed = match jobs.secondary(request.deadline).await.map_err(not_read)? {
        Some(region) => azure.cross_region_jobs(&region, &keep, request.deadline).await,
        None => azure.jobs(vault, &keep, request.deadline).await,
    };
    Ok(found(vault, listed.map_err(not_read)?.elements))
}

async fn of_recovery_services_vault(
    vault: &RecoveryServicesVaultId,
    request: LookupRequest<'_>,
) -> Result<Value, Diagnostic> {
    let LookupRequest { connection, deadline, now, arguments } = request;
    let wanted = JobFilter::read(arguments)?;
    let until = wanted.started.to.map_or(now, |to| to.min(now));
    // Nothing has started after now; the vault is asked all the same, since there may be none.
    let since = wanted.started.from.unwrap_or_else(|| until.saturating_sub(FARTHEST_BACK)).min(until);
    let keep = |job: &RecoveryServicesJob| wanted.lists_item_job(job);
    let copy = secondary_region::copy(&connection.recovery_services(), vault, arguments)?;
    let listed = copy.jobs(since, until, keep, deadline).await.map_err(|error| {
        let act = format!("Reading the jobs of Recovery Services vault {:?}", vault.name());
        Subject { act, noun: "Recovery Services vault", argument: "vault_id" }.not_read(error)
    })?;
    let mut jobs = listed.elements;
    jobs.sort_by_cached_key(|job| newest_first(job.start_time, job.id.name()));
    Ok(Value::object([
        ("id", Value::from(vault.to_string())),
        ("jobs", Value::list(jobs.iter().map(item_summary))),
        ("ids", Value::list(jobs.iter().map(|job| job.id.to_string()))),
    ]))
}

/// The arguments that choose among the jobs.
struct JobFilter {
    category: Option<String>,
    statuses: Option<Vec<String>>,
    instance: Option<BackupInstanceId>,
    started: Period,
}

impl JobFilter {
    /// What is given chooses, or is an error: it is never passed over.
    fn read(arguments: &Value) -> Result<Self, Diagnostic> {
        let statuses = arguments.get("status").as_list();
        let instance = arguments.get(INSTANCE).is_null();
        let instance = (!instance).then(|| ids::read(arguments, INSTANCE, BackupInstanceId::parse)).transpose()?;
        Ok(Self {
            category: arguments.get("operation_category").as_str().map(str::to_owned),
            statuses: statuses.map(|words| words.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            instance,
            started: Period::read(arguments, "started_after", "started_before"),
        })
    }

    fn lists(&self, job: &JobSummary<'_>) -> bool {
        self.fits(job.operation_category(), job.status().as_str(), job.start_time())
            && self.instance.as_ref().is_none_or(|instance| job.concerns(instance))
    }

    fn lists_item_job(&self, job: &RecoveryServicesJob) -> bool {
        self.fits(category(job), item_record(job).status.as_str(), job.start_time)
    }

    fn fits(&self, category: Option<&str>, status: &str, start_time: Option<OffsetDateTime>) -> bool {
        let of_category = |wanted: &String| category.is_some_and(|category| category.eq_ignore_ascii_case(wanted));
        self.category.as_ref().is_none_or(of_category)
            && self.statuses.as_ref().is_none_or(|words| words.iter().any(|word| word == status))
            && self.started.contains(start_time)
    }
}

/// A key to sort by; what has no start comes last.
fn newest_first(start_time: Option<OffsetDateTime>, name: &str) -> (Reverse<Option<OffsetDateTime>>, String) {
    (Reverse(start_time), name.to_lowercase())
}

fn found(vault: &BackupVaultId, mut jobs: Vec<BackupJob>) -> Value {
    jobs.sort_by_cached_key(|job| newest_first(job.start_time, job.id.name()));
    Value::object([
        ("id", Value::from(vault.to_string())),
        ("jobs", Value::list(jobs.iter().map(summary))),
        ("ids", Value::list(jobs.iter().map(|job| job.id.to_string()))),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    fn job(name: &str, hour: u8, category: &str, status: &str, instance: &str) -> serde_json::Value {
        json!({"name": name, "properties": {"status": status, "operationCategory": category,
            "startTime": format!("2026-11-20T{hour:02}:00:00.0000000Z"),
            "backupInstanceId": format!("{VAULT}/backupInstances/{instance}").to_uppercase()}})
    }

    async fn names(arguments: &[(&str, Value)]) -> Vec<String> {
        let page = json!({"value": [
            job("b", 8, "Restore", "Completed", "one"), job("d", 9, "Backup", "InProgress", "one"),
            job("c", 8, "Restore", "Failed", "two"), job("a", 7, "restore", "Paused", "two"),
            {"name": "t", "properties": {"status": "Completed"}}]});
        let arguments: Vec<(&str, Value)> =
            [("vault_id", VAULT.into())].into_iter().chain(arguments.iter().cloned()).collect();
        let found = look_up(Jobs, vec![answer(200, page)], &arguments).await.0.unwrap();
        let texts = |list: &str, read: fn(&Value) -> Option<&str>| -> Vec<String> {
            found.get(list).as_list().unwrap().iter().map(|element| read(element).unwrap().to_owned()).collect()
        };
        assert_eq!(texts("ids", Value::as_str), texts("jobs", |job| job.get("id").as_str()));
        texts("jobs", |job| job.get("name").as_str())
    }

    #[tokio::test]
    async fn jobs_are_listed_newest_first_and_those_without_a_start_last() {
        assert_eq!(names(&[]).await, ["d", "b", "c", "a", "t"]);
    }

    #[tokio::test]
    async fn each_filter_chooses() {
        assert_eq!(names(&[("operation_category", "Restore".into())]).await, ["b", "c", "a"]);
        assert_eq!(names(&[("status", Value::list(["InProgress"]))]).await, ["d", "a"]);
        assert_eq!(names(&[("status", Value::list(["Completed", "Failed"]))]).await, ["b", "c", "t"]);
        let instance = format!("{VAULT}/backupInstances/Two");
        assert_eq!(names(&[("backup_instance_id", instance.into())]).await, ["c", "a"]);
        assert_eq!(names(&[("started_after", "2026-11-20T08:00:00Z".into())]).await, ["d", "b", "c"]);
        assert_eq!(names(&[("started_before", "2026-11-20T08:00:00Z".into())]).await, ["b", "c", "a"]);
    }

    #[tokio::test]
    async fn filters_choose_together() {
        let both = [("operation_category", "Restore".into()), ("status", Value::list(["Failed"]))];
        assert_eq!(names(&both).await, ["c"]);
    }

    #[tokio::test]
    async fn jobs_of_the_secondary_region_are_asked_for_there() {
        let page = || answer(200, json!({"value": [job("b", 8, "CrossRegionRestore", "Completed", "one")]}));
        let vault = json!({"location": "westeurope", "properties": {"replicatedRegions": ["northeurope"]}});
        let secondary = ("secondary_region", Value::from(true));
        let read = async |script, more: &[(&str, Value)]| {
            let arguments = [&[("vault_id", VAULT.into()), secondary.clone()], more].concat();
            look_up(Jobs, script, &arguments).await
        };
        let (found, asked) = read(vec![answer(200, vault), page()], &[]).await;
        assert_eq!(found.unwrap().get("ids").as_list().unwrap().len(), 1);
        assert!(asked[0].starts_with("GET ") && asked[0].contains("/backupVaults/v?"), "{asked:?}");
        assert!(asked[1].contains("/locations/northeurope/fetchCrossRegionRestoreJobs?"), "{asked:?}");
        let regions = [("source_region", "West Europe".into()), ("restore_location", "North Europe".into())];
        let (found, asked) = read(vec![page()], &regions).await;
        assert!(found.is_ok() && asked.len() == 1, "with both regions nothing is asked of the vault: {asked:?}");
    }

    const RECOVERY_SERVICES_VAULT: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";

    /// The names of the jobs of a Recovery Services vault, in this order, and how many requests it took.
    async fn item_jobs(arguments: &[(&str, Value)], windows: usize) -> (Vec<String>, usize) {
        let job = |name: &str, day: u8, operation: &str, status: &str| {
            json!({"name": name, "properties": {
            "operation": operation, "status": status, "startTime": format!("2026-11-{day:02}T08:00:00Z")}})
        };
        let page = json!({"value": [
            job("b", 17, "Restore", "Completed"), job("d", 19, "Backup", "InProgress"),
            job("c", 18, "Restore (Full)", "Failed"), job("a", 16, "restore", "Paused"),
            {"name": "t", "properties": {"status": "Completed"}}]});
        let script = (0..windows).map(|at| answer(200, if at == 0 { page.clone() } else { json!({"value": []}) }));
        let arguments = [&[("vault_id", RECOVERY_SERVICES_VAULT.into())], arguments].concat();
        let (found, asked) = look_up(Jobs, script.collect(), &arguments).await;
        let found = found.unwrap();
        let jobs = found.get("jobs").as_list().unwrap().to_vec();
        let ids: Vec<Value> = jobs.iter().map(|job| job.get("id").clone()).collect();
        assert_eq!(found.get("ids"), &Value::list(ids));
        (jobs.iter().map(|job| job.get("name").as_str().unwrap().to_owned()).collect(), asked.len())
    }

    #[tokio::test]
    async fn jobs_of_a_recovery_services_vault_of_half_a_year_are_listed_newest_first() {
        let (names, asked) = item_jobs(&[], 7).await;
        assert_eq!(names, ["d", "c", "b", "a", "t"]);
        assert_eq!(asked, 7, "180 days and one");
    }

    #[tokio::test]
    async fn jobs_in_the_secondary_region_of_a_recovery_services_vault_are_asked_for_there_and_nowhere_else() {
        let job = json!({"name": "b", "properties": {"operation": "CrossRegionRestore", "status": "Completed",
            "startTime": "2026-11-17T08:00:00Z"}});
        let arguments = [
            ("vault_id", RECOVERY_SERVICES_VAULT.into()),
            ("started_after", "2026-11-17T08:00:00Z".into()),
            ("secondary_region", true.into()),
            ("restore_location", "North Europe".into()),
        ];
        let script = vec![answer(200, json!({ "value": [job] }))];
        let (found, asked) = look_up(Jobs, script, &arguments).await;
        assert_eq!(found.unwrap().get("ids").as_list().unwrap().len(), 1);
        assert!(asked.len() == 1 && asked[0].contains("/locations/northeurope/backupCrrJobs?"), "{asked:?}");
        let (refused, asked) = look_up(Jobs, Vec::new(), &arguments[..3]).await;
        assert!(refused.unwrap_err().detail.contains("set `restore_location`") && asked.is_empty());
    }

    #[tokio::test]
    async fn each_filter_chooses_among_jobs_of_a_recovery_services_vault() {
        let names = async |arguments: &[(&str, Value)], windows| item_jobs(arguments, windows).await.0;
        assert_eq!(names(&[("operation_category", "Restore".into())], 7).await, ["c", "b", "a"]);
        assert_eq!(names(&[("status", Value::list(["InProgress"]))], 7).await, ["d", "a"]);
        let after = ("started_after", Value::from("2026-11-17T08:00:00Z"));
        assert_eq!(item_jobs(&[after], 1).await, (["d", "c", "b"].map(str::to_owned).to_vec(), 1));
        assert_eq!(names(&[("started_before", "2026-11-17T08:00:00Z".into())], 7).await, ["b", "a"]);
        assert_eq!(item_jobs(&[("started_after", "2099-11-17T08:00:00Z".into())], 1).await, (vec![], 1));
    }
}

//! `azurebackup_jobs`: the jobs that a Backup vault remembers.

use std::cmp::Reverse;

use async_trait::async_trait;

use super::ids;
use super::job::{STATUSES, summary, summary_attributes};
use super::lookup::{Lookup, LookupRequest, Subject};
use super::period::{self, Period};
use super::secondary_region;
use crate::azure::data_protection::{BackupJob, BackupVaultId, JobSummary};
use crate::azure::vault::{BackupItemId, VaultId};
use crate::restore::backup_vault::BackupVaultJobs;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema, Type};
use crate::tfplugin::validators::{each, list_length, not_empty, one_of};
use crate::tfplugin::value::Value;

/// Lists the jobs of a Backup vault that the filters let through.
pub struct Jobs;

/// Every word of `operation_category`.
const CATEGORIES: [&str; 5] = ["Backup", "Restore", "Tiering", "Management", "CrossRegionRestore"];

#[async_trait]
impl Lookup for Jobs {
    fn type_name(&self) -> &'static str {
        "azurebackup_jobs"
    }

    fn schema(&self) -> Schema {
        let mut element = vec![Attribute::string("id").computed().description("The ARM id of the job.")];
        element.extend(summary_attributes());
        let mut attributes = vec![
            ids::argument("vault_id", "a Backup vault", ids::VAULTS, VaultId::parse)
                .required()
                .description("The ARM id of the Backup vault."),
            Attribute::string("operation_category").optional().validate(one_of(&CATEGORIES)).description(
                "Only jobs of this category: `Backup`, `Restore`, `Tiering`, `Management` or \
                     `CrossRegionRestore`.",
            ),
            Attribute::set_of("status", Type::String)
                .optional()
                .validate(not_empty("To list jobs of any status, set `status` to `null` or remove it."))
                .validate(list_length(0..=STATUSES.len()))
                .validate(each(one_of(&STATUSES)))
                .description(
                    "Only jobs that stand so: any of `InProgress`, `Completed`, `CompletedWithWarnings`, `Failed` \
                         and `Cancelled`.",
                ),
            ids::argument("backup_instance_id", "a backup instance", ids::INSTANCES, BackupItemId::parse)
                .optional()
                .description("Only jobs of the backup instance with this ARM id, in any casing."),
            period::bound("started_after").description("Only jobs that began at or after this instant (RFC 3339)."),
            period::bound("started_before").description("Only jobs that began at or before this instant (RFC 3339)."),
        ];
        attributes.extend(secondary_region::arguments("the jobs of the restores"));
        attributes.extend([
            Attribute::string("id").computed().description("The ARM id of the Backup vault."),
            Attribute::objects("jobs", element).computed().description("The jobs, the newest first."),
            Attribute::list_of("ids", Type::String)
                .computed()
                .description("The ARM ids of the jobs, in the same order."),
        ]);
        Schema::new(
            "Lists the jobs of a Backup vault, the newest first. Azure keeps the records of jobs for a limited time. \
             Use `azurebackup_job` to read what a single job did in detail. Restores from a secondary region have \
             jobs of their own, which only `secondary_region` lists.",
            attributes,
        )
        .rule(period::in_order("started_after", "started_before"))
        .rules(secondary_region::rules())
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        match ids::read(request.arguments, "vault_id", VaultId::parse)? {
            VaultId::Backup(vault) => of_backup_vault(&vault, request).await,
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
    let jobs = BackupVaultJobs::new(azure.clone(), vault.clone(), secondary_region::region(request.arguments));
    let listed = match jobs.secondary(request.deadline).await.map_err(not_read)? {
        Some(region) => azure.cross_region_jobs(&region, &keep, request.deadline).await,
        None => azure.jobs(vault, &keep, request.deadline).await,
    };
    Ok(found(vault, listed.map_err(not_read)?.elements))
}

/// The arguments that choose among the jobs.
struct JobFilter {
    category: Option<String>,
    statuses: Option<Vec<String>>,
    item: Option<BackupItemId>,
    started: Period,
}

impl JobFilter {
    /// What is given chooses, or is an error: it is never passed over.
    fn read(arguments: &Value) -> Result<Self, Diagnostic> {
        let statuses = arguments.get("status").as_list();
        let item = arguments.get("backup_instance_id").is_null();
        let item = (!item).then(|| ids::read(arguments, "backup_instance_id", BackupItemId::parse)).transpose()?;
        Ok(Self {
            category: arguments.get("operation_category").as_str().map(str::to_owned),
            statuses: statuses.map(|words| words.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            item,
            started: Period::read(arguments, "started_after", "started_before"),
        })
    }

    fn lists(&self, job: &JobSummary<'_>) -> bool {
        let of_category =
            |wanted: &String| job.operation_category().is_some_and(|category| category.eq_ignore_ascii_case(wanted));
        let concerns = |BackupItemId::Backup(instance): &BackupItemId| job.concerns(instance);
        self.category.as_ref().is_none_or(of_category)
            && self.statuses.as_ref().is_none_or(|words| words.iter().any(|word| word == job.status().as_str()))
            && self.item.as_ref().is_none_or(concerns)
            && self.started.contains(job.start_time())
    }
}

fn found(vault: &BackupVaultId, mut jobs: Vec<BackupJob>) -> Value {
    jobs.sort_by_cached_key(|job| (Reverse(job.start_time), job.id.name().to_lowercase()));
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
}

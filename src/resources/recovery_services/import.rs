//! Imports: a restore job that was started elsewhere.

use super::ItemWorkloadProfile;
use super::arguments::{CommonItemArguments, PROTECTED_ITEM};
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::recovery_services::{
    Filter, JobType, ProtectedItem, RecoveryServices, RecoveryServicesJob, RecoveryServicesJobId,
};
use crate::azure::resource_id::{Location, is_same};
use crate::resources::arguments::{recovery_point, regions};
use crate::resources::restore::{ImportedJob, ReportedArgument};
use crate::restore::activity::Activity;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::jobs::IMPORTED_FROM;
use crate::restore::record::RestoreRecord;
use crate::restore::recovery_services::{self, SkippedFiles, VaultCopy};

const FORM: &str = "An import takes the ARM id of a restore job: \
    /subscriptions/…/resourceGroups/…/providers/Microsoft.RecoveryServices/vaults/…/backupJobs/…";

/// The job that `text` names: an ARM id, and `?secondary_region=` with a region where the job restores from the copy there.
/// With it the item that it restores, as far as that can be told: a job has names for people only.
///
/// # Errors
/// A [`UserMessage`] if it is not there, or no restore of this kind of item.
pub(super) async fn job(
    profile: &ItemWorkloadProfile,
    client: &RecoveryServices,
    deadline: &Deadline,
    text: &str,
) -> Result<ImportedJob, UserMessage> {
    let what = format!("{} of {}s", profile.names.things, profile.names.source);
    let act = format!("Importing a restore of {what}");
    let (id, region) = match text.split_once(IMPORTED_FROM) {
        Some((id, region)) if Location::check(region).is_ok() => (id, Some(Location::new(region).as_azure_writes_it())),
        _ => (text, None),
    };
    let id =
        RecoveryServicesJobId::parse(id).map_err(|error| UserMessage::new(&act).say(error.to_string()).say(FORM))?;
    if region.is_some() && profile.across_regions.is_none() {
        let text = "This provider does not restore this from the secondary region, so it cannot follow such a job.";
        return Err(UserMessage::new(&act).say(text));
    }
    let copy = VaultCopy::new(client, id.vault().clone(), region.as_ref());
    let unread =
        |error: ArmError, what: String| RestoreError::from(error).to_message(format!("{act}: cannot read {what}"));
    let found = copy.job(&id, deadline).await.map_err(|error| {
        let is_missing = error.is_not_found() && region.is_none() && profile.across_regions.is_some();
        let message = unread(error, format!("job {}", id.name()));
        match is_missing {
            true => message.say(format!(
                "If it restores from the vault's secondary region, add that: {id}{IMPORTED_FROM}<region>. The vault \
                 itself knows nothing of such jobs.",
            )),
            false => message,
        }
    })?;
    let is_of_kind = found.job_type.as_ref().is_none_or(|kind| *kind == profile.job_type)
        && found.workload_type.as_ref().is_none_or(|kind| kind.eq_ignore_ascii_case(profile.names.datasource_type));
    // Unlike a job that this run has started, one that does not say what it does may be anything.
    if !found.is_restore() || !is_of_kind {
        let operation = found.operation.as_deref().unwrap_or("unknown");
        let kind = found.backup_management_type.as_deref().unwrap_or("unknown");
        let workload = found.workload_type.as_deref().map(|kind| format!(", its workload type {kind}"));
        let workload = workload.unwrap_or_default();
        return Err(UserMessage::new(format!("{act}: job {} is no restore of {what}", id.name()))
            .say(format!("Its operation is {operation}, its backup management type {kind}{workload}.")));
    }
    let filter = Filter::new().eq("backupManagementType", profile.management_type.as_str());
    let items = copy.protected_items(&filter, deadline).await;
    let items =
        items.map_err(|error| unread(error, format!("the protected items of vault {:?}", id.vault().name())))?;
    let mut items = items;
    // A job need not say of which kind its item is; this resource does.
    items.retain(|item| {
        let own = item.workload_type.as_ref();
        own.is_none_or(|own| own.eq_ignore_ascii_case(profile.names.datasource_type))
    });
    let mut job = recovery_services::job(&found, Activity::Restore, SkippedFiles::Expected);
    let item = item_of(&found, &items);
    // Nothing could be compared with the configuration, which may be about another share.
    if let Some(name) = named_without_item(&found, &items) {
        return Err(UserMessage::new(format!("{act}: no protected item belongs to job {}", id.name()))
            .say(format!("The job restores {name}, which vault {:?} does not protect.", id.vault().name()))
            .say("Import the job of a restore whose item is still protected, or restore again."));
    }
    if let (Some(item), Some(time)) = (item, job.recovery_point_time) {
        let point = recovery_services::point_taken_at(&copy, &item.id, time, deadline).await;
        job.recovery_point_id = point.map_err(|error| unread(error, "the recovery points of its item".to_owned()))?;
    }
    let mut arguments = region.map_or_else(Vec::new, |region| regions::reported(Some(region.as_str())));
    arguments.extend(item.map(|item| ReportedArgument::new(PROTECTED_ITEM, item.id.to_string())));
    Ok(ImportedJob { job, arguments })
}

/// What the record of a job reports about the common arguments; `imported` has those of [`job`].
pub(super) fn reported_arguments(imported: &CommonItemArguments, record: &RestoreRecord) -> Vec<ReportedArgument> {
    let item = imported.protected_item_id.as_str().map(|item| ReportedArgument::new(PROTECTED_ITEM, item));
    let point = record.recovery_point_id.as_deref().filter(|id| !id.is_empty());
    let point = point.map(|id| recovery_point::reported(id, record.recovery_point_time));
    let region = imported.restore_location.as_str().filter(|_| imported.secondary_region.known() == Some(&true));
    item.into_iter().chain(regions::reported(region)).chain(point).collect()
}

/// What the job says that it works for, if it is none of the items.
pub fn named_without_item(job: &RecoveryServicesJob, items: &[ProtectedItem]) -> Option<String> {
    let name = job.entity_friendly_name.as_deref()?;
    if items.iter().any(|item| fits(job, item)) {
        return None;
    }
    let account = job.storage_account_name.as_deref().map(|account| format!(" of storage account {account:?}"));
    Some(format!("{name:?}{}", account.unwrap_or_default()))
}

/// The one item that has the names of the job; none if there is none, or more than one.
pub fn item_of<'a>(job: &RecoveryServicesJob, items: &'a [ProtectedItem]) -> Option<&'a ProtectedItem> {
    let mut found = items.iter().filter(|item| fits(job, item));
    found.next().filter(|_| found.next().is_none())
}

/// Whether the item has the names of the job, and is of its kind as far as both say it: SQL Server and SAP HANA may have
/// databases of one name on one machine.
pub fn fits(job: &RecoveryServicesJob, item: &ProtectedItem) -> bool {
    let same = |own: &Option<String>, name: &str| own.as_deref().is_some_and(|own| is_same(own, name));
    let is_named = job.entity_friendly_name.as_deref().is_some_and(|name| {
        same(&item.friendly_name, name) || job.job_type == Some(JobType::Workload) && is_database(item, name)
    });
    let of_account = match (&job.storage_account_name, &item.source_resource_id) {
        (Some(account), Some(source)) if job.job_type == Some(JobType::Storage) => {
            source.rsplit('/').next().is_some_and(|own| is_same(own, account))
        }
        _ => true,
    };
    let kinds = item.workload_type.as_ref().zip(job.workload_type.as_ref());
    is_named && of_account && kinds.is_none_or(|(own, named)| own.eq_ignore_ascii_case(named))
}

/// Whether a job calls the database of this item so: its name, and that of its host in brackets
/// (docs/reference/azure-recovery-services.md#databases).
fn is_database(item: &ProtectedItem, name: &str) -> bool {
    let parts = name.strip_suffix(']').and_then(|name| name.rsplit_once(" ["));
    let (Some((database, host)), Some(own)) = (parts, &item.friendly_name) else { return false };
    // With its domain or without.
    let label = |host: &str| host.split('.').next().unwrap_or_default().to_owned();
    let is_host = |own: &str| is_same(&label(own), &label(host));
    let container = item.id.container().resource_id().decoded_name();
    let machine = container.rsplit(';').next().unwrap_or_default();
    is_same(own, database) && (is_host(machine) || item.server_name.as_deref().is_none_or(is_host))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::azure::recovery_services::RecoveryServicesVaultId;

    fn vault() -> RecoveryServicesVaultId {
        RecoveryServicesVaultId::new("s", "g", "v").unwrap()
    }

    fn item(name: &str, share: &str, account: &str) -> ProtectedItem {
        let id = format!("{}/backupFabrics/Azure/protectionContainers/c/protectedItems/{name}", vault());
        let source = format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/{account}");
        let item = json!({"id": id, "properties": {"friendlyName": share, "sourceResourceId": source}});
        ProtectedItem::read_listed(&vault(), &item).unwrap()
    }

    fn found(properties: &Json, items: &[ProtectedItem]) -> Option<String> {
        let job = json!({"name": "j", "properties": properties});
        let job = RecoveryServicesJob::read(&vault(), &job).unwrap();
        item_of(&job, items).map(|item| item.id.name().to_owned())
    }

    #[test]
    fn an_item_is_that_of_the_share_and_the_account_that_the_job_names() {
        let items = [item("1", "share", "one"), item("2", "share", "two"), item("3", "other", "one")];
        let job = |share: &str, account: &str| json!({"jobType": "AzureStorageJob", "entityFriendlyName": share, "storageAccountName": account});
        assert_eq!(found(&job("Share", "TWO"), &items).as_deref(), Some("2"));
        assert_eq!(found(&job("share", "three"), &items), None);
        let job = |share: &str, account: &str| {
            RecoveryServicesJob::read(&vault(), &json!({"name": "j", "properties": job(share, account)})).unwrap()
        };
        assert_eq!(named_without_item(&job("share", "TWO"), &items), None);
        let other = named_without_item(&job("share", "three"), &items);
        assert_eq!(other.as_deref(), Some("\"share\" of storage account \"three\""));
    }

    #[test]
    fn a_database_is_that_of_the_name_and_the_host_that_the_job_names() {
        let database = |name: &str, database: &str, host: &str| {
            let container = format!("{}/backupFabrics/Azure/protectionContainers/VMAppContainer;compute;g", vault());
            let id = format!("{container};{host}/protectedItems/{name}");
            let server = format!("{host}.contoso.com");
            let item = json!({"id": id, "properties": {"friendlyName": database, "serverName": server}});
            ProtectedItem::read_listed(&vault(), &item).unwrap()
        };
        // Of an availability group: the container is called after the group, the server is known besides.
        let group = {
            let container = format!("{}/backupFabrics/Azure/protectionContainers/SQLAGWorkLoadContainer;ag1", vault());
            let properties = json!({"friendlyName": "shared", "serverName": "node.contoso.com"});
            let item = json!({"id": format!("{container}/protectedItems/4"), "properties": properties});
            ProtectedItem::read_listed(&vault(), &item).unwrap()
        };
        let items = [database("1", "msdb", "one"), database("2", "msdb", "two"), database("3", "a [b]", "two"), group];
        let of = |name: &str| found(&json!({"jobType": "AzureWorkloadJob", "entityFriendlyName": name}), &items);
        assert_eq!(of("MSDB [TWO]").as_deref(), Some("2"));
        assert_eq!(of("a [b] [two.contoso.com]").as_deref(), Some("3"));
        assert_eq!(of("a [b]").as_deref(), Some("3"));
        assert_eq!((of("msdb"), of("msdb [three]")), (None, None));
        assert_eq!((of("shared [node]").as_deref(), of("shared [AG1]").as_deref()), (Some("4"), Some("4")));
    }

    #[test]
    fn databases_of_one_name_on_one_machine_are_told_apart_by_their_server() {
        let database = |name: &str, workload: &str| {
            let container =
                format!("{}/backupFabrics/Azure/protectionContainers/VMAppContainer;compute;g;one", vault());
            let properties = json!({"friendlyName": "crm", "workloadType": workload});
            let item = json!({"id": format!("{container}/protectedItems/{name}"), "properties": properties});
            ProtectedItem::read_listed(&vault(), &item).unwrap()
        };
        let items = [database("1", "SQLDataBase"), database("2", "SAPHanaDatabase")];
        let job = |workload: Json| json!({"jobType": "AzureWorkloadJob", "entityFriendlyName": "crm [one]", "workloadType": workload});
        assert_eq!(found(&job("SqlDatabase".into()), &items).as_deref(), Some("1"));
        assert_eq!(found(&job("SAPHanaDatabase".into()), &items).as_deref(), Some("2"));
        assert_eq!(found(&job(Json::Null), &items), None, "either can be meant");
        let ase =
            RecoveryServicesJob::read(&vault(), &json!({"name": "j", "properties": job("SAPAseDatabase".into())}));
        assert_eq!(named_without_item(&ase.unwrap(), &items).as_deref(), Some("\"crm [one]\""));
    }

    #[test]
    fn the_storage_account_of_a_job_tells_shares_apart_and_nothing_else() {
        let items = [item("1", "shop", "machine")];
        let job = |kind: &str| json!({"jobType": kind, "entityFriendlyName": "shop", "storageAccountName": "staging"});
        assert_eq!(found(&job("AzureIaaSVMJob"), &items).as_deref(), Some("1"));
        assert_eq!(found(&job("AzureStorageJob"), &items), None);
    }

    #[test]
    fn an_item_is_not_guessed() {
        let items = [item("1", "share", "one"), item("2", "share", "two")];
        assert_eq!(found(&json!({"jobType": "AzureStorageJob", "entityFriendlyName": "share"}), &items), None);
        assert_eq!(found(&json!({}), &items), None);
        let silent = RecoveryServicesJob::read(&vault(), &json!({"name": "j"})).unwrap();
        assert_eq!(named_without_item(&silent, &items), None);
    }
}

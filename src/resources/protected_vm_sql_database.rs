//! `azurebackup_protected_vm_sql_database`: a SQL database in a virtual machine that a vault backs up.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use tracing::info;

use super::arguments::resource_id;
use super::canonical;
use super::managed::{self, ID, ManagedChange, ManagedKind, Removal, Work};
use super::recovery_services::import::fits;
use super::vm_workload_container::look_inside;
use crate::azure::error::ArmError;
use crate::azure::expected_id::ExpectedId;
use crate::azure::job::JobStatus;
use crate::azure::operation::OperationStart;
use crate::azure::poll::PollResult;
use crate::azure::recovery_services::{
    BackupManagementType, BackupPolicyId, Filter, ProtectableItem, ProtectedItem, ProtectedItemId,
    ProtectionContainerId, RecoveryServicesJob, RecoveryServicesJobId, SqlDatabaseProtectionRequest, WorkloadType,
};
use crate::azure::resource_id::{ResourceId, is_same, segment_of_name};
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::record::shown;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::timeouts::Timeouts;
use crate::tfplugin::validators::{Validator, length_between};
use crate::tfplugin::value::{Path, Value};

/// Protects databases.
pub struct ProtectedVmSqlDatabaseKind;

const CONTAINER: &str = "container_id";
const INSTANCE: &str = "instance";
const DATABASE: &str = "database";
const POLICY: &str = "policy_id";
const DELETES_BACKUPS: &str = "delete_backups_on_destroy";
const STATE: &str = "protection_state";
const STATUS: &str = "protection_status";

/// A job that protects an item ends within this time, by far.
const LONGEST_JOB: time::Duration = time::Duration::DAY;

const DESCRIPTION: &str = "\
    Protects a SQL Server database in a virtual machine: a Recovery Services vault backs it up as a policy says. The \
    virtual machine must be registered with the vault: see `azurebackup_vm_workload_container`.\n\n\
    Creating this does not take a backup. The first one comes when the schedule of the policy says so, or from \
    `azurebackup_on_demand_backup`, whose page shows the whole way from a new vault to a restored database.\n\n\
    If the database was protected before, its protection goes on with the backups that there are. If its backups \
    were deleted and soft delete still keeps them, they are undeleted.\n\n\
    A destroy stops the protection and **keeps the backups**, unless `delete_backups_on_destroy = true`. A \
    replacement always keeps them. Backups that are kept cost money until they are deleted.\n\n\
    Databases of an availability group are in a container of their own. Use the data source \
    `azurebackup_protectable_items` to find its ID, and write the name of the group as `instance`. Whole instances \
    (automatic protection) are not supported.\n\n\
    The identity of Terraform needs the role *Backup Contributor* on the vault. A vault with a resource guard over \
    the end of protection refuses a destroy: there is no argument for its request yet.";

const IMPORT: &str = "\
    The ID is that of the protected item: `…/protectionContainers/CONTAINER/protectedItems/ITEM`. Write characters \
    that do not belong into an ID, such as spaces, percent-encoded. An import sets `delete_backups_on_destroy` to \
    `false`.";

#[async_trait]
impl ManagedKind for ProtectedVmSqlDatabaseKind {
    fn type_name(&self) -> &'static str {
        "azurebackup_protected_vm_sql_database"
    }

    fn schema(&self) -> Schema {
        Schema::new(format!("{DESCRIPTION}\n\n{}", managed::TAKES_OVER), attributes())
            .import(IMPORT)
            .rule(Validator::new(in_one_vault))
    }

    fn timeouts(&self) -> Timeouts {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Timeouts { create: minutes(60), update: minutes(60), read: minutes(5), delete: minutes(60) }
    }

    fn thing(&self, object: &Value) -> String {
        let text = |name: &str| object.get(name).as_str().unwrap_or_default();
        format!("the protection of SQL database {:?}", format!("{}/{}", text(INSTANCE), text(DATABASE)))
    }

    async fn create(&self, work: &Work<'_>, planned: &Value) -> Result<Value, RestoreError> {
        let wanted = Wanted::of(planned)?;
        // The list may lag behind: by what it shows alone nothing is taken for protected.
        let found = match wanted.protected(work).await? {
            Some(listed) => known(work, &listed.id).await?,
            None => None,
        };
        let id = match &found {
            Some(item) => item.id.clone(),
            None => wanted.protectable(work).await?,
        };
        match &found {
            Some(item) if !item.is_stopped() && !item.is_soft_deleted => {
                let policy = item.policy_id.as_deref().unwrap_or_default();
                if !is_same(policy, &wanted.policy) {
                    return Err(self.somebody_s(&id, policy));
                }
                work.take_over(&id)?;
                if !came_to_nothing(work, item).await? {
                    let item = known(work, &id).await?.unwrap_or_else(|| item.clone());
                    work.warn(managed::taken_over(&format!("The protection of SQL database {:?}", wanted.in_words())));
                    return Ok(facts(&item));
                }
                info!(item = %id, "the job that was to begin the protection failed, so it is begun again");
            }
            // Its backups are older than this protection.
            Some(_) => work.take_over(&id)?,
            None => {}
        }
        wanted.protect(work, &id, found.as_ref()).await
    }

    async fn read(&self, work: &Work<'_>, state: &Value) -> Result<Option<Value>, RestoreError> {
        let item = known_database(work, &parse(state)?).await?;
        Ok(item.filter(|item| !item.is_soft_deleted).map(|item| facts(&item)))
    }

    async fn update(&self, work: &Work<'_>, change: ManagedChange<'_>) -> Result<Value, RestoreError> {
        let id = parse(change.prior)?;
        let wanted = Wanted::of(change.planned)?;
        match known_database(work, &id).await? {
            Some(item) if !(change.is_about(POLICY) || item.is_stopped() || item.is_soft_deleted) => Ok(facts(&item)),
            item => wanted.protect(work, &id, item.as_ref()).await,
        }
    }

    async fn delete(&self, work: &Work<'_>, state: &Value, removal: Removal) -> Result<(), RestoreError> {
        let id = parse(state)?;
        let Some(item) = known_database(work, &id).await? else { return Ok(()) };
        let deletes = deletes_backups(state) && removal == Removal::Destroy;
        let is_over = |item: &ProtectedItem| item.is_soft_deleted || (item.is_stopped() && !deletes);
        if is_over(&item) {
            return Ok(());
        }
        let attempt = || async {
            let azure = work.azure();
            let begun = if deletes {
                azure.delete_protected_item(&id, &work.deadline).await
            } else {
                azure.protect(&id, &SqlDatabaseProtectionRequest::stop(), &work.deadline).await
            };
            match begun {
                Ok(begun) => ended(work, &id, begun).await.map(|()| None),
                Err(error) if error.is_not_found() => Ok(Some(error)),
                Err(error) => Err(error.into()),
            }
        };
        let absent = work.taken(&[], attempt).await?;
        // What comes next, such as the removal of the container, is refused as long as Azure shows the item as
        // protected. If Azure does not know what the request needs, the item may be gone, or never go.
        let limit = absent.as_ref().map(|_| Instant::now() + work.connection.restore_context.wait_times.refusal_passes);
        let look = || async {
            let left = known(work, &id).await?;
            Ok(if left.as_ref().is_none_or(is_over) {
                PollResult::Ready(None)
            } else if limit.is_some_and(|limit| limit <= Instant::now()) {
                PollResult::Ready(left)
            } else {
                PollResult::Pending { note: "stopping".to_owned(), retry_after: None }
            })
        };
        match (work.wait_for(look).await?, absent) {
            (Some(_), Some(error)) => Err(RestoreError::Missing {
                argument: DATABASE.into(),
                text: "Azure refused the request, and shows the database as protected all the same.".to_owned(),
                error: Box::new(error),
            }),
            _ => Ok(()),
        }
    }

    fn identify(&self, id: &str) -> Result<Value, String> {
        let expected = ExpectedId {
            argument: "the ID",
            what: "a protected item",
            resource_type: Some("Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems"),
            form: None,
        };
        expected.check(id, |_| true)?;
        let id = ProtectedItemId::parse(id).map_err(|error| format!("{error}."))?;
        Ok(Value::object([(ID, id.to_string()), (CONTAINER, id.container().to_string())]))
    }

    fn changed_results(&self, prior: &Value, planned: &Value) -> Vec<&'static str> {
        if prior.get(POLICY) == planned.get(POLICY) { Vec::new() } else { vec![STATE, STATUS] }
    }

    fn warning_of_removal(&self, prior: &Value, removal: Removal) -> Option<UserMessage> {
        if !deletes_backups(prior) {
            return None;
        }
        let thing = self.thing(prior);
        let (summary, text) = match removal {
            Removal::Destroy => (
                format!("Destroying {thing} deletes its backups"),
                "`delete_backups_on_destroy` is true. If soft delete is off, they cannot be brought back. To keep them, \
                 set it to false and apply before the destroy.",
            ),
            Removal::Replacement => (
                format!("Replacing {thing} keeps its backups"),
                "`delete_backups_on_destroy` acts when the resource is destroyed, not when it is replaced. If the new \
                 resource protects the same database, it goes on with these backups. If not, they cost money until you \
                 delete them in the portal.",
            ),
        };
        Some(UserMessage::new(summary).say(text).on(DELETES_BACKUPS))
    }
}

impl ProtectedVmSqlDatabaseKind {
    fn somebody_s(&self, id: &ProtectedItemId, policy: &str) -> RestoreError {
        RestoreError::wrong(
            DATABASE,
            format!(
                "The database is protected already, with the policy {:?}. To manage its protection with this \
                 configuration, import it: `terraform import {}.NAME '{id}'`. The next apply then changes the \
                 policy.",
                policy.rsplit('/').next().unwrap_or_default(),
                self.type_name()
            ),
        )
    }
}

/// Azure backs a database up as a policy of its own vault says.
fn of_another_vault(policy: &BackupPolicyId, container: &ProtectionContainerId) -> Option<String> {
    (policy.vault() != container.vault()).then(|| {
        format!(
            "The policy is of vault {:?}, and the container is registered with vault {:?}. Use a policy of that vault.",
            policy.vault().name(),
            container.vault().name()
        )
    })
}

fn in_one_vault(config: &Value, _: &Path) -> Diagnostics {
    let policy = config.get(POLICY).as_str().and_then(|text| BackupPolicyId::parse(text).ok());
    let container = config.get(CONTAINER).as_str().and_then(|text| ProtectionContainerId::parse(text).ok());
    let text = policy.zip(container).and_then(|(policy, container)| of_another_vault(&policy, &container));
    let error = |text: String| {
        Diagnostic::error("The policy is of another vault than the container", text).at(Path::attribute(POLICY))
    };
    text.map(error).into_iter().collect()
}

/// A container of databases: a virtual machine, or an availability group
/// (docs/reference/azure-recovery-services.md#names).
fn is_container_of_databases(text: &str) -> Result<(), String> {
    let expected = resource_id::expected(
        CONTAINER,
        "a container of a virtual machine or an availability group",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers",
    );
    expected.check(text, |_| true)?;
    let Ok(id) = ProtectionContainerId::parse(text) else { return Ok(()) };
    if ["VMAppContainer", "SQLAGWorkLoadContainer"].iter().any(|own| own.eq_ignore_ascii_case(&id.kind())) {
        return Ok(());
    }
    Err(format!(
        "The container {:?} has no databases. `{CONTAINER}` needs the container of a virtual machine, whose name \
         begins with `VMAppContainer;`, or of an availability group, whose name begins with `SQLAGWorkLoadContainer;`.",
        id.resource_id().decoded_name()
    ))
}

/// What a configuration asks for.
struct Wanted<'a> {
    container: ProtectionContainerId,
    instance: &'a str,
    database: &'a str,
    /// ARM id, not encoded.
    policy: String,
}

impl<'a> Wanted<'a> {
    fn of(planned: &'a Value) -> Result<Self, RestoreError> {
        let text = |name: &str| planned.get(name).as_str().unwrap_or_default();
        let container = ProtectionContainerId::parse(text(CONTAINER))
            .map_err(|error| RestoreError::wrong(CONTAINER, format!("{error}.")))?;
        let policy =
            BackupPolicyId::parse(text(POLICY)).map_err(|error| RestoreError::wrong(POLICY, format!("{error}.")))?;
        if let Some(text) = of_another_vault(&policy, &container) {
            return Err(RestoreError::wrong(POLICY, text));
        }
        let policy = policy.resource_id().decoded();
        Ok(Self { container, instance: text(INSTANCE), database: text(DATABASE), policy })
    }

    fn in_words(&self) -> String {
        format!("{}/{}", self.instance, self.database)
    }

    /// The item that the database is or was protected as, by Azure's list: nobody can make up its name.
    async fn protected(&self, work: &Work<'_>) -> Result<Option<ProtectedItem>, RestoreError> {
        let listed = self.listed(work).await;
        listed.map_err(|error| missing(error, CONTAINER, "The vault of the container does not exist."))
    }

    async fn listed(&self, work: &Work<'_>) -> Result<Option<ProtectedItem>, ArmError> {
        let filter = of_databases("itemType");
        let items = work.azure().protected_items(self.container.vault(), &filter, &work.deadline).await?;
        let is_it = |item: &ProtectedItem| {
            *item.id.container() == self.container && item.is_database(self.instance, self.database)
        };
        Ok(items.into_iter().find(is_it))
    }

    /// The id under which the database can be protected. One that came to be after the last search is searched for.
    async fn protectable(&self, work: &Work<'_>) -> Result<ProtectedItemId, RestoreError> {
        let mut items = self.protectable_items(work).await?;
        if !items.iter().any(|item| item.is_database(self.instance, self.database)) {
            let looked = look_inside(work, &self.container, WorkloadType::SqlDatabase).await;
            looked.map_err(|error| not_registered(&self.container, error))?;
            items = self.protectable_items(work).await?;
        }
        let Some(item) = items.iter().find(|item| item.is_database(self.instance, self.database)) else {
            return Err(self.not_there(&items));
        };
        let name = segment_of_name(&item.id.resource_id().decoded_name());
        ProtectedItemId::of_container(&self.container, &name)
            .map_err(|error| RestoreError::wrong(DATABASE, format!("Azure gives it the name {name:?}: {error}.")))
    }

    async fn protectable_items(&self, work: &Work<'_>) -> Result<Vec<ProtectableItem>, RestoreError> {
        let filter = of_databases("workloadType");
        let mut items = work.azure().protectable_items(self.container.vault(), &filter, &work.deadline).await?;
        items.retain(|item| *item.id.container() == self.container);
        Ok(items)
    }

    fn not_there(&self, items: &[ProtectableItem]) -> RestoreError {
        let databases = items.iter().filter(|item| item.item_type.as_deref() == Some("SQLDataBase"));
        let quoted = |name: &Option<String>| format!("{:?}", name.as_deref().map(shown).unwrap_or_default());
        let named = |names: BTreeSet<String>| {
            let names: Vec<String> = names.into_iter().collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            databases.partition(|item| item.parent_name.as_deref().is_some_and(|own| is_same(own, self.instance)));
        if here.is_empty() {
            let instances = named(elsewhere.iter().map(|item| quoted(&item.parent_name)).collect());
            let text = format!(
                "Azure has searched the virtual machine and lists no database of the SQL Server instance {:?}. Instances \
                 that it lists databases of: {instances}. Check `instance`, and that the instance runs.",
                self.instance
            );
            return RestoreError::wrong(INSTANCE, text);
        }
        let text = format!(
            "Azure has searched the virtual machine and does not list the database {:?} of the SQL Server instance {:?}. \
             Databases that it lists of it: {}. Check `database`, and that the database is online.",
            self.database,
            self.instance,
            named(here.iter().map(|item| quoted(&item.friendly_name)).collect())
        );
        RestoreError::wrong(DATABASE, text)
    }

    /// Protects the item that was `found`, if one was, and returns its facts once it is.
    async fn protect(
        &self,
        work: &Work<'_>,
        id: &ProtectedItemId,
        found: Option<&ProtectedItem>,
    ) -> Result<Value, RestoreError> {
        if found.is_some_and(|item| item.is_soft_deleted) {
            put(work, id, &SqlDatabaseProtectionRequest::undelete()).await?;
        }
        let protect = put(work, id, &SqlDatabaseProtectionRequest::protect(self.policy.clone())).await;
        protect.map_err(|error| match error {
            RestoreError::Call(error) => {
                missing(*error, POLICY, "Azure does not know the policy, or the database any more.")
            }
            other => other,
        })?;
        // Its name may be another one than that of the item that can be protected.
        let look = || async {
            let note = "not listed yet".to_owned();
            Ok(match self.listed(work).await? {
                Some(item) if !item.is_stopped() => PollResult::Ready(item),
                _ => PollResult::Pending { note, retry_after: None },
            })
        };
        work.wait_for(look).await.map(|item| facts(&item))
    }
}

/// Waits for jobs that still begin the protection of this item, which an interrupted apply may have left: until they have
/// ended, nothing says that it is protected. Whether the newest of the last day failed: Azure may show the item as protected all
/// the same. Jobs name items for people only.
async fn came_to_nothing(work: &Work<'_>, item: &ProtectedItem) -> Result<bool, RestoreError> {
    let now = work.connection.restore_context.clock.now();
    let begins = RecoveryServicesJob::begins_protection;
    let listed = work.azure().jobs(item.id.vault(), now - LONGEST_JOB, now, begins, &work.deadline).await?;
    let mut jobs: Vec<_> = listed.elements.iter().filter(|job| fits(job, item)).collect();
    jobs.sort_by_key(|job| job.start_time);
    let mut failed = false;
    for job in jobs {
        failed = match job.status {
            JobStatus::Completed | JobStatus::CompletedWithWarnings => false,
            JobStatus::Failed | JobStatus::Cancelled => true,
            JobStatus::InProgress(_) => match work.job(&job.id).await {
                Ok(()) => false,
                Err(RestoreError::Rejected(_)) => true,
                Err(error) => return Err(error),
            },
        };
    }
    Ok(failed)
}

/// The item; none if the vault does not know it.
async fn known(work: &Work<'_>, id: &ProtectedItemId) -> Result<Option<ProtectedItem>, ArmError> {
    match work.azure().protected_item(id, &work.deadline).await {
        Ok(item) => Ok(Some(item)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// As [`known`]. What is no SQL database is neither changed nor removed: its requests and answers look alike.
async fn known_database(work: &Work<'_>, id: &ProtectedItemId) -> Result<Option<ProtectedItem>, RestoreError> {
    let item = known(work, id).await?;
    match item.as_ref().filter(|item| item.is_of(WorkloadType::SqlDatabase) == Some(false)) {
        None => Ok(item),
        Some(other) => Err(RestoreError::wrong(
            DATABASE,
            format!(
                "The protected item {id} is not a SQL Server database in a virtual machine. Azure says that it is of \
                 type {:?}. Nothing was sent.",
                shown(other.workload_type.as_deref().unwrap_or_default())
            ),
        )),
    }
}

async fn put(
    work: &Work<'_>,
    id: &ProtectedItemId,
    request: &SqlDatabaseProtectionRequest,
) -> Result<(), RestoreError> {
    let attempt = || async {
        let azure = work.azure();
        let begun = work.making(id, azure.protect(id, request, &work.deadline)).await?;
        ended(work, id, begun).await
    };
    work.taken(&[], attempt).await
}

/// Waits for the operation, and for the job that it makes: only that says whether the work was done.
async fn ended(
    work: &Work<'_>,
    id: &ProtectedItemId,
    begun: OperationStart<serde_json::Value>,
) -> Result<(), RestoreError> {
    let OperationStart::Accepted(operation) = begun else { return Ok(()) };
    let azure = work.azure();
    let look = || azure.operation(id.vault(), &operation, &work.deadline);
    let job: Option<RecoveryServicesJobId> = work.wait_for(look).await?.map_err(RestoreError::Rejected)?;
    match job {
        Some(job) => work.job(&job).await,
        None => Ok(()),
    }
}

fn deletes_backups(object: &Value) -> bool {
    object.get(DELETES_BACKUPS).as_bool().unwrap_or_default()
}

fn of_databases(type_key: &str) -> Filter {
    Filter::new()
        .eq("backupManagementType", BackupManagementType::AzureWorkload.as_str())
        .eq(type_key, WorkloadType::SqlDatabase.as_str())
}

fn missing(error: ArmError, argument: &str, text: &str) -> RestoreError {
    if error.is_not_found() {
        RestoreError::Missing { argument: argument.into(), text: text.to_owned(), error: Box::new(error) }
    } else {
        error.into()
    }
}

fn not_registered(container: &ProtectionContainerId, error: RestoreError) -> RestoreError {
    match error {
        RestoreError::Call(error) if error.is_not_found() => RestoreError::Missing {
            argument: CONTAINER.into(),
            text: format!(
                "The container {:?} is not registered with the vault. Register the virtual machine with \
                 `azurebackup_vm_workload_container`.",
                container.resource_id().decoded_name()
            ),
            error,
        },
        other => other,
    }
}

fn parse(state: &Value) -> Result<ProtectedItemId, RestoreError> {
    let text = state.get(ID).as_str().unwrap_or_default();
    ProtectedItemId::parse(text)
        .map_err(|error| RestoreError::wrong(ID, format!("The ID in the state is not one of an item: {error}.")))
}

/// The name of a database or instance, as people write it: nothing in it is an escape.
fn name_without_case(value: &Value) -> Value {
    canonical::id(&value.as_str().map(segment_of_name).into())
}

fn attributes() -> Vec<Attribute> {
    let result = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        resource_id::checked_by(CONTAINER, is_container_of_databases).required().requires_replace().description(
            "The ARM ID of the container of the virtual machine: the `id` of `azurebackup_vm_workload_container`. \
            Changing this protects another database.",
        ),
        Attribute::string(INSTANCE)
            .required()
            .requires_replace()
            .canonical(name_without_case)
            .validate(length_between(1..=128))
            .description(
                "The name of the SQL Server instance, such as `MSSQLSERVER` (the default instance), or of the \
                availability group. Upper and lower case do not matter. Changing this protects another database.",
            ),
        Attribute::string(DATABASE)
            .required()
            .requires_replace()
            .canonical(name_without_case)
            .validate(length_between(1..=128))
            .description(
                "The name of the database, as SQL Server shows it. It may hold any character. Upper and lower case \
                do not matter. Changing this protects another database.",
            ),
        resource_id::attribute(POLICY, "a backup policy", "Microsoft.RecoveryServices/vaults/backupPolicies")
            .required()
            .updates_in_place()
            .description(
                "The ARM ID of a backup policy for SQL databases in the same vault: see the data source \
                 `azurebackup_backup_policy`.",
            ),
        Attribute::bool(DELETES_BACKUPS).default(false).updates_in_place().description(
            "Whether a destroy deletes the backups, too. If it is `false`, it stops the protection and keeps them. \
            Default: `false`.",
        ),
        result(ID, "The ARM ID of the protected item: the `protected_item_id` of a restore."),
        result("name", "The name of the protected item in Azure, such as `SQLDataBase;mssqlserver;DATABASE`."),
        result("source_resource_id", "The source of the item, as Azure writes it."),
        result(
            STATE,
            "The state of the protection: `IRPending` (no backup yet), `Protected`, `ProtectionStopped` and \
        others.",
        ),
        result(STATUS, "The health of the protection in Azure."),
    ]
}

fn facts(item: &ProtectedItem) -> Value {
    let documented = |policy: &String| {
        let id = ResourceId::parse(policy).ok().and_then(|id| item.id.vault().policy(id.name()).ok());
        id.filter(|id| is_same(id.resource_id().as_str(), policy)).map_or_else(|| policy.clone(), |id| id.to_string())
    };
    // Who has stopped the protection sees it as a policy that is gone, and the plan as one to be given back.
    let policy = item.policy_id.as_ref().filter(|_| !item.is_stopped()).map(documented);
    let mut facts = vec![
        (ID, Value::from(item.id.to_string())),
        ("name", item.id.resource_id().decoded_name().into_owned().into()),
        (CONTAINER, item.id.container().to_string().into()),
        (POLICY, policy.into()),
        ("source_resource_id", item.source_resource_id.clone().into()),
        (STATE, item.protection_state.clone().into()),
        (STATUS, item.protection_status.clone().into()),
    ];
    facts.extend(item.parent_name.clone().map(|name| (INSTANCE, name.into())));
    facts.extend(item.friendly_name.clone().map(|name| (DATABASE, name.into())));
    Value::object(facts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::recovery_services::{RegisterRequest, Registration};

    #[test]
    fn bodies_are_those_of_the_description_and_not_of_the_how_to_page() {
        let written = |request: SqlDatabaseProtectionRequest| serde_json::to_value(request).unwrap();
        assert_eq!(
            written(SqlDatabaseProtectionRequest::protect("/p")),
            json!({"protectedItemType": "AzureVmWorkloadSQLDatabase", "policyId": "/p"})
        );
        assert_eq!(
            written(SqlDatabaseProtectionRequest::stop()),
            json!({"protectedItemType": "AzureVmWorkloadSQLDatabase", "policyId": "", "protectionState": "ProtectionStopped"})
        );
        assert_eq!(
            written(SqlDatabaseProtectionRequest::undelete()),
            json!({"protectedItemType": "AzureVmWorkloadSQLDatabase", "policyId": "", "protectionState": "ProtectionStopped",
                "isRehydrate": true})
        );
        let again = RegisterRequest::of("/vm", WorkloadType::SqlDatabase, Registration::Again);
        assert_eq!(
            serde_json::to_value(again).unwrap(),
            json!({"containerType": "VMAppContainer", "backupManagementType": "AzureWorkload", "sourceResourceId": "/vm",
                "workloadType": "SQLDataBase", "operationType": "Reregister"})
        );
    }

    #[test]
    fn container_and_policy_must_be_of_databases_and_of_one_vault() {
        let vault = |name: &str| {
            let group = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers";
            format!("{group}/Microsoft.RecoveryServices/vaults/{name}")
        };
        let said = |container: &str, policy_of: &str| {
            let mut config = ProtectedVmSqlDatabaseKind.schema().null_object();
            let container = format!("{}/backupFabrics/Azure/protectionContainers/{container}", vault("v"));
            for (name, value) in [
                (CONTAINER, container),
                (POLICY, format!("{}/backupPolicies/p", vault(policy_of))),
                (INSTANCE, "MSSQLSERVER".to_owned()),
                (DATABASE, "sales".to_owned()),
            ] {
                config.set(name, value);
            }
            let found = ProtectedVmSqlDatabaseKind.schema().validate_config(&config);
            found
                .iter()
                .map(|error| format!("{} {}", error.path.clone().unwrap_or_default(), error.detail))
                .collect::<Vec<_>>()
        };
        for container in ["VMAppContainer;Compute;g;m", "vmappcontainer%3Bcompute%3Bg%3Bm", "SQLAGWorkLoadContainer;1"]
        {
            assert_eq!(said(container, "V"), Vec::<String>::new(), "{container}");
        }
        let other = said("VMAppContainer;Compute;g;m", "w").remove(0);
        assert!(
            other.starts_with("policy_id The policy is of vault \"w\"") && other.contains("vault \"v\""),
            "{other}"
        );
        let account = said("StorageContainer;storage;g;a", "v").remove(0);
        assert!(account.starts_with("container_id The container \"StorageContainer;storage;g;a\" has no"), "{account}");
    }

    #[test]
    fn names_of_databases_have_no_case_and_no_escapes() {
        let form = |name: &str| name_without_case(&name.into());
        assert_eq!(form("KUNDEN \u{c4}"), form("kunden \u{e4}"));
        assert_ne!(form("100%25"), form("100%"));
        assert_ne!(form("a/b"), form("a%2Fb"));
    }

    #[test]
    fn a_policy_of_another_vault_is_refused_before_anything_is_sent() {
        let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults";
        let planned = |policy_vault: &str| {
            Value::object([
                (
                    CONTAINER,
                    Value::from(format!("{vault}/v/backupFabrics/Azure/protectionContainers/VMAppContainer;c")),
                ),
                (POLICY, format!("{vault}/{policy_vault}/backupPolicies/Hourly%20Log").into()),
                (INSTANCE, "MSSQLSERVER".into()),
                (DATABASE, "sales".into()),
            ])
        };
        let wanted = planned("V");
        assert_eq!(
            Wanted::of(&wanted).ok().map(|wanted| wanted.policy),
            Some(format!("{vault}/V/backupPolicies/Hourly Log"))
        );
        let other = planned("w");
        let Err(RestoreError::Wrong { argument, .. }) = Wanted::of(&other) else { panic!() };
        assert_eq!(argument, Some(POLICY.into()));
    }
}

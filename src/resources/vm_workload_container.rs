//! `azurebackup_vm_workload_container`: a virtual machine that is registered with a vault, so that its databases can be
//! protected.

use std::time::Duration;

use async_trait::async_trait;

use super::arguments::resource_id;
use super::managed::{self, ID, ManagedChange, ManagedKind, Removal, Work};
use crate::azure::expected_id::ExpectedId;
use crate::azure::poll::PollResult;
use crate::azure::recovery_services::{
    BackupManagementType, Filter, ProtectionContainer, ProtectionContainerId, RecoveryServicesVaultId, RegisterRequest,
    Registration, WorkloadType,
};
use crate::azure::resource_id::{ResourceId, is_same, segment_of_name};
use crate::restore::error::RestoreError;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::schema::{Attribute, Schema, Type};
use crate::tfplugin::timeouts::Timeouts;
use crate::tfplugin::validators::{Validator, one_of};
use crate::tfplugin::value::{Path, Value};

/// Registers virtual machines.
pub struct VmWorkloadContainerKind;

const VAULT: &str = "vault_id";
const MACHINE: &str = "virtual_machine_id";
const WORKLOAD: &str = "workload_type";
const TRIGGERS: &str = "triggers";
const REGISTRATION: &str = "registration_status";
const HEALTH: &str = "health_status";
const INQUIRY: &str = "inquiry_status";
const COUNT: &str = "protectable_item_count";
const HOST: &str = "host_server_name";

/// What a registration or an inquiry finds anew.
const FOUND: [&str; 5] = [REGISTRATION, HEALTH, INQUIRY, COUNT, HOST];

/// The databases that a virtual machine can be registered for.
pub const WORKLOADS: [WorkloadType; 2] = [WorkloadType::SqlDatabase, WorkloadType::SapHanaDatabase];

const DESCRIPTION: &str = "\
    Registers a virtual machine with a Recovery Services vault, so that the SQL Server or SAP HANA databases in it \
    can be protected. Creating it does what the portal calls *discover*: it searches the subscription for virtual \
    machines, registers this one, which installs an extension in it, and looks for databases in it.\n\n\
    The virtual machine must run, and be in the region and the subscription of the vault. If Azure cannot look into \
    it, for example because the account of the extension is not a `sysadmin` of SQL Server, the apply fails with \
    Azure's reason.\n\n\
    A destroy unregisters the virtual machine. Azure refuses that while databases in it are protected. Backups of \
    databases whose protection was stopped stay in the vault.\n\n\
    The identity of Terraform needs the roles *Backup Contributor* on the vault and *Virtual Machine Contributor* on \
    the virtual machine.";

const IMPORT: &str = "\
    The ID is that of the container: \
    `…/vaults/VAULT/backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;GROUP;MACHINE`. Azure reports \
    `workload_type` only for SQL Server. For SAP HANA, write `workload_type = \"SAPHanaDatabase\"`: the next apply \
    looks for databases once more, and registers nothing.";

/// Passes within minutes once protection was stopped (docs/reference/azure-recovery-services.md#removal).
const STILL_PROTECTED: &str = "BMSUserErrorContainerHasDatasources";

#[async_trait]
impl ManagedKind for VmWorkloadContainerKind {
    fn type_name(&self) -> &'static str {
        "azurebackup_vm_workload_container"
    }

    fn schema(&self) -> Schema {
        Schema::new(format!("{DESCRIPTION}\n\n{}", managed::TAKES_OVER), attributes())
            .import(IMPORT)
            .rule(Validator::new(in_one_subscription))
    }

    fn timeouts(&self) -> Timeouts {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Timeouts { create: minutes(60), update: minutes(60), read: minutes(5), delete: minutes(60) }
    }

    fn thing(&self, object: &Value) -> String {
        let machine = object.get(MACHINE).as_str().unwrap_or_default();
        format!("the registration of virtual machine {:?}", machine.rsplit('/').next().unwrap_or_default())
    }

    async fn create(&self, work: &Work<'_>, planned: &Value) -> Result<Value, RestoreError> {
        let (vault, machine, workload) = (vault_of(planned)?, machine_of(planned), workload_of(planned));
        let azure = work.azure();
        let of = workload.management_type();
        let registered =
            azure.registered_containers(&vault, of, &work.deadline).await.map_err(|error| in_vault(error, &vault))?;
        if let Some(found) = registered.into_iter().find(|own| is_of(own.source_resource_id.as_deref(), machine)) {
            self.refuse_in_use(work, &found.id).await?;
            work.take_over(&found.id)?;
            let facts = inquired(work, &found.id, workload).await?;
            work.warn(managed::taken_over("This registration"));
            return Ok(facts);
        }
        let begun = azure.refresh_containers(&vault, of, &work.deadline).await?;
        work.ended(begun, |operation| result(work, operation)).await?;
        let found = azure.protectable_containers(&vault, of, &work.deadline).await?;
        let Some(found) = found.into_iter().find(|own| is_of(own.source_resource_id.as_deref(), machine)) else {
            return Err(not_found(&vault, machine));
        };
        let id = ProtectionContainerId::of_vault(&vault, &segment_of_name(&found.name)).map_err(|error| {
            RestoreError::wrong(MACHINE, format!("Azure gives it the name {:?}: {error}.", found.name))
        })?;
        register(work, &id, planned, Registration::First).await?;
        inquired(work, &id, workload).await
    }

    async fn read(&self, work: &Work<'_>, state: &Value) -> Result<Option<Value>, RestoreError> {
        let id = parse(state)?;
        let container = match work.azure().container(&id, &work.deadline).await {
            Ok(container) => container,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut facts = facts(&container);
        if state.get(WORKLOAD).is_null() {
            facts.set(WORKLOAD, searched_for(&container).map(|workload| Value::from(workload.as_str())));
        }
        Ok(Some(facts))
    }

    async fn update(&self, work: &Work<'_>, change: ManagedChange<'_>) -> Result<Value, RestoreError> {
        let id = parse(change.prior)?;
        let container = match work.azure().container(&id, &work.deadline).await {
            Ok(container) => Some(container),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error.into()),
        };
        let registered = container.is_some_and(|container| container.is_registered());
        match (registered, has_same_triggers(change.prior, change.planned)) {
            (false, _) => register(work, &id, change.planned, Registration::First).await?,
            (true, false) => register(work, &id, change.planned, Registration::Again).await?,
            (true, true) => {}
        }
        inquired(work, &id, workload_of(change.planned)).await
    }

    async fn delete(&self, work: &Work<'_>, state: &Value, _: Removal) -> Result<(), RestoreError> {
        let id = parse(state)?;
        let attempt = || async {
            let begun = match work.azure().unregister_container(&id, &work.deadline).await {
                Ok(begun) => work.ended(begun, |operation| result(work, operation)).await.map(drop),
                Err(error) if error.is_not_found() => Ok(()),
                Err(error) => Err(error.into()),
            };
            match begun {
                Err(error) if error.azure().is_some_and(|said| said.has_code(STILL_PROTECTED)) => {
                    Err(still_in_it(work, &id, error).await)
                }
                other => other,
            }
        };
        work.taken(&[STILL_PROTECTED], attempt).await
    }

    fn identify(&self, id: &str) -> Result<Value, String> {
        let expected = ExpectedId {
            argument: "the ID",
            what: "a container of a Recovery Services vault",
            resource_type: Some("Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers"),
            form: None,
        };
        expected.check(id, |_| true)?;
        let id = ProtectionContainerId::parse(id).map_err(|error| format!("{error}."))?;
        if !is_of_machine(&id) {
            return Err(not_of_machine(&id));
        }
        let workload = (WORKLOAD, Value::Null);
        Ok(Value::object([(ID, id.to_string().into()), (VAULT, id.vault().to_string().into()), workload]))
    }

    fn changed_results(&self, prior: &Value, planned: &Value) -> Vec<&'static str> {
        let registered = prior.get(REGISTRATION).as_str().is_some_and(|word| word.eq_ignore_ascii_case("Registered"));
        let finished = registered && !prior.get(INQUIRY).is_null();
        if finished && has_same_triggers(prior, planned) { Vec::new() } else { FOUND.to_vec() }
    }
}

impl VmWorkloadContainerKind {
    /// An interrupted apply may have registered it; then nobody protects anything in it yet.
    async fn refuse_in_use(&self, work: &Work<'_>, id: &ProtectionContainerId) -> Result<(), RestoreError> {
        let protected = protected_in(work, id).await?;
        if protected.is_empty() {
            return Ok(());
        }
        Err(RestoreError::wrong(
            MACHINE,
            format!(
                "The virtual machine is registered with the vault, and protected databases are in it: {}. To manage \
                the registration with this configuration, import it: `terraform import {}.NAME '{id}'`.",
                protected.join(", "),
                self.type_name()
            ),
        ))
    }
}

fn attributes() -> Vec<Attribute> {
    let words = WORKLOADS.map(WorkloadType::as_str);
    let result = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        resource_id::attribute(VAULT, "a Recovery Services vault", "Microsoft.RecoveryServices/vaults")
            .required()
            .requires_replace()
            .description(
                "The ARM ID of the Recovery Services vault. Changing this registers the virtual machine anew.",
            ),
        resource_id::attribute(MACHINE, "a virtual machine", "Microsoft.Compute/virtualMachines")
            .required()
            .requires_replace()
            .description("The ARM ID of the virtual machine. Changing this registers another one."),
        Attribute::string(WORKLOAD).default(words[0]).requires_replace().validate(one_of(&words)).description(
            "The databases to look for: `SQLDataBase` or `SAPHanaDatabase`. Changing this registers the virtual \
            machine anew. Default: `SQLDataBase`.",
        ),
        Attribute::map_of(TRIGGERS, Type::String).optional().updates_in_place().description(
            "Any values. If they change, the virtual machine is registered again, which repairs its extension, and \
             databases are looked for again. Backups and protection stay.",
        ),
        result(ID, "The ARM ID of the container: the `container_id` of other resources."),
        result("name", "The name of the container in Azure, such as `VMAppContainer;Compute;GROUP;MACHINE`."),
        result("friendly_name", "The name of the virtual machine."),
        result(HOST, "The name by which the virtual machine calls itself."),
        result(REGISTRATION, "The state of the registration in Azure, such as `Registered`."),
        result(HEALTH, "The health of the registration in Azure, such as `Healthy`."),
        result(INQUIRY, "How the last search for databases ended: `Success`, `Failed` and others."),
        Attribute::number(COUNT).computed().description(
            "How many databases and instances the last search found. Use the data source \
            `azurebackup_protectable_items` to list them.",
        ),
    ]
}

/// No triggers are as much as empty ones.
fn has_same_triggers(prior: &Value, planned: &Value) -> bool {
    managed::or_empty(prior.get(TRIGGERS)) == managed::or_empty(planned.get(TRIGGERS))
}

fn parse(state: &Value) -> Result<ProtectionContainerId, RestoreError> {
    let text = state.get(ID).as_str().unwrap_or_default();
    let id = ProtectionContainerId::parse(text)
        .map_err(|error| RestoreError::wrong(ID, format!("The ID in the state is not one of a container: {error}.")))?;
    if is_of_machine(&id) { Ok(id) } else { Err(RestoreError::wrong(ID, not_of_machine(&id))) }
}

/// Whether it is a virtual machine with its workloads, by its name (docs/reference/azure-recovery-services.md#names).
/// The requests that remove other containers are the same.
fn is_of_machine(id: &ProtectionContainerId) -> bool {
    id.kind().eq_ignore_ascii_case("VMAppContainer")
}

fn not_of_machine(id: &ProtectionContainerId) -> String {
    format!(
        "The container {:?} is not the registration of a virtual machine. The name of such a container begins with \
         `VMAppContainer;`.",
        id.resource_id().decoded_name()
    )
}

/// What the last search looked for, as far as it is known which word means what
/// (docs/reference/azure-recovery-services.md#containers).
fn searched_for(container: &ProtectionContainer) -> Option<WorkloadType> {
    let workloads = container.inquiry.as_ref()?.workloads.iter().filter_map(|own| own.workload.as_deref());
    let mut is_sql = workloads.map(|word| word.eq_ignore_ascii_case("SQL"));
    (is_sql.next()? && is_sql.all(|sql| sql)).then_some(WorkloadType::SqlDatabase)
}

fn vault_of(object: &Value) -> Result<RecoveryServicesVaultId, RestoreError> {
    RecoveryServicesVaultId::parse(object.get(VAULT).as_str().unwrap_or_default())
        .map_err(|error| RestoreError::wrong(VAULT, format!("{error}.")))
}

fn machine_of(object: &Value) -> &str {
    object.get(MACHINE).as_str().unwrap_or_default()
}

fn workload_of(object: &Value) -> WorkloadType {
    object.get(WORKLOAD).as_str().and_then(WorkloadType::read).unwrap_or(WorkloadType::SqlDatabase)
}

/// The search for machines goes through the subscription of the vault (docs/reference/azure-recovery-services.md#containers).
fn in_one_subscription(config: &Value, _: &Path) -> Diagnostics {
    let subscription = |name: &str| {
        let id = ResourceId::parse(config.get(name).as_str()?).ok()?;
        id.subscription().map(str::to_owned)
    };
    let (Some(vault), Some(machine)) = (subscription(VAULT), subscription(MACHINE)) else { return Diagnostics::new() };
    if is_same(&vault, &machine) {
        return Diagnostics::new();
    }
    let text = format!(
        "The virtual machine is in subscription {machine}, and the vault in {vault}. A vault registers virtual machines of \
         its own subscription only. Use a vault in the subscription of the virtual machine."
    );
    Diagnostic::error("The virtual machine and the vault are in different subscriptions", text)
        .at(Path::attribute(MACHINE))
        .into()
}

fn is_of(source: Option<&str>, machine: &str) -> bool {
    source.is_some_and(|source| is_same(source, machine))
}

async fn result(
    work: &Work<'_>,
    operation: crate::azure::operation::AcceptedOperation,
) -> Result<crate::azure::operation::OperationPoll, crate::azure::error::ArmError> {
    work.azure().operation_result(&operation, &work.deadline).await
}

fn in_vault(error: crate::azure::error::ArmError, vault: &RecoveryServicesVaultId) -> RestoreError {
    if error.is_not_found() {
        let text = format!("The Recovery Services vault {:?} does not exist.", vault.name());
        RestoreError::Missing { argument: VAULT.into(), text, error: Box::new(error) }
    } else {
        error.into()
    }
}

fn not_found(vault: &RecoveryServicesVaultId, machine: &str) -> RestoreError {
    RestoreError::wrong(
        MACHINE,
        format!(
            "Azure has searched the subscription for virtual machines, and {:?} is not among those that can be \
            registered with vault {:?}. Check that it exists, that it is in the region and the subscription of the \
            vault, and that it is not registered with another vault.",
            machine.rsplit('/').next().unwrap_or_default(),
            vault.name()
        ),
    )
}

async fn register(
    work: &Work<'_>,
    id: &ProtectionContainerId,
    planned: &Value,
    registration: Registration,
) -> Result<(), RestoreError> {
    let request = RegisterRequest::of(machine_of(planned), workload_of(planned), registration);
    let attempt = || async {
        let azure = work.azure();
        let begun = work.making(id, azure.register_container(id, &request, &work.deadline)).await?;
        work.ended(begun, |operation| result(work, operation)).await
    };
    work.taken(&[], attempt).await.map(drop)
}

/// Looks into the machine, and returns the facts of the container. What fails inside the machine is an error.
async fn inquired(work: &Work<'_>, id: &ProtectionContainerId, workload: WorkloadType) -> Result<Value, RestoreError> {
    let container = look_inside(work, id, workload).await?;
    match container.inquiry.as_ref().and_then(|inquiry| inquiry.failure()) {
        Some(failure) => Err(RestoreError::Rejected(Box::new(failure))),
        None => Ok(facts(&container)),
    }
}

/// Searches a registered machine for databases, and waits for what it finds.
pub async fn look_inside(
    work: &Work<'_>,
    id: &ProtectionContainerId,
    workload: WorkloadType,
) -> Result<ProtectionContainer, RestoreError> {
    let azure = work.azure();
    let attempt = || async {
        let begun = azure.inquire_container(id, workload, &work.deadline).await?;
        work.ended(begun, |operation| result(work, operation)).await
    };
    work.taken(&[], attempt).await?;
    let container = azure.container(id, &work.deadline).await?;
    if !container.inquiry.as_ref().is_some_and(|inquiry| inquiry.is_running()) {
        return Ok(container);
    }
    let look = || async {
        let container = azure.container(id, &work.deadline).await?;
        let running = container.inquiry.as_ref().is_some_and(|inquiry| inquiry.is_running());
        let note = "InProgress".to_owned();
        Ok(if running { PollResult::Pending { note, retry_after: None } } else { PollResult::Ready(container) })
    };
    work.wait_for(look).await
}

fn facts(container: &ProtectionContainer) -> Value {
    let registration = container.registration_status.clone().unwrap_or_else(|| "Registered".to_owned());
    let count = container.inquiry.as_ref().map(|inquiry| inquiry.item_count());
    let mut facts = vec![
        (ID, Value::from(container.id.to_string())),
        ("name", container.id.resource_id().decoded_name().into_owned().into()),
        ("friendly_name", container.friendly_name.clone().into()),
        (HOST, container.host_server_name.clone().into()),
        (REGISTRATION, registration.into()),
        (HEALTH, container.health_status.clone().into()),
        (INQUIRY, container.inquiry.as_ref().and_then(|inquiry| inquiry.status.clone()).into()),
        (COUNT, count.map_or(Value::Null, Value::from)),
    ];
    facts.extend(container.source_resource_id.clone().map(|machine| (MACHINE, machine.into())));
    Value::object(facts)
}

/// The refusal, or what is protected in the machine if there is something: then no waiting helps.
async fn still_in_it(work: &Work<'_>, id: &ProtectionContainerId, refusal: RestoreError) -> RestoreError {
    match protected_in(work, id).await {
        Ok(protected) if !protected.is_empty() => RestoreError::wrong(
            MACHINE,
            format!(
                "Databases in the virtual machine are protected: {}. Stop their protection first: destroy the \
                 `azurebackup_protected_vm_sql_database` of each, or stop it in the portal. Their backups can be \
                 kept.",
                protected.join(", ")
            ),
        ),
        _ => refusal,
    }
}

/// The names of what is backed up in a container.
async fn protected_in(work: &Work<'_>, id: &ProtectionContainerId) -> Result<Vec<String>, RestoreError> {
    let filter = Filter::new().eq("backupManagementType", BackupManagementType::AzureWorkload.as_str());
    let items = work.azure().protected_items(id.vault(), &filter, &work.deadline).await?;
    let protected =
        items.into_iter().filter(|item| item.id.container() == id && !item.is_stopped() && !item.is_soft_deleted);
    Ok(protected
        .map(|item| match (&item.parent_name, &item.friendly_name) {
            (Some(instance), Some(database)) => format!("{instance}/{database}"),
            _ => item.id.resource_id().decoded_name().into_owned(),
        })
        .collect())
}

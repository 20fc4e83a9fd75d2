//! What all kinds of one service (or one of its regions) have in common: the argument that names the protected item, the
//! requests in the life of a restore, and how a test changes what the simulated service knows of an item.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::arguments::ArgumentChange;
use crate::simulator::fault::matches;
use crate::simulator::recovery_services::databases::escaped;
use crate::simulator::recovery_services::restore::missing_role;
use crate::simulator::{
    BackupInstance, Ending, Entry, ForeignItemRestore, ForeignRestore, ItemPoint, JobScript, Order, ProtectedItem,
    RecoveryPoint, RecoveryServicesVault, ServiceError, Simulator, catalogue, user_assigned_identity_id,
};

/// One request in the life of a restore.
#[derive(Clone, Copy, Debug)]
pub struct RequestPattern {
    pub method: &'static str,
    /// How its path ends; `*` stands for any text.
    pub path: &'static str,
}

impl RequestPattern {
    const fn get(path: &'static str) -> Self {
        Self { method: "GET", path }
    }

    const fn post(path: &'static str) -> Self {
        Self { method: "POST", path }
    }

    /// Its whole path as a pattern for faults.
    pub fn pattern(self) -> String {
        format!("*{}", self.path)
    }

    pub fn is(self, entry: &Entry) -> bool {
        entry.method == self.method && matches(&self.pattern().to_lowercase(), &entry.path.to_lowercase())
    }
}

/// A point that is added to those of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    Restorable,
    /// Of a Recovery Services vault: malware was found in it.
    Partial,
    Expired,
}

/// One service as the suite sees it.
#[derive(Debug)]
pub struct ServiceCase {
    /// The path of the argument that names the protected item. It may be nested: `geo.recoverable_database_id`.
    pub item_argument: &'static str,
    /// The group of [`Simulator::things`] that has such items.
    pub items: &'static str,
    /// The path of the request for the item of this name, as a pattern for faults.
    pub item: fn(&str) -> String,
    /// The name of an item that none of its kinds can restore; none: another kind's will do.
    pub unrelated_item: Option<&'static str>,
    /// How an error about an item of another kind begins.
    pub of_another_kind: &'static str,
    /// Whether the operation of a refused restore says what Azure recommends.
    pub operation_recommends: bool,
    /// What makes a point one that is passed over, as an error says it, beside its expiry.
    pub passed_over: &'static str,
    /// What holds the items.
    pub vault: RequestPattern,
    pub points: RequestPattern,
    /// What can be restored where the backup is continuous.
    pub ranges: RequestPattern,
    /// None: the service has no validation, and what is wrong with a restore is said by the trigger.
    pub validation: Option<RequestPattern>,
    pub trigger: RequestPattern,
    /// Where the operation stands that a validation or a trigger has begun.
    pub operation: RequestPattern,
    pub list: RequestPattern,
    pub job: RequestPattern,
    /// What is to be restored, out of the body of a trigger.
    pub sent: fn(&Value) -> Value,
    /// The body of a validation of what is triggered with this body.
    pub validated: fn(&Value) -> Value,
    /// What an import of this job takes.
    pub import_id: fn(&str) -> String,
    /// Arguments of all its restores that decide nothing, each changed.
    pub updates_in_place: fn() -> Vec<ArgumentChange>,
    /// The attribute `tasks` of a restore that has completed.
    pub tasks: fn() -> Value,
    /// Adds a point like the one of the first name, under the second name, taken at this instant.
    pub add_point: fn(&Simulator, item: &str, like: &str, name: &str, OffsetDateTime, Point),
    /// Adds an item that is like this one and has its name with `-twin` after it.
    pub add_twin: fn(&Simulator, item: &str),
    /// What Azure says while the vault's identity lacks its role.
    pub missing_role: fn(&Simulator, item: &str) -> ServiceError,
    /// Adds a completed restore of this item that somebody else has started. Its job.
    pub add_job: fn(&Simulator, item: &str) -> String,
}

/// All of them.
pub const ALL: &[&ServiceCase] = &[
    &BACKUP_VAULT,
    &BACKUP_VAULT_SECONDARY_REGION,
    &RECOVERY_SERVICES_VAULT,
    &RECOVERY_SERVICES_VAULT_OF_MACHINES,
    &RECOVERY_SERVICES_VAULT_OF_DATABASES,
    &RECOVERY_SERVICES_VAULT_SECONDARY_REGION,
    &RECOVERY_SERVICES_VAULT_SECONDARY_REGION_OF_MACHINES,
    &RECOVERY_SERVICES_VAULT_SECONDARY_REGION_OF_DATABASES,
];

/// Backup vaults (Microsoft.DataProtection) in their own region.
pub const BACKUP_VAULT: ServiceCase = ServiceCase {
    item_argument: "backup_instance_id",
    items: "backup_instances",
    item: |name| format!("*/backupInstances/{name}"),
    unrelated_item: None,
    of_another_kind: "This backup instance protects",
    operation_recommends: true,
    passed_over: "partial",
    vault: RequestPattern::get("/backupVaults/vault-rehearsal"),
    points: RequestPattern::get("/recoveryPoints"),
    ranges: RequestPattern::post("/findRestorableTimeRanges"),
    validation: Some(RequestPattern::post("/validateRestore")),
    trigger: RequestPattern::post("/restore"),
    operation: RequestPattern::get("/operationStatus/*"),
    list: RequestPattern::get("/backupJobs"),
    job: RequestPattern::get("/backupJobs/*"),
    sent: Value::clone,
    validated: |sent| json!({ "restoreRequestObject": sent }),
    import_id: str::to_owned,
    updates_in_place: || {
        let guard = user_assigned_identity_id("g")
            .replace("Microsoft.ManagedIdentity/userAssignedIdentities", "Microsoft.DataProtection/resourceGuards");
        vec![
            ArgumentChange::to("restore_location", "West US"),
            ArgumentChange::to("user_assigned_identity_id", user_assigned_identity_id("i")),
            ArgumentChange::to("resource_guard_id", guard),
        ]
    },
    tasks: || json!([{"name": "Trigger Restore", "status": "Completed"}]),
    add_point: |azure, item, like, name, time, point| {
        change_instance(azure, item, |own| add(&mut own.recovery_points, like, name, time, point));
    },
    add_twin: |azure, item| {
        azure.change(|world| {
            let holds = |own: &BackupInstance| own.name == item;
            let mut vaults = world.backup_vaults_mut().iter_mut();
            let vault = vaults.find(|vault| vault.instances.iter().any(holds)).expect("the instance is there");
            let like = vault.instances.iter().find(|own| holds(own)).expect("it has just been seen").clone();
            *vault = vault.clone().instance(BackupInstance { name: format!("{item}-twin"), ..like });
        });
    },
    missing_role: |azure, item| {
        let workload = change_instance(azure, item, |own| own.workload);
        workload.missing_role("vault-identity", "/subscriptions/s")
    },
    add_job: |azure, item| {
        let point = RecoveryPoint::new("8f3b5ce1a4d942d0a7c9f0d6b7f5fffd", azure.now() - Duration::hours(5));
        let foreign = ForeignRestore {
            instance: item.into(),
            activity_id: "4195ca6c-e02d-11eb-b0b1-70bc105e2242".into(),
            order: Order::of_point(&point, "VaultStore", "/subscriptions/s/resourceGroups/g"),
            script: JobScript::ended(Ending::Completed),
            started_ago: Duration::minutes(10),
        };
        azure.add_foreign_restore(foreign).expect("the instance is there")
    },
};

/// Their secondary region.
pub const BACKUP_VAULT_SECONDARY_REGION: ServiceCase = ServiceCase {
    points: RequestPattern::post("/fetchSecondaryRecoveryPoints"),
    validation: Some(RequestPattern::post("/validateCrossRegionRestore")),
    trigger: RequestPattern::post("/crossRegionRestore"),
    list: RequestPattern::post("/fetchCrossRegionRestoreJobs"),
    job: RequestPattern::post("/fetchCrossRegionRestoreJob"),
    sent: |body| body["restoreRequestObject"].clone(),
    validated: Value::clone,
    import_id: |job| format!("{job}?secondary_region={}", catalogue::SECONDARY_REGION),
    add_point: |azure, item, like, name, time, point| {
        change_instance(azure, item, |own| add(&mut own.secondary_points, like, name, time, point));
    },
    ..BACKUP_VAULT
};

/// Recovery Services vaults (Microsoft.RecoveryServices).
pub const RECOVERY_SERVICES_VAULT: ServiceCase = ServiceCase {
    item_argument: "protected_item_id",
    items: "protected_items",
    item: |name| {
        let account = if name == catalogue::FILE_SHARE { catalogue::FILE_SHARE_ACCOUNT } else { name };
        format!("*/protectedItems/{}", ProtectedItem::file_share_name(name, account))
    },
    unrelated_item: Some(catalogue::VIRTUAL_MACHINE),
    of_another_kind: "This is the ID of a protected virtual machine",
    operation_recommends: false,
    passed_over: "malware",
    // A restore reads nothing of the vault but its links to resource guards.
    vault: RequestPattern::get("/backupResourceGuardProxies"),
    points: RequestPattern::get("/recoveryPoints"),
    ranges: RequestPattern::get("/recoveryPoints"),
    validation: None,
    trigger: RequestPattern::post("/restore"),
    operation: RequestPattern::get("/operationsStatus/*"),
    list: RequestPattern::get("/backupJobs"),
    job: RequestPattern::get("/backupJobs/*"),
    sent: |body| body["properties"].clone(),
    validated: |sent| json!({ "properties": sent }),
    import_id: str::to_owned,
    updates_in_place: || vec![ArgumentChange::to("cancel_on_destroy", true)],
    tasks: || json!([]),
    add_point: |azure, item, like, name, time, point| {
        let added = azure.change_item(item, |own| add_item_point(&mut own.points, like, name, time, point));
        added.expect("the item is there");
    },
    add_twin: |azure, item| {
        azure.change(|world| {
            let mut vaults = world.recovery_services_vaults_mut().iter_mut();
            let holds = |own: &ProtectedItem| own.friendly_name == item;
            let vault = vaults.find(|vault| vault.items.iter().any(holds)).expect("the item is there");
            let like = vault.items.iter().find(|own| holds(own)).expect("it has just been seen").clone();
            let twin = format!("{item}-twin");
            vault.items.push(ProtectedItem { name: format!("{}-twin", like.name), friendly_name: twin, ..like });
        });
    },
    missing_role: |azure, item| azure.change_item(item, |own| missing_role(own)).expect("the item is there"),
    add_job: |azure, item| {
        let foreign = ForeignItemRestore {
            share: item.into(),
            activity_id: "4195ca6c-e02d-11eb-b0b1-70bc105e2242".into(),
            script: JobScript::ended(Ending::Completed),
            started_ago: Duration::minutes(10),
        };
        azure.add_foreign_item_restore(foreign).expect("the item is there")
    },
};

/// The same with virtual machines: their restores are validated, and name the region of the vault.
pub const RECOVERY_SERVICES_VAULT_OF_MACHINES: ServiceCase = ServiceCase {
    item: |name| format!("*/protectedItems/{}", ProtectedItem::virtual_machine(name).name),
    unrelated_item: Some(catalogue::FILE_SHARE),
    of_another_kind: "This is the ID of a protected file share",
    vault: RequestPattern::get("/vaults/contoso-recovery"),
    validation: Some(RequestPattern::post("/backupTriggerValidateOperation")),
    // Of restores and, as `backupValidateOperationsStatuses`, of validations.
    operation: RequestPattern::get("operationsStatus*"),
    validated: |sent| {
        let sent = &sent["properties"];
        let text = |name: &str| sent[name].as_str().unwrap_or_default();
        let machine = text("sourceResourceId").rsplit('/').next().unwrap_or_default();
        let vault = RecoveryServicesVault::new(catalogue::RECOVERY_SERVICES_VAULT);
        let item = ProtectedItem::virtual_machine(machine).id(&vault);
        json!({
            "id": format!("{item}/recoveryPoints/{}", text("recoveryPointId")),
            "properties": {"objectType": "ValidateIaasVMRestoreOperationRequest", "restoreRequest": sent},
        })
    },
    tasks: || json!([{"name": "Transfer data from vault", "status": "Completed"}]),
    ..RECOVERY_SERVICES_VAULT
};

/// The same with databases: what may go wrong is known to the target, which is looked at first.
pub const RECOVERY_SERVICES_VAULT_OF_DATABASES: ServiceCase = ServiceCase {
    // Before a backup is chosen, a database is asked for by its name alone, whatever characters that has.
    item: |name| match name {
        catalogue::HANA_DATABASE => "*/protectedItems/SAPHanaDatabase;hxe;CON".to_owned(),
        name => format!("*/protectedItems/SQLDataBase;mssqlserver;{}", escaped(name)),
    },
    tasks: || json!([{"name": "Transfer data from vault", "status": "Completed"}]),
    ..RECOVERY_SERVICES_VAULT
};

/// Their secondary region: nothing is asked of the region of the vault, and there is no validation.
pub const RECOVERY_SERVICES_VAULT_SECONDARY_REGION: ServiceCase = ServiceCase {
    // Items are there in a list only.
    item: |_| "*/backupProtectedItems/".to_owned(),
    unrelated_item: Some(catalogue::COPIED_VIRTUAL_MACHINE),
    of_another_kind: "This is the ID of a protected",
    vault: RequestPattern::get("/backupAadProperties"),
    points: RequestPattern::get("/recoveryPoints/"),
    trigger: RequestPattern::post("/backupCrossRegionRestore"),
    operation: RequestPattern::get("/backupCrrOperationsStatus/*"),
    list: RequestPattern::post("/backupCrrJobs"),
    job: RequestPattern::post("/backupCrrJob"),
    sent: |body| body["restoreRequest"].clone(),
    import_id: |job| format!("{job}?secondary_region={}", catalogue::SECONDARY_REGION),
    updates_in_place: || vec![ArgumentChange::to("restore_location", "West US")],
    add_point: |azure, item, like, name, time, point| {
        let added = azure.change_item(item, |own| add_item_point(&mut own.secondary_points, like, name, time, point));
        added.expect("the item is there");
    },
    ..RECOVERY_SERVICES_VAULT
};

/// The same with virtual machines.
pub const RECOVERY_SERVICES_VAULT_SECONDARY_REGION_OF_MACHINES: ServiceCase = ServiceCase {
    unrelated_item: Some(catalogue::COPIED_FILE_SHARE),
    tasks: RECOVERY_SERVICES_VAULT_OF_MACHINES.tasks,
    ..RECOVERY_SERVICES_VAULT_SECONDARY_REGION
};

/// The same with databases.
pub const RECOVERY_SERVICES_VAULT_SECONDARY_REGION_OF_DATABASES: ServiceCase = ServiceCase {
    unrelated_item: Some(catalogue::COPIED_FILE_SHARE),
    ranges: RequestPattern::get("/recoveryPoints/"),
    tasks: RECOVERY_SERVICES_VAULT_OF_DATABASES.tasks,
    ..RECOVERY_SERVICES_VAULT_SECONDARY_REGION
};

fn add_item_point(points: &mut Vec<ItemPoint>, like: &str, name: &str, time: OffsetDateTime, point: Point) {
    let like = points.iter().find(|own| own.name == like).expect("the table names a point").clone();
    let added = ItemPoint { name: name.into(), time, ..like };
    points.push(match point {
        Point::Restorable => added,
        Point::Partial => added.threat("UnHealthy", &["Ransom:Linux/Example"]),
        Point::Expired => added.expires(time + Duration::minutes(1)),
    });
}

fn change_instance<T>(azure: &Simulator, name: &str, change: impl FnOnce(&mut BackupInstance) -> T) -> T {
    azure.change(|world| change(world.instance_named(name).expect("the instance is there")))
}

fn add(points: &mut Vec<RecoveryPoint>, like: &str, name: &str, time: OffsetDateTime, point: Point) {
    let like = points.iter().find(|own| own.id == like).expect("the table names a point").clone();
    let added = RecoveryPoint { id: name.into(), time, ..like };
    points.push(match point {
        Point::Restorable => added,
        Point::Partial => added.partial(),
        Point::Expired => added.expires(time + Duration::minutes(1)),
    });
}

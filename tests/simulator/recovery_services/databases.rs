//! Databases of SQL Server and SAP HANA in virtual machines: the machines that are registered with a vault, backups and log
//! backups, and restores to the database itself, to another one, or as files.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::super::arm::{ArmCall, ServiceAnswer};
use super::super::clock::with_seconds;
use super::super::error::{ServiceError, not_found};
use super::super::makes::Makes;
use super::super::message::Reply;
use super::super::paging::paged;
use super::super::platform::Platform;
use super::super::resources::Resource;
use super::super::world::World;
use super::containers::Inquiry;
use super::filters::{self, Filter, Window};
use super::items::{ItemKind, ProtectedItem};
use super::jobs::{ItemJob, ItemOrder};
use super::points::ItemPoint;
use super::vaults::RecoveryServicesVault;

/// The name of the point that stands for all log backups of a database.
pub const RANGES: &str = "DefaultRangeRecoveryPoint";

const MACHINES: &str = "Microsoft.Compute/virtualMachines";

/// Which server a database belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Sql,
    SapHana,
}

impl Server {
    pub fn workload(self) -> &'static str {
        match self {
            Self::Sql => "SQLDataBase",
            Self::SapHana => "SAPHanaDatabase",
        }
    }

    pub fn item_type(self) -> &'static str {
        match self {
            Self::Sql => "AzureVmWorkloadSQLDatabase",
            Self::SapHana => "AzureVmWorkloadSAPHanaDatabase",
        }
    }

    fn point_type(self, of_logs: bool) -> &'static str {
        match (self, of_logs) {
            (Self::Sql, false) => "AzureWorkloadSQLRecoveryPoint",
            (Self::Sql, true) => "AzureWorkloadSQLPointInTimeRecoveryPoint",
            (Self::SapHana, false) => "AzureWorkloadSAPHanaRecoveryPoint",
            (Self::SapHana, true) => "AzureWorkloadSAPHanaPointInTimeRecoveryPoint",
        }
    }
}

/// What is known of a protected database beside what every item has.
#[derive(Clone, Debug, Default)]
pub struct Database {
    pub instance: String,
    /// Times that log backups cover, both ends included.
    pub log_ranges: Vec<Window>,
    /// Kind, path and logical name of its files. Empty: Azure does not list them.
    pub files: Vec<(String, String, String)>,
}

/// A machine that is registered with a vault.
#[derive(Clone, Debug)]
pub struct DatabaseMachine {
    pub resource_group: String,
    pub name: String,
    pub instances: Vec<DatabaseInstance>,
    /// What the vault that it is registered with knows of its inside.
    pub inquiry: Inquiry,
}

/// An instance of SQL Server or a system of SAP HANA.
#[derive(Clone, Debug)]
pub struct DatabaseInstance {
    pub server: Server,
    pub name: String,
    /// Default directories for data and log files.
    pub directories: Option<(String, String)>,
    /// Names of the databases that are there.
    pub databases: BTreeSet<String>,
}

impl DatabaseMachine {
    /// In the default resource group.
    pub fn new(name: &str, instances: impl IntoIterator<Item = DatabaseInstance>) -> Self {
        let machine = Resource::new(MACHINES, name);
        let instances = instances.into_iter().collect();
        Self { resource_group: machine.resource_group, name: name.into(), instances, inquiry: Inquiry::default() }
    }

    pub fn container_name(&self) -> String {
        format!("VMAppContainer;Compute;{};{}", self.resource_group, self.name)
    }

    /// As the vault shows it that it is registered with.
    pub fn container_json(&self, vault: &RecoveryServicesVault) -> Value {
        let id = format!("{}/backupFabrics/Azure/protectionContainers/{}", vault.id(), self.container_name());
        let inquiry = self.inquiry.to_json(self);
        let properties = json!({
            "backupManagementType": "AzureWorkload", "containerType": "VMAppContainer", "friendlyName": self.name,
            "sourceResourceId": self.machine_id(), "registrationStatus": "Registered", "healthStatus": "Healthy",
            "workloadType": null,
            "extendedInfo": {"hostServerName": self.name, "nodesList": [], "inquiryInfo": inquiry},
        });
        super::envelope(&id, "backupFabrics/protectionContainers", properties)
    }

    pub fn machine_id(&self) -> String {
        Resource::new(MACHINES, &self.name).resource_group(&self.resource_group).id()
    }

    fn instance(&self, server: Server, name: &str) -> Option<&DatabaseInstance> {
        self.instances.iter().find(|own| own.server == server && own.name.eq_ignore_ascii_case(name))
    }
}

impl DatabaseInstance {
    pub fn sql(name: &str, databases: &[&str]) -> Self {
        let directories = Some(("F:\\DATA\\".into(), "G:\\LOG\\".into()));
        let databases = databases.iter().map(|name| (*name).to_owned()).collect();
        Self { server: Server::Sql, name: name.into(), directories, databases }
    }

    pub fn sap_hana(sid: &str, databases: &[&str]) -> Self {
        Self { server: Server::SapHana, directories: None, ..Self::sql(sid, databases) }
    }
}

impl ProtectedItem {
    /// A database of a machine in the default resource group, with two files if SQL Server has it.
    pub fn database(server: Server, machine: &str, instance: &str, database: &str) -> Self {
        let file = |kind: &str, path: &str, name: String| (kind.to_owned(), path.to_owned(), name);
        let files = match server {
            Server::Sql => vec![
                file("Data", &format!("C:\\SQL\\Data\\{machine}.mdf"), database.to_owned()),
                file("Log", &format!("C:\\SQL\\Log\\{machine}.ldf"), format!("{database}_log")),
            ],
            Server::SapHana => Vec::new(),
        };
        Self {
            kind: ItemKind::Database(server),
            name: format!("{};{};{database}", server.workload(), instance.to_lowercase()),
            friendly_name: database.into(),
            database: Database { instance: instance.into(), log_ranges: Vec::new(), files },
            ..Self::virtual_machine(machine)
        }
    }

    /// Log backups cover these times.
    pub fn logs(mut self, from: OffsetDateTime, to: OffsetDateTime) -> Self {
        self.database.log_ranges.push((from, to));
        self
    }
}

/// A name as a segment of an id: whatever a database may be called, it is one segment.
pub fn escaped(name: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b';' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    name.bytes().map(byte).collect()
}

/// What the list of points shows: those of these kinds and in this window.
pub fn list_points(
    platform: &mut Platform,
    call: &ArmCall<'_>,
    vault: &RecoveryServicesVault,
    item: &ProtectedItem,
    server: Server,
) -> ServiceAnswer {
    let read = || {
        let filter = Filter::of(call, &["restorePointQueryType", "extendedInfo"], &["startDate", "endDate"])?;
        Ok::<_, String>((filter.window("startDate", "endDate")?, filter))
    };
    let (window, filter) = match read() {
        Ok(found) => found,
        Err(why) => return filters::refused(call, &why),
    };
    let wanted = filter.text("restorePointQueryType").unwrap_or("All").to_lowercase();
    let id = item.id(vault);
    let within = |at: OffsetDateTime| window.is_none_or(|(from, to)| from <= at && at <= to);
    let of_kind = |point: &&ItemPoint| match wanted.as_str() {
        "all" => true,
        "fullanddifferential" => ["Full", "Differential"].contains(&point.backup_type.as_str()),
        other => point.backup_type.eq_ignore_ascii_case(other),
    };
    let mut points: Vec<&ItemPoint> = item.points.iter().filter(|own| within(own.time)).filter(of_kind).collect();
    points.sort_by_key(|point| point.time);
    let mut values: Vec<Value> = points.into_iter().map(|point| point_json(item, server, point, &id, false)).collect();
    let meets = |(from, to): &Window| window.is_none_or(|(first, last)| first <= *to && *from <= last);
    // Without a filter, both come back (recorded).
    if ["all", "log"].contains(&wanted.as_str()) && item.database.log_ranges.iter().any(meets) {
        let extended = filter.text("extendedInfo").is_some_and(|word| word.eq_ignore_ascii_case("True"));
        values.push(ranges_json(item, server, &id, extended));
    }
    paged(platform, call, |_| values, &format!("listed the recovery points of {}", item.friendly_name))
}

/// A full, differential or incremental backup. Only a single one has the files.
pub fn point_json(item: &ProtectedItem, server: Server, point: &ItemPoint, item_id: &str, single: bool) -> Value {
    let tiers: Vec<Value> = point.tiers.iter().map(|(tier, status)| json!({"type": tier, "status": status})).collect();
    let mut properties = json!({
        "objectType": server.point_type(false), "recoveryPointTimeInUTC": with_seconds(point.time),
        "type": point.backup_type, "recoveryPointTierDetails": tiers,
        "recoveryPointProperties": {
            "expiryTime": point.expiry.map(with_seconds), "ruleName": null, "isSoftDeleted": false,
        },
    });
    if single && server == Server::Sql && !item.database.files.is_empty() {
        properties["extendedInfo"] = files_json(item, point.time);
    }
    point.add_threat(&mut properties);
    envelope(item_id, &point.name, properties)
}

/// The point that stands for log backups.
pub fn ranges_json(item: &ProtectedItem, server: Server, item_id: &str, extended: bool) -> Value {
    let range = |(from, to): &Window| json!({"startTime": with_seconds(*from), "endTime": with_seconds(*to)});
    let ranges: Vec<Value> = item.database.log_ranges.iter().map(range).collect();
    let mut properties = json!({"objectType": server.point_type(true), "type": "Log", "timeRanges": ranges});
    let newest = item.database.log_ranges.iter().map(|(_, to)| *to).max();
    if let Some(newest) = newest.filter(|_| extended && server == Server::Sql && !item.database.files.is_empty()) {
        properties["extendedInfo"] = files_json(item, newest);
    }
    envelope(item_id, RANGES, properties)
}

fn files_json(item: &ProtectedItem, at: OffsetDateTime) -> Value {
    let file = |(kind, path, name): &(String, String, String)| json!({"type": kind, "path": path, "logicalName": name});
    let files: Vec<Value> = item.database.files.iter().map(file).collect();
    json!({"dataDirectoryTimeInUTC": with_seconds(at), "dataDirectoryPaths": files})
}

fn envelope(item_id: &str, name: &str, properties: Value) -> Value {
    let kind = "backupFabrics/protectionContainers/protectedItems/recoveryPoints";
    super::envelope(&format!("{item_id}/recoveryPoints/{name}"), kind, properties)
}

/// A container of this vault.
pub fn container(call: &ArmCall<'_>, vault: &RecoveryServicesVault, name: &str) -> ServiceAnswer {
    let Some(machine) = vault.database_machine(name) else {
        let reply = not_found(&format!("{}/backupFabrics/Azure/protectionContainers/{name}", vault.id()));
        let _ = call;
        return ServiceAnswer::new(reply, format!("asked for container {name}, which does not exist"));
    };
    let answer = machine.container_json(vault);
    ServiceAnswer::new(Reply::json(200, &answer), format!("looked at container {}", machine.name))
}

/// What is on a machine, as its inquiry found it.
pub fn workload_items(
    platform: &mut Platform,
    call: &ArmCall<'_>,
    vault: &RecoveryServicesVault,
    name: &str,
) -> ServiceAnswer {
    let known = ["backupManagementType", "workloadItemType", "workloadType", "protectionStatus"];
    let filter = match Filter::of(call, &known, &[]) {
        Ok(filter) => filter,
        Err(why) => return filters::refused(call, &why),
    };
    let wanted = filter.text("workloadItemType").unwrap_or("SQLInstance").to_lowercase();
    let Some(machine) = vault.database_machine(name) else { return container(call, vault, name) };
    let id = format!("{}/backupFabrics/Azure/protectionContainers/{}", vault.id(), machine.container_name());
    let instance = |own: &DatabaseInstance| {
        let (data, log) = own.directories.clone().unwrap_or_default();
        let directories = match own.directories {
            Some(_) => json!([{"type": "Data", "path": data}, {"type": "Log", "path": log}]),
            None => json!([]),
        };
        let properties = json!({
            "backupManagementType": "AzureWorkload", "workloadType": "SQL", "workloadItemType": "SQLInstance",
            "friendlyName": own.name, "parentName": own.name, "serverName": machine.name,
            "protectionState": "NotProtected", "isAutoProtectable": true, "subinquireditemcount": own.databases.len(),
            "subWorkloadItemCount": own.databases.len(), "dataDirectoryPaths": directories,
        });
        super::envelope(&format!("{id}/protectableItems/SQLInstance;{}", own.name), "protectableItems", properties)
    };
    let of_sql = machine.instances.iter().filter(|own| own.server == Server::Sql && wanted == "sqlinstance");
    let values: Vec<Value> = of_sql.map(instance).collect();
    let note = format!("listed the instances of {}", machine.name);
    paged(platform, call, |_| values, &note)
}

/// What a restore of a database does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadOrder {
    pub mode: DatabaseMode,
    pub makes: Makes,
    /// The instant that is restored.
    pub at: OffsetDateTime,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseMode {
    Original,
    /// Machine, instance and name.
    Database(String, String, String),
    /// Machine and directory.
    Files(String, String),
}

impl WorkloadOrder {
    /// Somebody has restored the database over itself.
    pub fn original(at: OffsetDateTime) -> Self {
        Self { mode: DatabaseMode::Original, makes: Makes::Nothing, at }
    }
}

/// The order that a body of right shape gives, or why Azure refuses it.
pub fn read(
    world: &World,
    vault: &RecoveryServicesVault,
    item: &ProtectedItem,
    server: Server,
    point: &str,
    body: &Value,
) -> Result<(ItemPoint, WorkloadOrder), ServiceError> {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let invalid = |why: &'static str| Err(ServiceError::invalid_because(why));
    let kind = text("objectType").to_lowercase();
    let own = match server {
        Server::Sql => "azureworkloadsql",
        Server::SapHana => "azureworkloadsaphana",
    };
    if !kind.starts_with(own) {
        return invalid("the request is not of the kind of the database");
    }
    if item.soft_deleted {
        let message = "The database is in soft deleted state.";
        return Err(ServiceError::new("UserErrorRestoreDatabaseInSoftDeletedState", message));
    }
    let of_instant = kind.contains("pointintime");
    let (found, at) = if of_instant {
        instant(item, point, text("pointInTime"))?
    } else {
        let found = item.find_point(point);
        let found = found
            .ok_or_else(|| ServiceError::new("UserErrorRecoveryPointNotFound", "The recovery point was not found."))?;
        (found.clone(), found.time)
    };
    let archived = found.lies_in("ArchivedRP") && !found.lies_in("HardenedRP") && !found.lies_in("InstantRP");
    match (archived, kind.contains("withrehydrate")) {
        (true, false) => {
            let message = "The recovery point is in the archive tier.";
            return Err(ServiceError::new("UserErrorArchivedRecoveryPointsRequestedForRestore", message));
        }
        (false, true) => return invalid("a point outside the archive is not rehydrated"),
        _ => {}
    }
    let (mode, makes) = target(world, vault, item, server, body)?;
    Ok((found, WorkloadOrder { mode, makes, at }))
}

/// The instant that a request names, as a point.
fn instant(item: &ProtectedItem, point: &str, text: &str) -> Result<(ItemPoint, OffsetDateTime), ServiceError> {
    if !point.eq_ignore_ascii_case(RANGES) {
        return Err(ServiceError::invalid_because("an instant is restored from the point that stands for log backups"));
    }
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let at = PrimitiveDateTime::parse(text, format).map(PrimitiveDateTime::assume_utc);
    let at = at.map_err(|_| ServiceError::invalid_because("pointInTime is no instant in whole seconds"))?;
    // Ranges are shown in whole seconds.
    let second = Duration::SECOND;
    if !item.database.log_ranges.iter().any(|(from, to)| *from - second < at && at <= *to) {
        let message = "The point in time is not covered by log backups.";
        return Err(ServiceError::new("UserErrorPointInTimeNotCoveredByLogs", message));
    }
    Ok((ItemPoint::new(RANGES, at).stored_in(&["HardenedRP"]), at))
}

fn target(
    world: &World,
    vault: &RecoveryServicesVault,
    item: &ProtectedItem,
    server: Server,
    body: &Value,
) -> Result<(DatabaseMode, Makes), ServiceError> {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let invalid = |why: &'static str| Err(ServiceError::invalid_because(why));
    let (info, moves) = (&body["targetInfo"], body["alternateDirectoryPaths"].as_array());
    let moves = moves.map(Vec::as_slice).unwrap_or_default();
    if text("recoveryType").eq_ignore_ascii_case("OriginalLocation") {
        let elsewhere = !info.is_null() || !body["targetVirtualMachineId"].is_null() || !moves.is_empty();
        return match elsewhere || !body["recoveryMode"].is_null() {
            true => invalid("a restore to the original location has no target"),
            false => Ok((DatabaseMode::Original, Makes::Nothing)),
        };
    }
    let container = info["containerId"].as_str().unwrap_or_default().to_lowercase();
    // A copy in the secondary region has no machines: they belong to another vault there.
    let is_copy = vault.secondary_region.as_deref() == Some(vault.location.as_str());
    let may_hold = |other: &&RecoveryServicesVault| match is_copy {
        true => other.location == vault.location && other.id() != vault.id(),
        false => other.id() == vault.id(),
    };
    let machine_of = |other: &'_ RecoveryServicesVault| {
        let prefix = format!("{}/backupfabrics/azure/protectioncontainers/", other.id().to_lowercase());
        container.strip_prefix(&prefix).and_then(|name| other.database_machine(name)).cloned()
    };
    let machine = world.recovery_services_vaults().iter().filter(may_hold).find_map(machine_of);
    let Some(machine) = machine else { return invalid("the container is not registered with such a vault") };
    if !text("targetVirtualMachineId").eq_ignore_ascii_case(&machine.machine_id()) {
        return invalid("targetVirtualMachineId is not the machine of the container");
    }
    let member = |name: &str| info[name].as_str();
    if text("recoveryMode").eq_ignore_ascii_case("FileRecovery") {
        return match (member("targetDirectoryForFileRestore"), member("databaseName")) {
            (Some(directory), None) if moves.is_empty() => {
                Ok((DatabaseMode::Files(machine.name.clone(), directory.to_owned()), Makes::Nothing))
            }
            _ => invalid("files need a directory and nothing of a database"),
        };
    }
    if !text("sourceResourceId").eq_ignore_ascii_case(&item.source_id) {
        return invalid("sourceResourceId is not the machine of the item");
    }
    let (None, Some(name)) = (member("targetDirectoryForFileRestore"), member("databaseName")) else {
        return invalid("a database needs a name and no directory");
    };
    let Some((instance, name)) = name.split_once('/').filter(|(_, name)| !name.is_empty()) else {
        return invalid("databaseName is not INSTANCE/name");
    };
    let Some(instance) = machine.instance(server, instance) else {
        return invalid("there is no such instance on the machine");
    };
    if server == Server::Sql {
        let told = |name: &str| moves.iter().filter(|own| own["sourceLogicalName"] == *name).count() == 1;
        let files = &item.database.files;
        if moves.len() != files.len() || !files.iter().all(|(_, _, name)| told(name)) {
            return invalid("not every file of the database has a place");
        }
    }
    let overwrites = member("overwriteOption").is_some_and(|word| word.eq_ignore_ascii_case("Overwrite"));
    let makes = Makes::MachineDatabase {
        machine: machine.name.clone(),
        instance: instance.name.clone(),
        name: name.to_owned(),
        overwrites,
    };
    Ok((DatabaseMode::Database(machine.name.clone(), instance.name.clone(), name.to_owned()), makes))
}

/// What a job says that finds a database which it may not overwrite.
pub fn exists(name: &str) -> ServiceError {
    let message = format!("The database {name} exists on the target, and overwriting it was not allowed.");
    ServiceError::new("UserErrorCannotRestoreExistingDBWithoutForceOverwrite", &message)
        .recommend("Choose another name, or allow it to be overwritten.")
}

/// What Azure says while the caller may not reach the machine. The code is made up.
pub fn missing_role(item: &ProtectedItem) -> ServiceError {
    let message = format!("Permissions to restore {} are missing on the virtual machine.", item.friendly_name);
    ServiceError::new("UserErrorMissingRequiredPermissions", &message)
        .recommend("Grant the role Virtual Machine Contributor on the virtual machine.")
}

/// Whether a running job is in the way of this order: one of the same item (documented), or one that writes to the same place.
pub fn is_in_the_way(job: &ItemJob, item_id: &str, order: &WorkloadOrder) -> bool {
    let ItemOrder::Database(own) = &job.order else { return false };
    let same_place = order.mode != DatabaseMode::Original && own.mode == order.mode;
    job.is_running() && (same_place || job.item_id == item_id)
}

/// The facts of a job. Most come at the end.
pub fn property_bag(job: &ItemJob, order: &WorkloadOrder, ended: bool) -> Value {
    let (kind, destination) = match &order.mode {
        DatabaseMode::Original => {
            ("Recovery to the original database", format!("{}/{}/{}", job.account, job.instance, job.share))
        }
        DatabaseMode::Database(machine, instance, name) => {
            ("Recovery to an alternate database", format!("{machine}/{instance}/{name}"))
        }
        DatabaseMode::Files(_, directory) => ("Restore as files", directory.clone()),
    };
    let mut bag = json!({ "Job Type": kind });
    if ended {
        bag["Data Transferred (in MB)"] = json!("28.1147");
        bag["RestoreRecoveryPointTime"] = json!(with_seconds(order.at).replace('T', " "));
        bag["RestoreDestination"] = json!(destination);
    }
    bag
}

impl World {
    /// The databases of an instance, for what restores make.
    pub fn databases_mut(&mut self, machine: &str, instance: &str) -> Option<&mut BTreeSet<String>> {
        let machines = self.recovery_services_vaults_mut().iter_mut().flat_map(|vault| &mut vault.database_machines);
        let found = machines.into_iter().find(|own| own.name.eq_ignore_ascii_case(machine))?;
        let found = found.instances.iter_mut().find(|own| own.name.eq_ignore_ascii_case(instance))?;
        Some(&mut found.databases)
    }

    pub fn has_database(&self, machine: &str, instance: &str, name: &str) -> bool {
        let machines = self.recovery_services_vaults().iter().flat_map(|vault| &vault.database_machines);
        let mut instances =
            machines.filter(|own| own.name.eq_ignore_ascii_case(machine)).flat_map(|own| &own.instances);
        let found = instances.find(|own| own.name.eq_ignore_ascii_case(instance));
        found.is_some_and(|own| own.databases.iter().any(|own| own.eq_ignore_ascii_case(name)))
    }
}

impl RecoveryServicesVault {
    pub fn database_machine_registered(mut self, machine: DatabaseMachine) -> Self {
        self.database_machines.push(machine);
        self
    }

    /// By the name of its container, without case.
    pub fn database_machine(&self, container: &str) -> Option<&DatabaseMachine> {
        self.database_machines.iter().find(|own| own.container_name().eq_ignore_ascii_case(container))
    }
}

//! Databases of servers in virtual machines: what SQL Server and SAP HANA have in common. The mapping to Azure's body is in
//! [`request`], the checks of the arguments are in [`checks`].

mod checks;
mod request;

use super::{ItemWorkload, ItemWorkloadProfile};
use crate::azure::recovery_services::{
    BackupManagementType, DatabaseServer, ItemRestoreRequest, JobType, ProtectionContainerId,
};
use crate::azure::resource_id::is_same;
use crate::model;
use crate::resources::arguments::point_in_time::POINT_IN_TIME;
use crate::resources::arguments::rehydration::{self, REHYDRATION, Rehydration};
use crate::resources::arguments::resource_id;
use crate::resources::canonical;
use crate::resources::restore::{ReportedArgument, UndecidedLimit};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::destination::Destination;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::record::RestoreRecord;
use crate::restore::recovery_services::{
    ArchivedPoints, DatabaseTarget, ItemRequestContext, ItemSupport, OriginalLocation,
};
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, at_most_one_of, conflicts, not_empty, text_checked_by};
use crate::tfplugin::value::Value;

const TARGET_DATABASE: &str = "target_database";
const TARGET_FILES: &str = "target_files";
const NO_RECOVERY: &str = "no_recovery";
const FILE_MOVES: &str = "file_moves";

const CONTAINERS: &str = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers";

/// What a job says of where it restores to (docs/reference/azure-recovery-services.md#databases).
const TO_THE_ORIGINAL: &str = "Recovery to the original database";
const TO_ANOTHER: &str = "Recovery to an alternate database";
const AS_FILES: &str = "Restore as files";

model! {
    /// The arguments of a restore of a database, and those of the common ones that its checks read. What a server does not
    /// have is null.
    pub struct Arguments {
        /// What is protected.
        pub protected_item_id: Attr<String>,
        /// Whether the copy in the secondary region is read.
        pub secondary_region: Attr<bool>,
        /// A database to restore to.
        pub target_database: Attr<TargetDatabase>,
        /// A directory to restore the backups into, as files.
        pub target_files: Attr<TargetFiles>,
        /// Whether the database is left restoring.
        pub no_recovery: Attr<bool>,
        /// How an archived point is fetched.
        pub rehydration: Attr<Rehydration>,
    }

    /// A database of an instance.
    pub struct TargetDatabase {
        /// ARM id of the container of its machine.
        pub container_id: Attr<String>,
        /// Its instance, or its system.
        pub instance: Attr<String>,
        /// Its name.
        pub name: Attr<String>,
        /// Whether one of this name is overwritten.
        pub overwrite: Attr<bool>,
        /// Where its files go.
        pub file_moves: Attr<Vec<Attr<FileMove>>>,
    }

    /// Where one file of a database goes.
    pub struct FileMove {
        /// Its name in the database.
        pub logical_name: Attr<String>,
        /// Its path.
        pub target_path: Attr<String>,
    }

    /// A directory of a machine.
    pub struct TargetFiles {
        /// ARM id of the container of the machine.
        pub container_id: Attr<String>,
        /// Its path.
        pub directory: Attr<String>,
    }
}

/// A database of one kind of server.
#[derive(Clone, Copy, Debug)]
pub struct DatabaseRestore {
    /// Which server.
    pub server: DatabaseServer,
    /// Name of the resource.
    pub type_name: &'static str,
    /// Markdown of the page.
    pub description: &'static str,
    /// How messages name the workload.
    pub names: WorkloadNames,
    /// Where the id of the item comes from, as a sentence.
    pub item_source: &'static str,
    /// The resource whose id it is, if there is one.
    pub item_resource: Option<&'static str>,
    /// What an import cannot fill in, in Markdown.
    pub unreported: &'static str,
    /// What the server calls that which holds its databases, as descriptions name it.
    pub instance: &'static str,
    /// An example of a path on such a machine.
    pub directory: &'static str,
}

impl DatabaseRestore {
    fn is_sql(&self) -> bool {
        self.server == DatabaseServer::Sql
    }
}

impl ItemWorkload for DatabaseRestore {
    type Arguments = Arguments;

    fn profile(&self) -> ItemWorkloadProfile {
        ItemWorkloadProfile {
            type_name: self.type_name,
            description: self.description,
            left_behind: "The restored database and files stay",
            names: self.names,
            item_source: self.item_source,
            unreported: self.unreported,
            management_type: BackupManagementType::AzureWorkload,
            job_type: JobType::Workload,
            item_resource: self.item_resource,
            support: ItemSupport { logs: true, ..ItemSupport::default() },
            restores_files: self.is_sql(),
            across_regions: self.is_sql().then_some(
                "Azure restores to another database there: set `target_database`. Its virtual machine must be \
                 registered with another vault, which lies in the secondary region.",
            ),
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = vec![self.target_database(), self.target_files()];
        if self.is_sql() {
            attributes.push(no_recovery());
        }
        attributes.push(rehydration::attribute().description(rehydration::OF_ITEMS));
        attributes
    }

    fn rules(&self) -> Vec<Rule> {
        vec![at_most_one_of(&[TARGET_DATABASE, TARGET_FILES]), conflicts(POINT_IN_TIME, &[REHYDRATION])]
    }

    fn validate(&self, config: &Arguments) -> Diagnostics {
        checks::together(config)
    }

    fn overwrites(&self, arguments: &Arguments) -> Option<UserMessage> {
        checks::overwrites(arguments)
    }

    fn undecided_limit(&self, arguments: &Arguments) -> Option<UndecidedLimit> {
        checks::undecided_limit(arguments)
    }

    /// The database, or the directory. Several databases of one instance do not meet, so they need not wait.
    fn destination(&self, arguments: &Arguments) -> Option<Destination> {
        let container = |id: &Attr<String>| ProtectionContainerId::parse(id.as_str()?).ok();
        let (argument, name) = if let Some(target) = arguments.target_database.known() {
            let (instance, name) = (target.instance.as_str()?, target.name.as_str()?);
            (TARGET_DATABASE, database_id(&container(&target.container_id)?, instance, name))
        } else {
            let target = arguments.target_files.known()?;
            let container = container(&target.container_id)?;
            (TARGET_FILES, format!("{container}, files in {}", target.directory.as_str()?))
        };
        Some(Destination { argument: argument.into(), name, id: None })
    }

    fn original_destination(&self, original: OriginalLocation<'_>) -> String {
        match original.parent {
            Some(parent) => database_id(original.item.container(), parent, original.name),
            None => original.item.to_string(),
        }
    }

    fn database_target(&self, arguments: &Arguments) -> Option<DatabaseTarget> {
        request::database_target(arguments, self.server)
    }

    /// A job names the machine, the instance and the database for people.
    fn reported(&self, record: &RestoreRecord) -> Vec<ReportedArgument> {
        let detail = |key: &str| record.details.get(key).map(String::as_str).filter(|text| !text.is_empty());
        let nothing = |argument: &str| ReportedArgument::new(argument, Value::Null);
        let (Some(kind), destination) = (detail("Job Type"), detail("RestoreDestination")) else { return Vec::new() };
        let is = |word: &str| kind.trim().eq_ignore_ascii_case(word);
        if is(TO_THE_ORIGINAL) {
            vec![nothing(TARGET_DATABASE), nothing(TARGET_FILES)]
        } else if is(AS_FILES) {
            let mut reported = vec![nothing(TARGET_DATABASE)];
            let directory = ArgumentPath::from(TARGET_FILES).member("directory");
            reported.extend(destination.map(|path| ReportedArgument::new(directory, path)));
            reported
        } else if is(TO_ANOTHER) {
            let mut reported = vec![nothing(TARGET_FILES)];
            // Names of databases may have slashes, those of machines and instances may not.
            let mut parts = destination.unwrap_or_default().splitn(3, '/');
            if let (Some(machine), Some(instance), Some(database)) = (parts.next(), parts.next(), parts.next()) {
                let member = |name: &str| ArgumentPath::from(TARGET_DATABASE).member(name);
                let of = |name: &'static str, text: &str| {
                    let own = text.to_owned();
                    let same = move |target: &Value| target.get(name).as_str().is_none_or(|text| is_same(text, &own));
                    ReportedArgument::new(member(name), text).or_if(move |target| !target.is_null() && same(target))
                };
                reported.extend([of("instance", instance), of("name", database)]);
                let (shown, machine) = (format!("virtual machine {machine:?}"), machine.to_owned());
                reported.push(ReportedArgument::in_words(member("container_id"), shown, move |configured| {
                    let id = configured.get(TARGET_DATABASE).get("container_id").as_str();
                    let id = id.and_then(|id| ProtectionContainerId::parse(id).ok());
                    id.is_none_or(|id| is_of_machine(&id, &machine))
                }));
            }
            reported
        } else {
            Vec::new()
        }
    }

    fn archived_points(&self, arguments: &Arguments) -> ArchivedPoints {
        if arguments.rehydration.is_null() { ArchivedPoints::PassedOver } else { ArchivedPoints::Rehydrated }
    }

    fn request(
        &self,
        arguments: &Arguments,
        context: ItemRequestContext<'_>,
    ) -> Result<ItemRestoreRequest, RestoreError> {
        request::body(arguments, self.server, context).map(|body| ItemRestoreRequest::Database(Box::new(body)))
    }
}

/// Names a database, for comparing.
fn database_id(container: &ProtectionContainerId, instance: &str, name: &str) -> String {
    format!("{container}, database {instance}/{name}")
}

/// Whether a container is that of a machine of this name: `VMAppContainer;Compute;group;machine`. Others, such as those of
/// availability groups, name no machine.
fn is_of_machine(container: &ProtectionContainerId, machine: &str) -> bool {
    let name = container.resource_id().decoded_name();
    match name.split(';').collect::<Vec<_>>().as_slice() {
        [_, _, _, own] => is_same(own, machine),
        _ => true,
    }
}

impl DatabaseRestore {
    fn container_id(&self) -> Attribute {
        resource_id::checked_by("container_id", checks::is_container_id).required().requires_replace().description(
            format!(
                "The ARM ID of the container of the target virtual machine, which must be registered with the vault of \
                 the protected item{}: `…/protectionContainers/VMAppContainer;Compute;GROUP;MACHINE`.",
                if self.is_sql() { ", or with `secondary_region` with a vault in that region" } else { "" }
            ),
        )
    }

    fn target_database(&self) -> Attribute {
        let mut attributes = vec![
            self.container_id(),
            Attribute::string("instance")
                .required()
                .requires_replace()
                .canonical(canonical::id)
                .validate(text_checked_by(checks::is_instance))
                .description(self.instance),
            Attribute::string("name")
                .required()
                .requires_replace()
                .validate(text_checked_by(checks::is_database))
                .description(
                    "The name of the database to restore to. Any characters are allowed, also `/` and blanks.",
                ),
            Attribute::bool("overwrite").optional().absent_means(false).requires_replace().description(
                "Whether a database of this name is overwritten. Default `false`: if there is one, the restore \
                 fails and leaves it as it is.",
            ),
        ];
        if self.is_sql() {
            attributes.push(file_moves());
        }
        Attribute::object(TARGET_DATABASE, attributes).optional().requires_replace().description(
            "Restores to another database. Conflicts with `target_files`. If neither is set, the original database \
             is overwritten. The plan must know whether it is set; its members may depend on other resources.",
        )
    }

    fn target_files(&self) -> Attribute {
        let directory = Attribute::string("directory")
            .required()
            .requires_replace()
            .validate(text_checked_by(checks::is_path))
            .description(format!("The directory on the virtual machine, such as `{}`.", self.directory));
        Attribute::object(TARGET_FILES, vec![self.container_id(), directory]).optional().requires_replace().description(
            "Restores the backups as files, and no database. Azure overwrites files of the same names. Conflicts \
             with `target_database`. The plan must know whether it is set; its members may depend on other \
             resources.",
        )
    }
}

fn no_recovery() -> Attribute {
    Attribute::bool(NO_RECOVERY).optional().absent_means(false).requires_replace().description(
        "`true` leaves the database in the state `RESTORING`, so that you can restore further backups onto it \
         yourself (`NORECOVERY`). Not together with `target_files`. Default `false`: the database is ready for use. \
         Restores with `true` have not been tested: test one before you need it.",
    )
}

fn file_moves() -> Attribute {
    let attributes = vec![
        Attribute::string("logical_name")
            .required()
            .requires_replace()
            .validate(text_checked_by(checks::is_logical_name))
            .description("The name of the file in the database (`name` in `sys.database_files`)."),
        Attribute::string("target_path")
            .required()
            .requires_replace()
            .validate(text_checked_by(checks::is_path))
            .description("The path of the restored file, such as `F:\\data\\orders.mdf`."),
    ];
    Attribute::objects(FILE_MOVES, attributes)
        .optional()
        .requires_replace()
        .unordered()
        .validate(not_empty("To let the provider choose the paths, set `file_moves` to `null` or remove it."))
        .description(
            "Where the files of the database go: every data and log file of the backup, by its logical name. If it \
             is not set, the provider reads the files of the recovery point and the default directories of the \
             target instance, and puts each file into the default directory of its kind, as \
             `DATABASE_FILE_SECONDS.ext`. The attribute `restored_files` shows the paths. For a database with very \
             many files, Azure does not list them: then they go into the default directories of the instance. The \
             order has no meaning.",
        )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::resources::vm_sql_database_restore::VM_SQL_DATABASE_RESTORE;
    use crate::restore::record::RestoreStatus;
    use crate::tfplugin::schema::Schema;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers";

    fn contradictions(details: &[(&str, &str)], configured: &Value) -> Vec<String> {
        let details: BTreeMap<String, String> =
            details.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let record = RestoreRecord { details, ..RestoreRecord::new(RestoreStatus::Completed) };
        let schema = Schema::new("x", VM_SQL_DATABASE_RESTORE.attributes());
        let reported = VM_SQL_DATABASE_RESTORE.reported(&record);
        let said = reported.iter().filter_map(|own| own.contradiction(&schema, configured));
        said.map(|message| message.argument.unwrap().to_string()).collect()
    }

    fn database(machine: &str, instance: &str, name: &str) -> Value {
        let container = format!("{VAULT}/VMAppContainer;Compute;g;{machine}");
        let members = [("container_id", container.as_str()), ("instance", instance), ("name", name)];
        Value::object([(TARGET_DATABASE, Value::object(members)), (TARGET_FILES, Value::Null)])
    }

    #[test]
    fn a_job_is_compared_by_machine_instance_and_database() {
        let job = [("Job Type", TO_ANOTHER), ("RestoreDestination", "sqlvm/MSSQLSERVER/R/D")];
        assert_eq!(contradictions(&job, &database("SQLVM", "mssqlserver", "r/d")), [""; 0]);
        let other = contradictions(&job, &database("sqlvm2", "OTHER", "orders"));
        assert_eq!(other, ["target_database.instance", "target_database.name", "target_database.container_id"]);
        let original = Value::object([(TARGET_DATABASE, Value::Null), (TARGET_FILES, Value::Null)]);
        assert!(!contradictions(&job, &original).is_empty());
        assert_eq!(contradictions(&[("Job Type", TO_THE_ORIGINAL)], &original), [""; 0]);
        assert_eq!(contradictions(&[("Job Type", TO_THE_ORIGINAL)], &database("sqlvm", "i", "d")), ["target_database"]);
        let files = [("Job Type", AS_FILES), ("RestoreDestination", "C:")];
        assert_eq!(contradictions(&files, &original), ["target_files.directory"]);
        assert_eq!(contradictions(&[("Job Type", "Something new")], &original), [""; 0]);
    }

    #[test]
    fn the_same_database_is_one_destination_however_it_is_named() {
        let item = format!("{VAULT}/VMAppContainer;compute;g;sqlvm/protectedItems/SQLDataBase;mssqlserver;orders");
        let item = crate::azure::recovery_services::ProtectedItemId::parse(&item).unwrap();
        let named = |parent| OriginalLocation { item: &item, source: "/vm", name: "orders", parent };
        let original = VM_SQL_DATABASE_RESTORE.original_destination(named(Some("MSSQLSERVER")));
        let elsewhere = database("SQLVM", "mssqlserver", "orders");
        let arguments = crate::resources::restore::read::<Arguments>(&elsewhere).unwrap();
        let destination = VM_SQL_DATABASE_RESTORE.destination(&arguments).unwrap();
        assert_eq!(original.to_lowercase(), destination.name.to_lowercase());
        assert_eq!(VM_SQL_DATABASE_RESTORE.original_destination(named(None)), item.to_string());
    }
}

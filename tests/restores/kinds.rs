//! The table. A new kind of restore joins with one entry; every fact then has a test for it.

use serde_json::{Value, json};

use super::arguments::{self, ArgumentChange, of_points};
use super::services::{
    BACKUP_VAULT, BACKUP_VAULT_SECONDARY_REGION, RECOVERY_SERVICES_VAULT, RECOVERY_SERVICES_VAULT_OF_DATABASES,
    RECOVERY_SERVICES_VAULT_OF_MACHINES, RECOVERY_SERVICES_VAULT_SECONDARY_REGION,
    RECOVERY_SERVICES_VAULT_SECONDARY_REGION_OF_DATABASES, RECOVERY_SERVICES_VAULT_SECONDARY_REGION_OF_MACHINES,
    RequestPattern, ServiceCase,
};
use super::simulated_resources::{Arguments, SimulatedResources, shouted, with};
use crate::simulator::{catalogue, user_assigned_identity_id};

/// What differs between two kinds of restore.
#[derive(Clone)]
pub struct RestoreKindCase {
    /// Its resource.
    pub type_name: &'static str,
    /// Whose requests it makes.
    pub service: &'static ServiceCase,
    /// The name of the item that it restores.
    pub item: &'static str,
    /// The point that the usual arguments choose; none where the backup is continuous.
    pub chosen: Option<&'static str>,
    /// All arguments of a usual restore but the one that names the item.
    pub usual: fn(&SimulatedResources) -> Arguments,
    /// Each of its own arguments that decides what is restored, changed so that the restore can begin right after the usual
    /// one. Changes that need more than the argument come last, the first is also made with the real client.
    pub restores_again: fn(&SimulatedResources) -> Vec<ArgumentChange>,
    /// Each of its other arguments, changed.
    pub updates_in_place: fn(&SimulatedResources) -> Vec<ArgumentChange>,
    /// What its jobs report of its arguments, beside item and point: filled in by an import, and compared with it.
    pub reported: &'static [&'static str],
    /// What its jobs report in other words than a configuration: compared, and not filled in.
    pub reported_in_words: &'static [&'static str],
    /// Required arguments that no job reports, and that who imports a restore has to write.
    pub by_hand: &'static [&'static str],
    /// Arguments that decide, set to the defaults that they have anyway.
    pub written_out: fn(&SimulatedResources) -> Vec<ArgumentChange>,
    /// The usual arguments in another notation: casing of ids, order of sets, notation of instants.
    pub notations: fn(&SimulatedResources) -> Arguments,
    /// What the plan says that a restore overwrites.
    pub overwrites: Option<&'static str>,
    /// Azure's facts at the end.
    pub details: fn(&SimulatedResources) -> Vec<(&'static str, String)>,
    /// What is sent, where that is short enough to stand here.
    pub body: Option<fn(&SimulatedResources) -> Value>,
}

impl RestoreKindCase {
    /// The id of the item that it restores.
    pub fn item_id(&self, world: &SimulatedResources) -> String {
        world.thing(self.service.items, self.item)
    }

    /// Where the id of the item stands in an object of the state, as a JSON pointer.
    pub fn item_pointer(&self) -> String {
        format!("/{}", self.service.item_argument.replace('.', "/"))
    }

    /// All arguments of the usual restore, with others in their place or added.
    pub fn arguments(&self, world: &SimulatedResources, others: Arguments) -> Arguments {
        let item = vec![(self.service.item_argument, json!(self.item_id(world)))];
        with(with(item, (self.usual)(world)), others)
    }

    /// The request that first looks at what is asked for: the validation, or the trigger where there is none.
    pub fn tried(&self) -> RequestPattern {
        self.service.validation.unwrap_or(self.service.trigger)
    }

    /// An item of the same service that this kind cannot restore.
    pub fn unrelated_instance(&self) -> &'static str {
        if let Some(item) = self.service.unrelated_item {
            return item;
        }
        let is_unrelated =
            |other: &Self| other.type_name != self.type_name && other.service.items == self.service.items;
        all().into_iter().find(is_unrelated).expect("the service has another kind").item
    }

    /// One argument that decides, changed; the rest is as usual.
    pub fn changed(&self, world: &SimulatedResources) -> ArgumentChange {
        let change = (self.restores_again)(world).remove(0);
        assert_eq!((change.before.len(), change.after.len()), (0, 1), "{change:?}");
        change
    }

    /// Every argument that decides, changed.
    pub fn restoring_again(&self, world: &SimulatedResources) -> Vec<ArgumentChange> {
        let own = (self.restores_again)(world);
        own.into_iter().chain(arguments::of_every_restore_again(self, world)).collect()
    }

    /// Every argument that decides nothing, changed.
    pub fn updating_in_place(&self, world: &SimulatedResources) -> Vec<ArgumentChange> {
        let own = (self.updates_in_place)(world).into_iter().chain((self.service.updates_in_place)());
        own.chain(arguments::of_every_restore_in_place()).collect()
    }

    /// The argument that chooses the point.
    pub fn point_argument(&self) -> &'static str {
        if self.chosen.is_some() { "recovery_point" } else { "point_in_time" }
    }

    /// The request for what can be restored.
    pub fn points(&self) -> RequestPattern {
        if self.chosen.is_some() { self.service.points } else { self.service.ranges }
    }

    /// What makes of the usual arguments a restore of the newest there is.
    pub fn newest(&self) -> Arguments {
        if self.chosen.is_some() { Vec::new() } else { vec![("point_in_time", json!("latest"))] }
    }

    /// The point as an argument: this one, or so many hours old where the backup is continuous.
    pub fn point(&self, world: &SimulatedResources, id: &str, hours: i64) -> Value {
        if self.chosen.is_none() {
            return json!(world.hours_ago(hours));
        }
        let usual = (self.usual)(world).into_iter().find(|(name, _)| *name == "recovery_point");
        let (_, mut point) = usual.expect("the table's entry names a point");
        let members = point.as_object_mut().expect("a point is an object");
        members.remove("latest");
        members.insert("id".into(), id.into());
        point
    }
}

/// The name of the argument that a path begins with.
pub fn top_level(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

/// Names the kinds, and makes from them [`facts`], [`facts_of_every_row`] and [`facts_in_process`]. The first sign is a
/// dollar. Facts about Terraform itself are shown with the rows of the first group, one of each resource at least. The other
/// rows are of the same resources, and differ from those in what is asked of Azure, which the real client does not see.
macro_rules! kinds {
    (
        $dollar:tt $($(#[$what:meta])* $name:ident: $kind:expr;)+
        => the same resources: $($(#[$other_what:meta])* $other:ident: $other_kind:expr;)+
    ) => {
        $($(#[$what])* pub fn $name() -> RestoreKindCase {
            $kind
        })+
        $($(#[$other_what])* pub fn $other() -> RestoreKindCase {
            $other_kind
        })+

        /// All of them.
        pub fn all() -> Vec<RestoreKindCase> {
            vec![$($name(),)+ $($other(),)+]
        }

        /// Those of the first group.
        fn shown_with_the_client() -> Vec<RestoreKindCase> {
            vec![$($name()),+]
        }

        /// A module for each fact, with a test for each kind of the first group. A fact is a function of a
        /// [`RestoreKindCase`].
        macro_rules! facts {
            ($dollar($dollar fact:ident),+ $dollar(,)?) => {$dollar(
                mod $dollar fact {
                    $(#[test]
                    fn $name() {
                        super::$dollar fact($crate::restores::kinds::$name());
                    })+
                }
            )+};
        }

        /// The same for each kind.
        macro_rules! facts_of_every_row {
            ($dollar($dollar fact:ident),+ $dollar(,)?) => {$dollar(
                mod $dollar fact {
                    $(#[test]
                    fn $name() {
                        super::$dollar fact($crate::restores::kinds::$name());
                    })+
                    $(#[test]
                    fn $other() {
                        super::$dollar fact($crate::restores::kinds::$other());
                    })+
                }
            )+};
        }

        /// The same for asynchronous facts of each kind, on a paused clock.
        macro_rules! facts_in_process {
            ($dollar($dollar fact:ident),+ $dollar(,)?) => {$dollar(
                mod $dollar fact {
                    $(#[tokio::test(start_paused = true)]
                    async fn $name() {
                        super::$dollar fact($crate::restores::kinds::$name()).await;
                    })+
                    $(#[tokio::test(start_paused = true)]
                    async fn $other() {
                        super::$dollar fact($crate::restores::kinds::$other()).await;
                    })+
                }
            )+};
        }

        pub(super) use {facts, facts_in_process, facts_of_every_row};
    };
}

#[test]
fn every_resource_is_shown_with_the_client() {
    let shown = shown_with_the_client();
    for kind in all() {
        assert!(shown.iter().any(|one| one.type_name == kind.type_name), "{}", kind.type_name);
    }
}

fn nothing(_: &SimulatedResources) -> Vec<ArgumentChange> {
    Vec::new()
}

/// Where a point of the vault lies, which is the only place that the resource knows.
fn only_the_vault(_: &SimulatedResources) -> Vec<ArgumentChange> {
    vec![ArgumentChange::to("recovery_point.data_store", "VaultStore")]
}

fn oldest_allowed() -> ArgumentChange {
    ArgumentChange::to("recovery_point.max_age", "400h")
}

/// Out of the vault itself.
fn from_the_vault() -> ArgumentChange {
    ArgumentChange::to("secondary_region", false)
}

/// What a restore of an item from the secondary region has.
fn in_the_secondary_region() -> Arguments {
    vec![("secondary_region", json!(true)), ("restore_location", json!(catalogue::SECONDARY_REGION))]
}

/// Out of the vault's copy in the secondary region.
fn from_the_secondary_region() -> ArgumentChange {
    ArgumentChange::to("secondary_region", true)
}

fn source_region() -> ArgumentChange {
    ArgumentChange::to("source_region", "westeurope")
}

fn source_region_of_the_secondary() -> ArgumentChange {
    source_region().from("secondary_region", true)
}

fn latest() -> (&'static str, Value) {
    ("recovery_point", json!({"latest": true}))
}

fn files(world: &SimulatedResources) -> (&'static str, Value) {
    ("target", json!({"container_url": world.container_url(), "file_prefix": "rebuild"}))
}

fn files_again(world: &SimulatedResources, chosen: &str) -> Vec<ArgumentChange> {
    let own = vec![
        ArgumentChange::to("target.file_prefix", "again"),
        ArgumentChange::to("target.container_url", world.thing("container_urls", "contososhop/orders")),
    ];
    [own, of_points(world, chosen)].concat()
}

fn files_in_place(world: &SimulatedResources) -> Vec<ArgumentChange> {
    let container = format!("{}/{}", catalogue::FILES_ACCOUNT, catalogue::FILES_CONTAINER);
    vec![
        ArgumentChange::to("rehydration.priority", "High"),
        ArgumentChange::to("rehydration.retention_days", 20),
        ArgumentChange::to("target.container_id", world.thing("containers", &container)),
        oldest_allowed(),
    ]
}

/// Containers of a vaulted backup, which has these two, into another account than the usual one.
fn containers_again(
    world: &SimulatedResources,
    chosen: &str,
    [first, second]: [&'static str; 2],
) -> Vec<ArgumentChange> {
    let one = json!([{"name": first}]);
    let own = vec![
        ArgumentChange::to("containers", one.clone()),
        ArgumentChange::to("containers[0].name", second).from("containers", one),
        ArgumentChange::to("containers[0].prefixes", json!(["2026/"])),
        ArgumentChange::to("containers[0].rename_to", "again"),
        ArgumentChange::to("target_storage_account_id", world.account(catalogue::FILES_ACCOUNT)),
        from_the_secondary_region(),
    ];
    [own, of_points(world, chosen)].concat()
}

fn files_at_the_end(world: &SimulatedResources, bytes: &str) -> Vec<(&'static str, String)> {
    vec![
        ("recoveryDestination", world.container_url()),
        ("Restore File Prefix", "rebuild".into()),
        ("dataTransferredInBytes", bytes.into()),
    ]
}

/// Files of this point, restored in this region.
fn body_of_files(world: &SimulatedResources, point: &str, region: &str) -> Value {
    json!({
        "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
        "sourceDataStoreType": "VaultStore",
        "recoveryPointId": point,
        "restoreTargetInfo": {
            "objectType": "RestoreFilesTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": region,
            "targetDetails": {
                "url": world.container_url(), "filePrefix": "rebuild", "restoreTargetLocationType": "AzureBlobs",
            },
        },
    })
}

/// The id of a disk beside the protected one.
fn new_disk(world: &SimulatedResources, name: &str) -> String {
    world.thing("resources", "contosodata").replace("contosodata", name)
}

/// Where a cluster's backup is unpacked on its way out of the vault.
fn staging(world: &SimulatedResources) -> Arguments {
    vec![
        ("staging_resource_group_id", json!(world.thing("resource_groups", catalogue::STAGING_RESOURCE_GROUP))),
        ("staging_storage_account_id", json!(world.account(catalogue::STAGING_ACCOUNT))),
    ]
}

fn staging_in_place(world: &SimulatedResources) -> Vec<ArgumentChange> {
    let group = world.thing("resource_groups", catalogue::STAGING_RESOURCE_GROUP);
    vec![
        ArgumentChange::to("staging_resource_group_id", format!("{group}-other")),
        ArgumentChange::to("staging_storage_account_id", world.account(catalogue::FILES_ACCOUNT)),
        oldest_allowed(),
    ]
}

fn files_in_another_notation(world: &SimulatedResources) -> Arguments {
    let url = world.container_url().replace("https://contoso", "HTTPS://CONTOSO") + "/";
    vec![("target", json!({"container_url": url, "file_prefix": "rebuild"}))]
}

const BLOBS: &str = "azurebackup_blob_restore";
const BLOBS_TARGET: &str = "contosorestored";
const CLUSTERS: &str = "azurebackup_kubernetes_cluster_restore";
const BLOBS_FIRST: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f5e101";
const BLOBS_SECOND: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f5e102";
const LAKE_FIRST: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50401";
const LAKE_SECOND: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50402";
const CLUSTER_FIRST: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50501";
const CLUSTER_SECOND: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50502";
const MYSQL_FIRST: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50201";
const MYSQL_SECOND: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50202";
const DISK_FIRST: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50301";
const DISK_SECOND: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50302";
const COSMOSDB_FIRST: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50701";
const COSMOSDB_SECOND: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50702";
const POSTGRESQL_FIRST: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50101";
// The first points as the secondary region calls them.
const POSTGRESQL_FIRST_THERE: &str = "10105f7b-6d0f-9c7a-0d24-9d4a1ec5b3f8";
const CLUSTER_FIRST_THERE: &str = "10505f7b-6d0f-9c7a-0d24-9d4a1ec5b3f8";
const POSTGRESQL_SECOND: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50102";

const SHARE_FIRST: &str = "932886657837421071";
const SHARE_SECOND: &str = "932890167574511261";

/// Another share, and a folder in it.
fn share_target(world: &SimulatedResources, share: &str, folder: &str) -> Value {
    let account = world.account(catalogue::FILE_SHARE_TARGET_ACCOUNT);
    json!({"storage_account_id": account, "file_share_name": share, "folder": folder})
}

/// The same in the secondary region.
fn far_share_target(world: &SimulatedResources, share: &str, folder: &str) -> Value {
    let account = world.account(catalogue::SECONDARY_REGION_ACCOUNT);
    json!({"storage_account_id": account, "file_share_name": share, "folder": folder})
}

const MACHINES: &str = "azurebackup_virtual_machine_restore";
const MACHINE_FIRST: &str = "70477518625275";
const MACHINE_SECOND: &str = "70477518625276";

fn group(world: &SimulatedResources, name: &str) -> String {
    world.thing("resource_groups", name)
}

/// The account that every restore of a machine is staged in.
fn machine_staging(world: &SimulatedResources) -> (&'static str, Value) {
    ("staging_storage_account_id", json!(world.account(catalogue::MACHINE_STAGING_ACCOUNT)))
}

fn subnet(world: &SimulatedResources, name: &str) -> String {
    format!("{}/subnets/{name}", world.thing("resources", catalogue::NETWORK))
}

fn encryption_set(world: &SimulatedResources, name: &str) -> String {
    let group = group(world, catalogue::MACHINE_TARGET_GROUP);
    format!("{group}/providers/Microsoft.Compute/diskEncryptionSets/{name}")
}

/// Arguments that every way of restoring a machine has.
fn of_every_machine(world: &SimulatedResources) -> Vec<ArgumentChange> {
    let set = |name: &str| encryption_set(world, name);
    let disk = json!([{"lun": 0, "disk_encryption_set_id": set("data-0")}]);
    let disks =
        |change: ArgumentChange| change.from("confidential_virtual_machine.data_disk_encryption_sets", disk.clone());
    vec![
        ArgumentChange::to("disk_encryption_set_id", set("disks")),
        ArgumentChange::to("confidential_virtual_machine.os_disk_encryption_set_id", set("os")),
        ArgumentChange::to("confidential_virtual_machine.data_disk_encryption_set_id", set("data")),
        ArgumentChange::to(
            "confidential_virtual_machine.data_disk_encryption_identity_id",
            user_assigned_identity_id("i"),
        ),
        disks(ArgumentChange::to("confidential_virtual_machine.data_disk_encryption_sets[0].lun", 2)),
        disks(ArgumentChange::to(
            "confidential_virtual_machine.data_disk_encryption_sets[0].disk_encryption_set_id",
            set("other"),
        )),
    ]
}

/// What is sent of a machine, with these members of its target.
fn body_of_machine(world: &SimulatedResources, others: Value) -> Value {
    let mut body = json!({
        "objectType": "IaasVMRestoreRequest", "recoveryPointId": MACHINE_SECOND, "region": "westeurope",
        "sourceResourceId": world.thing("resources", catalogue::VIRTUAL_MACHINE),
        "storageAccountId": world.account(catalogue::MACHINE_STAGING_ACCOUNT),
        "createNewCloudService": false, "originalStorageAccountOption": false,
    });
    let others = others.as_object().expect("members").clone();
    body.as_object_mut().expect("members").extend(others);
    body
}

/// Ways to choose the point of an item, which says whether malware was found in it.
fn of_item_points(world: &SimulatedResources, chosen: &str) -> Vec<ArgumentChange> {
    let mut changes = of_points(world, chosen);
    changes.retain(|change| change.argument != "recovery_point.allow_partial");
    changes.push(ArgumentChange::to("recovery_point.allow_unhealthy", true));
    changes
}

/// The id of the container of a machine with databases.
fn container(world: &SimulatedResources, machine: &str) -> String {
    world.thing("protection_containers", machine)
}

fn target_database(world: &SimulatedResources, name: &str) -> Value {
    let container = container(world, catalogue::VM_SQL_TARGET_MACHINE);
    json!({"container_id": container, "instance": catalogue::VM_SQL_INSTANCE, "name": name, "overwrite": true})
}

/// A machine that is registered with a vault in the secondary region.
fn far_target_database(world: &SimulatedResources) -> Value {
    let mut target = target_database(world, "copy of a/b");
    target["container_id"] = json!(container(world, catalogue::SECONDARY_SQL_MACHINE));
    target
}

/// Every file of the database, with one of them elsewhere.
fn file_moves(log: &str) -> Value {
    let data = json!({"logical_name": catalogue::VM_SQL_DATABASE, "target_path": "F:\\own\\orders.mdf"});
    let name = format!("{}_log", catalogue::VM_SQL_DATABASE);
    json!([data, {"logical_name": name, "target_path": log}])
}

fn archived_in_place() -> Vec<ArgumentChange> {
    vec![
        oldest_allowed(),
        ArgumentChange::to("rehydration.priority", "High"),
        ArgumentChange::to("rehydration.retention_days", 20),
    ]
}

/// Ways to choose what of a database is restored.
fn of_database_points(world: &SimulatedResources, chosen: &str) -> Vec<ArgumentChange> {
    let instant = ArgumentChange::to("point_in_time", world.hours_ago(3))
        .from("recovery_point", Value::Null)
        .from("point_in_time", "latest");
    [of_item_points(world, chosen), vec![instant]].concat()
}

const SQL_FIRST: &str = "35346452606386";
const SQL_SECOND: &str = "35346452606387";
const HANA_FIRST: &str = "7660777527047692711";
const HANA_SECOND: &str = "7896624824685666836";

kinds! { $
    vm_sql_database: RestoreKindCase {
        type_name: "azurebackup_vm_sql_database_restore",
        service: &RECOVERY_SERVICES_VAULT_OF_DATABASES,
        item: catalogue::VM_SQL_DATABASE,
        chosen: Some(SQL_SECOND),
        usual: |world| vec![latest(), ("target_database", target_database(world, "copy of a/b"))],
        restores_again: |world| {
            let container = container(world, catalogue::VM_SQL_MACHINE);
            let moves = |change: ArgumentChange| {
                change.from("target_database.file_moves", file_moves("G:\\own\\orders.ldf"))
            };
            let own = vec![
                ArgumentChange::to("target_database.name", "again"),
                ArgumentChange::to("target_database.container_id", container.clone()),
                ArgumentChange::to("target_database.instance", "PAYROLL")
                    .from("target_database.container_id", container.clone()),
                ArgumentChange::to("target_database.overwrite", false),
                moves(ArgumentChange::to("target_database.file_moves", file_moves("G:\\other\\orders.ldf"))),
                moves(ArgumentChange::to("target_database.file_moves[1].target_path", "G:\\other\\orders.ldf")),
                moves(ArgumentChange::to(
                    "target_database.file_moves[0].logical_name",
                    format!("{}_log", catalogue::VM_SQL_DATABASE),
                ))
                .with("target_database.file_moves[1].logical_name", catalogue::VM_SQL_DATABASE),
                ArgumentChange::to("no_recovery", true),
            ];
            [own, of_database_points(world, SQL_FIRST)].concat()
        },
        reported: &["target_database.instance", "target_database.name"],
        reported_in_words: &["target_database.container_id"],
        by_hand: &["target_database"],
        updates_in_place: |_| archived_in_place(),
        written_out: |_| vec![ArgumentChange::to("no_recovery", false)],
        notations: |world| {
            let mut target = target_database(world, "copy of a/b");
            target["container_id"] = json!(shouted(&container(world, catalogue::VM_SQL_TARGET_MACHINE)).replace(';', "%3B"));
            target["instance"] = json!(catalogue::VM_SQL_INSTANCE.to_lowercase());
            vec![("target_database", target)]
        },
        overwrites: Some("copy of a/b"),
        details: |_| vec![
            ("Job Type", "Recovery to an alternate database".into()),
            (
                "RestoreDestination",
                format!("{}/{}/copy of a/b", catalogue::VM_SQL_TARGET_MACHINE, catalogue::VM_SQL_INSTANCE),
            ),
        ],
        body: None,
    };
    vm_hana_database: RestoreKindCase {
        type_name: "azurebackup_vm_hana_database_restore",
        item: catalogue::HANA_DATABASE,
        chosen: Some(HANA_SECOND),
        usual: |world| {
            let container = container(world, catalogue::HANA_MACHINE);
            let system = catalogue::HANA_SYSTEM;
            let target = json!({"container_id": container, "instance": system, "name": "COPY", "overwrite": true});
            vec![latest(), ("target_database", target)]
        },
        restores_again: |world| {
            let other = container(world, catalogue::HANA_TARGET_MACHINE);
            let own = vec![
                ArgumentChange::to("target_database.name", "AGAIN"),
                ArgumentChange::to("target_database.overwrite", false),
                ArgumentChange::to("target_database.container_id", other.clone()),
                ArgumentChange::to("target_database.instance", "PRD").from("target_database.container_id", other),
            ];
            [own, of_database_points(world, HANA_FIRST)].concat()
        },
        written_out: nothing,
        notations: |world| {
            let container = shouted(&container(world, catalogue::HANA_MACHINE));
            let target = json!({"container_id": container, "instance": "hxe", "name": "COPY", "overwrite": true});
            vec![("target_database", target)]
        },
        overwrites: Some("COPY"),
        details: |_| vec![(
            "RestoreDestination",
            format!("{}/{}/COPY", catalogue::HANA_MACHINE, catalogue::HANA_SYSTEM),
        )],
        body: Some(|world| json!({
            "objectType": "AzureWorkloadSAPHanaRestoreRequest", "recoveryType": "AlternateLocation",
            "sourceResourceId": world.thing("resources", catalogue::HANA_MACHINE),
            "targetVirtualMachineId": world.thing("resources", catalogue::HANA_MACHINE),
            "targetInfo": {
                "overwriteOption": "Overwrite", "containerId": container(world, catalogue::HANA_MACHINE),
                "databaseName": "HXE/COPY",
            },
        })),
        ..vm_sql_database()
    };
    file_share: RestoreKindCase {
        type_name: "azurebackup_file_share_restore",
        service: &RECOVERY_SERVICES_VAULT,
        item: catalogue::FILE_SHARE,
        chosen: Some(SHARE_SECOND),
        usual: |world| vec![
            latest(),
            ("copy_option", json!("Overwrite")),
            ("target", share_target(world, catalogue::FILE_SHARE_TARGET, "back")),
        ],
        restores_again: |world| {
            let file = |change: ArgumentChange| {
                change.from("files", json!([{"path": "a/b.txt", "type": "File", "target_folder": "x"}]))
            };
            let own = vec![
                ArgumentChange::to("copy_option", "FailOnConflict"),
                ArgumentChange::to("target.file_share_name", catalogue::FILE_SHARE_SPARE),
                ArgumentChange::to("target.folder", "again"),
                ArgumentChange::to("target.storage_account_id", world.account(catalogue::FILE_SHARE_ACCOUNT)),
                file(ArgumentChange::to("files[0].path", "a/c.txt")),
                file(ArgumentChange::to("files[0].type", "Directory")),
                file(ArgumentChange::to("files[0].target_folder", "y")),
            ];
            [own, of_item_points(world, SHARE_FIRST)].concat()
        },
        reported: &["target.file_share_name"],
        reported_in_words: &["target.storage_account_id", "target.folder"],
        by_hand: &["copy_option", "target"],
        updates_in_place: |_| vec![
            oldest_allowed(),
            ArgumentChange::to("identity.type", "SystemAssigned"),
            ArgumentChange::to("identity.user_assigned_identity_id", user_assigned_identity_id("i"))
                .with("identity.type", "UserAssigned"),
        ],
        written_out: |_| vec![from_the_vault()],
        notations: |world| {
            let mut target = share_target(world, catalogue::FILE_SHARE_TARGET, "back");
            target["storage_account_id"] = json!(shouted(&world.account(catalogue::FILE_SHARE_TARGET_ACCOUNT)));
            vec![("target", target)]
        },
        overwrites: Some(catalogue::FILE_SHARE_TARGET),
        details: |_| vec![
            ("RestoreDestination", format!("{}/{}/back", catalogue::FILE_SHARE_TARGET_ACCOUNT, catalogue::FILE_SHARE_TARGET)),
            ("Number Of Restored Files", "12".into()),
        ],
        body: Some(|world| json!({
            "objectType": "AzureFileShareRestoreRequest", "recoveryType": "AlternateLocation",
            "restoreRequestType": "FullShareRestore", "copyOptions": "Overwrite",
            "sourceResourceId": world.account(catalogue::FILE_SHARE_ACCOUNT),
            "restoreFileSpecs": [{"targetFolderPath": "back"}],
            "targetDetails": {
                "name": catalogue::FILE_SHARE_TARGET,
                "targetResourceId": world.account(catalogue::FILE_SHARE_TARGET_ACCOUNT),
            },
        })),
    };
    virtual_machine_disks: RestoreKindCase {
        type_name: MACHINES,
        service: &RECOVERY_SERVICES_VAULT_OF_MACHINES,
        item: catalogue::VIRTUAL_MACHINE,
        chosen: Some(MACHINE_SECOND),
        usual: |world| vec![
            latest(),
            machine_staging(world),
            ("target_resource_group_id", json!(group(world, catalogue::MACHINE_TARGET_GROUP))),
            ("disk_luns", json!([0, 2])),
        ],
        restores_again: |world| {
            let own = vec![
                ArgumentChange::to("disk_luns", json!([0])),
                ArgumentChange::to("target_resource_group_id", group(world, catalogue::MACHINE_SPARE_GROUP)),
                ArgumentChange::to("zone", "2"),
                ArgumentChange::to("os_disk_only", true).with("disk_luns", Value::Null),
            ];
            [own, of_every_machine(world), of_item_points(world, MACHINE_FIRST)].concat()
        },
        reported: &[],
        reported_in_words: &["target_resource_group_id"],
        by_hand: &["staging_storage_account_id", "target_resource_group_id"],
        updates_in_place: |world| vec![
            oldest_allowed(),
            ArgumentChange::to("staging_storage_account_id", world.account(catalogue::FILES_ACCOUNT)),
            ArgumentChange::to("rehydration.priority", "High"),
            ArgumentChange::to("rehydration.retention_days", 20),
            ArgumentChange::to("identity.type", "SystemAssigned"),
            ArgumentChange::to("identity.user_assigned_identity_id", user_assigned_identity_id("i"))
                .with("identity.type", "UserAssigned"),
        ],
        written_out: |_| vec![ArgumentChange::to("os_disk_only", false), from_the_vault()],
        notations: |world| vec![
            ("target_resource_group_id", json!(shouted(&group(world, catalogue::MACHINE_TARGET_GROUP)))),
            ("staging_storage_account_id", json!(shouted(&world.account(catalogue::MACHINE_STAGING_ACCOUNT)))),
            ("disk_luns", json!([2, 0])),
        ],
        overwrites: None,
        details: |_| vec![
            ("Job Type", "Recover disks".into()),
            ("Target resource group", catalogue::MACHINE_TARGET_GROUP.into()),
            ("Target Storage Account Name", catalogue::MACHINE_STAGING_ACCOUNT.into()),
            ("progressPercentage", "100.0".into()),
        ],
        body: Some(|world| body_of_machine(world, json!({
            "recoveryType": "RestoreDisks", "restoreDiskLunList": [0, 2],
            "targetResourceGroupId": group(world, catalogue::MACHINE_TARGET_GROUP),
        }))),
    };
    blob_operational: RestoreKindCase {
        reported: &[],
        reported_in_words: &[],
        by_hand: &[],
        type_name: BLOBS,
        service: &BACKUP_VAULT,
        item: "contososhop-operational",
        chosen: None,
        usual: |world| {
            let containers = json!([{"name": "orders"}, {"name": "documents", "prefixes": ["b/", "a/"]}]);
            vec![("point_in_time", json!(world.hours_ago(24))), ("containers", containers)]
        },
        restores_again: |world| {
            let in_range = |change: ArgumentChange| {
                let range = json!([{"from": "orders/a", "to": "orders/z"}]);
                change.from("containers", Value::Null).from("ranges", range)
            };
            vec![
                ArgumentChange::to("containers", json!([{"name": "orders"}])),
                ArgumentChange::to("containers[0].name", "invoices"),
                ArgumentChange::to("containers[1].prefixes", json!(["c/"])),
                ArgumentChange::to("point_in_time", world.hours_ago(23)),
                in_range(ArgumentChange::to("ranges[0].from", "orders/b")),
                in_range(ArgumentChange::to("ranges[0].to", "orders/y")),
            ]
        },
        updates_in_place: nothing,
        written_out: nothing,
        notations: |world| {
            let containers = json!([{"name": "documents", "prefixes": ["a/", "b/"]}, {"name": "orders"}]);
            let instant = world.hours_ago(24).replace('Z', ".000+00:00");
            vec![("point_in_time", json!(instant)), ("containers", containers)]
        },
        overwrites: Some("contososhop"),
        details: |world| vec![
            ("recoveryDestination", world.account("contososhop")),
            ("restoreType", "OLR".into()),
            ("dataTransferredInBytes", "69827".into()),
        ],
        body: None,
    };
    postgresql: RestoreKindCase {
        reported: &["target.container_url", "target.file_prefix", "secondary_region"],
        reported_in_words: &[],
        by_hand: &[],
        type_name: "azurebackup_postgresql_flexible_server_restore",
        service: &BACKUP_VAULT,
        item: catalogue::POSTGRESQL,
        chosen: Some(POSTGRESQL_SECOND),
        usual: |world| vec![latest(), files(world)],
        restores_again: |world| [files_again(world, POSTGRESQL_FIRST), vec![from_the_secondary_region()]].concat(),
        updates_in_place: |world| [files_in_place(world), vec![source_region_of_the_secondary()]].concat(),
        written_out: only_the_vault,
        notations: files_in_another_notation,
        overwrites: None,
        details: |world| files_at_the_end(world, "69827"),
        body: Some(|world| body_of_files(world, POSTGRESQL_SECOND, "westeurope")),
    };
    postgresql_secondary_region: RestoreKindCase {
        reported: &["target.container_url", "target.file_prefix", "secondary_region", "restore_location"],
        reported_in_words: &[],
        chosen: Some(POSTGRESQL_FIRST_THERE),
        usual: |world| vec![
            latest(),
            files(world),
            ("secondary_region", json!(true)),
            ("restore_location", json!(catalogue::SECONDARY_REGION)),
        ],
        notations: |world| {
            let mut notations = files_in_another_notation(world);
            notations.push(("restore_location", json!("North Europe")));
            notations
        },
        restores_again: |world| {
            let back = ArgumentChange::to("secondary_region", false);
            [files_again(world, POSTGRESQL_FIRST_THERE), vec![back]].concat()
        },
        updates_in_place: |world| [files_in_place(world), vec![source_region()]].concat(),
        body: Some(|world| body_of_files(world, POSTGRESQL_FIRST_THERE, catalogue::SECONDARY_REGION)),
        service: &BACKUP_VAULT_SECONDARY_REGION,
        ..postgresql()
    };
    mysql: RestoreKindCase {
        type_name: "azurebackup_mysql_flexible_server_restore",
        item: catalogue::MYSQL,
        chosen: Some(MYSQL_SECOND),
        restores_again: |world| [files_again(world, MYSQL_FIRST), vec![from_the_secondary_region()]].concat(),
        details: |world| files_at_the_end(world, "645922816"),
        body: Some(|world| body_of_files(world, MYSQL_SECOND, "westeurope")),
        ..postgresql()
    };
    disk: RestoreKindCase {
        reported: &["target_disk_id"],
        reported_in_words: &[],
        by_hand: &[],
        type_name: "azurebackup_disk_restore",
        service: &BACKUP_VAULT,
        item: catalogue::DISK,
        chosen: Some(DISK_SECOND),
        usual: |world| vec![latest(), ("target_disk_id", json!(new_disk(world, "contosodata-restored")))],
        restores_again: |world| {
            let target = ArgumentChange::to("target_disk_id", new_disk(world, "contosodata-again"));
            [vec![target], of_points(world, DISK_FIRST)].concat()
        },
        updates_in_place: |_| vec![oldest_allowed()],
        written_out: |_| vec![ArgumentChange::to("recovery_point.data_store", "OperationalStore")],
        notations: |world| vec![("target_disk_id", json!(shouted(&new_disk(world, "contosodata-restored"))))],
        overwrites: None,
        details: |world| vec![("recoveryDestination", new_disk(world, "contosodata-restored"))],
        body: Some(|world| {
            let id = new_disk(world, "contosodata-restored");
            let datasource = json!({
                "objectType": "Datasource", "datasourceType": "Microsoft.Compute/disks",
                "resourceType": "Microsoft.Compute/disks", "resourceID": id, "resourceUri": id,
                "resourceName": "contosodata-restored", "resourceLocation": "westeurope",
            });
            json!({
                "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
                "sourceDataStoreType": "OperationalStore",
                "recoveryPointId": DISK_SECOND,
                "restoreTargetInfo": {
                    "objectType": "RestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
                    "datasourceInfo": datasource,
                },
            })
        }),
    };
    data_lake: RestoreKindCase {
        reported: &["target_storage_account_id", "secondary_region"],
        reported_in_words: &[],
        by_hand: &[],
        type_name: "azurebackup_data_lake_restore",
        service: &BACKUP_VAULT,
        item: catalogue::LAKE,
        chosen: Some(LAKE_SECOND),
        usual: |world| vec![
            latest(),
            ("target_storage_account_id", json!(world.account(catalogue::LAKE_TARGET_ACCOUNT))),
            ("containers", json!([{"name": "raw", "rename_to": "raw-restored"}, {"name": "curated"}])),
        ],
        restores_again: |world| containers_again(world, LAKE_FIRST, ["raw", "curated"]),
        updates_in_place: |_| vec![oldest_allowed(), source_region_of_the_secondary()],
        written_out: only_the_vault,
        notations: |world| vec![
            ("target_storage_account_id", json!(shouted(&world.account(catalogue::LAKE_TARGET_ACCOUNT)))),
            ("containers", json!([{"name": "curated"}, {"name": "raw", "rename_to": "raw-restored"}])),
        ],
        overwrites: None,
        details: |world| vec![
            ("recoveryDestination", world.account(catalogue::LAKE_TARGET_ACCOUNT)),
            ("restoreType", "ALR".into()),
            ("dataTransferredInBytes", "69827".into()),
        ],
        body: None,
    };
    cosmosdb: RestoreKindCase {
        reported: &["target_account_id"],
        reported_in_words: &[],
        by_hand: &[],
        type_name: "azurebackup_cosmosdb_account_restore",
        service: &BACKUP_VAULT,
        item: catalogue::COSMOSDB,
        chosen: Some(COSMOSDB_SECOND),
        usual: |world| vec![
            latest(),
            ("target_account_id", json!(world.thing("resources", catalogue::COSMOSDB_TARGET_ACCOUNT))),
        ],
        restores_again: |world| {
            let target = world.thing("resources", catalogue::COSMOSDB_SPARE_ACCOUNT);
            [vec![ArgumentChange::to("target_account_id", target)], of_points(world, COSMOSDB_FIRST)].concat()
        },
        updates_in_place: |_| vec![oldest_allowed()],
        written_out: only_the_vault,
        notations: |world| {
            let target = world.thing("resources", catalogue::COSMOSDB_TARGET_ACCOUNT);
            vec![("target_account_id", json!(shouted(&target)))]
        },
        overwrites: None,
        details: |world| vec![
            ("recoveryDestination", world.thing("resources", catalogue::COSMOSDB_TARGET_ACCOUNT)),
            ("restoreType", "ALR".into()),
            ("dataTransferredInBytes", "69827".into()),
        ],
        body: None,
    };
    cluster_operational: RestoreKindCase {
        reported: &["target_cluster_id", "recovery_point.data_store"],
        reported_in_words: &[],
        by_hand: &[],
        type_name: CLUSTERS,
        service: &BACKUP_VAULT,
        item: catalogue::CLUSTER,
        chosen: Some(CLUSTER_SECOND),
        usual: |_| vec![
            latest(),
            ("included_namespaces", json!(["orders", "invoices"])),
            ("namespace_mappings", json!({"orders": "orders-restored"})),
            ("conflict_policy", json!("Patch")),
        ],
        restores_again: |world| {
            let hook = |change: ArgumentChange| change.from("restore_hook_references", json!([{"name": "a", "namespace": "b"}]));
            let modifier = |change: ArgumentChange| change.from("resource_modifier_reference", json!({"name": "a", "namespace": "b"}));
            let own = vec![
                ArgumentChange::to("included_namespaces", json!(["orders"])),
                ArgumentChange::to("excluded_namespaces", json!(["kube-system"])),
                ArgumentChange::to("included_resource_types", json!(["deployments"])),
                ArgumentChange::to("excluded_resource_types", json!(["secrets"])),
                ArgumentChange::to("label_selectors", json!(["tier=web"])),
                ArgumentChange::to("include_cluster_scope_resources", false),
                ArgumentChange::to("persistent_volume_restore_mode", "RestoreWithoutVolumeData"),
                ArgumentChange::to("conflict_policy", "Skip"),
                ArgumentChange::to("namespace_mappings", json!({"orders": "orders-again"})),
                hook(ArgumentChange::to("restore_hook_references[0].name", "c")),
                hook(ArgumentChange::to("restore_hook_references[0].namespace", "c")),
                modifier(ArgumentChange::to("resource_modifier_reference.name", "c")),
                modifier(ArgumentChange::to("resource_modifier_reference.namespace", "c")),
                ArgumentChange::to("target_cluster_id", world.thing("resources", catalogue::TARGET_CLUSTER)),
                staging(world).into_iter().fold(
                    ArgumentChange::to("recovery_point.data_store", "VaultStore"),
                    |change, (name, id)| change.with(name, id),
                ),
            ];
            [own, of_points(world, CLUSTER_SECOND)].concat()
        },
        updates_in_place: |_| vec![oldest_allowed()],
        written_out: |_| vec![
            ArgumentChange::to("recovery_point.data_store", "OperationalStore"),
            ArgumentChange::to("include_cluster_scope_resources", true),
            ArgumentChange::to("persistent_volume_restore_mode", "RestoreWithVolumeData"),
        ],
        notations: |_| vec![
            ("included_namespaces", json!(["invoices", "orders"])),
            ("recovery_point", json!({"latest": true, "data_store": "OperationalStore"})),
        ],
        overwrites: Some(catalogue::CLUSTER),
        details: |world| vec![
            ("recoveryDestination", world.thing("resources", "contosoapps")),
            ("restoreType", "OLR".into()),
            ("dataTransferredInBytes", "69827".into()),
        ],
        body: None,
    };

    => the same resources:
    virtual_machine_replaced: RestoreKindCase {
        reported_in_words: &[],
        by_hand: &["staging_storage_account_id"],
        usual: |world| vec![latest(), machine_staging(world)],
        restores_again: |world| {
            let target = group(world, catalogue::MACHINE_TARGET_GROUP);
            let elsewhere = ArgumentChange::to("target_resource_group_id", target.clone());
            let chosen = ArgumentChange::to("disk_luns", json!([0])).from("target_resource_group_id", target);
            [vec![elsewhere, chosen], of_every_machine(world), of_item_points(world, MACHINE_FIRST)].concat()
        },
        notations: |world| {
            vec![("staging_storage_account_id", json!(shouted(&world.account(catalogue::MACHINE_STAGING_ACCOUNT))))]
        },
        overwrites: Some(catalogue::VIRTUAL_MACHINE),
        details: |_| vec![("Target Storage Account Name", catalogue::MACHINE_STAGING_ACCOUNT.into())],
        body: Some(|world| body_of_machine(world, json!({"recoveryType": "OriginalLocation"}))),
        ..virtual_machine_disks()
    };
    virtual_machine_new: RestoreKindCase {
        reported_in_words: &[],
        by_hand: &["staging_storage_account_id", "target_virtual_machine"],
        usual: |world| vec![
            latest(),
            machine_staging(world),
            ("target_virtual_machine", json!({
                "name": "contoso-restored", "subnet_id": subnet(world, "apps"),
                "resource_group_id": group(world, catalogue::MACHINE_TARGET_GROUP),
            })),
        ],
        restores_again: |world| {
            let target = group(world, catalogue::MACHINE_TARGET_GROUP);
            let own = vec![
                ArgumentChange::to("target_virtual_machine.name", "contoso-again"),
                ArgumentChange::to("target_virtual_machine.subnet_id", subnet(world, "other")),
                ArgumentChange::to(
                    "target_virtual_machine.resource_group_id",
                    group(world, catalogue::MACHINE_SPARE_GROUP),
                ),
                ArgumentChange::to("zone", "NoZone"),
                ArgumentChange::to("disk_luns", json!([0]))
                    .from("target_virtual_machine", Value::Null)
                    .from("target_resource_group_id", target),
            ];
            [own, of_every_machine(world), of_item_points(world, MACHINE_FIRST)].concat()
        },
        notations: |world| vec![
            ("target_virtual_machine", json!({
                "name": "contoso-restored", "subnet_id": shouted(&subnet(world, "apps")),
                "resource_group_id": shouted(&group(world, catalogue::MACHINE_TARGET_GROUP)),
            })),
        ],
        details: |_| vec![("Target VM Name", "contoso-restored".into())],
        body: Some(|world| {
            let target = group(world, catalogue::MACHINE_TARGET_GROUP);
            body_of_machine(world, json!({
                "recoveryType": "AlternateLocation", "targetResourceGroupId": target,
                "targetVirtualMachineId": format!("{target}/providers/Microsoft.Compute/virtualMachines/contoso-restored"),
                "virtualNetworkId": world.thing("resources", catalogue::NETWORK), "subnetId": subnet(world, "apps"),
            }))
        }),
        ..virtual_machine_disks()
    };
    blob_vaulted: RestoreKindCase {
        reported: &["target_storage_account_id", "secondary_region"],
        reported_in_words: &[],
        by_hand: &[],
        type_name: BLOBS,
        service: &BACKUP_VAULT,
        item: "contosoarchive-vaulted",
        chosen: Some(BLOBS_SECOND),
        usual: |world| vec![
            latest(),
            ("target_storage_account_id", json!(world.account(BLOBS_TARGET))),
            ("containers", json!([{"name": "orders", "rename_to": "orders-restored"}, {"name": "documents"}])),
        ],
        restores_again: |world| containers_again(world, BLOBS_FIRST, ["orders", "documents"]),
        updates_in_place: |_| vec![oldest_allowed(), source_region_of_the_secondary()],
        written_out: only_the_vault,
        notations: |world| vec![
            ("target_storage_account_id", json!(shouted(&world.account(BLOBS_TARGET)))),
            ("containers", json!([{"name": "documents"}, {"name": "orders", "rename_to": "orders-restored"}])),
        ],
        overwrites: None,
        details: |world| vec![
            ("recoveryDestination", world.account(BLOBS_TARGET)),
            ("restoreType", "ALR".into()),
            ("dataTransferredInBytes", "69827".into()),
        ],
        body: None,
    };
    cluster_vaulted: RestoreKindCase {
        reported: &["target_cluster_id", "recovery_point.data_store", "secondary_region"],
        reported_in_words: &[],
        by_hand: &["staging_resource_group_id", "staging_storage_account_id"],
        type_name: CLUSTERS,
        service: &BACKUP_VAULT,
        item: catalogue::CLUSTER,
        chosen: Some(CLUSTER_FIRST),
        usual: |world| {
            let own = vec![
                ("recovery_point", json!({"latest": true, "data_store": "VaultStore"})),
                ("target_cluster_id", json!(world.thing("resources", catalogue::TARGET_CLUSTER))),
                ("label_selectors", json!(["environment=production", "tier=web"])),
            ];
            with(own, staging(world))
        },
        restores_again: |world| {
            let own = vec![
                ArgumentChange::to("label_selectors", json!(["environment=production"])),
                ArgumentChange::to("target_cluster_id", world.thing("resources", "contosoapps")),
                from_the_secondary_region(),
            ];
            [own, of_points(world, CLUSTER_FIRST)].concat()
        },
        updates_in_place: |world| [staging_in_place(world), vec![source_region_of_the_secondary()]].concat(),
        written_out: nothing,
        notations: |world| vec![
            ("target_cluster_id", json!(shouted(&world.thing("resources", catalogue::TARGET_CLUSTER)))),
            ("staging_storage_account_id", json!(shouted(&world.account(catalogue::STAGING_ACCOUNT)))),
            ("label_selectors", json!(["tier=web", "environment=production"])),
        ],
        overwrites: None,
        details: |world| vec![
            ("recoveryDestination", world.thing("resources", catalogue::TARGET_CLUSTER)),
            ("restoreType", "ALR".into()),
            ("dataTransferredInBytes", "69827".into()),
        ],
        body: None,
    };
    cluster_secondary_region: RestoreKindCase {
        reported: &["target_cluster_id", "recovery_point.data_store", "secondary_region", "restore_location"],
        reported_in_words: &[],
        chosen: Some(CLUSTER_FIRST_THERE),
        usual: |world| {
            let region = vec![("secondary_region", json!(true)), ("restore_location", json!(catalogue::SECONDARY_REGION))];
            with(with((cluster_vaulted().usual)(world), vec![latest()]), region)
        },
        restores_again: |world| {
            // The store that the secondary region implies.
            let back = ArgumentChange::to("secondary_region", false).from("recovery_point.data_store", "VaultStore");
            let selectors = ArgumentChange::to("label_selectors", json!(["environment=production"]));
            let target = ArgumentChange::to("target_cluster_id", world.thing("resources", "contosoapps"));
            [vec![selectors, target, back], of_points(world, CLUSTER_FIRST_THERE)].concat()
        },
        updates_in_place: |world| [staging_in_place(world), vec![source_region()]].concat(),
        written_out: only_the_vault,
        service: &BACKUP_VAULT_SECONDARY_REGION,
        ..cluster_vaulted()
    };
    vm_sql_database_original: RestoreKindCase {
        reported: &[],
        reported_in_words: &[],
        by_hand: &[],
        usual: |_| vec![latest()],
        restores_again: |world| {
            let own = vec![ArgumentChange::to("no_recovery", true)];
            [own, of_database_points(world, SQL_FIRST)].concat()
        },
        written_out: |_| vec![ArgumentChange::to("no_recovery", false)],
        notations: |_| vec![],
        overwrites: Some(catalogue::VM_SQL_DATABASE),
        details: |_| vec![("Job Type", "Recovery to the original database".into())],
        body: Some(|_| json!({
            "objectType": "AzureWorkloadSQLRestoreRequest", "recoveryType": "OriginalLocation",
            "shouldUseAlternateTargetLocation": true, "isNonRecoverable": false,
        })),
        ..vm_sql_database()
    };
    vm_sql_database_as_files: RestoreKindCase {
        reported: &["target_files.directory"],
        reported_in_words: &[],
        by_hand: &["target_files"],
        usual: |world| {
            let container = container(world, catalogue::VM_SQL_MACHINE);
            vec![latest(), ("target_files", json!({"container_id": container, "directory": "F:/dump"}))]
        },
        restores_again: |world| {
            let own = vec![
                ArgumentChange::to("target_files.directory", "F:/other"),
                ArgumentChange::to("target_files.container_id", container(world, catalogue::VM_SQL_TARGET_MACHINE)),
            ];
            [own, of_database_points(world, SQL_FIRST)].concat()
        },
        written_out: |_| vec![ArgumentChange::to("no_recovery", false)],
        notations: |world| {
            let container = shouted(&container(world, catalogue::VM_SQL_MACHINE));
            vec![("target_files", json!({"container_id": container, "directory": "F:/dump"}))]
        },
        overwrites: None,
        details: |_| vec![("Job Type", "Restore as files".into()), ("RestoreDestination", "F:/dump".into())],
        body: Some(|world| json!({
            "objectType": "AzureWorkloadSQLRestoreRequest", "recoveryType": "AlternateLocation",
            "recoveryMode": "FileRecovery",
            "targetVirtualMachineId": world.thing("resources", catalogue::VM_SQL_MACHINE),
            "shouldUseAlternateTargetLocation": true, "isNonRecoverable": false,
            "targetInfo": {
                "overwriteOption": "Overwrite", "containerId": container(world, catalogue::VM_SQL_MACHINE),
                "targetDirectoryForFileRestore": "F:/dump",
            },
        })),
        ..vm_sql_database()
    };
    vm_hana_database_as_files: RestoreKindCase {
        reported: &["target_files.directory"],
        reported_in_words: &[],
        by_hand: &["target_files"],
        usual: |world| {
            let container = container(world, catalogue::HANA_MACHINE);
            vec![latest(), ("target_files", json!({"container_id": container, "directory": "/hana/dump"}))]
        },
        restores_again: |world| {
            let other = container(world, catalogue::HANA_TARGET_MACHINE);
            let own = vec![
                ArgumentChange::to("target_files.directory", "/hana/other"),
                ArgumentChange::to("target_files.container_id", other),
            ];
            [own, of_database_points(world, HANA_FIRST)].concat()
        },
        notations: |world| {
            let container = shouted(&container(world, catalogue::HANA_MACHINE));
            vec![("target_files", json!({"container_id": container, "directory": "/hana/dump"}))]
        },
        overwrites: None,
        details: |_| vec![("Job Type", "Restore as files".into())],
        body: None,
        ..vm_hana_database()
    };
    file_share_secondary_region: RestoreKindCase {
        service: &RECOVERY_SERVICES_VAULT_SECONDARY_REGION,
        item: catalogue::COPIED_FILE_SHARE,
        chosen: Some(SHARE_FIRST),
        usual: |world| {
            let own = vec![
                latest(),
                ("copy_option", json!("Overwrite")),
                ("target", far_share_target(world, catalogue::FILE_SHARE_TARGET, "back")),
            ];
            with(own, in_the_secondary_region())
        },
        // The one point there is only in the vault, which wants `Overwrite`.
        restores_again: |world| {
            let back = share_target(world, catalogue::FILE_SHARE_TARGET, "back");
            let own = vec![
                ArgumentChange::to("target.file_share_name", catalogue::FILE_SHARE_SPARE),
                ArgumentChange::to("target.folder", "again"),
                ArgumentChange::to(
                    "target.storage_account_id",
                    world.account(catalogue::SECONDARY_REGION_SPARE_ACCOUNT),
                ),
                from_the_vault().with("target", back),
            ];
            [own, of_item_points(world, SHARE_FIRST)].concat()
        },
        reported: &["target.file_share_name", "secondary_region", "restore_location"],
        written_out: nothing,
        notations: |world| {
            let mut target = far_share_target(world, catalogue::FILE_SHARE_TARGET, "back");
            target["storage_account_id"] = json!(shouted(&world.account(catalogue::SECONDARY_REGION_ACCOUNT)));
            vec![("target", target), ("restore_location", json!("North Europe"))]
        },
        details: |_| vec![
            ("RestoreDestination", format!("{}/{}/back", catalogue::SECONDARY_REGION_ACCOUNT, catalogue::FILE_SHARE_TARGET)),
            ("Vault name", catalogue::COPIED_RECOVERY_SERVICES_VAULT.into()),
        ],
        body: Some(|world| json!({
            "objectType": "AzureFileShareRestoreRequest", "recoveryType": "AlternateLocation",
            "restoreRequestType": "FullShareRestore", "copyOptions": "Overwrite",
            "sourceResourceId": world.account(catalogue::FILE_SHARE_ACCOUNT),
            "restoreFileSpecs": [{"targetFolderPath": "back"}],
            "targetDetails": {
                "name": catalogue::FILE_SHARE_TARGET,
                "targetResourceId": world.account(catalogue::SECONDARY_REGION_ACCOUNT),
            },
        })),
        ..file_share()
    };
    virtual_machine_secondary_region: RestoreKindCase {
        service: &RECOVERY_SERVICES_VAULT_SECONDARY_REGION_OF_MACHINES,
        item: catalogue::COPIED_VIRTUAL_MACHINE,
        chosen: Some(MACHINE_FIRST),
        usual: |world| {
            let own = vec![
                latest(),
                ("staging_storage_account_id", json!(world.account(catalogue::SECONDARY_REGION_ACCOUNT))),
                ("target_resource_group_id", json!(group(world, catalogue::MACHINE_TARGET_GROUP))),
                ("disk_luns", json!([0, 2])),
            ];
            with(own, in_the_secondary_region())
        },
        restores_again: |world| {
            let own = vec![
                ArgumentChange::to("disk_luns", json!([0])),
                ArgumentChange::to("target_resource_group_id", group(world, catalogue::MACHINE_SPARE_GROUP)),
                ArgumentChange::to("zone", "2"),
                from_the_vault()
                    .with("staging_storage_account_id", world.account(catalogue::MACHINE_STAGING_ACCOUNT)),
            ];
            [own, of_every_machine(world), of_item_points(world, MACHINE_FIRST)].concat()
        },
        reported: &["secondary_region", "restore_location"],
        written_out: |_| vec![ArgumentChange::to("os_disk_only", false)],
        notations: |world| vec![
            ("target_resource_group_id", json!(shouted(&group(world, catalogue::MACHINE_TARGET_GROUP)))),
            ("disk_luns", json!([2, 0])),
            ("restore_location", json!("North Europe")),
        ],
        details: |_| vec![
            ("Job Type", "Recover disks".into()),
            ("Target Storage Account Name", catalogue::SECONDARY_REGION_ACCOUNT.into()),
        ],
        body: Some(|world| json!({
            "objectType": "IaasVMRestoreRequest", "recoveryPointId": MACHINE_FIRST, "region": "northeurope",
            "sourceResourceId": world.thing("resources", catalogue::COPIED_VIRTUAL_MACHINE),
            "storageAccountId": world.account(catalogue::SECONDARY_REGION_ACCOUNT),
            "createNewCloudService": false, "originalStorageAccountOption": false,
            "recoveryType": "RestoreDisks", "restoreDiskLunList": [0, 2],
            "targetResourceGroupId": group(world, catalogue::MACHINE_TARGET_GROUP),
        })),
        ..virtual_machine_disks()
    };
    vm_sql_database_secondary_region: RestoreKindCase {
        service: &RECOVERY_SERVICES_VAULT_SECONDARY_REGION_OF_DATABASES,
        item: catalogue::COPIED_SQL_DATABASE,
        chosen: Some(SQL_FIRST),
        usual: |world| {
            let own = vec![latest(), ("target_database", far_target_database(world))];
            with(own, in_the_secondary_region())
        },
        restores_again: |world| {
            let spare = container(world, catalogue::SECONDARY_SQL_SPARE_MACHINE);
            let mut back = far_target_database(world);
            back["container_id"] = json!(container(world, catalogue::COPIED_SQL_MACHINE));
            let own = vec![
                ArgumentChange::to("target_database.name", "again"),
                ArgumentChange::to("target_database.container_id", spare.clone()),
                ArgumentChange::to("target_database.instance", "PAYROLL").from("target_database.container_id", spare),
                ArgumentChange::to("target_database.overwrite", false),
                from_the_vault().with("target_database", back),
            ];
            [own, of_database_points(world, SQL_FIRST)].concat()
        },
        reported: &["target_database.instance", "target_database.name", "secondary_region", "restore_location"],
        notations: |world| {
            let mut target = far_target_database(world);
            target["container_id"] = json!(shouted(&container(world, catalogue::SECONDARY_SQL_MACHINE)));
            vec![("target_database", target), ("restore_location", json!("North Europe"))]
        },
        details: |_| vec![
            ("Job Type", "Recovery to an alternate database".into()),
            (
                "RestoreDestination",
                format!("{}/{}/copy of a/b", catalogue::SECONDARY_SQL_MACHINE, catalogue::VM_SQL_INSTANCE),
            ),
        ],
        ..vm_sql_database()
    };
}

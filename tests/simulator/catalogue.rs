//! One backup of every workload with usable points, and what it can be restored onto: the world in which every example
//! can be applied. No faults and no scripts.

use time::{Duration, OffsetDateTime};

use super::builder::SimulatorBuilder;
use super::data_protection::guards::ResourceGuard;
use super::data_protection::instances::BackupInstance;
use super::data_protection::recovery_points::RecoveryPoint;
use super::data_protection::vaults::BackupVault;
use super::flexible_servers::servers::FlexibleServer;
use super::flexible_servers::{MySql, PostgreSql};
use super::recovery_services::databases::{DatabaseInstance, DatabaseMachine, Server};
use super::recovery_services::items::ProtectedItem;
use super::recovery_services::points::ItemPoint;
use super::recovery_services::vaults::RecoveryServicesVault;
use super::resources::Resource;
use super::sql::servers::{LongTermBackup, SqlServer};
use super::storage::StorageAccount;
use super::world::{OTHER_TENANT, SUBSCRIPTION, user_assigned_identity_id};

pub const POSTGRESQL: &str = "contoso-postgresql";
pub const MYSQL: &str = "contoso-mysql";
pub const DISK: &str = "contoso-disk";
pub const LAKE: &str = "contoso-lake";
pub const CLUSTER: &str = "contoso-cluster";
pub const COSMOSDB: &str = "contoso-cosmosdb";

/// Where databases are restored to as files: an account and its container.
pub const FILES_ACCOUNT: &str = "contosofiles";
pub const FILES_CONTAINER: &str = "database-dumps";
/// An empty account with a hierarchical namespace.
pub const LAKE_TARGET_ACCOUNT: &str = "contosolakerestored";
/// Cosmos DB accounts beside the protected one.
pub const COSMOSDB_TARGET_ACCOUNT: &str = "contoso-documents-restored";
pub const COSMOSDB_SPARE_ACCOUNT: &str = "contoso-documents-spare";
/// A cluster beside the protected one, and where its backup is unpacked.
pub const TARGET_CLUSTER: &str = "contoso-cluster-new";
pub const STAGING_RESOURCE_GROUP: &str = "rg-staging";
pub const STAGING_ACCOUNT: &str = "contosostaging";

/// A Recovery Services vault with a file share, and where that is restored to.
pub const RECOVERY_SERVICES_VAULT: &str = "contoso-recovery";
pub const FILE_SHARE: &str = "contoso-share";
pub const FILE_SHARE_ACCOUNT: &str = "contososhares";
pub const FILE_SHARE_TARGET_ACCOUNT: &str = "contososharesrestored";
pub const FILE_SHARE_TARGET: &str = "restored";
/// Another target.
pub const FILE_SHARE_SPARE: &str = "spare";
/// A virtual machine in the same vault, and what it can be restored onto: a group, the network of a new machine, and the
/// account that is written on the way.
pub const VIRTUAL_MACHINE: &str = "contoso-machine";
pub const MACHINE_TARGET_GROUP: &str = "rg-restored";
pub const MACHINE_SPARE_GROUP: &str = "rg-spare";
pub const MACHINE_STAGING_ACCOUNT: &str = "contosomachinestaging";
pub const NETWORK: &str = "contoso-network";

/// Databases of SQL Server and SAP HANA in the same vault, the machines that they are on, and a second machine of each kind.
/// One name has everything that a name may have.
pub const VM_SQL_DATABASE: &str = "contoso/orders 100% ä;1";
pub const VM_SQL_INSTANCE: &str = "MSSQLSERVER";
pub const VM_SQL_MACHINE: &str = "contoso-sql";
pub const VM_SQL_TARGET_MACHINE: &str = "contoso-sql-target";
pub const HANA_DATABASE: &str = "CON";
pub const HANA_SYSTEM: &str = "HXE";
pub const HANA_MACHINE: &str = "contoso-hana";
pub const HANA_TARGET_MACHINE: &str = "contoso-hana-target";

/// A machine with SQL Server that is not registered with a vault yet, and a database of it.
pub const NEW_SQL_MACHINE: &str = "contoso-sql-new";
pub const NEW_SQL_DATABASE: &str = "sales";

/// A geo-redundant Recovery Services vault, whose older points have got to its secondary region, and an account there to
/// restore shares to and to stage machines in.
pub const COPIED_RECOVERY_SERVICES_VAULT: &str = "contoso-recovery-geo";
pub const COPIED_FILE_SHARE: &str = "contoso-share-geo";
pub const COPIED_VIRTUAL_MACHINE: &str = "contoso-machine-geo";
/// A database of the same vault, and two machines that are registered with another vault, in the secondary region.
pub const COPIED_SQL_DATABASE: &str = "contoso-sales-geo";
pub const COPIED_SQL_MACHINE: &str = "contoso-sql-geo";
pub const SECONDARY_RECOVERY_SERVICES_VAULT: &str = "contoso-recovery-north";
pub const SECONDARY_SQL_MACHINE: &str = "contoso-sql-north";
pub const SECONDARY_SQL_SPARE_MACHINE: &str = "contoso-sql-north-2";
pub const SECONDARY_REGION_ACCOUNT: &str = "contosonorth";
pub const SECONDARY_REGION_SPARE_ACCOUNT: &str = "contosonorthspare";

/// A logical server with a database, one that is lost but for its backups, and where they are restored to: another server in
/// another region.
pub const SQL_SERVER: &str = "contoso-sql";
pub const SQL_DATABASE: &str = "orders";
pub const SQL_LOST_DATABASE: &str = "invoices";
pub const SQL_TARGET_SERVER: &str = "contoso-sql-recovery";
pub const SQL_POOL: &str = "contoso-pool";

/// The same on managed instances.
pub const MANAGED_INSTANCE: &str = "contoso-mi";
pub const MANAGED_DATABASE: &str = "ledger";
pub const MANAGED_LOST_DATABASE: &str = "archive";
pub const MANAGED_TARGET_INSTANCE: &str = "contoso-mi-recovery";

/// Flexible servers, which are protected in the vault, too, and one that was deleted.
pub const POSTGRESQL_SERVER: &str = "contosoorders";
pub const MYSQL_SERVER: &str = "contosoinvoices";
pub const POSTGRESQL_LOST_SERVER: &str = "contosolost";

/// Attached to the vault.
pub const IDENTITY: &str = "contoso-restore";
pub const SECONDARY_REGION: &str = "northeurope";

/// Vaults with a Resource Guard, in the same tenant and in [`OTHER_TENANT`], each with a database.
pub const GUARDED_VAULT: &str = "contoso-guarded";
pub const GUARD: &str = "contoso-guard";
pub const GUARDED_POSTGRESQL: &str = "contoso-postgresql-guarded";
pub const GUARDED_VAULT_ELSEWHERE: &str = "contoso-guarded-elsewhere";
pub const GUARD_ELSEWHERE: &str = "contoso-guard-elsewhere";
pub const GUARDED_POSTGRESQL_ELSEWHERE: &str = "contoso-postgresql-guarded-elsewhere";

/// Adds `vault` with an instance of each workload but blobs, geo-redundant and with an identity attached, the guarded
/// vaults, and targets. Points are as old as they are said to be at `now`.
pub fn add(scenario: SimulatorBuilder, vault: BackupVault, now: OffsetDateTime) -> SimulatorBuilder {
    let postgresql = Resource::postgresql_flexible_server(POSTGRESQL_SERVER);
    let mysql = Resource::mysql_flexible_server(MYSQL_SERVER);
    let disk = Resource::disk("contosodata");
    let cluster = Resource::kubernetes_cluster("contosoapps");
    let documents = Resource::cosmosdb_account("contoso-documents");
    let lake = StorageAccount::new("contosolake").containers(["raw", "curated"]);
    let vault = vault
        .secondary_region(SECONDARY_REGION)
        .user_assigned_identity(&user_assigned_identity_id(IDENTITY))
        .instance(
            database(BackupInstance::postgresql_flexible_server(POSTGRESQL, &postgresql), "01", now)
                .recovery_point(point("0103", now, Duration::days(90)).archived()),
        )
        .instance(database(BackupInstance::mysql_flexible_server(MYSQL, &mysql), "02", now))
        .instance(
            BackupInstance::disk(DISK, &disk)
                .recovery_point(snapshot("0301", now, Duration::hours(30)))
                .recovery_point(snapshot("0302", now, Duration::hours(6))),
        )
        .instance(database(BackupInstance::data_lake(LAKE, &lake), "04", now))
        .instance(
            BackupInstance::kubernetes_cluster(CLUSTER, &cluster)
                .recovery_point(point("0501", now, Duration::hours(30)).stored_in(&["OperationalStore", "VaultStore"]))
                .recovery_point(snapshot("0502", now, Duration::hours(6)))
                .secondary_point(point("0501", now, Duration::hours(30))),
        )
        .instance(
            BackupInstance::cosmosdb_account(COSMOSDB, &documents)
                .recovery_point(point("0701", now, Duration::hours(30)))
                .recovery_point(point("0702", now, Duration::hours(6))),
        );
    let guarded = |vault: &str, guard: ResourceGuard, instance: &str| {
        let instance = BackupInstance::postgresql_flexible_server(instance, &postgresql);
        BackupVault::new(vault).protected_by(guard).instance(database(instance, "06", now))
    };
    let shares =
        StorageAccount::new(FILE_SHARE_ACCOUNT).file_shares([FILE_SHARE, FILE_SHARE_TARGET, COPIED_FILE_SHARE]);
    let share = ProtectedItem::file_share(FILE_SHARE, &shares)
        .point(ItemPoint::new("932881138555802864", now - Duration::days(40)).stored_in(&["HardenedRP"]))
        .point(ItemPoint::new("932886657837421071", now - Duration::hours(30)))
        .point(ItemPoint::new("932890167574511261", now - Duration::hours(6)));
    let machine = ProtectedItem::virtual_machine(VIRTUAL_MACHINE)
        .point(ItemPoint::new("70477518625274", now - Duration::days(200)).stored_in(&["ArchivedRP"]).data_disks(&[0]))
        .point(machine_point("70477518625275", now, Duration::hours(30)))
        .point(machine_point("70477518625276", now, Duration::hours(6)));
    let far_share = ItemPoint::new("932886657837421071", now - Duration::hours(30));
    let share_of_copy = ProtectedItem::file_share(COPIED_FILE_SHARE, &shares)
        .point(far_share.clone())
        .point(ItemPoint::new("932890167574511261", now - Duration::hours(6)))
        .secondary_point(far_share.stored_in(&["HardenedRP"]));
    let far_backup = ItemPoint::new("35346452606386", now - Duration::hours(30)).stored_in(&["HardenedRP"]);
    let database_of_copy =
        ProtectedItem::database(Server::Sql, COPIED_SQL_MACHINE, VM_SQL_INSTANCE, COPIED_SQL_DATABASE)
            .point(far_backup.clone())
            .point(ItemPoint::new("35346452606387", now - Duration::hours(6)).stored_in(&["HardenedRP"]))
            .logs(now - Duration::hours(30), now - Duration::hours(2))
            .secondary_point(far_backup);
    let far_machine = machine_point("70477518625275", now, Duration::hours(30));
    let machine_of_copy = ProtectedItem::virtual_machine(COPIED_VIRTUAL_MACHINE)
        .point(far_machine.clone())
        .point(machine_point("70477518625276", now, Duration::hours(6)))
        .secondary_point(far_machine.stored_in(&["HardenedRP"]));
    let sql = SqlServer::new(SQL_SERVER)
        .database(SQL_DATABASE, now)
        .recoverable(SQL_LOST_DATABASE, now - Duration::hours(26))
        .dropped(SQL_LOST_DATABASE, now - Duration::hours(26));
    let long_term =
        |name: &str, days: i64| LongTermBackup::new(&sql, SQL_LOST_DATABASE, name, now - Duration::days(days));
    let long_term = [
        long_term("6a5bd2b4-4be3-4b6c-9d3c-0a1f5cd5d3b1;132637440000000000;Hot", 40),
        long_term("6a5bd2b4-4be3-4b6c-9d3c-0a1f5cd5d3b2;132637440000000000;Archive", 400).archived(),
    ];
    let managed = SqlServer::managed_instance(MANAGED_INSTANCE)
        .database(MANAGED_DATABASE, now)
        .recoverable(MANAGED_LOST_DATABASE, now - Duration::hours(26))
        .dropped(MANAGED_LOST_DATABASE, now - Duration::hours(26));
    let managed_long_term =
        |name: &str, days: i64| LongTermBackup::new(&managed, MANAGED_LOST_DATABASE, name, now - Duration::days(days));
    let managed_long_term = [
        managed_long_term("7a5bd2b4-4be3-4b6c-9d3c-0a1f5cd5d3b1;132637440000000000;Hot", 40),
        managed_long_term("7a5bd2b4-4be3-4b6c-9d3c-0a1f5cd5d3b2;132637440000000000;Archive", 400).archived(),
    ];
    let long_term = long_term.into_iter().chain(managed_long_term);
    let scenario = long_term.fold(scenario, SimulatorBuilder::long_term_backup);
    scenario
        .flexible_server(FlexibleServer::<PostgreSql>::new(POSTGRESQL_SERVER, now))
        .flexible_server(FlexibleServer::<MySql>::new(MYSQL_SERVER, now))
        .deleted_server(&FlexibleServer::<PostgreSql>::new(POSTGRESQL_LOST_SERVER, now), now - Duration::hours(26))
        .sql_server(sql)
        .sql_server(SqlServer::new(SQL_TARGET_SERVER).location("northeurope").pool(SQL_POOL))
        .sql_server(managed)
        .sql_server(SqlServer::managed_instance(MANAGED_TARGET_INSTANCE).location("northeurope"))
        .storage_account(
            StorageAccount::new(SECONDARY_REGION_SPARE_ACCOUNT)
                .location(SECONDARY_REGION)
                .file_shares([FILE_SHARE_TARGET]),
        )
        .storage_account(
            StorageAccount::new(SECONDARY_REGION_ACCOUNT)
                .location(SECONDARY_REGION)
                .file_shares([FILE_SHARE_TARGET, FILE_SHARE_SPARE]),
        )
        .resource(Resource::new("Microsoft.Compute/virtualMachines", COPIED_VIRTUAL_MACHINE))
        .recovery_services_vault(
            RecoveryServicesVault::new(RECOVERY_SERVICES_VAULT)
                .zone_redundant()
                .user_assigned_identity(&user_assigned_identity_id(IDENTITY))
                .item(share)
                .item(machine)
                .item(sql_database(now))
                .item(hana_database(now))
                .database_machine_registered(DatabaseMachine::new(
                    VM_SQL_MACHINE,
                    [DatabaseInstance::sql(VM_SQL_INSTANCE, &[VM_SQL_DATABASE]), DatabaseInstance::sql("PAYROLL", &[])],
                ))
                .database_machine_registered(DatabaseMachine::new(
                    VM_SQL_TARGET_MACHINE,
                    [DatabaseInstance::sql(VM_SQL_INSTANCE, &["taken"])],
                ))
                .database_machine_registered(DatabaseMachine::new(
                    HANA_MACHINE,
                    [DatabaseInstance::sap_hana(HANA_SYSTEM, &[HANA_DATABASE])],
                ))
                .database_machine_registered(DatabaseMachine::new(
                    HANA_TARGET_MACHINE,
                    [DatabaseInstance::sap_hana(HANA_SYSTEM, &[]), DatabaseInstance::sap_hana("PRD", &[])],
                )),
        )
        .database_machine(DatabaseMachine::new(
            NEW_SQL_MACHINE,
            [DatabaseInstance::sql(VM_SQL_INSTANCE, &[NEW_SQL_DATABASE, "Kunden \u{c4} 100%/1;2"])],
        ))
        .resource(Resource::new("Microsoft.Compute/virtualMachines", NEW_SQL_MACHINE))
        .recovery_services_vault(
            RecoveryServicesVault::new(COPIED_RECOVERY_SERVICES_VAULT)
                .secondary_region(SECONDARY_REGION)
                .item(share_of_copy)
                .item(machine_of_copy)
                .item(database_of_copy)
                .database_machine_registered(DatabaseMachine::new(
                    COPIED_SQL_MACHINE,
                    [DatabaseInstance::sql(VM_SQL_INSTANCE, &[COPIED_SQL_DATABASE])],
                )),
        )
        .recovery_services_vault(
            RecoveryServicesVault::new(SECONDARY_RECOVERY_SERVICES_VAULT)
                .location(SECONDARY_REGION)
                .database_machine_registered(DatabaseMachine::new(
                    SECONDARY_SQL_MACHINE,
                    [DatabaseInstance::sql(VM_SQL_INSTANCE, &["taken"])],
                ))
                .database_machine_registered(DatabaseMachine::new(
                    SECONDARY_SQL_SPARE_MACHINE,
                    [DatabaseInstance::sql(VM_SQL_INSTANCE, &[]), DatabaseInstance::sql("PAYROLL", &[])],
                )),
        )
        .resource(Resource::new("Microsoft.Compute/virtualMachines", COPIED_SQL_MACHINE))
        .resource(Resource::new("Microsoft.Compute/virtualMachines", SECONDARY_SQL_MACHINE))
        .resource(Resource::new("Microsoft.Compute/virtualMachines", SECONDARY_SQL_SPARE_MACHINE))
        .resource(Resource::new("Microsoft.Compute/virtualMachines", VM_SQL_MACHINE))
        .resource(Resource::new("Microsoft.Compute/virtualMachines", VM_SQL_TARGET_MACHINE))
        .resource(Resource::new("Microsoft.Compute/virtualMachines", HANA_MACHINE))
        .resource(Resource::new("Microsoft.Compute/virtualMachines", HANA_TARGET_MACHINE))
        .resource(Resource::new("Microsoft.Compute/virtualMachines", VIRTUAL_MACHINE))
        .resource(Resource::new("Microsoft.Network/virtualNetworks", NETWORK))
        .resource_group(SUBSCRIPTION, MACHINE_TARGET_GROUP)
        .resource_group(SUBSCRIPTION, MACHINE_SPARE_GROUP)
        .storage_account(StorageAccount::new(MACHINE_STAGING_ACCOUNT))
        .storage_account(shares)
        .storage_account(
            StorageAccount::new(FILE_SHARE_TARGET_ACCOUNT).file_shares([FILE_SHARE_TARGET, FILE_SHARE_SPARE]),
        )
        .backup_vault(vault)
        .backup_vault(guarded(GUARDED_VAULT, ResourceGuard::new(GUARD), GUARDED_POSTGRESQL))
        .backup_vault(guarded(
            GUARDED_VAULT_ELSEWHERE,
            ResourceGuard::new(GUARD_ELSEWHERE).tenant(OTHER_TENANT),
            GUARDED_POSTGRESQL_ELSEWHERE,
        ))
        .resource(postgresql)
        .resource(mysql)
        .resource(disk)
        .resource(cluster)
        .resource(documents)
        .resource(Resource::cosmosdb_account(COSMOSDB_TARGET_ACCOUNT))
        .resource(Resource::cosmosdb_account(COSMOSDB_SPARE_ACCOUNT))
        .resource(Resource::kubernetes_cluster(TARGET_CLUSTER))
        .resource_group(SUBSCRIPTION, STAGING_RESOURCE_GROUP)
        .storage_account(lake)
        .storage_account(StorageAccount::new(LAKE_TARGET_ACCOUNT))
        .storage_account(StorageAccount::new(FILES_ACCOUNT).containers([FILES_CONTAINER]))
        .storage_account(StorageAccount::new(STAGING_ACCOUNT).resource_group(STAGING_RESOURCE_GROUP))
}

/// Full backups of which one is archived, a differential one, and log backups with a gap between them that reach later.
fn sql_database(now: OffsetDateTime) -> ProtectedItem {
    let day = |age: i64| now - Duration::hours(age);
    ProtectedItem::database(Server::Sql, VM_SQL_MACHINE, VM_SQL_INSTANCE, VM_SQL_DATABASE)
        .point(ItemPoint::new("35346452606381", day(24 * 200)).stored_in(&["ArchivedRP"]))
        .point(ItemPoint::new("35346452606386", day(30)).stored_in(&["HardenedRP"]))
        .point(ItemPoint::new("35346452606387", day(6)).stored_in(&["HardenedRP"]).of_type("Differential"))
        .logs(day(30), day(20))
        .logs(day(12), day(2))
}

fn hana_database(now: OffsetDateTime) -> ProtectedItem {
    let day = |age: i64| now - Duration::hours(age);
    ProtectedItem::database(Server::SapHana, HANA_MACHINE, HANA_SYSTEM, HANA_DATABASE)
        .point(ItemPoint::new("7660777527047692711", day(30)).stored_in(&["HardenedRP"]))
        .point(ItemPoint::new("7896624824685666836", day(6)).stored_in(&["HardenedRP"]).of_type("Incremental"))
        .logs(day(30), day(2))
}

/// Two points in the vault store, of which only the older one has reached the secondary region.
fn database(instance: BackupInstance, number: &str, now: OffsetDateTime) -> BackupInstance {
    let older = point(&format!("{number}01"), now, Duration::hours(30));
    instance
        .recovery_point(older.clone())
        .recovery_point(point(&format!("{number}02"), now, Duration::hours(6)))
        .secondary_point(older)
}

/// A snapshot and a copy in the vault, with two data disks.
fn machine_point(name: &str, now: OffsetDateTime, age: Duration) -> ItemPoint {
    ItemPoint::new(name, now - age).stored_in(&["InstantRP", "HardenedRP"]).data_disks(&[0, 2])
}

fn snapshot(number: &str, now: OffsetDateTime, age: Duration) -> RecoveryPoint {
    RecoveryPoint::snapshot(&point_id(number), now - age)
}

fn point(number: &str, now: OffsetDateTime, age: Duration) -> RecoveryPoint {
    RecoveryPoint::new(&point_id(number), now - age)
}

fn point_id(number: &str) -> String {
    format!("8f3b5ce1a4d942d0a7c9f0d6b7f5{number}")
}

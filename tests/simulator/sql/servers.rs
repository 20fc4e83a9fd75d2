//! Logical servers and managed instances with what is on them, and long-term backups: what exists of the service.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::super::builder::SimulatorBuilder;
use super::super::clock::with_seconds;
use super::super::resources::placed;
use super::super::service::Part;
use super::super::world::{RESOURCE_GROUP, SUBSCRIPTION, World};

/// What databases lie on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlHost {
    Server,
    ManagedInstance,
}

impl SqlHost {
    /// As it stands in ids.
    pub fn segment(self) -> &'static str {
        match self {
            Self::Server => "servers",
            Self::ManagedInstance => "managedInstances",
        }
    }

    pub fn of(segment: &str) -> Option<Self> {
        [Self::Server, Self::ManagedInstance].into_iter().find(|own| own.segment().eq_ignore_ascii_case(segment))
    }

    /// As it stands in ids of long-term backups: before the name of the host, and before that of the backup.
    fn long_term_segments(self) -> (&'static str, &'static str) {
        match self {
            Self::Server => ("longTermRetentionServers", "longTermRetentionBackups"),
            Self::ManagedInstance => ("longTermRetentionManagedInstances", "longTermRetentionManagedInstanceBackups"),
        }
    }
}

#[derive(Clone, Debug)]
pub struct SqlServer {
    pub host: SqlHost,
    pub subscription: String,
    pub resource_group: String,
    pub name: String,
    pub location: String,
    pub databases: Vec<SqlDatabase>,
    pub recoverable: Vec<RecoverableDatabase>,
    pub dropped: Vec<DroppedDatabase>,
    /// Names of elastic pools.
    pub pools: Vec<String>,
}

placed!(SqlServer);

#[derive(Clone, Debug)]
pub struct SqlDatabase {
    pub name: String,
    /// `Online`, `Restoring` …
    pub status: String,
    pub sku: String,
    pub redundancy: String,
    pub tags: Value,
    pub pool: Option<String>,
    pub zone_redundant: bool,
    pub license_type: String,
    pub created: OffsetDateTime,
    pub earliest: Option<OffsetDateTime>,
}

#[derive(Clone, Debug)]
pub struct RecoverableDatabase {
    pub name: String,
    pub sku: String,
    pub pool: Option<String>,
    pub last_backup: OffsetDateTime,
}

#[derive(Clone, Debug)]
pub struct DroppedDatabase {
    pub name: String,
    pub created: OffsetDateTime,
    pub deleted: OffsetDateTime,
    pub earliest: OffsetDateTime,
}

#[derive(Clone, Debug)]
pub struct LongTermBackup {
    pub host: SqlHost,
    pub subscription: String,
    pub resource_group: String,
    pub location: String,
    pub server: String,
    pub database: String,
    pub name: String,
    pub time: OffsetDateTime,
    pub expires: OffsetDateTime,
    pub database_deleted: Option<OffsetDateTime>,
    pub tier: String,
}

/// What exists of the service.
#[derive(Clone, Debug, Default)]
pub struct SqlServers {
    servers: Vec<SqlServer>,
    long_term: Vec<LongTermBackup>,
}

impl Part for SqlServers {
    fn places(&self) -> Vec<(&str, &str)> {
        self.servers.iter().map(|own| (own.subscription.as_str(), own.resource_group.as_str())).collect()
    }

    fn things(&self) -> Vec<(&'static str, BTreeMap<String, String>)> {
        use SqlHost::{ManagedInstance, Server};
        let of = |host: SqlHost| self.servers.iter().filter(move |own| own.host == host);
        let hosts = |host| of(host).map(|own| (own.name.clone(), own.id())).collect();
        let below = |host, segment: &str, names: fn(&SqlServer) -> Vec<(String, String)>| {
            let on = |own: &SqlServer| {
                let (id, server) = (own.id(), own.name.clone());
                let named =
                    |(name, last): (String, String)| (format!("{server}/{name}"), format!("{id}/{segment}/{last}"));
                names(own).into_iter().map(named).collect::<Vec<_>>()
            };
            of(host).flat_map(on).collect()
        };
        let databases =
            |own: &SqlServer| own.databases.iter().map(|own| (own.name.clone(), own.name.clone())).collect();
        let recoverable =
            |own: &SqlServer| own.recoverable.iter().map(|own| (own.name.clone(), own.name.clone())).collect();
        let dropped = |own: &SqlServer| own.dropped.iter().map(|own| (own.name.clone(), own.full_name())).collect();
        let pools = |own: &SqlServer| own.pools.iter().map(|name| (name.clone(), name.clone())).collect();
        let long_term = |host, with_group| {
            let named =
                |own: &LongTermBackup| (format!("{}/{} {}", own.server, own.database, own.tier), own.id(with_group));
            self.long_term.iter().filter(|own| own.host == host).map(named).collect()
        };
        vec![
            ("sql_servers", hosts(Server)),
            ("sql_databases", below(Server, "databases", databases)),
            ("recoverable_databases", below(Server, "recoverableDatabases", recoverable)),
            ("dropped_databases", below(Server, "restorableDroppedDatabases", dropped)),
            ("elastic_pools", below(Server, "elasticPools", pools)),
            ("long_term_backups", long_term(Server, true)),
            ("managed_instances", hosts(ManagedInstance)),
            ("managed_databases", below(ManagedInstance, "databases", databases)),
            ("recoverable_managed_databases", below(ManagedInstance, "recoverableDatabases", recoverable)),
            ("dropped_managed_databases", below(ManagedInstance, "restorableDroppedDatabases", dropped)),
            ("managed_long_term_backups", long_term(ManagedInstance, false)),
        ]
    }
}

impl World {
    pub fn sql_servers_mut(&mut self) -> &mut Vec<SqlServer> {
        &mut self.parts.sql.servers
    }

    pub fn long_term_backups(&self) -> &[LongTermBackup] {
        &self.parts.sql.long_term
    }

    pub fn sql_server(&self, host: SqlHost, subscription: &str, group: Option<&str>, name: &str) -> Option<&SqlServer> {
        self.parts.sql.servers.iter().find(|own| {
            own.host == host
                && own.name.eq_ignore_ascii_case(name)
                && own.subscription.eq_ignore_ascii_case(subscription)
                && group.is_some_and(|group| own.resource_group.eq_ignore_ascii_case(group))
        })
    }

    pub fn sql_server_with_id(&self, id: &str) -> Option<&SqlServer> {
        self.parts.sql.servers.iter().find(|own| own.id().eq_ignore_ascii_case(id))
    }

    pub fn sql_server_with_id_mut(&mut self, id: &str) -> Option<&mut SqlServer> {
        self.parts.sql.servers.iter_mut().find(|own| own.id().eq_ignore_ascii_case(id))
    }

    /// The database of an ARM id.
    pub fn sql_database_mut(&mut self, id: &str) -> Option<&mut SqlDatabase> {
        let lower = id.to_lowercase();
        let (server, name) = lower.split_once("/databases/")?;
        self.sql_server_with_id_mut(server)?.databases.iter_mut().find(|own| own.name.to_lowercase() == name)
    }

    /// It is gone, without a trace.
    pub fn remove_sql_database(&mut self, server_id: &str, name: &str) {
        if let Some(server) = self.sql_server_with_id_mut(server_id) {
            server.databases.retain(|own| !own.name.eq_ignore_ascii_case(name));
        }
    }

    /// A long-term backup that an ARM id names, with or without its group.
    pub fn long_term_backup(&self, id: &str) -> Option<&LongTermBackup> {
        self.parts
            .sql
            .long_term
            .iter()
            .find(|own| [true, false].iter().any(|group| own.id(*group).eq_ignore_ascii_case(id)))
    }
}

impl SimulatorBuilder {
    pub fn sql_server(mut self, server: SqlServer) -> Self {
        self.0.platform.world.parts.sql.servers.push(server);
        self
    }

    pub fn long_term_backup(mut self, backup: LongTermBackup) -> Self {
        self.0.platform.world.parts.sql.long_term.push(backup);
        self
    }
}

impl SqlServer {
    /// A server in the default resource group and in West Europe.
    pub fn new(name: &str) -> Self {
        Self {
            host: SqlHost::Server,
            subscription: SUBSCRIPTION.into(),
            resource_group: RESOURCE_GROUP.into(),
            name: name.into(),
            location: "westeurope".into(),
            databases: Vec::new(),
            recoverable: Vec::new(),
            dropped: Vec::new(),
            pools: Vec::new(),
        }
    }

    /// A managed instance in the default resource group and in West Europe.
    pub fn managed_instance(name: &str) -> Self {
        Self { host: SqlHost::ManagedInstance, ..Self::new(name) }
    }

    /// A database, a week old, which can be restored as it was at any time of that week, and geo-restored as it was half an
    /// hour ago.
    pub fn database(mut self, name: &str, now: OffsetDateTime) -> Self {
        let mut database = SqlDatabase::new(name, now - Duration::days(7));
        database.earliest = Some(now - Duration::days(7) + Duration::minutes(30));
        self.databases.push(database);
        self.recoverable(name, now - Duration::minutes(30))
    }

    /// A database of which only the geo-replicated backup is left.
    pub fn recoverable(mut self, name: &str, last_backup: OffsetDateTime) -> Self {
        self.recoverable.push(RecoverableDatabase { name: name.into(), sku: "S0".into(), pool: None, last_backup });
        self
    }

    /// A database that was dropped then, a week after its creation.
    pub fn dropped(mut self, name: &str, deleted: OffsetDateTime) -> Self {
        let created = deleted - Duration::days(7);
        self.dropped.push(DroppedDatabase {
            name: name.into(),
            created,
            deleted,
            earliest: created + Duration::hours(1),
        });
        self
    }

    pub fn pool(mut self, name: &str) -> Self {
        self.pools.push(name.into());
        self
    }

    pub fn id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Sql/{}/{}",
            self.subscription,
            self.resource_group,
            self.host.segment(),
            self.name
        )
    }

    pub(super) fn find(&self, name: &str) -> Option<&SqlDatabase> {
        self.databases.iter().find(|own| own.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn to_json(&self) -> Value {
        if self.host == SqlHost::ManagedInstance {
            return json!({
                "id": self.id(), "name": self.name, "type": "Microsoft.Sql/managedInstances", "location": self.location,
                "tags": {}, "properties": {"state": "Ready"},
            });
        }
        json!({
            "id": self.id(), "name": self.name, "type": "Microsoft.Sql/servers", "location": self.location,
            "kind": "v12.0", "tags": {},
            "properties": {"version": "12.0", "state": "Ready",
                "fullyQualifiedDomainName": format!("{}.database.windows.net", self.name)},
        })
    }
}

impl SqlDatabase {
    pub fn new(name: &str, created: OffsetDateTime) -> Self {
        Self {
            name: name.into(),
            status: "Online".into(),
            sku: "S0".into(),
            redundancy: "Geo".into(),
            tags: json!({}),
            pool: None,
            zone_redundant: false,
            license_type: "LicenseIncluded".into(),
            created,
            earliest: None,
        }
    }

    pub(super) fn to_json(&self, server: &SqlServer, status: &str) -> Value {
        if server.host == SqlHost::ManagedInstance {
            let mut own = json!({
                "status": status, "creationDate": with_seconds(self.created),
                "collation": "SQL_Latin1_General_CP1_CI_AS", "defaultSecondaryLocation": "northeurope",
                "earliestRestorePoint": self.earliest.map(with_seconds), "isLedgerOn": false,
            });
            if status == "Inaccessible" {
                own["extendedAccessibilityInfo"] = json!({
                    "inaccessibilityReasonErrorCode": "33111", "inaccessibilityReasonKind": "TransparentDataEncryption",
                    "inaccessibilityReasonDescription": "The key of the database cannot be reached.",
                });
            }
            return json!({
                "id": format!("{}/databases/{}", server.id(), self.name), "name": self.name,
                "type": "Microsoft.Sql/managedInstances/databases", "location": server.location, "tags": self.tags,
                "properties": own,
            });
        }
        let sku = if self.pool.is_some() { "ElasticPool" } else { self.sku.as_str() };
        json!({
            "id": format!("{}/databases/{}", server.id(), self.name), "name": self.name,
            "type": "Microsoft.Sql/servers/databases", "location": server.location, "kind": "v12.0,user",
            "tags": self.tags, "sku": {"name": sku},
            "properties": {
                "status": status, "creationDate": with_seconds(self.created),
                "databaseId": "2463ef48-53e2-4c26-9781-2d7138080bfd", "collation": "SQL_Latin1_General_CP1_CI_AS",
                "currentServiceObjectiveName": sku, "requestedServiceObjectiveName": sku,
                "currentSku": {"name": sku}, "maxSizeBytes": 268_435_456_000_i64, "elasticPoolId": self.pool,
                "currentBackupStorageRedundancy": self.redundancy, "requestedBackupStorageRedundancy": self.redundancy,
                "earliestRestoreDate": self.earliest.map(with_seconds), "zoneRedundant": self.zone_redundant,
                "licenseType": self.license_type, "readScale": "Disabled",
            },
        })
    }
}

impl RecoverableDatabase {
    /// The service writes the segment in two ways, inside one list.
    pub(super) fn to_json(&self, server: &SqlServer) -> Value {
        if server.host == SqlHost::ManagedInstance {
            return json!({
                "id": format!("{}/recoverableDatabases/{}", server.id(), self.name), "name": self.name,
                "type": "Microsoft.Sql/managedInstances/recoverableDatabases",
                "properties": {"lastAvailableBackupDate": with_seconds(self.last_backup)},
            });
        }
        let segment = if self.name.len().is_multiple_of(2) { "recoverableDatabases" } else { "recoverabledatabases" };
        json!({
            "id": format!("{}/{segment}/{}", server.id(), self.name), "name": self.name,
            "type": format!("Microsoft.Sql/servers/{segment}"),
            "properties": {"edition": "Standard", "serviceLevelObjective": self.sku, "elasticPoolName": self.pool,
                "lastAvailableBackupDate": with_seconds(self.last_backup)},
        })
    }
}

/// From 1601 to 1970, in hundreds of nanoseconds.
const FILETIME_OF_1970: i128 = 116_444_736_000_000_000;

impl DroppedDatabase {
    /// `{database},{ticks}`; ticks are the moment of its end as Windows counts time.
    pub fn full_name(&self) -> String {
        let ticks = self.deleted.unix_timestamp_nanos() / 100 + FILETIME_OF_1970;
        format!("{},{ticks}", self.name)
    }

    pub(super) fn to_json(&self, server: &SqlServer) -> Value {
        if server.host == SqlHost::ManagedInstance {
            return json!({
                "id": format!("{}/restorableDroppedDatabases/{}", server.id(), self.full_name()),
                "name": self.full_name(), "type": "Microsoft.Sql/managedInstances/restorableDroppedDatabases",
                "location": server.location,
                "properties": {
                    "databaseName": self.name, "creationDate": with_seconds(self.created),
                    "deletionDate": with_seconds(self.deleted), "earliestRestoreDate": with_seconds(self.earliest),
                },
            });
        }
        json!({
            "id": format!("{}/restorableDroppedDatabases/{}", server.id(), self.full_name()), "name": self.full_name(),
            "type": "Microsoft.Sql/servers/restorableDroppedDatabases", "location": server.location,
            "sku": {"name": "S0", "tier": "Standard"},
            "properties": {
                "databaseName": self.name, "maxSizeBytes": 268_435_456_000_i64, "creationDate": with_seconds(self.created),
                "deletionDate": with_seconds(self.deleted), "earliestRestoreDate": with_seconds(self.earliest),
                "backupStorageRedundancy": "Geo",
            },
        })
    }
}

impl LongTermBackup {
    /// A backup of a database of this server, in the tier `Hot`.
    pub fn new(server: &SqlServer, database: &str, name: &str, time: OffsetDateTime) -> Self {
        Self {
            host: server.host,
            subscription: server.subscription.clone(),
            resource_group: server.resource_group.clone(),
            location: server.location.clone(),
            server: server.name.clone(),
            database: database.into(),
            name: name.into(),
            time,
            expires: time + Duration::days(3650),
            database_deleted: None,
            tier: "Hot".into(),
        }
    }

    pub fn archived(mut self) -> Self {
        self.tier = "Archive".into();
        self
    }

    pub fn id(&self, with_group: bool) -> String {
        let group = if with_group { format!("/resourceGroups/{}", self.resource_group) } else { String::new() };
        let (hosts, backups) = self.host.long_term_segments();
        format!(
            "/subscriptions/{}{group}/providers/Microsoft.Sql/locations/{}/{hosts}/{}/longTermRetentionDatabases/{}/{backups}/{}",
            self.subscription, self.location, self.server, self.database, self.name
        )
    }

    pub(super) fn to_json(&self, with_group: bool) -> Value {
        let (hosts, backups) = self.host.long_term_segments();
        let mut own = json!({
            "databaseName": self.database, "databaseDeletionTime": self.database_deleted.map(with_seconds),
            "backupTime": with_seconds(self.time), "backupExpirationTime": with_seconds(self.expires),
            "backupStorageRedundancy": "Geo", "backupStorageAccessTier": self.tier,
        });
        let [name, created] = match self.host {
            SqlHost::Server => ["serverName", "serverCreateTime"],
            SqlHost::ManagedInstance => ["managedInstanceName", "managedInstanceCreateTime"],
        };
        own[name] = json!(self.server);
        own[created] = json!("2017-03-10T08:00:00Z");
        json!({
            "id": self.id(with_group), "name": self.name,
            "type": format!("Microsoft.Sql/locations/{hosts}/longTermRetentionDatabases/{backups}"), "properties": own,
        })
    }
}

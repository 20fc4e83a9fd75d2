//! The PUT that makes a database out of a backup: what it asks for, whether Azure would do it, and what goes on then.

use std::collections::VecDeque;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::JobFacts;
use super::super::arm::{ArmCall, ServiceAnswer, Unmodelled};
use super::super::clock::with_seconds;
use super::super::journal::AcceptedRestore;
use super::super::makes::Makes;
use super::super::message::Reply;
use super::super::platform::Platform;
use super::super::script::{Ending, JobScript, JobView, Progress};
use super::super::world::World;
use super::servers::{SqlDatabase, SqlHost, SqlServer};
use super::{Sql, refusal};

/// A restore that was accepted.
#[derive(Clone, Debug)]
pub struct DatabaseRestore {
    /// The GUID of its operation.
    pub id: String,
    pub server_id: String,
    pub location: String,
    pub database: String,
    /// The name of the database that it is made of, and its ARM id.
    pub source: String,
    pub source_id: String,
    /// What the tag says.
    pub activity_id: String,
    pub progress: Progress,
    pub looked: u32,
    pub started: OffsetDateTime,
    pub ended: Option<OffsetDateTime>,
    /// The operation said CreateRecoverRequest or CreateLogicalDatabase.
    pub operation: &'static str,
    /// What the database says once the operation is over.
    pub words: VecDeque<String>,
}

/// The tag that says whose a database is.
const TAG: &str = "azurebackup-restore";

impl DatabaseRestore {
    pub fn database_id(&self) -> String {
        format!("{}/databases/{}", self.server_id, self.database)
    }

    pub fn facts(&self) -> JobFacts {
        JobFacts {
            id: self.id.clone(),
            arm_id: self.database_id(),
            instance: self.source.clone(),
            status: self.progress.ending().map_or("InProgress", Ending::word).to_owned(),
            activity_id: self.activity_id.clone(),
            cross_region: false,
            makes: Makes::Database { server_id: self.server_id.clone(), name: self.database.clone() },
        }
    }

    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    /// One read that moves it.
    pub fn look(&mut self, world: &mut World, now: OffsetDateTime) -> JobView {
        self.looked = self.looked.saturating_add(1);
        let view = self.progress.look();
        self.settle(world, now);
        view
    }

    /// To be called whenever it may have moved: fixes its end. A database whose restore did not end well is gone.
    pub fn settle(&mut self, world: &mut World, now: OffsetDateTime) {
        if !self.is_running() {
            return;
        }
        let Some(ending) = self.progress.ending() else { return };
        self.ended = Some(now);
        if matches!(ending, Ending::Failed(_) | Ending::Cancelled) {
            world.remove_sql_database(&self.server_id, &self.database);
        } else if let Some(own) = world.sql_database_mut(&self.database_id()) {
            own.status = "Online".into();
        }
    }

    /// The state in the list of operations.
    pub(super) fn state(&self) -> &'static str {
        match self.progress.view() {
            JobView::Running(word) if word == "Cancelling" => "CancelInProgress",
            JobView::Ended(Ending::Failed(_)) => "Failed",
            JobView::Ended(Ending::Cancelled) => "Cancelled",
            JobView::Ended(_) => "Succeeded",
            _ => "InProgress",
        }
    }
}

/// What a body asks for.
struct DatabaseOrder {
    source: String,
    source_id: String,
    redundancy: String,
    operation: &'static str,
}

/// A code and a text, with the status of the refusal.
type Refusal = (u16, &'static str, String);

impl Sql {
    pub(super) fn put_database(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        server: &SqlServer,
        name: &str,
        body: &Value,
    ) -> Result<ServiceAnswer, Unmodelled> {
        let own = &body["properties"];
        let mode = own["createMode"].as_str().unwrap_or_default();
        if own.get("sourceDatabaseDeletionDate").is_some_and(|date| !date.is_null()) {
            return Err(Unmodelled(format!("{}: sourceDatabaseDeletionDate", call.unmodelled().0)));
        }
        let order = match mode.to_ascii_lowercase().as_str() {
            _ if server.host == SqlHost::ManagedInstance => {
                match managed(&platform.world, server, own, platform.clock.now()) {
                    Some(order) => order,
                    None => return Err(Unmodelled(format!("{}: createMode {mode}", call.unmodelled().0))),
                }
            }
            "recovery" => recovery(&platform.world, own),
            "pointintimerestore" => point_in_time(server, own, platform.clock.now()),
            "restore" => dropped(server, own),
            "restorelongtermretentionbackup" => long_term(&platform.world, own),
            _ => return Err(Unmodelled(format!("{}: createMode {mode}", call.unmodelled().0))),
        };
        let order = order.and_then(|order| {
            self.fits(server, name, body)?;
            Ok(order)
        });
        let order = match order {
            Ok(order) => order,
            Err((status, code, message)) => {
                let note = format!("was refused a restore to database {name} ({code}: {message})");
                return Ok(ServiceAnswer::new(refusal(status, code, &message, call), note));
            }
        };
        Ok(self.accept(platform, call, server, name, body, &order))
    }

    fn accept(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        server: &SqlServer,
        name: &str,
        body: &Value,
        order: &DatabaseOrder,
    ) -> ServiceAnswer {
        let now = platform.clock.now();
        let own = &body["properties"];
        let mut script = platform.scripts.of_restore(&order.source);
        if let Some(failure) = platform.scripts.of_operation().failure {
            script = JobScript { steps: JobScript::ended(Ending::Failed(vec![failure])).steps, ..script };
        }
        let mut database = SqlDatabase::new(name, now);
        database.status = "Restoring".into();
        database.redundancy = own["requestedBackupStorageRedundancy"].as_str().unwrap_or(&order.redundancy).to_owned();
        database.sku = body["sku"]["name"].as_str().unwrap_or("S0").to_owned();
        database.pool = own["elasticPoolId"].as_str().map(str::to_owned);
        database.zone_redundant = own["zoneRedundant"].as_bool().unwrap_or_default();
        database.license_type = own["licenseType"].as_str().unwrap_or("LicenseIncluded").to_owned();
        database.tags = if body["tags"].is_object() { body["tags"].clone() } else { json!({}) };
        let activity_id = database.tags[TAG].as_str().unwrap_or_default().to_owned();
        if let Some(there) = platform.world.sql_server_with_id_mut(&server.id()) {
            there.databases.push(database);
        }
        let id = platform.mint.uuid().to_string();
        let restore = DatabaseRestore {
            id: id.clone(),
            server_id: server.id(),
            location: server.location.clone(),
            database: name.to_owned(),
            source: order.source.clone(),
            source_id: order.source_id.clone(),
            activity_id,
            progress: Progress::new(script),
            looked: 0,
            started: now,
            ended: None,
            operation: order.operation,
            words: self.next_words.pop_front().unwrap_or_default().into(),
        };
        let accepted = AcceptedRestore {
            job_id: id.clone(),
            job: restore.database_id(),
            item: order.source_id.clone(),
            client_request_id: call.request.headers.get("x-ms-client-request-id").map(str::to_owned),
        };
        self.restores.push(restore);
        let base = format!(
            "{}/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Sql/locations/{}",
            platform.operation_endpoint(),
            server.subscription,
            server.resource_group,
            server.location
        );
        let version = &call.api_version;
        let facts = json!({"operation": order.operation, "startTime": with_seconds(now)});
        let mut reply = Reply::json(202, &facts)
            .header("location", format!("{base}/databaseOperationResults/{id}?api-version={version}"));
        if server.host == SqlHost::Server {
            let url = format!("{base}/databaseAzureAsyncOperation/{id}?api-version={version}");
            reply = reply.header("azure-asyncoperation", url);
        }
        if let Some(seconds) = self.retry_after {
            reply.headers.set("retry-after", seconds.to_string());
        }
        let mut answer = ServiceAnswer::new(reply, format!("restored {} as database {name}", order.source));
        answer.accepted_restore = Some(accepted);
        answer
    }

    /// Whether a database of this name can be made so.
    fn fits(&self, server: &SqlServer, name: &str, body: &Value) -> Result<(), Refusal> {
        let location = body["location"].as_str().unwrap_or_default();
        let own = location.replace(' ', "").to_lowercase();
        if own != server.location {
            let text = format!("The provided location '{location}' is not that of the server.");
            return Err((400, "InvalidResourceLocation", text));
        }
        let pool = body["properties"]["elasticPoolId"].as_str();
        if let Some(pool) = pool {
            if body["sku"]["name"].as_str().is_some_and(|sku| sku != "ElasticPool") {
                return Err((400, "ElasticPoolSkuCombinationInvalid", "A pool and a sku exclude each other.".into()));
            }
            let there =
                server.pools.iter().any(|own| format!("{}/elasticPools/{own}", server.id()).eq_ignore_ascii_case(pool));
            if !there {
                return Err((400, "TargetElasticPoolDoesNotExist", "The elastic pool does not exist.".into()));
            }
        }
        let busy = |restore: &&DatabaseRestore| {
            restore.is_running()
                && restore.server_id.eq_ignore_ascii_case(&server.id())
                && restore.database.eq_ignore_ascii_case(name)
        };
        if self.restores.iter().any(|restore| busy(&restore)) {
            let text = format!("Database '{name}' is being restored already.");
            return Err((400, "DuplicateRestoreOperation", text));
        }
        if server.find(name).is_some() {
            let code = match server.host {
                SqlHost::Server => "DatabaseNameInUse",
                SqlHost::ManagedInstance => "ManagedDatabaseNameInUse",
            };
            return Err((400, code, format!("Database '{name}' exists already.")));
        }
        Ok(())
    }
}

fn recovery(world: &World, own: &Value) -> Result<DatabaseOrder, Refusal> {
    if !own["restorePointInTime"].is_null() {
        return Err((400, "InvalidPointInTime", "A geo-restore takes no point in time.".into()));
    }
    let id = own["recoverableDatabaseId"].as_str();
    let id = id.ok_or((400, "MissingRecoverableDatabaseId", "The recoverable database is missing.".to_owned()))?;
    let found = named(id, "recoverabledatabases").and_then(|(server, name)| {
        let server = world.sql_server_with_id(&server)?;
        server.recoverable.iter().find(|own| own.name.eq_ignore_ascii_case(&name))
    });
    let found = found.ok_or((400, "InvalidRecoverableDatabaseId", "There is no such database.".to_owned()))?;
    Ok(DatabaseOrder {
        source: found.name.clone(),
        source_id: id.to_owned(),
        redundancy: "Geo".into(),
        operation: "CreateRecoverRequest",
    })
}

fn point_in_time(server: &SqlServer, own: &Value, now: OffsetDateTime) -> Result<DatabaseOrder, Refusal> {
    let id = own["sourceDatabaseId"].as_str();
    let id = id.ok_or((400, "MissingSourceDatabaseId", "The source is missing.".to_owned()))?;
    let at = instant(own)?.ok_or((400, "MissingRestorePointInTime", "The point in time is missing.".to_owned()))?;
    let (on, name) =
        named(id, "databases").ok_or((400, "InvalidSourceDatabaseId", "There is no such database.".to_owned()))?;
    if !on.eq_ignore_ascii_case(&server.id()) {
        return Err((400, "RestoreCrossServerDisabled", "The source is on another server.".into()));
    }
    let found = server.find(&name).ok_or((400, "InvalidLiveDatabase", "There is no such database.".to_owned()))?;
    if found.earliest.is_none_or(|earliest| at < earliest) || at > now {
        return Err((400, "InvalidPointInTime", "The point in time cannot be restored.".into()));
    }
    Ok(DatabaseOrder {
        source: found.name.clone(),
        source_id: id.to_owned(),
        redundancy: found.redundancy.clone(),
        operation: "CreateLogicalDatabase",
    })
}

fn dropped(server: &SqlServer, own: &Value) -> Result<DatabaseOrder, Refusal> {
    let id = own["restorableDroppedDatabaseId"].as_str();
    if !own["sourceDatabaseId"].is_null() {
        let code = "RestorableDroppedDatabaseIdGivenForRestoreWithSourceDatabaseId";
        return Err((400, code, "There are two sources.".into()));
    }
    let wrong = || (400, "InvalidRestorableDroppedDatabaseId", "There is no such dropped database.".to_owned());
    let (on, name) = id.and_then(|id| named(id, "restorabledroppeddatabases")).ok_or_else(wrong)?;
    if !on.eq_ignore_ascii_case(&server.id()) {
        return Err((400, "RestoreCrossServerDisabled", "The source was on another server.".into()));
    }
    let found = server.dropped.iter().find(|own| own.full_name().eq_ignore_ascii_case(&name)).ok_or_else(wrong)?;
    if instant(own)?.is_some_and(|at| at < found.earliest || at > found.deleted) {
        return Err((400, "InvalidPointInTime", "The point in time cannot be restored.".into()));
    }
    Ok(DatabaseOrder {
        source: found.name.clone(),
        source_id: id.unwrap_or_default().to_owned(),
        redundancy: "Geo".into(),
        operation: "CreateLogicalDatabase",
    })
}

fn long_term(world: &World, own: &Value) -> Result<DatabaseOrder, Refusal> {
    let id = own["longTermRetentionBackupResourceId"].as_str().unwrap_or_default();
    let found = world.long_term_backup(id).ok_or((404, "LtrBackupNotFound", "There is no such backup.".to_owned()))?;
    if found.tier == "Archive" {
        return Err((400, "LtrBackupInArchiveTier", "The backup is in the archive tier.".into()));
    }
    Ok(DatabaseOrder {
        source: found.database.clone(),
        source_id: id.to_owned(),
        redundancy: "Geo".into(),
        operation: "CreateLogicalDatabase",
    })
}

/// What a body asks of a managed instance; none if it is not modelled.
fn managed(
    world: &World,
    target: &SqlServer,
    own: &Value,
    now: OffsetDateTime,
) -> Option<Result<DatabaseOrder, Refusal>> {
    let mode = own["createMode"].as_str().unwrap_or_default().to_ascii_lowercase();
    let order = match mode.as_str() {
        "recovery" => recovery(world, own),
        "pointintimerestore" => managed_point_in_time(world, target, own, now),
        "restorelongtermretentionbackup" => {
            let id = own["longTermRetentionBackupResourceId"].as_str().unwrap_or_default();
            match world.long_term_backup(id).filter(|found| found.host == SqlHost::ManagedInstance) {
                None => {
                    Err((400, "InvalidLongTermRetentionManagedInstanceBackupId", "There is no such backup.".to_owned()))
                }
                Some(found) if found.tier == "Archive" => {
                    Err((400, "LtrRestoreFailedArchiveStorageTier", "The backup is in the archive tier.".to_owned()))
                }
                Some(found) => Ok(order_of(&found.database, id)),
            }
        }
        _ => return None,
    };
    Some(order)
}

fn order_of(source: &str, source_id: &str) -> DatabaseOrder {
    DatabaseOrder {
        source: source.to_owned(),
        source_id: source_id.to_owned(),
        redundancy: "Geo".into(),
        operation: "CreateManagedDatabase",
    }
}

/// A database that lives or was dropped, on any managed instance. One of another subscription goes by other members, beside
/// the target.
fn managed_point_in_time(
    world: &World,
    target: &SqlServer,
    own: &Value,
    now: OffsetDateTime,
) -> Result<DatabaseOrder, Refusal> {
    let of = |member: &str| own[member].as_str();
    let [live, dropped] = ["sourceDatabaseId", "restorableDroppedDatabaseId"].map(of);
    let [far_live, far_dropped] =
        ["crossSubscriptionSourceDatabaseId", "crossSubscriptionRestorableDroppedDatabaseId"].map(of);
    if live.is_some() && dropped.is_some() {
        let code = "RestorableDroppedDatabaseIdGivenForRestoreWithSourceDatabaseId";
        return Err((400, code, "There are two sources.".into()));
    }
    if far_live.is_some() && far_dropped.is_some() {
        let code = "CrossSubscriptionRestorableDroppedDatabaseIdGivenForRestoreWithCrossSubscriptionSourceDatabaseId";
        return Err((400, code, "There are two sources.".into()));
    }
    let is_far = far_live.is_some() || far_dropped.is_some();
    match of("crossSubscriptionTargetManagedInstanceId") {
        None if is_far => {
            let text = "The target instance is missing.".to_owned();
            return Err((400, "InvalidCrossSubscriptionTargetManagedInstanceId", text));
        }
        Some(id) if !id.eq_ignore_ascii_case(&target.id()) => {
            let code = "MissmatchingCrossSubscriptionTargetManagedInstanceIdWithUrl";
            return Err((400, code, "The target instance is not that of the URL.".into()));
        }
        _ => {}
    }
    let at = instant(own)?.ok_or((400, "MissingRestorePointInTime", "The point in time is missing.".to_owned()))?;
    let (id, segment, wrong) = match (live.or(far_live), dropped.or(far_dropped)) {
        (Some(id), _) => (id, "databases", "InvalidSourceDatabaseId"),
        (None, Some(id)) => (id, "restorabledroppeddatabases", "InvalidRestorableDroppedDatabaseId"),
        (None, None) => return Err((400, "MissingSourceDatabaseId", "The source is missing.".into())),
    };
    let not_there = || (400, wrong, "There is no such database.".to_owned());
    let (on, name) = named(id, segment).ok_or_else(not_there)?;
    let source = world.sql_server_with_id(&on).filter(|own| own.host == SqlHost::ManagedInstance);
    let source = source.ok_or_else(not_there)?;
    if source.subscription.eq_ignore_ascii_case(&target.subscription) == is_far {
        return Err((400, wrong, "The source is named as one of another subscription, or the reverse.".into()));
    }
    let (name, earliest, latest) = if segment == "databases" {
        let found = source.find(&name).ok_or_else(not_there)?;
        (found.name.clone(), found.earliest, now)
    } else {
        let found =
            source.dropped.iter().find(|own| own.full_name().eq_ignore_ascii_case(&name)).ok_or_else(not_there)?;
        (found.name.clone(), Some(found.earliest), found.deleted)
    };
    if earliest.is_none_or(|earliest| at < earliest) || at > latest {
        return Err((400, "PitrPointInTimeInvalid", "The point in time cannot be restored.".into()));
    }
    Ok(order_of(&name, id))
}

/// The ARM id of the server and the name of what lies on it, of an id with this segment.
fn named(id: &str, segment: &str) -> Option<(String, String)> {
    let (above, name) = id.rsplit_once('/')?;
    let (server, own) = above.rsplit_once('/')?;
    own.eq_ignore_ascii_case(segment).then(|| (server.to_owned(), name.to_owned()))
}

fn instant(own: &Value) -> Result<Option<OffsetDateTime>, Refusal> {
    match own["restorePointInTime"].as_str() {
        None => Ok(None),
        Some(text) => OffsetDateTime::parse(text, &Rfc3339)
            .map(Some)
            .map_err(|_| (400, "InvalidPointInTime", "That is no point in time.".to_owned())),
    }
}

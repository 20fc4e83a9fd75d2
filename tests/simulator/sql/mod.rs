//! Microsoft.Sql: logical servers, managed instances, their databases, what can be restored onto them, restores and their
//! operations.
//!
//! # Known differences from Azure
//!
//! - A restore is moved by reads of its operation and of its database, never by time. The list of operations moves it only
//!   while it is being cancelled.
//! - A PUT that creates a database otherwise than from a backup, data warehouses, other subscriptions, customer keys and old
//!   backups in a Recovery Services vault are answered 501.
//! - A restore of right shape that cannot be done is refused 400 at once. Codes are published; which of them Azure uses where
//!   is not recorded in every case. For a backup in the archive no code is published: `LtrBackupInArchiveTier` is ours.
//! - A restored database is `Restoring` from the PUT on. If the restore fails or is cancelled, it is gone.
//! - What a database inherits from its source is its redundancy alone; sizes, collations and service objectives are made up.
//! - A deletion is done at once, and answered 202.
//! - The URL at which a restore onto a managed instance is followed is not recorded; it is made up as that of a server. Nor is it
//!   known that such a restore is refused across regions, which documentation excludes: it is done here.
//! - How far a restore onto a managed instance is, is made up of how often it was looked at.

pub mod bodies;
pub mod control;
pub mod databases;
pub mod restore;
pub mod servers;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::JobFacts;
use super::arm::{ArmCall, ServiceAnswer, Unmodelled};
use super::error::{ServiceError, not_found};
use super::message::Reply;
use super::paging::paged;
use super::platform::Platform;
use super::script::Progress;
use super::service::SimulatedService;
use restore::DatabaseRestore;
use servers::{LongTermBackup, SqlHost, SqlServer};

const NAMESPACE: &str = "Microsoft.Sql";
const API_VERSIONS: &[&str] = &["2025-01-01"];

/// What goes on in the service.
#[derive(Clone, Debug)]
pub struct Sql {
    pub restores: Vec<DatabaseRestore>,
    /// `Retry-After` of the 202, in seconds; `None` leaves the header out.
    pub retry_after: Option<u32>,
    /// What the database of each further restore says once its operation is over, one word for each read; the last stays.
    pub next_words: std::collections::VecDeque<Vec<String>>,
    /// Whether operations say that they can be cancelled.
    pub cancellable: bool,
}

impl Default for Sql {
    fn default() -> Self {
        Self { restores: Vec::new(), retry_after: Some(15), next_words: Default::default(), cancellable: true }
    }
}

impl SimulatedService for Sql {
    fn namespace(&self) -> &'static str {
        NAMESPACE
    }

    fn resource_types(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn answer(&mut self, platform: &mut Platform, call: &ArmCall<'_>) -> Result<ServiceAnswer, Unmodelled> {
        if let Some(refusal) = call.check_api_version(NAMESPACE, API_VERSIONS) {
            return Ok(refusal);
        }
        let method = call.request.method.as_str();
        let words: Vec<String> = call.resource.iter().map(|segment| segment.to_lowercase()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [segment @ ("servers" | "managedinstances"), name, rest @ ..] => {
                let Some(host) = SqlHost::of(segment) else { return Err(call.unmodelled()) };
                let world = &platform.world;
                let Some(server) = world.sql_server(host, call.subscription, call.resource_group, name).cloned() else {
                    let segment = host.segment();
                    let note = format!("asked for {segment}/{name}, which does not exist");
                    return Ok(ServiceAnswer::new(not_found(&format!("Microsoft.Sql/{segment}/{name}")), note));
                };
                // Names of databases keep their case.
                let own: Vec<&str> = call.resource.iter().skip(2).copied().collect();
                self.on_host(platform, call, &server, rest, &own)
            }
            ["locations", _, "databaseazureasyncoperation", id] if method == "GET" => {
                Ok(self.operation_status(platform, call, id))
            }
            ["locations", _, "databaseoperationresults", id] if method == "GET" => {
                Ok(self.operation_result(platform, call, id))
            }
            ["locations", location, rest @ ..] if method == "GET" => long_term(platform, call, location, rest),
            _ => Err(call.unmodelled()),
        }
    }

    fn jobs(&self) -> Vec<JobFacts> {
        self.restores.iter().map(DatabaseRestore::facts).collect()
    }

    fn move_job(&mut self, platform: &mut Platform, id: &str, change: &mut dyn FnMut(&mut Progress)) -> bool {
        let is_it = |own: &&mut DatabaseRestore| {
            own.id.eq_ignore_ascii_case(id) || own.database_id().eq_ignore_ascii_case(id.trim_end_matches('/'))
        };
        let Some(restore) = self.restores.iter_mut().rev().find(is_it) else { return false };
        change(&mut restore.progress);
        let now = platform.clock.now();
        restore.settle(&mut platform.world, now);
        true
    }

    fn end_operations(&mut self, _: OffsetDateTime) {}
}

impl Sql {
    fn on_host(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        server: &SqlServer,
        words: &[&str],
        own: &[&str],
    ) -> Result<ServiceAnswer, Unmodelled> {
        let name = own.get(1).copied().unwrap_or_default();
        match (call.request.method.as_str(), words) {
            ("GET", []) => {
                let note = format!("looked at {}/{}", server.host.segment(), server.name);
                Ok(ServiceAnswer::new(Reply::json(200, &server.to_json()), note))
            }
            ("GET", ["recoverabledatabases"]) => {
                let values = server.recoverable.iter().map(|own| own.to_json(server)).collect();
                Ok(paged(platform, call, |_| values, &format!("listed the recoverable databases of {}", server.name)))
            }
            ("GET", ["recoverabledatabases", _]) => {
                let found = server.recoverable.iter().find(|own| own.name.eq_ignore_ascii_case(name));
                Ok(shown(call, found.map(|own| own.to_json(server)), &format!("recoverable database {name}")))
            }
            ("GET", ["restorabledroppeddatabases"]) => {
                let values = server.dropped.iter().map(|own| own.to_json(server)).collect();
                Ok(paged(platform, call, |_| values, &format!("listed the dropped databases of {}", server.name)))
            }
            ("GET", ["restorabledroppeddatabases", _]) => {
                let found = server.dropped.iter().find(|own| own.full_name().eq_ignore_ascii_case(name));
                Ok(shown(call, found.map(|own| own.to_json(server)), &format!("dropped database {name}")))
            }
            ("GET", ["databases", _]) => Ok(self.get_database(platform, call, server, name)),
            ("PUT", ["databases", _]) => {
                let body = call.body(match server.host {
                    SqlHost::Server => bodies::check_database,
                    SqlHost::ManagedInstance => bodies::check_managed_database,
                })?;
                body.map_or_else(Ok, |body| self.put_database(platform, call, server, name, &body))
            }
            ("DELETE", ["databases", _]) => Ok(self.delete_database(platform, call, server, name)),
            _ if server.host == SqlHost::ManagedInstance => self.on_managed_instance(call, server, words, name),
            _ => self.on_server(platform, call, server, words, name),
        }
    }

    /// What only logical servers have.
    fn on_server(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        server: &SqlServer,
        words: &[&str],
        name: &str,
    ) -> Result<ServiceAnswer, Unmodelled> {
        match (call.request.method.as_str(), words) {
            ("GET", ["elasticpools", _]) => {
                Ok(match server.pools.iter().find(|pool| pool.eq_ignore_ascii_case(name)) {
                    Some(pool) => {
                        let id = format!("{}/elasticPools/{pool}", server.id());
                        let body = json!({"id": id, "name": pool, "type": "Microsoft.Sql/servers/elasticPools",
                        "location": server.location, "properties": {"state": "Ready"}});
                        ServiceAnswer::new(Reply::json(200, &body), format!("looked at elastic pool {pool}"))
                    }
                    None => missing(call, &format!("elastic pool {name}")),
                })
            }
            ("GET", ["databases", _, "operations"]) => Ok(self.list_operations(platform, call, server, name)),
            ("POST", ["databases", _, "operations", operation, "cancel"]) => {
                Ok(self.cancel(platform, call, server, name, operation))
            }
            _ => Err(call.unmodelled()),
        }
    }

    /// What only managed instances have.
    fn on_managed_instance(
        &mut self,
        call: &ArmCall<'_>,
        server: &SqlServer,
        words: &[&str],
        name: &str,
    ) -> Result<ServiceAnswer, Unmodelled> {
        match (call.request.method.as_str(), words) {
            ("GET", ["databases", _, "restoredetails", "default"]) => Ok(self.restore_details(call, server, name)),
            _ => Err(call.unmodelled()),
        }
    }
}

fn shown(call: &ArmCall<'_>, found: Option<Value>, what: &str) -> ServiceAnswer {
    match found {
        Some(body) => ServiceAnswer::new(Reply::json(200, &body), format!("looked at {what}")),
        None => missing(call, what),
    }
}

fn missing(call: &ArmCall<'_>, what: &str) -> ServiceAnswer {
    let note = format!("asked for {what}, which does not exist");
    ServiceAnswer::new(refusal(404, "ResourceNotFound", "The requested resource was not found.", call), note)
}

/// An error in the envelope of Resource Manager, without the facts of the backup services.
pub(super) fn refusal(status: u16, code: &str, message: &str, _: &ArmCall<'_>) -> Reply {
    Reply::json(status, &json!({"error": {"code": code, "message": message}})).header("x-ms-failure-cause", "service")
}

/// Lists of long-term backups of a region, a server or a database, and one of them.
fn long_term(
    platform: &mut Platform,
    call: &ArmCall<'_>,
    location: &str,
    words: &[&str],
) -> Result<ServiceAnswer, Unmodelled> {
    let host = |hosts: &str| match hosts {
        "longtermretentionservers" | "longtermretentionbackups" => Some(SqlHost::Server),
        "longtermretentionmanagedinstances" | "longtermretentionmanagedinstancebackups" => {
            Some(SqlHost::ManagedInstance)
        }
        _ => None,
    };
    let (host, server, database, backup) = match words {
        [backups] => (host(backups), None, None, None),
        [hosts, server, backups] if host(hosts) == host(backups) => (host(hosts), Some(*server), None, None),
        [hosts, server, "longtermretentiondatabases", database, backups] if host(hosts) == host(backups) => {
            (host(hosts), Some(*server), Some(*database), None)
        }
        [hosts, server, "longtermretentiondatabases", database, backups, name] if host(hosts) == host(backups) => {
            (host(hosts), Some(*server), Some(*database), Some(*name))
        }
        _ => return Err(call.unmodelled()),
    };
    let Some(host) = host else { return Err(call.unmodelled()) };
    let fits = |own: &&LongTermBackup| {
        own.host == host
            && own.subscription.eq_ignore_ascii_case(call.subscription)
            && own.location.eq_ignore_ascii_case(location)
            && call.resource_group.is_none_or(|group| group.eq_ignore_ascii_case(&own.resource_group))
            && server.is_none_or(|server| server.eq_ignore_ascii_case(&own.server))
            && database.is_none_or(|database| database.eq_ignore_ascii_case(&own.database))
            && backup.is_none_or(|name| name.eq_ignore_ascii_case(&own.name))
    };
    let mut found: Vec<LongTermBackup> = platform.world.long_term_backups().iter().filter(fits).cloned().collect();
    let with_group = call.resource_group.is_some();
    if let Some(name) = backup {
        let body = found.first().map(|own| own.to_json(with_group));
        let note = format!("long-term backup {name}");
        return Ok(match body {
            Some(body) => ServiceAnswer::new(Reply::json(200, &body), format!("looked at {note}")),
            None => {
                let reply = refusal(404, "LtrBackupNotFound", "The long-term backup was not found.", call);
                ServiceAnswer::new(reply, format!("asked for {note}, which does not exist"))
            }
        });
    }
    match call.request.query("databaseState").as_deref() {
        Some("Live") => found.retain(|own| own.database_deleted.is_none()),
        Some("Deleted") => found.retain(|own| own.database_deleted.is_some()),
        _ => {}
    }
    if call.request.query("onlyLatestPerDatabase").as_deref() == Some("true") {
        let all = found.clone();
        found.retain(|own| {
            let same = |other: &&LongTermBackup| other.server == own.server && other.database == own.database;
            all.iter().filter(same).map(|other| other.time).max() == Some(own.time)
        });
    }
    let values = found.iter().map(|own| own.to_json(with_group)).collect();
    Ok(paged(platform, call, |_| values, "listed the long-term backups"))
}

/// An error of a restore, as an operation shows it.
pub(super) fn error_of(errors: &[ServiceError]) -> Value {
    let (code, message) = errors
        .first()
        .map_or(("InternalServerError", "The restore failed."), |error| (error.code.as_str(), error.message.as_str()));
    json!({"code": code, "message": message})
}

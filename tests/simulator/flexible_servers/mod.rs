//! Microsoft.DBforPostgreSQL and Microsoft.DBforMySQL: flexible servers, and restores that make new ones.
//!
//! # Known differences from Azure
//!
//! - A restore is moved by reads of its operation and of its server, never by time.
//! - A PUT that makes a server otherwise than from a backup, changes of a server, and what lies on one are answered 501.
//! - A restore of right shape that cannot be done is refused 400 or 409 at once. No codes are published: all of them are ours.
//! - A server is there from the PUT on, with the tags of the PUT, and is `Provisioning` (PostgreSQL) or `Updating` (MySQL)
//!   until it is made. If the restore fails, it is gone. None of this is recorded.
//! - A region is paired with one other, which is North Europe.
//! - The answer behind the `Location` of MySQL is 202 while the restore runs, then the document with a status that is described.
//! - What a server inherits from its source is its version, login, size and network; tags are not.
//! - A deletion is done at once, and answered 202. A PostgreSQL server that is deleted can be revived.

pub mod bodies;
pub mod control;
pub mod restore;
pub mod servers;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::marker::PhantomData;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::JobFacts;
use super::arm::{ArmCall, ServiceAnswer, Unmodelled};
use super::clock::with_seconds;
use super::error::{ServiceError, not_found};
use super::message::Reply;
use super::platform::Platform;
use super::script::{Ending, JobView, Progress};
use super::service::{Parts, Services, SimulatedService};
use restore::ServerRestore;
use servers::ExistingServers;

/// What tells one of the two services from the other.
pub trait Engine: Clone + std::fmt::Debug + Default + Send + Sync + 'static {
    const NAMESPACE: &'static str;
    const API_VERSION: &'static str;
    /// The group of its servers, for whoever asks for ids.
    const THINGS: &'static str;
    /// The member that says when.
    const POINT: &'static str;
    /// Whether a geo-restore names an instant.
    const GEO_NEEDS_POINT: bool;
    /// Whether a deleted server can be revived.
    const REVIVES: bool;
    /// Whether an operation has a document with a status beside its result.
    const HAS_STATUS_URL: bool;
    /// What a server says while it is made.
    const MAKING: &'static str;
    const DOMAIN: &'static str;
    const VERSION: &'static str;
    const DNS_ZONE: &'static str;

    fn servers(parts: &Parts) -> &ExistingServers<Self>;
    fn servers_mut(parts: &mut Parts) -> &mut ExistingServers<Self>;
    fn service_mut(services: &mut Services) -> &mut FlexibleServers<Self>;
}

#[derive(Clone, Debug, Default)]
pub struct PostgreSql;

impl Engine for PostgreSql {
    const NAMESPACE: &'static str = "Microsoft.DBforPostgreSQL";
    const API_VERSION: &'static str = "2026-10-01";
    const THINGS: &'static str = "postgresql_flexible_servers";
    const POINT: &'static str = "pointInTimeUTC";
    const GEO_NEEDS_POINT: bool = true;
    const REVIVES: bool = true;
    const HAS_STATUS_URL: bool = true;
    const MAKING: &'static str = "Provisioning";
    const DOMAIN: &'static str = "postgres.database.azure.com";
    const VERSION: &'static str = "16";
    const DNS_ZONE: &'static str = "privateDnsZoneArmResourceId";

    fn servers(parts: &Parts) -> &ExistingServers<Self> {
        &parts.postgresql
    }

    fn servers_mut(parts: &mut Parts) -> &mut ExistingServers<Self> {
        &mut parts.postgresql
    }

    fn service_mut(services: &mut Services) -> &mut FlexibleServers<Self> {
        &mut services.postgresql
    }
}

#[derive(Clone, Debug, Default)]
pub struct MySql;

impl Engine for MySql {
    const NAMESPACE: &'static str = "Microsoft.DBforMySQL";
    const API_VERSION: &'static str = "2024-12-30";
    const THINGS: &'static str = "mysql_flexible_servers";
    const POINT: &'static str = "restorePointInTime";
    const GEO_NEEDS_POINT: bool = false;
    const REVIVES: bool = false;
    const HAS_STATUS_URL: bool = false;
    const MAKING: &'static str = "Updating";
    const DOMAIN: &'static str = "mysql.database.azure.com";
    const VERSION: &'static str = "8.0.21";
    const DNS_ZONE: &'static str = "privateDnsZoneResourceId";

    fn servers(parts: &Parts) -> &ExistingServers<Self> {
        &parts.mysql
    }

    fn servers_mut(parts: &mut Parts) -> &mut ExistingServers<Self> {
        &mut parts.mysql
    }

    fn service_mut(services: &mut Services) -> &mut FlexibleServers<Self> {
        &mut services.mysql
    }
}

/// What goes on in one of the services.
#[derive(Clone, Debug)]
pub struct FlexibleServers<E> {
    pub restores: Vec<ServerRestore>,
    /// Whether a server is shown before it is made. What Azure does is not documented.
    pub shows_what_it_makes: bool,
    /// `Retry-After` of the 202, in seconds; `None` leaves the header out.
    pub retry_after: Option<u32>,
    /// What the server of each further restore says once its operation is over, one word for each read; the last stays.
    pub next_words: VecDeque<Vec<String>>,
    engine: PhantomData<E>,
}

impl<E> Default for FlexibleServers<E> {
    fn default() -> Self {
        Self {
            restores: Vec::new(),
            shows_what_it_makes: true,
            retry_after: Some(15),
            next_words: VecDeque::new(),
            engine: PhantomData,
        }
    }
}

impl<E: Engine> SimulatedService for FlexibleServers<E> {
    fn namespace(&self) -> &'static str {
        E::NAMESPACE
    }

    fn resource_types(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn answer(&mut self, platform: &mut Platform, call: &ArmCall<'_>) -> Result<ServiceAnswer, Unmodelled> {
        if let Some(refusal) = call.check_api_version(E::NAMESPACE, &[E::API_VERSION]) {
            return Ok(refusal);
        }
        let words: Vec<String> = call.resource.iter().map(|segment| segment.to_lowercase()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match (call.request.method.as_str(), words.as_slice()) {
            (method, ["flexibleservers", name]) if call.resource_group.is_some() => match method {
                "GET" => Ok(self.get_server(platform, call, name)),
                "PUT" => {
                    let body = call.body(bodies::check_server::<E>)?;
                    body.map_or_else(Ok, |body| self.put_server(platform, call, name, &body))
                }
                "DELETE" => Ok(self.delete_server(platform, call, name)),
                _ => Err(call.unmodelled()),
            },
            ("GET", ["locations", _, "azureasyncoperation", id]) if E::HAS_STATUS_URL => {
                Ok(self.operation_status(platform, call, id))
            }
            ("GET", ["locations", _, "operationresults", id]) => Ok(self.operation_result(platform, call, id)),
            _ => Err(call.unmodelled()),
        }
    }

    fn jobs(&self) -> Vec<JobFacts> {
        self.restores.iter().map(ServerRestore::facts::<E>).collect()
    }

    fn move_job(&mut self, platform: &mut Platform, id: &str, change: &mut dyn FnMut(&mut Progress)) -> bool {
        let is_it = |own: &&mut ServerRestore| {
            own.id.eq_ignore_ascii_case(id) || own.server_id.eq_ignore_ascii_case(id.trim_end_matches('/'))
        };
        let Some(restore) = self.restores.iter_mut().rev().find(is_it) else { return false };
        change(&mut restore.progress);
        restore.settle::<E>(&mut platform.world, platform.clock.now());
        true
    }

    fn end_operations(&mut self, _: OffsetDateTime) {}
}

impl<E: Engine> FlexibleServers<E> {
    fn id_of(call: &ArmCall<'_>, name: &str) -> String {
        servers::id::<E>(call.subscription, call.resource_group.unwrap_or_default(), name)
    }

    fn restore_of(&mut self, id: &str) -> Option<&mut ServerRestore> {
        self.restores.iter_mut().rev().find(|own| own.server_id.eq_ignore_ascii_case(id))
    }

    /// A look at a server moves the restore that makes it.
    fn get_server(&mut self, platform: &mut Platform, call: &ArmCall<'_>, name: &str) -> ServiceAnswer {
        let (id, now) = (Self::id_of(call, name), platform.clock.now());
        let mut word = None;
        let hides = !self.shows_what_it_makes;
        if let Some(restore) = self.restore_of(&id) {
            let view = restore.is_running().then(|| restore.look::<E>(&mut platform.world, now));
            match view {
                Some(JobView::ServerError) => return server_error(),
                Some(JobView::Running(_) | JobView::Bare) if hides => {
                    let note = format!("asked for server {name}, which is not shown before it is made");
                    return ServiceAnswer::new(not_found(&id), note);
                }
                Some(JobView::Running(_) | JobView::Bare) => word = Some(E::MAKING.to_owned()),
                _ if restore.words.len() > 1 => word = restore.words.pop_front(),
                _ => word = restore.words.front().cloned(),
            }
        }
        if let Some(found) = E::servers(&platform.world.parts).with_id(&id) {
            let state = word.unwrap_or_else(|| found.state.clone());
            let reply = Reply::json(200, &found.to_json(&state));
            return ServiceAnswer::new(reply, format!("looked at server {name}: {state}"));
        }
        ServiceAnswer::new(not_found(&id), format!("asked for server {name}, which does not exist"))
    }

    fn delete_server(&mut self, platform: &mut Platform, call: &ArmCall<'_>, name: &str) -> ServiceAnswer {
        let (id, now) = (Self::id_of(call, name), platform.clock.now());
        if E::servers(&platform.world.parts).with_id(&id).is_none() {
            return ServiceAnswer::new(Reply::empty(204), format!("deleted server {name}, which does not exist"));
        }
        if let Some(restore) = self.restore_of(&id).filter(|restore| restore.is_running()) {
            restore.progress.finish(Ending::Cancelled);
            restore.settle::<E>(&mut platform.world, now);
        }
        E::servers_mut(&mut platform.world.parts).delete(&id, now);
        let url = format!("{}{}", platform.endpoint, call.request.path());
        ServiceAnswer::new(Reply::empty(202).header("location", url), format!("deleted server {name}"))
    }

    fn look(&mut self, platform: &mut Platform, id: &str) -> Option<(JobView, ServerRestore)> {
        let now = platform.clock.now();
        let restore = self.restores.iter_mut().find(|own| own.id.eq_ignore_ascii_case(id))?;
        let view = restore.look::<E>(&mut platform.world, now);
        Some((view, restore.clone()))
    }

    /// The document at `Azure-AsyncOperation`.
    fn operation_status(&mut self, platform: &mut Platform, call: &ArmCall<'_>, id: &str) -> ServiceAnswer {
        let note = "followed the operation of the restore";
        let Some((view, restore)) = self.look(platform, id) else {
            return ServiceAnswer::new(not_found(call.request.path()), format!("{note}, which does not exist"));
        };
        match status(&view, &restore) {
            Some(body) => {
                let word = body["status"].as_str().unwrap_or("nearly nothing").to_owned();
                ServiceAnswer::new(Reply::json(200, &body), format!("{note}: {word}"))
            }
            None if view == JobView::Missing => {
                ServiceAnswer::new(not_found(call.request.path()), format!("{note}, whose record is gone"))
            }
            None => server_error(),
        }
    }

    /// The answer at `Location`: 202 while it runs.
    fn operation_result(&mut self, platform: &mut Platform, call: &ArmCall<'_>, id: &str) -> ServiceAnswer {
        let note = "asked for the result of the restore";
        let Some((view, restore)) = self.look(platform, id) else {
            return ServiceAnswer::new(not_found(call.request.path()), format!("{note}, which does not exist"));
        };
        match (&view, status(&view, &restore)) {
            (JobView::Running(_) | JobView::Bare, _) => {
                ServiceAnswer::new(Reply::empty(202).header("retry-after", "15"), format!("{note}: it runs"))
            }
            (JobView::Missing, _) => ServiceAnswer::new(not_found(call.request.path()), format!("{note}: it is gone")),
            (_, None) => server_error(),
            (JobView::Ended(Ending::Completed), _) if E::HAS_STATUS_URL => {
                match E::servers(&platform.world.parts).with_id(&restore.server_id) {
                    Some(own) => ServiceAnswer::new(Reply::json(200, &own.to_json(&own.state)), note.into()),
                    None => ServiceAnswer::new(not_found(&restore.server_id), format!("{note}: the server is gone")),
                }
            }
            (_, Some(body)) => ServiceAnswer::new(Reply::json(200, &body), format!("{note}: {}", body["status"])),
        }
    }
}

/// The status of an operation; none where there is no document.
fn status(view: &JobView, restore: &ServerRestore) -> Option<Value> {
    let mut body = json!({"name": restore.id, "status": "InProgress", "startTime": with_seconds(restore.started)});
    match view {
        JobView::Running(word) => body["status"] = json!(word),
        JobView::Bare => body = json!({}),
        JobView::ServerError | JobView::Missing => return None,
        JobView::Ended(Ending::Failed(errors)) => {
            body["status"] = json!("Failed");
            body["error"] = error_of(errors);
        }
        JobView::Ended(Ending::Cancelled) => body["status"] = json!("Canceled"),
        JobView::Ended(_) => body["status"] = json!("Succeeded"),
    }
    Some(body)
}

fn error_of(errors: &[ServiceError]) -> Value {
    let (code, message) = errors
        .first()
        .map_or(("InternalServerError", "The restore failed."), |error| (error.code.as_str(), error.message.as_str()));
    json!({"code": code, "message": message})
}

/// An error in the envelope of Resource Manager, without the facts of the backup services.
fn refusal(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": code, "message": message}})).header("x-ms-failure-cause", "service")
}

fn server_error() -> ServiceAnswer {
    let reply = refusal(500, "InternalServerError", "An unexpected error occurred.");
    ServiceAnswer::new(reply, "was answered with a server error".into())
}

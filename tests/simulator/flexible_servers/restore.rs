//! The PUT that makes a server out of the backups of another: what it asks for, whether Azure would do it, and what goes on
//! then.

use std::collections::VecDeque;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::JobFacts;
use super::super::arm::{ArmCall, ServiceAnswer, Unmodelled};
use super::super::journal::AcceptedRestore;
use super::super::makes::Makes;
use super::super::message::Reply;
use super::super::platform::Platform;
use super::super::regions;
use super::super::script::{Ending, JobScript, JobView, Progress};
use super::super::service::Parts;
use super::super::world::World;
use super::servers::{FlexibleServer, PAIRED_REGION};
use super::{Engine, FlexibleServers, refusal};

/// A restore that was accepted.
#[derive(Clone, Debug)]
pub struct ServerRestore {
    /// The GUID of its operation.
    pub id: String,
    /// ARM id of the new server.
    pub server_id: String,
    /// The name of the server that it is made of.
    pub source: String,
    /// What the tag says.
    pub activity_id: String,
    pub progress: Progress,
    pub started: OffsetDateTime,
    pub ended: Option<OffsetDateTime>,
    /// What the server says once the operation is over.
    pub words: VecDeque<String>,
}

/// The tag that says whose a server is.
const TAG: &str = "azurebackup-restore";

impl ServerRestore {
    pub fn facts<E: Engine>(&self) -> JobFacts {
        JobFacts {
            id: self.id.clone(),
            arm_id: self.server_id.clone(),
            instance: self.source.clone(),
            status: self.progress.ending().map_or("InProgress", Ending::word).to_owned(),
            activity_id: self.activity_id.clone(),
            cross_region: false,
            makes: Makes::FlexibleServer { id: self.server_id.clone() },
        }
    }

    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    /// One read that moves it.
    pub fn look<E: Engine>(&mut self, world: &mut World, now: OffsetDateTime) -> JobView {
        let view = self.progress.look();
        self.settle::<E>(world, now);
        view
    }

    /// To be called whenever it may have moved: fixes its end. A server whose restore did not end well is gone.
    pub fn settle<E: Engine>(&mut self, world: &mut World, now: OffsetDateTime) {
        if !self.is_running() {
            return;
        }
        let Some(ending) = self.progress.ending() else { return };
        self.ended = Some(now);
        let servers = E::servers_mut(&mut world.parts);
        if matches!(ending, Ending::Failed(_) | Ending::Cancelled) {
            servers.remove(&self.server_id);
        } else if let Some(own) = servers.with_id_mut(&self.server_id) {
            own.state = "Ready".into();
        }
    }
}

/// A code and a text, with the status of the refusal.
type ServerRefusal = (u16, &'static str, String);

impl<E: Engine> FlexibleServers<E> {
    pub(super) fn put_server(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        name: &str,
        body: &Value,
    ) -> Result<ServiceAnswer, Unmodelled> {
        let own = &body["properties"];
        let mode = own["createMode"].as_str().unwrap_or_default().to_lowercase();
        let now = platform.clock.now();
        let resource_type = format!("{}/flexibleServers", E::NAMESPACE);
        if let Some(refusal) = regions::refuse_unknown(body, &resource_type) {
            return Ok(refusal);
        }
        let source = match mode.as_str() {
            "pointintimerestore" => point_in_time::<E>(&platform.world.parts, body, now),
            "georestore" => geo::<E>(&platform.world.parts, body),
            "revivedropped" => revive::<E>(&platform.world.parts, body, now),
            _ => return Err(Unmodelled(format!("{}: createMode {mode}", call.unmodelled().0))),
        };
        let source = source.and_then(|source| {
            if E::servers(&platform.world.parts).with_name(name).is_some() {
                return Err((409, "ServerNameAlreadyExists", "Specified server name is already used.".to_owned()));
            }
            if own["network"]["delegatedSubnetResourceId"].is_string() && !source.is_private() {
                let text = "A server with public access cannot be restored into a virtual network.";
                return Err((400, "NetworkModeCannotChange", text.into()));
            }
            Ok(source)
        });
        match source {
            Ok(source) => Ok(self.accept(platform, call, name, body, source)),
            Err((status, code, message)) => {
                let note = format!("was refused a restore to server {name} ({code}: {message})");
                Ok(ServiceAnswer::new(refusal(status, code, &message), note))
            }
        }
    }

    fn accept(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        name: &str,
        body: &Value,
        source: FlexibleServer<E>,
    ) -> ServiceAnswer {
        let now = platform.clock.now();
        let own = &body["properties"];
        let mut script = platform.scripts.of_restore(&source.name);
        if let Some(failure) = platform.scripts.of_operation().failure {
            script = JobScript { steps: JobScript::ended(Ending::Failed(vec![failure])).steps, ..script };
        }
        let source_id = source.id();
        let source_name = source.name.clone();
        let mut server = source;
        server.name = name.to_owned();
        (server.created, server.earliest) = (now, None);
        server.subscription = call.subscription.to_owned();
        server.resource_group = call.resource_group.unwrap_or_default().to_owned();
        server.location = region_of(body);
        server.state = E::MAKING.into();
        server.tags = if body["tags"].is_object() { body["tags"].clone() } else { json!({}) };
        server.identity = body["identity"].clone();
        let given = |value: &Value, other: &mut Value| {
            if !value.is_null() {
                *other = value.clone();
            }
        };
        given(&body["sku"], &mut server.sku);
        given(&own["network"], &mut server.network);
        given(&own["dataEncryption"], &mut server.encryption);
        server.zone = own["availabilityZone"].as_str().unwrap_or("1").to_owned();
        server.storage_gb = own["storage"]["storageSizeGB"].as_i64().unwrap_or(server.storage_gb);
        server.retention_days = own["backup"]["backupRetentionDays"].as_i64().unwrap_or(server.retention_days);
        if let Some(word) = own["backup"]["geoRedundantBackup"].as_str() {
            server.geo_redundant = word.eq_ignore_ascii_case("Enabled");
        }
        let activity_id = server.tags[TAG].as_str().unwrap_or_default().to_owned();
        let (server_id, location) = (server.id(), server.location.clone());
        E::servers_mut(&mut platform.world.parts).servers.push(server);
        let id = platform.mint.uuid().to_string();
        let accepted = AcceptedRestore {
            job_id: id.clone(),
            job: server_id.clone(),
            item: source_id,
            client_request_id: call.request.headers.get("x-ms-client-request-id").map(str::to_owned),
        };
        self.restores.push(ServerRestore {
            id: id.clone(),
            server_id,
            source: source_name.clone(),
            activity_id,
            progress: Progress::new(script),
            started: now,
            ended: None,
            words: self.next_words.pop_front().unwrap_or_default().into(),
        });
        let base = format!(
            "{}/subscriptions/{}/providers/{}/locations/{location}",
            platform.operation_endpoint(),
            call.subscription,
            E::NAMESPACE,
        );
        let version = &call.api_version;
        let mut reply =
            Reply::empty(202).header("location", format!("{base}/operationResults/{id}?api-version={version}"));
        if E::HAS_STATUS_URL {
            let url = format!("{base}/azureAsyncOperation/{id}?api-version={version}");
            reply = reply.header("azure-asyncoperation", url);
        }
        if let Some(seconds) = self.retry_after {
            reply.headers.set("retry-after", seconds.to_string());
        }
        let mut answer = ServiceAnswer::new(reply, format!("restored {source_name} as server {name}"));
        answer.accepted_restore = Some(accepted);
        answer
    }
}

fn region_of(body: &Value) -> String {
    body["location"].as_str().unwrap_or_default().replace(' ', "").to_lowercase()
}

fn source_id(body: &Value) -> Result<&str, ServerRefusal> {
    let id = body["properties"]["sourceServerResourceId"].as_str();
    id.ok_or((400, "SourceServerMissing", "The source is missing.".to_owned()))
}

fn live<E: Engine>(parts: &Parts, body: &Value) -> Result<FlexibleServer<E>, ServerRefusal> {
    let found = E::servers(parts).with_id(source_id(body)?).cloned();
    found.ok_or((404, "SourceServerNotFound", "There is no such server.".to_owned()))
}

fn point_in_time<E: Engine>(
    parts: &Parts,
    body: &Value,
    now: OffsetDateTime,
) -> Result<FlexibleServer<E>, ServerRefusal> {
    let at = instant::<E>(body)?.ok_or((400, "PointInTimeMissing", "The point in time is missing.".to_owned()))?;
    let found = live::<E>(parts, body)?;
    if found.location != region_of(body) {
        return Err((400, "RegionCannotChange", "A restore to a point in time stays in its region.".into()));
    }
    if found.earliest.is_none_or(|earliest| at < earliest) || at > now {
        return Err((400, "InvalidPointInTime", "The point in time cannot be restored.".into()));
    }
    Ok(found)
}

fn geo<E: Engine>(parts: &Parts, body: &Value) -> Result<FlexibleServer<E>, ServerRefusal> {
    if instant::<E>(body)?.is_some() != E::GEO_NEEDS_POINT {
        return Err((400, "InvalidPointInTime", "A point in time is missing, or too much.".into()));
    }
    let found = live::<E>(parts, body)?;
    if !found.geo_redundant {
        return Err((400, "GeoRedundantBackupNotEnabled", "The backups of the source are not replicated.".into()));
    }
    if region_of(body) != PAIRED_REGION {
        return Err((400, "RegionNotPaired", "The backups are not replicated to this region.".into()));
    }
    if E::REVIVES && !(body["sku"].is_null() && body["properties"]["storage"].is_null()) {
        return Err((400, "SizeCannotChange", "A geo-restore keeps compute and storage.".into()));
    }
    Ok(found)
}

fn revive<E: Engine>(parts: &Parts, body: &Value, now: OffsetDateTime) -> Result<FlexibleServer<E>, ServerRefusal> {
    let at = instant::<E>(body)?.ok_or((400, "PointInTimeMissing", "The point in time is missing.".to_owned()))?;
    let id = source_id(body)?;
    let found = E::servers(parts).deleted.iter().rev().find(|own| own.id.eq_ignore_ascii_case(id));
    let found = found.ok_or((404, "SourceServerNotFound", "There is no such deleted server.".to_owned()))?;
    if found.location != region_of(body) {
        return Err((400, "RegionCannotChange", "A deleted server comes back in its region.".into()));
    }
    if at < found.deleted || at > now || now - found.deleted > time::Duration::days(5) {
        return Err((400, "InvalidPointInTime", "The point in time cannot be restored.".into()));
    }
    let name = id.rsplit('/').next().unwrap_or_default();
    Ok(FlexibleServer::new(name, found.deleted))
}

fn instant<E: Engine>(body: &Value) -> Result<Option<OffsetDateTime>, ServerRefusal> {
    match body["properties"][E::POINT].as_str() {
        None => Ok(None),
        Some(text) => OffsetDateTime::parse(text, &Rfc3339)
            .map(Some)
            .map_err(|_| (400, "InvalidPointInTime", "That is no point in time.".to_owned())),
    }
}

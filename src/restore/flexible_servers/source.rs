//! What a server is made of: the backups of which server, whether it is there, and as it was when.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::BuildServerRequest;
use crate::azure::deadline::Deadline;
use crate::azure::flexible_servers::{
    Engine, FlexibleServerId, FlexibleServers, ServerCreateMode, ServerPoint, ServerRestoreRequest, ServerSource,
};
use crate::azure::timestamp;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::{RestoreError, not_there};
use crate::restore::restored_resource::{RestoreSource, missing, within};
use crate::restore::service::{Resolved, RestoreItem};

/// Where a server comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerSourceKind {
    /// A server that lives.
    Live,
    /// What was replicated to the paired region.
    Geo,
    /// A server that was deleted.
    Dropped,
}

/// As it was when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerTime {
    /// Then.
    At(OffsetDateTime),
    /// When the restore is sent.
    Latest,
}

/// The backups that are restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerToRestore {
    /// See [`ServerSourceKind::Live`].
    Live(FlexibleServerId, ServerTime),
    /// See [`ServerSourceKind::Geo`]. Its region may be down, so nothing is asked of the server.
    Geo(FlexibleServerId),
    /// See [`ServerSourceKind::Dropped`].
    Dropped(FlexibleServerId, OffsetDateTime),
}

/// What a server is made of, and where it goes.
pub struct FlexibleServerSource {
    /// The calls.
    pub client: FlexibleServers,
    /// The backups.
    pub backup: ServerToRestore,
    /// The argument that names them.
    pub argument: ArgumentPath,
    /// The argument that says when.
    pub point_argument: ArgumentPath,
    /// The region of the new server, where the source does not say it.
    pub region: Option<String>,
    /// The argument that names the region.
    pub region_argument: ArgumentPath,
    /// The argument that puts the new server into a virtual network, if it does.
    pub subnet_argument: Option<ArgumentPath>,
    /// Makes the body of the request.
    pub build: Box<BuildServerRequest>,
}

impl FlexibleServerSource {
    /// Looks whether the source is there and holds the instant.
    async fn find(&self, deadline: &Deadline, now: OffsetDateTime) -> Result<FoundServer, RestoreError> {
        match &self.backup {
            ServerToRestore::Live(id, time) => {
                let found = self.client.server(id, deadline).await.map_err(|error| {
                    let dropped = match id.engine() {
                        Engine::PostgreSql => " If it was deleted less than five days ago, restore it with `dropped`.",
                        Engine::MySql => "",
                    };
                    let text = format!("{} Check the ID.{dropped}", not_there("flexible server", id.resource_id()));
                    missing(error, self.argument.clone(), text)
                })?;
                let at = match time {
                    ServerTime::At(at) => {
                        within("server", *at, found.earliest_restore_date, now, &self.point_argument)?;
                        *at
                    }
                    ServerTime::Latest => now,
                };
                Ok(FoundServer {
                    source: body(ServerCreateMode::PointInTimeRestore, id, Some(at)),
                    region: found.location.map(|location| location.as_str().to_owned()),
                    time: Some(at),
                    in_virtual_network: Some(found.delegated_subnet_id.is_some()),
                })
            }
            ServerToRestore::Geo(id) => {
                // PostgreSQL wants an instant although there is one state only; that of MySQL has none
                // (docs/reference/azure-flexible-servers.md#restores).
                let at = (id.engine() == Engine::PostgreSql).then_some(now);
                let source = body(ServerCreateMode::GeoRestore, id, at);
                Ok(FoundServer { source, region: None, time: None, in_virtual_network: None })
            }
            ServerToRestore::Dropped(id, at) => {
                let source = body(ServerCreateMode::ReviveDropped, id, Some(*at));
                Ok(FoundServer { source, region: None, time: Some(*at), in_virtual_network: None })
            }
        }
    }

    fn region(&self, found: Option<String>) -> Result<String, RestoreError> {
        let missing = || {
            let text = "The region of the new server is not known: Azure does not say in which region the source is.";
            RestoreError::wrong(self.region_argument.clone(), text)
        };
        found.or_else(|| self.region.clone()).ok_or_else(missing)
    }

    /// Azure does not restore across this border (docs/reference/azure-flexible-servers.md#limits).
    fn network_is_kept(&self, in_virtual_network: Option<bool>) -> Result<(), RestoreError> {
        match (&self.subnet_argument, in_virtual_network) {
            (Some(argument), Some(false)) => {
                let text = "The source has public access. Azure does not restore it into a virtual network. Remove \
                            this argument.";
                Err(RestoreError::wrong(argument.clone(), text))
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl RestoreSource<ServerRestoreRequest> for FlexibleServerSource {
    fn item(&self) -> RestoreItem {
        RestoreItem { id: self.backup.id().to_string(), argument: self.argument.clone() }
    }

    async fn resolve(
        &self,
        deadline: &Deadline,
        now: OffsetDateTime,
    ) -> Result<Resolved<ServerRestoreRequest>, RestoreError> {
        let found = self.find(deadline, now).await?;
        self.network_is_kept(found.in_virtual_network)?;
        let request = (self.build)(self.region(found.region)?, found.source)?;
        Ok(Resolved { request, recovery_point_id: None, recovery_point_time: found.time })
    }
}

/// A source that was looked at, as far as it can be.
#[derive(Debug)]
struct FoundServer {
    /// As the body names it.
    source: ServerSource,
    /// The region of the server; none where it was not asked.
    region: Option<String>,
    /// The instant that is restored; none where Azure chooses.
    time: Option<OffsetDateTime>,
    /// Whether it lies in a virtual network; none where it was not asked.
    in_virtual_network: Option<bool>,
}

impl ServerToRestore {
    /// The server whose backups are restored.
    fn id(&self) -> &FlexibleServerId {
        match self {
            Self::Live(id, _) | Self::Geo(id) | Self::Dropped(id, _) => id,
        }
    }
}

fn body(create_mode: ServerCreateMode, id: &FlexibleServerId, at: Option<OffsetDateTime>) -> ServerSource {
    let point = at.map(timestamp::write).map(|at| match id.engine() {
        Engine::PostgreSql => ServerPoint::PostgreSql(at),
        Engine::MySql => ServerPoint::MySql(at),
    });
    ServerSource { create_mode, source_server_resource_id: id.resource_id().decoded(), point }
}

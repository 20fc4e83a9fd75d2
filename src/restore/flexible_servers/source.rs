//! What a server is made of: the backups of which server, whether it is there, and as it was when.

use time::OffsetDateTime;

use crate::azure::deadline::Deadline;
use crate::azure::flexible_servers::{
    Engine, FlexibleServerId, FlexibleServers, ServerCreateMode, ServerPoint, ServerSource,
};
use crate::azure::timestamp;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::record::instant;
use crate::restore::tagged_target::missing;

/// Where a server comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
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
    /// See [`SourceKind::Live`].
    Live(FlexibleServerId, ServerTime),
    /// See [`SourceKind::Geo`]. Its region may be down, so nothing is asked of the server.
    Geo(FlexibleServerId),
    /// See [`SourceKind::Dropped`].
    Dropped(FlexibleServerId, OffsetDateTime),
}

/// A source that was looked at, as far as it can be.
#[derive(Debug)]
pub(super) struct FoundSource {
    /// As the body names it.
    pub(super) source: ServerSource,
    /// The region of the server; none where it was not asked.
    pub(super) region: Option<String>,
    /// The instant that is restored; none where Azure chooses.
    pub(super) time: Option<OffsetDateTime>,
    /// Whether it lies in a virtual network; none where it was not asked.
    pub(super) in_virtual_network: Option<bool>,
}

impl ServerToRestore {
    /// The server whose backups are restored.
    pub(super) fn id(&self) -> &FlexibleServerId {
        match self {
            Self::Live(id, _) | Self::Geo(id) | Self::Dropped(id, _) => id,
        }
    }

    /// Looks whether it is there and holds the instant; `argument` names it.
    pub(super) async fn find(
        &self,
        client: &FlexibleServers,
        argument: &ArgumentPath,
        deadline: &Deadline,
        now: OffsetDateTime,
    ) -> Result<FoundSource, RestoreError> {
        match self {
            Self::Live(id, time) => {
                let found = client.server(id, deadline).await.map_err(|error| {
                    let dropped = match id.engine() {
                        Engine::PostgreSql => " If it was deleted less than five days ago, restore it with `dropped`.",
                        Engine::MySql => "",
                    };
                    let text = format!("There is no flexible server {id}.{dropped}");
                    missing(error, argument.clone(), text)
                })?;
                let at = match time {
                    ServerTime::At(at) => {
                        within(*at, found.earliest_restore_date, now, &argument.sibling("point_in_time"))?;
                        *at
                    }
                    ServerTime::Latest => now,
                };
                Ok(FoundSource {
                    source: body(ServerCreateMode::PointInTimeRestore, id, Some(at)),
                    region: found.location.map(|location| location.as_str().to_owned()),
                    time: Some(at),
                    in_virtual_network: Some(found.delegated_subnet_id.is_some()),
                })
            }
            Self::Geo(id) => {
                // PostgreSQL wants an instant although there is one state only; that of MySQL has none
                // (docs/reference/azure-flexible-servers.md#restores).
                let at = (id.engine() == Engine::PostgreSql).then_some(now);
                let source = body(ServerCreateMode::GeoRestore, id, at);
                Ok(FoundSource { source, region: None, time: None, in_virtual_network: None })
            }
            Self::Dropped(id, at) => {
                let source = body(ServerCreateMode::ReviveDropped, id, Some(*at));
                Ok(FoundSource { source, region: None, time: Some(*at), in_virtual_network: None })
            }
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

/// Whether the instant can be restored, as far as Azure says. The bounds belong to it.
fn within(
    at: OffsetDateTime,
    earliest: Option<OffsetDateTime>,
    latest: OffsetDateTime,
    argument: &ArgumentPath,
) -> Result<(), RestoreError> {
    if let Some(earliest) = earliest.filter(|earliest| at < *earliest) {
        let text = format!(
            "The server can be restored to {} at the earliest. {} is before that: its backups are deleted, or the \
             server did not exist yet.",
            instant(earliest),
            instant(at)
        );
        return Err(RestoreError::wrong(argument.clone(), text));
    }
    if at > latest {
        let text = format!("{} is in the future. It is {} now.", instant(at), instant(latest));
        return Err(RestoreError::wrong(argument.clone(), text));
    }
    Ok(())
}

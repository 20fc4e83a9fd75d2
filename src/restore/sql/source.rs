//! What a database is made of: which backup, whether it is there, and of when it is.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::host::{DatabaseHost, HostNames};
use crate::azure::child_id::ParentId;
use crate::azure::deadline::Deadline;
use crate::azure::sql::{ElasticPoolId, LongTermId, Sql};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::{RestoreError, not_there};
use crate::restore::restored_resource::{RestoreSource, missing, within};
use crate::restore::service::{Resolved, RestoreItem};

/// Where a database comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// The newest geo-replicated backup.
    Geo,
    /// A database that lives.
    Live,
    /// A database that was dropped.
    Dropped,
    /// A long-term backup.
    LongTerm,
}

/// The backup that is restored.
pub enum DatabaseToRestore<H: DatabaseHost> {
    /// See [`SourceKind::Geo`].
    Geo(H::Recoverable),
    /// See [`SourceKind::Live`].
    Live(H::Database, OffsetDateTime),
    /// See [`SourceKind::Dropped`]; without an instant: the moment of its end.
    Dropped(H::Dropped, Option<OffsetDateTime>),
    /// See [`SourceKind::LongTerm`].
    LongTerm(LongTermId<H::LongTermOwner>),
}

/// Makes the body, once the region of the host and the source are known.
pub type BuildDatabaseRequest<H> =
    dyn Fn(String, <H as DatabaseHost>::Source) -> Result<<H as DatabaseHost>::Request, RestoreError> + Send + Sync;

/// What a database is made of, and where it goes.
pub struct DatabaseRestoreSource<H: DatabaseHost> {
    /// The calls.
    pub client: Sql,
    /// The server or instance that is restored onto, with the argument that names it.
    pub host: (ArgumentPath, H::Id),
    /// The pool that it goes into, with the argument that names it. Only logical servers have some.
    pub elastic_pool: Option<(ArgumentPath, ElasticPoolId)>,
    /// The backup.
    pub backup: DatabaseToRestore<H>,
    /// The argument that names it.
    pub argument: ArgumentPath,
    /// Makes the body of the request.
    pub build: Box<BuildDatabaseRequest<H>>,
}

/// A backup that was found to be there.
struct FoundBackup {
    /// The name of the backup, where there are several.
    point_id: Option<String>,
    /// The instant that is restored.
    time: Option<OffsetDateTime>,
}

impl<H: DatabaseHost> DatabaseRestoreSource<H> {
    /// The region of the host that is restored onto.
    async fn region(&self, deadline: &Deadline) -> Result<String, RestoreError> {
        let (argument, id) = &self.host;
        let host = H::NAMES.host;
        let region = H::region(&self.client, id, deadline).await.map_err(|error| {
            let text = format!("{} Check `{argument}`.", not_there(host, id.resource_id()));
            missing(error, argument.clone(), text)
        })?;
        region.map(|region| region.as_str().to_owned()).ok_or_else(|| {
            let text = format!(
                "Azure does not say in which region the {host} lies, so a restore onto it cannot be asked for."
            );
            RestoreError::wrong(argument.clone(), text)
        })
    }

    async fn pool_is_there(&self, deadline: &Deadline) -> Result<(), RestoreError> {
        let Some((argument, id)) = &self.elastic_pool else { return Ok(()) };
        match self.client.elastic_pool(id, deadline).await {
            Ok(_) => Ok(()),
            Err(error) => Err(missing(error, argument.clone(), format!("There is no elastic pool {id}."))),
        }
    }

    /// Looks whether the backup is there and holds the instant.
    async fn find(&self, deadline: &Deadline, now: OffsetDateTime) -> Result<FoundBackup, RestoreError> {
        let argument = &self.argument;
        let not_there = |error, what: String| missing(error, argument.clone(), what);
        let HostNames { host, recoverable, dropped, long_term } = H::NAMES;
        let unnamed = |time| FoundBackup { point_id: None, time };
        let id = self.backup.id();
        match &self.backup {
            DatabaseToRestore::Geo(backup) => {
                let found = H::last_backup(&self.client, backup, deadline).await.map_err(|error| {
                    let text = format!(
                        "There is no geo-replicated backup {id}. A database has one only while its backup storage is \
                         `Geo` or `GeoZone`. The data source `{recoverable}` lists those of a {host}."
                    );
                    not_there(error, text)
                })?;
                Ok(unnamed(found))
            }
            DatabaseToRestore::Live(database, at) => {
                let earliest = H::earliest(&self.client, database, deadline).await.map_err(|error| {
                    let text = format!(
                        "There is no database {id}. If it was dropped, restore it with `dropped`: the data source \
                         `{dropped}` lists those of a {host}."
                    );
                    not_there(error, text)
                })?;
                within("database", *at, earliest, now, &sibling(argument))?;
                Ok(unnamed(Some(*at)))
            }
            DatabaseToRestore::Dropped(database, at) => {
                let found = H::dropped(&self.client, database, deadline).await.map_err(|error| {
                    let text = format!(
                        "There is no dropped database {id}. Its id ends with its name, a comma and a number: the data \
                         source `{dropped}` lists those of a {host}. A database that was dropped some minutes ago may \
                         not be listed yet."
                    );
                    not_there(error, text)
                })?;
                if let Some(at) = at {
                    let latest = found.deletion.unwrap_or(now);
                    within("database", *at, found.earliest, latest, &sibling(argument))?;
                }
                Ok(unnamed(at.or(found.deletion)))
            }
            DatabaseToRestore::LongTerm(backup) => {
                let found = self.client.long_term_retention_backup(backup, deadline).await.map_err(|error| {
                    let text = format!(
                        "There is no long-term backup {id}. The data source `{long_term}` lists those of a region."
                    );
                    not_there(error, text)
                })?;
                if found.is_archived() {
                    let text = format!(
                        "The long-term backup is in the archive tier, from which Azure does not restore. Bring it \
                         back to the tier `Hot` first, with the REST call `POST {id}/changeAccessTier` (its body \
                         names `backupStorageAccessTier` and `operationMode`) or in the Azure portal. Then apply \
                         again. Nothing was sent."
                    );
                    return Err(RestoreError::wrong(argument.clone(), text));
                }
                let point_id = Some(backup.resource_id().decoded_name().into_owned());
                Ok(FoundBackup { point_id, time: found.backup_time })
            }
        }
    }
}

#[async_trait]
impl<H: DatabaseHost> RestoreSource<H::Request> for DatabaseRestoreSource<H> {
    fn item(&self) -> RestoreItem {
        RestoreItem { id: self.backup.id(), argument: self.argument.clone() }
    }

    async fn resolve(&self, deadline: &Deadline, now: OffsetDateTime) -> Result<Resolved<H::Request>, RestoreError> {
        let region = self.region(deadline).await?;
        self.pool_is_there(deadline).await?;
        let found = self.find(deadline, now).await?;
        let source = H::source(&self.host.1, &self.backup);
        let source = source.map_err(|text| RestoreError::wrong(sibling(&self.argument), text))?;
        Ok(Resolved {
            request: (self.build)(region, source)?,
            recovery_point_id: found.point_id,
            recovery_point_time: found.time,
        })
    }
}

impl<H: DatabaseHost> DatabaseToRestore<H> {
    /// The ARM id of the source.
    fn id(&self) -> String {
        let id = match self {
            Self::Geo(id) => id.resource_id(),
            Self::Live(id, _) => id.resource_id(),
            Self::Dropped(id, _) => id.resource_id(),
            Self::LongTerm(id) => id.resource_id(),
        };
        id.to_string()
    }
}

/// The argument beside the one that names the source which says when.
fn sibling(argument: &ArgumentPath) -> ArgumentPath {
    let outer = argument.to_string();
    let outer = outer.split('.').next().unwrap_or_default();
    ArgumentPath::from(outer).member("point_in_time")
}

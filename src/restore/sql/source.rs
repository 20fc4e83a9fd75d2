//! What a database is made of: which backup, whether it is there, and of when it is.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::BuildDatabaseRequest;
use crate::azure::deadline::Deadline;
use crate::azure::sql::{
    DatabaseId, DatabaseRestoreRequest, DatabaseSource, ElasticPoolId, LongTermRetentionBackupId,
    RecoverableDatabaseId, RestorableDroppedDatabaseId, Sql, SqlServerId,
};
use crate::azure::timestamp;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::record::instant;
use crate::restore::restored_resource::{RestoreSource, missing};
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

/// What a database of a logical server is made of, and where it goes.
pub struct SqlDatabaseSource {
    /// The calls.
    pub client: Sql,
    /// The server that is restored onto, with the argument that names it.
    pub server: (ArgumentPath, SqlServerId),
    /// The pool that it goes into, with the argument that names it.
    pub elastic_pool: Option<(ArgumentPath, ElasticPoolId)>,
    /// The backup.
    pub backup: DatabaseToRestore,
    /// The argument that names it.
    pub argument: ArgumentPath,
    /// Makes the body of the request.
    pub build: Box<BuildDatabaseRequest>,
}

impl SqlDatabaseSource {
    /// The region of the server that is restored onto.
    async fn region(&self, deadline: &Deadline) -> Result<String, RestoreError> {
        let (argument, id) = &self.server;
        let server = self.client.server(id, deadline).await.map_err(|error| {
            let text = format!("There is no logical server {id}.");
            missing(error, argument.clone(), text)
        })?;
        let location = server.location.map(|location| location.as_str().to_owned());
        location.ok_or_else(|| {
            let text = "Azure does not say in which region the server lies, so a restore onto it cannot be asked for.";
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
}

#[async_trait]
impl RestoreSource<DatabaseRestoreRequest> for SqlDatabaseSource {
    fn item(&self) -> RestoreItem {
        RestoreItem { id: self.backup.id(), argument: self.argument.clone() }
    }

    async fn resolve(
        &self,
        deadline: &Deadline,
        now: OffsetDateTime,
    ) -> Result<Resolved<DatabaseRestoreRequest>, RestoreError> {
        let region = self.region(deadline).await?;
        self.pool_is_there(deadline).await?;
        let found = self.backup.find(&self.client, &self.argument, deadline, now).await?;
        Ok(Resolved {
            request: (self.build)(region, found.source)?,
            recovery_point_id: found.point_id,
            recovery_point_time: found.time,
        })
    }
}

/// The backup that is restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseToRestore {
    /// See [`SourceKind::Geo`].
    Geo(RecoverableDatabaseId),
    /// See [`SourceKind::Live`].
    Live(DatabaseId, OffsetDateTime),
    /// See [`SourceKind::Dropped`]; without an instant: the moment of its end.
    Dropped(RestorableDroppedDatabaseId, Option<OffsetDateTime>),
    /// See [`SourceKind::LongTerm`].
    LongTerm(LongTermRetentionBackupId),
}

/// A source that was found to be there.
#[derive(Debug)]
struct FoundSource {
    /// As the body names it.
    source: DatabaseSource,
    /// The name of the backup, where there are several.
    point_id: Option<String>,
    /// The instant that is restored.
    time: Option<OffsetDateTime>,
}

impl DatabaseToRestore {
    /// The ARM id of the source.
    fn id(&self) -> String {
        match self {
            Self::Geo(id) => id.to_string(),
            Self::Live(id, _) => id.to_string(),
            Self::Dropped(id, _) => id.to_string(),
            Self::LongTerm(id) => id.to_string(),
        }
    }

    /// Looks whether it is there and holds the instant; `argument` names it.
    async fn find(
        &self,
        client: &Sql,
        argument: &ArgumentPath,
        deadline: &Deadline,
        now: OffsetDateTime,
    ) -> Result<FoundSource, RestoreError> {
        let not_there = |error, what: String| missing(error, argument.clone(), what);
        match self {
            Self::Geo(id) => {
                let found = client.recoverable_database(id, deadline).await.map_err(|error| {
                    let text = format!(
                        "There is no geo-replicated backup {id}. A database has one only while its backup storage is \
                         `Geo` or `GeoZone`. The data source `azurebackup_recoverable_databases` lists those of a \
                         server."
                    );
                    not_there(error, text)
                })?;
                Ok(FoundSource {
                    source: DatabaseSource::Recovery { recoverable_database_id: id.resource_id().decoded() },
                    point_id: None,
                    time: found.last_available_backup_date,
                })
            }
            Self::Live(id, at) => {
                let found = client.database(id, deadline).await.map_err(|error| {
                    let text = format!(
                        "There is no database {id}. If it was dropped, restore it with `dropped`: the data source \
                         `azurebackup_restorable_dropped_databases` lists those of a server."
                    );
                    not_there(error, text)
                })?;
                within(*at, found.earliest_restore_date, now, &sibling(argument))?;
                Ok(FoundSource {
                    source: DatabaseSource::PointInTimeRestore {
                        source_database_id: id.resource_id().decoded(),
                        restore_point_in_time: timestamp::write(*at),
                    },
                    point_id: None,
                    time: Some(*at),
                })
            }
            Self::Dropped(id, at) => {
                let found = client.restorable_dropped_database(id, deadline).await.map_err(|error| {
                    let text = format!(
                        "There is no dropped database {id}. Its id ends with its name, a comma and a number: the data \
                         source `azurebackup_restorable_dropped_databases` lists those of a server. A database that \
                         was dropped some minutes ago may not be listed yet."
                    );
                    not_there(error, text)
                })?;
                if let Some(at) = at {
                    let latest = found.deletion_date.unwrap_or(now);
                    within(*at, found.earliest_restore_date, latest, &sibling(argument))?;
                }
                Ok(FoundSource {
                    source: DatabaseSource::Restore {
                        restorable_dropped_database_id: id.resource_id().decoded(),
                        restore_point_in_time: at.map(timestamp::write),
                    },
                    point_id: None,
                    time: at.or(found.deletion_date),
                })
            }
            Self::LongTerm(id) => {
                let found = client.long_term_retention_backup(id, deadline).await.map_err(|error| {
                    let text = format!(
                        "There is no long-term backup {id}. The data source `azurebackup_long_term_retention_backups` \
                         lists those of a region."
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
                Ok(FoundSource {
                    source: DatabaseSource::RestoreLongTermRetentionBackup {
                        long_term_retention_backup_resource_id: id.resource_id().decoded(),
                    },
                    point_id: Some(id.resource_id().decoded_name().into_owned()),
                    time: found.backup_time,
                })
            }
        }
    }
}

/// The argument beside the one that names the source which says when.
fn sibling(argument: &ArgumentPath) -> ArgumentPath {
    let outer = argument.to_string();
    let outer = outer.split('.').next().unwrap_or_default();
    ArgumentPath::from(outer).member("point_in_time")
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
            "The database can be restored to {} at the earliest. {} lies before that: its backups are deleted, or it \
             did not exist yet.",
            instant(earliest),
            instant(at)
        );
        return Err(RestoreError::wrong(argument.clone(), text));
    }
    if at > latest {
        let text =
            format!("The database can be restored to {} at the latest, not to {}.", instant(latest), instant(at));
        return Err(RestoreError::wrong(argument.clone(), text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_instant_lies_between_the_earliest_and_the_latest_both_included() {
        let (first, last) = (datetime!(2026-11-01 0:00 UTC), datetime!(2026-11-20 0:00 UTC));
        let argument = sibling(&"live.database_id".into());
        let told = |at| within(at, Some(first), last, &argument).err().map(|error| format!("{error:?}"));
        assert_eq!((told(first), told(last)), (None, None));
        for (at, part) in
            [(first - time::Duration::SECOND, "at the earliest"), (last + time::Duration::SECOND, "at the latest")]
        {
            let told = told(at).unwrap();
            assert!(told.contains(part) && told.contains("point_in_time"), "{told}");
        }
        assert!(within(first - time::Duration::DAY, None, last, &argument).is_ok(), "nothing is known of the earliest");
    }
}

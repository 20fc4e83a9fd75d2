//! What databases lie on, and what differs between the two when one is restored: logical servers and managed instances.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::source::DatabaseToRestore;
use crate::azure::child_id::ParentId;
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::resource_id::Location;
use crate::azure::sql::{
    DatabaseId, DatabaseRestoreRequest, DatabaseSource, LongTermOwner, ManagedDatabaseId,
    ManagedDatabaseRestoreRequest, ManagedDatabaseSource, ManagedInstanceId, OfManagedInstances, OfServers,
    PointInTimeSource, RecoverableDatabaseId, RecoverableManagedDatabaseId, RestorableDroppedDatabaseId,
    RestorableDroppedManagedDatabaseId, Sql, SqlServerId,
};
use crate::azure::timestamp;

/// How messages name a kind of host and the data sources that list what can be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostNames {
    /// `logical server`.
    pub host: &'static str,
    /// Lists what a geo-restore brings back.
    pub recoverable: &'static str,
    /// Lists what was dropped.
    pub dropped: &'static str,
    /// Lists long-term backups.
    pub long_term: &'static str,
}

/// What Azure says of a database that was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DroppedTimes {
    /// The oldest instant that it can be restored to, UTC.
    pub earliest: Option<OffsetDateTime>,
    /// When it was dropped, UTC.
    pub deletion: Option<OffsetDateTime>,
}

/// What databases lie on: a type without values for each kind.
#[async_trait]
pub trait DatabaseHost: Send + Sync + 'static {
    /// One of them.
    type Id: ParentId + Send + Sync;
    /// The newest geo-replicated backup of a database.
    type Recoverable: ParentId + Send + Sync;
    /// A database.
    type Database: ParentId + Send + Sync;
    /// A database that was dropped.
    type Dropped: ParentId + Send + Sync;
    /// Whose long-term backups they are.
    type LongTermOwner: LongTermOwner + Send + Sync + 'static;
    /// What is restored, as the body names it.
    type Source: Send + 'static;
    /// The body that restores.
    type Request: Send + Sync + 'static;

    /// How messages name it.
    const NAMES: HostNames;

    /// The region that it lies in.
    async fn region(client: &Sql, id: &Self::Id, deadline: &Deadline) -> Result<Option<Location>, ArmError>;

    /// When the geo-replicated backup was taken.
    async fn last_backup(
        client: &Sql,
        id: &Self::Recoverable,
        deadline: &Deadline,
    ) -> Result<Option<OffsetDateTime>, ArmError>;

    /// The oldest instant that a database can be restored to.
    async fn earliest(
        client: &Sql,
        id: &Self::Database,
        deadline: &Deadline,
    ) -> Result<Option<OffsetDateTime>, ArmError>;

    /// What is known of a dropped database.
    async fn dropped(client: &Sql, id: &Self::Dropped, deadline: &Deadline) -> Result<DroppedTimes, ArmError>;

    /// The members of the body that name `backup`, for a restore onto `host`.
    ///
    /// # Errors
    /// What is missing, in a sentence.
    fn source(host: &Self::Id, backup: &DatabaseToRestore<Self>) -> Result<Self::Source, String>
    where
        Self: Sized;
}

/// Logical servers.
pub enum OnServers {}

#[async_trait]
impl DatabaseHost for OnServers {
    type Id = SqlServerId;
    type Recoverable = RecoverableDatabaseId;
    type Database = DatabaseId;
    type Dropped = RestorableDroppedDatabaseId;
    type LongTermOwner = OfServers;
    type Source = DatabaseSource;
    type Request = DatabaseRestoreRequest;

    const NAMES: HostNames = HostNames {
        host: "logical server",
        recoverable: "azurebackup_recoverable_databases",
        dropped: "azurebackup_restorable_dropped_databases",
        long_term: "azurebackup_long_term_retention_backups",
    };

    async fn region(client: &Sql, id: &SqlServerId, deadline: &Deadline) -> Result<Option<Location>, ArmError> {
        Ok(client.server(id, deadline).await?.location)
    }

    async fn last_backup(
        client: &Sql,
        id: &RecoverableDatabaseId,
        deadline: &Deadline,
    ) -> Result<Option<OffsetDateTime>, ArmError> {
        Ok(client.recoverable_database(id, deadline).await?.last_available_backup_date)
    }

    async fn earliest(client: &Sql, id: &DatabaseId, deadline: &Deadline) -> Result<Option<OffsetDateTime>, ArmError> {
        Ok(client.database(id, deadline).await?.earliest_restore_date)
    }

    async fn dropped(
        client: &Sql,
        id: &RestorableDroppedDatabaseId,
        deadline: &Deadline,
    ) -> Result<DroppedTimes, ArmError> {
        let found = client.restorable_dropped_database(id, deadline).await?;
        Ok(DroppedTimes { earliest: found.earliest_restore_date, deletion: found.deletion_date })
    }

    fn source(_: &SqlServerId, backup: &DatabaseToRestore<Self>) -> Result<DatabaseSource, String> {
        Ok(match backup {
            DatabaseToRestore::Geo(id) => {
                DatabaseSource::Recovery { recoverable_database_id: id.resource_id().decoded() }
            }
            DatabaseToRestore::Live(id, at) => DatabaseSource::PointInTimeRestore {
                source_database_id: id.resource_id().decoded(),
                restore_point_in_time: timestamp::write(*at),
            },
            DatabaseToRestore::Dropped(id, at) => DatabaseSource::Restore {
                restorable_dropped_database_id: id.resource_id().decoded(),
                restore_point_in_time: at.map(timestamp::write),
            },
            DatabaseToRestore::LongTerm(id) => DatabaseSource::RestoreLongTermRetentionBackup {
                long_term_retention_backup_resource_id: id.resource_id().decoded(),
            },
        })
    }
}

/// Managed instances.
pub enum OnManagedInstances {}

#[async_trait]
impl DatabaseHost for OnManagedInstances {
    type Id = ManagedInstanceId;
    type Recoverable = RecoverableManagedDatabaseId;
    type Database = ManagedDatabaseId;
    type Dropped = RestorableDroppedManagedDatabaseId;
    type LongTermOwner = OfManagedInstances;
    type Source = ManagedDatabaseSource;
    type Request = ManagedDatabaseRestoreRequest;

    const NAMES: HostNames = HostNames {
        host: "managed instance",
        recoverable: "azurebackup_recoverable_managed_databases",
        dropped: "azurebackup_restorable_dropped_managed_databases",
        long_term: "azurebackup_managed_instance_long_term_retention_backups",
    };

    async fn region(client: &Sql, id: &ManagedInstanceId, deadline: &Deadline) -> Result<Option<Location>, ArmError> {
        Ok(client.managed_instance(id, deadline).await?.location)
    }

    async fn last_backup(
        client: &Sql,
        id: &RecoverableManagedDatabaseId,
        deadline: &Deadline,
    ) -> Result<Option<OffsetDateTime>, ArmError> {
        Ok(client.recoverable_managed_database(id, deadline).await?.last_available_backup_date)
    }

    async fn earliest(
        client: &Sql,
        id: &ManagedDatabaseId,
        deadline: &Deadline,
    ) -> Result<Option<OffsetDateTime>, ArmError> {
        Ok(client.managed_database(id, deadline).await?.earliest_restore_point)
    }

    async fn dropped(
        client: &Sql,
        id: &RestorableDroppedManagedDatabaseId,
        deadline: &Deadline,
    ) -> Result<DroppedTimes, ArmError> {
        let found = client.restorable_dropped_managed_database(id, deadline).await?;
        Ok(DroppedTimes { earliest: found.earliest_restore_date, deletion: found.deletion_date })
    }

    /// A database of another subscription goes by another member, and the target is named beside it
    /// (docs/reference/azure-sql.md#managed-instances).
    fn source(host: &ManagedInstanceId, backup: &DatabaseToRestore<Self>) -> Result<ManagedDatabaseSource, String> {
        let target = host.resource_id().decoded();
        let is_elsewhere = |source: &ManagedInstanceId| !is_in_one_subscription(source, host);
        Ok(match backup {
            DatabaseToRestore::Geo(id) => {
                ManagedDatabaseSource::Recovery { recoverable_database_id: id.resource_id().decoded() }
            }
            DatabaseToRestore::Live(id, at) => {
                let own = id.resource_id().decoded();
                let of = if is_elsewhere(id.instance()) {
                    PointInTimeSource::LiveElsewhere {
                        cross_subscription_source_database_id: own,
                        cross_subscription_target_managed_instance_id: target,
                    }
                } else {
                    PointInTimeSource::Live { source_database_id: own }
                };
                ManagedDatabaseSource::PointInTimeRestore { of, restore_point_in_time: timestamp::write(*at) }
            }
            DatabaseToRestore::Dropped(_, None) => {
                return Err("A database that was dropped on a managed instance is restored to a point in time. Set \
                            `point_in_time`."
                    .to_owned());
            }
            DatabaseToRestore::Dropped(id, Some(at)) => {
                let own = id.resource_id().decoded();
                let of = if is_elsewhere(id.parent()) {
                    PointInTimeSource::DroppedElsewhere {
                        cross_subscription_restorable_dropped_database_id: own,
                        cross_subscription_target_managed_instance_id: target,
                    }
                } else {
                    PointInTimeSource::Dropped { restorable_dropped_database_id: own }
                };
                ManagedDatabaseSource::PointInTimeRestore { of, restore_point_in_time: timestamp::write(*at) }
            }
            DatabaseToRestore::LongTerm(id) => ManagedDatabaseSource::RestoreLongTermRetentionBackup {
                long_term_retention_backup_resource_id: id.resource_id().decoded(),
            },
        })
    }
}

fn is_in_one_subscription(one: &ManagedInstanceId, other: &ManagedInstanceId) -> bool {
    let of = |id: &ManagedInstanceId| id.resource_id().subscription().map(str::to_ascii_lowercase);
    of(one) == of(other)
}

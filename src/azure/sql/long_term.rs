//! Long-term backups, which are kept for years and outlive database and server.

use serde_json::Value;
use time::OffsetDateTime;

use super::ids::{LongTermId, LongTermOwner};
use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::{Location, segment_of_name};

/// `LongTermRetentionBackup` and `ManagedInstanceLongTermRetentionBackup` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongTermRetentionBackup<O> {
    /// Its id, with the resource group where Azure gave one.
    pub id: LongTermId<O>,
    /// The server or the managed instance that the database was on.
    pub owner_name: Option<String>,
    /// The database.
    pub database_name: Option<String>,
    /// When that was created, UTC: it distinguishes those of one name.
    pub owner_create_time: Option<OffsetDateTime>,
    /// When the database was dropped, UTC; none while it lives.
    pub database_deletion_time: Option<OffsetDateTime>,
    /// The instant that is restored, UTC.
    pub backup_time: Option<OffsetDateTime>,
    /// When it will be deleted, UTC.
    pub backup_expiration_time: Option<OffsetDateTime>,
    /// `Geo`, `Local`, `Zone`, `GeoZone`.
    pub backup_storage_redundancy: Option<String>,
    /// `Hot` or `Archive`; none in older answers.
    pub access_tier: Option<String>,
}

impl<O: LongTermOwner> LongTermRetentionBackup<O> {
    /// Reads the answer to a GET of `id`.
    pub(super) fn read(id: &LongTermId<O>, value: &Value) -> Self {
        let own = JsonFields::of(value).object("properties");
        Self {
            id: id.clone(),
            owner_name: own.text(O::OWNER_NAME),
            database_name: own.text("databaseName"),
            owner_create_time: own.instant(O::OWNER_CREATED),
            database_deletion_time: own.instant("databaseDeletionTime"),
            backup_time: own.instant("backupTime"),
            backup_expiration_time: own.instant("backupExpirationTime"),
            backup_storage_redundancy: own.text("backupStorageRedundancy"),
            access_tier: own.text("backupStorageAccessTier"),
        }
    }

    /// Reads one element of a list. None if it has no id. The name is what the service takes, whatever the id ends with.
    pub(super) fn read_listed(value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let id = members.text("id")?;
        let named = members.text("name").and_then(|name| {
            let (above, _) = id.rsplit_once('/')?;
            LongTermId::parse(&format!("{above}/{}", segment_of_name(&name))).ok()
        });
        let id = named.or_else(|| LongTermId::parse(&id).ok())?;
        Some(Self::read(&id, value))
    }

    /// Whether it must be brought back from the archive before it can be restored.
    pub fn is_archived(&self) -> bool {
        self.access_tier.as_deref().is_some_and(|tier| tier.eq_ignore_ascii_case("Archive"))
    }
}

/// Which databases a list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseState {
    /// Those that live and those that were dropped.
    All,
    /// Those that live.
    Live,
    /// Those that were dropped.
    Deleted,
}

impl DatabaseState {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::All, Self::Live, Self::Deleted];

    /// Azure's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Live => "Live",
            Self::Deleted => "Deleted",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Of what backups are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupsOf<'a> {
    /// Of everything in the region.
    Region,
    /// Of one server or managed instance, there or not.
    Owner(&'a str),
    /// Of one database, there or not.
    Database(&'a str, &'a str),
}

/// Which long-term backups are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongTermRetentionQuery<'a> {
    /// GUID.
    pub subscription: &'a str,
    /// Only those of servers of this group; none: of the whole subscription. Of managed instances always none.
    pub resource_group: Option<&'a str>,
    /// The region of the server or the managed instance.
    pub location: &'a Location,
    /// Of what.
    pub of: BackupsOf<'a>,
    /// Only the newest of each database.
    pub only_latest_per_database: bool,
    /// Of which databases.
    pub database_state: DatabaseState,
}

impl LongTermRetentionQuery<'_> {
    /// The path of the list.
    pub(super) fn path<O: LongTermOwner>(&self) -> String {
        let group = self.resource_group.map(|group| format!("/resourceGroups/{}", segment_of_name(group)));
        let location = segment_of_name(&self.location.normalized());
        let of = match self.of {
            BackupsOf::Region => String::new(),
            BackupsOf::Owner(owner) => format!("/{}/{}", O::OWNERS, segment_of_name(owner)),
            BackupsOf::Database(owner, database) => {
                let (owner, database) = (segment_of_name(owner), segment_of_name(database));
                format!("/{}/{owner}/longTermRetentionDatabases/{database}", O::OWNERS)
            }
        };
        let group = group.unwrap_or_default();
        let subscription = segment_of_name(self.subscription);
        format!("/subscriptions/{subscription}{group}/providers/Microsoft.Sql/locations/{location}{of}/{}", O::BACKUPS)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::ids::{OfManagedInstances, OfServers};
    use super::*;

    #[test]
    fn an_element_is_named_by_its_name_whatever_its_id_ends_with() {
        let above = "/subscriptions/s/providers/Microsoft.Sql/locations/japaneast/longTermRetentionServers/q/longTermRetentionDatabases/d/longTermRetentionBackups";
        let element = json!({"id": format!("{above}/x;2017-09-06T08:00:00.000Z"), "name": "x;131637960820000000",
            "properties": {"backupStorageAccessTier": "archive"}});
        let backup = LongTermRetentionBackup::<OfServers>::read_listed(&element).unwrap();
        assert_eq!(backup.id.to_string(), format!("{above}/x;131637960820000000"));
        assert!(backup.is_archived());
        assert_eq!(LongTermRetentionBackup::<OfServers>::read_listed(&json!({"name": "x"})), None);
    }

    #[test]
    fn a_list_is_of_a_region_a_server_or_a_database() {
        let location = Location::new("West Europe");
        let path = |of, resource_group| {
            let query = LongTermRetentionQuery {
                subscription: "s",
                resource_group,
                location: &location,
                of,
                only_latest_per_database: false,
                database_state: DatabaseState::All,
            };
            query.path::<OfServers>()
        };
        let base = "providers/Microsoft.Sql/locations/westeurope";
        assert_eq!(path(BackupsOf::Region, None), format!("/subscriptions/s/{base}/longTermRetentionBackups"));
        let managed = LongTermRetentionQuery {
            subscription: "s",
            resource_group: None,
            location: &location,
            of: BackupsOf::Owner("mi"),
            only_latest_per_database: false,
            database_state: DatabaseState::All,
        };
        assert_eq!(
            managed.path::<OfManagedInstances>(),
            format!(
                "/subscriptions/s/{base}/longTermRetentionManagedInstances/mi/longTermRetentionManagedInstanceBackups"
            )
        );
        assert_eq!(
            path(BackupsOf::Database("q", "a/b"), Some("g")),
            format!(
                "/subscriptions/s/resourceGroups/g/{base}/longTermRetentionServers/q/longTermRetentionDatabases/a%2Fb/longTermRetentionBackups"
            )
        );
    }
}

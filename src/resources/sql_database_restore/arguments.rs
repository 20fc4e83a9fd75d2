//! The arguments: what is restored, where to, and what of the new database differs from its source.

use crate::azure::sql::{
    DatabaseId, LONG_TERM_RETENTION_BACKUPS, LongTermRetentionBackupId, RecoverableDatabaseId,
    RestorableDroppedDatabaseId,
};
use crate::model;
use crate::resources::arguments::point_in_time::{POINT_IN_TIME, is_instant};
use crate::resources::arguments::resource_id;
use crate::resources::arguments::tags::{self, Tags};
use crate::resources::canonical;
use crate::resources::given::{NotGiven, optional, required_text};
use crate::resources::restore::CANCEL_ON_DESTROY;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::sql::{DatabaseToRestore, SourceKind};
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{length_between, one_of, text_checked_by};

pub(super) const SERVER: &str = "server_id";
pub(super) const NAME: &str = "name";
pub(super) const GEO: &str = "geo";
pub(super) const LIVE: &str = "live";
pub(super) const DROPPED: &str = "dropped";
pub(super) const LONG_TERM: &str = "long_term";
pub(super) const SOURCES: [&str; 4] = [GEO, LIVE, DROPPED, LONG_TERM];
pub(super) const SKU_NAME: &str = "sku_name";
pub(super) const ELASTIC_POOL: &str = "elastic_pool_id";
pub(super) const ZONE_REDUNDANT: &str = "zone_redundant";
pub(super) const BACKUP_STORAGE_REDUNDANCY: &str = "backup_storage_redundancy";
pub(super) const LICENSE_TYPE: &str = "license_type";
pub(super) const DELETE_DATABASE_ON_DESTROY: &str = "delete_database_on_destroy";

const RECOVERABLE: &str = "recoverable_database_id";
const DATABASE: &str = "database_id";
const RESTORABLE_DROPPED: &str = "restorable_dropped_database_id";
const BACKUP: &str = "long_term_retention_backup_id";

model! {
    /// The arguments of a restore of a database.
    pub struct Arguments {
        /// The server that is restored onto.
        pub server_id: Attr<String>,
        /// The new database.
        pub name: Attr<String>,
        /// The newest geo-replicated backup.
        pub geo: Attr<Geo>,
        /// A database that lives.
        pub live: Attr<Live>,
        /// A database that was dropped.
        pub dropped: Attr<Dropped>,
        /// A long-term backup.
        pub long_term: Attr<LongTerm>,
        /// Its service objective.
        pub sku_name: Attr<String>,
        /// The pool that it goes into.
        pub elastic_pool_id: Attr<String>,
        /// Whether its replicas lie in several zones.
        pub zone_redundant: Attr<bool>,
        /// Where its own backups are kept.
        pub backup_storage_redundancy: Attr<String>,
        /// Who brings the licence.
        pub license_type: Attr<String>,
        /// Its tags, beside the one of the restore.
        pub tags: Tags,
        /// Whether a destroy cancels a restore that runs.
        pub cancel_on_destroy: Attr<bool>,
        /// Whether a destroy deletes the database.
        pub delete_database_on_destroy: Attr<bool>,
    }

    /// The source of a geo-restore.
    pub struct Geo {
        /// The backup.
        pub recoverable_database_id: Attr<String>,
    }

    /// The source of a point-in-time restore.
    pub struct Live {
        /// The database.
        pub database_id: Attr<String>,
        /// When.
        pub point_in_time: Attr<String>,
    }

    /// A dropped database as the source.
    pub struct Dropped {
        /// The database.
        pub restorable_dropped_database_id: Attr<String>,
        /// When; null: when it was dropped.
        pub point_in_time: Attr<String>,
    }

    /// A long-term backup as the source.
    pub struct LongTerm {
        /// The backup.
        pub long_term_retention_backup_id: Attr<String>,
    }
}

/// Longest name of a database.
const LONGEST_NAME: usize = 128;

/// Characters that no name of a database has.
const NOT_IN_NAMES: &[char] = &['<', '>', '*', '%', '&', ':', '\\', '/', '?'];

/// Databases that every server has.
const SYSTEM_DATABASES: [&str; 4] = ["master", "model", "msdb", "tempdb"];

/// Whether a database can be called so (docs/reference/azure-sql.md#names).
pub(super) fn is_name(name: &str) -> Result<(), String> {
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME {
        return Err(format!("A name of a database has 1 to {LONGEST_NAME} characters, but this one has {length}."));
    }
    if let Some(character) = name.chars().find(|character| NOT_IN_NAMES.contains(character) || character.is_control()) {
        return Err(format!("{name:?} contains {character:?}, which no name of a database can have."));
    }
    if name.ends_with('.') || name.ends_with(char::is_whitespace) {
        return Err(format!("{name:?} ends with a full stop or a blank, which no name of a database does."));
    }
    if SYSTEM_DATABASES.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err(format!("{name:?} is the name of a system database. Choose another one."));
    }
    Ok(())
}

fn is_dropped_database(text: &str) -> Result<(), String> {
    let expected = resource_id::expected(
        RESTORABLE_DROPPED,
        "a dropped database",
        "Microsoft.Sql/servers/restorableDroppedDatabases",
    );
    expected.check(text, |id| RestorableDroppedDatabaseId::parse(id.as_str()).is_ok())?;
    let name = RestorableDroppedDatabaseId::parse(text).map(|id| id.resource_id().decoded_name().into_owned());
    if name.is_ok_and(|name| name.contains(',')) {
        return Ok(());
    }
    Err("The ID of a dropped database ends with its name, a comma and a number, such as `orders,131403269876900000`. \
         Take the `id` that the data source `azurebackup_restorable_dropped_databases` gives."
        .to_owned())
}

fn is_long_term_backup(text: &str) -> Result<(), String> {
    let expected = resource_id::expected(BACKUP, "a long-term backup of Azure SQL", LONG_TERM_RETENTION_BACKUPS);
    expected.check(text, |id| LongTermRetentionBackupId::parse(id.as_str()).is_ok())
}

fn point_in_time() -> Attribute {
    Attribute::string(POINT_IN_TIME)
        .requires_replace()
        .canonical(canonical::instant)
        .validate(text_checked_by(is_instant))
}

/// All of them.
pub(super) fn attributes() -> Vec<Attribute> {
    let mut attributes = vec![
        resource_id::attribute(SERVER, "a logical server of Azure SQL", "Microsoft.Sql/servers")
            .required()
            .requires_replace()
            .description(
                "The ARM ID of the logical server to restore to: the `id` of `azurerm_mssql_server`. For `live` and \
                 `dropped` it is the server of the source.",
            ),
        Attribute::string(NAME)
            .required()
            .requires_replace()
            .canonical(canonical::id)
            .validate(text_checked_by(is_name))
            .description("The name of the new database. The server must not have a database of this name."),
    ];
    attributes.extend(sources());
    attributes.extend(properties());
    attributes.extend(on_destroy());
    attributes
}

fn sources() -> Vec<Attribute> {
    vec![
        Attribute::object(
            GEO,
            vec![
                resource_id::attribute(
                    RECOVERABLE,
                    "a recoverable database",
                    "Microsoft.Sql/servers/recoverableDatabases",
                )
                .required()
                .requires_replace()
                .description(
                    "The ARM ID of the recoverable database: the `id` of the data source \
                     `azurebackup_recoverable_database`.",
                ),
            ],
        )
        .optional()
        .requires_replace()
        .description(
            "Geo-restore: the newest backup that was replicated to another region. Azure offers no other point in \
             time. Replication may be up to an hour behind. `recovery_point_time` says which state was restored.",
        ),
        Attribute::object(
            LIVE,
            vec![
                resource_id::attribute(DATABASE, "a database of Azure SQL", "Microsoft.Sql/servers/databases")
                    .required()
                    .requires_replace()
                    .description("The ARM ID of the database: the `id` of `azurerm_mssql_database`."),
                point_in_time().required().description(
                    "The time to restore, in RFC 3339 format, such as `2026-11-19T08:00:00Z`. Log backups are taken \
                     about every ten minutes, so the newest possible time is some minutes ago.",
                ),
            ],
        )
        .optional()
        .requires_replace()
        .description("Point-in-time restore of a database that exists. Azure does this on the same server only."),
        Attribute::object(
            DROPPED,
            vec![
                resource_id::checked_by(RESTORABLE_DROPPED, is_dropped_database)
                    .required()
                    .requires_replace()
                    .description(
                        "The ARM ID of the dropped database: an `id` of the data source \
                         `azurebackup_restorable_dropped_databases`.",
                    ),
                point_in_time().optional().description(
                    "The time to restore, in RFC 3339 format. Without it: the moment at which the database was \
                     dropped.",
                ),
            ],
        )
        .optional()
        .requires_replace()
        .description("Restore of a database that was dropped. Azure does this on the same server only."),
        Attribute::object(
            LONG_TERM,
            vec![resource_id::checked_by(BACKUP, is_long_term_backup).required().requires_replace().description(
                "The ARM ID of the backup: an `id` of the data source `azurebackup_long_term_retention_backups`. A \
                     backup in the archive tier must be brought back to the tier `Hot` first.",
            )],
        )
        .optional()
        .requires_replace()
        .description(
            "Restore of a long-term backup. If the database was in an elastic pool, set `sku_name` or \
                      `elastic_pool_id`.",
        ),
    ]
}

fn properties() -> Vec<Attribute> {
    vec![
        Attribute::string(SKU_NAME).optional().updates_in_place().validate(length_between(1..=128)).description(
            "The service objective of the new database, such as `S0`, `GP_Gen5_2` or `HS_Gen5_2`. Without it, Azure \
             decides. Cannot be set together with `elastic_pool_id`.",
        ),
        resource_id::attribute(ELASTIC_POOL, "an elastic pool", "Microsoft.Sql/servers/elasticPools")
            .optional()
            .updates_in_place()
            .description(
                "The ARM ID of the elastic pool of the target server that the new database goes into: the `id` of \
                 `azurerm_mssql_elasticpool`.",
            ),
        Attribute::bool(ZONE_REDUNDANT)
            .optional()
            .updates_in_place()
            .description("Whether the replicas of the new database lie in several zones. Without it, Azure decides."),
        Attribute::string(BACKUP_STORAGE_REDUNDANCY)
            .optional()
            .updates_in_place()
            .validate(one_of(&["Geo", "GeoZone", "Zone", "Local"]))
            .description(
                "How the backups of the new database are stored: `Geo`, `GeoZone`, `Zone` or `Local`. Without it, as \
                 those of the source; the plan says so.",
            ),
        Attribute::string(LICENSE_TYPE)
            .optional()
            .updates_in_place()
            .validate(one_of(&["LicenseIncluded", "BasePrice"]))
            .description("`LicenseIncluded`, or `BasePrice` for the Azure Hybrid Benefit. Without it, Azure decides."),
        tags::attribute().description(
            "Tags of the new database. The tags of the source are not restored. The tag `azurebackup-restore` is \
                 set by the provider.",
        ),
    ]
}

fn on_destroy() -> Vec<Attribute> {
    vec![
        Attribute::bool(CANCEL_ON_DESTROY).optional().absent_means(false).updates_in_place().description(
            "`true`: destroying the resource while the restore runs cancels it in Azure, and waits until it has \
             ended. A replacement does not cancel. Default `false`: the restore goes on.",
        ),
        Attribute::bool(DELETE_DATABASE_ON_DESTROY).optional().absent_means(false).updates_in_place().description(
            "`true`: destroying the resource deletes the database in Azure, and waits until it is gone; a restore \
             that still runs ends with it. The plan of the destroy warns of it. A database that no longer has the tag \
             of this restore is not deleted, and the destroy fails. A replacement does not delete. Default `false`: \
             the database stays.",
        ),
    ]
}

impl Arguments {
    /// Which source is given; none while none is, as after an import.
    pub(super) fn source_kind(&self) -> Option<SourceKind> {
        if !self.geo.is_null() {
            Some(SourceKind::Geo)
        } else if !self.live.is_null() {
            Some(SourceKind::Live)
        } else if !self.dropped.is_null() {
            Some(SourceKind::Dropped)
        } else if !self.long_term.is_null() {
            Some(SourceKind::LongTerm)
        } else {
            None
        }
    }

    /// Where the source is named.
    pub(super) fn source_path(&self) -> ArgumentPath {
        let (source, id) = match self.source_kind() {
            Some(SourceKind::Geo) | None => (GEO, RECOVERABLE),
            Some(SourceKind::Live) => (LIVE, DATABASE),
            Some(SourceKind::Dropped) => (DROPPED, RESTORABLE_DROPPED),
            Some(SourceKind::LongTerm) => (LONG_TERM, BACKUP),
        };
        ArgumentPath::from(source).member(id)
    }

    /// The ARM id of the source; none while it is null or unknown.
    pub(super) fn source_id(&self) -> Option<&str> {
        match self.source_kind()? {
            SourceKind::Geo => self.geo.known()?.recoverable_database_id.as_str(),
            SourceKind::Live => self.live.known()?.database_id.as_str(),
            SourceKind::Dropped => self.dropped.known()?.restorable_dropped_database_id.as_str(),
            SourceKind::LongTerm => self.long_term.known()?.long_term_retention_backup_id.as_str(),
        }
    }

    /// What is restored; none where nothing is given, as after an import.
    ///
    /// # Errors
    /// [`NotGiven`] if a part of it is null or unknown. What has another form the schema's checks have refused.
    pub(super) fn source(&self) -> Result<Option<DatabaseToRestore>, NotGiven> {
        let at = |argument: &str| ArgumentPath::from(argument);
        if let Some(geo) = optional(&self.geo, GEO)? {
            let id = required_text(&geo.recoverable_database_id, at(GEO).member(RECOVERABLE))?;
            return Ok(RecoverableDatabaseId::parse(id).ok().map(DatabaseToRestore::Geo));
        }
        if let Some(live) = optional(&self.live, LIVE)? {
            let id = required_text(&live.database_id, at(LIVE).member(DATABASE))?;
            let time = required_text(&live.point_in_time, at(LIVE).member(POINT_IN_TIME))?;
            let found = DatabaseId::parse(id).ok().zip(parse_instant(time).ok());
            return Ok(found.map(|(id, time)| DatabaseToRestore::Live(id, time)));
        }
        if let Some(dropped) = optional(&self.dropped, DROPPED)? {
            let id = required_text(&dropped.restorable_dropped_database_id, at(DROPPED).member(RESTORABLE_DROPPED))?;
            let time = optional(&dropped.point_in_time, at(DROPPED).member(POINT_IN_TIME))?;
            // An instant that cannot be read is not the moment of the end.
            let time = match time.map(|time| parse_instant(time)) {
                None => None,
                Some(Ok(time)) => Some(time),
                Some(Err(_)) => return Ok(None),
            };
            return Ok(RestorableDroppedDatabaseId::parse(id).ok().map(|id| DatabaseToRestore::Dropped(id, time)));
        }
        if let Some(long_term) = optional(&self.long_term, LONG_TERM)? {
            let id = required_text(&long_term.long_term_retention_backup_id, at(LONG_TERM).member(BACKUP))?;
            return Ok(LongTermRetentionBackupId::parse(id).ok().map(DatabaseToRestore::LongTerm));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_azure_takes() {
        for good in ["orders", "Kunden Ä #1", "a.b", &"d".repeat(128)] {
            assert_eq!(is_name(good), Ok(()), "{good}");
        }
        for bad in ["", "a/b", "a%b", "orders.", "orders ", "Master", "tempdb", "a\u{7}b", &"d".repeat(129)] {
            assert!(is_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_dropped_database_is_named_with_the_moment_of_its_end() {
        let id = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Sql/servers/sql/restorableDroppedDatabases/orders";
        assert!(is_dropped_database(id).unwrap_err().contains("comma"));
        assert_eq!(is_dropped_database(&format!("{id},131403269876900000")), Ok(()));
        assert_eq!(is_dropped_database(&format!("{id}%2C131403269876900000")), Ok(()));
    }
}

//! The arguments: what is restored, where to, and what of the new database differs from its source.

use crate::azure::sql::{LongTermOwner, OfServers};
use crate::model;
use crate::resources::arguments::resource_id;
use crate::resources::restore::CANCEL_ON_DESTROY;
use crate::resources::sql::sources::{self, Dropped, Geo, IdArgument, Live, LongTerm, SourceTexts, Sources};
use crate::resources::sql::{Tags, delete_on_destroy_attribute, name_attribute, tags_attribute};
use crate::restore::sql::OnServers;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{length_between, one_of};

pub(super) const SERVER: &str = "server_id";
pub(super) const SKU_NAME: &str = "sku_name";
pub(super) const ELASTIC_POOL: &str = "elastic_pool_id";
pub(super) const ZONE_REDUNDANT: &str = "zone_redundant";
pub(super) const BACKUP_STORAGE_REDUNDANCY: &str = "backup_storage_redundancy";
pub(super) const LICENSE_TYPE: &str = "license_type";

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
        name_attribute("server"),
    ];
    attributes.extend(sources::attributes::<OnServers>(SOURCE_TEXTS));
    attributes.extend(properties());
    attributes.extend(on_destroy());
    attributes
}

const SOURCE_TEXTS: SourceTexts = SourceTexts {
    geo: "Geo-restore: the newest backup that was replicated to another region. Azure offers no other point in time. \
          Replication may be up to an hour behind. `recovery_point_time` says which state was restored.",
    recoverable: IdArgument {
        resource_type: "Microsoft.Sql/servers/recoverableDatabases",
        what: "a recoverable database",
        description: "The ARM ID of the recoverable database: the `id` of the data source \
                      `azurebackup_recoverable_database`.",
    },
    live: "Point-in-time restore of a database that exists. Azure does this on the same server only.",
    database: IdArgument {
        resource_type: "Microsoft.Sql/servers/databases",
        what: "a database of Azure SQL",
        description: "The ARM ID of the database: the `id` of `azurerm_mssql_database`.",
    },
    dropped: "Restore of a database that was dropped. Azure does this on the same server only.",
    restorable_dropped: IdArgument {
        resource_type: "Microsoft.Sql/servers/restorableDroppedDatabases",
        what: "a dropped database",
        description: "The ARM ID of the dropped database: an `id` of the data source \
                      `azurebackup_restorable_dropped_databases`.",
    },
    dropped_time: (
        "The time to restore, in RFC 3339 format. Without it: the moment at which the database was dropped.",
        false,
    ),
    long_term: "Restore of a long-term backup. If the database was in an elastic pool, set `sku_name` or \
                `elastic_pool_id`.",
    backup: IdArgument {
        resource_type: <OfServers as LongTermOwner>::TYPE,
        what: "a long-term backup of Azure SQL",
        description: "The ARM ID of the backup: an `id` of the data source `azurebackup_long_term_retention_backups`. A \
                      backup in the archive tier must be brought back to the tier `Hot` first.",
    },
};

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
        tags_attribute("The tags of the source are not restored."),
    ]
}

fn on_destroy() -> Vec<Attribute> {
    vec![
        Attribute::bool(CANCEL_ON_DESTROY).optional().absent_means(false).updates_in_place().description(
            "`true`: destroying the resource while the restore runs cancels it in Azure, and waits until it has \
             ended. A replacement does not cancel. Default `false`: the restore goes on.",
        ),
        delete_on_destroy_attribute(),
    ]
}

impl Arguments {
    /// What is restored.
    pub(super) fn sources(&self) -> Sources<'_> {
        Sources { geo: &self.geo, live: &self.live, dropped: &self.dropped, long_term: &self.long_term }
    }
}

//! The arguments: what is restored, and where to.

use crate::azure::sql::{LongTermOwner, OfManagedInstances};
use crate::model;
use crate::resources::arguments::resource_id;
use crate::resources::sql::sources::{self, Dropped, Geo, IdArgument, Live, LongTerm, SourceTexts, Sources};
use crate::resources::sql::{Tags, delete_on_destroy_attribute, name_attribute, tags_attribute};
use crate::restore::sql::OnManagedInstances;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;

pub(super) const INSTANCE: &str = "managed_instance_id";

model! {
    /// The arguments of a restore of a database onto a managed instance.
    pub struct Arguments {
        /// The instance that is restored onto.
        pub managed_instance_id: Attr<String>,
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
        /// Its tags, beside the one of the restore.
        pub tags: Tags,
        /// Whether a destroy deletes the database.
        pub delete_database_on_destroy: Attr<bool>,
    }
}

const SOURCE_TEXTS: SourceTexts = SourceTexts {
    geo: "Geo-restore: the newest backup that was replicated to another region. Azure offers no other point in time. \
          Replication may be up to an hour behind. `recovery_point_time` says which state was restored.",
    recoverable: IdArgument {
        resource_type: "Microsoft.Sql/managedInstances/recoverableDatabases",
        what: "a recoverable database of a managed instance",
        description: "The ARM ID of the recoverable database: the `id` of the data source \
                      `azurebackup_recoverable_managed_database`.",
    },
    live: "Point-in-time restore of a database that exists, on its own managed instance or on another one. Microsoft \
           documents that both must be in one region.",
    database: IdArgument {
        resource_type: "Microsoft.Sql/managedInstances/databases",
        what: "a database of a managed instance",
        description: "The ARM ID of the database: the `id` of `azurerm_mssql_managed_database`.",
    },
    dropped: "Point-in-time restore of a database that was dropped, on its own managed instance or on another one. \
              Microsoft documents that both must be in one region.",
    restorable_dropped: IdArgument {
        resource_type: "Microsoft.Sql/managedInstances/restorableDroppedDatabases",
        what: "a dropped database of a managed instance",
        description: "The ARM ID of the dropped database: an `id` of the data source \
                      `azurebackup_restorable_dropped_managed_databases`.",
    },
    dropped_time: (
        "The time to restore, in RFC 3339 format. Azure needs one here. For the last state, use the `deletion_time` that \
         the data source gives; Microsoft does not document the newest possible time.",
        true,
    ),
    long_term: "Restore of a long-term backup.",
    backup: IdArgument {
        resource_type: <OfManagedInstances as LongTermOwner>::TYPE,
        what: "a long-term backup of a managed instance",
        description: "The ARM ID of the backup: an `id` of the data source \
                      `azurebackup_managed_instance_long_term_retention_backups`. A backup in the archive tier must be \
                      brought back to the tier `Hot` first.",
    },
};

/// All of them.
pub(super) fn attributes() -> Vec<Attribute> {
    let mut attributes = vec![
        resource_id::attribute(INSTANCE, "a managed instance of Azure SQL", "Microsoft.Sql/managedInstances")
            .required()
            .requires_replace()
            .description(
                "The ARM ID of the managed instance to restore to: the `id` of `azurerm_mssql_managed_instance`.",
            ),
        name_attribute("managed instance"),
    ];
    attributes.extend(sources::attributes::<OnManagedInstances>(SOURCE_TEXTS));
    attributes.push(tags_attribute("Those of the source are not sent."));
    attributes.push(delete_on_destroy_attribute());
    attributes
}

impl Arguments {
    /// What is restored.
    pub(super) fn sources(&self) -> Sources<'_> {
        Sources { geo: &self.geo, live: &self.live, dropped: &self.dropped, long_term: &self.long_term }
    }
}

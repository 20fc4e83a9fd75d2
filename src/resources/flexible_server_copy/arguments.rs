//! The arguments: what is restored, where to, and what of the new server differs from its source.

use crate::azure::flexible_servers::{Engine, FlexibleServerId};
use crate::azure::resource_id::{Location, ResourceId};
use crate::model;
use crate::resources::arguments::point_in_time::{self, LATEST, POINT_IN_TIME, is_instant};
use crate::resources::arguments::resource_id;
use crate::resources::arguments::tags::{self, Tags};
use crate::resources::canonical;
use crate::resources::given::{NotGiven, optional, required_text};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::flexible_servers::{ServerSourceKind, ServerTime, ServerToRestore};
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{int_between, length_between, one_of, text_checked_by};

pub(super) const NAME: &str = "name";
pub(super) const RESOURCE_GROUP: &str = "resource_group_id";
pub(super) const LOCATION: &str = "location";
pub(super) const LIVE: &str = "live";
pub(super) const GEO: &str = "geo";
pub(super) const DROPPED: &str = "dropped";
pub(super) const SERVER: &str = "server_id";
pub(super) const AVAILABILITY_ZONE: &str = "availability_zone";
pub(super) const DELEGATED_SUBNET: &str = "delegated_subnet_id";
pub(super) const PRIVATE_DNS_ZONE: &str = "private_dns_zone_id";
pub(super) const PUBLIC_NETWORK_ACCESS: &str = "public_network_access";
pub(super) const SKU: &str = "sku";
pub(super) const STORAGE_SIZE: &str = "storage_size_gb";
pub(super) const BACKUP_RETENTION: &str = "backup_retention_days";
pub(super) const GEO_REDUNDANT_BACKUP: &str = "geo_redundant_backup";
pub(super) const CUSTOMER_MANAGED_KEY: &str = "customer_managed_key";
pub(super) const DELETE_SERVER_ON_DESTROY: &str = "delete_server_on_destroy";

/// What Azure says of a switch.
pub(super) const ENABLED: &str = "Enabled";
const DISABLED: &str = "Disabled";

model! {
    /// The arguments of a copy of a server. Those that one engine does not know are null for it.
    pub struct Arguments {
        /// The new server.
        pub name: Attr<String>,
        /// The group that it goes into.
        pub resource_group_id: Attr<String>,
        /// Its region, where the source does not say it.
        pub location: Attr<String>,
        /// A server that lives.
        pub live: Attr<LiveServer>,
        /// What was replicated to the paired region.
        pub geo: Attr<ReplicatedServer>,
        /// A server that was deleted.
        pub dropped: Attr<DroppedServer>,
        /// Its zone.
        pub availability_zone: Attr<String>,
        /// The subnet that it goes into.
        pub delegated_subnet_id: Attr<String>,
        /// The zone that has its name.
        pub private_dns_zone_id: Attr<String>,
        /// Whether it can be reached from the internet.
        pub public_network_access: Attr<String>,
        /// Its compute size.
        pub sku: Attr<Sku>,
        /// The size of its disk.
        pub storage_size_gb: Attr<i64>,
        /// How long its own backups are kept.
        pub backup_retention_days: Attr<i64>,
        /// Whether its own backups are replicated.
        pub geo_redundant_backup: Attr<String>,
        /// The customer's keys.
        pub customer_managed_key: Attr<CustomerManagedKey>,
        /// Its tags, beside the one of the restore.
        pub tags: Tags,
        /// Whether a destroy deletes the server.
        pub delete_server_on_destroy: Attr<bool>,
    }

    /// The source of a point-in-time restore.
    pub struct LiveServer {
        /// The server.
        pub server_id: Attr<String>,
        /// When.
        pub point_in_time: Attr<String>,
    }

    /// The source of a geo-restore.
    pub struct ReplicatedServer {
        /// The server.
        pub server_id: Attr<String>,
    }

    /// A deleted server as the source.
    pub struct DroppedServer {
        /// The server.
        pub server_id: Attr<String>,
        /// When it was deleted.
        pub point_in_time: Attr<String>,
    }

    /// A compute size.
    pub struct Sku {
        /// As Azure calls it.
        pub name: Attr<String>,
        /// The tier that it is in.
        pub tier: Attr<String>,
    }

    /// Keys of the customer.
    pub struct CustomerManagedKey {
        /// URI of the key.
        pub primary_key_uri: Attr<String>,
        /// The identity that reads it.
        pub primary_user_assigned_identity_id: Attr<String>,
        /// URI of the key of replicated backups.
        pub geo_backup_key_uri: Attr<String>,
        /// The identity that reads that.
        pub geo_backup_user_assigned_identity_id: Attr<String>,
    }
}

/// Longest name of a server.
const LONGEST_NAME: usize = 63;

/// Whether a server can be called so (docs/reference/azure-flexible-servers.md#names).
pub(super) fn is_name(name: &str) -> Result<(), String> {
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME {
        return Err(format!("The name of a server has 1 to {LONGEST_NAME} characters, but this one has {length}."));
    }
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if let Some(character) = name.chars().find(|character| !fits(*character)) {
        return Err(format!(
            "{name:?} contains {character:?}. The name of a server has only the lower-case letters a to z, digits and \
             hyphens."
        ));
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Err(format!("{name:?} begins or ends with a hyphen, which the name of a server must not."));
    }
    Ok(())
}

/// Whether it can be the URI of a key in a vault. Which version there is, Azure knows.
fn is_key(uri: &str) -> Result<(), String> {
    let parsed = url::Url::parse(uri).ok();
    let fits = parsed.is_some_and(|url| {
        let plain = url.scheme() == "https" && url.query().is_none() && url.fragment().is_none();
        let nobody = url.username().is_empty() && url.password().is_none();
        plain && nobody && url.path().strip_prefix("/keys/").is_some_and(|rest| !rest.trim_matches('/').is_empty())
    });
    if fits {
        return Ok(());
    }
    Err("This is not the URI of a key in a key vault. Write it as `https://VAULT.vault.azure.net/keys/KEY/VERSION`: \
         the `id` of `azurerm_key_vault_key`."
        .to_owned())
}

/// What sentences call a server with this engine, with the article.
pub(super) const fn a_server(engine: Engine) -> &'static str {
    match engine {
        Engine::PostgreSql => "a PostgreSQL flexible server",
        Engine::MySql => "a MySQL flexible server",
    }
}

pub(super) const fn azurerm(engine: Engine) -> &'static str {
    match engine {
        Engine::PostgreSql => "azurerm_postgresql_flexible_server",
        Engine::MySql => "azurerm_mysql_flexible_server",
    }
}

/// Which sources there are.
pub(super) const fn sources(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::PostgreSql => &[LIVE, GEO, DROPPED],
        Engine::MySql => &[LIVE, GEO],
    }
}

/// All of them.
pub(super) fn attributes(engine: Engine) -> Vec<Attribute> {
    let mut attributes = target(engine);
    attributes.extend(source_attributes(engine));
    attributes.extend(properties(engine));
    attributes.push(
        Attribute::bool(DELETE_SERVER_ON_DESTROY).optional().absent_means(false).updates_in_place().description(
            "`true`: destroying the resource deletes the server in Azure with all its databases and backups, and \
             waits until it is gone. A restore that still runs ends with it. The plan of the destroy warns of it. A \
             server that no longer has the tag of this restore is not deleted, and the destroy fails. A replacement \
             does not delete. Default `false`: the server stays.",
        ),
    );
    attributes
}

fn target(engine: Engine) -> Vec<Attribute> {
    let named_regions = match engine {
        Engine::PostgreSql => {
            "With `geo`, it is the region that the region of the source is paired with; with \
                               `dropped`, the region in which the deleted server was."
        }
        Engine::MySql => "With `geo`, it is a region that the backups of the source are replicated to.",
    };
    vec![
        Attribute::string(NAME)
            .required()
            .requires_replace()
            .canonical(canonical::id)
            .validate(text_checked_by(is_name))
            .description(
                "The name of the new server: 1 to 63 lower-case letters, digits and hyphens. It becomes part of the \
                 server's host name, so no other server of Azure may have it.",
            ),
        resource_id::resource_group(RESOURCE_GROUP).required().requires_replace().description(
            "The ARM ID of the resource group for the new server: the `id` of `azurerm_resource_group`. It must exist.",
        ),
        Attribute::string(LOCATION)
            .optional()
            .requires_replace()
            .canonical(canonical::region)
            .validate(text_checked_by(Location::check))
            .description(format!(
                "The Azure region of the new server. Required unless `{LIVE}` is set, and not allowed with `{LIVE}`: \
                 Azure restores to a point in time in the region of the source only. {named_regions}"
            )),
    ]
}

fn server(engine: Engine) -> Attribute {
    resource_id::attribute(SERVER, a_server(engine), engine.resource_type()).required().requires_replace()
}

fn source_attributes(engine: Engine) -> Vec<Attribute> {
    let azurerm = azurerm(engine);
    let replicated = "Azure offers no other point in time. Replication may be up to an hour behind.";
    let mut attributes = vec![
        Attribute::object(
            LIVE,
            vec![
                server(engine).description(format!("The ARM ID of the server: the `id` of `{azurerm}`.")),
                point_in_time::attribute().required().description(
                    "The time to restore, in RFC 3339 format, such as `2026-11-19T08:00:00Z`. `latest` means the \
                     time at which the restore is sent: the newest state that Azure has.",
                ),
            ],
        )
        .optional()
        .requires_replace()
        .description("Point-in-time restore of a server that exists, in the same region."),
        Attribute::object(
            GEO,
            vec![server(engine).description(format!(
                "The ARM ID of the server whose backups were replicated: the `id` of `{azurerm}`. The provider does \
                 not read this server, so its region may be down."
            ))],
        )
        .optional()
        .requires_replace()
        .description(format!(
            "Geo-restore: the newest state that was replicated to another region. {replicated} The source must have \
             geo-redundant backups."
        )),
    ];
    if engine == Engine::PostgreSql {
        attributes.push(
            Attribute::object(
                DROPPED,
                vec![
                    server(engine).description(
                        "The ARM ID that the deleted server had: `resourceId` of the event *Delete PostgreSQL server* \
                         in the Azure activity log.",
                    ),
                    Attribute::string(POINT_IN_TIME)
                        .required()
                        .requires_replace()
                        .canonical(canonical::instant)
                        .validate(text_checked_by(is_instant))
                        .description(
                            "The time at which the server was deleted, in RFC 3339 format: `submissionTimestamp` of \
                             that event. If Azure refuses it, try a time some minutes later.",
                        ),
                ],
            )
            .optional()
            .requires_replace()
            .description(
                "Restore of a server that was deleted. Azure keeps the backups of a deleted server for five days, and \
                 restores them in the same subscription only. Microsoft does not guarantee that this works.",
            ),
        );
    }
    attributes
}

fn properties(engine: Engine) -> Vec<Attribute> {
    let as_source = "If not set, Azure decides.";
    let retention = match engine {
        Engine::PostgreSql => 7..=35,
        Engine::MySql => 1..=35,
    };
    let not_with_geo = match engine {
        Engine::PostgreSql => " Cannot be set together with `geo`: Azure keeps the size of the source there.",
        Engine::MySql => "",
    };
    let fixed = match engine {
        Engine::PostgreSql => " It cannot be changed later.",
        Engine::MySql => "",
    };
    let mut attributes = vec![
        Attribute::string(AVAILABILITY_ZONE)
            .optional()
            .updates_in_place()
            .validate(one_of(&["1", "2", "3"]))
            .description(format!("The availability zone of the new server: `1`, `2` or `3`. {as_source}")),
        resource_id::attribute(DELEGATED_SUBNET, "a subnet", "Microsoft.Network/virtualNetworks/subnets")
            .optional()
            .updates_in_place()
            .description(
                "The ARM ID of the subnet for the new server: the `id` of `azurerm_subnet`. The subnet must be \
                 delegated to the service. A server with public access cannot be restored into a virtual network, \
                 nor the other way round.",
            ),
        resource_id::attribute(PRIVATE_DNS_ZONE, "a private DNS zone", "Microsoft.Network/privateDnsZones")
            .optional()
            .updates_in_place()
            .description(match engine {
                Engine::PostgreSql => {
                    "The ARM ID of the private DNS zone for the new server: the `id` of `azurerm_private_dns_zone`. \
                     Required with `delegated_subnet_id`, and only used with it."
                }
                Engine::MySql => {
                    "The ARM ID of the private DNS zone for the new server: the `id` of `azurerm_private_dns_zone`. \
                     Only used with `delegated_subnet_id`."
                }
            }),
        Attribute::string(PUBLIC_NETWORK_ACCESS)
            .optional()
            .updates_in_place()
            .validate(one_of(&[ENABLED, DISABLED]))
            .description(format!(
                "Whether the new server has a public endpoint: `Enabled` or `Disabled`. `Enabled` is not possible \
                 with `{DELEGATED_SUBNET}`. {as_source}"
            )),
        Attribute::object(
            SKU,
            vec![
                Attribute::string("name")
                    .required()
                    .updates_in_place()
                    .validate(length_between(1..=128))
                    .validate(text_checked_by(is_size))
                    .description("The compute size, such as `Standard_D4ds_v5`."),
                Attribute::string("tier")
                    .required()
                    .updates_in_place()
                    .validate(one_of(&["Burstable", "GeneralPurpose", "MemoryOptimized"]))
                    .description("The tier of this size: `Burstable`, `GeneralPurpose` or `MemoryOptimized`."),
            ],
        )
        .optional()
        .updates_in_place()
        .description(format!("The compute size of the new server. {as_source}{not_with_geo}")),
        Attribute::number(STORAGE_SIZE)
            .optional()
            .updates_in_place()
            .validate(int_between(1..=i64::from(i32::MAX)))
            .description(format!("The size of the disk of the new server, in GiB. {as_source}{not_with_geo}")),
        Attribute::number(BACKUP_RETENTION)
            .optional()
            .updates_in_place()
            .validate(int_between(retention.clone()))
            .description(format!(
                "How many days Azure keeps the backups of the new server, from {} to {}. {as_source}",
                retention.start(),
                retention.end()
            )),
        Attribute::string(GEO_REDUNDANT_BACKUP)
            .optional()
            .updates_in_place()
            .validate(one_of(&[ENABLED, DISABLED]))
            .description(format!(
                "Whether the backups of the new server are replicated to the paired region: `Enabled` or `Disabled`. \
                 {as_source}{fixed}"
            )),
    ];
    attributes.push(customer_managed_key());
    attributes.push(tags::attribute().description(
        "Tags of the new server. The tag `azurebackup-restore` is set by the provider. Whether Azure copies \
                 the tags of the source is not documented.",
    ));
    attributes
}

fn customer_managed_key() -> Attribute {
    let key = |name: &'static str| Attribute::string(name).updates_in_place().validate(text_checked_by(is_key));
    let identity = |name: &'static str| {
        let kind = "Microsoft.ManagedIdentity/userAssignedIdentities";
        resource_id::attribute(name, "a user-assigned identity", kind).updates_in_place()
    };
    Attribute::object(
        CUSTOMER_MANAGED_KEY,
        vec![
            key("primary_key_uri").required().description(
                "The URI of the key that encrypts the new server, in a key vault of its region: the `id` of \
                 `azurerm_key_vault_key`.",
            ),
            identity("primary_user_assigned_identity_id").required().description(
                "The ARM ID of the user-assigned managed identity that may use this key. It is assigned to the new \
                 server.",
            ),
            key("geo_backup_key_uri").optional().description(
                "The URI of the key that encrypts the replicated backups of the new server, in a key vault of the \
                 paired region.",
            ),
            identity("geo_backup_user_assigned_identity_id").optional().description(
                "The ARM ID of the user-assigned managed identity that may use that key. It is assigned to the new \
                 server. Required with `geo_backup_key_uri`.",
            ),
        ],
    )
    .optional()
    .updates_in_place()
    .description(
        "Encryption of the new server with keys of your own. Azure needs this for a geo-restore of a server that is \
         encrypted so, since keys and identities of the source are in another region.",
    )
}

impl Arguments {
    /// Which source is given; none while none is, as after an import.
    pub(super) fn source_kind(&self) -> Option<ServerSourceKind> {
        if !self.live.is_null() {
            Some(ServerSourceKind::Live)
        } else if !self.geo.is_null() {
            Some(ServerSourceKind::Geo)
        } else if !self.dropped.is_null() {
            Some(ServerSourceKind::Dropped)
        } else {
            None
        }
    }

    /// Where the source is named.
    pub(super) fn source_path(&self) -> ArgumentPath {
        let source = match self.source_kind() {
            Some(ServerSourceKind::Live) | None => LIVE,
            Some(ServerSourceKind::Geo) => GEO,
            Some(ServerSourceKind::Dropped) => DROPPED,
        };
        ArgumentPath::from(source).member(SERVER)
    }

    /// The ARM id of the source; none while it is null or unknown.
    pub(super) fn source_id(&self) -> Option<&str> {
        match self.source_kind()? {
            ServerSourceKind::Live => self.live.known()?.server_id.as_str(),
            ServerSourceKind::Geo => self.geo.known()?.server_id.as_str(),
            ServerSourceKind::Dropped => self.dropped.known()?.server_id.as_str(),
        }
    }

    /// What is restored; none where nothing is given, as after an import.
    ///
    /// # Errors
    /// [`NotGiven`] if a part of it is null or unknown. What has another form the schema's checks have refused.
    pub(super) fn source(&self, engine: Engine) -> Result<Option<ServerToRestore>, NotGiven> {
        let at = |argument: &str, member: &str| ArgumentPath::from(argument).member(member);
        let server = |id: &str| FlexibleServerId::parse(engine, id).ok();
        if let Some(live) = optional(&self.live, LIVE)? {
            let id = server(required_text(&live.server_id, at(LIVE, SERVER))?);
            let time = match required_text(&live.point_in_time, at(LIVE, POINT_IN_TIME))? {
                LATEST => Some(ServerTime::Latest),
                text => parse_instant(text).ok().map(ServerTime::At),
            };
            return Ok(id.zip(time).map(|(id, time)| ServerToRestore::Live(id, time)));
        }
        if let Some(geo) = optional(&self.geo, GEO)? {
            let id = server(required_text(&geo.server_id, at(GEO, SERVER))?);
            return Ok(id.map(ServerToRestore::Geo));
        }
        if let Some(dropped) = optional(&self.dropped, DROPPED)? {
            let id = server(required_text(&dropped.server_id, at(DROPPED, SERVER))?);
            let time = parse_instant(required_text(&dropped.point_in_time, at(DROPPED, POINT_IN_TIME))?).ok();
            return Ok(id.zip(time).map(|(id, time)| ServerToRestore::Dropped(id, time)));
        }
        Ok(None)
    }

    /// The new server; none while a part of its id is null, unknown or wrong.
    pub(super) fn target_id(&self, engine: Engine) -> Option<FlexibleServerId> {
        let group = ResourceId::parse(self.resource_group_id.as_str()?).ok()?;
        FlexibleServerId::new(engine, group.subscription()?, group.resource_group()?, self.name.as_str()?).ok()
    }
}

/// The prefixes by which azurerm writes tier and size as one word.
const TIERS_OF_AZURERM: [(&str, &str); 3] =
    [("B_", "Burstable"), ("GP_", "GeneralPurpose"), ("MO_", "MemoryOptimized")];

/// Whether a size is written as Azure writes it.
fn is_size(name: &str) -> Result<(), String> {
    let found = TIERS_OF_AZURERM.iter().find_map(|(prefix, tier)| Some((name.strip_prefix(prefix)?, tier)));
    match found {
        Some((size, tier)) => Err(format!(
            "{name:?} is how azurerm writes tier and size. Write them apart: `name = {size:?}` and `tier = {tier:?}`."
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::schema::Schema;
    use crate::tfplugin::value::Value;

    #[test]
    fn a_size_in_the_notation_of_azurerm_is_told_in_that_of_azure() {
        assert_eq!(is_size("Standard_D4ds_v5"), Ok(()));
        assert_eq!(
            is_size("GP_Standard_D4ds_v5").unwrap_err(),
            "\"GP_Standard_D4ds_v5\" is how azurerm writes tier and size. Write them apart: `name = \"Standard_D4ds_v5\"` \
             and `tier = \"GeneralPurpose\"`."
        );
        assert!(is_size("B_Standard_B1ms").unwrap_err().contains("Burstable"));
    }

    #[test]
    fn a_server_is_called_by_its_engine() {
        for (engine, what, azurerm) in [
            (Engine::PostgreSql, "a PostgreSQL flexible server", "azurerm_postgresql_flexible_server"),
            (Engine::MySql, "a MySQL flexible server", "azurerm_mysql_flexible_server"),
        ] {
            let schema = Schema::new("A copy.", vec![server(engine)]);
            let config = Value::object([(SERVER, Value::from("orders"))]);
            let said = schema.validate_config(&config).iter().map(|one| one.detail.clone()).collect::<String>();
            assert!(said.contains(what), "{said}");
            assert_eq!(super::azurerm(engine), azurerm);
        }
    }

    #[test]
    fn names_are_those_that_azure_takes() {
        for good in ["orders", "orders-2026", "0", &"d".repeat(63)] {
            assert_eq!(is_name(good), Ok(()), "{good}");
        }
        for bad in ["", "Orders", "a_b", "a.b", "-a", "a-", "ä", "a b", &"d".repeat(64)] {
            assert!(is_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_named_by_its_uri() {
        for good in ["https://v.vault.azure.net/keys/k/0123", "https://v.managedhsm.azure.net/keys/k"] {
            assert_eq!(is_key(good), Ok(()), "{good}");
        }
        for bad in [
            "k",
            "http://v.vault.azure.net/keys/k",
            "https://v.vault.azure.net/secrets/k",
            "https://v.vault.azure.net/keys/",
            "https://u:p@v.vault.azure.net/keys/k",
            "https://u@v.vault.azure.net/keys/k",
            "https://:p@v.vault.azure.net/keys/k",
            "https://v.vault.azure.net/keys/k?sig=x",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v",
        ] {
            assert!(is_key(bad).is_err(), "{bad}");
        }
    }
}

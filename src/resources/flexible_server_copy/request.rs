//! The body of the request.

use super::arguments::{
    AVAILABILITY_ZONE, Arguments, BACKUP_RETENTION, CUSTOMER_MANAGED_KEY, CustomerManagedKey, DELEGATED_SUBNET,
    GEO_REDUNDANT_BACKUP, PRIVATE_DNS_ZONE, PUBLIC_NETWORK_ACCESS, SKU, STORAGE_SIZE,
};
use crate::azure::flexible_servers::{
    Engine, PrivateDnsZone, ServerBackup, ServerEncryption, ServerIdentity, ServerNetwork, ServerRestoreRequest,
    ServerSku, ServerSource, ServerStorage,
};
use crate::azure::resource_id::ResourceId;
use crate::resources::arguments::tags;
use crate::resources::given::{optional, required_text};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::tfplugin::model::Attr;

/// The server to be made (REST: Servers - Create Or Update), without the tag of the restore. What is not set is left out,
/// so that Azure decides.
pub(super) fn request(
    engine: Engine,
    arguments: &Arguments,
    region: String,
    source: ServerSource,
) -> Result<ServerRestoreRequest, RestoreError> {
    let mut request = ServerRestoreRequest::new(region, source);
    request.tags = tags::read(&arguments.tags)?;
    if let Some(sku) = optional(&arguments.sku, SKU)? {
        let member = |name: &str| ArgumentPath::from(SKU).member(name);
        request.sku = Some(ServerSku {
            name: required_text(&sku.name, member("name"))?.to_owned(),
            tier: required_text(&sku.tier, member("tier"))?.to_owned(),
        });
    }
    let own = &mut request.properties;
    own.availability_zone = optional(&arguments.availability_zone, AVAILABILITY_ZONE)?.cloned();
    own.network = network(engine, arguments)?;
    own.storage = optional(&arguments.storage_size_gb, STORAGE_SIZE)?.map(|size| ServerStorage { size_gb: *size });
    let days = optional(&arguments.backup_retention_days, BACKUP_RETENTION)?.copied();
    let replicated = optional(&arguments.geo_redundant_backup, GEO_REDUNDANT_BACKUP)?.cloned();
    let backup = ServerBackup { backup_retention_days: days, geo_redundant_backup: replicated };
    own.backup = (days.is_some() || backup.geo_redundant_backup.is_some()).then_some(backup);
    if let Some(keys) = optional(&arguments.customer_managed_key, CUSTOMER_MANAGED_KEY)? {
        let encryption = encryption(keys)?;
        let ids = std::iter::once(encryption.primary_identity_id.clone());
        request.identity = ServerIdentity::of(ids.chain(encryption.geo_backup_identity_id.clone()));
        request.properties.data_encryption = Some(encryption);
    }
    Ok(request)
}

/// An id as bodies hold it: in plain letters.
fn plain_id(value: &str, argument: ArgumentPath) -> Result<String, RestoreError> {
    let id = ResourceId::parse(value).map_err(|error| RestoreError::wrong(argument, error.to_string()))?;
    Ok(id.decoded())
}

fn optional_id(value: &Attr<String>, argument: ArgumentPath) -> Result<Option<String>, RestoreError> {
    optional(value, argument.clone())?.map(|id| plain_id(id, argument)).transpose()
}

fn network(engine: Engine, arguments: &Arguments) -> Result<Option<ServerNetwork>, RestoreError> {
    let zone = optional_id(&arguments.private_dns_zone_id, PRIVATE_DNS_ZONE.into())?;
    let network = ServerNetwork {
        delegated_subnet_resource_id: optional_id(&arguments.delegated_subnet_id, DELEGATED_SUBNET.into())?,
        private_dns_zone: zone.map(|id| match engine {
            Engine::PostgreSql => PrivateDnsZone::PostgreSql(id),
            Engine::MySql => PrivateDnsZone::MySql(id),
        }),
        public_network_access: optional(&arguments.public_network_access, PUBLIC_NETWORK_ACCESS)?.cloned(),
    };
    Ok((network != ServerNetwork::default()).then_some(network))
}

fn encryption(keys: &CustomerManagedKey) -> Result<ServerEncryption, RestoreError> {
    let at = |name: &str| ArgumentPath::from(CUSTOMER_MANAGED_KEY).member(name);
    let identity = at("primary_user_assigned_identity_id");
    let id = required_text(&keys.primary_user_assigned_identity_id, identity.clone())?;
    let key = required_text(&keys.primary_key_uri, at("primary_key_uri"))?;
    let mut encryption = ServerEncryption::new(key.to_owned(), plain_id(id, identity)?);
    let key = optional(&keys.geo_backup_key_uri, at("geo_backup_key_uri"))?;
    encryption.geo_backup_key_uri = key.cloned();
    encryption.geo_backup_identity_id =
        optional_id(&keys.geo_backup_user_assigned_identity_id, at("geo_backup_user_assigned_identity_id"))?;
    Ok(encryption)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::azure::flexible_servers::{ServerCreateMode, ServerPoint};
    use crate::resources::arguments::tags::TAGS;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::{Path, Value};

    // The bodies of the first three tests are the published examples of the services
    // (docs/reference/azure-flexible-servers.md#restores).

    const GROUP: &str = "/subscriptions/ffffffff-ffff-ffff-ffff-ffffffffffff/resourceGroups/exampleresourcegroup";

    fn arguments(members: impl IntoIterator<Item = (&'static str, Value)>) -> Arguments {
        Arguments::from_value(&Value::object(members), &Path::root()).unwrap()
    }

    fn body(engine: Engine, members: &[(&'static str, Value)], region: &str, source: ServerSource) -> Json {
        let arguments = arguments(members.iter().cloned());
        serde_json::to_value(request(engine, &arguments, region.into(), source).unwrap()).unwrap()
    }

    fn postgresql(create_mode: ServerCreateMode) -> ServerSource {
        ServerSource {
            create_mode,
            source_server_resource_id: format!(
                "{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/examplesourceserver"
            ),
            point: Some(ServerPoint::PostgreSql("2024-08-01T18:35:22.123456Z".into())),
        }
    }

    #[test]
    fn a_point_in_time_restore_of_postgresql_is_sent_as_published() {
        let expected = json!({
            "location": "westus",
            "properties": {
                "createMode": "PointInTimeRestore",
                "sourceServerResourceId": format!("{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/examplesourceserver"),
                "pointInTimeUTC": "2024-08-01T18:35:22.123456Z",
            },
        });
        let source = postgresql(ServerCreateMode::PointInTimeRestore);
        assert_eq!(body(Engine::PostgreSql, &[], "westus", source), expected);
    }

    #[test]
    fn a_geo_restore_with_keys_is_sent_as_published() {
        let identity =
            |name: &str| format!("{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}");
        let (primary, geo) = (identity("exampleprimaryidentity"), identity("examplegeoredundantidentity"));
        let primary_key =
            "https://exampleprimarykeyvault.vault.azure.net/keys/examplekey/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
        let geo_key =
            "https://examplegeoredundantkeyvault.vault.azure.net/keys/examplekey/yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy";
        let keys = Value::object([
            ("primary_key_uri", primary_key),
            ("primary_user_assigned_identity_id", primary.as_str()),
            ("geo_backup_key_uri", geo_key),
            ("geo_backup_user_assigned_identity_id", geo.as_str()),
        ]);
        let expected = json!({
            "location": "westus",
            "identity": {"userAssignedIdentities": {&primary: {}, &geo: {}}, "type": "UserAssigned"},
            "properties": {
                "createMode": "GeoRestore",
                "sourceServerResourceId": format!("{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/examplesourceserver"),
                "pointInTimeUTC": "2024-08-01T18:35:22.123456Z",
                "dataEncryption": {
                    "type": "AzureKeyVault", "primaryKeyURI": primary_key, "primaryUserAssignedIdentityId": primary,
                    "geoBackupKeyURI": geo_key, "geoBackupUserAssignedIdentityId": geo,
                },
            },
        });
        let source = postgresql(ServerCreateMode::GeoRestore);
        assert_eq!(body(Engine::PostgreSql, &[(CUSTOMER_MANAGED_KEY, keys)], "westus", source), expected);
    }

    #[test]
    fn a_point_in_time_restore_of_mysql_is_sent_as_published() {
        let source_id = "/subscriptions/ffffffff-ffff-ffff-ffff-ffffffffffff/resourceGroups/SourceResourceGroup/providers/Microsoft.DBforMySQL/flexibleServers/sourceserver";
        let source = ServerSource {
            create_mode: ServerCreateMode::PointInTimeRestore,
            source_server_resource_id: source_id.into(),
            point: Some(ServerPoint::MySql("2021-06-24T00:00:37.467Z".into())),
        };
        let members = [
            (SKU, Value::object([("name", "Standard_D14_v2"), ("tier", "GeneralPurpose")])),
            (TAGS, Value::object([("num", "1")])),
        ];
        let expected = json!({
            "location": "SoutheastAsia",
            "properties": {"createMode": "PointInTimeRestore", "restorePointInTime": "2021-06-24T00:00:37.467Z",
                "sourceServerResourceId": source_id},
            "sku": {"name": "Standard_D14_v2", "tier": "GeneralPurpose"},
            "tags": {"num": "1"},
        });
        assert_eq!(body(Engine::MySql, &members, "SoutheastAsia", source), expected);
    }

    #[test]
    fn everything_that_is_set_is_sent_under_the_names_of_its_service() {
        let subnet = format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/n/subnets/s");
        let zone = format!("{GROUP}/providers/Microsoft.Network/privateDnsZones/z.example.com");
        let members = [
            (AVAILABILITY_ZONE, Value::from("2")),
            (DELEGATED_SUBNET, subnet.as_str().into()),
            (PRIVATE_DNS_ZONE, zone.as_str().into()),
            (PUBLIC_NETWORK_ACCESS, "Disabled".into()),
            (STORAGE_SIZE, 512.into()),
            (BACKUP_RETENTION, 14.into()),
            (GEO_REDUNDANT_BACKUP, "Enabled".into()),
        ];
        for (engine, zone_member) in
            [(Engine::PostgreSql, "privateDnsZoneArmResourceId"), (Engine::MySql, "privateDnsZoneResourceId")]
        {
            let sent = body(engine, &members, "westus", postgresql(ServerCreateMode::PointInTimeRestore));
            let own = &sent["properties"];
            assert_eq!(own["availabilityZone"], "2");
            assert_eq!(own["storage"], json!({"storageSizeGB": 512}));
            assert_eq!(own["backup"], json!({"backupRetentionDays": 14, "geoRedundantBackup": "Enabled"}));
            assert_eq!(
                own["network"],
                json!({"delegatedSubnetResourceId": subnet, zone_member: zone, "publicNetworkAccess": "Disabled"})
            );
        }
    }

    #[test]
    fn of_backups_only_what_is_set_is_sent() {
        for (argument, value, sent) in [
            (BACKUP_RETENTION, Value::from(14), json!({"backupRetentionDays": 14})),
            (GEO_REDUNDANT_BACKUP, "Enabled".into(), json!({"geoRedundantBackup": "Enabled"})),
        ] {
            let source = postgresql(ServerCreateMode::PointInTimeRestore);
            assert_eq!(body(Engine::PostgreSql, &[(argument, value)], "westus", source)["properties"]["backup"], sent);
        }
    }

    #[test]
    fn an_unknown_value_is_never_left_out() {
        let own = [
            (TAGS, Value::object([("env", Value::unknown())])),
            (SKU, Value::unknown()),
            (SKU, Value::object([("name", Value::unknown()), ("tier", "Burstable".into())])),
            (DELEGATED_SUBNET, Value::unknown()),
            (GEO_REDUNDANT_BACKUP, Value::unknown()),
            (CUSTOMER_MANAGED_KEY, Value::unknown()),
        ];
        for member in own {
            let source = postgresql(ServerCreateMode::GeoRestore);
            let arguments = arguments([member.clone()]);
            assert!(request(Engine::PostgreSql, &arguments, "westus".into(), source).is_err(), "{}", member.0);
        }
    }
}

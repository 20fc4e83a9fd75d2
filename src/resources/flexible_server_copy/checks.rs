//! Checks of several arguments together, which need no Azure.

use time::OffsetDateTime;

use super::arguments::{
    AVAILABILITY_ZONE, Arguments, BACKUP_RETENTION, CUSTOMER_MANAGED_KEY, DELEGATED_SUBNET, DROPPED, ENABLED, GEO,
    GEO_REDUNDANT_BACKUP, LIVE, LOCATION, NAME, PRIVATE_DNS_ZONE, PUBLIC_NETWORK_ACCESS, SKU, STORAGE_SIZE,
};
use crate::azure::flexible_servers::{Engine, FlexibleServerId};
use crate::azure::resource_id::is_same;
use crate::resources::arguments::point_in_time;
use crate::resources::arguments::tags::{self, TAGS};
use crate::resources::restore::wrong;
use crate::restore::flexible_servers::ServerSourceKind;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::Attr;

/// All of them. What is unknown is skipped.
pub(super) fn check(engine: Engine, arguments: &Arguments) -> Diagnostics {
    let own = [
        region_is_the_sources_or_named(arguments),
        source_is_not_the_target(engine, arguments),
        dropped_is_in_the_subscription(engine, arguments),
        zone_goes_with_its_subnet(engine, arguments),
        subnet_has_no_public_endpoint(arguments),
        size_of_a_geo_restore_is_the_sources(engine, arguments),
        keys_of_backups_have_an_identity(arguments),
        tags::check(&arguments.tags, "server"),
    ];
    own.into_iter().flatten().collect()
}

fn source(engine: Engine, arguments: &Arguments) -> Option<FlexibleServerId> {
    FlexibleServerId::parse(engine, arguments.source_id()?).ok()
}

fn region_is_the_sources_or_named(arguments: &Arguments) -> Option<Diagnostic> {
    let source = arguments.source_kind()?;
    let text = match source {
        ServerSourceKind::Live if arguments.location.is_null() => return None,
        ServerSourceKind::Live => {
            let text = format!(
                "With `{LIVE}`, the new server is always in the region of the source. Remove `{LOCATION}`. For another \
                 region, use `{GEO}`."
            );
            return Some(wrong(LOCATION, "The region follows from the source", text));
        }
        ServerSourceKind::Geo => {
            format!("With `{GEO}`, set `{LOCATION}` to the region that the backups are replicated to.")
        }
        ServerSourceKind::Dropped => {
            format!("With `{DROPPED}`, set `{LOCATION}` to the region in which the deleted server was.")
        }
    };
    arguments.location.is_null().then(|| wrong(LOCATION, "The region is missing", text))
}

fn source_is_not_the_target(engine: Engine, arguments: &Arguments) -> Option<Diagnostic> {
    let (source, target) = (source(engine, arguments)?, arguments.target_id(engine)?);
    // A deleted server has given its name back.
    let taken = arguments.source_kind() != Some(ServerSourceKind::Dropped) && source == target;
    let text = "This is the server that is restored. A restore never overwrites a server. Choose another name.";
    taken.then(|| wrong(NAME, "The name is taken", text))
}

fn dropped_is_in_the_subscription(engine: Engine, arguments: &Arguments) -> Option<Diagnostic> {
    let (source, target) = (source(engine, arguments)?, arguments.target_id(engine)?);
    let elsewhere = arguments.source_kind() == Some(ServerSourceKind::Dropped)
        && !is_same(source.subscription(), target.subscription());
    let text = format!(
        "The deleted server was in subscription {}, and `resource_group_id` names a group of another subscription. \
         Azure restores a deleted server in its own subscription only.",
        source.subscription()
    );
    elsewhere.then(|| wrong(DROPPED, "Another subscription", text))
}

fn zone_goes_with_its_subnet(engine: Engine, arguments: &Arguments) -> Option<Diagnostic> {
    let (subnet, zone) = (&arguments.delegated_subnet_id, &arguments.private_dns_zone_id);
    if subnet.is_null() && !zone.is_null() {
        let text = format!(
            "A private DNS zone is used only by a server in a virtual network. Set `{DELEGATED_SUBNET}`, too, or \
             remove `{PRIVATE_DNS_ZONE}`."
        );
        return Some(wrong(PRIVATE_DNS_ZONE, "A DNS zone without a subnet", text));
    }
    if engine == Engine::PostgreSql && !subnet.is_null() && zone.is_null() {
        let text = format!(
            "Azure needs a private DNS zone for a PostgreSQL server in a virtual network. Set `{PRIVATE_DNS_ZONE}`, too."
        );
        return Some(wrong(DELEGATED_SUBNET, "A subnet without a DNS zone", text));
    }
    None
}

fn subnet_has_no_public_endpoint(arguments: &Arguments) -> Option<Diagnostic> {
    let public = arguments.public_network_access.as_str() == Some(ENABLED);
    let text = format!(
        "A server in a virtual network has no public endpoint. Remove `{PUBLIC_NETWORK_ACCESS}`, or remove \
         `{DELEGATED_SUBNET}`."
    );
    (public && !arguments.delegated_subnet_id.is_null())
        .then(|| wrong(PUBLIC_NETWORK_ACCESS, "Public access and a subnet", text))
}

fn size_of_a_geo_restore_is_the_sources(engine: Engine, arguments: &Arguments) -> Option<Diagnostic> {
    if engine != Engine::PostgreSql || arguments.source_kind() != Some(ServerSourceKind::Geo) {
        return None;
    }
    let given = [(SKU, arguments.sku.is_null()), (STORAGE_SIZE, arguments.storage_size_gb.is_null())];
    let (argument, _) = given.into_iter().find(|(_, absent)| !absent)?;
    let text = format!(
        "Azure cannot change the compute and storage of a PostgreSQL server during a geo-restore. Remove `{argument}`, \
         and change the server after the restore."
    );
    Some(wrong(argument, "The size follows from the source", text))
}

fn keys_of_backups_have_an_identity(arguments: &Arguments) -> Option<Diagnostic> {
    let keys = arguments.customer_managed_key.known()?;
    let (key, identity) = (&keys.geo_backup_key_uri, &keys.geo_backup_user_assigned_identity_id);
    let text = "`geo_backup_key_uri` and `geo_backup_user_assigned_identity_id` belong together: a key, and \
                the identity that may use it. Set both or neither.";
    (key.is_null() != identity.is_null())
        .then(|| wrong(CUSTOMER_MANAGED_KEY, "Half a key for replicated backups", text))
}

/// That an instant lies in the past: time makes it come true.
pub(super) fn check_against_the_clock(arguments: &Arguments, now: OffsetDateTime) -> Diagnostics {
    let points = [
        (LIVE, arguments.live.known().map(|live| &live.point_in_time)),
        (DROPPED, arguments.dropped.known().map(|dropped| &dropped.point_in_time)),
    ];
    let told = points
        .into_iter()
        .filter_map(|(argument, point)| point_in_time::check_member_against_the_clock(argument, point?, now));
    told.collect()
}

/// Arguments that say how the server is made and that differ: a change of them does not reach one that is there.
pub(super) fn changed_properties(before: &Arguments, after: &Arguments) -> Vec<&'static str> {
    fn texts(one: &Attr<String>, other: &Attr<String>) -> bool {
        match (one.as_str(), other.as_str()) {
            (Some(one), Some(other)) => !is_same(one, other),
            _ => one.is_null() != other.is_null(),
        }
    }
    let sku = |own: &Arguments| own.sku.known().map(|sku| (sku.name.clone(), sku.tier.clone()));
    let keys = |own: &Arguments| {
        own.customer_managed_key.known().map(|keys| {
            let ids = [&keys.primary_user_assigned_identity_id, &keys.geo_backup_user_assigned_identity_id];
            let uris = [&keys.primary_key_uri, &keys.geo_backup_key_uri];
            ids.into_iter().chain(uris).map(|text| text.as_str().map(str::to_lowercase)).collect::<Vec<_>>()
        })
    };
    let found = [
        (AVAILABILITY_ZONE, texts(&before.availability_zone, &after.availability_zone)),
        (DELEGATED_SUBNET, texts(&before.delegated_subnet_id, &after.delegated_subnet_id)),
        (PRIVATE_DNS_ZONE, texts(&before.private_dns_zone_id, &after.private_dns_zone_id)),
        (PUBLIC_NETWORK_ACCESS, texts(&before.public_network_access, &after.public_network_access)),
        (SKU, sku(before) != sku(after)),
        (STORAGE_SIZE, before.storage_size_gb != after.storage_size_gb),
        (BACKUP_RETENTION, before.backup_retention_days != after.backup_retention_days),
        (GEO_REDUNDANT_BACKUP, texts(&before.geo_redundant_backup, &after.geo_redundant_backup)),
        (CUSTOMER_MANAGED_KEY, keys(before) != keys(after)),
        (TAGS, tags::differ(&before.tags, &after.tags)),
    ];
    found.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::{Path, Value};

    const GROUP: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g";

    fn arguments(members: &[(&str, Value)]) -> Arguments {
        let own = [(NAME, Value::from("copy")), ("resource_group_id", GROUP.into())];
        Arguments::from_value(&Value::object(own.into_iter().chain(members.iter().cloned())), &Path::root()).unwrap()
    }

    fn said(engine: Engine, members: &[(&str, Value)]) -> Vec<String> {
        let found = check(engine, &arguments(members));
        found.iter().map(|found| format!("{}: {}", found.path.as_ref().unwrap(), found.summary)).collect()
    }

    fn id(engine: Engine, name: &str) -> String {
        format!("{GROUP}/providers/{}/{name}", engine.resource_type())
    }

    fn live(engine: Engine, name: &str) -> (&'static str, Value) {
        let id = id(engine, name);
        (LIVE, Value::object([("server_id", id.as_str()), ("point_in_time", "2026-11-19T08:00:00Z")]))
    }

    fn geo(engine: Engine) -> (&'static str, Value) {
        (GEO, Value::object([("server_id", id(engine, "orders").as_str())]))
    }

    const PG: Engine = Engine::PostgreSql;
    const MYSQL: Engine = Engine::MySql;

    #[test]
    fn the_region_is_named_where_the_source_does_not_say_it() {
        let region = || (LOCATION, Value::from("northeurope"));
        assert_eq!(said(PG, &[live(PG, "orders")]), [""; 0]);
        assert_eq!(said(PG, &[live(PG, "orders"), region()]), ["location: The region follows from the source"]);
        assert_eq!(said(MYSQL, &[geo(MYSQL), region()]), [""; 0]);
        assert_eq!(said(MYSQL, &[geo(MYSQL)]), ["location: The region is missing"]);
        assert_eq!(said(MYSQL, &[geo(MYSQL), (LOCATION, Value::unknown())]), [""; 0]);
        let dropped = || (DROPPED, Value::object([("server_id", id(PG, "orders").as_str())]));
        for (source, region) in
            [(geo(PG), "that the backups are replicated to."), (dropped(), "in which the deleted server was.")]
        {
            let found = region_is_the_sources_or_named(&arguments(&[source])).unwrap();
            assert!(found.detail.ends_with(region), "{}", found.detail);
        }
    }

    #[test]
    fn a_name_is_free_only_once_its_server_is_deleted() {
        assert_eq!(said(PG, &[live(PG, "Copy")]), ["name: The name is taken"]);
        let dropped = |id: String| {
            (DROPPED, Value::object([("server_id", id.as_str()), ("point_in_time", "2026-11-19T08:00:00Z")]))
        };
        let region = || (LOCATION, Value::from("westeurope"));
        assert_eq!(said(PG, &[dropped(id(PG, "copy")), region()]), [""; 0]);
        let other = id(PG, "orders").replace("000000000001", "000000000002");
        assert_eq!(said(PG, &[dropped(other), region()]), ["dropped: Another subscription"]);
        assert_eq!(said(PG, &[dropped(id(PG, "orders"))]), ["location: The region is missing"]);
    }

    #[test]
    fn networks_are_whole_or_not_there() {
        let subnet = || (DELEGATED_SUBNET, Value::from("/s"));
        let zone = || (PRIVATE_DNS_ZONE, Value::from("/z"));
        let public = |word: &str| (PUBLIC_NETWORK_ACCESS, Value::from(word));
        assert_eq!(said(PG, &[subnet(), zone(), public("Disabled")]), [""; 0]);
        assert_eq!(said(PG, &[subnet()]), ["delegated_subnet_id: A subnet without a DNS zone"]);
        assert_eq!(said(MYSQL, &[subnet()]), [""; 0]);
        for engine in [PG, MYSQL] {
            assert_eq!(said(engine, &[zone()]), ["private_dns_zone_id: A DNS zone without a subnet"]);
            let both = [subnet(), zone(), public("Enabled")];
            assert_eq!(said(engine, &both), ["public_network_access: Public access and a subnet"]);
        }
    }

    #[test]
    fn a_geo_restore_of_postgresql_keeps_its_size() {
        let region = || (LOCATION, Value::from("northeurope"));
        let sku = || (SKU, Value::object([("name", "Standard_D4ds_v5"), ("tier", "GeneralPurpose")]));
        assert_eq!(said(PG, &[geo(PG), region(), sku()]), ["sku: The size follows from the source"]);
        let storage = (STORAGE_SIZE, Value::from(512));
        assert_eq!(said(PG, &[geo(PG), region(), storage]), ["storage_size_gb: The size follows from the source"]);
        assert_eq!(said(MYSQL, &[geo(MYSQL), region(), sku()]), [""; 0]);
        assert_eq!(said(PG, &[live(PG, "orders"), sku()]), [""; 0]);
    }

    #[test]
    fn half_a_key_and_the_tag_of_the_restore_are_told() {
        let keys = |more: &[(&str, &str)]| {
            let own = [("primary_key_uri", "k"), ("primary_user_assigned_identity_id", "i")];
            (CUSTOMER_MANAGED_KEY, Value::object(own.into_iter().chain(more.iter().copied())))
        };
        assert_eq!(said(PG, &[keys(&[])]), [""; 0]);
        let half = keys(&[("geo_backup_key_uri", "k")]);
        assert_eq!(said(PG, &[half]), ["customer_managed_key: Half a key for replicated backups"]);
        let tags = |name: &str| (TAGS, Value::object([(name, "x")]));
        assert_eq!(said(PG, &[tags("AzureBackup-Restore")]), ["tags: The tag of the restore cannot be set"]);
        assert_eq!(said(PG, &[tags("env")]), [""; 0]);
    }

    #[test]
    fn an_instant_lies_in_the_past() {
        let told = |now| check_against_the_clock(&arguments(&[live(PG, "orders")]), now).iter().count();
        assert_eq!(told(datetime!(2026-11-19 08:00 UTC)), 0);
        assert_eq!(told(datetime!(2026-11-19 07:59 UTC)), 1);
    }

    #[test]
    fn only_properties_that_differ_are_without_effect() {
        let before = arguments(&[(AVAILABILITY_ZONE, "1".into()), (DELEGATED_SUBNET, "/S".into())]);
        let after = arguments(&[(AVAILABILITY_ZONE, "2".into()), (DELEGATED_SUBNET, "/s".into()), (NAME, "x".into())]);
        assert_eq!(changed_properties(&before, &after), [AVAILABILITY_ZONE]);
        assert_eq!(changed_properties(&before, &before), [""; 0]);
        let sku = |name: &str| arguments(&[(SKU, Value::object([("name", name), ("tier", "Burstable")]))]);
        assert_eq!(changed_properties(&sku("a"), &sku("b")), [SKU]);
    }
}

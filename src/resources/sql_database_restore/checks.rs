//! Checks of several arguments together, which need no Azure.

use time::OffsetDateTime;

use super::arguments::{
    Arguments, BACKUP_STORAGE_REDUNDANCY, DROPPED, ELASTIC_POOL, LICENSE_TYPE, LIVE, NAME, SERVER, SKU_NAME, TAGS,
    ZONE_REDUNDANT,
};
use crate::azure::resource_id::is_same;
use crate::azure::sql::{DatabaseId, ElasticPoolId, RESTORE_TAG, RestorableDroppedDatabaseId, SqlServerId};
use crate::resources::restore::wrong;
use crate::restore::record::instant;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::model::Attr;

/// All of them. What is unknown is skipped.
pub(super) fn check(arguments: &Arguments) -> Diagnostics {
    let own = [
        live_is_on_the_server(arguments),
        live_keeps_its_name(arguments),
        dropped_was_on_the_server(arguments),
        pool_is_on_the_server(arguments),
        tag_is_ours(arguments),
    ];
    own.into_iter().flatten().collect()
}

fn server(arguments: &Arguments) -> Option<SqlServerId> {
    SqlServerId::parse(arguments.server_id.as_str()?).ok()
}

fn live(arguments: &Arguments) -> Option<DatabaseId> {
    DatabaseId::parse(arguments.live.known()?.database_id.as_str()?).ok()
}

fn other_server(argument: &str, what: &str, found: &SqlServerId, way_on: &str) -> Diagnostic {
    let text = format!("{what} is on {found}, and `{SERVER}` names another server. {way_on}");
    wrong(argument, "Another server", text)
}

fn live_is_on_the_server(arguments: &Arguments) -> Option<Diagnostic> {
    let (server, source) = (server(arguments)?, live(arguments)?);
    let way_on = "Azure restores to a point in time on the server of the source only. For another server, use `geo` or \
                  `long_term`.";
    (*source.server() != server).then(|| other_server(LIVE, "The database of `live`", source.server(), way_on))
}

fn live_keeps_its_name(arguments: &Arguments) -> Option<Diagnostic> {
    let (server, source, name) = (server(arguments)?, live(arguments)?, arguments.name.as_str()?);
    let taken = *source.server() == server && is_same(&source.database_name(), name);
    let text = "This is the name of the database that is restored. A restore never overwrites it. Choose another name; \
                afterwards the databases can be renamed.";
    taken.then(|| wrong(NAME, "The name is taken", text))
}

fn dropped_was_on_the_server(arguments: &Arguments) -> Option<Diagnostic> {
    let id = arguments.dropped.known()?.restorable_dropped_database_id.as_str()?;
    let (server, source) = (server(arguments)?, RestorableDroppedDatabaseId::parse(id).ok()?);
    let way_on =
        "Azure restores a dropped database on its own server only. For another server, use `geo` or `long_term`.";
    (*source.parent() != server).then(|| other_server(DROPPED, "The dropped database", source.parent(), way_on))
}

fn pool_is_on_the_server(arguments: &Arguments) -> Option<Diagnostic> {
    let (server, pool) = (server(arguments)?, ElasticPoolId::parse(arguments.elastic_pool_id.as_str()?).ok()?);
    let way_on = "Name a pool of the server that is restored to.";
    (*pool.parent() != server).then(|| other_server(ELASTIC_POOL, "The elastic pool", pool.parent(), way_on))
}

fn tag_is_ours(arguments: &Arguments) -> Option<Diagnostic> {
    let own = arguments.tags.known()?.keys().any(|name| is_same(name, RESTORE_TAG));
    let text = format!(
        "The provider sets the tag `{RESTORE_TAG}` itself, to know the database by it. Remove it from `{TAGS}`."
    );
    own.then(|| wrong(TAGS, "The tag of the restore", text))
}

/// That an instant lies in the past: time makes it come true.
pub(super) fn check_against_the_clock(arguments: &Arguments, now: OffsetDateTime) -> Diagnostics {
    let points = [
        (LIVE, arguments.live.known().map(|live| &live.point_in_time)),
        (DROPPED, arguments.dropped.known().map(|dropped| &dropped.point_in_time)),
    ];
    let told = points.into_iter().filter_map(|(argument, point)| {
        let at = parse_instant(point?.as_str()?).ok()?;
        let text = || format!("`point_in_time` must lie in the past. It is {} now.", instant(now));
        (at > now).then(|| wrong(argument, "The instant lies in the future", text()))
    });
    told.collect()
}

/// Arguments that say how the database is made and that differ: a change of them does not reach one that is there.
pub(super) fn changed_properties(before: &Arguments, after: &Arguments) -> Vec<&'static str> {
    fn texts(one: &Attr<String>, other: &Attr<String>) -> bool {
        match (one.as_str(), other.as_str()) {
            (Some(one), Some(other)) => !is_same(one, other),
            _ => one.is_null() != other.is_null(),
        }
    }
    let tags = |tags: &Arguments| tags.tags.known().filter(|tags| !tags.is_empty()).cloned();
    let found = [
        (SKU_NAME, texts(&before.sku_name, &after.sku_name)),
        (ELASTIC_POOL, texts(&before.elastic_pool_id, &after.elastic_pool_id)),
        (ZONE_REDUNDANT, before.zone_redundant != after.zone_redundant),
        (BACKUP_STORAGE_REDUNDANCY, texts(&before.backup_storage_redundancy, &after.backup_storage_redundancy)),
        (LICENSE_TYPE, texts(&before.license_type, &after.license_type)),
        (TAGS, tags(before) != tags(after)),
    ];
    found.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::resources::sql_database_restore::arguments::{GEO, LONG_TERM};
    use crate::restore::sql::SourceKind;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::{Path, Value};

    const GROUP: &str =
        "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Sql/servers";

    fn arguments(members: &[(&str, Value)]) -> Arguments {
        let own = [(SERVER, Value::from(format!("{GROUP}/sql"))), (NAME, "restored".into())];
        Arguments::from_value(&Value::object(own.into_iter().chain(members.iter().cloned())), &Path::root()).unwrap()
    }

    fn said(members: &[(&str, Value)]) -> Vec<String> {
        let found = check(&arguments(members));
        found.iter().map(|found| format!("{}: {}", found.path.as_ref().unwrap(), found.summary)).collect()
    }

    fn live(server: &str, name: &str) -> (&'static str, Value) {
        let id = format!("{GROUP}/{server}/databases/{name}");
        (LIVE, Value::object([("database_id", id.as_str()), ("point_in_time", "2026-11-19T08:00:00Z")]))
    }

    #[test]
    fn what_azure_does_on_one_server_only_is_told_before_anything_is_sent() {
        assert_eq!(said(&[live("SQL", "orders")]), [""; 0]);
        assert_eq!(said(&[live("other", "orders")]), ["live: Another server"]);
        assert_eq!(said(&[live("sql", "Restored")]), ["name: The name is taken"]);
        let dropped = |server: &str| {
            let id = format!("{GROUP}/{server}/restorableDroppedDatabases/orders,1");
            (DROPPED, Value::object([("restorable_dropped_database_id", id.as_str())]))
        };
        assert_eq!(said(&[dropped("sql")]), [""; 0]);
        assert_eq!(said(&[dropped("other")]), ["dropped: Another server"]);
        let pool = |server: &str| (ELASTIC_POOL, Value::from(format!("{GROUP}/{server}/elasticPools/p")));
        assert_eq!(said(&[pool("sql")]), [""; 0]);
        assert_eq!(said(&[pool("other")]), ["elastic_pool_id: Another server"]);
    }

    #[test]
    fn what_is_unknown_is_not_judged() {
        let unknown = (LIVE, Value::object([("database_id", Value::unknown()), ("point_in_time", Value::unknown())]));
        assert_eq!(said(&[unknown, (ELASTIC_POOL, Value::unknown()), (TAGS, Value::unknown())]), [""; 0]);
    }

    #[test]
    fn the_tag_of_the_restore_is_not_the_users() {
        assert_eq!(said(&[(TAGS, Value::object([("AzureBackup-Restore", "x")]))]), ["tags: The tag of the restore"]);
        assert_eq!(said(&[(TAGS, Value::object([("env", "x")]))]), [""; 0]);
    }

    #[test]
    fn an_instant_lies_in_the_past() {
        let told = |now| check_against_the_clock(&arguments(&[live("sql", "orders")]), now).iter().count();
        assert_eq!(told(datetime!(2026-11-19 08:00 UTC)), 0);
        assert_eq!(told(datetime!(2026-11-19 07:59 UTC)), 1);
    }

    #[test]
    fn only_properties_that_differ_are_without_effect() {
        let before = arguments(&[(SKU_NAME, "S0".into())]);
        let after = arguments(&[(SKU_NAME, "S1".into()), (TAGS, Value::object([("a", "b")])), (NAME, "x".into())]);
        assert_eq!(changed_properties(&before, &after), [SKU_NAME, TAGS]);
        assert_eq!(changed_properties(&before, &before), [""; 0]);
    }

    #[test]
    fn a_source_is_known_by_the_one_argument_that_names_it() {
        let sources = [
            (GEO, SourceKind::Geo),
            (LIVE, SourceKind::Live),
            (DROPPED, SourceKind::Dropped),
            (LONG_TERM, SourceKind::LongTerm),
        ];
        for (argument, kind) in sources {
            let own = arguments(&[(argument, Value::object([("x", "/id")]))]);
            assert_eq!(own.source_kind(), Some(kind), "{argument}");
            assert!(own.source_path().to_string().starts_with(argument));
        }
        assert_eq!(arguments(&[]).source_kind(), None);
    }
}

//! Checks of several arguments together, which need no Azure.

use super::arguments::{
    Arguments, BACKUP_STORAGE_REDUNDANCY, ELASTIC_POOL, LICENSE_TYPE, SERVER, SKU_NAME, ZONE_REDUNDANT,
};
use crate::azure::resource_id::is_same;
use crate::azure::sql::{DatabaseId, ElasticPoolId, RestorableDroppedDatabaseId, SqlServerId};
use crate::resources::restore::wrong;
use crate::resources::sql::sources::{DROPPED, LIVE};
use crate::resources::sql::{NAME, TAGS, tag_is_ours, tags_differ};
use crate::restore::sql::OnServers;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::Attr;

/// All of them. What is unknown is skipped.
pub(super) fn check(arguments: &Arguments) -> Diagnostics {
    let own = [
        live_is_on_the_server(arguments),
        live_keeps_its_name(arguments),
        dropped_was_on_the_server(arguments),
        pool_is_on_the_server(arguments),
        tag_is_ours(&arguments.tags),
    ];
    own.into_iter().flatten().collect()
}

fn server(arguments: &Arguments) -> Option<SqlServerId> {
    SqlServerId::parse(arguments.server_id.as_str()?).ok()
}

fn live(arguments: &Arguments) -> Option<DatabaseId> {
    arguments.sources().live_database::<OnServers>()
}

fn other_server(argument: &str, what: &str, found: &SqlServerId, way_on: &str) -> Diagnostic {
    let text = format!("{what} is on {found}. {way_on}");
    wrong(argument, &format!("`{SERVER}` names another server"), text)
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

/// Arguments that say how the database is made and that differ: a change of them does not reach one that is there.
pub(super) fn changed_properties(before: &Arguments, after: &Arguments) -> Vec<&'static str> {
    fn texts(one: &Attr<String>, other: &Attr<String>) -> bool {
        match (one.as_str(), other.as_str()) {
            (Some(one), Some(other)) => !is_same(one, other),
            _ => one.is_null() != other.is_null(),
        }
    }
    let found = [
        (SKU_NAME, texts(&before.sku_name, &after.sku_name)),
        (ELASTIC_POOL, texts(&before.elastic_pool_id, &after.elastic_pool_id)),
        (ZONE_REDUNDANT, before.zone_redundant != after.zone_redundant),
        (BACKUP_STORAGE_REDUNDANCY, texts(&before.backup_storage_redundancy, &after.backup_storage_redundancy)),
        (LICENSE_TYPE, texts(&before.license_type, &after.license_type)),
        (TAGS, tags_differ(&before.tags, &after.tags)),
    ];
    found.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::resources::sql::sources::{GEO, LONG_TERM};
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
        assert_eq!(said(&[live("other", "orders")]), ["live: `server_id` names another server"]);
        assert_eq!(said(&[live("sql", "Restored")]), ["name: The name is taken"]);
        let dropped = |server: &str| {
            let id = format!("{GROUP}/{server}/restorableDroppedDatabases/orders,1");
            (DROPPED, Value::object([("restorable_dropped_database_id", id.as_str())]))
        };
        assert_eq!(said(&[dropped("sql")]), [""; 0]);
        assert_eq!(said(&[dropped("other")]), ["dropped: `server_id` names another server"]);
        let pool = |server: &str| (ELASTIC_POOL, Value::from(format!("{GROUP}/{server}/elasticPools/p")));
        assert_eq!(said(&[pool("sql")]), [""; 0]);
        assert_eq!(said(&[pool("other")]), ["elastic_pool_id: `server_id` names another server"]);
    }

    #[test]
    fn what_is_unknown_is_not_judged() {
        let unknown = (LIVE, Value::object([("database_id", Value::unknown()), ("point_in_time", Value::unknown())]));
        assert_eq!(said(&[unknown, (ELASTIC_POOL, Value::unknown()), (TAGS, Value::unknown())]), [""; 0]);
    }

    #[test]
    fn the_tag_of_the_restore_is_not_the_users() {
        assert_eq!(
            said(&[(TAGS, Value::object([("AzureBackup-Restore", "x")]))]),
            ["tags: The tag of the restore cannot be set"]
        );
        assert_eq!(said(&[(TAGS, Value::object([("env", "x")]))]), [""; 0]);
    }

    #[test]
    fn an_instant_lies_in_the_past() {
        let told = |now| arguments(&[live("sql", "orders")]).sources().check_against_the_clock(now).iter().count();
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
        for (argument, path) in [
            (GEO, "geo.recoverable_database_id"),
            (LIVE, "live.database_id"),
            (DROPPED, "dropped.restorable_dropped_database_id"),
            (LONG_TERM, "long_term.long_term_retention_backup_id"),
        ] {
            let own = arguments(&[(argument, Value::object([("x", "/id")]))]);
            assert_eq!(own.sources().path().to_string(), path);
        }
    }
}

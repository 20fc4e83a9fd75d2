//! `azurebackup_restorable_dropped_databases`: what was dropped on a logical server and can be brought back. Its ids end with
//! a number that nobody can make up, so this is how they are found.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use crate::azure::resource_id::{ResourceId, is_same};
use crate::azure::sql::{RestorableDroppedDatabase, SqlServerId};
use crate::restore::record::instant;
use crate::restore::sql::DATABASE;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::validators::length_between;
use crate::tfplugin::value::{Path, Value};

/// Lists those of a server.
pub struct RestorableDroppedDatabases;

const SERVER: &str = "server_id";
pub(super) const NAME: &str = "database_name";

#[async_trait]
impl Lookup for RestorableDroppedDatabases {
    fn type_name(&self) -> &'static str {
        "azurebackup_restorable_dropped_databases"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "\
            Lists the databases that were dropped on a logical server of Azure SQL and whose backups are still kept. \
            Several databases of one name may have been dropped. It can take some minutes until a dropped database is \
            listed.\n\n\
            If none fits, the list is empty. The first element of a name is the one that was dropped last.",
            vec![
                ids::argument(SERVER, "a logical server of Azure SQL", ids::SQL_SERVERS, SqlServerId::parse)
                    .required()
                    .description("The ARM ID of the logical server: the `id` of `azurerm_mssql_server`."),
                of_name(),
                Attribute::string("id").computed().description("The ARM ID of the logical server."),
                Attribute::objects("restorable_dropped_databases", attributes())
                    .computed()
                    .description("The dropped databases, sorted by name, and of one name the last one first."),
            ],
        )
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let server = ids::read(request.arguments, SERVER, SqlServerId::parse)?;
        let act = format!("Reading the dropped databases of logical server {:?}", server.name());
        let found = request.connection.sql().restorable_dropped_databases(&server, request.deadline).await;
        let subject = Subject { act: act.clone(), noun: "logical server", argument: SERVER };
        let mut found = found.map_err(|error| subject.not_read_of(Some(DATABASE), error))?;
        choose(&mut found, request.arguments.get(NAME).as_str(), &act, |database| Dropped {
            id: database.id.resource_id(),
            name: database.database_name.as_deref(),
            deletion: database.deletion_date,
        })?;
        Ok(Value::object([
            ("id", Value::from(server.to_string())),
            ("restorable_dropped_databases", Value::list(found.iter().map(one))),
        ]))
    }
}

/// What a dropped database is chosen and sorted by.
pub(super) struct Dropped<'a> {
    pub(super) id: &'a ResourceId,
    pub(super) name: Option<&'a str>,
    pub(super) deletion: Option<OffsetDateTime>,
}

/// Keeps those of one name, if one is asked for, and sorts them: by name, and of one name the last one first.
pub(super) fn choose<T>(
    found: &mut Vec<T>,
    name: Option<&str>,
    act: &str,
    facts: fn(&T) -> Dropped<'_>,
) -> Result<(), Diagnostic> {
    if let Some(name) = name {
        if let Some(nameless) = found.iter().map(facts).find(|database| database.name.is_none()) {
            return Err(unsaid(act, nameless.id));
        }
        found.retain(|database| facts(database).name.is_some_and(|own| is_same(own, name)));
    }
    found.sort_by_cached_key(|database| {
        let Dropped { id, name, deletion } = facts(database);
        (name.map(str::to_lowercase), std::cmp::Reverse(deletion), id.canonical())
    });
    Ok(())
}

fn unsaid(act: &str, id: &ResourceId) -> Diagnostic {
    let detail = format!(
        "Azure does not report the name of the dropped database {id}, so it may be the one that you want. Remove \
         `{NAME}` from the data source, and choose from the list that you get."
    );
    Diagnostic::error(format!("{act}: one database cannot be compared"), detail).at(Path::attribute(NAME))
}

/// The argument that asks for those of one name.
pub(super) fn of_name() -> Attribute {
    Attribute::string(NAME)
        .optional()
        .validate(length_between(1..=128))
        .description("List only databases that had this name. Upper and lower case do not matter.")
}

fn attributes() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        text(
            "id",
            "The ARM ID of the dropped database: `dropped.restorable_dropped_database_id` of \
             `azurebackup_sql_database_restore`.",
        ),
        text(NAME, "The name that the database had."),
        text("sku_name", "The name of its SKU."),
        text("location", "The Azure region of its server."),
        text("creation_time", "The time of its creation (RFC 3339, UTC)."),
        text("deletion_time", "The time at which it was dropped (RFC 3339, UTC)."),
        text("earliest_restore_time", "The oldest time that it can be restored to (RFC 3339, UTC)."),
        Attribute::number("max_size_bytes").computed().description("The size that it could grow to, in bytes."),
        text("backup_storage_redundancy", "How its backups are stored: `Geo`, `GeoZone`, `Zone` or `Local`."),
    ]
}

fn one(database: &RestorableDroppedDatabase) -> Value {
    Value::object([
        ("id", Value::from(database.id.to_string())),
        (NAME, database.database_name.clone().into()),
        ("sku_name", database.sku_name.clone().into()),
        ("location", database.location.as_ref().map(|location| location.as_str().to_owned()).into()),
        ("creation_time", database.creation_date.map(instant).into()),
        ("deletion_time", database.deletion_date.map(instant).into()),
        ("earliest_restore_time", database.earliest_restore_date.map(instant).into()),
        ("max_size_bytes", database.max_size_bytes.and_then(|bytes| i64::try_from(bytes).ok()).into()),
        ("backup_storage_redundancy", database.backup_storage_redundancy.clone().into()),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;

    const SERVER_ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/servers/q";

    fn dropped(name: &str, ticks: &str, deleted: &str) -> Json {
        // As in an official example, the id lacks what the name has.
        json!({"id": format!("{SERVER_ID}/restorableDroppedDatabases/{name}"), "name": format!("{name},{ticks}"),
            "location": "southeastasia", "sku": {"name": "BC_Gen4_2", "tier": "BusinessCritical"},
            "properties": {"databaseName": name, "maxSizeBytes": 268435456000_u64, "creationDate": "2017-05-07T04:41:33.937Z",
                "deletionDate": deleted, "earliestRestoreDate": "2017-05-20T00:00:00Z", "backupStorageRedundancy": "Geo"}})
    }

    async fn read(list: Vec<Json>, name: Option<&str>) -> Result<Value, Diagnostic> {
        let mut arguments = vec![(SERVER, Value::from(SERVER_ID))];
        arguments.extend(name.map(|name| (NAME, Value::from(name))));
        look_up(RestorableDroppedDatabases, vec![answer(200, json!({"value": list}))], &arguments).await.0
    }

    #[tokio::test]
    async fn every_fact_is_told_and_the_id_is_the_one_that_can_be_restored() {
        let found = read(vec![dropped("testdb", "131403269876900000", "2017-05-27T02:49:47.69Z")], None).await.unwrap();
        let expected = Value::object([
            ("id", Value::from(format!("{SERVER_ID}/restorableDroppedDatabases/testdb,131403269876900000"))),
            ("database_name", "testdb".into()),
            ("sku_name", "BC_Gen4_2".into()),
            ("location", "southeastasia".into()),
            ("creation_time", "2017-05-07T04:41:33.937Z".into()),
            ("deletion_time", "2017-05-27T02:49:47.69Z".into()),
            ("earliest_restore_time", "2017-05-20T00:00:00Z".into()),
            ("max_size_bytes", 268_435_456_000_i64.into()),
            ("backup_storage_redundancy", "Geo".into()),
        ]);
        assert_eq!(found.get("restorable_dropped_databases").as_list().unwrap(), [expected]);
    }

    #[tokio::test]
    async fn of_one_name_the_last_comes_first_and_other_names_are_left_out() {
        let list = vec![
            dropped("orders", "1", "2017-05-01T00:00:00Z"),
            dropped("Orders", "2", "2017-05-02T00:00:00Z"),
            dropped("other", "3", "2017-05-03T00:00:00Z"),
        ];
        let found = read(list, Some("ORDERS")).await.unwrap();
        let found = found.get("restorable_dropped_databases").as_list().unwrap();
        let ends: Vec<&str> =
            found.iter().map(|own| own.get("id").as_str().unwrap().rsplit(',').next().unwrap()).collect();
        assert_eq!(ends, ["2", "1"]);
    }

    #[tokio::test]
    async fn one_whose_name_is_not_told_is_never_passed_over() {
        let mut nameless = dropped("orders", "1", "2017-05-01T00:00:00Z");
        nameless["properties"]["databaseName"] = Json::Null;
        assert_eq!(read(vec![nameless], Some("x")).await.unwrap_err().path, Some(Path::attribute(NAME)));
    }
}

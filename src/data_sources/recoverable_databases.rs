//! `azurebackup_recoverable_databases` and `azurebackup_recoverable_database`: the databases of a logical server that a
//! geo-restore can bring back, with the age of the backup that it would take.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use crate::azure::resource_id::segment_of_name;
use crate::azure::sql::{RecoverableDatabase, RecoverableDatabaseId, SqlServerId};
use crate::restore::record::instant;
use crate::restore::sql::DATABASE;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::validators::length_between;
use crate::tfplugin::value::{Path, Value};

/// Lists those of a server.
pub struct RecoverableDatabases;

/// Reads one of them.
pub struct OneRecoverableDatabase;

const SERVER: &str = "server_id";

fn server() -> Attribute {
    ids::argument(SERVER, "a logical server of Azure SQL", ids::SQL_SERVERS, SqlServerId::parse).required().description(
        "The ARM ID of the logical server that the databases are on: the `id` of `azurerm_mssql_server`. Azure answers \
         even if the region of the server is down.",
    )
}

/// What is told of each, beside id and name.
fn facts() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        text("edition", "The service tier of the database, such as `Standard` or `GeneralPurpose`."),
        text("service_level_objective", "The service objective of the database, such as `S0` or `GP_Gen5_2`."),
        text("elastic_pool_name", "The name of the elastic pool of the database. Null if it is in none."),
    ]
    .into_iter()
    .chain(of_the_backup())
    .collect()
}

/// What is told of the newest backup that was replicated.
pub(super) fn of_the_backup() -> [Attribute; 2] {
    [
        Attribute::string("last_available_backup_time").computed().description(
            "The time of the newest backup that was replicated (RFC 3339, UTC): the state that a geo-restore brings \
             back. Null if Azure reports none.",
        ),
        Attribute::number("last_available_backup_age_minutes").computed().description(
            "The age of this backup in whole minutes when it was read. It changes with every read, so use it in \
             `check` blocks and outputs, and not as an argument of a restore.",
        ),
    ]
}

/// The values of [`of_the_backup`].
pub(super) fn told_of_the_backup(backup: Option<OffsetDateTime>, now: OffsetDateTime) -> [(&'static str, Value); 2] {
    let age = backup.map(|backup| (now - backup).whole_minutes().max(0));
    [("last_available_backup_time", backup.map(instant).into()), ("last_available_backup_age_minutes", age.into())]
}

fn told(database: &RecoverableDatabase, now: OffsetDateTime) -> Vec<(&'static str, Value)> {
    let mut told = vec![
        ("edition", database.edition.clone().into()),
        ("service_level_objective", database.service_level_objective.clone().into()),
        ("elastic_pool_name", database.elastic_pool_name.clone().into()),
    ];
    told.extend(told_of_the_backup(database.last_available_backup_date, now));
    told
}

#[async_trait]
impl Lookup for RecoverableDatabases {
    fn type_name(&self) -> &'static str {
        "azurebackup_recoverable_databases"
    }

    fn schema(&self) -> Schema {
        let mut database = vec![
            Attribute::string("id").computed().description(
                "The ARM ID of the recoverable database: `geo.recoverable_database_id` of \
                 `azurebackup_sql_database_restore`.",
            ),
            Attribute::string("name").computed().description("The name of the database."),
        ];
        database.extend(facts());
        Schema::new(
            "\
            Lists the databases of a logical server of Azure SQL that a geo-restore can bring back. A database is \
            listed while its backup storage is `Geo` or `GeoZone` and a backup was replicated.\n\n\
            If there is none, the list is empty.",
            vec![
                server(),
                Attribute::string("id").computed().description("The ARM ID of the logical server."),
                Attribute::objects("recoverable_databases", database)
                    .computed()
                    .description("The recoverable databases, sorted by name."),
            ],
        )
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let server = ids::read(request.arguments, SERVER, SqlServerId::parse)?;
        let act = format!("Reading the recoverable databases of logical server {:?}", server.name());
        let found = request.connection.sql().recoverable_databases(&server, request.deadline).await;
        let subject = Subject { act, noun: "logical server", argument: SERVER };
        let mut found = found.map_err(|error| subject.not_read_of(Some(DATABASE), error))?;
        found.sort_by_cached_key(|database| database.id.resource_id().canonical());
        let one = |database: &RecoverableDatabase| {
            let mut members = vec![
                ("id", Value::from(database.id.to_string())),
                ("name", database.id.resource_id().decoded_name().into_owned().into()),
            ];
            members.extend(told(database, request.now));
            Value::object(members)
        };
        Ok(Value::object([
            ("id", Value::from(server.to_string())),
            ("recoverable_databases", Value::list(found.iter().map(one))),
        ]))
    }
}

#[async_trait]
impl Lookup for OneRecoverableDatabase {
    fn type_name(&self) -> &'static str {
        "azurebackup_recoverable_database"
    }

    fn schema(&self) -> Schema {
        let mut attributes = vec![
            server(),
            Attribute::string("name")
                .required()
                .validate(length_between(1..=128))
                .description("The name of the database. Upper and lower case do not matter."),
            Attribute::string("id").computed().description(
                "The ARM ID of the recoverable database: `geo.recoverable_database_id` of \
                 `azurebackup_sql_database_restore`.",
            ),
        ];
        attributes.extend(facts());
        Schema::new(
            "\
            Reads one database of a logical server of Azure SQL that a geo-restore can bring back. If there is no \
            replicated backup of it, reading fails.",
            attributes,
        )
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let server = ids::read(request.arguments, SERVER, SqlServerId::parse)?;
        let name = request.arguments.get("name").as_str().unwrap_or_default();
        let id = RecoverableDatabaseId::below(server.clone(), &segment_of_name(name)).map_err(|error| {
            Diagnostic::error("Invalid value for \"name\"", format!("{error}.")).at(Path::attribute("name"))
        })?;
        let act = format!("Reading recoverable database {name:?} of logical server {:?}", server.name());
        let found = request.connection.sql().recoverable_database(&id, request.deadline).await;
        let subject = Subject { act, noun: "recoverable database", argument: "name" };
        let found = found.map_err(|error| subject.not_read_of(Some(DATABASE), error))?;
        let mut members = vec![("id", Value::from(found.id.to_string()))];
        members.extend(told(&found, request.now));
        Ok(Value::object(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;

    const SERVER_ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/servers/q";

    fn database(segment: &str, name: &str) -> Json {
        json!({"id": format!("{SERVER_ID}/{segment}/{name}"), "name": name, "properties": {
            "edition": "Standard", "serviceLevelObjective": "S0", "elasticPoolName": null,
            "lastAvailableBackupDate": "2026-11-20T09:20:30.78Z"}})
    }

    #[tokio::test]
    async fn every_fact_is_told_with_ids_in_one_casing_and_sorted() {
        let list = json!({"value": [database("recoverabledatabases", "orders"), database("recoverableDatabases", "Invoices")]});
        let (found, asked) =
            look_up(RecoverableDatabases, vec![answer(200, list)], &[(SERVER, SERVER_ID.into())]).await;
        let found = found.unwrap();
        let found = found.get("recoverable_databases").as_list().unwrap();
        let ids: Vec<&str> = found.iter().map(|own| own.get("id").as_str().unwrap()).collect();
        assert_eq!(
            ids,
            [format!("{SERVER_ID}/recoverableDatabases/Invoices"), format!("{SERVER_ID}/recoverableDatabases/orders"),]
        );
        assert_eq!(
            found[1],
            Value::object([
                ("id", Value::from(ids[1])),
                ("name", "orders".into()),
                ("edition", "Standard".into()),
                ("service_level_objective", "S0".into()),
                ("elastic_pool_name", Value::Null),
                ("last_available_backup_time", "2026-11-20T09:20:30.78Z".into()),
                ("last_available_backup_age_minutes", 39.into()),
            ])
        );
        assert_eq!(
            asked,
            [format!("GET https://management.azure.com{SERVER_ID}/recoverableDatabases?api-version=2025-01-01")]
        );
    }

    #[tokio::test]
    async fn one_is_asked_for_by_its_name_and_what_is_not_there_is_the_fault_of_the_name() {
        let arguments = [(SERVER, Value::from(SERVER_ID)), ("name", "Kunden Ä".into())];
        let (found, asked) = look_up(
            OneRecoverableDatabase,
            vec![answer(200, database("recoverabledatabases", "Kunden Ä"))],
            &arguments,
        )
        .await;
        assert_eq!(found.unwrap().get("last_available_backup_age_minutes"), &Value::from(39));
        assert!(asked[0].contains("/recoverableDatabases/Kunden%20%C3%84?"), "{asked:?}");
        let error = json!({"error": {"code": "ResourceNotFound", "message": "no"}});
        let (found, _) = look_up(OneRecoverableDatabase, vec![answer(404, error)], &arguments).await;
        let error = found.unwrap_err();
        assert_eq!(error.path, Some(Path::attribute("name")));
        assert!(error.summary.ends_with("there is no such recoverable database"), "{error:?}");
    }

    #[tokio::test]
    async fn an_element_that_names_no_database_is_an_error() {
        let list = json!({"value": [database("recoverableDatabases", "orders"), {"properties": {}}]});
        let (found, _) = look_up(RecoverableDatabases, vec![answer(200, list)], &[(SERVER, SERVER_ID.into())]).await;
        assert!(found.unwrap_err().detail.contains("names no database"));
    }
}

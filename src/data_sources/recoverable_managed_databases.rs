//! `azurebackup_recoverable_managed_databases` and `azurebackup_recoverable_managed_database`: the databases of a managed
//! instance that a geo-restore can bring back, with the age of the backup that it would take.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use super::recoverable_databases::{of_the_backup, told_of_the_backup};
use crate::azure::resource_id::segment_of_name;
use crate::azure::sql::{ManagedInstanceId, RecoverableManagedDatabase, RecoverableManagedDatabaseId};
use crate::restore::sql::MANAGED_DATABASE;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::validators::length_between;
use crate::tfplugin::value::{Path, Value};

/// Lists those of an instance.
pub struct RecoverableManagedDatabases;

/// Reads one of them.
pub struct OneRecoverableManagedDatabase;

pub(super) const INSTANCE: &str = "managed_instance_id";

/// The argument that names the instance.
pub(super) fn instance(description: &str) -> Attribute {
    ids::argument(
        INSTANCE,
        "a managed instance of Azure SQL",
        Some("Microsoft.Sql/managedInstances"),
        ManagedInstanceId::parse,
    )
    .required()
    .description(description)
}

const OF_THE_DATABASES: &str =
    "The ARM ID of the managed instance that the databases are on: the `id` of `azurerm_mssql_managed_instance`.";

const ID: &str = "The ARM ID of the recoverable database: `geo.recoverable_database_id` of \
                  `azurebackup_sql_managed_database_restore`.";

fn told(database: &RecoverableManagedDatabase, now: OffsetDateTime) -> Vec<(&'static str, Value)> {
    let mut members = vec![("id", Value::from(database.id.to_string()))];
    members.extend(told_of_the_backup(database.last_available_backup_date, now));
    members
}

#[async_trait]
impl Lookup for RecoverableManagedDatabases {
    fn type_name(&self) -> &'static str {
        "azurebackup_recoverable_managed_databases"
    }

    fn schema(&self) -> Schema {
        let mut database = vec![
            Attribute::string("id").computed().description(ID),
            Attribute::string("name").computed().description("The name of the database."),
        ];
        database.extend(of_the_backup());
        Schema::new(
            "\
            Lists the databases of a managed instance of Azure SQL that a geo-restore can bring back. A database is \
            listed while the backup storage of the instance is geo-redundant and a backup was replicated.\n\n\
            If there is none, the list is empty.",
            vec![
                instance(OF_THE_DATABASES),
                Attribute::string("id").computed().description("The ARM ID of the managed instance."),
                Attribute::objects("recoverable_databases", database)
                    .computed()
                    .description("The recoverable databases, sorted by name."),
            ],
        )
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let instance = ids::read(request.arguments, INSTANCE, ManagedInstanceId::parse)?;
        let act = format!("Reading the recoverable databases of managed instance {:?}", instance.name());
        let found = request.connection.sql().recoverable_managed_databases(&instance, request.deadline).await;
        let subject = Subject { act, noun: "managed instance", argument: INSTANCE };
        let mut found = found.map_err(|error| subject.not_read_of(Some(MANAGED_DATABASE), error))?;
        found.sort_by_cached_key(|database| database.id.resource_id().canonical());
        let one = |database: &RecoverableManagedDatabase| {
            let mut members = told(database, request.now);
            members.push(("name", database.id.resource_id().decoded_name().into_owned().into()));
            Value::object(members)
        };
        Ok(Value::object([
            ("id", Value::from(instance.to_string())),
            ("recoverable_databases", Value::list(found.iter().map(one))),
        ]))
    }
}

#[async_trait]
impl Lookup for OneRecoverableManagedDatabase {
    fn type_name(&self) -> &'static str {
        "azurebackup_recoverable_managed_database"
    }

    fn schema(&self) -> Schema {
        let mut attributes = vec![
            instance(OF_THE_DATABASES),
            Attribute::string("name")
                .required()
                .validate(length_between(1..=128))
                .description("The name of the database. Upper and lower case do not matter."),
            Attribute::string("id").computed().description(ID),
        ];
        attributes.extend(of_the_backup());
        Schema::new(
            "\
            Reads one database of a managed instance of Azure SQL that a geo-restore can bring back. If there is no \
            replicated backup of it, reading fails.",
            attributes,
        )
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let instance = ids::read(request.arguments, INSTANCE, ManagedInstanceId::parse)?;
        let name = request.arguments.get("name").as_str().unwrap_or_default();
        let id = RecoverableManagedDatabaseId::below(instance.clone(), &segment_of_name(name)).map_err(|error| {
            Diagnostic::error("Invalid value for \"name\"", format!("{error}.")).at(Path::attribute("name"))
        })?;
        let act = format!("Reading recoverable database {name:?} of managed instance {:?}", instance.name());
        let found = request.connection.sql().recoverable_managed_database(&id, request.deadline).await;
        let subject = Subject { act, noun: "recoverable database", argument: "name" };
        let found = found.map_err(|error| subject.not_read_of(Some(MANAGED_DATABASE), error))?;
        Ok(Value::object(told(&found, request.now)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;

    const INSTANCE_ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/managedInstances/mi";

    // In an official list the segment is misspelt.
    fn database(segment: &str, name: &str) -> Json {
        json!({"id": format!("{INSTANCE_ID}/{segment}/{name}"), "name": name, "properties": {
            "lastAvailableBackupDate": "2026-11-20T09:20:30.78Z"}})
    }

    #[tokio::test]
    async fn every_fact_is_told_by_the_name_and_sorted() {
        let list = json!({"value": [database("recoverableDaatabases", "orders"), database("recoverableDatabases", "Invoices")]});
        let arguments = [(INSTANCE, Value::from(INSTANCE_ID))];
        let (found, asked) = look_up(RecoverableManagedDatabases, vec![answer(200, list)], &arguments).await;
        let found = found.unwrap();
        let found = found.get("recoverable_databases").as_list().unwrap();
        assert_eq!(found[0].get("name").as_str(), Some("Invoices"));
        assert_eq!(
            found[1],
            Value::object([
                ("id", Value::from(format!("{INSTANCE_ID}/recoverableDatabases/orders"))),
                ("name", "orders".into()),
                ("last_available_backup_time", "2026-11-20T09:20:30.78Z".into()),
                ("last_available_backup_age_minutes", 39.into()),
            ])
        );
        assert_eq!(
            asked,
            [format!("GET https://management.azure.com{INSTANCE_ID}/recoverableDatabases?api-version=2025-01-01")]
        );
    }

    #[tokio::test]
    async fn one_is_asked_for_by_its_name_and_what_is_not_there_is_the_fault_of_the_name() {
        let arguments = [(INSTANCE, Value::from(INSTANCE_ID)), ("name", "orders".into())];
        let found = vec![answer(200, database("recoverableDatabases", "orders"))];
        let (found, asked) = look_up(OneRecoverableManagedDatabase, found, &arguments).await;
        assert_eq!(found.unwrap().get("last_available_backup_age_minutes"), &Value::from(39));
        assert!(asked[0].contains("/recoverableDatabases/orders?"), "{asked:?}");
        let error = json!({"error": {"code": "ResourceNotFound", "message": "no"}});
        let (found, _) = look_up(OneRecoverableManagedDatabase, vec![answer(404, error)], &arguments).await;
        let error = found.unwrap_err();
        assert_eq!(error.path, Some(Path::attribute("name")));
        assert!(error.summary.ends_with("there is no such recoverable database"), "{error:?}");
    }
}

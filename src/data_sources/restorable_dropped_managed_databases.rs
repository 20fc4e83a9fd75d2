//! `azurebackup_restorable_dropped_managed_databases`: what was dropped on a managed instance and can be brought back. Its
//! ids end with a number that nobody can make up, so this is how they are found.

use async_trait::async_trait;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use super::recoverable_managed_databases::{INSTANCE, instance};
use super::restorable_dropped_databases::{Dropped, NAME, choose, of_name};
use crate::azure::sql::{ManagedInstanceId, RestorableDroppedManagedDatabase};
use crate::restore::record::instant;
use crate::restore::sql::MANAGED_DATABASE;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::value::Value;

/// Lists those of an instance.
pub struct RestorableDroppedManagedDatabases;

#[async_trait]
impl Lookup for RestorableDroppedManagedDatabases {
    fn type_name(&self) -> &'static str {
        "azurebackup_restorable_dropped_managed_databases"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "\
            Lists the databases that were dropped on a managed instance of Azure SQL and whose backups are still kept. \
            Several databases of one name may have been dropped. It can take some minutes until a dropped database is \
            listed.\n\n\
            If none fits, the list is empty. The first element of a name is the one that was dropped last.",
            vec![
                instance("The ARM ID of the managed instance: the `id` of `azurerm_mssql_managed_instance`."),
                of_name(),
                Attribute::string("id").computed().description("The ARM ID of the managed instance."),
                Attribute::objects("restorable_dropped_databases", attributes())
                    .computed()
                    .description("The dropped databases, sorted by name, and of one name the last one first."),
            ],
        )
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let instance = ids::read(request.arguments, INSTANCE, ManagedInstanceId::parse)?;
        let act = format!("Reading the dropped databases of managed instance {:?}", instance.name());
        let found = request.connection.sql().restorable_dropped_managed_databases(&instance, request.deadline).await;
        let subject = Subject { act: act.clone(), noun: "managed instance", argument: INSTANCE };
        let mut found = found.map_err(|error| subject.not_read_of(Some(MANAGED_DATABASE), error))?;
        choose(&mut found, request.arguments.get(NAME).as_str(), &act, |database| Dropped {
            id: database.id.resource_id(),
            name: database.database_name.as_deref(),
            deletion: database.deletion_date,
        })?;
        Ok(Value::object([
            ("id", Value::from(instance.to_string())),
            ("restorable_dropped_databases", Value::list(found.iter().map(one))),
        ]))
    }
}

fn attributes() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        text(
            "id",
            "The ARM ID of the dropped database: `dropped.restorable_dropped_database_id` of \
             `azurebackup_sql_managed_database_restore`.",
        ),
        text(NAME, "The name that the database had."),
        text("location", "The Azure region of the database."),
        text("creation_time", "The time of its creation (RFC 3339, UTC)."),
        text(
            "deletion_time",
            "The time at which it was dropped (RFC 3339, UTC): `dropped.point_in_time` for its last state.",
        ),
        text("earliest_restore_time", "The oldest time that it can be restored to (RFC 3339, UTC)."),
    ]
}

fn one(database: &RestorableDroppedManagedDatabase) -> Value {
    Value::object([
        ("id", Value::from(database.id.to_string())),
        (NAME, database.database_name.clone().into()),
        ("location", database.location.as_ref().map(|location| location.as_str().to_owned()).into()),
        ("creation_time", database.creation_date.map(instant).into()),
        ("deletion_time", database.deletion_date.map(instant).into()),
        ("earliest_restore_time", database.earliest_restore_date.map(instant).into()),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;

    const INSTANCE_ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/managedInstances/mi";

    fn dropped(name: &str, ticks: &str, deleted: &str) -> Json {
        json!({"id": format!("{INSTANCE_ID}/restorableDroppedDatabases/{name}"), "name": format!("{name},{ticks}"),
            "location": "southeastasia", "properties": {"databaseName": name, "creationDate": "2017-05-07T04:41:33.937Z",
                "deletionDate": deleted, "earliestRestoreDate": "2017-05-20T00:00:00Z"}})
    }

    #[tokio::test]
    async fn every_fact_is_told_of_the_databases_that_had_the_name_the_last_one_first() {
        let list = json!({"value": [
            dropped("orders", "1", "2017-05-25T00:00:00Z"),
            dropped("Orders", "2", "2017-05-27T02:49:47.69Z"),
            dropped("other", "3", "2017-05-26T00:00:00Z"),
        ]});
        let arguments = [(INSTANCE, Value::from(INSTANCE_ID)), (NAME, "ORDERS".into())];
        let (found, asked) = look_up(RestorableDroppedManagedDatabases, vec![answer(200, list)], &arguments).await;
        let found = found.unwrap();
        let found = found.get("restorable_dropped_databases").as_list().unwrap();
        let expected = Value::object([
            ("id", Value::from(format!("{INSTANCE_ID}/restorableDroppedDatabases/Orders,2"))),
            ("database_name", "Orders".into()),
            ("location", "southeastasia".into()),
            ("creation_time", "2017-05-07T04:41:33.937Z".into()),
            ("deletion_time", "2017-05-27T02:49:47.69Z".into()),
            ("earliest_restore_time", "2017-05-20T00:00:00Z".into()),
        ]);
        assert_eq!((found.len(), &found[0]), (2, &expected));
        assert!(asked[0].contains("/managedInstances/mi/restorableDroppedDatabases?"), "{asked:?}");
    }
}

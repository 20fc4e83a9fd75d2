//! `azurebackup_long_term_retention_backups`: backups of Azure SQL that are kept for years, whether or not database and
//! server are still there.

use async_trait::async_trait;
use uuid::Uuid;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use crate::azure::resource_id::Location;
use crate::azure::sql::{BackupsOf, DatabaseState, LongTermRetentionBackup, LongTermRetentionQuery};
use crate::restore::record::instant;
use crate::restore::sql::DATABASE;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::validators::{length_between, one_of, required_with, text_checked_by};
use crate::tfplugin::value::Value;

/// Lists those of a region, a server or a database.
pub struct LongTermRetentionBackups;

const SUBSCRIPTION: &str = "subscription_id";
const GROUP: &str = "resource_group_name";
const LOCATION: &str = "location";
const SERVER: &str = "server_name";
const DATABASE_NAME: &str = "database_name";
const STATE: &str = "database_state";
const ONLY_LATEST: &str = "only_latest_per_database";

fn is_subscription(text: &str) -> Result<(), String> {
    if text.len() == 36 && Uuid::try_parse(text).is_ok() {
        return Ok(());
    }
    Err(format!(
        "{text:?} is not the ID of a subscription. Write its GUID, such as `00000000-0000-0000-0000-000000000000`."
    ))
}

#[async_trait]
impl Lookup for LongTermRetentionBackups {
    fn type_name(&self) -> &'static str {
        "azurebackup_long_term_retention_backups"
    }

    fn schema(&self) -> Schema {
        let states = DatabaseState::ALL.map(DatabaseState::as_str);
        Schema::new(
            "\
            Lists the long-term backups of Azure SQL Database in a region. They outlive their database and their \
            server, so a server is named by its name here, and need not exist any more.\n\n\
            If there is none, the list is empty. The list begins with the newest backup.",
            vec![
                Attribute::string(SUBSCRIPTION)
                    .required()
                    .validate(text_checked_by(is_subscription))
                    .description("The ID of the subscription: a GUID."),
                Attribute::string(LOCATION)
                    .required()
                    .validate(text_checked_by(Location::check))
                    .description("The Azure region of the server, such as `westeurope`."),
                Attribute::string(GROUP)
                    .optional()
                    .validate(length_between(1..=90))
                    .description("List only backups of servers in this resource group. Default: of the subscription."),
                Attribute::string(SERVER)
                    .optional()
                    .validate(length_between(1..=63))
                    .description("List only backups of the server of this name."),
                Attribute::string(DATABASE_NAME)
                    .optional()
                    .validate(length_between(1..=128))
                    .description("List only backups of the database of this name. Needs `server_name`."),
                Attribute::string(STATE).default(DatabaseState::All.as_str()).validate(one_of(&states)).description(
                    "`All` (default), `Live`: only backups of databases that exist, or `Deleted`: only backups of \
                     databases that were dropped.",
                ),
                Attribute::bool(ONLY_LATEST)
                    .default(false)
                    .description("`true`: list only the newest backup of each database. Default `false`."),
                Attribute::string("id").computed().description("The ARM ID of the region in the subscription."),
                Attribute::objects("long_term_retention_backups", attributes())
                    .computed()
                    .description("The backups, the newest first."),
            ],
        )
        .rule(required_with(DATABASE_NAME, &[SERVER]))
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let text = |name: &str| request.arguments.get(name).as_str();
        let subscription = text(SUBSCRIPTION).unwrap_or_default();
        let location = Location::new(text(LOCATION).unwrap_or_default());
        let of = match (text(SERVER), text(DATABASE_NAME)) {
            (Some(server), Some(database)) => BackupsOf::Database(server, database),
            (Some(server), None) => BackupsOf::Server(server),
            (None, _) => BackupsOf::Region,
        };
        let query = LongTermRetentionQuery {
            subscription,
            resource_group: text(GROUP),
            location: &location,
            of,
            only_latest_per_database: request.arguments.get(ONLY_LATEST).as_bool() == Some(true),
            database_state: text(STATE).and_then(DatabaseState::read).unwrap_or(DatabaseState::All),
        };
        let act = format!("Reading the long-term backups in region {:?}", location.normalized());
        let found = request.connection.sql().long_term_retention_backups(&query, request.deadline).await;
        let subject = Subject {
            act,
            noun: "server or database",
            argument: ids::first_given(request.arguments, [DATABASE_NAME, SERVER, LOCATION]),
        };
        let mut found = found.map_err(|error| subject.not_read_of(Some(DATABASE), error))?;
        found.sort_by_cached_key(|backup| (std::cmp::Reverse(backup.backup_time), backup.id.resource_id().canonical()));
        let region =
            format!("/subscriptions/{subscription}/providers/Microsoft.Sql/locations/{}", location.normalized());
        Ok(Value::object([
            ("id", Value::from(region)),
            ("long_term_retention_backups", Value::list(found.iter().map(one))),
        ]))
    }
}

fn attributes() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        text(
            "id",
            "The ARM ID of the backup: `long_term.long_term_retention_backup_id` of \
             `azurebackup_sql_database_restore`.",
        ),
        text("name", "The name of the backup in Azure. Its parts have no fixed meaning."),
        text(SERVER, "The name of the server."),
        text("server_creation_time", "The time at which the server was created (RFC 3339, UTC)."),
        text(DATABASE_NAME, "The name of the database."),
        text("database_deletion_time", "The time at which the database was dropped. Null while it exists."),
        text("backup_time", "The time of the backup (RFC 3339, UTC): the state that a restore brings back."),
        text("backup_expiration_time", "The time at which the backup will be deleted (RFC 3339, UTC)."),
        text("backup_storage_redundancy", "How the backup is stored: `Geo`, `GeoZone`, `Zone` or `Local`."),
        text(
            "backup_storage_access_tier",
            "`Hot` or `Archive`. A backup in `Archive` must be brought back to `Hot` before it can be restored. Null \
             if Azure does not report it.",
        ),
    ]
}

fn one(backup: &LongTermRetentionBackup) -> Value {
    Value::object([
        ("id", Value::from(backup.id.to_string())),
        ("name", backup.id.resource_id().decoded_name().into_owned().into()),
        (SERVER, backup.server_name.clone().into()),
        ("server_creation_time", backup.server_create_time.map(instant).into()),
        (DATABASE_NAME, backup.database_name.clone().into()),
        ("database_deletion_time", backup.database_deletion_time.map(instant).into()),
        ("backup_time", backup.backup_time.map(instant).into()),
        ("backup_expiration_time", backup.backup_expiration_time.map(instant).into()),
        ("backup_storage_redundancy", backup.backup_storage_redundancy.clone().into()),
        ("backup_storage_access_tier", backup.access_tier.clone().into()),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;

    const OWN: &str = "5ea1ab1e-0000-4000-8000-000000000001";
    const REST: &str = "providers/Microsoft.Sql/locations/westeurope";

    fn backup(name: &str, time: &str) -> Json {
        let above = format!("/subscriptions/{OWN}/{REST}/longTermRetentionServers/q/longTermRetentionDatabases/d");
        json!({"id": format!("{above}/longTermRetentionBackups/{name}"), "name": name, "properties": {
            "serverName": "q", "databaseName": "d", "serverCreateTime": "2017-03-10T08:00:00Z", "databaseDeletionTime": null,
            "backupTime": time, "backupExpirationTime": "2027-09-06T08:00:00Z", "backupStorageRedundancy": "Geo",
            "backupStorageAccessTier": "Hot"}})
    }

    async fn read(list: Vec<Json>, more: &[(&str, Value)]) -> (Value, String) {
        let own = [(SUBSCRIPTION, Value::from(OWN)), (LOCATION, "West Europe".into())];
        let arguments = [&own, more].concat();
        let (found, asked) =
            look_up(LongTermRetentionBackups, vec![answer(200, json!({"value": list}))], &arguments).await;
        (found.unwrap(), asked[0].clone())
    }

    #[tokio::test]
    async fn every_fact_is_told_and_the_newest_comes_first() {
        let list = vec![backup("a;1", "2026-01-01T00:00:00Z"), backup("b;2;Hot", "2026-02-01T00:00:00Z")];
        let (found, _) = read(list, &[]).await;
        let found = found.get("long_term_retention_backups").as_list().unwrap();
        let above = format!("/subscriptions/{OWN}/{REST}/longTermRetentionServers/q/longTermRetentionDatabases/d");
        let expected = Value::object([
            ("id", Value::from(format!("{above}/longTermRetentionBackups/b;2;Hot"))),
            ("name", "b;2;Hot".into()),
            ("server_name", "q".into()),
            ("server_creation_time", "2017-03-10T08:00:00Z".into()),
            ("database_name", "d".into()),
            ("database_deletion_time", Value::Null),
            ("backup_time", "2026-02-01T00:00:00Z".into()),
            ("backup_expiration_time", "2027-09-06T08:00:00Z".into()),
            ("backup_storage_redundancy", "Geo".into()),
            ("backup_storage_access_tier", "Hot".into()),
        ]);
        assert_eq!((found.len(), &found[0]), (2, &expected));
    }

    #[tokio::test]
    async fn the_narrowest_list_is_asked_for() {
        let host = "GET https://management.azure.com";
        let version = "api-version=2025-01-01";
        assert_eq!(
            read(vec![], &[]).await.1,
            format!("{host}/subscriptions/{OWN}/{REST}/longTermRetentionBackups?{version}")
        );
        let all = [
            (GROUP, Value::from("g")),
            (SERVER, "q".into()),
            (DATABASE_NAME, "R&D".into()),
            (STATE, "Deleted".into()),
            (ONLY_LATEST, true.into()),
        ];
        assert_eq!(
            read(vec![], &all).await.1,
            format!(
                "{host}/subscriptions/{OWN}/resourceGroups/g/{REST}/longTermRetentionServers/q/longTermRetentionDatabases/R%26D/longTermRetentionBackups?{version}&onlyLatestPerDatabase=true&databaseState=Deleted"
            )
        );
    }
}

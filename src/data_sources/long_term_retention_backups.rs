//! `azurebackup_long_term_retention_backups` and `azurebackup_managed_instance_long_term_retention_backups`: backups of Azure
//! SQL that are kept for years, whether or not database and server or instance are still there.

use std::marker::PhantomData;

use async_trait::async_trait;
use uuid::Uuid;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use crate::azure::expected_id::check_resource_group_name;
use crate::azure::resource_id::Location;
use crate::azure::sql::{
    BackupsOf, DatabaseState, LongTermOwner, LongTermRetentionBackup, LongTermRetentionQuery, OfManagedInstances,
    OfServers,
};
use crate::restore::record::instant;
use crate::restore::sql::{DATABASE, MANAGED_DATABASE};
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::validators::{length_between, one_of, required_with, text_checked_by};
use crate::tfplugin::value::Value;

/// Lists those of a region, a server or an instance, or a database.
pub struct LongTermRetentionBackups<O>(PhantomData<fn() -> O>);

impl<O> Default for LongTermRetentionBackups<O> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

/// What differs between the backups of logical servers and those of managed instances.
pub trait ListedBackups: LongTermOwner + 'static {
    /// The data source.
    const DATA_SOURCE: &'static str;
    /// The restore that takes the ids.
    const RESTORE: &'static str;
    /// `server`: what the databases are, or were, on.
    const HOST: &'static str;
    /// What may not be there.
    const HOST_OR_DATABASE: &'static str;
    /// What is listed, as a whole: `Azure SQL Database`.
    const PRODUCT: &'static str;
    /// The argument that names the host, and its member of a backup.
    const HOST_NAME: &'static str;
    /// The member of a backup that says when the host was created.
    const HOST_CREATED: &'static str;
    /// Whether those of one resource group can be asked for.
    const BY_GROUP: bool;
    /// For the roles that reading takes.
    const WORKLOAD: WorkloadNames;
}

impl ListedBackups for OfServers {
    const DATA_SOURCE: &'static str = "azurebackup_long_term_retention_backups";
    const RESTORE: &'static str = "azurebackup_sql_database_restore";
    const HOST: &'static str = "server";
    const HOST_OR_DATABASE: &'static str = "server or database";
    const PRODUCT: &'static str = "Azure SQL Database";
    const HOST_NAME: &'static str = "server_name";
    const HOST_CREATED: &'static str = "server_creation_time";
    const BY_GROUP: bool = true;
    const WORKLOAD: WorkloadNames = DATABASE;
}

impl ListedBackups for OfManagedInstances {
    const DATA_SOURCE: &'static str = "azurebackup_managed_instance_long_term_retention_backups";
    const RESTORE: &'static str = "azurebackup_sql_managed_database_restore";
    const HOST: &'static str = "managed instance";
    const HOST_OR_DATABASE: &'static str = "managed instance or database";
    const PRODUCT: &'static str = "Azure SQL Managed Instance";
    const HOST_NAME: &'static str = "managed_instance_name";
    const HOST_CREATED: &'static str = "managed_instance_creation_time";
    const BY_GROUP: bool = false;
    const WORKLOAD: WorkloadNames = MANAGED_DATABASE;
}

const SUBSCRIPTION: &str = "subscription_id";
const GROUP: &str = "resource_group_name";
const LOCATION: &str = "location";
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
impl<O: ListedBackups> Lookup for LongTermRetentionBackups<O> {
    fn type_name(&self) -> &'static str {
        O::DATA_SOURCE
    }

    fn schema(&self) -> Schema {
        let states = DatabaseState::ALL.map(DatabaseState::as_str);
        let (host, host_name) = (O::HOST, O::HOST_NAME);
        let mut attributes = vec![
            Attribute::string(SUBSCRIPTION)
                .required()
                .validate(text_checked_by(is_subscription))
                .description("The ID of the subscription: a GUID."),
            Attribute::string(LOCATION)
                .required()
                .validate(text_checked_by(Location::check))
                .description(format!("The Azure region of the {host}, such as `westeurope`.")),
        ];
        if O::BY_GROUP {
            attributes.push(
                Attribute::string(GROUP).optional().validate(text_checked_by(check_resource_group_name)).description(
                    format!("List only backups of {host}s in this resource group. Default: of the subscription."),
                ),
            );
        }
        attributes.extend([
            Attribute::string(host_name)
                .optional()
                .validate(length_between(1..=63))
                .description(format!("List only backups of the {host} of this name.")),
            Attribute::string(DATABASE_NAME)
                .optional()
                .validate(length_between(1..=128))
                .description(format!("List only backups of the database of this name. Needs `{host_name}`.")),
            Attribute::string(STATE).default(DatabaseState::All.as_str()).validate(one_of(&states)).description(
                "`All` (default), `Live`: only backups of databases that exist, or `Deleted`: only backups of \
                 databases that were dropped.",
            ),
            Attribute::bool(ONLY_LATEST)
                .default(false)
                .description("`true`: list only the newest backup of each database. Default `false`."),
            Attribute::string("id").computed().description("The ARM ID of the region in the subscription."),
            Attribute::objects("long_term_retention_backups", attributes_of_one::<O>())
                .computed()
                .description("The backups, the newest first."),
        ]);
        let description = format!(
            "Lists the long-term backups of {} in a region. They outlive their database and their {host}, so a {host} is \
             named by its name here, and need not exist any more.\n\n\
             If there is none, the list is empty. The list begins with the newest backup.",
            O::PRODUCT
        );
        Schema::new(description, attributes).rule(required_with(DATABASE_NAME, &[O::HOST_NAME]))
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let text = |name: &str| request.arguments.get(name).as_str();
        let subscription = text(SUBSCRIPTION).unwrap_or_default();
        let location = Location::new(text(LOCATION).unwrap_or_default());
        let of = match (text(O::HOST_NAME), text(DATABASE_NAME)) {
            (Some(host), Some(database)) => BackupsOf::Database(host, database),
            (Some(host), None) => BackupsOf::Owner(host),
            (None, _) => BackupsOf::Region,
        };
        let query = LongTermRetentionQuery {
            subscription,
            resource_group: if O::BY_GROUP { text(GROUP) } else { None },
            location: &location,
            of,
            only_latest_per_database: request.arguments.get(ONLY_LATEST).as_bool() == Some(true),
            database_state: text(STATE).and_then(DatabaseState::read).unwrap_or(DatabaseState::All),
        };
        let act = format!("Reading the long-term backups in region {:?}", location.normalized());
        let found = request.connection.sql().long_term_retention_backups::<O>(&query, request.deadline).await;
        let subject = Subject {
            act,
            noun: O::HOST_OR_DATABASE,
            argument: ids::first_given(request.arguments, [DATABASE_NAME, O::HOST_NAME, LOCATION]),
        };
        let mut found = found.map_err(|error| subject.not_read_of(Some(O::WORKLOAD), error))?;
        found.sort_by_cached_key(|backup| (std::cmp::Reverse(backup.backup_time), backup.id.resource_id().canonical()));
        let region =
            format!("/subscriptions/{subscription}/providers/Microsoft.Sql/locations/{}", location.normalized());
        Ok(Value::object([
            ("id", Value::from(region)),
            ("long_term_retention_backups", Value::list(found.iter().map(one))),
        ]))
    }
}

fn attributes_of_one<O: ListedBackups>() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        text(
            "id",
            &format!("The ARM ID of the backup: `long_term.long_term_retention_backup_id` of `{}`.", O::RESTORE),
        ),
        text("name", "The name of the backup in Azure. Its parts have no fixed meaning."),
        text(O::HOST_NAME, &format!("The name of the {}.", O::HOST)),
        text(O::HOST_CREATED, &format!("The time at which the {} was created (RFC 3339, UTC).", O::HOST)),
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

fn one<O: ListedBackups>(backup: &LongTermRetentionBackup<O>) -> Value {
    Value::object([
        ("id", Value::from(backup.id.to_string())),
        ("name", backup.id.resource_id().decoded_name().into_owned().into()),
        (O::HOST_NAME, backup.owner_name.clone().into()),
        (O::HOST_CREATED, backup.owner_create_time.map(instant).into()),
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
        let (found, asked) = look_up(
            LongTermRetentionBackups::<OfServers>::default(),
            vec![answer(200, json!({"value": list}))],
            &arguments,
        )
        .await;
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
            (OfServers::HOST_NAME, "q".into()),
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

    #[tokio::test]
    async fn those_of_managed_instances_are_a_list_of_their_own_and_tell_their_instance() {
        let above =
            format!("/subscriptions/{OWN}/{REST}/longTermRetentionManagedInstances/mi/longTermRetentionDatabases/d");
        let id = format!("{above}/longTermRetentionManagedInstanceBackups/a;1;Hot");
        let list = json!({"value": [{"id": id, "name": "a;1;Hot", "properties": {
            "managedInstanceName": "mi", "managedInstanceCreateTime": "2017-03-10T08:00:00Z", "databaseName": "d",
            "backupTime": "2026-02-01T00:00:00Z"}}]});
        let arguments = [
            (SUBSCRIPTION, Value::from(OWN)),
            (LOCATION, "West Europe".into()),
            (OfManagedInstances::HOST_NAME, "mi".into()),
            (DATABASE_NAME, "d".into()),
        ];
        let lookup = LongTermRetentionBackups::<OfManagedInstances>::default();
        let (found, asked) = look_up(lookup, vec![answer(200, list)], &arguments).await;
        let found = found.unwrap();
        let one = &found.get("long_term_retention_backups").as_list().unwrap()[0];
        assert_eq!(one.get("id").as_str(), Some(id.as_str()));
        assert_eq!(one.get("managed_instance_name").as_str(), Some("mi"));
        assert_eq!(one.get("managed_instance_creation_time").as_str(), Some("2017-03-10T08:00:00Z"));
        let list = format!("{above}/longTermRetentionManagedInstanceBackups?api-version=2025-01-01");
        assert_eq!(asked, [format!("GET https://management.azure.com{list}")]);
    }
}

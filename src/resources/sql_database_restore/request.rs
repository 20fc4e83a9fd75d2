//! The body of the request.

use super::arguments::{Arguments, BACKUP_STORAGE_REDUNDANCY, ELASTIC_POOL, LICENSE_TYPE, SKU_NAME, ZONE_REDUNDANT};
use crate::azure::resource_id::ResourceId;
use crate::azure::sql::{DatabaseRestoreRequest, DatabaseSource};
use crate::resources::given::optional;
use crate::resources::sql::tags;
use crate::restore::error::RestoreError;
use crate::tfplugin::model::Attr;

/// The database to be made (REST: Databases - Create Or Update), without the tag of the restore. What is not set is left
/// out, so that Azure decides.
pub(super) fn request(
    arguments: &Arguments,
    region: String,
    source: DatabaseSource,
) -> Result<DatabaseRestoreRequest, RestoreError> {
    let text = |value: &Attr<String>, argument: &str| optional(value, argument).map(|value| value.cloned());
    let pool = text(&arguments.elastic_pool_id, ELASTIC_POOL)?;
    let pool = pool.map(|id| ResourceId::parse(&id)).transpose();
    let pool = pool.map_err(|error| RestoreError::wrong(ELASTIC_POOL, error.to_string()))?;
    let mut request = DatabaseRestoreRequest::new(region, source);
    request.tags = tags(&arguments.tags)?;
    request.sku = text(&arguments.sku_name, SKU_NAME)?.map(Into::into);
    request.properties.elastic_pool_id = pool.map(|id| id.decoded());
    request.properties.zone_redundant = optional(&arguments.zone_redundant, ZONE_REDUNDANT)?.copied();
    request.properties.requested_backup_storage_redundancy =
        text(&arguments.backup_storage_redundancy, BACKUP_STORAGE_REDUNDANCY)?;
    request.properties.license_type = text(&arguments.license_type, LICENSE_TYPE)?;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::azure::restore_tag::Tagged;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::{Path, Value};

    const SOURCE: &str = "/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/src-rg/providers/Microsoft.Sql/servers/src-sql";

    fn body(arguments: &[(&str, Value)], source: DatabaseSource) -> Json {
        let arguments = Arguments::from_value(&Value::object(arguments.iter().cloned()), &Path::root()).unwrap();
        serde_json::to_value(request(&arguments, "northeurope".into(), source).unwrap()).unwrap()
    }

    fn geo() -> DatabaseSource {
        DatabaseSource::Recovery { recoverable_database_id: format!("{SOURCE}/recoverabledatabases/orders") }
    }

    // The bodies below are those that the Azure CLI 2.91.0 sends (docs/reference/azure-sql.md#restores).

    #[test]
    fn a_geo_restore_is_sent_as_the_command_line_sends_it() {
        let arguments = [("sku_name", Value::from("GP_Gen5_2")), ("backup_storage_redundancy", "Geo".into())];
        let expected = json!({
            "location": "northeurope", "sku": {"name": "GP_Gen5_2"},
            "properties": {
                "createMode": "Recovery", "recoverableDatabaseId": format!("{SOURCE}/recoverabledatabases/orders"),
                "requestedBackupStorageRedundancy": "Geo",
            },
        });
        assert_eq!(body(&arguments, geo()), expected);
    }

    #[test]
    fn a_pool_takes_the_place_of_the_sku() {
        let pool = format!("{SOURCE}/elasticPools/pool1");
        let expected = json!({
            "location": "northeurope",
            "properties": {
                "createMode": "Recovery", "recoverableDatabaseId": format!("{SOURCE}/recoverabledatabases/orders"),
                "elasticPoolId": pool,
            },
        });
        assert_eq!(body(&[("elastic_pool_id", pool.into())], geo()), expected);
    }

    #[test]
    fn the_other_sources_are_sent_as_the_command_line_sends_them() {
        let of = |source: Json| json!({"location": "northeurope", "properties": source});
        let time = "2026-09-01T10:00:00.0000000Z";
        let backup = "/subscriptions/s/resourceGroups/src-rg/providers/Microsoft.Sql/locations/northeurope/longTermRetentionServers/src-sql/longTermRetentionDatabases/orders/longTermRetentionBackups/55555555-6666-7777-8888-999999999999;132637440000000000;Hot";
        let live = DatabaseSource::PointInTimeRestore {
            source_database_id: format!("{SOURCE}/databases/orders"),
            restore_point_in_time: time.into(),
        };
        assert_eq!(
            body(&[], live),
            of(json!({"createMode": "PointInTimeRestore", "sourceDatabaseId": format!("{SOURCE}/databases/orders"),
                "restorePointInTime": time}))
        );
        let long_term =
            DatabaseSource::RestoreLongTermRetentionBackup { long_term_retention_backup_resource_id: backup.into() };
        assert_eq!(
            body(&[], long_term),
            of(json!({"createMode": "RestoreLongTermRetentionBackup", "longTermRetentionBackupResourceId": backup}))
        );
        // The command line names a dropped database by its former id and the date; both are documented.
        let id = format!("{SOURCE}/restorableDroppedDatabases/orders,131403269876900000");
        let dropped = |restore_point_in_time: Option<String>| DatabaseSource::Restore {
            restorable_dropped_database_id: id.clone(),
            restore_point_in_time,
        };
        assert_eq!(
            body(&[], dropped(Some(time.into()))),
            of(json!({"createMode": "Restore", "restorableDroppedDatabaseId": id, "restorePointInTime": time}))
        );
        assert_eq!(body(&[], dropped(None)), of(json!({"createMode": "Restore", "restorableDroppedDatabaseId": id})));
    }

    #[test]
    fn everything_that_is_set_is_sent_and_the_tag_of_the_restore_beside_other_tags() {
        let arguments = [
            ("zone_redundant", Value::from(true)),
            ("license_type", "BasePrice".into()),
            ("tags", Value::object([("env", "drill")])),
        ];
        let arguments = Arguments::from_value(&Value::object(arguments), &Path::root()).unwrap();
        let request = request(&arguments, "northeurope".into(), geo()).unwrap().tagged("an-id");
        let body = serde_json::to_value(request).unwrap();
        assert_eq!(body["tags"], json!({"env": "drill", "azurebackup-restore": "an-id"}));
        assert_eq!(
            (&body["properties"]["zoneRedundant"], &body["properties"]["licenseType"]),
            (&json!(true), &json!("BasePrice"))
        );
    }

    #[test]
    fn an_unknown_tag_is_never_left_out() {
        let arguments = [("tags", Value::object([("env", Value::unknown())]))];
        let arguments = Arguments::from_value(&Value::object(arguments), &Path::root()).unwrap();
        assert!(request(&arguments, "northeurope".into(), geo()).is_err());
    }
}

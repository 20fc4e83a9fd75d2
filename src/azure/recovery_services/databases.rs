//! What is asked about databases of servers in virtual machines: the machine that is restored to, its instances, and the
//! times that log backups cover.

use serde_json::Value;

use super::service::API_VERSION;
use super::{
    DatabaseFile, Filter, ItemRecoveryPoint, LogRange, ProtectedItemId, ProtectionContainerId, RecoveryServices,
};
use crate::azure::client::ArmClient;
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::is_same;

/// What log backups cover.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogChain {
    /// Times to any instant of which the database can be restored, the earliest first.
    pub ranges: Vec<LogRange>,
    /// Files of the database; empty where the service does not say.
    pub files: Vec<DatabaseFile>,
}

/// `AzureVmWorkloadSQLInstanceWorkloadItem`: an instance of SQL Server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlInstance {
    /// `MSSQLSERVER` for the default instance.
    pub name: String,
    /// Where new files go if nothing is said, each as a directory without a name.
    pub default_directories: Vec<DatabaseFile>,
}

impl LogChain {
    /// Of a list of points of which some stand for log backups.
    fn of(points: Vec<ItemRecoveryPoint>) -> Self {
        let mut chain = Self::default();
        for point in points {
            chain.ranges.extend(point.log_ranges);
            if chain.files.is_empty() {
                chain.files = point.database_files;
            }
        }
        chain.ranges.sort_by_key(|range| (range.start, range.end));
        chain.ranges.dedup();
        chain
    }
}

impl SqlInstance {
    fn read(value: &Value) -> Option<Self> {
        let item = JsonFields::of(value).object("properties");
        if item.text("workloadItemType").is_some_and(|kind| !kind.eq_ignore_ascii_case("SQLInstance")) {
            return None;
        }
        let directories = item.list("dataDirectoryPaths").iter().filter_map(DatabaseFile::read).collect();
        Some(Self { name: item.text("friendlyName")?, default_directories: directories })
    }

    /// Whether it has this name, which has no case.
    pub fn is_called(&self, name: &str) -> bool {
        is_same(&self.name, name)
    }
}

impl RecoveryServices {
    /// `RecoveryPoints_List` for log backups alone, with the files of the database: one point stands for all of them
    /// (docs/reference/azure-recovery-services.md#databases).
    ///
    /// # Errors
    /// As [`RecoveryServices::recovery_points`].
    pub async fn log_chain(&self, item: &ProtectedItemId, deadline: &Deadline) -> Result<LogChain, ArmError> {
        log_chain_at(self.client(), (&format!("{item}/recoveryPoints"), API_VERSION), deadline).await
    }

    /// `ProtectionContainers_Get`: the ARM id of the machine in a container; none where the service does not say.
    ///
    /// # Errors
    /// As [`crate::azure::client::ArmClient::get`]; 404 if no such container is registered with the vault.
    pub async fn machine_of(
        &self,
        container: &ProtectionContainerId,
        deadline: &Deadline,
    ) -> Result<Option<String>, ArmError> {
        Ok(self.container(container, deadline).await?.source_resource_id)
    }

    /// `BackupWorkloadItems_List`: the instances of SQL Server in a container, as far as its last inquiry found them.
    ///
    /// # Errors
    /// As [`crate::azure::client::ArmClient::list`].
    pub async fn sql_instances(
        &self,
        container: &ProtectionContainerId,
        deadline: &Deadline,
    ) -> Result<Vec<SqlInstance>, ArmError> {
        let filter = Filter::new().eq("backupManagementType", "AzureWorkload").eq("workloadItemType", "SQLInstance");
        let path = format!("{container}/items");
        let items = self.client().list(&path, API_VERSION, &filter.query(), deadline).await?;
        Ok(items.iter().filter_map(SqlInstance::read).collect())
    }
}

/// What the list of points at `path` says of log backups.
pub(super) async fn log_chain_at(
    client: &ArmClient,
    (path, api_version): (&str, &str),
    deadline: &Deadline,
) -> Result<LogChain, ArmError> {
    let filter = Filter::new().eq("extendedInfo", "True").eq("restorePointQueryType", "Log");
    let points = ("recovery point", ItemRecoveryPoint::read);
    Ok(LogChain::of(client.list_every(path, api_version, &filter.query(), points, deadline).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;
    use crate::azure::recovery_services::DatabaseFileKind;
    use crate::azure::scripted::{ScriptedTransport, answer, client, deadline};

    const CONTAINER: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/\
                             backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;g;vm";

    #[tokio::test(start_paused = true)]
    async fn log_backups_are_asked_for_alone_and_with_the_files() {
        let point = json!({"name": "DefaultRangeRecoveryPoint", "properties": {
            "objectType": "AzureWorkloadSQLPointInTimeRecoveryPoint", "type": "Log",
            "timeRanges": [
                {"startTime": "2026-09-30T12:00:00Z", "endTime": "2026-10-01T00:00:00Z"},
                {"startTime": "2026-09-28T00:00:00Z", "endTime": "2026-09-29T00:00:00Z"},
                {"startTime": "2026-09-28T00:00:00Z"}],
            "extendedInfo": {"dataDirectoryPaths": [{"type": "Data", "path": "F:\\a.mdf", "logicalName": "a"}]}}});
        let transport = ScriptedTransport::new(vec![answer(200, json!({"value": [point]}))]);
        let service = RecoveryServices::new(client(&transport));
        let item = ProtectedItemId::parse(&format!("{CONTAINER}/protectedItems/SQLDataBase;i;R%2FD")).unwrap();
        let chain = service.log_chain(&item, &deadline(60)).await.unwrap();
        assert_eq!(chain.ranges.len(), 2);
        assert_eq!(chain.ranges[0].start, datetime!(2026-09-28 0:00 UTC));
        assert_eq!(chain.files.len(), 1);
        let asked = transport.lines().remove(0);
        for part in ["SQLDataBase;i;R%2FD/recoveryPoints", "restorePointQueryType%20eq%20%27Log%27"] {
            assert!(asked.contains(part), "{asked}");
        }
        assert!(asked.contains("extendedInfo%20eq%20%27True%27") && !asked.contains("startDate"), "{asked}");
    }

    #[tokio::test(start_paused = true)]
    async fn instances_have_names_and_default_directories() {
        let instance = json!({"name": "SQLInstance;MSSQLSERVER", "properties": {
            "workloadItemType": "SQLInstance", "friendlyName": "MSSQLSERVER",
            "dataDirectoryPaths": [{"type": "Data", "path": "F:\\DATA\\"}, {"type": "Odd", "path": "x"}]}});
        let database = json!({"properties": {"workloadItemType": "SQLDataBase", "friendlyName": "x"}});
        let transport = ScriptedTransport::new(vec![answer(200, json!({"value": [instance, database]}))]);
        let service = RecoveryServices::new(client(&transport));
        let container = ProtectionContainerId::parse(CONTAINER).unwrap();
        let found = service.sql_instances(&container, &deadline(60)).await.unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].is_called("mssqlserver"));
        let directories: Vec<_> = found[0].default_directories.iter().map(|own| (own.kind, &*own.path)).collect();
        assert_eq!(directories, [(DatabaseFileKind::Data, "F:\\DATA\\")]);
    }
}

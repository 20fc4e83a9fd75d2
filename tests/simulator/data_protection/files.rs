//! Restores as files into a container, which is how the databases of flexible servers come back.

use serde_json::Value;

use super::super::error::ServiceError;
use super::super::makes::Makes;
use super::super::resources::{Resource, subscription_of};
use super::instances::BackupInstance;
use super::jobs::SimulatedJob;
use super::order::{Order, OrderContext, is, text, too_many_at_once};
use super::workloads::{LackingRole, Workload};

const ROLE: LackingRole = LackingRole {
    code: "UserErrorContainerNotAccessible",
    message: "The target container is not accessible to the vault's identity.",
    recommended_action: "Grant the identity the role 'Storage Blob Data Contributor' on the target, wait for it to spread and try again.",
    action: "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
};

pub const POSTGRESQL_FLEXIBLE_SERVER: Workload = Workload {
    set_in_jobs: true,
    tells_restore_type: false,
    progress_enabled: true,
    ..Workload::usual("Microsoft.DBforPostgreSQL/flexibleServers", "postgresql", ROLE, |situation, instance, body| {
        situation.files(instance, body)
    })
};

pub const MYSQL_FLEXIBLE_SERVER: Workload = Workload {
    tells_restore_type: false,
    progress_enabled: true,
    transferred: Some("645922816"),
    ..Workload::usual("Microsoft.DBforMySQL/flexibleServers", "mysql", ROLE, |situation, instance, body| {
        situation.files(instance, body)
    })
};

impl Resource {
    pub fn postgresql_flexible_server(name: &str) -> Self {
        Self::new(POSTGRESQL_FLEXIBLE_SERVER.resource_type, name)
    }

    pub fn mysql_flexible_server(name: &str) -> Self {
        Self::new(MYSQL_FLEXIBLE_SERVER.resource_type, name)
    }
}

impl BackupInstance {
    /// Without any backup yet.
    pub fn postgresql_flexible_server(name: &str, server: &Resource) -> Self {
        Self::of(&POSTGRESQL_FLEXIBLE_SERVER, name, server)
    }

    /// Without any backup yet.
    pub fn mysql_flexible_server(name: &str, server: &Resource) -> Self {
        Self::of(&MYSQL_FLEXIBLE_SERVER, name, server)
    }
}

impl OrderContext<'_> {
    fn files(&self, instance: &BackupInstance, body: &Value) -> Result<Order, ServiceError> {
        let target = &body["restoreTargetInfo"];
        let details = &target["targetDetails"];
        let prefix = text(details, "filePrefix");
        if !is(target, "objectType", "RestoreFilesTargetInfo")
            || !is(details, "restoreTargetLocationType", "AzureBlobs")
            || prefix.is_empty()
        {
            return Err(ServiceError::invalid_because(
                "files go to AzureBlobs, as RestoreFilesTargetInfo, with a prefix",
            ));
        }
        let (point, store) = self.point(instance, body, &["VaultStore", "ArchiveStore"])?;
        let Some((host, container)) = host_and_container(text(details, "url")) else {
            return Err(ServiceError::invalid_because("the URL is not that of a container"));
        };
        let Some(account) = self.world.storage_account_at(host) else { return Err(not_accessible(container)) };
        let id = details["targetResourceArmId"].as_str();
        if id.is_some_and(|id| !id.eq_ignore_ascii_case(&account.container_id(container))) {
            return Err(ServiceError::invalid_because("the id is not that of the container in the URL"));
        }
        self.check_subscription(&account.id())?;
        // The container's own id tells the subscription; the URL does not.
        if id.is_none() && !subscription_of(&account.id()).eq_ignore_ascii_case(&self.vault.subscription) {
            return Err(ServiceError::invalid_because("a container of another subscription is not named by its id"));
        }
        if !account.containers.contains(container) {
            return Err(not_accessible(container));
        }
        let url = account.container_url(container);
        let same_files = |job: &&&SimulatedJob| match &job.order.makes {
            Makes::Files { container_url, prefix: other } => {
                container_url.eq_ignore_ascii_case(&url) && other.as_str() == prefix
            }
            Makes::Nothing
            | Makes::Resource(_)
            | Makes::Containers { .. }
            | Makes::Database { .. }
            | Makes::RecoveryPoint { .. }
            | Makes::MachineDatabase { .. } => false,
        };
        if let Some(other) = self.running.iter().find(same_files) {
            return Err(too_many_at_once(other));
        }
        let makes = Makes::Files { container_url: url.clone(), prefix: prefix.to_owned() };
        Ok(Order { makes, ..Order::of_point(point, store, &url) })
    }
}

/// Of an https URL that names a container and nothing below it.
fn host_and_container(url: &str) -> Option<(&str, &str)> {
    let (host, container) = url.strip_prefix("https://")?.split_once('/')?;
    let container = container.strip_suffix('/').unwrap_or(container);
    (!container.is_empty() && !container.contains(['/', '?', '#'])).then_some((host, container))
}

fn not_accessible(container: &str) -> ServiceError {
    ServiceError::new(
        "UserErrorContainerNotAccessible",
        &format!("Container {container} is not accessible to the vault's identity."),
    )
    .recommend(
        "Check that the container exists and that the vault's identity has the role 'Storage Blob Data Contributor' on \
         it.",
    )
    .inner("ContainerNotFound", "The specified container does not exist.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_named_by_https_and_one_segment() {
        let right = Some(("a.blob.core.windows.net", "c"));
        assert_eq!(host_and_container("https://a.blob.core.windows.net/c"), right);
        assert_eq!(host_and_container("https://a.blob.core.windows.net/c/"), right);
        for wrong in ["http://a/c", "https://a", "https://a/", "https://a/c/d", "https://a/c?sig=x", "a/c"] {
            assert_eq!(host_and_container(wrong), None, "{wrong}");
        }
    }
}

//! The kinds of data source that are protected: what each calls itself in bodies, jobs and errors, and how its orders are
//! read. A new one is a file with its row, and a line in [`ALL`].

use serde_json::{Value, json};

use super::super::error::ServiceError;
use super::instances::BackupInstance;
use super::order::{Order, OrderContext};
use super::{blobs, cosmosdb_accounts, data_lakes, disks, files, kubernetes};

/// All of them.
pub const ALL: &[&Workload] = &[
    &blobs::BLOBS,
    &data_lakes::DATA_LAKE,
    &files::POSTGRESQL_FLEXIBLE_SERVER,
    &files::MYSQL_FLEXIBLE_SERVER,
    &disks::DISK,
    &kubernetes::KUBERNETES_CLUSTER,
    &cosmosdb_accounts::COSMOSDB_ACCOUNT,
];

/// Reads the order that a body gives for an instance, or tells why Azure refuses it.
pub type ReadOrder = fn(&OrderContext<'_>, &BackupInstance, &Value) -> Result<Order, ServiceError>;

#[derive(Debug)]
pub struct Workload {
    pub datasource_type: &'static str,
    pub resource_type: &'static str,
    /// The last segment of the policy's id.
    pub policy: &'static str,
    /// The store of the point that a backup makes (docs/reference/azure-data-protection.md#backups-on-demand).
    pub backup_store: &'static str,
    /// Whether an instance shows the set that its data source belongs to.
    pub has_a_set: bool,
    /// Whether the data source is a set of its own: named by its URI, and as a set in jobs.
    pub is_its_own_set: bool,
    /// Whether a job names the set, though the instance shows none.
    pub set_in_jobs: bool,
    /// Whether a job tells that it restores to the original location or to another one.
    pub tells_restore_type: bool,
    /// Whether the job claims to tell of progress. It never does.
    pub progress_enabled: bool,
    /// What the finished task of a job says was transferred; a string. `None`: it says nothing.
    pub transferred: Option<&'static str>,
    /// `extendedInfo` member of what was transferred.
    pub transferred_member: &'static str,
    pub lacking_role: LackingRole,
    /// What the policy says of an instance that has points.
    pub policy_parameters: fn(&BackupInstance) -> Value,
    pub read: ReadOrder,
}

/// The failure of a validation while an identity lacks its role.
#[derive(Clone, Copy, Debug)]
pub struct LackingRole {
    pub code: &'static str,
    pub message: &'static str,
    pub recommended_action: &'static str,
    /// What the identity may not do.
    pub action: &'static str,
}

impl Workload {
    /// What most workloads have in common; a row changes the rest.
    pub const fn usual(resource_type: &'static str, policy: &'static str, role: LackingRole, read: ReadOrder) -> Self {
        Self {
            datasource_type: resource_type,
            resource_type,
            policy,
            backup_store: "VaultStore",
            has_a_set: false,
            is_its_own_set: false,
            set_in_jobs: false,
            tells_restore_type: true,
            progress_enabled: false,
            transferred: Some("69827"),
            transferred_member: "dataTransferredInBytes",
            lacking_role: role,
            policy_parameters: |_| Value::Null,
            read,
        }
    }

    /// The failure of a validation while `identity` lacks its role on `scope`.
    pub fn missing_role(&self, identity: &str, scope: &str) -> ServiceError {
        let LackingRole { code, message, recommended_action, action } = self.lacking_role;
        let detail = format!(
            "The client '{identity}' does not have authorization to perform action '{action}' over scope '{scope}'."
        );
        ServiceError::new(code, message).recommend(recommended_action).inner("AuthorizationFailed", &detail)
    }
}

/// The parameters of a policy that say what is backed up.
pub fn of_data(parameters: Value) -> Value {
    json!({"dataStoreParametersList": null, "backupDatasourceParametersList": [parameters]})
}

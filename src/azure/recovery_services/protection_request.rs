//! Bodies that protect a SQL database, stop that, or bring it back from deletion.

use serde::Serialize;

/// `AzureVmWorkloadSQLDatabaseProtectedItem` of the REST description, as it is sent. The discriminator is what makes it one:
/// Microsoft's how-to page leaves it out (docs/reference/azure-recovery-services.md#protection).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SqlDatabaseProtectionRequest {
    protected_item_type: &'static str,
    policy_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    protection_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_rehydrate: Option<bool>,
}

impl SqlDatabaseProtectionRequest {
    /// Backs it up as this policy says, for the first time, again, or instead of another policy.
    pub fn protect(policy_id: impl Into<String>) -> Self {
        Self {
            protected_item_type: "AzureVmWorkloadSQLDatabase",
            policy_id: policy_id.into(),
            protection_state: None,
            is_rehydrate: None,
        }
    }

    /// Takes no further backups, and keeps those that there are.
    pub fn stop() -> Self {
        Self { protection_state: Some("ProtectionStopped"), ..Self::protect("") }
    }

    /// Takes the deletion of its backups back. It is stopped then.
    pub fn undelete() -> Self {
        Self { is_rehydrate: Some(true), ..Self::stop() }
    }
}

//! The calls about vaults, policies, containers and protection: everything but restores.

use serde::Serialize;
use serde_json::{Value, json};

use super::super::{
    BackupManagementType, BackupPolicy, BackupPolicyId, Filter, ProtectableContainer, ProtectableItem, ProtectedItemId,
    ProtectionContainer, ProtectionContainerId, RecoveryServicesVaultId, RegisterRequest, SqlDatabaseProtectionRequest,
    VaultRequest, WorkloadType,
};
use super::{API_VERSION, RecoveryServices, VAULTS_API_VERSION};
use crate::azure::client::{ArmResponse, RepeatableMethod, RepeatableWrite};
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::operation::{AcceptedOperation, OperationPoll, OperationStart, StatusById};

/// What became of a request: over, or accepted.
type Begun = OperationStart<Value>;

impl RecoveryServices {
    /// `Vaults_CreateOrUpdate`.
    ///
    /// # Errors
    /// As [`ArmClient::write_repeatable`](crate::azure::client::ArmClient::write_repeatable).
    pub async fn create_vault(
        &self,
        id: &RecoveryServicesVaultId,
        request: &VaultRequest,
        deadline: &Deadline,
    ) -> Result<Begun, ArmError> {
        self.write_vault(RepeatableMethod::Put, id, Some(request), deadline).await
    }

    /// `Vaults_Update`: what the request does not name stays.
    ///
    /// # Errors
    /// As [`RecoveryServices::create_vault`].
    pub async fn update_vault(
        &self,
        id: &RecoveryServicesVaultId,
        request: &VaultRequest,
        deadline: &Deadline,
    ) -> Result<Begun, ArmError> {
        self.write_vault(RepeatableMethod::Patch, id, Some(request), deadline).await
    }

    /// `Vaults_Delete`. A vault that is not there is deleted.
    ///
    /// # Errors
    /// As [`RecoveryServices::create_vault`].
    pub async fn delete_vault(&self, id: &RecoveryServicesVaultId, deadline: &Deadline) -> Result<Begun, ArmError> {
        self.write_vault(RepeatableMethod::Delete, id, None, deadline).await
    }

    async fn write_vault(
        &self,
        method: RepeatableMethod,
        id: &RecoveryServicesVaultId,
        request: Option<&VaultRequest>,
        deadline: &Deadline,
    ) -> Result<Begun, ArmError> {
        let path = id.resource_id().as_str();
        let body = request.map(|request| written(path, request)).transpose()?;
        let write = RepeatableWrite { method, path, api_version: VAULTS_API_VERSION, query: &[], body: body.as_ref() };
        self.client.write_repeatable(write, deadline, read_begun).await
    }

    /// One poll of an operation on a vault.
    ///
    /// # Errors
    /// As [`ArmClient::poll_operation`](crate::azure::client::ArmClient::poll_operation).
    pub async fn vault_operation(
        &self,
        id: &RecoveryServicesVaultId,
        accepted: &AcceptedOperation,
        deadline: &Deadline,
    ) -> Result<OperationPoll, ArmError> {
        let collection = format!("{id}/operationStatus");
        let by_id = StatusById { collection: &collection, api_version: VAULTS_API_VERSION };
        self.client.poll_operation(accepted, Some(by_id), deadline).await
    }

    /// `BackupPolicies_List`, every page.
    ///
    /// # Errors
    /// As [`ArmClient::list`](crate::azure::client::ArmClient::list), and [`ArmError::Unreadable`] if an element names no
    /// policy.
    pub async fn backup_policies(
        &self,
        vault: &RecoveryServicesVaultId,
        filter: &Filter,
        deadline: &Deadline,
    ) -> Result<Vec<BackupPolicy>, ArmError> {
        let path = format!("{vault}/backupPolicies");
        let policies = ("backup policy", |element: &Value| BackupPolicy::read_listed(vault, element));
        self.client.list_every(&path, API_VERSION, &filter.query(), policies, deadline).await
    }

    /// `ProtectionPolicies_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`](crate::azure::client::ArmClient::get).
    pub async fn backup_policy(&self, id: &BackupPolicyId, deadline: &Deadline) -> Result<BackupPolicy, ArmError> {
        let answer: Value = self.client.get(id.resource_id().as_str(), API_VERSION, &[], deadline).await?;
        Ok(BackupPolicy::read(id, &answer))
    }

    /// `ProtectionContainers_Refresh`: searches the subscription for what can be registered.
    ///
    /// # Errors
    /// As [`RecoveryServices::create_vault`].
    pub async fn refresh_containers(
        &self,
        vault: &RecoveryServicesVaultId,
        of: BackupManagementType,
        deadline: &Deadline,
    ) -> Result<Begun, ArmError> {
        let path = format!("{vault}/backupFabrics/Azure/refreshContainers");
        self.post(&path, &of_management_type(of), deadline).await
    }

    /// `ProtectableContainers_List`, every page.
    ///
    /// # Errors
    /// As [`RecoveryServices::backup_policies`].
    pub async fn protectable_containers(
        &self,
        vault: &RecoveryServicesVaultId,
        of: BackupManagementType,
        deadline: &Deadline,
    ) -> Result<Vec<ProtectableContainer>, ArmError> {
        let path = format!("{vault}/backupFabrics/Azure/protectableContainers");
        let containers = ("protectable container", ProtectableContainer::read);
        self.client.list_every(&path, API_VERSION, &of_management_type(of).query(), containers, deadline).await
    }

    /// `BackupProtectionContainers_List`, every page: those that are registered.
    ///
    /// # Errors
    /// As [`RecoveryServices::backup_policies`].
    pub async fn registered_containers(
        &self,
        vault: &RecoveryServicesVaultId,
        of: BackupManagementType,
        deadline: &Deadline,
    ) -> Result<Vec<ProtectionContainer>, ArmError> {
        let path = format!("{vault}/backupProtectionContainers");
        let filter = of_management_type(of).eq("status", "Registered");
        let containers = ("container", |element: &Value| ProtectionContainer::read_listed(vault, element));
        self.client.list_every(&path, API_VERSION, &filter.query(), containers, deadline).await
    }

    /// `ProtectionContainers_Get`.
    ///
    /// # Errors
    /// As [`ArmClient::get`](crate::azure::client::ArmClient::get).
    pub async fn container(
        &self,
        id: &ProtectionContainerId,
        deadline: &Deadline,
    ) -> Result<ProtectionContainer, ArmError> {
        let answer: Value = self.client.get(id.resource_id().as_str(), API_VERSION, &[], deadline).await?;
        Ok(ProtectionContainer::read(id, &answer))
    }

    /// `ProtectionContainers_Register`, for the first time or again.
    ///
    /// # Errors
    /// As [`RecoveryServices::create_vault`].
    pub async fn register_container(
        &self,
        id: &ProtectionContainerId,
        request: &RegisterRequest,
        deadline: &Deadline,
    ) -> Result<Begun, ArmError> {
        self.put(id.resource_id().as_str(), request, deadline).await
    }

    /// `ProtectionContainers_Unregister`. One that is not registered is unregistered.
    ///
    /// # Errors
    /// As [`RecoveryServices::create_vault`].
    pub async fn unregister_container(
        &self,
        id: &ProtectionContainerId,
        deadline: &Deadline,
    ) -> Result<Begun, ArmError> {
        self.delete(id.resource_id().as_str(), deadline).await
    }

    /// `ProtectionContainers_Inquire`: looks for databases in the machine.
    ///
    /// # Errors
    /// As [`RecoveryServices::create_vault`].
    pub async fn inquire_container(
        &self,
        id: &ProtectionContainerId,
        workload: WorkloadType,
        deadline: &Deadline,
    ) -> Result<Begun, ArmError> {
        let filter = of_management_type(workload.management_type()).eq("workloadType", workload.as_str());
        self.post(&format!("{id}/inquire"), &filter, deadline).await
    }

    /// `BackupProtectableItems_List`, every page.
    ///
    /// # Errors
    /// As [`RecoveryServices::backup_policies`].
    pub async fn protectable_items(
        &self,
        vault: &RecoveryServicesVaultId,
        filter: &Filter,
        deadline: &Deadline,
    ) -> Result<Vec<ProtectableItem>, ArmError> {
        let path = format!("{vault}/backupProtectableItems");
        let items = ("protectable item", |element: &Value| ProtectableItem::read(vault, element));
        self.client.list_every(&path, API_VERSION, &filter.query(), items, deadline).await
    }

    /// `ProtectedItems_CreateOrUpdate`: protects it, changes its policy, or stops its protection.
    ///
    /// # Errors
    /// As [`RecoveryServices::create_vault`].
    pub async fn protect(
        &self,
        id: &ProtectedItemId,
        request: &SqlDatabaseProtectionRequest,
        deadline: &Deadline,
    ) -> Result<Begun, ArmError> {
        self.put(id.resource_id().as_str(), request, deadline).await
    }

    /// `ProtectedItems_Delete`: its backups, too.
    ///
    /// # Errors
    /// As [`RecoveryServices::create_vault`].
    pub async fn delete_protected_item(&self, id: &ProtectedItemId, deadline: &Deadline) -> Result<Begun, ArmError> {
        self.delete(id.resource_id().as_str(), deadline).await
    }

    /// One poll of the result of an operation that has no status worth reading: those of containers, and deletions
    /// (docs/reference/azure-recovery-services.md#containers).
    ///
    /// # Errors
    /// As [`ArmClient::poll_operation_result`](crate::azure::client::ArmClient::poll_operation_result).
    pub async fn operation_result(
        &self,
        accepted: &AcceptedOperation,
        deadline: &Deadline,
    ) -> Result<OperationPoll, ArmError> {
        self.client.poll_operation_result(accepted, deadline).await
    }

    async fn put<B: Serialize + Sync>(
        &self,
        path: &str,
        properties: &B,
        deadline: &Deadline,
    ) -> Result<Begun, ArmError> {
        let body = json!({"properties": written(path, properties)?});
        let write = RepeatableWrite {
            method: RepeatableMethod::Put,
            path,
            api_version: API_VERSION,
            query: &[],
            body: Some(&body),
        };
        self.client.write_repeatable(write, deadline, read_begun).await
    }

    async fn post(&self, path: &str, filter: &Filter, deadline: &Deadline) -> Result<Begun, ArmError> {
        let query = filter.query();
        let method = RepeatableMethod::Post;
        let write = RepeatableWrite { method, path, api_version: API_VERSION, query: &query, body: None };
        self.client.write_repeatable(write, deadline, read_begun).await
    }

    async fn delete(&self, path: &str, deadline: &Deadline) -> Result<Begun, ArmError> {
        let method = RepeatableMethod::Delete;
        let write = RepeatableWrite { method, path, api_version: API_VERSION, query: &[], body: None };
        self.client.write_repeatable(write, deadline, read_begun).await
    }
}

fn read_begun(answer: ArmResponse) -> Result<Begun, ArmError> {
    OperationStart::read(&answer)
}

fn of_management_type(of: BackupManagementType) -> Filter {
    Filter::new().eq("backupManagementType", of.as_str())
}

fn written<B: Serialize>(path: &str, body: &B) -> Result<Value, ArmError> {
    serde_json::to_value(body).map_err(|error| ArmError::Unreadable {
        request: path.to_owned(),
        reason: format!("its own body cannot be written: {error}"),
    })
}

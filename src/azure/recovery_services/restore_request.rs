//! The body of a restore, whatever kind of item it restores, and that of its validation.

use serde::Serialize;

use super::database_restore::WorkloadRestoreRequest;
use super::file_share_restore::FileShareRestoreRequest;
use super::ids::ItemRecoveryPointId;
use super::virtual_machine_restore::VirtualMachineRestoreRequest;

/// `RestoreRequest` of the REST description: one of its types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ItemRestoreRequest {
    /// A file share, or files of one.
    FileShare(FileShareRestoreRequest),
    /// A virtual machine, or disks of one.
    VirtualMachine(Box<VirtualMachineRestoreRequest>),
    /// A database of a server in a virtual machine.
    Database(Box<WorkloadRestoreRequest>),
}

impl ItemRestoreRequest {
    /// Names the request to a resource guard that lets the restore through.
    pub fn ask_guard(&mut self, request: String) {
        match self {
            Self::FileShare(body) => body.resource_guard_operation_requests = vec![request],
            Self::VirtualMachine(body) => body.resource_guard_operation_requests = vec![request],
            Self::Database(body) => body.resource_guard_operation_requests = vec![request],
        }
    }

    /// The type of the access to a point that goes with it across regions; none: as Azure gave it. Microsoft's command line
    /// writes this one for virtual machines (docs/reference/azure-recovery-services.md#secondary-region).
    pub(super) fn access_type(&self) -> Option<&'static str> {
        match self {
            Self::FileShare(_) | Self::Database(_) => None,
            Self::VirtualMachine(_) => Some("CrrAccessToken"),
        }
    }

    /// The body that asks Azure whether this restore of `point` can be done; none: Azure does not check such restores.
    pub fn validation(&self, point: &ItemRecoveryPointId) -> Option<ValidateOperationRequest<'_>> {
        let object_type = match self {
            Self::FileShare(_) | Self::Database(_) => return None,
            Self::VirtualMachine(_) => ValidateOperationType::ValidateIaasVMRestoreOperationRequest,
        };
        let properties = ValidateRestoreOperation { object_type, restore_request: self };
        // Ids in bodies are not escaped (docs/reference/azure-recovery-services.md#names).
        Some(ValidateOperationRequest { id: point.resource_id().decoded(), properties })
    }
}

/// `ValidateOperationRequestResource`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValidateOperationRequest<'a> {
    /// ARM id of the point.
    id: String,
    properties: ValidateRestoreOperation<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ValidateRestoreOperation<'a> {
    object_type: ValidateOperationType,
    restore_request: &'a ItemRestoreRequest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum ValidateOperationType {
    ValidateIaasVMRestoreOperationRequest,
}

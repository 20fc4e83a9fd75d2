//! `IaasVMRestoreRequest`: the body that restores a virtual machine or disks of one.

use serde::Serialize;

use super::file_share_restore::RestoreIdentity;
use crate::azure::data_protection::RehydrationPriority;

/// Restores a virtual machine, or disks of one (docs/reference/azure-recovery-services.md#virtual-machines).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineRestoreRequest {
    object_type: VirtualMachineRestoreRequestType,
    /// Name of the point, the same as in the URL.
    pub recovery_point_id: String,
    /// ARM id of the machine that was backed up.
    pub source_resource_id: String,
    /// Region that is restored in, as Azure writes it.
    pub region: String,
    /// Whether it goes over the machine, into a group or to a new machine.
    #[serde(flatten)]
    pub target: VirtualMachineTarget,
    /// The storage account that is written on the way, and how it is reached.
    #[serde(flatten)]
    pub staging: StagingAccount,
    /// Of classic machines, which have a cloud service. Every known request sends it.
    create_new_cloud_service: bool,
    /// Whether disks go into the storage accounts they were in: `false` for managed disks.
    original_storage_account_option: bool,
    /// One zone, or `NoZone`; empty: the service decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<String>,
    /// ARM id of the disk encryption set of the restored disks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_encryption_set_id: Option<String>,
    /// Encryption of a confidential machine's disks.
    #[serde(rename = "securedVMDetails", skip_serializing_if = "Option::is_none")]
    pub secured_vm_details: Option<SecuredVirtualMachine>,
    /// The request to a resource guard that lets it through.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_guard_operation_requests: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_point_rehydration_info: Option<PointRehydration>,
}

/// The discriminator. Machines are spelt `Rehydration` where databases are spelt `Rehydrate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum VirtualMachineRestoreRequestType {
    IaasVMRestoreRequest,
    IaasVMRestoreWithRehydrationRequest,
}

impl VirtualMachineRestoreRequest {
    /// A restore of managed disks.
    pub fn new(
        recovery_point_id: impl Into<String>,
        source_resource_id: impl Into<String>,
        region: impl Into<String>,
        target: VirtualMachineTarget,
        staging: StagingAccount,
    ) -> Self {
        Self {
            object_type: VirtualMachineRestoreRequestType::IaasVMRestoreRequest,
            recovery_point_id: recovery_point_id.into(),
            source_resource_id: source_resource_id.into(),
            region: region.into(),
            target,
            staging,
            create_new_cloud_service: false,
            original_storage_account_option: false,
            zones: Vec::new(),
            disk_encryption_set_id: None,
            secured_vm_details: None,
            resource_guard_operation_requests: Vec::new(),
            recovery_point_rehydration_info: None,
        }
    }

    /// The same from a point in the archive, which is fetched first.
    #[must_use]
    pub fn rehydrating(self, how: PointRehydration) -> Self {
        Self {
            object_type: VirtualMachineRestoreRequestType::IaasVMRestoreWithRehydrationRequest,
            recovery_point_rehydration_info: Some(how),
            ..self
        }
    }
}

/// Where to, and what of the machine: the members that go with each `recoveryType`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "recoveryType", rename_all_fields = "camelCase")]
pub enum VirtualMachineTarget {
    /// Over the disks of the machine that was backed up.
    OriginalLocation,
    /// Disks in a resource group.
    RestoreDisks {
        /// ARM id of the group.
        target_resource_group_id: String,
        /// Data disks by their LUNs. Empty: the operating system's disk alone; none: all disks.
        #[serde(skip_serializing_if = "Option::is_none")]
        restore_disk_lun_list: Option<Vec<i64>>,
    },
    /// A new machine.
    AlternateLocation {
        /// ARM id of a machine that does not exist yet.
        target_virtual_machine_id: String,
        /// ARM id of its resource group.
        target_resource_group_id: String,
        /// ARM id of the network of its subnet.
        virtual_network_id: String,
        /// ARM id of its subnet.
        subnet_id: String,
    },
}

/// The storage account that is written on the way. With an identity, its id stands in another place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum StagingAccount {
    /// With the account's key.
    ByKey {
        /// ARM id of the account.
        storage_account_id: String,
    },
    /// As an identity of the vault.
    ByIdentity {
        /// Which one.
        identity_info: RestoreIdentity,
        /// The account.
        identity_based_restore_details: IdentityBasedRestoreDetails,
    },
}

/// `IdentityBasedRestoreDetails`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityBasedRestoreDetails {
    /// ARM id of the storage account.
    pub target_storage_account_id: String,
}

/// `SecuredVMDetails`: encryption of a confidential machine's disks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecuredVirtualMachine {
    /// ARM id of the disk encryption set of the operating system's disk.
    #[serde(rename = "securedVMOsDiskEncryptionSetId", skip_serializing_if = "Option::is_none")]
    pub os_disk_encryption_set_id: Option<String>,
    /// Of the data disks.
    #[serde(rename = "dataDiskEncryptionSettings", skip_serializing_if = "Option::is_none")]
    pub data_disks: Option<DataDiskEncryptionSettings>,
}

/// `DataDiskEncryptionSettings`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataDiskEncryptionSettings {
    /// A set for each disk. Azure then ignores the one for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub per_disk_encryption_set_ids: Vec<PerDiskEncryptionSetId>,
    /// ARM id of the set of all data disks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_disk_encryption_set_id: Option<String>,
    /// ARM id of the identity that encrypts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_disk_encryption_identity: Option<String>,
}

/// The set of one data disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PerDiskEncryptionSetId {
    /// LUN of the disk.
    pub lun: i64,
    /// ARM id of its set.
    pub disk_encryption_set_id: String,
}

/// `RecoveryPointRehydrationInfo`: how a point is fetched from the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PointRehydration {
    /// `P15D`.
    rehydration_retention_duration: String,
    rehydration_priority: RehydrationPriority,
}

impl PointRehydration {
    /// Kept for `days` days.
    pub fn new(priority: RehydrationPriority, days: i64) -> Self {
        Self { rehydration_retention_duration: format!("P{days}D"), rehydration_priority: priority }
    }
}

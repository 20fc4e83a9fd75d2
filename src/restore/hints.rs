//! Codes of Azure that mean more than their text says, each with what to do about it.

use crate::azure::error::AzureError;
use crate::restore::workload::{ROLE_ON_VAULT, WorkloadNames};

/// What a known code means for the life of a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeMeaning {
    /// Something else is busy on the target; it passes.
    Busy,
    /// The job says that it failed, but the restore goes on in the target. Sending again would do harm.
    StillRunning,
    /// The job says that it failed, but the data is there; only tidying up failed.
    DataRestored,
    /// The job may say that it ended well, but nothing was restored.
    NotRestored,
    /// The job may say that it completed, but a part was not restored.
    RestoredInPart,
    /// The identity that restores lacks a role. A role that was granted just now takes a while to arrive.
    MissingRole,
    /// An ordinary failure.
    Failure,
}

/// What is known of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Azure's code; compared without case.
    pub code: &'static str,
    /// What it means for us.
    pub meaning: CodeMeaning,
    /// What the user can do. Empty where Azure's own words are enough. `{roles}`, `{source}` and `{caller_role}` stand
    /// for what depends on the workload.
    advice: &'static str,
}

impl Hint {
    /// What the user can do, about a restore of this workload.
    pub fn advice_for(&self, workload: Option<WorkloadNames>) -> String {
        let roles = workload.filter(|workload| !workload.roles.is_empty()).map_or_else(
            || {
                "the role that this takes for the workload (see the table of roles in the guide \
                 \"Troubleshooting\")"
                    .to_owned()
            },
            |workload| workload.roles_in_words(),
        );
        let source = workload.map_or("resource", |workload| workload.source);
        let caller_role = workload.map_or(ROLE_ON_VAULT, |workload| workload.caller_role);
        self.advice.replace("{roles}", &roles).replace("{source}", source).replace("{caller_role}", caller_role)
    }
}

const fn hint(code: &'static str, meaning: CodeMeaning, advice: &'static str) -> Hint {
    Hint { code, meaning, advice }
}

/// Codes from Microsoft's troubleshooting pages for Backup vaults, file shares and Azure VMs, and from the published
/// description of Azure SQL.
const HINTS: &[Hint] = &[
    hint(
        "UserErrorPitrRestoreInProgress",
        CodeMeaning::Busy,
        "Another point-in-time restore runs on the storage account.",
    ),
    hint(
        "UserErrorAzureStorageAccountManagementOperationLimitReached",
        CodeMeaning::Busy,
        "The storage account's management calls are throttled; this passes within minutes.",
    ),
    hint(
        "UserErrorMaxConcurrentOperationLimitReached",
        CodeMeaning::Busy,
        "The backup instance already runs as many operations as Azure allows.",
    ),
    hint("AnotherOperationInProgress", CodeMeaning::Busy, ""),
    hint("RetryableErrorDueToAnotherOperation", CodeMeaning::Busy, ""),
    hint(
        "LongRunningRestoreTrackingFailure",
        CodeMeaning::StillRunning,
        "Azure lost track of the restore, which goes on in the storage account. Watch the account's activity log for its end. It is not sent again until `triggers` changes.",
    ),
    hint(
        "LongRunningOperationTrackingFailure",
        CodeMeaning::StillRunning,
        "Azure lost track of the operation, which goes on in the target. Watch its activity log for the end. It is not sent again until `triggers` changes.",
    ),
    hint(
        "UserErrorObjectReplicationPolicyDeletionFailureOnRestoreTarget",
        CodeMeaning::DataRestored,
        "The data was restored; only the object replication policy that the restore used is left on the target. Remove it by hand. It is not sent again until `triggers` changes.",
    ),
    hint(
        "OlrBackupFailed",
        CodeMeaning::NotRestored,
        "The backup that Azure takes before it replaces the disks failed, so nothing was replaced.",
    ),
    hint(
        "UserErrorMissingRequiredPermissions",
        CodeMeaning::MissingRole,
        "Grant the vault's identity {roles}. A new role takes up to 30 minutes to arrive.",
    ),
    hint(
        "UserErrorMSIMissingPermissions",
        CodeMeaning::MissingRole,
        "Grant the vault's identity {roles}. A new role takes up to 30 minutes to arrive.",
    ),
    hint(
        "UserErrorContainerNotAccessible",
        CodeMeaning::MissingRole,
        "Grant the vault's identity the role *Storage Blob Data Contributor* on the target container or its account, and let the vault through the account's firewall.",
    ),
    hint(
        "UserErrorDiskBackupRestoreRGOrMSIPermissionsNotPresent",
        CodeMeaning::MissingRole,
        "Grant the vault's identity the role *Disk Restore Operator* on the resource group of the new disk, which must exist.",
    ),
    hint(
        "UserErrorNotEnoughPermissionOnTargetRG",
        CodeMeaning::MissingRole,
        "Grant the vault's identity the role *Disk Restore Operator* on the resource group of the new disk.",
    ),
    hint(
        "UserErrorMSIPermissionsNotPresentOnDES",
        CodeMeaning::MissingRole,
        "Grant the vault's identity the role *Reader* on the disk encryption set.",
    ),
    hint(
        "UserErrorExtensionMSIMissingPermissionsOnBackupStorageLocation",
        CodeMeaning::MissingRole,
        "Grant the identity of the cluster's backup extension the role *Storage Blob Data Contributor* on the storage account.",
    ),
    hint(
        "UserErrorBackupStorageLocationNotReady",
        CodeMeaning::MissingRole,
        "Grant the identity of the cluster's backup extension the role *Storage Blob Data Contributor* on the storage account. It may take an hour until the extension can use it.",
    ),
    hint(
        "KubernetesBackupListExtensionsError",
        CodeMeaning::MissingRole,
        "Grant the vault's identity the role *Reader* on the target cluster.",
    ),
    hint(
        "UserErrorSameNameDiskAlreadyExists",
        CodeMeaning::Failure,
        "`target_disk_id` names the disk to be created: choose a name that is free, or delete the disk.",
    ),
    hint(
        "UserErrorRestoreTargetRGNotFound",
        CodeMeaning::Failure,
        "Create the resource group that `target_disk_id` names first.",
    ),
    hint(
        "UserErrorDiskSnapshotNotFound",
        CodeMeaning::Failure,
        "The backups of a disk are snapshots in the resource group that its backup instance names, and this one is gone from there. Choose another point.",
    ),
    hint(
        "UserErrorSnapshotMetadataNotFound",
        CodeMeaning::Failure,
        "The backups of a disk are snapshots in the resource group that its backup instance names, and this one is gone from there. Choose another point.",
    ),
    hint(
        "UserErrorSubscriptionDiskQuotaLimitReached",
        CodeMeaning::Failure,
        "The subscription may have no more disks in this region: delete some, or have the quota raised.",
    ),
    hint(
        "UserErrorDESKeyVaultKeyDisabled",
        CodeMeaning::Failure,
        "Enable the key of the disk encryption set in its Key Vault. A point that was encrypted with it cannot be restored without.",
    ),
    hint(
        "UserErrorDESKeyVaultKeyNotAvailable",
        CodeMeaning::Failure,
        "Bring the key of the disk encryption set back in its Key Vault. A point that was encrypted with it cannot be restored without.",
    ),
    hint(
        "UserErrorKubernetesBackupExtensionNotFoundError",
        CodeMeaning::Failure,
        "Install the backup extension on the target cluster and enable Trusted Access for the vault.",
    ),
    hint(
        "UserErrorKubernetesBackupExtensionHasErrors",
        CodeMeaning::Failure,
        "The backup extension of the target cluster is not healthy. Look at its pods in the namespace `dataprotection-microsoft`; install it anew if that does not help.",
    ),
    hint(
        "UserErrorKubernetesBackupExtensionIdentityNotFound",
        CodeMeaning::Failure,
        "The identity of the target cluster's backup extension is gone. Delete the extension and install it anew, and grant the new identity the role *Storage Blob Data Contributor* on the storage account.",
    ),
    hint(
        "KubernetesBackupCustomResourcesTrackingTimeOutError",
        CodeMeaning::Failure,
        "The backup extension of the target cluster gave no sign of life. Look at its pods in the namespace `dataprotection-microsoft`; if they do not run, the cluster lacks nodes or memory for them.",
    ),
    hint(
        "UserErrorBackupPluginPodRestartedDuringRestore",
        CodeMeaning::Failure,
        "A pod of the target cluster's backup extension was restarted, often because it ran out of memory. Raise `resources.limits.memory` in the settings of the extension.",
    ),
    hint(
        "KubernetesBackupGenericWarning",
        CodeMeaning::Failure,
        "The named Kubernetes resources were not restored as they are in the backup, often because an admission webhook refused them whose service is not in the target cluster.",
    ),
    hint(
        "UserErrorHookExecutionFailed",
        CodeMeaning::Failure,
        "A restore hook of `restore_hook_references` failed in the target cluster; its application may not be in order.",
    ),
    hint(
        "UserErrorSourceandTargetClusterCRDVersionMismatch",
        CodeMeaning::Failure,
        "A custom resource has another version in the target cluster than in the backup. Bring its definition there to the version of the source, or leave its type out with `excluded_resource_types`.",
    ),
    hint(
        "UserErrorNamespaceNotFound",
        CodeMeaning::Failure,
        "The backup holds no namespace of that name. Compare `included_namespaces` with what was backed up.",
    ),
    hint(
        "LinkedAuthorizationFailed",
        CodeMeaning::Failure,
        "Azure's message names what the identity that Terraform runs as may not do, and the ID of the resource (the scope). Grant this identity the role *Reader* on the {source} that is protected, or on the resource of this ID the role that the guide on permissions has for it. Rights on the vault are not enough.",
    ),
    hint("AuthorizationFailed", CodeMeaning::Failure, "Grant the identity that Terraform runs as {caller_role}."),
    hint(
        "UserErrorTargetContainersExistOnAccount",
        CodeMeaning::Failure,
        "Give the container another name with `rename_to`, delete the one on the target, or choose another account.",
    ),
    hint(
        "UserErrorOriginalLocationRestoreNotSupported",
        CodeMeaning::Failure,
        "A vaulted backup cannot go back to its own storage account: set `target_storage_account_id` to another one.",
    ),
    hint(
        "UserErrorIncorrectContainersSelectedForOperation",
        CodeMeaning::Failure,
        "`containers` names one that the backup does not hold. The data source `azurebackup_backup_instances` lists those that are protected now.",
    ),
    hint(
        "UserErrorTooManyRestoreCriteriaGivenForBlobRestore",
        CodeMeaning::Failure,
        "Spread the containers over several restores.",
    ),
    hint(
        "UserErrorTooManyPrefixesGivenForBlobRestore",
        CodeMeaning::Failure,
        "Spread the prefixes of the container over several restores.",
    ),
    hint(
        "UserErrorCrossTenantOrsPolicyDisabled",
        CodeMeaning::Failure,
        "Allow cross-tenant replication on the target storage account: the data comes out of an account of Microsoft's.",
    ),
    hint(
        "UserErrorSelectedContainerPartOfAnotherORPolicy",
        CodeMeaning::Failure,
        "Azure replicates the data into the container, which an object replication policy of yours already uses. Choose another one, or remove the policy.",
    ),
    hint(
        "UserErrorContainerNotFoundForPointInTimeRestore",
        CodeMeaning::Failure,
        "The container was deleted since that instant; a point-in-time restore does not bring containers back. Create an empty one of that name, or restore from a vaulted backup.",
    ),
    hint(
        "UserErrorPitrDisabledOnStorageAccount",
        CodeMeaning::Failure,
        "Switch point-in-time restore on at the storage account.",
    ),
    hint(
        "UserErrorRestoreFailurePreviousObjectReplicationPolicyNotDeleted",
        CodeMeaning::Failure,
        "An object replication policy of a former restore is left on the accounts. Remove it and apply again.",
    ),
    hint(
        "UserErrorInvalidRecoveryPointInTime",
        CodeMeaning::Failure,
        "The data source `azurebackup_restorable_time_ranges` lists the instants that can be restored.",
    ),
    hint(
        "UserErrorRestorePointNotFound",
        CodeMeaning::Failure,
        "The data source `azurebackup_recovery_points` lists the points there are.",
    ),
    hint(
        "UserErrorRestorePointNotFoundInBackupVault",
        CodeMeaning::Failure,
        "The data source `azurebackup_recovery_points` lists the points there are.",
    ),
    hint(
        "UserErrorArchivedRecoveryPointsRequestedForRestore",
        CodeMeaning::Failure,
        "The point is in the archive tier and must be rehydrated first: set `rehydration` where the resource has it.",
    ),
    hint(
        "UserErrorAnotherRestoreInProgressOnSameTarget",
        CodeMeaning::Busy,
        "Another restore writes to the same file share.",
    ),
    hint("BMSUserErrorObjectLocked", CodeMeaning::Busy, "Another operation runs on the same protected item."),
    hint(
        "BMSUserErrorConflictingProtectionOperation",
        CodeMeaning::Busy,
        "Another operation configures or deletes the protection of the item.",
    ),
    hint(
        "UserErrorSourceOrTargetAccountNotAccessible",
        CodeMeaning::MissingRole,
        "Grant the role *Storage Account Contributor* on the source and the target storage account to the identity that Terraform runs as, and let trusted Microsoft services through the firewalls of both. For accounts without access by key, set `identity`.",
    ),
    hint(
        "UserErrorStorageKeyBasedAuthenticationNotPermitted",
        CodeMeaning::Failure,
        "The storage account does not allow access by key: set `identity`.",
    ),
    hint(
        "TargetFileShareNotFound",
        CodeMeaning::Failure,
        "The share that `target` names does not exist. A restore does not create it.",
    ),
    hint(
        "UserErrorCannotRestoreExistingDBWithoutForceOverwrite",
        CodeMeaning::Failure,
        "The target has a database of this name. Choose another name in `target_database`, or set `overwrite = true` there to overwrite it.",
    ),
    hint(
        "UserErrorRestoreFailedDatabaseCannotBeOfflined",
        CodeMeaning::Failure,
        "The database is in use, so it cannot be overwritten. Close its connections, and apply again.",
    ),
    hint(
        "UserErrorCannotFindServerCertificateWithThumbprint",
        CodeMeaning::Failure,
        "The database is encrypted (TDE). Restore the certificate on the target instance first.",
    ),
    hint(
        "UserErrorRestoreNotPossibleBecauseLogBackupContainsBulkLoggedChanges",
        CodeMeaning::Failure,
        "The log backup at this time holds bulk-logged changes. Choose another `point_in_time`.",
    ),
    hint(
        "UserErrorSQLPODoesNotSupportBackupType",
        CodeMeaning::Failure,
        "The database does not take this `backup_type`: in the simple recovery model, for example, there are no log backups. Choose another one, or change the recovery model.",
    ),
    hint(
        "UserErrorParentFullBackupMissing",
        CodeMeaning::Failure,
        "The full backup that this one builds on is missing. Take a full backup first: `backup_type = \"Full\"`.",
    ),
    hint(
        "UserErrorSQLLSNValidationFailure",
        CodeMeaning::Failure,
        "The chain of log backups is broken. Take a full backup first: `backup_type = \"Full\"`.",
    ),
    hint(
        "UserErrorBackupFailedAsTransactionLogIsFull",
        CodeMeaning::Failure,
        "The transaction log of the database is full. Make room in it, and apply again.",
    ),
    hint(
        "FabricSvcBackupPreferenceCheckFailedUserError",
        CodeMeaning::Failure,
        "The backup preference of the availability group forbids a backup on this node. Check the preference.",
    ),
    hint(
        "UserErrorSQLNoSysadminMembership",
        CodeMeaning::Failure,
        "Make `NT SERVICE\\AzureWLBackupPluginSvc` a `sysadmin` of the SQL Server instance.",
    ),
    hint(
        "UserErrorOpeningSQLConnection",
        CodeMeaning::Failure,
        "Azure Backup cannot connect to the SQL Server instance. Check that it runs and that `NT SERVICE\\AzureWLBackupPluginSvc` may log in.",
    ),
    hint("VMNotInRunningStateUserError", CodeMeaning::Failure, "Start the virtual machine, and apply again."),
    hint(
        "OperationCancelledBecauseConflictingOperationRunningUserError",
        CodeMeaning::Failure,
        "Another operation ran on the same item. Wait until it has ended, and apply again.",
    ),
    hint(
        "FileShareNotFound",
        CodeMeaning::Failure,
        "The protected file share does not exist any more. Restore into another share with `target`.",
    ),
    hint(
        "UserErrorStorageAccountNotFound",
        CodeMeaning::Failure,
        "The storage account that `target` names does not exist, or the protected one does not any more.",
    ),
    hint(
        "UserErrorAFSSourceSnapshotNotFound",
        CodeMeaning::Failure,
        "The snapshot of this point was deleted from the storage account. Choose another point.",
    ),
    hint(
        "UserErrorDTSSourceUriNotValid",
        CodeMeaning::Failure,
        "A path of `files` is not in the backup. Compare it with the share; a path has no slash in front, and the name of the share is not in it.",
    ),
    hint(
        "DataTransferServiceSourceUriNotValid",
        CodeMeaning::Failure,
        "A path of `files` is not in the backup. Compare it with the share; a path has no slash in front, and the name of the share is not in it.",
    ),
    hint(
        "UserErrorTargetFileShareFull",
        CodeMeaning::Failure,
        "The target share is full. Raise its quota, or make room.",
    ),
    hint(
        "UserErrorTargetFileShareQuotaNotSufficient",
        CodeMeaning::Failure,
        "The quota of the target share is smaller than what is restored. Raise it.",
    ),
    hint(
        "UserErrorStorageAccountIsLocked",
        CodeMeaning::Failure,
        "A lock on the storage account keeps the restore out. Remove the lock for the time of the restore.",
    ),
    hint(
        "UserErrorDTSDestLocked",
        CodeMeaning::Failure,
        "A lock on the target storage account keeps the restore out. Remove the lock for the time of the restore.",
    ),
    hint(
        "DataTransferServiceAllFilesFailedToRecover",
        CodeMeaning::NotRestored,
        "No file was restored. The job's details in the portal say why.",
    ),
    hint(
        "UserErrorAFSRecoverySomeFilesNotRestored",
        CodeMeaning::RestoredInPart,
        "Some files were not restored. The job's details in the portal list them.",
    ),
    hint(
        "UserErrorRestoreAFSInSoftDeleteState",
        CodeMeaning::Failure,
        "The backups of this share have been deleted. Undelete the protected item in the vault first.",
    ),
    hint("ConflictingDatabaseOperation", CodeMeaning::Busy, "Another operation runs on the database."),
    hint("ConflictingServerOperation", CodeMeaning::Busy, "Another operation runs on the logical server."),
    hint("ConflictingSystemOperationInProgress", CodeMeaning::Busy, "Azure itself works on the database."),
    hint("OperationInterrupted", CodeMeaning::Busy, "Another operation has interrupted this one."),
    hint("ElasticPoolBusy", CodeMeaning::Busy, "Another operation runs on the elastic pool."),
    hint("TargetElasticPoolBeingUpdated", CodeMeaning::Busy, "The elastic pool is being changed."),
    hint("DatabaseElasticPoolMaintenanceConflict", CodeMeaning::Busy, "The elastic pool is being maintained."),
    hint(
        "ConflictRequestToUpdateBackupRedundancy",
        CodeMeaning::Busy,
        "The backup redundancy of the database is being changed.",
    ),
    hint("SkuAssignmentInProgress", CodeMeaning::Busy, "The service objective of the database is being changed."),
    hint("ManagedInstanceStarting", CodeMeaning::Busy, "The managed instance is starting."),
    hint("ManagedInstanceStoppingOrStopped", CodeMeaning::Busy, "The managed instance is stopped. Start it."),
    hint("ManagedInstanceUpdateSloInProgress", CodeMeaning::Busy, "The managed instance is being scaled."),
    hint(
        "ManagedDatabaseNameInUse",
        CodeMeaning::Failure,
        "The managed instance has a database of this `name`. Choose another name, or delete the database.",
    ),
    hint(
        "MiGeoRestoreWithWrongBackupStorageRedundancy",
        CodeMeaning::Failure,
        "The backups of this managed instance are not geo-redundant, so they cannot be geo-restored. Use `live`, \
         `dropped` or `long_term`.",
    ),
    hint(
        "PitrPointInTimeInvalid",
        CodeMeaning::Failure,
        "Choose a time within the retention of the database. The newest possible time is some minutes ago.",
    ),
    hint(
        "NoMoreSpaceInManagedInstance",
        CodeMeaning::Failure,
        "The managed instance has too little storage for the database. Enlarge it, or restore to another one.",
    ),
    hint(
        "StorageAccountFull",
        CodeMeaning::Failure,
        "The storage of the managed instance is full. Enlarge it, or restore to another one.",
    ),
    hint(
        "DatabaseNumberLimitReached",
        CodeMeaning::Failure,
        "The managed instance cannot hold more databases. Restore to another one, or delete a database.",
    ),
    hint(
        "LtrRestoreFailedArchiveStorageTier",
        CodeMeaning::Failure,
        "The long-term backup is in the archive tier. Bring it back to the tier `Hot` first.",
    ),
    hint(
        "DatabaseNameInUse",
        CodeMeaning::Failure,
        "The server has a database of this `name`. Choose another name, or delete the database.",
    ),
    hint(
        "DuplicateRestoreOperation",
        CodeMeaning::Failure,
        "Another restore already makes a database of this `name`. Wait until it has ended, or choose another name.",
    ),
    hint(
        "GeoRestoreBackupStorageTypeNotSupported",
        CodeMeaning::Failure,
        "The backups of the source are not geo-redundant. Use `live`, `dropped` or `long_term`.",
    ),
    hint(
        "RestoreCrossServerDisabled",
        CodeMeaning::Failure,
        "Azure does this on the server of the source only. For another server, use `geo` or `long_term`.",
    ),
    hint(
        "InvalidPointInTime",
        CodeMeaning::Failure,
        "Choose a time between `earliestRestoreDate` of the database and some minutes ago.",
    ),
    hint(
        "NoRestorePointAvailable",
        CodeMeaning::Failure,
        "There is no backup yet. The first ones come about half an hour after the database was created. Try again later.",
    ),
    hint(
        "LtrPoolRestoreNoTargetSlo",
        CodeMeaning::Failure,
        "The database was in an elastic pool. Set `sku_name` or `elastic_pool_id`.",
    ),
    hint(
        "BackupSetBroken",
        CodeMeaning::Failure,
        "The backup is damaged. Try another point in time or another source, and ask Microsoft's support.",
    ),
    hint(
        "BackupSetNotFound",
        CodeMeaning::Failure,
        "The backup is gone. Try another point in time or another source, and ask Microsoft's support.",
    ),
    hint(
        "UserErrorCoreCountSubscriptionQuotaReached",
        CodeMeaning::Failure,
        "The subscription has no room for the cores of a new virtual machine. Ask for a higher quota in that region, or restore the disks with `target_resource_group_id`.",
    ),
    hint(
        "UserErrorMigrationFromTrustedLaunchVMToNonTrustedVMNotAllowed",
        CodeMeaning::Failure,
        "The virtual machine that was backed up has trusted launch, and cannot come back as one without it. Choose another way to restore: its disks, or a new virtual machine.",
    ),
    hint(
        "MissingSubscriptionRegistration",
        CodeMeaning::Failure,
        "Register the namespace that Azure names once, with `az provider register --namespace`.",
    ),
    hint(
        "BMSUserErrorInvalidInput",
        CodeMeaning::Failure,
        "Azure names no field with this code. Compare the ids, names and times in the configuration with what exists.",
    ),
    hint(
        "BMSUserErrorContainerHasDatasources",
        CodeMeaning::Failure,
        "Stop the protection of all databases in the virtual machine first; their backups can be kept. Azure takes some minutes to notice.",
    ),
    hint(
        "BMSUserErrorNodePartOfActiveAG",
        CodeMeaning::Failure,
        "The virtual machine is a node of an availability group whose databases are protected. Stop their protection first.",
    ),
    hint(
        "ServiceResourceNotEmptyWithBackendMessage",
        CodeMeaning::Failure,
        "The vault still has soft-deleted items. Wait until soft delete no longer keeps them, or set `soft_delete_enabled = false`, undelete them, and delete them again.",
    ),
    hint(
        "ServiceResourceNotEmptyWithContainerDetails",
        CodeMeaning::Failure,
        "The vault still has registered containers or protected items. Unregister virtual machines and storage accounts, and delete the items with their backups.",
    ),
    hint(
        "CreateResourceFailedDueToInvalidCache",
        CodeMeaning::Failure,
        "A vault of this name was deleted less than 24 hours ago. Choose another name, or wait.",
    ),
    hint(
        "BMSUserErrorDisablingSoftDeleteStateNotAllowed",
        CodeMeaning::Failure,
        "Azure does not allow soft delete to be turned off here. Remove `soft_delete_enabled`, or set it to true.",
    ),
    hint(
        "BMSUserErrorSoftDeleteStateNotSetToAlwaysON",
        CodeMeaning::Failure,
        "Azure insists on soft delete here. Remove `soft_delete_enabled`, or set it to true.",
    ),
    hint(
        "BMSUserErrorInvalidConfigureProtectionRequest",
        CodeMeaning::Failure,
        "The policy does not fit the item. Use a policy for SQL databases: see the data source `azurebackup_backup_policies`.",
    ),
    hint(
        "BMSUserErrorDataSourceObjectNotFound",
        CodeMeaning::Failure,
        "The vault does not know the item or its container any more. Register the virtual machine, and protect the item, again.",
    ),
    hint(
        "UserErrorNoSQlInstancesOnMachine",
        CodeMeaning::Failure,
        "No instance of SQL Server was found in the virtual machine. Check that it is installed and runs.",
    ),
    hint(
        "UserErrorSQLPODoesNotExist",
        CodeMeaning::Failure,
        "The database does not exist in the instance any more, or is offline.",
    ),
    hint(
        "UserErrorWorkloadExtensionNotInstalled",
        CodeMeaning::Failure,
        "The backup extension is missing in the virtual machine. Change `triggers` of its `azurebackup_vm_workload_container` to register it again.",
    ),
    hint(
        "WorkloadExtensionNotReachable",
        CodeMeaning::Failure,
        "The backup extension in the virtual machine does not answer. Check that the machine runs; change `triggers` of its `azurebackup_vm_workload_container` to register it again.",
    ),
    hint(
        "GuestAgentStatusUnavailableUserError",
        CodeMeaning::Failure,
        "The agent in the virtual machine does not answer. Check that the machine runs and that its Azure VM agent is healthy.",
    ),
];

/// What is known of `code`.
pub fn of(code: &str) -> Option<&'static Hint> {
    HINTS.iter().find(|hint| hint.code.eq_ignore_ascii_case(code))
}

/// The codes of an error and of all below it, outermost first.
pub fn codes(error: &AzureError) -> impl Iterator<Item = &str> {
    error.chain().into_iter().map(|error| error.code.as_str())
}

/// What the first known of `codes` means; [`CodeMeaning::Failure`] when none is known.
pub fn meaning<'a>(codes: impl IntoIterator<Item = &'a str>) -> CodeMeaning {
    codes
        .into_iter()
        .filter_map(of)
        .map(|hint| hint.meaning)
        .find(|meaning| *meaning != CodeMeaning::Failure)
        .unwrap_or(CodeMeaning::Failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::workload::RequiredRole;

    #[test]
    fn a_hint_about_a_missing_role_names_the_role_and_what_it_is_granted_on() {
        let roles = &[
            RequiredRole { name: "Thing Restorer", scope: "the target thing" },
            RequiredRole { name: "Reader", scope: "the staging thing" },
        ];
        let names = WorkloadNames {
            things: "things",
            source: "thing server",
            datasource_type: "T",
            caller_role: ROLE_ON_VAULT,
            roles,
        };
        for hint in HINTS {
            for workload in [None, Some(names)] {
                let advice = hint.advice_for(workload);
                assert!(!advice.contains(['{', '}']), "{}: {advice}", hint.code);
                for vague in ["named above", "its role", "the role that the message"] {
                    assert!(!advice.contains(vague), "{}: {advice}", hint.code);
                }
            }
            let advice = hint.advice_for(Some(names));
            let asks_for_a_role = hint.meaning == CodeMeaning::MissingRole || advice.contains("role");
            assert!(!asks_for_a_role || advice.contains('*'), "{} names no role: {advice}", hint.code);
        }
        let of_code = |code| of(code).unwrap().advice_for(Some(names));
        assert!(
            of_code("UserErrorMSIMissingPermissions").starts_with(
                "Grant the vault's identity the roles *Thing Restorer* on the target thing and *Reader* on the staging \
                 thing."
            ),
            "{}",
            of_code("UserErrorMSIMissingPermissions")
        );
        assert!(of_code("LinkedAuthorizationFailed").contains("*Reader* on the thing server"));
    }

    #[test]
    fn codes_are_found_without_regard_to_case_and_unknown_ones_are_plain_failures() {
        assert_eq!(meaning(["userERRORpitrRestoreInProgress"]), CodeMeaning::Busy);
        assert_eq!(meaning(["AuthorizationFailed", "LongRunningRestoreTrackingFailure"]), CodeMeaning::StillRunning);
        assert_eq!(meaning(["SomethingNew"]), CodeMeaning::Failure);
        assert_eq!(meaning([]), CodeMeaning::Failure);
    }

    #[test]
    fn no_code_stands_in_the_table_twice() {
        for hint in HINTS {
            assert_eq!(
                HINTS.iter().filter(|other| other.code.eq_ignore_ascii_case(hint.code)).count(),
                1,
                "{}",
                hint.code
            );
        }
    }
}

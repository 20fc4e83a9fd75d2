//! Codes of Azure that mean more than their text says, each with what to do about it.

use crate::azure::error::AzureError;

/// What a known code means for the life of a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Something else is busy on the target; it passes.
    Busy,
    /// The job says that it failed, but the restore goes on in the target. Sending again would do harm.
    GoesOn,
    /// The job says that it failed, but the data is there; only tidying up failed.
    DataIsThere,
    /// The job may say that it ended well, but nothing was restored.
    NotRestored,
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
    pub meaning: Meaning,
    /// What the user can do. Empty where Azure's own words are enough.
    pub advice: &'static str,
}

const fn hint(code: &'static str, meaning: Meaning, advice: &'static str) -> Hint {
    Hint { code, meaning, advice }
}

/// Codes from Microsoft's troubleshooting pages for Backup vaults and Azure VMs.
const HINTS: &[Hint] = &[
    hint("UserErrorPitrRestoreInProgress", Meaning::Busy, "Another point-in-time restore runs on the storage account."),
    hint(
        "UserErrorAzureStorageAccountManagementOperationLimitReached",
        Meaning::Busy,
        "The storage account's management calls are throttled; this passes within minutes.",
    ),
    hint(
        "UserErrorMaxConcurrentOperationLimitReached",
        Meaning::Busy,
        "The backup instance already runs as many operations as Azure allows.",
    ),
    hint("AnotherOperationInProgress", Meaning::Busy, ""),
    hint("RetryableErrorDueToAnotherOperation", Meaning::Busy, ""),
    hint(
        "LongRunningRestoreTrackingFailure",
        Meaning::GoesOn,
        "Azure lost track of the restore, which goes on in the storage account. Watch the account's activity log for its end. It is not sent again until `triggers` changes.",
    ),
    hint(
        "LongRunningOperationTrackingFailure",
        Meaning::GoesOn,
        "Azure lost track of the operation, which goes on in the target. Watch its activity log for the end. It is not sent again until `triggers` changes.",
    ),
    hint(
        "UserErrorObjectReplicationPolicyDeletionFailureOnRestoreTarget",
        Meaning::DataIsThere,
        "The data was restored; only the object replication policy that the restore used is left on the target. Remove it by hand. It is not sent again until `triggers` changes.",
    ),
    hint(
        "OlrBackupFailed",
        Meaning::NotRestored,
        "The backup that Azure takes before it replaces the disks failed, so nothing was replaced.",
    ),
    hint(
        "UserErrorMissingRequiredPermissions",
        Meaning::MissingRole,
        "Grant the vault's identity the role named above on the source and the target. A new role takes up to 30 minutes to arrive.",
    ),
    hint(
        "UserErrorMSIMissingPermissions",
        Meaning::MissingRole,
        "Grant the vault's identity the role named above on the source and the target. A new role takes up to 30 minutes to arrive.",
    ),
    hint(
        "UserErrorContainerNotAccessible",
        Meaning::MissingRole,
        "Grant the vault's identity the role Storage Blob Data Contributor on the target container or its account, and let the vault through the account's firewall.",
    ),
    hint(
        "UserErrorDiskBackupRestoreRGOrMSIPermissionsNotPresent",
        Meaning::MissingRole,
        "Grant the vault's identity the role Disk Restore Operator on the resource group of the new disk, which must exist.",
    ),
    hint(
        "UserErrorNotEnoughPermissionOnTargetRG",
        Meaning::MissingRole,
        "Grant the vault's identity the role Disk Restore Operator on the resource group of the new disk.",
    ),
    hint(
        "UserErrorMSIPermissionsNotPresentOnDES",
        Meaning::MissingRole,
        "Grant the vault's identity the role Reader on the disk encryption set.",
    ),
    hint(
        "UserErrorExtensionMSIMissingPermissionsOnBackupStorageLocation",
        Meaning::MissingRole,
        "Grant the identity of the cluster's backup extension the role Storage Blob Data Contributor on the storage account.",
    ),
    hint(
        "UserErrorBackupStorageLocationNotReady",
        Meaning::MissingRole,
        "Grant the identity of the cluster's backup extension the role Storage Blob Data Contributor on the storage account. It may take an hour until the extension can use it.",
    ),
    hint(
        "KubernetesBackupListExtensionsError",
        Meaning::MissingRole,
        "Grant the vault's identity the role Reader on the target cluster.",
    ),
    hint(
        "UserErrorSameNameDiskAlreadyExists",
        Meaning::Failure,
        "`target_disk_id` names the disk to be created: choose a name that is free, or delete the disk.",
    ),
    hint(
        "UserErrorRestoreTargetRGNotFound",
        Meaning::Failure,
        "Create the resource group that `target_disk_id` names first.",
    ),
    hint(
        "UserErrorDiskSnapshotNotFound",
        Meaning::Failure,
        "The backups of a disk are snapshots in the resource group that its backup instance names, and this one is gone from there. Choose another point.",
    ),
    hint(
        "UserErrorSnapshotMetadataNotFound",
        Meaning::Failure,
        "The backups of a disk are snapshots in the resource group that its backup instance names, and this one is gone from there. Choose another point.",
    ),
    hint(
        "UserErrorSubscriptionDiskQuotaLimitReached",
        Meaning::Failure,
        "The subscription may have no more disks in this region: delete some, or have the quota raised.",
    ),
    hint(
        "UserErrorDESKeyVaultKeyDisabled",
        Meaning::Failure,
        "Enable the key of the disk encryption set in its Key Vault. A point that was encrypted with it cannot be restored without.",
    ),
    hint(
        "UserErrorDESKeyVaultKeyNotAvailable",
        Meaning::Failure,
        "Bring the key of the disk encryption set back in its Key Vault. A point that was encrypted with it cannot be restored without.",
    ),
    hint(
        "UserErrorKubernetesBackupExtensionNotFoundError",
        Meaning::Failure,
        "Install the backup extension on the target cluster and enable Trusted Access for the vault.",
    ),
    hint(
        "UserErrorKubernetesBackupExtensionHasErrors",
        Meaning::Failure,
        "The backup extension of the target cluster is not healthy. Look at its pods in the namespace `dataprotection-microsoft`; install it anew if that does not help.",
    ),
    hint(
        "UserErrorKubernetesBackupExtensionIdentityNotFound",
        Meaning::Failure,
        "The identity of the target cluster's backup extension is gone. Delete the extension and install it anew, and grant the new identity its role on the storage account.",
    ),
    hint(
        "KubernetesBackupCustomResourcesTrackingTimeOutError",
        Meaning::Failure,
        "The backup extension of the target cluster gave no sign of life. Look at its pods in the namespace `dataprotection-microsoft`; if they do not run, the cluster lacks nodes or memory for them.",
    ),
    hint(
        "UserErrorBackupPluginPodRestartedDuringRestore",
        Meaning::Failure,
        "A pod of the target cluster's backup extension was restarted, often because it ran out of memory. Raise `resources.limits.memory` in the settings of the extension.",
    ),
    hint(
        "KubernetesBackupGenericWarning",
        Meaning::Failure,
        "The named Kubernetes resources were not restored as they are in the backup, often because an admission webhook refused them whose service is not in the target cluster.",
    ),
    hint(
        "UserErrorHookExecutionFailed",
        Meaning::Failure,
        "A restore hook of `restore_hook_references` failed in the target cluster; its application may not be in order.",
    ),
    hint(
        "UserErrorSourceandTargetClusterCRDVersionMismatch",
        Meaning::Failure,
        "A custom resource has another version in the target cluster than in the backup. Bring its definition there to the version of the source, or leave its type out with `excluded_resource_types`.",
    ),
    hint(
        "UserErrorNamespaceNotFound",
        Meaning::Failure,
        "The backup holds no namespace of that name. Compare `included_namespaces` with what was backed up.",
    ),
    hint(
        "LinkedAuthorizationFailed",
        Meaning::Failure,
        "The identity that Terraform runs as needs read access to the protected data source, not only to the vault.",
    ),
    hint(
        "AuthorizationFailed",
        Meaning::Failure,
        "The identity that Terraform runs as needs a role such as Backup Operator on the vault.",
    ),
    hint(
        "UserErrorTargetContainersExistOnAccount",
        Meaning::Failure,
        "Give the container another name with `rename_to`, delete the one on the target, or choose another account.",
    ),
    hint(
        "UserErrorOriginalLocationRestoreNotSupported",
        Meaning::Failure,
        "A vaulted backup cannot go back to its own storage account: set `target_storage_account_id` to another one.",
    ),
    hint(
        "UserErrorIncorrectContainersSelectedForOperation",
        Meaning::Failure,
        "`containers` names one that the backup does not hold. The data source `azurebackup_backup_instances` lists those that are protected now.",
    ),
    hint(
        "UserErrorTooManyRestoreCriteriaGivenForBlobRestore",
        Meaning::Failure,
        "Spread the containers over several restores.",
    ),
    hint(
        "UserErrorTooManyPrefixesGivenForBlobRestore",
        Meaning::Failure,
        "Spread the prefixes of the container over several restores.",
    ),
    hint(
        "UserErrorCrossTenantOrsPolicyDisabled",
        Meaning::Failure,
        "Allow cross-tenant replication on the target storage account: the data comes out of an account of Microsoft's.",
    ),
    hint(
        "UserErrorSelectedContainerPartOfAnotherORPolicy",
        Meaning::Failure,
        "Azure replicates the data into the container, which an object replication policy of yours already uses. Choose another one, or remove the policy.",
    ),
    hint(
        "UserErrorContainerNotFoundForPointInTimeRestore",
        Meaning::Failure,
        "The container was deleted since that instant; a point-in-time restore does not bring containers back. Create an empty one of that name, or restore from a vaulted backup.",
    ),
    hint(
        "UserErrorPitrDisabledOnStorageAccount",
        Meaning::Failure,
        "Switch point-in-time restore on at the storage account.",
    ),
    hint(
        "UserErrorRestoreFailurePreviousObjectReplicationPolicyNotDeleted",
        Meaning::Failure,
        "An object replication policy of a former restore is left on the accounts. Remove it and apply again.",
    ),
    hint(
        "UserErrorInvalidRecoveryPointInTime",
        Meaning::Failure,
        "The data source `azurebackup_restorable_time_ranges` lists the instants that can be restored.",
    ),
    hint(
        "UserErrorRestorePointNotFound",
        Meaning::Failure,
        "The data source `azurebackup_recovery_points` lists the points there are.",
    ),
    hint(
        "UserErrorRestorePointNotFoundInBackupVault",
        Meaning::Failure,
        "The data source `azurebackup_recovery_points` lists the points there are.",
    ),
    hint(
        "UserErrorArchivedRecoveryPointsRequestedForRestore",
        Meaning::Failure,
        "The point is in the archive tier and must be rehydrated first: set `rehydration` where the resource has it.",
    ),
    hint(
        "MissingSubscriptionRegistration",
        Meaning::Failure,
        "Register the namespace once: `az provider register --namespace Microsoft.DataProtection`.",
    ),
    hint(
        "BMSUserErrorInvalidInput",
        Meaning::Failure,
        "Azure names no field with this code. Compare the ids, names and times in the configuration with what exists.",
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

/// What the first known of `codes` means; [`Meaning::Failure`] when none is known.
pub fn meaning<'a>(codes: impl IntoIterator<Item = &'a str>) -> Meaning {
    codes
        .into_iter()
        .filter_map(of)
        .map(|hint| hint.meaning)
        .find(|meaning| *meaning != Meaning::Failure)
        .unwrap_or(Meaning::Failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_without_regard_to_case_and_unknown_ones_are_plain_failures() {
        assert_eq!(meaning(["userERRORpitrRestoreInProgress"]), Meaning::Busy);
        assert_eq!(meaning(["AuthorizationFailed", "LongRunningRestoreTrackingFailure"]), Meaning::GoesOn);
        assert_eq!(meaning(["SomethingNew"]), Meaning::Failure);
        assert_eq!(meaning([]), Meaning::Failure);
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

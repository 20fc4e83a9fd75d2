//! `AzureFileShareRestoreRequest`: the body that restores a file share, or files of one.

use serde::Serialize;

/// Restores a file share, or files and directories of one
/// (docs/reference/azure-recovery-services.md#file-shares).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileShareRestoreRequest {
    object_type: FileShareRestoreRequestType,
    /// Where to.
    pub recovery_type: RecoveryType,
    /// ARM id of the storage account that the share was backed up in.
    pub source_resource_id: String,
    /// What happens to a file that is there already.
    pub copy_options: CopyOptions,
    /// All of the share or parts of it.
    pub restore_request_type: RestoreRequestType,
    /// The files of an item-level restore; of a full one at most the folder to restore into.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restore_file_specs: Vec<RestoreFileSpec>,
    /// Where to, if elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_details: Option<TargetFileShare>,
    /// The identity that reads and writes, for accounts without key access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_info: Option<RestoreIdentity>,
    /// The request to a resource guard that lets it through.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_guard_operation_requests: Vec<String>,
}

/// The one discriminator of such a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
enum FileShareRestoreRequestType {
    #[default]
    AzureFileShareRestoreRequest,
}

impl FileShareRestoreRequest {
    /// Of the whole share to where it was.
    pub fn new(source_resource_id: impl Into<String>, copy_options: CopyOptions) -> Self {
        Self {
            object_type: FileShareRestoreRequestType::default(),
            recovery_type: RecoveryType::OriginalLocation,
            source_resource_id: source_resource_id.into(),
            copy_options,
            restore_request_type: RestoreRequestType::FullShareRestore,
            restore_file_specs: Vec::new(),
            target_details: None,
            identity_info: None,
            resource_guard_operation_requests: Vec::new(),
        }
    }
}

/// Where a restore goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RecoveryType {
    /// Where the data was.
    OriginalLocation,
    /// Elsewhere.
    AlternateLocation,
}

/// What happens to a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum CopyOptions {
    /// It is overwritten.
    Overwrite,
    /// It stays, and the restored one is left out.
    Skip,
    /// The restored one gets another name.
    CreateCopy,
    /// The restore fails.
    FailOnConflict,
}

impl CopyOptions {
    /// Every option that the REST description names.
    pub const ALL: [Self; 4] = [Self::Overwrite, Self::Skip, Self::CreateCopy, Self::FailOnConflict];

    /// Azure's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overwrite => "Overwrite",
            Self::Skip => "Skip",
            Self::CreateCopy => "CreateCopy",
            Self::FailOnConflict => "FailOnConflict",
        }
    }
}

/// How much of a share is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RestoreRequestType {
    /// All of it.
    FullShareRestore,
    /// The files and directories that are named.
    ItemLevelRestore,
}

/// What a path of a share leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum FileSpecType {
    /// A file.
    File,
    /// A directory, with everything in it.
    Directory,
}

impl FileSpecType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::File, Self::Directory];

    /// Azure's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Directory => "Directory",
        }
    }
}

/// `RestoreFileSpecs`: a file or directory, or the folder that all of the share goes into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreFileSpec {
    /// In the share, without a slash in front: `dir/a.txt`. None in a restore of the whole share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What the path leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_spec_type: Option<FileSpecType>,
    /// The folder to restore into; none: the root of the share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_folder_path: Option<String>,
}

/// `TargetAFSRestoreInfo`: the share that is restored into, which must exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetFileShare {
    /// Its name.
    pub name: String,
    /// ARM id of its storage account.
    pub target_resource_id: String,
}

/// `IdentityInfo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreIdentity {
    /// The vault's own.
    pub is_system_assigned_identity: bool,
    /// ARM id of one that is attached to the vault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_identity_resource_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ACCOUNT: &str =
        "/subscriptions/s/resourceGroups/AzureFiles/providers/Microsoft.Storage/storageAccounts/afsaccount";

    #[test]
    fn the_whole_share_back_to_where_it_was_is_the_how_to_s_body() {
        let request = FileShareRestoreRequest::new(ACCOUNT, CopyOptions::Overwrite);
        assert_eq!(
            serde_json::to_value(&request).unwrap(),
            json!({"objectType": "AzureFileShareRestoreRequest", "recoveryType": "OriginalLocation",
                "sourceResourceId": ACCOUNT, "copyOptions": "Overwrite", "restoreRequestType": "FullShareRestore"})
        );
    }

    #[test]
    fn words_and_their_serialized_forms_are_the_same() {
        for option in CopyOptions::ALL {
            assert_eq!(serde_json::to_value(option).unwrap(), json!(option.as_str()));
        }
        for kind in FileSpecType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), json!(kind.as_str()));
        }
    }
}

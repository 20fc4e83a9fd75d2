//! The body of a restore, whatever kind of item it restores.

use serde::Serialize;

use super::file_share_restore::FileShareRestoreRequest;

/// `RestoreRequest` of the REST description: one of its types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ItemRestoreRequest {
    /// A file share, or files of one.
    FileShare(FileShareRestoreRequest),
}

impl ItemRestoreRequest {
    /// Names the request to a resource guard that lets the restore through.
    pub fn ask_guard(&mut self, request: String) {
        match self {
            Self::FileShare(body) => body.resource_guard_operation_requests = vec![request],
        }
    }
}

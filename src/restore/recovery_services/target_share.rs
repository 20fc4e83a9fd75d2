//! Whether the file share that is restored into is there: the service has no validation that would say so.

use super::RecoveryServicesRestore;
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::recovery_services::{ProtectedItem, SecondaryVault};
use crate::azure::resource_id::ResourceId;
use crate::azure::storage;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;

/// A file share that is restored into.
#[derive(Clone, Debug)]
pub struct TargetShareCheck {
    /// The argument that names it.
    pub argument: ArgumentPath,
    /// Its storage account.
    pub account: ResourceId,
    /// Its name.
    pub share: String,
}

impl RecoveryServicesRestore {
    /// Looks for account and share. What the caller may not read is left to Azure.
    pub(super) async fn check_target(&self, item: &ProtectedItem, deadline: &Deadline) -> Result<(), RestoreError> {
        let Some(TargetShareCheck { argument, account, share }) = &self.target_share else { return Ok(()) };
        let client = self.client().client();
        let missing = |text: String| move |error| not_read(error, argument, text);
        let name = account.name();
        let read = storage::account_location(client, account, deadline).await;
        let location = match read.map_err(missing(format!("There is no storage account {account}."))) {
            Ok(location) => location,
            Err(Unread::NotAllowed) => return Ok(()),
            Err(Unread::Failed(error)) => return Err(error),
        };
        let needed = self.secondary().map(SecondaryVault::location).or(item.source_location.as_ref());
        if let (Some(own), Some(needed)) = (&location, needed)
            && own != needed
        {
            let text = match self.secondary() {
                Some(_) => format!(
                    "Storage account {name:?} lies in {own}, and `restore_location` is {needed}. From the secondary \
                     region, Azure restores into that region only."
                ),
                None => format!(
                    "Storage account {name:?} lies in {own}, and the vault in {needed}. Azure restores into the region \
                     of the vault only."
                ),
            };
            return Err(RestoreError::wrong(argument.clone(), text));
        }
        let read = storage::file_share(client, account, share, deadline).await;
        let text = format!("Storage account {name:?} has no file share {share:?}. A restore does not create it.");
        match read.map_err(missing(text)) {
            Ok(()) | Err(Unread::NotAllowed) => Ok(()),
            Err(Unread::Failed(error)) => Err(error),
        }
    }
}

/// Why something was not read.
enum Unread {
    NotAllowed,
    Failed(RestoreError),
}

fn not_read(error: ArmError, argument: &ArgumentPath, text: String) -> Unread {
    match error.status() {
        Some(403) => {
            tracing::info!(%error, "the target cannot be read; Azure decides");
            Unread::NotAllowed
        }
        Some(404) => Unread::Failed(RestoreError::Missing { argument: argument.clone(), text, error: Box::new(error) }),
        _ => Unread::Failed(RestoreError::from(error)),
    }
}

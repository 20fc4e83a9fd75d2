//! Leave to restore a point in the secondary region: Azure gives it for one point at a time, and wants it back with the
//! restore. It is what a validation there comes to, since it is refused for points that cannot be restored.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::RecoveryServicesRestore;
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::recovery_services::{RestoreAccess, SecondaryVault};

/// How long Azure's leave is taken to be good; how long it is, is open
/// (docs/reference/azure-recovery-services.md#secondary-region). Between validation and sending lies the wait for the rate
/// limiter, in a long line minutes.
const GOOD_FOR: Duration = Duration::from_secs(300);

/// What was obtained last: for which point, and when.
#[derive(Debug, Default)]
pub(super) struct HeldAccess(Mutex<Option<(String, RestoreAccess, Instant)>>);

impl HeldAccess {
    fn fresh(&self, point: &str) -> Option<RestoreAccess> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, access, _) = held.as_ref().filter(|(own, _, at)| own == point && at.elapsed() < GOOD_FOR)?;
        Some(access.clone())
    }

    fn hold(&self, point: &str, access: RestoreAccess) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((point.to_owned(), access, Instant::now()));
    }
}

impl RecoveryServicesRestore {
    /// Asks for leave to restore `point` from `copy`.
    pub(super) async fn obtain_access(
        &self,
        copy: &SecondaryVault,
        point: &str,
        deadline: &Deadline,
    ) -> Result<RestoreAccess, ArmError> {
        let id = self.item.recovery_point(point).map_err(|error| ArmError::Unreadable {
            request: format!("POST {}/recoveryPoints", self.item),
            reason: format!("no name of a recovery point: {error}; nothing was sent"),
        })?;
        let access = copy.restore_access(&id, self.management_type, deadline).await?;
        self.cache.access.hold(point, access.clone());
        Ok(access)
    }

    /// The leave that a validation has obtained, or a new one if that was some time ago.
    pub(super) async fn access(
        &self,
        copy: &SecondaryVault,
        point: &str,
        deadline: &Deadline,
    ) -> Result<RestoreAccess, ArmError> {
        match self.cache.access.fresh(point) {
            Some(access) => Ok(access),
            None => self.obtain_access(copy, point, deadline).await,
        }
    }
}

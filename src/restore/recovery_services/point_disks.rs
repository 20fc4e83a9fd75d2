//! Whether the point holds the disks that are chosen from it. An operation of its own says which it holds: neither the point
//! nor Azure's validation does.

use super::RecoveryServicesRestore;
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::operation::OperationStart;
use crate::azure::recovery_services::{PointDisk, PointDisks};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;

/// Disks that are chosen from a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskCheck {
    /// The argument that chooses them.
    pub argument: ArgumentPath,
    /// Their LUNs.
    pub luns: Vec<i64>,
}

impl RecoveryServicesRestore {
    /// Looks for the disks in the point of this name. What the caller may not read is left to Azure.
    pub(super) async fn check_disks(&self, point: &str, deadline: &Deadline) -> Result<(), RestoreError> {
        // Only the region of the vault says it.
        let Some(DiskCheck { argument, luns }) = self.disks.as_ref().filter(|_| self.secondary().is_none()) else {
            return Ok(());
        };
        let Some(disks) = self.disks_of(point, deadline).await? else { return Ok(()) };
        let missing = |lun: &&i64| !disks.data_disks.iter().any(|disk| disk.lun == **lun);
        let Some(lun) = luns.iter().find(missing) else { return Ok(()) };
        let text = format!("Recovery point {point} has no data disk with LUN {lun}. {}", in_words(&disks));
        Err(RestoreError::wrong(argument.clone(), text))
    }

    /// The disks in a point; none if the caller may not ask.
    async fn disks_of(&self, point: &str, deadline: &Deadline) -> Result<Option<PointDisks>, RestoreError> {
        let point = self.item.recovery_point(point);
        let point = point.map_err(|error| RestoreError::wrong(self.point_argument.clone(), error.to_string()))?;
        let operation = match self.client().point_disks(&point, deadline).await {
            Ok(OperationStart::Done(disks)) => return Ok(Some(disks)),
            Ok(OperationStart::Accepted(operation)) => operation,
            Err(error) => return not_allowed(error),
        };
        let result = self.polling.until_ready(deadline, || self.client().point_disks_result(&operation, deadline));
        result.await?.map(Some).map_err(RestoreError::Rejected)
    }
}

fn not_allowed(error: ArmError) -> Result<Option<PointDisks>, RestoreError> {
    if error.status() != Some(403) {
        return Err(RestoreError::from(error));
    }
    tracing::info!(%error, "the disks of the point cannot be read; Azure decides");
    Ok(None)
}

fn in_words(disks: &PointDisks) -> String {
    let name = |disk: &PointDisk| {
        let name = disk.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        format!("\n  - {}{name}", disk.lun)
    };
    let names: String = disks.data_disks.iter().map(name).collect();
    if names.is_empty() { "It has no data disk.".to_owned() } else { format!("It has these:{names}") }
}

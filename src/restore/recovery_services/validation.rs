//! Azure's own check of a restore, for items that it checks, and its leave to restore in the secondary region.

use async_trait::async_trait;

use super::{PointRequest, RecoveryServicesRestore};
use crate::azure::deadline::Deadline;
use crate::azure::operation::OperationStart;
use crate::restore::error::RestoreError;
use crate::restore::operation::or_result;
use crate::restore::service::Validation;

#[async_trait]
impl Validation<PointRequest> for RecoveryServicesRestore {
    async fn validate(&self, deadline: &Deadline, request: &PointRequest) -> Result<(), RestoreError> {
        // Nothing else is checked there.
        if let Some(copy) = self.secondary() {
            return Ok(self.obtain_access(copy, &request.point, deadline).await.map(drop)?);
        }
        let point = self.item.recovery_point(&request.point);
        let point = point.map_err(|error| RestoreError::wrong(self.point_argument.clone(), error.to_string()))?;
        let Some(asked) = request.body.validation(&point) else { return Ok(()) };
        let (client, vault) = (self.client(), self.item.vault());
        let operation = match client.validate_restore(vault, &asked, deadline).await? {
            OperationStart::Done(found) => return found.map(|_| ()).map_err(RestoreError::Rejected),
            OperationStart::Accepted(operation) => operation,
        };
        let operation = &operation;
        let poll = |window: Deadline| async move {
            let status = client.validation(vault, operation, &window).await?;
            // A status need not say what was found; the result does.
            Ok(match &operation.result_url {
                Some(_) => or_result(status, client.validation_result(operation, &window)).await,
                None => status,
            })
        };
        self.polling.follow_validation(deadline, operation.retry_after, poll).await
    }
}

//! Azure's own check of a restore, where a service has one, and what to wait for before a restore can be sent: the turn on
//! the target, a target that is busy, a role that arrives late. Nothing here sends a restore.

use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::time::Instant;

use crate::restore::activity::Activity;
use crate::restore::error::{RestoreError, in_words};
use crate::restore::life::{Attempt, Ending, Life, Phase};

/// What it means for the restore that a validation has ended with `error`. Azure's no to the request is one thing, an answer
/// that says who may not ask, or none at all, another: the request may be right.
pub(super) fn summary(error: &RestoreError) -> &'static str {
    match error {
        RestoreError::UnreadValidation { .. } => "the result of the validation cannot be read",
        RestoreError::Interrupted { .. } | RestoreError::NoAnswer { .. } => "it was not validated in time",
        RestoreError::Call(error) => match error.status() {
            None | Some(401 | 403 | 404 | 405) => "it could not be validated",
            Some(_) => "validation failed",
        },
        RestoreError::Rejected(_)
        | RestoreError::MissingRole { .. }
        | RestoreError::Wrong { .. }
        | RestoreError::Missing { .. } => "validation failed",
    }
}

impl<'a> Life<'a> {
    pub(super) async fn validate(&mut self, mut attempt: Attempt<'a>) -> ControlFlow<Ending, Phase<'a>> {
        loop {
            if let Err(ending) = self.take_turn(&mut attempt).await {
                return ControlFlow::Break(ending);
            }
            if !attempt.request.is_validated() {
                return ControlFlow::Continue(Phase::Trigger(attempt));
            }
            let asking = format!("Asking Azure whether the {} can be done.", self.words().noun);
            self.report_progress("validate", &asking);
            match attempt.request.validate(&self.deadline).await {
                Ok(()) => {
                    attempt.role_missing_since = None;
                    return ControlFlow::Continue(Phase::Trigger(attempt));
                }
                Err(error) if error.is_busy() => {
                    if let Err(error) = self.wait_out(&error, &mut attempt).await {
                        return ControlFlow::Break(self.not_begun(&error, "the target is busy"));
                    }
                    // It may be busy with this very restore, begun by a run that was killed and listed only now.
                    match self.find_existing_restore().await {
                        Ok(None) => {}
                        Ok(Some(next)) => return ControlFlow::Continue(next),
                        Err(ending) => return ControlFlow::Break(ending),
                    }
                }
                Err(error) if error.is_missing_role() => {
                    if let Err(error) = self.wait_for_role(error, &mut attempt).await {
                        return ControlFlow::Break(self.not_begun(&error, summary(&error)));
                    }
                }
                Err(error) => return ControlFlow::Break(self.not_begun(&error, summary(&error))),
            }
        }
    }

    /// Waits before another attempt after a refusal for want of a role, which the same apply may have granted a moment
    /// ago; gives up after `role_wait`. Other restores to the target need not wait for that, so the turn is given up.
    pub(super) async fn wait_for_role(
        &mut self,
        error: RestoreError,
        attempt: &mut Attempt<'a>,
    ) -> Result<(), RestoreError> {
        self.turn = None;
        let since = *attempt.role_missing_since.get_or_insert_with(Instant::now);
        let (wait_times, asked_for) = (&self.context.wait_times, since.elapsed());
        let longest = match error.azure().and_then(|azure| azure.is_retryable) {
            Some(false) => wait_times.role_arrives_against_advice,
            _ => wait_times.role_arrives,
        };
        let Some(left) = longest.checked_sub(asked_for).filter(|left| !left.is_zero()) else {
            return Err(RestoreError::MissingRole { rejection: Box::new(error), asked_for });
        };
        let pause = (asked_for / 10).clamp(wait_times.busy, wait_times.busy * 4).min(left);
        let reason = error.azure().map(ToString::to_string).unwrap_or_default();
        let longest = in_words(longest);
        self.report_progress(
            "role",
            &format!(
                "A role is missing, which may have been granted just now; asking again for up to {longest} \
                 (`role_wait`). {reason}"
            ),
        );
        self.deadline
            .sleep(pause)
            .await
            .map_err(|interrupted| RestoreError::Interrupted { interrupted, last: error.as_last_error() })
    }

    /// Waits for the turn on the target: restores of one process to one target take turns, and a turn lasts until the
    /// job has ended. Does nothing if it is held already.
    pub(super) async fn take_turn(&mut self, attempt: &mut Attempt<'a>) -> Result<(), Ending> {
        if self.turn.is_some() {
            return Ok(());
        }
        let queue = self.context.registry.target(&self.service.target());
        if let Ok(turn) = Arc::clone(&queue).try_lock_owned() {
            self.turn = Some(turn);
            return Ok(());
        }
        let (waiting, in_vain) = match self.service.activity() {
            Activity::Restore => (
                "Another restore of this run writes to the same target; waiting for its end.",
                "another restore to the same target runs",
            ),
            Activity::Backup => (
                "Another backup of this run works for the same item; waiting for its end.",
                "another backup of the same item runs",
            ),
        };
        self.report_progress("queued", waiting);
        let turn = self.deadline.run(queue.lock_owned()).await;
        self.turn = Some(turn.map_err(|interrupted| self.not_begun(&RestoreError::from(interrupted), in_vain))?);
        // The wait for the turn does not count as waiting for the role.
        attempt.role_missing_since = None;
        Ok(())
    }

    /// Waits before another attempt while something else is busy on the target.
    pub(super) async fn wait_out(
        &mut self,
        error: &RestoreError,
        attempt: &mut Attempt<'a>,
    ) -> Result<(), RestoreError> {
        let reason = error.azure().map(ToString::to_string).unwrap_or_default();
        self.report_progress("busy", &format!("The target is busy; trying again later. {reason}"));
        let since = *attempt.busy_since.get_or_insert_with(Instant::now);
        let least = self.context.wait_times.busy;
        let pause = (since.elapsed() / 10).clamp(least, least * 10);
        self.deadline
            .sleep(pause)
            .await
            .map_err(|interrupted| RestoreError::Interrupted { interrupted, last: error.as_last_error() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::deadline::Interrupted;
    use crate::azure::error::{ArmError, AzureError, ErrorResponse};

    #[test]
    fn only_a_no_to_the_request_is_called_a_failed_validation() {
        let refused = |status| {
            RestoreError::from(ArmError::Refused(Box::new(ErrorResponse {
                status,
                error: AzureError::new("C", "m"),
                method: "POST".into(),
                path: "/validateRestore".into(),
                request_id: None,
                correlation_id: None,
                client_request_id: None,
                retry_after: None,
            })))
        };
        let foreign = RestoreError::from(ArmError::ForeignHost { host: "h".into() });
        for (error, says) in [
            (RestoreError::Rejected(Box::new(AzureError::new("C", "m"))), "validation failed"),
            (refused(400), "validation failed"),
            (refused(409), "validation failed"),
            (refused(401), "it could not be validated"),
            (refused(403), "it could not be validated"),
            (refused(404), "it could not be validated"),
            (foreign, "it could not be validated"),
            (RestoreError::from(Interrupted::TimedOut), "it was not validated in time"),
            (RestoreError::UnreadValidation { error: None }, "the result of the validation cannot be read"),
        ] {
            assert_eq!(summary(&error), says, "{error:?}");
        }
    }
}

//! Azure's own check of a restore, and what to wait for before it can pass: the turn on the target, a target that is busy, a
//! role that arrives late. Nothing here sends a restore, so all of it may be repeated.

use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::time::Instant;

use crate::azure::patience::Ended;
use crate::restore::life::{Ending, Life, Phase};
use crate::restore::service::{Resolved, RestoreService};
use crate::restore::setback::{Setback, in_words};

impl<S: RestoreService> Life<'_, S> {
    pub(super) async fn validate(&mut self, resolved: Resolved<S::Request>) -> ControlFlow<Ending, Phase<S>> {
        let mut role_missing_since = None;
        loop {
            if let Err(ended) = self.wait_for_turn().await {
                return ControlFlow::Break(
                    self.not_begun(&Setback::from(ended), "another restore onto the same target runs"),
                );
            }
            self.tell("validate", "Asking Azure whether the restore can be done.");
            match self.service.validate(&self.patience, &resolved.request).await {
                Ok(()) => return ControlFlow::Continue(Phase::Trigger(resolved)),
                Err(setback) if setback.is_busy() => {
                    if let Err(ended) = self.wait_out(&setback).await {
                        return ControlFlow::Break(self.not_begun(&ended, "the target is busy"));
                    }
                    // It may be busy with this very restore, begun by a run that was killed and listed only now.
                    match self.look_for_others().await {
                        Ok(None) => {}
                        Ok(Some(next)) => return ControlFlow::Continue(next),
                        Err(ending) => return ControlFlow::Break(ending),
                    }
                }
                Err(setback) if setback.is_missing_role() => {
                    // Others onto the target need not wait for a role that may never come.
                    self.turn = None;
                    let since = *role_missing_since.get_or_insert_with(Instant::now);
                    if let Err(ended) = self.wait_for_role(setback, since).await {
                        return ControlFlow::Break(self.not_begun(&ended, "validation failed"));
                    }
                }
                Err(setback) => return ControlFlow::Break(self.not_begun(&setback, "validation failed")),
            }
        }
    }

    /// The same apply may have granted the role a moment ago: says so and waits a while, but not for ever.
    async fn wait_for_role(&mut self, setback: Setback, since: Instant) -> Result<(), Setback> {
        let (pace, asked_for) = (&self.around.pace, since.elapsed());
        let Some(left) = pace.role_arrives.checked_sub(asked_for).filter(|left| !left.is_zero()) else {
            return Err(match setback {
                Setback::No(error) => Setback::MissingRole { error, asked_for },
                other => other,
            });
        };
        let pause = (asked_for / 10).clamp(pace.busy, pace.busy * 4).min(left);
        let reason = setback.azure().map(ToString::to_string).unwrap_or_default();
        let longest = in_words(pace.role_arrives);
        self.tell(
            "role",
            &format!(
                "A role is missing, which may have been granted just now; asking again for up to {longest}. {reason}"
            ),
        );
        self.patience.sleep(pause).await.map_err(|ended| Setback::Ended { ended, last: Some(reason) })
    }

    /// Restores of one process onto one target take turns; the turn lasts until the job has ended.
    async fn wait_for_turn(&mut self) -> Result<(), Ended> {
        if self.turn.is_some() {
            return Ok(());
        }
        let queue = self.around.registry.target(&self.service.target());
        if let Ok(turn) = Arc::clone(&queue).try_lock_owned() {
            self.turn = Some(turn);
            return Ok(());
        }
        self.tell("queued", "Another restore of this run writes to the same target; waiting for its end.");
        self.turn = Some(self.patience.run(queue.lock_owned()).await?);
        Ok(())
    }

    /// Something else is busy on the target: says so and waits a while.
    pub(super) async fn wait_out(&mut self, setback: &Setback) -> Result<(), Setback> {
        let reason = setback.azure().map(ToString::to_string).unwrap_or_default();
        self.tell("busy", &format!("The target is busy; trying again later. {reason}"));
        let since = *self.busy_since.get_or_insert_with(Instant::now);
        let least = self.around.pace.busy;
        let pause = (since.elapsed() / 10).clamp(least, least * 10);
        self.patience.sleep(pause).await.map_err(|ended| Setback::Ended { ended, last: Some(reason) })
    }
}

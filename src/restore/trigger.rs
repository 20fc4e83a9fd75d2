//! The one place that asks Azure for a restore, and what to do when its answer is a no, a wait or lost.

use std::ops::ControlFlow;

use tokio::time::Instant;

use crate::azure::error::{ArmError, PostError, in_one_line};
use crate::azure::token::TokenError;
use crate::restore::facts::RestoreStatus;
use crate::restore::intent::ClientRequestId;
use crate::restore::life::{Ending, Life, Missing, Phase};
use crate::restore::service::{Accepted, Resolved, RestoreService};
use crate::restore::setback::Setback;

/// A token that is refused twice in a row is not the token's age.
const REFUSED_TOKENS_ALLOWED: u32 = 1;

impl<S: RestoreService> Life<'_, S> {
    pub(super) async fn trigger(&mut self, resolved: Resolved<S::Request>) -> ControlFlow<Ending, Phase<S>> {
        let mut refused_tokens = 0;
        let mut in_vain_since = None;
        loop {
            // Before the last look at the list: in a long line minutes would pass between the look and the sending.
            let permit = match self.service.admit(&self.patience).await {
                Ok(permit) => permit,
                Err(ended) => {
                    let setback = Setback::from(ended);
                    return ControlFlow::Break(self.not_begun(&setback, "the time was up before it was sent"));
                }
            };
            match self.look_for_others().await {
                Ok(None) => {}
                Ok(Some(next)) => return ControlFlow::Continue(next),
                Err(ending) => return ControlFlow::Break(ending),
            }
            if let Err(ended) = self.patience.check() {
                return ControlFlow::Break(self.not_begun(&Setback::from(ended), "the time was up before it was sent"));
            }
            let id = ClientRequestId::fresh(self.wish.intent, self.around.random.as_ref());
            self.facts.client_request_id = Some(id.to_string());
            self.tell("trigger", "Sending the restore.");
            let answer = self.service.trigger(&resolved.request, id, &self.patience, self.around.pace.answer).await;
            // Not a moment earlier, so that Azure never gets a heap of those who were admitted; nor later, others wait.
            drop(permit);
            match answer {
                Ok(accepted) => {
                    self.sent = true;
                    self.facts.status = RestoreStatus::InProgress;
                    self.tell("accepted", "Azure has accepted the restore.");
                    return ControlFlow::Continue(match accepted {
                        Accepted::Operation { operation, retry_after } => {
                            Phase::FollowOperation { operation, retry_after, resolved }
                        }
                        Accepted::Done(Some(name)) => Phase::FollowJob { name },
                        Accepted::Done(None) => {
                            Phase::FindJob(Missing::Unnamed("Azure accepted it without naming a job.".to_owned()))
                        }
                    });
                }
                Err(PostError::Lost { error }) => {
                    self.sent = true;
                    self.facts.status = RestoreStatus::Unknown;
                    self.tell("lost", "The answer was lost; looking for the job in the vault's list.");
                    return ControlFlow::Continue(Phase::FindJob(Missing::LostAnswer(in_one_line(&error))));
                }
                Err(PostError::Refused(refusal)) => {
                    refused_tokens = 0;
                    let setback = Setback::Call(Box::new(ArmError::Refused(refusal)));
                    if !setback.is_busy() {
                        return ControlFlow::Break(self.not_begun(&setback, "Azure refused it"));
                    }
                    if let Err(ended) = self.wait_out(&setback).await {
                        return ControlFlow::Break(self.not_begun(&ended, "the target stayed busy"));
                    }
                }
                Err(PostError::NotAccepted { error, retry_after }) => {
                    refused_tokens = if error.status() == Some(401) { refused_tokens + 1 } else { 0 };
                    if let Some(ended) = error.ended() {
                        return ControlFlow::Break(self.not_begun(&Setback::from(ended), "it was not sent in time"));
                    }
                    if refused_tokens > REFUSED_TOKENS_ALLOWED || !passes(&error) {
                        return ControlFlow::Break(self.not_begun(&Setback::from(error), "it could not be sent"));
                    }
                    self.tell("retry", "The restore was not taken; sending it again.");
                    // An outage may last for hours, and each try costs a read of the whole list.
                    let least = self.around.pace.first_look;
                    let waited = in_vain_since.get_or_insert_with(Instant::now).elapsed();
                    let pause = retry_after.unwrap_or(waited / 10).max(least);
                    let pause = if retry_after.is_none() { pause.min(least * 12) } else { pause };
                    if let Err(ended) = self.patience.sleep(pause).await {
                        let setback = Setback::Ended { ended, last: Some(in_one_line(&error)) };
                        return ControlFlow::Break(self.not_begun(&setback, "it could not be sent"));
                    }
                }
            }
        }
    }
}

/// Whether what kept a request out may be gone at the next try.
fn passes(error: &ArmError) -> bool {
    match error {
        ArmError::Unreachable { .. } => true,
        ArmError::Refused(refusal) => matches!(refusal.status, 401 | 429),
        ArmError::Token(error) => matches!(error, TokenError::Transient { .. }),
        _ => false,
    }
}

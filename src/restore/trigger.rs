//! The trigger: the one place that sends a restore, and what to do when it is refused, not accepted, or its answer is
//! lost.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::Instant;

use crate::azure::error::{ArmError, ErrorResponse, LastError, WriteError, in_one_line};
use crate::azure::limiter::Permit;
use crate::azure::token::TokenError;
use crate::restore::any_service::AnyOperation;
use crate::restore::error::RestoreError;
use crate::restore::intent::ClientRequestId;
use crate::restore::life::{Attempt, Ending, Life, Missing, Phase};
use crate::restore::record::RestoreStatus;
use crate::restore::service::Accepted;

/// A token that is refused twice in a row is not refused because of its age.
const REFUSED_TOKENS_ALLOWED: u32 = 1;

/// Attempts in a row that the service has not answered.
#[derive(Debug, Default)]
struct UnansweredTries {
    refused_tokens: u32,
    since: Option<Instant>,
}

impl<'a> Life<'a> {
    pub(super) async fn trigger(&mut self, mut attempt: Attempt<'a>) -> ControlFlow<Ending, Phase<'a>> {
        let mut unanswered = UnansweredTries::default();
        loop {
            let permit = match self.prepare_to_send(&mut attempt).await {
                Ok(permit) => permit,
                Err(instead) => return instead,
            };
            let id = ClientRequestId::fresh(self.options.intent, self.context.random.as_ref());
            self.record.client_request_id = Some(id.to_string());
            self.record.mark_sent(self.context.clock.now());
            self.report_progress("trigger", &format!("Sending the {}.", self.words().noun));
            let answer = attempt.request.send(id, &self.deadline, self.context.wait_times.answer).await;
            // Not earlier, so that Azure never gets many admitted triggers at once; not later, since others wait.
            drop(permit);
            let tried = match answer {
                Ok(accepted) => return ControlFlow::Continue(self.accepted(accepted, attempt)),
                Err(WriteError::Lost { error }) => return ControlFlow::Continue(self.lost(&error)),
                Err(WriteError::Refused(refusal)) => {
                    unanswered.refused_tokens = 0;
                    self.refused(refusal, &mut attempt).await
                }
                Err(WriteError::NotAccepted { error, retry_after }) => {
                    self.not_accepted(error, retry_after, &mut unanswered).await
                }
            };
            if let Err(ending) = tried {
                return ControlFlow::Break(ending);
            }
        }
    }

    /// Establishes what must hold at the moment of sending: the turn on the target, admission by the rate limiter, and
    /// that nobody has begun this restore meanwhile.
    async fn prepare_to_send(&mut self, attempt: &mut Attempt<'a>) -> Result<Permit, ControlFlow<Ending, Phase<'a>>> {
        self.take_turn(attempt).await.map_err(ControlFlow::Break)?;
        let too_late = "the time was up before it was sent";
        // Before the list is read for the last time: in a long queue minutes would pass between reading and sending.
        let permit = self.service.admit(&self.deadline).await;
        let permit = permit
            .map_err(|interrupted| ControlFlow::Break(self.not_begun(&RestoreError::from(interrupted), too_late)))?;
        match self.find_existing_restore().await {
            Ok(None) => {}
            Ok(Some(next)) => return Err(ControlFlow::Continue(next)),
            Err(ending) => return Err(ControlFlow::Break(ending)),
        }
        let checked = self.deadline.check();
        checked
            .map_err(|interrupted| ControlFlow::Break(self.not_begun(&RestoreError::from(interrupted), too_late)))?;
        Ok(permit)
    }

    fn accepted(&mut self, accepted: Accepted<Box<dyn AnyOperation + 'a>>, attempt: Attempt<'a>) -> Phase<'a> {
        self.record.status = RestoreStatus::InProgress;
        self.report_progress("accepted", &format!("Azure has accepted the {}.", self.words().noun));
        match accepted {
            Accepted::Operation { operation, retry_after } => {
                Phase::FollowOperation { operation, retry_after, attempt }
            }
            Accepted::RestoreOperation { operation, retry_after, job } => {
                Phase::FollowRestoreOperation { operation, retry_after, job, attempt }
            }
            Accepted::Done(Some(name)) => Phase::FollowJob { name },
            Accepted::Done(None) => {
                let why = "Azure accepted it without naming a job.".to_owned();
                Phase::FindJob(Missing::Unnamed { why, error: None })
            }
        }
    }

    fn lost(&mut self, error: &ArmError) -> Phase<'a> {
        self.record.status = RestoreStatus::Unknown;
        let list = self.list_names().short;
        let error_text = in_one_line(error);
        self.report_progress("lost", &format!("The answer was lost; searching for the job in {list}. {error_text}"));
        Phase::FindJob(Missing::LostAnswer(LastError::from(error)))
    }

    /// A restore that was refused has not begun. What may pass is waited for: then it is worth another try.
    async fn refused(&mut self, refusal: Box<ErrorResponse>, attempt: &mut Attempt<'a>) -> Result<(), Ending> {
        let error = RestoreError::Call(Box::new(ArmError::Refused(refusal)));
        if error.is_busy() {
            let waited = self.wait_out(&error, attempt).await;
            return waited.map_err(|error| self.not_begun(&error, "the target stayed busy"));
        }
        if error.is_missing_role() {
            let waited = self.wait_for_role(error, attempt).await;
            return waited.map_err(|error| self.not_begun(&error, "Azure refused it"));
        }
        Err(self.not_begun(&error, "Azure refused it"))
    }

    /// What was certainly not accepted may be sent again, after a wait if the reason may pass.
    async fn not_accepted(
        &mut self,
        error: ArmError,
        retry_after: Option<Duration>,
        unanswered: &mut UnansweredTries,
    ) -> Result<(), Ending> {
        unanswered.refused_tokens = if error.status() == Some(401) { unanswered.refused_tokens + 1 } else { 0 };
        if error.interrupted().is_some() {
            return Err(self.not_begun(&RestoreError::from(error), "it was not sent in time"));
        }
        if unanswered.refused_tokens > REFUSED_TOKENS_ALLOWED || !passes(&error) {
            return Err(self.not_begun(&RestoreError::from(error), "it could not be sent"));
        }
        let reason = in_one_line(&error);
        let noun = self.words().noun;
        self.report_progress("retry", &format!("The {noun} was not taken; sending it again. {reason}"));
        // An outage may last for hours, and each try costs a read of the whole list.
        let least = self.context.wait_times.first_poll;
        let waited = unanswered.since.get_or_insert_with(Instant::now).elapsed();
        let pause = retry_after.unwrap_or(waited / 10).max(least);
        let pause = if retry_after.is_none() { pause.min(least * 12) } else { pause };
        self.deadline.sleep(pause).await.map_err(|interrupted| {
            let error = RestoreError::Interrupted { interrupted, last: Some(LastError::from(&error)) };
            self.not_begun(&error, "it could not be sent")
        })
    }
}

/// Whether the reason why a request was not accepted may be gone at the next attempt.
fn passes(error: &ArmError) -> bool {
    match error {
        ArmError::Unreachable { .. } => true,
        ArmError::Refused(refusal) => matches!(refusal.status, 401 | 429),
        ArmError::Token(error) => matches!(error, TokenError::Transient { .. }),
        _ => false,
    }
}

//! What an act on an ordinary resource works with: the connection, the deadline, and what it leaves to be told.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, AzureError};
use crate::azure::job::JobStatus;
use crate::azure::operation::{AcceptedOperation, OperationPoll, OperationStart};
use crate::azure::poll::{PollError, PollResult, PollSchedule, poll_until_done};
use crate::azure::recovery_services::{RecoveryServices, RecoveryServicesJob, RecoveryServicesJobId};
use crate::connection::Connection;
use crate::resources::restore::diagnostic;
use crate::resources::walk::{Creation, WalkObjects};
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::life::WaitTimes;
use crate::tfplugin::diagnostics::{Diagnostics, Severity};

/// What a create has laid hands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    pub(super) id: String,
    /// It was there before: nobody has asked for its removal.
    pub(super) existed: bool,
}

/// One create, read, update or delete.
pub struct Work<'a> {
    /// As whom and where to ask.
    pub connection: &'a Connection,
    /// Ends after `timeouts`, or when the user interrupts.
    pub deadline: Deadline,
    begun: Mutex<Option<Begun>>,
    warnings: Mutex<Vec<UserMessage>>,
    /// Of a create.
    among: Option<Among<'a>>,
}

/// What a create must agree on with the removals of the same apply.
struct Among<'a> {
    objects: &'a WalkObjects,
    creation: Creation,
    /// The id of what was being removed, or was removed, after the create had looked.
    out_of_date: Mutex<Option<String>>,
}

impl<'a> Work<'a> {
    pub(super) fn new(connection: &'a Connection, limit: Duration, stop: &CancellationToken) -> Self {
        let deadline = Deadline::new(limit, stop.clone());
        Self { connection, deadline, begun: Mutex::default(), warnings: Mutex::default(), among: None }
    }

    /// A create among the other objects of its walk.
    pub(super) fn of_create(connection: &'a Connection, deadline: Deadline, objects: &'a WalkObjects) -> Self {
        let among = Some(Among { objects, creation: objects.creation(), out_of_date: Mutex::default() });
        Self { connection, deadline, begun: Mutex::default(), warnings: Mutex::default(), among }
    }

    /// The id of what the create has taken for there although the same apply removes it.
    pub(super) fn out_of_date(&self) -> Option<String> {
        self.among.as_ref()?.out_of_date.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Recovery Services.
    pub fn azure(&self) -> RecoveryServices {
        self.connection.recovery_services()
    }

    /// Lays hands on what has this id, before anything is sent: from now on no removal of this apply begins.
    fn hold(&self, begun: Begun) -> Result<(), RestoreError> {
        if let Some(Among { objects, creation, out_of_date }) = &self.among {
            let looked = begun.existed.then_some(*creation);
            if !objects.hold(looked, &begun.id) {
                *out_of_date.lock().unwrap_or_else(PoisonError::into_inner) = Some(begun.id);
                return Err(RestoreError::Wrong { argument: None, text: "This apply removes it.".to_owned() });
            }
        }
        self.set_begun(Some(begun));
        Ok(())
    }

    /// Sends the request that makes the object with this id, which was not there before. If Azure refuses it, nothing was
    /// made: an object with this id is then somebody else's.
    ///
    /// # Errors
    /// As `request`, and as [`Work::take_over`].
    pub async fn making<T>(
        &self,
        id: impl ToString,
        request: impl Future<Output = Result<T, ArmError>>,
    ) -> Result<T, RestoreError> {
        let before = self.begun();
        if before.is_none() {
            self.hold(Begun { id: id.to_string(), existed: false })?;
        }
        let answer = request.await;
        if let Err(ArmError::Refused(_)) = &answer {
            if before.is_none() {
                self.let_go();
            }
            self.set_begun(before);
        }
        Ok(answer?)
    }

    /// The object with this id was there before, and is changed or finished. Whatever comes of that, it is never removed.
    /// To be called before anything is sent.
    ///
    /// # Errors
    /// The same apply removes it. The create is called again when it is gone.
    pub fn take_over(&self, id: impl ToString) -> Result<(), RestoreError> {
        self.hold(Begun { id: id.to_string(), existed: true })
    }

    fn set_begun(&self, begun: Option<Begun>) {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = begun;
    }

    /// Nothing comes of the create: what it has laid hands on may be removed again.
    pub(super) fn let_go(&self) {
        if let Some((among, Begun { id, .. })) = self.among.as_ref().zip(self.begun()) {
            among.objects.let_go(&id);
        }
    }

    pub(super) fn begun(&self) -> Option<Begun> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells the user something that stops nothing.
    pub fn warn(&self, message: UserMessage) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(message);
    }

    /// The warnings.
    pub(super) fn end(self) -> Diagnostics {
        let warnings = self.warnings.into_inner().unwrap_or_else(PoisonError::into_inner);
        warnings.iter().map(|message| diagnostic(Severity::Warning, message)).collect()
    }

    fn waits(&self) -> &WaitTimes {
        &self.connection.restore_context.wait_times
    }

    /// Asks again and again until `look` has found the end.
    ///
    /// # Errors
    /// What `look` says, or that it was interrupted.
    pub async fn wait_for<T, F>(&self, look: impl FnMut() -> F) -> Result<T, RestoreError>
    where
        F: Future<Output = Result<PollResult<T>, ArmError>>,
    {
        self.poll(self.waits().brief, look).await
    }

    async fn poll<T, F>(&self, schedule: PollSchedule, look: impl FnMut() -> F) -> Result<T, RestoreError>
    where
        F: Future<Output = Result<PollResult<T>, ArmError>>,
    {
        let random = self.connection.client.random();
        poll_until_done(&self.deadline, schedule, random, self.waits().first_poll, look).await.map_err(|error| {
            match error {
                PollError::Interrupted { interrupted, last_error: last, .. } => {
                    RestoreError::Interrupted { interrupted, last }
                }
                PollError::Failed(error) => RestoreError::from(error),
            }
        })
    }

    /// Waits until an operation has ended; its result.
    ///
    /// # Errors
    /// Why Azure gave it up, or that it was interrupted.
    pub async fn ended<F>(
        &self,
        begun: OperationStart<Value>,
        poll: impl Fn(AcceptedOperation) -> F,
    ) -> Result<Value, RestoreError>
    where
        F: Future<Output = Result<OperationPoll, ArmError>>,
    {
        match begun {
            OperationStart::Done(result) => Ok(result),
            // Nothing to follow: whoever asked looks at the thing itself.
            OperationStart::Accepted(operation) if operation.operation_id().is_none() => Ok(Value::Null),
            OperationStart::Accepted(operation) => {
                let ended = self.wait_for(|| poll(operation.clone())).await?;
                ended.map_err(RestoreError::Rejected)
            }
        }
    }

    /// Waits until a job of the vault has ended well.
    ///
    /// # Errors
    /// Why it failed, or that it was interrupted.
    pub async fn job(&self, id: &RecoveryServicesJobId) -> Result<(), RestoreError> {
        let azure = self.azure();
        let look = || async {
            let job = azure.job(id, &self.deadline).await?;
            let note = job.status.to_string();
            Ok(if job.status.is_ended() {
                PollResult::Ready(job)
            } else {
                PollResult::Pending { note, retry_after: None }
            })
        };
        let job = self.poll(self.waits().job, look).await?;
        match job.status {
            JobStatus::Failed | JobStatus::Cancelled => Err(RestoreError::Rejected(Box::new(why(&job)))),
            JobStatus::CompletedWithWarnings => {
                let summary = format!("Job {} of the vault completed with warnings", id.name());
                self.warn(UserMessage::new(summary).azure(&why(&job)).say(format!("Job: {id}")));
                Ok(())
            }
            JobStatus::Completed | JobStatus::InProgress(_) => Ok(()),
        }
    }

    /// Tries something until it is taken: while something else is busy with it until the deadline, and while it is
    /// refused for a reason that `passes` by itself for some minutes.
    ///
    /// # Errors
    /// The last refusal, or whatever else `attempt` says.
    pub async fn taken<T, F>(&self, passes: &[&str], mut attempt: impl FnMut() -> F) -> Result<T, RestoreError>
    where
        F: Future<Output = Result<T, RestoreError>>,
    {
        let start = Instant::now();
        loop {
            let error = match attempt().await {
                Ok(result) => return Ok(result),
                Err(error) => error,
            };
            let passes = error.azure().is_some_and(|said| passes.iter().any(|code| said.has_code(code)));
            let in_time = start.elapsed() < self.waits().refusal_passes;
            if !(error.is_busy() || passes && in_time) {
                return Err(error);
            }
            info!(reason = error.azure().map(ToString::to_string), "refused for now, trying again");
            if let Err(interrupted) = self.deadline.sleep(self.waits().busy).await {
                return Err(RestoreError::Interrupted { interrupted, last: error.as_last_error() });
            }
        }
    }
}

/// Why a job failed: the first of its errors, with the others below.
fn why(job: &RecoveryServicesJob) -> AzureError {
    let mut errors = job.diagnostics.iter().map(|diagnostic| diagnostic.error.clone());
    let text = || job.dynamic_error_message.clone().unwrap_or_else(|| "Azure gave no reason".to_owned());
    let first = errors.next().unwrap_or_else(|| AzureError::new(job.status.as_str(), text()));
    let details = first.details.iter().cloned().chain(errors).collect();
    AzureError { details, ..first }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::scripted::{ScriptedTransport, client};
    use crate::connection::scripted::connection;

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_for_a_while_is_tried_for_ten_minutes_and_at_their_end_for_the_last_time() {
        let connection = connection(client(&ScriptedTransport::new(Vec::new())));
        let work = Work::new(&connection, Duration::from_secs(3600), &CancellationToken::new());
        let (start, attempts) = (Instant::now(), Mutex::new(Vec::new()));
        let refused = work.taken(&["Passes"], || async {
            attempts.lock().unwrap().push(start.elapsed().as_secs());
            Err::<(), _>(RestoreError::Rejected(Box::new(AzureError::new("Passes", "Not yet."))))
        });
        assert!(refused.await.is_err());
        assert_eq!(*attempts.lock().unwrap(), Vec::from_iter((0..=600).step_by(30)));
    }
}

//! Operations: the one that an accepted restore starts, and those that a service follows by itself, whatever the service.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, AzureError, in_one_line};
use crate::azure::job::JobStatus;
use crate::azure::poll::{self, PollError, PollResult, PollSchedule};
use crate::azure::random::Random;
use crate::restore::error::RestoreError;
use crate::restore::life::{Attempt, Ending, Life, Missing, Phase, RestoreContext};
use crate::restore::record::{Job, RestoreStatus};
use crate::restore::service::RestoreService;

impl<S: RestoreService> Life<'_, S> {
    pub(super) async fn follow_operation(
        &mut self,
        operation: S::Operation,
        retry_after: Option<Duration>,
        attempt: Attempt<S::Request>,
    ) -> ControlFlow<Ending, Phase<S>> {
        let wait_times = &self.context.wait_times;
        let first = self.first_poll(retry_after);
        let (service, random) = (self.service, self.context.random.as_ref());
        let followed = loop {
            let window = self.deadline.at_most(wait_times.job_appears);
            let followed = poll::poll_until_done(&window, wait_times.brief, random, first, || {
                service.operation(&window, &operation)
            })
            .await;
            if !matches!(followed, Err(PollError::Interrupted { .. })) || self.deadline.check().is_err() {
                break followed;
            }
            // An operation takes seconds. One that takes minutes may hide a job that is there, or even done.
            let list = self.list_names().short;
            self.report_progress("operation", &format!("The operation still runs; searching for its job in {list}."));
            let deadline = self.deadline.at_most(wait_times.before_trigger);
            match self.listed(&deadline).await {
                Ok(Some(job)) => return ControlFlow::Continue(Phase::FollowJob { name: job.name }),
                Ok(None) => {}
                Err(error) => tracing::info!(error = in_one_line(&error), "the list cannot be read"),
            }
        };
        match followed {
            Ok(Ok(Some(name))) => ControlFlow::Continue(Phase::FollowJob { name }),
            Ok(Ok(None)) => ControlFlow::Continue(Phase::FindJob(Missing::Unnamed(
                "The operation succeeded without naming its job.".to_owned(),
            ))),
            Ok(Err(failure)) => self.operation_failed(failure, attempt).await,
            Err(PollError::Interrupted { interrupted, last_error, .. }) => {
                ControlFlow::Break(self.out_of_time(interrupted, last_error))
            }
            Err(PollError::Failed(error)) => ControlFlow::Continue(Phase::FindJob(Missing::Unnamed(format!(
                "The operation cannot be read: {}.",
                in_one_line(&error)
            )))),
        }
    }

    /// The operation failed: there is no job, unless the list says otherwise.
    async fn operation_failed(
        &mut self,
        failure: Box<AzureError>,
        attempt: Attempt<S::Request>,
    ) -> ControlFlow<Ending, Phase<S>> {
        match self.listed(&self.deadline).await {
            Ok(Some(job)) => return ControlFlow::Continue(Phase::FollowJob { name: job.name }),
            Ok(None) => {}
            Err(error) => {
                let message = RestoreError::Rejected(failure)
                    .to_message(self.act("Azure accepted it and then failed"))
                    .say(format!("Whether a job was made is not known: {}.", in_one_line(&error)));
                self.record.status = RestoreStatus::Unknown;
                return ControlFlow::Break(self.broken_off(message));
            }
        }
        self.record.status = RestoreStatus::NotAccepted;
        let error = RestoreError::Rejected(failure);
        if error.is_busy() {
            return self.wait_and_send_again(&error, attempt).await;
        }
        ControlFlow::Break(self.not_begun(&error, "Azure accepted it and then could not begin it"))
    }

    /// Follows the operation of a service without jobs, which lasts as long as the restore. Its end is not that of the
    /// restore: the status of what was restored decides, in place of a job. Nor is it the end of anything if the
    /// operation cannot be read any more.
    pub(super) async fn follow_restore_operation(
        &mut self,
        operation: S::Operation,
        retry_after: Option<Duration>,
        job: Job,
        attempt: Attempt<S::Request>,
    ) -> ControlFlow<Ending, Phase<S>> {
        self.learn(&job);
        self.context.registry.hold(&job.name);
        let (service, random) = (self.service, self.context.random.as_ref());
        let (schedule, first) = (self.job_schedule(), self.first_poll(retry_after));
        let poll = || service.operation(&self.deadline, &operation);
        match poll::poll_until_done(&self.deadline, schedule, random, first, poll).await {
            Ok(Ok(name)) => ControlFlow::Continue(Phase::FollowJob { name: name.unwrap_or(job.name) }),
            Ok(Err(failure)) => self.restore_operation_failed(failure, job, attempt).await,
            Err(PollError::Interrupted { interrupted, last_error, .. }) => {
                ControlFlow::Break(self.out_of_time(interrupted, last_error))
            }
            Err(PollError::Failed(error)) => {
                tracing::info!(error = in_one_line(&error), "the operation cannot be read; polling its target");
                ControlFlow::Continue(Phase::FollowJob { name: job.name })
            }
        }
    }

    /// The restore has failed, unless it was kept from beginning by something else that is busy on the target.
    async fn restore_operation_failed(
        &mut self,
        failure: Box<AzureError>,
        job: Job,
        attempt: Attempt<S::Request>,
    ) -> ControlFlow<Ending, Phase<S>> {
        let error = RestoreError::Rejected(failure.clone());
        if error.is_busy() {
            self.record.forget_job();
            return self.wait_and_send_again(&error, attempt).await;
        }
        let end_time = Some(self.context.clock.now());
        let failed = Job { status: JobStatus::Failed, end_time, errors: vec![*failure], ..job };
        ControlFlow::Continue(Phase::Collect(Box::new(failed)))
    }

    /// Something else was busy on the target, which Azure said only after it had accepted the restore.
    async fn wait_and_send_again(
        &mut self,
        error: &RestoreError,
        mut attempt: Attempt<S::Request>,
    ) -> ControlFlow<Ending, Phase<S>> {
        match self.wait_out(error, &mut attempt).await {
            Ok(()) => ControlFlow::Continue(Phase::Trigger(attempt)),
            Err(error) => ControlFlow::Break(self.not_begun(&error, "the target stayed busy")),
        }
    }

    /// When an operation is polled first.
    fn first_poll(&self, retry_after: Option<Duration>) -> Duration {
        let latest = self.context.wait_times.first_poll;
        retry_after.map_or(latest, |suggested| suggested.min(latest))
    }
}

/// What a poll of an operation finds at its end: its result (none where Azure left it out), or why it failed.
pub type OperationEnd<T> = Result<Option<T>, Box<AzureError>>;

/// How operations are polled that take seconds.
#[derive(Clone)]
pub struct OperationPolling {
    /// Between two polls.
    pub schedule: PollSchedule,
    /// The first poll comes after this long at the latest, whatever Azure suggests.
    pub first_poll: Duration,
    /// Jitter of the polls.
    pub random: Arc<dyn Random>,
}

impl OperationPolling {
    /// The same schedule and jitter as the life of a restore in this context.
    pub fn of(context: &RestoreContext) -> Self {
        Self {
            schedule: context.wait_times.brief,
            first_poll: context.wait_times.first_poll,
            random: Arc::clone(&context.random),
        }
    }

    /// Follows the operation of a validation, by its `poll`, to Azure's result.
    ///
    /// # Errors
    /// A [`RestoreError`]: Azure's rejection, or why it could not be read.
    pub async fn follow_validation<T, F>(
        &self,
        deadline: &Deadline,
        retry_after: Option<Duration>,
        poll: impl FnMut() -> F,
    ) -> Result<(), RestoreError>
    where
        F: Future<Output = Result<PollResult<OperationEnd<T>>, ArmError>>,
    {
        let first = retry_after.map_or(self.first_poll, |suggested| suggested.min(self.first_poll));
        match poll::poll_until_done(deadline, self.schedule, self.random.as_ref(), first, poll).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(failure)) => Err(RestoreError::Rejected(failure)),
            Err(PollError::Interrupted { interrupted, last_error, .. }) => {
                Err(RestoreError::Interrupted { interrupted, last: last_error })
            }
            Err(PollError::Failed(error)) => Err(RestoreError::from(error)),
        }
    }
}

impl fmt::Debug for OperationPolling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schedule, first_poll, .. } = self;
        formatter.debug_struct("OperationPolling").field("schedule", schedule).field("first_poll", first_poll).finish()
    }
}

/// The result of a poll, completed by the operation's result where the status has succeeded without naming it. A result
/// that cannot be read changes nothing: it is then found by other means.
pub async fn or_result<T>(
    status: PollResult<OperationEnd<T>>,
    result: impl Future<Output = Result<PollResult<OperationEnd<T>>, ArmError>>,
) -> PollResult<OperationEnd<T>> {
    match status {
        PollResult::Ready(Ok(None)) => result.await.unwrap_or(PollResult::Ready(Ok(None))),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_validation_ends_as_its_operation_does_and_is_first_polled_as_early_as_anything() {
        use crate::azure::random::fixed::FixedRandom;
        let polling = OperationPolling {
            schedule: PollSchedule::fixed(Duration::from_secs(7)),
            first_poll: Duration::from_secs(5),
            random: Arc::new(FixedRandom::drawing(0.5)),
        };
        let deadline = Deadline::new(Duration::from_secs(60), tokio_util::sync::CancellationToken::new());
        for (retry_after, first) in [(None, 5), (Some(30), 5), (Some(2), 2)] {
            let start = tokio::time::Instant::now();
            let failed =
                || async { Ok(PollResult::Ready(Err::<Option<()>, _>(Box::new(AzureError::new("Unheard", "no"))))) };
            let ended = polling.follow_validation(&deadline, retry_after.map(Duration::from_secs), failed).await;
            assert!(matches!(ended, Err(RestoreError::Rejected(error)) if error.code == "Unheard"));
            assert_eq!(start.elapsed(), Duration::from_secs(first));
        }
        let succeeded = || async { Ok(PollResult::Ready(Ok(None::<()>))) };
        assert!(polling.follow_validation(&deadline, None, succeeded).await.is_ok());
        assert!(format!("{polling:?}").contains("first_poll: 5s"), "{polling:?}");
    }

    #[tokio::test]
    async fn the_result_is_asked_only_where_the_status_does_not_name_it_and_may_be_unreadable() {
        let named = |name: &'static str| PollResult::Ready(Ok::<_, Box<AzureError>>(Some(name)));
        let never = async { unreachable!("the status has said it") };
        assert_eq!(or_result(named("job"), never).await, named("job"));
        assert_eq!(or_result(PollResult::Ready(Ok(None)), async { Ok(named("job")) }).await, named("job"));
        let unreadable = ArmError::Unreadable { request: "GET /x".into(), reason: "no".into() };
        assert_eq!(
            or_result(PollResult::Ready(Ok(None::<&str>)), async { Err(unreadable) }).await,
            PollResult::Ready(Ok(None))
        );
    }
}

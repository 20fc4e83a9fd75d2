//! Operations: the one that an accepted restore starts, and those that a service follows by itself, whatever the service.

use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, AzureError, LastError, in_one_line};
use crate::azure::job::JobStatus;
use crate::azure::poll::{self, PollError, PollResult, PollSchedule};
use crate::azure::random::Random;
use crate::restore::any_service::AnyOperation;
use crate::restore::error::RestoreError;
use crate::restore::life::{Attempt, Ending, Life, Missing, Phase, RestoreContext};
use crate::restore::record::{Job, RestoreStatus};

impl<'a> Life<'a> {
    pub(super) async fn follow_operation(
        &mut self,
        operation: Box<dyn AnyOperation + 'a>,
        retry_after: Option<Duration>,
        attempt: Attempt<'a>,
    ) -> ControlFlow<Ending, Phase<'a>> {
        let wait_times = &self.context.wait_times;
        let mut first = self.first_poll(retry_after);
        let random = self.context.random.as_ref();
        let mut unreadable_since = None;
        let mut trouble = None;
        let followed = loop {
            let window = self.deadline.at_most(wait_times.job_appears).behind_others();
            let followed =
                poll::poll_until_done(&window, wait_times.brief, random, first, || operation.poll(&window)).await;
            let list = self.list_names().short;
            let why = match &followed {
                _ if self.deadline.check().is_err() => break followed,
                // An operation takes seconds. One that takes minutes may hide a job that is there, or even done.
                Err(PollError::Interrupted { .. }) => {
                    unreadable_since = None;
                    trouble = None;
                    format!("The operation still runs; searching for its job in {list}.")
                }
                // That it cannot be read says neither that it failed nor that it goes on.
                Err(PollError::Failed(error))
                    if unreadable_since.get_or_insert_with(Instant::now).elapsed()
                        < wait_times.operation_unreadable =>
                {
                    first = wait_times.brief.interval(Duration::ZERO);
                    trouble = Some(LastError::from(error));
                    let error = in_one_line(error);
                    format!(
                        "The operation cannot be read; searching for its job in {list}, then looking again. {error}"
                    )
                }
                _ => break followed,
            };
            self.report_progress("operation", &why);
            let deadline = self.deadline.at_most(wait_times.before_trigger);
            match self.listed(&deadline).await {
                Ok(Some(job)) => return ControlFlow::Continue(Phase::FollowJob { name: job.name }),
                Ok(None) => {}
                Err(error) => tracing::info!(error = in_one_line(&error), "the list cannot be read"),
            }
        };
        match followed {
            Ok(Ok(Some(name))) => ControlFlow::Continue(Phase::FollowJob { name }),
            Ok(Ok(None)) => ControlFlow::Continue(Phase::FindJob(Missing::Unnamed {
                why: "The operation succeeded without naming its job.".to_owned(),
                error: None,
            })),
            Ok(Err(failure)) => self.operation_failed(failure, attempt).await,
            Err(PollError::Interrupted { interrupted, last_error, .. }) => {
                ControlFlow::Break(self.out_of_time(interrupted, last_error.or(trouble)))
            }
            Err(PollError::Failed(error)) => ControlFlow::Continue(Phase::FindJob(Missing::Unnamed {
                why: format!("The operation cannot be read: {}.", in_one_line(&error)),
                error: Some(LastError::from(&error)),
            })),
        }
    }

    /// The operation failed: there is no job, unless the list says otherwise.
    async fn operation_failed(
        &mut self,
        failure: Box<AzureError>,
        attempt: Attempt<'a>,
    ) -> ControlFlow<Ending, Phase<'a>> {
        match self.listed(&self.deadline).await {
            Ok(Some(job)) => return ControlFlow::Continue(Phase::FollowJob { name: job.name }),
            Ok(None) => {}
            Err(error) => {
                let (failure, unlisted) = (LastError::Azure(failure), LastError::from(&error));
                let message = self
                    .act("Azure accepted it and then failed")
                    .azure(failure.azure().unwrap_or(&AzureError::default()))
                    .say(format!("Whether a job was made is not known: {}.", in_one_line(&error)))
                    .explained_by(Some(&unlisted));
                self.record.status = RestoreStatus::Unknown;
                return ControlFlow::Break(self.broken_off(message, Some(&failure)));
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
        operation: Box<dyn AnyOperation + 'a>,
        retry_after: Option<Duration>,
        job: Job,
        attempt: Attempt<'a>,
    ) -> ControlFlow<Ending, Phase<'a>> {
        self.learn(&job);
        self.context.registry.hold(&job.name);
        let random = self.context.random.as_ref();
        let (schedule, first) = (self.job_schedule(), self.first_poll(retry_after));
        let deadline = self.deadline.behind_others();
        let told = tokio::sync::Mutex::new(String::new());
        let poll = || async {
            let seen = operation.poll(&deadline).await?;
            if let PollResult::Pending { note, .. } = &seen {
                let mut told = told.lock().await;
                // The first word says nothing that the acceptance has not said.
                if !told.is_empty() && *told != *note {
                    self.report_progress("job", &format!("Job {} is {note}.", job.name));
                }
                told.clone_from(note);
            }
            Ok::<_, ArmError>(seen)
        };
        match poll::poll_until_done(&deadline, schedule, random, first, poll).await {
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
        attempt: Attempt<'a>,
    ) -> ControlFlow<Ending, Phase<'a>> {
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
        mut attempt: Attempt<'a>,
    ) -> ControlFlow<Ending, Phase<'a>> {
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
#[derive(Clone, Debug)]
pub struct OperationPolling {
    /// Between two polls.
    pub schedule: PollSchedule,
    /// The first poll comes after this long at the latest, whatever Azure suggests.
    pub first_poll: Duration,
    /// For so long the status may be refused or nonsense.
    pub unreadable: Duration,
    /// For so long it may be without an answer that says anything: outages, and waits that Azure asks for.
    pub unanswered: Duration,
    /// Jitter of the polls.
    pub random: Arc<dyn Random>,
}

impl OperationPolling {
    /// The same schedule and jitter as the life of a restore in this context.
    pub fn of(context: &RestoreContext) -> Self {
        Self {
            schedule: context.wait_times.brief,
            first_poll: context.wait_times.first_poll,
            unreadable: context.wait_times.operation_unreadable,
            unanswered: context.wait_times.before_trigger,
            random: Arc::clone(&context.random),
        }
    }

    /// Follows the operation of a validation, by its `poll`, to Azure's result. A status that is refused, gone, silent or
    /// nonsense says nothing of the request: it is looked at again until it has been unreadable for a while.
    ///
    /// # Errors
    /// A [`RestoreError`]: [`RestoreError::Rejected`] is Azure's no to the request, [`RestoreError::UnreadValidation`] means
    /// that there may be a result which nobody could read, and the others that Azure could not be asked.
    pub async fn follow_validation<T, F>(
        &self,
        deadline: &Deadline,
        retry_after: Option<Duration>,
        poll: impl Fn(Deadline) -> F,
    ) -> Result<(), RestoreError>
    where
        F: Future<Output = Result<PollResult<OperationEnd<T>>, ArmError>>,
    {
        let first = retry_after.map_or(self.first_poll, |suggested| suggested.min(self.first_poll));
        let unread = tokio::sync::Mutex::new(UnreadStatus::default());
        let look = || async { unread.lock().await.look(deadline, self, &poll).await };
        match poll::poll_until_done(deadline, self.schedule, self.random.as_ref(), first, look).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(failure)) => Err(RestoreError::Rejected(failure)),
            Err(PollError::Interrupted { interrupted, last_error, .. }) => {
                let last = last_error.or(unread.into_inner().error);
                // Of the time that a status may be unreadable, and not of the deadline.
                match deadline.check() {
                    Ok(()) => Err(RestoreError::UnreadValidation { error: last }),
                    Err(_) => Err(RestoreError::Interrupted { interrupted, last }),
                }
            }
            Err(PollError::Failed(error @ ArmError::Token(_))) => Err(RestoreError::from(error)),
            Err(PollError::Failed(error)) => {
                Err(RestoreError::UnreadValidation { error: Some(LastError::from(&error)) })
            }
        }
    }
}

/// A status that could not be read when it was last looked at.
#[derive(Debug, Default)]
struct UnreadStatus {
    since: Option<Instant>,
    /// Why.
    error: Option<LastError>,
}

impl UnreadStatus {
    /// One look, which ends when the status has been without an answer for as long as it may be.
    async fn look<T, F>(
        &mut self,
        deadline: &Deadline,
        polling: &OperationPolling,
        poll: impl Fn(Deadline) -> F,
    ) -> Result<PollResult<OperationEnd<T>>, ArmError>
    where
        F: Future<Output = Result<PollResult<OperationEnd<T>>, ArmError>>,
    {
        let since = *self.since.get_or_insert_with(Instant::now);
        match poll(deadline.at_most(polling.unanswered.saturating_sub(since.elapsed()))).await {
            Ok(seen) => {
                *self = Self::default();
                Ok(seen)
            }
            // Nothing that waiting changes: there is no token, or the URL leads to somebody else.
            Err(error @ (ArmError::Token(_) | ArmError::ForeignHost { .. })) => Err(error),
            Err(error) if error.interrupted().is_none() && since.elapsed() < polling.unreadable => {
                let note = in_one_line(&error);
                deadline.report_trouble(&format!("The status of the validation cannot be read: {note}"));
                tracing::info!(error = note, "the status of the validation cannot be read; looking again");
                self.error = Some(LastError::from(&error));
                Ok(PollResult::Pending { note, retry_after: None })
            }
            Err(error) => Err(error),
        }
    }
}

impl OperationPolling {
    /// Polls until `is_over` says so.
    ///
    /// # Errors
    /// A [`RestoreError`]: the time was up, or a poll failed.
    pub async fn wait_until<F>(&self, deadline: &Deadline, mut is_over: impl FnMut() -> F) -> Result<(), RestoreError>
    where
        F: Future<Output = Result<bool, ArmError>>,
    {
        let poll = || {
            let asked = is_over();
            async move {
                let pending = PollResult::Pending { note: String::new(), retry_after: None };
                Ok::<_, ArmError>(if asked.await? { PollResult::Ready(()) } else { pending })
            }
        };
        self.until_ready(deadline, poll).await
    }

    /// Polls until there is a result.
    ///
    /// # Errors
    /// A [`RestoreError`]: the time was up, or a poll failed.
    pub async fn until_ready<T, F>(&self, deadline: &Deadline, poll: impl FnMut() -> F) -> Result<T, RestoreError>
    where
        F: Future<Output = Result<PollResult<T>, ArmError>>,
    {
        match poll::poll_until_done(deadline, self.schedule, self.random.as_ref(), self.first_poll, poll).await {
            Ok(result) => Ok(result),
            Err(PollError::Interrupted { interrupted, last_error, .. }) => {
                Err(RestoreError::Interrupted { interrupted, last: last_error })
            }
            Err(PollError::Failed(error)) => Err(RestoreError::from(error)),
        }
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
impl OperationPolling {
    pub(crate) fn every_five_seconds() -> Self {
        Self {
            schedule: PollSchedule::fixed(Duration::from_secs(5)),
            first_poll: Duration::from_secs(5),
            unreadable: Duration::from_secs(120),
            unanswered: Duration::from_secs(900),
            random: Arc::new(crate::azure::random::fixed::FixedRandom::drawing(0.5)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::collections::VecDeque;
    use std::sync::Mutex;

    use tokio::sync::watch;
    use tokio_util::sync::CancellationToken;

    use crate::azure::error::ErrorResponse;
    use crate::azure::random::fixed::FixedRandom;
    use crate::azure::token::TokenError;

    type Look = Result<PollResult<OperationEnd<()>>, ArmError>;

    fn refused(status: u16) -> Look {
        Err(ArmError::Refused(Box::new(ErrorResponse {
            status,
            error: AzureError::new("ResourceNotFound", "no"),
            method: "GET".into(),
            path: "/operationStatus/o".into(),
            request_id: None,
            correlation_id: None,
            client_request_id: None,
            retry_after: None,
        })))
    }

    fn rubbish() -> Look {
        Err(ArmError::Unreadable { request: "GET /o".into(), reason: "it is not JSON".into() })
    }

    fn running() -> Look {
        Ok(PollResult::Pending { note: "Inprogress".into(), retry_after: None })
    }

    /// Follows a validation whose looks find these, and then `last` for ever. The seconds that it took come along.
    async fn followed(looks: Vec<Look>, last: impl Fn() -> Look, seconds: u64) -> (Result<(), RestoreError>, u64) {
        let deadline = Deadline::new(Duration::from_secs(seconds), CancellationToken::new());
        let start = Instant::now();
        let ended = follow_until(looks, last, deadline).await;
        (ended, start.elapsed().as_secs())
    }

    async fn follow_until(looks: Vec<Look>, last: impl Fn() -> Look, deadline: Deadline) -> Result<(), RestoreError> {
        let polling = OperationPolling {
            schedule: PollSchedule::fixed(Duration::from_secs(10)),
            first_poll: Duration::from_secs(5),
            unreadable: Duration::from_secs(120),
            unanswered: Duration::from_secs(900),
            random: Arc::new(FixedRandom::drawing(0.5)),
        };
        let looks = Mutex::new(VecDeque::from(looks));
        let look = |_| std::future::ready(looks.lock().unwrap().pop_front().unwrap_or_else(&last));
        polling.follow_validation(&deadline, Some(Duration::from_secs(30)), look).await
    }

    const HOUR: u64 = 3600;

    #[tokio::test(start_paused = true)]
    async fn a_validation_whose_status_cannot_be_read_for_a_while_ends_as_azure_says() {
        for unread in [|| refused(404), || refused(403), || refused(400), rubbish] {
            let looks = || (0..8).map(|_| unread()).collect::<Vec<_>>();
            let (ended, took) = followed(looks(), || Ok(PollResult::Ready(Ok(None))), HOUR).await;
            assert!(ended.is_ok(), "{ended:?}");
            assert_eq!(took, 85);
            let no = || Ok(PollResult::Ready(Err(Box::new(AzureError::new("UserErrorX", "no")))));
            let (ended, _) = followed(looks(), no, HOUR).await;
            assert!(matches!(ended, Err(RestoreError::Rejected(error)) if error.code == "UserErrorX"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_told_that_the_status_of_a_validation_cannot_be_read() {
        let told = watch::Sender::new(String::new());
        let deadline = Deadline::new(Duration::from_secs(HOUR), CancellationToken::new()).reporting_to(told.clone());
        let polling = |looks| follow_until(looks, || Ok(PollResult::Ready(Ok(None))), deadline.clone());
        assert!(polling(vec![running()]).await.is_ok());
        assert_eq!(*told.borrow(), "");
        assert!(polling(vec![refused(403)]).await.is_ok());
        let said = told.borrow().clone();
        assert!(said.starts_with("The status of the validation cannot be read: "), "{said}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_validation_that_nobody_can_read_for_two_minutes_is_not_called_a_failed_one() {
        for (unread, names) in
            [((|| refused(404)) as fn() -> Look, "ResourceNotFound"), (|| refused(403), "403"), (rubbish, "not JSON")]
        {
            // Running for a while first: only the time without an answer counts.
            let (ended, took) = followed((0..30).map(|_| running()).collect(), unread, HOUR).await;
            let Err(RestoreError::UnreadValidation { error }) = &ended else { panic!("{ended:?}") };
            assert!(error.as_ref().is_some_and(|error| error.to_string().contains(names)), "{error:?}");
            assert_eq!(took, 5 + 300 + 120);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_status_that_is_readable_now_and_then_is_followed_to_the_deadline() {
        let looks = (0..300).map(|at| if at % 9 == 8 { running() } else { refused(404) }).collect();
        let (ended, took) = followed(looks, running, 2000).await;
        assert!(matches!(ended, Err(RestoreError::Interrupted { .. })), "{ended:?}");
        assert_eq!(took, 2000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_status_is_given_up_with_the_last_thing_that_was_said() {
        let polling = OperationPolling {
            schedule: PollSchedule::fixed(Duration::from_secs(10)),
            first_poll: Duration::ZERO,
            unreadable: Duration::from_secs(120),
            unanswered: Duration::from_secs(900),
            random: Arc::new(FixedRandom::drawing(0.5)),
        };
        let deadline = Deadline::new(Duration::from_secs(HOUR), CancellationToken::new());
        let start = Instant::now();
        let silent = |window: Deadline| async move {
            let interrupted = window.sleep(Duration::from_secs(HOUR)).await.unwrap_err();
            Err::<PollResult<OperationEnd<()>>, _>(ArmError::Interrupted {
                interrupted,
                last: Some(LastError::Other("503".into())),
            })
        };
        let ended = polling.follow_validation(&deadline, None, silent).await;
        assert!(
            matches!(&ended, Err(RestoreError::UnreadValidation { error }) if error.as_ref().is_some_and(|error| error.to_string() == "503")),
            "{ended:?}"
        );
        assert_eq!(start.elapsed(), Duration::from_secs(900));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_token_or_at_a_foreign_host_looking_again_helps_nobody() {
        let no_token = || Err(ArmError::Token(TokenError::Permanent { message: "ended".into(), source: None }));
        let (ended, took) = followed(Vec::new(), no_token, HOUR).await;
        assert!(matches!(ended, Err(RestoreError::Call(_))), "{ended:?}");
        assert_eq!(took, 5);
        let (ended, took) =
            followed(Vec::new(), || Err(ArmError::ForeignHost { host: "evil.example".into() }), HOUR).await;
        assert!(matches!(ended, Err(RestoreError::UnreadValidation { .. })), "{ended:?}");
        assert_eq!(took, 5);
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

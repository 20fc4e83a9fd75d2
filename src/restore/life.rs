//! The life of a restore: phases, each holding only what it has learned, and one step function between them.
//!
//! `Adopt` → `Resolve` → `Validate` → `Trigger` → `FollowOperation` → `FollowJob` → `Collect`. Resuming is entering at
//! a later phase. A service without validation passes through `Validate` after its turn on the target has come; one
//! without jobs follows its operation for as long as the restore takes, and then what was restored in place of a job.
//! Adoption comes before resolving, so that a job that runs is found again even when the point it restores can no
//! longer be chosen; the trigger reads the list once more, right before it sends.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::Instant;

use crate::azure::client::ResponseTimeout;
use crate::azure::clock::Clock;
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{LastError, in_one_line};
use crate::azure::poll::PollSchedule;
use crate::azure::random::Random;
use crate::restore::activity::{Activity, ActivityWords};
use crate::restore::adoption::Adopt;
use crate::restore::any_service::{AnyOperation, AnyRequest, AnyRestoreService};
use crate::restore::error::{RestoreError, UserMessage, capitalised, in_words};
use crate::restore::extent::Extent;
use crate::restore::intent::Intent;
use crate::restore::jobs::JobListNames;
use crate::restore::progress::{Progress, RestoreSummary};
use crate::restore::record::{Job, RestoreRecord, RestoreStatus};
use crate::restore::registry::{Handover, Registry};
use crate::restore::validation;

/// What the configuration asks of a restore beside the request itself.
#[derive(Clone, Debug)]
pub struct RestoreOptions {
    /// What is restored, and where to.
    pub intent: Intent,
    /// What it writes to.
    pub extent: Extent,
    /// Which restores that were begun elsewhere may be adopted.
    pub adopt: Adopt,
    /// Whether a restore that completed with warnings counts as done.
    pub accept_warnings: bool,
}

/// How long each kind of wait takes.
#[derive(Clone, Debug)]
pub struct WaitTimes {
    /// Between two polls of a job.
    pub job: PollSchedule,
    /// Between two polls of what takes seconds: operations, and the list in which a job must appear.
    pub brief: PollSchedule,
    /// For the answer to a trigger, within the deadline. After Ctrl-C only as long as a pipeline leaves a program that it cancels: ten seconds
    /// at the least. If it does not come, the request id is kept, and the next apply finds the job by it.
    pub answer: ResponseTimeout,
    /// For reading what a restore needs before it is sent; nothing is lost by giving up then. More than the ten minutes
    /// that a `Retry-After` may ask for.
    pub before_trigger: Duration,
    /// For a job to appear in the list after its trigger's answer was lost, or to be readable by its name.
    pub job_appears: Duration,
    /// For the status of a validation, or of the operation that an accepted restore starts, to become readable. That it is
    /// refused, gone or nonsense says nothing of the restore.
    pub operation_unreadable: Duration,
    /// Between two attempts while something else is busy on the target, at first; later a tenth of the time waited, up to
    /// ten times this.
    pub busy: Duration,
    /// How long a validation that fails for want of a role is asked for again: documentation gives a new role up to 30
    /// minutes to arrive.
    pub role_arrives: Duration,
    /// The same where Azure adds that asking again does not help (`isRetryable: false`). It says so of a role on its way,
    /// too, most of which arrive within a few minutes.
    pub role_arrives_against_advice: Duration,
    /// How long something that is refused for a reason that passes by itself is asked for again, such as the removal of a
    /// container of which Azure has not yet noticed that nothing in it is protected any more.
    pub refusal_passes: Duration,
    /// The first poll of an operation comes after this time at the latest, whatever Azure suggests.
    pub first_poll: Duration,
    /// For so long a database that a restore has made must be usable before that is believed.
    pub stays_usable: Duration,
    /// For the point that a backup has made to be listed.
    pub point_listed: Duration,
}

impl WaitTimes {
    /// The usual wait times, with a fixed `poll_interval` between two polls of a job if one is given. One below a
    /// second (the simulator's, no real Azure allows it) shortens all other waits in proportion.
    pub fn new(poll_interval: Option<Duration>) -> Self {
        let simulated = poll_interval.filter(|interval| *interval < Duration::from_secs(1));
        let scaled = |usual: Duration, intervals: u32| match simulated {
            Some(interval) => usual.min(interval.saturating_mul(intervals)),
            None => usual,
        };
        Self {
            job: poll_interval.map_or_else(PollSchedule::default, PollSchedule::fixed),
            brief: simulated.map_or_else(PollSchedule::default, PollSchedule::fixed),
            answer: ResponseTimeout { usual: Duration::from_secs(90), after_stop: Duration::from_secs(5) },
            before_trigger: Duration::from_secs(900),
            job_appears: scaled(Duration::from_secs(300), 60),
            operation_unreadable: scaled(Duration::from_secs(120), 24),
            busy: scaled(Duration::from_secs(30), 6),
            role_arrives: scaled(Duration::from_secs(1800), 60),
            role_arrives_against_advice: scaled(Duration::from_secs(600), 20),
            refusal_passes: scaled(Duration::from_secs(600), 40),
            first_poll: scaled(Duration::from_secs(5), 1),
            stays_usable: scaled(Duration::from_secs(60), 2),
            point_listed: scaled(Duration::from_secs(900), 60),
        }
    }
}

impl WaitTimes {
    /// The same with another wait for a role, whatever Azure says of asking again; none keeps the usual ones.
    #[must_use]
    pub fn waiting_for_a_role(self, role_wait: Option<Duration>) -> Self {
        match role_wait {
            Some(wait) => Self { role_arrives: wait, role_arrives_against_advice: wait, ..self },
            None => self,
        }
    }
}

/// What the life of a restore gets from outside: time, randomness, the registry and progress. Made once with the
/// connection; a test passes a paused clock and a recording sink.
#[derive(Clone, Debug)]
pub struct RestoreContext {
    /// Azure's time.
    pub clock: Arc<dyn Clock>,
    /// Jitter and fresh ids.
    pub random: Arc<dyn Random>,
    /// What the calls of this process share.
    pub registry: Arc<Registry>,
    /// Where progress is reported.
    pub progress: Progress,
    /// How long each kind of wait takes.
    pub wait_times: WaitTimes,
}

/// A phase of a restore, with what has been learned when it begins.
pub(super) enum Phase<'a> {
    /// Search the job list for a job of this intent.
    Adopt,
    /// Go on with the restore that a Delete of this process has handed over.
    TakeOver { warnings_accepted: bool, wanted_again: bool },
    /// Choose the point.
    Resolve,
    /// Let Azure check the request, if it can.
    Validate(Attempt<'a>),
    /// Send it.
    Trigger(Attempt<'a>),
    /// Wait for the job's name.
    FollowOperation { operation: Box<dyn AnyOperation + 'a>, retry_after: Option<Duration>, attempt: Attempt<'a> },
    /// Wait for the end of an operation that is the restore.
    FollowRestoreOperation {
        operation: Box<dyn AnyOperation + 'a>,
        retry_after: Option<Duration>,
        job: Box<Job>,
        attempt: Attempt<'a>,
    },
    /// Search the job list for the request id.
    FindJob(Missing),
    /// Wait for the job's end.
    FollowJob { name: String },
    /// Judge how it ended.
    Collect(Box<Job>),
}

/// A request that can be sent, and what kept it from being sent so far. A rejection that may pass leads to the next
/// attempt.
pub(super) struct Attempt<'a> {
    pub(super) request: Box<dyn AnyRequest<'a> + 'a>,
    /// When the target was first found busy.
    pub(super) busy_since: Option<Instant>,
    /// Since when Azure has refused it for want of a role.
    pub(super) role_missing_since: Option<Instant>,
}

/// Why the name of the job is not known.
#[derive(Clone, Debug)]
pub(super) enum Missing {
    /// The trigger's answer never came.
    LostAnswer(LastError),
    /// The trigger was accepted, but its operation does not say which job it made.
    Unnamed {
        /// In a sentence.
        why: String,
        /// Why the operation could not be read, if that is it.
        error: Option<LastError>,
    },
    /// A Delete of this process has handed it over without a name, maybe for it to run again.
    HandedOver { wanted_again: bool },
    /// An earlier apply has recorded it in state without a name.
    Recorded,
}

/// How a life ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// The data is restored.
    Done,
    /// The user stopped the wait; the restore goes on.
    Interrupted(UserMessage),
    /// Nothing was sent to Azure, or Azure took nothing.
    NotBegun(UserMessage),
    /// The restore failed, or its status is not known.
    Failed(UserMessage),
}

impl Ending {
    /// In one line, with the reason: for the progress file, which may be all that is left of a run.
    fn in_one_line(&self, activity: Activity) -> String {
        let ActivityWords { noun, .. } = activity.words();
        match self {
            Self::Done => format!("The {noun} is done."),
            Self::Interrupted(message) => format!("The wait was interrupted. {}", message.in_one_line()),
            Self::NotBegun(message) => format!("No {noun} was begun. {}", message.in_one_line()),
            Self::Failed(message) => format!("The {noun} has not succeeded. {}", message.in_one_line()),
        }
    }
}

/// How a life ended, with everything that is known of the restore.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What is known. Worth keeping unless the ending is [`Ending::NotBegun`].
    pub record: RestoreRecord,
    /// What the user should know although it is no error.
    pub warnings: Vec<UserMessage>,
}

/// The life of one restore, from the search for a running one to its end. It drives any service.
///
/// A Create calls [`Life::create`], an update of an interrupted restore [`Life::resume`], and a plan with `preflight`
/// calls [`Life::preflight`]. The first two run the phases until an [`Ending`] and return an [`Outcome`], also after an
/// interruption or an error: unless nothing was begun, its record must be saved, since the restore may go on in Azure.
/// No second restore is sent while the first one may run: only what Azure has certainly not accepted, or has certainly
/// given up, is sent again.
///
/// All waits end at the deadline that is passed in, or when the user stops. Dropping the future is safe before the
/// trigger only, so callers must cancel through the deadline and wait for the outcome.
pub struct Life<'a> {
    pub(super) service: &'a dyn AnyRestoreService,
    pub(super) options: RestoreOptions,
    pub(super) context: &'a RestoreContext,
    pub(super) deadline: Deadline,
    /// Why the client asks again.
    trouble: watch::Sender<String>,
    pub(super) record: RestoreRecord,
    /// When the job list was read for a restore of this intent and there was none.
    pub(super) list_read_at: Option<OffsetDateTime>,
    /// When the last attempt was sent, if it is over. It was sent although what had ended by then was known.
    pub(super) last_attempt: Option<OffsetDateTime>,
    /// Whether an earlier apply began this restore, so that state already holds it.
    pub(super) resumed: bool,
    pub(super) warnings: Vec<UserMessage>,
    /// Whether a job has said as which request it was sent, so that it was compared with ours.
    pub(super) request_id_compared: bool,
    /// How far the job was when that was last told.
    pub(super) progress_told: Option<String>,
    /// The turn on the target, held until this life ends or waits for something else.
    pub(super) turn: Option<OwnedMutexGuard<()>>,
    last_report: Arc<Mutex<LastReport>>,
}

/// What progress said last of a restore, for whoever reports beside the step that runs.
#[derive(Clone, Debug, Default)]
struct LastReport {
    job_id: Option<String>,
    status: Option<String>,
}

/// What was reported last of the waits that no phase knows of.
#[derive(Debug, Default)]
struct Reported {
    /// Why there was no access token.
    token: Option<String>,
    /// When a trouble of the client was reported.
    trouble_at: Option<Instant>,
}

impl Reported {
    /// A wait that goes on for the same reason is reported again after this long.
    const AGAIN_AFTER: Duration = Duration::from_secs(600);

    /// What there is to report next: the event, and a sentence.
    async fn next(&mut self, progress: &Progress, trouble: &mut watch::Receiver<String>) -> (&'static str, String) {
        loop {
            let reported_at = self.trouble_at;
            let troubled = async {
                if let Some(at) = reported_at {
                    tokio::time::sleep(Self::AGAIN_AFTER.saturating_sub(at.elapsed())).await;
                    // What came meanwhile may have passed long ago.
                    trouble.borrow_and_update();
                }
                if trouble.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                token = progress.token_waits().changed_from(self.token.as_deref()) => {
                    self.token = token;
                    return ("token", match &self.token {
                        Some(reason) => format!("Waiting for an access token: {reason}"),
                        None => "There is an access token again.".to_owned(),
                    });
                }
                () = troubled => {
                    self.trouble_at = Some(Instant::now());
                    let reason = trouble.borrow_and_update().clone();
                    return ("unanswered", format!("Azure gave no usable answer; asking again. {reason}"));
                }
                () = tokio::time::sleep(Self::AGAIN_AFTER) => if let Some(reason) = &self.token {
                    return ("token", format!("Still waiting for an access token: {reason}"));
                }
            }
        }
    }
}

/// How far back the job of `record` may have begun. Nobody knows of one without a start and without a time of sending.
pub(super) fn oldest_that_matters(now: OffsetDateTime, record: &RestoreRecord) -> OffsetDateTime {
    let farthest = now.saturating_sub(FARTHEST_BACK);
    // The clocks of Azure and of this machine differ, and a state file may say anything.
    record.start_time.or_else(|| record.sent_at()).map_or(farthest, |began| {
        began.saturating_sub(time::Duration::HOUR).min(now.saturating_sub(time::Duration::DAY)).max(farthest)
    })
}

/// What the point was called is good to know and nothing to wait for.
const LONGEST_LOOK_FOR_POINT: Duration = Duration::from_secs(60);

/// Clocks that differ by more minutes are told of.
const CLOCKS_MAY_DIFFER_BY: u64 = 5;

/// As far back as jobs are ever searched for: more than any restore lasts, and as long as Azure keeps jobs. Where a
/// list comes in windows, each thirty days cost a request.
pub const FARTHEST_BACK: time::Duration = time::Duration::days(180);

impl<'a> Life<'a> {
    fn new(
        service: &'a dyn AnyRestoreService,
        options: RestoreOptions,
        context: &'a RestoreContext,
        deadline: Deadline,
        record: RestoreRecord,
    ) -> Self {
        let trouble = watch::Sender::new(String::new());
        let deadline = deadline.reporting_to(trouble.clone());
        Self {
            service,
            options,
            context,
            deadline,
            trouble,
            record,
            list_read_at: None,
            last_attempt: None,
            resumed: false,
            warnings: Vec::new(),
            request_id_compared: false,
            progress_told: None,
            turn: None,
            last_report: Arc::default(),
        }
    }

    /// Restores: goes on with what a Delete of this process has handed over or adopts what runs already, else sends one
    /// trigger; then waits for the end.
    pub async fn create(
        service: &'a dyn AnyRestoreService,
        options: RestoreOptions,
        context: &'a RestoreContext,
        deadline: Deadline,
    ) -> Outcome {
        let (phase, record) = match context.registry.take(options.intent) {
            Some(Handover { record, warnings_accepted, wanted_again }) => {
                (Phase::TakeOver { warnings_accepted, wanted_again }, record)
            }
            None => (Phase::Adopt, RestoreRecord::new(RestoreStatus::NotAccepted)),
        };
        Self::new(service, options, context, deadline, record).run(phase).await
    }

    /// Goes on waiting for a restore that is recorded in state. Sends no restore, whatever it finds.
    pub async fn resume(
        service: &'a dyn AnyRestoreService,
        options: RestoreOptions,
        context: &'a RestoreContext,
        deadline: Deadline,
        record: RestoreRecord,
    ) -> Outcome {
        let phase = match record.job_name.clone() {
            Some(name) => Phase::FollowJob { name },
            None => Phase::FindJob(Missing::Recorded),
        };
        let mut life = Self::new(service, options, context, deadline, record);
        life.resumed = true;
        life.run(phase).await
    }

    /// The error that an apply would end with, as far as it can be found without sending a restore; `None` if the
    /// restore could begin, or would be adopted. For plans with `preflight`.
    pub async fn preflight(
        service: &'a dyn AnyRestoreService,
        options: RestoreOptions,
        context: &'a RestoreContext,
        deadline: Deadline,
    ) -> Option<UserMessage> {
        if context.registry.recorded(options.intent).is_some_and(|record| record.status.is_open()) {
            // It waits for what runs, whatever the list says.
            return None;
        }
        let mut life = Self::new(service, options, context, deadline, RestoreRecord::new(RestoreStatus::NotAccepted));
        match life.find_existing_restore().await {
            Ok(None) => {}
            Err(Ending::NotBegun(message)) => return Some(message),
            Ok(Some(_)) | Err(_) => return None,
        }
        let resolved = match service.resolve(&life.deadline, context.clock.now()).await {
            Ok(resolved) => resolved,
            Err(error) => return Some(error.to_message(life.act("cannot be prepared"))),
        };
        let validated = resolved.request.validate(&life.deadline).await;
        validated.err().map(|error| life.with_advice(error.to_message(life.act(validation::summary(&error))), &error))
    }

    async fn run(mut self, mut phase: Phase<'a>) -> Outcome {
        let mut reported = Reported::default();
        loop {
            phase = match self.step_reporting_waits(phase, &mut reported).await {
                ControlFlow::Continue(next) => next,
                ControlFlow::Break(ending) => {
                    self.report_progress("ended", &ending.in_one_line(self.service.activity()));
                    self.warn_of_clock();
                    return Outcome { ending, record: self.record, warnings: self.warnings };
                }
            };
        }
    }

    /// A step, during which is reported what it waits for without knowing: an access token, and an answer that the client
    /// asks for again. `reported` is what was reported last.
    async fn step_reporting_waits(
        &mut self,
        phase: Phase<'a>,
        reported: &mut Reported,
    ) -> ControlFlow<Ending, Phase<'a>> {
        let (progress, last_report) = (self.context.progress.clone(), Arc::clone(&self.last_report));
        let (subject, item_id) = (self.subject(), self.service.item().id);
        let mut trouble = self.trouble.subscribe();
        let reports = async {
            loop {
                let (event, message) = reported.next(&progress, &mut trouble).await;
                let LastReport { job_id, status } = last_report.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let about = RestoreSummary {
                    subject: &subject,
                    item_id: &item_id,
                    job_id: job_id.as_deref(),
                    status: status.as_deref(),
                };
                progress.report_progress(about, event, &message);
            }
        };
        tokio::select! {
            biased;
            next = self.step(phase) => next,
            never = reports => never,
        }
    }

    async fn step(&mut self, phase: Phase<'a>) -> ControlFlow<Ending, Phase<'a>> {
        match phase {
            Phase::TakeOver { warnings_accepted, wanted_again } => {
                self.take_over(warnings_accepted, wanted_again).await
            }
            Phase::Adopt => self.adopt().await,
            Phase::Resolve => self.resolve().await,
            Phase::Validate(attempt) => self.validate(attempt).await,
            Phase::Trigger(attempt) => self.trigger(attempt).await,
            Phase::FollowOperation { operation, retry_after, attempt } => {
                self.follow_operation(operation, retry_after, attempt).await
            }
            Phase::FollowRestoreOperation { operation, retry_after, job, attempt } => {
                self.follow_restore_operation(operation, retry_after, *job, attempt).await
            }
            Phase::FindJob(missing) => self.find_job(missing).await,
            Phase::FollowJob { name } => self.follow_job(name).await,
            Phase::Collect(job) => {
                let ending = self.collect(&job);
                self.identify_point().await;
                ControlFlow::Break(ending)
            }
        }
    }

    /// A restore that this process has not sent itself may have a job that names a time and no point.
    async fn identify_point(&mut self) {
        if let (None, Some(time)) = (&self.record.recovery_point_id, self.record.recovery_point_time) {
            let deadline = self.deadline.at_most(LONGEST_LOOK_FOR_POINT);
            self.record.recovery_point_id = self.service.point_taken_at(&deadline, time).await;
        }
    }

    async fn resolve(&mut self) -> ControlFlow<Ending, Phase<'a>> {
        let begins = match self.service.activity() {
            Activity::Restore => "Choosing what to restore.",
            Activity::Backup => "Looking at what is to be backed up.",
        };
        self.report_progress("resolve", begins);
        let deadline = self.deadline.at_most(self.context.wait_times.before_trigger);
        match self.service.resolve(&deadline, self.context.clock.now()).await {
            Ok(resolved) => {
                self.warnings.extend(self.service.warnings());
                self.record.recovery_point_id = resolved.recovery_point_id;
                self.record.recovery_point_time = resolved.recovery_point_time;
                self.record.restored_files = self.service.restored_files();
                let request = resolved.request;
                ControlFlow::Continue(Phase::Validate(Attempt { request, busy_since: None, role_missing_since: None }))
            }
            Err(error) => ControlFlow::Break(self.not_begun(&self.before_trigger(error), "cannot be prepared")),
        }
    }

    /// The error of a read that was given less time than the whole restore: its time-out is not that of `timeouts`.
    pub(super) fn before_trigger(&self, error: RestoreError) -> RestoreError {
        match error {
            RestoreError::Interrupted { interrupted: Interrupted::TimedOut, last } if self.deadline.check().is_ok() => {
                RestoreError::NoAnswer { last }
            }
            other => other,
        }
    }

    /// A message of this error, with what the service knows about it.
    fn with_advice(&self, message: UserMessage, error: &RestoreError) -> UserMessage {
        match error.azure().and_then(|rejection| self.service.advice(rejection)) {
            Some(advice) => message.say(advice),
            None => message,
        }
    }

    /// The ending of a restore of which Azure has taken nothing.
    pub(super) fn not_begun(&self, error: &RestoreError, what: &str) -> Ending {
        let message = match error {
            RestoreError::Interrupted { interrupted: Interrupted::Stopped, last } => {
                let message = self
                    .act("interrupted before it was sent")
                    .say("Terraform was interrupted. Nothing was sent to Azure; the next apply begins anew.");
                // What it waited for, which a terminal does not show.
                match last {
                    Some(error) => message
                        .say(format!("It was waiting because of: {}", in_one_line(error)))
                        .explained_by(Some(error)),
                    None => message,
                }
            }
            other => self.with_advice(other.to_message(self.act(what)), other),
        };
        Ending::NotBegun(self.with_former(message))
    }

    /// The same, with the way back to what this apply has removed from the state before it could not begin.
    pub(super) fn with_former(&self, message: UserMessage) -> UserMessage {
        let former = self.context.registry.replaced(&self.service.item().id);
        let former: String = former
            .iter()
            .filter_map(|former| Some(format!("\n  - terraform import ADDRESS {}", former.import_id.as_ref()?)))
            .collect();
        if former.is_empty() {
            return message;
        }
        let ActivityWords { noun, done, .. } = self.words();
        message.say(format!(
            "This apply has removed resources of the same item from the state, because their arguments changed. What \
             was {done} is still there. To go back to those arguments, import the {noun} that they stood for \
             first:{former}",
        ))
    }

    /// The ending of a wait that was given up while the restore may go on: an interruption if the user stopped, else an
    /// error. `last` is what the wait met last.
    pub(super) fn broken_off(&self, message: UserMessage, last: Option<&LastError>) -> Ending {
        if !self.deadline.stop().is_cancelled() {
            return Ending::Failed(message);
        }
        let (subject, ActivityWords { noun, does, .. }) = (self.subject(), self.words());
        let (summary, text) = if self.record.status == RestoreStatus::Unknown {
            let text = format!(
                "Terraform was interrupted while the answer to the {noun} request was missing. The id of the request \
                 is recorded in the state: the next apply searches for its job. It does not start another {noun}."
            );
            (format!("Whether Azure {does} {subject} is not known"), text)
        } else {
            let recorded = match &self.record.job_id {
                // Where Azure has no jobs, what was made stands in for one.
                Some(id) if self.record.job_name.as_deref().is_some_and(|name| name.starts_with('/')) => {
                    format!("{id} is recorded in the state")
                }
                Some(id) => format!("Job {id} is recorded in the state"),
                None => "The id of the request is recorded in the state".to_owned(),
            };
            let text = format!(
                "Terraform was interrupted, the {noun} was not. {recorded}: the next apply waits for the end of the \
                 {noun}. It does not start another one."
            );
            (format!("The {noun} of {subject} goes on in Azure"), text)
        };
        let message = UserMessage::new(summary).about(self.service.workload());
        Ending::Interrupted(message.say(text).met_while_waiting(last))
    }

    /// A message that says nothing yet but what was being done.
    pub(super) fn act(&self, what: &str) -> UserMessage {
        let doing = capitalised(self.words().doing);
        UserMessage::new(format!("{doing} {}: {what}", self.subject())).about(self.service.workload())
    }

    /// The words for what is done.
    pub(super) fn words(&self) -> ActivityWords {
        self.service.activity().words()
    }

    /// What is restored, as far as service and job say.
    pub(super) fn subject(&self) -> String {
        self.service.subject(&self.record.details)
    }

    /// How messages call the list in which the job of this restore is searched for.
    pub(super) fn list_names(&self) -> JobListNames {
        self.service.jobs().list_names()
    }

    pub(super) fn report_progress(&self, event: &str, message: &str) {
        let (subject, item_id) = (self.subject(), self.service.item().id);
        // Until Azure may have accepted something, there is no status to report.
        let known = self.resumed || self.record.status != RestoreStatus::NotAccepted || self.record.job_id.is_some();
        let status = known.then(|| self.record.status.as_str());
        let job_id = self.record.job_id.as_deref();
        *self.last_report.lock().unwrap_or_else(PoisonError::into_inner) =
            LastReport { job_id: job_id.map(str::to_owned), status: status.map(str::to_owned) };
        let about = RestoreSummary { subject: &subject, item_id: &item_id, job_id, status };
        self.context.progress.report_progress(about, event, message);
    }

    /// Warns, once in a process, that the machine's clock is wrong.
    fn warn_of_clock(&mut self) {
        let ahead = self.context.clock.ahead_of_machine();
        // To the nearest minute: a `Date` has whole seconds.
        let minutes = (ahead.whole_seconds().unsigned_abs() + 30) / 60;
        if minutes <= CLOCKS_MAY_DIFFER_BY || !self.context.registry.is_first_warning_of_clock() {
            return;
        }
        let than = if ahead.is_positive() { "behind" } else { "ahead of" };
        let by = in_words(Duration::from_secs(minutes.saturating_mul(60)));
        let message = UserMessage::new(format!("The clock of this machine is {by} {than} Azure's"));
        self.warnings.push(message.say(
            "The ages of jobs and recovery points, and `latest`, were judged by Azure's time. Set the clock of this \
             machine: tokens, certificates and the times in logs depend on it.",
        ));
    }

    /// What Azure says of a job that has completed without warnings.
    pub(super) fn tell_what_azure_adds(&mut self) {
        if self.record.warnings.is_empty() {
            return;
        }
        let ActivityWords { noun, done, result, .. } = self.words();
        let summary = format!("The {noun} of {} completed, and Azure adds something", self.subject());
        let check = match self.service.activity() {
            Activity::Restore => format!("Check the {done} data."),
            Activity::Backup => format!("Check {result}."),
        };
        self.warnings.push(
            UserMessage::new(summary)
                .say(format!("Azure says:\n  - {}", self.record.warnings.join("\n  - ")))
                .say(format!("The job is called completed, so the {noun} counts as done. {check}")),
        );
    }

    pub(super) fn warn_of_warnings(&mut self) {
        let noun = self.words().noun;
        let mut message = UserMessage::new(format!("The {noun} of {} completed with warnings", self.subject()));
        if self.record.warnings.is_empty() {
            message = message.say("Azure gives no details.");
        } else {
            message = message.say(format!("Azure warns of:\n  - {}", self.record.warnings.join("\n  - ")));
        }
        self.warnings.push(message);
    }
}

#[cfg(test)]
mod tests;

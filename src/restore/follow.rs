//! Waiting for a job: to show up in the list, and to end.

use std::ops::ControlFlow;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, LastError, in_one_line};
use crate::azure::job::JobStatus;
use crate::azure::poll::{self, MayBeInterrupted, PollError, PollResult, PollSchedule};
use crate::restore::activity::{Activity, ActivityWords};
use crate::restore::adoption::{self, Adopt};
use crate::restore::error::{RestoreError, UserMessage, capitalised};
use crate::restore::job_list_cache::{CachedStatus, JobWaiter};
use crate::restore::jobs::{Confirmation, JobListNames, JobReader};
use crate::restore::life::{Ending, Life, Missing, Phase, oldest_that_matters};
use crate::restore::record::{Job, RestoreStatus, shown};

const STILL_RUNNING: &str = "it goes on, but the time to wait for it is up";

/// What to do about a restore whose record is gone.
pub(super) fn keep_or_repeat(activity: Activity) -> String {
    let ActivityWords { noun, does, place, result, .. } = activity.words();
    format!(
        "Check {place}. If {result} is there, set `adopt = \"unverified\"` and apply: the {noun} is taken as done, and \
         nothing is sent. If it is not, apply with -replace, which {does} again."
    )
}

/// Why a job can be polled no longer.
#[derive(Debug, thiserror::Error)]
enum JobPollError {
    #[error("the job cannot be read")]
    Unreadable(#[source] ArmError),
    #[error("the job is gone")]
    Gone,
    #[error("the job is another item's")]
    Foreign(Box<Job>),
}

impl MayBeInterrupted for JobPollError {
    fn interrupted(&self) -> Option<Interrupted> {
        match self {
            Self::Unreadable(error) => error.interrupted(),
            Self::Gone | Self::Foreign(_) => None,
        }
    }

    fn last_error(&self) -> Option<LastError> {
        match self {
            Self::Unreadable(error) => error.last_error(),
            Self::Gone | Self::Foreign(_) => None,
        }
    }
}

impl<'a> Life<'a> {
    pub(super) async fn find_job(&mut self, missing: Missing) -> ControlFlow<Ending, Phase<'a>> {
        if self.record.request_id().is_none() {
            return self.not_found(missing, None);
        }
        let window = self.deadline.at_most(self.context.wait_times.job_appears);
        let found = poll::poll_until_done(
            &window,
            self.context.wait_times.brief,
            self.context.random.as_ref(),
            Duration::ZERO,
            || async {
                Ok::<_, ArmError>(match self.listed(&window).await? {
                    Some(job) => PollResult::Ready(job),
                    None => PollResult::Pending { note: "the job is not in the list".to_owned(), retry_after: None },
                })
            },
        )
        .await;
        let last = match found {
            Ok(job) if self.is_foreign(&job) => return ControlFlow::Break(self.foreign(&job)),
            Ok(job) => {
                if let Missing::HandedOver { wanted_again } = missing {
                    return self.take_over_job(&job, wanted_again);
                }
                self.learn(&job);
                let list = self.list_names().short;
                self.report_progress("found", &format!("Found {} in {list}.", adoption::name(&job)));
                self.record.reopen();
                return ControlFlow::Continue(Phase::FollowJob { name: job.name });
            }
            // The end of the window is not the deadline: then the job was searched for long enough. A list that was
            // read even once counts as read: the error of the last poll may be the end of the window itself.
            Err(PollError::Interrupted { interrupted, last_error, polls, .. }) => match self.deadline.check() {
                Err(_) => return ControlFlow::Break(self.out_of_time(interrupted, last_error)),
                Ok(()) => last_error.filter(|_| polls == 0),
            },
            Err(PollError::Failed(error)) => Some(LastError::from(&error)),
        };
        self.not_found(missing, last)
    }

    /// The list was read for long enough, or could not be read (`unreadable`), and the job was not in it.
    fn not_found(&mut self, missing: Missing, unreadable: Option<LastError>) -> ControlFlow<Ending, Phase<'a>> {
        let id = shown(self.record.client_request_id.as_deref().unwrap_or_default());
        let JobListNames { full, keeper, entry, .. } = self.list_names();
        let search = match &unreadable {
            _ if self.record.request_id().is_none() => format!(
                "Neither job_id nor a request id is known by which {full} could be searched (client_request_id is {id:?})."
            ),
            Some(error) => format!("{} could not be read: {}.", capitalised(full), in_one_line(error)),
            None => format!("The {keeper} lists no {entry} with request id {id}."),
        };
        // Accepted, and yet not listed: that the record is gone says nothing about the restore, so nothing is sent
        // again. Nor is anything sent while there is no id by which the list could be searched (a state file edited by
        // hand).
        let accepted = !matches!(self.record.status, RestoreStatus::Unknown | RestoreStatus::NotAccepted);
        let ActivityWords { noun, does, place, result, .. } = self.words();
        let unrecognisable = self.record.request_id().is_none();
        let message = match (&missing, accepted || unrecognisable || unreadable.is_some()) {
            (Missing::LostAnswer(error), _) => self
                .act(&format!("the answer to the {noun} request was lost"))
                .say(format!("The request was sent; its answer was lost: {}.", in_one_line(error)))
                .explained_by(Some(error))
                .say(search)
                .say(format!(
                    "Whether Azure {does} is not known. The next apply searches again before it sends anything."
                )),
            (Missing::Unnamed { why, error }, _) => {
                self.act("its job cannot be found").say(why).explained_by(error.as_ref()).say(search).say(format!(
                    "Azure has accepted the {noun}. The next apply searches again and sends nothing while the job \
                     runs."
                ))
            }
            (Missing::HandedOver { .. }, false) => return self.start_afresh(),
            // It was searched for; more than that nobody can say of it, and the user has.
            (Missing::HandedOver { wanted_again: true }, true) if unreadable.is_none() => return self.start_afresh(),
            (Missing::Recorded, false) => {
                self.record.status = RestoreStatus::NotAccepted;
                self.act("Azure has not taken it")
                    .say(search)
                    .say("The answer to the request had been lost. The next apply sends it again.")
            }
            (Missing::HandedOver { .. } | Missing::Recorded, true) => {
                let message = self.act("its job cannot be found").say(search);
                if unreadable.is_some() {
                    message.say(format!(
                        "How the {noun} ended is not known. The next apply searches again. Nothing is sent again by \
                         itself."
                    ))
                } else if unrecognisable {
                    message.say(format!(
                        "How the {noun} ended is not known. Check {place}. If {result} is there, remove the resource \
                         from the state and import its job. If it is not, apply with -replace."
                    ))
                } else {
                    return ControlFlow::Break(self.record_is_gone(message, true));
                }
            }
        };
        ControlFlow::Break(self.broken_off(message.explained_by(unreadable.as_ref()), unreadable.as_ref()))
    }

    pub(super) async fn follow_job(&mut self, name: String) -> ControlFlow<Ending, Phase<'a>> {
        self.record.job_name = Some(name.clone());
        self.report_progress("follow", &format!("Following job {}.", shown(&name)));
        let (context, service, deadline) = (self.context, self.service, self.deadline.behind_others());
        context.registry.hold(&name);
        let schedule = self.job_schedule();
        let waiter = context.registry.job_lists().wait_for(&service.jobs().list_id(), &name, self.oldest());
        let polls = tokio::sync::Mutex::new(JobPolls::new(self, &name, &waiter));
        let (started, wake) = (Instant::now(), || waiter.changed());
        let followed = poll::poll_until_done_or_woken(
            &deadline,
            schedule,
            context.random.as_ref(),
            Duration::ZERO,
            wake,
            || async { polls.lock().await.poll(schedule.interval(started.elapsed())).await },
        )
        .await;
        let trouble = polls.into_inner().trouble;
        let ending = match followed {
            Ok(job) => return ControlFlow::Continue(Phase::Collect(Box::new(job))),
            Err(PollError::Interrupted { interrupted, last_error, .. }) => {
                self.out_of_time(interrupted, last_error.or(trouble))
            }
            Err(PollError::Failed(poll_failed)) => self.poll_failed(poll_failed, &name),
        };
        ControlFlow::Break(ending)
    }

    /// The ending of a wait for a job that can be polled no longer.
    fn poll_failed(&mut self, poll_failed: JobPollError, name: &str) -> Ending {
        match poll_failed {
            JobPollError::Unreadable(error) => {
                let last = LastError::from(&error);
                let message = RestoreError::from(error)
                    .to_message(self.act(&format!("cannot read job {}", shown(name))))
                    .say(format!(
                        "The {} goes on, or has ended, in Azure. Nothing is sent again by itself.",
                        self.words().noun
                    ));
                self.broken_off(message, Some(&last))
            }
            JobPollError::Gone => {
                let what = format!("Azure no longer knows job {}", shown(name));
                self.record_is_gone(self.act(&what), self.resumed)
            }
            JobPollError::Foreign(job) => self.foreign(&job),
        }
    }

    /// The ending of an accepted restore of whose job Azure has no record. How it ended, only the user can say:
    /// `adopt = "unverified"` is that word, which cannot have been meant for a restore that this very apply has begun.
    /// `message` says what was looked for.
    pub(super) fn record_is_gone(&mut self, message: UserMessage, of_an_earlier_apply: bool) -> Ending {
        let word_given = self.options.adopt == Adopt::Unverified && of_an_earlier_apply;
        let noun = self.words().noun;
        if !word_given || !self.record.status.is_open() {
            let text = format!(
                "The record of the job is gone, so it is not known how the {noun} ended. Nothing is sent again by \
                 itself."
            );
            return self.broken_off(message.say(text).say(keep_or_repeat(self.service.activity())), None);
        }
        let job = match (&self.record.job_name, &self.record.client_request_id) {
            (Some(name), _) => format!("job {}", shown(name)),
            (None, id) => format!("the job of request {}", shown(id.as_deref().unwrap_or_default())),
        };
        self.warnings.push(
            UserMessage::new(format!("The {noun} of {} is taken as done without proof", self.subject()))
                .say(format!(
                    "Azure has no record of {job}, so it cannot say how the {noun} ended. It is taken as done because \
                     of `adopt = \"unverified\"`. Nothing was sent."
                ))
                .say("Set `adopt` back, so that this does not happen unnoticed another time."),
        );
        self.record.status = RestoreStatus::Completed;
        let end = format!("Azure has no record of {job}; taken as done because of adopt = \"unverified\".");
        self.report_progress("adopted", &end);
        Ending::Done
    }

    fn is_foreign(&self, job: &Job) -> bool {
        !job.may_work_for(&self.service.item().id)
    }

    /// The restore was accepted, or is recorded as such, so its status stays: without it, an apply that does not find
    /// the job would take it for one that Azure has never begun.
    pub(super) fn foreign(&mut self, job: &Job) -> Ending {
        self.record.job_name = None;
        self.record.job_id = None;
        let noun = self.words().noun;
        let what = if job.is_of_activity { String::new() } else { format!(", and is no {noun}") };
        self.broken_off(
            self.act("Azure answered with another job").say(format!(
                "Job {} works for {}{what}; wanted is a {noun} of {}. It was not taken for this {noun}.",
                job.name,
                job.item_id.as_deref().unwrap_or("nothing"),
                self.service.item().id,
            )),
            None,
        )
    }

    /// Takes over what the job says into the record, and reports progress when something changed.
    pub(super) fn learn(&mut self, job: &Job) {
        // The first answers may be nearly empty: what an answer leaves out is no other id.
        if !self.request_id_compared
            && !job.activity_id.is_empty()
            && let Some(id) = self.record.request_id()
            && !id.is(&job.activity_id)
        {
            let noun = self.words().noun;
            let summary = format!("Azure does not record our request id for the {noun} of {}", self.subject());
            self.warnings.push(UserMessage::new(summary).say(format!(
                "The request was sent as {id}, the job reports {:?}. If Terraform is killed, the next run cannot \
                 recognise this job; interrupting it with Ctrl-C is safe.",
                job.activity_id,
            )));
        }
        self.request_id_compared |= !job.activity_id.is_empty();
        let before = (self.record.job_id.clone(), self.record.status.clone(), self.record.tasks.clone());
        self.record.learn(job);
        let further = job.progress.is_some() && job.progress != self.progress_told;
        if further || before != (self.record.job_id.clone(), self.record.status.clone(), self.record.tasks.clone()) {
            self.progress_told.clone_from(&job.progress);
            let tasks: Vec<String> = job.tasks.iter().map(|task| format!("{} {}", task.name, task.status)).collect();
            let tasks = if tasks.is_empty() { String::new() } else { format!(" ({})", tasks.join(", ")) };
            let progress = job.progress.as_ref().map(|progress| format!(", {progress}")).unwrap_or_default();
            self.report_progress("job", &format!("Job {} is {}{progress}{tasks}.", job.name, job.status));
        }
    }

    /// The user stopped the wait, or its time was up, while the restore goes on or may go on.
    pub(super) fn out_of_time(&self, interrupted: Interrupted, last: Option<LastError>) -> Ending {
        let ActivityWords { noun, does, .. } = self.words();
        let (what, job) = match (&self.record.job_id, &self.record.job_name, &self.record.status) {
            (_, _, RestoreStatus::Unknown) => (
                "the time is up, and whether Azure has taken it is not known",
                "The answer to the request was lost. The id of the request is recorded in the state.".to_owned(),
            ),
            (Some(id), _, status) => {
                (STILL_RUNNING, format!("Job {id} was {} when it was last read.", status.as_str()))
            }
            (None, Some(name), status) => {
                (STILL_RUNNING, format!("Job {name} was {} when it was last read.", status.as_str()))
            }
            (None, None, _) => {
                (STILL_RUNNING, format!("Azure has accepted the {noun}; which job it became is not known yet."))
            }
        };
        let way_on = match (self.resumed, &self.record.status) {
            (true, _) => "Apply again to go on waiting for it.".to_owned(),
            (false, RestoreStatus::Unknown) => format!(
                "The next apply searches for its job again. It takes the job over if there is one, and {does} if there \
                 is none."
            ),
            (false, _) => "To go on waiting for the same job: `terraform untaint ADDRESS`, then apply again. Applying \
                           without it replaces the resource, and takes the same job over."
                .to_owned(),
        };
        let ended_first = if self.resumed { String::new() } else { self.under_create_before_destroy() };
        let error = RestoreError::Interrupted { interrupted, last: last.clone() };
        let message = error.to_message(self.act(what)).say(job).say(way_on).say(ended_first);
        self.broken_off(message, last.as_ref())
    }

    /// What an apply without `terraform untaint` does where the old object, which knows the job, is deleted last.
    fn under_create_before_destroy(&self) -> String {
        match self.options.adopt {
            Adopt::Running | Adopt::Unverified => {
                "With `create_before_destroy` it does so only while the job runs. If the job has completed by then, \
                 that apply fails, names the job and sends nothing."
                    .to_owned()
            }
            Adopt::Completed => {
                "With `create_before_destroy` it does so while the job runs, and within 24 hours of its completion. \
                 After that the apply fails, names the job and sends nothing."
                    .to_owned()
            }
            Adopt::None => format!(
                "With `create_before_destroy` it does not, because of `adopt = \"none\"`: while the job runs, that \
                 apply fails and sends nothing; once the job has ended, it {} again. Use `terraform untaint` \
                 there.",
                self.words().does
            ),
        }
    }

    /// The job of this restore, if the list shows it now.
    pub(super) async fn listed(&self, deadline: &Deadline) -> Result<Option<Job>, ArmError> {
        let list = self.context.registry.job_lists().list(self.service.jobs(), deadline, self.oldest()).await?;
        Ok(list.jobs.iter().find(|job| self.record.identifies(job)).cloned())
    }

    /// How far back the job of this restore may have begun.
    fn oldest(&self) -> OffsetDateTime {
        oldest_that_matters(self.context.clock.now(), &self.record)
    }

    /// When to poll what lasts as long as the restore.
    pub(super) fn job_schedule(&self) -> PollSchedule {
        // A job that is resumed after two hours is not polled every five seconds again.
        let now = self.context.clock.now();
        let waited_before = self
            .record
            .start_time
            .map_or(Duration::ZERO, |start| Duration::try_from(now - start).unwrap_or(Duration::ZERO));
        let wait_times = self.context.wait_times.job;
        let schedule = if self.service.jobs().polls_are_writes() { wait_times.slowed() } else { wait_times };
        PollSchedule { waited_before, ..schedule }
    }
}

/// The polls of one job, and what they have found so far.
struct JobPolls<'p, 'a> {
    life: &'p mut Life<'a>,
    name: &'p str,
    waiter: &'p JobWaiter,
    last_good_poll: Instant,
    /// Since when every poll has seen a good end that is not confirmed yet.
    ended_well_since: Option<Instant>,
    /// Why the job could not be read when it was last asked for.
    trouble: Option<LastError>,
}

impl<'p, 'a> JobPolls<'p, 'a> {
    fn new(life: &'p mut Life<'a>, name: &'p str, waiter: &'p JobWaiter) -> Self {
        Self { life, name, waiter, last_good_poll: Instant::now(), ended_well_since: None, trouble: None }
    }

    async fn poll(&mut self, interval: Duration) -> Result<PollResult<Job>, JobPollError> {
        let (jobs, deadline) = (self.life.service.jobs(), self.life.deadline.clone());
        if let CachedStatus::Running(note) = self.waiter.poll(jobs, interval, &deadline).await {
            self.last_good_poll = Instant::now();
            self.ended_well_since = None;
            self.trouble = None;
            return Ok(PollResult::Pending { note, retry_after: None });
        }
        let read = match jobs.get(&deadline, self.name).await {
            Ok(job) if self.life.is_foreign(&job) => return Err(JobPollError::Foreign(Box::new(job))),
            Ok(job) => self.seen(job, &deadline).await,
            Err(error) => Err(error),
        };
        match read {
            Ok(result) => {
                self.last_good_poll = Instant::now();
                self.trouble = None;
                Ok(result)
            }
            // Azure may name a job before it can be read, and a job that ran for hours is not gone with one bad answer.
            Err(error)
                if error.interrupted().is_none() && self.last_good_poll.elapsed() < self.longest_unreadable() =>
            {
                let note = in_one_line(&error);
                let said = format!("Job {} cannot be read; asking for it again. {note}", shown(self.name));
                self.life.report_progress("unreadable", &said);
                self.trouble = Some(LastError::from(&error));
                Ok(PollResult::Pending { note, retry_after: None })
            }
            Err(error) if error.is_not_found() => Err(JobPollError::Gone),
            Err(error) => Err(JobPollError::Unreadable(error)),
        }
    }

    /// How long a job may be unreadable before the wait fails.
    fn longest_unreadable(&self) -> Duration {
        self.life.context.wait_times.job_appears
    }

    /// The result of a poll that was answered. A good end counts once the service confirms it; until then the job
    /// counts as running.
    async fn seen(&mut self, job: Job, deadline: &Deadline) -> Result<PollResult<Job>, ArmError> {
        let before = if job.ending().is_good() { self.ended_well_since } else { None };
        // The question may take as long as the confirmation is waited for.
        let asked = Instant::now();
        let confirmation = confirmation(self.life.service.jobs(), deadline, &job, before).await?;
        self.ended_well_since = None;
        if let Confirmation::NotYet { waiting_for, poll_after } = confirmation {
            self.ended_well_since = Some(before.unwrap_or(asked));
            self.life.learn(&Job { status: JobStatus::InProgress(waiting_for.clone()), ..job });
            if before.is_none() {
                self.life.report_progress(
                    "confirm",
                    &format!("Job {} has ended; waiting for {waiting_for}.", shown(self.name)),
                );
            }
            return Ok(PollResult::Pending { note: waiting_for, retry_after: Some(poll_after) });
        }
        self.life.learn(&job);
        Ok(match &job.status {
            JobStatus::InProgress(word) => PollResult::Pending { note: word.clone(), retry_after: None },
            _ => PollResult::Ready(job),
        })
    }
}

/// What the service says of the end of a job; one that runs or has ended badly needs no confirmation.
pub(super) async fn confirmation(
    jobs: &dyn JobReader,
    deadline: &Deadline,
    job: &Job,
    ended_well_since: Option<Instant>,
) -> Result<Confirmation, ArmError> {
    if !job.ending().is_good() {
        return Ok(Confirmation::Confirmed);
    }
    let seen_for = ended_well_since.map_or(Duration::ZERO, |since| since.elapsed());
    jobs.confirm(deadline, job, seen_for).await
}

//! Waiting for a job: to show up in the list, and to end.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::Instant;

use crate::azure::error::{ArmError, in_one_line};
use crate::azure::job::JobStatus;
use crate::azure::patience::{Ended, Patience};
use crate::azure::poll::{self, MayEnd, PollError, Rhythm, Sighting};
use crate::restore::adoption;
use crate::restore::facts::{Job, RestoreStatus, shown};
use crate::restore::jobs::{Confirmation, JobListNames, JobReader};
use crate::restore::life::{Ending, Life, Missing, Phase};
use crate::restore::service::RestoreService;
use crate::restore::setback::{Report, Setback, capitalised};
use crate::restore::watch::{Listed, Waiter};

const GOES_ON: &str = "it goes on, but the time to wait for it is up";

/// Why the wait for a job broke off.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the job cannot be read")]
    Unreadable(#[source] ArmError),
    #[error("the job is gone")]
    Gone,
    #[error("the job is another item's")]
    Foreign(Box<Job>),
}

impl MayEnd for Broken {
    fn ended(&self) -> Option<Ended> {
        match self {
            Self::Unreadable(error) => error.ended(),
            Self::Gone | Self::Foreign(_) => None,
        }
    }

    fn last_trouble(&self) -> Option<String> {
        match self {
            Self::Unreadable(error) => error.last_trouble(),
            Self::Gone | Self::Foreign(_) => None,
        }
    }
}

impl<S: RestoreService> Life<'_, S> {
    pub(super) async fn find_job(&mut self, missing: Missing) -> ControlFlow<Ending, Phase<S>> {
        if self.facts.request_id().is_none() {
            return self.not_found(missing, None);
        }
        let window = self.patience.at_most(self.around.pace.job_appears);
        let found =
            poll::follow(&window, self.around.pace.brief, self.around.random.as_ref(), Duration::ZERO, || async {
                Ok::<_, ArmError>(match self.listed(&window).await? {
                    Some(job) => Sighting::Finished(job),
                    None => Sighting::Running { note: "the job is not in the list".to_owned(), retry_after: None },
                })
            })
            .await;
        let last = match found {
            Ok(job) if self.is_foreign(&job) => return ControlFlow::Break(self.foreign(&job)),
            Ok(job) if matches!(missing, Missing::HandedOver) => return self.take_over_job(&job),
            Ok(job) => {
                self.learn(&job);
                let list = self.list_names().short;
                self.tell("found", &format!("Found {} in {list}.", adoption::name(&job)));
                self.facts.reopen();
                return ControlFlow::Continue(Phase::FollowJob { name: job.name });
            }
            // The window's end is no end of patience: then the job was looked for long enough.
            // A list read even once counts as read: the trouble of the last look may be the window's own end.
            Err(PollError::Ended { ended, last_trouble, looks, .. }) => match self.patience.check() {
                Err(_) => return ControlFlow::Break(self.out_of_time(ended, last_trouble)),
                Ok(()) => last_trouble.filter(|_| looks == 0),
            },
            Err(PollError::Failed(error)) => Some(in_one_line(&error)),
        };
        self.not_found(missing, last)
    }

    /// The list was read for long enough, or could not be read (`unreadable`), and the job was not in it.
    fn not_found(&mut self, missing: Missing, unreadable: Option<String>) -> ControlFlow<Ending, Phase<S>> {
        let id = shown(self.facts.client_request_id.as_deref().unwrap_or_default());
        let JobListNames { full, keeper, entry, .. } = self.list_names();
        let looked = match &unreadable {
            _ if self.facts.request_id().is_none() => format!(
                "Neither job_id nor a request id is known by which {full} could be searched (client_request_id is {id:?})."
            ),
            Some(error) => format!("{} could not be read: {error}.", capitalised(full)),
            None => format!("The {keeper} lists no {entry} with request id {id}."),
        };
        // Accepted, and yet not listed: that the record is gone says nothing about the restore, so nothing is resent.
        // Nor is anything while there is no id by which the list could tell (a state file edited by hand).
        let accepted = !matches!(self.facts.status, RestoreStatus::Unknown | RestoreStatus::NotAccepted);
        let unrecognisable = self.facts.request_id().is_none();
        let report = match (&missing, accepted || unrecognisable || unreadable.is_some()) {
            (Missing::LostAnswer(error), _) => Report::new(self.act("the answer to the restore request was lost"))
                .say(format!("The request was sent; its answer was lost: {error}."))
                .say(looked)
                .say("Whether Azure restores is not known. The next apply looks again before it sends anything."),
            (Missing::Unnamed(why), _) => Report::new(self.act("its job cannot be found")).say(why).say(looked).say(
                "Azure has accepted the restore. The next apply looks again and sends nothing while the job runs.",
            ),
            (Missing::HandedOver, false) => return self.start_afresh(),
            (Missing::Recorded, false) => {
                self.facts.status = RestoreStatus::NotAccepted;
                Report::new(self.act("Azure has not taken it"))
                    .say(looked)
                    .say("The answer to the request had been lost. The next apply sends it again.")
            }
            (Missing::HandedOver | Missing::Recorded, true) => {
                Report::new(self.act("its job cannot be found")).say(looked).say(
                    "How the restore ended cannot be told. Look at the target: if the data is there, remove the \
                     resource from the state or import another job; if it is not, apply with -replace.",
                )
            }
        };
        ControlFlow::Break(self.broken_off(report))
    }

    pub(super) async fn follow_job(&mut self, name: String) -> ControlFlow<Ending, Phase<S>> {
        self.facts.job_name = Some(name.clone());
        self.tell("follow", &format!("Following job {}.", shown(&name)));
        let (around, service, patience) = (self.around, self.service, self.patience.clone());
        around.registry.hold(&name);
        let rhythm = self.job_rhythm();
        let waiter = around.registry.watch().wait_for(&service.jobs().list_id(), &name, self.since);
        let polls = tokio::sync::Mutex::new(JobPolls::new(self, &name, &waiter));
        let (started, wake) = (Instant::now(), || waiter.changed());
        let followed = poll::follow_woken(&patience, rhythm, around.random.as_ref(), Duration::ZERO, wake, || async {
            polls.lock().await.poll(rhythm.interval(started.elapsed())).await
        })
        .await;
        let ending = match followed {
            Ok(job) => return ControlFlow::Continue(Phase::Collect(Box::new(job))),
            Err(PollError::Ended { ended, last_trouble, .. }) => self.out_of_time(ended, last_trouble),
            Err(PollError::Failed(broken)) => self.broken(broken, &name),
        };
        ControlFlow::Break(ending)
    }

    /// The ending of a wait for a job that can be followed no longer.
    fn broken(&mut self, broken: Broken, name: &str) -> Ending {
        match broken {
            Broken::Unreadable(error) => self.broken_off(
                Setback::from(error)
                    .report(self.act(&format!("cannot read job {}", shown(name))))
                    .say("The restore goes on, or has ended, in Azure. Nothing is sent again by itself."),
            ),
            Broken::Gone => self.broken_off(
                Report::new(self.act(&format!("Azure no longer knows job {}", shown(name))))
                    .say(
                        "The record of the job is gone, so how the restore ended cannot be told. Nothing is sent again \
                         by itself.",
                    )
                    .say(
                        "Look at the target: if the data is there, remove the resource from the state; if it is not, \
                         apply with -replace.",
                    ),
            ),
            Broken::Foreign(job) => self.foreign(&job),
        }
    }

    fn is_foreign(&self, job: &Job) -> bool {
        !job.is_restore_of(&self.service.item().id)
    }

    /// The restore was accepted, or is recorded as such, so its status stays: without it, an apply that does not find
    /// the job would take it for one that Azure has never begun.
    fn foreign(&mut self, job: &Job) -> Ending {
        self.facts.job_name = None;
        self.facts.job_id = None;
        let what = if job.is_restore { "" } else { ", and is no restore" };
        self.broken_off(Report::new(self.act("Azure answered with another job")).say(format!(
            "Job {} works for {}{what}; wanted is a restore of {}. It was not taken for this restore.",
            job.name,
            job.item_id.as_deref().unwrap_or("nothing"),
            self.service.item().id,
        )))
    }

    /// Takes over what the job says, and tells of it when something changed.
    pub(super) fn learn(&mut self, job: &Job) {
        let sent_as = self.facts.request_id();
        if self.facts.job_id.is_none()
            && let Some(id) = sent_as
            && !id.is(&job.activity_id)
        {
            self.warnings.push(
                Report::new(format!(
                    "Azure does not record our request id for the restore of {}",
                    self.service.subject()
                ))
                .say(format!(
                    "The request was sent as {id}, the job reports {:?}. If Terraform is killed, the next run cannot \
                     recognise this job; interrupting it with Ctrl-C is safe.",
                    job.activity_id,
                )),
            );
        }
        let before = (self.facts.job_id.clone(), self.facts.status.clone(), self.facts.tasks.clone());
        self.facts.learn(job);
        if before != (self.facts.job_id.clone(), self.facts.status.clone(), self.facts.tasks.clone()) {
            let tasks: Vec<String> = job.tasks.iter().map(|task| format!("{} {}", task.name, task.status)).collect();
            let tasks = if tasks.is_empty() { String::new() } else { format!(" ({})", tasks.join(", ")) };
            self.tell("job", &format!("Job {} is {}{tasks}.", job.name, job.status));
        }
    }

    /// The user stopped the wait, or its time was up, while the restore goes on or may go on.
    pub(super) fn out_of_time(&self, ended: Ended, last: Option<String>) -> Ending {
        let (what, job) = match (&self.facts.job_id, &self.facts.job_name, &self.facts.status) {
            (_, _, RestoreStatus::Unknown) => (
                "the time is up, and whether Azure has taken it is not known",
                "The answer to the request was lost. The id of the request is recorded in the state.".to_owned(),
            ),
            (Some(id), _, status) => (GOES_ON, format!("Job {id} was {} when last looked at.", status.as_str())),
            (None, Some(name), status) => (GOES_ON, format!("Job {name} was {} when last looked at.", status.as_str())),
            (None, None, _) => {
                (GOES_ON, "Azure has accepted the restore; which job it became is not known yet.".to_owned())
            }
        };
        let way_on = if self.resumed {
            "Apply again to go on waiting for it."
        } else {
            "To go on waiting for the same job: `terraform untaint ADDRESS`, then apply again. Applying without it replaces the resource, and takes the same job over."
        };
        self.broken_off(Setback::Ended { ended, last }.report(self.act(what)).say(job).say(way_on))
    }

    /// The job of this restore, if the list shows it now.
    pub(super) async fn listed(&self, patience: &Patience) -> Result<Option<Job>, ArmError> {
        let list = self.around.registry.watch().list(self.service.jobs(), patience, self.since).await?;
        Ok(list.jobs.iter().find(|job| self.facts.tell_of(job)).cloned())
    }

    /// Between two polls of what lasts as long as the restore.
    pub(super) fn job_rhythm(&self) -> Rhythm {
        // A job that is taken up after two hours is not looked at every five seconds again.
        let now = self.around.clock.now();
        let waited_before = self
            .facts
            .start_time
            .map_or(Duration::ZERO, |start| Duration::try_from(now - start).unwrap_or(Duration::ZERO));
        let pace = self.around.pace.job;
        let rhythm = if self.service.jobs().polls_are_writes() { pace.slowed() } else { pace };
        Rhythm { waited_before, ..rhythm }
    }
}

/// The polls of one job, and what they have seen so far.
struct JobPolls<'p, 'a, S: RestoreService> {
    life: &'p mut Life<'a, S>,
    name: &'p str,
    waiter: &'p Waiter,
    last_good_poll: Instant,
    /// Since when every poll has seen a good end that is not confirmed yet.
    ended_well_since: Option<Instant>,
}

impl<'p, 'a, S: RestoreService> JobPolls<'p, 'a, S> {
    fn new(life: &'p mut Life<'a, S>, name: &'p str, waiter: &'p Waiter) -> Self {
        Self { life, name, waiter, last_good_poll: Instant::now(), ended_well_since: None }
    }

    async fn poll(&mut self, interval: Duration) -> Result<Sighting<Job>, Broken> {
        let (jobs, patience) = (self.life.service.jobs(), self.life.patience.clone());
        if let Listed::Running(note) = self.waiter.look(jobs, interval, &patience).await {
            self.last_good_poll = Instant::now();
            self.ended_well_since = None;
            return Ok(Sighting::Running { note, retry_after: None });
        }
        let read = match jobs.get(&patience, self.name).await {
            Ok(job) if self.life.is_foreign(&job) => return Err(Broken::Foreign(Box::new(job))),
            Ok(job) => self.seen(job, &patience).await,
            Err(error) => Err(error),
        };
        match read {
            Ok(sighting) => {
                self.last_good_poll = Instant::now();
                Ok(sighting)
            }
            // Azure may name a job before it can be read, and a job that ran for hours is not gone with one bad answer.
            Err(error) if error.ended().is_none() && self.last_good_poll.elapsed() < self.forgiving() => {
                tracing::info!(job = self.name, error = in_one_line(&error), "the job cannot be read; looking again");
                Ok(Sighting::Running { note: in_one_line(&error), retry_after: None })
            }
            Err(error) if error.is_not_found() => Err(Broken::Gone),
            Err(error) => Err(Broken::Unreadable(error)),
        }
    }

    /// How long a job may be unreadable.
    fn forgiving(&self) -> Duration {
        self.life.around.pace.job_appears
    }

    /// What a poll saw. A good end counts once the service confirms it; until then the job counts as running.
    async fn seen(&mut self, job: Job, patience: &Patience) -> Result<Sighting<Job>, ArmError> {
        let before = if job.has_ended_well() { self.ended_well_since } else { None };
        let confirmation = confirmation(self.life.service.jobs(), patience, &job, before).await?;
        self.ended_well_since = None;
        if let Confirmation::NotYet { waiting_for, poll_after } = confirmation {
            self.ended_well_since = Some(before.unwrap_or_else(Instant::now));
            self.life.learn(&Job { status: JobStatus::InProgress(waiting_for.clone()), ..job });
            if before.is_none() {
                self.life.tell("confirm", &format!("Job {} has ended; waiting for {waiting_for}.", shown(self.name)));
            }
            return Ok(Sighting::Running { note: waiting_for, retry_after: Some(poll_after) });
        }
        self.life.learn(&job);
        Ok(match &job.status {
            JobStatus::InProgress(word) => Sighting::Running { note: word.clone(), retry_after: None },
            _ => Sighting::Finished(job),
        })
    }
}

/// What the service says of the end of a job; one that runs or has ended badly needs no confirmation.
pub(super) async fn confirmation<J: JobReader>(
    jobs: &J,
    patience: &Patience,
    job: &Job,
    ended_well_since: Option<Instant>,
) -> Result<Confirmation, ArmError> {
    if !job.has_ended_well() {
        return Ok(Confirmation::Confirmed);
    }
    let seen_for = ended_well_since.map_or(Duration::ZERO, |since| since.elapsed());
    jobs.confirm(patience, job, seen_for).await
}

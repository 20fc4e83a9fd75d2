//! Waiting: for the operation to name the job, for a job to show up in the list, for the job to end.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::Instant;

use crate::azure::error::{ArmError, AzureError, in_one_line};
use crate::azure::job::JobStatus;
use crate::azure::patience::Ended;
use crate::azure::poll::{self, MayEnd, PollError, Rhythm, Sighting};
use crate::restore::adoption;
use crate::restore::facts::{Facts, Job, RestoreStatus, shown};
use crate::restore::hints::{self, CodeMeaning};
use crate::restore::life::{Ending, Life, Missing, Phase};
use crate::restore::service::{Resolved, RestoreService};
use crate::restore::setback::{Report, Setback};
use crate::restore::watch::Listed;

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
    pub(super) async fn follow_operation(
        &mut self,
        operation: S::Operation,
        retry_after: Option<Duration>,
        resolved: Resolved<S::Request>,
    ) -> ControlFlow<Ending, Phase<S>> {
        let pace = &self.around.pace;
        let first = retry_after.map_or(pace.first_look, |suggested| suggested.min(pace.first_look));
        let (service, random) = (self.service, self.around.random.as_ref());
        let followed = loop {
            let window = self.patience.at_most(pace.job_appears);
            let followed =
                poll::follow(&window, pace.brief, random, first, || service.operation(&window, &operation)).await;
            if !matches!(followed, Err(PollError::Ended { .. })) || self.patience.check().is_err() {
                break followed;
            }
            // An operation takes seconds. One that takes minutes may hide a job that is there, or even done.
            self.tell("operation", "The operation still runs; looking for its job in the vault's list.");
            let patience = self.patience.at_most(pace.before_trigger);
            match self.around.registry.watch().list(service, &patience).await {
                Ok(list) => {
                    if let Some(job) = list.jobs.iter().find(|job| self.facts.tell_of(job)) {
                        return ControlFlow::Continue(Phase::FollowJob { name: job.name.clone() });
                    }
                }
                Err(error) => tracing::info!(error = in_one_line(&error), "the list cannot be read"),
            }
        };
        match followed {
            Ok(Ok(Some(name))) => ControlFlow::Continue(Phase::FollowJob { name }),
            Ok(Ok(None)) => ControlFlow::Continue(Phase::FindJob(Missing::Unnamed(
                "The operation succeeded without naming its job.".to_owned(),
            ))),
            Ok(Err(no)) => self.operation_failed(no, resolved).await,
            Err(PollError::Ended { ended, last_trouble, .. }) => {
                ControlFlow::Break(self.out_of_time(ended, last_trouble))
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
        no: Box<AzureError>,
        resolved: Resolved<S::Request>,
    ) -> ControlFlow<Ending, Phase<S>> {
        match self.around.registry.watch().list(self.service, &self.patience).await {
            Ok(list) => {
                if let Some(job) = list.jobs.iter().find(|job| self.facts.tell_of(job)) {
                    return ControlFlow::Continue(Phase::FollowJob { name: job.name.clone() });
                }
            }
            Err(error) => {
                let report = Setback::No(no)
                    .report(self.act("Azure accepted it and then failed"))
                    .say(format!("Whether a job was made is not known: {}.", in_one_line(&error)));
                self.facts.status = RestoreStatus::Unknown;
                return ControlFlow::Break(self.broken_off(report));
            }
        }
        self.sent = false;
        self.facts.status = RestoreStatus::NotAccepted;
        let setback = Setback::No(no);
        if setback.is_busy() {
            return match self.wait_out(&setback).await {
                Ok(()) => ControlFlow::Continue(Phase::Trigger(resolved)),
                Err(ended) => ControlFlow::Break(self.not_begun(&ended, "the target stayed busy")),
            };
        }
        ControlFlow::Break(self.not_begun(&setback, "Azure accepted it and then could not begin it"))
    }

    pub(super) async fn find_job(&mut self, missing: Missing) -> ControlFlow<Ending, Phase<S>> {
        if self.facts.request_id().is_none() {
            return self.not_found(missing, None);
        }
        let window = self.patience.at_most(self.around.pace.job_appears);
        let (service, facts, watch) = (self.service, &self.facts, self.around.registry.watch());
        let found =
            poll::follow(&window, self.around.pace.brief, self.around.random.as_ref(), Duration::ZERO, || async {
                let list = watch.list(service, &window).await?;
                Ok::<_, ArmError>(match list.jobs.iter().find(|job| facts.tell_of(job)) {
                    Some(job) => Sighting::Finished(job.clone()),
                    None => Sighting::Running { note: "the job is not in the list".to_owned(), retry_after: None },
                })
            })
            .await;
        let last = match found {
            Ok(job) if self.is_foreign(&job) => return ControlFlow::Break(self.foreign(&job)),
            Ok(job) if matches!(missing, Missing::HandedOver) => return self.take_over_job(&job),
            Ok(job) => {
                self.learn(&job);
                self.tell("found", &format!("Found {} in the vault's list.", adoption::name(&job)));
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
        let looked = match &unreadable {
            _ if self.facts.request_id().is_none() => format!(
                "Neither job_id nor a request id is known by which the vault's job list could be searched (client_request_id is {id:?})."
            ),
            Some(error) => format!("The vault's job list could not be read: {error}."),
            None => format!("The vault lists no job with request id {id}."),
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
        self.sent = true;
        ControlFlow::Break(self.broken_off(report))
    }

    pub(super) async fn follow_job(&mut self, name: String) -> ControlFlow<Ending, Phase<S>> {
        self.facts.job_name = Some(name.clone());
        self.tell("follow", &format!("Following job {}.", shown(&name)));
        let around = self.around;
        let patience = self.patience.clone();
        let service = self.service;
        // A job that is taken up after two hours is not looked at every five seconds again.
        let waited_before = self
            .facts
            .start_time
            .map_or(Duration::ZERO, |start| Duration::try_from(around.clock.now() - start).unwrap_or(Duration::ZERO));
        let rhythm = if service.looks_are_writes() { around.pace.job.slowed() } else { around.pace.job };
        let rhythm = Rhythm { waited_before, ..rhythm };
        let forgiving = around.pace.job_appears;
        let life = tokio::sync::Mutex::new((&mut *self, Instant::now()));
        let waiter = around.registry.watch().wait_for(&service.job_list(), &name);
        let (started, wake) = (Instant::now(), || waiter.changed());
        let followed = poll::follow_woken(&patience, rhythm, around.random.as_ref(), Duration::ZERO, wake, || async {
            if let Listed::Running(note) = waiter.look(service, rhythm.interval(started.elapsed()), &patience).await {
                life.lock().await.1 = Instant::now();
                return Ok(Sighting::Running { note, retry_after: None });
            }
            let look = service.job(&patience, &name).await;
            let (life, last_good_look) = &mut *life.lock().await;
            match look {
                Ok(job) if life.is_foreign(&job) => Err(Broken::Foreign(Box::new(job))),
                Ok(job) => {
                    *last_good_look = Instant::now();
                    life.learn(&job);
                    Ok(match &job.status {
                        JobStatus::InProgress(word) => Sighting::Running { note: word.clone(), retry_after: None },
                        _ => Sighting::Finished(job),
                    })
                }
                // Azure may name a job before it can be read, and a job that ran for hours is not gone with one bad answer.
                Err(error) if error.ended().is_none() && last_good_look.elapsed() < forgiving => {
                    tracing::info!(job = name, error = in_one_line(&error), "the job cannot be read; looking again");
                    Ok(Sighting::Running { note: in_one_line(&error), retry_after: None })
                }
                Err(error) if error.is_not_found() => Err(Broken::Gone),
                Err(error) => Err(Broken::Unreadable(error)),
            }
        })
        .await;
        let goes_on = "The restore goes on, or has ended, in Azure. Nothing is sent again by itself.";
        let ending = match followed {
            Ok(job) => return ControlFlow::Continue(Phase::Collect(Box::new(job))),
            Err(PollError::Ended { ended, last_trouble, .. }) => self.out_of_time(ended, last_trouble),
            Err(PollError::Failed(Broken::Unreadable(error))) => self.broken_off(
                Setback::from(error).report(self.act(&format!("cannot read job {}", shown(&name)))).say(goes_on),
            ),
            Err(PollError::Failed(Broken::Gone)) => self.broken_off(
                Report::new(self.act(&format!("Azure no longer knows job {}", shown(&name))))
                    .say(
                        "The record of the job is gone, so how the restore ended cannot be told. Nothing is sent again \
                         by itself.",
                    )
                    .say(
                        "Look at the target: if the data is there, remove the resource from the state; if it is not, \
                         apply with -replace.",
                    ),
            ),
            Err(PollError::Failed(Broken::Foreign(job))) => self.foreign(&job),
        };
        ControlFlow::Break(ending)
    }

    fn is_foreign(&self, job: &Job) -> bool {
        !job.is_restore_of(&self.service.item_id())
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
            self.service.item_id(),
        )))
    }

    /// Takes over what the job says, and tells of it when something changed.
    fn learn(&mut self, job: &Job) {
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
    fn out_of_time(&self, ended: Ended, last: Option<String>) -> Ending {
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

    /// How it ended, by status and by the codes that say otherwise.
    pub(super) fn collect(&mut self, job: &Job) -> Ending {
        self.learn(job);
        let warned = job.warnings.iter().map(|warning| warning.code.as_str());
        let meaning = hints::meaning(warned.chain(job.errors.iter().flat_map(hints::codes)));
        match self.facts.status {
            RestoreStatus::Completed if meaning != CodeMeaning::NotRestored => Ending::Done,
            RestoreStatus::CompletedWithWarnings
                if meaning != CodeMeaning::NotRestored && self.wish.accept_warnings =>
            {
                self.warn_of_warnings();
                Ending::Done
            }
            _ => Ending::Failed(self.bad_ending(job, meaning)),
        }
    }

    fn bad_ending(&mut self, job: &Job, meaning: CodeMeaning) -> Report {
        let what = match (&self.facts.status, meaning) {
            (_, CodeMeaning::NotRestored) => {
                self.facts.status = RestoreStatus::Failed;
                "the job ended without restoring"
            }
            (_, CodeMeaning::GoesOn) => "the job lost track of it, but it goes on",
            (_, CodeMeaning::DataIsThere) => "the data is there, but tidying up failed",
            (RestoreStatus::Cancelled, _) => "the job was cancelled",
            (RestoreStatus::CompletedWithWarnings, _) => "the job completed with warnings",
            _ => "the job failed",
        };
        let mut report = Report::new(self.act(what));
        for error in &job.errors {
            report = report.azure(error);
        }
        if !self.facts.warnings.is_empty() {
            report = report.say(format!("Azure warns of:\n  - {}", self.facts.warnings.join("\n  - ")));
        }
        for warning in &job.warnings {
            if let Some(hint) = hints::of(&warning.code) {
                report = report.say(hint.advice);
            }
        }
        if self.facts.status == RestoreStatus::CompletedWithWarnings {
            report = report.say("Set `accept_warnings = true` to take this as done.");
        }
        report.say(format!("Job: {}", job.id)).say(format!(
            "Activity id (for Microsoft's support): {}",
            if job.activity_id.is_empty() { "none" } else { &job.activity_id }
        ))
    }
}

/// What one look at a recorded restore tells a refresh. A refresh may find that it completed; any other ending is
/// for an apply to pronounce.
pub async fn glance<S: RestoreService>(
    service: &S,
    patience: &crate::azure::patience::Patience,
    facts: &Facts,
) -> Result<Option<Facts>, Report> {
    let act = format!("Reading the restore of {}", service.subject());
    let unreadable = |error: ArmError| Setback::from(error).report(&act);
    let job = match &facts.job_name {
        Some(name) => match service.job(patience, name).await {
            Ok(job) => Some(job),
            Err(error) if error.is_not_found() => {
                return Err(Report::new(&act).say(format!(
                    "Azure has no record of job {name} (any more). That says nothing about the data, and nothing is \
                     restored again by itself."
                )));
            }
            Err(error) => return Err(unreadable(error)),
        },
        None => service.jobs(patience).await.map_err(unreadable)?.jobs.into_iter().find(|job| facts.tell_of(job)),
    };
    let Some(job) = job.filter(|job| job.is_restore_of(&service.item_id())) else {
        return Ok(None);
    };
    let mut learned = facts.clone();
    learned.learn(&job);
    if learned.status == RestoreStatus::Completed {
        let not_restored =
            hints::meaning(job.warnings.iter().map(|warning| warning.code.as_str())) == CodeMeaning::NotRestored;
        return Ok((!not_restored).then_some(learned));
    }
    // Only what an ending cannot change: which job it is.
    let mut named = facts.clone();
    named.job_id = learned.job_id;
    named.job_name = learned.job_name;
    named.start_time = learned.start_time;
    Ok((named != *facts).then_some(named))
}

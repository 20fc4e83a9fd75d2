//! Before anything is sent: is there a restore of this intent already, in Azure or left by a Delete of this process?

use std::ops::ControlFlow;

use crate::azure::error::ArmError;
use crate::azure::job::JobStatus;
use crate::azure::patience::Patience;
use crate::restore::adoption::{self, Adopt, Verdict};
use crate::restore::facts::{Facts, Job, RestoreStatus, shown};
use crate::restore::jobs::JobReader;
use crate::restore::life::{Ending, Life, Missing, Phase};
use crate::restore::registry::Replaced;
use crate::restore::service::RestoreService;
use crate::restore::setback::{Report, Setback, capitalised};

impl<S: RestoreService> Life<'_, S> {
    pub(super) async fn adopt(&mut self) -> ControlFlow<Ending, Phase<S>> {
        if self.wish.adopt != Adopt::None {
            let list = self.list_names().full;
            self.tell("adopt", &format!("Looking for a restore of the same intent in {list}."));
        }
        match self.look_for_others().await {
            Ok(None) => ControlFlow::Continue(Phase::Resolve),
            Ok(Some(next)) => ControlFlow::Continue(next),
            Err(ending) => ControlFlow::Break(ending),
        }
    }

    /// Reads the job list for restores of the same intent, unless the user wants nothing to be looked at. `None`: nothing
    /// stands in the way of sending.
    pub(super) async fn look_for_others(&mut self) -> Result<Option<Phase<S>>, Ending> {
        if self.wish.adopt == Adopt::None {
            return Ok(None);
        }
        let patience = self.patience.at_most(self.around.pace.before_trigger);
        let jobs = match self.jobs_with_reasons(&patience).await {
            Ok(jobs) => jobs,
            Err(error) => return Err(self.list_unreadable(error, &patience).await),
        };
        let registry = &self.around.registry;
        let verdict = adoption::judge(
            &jobs,
            self.wish.intent,
            &self.service.item().id,
            self.wish.adopt,
            self.wish.accept_warnings,
            self.around.clock.now(),
            |job| registry.is_released(&job.name) || self.is_superseded(job),
        );
        match verdict {
            Verdict::Send => Ok(None),
            Verdict::Take(job) => {
                self.facts = Facts::new(RestoreStatus::InProgress);
                self.facts.learn(job);
                self.tell("adopted", &format!("Taking over {}; nothing is sent.", adoption::name(job)));
                self.facts.reopen();
                Ok(Some(Phase::FollowJob { name: job.name.clone() }))
            }
            Verdict::AlreadyDone(job) => Err(Ending::NotBegun(
                Report::new(self.act("this restore has already run"))
                    .say(format!(
                        "{} restored the same item with the same arguments. Nothing was sent.",
                        capitalised(&adoption::name(job)),
                    ))
                    .say(format!(
                        "Ways on:\n  - take it as this resource (unless it is in the state already): terraform import \
                         ADDRESS {}\n  - accept restores that have completed: adopt = \"completed\"\n  - restore once \
                         more: change a value in `triggers`",
                        self.service.jobs().import_id(&job.id),
                    )),
            )),
            Verdict::NotAsItSays(job, _) => {
                let mut report = Report::new(self.act("an earlier restore must be looked at first"))
                    .say(format!("{} is the same restore. Nothing was sent.", capitalised(&adoption::name(job))));
                for error in &job.errors {
                    report = report.azure(error);
                }
                Err(Ending::NotBegun(report))
            }
            Verdict::ForeignItem(job) => Err(Ending::NotBegun(
                Report::new(self.act("a job of this restore works for another item")).say(format!(
                    "{} carries this restore's request id but works for {}. Nothing was sent. Please report this: it \
                     should not happen.",
                    capitalised(&adoption::name(job)),
                    job.item_id.as_deref().unwrap_or("nothing"),
                )),
            )),
        }
    }

    /// The ending of a restore that was not sent because the list cannot be read.
    async fn list_unreadable(&self, error: ArmError, patience: &Patience) -> Ending {
        let names = self.list_names();
        let setback = if error.is_not_found() {
            let text = format!("The {} that it names is not there.", names.keeper);
            Setback::Missing { argument: self.service.item().argument, text, error: Box::new(error) }
        } else if let Some((argument, text)) = self.service.obstacle(patience).await {
            Setback::Missing { argument, text, error: Box::new(error) }
        } else {
            self.before_trigger(Setback::from(error))
        };
        match self.not_begun(&setback, &format!("cannot read {}", names.full)) {
            Ending::NotBegun(report) if !setback.is_stop() => Ending::NotBegun(
                report.say("Nothing was sent: without the list nobody can tell whether this restore already runs."),
            ),
            ending => ending,
        }
    }

    /// The listed jobs of this intent, with the reasons if the last of them failed: lists leave them out, and a "failed"
    /// one whose restore goes on must not be sent again.
    async fn jobs_with_reasons(&self, patience: &Patience) -> Result<Vec<Job>, ArmError> {
        let list = self.around.registry.watch().list(self.service.jobs(), patience, self.since).await?;
        let mut jobs: Vec<Job> = adoption::of_intent(&list.jobs, self.wish.intent).cloned().collect();
        let last = jobs.iter().max_by_key(|job| job.start_time);
        let Some(name) = last.filter(|job| job.status == JobStatus::Failed).map(|job| job.name.clone()) else {
            return Ok(jobs);
        };
        match self.service.jobs().get(patience, &name).await {
            Ok(whole) => jobs.iter_mut().filter(|job| job.name == name).for_each(|job| *job = whole.clone()),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
        Ok(jobs)
    }

    /// Whether an object that was replaced in this process had restored the same item after `job` began: then `job` is no
    /// longer what the target holds. (The user went from one set of arguments to another, and back.)
    fn is_superseded(&self, job: &Job) -> bool {
        let replaced = self.around.registry.replaced(&self.service.item().id);
        replaced.iter().any(|Replaced { facts, .. }| facts.start_time > job.start_time && !facts.tell_of(job))
    }

    pub(super) async fn take_over(&mut self, warnings_accepted: bool) -> ControlFlow<Ending, Phase<S>> {
        match self.facts.status {
            RestoreStatus::Completed => return ControlFlow::Break(Ending::Done),
            RestoreStatus::CompletedWithWarnings if self.wish.accept_warnings || warnings_accepted => {
                self.warn_of_warnings();
                return ControlFlow::Break(Ending::Done);
            }
            _ if self.facts.is_not_as_it_says() => return self.not_as_it_says(),
            // Azure is asked once more: what a state file says of an ending may have been edited.
            RestoreStatus::CompletedWithWarnings if self.facts.job_name.is_some() => {}
            ref status if !status.is_open() => return self.start_afresh(),
            _ => {}
        }
        let Some(name) = self.facts.job_name.clone() else {
            return ControlFlow::Continue(Phase::FindJob(Missing::HandedOver));
        };
        self.tell("adopt", &format!("The replaced resource waited for job {}; looking how it stands.", shown(&name)));
        let patience = self.patience.at_most(self.around.pace.before_trigger);
        match self.service.jobs().get(&patience, &name).await {
            Ok(job) => self.take_over_job(&job),
            Err(error) if error.is_not_found() && !self.facts.status.is_open() => self.start_afresh(),
            Err(error) => {
                // The ending keeps it in state, so that the job is not forgotten with the resource that was just deleted.
                let report = self
                    .before_trigger(Setback::from(error))
                    .report(self.act(&format!("cannot read job {}", shown(&name))))
                    .say("The job belongs to the resource that is being replaced. Nothing was sent.");
                ControlFlow::Break(self.broken_off(report))
            }
        }
    }

    /// A handed-over restore that is said to have failed, but goes on or is done. Kept, so that it is not sent again when
    /// the record of its job is gone; new `triggers` make another intent.
    fn not_as_it_says(&mut self) -> ControlFlow<Ending, Phase<S>> {
        let report = Report::new(self.act("an earlier restore must be looked at first"))
            .say(format!(
                "Job {} is the same restore. Nothing was sent.",
                self.facts.job_name.as_deref().unwrap_or_default()
            ))
            .say(self.facts.advice());
        ControlFlow::Break(Ending::Failed(report))
    }

    /// A handed-over job is this restore if it runs or has ended well; otherwise that attempt is over.
    pub(super) fn take_over_job(&mut self, job: &Job) -> ControlFlow<Ending, Phase<S>> {
        let mut facts = self.facts.clone();
        facts.learn(job);
        if facts.is_not_as_it_says() {
            self.facts = facts;
            return self.not_as_it_says();
        }
        let ended_badly = match facts.status {
            RestoreStatus::CompletedWithWarnings => !self.wish.accept_warnings,
            RestoreStatus::Failed | RestoreStatus::Cancelled => true,
            _ => false,
        };
        if ended_badly {
            return self.start_afresh();
        }
        self.facts = facts;
        self.tell("adopted", &format!("Taking over {}; nothing is sent.", adoption::name(job)));
        self.facts.reopen();
        ControlFlow::Continue(Phase::FollowJob { name: job.name.clone() })
    }

    /// Lets go of what was handed over; the attempt it belonged to is over.
    pub(super) fn start_afresh(&mut self) -> ControlFlow<Ending, Phase<S>> {
        if let Some(name) = self.facts.job_name.take() {
            self.around.registry.release(&name);
        }
        self.facts = Facts::new(RestoreStatus::NotAccepted);
        ControlFlow::Continue(Phase::Adopt)
    }
}

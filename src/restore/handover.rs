//! Before anything is sent: is there a restore of this intent already, in Azure or left by a Delete of this process?

use std::ops::ControlFlow;
use std::sync::Arc;

use time::Duration;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, LastError, in_one_line};
use crate::azure::job::JobStatus;
use crate::restore::activity::ActivityWords;
use crate::restore::adoption::{self, Adopt, AdoptionDecision};
use crate::restore::error::{RestoreError, UserMessage, capitalised};
use crate::restore::jobs::{JobList, half_listed};
use crate::restore::life::{Ending, FARTHEST_BACK, Life, Missing, Phase};
use crate::restore::record::{Job, RestoreRecord, RestoreStatus, shown};
use crate::restore::registry::{Discharge, Replaced};

/// A job that a list has not shown by now began no longer ago than this.
const LONGEST_UNLISTED: Duration = Duration::DAY;
/// A clock that has moved by this much while a list was read has been set; a list is given a few minutes.
const CLOCK_WAS_SET: Duration = Duration::HOUR;

impl<'a> Life<'a> {
    pub(super) async fn adopt(&mut self) -> ControlFlow<Ending, Phase<'a>> {
        let (list, noun) = (self.list_names().full, self.words().noun);
        self.report_progress("adopt", &format!("Searching for a {noun} with the same arguments in {list}."));
        match self.find_existing_restore().await {
            Ok(None) => ControlFlow::Continue(Phase::Resolve),
            Ok(Some(next)) => ControlFlow::Continue(next),
            Err(ending) => ControlFlow::Break(ending),
        }
    }

    /// Searches the job list for a restore of the same intent. Returns the phase that goes on with it, or `None` if there
    /// is none and the restore may be sent.
    pub(super) async fn find_existing_restore(&mut self) -> Result<Option<Phase<'a>>, Ending> {
        let (adopts_none, wait_times) = (self.options.adopt == Adopt::None, &self.context.wait_times);
        let patience = if adopts_none { wait_times.job_appears } else { wait_times.before_trigger };
        let deadline = self.deadline.at_most(patience);
        let (jobs, unexplained) = match self.jobs_with_reasons(&deadline).await {
            Ok(read) => read,
            // Who adopts nothing may lack the right to list jobs.
            Err(error) if adopts_none => {
                let error = in_one_line(&error);
                warn!(error, "adopt is none: going on without knowing whether the same job runs");
                return Ok(None);
            }
            Err(error) => return Err(self.list_unreadable(error, &deadline).await),
        };
        let registry = &self.context.registry;
        let decision = adoption::judge(
            &jobs,
            self.options.intent,
            &self.service.item().id,
            self.options.adopt,
            self.options.accept_warnings,
            self.context.clock.now(),
            |job| {
                registry.discharged(&job.name) == Some(Discharge::Released)
                    || self.is_superseded(job)
                    || self.ended_before_last_attempt(job)
            },
        );
        let ActivityWords { noun, verb, does, done, place, .. } = self.words();
        match decision {
            AdoptionDecision::Send => match unexplained
                .filter(|_| !adopts_none)
                .filter(|job| registry.discharged(&job.name).is_none() && !self.ended_before_last_attempt(job))
            {
                Some(job) => Err(Ending::NotBegun(
                    self.act(&format!("an earlier {noun} must be checked first"))
                        .say(format!(
                            "{} is the same {noun}, and Azure does not say why it failed: it may go on all the same. \
                             Nothing was sent.",
                            capitalised(&adoption::name(&job))
                        ))
                        .say(format!("Check {place}. To {verb} once more: change a value in `triggers`.")),
                )),
                None => Ok(None),
            },
            AdoptionDecision::Take(job) => {
                // What this very life has sent and Azure had not taken yet is no news to anybody.
                if self.record.client_request_id.is_none() {
                    let ended = job.status.is_ended();
                    self.warn_of_nothing_sent(
                        ended,
                        format!(
                            "{} {does} the same item with the same arguments. {}",
                            capitalised(&adoption::name(job)),
                            if ended {
                                format!("It is taken as this {noun} because of `adopt = \"completed\"`.")
                            } else {
                                "Another run started it. This apply takes it over and waits for its end.".to_owned()
                            }
                        ),
                    );
                }
                // What another run has sent may put files elsewhere.
                let own = self.record.client_request_id.is_some();
                let restored_files = std::mem::take(&mut self.record.restored_files);
                self.record = RestoreRecord::new(RestoreStatus::InProgress);
                self.record.restored_files = if own { restored_files } else { Vec::new() };
                self.record.learn(job);
                self.report_progress("adopted", &format!("Adopting {}; no {noun} is sent.", adoption::name(job)));
                self.record.reopen();
                Ok(Some(Phase::FollowJob { name: job.name.clone() }))
            }
            AdoptionDecision::RunsUnadopted(job) => Err(Ending::NotBegun(
                self.act(&format!("this {noun} is already running"))
                    .say(format!(
                        "{} {does} the same item with the same arguments, and `adopt = \"none\"` adopts no {noun}. \
                         Nothing was sent.",
                        capitalised(&adoption::name(job)),
                    ))
                    .say(format!(
                        "To go on:\n  - wait for this job, if the resource is in the state and tainted: terraform \
                         untaint ADDRESS, then apply\n  - wait for this job in any case: adopt = \"running\"\n  - take \
                         it as this resource (unless it is in the state already): terraform import ADDRESS {}\n  - \
                         {verb} once more, beside it: change a value in `triggers`\nOnce it has ended, the next \
                         apply {does} again.",
                        self.service.jobs().import_id(&job.id),
                    )),
            )),
            AdoptionDecision::AlreadyDone(job) => {
                // Of an older one it would be no way on.
                let accepting = if adoption::is_recent(job, self.context.clock.now()) {
                    format!("\n  - accept {noun}s that have completed within 24 hours: adopt = \"completed\"")
                } else {
                    String::new()
                };
                let message = self
                    .act(&format!("this {noun} has already run"))
                    .say(format!(
                        "{} {done} the same item with the same arguments. Nothing was sent.",
                        capitalised(&adoption::name(job)),
                    ))
                    .say(format!(
                        "To go on:\n  - take it as this resource (unless it is in the state already): terraform \
                         import ADDRESS {}{accepting}\n  - {verb} once more: change a value in `triggers`",
                        self.service.jobs().import_id(&job.id),
                    ));
                Err(Ending::NotBegun(self.with_former(message)))
            }
            AdoptionDecision::Misreported(job) => {
                let mut message = self
                    .act(&format!("an earlier {noun} must be checked first"))
                    .say(format!("{} is the same {noun}. Nothing was sent.", capitalised(&adoption::name(job))));
                for error in &job.errors {
                    message = message.azure(error);
                }
                Err(Ending::NotBegun(message))
            }
            AdoptionDecision::ForeignItem(job) => {
                Err(Ending::NotBegun(self.act(&format!("a job of this {noun} works for another item")).say(format!(
                    "{} carries this {noun}'s request id but works for {}. Nothing was sent. Please report this: it \
                     should not happen.",
                    capitalised(&adoption::name(job)),
                    job.item_id.as_deref().unwrap_or("nothing"),
                ))))
            }
        }
    }

    /// The ending of a restore that was not sent because the list cannot be read.
    async fn list_unreadable(&self, error: ArmError, deadline: &Deadline) -> Ending {
        let (names, noun) = (self.list_names(), self.words().noun);
        let error = if error.is_not_found() {
            let text = format!("The {} that it names is not there.", names.keeper);
            RestoreError::Missing { argument: self.service.item().argument, text, error: Box::new(error) }
        } else if let Some((argument, text)) = self.service.diagnose_list_failure(deadline).await {
            RestoreError::Missing { argument, text, error: Box::new(error) }
        } else {
            self.before_trigger(RestoreError::from(error))
        };
        match self.not_begun(&error, &format!("cannot read {}", names.full)) {
            Ending::NotBegun(message) if !error.is_stop() => Ending::NotBegun(
                message
                    .say(format!(
                        "Nothing was sent: without the list it is not known whether this {noun} already runs."
                    ))
                    .say(format!(
                        "To go on: apply again later. If you have made sure that this {noun} does not run, set \
                         adopt = \"none\" for one apply: then a list that cannot be read does not stop the {noun}."
                    )),
            ),
            ending => ending,
        }
    }

    /// The listed jobs of this intent. Those that decide are read by their names: a list may be old, and leaves out the
    /// codes that say how a job has really ended. With the last one, if it has failed and its reasons cannot be read.
    async fn jobs_with_reasons(&mut self, deadline: &Deadline) -> Result<(Vec<Job>, Option<Job>), ArmError> {
        let list = self.jobs_that_may_be_this_restore(deadline).await?;
        let mut jobs: Vec<Job> = adoption::of_intent(&list.jobs, self.options.intent).cloned().collect();
        let (reader, item_id, intent) = (self.service.jobs(), self.service.item().id, self.options.intent);
        let of_intent = |job: &Job| intent.began(&job.activity_id);
        jobs.extend(half_listed(reader, deadline, &list.jobs, &item_id, &of_intent).await?);
        let mut unexplained = None;
        let last = jobs.iter().map(|job| job.start_time).max();
        // Our id on another item is an error, whatever the job itself says.
        let ours = jobs.iter_mut().filter(|job| job.is_of(&item_id));
        for job in ours.filter(|job| !job.status.is_ended() || Some(job.start_time) == last) {
            match self.service.jobs().get(deadline, &job.name).await {
                Ok(whole) => job.update(whole),
                Err(error) if job.status == JobStatus::Failed && error.is_not_found() => {
                    unexplained = Some(job.clone())
                }
                // Of any other, what the list says leads to no second restore.
                Err(error) if job.status == JobStatus::Failed => return Err(error),
                Err(error) => info!(job = job.name, error = in_one_line(&error), "the job cannot be read"),
            }
        }
        Ok((jobs, unexplained))
    }

    /// The jobs of as long ago as Azure may remember: a completed one stands in the way whatever its age. Once that was
    /// read, only what has begun since can be new.
    async fn jobs_that_may_be_this_restore(&mut self, deadline: &Deadline) -> Result<Arc<JobList>, ArmError> {
        let (lists, clock) = (self.context.registry.job_lists(), &self.context.clock);
        loop {
            let asked_at = clock.now();
            let since = match self.list_read_at {
                Some(read_at) => read_at.saturating_sub(LONGEST_UNLISTED),
                None => asked_at.saturating_sub(FARTHEST_BACK),
            };
            let list = lists.list(self.service.jobs(), deadline, since).await?;
            // The first answer of a process may set the clock: then other times were asked about than were meant.
            if (clock.now() - asked_at).abs() < CLOCK_WAS_SET {
                self.list_read_at.get_or_insert(asked_at);
                return Ok(list);
            }
        }
    }

    /// Whether an object that was replaced in this process had restored the same item to the same place after `job` began:
    /// then `job` is no longer what the target holds. (The user went from one set of arguments to another, and back.)
    fn is_superseded(&self, job: &Job) -> bool {
        let replaced = self.context.registry.replaced(&self.service.item().id);
        replaced.iter().any(|Replaced { extent, record, .. }| {
            extent.overlaps(&self.options.extent) && record.start_time > job.start_time && !record.identifies(job)
        })
    }

    /// Whether `job` had ended when the last attempt was sent, which is over. It did not stand in the way then
    /// (`-replace`), and does not now: what Azure has not taken is still wanted.
    fn ended_before_last_attempt(&self, job: &Job) -> bool {
        // A state file may say anything.
        let sent = self.last_attempt.map(|sent| sent.min(self.context.clock.now()));
        job.end_time.zip(sent).is_some_and(|(ended, sent)| ended <= sent)
    }

    pub(super) async fn take_over(
        &mut self,
        warnings_accepted: bool,
        wanted_again: bool,
    ) -> ControlFlow<Ending, Phase<'a>> {
        match self.record.status {
            RestoreStatus::Completed => {
                let job = self.recorded_job();
                self.warn_of_taking_over(&job, true);
                self.tell_what_azure_adds();
                return ControlFlow::Break(Ending::Done);
            }
            RestoreStatus::CompletedWithWarnings if self.options.accept_warnings || warnings_accepted => {
                let job = self.recorded_job();
                self.warn_of_taking_over(&job, true);
                self.warn_of_warnings();
                return ControlFlow::Break(Ending::Done);
            }
            _ if self.record.is_misreported() => return self.misreported(),
            // Azure is asked once more: what a state file says of an ending may have been edited.
            RestoreStatus::CompletedWithWarnings if self.record.job_name.is_some() => {}
            ref status if !status.is_open() => return self.start_afresh(),
            _ => {}
        }
        let Some(name) = self.record.job_name.clone() else {
            return ControlFlow::Continue(Phase::FindJob(Missing::HandedOver { wanted_again }));
        };
        self.report_progress(
            "adopt",
            &format!("The replaced resource waited for job {}; reading its status.", shown(&name)),
        );
        match self.job_left_behind(&name).await {
            Ok(job) => self.take_over_job(&job, wanted_again),
            Err(error) if error.is_not_found() && (wanted_again || !self.record.status.is_open()) => {
                self.start_afresh()
            }
            Err(error) if error.is_not_found() => {
                let what = format!("Azure no longer knows job {}", shown(&name));
                let message = self.act(&what).say("The job belongs to the resource that is replaced.");
                ControlFlow::Break(self.record_is_gone(message, true))
            }
            Err(error) => {
                // The ending keeps it in state, so that the job is not forgotten with the resource that was just deleted.
                let last = LastError::from(&error);
                let message = self
                    .before_trigger(RestoreError::from(error))
                    .to_message(self.act(&format!("cannot read job {}", shown(&name))))
                    .say("The job belongs to the resource that is being replaced. Nothing was sent.");
                ControlFlow::Break(self.broken_off(message, Some(&last)))
            }
        }
    }

    /// The job of the record, as messages name it.
    fn recorded_job(&self) -> String {
        let name = self.record.job_name.as_deref().or(self.record.client_request_id.as_deref());
        format!("job {} ({})", shown(name.unwrap_or_default()), self.record.status.as_str())
    }

    fn warn_of_taking_over(&mut self, job: &str, ended: bool) {
        let ActivityWords { noun, does, .. } = self.words();
        self.warn_of_nothing_sent(
            ended,
            format!(
                "{} belongs to the resource that this apply replaced, and {does} the same item with the same \
                 arguments. {}",
                capitalised(job),
                if ended {
                    format!("It is taken as this {noun}.")
                } else {
                    "This apply takes it over and waits for its end.".to_owned()
                }
            ),
        );
    }

    /// Whoever reads "Creation complete" would think that this apply has restored.
    fn warn_of_nothing_sent(&mut self, ended: bool, why: String) {
        let ActivityWords { noun, verb, .. } = self.words();
        let (subject, what) = (self.subject(), if ended { "had already run" } else { "was already running" });
        self.warnings.push(
            UserMessage::new(format!("Nothing was sent: the {noun} of {subject} {what}"))
                .say(why)
                .say(format!("To {verb} once more, change a value in `triggers`.")),
        );
    }

    /// A handed-over restore that is said to have failed, but goes on or is done. Kept, so that it is not sent again when
    /// the record of its job is gone; new `triggers` make another intent.
    fn misreported(&mut self) -> ControlFlow<Ending, Phase<'a>> {
        let noun = self.words().noun;
        let message = self
            .act(&format!("an earlier {noun} must be checked first"))
            .say(format!(
                "Job {} is the same {noun}. Nothing was sent.",
                self.record.job_name.as_deref().unwrap_or_default()
            ))
            .say(self.record.advice(self.service.workload()));
        ControlFlow::Break(Ending::Failed(message))
    }

    /// The job of a replaced resource, by its name. One that state says is running may be named before it can be read.
    async fn job_left_behind(&self, name: &str) -> Result<Job, ArmError> {
        let deadline = self.deadline.at_most(self.context.wait_times.before_trigger);
        let asked = Instant::now();
        loop {
            match self.service.jobs().get(&deadline, name).await {
                Err(error)
                    if error.is_not_found()
                        && self.record.status.is_open()
                        && asked.elapsed() < self.context.wait_times.job_appears =>
                {
                    let interrupted = deadline.sleep(self.context.wait_times.first_poll).await;
                    interrupted.map_err(|interrupted| ArmError::Interrupted {
                        interrupted,
                        last: Some(LastError::from(&error)),
                    })?;
                }
                answer => return answer,
            }
        }
    }

    /// A handed-over job is this restore if it runs, or has ended well and is not wanted again; otherwise that attempt is
    /// over.
    pub(super) fn take_over_job(&mut self, job: &Job, wanted_again: bool) -> ControlFlow<Ending, Phase<'a>> {
        if !job.may_work_for(&self.service.item().id) {
            return ControlFlow::Break(self.foreign(job));
        }
        let mut record = self.record.clone();
        record.learn(job);
        if wanted_again && record.has_ended_well() {
            self.context.registry.want_again(self.options.intent, record.clone());
            self.record = record;
            return self.start_afresh();
        }
        if record.is_misreported() {
            self.record = record;
            return self.misreported();
        }
        let ended_badly = match record.status {
            RestoreStatus::CompletedWithWarnings => !self.options.accept_warnings,
            RestoreStatus::Failed | RestoreStatus::Cancelled => true,
            _ => false,
        };
        if ended_badly {
            return self.start_afresh();
        }
        self.warn_of_taking_over(&adoption::name(job), job.status.is_ended());
        self.record = record;
        let noun = self.words().noun;
        self.report_progress("adopted", &format!("Adopting {}; no {noun} is sent.", adoption::name(job)));
        self.record.reopen();
        ControlFlow::Continue(Phase::FollowJob { name: job.name.clone() })
    }

    /// Discards what was handed over, whose attempt is over, and begins a new restore.
    pub(super) fn start_afresh(&mut self) -> ControlFlow<Ending, Phase<'a>> {
        let registry = &self.context.registry;
        self.last_attempt = self.record.sent_at().max(self.record.start_time);
        match &self.record.job_name {
            Some(name) => registry.discharge(name, Discharge::Released),
            // If this attempt cannot begin, the next apply must know of the one before all the same.
            None if self.record.sent_at().is_some() => {
                registry.want_again(self.options.intent, self.record.clone());
            }
            None => {}
        }
        self.record = RestoreRecord::new(RestoreStatus::NotAccepted);
        ControlFlow::Continue(Phase::Adopt)
    }
}

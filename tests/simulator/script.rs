//! What will happen to a thing that runs: steps counted in looks, never in seconds. The last step stays.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;

use super::error::ServiceError;

/// How a job ends.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Completed,
    /// The status says Completed, `errorDetails` say what did not happen all the same.
    CompletedWithErrors(Vec<ServiceError>),
    CompletedWithWarnings(Vec<Warning>),
    Failed(Vec<ServiceError>),
    Cancelled,
}

impl Ending {
    pub fn failed(code: &str, message: &str, recommended_action: &str) -> Self {
        Self::Failed(vec![ServiceError::new(code, message).recommend(recommended_action)])
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::Completed | Self::CompletedWithErrors(_) => "Completed",
            Self::CompletedWithWarnings(_) => "CompletedWithWarnings",
            Self::Failed(_) => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// One entry of a job's `warningDetails`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    pub resource_name: String,
    pub warning: ServiceError,
}

impl Warning {
    /// What a cluster's job says of one of its resources.
    pub fn kubernetes(resource: &str) -> Self {
        let warning = ServiceError::new(
            "KubernetesBackupGenericWarning",
            &format!("Operation completed with warnings: {resource} was left out."),
        );
        Self { resource_name: resource.into(), warning: warning.recommend("Look at the logs of the backup extension.") }
    }
}

/// What one read of a job shows.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum JobView {
    /// Running, in Azure's word: `InProgress`, `Cancelling`, one nobody has heard of.
    Running(String),
    /// A 200 whose properties hold next to nothing.
    Bare,
    /// 500 `RestApiInternalError`.
    ServerError,
    /// 404. As a last step: the record has aged out.
    Missing,
    Ended(Ending),
}

/// One step: what is shown, and for how many looks. `None`: until it is released by hand (or for ever, if it is the last).
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ScriptStep {
    pub view: JobView,
    #[serde(default)]
    pub looks: Option<u32>,
}

/// What Azure gives back as the job's `activityID`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ActivityId {
    /// The trigger's `x-ms-client-request-id`.
    #[default]
    Echoed,
    /// The same with something appended, as the portal does.
    Suffixed(String),
    Upper,
    Replaced(String),
}

/// The whole life of one job.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct JobScript {
    pub steps: Vec<ScriptStep>,
    /// How many reads of the job list do not show the job yet; `None`: the list never shows it.
    #[serde(default = "at_once")]
    pub listed_after: Option<u32>,
    /// Whether a read of the list counts as a look. It does in rehearsals: of several restores that wait, none is read by
    /// itself until the list shows an end.
    #[serde(default = "yes")]
    pub moved_by_lists: bool,
    #[serde(default)]
    pub activity_id: ActivityId,
}

#[allow(clippy::unnecessary_wraps, reason = "serde wants a function of the field's type")]
fn at_once() -> Option<u32> {
    Some(0)
}

fn yes() -> bool {
    true
}

impl Default for JobScript {
    fn default() -> Self {
        Self::completes()
    }
}

impl JobScript {
    /// Running for one look, then Completed.
    pub fn completes() -> Self {
        Self::running(1).then(Ending::Completed)
    }

    pub fn fails(code: &str, message: &str, recommended_action: &str) -> Self {
        Self::running(1).then(Ending::failed(code, message, recommended_action))
    }

    pub fn cancelled() -> Self {
        Self::running(1).then(Ending::Cancelled)
    }

    pub fn completes_with_warnings(warnings: Vec<Warning>) -> Self {
        Self::running(1).then(Ending::CompletedWithWarnings(warnings))
    }

    /// Running until it is released or finished by hand; released, it completes.
    pub fn held() -> Self {
        Self::of(ScriptStep { view: JobView::Running("InProgress".into()), looks: None }).then(Ending::Completed)
    }

    /// Running for `looks` looks; say with [`JobScript::then`] what comes after.
    pub fn running(looks: u32) -> Self {
        Self::of(ScriptStep { view: JobView::Running("InProgress".into()), looks: Some(looks) })
    }

    pub fn ended(ending: Ending) -> Self {
        Self::of(ScriptStep { view: JobView::Ended(ending), looks: None })
    }

    pub fn of(step: ScriptStep) -> Self {
        Self { steps: vec![step], listed_after: Some(0), moved_by_lists: false, activity_id: ActivityId::Echoed }
    }

    /// Appends an ending. After an ending with limited looks more may follow: see [`JobScript::then_gone`].
    pub fn then(self, ending: Ending) -> Self {
        self.step(JobView::Ended(ending), None)
    }

    /// The ending is shown for `looks` looks, then the record is gone: 404.
    pub fn then_gone(mut self, looks: u32) -> Self {
        if let Some(last) = self.steps.last_mut() {
            last.looks = Some(looks);
        }
        self.step(JobView::Missing, None)
    }

    pub fn step(mut self, view: JobView, looks: Option<u32>) -> Self {
        self.steps.push(ScriptStep { view, looks });
        self
    }

    /// Puts a step before all others: a 500 on the first read, an almost empty first body.
    pub fn first(mut self, view: JobView, looks: u32) -> Self {
        self.steps.insert(0, ScriptStep { view, looks: Some(looks) });
        self
    }

    pub fn listed_after(mut self, reads: u32) -> Self {
        self.listed_after = Some(reads);
        self
    }

    pub fn never_listed(mut self) -> Self {
        self.listed_after = None;
        self
    }

    pub fn moved_by_lists(mut self) -> Self {
        self.moved_by_lists = true;
        self
    }

    pub fn activity_id(mut self, activity_id: ActivityId) -> Self {
        self.activity_id = activity_id;
        self
    }
}

/// How far a script has come.
#[derive(Clone, Debug)]
pub struct Progress {
    script: JobScript,
    position: usize,
    looked: u32,
    listed: u32,
}

impl Progress {
    pub fn new(script: JobScript) -> Self {
        let mut progress = Self { script, position: 0, looked: 0, listed: 0 };
        progress.settle();
        progress
    }

    /// What a look would show now.
    pub fn view(&self) -> JobView {
        self.script.steps.get(self.position).map_or(JobView::Missing, |step| step.view.clone())
    }

    pub fn ending(&self) -> Option<&Ending> {
        // A record that has aged out had ended before.
        self.script.steps.iter().take(self.position + 1).rev().find_map(|step| match &step.view {
            JobView::Ended(ending) => Some(ending),
            _ => None,
        })
    }

    /// One look: what it shows, then the step it was the last look of is left.
    pub fn look(&mut self) -> JobView {
        let view = self.view();
        self.looked = self.looked.saturating_add(1);
        self.settle();
        view
    }

    /// One read of the list: whether the job is on it.
    pub fn list(&mut self) -> bool {
        let listed = self.script.listed_after.is_some_and(|after| self.listed >= after);
        self.listed = self.listed.saturating_add(1);
        if listed && self.script.moved_by_lists {
            self.look();
        }
        listed && self.view() != JobView::Missing
    }

    /// Leaves the present step, held or not. The last step stays.
    pub fn advance(&mut self) {
        if self.position + 1 < self.script.steps.len() {
            self.position += 1;
            self.looked = 0;
            self.settle();
        }
    }

    pub fn finish(&mut self, ending: Ending) {
        self.script =
            JobScript { steps: vec![ScriptStep { view: JobView::Ended(ending), looks: None }], ..self.script.clone() };
        self.position = 0;
        self.looked = 0;
    }

    /// Somebody cancels it: it says so for one look.
    pub fn cancel(&mut self) {
        let steps = JobScript::of(ScriptStep { view: JobView::Running("Cancelling".into()), looks: Some(1) })
            .then(Ending::Cancelled)
            .steps;
        self.script = JobScript { steps, ..self.script.clone() };
        self.position = 0;
        self.looked = 0;
    }

    pub fn list_from_now(&mut self) {
        self.script.listed_after = Some(0);
    }

    pub fn forget(&mut self) {
        self.script.steps.truncate(self.position + 1);
        self.script.steps.push(ScriptStep { view: JobView::Missing, looks: None });
        self.position += 1;
        self.looked = 0;
    }

    pub fn activity_id(&self) -> &ActivityId {
        &self.script.activity_id
    }

    fn settle(&mut self) {
        while let Some(step) = self.script.steps.get(self.position)
            && step.looks.is_some_and(|looks| self.looked >= looks)
            && self.position + 1 < self.script.steps.len()
        {
            self.position += 1;
            self.looked = 0;
        }
    }
}

/// The whole life of one ARM operation.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct OperationScript {
    /// How many looks say `Inprogress`.
    pub looks: u32,
    /// `None`: it succeeds.
    #[serde(default)]
    pub failure: Option<ServiceError>,
    /// After it has ended its status cannot be read: 404.
    #[serde(default)]
    pub lost: bool,
}

impl Default for OperationScript {
    fn default() -> Self {
        Self { looks: 1, failure: None, lost: false }
    }
}

impl OperationScript {
    pub fn succeeds_after(looks: u32) -> Self {
        Self { looks, ..Self::default() }
    }

    pub fn fails(failure: ServiceError) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }

    pub fn is_lost() -> Self {
        Self { lost: true, ..Self::default() }
    }
}

/// What will happen to restores, validations and operations: what is queued, then what holds for all.
#[derive(Clone, Debug, Default)]
pub struct Scripts {
    pub restore: JobScript,
    pub next_restores: VecDeque<JobScript>,
    /// By the name of the item in lower case; these go first.
    pub next_restores_of: BTreeMap<String, VecDeque<JobScript>>,
    pub validation: OperationScript,
    pub next_validations: VecDeque<OperationScript>,
    pub operation: OperationScript,
    pub next_operations: VecDeque<OperationScript>,
}

impl Scripts {
    /// Of a restore of this item that begins now.
    pub fn of_restore(&mut self, item: &str) -> JobScript {
        let own = self.next_restores_of.get_mut(&item.to_lowercase()).and_then(VecDeque::pop_front);
        own.or_else(|| self.next_restores.pop_front()).unwrap_or_else(|| self.restore.clone())
    }

    pub fn of_validation(&mut self) -> OperationScript {
        self.next_validations.pop_front().unwrap_or_else(|| self.validation.clone())
    }

    /// Of the operation that leads to a restore.
    pub fn of_operation(&mut self) -> OperationScript {
        self.next_operations.pop_front().unwrap_or_else(|| self.operation.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(progress: &mut Progress, count: usize) -> Vec<JobView> {
        (0..count).map(|_| progress.look()).collect()
    }

    fn running() -> JobView {
        JobView::Running("InProgress".into())
    }

    #[test]
    fn a_script_is_moved_by_looks_and_its_last_step_stays() {
        let mut progress = Progress::new(JobScript::running(2).then(Ending::Completed));
        let ended = JobView::Ended(Ending::Completed);
        assert_eq!(looks(&mut progress, 4), [running(), running(), ended.clone(), ended]);
    }

    #[test]
    fn a_held_job_runs_until_it_is_released() {
        let mut progress = Progress::new(JobScript::held());
        assert_eq!(looks(&mut progress, 3), [running(), running(), running()]);
        progress.advance();
        assert_eq!(progress.look(), JobView::Ended(Ending::Completed));
    }

    #[test]
    fn a_record_that_is_gone_had_ended_before() {
        let mut progress = Progress::new(JobScript::running(0).then(Ending::Cancelled).then_gone(1));
        assert_eq!(looks(&mut progress, 2), [JobView::Ended(Ending::Cancelled), JobView::Missing]);
        assert_eq!(progress.ending(), Some(&Ending::Cancelled));
    }

    #[test]
    fn a_list_may_show_a_job_late_or_never() {
        let mut late = Progress::new(JobScript::held().listed_after(2));
        assert_eq!([late.list(), late.list(), late.list()], [false, false, true]);
        let mut never = Progress::new(JobScript::held().never_listed());
        assert!(!never.list());
    }

    #[test]
    fn lists_are_looks_only_where_the_script_says_so() {
        let mut still = Progress::new(JobScript::completes());
        still.list();
        assert_eq!(still.view(), running());
        let mut moved = Progress::new(JobScript::completes().moved_by_lists());
        moved.list();
        assert_eq!(moved.view(), JobView::Ended(Ending::Completed));
    }

    #[test]
    fn a_finished_job_can_be_told_how_it_ended_by_hand() {
        let mut progress = Progress::new(JobScript::held());
        progress.finish(Ending::Cancelled);
        assert_eq!(progress.ending(), Some(&Ending::Cancelled));
        progress.forget();
        assert_eq!(progress.look(), JobView::Missing);
        assert_eq!(progress.ending(), Some(&Ending::Cancelled));
    }
}

//! The plan of a restore: what replaces it, what an interrupted one still has to find out, what the user is warned
//! about.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::arguments::TIMEOUTS;
use super::core::Difference;
use super::private_state::{PrivateState, ReplaceReason};
use super::results::{self, FOUND_OUT_BY_WAITING};
use super::{RestoreResource, state};
use crate::azure::deadline::Deadline;
use crate::connection::Preflight;
use crate::restore::activity::ActivityWords;
use crate::restore::adoption::Adopt;
use crate::restore::argument_path::{self, ArgumentPath};
use crate::restore::error::{UserMessage, capitalised};
use crate::restore::life::{Life, RestoreContext};
use crate::restore::progress::Progress;
use crate::restore::record::{RestoreRecord, RestoreStatus, instant, shown};
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::tfplugin::resource::{Call, Plan};
use crate::tfplugin::timeouts::Timeouts;
use crate::tfplugin::value::{Path, Value};

/// Warnings with a summary of their own, for each kind of restore in a process.
const WARNED_BY_NAME: usize = 10;

impl RestoreResource {
    pub(super) async fn plan(&self, call: &Call, plan: &mut Plan) {
        let mut private_state = PrivateState::of(&plan.private);
        match plan.prior.clone() {
            None => self.plan_create(call, plan, &mut private_state).await,
            Some(prior) if prior.get("imported").as_bool() == Some(true) => {
                private_state.reason = Some(ReplaceReason::Neither);
                self.plan_imported(plan, &prior);
            }
            Some(prior) => self.plan_change(call, plan, &prior, &mut private_state).await,
        }
        plan.private = private_state.private();
    }

    /// A message on the argument that names the protected item.
    pub(super) fn on_the_item(&self, object: &Value, summary: &str) -> UserMessage {
        UserMessage { argument: self.kind().item_path(object), ..UserMessage::new(summary) }
    }

    /// Two resources want one restore; `why` says which else.
    pub(super) fn asked_for_twice(&self, object: &Value, why: &str) -> UserMessage {
        let noun = self.words().noun;
        self.on_the_item(object, &format!("The same {noun} is asked for twice")).say(format!(
            "{}. Each {noun} needs a resource of its own; if it shall run twice, give them different `triggers`.",
            capitalised(why)
        ))
    }

    pub(super) fn words(&self) -> ActivityWords {
        self.kind().activity().words()
    }

    /// A create, the second leg of a replacement, or a tainted object.
    async fn plan_create(&self, call: &Call, plan: &mut Plan, private_state: &mut PrivateState) {
        plan.planned.set("imported", false);
        if let Some(report) = self.core().undecided_limit(&plan.config) {
            plan.diagnostics.push(diagnostic(Severity::Error, &report));
            return;
        }
        let noun = self.words().noun;
        if let Some(intent) = self.core().intent(&plan.planned)
            && let Err(duplicate) = self.registry().plan(intent)
        {
            let message = self.asked_for_twice(&plan.planned, &format!("{duplicate} {noun}"));
            plan.diagnostics.push(diagnostic(Severity::Error, &message));
            return;
        }
        // Terraform drops the warnings of a second leg; asking Azure for them would be in vain.
        if !private_state.warned && private_state.reason.is_none() {
            self.warn_about_creation(call, plan).await;
        }
    }

    /// Warnings and checks of a plan that begins a restore.
    async fn warn_about_creation(&self, call: &Call, plan: &mut Plan) {
        plan.diagnostics.extend(self.core().validate_at_creation(&plan.config, self.now()));
        // The plan has warned already; after the restore the warning would read as if something were still to come.
        if call.is_plan_of_apply() {
            return;
        }
        if let Some(warning) = self.recorded_and_not_adopted(&plan.planned) {
            plan.diagnostics.push(warning);
        } else if let Some(warning) = self.taken_over(&plan.planned) {
            plan.diagnostics.push(warning);
            return;
        }
        if let Some(message) = self.kind().overwrites(&plan.planned) {
            let message = self.folded(message, "Restoring overwrites what is there, in more places");
            plan.diagnostics.push(diagnostic(Severity::Warning, &message));
        }
        for message in self.kind().left_to_azure(&plan.planned) {
            let message = self.folded(message, "Azure decides what is not set, in more places");
            plan.diagnostics.push(diagnostic(Severity::Warning, &message));
        }
        if !plan.diagnostics.has_errors() {
            self.preflight(call, plan).await;
        }
    }

    /// What the apply does instead of restoring, if the state has this restore already. Terraform shows a tainted object to
    /// the provider as one that is not there.
    fn taken_over(&self, planned: &Value) -> Option<Diagnostic> {
        let record = self.registry().recorded(self.core().intent(planned)?)?;
        let job = job_of(&record);
        let accepted = planned.get("accept_warnings").as_bool() == Some(true);
        let ActivityWords { noun, verb, .. } = self.words();
        let (summary, apply_does) = match &record.status {
            RestoreStatus::InProgress | RestoreStatus::Other(_) => (
                format!("The {noun} that is already running is taken over"),
                format!(
                    "it takes over {job} and waits for its end. Only if that job fails does it start the {noun} again"
                ),
            ),
            RestoreStatus::Completed => {
                (format!("The {noun} that has already run is kept"), format!("it takes {job} as done"))
            }
            RestoreStatus::CompletedWithWarnings if accepted => {
                (format!("The {noun} that has already run is kept"), format!("it takes {job} as done"))
            }
            _ => return None,
        };
        // The new object is made before the old one says which job it had.
        let under_create_before_destroy = if record.status.is_open() {
            ""
        } else {
            "\n\nWith `create_before_destroy`, the apply fails, names the job and sends nothing. Use `terraform untaint` there."
        };
        Some(Diagnostic::warning(
            summary,
            format!(
                "The state has a resource with the same arguments already. It is tainted, or this resource takes its place \
                 under another address. The apply does not start another {noun}: \
                 {apply_does}.{under_create_before_destroy}\n\nTo {verb} once more, change a value in `triggers`."
            ),
        ))
    }

    /// Under `create_before_destroy`, of which a provider is told nothing, the new object is made before the old one hands
    /// its job over, and with `adopt = "none"` it takes none from the vault.
    fn recorded_and_not_adopted(&self, planned: &Value) -> Option<Diagnostic> {
        let options = self.core().options(planned).filter(|options| options.adopt == Adopt::None)?;
        let record = self.registry().recorded(options.intent)?;
        let ActivityWords { noun, does, .. } = self.words();
        let under_create_before_destroy = if record.status.is_open() {
            format!(
                "while that job runs, this apply fails and sends nothing; once it has ended, this apply {does} again"
            )
        } else {
            format!("this apply {does} again")
        };
        let detail = format!(
            "The state has {} with the same arguments, and status {}. Without `create_before_destroy` this apply \
             takes it over and sends nothing. With it, because of `adopt = \"none\"`: \
             {under_create_before_destroy}.\n\nTo go on with that job in any case: `terraform untaint ADDRESS`, then \
             apply.",
            job_of(&record),
            record.status.as_str(),
        );
        let summary = format!("With create_before_destroy, this {noun} is not recognised as the one in the state");
        Some(Diagnostic::warning(summary, detail).at(Path::attribute("adopt")))
    }

    /// Asks Azure what the apply would ask it first. An error only where the user wants one: the same apply may create the
    /// missing role.
    async fn preflight(&self, call: &Call, plan: &mut Plan) {
        let Some(connection) = self.connection() else { return };
        if connection.preflight == Preflight::Off {
            return;
        }
        let Some(options) = self.core().options(&plan.planned) else { return };
        let Ok(service) = self.kind().service(&connection, &plan.planned) else { return };
        let deadline = Deadline::new(Timeouts::read(&plan.planned, TIMEOUTS).read, call.stop.clone());
        // Nothing happens yet, so nothing is written to the progress file.
        let context = &connection.restore_context;
        let context = RestoreContext { progress: Progress::logged(Arc::clone(&context.clock)), ..context.clone() };
        if let Some(message) = Life::preflight(service.as_ref(), options, &context, deadline).await {
            let message = UserMessage { summary: format!("As things are now: {}", message.summary), ..message };
            let (severity, advice) = if connection.preflight == Preflight::Fails {
                (
                    Severity::Error,
                    "The plan fails because of `preflight = \"error\"` in the provider block. If this apply itself \
                     changes what is in the way, use `preflight = true`, which only warns.",
                )
            } else {
                let advice =
                    "This is what Azure answers before the apply; whatever the apply changes first may fix it.";
                (Severity::Warning, advice)
            };
            let message = self
                .folded(message.say(advice), &format!("As things are now: more {}s cannot be done", self.words().noun));
            plan.diagnostics.push(diagnostic(severity, &message));
        }
    }

    /// Terraform shows warnings of equal summary as one, with the number of the others. The first of a process keep a
    /// summary that names the thing; all further ones share `common`, so that five hundred restores do not fill the
    /// terminal. What was the summary is then in the detail, which `-json` has in full.
    fn folded(&self, message: UserMessage, common: &str) -> UserMessage {
        if self.warned_by_name.fetch_add(1, Ordering::Relaxed) < WARNED_BY_NAME {
            return message;
        }
        let said = UserMessage { argument: message.argument.clone(), ..UserMessage::new(common) };
        said.say(format!("{}.", message.summary)).say(message.detail())
    }

    /// An imported restore is never replaced. What Azure does not report is taken from the configuration.
    fn plan_imported(&self, plan: &mut Plan, prior: &Value) {
        plan.requires_replace.clear();
        let record = state::record(prior);
        plan.diagnostics.extend(self.contradictions_of_import(prior, &record, &plan.planned));
        if record.status.is_open() {
            plan_unknown_results(plan, prior);
            plan.set_unknown("imported");
        } else {
            plan.planned.set("imported", false);
        }
    }

    /// Errors on the arguments of `configured` that contradict the job of `prior`, as long as that is an import that
    /// has not been applied.
    pub(super) fn contradictions_of_import(
        &self,
        prior: &Value,
        record: &RestoreRecord,
        configured: &Value,
    ) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if prior.get("imported").as_bool() != Some(true) {
            return diagnostics;
        }
        let ActivityWords { noun, verb, .. } = self.words();
        for message in self.core().contradictions(prior, record, configured) {
            let message = message.say(format!("Imported: {}.", job_of(record))).say(format!(
                "To keep the import, write in the configuration what the job did. To {verb} what the \
                     configuration says, give the import up (`terraform state rm ADDRESS`, or take the `import` \
                     block out) and apply: this starts another {noun}."
            ));
            diagnostics.push(diagnostic(Severity::Error, &message));
        }
        diagnostics
    }

    async fn plan_change(&self, call: &Call, plan: &mut Plan, prior: &Value, private_state: &mut PrivateState) {
        plan.requires_replace.clear();
        let record = state::record(prior);
        let difference = self.core().difference(prior, &plan.planned);
        if !difference.arguments.is_empty() {
            private_state.reason =
                Some(if difference.certain { ReplaceReason::Changed } else { ReplaceReason::Unknown });
            for argument in &difference.arguments {
                plan.replace_because_of(Path::attribute(argument));
            }
            self.warn_about_replacement(call, plan, private_state).await;
            if !call.is_plan_of_apply() {
                self.warn_about_another_point(plan, prior, &record, &difference);
                self.warn_about_what_is_kept(plan, prior, &record);
            }
        } else if record.is_misreported() || is_undecided(&record, prior, private_state, &plan.planned) {
            // Not to be sent again by itself, and not to go green either: an update that says so each time.
            private_state.reason = Some(ReplaceReason::Neither);
            plan.set_unknown("status");
        } else if has_failed(&record, state::accepts_warnings(prior, private_state), &plan.planned) {
            private_state.reason = Some(ReplaceReason::Changed);
            plan.replace_because_of(Path::attribute("status"));
            self.warn_about_replacement(call, plan, private_state).await;
        } else {
            private_state.reason = Some(ReplaceReason::Neither);
            if record.status.is_open() {
                plan_unknown_results(plan, prior);
                if !call.is_plan_of_apply() {
                    warn_about_waiting(plan, &record, self.words());
                }
            }
            if !call.is_plan_of_apply() {
                for message in self.kind().without_effect(prior, &plan.planned) {
                    plan.diagnostics.push(diagnostic(Severity::Warning, &message));
                }
            }
        }
    }

    /// A destroy would delete what was made; a replacement does not.
    fn warn_about_what_is_kept(&self, plan: &mut Plan, prior: &Value, record: &RestoreRecord) {
        if self.kind().deletes_on_destroy(prior).is_none() || !(record.status.is_open() || record.has_ended_well()) {
            return;
        }
        let summary = format!("Replacing this resource keeps what {} has made", job_of(record));
        let text = "A destroy of this resource would delete it. A replacement does not: it stays in Azure, and costs money \
                    until you delete it.";
        plan.diagnostics.push(Diagnostic::warning(summary, text));
    }

    /// The first leg of a replacement speaks for both: Terraform drops the warnings of the second.
    async fn warn_about_replacement(&self, call: &Call, plan: &mut Plan, private_state: &mut PrivateState) {
        for name in results::of(&plan.planned) {
            plan.set_unknown(name);
        }
        self.warn_about_creation(call, plan).await;
        private_state.warned = true;
    }

    /// A replacement that only another point causes names both points.
    fn warn_about_another_point(
        &self,
        plan: &mut Plan,
        prior: &Value,
        record: &RestoreRecord,
        difference: &Difference,
    ) {
        let points = self.kind().point_arguments();
        if !difference.certain || !difference.arguments.iter().all(|argument| points.contains(&argument.as_str())) {
            return;
        }
        let point = |object: &Value| -> String {
            let chosen: Vec<String> = points
                .iter()
                .filter(|argument| !object.get(argument).is_null())
                .map(|argument| format!("{argument} = {}", written(object.get(argument))))
                .collect();
            if chosen.is_empty() { "none".to_owned() } else { chosen.join(", ") }
        };
        let restored = match (&record.recovery_point_id, record.recovery_point_time) {
            (Some(id), Some(time)) => format!(" (point {id} of {})", instant(time)),
            (Some(id), None) => format!(" (point {id})"),
            (None, Some(time)) => format!(" ({})", instant(time)),
            (None, None) => String::new(),
        };
        plan.diagnostics.push(
            Diagnostic::warning(
                "Another recovery point restores again",
                format!("Restored so far: {}{restored}.\nTo be restored: {}.", point(prior), point(&plan.planned)),
            )
            .at(Path::attribute(difference.arguments.first().map_or("status", String::as_str))),
        );
    }
}

/// Whether the last attempt failed, as an apply has reported it.
fn has_failed(record: &RestoreRecord, accepted: bool, planned: &Value) -> bool {
    match record.status {
        RestoreStatus::Failed | RestoreStatus::Cancelled | RestoreStatus::NotAccepted => true,
        RestoreStatus::CompletedWithWarnings => !accepted && planned.get("accept_warnings").as_bool() != Some(true),
        _ => false,
    }
}

/// Whether warnings that the configuration does not accept may have been accepted before, which is not known any more.
/// Restoring again could be once too often, taking it as done once too early.
fn is_undecided(record: &RestoreRecord, prior: &Value, private_state: &PrivateState, planned: &Value) -> bool {
    record.status == RestoreStatus::CompletedWithWarnings
        && state::forgot_acceptance(prior, private_state)
        && planned.get("accept_warnings").as_bool() != Some(true)
}

/// An in-place update that waits: what waiting finds out is unknown, and so is whatever was never known.
fn plan_unknown_results(plan: &mut Plan, prior: &Value) {
    for name in results::of(&plan.planned) {
        if FOUND_OUT_BY_WAITING.contains(&name) || (prior.get(name).is_null() && name != "imported") {
            plan.set_unknown(name);
        }
    }
}

/// A restore that is said to have failed, and that is not sent again by itself.
pub(super) fn misreported(record: &RestoreRecord, words: ActivityWords, workload: Option<WorkloadNames>) -> Diagnostic {
    Diagnostic::error(
        format!("The {} has not ended as its job says", words.noun),
        format!("{} is recorded as failed. {}", capitalised(&job_of(record)), record.advice(workload)),
    )
}

/// An update in place says nothing of a wait that may last for hours.
fn warn_about_waiting(plan: &mut Plan, record: &RestoreRecord, words: ActivityWords) {
    let (job, noun) = (job_of(record), words.noun);
    plan.diagnostics.push(Diagnostic::warning(
        format!("The {noun} has not been seen to its end"),
        format!(
            "An earlier apply began it and was interrupted. This apply waits for {job} to end. It does not start \
             another {noun}."
        ),
    ));
}

pub(super) fn job_of(record: &RestoreRecord) -> String {
    match (&record.job_name, &record.client_request_id) {
        // Where Azure has no jobs, what was made stands in for one. The end of its id says which one it is.
        (Some(name), _) if name.starts_with('/') => {
            format!("the restore to {:?}", shown(name.rsplit('/').next().unwrap_or_default()))
        }
        (Some(name), _) => format!("job {}", shown(name)),
        (None, Some(id)) => format!("the job of request {}", shown(id)),
        (None, None) => "its job".to_owned(),
    }
}

/// Destroying a restore that has not been seen to its end neither stops it nor waits for it, unless it `cancels`.
pub(super) fn warn_about_destroying(record: &RestoreRecord, words: ActivityWords, cancels: bool) -> Diagnostics {
    if !record.status.is_open() {
        return Diagnostics::new();
    }
    let ActivityWords { noun, done, .. } = words;
    let job = job_of(record);
    let whole = capitalised(&job);
    // Terraform folds warnings of equal summaries: each must say what is lost.
    let (summary, text) = if cancels {
        (
            format!("A {noun} is cancelled before it was seen to its end: {job}"),
            format!(
                "{whole} may still run in Azure. Destroying the resource cancels it. What was {done} by then stays."
            ),
        )
    } else {
        (
            format!("A {noun} is forgotten before it was seen to its end: {job}"),
            format!("{whole} may still run in Azure, and goes on. Destroying the resource only forgets it."),
        )
    };
    Diagnostic::warning(summary, text).into()
}

/// A value as HCL writes it, roughly: for sentences.
pub(super) fn written(value: &Value) -> String {
    match (value.as_str(), value.as_bool(), value.as_map()) {
        (Some(text), _, _) => format!("{text:?}"),
        (_, Some(flag), _) => flag.to_string(),
        (_, _, Some(members)) => {
            let members: Vec<String> = members
                .iter()
                .filter(|(_, member)| !member.is_null())
                .map(|(name, member)| format!("{name} = {}", written(member)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
        _ if value.is_unknown() => "(known after apply)".to_owned(),
        _ => value.as_i64().map(|number| number.to_string()).unwrap_or_default(),
    }
}

/// A message of the restore as a diagnostic of Terraform.
pub(in crate::resources) fn diagnostic(severity: Severity, message: &UserMessage) -> Diagnostic {
    let diagnostic = match severity {
        Severity::Error => Diagnostic::error(&message.summary, message.detail()),
        Severity::Warning => Diagnostic::warning(&message.summary, message.detail()),
    };
    match &message.argument {
        Some(argument) => at(diagnostic, argument),
        None => diagnostic,
    }
}

/// The diagnostic on an argument. Clients show no deeper than an element of the outermost one, so a deeper argument is
/// named in the text.
fn at(mut diagnostic: Diagnostic, argument: &ArgumentPath) -> Diagnostic {
    let shown = path(argument);
    if shown.steps().len() < argument.steps().len() {
        diagnostic.detail = format!("Argument: `{argument}`.\n\n{}", diagnostic.detail).trim_end().to_owned();
    }
    diagnostic.at(shown)
}

/// The part of an argument's path that clients can show: the outermost argument and, of a list, the element.
fn path(argument: &ArgumentPath) -> Path {
    let mut steps = argument.steps().iter();
    let Some(argument_path::Step::Name(outermost)) = steps.next() else { return Path::root() };
    match steps.next() {
        Some(argument_path::Step::Element(position)) => Path::attribute(outermost).index(*position),
        _ => Path::attribute(outermost),
    }
}

#[cfg(test)]
mod tests;

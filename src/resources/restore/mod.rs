//! The adapter between Terraform and the life of a restore, for every kind: common attributes, plan rules, and the
//! mapping between state and record. What one kind adds must not enter, and neither may Azure's request bodies.

mod any_kind;
mod arguments;
mod core;
#[cfg(test)]
mod destroy;
mod kind;
mod plan;
mod private_state;
#[cfg(test)]
mod properties;
mod reported;
mod results;
mod state;
#[cfg(test)]
mod tests;
mod undecided_limit;

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use time::OffsetDateTime;

pub use self::arguments::CANCEL_ON_DESTROY;
pub use self::core::{Difference, Prepared, RestoreCore, read};
pub use self::kind::{ImportedJob, RestoreKind};
pub use self::reported::ReportedArgument;
pub use self::undecided_limit::{Decides, UndecidedLimit};

use self::any_kind::AnyRestoreKind;
use self::arguments::TIMEOUTS;
pub(in crate::resources) use self::plan::diagnostic;
use self::private_state::{PrivateState, ReplaceReason};
use crate::azure::clock::Clock;
use crate::azure::deadline::Deadline;
use crate::connection::{Connection, Connections};
use crate::resources::walk::{PlanConflict, PlannedObject, WalkObjects, destroyed_and_created, twice_in_the_state};
use crate::restore::activity::ActivityWords;
use crate::restore::destruction::{self, Destroyed};
use crate::restore::error::UserMessage;
use crate::restore::intent::Intent;
use crate::restore::life::{Ending, Life, Outcome};
use crate::restore::record::{RestoreRecord, RestoreStatus};
use crate::restore::refresh;
use crate::restore::registry::{Discharge, Handover, Registry, Replaced};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::tfplugin::resource::{
    Applied, Call, CreateRequest, DeleteRequest, Imported, Plan, Private, ReadOutcome, Resource, UpdateRequest,
};
use crate::tfplugin::schema::Schema;
use crate::tfplugin::timeouts::Timeouts;
use crate::tfplugin::value::{Path, Value};

/// A kind of restore as a managed resource: adapts plans, state, private data, imports and deletes of Terraform to
/// the life of a restore. One for each kind, made when the provider is made.
pub struct RestoreResource {
    core: RestoreCore,
    schema: OnceLock<Schema>,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    /// Warnings in the plans of this process that have a summary of their own.
    warned_by_name: AtomicUsize,
    objects: WalkObjects,
}

impl RestoreResource {
    /// The resource; `registry` is shared by all restores of the process.
    pub fn new(
        kind: impl RestoreKind,
        connections: Connections,
        registry: Arc<Registry>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let objects = WalkObjects::new(connections.clone());
        let core = RestoreCore::new(kind, connections);
        Self { core, schema: OnceLock::new(), registry, clock, warned_by_name: AtomicUsize::new(0), objects }
    }

    fn core(&self) -> &RestoreCore {
        &self.core
    }

    fn kind(&self) -> &dyn AnyRestoreKind {
        self.core.kind()
    }

    fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Azure's time as far as it is known, else the machine's.
    fn now(&self) -> OffsetDateTime {
        match self.connection() {
            Some(connection) => connection.restore_context.clock.now(),
            None => self.clock.now(),
        }
    }

    fn connection(&self) -> Option<Arc<Connection>> {
        self.core.connection()
    }

    /// What is wrong with what is planned for this object, if there is another one of the same restore.
    fn conflict(&self, planned: PlannedObject, object: &Value) -> Option<Diagnostic> {
        let id = object.get("id").as_str();
        let intent = self.core.intent(object).map(|intent| intent.to_string());
        let message = match self.objects.plan(planned, id, intent)? {
            PlanConflict::TwiceInTheState => {
                twice_in_the_state(&plan::job_of(&state::record(object)), id.unwrap_or_default())
            }
            PlanConflict::HasAnother => {
                self.asked_for_twice(object, "another resource of this configuration has it already")
            }
            PlanConflict::DestroyedAndCreated => {
                let noun = self.words().noun;
                let why = format!(
                    "Terraform decides which comes first. The destroy could cancel or delete what the new resource has, \
                     and the {noun} would run again."
                );
                let message = destroyed_and_created(&format!("the same {noun}"), &why);
                UserMessage { argument: self.kind().item_path(object), ..message }
            }
        };
        Some(diagnostic(Severity::Error, &message))
    }

    /// Lets the service act on the end of the object. What cannot be asked (no connection, an import whose arguments are
    /// not known yet) is forgotten.
    async fn destroy(
        &self,
        call: &Call,
        prior: &Value,
        intent: Intent,
        record: &RestoreRecord,
    ) -> Result<Destroyed, UserMessage> {
        let service = self.connection().and_then(|connection| self.kind().service(&connection, prior).ok());
        let Some(service) = service else { return Ok(Destroyed::Forgotten) };
        let deadline = Deadline::new(Timeouts::read(prior, TIMEOUTS).delete, call.stop.clone());
        destruction::destroy(service.as_ref(), &self.registry, intent, &deadline, record).await
    }

    /// The object as Azure has it now.
    async fn refresh(&self, call: &Call, state: Value, private: Private) -> ReadOutcome {
        let record = state::record(&state);
        let Some(connection) = self.connection().filter(|_| record.status.is_open()) else {
            return ReadOutcome::unchanged(state, private);
        };
        let Ok(service) = self.kind().service(&connection, &state) else {
            return ReadOutcome::unchanged(state, private);
        };
        let deadline = Deadline::new(Timeouts::read(&state, TIMEOUTS).read, call.stop.clone());
        match refresh(service.as_ref(), &deadline, &record, self.now()).await {
            Ok(None) => ReadOutcome::unchanged(state, private),
            Ok(Some(learned)) => ReadOutcome::unchanged(state::refreshed(&state, &learned), private),
            Err(message) => {
                let message = message.say("The last known values are kept; the next apply goes on waiting.");
                ReadOutcome {
                    diagnostics: diagnostic(Severity::Warning, &message).into(),
                    ..ReadOutcome::unchanged(state, private)
                }
            }
        }
    }
}

fn not_configured() -> Diagnostics {
    Diagnostic::error(
        "The provider is not configured",
        "A restore was asked for before the provider's configuration was known.",
    )
    .into()
}

fn warnings_of(messages: &[UserMessage]) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.extend(messages.iter().map(|message| diagnostic(Severity::Warning, message)));
    diagnostics
}

/// An outcome as what Terraform saves. `imported` is the value of that attribute if the outcome is no final one.
fn applied(outcome: Outcome, planned: &Value, imported: bool) -> Applied {
    let mut diagnostics = warnings_of(&outcome.warnings);
    let accepted = outcome.record.status == RestoreStatus::CompletedWithWarnings;
    let (state, accepted) = match &outcome.ending {
        Ending::Done => (Some(state::with_record(planned, &outcome.record, false)), accepted),
        Ending::Interrupted(message) => {
            // No error: an error would taint the object, and the next plan would replace what still runs.
            diagnostics.push(diagnostic(Severity::Warning, message));
            (Some(state::with_record(planned, &outcome.record, imported)), false)
        }
        Ending::NotBegun(message) => {
            diagnostics.push(diagnostic(Severity::Error, message));
            (None, false)
        }
        Ending::Failed(message) => {
            diagnostics.push(diagnostic(Severity::Error, message));
            let is_final = !outcome.record.status.is_open();
            (Some(state::with_record(planned, &outcome.record, imported && !is_final)), false)
        }
    };
    Applied { state, private: PrivateState::kept(accepted), diagnostics, identity: None }
}

#[async_trait]
impl Resource for RestoreResource {
    fn type_name(&self) -> &'static str {
        self.kind().type_name()
    }

    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| {
            let mut schema = self.core.arguments().clone();
            schema.attributes.extend(results::attributes(self.core.page()));
            schema.attributes.extend(self.kind().restores_files().then(results::restored_files));
            schema
        })
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        self.core.validate(config)
    }

    async fn modify_plan(&self, call: &Call, plan: &mut Plan) {
        let second_leg = PrivateState::of(&plan.private).reason.is_some();
        self.plan(call, plan).await;
        let conflict = match &plan.prior {
            Some(prior) if plan.requires_replace.is_empty() => self.conflict(PlannedObject::Stays, prior),
            None if !second_leg => self.conflict(PlannedObject::New, &plan.planned),
            _ => None,
        };
        plan.diagnostics.extend(conflict);
    }

    async fn plan_destroy(&self, call: &Call, prior: &Value, private: &mut Private) -> Diagnostics {
        // Another object has taken its place, and may hold the same job or the same copy.
        if call.is_plan_of_apply() {
            return Diagnostics::new();
        }
        // Kinds that cannot cancel have no such argument.
        let cancels = prior.get(CANCEL_ON_DESTROY).as_bool() == Some(true);
        let deletes = self.kind().deletes_on_destroy(prior);
        // One that is only forgotten takes nothing away from another object.
        if (cancels || deletes.is_some())
            && let Some(conflict) = self.conflict(PlannedObject::Destroyed, prior)
        {
            return conflict.into();
        }
        let private_state = PrivateState { reason: Some(ReplaceReason::Destroy), ..PrivateState::of(private) };
        *private = private_state.private();
        match deletes {
            Some(message) => diagnostic(Severity::Warning, &message).into(),
            None => plan::warn_about_destroying(&state::record(prior), self.words(), cancels),
        }
    }

    async fn create(&self, call: &Call, request: CreateRequest) -> Applied {
        let Prepared { connection, service, options } = match self.core.prepare(&request.planned) {
            Ok(prepared) => prepared,
            Err(diagnostics) => return Applied { diagnostics, ..Applied::default() },
        };
        if let Err(duplicate) = self.registry.begin(options.intent) {
            let noun = self.words().noun;
            let message = self.on_the_item(&request.planned, &format!("The same {noun} is asked for twice")).say(
                format!("Nothing was sent: {duplicate} {noun}. If it shall run twice, give them different `triggers`."),
            );
            return Applied { diagnostics: diagnostic(Severity::Error, &message).into(), ..Applied::default() };
        }
        let limit = Timeouts::read(&request.planned, TIMEOUTS).create;
        let (deadline, intent) = (Deadline::new(limit, call.stop.clone()), options.intent);
        let turn = self.registry.taking_back(intent);
        // Out of time, or interrupted: then what follows says so.
        let _ = deadline.run(turn.lock()).await.map(drop);
        let outcome = Life::create(service.as_ref(), options, &connection.restore_context, deadline).await;
        let not_begun = matches!(outcome.ending, Ending::NotBegun(_));
        let mut applied = applied(outcome, &request.planned, false);
        if let Some(record) = self.registry.wanted_again(intent).filter(|_| not_begun) {
            // -replace has deleted a good restore, and its successor could not begin. Kept as tainted, so that the next
            // apply still knows that it is to run again, and does not stop at the job of the former one.
            let record = RestoreRecord { status: RestoreStatus::NotAccepted, ..record };
            applied.state = Some(state::with_record(&request.planned, &record, false));
        }
        applied
    }

    async fn update(&self, call: &Call, request: UpdateRequest) -> Applied {
        let before = state::record(&request.prior);
        let private_state = PrivateState::of(&request.private);
        let imported = request.prior.get("imported").as_bool().unwrap_or_default();
        let contradictions = self.contradictions_of_import(&request.prior, &before, &request.planned);
        if contradictions.has_errors() {
            let kept = PrivateState { reason: None, ..private_state };
            let (state, private) = (Some(request.prior), kept.private());
            return Applied { state, private, diagnostics: contradictions, identity: None };
        }
        if before.status.is_open() {
            let Prepared { connection, service, options } = match self.core.prepare(&request.planned) {
                Ok(prepared) => prepared,
                Err(diagnostics) => return Applied { diagnostics, ..Applied::default() },
            };
            let limit = Timeouts::read(&request.planned, TIMEOUTS).update;
            let deadline = Deadline::new(limit, call.stop.clone());
            let outcome = Life::resume(service.as_ref(), options, &connection.restore_context, deadline, before).await;
            let record = outcome.record.clone();
            let mut applied = applied(outcome, &request.planned, imported);
            // A job that was nearly empty when it was imported has said by now what it does.
            let contradictions = self.contradictions_of_import(&request.prior, &record, &request.planned);
            if contradictions.has_errors() && !applied.diagnostics.has_errors() {
                applied.diagnostics.extend(contradictions);
                applied.state = Some(state::with_record(&request.planned, &record, true));
            }
            return applied;
        }
        let accept = request.planned.get("accept_warnings").as_bool().unwrap_or_default();
        let mut diagnostics = Diagnostics::new();
        if before.is_misreported() {
            diagnostics.push(plan::misreported(&before, self.words(), self.kind().workload()));
        }
        let mut accepted = state::accepts_warnings(&request.prior, &private_state);
        let mut lost = false;
        if before.status == RestoreStatus::CompletedWithWarnings && !accepted {
            let ActivityWords { noun, verb, .. } = self.words();
            let summary = format!("The {noun} completed with warnings");
            let detail = format!("Azure warns of:\n  - {}", before.warnings.join("\n  - "));
            if accept {
                diagnostics.warning(summary, detail);
                accepted = true;
            } else if state::forgot_acceptance(&request.prior, &private_state) {
                lost = true;
                diagnostics.error(
                    summary,
                    format!(
                        "{detail}\n\nWhether they were accepted is not known: Terraform lost what this provider had \
                         kept, in an apply that was cut off. Nothing is sent by itself. Set `accept_warnings = true` \
                         to take this as done, or apply with -replace to {verb} again."
                    ),
                );
            } else {
                diagnostics.error(summary, format!("{detail}\n\nSet `accept_warnings = true` to take this as done."));
            }
        }
        let imported = imported && diagnostics.has_errors();
        let mut state = state::with_record(&request.planned, &before, imported);
        if imported {
            state.set("imported", true);
        }
        let kept = PrivateState { accepted_warnings: accepted, lost, ..PrivateState::default() };
        Applied { state: Some(state), private: kept.private(), diagnostics, identity: None }
    }

    async fn delete(&self, call: &Call, request: DeleteRequest) -> Diagnostics {
        let record = state::record(&request.prior);
        let private_state = PrivateState::of(&request.private);
        let reason = private_state.reason;
        let ended_well = record.has_ended_well();
        // A tainted object has no replace reason, and cannot be distinguished from one whose warnings failed the apply.
        // Where that is not known, nothing is sent.
        let warnings_accepted = reason.is_some()
            && record.status == RestoreStatus::CompletedWithWarnings
            && (state::accepts_warnings(&request.prior, &private_state)
                || state::forgot_acceptance(&request.prior, &private_state));
        let Some(intent) = self.core.intent(&request.prior) else { return Diagnostics::new() };
        if reason == Some(ReplaceReason::Changed)
            && ended_well
            && let Some(item_id) = self.kind().item_id(&request.prior)
        {
            let service =
                self.connection().and_then(|connection| self.kind().service(&connection, &request.prior).ok());
            let import_id =
                service.zip(record.job_id.as_ref()).map(|(service, job_id)| service.jobs().import_id(job_id));
            self.registry.replace(Replaced {
                item_id,
                extent: self.core.extent(&request.prior),
                record: record.clone(),
                import_id,
            });
        }
        if reason == Some(ReplaceReason::Destroy) {
            match self.destroy(call, &request.prior, intent, &record).await {
                Ok(Destroyed::Forgotten) => {}
                Ok(Destroyed::TakenBack) => return Diagnostics::new(),
                Ok(Destroyed::EndedFirst(message)) => return diagnostic(Severity::Warning, &message).into(),
                Err(message) => return diagnostic(Severity::Error, &message).into(),
            }
        }
        match (reason, &record.job_name) {
            _ if record.is_misreported() => {
                self.registry.hand_over(intent, Handover { record, warnings_accepted: false, wanted_again: false })
            }
            // What state knows by name is asked by name: it may run although no list shows it.
            (Some(ReplaceReason::Neither), _) if record.status.is_open() => {
                self.registry.hand_over(intent, Handover { record, warnings_accepted: false, wanted_again: true });
            }
            (Some(ReplaceReason::Neither), job_name) => {
                if let Some(name) = job_name {
                    self.registry.discharge(name, Discharge::Released);
                }
                if ended_well {
                    self.registry.want_again(intent, record);
                }
            }
            // Wanted again before, and not begun since.
            (_, Some(name)) if record.status == RestoreStatus::NotAccepted => {
                self.registry.discharge(name, Discharge::Released);
                self.registry.want_again(intent, record);
            }
            // Sent and not taken, or not begun since: what had ended before is not in the way of the next attempt.
            _ if record.status == RestoreStatus::NotAccepted && record.sent_at().is_some() => {
                self.registry.hand_over(intent, Handover { record, warnings_accepted: false, wanted_again: false });
            }
            // Destroyed, too: what was only renamed is created by the same apply.
            _ if record.status.is_open() || ended_well => {
                self.registry.hand_over(intent, Handover { record, warnings_accepted, wanted_again: false });
            }
            // How it failed is known, and the next attempt is planned.
            (_, Some(name)) => self.registry.discharge(name, Discharge::FailureSeen),
            _ => {}
        }
        Diagnostics::new()
    }

    async fn read(&self, call: &Call, state: Value, private: Private) -> ReadOutcome {
        let outcome = self.refresh(call, state, private).await;
        let record = outcome.state.as_ref().map(state::record);
        let record = record.filter(|record| record.status.is_open() || record.has_ended_well());
        let intent = outcome.state.as_ref().and_then(|state| self.core.intent(state));
        // The plan of this process that follows may be the one of a tainted object, which is shown no state.
        if let Some((intent, record)) = intent.zip(record) {
            self.registry.note_recorded(intent, record);
        }
        outcome
    }

    async fn import(&self, call: &Call, id: &str) -> Result<Imported, Diagnostics> {
        let connection = self.connection().ok_or_else(not_configured)?;
        let deadline = Deadline::new(TIMEOUTS.read, call.stop.clone());
        let ImportedJob { job, arguments } = self
            .kind()
            .imported_job(&connection, &deadline, id)
            .await
            .map_err(|message| diagnostic(Severity::Error, &message))?;
        let mut record = RestoreRecord::new(RestoreStatus::InProgress);
        record.learn(&job);
        if matches!(record.status, RestoreStatus::Failed | RestoreStatus::Cancelled) {
            let ActivityWords { noun, done, .. } = self.words();
            let mut message =
                UserMessage::new(format!("Job {} cannot be imported: it is {}", job.name, record.status.as_str()))
                    .about(self.kind().workload())
                    .say(format!(
                        "A {noun} that did not end well has {done} nothing. Create the resource without importing."
                    ));
            for error in &job.errors {
                message = message.azure(error);
            }
            return Err(diagnostic(Severity::Error, &message).into());
        }
        let mut object = self.schema().null_object();
        object.set("imported", true);
        for attribute in &self.schema().attributes {
            if let Some(default) = attribute.default.as_ref().filter(|_| object.get(&attribute.name).is_null()) {
                object.set(&attribute.name, default.clone());
            }
        }
        self.core.fill_in_reported(&mut object, arguments, &record);
        Ok(Imported {
            state: state::refreshed(&object, &record),
            private: Private::default(),
            diagnostics: Diagnostics::new(),
            identity: None,
        })
    }
}

/// A diagnostic on one argument.
pub(super) fn wrong(argument: &str, summary: &str, detail: impl Into<String>) -> Diagnostic {
    Diagnostic::error(summary, detail).at(Path::attribute(argument))
}

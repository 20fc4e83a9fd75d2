//! Ordinary resources: what is made, changed, removed and noticed again, as opposed to a restore, which is done once.
//! The adapter between Terraform and a [`ManagedKind`], for every kind: state, drift, imports, time limits,
//! interruptions. What one kind adds must not enter.
//!
//! An object that an earlier apply has made without telling Terraform (its process was killed) is found again by the
//! kind's `create`, and finished. One that was interrupted by Ctrl-C is in state and not tainted; its private bytes
//! say that it is unfinished, and every plan then updates it.

mod object;
#[cfg(test)]
mod tests;
mod work;

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use self::object::{differing, or_empty};
pub use self::work::Work;

use self::work::Begun;
use crate::azure::deadline::Deadline;
use crate::connection::{Connection, Connections};
use crate::resources::restore::diagnostic;
use crate::resources::walk::{PlanConflict, PlannedObject, WalkObjects, destroyed_and_created, twice_in_the_state};
use crate::restore::error::{RestoreError, UserMessage, capitalised};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::tfplugin::resource::{
    Applied, Call, CreateRequest, DeleteRequest, Imported, Plan, Private, ReadOutcome, Resource, UpdateRequest,
};
use crate::tfplugin::schema::{Attribute, Change, Mode, Schema};
use crate::tfplugin::timeouts::{self, Timeouts};
use crate::tfplugin::value::{Path, Value};

/// The result that every kind has: the ARM id of its object.
pub const ID: &str = "id";

/// What the page of a kind says of [`Work::take_over`].
pub const TAKES_OVER: &str = "\
    If an apply is interrupted after Azure has created the object, the next apply finds it and takes it over. An apply takes \
    over every object that already exists exactly as configured, and shows a warning. A destroy then removes this object. \
    Any other existing object must be imported.";

/// One kind of ordinary resource. [`ManagedResource`] makes a resource of it. What its methods find of an object, its
/// *facts*, is an object with whatever attributes Azure tells: those that it does not tell are left out and stay
/// as they are.
#[async_trait]
pub trait ManagedKind: Send + Sync + 'static {
    /// Type name, with the provider's prefix.
    fn type_name(&self) -> &'static str;

    /// Arguments and results, [`ID`] among them, without the `timeouts` block. Asked for once.
    fn schema(&self) -> Schema;

    /// How long each operation may take unless `timeouts` says otherwise.
    fn timeouts(&self) -> Timeouts;

    /// What it is and which one, for sentences: `Recovery Services vault "v"`.
    fn thing(&self, object: &Value) -> String;

    /// Makes the object, or finishes it if an earlier apply was interrupted in the middle, and returns its facts.
    /// Sends the request that makes something through [`Work::making`], or says [`Work::take_over`] if something is there
    /// already. One that exists and cannot come from an interrupted apply is an error that says how to import it.
    async fn create(&self, work: &Work<'_>, planned: &Value) -> Result<Value, RestoreError>;

    /// The facts of the object in state; none if it is gone.
    async fn read(&self, work: &Work<'_>, state: &Value) -> Result<Option<Value>, RestoreError>;

    /// Changes the object in place, and returns its facts.
    async fn update(&self, work: &Work<'_>, change: ManagedChange<'_>) -> Result<Value, RestoreError>;

    /// Removes the object. One that is gone is removed.
    async fn delete(&self, work: &Work<'_>, state: &Value, removal: Removal) -> Result<(), RestoreError>;

    /// What an import knows by the id alone, so that [`ManagedKind::read`] can do the rest. An argument with a default that
    /// Azure may have otherwise, and does not tell, is null here: the configuration decides, and the plan replaces nothing.
    ///
    /// # Errors
    /// What is wrong with the id, in whole sentences.
    fn identify(&self, id: &str) -> Result<Value, String>;

    /// Results that this change may change. A kind that finds something to do on an object whose arguments are as
    /// they were names a result, too: then there is an update.
    fn changed_results(&self, prior: &Value, planned: &Value) -> Vec<&'static str>;

    /// Whether two values of an argument are one value in two notations, so that a refresh keeps the one in state. Asked of
    /// arguments only. The canonical form of the schema, unless written: what is changed in place may have none.
    fn means_the_same(&self, argument: &Attribute, one: &Value, other: &Value) -> bool {
        argument.canonical_form(one) == argument.canonical_form(other)
    }

    /// What the plan of a removal warns of. Terraform does not show the provider every replacement: `-replace` and tainted
    /// objects are planned as if nothing were there.
    fn warning_of_removal(&self, prior: &Value, removal: Removal) -> Option<UserMessage> {
        let _ = (prior, removal);
        None
    }
}

/// Why an object is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is no longer in the configuration, or `terraform destroy` was run.
    Destroy,
    /// Another one takes its place. Data that cannot be brought back is not deleted then.
    Replacement,
}

/// What [`ManagedKind::update`] is to change.
#[derive(Clone, Copy, Debug)]
pub struct ManagedChange<'a> {
    /// The object in state.
    pub prior: &'a Value,
    /// As planned.
    pub planned: &'a Value,
    /// An earlier apply was interrupted: it is not known what of it has been done.
    pub unfinished: bool,
}

impl ManagedChange<'_> {
    /// Whether the argument `name` has another value than in state, or may not have been applied.
    pub fn is_about(&self, name: &str) -> bool {
        self.unfinished || self.prior.get(name) != self.planned.get(name)
    }
}

/// What is kept beside an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// An apply was interrupted; the next one goes on.
    #[serde(default)]
    unfinished: bool,
    /// A destroy is planned, and not a replacement.
    #[serde(default)]
    destroy: bool,
    /// The plan has shown what the removal is to warn of.
    #[serde(default)]
    warned: bool,
    /// The plan has seen the object: a create planned with these bytes takes its place.
    #[serde(default)]
    planned: bool,
}

impl Kept {
    /// Bytes of another make mean that an apply has ended well: the worst that follows is an update that changes
    /// nothing.
    fn of(private: &Private) -> Self {
        private.get().ok().flatten().unwrap_or_default()
    }

    fn private(self) -> Private {
        let mut private = Private::default();
        if self != Self::default() {
            // Booleans have a JSON form.
            let _ = private.set(&self);
        }
        private
    }

    fn removal(self) -> Removal {
        if self.destroy { Removal::Destroy } else { Removal::Replacement }
    }
}

/// An ordinary resource of kind `K`, as Terraform sees it. One for each kind, made when the provider is made.
pub struct ManagedResource<K> {
    kind: K,
    schema: OnceLock<Schema>,
    connections: Connections,
    objects: WalkObjects,
}

impl<K: ManagedKind> ManagedResource<K> {
    /// The resource; it uses whatever connection there is at the time.
    pub fn new(kind: K, connections: Connections) -> Self {
        let objects = WalkObjects::new(connections.clone());
        Self { kind, schema: OnceLock::new(), connections, objects }
    }

    /// What is wrong with what is planned for this object, if there is another one that stands for the same.
    fn conflict(&self, planned: PlannedObject, object: &Value) -> Option<Diagnostic> {
        let (id, thing) = (object.get(ID).as_str(), self.kind.thing(object));
        let message = match self.objects.plan(planned, id, self.named(object))? {
            PlanConflict::TwiceInTheState => twice_in_the_state(&thing, id.unwrap_or_default()),
            PlanConflict::HasAnother => {
                let text = "Two resources of this configuration stand for the same. Whatever one of them does, the \
                            other one would undo. Remove one of them.";
                UserMessage::new(format!("{} has a resource already", capitalised(&thing))).say(text)
            }
            PlanConflict::DestroyedAndCreated => {
                let at_once = "Azure would have to remove it and to make it again at the same time.";
                destroyed_and_created(&thing, at_once)
            }
        };
        Some(diagnostic(Severity::Error, &message))
    }

    /// What names the object in Azure: the arguments that it must have and that cannot be changed. None while one is unknown.
    fn named(&self, object: &Value) -> Option<String> {
        let names = |own: &&Attribute| own.mode == Mode::Required && own.change == Some(Change::RequiresReplace);
        let forms = self.schema().attributes.iter().filter(names).map(|own| own.canonical_form(object.get(&own.name)));
        forms
            .map(|form| form.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map(|names| names.join("\n"))
            .filter(|name| !name.is_empty())
    }

    fn limits(&self, object: &Value) -> Timeouts {
        Timeouts::read(object, self.kind.timeouts())
    }

    fn connection(&self) -> Result<Arc<Connection>, Diagnostics> {
        self.connections.current().ok_or_else(|| {
            Diagnostic::error(
                "The provider is not configured",
                "A resource was asked for before the provider's configuration was known.",
            )
            .into()
        })
    }

    /// Creates the object, and holds it: an object of this apply that is to be removed and has its id stands for it, too. If
    /// that removal came first, what the create saw is out of date, and it begins anew.
    async fn create_held<'a>(
        &'a self,
        connection: &'a Connection,
        deadline: &Deadline,
        planned: &Value,
    ) -> (Work<'a>, Result<Value, RestoreError>) {
        loop {
            let work = Work::of_create(connection, deadline.clone(), &self.objects);
            let created = self.kind.create(&work, planned).await;
            let Some(id) = work.out_of_date() else { return (work, created) };
            if let Err(interrupted) = deadline.run(self.objects.removed(&id)).await {
                return (work, Err(interrupted.into()));
            }
        }
    }

    /// Whether nothing came of a create that Azure has accepted and given up. An object in state would stand for whatever
    /// somebody makes under this id later, and the next apply would remove that.
    async fn is_given_up_and_absent(&self, work: &Work<'_>, object: &Value, error: &RestoreError) -> bool {
        error.azure().is_some() && matches!(self.kind.read(work, object).await, Ok(None))
    }

    fn warn_of_removal(&self, prior: &Value, removal: Removal) -> Option<Diagnostic> {
        let warning = self.kind.warning_of_removal(prior, removal);
        warning.map(|message| diagnostic(Severity::Warning, &message))
    }

    /// An error about the object, in the middle of this act.
    fn failed(&self, act: &str, object: &Value, error: &RestoreError) -> UserMessage {
        let end = if error.is_stop() { "was interrupted" } else { "failed" };
        error.to_message(format!("{act} {} {end}", self.kind.thing(object)))
    }
}

#[async_trait]
impl<K: ManagedKind> Resource for ManagedResource<K> {
    fn type_name(&self) -> &'static str {
        self.kind.type_name()
    }

    fn schema(&self) -> &Schema {
        let whole = || self.kind.schema().every_change_declared().block(timeouts::block(self.kind.timeouts()));
        self.schema.get_or_init(whole)
    }

    async fn create(&self, call: &Call, request: CreateRequest) -> Applied {
        let planned = request.planned;
        let connection = match self.connection() {
            Ok(connection) => connection,
            Err(diagnostics) => return Applied { diagnostics, ..Applied::default() },
        };
        let deadline = Deadline::new(self.limits(&planned).create, call.stop.clone());
        let (work, created) = self.create_held(&connection, &deadline, &planned).await;
        let error = match created {
            Ok(facts) => {
                let state = Some(object::completed(&planned, &facts));
                return Applied { state, diagnostics: work.end(), ..Applied::default() };
            }
            Err(error) => error,
        };
        let message = self.failed("Creating", &planned, &error);
        let (state, private, severity, advice) = match work.begun() {
            None if error.is_stop() => {
                (None, Private::default(), Severity::Error, "Nothing was created. The next apply begins anew.")
            }
            None => (None, Private::default(), Severity::Error, ""),
            // No error: it would taint the object, and the next plan would replace what is half done and well.
            Some(begun) if error.is_stop() => (
                Some(begun_object(&planned, begun)),
                Kept { unfinished: true, ..Kept::default() }.private(),
                Severity::Warning,
                "It is not finished. The next apply goes on where this one was interrupted.",
            ),
            Some(Begun { existed: true, .. }) => (
                None,
                Private::default(),
                Severity::Error,
                "It existed before this apply. It is not in the state, and it was not removed. The next apply tries \
                 again.",
            ),
            Some(begun) => {
                let object = begun_object(&planned, begun);
                if self.is_given_up_and_absent(&work, &object, &error).await {
                    (None, Private::default(), Severity::Error, "")
                } else {
                    let advice = "It may exist in Azure by now, so it is in the state as tainted: the next apply \
                                  creates it anew. To keep what there is, use `terraform untaint` first.";
                    (Some(object), Private::default(), Severity::Error, advice)
                }
            }
        };
        if state.is_none() {
            work.let_go();
        }
        let mut diagnostics = work.end();
        diagnostics.push(diagnostic(severity, &if advice.is_empty() { message } else { message.say(advice) }));
        Applied { state, private, diagnostics, ..Applied::default() }
    }

    async fn read(&self, call: &Call, state: Value, private: Private) -> ReadOutcome {
        let Ok(connection) = self.connection() else { return ReadOutcome::unchanged(state, private) };
        let work = Work::new(&connection, self.limits(&state).read, &call.stop);
        let found = self.kind.read(&work, &state).await;
        let mut diagnostics = work.end();
        match found {
            Ok(Some(facts)) => {
                let state = object::observed(&self.kind, self.schema(), &state, &facts);
                ReadOutcome { diagnostics, ..ReadOutcome::unchanged(state, private) }
            }
            Ok(None) => ReadOutcome { diagnostics, ..ReadOutcome::default() },
            Err(error) => {
                diagnostics.push(diagnostic(Severity::Error, &self.failed("Reading", &state, &error)));
                ReadOutcome { diagnostics, ..ReadOutcome::unchanged(state, private) }
            }
        }
    }

    async fn update(&self, call: &Call, request: UpdateRequest) -> Applied {
        let UpdateRequest { prior, planned, private, .. } = request;
        let connection = match self.connection() {
            Ok(connection) => connection,
            Err(diagnostics) => return Applied { diagnostics, ..Applied::default() },
        };
        let work = Work::new(&connection, self.limits(&planned).update, &call.stop);
        let unfinished = Kept::of(&private).unfinished;
        let change = ManagedChange { prior: &prior, planned: &planned, unfinished };
        let changed = self.kind.update(&work, change).await;
        let mut diagnostics = work.end();
        match changed {
            Ok(facts) => {
                Applied { state: Some(object::completed(&planned, &facts)), diagnostics, ..Applied::default() }
            }
            Err(error) => {
                let message = self.failed("Updating", &planned, &error);
                let message = message.say("The next plan compares the configuration with what Azure has by then.");
                diagnostics.push(diagnostic(Severity::Error, &message));
                Applied { diagnostics, ..Applied::default() }
            }
        }
    }

    async fn delete(&self, call: &Call, request: DeleteRequest) -> Diagnostics {
        let connection = match self.connection() {
            Ok(connection) => connection,
            Err(diagnostics) => return diagnostics,
        };
        let (state, kept) = (request.prior, Kept::of(&request.private));
        let id = state.get(ID).as_str().unwrap_or_default();
        let Some(_removal) = self.objects.remove(id) else {
            tracing::info!(id, "another object has taken it over; removing this one only forgets it");
            return Diagnostics::new();
        };
        let work = Work::new(&connection, self.limits(&state).delete, &call.stop);
        let removed = self.kind.delete(&work, &state, kept.removal()).await;
        let mut diagnostics = work.end();
        match removed {
            Ok(()) if !kept.warned => diagnostics.extend(self.warn_of_removal(&state, kept.removal())),
            Ok(()) => {}
            Err(error) => diagnostics.push(diagnostic(Severity::Error, &self.failed("Deleting", &state, &error))),
        }
        diagnostics
    }

    async fn modify_plan(&self, call: &Call, plan: &mut Plan) {
        let kept = Kept::of(&plan.private);
        let is_second_leg = kept.planned;
        // What was kept of a destroy that failed: what is planned now is none.
        let kept = Kept { destroy: false, planned: plan.prior.is_some(), ..kept };
        plan.private = kept.private();
        let Some(prior) = plan.prior.clone() else {
            if !is_second_leg {
                plan.diagnostics.extend(self.conflict(PlannedObject::New, &plan.planned));
            }
            return;
        };
        // An import does not know what Azure does not tell. The configuration does, and nothing changes by it.
        let defaults = self.schema().attributes.iter().filter(|own| own.default.is_some());
        let unlearned: Vec<Path> =
            defaults.filter(|own| prior.get(&own.name).is_null()).map(|own| Path::attribute(&own.name)).collect();
        plan.requires_replace.retain(|path| !unlearned.contains(path));
        if plan.requires_replace.is_empty() {
            plan.diagnostics.extend(self.conflict(PlannedObject::Stays, &prior));
        } else if !call.is_plan_of_apply() {
            plan.diagnostics.extend(self.warn_of_removal(&prior, Removal::Replacement));
            plan.private = Kept { warned: true, ..kept }.private();
        }
        if kept.unfinished {
            let results = self.schema().attributes.iter().filter(|own| own.mode == Mode::Computed && own.name != ID);
            results.for_each(|result| plan.planned.set(&result.name, Value::unknown()));
        }
        for name in self.kind.changed_results(&prior, &plan.planned) {
            plan.set_unknown(name);
        }
    }

    async fn plan_destroy(&self, call: &Call, prior: &Value, private: &mut Private) -> Diagnostics {
        if call.is_plan_of_apply() {
            *private = Kept { destroy: false, ..Kept::of(private) }.private();
            return Diagnostics::new();
        }
        if let Some(conflict) = self.conflict(PlannedObject::Destroyed, prior) {
            return conflict.into();
        }
        *private = Kept { destroy: true, warned: true, ..Kept::of(private) }.private();
        self.warn_of_removal(prior, Removal::Destroy).into_iter().collect()
    }

    async fn import(&self, _: &Call, id: &str) -> Result<Imported, Diagnostics> {
        let known = self.kind.identify(id).map_err(|problem| {
            Diagnostics::from(Diagnostic::error(format!("Importing {} failed", self.type_name()), problem))
        })?;
        let mut state = self.schema().null_object();
        for attribute in &self.schema().attributes {
            if let Some(default) = &attribute.default {
                state.set(&attribute.name, default.clone());
            }
        }
        for (name, value) in known.as_map().into_iter().flatten() {
            state.set(name, value.clone());
        }
        Ok(Imported { state, ..Imported::default() })
    }
}

/// The object as far as a create has come that did not end well.
fn begun_object(planned: &Value, begun: Begun) -> Value {
    let mut object = object::completed(planned, &Value::object([(ID, begun.id)]));
    object.replace_unknowns_with_null();
    object
}

/// What is told when something existed already, just as it was to be made.
pub fn taken_over(thing: &str) -> UserMessage {
    UserMessage::new(format!("{thing} existed already")).say(
        "It is as this configuration wants it, so it was not created again. An earlier apply that was interrupted \
        may have created it. It is managed by this configuration from now on: a destroy removes it.",
    )
}

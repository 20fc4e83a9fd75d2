//! A restore as far as its arguments go, whatever Terraform makes of it: a resource adds results, state and private
//! data ([`RestoreResource`]), an action would add progress. Nothing of either may enter.
//!
//! [`RestoreResource`]: super::RestoreResource

use std::sync::{Arc, OnceLock};

use serde_json::Value as Json;
use time::OffsetDateTime;

use super::any_kind::AnyRestoreKind;
use super::arguments::{self, PageWords, TRIGGERS};
use super::kind::RestoreKind;
use super::not_configured;
use super::reported::{ReportedArgument, ReportedArguments};
use crate::connection::{Connection, Connections};
use crate::restore::adoption::Adopt;
use crate::restore::any_service::AnyRestoreService;
use crate::restore::error::UserMessage;
use crate::restore::extent::Extent;
use crate::restore::intent::Intent;
use crate::restore::life::RestoreOptions;
use crate::restore::record::RestoreRecord;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::FromValue;
use crate::tfplugin::schema::{Attribute, Nesting, Schema, Shape, Type};
use crate::tfplugin::value::{Path, Value};

/// The arguments of an object as a typed model.
///
/// # Errors
/// A diagnostic; Terraform has checked the types, so only a client that breaks the protocol gets it.
pub fn read<T: FromValue>(object: &Value) -> Result<T, Diagnostics> {
    T::from_value(object, &Path::root())
        .map_err(|error| Diagnostic::error("The arguments cannot be read", error.to_string()).into())
}

/// A kind of restore with its arguments, common ones included, and the connection: everything that a resource and an
/// action need alike. It validates objects, computes intents and differences, and prepares the life of a restore; what
/// becomes of the outcome (state, private data, progress) is up to its owner.
///
/// An object that is passed in has at least the arguments; whatever else it has is ignored.
pub struct RestoreCore {
    kind: Box<dyn AnyRestoreKind>,
    arguments: OnceLock<Schema>,
    connections: Connections,
}

/// Everything that [`Life::create`](crate::restore::life::Life::create) and its siblings need, but for the deadline.
pub struct Prepared {
    /// Clients, wait times, progress.
    pub connection: Arc<Connection>,
    /// The backup service that restores.
    pub service: Box<dyn AnyRestoreService>,
    /// The intent, and what the user allows.
    pub options: RestoreOptions,
}

/// How two objects differ in what decides what is restored.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// Arguments that differ or may differ, in the order of the schema.
    pub arguments: Vec<String>,
    /// One of them is known to differ.
    pub certain: bool,
}

impl RestoreCore {
    /// A core of this kind. There need be no connection yet.
    pub fn new(kind: impl RestoreKind, connections: Connections) -> Self {
        Self { kind: Box::new(kind), arguments: OnceLock::new(), connections }
    }

    /// The kind, for what it says of itself and of its arguments.
    pub(crate) fn kind(&self) -> &dyn AnyRestoreKind {
        self.kind.as_ref()
    }

    /// What its page has words for.
    pub fn page(&self) -> PageWords {
        PageWords { activity: self.kind.activity(), makes: self.kind.makes() }
    }

    /// The arguments, without results.
    pub fn arguments(&self) -> &Schema {
        self.arguments.get_or_init(|| {
            let Self { kind, .. } = self;
            let (description, unreported) = (kind.description(), kind.unreported());
            let arguments = arguments::schema(self.page(), &description, &unreported, kind.attributes());
            kind.rules().into_iter().fold(arguments, Schema::rule)
        })
    }

    /// The connection; none while the provider's configuration is not known.
    pub fn connection(&self) -> Option<Arc<Connection>> {
        self.connections.current()
    }

    /// Checks of a configuration that need no Azure, beyond those of the schema. Values may be unknown.
    pub fn validate(&self, config: &Value) -> Diagnostics {
        match self.kind.validate(config) {
            Ok(found) => found,
            // What cannot be read is told by the check of its attribute, and better.
            Err(_) if self.arguments().validate_config(config).has_errors() => Diagnostics::new(),
            Err(unreadable) => unreadable,
        }
    }

    /// Checks against the clock, for plans that begin a restore. Values may be unknown.
    pub fn validate_at_creation(&self, config: &Value, now: OffsetDateTime) -> Diagnostics {
        self.kind.validate_at_creation(config, now).unwrap_or_else(|unreadable| unreadable)
    }

    /// Why a plan that begins this restore is refused. Values may be unknown.
    pub fn undecided_limit(&self, object: &Value) -> Option<UserMessage> {
        self.kind.undecided_limit(&self.with_promises(object))
    }

    /// The object with a value in place of each that is unknown, but promised not to be null: a list with an element that is
    /// unknown, any text. Where an empty list means the same as none, the promise is not enough.
    fn with_promises(&self, object: &Value) -> Value {
        let mut object = object.clone();
        keep_promises(&self.arguments().attributes, &mut object);
        object
    }

    /// The deciding form of each argument: the part of its value that decides what is restored, and where to.
    fn deciding_forms(&self, object: &Value) -> Vec<(&str, Value)> {
        let object = self.kind.with_implied_values(object);
        let attributes = self.arguments().attributes.iter();
        attributes
            .filter_map(|attribute| {
                Some((attribute.name.as_str(), attribute.deciding_form(object.get(&attribute.name))?))
            })
            .collect()
    }

    /// The intent of an object; none while anything that decides is unknown. Absent arguments, and those that say what
    /// their absence means, are not in it: an argument that a later version adds leaves the intents of this one.
    pub fn intent(&self, object: &Value) -> Option<Intent> {
        let mut deciding = serde_json::Map::new();
        deciding.insert("resource".to_owned(), self.kind.type_name().into());
        for (name, form) in self.deciding_forms(object) {
            if !form.is_wholly_known() {
                return None;
            }
            if !form.is_null() {
                deciding.insert(name.to_owned(), json(&form));
            }
        }
        Some(Intent::of(&Json::Object(deciding)))
    }

    /// What the restore of an object writes to: its deciding arguments but for the point and `triggers`.
    pub fn extent(&self, object: &Value) -> Extent {
        if self.kind.makes_something_new(object) {
            return Extent::of_something_new();
        }
        let no_place = |name: &str| name == TRIGGERS || self.kind.point_arguments().contains(&name);
        let forms = self.deciding_forms(object).into_iter().filter(|(name, _)| !no_place(name));
        Extent::new(forms.map(|(name, form)| (name.to_owned(), json(&form))).collect())
    }

    /// How `after`, in which values may be unknown, differs from `before`.
    pub fn difference(&self, before: &Value, after: &Value) -> Difference {
        let mut difference = Difference { arguments: Vec::new(), certain: false };
        for ((name, before), (_, after)) in self.deciding_forms(before).iter().zip(self.deciding_forms(after)) {
            if *before != after {
                difference.arguments.push((*name).to_owned());
                difference.certain |= after.is_wholly_known();
            }
        }
        difference
    }

    /// What the user wants of the restore; none while anything that decides is unknown.
    pub fn options(&self, object: &Value) -> Option<RestoreOptions> {
        Some(RestoreOptions {
            intent: self.intent(object)?,
            extent: self.extent(object),
            adopt: object.get("adopt").as_str().map_or(Adopt::Running, Adopt::of),
            accept_warnings: object.get("accept_warnings").as_bool().unwrap_or_default(),
        })
    }

    /// Everything that a restore needs before it can begin, or go on.
    ///
    /// # Errors
    /// Diagnostics if the provider is not configured, an argument cannot be used, or one is unknown.
    pub fn prepare(&self, object: &Value) -> Result<Prepared, Diagnostics> {
        let connection = self.connection().ok_or_else(not_configured)?;
        let service = self.kind.service(&connection, object)?;
        let options = self.options(object).ok_or_else(|| {
            let noun = self.kind.activity().words().noun;
            let text = format!("Terraform applied this {noun} with unknown arguments.");
            Diagnostic::error("The arguments are not known", text)
        })?;
        Ok(Prepared { connection, service, options })
    }

    /// Fills in what is known of an imported job: `arguments` came with it, its record reports the others.
    pub(in crate::resources) fn fill_in_reported(
        &self,
        object: &mut Value,
        arguments: Vec<ReportedArgument>,
        record: &RestoreRecord,
    ) {
        ReportedArguments::valid(self.arguments(), arguments).fill_in(self.arguments(), object);
        self.reported(object, record).fill_in(self.arguments(), object);
    }

    /// What of `configured`, in which values may be unknown, contradicts the job that was imported as `imported`: a
    /// message on each argument that names both values.
    pub(in crate::resources) fn contradictions(
        &self,
        imported: &Value,
        record: &RestoreRecord,
        configured: &Value,
    ) -> Vec<UserMessage> {
        let configured = self.kind.with_implied_values(configured);
        self.reported(imported, record).contradictions(self.arguments(), &configured)
    }

    fn reported(&self, imported: &Value, record: &RestoreRecord) -> ReportedArguments {
        ReportedArguments::valid(self.arguments(), self.kind.reported_arguments(imported, record))
    }
}

/// A form as the text that is hashed. Numbers stay exact: they are written as texts.
fn keep_promises(attributes: &[Attribute], object: &mut Value) {
    let Value::Map(members) = object else { return };
    for attribute in attributes {
        let Some(value) = members.get_mut(&attribute.name) else { continue };
        let promised = matches!(value, Value::Unknown(unknown) if unknown.is_not_null());
        match &attribute.shape {
            Shape::Plain(Type::String) if promised => *value = "known after apply".into(),
            Shape::Plain(Type::List(_) | Type::Set(_)) | Shape::Nested(Nesting::List | Nesting::Set, _)
                if promised && !attribute.empty_means_absent =>
            {
                *value = Value::List(vec![Value::unknown()]);
            }
            Shape::Nested(Nesting::Single, inner) => keep_promises(inner, value),
            Shape::Nested(_, inner) => {
                if let Value::List(elements) = value {
                    elements.iter_mut().for_each(|element| keep_promises(inner, element));
                }
            }
            Shape::Plain(_) => {}
        }
    }
}

fn json(form: &Value) -> Json {
    match form {
        Value::Null | Value::Unknown(_) => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Number(number) => Json::String(number.to_string()),
        Value::String(text) => Json::String(text.clone()),
        Value::List(elements) => elements.iter().map(json).collect(),
        Value::Map(members) => members.iter().map(|(name, member)| (name.clone(), json(member))).collect(),
        Value::Dynamic(dynamic) => json(&dynamic.value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::destroy::{RevocableKind, resource};
    use super::*;
    use crate::tfplugin::resource::Resource as _;

    fn core() -> RestoreCore {
        RestoreCore::new(RevocableKind::default(), Connections::default())
    }

    fn object(members: &[(&str, Value)]) -> Value {
        let mut object = resource(RevocableKind::default(), Arc::default()).schema().null_object();
        for (name, value) in [("item_id", "/item".into())].iter().chain(members) {
            object.set(*name, value.clone());
        }
        object
    }

    #[test]
    fn what_is_written_to_does_not_depend_on_the_point_or_the_triggers() {
        let extent = |members: &[(&str, Value)]| core().extent(&object(members));
        let triggers = Value::object([("run", "2")]);
        assert_eq!(extent(&[("point", "a".into()), (TRIGGERS, triggers)]), extent(&[]));
        assert_ne!(extent(&[("item_id", "/other".into())]), extent(&[]));
        assert_ne!(extent(&[]), Extent::default());
    }

    #[test]
    fn an_absent_argument_is_in_no_intent_and_an_unknown_one_leaves_none() {
        let intent = |members: &[(&str, Value)]| core().intent(&object(members));
        let deciding = serde_json::json!({"resource": "azurebackup_thing_restore", "item_id": "/item"});
        assert_eq!(intent(&[]), Some(Intent::of(&deciding)));
        assert_ne!(intent(&[("point", "a".into())]), intent(&[]));
        assert_eq!(intent(&[("point", Value::unknown())]), None);
        assert_eq!(intent(&[("adopt", Value::unknown())]), intent(&[]), "it decides nothing");
    }

    #[test]
    fn a_difference_is_certain_if_any_argument_is_known_to_differ() {
        let difference = |members: &[(&str, Value)]| {
            let Difference { arguments, certain } = core().difference(&object(&[]), &object(members));
            (arguments, certain)
        };
        let (item_id, point) = ("item_id".to_owned(), "point".to_owned());
        assert_eq!(difference(&[]), (vec![], false));
        assert_eq!(difference(&[("point", "a".into())]), (vec![point.clone()], true));
        assert_eq!(difference(&[("point", Value::unknown())]), (vec![point.clone()], false));
        let both = vec![item_id, point];
        let other = || ("item_id", Value::from("/other"));
        assert_eq!(difference(&[other(), ("point", Value::unknown())]), (both.clone(), true));
        assert_eq!(difference(&[other(), ("point", "a".into())]), (both, true));
    }

    #[test]
    fn a_number_is_hashed_exactly() {
        let number = |text: &str| json(&Value::Number(text.parse().unwrap()));
        assert_ne!(number("9007199254740993"), number("9007199254740992"));
    }
}

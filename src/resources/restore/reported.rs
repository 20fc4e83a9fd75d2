//! What a job reports about the arguments of its restore: an import fills it in, and compares it with the configuration
//! until the first apply has succeeded.

use crate::restore::argument_path::{ArgumentPath, Step};
use crate::restore::error::UserMessage;
use crate::tfplugin::schema::{Attribute, Schema, Shape};
use crate::tfplugin::value::{Path, Value};

use super::plan::written;

/// Whether the arguments as they are configured, in which anything may be unknown, ask for the same.
type Agrees = Box<dyn Fn(&Value) -> bool + Send + Sync>;

/// One argument as the job of a restore reports it.
///
/// A value that the schema's own checks refuse counts as not reported: Azure's answers are foreign text.
pub struct ReportedArgument {
    argument: ArgumentPath,
    /// None: what the job says cannot be written as a value of the argument.
    value: Option<Value>,
    shown: Option<String>,
    agrees: Option<Agrees>,
}

impl ReportedArgument {
    /// `argument` (`target.file_prefix`) was `value`: this is filled in, and a configured value must have its canonical
    /// form. Null: the job did what the absence of the argument means.
    pub fn new(argument: impl Into<ArgumentPath>, value: impl Into<Value>) -> Self {
        Self { argument: argument.into(), value: Some(value.into()), shown: None, agrees: None }
    }

    /// What the job says of `argument` in other words than a configuration, such as a name where that has an id: nothing is
    /// filled in, and what is configured must agree. `agrees` gets all arguments, in which anything may be unknown.
    pub fn in_words(
        argument: impl Into<ArgumentPath>,
        shown: impl Into<String>,
        agrees: impl Fn(&Value) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { argument: argument.into(), value: None, shown: Some(shown.into()), agrees: Some(Box::new(agrees)) }
    }

    /// How an error shows the job's value, if not as HCL writes it.
    #[must_use]
    pub fn shown_as(self, text: impl Into<String>) -> Self {
        Self { shown: Some(text.into()), ..self }
    }

    /// Another way to ask for the same: the outermost argument as it is configured, in which anything may be unknown.
    #[must_use]
    pub fn or_if(self, agrees: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        let outermost = self.outermost().to_owned();
        Self { agrees: Some(Box::new(move |configured: &Value| agrees(configured.get(&outermost)))), ..self }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.argument.steps().iter().filter_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            Step::Element(_) => None,
        })
    }

    fn outermost(&self) -> &str {
        self.names().next().unwrap_or_default()
    }

    fn attribute<'s>(&self, schema: &'s Schema) -> Option<&'s Attribute> {
        let mut attributes = schema.attributes.as_slice();
        let mut found = None;
        for name in self.names() {
            let attribute = attributes.iter().find(|attribute| attribute.name == name)?;
            attributes = match &attribute.shape {
                Shape::Nested(_, attributes) => attributes,
                Shape::Plain(_) => &[],
            };
            found = Some(attribute);
        }
        found
    }

    fn is_valid(&self, schema: &Schema) -> bool {
        let path = Path::attribute(self.outermost());
        self.attribute(schema).is_some_and(|attribute| {
            let passes = |value| attribute.validators.iter().all(|check| !check.check(value, &path).has_errors());
            self.value.as_ref().is_none_or(passes)
        })
    }

    /// Writes the value into an object that says nothing there. What is the default anyway is left out.
    fn fill_in(&self, schema: &Schema, object: &mut Value) {
        let (Some(attribute), Some(value)) = (self.attribute(schema), &self.value) else { return };
        if attribute.canonical_form(value).is_null() {
            return;
        }
        let names: Vec<&str> = self.names().collect();
        fill_in(object, &names, value);
    }

    /// What `configured`, the arguments as they are configured, says otherwise.
    pub(in crate::resources) fn contradiction(&self, schema: &Schema, configured: &Value) -> Option<UserMessage> {
        let attribute = self.attribute(schema)?;
        let outermost = configured.get(self.outermost());
        let value = self.names().fold(configured, |value, name| value.get(name));
        let unknown = !value.is_wholly_known() || value.is_null() && !outermost.is_wholly_known();
        let reported = self.value.as_ref();
        let same = || reported.is_some_and(|own| attribute.canonical_form(value) == attribute.canonical_form(own));
        if unknown || same() || self.agrees.as_ref().is_some_and(|agrees| agrees(configured)) {
            return None;
        }
        let reported = self.shown.clone().or_else(|| reported.map(shown)).unwrap_or_default();
        let configured = shown(if value.is_null() { outermost } else { value });
        Some(
            UserMessage::new("The imported job did something else")
                .on(self.argument.clone())
                .say(format!("The job: {reported}\nThe configuration: {configured}")),
        )
    }
}

fn shown(value: &Value) -> String {
    if value.is_null() { "not set".to_owned() } else { written(value) }
}

fn fill_in(object: &mut Value, names: &[&str], value: &Value) {
    let Some((name, inner)) = names.split_first() else { return };
    let mut member = object.get(name).clone();
    if inner.is_empty() {
        if !member.is_null() {
            return;
        }
        member = value.clone();
    } else {
        fill_in(&mut member, inner, value);
    }
    object.set(*name, member);
}

/// What a job reports, as far as the checks of `schema` let it pass.
pub(super) struct ReportedArguments(Vec<ReportedArgument>);

impl ReportedArguments {
    pub(super) fn valid(schema: &Schema, reported: Vec<ReportedArgument>) -> Self {
        Self(reported.into_iter().filter(|argument| argument.is_valid(schema)).collect())
    }

    /// Fills in what `object` does not say.
    pub(super) fn fill_in(&self, schema: &Schema, object: &mut Value) {
        for argument in &self.0 {
            argument.fill_in(schema, object);
        }
        schema.fill_absent(object);
    }

    /// What `configured`, in which values may be unknown, says otherwise: one message for each outermost argument.
    pub(super) fn contradictions(&self, schema: &Schema, configured: &Value) -> Vec<UserMessage> {
        let mut named: Vec<&str> = Vec::new();
        let mut messages = Vec::new();
        for argument in &self.0 {
            if named.contains(&argument.outermost()) {
                continue;
            }
            if let Some(message) = argument.contradiction(schema, configured) {
                named.push(argument.outermost());
                messages.push(message);
            }
        }
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::validators::one_of;

    fn schema() -> Schema {
        let target = vec![Attribute::string("url").required(), Attribute::string("prefix").optional()];
        let store = Attribute::string("store").optional().absent_means("A").validate(one_of(&["A", "B"]));
        Schema::new("x", vec![Attribute::object("target", target).optional(), store])
    }

    fn reported(argument: &str, value: impl Into<Value>) -> ReportedArguments {
        ReportedArguments::valid(&schema(), vec![ReportedArgument::new(argument, value)])
    }

    fn said(reported: &ReportedArguments, configured: &Value) -> Vec<String> {
        let messages = reported.contradictions(&schema(), configured);
        messages
            .into_iter()
            .map(|message| format!("{}: {}", message.argument.unwrap(), message.paragraphs[0]))
            .collect()
    }

    #[test]
    fn what_is_reported_is_filled_in_where_nothing_stands() {
        let mut object = schema().null_object();
        reported("target.url", "https://a").fill_in(&schema(), &mut object);
        let target = Value::object([("url", "https://a".into()), ("prefix", Value::Null)]);
        assert_eq!(*object.get("target"), target);
        reported("target.url", "https://b").fill_in(&schema(), &mut object);
        assert_eq!(*object.get("target"), target);
    }

    #[test]
    fn a_default_is_not_filled_in_and_yet_compared() {
        let mut object = schema().null_object();
        reported("store", "A").fill_in(&schema(), &mut object);
        assert!(object.get("store").is_null());
        let configured = Value::object([("store", "B")]);
        assert_eq!(said(&reported("store", "A"), &configured), ["store: The job: \"A\"\nThe configuration: \"B\""]);
        assert_eq!(said(&reported("store", "B"), &schema().null_object()).len(), 1);
        assert_eq!(said(&reported("store", "A"), &schema().null_object()).len(), 0);
    }

    #[test]
    fn what_does_not_pass_the_checks_of_the_schema_is_not_reported() {
        let nonsense = reported("store", "C");
        let mut object = schema().null_object();
        nonsense.fill_in(&schema(), &mut object);
        assert_eq!(object, schema().null_object());
        assert_eq!(said(&nonsense, &Value::object([("store", "B")])).len(), 0);
    }

    #[test]
    fn what_is_unknown_contradicts_nothing() {
        let url = reported("target.url", "https://a");
        let target =
            |url: Value, prefix: Value| Value::object([("target", Value::object([("url", url), ("prefix", prefix)]))]);
        assert_eq!(said(&url, &target(Value::unknown(), Value::Null)).len(), 0);
        assert_eq!(said(&url, &target(Value::Null, Value::unknown())).len(), 0);
        assert_eq!(said(&url, &Value::object([("target", Value::unknown())])).len(), 0);
        assert_eq!(said(&url, &target("https://b".into(), Value::unknown())).len(), 1);
        let absent = ["target.url: The job: \"https://a\"\nThe configuration: not set"];
        assert_eq!(said(&url, &schema().null_object()), absent);
    }

    #[test]
    fn another_way_to_ask_for_the_same_is_no_contradiction() {
        let argument = ReportedArgument::new("target.url", "https://a").or_if(|target| !target.get("prefix").is_null());
        let reported = ReportedArguments::valid(&schema(), vec![argument]);
        let target = |prefix: Value| Value::object([("target", Value::object([("prefix", prefix)]))]);
        assert_eq!(said(&reported, &target("p".into())).len(), 0);
        assert_eq!(said(&reported, &target(Value::Null)).len(), 1);
    }
}

//! What all functions that take an id apart have in common: one argument, an object back, and the error.

use crate::azure::expected_id;
use crate::azure::resource_id::{InvalidResourceId, ResourceId};
use crate::tfplugin::function::{Definition, Function, FunctionError, Parameter, Returns};
use crate::tfplugin::schema::{Attribute, Type};
use crate::tfplugin::value::Value;

/// A function that takes an ARM id apart.
pub struct IdParser {
    name: &'static str,
    kind: IdKind,
    definition: Definition,
}

/// What distinguishes one such function from another.
pub(super) struct IdKind {
    /// What the id is of, with its article: "a backup instance".
    pub(super) thing: &'static str,
    /// What users do with the result. Markdown.
    pub(super) purpose: &'static str,
    /// An id that the function takes.
    pub(super) example: &'static str,
    /// Makes the object.
    pub(super) take_apart: fn(&str) -> Result<Value, InvalidResourceId>,
}

impl IdParser {
    /// The function `name`, whose object has these attributes.
    pub(super) fn new(name: &'static str, kind: IdKind, attributes: Vec<Attribute>) -> Self {
        let IdKind { thing, purpose, .. } = kind;
        let summary = format!("Returns the parts of the ID of {thing}.");
        let description = format!(
            "\
            Returns the parts of the ARM ID of {thing}. {purpose}\n\n\
            Upper and lower case of the ID do not matter. The names in the result are written as in the ID, but \
            without percent-encoding: `%3B` is `;`. The types in the IDs of the result are written as `azurerm` writes \
            them. The function does not check whether the object exists in Azure."
        );
        let id = Parameter::new("id", Type::String, format!("The ARM id of {thing}."));
        let definition = Definition::new(summary, description, vec![id], Returns::object(attributes));
        Self { name, kind, definition }
    }

    /// Says what the text is instead, but does not repeat it: clients show the value already, unless it is sensitive.
    fn refused(&self, text: &str, reason: &InvalidResourceId) -> String {
        let instead = match reason {
            InvalidResourceId::OtherType { .. } => {
                match ResourceId::parse(text).ok().and_then(|id| id.resource_type()) {
                    Some(found) => format!("found the id of {found}"),
                    None => "found the id of a subscription, a resource group or the like".to_owned(),
                }
            }
            broken => format!("found no id: {broken}"),
        };
        self.but(&instead)
    }

    fn but(&self, instead: &str) -> String {
        let IdKind { thing, example, .. } = self.kind;
        format!("expected the id of {thing}, but {instead}; an example is \"{example}\"")
    }
}

impl Function for IdParser {
    fn name(&self) -> &'static str {
        self.name
    }

    fn definition(&self) -> &Definition {
        &self.definition
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let text = arguments.first().and_then(Value::as_str).unwrap_or_default();
        let parts = (self.kind.take_apart)(text).map_err(|reason| FunctionError::at(0, self.refused(text, &reason)))?;
        match expected_id::flaw(text) {
            Some(flaw) => Err(FunctionError::at(0, self.but(&format!("found {flaw}")))),
            None => Ok(parts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let kind = IdKind {
            thing: "a vault",
            purpose: "",
            example: "/x",
            take_apart: |text| {
                ResourceId::parse(text)?;
                Err(InvalidResourceId::OtherType { expected: "" })
            },
        };
        IdParser::new("parse", kind, Vec::new()).call(&[Value::from(text)]).unwrap_err().text
    }

    #[test]
    fn an_id_with_a_blank_or_the_name_of_a_subscription_is_not_taken_apart() {
        const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
        let example = format!("/subscriptions/{NOBODY}/resourceGroups/g/providers/a.b/c/d");
        let kind = IdKind { thing: "a thing", purpose: "", example: "/x", take_apart: |_| Ok(Value::Null) };
        let parser = IdParser::new("parse", kind, Vec::new());
        let told = |text: &str| parser.call(&[Value::from(text)]).err().map(|error| error.text).unwrap_or_default();
        assert_eq!(told(&example), "");
        for (text, found) in [
            (format!("{example}\n"), "found an id with a blank or a line break at its beginning or end"),
            (example.replace(NOBODY, "shop"), "found an id whose subscription is not a GUID"),
        ] {
            assert_eq!(told(&text), format!("expected the id of a thing, but {found}; an example is \"/x\""));
        }
    }

    #[test]
    fn an_error_names_what_is_expected_and_what_was_found() {
        for (text, found) in [
            ("my-vault", "found no id: a resource id begins with \"/\""),
            ("/subscriptions/s", "found the id of a subscription, a resource group or the like"),
            (
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d",
                "found the id of Microsoft.Compute/disks",
            ),
        ] {
            assert_eq!(refused(text), format!("expected the id of a vault, but {found}; an example is \"/x\""));
        }
    }
}

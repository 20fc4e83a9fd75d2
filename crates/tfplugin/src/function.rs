//! What must be written to offer a function.

use super::attribute::{Attribute, object_type};
use super::nulls::has_null_elements;
use super::types::Type;
use super::value::Value;

/// A function, called as `provider::<provider>::<name>(…)` by Terraform from 1.8 and OpenTofu from 1.7. Older clients
/// pass over it. It runs in processes that were never configured, and the same arguments must give the same result:
/// Terraform compares those of plan and apply.
pub trait Function: Send + Sync + 'static {
    /// The name as configurations write it after the provider's: lower-case letters, digits and underscores.
    fn name(&self) -> &'static str;

    /// Its parameters and its result. Asked for at every start of a process, so build it once and keep it.
    fn definition(&self) -> &Definition;

    /// Calls it. There is one argument for each parameter, then those of the variadic one, each of its type; null and
    /// unknown ones only where their parameter allows it.
    ///
    /// # Errors
    /// [`FunctionError`] is shown to the user as it is.
    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError>;
}

/// What a function looks like in a configuration.
#[derive(Clone, Debug)]
pub struct Definition {
    /// What it does, in one sentence of plain text: editors show it.
    pub summary: String,
    /// What it does, in Markdown: the registry shows it.
    pub description: String,
    /// What it takes, in the order of the arguments.
    pub parameters: Vec<Parameter>,
    /// Takes all arguments after those of `parameters`, none included.
    pub variadic: Option<Parameter>,
    /// The type of its result, and what the result means.
    pub returns: Returns,
    /// What to use instead; `None` if it is not deprecated.
    pub deprecated: Option<String>,
}

impl Definition {
    /// A function of these parameters.
    pub fn new(
        summary: impl Into<String>,
        description: impl Into<String>,
        parameters: Vec<Parameter>,
        returns: Returns,
    ) -> Self {
        let (summary, description) = (summary.into(), description.into());
        Self { summary, description, parameters, variadic: None, returns, deprecated: None }
    }

    /// Takes any number of further arguments.
    #[must_use]
    pub fn variadic(mut self, parameter: Parameter) -> Self {
        self.variadic = Some(parameter);
        self
    }

    /// The parameter of the argument at `position`.
    fn parameter(&self, position: usize) -> Option<&Parameter> {
        self.parameters.get(position).or(self.variadic.as_ref())
    }
}

/// One argument of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Lower-case letters, digits and underscores. Clients show it in errors; arguments have no names.
    pub name: String,
    /// The type that clients convert an argument to.
    pub of_type: Type,
    /// What to pass, in Markdown.
    pub description: String,
    /// If not, clients refuse null themselves.
    pub allow_null: bool,
    /// Elements of lists, sets and maps in the argument may be null. Clients do not look there.
    pub allow_null_elements: bool,
    /// If not, clients do not call the function while a part of the argument is unknown: the result is unknown, too.
    pub allow_unknown: bool,
}

impl Parameter {
    /// A parameter that takes neither null nor unknown values.
    pub fn new(name: impl Into<String>, of_type: Type, description: impl Into<String>) -> Self {
        let (name, description) = (name.into(), description.into());
        Self { name, of_type, description, allow_null: false, allow_null_elements: false, allow_unknown: false }
    }

    /// Lets null through to the function. Otherwise the client refuses it.
    #[must_use]
    pub fn allow_null(mut self) -> Self {
        self.allow_null = true;
        self
    }

    /// Takes lists, sets and maps with null elements.
    #[must_use]
    pub fn allow_null_elements(mut self) -> Self {
        self.allow_null_elements = true;
        self
    }

    /// Takes values that are unknown as a whole or in part.
    #[must_use]
    pub fn allow_unknown(mut self) -> Self {
        self.allow_unknown = true;
        self
    }
}

/// The result of a function, as the schema and the page describe it.
#[derive(Clone, Debug, PartialEq)]
pub struct Returns {
    /// The type of the result.
    pub of_type: Type,
    /// The attributes of a result that is an object, for the documentation: clients are not told. Empty for other types.
    pub attributes: Vec<Attribute>,
}

impl Returns {
    /// A value of this type.
    pub fn value(of_type: Type) -> Self {
        Self { of_type, attributes: Vec::new() }
    }

    /// An object of these attributes.
    pub fn object(attributes: Vec<Attribute>) -> Self {
        Self { of_type: object_type(&attributes, &[]), attributes }
    }
}

/// Why a function gave no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    /// Completes "… failed: " or "Invalid value for … parameter: ". Clients add the full stop.
    pub text: String,
    /// The argument at fault, counted from 0.
    pub argument: Option<usize>,
}

impl FunctionError {
    /// An error that no single argument is to blame for.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: None }
    }

    /// An error of the argument at `position`, counted from 0.
    pub fn at(position: usize, text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: Some(position) }
    }
}

/// Sees to it that `count` arguments are what the definition wants, before they are read.
///
/// # Errors
/// [`FunctionError`] names both numbers.
pub(super) fn check_count(definition: &Definition, count: usize) -> Result<(), FunctionError> {
    let wanted = definition.parameters.len();
    if count == wanted || (count > wanted && definition.variadic.is_some()) {
        return Ok(());
    }
    let at_least = if definition.variadic.is_some() { "at least " } else { "" };
    Err(FunctionError::new(format!("wrong number of arguments: expected {at_least}{wanted}, found {count}")))
}

/// The type of the argument at `position`.
pub(super) fn argument_type(definition: &Definition, position: usize) -> &Type {
    definition.parameter(position).map_or(&Type::Dynamic, |parameter| &parameter.of_type)
}

/// Calls `function`, whose arguments are of their types. What clients should have kept back is not passed on, and an
/// error never blames an argument that is not there, because clients stumble over that.
///
/// # Errors
/// [`FunctionError`].
pub(super) fn call(function: &dyn Function, arguments: &[Value]) -> Result<Value, FunctionError> {
    for (position, argument) in arguments.iter().enumerate() {
        let Some(parameter) = function.definition().parameter(position) else { continue };
        if argument.is_null() && !parameter.allow_null {
            return Err(FunctionError::at(position, "it must not be null"));
        }
        if !parameter.allow_null_elements && has_null_elements(argument, &parameter.of_type) {
            return Err(FunctionError::at(position, "none of its elements may be null"));
        }
        if !argument.is_wholly_known() && !parameter.allow_unknown {
            return Err(FunctionError::at(position, "it must be known, and is known only after apply"));
        }
    }
    function.call(arguments).map_err(|mut error| {
        error.argument = error.argument.filter(|position| *position < arguments.len());
        error
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::generators::{Parts, any_type, value_of};
    use super::*;

    /// Gives its arguments back, or blames the one it is told to.
    struct EchoFunction {
        definition: Definition,
        blames: Option<usize>,
    }

    impl Function for EchoFunction {
        fn name(&self) -> &'static str {
            "echo"
        }

        fn definition(&self) -> &Definition {
            &self.definition
        }

        fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
            match self.blames {
                Some(position) => Err(FunctionError::at(position, "told to")),
                None => Ok(Value::list(arguments.to_vec())),
            }
        }
    }

    fn echo(parameters: Vec<Parameter>) -> EchoFunction {
        let returns = Returns::value(Type::list(Type::String));
        EchoFunction { definition: Definition::new("Echo.", "Echo.", parameters, returns), blames: None }
    }

    fn text(name: &str) -> Parameter {
        Parameter::new(name, Type::String, "Text.")
    }

    #[test]
    fn the_number_of_arguments_is_that_of_the_parameters() {
        let two = echo(vec![text("a"), text("b")]).definition;
        assert_eq!(check_count(&two, 2), Ok(()));
        let told = |definition: &Definition, count| check_count(definition, count).unwrap_err();
        assert_eq!(told(&two, 1), FunctionError::new("wrong number of arguments: expected 2, found 1"));
        assert_eq!(told(&two, 3).argument, None);
        let more = two.clone().variadic(text("c"));
        assert_eq!((check_count(&more, 2), check_count(&more, 5)), (Ok(()), Ok(())));
        assert_eq!(told(&more, 1).text, "wrong number of arguments: expected at least 2, found 1");
    }

    #[test]
    fn null_and_unknown_arguments_reach_only_who_allows_them() {
        let strict = echo(vec![text("a"), text("b")]);
        let told = |arguments: &[Value]| call(&strict, arguments).unwrap_err();
        assert_eq!(told(&["x".into(), Value::Null]), FunctionError::at(1, "it must not be null"));
        assert_eq!(told(&[Value::unknown(), "x".into()]).argument, Some(0));
        assert!(told(&["x".into(), Value::list([Value::unknown()])]).text.contains("must be known"));
        let told_of = |parameter: Parameter, value| call(&echo(vec![parameter]), &[value]);
        let list = |element: Type| Parameter::new("a", Type::list(element), "Any.");
        let nested = Value::list([Value::list(["x".into(), Value::Null])]);
        let null_inside = Err(FunctionError::at(0, "none of its elements may be null"));
        assert_eq!(told_of(list(Type::list(Type::String)).allow_null(), nested.clone()), null_inside);
        let lists = list(Type::list(Type::String)).allow_null_elements();
        assert_eq!(told_of(lists, nested.clone()), Ok(Value::list([nested])));
        let lenient = echo(vec![text("a").allow_null(), text("b").allow_unknown()]);
        assert_eq!(call(&lenient, &[Value::Null, Value::unknown()]), Ok(Value::list([Value::Null, Value::unknown()])));
        let mut variadic = echo(vec![]);
        variadic.definition = variadic.definition.variadic(text("more"));
        assert_eq!(call(&variadic, &["x".into(), Value::Null]).unwrap_err().argument, Some(1));
    }

    #[test]
    fn an_error_blames_only_arguments_that_are_there() {
        let blaming = |position| EchoFunction { blames: Some(position), ..echo(vec![text("a")]) };
        assert_eq!(call(&blaming(0), &["x".into()]), Err(FunctionError::at(0, "told to")));
        assert_eq!(call(&blaming(1), &["x".into()]), Err(FunctionError::new("told to")));
    }

    #[test]
    fn the_type_of_a_returned_object_is_that_of_its_attributes() {
        let returns = Returns::object(vec![Attribute::string("id"), Attribute::number("count")]);
        assert_eq!(returns.of_type, Type::object([("id", Type::String), ("count", Type::Number)]));
    }

    fn call_of_one() -> impl Strategy<Value = (Parameter, Value)> {
        (any_type(), any::<[bool; 3]>()).prop_flat_map(|(of_type, [allow_null, allow_null_elements, allow_unknown])| {
            let value = value_of(&of_type, Parts::Unknown);
            let all = Parameter::new("a", of_type, "Any.");
            let parameter = Parameter { allow_null, allow_null_elements, allow_unknown, ..all };
            (Just(parameter), value)
        })
    }

    proptest! {
        #[test]
        fn a_function_sees_exactly_the_values_that_its_parameter_allows((parameter, value) in call_of_one()) {
            let allowed = (parameter.allow_null || !value.is_null())
                && (parameter.allow_null_elements || !has_null_elements(&value, &parameter.of_type))
                && (parameter.allow_unknown || value.is_wholly_known());
            let outcome = call(&echo(vec![parameter]), std::slice::from_ref(&value));
            if allowed {
                prop_assert_eq!(outcome, Ok(Value::list([value])));
            } else {
                prop_assert_eq!(outcome.unwrap_err().argument, Some(0));
            }
        }
    }
}

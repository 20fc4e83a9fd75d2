//! Functions: what they look like on the wire, their arguments and their answers.

use super::super::catalog::Catalog;
use super::super::diagnostics::Diagnostics;
use super::super::function::{self, Definition, FunctionError, Parameter};
use super::super::proto::tfplugin6 as wire_types;
use super::super::proto::tfplugin6::{DynamicValue, StringKind, call_function, get_functions};
use super::super::schema::Type;
use super::super::value::Value;
use super::super::wire;
use super::{RpcResponse, named, read};
use printable::printable;

/// A function has room for one error and no more.
impl RpcResponse for call_function::Response {
    fn from_diagnostics(diagnostics: Diagnostics) -> Self {
        let texts: Vec<String> =
            diagnostics.into_iter().map(|found| format!("{}: {}", found.summary, found.detail)).collect();
        answer(Err(FunctionError::new(texts.join(" ").trim_end_matches('.'))))
    }

    fn diagnostic_count(&self) -> usize {
        self.error.iter().count()
    }
}

/// Reads the arguments of a function.
///
/// # Errors
/// [`FunctionError`] if they are too many or too few, or one does not fit its parameter.
pub fn arguments(arguments: &[DynamicValue], definition: &Definition) -> Result<Vec<Value>, FunctionError> {
    function::check_count(definition, arguments.len())?;
    let argument = |(position, argument)| {
        read(argument, function::argument_type(definition, position))
            .map_err(|error| FunctionError::at(position, format!("it does not fit the type of the parameter: {error}")))
    };
    arguments.iter().enumerate().map(argument).collect()
}

/// What a function gave, or why it gave nothing.
pub fn answer(called: Result<DynamicValue, FunctionError>) -> call_function::Response {
    match called {
        Ok(result) => call_function::Response { result: Some(result), error: None },
        Err(FunctionError { text, argument }) => {
            let function_argument = argument.and_then(|position| i64::try_from(position).ok());
            let error = wire_types::FunctionError { text: printable(text), function_argument };
            call_function::Response { result: None, error: Some(error) }
        }
    }
}

/// Writes what a function gave.
///
/// # Errors
/// [`FunctionError`] if it is not of the type that was promised.
pub fn result(value: &Value, of_type: &Type) -> Result<DynamicValue, FunctionError> {
    let unfit =
        |error| FunctionError::new(format!("the result does not fit its type: {error}; this is a bug in the provider"));
    wire::encode(value, of_type).map(|msgpack| DynamicValue { msgpack, json: Vec::new() }).map_err(unfit)
}

/// All functions; for clients that ask for them alone.
pub fn listed(catalog: &Catalog) -> get_functions::Response {
    let functions = named(&catalog.functions, |each| function(each.definition()));
    get_functions::Response { functions, ..Default::default() }
}

/// A function. What it returns is there always: clients crash without.
pub(super) fn function(definition: &Definition) -> wire_types::Function {
    wire_types::Function {
        parameters: definition.parameters.iter().map(parameter).collect(),
        variadic_parameter: definition.variadic.as_ref().map(parameter),
        r#return: Some(wire_types::function::Return { r#type: wire::encode_type(&definition.returns.of_type) }),
        summary: definition.summary.clone(),
        description: definition.description.clone(),
        description_kind: StringKind::Markdown.into(),
        deprecation_message: definition.deprecated.clone().unwrap_or_default(),
    }
}

fn parameter(parameter: &Parameter) -> wire_types::function::Parameter {
    wire_types::function::Parameter {
        name: parameter.name.clone(),
        r#type: wire::encode_type(&parameter.of_type),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.clone(),
        description_kind: StringKind::Markdown.into(),
    }
}

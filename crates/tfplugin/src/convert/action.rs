//! Actions: their configuration, and the events that Terraform is told.

use super::super::diagnostics::Diagnostics;
use super::super::proto::tfplugin6 as wire_types;
use super::super::proto::tfplugin6::invoke_action::Event;
use super::super::proto::tfplugin6::invoke_action::event::{Completed, Progress, Type as Told};
use super::super::schema::Schema;
use super::super::types::Type;
use super::super::value::Value;
use super::{DynamicValue, RpcResponse, diagnostic, value};
use printable::printable;

/// The last event of an action.
impl RpcResponse for Event {
    fn from_diagnostics(diagnostics: Diagnostics) -> Self {
        completed(diagnostics.into_iter().map(diagnostic).collect())
    }

    fn diagnostic_count(&self) -> usize {
        match &self.r#type {
            Some(Told::Completed(completed)) => completed.diagnostics.len(),
            _ => 0,
        }
    }
}

/// Reads the configuration of an action. Terraform 1.14 sends null where no `config` block is written.
///
/// # Errors
/// An error diagnostic: the client and this program disagree about the schema.
pub fn config(config: Option<DynamicValue>, schema: &Schema, of_type: &Type) -> Result<Value, Diagnostics> {
    let config = value(config, of_type)?;
    Ok(if config.is_null() { schema.null_object() } else { config })
}

/// How far an action is.
pub fn progress(message: String) -> Event {
    Event { r#type: Some(Told::Progress(Progress { message: printable(message) })) }
}

/// An action has ended.
pub fn completed(diagnostics: Vec<wire_types::Diagnostic>) -> Event {
    Event { r#type: Some(Told::Completed(Completed { diagnostics })) }
}

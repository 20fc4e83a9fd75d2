//! What must be written to offer an action.

use std::fmt;

use async_trait::async_trait;

use super::call::Call;
use super::diagnostics::Diagnostics;
use super::schema::Schema;
use super::value::Value;

/// An action, written `action "<type>" "name" { config { … } }`: something that is done and leaves nothing in the state.
/// Terraform 1.14 and later; other clients pass over it.
///
/// Terraform does it before or after a change of a resource whose `lifecycle` says so, or when a user asks for it with
/// `-invoke`. What was done is not remembered: an action that failed is not done again by the next apply.
#[async_trait]
pub trait Action: Send + Sync + 'static {
    /// The type as configurations write it, with the provider's prefix: `cloud_disk_snapshot`.
    fn type_name(&self) -> &'static str;

    /// Its arguments. There are no results, so nothing in it is computed.
    fn schema(&self) -> &Schema;

    /// Does it, and says how it went: an error means that it failed. `config` is known throughout.
    ///
    /// Terraform prints nothing by itself while an action runs, so report progress every few seconds. After a stop return
    /// soon, with an error that says what goes on without Terraform.
    async fn invoke(&self, call: &Call, config: Value, progress: &Progress) -> Diagnostics;

    /// Checks of the configuration that the schema cannot express; called after those of the schema, in `terraform
    /// validate` and before each plan, maybe in a process that was not configured. Values may be unknown.
    async fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::new()
    }

    /// Looks at what is planned, once for each time it is to be done; an error refuses the plan. Values may be unknown.
    /// There is no second plan during apply.
    async fn plan(&self, call: &Call, config: &Value) -> Diagnostics {
        let _ = (call, config);
        Diagnostics::new()
    }
}

/// Where an action tells how far it is. Terraform prints each message on a line of its own, after the action's address.
pub struct Progress(Box<dyn Fn(String) + Send + Sync>);

impl Progress {
    /// Progress that goes to `sink`, which must not block.
    pub fn new(sink: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self(Box::new(sink))
    }

    /// Tells the user. Never waits: what a client does not take in time is left out, and so is what comes after a stop,
    /// since Terraform 1.14 and 1.15 crash on it.
    pub fn report(&self, message: impl Into<String>) {
        (self.0)(message.into());
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Progress")
    }
}

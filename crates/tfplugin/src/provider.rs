//! What must be written to have a provider.

use std::sync::Arc;

use async_trait::async_trait;

use super::action::Action;
use super::call::Call;
use super::data_source::DataSource;
use super::diagnostics::Diagnostics;
use super::function::Function;
use super::resource::Resource;
use super::schema::Schema;
use super::value::Value;

/// A provider: its own block in a configuration, and everything it offers. `main` hands it to
/// [`process::run`](crate::process::run).
///
/// Terraform starts a process of its own for `validate`, for each plan and for each apply, often several in one command.
/// In each it asks for the schemas first; then [`validate`](Provider::validate); then, in all but `validate` and before
/// anything is planned, read or changed, [`configure`](Provider::configure). Calls come at the same time and from several
/// threads. What [`configure`](Provider::configure) sets up is shared with resources and data sources by whatever they
/// hold in common, for instance an `Arc<RwLock<Option<Client>>>`; in debug mode it is called again for each command.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The provider block, `provider "<name>" { … }`. Asked for at every start of a process, so build it once and keep it.
    fn schema(&self) -> &Schema;

    /// Takes the provider block in and sets up what resources and data sources need, such as a client. During plan values
    /// may be unknown; then do without them, or say so where a resource needs them. An error ends the command.
    async fn configure(&self, call: &Call, config: Value) -> Diagnostics;

    /// Everything it offers. Called once in a process, at the first request.
    fn offering(&self) -> Offering;

    /// Checks of the provider block that the schema cannot express; called after those of the schema and before
    /// [`configure`](Provider::configure). Values may be unknown.
    async fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::new()
    }
}

/// Everything that a provider offers: one list for each kind of thing. Leave out the kinds that it has nothing of, with
/// `..Offering::default()`.
#[derive(Clone, Default)]
pub struct Offering {
    /// What is made, changed and removed: `resource "<type>" "name" { … }`.
    pub resources: Vec<Arc<dyn Resource>>,
    /// What is looked up: `data "<type>" "name" { … }`.
    pub data_sources: Vec<Arc<dyn DataSource>>,
    /// What is computed: `provider::<provider>::<name>(…)`. Terraform 1.8 and later.
    pub functions: Vec<Arc<dyn Function>>,
    /// What is done and leaves nothing behind: `action "<type>" "name" { … }`. Terraform 1.14 and later.
    pub actions: Vec<Arc<dyn Action>>,
}

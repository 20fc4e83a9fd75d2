//! What must be written to offer a data source.

use async_trait::async_trait;

use super::call::Call;
use super::diagnostics::Diagnostics;
use super::schema::Schema;
use super::value::Value;

/// A data source, written `data "<type>" "name" { … }`: something that is looked up and never changed.
///
/// Terraform reads it during plan; where its configuration depends on something known only after apply, during apply. It
/// keeps nothing from one reading to the next.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// The type as configurations write it, with the provider's prefix: `cloud_disk`.
    fn type_name(&self) -> &'static str;

    /// Its arguments and results. Asked for at every start of a process, so build it once and keep it.
    fn schema(&self) -> &Schema;

    /// Looks it up. `config` is known throughout, with the schema's defaults filled in; the answer is the same object with
    /// the results filled in. Warnings may come with it.
    ///
    /// # Errors
    /// Diagnostics if it could not be read; the plan or apply then fails.
    async fn read(&self, call: &Call, config: Value) -> Result<(Value, Diagnostics), Diagnostics>;

    /// Checks of the configuration that the schema cannot express; called after those of the schema, in `terraform
    /// validate` and before each plan, maybe in a process that was not configured. Values may be unknown.
    async fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::new()
    }
}

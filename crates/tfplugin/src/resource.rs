//! What a product thing must do to be offered to Terraform: resources, data sources, the provider itself.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::diagnostics::{Diagnostic, Diagnostics};
use super::function::Function;
use super::schema::Schema;
use super::value::{Path, Value};

/// What every call knows about its surroundings.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Fires when the user interrupts while the call is in flight. Never during plan, refresh or validation: there
    /// Terraform sends no stop.
    pub stop: CancellationToken,
    /// Terraform would take a deferral as an answer. During apply it says so as well, and does not.
    pub deferral_allowed: bool,
    /// Version of the client, known once the provider was configured.
    pub terraform_version: Option<String>,
}

impl Call {
    /// Whether a plan is the one that Terraform asks for again during apply, right before the change: from 1.9 on it
    /// claims there that it would take a deferral. Alpha builds can be told to claim it in a plan, too; in them, and in
    /// OpenTofu, the two cannot be told apart and the answer is no.
    pub fn is_plan_of_apply(&self) -> bool {
        let alpha = self.terraform_version.as_deref().is_none_or(|version| version.contains("alpha"));
        self.deferral_allowed && !alpha
    }

    /// A call that `stop` interrupts.
    pub fn new(stop: CancellationToken) -> Self {
        Self { stop, ..Self::default() }
    }
}

/// Bytes that Terraform keeps beside an object for the provider: not shown, not encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Private(Vec<u8>);

/// Private bytes that cannot be read or written as what they should be.
#[derive(Debug, thiserror::Error)]
#[error("the private data of the object is not what this version of the provider keeps there")]
pub struct PrivateError(#[from] serde_json::Error);

impl Private {
    /// As received.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// To be sent.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// To be sent.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// True if there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was kept with [`Private::set`]; `None` if nothing was.
    ///
    /// # Errors
    /// [`PrivateError`] if the bytes are no JSON of that type.
    pub fn get<T: DeserializeOwned>(&self) -> Result<Option<T>, PrivateError> {
        if self.0.is_empty() { Ok(None) } else { Ok(Some(serde_json::from_slice(&self.0)?)) }
    }

    /// Keeps `content` as JSON in place of what was there.
    ///
    /// # Errors
    /// [`PrivateError`] if `content` has no JSON form (maps with keys that are no texts).
    pub fn set<T: Serialize + ?Sized>(&mut self, content: &T) -> Result<(), PrivateError> {
        self.0 = serde_json::to_vec(content)?;
        Ok(())
    }

    /// Keeps nothing.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// A planned change while [`Resource::modify_plan`] works on it.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The configuration; unknown values are possible.
    pub config: Value,
    /// The object in state; `None` for a create, also for the second leg of a replacement and for a tainted object.
    pub prior: Option<Value>,
    /// The plan by the rules of [`super::plan`], to be changed where the rules of Terraform let it (protocol 4.2): only
    /// computed attributes that are not configured.
    pub planned: Value,
    /// In: the bytes kept with the object, or (second leg of a replacement) those planned in the first leg. Out: the
    /// bytes for apply.
    pub private: Private,
    /// Attributes whose change makes a new object. Each must exist in `prior` or `planned`.
    pub requires_replace: Vec<Path>,
    /// Errors and warnings. Warnings of the second leg of a replacement are not shown.
    pub diagnostics: Diagnostics,
}

impl Plan {
    /// True if there is no object yet.
    pub fn is_create(&self) -> bool {
        self.prior.is_none()
    }

    /// Marks the attribute `name` of the root object as known only after apply.
    pub fn set_unknown(&mut self, name: &str) {
        self.planned.set(name, Value::unknown());
    }

    /// Asks for a new object because of `path`.
    pub fn replace_because_of(&mut self, path: Path) {
        if !self.requires_replace.contains(&path) {
            self.requires_replace.push(path);
        }
    }
}

/// A create.
#[derive(Clone, Debug, Default)]
pub struct CreateRequest {
    /// As planned; what was unknown in the plan still is.
    pub planned: Value,
    /// The configuration, known throughout; the only place of write-only values.
    pub config: Value,
    /// As planned.
    pub private: Private,
}

/// An update in place.
#[derive(Clone, Debug, Default)]
pub struct UpdateRequest {
    /// The object in state.
    pub prior: Value,
    /// As planned; what was unknown in the plan still is.
    pub planned: Value,
    /// The configuration, known throughout; the only place of write-only values.
    pub config: Value,
    /// As planned.
    pub private: Private,
}

/// A destroy.
#[derive(Clone, Debug, Default)]
pub struct DeleteRequest {
    /// The object in state.
    pub prior: Value,
    /// As planned.
    pub private: Private,
}

/// What a create or an update led to. Values planned as known must be the same here. State and private bytes are
/// saved also beside errors: after a create the object is then tainted.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// The object as it is now. `None` with an error: after a create nothing is saved, after an update the prior object
    /// and its private bytes stay.
    pub state: Option<Value>,
    /// Replaces the bytes kept with the object; empty erases them.
    pub private: Private,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// What a refresh found.
#[derive(Clone, Debug, Default)]
pub struct ReadOutcome {
    /// The object; `None` means that it is gone and makes Terraform plan a new one.
    pub state: Option<Value>,
    /// Replaces the bytes kept with the object; empty erases them.
    pub private: Private,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl ReadOutcome {
    /// The object as it was.
    pub fn unchanged(state: Value, private: Private) -> Self {
        Self { state: Some(state), private, diagnostics: Diagnostics::new() }
    }
}

/// What an import found. A refresh follows, with nothing but this.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// Every attribute is there, null where the importer does not know it.
    pub state: Value,
    /// Bytes to keep with the object.
    pub private: Private,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

/// A managed resource.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// With the provider's prefix.
    fn type_name(&self) -> &'static str;

    /// Its arguments and results.
    fn schema(&self) -> &Schema;

    /// Checks that the schema cannot express; called after those of the schema. Values may be unknown.
    async fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::new()
    }

    /// Adjusts the plan of a create or an update. The same input must give the same plan: Terraform plans again during
    /// apply and compares.
    async fn modify_plan(&self, call: &Call, plan: &mut Plan) {
        let _ = (call, plan);
    }

    /// Looks at a planned destroy; also called for the old object of a replacement that `-replace` asks for.
    async fn plan_destroy(&self, call: &Call, prior: &Value, private: &mut Private) -> Diagnostics {
        let _ = (call, prior, private);
        Diagnostics::new()
    }

    /// Makes the object.
    async fn create(&self, call: &Call, request: CreateRequest) -> Applied;

    /// Changes the object in place.
    async fn update(&self, call: &Call, request: UpdateRequest) -> Applied;

    /// Removes the object. With an error, object and private bytes stay in state.
    async fn delete(&self, call: &Call, request: DeleteRequest) -> Diagnostics;

    /// Looks at the object.
    async fn read(&self, call: &Call, state: Value, private: Private) -> ReadOutcome;

    /// Takes over an object that exists already.
    ///
    /// # Errors
    /// Diagnostics without paths (there is no configuration to point at).
    async fn import(&self, call: &Call, id: &str) -> Result<Imported, Diagnostics> {
        let _ = (call, id);
        let detail = format!("{} has no import.", self.type_name());
        Err(Diagnostic::error("Import is not supported", detail).into())
    }

    /// Brings state of an older schema version up to the present one. State of the present version does not come here.
    ///
    /// # Errors
    /// Diagnostics if `from_version` cannot be read.
    async fn upgrade(&self, from_version: i64, state: serde_json::Value) -> Result<serde_json::Value, Diagnostics> {
        let _ = state;
        let detail = format!(
            "The state of this {} has schema version {from_version}; this version of the provider writes version {} and \
             has no way from the one to the other.",
            self.type_name(),
            self.schema().version
        );
        Err(Diagnostic::error("State of an unknown schema version", detail).into())
    }
}

/// A data source.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// With the provider's prefix.
    fn type_name(&self) -> &'static str;

    /// Its arguments and results.
    fn schema(&self) -> &Schema;

    /// Checks that the schema cannot express; called after those of the schema. Values may be unknown.
    async fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::new()
    }

    /// Reads. `config` is known throughout, with the schema's defaults filled in; the answer has every attribute.
    ///
    /// # Errors
    /// Diagnostics if it could not be read.
    async fn read(&self, call: &Call, config: Value) -> Result<(Value, Diagnostics), Diagnostics>;
}

/// The provider: its own block, and the list of what it offers.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// Of the provider block.
    fn schema(&self) -> &Schema;

    /// Checks of the provider block that the schema cannot express. Values may be unknown.
    async fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::new()
    }

    /// Takes the provider block in. Values may be unknown during plan.
    async fn configure(&self, call: &Call, config: Value) -> Diagnostics;

    /// All managed resources.
    fn resources(&self) -> Vec<Arc<dyn Resource>>;

    /// All data sources.
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>>;

    /// All functions.
    fn functions(&self) -> Vec<Arc<dyn Function>> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_data_comes_back_as_it_was_kept() {
        let mut private = Private::default();
        assert_eq!(private.get::<Vec<String>>().unwrap(), None);
        private.set(&["a", "b"]).unwrap();
        let again = Private::from_bytes(private.into_bytes());
        assert_eq!(again.get::<Vec<String>>().unwrap(), Some(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn private_data_of_another_make_is_an_error() {
        assert!(Private::from_bytes(vec![0xff]).get::<Vec<String>>().is_err());
    }
}

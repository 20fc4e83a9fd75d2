//! What must be written to offer a managed resource.

use async_trait::async_trait;

pub use super::call::Call;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::identity::IdentitySchema;
pub use super::private::{Private, PrivateError};
use super::schema::Schema;
use super::value::{Path, Value};

/// A managed resource, written `resource "<type>" "name" { … }`: something that Terraform makes, changes and removes.
///
/// | in | Terraform calls |
/// |---|---|
/// | `validate` | [`validate`](Resource::validate), unconfigured |
/// | a plan | `validate`; then, in a configured process and for an object in state, [`upgrade`](Resource::upgrade) if it has another schema version and [`read`](Resource::read); then [`modify_plan`](Resource::modify_plan) or [`plan_destroy`](Resource::plan_destroy) |
/// | an apply | [`modify_plan`](Resource::modify_plan) again, in another process, and then [`create`](Resource::create), [`update`](Resource::update) or [`delete`](Resource::delete); for a replacement `delete` and `create` |
/// | an import | [`import`](Resource::import), then `read` |
///
/// The rules that hold for every resource (checks of the schema, defaults, what stays unknown, what requires a
/// replacement) are applied by this crate before the resource is asked. A panic costs the call alone and is told to the
/// user as a bug of the provider.
///
/// Whatever a method returns is saved, also beside errors. So if something exists on the other side, return it: what is
/// not in the state is lost to Terraform.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// The type as configurations write it, with the provider's prefix: `cloud_disk`.
    fn type_name(&self) -> &'static str;

    /// Its arguments and results. Asked for at every start of a process, so build it once and keep it.
    fn schema(&self) -> &Schema;

    /// Makes the object. Called for a new resource and for the second half of a replacement.
    async fn create(&self, call: &Call, request: CreateRequest) -> Applied;

    /// Looks at the object and returns it as it is now. Called before a plan, in `terraform refresh` and after an import. Not
    /// for an object that was never made.
    async fn read(&self, call: &Call, state: Value, private: Private) -> ReadOutcome;

    /// Changes the object in place. Not called if one of the changes requires a replacement.
    async fn update(&self, call: &Call, request: UpdateRequest) -> Applied;

    /// Removes the object. Called for a destroy and for the first half of a replacement. With an error, object and private
    /// bytes stay in state.
    async fn delete(&self, call: &Call, request: DeleteRequest) -> Diagnostics;

    /// Checks of the configuration that the schema cannot express; called after those of the schema, in `terraform
    /// validate` and before each plan, maybe in a process that was not configured. Values may be unknown.
    async fn validate(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Diagnostics::new()
    }

    /// Adjusts the plan of a create or an update: results that will change, replacements that depend on more than one
    /// attribute, warnings. The same input must give the same plan: Terraform plans again during apply and compares.
    async fn modify_plan(&self, call: &Call, plan: &mut Plan) {
        let _ = (call, plan);
    }

    /// Looks at a planned destroy, to refuse it, to warn, or to leave something in the private bytes for
    /// [`delete`](Resource::delete). It is not called for an object that another one replaces, but during an apply
    /// ([`Call::is_plan_of_apply`]): there for objects that `create_before_destroy` has replaced, and for no other
    /// (docs/reference/terraform-plugin-protocol.md#plans).
    async fn plan_destroy(&self, call: &Call, prior: &Value, private: &mut Private) -> Diagnostics {
        let _ = (call, prior, private);
        Diagnostics::new()
    }

    /// Takes over an object that exists already, by the id that the user gives. A [`read`](Resource::read) follows, so it is
    /// enough to return what that needs.
    ///
    /// # Errors
    /// Diagnostics without paths (there is no configuration to point at). Unless written, that there is no import.
    async fn import(&self, call: &Call, id: &str) -> Result<Imported, Diagnostics> {
        let _ = (call, id);
        let detail = format!("{} has no import.", self.type_name());
        Err(Diagnostic::error("Import is not supported", detail).into())
    }

    /// Brings state of an older schema version up to the present one, as JSON on both sides. State of the present version
    /// does not come here: what it lacks is null.
    ///
    /// # Errors
    /// Diagnostics if `from_version` cannot be read. Unless written, that is so for every other version.
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

    /// What tells an object from all others. A resource that says so gives an identity with every object it makes, reads
    /// or imports.
    fn identity_schema(&self) -> Option<&IdentitySchema> {
        None
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

/// What [`Resource::create`] is to make.
#[derive(Clone, Debug, Default)]
pub struct CreateRequest {
    /// As planned; what was unknown in the plan still is.
    pub planned: Value,
    /// The configuration, known throughout; the only place of write-only values.
    pub config: Value,
    /// The private bytes of the plan.
    pub private: Private,
}

/// What [`Resource::update`] is to change.
#[derive(Clone, Debug, Default)]
pub struct UpdateRequest {
    /// The object in state.
    pub prior: Value,
    /// As planned; what was unknown in the plan still is.
    pub planned: Value,
    /// The configuration, known throughout; the only place of write-only values.
    pub config: Value,
    /// The private bytes of the plan.
    pub private: Private,
}

/// What [`Resource::delete`] is to remove.
#[derive(Clone, Debug, Default)]
pub struct DeleteRequest {
    /// The object in state.
    pub prior: Value,
    /// The private bytes of the plan.
    pub private: Private,
}

/// What [`Resource::create`] or [`Resource::update`] led to. Values planned as known must be the same here. State and private bytes are
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
    /// What tells the object from all others, of the resource's [`IdentitySchema`], known throughout. `None` keeps
    /// that of an update.
    pub identity: Option<Value>,
}

/// What [`Resource::read`] found.
#[derive(Clone, Debug, Default)]
pub struct ReadOutcome {
    /// The object; `None` means that it is gone and makes Terraform plan a new one.
    pub state: Option<Value>,
    /// Replaces the bytes kept with the object; empty erases them.
    pub private: Private,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// What tells the object from all others, of the resource's [`IdentitySchema`], known throughout. `None` keeps
    /// the one in state.
    pub identity: Option<Value>,
}

impl ReadOutcome {
    /// The object as it was.
    pub fn unchanged(state: Value, private: Private) -> Self {
        Self { state: Some(state), private, ..Self::default() }
    }
}

/// What [`Resource::import`] found. A refresh follows, with nothing but this.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// Every attribute is there, null where the importer does not know it.
    pub state: Value,
    /// Bytes to keep with the object.
    pub private: Private,
    /// Warnings.
    pub diagnostics: Diagnostics,
    /// What tells the object from all others, of the resource's [`IdentitySchema`], known throughout.
    pub identity: Option<Value>,
}

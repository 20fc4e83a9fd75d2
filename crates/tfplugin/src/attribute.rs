//! Attributes and nested blocks: what they hold, who gives their value, and what is asked of it.

use std::collections::BTreeMap;

use super::types::Type;
use super::validators::Validator;
use super::value::Value;

/// How often an object stands inside another, and how its copies are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// Once or not at all: an object or null.
    Single,
    /// Any number of times, told apart by position.
    List,
    /// Any number of times, told apart by content. A changed member is another element, so prefer lists or maps.
    Set,
    /// Any number of times, told apart by key.
    Map,
}

impl Nesting {
    /// The type of such objects.
    pub(super) fn wrap(self, object: Type) -> Type {
        match self {
            Nesting::Single => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }
}

/// What an attribute holds: a plain value, or objects whose attributes have modes, defaults and checks of their own.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A value of a type, all or nothing.
    Plain(Type),
    /// Objects, repeated as the nesting says.
    Nested(Nesting, Vec<Attribute>),
}

/// Who may give an attribute its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The configuration must.
    Required,
    /// The configuration may; else it is null.
    Optional,
    /// The provider does. It is unknown in the plan of a create.
    Computed,
    /// The configuration may; else the provider does.
    OptionalComputed,
}

/// What a changed value of an attribute does to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new object takes its place.
    RequiresReplace,
    /// The object stays, and is changed.
    UpdatesInPlace,
}

/// Takes out of a value what has no meaning. The result is compared and never shown; where it is put in again it must
/// come out unchanged.
///
/// For an attribute of plain values it is called with the whole value, known throughout and not null. For one of
/// objects it is called with each object before the forms of its attributes are taken, so that it can say what one of
/// them means through another; there parts may be unknown.
pub type CanonicalForm = fn(&Value) -> Value;

/// An attribute of an object. Optional unless said otherwise.
#[derive(Clone)]
pub struct Attribute {
    /// Lower-case letters, digits and underscores, beginning with a letter.
    pub name: String,
    /// What its value may be.
    pub shape: Shape,
    /// Who gives it its value.
    pub mode: Mode,
    /// Hidden in what Terraform prints; in the state all the same.
    pub sensitive: bool,
    /// In the configuration only, never in plan or state. Terraform 1.11 and later.
    pub write_only: bool,
    /// What it is for, in Markdown: editors and the registry show it.
    pub description: String,
    /// What to use instead; `None` if it is not deprecated.
    pub deprecated: Option<String>,
    /// What a change of it does; `None` if it does not say. Then, inside an object that requires replacement, it makes
    /// a new object as well, and elsewhere it is made in place.
    pub change: Option<Change>,
    /// The value where the configuration has none.
    pub default: Option<Value>,
    /// Checks of values that are neither null nor (as a whole) unknown.
    pub validators: Vec<Validator>,
    /// Takes out of a value what has no meaning.
    pub canonical: Option<CanonicalForm>,
    /// The order of a list, and how often an element stands in it, have no meaning.
    pub unordered: bool,
    /// An empty list, map or object means as much as none.
    pub empty_means_absent: bool,
    /// The value that null stands for, though neither plan nor state show it.
    pub absent_means: Option<Value>,
    /// Elements of its lists, sets and maps may be null.
    pub null_elements_allowed: bool,
}

impl Attribute {
    /// An optional attribute of any shape, of which nothing else is said yet.
    pub fn new(name: impl Into<String>, shape: Shape) -> Self {
        Self {
            name: name.into(),
            shape,
            mode: Mode::Optional,
            sensitive: false,
            write_only: false,
            description: String::new(),
            deprecated: None,
            change: None,
            default: None,
            validators: Vec::new(),
            canonical: None,
            unordered: false,
            empty_means_absent: false,
            absent_means: None,
            null_elements_allowed: false,
        }
    }

    /// An attribute that holds text.
    pub fn string(name: impl Into<String>) -> Self {
        Self::new(name, Shape::Plain(Type::String))
    }

    /// An attribute that is `true` or `false`.
    pub fn bool(name: impl Into<String>) -> Self {
        Self::new(name, Shape::Plain(Type::Bool))
    }

    /// An attribute that holds a number.
    pub fn number(name: impl Into<String>) -> Self {
        Self::new(name, Shape::Plain(Type::Number))
    }

    /// An attribute that takes a value of any type.
    pub fn dynamic(name: impl Into<String>) -> Self {
        Self::new(name, Shape::Plain(Type::Dynamic))
    }

    /// An attribute that holds a list of plain values.
    pub fn list_of(name: impl Into<String>, element: Type) -> Self {
        Self::new(name, Shape::Plain(Type::list(element)))
    }

    /// An attribute that holds a set of plain values.
    pub fn set_of(name: impl Into<String>, element: Type) -> Self {
        Self::new(name, Shape::Plain(Type::set(element)))
    }

    /// An attribute that holds a map of plain values.
    pub fn map_of(name: impl Into<String>, element: Type) -> Self {
        Self::new(name, Shape::Plain(Type::map(element)))
    }

    /// An attribute that holds one object, written `name = { … }`.
    pub fn object(name: impl Into<String>, attributes: Vec<Attribute>) -> Self {
        Self::new(name, Shape::Nested(Nesting::Single, attributes))
    }

    /// An attribute that holds a list of objects, written `name = [{ … }]`.
    pub fn objects(name: impl Into<String>, attributes: Vec<Attribute>) -> Self {
        Self::new(name, Shape::Nested(Nesting::List, attributes))
    }

    /// An attribute that holds a set of objects.
    pub fn set_of_objects(name: impl Into<String>, attributes: Vec<Attribute>) -> Self {
        Self::new(name, Shape::Nested(Nesting::Set, attributes))
    }

    /// An attribute that holds a map of objects.
    pub fn map_of_objects(name: impl Into<String>, attributes: Vec<Attribute>) -> Self {
        Self::new(name, Shape::Nested(Nesting::Map, attributes))
    }

    /// The configuration must give its value; a null is refused before the provider is asked.
    #[must_use]
    pub fn required(self) -> Self {
        self.mode(Mode::Required)
    }

    /// The configuration may give its value; without one it is null.
    #[must_use]
    pub fn optional(self) -> Self {
        self.mode(Mode::Optional)
    }

    /// The provider gives its value; in a configuration it is an error. It is unknown in the plan of a create. In the plan
    /// of an update it keeps its prior value; if the update can change it, say so in
    /// [`Resource::modify_plan`](crate::resource::Resource::modify_plan) with
    /// [`Plan::set_unknown`](crate::resource::Plan::set_unknown).
    #[must_use]
    pub fn computed(self) -> Self {
        self.mode(Mode::Computed)
    }

    /// The configuration may give it, else the provider does.
    #[must_use]
    pub fn optional_computed(self) -> Self {
        self.mode(Mode::OptionalComputed)
    }

    #[must_use]
    fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Hides the value in what Terraform prints.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Keeps the value out of plan and state. Not for attributes with defaults or inside sets.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// Markdown for the registry's page.
    #[must_use]
    pub fn description(mut self, markdown: impl Into<String>) -> Self {
        self.description = markdown.into();
        self
    }

    /// Warns whoever uses it, with what to use instead.
    #[must_use]
    pub fn deprecated(mut self, message: impl Into<String>) -> Self {
        self.deprecated = Some(message.into());
        self
    }

    /// A change of it makes a new object. On an attribute of objects this holds for everything inside that does not say
    /// [`Attribute::updates_in_place`].
    #[must_use]
    pub fn requires_replace(mut self) -> Self {
        self.change = Some(Change::RequiresReplace);
        self
    }

    /// A change of it is made in place, and so is one of anything inside.
    #[must_use]
    pub fn updates_in_place(mut self) -> Self {
        self.change = Some(Change::UpdatesInPlace);
        self
    }

    /// The value where the configuration has none. Makes the attribute optional and computed, without which Terraform
    /// refuses planned values that are not configured.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self.mode(Mode::OptionalComputed)
    }

    /// Adds a check of what is configured.
    #[must_use]
    pub fn validate(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }

    /// Takes out of a value what has no meaning, such as the case of an id. Wherever two values have one canonical
    /// form, nothing has changed: a plan keeps the prior value as it is written there.
    ///
    /// What may be said of lists, maps and objects (this, [`Attribute::unordered`], [`Attribute::empty_means_absent`])
    /// has an effect only where a change requires replacement. In place it would do harm: if a part is unknown in the
    /// plan and turns out to mean the same, the plan during apply would take the prior value, and Terraform refuses
    /// that where the first plan knew another part in another notation.
    #[must_use]
    pub fn canonical(mut self, canonical: CanonicalForm) -> Self {
        self.canonical = Some(canonical);
        self
    }

    /// The order of the list, and how often an element stands in it, have no meaning. For what is a set to whoever
    /// reads it, and better shown in the order in which the user wrote it.
    #[must_use]
    pub fn unordered(mut self) -> Self {
        self.unordered = true;
        self
    }

    /// An empty list, map or object means as much as none. Without this the two are different values.
    #[must_use]
    pub fn empty_means_absent(mut self) -> Self {
        self.empty_means_absent = true;
        self
    }

    /// The value that is meant where there is none: writing it out changes nothing. Unlike [`Attribute::default`] it is
    /// not shown in plan and state.
    #[must_use]
    pub fn absent_means(mut self, value: impl Into<Value>) -> Self {
        self.absent_means = Some(value.into());
        self
    }

    /// Elements of its lists, sets and maps may be null. Without this they are errors in configuration, plan and apply:
    /// a resource that passes over a null sees a shorter list than the user wrote, and an empty one often means
    /// everything.
    #[must_use]
    pub fn allow_null_elements(mut self) -> Self {
        self.null_elements_allowed = true;
        self
    }

    /// True if the provider may give the value.
    pub fn is_computed(&self) -> bool {
        matches!(self.mode, Mode::Computed | Mode::OptionalComputed)
    }

    /// True if the configuration may give the value.
    pub fn is_configurable(&self) -> bool {
        self.mode != Mode::Computed
    }

    /// True if it holds one value that is known, unknown or null as a whole.
    pub fn is_scalar(&self) -> bool {
        matches!(self.shape, Shape::Plain(Type::String | Type::Bool | Type::Number))
    }

    /// True if it says of a value that part of it has no meaning.
    pub fn has_canonical_form(&self) -> bool {
        self.canonical.is_some() || self.unordered || self.empty_means_absent
    }

    /// The type of its value.
    pub fn value_type(&self) -> Type {
        match &self.shape {
            Shape::Plain(of_type) => of_type.clone(),
            Shape::Nested(nesting, attributes) => nesting.wrap(object_type(attributes, &[])),
        }
    }
}

/// Functions (checks, canonical forms) are compared by being there.
impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.shape == other.shape
            && self.mode == other.mode
            && self.sensitive == other.sensitive
            && self.write_only == other.write_only
            && self.description == other.description
            && self.deprecated == other.deprecated
            && self.change == other.change
            && self.default == other.default
            && self.validators.len() == other.validators.len()
            && self.canonical.is_some() == other.canonical.is_some()
            && self.unordered == other.unordered
            && self.empty_means_absent == other.empty_means_absent
            && self.absent_means == other.absent_means
            && self.null_elements_allowed == other.null_elements_allowed
    }
}

impl std::fmt::Debug for Attribute {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Attribute")
            .field("name", &self.name)
            .field("mode", &self.mode)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// A nested block, written `name { … }`. New things should be attributes; `timeouts` is a block by habit.
#[derive(Clone, Debug)]
pub struct Block {
    /// Lower-case letters, digits and underscores, beginning with a letter.
    pub name: String,
    /// How often it may stand. Absent: null for [`Nesting::Single`], else empty and never null.
    pub nesting: Nesting,
    /// The attributes in it.
    pub attributes: Vec<Attribute>,
    /// The blocks in it.
    pub blocks: Vec<Block>,
    /// Lists and sets only; 0 is no bound.
    pub min_items: u32,
    /// Lists and sets only; 0 is no bound.
    pub max_items: u32,
    /// What it is for, in Markdown: editors and the registry show it.
    pub description: String,
    /// What to use instead; `None` if it is not deprecated.
    pub deprecated: Option<String>,
}

impl Block {
    /// A block that may stand once.
    pub fn single(name: impl Into<String>, attributes: Vec<Attribute>) -> Self {
        Self::new(name, Nesting::Single, attributes)
    }

    /// A block that may be repeated, in order.
    pub fn list(name: impl Into<String>, attributes: Vec<Attribute>) -> Self {
        Self::new(name, Nesting::List, attributes)
    }

    /// A block that may be repeated, without order.
    pub fn set(name: impl Into<String>, attributes: Vec<Attribute>) -> Self {
        Self::new(name, Nesting::Set, attributes)
    }

    fn new(name: impl Into<String>, nesting: Nesting, attributes: Vec<Attribute>) -> Self {
        Self {
            name: name.into(),
            nesting,
            attributes,
            blocks: Vec::new(),
            min_items: 0,
            max_items: 0,
            description: String::new(),
            deprecated: None,
        }
    }

    /// Markdown for the registry's page.
    #[must_use]
    pub fn description(mut self, markdown: impl Into<String>) -> Self {
        self.description = markdown.into();
        self
    }

    /// The type of its value.
    pub fn value_type(&self) -> Type {
        self.nesting.wrap(object_type(&self.attributes, &self.blocks))
    }

    /// The value where it does not stand.
    pub fn absent(&self) -> Value {
        match self.nesting {
            Nesting::Single => Value::Null,
            Nesting::List | Nesting::Set => Value::List(Vec::new()),
            Nesting::Map => Value::Map(BTreeMap::new()),
        }
    }
}

/// The type of an object of these attributes and blocks.
pub(super) fn object_type(attributes: &[Attribute], blocks: &[Block]) -> Type {
    let attributes = attributes.iter().map(|attribute| (attribute.name.clone(), attribute.value_type()));
    let blocks = blocks.iter().map(|block| (block.name.clone(), block.value_type()));
    Type::Object(attributes.chain(blocks).collect())
}

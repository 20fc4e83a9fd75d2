//! What a resource, a data source or the provider block looks like in a configuration.

use std::collections::BTreeMap;

pub use super::attribute::{Attribute, Mode, Nesting, SameWhen, Shape};
use super::validators::Rule;
use super::value::Value;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Text.
    String,
    /// true or false.
    Bool,
    /// Exact decimal.
    Number,
    /// Any type; the value carries its own.
    Dynamic,
    /// Ordered, of one type.
    List(Box<Type>),
    /// Unordered and without duplicates, of one type.
    Set(Box<Type>),
    /// By key, of one type.
    Map(Box<Type>),
    /// By name, each its own type; every name is present.
    Object(BTreeMap<String, Type>),
    /// By position, each its own type.
    Tuple(Vec<Type>),
}

impl Type {
    /// A list of `element`.
    pub fn list(element: Type) -> Self {
        Type::List(Box::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Type) -> Self {
        Type::Set(Box::new(element))
    }

    /// A map of `element`.
    pub fn map(element: Type) -> Self {
        Type::Map(Box::new(element))
    }

    /// An object of these attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Self {
        Type::Object(attributes.into_iter().map(|(name, of_type)| (name.into(), of_type)).collect())
    }
}

/// A nested block, written `name { … }`. New things should be attributes; `timeouts` is a block by habit.
#[derive(Clone, Debug)]
pub struct Block {
    /// Lower case, digits and underscores.
    pub name: String,
    /// How often it may stand. Absent: null for [`Nesting::Single`], else empty and never null.
    pub nesting: Nesting,
    /// What stands in it.
    pub attributes: Vec<Attribute>,
    /// Blocks in it.
    pub blocks: Vec<Block>,
    /// Lists and sets only; 0 is no bound.
    pub min_items: u32,
    /// Lists and sets only; 0 is no bound.
    pub max_items: u32,
    /// Markdown.
    pub description: String,
    /// What to use instead.
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

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Recorded in state; raised when state of the former version needs an upgrade.
    pub version: i64,
    /// Markdown.
    pub description: String,
    /// Attributes, in the order of the documentation.
    pub attributes: Vec<Attribute>,
    /// Nested blocks.
    pub blocks: Vec<Block>,
    /// What to use instead.
    pub deprecated: Option<String>,
    /// Checks of several attributes together.
    pub rules: Vec<Rule>,
}

impl Schema {
    /// A schema of version 0.
    pub fn new(description: impl Into<String>, attributes: Vec<Attribute>) -> Self {
        Self { description: description.into(), attributes, ..Self::default() }
    }

    /// Adds a nested block.
    #[must_use]
    pub fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Adds a check of several attributes together.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// The attribute `name` of the root object.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The type of a whole object: all attributes and blocks.
    pub fn value_type(&self) -> Type {
        object_type(&self.attributes, &self.blocks)
    }

    /// An object in which nothing is set: null attributes, absent blocks.
    pub fn null_object(&self) -> Value {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), Value::Null));
        let blocks = self.blocks.iter().map(|block| (block.name.clone(), block.absent()));
        Value::Map(attributes.chain(blocks).collect())
    }

    /// Gives a wholly known object of an older make what it lacks: null for attributes, the absent value for blocks,
    /// at every depth. Null stays null.
    pub fn fill_absent(&self, object: &mut Value) {
        if matches!(object, Value::Map(_)) {
            fill(&self.attributes, &self.blocks, object);
        }
    }
}

fn fill(attributes: &[Attribute], blocks: &[Block], object: &mut Value) {
    let Value::Map(members) = object else { return };
    for attribute in attributes {
        let member = members.entry(attribute.name.clone()).or_default();
        if let Shape::Nested(nesting, attributes) = &attribute.shape {
            fill_each(*nesting, attributes, &[], member);
        }
    }
    for block in blocks {
        let member = members.entry(block.name.clone()).or_default();
        if member.is_null() {
            *member = block.absent();
        }
        fill_each(block.nesting, &block.attributes, &block.blocks, member);
    }
}

fn fill_each(nesting: Nesting, attributes: &[Attribute], blocks: &[Block], value: &mut Value) {
    match (nesting, value) {
        (Nesting::Single, value) => fill(attributes, blocks, value),
        (Nesting::List | Nesting::Set, Value::List(elements)) => {
            elements.iter_mut().for_each(|element| fill(attributes, blocks, element));
        }
        (Nesting::Map, Value::Map(members)) => {
            members.values_mut().for_each(|member| fill(attributes, blocks, member));
        }
        _ => {}
    }
}

/// The type of an object of these attributes and blocks.
pub(super) fn object_type(attributes: &[Attribute], blocks: &[Block]) -> Type {
    let attributes = attributes.iter().map(|attribute| (attribute.name.clone(), attribute.value_type()));
    let blocks = blocks.iter().map(|block| (block.name.clone(), block.value_type()));
    Type::Object(attributes.chain(blocks).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        let inner = vec![Attribute::string("name").required(), Attribute::number("size")];
        let mut schema = Schema::new(
            "",
            vec![
                Attribute::string("id").computed(),
                Attribute::objects("parts", inner.clone()),
                Attribute::map_of("tags", Type::String),
            ],
        )
        .block(Block::single("timeouts", vec![Attribute::string("read")]));
        let mut rule = Block::list("rule", vec![Attribute::string("port")]);
        rule.blocks.push(Block::set("peer", inner));
        schema.blocks.push(rule);
        schema
    }

    #[test]
    fn the_type_of_a_schema_has_attributes_and_blocks() {
        let inner = || Type::object([("name", Type::String), ("size", Type::Number)]);
        let expected = Type::object([
            ("id", Type::String),
            ("parts", Type::list(inner())),
            ("tags", Type::map(Type::String)),
            ("timeouts", Type::object([("read", Type::String)])),
            ("rule", Type::list(Type::object([("port", Type::String), ("peer", Type::set(inner()))]))),
        ]);
        assert_eq!(schema().value_type(), expected);
    }

    #[test]
    fn in_a_null_object_repeated_blocks_are_empty_and_the_rest_is_null() {
        let expected = Value::object([
            ("id", Value::Null),
            ("parts", Value::Null),
            ("tags", Value::Null),
            ("timeouts", Value::Null),
            ("rule", Value::List(vec![])),
        ]);
        assert_eq!(schema().null_object(), expected);
    }

    #[test]
    fn an_object_of_an_older_make_gets_what_it_lacks_at_every_depth() {
        let mut object = Value::object([
            ("parts", Value::list([Value::object([("name", "n")])])),
            ("rule", Value::list([Value::object([("port", "1")])])),
        ]);
        schema().fill_absent(&mut object);
        let part = Value::object([("name", Value::from("n")), ("size", Value::Null)]);
        let rule = Value::object([("port", Value::from("1")), ("peer", Value::List(vec![]))]);
        let mut expected = schema().null_object();
        expected.set("parts", Value::list([part]));
        expected.set("rule", Value::list([rule]));
        assert_eq!(object, expected);
        let mut null = Value::Null;
        schema().fill_absent(&mut null);
        assert_eq!(null, Value::Null);
    }

    #[test]
    fn a_default_makes_an_attribute_optional_and_computed() {
        let attribute = Attribute::bool("force").default(false);
        assert_eq!(attribute.mode, Mode::OptionalComputed);
        assert!(attribute.is_computed() && attribute.is_configurable());
    }
}

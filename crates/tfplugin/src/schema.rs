//! What a resource, a data source or the provider block looks like in a configuration.

use super::attribute::object_type;
pub use super::attribute::{Attribute, Block, CanonicalForm, Change, Mode, Nesting, Shape};
pub use super::types::Type;
use super::validators::Rule;
use super::value::Value;

/// What one object, or the provider block, consists of.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Recorded in state; raised when state of the former version needs an upgrade.
    pub version: i64,
    /// What the whole is for, in Markdown: the registry shows it.
    pub description: String,
    /// Attributes, in the order of the documentation.
    pub attributes: Vec<Attribute>,
    /// Nested blocks, in the order of the documentation.
    pub blocks: Vec<Block>,
    /// What to use instead; `None` if it is not deprecated.
    pub deprecated: Option<String>,
    /// Checks of several attributes together.
    pub rules: Vec<Rule>,
    /// What the page says of imports before its examples of them, in Markdown: what an import fills in, and what not.
    pub import: String,
    /// Every argument is to say what a change of it does: see [`Schema::every_change_declared`].
    pub every_change_declared: bool,
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

    /// Adds checks of several attributes together.
    #[must_use]
    pub fn rules(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// Says what an import fills in and what users have to write themselves, in Markdown. The page shows it where the
    /// folder of examples has `import.sh` or an `import-by-….tf`.
    #[must_use]
    pub fn import(mut self, markdown: impl Into<String>) -> Self {
        self.import = markdown.into();
        self
    }

    /// Asks of every argument, at every depth, that it says what a change of it does: [`Attribute::requires_replace`] or
    /// [`Attribute::updates_in_place`]. For resources where a forgotten word would cost the user something;
    /// [`Schema::problems`] names the arguments that say neither.
    #[must_use]
    pub fn every_change_declared(mut self) -> Self {
        self.every_change_declared = true;
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

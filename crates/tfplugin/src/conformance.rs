//! What Terraform or this layer would refuse of a schema, found before either does. For tests over everything offered.

use std::collections::BTreeSet;

use super::function::{Definition, Parameter};
use super::schema::{Attribute, Block, Change, Mode, Nesting, Schema, Shape, Type};
use super::value::Path;
use super::wire;

/// What a schema is of; some names and features belong to some only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaOf {
    /// The provider block.
    Provider,
    /// A managed resource.
    Resource,
    /// A data source.
    DataSource,
    /// An action.
    Action,
}

impl SchemaOf {
    /// Names that Terraform keeps for itself (docs/reference/terraform-plugin-protocol.md#reserved-names).
    fn reserved(self) -> &'static [&'static str] {
        match self {
            SchemaOf::Provider => {
                &["alias", "version", "count", "depends_on", "for_each", "source", "lifecycle", "locals"]
            }
            SchemaOf::Resource => {
                &["count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner", "locals"]
            }
            SchemaOf::DataSource => &["count", "for_each", "provider", "depends_on", "lifecycle", "locals"],
            // They stand in a `config` block of their own.
            SchemaOf::Action => &[],
        }
    }
}

/// What an attribute stands in.
#[derive(Clone, Copy)]
struct SchemaContext {
    of: SchemaOf,
    /// [`Schema::every_change_declared`].
    every_change_declared: bool,
    in_set: bool,
    /// In a list whose order has no meaning.
    in_unordered: bool,
    in_computed: bool,
    /// What a change does of what it stands in.
    change: Option<Change>,
}

impl SchemaContext {
    fn root(of: SchemaOf) -> Self {
        Self { of, every_change_declared: false, in_set: false, in_unordered: false, in_computed: false, change: None }
    }

    /// The context of the attributes of objects that `attribute` holds.
    fn inside(self, attribute: &Attribute, nesting: Nesting) -> Self {
        Self {
            in_set: self.in_set || nesting == Nesting::Set,
            in_unordered: self.in_unordered || attribute.unordered,
            in_computed: attribute.mode == Mode::Computed,
            change: attribute.change.or(self.change),
            ..self
        }
    }
}

impl Schema {
    /// Everything that is wrong with this schema, each with its place. Empty is good.
    pub fn problems(&self, of: SchemaOf) -> Vec<String> {
        let mut found = Vec::new();
        if self.version < 0 {
            found.push("(root): the version is negative".to_owned());
        }
        if self.description.trim().is_empty() {
            found.push("(root): there is no description".to_owned());
        }
        let names = self.attributes.iter().map(|attribute| &attribute.name);
        for name in names.chain(self.blocks.iter().map(|block| &block.name)) {
            if of.reserved().contains(&name.as_str()) {
                found.push(format!("{name}: Terraform keeps this name for itself"));
            }
        }
        let context = SchemaContext { every_change_declared: self.every_change_declared, ..SchemaContext::root(of) };
        check_object(&self.attributes, &self.blocks, &Path::root(), context, &mut found);
        found
    }
}

impl Definition {
    /// Everything that is wrong with this definition of the function `name`. Empty is good.
    pub fn problems(&self, name: &str) -> Vec<String> {
        let (mut found, root) = (Vec::new(), Path::attribute(name));
        check_name(name, &mut BTreeSet::new(), &root, &mut found);
        if self.summary.trim().is_empty() || self.description.trim().is_empty() {
            found.push(format!("{root}: there is no summary or no description"));
        }
        if self.deprecated.as_ref().is_some_and(|message| message.trim().is_empty()) {
            found.push(format!("{root}: deprecated without saying what to use instead"));
        }
        let mut names = BTreeSet::new();
        for Parameter { name, description, .. } in self.parameters.iter().chain(&self.variadic) {
            let path = root.clone().child(name);
            check_name(name, &mut names, &path, &mut found);
            if description.trim().is_empty() {
                found.push(format!("{path}: there is no description"));
            }
        }
        let context = SchemaContext { in_computed: true, ..SchemaContext::root(SchemaOf::DataSource) };
        check_object(&self.returns.attributes, &[], &root, context, &mut found);
        found
    }
}

fn check_object(
    attributes: &[Attribute],
    blocks: &[Block],
    path: &Path,
    context: SchemaContext,
    found: &mut Vec<String>,
) {
    let mut names = BTreeSet::new();
    for attribute in attributes {
        let path = path.clone().child(&attribute.name);
        check_name(&attribute.name, &mut names, &path, found);
        check_attribute(attribute, &path, context, found);
    }
    for block in blocks {
        let path = path.clone().child(&block.name);
        check_name(&block.name, &mut names, &path, found);
        check_block(block, &path, context, found);
    }
}

fn check_name<'a>(name: &'a str, names: &mut BTreeSet<&'a str>, path: &Path, found: &mut Vec<String>) {
    let allowed = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    if !name.starts_with(|character: char| character.is_ascii_lowercase()) || !name.chars().all(allowed) {
        found.push(format!("{path}: a name is made of lower-case letters, digits and underscores"));
    }
    if !names.insert(name) {
        found.push(format!("{path}: the name is there twice"));
    }
}

fn check_attribute(attribute: &Attribute, path: &Path, context: SchemaContext, found: &mut Vec<String>) {
    let mut complain = |problem: &str| found.push(format!("{path}: {problem}"));
    if attribute.description.trim().is_empty() {
        complain("there is no description");
    }
    if attribute.deprecated.as_ref().is_some_and(|message| message.trim().is_empty()) {
        complain("deprecated without saying what to use instead");
    }
    if context.in_computed && attribute.mode != Mode::Computed {
        complain("can be configured, but what it stands in cannot");
    }
    if context.in_set && attribute.mode == Mode::OptionalComputed && attribute.default.is_none() {
        complain("optional and computed inside a set: its elements could not be told apart");
    }
    if context.in_unordered && attribute.mode == Mode::OptionalComputed && attribute.default.is_none() {
        complain("optional and computed inside a list without order: its elements could not be told apart");
    }
    if context.of == SchemaOf::Action && attribute.is_computed() && attribute.default.is_none() {
        complain("computed, but an action has no results");
    }
    if attribute.mode == Mode::Computed && !attribute.validators.is_empty() {
        complain("has checks, but cannot be configured");
    }
    if attribute.write_only {
        if context.of != SchemaOf::Resource {
            complain("write-only attributes are for managed resources");
        }
        if context.in_set {
            complain("write-only inside a set");
        }
        if attribute.is_computed() {
            complain("write-only and computed");
        }
    }
    if context.in_set && has_dynamic(attribute) {
        complain("of a dynamic type inside a set");
    }
    check_defaults(attribute, path, found);
    check_change(attribute, path, context, found);
    check_canonical_form(attribute, path, context, found);
    if let Shape::Nested(nesting, attributes) = &attribute.shape {
        check_object(attributes, &[], path, context.inside(attribute, *nesting), found);
    }
}

fn check_defaults(attribute: &Attribute, path: &Path, found: &mut Vec<String>) {
    let mut complain = |problem: &str| found.push(format!("{path}: {problem}"));
    if attribute.default.is_some() && attribute.mode != Mode::OptionalComputed {
        complain("has a default, but is not optional and computed");
    }
    if attribute.absent_means.is_some() && attribute.mode != Mode::Optional {
        complain("says what its absence means, but is not optional");
    }
    for default in attribute.default.iter().chain(&attribute.absent_means) {
        if default.is_null() || !default.is_wholly_known() {
            complain("has a default that is null or unknown");
        }
        if let Err(error) = wire::encode(default, &attribute.value_type()) {
            complain(&format!("has a default of another type ({error})"));
        }
    }
}

fn check_change(attribute: &Attribute, path: &Path, context: SchemaContext, found: &mut Vec<String>) {
    let mut complain = |problem: &str| found.push(format!("{path}: {problem}"));
    let requires_replace = attribute.change == Some(Change::RequiresReplace);
    if attribute.mode == Mode::Computed && requires_replace {
        complain("requires a replacement, but cannot be configured");
    }
    if attribute.write_only && (requires_replace || attribute.has_canonical_form()) {
        complain("write-only, so there is nothing to compare in plans");
    }
    if context.change == Some(Change::UpdatesInPlace) && requires_replace {
        complain("requires a replacement, but what it stands in is changed in place");
    }
    if context.every_change_declared && attribute.is_configurable() && attribute.change.is_none() {
        complain("says neither requires_replace nor updates_in_place, so a change of it does what nobody has decided");
    }
}

fn check_canonical_form(attribute: &Attribute, path: &Path, context: SchemaContext, found: &mut Vec<String>) {
    let mut complain = |problem: &str| found.push(format!("{path}: {problem}"));
    if attribute.unordered && !matches!(attribute.shape, Shape::Plain(Type::List(_)) | Shape::Nested(Nesting::List, _))
    {
        complain("without order, but not a list");
    }
    if attribute.empty_means_absent && attribute.is_scalar() {
        complain("absent if it is empty, but neither a list nor a map nor an object");
    }
    if !attribute.has_canonical_form() || attribute.write_only {
        return;
    }
    let replaces = attribute.change.or(context.change) == Some(Change::RequiresReplace);
    if attribute.mode == Mode::Computed {
        complain("has a canonical form, but cannot be configured");
    } else if context.in_set && !replaces {
        complain("has a canonical form inside a set, where it has no effect");
    } else if !attribute.is_scalar() && !replaces {
        complain("has a canonical form, which has an effect only where a change requires replacement");
    }
}

fn check_block(block: &Block, path: &Path, context: SchemaContext, found: &mut Vec<String>) {
    if block.description.trim().is_empty() {
        found.push(format!("{path}: there is no description"));
    }
    let bounded = block.min_items > 0 || block.max_items > 0;
    if bounded && !matches!(block.nesting, Nesting::List | Nesting::Set) {
        found.push(format!("{path}: only lists and sets of blocks have bounds"));
    }
    if block.max_items > 0 && block.min_items > block.max_items {
        found.push(format!("{path}: at least {} and at most {}", block.min_items, block.max_items));
    }
    let context =
        SchemaContext { in_set: context.in_set || block.nesting == Nesting::Set, in_computed: false, ..context };
    check_object(&block.attributes, &block.blocks, path, context, found);
}

fn has_dynamic(attribute: &Attribute) -> bool {
    fn inside(of_type: &Type) -> bool {
        match of_type {
            Type::Dynamic => true,
            Type::List(element) | Type::Set(element) | Type::Map(element) => inside(element),
            Type::Object(attributes) => attributes.values().any(inside),
            Type::Tuple(elements) => elements.iter().any(inside),
            Type::String | Type::Bool | Type::Number => false,
        }
    }
    // Nested attributes speak for themselves.
    matches!(&attribute.shape, Shape::Plain(of_type) if inside(of_type))
}

#[cfg(test)]
mod tests {
    use super::super::function::Returns;
    use super::super::timeouts::{Timeouts, block};
    use super::super::validators::one_of;
    use super::super::value::Value;
    use super::*;

    fn problems(attribute: Attribute) -> Vec<String> {
        Schema::new("d", vec![attribute.description("d")]).problems(SchemaOf::Resource)
    }

    #[test]
    fn a_sound_schema_has_no_problems() {
        let hour = std::time::Duration::from_secs(3600);
        let inner = vec![
            Attribute::string("name").required().description("d").validate(one_of(&["a"])).canonical(Value::clone),
            Attribute::bool("force").default(false).description("d"),
            Attribute::string("secret").write_only().description("d"),
        ];
        let schema = Schema::new("d", vec![Attribute::objects("parts", inner).requires_replace().description("d")])
            .block(block(Timeouts { create: hour, update: hour, read: hour, delete: hour }));
        assert_eq!(schema.problems(SchemaOf::Resource), Vec::<String>::new());
    }

    #[test]
    fn each_problem_is_told_with_its_place() {
        let in_set = |inner: Attribute| Attribute::set_of_objects("set", vec![inner.description("d")]);
        for (attribute, problem) in [
            (Attribute::string("Name"), "Name: a name is made of lower-case letters, digits and underscores"),
            (Attribute::string("count"), "count: Terraform keeps this name for itself"),
            (
                Attribute::string("a").default(5),
                "a: has a default of another type ((root): expected a string, found a number)",
            ),
            (Attribute::string("a").default("x").required(), "a: has a default, but is not optional and computed"),
            (Attribute::string("a").default(Value::Null), "a: has a default that is null or unknown"),
            (Attribute::string("a").computed().validate(one_of(&[])), "a: has checks, but cannot be configured"),
            (
                Attribute::string("a").computed().requires_replace(),
                "a: requires a replacement, but cannot be configured",
            ),
            (
                Attribute::string("a").computed().canonical(Value::clone),
                "a: has a canonical form, but cannot be configured",
            ),
            (Attribute::string("a").optional_computed().write_only(), "a: write-only and computed"),
            (
                Attribute::string("a").write_only().requires_replace(),
                "a: write-only, so there is nothing to compare in plans",
            ),
            (Attribute::string("a").deprecated(""), "a: deprecated without saying what to use instead"),
            (in_set(Attribute::string("a").write_only()), "set.a: write-only inside a set"),
            (in_set(Attribute::dynamic("a")), "set.a: of a dynamic type inside a set"),
            (
                in_set(Attribute::string("a").optional_computed()),
                "set.a: optional and computed inside a set: its elements could not be told apart",
            ),
            (
                in_set(Attribute::string("a").canonical(Value::clone)),
                "set.a: has a canonical form inside a set, where it has no effect",
            ),
            (
                Attribute::list_of("a", Type::String).unordered().updates_in_place(),
                "a: has a canonical form, which has an effect only where a change requires replacement",
            ),
            (Attribute::string("a").unordered(), "a: without order, but not a list"),
            (
                Attribute::bool("a").empty_means_absent(),
                "a: absent if it is empty, but neither a list nor a map nor an object",
            ),
            (Attribute::bool("a").required().absent_means(true), "a: says what its absence means, but is not optional"),
            (
                Attribute::bool("a").absent_means("x"),
                "a: has a default of another type ((root): expected a bool, found a string)",
            ),
            (
                Attribute::object("a", vec![Attribute::string("b").requires_replace().description("d")])
                    .updates_in_place(),
                "a.b: requires a replacement, but what it stands in is changed in place",
            ),
            (
                Attribute::objects("a", vec![Attribute::string("b").optional_computed().description("d")])
                    .requires_replace()
                    .unordered(),
                "a.b: optional and computed inside a list without order: its elements could not be told apart",
            ),
            (
                Attribute::objects("a", vec![Attribute::string("b").description("d")]).computed(),
                "a.b: can be configured, but what it stands in cannot",
            ),
        ] {
            assert_eq!(problems(attribute), [problem]);
        }
    }

    #[test]
    fn where_every_change_is_to_be_declared_each_argument_that_does_not_is_named() {
        let inner = vec![
            Attribute::string("b").requires_replace().description("d"),
            Attribute::string("c").description("d"),
            Attribute::string("made").computed().description("d"),
        ];
        let attributes = vec![
            Attribute::objects("a", inner).requires_replace().description("d"),
            Attribute::bool("force").description("d"),
        ];
        let schema = Schema::new("d", attributes)
            .block(Block::single("part", vec![Attribute::string("e").description("d")]).description("d"));
        assert_eq!(schema.problems(SchemaOf::Resource), Vec::<String>::new());
        let of = |path: &str| {
            format!(
                "{path}: says neither requires_replace nor updates_in_place, so a change of it does what nobody has decided"
            )
        };
        let schema = schema.every_change_declared();
        assert_eq!(schema.problems(SchemaOf::Resource), [of("a.c"), of("force"), of("part.e")]);
    }

    #[test]
    fn names_are_there_once_among_attributes_and_blocks() {
        let mut schema = Schema::new("d", vec![Attribute::string("a").description("d")]);
        let mut block = Block::single("a", vec![]);
        block.min_items = 1;
        schema.blocks.push(block);
        schema.version = -1;
        let expected = [
            "(root): the version is negative",
            "a: the name is there twice",
            "a: there is no description",
            "a: only lists and sets of blocks have bounds",
        ];
        assert_eq!(schema.problems(SchemaOf::DataSource), expected);
    }

    #[test]
    fn the_problems_of_a_function_are_told_with_their_places() {
        let sound = Definition::new(
            "s",
            "d",
            vec![Parameter::new("a", Type::String, "d")],
            Returns::object(vec![Attribute::string("x").computed().description("d")]),
        );
        assert_eq!(sound.problems("parse"), Vec::<String>::new());
        let poor = Definition::new(
            "s",
            "",
            vec![Parameter::new("a", Type::String, "d")],
            Returns::object(vec![Attribute::string("x").description("d")]),
        )
        .variadic(Parameter::new("a", Type::String, ""));
        let expected = [
            "Parse: a name is made of lower-case letters, digits and underscores",
            "Parse: there is no summary or no description",
            "Parse.a: the name is there twice",
            "Parse.a: there is no description",
            "Parse.x: can be configured, but what it stands in cannot",
        ];
        assert_eq!(poor.problems("Parse"), expected);
    }

    #[test]
    fn an_action_has_no_results_and_keeps_no_names_from_its_arguments() {
        let arguments = vec![
            Attribute::number("count").description("d"),
            Attribute::string("mode").default("x").description("d"),
            Attribute::string("id").computed().description("d"),
        ];
        let problems = Schema::new("d", arguments).problems(SchemaOf::Action);
        assert_eq!(problems, ["id: computed, but an action has no results"]);
    }

    #[test]
    fn only_managed_resources_have_write_only_attributes() {
        let schema = Schema::new("d", vec![Attribute::string("a").write_only().description("d")]);
        assert_eq!(schema.problems(SchemaOf::Provider), ["a: write-only attributes are for managed resources"]);
    }
}

//! Runs the checks of a schema over a configuration.

use super::diagnostics::{Diagnostic, Diagnostics};
use super::schema::{Attribute, Block, Mode, Nesting, Schema, Shape, Type};
use super::value::{Path, Value};

impl Schema {
    /// What is wrong with `config`: nulls that may not stand where they do ([`Schema::misplaced_nulls`]), and what the
    /// checks of the attributes, at every depth, and the rules find. These pass over null and unknown values. Whether
    /// types are right and required attributes are written, Terraform checks before it asks.
    pub fn validate_config(&self, config: &Value) -> Diagnostics {
        if config.is_null() || config.is_unknown() {
            return Diagnostics::new();
        }
        let mut diagnostics = self.misplaced_nulls(config);
        check_object(&self.attributes, &self.blocks, config, &Path::root(), &mut diagnostics);
        for rule in &self.rules {
            diagnostics.extend_unless_told(rule.check(config, &Path::root()));
        }
        diagnostics
    }
}

fn check_object(attributes: &[Attribute], blocks: &[Block], object: &Value, path: &Path, found: &mut Diagnostics) {
    for attribute in attributes {
        let value = object.get(&attribute.name);
        let path = path.clone().child(&attribute.name);
        if !attribute.is_configurable() {
            found.extend(configured_result(value, &path));
            continue;
        }
        let mut diagnostics = Diagnostics::new();
        for validator in &attribute.validators {
            diagnostics.extend_unless_told(validator.check(value, &path));
        }
        if diagnostics.has_errors() && value.as_str() == Some("") {
            diagnostics = empty_text(attribute, &path).into();
        }
        if matches!(attribute.value_type(), Type::Set(_)) {
            for diagnostic in diagnostics.iter_mut() {
                diagnostic.path = Some(path.clone());
            }
        }
        if let Shape::Nested(nesting, attributes) = &attribute.shape {
            check_objects(*nesting, attributes, &[], value, &path, &mut diagnostics);
        }
        if attribute.sensitive || attribute.write_only {
            hide(value, &mut diagnostics);
        }
        found.extend(diagnostics);
    }
    for block in blocks {
        let path = path.clone().child(&block.name);
        check_objects(block.nesting, &block.attributes, &block.blocks, object.get(&block.name), &path, found);
    }
}

/// An empty text where none may stand: what a variable gives that nobody has set.
fn empty_text(attribute: &Attribute, path: &Path) -> Diagnostic {
    let name = &attribute.name;
    let way_on = match attribute.mode {
        Mode::Required => "If it comes from a variable, make sure that there is a value.".to_owned(),
        _ => format!(
            "Give it a value, or leave it out. If a variable may be empty, use `null` instead: \
             `{name} = var.x == \"\" ? null : var.x`."
        ),
    };
    let detail = format!("`{name}` is an empty string. {way_on}");
    Diagnostic::error(format!("Invalid value for \"{name}\""), detail).at(path.clone())
}

/// A value where the provider alone gives one. Terraform does not refuse it, and the plan would drop it without a word.
fn configured_result(value: &Value, path: &Path) -> Option<Diagnostic> {
    let detail = "The provider sets this attribute. Remove it from the configuration.";
    (!value.is_null()).then(|| Diagnostic::error("Read-only attribute is configured", detail).at(path.clone()))
}

fn check_objects(
    nesting: Nesting,
    attributes: &[Attribute],
    blocks: &[Block],
    value: &Value,
    path: &Path,
    found: &mut Diagnostics,
) {
    match (nesting, value) {
        (Nesting::Single, Value::Map(_)) => check_object(attributes, blocks, value, path, found),
        (Nesting::List, Value::List(elements)) => {
            for (index, element) in elements.iter().enumerate() {
                check_object(attributes, blocks, element, &path.clone().index(index), found);
            }
        }
        // Elements of sets have no address.
        (Nesting::Set, Value::List(elements)) => {
            for element in elements {
                check_object(attributes, blocks, element, path, found);
            }
        }
        (Nesting::Map, Value::Map(members)) => {
            for (key, member) in members {
                check_object(attributes, blocks, member, &path.clone().key(key), found);
            }
        }
        _ => {}
    }
}

/// Checks quote what they refuse; Terraform does not hide it.
fn hide(value: &Value, diagnostics: &mut Diagnostics) {
    match value {
        Value::String(text) if !text.is_empty() => {
            for diagnostic in diagnostics.iter_mut() {
                diagnostic.summary = diagnostic.summary.replace(text.as_str(), "(sensitive value)");
                diagnostic.detail = diagnostic.detail.replace(text.as_str(), "(sensitive value)");
            }
        }
        Value::List(elements) => elements.iter().for_each(|element| hide(element, diagnostics)),
        Value::Map(members) => members.values().for_each(|member| hide(member, diagnostics)),
        Value::Dynamic(dynamic) => hide(&dynamic.value, diagnostics),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::validators::{each, exactly_one_of, matches, one_of};
    use super::*;

    fn found(schema: &Schema, config: &Value) -> Vec<String> {
        let tell = |diagnostic: super::super::diagnostics::Diagnostic| {
            diagnostic.path.map_or("(none)".to_owned(), |path| path.to_string())
        };
        schema.validate_config(config).into_iter().map(tell).collect()
    }

    fn only_a() -> Attribute {
        Attribute::string("name").validate(one_of(&["a"]))
    }

    fn element(name: &str) -> Value {
        Value::object([("name", name)])
    }

    #[test]
    fn what_the_provider_sets_is_refused_in_a_configuration_at_any_depth() {
        let inner = vec![Attribute::string("name"), Attribute::string("made").computed()];
        let attributes = vec![
            Attribute::string("id").computed(),
            Attribute::objects("parts", inner),
            Attribute::number("size").default(1),
        ];
        let schema = Schema::new("", attributes);
        let part = |made: Value| Value::list([Value::object([("name", Value::from("n")), ("made", made)])]);
        let config =
            |id: Value, made: Value| Value::object([("id", id), ("parts", part(made)), ("size", Value::from(2))]);
        assert_eq!(found(&schema, &config(Value::Null, Value::Null)), [""; 0]);
        assert_eq!(found(&schema, &config("mine".into(), Value::unknown())), ["id", "parts[0].made"]);
    }

    #[test]
    fn nested_attributes_are_checked_where_they_stand() {
        let mut schema = Schema::new(
            "",
            vec![
                Attribute::object("one", vec![only_a()]),
                Attribute::objects("list", vec![only_a()]),
                Attribute::set_of_objects("set", vec![only_a()]),
                Attribute::map_of_objects("map", vec![only_a()]),
            ],
        );
        schema.blocks.push(Block::single("single", vec![only_a()]));
        schema.blocks.push(Block::list("blocks", vec![only_a()]));
        let config = Value::object([
            ("one", element("x")),
            ("list", Value::list([element("a"), element("x")])),
            ("set", Value::list([element("x")])),
            ("map", Value::object([("k", element("x"))])),
            ("single", element("x")),
            ("blocks", Value::list([element("x")])),
        ]);
        let expected = ["one.name", "list[1].name", "set.name", "map[\"k\"].name", "single.name", "blocks[0].name"];
        assert_eq!(found(&schema, &config), expected);
    }

    #[test]
    fn an_empty_text_is_told_as_such_with_the_way_on() {
        let refuse = || matches("long", |text| if text.is_empty() { Err("it is short".into()) } else { Ok(()) });
        let attributes = vec![
            Attribute::string("needed").required().validate(refuse()),
            Attribute::string("other").optional().validate(refuse()),
            Attribute::string("any").optional(),
        ];
        let config = Value::object([("needed", ""), ("other", ""), ("any", "")]);
        let found = Schema::new("", attributes).validate_config(&config);
        let told: Vec<&str> = found.iter().map(|told| told.detail.as_str()).collect();
        assert_eq!(
            told,
            [
                "`needed` is an empty string. If it comes from a variable, make sure that there is a value.",
                "`other` is an empty string. Give it a value, or leave it out. If a variable may be empty, use \
                 `null` instead: `other = var.x == \"\" ? null : var.x`."
            ]
        );
    }

    #[test]
    fn one_mistake_is_told_once_whatever_checks_find_it() {
        let wrong = || matches("right", |_| Err("it is wrong".to_owned()));
        let attributes = vec![Attribute::string("a").validate(wrong()).validate(wrong()), Attribute::string("b")];
        let both = || exactly_one_of(&["a", "b"]);
        let schema = Schema::new("", attributes).rule(both()).rule(both());
        assert_eq!(found(&schema, &Value::object([("a", "x"), ("b", "y")])), ["a", "b"]);
    }

    #[test]
    fn elements_of_plain_sets_have_no_address() {
        let schema = Schema::new("", vec![Attribute::set_of("names", Type::String).validate(each(one_of(&["a"])))]);
        assert_eq!(found(&schema, &Value::object([("names", Value::list(["x"]))])), ["names"]);
    }

    #[test]
    fn null_and_unknown_are_passed_over_at_every_depth() {
        let schema = Schema::new("", vec![only_a(), Attribute::objects("list", vec![only_a()])]);
        assert!(found(&schema, &Value::Null).is_empty());
        assert!(found(&schema, &Value::unknown()).is_empty());
        let config = Value::object([
            ("name", Value::unknown()),
            ("list", Value::list([Value::unknown(), Value::object([("name", Value::Null)])])),
        ]);
        assert!(found(&schema, &config).is_empty());
        assert!(found(&schema, &Value::object([("list", Value::unknown())])).is_empty());
    }

    #[test]
    fn rules_see_the_root_object() {
        let schema =
            Schema::new("", vec![Attribute::string("a"), Attribute::string("b")]).rule(exactly_one_of(&["a", "b"]));
        assert_eq!(found(&schema, &Value::object([("a", "x"), ("b", "y")])), ["b"]);
        assert_eq!(found(&schema, &schema.null_object()), ["(none)"]);
    }

    #[test]
    fn what_is_sensitive_is_not_repeated_at_any_depth() {
        let refuse = || matches("short", |text| Err(format!("{text} is long")));
        let schema = Schema::new(
            "",
            vec![
                Attribute::string("key").sensitive().validate(refuse()),
                Attribute::string("token").write_only().validate(refuse()),
                Attribute::object("login", vec![Attribute::string("user").validate(refuse())]).sensitive(),
            ],
        );
        let config = Value::object([
            ("key", Value::from("hunter2")),
            ("token", Value::from("hunter3")),
            ("login", Value::object([("user", "hunter4")])),
        ]);
        let diagnostics = schema.validate_config(&config);
        assert_eq!(diagnostics.len(), 3);
        for diagnostic in diagnostics {
            assert!(!diagnostic.detail.contains("hunter"), "{}", diagnostic.detail);
        }
    }
}

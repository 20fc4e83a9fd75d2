use proptest::prelude::*;

use super::*;
use crate::generators::{Parts, Purpose, any_schema, object_of};
use crate::value::Dynamic;

/// Paths and texts of what is found in a configuration.
fn told(schema: &Schema, config: &Value) -> Vec<(String, String)> {
    let tell = |found: Diagnostic| {
        assert!(found.is_error());
        (found.path.unwrap().to_string(), found.detail)
    };
    schema.misplaced_nulls(config).into_iter().map(tell).collect()
}

fn paths(schema: &Schema, config: &Value) -> Vec<String> {
    told(schema, config).into_iter().map(|(path, _)| path).collect()
}

fn of(attribute: Attribute) -> Schema {
    Schema::new("", vec![attribute])
}

fn with_null() -> Value {
    Value::List(vec!["x".into(), Value::Null])
}

#[test]
fn null_elements_of_plain_lists_sets_and_maps_are_errors() {
    let list = of(Attribute::list_of("a", Type::String));
    let config = Value::object([("a", with_null())]);
    let text = "`a[1]` is null. Remove the element, or give it a value. If it comes from a variable or from another \
                resource, make sure that there is a value.";
    assert_eq!(told(&list, &config), [("a[1]".to_owned(), text.to_owned())]);
    let (path, text) = told(&of(Attribute::set_of("a", Type::String)), &config).remove(0);
    assert_eq!(
        (path.as_str(), &text[..31]),
        ("a", "An element of `a` is null. Remo"),
        "elements of sets have no address"
    );
    let map = Value::object([("a", Value::object([("k", Value::Null)]))]);
    let (path, text) = told(&of(Attribute::map_of("a", Type::String)), &map).remove(0);
    assert_eq!((path.as_str(), &text[..30]), ("a[\"k\"]", "`a[\"k\"]` is null. Remove the k"));
}

#[test]
fn a_null_element_is_found_at_every_depth_of_a_plain_type() {
    let deep = Type::list(Type::map(Type::object([("x", Type::set(Type::Tuple(vec![Type::String])))])));
    let tuple = Value::List(vec![Value::Null]);
    let object = Value::object([("x", Value::List(vec![tuple, Value::Null]))]);
    let config = Value::object([("a", Value::list([Value::object([("k", object)])]))]);
    let found = paths(&of(Attribute::list_of("a", Type::map(Type::String))), &config);
    assert_eq!(found, [""; 0], "what does not fit the type is not this module's");
    let found = paths(&of(Attribute::new("a", Shape::Plain(deep))), &config);
    assert_eq!(found, ["a[0][\"k\"].x[0]", "a[0][\"k\"].x"]);
}

#[test]
fn a_value_of_any_type_is_searched_by_the_type_that_it_brings() {
    let tuple = Type::Tuple(vec![Type::String, Type::String]);
    let dynamic = Value::Dynamic(Box::new(Dynamic { of_type: tuple, value: with_null() }));
    assert_eq!(paths(&of(Attribute::dynamic("a")), &Value::object([("a", dynamic)])), ["a[1]"]);
}

#[test]
fn members_of_a_plain_object_may_be_null() {
    let attribute = Attribute::new("a", Shape::Plain(Type::object([("x", Type::String)])));
    let config = Value::object([("a", Value::object([("x", Value::Null)]))]);
    assert_eq!(paths(&of(attribute), &config), [""; 0]);
}

fn inner() -> Vec<Attribute> {
    vec![Attribute::string("name").required(), Attribute::list_of("prefixes", Type::String)]
}

#[test]
fn nested_objects_and_their_required_attributes_are_not_null() {
    let schema = of(Attribute::objects("a", inner()));
    let good = Value::object([("name", "n")]);
    let without_name = Value::object([("name", Value::Null), ("prefixes", with_null())]);
    let config = Value::object([("a", Value::List(vec![good, Value::Null, without_name]))]);
    assert_eq!(paths(&schema, &config), ["a[1]", "a[2].name", "a[2].prefixes[1]"]);
    let text = &told(&schema, &config)[1].1;
    assert!(text.starts_with("`a[2].name` is required, but it is null. Give it a value."), "{text}");

    let one = Value::object([("name", Value::Null)]);
    assert_eq!(paths(&of(Attribute::object("a", inner())), &Value::object([("a", one.clone())])), ["a.name"]);
    let map = Value::object([("k", one.clone()), ("l", Value::Null)]);
    let found = paths(&of(Attribute::map_of_objects("a", inner())), &Value::object([("a", map)]));
    assert_eq!(found, ["a[\"k\"].name", "a[\"l\"]"]);
    let set = Value::List(vec![Value::Null, one]);
    let found = paths(&of(Attribute::set_of_objects("a", inner())), &Value::object([("a", set)]));
    assert_eq!(found, ["a", "a.name"]);
}

#[test]
fn objects_in_objects_are_searched() {
    let schema = of(Attribute::objects("a", vec![Attribute::object("b", inner())]));
    let b = Value::object([("name", Value::from("n")), ("prefixes", with_null())]);
    let config = Value::object([("a", Value::list([Value::object([("b", b)])]))]);
    assert_eq!(paths(&schema, &config), ["a[0].b.prefixes[1]"]);
}

#[test]
fn a_required_attribute_is_not_null_and_an_optional_or_computed_one_may_be() {
    let attributes = vec![
        Attribute::object("required", inner()).required(),
        Attribute::object("optional", inner()),
        Attribute::string("computed").computed(),
        Attribute::bool("default").default(false),
    ];
    let schema = Schema::new("", attributes);
    assert_eq!(paths(&schema, &schema.null_object()), ["required"]);
}

#[test]
fn blocks_are_searched_too() {
    let mut outer = Block::list("outer", inner());
    outer.blocks.push(Block::single("deep", inner()));
    let schema = Schema::new("", vec![]).block(outer).block(Block::single("one", inner()));
    assert_eq!(paths(&schema, &schema.null_object()), [""; 0]);
    let deep = Value::object([("name", Value::Null)]);
    let block = Value::object([("name", "n".into()), ("prefixes", with_null()), ("deep", deep.clone())]);
    let config = Value::object([("outer", Value::List(vec![block, Value::Null])), ("one", deep)]);
    assert_eq!(paths(&schema, &config), ["outer[0].prefixes[1]", "outer[0].deep.name", "outer[1]", "one.name"]);
}

#[test]
fn unknown_values_are_passed_over() {
    let schema = of(Attribute::objects("a", inner()).required());
    for unknown in [
        Value::unknown(),
        Value::list([Value::unknown()]),
        Value::list([Value::object([("name", Value::unknown()), ("prefixes", Value::list([Value::unknown()]))])]),
    ] {
        assert_eq!(paths(&schema, &Value::object([("a", unknown)])), [""; 0]);
    }
    assert_eq!(paths(&schema, &Value::Null), [""; 0]);
}

#[test]
fn a_schema_may_allow_null_elements_and_what_is_beside_them_is_still_searched() {
    let schema = of(Attribute::list_of("a", Type::String).allow_null_elements());
    assert_eq!(paths(&schema, &Value::object([("a", with_null())])), [""; 0]);
    let schema = of(Attribute::objects("a", inner()).allow_null_elements());
    let without_name = Value::object([("name", Value::Null)]);
    let config = Value::object([("a", Value::List(vec![Value::Null, without_name]))]);
    assert_eq!(paths(&schema, &config), ["a[1].name"]);
}

#[test]
fn in_a_plan_write_only_attributes_are_those_of_the_configuration() {
    let schema = Schema::new(
        "",
        vec![
            Attribute::string("secret").required().write_only(),
            Attribute::list_of("secrets", Type::String).write_only(),
            Attribute::list_of("a", Type::String),
        ],
    );
    let found = |config: Value, planned: Value| {
        let found = schema.misplaced_nulls_of_plan(&config, &planned);
        found.iter().map(|found| found.path.as_ref().unwrap().to_string()).collect::<Vec<_>>()
    };
    let planned = |a: Value| Value::object([("secret", Value::Null), ("secrets", Value::Null), ("a", a)]);
    let secret = |secrets: Value| Value::object([("secret", "s".into()), ("secrets", secrets)]);
    assert_eq!(found(secret(Value::Null), planned(Value::Null)), [""; 0]);
    assert_eq!(found(secret(with_null()), planned(Value::Null)), ["secrets[1]"]);
    assert_eq!(found(schema.null_object(), planned(with_null())), ["a[1]", "secret"]);
    let mut config = secret(Value::Null);
    config.set("a", with_null());
    assert_eq!(found(config, planned(with_null())), ["a[1]"], "it is told once");
}

/// Looks at a value by its type alone.
fn has_null_element(value: &Value, of_type: &Type) -> bool {
    let inside = |element: &Value, of_type: &Type| element.is_null() || has_null_element(element, of_type);
    match (of_type, value) {
        (Type::List(of_type) | Type::Set(of_type), Value::List(elements)) => {
            elements.iter().any(|element| inside(element, of_type))
        }
        (Type::Map(of_type), Value::Map(members)) => members.values().any(|member| inside(member, of_type)),
        (Type::Object(types), Value::Map(members)) => {
            types.iter().any(|(name, of_type)| has_null_element(members.get(name).unwrap_or(&Value::Null), of_type))
        }
        _ => false,
    }
}

fn configurations() -> impl Strategy<Value = (Schema, Value)> {
    any_schema().prop_flat_map(|schema| {
        let config = object_of(&schema, Purpose::Configuration(Parts::Unknown));
        (Just(schema), config)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_configuration_with_a_null_element_never_passes_and_one_without_does((schema, config) in configurations()) {
        let expected = has_null_element(&config, &schema.value_type());
        prop_assert_eq!(schema.misplaced_nulls(&config).has_errors(), expected);
    }

    #[test]
    fn every_null_that_is_found_is_named_in_the_text_and_once((schema, config) in configurations()) {
        let found = schema.misplaced_nulls(&config);
        for diagnostic in &found {
            let named = format!("`{}`", diagnostic.path.clone().unwrap());
            prop_assert!(diagnostic.detail.contains(&named), "{}", diagnostic.detail);
        }
        prop_assert_eq!(schema.misplaced_nulls_of_plan(&config, &config).has_errors(), found.has_errors());
    }
}

use super::core_rules::{complaints, proposal};
use super::*;
use crate::schema::Type;
use crate::value::Unknown;

fn schema(attributes: Vec<Attribute>) -> Schema {
    Schema::new("test", attributes)
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::object(members)
}

/// Plans as Terraform asks for it, and checks that Terraform would take the plan.
fn plan(schema: &Schema, prior: Option<&Value>, config: &Value) -> (Value, Vec<String>) {
    let null = Value::Null;
    let proposed = proposal(schema, prior.unwrap_or(&null), config);
    let (planned, replace) = propose(schema, config, prior, &proposed);
    assert_eq!(complaints(schema, prior.unwrap_or(&null), config, &planned), Vec::<String>::new());
    (planned, replace.iter().map(Path::to_string).collect())
}

fn without_case(value: &Value) -> Value {
    value.as_str().map(str::to_ascii_lowercase).into()
}

fn common() -> Schema {
    schema(vec![
        Attribute::string("name").required().requires_replace(),
        Attribute::string("note"),
        Attribute::bool("force").default(false),
        Attribute::string("region").optional_computed().requires_replace(),
        Attribute::string("status").computed(),
        Attribute::string("password").write_only(),
    ])
}

fn state() -> Value {
    object([
        ("name", "n".into()),
        ("note", Value::Null),
        ("force", false.into()),
        ("region", "west".into()),
        ("status", "done".into()),
        ("password", Value::Null),
    ])
}

fn config() -> Value {
    let mut config = common().null_object();
    config.set("name", "n");
    config
}

#[test]
fn a_create_fills_defaults_and_leaves_the_computed_unknown() {
    let mut config = config();
    config.set("password", "secret");
    let (planned, replace) = plan(&common(), None, &config);
    let expected = object([
        ("name", "n".into()),
        ("note", Value::Null),
        ("force", false.into()),
        ("region", Value::unknown()),
        ("status", Value::unknown()),
        ("password", Value::Null),
    ]);
    assert_eq!(planned, expected);
    assert!(replace.is_empty());
}

#[test]
fn an_unchanged_configuration_plans_the_state() {
    assert_eq!(plan(&common(), Some(&state()), &config()), (state(), vec![]));
}

#[test]
fn an_update_keeps_every_computed_value() {
    let mut config = config();
    config.set("note", "changed");
    let (planned, replace) = plan(&common(), Some(&state()), &config);
    assert_eq!(planned.get("status"), &Value::from("done"));
    assert_eq!(planned.get("region"), &Value::from("west"));
    assert_eq!(planned.get("note"), &Value::from("changed"));
    assert!(replace.is_empty());
}

#[test]
fn a_default_comes_back_when_the_argument_is_taken_out() {
    let mut prior = state();
    prior.set("force", true);
    assert_eq!(plan(&common(), Some(&prior), &config()).0.get("force"), &Value::Bool(false));
}

#[test]
fn a_change_or_an_unknown_of_a_replacing_attribute_makes_a_new_object() {
    let mut changed = config();
    changed.set("name", "other");
    changed.set("region", "north");
    assert_eq!(plan(&common(), Some(&state()), &changed).1, ["name", "region"]);
    changed.set("name", "n");
    changed.set("region", Value::unknown());
    assert_eq!(plan(&common(), Some(&state()), &changed).1, ["region"]);
}

#[test]
fn a_destroy_plans_null() {
    assert_eq!(propose(&common(), &Value::Null, Some(&state()), &Value::Null), (Value::Null, vec![]));
}

#[test]
fn a_refinement_goes_back_as_it_came() {
    let refined = Value::Unknown(Unknown::refined([0x81, 0x01, 0xc2]));
    let mut config = config();
    config.set("note", refined.clone());
    assert_eq!(plan(&common(), None, &config).0.get("note"), &refined);
}

#[test]
fn a_value_that_means_the_same_stays_as_recorded() {
    let schema = schema(vec![Attribute::string("id").required().requires_replace().canonical(without_case)]);
    let prior = object([("id", "/Subscriptions/A".into())]);
    assert_eq!(
        plan(&schema, Some(&prior), &object([("id", "/subscriptions/a".into())])),
        (prior.clone(), vec![]),
        "another case"
    );
    assert_eq!(plan(&schema, Some(&prior), &object([("id", "/subscriptions/b".into())])).1, ["id"]);
    assert_eq!(plan(&schema, Some(&prior), &object([("id", Value::unknown())])).1, ["id"]);
    assert_eq!(plan(&schema, None, &object([("id", "x".into())])).0, object([("id", "x".into())]));
}

#[test]
fn a_default_that_is_written_out_is_no_change_inside_an_object_and_an_update_outside() {
    let store = || Attribute::string("store").absent_means("Vault").requires_replace();
    let point = Attribute::object("point", vec![Attribute::string("id"), store()]).requires_replace();
    let schema = schema(vec![point, store()]);
    let of = |store: Value| {
        let point = object([("id", "x".into()), ("store", store.clone())]);
        object([("point", point), ("store", store)])
    };
    let prior = of(Value::Null);
    let (planned, replace) = plan(&schema, Some(&prior), &of("Vault".into()));
    assert_eq!(planned.get("point"), prior.get("point"), "recorded as it was");
    // Terraform takes no null where something is configured.
    assert_eq!(planned.get("store"), &"Vault".into());
    assert_eq!(replace, Vec::<String>::new());
    assert_eq!(plan(&schema, Some(&prior), &of("Archive".into())).1, ["point", "store"]);
}

#[test]
fn a_part_that_is_changed_in_place_replaces_nothing_once_it_is_known() {
    let age = Attribute::string("max_age").updates_in_place();
    let point = vec![Attribute::string("id").requires_replace().canonical(without_case), age];
    let schema = schema(vec![Attribute::object("point", point).requires_replace()]);
    let of = |id: &str, age: Value| object([("point", object([("id", id.into()), ("max_age", age)]))]);
    let prior = of("X", "1h".into());
    let (planned, replace) = plan(&schema, Some(&prior), &of("x", "2h".into()));
    assert_eq!((planned, replace), (of("X", "2h".into()), vec![]));
    assert_eq!(plan(&schema, Some(&prior), &of("x", "1h".into())).0, prior);
    assert_eq!(plan(&schema, Some(&prior), &of("y", "1h".into())).1, ["point"]);
    // A part that is unknown could make a later plan contradict this one: see Attribute::deciding_form.
    assert_eq!(plan(&schema, Some(&prior), &of("x", Value::unknown())).1, ["point"]);
}

#[test]
fn a_list_without_order_that_is_changed_in_place_is_planned_as_configured() {
    let schema = schema(vec![Attribute::list_of("names", Type::String).unordered()]);
    let of = |names: [&str; 2]| object([("names", Value::list(names))]);
    assert_eq!(plan(&schema, Some(&of(["a", "b"])), &of(["b", "a"])), (of(["b", "a"]), vec![]));
}

#[test]
fn a_default_that_means_the_same_keeps_the_recorded_value() {
    let schema = schema(vec![Attribute::string("adopt").default("running").canonical(without_case)]);
    let prior = object([("adopt", "Running".into())]);
    assert_eq!(plan(&schema, Some(&prior), &object([("adopt", Value::Null)])).0, prior);
}

fn containers() -> Schema {
    let container = vec![
        Attribute::string("name").required(),
        Attribute::list_of("prefixes", Type::String),
        Attribute::string("made").computed(),
    ];
    schema(vec![Attribute::objects("containers", container).requires_replace().unordered()])
}

fn container(name: &str, prefixes: Value, made: Value) -> Value {
    object([("name", name.into()), ("prefixes", prefixes), ("made", made)])
}

#[test]
fn a_reordered_list_of_objects_stays_as_recorded_even_with_other_nulls_and_another_length() {
    let a = container("a", Value::Null, "a2".into());
    let b = container("b", Value::list(["x/"]), "b2".into());
    let prior = object([("containers", Value::list([a, b]))]);
    let a = container("a", Value::Null, Value::Null);
    let b = container("b", Value::list(["x/"]), Value::Null);
    for elements in [vec![b.clone(), a.clone()], vec![b.clone(), a.clone(), b.clone()]] {
        let config = object([("containers", Value::List(elements))]);
        assert_eq!(plan(&containers(), Some(&prior), &config), (prior.clone(), vec![]));
    }
}

#[test]
fn a_list_of_objects_with_a_new_element_is_planned_as_configured() {
    let prior = object([("containers", Value::list([container("a", Value::Null, "a2".into())]))]);
    let config = object([(
        "containers",
        Value::list([container("a", Value::Null, Value::Null), container("b", Value::Null, Value::Null)]),
    )]);
    let (planned, replace) = plan(&containers(), Some(&prior), &config);
    let expected =
        Value::list([container("a", Value::Null, "a2".into()), container("b", Value::Null, Value::unknown())]);
    assert_eq!(planned.get("containers"), &expected);
    assert_eq!(replace, ["containers"]);
}

#[test]
fn a_list_with_something_unknown_is_never_the_same() {
    let prior = object([("containers", Value::list([container("a", Value::Null, Value::Null)]))]);
    let config = object([("containers", Value::list([container("a", Value::unknown(), Value::Null)]))]);
    assert_eq!(plan(&containers(), Some(&prior), &config).1, ["containers"]);
}

fn nested(nesting: Nesting) -> Schema {
    let inner = vec![
        Attribute::string("key").required().requires_replace(),
        Attribute::string("note").canonical(without_case),
        Attribute::bool("on").default(true),
        Attribute::string("made").computed(),
        Attribute::string("secret").write_only(),
    ];
    schema(vec![Attribute::new("part", Shape::Nested(nesting, inner))])
}

fn part(key: &str, note: Value, on: Value, made: Value, secret: Value) -> Value {
    object([("key", key.into()), ("note", note), ("on", on), ("made", made), ("secret", secret)])
}

fn in_state(key: &str, note: &str) -> Value {
    part(key, note.into(), true.into(), "m".into(), Value::Null)
}

fn in_config(key: &str, note: &str) -> Value {
    part(key, note.into(), Value::Null, Value::Null, "s".into())
}

fn wrapped(nesting: Nesting, element: Value) -> Value {
    let part = match nesting {
        Nesting::Single => element,
        Nesting::List | Nesting::Set => Value::List(vec![element]),
        Nesting::Map => object([("k", element)]),
    };
    object([("part", part)])
}

#[test]
fn attributes_of_nested_objects_follow_the_same_rules() {
    for nesting in [Nesting::Single, Nesting::List, Nesting::Map] {
        let schema = nested(nesting);
        let config = wrapped(nesting, in_config("k", "NOTE"));
        let created = wrapped(nesting, part("k", "NOTE".into(), true.into(), Value::unknown(), Value::Null));
        assert_eq!(plan(&schema, None, &config), (created, vec![]), "{nesting:?}");
        let prior = wrapped(nesting, in_state("k", "note"));
        assert_eq!(plan(&schema, Some(&prior), &config), (prior.clone(), vec![]), "{nesting:?}");
    }
}

#[test]
fn a_replacing_attribute_of_nested_objects_names_the_outermost() {
    for nesting in [Nesting::Single, Nesting::List, Nesting::Set, Nesting::Map] {
        let mut schema = nested(nesting);
        if nesting == Nesting::Set {
            let Some(Attribute { shape: Shape::Nested(_, inner), .. }) = schema.attributes.first_mut() else {
                panic!()
            };
            inner.retain(|attribute| !attribute.write_only);
        }
        let element = |key: &str, note: &str| {
            let mut element = in_config(key, note);
            let Value::Map(members) = &mut element else { panic!() };
            if nesting == Nesting::Set {
                members.remove("secret");
            }
            element
        };
        let prior = wrapped(nesting, in_state("k", "note"));
        let other_note = wrapped(nesting, element("k", "other"));
        assert_eq!(plan(&schema, Some(&prior), &other_note).1, Vec::<String>::new(), "{nesting:?}");
        let other_key = wrapped(nesting, element("other", "note"));
        assert_eq!(plan(&schema, Some(&prior), &other_key).1, ["part"], "{nesting:?}");
        assert_eq!(plan(&schema, Some(&prior), &object([("part", Value::unknown())])).1, ["part"], "{nesting:?}");
        assert_eq!(plan(&schema, Some(&prior), &object([("part", Value::Null)])).1, ["part"], "{nesting:?}");
    }
}

#[test]
fn a_new_nested_object_of_an_old_one_has_unknown_computed_attributes() {
    let schema = nested(Nesting::Single);
    let prior = object([("part", Value::Null)]);
    let (planned, replace) = plan(&schema, Some(&prior), &object([("part", in_config("k", "n"))]));
    assert_eq!(planned.get("part").get("made"), &Value::unknown());
    assert_eq!(replace, ["part"]);
}

#[test]
fn an_absent_nested_object_and_one_without_decisive_values_are_changed_in_place() {
    let inner = vec![Attribute::string("key").requires_replace(), Attribute::string("note")];
    let schema = schema(vec![Attribute::object("part", inner)]);
    let prior = object([("part", Value::Null)]);
    let config = object([("part", object([("key", Value::Null), ("note", "n".into())]))]);
    assert_eq!(plan(&schema, Some(&prior), &config).1, Vec::<String>::new());
}

fn sorted(set: &Value) -> Vec<Value> {
    let mut elements = set.as_list().unwrap().to_vec();
    elements.sort();
    elements
}

fn tags() -> Schema {
    let inner = vec![
        Attribute::string("key").required(),
        Attribute::string("value").default("none"),
        Attribute::string("id").computed(),
    ];
    schema(vec![Attribute::set_of_objects("tags", inner)])
}

fn tag(key: &str, value: Value, id: Value) -> Value {
    object([("key", key.into()), ("value", value), ("id", id)])
}

#[test]
fn an_element_of_a_set_keeps_what_was_computed_for_it_and_a_new_one_is_unknown() {
    let prior =
        object([("tags", Value::list([tag("a", "none".into(), "1".into()), tag("b", "x".into(), "2".into())]))]);
    let config = object([(
        "tags",
        Value::list([
            tag("a", Value::Null, Value::Null),
            tag("b", "x".into(), Value::Null),
            tag("c", Value::Null, Value::Null),
        ]),
    )]);
    let (planned, _) = plan(&tags(), Some(&prior), &config);
    let expected = Value::list([
        tag("a", "none".into(), "1".into()),
        tag("b", "x".into(), "2".into()),
        tag("c", "none".into(), Value::unknown()),
    ]);
    assert_eq!(sorted(planned.get("tags")), sorted(&expected));
}

#[test]
fn an_element_of_a_set_that_lost_an_argument_gets_its_default() {
    let prior = object([("tags", Value::list([tag("b", "x".into(), "2".into())]))]);
    let config = object([("tags", Value::list([tag("b", Value::Null, Value::Null)]))]);
    let (planned, _) = plan(&tags(), Some(&prior), &config);
    assert_eq!(planned.get("tags"), &Value::list([tag("b", "none".into(), "2".into())]));
}

#[test]
fn the_order_of_a_set_requires_no_replacement() {
    let inner = vec![Attribute::string("key").required().requires_replace(), Attribute::string("note")];
    let schema = schema(vec![
        Attribute::set_of("names", Type::String).requires_replace(),
        Attribute::set_of_objects("parts", inner),
    ]);
    let element = |key: &str| object([("key", key.into()), ("note", Value::Null)]);
    let left = object([("names", Value::list(["a", "b"])), ("parts", Value::list([element("a"), element("b")]))]);
    let right = object([("names", Value::list(["b", "a"])), ("parts", Value::list([element("b"), element("a")]))]);
    assert!(requires_replace(&schema, &left, &right).is_empty());
}

#[test]
fn a_computed_object_that_is_not_configured_is_unknown_at_first_and_kept_later() {
    let inner = vec![Attribute::string("name").optional_computed()];
    let schema = schema(vec![Attribute::objects("found", inner).optional_computed()]);
    let config = object([("found", Value::Null)]);
    assert_eq!(plan(&schema, None, &config).0, object([("found", Value::unknown())]));
    let prior = object([("found", Value::list([object([("name", "x".into())])]))]);
    assert_eq!(plan(&schema, Some(&prior), &config).0, prior);
}

fn with_blocks() -> Schema {
    let mut schema = schema(vec![Attribute::string("status").computed()]);
    schema.blocks.push(Block::single("timeouts", vec![Attribute::string("create")]));
    let rule = vec![Attribute::string("port").required().requires_replace(), Attribute::string("id").computed()];
    schema.blocks.push(Block::list("rule", rule));
    schema
}

#[test]
fn blocks_stay_as_configured() {
    let schema = with_blocks();
    let absent = schema.null_object();
    let (planned, _) = plan(&schema, None, &absent);
    assert_eq!(planned.get("timeouts"), &Value::Null);
    assert_eq!(planned.get("rule"), &Value::List(vec![]));
    let mut config = absent.clone();
    config.set("timeouts", object([("create", "1h".into())]));
    config.set("rule", Value::list([object([("port", "1".into()), ("id", Value::Null)])]));
    let (planned, _) = plan(&schema, None, &config);
    assert_eq!(planned.get("timeouts"), config.get("timeouts"));
    assert_eq!(planned.get("rule"), &Value::list([object([("port", "1".into()), ("id", Value::unknown())])]));
}

#[test]
fn a_dynamic_block_over_something_unknown_goes_back_unchanged() {
    let schema = with_blocks();
    let mut config = schema.null_object();
    config.set("rule", Value::unknown());
    assert_eq!(plan(&schema, None, &config).0.get("rule"), &Value::unknown());
}

#[test]
fn a_change_of_a_timeout_replaces_nothing_and_a_change_in_a_block_names_the_block() {
    let schema = with_blocks();
    let mut prior = schema.null_object();
    prior.set("status", "done");
    prior.set("rule", Value::list([object([("port", "1".into()), ("id", "i".into())])]));
    let mut config = schema.null_object();
    config.set("timeouts", object([("create", "1h".into())]));
    config.set("rule", Value::list([object([("port", "1".into()), ("id", Value::Null)])]));
    let (planned, replace) = plan(&schema, Some(&prior), &config);
    assert_eq!(planned.get("status"), &Value::from("done"));
    assert_eq!(replace, Vec::<String>::new());
    config.set("rule", Value::list([object([("port", "2".into()), ("id", Value::Null)])]));
    assert_eq!(plan(&schema, Some(&prior), &config).1, ["rule"]);
}

#[test]
fn a_configured_value_of_a_computed_attribute_comes_from_ignore_changes_and_is_kept() {
    let schema = schema(vec![Attribute::string("status").computed()]);
    let prior = object([("status", "done".into())]);
    assert_eq!(plan(&schema, Some(&prior), &prior).0, prior);
}

#[test]
fn a_data_source_gets_defaults_and_no_unknowns() {
    let schema = schema(vec![
        Attribute::string("id").required(),
        Attribute::number("top").default(10),
        Attribute::string("found").computed(),
    ]);
    let config = object([("id", "x".into()), ("top", Value::Null), ("found", Value::Null)]);
    let expected = object([("id", "x".into()), ("top", 10.into()), ("found", Value::Null)]);
    assert_eq!(with_defaults(&schema, &config), expected);
}

#[test]
fn an_element_of_a_set_agrees_with_whatever_says_all_that_it_says() {
    let attributes = [
        Attribute::string("name").required(),
        Attribute::string("zone").optional_computed(),
        Attribute::string("status").computed(),
    ];
    let agree = |config: &Value, other: &Value| agrees(&attributes, &[], config, other);
    let element =
        |name: Value, zone: Value, status: Value| object([("name", name), ("zone", zone), ("status", status)]);
    let said = |name: &str, zone: &str| element(name.into(), zone.into(), Value::Null);
    let silent = element("a".into(), Value::Null, Value::Null);
    let done = element("a".into(), "east".into(), "done".into());
    assert!(agree(&silent, &done), "what is computed, and what may be, is the provider's to say");
    assert!(agree(&said("a", "east"), &done));
    assert!(!agree(&said("b", "east"), &done) && !agree(&said("a", "west"), &done));
    let nothing = element(Value::Null, Value::Null, Value::Null);
    for empty in [Value::Null, Value::unknown()] {
        assert!(agree(&empty, &empty));
        assert!(!agree(&empty, &nothing) && !agree(&nothing, &empty), "{empty:?}");
    }
}

#[test]
fn elements_inside_agree_one_by_one_in_lists_by_key_in_maps_and_in_any_order_in_sets() {
    let attributes = [Attribute::string("name").required(), Attribute::string("status").computed()];
    let agree = |nesting, config: &Value, other: &Value| agrees_nested(nesting, &attributes, &[], config, other);
    let made = |name: &str, status: Value| object([("name", name.into()), ("status", status)]);
    let (config, other) = (|name: &str| made(name, Value::Null), |name: &str| made(name, "done".into()));
    assert!(agree(Nesting::Single, &config("a"), &other("a")));
    assert!(!agree(Nesting::Single, &config("a"), &other("b")));
    let list = |one: &dyn Fn(&str) -> Value, names: &[&str]| Value::List(names.iter().map(|name| one(name)).collect());
    for (own, others, in_list, in_set) in [
        (&["a", "b"][..], &["a", "b"][..], true, true),
        (&["a", "b"], &["b", "a"], false, true),
        (&["a"], &["a", "b"], false, false),
        (&["a"], &["b"], false, false),
    ] {
        let (own, others) = (list(&config, own), list(&other, others));
        assert_eq!(agree(Nesting::List, &own, &others), in_list, "{own:?} {others:?}");
        assert_eq!(agree(Nesting::Set, &own, &others), in_set, "{own:?} {others:?}");
    }
    let map = |key: &'static str, member: Value| object([(key, member)]);
    assert!(agree(Nesting::Map, &map("k", config("a")), &map("k", other("a"))));
    assert!(!agree(Nesting::Map, &map("k", config("a")), &map("l", other("a"))));
    assert!(!agree(Nesting::Map, &map("k", config("a")), &map("k", other("b"))));
    for nesting in [Nesting::List, Nesting::Map, Nesting::Set] {
        assert!(agree(nesting, &Value::Null, &Value::Null));
        assert!(!agree(nesting, &Value::Null, &list(&other, &["a"])));
        assert!(!agree(nesting, &Value::unknown(), &Value::Null));
    }
}

#[test]
fn what_was_proposed_of_two_elements_is_made_of_the_one_that_says_more() {
    let attributes = [Attribute::string("name").required(), Attribute::string("zone").optional_computed()];
    let element = |zone: Value| object([("name", "a".into()), ("zone", zone)]);
    let (silent, speaking) = (element(Value::Null), element("east".into()));
    for elements in [[&silent, &speaking], [&speaking, &silent]] {
        let mut configured = Vec::from(elements);
        assert_eq!(take_configured(&attributes, &[], &mut configured, &speaking), Some(&speaking));
        assert_eq!(configured, [&silent]);
    }
}

//! Random types, values and schemas for property tests. Texts come from a small alphabet, so that things collide.
#![allow(clippy::unwrap_used, reason = "for tests only, and a number that is made must be one that is read")]

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::schema::{Attribute, Block, Change, Mode, Nesting, Schema, Shape, Type};
use super::value::{Dynamic, Number, Unknown, Value};

/// Any type, also dynamic ones and tuples.
pub fn any_type() -> BoxedStrategy<Type> {
    let leaf = prop_oneof![
        4 => Just(Type::String),
        2 => Just(Type::Number),
        2 => Just(Type::Bool),
        1 => Just(Type::Dynamic),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            vec(inner.clone(), 0..3).prop_map(Type::Tuple),
            btree_map("[a-c]", inner, 0..3).prop_map(Type::Object),
        ]
    })
    .boxed()
}

/// Any number: integers of every size, floats, decimals.
pub fn any_number() -> BoxedStrategy<Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        (0..3_i64).prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        proptest::num::f64::NORMAL.prop_map(|float| Number::from_f64(float).unwrap()),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?".prop_map(|text| text.parse().unwrap()),
    ]
    .boxed()
}

/// Whether values may have unknown parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// Nothing is unknown.
    Known,
    /// Anything may be.
    Unknown,
}

/// A value of the type, null included.
pub fn value_of(of_type: &Type, parts: Parts) -> BoxedStrategy<Value> {
    let here = match of_type {
        Type::String => any_text().prop_map(Value::String).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => any_number().prop_map(Value::Number).boxed(),
        Type::List(element) => vec(value_of(element, parts), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => vec(value_of(element, parts), 0..4).prop_map(set).boxed(),
        Type::Map(element) => btree_map("[a-c]{1,2}", value_of(element, parts), 0..4).prop_map(Value::Map).boxed(),
        Type::Tuple(types) => {
            let elements: Vec<_> = types.iter().map(|of_type| value_of(of_type, parts)).collect();
            elements.prop_map(Value::List).boxed()
        }
        Type::Object(types) => {
            let names: Vec<String> = types.keys().cloned().collect();
            let members: Vec<_> = types.values().map(|of_type| value_of(of_type, parts)).collect();
            members.prop_map(move |members| Value::Map(names.iter().cloned().zip(members).collect())).boxed()
        }
        Type::Dynamic => any_type()
            .prop_filter("a dynamic value has a type", |of_type| *of_type != Type::Dynamic)
            .prop_flat_map(move |of_type| (Just(of_type.clone()), value_of(&of_type, parts)))
            .prop_map(|(of_type, value)| Value::Dynamic(Box::new(Dynamic { of_type, value })))
            .boxed(),
    };
    nullable(here, parts)
}

fn nullable(here: BoxedStrategy<Value>, parts: Parts) -> BoxedStrategy<Value> {
    match parts {
        Parts::Known => prop_oneof![1 => Just(Value::Null), 6 => here].boxed(),
        Parts::Unknown => prop_oneof![1 => Just(Value::Null), 1 => any_unknown(), 6 => here].boxed(),
    }
}

fn any_unknown() -> BoxedStrategy<Value> {
    let refined = vec(any::<u8>(), 1..20).prop_map(Unknown::refined);
    prop_oneof![Just(Unknown::plain()), refined].prop_map(Value::Unknown).boxed()
}

fn any_text() -> BoxedStrategy<String> {
    prop_oneof![8 => "[aAbB]{0,2}", 1 => any::<String>()].boxed()
}

/// A set as Terraform sends it: sorted, without duplicates.
fn set(mut elements: Vec<Value>) -> Value {
    elements.sort();
    elements.dedup();
    Value::List(elements)
}

/// What an attribute stands in, and what limits it.
#[derive(Clone, Copy)]
struct AttributeContext {
    set: bool,
    unordered: bool,
    computed: bool,
    change: Option<Change>,
    depth: u32,
}

/// A schema that Terraform takes, with every rule that plans know.
pub fn any_schema() -> BoxedStrategy<Schema> {
    let context = AttributeContext { set: false, unordered: false, computed: false, change: None, depth: 2 };
    (attributes(context), option::of(any_block()))
        .prop_map(|(attributes, block)| {
            let schema = Schema::new("any", attributes);
            block.into_iter().fold(schema, Schema::block)
        })
        .boxed()
}

fn attributes(context: AttributeContext) -> BoxedStrategy<Vec<Attribute>> {
    vec(any_attribute(context), 1..4)
        .prop_map(|attributes| {
            let named = |(index, mut attribute): (usize, Attribute)| {
                attribute.name = format!("a{index}");
                attribute
            };
            attributes.into_iter().enumerate().map(named).collect()
        })
        .boxed()
}

fn any_nesting() -> BoxedStrategy<Nesting> {
    prop_oneof![Just(Nesting::Single), Just(Nesting::List), Just(Nesting::Set), Just(Nesting::Map)].boxed()
}

fn any_block() -> BoxedStrategy<Block> {
    any_nesting()
        .prop_flat_map(|nesting| {
            let set = nesting == Nesting::Set;
            let context = AttributeContext { set, unordered: false, computed: false, change: None, depth: 1 };
            (Just(nesting), attributes(context))
        })
        .prop_map(|(nesting, attributes)| {
            let mut block = Block::single("block", attributes);
            block.nesting = nesting;
            block
        })
        .boxed()
}

fn any_mode(context: AttributeContext) -> BoxedStrategy<Mode> {
    if context.computed {
        return Just(Mode::Computed).boxed();
    }
    if context.set || context.unordered {
        // Elements of which one leaves open what the other says cannot be told apart, by Terraform neither.
        return prop_oneof![Just(Mode::Required), Just(Mode::Optional), Just(Mode::Computed)].boxed();
    }
    prop_oneof![
        1 => Just(Mode::Required),
        2 => Just(Mode::Optional),
        1 => Just(Mode::Computed),
        2 => Just(Mode::OptionalComputed),
    ]
    .boxed()
}

fn any_attribute(context: AttributeContext) -> BoxedStrategy<Attribute> {
    any_mode(context).prop_flat_map(move |mode| attribute_of(mode, context)).boxed()
}

fn any_change(mode: Mode, context: AttributeContext) -> BoxedStrategy<Option<Change>> {
    let replace = mode != Mode::Computed && context.change != Some(Change::UpdatesInPlace);
    let changes = if replace {
        vec![None, Some(Change::RequiresReplace), Some(Change::UpdatesInPlace)]
    } else {
        vec![None, Some(Change::UpdatesInPlace)]
    };
    prop::sample::select(changes).boxed()
}

fn any_shape(mode: Mode, context: AttributeContext, change: Option<Change>, unordered: bool) -> BoxedStrategy<Shape> {
    let plain = prop_oneof![
        3 => Just(Type::String),
        1 => Just(Type::list(Type::String)),
        1 => Just(Type::set(Type::String)),
        1 => Just(Type::map(Type::String)),
    ];
    let plain = plain.prop_map(Shape::Plain).boxed();
    if context.depth == 0 {
        return plain;
    }
    let nested = any_nesting().prop_flat_map(move |nesting| {
        let inside = AttributeContext {
            set: context.set || nesting == Nesting::Set,
            unordered: context.unordered || unordered && nesting == Nesting::List,
            computed: mode == Mode::Computed,
            change: change.or(context.change),
            depth: context.depth - 1,
        };
        attributes(inside).prop_map(move |attributes| Shape::Nested(nesting, attributes))
    });
    prop_oneof![2 => plain, 1 => nested].boxed()
}

fn attribute_of(mode: Mode, context: AttributeContext) -> BoxedStrategy<Attribute> {
    let flags = (proptest::bool::weighted(0.2), proptest::bool::weighted(0.3), any::<bool>(), any_text());
    let shape = (any_change(mode, context), any::<bool>()).prop_flat_map(move |(change, unordered)| {
        (Just(change), Just(unordered), any_shape(mode, context, change, unordered))
    });
    (shape, flags)
        .prop_map(move |((change, unordered, shape), (write_only, default, empty_means_absent, text))| {
            let mut attribute = Attribute::new("", shape);
            attribute.mode = mode;
            attribute.write_only =
                write_only && !context.set && matches!(mode, Mode::Required | Mode::Optional) && !nested(&attribute);
            attribute.change = change.filter(|_| !attribute.write_only);
            if attribute.shape == Shape::Plain(Type::String) {
                attribute.canonical = Some(without_case);
                attribute.default = (default && mode == Mode::OptionalComputed).then(|| text.clone().into());
                attribute.absent_means = (default && mode == Mode::Optional).then(|| text.into());
            } else if mode != Mode::Computed && change.or(context.change) == Some(Change::RequiresReplace) {
                attribute.unordered = unordered && is_list(&attribute.shape);
                attribute.empty_means_absent = empty_means_absent;
            }
            attribute
        })
        .boxed()
}

fn is_list(shape: &Shape) -> bool {
    matches!(shape, Shape::Plain(Type::List(_)) | Shape::Nested(Nesting::List, _))
}

fn nested(attribute: &Attribute) -> bool {
    matches!(attribute.shape, Shape::Nested(..))
}

fn without_case(value: &Value) -> Value {
    value.as_str().map(str::to_ascii_lowercase).into()
}

/// What a value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Computed attributes are null.
    Configuration(Parts),
    /// Write-only attributes are null, everything is known.
    State,
}

/// An object of the schema.
pub fn object_of(schema: &Schema, purpose: Purpose) -> BoxedStrategy<Value> {
    object(&schema.attributes, &schema.blocks, purpose)
}

fn object(attributes: &[Attribute], blocks: &[Block], purpose: Purpose) -> BoxedStrategy<Value> {
    let of_attributes = attributes.iter().map(|attribute| (attribute.name.clone(), member(attribute, purpose)));
    let of_blocks = blocks.iter().map(|block| {
        let absent = block.absent();
        let block_object = object(&block.attributes, &block.blocks, purpose);
        let value = prop_oneof![1 => Just(absent), 3 => repeated(block.nesting, block_object)].boxed();
        (block.name.clone(), value)
    });
    let (names, members): (Vec<String>, Vec<_>) = of_attributes.chain(of_blocks).unzip();
    members.prop_map(move |members| Value::Map(names.iter().cloned().zip(members).collect())).boxed()
}

fn repeated(nesting: Nesting, object: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    match nesting {
        Nesting::Single => object,
        Nesting::List => vec(object, 0..3).prop_map(Value::List).boxed(),
        Nesting::Set => vec(object, 0..3).prop_map(set).boxed(),
        Nesting::Map => btree_map("[ab]", object, 0..3).prop_map(Value::Map).boxed(),
    }
}

fn member(attribute: &Attribute, purpose: Purpose) -> BoxedStrategy<Value> {
    let absent = match purpose {
        Purpose::Configuration(_) => attribute.mode == Mode::Computed,
        Purpose::State => attribute.write_only,
    };
    if absent {
        return Just(Value::Null).boxed();
    }
    let parts = match purpose {
        Purpose::Configuration(parts) => parts,
        Purpose::State => Parts::Known,
    };
    let here = match &attribute.shape {
        Shape::Plain(of_type) => {
            let required = attribute.mode == Mode::Required && purpose != Purpose::State;
            let value = value_of(of_type, parts);
            if required { value.prop_filter("required", |value| !value.is_null()).boxed() } else { value }
        }
        Shape::Nested(nesting, attributes) => repeated(*nesting, object(attributes, &[], purpose)),
    };
    match (&attribute.shape, attribute.mode) {
        (Shape::Nested(..), Mode::Required) => here,
        (Shape::Nested(..), _) => nullable(here, parts),
        _ => here,
    }
}

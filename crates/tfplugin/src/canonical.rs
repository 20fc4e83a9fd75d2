//! Canonical forms: what is left of a value without what has no meaning (the case of an id, the order of a list, a
//! default that is written out). Two values of one attribute mean the same if and only if their canonical forms are
//! equal.
//!
//! All of it follows from what [`Attribute`]s declare, so that a plan which compares two configurations, and a resource
//! that remembers one by a hash of it, never disagree. Null, and whatever means as much as null, is left out of
//! objects: an argument that a later version adds changes nothing for configurations that do not use it. What the
//! provider alone gives, and what is never in a plan (write-only), is left out as well.

use std::collections::BTreeMap;

use crate::attribute::{Attribute, Block, Change, Mode, Nesting, Shape};
use crate::types::Type;
use crate::value::Value;

/// How much of a value goes into a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FormScope {
    /// All that has a meaning.
    Whole,
    /// Without the attributes that are changed in place.
    Deciding,
}

impl Attribute {
    /// The canonical form of `value`. Parts that are unknown make it unknown in part.
    pub fn canonical_form(&self, value: &Value) -> Value {
        form(self, value, FormScope::Whole)
    }

    /// What of `value` decides whether another value can be had in place: if the deciding forms of two values differ,
    /// going from the one to the other makes a new object. `None` if nothing of this attribute decides that.
    ///
    /// Of an attribute that requires replacement it is the canonical form without the attributes inside that are
    /// changed in place, and unknown as a whole as long as anything in `value` is: in an update in place, a plan that
    /// keeps the prior value once everything is known could contradict the one before. Of an object that says nothing
    /// itself it is what the attributes inside decide.
    pub fn deciding_form(&self, value: &Value) -> Option<Value> {
        if !self.decides() {
            return None;
        }
        Some(match (self.change, &self.shape) {
            (None, Shape::Nested(nesting, attributes)) => deciding_parts(*nesting, attributes, &[], value),
            _ if !value.is_wholly_known() => Value::unknown(),
            _ => form(self, value, FormScope::Deciding),
        })
    }

    /// Whether some change of this attribute, or of one inside it, makes a new object.
    pub fn decides(&self) -> bool {
        match (self.change, &self.shape) {
            _ if !is_users(self) => false,
            (Some(change), _) => change == Change::RequiresReplace,
            (None, Shape::Plain(_)) => false,
            (None, Shape::Nested(_, attributes)) => attributes.iter().any(Attribute::decides),
        }
    }
}

impl Block {
    /// As [`Attribute::deciding_form`].
    pub fn deciding_form(&self, value: &Value) -> Option<Value> {
        self.decides().then(|| deciding_parts(self.nesting, &self.attributes, &self.blocks, value))
    }

    fn decides(&self) -> bool {
        self.attributes.iter().any(Attribute::decides) || self.blocks.iter().any(Block::decides)
    }
}

/// Whether the configuration says anything about the attribute that can be compared.
fn is_users(attribute: &Attribute) -> bool {
    !attribute.write_only && attribute.mode != Mode::Computed
}

fn form(attribute: &Attribute, value: &Value, extent: FormScope) -> Value {
    let form = present(attribute, value, extent);
    match attribute.absent_means.as_ref().or(attribute.default.as_ref()) {
        Some(absent) if form == present(attribute, absent, extent) => Value::Null,
        _ => form,
    }
}

/// The form of a value that is there, whatever its absence would mean.
fn present(attribute: &Attribute, value: &Value, extent: FormScope) -> Value {
    if value.is_null() {
        return Value::Null;
    }
    let form = match &attribute.shape {
        Shape::Plain(_) if !value.is_wholly_known() => Value::unknown(),
        Shape::Plain(_) => attribute.canonical.map_or_else(|| value.clone(), |canonical| canonical(value)),
        Shape::Nested(nesting, attributes) => objects(*nesting, value, |object| {
            let object = attribute.canonical.map_or_else(|| object.clone(), |canonical| canonical(object));
            members(attributes, &object, extent)
        }),
    };
    match form {
        Value::List(elements) if elements.is_empty() && attribute.empty_means_absent => Value::Null,
        Value::Map(members) if members.is_empty() && attribute.empty_means_absent => Value::Null,
        Value::List(elements) if attribute.unordered || is_set(&attribute.shape) => Value::List(sorted(elements)),
        form => form,
    }
}

fn is_set(shape: &Shape) -> bool {
    matches!(shape, Shape::Plain(Type::Set(_)) | Shape::Nested(Nesting::Set, _))
}

/// The forms of the attributes of one object, without those that are null.
fn members(attributes: &[Attribute], object: &Value, extent: FormScope) -> Value {
    let counts = |attribute: &&Attribute| {
        is_users(attribute) && (extent == FormScope::Whole || attribute.change != Some(Change::UpdatesInPlace))
    };
    let forms = attributes.iter().filter(counts).map(|attribute| {
        let value = object.get(&attribute.name);
        (attribute.name.clone(), form(attribute, value, extent))
    });
    Value::Map(forms.filter(|(_, form)| !form.is_null()).collect())
}

/// What the attributes and blocks inside objects decide where the objects themselves decide nothing.
fn deciding_parts(nesting: Nesting, attributes: &[Attribute], blocks: &[Block], value: &Value) -> Value {
    let parts = objects(nesting, value, |object| {
        let attributes = attributes
            .iter()
            .filter_map(|attribute| Some((&attribute.name, attribute.deciding_form(object.get(&attribute.name))?)));
        let blocks =
            blocks.iter().filter_map(|block| Some((&block.name, block.deciding_form(object.get(&block.name))?)));
        let parts = attributes.chain(blocks).filter(|(_, form)| !form.is_null());
        Value::Map(parts.map(|(name, form)| (name.clone(), form)).collect())
    });
    match (nesting, parts) {
        // An object that is absent decides what one without deciding values does.
        (Nesting::Single, Value::Null) => Value::Map(BTreeMap::new()),
        // Elements that are told apart by what decides nothing stay as many as they are.
        (Nesting::Set, Value::List(mut elements)) => {
            elements.sort();
            Value::List(elements)
        }
        (_, parts) => parts,
    }
}

/// Every object in `value` turned by `one`. Null and unknown stay what they are, as a whole and element by element.
fn objects(nesting: Nesting, value: &Value, one: impl Fn(&Value) -> Value) -> Value {
    let one = |object: &Value| if object.as_map().is_some() { one(object) } else { object.clone() };
    match (nesting, value) {
        (Nesting::Single, object) => one(object),
        (Nesting::Map, Value::Map(members)) => {
            Value::Map(members.iter().map(|(key, object)| (key.clone(), one(object))).collect())
        }
        (_, Value::List(elements)) => Value::List(elements.iter().map(one).collect()),
        (_, value) => value.clone(),
    }
}

/// The elements in an order that depends on nothing but them, each once.
fn sorted(mut elements: Vec<Value>) -> Vec<Value> {
    elements.sort();
    elements.dedup();
    elements
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::generators::{Parts, Purpose, any_schema, object_of};
    use crate::schema::Schema;

    fn without_case(value: &Value) -> Value {
        value.as_str().map(str::to_ascii_lowercase).into()
    }

    /// A container keeps its name if it is renamed to it.
    fn renamed(container: &Value) -> Value {
        let mut container = container.clone();
        if container.get("rename_to") == container.get("name") {
            container.set("rename_to", Value::Null);
        }
        container
    }

    fn containers() -> Attribute {
        let members = vec![
            Attribute::string("name").required().canonical(without_case),
            Attribute::list_of("prefixes", Type::String).unordered(),
            Attribute::string("rename_to"),
            Attribute::string("note").updates_in_place(),
            Attribute::string("status").computed(),
        ];
        Attribute::objects("containers", members).requires_replace().unordered().canonical(renamed)
    }

    fn container<const N: usize>(members: [(&str, Value); N]) -> Value {
        Value::object(members)
    }

    fn list<const N: usize>(elements: [Value; N]) -> Value {
        Value::List(elements.into())
    }

    #[test]
    fn order_repetition_notation_and_what_is_written_out_are_not_in_the_form() {
        let (a, b) = (container([("name", "a".into())]), container([("name", "b".into())]));
        let other_a = container([("name", "A".into()), ("rename_to", "A".into()), ("status", "made".into())]);
        let form = containers().canonical_form(&list([a.clone(), b.clone()]));
        assert_eq!(containers().canonical_form(&list([b, other_a, a])), form);
    }

    #[test]
    fn order_and_repetition_mean_something_in_a_list_and_nothing_in_a_set() {
        let ab = list(["a".into(), "b".into()]);
        let others = [list(["b".into(), "a".into()]), list(["a".into(), "b".into(), "b".into()])];
        let ordered = Attribute::list_of("names", Type::String);
        let set = Attribute::set_of("names", Type::String);
        for other in &others {
            assert_ne!(ordered.canonical_form(&ab), ordered.canonical_form(other));
            assert_eq!(set.canonical_form(&ab), set.canonical_form(other));
        }
    }

    #[test]
    fn null_is_no_empty_list_unless_it_is_said_so() {
        let names = Attribute::list_of("names", Type::String);
        assert_ne!(names.canonical_form(&list([])), names.canonical_form(&Value::Null));
        let names = names.empty_means_absent();
        assert_eq!(names.canonical_form(&list([])), names.canonical_form(&Value::Null));
    }

    #[test]
    fn what_absence_means_may_be_written_out() {
        let mode = Attribute::string("mode").absent_means("Skip").canonical(without_case);
        assert_eq!(mode.canonical_form(&"SKIP".into()), Value::Null);
        assert_eq!(mode.canonical_form(&"Patch".into()), "patch".into());
        let force = Attribute::bool("force").default(false);
        assert_eq!(force.canonical_form(&false.into()), Value::Null);
    }

    #[test]
    fn an_argument_that_a_later_version_adds_leaves_the_forms_of_those_who_do_not_use_it() {
        let older = |more: Vec<Attribute>| {
            let mut members = vec![Attribute::string("id")];
            members.extend(more);
            Attribute::object("point", members).requires_replace()
        };
        let value = |more: &[(&str, Value)]| {
            let mut value = Value::object([("id", "x")]);
            more.iter().for_each(|(name, member)| value.set(*name, member.clone()));
            value
        };
        let added = vec![
            Attribute::string("tier"),
            Attribute::bool("partial").absent_means(false),
            Attribute::string("mode").default("usual"),
            Attribute::list_of("skip", Type::String).empty_means_absent(),
        ];
        let form = older(vec![]).deciding_form(&value(&[]));
        let unused = [("tier", Value::Null), ("partial", false.into()), ("mode", "usual".into()), ("skip", list([]))];
        assert_eq!(older(added.clone()).deciding_form(&value(&unused)), form);
        assert_ne!(older(added).deciding_form(&value(&[("partial", true.into())])), form);
    }

    #[test]
    fn what_is_changed_in_place_decides_nothing() {
        let noted = |note: &str| list([container([("name", "a".into()), ("note", note.into())])]);
        assert_ne!(containers().canonical_form(&noted("x")), containers().canonical_form(&noted("y")));
        assert_eq!(containers().deciding_form(&noted("x")), containers().deciding_form(&noted("y")));
        assert_eq!(containers().updates_in_place().deciding_form(&noted("x")), None);
        assert_eq!(Attribute::string("note").deciding_form(&"x".into()), None);
        assert_eq!(Attribute::string("status").computed().deciding_form(&"x".into()), None);
    }

    #[test]
    fn what_only_the_provider_says_or_nobody_can_compare_decides_nothing() {
        assert!(Attribute::string("name").required().requires_replace().decides());
        assert!(!Attribute::string("id").computed().requires_replace().decides());
        assert!(!Attribute::string("secret").optional().write_only().requires_replace().decides());
    }

    #[test]
    fn a_block_decides_what_an_attribute_or_a_block_inside_it_does() {
        let inner = || Block::single("inner", vec![Attribute::string("name").requires_replace()]);
        let around = Block { blocks: vec![inner()], ..Block::single("outer", vec![Attribute::string("note")]) };
        let object = |name: &str| Value::object([("inner", Value::object([("name", name)]))]);
        assert_ne!(around.deciding_form(&object("a")), around.deciding_form(&object("b")));
        assert!(around.deciding_form(&object("a")).is_some());
        assert!(inner().deciding_form(&Value::object([("name", "a")])).is_some());
        let idle = Block::single("idle", vec![Attribute::string("note").updates_in_place()]);
        assert_eq!(idle.deciding_form(&Value::object([("note", "a")])), None);
    }

    #[test]
    fn what_has_no_meaning_in_a_value_is_not_asked_of_an_unknown_one() {
        let name = Attribute::string("name").canonical(without_case);
        assert_eq!(name.canonical_form(&Value::unknown()), Value::unknown());
        assert_eq!(name.canonical_form(&Value::Null), Value::Null);
    }

    #[test]
    fn whatever_is_unknown_is_unknown_in_the_form_too() {
        let unknown = list([container([("name", "a".into()), ("prefixes", list([Value::unknown()]))])]);
        assert!(!containers().canonical_form(&unknown).is_wholly_known());
        assert_eq!(containers().deciding_form(&unknown), Some(Value::unknown()));
        assert_eq!(containers().deciding_form(&Value::unknown()), Some(Value::unknown()));
    }

    /// A schema, and two objects of it without unknowns.
    fn two_states() -> impl Strategy<Value = (Schema, Value, Value)> {
        any_schema().prop_flat_map(|schema| {
            let state = || object_of(&schema, Purpose::Configuration(Parts::Known));
            let states = (state(), state());
            (Just(schema), states).prop_map(|(schema, (one, other))| (schema, one, other))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_canonical_form_is_its_own_canonical_form((schema, object, _) in two_states()) {
            for attribute in &schema.attributes {
                let once = attribute.canonical_form(object.get(&attribute.name));
                prop_assert_eq!(attribute.canonical_form(&once), once, "{:?}", attribute);
            }
        }

        #[test]
        fn what_means_the_same_decides_the_same((schema, one, other) in two_states()) {
            for attribute in &schema.attributes {
                let (one, other) = (one.get(&attribute.name), other.get(&attribute.name));
                if attribute.canonical_form(one) == attribute.canonical_form(other) {
                    prop_assert_eq!(attribute.deciding_form(one), attribute.deciding_form(other), "{:?}", attribute);
                }
            }
        }
    }
}

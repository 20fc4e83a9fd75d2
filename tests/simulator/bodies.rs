//! Shapes of request bodies, and the check that refuses everything else. Discriminators match without case, as the
//! services' do, and so do names of members: the check spells them as the model does, so that what reads the body need
//! know one spelling.

use serde_json::{Map, Value};

/// What a value must be. `null` passes wherever a member is not required.
#[derive(Clone, Copy)]
pub enum Shape {
    /// What the service has given out and takes back, whatever it holds.
    Anything,
    Text,
    Flag,
    OneOf(&'static [&'static str]),
    Texts,
    /// A whole number.
    Whole,
    /// A list of whole numbers; one that is written as a text passes, since a client in wide use writes them so.
    WholeNumbers,
    /// An object whose members are all strings, whatever their names.
    TextMap,
    Object(&'static [Member]),
    /// An object whose members stand in several groups.
    Groups(&'static [&'static [Member]]),
    ListOfObjects(&'static [Member]),
    /// One of several objects, told apart by `objectType`.
    Kinds(&'static [ObjectModel]),
    ListOfKinds(&'static [ObjectModel]),
}

pub struct Member {
    name: &'static str,
    required: bool,
    shape: Shape,
}

pub struct ObjectModel {
    object_type: &'static str,
    members: &'static [&'static [Member]],
    /// Azure takes it, the simulator has no model of what it does.
    modelled: bool,
}

/// A member that may not be left out.
pub const fn must(name: &'static str, shape: Shape) -> Member {
    Member { name, required: true, shape }
}

/// A member that may be null or left out.
pub const fn may(name: &'static str, shape: Shape) -> Member {
    Member { name, required: false, shape }
}

/// An object that the simulator knows, by its `objectType`.
pub const fn kind(object_type: &'static str, members: &'static [&'static [Member]]) -> ObjectModel {
    ObjectModel { object_type, members, modelled: true }
}

/// An object that Azure takes, and that is answered 501.
pub const fn unmodelled(object_type: &'static str) -> ObjectModel {
    ObjectModel { object_type, members: &[], modelled: false }
}

/// Why a body is not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum BodyError {
    /// Azure refuses it. The text is for the journal; Azure does not say it.
    Invalid(String),
    /// Azure takes it, the simulator does not know it.
    Unmodelled(String),
}

/// Whether `value`, which stands at `at`, is of this shape. Its members are then spelt as the shape spells them.
pub fn check(value: &mut Value, shape: &Shape, at: &str) -> Result<(), BodyError> {
    let not = |what: &str| Err(BodyError::Invalid(format!("{at} is not {what}")));
    match shape {
        Shape::Text if !value.is_string() => not("a string"),
        Shape::Flag if !value.is_boolean() => not("a boolean"),
        Shape::OneOf(words)
            if !value.as_str().is_some_and(|text| words.iter().any(|word| word.eq_ignore_ascii_case(text))) =>
        {
            not(&format!("one of {}", words.join(", ")))
        }
        Shape::Texts if !value.as_array().is_some_and(|items| items.iter().all(Value::is_string)) => {
            not("a list of strings")
        }
        Shape::Whole if !value.is_i64() => not("a whole number"),
        Shape::WholeNumbers if !value.as_array().is_some_and(|items| items.iter().all(is_whole)) => {
            not("a list of whole numbers")
        }
        Shape::TextMap if !value.as_object().is_some_and(|map| map.values().all(Value::is_string)) => {
            not("a map of strings")
        }
        Shape::Object(members) => check_object(value, &[members], &[], at),
        Shape::Groups(groups) => check_object(value, groups, &[], at),
        Shape::ListOfObjects(members) => check_items(value, at, |item, at| check_object(item, &[members], &[], at)),
        Shape::Kinds(kinds) => check_kind(value, kinds, at),
        Shape::ListOfKinds(kinds) => check_items(value, at, |item, at| check_kind(item, kinds, at)),
        _ => Ok(()),
    }
}

fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok())
}

fn check_items(
    value: &mut Value,
    at: &str,
    check: impl Fn(&mut Value, &str) -> Result<(), BodyError>,
) -> Result<(), BodyError> {
    let Some(items) = value.as_array_mut() else { return Err(BodyError::Invalid(format!("{at} is not a list"))) };
    items.iter_mut().enumerate().try_for_each(|(index, item)| check(item, &format!("{at}[{index}]")))
}

fn check_kind(value: &mut Value, kinds: &'static [ObjectModel], at: &str) -> Result<(), BodyError> {
    if let Some(object) = value.as_object_mut() {
        respell(object, &["objectType"], at)?;
    }
    let object_type = value.get("objectType").and_then(Value::as_str).unwrap_or_default();
    let Some(kind) = kinds.iter().find(|kind| kind.object_type.eq_ignore_ascii_case(object_type)) else {
        return Err(BodyError::Invalid(format!("{at}.objectType {object_type:?} is not known")));
    };
    if !kind.modelled {
        return Err(BodyError::Unmodelled(format!("{at} of type {object_type}")));
    }
    check_object(value, kind.members, &["objectType"], at)
}

fn check_object(value: &mut Value, groups: &[&'static [Member]], known: &[&str], at: &str) -> Result<(), BodyError> {
    let Some(object) = value.as_object_mut() else { return Err(BodyError::Invalid(format!("{at} is not an object"))) };
    let names: Vec<&str> = groups.iter().copied().flatten().map(|member| member.name).collect();
    respell(object, &names, at)?;
    let member_of = |name: &str| groups.iter().copied().flatten().find(|member| member.name == name);
    for (name, value) in object.iter_mut() {
        match member_of(name) {
            Some(_) if value.is_null() => {}
            Some(member) => check(value, &member.shape, &format!("{at}.{name}"))?,
            None if known.contains(&name.as_str()) => {}
            None => return Err(BodyError::Invalid(format!("{at}.{name} is not known"))),
        }
    }
    let mut required = groups.iter().copied().flatten().filter(|member| member.required);
    match required.find(|member| object.get(member.name).is_none_or(Value::is_null)) {
        Some(member) => Err(BodyError::Invalid(format!("{at}.{} is missing", member.name))),
        None => Ok(()),
    }
}

/// Gives members the spelling of `names`. One that stands there twice, in two spellings, is refused: which of the two
/// Azure would take is not known.
fn respell(object: &mut Map<String, Value>, names: &[&str], at: &str) -> Result<(), BodyError> {
    for name in names {
        let others: Vec<String> =
            object.keys().filter(|own| own.as_str() != *name && own.eq_ignore_ascii_case(name)).cloned().collect();
        for other in others {
            let value = object.remove(&other).unwrap_or_default();
            if object.insert((*name).to_owned(), value).is_some() {
                return Err(BodyError::Invalid(format!("{at}.{name} is there twice")));
            }
        }
    }
    Ok(())
}

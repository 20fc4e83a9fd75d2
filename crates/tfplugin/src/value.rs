//! Terraform values as resources see them: no schema attached, nothing of the wire but what must go back unchanged.

use std::collections::BTreeMap;
use std::fmt;

use super::diagnostics::{Diagnostic, Diagnostics};
pub use super::number::{Number, NumberError};
pub use super::path::{Path, Step};
use super::types::Type;

/// A value of any type. Which type it is, the schema knows. The order serves to bring sets into one; it has no meaning.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Left out of the configuration, or written as `null`.
    #[default]
    Null,
    /// Not known during plan: it depends on something that an apply has still to make.
    Unknown(Unknown),
    /// `true` or `false`.
    Bool(bool),
    /// A number, as exact as it was written.
    Number(Number),
    /// Text in UTF-8, of any length.
    String(String),
    /// List, set or tuple. Terraform sends sets sorted and without duplicates, so equal sets are equal lists.
    List(Vec<Value>),
    /// Map, object or block. An object holds every attribute of its type, absent ones as [`Value::Null`].
    Map(BTreeMap<String, Value>),
    /// A value whose type is not fixed by the schema, with the type it has. An untyped null is [`Value::Null`].
    Dynamic(Box<Dynamic>),
}

/// A value of an attribute whose type is [`Type::Dynamic`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dynamic {
    /// The type that its writer gave it.
    pub of_type: Type,
    /// A value of that type.
    pub value: Value,
}

/// What Terraform knows about a value that it does not know: nothing, or a refinement (not null, prefix, bounds)
/// that is kept as the bytes received, so that it goes back unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    refinement: Option<Box<[u8]>>,
}

impl Unknown {
    /// An unknown value without a refinement.
    pub fn plain() -> Self {
        Self::default()
    }

    /// With the payload of the MessagePack extension 12 (docs/reference/terraform-plugin-protocol.md#messagepack).
    pub fn refined(refinement: impl Into<Box<[u8]>>) -> Self {
        Self { refinement: Some(refinement.into()) }
    }

    /// Payload of the MessagePack extension 12, if there was one.
    pub fn refinement(&self) -> Option<&[u8]> {
        self.refinement.as_deref()
    }

    /// True if Terraform promises that the value will not be null.
    pub fn is_not_null(&self) -> bool {
        let Some(mut payload) = self.refinement() else { return false };
        let Ok(rmpv::Value::Map(entries)) = rmpv::decode::read_value_with_max_depth(&mut payload, 32) else {
            return false;
        };
        entries.iter().any(|(key, value)| key.as_u64() == Some(1) && value.as_bool() == Some(false))
    }
}

static NULL: Value = Value::Null;

impl Value {
    /// A value about which nothing is known.
    pub fn unknown() -> Self {
        Value::Unknown(Unknown::plain())
    }

    /// An object, map or block of these members.
    pub fn object<K: Into<String>, V: Into<Value>>(members: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::of_members(members.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// A map is made by a sort, 4 kB of code for each kind of iterator: apart, there is one.
    fn of_members(members: Vec<(String, Value)>) -> Self {
        Value::Map(members.into_iter().collect())
    }

    /// A list, set or tuple of these elements.
    pub fn list<V: Into<Value>>(elements: impl IntoIterator<Item = V>) -> Self {
        Value::List(elements.into_iter().map(Into::into).collect())
    }

    /// True for null, typed or not.
    pub fn is_null(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Dynamic(dynamic) => dynamic.value.is_null(),
            _ => false,
        }
    }

    /// True if the value as a whole is unknown; its parts are another matter, see [`Value::is_wholly_known`].
    pub fn is_unknown(&self) -> bool {
        match self {
            Value::Unknown(_) => true,
            Value::Dynamic(dynamic) => dynamic.value.is_unknown(),
            _ => false,
        }
    }

    /// True if neither the value nor any part of it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Value::Unknown(_) => false,
            Value::List(elements) => elements.iter().all(Value::is_wholly_known),
            Value::Map(members) => members.values().all(Value::is_wholly_known),
            Value::Dynamic(dynamic) => dynamic.value.is_wholly_known(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }

    /// The member `name`; null if there is none or if this is no map.
    pub fn get(&self, name: &str) -> &Value {
        self.as_map().and_then(|members| members.get(name)).unwrap_or(&NULL)
    }

    /// Sets a member. Whatever is not a map becomes one.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        if !matches!(self, Value::Map(_)) {
            *self = Value::Map(BTreeMap::new());
        }
        if let Value::Map(members) = self {
            members.insert(name.into(), value.into());
        }
    }

    /// The text; `None` if this is not a known string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            Value::Dynamic(dynamic) => dynamic.value.as_str(),
            _ => None,
        }
    }

    /// The truth; `None` if this is not a known bool.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(truth) => Some(*truth),
            Value::Dynamic(dynamic) => dynamic.value.as_bool(),
            _ => None,
        }
    }

    /// The number; `None` if this is not a known one.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Value::Number(number) => Some(number),
            Value::Dynamic(dynamic) => dynamic.value.as_number(),
            _ => None,
        }
    }

    /// An integer within 64 signed bits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::as_i64)
    }

    /// The elements of a list, set or tuple.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(elements) => Some(elements),
            Value::Dynamic(dynamic) => dynamic.value.as_list(),
            _ => None,
        }
    }

    /// The members of a map, object or block.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Value::Map(members) => Some(members),
            Value::Dynamic(dynamic) => dynamic.value.as_map(),
            _ => None,
        }
    }

    /// The value that `path` leads to; `None` if the way ends early.
    pub fn at(&self, path: &Path) -> Option<&Value> {
        path.steps().iter().try_fold(self, |value, step| match step {
            Step::Attribute(name) | Step::Key(name) => value.as_map()?.get(name),
            Step::Index(index) => value.as_list()?.get(*index),
        })
    }

    /// The value that `path` leads to, to be changed; `None` if the way ends early.
    pub fn at_mut(&mut self, path: &Path) -> Option<&mut Value> {
        path.steps().iter().try_fold(self, |value, step| {
            let value = match value {
                Value::Dynamic(dynamic) => &mut dynamic.value,
                value => value,
            };
            match (step, value) {
                (Step::Attribute(name) | Step::Key(name), Value::Map(members)) => members.get_mut(name),
                (Step::Index(index), Value::List(elements)) => elements.get_mut(*index),
                _ => None,
            }
        })
    }

    /// Turns every unknown into null and says where they were.
    pub fn replace_unknowns_with_null(&mut self) -> Vec<Path> {
        let mut replaced = Vec::new();
        self.replace_unknowns_below(&Path::root(), &mut replaced);
        replaced
    }

    fn replace_unknowns_below(&mut self, path: &Path, replaced: &mut Vec<Path>) {
        match self {
            Value::Unknown(_) => {
                *self = Value::Null;
                replaced.push(path.clone());
            }
            Value::List(elements) => {
                for (index, element) in elements.iter_mut().enumerate() {
                    element.replace_unknowns_below(&path.clone().index(index), replaced);
                }
            }
            Value::Map(members) => {
                for (name, member) in members {
                    member.replace_unknowns_below(&path.clone().child(name), replaced);
                }
            }
            Value::Dynamic(dynamic) => dynamic.value.replace_unknowns_below(path, replaced),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// What kind of value this is, for messages; never the value itself, which may be a secret.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Unknown(_) => "an unknown value",
            Value::Bool(_) => "a bool",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "an object",
            Value::Dynamic(dynamic) => dynamic.value.kind(),
        }
    }
}

/// Texts and numbers are left out, because a value does not know whether the schema calls it sensitive. The crate's
/// own unit tests see them.
impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => formatter.write_str("null"),
            Value::Unknown(unknown) if unknown.refinement.is_some() => formatter.write_str("(unknown, refined)"),
            Value::Unknown(_) => formatter.write_str("(unknown)"),
            Value::Bool(truth) => write!(formatter, "{truth}"),
            Value::Number(number) if cfg!(test) => write!(formatter, "{number}"),
            Value::Number(_) => formatter.write_str("(number)"),
            Value::String(text) if cfg!(test) => write!(formatter, "{text:?}"),
            Value::String(_) => formatter.write_str("(string)"),
            Value::List(elements) => formatter.debug_list().entries(elements).finish(),
            Value::Map(members) => formatter.debug_map().entries(members).finish(),
            Value::Dynamic(dynamic) => fmt::Debug::fmt(&dynamic.value, formatter),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Value::Number(number)
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value {
            fn from(integer: $integer) -> Self {
                Value::Number(integer.into())
            }
        }
    )*};
}

from_integers!(i32, i64, u16, u32, u64, usize);

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(elements: Vec<T>) -> Self {
        Value::list(elements)
    }
}

impl<T: Into<Value>> From<BTreeMap<String, T>> for Value {
    fn from(members: BTreeMap<String, T>) -> Self {
        Value::object(members)
    }
}

/// `None` is null.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// A value of another kind than the reader expects. Names kinds, never contents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: expected {expected}, found {found}")]
pub struct ValueError {
    /// Where in the object it stands.
    pub path: Path,
    /// What the reader wants, with its article.
    pub expected: &'static str,
    /// What there is, with its article.
    pub found: &'static str,
}

impl ValueError {
    /// `found` is not what was `expected` (with its article, as in "a string").
    pub fn new(path: &Path, expected: &'static str, found: &Value) -> Self {
        Self { path: path.clone(), expected, found: found.kind() }
    }
}

/// A value of the wrong kind where the schema promised another: a mistake of this program, told instead of a panic.
impl From<ValueError> for Diagnostic {
    fn from(error: ValueError) -> Self {
        let path = error.path.clone();
        Diagnostic::error("Value does not fit the schema", format!("{error}. This is a bug in the provider.")).at(path)
    }
}

impl From<ValueError> for Diagnostics {
    fn from(error: ValueError) -> Self {
        Diagnostic::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Value {
        Value::object([
            ("name", Value::from("c1")),
            ("parts", Value::list([Value::from(1), Value::unknown()])),
            ("inner", Value::object([("deep", Value::unknown())])),
        ])
    }

    #[test]
    fn an_absent_member_is_null() {
        assert_eq!(sample().get("nothing"), &Value::Null);
        assert_eq!(Value::from("text").get("name"), &Value::Null);
    }

    #[test]
    fn a_path_leads_through_lists_and_objects() {
        assert_eq!(sample().at(&Path::attribute("parts").index(0)), Some(&Value::from(1)));
        assert_eq!(sample().at(&Path::attribute("inner").child("deep")), Some(&Value::unknown()));
        assert_eq!(sample().at(&Path::attribute("parts").index(2)), None);
        assert_eq!(sample().at(&Path::attribute("name").child("x")), None);
    }

    #[test]
    fn a_value_is_changed_at_its_path() {
        let mut value = sample();
        *value.at_mut(&Path::attribute("parts").index(1)).unwrap() = Value::from(2);
        assert_eq!(value.get("parts"), &Value::list([1, 2]));
        assert!(value.at_mut(&Path::attribute("parts").child("x")).is_none());
    }

    #[test]
    fn unknowns_become_null_and_their_paths_are_told() {
        let mut value = sample();
        assert!(!value.is_wholly_known());
        let paths: Vec<String> = value.replace_unknowns_with_null().iter().map(Path::to_string).collect();
        assert_eq!(paths, ["inner.deep", "parts[1]"]);
        assert!(value.is_wholly_known());
    }

    #[test]
    fn setting_a_member_of_null_makes_an_object() {
        let mut value = Value::Null;
        value.set("name", "x");
        assert_eq!(value, Value::object([("name", "x")]));
    }

    #[test]
    fn a_typed_null_is_null_and_a_typed_unknown_is_unknown() {
        let dynamic = |value| Value::Dynamic(Box::new(Dynamic { of_type: Type::String, value }));
        assert!(dynamic(Value::Null).is_null());
        assert!(dynamic(Value::unknown()).is_unknown());
        assert_eq!(dynamic("x".into()).as_str(), Some("x"));
    }

    #[test]
    fn only_a_refinement_that_says_so_promises_not_null() {
        assert!(!Unknown::plain().is_not_null());
        assert!(Unknown::refined([0x81, 0x01, 0xc2]).is_not_null());
        assert!(!Unknown::refined([0x80]).is_not_null());
        assert!(!Unknown::refined([0xff, 0xff]).is_not_null());
    }
}

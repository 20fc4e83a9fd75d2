//! The types that Terraform knows.

use std::collections::BTreeMap;

/// The type of a value: what a schema promises, and what a value is read and written by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Text in UTF-8.
    String,
    /// `true` or `false`.
    Bool,
    /// A decimal number of any size.
    Number,
    /// Any type; the value carries its own.
    Dynamic,
    /// Elements in order, all of one type.
    List(Box<Type>),
    /// Elements without order and duplicates, all of one type.
    Set(Box<Type>),
    /// Elements by key, all of one type.
    Map(Box<Type>),
    /// Attributes by name, each of its own type; every name is present.
    Object(BTreeMap<String, Type>),
    /// A fixed number of elements, each of its own type.
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

//! The types that Terraform knows.

use std::collections::BTreeMap;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Text.
    String,
    /// true or false.
    Bool,
    /// Exact decimal.
    Number,
    /// Any type; the value carries its own.
    Dynamic,
    /// Ordered, of one type.
    List(Box<Type>),
    /// Unordered and without duplicates, of one type.
    Set(Box<Type>),
    /// By key, of one type.
    Map(Box<Type>),
    /// By name, each its own type; every name is present.
    Object(BTreeMap<String, Type>),
    /// By position, each its own type.
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

//! What tells an object of a resource from all others.

use super::types::Type;

/// The schema of a resource's identity: what Terraform 1.12 and later keeps in its state beside an object to tell it from
/// all others. A resource that has one gives it with every object it returns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentitySchema {
    /// Its parts; together they name one object.
    pub attributes: Vec<IdentityAttribute>,
}

/// One part of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityAttribute {
    /// Lower case, digits and underscores.
    pub name: String,
    /// Text, a number, a bool, or a list of one of these. Terraform refuses others.
    pub of_type: Type,
    /// Whether an import must give it; otherwise it may.
    pub required_for_import: bool,
    /// What it is, in plain text.
    pub description: String,
}

impl IdentitySchema {
    /// The type of an identity: an object of its attributes.
    pub fn value_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|attribute| (attribute.name.as_str(), attribute.of_type.clone())))
    }
}

//! Values as bytes: MessagePack both ways, JSON for raw state, type constraints; always guided by the type.
//! No schema, no message of the protocol and no rule about what a value means may enter.

mod json;
mod msgpack;
mod type_constraint;

pub use json::{UnknownAttributes, decode_json, encode_json, from_json};
pub use msgpack::{decode, encode};
pub use type_constraint::{decode_type, encode_type, type_of};

use super::value::{NumberError, Path, Step};

/// Largest encoded value that is read. A value takes some forty times as much memory as its bytes in the worst case.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// A value that does not fit its type or its encoding. Names kinds, attributes and keys, never contents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct WireError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with an encoded value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// More than [`MAX_BYTES`].
    #[error("the value has {0} bytes, more than are accepted")]
    TooLarge(usize),
    /// Nested deeper than any schema.
    #[error("the value is nested too deeply")]
    TooDeep,
    /// No MessagePack, no JSON, or not one whole value.
    #[error("the encoding is malformed: {0}")]
    Malformed(String),
    /// Bytes after the end of the value.
    #[error("there are {0} bytes after the value")]
    TrailingBytes(usize),
    /// Another kind than the type says.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What the type says, with its article.
        expected: &'static str,
        /// What there is, with its article.
        found: &'static str,
    },
    /// A tuple of another length.
    #[error("expected {expected} elements, found {found}")]
    Length {
        /// By the type.
        expected: usize,
        /// In the value.
        found: usize,
    },
    /// An attribute of the type is not in the object.
    #[error("the attribute \"{0}\" is missing")]
    MissingAttribute(String),
    /// The object has an attribute that the type has not.
    #[error("there is no attribute \"{0}\"")]
    ExtraAttribute(String),
    /// Twice in one map or object.
    #[error("the key \"{0}\" is there twice")]
    DuplicateKey(String),
    /// A text that is no UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// NaN, infinity, or too many digits.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// No type constraint.
    #[error("the type is malformed: {0}")]
    MalformedType(String),
    /// JSON has no unknown values.
    #[error("an unknown value has no JSON form")]
    UnknownInJson,
}

impl Problem {
    fn expected(expected: &'static str, found: &'static str) -> Self {
        Problem::Expected { expected, found }
    }
}

impl From<Problem> for WireError {
    fn from(problem: Problem) -> Self {
        Self { path: Path::root(), problem }
    }
}

impl WireError {
    /// The same error seen from one level further out.
    fn under(self, step: Step) -> Self {
        let steps = std::iter::once(step).chain(self.path.steps().iter().cloned()).collect::<Vec<_>>();
        Self { path: steps.into(), problem: self.problem }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

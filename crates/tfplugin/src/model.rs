//! Typed views of values: attributes that may be null or unknown, and structs made of them.

use std::collections::BTreeMap;

use super::value::{Number, Path, Value, ValueError};

/// The value of an attribute in a typed model. During plan every value may be unknown, so a field that is a plain `T` is for
/// what is known whenever the model is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attr<T> {
    /// Left out of the configuration, or written as `null`.
    #[default]
    Null,
    /// Known only after apply. A refinement is lost here; where it must go back, keep the [`Value`].
    Unknown,
    /// Known now.
    Known(T),
}

impl<T> Attr<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Attr::Known(value) => Some(value),
            Attr::Null | Attr::Unknown => None,
        }
    }

    /// The value itself, if it is known.
    pub fn into_known(self) -> Option<T> {
        match self {
            Attr::Known(value) => Some(value),
            Attr::Null | Attr::Unknown => None,
        }
    }

    /// True if there is no value, and there will be none.
    pub fn is_null(&self) -> bool {
        matches!(self, Attr::Null)
    }

    /// True if known only after apply.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Attr::Unknown)
    }

    /// The same with `change` applied to a known value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Attr<U> {
        match self {
            Attr::Null => Attr::Null,
            Attr::Unknown => Attr::Unknown,
            Attr::Known(value) => Attr::Known(change(value)),
        }
    }

    /// The same without owning the value.
    pub fn as_ref(&self) -> Attr<&T> {
        match self {
            Attr::Null => Attr::Null,
            Attr::Unknown => Attr::Unknown,
            Attr::Known(value) => Attr::Known(value),
        }
    }
}

impl<T: ToValue> Attr<T> {
    /// The [`Value`] to put into a plan or a state.
    pub fn into_value(self) -> Value {
        self.to_value()
    }
}

impl Attr<String> {
    /// The text, if it is known.
    pub fn as_str(&self) -> Option<&str> {
        self.known().map(String::as_str)
    }
}

impl<T> From<T> for Attr<T> {
    fn from(value: T) -> Self {
        Attr::Known(value)
    }
}

impl From<&str> for Attr<String> {
    fn from(text: &str) -> Self {
        Attr::Known(text.to_owned())
    }
}

/// `None` is null.
impl<T> From<Option<T>> for Attr<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Attr::Null, Attr::Known)
    }
}

/// A type that can be read out of a [`Value`]; [`model!`](crate::model!) writes it for structs.
pub trait FromValue: Sized {
    /// Reads `value`, which sits at `path` (used in the error only).
    ///
    /// # Errors
    /// [`ValueError`] if it is of another kind.
    fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError>;
}

/// A type that can be written as a [`Value`]; [`model!`](crate::model!) writes it for structs.
pub trait ToValue {
    /// The value that reads as the same again.
    fn to_value(&self) -> Value;
}

impl FromValue for Value {
    fn from_value(value: &Value, _: &Path) -> Result<Self, ValueError> {
        Ok(value.clone())
    }
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}

impl FromValue for String {
    fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError> {
        value.as_str().map(str::to_owned).ok_or_else(|| ValueError::new(path, "a string", value))
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value {
        self.as_str().into()
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value {
        self.into()
    }
}

impl FromValue for bool {
    fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError> {
        value.as_bool().ok_or_else(|| ValueError::new(path, "a bool", value))
    }
}

impl ToValue for bool {
    fn to_value(&self) -> Value {
        (*self).into()
    }
}

impl FromValue for Number {
    fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError> {
        value.as_number().cloned().ok_or_else(|| ValueError::new(path, "a number", value))
    }
}

impl ToValue for Number {
    fn to_value(&self) -> Value {
        self.clone().into()
    }
}

macro_rules! integers {
    ($($integer:ty => $expected:literal),*) => {$(
        impl FromValue for $integer {
            fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError> {
                let integer = value.as_number().and_then(|number| number.as_str().parse().ok());
                integer.ok_or_else(|| ValueError::new(path, $expected, value))
            }
        }

        impl ToValue for $integer {
            fn to_value(&self) -> Value {
                (*self).into()
            }
        }
    )*};
}

integers!(
    i32 => "a whole number of 32 signed bits",
    i64 => "a whole number of 64 signed bits",
    u16 => "a whole number from 0 to 65535",
    u32 => "a whole number of 32 bits",
    u64 => "a whole number of 64 bits"
);

impl FromValue for f64 {
    fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError> {
        let float = value.as_number().and_then(Number::as_f64);
        float.ok_or_else(|| ValueError::new(path, "a number in the range of a float", value))
    }
}

/// NaN and infinities, which would crash Terraform, become null.
impl ToValue for f64 {
    fn to_value(&self) -> Value {
        Number::from_f64(*self).ok().into()
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError> {
        let elements = value.as_list().ok_or_else(|| ValueError::new(path, "a list", value))?;
        let read = |(index, element)| T::from_value(element, &path.clone().index(index));
        elements.iter().enumerate().map(read).collect()
    }
}

impl<T: ToValue> ToValue for Vec<T> {
    fn to_value(&self) -> Value {
        Value::List(self.iter().map(ToValue::to_value).collect())
    }
}

impl<T: FromValue> FromValue for BTreeMap<String, T> {
    fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError> {
        let members = value.as_map().ok_or_else(|| ValueError::new(path, "a map", value))?;
        let read = |(key, member): (&String, &Value)| {
            T::from_value(member, &path.clone().key(key)).map(|member| (key.clone(), member))
        };
        members.iter().map(read).collect()
    }
}

impl<T: ToValue> ToValue for BTreeMap<String, T> {
    fn to_value(&self) -> Value {
        Value::Map(self.iter().map(|(key, member)| (key.clone(), member.to_value())).collect())
    }
}

impl<T: FromValue> FromValue for Attr<T> {
    fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError> {
        if value.is_null() {
            Ok(Attr::Null)
        } else if value.is_unknown() {
            Ok(Attr::Unknown)
        } else {
            T::from_value(value, path).map(Attr::Known)
        }
    }
}

impl<T: ToValue> ToValue for Attr<T> {
    fn to_value(&self) -> Value {
        match self {
            Attr::Null => Value::Null,
            Attr::Unknown => Value::unknown(),
            Attr::Known(value) => value.to_value(),
        }
    }
}

/// Null is `None`; an unknown value is an error.
impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError> {
        if value.is_null() { Ok(None) } else { T::from_value(value, path).map(Some) }
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: FromValue> FromValue for Box<T> {
    fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError> {
        T::from_value(value, path).map(Box::new)
    }
}

impl<T: ToValue> ToValue for Box<T> {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

/// Declares structs whose fields are the attributes of an object, by name (`r#type` is the attribute `type`), with
/// [`FromValue`] and [`ToValue`]. Attributes that the struct does not name are passed over when reading and absent
/// when writing; to change a few attributes of an object, write into the object.
///
/// ```
/// use tfplugin::model::{Attr, FromValue, ToValue};
/// use tfplugin::value::{Path, Value};
///
/// tfplugin::model! {
///     /// A container to restore.
///     pub struct Container {
///         /// Its name.
///         pub name: Attr<String>,
///         /// Only blobs that begin so.
///         pub prefixes: Attr<Vec<Attr<String>>>,
///     }
/// }
///
/// let value = Value::object([("name", Value::from("c1")), ("prefixes", Value::list(["a/"]))]);
/// let container = Container::from_value(&value, &Path::root())?;
/// assert_eq!(container.name.as_str(), Some("c1"));
/// assert_eq!(container.to_value(), value);
/// # Ok::<(), tfplugin::value::ValueError>(())
/// ```
#[macro_export]
macro_rules! model {
    ($(
        $(#[$outer:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$inner:meta])* $field_visibility:vis $field:ident: $field_type:ty),* $(,)?
        }
    )+) => {$(
        $(#[$outer])*
        #[derive(Clone, Debug, PartialEq)]
        $visibility struct $name {
            $($(#[$inner])* $field_visibility $field: $field_type,)*
        }

        impl $crate::model::FromValue for $name {
            fn from_value(
                value: &$crate::value::Value,
                path: &$crate::value::Path,
            ) -> ::std::result::Result<Self, $crate::value::ValueError> {
                if value.as_map().is_none() {
                    return Err($crate::value::ValueError::new(path, "an object", value));
                }
                Ok(Self {
                    $($field: {
                        let name = $crate::model::attribute_name(stringify!($field));
                        $crate::model::FromValue::from_value(value.get(name), &path.clone().child(name))?
                    },)*
                })
            }
        }

        impl $crate::model::ToValue for $name {
            fn to_value(&self) -> $crate::value::Value {
                let mut members = ::std::collections::BTreeMap::new();
                $(
                    let name = $crate::model::attribute_name(stringify!($field)).to_owned();
                    members.insert(name, $crate::model::ToValue::to_value(&self.$field));
                )*
                $crate::value::Value::Map(members)
            }
        }
    )+};
}

/// The attribute that a field of a model stands for; the macro's own.
#[doc(hidden)]
pub fn attribute_name(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::model! {
        /// Outer.
        pub(super) struct Restore {
            pub name: Attr<String>,
            pub days: Attr<i64>,
            pub r#type: String,
            pub containers: Attr<Vec<Container>>,
        }

        /// Inner.
        pub(super) struct Container {
            name: Attr<String>,
            labels: Option<BTreeMap<String, String>>,
        }
    }

    fn value() -> Value {
        Value::object([
            ("name", Value::unknown()),
            ("days", Value::Null),
            ("type", Value::from("File")),
            (
                "containers",
                Value::list([Value::object([("name", Value::from("c1")), ("labels", Value::object([("a", "b")]))])]),
            ),
        ])
    }

    #[test]
    fn a_model_is_read_and_written_by_field_name() {
        let restore = Restore::from_value(&value(), &Path::root()).unwrap();
        assert!(restore.name.is_unknown());
        assert!(restore.days.is_null());
        assert_eq!(restore.r#type, "File");
        assert_eq!(restore.containers.known().unwrap().first().unwrap().name.as_str(), Some("c1"));
        assert_eq!(restore.to_value(), value());
    }

    #[test]
    fn an_error_names_the_place_and_the_kinds_but_not_the_value() {
        let mut wrong = value();
        wrong.set("containers", Value::list([Value::object([("name", Value::from(5))])]));
        let error = Restore::from_value(&wrong, &Path::root()).unwrap_err();
        assert_eq!(error.to_string(), "containers[0].name: expected a string, found a number");
    }

    #[test]
    fn an_option_takes_null_and_refuses_unknown() {
        assert_eq!(Option::<String>::from_value(&Value::Null, &Path::root()).unwrap(), None);
        assert!(Option::<String>::from_value(&Value::unknown(), &Path::root()).is_err());
    }

    #[test]
    fn a_whole_number_must_be_whole_and_in_range() {
        let read = |text: &str| u16::from_value(&Value::Number(text.parse().unwrap()), &Path::root());
        assert_eq!(read("65535"), Ok(65535));
        assert!(read("65536").is_err());
        assert!(read("-1").is_err());
        assert!(read("1.5").is_err());
    }

    #[test]
    fn null_is_no_object() {
        assert!(Restore::from_value(&Value::Null, &Path::root()).is_err());
    }
}

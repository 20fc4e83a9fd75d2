//! MessagePack (docs/reference/terraform-plugin-protocol.md#messagepack).

use std::collections::BTreeMap;

use rmpv::{Value as Packed, ValueRef};

use super::super::schema::Type;
use super::super::value::{Dynamic, Number, Step, Unknown, Value};
use super::type_constraint::{decode_type, encode_type, type_of};
use super::{MAX_BYTES, Problem, WireError};

/// Extension code of an unknown value of which nothing is known.
const UNKNOWN: i8 = 0;
/// Extension code of an unknown value with a refinement.
const REFINED_UNKNOWN: i8 = 12;
/// Of rmpv's counter, which takes about two per level.
const MAX_DEPTH: usize = 512;

/// Reads one value. No bytes at all are null.
///
/// # Errors
/// [`WireError`] with the place of the first thing that is malformed or does not fit `of_type`.
pub fn decode(bytes: &[u8], of_type: &Type) -> Result<Value, WireError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    if bytes.len() > MAX_BYTES {
        return Err(Problem::TooLarge(bytes.len()).into());
    }
    let mut rest = bytes;
    let packed = rmpv::decode::read_value_ref_with_max_depth(&mut rest, MAX_DEPTH).map_err(|error| match error {
        rmpv::decode::Error::DepthLimitExceeded => Problem::TooDeep,
        error => Problem::Malformed(error.to_string()),
    })?;
    if !rest.is_empty() {
        return Err(Problem::TrailingBytes(rest.len()).into());
    }
    read(&packed, of_type)
}

fn read(packed: &ValueRef<'_>, of_type: &Type) -> Result<Value, WireError> {
    match packed {
        ValueRef::Nil => return Ok(Value::Null),
        ValueRef::Ext(REFINED_UNKNOWN, payload) if !payload.is_empty() => {
            return Ok(Value::Unknown(Unknown::refined(*payload)));
        }
        // The protocol says that any extension is an unknown value.
        ValueRef::Ext(..) => return Ok(Value::unknown()),
        _ => {}
    }
    match (of_type, packed) {
        (Type::String, ValueRef::String(_) | ValueRef::Binary(_)) => Ok(Value::String(text(packed)?.to_owned())),
        (Type::Bool, ValueRef::Boolean(truth)) => Ok(Value::Bool(*truth)),
        (Type::Number, _) => Ok(Value::Number(number(packed)?)),
        (Type::List(element) | Type::Set(element), ValueRef::Array(elements)) => {
            read_elements(elements, std::iter::repeat(&**element)).map(Value::List)
        }
        (Type::Tuple(types), ValueRef::Array(elements)) if types.len() == elements.len() => {
            read_elements(elements, types.iter()).map(Value::List)
        }
        (Type::Tuple(types), ValueRef::Array(elements)) => {
            Err(Problem::Length { expected: types.len(), found: elements.len() }.into())
        }
        (Type::Map(element), ValueRef::Map(members)) => {
            read_members(members, |_| Some(element), |key| Step::Key(key.to_owned())).map(Value::Map)
        }
        (Type::Object(types), ValueRef::Map(members)) => {
            let attributes = read_members(members, |name| types.get(name), |name| Step::Attribute(name.to_owned()))?;
            match types.keys().find(|name| !attributes.contains_key(*name)) {
                Some(missing) => Err(Problem::MissingAttribute(missing.clone()).into()),
                None => Ok(Value::Map(attributes)),
            }
        }
        (Type::Dynamic, ValueRef::Array(parts)) => match parts.as_slice() {
            [of_type @ (ValueRef::Binary(_) | ValueRef::String(_)), packed] => {
                let of_type = decode_type(text(of_type)?.as_bytes())?;
                let value = read(packed, &of_type)?;
                Ok(Value::Dynamic(Box::new(Dynamic { of_type, value })))
            }
            _ => Err(Problem::expected("a pair of type and value", "a list").into()),
        },
        _ => Err(Problem::expected(expected(of_type), found(packed)).into()),
    }
}

fn read_elements<'a>(
    elements: &[ValueRef<'_>],
    types: impl Iterator<Item = &'a Type>,
) -> Result<Vec<Value>, WireError> {
    let read = |(index, (element, of_type))| read(element, of_type).map_err(|error| error.under(Step::Index(index)));
    elements.iter().zip(types).enumerate().map(read).collect()
}

fn read_members<'a>(
    members: &[(ValueRef<'_>, ValueRef<'_>)],
    type_of: impl Fn(&str) -> Option<&'a Type>,
    step: impl Fn(&str) -> Step,
) -> Result<BTreeMap<String, Value>, WireError> {
    let mut values = BTreeMap::new();
    for (key, member) in members {
        let key = text(key)?;
        let of_type = type_of(key).ok_or_else(|| Problem::ExtraAttribute(key.to_owned()))?;
        let value = read(member, of_type).map_err(|error| error.under(step(key)))?;
        if values.insert(key.to_owned(), value).is_some() {
            return Err(Problem::DuplicateKey(key.to_owned()).into());
        }
    }
    Ok(values)
}

fn text<'a>(packed: &'a ValueRef<'_>) -> Result<&'a str, Problem> {
    match packed {
        ValueRef::String(text) => text.as_str().ok_or(Problem::NotUtf8),
        ValueRef::Binary(bytes) => std::str::from_utf8(bytes).map_err(|_| Problem::NotUtf8),
        _ => Err(Problem::expected("a string", found(packed))),
    }
}

fn number(packed: &ValueRef<'_>) -> Result<Number, Problem> {
    match packed {
        ValueRef::Integer(integer) => match (integer.as_i64(), integer.as_u64()) {
            (Some(integer), _) => Ok(integer.into()),
            (None, Some(integer)) => Ok(integer.into()),
            (None, None) => Err(Problem::expected("a number", "an integer out of range")),
        },
        ValueRef::F32(float) => Ok(Number::from_f64(f64::from(*float))?),
        ValueRef::F64(float) => Ok(Number::from_f64(*float)?),
        ValueRef::String(_) => Ok(text(packed)?.parse()?),
        _ => Err(Problem::expected("a number", found(packed))),
    }
}

fn found(packed: &ValueRef<'_>) -> &'static str {
    match packed {
        ValueRef::Nil => "null",
        ValueRef::Boolean(_) => "a bool",
        ValueRef::Integer(_) | ValueRef::F32(_) | ValueRef::F64(_) => "a number",
        ValueRef::String(_) => "a string",
        ValueRef::Binary(_) => "bytes",
        ValueRef::Array(_) => "a list",
        ValueRef::Map(_) => "an object",
        ValueRef::Ext(..) => "an unknown value",
    }
}

/// What a type expects, with its article.
pub(super) fn expected(of_type: &Type) -> &'static str {
    match of_type {
        Type::String => "a string",
        Type::Bool => "a bool",
        Type::Number => "a number",
        Type::Dynamic => "a value with its type",
        Type::List(_) => "a list",
        Type::Set(_) => "a set",
        Type::Tuple(_) => "a tuple",
        Type::Map(_) => "a map",
        Type::Object(_) => "an object",
    }
}

/// Writes one value. Attributes that an object lacks are written as null; at a place of any type, a value without a
/// type of its own gets the one it looks like ([`type_of`]).
///
/// # Errors
/// [`WireError`] with the first place where `value` does not fit `of_type`: a mistake of the program.
pub fn encode(value: &Value, of_type: &Type) -> Result<Vec<u8>, WireError> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &write(value, of_type)?)
        .map_err(|error| Problem::Malformed(error.to_string()))?;
    Ok(bytes)
}

fn write(value: &Value, of_type: &Type) -> Result<Packed, WireError> {
    match (of_type, value) {
        (_, Value::Null) => Ok(Packed::Nil),
        (_, Value::Unknown(unknown)) => Ok(match unknown.refinement() {
            Some(refinement) => Packed::Ext(REFINED_UNKNOWN, refinement.to_vec()),
            None => Packed::Ext(UNKNOWN, vec![0]),
        }),
        (Type::Dynamic, Value::Dynamic(dynamic)) => write_typed(&dynamic.value, &dynamic.of_type),
        (Type::Dynamic, value) => write_typed(value, &type_of(value)),
        (of_type, Value::Dynamic(dynamic)) => write(&dynamic.value, of_type),
        (Type::String, Value::String(text)) => Ok(text.as_str().into()),
        (Type::Bool, Value::Bool(truth)) => Ok((*truth).into()),
        (Type::Number, Value::Number(number)) => Ok(write_number(number)),
        (Type::List(element) | Type::Set(element), Value::List(elements)) => {
            write_elements(elements, std::iter::repeat(&**element))
        }
        (Type::Tuple(types), Value::List(elements)) if types.len() == elements.len() => {
            write_elements(elements, types.iter())
        }
        (Type::Tuple(types), Value::List(elements)) => {
            Err(Problem::Length { expected: types.len(), found: elements.len() }.into())
        }
        (Type::Map(element), Value::Map(members)) => {
            let write = |(key, member): (&String, &Value)| {
                let packed = write(member, element).map_err(|error| error.under(Step::Key(key.clone())))?;
                Ok((Packed::from(key.as_str()), packed))
            };
            Ok(Packed::Map(members.iter().map(write).collect::<Result<_, WireError>>()?))
        }
        (Type::Object(types), Value::Map(members)) => {
            if let Some(extra) = members.keys().find(|name| !types.contains_key(*name)) {
                return Err(Problem::ExtraAttribute(extra.clone()).into());
            }
            let write = |(name, of_type): (&String, &Type)| {
                let member = members.get(name).unwrap_or(&Value::Null);
                let packed = write(member, of_type).map_err(|error| error.under(Step::Attribute(name.clone())))?;
                Ok((Packed::from(name.as_str()), packed))
            };
            Ok(Packed::Map(types.iter().map(write).collect::<Result<_, WireError>>()?))
        }
        (of_type, value) => Err(Problem::expected(expected(of_type), value.kind()).into()),
    }
}

fn write_typed(value: &Value, of_type: &Type) -> Result<Packed, WireError> {
    Ok(Packed::Array(vec![Packed::Binary(encode_type(of_type)), write(value, of_type)?]))
}

fn write_elements<'a>(elements: &[Value], types: impl Iterator<Item = &'a Type>) -> Result<Packed, WireError> {
    let write = |(index, (element, of_type))| write(element, of_type).map_err(|error| error.under(Step::Index(index)));
    elements.iter().zip(types).enumerate().map(write).collect::<Result<Vec<_>, _>>().map(Packed::Array)
}

/// As Terraform writes numbers: integers within 64 signed bits, floats that are exact, else decimal text.
fn write_number(number: &Number) -> Packed {
    if let Some(integer) = number.as_i64() {
        integer.into()
    } else if let (false, Some(float)) = (number.is_integer(), number.as_exact_f64()) {
        float.into()
    } else {
        number.as_str().into()
    }
}

//! JSON, the form of state in the state file (docs/reference/terraform-plugin-protocol.md#json,
//! docs/reference/terraform-plugin-protocol.md#state-of-an-older-schema).

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::schema::Type;
use super::super::value::{Dynamic, Step, Value};
use super::msgpack::expected;
use super::type_constraint::{decode_type, encode_type, type_of};
use super::{MAX_BYTES, Problem, WireError};

/// What to do with attributes that the type does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownAttributes {
    /// They are errors: state of the present schema version has none.
    Refuse,
    /// They are passed over: leftovers of an older schema version.
    PassOver,
}

/// Reads one value, such as state of the present schema version. Attributes that an object lacks are null, since
/// Terraform does not add those that a newer provider has; attributes that the type lacks are errors.
///
/// # Errors
/// [`WireError`] with the place of the first thing that is malformed or does not fit `of_type`.
pub fn decode_json(bytes: &[u8], of_type: &Type) -> Result<Value, WireError> {
    if bytes.len() > MAX_BYTES {
        return Err(Problem::TooLarge(bytes.len()).into());
    }
    // The error's text has line and column, and in some cases a piece of the input.
    let json: Json = serde_json::from_slice(bytes)
        .map_err(|error| Problem::Malformed(format!("no JSON at line {}, column {}", error.line(), error.column())))?;
    from_json(&json, of_type, UnknownAttributes::Refuse)
}

/// Reads one value that is parsed already. Attributes that an object lacks are null.
///
/// # Errors
/// [`WireError`] with the first place where `json` does not fit `of_type`.
pub fn from_json(json: &Json, of_type: &Type, extra: UnknownAttributes) -> Result<Value, WireError> {
    match (of_type, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Type::String, Json::String(text)) => Ok(Value::String(text.clone())),
        (Type::Bool, Json::Bool(truth)) => Ok(Value::Bool(*truth)),
        (Type::Number, Json::Number(number)) => Ok(Value::Number(number.to_string().parse().map_err(Problem::Number)?)),
        (Type::List(element) | Type::Set(element), Json::Array(elements)) => {
            read_elements(elements, std::iter::repeat(&**element), extra)
        }
        (Type::Tuple(types), Json::Array(elements)) if types.len() == elements.len() => {
            read_elements(elements, types.iter(), extra)
        }
        (Type::Tuple(types), Json::Array(elements)) => {
            Err(Problem::Length { expected: types.len(), found: elements.len() }.into())
        }
        (Type::Map(element), Json::Object(members)) => {
            let read = |(key, json): (&String, &Json)| {
                let value = from_json(json, element, extra).map_err(|error| error.under(Step::Key(key.clone())))?;
                Ok((key.clone(), value))
            };
            members.iter().map(read).collect::<Result<BTreeMap<_, _>, WireError>>().map(Value::Map)
        }
        (Type::Object(types), Json::Object(members)) => {
            if let (UnknownAttributes::Refuse, Some(name)) =
                (extra, members.keys().find(|name| !types.contains_key(*name)))
            {
                return Err(Problem::ExtraAttribute(name.clone()).into());
            }
            let read = |(name, of_type): (&String, &Type)| {
                let json = members.get(name).unwrap_or(&Json::Null);
                let step = || Step::Attribute(name.clone());
                Ok((name.clone(), from_json(json, of_type, extra).map_err(|error| error.under(step()))?))
            };
            types.iter().map(read).collect::<Result<BTreeMap<_, _>, WireError>>().map(Value::Map)
        }
        (Type::Dynamic, Json::Object(parts)) => match (parts.get("type"), parts.get("value"), parts.len()) {
            (Some(of_type), Some(json), 2) => {
                let of_type = decode_type(of_type.to_string().as_bytes())?;
                let value = from_json(json, &of_type, extra)?;
                Ok(Value::Dynamic(Box::new(Dynamic { of_type, value })))
            }
            _ => Err(Problem::expected("an object of type and value", "another object").into()),
        },
        _ => Err(Problem::expected(expected(of_type), found(json)).into()),
    }
}

fn read_elements<'a>(
    elements: &[Json],
    types: impl Iterator<Item = &'a Type>,
    extra: UnknownAttributes,
) -> Result<Value, WireError> {
    let read = |(index, (element, of_type))| {
        from_json(element, of_type, extra).map_err(|error| error.under(Step::Index(index)))
    };
    elements.iter().zip(types).enumerate().map(read).collect::<Result<_, _>>().map(Value::List)
}

fn found(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// The value as JSON. Attributes that an object lacks are written as null.
///
/// # Errors
/// [`Problem::UnknownInJson`], and the first place where `value` does not fit `of_type`.
pub fn encode_json(value: &Value, of_type: &Type) -> Result<Json, WireError> {
    match (of_type, value) {
        (_, Value::Null) => Ok(Json::Null),
        (_, Value::Unknown(_)) => Err(Problem::UnknownInJson.into()),
        (Type::Dynamic, Value::Dynamic(dynamic)) => write_typed(&dynamic.value, &dynamic.of_type),
        (Type::Dynamic, value) => write_typed(value, &type_of(value)),
        (of_type, Value::Dynamic(dynamic)) => encode_json(&dynamic.value, of_type),
        (Type::String, Value::String(text)) => Ok(Json::String(text.clone())),
        (Type::Bool, Value::Bool(truth)) => Ok(Json::Bool(*truth)),
        (Type::Number, Value::Number(number)) => {
            serde_json::from_str(number.as_str()).map_err(|error| Problem::Malformed(error.to_string()).into())
        }
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
                let json = encode_json(member, element).map_err(|error| error.under(Step::Key(key.clone())))?;
                Ok((key.clone(), json))
            };
            members.iter().map(write).collect::<Result<_, WireError>>().map(Json::Object)
        }
        (Type::Object(types), Value::Map(members)) => {
            if let Some(extra) = members.keys().find(|name| !types.contains_key(*name)) {
                return Err(Problem::ExtraAttribute(extra.clone()).into());
            }
            let write = |(name, of_type): (&String, &Type)| {
                let member = members.get(name).unwrap_or(&Value::Null);
                let json = encode_json(member, of_type).map_err(|error| error.under(Step::Attribute(name.clone())))?;
                Ok((name.clone(), json))
            };
            types.iter().map(write).collect::<Result<_, WireError>>().map(Json::Object)
        }
        (of_type, value) => Err(Problem::expected(expected(of_type), value.kind()).into()),
    }
}

fn write_typed(value: &Value, of_type: &Type) -> Result<Json, WireError> {
    let of_json: Json = serde_json::from_slice(&encode_type(of_type))
        .map_err(|error| WireError::from(Problem::MalformedType(error.to_string())))?;
    Ok(serde_json::json!({ "value": encode_json(value, of_type)?, "type": of_json }))
}

fn write_elements<'a>(elements: &[Value], types: impl Iterator<Item = &'a Type>) -> Result<Json, WireError> {
    let write =
        |(index, (element, of_type))| encode_json(element, of_type).map_err(|error| error.under(Step::Index(index)));
    elements.iter().zip(types).enumerate().map(write).collect::<Result<_, _>>().map(Json::Array)
}

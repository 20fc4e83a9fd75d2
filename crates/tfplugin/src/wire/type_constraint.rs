//! Types as the JSON that schemas, functions and dynamic values carry
//! (docs/reference/terraform-plugin-protocol.md#types).

use serde_json::{Value as Json, json};

use super::super::schema::Type;
use super::super::value::Value;
use super::{Problem, WireError};

/// Deeper types are no schema's.
const MAX_DEPTH: usize = 100;

/// The type constraint of `of_type` as compact JSON.
pub fn encode_type(of_type: &Type) -> Vec<u8> {
    to_json(of_type).to_string().into_bytes()
}

fn to_json(of_type: &Type) -> Json {
    match of_type {
        Type::String => json!("string"),
        Type::Bool => json!("bool"),
        Type::Number => json!("number"),
        Type::Dynamic => json!("dynamic"),
        Type::List(element) => json!(["list", to_json(element)]),
        Type::Set(element) => json!(["set", to_json(element)]),
        Type::Map(element) => json!(["map", to_json(element)]),
        Type::Tuple(elements) => json!(["tuple", elements.iter().map(to_json).collect::<Vec<_>>()]),
        Type::Object(attributes) => {
            let attributes = attributes.iter().map(|(name, of_type)| (name.clone(), to_json(of_type)));
            json!(["object", Json::Object(attributes.collect())])
        }
    }
}

/// Reads a type constraint. A third element of an object, its optional attributes, means nothing here.
///
/// # Errors
/// [`Problem::MalformedType`], also for types nested too deeply.
pub fn decode_type(bytes: &[u8]) -> Result<Type, WireError> {
    let malformed = |problem: String| Problem::MalformedType(problem);
    let json: Json = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
    Ok(from_json(&json, MAX_DEPTH).map_err(|problem| malformed(problem.to_owned()))?)
}

fn from_json(json: &Json, depth: usize) -> Result<Type, &'static str> {
    let depth = depth.checked_sub(1).ok_or("it is nested too deeply")?;
    let element = |json: &Json| from_json(json, depth).map(Box::new);
    match json {
        Json::String(name) => match name.as_str() {
            "string" => Ok(Type::String),
            "bool" => Ok(Type::Bool),
            "number" => Ok(Type::Number),
            "dynamic" => Ok(Type::Dynamic),
            _ => Err("unknown type name"),
        },
        Json::Array(parts) => match parts.as_slice() {
            [Json::String(kind), inner] if kind == "list" => Ok(Type::List(element(inner)?)),
            [Json::String(kind), inner] if kind == "set" => Ok(Type::Set(element(inner)?)),
            [Json::String(kind), inner] if kind == "map" => Ok(Type::Map(element(inner)?)),
            [Json::String(kind), Json::Array(elements)] if kind == "tuple" => {
                Ok(Type::Tuple(elements.iter().map(|json| from_json(json, depth)).collect::<Result<_, _>>()?))
            }
            [Json::String(kind), Json::Object(attributes)]
            | [Json::String(kind), Json::Object(attributes), Json::Array(_)]
                if kind == "object" =>
            {
                let read = |(name, json): (&String, &Json)| Ok((name.clone(), from_json(json, depth)?));
                Ok(Type::Object(attributes.iter().map(read).collect::<Result<_, &'static str>>()?))
            }
            _ => Err("unknown kind of type"),
        },
        _ => Err("neither a name nor a list"),
    }
}

/// The type of a value that carries none: lists become tuples, maps objects, null and unknown are of any type.
pub fn type_of(value: &Value) -> Type {
    match value {
        Value::Null | Value::Unknown(_) => Type::Dynamic,
        Value::Bool(_) => Type::Bool,
        Value::Number(_) => Type::Number,
        Value::String(_) => Type::String,
        Value::List(elements) => Type::Tuple(elements.iter().map(type_of).collect()),
        Value::Map(members) => {
            Type::Object(members.iter().map(|(name, member)| (name.clone(), type_of(member))).collect())
        }
        Value::Dynamic(dynamic) => dynamic.of_type.clone(),
    }
}

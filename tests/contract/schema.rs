//! One JSON value against one definition of a description: `$ref`, `allOf`, discriminators, members.
//! Nothing here knows of HTTP.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Which way a value goes. An answer may hold more than the document says, and null where it says nothing of null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Request,
    Answer,
}

/// A check of values against the definitions of one document, gathering what is wrong.
pub struct Checker<'a> {
    definitions: &'a Map<String, Value>,
    direction: Direction,
    pub problems: Vec<String>,
}

/// An object's members as the whole line of its ancestors declares them.
#[derive(Default)]
struct Members<'a> {
    properties: BTreeMap<&'a str, &'a Value>,
    required: BTreeSet<&'a str>,
    additional: Option<&'a Value>,
    discriminator: Option<&'a str>,
}

impl<'a> Checker<'a> {
    pub fn new(definitions: &'a Map<String, Value>, direction: Direction) -> Self {
        Self { definitions, direction, problems: Vec::new() }
    }

    pub fn check(&mut self, value: &Value, schema: &'a Value, at: &str) {
        let Some(schema) = self.resolved(schema, at) else { return };
        if self.is_object(schema) {
            return self.check_object(value, schema, at);
        }
        match schema["type"].as_str() {
            Some("array") => match value.as_array() {
                None => self.problem(at, "is not a list"),
                Some(items) => {
                    for (index, item) in items.iter().enumerate() {
                        self.check(item, &schema["items"], &format!("{at}[{index}]"));
                    }
                }
            },
            Some("string") => self.check_string(value, schema, at),
            Some("boolean") if !value.is_boolean() => self.problem(at, "is not a boolean"),
            Some("number") if !value.is_number() => self.problem(at, "is not a number"),
            Some("integer") if !(value.is_i64() || value.is_u64()) => self.problem(at, "is not an integer"),
            _ => {}
        }
    }

    fn problem(&mut self, at: &str, what: &str) {
        self.problems.push(format!("{at} {what}"));
    }

    /// The definition behind any number of references.
    fn resolved(&mut self, schema: &'a Value, at: &str) -> Option<&'a Value> {
        let mut schema = schema;
        for _ in 0..16 {
            let Some(reference) = schema["$ref"].as_str() else { return Some(schema) };
            let Some(target) = self.definitions.get(reference) else {
                self.problem(at, &format!("refers to {reference}, which the document does not have"));
                return None;
            };
            schema = target;
        }
        None
    }

    fn is_object(&self, schema: &Value) -> bool {
        schema["type"] == "object" || schema.get("properties").is_some() || schema.get("allOf").is_some()
    }

    fn check_string(&mut self, value: &Value, schema: &'a Value, at: &str) {
        let Some(text) = value.as_str() else { return self.problem(at, "is not a string") };
        // Where the list is open, Azure may take more than was written down.
        if let Some(words) = schema["enum"].as_array().filter(|_| schema["open"] != true)
            && !words.contains(value)
        {
            self.problem(at, &format!("is {text:?}, which is not one of the allowed words"));
        }
        match schema["format"].as_str() {
            Some("date-time") if OffsetDateTime::parse(text, &Rfc3339).is_err() => {
                self.problem(at, &format!("is {text:?}, which is not an instant"));
            }
            Some("uuid") if uuid::Uuid::parse_str(text).is_err() => {
                self.problem(at, &format!("is {text:?}, which is not a UUID"));
            }
            _ => {}
        }
    }

    fn check_object(&mut self, value: &Value, schema: &'a Value, at: &str) {
        let Some(object) = value.as_object() else { return self.problem(at, "is not an object") };
        let Some(schema) = self.concrete(object, schema, at) else { return };
        let mut members = Members::default();
        self.gather(schema, &mut members, at);
        for (name, value) in object {
            let at = format!("{at}.{name}");
            match (members.properties.get(name.as_str()), members.additional) {
                (Some(_), _) if value.is_null() => {}
                (Some(property), _) => {
                    if self.direction == Direction::Request && property["readOnly"] == true {
                        self.problem(&at, "is read-only");
                    }
                    self.check(value, property, &at);
                }
                (None, Some(values)) => {
                    if values.is_object() {
                        self.check(value, values, &at);
                    }
                }
                (None, None) if self.direction == Direction::Request => self.problem(&at, "is not known"),
                (None, None) => {}
            }
        }
        for name in members.required {
            let null_is_missing = self.direction == Direction::Request;
            if object.get(name).is_none_or(|value| value.is_null() && null_is_missing) {
                self.problem(&format!("{at}.{name}"), "is missing");
            }
        }
    }

    /// What the discriminator of `object` says it is: `schema` itself or a definition derived from it.
    fn concrete(&mut self, object: &Map<String, Value>, schema: &'a Value, at: &str) -> Option<&'a Value> {
        let mut members = Members::default();
        self.gather(schema, &mut members, at);
        let Some(discriminator) = members.discriminator else { return Some(schema) };
        let Some(word) = object.get(discriminator).and_then(Value::as_str) else {
            self.problem(&format!("{at}.{discriminator}"), "does not say what this is");
            return None;
        };
        let own_name =
            self.definitions.iter().find(|(_, own)| std::ptr::eq(*own, schema)).map(|(name, _)| name.as_str());
        let found = self.definitions.iter().find(|(name, candidate)| {
            let called = candidate["x-ms-discriminator-value"].as_str().unwrap_or(name) == word;
            called && (Some(name.as_str()) == own_name || own_name.is_some_and(|base| self.derives(candidate, base)))
        });
        if found.is_none() {
            self.problem(
                &format!("{at}.{discriminator}"),
                &format!("is {word:?}, which the document does not have here"),
            );
        }
        found.map(|(_, schema)| schema)
    }

    fn derives(&self, schema: &Value, base: &str) -> bool {
        let parents = schema["allOf"].as_array().map(Vec::as_slice).unwrap_or_default();
        parents.iter().filter_map(|parent| parent["$ref"].as_str()).any(|parent| {
            parent == base || self.definitions.get(parent).is_some_and(|parent| self.derives(parent, base))
        })
    }

    fn gather(&mut self, schema: &'a Value, members: &mut Members<'a>, at: &str) {
        for parent in schema["allOf"].as_array().map(Vec::as_slice).unwrap_or_default() {
            if let Some(parent) = self.resolved(parent, at) {
                self.gather(parent, members, at);
            }
        }
        let properties = schema["properties"].as_object();
        members.properties.extend(properties.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema)));
        let required = schema["required"].as_array();
        members.required.extend(required.into_iter().flatten().filter_map(Value::as_str));
        members.additional = schema.get("additionalProperties").filter(|own| **own != false).or(members.additional);
        members.discriminator = schema["discriminator"].as_str().or(members.discriminator);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "Animal": {"type": "object", "discriminator": "kind", "required": ["kind"], "properties": {"kind": {"type": "string"}, "born": {"type": "string", "format": "date-time"}}},
            "Bird": {"x-ms-discriminator-value": "bird", "allOf": [{"$ref": "Animal"}], "required": ["wings"], "properties": {"wings": {"type": "integer"}}},
            "Parrot": {"x-ms-discriminator-value": "parrot", "allOf": [{"$ref": "Bird"}], "properties": {
                "words": {"type": "array", "items": {"type": "string"}},
                "colour": {"type": "string", "enum": ["red", "blue"]},
                "mood": {"type": "string", "enum": ["good"], "open": true},
                "age": {"type": "integer", "readOnly": true},
                "names": {"type": "object", "additionalProperties": {"type": "string"}},
            }},
            "Stone": {"x-ms-discriminator-value": "stone", "properties": {"kind": {"type": "string"}}},
        })
    }

    fn problems(direction: Direction, value: &Value) -> Vec<String> {
        let document = document();
        let reference = json!({"$ref": "Animal"});
        let mut checker = Checker::new(document.as_object().unwrap(), direction);
        checker.check(value, &reference, "it");
        checker.problems
    }

    fn request(value: Value) -> Vec<String> {
        problems(Direction::Request, &value)
    }

    #[test]
    fn a_right_value_of_a_derived_kind_passes() {
        let right = json!({
            "kind": "parrot", "wings": 2, "words": ["hello"], "colour": "red", "mood": "bad", "names": {"a": "b"},
            "born": "2026-01-01T00:00:00Z",
        });
        assert_eq!(request(right), Vec::<String>::new());
    }

    #[test]
    fn everything_wrong_is_named_with_its_place() {
        let wrong = json!({
            "kind": "parrot", "words": [1], "colour": "green", "names": {"a": 1}, "age": 3, "born": "spring", "claws": true,
        });
        let mut found = request(wrong);
        found.sort();
        assert_eq!(
            found,
            [
                "it.age is read-only",
                "it.born is \"spring\", which is not an instant",
                "it.claws is not known",
                "it.colour is \"green\", which is not one of the allowed words",
                "it.names.a is not a string",
                "it.wings is missing",
                "it.words[0] is not a string",
            ]
        );
    }

    #[test]
    fn the_discriminator_must_name_a_descendant_in_its_own_casing() {
        assert_eq!(request(json!({"wings": 2})), ["it.kind does not say what this is"]);
        for word in ["stone", "Parrot", "Animal2"] {
            assert_eq!(request(json!({"kind": word, "wings": 2})).len(), 1, "{word}");
        }
    }

    #[test]
    fn null_is_absence_in_a_request_and_anything_goes_on_top_in_an_answer() {
        assert_eq!(request(json!({"kind": "bird", "wings": null})), ["it.wings is missing"]);
        assert_eq!(request(json!({"kind": "bird", "wings": 1, "born": null})), Vec::<String>::new());
        let answer = json!({"kind": "bird", "wings": null, "new": 1});
        assert_eq!(problems(Direction::Answer, &answer), Vec::<String>::new());
    }
}

//! Normal forms: what is left of a value without what has no meaning. They decide both whether an argument has changed
//! and what an intent is, so that the two never disagree.

use serde_json::Value as Json;

use crate::azure::resource_id::Location;
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::value::Value;

/// An id: case has no meaning.
pub fn id(value: &Value) -> Json {
    value.as_str().map(|id| id.trim_end_matches('/').to_ascii_lowercase()).into()
}

/// An instant, or a word in its place: notation has no meaning.
pub fn instant(value: &Value) -> Json {
    match value.as_str() {
        Some(text) => match parse_instant(text) {
            Ok(at) => at.unix_timestamp_nanos().to_string().into(),
            Err(_) => text.into(),
        },
        None => Json::Null,
    }
}

/// A region: case and blanks have no meaning.
pub fn location(value: &Value) -> Json {
    value.as_str().map(|location| Location::new(location).normalized()).into()
}

/// A list whose order, and whose repetitions, have no meaning. Null and empty are not the same.
pub fn set(value: &Value, element: impl Fn(&Value) -> Json) -> Json {
    match value.as_list() {
        Some(elements) => {
            let mut elements: Vec<Json> = elements.iter().map(element).collect();
            elements.sort_by_key(Json::to_string);
            elements.dedup();
            elements.into()
        }
        None => Json::Null,
    }
}

/// Whether two known values have the same normal form.
pub fn same(normal: fn(&Value) -> Json, one: &Value, other: &Value) -> bool {
    one.is_wholly_known() && other.is_wholly_known() && normal(one) == normal(other)
}

/// A switch: absent is off.
pub fn switch(value: &Value) -> Json {
    value.as_bool().unwrap_or_default().into()
}

/// A text as it is.
pub fn text(value: &Value) -> Json {
    value.as_str().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_notation_order_and_blanks_have_no_meaning() {
        assert_eq!(id(&Value::from("/Subscriptions/A/")), id(&Value::from("/subscriptions/a")));
        assert_eq!(
            instant(&Value::from("2026-11-19T09:00:00+01:00")),
            instant(&Value::from("2026-11-19T08:00:00.000Z"))
        );
        assert_ne!(instant(&Value::from("latest")), instant(&Value::from("2026-11-19T08:00:00Z")));
        assert_eq!(location(&Value::from("West Europe")), location(&Value::from("westeurope")));
        assert_eq!(set(&Value::list(["b", "a", "b"]), text), set(&Value::list(["a", "b"]), text));
        assert_ne!(set(&Value::Null, text), set(&Value::List(Vec::new()), text));
    }
}

//! Reading the members of an answer without ever failing: any may be missing, null, of another type or in other casing,
//! and members nobody knows are left alone.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::timestamp;

/// The members of a JSON object; of anything else: none.
#[derive(Clone, Copy, Debug)]
pub struct JsonFields<'a>(Option<&'a Map<String, Value>>);

impl<'a> JsonFields<'a> {
    /// Reads the members of `value`.
    pub fn of(value: &'a Value) -> Self {
        Self(value.as_object())
    }

    /// Whether there is no member at all.
    pub fn is_empty(self) -> bool {
        self.0.is_none_or(Map::is_empty)
    }

    /// The member, found exactly or else without case; null counts as absent.
    pub fn get(self, name: &str) -> Option<&'a Value> {
        let map = self.0?;
        let exact = map.get(name).filter(|value| !value.is_null());
        exact.or_else(|| {
            map.iter().find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null()).map(|(_, value)| value)
        })
    }

    /// The members of a nested object.
    pub fn object(self, name: &str) -> JsonFields<'a> {
        Self(self.get(name).and_then(Value::as_object))
    }

    /// A string; numbers and booleans are given as text, since Azure has both where strings are documented. An empty
    /// string counts as absent.
    pub fn text(self, name: &str) -> Option<String> {
        self.get(name).and_then(text_of)
    }

    /// A boolean, also when written as a string.
    pub fn boolean(self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A whole number that is not negative, also when written as a string or as `14.0`.
    pub fn count(self, name: &str) -> Option<u64> {
        let text = self.text(name)?;
        let whole = text.split_once('.').map_or(text.as_str(), |(whole, fraction)| {
            if fraction.bytes().all(|digit| digit == b'0') { whole } else { text.as_str() }
        });
        whole.parse().ok()
    }

    /// An instant; year 1 counts as absent. See [`timestamp::read`].
    pub fn instant(self, name: &str) -> Option<OffsetDateTime> {
        timestamp::read(&self.text(name)?)
    }

    /// The elements of a list; of anything else: none.
    pub fn list(self, name: &str) -> &'a [Value] {
        self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The strings of a list without the empty ones (`supportedActions: [""]`); a bare string is a list of one.
    pub fn texts(self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some(Value::Array(elements)) => elements.iter().filter_map(text_of).collect(),
            Some(value) => text_of(value).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// A map of strings, keys as Azure wrote them; nested values are given as JSON.
    pub fn text_map(self, name: &str) -> BTreeMap<String, String> {
        let Some(map) = self.object(name).0 else { return BTreeMap::new() };
        map.iter()
            .filter_map(|(key, value)| {
                let text = if value.is_object() || value.is_array() { Some(value.to_string()) } else { text_of(value) };
                Some((key.clone(), text?))
            })
            .collect()
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_is_found_in_other_casing_and_null_does_not_hide_it() {
        let value = json!({"activityID": null, "activityId": "a"});
        assert_eq!(JsonFields::of(&value).text("activityID").as_deref(), Some("a"));
    }

    #[test]
    fn numbers_where_strings_are_documented_are_text() {
        let value = json!({"type": 2, "on": true, "empty": ""});
        let members = JsonFields::of(&value);
        assert_eq!(members.text("type").as_deref(), Some("2"));
        assert_eq!(members.text("on").as_deref(), Some("true"));
        assert_eq!(members.text("empty"), None);
    }

    #[test]
    fn counts_come_as_numbers_strings_and_floats() {
        let value = json!({"a": 69827, "b": "69827", "c": 14.0, "d": 1.5, "e": -1, "f": null});
        let members = JsonFields::of(&value);
        assert_eq!(members.count("a"), Some(69827));
        assert_eq!(members.count("b"), Some(69827));
        assert_eq!(members.count("c"), Some(14));
        assert_eq!((members.count("d"), members.count("e"), members.count("f")), (None, None, None));
    }

    #[test]
    fn one_empty_action_is_no_action() {
        assert_eq!(JsonFields::of(&json!({"supportedActions": [""]})).texts("supportedActions"), Vec::<String>::new());
        assert_eq!(JsonFields::of(&json!({"recommendedAction": "a"})).texts("recommendedAction"), ["a"]);
    }

    #[test]
    fn anything_but_an_object_has_no_members() {
        for value in [json!(null), json!([]), json!("x"), json!(1)] {
            assert!(JsonFields::of(&value).is_empty());
            assert_eq!(JsonFields::of(&value).object("a").text("b"), None);
        }
    }

    #[test]
    fn a_map_keeps_the_keys_as_azure_wrote_them() {
        let value = json!({"d": {"Restore File Prefix": "p", "Recovery point time ": "t", "n": null, "o": {"x": 1}}});
        let map = JsonFields::of(&value).text_map("d");
        assert_eq!(map["Restore File Prefix"], "p");
        assert_eq!(map["Recovery point time "], "t");
        assert_eq!(map["o"], "{\"x\":1}");
        assert!(!map.contains_key("n"));
    }
}

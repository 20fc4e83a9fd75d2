use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::kinds::RestoreKindCase;
use super::services::Point;
use crate::simulator::{Simulator, catalogue};

/// Arguments of a resource: JSON is also what an expression in a configuration looks like.
pub type Arguments = Vec<(&'static str, Value)>;

/// What of the simulated Azure a configuration can name.
#[derive(Clone, Debug)]
pub struct SimulatedResources {
    things: Value,
    now: OffsetDateTime,
}

impl SimulatedResources {
    pub fn of(azure: &Simulator) -> Self {
        Self { things: azure.things(), now: azure.now() }
    }

    /// The ARM id (or URL) of a thing, by its group in [`Simulator::things`] and its name.
    pub fn thing(&self, group: &str, name: &str) -> String {
        let found = self.things[group][name].as_str();
        found.unwrap_or_else(|| panic!("no {group} {name} in {:#}", self.things)).to_owned()
    }

    pub fn account(&self, name: &str) -> String {
        self.thing("storage_accounts", name)
    }

    /// Where databases are restored to as files.
    pub fn container_url(&self) -> String {
        let key = format!("{}/{}", catalogue::FILES_ACCOUNT, catalogue::FILES_CONTAINER);
        self.thing("container_urls", &key)
    }

    /// So many hours ago, in whole seconds.
    pub fn hours_ago(&self, hours: i64) -> String {
        let at = (self.now - Duration::hours(hours)).replace_nanosecond(0).expect("zero is a nanosecond");
        at.format(&Rfc3339).expect("it can be written")
    }
}

/// `arguments` with others in their place or added. A name may be a path into an argument: `containers[0].name`.
pub fn with(mut arguments: Arguments, others: Arguments) -> Arguments {
    for (path, value) in others {
        let (name, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
        let at = arguments.iter().position(|(own, _)| *own == name);
        let mut whole = at.map_or(Value::Null, |at| arguments.remove(at).1);
        put(&mut whole, rest, value);
        arguments.push((name, whole));
    }
    arguments
}

/// Puts `value` where a path such as `.a[0].b` leads, and makes the objects and lists on the way.
fn put(whole: &mut Value, path: &str, value: Value) {
    let end_of = |name: &str| name.find(['.', '[']).unwrap_or(name.len());
    if let Some(rest) = path.strip_prefix('.') {
        let (name, rest) = rest.split_at(end_of(rest));
        put(&mut whole[name], rest, value);
    } else if let Some((index, rest)) = path.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let index: usize = index.parse().expect("an index is a number");
        if whole.is_null() {
            *whole = json!([]);
        }
        let elements = whole.as_array_mut().expect("the path leads into a list");
        elements.resize(elements.len().max(index + 1), Value::Null);
        put(&mut elements[index], rest, value);
    } else {
        *whole = value;
    }
}

/// An ARM id in another casing.
pub fn shouted(id: &str) -> String {
    id.to_uppercase().replace("/SUBSCRIPTIONS/", "/subscriptions/")
}

/// Whatever restores have left behind goes, so that the next one onto the same target can begin.
pub fn clear_targets(azure: &Simulator) {
    let made: Vec<_> = azure.jobs().into_iter().map(|job| job.makes).collect();
    azure.change(|world| made.iter().for_each(|made| made.vanish(world)));
}

/// Whether what was restored last has left something behind that is in the way of the same once more.
pub fn takes_a_name(azure: &Simulator) -> bool {
    azure.jobs().pop().expect("there is a job").makes.takes_names()
}

/// A further point like the one that a restore of the latest takes, so many hours old.
pub fn add_point(azure: &Simulator, kind: &RestoreKindCase, name: &str, hours: i64, point: Point) {
    if let Some(chosen) = kind.chosen {
        (kind.service.add_point)(azure, kind.item, chosen, name, azure.now() - Duration::hours(hours), point);
    }
}

/// Nulls dropped, ids of Azure without case, instants as instants.
pub fn normal(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), normal(value)))
            .collect(),
        Value::Array(elements) => elements.iter().map(normal).collect(),
        Value::String(text) if text.to_lowercase().starts_with("/subscriptions/") => json!(text.to_lowercase()),
        Value::String(text) => match OffsetDateTime::parse(text, &Rfc3339) {
            Ok(instant) => json!(instant.unix_timestamp_nanos().to_string()),
            Err(_) => value.clone(),
        },
        _ => value.clone(),
    }
}

#[test]
fn a_path_leads_into_objects_and_lists_and_makes_what_is_not_there() {
    let usual = vec![("a", json!(1)), ("b", json!([{"c": 1}, {"c": 2, "d": 3}]))];
    let others = vec![("b[1].c", json!(4)), ("e.f", json!(5)), ("g[0].h", json!(6)), ("a", json!(null))];
    let changed = with(usual, others);
    let expected = [
        ("b", json!([{"c": 1}, {"c": 4, "d": 3}])),
        ("e", json!({"f": 5})),
        ("g", json!([{"h": 6}])),
        ("a", json!(null)),
    ];
    assert_eq!(changed, expected);
}

//! What a restore writes to: the destination, and what of it.

use serde_json::Value;

/// What a restore writes to, as the arguments that say so, in canonical form and by their names. Arguments that choose
/// the point, or only ask for another run, are not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Extent(Option<Value>);

/// Of a restore without arguments.
impl Default for Extent {
    fn default() -> Self {
        Self(Some(Value::Null))
    }
}

impl Extent {
    /// An object of arguments, null where they are absent.
    pub fn new(arguments: Value) -> Self {
        Self(Some(arguments))
    }

    /// That of a restore which makes something new each time: nothing is overwritten by it, and it overwrites nothing.
    pub fn of_something_new() -> Self {
        Self(None)
    }

    /// Whether one restore overwrites what another one has restored, as far as the arguments show it. A list that is
    /// absent or empty selects everything, so it overlaps with any. In doubt they do not overlap: then a completed
    /// restore is named instead of being sent again over newer data.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.as_ref().zip(other.0.as_ref()).is_some_and(|(own, other)| overlap(own, other))
    }
}

fn overlap(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(_), Value::Null) | (Value::Null, Value::Array(_)) => true,
        (Value::Array(one), Value::Array(other)) => {
            let shares = one.iter().any(|one| other.iter().any(|other| overlap(one, other)));
            one.is_empty() || other.is_empty() || shares
        }
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys());
            let of = |object: &serde_json::Map<String, Value>, name| object.get(name).cloned().unwrap_or_default();
            names.into_iter().all(|name| overlap(&of(one, name), &of(other, name)))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_makes_something_new_overlaps_with_nothing() {
        let one = Extent::new(json!({"target": "a"}));
        assert!(one.overlaps(&one));
        let new = Extent::of_something_new();
        assert!(!new.overlaps(&new) && !new.overlaps(&one) && !one.overlaps(&new));
    }

    fn overlap(one: Value, other: Value) -> bool {
        let (one, other) = (Extent::new(one), Extent::new(other));
        assert_eq!(one.overlaps(&other), other.overlaps(&one));
        one.overlaps(&other)
    }

    #[test]
    fn restores_onto_different_targets_do_not_overlap() {
        assert!(overlap(json!({"target": "a"}), json!({"target": "a"})));
        assert!(!overlap(json!({"target": "a"}), json!({"target": "b"})));
        assert!(!overlap(json!({"target": "a"}), json!({})), "one of them writes in place");
    }

    #[test]
    fn restores_of_different_containers_do_not_overlap() {
        let of = |names: &[&str]| {
            let containers: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
            json!({"containers": containers})
        };
        assert!(!overlap(of(&["orders"]), of(&["invoices"])));
        assert!(overlap(of(&["orders"]), of(&["invoices", "orders"])));
        assert!(overlap(of(&["orders"]), json!({})), "the whole account has the container");
        assert!(overlap(of(&["orders"]), of(&[])));
    }

    #[test]
    fn parts_of_one_container_overlap_where_they_share_one() {
        let of = |prefixes: Value| json!({"containers": [{"name": "orders", "prefixes": prefixes}]});
        assert!(!overlap(of(json!(["a"])), of(json!(["b"]))));
        assert!(overlap(of(json!(["a"])), of(json!(["a", "b"]))));
        assert!(overlap(of(json!(["a"])), of(Value::Null)));
        let renamed = json!({"containers": [{"name": "orders", "rename_to": "x"}]});
        assert!(!overlap(renamed, of(Value::Null)), "it lands beside");
    }
}

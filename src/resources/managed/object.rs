//! State, plan and what Azure tells of an object, put together.

use super::ManagedKind;
use crate::tfplugin::schema::Schema;
use crate::tfplugin::value::Value;

/// The object after an apply: as planned, with the facts in place of what was not known.
pub(super) fn completed(planned: &Value, facts: &Value) -> Value {
    let mut state = planned.clone();
    for (name, fact) in facts.as_map().into_iter().flatten() {
        if !state.get(name).is_wholly_known() {
            state.set(name, fact.clone());
        }
    }
    state
}

/// The object after a refresh: the facts, but in the notation of the state where that means the same.
pub(super) fn observed<K: ManagedKind>(kind: &K, schema: &Schema, state: &Value, facts: &Value) -> Value {
    let mut object = state.clone();
    for (name, fact) in facts.as_map().into_iter().flatten() {
        let own = state.get(name);
        let same = schema.attribute(name).is_some_and(|attribute| {
            let configurable = attribute.is_configurable();
            configurable && !(own.is_null() && attribute.default.is_some()) && kind.means_the_same(attribute, own, fact)
        });
        if !same {
            object.set(name, fact.clone());
        }
    }
    object
}

/// The arguments whose value in `planned` means something else than Azure's, of those that Azure tells and that are
/// known.
pub fn differing<K: ManagedKind>(kind: &K, planned: &Value, facts: &Value) -> Vec<String> {
    let schema = kind.schema();
    let told = facts.as_map().into_iter().flatten();
    let differs = told.filter(|(name, fact)| {
        schema.attribute(name).is_some_and(|attribute| {
            let own = planned.get(name);
            let comparable = attribute.is_configurable() && own.is_wholly_known();
            comparable && !kind.means_the_same(attribute, own, fact)
        })
    });
    differs.map(|(name, _)| name.clone()).collect()
}

/// A map, where none means as much as an empty one.
pub fn or_empty(map: &Value) -> Value {
    if map.is_null() { Value::Map(Default::default()) } else { map.clone() }
}

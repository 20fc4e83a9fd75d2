//! Runs the checks of a schema over a configuration.

use super::diagnostics::Diagnostics;
use super::schema::{Attribute, Block, Nesting, Schema, Shape, Type};
use super::value::{Path, Value};

impl Schema {
    /// What the checks of the attributes, at every depth, and the rules find in `config`. Null and unknown values are
    /// passed over. Whether required attributes are there and types are right, Terraform checks before it asks.
    pub fn validate_config(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if config.is_null() || config.is_unknown() {
            return diagnostics;
        }
        check_object(&self.attributes, &self.blocks, config, &Path::root(), &mut diagnostics);
        for rule in &self.rules {
            diagnostics.extend(rule.check(config, &Path::root()));
        }
        diagnostics
    }
}

fn check_object(attributes: &[Attribute], blocks: &[Block], object: &Value, path: &Path, found: &mut Diagnostics) {
    for attribute in attributes {
        let value = object.get(&attribute.name);
        let path = path.clone().child(&attribute.name);
        let mut diagnostics: Diagnostics =
            attribute.validators.iter().flat_map(|validator| validator.check(value, &path)).collect();
        if matches!(attribute.value_type(), Type::Set(_)) {
            for diagnostic in diagnostics.iter_mut() {
                diagnostic.path = Some(path.clone());
            }
        }
        if let Shape::Nested(nesting, attributes) = &attribute.shape {
            check_objects(*nesting, attributes, &[], value, &path, &mut diagnostics);
        }
        if attribute.sensitive || attribute.write_only {
            hide(value, &mut diagnostics);
        }
        found.extend(diagnostics);
    }
    for block in blocks {
        let path = path.clone().child(&block.name);
        check_objects(block.nesting, &block.attributes, &block.blocks, object.get(&block.name), &path, found);
    }
}

fn check_objects(
    nesting: Nesting,
    attributes: &[Attribute],
    blocks: &[Block],
    value: &Value,
    path: &Path,
    found: &mut Diagnostics,
) {
    match (nesting, value) {
        (Nesting::Single, Value::Map(_)) => check_object(attributes, blocks, value, path, found),
        (Nesting::List, Value::List(elements)) => {
            for (index, element) in elements.iter().enumerate() {
                check_object(attributes, blocks, element, &path.clone().index(index), found);
            }
        }
        // Elements of sets have no address.
        (Nesting::Set, Value::List(elements)) => {
            for element in elements {
                check_object(attributes, blocks, element, path, found);
            }
        }
        (Nesting::Map, Value::Map(members)) => {
            for (key, member) in members {
                check_object(attributes, blocks, member, &path.clone().key(key), found);
            }
        }
        _ => {}
    }
}

/// Checks quote what they refuse; Terraform does not hide it.
fn hide(value: &Value, diagnostics: &mut Diagnostics) {
    match value {
        Value::String(text) if !text.is_empty() => {
            for diagnostic in diagnostics.iter_mut() {
                diagnostic.summary = diagnostic.summary.replace(text.as_str(), "(sensitive value)");
                diagnostic.detail = diagnostic.detail.replace(text.as_str(), "(sensitive value)");
            }
        }
        Value::List(elements) => elements.iter().for_each(|element| hide(element, diagnostics)),
        Value::Map(members) => members.values().for_each(|member| hide(member, diagnostics)),
        Value::Dynamic(dynamic) => hide(&dynamic.value, diagnostics),
        _ => {}
    }
}

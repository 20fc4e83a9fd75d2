//! Terraform's side of a plan, as far as tests need it: how it merges prior and configuration into its proposal
//! (protocol 3.6) and what it refuses of a planned value (protocol 4.2; read in internal/plans/objchange).

use crate::schema::{Attribute, Block, Mode, Nesting, Schema, Shape};
use crate::value::{Path, Value};

/// The proposal for an update of `prior` (null: a create) to `config`.
pub(super) fn proposal(schema: &Schema, prior: &Value, config: &Value) -> Value {
    merge_object(&schema.attributes, &schema.blocks, prior, config)
}

fn merge_object(attributes: &[Attribute], blocks: &[Block], prior: &Value, config: &Value) -> Value {
    if config.is_null() || config.is_unknown() {
        return config.clone();
    }
    let attributes = attributes.iter().map(|attribute| {
        let (prior, config) = (prior.get(&attribute.name), config.get(&attribute.name));
        let merged = match &attribute.shape {
            _ if config.is_null() && attribute.is_computed() => prior.clone(),
            Shape::Nested(nesting, attributes) => merge_objects(*nesting, attributes, &[], prior, config),
            Shape::Plain(_) => config.clone(),
        };
        (attribute.name.clone(), merged)
    });
    let blocks = blocks.iter().map(|block| {
        let (prior, config) = (prior.get(&block.name), config.get(&block.name));
        (block.name.clone(), merge_objects(block.nesting, &block.attributes, &block.blocks, prior, config))
    });
    Value::Map(attributes.chain(blocks).collect())
}

fn merge_objects(nesting: Nesting, attributes: &[Attribute], blocks: &[Block], prior: &Value, config: &Value) -> Value {
    match (nesting, config) {
        (Nesting::Single, _) => merge_object(attributes, blocks, prior, config),
        (Nesting::List, Value::List(elements)) => {
            let prior = |index: usize| prior.as_list().and_then(|prior| prior.get(index)).unwrap_or(&Value::Null);
            let merge = |(index, config)| merge_object(attributes, blocks, prior(index), config);
            Value::List(elements.iter().enumerate().map(merge).collect())
        }
        (Nesting::Map, Value::Map(members)) => Value::Map(
            members
                .iter()
                .map(|(key, config)| (key.clone(), merge_object(attributes, blocks, prior.get(key), config)))
                .collect(),
        ),
        (Nesting::Set, Value::List(elements)) => {
            let mut candidates: Vec<&Value> = prior.as_list().unwrap_or_default().iter().collect();
            let mut merged: Vec<Value> = Vec::new();
            for config in elements {
                let same = |prior: &&Value| {
                    attributes.iter().all(|attribute| {
                        let (prior, config) = (prior.get(&attribute.name), config.get(&attribute.name));
                        prior == config || (config.is_null() && attribute.is_computed())
                    })
                };
                let found = candidates.iter().position(same).map(|position| candidates.remove(position));
                merged.push(merge_object(attributes, blocks, found.unwrap_or(&Value::Null), config));
            }
            merged.sort();
            merged.dedup();
            Value::List(merged)
        }
        _ => config.clone(),
    }
}

/// Everything that Terraform would refuse.
pub(super) fn complaints(schema: &Schema, prior: &Value, config: &Value, planned: &Value) -> Vec<String> {
    let mut found = Vec::new();
    object(&schema.attributes, &schema.blocks, [prior, config, planned], &Path::root(), &mut found);
    found
}

fn object(
    attributes: &[Attribute],
    blocks: &[Block],
    [prior, config, planned]: [&Value; 3],
    path: &Path,
    found: &mut Vec<String>,
) {
    if planned.is_null() != config.is_null() {
        found.push(format!("{path}: present in only one of plan and configuration"));
        return;
    }
    for each in attributes {
        let path = path.clone().child(&each.name);
        attribute(each, [prior, config, planned].map(|value| value.get(&each.name)), &path, found);
    }
    for block in blocks {
        let path = path.clone().child(&block.name);
        let values @ [_, config, planned] = [prior, config, planned].map(|value| value.get(&block.name));
        if planned.is_null() && block.nesting != Nesting::Single {
            found.push(format!("{path}: a block may be empty, not null"));
        } else if planned != config && (config.is_unknown() || planned.is_unknown()) {
            found.push(format!("{path}: unknown in only one of plan and configuration"));
        } else if planned != config {
            objects(block.nesting, &block.attributes, &block.blocks, values, &path, found);
        }
    }
}

fn attribute(attribute: &Attribute, values: [&Value; 3], path: &Path, found: &mut Vec<String>) {
    let [prior, config, planned] = values;
    if planned == config || (planned == prior && !prior.is_null() && !config.is_null()) {
        if attribute.write_only && !planned.is_null() {
            found.push(format!("{path}: write-only, and not null"));
        }
        return;
    }
    match (attribute.mode, &attribute.shape) {
        _ if attribute.write_only && planned.is_null() => {}
        (Mode::Computed, _) => {}
        (Mode::OptionalComputed, _) if config.is_null() => {}
        _ if config.is_null() => found.push(format!("{path}: planned, but neither configured nor computed")),
        (_, Shape::Nested(nesting, attributes)) => {
            if planned.is_unknown() {
                found.push(format!("{path}: configured, but planned as unknown"));
            } else {
                objects(*nesting, attributes, &[], values, path, found);
            }
        }
        _ => found.push(format!("{path}: {planned:?} is neither the configured {config:?} nor the prior {prior:?}")),
    }
}

fn objects(
    nesting: Nesting,
    attributes: &[Attribute],
    blocks: &[Block],
    values: [&Value; 3],
    path: &Path,
    found: &mut Vec<String>,
) {
    let [prior, config, planned] = values;
    match nesting {
        Nesting::Single => object(attributes, blocks, values, path, found),
        Nesting::List => {
            let (config, planned) = (config.as_list().unwrap_or_default(), planned.as_list().unwrap_or_default());
            if config.len() != planned.len() {
                found.push(format!("{path}: {} elements planned, {} configured", planned.len(), config.len()));
                return;
            }
            for (index, (config, planned)) in config.iter().zip(planned).enumerate() {
                let prior = prior.as_list().and_then(|prior| prior.get(index)).unwrap_or(&Value::Null);
                element(attributes, blocks, [prior, config, planned], &path.clone().index(index), found);
            }
        }
        Nesting::Map => {
            let keys = |value: &Value| value.as_map().map(|map| map.keys().cloned().collect::<Vec<_>>());
            if keys(config) != keys(planned) {
                found.push(format!("{path}: other keys planned than configured"));
                return;
            }
            for key in keys(config).unwrap_or_default() {
                let values = values.map(|value| value.get(&key));
                element(attributes, blocks, values, &path.clone().key(&key), found);
            }
        }
        Nesting::Set => {
            let (config, planned) = (config.as_list().unwrap_or_default(), planned.as_list().unwrap_or_default());
            // Unknown elements may turn out to be one.
            if planned.iter().all(Value::is_wholly_known) && config.len() != planned.len() {
                found.push(format!("{path}: {} elements planned, {} configured", planned.len(), config.len()));
            }
        }
    }
}

fn element(attributes: &[Attribute], blocks: &[Block], values: [&Value; 3], path: &Path, found: &mut Vec<String>) {
    let [_, config, planned] = values;
    if config != planned {
        object(attributes, blocks, values, path, found);
    }
}

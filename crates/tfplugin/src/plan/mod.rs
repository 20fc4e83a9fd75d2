//! The plan of a create or an update as far as the schema decides it: pure functions of what Terraform sends.
//! Nothing that knows a clock, a remote object or a particular resource may enter.
//!
//! Terraform takes a planned value that equals the configuration, or equals the prior value where both are there (as a
//! whole, also for nested objects and lists of another length), and anything where a computed attribute is not
//! configured (docs/reference/terraform-plugin-protocol.md#plans). What is built here stays within that.

use crate::schema::{Attribute, Block, Change, Mode, Nesting, Schema, Shape};
use crate::value::{Path, Value};

/// The planned object, and the outermost attributes whose change makes a new object.
///
/// `config` and `proposed` are what PlanResourceChange brings; `prior` is `None` for a create. In this order, for each
/// attribute at each depth: the configuration, else the default, else (computed) the prior value; write-only becomes
/// null; the prior value stays where its canonical form is that of the new one; computed attributes of objects without a prior become unknown.
/// A destroy (null configuration) plans null.
pub fn propose(schema: &Schema, config: &Value, prior: Option<&Value>, proposed: &Value) -> (Value, Vec<Path>) {
    if config.is_null() {
        return (Value::Null, Vec::new());
    }
    let prior = prior.filter(|prior| !prior.is_null());
    let planned = object(&schema.attributes, &schema.blocks, config, prior, proposed);
    let replace = prior.map(|prior| requires_replace(schema, prior, &planned)).unwrap_or_default();
    (planned, replace)
}

/// The outermost attributes and blocks in which something that `.requires_replace()` has another meaning in `planned`
/// than in `prior`. An unknown differs from everything. Write-only attributes cannot be compared and do not count.
pub fn requires_replace(schema: &Schema, prior: &Value, planned: &Value) -> Vec<Path> {
    let attributes = schema.attributes.iter().filter(|attribute| {
        let of = |object: &Value| attribute.deciding_form(object.get(&attribute.name));
        of(prior) != of(planned)
    });
    let blocks = schema.blocks.iter().filter(|block| {
        let of = |object: &Value| block.deciding_form(object.get(&block.name));
        of(prior) != of(planned)
    });
    let names = attributes.map(|attribute| &attribute.name).chain(blocks.map(|block| &block.name));
    names.map(Path::attribute).collect()
}

/// A data source's configuration, known throughout, with the schema's defaults in place of nulls.
pub fn with_defaults(schema: &Schema, config: &Value) -> Value {
    let (mut value, _) = propose(schema, config, None, config);
    value.replace_unknowns_with_null();
    value
}

fn object(
    attributes: &[Attribute],
    blocks: &[Block],
    config: &Value,
    prior: Option<&Value>,
    proposed: &Value,
) -> Value {
    let attributes = attributes.iter().map(|attribute| {
        let name = &attribute.name;
        let prior = prior.map(|prior| prior.get(name));
        (name.clone(), planned_attribute(attribute, config.get(name), prior, proposed.get(name)))
    });
    let blocks = blocks.iter().map(|block| {
        let name = &block.name;
        let prior = prior.map(|prior| prior.get(name));
        (name.clone(), planned_block(block, config.get(name), prior, proposed.get(name)))
    });
    Value::Map(attributes.chain(blocks).collect())
}

/// `prior` is `None` if the object around the attribute is new.
fn planned_attribute(attribute: &Attribute, config: &Value, prior: Option<&Value>, proposed: &Value) -> Value {
    if attribute.write_only {
        return Value::Null;
    }
    let configured = attribute.is_configurable() && !config.is_null();
    let planned = match (&attribute.shape, &attribute.default) {
        (Shape::Nested(nesting, attributes), _) if configured => {
            planned_objects(*nesting, attributes, &[], config, prior, proposed)
        }
        (Shape::Plain(_), _) if configured => config.clone(),
        (_, Some(default)) => default.clone(),
        (_, None) if !attribute.is_computed() => config.clone(),
        (_, None) if prior.is_none() => return Value::unknown(),
        // The prior value; null where Terraform has seen that a configured object was taken out.
        (_, None) => return proposed.clone(),
    };
    match prior {
        Some(prior) if means_the_same(attribute, prior, config, &planned) => prior.clone(),
        _ => planned,
    }
}

/// Whether `planned` is only another notation of `prior`, so that the plan may keep that one, whole.
fn means_the_same(attribute: &Attribute, prior: &Value, config: &Value, planned: &Value) -> bool {
    // In place, a list or an object is left as it is planned: see Attribute::canonical.
    let whole = attribute.is_scalar() || attribute.change == Some(Change::RequiresReplace);
    if !whole || prior.is_null() || planned.is_null() || !config.is_wholly_known() {
        return false;
    }
    // Computed parts of new elements are unknown. They are not the user's, so they have no say.
    let mut planned = planned.clone();
    planned.replace_unknowns_with_null();
    attribute.canonical_form(prior) == attribute.canonical_form(&planned)
}

fn planned_block(block: &Block, config: &Value, prior: Option<&Value>, proposed: &Value) -> Value {
    planned_objects(block.nesting, &block.attributes, &block.blocks, config, prior, proposed)
}

/// Null and unknown (a dynamic block over something unknown) stay as configured, as a whole and element by element.
fn planned_objects(
    nesting: Nesting,
    attributes: &[Attribute],
    blocks: &[Block],
    config: &Value,
    prior: Option<&Value>,
    proposed: &Value,
) -> Value {
    let one = |config: &Value, prior: Option<&Value>, proposed: Option<&Value>| {
        if config.is_null() || config.is_unknown() {
            return config.clone();
        }
        let prior = prior.filter(|prior| !prior.is_null());
        object(attributes, blocks, config, prior, proposed.unwrap_or(config))
    };
    match (nesting, config) {
        (Nesting::Single, config) => one(config, prior, Some(proposed)),
        (Nesting::List, Value::List(elements)) => {
            let at = |list: Option<&Value>, index: usize| list?.as_list()?.get(index).cloned();
            let elements = elements
                .iter()
                .enumerate()
                .map(|(index, element)| one(element, at(prior, index).as_ref(), at(Some(proposed), index).as_ref()));
            Value::List(elements.collect())
        }
        (Nesting::Map, Value::Map(members)) => {
            let members = members.iter().map(|(key, member)| {
                let prior = prior.map(|prior| prior.get(key));
                (key.clone(), one(member, prior, proposed.as_map().and_then(|members| members.get(key))))
            });
            Value::Map(members.collect())
        }
        (Nesting::Set, Value::List(elements)) => {
            let prior = prior.and_then(Value::as_list).unwrap_or_default();
            let mut configured: Vec<&Value> = elements.iter().collect();
            let proposed = proposed.as_list().unwrap_or(elements).iter().map(|proposed| {
                let config = take_configured(attributes, blocks, &mut configured, proposed).unwrap_or(proposed);
                let prior = prior.iter().find(|prior| agrees(attributes, blocks, config, prior));
                one(config, prior, prior.or(Some(proposed)))
            });
            Value::List(proposed.collect())
        }
        _ => config.clone(),
    }
}

/// The element of a configured set that `proposed` was made of. Elements of sets have no names: it is one that agrees
/// with it, best the one that says most.
fn take_configured<'a>(
    attributes: &[Attribute],
    blocks: &[Block],
    configured: &mut Vec<&'a Value>,
    proposed: &Value,
) -> Option<&'a Value> {
    let said = |element: &Value| {
        element.as_map().map_or(0, |members| members.values().filter(|member| !member.is_null()).count())
    };
    let candidates = configured.iter().enumerate().filter(|(_, config)| agrees(attributes, blocks, config, proposed));
    let (position, _) = candidates.max_by_key(|(_, config)| said(config))?;
    Some(configured.remove(position))
}

/// True if everything that the element `config` says, and its silence where only it may speak, is found in `other`.
fn agrees(attributes: &[Attribute], blocks: &[Block], config: &Value, other: &Value) -> bool {
    if config.is_null() || config.is_unknown() || other.is_null() || other.is_unknown() {
        return config == other;
    }
    let agreed = |attribute: &Attribute| {
        let (config, other) = (config.get(&attribute.name), other.get(&attribute.name));
        match (&attribute.shape, attribute.mode) {
            (_, Mode::Computed) => true,
            (_, Mode::OptionalComputed) if config.is_null() => true,
            (Shape::Nested(nesting, attributes), _) => agrees_nested(*nesting, attributes, &[], config, other),
            (Shape::Plain(_), _) => config == other,
        }
    };
    let agreed_block = |block: &Block| {
        let (config, other) = (config.get(&block.name), other.get(&block.name));
        agrees_nested(block.nesting, &block.attributes, &block.blocks, config, other)
    };
    attributes.iter().all(agreed) && blocks.iter().all(agreed_block)
}

fn agrees_nested(nesting: Nesting, attributes: &[Attribute], blocks: &[Block], config: &Value, other: &Value) -> bool {
    match (nesting, config, other) {
        (Nesting::Single, ..) => agrees(attributes, blocks, config, other),
        (Nesting::List, Value::List(config), Value::List(other)) => {
            config.len() == other.len()
                && config.iter().zip(other).all(|(config, other)| agrees(attributes, blocks, config, other))
        }
        (Nesting::Map, Value::Map(config), Value::Map(other)) => {
            config.keys().eq(other.keys())
                && config.values().zip(other.values()).all(|(config, other)| agrees(attributes, blocks, config, other))
        }
        (Nesting::Set, Value::List(config), Value::List(other)) => {
            config.len() == other.len()
                && config.iter().all(|config| other.iter().any(|other| agrees(attributes, blocks, config, other)))
        }
        _ => config == other,
    }
}

#[cfg(test)]
mod core_rules;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

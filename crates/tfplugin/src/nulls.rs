//! Where null may not stand. Null means "not set", so an attribute may be null, but an element of a list, set or map may
//! not: whoever passes over it makes the list shorter, and an empty list often means everything. The same holds for a
//! required attribute, which Terraform takes for set when its value comes from a variable.
//!
//! Nulls are looked for three times, because a value that is unknown may turn out to be null: in the configuration, in
//! the plan, and in what is to be applied.

use super::diagnostics::{Diagnostic, Diagnostics};
use super::schema::{Attribute, Block, Mode, Nesting, Schema, Shape, Type};
use super::value::{Path, Value};

/// What the user can do, after what is wrong was said.
const WHERE_IT_COMES_FROM: &str =
    "If it comes from a variable or from another resource, make sure that there is a value.";

/// Which values an object holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Configuration,
    /// Here, what is write-only is null.
    Plan,
}

impl Schema {
    /// An error for each null in the configuration `config` that may not stand there: elements of lists, sets and maps
    /// (unless [`Attribute::allow_null_elements`] says otherwise) and required attributes, at every depth. What is
    /// unknown is passed over.
    pub fn misplaced_nulls(&self, config: &Value) -> Diagnostics {
        self.nulls(config, Origin::Configuration)
    }

    /// The same for a planned object, and for the write-only attributes of `config`, which it does not hold. To be asked
    /// for in a plan and before a change is made.
    pub fn misplaced_nulls_of_plan(&self, config: &Value, planned: &Value) -> Diagnostics {
        let mut found = self.nulls(planned, Origin::Plan);
        for diagnostic in self.misplaced_nulls(config) {
            if !found.iter().any(|other| *other == diagnostic) {
                found.push(diagnostic);
            }
        }
        found
    }

    fn nulls(&self, object: &Value, origin: Origin) -> Diagnostics {
        let mut search = Search { origin, found: Diagnostics::new() };
        search.object(&self.attributes, &self.blocks, object, &Path::root());
        search.found
    }
}

/// True if an element of a list, set, map or tuple in `value` is null, at any depth.
pub(super) fn has_null_elements(value: &Value, of_type: &Type) -> bool {
    let mut search = Search { origin: Origin::Configuration, found: Diagnostics::new() };
    search.plain(value, of_type, &Path::root());
    !search.found.is_empty()
}

struct Search {
    origin: Origin,
    found: Diagnostics,
}

impl Search {
    fn object(&mut self, attributes: &[Attribute], blocks: &[Block], object: &Value, path: &Path) {
        if object.as_map().is_none() {
            return;
        }
        for attribute in attributes.iter().filter(|attribute| attribute.is_configurable()) {
            self.attribute(attribute, object.get(&attribute.name), &path.clone().child(&attribute.name));
        }
        for block in blocks {
            let path = path.clone().child(&block.name);
            self.objects(block.nesting, (&block.attributes, &block.blocks), object.get(&block.name), &path);
        }
    }

    fn attribute(&mut self, attribute: &Attribute, value: &Value, path: &Path) {
        if attribute.write_only && self.origin == Origin::Plan {
            return;
        }
        if value.is_null() {
            if attribute.mode == Mode::Required {
                self.found.push(required(path));
            }
            return;
        }
        match &attribute.shape {
            Shape::Plain(_) if attribute.null_elements_allowed => {}
            Shape::Plain(of_type) => self.plain(value, of_type, path),
            Shape::Nested(nesting, _) if attribute.null_elements_allowed && *nesting != Nesting::Single => {
                let there = without_nulls(value);
                self.nested(attribute, &there, path);
            }
            Shape::Nested(..) => self.nested(attribute, value, path),
        }
    }

    fn nested(&mut self, attribute: &Attribute, value: &Value, path: &Path) {
        if let Shape::Nested(nesting, attributes) = &attribute.shape {
            self.objects(*nesting, (attributes, &[]), value, path);
        }
    }

    fn objects(&mut self, nesting: Nesting, inside: (&[Attribute], &[Block]), value: &Value, path: &Path) {
        let (attributes, blocks) = inside;
        match (nesting, value) {
            (Nesting::Single, value) => self.object(attributes, blocks, value, path),
            (Nesting::Map, Value::Map(members)) => {
                for (key, member) in members {
                    self.element(member, Element::Key, &path.clone().key(key));
                    self.object(attributes, blocks, member, &path.clone().key(key));
                }
            }
            (Nesting::List, Value::List(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    self.element(element, Element::Index, &path.clone().index(index));
                    self.object(attributes, blocks, element, &path.clone().index(index));
                }
            }
            (Nesting::Set, Value::List(elements)) => {
                for element in elements {
                    self.element(element, Element::OfSet, path);
                    self.object(attributes, blocks, element, path);
                }
            }
            _ => {}
        }
    }

    /// Members of an object without a schema may be null: that is the only way not to set them.
    fn plain(&mut self, value: &Value, of_type: &Type, path: &Path) {
        match (of_type, value) {
            (Type::List(element), Value::List(elements)) => {
                elements.iter().enumerate().for_each(|(index, value)| self.at(value, element, index, path));
            }
            (Type::Tuple(types), Value::List(elements)) => {
                elements.iter().zip(types).enumerate().for_each(|(index, (value, of_type))| {
                    self.at(value, of_type, index, path);
                });
            }
            (Type::Set(element), Value::List(elements)) => {
                for value in elements {
                    self.element(value, Element::OfSet, path);
                    self.plain(value, element, path);
                }
            }
            (Type::Map(element), Value::Map(members)) => {
                for (key, value) in members {
                    self.element(value, Element::Key, &path.clone().key(key));
                    self.plain(value, element, &path.clone().key(key));
                }
            }
            (Type::Object(types), Value::Map(members)) => {
                for (name, value) in members {
                    self.plain(value, types.get(name).unwrap_or(&Type::Dynamic), &path.clone().child(name));
                }
            }
            (_, Value::Dynamic(dynamic)) => self.plain(&dynamic.value, &dynamic.of_type, path),
            _ => {}
        }
    }

    fn at(&mut self, value: &Value, of_type: &Type, index: usize, path: &Path) {
        let path = path.clone().index(index);
        self.element(value, Element::Index, &path);
        self.plain(value, of_type, &path);
    }

    fn element(&mut self, value: &Value, element: Element, path: &Path) {
        if value.is_null() {
            self.found.push(element.is_null(path));
        }
    }
}

/// How an element is told from its neighbours.
#[derive(Clone, Copy)]
enum Element {
    Index,
    Key,
    OfSet,
}

impl Element {
    fn is_null(self, path: &Path) -> Diagnostic {
        let (summary, wrong, remove) = match self {
            Element::Index => ("An element of a list is null", format!("`{path}` is null."), "Remove the element"),
            Element::OfSet => {
                ("An element of a set is null", format!("An element of `{path}` is null."), "Remove the element")
            }
            Element::Key => ("A value of a map is null", format!("`{path}` is null."), "Remove the key"),
        };
        let detail = format!("{wrong} {remove}, or give it a value. {WHERE_IT_COMES_FROM}");
        Diagnostic::error(summary, detail).at(path.clone())
    }
}

fn required(path: &Path) -> Diagnostic {
    let detail = format!("`{path}` is required, but it is null. Give it a value. {WHERE_IT_COMES_FROM}");
    Diagnostic::error("A required argument is null", detail).at(path.clone())
}

/// The objects that are there, each at its place: what is null becomes unknown, which is passed over.
fn without_nulls(objects: &Value) -> Value {
    let there = |object: &Value| if object.is_null() { Value::unknown() } else { object.clone() };
    match objects {
        Value::List(elements) => Value::List(elements.iter().map(there).collect()),
        Value::Map(members) => Value::Map(members.iter().map(|(key, member)| (key.clone(), there(member))).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;

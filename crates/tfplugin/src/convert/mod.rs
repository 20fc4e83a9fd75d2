//! Terraform's generated messages to our own types and back. With `service.rs` the only place that names them.

pub mod action;
pub mod functions;
pub mod identity;

use super::catalog::{ByName, Catalog};
use super::diagnostics::{Diagnostic, Diagnostics, Severity};
use super::path::{Path, Step};
use super::proto::tfplugin6 as wire_types;
use super::proto::tfplugin6::attribute_path::step::Selector;
use super::proto::tfplugin6::schema::{nested_block, object};
use super::proto::tfplugin6::{
    ActionSchema, AttributePath, DynamicValue, RawState, StringKind, apply_resource_change, attribute_path,
    configure_provider, get_metadata, get_provider_schema, import_resource_state, move_resource_state, plan_action,
    plan_resource_change, read_data_source, read_resource, upgrade_resource_state, validate_action_config,
    validate_data_resource_config, validate_provider_config, validate_resource_config,
};
use super::schema::{Attribute, Block, Mode, Nesting, Schema, Shape, Type};
use super::value::Value;
use super::wire::{self, UnknownAttributes, WireError};
use printable::printable;

/// An answer that can hold errors. Empty but for errors, it leaves everything as it was: nothing of a create is
/// saved, object and private bytes of an update, a destroy or a refresh stay.
pub trait RpcResponse: Default + Send + 'static {
    /// An answer that says nothing but `diagnostics`, whose paths clients can follow.
    fn from_diagnostics(diagnostics: Diagnostics) -> Self;

    /// How many errors and warnings it holds.
    fn diagnostic_count(&self) -> usize;
}

macro_rules! responses {
    ($($message:ty),* $(,)?) => {$(
        impl RpcResponse for $message {
            fn from_diagnostics(diagnostics: Diagnostics) -> Self {
                let mut answer = Self::default();
                answer.diagnostics.extend(diagnostics.into_iter().map(diagnostic));
                answer
            }

            fn diagnostic_count(&self) -> usize {
                self.diagnostics.len()
            }
        }
    )*};
}

responses!(
    apply_resource_change::Response,
    configure_provider::Response,
    import_resource_state::Response,
    move_resource_state::Response,
    plan_action::Response,
    plan_resource_change::Response,
    read_data_source::Response,
    read_resource::Response,
    upgrade_resource_state::Response,
    validate_action_config::Response,
    validate_data_resource_config::Response,
    validate_provider_config::Response,
    validate_resource_config::Response,
);

/// Reads a value. Both encodings empty is null.
///
/// # Errors
/// An error diagnostic: the client and this program disagree about the schema.
pub fn value(dynamic: Option<DynamicValue>, of_type: &Type) -> Result<Value, Diagnostics> {
    read(&dynamic.unwrap_or_default(), of_type)
        .map_err(|error| mismatch("A value sent to the provider does not fit its schema", &error))
}

fn read(dynamic: &DynamicValue, of_type: &Type) -> Result<Value, WireError> {
    if !dynamic.msgpack.is_empty() {
        wire::decode(&dynamic.msgpack, of_type)
    } else if !dynamic.json.is_empty() {
        wire::decode_json(&dynamic.json, of_type)
    } else {
        Ok(Value::Null)
    }
}

/// Writes a value as it is on the wire.
///
/// # Errors
/// An error diagnostic: the provider made a value that is not of its schema.
pub fn dynamic_value(value: &Value, of_type: &Type) -> Result<DynamicValue, Diagnostics> {
    match wire::encode(value, of_type) {
        Ok(msgpack) => Ok(DynamicValue { msgpack, json: Vec::new() }),
        Err(error) => Err(mismatch("A value made by the provider does not fit its schema", &error)),
    }
}

/// Writes an object that Terraform is to store. If parts of it are not of its schema, the rest is written beside an
/// error: an object that exists and is not stored is lost.
pub fn stored(state: Option<Value>, of_type: &Type, diagnostics: &mut Diagnostics) -> Option<DynamicValue> {
    let state = state?;
    dynamic_value(&state, of_type)
        .or_else(|errors| {
            diagnostics.extend(errors);
            dynamic_value(&fitting(state, of_type), of_type)
        })
        .ok()
}

/// The attributes that are of their types; those left out are written as null.
fn fitting(object: Value, of_type: &Type) -> Value {
    match (object, of_type) {
        (Value::Map(mut members), Type::Object(types)) => {
            members.retain(|name, member| types.get(name).is_some_and(|of_type| wire::encode(member, of_type).is_ok()));
            Value::Map(members)
        }
        _ => Value::Map(Default::default()),
    }
}

fn mismatch(summary: &str, error: &WireError) -> Diagnostics {
    Diagnostic::error(summary, format!("{error}. This is a bug in the provider.")).into()
}

/// Reads the JSON of a state entry.
///
/// # Errors
/// An error diagnostic if it was written by Terraform 0.11 or cannot be read.
pub fn raw_state(raw: Option<RawState>) -> Result<serde_json::Value, Diagnostics> {
    let raw = raw.unwrap_or_default();
    if raw.json.is_empty() && !raw.flatmap.is_empty() {
        let detail = "It was written by Terraform 0.11 or older, which this provider has never worked with.";
        return Err(Diagnostic::error("State in an unknown format", detail).into());
    }
    serde_json::from_slice(&raw.json).map_err(|error| {
        // Its own text can hold a piece of the state.
        let detail = format!("It is not valid JSON at line {}, column {}.", error.line(), error.column());
        Diagnostic::error("State cannot be read", detail).into()
    })
}

/// Reads state of the present schema version; what an object lacks is null. `extra` is for attributes that the schema has
/// not: some clients remove those that a former provider of the same schema version left, some do not.
///
/// # Errors
/// An error diagnostic if it does not fit.
pub fn state_from_json(
    json: &serde_json::Value,
    of_type: &Type,
    extra: UnknownAttributes,
) -> Result<Value, Diagnostics> {
    wire::from_json(json, of_type, extra).map_err(|error| mismatch("State does not fit its schema", &error))
}

/// Errors and warnings about an object of this schema. Clients lose themselves at paths deeper than they know, so those
/// are cut, and the text says where exactly.
pub fn diagnostics(diagnostics: Diagnostics, schema: &Schema) -> Vec<wire_types::Diagnostic> {
    let cut = |mut diagnostic: Diagnostic| {
        if let Some(path) = diagnostic.path.take() {
            let addressable = Path::from(addressable(&schema.attributes, &schema.blocks, path.steps()));
            if addressable != path && !diagnostic.detail.contains(&format!("`{path}`")) {
                let gap = if diagnostic.detail.is_empty() { "" } else { " " };
                diagnostic.detail.push_str(&format!("{gap}(at {path})"));
            }
            diagnostic = diagnostic.at(addressable);
        }
        diagnostic
    };
    diagnostics.into_iter().map(cut).map(diagnostic).collect()
}

/// The first steps for which clients find the line in the configuration: an attribute, or one element of a list or map;
/// below a block the same again. Elements of sets have no address.
fn addressable(attributes: &[Attribute], blocks: &[Block], steps: &[Step]) -> Vec<Step> {
    let Some((first @ Step::Attribute(name), below)) = steps.split_first() else { return Vec::new() };
    let mut address = vec![first.clone()];
    if let Some(block) = blocks.iter().find(|block| block.name == *name) {
        let inside = match (block.nesting, below.split_first()) {
            (Nesting::Single, _) => below,
            (Nesting::List | Nesting::Map, Some((element, inside))) => {
                address.push(element.clone());
                inside
            }
            _ => return address,
        };
        address.extend(addressable(&block.attributes, &block.blocks, inside));
    } else if let Some(attribute) = attributes.iter().find(|attribute| attribute.name == *name) {
        match (attribute.value_type(), below.first()) {
            (Type::List(_) | Type::Tuple(_), Some(element @ Step::Index(_)))
            | (Type::Map(_), Some(element @ Step::Key(_))) => address.push(element.clone()),
            _ => {}
        }
    }
    address
}

/// A path without steps is left out: an empty one would cost the source line.
fn diagnostic(diagnostic: Diagnostic) -> wire_types::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => wire_types::diagnostic::Severity::Error,
        Severity::Warning => wire_types::diagnostic::Severity::Warning,
    };
    wire_types::Diagnostic {
        severity: severity.into(),
        summary: printable(diagnostic.summary),
        detail: printable(diagnostic.detail),
        attribute: diagnostic.path.filter(|path| !path.is_root()).map(|path| self::path(&path)),
    }
}

/// A path as it is on the wire.
pub fn path(path: &Path) -> AttributePath {
    let selector = |step: &Step| match step {
        Step::Attribute(name) => Selector::AttributeName(name.clone()),
        Step::Key(key) => Selector::ElementKeyString(key.clone()),
        Step::Index(index) => Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)),
    };
    let step = |step| attribute_path::Step { selector: Some(selector(step)) };
    AttributePath { steps: path.steps().iter().map(step).collect() }
}

/// What clients may ask of this server.
pub fn server_capabilities() -> wire_types::ServerCapabilities {
    wire_types::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: false,
        generate_resource_config: false,
    }
}

/// Everything offered, with its schema: an answer in parts, of which each has one thing, made when it is asked for.
pub fn provider_schema(
    provider_block: &Schema,
    catalog: &Catalog,
) -> impl Iterator<Item = get_provider_schema::Response> {
    let Catalog { resources, data_sources, functions, actions, .. } = catalog;
    let first = get_provider_schema::Response {
        provider: Some(schema(provider_block)),
        functions: named(functions, |each| functions::function(each.definition())),
        server_capabilities: Some(server_capabilities()),
        ..Default::default()
    };
    let resources = resources.iter().map(|(name, each)| get_provider_schema::Response {
        resource_schemas: [((*name).to_owned(), schema(each.thing().schema()))].into(),
        ..Default::default()
    });
    let data_sources = data_sources.iter().map(|(name, each)| get_provider_schema::Response {
        data_source_schemas: [((*name).to_owned(), schema(each.thing().schema()))].into(),
        ..Default::default()
    });
    let actions = actions.iter().map(|(name, each)| get_provider_schema::Response {
        action_schemas: [((*name).to_owned(), ActionSchema { schema: Some(schema(each.thing().schema())) })].into(),
        ..Default::default()
    });
    std::iter::once(first).chain(resources).chain(data_sources).chain(actions)
}

/// Names of everything offered.
pub fn metadata(catalog: &Catalog) -> get_metadata::Response {
    use get_metadata::{ActionMetadata, DataSourceMetadata, FunctionMetadata, ResourceMetadata};
    let Catalog { resources, data_sources, functions, actions, .. } = catalog;
    get_metadata::Response {
        server_capabilities: Some(server_capabilities()),
        resources: resources.keys().map(|name| ResourceMetadata { type_name: (*name).to_owned() }).collect(),
        data_sources: data_sources.keys().map(|name| DataSourceMetadata { type_name: (*name).to_owned() }).collect(),
        functions: functions.keys().map(|name| FunctionMetadata { name: (*name).to_owned() }).collect(),
        actions: actions.keys().map(|name| ActionMetadata { type_name: (*name).to_owned() }).collect(),
        ..Default::default()
    }
}

/// Things of one kind as they are on the wire, by name.
fn named<T, W, M: FromIterator<(String, W)>>(things: &ByName<T>, wire: impl Fn(&T) -> W) -> M {
    things.iter().map(|(name, thing)| ((*name).to_owned(), wire(thing))).collect()
}

/// A schema. Its block is there even if it is empty: clients crash without.
fn schema(schema: &Schema) -> wire_types::Schema {
    let block = block(&schema.attributes, &schema.blocks, &schema.description, schema.deprecated.as_ref());
    wire_types::Schema { version: schema.version, block: Some(block) }
}

fn block(
    attributes: &[Attribute],
    blocks: &[Block],
    description: &str,
    deprecated: Option<&String>,
) -> wire_types::schema::Block {
    wire_types::schema::Block {
        attributes: attributes.iter().map(attribute).collect(),
        block_types: blocks.iter().map(nested_block).collect(),
        description: description.to_owned(),
        description_kind: StringKind::Markdown.into(),
        deprecated: deprecated.is_some(),
        deprecation_message: deprecated.cloned().unwrap_or_default(),
        ..Default::default()
    }
}

fn nested_block(nested: &Block) -> wire_types::schema::NestedBlock {
    let nesting = match nested.nesting {
        Nesting::Single => nested_block::NestingMode::Single,
        Nesting::List => nested_block::NestingMode::List,
        Nesting::Set => nested_block::NestingMode::Set,
        Nesting::Map => nested_block::NestingMode::Map,
    };
    wire_types::schema::NestedBlock {
        type_name: nested.name.clone(),
        block: Some(block(&nested.attributes, &nested.blocks, &nested.description, nested.deprecated.as_ref())),
        nesting: nesting.into(),
        min_items: nested.min_items.into(),
        max_items: nested.max_items.into(),
    }
}

fn attribute(attribute: &Attribute) -> wire_types::schema::Attribute {
    let (of_type, nested_type) = match &attribute.shape {
        Shape::Plain(of_type) => (wire::encode_type(of_type), None),
        Shape::Nested(nesting, attributes) => (Vec::new(), Some(nested_type(*nesting, attributes))),
    };
    wire_types::schema::Attribute {
        name: attribute.name.clone(),
        r#type: of_type,
        nested_type,
        description: attribute.description.clone(),
        description_kind: StringKind::Markdown.into(),
        required: attribute.mode == Mode::Required,
        optional: matches!(attribute.mode, Mode::Optional | Mode::OptionalComputed),
        computed: matches!(attribute.mode, Mode::Computed | Mode::OptionalComputed),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        deprecated: attribute.deprecated.is_some(),
        deprecation_message: attribute.deprecated.clone().unwrap_or_default(),
    }
}

fn nested_type(nesting: Nesting, attributes: &[Attribute]) -> wire_types::schema::Object {
    let nesting = match nesting {
        Nesting::Single => object::NestingMode::Single,
        Nesting::List => object::NestingMode::List,
        Nesting::Set => object::NestingMode::Set,
        Nesting::Map => object::NestingMode::Map,
    };
    let attributes = attributes.iter().map(self::attribute).collect();
    wire_types::schema::Object { attributes, nesting: nesting.into(), ..Default::default() }
}

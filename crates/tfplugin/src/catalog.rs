//! What a provider offers, found by name at each call.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::action::Action;
use super::data_source::DataSource;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::function::Function;
use super::provider::{Offering, Provider};
use super::resource::Resource;
use super::schema::Schema;
use super::types::Type;

/// The things of one kind, by the name that configurations and calls use.
pub type ByName<T> = BTreeMap<&'static str, T>;

/// Everything that a provider offers, found by name. Made once, from [`Offering`], at the first call.
pub struct Catalog {
    /// Managed resources by type name.
    pub resources: ByName<CatalogEntry<dyn Resource>>,
    /// Data sources by type name.
    pub data_sources: ByName<CatalogEntry<dyn DataSource>>,
    /// Functions by name.
    pub functions: ByName<Arc<dyn Function>>,
    /// Actions by type name.
    pub actions: ByName<CatalogEntry<dyn Action>>,
    /// The type of the provider block.
    pub provider_block: Type,
}

/// Something with a schema, and the type that follows from it, so that this is not worked out for every value.
pub struct CatalogEntry<T: ?Sized> {
    thing: Arc<T>,
    schema: fn(&T) -> &Schema,
    of_type: OnceLock<Type>,
}

impl<T: ?Sized> CatalogEntry<T> {
    fn new(thing: Arc<T>, schema: fn(&T) -> &Schema) -> Self {
        Self { thing, schema, of_type: OnceLock::new() }
    }

    /// The resource, data source or action itself.
    pub fn thing(&self) -> &Arc<T> {
        &self.thing
    }

    /// The thing, and the type of an object of its schema, blocks included. The schema is not asked for before this is: a
    /// process serves one command, which needs few of them.
    pub fn parts(&self) -> (&Arc<T>, &Type) {
        (&self.thing, self.of_type.get_or_init(|| (self.schema)(&self.thing).value_type()))
    }
}

impl Catalog {
    /// Everything that `provider` offers, by name.
    pub fn by(provider: &dyn Provider) -> Self {
        let Offering { resources, data_sources, functions, actions } = provider.offering();
        Self {
            resources: by_name(resources, Resource::type_name, Resource::schema),
            data_sources: by_name(data_sources, DataSource::type_name, DataSource::schema),
            functions: functions.into_iter().map(|thing| (thing.name(), thing)).collect(),
            actions: by_name(actions, Action::type_name, Action::schema),
            provider_block: provider.schema().value_type(),
        }
    }
}

fn by_name<T: ?Sized>(
    things: Vec<Arc<T>>,
    name: fn(&T) -> &'static str,
    schema: fn(&T) -> &Schema,
) -> ByName<CatalogEntry<T>> {
    things.into_iter().map(|thing| (name(&thing), CatalogEntry::new(thing, schema))).collect()
}

/// The thing of that name. `kind` is what a user calls its kind.
///
/// # Errors
/// A diagnostic if there is none.
pub fn find<'a, T>(things: &'a ByName<T>, kind: &str, name: &str) -> Result<&'a T, Diagnostics> {
    things.get(name).ok_or_else(|| {
        let detail = format!("This version of the provider has no {kind} \"{name}\".");
        Diagnostic::error(format!("Unknown {kind}"), detail).into()
    })
}

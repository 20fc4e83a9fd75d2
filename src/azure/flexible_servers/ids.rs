//! Ids of flexible servers.

use std::fmt;

use super::Engine;
use crate::azure::resource_id::{InvalidResourceId, ResourceId};

/// A flexible server of either kind. Parsed in any casing, printed in the casing that came in for names and in Azure's for
/// the rest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlexibleServerId {
    engine: Engine,
    id: ResourceId,
}

impl FlexibleServerId {
    /// Reads the id of a server with this engine.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if it is no id, or the id of something else.
    pub fn parse(engine: Engine, text: &str) -> Result<Self, InvalidResourceId> {
        let other = InvalidResourceId::OtherType { expected: engine.id_form() };
        let id = ResourceId::parse(text)?;
        let parts = id.in_resource_group(engine.resource_type()).ok_or(other)?;
        Self::new(engine, parts.subscription, parts.resource_group, parts.name)
    }

    /// A server, there or not, of this name.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if a part holds what no name may hold.
    pub fn new(
        engine: Engine,
        subscription: &str,
        resource_group: &str,
        name: &str,
    ) -> Result<Self, InvalidResourceId> {
        let kind = engine.resource_type();
        let text = format!("/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/{kind}/{name}");
        let id = ResourceId::parse(&text)?;
        // A name with a slash in it would be the id of something on a server.
        if id.in_resource_group(kind).is_none() {
            return Err(InvalidResourceId::OtherType { expected: engine.id_form() });
        }
        Ok(Self { engine, id })
    }

    /// What runs on it.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The id as an ARM id.
    pub fn resource_id(&self) -> &ResourceId {
        &self.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.id.name()
    }

    /// The GUID of its subscription.
    pub fn subscription(&self) -> &str {
        self.id.subscription().unwrap_or_default()
    }

    /// The name of its resource group.
    pub fn resource_group(&self) -> &str {
        self.id.resource_group().unwrap_or_default()
    }

    /// The ARM id of its resource group.
    pub fn resource_group_id(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription(), self.resource_group())
    }
}

impl fmt::Display for FlexibleServerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_belongs_to_one_engine_and_prints_as_documented() {
        let text = "/SUBSCRIPTIONS/s/resourcegroups/G/providers/microsoft.dbforpostgresql/FLEXIBLESERVERS/orders";
        let id = FlexibleServerId::parse(Engine::PostgreSql, text).unwrap();
        let printed = "/subscriptions/s/resourceGroups/G/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders";
        assert_eq!(id.to_string(), printed);
        assert_eq!((id.name(), id.resource_group_id().as_str()), ("orders", "/subscriptions/s/resourceGroups/G"));
        assert!(FlexibleServerId::parse(Engine::MySql, text).is_err());
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_none() {
        for name in ["a/b", "..", "", "a/databases/b", "a?b"] {
            assert!(FlexibleServerId::new(Engine::MySql, "s", "g", name).is_err(), "{name}");
        }
    }
}

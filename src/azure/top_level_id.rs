//! Ids of resources that lie right in a resource group, one Rust type for each type of Azure's.

use std::fmt;
use std::marker::PhantomData;

use super::child_id::ParentId;
use super::resource_id::{InvalidResourceId, ResourceId};

/// A type of resource that lies in a resource group.
pub trait TopLevelType: Clone + fmt::Debug + Eq + std::hash::Hash {
    /// Azure's name of the type, as documented: `Microsoft.DataProtection/backupVaults`.
    const TYPE: &'static str;
    /// The form of an id, for errors.
    const FORM: &'static str;
}

/// The id of a `T`. Parsed in any casing, equal without case, printed in the casing that came in for names and in Azure's
/// documented casing for the rest, so that an answer with `BackupVaults` prints as everybody writes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopLevelId<T>(ResourceId, PhantomData<T>);

impl<T: TopLevelType> TopLevelId<T> {
    /// Reads an id.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if it is no id, or the id of something else.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        let id = ResourceId::parse(text)?;
        let parts = id.in_resource_group(T::TYPE).ok_or(InvalidResourceId::OtherType { expected: T::FORM })?;
        Self::new(parts.subscription, parts.resource_group, parts.name)
    }

    /// Puts an id together.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if a part holds what no name may hold.
    pub fn new(subscription: &str, resource_group: &str, name: &str) -> Result<Self, InvalidResourceId> {
        let kind = T::TYPE;
        let text = format!("/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/{kind}/{name}");
        Ok(Self(ResourceId::parse(&text)?, PhantomData))
    }

    /// The id as an ARM id.
    pub fn resource_id(&self) -> &ResourceId {
        &self.0
    }

    /// The GUID of the subscription.
    pub fn subscription(&self) -> &str {
        self.0.subscription().unwrap_or_default()
    }

    /// The resource group's name.
    pub fn resource_group(&self) -> &str {
        self.0.resource_group().unwrap_or_default()
    }

    /// The resource's own name.
    pub fn name(&self) -> &str {
        self.0.name()
    }
}

impl<T: TopLevelType> fmt::Display for TopLevelId<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<T: TopLevelType> ParentId for TopLevelId<T> {
    fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        Self::parse(text)
    }

    fn resource_id(&self) -> &ResourceId {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    enum Things {}

    impl TopLevelType for Things {
        const TYPE: &'static str = "Microsoft.Example/things";
        const FORM: &'static str = "…/things/{thing}";
    }

    #[test]
    fn any_casing_is_one_id_and_the_type_prints_as_documented() {
        let id = TopLevelId::<Things>::parse("/SUBSCRIPTIONS/s/resourcegroups/G/providers/microsoft.example/THINGS/t");
        let id = id.unwrap();
        assert_eq!(id.to_string(), "/subscriptions/s/resourceGroups/G/providers/Microsoft.Example/things/t");
        assert_eq!((id.subscription(), id.resource_group(), id.name()), ("s", "G", "t"));
        assert_eq!(id, TopLevelId::new("S", "g", "T").unwrap());
    }

    #[test]
    fn ids_of_others_and_parts_that_lead_elsewhere_are_none() {
        let base = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Example";
        for other in ["/other/t", "/things/t/children/c", "/things", "/things/../x"] {
            assert!(TopLevelId::<Things>::parse(&format!("{base}{other}")).is_err(), "{other}");
        }
        assert!(TopLevelId::<Things>::new("s", "g", "a/b").is_err());
    }
}

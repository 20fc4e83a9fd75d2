//! ARM resources of which no more is known than that they exist: disks, clusters, servers. They are what is protected
//! and what is restored onto; storage accounts have containers and are a thing of their own.

use serde_json::json;

use super::error::{ServiceError, not_found};
use super::message::Reply;
use super::world::{RESOURCE_GROUP, SUBSCRIPTION, World};

/// Lets tests say where a resource lies that lies in the default place otherwise.
macro_rules! placed {
    ($resource:ty) => {
        impl $resource {
            pub fn resource_group(mut self, name: &str) -> Self {
                self.resource_group = name.into();
                self
            }

            pub fn subscription(mut self, id: &str) -> Self {
                self.subscription = id.into();
                self
            }

            pub fn location(mut self, name: &str) -> Self {
                self.location = name.into();
                self
            }
        }
    };
}

pub(super) use placed;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    pub subscription: String,
    pub resource_group: String,
    /// Namespace and type, such as `Microsoft.Compute/disks`.
    pub kind: String,
    pub name: String,
    pub location: String,
    /// Why no restore onto it can begin, such as an extension that is missing.
    pub unfit: Option<ServiceError>,
}

placed!(Resource);

impl Resource {
    /// A resource in the default resource group and in West Europe.
    pub fn new(kind: &str, name: &str) -> Self {
        Self {
            subscription: SUBSCRIPTION.into(),
            resource_group: RESOURCE_GROUP.into(),
            kind: kind.into(),
            name: name.into(),
            location: "westeurope".into(),
            unfit: None,
        }
    }

    /// The resource that an id names, where it is one of a subscription's resource groups and not a child of another.
    pub fn named(id: &str) -> Option<Self> {
        let segments: Vec<&str> = id.strip_prefix('/')?.split('/').collect();
        let [subscriptions, subscription, groups, group, providers, namespace, kind, name] = segments.as_slice() else {
            return None;
        };
        let words = [(subscriptions, "subscriptions"), (groups, "resourceGroups"), (providers, "providers")];
        if words.iter().any(|(own, word)| !own.eq_ignore_ascii_case(word)) || segments.contains(&"") {
            return None;
        }
        let resource = Self::new(&format!("{namespace}/{kind}"), name);
        Some(resource.subscription(subscription).resource_group(group))
    }

    pub fn unfit(mut self, error: ServiceError) -> Self {
        self.unfit = Some(error);
        self
    }

    pub fn id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/{}/{}",
            self.subscription, self.resource_group, self.kind, self.name
        )
    }

    pub fn is(&self, id: &str) -> bool {
        self.id().eq_ignore_ascii_case(id.trim_end_matches('/'))
    }

    pub fn is_a(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }
}

/// The subscription that an id lies in; empty where it names none.
pub fn subscription_of(id: &str) -> &str {
    let mut segments = id.split('/').skip_while(|segment| !segment.eq_ignore_ascii_case("subscriptions")).skip(1);
    segments.next().unwrap_or_default()
}

/// `GET` of one resource of one of these types; `None` for everything else, which is not modelled.
pub fn answer(world: &World, types: &[&str], method: &str, path: &str) -> Option<(Reply, String)> {
    let asked = Resource::named(path).filter(|asked| method == "GET" && types.iter().any(|kind| asked.is_a(kind)))?;
    let reply = match world.resource(path) {
        None => not_found(&format!("{}/{}", asked.kind, asked.name)),
        Some(found) => Reply::json(
            200,
            &json!({
                "id": found.id(), "name": found.name, "type": found.kind, "location": found.location,
                "properties": {"provisioningState": "Succeeded"},
            }),
        ),
    };
    Some((reply, format!("looked at {} {}", asked.kind, asked.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_a_resource_whatever_its_casing() {
        let disk = Resource::disk("d1").resource_group("other");
        let named = Resource::named(&disk.id()).unwrap();
        assert_eq!(named.id(), disk.id());
        assert!(disk.is(&disk.id().to_uppercase()) && named.is_a("microsoft.compute/DISKS"));
        assert_eq!(subscription_of(&disk.id()), SUBSCRIPTION);
    }

    #[test]
    fn an_id_of_something_else_names_no_resource() {
        for id in
            ["", "disk1", "/subscriptions/s/resourceGroups/g", "/subscriptions/s/resourceGroups/g/providers/a/b//"]
        {
            assert!(Resource::named(id).is_none(), "{id}");
        }
        assert_eq!(subscription_of("https://x.blob.core.windows.net/c"), "");
    }
}

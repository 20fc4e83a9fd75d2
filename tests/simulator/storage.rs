//! Storage accounts, only as far as restores need them to exist: an account with a place and names of containers.

use std::collections::BTreeSet;

use serde_json::json;

use super::error::{gateway_error, not_found};
use super::message::Reply;
use super::resources::{Resource, placed};
use super::world::{RESOURCE_GROUP, SUBSCRIPTION, World};

#[derive(Clone, Debug)]
pub struct StorageAccount {
    pub subscription: String,
    pub resource_group: String,
    pub name: String,
    pub location: String,
    pub containers: BTreeSet<String>,
    pub file_shares: BTreeSet<String>,
}

placed!(StorageAccount);

impl StorageAccount {
    /// An account without containers, in the default resource group and in West Europe.
    pub fn new(name: &str) -> Self {
        Self {
            subscription: SUBSCRIPTION.into(),
            resource_group: RESOURCE_GROUP.into(),
            name: name.into(),
            location: "westeurope".into(),
            containers: BTreeSet::new(),
            file_shares: BTreeSet::new(),
        }
    }

    pub fn containers<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.containers.extend(names.into_iter().map(str::to_owned));
        self
    }

    pub fn file_shares<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.file_shares.extend(names.into_iter().map(str::to_owned));
        self
    }

    pub fn id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}",
            self.subscription, self.resource_group, self.name
        )
    }

    /// The account without what is in it.
    pub fn as_resource(&self) -> Resource {
        Resource::new("Microsoft.Storage/storageAccounts", &self.name)
            .subscription(&self.subscription)
            .resource_group(&self.resource_group)
            .location(&self.location)
    }

    /// The ARM id of a container, whether or not it is there.
    pub fn container_id(&self, container: &str) -> String {
        format!("{}/blobServices/default/containers/{container}", self.id())
    }

    pub fn container_url(&self, container: &str) -> String {
        format!("https://{}.blob.core.windows.net/{container}", self.name)
    }

    pub fn is(&self, id: &str) -> bool {
        self.id().eq_ignore_ascii_case(id.trim_end_matches('/'))
    }
}

/// `GET` of an account or of one of its containers; `None` for everything else, which is not modelled.
pub fn answer(world: &World, method: &str, resource: &[&str], path: &str) -> Option<(Reply, String)> {
    if method != "GET" {
        return None;
    }
    let account_of = |name: &str| {
        let id = path.split("/blobServices").next().unwrap_or(path);
        let id = id.split("/fileServices").next().unwrap_or(id);
        world.storage_account(id).filter(|account| account.name.eq_ignore_ascii_case(name))
    };
    match resource {
        [kind, name] if kind.eq_ignore_ascii_case("storageAccounts") => {
            let reply = account_of(name).map_or_else(
                || not_found(&format!("Microsoft.Storage/storageAccounts/{name}")),
                |account| {
                    Reply::json(
                        200,
                        &json!({
                            "id": account.id(), "name": account.name, "type": "Microsoft.Storage/storageAccounts",
                            "location": account.location, "kind": "StorageV2",
                            "sku": {"name": "Standard_LRS", "tier": "Standard"},
                            "properties": {"provisioningState": "Succeeded", "primaryLocation": account.location},
                        }),
                    )
                },
            );
            Some((reply, format!("looked at storage account {name}")))
        }
        [kind, name, services, _, shares, share]
            if kind.eq_ignore_ascii_case("storageAccounts")
                && services.eq_ignore_ascii_case("fileServices")
                && shares.eq_ignore_ascii_case("shares") =>
        {
            let reply = match account_of(name) {
                None => not_found(&format!("Microsoft.Storage/storageAccounts/{name}")),
                Some(account) if !account.file_shares.contains(*share) => {
                    gateway_error(404, "ShareNotFound", "The specified share does not exist.")
                }
                Some(account) => Reply::json(
                    200,
                    &json!({
                        "id": format!("{}/fileServices/default/shares/{share}", account.id()), "name": share,
                        "type": "Microsoft.Storage/storageAccounts/fileServices/shares",
                        "properties": {"shareQuota": 5120, "enabledProtocols": "SMB"},
                    }),
                ),
            };
            Some((reply, format!("looked at file share {share} of storage account {name}")))
        }
        [kind, name, services, _, containers, container]
            if kind.eq_ignore_ascii_case("storageAccounts")
                && services.eq_ignore_ascii_case("blobServices")
                && containers.eq_ignore_ascii_case("containers") =>
        {
            let reply = match account_of(name) {
                None => not_found(&format!("Microsoft.Storage/storageAccounts/{name}")),
                Some(account) if !account.containers.contains(*container) => {
                    gateway_error(404, "ContainerNotFound", "The specified container does not exist.")
                }
                Some(account) => Reply::json(
                    200,
                    &json!({
                        "id": account.container_id(container),
                        "name": container, "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
                        "properties": {"publicAccess": "None", "hasImmutabilityPolicy": false, "hasLegalHold": false},
                    }),
                ),
            };
            Some((reply, format!("looked at container {container} of storage account {name}")))
        }
        _ => None,
    }
}

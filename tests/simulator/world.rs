//! What exists: applications that may sign in, storage accounts, other resources, and what each service adds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::resources::Resource;
use super::service::{Part, Parts};
use super::storage::StorageAccount;

/// The subscription of everything that is not put elsewhere.
pub const SUBSCRIPTION: &str = "5ea1ab1e-0000-4000-8000-000000000001";
/// The resource group of everything that is not put elsewhere.
pub const RESOURCE_GROUP: &str = "rg-rehearsal";
pub const TENANT: &str = "7e4a4700-0000-4000-8000-000000000002";
pub const CLIENT: &str = "c11e4700-0000-4000-8000-000000000003";
pub const CLIENT_SECRET: &str = "not-a-secret-of-anyone";

/// A tenant and a subscription beside those of everything else.
pub const OTHER_TENANT: &str = "7e4a4700-0000-4000-8000-000000000004";
pub const OTHER_SUBSCRIPTION: &str = "5ea1ab1e-0000-4000-8000-000000000005";

/// The ARM id of a managed identity in the default resource group.
pub fn user_assigned_identity_id(name: &str) -> String {
    Resource::new("Microsoft.ManagedIdentity/userAssignedIdentities", name).id()
}

/// An application of every tenant. Any assertion is taken for it: the simulator does not check signatures.
#[derive(Clone, Debug)]
pub struct Application {
    pub client_id: String,
    pub client_secret: String,
}

#[derive(Clone, Debug)]
pub struct World {
    pub tenant: String,
    pub applications: Vec<Application>,
    pub storage_accounts: Vec<StorageAccount>,
    pub resources: Vec<Resource>,
    /// Subscription and name of groups that exist whether or not anything is in them.
    pub resource_groups: BTreeSet<(String, String)>,
    /// What exists of each service.
    pub parts: Parts,
}

impl Default for World {
    fn default() -> Self {
        Self {
            tenant: TENANT.into(),
            applications: vec![Application { client_id: CLIENT.into(), client_secret: CLIENT_SECRET.into() }],
            storage_accounts: Vec::new(),
            resources: Vec::new(),
            resource_groups: BTreeSet::new(),
            parts: Parts::default(),
        }
    }
}

impl World {
    pub fn storage_account(&self, id: &str) -> Option<&StorageAccount> {
        self.storage_accounts.iter().find(|account| account.is(id))
    }

    pub fn storage_account_mut(&mut self, id: &str) -> Option<&mut StorageAccount> {
        self.storage_accounts.iter_mut().find(|account| account.is(id))
    }

    /// The account behind a host name such as `account.blob.core.windows.net`, in whatever subscription.
    pub fn storage_account_at(&self, host: &str) -> Option<&StorageAccount> {
        let name = host.strip_suffix(".blob.core.windows.net")?;
        self.storage_accounts.iter().find(|account| account.name.eq_ignore_ascii_case(name))
    }

    pub fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.is(id))
    }

    /// Tenants that give out tokens: the one of everything, and those that a service makes necessary.
    pub fn has_tenant(&self, id: &str) -> bool {
        let others = self.parts.all().into_iter().flat_map(Part::tenants);
        others.chain([self.tenant.as_str()]).any(|own| own.eq_ignore_ascii_case(id))
    }

    pub fn has_subscription(&self, id: &str) -> bool {
        self.places().any(|(subscription, _)| subscription.eq_ignore_ascii_case(id))
    }

    pub fn has_resource_group(&self, subscription: &str, name: &str) -> bool {
        self.places().any(|(own, group)| own.eq_ignore_ascii_case(subscription) && group.eq_ignore_ascii_case(name))
    }

    pub fn subscriptions(&self) -> BTreeSet<&str> {
        self.places().map(|(subscription, _)| subscription).collect()
    }

    /// Subscription and name of every resource group.
    pub fn places(&self) -> impl Iterator<Item = (&str, &str)> {
        let accounts = self.storage_accounts.iter().map(|a| (a.subscription.as_str(), a.resource_group.as_str()));
        let parts = self.parts.all().into_iter().flat_map(Part::places);
        let resources = self.resources.iter().map(|r| (r.subscription.as_str(), r.resource_group.as_str()));
        let groups = self.resource_groups.iter().map(|(subscription, name)| (subscription.as_str(), name.as_str()));
        accounts.chain(parts).chain(resources).chain(groups)
    }

    /// Ids that a person or a script needs to talk about what exists, by group and name.
    pub fn things(&self) -> Value {
        let (mut containers, mut container_urls) = (BTreeMap::new(), BTreeMap::new());
        let mut file_shares = BTreeMap::new();
        for account in &self.storage_accounts {
            for share in &account.file_shares {
                let id = format!("{}/fileServices/default/shares/{share}", account.id());
                file_shares.insert(format!("{}/{share}", account.name), id);
            }
            for container in &account.containers {
                let key = format!("{}/{container}", account.name);
                containers.insert(key.clone(), account.container_id(container));
                container_urls.insert(key, account.container_url(container));
            }
        }
        let group = |(subscription, name): (&str, &str)| {
            (name.to_owned(), format!("/subscriptions/{subscription}/resourceGroups/{name}"))
        };
        let own = [
            ("storage_accounts", self.storage_accounts.iter().map(|own| (own.name.clone(), own.id())).collect()),
            ("resources", self.resources.iter().map(|own| (own.name.clone(), own.id())).collect()),
            ("resource_groups", self.places().map(group).collect()),
            ("containers", containers),
            ("container_urls", container_urls),
            ("file_shares", file_shares),
        ];
        let of_services = self.parts.all().into_iter().flat_map(Part::things);
        own.into_iter().chain(of_services).map(|(name, things)| (name.to_owned(), json!(things))).collect()
    }
}

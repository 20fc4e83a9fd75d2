//! What exists: applications that may sign in, storage accounts, other resources, backup vaults with their instances.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::data_protection::instances::BackupInstance;
use super::data_protection::vaults::BackupVault;
use super::resources::Resource;
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
    pub backup_vaults: Vec<BackupVault>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            tenant: TENANT.into(),
            applications: vec![Application { client_id: CLIENT.into(), client_secret: CLIENT_SECRET.into() }],
            storage_accounts: Vec::new(),
            resources: Vec::new(),
            resource_groups: BTreeSet::new(),
            backup_vaults: Vec::new(),
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

    /// Tenants that give out tokens: the one of everything, and those of guards that are elsewhere.
    pub fn has_tenant(&self, id: &str) -> bool {
        let guards = self.backup_vaults.iter().filter_map(|vault| vault.resource_guard.as_ref());
        guards.map(|guard| guard.tenant.as_str()).chain([self.tenant.as_str()]).any(|own| own.eq_ignore_ascii_case(id))
    }

    /// The vault of this name, for tests: names of vaults are unique in the scenarios.
    pub fn vault_named(&mut self, name: &str) -> Option<&mut BackupVault> {
        self.backup_vaults.iter_mut().find(|vault| vault.name.eq_ignore_ascii_case(name))
    }

    pub fn instance_mut(&mut self, vault_id: &str, name: &str) -> Option<&mut BackupInstance> {
        let vault = self.backup_vaults.iter_mut().find(|vault| vault.id().eq_ignore_ascii_case(vault_id))?;
        Arc::make_mut(&mut vault.instances).iter_mut().find(|instance| instance.name.eq_ignore_ascii_case(name))
    }

    /// The first instance of this name in any vault, for tests.
    pub fn instance_named(&mut self, name: &str) -> Option<&mut BackupInstance> {
        self.backup_vaults
            .iter_mut()
            .flat_map(|vault| Arc::make_mut(&mut vault.instances))
            .find(|instance| instance.name.eq_ignore_ascii_case(name))
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
        let vaults = self.backup_vaults.iter().map(|v| (v.subscription.as_str(), v.resource_group.as_str()));
        let resources = self.resources.iter().map(|r| (r.subscription.as_str(), r.resource_group.as_str()));
        let groups = self.resource_groups.iter().map(|(subscription, name)| (subscription.as_str(), name.as_str()));
        accounts.chain(vaults).chain(resources).chain(groups)
    }
}

//! What exists: applications that may sign in, storage accounts, backup vaults with their instances.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::data_protection::instances::BackupInstance;
use super::data_protection::vaults::BackupVault;
use super::storage::StorageAccount;

/// The subscription of everything that is not put elsewhere.
pub const SUBSCRIPTION: &str = "5ea1ab1e-0000-4000-8000-000000000001";
/// The resource group of everything that is not put elsewhere.
pub const RESOURCE_GROUP: &str = "rg-rehearsal";
pub const TENANT: &str = "7e4a4700-0000-4000-8000-000000000002";
pub const CLIENT: &str = "c11e4700-0000-4000-8000-000000000003";
pub const CLIENT_SECRET: &str = "not-a-secret-of-anyone";

/// An application of the tenant. Any assertion is taken for it: the simulator does not check signatures.
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
    pub backup_vaults: Vec<BackupVault>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            tenant: TENANT.into(),
            applications: vec![Application { client_id: CLIENT.into(), client_secret: CLIENT_SECRET.into() }],
            storage_accounts: Vec::new(),
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

    fn places(&self) -> impl Iterator<Item = (&str, &str)> {
        let accounts = self.storage_accounts.iter().map(|a| (a.subscription.as_str(), a.resource_group.as_str()));
        let vaults = self.backup_vaults.iter().map(|v| (v.subscription.as_str(), v.resource_group.as_str()));
        accounts.chain(vaults)
    }
}

//! Restores of Cosmos DB accounts: all of a point, into another account that is there. Its error codes are guesses, after
//! those of other workloads.

use serde_json::Value;

use super::super::error::ServiceError;
use super::super::resources::Resource;
use super::instances::BackupInstance;
use super::order::{Order, OrderContext, is_fit, no_such_resource, too_many_at_once};
use super::workloads::{LackingRole, Workload};

pub const COSMOSDB_ACCOUNT: Workload = Workload::usual(
    "Microsoft.DocumentDB/databaseAccounts",
    "cosmosdb-accounts",
    LackingRole {
        code: "UserErrorMissingRequiredPermissions",
        message: "The vault's identity lacks required permissions on the Cosmos DB account.",
        recommended_action: "Grant the identity the role 'Cosmos DB Operator' on the target, wait for it to spread and try again.",
        action: "Microsoft.DocumentDB/databaseAccounts/write",
    },
    |situation, instance, body| situation.cosmosdb_account(instance, body),
);

impl Resource {
    pub fn cosmosdb_account(name: &str) -> Self {
        Self::new(COSMOSDB_ACCOUNT.resource_type, name)
    }
}

impl BackupInstance {
    /// Without any backup yet.
    pub fn cosmosdb_account(name: &str, account: &Resource) -> Self {
        Self::of(&COSMOSDB_ACCOUNT, name, account)
    }
}

impl OrderContext<'_> {
    fn cosmosdb_account(&self, instance: &BackupInstance, body: &Value) -> Result<Order, ServiceError> {
        let destination = self.datasource(instance, body, &["RestoreTargetInfo"])?;
        let (point, store) = self.point(instance, body, &["VaultStore"])?;
        if instance.source.is(destination) {
            return Err(ServiceError::new(
                "UserErrorOriginalLocationRestoreNotSupported",
                "Restore to the original location is not supported.",
            )
            .recommend("Select another account as the target."));
        }
        let wanted = instance.workload.resource_type;
        let Some(account) = self.world.resource(destination).filter(|found| found.is_a(wanted)) else {
            return Err(no_such_resource("Cosmos DB account", destination));
        };
        self.check_subscription(destination)?;
        is_fit(account)?;
        match self.busy(&account.id()) {
            Some(other) => Err(too_many_at_once(other)),
            None => Ok(Order::of_point(point, store, &account.id())),
        }
    }
}

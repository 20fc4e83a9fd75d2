//! How a test or a rehearsal says what exists and what will happen, before the first request.

use time::OffsetDateTime;

use super::Simulator;
use super::catalogue;
use super::clock::Clock;
use super::data_protection::instances::BackupInstance;
use super::data_protection::recovery_points::RecoveryPoint;
use super::data_protection::vaults::BackupVault;
use super::entra::TokenLife;
use super::paging::Paging;
use super::resources::Resource;
use super::script::{JobScript, OperationScript};
use super::state::SimulatorState;
use super::storage::StorageAccount;
use super::throttling::Throttling;

/// A simulator in the making.
#[derive(Clone, Debug, Default)]
pub struct SimulatorBuilder(pub(super) SimulatorState);

impl SimulatorBuilder {
    /// An empty world, a clock that stands at 2026-11-20 08:00 UTC, every operation and job done after one running look.
    pub fn new() -> Self {
        Self::default()
    }

    /// The simulator that `make demo` and rehearsals use: one vault with a backup of every kind, and guarded ones.
    pub fn demo() -> Self {
        let now = Clock::machine().now();
        let shop = StorageAccount::new("contososhop").containers(["orders", "invoices", "logs"]);
        let archive = StorageAccount::new("contosoarchive").containers(["contracts", "scans"]);
        let older = RecoveryPoint::new("8f3b5ce1a4d942d0a7c9f0d6b7f5e101", now - time::Duration::days(8));
        let vault = BackupVault::new("contoso-backup")
            .instance(BackupInstance::blobs("contososhop", &shop).continuous_since(now - time::Duration::days(30)))
            .instance(
                BackupInstance::blobs("contosoarchive", &archive)
                    .recovery_point(older.clone())
                    .secondary_point(older)
                    .recovery_point(RecoveryPoint::new(
                        "8f3b5ce1a4d942d0a7c9f0d6b7f5e102",
                        now - time::Duration::hours(9),
                    )),
            );
        let scenario = Self::new()
            .clock(Clock::machine())
            .storage_account(shop)
            .storage_account(archive)
            .storage_account(StorageAccount::new("contosorestored"))
            .every_restore(JobScript::running(4).then(super::script::Ending::Completed).moved_by_lists());
        catalogue::add(scenario, vault, now)
    }

    /// A scenario known by name to the program.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "demo" => Some(Self::demo()),
            _ => None,
        }
    }

    pub fn clock(mut self, clock: Clock) -> Self {
        self.0.platform.clock = clock;
        self
    }

    pub fn standing_at(self, at: OffsetDateTime) -> Self {
        self.clock(Clock::Standing(at))
    }

    pub fn storage_account(mut self, account: StorageAccount) -> Self {
        self.0.platform.world.storage_accounts.push(account);
        self
    }

    pub fn resource(mut self, resource: Resource) -> Self {
        self.0.platform.world.resources.push(resource);
        self
    }

    /// A group that exists whether or not anything is in it.
    pub fn resource_group(mut self, subscription: &str, name: &str) -> Self {
        self.0.platform.world.resource_groups.insert((subscription.into(), name.into()));
        self
    }

    pub fn token_life(mut self, life: TokenLife) -> Self {
        self.0.entra.life = life;
        self
    }

    pub fn throttled(mut self, throttling: Throttling) -> Self {
        self.0.throttling = Some(throttling);
        self
    }

    pub fn pages_of(mut self, size: usize) -> Self {
        self.0.platform.paging.size = size;
        self
    }

    pub fn paging(mut self, paging: Paging) -> Self {
        self.0.platform.paging = paging;
        self
    }

    /// So many backups of long ago stand in the job list of every vault, behind all others.
    pub fn remembered_backups(mut self, number: usize) -> Self {
        self.0.platform.remembered_backups = number;
        self
    }

    /// The script of every restore for which no other is queued.
    pub fn every_restore(mut self, script: JobScript) -> Self {
        self.0.platform.scripts.restore = script;
        self
    }

    pub fn every_validation(mut self, script: OperationScript) -> Self {
        self.0.platform.scripts.validation = script;
        self
    }

    pub fn every_restore_operation(mut self, script: OperationScript) -> Self {
        self.0.platform.scripts.operation = script;
        self
    }

    pub fn start(self) -> Simulator {
        Simulator::of(self.0)
    }
}

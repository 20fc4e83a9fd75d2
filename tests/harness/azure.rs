use std::path::Path;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::restores::services;
use crate::simulator::clock::Clock;
use crate::simulator::{
    BackupInstance, BackupVault, Entry, ForeignRestore, JobScript, Journal, Loopback, Order, RecoveryPoint, Simulator,
    SimulatorBuilder, StorageAccount, catalogue,
};

pub const VAULT: &str = "vault-rehearsal";
/// Backups of every workload but blobs.
pub const VAULT_OF_WORKLOADS: &str = "vault-workloads";
/// An operational backup, continuous for 30 days.
pub const OPERATIONAL: &str = "contososhop-operational";
pub const OPERATIONAL_ACCOUNT: &str = "contososhop";
/// A vaulted backup with two points.
pub const VAULTED: &str = "contosoarchive-vaulted";
pub const VAULTED_ACCOUNT: &str = "contosoarchive";
/// Where vaulted backups are restored to; it is empty.
pub const TARGET_ACCOUNT: &str = "contosorestored";

/// A simulated Azure on loopback. Clones share it.
#[derive(Clone)]
pub struct Azure {
    simulator: Simulator,
    loopback: Arc<Loopback>,
    started: OffsetDateTime,
}

impl Azure {
    /// One vault with both kinds of backup of blobs and one with all other workloads, on the machine's clock, which the
    /// provider shares.
    /// The authority to trust is written to `certificate_file`.
    pub fn start(certificate_file: &Path) -> Self {
        let started = Clock::machine().now();
        let shop = StorageAccount::new(OPERATIONAL_ACCOUNT).containers(["orders", "documents", "invoices", "logs"]);
        let archive = StorageAccount::new(VAULTED_ACCOUNT).containers(["orders", "documents", "contracts", "scans"]);
        let point = |id: &str, hours: i64| RecoveryPoint::new(id, started - time::Duration::hours(hours));
        let vault = BackupVault::new(VAULT)
            .instance(BackupInstance::blobs(OPERATIONAL, &shop).continuous_since(started - time::Duration::days(30)))
            .instance(
                BackupInstance::blobs(VAULTED, &archive)
                    .recovery_point(point("8f3b5ce1a4d942d0a7c9f0d6b7f5e101", 30))
                    .recovery_point(point("8f3b5ce1a4d942d0a7c9f0d6b7f5e102", 6)),
            );
        let scenario = SimulatorBuilder::new()
            .clock(Clock::machine())
            .storage_account(shop)
            .storage_account(archive)
            .storage_account(StorageAccount::new(TARGET_ACCOUNT))
            .backup_vault(vault);
        let simulator = catalogue::add(scenario, BackupVault::new(VAULT_OF_WORKLOADS), started).start();
        let loopback = Loopback::open(&simulator, certificate_file).expect("loopback can be listened on");
        let loopback = Arc::new(loopback);
        Self { simulator, loopback, started }
    }

    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Open connections break, new ones are refused.
    pub fn disconnect(&self) {
        self.loopback.disconnect();
    }

    pub fn reconnect(&self) {
        self.loopback.reconnect();
    }

    pub fn started(&self) -> OffsetDateTime {
        self.started
    }

    pub fn journal(&self) -> Journal {
        self.simulator.journal()
    }

    pub fn restores(&self) -> usize {
        self.journal().accepted_restores().len()
    }

    /// How often a job was read by its id, in whatever service.
    pub fn job_looks(&self) -> usize {
        let is_look = |entry: &&Entry| services::ALL.iter().any(|service| service.job.is(entry));
        self.journal().entries.iter().filter(is_look).count()
    }

    /// The ARM id of a thing of the scenario.
    pub fn thing(&self, kind: &str, name: &str) -> String {
        let things = self.simulator.things();
        things[kind][name].as_str().unwrap_or_else(|| panic!("no {kind} {name} in {things:#}")).to_owned()
    }

    pub fn start_elsewhere(&self, point: &str, script: JobScript) -> String {
        let order = Order::in_place(&self.thing("storage_accounts", OPERATIONAL_ACCOUNT), point);
        let foreign = ForeignRestore {
            instance: OPERATIONAL.into(),
            activity_id: "4195ca6c-e02d-11eb-b0b1-70bc105e2242".into(),
            order,
            script,
            started_ago: time::Duration::minutes(10),
        };
        self.simulator.add_foreign_restore(foreign).expect("the instance is there")
    }

    pub fn recovery_points(&self) -> Vec<String> {
        self.simulator.change(|world| {
            let instance = world.instance_named(VAULTED).expect("the instance is there");
            let mut points = instance.recovery_points.clone();
            points.sort_by_key(|point| std::cmp::Reverse(point.time));
            points.into_iter().map(|point| point.id).collect()
        })
    }
}

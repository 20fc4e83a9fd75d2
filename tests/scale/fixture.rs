//! One provider process, one vault, and so many restores at once.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use azurebackup::tfplugin::proto::tfplugin6::{
    apply_resource_change, configure_provider, get_provider_schema, plan_resource_change,
};
use prost::bytes::{Buf, BufMut};
use prost::encoding::{DecodeContext, WireType, skip_field};
use prost::{DecodeError, Message};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::harness::PROVIDER;
use crate::protocol::client::{Client, dynamic, json as read};
use crate::protocol::plugin::{Plugin, Start};
use crate::simulator::clock::Clock;
use crate::simulator::{
    BackupInstance, BackupVault, CLIENT, CLIENT_SECRET, ItemPoint, JobScript, Loopback, ProtectedItem, RecoveryPoint,
    RecoveryServicesVault, SUBSCRIPTION, Simulator, SimulatorBuilder, StorageAccount, TENANT, Throttling,
};

/// A thousand restores are begun within three minutes: 2,000 writes, of which 200 pass at once and 10 a second.
const LIMIT: Duration = Duration::from_secs(600);

/// What is restored: each from a backup of its own in one vault, to a target of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaledWorkload {
    /// From a Backup vault.
    Blobs,
    /// From a Recovery Services vault.
    FileShares,
}

impl ScaledWorkload {
    fn type_name(self) -> &'static str {
        match self {
            Self::Blobs => "azurebackup_blob_restore",
            Self::FileShares => "azurebackup_file_share_restore",
        }
    }

    /// Adds the vault and the targets.
    pub fn add(self, restores: usize, mut scenario: SimulatorBuilder, now: OffsetDateTime) -> SimulatorBuilder {
        let taken = now - time::Duration::hours(6);
        match self {
            Self::Blobs => {
                let source = StorageAccount::new("source").containers(["orders"]);
                let mut vault = BackupVault::new("many");
                for number in 0..restores {
                    let instance = BackupInstance::blobs(&format!("instance{number}"), &source);
                    vault =
                        vault.instance(instance.recovery_point(RecoveryPoint::new(&format!("{number:032x}"), taken)));
                    scenario = scenario.storage_account(account(number));
                }
                scenario.storage_account(source).backup_vault(vault)
            }
            Self::FileShares => {
                let source = StorageAccount::new("source");
                let mut vault = RecoveryServicesVault::new("many");
                for number in 0..restores {
                    let item = ProtectedItem::file_share(&format!("share{number}"), &source);
                    vault = vault.item(item.point(ItemPoint::new(&format!("{number:018}"), taken)));
                    scenario = scenario.storage_account(account(number).file_shares(["restored"]));
                }
                scenario.storage_account(source).recovery_services_vault(vault)
            }
        }
    }

    /// The configuration of one of them.
    pub fn config(self, things: &Json, number: usize) -> Json {
        let target = &things["storage_accounts"][format!("target{number}")];
        match self {
            Self::Blobs => json!({
                "backup_instance_id": things["backup_instances"][format!("instance{number}")],
                "recovery_point": {"id": format!("{number:032x}")},
                "target_storage_account_id": target,
            }),
            Self::FileShares => json!({
                "protected_item_id": things["protected_items"][format!("share{number}")],
                "recovery_point": {"id": format!("{number:018}")},
                "copy_option": "Overwrite",
                "target": {"storage_account_id": target, "file_share_name": "restored"},
            }),
        }
    }
}

pub struct ScaleFixture {
    workload: ScaledWorkload,
    restores: usize,
    simulator: Simulator,
    _loopback: Loopback,
    plugin: Plugin,
    client: Client,
    _directory: TempDir,
}

/// What was counted.
#[derive(Debug)]
pub struct Figures {
    pub restores: usize,
    pub completed: usize,
    pub accepted: usize,
    pub jobs_in_state: usize,
    pub throttled: usize,
    pub requests: usize,
    /// While all were in flight and nothing happened.
    pub in_flight: usize,
    pub watched: Duration,
    pub idle_kib: usize,
    pub in_flight_kib: usize,
    /// Until the last was accepted, and from the end of all jobs to the last answer.
    pub begun_within: Duration,
    pub ended_within: Duration,
}

impl Figures {
    pub fn per_restore(&self) -> f64 {
        (self.requests - self.in_flight) as f64 / self.restores as f64
    }

    pub fn per_minute_in_flight(&self) -> f64 {
        self.in_flight as f64 * 60.0 / self.watched.as_secs_f64()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} restores: {} completed, {} accepted, {:.1} requests each, {:.0} a minute while all are in flight, \
             {} throttled, resident {:.1} MiB idle and {:.1} MiB in flight, begun within {:.0} s, ended within {:.0} s",
            self.restores,
            self.completed,
            self.accepted,
            self.per_restore(),
            self.per_minute_in_flight(),
            self.throttled,
            self.idle_kib as f64 / 1024.0,
            self.in_flight_kib as f64 / 1024.0,
            self.begun_within.as_secs_f64(),
            self.ended_within.as_secs_f64(),
        )
    }
}

fn account(number: usize) -> StorageAccount {
    StorageAccount::new(&format!("target{number}"))
}

/// A message that is received and not looked at.
#[derive(Debug, Default)]
struct Unread;

impl Message for Unread {
    fn encode_raw(&self, _: &mut impl BufMut) {}

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        skip_field(wire_type, tag, buffer, context)
    }

    fn encoded_len(&self) -> usize {
        0
    }

    fn clear(&mut self) {}
}

impl ScaleFixture {
    /// A vault with so many protected accounts, each restored to an account of its own.
    pub async fn of(restores: usize, poll_interval: Option<&str>) -> Self {
        Self::of_workload(ScaledWorkload::Blobs, restores, poll_interval).await
    }

    /// The same for any workload.
    pub async fn of_workload(workload: ScaledWorkload, restores: usize, poll_interval: Option<&str>) -> Self {
        let throttled = |scenario: SimulatorBuilder| scenario.throttled(Throttling::azure());
        Self::before(workload, restores, poll_interval, throttled).await
    }

    /// One restore in a vault that remembers so many backups, with no limit to the rate: how fast pages are asked for is
    /// not what is measured.
    pub async fn remembering(backups: usize) -> Self {
        Self::before(ScaledWorkload::Blobs, 1, Some("1s"), |scenario| {
            scenario.remembered_backups(backups).pages_of(1000)
        })
        .await
    }

    async fn before(
        workload: ScaledWorkload,
        restores: usize,
        poll_interval: Option<&str>,
        more: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder,
    ) -> Self {
        let scenario = SimulatorBuilder::new().clock(Clock::machine()).every_restore(JobScript::held());
        let simulator = more(workload.add(restores, scenario, Clock::machine().now())).start();
        let directory = tempfile::tempdir().unwrap();
        let authority = directory.path().join("ca.pem");
        let loopback = Loopback::open(&simulator, &authority).unwrap();
        let program = std::env::var_os("AZUREBACKUP_SCALE_PROVIDER").map_or_else(|| PROVIDER.into(), PathBuf::from);
        let plugin = Start::of(&program).env("SSL_CERT_FILE", authority.to_str().unwrap()).plugin().await;
        let client = plugin.client().await;
        let config = json!({
            "subscription_id": SUBSCRIPTION, "tenant_id": TENANT, "client_id": CLIENT, "client_secret": CLIENT_SECRET,
            "resource_manager_endpoint": loopback.endpoint(), "authority_host": loopback.endpoint(),
            "poll_interval": poll_interval,
        });
        let request = configure_provider::Request {
            terraform_version: "1.15.5".to_owned(),
            config: Some(dynamic(&config)),
            ..Default::default()
        };
        let configured: configure_provider::Response = client.call("ConfigureProvider", request).await;
        assert_eq!(configured.diagnostics, []);
        Self { workload, restores, simulator, _loopback: loopback, plugin, client, _directory: directory }
    }

    /// Median of a warm GetProviderSchema over the socket, until its last byte is here. What it takes to read the message is
    /// the client's affair, and this client is an unoptimised one.
    pub async fn schema_call(&self) -> Duration {
        let mut took = Vec::new();
        for _ in 0..200 {
            let began = Instant::now();
            let Unread = self.client.call("GetProviderSchema", get_provider_schema::Request {}).await;
            took.push(began.elapsed());
        }
        took.sort();
        took[took.len() / 2]
    }

    /// Begins them all, leaves them in flight for a while, ends all jobs, and counts.
    pub async fn run(self, watched: Duration) -> Figures {
        let idle_kib = self.resident_kib();
        let began = Instant::now();
        let mut applies = JoinSet::new();
        for number in 0..self.restores {
            let (client, config) = (self.client.clone(), self.config(number));
            applies.spawn(apply(self.workload, client, config));
        }
        self.wait("all are accepted", |simulator| simulator.jobs().len() == self.restores, &mut applies).await;
        let begun_within = began.elapsed();
        // The operation names the job, the job is read: 250 reads at once and 25 a second.
        let looked = |simulator: &Simulator| {
            let journal = simulator.journal();
            let paths: HashSet<&str> = journal.find("GET", "/backupJobs/").map(|entry| entry.path.as_str()).collect();
            paths.len() == self.restores
        };
        self.wait("each job was looked at", looked, &mut applies).await;
        let before = self.simulator.journal().last_number();
        tokio::time::sleep(watched).await;
        let in_flight = self.simulator.journal().last_number() - before;
        let in_flight_kib = self.resident_kib();
        self.simulator.advance();
        let ended = Instant::now();
        let (mut completed, mut jobs) = (0, HashSet::new());
        while let Some(state) = tokio::time::timeout(LIMIT, applies.join_next()).await.expect("still running") {
            let state = state.unwrap();
            completed += usize::from(state["status"] == "Completed");
            jobs.insert(state["job_id"].to_string());
        }
        let journal = self.simulator.journal();
        assert_eq!(journal.unmodelled(), Vec::<String>::new());
        Figures {
            restores: self.restores,
            completed,
            accepted: journal.accepted_restores().len(),
            jobs_in_state: jobs.len(),
            throttled: journal.entries.iter().filter(|entry| entry.status == 429).count(),
            requests: journal.entries.len(),
            in_flight,
            watched,
            idle_kib,
            in_flight_kib,
            begun_within,
            ended_within: ended.elapsed(),
        }
    }

    fn config(&self, number: usize) -> Json {
        self.workload.config(&self.simulator.things(), number)
    }

    async fn wait(&self, what: &str, holds: impl Fn(&Simulator) -> bool, applies: &mut JoinSet<Json>) {
        let began = Instant::now();
        while !holds(&self.simulator) {
            // A copy of a long journal is dear, and the simulator answers nobody meanwhile.
            tokio::time::sleep(Duration::from_millis(500 + 5 * self.restores as u64)).await;
            if let Some(early) = applies.try_join_next() {
                panic!("ended before {what}: {early:?}");
            }
            assert!(began.elapsed() < LIMIT, "waited for: {what}\n{}", self.simulator.journal().text());
        }
    }

    /// One restore until it is accepted: how long that took, and the most memory that was resident until then.
    pub async fn begin_one(self) -> (Duration, usize) {
        let began = Instant::now();
        let mut applies = JoinSet::new();
        applies.spawn(apply(self.workload, self.client.clone(), self.config(0)));
        self.wait("it is accepted", |simulator| simulator.accepted_restores() == 1, &mut applies).await;
        (began.elapsed(), self.memory_kib("VmHWM:"))
    }

    fn resident_kib(&self) -> usize {
        self.memory_kib("VmRSS:")
    }

    fn memory_kib(&self, line: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.plugin.child.id().unwrap()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|text| text.strip_prefix(line)).unwrap_or("0");
        line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0)
    }
}

/// Plans and applies one restore: its state.
async fn apply(workload: ScaledWorkload, client: Client, config: Json) -> Json {
    let request = plan_resource_change::Request {
        type_name: workload.type_name().to_owned(),
        proposed_new_state: Some(dynamic(&config)),
        config: Some(dynamic(&config)),
        ..Default::default()
    };
    let plan: plan_resource_change::Response = client.call("PlanResourceChange", request).await;
    assert!(plan.diagnostics.iter().all(|diagnostic| diagnostic.severity != 1), "{:?}", plan.diagnostics);
    let request = apply_resource_change::Request {
        type_name: workload.type_name().to_owned(),
        planned_state: plan.planned_state,
        config: Some(dynamic(&config)),
        planned_private: plan.planned_private,
        ..Default::default()
    };
    let applied: apply_resource_change::Response = client.call("ApplyResourceChange", request).await;
    assert_eq!(applied.diagnostics, [], "{}", read(&applied.new_state));
    read(&applied.new_state)
}

//! A restore that lasts an hour, on tokio's paused clock: what it costs, and how late its end is seen.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azurebackup::azure::client::{ArmClient, ArmClientSettings};
use azurebackup::azure::clock::Clock;
use azurebackup::azure::data_protection::{
    BLOB_SERVICES, BackupInstanceId, DataProtection, DataStore, Datasource, DatasourceKind, RecoveryOption,
    RestorePoint, RestoreRequest, RestoreTargetInfo,
};
use azurebackup::azure::deadline::Deadline;
use azurebackup::azure::limiter::Limiter;
use azurebackup::azure::random::{Random, SystemRandom};
use azurebackup::azure::retry::Backoff;
use azurebackup::azure::secret::Secret;
use azurebackup::azure::token::{AccessToken, TokenError, TokenSource};
use azurebackup::azure::transport::{
    HeaderName, HeaderValue, HttpRequest, HttpResponse, HttpTransport, TransportError,
};
use azurebackup::restore::adoption::Adopt;
use azurebackup::restore::backup_vault::{BackupVaultJobs, BackupVaultRestore, PointSelector, Region, VaultCache};
use azurebackup::restore::extent::Extent;
use azurebackup::restore::intent::Intent;
use azurebackup::restore::life::{Ending, Life, RestoreContext, RestoreOptions, WaitTimes};
use azurebackup::restore::operation::OperationPolling;
use azurebackup::restore::progress::Progress;
use azurebackup::restore::workload::{ROLE_ON_VAULT, WorkloadNames};
use serde_json::json;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::simulator::client::{account, scenario, shop, sign_in};
use crate::simulator::{self, JobScript, Simulator};

const POINT: OffsetDateTime = datetime!(2026-11-19 08:00 UTC);

/// The simulator's core as transport, token source and clock.
#[derive(Clone, Debug)]
struct SimulatorAccess(Simulator, String);

#[async_trait]
impl HttpTransport for SimulatorAccess {
    async fn send(&self, request: HttpRequest, _: Instant) -> Result<HttpResponse, TransportError> {
        let url = &request.url;
        let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
        let mut asked = simulator::Request::new(request.method.as_str(), target);
        for (name, value) in &request.headers {
            asked = asked.header(name.as_str(), value.to_str().unwrap_or_default());
        }
        asked.body = request.body.unwrap_or_default();
        let reply = self.0.handle(&asked);
        let header = |(name, value): (&str, &str)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        };
        Ok(HttpResponse { status: reply.status, headers: reply.headers.iter().map(header).collect(), body: reply.body })
    }
}

#[async_trait]
impl TokenSource for SimulatorAccess {
    async fn token(&self, _: &Deadline) -> Result<AccessToken, TokenError> {
        Ok(AccessToken { token: Secret::new(self.1.clone()), expires_at: self.0.now() + time::Duration::DAY })
    }

    fn invalidate(&self, _: &AccessToken) {}
}

impl Clock for SimulatorAccess {
    fn now(&self) -> OffsetDateTime {
        self.0.now()
    }
}

/// Jitter that is none.
#[derive(Debug)]
struct NoJitter;

impl Random for NoJitter {
    fn fill(&self, bytes: &mut [u8]) {
        SystemRandom.fill(bytes);
    }

    fn unit(&self) -> f64 {
        0.5
    }
}

fn body() -> RestoreRequest {
    let account = account();
    RestoreRequest {
        point: RestorePoint::RecoveryTimeBased { recovery_point_time: "2026-11-19T08:00:00.0000000Z".to_owned() },
        restore_target_info: RestoreTargetInfo::Whole {
            recovery_option: RecoveryOption::FailIfExists,
            restore_location: account.location.clone(),
            datasource_info: Datasource {
                object_type: DatasourceKind::Datasource,
                resource_id: account.id(),
                resource_name: Some(account.name.clone()),
                resource_type: Some("Microsoft.Storage/storageAccounts".to_owned()),
                datasource_type: Some(BLOB_SERVICES.to_owned()),
                resource_location: Some(account.location.clone()),
                resource_uri: None,
            },
            datasource_set_info: None,
        },
        source_data_store_type: DataStore::OperationalStore,
        source_resource_id: None,
        identity_details: None,
        resource_guard_operation_requests: Vec::new(),
    }
}

/// Restores with a job that ends after `lasts`: requests, and how late the end was seen.
async fn restore(lasts: Duration) -> (usize, Duration) {
    let simulator = scenario().every_restore(JobScript::held()).start();
    let inside = Arc::new(SimulatorAccess(simulator.clone(), sign_in(&simulator)));
    let signed_in = simulator.journal().last_number();
    let random: Arc<dyn Random> = Arc::new(NoJitter);
    let client = ArmClient::new(ArmClientSettings {
        endpoint: "https://management.azure.com/".parse().unwrap(),
        transport: inside.clone(),
        tokens: inside.clone(),
        auxiliary_tokens: Vec::new(),
        clock: inside.clone(),
        random: Arc::clone(&random),
        limiter: Limiter::default(),
        backoff: Backoff::default(),
        user_agent: "tests".to_owned(),
        correlation_id: None,
    })
    .unwrap();
    let wait_times = WaitTimes::new(None);
    let instance = BackupInstanceId::parse(&shop()).unwrap();
    let service = BackupVaultRestore {
        jobs: BackupVaultJobs::new(DataProtection::new(client), instance.vault().clone(), Region::Primary),
        polling: OperationPolling {
            schedule: wait_times.brief,
            first_poll: wait_times.first_poll,
            unreadable: wait_times.operation_unreadable,
            unanswered: wait_times.before_trigger,
            random: Arc::clone(&random),
        },
        instance,
        selection: Some(PointSelector::Instant(POINT)),
        point_argument: "point_in_time".into(),
        may_be_continuous: true,
        names_a_guard: false,
        names: WorkloadNames {
            things: "blobs",
            source: "storage account",
            datasource_type: BLOB_SERVICES,
            caller_role: ROLE_ON_VAULT,
            roles: &[],
        },
        restore_location: None,
        identity: None,
        destination: None,
        build: Box::new(|_| Ok(body())),
        cache: VaultCache::default(),
    };
    let clock: Arc<dyn Clock> = inside;
    let around = RestoreContext {
        clock: Arc::clone(&clock),
        random,
        registry: Arc::default(),
        progress: Progress::logged(clock),
        wait_times,
    };
    let (intent, extent) = (Intent::of(&json!("hour")), Extent::default());
    let options = RestoreOptions { intent, extent, adopt: Adopt::Running, accept_warnings: false };
    let deadline = Deadline::new(Duration::from_secs(24 * 3600), CancellationToken::new());
    let ended_at = async {
        while simulator.jobs().is_empty() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tokio::time::sleep(lasts).await;
        simulator.advance();
        Instant::now()
    };
    let life = async {
        let outcome = Life::create(&service, options, &around, deadline).await;
        (outcome, Instant::now())
    };
    let (ended, (outcome, returned)) = tokio::join!(ended_at, life);
    assert_eq!(outcome.ending, Ending::Done);
    let journal = simulator.journal().since(signed_in);
    assert_eq!((journal.unmodelled().len(), journal.accepted_restores().len()), (0, 1));
    (journal.entries.len(), returned - ended)
}

#[tokio::test(start_paused = true)]
async fn a_restore_of_an_hour_costs_fewer_than_a_hundred_requests() {
    let mut late = Vec::new();
    let mut most = 0;
    // Ends all over a minute: one may fall anywhere between two looks.
    for second in (0..60).step_by(10) {
        let (requests, after) = restore(Duration::from_secs(3600 + second)).await;
        most = most.max(requests);
        late.push(after.as_secs_f64());
    }
    let mean = late.iter().sum::<f64>() / late.len() as f64;
    let latest = late.iter().copied().fold(0.0, f64::max);
    eprintln!("FIGURES {{\"requests\": {most}, \"late_s\": {mean:.1}, \"latest_s\": {latest:.1}, \"interval_s\": 60}}");
    assert!(most < 100, "{most} requests");
    assert!(latest <= 60.0, "seen {latest} s late");
}

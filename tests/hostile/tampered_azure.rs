//! The provider's restore resource and a simulated Azure in one process, on a paused clock, with somebody in between who
//! may change every answer.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use azurebackup::azure::client::{ArmClient, ArmClientSettings};
use azurebackup::azure::clock::Clock;
use azurebackup::azure::deadline::Deadline;
use azurebackup::azure::limiter::Limiter;
use azurebackup::azure::random::SystemRandom;
use azurebackup::azure::retry::Backoff;
use azurebackup::azure::secret::Secret;
use azurebackup::azure::token::{AccessToken, TokenError, TokenSource};
use azurebackup::azure::transport::{
    HeaderMap, HeaderName, HeaderValue, HttpRequest, HttpResponse, HttpTransport, TransportError,
};
use azurebackup::connection::{Connection, Connections};
use azurebackup::resources::backup_vault::FromBackupVault;
use azurebackup::resources::blob_restore::BlobRestore;
use azurebackup::resources::restore::RestoreResource;
use azurebackup::restore::life::{RestoreContext, WaitTimes};
use azurebackup::restore::progress::Progress;
use azurebackup::restore::registry::Registry;
use azurebackup::tfplugin::diagnostics::{Diagnostics, Severity};
use azurebackup::tfplugin::plan::propose;
use azurebackup::tfplugin::resource::{Call, CreateRequest, DeleteRequest, Plan, Private, Resource, UpdateRequest};
use azurebackup::tfplugin::value::Value;
use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::simulator::client::{scenario, shop, sign_in};
use crate::simulator::{JobScript, Journal, Reply, Simulator};

type Tamper = dyn Fn(&crate::simulator::Request, &mut Reply) + Send + Sync;

/// One simulated Azure, the provider beside it, and what has been asked of whom.
pub struct TamperedAzure {
    pub simulator: Simulator,
    wire: Arc<Wire>,
    /// What the last apply left beside the state. Who edits a state file leaves it alone.
    private: Mutex<Private>,
}

struct Wire {
    simulator: Simulator,
    tamper: Mutex<Option<Box<Tamper>>>,
    hosts: Mutex<Vec<String>>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Wire")
    }
}

#[async_trait]
impl HttpTransport for Wire {
    async fn send(&self, request: HttpRequest, _: Instant) -> Result<HttpResponse, TransportError> {
        self.hosts.lock().unwrap().push(request.url.origin().ascii_serialization());
        let target = request.url.as_str().split_once("management.azure.com").map_or("/", |(_, target)| target);
        let mut asked = crate::simulator::Request::new(request.method.as_str(), target);
        for (name, value) in &request.headers {
            asked.headers.push(name.as_str(), value.to_str().unwrap());
        }
        asked.body = request.body.unwrap_or_default();
        let mut reply = self.simulator.handle(&asked);
        if let Some(tamper) = &*self.tamper.lock().unwrap() {
            tamper(&asked, &mut reply);
        }
        let headers: HeaderMap = reply
            .headers
            .iter()
            .map(|(name, value)| {
                (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
            })
            .collect();
        Ok(HttpResponse { status: reply.status, headers, body: reply.body })
    }
}

#[derive(Debug)]
struct SignInTokens(Simulator);

#[async_trait]
impl TokenSource for SignInTokens {
    async fn token(&self, _: &Deadline) -> Result<AccessToken, TokenError> {
        let expires_at = self.0.now() + time::Duration::hours(1);
        Ok(AccessToken { token: Secret::new(sign_in(&self.0)), expires_at })
    }

    fn invalidate(&self, _: &AccessToken) {}
}

#[derive(Debug)]
struct SimulatedClock(Simulator);

impl Clock for SimulatedClock {
    fn now(&self) -> OffsetDateTime {
        self.0.now()
    }
}

/// What an apply came to.
#[derive(Debug)]
pub struct Run {
    pub state: Option<Value>,
    pub diagnostics: Diagnostics,
}

impl Run {
    pub fn errors(&self) -> Vec<String> {
        self.diagnostics
            .iter()
            .filter(|one| one.severity == Severity::Error)
            .map(|one| format!("{} {}", one.summary, one.detail))
            .collect()
    }

    pub fn status(&self) -> &str {
        self.state.as_ref().and_then(|state| state.get("status").as_str()).unwrap_or_default()
    }
}

impl TamperedAzure {
    pub fn new() -> Self {
        let simulator = scenario().start();
        let wire = Wire { simulator: simulator.clone(), tamper: Mutex::default(), hosts: Mutex::default() };
        Self { simulator, wire: Arc::new(wire), private: Mutex::default() }
    }

    /// From now on every answer goes through here.
    pub fn tamper(&self, with: impl Fn(&crate::simulator::Request, &mut Reply) + Send + Sync + 'static) {
        *self.wire.tamper.lock().unwrap() = Some(Box::new(with));
    }

    pub fn leave_alone(&self) {
        *self.wire.tamper.lock().unwrap() = None;
    }

    pub fn journal(&self) -> Journal {
        self.simulator.journal()
    }

    pub fn next_job(&self, script: JobScript) {
        self.simulator.next_restore(script);
    }

    /// Nobody but Azure was asked anything.
    #[track_caller]
    pub fn asked_only_azure(&self) {
        let hosts = self.wire.hosts.lock().unwrap();
        assert!(hosts.iter().all(|host| host == "https://management.azure.com"), "{hosts:?}");
    }

    /// The configuration of every test here.
    pub fn config() -> Value {
        let mut config = Self::resource_of(Connections::default()).schema().null_object();
        config.set("backup_instance_id", shop());
        config.set("point_in_time", "2026-11-19T08:00:00Z");
        config
    }

    fn resource_of(connections: Connections) -> RestoreResource {
        let clock: Arc<dyn Clock> = Arc::new(azurebackup::azure::clock::SystemClock);
        RestoreResource::new(FromBackupVault::new(BlobRestore), connections, Arc::new(Registry::default()), clock)
    }

    /// A provider process of its own: nothing is remembered from the one before.
    fn resource(&self) -> RestoreResource {
        let clock: Arc<dyn Clock> = Arc::new(SimulatedClock(self.simulator.clone()));
        let registry = Arc::new(Registry::default());
        let client = ArmClient::new(ArmClientSettings {
            endpoint: Url::parse("https://management.azure.com").unwrap(),
            transport: self.wire.clone(),
            tokens: Arc::new(SignInTokens(self.simulator.clone())),
            auxiliary_tokens: Vec::new(),
            clock: clock.clone(),
            random: Arc::new(SystemRandom),
            limiter: Limiter::default(),
            backoff: Backoff::default(),
            user_agent: "tests".to_owned(),
            correlation_id: None,
        });
        let connections = Connections::default();
        connections.replace(Some(Connection {
            client: client.unwrap(),
            restore_context: RestoreContext {
                clock: clock.clone(),
                random: Arc::new(SystemRandom),
                registry: registry.clone(),
                progress: Progress::logged(clock.clone()),
                wait_times: WaitTimes::new(None),
            },
            subscription_id: None,
            preflight: azurebackup::connection::Preflight::Off,
        }));
        RestoreResource::new(FromBackupVault::new(BlobRestore), connections, registry, clock)
    }

    /// What `terraform apply` does with this state, a refresh before it included.
    pub async fn apply(&self, state: Option<Value>) -> Run {
        let resource = self.resource();
        let (schema, config) = (resource.schema(), Self::config());
        let call = Call::new(CancellationToken::new());
        let mut diagnostics = Diagnostics::new();
        let (prior, private) = match state {
            Some(state) => {
                let kept = self.private.lock().unwrap().clone();
                let read = resource.read(&call, state, kept).await;
                diagnostics.extend(read.diagnostics);
                (read.state, read.private)
            }
            None => Default::default(),
        };
        let mut plan = self.planned(&resource, prior.clone(), private).await;
        diagnostics.extend(std::mem::take(&mut plan.diagnostics));
        if diagnostics.has_errors() || prior.as_ref() == Some(&plan.planned) {
            return Run { state: prior, diagnostics };
        }
        let applied = match prior {
            Some(prior) if plan.requires_replace.is_empty() => {
                let update = UpdateRequest { prior, planned: plan.planned, config, private: plan.private };
                resource.update(&call, update).await
            }
            prior => {
                if let Some(prior) = prior {
                    let delete = DeleteRequest { prior, private: plan.private.clone() };
                    diagnostics.extend(resource.delete(&call, delete).await);
                    plan = self.planned(&resource, None, plan.private).await;
                    diagnostics.extend(std::mem::take(&mut plan.diagnostics));
                }
                resource.create(&call, CreateRequest { planned: plan.planned, config, private: plan.private }).await
            }
        };
        diagnostics.extend(applied.diagnostics);
        *self.private.lock().unwrap() = applied.private;
        if let Some(state) = &applied.state {
            assert!(azurebackup::tfplugin::wire::encode(state, &schema.value_type()).is_ok());
        }
        Run { state: applied.state, diagnostics }
    }

    async fn planned(&self, resource: &RestoreResource, prior: Option<Value>, private: Private) -> Plan {
        let config = Self::config();
        let mut proposed = config.clone();
        for attribute in resource.schema().attributes.iter().filter(|attribute| attribute.is_computed()) {
            if let (Some(prior), true) = (&prior, config.get(&attribute.name).is_null()) {
                proposed.set(&attribute.name, prior.get(&attribute.name).clone());
            }
        }
        let (planned, requires_replace) = propose(resource.schema(), &config, prior.as_ref(), &proposed);
        let mut plan = Plan { config, prior, planned, private, requires_replace, diagnostics: Diagnostics::new() };
        resource.modify_plan(&Call::new(CancellationToken::new()), &mut plan).await;
        plan
    }
}

//! Terraform's part, as far as lives and deaths of a provider need it: plan, refresh, apply with its second plan, what is
//! saved when (plugin protocol 2.8, 4.2 to 4.5), taint, replacement in both orders, Ctrl-C, and processes that die.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use azurebackup::azure::client::{ArmClient, ArmClientSettings};
use azurebackup::azure::clock::Clock;
use azurebackup::azure::limiter::Limiter;
use azurebackup::azure::random::Random;
use azurebackup::azure::retry::Backoff;
use azurebackup::connection::{Connection, Connections};
use azurebackup::resources::backup_vault::FromBackupVault;
use azurebackup::resources::blob_restore::BlobRestore;
use azurebackup::resources::restore::RestoreResource;
use azurebackup::restore::life::{RestoreContext, WaitTimes};
use azurebackup::restore::progress::Progress;
use azurebackup::restore::registry::Registry;
use azurebackup::tfplugin::diagnostics::Diagnostics;
use azurebackup::tfplugin::proto::tfplugin6::attribute_path::step::Selector;
use azurebackup::tfplugin::proto::tfplugin6::{
    ClientCapabilities, Diagnostic, DynamicValue, apply_resource_change, configure_provider, import_resource_state,
    plan_resource_change, read_resource,
};
use azurebackup::tfplugin::proto::tfplugin6_server::provider_server::Provider as Calls;
use azurebackup::tfplugin::provider::{Offering, Provider};
use azurebackup::tfplugin::resource::{Call, Resource};
use azurebackup::tfplugin::schema::{Schema, Type};
use azurebackup::tfplugin::service::ProviderService;
use azurebackup::tfplugin::value::Value;
use azurebackup::tfplugin::wire;
use tonic::{Request, Response, Status};

use super::azure::{EntraTokens, KillPoint, KillTime, ObservedAzure, ProcessTransport};

const TYPE: &str = "azurebackup_blob_restore";

/// The provider with its own resource, on the simulator instead of a network.
struct InProcess {
    schema: Schema,
    resource: Arc<dyn Resource>,
    registry: Arc<Registry>,
}

#[async_trait]
impl Provider for InProcess {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn configure(&self, _: &Call, _: Value) -> Diagnostics {
        self.registry.reset();
        Diagnostics::new()
    }

    fn offering(&self) -> Offering {
        Offering { resources: vec![Arc::clone(&self.resource)], ..Offering::default() }
    }
}

/// One provider process.
struct Process {
    service: ProviderService,
    alive: Arc<AtomicBool>,
}

impl Process {
    fn die(&self) {
        self.alive.store(false, Ordering::Relaxed);
    }
}

fn connection(
    azure: &ObservedAzure,
    alive: &Arc<AtomicBool>,
    moment: &Arc<KillPoint>,
    registry: &Arc<Registry>,
) -> Connection {
    let clock: Arc<dyn Clock> = Arc::new(azure.clock);
    let random: Arc<dyn Random> = Arc::clone(&azure.dice) as Arc<dyn Random>;
    let transport = ProcessTransport { azure: azure.clone(), alive: Arc::clone(alive), moment: Arc::clone(moment) };
    let client = ArmClient::new(ArmClientSettings {
        endpoint: url::Url::parse("https://management.azure.com/").unwrap(),
        transport: Arc::new(transport),
        tokens: Arc::new(EntraTokens::of(azure.clone())),
        auxiliary_tokens: Vec::new(),
        clock: Arc::clone(&clock),
        random: Arc::clone(&random),
        limiter: Limiter::default(),
        backoff: Backoff::default(),
        user_agent: "kills".into(),
        correlation_id: None,
    })
    .unwrap();
    Connection {
        client,
        restore_context: RestoreContext {
            clock: Arc::clone(&clock),
            random,
            registry: Arc::clone(registry),
            progress: Progress::logged(clock),
            wait_times: WaitTimes::new(None),
        },
        subscription_id: None,
        preflight: azurebackup::connection::Preflight::Off,
    }
}

/// What is done to the processes of an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kill {
    CtrlC,
    CtrlCTwice,
    Provider,
    Terraform,
    Both,
}

impl Kill {
    pub const ALL: [Self; 5] = [Self::CtrlC, Self::CtrlCTwice, Self::Provider, Self::Terraform, Self::Both];
}

#[derive(Clone, Debug)]
pub struct StoredObject {
    pub value: Value,
    pub private: Vec<u8>,
    pub tainted: bool,
}

/// The state, as far as one resource goes.
#[derive(Clone, Debug, Default)]
pub struct StoredState {
    pub current: Option<StoredObject>,
    pub deposed: Vec<StoredObject>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlannedAction {
    NoOp,
    Create,
    Update,
    Replace,
}

/// One `terraform apply`.
#[derive(Clone, Debug)]
pub struct Apply {
    pub config: Value,
    /// The configuration while values of it are not known.
    pub config_at_plan: Option<Value>,
    pub replace: bool,
    pub create_before_destroy: bool,
    pub kill: Option<(Kill, usize, KillTime)>,
    /// Every step is on the disk at once (local state), not only the end.
    pub saves_each_step: bool,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Done,
    Failed(Vec<String>),
    Interrupted(Vec<String>),
    /// Terraform did not live to see the end.
    Killed,
}

#[derive(Clone, Debug)]
pub struct ApplyResult {
    pub end: End,
    pub action: Option<PlannedAction>,
    /// What Apply answered was saved.
    pub answered: bool,
    pub asked: usize,
    pub killed: bool,
}

/// Why a call has no answer.
enum NoAnswer {
    Provider,
    Terraform,
    Interrupted,
}

/// Ends a walk.
enum Stop {
    NoAnswer(NoAnswer),
    Errors(Vec<String>),
}

struct Planned {
    value: Value,
    private: Vec<u8>,
    replace: Vec<String>,
}

/// Terraform with one resource in its configuration.
pub struct Terraform {
    pub azure: ObservedAzure,
    pub disk: StoredState,
    pub schema: Schema,
    of_type: Type,
}

/// A walk under way.
struct ApplyRun<'a> {
    azure: &'a ObservedAzure,
    moment: Arc<KillPoint>,
    kill: Option<Kill>,
    working: StoredState,
    disk: &'a mut StoredState,
    schema: &'a Schema,
    of_type: &'a Type,
    saves_each_step: bool,
    interrupted: bool,
    answered: bool,
    /// How many changes were asked for, and after which of them the kill comes before the answer.
    changes: usize,
    unheard: Option<usize>,
}

impl Terraform {
    pub fn new(azure: ObservedAzure) -> Self {
        let registry = Arc::new(Registry::default());
        let clock: Arc<dyn Clock> = Arc::new(azure.clock);
        let resource = RestoreResource::new(FromBackupVault::new(BlobRestore), Connections::default(), registry, clock);
        let (schema, of_type) = (resource.schema().clone(), resource.schema().value_type());
        Self { azure, disk: StoredState::default(), schema, of_type }
    }

    fn walk(&mut self, moment: Arc<KillPoint>, kill: Option<Kill>, saves_each_step: bool) -> ApplyRun<'_> {
        ApplyRun {
            azure: &self.azure,
            moment,
            kill,
            working: self.disk.clone(),
            disk: &mut self.disk,
            schema: &self.schema,
            of_type: &self.of_type,
            saves_each_step,
            interrupted: false,
            answered: false,
            changes: 0,
            unheard: None,
        }
    }

    pub async fn apply(&mut self, apply: &Apply) -> ApplyResult {
        let kill = apply.kill.map(|(kill, _, _)| kill);
        let cuts = !matches!(kill, None | Some(Kill::CtrlC | Kill::CtrlCTwice | Kill::Terraform));
        let moment = KillPoint::new(apply.kill.map(|(_, number, when)| (number, when)), cuts);
        let mut walk = self.walk(Arc::clone(&moment), kill, apply.saves_each_step);
        walk.unheard = apply.kill.filter(|(_, _, when)| matches!(when, KillTime::Done)).map(|(_, number, _)| number);
        let mut action = None;
        let end = match walk.all(apply, &mut action).await {
            Ok(()) if walk.interrupted => End::Interrupted(Vec::new()),
            Ok(()) => End::Done,
            Err(Stop::Errors(errors)) if walk.interrupted => End::Interrupted(errors),
            Err(Stop::Errors(errors)) => End::Failed(errors),
            Err(Stop::NoAnswer(NoAnswer::Provider)) => End::Failed(vec!["plugin crashed".into()]),
            Err(Stop::NoAnswer(NoAnswer::Interrupted)) => End::Interrupted(Vec::new()),
            Err(Stop::NoAnswer(NoAnswer::Terraform)) => End::Killed,
        };
        if end != End::Killed && action.is_some() {
            *walk.disk = walk.working.clone();
        }
        let answered = walk.answered;
        // Background work of processes that have gone is over before the next command.
        tokio::time::sleep(Duration::from_secs(5)).await;
        ApplyResult { end, action, answered, asked: moment.asked(), killed: moment.come.is_cancelled() }
    }

    pub async fn destroy(&mut self) -> ApplyResult {
        let moment = KillPoint::new(None, false);
        let mut walk = self.walk(Arc::clone(&moment), None, true);
        let ended = walk.destroy().await;
        let end = match ended {
            Ok(()) => End::Done,
            Err(Stop::Errors(errors)) => End::Failed(errors),
            Err(Stop::NoAnswer(_)) => End::Killed,
        };
        *walk.disk = walk.working.clone();
        ApplyResult { end, action: None, answered: true, asked: moment.asked(), killed: false }
    }

    pub async fn import(&mut self, id: &str) -> Result<(), Vec<String>> {
        let moment = KillPoint::new(None, false);
        let walk = self.walk(moment, None, true);
        let process = walk.start().await;
        let request = import_resource_state::Request { type_name: TYPE.into(), id: id.into(), ..Default::default() };
        let answer = process.service.import_resource_state(Request::new(request)).await.unwrap().into_inner();
        errors(&answer.diagnostics)?;
        let imported = answer.imported_resources.into_iter().next().unwrap();
        let value = walk.decode(imported.state.as_ref());
        let object = StoredObject { value, private: imported.private, tainted: false };
        let Ok(object) = walk.refresh(&process, object).await else { panic!("nothing strikes an import") };
        walk.disk.current = object;
        Ok(())
    }
}

fn errors(diagnostics: &[Diagnostic]) -> Result<(), Vec<String>> {
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == 1)
        .map(|diagnostic| format!("{}\n{}", diagnostic.summary, diagnostic.detail))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

impl From<NoAnswer> for Stop {
    fn from(gone: NoAnswer) -> Self {
        Self::NoAnswer(gone)
    }
}

impl From<Vec<String>> for Stop {
    fn from(errors: Vec<String>) -> Self {
        Self::Errors(errors)
    }
}

type RpcFuture<'a, T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send + 'a>>;

impl ApplyRun<'_> {
    fn encode(&self, value: &Value) -> Option<DynamicValue> {
        let msgpack = wire::encode(value, self.of_type).unwrap();
        Some(DynamicValue { msgpack, json: Vec::new() })
    }

    fn decode(&self, value: Option<&DynamicValue>) -> Value {
        value.map_or(Value::Null, |value| wire::decode(&value.msgpack, self.of_type).unwrap())
    }

    /// A fresh process, configured.
    async fn start(&self) -> Process {
        let registry = Arc::new(Registry::default());
        let alive = Arc::new(AtomicBool::new(true));
        let connections = Connections::default();
        connections.replace(Some(connection(self.azure, &alive, &self.moment, &registry)));
        let clock: Arc<dyn Clock> = Arc::new(self.azure.clock);
        let resource =
            RestoreResource::new(FromBackupVault::new(BlobRestore), connections, Arc::clone(&registry), clock);
        let provider = InProcess { schema: Schema::new("d", Vec::new()), resource: Arc::new(resource), registry };
        let service = ProviderService::new(Arc::new(provider));
        let block = wire::encode(&Value::Map(Default::default()), &Type::Object(Default::default())).unwrap();
        let request = configure_provider::Request {
            terraform_version: "1.11.4".into(),
            config: Some(DynamicValue { msgpack: block, json: Vec::new() }),
            ..Default::default()
        };
        let answer = service.configure_provider(Request::new(request)).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics, []);
        Process { service, alive }
    }

    /// Waits for an answer, and for whatever strikes meanwhile.
    async fn answer<T>(
        &mut self,
        process: &Process,
        applying: bool,
        mut call: RpcFuture<'_, T>,
    ) -> Result<T, NoAnswer> {
        let come = self.moment.come.clone();
        let before_first = self.interrupted || (applying && come.is_cancelled());
        if before_first && self.kill == Some(Kill::CtrlC) {
            // Nothing new is begun after an interrupt.
            self.interrupted = true;
            return Err(NoAnswer::Interrupted);
        }
        if !self.interrupted {
            tokio::select! {
                biased;
                () = come.cancelled(), if self.kill.is_some() => {}
                answer = &mut call => return Ok(answer.expect("the service answers with diagnostics").into_inner()),
            }
        }
        match self.kill.expect("a kill came") {
            Kill::CtrlC => {
                self.interrupted = true;
                if applying {
                    // Terraform saves what it has, then tells the provider.
                    *self.disk = self.working.clone();
                    process.service.stop();
                }
                Ok(call.await.expect("the service answers with diagnostics").into_inner())
            }
            Kill::CtrlCTwice => {
                if applying {
                    *self.disk = self.working.clone();
                    process.service.stop();
                }
                let again = self.azure.dice.milliseconds(3000);
                if let Ok(answer) = tokio::time::timeout(again, &mut call).await {
                    self.interrupted = true;
                    self.kill = Some(Kill::CtrlC);
                    return Ok(answer.expect("the service answers with diagnostics").into_inner());
                }
                drop(call);
                tokio::time::sleep(self.azure.dice.milliseconds(2000)).await;
                process.die();
                Err(NoAnswer::Terraform)
            }
            Kill::Provider => {
                process.die();
                Err(NoAnswer::Provider)
            }
            Kill::Terraform => {
                // The orphan hears that its client has gone, and ends a little later.
                drop(call);
                tokio::time::sleep(self.azure.dice.milliseconds(3000)).await;
                process.die();
                Err(NoAnswer::Terraform)
            }
            Kill::Both => {
                process.die();
                Err(NoAnswer::Terraform)
            }
        }
    }

    async fn read(&mut self, process: &Process, object: StoredObject) -> Result<Option<StoredObject>, Stop> {
        let request = read_resource::Request {
            type_name: TYPE.into(),
            current_state: self.encode(&object.value),
            private: object.private,
            ..Default::default()
        };
        let answer = self.answer(process, false, process.service.read_resource(Request::new(request))).await?;
        errors(&answer.diagnostics)?;
        let value = self.decode(answer.new_state.as_ref());
        Ok((!value.is_null()).then_some(StoredObject { value, private: answer.private, tainted: object.tainted }))
    }

    async fn refresh(&self, process: &Process, object: StoredObject) -> Result<Option<StoredObject>, Vec<String>> {
        let request = read_resource::Request {
            type_name: TYPE.into(),
            current_state: self.encode(&object.value),
            private: object.private,
            ..Default::default()
        };
        let answer = process.service.read_resource(Request::new(request)).await.unwrap().into_inner();
        errors(&answer.diagnostics)?;
        let value = self.decode(answer.new_state.as_ref());
        Ok((!value.is_null()).then_some(StoredObject { value, private: answer.private, tainted: object.tainted }))
    }

    /// Prior and configuration merged (protocol 3.6); nothing of a restore is both nested and computed inside.
    fn proposal(&self, prior: &Value, config: &Value) -> Value {
        let mut proposed = config.clone();
        for attribute in &self.schema.attributes {
            if config.get(&attribute.name).is_null() && attribute.is_computed() {
                proposed.set(attribute.name.as_str(), prior.get(&attribute.name).clone());
            }
        }
        proposed
    }

    async fn plan(
        &mut self,
        process: &Process,
        prior: &Value,
        config: &Value,
        private: &[u8],
        applying: bool,
    ) -> Result<Planned, Stop> {
        let proposed = if config.is_null() { Value::Null } else { self.proposal(prior, config) };
        let request = plan_resource_change::Request {
            type_name: TYPE.into(),
            prior_state: self.encode(prior),
            proposed_new_state: self.encode(&proposed),
            config: self.encode(config),
            prior_private: private.to_vec(),
            client_capabilities: Some(ClientCapabilities { deferral_allowed: applying, ..Default::default() }),
            ..Default::default()
        };
        let answer =
            self.answer(process, applying, process.service.plan_resource_change(Request::new(request))).await?;
        errors(&answer.diagnostics)?;
        let value = self.decode(answer.planned_state.as_ref());
        let names = answer.requires_replace.iter().filter_map(|path| match path.steps.first()?.selector.as_ref()? {
            Selector::AttributeName(name) => Some(name.clone()),
            _ => None,
        });
        let counts = |name: &String| value.get(name) != prior.get(name) || value.get(name).is_unknown();
        let replace = if prior.is_null() { Vec::new() } else { names.filter(counts).collect() };
        Ok(Planned { value, private: answer.planned_private, replace })
    }

    fn step_is_over(&mut self) {
        if self.saves_each_step {
            *self.disk = self.working.clone();
        }
    }

    async fn all(&mut self, apply: &Apply, chosen: &mut Option<PlannedAction>) -> Result<(), Stop> {
        // Refresh and plan.
        let process = self.start().await;
        if let Some(object) = self.working.current.take() {
            self.working.current = self.read(&process, object).await?;
        }
        let config = apply.config_at_plan.as_ref().unwrap_or(&apply.config);
        let current = self.working.current.clone();
        let (action, planned) = match &current {
            None => (PlannedAction::Create, self.plan(&process, &Value::Null, config, &[], false).await?),
            Some(object) if object.tainted => {
                (PlannedAction::Replace, self.plan(&process, &Value::Null, config, &[], false).await?)
            }
            Some(object) => {
                let planned = self.plan(&process, &object.value, config, &object.private, false).await?;
                if apply.replace || !planned.replace.is_empty() {
                    (PlannedAction::Replace, self.plan(&process, &Value::Null, config, &planned.private, false).await?)
                } else if planned.value == object.value {
                    (PlannedAction::NoOp, planned)
                } else {
                    (PlannedAction::Update, planned)
                }
            }
        };
        for deposed in self.working.deposed.clone() {
            self.plan(&process, &deposed.value, &Value::Null, &deposed.private, false).await?;
        }
        process.die();
        if self.moment.come.is_cancelled() {
            // Heard only now, with nothing begun.
            return Err(Stop::NoAnswer(match self.kill {
                Some(Kill::CtrlC | Kill::CtrlCTwice) => NoAnswer::Interrupted,
                Some(Kill::Provider) | None => NoAnswer::Provider,
                Some(Kill::Terraform | Kill::Both) => NoAnswer::Terraform,
            }));
        }
        // Apply.
        *chosen = Some(action);
        self.azure.only_waits(action == PlannedAction::Update);
        let process = self.start().await;
        let result = self.carry_out(&process, apply, action, &planned).await;
        process.die();
        self.azure.only_waits(false);
        result
    }

    async fn carry_out(
        &mut self,
        process: &Process,
        apply: &Apply,
        action: PlannedAction,
        planned: &Planned,
    ) -> Result<(), Stop> {
        while let Some(deposed) = self.working.deposed.first().cloned() {
            self.delete_deposed(process, &deposed).await?;
            self.working.deposed.remove(0);
            self.step_is_over();
        }
        let config = &apply.config;
        match action {
            PlannedAction::NoOp => Ok(()),
            PlannedAction::Update => {
                let object = self.working.current.clone().unwrap();
                let again = self.plan(process, &object.value, config, &object.private, true).await?;
                self.compare(&planned.value, &again.value, "final plan");
                if again.value == object.value {
                    return Ok(());
                }
                if !again.replace.is_empty() {
                    self.azure.complain(format!("the final plan wants a replacement because of {:?}", again.replace));
                }
                let answer = self.change(process, &object.value, &again, config).await;
                if matches!(answer, Err(NoAnswer::Provider)) {
                    self.working.current = Some(StoredObject { private: Vec::new(), ..object.clone() });
                }
                let answer = answer?;
                self.answered = true;
                let failed = errors(&answer.diagnostics);
                let value = self.decode(answer.new_state.as_ref());
                if value.is_null() {
                    if failed.is_ok() {
                        self.azure.complain("an update without an error has no object");
                    }
                } else {
                    if failed.is_ok() {
                        self.compare(&again.value, &value, "result");
                    }
                    self.working.current =
                        Some(StoredObject { value, private: answer.private, tainted: object.tainted });
                }
                Ok(failed?)
            }
            PlannedAction::Create => self.create(process, config, &planned.value).await,
            PlannedAction::Replace if apply.create_before_destroy => {
                let old = self.working.current.take().unwrap();
                self.working.deposed.push(old.clone());
                let created = self.create(process, config, &planned.value).await;
                if self.working.current.is_none() {
                    self.working.deposed.pop();
                    self.working.current = Some(old);
                    return created;
                }
                created?;
                self.delete_deposed(process, &old).await?;
                self.working.deposed.pop();
                Ok(())
            }
            PlannedAction::Replace => {
                let old = self.working.current.clone().unwrap();
                self.delete(process, &old.value, &planned.private).await?;
                self.working.current = None;
                self.step_is_over();
                self.create(process, config, &planned.value).await
            }
        }
    }

    async fn change(
        &mut self,
        process: &Process,
        prior: &Value,
        planned: &Planned,
        config: &Value,
    ) -> Result<apply_resource_change::Response, NoAnswer> {
        let request = apply_resource_change::Request {
            type_name: TYPE.into(),
            prior_state: self.encode(prior),
            planned_state: self.encode(&planned.value),
            config: self.encode(config),
            planned_private: planned.private.clone(),
            ..Default::default()
        };
        self.changes += 1;
        let call = process.service.apply_resource_change(Request::new(request));
        if self.unheard != Some(self.changes) {
            return self.answer(process, true, call).await;
        }
        let answer = call.await.expect("the service answers with diagnostics").into_inner();
        self.moment.come.cancel();
        match self.kill {
            None | Some(Kill::CtrlC) => {
                self.interrupted = true;
                *self.disk = self.working.clone();
                Ok(answer)
            }
            Some(Kill::Provider) => {
                process.die();
                Err(NoAnswer::Provider)
            }
            Some(Kill::CtrlCTwice | Kill::Terraform | Kill::Both) => {
                process.die();
                Err(NoAnswer::Terraform)
            }
        }
    }

    async fn create(&mut self, process: &Process, config: &Value, promised: &Value) -> Result<(), Stop> {
        let planned = self.plan(process, &Value::Null, config, &[], true).await?;
        self.compare(promised, &planned.value, "final plan");
        let answer = self.change(process, &Value::Null, &planned, config).await?;
        self.answered = true;
        let failed = errors(&answer.diagnostics);
        let value = self.decode(answer.new_state.as_ref());
        if !value.is_null() {
            if failed.is_ok() {
                self.compare(&planned.value, &value, "result");
            }
            self.working.current = Some(StoredObject { value, private: answer.private, tainted: failed.is_err() });
            self.step_is_over();
        }
        Ok(failed?)
    }

    async fn delete(&mut self, process: &Process, prior: &Value, private: &[u8]) -> Result<(), Stop> {
        let planned = Planned { value: Value::Null, private: private.to_vec(), replace: Vec::new() };
        let answer = self.change(process, prior, &planned, &Value::Null).await?;
        Ok(errors(&answer.diagnostics)?)
    }

    async fn delete_deposed(&mut self, process: &Process, object: &StoredObject) -> Result<(), Stop> {
        let planned = self.plan(process, &object.value, &Value::Null, &object.private, true).await?;
        self.delete(process, &object.value, &planned.private).await
    }

    async fn destroy(&mut self) -> Result<(), Stop> {
        let process = self.start().await;
        if let Some(object) = self.working.current.take()
            && let Some(object) = self.read(&process, object).await?
        {
            let planned = self.plan(&process, &object.value, &Value::Null, &object.private, false).await?;
            self.delete(&process, &object.value, &planned.private).await?;
        }
        for object in std::mem::take(&mut self.working.deposed) {
            let Some(object) = self.read(&process, object).await? else { continue };
            self.delete_deposed(&process, &object).await?;
        }
        process.die();
        Ok(())
    }

    /// What was known must stay (protocol 4.3 and 4.4).
    fn compare(&self, promised: &Value, now: &Value, what: &str) {
        for attribute in &self.schema.attributes {
            let (promised, now) = (promised.get(&attribute.name), now.get(&attribute.name));
            if !keeps(promised, now) {
                let name = &attribute.name;
                self.azure.complain(format!("inconsistent {what}: {name} was {promised:?} and became {now:?}"));
            }
        }
    }
}

fn keeps(promised: &Value, now: &Value) -> bool {
    match (promised, now) {
        (Value::Unknown(_), _) => true,
        (Value::List(promised), Value::List(now)) => {
            promised.len() == now.len() && promised.iter().zip(now).all(|(promised, now)| keeps(promised, now))
        }
        (Value::Map(promised), Value::Map(now)) => {
            promised.keys().eq(now.keys())
                && promised.values().zip(now.values()).all(|(promised, now)| keeps(promised, now))
        }
        _ => promised == now,
    }
}

//! One managed resource as Terraform drives it: refresh, plan, and in a second process the apply, with what core does
//! to state in between.

use std::sync::Arc;
use std::time::Duration;

use azurebackup::provider::{AzureBackup, HostEnvironment, Network};
use azurebackup::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use azurebackup::tfplugin::plan::propose;
use azurebackup::tfplugin::provider::Provider;
use azurebackup::tfplugin::resource::{
    Applied, Call, CreateRequest, DeleteRequest, Plan, Private, Resource, UpdateRequest,
};
use azurebackup::tfplugin::value::Value;
use azurebackup::tfplugin::wire::{UnknownAttributes, from_json};
use time::macros::datetime;
use tokio_util::sync::CancellationToken;

use super::test_environment::{NoEnvironment, Seeded, WallClock};
use super::transport::InProcessTransport;
use crate::simulator::{
    BackupInstance, BackupVault, CLIENT, CLIENT_SECRET, Journal, RecoveryPoint, SUBSCRIPTION, Simulator,
    SimulatorBuilder, StorageAccount, TENANT, catalogue,
};

pub const RESTORE: &str = "azurebackup_blob_restore";
/// An operational backup, continuous for 30 days.
pub const OPERATIONAL: &str = "contososhop-operational";
/// A vaulted backup with two points, and an empty account to restore it to.
pub const VAULTED: &str = "contosoarchive-vaulted";
pub const TARGET_ACCOUNT: &str = "contosorestored";

/// An object in state.
#[derive(Clone, Debug)]
pub struct StateObject {
    pub value: Value,
    pub private: Private,
    pub tainted: bool,
}

/// What a plan will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlannedStep {
    Nothing,
    Create,
    Update,
    Replace,
}

/// How a command ended.
#[derive(Clone, Debug)]
pub struct SessionResult {
    pub step: PlannedStep,
    pub diagnostics: Diagnostics,
}

impl SessionResult {
    pub fn errors(&self) -> Vec<&Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).collect()
    }

    pub fn succeeded(&self) -> bool {
        !self.diagnostics.has_errors()
    }

    /// Summaries and details of all errors and warnings.
    pub fn text(&self) -> String {
        text(&self.diagnostics)
    }

    /// The arguments that errors point at.
    pub fn at_fault(&self) -> Vec<String> {
        self.errors().into_iter().filter_map(|error| Some(error.path.as_ref()?.to_string())).collect()
    }
}

pub fn text(diagnostics: &Diagnostics) -> String {
    let lines = diagnostics.iter().map(|diagnostic| {
        let kind = if diagnostic.is_error() { "error" } else { "warning" };
        format!("{kind}: {}: {}", diagnostic.summary, diagnostic.detail)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// One resource, its state, and the Azure around it.
pub struct Session {
    transport: Arc<InProcessTransport>,
    random: Arc<Seeded>,
    provider: Value,
    type_name: &'static str,
    /// Whether the next plan is one with `-replace`.
    replaces: bool,
    /// `lifecycle { create_before_destroy = true }`.
    pub create_before_destroy: bool,
    /// What Terraform would write to the state file.
    pub object: Option<StateObject>,
}

impl Session {
    /// It did what it should, and Azure says so.
    #[track_caller]
    pub fn succeeded(&self, finished: &SessionResult) {
        assert!(finished.succeeded(), "{}\n{}", finished.text(), self.journal().text());
        assert_eq!(self.text("status"), "Completed");
    }

    /// It failed, and its text holds all of these.
    #[track_caller]
    pub fn failed(&self, finished: &SessionResult, parts: &[&str]) {
        let said = finished.text();
        assert!(!finished.succeeded(), "{said}\n{}", self.journal().text());
        for part in parts {
            assert!(said.contains(part), "{part:?} is missing in: {said}");
        }
    }

    /// One vault with both kinds of backup of blobs and with all other workloads, at noon of 2026-11-20.
    pub fn new() -> Self {
        Self::within(|scenario| scenario)
    }

    /// The same with a scenario that was changed. `start_paused` belongs to the test.
    pub fn within(change: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        let noon = datetime!(2026-11-20 12:00 UTC);
        let shop = StorageAccount::new("contososhop").containers(["orders", "documents", "invoices", "logs"]);
        let archive = StorageAccount::new("contosoarchive").containers(["orders", "documents"]);
        let point = |id: &str, hours: i64| RecoveryPoint::new(id, noon - time::Duration::hours(hours));
        let vault = BackupVault::new("vault-rehearsal")
            .instance(BackupInstance::blobs(OPERATIONAL, &shop).continuous_since(noon - time::Duration::days(30)))
            .instance(
                BackupInstance::blobs(VAULTED, &archive)
                    .recovery_point(point("8f3b5ce1a4d942d0a7c9f0d6b7f5e101", 30))
                    .secondary_point(point("8f3b5ce1a4d942d0a7c9f0d6b7f5e101", 30))
                    .recovery_point(point("8f3b5ce1a4d942d0a7c9f0d6b7f5e102", 6)),
            );
        let scenario = SimulatorBuilder::new()
            .standing_at(noon)
            .storage_account(shop)
            .storage_account(archive)
            .storage_account(StorageAccount::new(TARGET_ACCOUNT));
        let simulator = change(catalogue::add(scenario, vault, noon)).start();
        let wall = Arc::new(WallClock::starting_at(noon));
        Self::behind(&Arc::new(InProcessTransport::new(&simulator, &wall)), 1)
    }

    /// Another resource before the same Azure, such as one of another workspace.
    pub fn behind(transport: &Arc<InProcessTransport>, seed: u64) -> Self {
        let provider = Value::object([
            ("subscription_id", SUBSCRIPTION),
            ("tenant_id", TENANT),
            ("client_id", CLIENT),
            ("client_secret", CLIENT_SECRET),
        ]);
        Self {
            transport: Arc::clone(transport),
            random: Arc::new(Seeded::new(seed)),
            provider,
            type_name: RESTORE,
            replaces: false,
            create_before_destroy: false,
            object: None,
        }
    }

    /// The same for a resource of another type.
    pub fn of_type(mut self, type_name: &'static str) -> Self {
        self.type_name = type_name;
        self
    }

    pub fn transport(&self) -> &Arc<InProcessTransport> {
        &self.transport
    }

    pub fn azure(&self) -> &Simulator {
        self.transport.simulator()
    }

    pub fn journal(&self) -> Journal {
        self.azure().journal()
    }

    /// Restores that Azure has accepted.
    pub fn restores(&self) -> usize {
        self.azure().accepted_restores()
    }

    /// An argument of the provider block.
    pub fn provider_argument(&mut self, name: &str, value: impl Into<Value>) {
        self.provider.set(name, value.into());
    }

    /// The ARM id of a thing of the scenario.
    pub fn thing(&self, kind: &str, name: &str) -> String {
        self.azure().things()[kind][name].as_str().unwrap().to_owned()
    }

    /// A restore of the operational backup, with further arguments.
    pub fn operational(&self, more: &[(&str, Value)]) -> Value {
        let instance = self.thing("backup_instances", OPERATIONAL);
        let own = [("backup_instance_id", instance.into()), ("point_in_time", "2026-11-20T10:00:00Z".into())];
        self.configuration(own.into_iter().chain(more.iter().cloned()))
    }

    /// A restore of the latest vaulted point into the empty account, with further arguments.
    pub fn vaulted(&self, more: &[(&str, Value)]) -> Value {
        let own = [
            ("backup_instance_id", self.thing("backup_instances", VAULTED).into()),
            (
                "recovery_point",
                object_of(
                    &["id", "latest", "at_or_before", "data_store", "max_age", "allow_partial"],
                    &[("latest", true.into())],
                ),
            ),
            ("target_storage_account_id", self.thing("storage_accounts", TARGET_ACCOUNT).into()),
        ];
        self.configuration(own.into_iter().chain(more.iter().cloned()))
    }

    /// A restore of a point of any instance into any account, by ARM ids, for scenarios with many of both.
    pub fn vaulted_from(&self, instance: &str, point: &str, target: &str) -> Value {
        let names = ["id", "latest", "at_or_before", "data_store", "max_age", "allow_partial"];
        let own = [
            ("backup_instance_id", instance.into()),
            ("recovery_point", object_of(&names, &[("id", point.into())])),
            ("target_storage_account_id", target.into()),
        ];
        self.configuration(own.into_iter())
    }

    /// `timeouts`, as an argument of a configuration.
    pub fn timeouts(create: &str) -> (&'static str, Value) {
        let names = ["create", "read", "update", "delete"];
        let both = [("create", create.into()), ("update", create.into())];
        ("timeouts", object_of(&names, &both))
    }

    /// A configuration with these arguments; what is absent, at any depth, is null.
    pub fn configuration_of(&self, arguments: &serde_json::Value) -> Value {
        let process = self.process();
        let of_type = resource(&process, self.type_name).schema().value_type();
        from_json(arguments, &of_type, UnknownAttributes::Refuse).unwrap()
    }

    fn configuration<'a>(&self, arguments: impl Iterator<Item = (&'a str, Value)>) -> Value {
        let mut config = resource(&self.process(), self.type_name).schema().null_object();
        for (name, value) in arguments {
            config.set(name, value);
        }
        config
    }

    /// A provider process, not configured yet.
    pub fn process(&self) -> AzureBackup {
        AzureBackup::new(HostEnvironment {
            clock: Arc::<WallClock>::clone(self.transport.wall()),
            random: Arc::<Seeded>::clone(&self.random),
            environment: Arc::new(NoEnvironment),
            network: Network::Over(Arc::<InProcessTransport>::clone(&self.transport)),
        })
    }

    /// A provider process, configured.
    pub async fn configured(&self, call: &Call) -> AzureBackup {
        let process = self.process();
        let mut config = process.schema().null_object();
        for (name, value) in self.provider.as_map().into_iter().flatten() {
            config.set(name, value.clone());
        }
        let diagnostics = process.configure(call, config).await;
        assert!(diagnostics.is_empty(), "{}", text(&diagnostics));
        process
    }

    /// `terraform apply`: refresh and plan in one process, the change in another.
    pub async fn apply(&mut self, config: &Value) -> SessionResult {
        self.apply_until(config, &CancellationToken::new()).await
    }

    /// The same; `stop` is Ctrl-C, heard by the change only.
    pub async fn apply_until(&mut self, config: &Value, stop: &CancellationToken) -> SessionResult {
        let (plan, mut finished) = self.plan(config).await;
        if !finished.succeeded() || finished.step == PlannedStep::Nothing {
            return finished;
        }
        let carried_out = self.carry_out(config, plan, finished.step, stop).await;
        finished.diagnostics.extend(carried_out);
        finished
    }

    /// `terraform apply -replace`.
    pub async fn apply_replacing(&mut self, config: &Value) -> SessionResult {
        self.replaces = true;
        self.apply(config).await
    }

    /// `terraform apply` of a plan whose configuration had unknown values; `known` is what became of it.
    pub async fn apply_once_known(&mut self, unknown: &Value, known: &Value) -> SessionResult {
        let (plan, mut finished) = self.plan(unknown).await;
        assert!(finished.succeeded(), "{}", finished.text());
        let carried_out = self.carry_out(known, plan, finished.step, &CancellationToken::new()).await;
        finished.diagnostics.extend(carried_out);
        finished
    }

    /// `terraform plan`: state keeps what the refresh found, as it does in an apply.
    pub async fn plan(&mut self, config: &Value) -> (Plan, SessionResult) {
        let call = Call { terraform_version: Some("1.15.5".into()), ..Call::default() };
        let process = self.configured(&call).await;
        let resource = resource(&process, self.type_name);
        let mut diagnostics = resource.schema().validate_config(config);
        diagnostics.extend(resource.validate(config).await);
        diagnostics.extend(self.read(resource.as_ref(), &call).await);
        let (prior, private) = match &self.object {
            Some(object) if !object.tainted => (Some(object.value.clone()), object.private.clone()),
            _ => (None, Private::default()),
        };
        let mut plan = planned(resource.as_ref(), &call, config, prior.as_ref(), private).await;
        let replaces = std::mem::take(&mut self.replaces);
        diagnostics.extend(plan.diagnostics.iter().cloned());
        let step = match (&self.object, &prior) {
            (None, _) => PlannedStep::Create,
            (Some(_), None) => PlannedStep::Replace,
            (Some(_), Some(_)) if replaces || !plan.requires_replace.is_empty() => {
                let private = plan.private.clone();
                plan = planned(resource.as_ref(), &call, config, None, private).await;
                // Core drops the warnings of the second leg.
                diagnostics.extend(plan.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).cloned());
                PlannedStep::Replace
            }
            (Some(_), Some(prior)) if plan.planned == *prior => PlannedStep::Nothing,
            _ => PlannedStep::Update,
        };
        (plan, SessionResult { step, diagnostics })
    }

    async fn carry_out(
        &mut self,
        config: &Value,
        plan: Plan,
        step: PlannedStep,
        stop: &CancellationToken,
    ) -> Diagnostics {
        let call = Call {
            stop: stop.clone(),
            deferral_allowed: true,
            terraform_version: Some("1.15.5".into()),
            ..Call::default()
        };
        let process = self.configured(&call).await;
        let resource = resource(&process, self.type_name);
        let config = config.clone();
        let mut diagnostics = Diagnostics::new();
        if step == PlannedStep::Update {
            let object = self.object.take().unwrap();
            let request = UpdateRequest {
                prior: object.value.clone(),
                planned: plan.planned.clone(),
                config,
                private: plan.private,
            };
            let applied = resource.update(&call, request).await;
            diagnostics.extend(applied.diagnostics.iter().cloned());
            self.object =
                saved(&plan.planned, applied).map(|(value, private)| StateObject { value, private, tainted: false });
            if self.object.is_none() {
                self.object = Some(object);
            }
            return diagnostics;
        }
        let deposed = if self.create_before_destroy { self.object.take() } else { None };
        if let Some(object) = &self.object {
            let request = DeleteRequest { prior: object.value.clone(), private: plan.private.clone() };
            diagnostics.extend(resource.delete(&call, request).await.iter().cloned());
            if diagnostics.has_errors() {
                return diagnostics;
            }
            self.object = None;
        }
        // Core plans the create once more, right before it.
        let again = planned(resource.as_ref(), &call, &config, None, plan.private).await;
        diagnostics.extend(again.diagnostics.iter().cloned());
        if diagnostics.has_errors() {
            return diagnostics;
        }
        let request = CreateRequest { planned: again.planned.clone(), config, private: again.private };
        let applied = resource.create(&call, request).await;
        let tainted = applied.diagnostics.has_errors();
        diagnostics.extend(applied.diagnostics.iter().cloned());
        self.object = saved(&again.planned, applied).map(|(value, private)| StateObject { value, private, tainted });
        // Core plans the destroy of what was replaced in the apply, with its own private bytes; an old client or OpenTofu says
        // nothing of the apply there (docs/reference/terraform-plugin-protocol.md#plans).
        if let Some(StateObject { value, mut private, tainted: was_tainted }) = deposed {
            if tainted && self.object.is_none() {
                self.object = Some(StateObject { value, private, tainted: was_tainted });
                return diagnostics;
            }
            let call = Call { follows_a_change: true, deferral_allowed: false, ..call };
            diagnostics.extend(resource.plan_destroy(&call, &value, &mut private).await);
            diagnostics.extend(resource.delete(&call, DeleteRequest { prior: value, private }).await);
        }
        diagnostics
    }

    /// `terraform refresh`.
    pub async fn refresh(&mut self) -> Diagnostics {
        let call = Call::default();
        let process = self.configured(&call).await;
        self.read(resource(&process, self.type_name).as_ref(), &call).await
    }

    async fn read(&mut self, resource: &dyn Resource, call: &Call) -> Diagnostics {
        let Some(object) = self.object.take() else { return Diagnostics::new() };
        let StateObject { value, private, tainted } = object;
        let found = resource.read(call, value, private).await;
        self.object = found.state.map(|value| StateObject { value, private: found.private, tainted });
        found.diagnostics
    }

    /// `terraform import`, its refresh included.
    pub async fn import(&mut self, id: &str) -> Diagnostics {
        let call = Call::default();
        let process = self.configured(&call).await;
        let resource = resource(&process, self.type_name);
        match resource.import(&call, id).await {
            Ok(imported) => {
                self.object = Some(StateObject { value: imported.state, private: imported.private, tainted: false });
                let mut diagnostics = imported.diagnostics;
                diagnostics.extend(self.read(resource.as_ref(), &call).await);
                diagnostics
            }
            Err(diagnostics) => diagnostics,
        }
    }

    /// `terraform destroy`.
    pub async fn destroy(&mut self) -> Diagnostics {
        let call = Call::default();
        let process = self.configured(&call).await;
        let resource = resource(&process, self.type_name);
        let Some(StateObject { value, mut private, tainted }) = self.object.take() else { return Diagnostics::new() };
        let mut diagnostics = resource.plan_destroy(&call, &value, &mut private).await;
        let deleted = resource.delete(&call, DeleteRequest { prior: value.clone(), private: private.clone() }).await;
        if deleted.has_errors() {
            self.object = Some(StateObject { value, private, tainted });
        }
        diagnostics.extend(deleted);
        diagnostics
    }

    /// `terraform untaint`.
    pub fn untaint(&mut self) {
        self.object.as_mut().unwrap().tainted = false;
    }

    /// A text attribute in state; empty if it is null or there is no object.
    pub fn text(&self, name: &str) -> String {
        let text = self.object.as_ref().and_then(|object| object.value.get(name).as_str());
        text.unwrap_or_default().to_owned()
    }
}

/// Plans and creates one of many restores of a process that is configured already.
pub async fn created(process: &AzureBackup, call: &Call, config: &Value) -> Applied {
    created_as(RESTORE, process, call, config).await
}

/// The same of another resource.
pub async fn created_as(type_name: &str, process: &AzureBackup, call: &Call, config: &Value) -> Applied {
    let resource = resource(process, type_name);
    let plan = planned(resource.as_ref(), call, config, None, Private::default()).await;
    assert!(!plan.diagnostics.has_errors(), "{}", text(&plan.diagnostics));
    resource.create(call, CreateRequest { planned: plan.planned, config: config.clone(), private: plan.private }).await
}

fn resource(process: &AzureBackup, type_name: &str) -> Arc<dyn Resource> {
    process.offering().resources.into_iter().find(|resource| resource.type_name() == type_name).unwrap()
}

fn object_of(names: &[&str], members: &[(&str, Value)]) -> Value {
    let mut object = Value::object(names.iter().map(|name| (*name, Value::Null)));
    for (name, value) in members {
        object.set(*name, value.clone());
    }
    object
}

/// What PlanResourceChange answers: the schema's rules, then the resource's.
async fn planned(
    resource: &dyn Resource,
    call: &Call,
    config: &Value,
    prior: Option<&Value>,
    private: Private,
) -> Plan {
    let mut proposed = config.clone();
    if let Some(prior) = prior {
        for attribute in &resource.schema().attributes {
            if attribute.is_computed() && config.get(&attribute.name).is_null() {
                proposed.set(attribute.name.as_str(), prior.get(&attribute.name).clone());
            }
        }
    }
    let (planned, requires_replace) = propose(resource.schema(), config, prior, &proposed);
    let diagnostics = resource.schema().misplaced_nulls_of_plan(config, &planned);
    let config = config.clone();
    let mut plan = Plan { config, prior: prior.cloned(), planned, private, requires_replace, diagnostics };
    if !plan.diagnostics.has_errors() {
        resource.modify_plan(call, &mut plan).await;
    }
    plan
}

/// What core saves, after the check it makes of every provider.
fn saved(planned: &Value, applied: Applied) -> Option<(Value, Private)> {
    let Applied { state, private, diagnostics, .. } = applied;
    assert!(state.is_some() || diagnostics.has_errors(), "neither state nor error");
    let state = state?;
    assert!(state.is_wholly_known(), "unknown after apply: {state:?}");
    for (name, value) in planned.as_map().into_iter().flatten().filter(|(_, value)| value.is_wholly_known()) {
        assert_eq!(state.get(name), value, "{name} is not as planned");
    }
    Some((state, private))
}

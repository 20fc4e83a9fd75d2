//! Terraform's calls, one function each: decode, call, encode. No rules; a call that is not here is answered with
//! UNIMPLEMENTED, which clients take for "not offered".

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tracing::Instrument;

use super::convert::{self, Answer};
use super::diagnostics::{Diagnostic, Diagnostics};
use super::proto::tfplugin6::{
    ClientCapabilities, apply_resource_change, configure_provider, get_functions, get_metadata, get_provider_schema,
    get_resource_identity_schemas, import_resource_state, move_resource_state, plan_resource_change, read_data_source,
    read_resource, stop_provider, upgrade_resource_state, validate_data_resource_config, validate_provider_config,
    validate_resource_config,
};
use super::proto::tfplugin6_server::provider_server::Provider as ProviderRpc;
use super::resource::{
    Call, CreateRequest, DataSource, DeleteRequest, Plan, Private, Provider, Resource, UpdateRequest,
};
use super::schema::{Schema, Type};
use super::schema_response::SchemaResponse;
use super::value::Value;
use super::wire::{self, Extra};
use super::{panics, plan, settle};

/// Terraform's service over a provider. Clones are the same service.
#[derive(Clone)]
pub struct ProviderService(Arc<Host>);

struct Host {
    provider: Arc<dyn Provider>,
    offered: OnceLock<Offered>,
    schema: OnceLock<SchemaResponse>,
    stop: Mutex<CancellationToken>,
    terraform_version: Mutex<Option<String>>,
}

/// What the provider offers, by type name. Listed at the first call and not at the start, which must be quick.
struct Offered {
    resources: BTreeMap<&'static str, Typed<Arc<dyn Resource>>>,
    data_sources: BTreeMap<&'static str, Typed<Arc<dyn DataSource>>>,
    provider: Type,
}

/// With the type of its objects, so that it is not worked out for every value.
struct Typed<T> {
    thing: T,
    of_type: Type,
}

impl Host {
    fn offered(&self) -> &Offered {
        self.offered.get_or_init(|| {
            let resource = |thing: Arc<dyn Resource>| {
                (thing.type_name(), Typed { of_type: thing.schema().value_type(), thing })
            };
            let data_source = |thing: Arc<dyn DataSource>| {
                (thing.type_name(), Typed { of_type: thing.schema().value_type(), thing })
            };
            Offered {
                resources: self.provider.resources().into_iter().map(resource).collect(),
                data_sources: self.provider.data_sources().into_iter().map(data_source).collect(),
                provider: self.provider.schema().value_type(),
            }
        })
    }

    fn resource(&self, type_name: &str) -> Result<&Typed<Arc<dyn Resource>>, Diagnostics> {
        self.offered().resources.get(type_name).ok_or_else(|| not_offered("resource", type_name))
    }

    fn data_source(&self, type_name: &str) -> Result<&Typed<Arc<dyn DataSource>>, Diagnostics> {
        self.offered().data_sources.get(type_name).ok_or_else(|| not_offered("data source", type_name))
    }

    fn schema(&self) -> SchemaResponse {
        let encode = || {
            let offered = self.offered();
            let resources = offered.resources.values().map(|typed| typed.thing.as_ref());
            let data_sources = offered.data_sources.values().map(|typed| typed.thing.as_ref());
            SchemaResponse::new(&convert::provider_schema(self.provider.as_ref(), resources, data_sources))
        };
        self.schema.get_or_init(encode).clone()
    }
}

fn not_offered(kind: &str, type_name: &str) -> Diagnostics {
    let detail = format!("This version of the provider has no {kind} \"{type_name}\".");
    Diagnostic::error(format!("Unknown {kind}"), detail).into()
}

impl ProviderService {
    /// A service that offers what `provider` does.
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self(Arc::new(Host {
            provider,
            offered: OnceLock::new(),
            schema: OnceLock::new(),
            stop: Mutex::default(),
            terraform_version: Mutex::default(),
        }))
    }

    /// Asks the calls in flight to end soon. Later calls know nothing of it: in debug mode a client stops one command
    /// and comes back with the next.
    pub fn stop(&self) {
        let mut current = self.0.stop.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *current).cancel();
    }

    /// Does the work of a call in a task of its own. A panic costs this call alone; a client that goes away is heard as a
    /// stop, so that no work is cut off at some chance point.
    async fn answer<Q, A, W>(
        &self,
        facts: Facts<'_>,
        request: Request<Q>,
        work: impl FnOnce(Arc<Host>, Call, Q) -> W,
    ) -> Result<Response<A>, Status>
    where
        A: Answer,
        W: Future<Output = Result<A, Diagnostics>> + Send + 'static,
    {
        let stop = self.0.stop.lock().unwrap_or_else(PoisonError::into_inner).child_token();
        let call = Call {
            stop: stop.clone(),
            deferral_allowed: facts.capabilities.is_some_and(|capabilities| capabilities.deferral_allowed),
            terraform_version: self.0.terraform_version.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        let span = tracing::error_span!(
            "call",
            tf_rpc = facts.rpc,
            tf_resource_type = facts.type_name,
            tf_req_id = %uuid::Uuid::new_v4(),
        );
        let _stops_with_the_request = stop.drop_guard();
        let started = Instant::now();
        let task = tokio::spawn(work(self.0.clone(), call, request.into_inner()).instrument(span.clone()));
        let mut answer = match task.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(diagnostics)) => A::of(diagnostics),
            Err(error) => A::of(crashed(facts.rpc, error)),
        };
        let diagnostics = answer.diagnostics().len();
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        span.in_scope(|| tracing::debug!(tf_req_duration_ms = milliseconds, diagnostics, "call answered"));
        Ok(Response::new(answer))
    }
}

fn crashed(rpc: &str, error: tokio::task::JoinError) -> Diagnostics {
    let text = match error.try_into_panic() {
        Ok(payload) => panics::message(payload.as_ref()).to_owned(),
        Err(cancelled) => cancelled.to_string(),
    };
    let detail = format!("{text}. This is a bug in the provider, met in {rpc}.");
    Diagnostic::error("The provider crashed", detail).into()
}

/// What is known of a call before its work begins.
struct Facts<'a> {
    rpc: &'static str,
    type_name: &'a str,
    capabilities: Option<ClientCapabilities>,
}

#[tonic::async_trait]
impl ProviderRpc for ProviderService {
    async fn get_metadata(
        &self,
        _: Request<get_metadata::Request>,
    ) -> Result<Response<get_metadata::Response>, Status> {
        let offered = self.0.offered();
        let resources = offered.resources.values().map(|typed| typed.thing.as_ref());
        let data_sources = offered.data_sources.values().map(|typed| typed.thing.as_ref());
        Ok(Response::new(convert::metadata(resources, data_sources)))
    }

    async fn get_provider_schema(
        &self,
        _: Request<get_provider_schema::Request>,
    ) -> Result<Response<SchemaResponse>, Status> {
        Ok(Response::new(self.0.schema()))
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<get_resource_identity_schemas::Request>,
    ) -> Result<Response<get_resource_identity_schemas::Response>, Status> {
        Ok(Response::default())
    }

    async fn get_functions(
        &self,
        _: Request<get_functions::Request>,
    ) -> Result<Response<get_functions::Response>, Status> {
        Ok(Response::default())
    }

    async fn stop_provider(
        &self,
        _: Request<stop_provider::Request>,
    ) -> Result<Response<stop_provider::Response>, Status> {
        tracing::info!("told to stop what is in flight");
        self.stop();
        Ok(Response::default())
    }

    async fn validate_provider_config(
        &self,
        request: Request<validate_provider_config::Request>,
    ) -> Result<Response<validate_provider_config::Response>, Status> {
        let facts = Facts { rpc: "ValidateProviderConfig", type_name: "", capabilities: None };
        self.answer(facts, request, |host, _, request| async move {
            let schema = host.provider.schema();
            let config = convert::value(request.config, &host.offered().provider)?;
            let mut found = plan::validate(schema, &config);
            found.extend(host.provider.validate(&config).await);
            Ok(validate_provider_config::Response { diagnostics: convert::diagnostics(found, schema) })
        })
        .await
    }

    async fn configure_provider(
        &self,
        request: Request<configure_provider::Request>,
    ) -> Result<Response<configure_provider::Response>, Status> {
        let capabilities = request.get_ref().client_capabilities;
        let version = Some(request.get_ref().terraform_version.clone()).filter(|version| !version.is_empty());
        *self.0.terraform_version.lock().unwrap_or_else(PoisonError::into_inner) = version;
        let facts = Facts { rpc: "ConfigureProvider", type_name: "", capabilities };
        self.answer(facts, request, |host, call, request| async move {
            let config = convert::value(request.config, &host.offered().provider)?;
            let found = host.provider.configure(&call, config).await;
            Ok(configure_provider::Response { diagnostics: convert::diagnostics(found, host.provider.schema()) })
        })
        .await
    }
}

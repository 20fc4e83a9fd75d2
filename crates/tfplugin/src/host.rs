//! What stands behind every call: the things offered by name, the stop of what is in flight, and a task per call that
//! turns a panic into a diagnostic.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::task::JoinError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tracing::Instrument;

use super::convert::Answer;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::function::Function;
use super::panics;
use super::resource::{Call, DataSource, Provider, Resource};
use super::schema::Type;

/// A provider being served.
pub struct Host {
    provider: Arc<dyn Provider>,
    offered: OnceLock<Offered>,
    stop: Mutex<CancellationToken>,
    client_version: Mutex<Option<String>>,
}

/// What the provider offers, by type name.
pub struct Offered {
    resources: BTreeMap<&'static str, Typed<Arc<dyn Resource>>>,
    data_sources: BTreeMap<&'static str, Typed<Arc<dyn DataSource>>>,
    functions: BTreeMap<&'static str, Arc<dyn Function>>,
    /// Of the provider block.
    pub provider_block: Type,
}

/// With the type of its objects, so that it is not worked out for every value.
pub struct Typed<T> {
    /// Offered.
    pub thing: T,
    /// Of a whole object.
    pub of_type: Type,
}

impl Offered {
    /// All managed resources.
    pub fn resources(&self) -> impl Iterator<Item = &dyn Resource> {
        self.resources.values().map(|typed| typed.thing.as_ref())
    }

    /// All data sources.
    pub fn data_sources(&self) -> impl Iterator<Item = &dyn DataSource> {
        self.data_sources.values().map(|typed| typed.thing.as_ref())
    }

    /// All functions.
    pub fn functions(&self) -> impl Iterator<Item = &dyn Function> {
        self.functions.values().map(AsRef::as_ref)
    }
}

/// What is known of a call before its work begins.
pub struct Facts {
    rpc: &'static str,
    type_name: String,
    deferral_allowed: bool,
}

impl Facts {
    /// The call's name, the type it is about (may be empty), and whether the client would take a deferral.
    pub fn new(rpc: &'static str, type_name: &str, deferral_allowed: bool) -> Self {
        Self { rpc, type_name: type_name.to_owned(), deferral_allowed }
    }
}

impl Host {
    /// Nothing is asked of `provider` yet: a start must be quick.
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self { provider, offered: OnceLock::new(), stop: Mutex::default(), client_version: Mutex::default() }
    }

    /// The provider itself.
    pub fn provider(&self) -> &dyn Provider {
        self.provider.as_ref()
    }

    /// What it offers; listed at the first call.
    pub fn offered(&self) -> &Offered {
        self.offered.get_or_init(|| {
            let resource =
                |thing: Arc<dyn Resource>| (thing.type_name(), Typed { of_type: thing.schema().value_type(), thing });
            let data_source =
                |thing: Arc<dyn DataSource>| (thing.type_name(), Typed { of_type: thing.schema().value_type(), thing });
            Offered {
                resources: self.provider.resources().into_iter().map(resource).collect(),
                data_sources: self.provider.data_sources().into_iter().map(data_source).collect(),
                functions: self.provider.functions().into_iter().map(|thing| (thing.name(), thing)).collect(),
                provider_block: self.provider.schema().value_type(),
            }
        })
    }

    /// The resource of that type.
    ///
    /// # Errors
    /// A diagnostic if there is none.
    pub fn resource(&self, type_name: &str) -> Result<&Typed<Arc<dyn Resource>>, Diagnostics> {
        self.offered().resources.get(type_name).ok_or_else(|| not_offered("resource", type_name))
    }

    /// The data source of that type.
    ///
    /// # Errors
    /// A diagnostic if there is none.
    pub fn data_source(&self, type_name: &str) -> Result<&Typed<Arc<dyn DataSource>>, Diagnostics> {
        self.offered().data_sources.get(type_name).ok_or_else(|| not_offered("data source", type_name))
    }

    /// The function of that name.
    ///
    /// # Errors
    /// A diagnostic if there is none.
    pub fn function(&self, name: &str) -> Result<&dyn Function, Diagnostics> {
        self.offered().functions.get(name).map(AsRef::as_ref).ok_or_else(|| not_offered("function", name))
    }

    /// Takes down the version of the client, as ConfigureProvider brings it.
    pub fn configured_by(&self, client_version: &str) {
        *held(&self.client_version) = Some(client_version.to_owned()).filter(|version| !version.is_empty());
    }

    /// Asks the calls in flight to end soon. Later calls know nothing of it: in debug mode a client stops one command and
    /// comes back with the next.
    pub fn stop(&self) {
        std::mem::take(&mut *held(&self.stop)).cancel();
    }
}

/// Does the work of a call in a task of its own. A panic costs this call alone; a client that goes away is heard as a
/// stop, so that no work is cut off at some chance point.
///
/// # Errors
/// None: whatever goes wrong is a diagnostic, because a status in place of an answer loses private bytes.
pub async fn answer<Q, A, W>(
    host: &Arc<Host>,
    facts: Facts,
    request: Request<Q>,
    work: impl FnOnce(Arc<Host>, Call, Q) -> W,
) -> Result<Response<A>, Status>
where
    A: Answer,
    W: Future<Output = Result<A, Diagnostics>> + Send + 'static,
{
    let Facts { rpc, type_name, deferral_allowed } = facts;
    let stop = held(&host.stop).child_token();
    let terraform_version = held(&host.client_version).clone();
    let call = Call { stop: stop.clone(), deferral_allowed, terraform_version };
    let id = uuid::Uuid::new_v4();
    let span = tracing::error_span!("call", tf_rpc = rpc, tf_resource_type = type_name, tf_req_id = %id);
    let _stops_with_the_request = stop.drop_guard();
    let started = Instant::now();
    let task = tokio::spawn(work(host.clone(), call, request.into_inner()).instrument(span.clone()));
    let answer = match task.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(diagnostics)) => A::of(diagnostics),
        Err(error) => A::of(crashed(rpc, error)),
    };
    let diagnostics = answer.complaints();
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::debug!(tf_req_duration_ms = milliseconds, diagnostics, "call answered"));
    Ok(Response::new(answer))
}

/// A lock that a panic has poisoned guards a whole value all the same.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn not_offered(kind: &str, type_name: &str) -> Diagnostics {
    let detail = format!("This version of the provider has no {kind} \"{type_name}\".");
    Diagnostic::error(format!("Unknown {kind}"), detail).into()
}

fn crashed(rpc: &str, error: JoinError) -> Diagnostics {
    let text = match error.try_into_panic() {
        Ok(payload) => panics::message(payload.as_ref()).to_owned(),
        Err(cancelled) => cancelled.to_string(),
    };
    let detail = format!("{text}. This is a bug in the provider, met in {rpc}.");
    Diagnostic::error("The provider crashed", detail).into()
}

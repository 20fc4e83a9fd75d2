//! What stands behind every call: what is offered, the stop of what is in flight, and a task per call that turns a panic
//! into a diagnostic.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::task::JoinError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};
use tracing::{Instrument, Span};

use super::action::Action;
use super::call::Call;
use super::catalog::{Catalog, CatalogEntry, find};
use super::convert::RpcResponse;
use super::data_source::DataSource;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::events::{self, Events};
use super::function::Function;
use super::panics;
use super::provider::Provider;
use super::resource::Resource;

/// A provider that is being served, and what its calls share.
pub struct Host {
    provider: Arc<dyn Provider>,
    catalog: OnceLock<Catalog>,
    stop: Mutex<CancellationToken>,
    client_version: Mutex<Option<String>>,
    change_requested: AtomicBool,
}

/// What is known of a call before its work begins.
pub struct CallInfo {
    rpc: &'static str,
    type_name: String,
    deferral_allowed: bool,
}

impl CallInfo {
    /// The call's name, the type it is about (may be empty), and whether the client would take a deferral.
    pub fn new(rpc: &'static str, type_name: &str, deferral_allowed: bool) -> Self {
        Self { rpc, type_name: type_name.to_owned(), deferral_allowed }
    }
}

impl Host {
    /// Nothing is asked of `provider` yet: a start must be quick.
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self {
            provider,
            catalog: OnceLock::new(),
            stop: Mutex::default(),
            client_version: Mutex::default(),
            change_requested: AtomicBool::default(),
        }
    }

    /// The provider that is served.
    pub fn provider(&self) -> &dyn Provider {
        self.provider.as_ref()
    }

    /// What it offers; listed at the first call.
    pub fn catalog(&self) -> &Catalog {
        self.catalog.get_or_init(|| Catalog::by(self.provider.as_ref()))
    }

    /// The resource of that type.
    ///
    /// # Errors
    /// A diagnostic if there is none.
    pub fn resource(&self, type_name: &str) -> Result<&CatalogEntry<dyn Resource>, Diagnostics> {
        find(&self.catalog().resources, "resource", type_name)
    }

    /// The data source of that type.
    ///
    /// # Errors
    /// A diagnostic if there is none.
    pub fn data_source(&self, type_name: &str) -> Result<&CatalogEntry<dyn DataSource>, Diagnostics> {
        find(&self.catalog().data_sources, "data source", type_name)
    }

    /// The function of that name.
    ///
    /// # Errors
    /// A diagnostic if there is none.
    pub fn function(&self, name: &str) -> Result<&dyn Function, Diagnostics> {
        find(&self.catalog().functions, "function", name).map(AsRef::as_ref)
    }

    /// The action of that type.
    ///
    /// # Errors
    /// A diagnostic if there is none.
    pub fn action(&self, type_name: &str) -> Result<&CatalogEntry<dyn Action>, Diagnostics> {
        find(&self.catalog().actions, "action", type_name)
    }

    /// Takes down the version of the client, as ConfigureProvider brings it. A walk begins: of the one before, if there was
    /// one in this process (debug mode), nothing is known.
    pub fn configured_by(&self, client_version: &str) {
        self.change_requested.store(false, Ordering::Relaxed);
        *held(&self.client_version) = Some(client_version.to_owned()).filter(|version| !version.is_empty());
    }

    /// A change is asked for: what follows until the provider is configured anew belongs to an apply.
    pub fn note_change(&self) {
        self.change_requested.store(true, Ordering::Relaxed);
    }

    /// Asks the calls in flight to end soon. Later calls know nothing of it: in debug mode a client stops one command and
    /// comes back with the next.
    pub fn stop(&self) {
        std::mem::take(&mut *held(&self.stop)).cancel();
    }
}

/// A call whose work goes on.
struct Running {
    rpc: &'static str,
    span: Span,
    started: Instant,
}

impl Running {
    /// A call that begins now, and what its work is told.
    fn begin(host: &Host, info: CallInfo) -> (Self, Call) {
        let CallInfo { rpc, type_name, deferral_allowed } = info;
        let terraform_version = held(&host.client_version).clone();
        let follows_a_change = host.change_requested.load(Ordering::Relaxed);
        let call = Call { stop: held(&host.stop).child_token(), deferral_allowed, terraform_version, follows_a_change };
        let id = uuid::Uuid::new_v4();
        let span = tracing::error_span!("call", tf_rpc = rpc, tf_resource_type = type_name, tf_req_id = %id);
        (Self { rpc, span, started: Instant::now() }, call)
    }

    /// The answer that the work came to.
    fn ended<A: RpcResponse>(self, work: Result<Result<A, Diagnostics>, JoinError>) -> A {
        let answer = match work {
            Ok(Ok(answer)) => answer,
            Ok(Err(diagnostics)) => A::from_diagnostics(diagnostics),
            Err(error) => A::from_diagnostics(crashed(self.rpc, error)),
        };
        let diagnostics = answer.diagnostic_count();
        let milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.span.in_scope(|| tracing::debug!(tf_req_duration_ms = milliseconds, diagnostics, "call answered"));
        answer
    }
}

/// Does the work of a call in a task of its own. A panic costs this call alone; a client that goes away is heard as a
/// stop, so that no work is cut off at some chance point.
///
/// # Errors
/// None: whatever goes wrong is a diagnostic, because a status in place of an answer loses private bytes.
pub async fn answer<Q, A, W>(
    host: &Arc<Host>,
    info: CallInfo,
    request: Request<Q>,
    work: impl FnOnce(Arc<Host>, Call, Q) -> W,
) -> Result<Response<A>, Status>
where
    A: RpcResponse,
    W: Future<Output = Result<A, Diagnostics>> + Send + 'static,
{
    let (running, call) = Running::begin(host, info);
    let _stops_with_the_request = call.stop.clone().drop_guard();
    let task = tokio::spawn(work(host.clone(), call, request.into_inner()).instrument(running.span.clone()));
    Ok(Response::new(running.ended(task.await)))
}

/// As [`answer`], for calls whose answer is a stream: events while the work goes on, and what it comes to as the last one.
///
/// # Errors
/// None, as there.
pub async fn answer_with_events<Q, E, W>(
    host: &Arc<Host>,
    info: CallInfo,
    request: Request<Q>,
    work: impl FnOnce(Arc<Host>, Call, Q, Events<E>) -> W,
) -> Result<Response<BoxStream<E>>, Status>
where
    E: RpcResponse + Unpin,
    W: Future<Output = Result<E, Diagnostics>> + Send + 'static,
{
    let (running, call) = Running::begin(host, info);
    let (events, stream) = events::stream(call.stop.clone());
    let work = work(host.clone(), call, request.into_inner(), events.clone()).instrument(running.span.clone());
    tokio::spawn(async move { events.end(running.ended(tokio::spawn(work).await)).await });
    Ok(Response::new(Box::pin(stream)))
}

/// A lock that a panic has poisoned guards a whole value all the same.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn crashed(rpc: &str, error: JoinError) -> Diagnostics {
    let text = match error.try_into_panic() {
        Ok(payload) => panics::message(payload.as_ref()).to_owned(),
        Err(cancelled) => cancelled.to_string(),
    };
    let detail = format!("{text}. This is a bug in the provider, met in {rpc}.");
    Diagnostic::error("The provider crashed", detail).into()
}

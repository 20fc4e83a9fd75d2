//! Calls to Azure Resource Manager: what may be repeated is repeated until the deadline, what may not is sent once.
//! Nothing may enter that knows a service; paths, bodies and the meaning of answers are the services' own.

mod answer;
mod list;
mod recent;
mod repeatable;
mod send;
mod settings;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use answer::ArmResponse;
pub use list::{ElementError, ElementList, PostedList, read_element, read_every};
use recent::RecentAnswers;
pub use repeatable::{RepeatableMethod, RepeatableWrite};
pub use send::{ResponseTimeout, WriteMethod, WriteRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
pub use settings::{ArmClientSettings, InvalidSettings};
use tokio::time::Instant;
use tracing::{debug, info};
use url::Url;
use uuid::Uuid;

use super::clock::{AzureClock, Clock as _};
use super::deadline::{Deadline, Interrupted};
use super::endpoint::{Endpoint, host_of, is_https};
use super::error::{ArmError, LastError, in_one_line};
use super::limiter::{Limiter, Priority, RequestKind};
use super::operation::AsyncUrl;
use super::random::Random;
use super::resource_id;
use super::retry::{self, Backoff};
use super::token::{AccessToken, TokenError, TokenSource};
use super::transport::{HeaderMap, HeaderValue, HttpRequest, HttpResponse, HttpTransport, Method, TransportError};

/// Resource Manager gives up on a service after 60 s; an answer later than this is not coming.
const LONGEST_TRY: Duration = Duration::from_secs(100);
/// As long as nothing was ever heard from the endpoint, failing connections rather mean a wrong address than a passing
/// outage.
const FIRST_CONTACT: Duration = Duration::from_secs(120);
/// Redirects followed by hand, for GET only and to the endpoint's own hosts only.
const MOST_REDIRECTS: usize = 3;
/// Whole answers in a row that make no sense before that is believed.
const MOST_UNREADABLE: u32 = 5;

/// A client of one Resource Manager endpoint, as one identity. Made once when a connection is opened, and cloned into
/// the client of every service; clones share tokens, rate limits and connections.
///
/// Every call takes a deadline and ends at it or when the user stops. What may be repeated ([`ArmClient::get`],
/// [`ArmClient::get_url`], [`ArmClient::list`], [`ArmClient::post_reading`]) is repeated until it is answered or
/// refused, or the deadline passes: throttling, outages and unreadable answers are not the caller's concern. What must
/// not happen twice goes through [`ArmClient::admit_write`] and [`ArmClient::send_once`], whose error says whether
/// Azure may have acted. No URL that leads away from the endpoint is ever sent a token.
#[derive(Clone, Debug)]
pub struct ArmClient {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    endpoint: Endpoint,
    transport: Arc<dyn HttpTransport>,
    tokens: Arc<dyn TokenSource>,
    auxiliary_tokens: Vec<Arc<dyn TokenSource>>,
    clock: Arc<AzureClock>,
    random: Arc<dyn Random>,
    limiter: Limiter,
    backoff: Backoff,
    /// Those of every request.
    headers: HeaderMap,
    /// Whether the endpoint ever answered.
    heard: AtomicBool,
    recent: RecentAnswers,
}

/// One request to be sent, once or again and again.
#[derive(Clone, Debug)]
struct PendingRequest {
    method: Method,
    url: Url,
    body: Option<Vec<u8>>,
    precedence: Priority,
}

impl PendingRequest {
    fn get(url: Url) -> Self {
        Self { method: Method::GET, url, body: None, precedence: Priority::InLine }
    }

    /// Method and path: a query may be signed.
    fn label(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }

    fn kind(&self) -> RequestKind {
        if self.method == Method::GET { RequestKind::Read } else { RequestKind::Write }
    }

    fn subscription(&self) -> &str {
        subscription_of(&self.url)
    }
}

/// Whose rate limits it counts against; empty for tenant level.
fn subscription_of(url: &Url) -> &str {
    let mut segments = url.path().split('/');
    segments
        .find(|segment| resource_id::is_same(segment, "subscriptions"))
        .and_then(|_| segments.next())
        .unwrap_or_default()
}

impl ArmClient {
    /// Checks the settings; sends nothing.
    ///
    /// # Errors
    /// [`InvalidSettings`] names the setting that is wrong.
    pub fn new(settings: ArmClientSettings) -> Result<Self, InvalidSettings> {
        let mut headers = HeaderMap::new();
        headers.insert("accept", HeaderValue::from_static("application/json"));
        headers.insert("x-ms-return-client-request-id", HeaderValue::from_static("true"));
        headers.insert("user-agent", header("user_agent", &settings.user_agent)?);
        if let Some(correlation_id) = &settings.correlation_id {
            headers.insert("x-ms-correlation-request-id", header("correlation_id", correlation_id)?);
        }
        let inner = Inner {
            endpoint: Endpoint::new(settings.endpoint)?,
            transport: settings.transport,
            tokens: settings.tokens,
            auxiliary_tokens: settings.auxiliary_tokens,
            clock: Arc::new(AzureClock::new(settings.clock)),
            random: settings.random,
            limiter: settings.limiter,
            backoff: settings.backoff,
            headers,
            heard: AtomicBool::new(false),
            recent: RecentAnswers::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The random source, for those who wait between calls.
    pub fn random(&self) -> &dyn Random {
        self.inner.random.as_ref()
    }

    /// Azure's time, as its answers to this client and its clones tell it.
    pub fn clock(&self) -> Arc<AzureClock> {
        Arc::clone(&self.inner.clock)
    }

    /// Reads a resource. Repeated until it is answered or refused, or the deadline passes.
    ///
    /// # Errors
    /// [`ArmError`]; a 404 is a [`ArmError::Refused`] like any other.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        api_version: &str,
        query: &[(&str, &str)],
        deadline: &Deadline,
    ) -> Result<T, ArmError> {
        self.repeat(&PendingRequest::get(self.url(path, api_version, query)), deadline, |answer| answer.json()).await
    }

    /// Reads a URL that Azure gave, to the letter, with the same repetitions. `read` makes a result of an answer with a
    /// status of 2xx; one that it cannot read is asked for again a few times.
    ///
    /// # Errors
    /// [`ArmError`]; [`ArmError::ForeignHost`] if the URL leads away from the endpoint, before anything is sent.
    pub async fn get_url<T>(
        &self,
        url: &AsyncUrl,
        deadline: &Deadline,
        read: impl Fn(ArmResponse) -> Result<T, ArmError>,
    ) -> Result<T, ArmError> {
        self.repeat(&PendingRequest::get(url.url().clone()), deadline, read).await
    }

    /// Sends a POST that only reads or validates, so that it may be repeated like a GET. `read` as for
    /// [`ArmClient::get_url`].
    ///
    /// # Errors
    /// [`ArmError`], as for [`ArmClient::get`].
    pub async fn post_reading<B: Serialize + Sync, T>(
        &self,
        path: &str,
        api_version: &str,
        body: &B,
        deadline: &Deadline,
        read: impl Fn(ArmResponse) -> Result<T, ArmError>,
    ) -> Result<T, ArmError> {
        let call = self.call_with_body(WriteMethod::Post, path, api_version, body)?;
        self.repeat(&call, deadline, read).await
    }

    /// Sends a POST without a body that comes to the same if it is sent twice, such as a cancellation. Its answer says
    /// nothing but that it was taken.
    ///
    /// # Errors
    /// [`ArmError`], as for [`ArmClient::get`].
    pub async fn post_repeatable(&self, path: &str, api_version: &str, deadline: &Deadline) -> Result<(), ArmError> {
        let url = self.url(path, api_version, &[]);
        let call = PendingRequest { method: Method::POST, ..PendingRequest::get(url) };
        self.repeat(&call, deadline, |_| Ok(())).await
    }

    /// Deletes a resource, which comes to the same if it is sent twice. Its answer says nothing but that it was taken; one
    /// that is not there is a 404 or not, as the service likes.
    ///
    /// # Errors
    /// [`ArmError`], as for [`ArmClient::get`].
    pub async fn delete(&self, path: &str, api_version: &str, deadline: &Deadline) -> Result<(), ArmError> {
        let url = self.url(path, api_version, &[]);
        let call = PendingRequest { method: Method::DELETE, ..PendingRequest::get(url) };
        self.repeat(&call, deadline, |_| Ok(())).await
    }

    fn url(&self, path: &str, api_version: &str, query: &[(&str, &str)]) -> Url {
        let mut all = vec![("api-version", api_version)];
        all.extend_from_slice(query);
        self.inner.endpoint.url(path, &all)
    }

    fn call_with_body<B: Serialize>(
        &self,
        method: WriteMethod,
        path: &str,
        api_version: &str,
        body: &B,
    ) -> Result<PendingRequest, ArmError> {
        let (method, url) = (Method::from(method), self.url(path, api_version, &[]));
        let body = serde_json::to_vec(body).map_err(|error| ArmError::Unreadable {
            request: format!("{method} {path}"),
            reason: format!("its own body cannot be written: {error}"),
        })?;
        Ok(PendingRequest { method, url, body: Some(body), precedence: Priority::InLine })
    }

    /// The loop of everything that may be repeated. `read` turns an answer into a result; what it cannot read is asked
    /// for again a few times, since answers get mangled on their way.
    async fn repeat<T>(
        &self,
        call: &PendingRequest,
        deadline: &Deadline,
        read: impl Fn(ArmResponse) -> Result<T, ArmError>,
    ) -> Result<T, ArmError> {
        let start = Instant::now();
        let (mut failures, mut unreadable, mut refreshed) = (0_u32, 0_u32, false);
        let mut last: Option<LastError> = None;
        loop {
            let tried = match deadline.run(self.try_once(call, deadline)).await {
                Ok(tried) => tried,
                Err(interrupted) => return Err(ArmError::Interrupted { interrupted, last }),
            };
            let mut asked_for = None;
            let error = match tried {
                Ok((answer, token)) if answer.status() == 401 && !refreshed => {
                    refreshed = true;
                    self.forget(token);
                    last = Some(LastError::from(&answer.refuse()));
                    continue;
                }
                Ok((answer, _)) if answer.is_success() => match read(answer) {
                    Ok(result) => return Ok(result),
                    Err(error) => {
                        unreadable += 1;
                        if unreadable >= MOST_UNREADABLE {
                            return Err(error);
                        }
                        error
                    }
                },
                Ok((answer, _)) => {
                    let refused = answer.refuse();
                    if !retry::passes_by_itself(answer.status()) {
                        return Err(refused);
                    }
                    refreshed = false;
                    asked_for = answer.retry_after();
                    refused
                }
                Err(
                    ArmError::Interrupted { interrupted, .. } | ArmError::Token(TokenError::Interrupted(interrupted)),
                ) => {
                    return Err(ArmError::Interrupted { interrupted, last });
                }
                Err(error) if self.is_hopeless(&error, start.elapsed()) => return Err(error),
                Err(error) => match deadline.check() {
                    // Cut off by our own deadline, which says less than what was met before.
                    Err(interrupted) if last.is_some() => return Err(ArmError::Interrupted { interrupted, last }),
                    _ => error,
                },
            };
            failures += 1;
            let status = error.status().unwrap_or_default();
            let wait = self.inner.backoff.wait_after(status, asked_for, failures, self.random());
            let text = in_one_line(&error);
            info!(request = call.label(), failures, wait_ms = wait.as_millis(), error = text, "trying again");
            deadline.report_trouble(&text);
            last = Some(LastError::from(&error));
            if let Err(interrupted) = deadline.sleep(wait).await {
                return Err(ArmError::Interrupted { interrupted, last });
            }
        }
    }

    /// Whether trying again makes no sense after a try without an answer.
    fn is_hopeless(&self, error: &ArmError, tried_for: Duration) -> bool {
        let never_heard = !self.inner.heard.load(Ordering::Relaxed);
        match error {
            ArmError::Token(TokenError::Transient { .. }) | ArmError::Lost { .. } => false,
            ArmError::Unreachable { source: TransportError::Untrusted { .. }, .. } => never_heard,
            ArmError::Unreachable { .. } => never_heard && tried_for >= FIRST_CONTACT,
            _ => true,
        }
    }

    /// One try with a fresh request id, redirects of a GET included. Gives the token along, in case it was refused.
    async fn try_once(
        &self,
        call: &PendingRequest,
        deadline: &Deadline,
    ) -> Result<(ArmResponse, Option<AccessToken>), ArmError> {
        let inner = &self.inner;
        // Before admission, too: those who wait together for the first token would be sent all at once when it comes,
        // with more among them than the bucket holds. Afterwards it may have to be another one.
        self.token_for(&call.url, deadline).await?;
        let precedence = match call.precedence {
            Priority::InLine if deadline.lets_others_first() => Priority::Last,
            precedence => precedence,
        };
        let admitted = inner.limiter.admit(call.subscription(), call.kind(), precedence, deadline).await;
        admitted.map_err(interrupted_error)?;
        let token = self.token_for(&call.url, deadline).await?;
        let deadline = deadline.deadline().min(Instant::now() + LONGEST_TRY);
        let mut call = call.clone();
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.exchange(&call, token.as_ref(), self.fresh_id(), HeaderMap::new(), deadline).await?;
            match answer.redirection().filter(|_| call.method == Method::GET) {
                Some(location) => call.url = self.redirected(&call, location)?,
                None => return Ok((answer, token)),
            }
        }
        Err(ArmError::Unreadable { request: call.label(), reason: "it is redirected again and again".to_owned() })
    }

    fn redirected(&self, call: &PendingRequest, location: &str) -> Result<Url, ArmError> {
        let url = call.url.join(location).map_err(|_| ArmError::Unreadable {
            request: call.label(),
            reason: "it is redirected to what is no URL".to_owned(),
        })?;
        debug!(request = call.label(), host = host_of(&url), path = url.path(), "redirected");
        Ok(url)
    }

    /// The one place that sends: checks the host, puts the headers on, logs.
    async fn exchange(
        &self,
        call: &PendingRequest,
        token: Option<&AccessToken>,
        client_request_id: Uuid,
        more_headers: HeaderMap,
        deadline: Instant,
    ) -> Result<ArmResponse, ArmError> {
        let inner = &self.inner;
        if !inner.endpoint.owns(&call.url) {
            return Err(ArmError::ForeignHost { host: host_of(&call.url) });
        }
        let mut headers = inner.headers.clone();
        headers.extend(more_headers);
        let id = client_request_id.to_string();
        headers.insert(
            "x-ms-client-request-id",
            header("client_request_id", &id).map_err(|error| unsendable(call, &error))?,
        );
        if call.body.is_some() {
            headers.insert("content-type", HeaderValue::from_static("application/json; charset=utf-8"));
        }
        if let Some(token) = token {
            let value = bearer(token).map_err(|error| unsendable(call, &error))?;
            headers.insert("authorization", value);
        }
        let request =
            HttpRequest { method: call.method.clone(), url: call.url.clone(), headers, body: call.body.clone() };
        let sent = Instant::now();
        let response = inner.transport.send(request, deadline).await.map_err(|source| failed(call, source))?;
        inner.heard.store(true, Ordering::Relaxed);
        if let Some(date) = response.header("date") {
            inner.clock.set_by(date);
        }
        let answer = self.answer(call, id, response);
        debug!(
            request = call.label(),
            status = answer.status(),
            request_id = answer.header("x-ms-request-id"),
            took_ms = sent.elapsed().as_millis(),
            "answered"
        );
        Ok(answer)
    }

    fn answer(&self, call: &PendingRequest, client_request_id: String, response: HttpResponse) -> ArmResponse {
        ArmResponse::new(call.method.to_string(), call.url.clone(), client_request_id, response, self.inner.clock.now())
    }

    /// None for a loopback endpoint without TLS.
    async fn token_for(&self, url: &Url, deadline: &Deadline) -> Result<Option<AccessToken>, ArmError> {
        if !is_https(url) || !self.inner.endpoint.owns(url) {
            return Ok(None);
        }
        self.inner.tokens.token(deadline).await.map(Some).map_err(ArmError::Token)
    }

    fn forget(&self, token: Option<AccessToken>) {
        if let Some(token) = token {
            info!("Azure refused the access token; getting a new one");
            self.inner.tokens.invalidate(&token);
        }
    }

    fn fresh_id(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.inner.random.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

fn failed(call: &PendingRequest, source: TransportError) -> ArmError {
    let request = call.label();
    match source {
        TransportError::TooLarge { .. } => ArmError::Unreadable { request, reason: source.to_string() },
        source if source.is_before_sending() => ArmError::Unreachable { request, source },
        source => ArmError::Lost { request, source },
    }
}

fn interrupted_error(interrupted: Interrupted) -> ArmError {
    ArmError::Interrupted { interrupted, last: None }
}

fn unsendable(call: &PendingRequest, error: &InvalidSettings) -> ArmError {
    ArmError::Unreachable { request: call.label(), source: TransportError::not_sent(error.to_string()) }
}

fn header(name: &'static str, value: &str) -> Result<HeaderValue, InvalidSettings> {
    HeaderValue::from_str(value).map_err(|_| InvalidSettings::Header { header: name })
}

fn bearer(token: &AccessToken) -> Result<HeaderValue, InvalidSettings> {
    let mut value = header("the access token", &format!("Bearer {}", token.token.expose()))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests;

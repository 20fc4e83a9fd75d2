//! Doubles for unit tests: a transport that plays a script, tokens with numbers, a clock that stands still.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::client::{ArmClient, ArmClientSettings, ResponseTimeout};
use super::clock::Clock;
use super::deadline::Deadline;
use super::limiter::Limiter;
use super::random::fixed::FixedRandom;
use super::retry::Backoff;
use super::secret::Secret;
use super::token::{AccessToken, TokenError, TokenSource};
use super::transport::{HeaderMap, HeaderName, HeaderValue, HttpRequest, HttpResponse, HttpTransport, TransportError};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-20 10:00:00 UTC);

/// What happens to one request.
#[derive(Debug)]
pub(crate) enum Step {
    ArmResponse(u16, Vec<(&'static str, String)>, String),
    NotSent,
    Untrusted,
    Lost,
    Hang,
}

pub(crate) fn answer(status: u16, body: impl ToString) -> Step {
    Step::ArmResponse(status, Vec::new(), body.to_string())
}

pub(crate) fn with_headers(status: u16, headers: &[(&'static str, &str)], body: impl ToString) -> Step {
    Step::ArmResponse(
        status,
        headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        body.to_string(),
    )
}

/// One request as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct SentRequest {
    /// Since the first one.
    pub(crate) at: Duration,
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
}

impl SentRequest {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Plays its script; one request too many or too few fails the test.
#[derive(Debug)]
pub(crate) struct ScriptedTransport {
    script: Mutex<VecDeque<Step>>,
    seen: Mutex<Vec<SentRequest>>,
    start: Instant,
}

impl ScriptedTransport {
    pub(crate) fn new(script: Vec<Step>) -> Arc<Self> {
        Arc::new(Self { script: Mutex::new(script.into()), seen: Mutex::default(), start: Instant::now() })
    }

    pub(crate) fn seen(&self) -> Vec<SentRequest> {
        self.seen.lock().unwrap().clone()
    }

    /// `GET https://…` of every request.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    /// When each request was sent, in seconds.
    pub(crate) fn seconds(&self) -> Vec<f64> {
        self.seen().iter().map(|seen| (seen.at.as_secs_f64() * 1000.0).round() / 1000.0).collect()
    }
}

#[async_trait]
impl HttpTransport for ScriptedTransport {
    async fn send(&self, request: HttpRequest, deadline: Instant) -> Result<HttpResponse, TransportError> {
        let line = format!("{} {}", request.method, request.url);
        let step = self.script.lock().unwrap().pop_front().unwrap_or_else(|| panic!("not in the script: {line}"));
        let at = self.start.elapsed();
        self.seen.lock().unwrap().push(SentRequest { at, line, headers: request.headers, body: request.body });
        match step {
            Step::ArmResponse(status, headers, body) => Ok(HttpResponse {
                status,
                headers: headers
                    .into_iter()
                    .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap()))
                    .collect(),
                body: body.into_bytes(),
            }),
            Step::NotSent => Err(TransportError::not_sent("refused")),
            Step::Untrusted => Err(TransportError::Untrusted { source: "unknown issuer".into() }),
            Step::Lost => Err(TransportError::lost("reset")),
            Step::Hang => {
                tokio::time::sleep_until(deadline).await;
                Err(TransportError::lost("no answer in time"))
            }
        }
    }
}

impl Drop for ScriptedTransport {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let left = self.script.get_mut().unwrap();
            assert!(left.is_empty(), "never asked for: {left:?}");
        }
    }
}

/// `token-1` until it is invalidated, then `token-2` …; the first calls can fail.
#[derive(Debug, Default)]
pub(crate) struct ScriptedTokens {
    invalidated: AtomicUsize,
    failures: Mutex<VecDeque<TokenError>>,
}

impl ScriptedTokens {
    pub(crate) fn failing(failures: Vec<TokenError>) -> Arc<Self> {
        Arc::new(Self { invalidated: AtomicUsize::new(0), failures: Mutex::new(failures.into()) })
    }

    pub(crate) fn invalidations(&self) -> usize {
        self.invalidated.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl TokenSource for ScriptedTokens {
    async fn token(&self, _patience: &Deadline) -> Result<AccessToken, TokenError> {
        if let Some(failure) = self.failures.lock().unwrap().pop_front() {
            return Err(failure);
        }
        let number = self.invalidations() + 1;
        Ok(AccessToken { token: Secret::new(format!("token-{number}")), expires_at: NOW + Duration::from_secs(3600) })
    }

    fn invalidate(&self, token: &AccessToken) {
        assert_eq!(token.token.expose(), format!("token-{}", self.invalidations() + 1));
        self.invalidated.fetch_add(1, Ordering::Relaxed);
    }
}

/// Always [`NOW`].
#[derive(Debug)]
pub(crate) struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> OffsetDateTime {
        NOW
    }
}

/// Settings for the public cloud over a script; every draw is 0.5.
pub(crate) fn settings(transport: Arc<dyn HttpTransport>, tokens: Arc<dyn TokenSource>) -> ArmClientSettings {
    ArmClientSettings {
        endpoint: Url::parse("https://management.azure.com/").unwrap(),
        transport,
        tokens,
        auxiliary_tokens: Vec::new(),
        clock: Arc::new(StandingClock),
        random: Arc::new(FixedRandom::drawing(0.5)),
        limiter: Limiter::default(),
        backoff: Backoff::default(),
        user_agent: "tests".to_owned(),
        correlation_id: Some("11111111-2222-3333-4444-555555555555".to_owned()),
    }
}

pub(crate) fn client(transport: &Arc<ScriptedTransport>) -> ArmClient {
    ArmClient::new(settings(transport.clone(), Arc::new(ScriptedTokens::default()))).unwrap()
}

/// For the answers to triggers.
pub(crate) const WAIT: ResponseTimeout =
    ResponseTimeout { usual: Duration::from_secs(30), after_stop: Duration::from_secs(10) };

pub(crate) fn deadline(seconds: u64) -> Deadline {
    Deadline::new(Duration::from_secs(seconds), CancellationToken::new())
}

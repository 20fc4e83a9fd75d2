//! The third way to the simulated Azure: a transport of the product that hands requests to the simulator's core. What
//! happens below HTTP (no connection, no such host, no trust, silence) is scripted here; all else is the simulator's.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use azurebackup::azure::clock::Clock as _;
use azurebackup::azure::transport::{
    HeaderName, HeaderValue, HttpRequest, HttpResponse, HttpTransport, TransportError,
};
use tokio::time::Instant;

use super::test_environment::WallClock;
use crate::simulator::fault::matches;
use crate::simulator::{self, Delivery, Reply, Simulator};

/// As Resource Manager and the product have it, bytes.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// Hosts that are Azure; any other takes what it is given and answers as if it were.
const AZURE: [&str; 2] = ["management.azure.com", "login.microsoftonline.com"];

/// What happens below HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkBreak {
    /// Nobody listens.
    Refused,
    /// The name is not known.
    NoSuchHost,
    /// The handshake fails.
    TlsFailure,
    /// The certificate is not trusted.
    Untrusted,
    /// The request is taken by something that never answers; the service does not see it.
    Swallowed,
    /// The service acts, and its answer never comes.
    Silence,
    /// The service acts, and its answer is larger than any that may be read.
    Huge,
}

/// Which requests meet a [`NetworkBreak`]: like a fault of the simulator.
#[derive(Clone, Debug)]
pub struct NetworkFault {
    pub method: &'static str,
    /// `*` stands for any text.
    pub path: String,
    /// The first that is met, from 1.
    pub nth: u32,
    /// How many in a row; `None`: all from there on.
    pub times: Option<u32>,
    /// Not before so many restores were accepted.
    pub after_accepted_restores: usize,
    pub what: NetworkBreak,
}

/// A request as it left the product.
#[derive(Clone, Debug)]
pub struct SentRequest {
    pub scheme: String,
    pub host: String,
    pub method: String,
    pub path: String,
    /// Whether it carried a token.
    pub with_token: bool,
    /// Since the transport was opened.
    pub at: Duration,
}

/// One for all providers of a test.
pub struct InProcessTransport {
    simulator: Simulator,
    wall: Arc<WallClock>,
    opened: Instant,
    latency: Duration,
    broken: Mutex<Vec<(NetworkFault, u32)>>,
    seen: Mutex<Vec<SentRequest>>,
}

impl fmt::Debug for InProcessTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InProcessTransport")
    }
}

impl InProcessTransport {
    /// Each exchange takes 20 ms of tokio's clock. The simulator's clock follows the wall clock, jumps left out.
    pub fn new(simulator: &Simulator, wall: &Arc<WallClock>) -> Self {
        Self {
            simulator: simulator.clone(),
            wall: Arc::clone(wall),
            opened: Instant::now(),
            latency: Duration::from_millis(20),
            broken: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    pub fn wall(&self) -> &Arc<WallClock> {
        &self.wall
    }

    /// Simulated time since the transport was opened.
    pub fn elapsed(&self) -> Duration {
        self.opened.elapsed()
    }

    pub fn break_down(&self, broken: NetworkFault) {
        self.broken.lock().unwrap().push((broken, 0));
    }

    /// Everything breaks that was not yet broken is whole again.
    pub fn repair(&self) {
        self.broken.lock().unwrap().clear();
    }

    /// Every request that left the product, arrived or not.
    pub fn seen(&self) -> Vec<SentRequest> {
        self.seen.lock().unwrap().clone()
    }

    fn met(&self, method: &str, path: &str) -> Option<NetworkBreak> {
        let accepted = self.simulator.accepted_restores();
        let mut met = None;
        for (broken, seen) in self.broken.lock().unwrap().iter_mut() {
            let here = broken.method == method
                && accepted >= broken.after_accepted_restores
                && matches(&broken.path.to_lowercase(), &path.to_lowercase());
            if here {
                *seen += 1;
                let within = broken.times.is_none_or(|times| *seen < broken.nth.saturating_add(times));
                if met.is_none() && *seen >= broken.nth && within {
                    met = Some(broken.what);
                }
            }
        }
        met
    }

    fn note(&self, request: &HttpRequest) {
        self.seen.lock().unwrap().push(SentRequest {
            scheme: request.url.scheme().to_owned(),
            host: request.url.host_str().unwrap_or_default().to_owned(),
            method: request.method.to_string(),
            path: request.url.path().to_owned(),
            with_token: request.headers.contains_key("authorization"),
            at: self.opened.elapsed(),
        });
    }

    fn ask(&self, request: &HttpRequest) -> Reply {
        let ahead = self.wall.without_jumps() - self.simulator.now();
        self.simulator.advance_clock(ahead);
        let url = &request.url;
        let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let mut asked = simulator::Request::new(request.method.as_str(), target);
        for (name, value) in &request.headers {
            asked = asked.header(name.as_str(), value.to_str().unwrap_or_default());
        }
        asked.body = request.body.clone().unwrap_or_default();
        self.simulator.handle(&asked)
    }
}

fn is_azure(host: &str) -> bool {
    AZURE.iter().any(|azure| host == *azure || host.ends_with(&format!(".{azure}")))
}

fn whole(reply: Reply) -> Result<HttpResponse, TransportError> {
    if reply.body.len() > LARGEST_ANSWER {
        return Err(TransportError::TooLarge { limit: LARGEST_ANSWER });
    }
    let headers = reply
        .headers
        .iter()
        .map(|(name, value)| (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap()));
    Ok(HttpResponse { status: reply.status, headers: headers.collect(), body: reply.body })
}

/// Waits, or says that the answer did not come in time.
async fn wait(time: Duration, deadline: Instant) -> Result<(), TransportError> {
    let slept = tokio::time::timeout_at(deadline, tokio::time::sleep(time)).await;
    slept.map_err(|_| TransportError::lost("no answer in time"))
}

const FOR_EVER: Duration = Duration::from_secs(400 * 24 * 3600);

#[async_trait]
impl HttpTransport for InProcessTransport {
    async fn send(&self, request: HttpRequest, deadline: Instant) -> Result<HttpResponse, TransportError> {
        self.note(&request);
        wait(self.latency, deadline).await?;
        let broken = |text: &'static str| Box::<dyn std::error::Error + Send + Sync>::from(text);
        match self.met(request.method.as_str(), request.url.path()) {
            Some(NetworkBreak::Refused) => return Err(TransportError::not_sent("connection refused")),
            Some(NetworkBreak::NoSuchHost) => return Err(TransportError::not_sent("the host name cannot be resolved")),
            Some(NetworkBreak::TlsFailure) => return Err(TransportError::not_sent("the TLS handshake failed")),
            Some(NetworkBreak::Untrusted) => {
                return Err(TransportError::Untrusted { source: broken("unknown issuer") });
            }
            Some(NetworkBreak::Swallowed) => wait(FOR_EVER, deadline).await?,
            Some(NetworkBreak::Silence) => {
                self.ask(&request);
                wait(FOR_EVER, deadline).await?;
            }
            Some(NetworkBreak::Huge) => {
                self.ask(&request);
                return Err(TransportError::TooLarge { limit: LARGEST_ANSWER });
            }
            None => {}
        }
        if !is_azure(request.url.host_str().unwrap_or_default()) {
            return whole(Reply::json(200, &serde_json::json!({})));
        }
        let reply = self.ask(&request);
        match reply.delivery {
            Delivery::Whole => whole(reply),
            Delivery::Dropped => Err(TransportError::lost("the connection broke")),
            Delivery::Truncated => Err(TransportError::lost("the answer was cut short")),
            Delivery::SlowHeaders(time) | Delivery::SlowBody(time) => {
                wait(time, deadline).await?;
                whole(reply)
            }
        }
    }
}

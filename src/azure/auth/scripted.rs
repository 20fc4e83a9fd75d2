//! Stand-ins for what surrounds authentication. They answer from a script, remember what was asked, and fail the test
//! on a question that was not foreseen.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, Url};
use time::OffsetDateTime;
use time::macros::datetime;

use super::arguments::{CredentialArguments, CredentialSettings, ProcessEnvironment};
use super::azure_cli::{CliOutput, CliRunner};
use super::http::{Http, NoAnswer};
use super::{CredentialContext, token_source};
use crate::azure::clock::Clock;
use crate::azure::cloud::Cloud;
use crate::azure::random::Random;
use crate::azure::token::TokenSource;

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-19 08:00 UTC);

/// What comes back from the network.
#[derive(Debug)]
pub(crate) enum Reply {
    TokenResponse(u16, String),
    /// The peer sends back what it has received, first request first.
    Echo(u16, fn(&[Asked]) -> String),
    Broken(&'static str),
    Untrusted,
    Never,
}

pub(crate) fn reply(status: u16, body: impl ToString) -> Reply {
    Reply::TokenResponse(status, body.to_string())
}

pub(crate) fn token_reply(token: &str) -> Reply {
    reply(200, serde_json::json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": token }))
}

#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) url: Url,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    pub(crate) fn query(&self) -> BTreeMap<String, String> {
        self.url.query_pairs().into_owned().collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

#[derive(Default)]
pub(crate) struct ScriptedHttp {
    replies: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Asked>>,
}

impl ScriptedHttp {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Arc<Self> {
        Arc::new(Self { replies: Mutex::new(replies.into_iter().collect()), asked: Mutex::default() })
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        assert!(self.replies.lock().unwrap().is_empty(), "replies were left over");
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl HttpClient for ScriptedHttp {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let Body::Bytes(body) = request.body() else { panic!("a stream") };
        self.asked.lock().unwrap().push(Asked {
            method: request.method().to_string(),
            url: request.url().clone(),
            headers: request
                .headers()
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), value.as_str().to_owned()))
                .collect(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        });
        // Other callers get a chance to come in between, as on a network.
        tokio::task::yield_now().await;
        let reply = self.replies.lock().unwrap().pop_front();
        match reply.unwrap_or_else(|| panic!("not foreseen: {} {}", request.method(), request.url())) {
            Reply::TokenResponse(status, body) => Ok(AsyncRawResponse::from_bytes(status.into(), Headers::new(), body)),
            Reply::Echo(status, body) => {
                let body = body(&self.asked.lock().unwrap());
                Ok(AsyncRawResponse::from_bytes(status.into(), Headers::new(), body))
            }
            Reply::Broken(text) => Err(Error::with_message(ErrorKind::Io, text)),
            Reply::Untrusted => Err(NoAnswer { text: "unknown issuer".to_owned(), untrusted: true }.into_error()),
            Reply::Never => std::future::pending().await,
        }
    }
}

#[derive(Debug)]
pub(crate) struct SetClock(Mutex<OffsetDateTime>);

impl SetClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(NOW)))
    }

    pub(crate) fn advance(&self, by: time::Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for SetClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

#[derive(Debug)]
pub(crate) struct Sevens;

impl Random for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

#[derive(Default)]
pub(crate) struct SetEnvironment {
    variables: BTreeMap<String, String>,
    files: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
}

impl SetEnvironment {
    pub(crate) fn new(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { variables, files: Mutex::default() }
    }

    pub(crate) fn file(self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.write(path, content);
        self
    }

    pub(crate) fn write(&self, path: &str, content: impl Into<Vec<u8>>) {
        self.files.lock().unwrap().insert(PathBuf::from(path), content.into());
    }
}

impl ProcessEnvironment for SetEnvironment {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).filter(|value| !value.is_empty()).cloned()
    }

    fn read_file(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        let files = self.files.lock().unwrap();
        files.get(path).cloned().ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))
    }
}

/// What `az` does next.
#[derive(Debug)]
pub(crate) enum Az {
    Prints(String),
    Complains(&'static str),
    Missing,
    Hangs,
}

#[derive(Default)]
pub(crate) struct ScriptedCli {
    script: Mutex<VecDeque<Az>>,
    calls: Mutex<Vec<String>>,
}

impl ScriptedCli {
    pub(crate) fn new(script: impl IntoIterator<Item = Az>) -> Arc<Self> {
        Arc::new(Self { script: Mutex::new(script.into_iter().collect()), calls: Mutex::default() })
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        assert!(self.script.lock().unwrap().is_empty(), "the script was not finished");
        self.calls.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl CliRunner for ScriptedCli {
    async fn run(&self, arguments: &[&str]) -> std::io::Result<CliOutput> {
        self.calls.lock().unwrap().push(arguments.join(" "));
        let next = self.script.lock().unwrap().pop_front();
        let output = |success, stdout: &str, stderr: &str| CliOutput {
            success,
            stdout: stdout.as_bytes().to_vec().into(),
            stderr: stderr.as_bytes().to_vec(),
        };
        match next.unwrap_or_else(|| panic!("not foreseen: az {}", arguments.join(" "))) {
            Az::Prints(text) => Ok(output(true, &text, "")),
            Az::Complains(text) => Ok(output(false, "", text)),
            Az::Missing => Err(std::io::ErrorKind::NotFound.into()),
            Az::Hangs => std::future::pending().await,
        }
    }
}

/// All stand-ins together.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) proxied: Arc<ScriptedHttp>,
    pub(crate) direct: Arc<ScriptedHttp>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) environment: Arc<SetEnvironment>,
    pub(crate) cli: Arc<ScriptedCli>,
}

impl Default for Fixture {
    fn default() -> Self {
        Self {
            proxied: ScriptedHttp::new([]),
            direct: ScriptedHttp::new([]),
            clock: SetClock::new(),
            environment: Arc::default(),
            cli: ScriptedCli::new([]),
        }
    }
}

impl Fixture {
    pub(crate) fn credential_context(&self) -> CredentialContext {
        CredentialContext {
            http: Http::new(Arc::<ScriptedHttp>::clone(&self.proxied), Arc::<ScriptedHttp>::clone(&self.direct)),
            clock: Arc::<SetClock>::clone(&self.clock),
            random: Arc::new(Sevens),
            environment: Arc::<SetEnvironment>::clone(&self.environment),
            cli: Arc::<ScriptedCli>::clone(&self.cli),
        }
    }

    pub(crate) fn settings(&self, arguments: CredentialArguments) -> CredentialSettings {
        CredentialSettings::resolve(arguments, &*self.environment).unwrap()
    }

    pub(crate) fn token_source(&self, arguments: CredentialArguments) -> Arc<dyn TokenSource> {
        token_source(&self.settings(arguments), &Cloud::named("public").unwrap(), &self.credential_context()).unwrap()
    }
}

/// `tenant_id` and `client_id`, to be completed with `..application()`.
pub(crate) fn application() -> CredentialArguments {
    CredentialArguments {
        tenant_id: Some("contoso.example".to_owned()),
        client_id: Some("app-1".to_owned()),
        ..CredentialArguments::default()
    }
}

/// They hold the secrets of a test; what the product prints must not come from them.
macro_rules! opaque {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(stringify!($name))
            }
        }
    )*};
}

opaque!(ScriptedHttp, SetEnvironment, ScriptedCli);

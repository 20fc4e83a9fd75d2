//! The endpoints of the simulator on this machine: HTTPS (HTTP/1.1 and HTTP/2) with a certificate made on the spot, and
//! plain HTTP for the control endpoint. They deliver replies, whole or broken; they decide nothing.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc as standard;
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;

use super::clock::Clock;
use super::message::{Delivery, Headers, Reply, Request};
use super::world::{CLIENT, CLIENT_SECRET, SUBSCRIPTION, TENANT};
use super::{Simulator, control};

type Body = BoxBody<Bytes, BrokenOnPurpose>;

/// What a connection ends with that is broken on purpose.
#[derive(Debug, thiserror::Error)]
#[error("broken on purpose")]
pub struct BrokenOnPurpose;

/// Both endpoints, open until this is dropped. They have a thread of their own.
#[derive(Debug)]
pub struct Loopback {
    endpoint: String,
    control: String,
    ca_file: PathBuf,
    ready: Value,
    commands: mpsc::UnboundedSender<EndpointCommand>,
    thread: Option<JoinHandle<()>>,
}

/// A change of the main endpoint, with a word back once it is done.
#[derive(Debug)]
enum EndpointCommand {
    Close(standard::Sender<()>),
    Open(standard::Sender<()>),
    End,
}

impl Loopback {
    /// Opens both endpoints on ports of the system's choice and writes the certificate authority, PEM, to `ca_file`.
    /// The simulator's URLs name the main endpoint from now on.
    pub fn open(simulator: &Simulator, ca_file: &Path) -> io::Result<Self> {
        let (acceptor, authority) = certificates()?;
        std::fs::write(ca_file, authority)?;
        let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let control_listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        let endpoint = format!("https://{address}");
        let control = format!("http://{}", control_listener.local_addr()?);
        simulator.set_endpoint(&endpoint);
        let ready = json!({
            "endpoint": endpoint, "resource_manager_endpoint": endpoint, "authority_host": endpoint,
            "ca_file": ca_file, "control": control, "tenant_id": TENANT, "subscription_id": SUBSCRIPTION,
            "client_id": CLIENT, "client_secret": CLIENT_SECRET, "things": simulator.things(),
        });
        let (commands, orders) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (of_main, of_control, words) = (simulator.clone(), simulator.clone(), ready.clone());
        let thread = std::thread::Builder::new().name("simulator".into()).spawn(move || {
            runtime.block_on(async move {
                let answer = move |request: &Request| control::handle(&of_control, &words, request);
                tokio::select! {
                    () = main_door(address, listener, acceptor, of_main, orders) => {}
                    () = control_door(control_listener, answer) => {}
                }
            });
            runtime.shutdown_background();
        })?;
        Ok(Self { endpoint, control, ca_file: ca_file.to_owned(), ready, commands, thread: Some(thread) })
    }

    /// `https://127.0.0.1:port`: Resource Manager and the authority host.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// `http://127.0.0.1:port`.
    pub fn control(&self) -> &str {
        &self.control
    }

    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// What the program says when it is ready: endpoints, credentials, ids of the scenario's things.
    pub fn ready(&self) -> &Value {
        &self.ready
    }

    /// An outage: open connections break, new ones are refused until [`Loopback::reconnect`]. Returns when it is so.
    pub fn disconnect(&self) {
        self.command(EndpointCommand::Close);
    }

    /// Ends an outage, on the same port.
    pub fn reconnect(&self) {
        self.command(EndpointCommand::Open);
    }

    fn command(&self, command: impl FnOnce(standard::Sender<()>) -> EndpointCommand) {
        let (done, wait) = standard::channel();
        if self.commands.send(command(done)).is_ok() {
            let _ = wait.recv();
        }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        let _ = self.commands.send(EndpointCommand::End);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn main_door(
    address: SocketAddr,
    first: std::net::TcpListener,
    acceptor: TlsAcceptor,
    simulator: Simulator,
    mut orders: mpsc::UnboundedReceiver<EndpointCommand>,
) {
    let mut next = Some(first);
    let mut waiting: Option<standard::Sender<()>> = None;
    loop {
        let bound = match next.take() {
            Some(listener) => Ok(listener),
            None => listen(address),
        };
        let Ok(listener) = bound.and_then(TcpListener::from_std) else { return };
        if let Some(done) = waiting.take() {
            let _ = done.send(());
        }
        let mut connections = JoinSet::new();
        let broken_by = loop {
            tokio::select! {
                accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                    let (acceptor, simulator) = (acceptor.clone(), simulator.clone());
                    connections.spawn(async move {
                        if let Ok(stream) = secured(&acceptor, stream).await {
                            serve(stream, move |request: &Request| simulator.handle(request)).await;
                        }
                    });
                },
                Some(_) = connections.join_next() => {}
                order = orders.recv() => match order {
                    Some(EndpointCommand::Close(done)) => break done,
                    Some(EndpointCommand::Open(done)) => { let _ = done.send(()); }
                    Some(EndpointCommand::End) | None => return,
                },
            }
        };
        drop(listener);
        connections.shutdown().await;
        let _ = broken_by.send(());
        loop {
            match orders.recv().await {
                Some(EndpointCommand::Open(done)) => break waiting = Some(done),
                Some(EndpointCommand::Close(done)) => {
                    let _ = done.send(());
                }
                Some(EndpointCommand::End) | None => return,
            }
        }
    }
}

async fn control_door(
    listener: std::net::TcpListener,
    answer: impl Fn(&Request) -> Reply + Clone + Send + Sync + 'static,
) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, answer.clone()));
        }
    }
}

async fn secured(acceptor: &TlsAcceptor, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
    stream.set_nodelay(true)?;
    acceptor.accept(stream).await
}

async fn serve<S, F>(stream: S, answer: F)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(&Request) -> Reply + Clone + Send + Sync + 'static,
{
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answer = answer.clone();
        async move {
            let request = received(request).await?;
            deliver(answer(&request)).await
        }
    });
    // A connection that ends in an error is one that broke, on purpose or by the client: nobody needs to know here.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn received(request: hyper::Request<Incoming>) -> Result<Request, BrokenOnPurpose> {
    let (head, body) = request.into_parts();
    let mut headers = Headers::default();
    for (name, value) in &head.headers {
        headers.push(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
    }
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let body = body.collect().await.map_err(|_| BrokenOnPurpose)?.to_bytes().to_vec();
    Ok(Request { method: head.method.as_str().to_owned(), target, headers, body })
}

/// An error resets the stream of HTTP/2 and closes the connection of HTTP/1.1.
async fn deliver(reply: Reply) -> Result<hyper::Response<Body>, BrokenOnPurpose> {
    match reply.delivery {
        Delivery::Dropped => return Err(BrokenOnPurpose),
        Delivery::Truncated if reply.body.is_empty() => return Err(BrokenOnPurpose),
        Delivery::SlowHeaders(wait) => tokio::time::sleep(wait).await,
        _ => {}
    }
    let mut response = hyper::Response::builder().status(reply.status);
    for (name, value) in reply.headers.iter() {
        response = response.header(name, value);
    }
    let length = reply.body.len();
    let whole = Bytes::from(reply.body);
    let body = match reply.delivery {
        Delivery::Truncated => halves(whole, None),
        Delivery::SlowBody(wait) => halves(whole, Some(wait)),
        _ => Full::new(whole).map_err(|never| match never {}).boxed(),
    };
    response.header("content-length", length).body(body).map_err(|_| BrokenOnPurpose)
}

/// One half, then after a wait the other; without a wait the connection breaks.
fn halves(mut whole: Bytes, wait: Option<Duration>) -> Body {
    let rest = whole.split_off(whole.len() / 2);
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let _ = sender.send(Ok(Frame::data(whole))).await;
        match wait {
            Some(wait) => {
                tokio::time::sleep(wait).await;
                let _ = sender.send(Ok(Frame::data(rest))).await;
            }
            None => {
                let _ = sender.send(Err(BrokenOnPurpose)).await;
            }
        }
    });
    BodyExt::boxed(StreamBody::new(ReceiverStream::new(receiver)))
}

/// A server certificate for this machine, and the authority that signed it, PEM.
fn certificates() -> io::Result<(TlsAcceptor, String)> {
    let now = Clock::machine().now();
    let limited = |mut params: CertificateParams, name: &str| {
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = now - time::Duration::days(1);
        params.not_after = now + time::Duration::days(30);
        params
    };
    let mut authority = limited(CertificateParams::default(), "azurebackup simulator authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let mut server = limited(CertificateParams::new(names).map_err(io::Error::other)?, "azurebackup simulator");
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let authority_key = KeyPair::generate().map_err(io::Error::other)?;
    let server_key = KeyPair::generate().map_err(io::Error::other)?;
    let authority_certificate = authority.self_signed(&authority_key).map_err(io::Error::other)?;
    let issuer = Issuer::from_params(&authority, &authority_key);
    let certificate = server.signed_by(&server_key, &issuer).map_err(io::Error::other)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), pem(authority_certificate.der())))
}

fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let lines: Vec<&[u8]> = text.as_bytes().chunks(64).collect();
    let lines = String::from_utf8_lossy(&lines.join(&b'\n')).into_owned();
    format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
}

#[cfg(test)]
mod tests {
    use super::super::client::{operational, scenario, shop};
    use super::super::{Action, Fault, SimulatorBuilder};
    use super::*;

    struct Served {
        simulator: Simulator,
        loopback: Loopback,
        browser: reqwest::Client,
        _directory: tempfile::TempDir,
    }

    fn open(scenario: SimulatorBuilder, http1_only: bool) -> Served {
        let simulator = scenario.start();
        let directory = tempfile::tempdir().unwrap();
        let loopback = Loopback::open(&simulator, &directory.path().join("ca.pem")).unwrap();
        let authority = reqwest::Certificate::from_pem(&std::fs::read(loopback.ca_file()).unwrap()).unwrap();
        let mut browser = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([authority])
            .redirect(reqwest::redirect::Policy::none());
        if http1_only {
            browser = browser.http1_only();
        }
        Served { simulator, loopback, browser: browser.build().unwrap(), _directory: directory }
    }

    impl Served {
        async fn get(&self, target: &str) -> reqwest::Result<reqwest::Response> {
            self.browser.get(format!("{}{target}", self.loopback.endpoint())).send().await
        }
    }

    const CLOUD: &str = "/metadata/endpoints?api-version=2022-09-01";

    #[tokio::test]
    async fn the_endpoint_speaks_both_versions_with_a_certificate_of_its_own_authority() {
        for (http1_only, version) in [(true, reqwest::Version::HTTP_11), (false, reqwest::Version::HTTP_2)] {
            let served = open(SimulatorBuilder::new(), http1_only);
            let reply = served.get(CLOUD).await.unwrap();
            assert_eq!(reply.version(), version);
            let cloud: Value = reply.json().await.unwrap();
            assert_eq!(cloud["authentication"]["loginEndpoint"], served.loopback.endpoint());
            let untrusting =
                reqwest::Client::builder().no_proxy().build().unwrap().get(served.loopback.endpoint()).send().await;
            assert!(untrusting.unwrap_err().is_connect());
        }
    }

    #[tokio::test]
    async fn urls_of_operations_name_this_endpoint_and_survive_the_wire() {
        let served = open(scenario(), false);
        let token = super::super::client::sign_in(&served.simulator);
        let ask = |builder: reqwest::RequestBuilder| builder.bearer_auth(&token).send();
        let url = format!("{}{}/restore?api-version=2026-06-01", served.loopback.endpoint(), shop());
        let order = operational("2026-11-19T08:00:00.0000000Z");
        let accepted = ask(served.browser.post(url).json(&order)).await.unwrap();
        assert_eq!(accepted.status(), 202);
        let status = accepted.headers()["azure-asyncoperation"].to_str().unwrap();
        assert!(status.starts_with(served.loopback.endpoint()));
        let document: Value = ask(served.browser.get(status)).await.unwrap().json().await.unwrap();
        assert_eq!(document["status"], "Inprogress");
    }

    #[tokio::test]
    async fn broken_replies_break_on_the_wire_in_both_versions() {
        for http1_only in [true, false] {
            let served = open(SimulatorBuilder::new(), http1_only);
            served.simulator.inject(Fault::on("GET", "*", Action::ResetAfterAcceptance));
            let error = served.get(CLOUD).await.unwrap_err();
            assert!(!error.is_connect() && !error.is_timeout(), "{error:?}");
            served.simulator.inject(Fault::on("GET", "*", Action::TruncatedBody).nth(2));
            served.get(CLOUD).await.unwrap();
            served.simulator.clear_faults();
            served.simulator.inject(Fault::on("GET", "*", Action::TruncatedBody));
            let half = served.get(CLOUD).await.unwrap();
            assert_eq!(half.status(), 200);
            assert!(half.bytes().await.is_err());
            served.simulator.inject(Fault::on("GET", "*", Action::SlowBody(1)));
            assert!(served.get(CLOUD).await.unwrap().json::<Value>().await.is_ok());
        }
    }

    #[tokio::test]
    async fn an_outage_refuses_connections_and_ends_on_the_same_port() {
        let served = open(SimulatorBuilder::new(), false);
        served.get(CLOUD).await.unwrap();
        served.loopback.disconnect();
        let of_the_open_connection = served.get(CLOUD).await;
        assert!(of_the_open_connection.is_err());
        assert!(served.get(CLOUD).await.unwrap_err().is_connect());
        served.loopback.reconnect();
        assert_eq!(served.get(CLOUD).await.unwrap().status(), 200);
    }

    #[tokio::test]
    async fn the_control_endpoint_is_plain_and_separate() {
        let served = open(scenario(), false);
        let ready: Value = served
            .browser
            .get(format!("{}/ready", served.loopback.control()))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(&ready, served.loopback.ready());
        assert_eq!(ready["things"]["backup_instances"]["shop-instance"], shop());
        assert!(served.simulator.journal().entries.is_empty());
    }
}

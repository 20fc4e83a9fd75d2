//! The transport for production.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::AUTHORIZATION;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::{HttpRequest, HttpResponse, HttpTransport, TransportError};
use crate::azure::endpoint::{is_https, is_loopback};
use crate::azure::error::in_one_line;

/// Resource Manager lets no answer above 8 MB through.
const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// Longer than a handshake over a bad line takes, and short enough to find out while a request may still be repeated.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Pings while a request is in flight, so that a connection that died with a sleeping laptop is found out.
const PING_INTERVAL: Duration = Duration::from_secs(20);

/// What to do where no HTTPS can be set up: most often the system has no trusted certificates.
const NO_HTTPS_HINT: &str = "Install the trusted certificates of the system (package ca-certificates), or name a file \
                             with them in SSL_CERT_FILE";

/// HTTPS through reqwest, set up when the first request is sent: that loads the certificates of the platform, some 150
/// files, and most plans send nothing. Honours `SSL_CERT_FILE` and the proxy variables. Clones share their connections.
#[derive(Clone)]
pub struct HttpsTransport {
    client: Arc<OnceCell<reqwest::Client>>,
    set_up: fn() -> reqwest::Result<reqwest::Client>,
}

impl HttpsTransport {
    /// Nothing is loaded or connected yet.
    pub fn new() -> Self {
        Self::set_up_by(|| {
            let file = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()).map(PathBuf::from);
            build(trusting(reqwest::Client::builder(), file.as_deref(), PLATFORM_READS_CERTIFICATE_FILE)?)
        })
    }

    /// Over a client that is set up already. It should follow no redirects and try nothing twice.
    pub fn over(client: reqwest::Client) -> Self {
        Self { client: Arc::new(OnceCell::new_with(Some(client))), ..Self::new() }
    }

    /// `set_up` is called off the runtime, by the first request and by each one after a failure.
    pub(crate) fn set_up_by(set_up: fn() -> reqwest::Result<reqwest::Client>) -> Self {
        Self { client: Arc::default(), set_up }
    }

    /// The connection pool, for those who speak HTTP without Resource Manager (credentials).
    ///
    /// # Errors
    /// If the certificates of the platform cannot be loaded. The next call tries again.
    pub async fn client(&self) -> Result<&reqwest::Client, TransportError> {
        let set_up = self.set_up;
        let built = self.client.get_or_try_init(|| async move {
            // It reads files, which may lie on a share that takes its time.
            match tokio::task::spawn_blocking(set_up).await {
                Ok(built) => built.map_err(|error| in_one_line(&error)),
                Err(error) => Err(error.to_string()),
            }
        });
        built.await.map_err(|reason| {
            let source = format!("HTTPS cannot be set up: {reason}. {NO_HTTPS_HINT}").into();
            TransportError::Untrusted { source }
        })
    }
}

impl Default for HttpsTransport {
    fn default() -> Self {
        Self::new()
    }
}

/// A client's own `Debug` shows the proxies, which may have a password.
impl fmt::Debug for HttpsTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpsTransport").finish_non_exhaustive()
    }
}

fn build(builder: reqwest::ClientBuilder) -> reqwest::Result<reqwest::Client> {
    builder
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_keepalive(PING_INTERVAL)
        .http2_keep_alive_interval(PING_INTERVAL)
        .http2_keep_alive_timeout(PING_INTERVAL)
        .build()
}

/// On Linux and the BSDs the loader of trusted certificates reads `SSL_CERT_FILE`, which then replaces those of the system.
/// macOS and Windows have stores that know nothing of it, so that the file is added to them. That was never run on those two,
/// only tested as a rule of its own.
const PLATFORM_READS_CERTIFICATE_FILE: bool = !cfg!(any(target_os = "macos", windows));

/// `builder`, trusting what `file` holds, too, if the platform does not read it by itself. One that cannot be read was
/// refused when the connection was opened.
fn trusting(
    builder: reqwest::ClientBuilder,
    file: Option<&Path>,
    platform_reads_it: bool,
) -> Result<reqwest::ClientBuilder, reqwest::Error> {
    match file.filter(|_| !platform_reads_it).map(std::fs::read) {
        Some(Ok(bundle)) => Ok(builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(&bundle)?)),
        Some(Err(_)) | None => Ok(builder),
    }
}

#[async_trait]
impl HttpTransport for HttpsTransport {
    async fn send(&self, request: HttpRequest, deadline: Instant) -> Result<HttpResponse, TransportError> {
        check(&request)?;
        let client = self.client().await?;
        let mut outgoing = client.request(request.method, request.url).headers(request.headers);
        if let Some(body) = request.body {
            outgoing = outgoing.body(body);
        }
        match tokio::time::timeout_at(deadline, exchange(outgoing)).await {
            Ok(result) => result,
            Err(_) => Err(TransportError::lost("no answer in time")),
        }
    }
}

/// The last line of defence, below every decision of the client: a token in clear text is never sent.
fn check(request: &HttpRequest) -> Result<(), TransportError> {
    let harmless = is_loopback(&request.url) && !request.headers.contains_key(AUTHORIZATION);
    if is_https(&request.url) || harmless { Ok(()) } else { Err(TransportError::not_sent("the URL is not https")) }
}

async fn exchange(outgoing: reqwest::RequestBuilder) -> Result<HttpResponse, TransportError> {
    let mut answer = outgoing.send().await.map_err(classify)?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| lost("the answer was cut short", error))? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(TransportError::TooLarge { limit: LARGEST_BODY });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpResponse { status, headers, body })
}

fn classify(error: reqwest::Error) -> TransportError {
    // Neither the message nor what is printed of the error may show the query of the URL.
    let error = error.without_url();
    if error.is_connect() && names_a_certificate(&error) {
        TransportError::Untrusted { source: error.into() }
    } else if error.is_connect() || error.is_builder() {
        TransportError::NotSent { message: "the connection failed".to_owned(), source: Some(error.into()) }
    } else {
        lost("the connection broke", error)
    }
}

fn lost(message: &str, error: reqwest::Error) -> TransportError {
    TransportError::Lost { message: message.to_owned(), source: Some(error.without_url().into()) }
}

/// Whether a certificate that is not trusted is at the bottom of an error.
pub(crate) fn names_a_certificate(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        // An I/O error hides what it wraps from `source`.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| error.source());
    }
    false
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use url::Url;

    use super::*;
    use crate::azure::transport::{HeaderMap, HeaderValue, Method};

    /// Without the proxy of whoever runs the tests.
    fn transport() -> HttpsTransport {
        HttpsTransport::set_up_by(|| build(reqwest::Client::builder().no_proxy()))
    }

    fn get(url: &str) -> HttpRequest {
        HttpRequest { method: Method::GET, url: Url::parse(url).unwrap(), headers: HeaderMap::new(), body: None }
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    /// A server that answers one connection with `answer` and closes it.
    async fn server(answer: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/x?sig=SECRET", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(&answer).await;
        });
        url
    }

    async fn answered(answer: &str) -> Result<HttpResponse, TransportError> {
        let url = server(answer.as_bytes().to_vec()).await;
        transport().send(get(&url), soon()).await
    }

    #[tokio::test]
    async fn a_token_is_never_sent_in_clear_text_and_clear_text_never_leaves_the_machine() {
        let transport = transport();
        let mut with_token = get("http://127.0.0.1:1/");
        with_token.headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        for request in [with_token, get("http://management.azure.com/")] {
            let error = transport.send(request, soon()).await.unwrap_err();
            assert_eq!(error.to_string(), "the URL is not https");
        }
    }

    #[tokio::test]
    async fn a_refused_connection_is_known_not_to_have_sent_anything() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/?sig=SECRET", listener.local_addr().unwrap());
        drop(listener);
        let error = transport().send(get(&url), soon()).await.unwrap_err();
        assert!(matches!(error, TransportError::NotSent { .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("SECRET"));
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer() {
        let answer =
            answered("HTTP/1.1 307 x\r\nlocation: https://elsewhere/\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        assert_eq!((answer.status, answer.header("Location")), (307, Some("https://elsewhere/")));
    }

    #[tokio::test]
    async fn a_body_cut_short_and_no_answer_at_all_are_lost() {
        for answer in ["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"a\":", ""] {
            let error = answered(answer).await.unwrap_err();
            assert!(matches!(error, TransportError::Lost { .. }), "{error:?}");
            assert!(!format!("{error:?}").contains("SECRET"));
        }
    }

    #[tokio::test]
    async fn an_answer_that_never_comes_is_lost_at_the_deadline() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let deadline = Instant::now() + Duration::from_millis(50);
        let error = transport().send(get(&url), deadline).await.unwrap_err();
        assert!(matches!(error, TransportError::Lost { .. }));
        drop(listener);
    }

    #[tokio::test]
    async fn a_body_without_end_is_not_read_to_its_end() {
        let mut answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        answer.resize(LARGEST_BODY + 1024, b' ');
        let url = server(answer).await;
        let error = transport().send(get(&url), soon()).await.unwrap_err();
        assert!(matches!(error, TransportError::TooLarge { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn an_unknown_host_and_a_broken_handshake_are_known_not_to_have_sent_anything() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let no_tls = format!("https://{}/?sig=SECRET", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let _ = socket.read(&mut [0; 4096]).await;
                let _ = socket.write_all(b"HTTP/1.1 400 this is no TLS\r\n\r\n").await;
            }
        });
        // Longer than a label may be: refused by the resolver itself, on machines without a network, too.
        let no_host = format!("https://{}.invalid/?sig=SECRET", "x".repeat(70));
        for url in [no_tls, no_host] {
            let error = transport().send(get(&url), soon()).await.unwrap_err();
            assert!(matches!(error, TransportError::NotSent { .. }), "{url}: {error:?}");
            assert!(!format!("{error:?}").contains("SECRET"));
        }
    }

    #[tokio::test]
    async fn a_body_that_comes_too_slowly_is_lost_at_the_deadline() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
            std::future::pending::<()>().await;
        });
        let deadline = Instant::now() + Duration::from_millis(100);
        let error = transport().send(get(&url), deadline).await.unwrap_err();
        assert!(matches!(error, TransportError::Lost { .. }), "{error:?}");
    }

    /// How often [`unwilling`] was called.
    static SET_UPS: AtomicUsize = AtomicUsize::new(0);

    /// Fails as a system without certificates does: a header that cannot be sent is an error of the builder, too.
    fn unwilling() -> reqwest::Result<reqwest::Client> {
        SET_UPS.fetch_add(1, Ordering::Relaxed);
        reqwest::Client::builder().user_agent("no\ncertificates").build()
    }

    #[tokio::test]
    async fn https_is_set_up_by_the_first_request_which_says_what_to_install_if_it_cannot_be() {
        let transport = HttpsTransport::set_up_by(unwilling);
        assert_eq!(SET_UPS.load(Ordering::Relaxed), 0);
        for asked in 1..=2 {
            let error = transport.send(get("https://localhost/?sig=SECRET"), soon()).await.unwrap_err();
            assert!(error.is_before_sending(), "{error:?}");
            let text = in_one_line(&error);
            for words in ["HTTPS cannot be set up: ", "ca-certificates", "SSL_CERT_FILE"] {
                assert!(text.contains(words) && !text.contains("SECRET"), "{text}");
            }
            assert_eq!(SET_UPS.load(Ordering::Relaxed), asked, "a later request tries again");
        }
    }

    #[tokio::test]
    async fn a_certificate_that_nobody_vouches_for_is_reported_as_that_and_a_file_vouches_for_it_on_every_platform() {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/?sig=SECRET", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
            while let Ok((socket, _)) = listener.accept().await {
                let _ = acceptor.accept(socket).await;
            }
        });
        let error = transport().send(get(&url), soon()).await.unwrap_err();
        assert!(matches!(error, TransportError::Untrusted { .. }), "{error:?}");
        // A file with it is trusted where the platform does not read that by itself.
        let file = tempfile::NamedTempFile::new().unwrap();
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, cert.der());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n");
        std::fs::write(file.path(), pem).unwrap();
        for (platform_reads_it, trusted) in [(false, true), (true, false)] {
            let builder =
                trusting(reqwest::Client::builder().no_proxy(), Some(file.path()), platform_reads_it).unwrap();
            let sent = HttpsTransport::over(build(builder).unwrap()).send(get(&url), soon()).await.unwrap_err();
            assert_eq!(!matches!(sent, TransportError::Untrusted { .. }), trusted, "{sent:?}");
        }
        assert!(error.is_before_sending() && !format!("{error:?}").contains("SECRET"));
    }
}

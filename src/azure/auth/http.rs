//! One request and its whole answer, for everything that leads to a token. Nothing here tries twice.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Method, Request, Url};
use zeroize::Zeroizing;

use super::failure::{FailureKind, TokenFailure, presentable};
use crate::azure::error::in_one_line;
use crate::azure::secret::Secret;
use crate::azure::transport::{self, HttpTransport, HttpsTransport, TransportError};

/// More than any token answer; a page of a captive portal is cut off.
const BODY_LIMIT: usize = 1024 * 1024;

/// For a transport that wants a deadline; longer than anything that asks for tokens waits.
const LONGEST_EXCHANGE: Duration = Duration::from_secs(120);

/// The way to the network, in the form that azure_identity takes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Http {
    proxied: Arc<dyn HttpClient>,
    direct: Arc<dyn HttpClient>,
}

impl Http {
    /// `direct` serves managed identity: its endpoints are on the machine or link-local, where a proxy cannot reach
    /// them and must not see the token. Everything else goes through `proxied`.
    pub fn new(proxied: Arc<dyn HttpClient>, direct: Arc<dyn HttpClient>) -> Self {
        Self { proxied, direct }
    }

    /// Over the process's own HTTPS, whose roots of trust and proxies then hold for tokens, too. The direct client is
    /// built when a managed identity first needs it (some milliseconds).
    pub fn system(https: HttpsTransport) -> Self {
        Self::new(Arc::new(OverHttps(https)), Arc::new(WithoutProxy(OnceLock::new())))
    }

    /// Over the transport of Resource Manager, for a program that brings its own way to the network.
    pub fn over(transport: Arc<dyn HttpTransport>) -> Self {
        let client: Arc<dyn HttpClient> = Arc::new(OverTransport(transport));
        Self::new(Arc::clone(&client), client)
    }

    pub(crate) fn proxied(&self) -> &Arc<dyn HttpClient> {
        &self.proxied
    }

    pub(crate) fn direct(&self) -> &Arc<dyn HttpClient> {
        &self.direct
    }
}

/// A whole answer. Its body may be a token, so `Debug` does not show it.
#[derive(Clone)]
pub(crate) struct TokenResponse {
    pub(crate) status: u16,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

/// No whole answer came.
#[derive(Clone, Debug)]
pub(crate) struct NoAnswer {
    /// The transport's, without URL.
    pub(crate) text: String,
    /// Whether the certificate of the server is why. That is no outage, and waiting mends it only where it was right before.
    pub(crate) untrusted: bool,
}

/// What to check when nobody answers, for messages.
const NO_ANSWER_HINT: &str = "Check that the name resolves, the proxy and its password (HTTPS_PROXY), the \
trusted certificates (SSL_CERT_FILE) and the clock of this machine";

/// What to check when the certificate is not trusted.
const UNTRUSTED_HINT: &str = "The certificate of the server is not trusted. If a proxy opens TLS, or the authority is \
private, install its certificate authority on this machine, or name a file with it in SSL_CERT_FILE. Check the clock of \
this machine, too";

impl NoAnswer {
    /// The failure of a request for a token. `what` says of which, without its full stop.
    pub(crate) fn failure(&self, what: &str, secrets: &[&Secret]) -> TokenFailure {
        let (kind, hint) = match self.untrusted {
            true => (FailureKind::Doubtful, UNTRUSTED_HINT),
            false => (FailureKind::Unanswered, NO_ANSWER_HINT),
        };
        TokenFailure::new(kind, format!("{what}. {hint}")).with_cause(presentable(&self.text, secrets))
    }

    /// As an error of azure_core, and back with [`NoAnswer::of`].
    pub(crate) fn into_error(self) -> Error {
        match self.untrusted {
            true => Error::with_error(ErrorKind::Io, Untrusted, self.text),
            false => Error::with_message(ErrorKind::Io, self.text),
        }
    }

    fn of(error: &Error) -> Self {
        Self { text: error.to_string(), untrusted: error.downcast_ref::<Untrusted>().is_some() }
    }
}

/// Marks an error of azure_core, which has no kind for it.
#[derive(Debug, thiserror::Error)]
#[error("the certificate of the server is not trusted")]
struct Untrusted;

/// Sends `request` once and reads the answer, both within `limit`.
pub(crate) async fn send(
    client: &dyn HttpClient,
    request: &Request,
    limit: Duration,
) -> Result<TokenResponse, NoAnswer> {
    let exchange = async {
        let (status, _, body) = client.execute_request(request).await?.deconstruct();
        let body = body.collect().await?;
        Ok::<_, Error>(TokenResponse { status: u16::from(status), body: Zeroizing::new(body.to_vec()) })
    };
    match tokio::time::timeout(limit, exchange).await {
        Ok(answer) => answer.map_err(|error| NoAnswer::of(&error)),
        Err(_) => Err(NoAnswer { text: format!("no answer within {} s", limit.as_secs()), untrusted: false }),
    }
}

/// [`send`] is what limits an exchange in time.
#[derive(Debug)]
struct OverTransport(Arc<dyn HttpTransport>);

#[async_trait::async_trait]
impl HttpClient for OverTransport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let wrong = |what: &str| Error::with_message(ErrorKind::Other, what.to_owned());
        let method = reqwest_method(request.method())?;
        let mut headers = transport::HeaderMap::new();
        for (name, value) in request.headers().iter() {
            let name = transport::HeaderName::from_bytes(name.as_str().as_bytes());
            let value = transport::HeaderValue::from_str(value.as_str());
            let (Ok(name), Ok(value)) = (name, value) else { return Err(wrong("a header cannot be sent")) };
            headers.insert(name, value);
        }
        let body = match request.body() {
            Body::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        };
        let outgoing = transport::HttpRequest { method, url: request.url().clone(), headers, body };
        let deadline = tokio::time::Instant::now() + LONGEST_EXCHANGE;
        let answer = self.0.send(outgoing, deadline).await;
        let answer = answer.map_err(|error| without_answer(&error).into_error())?;
        if answer.body.len() > BODY_LIMIT {
            return Err(Error::with_message(ErrorKind::Io, "the answer is longer than any token answer"));
        }
        Ok(AsyncRawResponse::from_bytes(answer.status.into(), Headers::new(), answer.body))
    }
}

fn without_answer(error: &TransportError) -> NoAnswer {
    NoAnswer { text: in_one_line(error), untrusted: matches!(error, TransportError::Untrusted { .. }) }
}

fn reqwest_method(method: Method) -> azure_core::Result<reqwest::Method> {
    match method {
        Method::Get => Ok(reqwest::Method::GET),
        Method::Post => Ok(reqwest::Method::POST),
        _ => Err(Error::with_message(ErrorKind::Other, "tokens are asked for with GET and POST only")),
    }
}

#[derive(Debug)]
struct OverHttps(HttpsTransport);

#[async_trait::async_trait]
impl HttpClient for OverHttps {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let client = self.0.client().await;
        let client = client.map_err(|error| without_answer(&error).into_error())?;
        execute(client, request).await
    }
}

#[derive(Debug)]
struct WithoutProxy(OnceLock<reqwest::Client>);

#[async_trait::async_trait]
impl HttpClient for WithoutProxy {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let client = match self.0.get() {
            Some(client) => client,
            None => {
                let client = reqwest::Client::builder()
                    .no_proxy()
                    .redirect(reqwest::redirect::Policy::none())
                    .build()
                    .map_err(no_answer)?;
                self.0.get_or_init(|| client)
            }
        };
        execute(client, request).await
    }
}

async fn execute(client: &reqwest::Client, request: &Request) -> azure_core::Result<AsyncRawResponse> {
    let mut outgoing = client.request(reqwest_method(request.method())?, request.url().clone());
    for (name, value) in request.headers().iter() {
        outgoing = outgoing.header(name.as_str(), value.as_str());
    }
    if let Body::Bytes(bytes) = request.body() {
        outgoing = outgoing.body(bytes.clone());
    }
    let mut incoming = outgoing.send().await.map_err(no_answer)?;
    let status = incoming.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = incoming.chunk().await.map_err(no_answer)? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(Error::with_message(ErrorKind::Io, "the answer is longer than any token answer"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(AsyncRawResponse::from_bytes(status.into(), Headers::new(), body))
}

/// reqwest's own text stops at "error sending request"; the reason is below it. The URL is left out, for it may have a
/// query.
fn no_answer(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut below = std::error::Error::source(&error);
    while let Some(cause) = below {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        below = cause.source();
    }
    NoAnswer { text, untrusted: transport::names_a_certificate(&error) }.into_error()
}

/// A request with headers; values of which no header can be made are refused by the client that sends it.
pub(crate) fn request(method: Method, url: Url, headers: &[(&'static str, &str)]) -> Request {
    let mut request = Request::new(url, method);
    for (name, value) in headers {
        request.insert_header(HeaderName::from_static(name), HeaderValue::from((*value).to_owned()));
    }
    request
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rcgen::{CertificateParams, KeyPair};
    use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::azure::auth::arguments::CredentialArguments;
    use crate::azure::auth::scripted::{Fixture, application};
    use crate::azure::auth::{CredentialContext, token_source};
    use crate::azure::cloud::Cloud;
    use crate::azure::deadline::Deadline;
    use crate::azure::secret::Secret;

    /// Reads one HTTP/1.1 request whole and answers it; gives the request's text.
    async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: String) -> String {
        let mut text = Vec::new();
        loop {
            let mut chunk = [0; 4096];
            let length = stream.read(&mut chunk).await.unwrap();
            text.extend_from_slice(&chunk[..length]);
            let request = String::from_utf8(text.clone()).unwrap();
            let Some((head, body)) = request.split_once("\r\n\r\n") else { continue };
            let expected = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
            if body.len() == expected.unwrap_or(0) {
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
                return request;
            }
        }
    }

    fn answer(status: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nlocation: http://127.0.0.1:1/\r\n\r\n{body}", body.len())
    }

    async fn local() -> (TcpListener, Url) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/path?query=secret", listener.local_addr().unwrap())).unwrap();
        (listener, url)
    }

    /// Its proxy is a port where nobody listens.
    fn client_with_dead_proxy() -> reqwest::Client {
        reqwest::Client::builder().proxy(reqwest::Proxy::all("http://127.0.0.1:1").unwrap()).build().unwrap()
    }

    const LIMIT: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn the_direct_client_uses_no_proxy_and_follows_no_redirect() {
        let (listener, url) = local().await;
        let http = Http::system(HttpsTransport::over(client_with_dead_proxy()));
        let asked = request(Method::Get, url, &[("metadata", "true")]);
        assert!(send(&**http.proxied(), &asked, LIMIT).await.is_err());
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            serve(stream, answer("302 Found", "elsewhere")).await
        });
        let answered = send(&**http.direct(), &asked, LIMIT).await.unwrap();
        assert_eq!((answered.status, answered.body.as_slice()), (302, b"elsewhere".as_slice()));
        let seen = server.await.unwrap().to_ascii_lowercase();
        assert!(
            seen.starts_with("get /path?query=secret http/1.1\r\n") && seen.contains("\r\nmetadata: true\r\n"),
            "{seen}"
        );
    }

    #[tokio::test]
    async fn neither_an_answer_nor_the_password_of_a_proxy_is_printed() {
        let proxy = reqwest::Proxy::all("http://user:PLANTED@127.0.0.1:1").unwrap();
        let http = Http::system(HttpsTransport::over(reqwest::Client::builder().proxy(proxy).build().unwrap()));
        let url = Url::parse("https://login.example/").unwrap();
        let no_answer = send(&**http.proxied(), &request(Method::Get, url, &[]), LIMIT).await.unwrap_err();
        let answer = TokenResponse { status: 200, body: b"PLANTED".to_vec().into() };
        let printed = format!("{http:?} {no_answer:?} {answer:?}");
        assert!(!printed.contains("PLANTED"), "{printed}");
    }

    #[tokio::test]
    async fn an_empty_post_says_that_it_is_empty_and_a_long_answer_is_cut_off() {
        let (listener, url) = local().await;
        let http = Http::system(HttpsTransport::over(reqwest::Client::builder().no_proxy().build().unwrap()));
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            serve(stream, answer("200 OK", &"x".repeat(BODY_LIMIT + 1))).await
        });
        let asked = request(Method::Post, url, &[("content-length", "0")]);
        let NoAnswer { text, .. } = send(&**http.proxied(), &asked, LIMIT).await.unwrap_err();
        assert_eq!(text, "the answer is longer than any token answer");
        let seen = server.await.unwrap().to_ascii_lowercase();
        assert_eq!(seen.matches("content-length: 0").count(), 1, "{seen}");
    }

    #[tokio::test]
    async fn a_refused_connection_is_reported_with_its_reason_and_without_its_url() {
        let (listener, url) = local().await;
        drop(listener);
        let http = Http::system(HttpsTransport::over(reqwest::Client::builder().no_proxy().build().unwrap()));
        let NoAnswer { text, .. } = send(&**http.proxied(), &request(Method::Get, url, &[]), LIMIT).await.unwrap_err();
        assert!(text.contains("refused") && !text.contains("query"), "{text}");
    }

    #[tokio::test]
    async fn a_private_authority_gives_a_token_to_who_trusts_it_and_is_untrusted_by_others() {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
        let chain = vec![certificate.der().clone()];
        let private = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server));
        let (listener, url) = local().await;
        let serving = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            assert!(acceptor.accept(stream).await.is_err());
            let (stream, _) = listener.accept().await.unwrap();
            let stream = acceptor.accept(stream).await.unwrap();
            serve(stream, answer("200 OK", r#"{"access_token":"the-token","expires_in":3600}"#)).await
        });

        // Who does not know the authority's certificate learns that, and not that nobody answers.
        let stranger = Http::system(HttpsTransport::over(
            reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap(),
        ));
        let asked =
            request(Method::Get, Url::parse(&format!("https://127.0.0.1:{}/", url.port().unwrap())).unwrap(), &[]);
        let no_answer = send(&**stranger.proxied(), &asked, LIMIT).await.unwrap_err();
        assert!(no_answer.untrusted, "{no_answer:?}");
        let root = reqwest::Certificate::from_der(certificate.der()).unwrap();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([root]).build().unwrap();
        let fixture = Fixture::default();
        let credential_context =
            CredentialContext { http: Http::system(HttpsTransport::over(client)), ..fixture.credential_context() };
        let arguments = CredentialArguments {
            client_secret: Some(Secret::new("s3cret")),
            authority_host: Some(format!("https://127.0.0.1:{}", url.port().unwrap())),
            ..application()
        };
        let deadline = Deadline::new(LIMIT, CancellationToken::new());
        let settings = fixture.settings(arguments);
        let cloud: Cloud = crate::azure::auth::cloud(&settings, &credential_context.http, &deadline).await.unwrap();
        let source = token_source(&settings, &cloud, &credential_context).unwrap();
        assert_eq!(source.token(&deadline).await.unwrap().token.expose(), "the-token");
        let seen = serving.await.unwrap();
        assert!(seen.starts_with("POST /contoso.example/oauth2/v2.0/token HTTP/1.1\r\n"), "{seen}");
        assert!(seen.contains("client_secret=s3cret"), "{seen}");
    }
}

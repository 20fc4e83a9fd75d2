//! Terraform's side of the connection: one HTTP/2 connection with the client's certificate, and calls by method name.

use std::io;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use prost::Message;
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs::{default_provider, sign::any_ecdsa_type};
use rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, SignatureScheme};
use serde_json::{Value as Json, json};
use tfplugin::proto::tfplugin6::{DynamicValue, apply_resource_change, plan_resource_change};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_stream::Stream;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status, Streaming};
use tonic_prost::ProstCodec;

use super::plugin::{Identity, Plugin};

#[derive(Clone)]
pub struct Client {
    grpc: tonic::client::Grpc<Channel>,
}

/// Shows what it is told to, also a certificate whose key it does not have.
#[derive(Debug)]
struct Shows(Option<Arc<CertifiedKey>>);

impl ResolvesClientCert for Shows {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// A TLS connection that trusts the plugin's certificate alone, as go-plugin's client does.
pub async fn tls(plugin: &Plugin, identity: Option<&Identity>) -> io::Result<TlsStream<UnixStream>> {
    let socket = UnixStream::connect(plugin.field(3)).await?;
    let mut roots = RootCertStore::empty();
    roots.add(plugin.certificate()).unwrap();
    let shown = identity.map(|identity| {
        let key = any_ecdsa_type(&PrivatePkcs8KeyDer::from(identity.key.serialize_der()).into()).unwrap();
        Arc::new(CertifiedKey::new(vec![identity.certificate.clone()], key))
    });
    let mut configuration = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(Shows(shown)));
    configuration.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(configuration)).connect(name, socket).await
}

trait ByteStream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> ByteStream for S {}

impl Client {
    /// Connects with `identity`, or in plain text if the plugin's line has no certificate.
    pub async fn connect(plugin: &Plugin, identity: Option<&Identity>) -> Result<Self, tonic::transport::Error> {
        let socket: io::Result<Box<dyn ByteStream>> = match (plugin.field(2), plugin.field(5)) {
            ("unix", "") => UnixStream::connect(plugin.field(3)).await.map(|stream| Box::new(stream) as _),
            ("unix", _) => tls(plugin, identity).await.map(|stream| Box::new(stream) as _),
            _ => TcpStream::connect(plugin.field(3)).await.map(|stream| Box::new(stream) as _),
        };
        Self::over(socket).await
    }

    /// Over a unix socket, in plain text.
    pub async fn plain(path: &str) -> Result<Self, tonic::transport::Error> {
        Self::over(UnixStream::connect(path).await.map(|stream| Box::new(stream) as _)).await
    }

    async fn over(socket: io::Result<Box<dyn ByteStream>>) -> Result<Self, tonic::transport::Error> {
        let mut socket = Some(socket);
        let connector = tower::service_fn(move |_| {
            let once = socket.take().unwrap_or_else(|| Err(io::ErrorKind::NotConnected.into()));
            async move { once.map(TokioIo::new) }
        });
        let channel = Endpoint::from_static("http://localhost").connect_with_connector(connector).await?;
        let grpc = tonic::client::Grpc::new(channel).max_decoding_message_size(64 * 1024 * 1024);
        Ok(Self { grpc })
    }

    /// One answer to one request, by the path of the method.
    pub async fn unary<Q, A>(&self, path: &str, request: Q) -> Result<A, Status>
    where
        Q: Message + Default + 'static,
        A: Message + Default + 'static,
    {
        let mut grpc = self.grpc.clone();
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let path = PathAndQuery::try_from(path).unwrap();
        Ok(grpc.unary(Request::new(request), path, ProstCodec::default()).await?.into_inner())
    }

    /// A call of Terraform's service.
    pub async fn call<Q, A>(&self, method: &str, request: Q) -> A
    where
        Q: Message + Default + 'static,
        A: Message + Default + 'static,
    {
        self.unary(&format!("/tfplugin6.Provider/{method}"), request).await.unwrap()
    }

    /// Streams both ways.
    pub async fn streams<Q, A>(
        &self,
        path: &'static str,
        requests: impl Stream<Item = Q> + Send + 'static,
    ) -> Result<Streaming<A>, Status>
    where
        Q: Message + Default + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        let mut grpc = self.grpc.clone();
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let path = PathAndQuery::from_static(path);
        Ok(grpc.streaming(Request::new(requests), path, ProstCodec::default()).await?.into_inner())
    }

    /// A stream of answers to one request, by the path of the method.
    pub async fn server_stream<Q, A>(&self, path: &'static str, request: Q) -> Result<Streaming<A>, Status>
    where
        Q: Message + Default + 'static,
        A: Message + Default + 'static,
    {
        let mut grpc = self.grpc.clone();
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let path = PathAndQuery::from_static(path);
        Ok(grpc.server_streaming(Request::new(request), path, ProstCodec::default()).await?.into_inner())
    }

    /// Tells the plugin to end.
    pub async fn shutdown(&self) -> Result<(), Status> {
        self.unary::<(), ()>("/plugin.GRPCController/Shutdown", ()).await
    }

    /// Plans `echo_thing` with this configuration.
    pub async fn plan(&self, prior: Option<DynamicValue>, config: Json) -> plan_resource_change::Response {
        let request = plan_resource_change::Request {
            type_name: "echo_thing".to_owned(),
            prior_state: prior,
            proposed_new_state: Some(dynamic(&config)),
            config: Some(dynamic(&config)),
            ..Default::default()
        };
        self.call("PlanResourceChange", request).await
    }

    /// Plans and applies `echo_thing` with this configuration.
    pub async fn apply(&self, prior: Option<DynamicValue>, config: Json) -> apply_resource_change::Response {
        let plan = self.plan(prior.clone(), config.clone()).await;
        let request = apply_resource_change::Request {
            type_name: "echo_thing".to_owned(),
            prior_state: prior,
            planned_state: plan.planned_state,
            config: Some(dynamic(&config)),
            planned_private: plan.planned_private,
            ..Default::default()
        };
        self.call("ApplyResourceChange", request).await
    }

    /// Destroys `echo_thing`.
    pub async fn destroy(&self, prior: DynamicValue) -> apply_resource_change::Response {
        let request = apply_resource_change::Request {
            type_name: "echo_thing".to_owned(),
            prior_state: Some(prior),
            planned_private: b"private".to_vec(),
            ..Default::default()
        };
        self.call("ApplyResourceChange", request).await
    }
}

/// A value in its JSON encoding; attributes left out are null.
pub fn dynamic(value: &Json) -> DynamicValue {
    DynamicValue { msgpack: Vec::new(), json: serde_json::to_vec(value).unwrap() }
}

/// What an answer holds; unknown is `{"unknown": true}`.
pub fn json(value: &Option<DynamicValue>) -> Json {
    let Some(value) = value else { return Json::Null };
    fn convert(value: rmpv::Value) -> Json {
        match value {
            rmpv::Value::Nil => Json::Null,
            rmpv::Value::Ext(..) => json!({"unknown": true}),
            rmpv::Value::Boolean(truth) => truth.into(),
            rmpv::Value::Integer(integer) => integer.as_i64().into(),
            rmpv::Value::String(text) => text.into_str().into(),
            rmpv::Value::Array(elements) => elements.into_iter().map(convert).collect(),
            rmpv::Value::Map(members) => {
                let member =
                    |(key, value): (rmpv::Value, rmpv::Value)| (key.as_str().unwrap().to_owned(), convert(value));
                Json::Object(members.into_iter().map(member).collect())
            }
            other => panic!("{other} in an answer"),
        }
    }
    convert(rmpv::decode::read_value(&mut value.msgpack.as_slice()).unwrap())
}

//! go-plugin's own services, and gRPC's health service. Two of the streams carry nothing; they are held open because
//! clients open them, and end with the process.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio_stream::Stream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::{Request, Response, Status, Streaming};

use super::proto::go_plugin::grpc_broker_server::GrpcBroker;
use super::proto::go_plugin::grpc_controller_server::GrpcController;
use super::proto::go_plugin::grpc_stdio_server::GrpcStdio;
use super::proto::go_plugin::{ConnInfo, Empty, StdioData};
use super::proto::health::health_check_response::ServingStatus;
use super::proto::health::health_server::Health;
use super::proto::health::{HealthCheckRequest, HealthCheckResponse};

/// go-plugin's controller, broker and stdio, and the health service; they share the wish to shut down.
#[derive(Clone, Debug)]
pub struct PluginServices {
    shutdown: CancellationToken,
}

impl PluginServices {
    /// `shutdown` is cancelled by the controller's Shutdown, and ends every stream.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self { shutdown }
    }

    fn until_shutdown<T>(&self, first: Option<T>) -> UntilShutdown<T> {
        UntilShutdown { first, shutdown: Box::pin(self.shutdown.clone().cancelled_owned()) }
    }
}

/// At most one item at once, then silence until the process ends.
pub struct UntilShutdown<T> {
    first: Option<T>,
    shutdown: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl<T> Unpin for UntilShutdown<T> {}

impl<T> Stream for UntilShutdown<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.first.take() {
            Some(item) => Poll::Ready(Some(Ok(item))),
            None => self.shutdown.as_mut().poll(context).map(|()| None),
        }
    }
}

#[tonic::async_trait]
impl GrpcController for PluginServices {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        // The answer still goes out: calls in flight are waited for, for a moment.
        self.shutdown.cancel();
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for PluginServices {
    type StreamStdioStream = UntilShutdown<StdioData>;

    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(self.until_shutdown(None)))
    }
}

#[tonic::async_trait]
impl GrpcBroker for PluginServices {
    type StartStreamStream = UntilShutdown<ConnInfo>;

    async fn start_stream(&self, _: Request<Streaming<ConnInfo>>) -> Result<Response<Self::StartStreamStream>, Status> {
        Ok(Response::new(self.until_shutdown(None)))
    }
}

#[tonic::async_trait]
impl Health for PluginServices {
    type WatchStream = UntilShutdown<HealthCheckResponse>;

    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        match request.get_ref().service.as_str() {
            "" | "plugin" => Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() })),
            _ => Err(Status::not_found("no such service")),
        }
    }

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let status = match request.get_ref().service.as_str() {
            "" | "plugin" => ServingStatus::Serving,
            _ => ServingStatus::ServiceUnknown,
        };
        Ok(Response::new(self.until_shutdown(Some(HealthCheckResponse { status: status.into() }))))
    }
}

//! From the start of the process to its end: handshake, server, and the reasons to stop.

use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use super::handshake::{HandshakeError, PluginEnvironment, handshake_line, reattach_line};
use super::lifetime::{ConnectionCount, OrphanTiming, Orphaned, Parent, Signals, orphaned};
use super::listener::{AcceptTiming, Connection, ListenError, Listener, ListenerTransport};
use super::plugin_services::PluginServices;
use super::proto::go_plugin::grpc_broker_server::GrpcBrokerServer;
use super::proto::go_plugin::grpc_controller_server::GrpcControllerServer;
use super::proto::go_plugin::grpc_stdio_server::GrpcStdioServer;
use super::proto::health::health_server::HealthServer;
use super::proto::tfplugin6_server::provider_server::ProviderServer;
use super::provider::Provider;
use super::service::ProviderService;
use super::tls::{ServerTls, TlsError};

/// Largest message in either direction; the limit of Terraform's own SDK.
const LARGEST_MESSAGE: usize = 256 * 1024 * 1024;

/// How to serve: where, to whom, and how long to wait. [`ServeOptions::of_this_process`] is what a provider wants; tests
/// change single fields.
pub struct ServeOptions {
    /// Wait for a developer's Terraform to attach itself, instead of answering the one that started this process.
    pub debug: bool,
    /// The source address, as a `required_providers` block writes it with its host: `registry.terraform.io/namespace/type`.
    pub provider_address: String,
    /// What the client that started this process said in environment variables.
    pub environment: PluginEnvironment,
    /// The kind of socket to listen on.
    pub transport: ListenerTransport,
    /// Serve on TCP without TLS, too: every user of the machine can connect then, and read along. For tests.
    pub plain_tcp: bool,
    /// How long the server waits for clients; the default is what Terraform and OpenTofu need.
    pub timing: Timing,
    /// Standard output: gets one line, and nothing after it.
    pub output: Box<dyn Write + Send>,
}

impl ServeOptions {
    /// Serves the client that started this process, as its environment says; with `debug`, whichever Terraform attaches
    /// itself.
    pub fn of_this_process(provider_address: impl Into<String>, debug: bool) -> Self {
        Self {
            debug,
            provider_address: provider_address.into(),
            environment: PluginEnvironment::read(|name| std::env::var_os(name)),
            transport: ListenerTransport::default(),
            plain_tcp: false,
            timing: Timing::default(),
            output: Box::new(io::stdout()),
        }
    }
}

/// How long a server waits for clients that are slow, silent or gone.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// When to go because nobody is there any more.
    pub orphan: OrphanTiming,
    /// How long a TLS handshake may take, and how soon to accept again after a failure.
    pub accept: AcceptTiming,
    /// How long calls in flight may take to end after Shutdown. Nobody waits for their answers any more.
    pub ending: Duration,
    /// How long to serve before what killed processes have left behind is removed. A plan is over by then, and need not
    /// share the processor with a search through the folder for temporary files.
    pub sweep: Duration,
    /// Rest between the reason of a failed start and the end of the process. Clients look at what they have read of
    /// standard error in the moment standard output ends, and read the two side by side.
    pub last_words: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            orphan: OrphanTiming {
                parent_check: Duration::from_secs(2),
                // Clients give a provider a minute to start, and connect at once after that.
                first_connection: Duration::from_secs(120),
                without_connection: Duration::from_secs(10),
            },
            accept: AcceptTiming { handshake: Duration::from_secs(10), pause: Duration::from_millis(100) },
            ending: Duration::from_millis(100),
            sweep: Duration::from_secs(5),
            last_words: Duration::from_millis(100),
        }
    }
}

/// Why a provider could not start to serve, or had to stop. [`ServeError::report`] is for standard error.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Not a start that can be served.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// There is no place to listen.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Secrets would go over TCP in plain text.
    #[error(
        "the client asks for no TLS, and without it every user of this machine could read along: unset \
         TF_DISABLE_PLUGIN_TLS"
    )]
    PlainTcp,
    /// The line for the client could not be written.
    #[error("telling the address on standard output failed")]
    Announce(#[source] io::Error),
    /// Signals would end the process in the middle of its work.
    #[error("catching signals failed")]
    Signals(#[source] io::Error),
    /// The operating system gives no threads or timers.
    #[error("starting the runtime failed")]
    Runtime(#[source] io::Error),
    /// The server ended, and nobody had asked it to.
    #[error("the server ended")]
    Server(#[source] Option<tonic::transport::Error>),
}

impl ServeError {
    /// What to write to standard error, with causes and newline. Clients show what begins with `fatal error: ` to their
    /// user; anything else would be hidden behind the complaint that there was no handshake.
    pub fn report(&self) -> String {
        let mut text = match self {
            Self::Handshake(HandshakeError::StartedByHand) => return format!("{self}\n"),
            _ => format!("fatal error: {self}"),
        };
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        text.push('\n');
        text
    }
}

/// Serves `provider` until the client says Shutdown, nobody needs this process any more or, in debug mode, a signal
/// comes. Returns soon after that, whatever is still in flight; leave the runtime without waiting for it either.
///
/// # Errors
/// [`ServeError`]; the exit code is 1.
pub async fn run(provider: Arc<dyn Provider>, mut options: ServeOptions) -> Result<(), ServeError> {
    let parent = Parent::of_this_process();
    let terms = if options.debug { None } else { Some(options.environment.negotiate()?) };
    // Before the client knows about this process, so that no Ctrl-C can find it unprotected.
    let mut signals = Signals::catch().map_err(ServeError::Signals)?;
    let listener = Listener::open(options.transport, &options.environment.bind_options()).await?;
    let client = terms.as_ref().and_then(|terms| terms.client_certificate.clone());
    let tls = client.map(ServerTls::new).transpose()?;
    let open_to_all = options.transport == ListenerTransport::Tcp && tls.is_none();
    if open_to_all && !options.debug && !options.plain_tcp {
        return Err(ServeError::PlainTcp);
    }

    let shutdown = CancellationToken::new();
    let service = ProviderService::new(provider);
    let (count, connections) = watch::channel(ConnectionCount::default());
    let incoming =
        listener.connections(tls.as_ref().map(|tls| tls.configuration.clone()), options.timing.accept, count);
    let mut serving = tokio::spawn(serve(service.clone(), incoming, shutdown.clone()));

    let line = match &terms {
        Some(terms) => handshake_line(terms, listener.address(), tls.as_ref().map(|tls| &tls.certificate)),
        None => reattach_line(&options.provider_address, listener.address(), std::process::id()),
    };
    let output = &mut options.output;
    output.write_all(line.as_bytes()).and_then(|()| output.flush()).map_err(ServeError::Announce)?;
    if terms.as_ref().is_some_and(|terms| !terms.version_offered) {
        tracing::warn!("the client does not offer protocol version 6 and will end this process");
    }
    #[cfg(unix)]
    tokio::spawn(later(options.timing.sweep, listener.sweep()));

    let deserted = async {
        match options.debug {
            // Terraform comes and goes here, and never says Shutdown.
            true => std::future::pending().await,
            false => {
                let timing = options.timing.orphan;
                orphaned(timing, parent.died(timing.parent_check), connections).await
            }
        }
    };
    let interrupted = async {
        loop {
            let signal = signals.next().await;
            if options.debug {
                return signal;
            }
            tracing::debug!(signal, "left to the client, which says Stop");
        }
    };
    match first_reason(&shutdown, deserted, interrupted, &mut serving).await {
        EndReason::Shutdown => tracing::debug!("told to shut down"),
        EndReason::Orphaned(why) => tracing::warn!(?why, "ending, because nobody needs this process any more"),
        EndReason::Signal(signal) => tracing::info!(signal, "ending"),
        EndReason::Server(error) => return Err(ServeError::Server(error)),
    }
    shutdown.cancel();
    service.stop();
    drop(listener);
    if tokio::time::timeout(options.timing.ending, serving).await.is_err() {
        tracing::warn!("calls in flight were cut off");
    }
    Ok(())
}

/// Does `work`, which reads files, after `rest`; not at all if the process ends before.
#[cfg(unix)]
async fn later(rest: Duration, work: impl FnOnce() + Send + 'static) {
    tokio::time::sleep(rest).await;
    let _ = tokio::task::spawn_blocking(work).await;
}

/// What made a server end.
#[derive(Debug)]
enum EndReason {
    Shutdown,
    Orphaned(Orphaned),
    Signal(&'static str),
    Server(Option<tonic::transport::Error>),
}

/// Waits for the first reason to end. Shutdown makes the server end as well, often before anybody looks: then that is the
/// reason. Clients tell their user of a crash otherwise.
async fn first_reason<J>(
    shutdown: &CancellationToken,
    deserted: impl Future<Output = Orphaned>,
    interrupted: impl Future<Output = &'static str>,
    serving: impl Future<Output = Result<Result<(), tonic::transport::Error>, J>>,
) -> EndReason {
    tokio::select! {
        biased;
        () = shutdown.cancelled() => EndReason::Shutdown,
        // Shutdown may have come since the line above was asked.
        ended = serving => match ended.ok().and_then(Result::err) {
            None if shutdown.is_cancelled() => EndReason::Shutdown,
            error => EndReason::Server(error),
        },
        signal = interrupted => EndReason::Signal(signal),
        why = deserted => EndReason::Orphaned(why),
    }
}

async fn serve(
    service: ProviderService,
    incoming: impl Stream<Item = io::Result<Connection>>,
    shutdown: CancellationToken,
) -> Result<(), tonic::transport::Error> {
    let plugin = PluginServices::new(shutdown.clone());
    let provider = ProviderServer::new(service)
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    Server::builder()
        .add_service(provider)
        .add_service(GrpcControllerServer::new(plugin.clone()))
        .add_service(GrpcBrokerServer::new(plugin.clone()))
        .add_service(GrpcStdioServer::new(plugin.clone()))
        .add_service(HealthServer::new(plugin))
        .serve_with_incoming_shutdown(incoming, shutdown.cancelled_owned())
        .await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    /// What ends a server that has ended by itself, and at whose end `shutdown` is as `told` makes it.
    async fn reason(told: impl Fn(&CancellationToken)) -> EndReason {
        let shutdown = CancellationToken::new();
        let serving = async {
            told(&shutdown);
            Ok::<_, ()>(Ok(()))
        };
        first_reason(&shutdown, pending(), pending(), serving).await
    }

    #[tokio::test]
    async fn a_server_that_ended_because_of_shutdown_is_no_crash() {
        // Many times, because select! draws lots unless it is told not to.
        for _ in 0..100 {
            let told = CancellationToken::new();
            told.cancel();
            let at_once = ready(Ok::<_, ()>(Ok(())));
            let before = first_reason(&told, ready(Orphaned::ConnectionLost), ready("SIGTERM"), at_once).await;
            assert!(matches!(before, EndReason::Shutdown), "{before:?}");
            let meanwhile = reason(CancellationToken::cancel).await;
            assert!(matches!(meanwhile, EndReason::Shutdown), "{meanwhile:?}");
        }
    }

    #[tokio::test]
    async fn a_server_that_ended_by_itself_is_one() {
        let by_itself = reason(|_| {}).await;
        assert!(matches!(by_itself, EndReason::Server(None)), "{by_itself:?}");
        let panicked = first_reason(&CancellationToken::new(), pending(), pending(), ready(Err(()))).await;
        assert!(matches!(panicked, EndReason::Server(None)), "{panicked:?}");
        assert_eq!(ServeError::Server(None).report(), "fatal error: the server ended\n");
    }

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn what_killed_processes_have_left_is_searched_for_when_a_plan_is_over() {
        let (done, swept) = tokio::sync::oneshot::channel();
        let began = tokio::time::Instant::now();
        let sweep = later(Timing::default().sweep, move || {
            let _ = done.send(began.elapsed());
        });
        let _ = tokio::time::timeout(Duration::from_secs(60), sweep).await;
        assert_eq!(swept.await, Ok(Duration::from_secs(5)));
    }

    #[tokio::test]
    async fn the_other_reasons_are_told_as_what_they_are() {
        let running = || pending::<Result<Result<(), tonic::transport::Error>, ()>>();
        let shutdown = CancellationToken::new();
        let signal = first_reason(&shutdown, pending(), ready("SIGINT"), running()).await;
        assert!(matches!(signal, EndReason::Signal("SIGINT")), "{signal:?}");
        let orphaned = first_reason(&shutdown, ready(Orphaned::ParentDied), pending(), running()).await;
        assert!(matches!(orphaned, EndReason::Orphaned(Orphaned::ParentDied)), "{orphaned:?}");
    }
}

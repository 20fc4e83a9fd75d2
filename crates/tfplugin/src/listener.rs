//! Where connections come in: a unix socket that only this user can reach, or TCP on the loopback address.

use std::io;
#[cfg(unix)]
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::handshake::{Address, BindOptions};
use super::lifetime::ConnectionCount;

/// The kind of socket that a server listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenerTransport {
    /// A unix socket: no port, no other user.
    #[cfg(unix)]
    Unix,
    /// TCP on 127.0.0.1.
    Tcp,
}

impl Default for ListenerTransport {
    #[cfg(unix)]
    fn default() -> Self {
        Self::Unix
    }

    #[cfg(not(unix))]
    fn default() -> Self {
        Self::Tcp
    }
}

/// Why no listener could be opened. Clients show the text to their users.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The directory or the socket could not be made.
    #[error("opening a socket in {directory} failed")]
    Socket {
        /// The directory in which it was tried.
        directory: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// No folder for temporary files takes a socket.
    #[error(
        "no socket can be made in {tried}: set TMPDIR to a folder that can be written to (the machine's matter, not the \
         plugin's)"
    )]
    NoTemporaryDirectory {
        /// The folders in which it was tried.
        tried: String,
        /// What the operating system says of the last one.
        source: io::Error,
    },
    /// The kernel takes no longer path.
    #[error(
        "the path {path} is too long for a unix socket: at most {limit} bytes (name a shorter PLUGIN_UNIX_SOCKET_DIR)"
    )]
    PathTooLong {
        /// The path that was tried.
        path: String,
        /// How long it may be.
        limit: usize,
    },
    /// Every port of the range is taken.
    #[error("no free TCP port from {first} to {last} on 127.0.0.1")]
    NoPort {
        /// Lower end of the range.
        first: u16,
        /// Upper end of the range.
        last: u16,
        /// What the last port tried answered.
        source: io::Error,
    },
}

/// An open listener. Dropping it removes its socket and the directory made for it; whoever is connected stays so.
#[derive(Debug)]
pub struct Listener {
    socket: Arc<Socket>,
    address: Address,
    #[cfg(unix)]
    _directory: Option<SocketDirectory>,
}

#[derive(Debug)]
enum Socket {
    #[cfg(unix)]
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Socket {
    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => Ok(Box::new(listener.accept().await?.0)),
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Without it a call takes 44 ms instead of a fraction of one.
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

impl Listener {
    /// Opens a listener of the wanted kind at a place that `bind_options` names.
    ///
    /// # Errors
    /// [`ListenError`] if there is no place for it.
    pub async fn open(transport: ListenerTransport, bind_options: &BindOptions) -> Result<Self, ListenError> {
        match transport {
            #[cfg(unix)]
            ListenerTransport::Unix => Self::open_unix(bind_options),
            ListenerTransport::Tcp => Self::open_tcp(bind_options).await,
        }
    }

    #[cfg(unix)]
    fn open_unix(bind_options: &BindOptions) -> Result<Self, ListenError> {
        if let Some(directory) = &bind_options.socket_directory {
            return Self::open_in(directory);
        }
        // A user's own directory for temporary files can lie deep; the system's is short everywhere.
        Self::open_temporary(bind_options.temporary_directory.as_deref(), Path::new("/tmp"))
    }

    /// In the user's directory or else in the system's.
    #[cfg(unix)]
    fn open_temporary(of_user: Option<&Path>, of_system: &Path) -> Result<Self, ListenError> {
        let of_user = of_user.filter(|directory| *directory != of_system);
        if let Some(Ok(listener)) = of_user.map(Self::open_in) {
            return Ok(listener);
        }
        Self::open_in(of_system).map_err(|error| match error {
            ListenError::Socket { directory, source } => {
                let first = of_user.map(|directory| format!("{} nor in ", directory.display())).unwrap_or_default();
                ListenError::NoTemporaryDirectory { tried: format!("{first}{directory}"), source }
            }
            other => other,
        })
    }

    #[cfg(unix)]
    fn open_in(parent: &Path) -> Result<Self, ListenError> {
        let failed = |source| ListenError::Socket { directory: parent.display().to_string(), source };
        let parent = std::path::absolute(parent).map_err(failed)?;
        let directory = SocketDirectory::create(&parent).map_err(failed)?;
        let path = directory.socket();
        let length = path.as_os_str().len();
        if length > LONGEST_SOCKET_PATH {
            return Err(ListenError::PathTooLong { path: path.display().to_string(), limit: LONGEST_SOCKET_PATH });
        }
        let listener = UnixListener::bind(&path).map_err(failed)?;
        let socket = Arc::new(Socket::Unix(listener));
        Ok(Self { socket, address: Address::Unix(path), _directory: Some(directory) })
    }

    async fn open_tcp(bind_options: &BindOptions) -> Result<Self, ListenError> {
        let mut refused = io::Error::from(io::ErrorKind::InvalidInput);
        for port in bind_options.ports.clone() {
            let bound = TcpListener::bind(("127.0.0.1", port)).await;
            match bound.and_then(|listener| Ok((listener.local_addr()?, listener))) {
                Ok((address, listener)) => {
                    return Ok(Self {
                        socket: Arc::new(Socket::Tcp(listener)),
                        address: Address::Tcp(address),
                        #[cfg(unix)]
                        _directory: None,
                    });
                }
                Err(error) => refused = error,
            }
        }
        Err(ListenError::NoPort {
            first: *bind_options.ports.start(),
            last: *bind_options.ports.end(),
            source: refused,
        })
    }

    /// The address to tell to clients.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Removes the socket directories that killed processes have left beside this one's. What is not certainly dead stays.
    /// Reads a directory, so not for the runtime's own threads; nothing waits for it.
    #[cfg(unix)]
    pub fn sweep(&self) -> impl FnOnce() + Send + use<> {
        let own = self._directory.as_ref().map(|directory| directory.0.clone());
        move || {
            if let Some(own) = own {
                let _ = sweep_beside(&own);
            }
        }
    }

    /// Accepts connections for as long as the returned stream is held. Each TLS handshake is a task of its own, so that
    /// one that hangs or fails keeps nobody else waiting.
    pub fn connections(
        &self,
        tls: Option<Arc<ServerConfig>>,
        timing: AcceptTiming,
        count: watch::Sender<ConnectionCount>,
    ) -> ReceiverStream<io::Result<Connection>> {
        let (sender, receiver) = mpsc::channel(8);
        let tls = tls.map(TlsAcceptor::from);
        let socket = self.socket.clone();
        tokio::spawn(async move {
            loop {
                let stream = tokio::select! {
                    () = sender.closed() => return,
                    accepted = socket.accept() => accepted,
                };
                match stream {
                    Ok(stream) => {
                        tokio::spawn(admit(stream, tls.clone(), timing.handshake, count.clone(), sender.clone()));
                    }
                    Err(error) => {
                        // Out of file descriptors, for one: it passes, but not by asking again at once.
                        tracing::warn!(error = &error as &dyn std::error::Error, "accepting a connection failed");
                        tokio::time::sleep(timing.pause).await;
                    }
                }
            }
        });
        ReceiverStream::new(receiver)
    }
}

/// How patient a listener is with a client that connects, and with the operating system.
#[derive(Clone, Copy, Debug)]
pub struct AcceptTiming {
    /// How long a TLS handshake may take before the connection is given up.
    pub handshake: Duration,
    /// Rest after the operating system refused to accept.
    pub pause: Duration,
}

async fn admit(
    stream: Box<dyn Stream>,
    tls: Option<TlsAcceptor>,
    limit: Duration,
    count: watch::Sender<ConnectionCount>,
    admitted: mpsc::Sender<io::Result<Connection>>,
) {
    let stream = match tls {
        None => stream,
        Some(acceptor) => match tokio::time::timeout(limit, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => Box::new(stream),
            Ok(Err(error)) => {
                return tracing::warn!(error = &error as &dyn std::error::Error, "a connection was refused");
            }
            Err(_) => return tracing::warn!("a connection was dropped: its TLS handshake took too long"),
        },
    };
    // The receiver is gone only while the process ends.
    let _ = admitted.send(Ok(Connection::new(stream, count))).await;
}

/// A byte stream of either kind, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// An admitted connection; counted for as long as it lives.
pub struct Connection {
    stream: Box<dyn Stream>,
    count: watch::Sender<ConnectionCount>,
}

impl Connection {
    fn new(stream: Box<dyn Stream>, count: watch::Sender<ConnectionCount>) -> Self {
        count.send_modify(ConnectionCount::opened);
        Self { stream, count }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.count.send_modify(ConnectionCount::closed);
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// `sun_path` holds 108 bytes on Linux and 104 on macOS and the BSDs, the final zero included.
#[cfg(unix)]
const LONGEST_SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// A directory of this process alone, with one socket in it.
///
/// Its name must be fresh and not just likely so: a name made of the process id collides with what a killed process of
/// the same number has left behind.
#[cfg(unix)]
#[derive(Debug)]
struct SocketDirectory(PathBuf);

#[cfg(unix)]
impl SocketDirectory {
    fn create(parent: &Path) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        // The draw decides nothing but an unused name, so it need not come from outside.
        let mut name = uuid::Uuid::new_v4().simple().to_string();
        name.truncate(16);
        let path = parent.join(format!("plugin-{name}"));
        // Fails if the name exists, whoever made it.
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    fn socket(&self) -> PathBuf {
        self.0.join("socket")
    }
}

/// A temporary directory with more entries than this is not searched to its end.
#[cfg(unix)]
const MOST_ENTRIES: usize = 10_000;

#[cfg(unix)]
fn sweep_beside(own: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let user = std::fs::symlink_metadata(own)?.uid();
    let Some(parent) = own.parent() else { return Ok(()) };
    for entry in std::fs::read_dir(parent)?.take(MOST_ENTRIES).flatten() {
        let path = entry.path();
        let is_ours = |found: std::fs::Metadata| found.is_dir() && found.uid() == user && found.mode() & 0o077 == 0;
        let named = entry.file_name().to_str().is_some_and(is_socket_directory_name);
        if path != own && named && std::fs::symlink_metadata(&path).is_ok_and(is_ours) && is_dead(&path.join("socket"))
        {
            drop(SocketDirectory(path));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_socket_directory_name(name: &str) -> bool {
    name.strip_prefix("plugin-")
        .is_some_and(|rest| rest.len() == 16 && rest.bytes().all(|sign| sign.is_ascii_hexdigit()))
}

/// Whether there is a socket that no process holds. Asked with a socket of another type, which a process that does hold it
/// neither sees nor can keep waiting: the system answers "wrong type" then, before it even listens.
#[cfg(unix)]
fn is_dead(socket: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::UnixDatagram;
    if !std::fs::symlink_metadata(socket).is_ok_and(|found| found.file_type().is_socket()) {
        return false;
    }
    let asked = UnixDatagram::unbound().and_then(|own| own.connect(socket));
    asked.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

#[cfg(unix)]
impl Drop for SocketDirectory {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.socket());
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind_options(directory: Option<PathBuf>, temporary: Option<PathBuf>) -> BindOptions {
        BindOptions { socket_directory: directory, temporary_directory: temporary, ports: 0..=0 }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_socket_lies_in_a_directory_that_nobody_else_can_enter_and_leaves_nothing_behind() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let listener =
            Listener::open(ListenerTransport::Unix, &bind_options(Some(home.path().into()), None)).await.unwrap();
        let Address::Unix(path) = listener.address().clone() else { panic!("not a unix socket") };
        let directory = path.parent().unwrap();
        assert_eq!(directory.parent().unwrap(), home.path());
        assert_eq!(std::fs::metadata(directory).unwrap().permissions().mode() & 0o777, 0o700);
        drop(listener);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_sweep_takes_the_directories_of_dead_processes_and_nothing_else() {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let path = home.path().join(name);
            std::fs::DirBuilder::new().mode(0o700).create(&path).unwrap();
            path
        };
        // A socket whose process is gone stays in the file system.
        let dead = |name: &str| drop(std::os::unix::net::UnixListener::bind(folder(name).join("socket")).unwrap());
        dead("plugin-0123456789abcdef");
        dead("plugin-123456");
        dead("plugin-0123456789abcdeg");
        dead("plugin-00000000000000aa");
        let open_to_all = home.path().join("plugin-00000000000000aa");
        std::fs::set_permissions(open_to_all, std::fs::Permissions::from_mode(0o755)).unwrap();
        // About to open its socket, and one with something else in it.
        folder("plugin-00000000000000bb");
        std::fs::write(folder("plugin-00000000000000cc").join("socket"), "x").unwrap();
        let other =
            Listener::open(ListenerTransport::Unix, &bind_options(Some(home.path().into()), None)).await.unwrap();
        let own = Listener::open(ListenerTransport::Unix, &bind_options(Some(home.path().into()), None)).await.unwrap();
        let names = || -> std::collections::BTreeSet<String> {
            let entries = std::fs::read_dir(home.path()).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        };
        let mut expected = names();
        own.sweep()();
        assert!(expected.remove("plugin-0123456789abcdef"));
        assert_eq!(names(), expected);
        for listener in [own, other] {
            let Address::Unix(path) = listener.address() else { panic!("not a unix socket") };
            std::os::unix::net::UnixStream::connect(path).unwrap();
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_deep_temporary_directory_gives_way_to_the_systems_but_a_deep_socket_directory_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        let deep = home.path().join("d".repeat(100));
        std::fs::create_dir(&deep).unwrap();
        let listener = Listener::open(ListenerTransport::Unix, &bind_options(None, Some(deep.clone()))).await.unwrap();
        assert!(listener.address().to_string().starts_with("/tmp/plugin-"));
        let error = Listener::open(ListenerTransport::Unix, &bind_options(Some(deep.clone()), None)).await.unwrap_err();
        assert!(matches!(error, ListenError::PathTooLong { limit: LONGEST_SOCKET_PATH, .. }), "{error}");
        assert_eq!(std::fs::read_dir(&deep).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn without_a_writable_temporary_directory_the_error_names_the_variable_to_set() {
        let [user, system] = [Path::new("/nowhere/user"), Path::new("/nowhere/system")];
        let both = Listener::open_temporary(Some(user), system).unwrap_err().to_string();
        let one = Listener::open_temporary(Some(system), system).unwrap_err().to_string();
        let advice = "set TMPDIR to a folder that can be written to (the machine's matter, not the plugin's)";
        assert_eq!(both, format!("no socket can be made in /nowhere/user nor in /nowhere/system: {advice}"));
        assert_eq!(one, format!("no socket can be made in /nowhere/system: {advice}"));
        let home = tempfile::tempdir().unwrap();
        assert!(Listener::open_temporary(Some(user), home.path()).is_ok());
    }

    #[tokio::test]
    async fn a_taken_port_is_passed_over() {
        let taken = Listener::open(ListenerTransport::Tcp, &bind_options(None, None)).await.unwrap();
        let Address::Tcp(address) = taken.address().clone() else { panic!("not TCP") };
        let only = BindOptions { ports: address.port()..=address.port(), ..bind_options(None, None) };
        let error = Listener::open(ListenerTransport::Tcp, &only).await.unwrap_err();
        assert!(matches!(error, ListenError::NoPort { .. }), "{error}");
        if let Some(next) = address.port().checked_add(20) {
            let range = BindOptions { ports: address.port()..=next, ..bind_options(None, None) };
            let listener = Listener::open(ListenerTransport::Tcp, &range).await.unwrap();
            assert_ne!(listener.address(), taken.address());
        }
    }
}

//! When this process ends although nobody told it to: its parent has died, or nobody is connected any more.
//! And which signals do not end it.

use std::io;
use std::time::Duration;

use tokio::sync::watch;

/// How patient a provider is with a client that has gone silent.
#[derive(Clone, Copy, Debug)]
pub struct OrphanTiming {
    /// Time between two looks at the parent process, where the system does not report its end.
    pub parent_check: Duration,
    /// How long the first connection may take. Clients connect as soon as they have read the handshake line.
    pub first_connection: Duration,
    /// How long to stay without any connection after the first.
    pub without_connection: Duration,
}

/// Why nobody needs this process any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphaned {
    /// The process that started this one has ended without a word (killed, crashed).
    ParentDied,
    /// No client ever came.
    NeverConnected,
    /// The last connection was closed some time ago.
    ConnectionLost,
}

/// The connections of a server, as [`orphaned`] needs to know them.
///
/// Both numbers, for whoever waits on a busy machine may not run between the begin and the end of a short connection: with
/// those that are open alone it would look as if nobody had ever come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionCount {
    /// How many are open.
    pub open: usize,
    /// How many have ever been admitted.
    pub admitted: usize,
}

impl ConnectionCount {
    /// One more is open.
    pub fn opened(&mut self) {
        self.open = self.open.saturating_add(1);
        self.admitted = self.admitted.saturating_add(1);
    }

    /// One of those that were open is closed.
    pub fn closed(&mut self) {
        self.open = self.open.saturating_sub(1);
    }
}

/// The process that started this one.
///
/// Linux reports its end, so that a process that waits for hours is not woken each second to ask. Elsewhere, and where a
/// sandbox forbids it, the parent's id is looked at from time to time: after a death it is another one.
#[derive(Debug)]
pub struct Parent {
    born_of: Option<u32>,
    #[cfg(target_os = "linux")]
    end: Option<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>>,
}

impl Parent {
    /// To be made before anyone can know of this process, and on the runtime.
    pub fn of_this_process() -> Self {
        Self {
            born_of: parent_process(),
            #[cfg(target_os = "linux")]
            end: end_of_parent(),
        }
    }

    /// Waits until it has ended. Looks every `check` where the system does not report it.
    pub async fn died(&self, check: Duration) {
        #[cfg(target_os = "linux")]
        if let Some(end) = &self.end
            && end.readable().await.is_ok()
        {
            return;
        }
        other_parent(self.born_of, parent_process, check).await;
    }
}

/// Readable once the parent has ended; none where the kernel or a sandbox knows no such thing.
#[cfg(target_os = "linux")]
#[allow(
    deprecated,
    reason = "unsound for what does not own its descriptor; this one does, and its successor is unsafe"
)]
fn end_of_parent() -> Option<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>> {
    use rustix::process::{PidfdFlags, getppid, pidfd_open};
    let parent = getppid()?;
    let end = pidfd_open(parent, PidfdFlags::empty()).ok()?;
    // It may have died in between, and its number may be another's by now.
    if getppid() != Some(parent) {
        return None;
    }
    tokio::io::unix::AsyncFd::with_interest(end, tokio::io::Interest::READABLE).ok()
}

fn parent_process() -> Option<u32> {
    #[cfg(unix)]
    return rustix::process::getppid().and_then(|parent| u32::try_from(parent.as_raw_nonzero().get()).ok());
    #[cfg(not(unix))]
    return None;
}

async fn other_parent(born_of: Option<u32>, parent: impl Fn() -> Option<u32>, check: Duration) {
    while parent() == born_of {
        tokio::time::sleep(check).await;
    }
}

/// Waits until nobody needs this process any more: `parent_died` ends, or no client comes or stays.
pub async fn orphaned(
    timing: OrphanTiming,
    parent_died: impl Future<Output = ()>,
    mut connections: watch::Receiver<ConnectionCount>,
) -> Orphaned {
    let deserted = async {
        let came = connections.wait_for(|count| count.admitted > 0);
        if tokio::time::timeout(timing.first_connection, came).await.is_err() {
            return Orphaned::NeverConnected;
        }
        loop {
            let seen = connections.wait_for(|count| count.open == 0).await.map_or(0, |count| count.admitted);
            let another = connections.wait_for(|count| count.admitted > seen);
            match tokio::time::timeout(timing.without_connection, another).await {
                Ok(Ok(_)) => {}
                // Elapsed, or the listener itself is gone.
                _ => return Orphaned::ConnectionLost,
            }
        }
    };
    tokio::select! {
        () = parent_died => Orphaned::ParentDied,
        why = deserted => why,
    }
}

/// Interrupt, termination and hang-up signals, caught from the moment this is made until the process ends.
///
/// A terminal sends Ctrl-C to the whole process group. Terraform then tells its providers by StopProvider and waits for
/// their answers, so a provider that died of the signal itself would lose what it was about to report. A handler and not
/// "ignore": that would be inherited by child processes.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
    #[cfg(not(unix))]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Signals {
    /// Installs the handlers.
    ///
    /// # Errors
    /// What the operating system says.
    #[cfg(unix)]
    pub fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        // A file that may grow no further (`ulimit -f`) is an error of that write. By default the process would die of it.
        drop(signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Installs the handler.
    ///
    /// # Errors
    /// What the operating system says.
    #[cfg(not(unix))]
    pub fn catch() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    /// Waits for the next signal and tells its name.
    pub async fn next(&mut self) -> &'static str {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hangup.recv() => "SIGHUP",
        }
        #[cfg(not(unix))]
        {
            self.interrupt.recv().await;
            "Ctrl-C"
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::Instant;

    use super::*;

    const TIMING: OrphanTiming = OrphanTiming {
        parent_check: Duration::from_secs(1),
        first_connection: Duration::from_secs(60),
        without_connection: Duration::from_secs(10),
    };

    fn count(open: usize, admitted: usize) -> ConnectionCount {
        ConnectionCount { open, admitted }
    }

    #[tokio::test(start_paused = true)]
    async fn the_death_of_the_parent_is_seen_at_the_next_look() {
        let parent = AtomicU32::new(7);
        let (_sender, connections) = watch::channel(count(1, 1));
        let start = Instant::now();
        let adopted_by_init = async {
            tokio::time::sleep(Duration::from_millis(2500)).await;
            parent.store(1, Ordering::Relaxed);
        };
        let died = other_parent(Some(7), || Some(parent.load(Ordering::Relaxed)), TIMING.parent_check);
        let look = orphaned(TIMING, died, connections);
        assert_eq!(tokio::join!(look, adopted_by_init).0, Orphaned::ParentDied);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_ever_connecting_ends_the_wait() {
        let (_sender, connections) = watch::channel(count(0, 0));
        let start = Instant::now();
        assert_eq!(orphaned(TIMING, pending(), connections).await, Orphaned::NeverConnected);
        assert_eq!(start.elapsed(), Duration::from_secs(60));
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_in_time_starts_the_count_again() {
        let (sender, connections) = watch::channel(count(1, 1));
        let start = Instant::now();
        let client = async {
            for now in [count(0, 1), count(1, 2), count(0, 2)] {
                sender.send_replace(now);
                tokio::time::sleep(Duration::from_secs(9)).await;
            }
        };
        assert_eq!(tokio::join!(orphaned(TIMING, pending(), connections), client).0, Orphaned::ConnectionLost);
        assert_eq!(start.elapsed(), Duration::from_secs(28));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_came_and_went_before_anybody_looked_was_one() {
        let (_sender, connections) = watch::channel(count(0, 1));
        let start = Instant::now();
        assert_eq!(orphaned(TIMING, pending(), connections).await, Orphaned::ConnectionLost);
        assert_eq!(start.elapsed(), Duration::from_secs(10));

        let (sender, connections) = watch::channel(count(0, 1));
        let start = Instant::now();
        let client = async {
            tokio::time::sleep(Duration::from_secs(9)).await;
            sender.send_modify(ConnectionCount::opened);
            sender.send_modify(ConnectionCount::closed);
            pending::<()>().await;
        };
        tokio::select! {
            why = orphaned(TIMING, pending(), connections) => assert_eq!(why, Orphaned::ConnectionLost),
            () = client => {}
        }
        assert_eq!(start.elapsed(), Duration::from_secs(19));
    }
}

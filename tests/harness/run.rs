#![allow(clippy::disallowed_methods, reason = "the time limits of child processes are wall time")]

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::PROVIDER;
use super::diagnostics::{Diagnostic, Severity, in_output};

/// Longer than any command of a healthy test, on a machine that is busy with others.
const LIMIT: Duration = Duration::from_secs(120);
/// Between two looks at a condition.
const LOOK: Duration = Duration::from_millis(5);

/// A command that has ended.
#[derive(Debug, Clone)]
pub struct FinishedCommand {
    pub command: String,
    /// `None` when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl FinishedCommand {
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert_eq!(self.code, Some(0), "{self}");
        self
    }

    #[track_caller]
    pub fn fails(self) -> Self {
        assert_eq!(self.code, Some(1), "{self}");
        self
    }

    /// Of a command run with `-json`.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        in_output(&self.stdout)
    }

    pub fn errors(&self) -> Vec<Diagnostic> {
        self.of(Severity::Error)
    }

    /// Without the client's own reminder that development overrides are in use.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        let mut found = self.of(Severity::Warning);
        found.retain(|warning| !warning.summary.starts_with("Provider development overrides"));
        found
    }

    /// The only error.
    #[track_caller]
    pub fn error(&self) -> Diagnostic {
        let mut errors = self.errors();
        assert_eq!(errors.len(), 1, "one error expected\n{self}");
        errors.remove(0)
    }

    /// The only warning.
    #[track_caller]
    pub fn warning(&self) -> Diagnostic {
        let mut warnings = self.warnings();
        assert_eq!(warnings.len(), 1, "one warning expected\n{self}");
        warnings.remove(0)
    }

    /// Whether a warning says this.
    pub fn warns_of(&self, text: &str) -> bool {
        self.warnings().iter().any(|warning| warning.text().contains(text))
    }

    fn of(&self, severity: Severity) -> Vec<Diagnostic> {
        self.diagnostics().into_iter().filter(|diagnostic| diagnostic.severity == severity).collect()
    }
}

impl std::fmt::Display for FinishedCommand {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ending = self.code.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
        writeln!(formatter, "`{}` ended with {ending}", self.command)?;
        writeln!(formatter, "--- stdout")?;
        for line in self.stdout.lines() {
            match serde_json::from_str::<serde_json::Value>(line) {
                Ok(message) if message["@message"].is_string() => {
                    writeln!(formatter, "{}", message["@message"].as_str().unwrap_or_default())?;
                    if let Some(detail) = message["diagnostic"]["detail"].as_str() {
                        writeln!(formatter, "    {}", detail.replace('\n', "\n    "))?;
                    }
                }
                _ => writeln!(formatter, "{line}")?,
            }
        }
        write!(formatter, "--- stderr\n{}", self.stderr)
    }
}

/// A command under way, in a process group of its own, as a terminal would have it. Dropped, it is killed with all it has
/// started.
pub struct Running {
    command: String,
    child: Child,
    stdout: Collector,
    stderr: Collector,
    started: Instant,
    over: bool,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let shown = shown(&command);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("`{shown}` does not start: {error}"));
        let stdout = Collector::start(child.stdout.take().expect("stdout is a pipe"));
        let stderr = Collector::start(child.stderr.take().expect("stderr is a pipe"));
        Self { command: shown, child, stdout, stderr, started: Instant::now(), over: false }
    }

    /// Waits for the end.
    #[track_caller]
    pub fn wait(mut self) -> FinishedCommand {
        loop {
            if let Some(status) = self.poll() {
                return self.finished(status);
            }
            self.mind_the_limit("its end");
            std::thread::sleep(LOOK);
        }
    }

    /// Waits until a condition holds while the command runs. Fails when the command ends first.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, mut holds: impl FnMut() -> bool) {
        loop {
            if holds() {
                return;
            }
            if let Some(status) = self.poll() {
                // The condition may have come true together with the end.
                assert!(holds(), "the command ended before {what}\n{}", self.finished(status));
                return;
            }
            self.mind_the_limit(what);
            std::thread::sleep(LOOK);
        }
    }

    /// Whether the command ends by itself within this time.
    pub fn ends_within(&mut self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        while self.poll().is_none() {
            if Instant::now() > until {
                return false;
            }
            std::thread::sleep(LOOK);
        }
        true
    }

    /// The process group of everything that it starts.
    pub fn group(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has printed something.
    #[track_caller]
    pub fn wait_until_printed(&mut self) {
        let text = Arc::clone(&self.stdout.text);
        self.wait_until("it prints something", || !lock(&text).is_empty());
    }

    /// What Ctrl-C does in a terminal: SIGINT to the client and to all it has started.
    pub fn interrupt(&self) {
        kill_process_group(self.pid(), Signal::INT).expect("the process group is there");
    }

    /// SIGINT to the client alone, as `kill -INT` or a CI runner does.
    pub fn interrupt_client(&self) {
        kill_process(self.pid(), Signal::INT).expect("the client is there");
    }

    /// SIGKILL to the client alone: the runner is lost.
    pub fn kill_client(&self) {
        kill_process(self.pid(), Signal::KILL).expect("the client is there");
    }

    /// SIGKILL to every provider process of this client.
    #[track_caller]
    pub fn kill_provider(&self) {
        assert_ne!(self.kill_providers(), 0, "no provider process below `{}`", self.command);
    }

    /// As [`Running::kill_provider`], whether or not one lives at this moment: how many did.
    pub fn kill_providers(&self) -> usize {
        let providers = self.providers();
        for provider in &providers {
            // One that has just ended by itself is as good as killed.
            let _ = kill_process(*provider, Signal::KILL);
        }
        providers.len()
    }

    /// SIGKILL to client and provider at once: the machine is gone.
    pub fn kill_all(&self) {
        kill_process_group(self.pid(), Signal::KILL).expect("the process group is there");
    }

    /// The provider processes that this client has started and that still live.
    pub fn providers(&self) -> Vec<Pid> {
        let parent = self.child.id();
        let processes = std::fs::read_dir("/proc").expect("/proc is needed to find the provider's process");
        let numbers = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let ours =
            numbers.filter(|number| status_of(*number).is_some_and(|(_, of)| of == parent) && is_provider(*number));
        ours.filter_map(|number| Pid::from_raw(i32::try_from(number).ok()?)).collect()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn poll(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().expect("the client can be waited for");
        self.over |= status.is_some();
        status
    }

    #[track_caller]
    fn mind_the_limit(&mut self, what: &str) {
        if self.started.elapsed() > LIMIT {
            let _ = kill_process_group(self.pid(), Signal::KILL);
            let status = self.child.wait().expect("the client can be waited for");
            self.over = true;
            panic!("waited {} s for {what}\n{}", LIMIT.as_secs(), self.finished(status));
        }
    }

    fn finished(&mut self, status: ExitStatus) -> FinishedCommand {
        FinishedCommand {
            command: self.command.clone(),
            code: status.code().filter(|_| status.signal().is_none()),
            stdout: self.stdout.take(),
            stderr: self.stderr.take(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Also after the end: a killed client leaves its provider behind in the group.
        let _ = kill_process_group(self.pid(), Signal::KILL);
        if !self.over {
            let _ = self.child.wait();
        }
    }
}

/// True while a process lives; one that only waits to be reaped does not.
pub fn is_alive(process: Pid) -> bool {
    u32::try_from(process.as_raw_nonzero().get()).ok().and_then(status_of).is_some_and(|(state, _)| state != 'Z')
}

/// State letter and parent of a process, from `/proc/<pid>/stat`; the name before them may hold blanks and brackets.
fn status_of(process: u32) -> Option<(char, u32)> {
    let line = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = line.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    Some((words.next()?.chars().next()?, words.next()?.parse().ok()?))
}

fn is_provider(process: u32) -> bool {
    let name = std::path::Path::new(PROVIDER).file_name();
    std::fs::read_link(format!("/proc/{process}/exe")).is_ok_and(|path| path.file_name() == name)
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Reads one output of a child to its end, on a thread of its own.
struct Collector {
    text: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Collector {
    fn start(mut source: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&text);
        let reader = std::thread::spawn(move || {
            let mut part = [0; 8192];
            while let Ok(count) = source.read(&mut part) {
                if count == 0 {
                    break;
                }
                lock(&sink).extend_from_slice(&part[..count]);
            }
        });
        Self { text, reader: Some(reader) }
    }

    /// All of it, after the child's end. An orphan that still holds the pipe open is not waited for.
    fn take(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            let patience = Instant::now() + Duration::from_secs(2);
            while !reader.is_finished() && Instant::now() < patience {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        String::from_utf8_lossy(&lock(&self.text)).into_owned()
    }
}

fn lock(text: &Mutex<Vec<u8>>) -> std::sync::MutexGuard<'_, Vec<u8>> {
    text.lock().expect("no reader panics")
}

//! Progress of restores while they run: events, and the sinks that show them (the log, and the provider's progress
//! file).

use std::collections::VecDeque;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use printable::printable;
use serde::Serialize;

use crate::azure::clock::Clock;
use crate::azure::token_wait::TokenWaits;
use crate::restore::record::instant;

/// Shows progress events: the log, a file, and for an action Terraform's own output. Add one to a [`Progress`] with
/// [`Progress::and_to`].
pub trait ProgressSink: fmt::Debug + Send + Sync {
    /// Shows one event. Called from the task that restores, so it must neither block nor fail; an event that cannot be
    /// shown is dropped.
    fn emit(&self, event: &ProgressEvent<'_>);
}

/// Reports progress to a list of sinks, in its order.
///
/// The connection makes one for all restores; [`Life`](crate::restore::life::Life) calls [`Progress::report_progress`]
/// at each phase and whenever a job changes. Cloning gives the same sinks.
#[derive(Clone, Debug)]
pub struct Progress {
    sinks: Vec<Arc<dyn ProgressSink>>,
    clock: Arc<dyn Clock>,
    token_waits: TokenWaits,
}

/// One thing that happened. A line of the progress file is this object.
#[derive(Clone, Debug, Serialize)]
pub struct ProgressEvent<'a> {
    /// When it happened: RFC 3339 in UTC.
    pub time: String,
    /// What, in one word for programs.
    pub event: &'a str,
    /// What is restored, for people.
    pub restore: &'a str,
    /// ARM id of the protected item.
    pub item_id: &'a str,
    /// ARM id of the job, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<&'a str>,
    /// Where the restore stands, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'a str>,
    /// What, in a sentence for people.
    pub message: &'a str,
}

/// The restore that an event is about.
#[derive(Clone, Copy, Debug)]
pub struct RestoreSummary<'a> {
    /// What is restored, for messages.
    pub subject: &'a str,
    /// ARM id of the protected item.
    pub item_id: &'a str,
    /// ARM id of the job, once known.
    pub job_id: Option<&'a str>,
    /// Where the restore stands, once known.
    pub status: Option<&'a str>,
}

impl Progress {
    /// Progress that goes to the log only.
    pub fn logged(clock: Arc<dyn Clock>) -> Self {
        Self { sinks: vec![Arc::new(Log)], clock, token_waits: TokenWaits::default() }
    }

    /// The same, going to one more sink.
    #[must_use]
    pub fn and_to(mut self, sink: Arc<dyn ProgressSink>) -> Self {
        self.sinks.push(sink);
        self
    }

    /// The same, in which restores say that they wait for these access tokens.
    #[must_use]
    pub fn waiting_for(self, token_waits: TokenWaits) -> Self {
        Self { token_waits, ..self }
    }

    /// The access tokens that restores may wait for.
    pub fn token_waits(&self) -> &TokenWaits {
        &self.token_waits
    }

    /// Progress that goes to the log, and to the end of the file at `path`, which is made if it is not there.
    ///
    /// # Errors
    /// As [`ProgressFile::open`].
    pub fn appended_to(path: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        Ok(Self::logged(clock).and_to(Arc::new(ProgressFile::open(path)?)))
    }

    /// Reports one event to every sink. `event` is one word for programs, `message` a sentence for people; neither may
    /// hold a secret. The words of `event` are part of the interface, since programs filter by them
    /// (docs/guides/troubleshooting.md lists them).
    pub fn report_progress(&self, about: RestoreSummary<'_>, event: &str, message: &str) {
        // Names and statuses come from Azure, and pipelines obey what is printed.
        let [subject, item_id, message] = [about.subject, about.item_id, message].map(printable);
        let [job_id, status] = [about.job_id, about.status].map(|text| text.map(printable));
        let event = ProgressEvent {
            time: instant(self.clock.now()),
            event,
            restore: &subject,
            item_id: &item_id,
            job_id: job_id.as_deref(),
            status: status.as_deref(),
            message: &message,
        };
        for sink in &self.sinks {
            sink.emit(&event);
        }
    }
}

/// The log of this process.
#[derive(Debug)]
struct Log;

impl ProgressSink for Log {
    fn emit(&self, event: &ProgressEvent<'_>) {
        tracing::info!(
            restore = event.restore,
            event = event.event,
            job_id = event.job_id.unwrap_or_default(),
            status = event.status.unwrap_or_default(),
            "{}",
            event.message
        );
    }
}

/// A file of JSON lines, an object each. Several processes may append to it.
#[derive(Debug)]
pub struct ProgressFile(Mutex<Lines<AppendedFile>>);

impl ProgressFile {
    /// The file at `path`, which is made if it is not there, for this user alone.
    ///
    /// # Errors
    /// If it cannot be opened for appending, or is no ordinary file: one end of a pipe could hold up the restore.
    pub fn open(path: &Path) -> io::Result<Self> {
        if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not an ordinary file"));
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let end = options.open(path)?;
        // One that may be written and not read is none the worse for it.
        Ok(Self(Mutex::new(Lines::to(AppendedFile { end, reader: File::open(path).ok() }))))
    }
}

impl ProgressSink for ProgressFile {
    fn emit(&self, event: &ProgressEvent<'_>) {
        if let Ok(text) = serde_json::to_string(event) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).append(text);
        }
    }
}

/// The end of a file, as [`Lines`] needs it.
trait LineFile {
    /// Appends some of `bytes`, at least one, and tells how many.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;

    fn length(&self) -> io::Result<u64>;

    /// Whether the next byte begins a line.
    fn is_at_line_start(&mut self) -> bool;
}

#[derive(Debug)]
struct AppendedFile {
    end: File,
    reader: Option<File>,
}

impl LineFile for AppendedFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.end.write(bytes)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.end.metadata()?.len())
    }

    fn is_at_line_start(&mut self) -> bool {
        let Some(reader) = &mut self.reader else { return true };
        let mut last = [0];
        match reader.seek(SeekFrom::End(-1)).and_then(|_| reader.read_exact(&mut last)) {
            Ok(()) => last == *b"\n",
            // Empty.
            Err(_) => true,
        }
    }
}

/// Lines of which a file holds each whole or not at all, as soon as it takes anything again. What it does not take (a full
/// disk) waits here and is tried again with the next line.
#[derive(Debug)]
struct Lines<F> {
    file: F,
    waiting: VecDeque<Vec<u8>>,
    /// How much of the first that waits is in the file, and how long that was then.
    half: Option<(usize, u64)>,
    failing: bool,
}

impl<F: LineFile> Lines<F> {
    /// So many lines wait for room; later ones are dropped. A restore has some dozens.
    const MOST_WAITING: usize = 1000;

    fn to(file: F) -> Self {
        Self { file, waiting: VecDeque::new(), half: None, failing: false }
    }

    /// Adds a line, and writes what waits. That it fails is said once, and once that it works again.
    fn append(&mut self, mut line: String) {
        line.push('\n');
        if self.waiting.len() < Self::MOST_WAITING {
            self.waiting.push_back(line.into_bytes());
        }
        match (self.write_waiting(), self.failing) {
            (Ok(()), false) | (Err(_), true) => {}
            (Ok(()), true) => tracing::info!("the progress file can be written to again"),
            (Err(error), false) => tracing::warn!(%error, "cannot write to the progress file; its lines wait"),
        }
        self.failing = !self.waiting.is_empty();
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        while let Some(line) = self.waiting.front() {
            let length = self.file.length()?;
            // Behind a half line that another process has ended, the whole line comes again.
            let done = self.half.filter(|(_, then)| *then == length).map_or(0, |(done, _)| done);
            let rest = line.get(done..).unwrap_or_default();
            // One write of a whole line, since several processes may share the file. Whoever was cut off left half a line.
            let text = if done > 0 || self.file.is_at_line_start() { rest.to_vec() } else { [b"\n", rest].concat() };
            let written = match self.file.append(&text) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if written == text.len() {
                self.waiting.pop_front();
                self.half = None;
            } else {
                let of_line = (done + written).saturating_sub(text.len() - rest.len());
                self.half = Some((of_line, self.file.length()?));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::clock::SystemClock;
    use crate::azure::scripted::{ScriptedTokens, deadline};
    use crate::azure::token::TokenError;

    #[test]
    fn every_line_of_the_file_is_one_json_object() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("progress.jsonl");
        let progress = Progress::appended_to(&path, Arc::new(SystemClock)).unwrap();
        let about = RestoreSummary { subject: "blobs of \"x\"", item_id: "/i", job_id: None, status: None };
        progress.report_progress(about, "trigger", "Sending the restore.\nNow.");
        progress.report_progress(
            RestoreSummary { job_id: Some("/j"), status: Some("InProgress"), ..about },
            "job",
            "It runs.",
        );
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["event"], "trigger");
        assert_eq!(lines[1]["job_id"], "/j");
    }

    #[tokio::test]
    async fn restores_see_the_waits_for_the_tokens_that_they_were_told_of() {
        let waits = TokenWaits::default();
        let failures = vec![TokenError::Transient { message: "no answer".into(), source: None }];
        let _ = waits.of(ScriptedTokens::failing(failures)).token(&deadline(60)).await;
        let logged = Progress::logged(Arc::new(SystemClock));
        assert_eq!(logged.token_waits().current(), None);
        assert_eq!(logged.waiting_for(waits).token_waits().current().as_deref(), Some("no answer"));
    }

    #[test]
    fn every_sink_gets_every_event() {
        #[derive(Debug, Default)]
        struct Screen(std::sync::Mutex<Vec<String>>);
        impl ProgressSink for Screen {
            fn emit(&self, event: &ProgressEvent<'_>) {
                self.0.lock().unwrap().push(format!("{} {}", event.restore, event.message));
            }
        }
        let screens = [Arc::new(Screen::default()), Arc::new(Screen::default())];
        let progress = Progress::logged(Arc::new(SystemClock)).and_to(screens[0].clone()).and_to(screens[1].clone());
        let about = RestoreSummary { subject: "blobs", item_id: "/i", job_id: None, status: None };
        progress.report_progress(about, "trigger", "Sending.");
        for screen in screens {
            assert_eq!(*screen.0.lock().unwrap(), ["blobs Sending."]);
        }
    }

    #[test]
    fn every_event_is_a_line_of_the_log() {
        #[derive(Clone, Default)]
        struct LogLines(Arc<Mutex<Vec<u8>>>);
        impl io::Write for LogLines {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let lines = LogLines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        // As in the tests of the client's log: with one dispatcher alive, a parallel test could switch the line off.
        let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
        tracing::dispatcher::with_default(&tracing::Dispatch::new(subscriber), || {
            tracing::callsite::rebuild_interest_cache();
            let about = RestoreSummary { subject: "blobs", item_id: "/i", job_id: Some("/j"), status: None };
            Progress::logged(Arc::new(SystemClock)).report_progress(about, "trigger", "Sending.");
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        for part in ["INFO", "Sending.", "trigger", "blobs", "/j"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn what_is_no_ordinary_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Progress::appended_to(folder.path(), Arc::new(SystemClock)).is_err());
        assert!(Progress::appended_to(&folder.path().join("no/such/folder"), Arc::new(SystemClock)).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_before_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let error = Progress::appended_to(&path, Arc::new(SystemClock)).unwrap_err();
        assert_eq!(error.to_string(), "it is not an ordinary file");
    }

    /// A disk that has room for so many bytes more.
    #[derive(Default)]
    struct Disk {
        text: Vec<u8>,
        room: usize,
        /// How many signals come before the next write.
        signals: usize,
    }

    impl LineFile for Disk {
        fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.signals > 0 {
                self.signals -= 1;
                return Err(io::ErrorKind::Interrupted.into());
            }
            let taken = bytes.len().min(self.room);
            if taken == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.room -= taken;
            self.text.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn length(&self) -> io::Result<u64> {
            Ok(self.text.len() as u64)
        }

        fn is_at_line_start(&mut self) -> bool {
            self.text.last().is_none_or(|last| *last == b'\n')
        }
    }

    impl Lines<Disk> {
        fn text(&self) -> &str {
            std::str::from_utf8(&self.file.text).unwrap()
        }
    }

    #[test]
    fn a_write_that_a_signal_interrupts_is_tried_again_at_once() {
        let mut lines = Lines::to(Disk { room: 100, signals: 2, ..Disk::default() });
        lines.append("first".to_owned());
        assert_eq!((lines.text(), lines.failing), ("first\n", false));
    }

    #[test]
    fn the_length_of_a_file_is_told_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("progress.jsonl");
        std::fs::write(&path, "{}\n").unwrap();
        let file = AppendedFile { end: File::open(&path).unwrap(), reader: None };
        assert_eq!(file.length().unwrap(), 3);
    }

    #[test]
    fn a_line_that_a_full_disk_cut_is_completed_when_there_is_room() {
        for room in 0..12 {
            let mut lines = Lines::to(Disk { room, ..Disk::default() });
            for line in ["first", "second"] {
                lines.append(line.to_owned());
                assert!(lines.failing || room >= 6, "{room}");
            }
            assert_eq!(lines.text(), &"first\nsecond\n"[..room]);
            lines.file.room = 100;
            lines.append("third".to_owned());
            assert_eq!((lines.text(), lines.failing), ("first\nsecond\nthird\n", false), "{room}");
        }
    }

    #[test]
    fn behind_a_half_line_that_another_process_ended_the_whole_line_comes_again() {
        let mut lines = Lines::to(Disk { room: 3, ..Disk::default() });
        lines.append("first".to_owned());
        lines.file.text.extend_from_slice(b"\nother\n");
        lines.file.room = 100;
        lines.append("second".to_owned());
        assert_eq!(lines.text(), "fir\nother\nfirst\nsecond\n");
    }

    #[test]
    fn a_disk_that_stays_full_keeps_a_bounded_number_of_lines_waiting() {
        let mut lines = Lines::to(Disk::default());
        for number in 0..2000 {
            lines.append(number.to_string());
        }
        assert_eq!(lines.waiting.len(), 1000);
        lines.file.room = usize::MAX;
        lines.append("lost".to_owned());
        assert!(lines.text().ends_with("\n998\n999\n"));
    }

    #[test]
    fn a_file_that_ends_in_half_a_line_goes_on_in_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("progress.jsonl");
        std::fs::write(&path, "{\"time\":\"20").unwrap();
        let progress = Progress::appended_to(&path, Arc::new(SystemClock)).unwrap();
        let about = RestoreSummary { subject: "blobs", item_id: "/i", job_id: None, status: None };
        progress.report_progress(about, "trigger", "Sending.");
        progress.report_progress(about, "job", "It runs.");
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[0]), (3, "{\"time\":\"20"));
        assert!(lines[1..].iter().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_for_this_user_alone_and_an_old_one_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("progress.jsonl");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        Progress::appended_to(&path, Arc::new(SystemClock)).unwrap();
        assert_eq!(mode(&path), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        Progress::appended_to(&path, Arc::new(SystemClock)).unwrap();
        assert_eq!(mode(&path), 0o640);
    }

    #[test]
    fn no_text_of_the_file_is_a_command_to_a_pipeline() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("progress.jsonl");
        let progress = Progress::appended_to(&path, Arc::new(SystemClock)).unwrap();
        let foreign = "##vso[task.complete]";
        let about =
            RestoreSummary { subject: foreign, item_id: foreign, job_id: Some(foreign), status: Some("::error::x") };
        progress.report_progress(about, "job", "::add-mask::x\n##[error]");
        let text = std::fs::read_to_string(path).unwrap();
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        for name in ["restore", "item_id", "job_id"] {
            assert_eq!(line[name], "# #vso[task.complete]");
        }
        assert_eq!((&line["status"], &line["message"]), (&": :error::x".into(), &": :add-mask::x\n# #[error]".into()));
    }
}

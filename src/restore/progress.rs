//! Progress of restores while they run: events, and the sinks that show them (the log, and the provider's progress
//! file).

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::azure::clock::Clock;
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
        Self { sinks: vec![Arc::new(Log)], clock }
    }

    /// The same, going to one more sink.
    #[must_use]
    pub fn and_to(mut self, sink: Arc<dyn ProgressSink>) -> Self {
        self.sinks.push(sink);
        self
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
        let event = ProgressEvent {
            time: instant(self.clock.now()),
            event,
            restore: about.subject,
            item_id: about.item_id,
            job_id: about.job_id,
            status: about.status,
            message,
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
pub struct ProgressFile(File);

impl ProgressFile {
    /// The file at `path`, which is made if it is not there.
    ///
    /// # Errors
    /// If it cannot be opened for appending, or is no ordinary file: one end of a pipe could hold up the restore.
    pub fn open(path: &Path) -> io::Result<Self> {
        if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not an ordinary file"));
        }
        OpenOptions::new().create(true).append(true).open(path).map(Self)
    }
}

impl ProgressSink for ProgressFile {
    fn emit(&self, event: &ProgressEvent<'_>) {
        let Ok(mut text) = serde_json::to_string(event) else { return };
        text.push('\n');
        // One write of a whole line to a file opened for appending: several processes may share the file.
        if let Err(error) = (&self.0).write_all(text.as_bytes()) {
            tracing::warn!(%error, "cannot write to the progress file");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::clock::SystemClock;

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
    fn what_is_no_ordinary_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Progress::appended_to(folder.path(), Arc::new(SystemClock)).is_err());
        assert!(Progress::appended_to(&folder.path().join("no/such/folder"), Arc::new(SystemClock)).is_err());
    }
}

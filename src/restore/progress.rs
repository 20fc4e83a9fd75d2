//! What the user sees while a restore runs: log lines, and whole JSON lines in the provider's progress file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::azure::clock::Clock;
use crate::restore::facts::instant;

/// Where progress goes.
#[derive(Clone, Debug)]
pub struct Progress {
    file: Option<Arc<File>>,
    clock: Arc<dyn Clock>,
}

/// One thing that happened. A line of the progress file is this object.
#[derive(Clone, Debug, Serialize)]
struct Line<'a> {
    time: String,
    event: &'a str,
    restore: &'a str,
    item_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    message: &'a str,
}

/// What a line is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// What is restored, for sentences.
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
        Self { file: None, clock }
    }

    /// Progress that goes to the log, and to the end of the file at `path`, which is made if it is not there.
    ///
    /// # Errors
    /// If it cannot be opened for appending, or is no ordinary file: one end of a pipe could hold up the restore.
    pub fn appended_to(path: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not an ordinary file"));
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { file: Some(Arc::new(file)), clock })
    }

    /// Tells of one thing that happened. `event` is one word for programs, `message` a sentence for people.
    pub fn tell(&self, about: About<'_>, event: &str, message: &str) {
        tracing::info!(
            restore = about.subject,
            event,
            job_id = about.job_id.unwrap_or_default(),
            status = about.status.unwrap_or_default(),
            "{message}"
        );
        let Some(file) = &self.file else { return };
        let line = Line {
            time: instant(self.clock.now()),
            event,
            restore: about.subject,
            item_id: about.item_id,
            job_id: about.job_id,
            status: about.status,
            message,
        };
        let Ok(mut text) = serde_json::to_string(&line) else { return };
        text.push('\n');
        // One write of a whole line to a file opened for appending: several processes may share the file.
        if let Err(error) = (&**file).write_all(text.as_bytes()) {
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
        let about = About { subject: "blobs of \"x\"", item_id: "/i", job_id: None, status: None };
        progress.tell(about, "trigger", "Sending the restore.\nNow.");
        progress.tell(About { job_id: Some("/j"), status: Some("InProgress"), ..about }, "job", "It runs.");
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["event"], "trigger");
        assert_eq!(lines[1]["job_id"], "/j");
    }

    #[test]
    fn what_is_no_ordinary_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Progress::appended_to(folder.path(), Arc::new(SystemClock)).is_err());
        assert!(Progress::appended_to(&folder.path().join("no/such/folder"), Arc::new(SystemClock)).is_err());
    }
}

//! What was asked and what was answered, in order, for assertions and for people. No token, secret or signed query
//! gets in here.

use serde_json::{Value, json};

use super::entra::Bearer;

/// One request.
#[derive(Clone, Debug)]
pub struct Entry {
    /// From 1, in the order of arrival.
    pub number: usize,
    pub method: String,
    /// Without the query, as on the wire.
    pub path: String,
    pub query_names: Vec<String>,
    pub api_version: Option<String>,
    pub client_request_id: Option<String>,
    pub correlation_id: Option<String>,
    pub accept: Option<String>,
    pub content_type: Option<String>,
    pub user_agent: Option<String>,
    pub bearer: Bearer,
    /// The worst of the auxiliary tokens.
    pub auxiliary: Bearer,
    /// The body; `None` where there was none, where it is not JSON, and always at the token endpoint.
    pub body: Option<Value>,
    /// Whether there was a body, JSON or not.
    pub has_body: bool,
    /// The status of the answer; 0 where the connection was dropped instead.
    pub status: u16,
    /// The scripted fault that met the request.
    pub fault: Option<String>,
    /// Set where a restore was started by this request, whether or not the client got to know.
    pub accepted_restore: Option<AcceptedRestore>,
    /// The simulator has no model of what was asked: a test with such an entry proves nothing.
    pub unmodelled: bool,
    /// What happened, for people.
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedRestore {
    /// The GUID of the job.
    pub job_id: String,
    /// ARM id of the job, in the casing of things, as is the next one.
    pub job: String,
    /// ARM id of the protected item.
    pub item: String,
    pub client_request_id: Option<String>,
}

/// A copy of everything asked so far.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    pub entries: Vec<Entry>,
}

impl Journal {
    pub fn accepted_restores(&self) -> Vec<&AcceptedRestore> {
        self.entries.iter().filter_map(|entry| entry.accepted_restore.as_ref()).collect()
    }

    /// Requests of this method whose path contains this text, without case.
    pub fn count(&self, method: &str, path_contains: &str) -> usize {
        self.find(method, path_contains).count()
    }

    pub fn find<'a>(&'a self, method: &'a str, path_contains: &'a str) -> impl Iterator<Item = &'a Entry> {
        let wanted = path_contains.to_lowercase();
        self.entries.iter().filter(move |entry| {
            entry.method.eq_ignore_ascii_case(method) && entry.path.to_lowercase().contains(&wanted)
        })
    }

    /// What was asked after `number`, to look at one step of a test by itself.
    pub fn since(&self, number: usize) -> Self {
        Self { entries: self.entries.iter().filter(|entry| entry.number > number).cloned().collect() }
    }

    pub fn last_number(&self) -> usize {
        self.entries.last().map_or(0, |entry| entry.number)
    }

    /// Requests which the simulator does not model. A test must end with none.
    pub fn unmodelled(&self) -> Vec<String> {
        let unmodelled = self.entries.iter().filter(|entry| entry.unmodelled);
        unmodelled.map(|entry| format!("{} {} {}", entry.number, entry.method, entry.path)).collect()
    }

    /// A line per event, repetitions folded.
    pub fn text(&self) -> String {
        let mut lines: Vec<(String, usize)> = Vec::new();
        for entry in &self.entries {
            let mut line = entry.note.clone();
            if let Some(fault) = &entry.fault {
                line += &format!(" [scripted: {fault}]");
            }
            match lines.last_mut() {
                Some((last, count)) if *last == line => *count += 1,
                _ => lines.push((line, 1)),
            }
        }
        lines.into_iter().fold(String::new(), |text, (line, count)| match count {
            1 => format!("{text}{line}\n"),
            _ => format!("{text}{line} ({count} times)\n"),
        })
    }

    pub fn to_json(&self) -> Value {
        self.entries.iter().map(Entry::to_json).collect()
    }
}

impl Entry {
    pub fn to_json(&self) -> Value {
        json!({
            "number": self.number, "method": self.method, "path": self.path, "query_names": self.query_names,
            "api_version": self.api_version, "client_request_id": self.client_request_id,
            "correlation_id": self.correlation_id, "accept": self.accept, "content_type": self.content_type,
            "user_agent": self.user_agent,
            "bearer": self.bearer.word(), "auxiliary": self.auxiliary.word(),
            "body": self.body, "status": self.status, "fault": self.fault, "unmodelled": self.unmodelled,
            "accepted_restore": self.accepted_restore.as_ref().map(|accepted| json!({
                "job_id": accepted.job_id, "job": accepted.job, "item": accepted.item,
                "client_request_id": accepted.client_request_id,
            })),
            "note": self.note,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: usize, note: &str) -> Entry {
        Entry {
            number,
            method: "GET".into(),
            path: "/A/backupJobs/1".into(),
            query_names: Vec::new(),
            api_version: None,
            client_request_id: None,
            correlation_id: None,
            accept: None,
            content_type: None,
            user_agent: None,
            bearer: Bearer::Valid,
            auxiliary: Bearer::Absent,
            body: None,
            has_body: false,
            status: 200,
            fault: None,
            accepted_restore: None,
            unmodelled: false,
            note: note.into(),
        }
    }

    #[test]
    fn the_text_folds_repetitions() {
        let journal = Journal { entries: vec![entry(1, "looked"), entry(2, "looked"), entry(3, "ended")] };
        assert_eq!(journal.text(), "looked (2 times)\nended\n");
    }

    #[test]
    fn requests_are_counted_without_regard_to_case() {
        let journal = Journal { entries: vec![entry(1, ""), entry(2, "")] };
        assert_eq!(journal.count("get", "/BACKUPJOBS/"), 2);
        assert_eq!(journal.since(1).entries.len(), 1);
    }
}

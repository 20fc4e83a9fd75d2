//! The short operation between a POST and its fruit: two URLs with signed queries, a few looks, a job id or an error.

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::super::clock::{with_seconds, with_ticks};
use super::super::mint::Mint;
use super::super::script::OperationScript;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Validate,
    Restore,
}

#[derive(Clone, Debug)]
pub struct Operation {
    pub id: String,
    pub purpose: Purpose,
    pub vault_id: String,
    pub subscription: String,
    pub location: String,
    pub activity_id: String,
    pub script: OperationScript,
    /// ARM id of the job, in the casing of finished operations; the bare GUID in the secondary region.
    pub job_id: Option<String>,
    looked: u32,
    started: OffsetDateTime,
    ended: Option<OffsetDateTime>,
    /// Path and query of every URL given out for this operation; only these are answered.
    urls: Vec<(String, String)>,
}

/// What a request for one of the operation's URLs may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlMatch {
    Exact,
    /// The path is the operation's, the query is not what was given out.
    Forged,
}

/// What belongs to a new operation.
pub struct Opening<'a> {
    pub purpose: Purpose,
    pub vault_id: &'a str,
    pub vault_guid: Uuid,
    pub subscription: &'a str,
    pub location: &'a str,
    pub activity_id: &'a str,
    pub script: OperationScript,
    pub job_id: Option<String>,
}

impl Operation {
    pub fn open(opening: Opening<'_>, mint: &mut Mint, now: OffsetDateTime) -> Self {
        Self {
            id: mint.operation_id(opening.vault_guid),
            purpose: opening.purpose,
            vault_id: opening.vault_id.into(),
            subscription: opening.subscription.into(),
            location: opening.location.into(),
            activity_id: opening.activity_id.into(),
            script: opening.script,
            job_id: opening.job_id,
            looked: 0,
            started: now,
            ended: None,
            urls: Vec::new(),
        }
    }

    /// The status URL below the vault, as the first answer's `Azure-AsyncOperation`.
    pub fn vault_status_url(&mut self, endpoint: &str, api_version: &str, mint: &mut Mint) -> String {
        let path = format!("{}/operationStatus/{}", self.vault_id, self.id);
        self.give_out(endpoint, path, api_version, mint)
    }

    /// The status URL below the location, as a finished result's `Azure-AsyncOperation`.
    pub fn location_status_url(&mut self, endpoint: &str, api_version: &str, mint: &mut Mint) -> String {
        let path = self.location_path("operationStatus");
        self.give_out(endpoint, path, api_version, mint)
    }

    pub fn result_url(&mut self, endpoint: &str, api_version: &str, mint: &mut Mint) -> String {
        let path = self.location_path("operationResults");
        self.give_out(endpoint, path, api_version, mint)
    }

    fn location_path(&self, kind: &str) -> String {
        format!(
            "/subscriptions/{}/providers/Microsoft.DataProtection/locations/{}/{kind}/{}",
            self.subscription, self.location, self.id
        )
    }

    fn give_out(&mut self, endpoint: &str, path: String, api_version: &str, mint: &mut Mint) -> String {
        let ticks = 621_355_968_000_000_000 + self.started.unix_timestamp_nanos() / 100;
        let query = format!("api-version={api_version}{}", mint.signature(ticks));
        let url = format!("{endpoint}{path}?{query}");
        self.urls.push((path, query));
        url
    }

    /// Whether this path and this query, byte by byte, were given out together. `None`: not this operation's path.
    pub fn url_match(&self, path: &str, query: &str) -> Option<UrlMatch> {
        let mut own = self.urls.iter().filter(|(own, _)| own == path).peekable();
        own.peek()?;
        Some(if own.any(|(_, own)| own == query) { UrlMatch::Exact } else { UrlMatch::Forged })
    }

    /// One look: whether the operation has ended by it.
    pub fn look(&mut self, now: OffsetDateTime) -> bool {
        if self.looked >= self.script.looks && self.ended.is_none() {
            self.ended = Some(now);
        }
        self.looked = self.looked.saturating_add(1);
        self.ended.is_some()
    }

    /// Ends it by hand.
    pub fn finish(&mut self, now: OffsetDateTime) {
        self.looked = self.script.looks;
        self.ended.get_or_insert(now);
    }

    /// The status document. A failed operation is a 200 as well.
    pub fn status_document(&self, path: &str) -> Value {
        let mut document = json!({
            "id": path, "name": self.id, "status": "Inprogress", "startTime": with_ticks(self.started),
            "endTime": "0001-01-01T00:00:00Z",
        });
        let Some(ended) = self.ended else { return document };
        document["endTime"] = json!(with_seconds(ended));
        match (&self.script.failure, &self.job_id) {
            (Some(error), _) => {
                document["status"] = json!("Failed");
                document["error"] = error.cloud_error(&self.activity_id);
            }
            (None, Some(job_id)) => {
                document["status"] = json!("Succeeded");
                document["properties"] = json!({"jobId": job_id, "objectType": "OperationJobExtendedInfo"});
            }
            (None, None) => document["status"] = json!("Succeeded"),
        }
        document
    }

    pub fn result_document(&self) -> Value {
        match &self.job_id {
            Some(job_id) => json!({"jobId": job_id, "objectType": "OperationJobExtendedInfo"}),
            None => json!({"objectType": "OperationJobExtendedInfo"}),
        }
    }
}

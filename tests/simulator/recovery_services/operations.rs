//! The short operation between a POST and its job.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::arm::{ArmCall, ServiceAnswer};
use super::super::clock::with_ticks;
use super::super::error::{gateway_error, not_found};
use super::super::message::Reply;
use super::super::mint::Mint;
use super::super::platform::Platform;
use super::super::script::OperationScript;
use super::RecoveryServices;

#[derive(Clone, Debug)]
pub struct ItemOperation {
    /// A GUID.
    pub id: String,
    /// ARM id of the item.
    pub item_id: String,
    pub activity_id: String,
    pub script: OperationScript,
    /// The bare GUID of the job.
    pub job_id: Option<String>,
    looked: u32,
    started: OffsetDateTime,
    ended: Option<OffsetDateTime>,
    /// Path and query of every URL given out; only these are answered.
    urls: Vec<(String, String)>,
}

impl ItemOperation {
    pub fn open(
        platform: &mut Platform,
        item_id: String,
        activity_id: &str,
        script: OperationScript,
        job_id: Option<String>,
    ) -> Self {
        Self {
            id: platform.mint.uuid().to_string(),
            item_id,
            activity_id: activity_id.into(),
            script,
            job_id,
            looked: 0,
            started: platform.clock.now(),
            ended: None,
            urls: Vec::new(),
        }
    }

    /// A URL with a signed query of some 4 kB.
    pub fn url(&mut self, kind: &str, endpoint: &str, api_version: &str, mint: &mut Mint) -> String {
        let path = format!("{}/{kind}/{}", self.item_id, self.id);
        let query = format!("api-version={api_version}&t=638&c={}&s={}&h=h", mint.noise(3600), mint.noise(340));
        let url = format!("{endpoint}{path}?{query}");
        self.urls.push((path, query));
        url
    }

    fn look(&mut self, now: OffsetDateTime) -> bool {
        if self.looked >= self.script.looks {
            self.ended.get_or_insert(now);
        }
        self.looked = self.looked.saturating_add(1);
        self.ended.is_some()
    }

    pub fn finish(&mut self, now: OffsetDateTime) {
        self.looked = self.script.looks;
        self.ended.get_or_insert(now);
    }

    /// Id and name are the bare GUID; the end of a running one has no zone.
    fn document(&self) -> Value {
        let mut document = json!({
            "id": self.id, "name": self.id, "status": "InProgress", "startTime": with_ticks(self.started),
            "endTime": "0001-01-01T00:00:00",
        });
        let Some(ended) = self.ended else { return document };
        document["endTime"] = json!(with_ticks(ended));
        match (&self.script.failure, &self.job_id) {
            (Some(error), _) => {
                document["status"] = json!("Failed");
                document["error"] = json!({"code": error.code, "message": error.message});
            }
            (None, job) => {
                document["status"] = json!("Succeeded");
                document["properties"] = json!({"objectType": "OperationStatusJobExtendedInfo", "jobId": job});
            }
        }
        document
    }
}

impl RecoveryServices {
    /// The answer at one of the two URLs that a trigger has given.
    pub(super) fn operation_at_its_url(&mut self, platform: &Platform, call: &ArmCall<'_>) -> ServiceAnswer {
        let (path, query) = (call.request.path(), call.request.raw_query());
        let found = self.operations.iter_mut().find(|own| own.urls.iter().any(|(own, _)| own == path));
        let Some(operation) = found else {
            return ServiceAnswer::new(not_found(path), "asked for an operation that does not exist".into());
        };
        if !operation.urls.iter().any(|(own, signed)| own == path && signed == query) {
            let reply = gateway_error(403, "AuthorizationFailed", "The signature of the operation's URL is not valid.");
            return ServiceAnswer::new(reply, "changed the signed URL of an operation".into());
        }
        let ended = operation.look(platform.clock.now());
        if path.contains("/operationResults/") {
            let reply = Reply::empty(if ended { 204 } else { 202 });
            return ServiceAnswer::new(reply, "asked for the result of a restore's operation".into());
        }
        shown(operation, path, ended)
    }

    /// `backupOperations/{id}` of the vault: the same document.
    pub(super) fn operation_by_id(&mut self, platform: &Platform, call: &ArmCall<'_>, id: &str) -> ServiceAnswer {
        let path = call.request.path();
        let Some(operation) = self.operations.iter_mut().find(|own| own.id.eq_ignore_ascii_case(id)) else {
            return ServiceAnswer::new(not_found(path), "asked for an operation that does not exist".into());
        };
        let ended = operation.look(platform.clock.now());
        shown(operation, path, ended)
    }
}

fn shown(operation: &ItemOperation, path: &str, ended: bool) -> ServiceAnswer {
    if ended && operation.script.lost {
        return ServiceAnswer::new(not_found(path), "asked for an operation whose record is gone".into());
    }
    let document = operation.document();
    let note = format!("followed the operation of the restore: {}", document["status"].as_str().unwrap_or_default());
    ServiceAnswer::new(Reply::json(200, &document), note)
}

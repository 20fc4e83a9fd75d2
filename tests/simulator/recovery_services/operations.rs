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

/// What an operation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemPurpose {
    /// A restore, which makes this job; the bare GUID.
    Restore { job: Option<String> },
    /// A validation. What it finds stands in an answer that says that it has succeeded.
    Validation,
    /// The disks of a point: the answer at the URL of the result.
    Disks(Value),
    /// Something was changed: the job that it makes, by its bare GUID, and the answer at the URL of the result.
    Change { job: Option<String>, result: Value },
}

#[derive(Clone, Debug)]
pub struct ItemOperation {
    /// A GUID.
    pub id: String,
    /// ARM id of what its URLs lie below.
    pub below: String,
    pub activity_id: String,
    pub script: OperationScript,
    pub purpose: ItemPurpose,
    looked: u32,
    started: OffsetDateTime,
    ended: Option<OffsetDateTime>,
    /// Path and query of every URL given out; only these are answered.
    urls: Vec<(String, String)>,
}

impl ItemOperation {
    pub fn open(
        platform: &mut Platform,
        below: String,
        activity_id: &str,
        script: OperationScript,
        purpose: ItemPurpose,
    ) -> Self {
        let guid = platform.mint.uuid();
        // In the secondary region it is base64, which ends in `=`.
        let id = match below.contains("/locations/") {
            true => platform.mint.operation_id(guid),
            false => guid.to_string(),
        };
        Self {
            id,
            below,
            activity_id: activity_id.into(),
            script,
            purpose,
            looked: 0,
            started: platform.clock.now(),
            ended: None,
            urls: Vec::new(),
        }
    }

    /// Whether it belongs to a secondary region.
    fn is_of_region(&self) -> bool {
        self.below.contains("/locations/")
    }

    /// A URL with a signed query of some 4 kB.
    pub fn url(&mut self, kind: &str, endpoint: &str, api_version: &str, mint: &mut Mint) -> String {
        let path = format!("{}/{kind}/{}", self.below, self.id.replace('=', "%3D"));
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

    fn what(&self) -> &'static str {
        match &self.purpose {
            ItemPurpose::Restore { .. } => "the restore",
            ItemPurpose::Validation => "the validation",
            ItemPurpose::Disks(_) => "the question for disks",
            ItemPurpose::Change { .. } => "the change",
        }
    }

    /// Id and name are the bare GUID; the end of a running one has no zone.
    fn document(&self) -> Value {
        // In the secondary region they are whole.
        let id = match self.is_of_region() {
            true => format!("{}/backupCrrOperationsStatus/{}", self.below, self.id),
            false => self.id.clone(),
        };
        let mut document = json!({
            "id": id, "name": self.id, "status": "InProgress", "startTime": with_ticks(self.started),
            "endTime": "0001-01-01T00:00:00",
        });
        let Some(ended) = self.ended else { return document };
        document["endTime"] = json!(with_ticks(ended));
        match (&self.script.failure, &self.purpose) {
            (_, ItemPurpose::Validation) => {
                document["status"] = json!("Succeeded");
                document["properties"] = self.findings();
                document["properties"]["objectType"] = json!("OperationStatusValidateOperationExtendedInfo");
            }
            (Some(error), _) => {
                document["status"] = json!("Failed");
                document["error"] = json!({"code": error.code, "message": error.message});
            }
            (None, ItemPurpose::Change { job: None, .. }) => document["status"] = json!("Succeeded"),
            (None, ItemPurpose::Restore { job } | ItemPurpose::Change { job, .. }) => {
                document["status"] = json!("Succeeded");
                document["properties"] = json!({"objectType": "OperationStatusJobExtendedInfo", "jobId": job});
            }
            (None, ItemPurpose::Disks(_)) => document["status"] = json!("Succeeded"),
        }
        document
    }

    fn findings(&self) -> Value {
        let found = self.script.failure.iter().map(
            |error| json!({"code": error.code, "message": error.message, "recommendations": error.recommended_actions}),
        );
        json!({"validateOperationResponse": {"validationResults": found.collect::<Vec<_>>()}})
    }

    /// The answer at the URL of the result.
    fn result(&self, ended: bool) -> Reply {
        match &self.purpose {
            _ if !ended => Reply::empty(202).header("retry-after", "10"),
            ItemPurpose::Restore { .. } => Reply::empty(204),
            ItemPurpose::Change { result, .. } if result.is_null() => Reply::empty(204),
            ItemPurpose::Change { result, .. } => Reply::json(200, result),
            ItemPurpose::Validation => Reply::json(200, &self.findings()),
            ItemPurpose::Disks(disks) => Reply::json(200, disks),
        }
    }
}

/// Paths of URLs of results.
const RESULTS: [&str; 5] = [
    "/operationResults/",
    "/backupOperationResults/",
    "/backupCrrOperationResults/",
    "/backupValidateOperationResults/",
    "/getRPExtendedInfoOperationResult/",
];

impl RecoveryServices {
    /// The answer at one of the two URLs that a trigger has given.
    pub(super) fn operation_at_its_url(&mut self, platform: &Platform, call: &ArmCall<'_>) -> ServiceAnswer {
        let (path, query) = (call.request.path(), call.request.raw_query());
        let found = self.operations.iter_mut().find(|own| own.urls.iter().any(|(own, _)| own == path));
        let Some(operation) = found else {
            return ServiceAnswer::new(not_found(path), "asked for an operation that does not exist".into());
        };
        // Those of validations and disks can be asked for without a signature, too: they are operations of the API.
        let is_open = !matches!(operation.purpose, ItemPurpose::Restore { .. } | ItemPurpose::Change { .. })
            && !query.contains("&s=");
        if !is_open && !operation.urls.iter().any(|(own, signed)| own == path && signed == query) {
            let reply = gateway_error(403, "AuthorizationFailed", "The signature of the operation's URL is not valid.");
            return ServiceAnswer::new(reply, "changed the signed URL of an operation".into());
        }
        let ended = operation.look(platform.clock.now());
        if RESULTS.iter().any(|kind| path.contains(kind)) {
            return ServiceAnswer::new(
                operation.result(ended),
                format!("asked for the result of {}", operation.what()),
            );
        }
        shown(operation, path, ended)
    }

    /// `backupOperations/{id}` of the vault: the same document.
    pub(super) fn operation_by_id(&mut self, platform: &Platform, call: &ArmCall<'_>, id: &str) -> ServiceAnswer {
        let path = call.request.path();
        let found = self.operations.iter_mut().find(|own| own.id.eq_ignore_ascii_case(id));
        let Some(operation) =
            found.filter(|own| matches!(own.purpose, ItemPurpose::Restore { .. } | ItemPurpose::Change { .. }))
        else {
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
    let status = document["status"].as_str().unwrap_or_default();
    let note = format!("followed the operation of {}: {status}", operation.what());
    ServiceAnswer::new(Reply::json(200, &document), note)
}

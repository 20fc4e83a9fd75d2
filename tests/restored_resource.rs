//! What the tests share of restores that make a resource of their own, in process: one restore, the moments at which it is
//! killed, and what fails on its way.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::in_process::{Session, SessionResult};
use crate::simulator::{Action, Fault};

/// A restore of one kind inside this process.
pub struct ResourceRestore {
    pub session: Session,
}

impl ResourceRestore {
    pub fn of(session: Session, kind: &'static str) -> Self {
        Self { session: session.of_type(kind) }
    }

    pub async fn apply(&mut self, arguments: Json) -> SessionResult {
        let config = self.session.configuration_of(&arguments);
        self.session.apply(&config).await
    }

    #[track_caller]
    pub fn succeeded(&self, finished: &SessionResult) {
        assert!(finished.succeeded(), "{}\n{}", finished.text(), self.session.journal().text());
        assert_eq!(self.session.text("status"), "Completed");
    }

    #[track_caller]
    pub fn failed(&self, finished: &SessionResult, parts: &[&str]) {
        let said = finished.text();
        assert!(!finished.succeeded(), "{said}\n{}", self.session.journal().text());
        for part in parts {
            assert!(said.contains(part), "{part:?} is missing in: {said}");
        }
    }

    /// The bodies of all PUTs.
    pub fn sent(&self) -> Vec<Json> {
        let journal = self.session.journal();
        journal.find("PUT", "/databases/").filter_map(|entry| entry.body.clone()).collect()
    }

    #[track_caller]
    pub fn finish(&self, restores: usize) {
        assert_eq!(self.session.restores(), restores, "accepted restores\n{}", self.session.journal().text());
        crate::contract::check(&self.session.journal());
    }
}

/// Arguments with others in their place or beside them.
pub fn merged(mut own: Json, more: Json) -> Json {
    let more = more.as_object().expect("arguments").clone();
    own.as_object_mut().expect("arguments").extend(more);
    own
}

/// Seconds after which a run is killed: while it asks, while the PUT is answered, while the restore runs, while the end is
/// confirmed, and after it.
pub fn moments() -> impl Iterator<Item = Duration> {
    (0..60).map(|step| Duration::from_millis(700 + step * 3_100))
}

/// Failures of the way, which say nothing of the restore.
pub fn failures() -> Vec<(&'static str, Action)> {
    let status =
        |status: u16, code: &str, headers: &[(&str, &str)]| Fault::status("GET", "*", status, headers, code).action;
    vec![
        ("429", status(429, "TooManyRequests", &[("Retry-After", "3")])),
        ("500", status(500, "InternalServerError", &[])),
        ("504 accepted", Action::StatusAfterAcceptance { status: 504, headers: Default::default(), body: json!({}) }),
        ("reset before", Action::ResetBeforeAcceptance),
        ("reset after", Action::ResetAfterAcceptance),
        ("no JSON", Action::MalformedBody),
        ("too late", Action::SlowHeaders(300_000)),
        ("expired token", Action::TokenExpired),
        ("page as 200", Action::Html { status: 200 }),
        ("403", status(403, "AuthorizationFailed", &[])),
        ("404", status(404, "ResourceNotFound", &[])),
    ]
}

/// Below the package's folder.
const CAPTURED: &str = "../shared/reference/azure-sql/examples/captured";

/// Where the bodies lie that the Azure CLI sends; none, which is said, where they are not beside the repository.
pub fn captured_bodies() -> Option<PathBuf> {
    let folder = crate::architecture::root().join(CAPTURED);
    if !folder.is_dir() {
        let said = format!("the bodies of the Azure CLI were not compared: there is no folder {CAPTURED}");
        let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{said}\n"));
        return None;
    }
    Some(folder)
}

/// The same with instants in one notation, ids without case, and without the tag that only we set.
pub fn comparable(mut body: Json) -> Json {
    body.as_object_mut().unwrap().remove("tags");
    for value in body["properties"].as_object_mut().unwrap().values_mut() {
        if let Some(id) = value.as_str().filter(|text| text.starts_with('/')) {
            *value = json!(id.to_lowercase());
        }
    }
    let at = &mut body["properties"]["restorePointInTime"];
    match at.as_str() {
        Some(text) => *at = json!(text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.')),
        None => drop(body["properties"].as_object_mut().unwrap().remove("restorePointInTime")),
    }
    body
}

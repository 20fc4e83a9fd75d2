//! What the tests share of restores that make a resource of their own, in process: a kind of them, one restore of it, and
//! the facts that hold of every kind ([`facts`]).

mod facts;

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::in_process::{Session, SessionResult};
use crate::simulator::{Ending, JobScript};

pub(crate) use self::facts::restored_resource_facts;
pub use self::facts::{Facts, TAG};

/// A kind of such restores, as far as the facts differ by it.
#[derive(Debug)]
pub struct RestoredResourceCase {
    pub type_name: &'static str,
    /// What messages call that which is made.
    pub entry: &'static str,
    /// `Microsoft.Sql` …
    pub namespace: &'static str,
    /// Requests of the resource itself, as a fault is put on them.
    pub resource: &'static str,
    /// Reads that a run makes which is killed.
    pub reads: &'static str,
    /// In the path of the request that makes the resource.
    pub collection: &'static str,
    /// The id of what [`Self::usual`] makes.
    pub target: fn(&Session) -> String,
    /// What messages say is restored there.
    pub subject: &'static str,
    /// Arguments of a restore.
    pub usual: fn(&Session) -> Json,
    pub delete_on_destroy: &'static str,
    pub can_cancel: bool,
    /// What is said of a resource that is there already.
    pub taken: &'static str,
    /// A failure hits one of so many requests of an apply.
    pub requests: u32,
    /// So many of these failures an apply overcomes, and more.
    pub overcome: usize,
    /// Whether there is a resource of this id.
    pub exists: fn(&Session, &str) -> bool,
    /// Somebody else makes a resource of this name beside the target.
    pub add: fn(&Session, &str),
    /// Somebody else writes other tags onto the target.
    pub retag: fn(&Session, &Json),
    /// An example, with the end of the id of what it makes.
    pub example: (&'static str, &'static str),
}

/// A restore of one kind inside this process.
pub struct ResourceRestore {
    pub session: Session,
    pub case: &'static RestoredResourceCase,
}

impl ResourceRestore {
    pub fn new(case: &'static RestoredResourceCase) -> Self {
        Self::within(Session::new(), case)
    }

    pub fn within(session: Session, case: &'static RestoredResourceCase) -> Self {
        Self { session: session.of_type(case.type_name), case }
    }

    /// The id of what is made.
    pub fn target(&self) -> String {
        (self.case.target)(&self.session)
    }

    /// The usual restore, with further arguments.
    pub fn usual(&self, more: Json) -> Json {
        merged((self.case.usual)(&self.session), more)
    }

    pub fn exists(&self) -> bool {
        (self.case.exists)(&self.session, &self.target())
    }

    pub fn add(&self, name: &str) {
        (self.case.add)(&self.session, name);
    }

    /// The name of what is made.
    pub fn name(&self) -> String {
        self.target().rsplit('/').next().expect("an id").to_owned()
    }

    pub async fn apply(&mut self, arguments: Json) -> SessionResult {
        let config = self.session.configuration_of(&arguments);
        self.session.apply(&config).await
    }

    /// Applies until the time is up while the restore runs for so many looks; the object is then tainted.
    pub async fn interrupted(&mut self, looks: u32, more: Json) {
        self.session.azure().next_restore(JobScript::running(looks).then(Ending::Completed));
        let arguments = self.usual(merged(json!({"timeouts": {"create": "40s", "update": "40s"}}), more));
        let finished = self.apply(arguments).await;
        self.failed(&finished, &["terraform untaint"]);
        assert_eq!((self.session.text("status"), self.session.text("id")), ("InProgress".into(), self.target()));
    }

    #[track_caller]
    pub fn succeeded(&self, finished: &SessionResult) {
        self.session.succeeded(finished);
    }

    #[track_caller]
    pub fn failed(&self, finished: &SessionResult, parts: &[&str]) {
        self.session.failed(finished, parts);
    }

    /// The bodies of all PUTs.
    pub fn sent(&self) -> Vec<Json> {
        let journal = self.session.journal();
        journal.find("PUT", self.case.collection).filter_map(|entry| entry.body.clone()).collect()
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

//! When a Delete lets a service take its restore back, shown with a service that does nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::private_state::{PrivateState, ReplaceReason};
use super::{ImportedJob, ReportedArgument, RestoreKind, RestoreResource};
use crate::azure::client::ResponseTimeout;
use crate::azure::clock::SystemClock;
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::limiter::Permit;
use crate::azure::poll::PollResult;
use crate::azure::scripted::{ScriptedTransport, client};
use crate::connection::{Connection, Connections, scripted};
use crate::model;
use crate::resources::canonical;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::intent::{ClientRequestId, Intent};
use crate::restore::jobs::{JobList, JobListNames, JobReader};
use crate::restore::record::{Job, RestoreRecord};
use crate::restore::registry::{Discharge, Registry};
use crate::restore::service::{Accepted, Destruction, Resolved, RestoreItem, RestoreService};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::Attr;
use crate::tfplugin::resource::{Call, CreateRequest, DeleteRequest, Private, Resource};
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::Rule;
use crate::tfplugin::value::Value;

model! {
    pub struct Arguments {
        /// What is protected.
        pub item_id: Attr<String>,
        /// Which point of it.
        pub point: Attr<String>,
    }
}

/// Takes back whatever it restored, unless it is refused.
#[derive(Clone, Default)]
pub(super) struct RevocableKind {
    taken_back: Arc<Mutex<Vec<String>>>,
    refused: bool,
    /// What its vault lists; none: the list cannot be read.
    pub(super) listed: Option<Vec<Job>>,
}

#[async_trait]
impl Destruction for RevocableKind {
    async fn destroy(&self, _: &Deadline, record: &RestoreRecord) -> Result<(), RestoreError> {
        if self.refused {
            return Err(RestoreError::Rejected(Box::new(AzureError::new("NotCancellable", "no"))));
        }
        self.taken_back.lock().unwrap().extend(record.job_name.clone());
        Ok(())
    }
}

#[async_trait]
impl JobReader for RevocableKind {
    fn list_id(&self) -> String {
        "list".to_owned()
    }

    fn list_names(&self) -> JobListNames {
        JobListNames::VAULT
    }

    async fn list(&self, _: &Deadline, _: OffsetDateTime) -> Result<JobList, ArmError> {
        match &self.listed {
            Some(jobs) => Ok(JobList { jobs: jobs.clone(), requests: 1 }),
            None => Err(ArmError::Unreadable { request: "GET /jobs".to_owned(), reason: "there is none".to_owned() }),
        }
    }

    async fn get(&self, _: &Deadline, _: &str) -> Result<Job, ArmError> {
        Err(ArmError::Unreadable { request: "GET /jobs/job".to_owned(), reason: "there is none".to_owned() })
    }
}

#[async_trait]
impl RestoreService for RevocableKind {
    type Request = ();
    type Operation = ();

    fn jobs(&self) -> &dyn JobReader {
        self
    }

    fn subject(&self, _: &BTreeMap<String, String>) -> String {
        "things".to_owned()
    }

    fn item(&self) -> RestoreItem {
        RestoreItem { id: "/item".to_owned(), argument: "item_id".into() }
    }

    fn target(&self) -> String {
        "/target".to_owned()
    }

    async fn resolve(&self, _: &Deadline, _: OffsetDateTime) -> Result<Resolved<()>, RestoreError> {
        unreachable!("a Delete restores nothing")
    }

    async fn admit(&self, _: &Deadline) -> Result<Permit, Interrupted> {
        unreachable!("a Delete restores nothing")
    }

    async fn send(
        &self,
        (): &(),
        _: ClientRequestId,
        _: &Deadline,
        _: ResponseTimeout,
    ) -> Result<Accepted<()>, WriteError> {
        unreachable!("a Delete restores nothing")
    }

    async fn operation(
        &self,
        _: &Deadline,
        (): &(),
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError> {
        unreachable!("a Delete restores nothing")
    }

    fn destruction(&self) -> Option<&dyn Destruction> {
        Some(self)
    }
}

#[async_trait]
impl RestoreKind for RevocableKind {
    type Arguments = Arguments;
    type Service = Self;

    fn type_name(&self) -> &'static str {
        "azurebackup_thing_restore"
    }

    fn description(&self) -> String {
        "Restores things.".to_owned()
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![
            Attribute::string("item_id").required().requires_replace().canonical(canonical::id),
            Attribute::string("point").optional().requires_replace(),
        ]
    }

    fn item_path(&self, _: &Arguments) -> ArgumentPath {
        "item_id".into()
    }

    fn item_id(&self, arguments: &Arguments) -> Option<String> {
        arguments.item_id.as_str().map(str::to_owned)
    }

    fn point_arguments(&self) -> &'static [&'static str] {
        &["point"]
    }

    fn unreported(&self) -> String {
        String::new()
    }

    fn rules(&self) -> Vec<Rule> {
        Vec::new()
    }

    fn validate(&self, config: &Arguments) -> Diagnostics {
        match config.point.as_str() {
            Some("none") => Diagnostic::error("There is no such point", "").into(),
            _ => Diagnostics::new(),
        }
    }

    fn validate_at_creation(&self, config: &Arguments, _: OffsetDateTime) -> Diagnostics {
        match config.point.as_str() {
            Some("tomorrow") => Diagnostic::error("The point lies in the future", "").into(),
            _ => Diagnostics::new(),
        }
    }

    fn overwrites(&self, _: &Arguments) -> Option<UserMessage> {
        Some(UserMessage::new("Restoring overwrites things").on("item_id"))
    }

    fn service(&self, _: &Connection, _: Arguments) -> Result<Self, Diagnostics> {
        Ok(self.clone())
    }

    fn reported_arguments(&self, imported: &Arguments, _: &RestoreRecord) -> Vec<ReportedArgument> {
        vec![ReportedArgument::new("item_id", imported.item_id.as_str().unwrap_or_default())]
    }

    async fn imported_job(&self, _: &Connection, _: &Deadline, _: &str) -> Result<ImportedJob, UserMessage> {
        unreachable!("a Delete imports nothing")
    }
}

/// A resource of this kind, with a connection that is never used.
pub(super) fn resource(kind: RevocableKind, registry: Arc<Registry>) -> RestoreResource {
    let connections = Connections::default();
    connections.replace(Some(scripted::connection(client(&ScriptedTransport::new(Vec::new())))));
    RestoreResource::new(kind, connections, registry, Arc::new(SystemClock))
}

/// An object in state, whose job has this status.
pub(super) fn recorded(resource: &RestoreResource, status: &str) -> Value {
    let mut object = resource.schema().null_object();
    let members = [("item_id", "/item"), ("id", "/jobs/job"), ("job_id", "job"), ("status", status)];
    for (name, value) in members {
        object.set(name, Value::from(value));
    }
    object
}

struct DeleteResult {
    taken_back: Vec<String>,
    /// Whether it was handed over to a Create of the same intent.
    handed_over: bool,
    /// Handed over, to run again once it has ended.
    wanted_again: bool,
    errors: bool,
}

/// What a Delete does that is called because of `reason`. Others may have claimed the restore before.
async fn deleted(
    kind: RevocableKind,
    reason: Option<ReplaceReason>,
    claim: impl FnOnce(&Registry, Intent),
) -> DeleteResult {
    let registry = Arc::new(Registry::default());
    let resource = resource(kind.clone(), Arc::clone(&registry));
    let prior = recorded(&resource, "InProgress");
    let intent = resource.core().intent(&prior).unwrap();
    claim(&registry, intent);
    let private = reason.map_or_else(Private::default, |reason| {
        PrivateState { reason: Some(reason), ..PrivateState::default() }.private()
    });
    let diagnostics = resource.delete(&Call::default(), DeleteRequest { prior, private }).await;
    let taken_back = kind.taken_back.lock().unwrap().clone();
    let left = registry.take(intent);
    DeleteResult {
        taken_back,
        handed_over: left.is_some(),
        wanted_again: left.is_some_and(|left| left.wanted_again),
        errors: diagnostics.has_errors(),
    }
}

#[tokio::test]
async fn a_destroy_lets_the_service_take_its_restore_back_and_leaves_it_to_nobody() {
    let deleted = deleted(RevocableKind::default(), Some(ReplaceReason::Destroy), |_, _| ()).await;
    assert_eq!(deleted.taken_back, ["job"]);
    assert!(!deleted.handed_over && !deleted.errors);
}

#[tokio::test]
async fn a_replacement_takes_nothing_back() {
    for (reason, handed_over) in [
        (None, true),
        (Some(ReplaceReason::Changed), true),
        (Some(ReplaceReason::Unknown), true),
        (Some(ReplaceReason::Neither), true),
    ] {
        let deleted = deleted(RevocableKind::default(), reason, |_, _| ()).await;
        assert_eq!(
            (deleted.taken_back.len(), deleted.handed_over, deleted.errors),
            (0, handed_over, false),
            "{reason:?}"
        );
        assert_eq!(deleted.wanted_again, reason == Some(ReplaceReason::Neither), "{reason:?}");
    }
}

#[tokio::test]
async fn a_restore_that_another_object_holds_or_is_to_take_over_is_left_to_it() {
    let claims: [fn(&Registry, Intent); 2] =
        [|registry, _| registry.hold("job"), |registry, intent| registry.plan(intent).unwrap()];
    for claim in claims {
        let deleted = deleted(RevocableKind::default(), Some(ReplaceReason::Destroy), claim).await;
        assert!(deleted.taken_back.is_empty() && deleted.handed_over && !deleted.errors);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_of_what_is_being_taken_back_waits_for_the_end_of_that() {
    let registry = Arc::new(Registry::default());
    let kind = RevocableKind::default();
    let resource = resource(kind.clone(), Arc::clone(&registry));
    let prior = recorded(&resource, "InProgress");
    let intent = resource.core().intent(&prior).unwrap();
    let turn = registry.taking_back(intent);
    let taken = turn.lock().await;
    let mut planned = prior.clone();
    for name in ["id", "job_id", "status"] {
        planned.set(name, Value::unknown());
    }
    let (call, request) = (Call::default(), CreateRequest { planned, ..CreateRequest::default() });
    let mut create = resource.create(&call, request);
    assert!(tokio::time::timeout(Duration::from_secs(60), &mut create).await.is_err(), "it waits");
    // Its Create is under way, so the restore is no longer a Delete's alone.
    let private = because_of(ReplaceReason::Destroy).private();
    let mut delete = resource.delete(&call, DeleteRequest { prior, private });
    assert!(tokio::time::timeout(Duration::from_secs(60), &mut delete).await.is_err(), "it waits, too");
    drop(taken);
    // Both at once: the lock goes to them in turn.
    let (created, deleted) = tokio::join!(create, delete);
    assert!(!deleted.has_errors());
    assert!(kind.taken_back.lock().unwrap().is_empty());
    assert!(created.diagnostics.has_errors(), "its list cannot be read");
}

#[tokio::test]
async fn what_cannot_be_taken_back_stays_in_the_state() {
    let refuses = RevocableKind { refused: true, ..RevocableKind::default() };
    let deleted = deleted(refuses, Some(ReplaceReason::Destroy), |_, _| ()).await;
    assert!(deleted.errors && !deleted.handed_over, "an error keeps the object");
}

/// What a Delete leaves to the calls that follow.
#[derive(Debug, Default, PartialEq)]
struct Left {
    /// Handed over to a Create: whether its warnings were accepted, and whether it is to run again.
    handed_over: Option<(bool, bool)>,
    released: bool,
    wanted_again: bool,
    failure_acknowledged: bool,
    /// What an import of a restore takes that was removed in favour of another one of the item.
    replaced: Vec<Option<String>>,
}

/// What a Delete leaves of an object that `change` has changed.
async fn left_by(status: &str, private: PrivateState, change: impl FnOnce(&mut Value)) -> Left {
    let registry = Arc::new(Registry::default());
    let resource = resource(RevocableKind { refused: true, ..RevocableKind::default() }, Arc::clone(&registry));
    let mut prior = recorded(&resource, status);
    change(&mut prior);
    let intent = resource.core().intent(&prior).unwrap();
    let request = DeleteRequest { prior, private: private.private() };
    assert!(!resource.delete(&Call::default(), request).await.has_errors());
    Left {
        handed_over: registry.take(intent).map(|left| (left.warnings_accepted, left.wanted_again)),
        released: registry.discharged("job") == Some(Discharge::Released),
        wanted_again: registry.wanted_again(intent).is_some(),
        failure_acknowledged: registry.discharged("job") == Some(Discharge::FailureSeen),
        replaced: registry.replaced("/item").into_iter().map(|replaced| replaced.import_id).collect(),
    }
}

fn because_of(reason: ReplaceReason) -> PrivateState {
    PrivateState { reason: Some(reason), ..PrivateState::default() }
}

fn handed_over(warnings_accepted: bool, wanted_again: bool) -> Left {
    Left { handed_over: Some((warnings_accepted, wanted_again)), ..Left::default() }
}

/// An object that a failed apply has tainted: its plan has no reason.
fn tainted() -> PrivateState {
    PrivateState::default()
}

#[tokio::test]
async fn a_restore_that_ended_well_is_handed_over_unless_it_is_wanted_again() {
    let replaced = || vec![Some("/jobs/job".to_owned())];
    for status in ["Completed", "CompletedWithWarnings"] {
        assert_eq!(left_by(status, tainted(), |_| ()).await, handed_over(false, false));
        let changed = Left { replaced: replaced(), ..handed_over(false, false) };
        assert_eq!(left_by(status, because_of(ReplaceReason::Changed), |_| ()).await, changed);
        assert_eq!(left_by(status, because_of(ReplaceReason::Unknown), |_| ()).await, handed_over(false, false));
        let again = Left { released: true, wanted_again: true, ..Left::default() };
        assert_eq!(left_by(status, because_of(ReplaceReason::Neither), |_| ()).await, again);
    }
}

#[tokio::test]
async fn a_restore_that_may_run_is_handed_over_and_supersedes_nothing() {
    for status in ["InProgress", "Unknown", "Unheard"] {
        for reason in [ReplaceReason::Changed, ReplaceReason::Unknown] {
            assert_eq!(left_by(status, because_of(reason), |_| ()).await, handed_over(false, false));
        }
        assert_eq!(left_by(status, because_of(ReplaceReason::Neither), |_| ()).await, handed_over(false, true));
    }
}

#[tokio::test]
async fn how_a_restore_failed_is_known_and_only_the_user_gives_its_job_up() {
    for status in ["Failed", "Cancelled"] {
        let acknowledged = || Left { failure_acknowledged: true, ..Left::default() };
        assert_eq!(left_by(status, tainted(), |_| ()).await, acknowledged());
        assert_eq!(left_by(status, because_of(ReplaceReason::Changed), |_| ()).await, acknowledged());
        let released = Left { released: true, ..Left::default() };
        assert_eq!(left_by(status, because_of(ReplaceReason::Neither), |_| ()).await, released);
        let nameless = |object: &mut Value| object.set("job_id", Value::Null);
        assert_eq!(left_by(status, because_of(ReplaceReason::Changed), nameless).await, Left::default());
        assert_eq!(left_by(status, because_of(ReplaceReason::Neither), nameless).await, Left::default());
    }
}

#[tokio::test]
async fn a_restore_that_is_said_to_have_failed_and_goes_on_is_handed_over_whatever_the_reason() {
    let goes_on = |object: &mut Value| {
        object.set("details", Value::object([("errorCode", "LongRunningRestoreTrackingFailure")]));
    };
    for private in [tainted(), because_of(ReplaceReason::Changed), because_of(ReplaceReason::Neither)] {
        assert_eq!(left_by("Failed", private, goes_on).await, handed_over(false, false));
    }
}

#[tokio::test]
async fn a_restore_that_was_wanted_again_and_not_begun_stays_wanted() {
    let wanted = Left { released: true, wanted_again: true, ..Left::default() };
    assert_eq!(left_by("NotAccepted", tainted(), |_| ()).await, wanted);
    let nameless = |object: &mut Value| object.set("job_id", Value::Null);
    assert_eq!(left_by("NotAccepted", tainted(), nameless).await, Left::default());
}

#[tokio::test]
async fn warnings_count_as_accepted_if_an_apply_took_them_so_or_if_that_is_not_known_any_more() {
    let changed = because_of(ReplaceReason::Unknown);
    let accepts: fn(&mut Value) = |object| object.set("accept_warnings", true);
    let imported: fn(&mut Value) = |object| object.set("imported", true);
    let nothing: fn(&mut Value) = |_| ();
    let with_warnings = "CompletedWithWarnings";
    for (status, private, change, accepted) in [
        (with_warnings, changed.clone(), nothing, false),
        (with_warnings, changed.clone(), accepts, true),
        (with_warnings, PrivateState { accepted_warnings: true, ..changed.clone() }, nothing, true),
        (with_warnings, PrivateState { lost: true, ..changed.clone() }, nothing, true),
        (with_warnings, PrivateState { lost: true, ..changed.clone() }, imported, false),
        (with_warnings, PrivateState { accepted_warnings: true, ..tainted() }, nothing, false),
        ("Completed", PrivateState { accepted_warnings: true, ..changed }, accepts, false),
    ] {
        let left = left_by(status, private.clone(), change).await;
        assert_eq!(left.handed_over, Some((accepted, false)), "{status} {private:?}");
    }
}

#[tokio::test]
async fn a_request_that_was_sent_and_not_taken_is_handed_over_and_an_end_is_judged_whenever_it_was_sent() {
    fn sent(more: fn(&mut Value)) -> impl FnOnce(&mut Value) {
        move |object| {
            object.set("details", Value::object([("requestSentAt", "2026-11-19T08:00:00Z")]));
            more(object);
        }
    }
    let changed = || because_of(ReplaceReason::Unknown);
    let nameless = sent(|object| object.set("job_id", Value::Null));
    assert_eq!(left_by("NotAccepted", changed(), nameless).await, handed_over(false, false));
    let accepted = sent(|object| object.set("accept_warnings", true));
    assert_eq!(left_by("CompletedWithWarnings", changed(), accepted).await, handed_over(true, false));
    let acknowledged = Left { failure_acknowledged: true, ..Left::default() };
    assert_eq!(left_by("Failed", changed(), sent(|_| ())).await, acknowledged);
}

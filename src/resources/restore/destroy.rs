//! When a Delete lets a service take its restore back, shown with a service that does nothing else.

use std::sync::{Arc, Mutex};

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
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::intent::{ClientRequestId, Intent};
use crate::restore::jobs::{JobList, JobListNames, JobReader};
use crate::restore::record::{Job, RestoreRecord};
use crate::restore::registry::Registry;
use crate::restore::service::{Accepted, Destruction, Resolved, RestoreItem, RestoreService};
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::Attr;
use crate::tfplugin::resource::{Call, DeleteRequest, Private, Resource};
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::value::Value;

model! {
    pub struct Arguments {
        /// What is protected.
        pub item_id: Attr<String>,
    }
}

/// Takes back whatever it restored, unless it is refused.
#[derive(Clone, Default)]
struct RevocableKind {
    taken_back: Arc<Mutex<Vec<String>>>,
    refused: bool,
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
        unreachable!("a Delete reads nothing")
    }

    async fn get(&self, _: &Deadline, _: &str) -> Result<Job, ArmError> {
        unreachable!("a Delete reads nothing")
    }
}

#[async_trait]
impl RestoreService for RevocableKind {
    type Jobs = Self;
    type Request = ();
    type Operation = ();

    fn jobs(&self) -> &Self {
        self
    }

    fn subject(&self) -> String {
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
        vec![Attribute::string("item_id").required().requires_replace()]
    }

    fn item_path(&self, _: &Arguments) -> ArgumentPath {
        "item_id".into()
    }

    fn item_id(&self, arguments: &Arguments) -> Option<String> {
        arguments.item_id.as_str().map(str::to_owned)
    }

    fn point_arguments(&self) -> &'static [&'static str] {
        &[]
    }

    fn service(&self, _: &Connection, _: Arguments) -> Result<Self, Diagnostics> {
        Ok(self.clone())
    }

    fn reported_arguments(&self, _: &Arguments, _: &RestoreRecord) -> Vec<ReportedArgument> {
        unreachable!("a Delete imports nothing")
    }

    async fn imported_job(&self, _: &Connection, _: &Deadline, _: &str) -> Result<ImportedJob, UserMessage> {
        unreachable!("a Delete imports nothing")
    }
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
    let (clock, registry, connections) = (Arc::new(SystemClock), Arc::new(Registry::default()), Connections::default());
    let connection = scripted::connection(client(&ScriptedTransport::new(Vec::new())));
    connections.replace(Some(connection));
    let resource = RestoreResource::new(kind.clone(), connections, Arc::clone(&registry), clock);
    let mut prior = resource.schema().null_object();
    for (name, value) in [("item_id", "/item"), ("job_id", "job"), ("status", "InProgress")] {
        prior.set(name, Value::from(value));
    }
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

#[tokio::test]
async fn what_cannot_be_taken_back_stays_in_the_state() {
    let refuses = RevocableKind { refused: true, ..RevocableKind::default() };
    let deleted = deleted(refuses, Some(ReplaceReason::Destroy), |_, _| ()).await;
    assert!(deleted.errors && !deleted.handed_over, "an error keeps the object");
}

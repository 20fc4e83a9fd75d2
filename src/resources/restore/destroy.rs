//! When a Delete lets a service take its restore back, shown with a service that does nothing else.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use time::OffsetDateTime;

use super::memory::{Mark, Memory};
use super::{ImportedJob, RestoreKind, RestoreResource};
use crate::azure::client::AnswerWait;
use crate::azure::clock::SystemClock;
use crate::azure::error::{ArmError, AzureError, PostError};
use crate::azure::limiter::Permit;
use crate::azure::patience::{Ended, Patience};
use crate::azure::poll::Sighting;
use crate::azure::scripted::{ScriptedTransport, client};
use crate::connection::{Connection, Connections, scripted};
use crate::model;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::facts::{Facts, Job};
use crate::restore::intent::{ClientRequestId, Intent};
use crate::restore::jobs::{JobList, JobListNames, JobReader};
use crate::restore::registry::Registry;
use crate::restore::service::{Accepted, Destruction, Resolved, RestoreItem, RestoreService};
use crate::restore::setback::{Report, Setback};
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::Attr;
use crate::tfplugin::resource::{Call, DeleteRequest, Private, Resource};
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::value::Value;

model! {
    /// The arguments.
    pub struct Arguments {
        /// What is protected.
        pub item_id: Attr<String>,
    }
}

/// Takes back whatever it restored, unless it is refused.
#[derive(Clone, Default)]
struct TakesBack {
    taken_back: Arc<Mutex<Vec<String>>>,
    refused: bool,
}

#[async_trait]
impl Destruction for TakesBack {
    async fn destroy(&self, _: &Patience, facts: &Facts) -> Result<(), Setback> {
        if self.refused {
            return Err(Setback::No(Box::new(AzureError::new("NotCancellable", "no"))));
        }
        self.taken_back.lock().unwrap().extend(facts.job_name.clone());
        Ok(())
    }
}

#[async_trait]
impl JobReader for TakesBack {
    fn list_id(&self) -> String {
        "list".to_owned()
    }

    fn list_names(&self) -> JobListNames {
        JobListNames::VAULT
    }

    async fn list(&self, _: &Patience, _: OffsetDateTime) -> Result<JobList, ArmError> {
        unreachable!("a Delete reads nothing")
    }

    async fn get(&self, _: &Patience, _: &str) -> Result<Job, ArmError> {
        unreachable!("a Delete reads nothing")
    }
}

#[async_trait]
impl RestoreService for TakesBack {
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

    async fn resolve(&self, _: &Patience, _: OffsetDateTime) -> Result<Resolved<()>, Setback> {
        unreachable!("a Delete restores nothing")
    }

    async fn admit(&self, _: &Patience) -> Result<Permit, Ended> {
        unreachable!("a Delete restores nothing")
    }

    async fn send(&self, (): &(), _: ClientRequestId, _: &Patience, _: AnswerWait) -> Result<Accepted<()>, PostError> {
        unreachable!("a Delete restores nothing")
    }

    async fn operation(
        &self,
        _: &Patience,
        (): &(),
    ) -> Result<Sighting<Result<Option<String>, Box<AzureError>>>, ArmError> {
        unreachable!("a Delete restores nothing")
    }

    fn destruction(&self) -> Option<&dyn Destruction> {
        Some(self)
    }
}

#[async_trait]
impl RestoreKind for TakesBack {
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

    async fn imported_job(&self, _: &Connection, _: &Patience, _: &str) -> Result<ImportedJob, Report> {
        unreachable!("a Delete imports nothing")
    }
}

struct Deleted {
    taken_back: Vec<String>,
    /// Left to a Create of the same intent.
    left: bool,
    errors: bool,
}

/// What a Delete does that is called because of `mark`. Others may have claimed the restore before.
async fn deleted(kind: TakesBack, mark: Option<Mark>, claim: impl FnOnce(&Registry, Intent)) -> Deleted {
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
    let private = mark.map_or_else(Private::default, |mark| Memory { mark: Some(mark), ..Memory::default() }.private());
    let diagnostics = resource.delete(&Call::default(), DeleteRequest { prior, private }).await;
    let taken_back = kind.taken_back.lock().unwrap().clone();
    Deleted { taken_back, left: registry.take(intent).is_some(), errors: diagnostics.has_errors() }
}

#[tokio::test]
async fn a_destroy_lets_the_service_take_its_restore_back_and_leaves_it_to_nobody() {
    let deleted = deleted(TakesBack::default(), Some(Mark::Destroy), |_, _| ()).await;
    assert_eq!(deleted.taken_back, ["job"]);
    assert!(!deleted.left && !deleted.errors);
}

#[tokio::test]
async fn a_replacement_takes_nothing_back() {
    for (mark, left) in
        [(None, true), (Some(Mark::Changed), true), (Some(Mark::Unknown), true), (Some(Mark::Neither), false)]
    {
        let deleted = deleted(TakesBack::default(), mark, |_, _| ()).await;
        assert_eq!((deleted.taken_back.len(), deleted.left, deleted.errors), (0, left, false), "{mark:?}");
    }
}

#[tokio::test]
async fn a_restore_that_another_object_holds_or_is_to_take_over_is_left_to_it() {
    let claims: [fn(&Registry, Intent); 2] =
        [|registry, _| registry.hold("job"), |registry, intent| registry.plan(intent).unwrap()];
    for claim in claims {
        let deleted = deleted(TakesBack::default(), Some(Mark::Destroy), claim).await;
        assert!(deleted.taken_back.is_empty() && deleted.left && !deleted.errors);
    }
}

#[tokio::test]
async fn what_cannot_be_taken_back_stays_in_the_state() {
    let refuses = TakesBack { refused: true, ..TakesBack::default() };
    let deleted = deleted(refuses, Some(Mark::Destroy), |_, _| ()).await;
    assert!(deleted.errors && !deleted.left, "an error keeps the object");
}

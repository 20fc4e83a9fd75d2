//! What Terraform saves of a restore, and what an update of one that has ended says.

use super::destroy::{RevocableKind, recorded, resource};
use super::*;
use crate::azure::clock::SystemClock;
use crate::connection::Connections;

fn object(status: &str) -> Value {
    recorded(&resource(RevocableKind::default(), Arc::default()), status)
}

fn record(status: RestoreStatus) -> RestoreRecord {
    RestoreRecord { job_name: Some("job".into()), ..RestoreRecord::new(status) }
}

/// What is saved of an outcome whose plan left every result open.
fn saved(ending: Ending, status: RestoreStatus, imported: bool) -> Applied {
    let planned = Value::object(results::COMPUTED.map(|name| (name, Value::unknown())));
    let warnings = vec![UserMessage::new("By the way")];
    applied(Outcome { ending, record: record(status), warnings }, &planned, imported)
}

fn severities(applied: &Applied) -> Vec<Severity> {
    applied.diagnostics.iter().map(|diagnostic| diagnostic.severity).collect()
}

fn imported(applied: &Applied) -> Option<bool> {
    applied.state.as_ref().and_then(|state| state.get("imported").as_bool())
}

#[test]
fn a_restore_that_is_done_is_saved_with_whether_its_warnings_were_accepted() {
    for (status, accepted) in [(RestoreStatus::Completed, false), (RestoreStatus::CompletedWithWarnings, true)] {
        let done = saved(Ending::Done, status.clone(), true);
        assert_eq!(severities(&done), [Severity::Warning]);
        assert_eq!(imported(&done), Some(false));
        assert_eq!(PrivateState::of(&done.private).accepted_warnings, accepted);
        assert_eq!(state::record(&done.state.unwrap()).status, status);
    }
}

#[test]
fn an_interruption_is_a_warning_and_an_error_keeps_what_is_known_unless_nothing_was_begun() {
    let message = || UserMessage::new("No");
    let (running, warnings) = (RestoreStatus::InProgress, RestoreStatus::CompletedWithWarnings);
    for (ending, status, severity, kept) in [
        (Ending::Interrupted(message()), running.clone(), Severity::Warning, Some(true)),
        (Ending::Failed(message()), running.clone(), Severity::Error, Some(true)),
        (Ending::Failed(message()), warnings, Severity::Error, Some(false)),
        (Ending::NotBegun(message()), running, Severity::Error, None),
    ] {
        let saved = saved(ending, status, true);
        assert_eq!(severities(&saved), [Severity::Warning, severity]);
        assert_eq!(imported(&saved), kept);
        assert!(!PrivateState::of(&saved.private).accepted_warnings);
    }
    assert_eq!(imported(&saved(Ending::Failed(message()), RestoreStatus::InProgress, false)), Some(false));
}

async fn updated(prior: Value, private: PrivateState, accept: bool) -> Applied {
    let mut planned = prior.clone();
    planned.set("accept_warnings", accept);
    let request = UpdateRequest { prior, planned, config: Value::Null, private: private.private() };
    resource(RevocableKind::default(), Arc::default()).update(&Call::default(), request).await
}

#[tokio::test]
async fn an_update_of_a_restore_that_is_done_says_nothing_and_ends_an_import() {
    for status in ["Completed", "Failed"] {
        let mut prior = object(status);
        prior.set("imported", true);
        let updated = updated(prior, PrivateState::default(), false).await;
        assert!(updated.diagnostics.is_empty());
        assert_eq!(PrivateState::of(&updated.private), PrivateState::default());
        assert_eq!(updated.state.unwrap().get("status").as_str(), Some(status));
    }
}

#[tokio::test]
async fn an_update_fails_of_warnings_that_nobody_accepts_and_remembers_who_did() {
    let kept = |accepted_warnings, lost| PrivateState { accepted_warnings, lost, ..PrivateState::default() };
    for (private, accept, severity, text, after) in [
        (kept(false, false), true, Some(Severity::Warning), "Azure warns of", kept(true, false)),
        (kept(false, true), true, Some(Severity::Warning), "Azure warns of", kept(true, false)),
        (kept(false, false), false, Some(Severity::Error), "to take this as done.", kept(false, false)),
        (kept(false, true), false, Some(Severity::Error), "is not known", kept(false, true)),
        (kept(true, false), false, None, "", kept(true, false)),
    ] {
        let updated = updated(object("CompletedWithWarnings"), private, accept).await;
        assert_eq!(severities(&updated), Vec::from_iter(severity));
        let detail = updated.diagnostics.iter().map(|diagnostic| diagnostic.detail.as_str()).collect::<String>();
        assert!(detail.contains(text), "{detail}");
        assert_eq!(PrivateState::of(&updated.private), after);
    }
}

#[tokio::test]
async fn an_import_whose_warnings_are_not_accepted_stays_one() {
    for accept in [false, true] {
        let mut prior = object("CompletedWithWarnings");
        prior.set("imported", true);
        let mut planned = prior.clone();
        planned.set("imported", Value::unknown());
        planned.set("accept_warnings", accept);
        let private = PrivateState::default().private();
        let request = UpdateRequest { prior, planned, config: Value::Null, private };
        let updated = resource(RevocableKind::default(), Arc::default()).update(&Call::default(), request).await;
        assert_eq!((imported(&updated), updated.diagnostics.has_errors()), (Some(!accept), !accept));
    }
}

#[tokio::test]
async fn an_update_of_a_restore_that_is_said_to_have_failed_and_goes_on_is_an_error() {
    let mut prior = object("Failed");
    prior.set("details", Value::object([("errorCode", "LongRunningRestoreTrackingFailure")]));
    let updated = updated(prior, PrivateState::default(), false).await;
    assert_eq!(severities(&updated), [Severity::Error]);
    assert_eq!(updated.state.unwrap().get("status").as_str(), Some("Failed"));
}

#[tokio::test]
async fn a_creation_that_another_one_has_begun_sends_nothing_and_saves_nothing() {
    let registry = Arc::new(Registry::default());
    let resource = resource(RevocableKind::default(), Arc::clone(&registry));
    let mut planned = resource.schema().null_object();
    planned.set("item_id", "/item");
    registry.begin(resource.core().intent(&planned).unwrap()).unwrap();
    let request = CreateRequest { planned, config: Value::Null, private: Private::default() };
    let created = resource.create(&Call::default(), request).await;
    assert_eq!((severities(&created), created.state), (vec![Severity::Error], None));
}

#[tokio::test]
async fn without_a_connection_nothing_is_created_or_imported_and_a_refresh_keeps_what_is_known() {
    let (registry, clock) = (Arc::default(), Arc::new(SystemClock));
    let resource = RestoreResource::new(RevocableKind::default(), Connections::default(), registry, clock);
    let mut planned = resource.schema().null_object();
    planned.set("item_id", "/item");
    let request = CreateRequest { planned, config: Value::Null, private: Private::default() };
    let created = resource.create(&Call::default(), request).await;
    assert_eq!((severities(&created), created.state), (vec![Severity::Error], None));
    assert!(resource.import(&Call::default(), "/jobs/job").await.unwrap_err().has_errors());
    let running = object("InProgress");
    let read = resource.read(&Call::default(), running.clone(), Private::default()).await;
    assert_eq!((read.state, read.diagnostics.is_empty()), (Some(running), true));
}

#[tokio::test]
async fn a_destroy_is_one_in_the_plan_and_what_an_apply_plans_to_destroy_has_a_successor() {
    let resource = resource(RevocableKind::default(), Arc::default());
    let of_1_11 = Call { deferral_allowed: true, terraform_version: Some("1.11.4".to_owned()), ..Call::default() };
    let of_another_client = Call { follows_a_change: true, ..Call::default() };
    let destroyed = Some(ReplaceReason::Destroy);
    for (call, warnings, reason) in [(Call::default(), 1, destroyed), (of_1_11, 0, None), (of_another_client, 0, None)]
    {
        let mut private = PrivateState { accepted_warnings: true, ..PrivateState::default() }.private();
        let diagnostics = resource.plan_destroy(&call, &object("InProgress"), &mut private).await;
        assert_eq!(diagnostics.iter().count(), warnings);
        let marked = PrivateState::of(&private);
        assert_eq!((marked.reason, marked.accepted_warnings), (reason, true));
    }
}

#[tokio::test]
async fn a_plan_that_takes_back_what_another_resource_has_or_asks_for_is_an_error() {
    let planned = async |resource: &RestoreResource, prior: Option<Value>, reason: Option<ReplaceReason>| {
        let planned = prior.clone().unwrap_or_else(|| {
            let mut new = object("Completed");
            for result in ["id", "job_id", "status"] {
                new.set(result, Value::unknown());
            }
            new
        });
        let private = PrivateState { reason, ..PrivateState::default() }.private();
        let mut plan = Plan { config: planned.clone(), prior, planned, private, ..Plan::default() };
        resource.modify_plan(&Call::default(), &mut plan).await;
        let errors: Vec<_> = plan.diagnostics.iter().filter(|said| said.is_error()).collect();
        let item = Some(Path::attribute("item_id"));
        assert!(errors.iter().all(|said| said.path == item || said.summary.ends_with("is in the state twice")));
        errors.into_iter().map(|said| said.summary.clone()).collect::<Vec<_>>()
    };
    let destroyed = async |resource: &RestoreResource, cancels: bool| {
        let mut prior = object("Completed");
        prior.set("cancel_on_destroy", cancels);
        let said = resource.plan_destroy(&Call::default(), &prior, &mut Private::default()).await;
        said.iter().filter(|said| said.is_error()).map(|said| said.summary.clone()).collect::<Vec<_>>()
    };
    let new = || resource(RevocableKind::default(), Arc::default());
    let none: [&str; 0] = [];
    let twice = ["The same restore is asked for twice"];
    let moved = ["The same restore is destroyed and created by one plan"];
    let in_state_twice = ["Job job is in the state twice"];
    let stays = || Some(object("Completed"));

    let own = new();
    assert_eq!(planned(&own, stays(), None).await, none);
    assert_eq!(planned(&own, None, None).await, twice);
    assert_eq!(destroyed(&own, false).await, none, "it is only forgotten");
    assert_eq!(destroyed(&own, true).await, in_state_twice);
    let own = new();
    assert_eq!(planned(&own, None, None).await, none);
    assert_eq!(destroyed(&own, false).await, none);
    assert_eq!(destroyed(&own, true).await, moved);
    let own = new();
    assert_eq!(destroyed(&own, true).await, none);
    assert_eq!(planned(&own, None, None).await, moved);
    assert_eq!(planned(&own, stays(), None).await, in_state_twice);
    // One that is replaced does not stay.
    let own = new();
    assert_eq!(destroyed(&own, true).await, none);
    assert_eq!(planned(&own, Some(object("Failed")), None).await, none);
    // `-replace`: the second leg takes the place of the first.
    let own = new();
    assert_eq!(planned(&own, stays(), None).await, none);
    assert_eq!(planned(&own, None, Some(ReplaceReason::Neither)).await, none);
}

#[tokio::test]
async fn a_destroy_says_whether_what_runs_is_cancelled() {
    let resource = resource(RevocableKind::default(), Arc::default());
    for (cancels, told) in
        [(Value::Null, "only forgets it"), (false.into(), "only forgets it"), (true.into(), "cancels it")]
    {
        let mut running = object("InProgress");
        running.set("cancel_on_destroy", cancels);
        let warned = resource.plan_destroy(&Call::default(), &running, &mut Private::default()).await;
        let detail = &warned.iter().next().unwrap().detail;
        assert!(detail.contains(told), "{detail}");
    }
}

#[tokio::test]
async fn an_import_that_is_contradicted_stays_as_it_was_and_is_planned_anew() {
    let mut prior = object("Completed");
    prior.set("imported", true);
    let mut planned = prior.clone();
    planned.set("item_id", "/other");
    let private =
        PrivateState { reason: Some(ReplaceReason::Neither), accepted_warnings: true, ..PrivateState::default() };
    let request = UpdateRequest { prior: prior.clone(), planned, config: Value::Null, private: private.private() };
    let refused = resource(RevocableKind::default(), Arc::default()).update(&Call::default(), request).await;
    assert_eq!((severities(&refused), refused.state), (vec![Severity::Error], Some(prior)));
    let kept = PrivateState { accepted_warnings: true, ..PrivateState::default() };
    assert_eq!(PrivateState::of(&refused.private), kept);
}

#[tokio::test]
async fn what_cannot_be_read_of_a_configuration_is_told_even_where_the_schema_has_no_objection() {
    let resource = resource(RevocableKind::default(), Arc::default());
    let mut config = resource.schema().null_object();
    config.set("item_id", "/item");
    config.set("point", 5);
    assert!(!resource.core().arguments().validate_config(&config).has_errors());
    assert!(resource.validate(&config).await.has_errors());
}

#[tokio::test]
async fn a_resource_has_its_name_its_results_and_its_checks() {
    let resource = resource(RevocableKind::default(), Arc::default());
    assert_eq!(resource.type_name(), "azurebackup_thing_restore");
    for name in results::COMPUTED {
        assert!(resource.schema().attribute(name).is_some_and(|attribute| attribute.is_computed()), "{name}");
    }
    let mut config = resource.schema().null_object();
    assert!(!resource.validate(&config).await.has_errors());
    config.set("point", "none");
    assert!(resource.validate(&config).await.has_errors());
}

#[tokio::test]
async fn a_restore_that_is_wanted_again_and_cannot_begin_is_kept_as_one_that_was_not_accepted() {
    for wanted in [false, true] {
        let registry = Arc::new(Registry::default());
        let resource = resource(RevocableKind::default(), Arc::clone(&registry));
        let mut planned = resource.schema().null_object();
        planned.set("item_id", "/item");
        let intent = resource.core().intent(&planned).unwrap();
        if wanted {
            registry.want_again(intent, record(RestoreStatus::Completed));
        }
        let request = CreateRequest { planned, config: Value::Null, private: Private::default() };
        let created = resource.create(&Call::default(), request).await;
        assert!(created.diagnostics.has_errors());
        let kept = created.state.map(|state| state::record(&state));
        assert_eq!(
            kept.map(|kept| (kept.status, kept.job_name)),
            wanted.then(|| (RestoreStatus::NotAccepted, Some("job".into())))
        );
    }
}

#[tokio::test]
async fn a_refresh_that_cannot_read_warns_and_an_update_without_a_connection_is_an_error() {
    let resource = resource(RevocableKind::default(), Arc::default());
    let running = object("InProgress");
    let read = resource.read(&Call::default(), running.clone(), Private::default()).await;
    assert_eq!((read.state, read.diagnostics.iter().count()), (Some(running.clone()), 1));
    assert!(!read.diagnostics.has_errors());
    let (registry, clock) = (Arc::default(), Arc::new(SystemClock));
    let unconnected = RestoreResource::new(RevocableKind::default(), Connections::default(), registry, clock);
    let private = PrivateState::default().private();
    let request = UpdateRequest { prior: running.clone(), planned: running, config: Value::Null, private };
    let updated = unconnected.update(&Call::default(), request).await;
    assert_eq!((severities(&updated), updated.state), (vec![Severity::Error], None));
}

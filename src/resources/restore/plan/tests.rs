use std::sync::Mutex;

use super::super::destroy::{RevocableKind, recorded, resource};
use super::super::results::COMPUTED;
use super::*;
use crate::azure::clock::SystemClock;
use crate::azure::job::JobStatus;
use crate::azure::random::fixed::FixedRandom;
use crate::azure::scripted::{NOW, ScriptedTransport, client};
use crate::connection::{Connection, Connections, scripted};
use crate::restore::activity::Activity;
use crate::restore::intent::ClientRequestId;
use crate::restore::progress::{ProgressEvent, ProgressSink};
use crate::restore::record::Job;
use crate::restore::registry::Registry;
use crate::tfplugin::resource::Resource;

/// A plan of what `prior` becomes by `change`, with the private bytes that are kept with it.
async fn planned(prior: Option<Value>, private: PrivateState, call: &Call, change: impl FnOnce(&mut Value)) -> Plan {
    planned_beside(&Arc::default(), prior, private, call, change).await
}

async fn planned_beside(
    registry: &Arc<Registry>,
    prior: Option<Value>,
    private: PrivateState,
    call: &Call,
    change: impl FnOnce(&mut Value),
) -> Plan {
    let resource = resource(RevocableKind::default(), Arc::clone(registry));
    let mut config = resource.schema().null_object();
    config.set("item_id", "/item");
    change(&mut config);
    let mut planned = prior.clone().unwrap_or_else(|| config.clone());
    for argument in ["item_id", "point", "accept_warnings", "adopt"] {
        planned.set(argument, config.get(argument).clone());
    }
    let mut plan = Plan {
        config,
        prior,
        planned,
        private: private.private(),
        requires_replace: Vec::new(),
        diagnostics: Diagnostics::new(),
    };
    resource.modify_plan(call, &mut plan).await;
    plan
}

fn object(status: &str) -> Value {
    recorded(&resource(RevocableKind::default(), Arc::default()), status)
}

fn replaces(plan: &Plan) -> Vec<String> {
    plan.requires_replace.iter().map(ToString::to_string).collect()
}

fn reason(plan: &Plan) -> Option<ReplaceReason> {
    PrivateState::of(&plan.private).reason
}

fn summaries(plan: &Plan) -> Vec<&str> {
    plan.diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect()
}

/// The computed attributes that are known after apply only.
fn unknown(plan: &Plan) -> Vec<&'static str> {
    COMPUTED.into_iter().filter(|name| plan.planned.get(name).is_unknown()).collect()
}

/// A plan that Terraform asks for again during apply.
fn during_apply() -> Call {
    Call { deferral_allowed: true, terraform_version: Some("1.11.4".to_owned()), ..Call::default() }
}

const OVERWRITES: &str = "Restoring overwrites things";

#[tokio::test]
async fn a_restore_is_planned_once_and_warns_of_what_it_overwrites_in_the_plan_only() {
    let (registry, call, private) = (Arc::default(), Call::default(), PrivateState::default());
    let plan = planned_beside(&registry, None, private.clone(), &call, |_| ()).await;
    assert_eq!((summaries(&plan), reason(&plan)), (vec![OVERWRITES], None));
    assert_eq!(plan.planned.get("imported").as_bool(), Some(false));
    let again = planned_beside(&registry, None, private.clone(), &call, |_| ()).await;
    assert_eq!(summaries(&again), ["The same restore is asked for twice"]);
    assert!(again.diagnostics.has_errors());
    assert_eq!(again.diagnostics.iter().next().unwrap().path, Some(Path::attribute("item_id")));
    let plan = planned(None, private, &during_apply(), |_| ()).await;
    assert!(summaries(&plan).is_empty());
}

#[tokio::test]
async fn a_plan_with_preflight_warns_of_what_the_apply_would_end_with_unless_it_has_errors_of_its_own() {
    let connection =
        |preflight| Connection { preflight, ..scripted::connection(client(&ScriptedTransport::new(Vec::new()))) };
    let clock_error = "The point lies in the future";
    let unreadable = "As things are now: Restoring things: cannot read the vault's job list";
    for (preflight, point, expected) in [
        (Preflight::Off, "a", vec![OVERWRITES]),
        (Preflight::Warns, "a", vec![OVERWRITES, unreadable]),
        (Preflight::Warns, "tomorrow", vec![clock_error, OVERWRITES]),
    ] {
        let connections = Connections::default();
        connections.replace(Some(connection(preflight)));
        let resource =
            RestoreResource::new(RevocableKind::default(), connections, Arc::default(), Arc::new(SystemClock));
        let mut config = resource.schema().null_object();
        config.set("item_id", "/item");
        config.set("point", point);
        let (planned, private) = (config.clone(), PrivateState::default().private());
        let (requires_replace, diagnostics) = (Vec::new(), Diagnostics::new());
        let mut plan = Plan { config, prior: None, planned, private, requires_replace, diagnostics };
        resource.modify_plan(&Call::default(), &mut plan).await;
        assert_eq!(summaries(&plan), expected);
    }
}

/// A registry in which a refresh has seen a restore of `/item` with this status, of a job `job`.
fn seen(status: &str) -> Arc<Registry> {
    let registry = Arc::default();
    let resource = resource(RevocableKind::default(), Arc::clone(&registry));
    let object = recorded(&resource, status);
    registry.note_recorded(resource.core().intent(&object).unwrap(), state::record(&object));
    registry
}

#[tokio::test]
async fn a_plan_of_a_tainted_restore_says_what_the_apply_does_instead() {
    let (running, kept) =
        ("The restore that is already running is taken over", "The restore that has already run is kept");
    for (status, accepts, told) in [
        ("InProgress", false, Some((running, false))),
        ("Unheard", false, Some((running, false))),
        ("Completed", false, Some((kept, true))),
        ("CompletedWithWarnings", true, Some((kept, true))),
        ("CompletedWithWarnings", false, None),
        ("Failed", true, None),
        ("NotAccepted", true, None),
    ] {
        let change = |config: &mut Value| config.set("accept_warnings", accepts);
        let plan = planned_beside(&seen(status), None, PrivateState::default(), &Call::default(), change).await;
        let expected = told.map_or(OVERWRITES, |(summary, _)| summary);
        assert_eq!(summaries(&plan), [expected], "{status} {accepts}: what it overwrites is not told of what is kept");
        let detail = &plan.diagnostics.iter().next().unwrap().detail;
        let names_the_job = detail.contains(if status == "InProgress" { "takes over job job" } else { "job job" });
        assert_eq!(names_the_job, told.is_some(), "{detail}");
        let with_create_before_destroy = detail.contains("create_before_destroy");
        assert_eq!(with_create_before_destroy, told.is_some_and(|(_, has_ended)| has_ended), "{status}: {detail}");
    }
}

#[tokio::test]
async fn a_restore_in_the_state_that_is_not_adopted_is_told_and_every_other_is_not() {
    let not_recognised = "With create_before_destroy, this restore is not recognised as the one in the state";
    for (status, text) in [("InProgress", "while that job runs, this apply fails"), ("Completed", "restores again")] {
        let change = |config: &mut Value| config.set("adopt", "none");
        let plan = planned_beside(&seen(status), None, PrivateState::default(), &Call::default(), change).await;
        assert_eq!(summaries(&plan), [not_recognised, OVERWRITES]);
        let warning = plan.diagnostics.iter().next().unwrap();
        assert_eq!(warning.path, Some(Path::attribute("adopt")));
        assert!(warning.detail.contains(text), "{}", warning.detail);
    }
    let change = |config: &mut Value| config.set("adopt", "none");
    let unseen = planned_beside(&Arc::default(), None, PrivateState::default(), &Call::default(), change).await;
    assert_eq!(summaries(&unseen), [OVERWRITES]);
}

#[tokio::test]
async fn the_first_ten_warnings_have_a_summary_of_their_own_and_all_further_ones_share_one() {
    let resource = resource(RevocableKind::default(), Arc::default());
    for number in 0..12 {
        let mut config = resource.schema().null_object();
        config.set("item_id", format!("/item/{number}"));
        let (planned, private) = (config.clone(), PrivateState::default().private());
        let (requires_replace, diagnostics) = (Vec::new(), Diagnostics::new());
        let mut plan = Plan { config, prior: None, planned, private, requires_replace, diagnostics };
        resource.modify_plan(&Call::default(), &mut plan).await;
        let (warning, common) = (plan.diagnostics.iter().next().unwrap(), number >= 10);
        let summary = if common { "Restoring overwrites what is there, in more places" } else { OVERWRITES };
        assert_eq!(warning.summary, summary, "{number}");
        assert_eq!(warning.detail.contains(OVERWRITES), common, "{number}: {}", warning.detail);
        assert_eq!(warning.path, Some(Path::attribute("item_id")), "{number}");
    }
}

#[derive(Debug, Default)]
struct Events(Mutex<Vec<String>>);

impl ProgressSink for Events {
    fn emit(&self, event: &ProgressEvent<'_>) {
        self.0.lock().unwrap().push(event.event.to_owned());
    }
}

#[tokio::test]
async fn a_preflight_that_finds_the_restore_running_warns_of_nothing_and_reports_no_progress() {
    let mut kind = RevocableKind::default();
    let mut config = resource(kind.clone(), Arc::default()).schema().null_object();
    config.set("item_id", "/item");
    let intent = resource(kind.clone(), Arc::default()).core().intent(&config).unwrap();
    let mut running = Job::new("/jobs/job", "job", JobStatus::InProgress("InProgress".into()));
    running.item_id = Some("/item".to_owned());
    running.activity_id = ClientRequestId::fresh(intent, &FixedRandom::drawing(0.5)).to_string();
    running.start_time = Some(NOW);
    let events = Arc::new(Events::default());
    let mut connection = scripted::connection(client(&ScriptedTransport::new(Vec::new())));
    connection.preflight = Preflight::Warns;
    connection.restore_context.progress = connection.restore_context.progress.and_to(events.clone());
    let connections = Connections::default();
    connections.replace(Some(connection));
    kind.listed = Some(vec![running]);
    let resource = RestoreResource::new(kind, connections, Arc::default(), Arc::new(SystemClock));
    let (planned, private) = (config.clone(), PrivateState::default().private());
    let (requires_replace, diagnostics) = (Vec::new(), Diagnostics::new());
    let mut plan = Plan { config, prior: None, planned, private, requires_replace, diagnostics };
    resource.modify_plan(&Call::default(), &mut plan).await;
    assert_eq!(summaries(&plan), [OVERWRITES]);
    assert_eq!(*events.0.lock().unwrap(), [""; 0]);
}

#[tokio::test]
async fn the_second_leg_of_a_replacement_repeats_no_warning() {
    for private in [
        PrivateState { reason: Some(ReplaceReason::Changed), ..PrivateState::default() },
        PrivateState { warned: true, ..PrivateState::default() },
    ] {
        let plan = planned(None, private, &Call::default(), |_| ()).await;
        assert!(summaries(&plan).is_empty());
    }
}

#[tokio::test]
async fn an_argument_that_differs_replaces_and_one_that_is_unknown_may() {
    for (value, expected) in
        [(Value::from("/other"), ReplaceReason::Changed), (Value::unknown(), ReplaceReason::Unknown)]
    {
        let change = |config: &mut Value| config.set("item_id", value);
        let plan = planned(Some(object("Completed")), PrivateState::default(), &Call::default(), change).await;
        assert_eq!((replaces(&plan), reason(&plan)), (vec!["item_id".to_owned()], Some(expected)));
        assert_eq!(unknown(&plan), COMPUTED);
        assert_eq!(summaries(&plan), [OVERWRITES]);
        assert!(PrivateState::of(&plan.private).warned);
    }
}

#[tokio::test]
async fn another_point_is_named_beside_the_former_one_if_nothing_else_differs() {
    let call = Call::default();
    let prior = || {
        let mut prior = object("Completed");
        for (name, value) in
            [("point", "a"), ("recovery_point_id", "p"), ("recovery_point_time", "2026-11-19T00:00:00Z")]
        {
            prior.set(name, Value::from(value));
        }
        prior
    };
    let to_point = |config: &mut Value| config.set("point", "b");
    let plan = planned(Some(prior()), PrivateState::default(), &call, to_point).await;
    assert_eq!(summaries(&plan), [OVERWRITES, "Another recovery point restores again"]);
    let detail = &plan.diagnostics.iter().last().unwrap().detail;
    assert_eq!(
        detail,
        "Restored so far: point = \"a\" (point p of 2026-11-19T00:00:00Z).\nTo be restored: point = \"b\"."
    );
    assert_eq!(replaces(&plan), ["point"]);
    let plan = planned(Some(prior()), PrivateState::default(), &call, |_| ()).await;
    assert!(plan.diagnostics.iter().last().unwrap().detail.ends_with("To be restored: none."));
    for (item_id, point) in [("/other", Value::from("b")), ("/item", Value::unknown())] {
        let change = |config: &mut Value| {
            config.set("item_id", item_id);
            config.set("point", point);
        };
        let plan = planned(Some(prior()), PrivateState::default(), &call, change).await;
        assert_eq!(summaries(&plan), [OVERWRITES]);
    }
    let plan = planned(Some(prior()), PrivateState::default(), &during_apply(), to_point).await;
    assert!(summaries(&plan).is_empty());
}

#[tokio::test]
async fn an_attempt_that_failed_is_replaced_because_of_its_status() {
    for status in ["Failed", "Cancelled", "NotAccepted", "CompletedWithWarnings"] {
        let plan = planned(Some(object(status)), PrivateState::default(), &Call::default(), |_| ()).await;
        assert_eq!(
            (replaces(&plan), reason(&plan)),
            (vec!["status".to_owned()], Some(ReplaceReason::Changed)),
            "{status}"
        );
        assert_eq!((unknown(&plan), summaries(&plan)), (COMPUTED.to_vec(), vec![OVERWRITES]), "{status}");
    }
}

#[tokio::test]
async fn a_restore_that_is_done_is_left_as_it_is() {
    let accepts: fn(&mut Value) = |config| config.set("accept_warnings", true);
    let accepted = PrivateState { accepted_warnings: true, ..PrivateState::default() };
    let nothing: fn(&mut Value) = |_| ();
    for (status, private, change) in [
        ("Completed", PrivateState::default(), nothing),
        ("Completed", PrivateState { lost: true, ..PrivateState::default() }, nothing),
        ("CompletedWithWarnings", PrivateState::default(), accepts),
        ("CompletedWithWarnings", PrivateState { lost: true, ..PrivateState::default() }, accepts),
        ("CompletedWithWarnings", accepted, nothing),
    ] {
        let plan = planned(Some(object(status)), private, &Call::default(), change).await;
        assert_eq!((replaces(&plan), reason(&plan)), (Vec::new(), Some(ReplaceReason::Neither)), "{status}");
        assert!(unknown(&plan).is_empty() && summaries(&plan).is_empty(), "{status}");
    }
}

#[tokio::test]
async fn what_cannot_be_decided_fails_in_an_update_and_restores_nothing() {
    let goes_on = || {
        let mut failed = object("Failed");
        failed.set("details", Value::object([("errorCode", "LongRunningRestoreTrackingFailure")]));
        failed
    };
    let lost = PrivateState { lost: true, ..PrivateState::default() };
    for (prior, private) in [(goes_on(), PrivateState::default()), (object("CompletedWithWarnings"), lost)] {
        let plan = planned(Some(prior), private, &Call::default(), |_| ()).await;
        assert_eq!((replaces(&plan), reason(&plan)), (Vec::new(), Some(ReplaceReason::Neither)));
        assert_eq!((unknown(&plan), summaries(&plan)), (vec!["status"], Vec::new()));
    }
}

#[tokio::test]
async fn a_restore_that_was_interrupted_is_waited_for_and_only_what_that_finds_out_is_unknown() {
    for status in ["InProgress", "Unknown"] {
        let mut prior = object(status);
        prior.set("imported", false);
        prior.set("start_time", "2026-11-19T00:00:00Z");
        let plan = planned(Some(prior.clone()), PrivateState::default(), &Call::default(), |_| ()).await;
        assert_eq!((replaces(&plan), reason(&plan)), (Vec::new(), Some(ReplaceReason::Neither)));
        let known: Vec<&str> = COMPUTED.into_iter().filter(|name| !plan.planned.get(name).is_unknown()).collect();
        assert_eq!(known, ["id", "job_id", "start_time", "imported"]);
        assert_eq!(summaries(&plan), ["The restore has not been seen to its end"]);
        assert!(plan.diagnostics.iter().next().unwrap().detail.contains("waits for job job to end"));
        let plan = planned(Some(prior), PrivateState::default(), &during_apply(), |_| ()).await;
        assert!(summaries(&plan).is_empty());
    }
}

#[tokio::test]
async fn an_imported_restore_is_never_replaced_and_must_be_of_the_item() {
    for (status, expected) in [("Completed", Some(false)), ("InProgress", None)] {
        let mut prior = object(status);
        prior.set("imported", true);
        for (item_id, error) in [("/ITEM", false), ("/other", true)] {
            let change = |config: &mut Value| {
                config.set("item_id", item_id);
                config.set("point", "b");
            };
            let plan = planned(Some(prior.clone()), PrivateState::default(), &Call::default(), change).await;
            assert_eq!((replaces(&plan), reason(&plan)), (Vec::new(), Some(ReplaceReason::Neither)));
            assert_eq!(plan.diagnostics.has_errors(), error, "{item_id}");
            assert_eq!(plan.planned.get("imported").as_bool(), expected);
            assert_eq!(plan.planned.get("status").is_unknown(), expected.is_none());
        }
    }
}

#[test]
fn destroying_warns_only_of_what_may_still_run() {
    let warned = |status: &str, cancels| {
        warn_about_destroying(&state::record(&object(status)), Activity::Restore.words(), cancels)
    };
    assert!(warned("Completed", false).is_empty() && warned("Failed", true).is_empty());
    let said = |cancels| warned("InProgress", cancels).iter().next().unwrap().detail.clone();
    assert!(said(false).starts_with("Job job may still run") && said(false).contains("only forgets it"));
    assert!(said(true).starts_with("Job job may still run") && said(true).contains("cancels it"));
}

#[test]
fn a_value_is_written_as_in_a_configuration() {
    let members = Value::object([("id", Value::from("p")), ("latest", true.into()), ("none", Value::Null)]);
    assert_eq!(written(&members), "{ id = \"p\", latest = true }");
    assert_eq!(written(&Value::from(7)), "7");
    assert_eq!(written(&Value::unknown()), "(known after apply)");
}

#[test]
fn a_job_is_called_by_its_name_or_its_request() {
    let named = state::record(&object("InProgress"));
    assert_eq!(job_of(&named), "job job");
    let requested = RestoreRecord { job_name: None, client_request_id: Some("r".into()), ..named.clone() };
    assert_eq!(job_of(&requested), "the job of request r");
    assert_eq!(job_of(&RestoreRecord { client_request_id: None, ..requested }), "its job");
}

#[test]
fn an_argument_inside_another_is_shown_on_the_outermost_and_named_in_the_text() {
    let shown = |argument: &str| {
        let message = UserMessage::new("Restoring").on(argument).say("It is wrong.");
        let diagnostic = diagnostic(Severity::Error, &message);
        (diagnostic.path.unwrap().to_string(), diagnostic.detail)
    };
    let plain = "It is wrong.".to_owned();
    assert_eq!(shown("recovery_point"), ("recovery_point".into(), plain.clone()));
    assert_eq!(shown("containers[1]"), ("containers[1]".into(), plain));
    for (argument, outermost) in [("geo.recoverable_database_id", "geo"), ("containers[1].name", "containers[1]")] {
        let text = format!("Argument: `{argument}`.\n\nIt is wrong.");
        assert_eq!(shown(argument), (outermost.into(), text));
    }
}

#[test]
fn what_stands_in_for_a_job_is_named_by_its_own_name_and_not_by_half_an_id() {
    let id = format!(
        "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/{}/databases/orders",
        "x".repeat(80)
    );
    let record = RestoreRecord { job_name: Some(id), ..RestoreRecord::new(RestoreStatus::InProgress) };
    assert_eq!(job_of(&record), "the restore to \"orders\"");
    let record = RestoreRecord { job_name: Some("job".to_owned()), ..RestoreRecord::new(RestoreStatus::InProgress) };
    assert_eq!(job_of(&record), "job job");
}

#[test]
fn warnings_of_what_a_destroy_forgets_or_cancels_have_summaries_of_their_own() {
    let words = Activity::Restore.words();
    let summary = |job: &str, cancels| {
        let record = RestoreRecord { job_name: Some(job.to_owned()), ..RestoreRecord::new(RestoreStatus::InProgress) };
        warn_about_destroying(&record, words, cancels).iter().map(|said| said.summary.clone()).collect::<Vec<_>>()
    };
    for cancels in [false, true] {
        assert_eq!(summary("one", cancels).len(), 1);
        assert_ne!(summary("one", cancels), summary("other", cancels), "Terraform would show one of the two");
    }
}

//! The service over a scripted transport: what it reads of a server, what it makes of that, and whom it blames.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use super::*;
use crate::azure::clock::Clock;
use crate::azure::error::WriteError;
use crate::azure::job::JobStatus;
use crate::azure::poll::{PollResult, PollSchedule};
use crate::azure::random::fixed::FixedRandom;
use crate::azure::restore_tag::RESTORE_TAG;
use crate::azure::scripted::{NOW, ScriptedTransport, Step, WAIT, answer, client, deadline, with_headers};
use crate::azure::sql::{
    DatabaseId, DatabaseRestoreRequest, DatabaseSource, LongTermRetentionBackupId, RecoverableDatabaseId,
    RestorableDroppedDatabaseId, Sql, SqlServerId,
};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::Confirmation;
use crate::restore::life::{RestoreContext, WaitTimes};
use crate::restore::progress::Progress;
use crate::restore::record::{Job, RestoreRecord, RestoreStatus};
use crate::restore::restored_resource::{OnDestroy, RestoreSource};
use crate::restore::service::{Accepted, RestoreService};

const SERVER: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/servers/q";
const REQUEST: &str = "68021d41-56aa-8157-9a35-79a517cec22a";

#[derive(Debug)]
struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> OffsetDateTime {
        NOW
    }
}

fn target() -> DatabaseId {
    SqlServerId::parse(SERVER).unwrap().database("restored").unwrap()
}

fn made_of(client: Sql, backup: DatabaseToRestore<OnServers>) -> DatabaseRestoreSource<OnServers> {
    DatabaseRestoreSource {
        client,
        host: ("server_id".into(), target().server().clone()),
        elastic_pool: None,
        backup,
        argument: ArgumentPath::from("geo").member("recoverable_database_id"),
        build: Box::new(|region, source| Ok(DatabaseRestoreRequest::new(region, source))),
    }
}

fn service(script: Vec<Step>, on_destroy: OnDestroy) -> (SqlDatabaseRestore, Arc<ScriptedTransport>) {
    let transport = ScriptedTransport::new(script);
    let client = Sql::new(client(&transport));
    let backup = RecoverableDatabaseId::parse(&format!("{SERVER}/recoverableDatabases/orders")).unwrap();
    let source = made_of(client.clone(), DatabaseToRestore::Geo(backup));
    let argument = source.argument.clone();
    let clock: Arc<dyn Clock> = Arc::new(StandingClock);
    let context = RestoreContext {
        clock: Arc::clone(&clock),
        random: Arc::new(FixedRandom::drawing(0.5)),
        registry: Arc::default(),
        progress: Progress::logged(clock),
        wait_times: WaitTimes { brief: PollSchedule::fixed(Duration::from_secs(5)), ..WaitTimes::new(None) },
    };
    let target = SqlDatabase { client, id: target() };
    let service = SqlDatabaseRestore::new(target, &context, Some(Box::new(source)), argument, "name", on_destroy);
    (service, transport)
}

fn quiet(script: Vec<Step>) -> (SqlDatabaseRestore, Arc<ScriptedTransport>) {
    service(script, OnDestroy::default())
}

fn database(status: &str, tag: Option<&str>) -> Step {
    let tags = tag.map_or(json!({}), |tag| json!({ RESTORE_TAG: tag }));
    let properties = json!({"status": status, "creationDate": "2026-11-20T09:00:00Z"});
    answer(200, json!({"id": target().to_string(), "tags": tags, "properties": properties}))
}

fn operations(listed: &Value) -> Step {
    answer(200, json!({ "value": listed }))
}

fn running(name: &str, cancellable: bool) -> Value {
    json!([{"name": name, "properties": {
        "state": "InProgress", "operation": "CreateRecoverRequest", "percentComplete": 42, "isCancellable": cancellable}}])
}

fn not_found() -> Step {
    answer(404, json!({"error": {"code": "ResourceNotFound", "message": "no"}}))
}

fn record(status: RestoreStatus) -> RestoreRecord {
    RestoreRecord { client_request_id: Some(REQUEST.into()), ..RestoreRecord::new(status) }
}

#[tokio::test(start_paused = true)]
async fn the_list_holds_the_database_only_if_a_restore_has_left_its_id_on_it() {
    for (step, ids) in [
        (not_found(), vec![]),
        (database("Online", None), vec![]),
        (database("Restoring", Some(REQUEST)), vec![REQUEST.to_owned()]),
    ] {
        let (service, _) = quiet(vec![step]);
        let listed = service.jobs().list(&deadline(60), NOW).await.unwrap();
        let found: Vec<String> = listed.jobs.into_iter().map(|job| job.activity_id).collect();
        assert_eq!((found, listed.requests), (ids, 1));
    }
    let (service, _) = quiet(vec![answer(403, json!({"error": {"code": "AuthorizationFailed", "message": "no"}}))]);
    assert!(service.jobs().list(&deadline(60), NOW).await.is_err(), "what cannot be read is no empty list");
}

#[tokio::test(start_paused = true)]
async fn an_end_is_told_only_by_who_has_seen_it_come() {
    let name = target().to_string();
    let (service, _) = quiet(vec![database("Online", Some(REQUEST)), database("Online", Some(REQUEST))]);
    let job = service.jobs().get(&deadline(60), &name).await.unwrap();
    assert_eq!((job.status, job.end_time, job.duration_seconds), (JobStatus::Completed, None, None));
    assert_eq!(job.start_time, Some(datetime!(2026-11-20 09:00 UTC)));
    service.jobs.sees_it_running();
    let job = service.jobs().get(&deadline(60), &name).await.unwrap();
    assert_eq!((job.end_time, job.duration_seconds), (Some(NOW), Some(3600)));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_another_database_is_not_asked_for() {
    let (service, transport) = quiet(vec![]);
    assert!(service.jobs().get(&deadline(60), &format!("{SERVER}/databases/other")).await.is_err());
    assert_eq!(transport.lines(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_percentage_costs_a_request_at_every_sixth_poll_and_an_unreadable_one_nothing_more() {
    let mut script = Vec::new();
    for poll in 0..7 {
        script.push(database("Restoring", Some(REQUEST)));
        if poll == 0 {
            script.push(operations(&running("a", true)));
        } else if poll == 6 {
            script.push(not_found());
        }
    }
    let (service, transport) = quiet(script);
    for poll in 0..7 {
        let job = service.jobs().get(&deadline(60), &target().to_string()).await.unwrap();
        assert_eq!(job.progress.as_deref(), Some("42 %"), "poll {poll}: the last that is known stays");
    }
    assert_eq!(transport.lines().len(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_database_counts_once_it_has_been_usable_for_a_minute() {
    let (service, _) = quiet(vec![]);
    let job = Job::new("x", "x", JobStatus::Completed);
    let deadline = deadline(60);
    let confirmed = |seconds| service.jobs().confirm(&deadline, &job, Duration::from_secs(seconds));
    let left = |confirmation| match confirmation {
        Confirmation::Confirmed => None,
        Confirmation::NotYet { poll_after, .. } => Some(poll_after.as_secs()),
    };
    assert_eq!(left(confirmed(0).await.unwrap()), Some(60));
    assert_eq!(left(confirmed(59).await.unwrap()), Some(1));
    assert_eq!(left(confirmed(60).await.unwrap()), None);
}

#[tokio::test(start_paused = true)]
async fn the_request_names_the_region_of_the_server_and_the_state_of_the_backup() {
    let (service, transport) = quiet(vec![
        not_found(),
        answer(200, json!({"location": "northeurope"})),
        answer(200, json!({"properties": {"lastAvailableBackupDate": "2026-11-20T09:20:00Z"}})),
    ]);
    let resolved = service.resolve(&deadline(60), NOW).await.unwrap();
    assert_eq!(resolved.request.location, "northeurope");
    assert_eq!(resolved.recovery_point_time, Some(datetime!(2026-11-20 09:20 UTC)));
    assert_eq!(transport.lines().len(), 3);
    let (service, _) = quiet(vec![not_found(), answer(200, json!({}))]);
    let error = service.resolve(&deadline(60), NOW).await.unwrap_err();
    assert!(matches!(&error, RestoreError::Wrong { argument: Some(argument), .. } if *argument == "server_id".into()));
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_the_put_is_an_acceptance_the_database_itself_or_lost() {
    let id = REQUEST.parse::<ClientRequestId>().unwrap();
    let request = || {
        let source = DatabaseSource::Recovery { recoverable_database_id: "/r".into() };
        DatabaseRestoreRequest::new("northeurope".into(), source)
    };
    let url = "https://management.azure.com/o/1?api-version=1";
    let (service, transport) =
        quiet(vec![with_headers(201, &[("azure-asyncoperation", url)], json!({"operation": "x"}))]);
    let accepted = service.send(&request(), id, &deadline(60), WAIT).await.unwrap();
    let Accepted::RestoreOperation { job, .. } = accepted else { panic!("{accepted:?}") };
    assert_eq!((job.activity_id.as_str(), job.start_time), (REQUEST, Some(NOW)));
    let sent: Value = serde_json::from_slice(transport.seen()[0].body.as_ref().unwrap()).unwrap();
    assert_eq!(sent["tags"], json!({ RESTORE_TAG: REQUEST }));
    assert_eq!(transport.seen()[0].header("x-ms-client-request-id"), Some(REQUEST));

    let (service, _) = quiet(vec![database("Online", Some(REQUEST))]);
    let done = service.send(&request(), id, &deadline(60), WAIT).await.unwrap();
    assert!(matches!(&done, Accepted::Done(Some(name)) if *name == target().to_string()), "{done:?}");
    for body in [json!({}), json!({"id": format!("{SERVER}/databases/other")})] {
        let (service, _) = quiet(vec![answer(200, body)]);
        let lost = service.send(&request(), id, &deadline(60), WAIT).await.unwrap_err();
        assert!(matches!(lost, WriteError::Lost { .. }), "{lost:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_here_is_seen_to_run_and_its_operation_tells_how_far_it_is() {
    let url = "https://management.azure.com/o/1?api-version=1";
    let poll = |status: &str| answer(200, json!({ "status": status }));
    let (service, _) = quiet(vec![
        with_headers(201, &[("azure-asyncoperation", url)], json!({"operation": "x"})),
        poll("InProgress"),
        operations(&running("a", true)),
        poll("Succeeded"),
        database("Online", Some(REQUEST)),
    ]);
    let source = DatabaseSource::Recovery { recoverable_database_id: "/r".into() };
    let request = DatabaseRestoreRequest::new("northeurope".into(), source);
    let (id, deadline) = (REQUEST.parse::<ClientRequestId>().unwrap(), deadline(60));
    let accepted = service.send(&request, id, &deadline, WAIT).await.unwrap();
    let Accepted::RestoreOperation { operation, .. } = accepted else { panic!("{accepted:?}") };
    match service.operation(&deadline, &operation).await.unwrap() {
        PollResult::Pending { note, .. } => assert_eq!(note, "InProgress, 42 %"),
        ready => panic!("{ready:?}"),
    }
    assert_eq!(service.operation(&deadline, &operation).await.unwrap(), PollResult::Ready(Ok(None)));
    let job = service.jobs().get(&deadline, &target().to_string()).await.unwrap();
    assert_eq!((job.end_time, job.duration_seconds), (Some(NOW), Some(3600)));
}

#[tokio::test(start_paused = true)]
async fn a_database_that_was_made_and_ended_at_once_took_no_time_and_one_that_runs_again_has_not_ended() {
    let name = target().to_string();
    let made_now = json!({"id": name, "tags": {RESTORE_TAG: REQUEST}, "properties": {
        "status": "Online", "creationDate": "2026-11-20T10:00:00Z"}});
    let (service, _) =
        quiet(vec![answer(200, made_now), database("Recovering", Some(REQUEST)), operations(&json!([]))]);
    service.jobs.sees_it_running();
    let job = service.jobs().get(&deadline(60), &name).await.unwrap();
    assert_eq!(job.duration_seconds, Some(0));
    let facts = ["status", "creationDate"].map(|fact| job.details[fact].as_str());
    assert_eq!(facts, ["Online", "2026-11-20T10:00:00Z"]);
    let job = service.jobs().get(&deadline(60), &name).await.unwrap();
    assert_eq!((job.end_time, job.duration_seconds), (None, None));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_read_is_not_one_that_is_not_there() {
    let forbidden = || answer(403, json!({"error": {"code": "AuthorizationFailed", "message": "no"}}));
    for (server, argument) in [(not_found(), Some("server_id")), (forbidden(), None)] {
        let (service, _) = quiet(vec![not_found(), server]);
        let message = service.resolve(&deadline(60), NOW).await.unwrap_err().to_message("Restoring");
        assert_eq!(message.argument, argument.map(ArgumentPath::from), "{message:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_database_of_others_is_told_with_whose_it_is_and_how_to_leave_it_alone() {
    let other = "68021d41-56aa-8157-9a35-000000000000";
    let (service, _) = quiet(vec![database("Online", Some(other))]);
    let text = service.resolve(&deadline(60), NOW).await.unwrap_err().to_message("Restoring").detail();
    assert!(text.contains(&format!("Another restore has made it (request id {other})")), "{text}");
    let (result, _) = destroyed(DELETE, RestoreStatus::Completed, vec![database("Online", Some(other))]).await;
    let text = result.unwrap_err().to_message("Destroying").detail();
    for part in [other, REQUEST, "`delete_database_on_destroy = false` and `cancel_on_destroy = false`"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_is_told_nothing_is_none() {
    assert!(quiet(vec![]).0.destruction().is_none());
}

/// What a destroy asks, method and last segment each, or why it fails.
async fn destroyed(
    on_destroy: OnDestroy,
    status: RestoreStatus,
    script: Vec<Step>,
) -> (Result<(), RestoreError>, Vec<String>) {
    let (service, transport) = service(script, on_destroy);
    let result = service.destruction().unwrap().destroy(&deadline(600), &record(status)).await;
    let last = |line: &String| {
        let path = line.split('?').next().unwrap_or_default();
        format!("{} {}", line.split(' ').next().unwrap_or_default(), path.rsplit('/').next().unwrap_or_default())
    };
    (result, transport.lines().iter().map(last).collect())
}

const CANCEL: OnDestroy = OnDestroy { cancel: true, delete: false };
const DELETE: OnDestroy = OnDestroy { cancel: false, delete: true };

#[tokio::test(start_paused = true)]
async fn a_refusal_to_cancel_counts_unless_the_restore_has_ended_meanwhile() {
    let running = || operations(&running("a", true));
    let refused = || answer(409, json!({"error": {"code": "No", "message": "no"}}));
    for (now, has_ended) in [(operations(&json!([])), true), (not_found(), true), (running(), false)] {
        let script = vec![database("Restoring", Some(REQUEST)), running(), refused(), now];
        let (result, asked) = destroyed(CANCEL, RestoreStatus::InProgress, script).await;
        assert_eq!(result.is_ok(), has_ended, "{result:?}");
        assert_eq!(asked, ["GET restored", "GET operations", "POST cancel", "GET operations"]);
    }
}

#[tokio::test(start_paused = true)]
async fn operations_that_cannot_be_read_are_no_end_of_the_restore() {
    let forbidden = || answer(403, json!({"error": {"code": "AuthorizationFailed", "message": "no"}}));
    let begun = || vec![database("Restoring", Some(REQUEST)), operations(&running("a", true)), answer(200, "")];
    for script in
        [vec![database("Restoring", Some(REQUEST)), forbidden()], begun().into_iter().chain([forbidden()]).collect()]
    {
        let (result, _) = destroyed(CANCEL, RestoreStatus::InProgress, script).await;
        let error = format!("{:?}", result.unwrap_err());
        assert!(error.contains("AuthorizationFailed"), "{error}");
    }
    // A database that is not there is one whose restore has ended.
    let script = begun().into_iter().chain([not_found()]).collect();
    let (result, _) = destroyed(CANCEL, RestoreStatus::InProgress, script).await;
    assert!(result.is_ok(), "{result:?}");
}

#[tokio::test(start_paused = true)]
async fn only_a_name_that_is_known_to_be_free_is_restored_to() {
    for (step, argument) in [
        (database("Online", None), Some("name")),
        (answer(403, json!({"error": {"code": "AuthorizationFailed", "message": "no"}})), None),
    ] {
        let (service, transport) = quiet(vec![step]);
        let message = service.resolve(&deadline(60), NOW).await.unwrap_err().to_message("Restoring");
        assert_eq!(message.argument, argument.map(ArgumentPath::from), "{message:?}");
        assert_eq!(transport.lines().len(), 1);
    }
}

#[test]
fn a_restore_is_of_its_source_and_to_its_target_which_is_its_job() {
    let (service, _) = quiet(vec![]);
    assert_eq!(service.item().id, format!("{SERVER}/recoverableDatabases/orders"));
    assert_eq!((service.target(), service.jobs().list_id()), (target().to_string(), target().to_string()));
    assert_eq!(service.subject(&BTreeMap::new()), "database \"restored\" of logical server \"q\"");
    assert_eq!(service.workload(), Some(DATABASE));
}

#[test]
fn each_kind_of_source_is_known_by_its_own_id() {
    let dropped = format!("{SERVER}/restorableDroppedDatabases/orders,131403269876900000");
    let kept = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/locations/northeurope/longTermRetentionServers/\
                q/longTermRetentionDatabases/orders/longTermRetentionBackups/b;1";
    for (source, id) in [
        (DatabaseToRestore::Live(target(), NOW), target().to_string()),
        (DatabaseToRestore::Dropped(RestorableDroppedDatabaseId::parse(&dropped).unwrap(), None), dropped),
        (DatabaseToRestore::LongTerm(LongTermRetentionBackupId::parse(kept).unwrap()), kept.to_owned()),
    ] {
        let client = Sql::new(client(&ScriptedTransport::new(vec![])));
        assert_eq!(made_of(client, source).item().id, id);
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_restore_that_runs_is_cancelled_and_its_end_waited_for() {
    let ours = || database("Restoring", Some(REQUEST));
    let script = vec![
        ours(),
        operations(&running("a", true)),
        answer(200, ""),
        operations(&running("a", true)),
        operations(&json!([])),
    ];
    let (result, asked) = destroyed(CANCEL, RestoreStatus::InProgress, script).await;
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(asked, ["GET restored", "GET operations", "POST cancel", "GET operations", "GET operations"]);
    for (status, step) in [
        (RestoreStatus::Completed, not_found()),
        (RestoreStatus::InProgress, database("Online", Some(REQUEST))),
        (RestoreStatus::Completed, ours()),
    ] {
        let (result, asked) = destroyed(CANCEL, status, vec![step]).await;
        assert!(result.is_ok() && asked == ["GET restored"], "{result:?} {asked:?}");
    }
    let (result, asked) =
        destroyed(CANCEL, RestoreStatus::InProgress, vec![ours(), operations(&running("a", false))]).await;
    assert!(result.is_err() && asked.len() == 2, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_database_is_deleted_only_under_the_tag_of_this_very_restore_and_until_it_is_gone() {
    let script =
        vec![database("Online", Some(REQUEST)), answer(202, ""), database("Online", Some(REQUEST)), not_found()];
    let (result, asked) = destroyed(DELETE, RestoreStatus::Completed, script).await;
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(asked, ["GET restored", "DELETE restored", "GET restored", "GET restored"]);
    let (result, _) =
        destroyed(DELETE, RestoreStatus::Completed, vec![database("Online", Some(REQUEST)), not_found(), not_found()])
            .await;
    assert!(result.is_ok(), "gone between the two requests: {result:?}");
    for tag in [None, Some("68021d41-56aa-8157-9a35-000000000000")] {
        let (result, asked) = destroyed(DELETE, RestoreStatus::Completed, vec![database("Online", tag)]).await;
        assert!(result.is_err() && asked == ["GET restored"], "{tag:?}: {asked:?}");
    }
}

/// What is answered to each of the polls of five minutes, after what comes before.
fn for_five_minutes(first: Vec<Step>, poll: impl Fn() -> Vec<Step>) -> Vec<Step> {
    first.into_iter().chain((0..59).flat_map(|_| poll())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_azure_has_accepted_and_not_shown_is_not_forgotten_by_a_destroy() {
    let shown = || database("Restoring", Some(REQUEST));
    // It appears while it is waited for.
    let script = vec![not_found(), not_found(), shown(), answer(202, ""), not_found()];
    let (result, asked) = destroyed(DELETE, RestoreStatus::InProgress, script).await;
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(asked, ["GET restored", "GET restored", "GET restored", "DELETE restored", "GET restored"]);
    let script = vec![not_found(), shown(), operations(&running("a", true)), answer(200, ""), not_found()];
    let (result, asked) = destroyed(CANCEL, RestoreStatus::Unknown, script).await;
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(asked, ["GET restored", "GET restored", "GET operations", "POST cancel", "GET operations"]);
    // It never does: the record stays, and the error names what was asked for.
    for (on_destroy, status, argument) in [
        (DELETE, RestoreStatus::InProgress, "`delete_database_on_destroy = true`"),
        (CANCEL, RestoreStatus::Unknown, "`cancel_on_destroy = true`"),
    ] {
        let (result, asked) =
            destroyed(on_destroy, status, for_five_minutes(vec![not_found()], || vec![not_found()])).await;
        let error = format!("{:?}", result.unwrap_err());
        assert!(error.contains(argument) && error.contains("Nothing was deleted"), "{error}");
        assert!(asked.iter().all(|line| line == "GET restored"), "{asked:?}");
    }
    // What is seen to have ended is gone for good.
    for status in [RestoreStatus::Completed, RestoreStatus::Failed, RestoreStatus::NotAccepted] {
        let (result, asked) = destroyed(DELETE, status, vec![not_found()]).await;
        assert!(result.is_ok() && asked == ["GET restored"], "{result:?} {asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn that_a_database_cannot_be_read_is_told_as_that() {
    let forbidden = || answer(403, json!({"error": {"code": "AuthorizationFailed", "message": "no"}}));
    let (result, asked) = destroyed(DELETE, RestoreStatus::InProgress, vec![not_found(), forbidden()]).await;
    let error = format!("{:?}", result.unwrap_err());
    assert!(error.contains("AuthorizationFailed") && asked.len() == 2, "{error} {asked:?}");
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_is_not_listed_yet_is_waited_for_before_it_is_cancelled() {
    let ours = || database("Restoring", Some(REQUEST));
    let none = || operations(&json!([]));
    let script = vec![ours(), none(), none(), ours(), operations(&running("a", true)), answer(200, ""), none()];
    let (result, asked) = destroyed(CANCEL, RestoreStatus::InProgress, script).await;
    assert!(result.is_ok() && asked.contains(&"POST cancel".to_owned()), "{result:?} {asked:?}");
    // The restore ends meanwhile.
    for end in [database("Online", Some(REQUEST)), not_found()] {
        let (result, asked) = destroyed(CANCEL, RestoreStatus::InProgress, vec![ours(), none(), none(), end]).await;
        assert!(result.is_ok() && asked.len() == 4, "{result:?} {asked:?}");
    }
    // What scales a database is not ours to cancel.
    let scaling = json!([{"name": "b", "properties": {"state": "InProgress", "operation": "UpdateLogicalDatabase"}}]);
    let script = for_five_minutes(vec![ours(), operations(&scaling)], || vec![operations(&scaling), ours()]);
    let (result, asked) = destroyed(CANCEL, RestoreStatus::InProgress, script).await;
    let error = format!("{:?}", result.unwrap_err());
    assert!(error.contains("lists no operation") && !asked.contains(&"POST cancel".to_owned()), "{error} {asked:?}");
    // A deletion ends the restore, whether its operation is listed or not.
    let both = OnDestroy { cancel: true, delete: true };
    let script = vec![ours(), none(), answer(202, ""), not_found()];
    let (result, asked) = destroyed(both, RestoreStatus::InProgress, script).await;
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(asked, ["GET restored", "GET operations", "DELETE restored", "GET restored"]);
}

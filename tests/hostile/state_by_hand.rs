//! A state file edited by hand. Each row says what comes of it; none restores anything, asks beyond the vault, or asks
//! anybody but Azure.

use azurebackup::tfplugin::value::Value;

use super::tampered_azure::{Run, TamperedAzure};
use crate::simulator::client::vault;
use crate::simulator::{Ending, ForeignRestore, JobScript, Order, RecoveryPoint};

/// What comes of an apply.
enum Outcome {
    /// The job is found, and the restore is done.
    Done,
    /// Nothing is asked, nothing changes.
    Untouched,
    /// An error that says this.
    Error(&'static str),
}
use Outcome::{Done, Error, Untouched};

const REQUEST: &str = "99999999-9999-8999-8999-999999999999";

fn of(text: impl Into<String>) -> Value {
    Value::from(text.into())
}

/// The name of a job of another item of the same vault.
fn job_of_another_item(azure: &TamperedAzure) -> String {
    let point = RecoveryPoint::new("aa01", azure.simulator.now());
    let order = Order::of_point(&point, "VaultStore", "d");
    let foreign = ForeignRestore {
        instance: "archive-instance".into(),
        activity_id: REQUEST.into(),
        order,
        script: JobScript::ended(Ending::Completed),
        started_ago: time::Duration::minutes(10),
    };
    let job = azure.simulator.add_foreign_restore(foreign).unwrap();
    job.rsplit('/').next().unwrap().to_owned()
}

/// Applies a state in which a finished job is recorded as running, after these edits.
async fn after(edits: &[(&str, Value)]) -> (TamperedAzure, Run, usize) {
    let azure = TamperedAzure::new();
    let first = azure.apply(None).await;
    assert_eq!((first.status(), first.errors().len()), ("Completed", 0), "{first:?}");
    job_of_another_item(&azure);
    let mut state = first.state.unwrap();
    state.set("status", "InProgress");
    for (name, value) in edits {
        // The one name that is known only now.
        let value = match value.as_str() {
            Some("another item's job") => of(azure.simulator.jobs().last().unwrap().id.clone()),
            Some("OUR JOB") => of(azure.simulator.jobs()[0].id.to_uppercase()),
            _ => value.clone(),
        };
        state.set(*name, value);
    }
    let before = azure.journal().last_number();
    let run = azure.apply(Some(state)).await;
    (azure, run, before)
}

#[tokio::test(start_paused = true)]
async fn no_edit_of_a_state_file_restores_or_asks_beyond_the_vault() {
    let null = || Value::Null;
    let elsewhere = "/subscriptions/o/resourceGroups/o/providers/Microsoft.DataProtection/backupVaults/o/backupJobs/j";
    let rows: Vec<(Vec<(&str, Value)>, Outcome)> = vec![
        (vec![], Done),
        // The name of the job.
        (vec![("job_id", of("OUR JOB"))], Done),
        (vec![("job_id", of("a/../b"))], Error("\"a/../b\" is no name of a job")),
        (vec![("job_id", of(".."))], Error("\"..\" is no name of a job")),
        (vec![("job_id", of("../../../../backupVaults/o/backupJobs/.."))], Error("is no name of a job")),
        (vec![("job_id", of("x?api-version=1"))], Error("cannot contain '?'")),
        (vec![("job_id", of("x#y"))], Error("cannot contain '#'")),
        (vec![("job_id", of("%2e%2e%2fx"))], Error("cannot contain '%'")),
        (vec![("job_id", of("x\\y"))], Error("cannot contain '\\\\'")),
        (vec![("job_id", of("x\u{0}"))], Error("cannot contain '\\0'")),
        (vec![("job_id", of("x/"))], Error("\"x/\" is no name of a job")),
        (vec![("job_id", of("é x"))], Error("Azure no longer knows job é x")),
        (vec![("job_id", of(elsewhere))], Error("is no name of a job")),
        (vec![("job_id", of("x".repeat(10_000)))], Error("at most 260 bytes")),
        (vec![("job_id", of("another item's job"))], Error("another job")),
        // Without it the request id finds the job.
        (vec![("job_id", of(""))], Done),
        (vec![("job_id", null()), ("id", null())], Done),
        (vec![("job_id", null()), ("client_request_id", of("rubbish"))], Error("Neither job_id nor a request id")),
        (vec![("job_id", null()), ("client_request_id", null())], Error("Neither job_id nor a request id")),
        (vec![("job_id", null()), ("client_request_id", of("x".repeat(10_000)))], Error("Neither job_id")),
        (vec![("job_id", null()), ("client_request_id", of(REQUEST))], Error("another job")),
        (
            vec![("job_id", null()), ("client_request_id", of("88888888-8888-8888-8888-888888888888"))],
            Error("its job cannot be found"),
        ),
        (
            vec![("job_id", null()), ("client_request_id", of("rubbish")), ("status", of("Unknown"))],
            Error("Neither job_id"),
        ),
        // What is not needed to find the job.
        (vec![("id", of(elsewhere))], Done),
        (vec![("id", of("?#%"))], Done),
        (vec![("client_request_id", of("rubbish"))], Done),
        (vec![("start_time", of("9999-12-31T23:59:59Z"))], Done),
        (vec![("start_time", of("0001-01-01T00:00:00Z")), ("end_time", of("soon"))], Done),
        (vec![("duration_seconds", Value::from(-1_i64))], Done),
        (vec![("recovery_point_id", of("../..")), ("recovery_point_time", of("-1"))], Done),
        (vec![("warnings", Value::list(["\u{1b}[2J"])), ("details", Value::object([("k", "v")]))], Done),
        (vec![("tasks", Value::List(vec![Value::object([("name", Value::Null), ("status", Value::Null)])]))], Done),
        (vec![("imported", Value::from(true))], Done),
        (vec![("imported", Value::Null)], Done),
        // The status.
        (vec![("status", of("inPROGRESS"))], Done),
        (vec![("status", of("Unknown"))], Done),
        (vec![("status", of("Banana"))], Done),
        (vec![("status", of(""))], Done),
        (vec![("status", null())], Done),
        (vec![("status", of("Completed"))], Untouched),
        (vec![("status", of("Completed")), ("job_id", of("../.."))], Untouched),
        (vec![("status", of("Failed"))], Error("this restore has already run")),
        (vec![("status", of("Cancelled")), ("job_id", of("?"))], Error("this restore has already run")),
        // With a job beside it, this word is what a -replace leaves whose successor could not begin: the wish to run again.
        (
            vec![("status", of("NotAccepted")), ("job_id", null()), ("client_request_id", of("?"))],
            Error("this restore has already run"),
        ),
        // Azure is asked, and knows better.
        (vec![("status", of("CompletedWithWarnings"))], Done),
        (vec![("status", of("CompletedWithWarnings")), ("job_id", of("x#y"))], Error("is no name of a job")),
    ];
    assert_eq!(rows.len(), 46);
    for (edits, outcome) in rows {
        let shown: Vec<String> = edits
            .iter()
            .map(|(name, value)| format!("{name} = {:.60?}", value.as_str().unwrap_or(value.kind())))
            .collect();
        let shown = shown.join(", ");
        let (azure, run, before) = after(&edits).await;
        let journal = azure.journal();
        let since = journal.since(before);
        match outcome {
            Done => assert_eq!((run.status(), run.errors()), ("Completed", vec![]), "{shown}"),
            Untouched => assert!(since.entries.is_empty() && run.errors().is_empty(), "{shown}: {}", since.text()),
            Error(text) => {
                let errors = run.errors();
                assert!(errors.len() == 1 && errors[0].contains(text), "{shown}: {errors:?}");
                assert!(errors[0].len() < 2_500, "{shown}: {} characters", errors[0].len());
            }
        }
        assert_eq!(journal.accepted_restores().len(), 1, "{shown}: {}", journal.text());
        azure.asked_only_azure();
        for entry in since.entries.iter().filter(|entry| !entry.path.ends_with("/token")) {
            assert!(entry.method == "GET" && entry.path.starts_with(&vault()), "{shown}: {}", since.text());
        }
    }
}

//! Ctrl-C and killed providers while the job runs: the next apply goes on with the same job.

use super::fixture::RestoreFixture;
use super::kinds::{RestoreKindCase, facts};

facts! {
    after_ctrl_c_the_next_apply_goes_on_with_the_same_job,
    a_killed_provider_loses_nothing_while_the_job_runs,
}

/// The computed attributes that a plan leaves open while the job of a restore runs.
const OPEN_WHILE_RUNNING: [&str; 6] = ["details", "duration_seconds", "end_time", "status", "tasks", "warnings"];

fn after_ctrl_c_the_next_apply_goes_on_with_the_same_job(kind: RestoreKindCase) {
    let mut s = RestoreFixture::new(kind);
    let apply = s.held("");
    apply.interrupt();
    let finished = s.keep(apply).fails();
    let (x, job) = (s.x(), s.job());
    assert!(finished.warns_of(&job.job_id), "{finished}");
    assert!(finished.errors().iter().all(|error| error.address.is_none()), "no error of the resource\n{finished}");
    // Whoever reads the output takes this for an end: the guide says that it is none.
    let complete = finished.stdout.lines().filter(|line| line.contains("\"type\":\"apply_complete\"")).count();
    assert_eq!(complete, 1, "{finished}");
    assert!(finished.stdout.contains("Creation complete"), "{finished}");
    assert!(!x.tainted);
    assert_eq!((x.text("status"), x.text("job_id")), ("InProgress", job.job_id.as_str()));
    assert_eq!(Some(x.text("client_request_id")), job.client_request_id.as_deref());

    let change = s.planned(&[]).change(&s.address());
    assert_eq!(change.actions, ["update"]);
    let unknown = change.unknown();
    assert!(OPEN_WHILE_RUNNING.iter().all(|name| unknown.contains(name)), "{unknown:?}");
    for name in ["id", "job_id", "client_request_id", "start_time"] {
        assert!(!unknown.contains(&name), "{name} is known and should stay so: {unknown:?}");
    }

    s.goes_on_with_the_same_job();
}

fn a_killed_provider_loses_nothing_while_the_job_runs(kind: RestoreKindCase) {
    let mut s = RestoreFixture::new(kind);
    let apply = s.held("");
    apply.kill_provider();
    s.keep(apply).fails();
    assert!(s.state().is_empty(), "the client knows nothing of the restore");

    s.goes_on_with_the_same_job();
}

/// The script names a fact, and cargo takes a name that nothing has for no tests at all.
#[test]
fn the_matrix_of_clients_names_the_fact_about_ctrl_c() {
    macro_rules! named {
        ($fact:ident) => {{
            let _: fn(RestoreKindCase) = $fact;
            concat!("=restores::interruption::", stringify!($fact), "\n")
        }};
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/matrix");
    let script = std::fs::read_to_string(script).unwrap();
    assert!(script.contains(named!(after_ctrl_c_the_next_apply_goes_on_with_the_same_job)), "{script}");
}

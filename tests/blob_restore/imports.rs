//! A restore that was started elsewhere comes into the state by the ARM id of its job.

use serde_json::json;

use super::X;
use crate::harness::Scenario;
use crate::simulator::{Ending, JobScript, ServiceError};

#[test]
fn an_import_block_does_the_same() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    s.run(&["state", "rm", X]).succeeds();
    s.write("import.tf", &format!("import {{\n  to = {X}\n  id = {:?}\n}}\n", s.job().job));
    let actions = s.planned(&[]).actions(X);
    assert!(["update", "no-op"].contains(&actions.as_str()), "{actions}");
    s.apply(&[]).succeeds();
    // The first plan after the import may still have `imported` to set.
    s.apply(&[]).succeeds();
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn failed_and_cancelled_jobs_are_not_imported() {
    for ending in [Ending::Cancelled, Ending::failed("UserErrorX", "It failed.", "Do better.")] {
        let mut s = Scenario::new();
        s.next_job(JobScript::ended(ending.clone()));
        s.restore("");
        s.apply(&[]).fails();
        s.run(&["state", "rm", X]).succeeds();
        let job = s.job();
        let finished = s.import(X, &job.job).fails();
        assert!(finished.stderr.contains(ending.word()), "{finished}");
        assert!(s.state().is_empty());
        s.finish(1);
    }
}

#[test]
fn a_job_that_says_completed_and_has_not_restored_is_not_imported() {
    let mut s = Scenario::new();
    let not_restored = ServiceError::new("OlrBackupFailed", "The backup before the restore failed.")
        .recommend("Look at the disks of the machine.");
    let job = s.start_elsewhere(JobScript::ended(Ending::CompletedWithErrors(vec![not_restored])));
    s.restore("");
    let finished = s.import(X, &job).fails();
    for part in ["cannot be imported", "OlrBackupFailed", "Look at the disks of the machine."] {
        assert!(finished.stderr.contains(part), "{part} is missing in {finished}");
    }
    assert!(s.state().is_empty());
    s.write("import.tf", &format!("import {{\n  to = {X}\n  id = {job:?}\n}}\n"));
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains("OlrBackupFailed"), "{error}");
    assert!(s.state().is_empty());
    s.finish(0);
}

#[test]
fn a_configuration_that_contradicts_the_job_is_refused_before_it_is_imported_and_after() {
    let mut s = Scenario::new();
    let job = s.start_elsewhere(JobScript::ended(Ending::Completed));
    let block = format!("import {{\n  to = {X}\n  id = {job:?}\n}}\n");
    let other = s.operational_arguments("").replace(&s.point(), "2026-01-02T03:04:05Z");
    s.configure(&format!("resource \"azurebackup_blob_restore\" \"x\" {{\n{other}\n}}\n"));
    s.write("import.tf", &block);
    for import in [true, false] {
        let finished = s.apply(&[]).fails();
        let error = finished.error();
        assert_eq!(error.address, Some(X.to_owned()), "{finished}");
        for part in ["The imported job did something else", &s.point(), "2026-01-02T03:04:05Z", "state rm"] {
            assert!(error.text().contains(part), "{part} is missing in {finished}");
        }
        if import {
            assert!(s.state().is_empty());
            s.write("import.tf", "");
            s.import(X, &job).succeeds();
        }
    }
    assert_eq!(s.state().get(X).attributes["imported"], json!(true));
    s.restore("");
    s.apply(&[]).succeeds();
    s.plans_nothing();
    s.finish(0);
}

#[test]
fn an_id_of_no_job_is_not_imported() {
    let mut s = Scenario::new();
    s.restore("");
    let vault = s.vault_id();
    let absent = format!("{vault}/backupJobs/11111111-1111-4111-8111-111111111111");
    for id in ["nonsense", vault.as_str(), absent.as_str()] {
        s.import(X, id).fails();
        assert!(s.state().is_empty(), "{id}");
    }
    s.finish(0);
}

#[test]
fn an_imported_running_job_survives_that_its_provider_is_killed() {
    let mut s = Scenario::new();
    let job = s.start_elsewhere(JobScript::held());
    s.restore("");
    s.import(X, &job).succeeds();
    let x = s.state().get(X);
    assert_eq!((x.text("status"), &x.attributes["imported"]), ("InProgress", &json!(true)));

    let apply = s.apply_until_it_waits();
    apply.kill_provider();
    s.keep(apply).fails();
    let x = s.state().get(X);
    assert!(!x.tainted);
    assert_eq!((x.text("status"), &x.attributes["imported"]), ("InProgress", &json!(true)));

    assert_eq!(s.planned(&[]).actions(X), "update");
    s.release_job();
    s.apply(&[]).succeeds();
    s.apply(&[]).succeeds();
    let x = s.state().get(X);
    assert_eq!((x.text("status"), &x.attributes["imported"]), ("Completed", &json!(false)));
    s.plans_nothing();
    s.finish(0);
}

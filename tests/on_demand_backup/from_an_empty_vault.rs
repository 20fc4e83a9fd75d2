//! From an empty group to a restored database in one apply, with the real client: the example as it stands.

use std::path::Path;

use crate::harness::Scenario;
use crate::simulator::catalogue;

const BACKUP: &str = "azurebackup_on_demand_backup.example";
const RESTORE: &str = "azurebackup_vm_sql_database_restore.example";

/// Each step that changes something, in the order of Microsoft's how-to page: the method, and how its path ends.
const STEPS: [(&str, &str); 7] = [
    ("PUT", "/vaults/example-vault"),
    ("POST", "/refreshContainers"),
    ("PUT", "/protectionContainers/VMAppContainer;Compute;rg-rehearsal;contoso-sql-new"),
    ("POST", "/inquire"),
    ("PUT", "/protectedItems/sqldatabase;mssqlserver;sales"),
    ("POST", "/backup"),
    ("POST", "/restore"),
];

/// The same with what only reads. A policy is chosen beside the discovery, which does not depend on it.
const WAY: [(&str, &str); 14] = [
    ("PUT", "/vaults/example-vault"),
    ("POST", "/refreshContainers"),
    ("GET", "/protectableContainers"),
    ("PUT", "/protectionContainers/VMAppContainer;Compute;rg-rehearsal;contoso-sql-new"),
    ("POST", "/inquire"),
    ("GET", "/backupProtectableItems"),
    ("PUT", "/protectedItems/sqldatabase;mssqlserver;sales"),
    ("GET", "/backupJobs/"),
    ("POST", "/backup"),
    ("GET", "/operationsStatus/"),
    ("GET", "/backupJobs/"),
    ("GET", "/recoveryPoints"),
    ("POST", "/restore"),
    ("GET", "/backupJobs/"),
];

/// The journal has requests like these, one after another.
#[track_caller]
fn follows(s: &Scenario, steps: &[(&str, &str)]) {
    let journal = s.journal();
    let mut entries = journal.entries.iter();
    for (method, part) in steps {
        let found = entries.any(|own| own.method == *method && own.path.to_lowercase().contains(&part.to_lowercase()));
        assert!(found, "no {method} {part} in its place\n{}", journal.text());
    }
}

fn scenario() -> Scenario {
    let mut s = Scenario::new();
    s.set_variables();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/resources/azurebackup_on_demand_backup");
    let text = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    s.configure(&text("from-an-empty-vault.tf"));
    s.write("variables.tf", &text("variables.tf"));
    s
}

/// The requests that change something, as `METHOD path`.
fn writes(s: &Scenario) -> Vec<(String, String)> {
    let journal = s.journal();
    let writes = journal.entries.iter().filter(|entry| entry.method != "GET" && !entry.path.ends_with("/token"));
    writes.map(|entry| (entry.method.clone(), entry.path.clone())).collect()
}

fn count(s: &Scenario, (method, end): (&str, &str)) -> usize {
    let is = |(own, path): &&(String, String)| own == method && path.to_lowercase().ends_with(&end.to_lowercase());
    writes(s).iter().filter(is).count()
}

fn restored_database(s: &Scenario) -> bool {
    let name = format!("{}_restored", catalogue::NEW_SQL_DATABASE);
    s.azure().simulator().change(|world| world.has_database(catalogue::NEW_SQL_MACHINE, "MSSQLSERVER", &name))
}

fn vault_is_there(s: &Scenario) -> bool {
    s.azure().simulator().change(|world| world.recovery_services_vaults().iter().any(|own| own.name == "example-vault"))
}

#[test]
fn one_apply_goes_the_whole_way_in_the_order_of_the_how_to_page_and_one_destroy_goes_back() {
    let mut s = scenario();
    s.apply(&[]).succeeds();
    s.plans_nothing();
    let writes = writes(&s);
    assert_eq!(writes.len(), STEPS.len(), "{writes:?}");
    for ((method, path), (own, end)) in writes.iter().zip(STEPS) {
        assert!(method == own && path.to_lowercase().ends_with(&end.to_lowercase()), "{own} {end}: {method} {path}");
    }
    let (backup, restore) = (s.state().get(BACKUP), s.state().get(RESTORE));
    assert_ne!(backup.text("recovery_point_id"), "");
    assert_eq!(restore.text("recovery_point_id"), backup.text("recovery_point_id"));
    assert!(writes[6].1.contains(&format!("/recoveryPoints/{}/", backup.text("recovery_point_id"))), "{writes:?}");
    assert!(restored_database(&s));
    follows(&s, &WAY);
    follows(&s, &[WAY[0], ("GET", "/backupPolicies/HourlyLogBackup"), WAY[6]]);

    s.destroy().succeeds();
    assert!(!vault_is_there(&s));
    s.finish(2);
}

#[test]
fn a_kill_at_any_step_is_finished_by_the_next_apply_and_nothing_is_done_twice() {
    for step in STEPS.into_iter().filter(|(_, end)| !["/refreshContainers", "/inquire"].contains(end)) {
        let mut s = scenario();
        let azure = s.azure();
        let mut apply = s.spawn_apply(&[]);
        apply.wait_until("the step was taken", || {
            azure
                .journal()
                .entries
                .iter()
                .any(|entry| entry.method == step.0 && entry.path.to_lowercase().ends_with(&step.1.to_lowercase()))
        });
        apply.kill_all();
        s.keep(apply);
        s.apply(&[]).succeeds();
        s.plans_nothing();
        for other in STEPS.into_iter().filter(|(_, end)| !["/refreshContainers", "/inquire"].contains(end)) {
            assert_eq!(count(&s, other), 1, "killed at {step:?}: {other:?}\n{}", s.journal().text());
        }
        assert!(restored_database(&s));
        s.destroy().succeeds();
        assert!(!vault_is_there(&s));
        s.finish(2);
    }
}

#[test]
fn ctrl_c_while_the_backup_runs_is_finished_by_the_next_apply() {
    let mut s = scenario();
    s.next_job(crate::simulator::JobScript::held());
    let azure = s.azure();
    let mut apply = s.spawn_apply(&[]);
    apply.wait_until("the job is looked at", || azure.journal().count("GET", "/backupJobs/") > 4);
    apply.interrupt();
    s.keep(apply).fails();
    assert_eq!(s.state().get(BACKUP).text("status"), "InProgress");
    s.release_job();
    s.apply(&[]).succeeds();
    s.plans_nothing();
    for step in STEPS {
        assert_eq!(count(&s, step), 1, "{step:?}\n{}", s.journal().text());
    }
    s.destroy().succeeds();
    s.finish(2);
}

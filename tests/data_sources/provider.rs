//! What all data sources have in common: time limits, refusals, faults, and what is not known yet.

use serde_json::json;

use super::{elsewhere, fault, only_read, points_at, read, refused, text, write};
use crate::harness::Scenario;
use crate::simulator::{Action, Ending, Fault, ForeignItemRestore, JobScript, catalogue};

#[test]
fn the_time_of_timeouts_ends_a_lookup_and_is_named() {
    let mut s = Scenario::new();
    s.fault(Fault::status("GET", "*/backupJobs", 503, &[], "ServiceUnavailable").always());
    write(&s, "jobs", &[&text("vault_id", s.vault_id()), "timeouts {\n    read = \"500ms\"\n  }"]);
    let error = s.plan(&[]).fails().error().text();
    for part in ["Reading the jobs of backup vault \"vault-rehearsal\" failed", "`timeouts`", "ServiceUnavailable"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    only_read(s);
}

#[test]
fn a_time_that_is_no_duration_is_told_where_it_is_written() {
    let error = refused("jobs", &[&text("vault_id", elsewhere("v")), "timeouts {\n    read = \"soon\"\n  }"], "read");
    assert!(error.contains("soon"), "{error}");
}

#[test]
fn throttling_server_errors_and_broken_connections_are_waited_out() {
    let mut s = Scenario::new();
    let list = "*/backupInstances";
    s.fault(Fault::status("GET", list, 503, &[], "ServiceUnavailable"));
    s.fault(Fault::on("GET", list, Action::ResetBeforeAcceptance).nth(2));
    s.fault(Fault::status("GET", list, 429, &[("Retry-After", "1")], "TooManyRequests").nth(3));
    s.fault(Fault::on("GET", list, Action::TruncatedBody).nth(4));
    let attributes = read("backup_instances", &[&text("vault_id", s.vault_id())], &mut s);
    assert_eq!(attributes["backup_instances"].as_array().map(Vec::len), Some(2));
    only_read(s);
}

/// Each list and each single thing of a Recovery Services vault that a data source reads: kind, argument and path.
fn of_a_recovery_services_vault(s: &Scenario) -> Vec<(&'static str, String, &'static str)> {
    let foreign = ForeignItemRestore {
        share: catalogue::FILE_SHARE.into(),
        activity_id: "4195ca6c-e02d-11eb-b0b1-70bc105e2242".into(),
        script: JobScript::ended(Ending::Completed),
        started_ago: time::Duration::hours(1),
    };
    let job = s.azure().simulator().add_foreign_item_restore(foreign).expect("the share is there");
    vec![
        ("protected_items", text("vault_id", s.recovery_services_vault_id()), "*/backupProtectedItems"),
        ("recovery_points", text("protected_item_id", s.protected_file_share_id()), "*/recoveryPoints"),
        ("jobs", text("vault_id", s.recovery_services_vault_id()), "*/backupJobs"),
        ("job", text("id", job), "*/backupJobs/*"),
    ]
}

#[test]
fn faults_of_a_recovery_services_vault_are_waited_out_and_what_is_read_is_whole() {
    let mut s = Scenario::new();
    for (kind, argument, path) in of_a_recovery_services_vault(&s) {
        let whole = read(kind, &[&argument], &mut s);
        s.fault(Fault::status("GET", path, 500, &[], "InternalServerError"));
        s.fault(Fault::on("GET", path, Action::ResetBeforeAcceptance).nth(2));
        s.fault(Fault::status("GET", path, 429, &[("Retry-After", "1")], "TooManyRequests").nth(3));
        s.fault(Fault::on("GET", path, Action::TruncatedBody).nth(4));
        assert_eq!(read(kind, &[&argument], &mut s), whole, "{kind}");
    }
    only_read(s);
}

#[test]
fn an_answer_of_a_recovery_services_vault_that_is_none_is_an_error_and_never_an_empty_list() {
    let mut s = Scenario::new();
    for (kind, argument, path) in of_a_recovery_services_vault(&s) {
        // A page without a list; a list with an element that says nothing; another job's answer.
        let bodies = match kind {
            "job" => vec![json!({"id": format!("{}/backupJobs/other", s.recovery_services_vault_id())})],
            _ => vec![json!({}), json!({"value": [{"properties": {}}]})],
        };
        for body in bodies {
            write(&s, kind, &[&argument, "timeouts {\n    read = \"2s\"\n  }"]);
            let answer = Action::Status { status: 200, headers: Default::default(), body: body.clone() };
            s.fault(Fault::on("GET", path, answer).always());
            let error = s.plan(&[]).fails().error().text();
            assert!(error.contains("Reading") && error.contains("failed"), "{kind} {body}: {error}");
            s.azure().simulator().clear_faults();
        }
    }
    only_read(s);
}

#[test]
fn a_missing_right_is_told_with_azure_s_code_and_what_to_do() {
    let mut s = Scenario::new();
    let of_a_backup_vault = ("recovery_points", text("backup_instance_id", s.vaulted_id()), "*/recoveryPoints");
    for (kind, argument, path) in [vec![of_a_backup_vault], of_a_recovery_services_vault(&s)].concat() {
        s.fault(Fault::status("GET", path, 403, &[], "AuthorizationFailed"));
        write(&s, kind, &[&argument]);
        let error = s.plan(&[]).fails().error().text();
        for part in ["AuthorizationFailed", "Backup Operator", "correlation id"] {
            assert!(error.contains(part), "{kind}, {part}: {error}");
        }
    }
    only_read(s);
}

#[test]
fn an_id_that_is_known_after_apply_is_read_then() {
    let mut s = Scenario::new();
    let job = s.start_elsewhere(JobScript::ended(Ending::Completed));
    s.write("id.tf", &format!("resource \"terraform_data\" \"id\" {{\n  input = {job:?}\n}}\n"));
    write(&s, "job", &["id = terraform_data.id.output"]);
    s.asks_nothing(|s| s.plan(&[]));
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get("data.azurebackup_job.x").text("status"), "Completed");
    s.plans_nothing();
    only_read(s);
}

#[test]
fn an_id_that_turns_out_wrong_during_apply_is_told_on_itself() {
    let mut s = Scenario::new();
    s.write("id.tf", "resource \"terraform_data\" \"id\" {\n  input = \"no id\"\n}\n");
    write(&s, "job", &["id = terraform_data.id.output"]);
    points_at(&s.apply(&[]).fails(), "id");
    only_read(s);
}

#[test]
fn a_provider_that_is_not_configured_yet_says_so() {
    let mut s = Scenario::new();
    let arguments = format!("{}\n  tenant_id = terraform_data.tenant.id", s.provider_arguments());
    s.provider_anew(&arguments);
    s.write("tenant.tf", "resource \"terraform_data\" \"tenant\" {}\n");
    write(&s, "jobs", &[&text("vault_id", s.vault_id())]);
    let error = s.asks_nothing(|s| s.plan(&[]).fails().error().text());
    assert!(error.contains("The provider is not configured"), "{error}");
    only_read(s);
}

#[test]
fn a_required_argument_that_is_missing_is_told() {
    for (kind, argument) in [
        ("restorable_time_ranges", "backup_instance_id"),
        ("recovery_points", "backup_instance_id"),
        ("recovery_points", "protected_item_id"),
        ("backup_instances", "vault_id"),
        ("protected_items", "vault_id"),
        ("jobs", "vault_id"),
        ("job", "id"),
    ] {
        let mut s = Scenario::new();
        write(&s, kind, &[]);
        let error = s.asks_nothing(|s| s.validate()).error().text();
        assert!(error.contains(argument), "{error}");
        only_read(s);
    }
}

#[test]
fn no_secret_of_azure_gets_into_an_error() {
    let mut s = Scenario::new();
    let body = json!({"error": {"code": "X", "message": format!("https://a.blob.core.windows.net/c?sv=1&sig={}", "A".repeat(43))}});
    s.fault(Fault::on("GET", "*/backupJobs/*", Action::Status { status: 404, headers: Default::default(), body }));
    let job = s.start_elsewhere(JobScript::ended(Ending::Completed));
    let error = fault("job", &[&text("id", job)], "id", &mut s);
    assert!(error.contains("sig=(removed)"), "{error}");
    only_read(s);
}

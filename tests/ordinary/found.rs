//! What was there before an apply: it outlives whatever goes wrong, since nobody but its maker may remove it.

use serde_json::{Value, json};

use super::database::{self, registered};
use super::{CONTAINER, DATABASE, Ordinary, VAULT, registration};
use crate::in_process::{PlannedStep, text};
use crate::simulator::{Action, Fault, ServiceError, catalogue};

fn vault() -> Value {
    json!({"name": "fresh", "resource_group_name": "rg-rehearsal", "location": "westeurope"})
}

fn denied(method: &str, path: &str) -> Fault {
    Fault::status(method, path, 403, &[], "AuthorizationFailed")
}

/// The apply fails, and no state is left that a next plan would replace.
#[track_caller]
fn forgets(o: &Ordinary, failed: &crate::in_process::SessionResult, part: &str) {
    assert!(!failed.errors().is_empty() && failed.text().contains(part), "{}", failed.text());
    assert!(!failed.text().contains("taint"), "{}", failed.text());
    assert!(o.session.object.is_none(), "{}", failed.text());
}

/// No request that removes something.
#[track_caller]
fn removes_nothing(o: &Ordinary, since: usize) {
    let writes = o.writes(since);
    assert!(!writes.iter().any(|write| write.starts_with("DELETE")), "{writes:?}");
}

/// Stopped, with the backups of an earlier configuration, and what is to protect it now.
async fn stopped() -> (Ordinary, Value) {
    let (_, mut o, container) = registered().await;
    let mut wanted = database::arguments(&o, &container, "sales");
    o.applied(&wanted, PlannedStep::Create).await;
    o.destroyed().await;
    wanted["delete_backups_on_destroy"] = json!(true);
    (o, wanted)
}

#[tokio::test(start_paused = true)]
async fn a_create_that_azure_refuses_makes_nothing_and_what_others_make_later_is_left_alone() {
    let mut o = Ordinary::new(VAULT);
    o.session.azure().inject(denied("PUT", "*/vaults/fresh"));
    let refused = o.apply(&vault()).await;
    forgets(&o, &refused, "AuthorizationFailed");
    let mut other = o.beside(VAULT);
    other.applied(&vault(), PlannedStep::Create).await;
    let before = o.last();
    let finished = o.applied(&vault(), PlannedStep::Create).await;
    assert!(finished.text().contains("existed already"), "{}", finished.text());
    assert_eq!(o.writes(before), Vec::<String>::new());

    let mut machine = Ordinary::new(CONTAINER);
    let wanted = registration(&machine);
    machine.session.azure().inject(denied("PUT", "*/protectionContainers/VMAppContainer*"));
    let refused = machine.apply(&wanted).await;
    forgets(&machine, &refused, "AuthorizationFailed");
    machine.applied(&wanted, PlannedStep::Create).await;

    let mut database = machine.beside(DATABASE);
    let wanted = database::arguments(&database, &machine.session.text("id"), "sales");
    database.session.azure().inject(denied("PUT", "*/protectedItems/*"));
    let refused = database.apply(&wanted).await;
    forgets(&database, &refused, "AuthorizationFailed");
    database.applied(&wanted, PlannedStep::Create).await;
    database.finish();
}

#[tokio::test(start_paused = true)]
async fn backups_that_were_there_outlive_every_failure_of_the_protection_that_goes_on_with_them() {
    for failure in ["refused", "job", "unread"] {
        let (mut o, wanted) = stopped().await;
        let before = o.last();
        let part = match failure {
            "refused" => {
                o.session.azure().inject(denied("PUT", "*/protectedItems/*"));
                "AuthorizationFailed"
            }
            "unread" => {
                o.session.azure().inject(denied("GET", "*/backupJobs/*"));
                "AuthorizationFailed"
            }
            _ => {
                o.session.azure().fail_next_protection(ServiceError::new("UserErrorOdd", "It came to nothing."));
                "UserErrorOdd"
            }
        };
        let failed = o.apply(&wanted).await;
        forgets(&o, &failed, part);
        assert!(failed.text().contains("existed before this apply"), "{failure}: {}", failed.text());
        o.applied(&wanted, PlannedStep::Create).await;
        removes_nothing(&o, before);
        o.finish();
    }
}

#[tokio::test(start_paused = true)]
async fn backups_that_were_there_outlive_a_time_out() {
    let (mut o, mut wanted) = stopped().await;
    wanted["timeouts"] = json!({"create": "3s"});
    let before = o.last();
    let failed = o.apply(&wanted).await;
    forgets(&o, &failed, "The time that `timeouts` allows was up");
    wanted["timeouts"] = json!({"create": "30m"});
    o.applied(&wanted, PlannedStep::Create).await;
    removes_nothing(&o, before);
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_registration_that_was_there_outlives_a_search_that_fails() {
    let mut o = Ordinary::new(CONTAINER);
    let wanted = registration(&o);
    o.applied(&wanted, PlannedStep::Create).await;
    o.forget();
    o.session.azure().inject(denied("POST", "*/inquire"));
    let before = o.last();
    let failed = o.apply(&wanted).await;
    forgets(&o, &failed, "AuthorizationFailed");
    o.applied(&wanted, PlannedStep::Create).await;
    assert_eq!(o.writes(before), ["POST inquire", "POST inquire"]);
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn an_empty_vault_that_was_there_outlives_a_create_that_cannot_look_at_it() {
    let mut o = Ordinary::new(VAULT);
    o.applied(&vault(), PlannedStep::Create).await;
    o.forget();
    o.session.azure().inject(denied("GET", "*/vaults/fresh").nth(2));
    let before = o.last();
    let failed = o.apply(&vault()).await;
    forgets(&o, &failed, "AuthorizationFailed");
    o.applied(&vault(), PlannedStep::Create).await;
    assert_eq!(o.writes(before), Vec::<String>::new());
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn an_item_that_is_no_sql_database_is_neither_imported_nor_stopped() {
    for (name, kind) in [("CON", "SAPHanaDatabase"), (catalogue::FILE_SHARE, "AzureFileShare")] {
        let (_, mut o, container) = registered().await;
        let id = o.session.thing("protected_items", name);
        let refused = o.session.import(&id).await;
        assert!(refused.has_errors() && text(&refused).contains(kind), "{}", text(&refused));
        let wanted = database::arguments(&o, &container, "sales");
        o.forget();
        o.applied(&wanted, PlannedStep::Create).await;
        o.session.object.as_mut().unwrap().value.set("id", id.as_str());
        let before = o.last();
        let refused = o.session.destroy().await;
        assert!(refused.has_errors() && text(&refused).contains(kind), "{}", text(&refused));
        assert_eq!(o.writes(before), Vec::<String>::new());
        o.finish();
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_azure_knows_nothing_of_and_that_nobody_sees_is_an_error_after_ten_minutes() {
    let (_, mut o, container) = registered().await;
    o.applied(&database::arguments(&o, &container, "sales"), PlannedStep::Create).await;
    o.session.azure().inject(Fault::status(
        "PUT",
        "*/protectedItems/*",
        404,
        &[],
        "BMSUserErrorContainerObjectNotFound",
    ));
    let began = tokio::time::Instant::now();
    let refused = o.session.destroy().await;
    assert!(text(&refused).contains("BMSUserErrorContainerObjectNotFound"), "{}", text(&refused));
    assert!((600..660).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    o.destroyed().await;
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_protection_that_was_stopped_a_moment_ago_is_begun_again_whatever_an_old_list_shows() {
    let (_, mut o, container) = registered().await;
    let wanted = database::arguments(&o, &container, "sales");
    o.applied(&wanted, PlannedStep::Create).await;
    let id = o.session.text("id");
    let name = id.rsplit('/').next().unwrap();
    let properties = json!({
        "protectedItemType": "AzureVmWorkloadSQLDatabase", "backupManagementType": "AzureWorkload",
        "workloadType": "SQLDataBase", "friendlyName": "sales", "parentName": "MSSQLSERVER",
        "protectionState": "Protected", "policyId": wanted["policy_id"],
    });
    let old = json!({"value": [{"id": id, "name": name, "properties": properties}]});
    o.destroyed().await;
    let answer = Action::Status { status: 200, headers: Default::default(), body: old };
    o.session.azure().inject(Fault::on("GET", "*/backupProtectedItems", answer));
    let before = o.last();
    let finished = o.applied(&wanted, PlannedStep::Create).await;
    assert_eq!(o.writes(before), [format!("PUT {name}")], "{}", finished.text());
    assert!(finished.diagnostics.is_empty(), "{}", finished.text());
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_protection_whose_job_has_failed_unseen_is_begun_again_and_one_whose_job_has_not_is_left_alone() {
    for (status, begun_again) in [("Failed", true), ("Cancelled", true), ("Completed", false)] {
        let (_, mut o, container) = registered().await;
        let wanted = database::arguments(&o, &container, "sales");
        o.applied(&wanted, PlannedStep::Create).await;
        // Killed before the job ended.
        o.forget();
        let job = |name: &str, status: &str, start: &str| {
            json!({"id": format!("{}/backupJobs/{name}", o.vault_id()), "name": name, "properties": {
                "jobType": "AzureWorkloadJob", "backupManagementType": "AzureWorkload", "operation": "ConfigureBackup",
                "entityFriendlyName": "sales", "status": status, "startTime": start}})
        };
        let before = job("0a3ac59c-5f72-43f4-bc86-b63a5d7b3a91", "Failed", "2026-11-20T01:00:00Z");
        let last = job("1a3ac59c-5f72-43f4-bc86-b63a5d7b3a91", status, "2026-11-20T02:00:00Z");
        let body = json!({"value": [last, before]});
        let listed = Action::Status { status: 200, headers: Default::default(), body };
        o.session.azure().inject(Fault::on("GET", "*/backupJobs", listed));
        let since = o.last();
        o.applied(&wanted, PlannedStep::Create).await;
        assert_eq!(o.writes(since).len(), usize::from(begun_again), "{status}: {:?}", o.writes(since));
        o.finish();
    }
}

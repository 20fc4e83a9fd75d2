use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{CONTAINER, DATABASE, Ordinary, VAULT, registration};
use crate::in_process::{PlannedStep, Session, text};
use crate::simulator::{Action, Fault, JobScript, ProtectedItem, ServiceError, catalogue};

/// A name with all that a name may hold; it is on the machine.
const ODD: &str = "Kunden \u{c4} 100%/1;2";

pub fn arguments(o: &Ordinary, container: &str, database: &str) -> Value {
    json!({
        "container_id": container, "instance": "MSSQLSERVER", "database": database,
        "policy_id": o.policy_id("HourlyLogBackup"),
    })
}

/// A database on a machine that is registered, and the registration.
pub async fn registered() -> (Ordinary, Ordinary, String) {
    let mut machine = Ordinary { session: Session::new().of_type(CONTAINER) };
    let arguments = registration(&machine);
    machine.applied(&arguments, PlannedStep::Create).await;
    let id = machine.session.text("id");
    let database = machine.beside(DATABASE);
    (machine, database, id)
}

fn item<T>(o: &Ordinary, database: &str, look: impl FnOnce(&mut ProtectedItem) -> T) -> T {
    o.session.azure().change_item(database, look).expect("it is protected")
}

#[tokio::test(start_paused = true)]
async fn a_database_is_protected_given_another_policy_and_stopped_with_its_backups_kept() {
    let (_, mut o, container) = registered().await;
    let mut wanted = arguments(&o, &container, "SALES");
    let before = o.last();
    o.applied(&wanted, PlannedStep::Create).await;
    assert_eq!(o.writes(before), ["PUT sqldatabase;mssqlserver;sales"], "the name is that of the protectable item");
    let body = o.entry("PUT", "protectedItems").body.unwrap();
    let policy = o.policy_id("HourlyLogBackup");
    assert_eq!(body, json!({"properties": {"protectedItemType": "AzureVmWorkloadSQLDatabase", "policyId": policy}}));
    assert_eq!(o.session.text("protection_state"), "IRPending");

    wanted["policy_id"] = json!(o.policy_id("WeeklyFullBackup"));
    o.applied(&wanted, PlannedStep::Update).await;
    assert_eq!(o.entry("PUT", "protectedItems").body.unwrap()["properties"]["policyId"], wanted["policy_id"]);

    let before = o.last();
    o.destroyed().await;
    assert_eq!(o.writes(before).len(), 1);
    let body = o.entry("PUT", "protectedItems").body.unwrap();
    assert_eq!(
        (&body["properties"]["protectionState"], &body["properties"]["policyId"]),
        (&json!("ProtectionStopped"), &json!(""))
    );
    assert!(item(&o, "sales", |item| item.protection.stopped));

    o.applied(&wanted, PlannedStep::Create).await;
    assert!(!item(&o, "sales", |item| item.protection.stopped), "the stopped item goes on");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_protection_is_done_only_when_its_job_has_ended() {
    let (_, mut o, container) = registered().await;
    let wanted = arguments(&o, &container, "sales");
    // Killed while the operation that leads to the job is asked.
    o.session.azure().inject(Fault::on("GET", "*/operationsStatus/*", Action::SlowHeaders(600_000)).always());
    let config = o.session.configuration_of(&wanted);
    let killed = tokio::time::timeout(std::time::Duration::from_secs(60), o.session.apply(&config)).await;
    assert!(killed.is_err());
    o.session.azure().clear_faults();
    o.forget();
    let before = o.last();
    let finished = o.apply(&wanted).await;
    Ordinary::is(&finished, PlannedStep::Create);
    assert!(finished.text().contains("existed already"), "{}", finished.text());
    assert_eq!(o.writes(before), Vec::<String>::new());
    let journal = o.session.journal().since(before);
    let looks = journal.entries.iter().filter(|entry| entry.path.contains("/backupJobs/")).count();
    assert_eq!(looks, 2, "until it had ended\n{}", journal.text());
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn neither_a_protection_that_failed_before_nor_a_backup_that_runs_is_waited_for() {
    let (_, mut o, container) = registered().await;
    let wanted = arguments(&o, &container, "sales");
    o.session.azure().fail_next_protection(ServiceError::new("UserErrorSQLPODoesNotExist", "The database is gone."));
    assert!(!o.apply(&wanted).await.succeeded());
    o.forget();
    o.applied(&wanted, PlannedStep::Create).await;
    let id = o.session.text("id");
    o.session.azure().next_restore(JobScript::running(500));
    let mut backup = Session::behind(o.session.transport(), 2).of_type("azurebackup_on_demand_backup");
    let running = json!({"protected_item_id": id, "backup_type": "Full", "timeouts": {"create": "40s"}});
    let running = backup.configuration_of(&running);
    let cut_off = backup.apply(&running).await;
    backup.failed(&cut_off, &["terraform untaint"]);
    o.forget();
    let before = o.last();
    let finished = o.applied(&wanted, PlannedStep::Create).await;
    assert!(finished.text().contains("existed already"), "{}", finished.text());
    let journal = o.session.journal().since(before);
    assert_eq!(journal.find("GET", "/backupJobs/").count(), 0, "{}", journal.text());
    assert_eq!(o.session.restores(), 1, "the backup");
    crate::contract::check(&o.session.journal());
}

#[tokio::test(start_paused = true)]
async fn what_a_job_warns_of_is_told() {
    let (_, mut o, container) = registered().await;
    let warned = json!({"properties": {
        "jobType": "AzureWorkloadJob", "operation": "ConfigureBackup", "status": "CompletedWithWarnings",
        "errorDetails": [{"errorCode": 1, "errorTitle": "UserErrorOdd", "errorString": "Something is odd."}]}});
    let answer = Action::Status { status: 200, headers: Default::default(), body: warned };
    o.session.azure().inject(Fault::on("GET", "*/backupJobs/*", answer));
    let wanted = arguments(&o, &container, "sales");
    let finished = o.apply(&wanted).await;
    Ordinary::is(&finished, PlannedStep::Create);
    for part in ["completed with warnings", "UserErrorOdd", "Something is odd."] {
        assert!(finished.text().contains(part), "{part}: {}", finished.text());
    }
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn backups_are_deleted_only_if_it_is_said_and_undeleted_by_the_next_create() {
    let (_, mut o, container) = registered().await;
    let mut wanted = arguments(&o, &container, "sales");
    o.applied(&wanted, PlannedStep::Create).await;
    wanted["delete_backups_on_destroy"] = json!(true);
    let before = o.last();
    o.applied(&wanted, PlannedStep::Update).await;
    assert_eq!(o.writes(before), Vec::<String>::new());
    let warned = o.session.destroy().await;
    assert!(text(&warned).contains("deletes its backups"), "{}", text(&warned));
    assert!(item(&o, "sales", |item| item.soft_deleted));

    let before = o.last();
    o.applied(&wanted, PlannedStep::Create).await;
    let journal = o.session.journal().since(before);
    let bodies: Vec<Value> = journal.find("PUT", "protectedItems").map(|entry| entry.body.clone().unwrap()).collect();
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0]["properties"]["isRehydrate"], true);
    assert_eq!(bodies[1]["properties"]["policyId"], wanted["policy_id"]);
    assert!(!item(&o, "sales", |item| item.soft_deleted || item.protection.stopped));
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn protection_that_was_stopped_by_hand_is_drift_and_backups_deleted_by_hand_are_a_new_object() {
    let (_, mut o, container) = registered().await;
    let wanted = arguments(&o, &container, "sales");
    o.applied(&wanted, PlannedStep::Create).await;
    item(&o, "sales", |item| item.protection.stopped = true);
    let config = o.session.configuration_of(&wanted);
    let (plan, seen) = o.session.plan(&config).await;
    assert_eq!(seen.step, PlannedStep::Update);
    assert!(plan.prior.unwrap().get("policy_id").is_null(), "the plan shows a policy to be given back");
    o.applied(&wanted, PlannedStep::Update).await;
    assert!(!item(&o, "sales", |item| item.protection.stopped));
    item(&o, "sales", |item| {
        item.soft_deleted = true;
        item.protection.stopped = true;
    });
    o.applied(&wanted, PlannedStep::Create).await;
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn protection_that_an_interrupted_apply_has_begun_is_found_again() {
    let (_, mut o, container) = registered().await;
    let wanted = arguments(&o, &container, "sales");
    o.applied(&wanted, PlannedStep::Create).await;
    let id = o.session.text("id");
    o.forget();
    let before = o.last();
    let finished = o.applied(&wanted, PlannedStep::Create).await;
    assert_eq!(o.writes(before), Vec::<String>::new());
    let told = "The protection of SQL database \"MSSQLSERVER/sales\" existed already";
    assert!(finished.text().contains(told), "{}", finished.text());

    o.forget();
    let mut other = wanted.clone();
    other["policy_id"] = json!(o.policy_id("WeeklyFullBackup"));
    let refused = o.apply(&other).await.text();
    assert!(refused.contains("\"HourlyLogBackup\"") && refused.contains(&format!("'{id}'")), "{refused}");
    assert!(o.session.import(&id).await.is_empty());
    o.applied(&other, PlannedStep::Update).await;
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_database_of_any_name_is_protected_imported_and_released() {
    let (_, mut o, container) = registered().await;
    let wanted = arguments(&o, &container, ODD);
    o.applied(&wanted, PlannedStep::Create).await;
    let id = o.session.text("id");
    assert!(id.contains("%2F") && id.contains("100%25"), "{id}");
    o.forget();
    assert!(o.session.import(&id).await.is_empty());
    o.applied(&wanted, PlannedStep::Nothing).await;
    assert_eq!(o.session.text("database"), ODD);
    o.destroyed().await;
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_database_that_came_to_be_later_is_searched_for_and_one_that_is_not_there_is_named() {
    let (_, mut o, container) = registered().await;
    o.session.azure().change(|world| {
        let machine = world.database_machine_named(catalogue::NEW_SQL_MACHINE).unwrap();
        machine.instances[0].databases.insert("later".into());
    });
    let before = o.last();
    o.applied(&arguments(&o, &container, "later"), PlannedStep::Create).await;
    assert_eq!(o.writes(before), ["POST inquire", "PUT sqldatabase;mssqlserver;later"]);
    let mut other = o.beside(DATABASE);
    let refused = other.apply(&arguments(&o, &container, "nobody")).await;
    let said = refused.text();
    assert!(said.contains("does not list the database \"nobody\"") && said.contains("\"sales\""), "{said}");
    let mut elsewhere = arguments(&o, &container, "sales");
    elsewhere["instance"] = json!("NOBODY");
    let said = other.apply(&elsewhere).await.text();
    assert!(said.contains("no database of the SQL Server instance \"NOBODY\""), "{said}");
    assert!(said.contains("lists databases of: \"MSSQLSERVER\""), "{said}");
    assert!(other.session.object.is_none());
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn only_the_job_says_whether_a_database_is_protected() {
    let (_, mut o, container) = registered().await;
    let failure = ServiceError::new("UserErrorSQLPODoesNotExist", "The database is gone.").recommend("Look for it.");
    o.session.azure().fail_next_protection(failure);
    let failed = o.apply(&arguments(&o, &container, "sales")).await;
    let said = failed.text();
    assert!(said.contains("UserErrorSQLPODoesNotExist") && said.contains("Look for it."), "{said}");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn what_is_busy_is_waited_for_and_what_is_refused_is_not() {
    let (_, mut o, container) = registered().await;
    let wanted = arguments(&o, &container, "sales");
    let refuse = |o: &Ordinary, status: u16, code: &str, times: u32| {
        let mut fault = Fault::status("PUT", "*/protectedItems/*", status, &[], code);
        fault.matcher.times = Some(times);
        o.session.azure().inject(fault);
    };
    refuse(&o, 400, "BMSUserErrorInvalidConfigureProtectionRequest", 1);
    let before = o.last();
    let refused = o.apply(&wanted).await.text();
    assert!(refused.contains("Use a policy for SQL databases"), "{refused}");
    assert_eq!(o.writes(before).len(), 1);
    refuse(&o, 409, "BMSUserErrorConflictingProtectionOperation", 3);
    let before = o.last();
    o.applied(&wanted, PlannedStep::Create).await;
    assert_eq!(o.writes(before).len(), 4);
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_asked_for_again_and_protects_once() {
    let (_, mut o, container) = registered().await;
    let wanted = arguments(&o, &container, "sales");
    o.session.azure().inject(Fault::on("PUT", "*/protectedItems/*", Action::ResetAfterAcceptance));
    o.applied(&wanted, PlannedStep::Create).await;
    let items = o.session.azure().change(|world| {
        let vaults = world.recovery_services_vaults().iter();
        vaults.flat_map(|vault| &vault.items).filter(|item| item.friendly_name == "sales").count()
    });
    assert_eq!(items, 1);
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn ctrl_c_while_the_job_runs_taints_nothing_and_the_next_apply_finishes() {
    let (_, mut o, container) = registered().await;
    let wanted = arguments(&o, &container, "sales");
    let config = o.session.configuration_of(&wanted);
    let stop = CancellationToken::new();
    let (azure, pressed) = (o.session.azure().clone(), stop.clone());
    let looked = move || azure.journal().find("GET", "/backupJobs/").next().is_some();
    tokio::spawn(async move {
        while !looked() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        pressed.cancel();
    });
    let interrupted = o.session.apply_until(&config, &stop).await;
    assert!(interrupted.succeeded(), "{}", interrupted.text());
    assert!(interrupted.text().contains("goes on where this one was interrupted"), "{}", interrupted.text());
    assert!(!o.session.object.as_ref().unwrap().tainted);
    let finished = o.applied(&wanted, PlannedStep::Update).await;
    assert!(finished.diagnostics.is_empty(), "{}", finished.text());
    assert_eq!(o.session.text("protection_state"), "IRPending");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_time_out_taints_and_says_how_to_go_on() {
    let (_, mut o, container) = registered().await;
    let mut wanted = arguments(&o, &container, "sales");
    wanted["timeouts"] = json!({"create": "3s"});
    let failed = o.apply(&wanted).await;
    let said = failed.text();
    assert!(said.contains("The time that `timeouts` allows was up") && said.contains("terraform untaint"), "{said}");
    assert!(o.session.object.as_ref().unwrap().tainted);
    o.session.untaint();
    wanted["timeouts"] = json!({"create": "30m"});
    let finished = o.apply(&wanted).await;
    assert!(finished.succeeded(), "{}", finished.text());
    assert_eq!(o.session.text("protection_state"), "IRPending");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn all_of_it_is_removed_in_one_go_where_backups_are_deleted_and_soft_delete_is_off() {
    let mut vault = Ordinary::new(VAULT);
    let arguments = json!({
        "name": "fresh", "resource_group_name": "rg-rehearsal", "location": "westeurope", "soft_delete_enabled": false,
    });
    vault.applied(&arguments, PlannedStep::Create).await;
    let id = vault.session.text("id");
    let mut machine = vault.beside(CONTAINER);
    machine.applied(&json!({"vault_id": id, "virtual_machine_id": machine.machine_id()}), PlannedStep::Create).await;
    let mut database = vault.beside(DATABASE);
    let wanted = json!({
        "container_id": machine.session.text("id"), "instance": "MSSQLSERVER", "database": "sales",
        "policy_id": format!("{id}/backupPolicies/HourlyLogBackup"), "delete_backups_on_destroy": true,
    });
    database.applied(&wanted, PlannedStep::Create).await;
    database.destroyed().await;
    machine.destroyed().await;
    vault.destroyed().await;
    vault.finish();
}

#[tokio::test(start_paused = true)]
async fn a_destroy_does_what_is_left_to_do_and_no_more() {
    let name = "SQLDataBase;mssqlserver;sales";
    let cases = [
        // Deleted by hand, stopped by hand, whether backups are to go; what is sent.
        (true, true, true, None),
        (true, true, false, None),
        (false, true, false, None),
        (false, true, true, Some(format!("DELETE {name}"))),
        (false, false, false, Some(format!("PUT {name}"))),
    ];
    for (deleted, stopped, deletes, sent) in cases {
        let (_, mut o, container) = registered().await;
        let mut wanted = arguments(&o, &container, "sales");
        wanted["delete_backups_on_destroy"] = json!(deletes);
        o.applied(&wanted, PlannedStep::Create).await;
        item(&o, "sales", |item| {
            item.soft_deleted = deleted;
            item.protection.stopped = stopped;
        });
        let before = o.last();
        o.destroyed().await;
        assert_eq!(o.writes(before), Vec::from_iter(sent), "{deleted} {stopped} {deletes}");
        item(&o, "sales", |item| {
            assert!(item.protection.stopped);
            assert_eq!(item.soft_deleted, deleted || deletes);
        });
        o.finish();
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_azure_has_made_already_is_no_error() {
    let (_, mut o, container) = registered().await;
    o.applied(&arguments(&o, &container, "sales"), PlannedStep::Create).await;
    let gone = Action::StatusAfterAcceptance { status: 404, headers: Default::default(), body: Value::Null };
    o.session.azure().inject(Fault::on("PUT", "*/protectedItems/*", gone));
    let before = o.last();
    o.destroyed().await;
    assert_eq!(o.writes(before).len(), 1);
    assert!(item(&o, "sales", |item| item.protection.stopped));
    o.finish();
}

/// Azure answers that there is nothing to stop or delete, and shows the item as it was for a minute.
#[tokio::test(start_paused = true)]
async fn a_destroy_is_over_only_when_azure_shows_it() {
    for deletes in [false, true] {
        let (_, mut o, container) = registered().await;
        let mut wanted = arguments(&o, &container, "sales");
        wanted["delete_backups_on_destroy"] = json!(deletes);
        o.applied(&wanted, PlannedStep::Create).await;
        item(&o, "sales", |item| item.protection.stopped = deletes);
        let method = if deletes { "DELETE" } else { "PUT" };
        o.session.azure().inject(Fault::status(method, "*/protectedItems/*", 404, &[], "ResourceNotFound"));
        let azure = o.session.azure().clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(60)).await;
            azure.change_item("sales", |item| {
                item.protection.stopped = true;
                item.soft_deleted = deletes;
            })
        });
        let start = Instant::now();
        o.destroyed().await;
        assert!(start.elapsed() >= Duration::from_secs(60), "{deletes}: after {:?}", start.elapsed());
        o.finish();
    }
}

/// As a destroy, but the other way round.
#[tokio::test(start_paused = true)]
async fn protection_is_given_back_only_when_azure_shows_it_and_state_has_that() {
    let (_, mut o, container) = registered().await;
    let wanted = arguments(&o, &container, "sales");
    o.applied(&wanted, PlannedStep::Create).await;
    item(&o, "sales", |item| item.protection.stopped = true);
    let done = Action::Status { status: 200, headers: Default::default(), body: json!({}) };
    o.session.azure().inject(Fault::on("PUT", "*/protectedItems/*", done));
    let azure = o.session.azure().clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        azure.change_item("sales", |item| item.protection.stopped = false)
    });
    let start = Instant::now();
    let finished = o.apply(&wanted).await;
    Ordinary::is(&finished, PlannedStep::Update);
    assert!(start.elapsed() >= Duration::from_secs(60), "after {:?}", start.elapsed());
    assert_eq!(o.session.text("protection_state"), "IRPending", "known to what depends on it, without a refresh");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn what_the_protection_needs_and_azure_does_not_know_is_named_and_other_refusals_are_not_mistaken_for_it() {
    let (_, mut o, container) = registered().await;
    let (protect, inquire) = (("PUT", "*/protectedItems/*"), ("POST", "*/inquire"));
    let cases = [
        (protect, 404, "sales", Some("policy_id"), "Azure does not know the policy"),
        (protect, 403, "sales", None, "RequestDisallowedByPolicy"),
        (inquire, 404, "nobody", Some("container_id"), "is not registered with the vault"),
        (inquire, 403, "nobody", None, "RequestDisallowedByPolicy"),
    ];
    for ((method, path), status, database, argument, says) in cases {
        let code = if status == 404 { "ResourceNotFound" } else { "RequestDisallowedByPolicy" };
        o.session.azure().inject(Fault::status(method, path, status, &[], code));
        let refused = o.apply(&arguments(&o, &container, database)).await;
        let error = refused.errors()[0];
        assert_eq!(error.path.as_ref().map(ToString::to_string).as_deref(), argument, "{}", refused.text());
        assert!(error.detail.contains(says), "{status} {path}: {}", refused.text());
        let told = format!("Creating the protection of SQL database \"MSSQLSERVER/{database}\" failed");
        assert_eq!(error.summary, told);
        o.forget();
    }
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn of_all_items_of_a_vault_only_databases_are_listed() {
    let (_, mut o, container) = registered().await;
    o.applied(&arguments(&o, &container, "sales"), PlannedStep::Create).await;
    for list in ["/backupProtectedItems", "/backupProtectableItems"] {
        assert!(o.entry("GET", list).query_names.iter().any(|name| name == "$filter"), "{list}");
    }
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn every_error_of_a_job_is_told() {
    let (_, mut o, container) = registered().await;
    let error = |code: &str| json!({"errorCode": 1, "errorTitle": code, "errorString": format!("{code} happened.")});
    let properties = json!({
        "jobType": "AzureWorkloadJob", "operation": "ConfigureBackup", "status": "Failed",
        "errorDetails": [error("TheFirst"), error("TheSecond")],
    });
    let body = json!({"name": "j", "properties": properties});
    let failed = Action::Status { status: 200, headers: Default::default(), body };
    o.session.azure().inject(Fault::on("GET", "*/backupJobs/*", failed));
    let said = o.apply(&arguments(&o, &container, "sales")).await.text();
    assert!(said.contains("TheFirst") && said.contains("TheSecond happened."), "{said}");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_replacement_keeps_backups_whatever_a_destroy_would_do() {
    let (_, mut o, container) = registered().await;
    let mut wanted = arguments(&o, &container, "sales");
    wanted["delete_backups_on_destroy"] = json!(true);
    o.applied(&wanted, PlannedStep::Create).await;
    for create_before_destroy in [false, true] {
        o.session.create_before_destroy = create_before_destroy;
        let before = o.last();
        o.session.object.as_mut().unwrap().tainted = true;
        // The plan of a tainted object shows the provider nothing to warn of. What is created first takes over what is there,
        // and nothing is removed.
        let said = o.applied(&wanted, PlannedStep::Replace).await.text();
        assert_eq!(said.matches("keeps its backups").count(), usize::from(!create_before_destroy), "{said}");
        let writes = o.writes(before);
        assert_eq!(writes.is_empty(), create_before_destroy);
        assert!(writes.iter().all(|write| write.starts_with("PUT")), "{writes:?}");
    }
    wanted["instance"] = json!("mssqlserver2");
    let config = o.session.configuration_of(&wanted);
    let (_, planned) = o.session.plan(&config).await;
    assert_eq!(planned.step, PlannedStep::Replace);
    assert!(planned.text().contains("keeps its backups"), "{}", planned.text());
    let before = o.last();
    let said = text(&o.session.destroy().await);
    assert!(said.contains("deletes its backups"), "{said}");
    assert!(o.writes(before)[0].starts_with("DELETE"), "{:?}", o.writes(before));
    o.finish();
}

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{CONTAINER, DATABASE, Ordinary, registration};
use crate::in_process::{PlannedStep, text};
use crate::simulator::{Action, Fault, ServiceError, catalogue};

fn denied() -> ServiceError {
    ServiceError::new("UserErrorSQLNoSysadminMembership", "The account is not a member of sysadmin.")
        .recommend("Make NT SERVICE\\AzureWLBackupPluginSvc a member of sysadmin.")
}

fn fails_inside(o: &Ordinary, failure: Option<ServiceError>) {
    o.session.azure().change(|world| {
        world.database_machine_named(catalogue::NEW_SQL_MACHINE).unwrap().inquiry.failure = failure;
    });
}

#[tokio::test(start_paused = true)]
async fn a_machine_is_searched_for_registered_looked_into_and_unregistered() {
    let mut o = Ordinary::new(CONTAINER);
    let arguments = registration(&o);
    let before = o.last();
    o.applied(&arguments, PlannedStep::Create).await;
    let container = format!("VMAppContainer;Compute;rg-rehearsal;{}", catalogue::NEW_SQL_MACHINE);
    assert_eq!(o.writes(before), ["POST refreshContainers".into(), format!("PUT {container}"), "POST inquire".into()]);
    let body = o.entry("PUT", "protectionContainers/VMAppContainer").body.unwrap();
    assert_eq!(
        body,
        json!({"properties": {"containerType": "VMAppContainer", "backupManagementType": "AzureWorkload",
            "sourceResourceId": o.machine_id(), "workloadType": "SQLDataBase"}})
    );
    assert_eq!(
        (o.session.text("registration_status"), o.session.text("inquiry_status")),
        ("Registered".into(), "Success".into())
    );
    let found = o.session.object.as_ref().unwrap().value.get("protectable_item_count").as_i64();
    assert_eq!(found, Some(3), "an instance and two databases");
    o.destroyed().await;
    assert_eq!(o.session.azure().change(|world| world.unregistered_machines().len()), 1);
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_registration_that_an_interrupted_apply_has_made_is_found_again_and_finished() {
    let mut o = Ordinary::new(CONTAINER);
    let arguments = registration(&o);
    o.applied(&arguments, PlannedStep::Create).await;
    o.forget();
    o.session.azure().change(|world| {
        world.database_machine_named(catalogue::NEW_SQL_MACHINE).unwrap().inquiry.pending = true;
    });
    let before = o.last();
    let finished = o.applied(&arguments, PlannedStep::Create).await;
    assert_eq!(o.writes(before), ["POST inquire"]);
    assert!(finished.text().contains("existed already"), "{}", finished.text());
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn what_fails_inside_the_machine_is_an_error_with_azures_advice_and_ours() {
    let mut o = Ordinary::new(CONTAINER);
    let arguments = registration(&o);
    fails_inside(&o, Some(denied()));
    let failed = o.apply(&arguments).await;
    let said = failed.text();
    for part in ["UserErrorSQLNoSysadminMembership", "AzureWLBackupPluginSvc", "terraform untaint"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(o.session.object.as_ref().unwrap().tainted, "it is registered, so a destroy removes it");
    fails_inside(&o, None);
    o.applied(&arguments, PlannedStep::Replace).await;
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn what_was_unregistered_by_hand_is_registered_anew_and_other_triggers_register_again() {
    let mut o = Ordinary::new(CONTAINER);
    let arguments = registration(&o);
    o.applied(&arguments, PlannedStep::Create).await;
    o.session.azure().change(|world| {
        let machines = world.recovery_services_vaults_mut().iter_mut().flat_map(|vault| &mut vault.database_machines);
        let new = machines.into_iter().find(|own| own.name == catalogue::NEW_SQL_MACHINE).unwrap().clone();
        for vault in world.recovery_services_vaults_mut() {
            vault.database_machines.retain(|own| own.name != catalogue::NEW_SQL_MACHINE);
        }
        world.unregistered_machines_mut().push(new);
    });
    o.applied(&arguments, PlannedStep::Create).await;
    let mut again = arguments.clone();
    again["triggers"] = json!({"repaired": "today"});
    o.applied(&again, PlannedStep::Update).await;
    let body = o.entry("PUT", "protectionContainers/VMAppContainer").body.unwrap();
    assert_eq!(body["properties"]["operationType"], "Reregister");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_machine_in_use_is_neither_taken_over_nor_unregistered_while_its_databases_are_protected() {
    let mut o = Ordinary::new(CONTAINER);
    let arguments = registration(&o);
    o.applied(&arguments, PlannedStep::Create).await;
    let id = o.session.text("id");
    let mut database = o.beside(DATABASE);
    let protects = super::database::arguments(&o, &id, catalogue::NEW_SQL_DATABASE);
    database.applied(&protects, PlannedStep::Create).await;

    let before = o.last();
    let refused = text(&o.session.destroy().await);
    assert!(refused.contains("Databases in the virtual machine are protected: MSSQLSERVER/sales"), "{refused}");
    assert_eq!(o.writes(before).len(), 1, "no waiting helps");
    let state = o.session.object.take();
    let refused = o.apply(&arguments).await.text();
    assert!(refused.contains(&format!("terraform import {CONTAINER}.NAME '{id}'")), "{refused}");
    o.session.object = state;

    database.destroyed().await;
    let before = o.last();
    o.destroyed().await;
    assert_eq!(o.writes(before).len(), 2, "the stop is noticed late: the removal is tried again");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_azure_does_not_find_is_named_with_the_usual_reasons() {
    let mut o = Ordinary::new(CONTAINER);
    let mut arguments = registration(&o);
    arguments["virtual_machine_id"] = json!(o.machine_id().replace(catalogue::NEW_SQL_MACHINE, "nobody"));
    let refused = o.apply(&arguments).await;
    assert!(refused.text().contains("\"nobody\" is not among those"), "{}", refused.text());
    assert!(o.session.object.is_none());
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_registration_is_imported_by_the_id_of_its_container() {
    let mut o = Ordinary::new(CONTAINER);
    let arguments: Value = registration(&o);
    o.applied(&arguments, PlannedStep::Create).await;
    let id = o.session.text("id");
    o.forget();
    assert!(o.session.import(&id.replace(';', "%3B")).await.is_empty());
    o.applied(&arguments, PlannedStep::Nothing).await;
    let refused = text(&o.session.import(&o.vault_id()).await);
    assert!(refused.contains("needs the ID of a container of a Recovery Services vault"), "{refused}");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn an_import_that_looks_for_other_databases_registers_again_in_place_and_unregisters_nothing() {
    let mut o = Ordinary::new(CONTAINER);
    let mut arguments: Value = registration(&o);
    arguments["workload_type"] = json!("SAPHanaDatabase");
    o.applied(&arguments, PlannedStep::Create).await;
    let id = o.session.text("id");
    o.forget();
    assert!(o.session.import(&id).await.is_empty());
    let before = o.last();
    o.applied(&arguments, PlannedStep::Update).await;
    let container = format!("VMAppContainer;Compute;rg-rehearsal;{}", catalogue::NEW_SQL_MACHINE);
    assert_eq!(o.writes(before), [format!("PUT {container}"), "POST inquire".into()]);
    let properties = &o.entry("PUT", "protectionContainers/VMAppContainer").body.unwrap()["properties"];
    assert_eq!(
        (&properties["workloadType"], &properties["operationType"]),
        (&json!("SAPHanaDatabase"), &json!("Reregister"))
    );
    o.applied(&arguments, PlannedStep::Nothing).await;
    o.finish();
}

/// The path of the container itself, without what is below it.
fn itself() -> String {
    format!("*/protectionContainers/VMAppContainer;Compute;rg-rehearsal;{}", catalogue::NEW_SQL_MACHINE)
}

#[tokio::test(start_paused = true)]
async fn a_look_that_goes_on_is_waited_for() {
    let mut o = Ordinary::new(CONTAINER);
    let arguments = registration(&o);
    let properties = json!({
        "containerType": "VMAppContainer", "sourceResourceId": o.machine_id(), "registrationStatus": "Registered",
        "extendedInfo": {"inquiryInfo": {"status": "InProgress", "inquiryDetails": []}},
    });
    let body = json!({"name": "n", "properties": properties});
    let goes_on = Action::Status { status: 200, headers: Default::default(), body };
    o.session.azure().inject(Fault::on("GET", &itself(), goes_on).times(3));
    let finished = o.apply(&arguments).await;
    Ordinary::is(&finished, PlannedStep::Create);
    assert_eq!(o.session.text("inquiry_status"), "Success");
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_was_never_looked_into_is_by_the_next_apply_and_state_has_what_is_found_without_a_refresh() {
    let mut o = Ordinary::new(CONTAINER);
    let arguments = registration(&o);
    o.applied(&arguments, PlannedStep::Create).await;
    o.session.azure().change(|world| {
        world.database_machine_named(catalogue::NEW_SQL_MACHINE).unwrap().inquiry.pending = true;
    });
    let before = o.last();
    let finished = o.apply(&arguments).await;
    Ordinary::is(&finished, PlannedStep::Update);
    assert_eq!(o.writes(before), ["POST inquire"]);
    assert_eq!(o.session.text("inquiry_status"), "Success");
    let found = o.session.object.as_ref().unwrap().value.get("protectable_item_count").as_i64();
    assert_eq!(found, Some(3));
    o.finish();
}

/// The refresh of the plan still finds it, the apply does not.
#[tokio::test(start_paused = true)]
async fn an_update_registers_what_is_gone_and_sends_nothing_where_it_cannot_look() {
    for (status, code) in [(404, "ResourceNotFound"), (403, "RequestDisallowedByPolicy")] {
        let mut o = Ordinary::new(CONTAINER);
        let mut arguments = registration(&o);
        o.applied(&arguments, PlannedStep::Create).await;
        arguments["triggers"] = json!({"again": "1"});
        o.session.azure().inject(Fault::status("GET", &itself(), status, &[], code).nth(2));
        let before = o.last();
        let finished = o.apply(&arguments).await;
        if status == 404 {
            Ordinary::is(&finished, PlannedStep::Update);
            let body = o.entry("PUT", "protectionContainers/VMAppContainer").body.unwrap();
            assert!(body["properties"]["operationType"].is_null(), "{body}");
        } else {
            assert!(finished.text().contains(code), "{}", finished.text());
            assert_eq!(o.writes(before), Vec::<String>::new());
        }
        o.finish();
    }
}

#[tokio::test(start_paused = true)]
async fn a_registration_that_is_gone_in_the_meantime_is_removed() {
    let mut o = Ordinary::new(CONTAINER);
    o.applied(&registration(&o), PlannedStep::Create).await;
    o.session.azure().inject(Fault::status("DELETE", &itself(), 404, &[], "ResourceNotFound"));
    o.destroyed().await;
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_is_refused_for_what_nobody_sees_is_tried_for_ten_minutes_and_not_longer() {
    let mut o = Ordinary::new(CONTAINER);
    o.applied(&registration(&o), PlannedStep::Create).await;
    let refused = Fault::status("DELETE", &itself(), 400, &[], "BMSUserErrorContainerHasDatasources").always();
    o.session.azure().inject(refused);
    let (before, start) = (o.last(), Instant::now());
    let said = text(&o.session.destroy().await);
    assert!(said.contains("BMSUserErrorContainerHasDatasources"), "{said}");
    // At once, and then every thirty seconds.
    assert_eq!((o.writes(before).len(), start.elapsed().as_secs()), (21, 600));
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn a_registration_that_was_there_before_outlives_a_search_that_fails() {
    let mut o = Ordinary::new(CONTAINER);
    let arguments = registration(&o);
    o.applied(&arguments, PlannedStep::Create).await;
    o.forget();
    fails_inside(&o, Some(denied()));
    let before = o.last();
    let failed = o.apply(&arguments).await.text();
    assert!(failed.contains("existed before this apply") && !failed.contains("existed already"), "{failed}");
    assert!(o.session.object.is_none());
    fails_inside(&o, None);
    o.applied(&arguments, PlannedStep::Create).await;
    assert_eq!(o.writes(before), ["POST inquire", "POST inquire"]);
    o.finish();
}

#[tokio::test(start_paused = true)]
async fn what_is_no_virtual_machine_is_neither_imported_nor_unregistered() {
    let mut o = Ordinary::new(CONTAINER);
    o.applied(&registration(&o), PlannedStep::Create).await;
    let known = o.session.object.clone();
    let account = o.session.thing("protected_items", catalogue::FILE_SHARE);
    let (id, _) = account.split_once("/protectedItems/").unwrap();
    let before = o.last();
    let said = text(&o.session.import(id).await);
    assert!(said.contains("is not the registration of a virtual machine"), "{said}");
    o.session.object.as_mut().unwrap().value.set("id", id);
    let said = text(&o.session.destroy().await);
    assert!(said.contains("is not the registration of a virtual machine"), "{said}");
    assert_eq!(o.writes(before), Vec::<String>::new());
    o.session.object = known;
    o.finish();
}

//! The requests that the Azure CLI makes, against ours for equal input.

use serde_json::{Value, json};

use super::{CONTAINER, DATABASE, Ordinary, registration};
use crate::in_process::PlannedStep;
use crate::restores::command_line::{example, normal};

/// The body with which a recorded command writes; `None` without the records.
fn put_by_cli(name: &str) -> Option<Value> {
    let recorded = example(&format!("cli-built/{name}.json"))?;
    let put = recorded["requests"].as_array().unwrap().iter().find(|request| request["method"] == "PUT");
    Some(put.unwrap_or_else(|| panic!("{name} puts nothing"))["body"].clone())
}

/// What differs by the input alone: whose machine and whose policy.
fn about(mut body: Value, member: &str, id: &str) -> Value {
    assert!(body["properties"][member].is_string(), "{body}");
    body["properties"][member] = json!(id);
    normal(&body)
}

#[tokio::test(start_paused = true)]
async fn bodies_of_registrations_and_protections_are_those_of_the_cli() {
    let mut machine = Ordinary::new(CONTAINER);
    let mut arguments = registration(&machine);
    machine.applied(&arguments, PlannedStep::Create).await;
    let sent = |o: &Ordinary, path: &str| normal(&o.entry("PUT", path).body.unwrap());
    let Some(cli) = put_by_cli("container_register_azureworkload") else { return };
    assert_eq!(sent(&machine, "VMAppContainer"), about(cli, "sourceResourceId", &machine.machine_id()));
    arguments["triggers"] = json!({"again": "1"});
    machine.applied(&arguments, PlannedStep::Update).await;
    let Some(cli) = put_by_cli("container_re-register_azureworkload") else { return };
    assert_eq!(sent(&machine, "VMAppContainer"), about(cli, "sourceResourceId", &machine.machine_id()));

    let mut database = machine.beside(DATABASE);
    let wanted = super::database::arguments(&machine, &machine.session.text("id"), "sales");
    database.applied(&wanted, PlannedStep::Create).await;
    let Some(cli) = put_by_cli("protection_enable-for-azurewl_sql") else { return };
    assert_eq!(sent(&database, "protectedItems"), about(cli, "policyId", &machine.policy_id("HourlyLogBackup")));
    database.finish();
}

//! The harness against the client's built-in provider: what it says of plans, states, errors and signals is true.

use super::{Running, Scenario, Workspace};
use crate::simulator::{CLIENT, CLIENT_SECRET, Request, TENANT};

const DATA: &str = r#"
variable "input" { default = "one" }
resource "terraform_data" "x" {
  input            = var.input
  triggers_replace = [var.input]
}
"#;

#[test]
fn a_plan_tells_actions_unknowns_and_what_forces_a_replacement() {
    let mut workspace = Workspace::new();
    workspace.write("main.tf", DATA);
    let created = workspace.planned(&[]);
    assert_eq!(created.actions("terraform_data.x"), "create");
    assert_eq!(created.change("terraform_data.x").unknown(), ["id", "output"]);
    workspace.apply(&[]).succeeds();
    workspace.plans_nothing();

    let replaced = workspace.planned(&["-var=input=two"]).change("terraform_data.x");
    assert_eq!(replaced.actions, ["delete", "create"]);
    assert_eq!(replaced.replace_paths, ["triggers_replace"]);
    assert_eq!(replaced.before["input"], "one");
    assert_eq!(replaced.after["input"], "two");
}

#[test]
fn the_state_is_read_from_the_file() {
    let mut workspace = Workspace::new();
    workspace.write("main.tf", DATA);
    assert!(workspace.state().is_empty());
    workspace.apply(&[]).succeeds();
    let instance = workspace.state().get("terraform_data.x");
    assert!(!instance.tainted);
    assert_eq!(instance.attributes["output"]["value"], "one");
    workspace.run(&["taint", "terraform_data.x"]).succeeds();
    assert!(workspace.state().get("terraform_data.x").tainted);
    workspace.untaint("terraform_data.x");
    assert!(!workspace.state().get("terraform_data.x").tainted);
    workspace.destroy().succeeds();
    assert!(workspace.state().is_empty());
}

#[test]
fn an_error_names_the_argument_at_fault() {
    let mut workspace = Workspace::new();
    workspace.write("main.tf", "resource \"terraform_data\" \"x\" {\n  input = \"a\"\n  wrong = true\n}\n");
    for finished in [workspace.validate(), workspace.plan(&[]).fails()] {
        let error = finished.error();
        assert_eq!(error.argument(), Some("wrong"), "{finished}");
        assert!(error.text().contains("Unsupported argument"), "{finished}");
    }
}

/// An apply whose provisioner has begun and goes on.
fn with_a_running_provisioner() -> (Workspace, Running) {
    let workspace = Workspace::new();
    let provisioner = "provisioner \"local-exec\" {\n    command = \"touch begun; exec sleep 100\"\n  }";
    workspace.write("main.tf", &format!("resource \"terraform_data\" \"x\" {{\n  {provisioner}\n}}\n"));
    let begun = workspace.folder().join("begun");
    let mut running = workspace.spawn_apply(&[]);
    running.wait_until("the provisioner ran", || begun.exists());
    (workspace, running)
}

#[test]
fn ctrl_c_reaches_the_client_and_its_children() {
    let (mut workspace, running) = with_a_running_provisioner();
    running.interrupt();
    workspace.keep(running).fails();
    assert!(workspace.state().get("terraform_data.x").tainted);
}

#[test]
fn a_killed_client_leaves_no_exit_code() {
    let (mut workspace, running) = with_a_running_provisioner();
    running.kill_all();
    assert_eq!(workspace.keep(running).code, None);
}

#[test]
fn a_scenario_without_a_restore_ends_well() {
    let mut s = Scenario::new();
    s.write("provider.tf", "");
    s.configure(DATA);
    s.asks_nothing(|s| s.apply(&[]).succeeds());
    s.finish(0);
}

#[test]
#[should_panic(expected = "accepted restores")]
fn a_scenario_with_another_count_of_restores_fails() {
    Scenario::new().finish(1);
}

#[test]
#[should_panic(expected = "secrets got out")]
fn a_scenario_that_leaves_a_secret_behind_fails() {
    let s = Scenario::new();
    s.write("note.txt", CLIENT_SECRET);
    s.finish(0);
}

#[test]
#[should_panic(expected = "a scenario ends with finish()")]
fn a_scenario_without_an_end_fails() {
    drop(Scenario::new());
}

#[test]
#[should_panic(expected = "requests that Azure would not have understood")]
fn a_scenario_with_a_request_that_azure_does_not_know_fails() {
    let s = Scenario::new();
    let azure = s.azure();
    let path = format!("/{TENANT}/oauth2/v2.0/token");
    let scope = format!("{}/.default", azure.simulator().endpoint());
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", CLIENT_SECRET),
        ("scope", &scope),
    ];
    let token = azure.simulator().handle(&Request::new("POST", path).form(&fields)).value();
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    azure.simulator().handle(&Request::new("GET", "/nowhere?api-version=1").header("authorization", bearer));
    s.finish(0);
}

//! The harness against the client's built-in provider: what it says of plans, states, errors and signals is true.

use super::Workspace;

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

#[test]
fn ctrl_c_reaches_the_client_and_its_children() {
    let mut workspace = Workspace::new();
    let provisioner = "provisioner \"local-exec\" {\n    command = \"touch begun; exec sleep 100\"\n  }";
    workspace.write("main.tf", &format!("resource \"terraform_data\" \"x\" {{\n  {provisioner}\n}}\n"));
    let begun = workspace.folder().join("begun");
    let mut running = workspace.spawn_apply(&[]);
    running.wait_until("the provisioner ran", || begun.exists());
    running.interrupt();
    workspace.keep(running).fails();
    assert!(workspace.state().get("terraform_data.x").tainted);
}

#[test]
fn a_killed_client_leaves_no_exit_code() {
    let mut workspace = Workspace::new();
    let provisioner = "provisioner \"local-exec\" {\n    command = \"touch begun; exec sleep 100\"\n  }";
    workspace.write("main.tf", &format!("resource \"terraform_data\" \"x\" {{\n  {provisioner}\n}}\n"));
    let begun = workspace.folder().join("begun");
    let mut running = workspace.spawn_apply(&[]);
    running.wait_until("the provisioner ran", || begun.exists());
    running.kill_all();
    assert_eq!(workspace.keep(running).code, None);
}

//! What the real client shows: plans, state, imports and killed processes.

use serde_json::{Value, json};

use super::{CONTAINER, DATABASE, VAULT};
use crate::harness::Scenario;
use crate::simulator::catalogue;

/// From an empty group to a protected database.
fn configuration(s: &Scenario, policy: &str, tags: &str) -> String {
    let machine = s.azure().thing("resources", catalogue::NEW_SQL_MACHINE);
    format!(
        r#"resource "{VAULT}" "x" {{
  name                = "fresh"
  resource_group_name = "rg-rehearsal"
  location            = "westeurope"
  soft_delete_enabled = false
  {tags}
}}

resource "{CONTAINER}" "x" {{
  vault_id           = {VAULT}.x.id
  virtual_machine_id = "{machine}"
}}

data "azurebackup_backup_policy" "x" {{
  vault_id = {VAULT}.x.id
  name     = "{policy}"
}}

resource "{DATABASE}" "x" {{
  container_id              = {CONTAINER}.x.id
  instance                  = "MSSQLSERVER"
  database                  = "{}"
  policy_id                 = data.azurebackup_backup_policy.x.id
  delete_backups_on_destroy = true
}}
"#,
        catalogue::NEW_SQL_DATABASE
    )
}

fn writes(s: &Scenario, since: usize) -> Vec<String> {
    let journal = s.journal().since(since);
    let writes = journal.entries.iter().filter(|entry| entry.method != "GET" && !entry.path.ends_with("/token"));
    writes.map(|entry| format!("{} {}", entry.method, super::end(&entry.path))).collect()
}

#[test]
fn from_an_empty_group_to_a_protected_database_and_back() {
    let mut s = Scenario::new();
    s.configure(&configuration(&s, "HourlyLogBackup", ""));
    s.apply(&[]).succeeds();
    s.plans_nothing();
    let container = format!("PUT VMAppContainer;Compute;rg-rehearsal;{}", catalogue::NEW_SQL_MACHINE);
    let order =
        ["PUT fresh", "POST refreshContainers", &container, "POST inquire", "PUT sqldatabase;mssqlserver;sales"];
    assert_eq!(writes(&s, 0), order, "the steps of the seed, in their order");

    s.configure(&configuration(&s, "WeeklyFullBackup", "tags = { a = \"b\" }"));
    let plan = s.planned(&[]);
    for (address, action) in [(VAULT, "update"), (CONTAINER, "no-op"), (DATABASE, "update")] {
        assert_eq!(plan.actions(&format!("{address}.x")), action);
    }
    s.apply(&[]).succeeds();
    s.plans_nothing();

    s.azure().simulator().change_item(catalogue::NEW_SQL_DATABASE, |item| item.protection.stopped = true).unwrap();
    assert_eq!(s.planned(&[]).actions(&format!("{DATABASE}.x")), "update");
    s.apply(&[]).succeeds();
    s.plans_nothing();

    for name in [DATABASE, CONTAINER, VAULT] {
        let address = format!("{name}.x");
        let id = s.state().get(&address).text("id").to_owned();
        assert_eq!(s.run(&["state", "rm", &address]).code, Some(0));
        s.import(&address, &id).succeeds();
    }
    // An import knows nothing of what Azure does not know.
    assert_eq!(s.planned(&[]).actions(&format!("{DATABASE}.x")), "update");
    s.apply(&[]).succeeds();
    s.plans_nothing();

    s.destroy().succeeds();
    assert!(
        s.azure().simulator().change(|world| world.recovery_services_vaults().iter().all(|own| own.name != "fresh"))
    );
    s.finish(0);
}

#[test]
fn a_kill_at_any_step_is_finished_by_the_next_apply_and_nothing_is_done_twice() {
    for step in ["/vaults/fresh", "/protectionContainers/VMAppContainer", "/protectedItems/sqldatabase"] {
        let mut s = Scenario::new();
        s.configure(&configuration(&s, "HourlyLogBackup", ""));
        let azure = s.azure();
        let mut apply = s.spawn_apply(&[]);
        apply.wait_until("the step was taken", || azure.journal().count("PUT", step) > 0);
        apply.kill_all();
        s.keep(apply);
        s.apply(&[]).succeeds();
        s.plans_nothing();
        let (journal, text) = (s.journal(), s.journal().text());
        for path in ["/vaults/fresh", "/protectionContainers/VMAppContainer", "/protectedItems/sqldatabase"] {
            let puts = journal.entries.iter().filter(|entry| entry.method == "PUT" && entry.path.contains(path));
            let own = puts.filter(|entry| entry.path.contains("protectedItems") == path.contains("protectedItems"));
            let own = own.filter(|entry| path != "/vaults/fresh" || entry.path.ends_with(path));
            assert_eq!(own.count(), 1, "{step}: {path}\n{text}");
        }
        s.destroy().succeeds();
        s.finish(0);
    }
}

/// The client plans the removal of the old object in the apply, as if it were destroyed (docs/reference/terraform-plugin-protocol.md#plans).
#[test]
fn create_before_destroy_keeps_backups_and_what_the_new_object_has_taken_over() {
    let mut s = Scenario::new();
    let deletes = "delete_backups_on_destroy = true\n";
    let lifecycle = "  lifecycle {\n    create_before_destroy = true\n  }\n";
    let text = configuration(&s, "HourlyLogBackup", "").replace(deletes, &format!("{deletes}{lifecycle}"));
    s.configure(&text);
    s.apply(&[]).succeeds();
    let address = format!("{DATABASE}.x");
    let keeps = |said: &str| said.matches("keeps its backups").count();

    let replace = format!("-replace={address}");
    let plan = s.plan(&[&replace]);
    assert_eq!(s.planned(&[&replace]).actions(&address), "create, delete");
    assert!(plan.warnings().iter().all(|said| !said.summary.contains("deletes its backups")), "{plan}");
    let since = s.journal().entries.len();
    s.apply(&[&replace]).succeeds();
    assert_eq!(writes(&s, since), Vec::<String>::new(), "it was protected, and is");
    s.plans_nothing();

    let text = text.replace("\"sales\"", "\"Kunden \u{c4} 100%/1;2\"");
    s.configure(&text);
    let plan = s.plan(&[]);
    assert_eq!(plan.warnings().iter().map(|said| keeps(&said.summary)).sum::<usize>(), 1, "{plan}");
    let since = s.journal().entries.len();
    let applied = s.apply(&[]).succeeds().clone();
    assert!(applied.warnings().iter().any(|said| keeps(&said.summary) == 1), "{applied}");
    let writes = writes(&s, since);
    assert!(writes.len() == 2 && writes.iter().all(|write| write.starts_with("PUT")), "{writes:?}");
    s.azure()
        .simulator()
        .change_item(catalogue::NEW_SQL_DATABASE, |item| assert!(item.protection.stopped, "its backups are kept"))
        .unwrap();
    s.plans_nothing();
    s.finish(0);
}

/// Puts a copy of each of these objects into the state, as an apply leaves it that was killed between the creation of the new
/// object and the removal of the old one.
fn depose_copies(s: &Scenario, types: &[&str]) {
    let path = s.folder().join("terraform.tfstate");
    let mut state: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    for resource in state["resources"].as_array_mut().unwrap() {
        if types.iter().any(|own| resource["type"] == *own) {
            let instances = resource["instances"].as_array_mut().unwrap();
            let mut copy = instances[0].clone();
            copy["deposed"] = json!("0badcafe");
            instances.push(copy);
        }
    }
    state["serial"] = json!(state["serial"].as_u64().unwrap() + 1);
    std::fs::write(path, state.to_string()).unwrap();
}

#[test]
fn an_object_that_was_deposed_by_one_of_the_same_id_is_an_error_and_nothing_is_removed() {
    for name in [VAULT, CONTAINER, DATABASE] {
        let mut s = Scenario::new();
        s.configure(&configuration(&s, "HourlyLogBackup", ""));
        s.apply(&[]).succeeds();
        depose_copies(&s, &[name]);
        let since = s.journal().entries.len();
        for command in ["plan", "apply"] {
            let finished = if command == "plan" { s.plan(&[]) } else { s.apply(&[]) };
            let errors = finished.errors();
            assert!(errors.len() == 1 && errors[0].summary.ends_with("is in the state twice"), "{finished}");
            assert!(errors[0].text().contains("terraform state rm"), "{finished}");
        }
        assert_eq!(writes(&s, since), Vec::<String>::new(), "{name}");
        // As the error says.
        let address = format!("{name}.x");
        let id = s.state().get(&address).text("id").to_owned();
        assert_eq!(s.run(&["state", "rm", &address]).code, Some(0));
        s.import(&address, &id).succeeds();
        s.apply(&[]).succeeds();
        s.plans_nothing();
        // A destroy of all needs no repair, but for the plan that goes before it.
        depose_copies(&s, &[name]);
        s.run(&["destroy", "-json", "-input=false", "-auto-approve", "-refresh=false"]).succeeds();
        s.finish(0);
    }
}

/// Without a `moved` block Terraform destroys the one address and creates the other side by side.
#[test]
fn a_resource_that_is_renamed_without_a_moved_block_is_an_error_that_asks_for_one() {
    let mut s = Scenario::new();
    let text = configuration(&s, "HourlyLogBackup", "");
    s.configure(&text);
    s.apply(&[]).succeeds();
    let since = s.journal().entries.len();
    for name in [DATABASE, CONTAINER, VAULT] {
        let renamed = text.replace(&format!("\"{name}\" \"x\""), &format!("\"{name}\" \"y\""));
        let renamed = renamed.replace(&format!("{name}.x"), &format!("{name}.y"));
        s.configure(&renamed);
        let finished = s.apply(&[]);
        let error = &finished.fails().errors()[0];
        assert!(error.summary.ends_with("is destroyed and created by one plan"), "{error:?}");
        assert!(error.detail.contains("add a `moved` block"), "{error:?}");
        s.configure(&format!("{renamed}\nmoved {{\n  from = {name}.x\n  to   = {name}.y\n}}\n"));
        assert_eq!(s.planned(&[]).actions(&format!("{name}.y")), "no-op");
    }
    let twice = text.replace(&format!("resource \"{VAULT}\" \"x\""), &format!("resource \"{VAULT}\" \"again\""));
    let (vault, _) = twice.split_once("\n}\n").expect("the vault comes first");
    s.configure(&format!("{text}\n{vault}\n}}\n"));
    let error = s.plan(&[]).error();
    assert_eq!(error.summary, "Recovery Services vault \"fresh\" has a resource already");
    assert_eq!(writes(&s, since), Vec::<String>::new());
    s.finish(0);
}

/// What a plan does not know, the apply does: whatever comes first, what the new address stands for is there in the end.
#[test]
fn a_resource_whose_rename_the_plan_could_not_see_keeps_what_it_stands_for() {
    let mut s = Scenario::new();
    let text = configuration(&s, "HourlyLogBackup", "");
    s.configure(&text);
    s.apply(&[]).succeeds();
    for (from, to) in [("x", "y"), ("y", "z")] {
        let renamed = text.replace(&format!("\"{DATABASE}\" \"x\""), &format!("\"{DATABASE}\" \"{to}\""));
        let pending = format!("resource \"terraform_data\" \"{to}\" {{\n  input = \"sales\"\n}}\n");
        let renamed = renamed.replace("\"sales\"", &format!("terraform_data.{to}.output"));
        s.configure(&format!("{renamed}{pending}"));
        s.apply(&[]).succeeds();
        s.plans_nothing();
        assert!(s.state().get(&format!("{DATABASE}.{to}")).text("id").contains("sales"), "{from}");
        s.azure()
            .simulator()
            .change_item(catalogue::NEW_SQL_DATABASE, |own| assert!(!own.protection.stopped, "it is protected"))
            .unwrap();
    }
    s.destroy().succeeds();
    s.finish(0);
}

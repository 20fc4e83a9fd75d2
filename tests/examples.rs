//! Every example is applied as it stands, and everything the provider offers has one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Scenario, client_knows_functions, skipped_without_functions};

/// Names a job that only its reader knows. The blocks of tests/restores/imports.rs are applied.
const IMPORT_BLOCK: &str = "import-by-string-id.tf";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Applies one file, with the folder's variables where it has some, looks at it with `then`, and destroys.
fn applied(folder: &Path, file: &str, then: impl FnOnce(&mut Scenario)) {
    let mut s = Scenario::new();
    s.set_variables();
    s.configure(&without_azurerm(&text(&folder.join(file))));
    if folder.join("variables.tf").exists() {
        s.write("variables.tf", &text(&folder.join("variables.tf")));
    }
    s.apply(&[]).succeeds();
    then(&mut s);
    s.destroy().succeeds();
    let restores = s.restores();
    s.finish(restores);
}

/// The same with a resource of Terraform's own in the place of each of azurerm: it takes any arguments and does nothing, but
/// stands in the same order.
pub fn without_azurerm(configuration: &str) -> String {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in configuration.lines() {
        if let Some(labels) = line.strip_prefix("resource \"azurerm_") {
            let name = labels.split('"').nth(2).unwrap_or_else(|| panic!("{line}"));
            lines.push(format!("resource \"terraform_data\" {name:?} {{\n  input = {{"));
            inside = true;
        } else if inside && line == "}" {
            lines.push("  }\n}".to_owned());
            inside = false;
        } else {
            lines.push(line.to_owned());
        }
    }
    let configuration = lines.join("\n") + "\n";
    let configuration = configuration.replace("azurerm_role_assignment.", "terraform_data.");
    let configuration = configuration.replace("azurerm_mssql_database.", "terraform_data.");
    assert!(!configuration.contains("[azurerm_"), "{configuration}");
    configuration
}

fn files_of(folder: &Path) -> impl Iterator<Item = String> {
    let applied = |name: &String| name.ends_with(".tf") && name != "variables.tf" && name != IMPORT_BLOCK;
    names(folder).into_iter().filter(applied)
}

#[test]
fn every_example_of_a_resource_can_be_applied() {
    for resource in names(&examples().join("resources")) {
        let folder = examples().join("resources").join(resource);
        files_of(&folder).for_each(|file| applied(&folder, &file, |s| s.plans_nothing()));
    }
}

#[test]
fn every_example_of_a_data_source_can_be_applied() {
    for data_source in names(&examples().join("data-sources")) {
        let folder = examples().join("data-sources").join(data_source);
        // No second plan: what is looked up moves on, as the end of a continuous backup does.
        files_of(&folder).for_each(|file| applied(&folder, &file, |_| ()));
    }
}

#[test]
fn every_example_of_a_function_can_be_applied() {
    if skipped_without_functions() {
        return;
    }
    for function in names(&examples().join("functions")) {
        let folder = examples().join("functions").join(function);
        files_of(&folder).for_each(|file| applied(&folder, &file, |s| s.plans_nothing()));
    }
}

#[test]
fn the_example_of_the_provider_can_be_used() {
    let mut s = Scenario::new();
    let example = text(&examples().join("provider/provider.tf"));
    let interval = "poll_interval   = \"30s\"";
    assert!(example.contains(interval), "{example}");
    s.write("provider.tf", &example.replace(interval, &s.provider_arguments()));
    s.set("TF_VAR_subscription_id", crate::simulator::SUBSCRIPTION);
    s.configure(&format!("resource \"azurebackup_blob_restore\" \"x\" {{\n{}\n}}\n", s.operational_arguments("")));
    s.apply(&[]).succeeds();
    assert!(s.folder().join("restores.jsonl").exists());
    s.finish(1);
}

#[test]
fn all_that_is_offered_has_an_example() {
    let mut s = Scenario::new();
    s.restore("");
    let schema = s.run(&["providers", "schema", "-json"]).succeeds().stdout;
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let providers = schema["provider_schemas"].as_object().expect("providers");
    let ours = providers.iter().find(|(name, _)| name.ends_with("/azurebackup/azurebackup")).expect("ours").1;
    let mut kinds = vec![("resource_schemas", "resources"), ("data_source_schemas", "data-sources")];
    if client_knows_functions() {
        kinds.push(("functions", "functions"));
    }
    for (kind, folder) in kinds {
        let offered: BTreeSet<String> =
            ours[kind].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        assert_eq!(offered, names(&examples().join(folder)), "{folder}");
    }
    s.finish(0);
}

#[test]
fn the_import_of_a_resource_is_shown_as_a_command_and_as_a_block_for_the_same_id() {
    for resource in names(&examples().join("resources")) {
        let folder = examples().join("resources").join(&resource);
        let (command, block) = (text(&folder.join("import.sh")), text(&folder.join(IMPORT_BLOCK)));
        let id = command.split_whitespace().last().unwrap_or_default();
        assert!(command.contains(&format!("terraform import {resource}.example ")), "{command}");
        assert!(block.contains(&format!("to = {resource}.example\n")) && block.contains(&format!("{id:?}")), "{block}");
    }
}

#[test]
fn examples_are_formatted() {
    let mut s = Scenario::new();
    for folder in names(&examples()) {
        // A client that does not know functions cannot read their examples.
        if folder != "functions" || client_knows_functions() {
            s.run(&["fmt", "-check", "-recursive", &examples().join(folder).display().to_string()]).succeeds();
        }
    }
    s.finish(0);
}

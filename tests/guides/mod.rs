//! Every guide, followed to the letter by somebody who has only its page: what is to be typed is typed, what is to be
//! written is written, and a block that nobody tries is an error.

mod page;
mod reader;

use std::collections::BTreeSet;

use reader::Reader;

/// What a page shows and no test tries: page, key, and why.
const NOT_RUN: &[(&str, &str, &str)] = &[
    ("docs/guides/authenticate-with-oidc-in-github-actions.md", "workflow", "GitHub runs it"),
    ("docs/guides/authenticate-with-oidc-in-azure-devops.md", "pipeline", "Azure DevOps runs it"),
    (
        "docs/guides/permissions.md",
        "azurerm",
        "azurerm is not on every machine, and the simulator grants no roles by it",
    ),
    ("README.md", "whole-suite", "`make demo` and `make test` take minutes, and CI runs both"),
    (
        "docs/guides/rehearse-with-the-simulator.md",
        "azure-cli",
        "the Azure CLI is not on every machine; a test in tests/simulator/tests.rs sends what 2.91.0 sends",
    ),
    (
        "docs/guides/troubleshooting.md",
        "list-of-a-module",
        "it stands for any module; tests/restores/scope.rs plans a list that cannot be null",
    ),
];

macro_rules! pages {
    ($($name:ident: $page:literal,)+) => {
        const PAGES: &[&str] = &[$($page),+];
        $(#[test]
        fn $name() {
            follow($page);
        })+
    };
}

pages! {
    the_readme_can_be_followed: "README.md",
    authentication_can_be_followed: "docs/guides/authentication.md",
    a_client_secret_can_be_followed: "docs/guides/authenticate-with-a-client-secret.md",
    a_client_certificate_can_be_followed: "docs/guides/authenticate-with-a-client-certificate.md",
    an_oidc_token_can_be_followed: "docs/guides/authenticate-with-an-oidc-token.md",
    oidc_in_github_actions_can_be_followed: "docs/guides/authenticate-with-oidc-in-github-actions.md",
    oidc_in_azure_devops_can_be_followed: "docs/guides/authenticate-with-oidc-in-azure-devops.md",
    a_managed_identity_can_be_followed: "docs/guides/authenticate-with-a-managed-identity.md",
    aks_workload_identity_can_be_followed: "docs/guides/authenticate-with-aks-workload-identity.md",
    the_azure_cli_can_be_followed: "docs/guides/authenticate-with-the-azure-cli.md",
    environment_variables_can_be_followed: "docs/guides/environment-variables.md",
    permissions_can_be_followed: "docs/guides/permissions.md",
    interruptions_can_be_followed: "docs/guides/interruptions.md",
    a_handover_can_be_followed: "docs/guides/hand-over-a-restored-database.md",
    drills_can_be_followed: "docs/guides/restore-drills.md",
    many_restores_can_be_followed: "docs/guides/many-restores.md",
    an_incident_can_be_followed: "docs/guides/restore-during-an-incident.md",
    a_rehearsal_can_be_followed: "docs/guides/rehearse-with-the-simulator.md",
    a_rebuild_pipeline_can_be_followed: "docs/guides/restore-in-a-rebuild-pipeline.md",
    troubleshooting_can_be_followed: "docs/guides/troubleshooting.md",
    versions_and_upgrades_can_be_followed: "docs/guides/versions-and-upgrades.md",
}

/// What is not run is on the list, and what is on the list is there. It still has to be readable.
fn follow(page: &str) {
    let not_run = Reader::follow(page);
    let keys: BTreeSet<&str> = not_run.iter().map(|(key, ..)| key.as_str()).collect();
    let known: BTreeSet<&str> = NOT_RUN.iter().filter(|(of, ..)| *of == page).map(|(_, key, _)| *key).collect();
    assert_eq!(keys, known, "{page}: what is not run, and NOT_RUN in tests/guides/mod.rs");
    assert_eq!(not_run.len(), keys.len(), "{page}: one key for each block that is not run");
    for (key, language, text) in not_run {
        reader::check_syntax(&language, &text).unwrap_or_else(|error| panic!("{page}, {key}: {error}"));
    }
}

#[test]
fn every_guide_is_followed_by_a_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let guides = crate::documentation::markdown(&root.join("docs/guides"));
    let guides = guides.iter().map(|path| path.strip_prefix(root).unwrap().display().to_string());
    let mut there: BTreeSet<String> = guides.collect();
    there.insert("README.md".to_owned());
    assert_eq!(
        there,
        PAGES.iter().map(|page| (*page).to_owned()).collect(),
        "the macro `pages` in tests/guides/mod.rs"
    );
}

/// What the simulator has can be found on the page by its name, and what the page names is there.
#[test]
fn the_guide_on_rehearsals_names_all_that_the_simulator_has_and_nothing_else() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/guides/rehearse-with-the-simulator.md")).unwrap();
    let azure = crate::simulator::SimulatorBuilder::demo().start();
    let things = azure.things();
    let of_new_machines: BTreeSet<String> = azure.change(|world| {
        let machines = world.unregistered_machines().iter();
        let databases = machines.clone().flat_map(|own| &own.instances).flat_map(|own| own.databases.iter().cloned());
        machines.map(|own| own.name.clone()).chain(databases).collect()
    });
    // A target, a part of something that is named, or what is only listed.
    let implied = ["contosodata", "contosoapps", "contoso-documents", "contosolake", "HanaBackup"];
    for (group, names) in things.as_object().unwrap() {
        for name in names.as_object().unwrap().keys().filter(|name| !implied.contains(&name.as_str())) {
            let own = name.trim_end_matches(" (deleted)");
            let parts =
                || own.split('/').filter(|part| !part.contains(';')).all(|part| page.contains(&format!("`{part}`")));
            let is_below = ["containers", "container_urls", "file_shares", "backup_policies", "long_term_backups"];
            let is_below = is_below.contains(&group.as_str()) || group == "managed_long_term_backups";
            assert!(is_below || page.contains(&format!("`{own}`")) || parts(), "{group}: {name}");
        }
    }
    for name in &of_new_machines {
        assert!(page.contains(&format!("`{name}`")), "{name} can be registered or protected");
    }
    let all = format!("{things}{of_new_machines:?}");
    let code = page.split('`').skip(1).step_by(2);
    for name in code.filter(|word| word.starts_with("contoso") || word.starts_with("rg-")) {
        assert!(all.contains(name), "the simulator has no {name}");
    }
}

#[test]
fn syntax_is_checked_where_nothing_is_run() {
    assert!(reader::check_syntax("shell", "if true; then ls; fi\n").is_ok());
    assert!(reader::check_syntax("shell", "if true; then ls\n").is_err());
    assert!(reader::check_syntax("hcl", "locals {\n  a = 1\n}\n").is_ok());
    assert!(reader::check_syntax("terraform", "locals {\n  a = \n}\n").is_err());
    assert!(reader::check_syntax("yaml", "jobs:\n  restore: {steps: []}\n").is_ok());
    assert!(reader::check_syntax("yaml", "jobs:\n  - a\n b\n").is_err());
    assert!(reader::check_syntax("powershell", "Get-Item $env:HOME").is_ok());
    assert!(reader::check_syntax("powershell", "if ($a) { 'b'").is_err());
    assert!(reader::check_syntax("json", "{\"a\": 1}").is_ok());
    assert!(reader::check_syntax("json", "{\"a\": }").is_err());
    assert!(reader::check_syntax("cobol", "STOP RUN.").is_err());
}

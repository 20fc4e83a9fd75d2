//! The functions under the real client: what comes back, what an error says, and what becomes of an unknown argument.

use serde_json::{Value, json};

use crate::harness::{Scenario, client_knows_functions, skipped_without_functions};

const VAULT: &str = "/subscriptions/5b8a0f0e-0000-4000-8000-000000000001/resourceGroups/Prod (1)/providers/Microsoft.DataProtection/backupVaults/Vault-1";

/// A workspace with the provider and these outputs.
fn scenario(outputs: &[(&str, &str)]) -> Scenario {
    let s = Scenario::new();
    configure(&s, outputs);
    s
}

fn configure(s: &Scenario, outputs: &[(&str, &str)]) {
    let output = |(name, value): &(&str, &str)| format!("output \"{name}\" {{\n  value = {value}\n}}\n");
    s.configure(&outputs.iter().map(output).collect::<String>());
}

fn call(thing: &str, id: &str) -> String {
    format!("provider::azurebackup::parse_{thing}_id({id:?})")
}

/// What the vault gives to every result.
fn with_vault(more: Value) -> Value {
    let mut object = json!({
        "subscription_id": "5b8a0f0e-0000-4000-8000-000000000001",
        "resource_group_name": "Prod (1)",
        "vault_type": "Microsoft.DataProtection/backupVaults",
        "vault_id": VAULT,
        "vault_name": "Vault-1",
    });
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

#[test]
fn each_function_takes_its_id_apart_and_asks_azure_nothing() {
    if skipped_without_functions() {
        return;
    }
    let instance = format!("{VAULT}/backupInstances/account-1");
    let odd = instance.replace("resourceGroups", "resourcegroups").replace("backupVaults", "BackupVaults");
    let mut s = scenario(&[
        ("instance", &call("backup_instance", &odd)),
        ("point", &call("recovery_point", &format!("{odd}/recoveryPoints/7FB2"))),
        ("job", &call("job", &format!("{VAULT}/backupJobs/3f2a"))),
    ]);
    s.asks_nothing(|s| s.apply(&[]).succeeds());
    let printed = s.run(&["output", "-json"]).succeeds().stdout;
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let point = json!({"backup_instance_id": instance, "backup_instance_name": "account-1", "name": "7FB2",
        "protected_item_id": null, "protected_item_name": null});
    assert_eq!(printed["instance"]["value"], with_vault(json!({"name": "account-1"})));
    assert_eq!(printed["point"]["value"], with_vault(point));
    assert_eq!(printed["job"]["value"], with_vault(json!({"name": "3f2a"})));
    s.plans_nothing();
    s.finish(0);
}

#[test]
fn ids_of_a_recovery_services_vault_are_taken_apart_however_their_names_are_written() {
    if skipped_without_functions() {
        return;
    }
    let vault = VAULT.replace("DataProtection/backupVaults", "RecoveryServices/vaults");
    let with_vault = |more: Value| {
        let mut object = with_vault(more);
        object["vault_type"] = json!("Microsoft.RecoveryServices/vaults");
        object["vault_id"] = json!(vault);
        object
    };
    let container = format!("{vault}/backupFabrics/Azure/protectionContainers/VMAppContainer%3BCompute;rg;vm 1");
    let item = format!("{container}/protectedItems/SQLDataBase;mssqlserver%3bKunden%20Ä%2FB");
    let odd = |id: &str| id.replace("backupFabrics", "BackupFabrics").replace("/protectedItems/", "/protecteditems/");
    let mut s = scenario(&[
        ("container", &call("protection_container", &odd(&container))),
        ("item", &call("protected_item", &odd(&item))),
        ("point", &call("recovery_point", &format!("{}/RecoveryPoints/932", odd(&item)))),
        ("job", &call("job", &format!("{vault}/backupJobs/3f2a").to_lowercase().replace("prod (1)", "Prod (1)"))),
    ]);
    s.asks_nothing(|s| s.apply(&[]).succeeds());
    let printed = s.run(&["output", "-json"]).succeeds().stdout;
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let (container_name, item_name) = ("VMAppContainer;Compute;rg;vm 1", "SQLDataBase;mssqlserver;Kunden Ä/B");
    assert_eq!(printed["container"]["value"], with_vault(json!({"name": container_name})));
    let expected = json!({"container_id": container, "container_name": container_name, "name": item_name});
    assert_eq!(printed["item"]["value"], with_vault(expected));
    let expected = json!({"protected_item_id": item, "protected_item_name": item_name, "name": "932",
        "backup_instance_id": null, "backup_instance_name": null});
    assert_eq!(printed["point"]["value"], with_vault(expected));
    let mut job = with_vault(json!({"name": "3f2a", "vault_name": "vault-1"}));
    job["vault_id"] = json!(vault.replace("Vault-1", "vault-1"));
    assert_eq!(printed["job"]["value"], job);
    s.plans_nothing();
    s.finish(0);
}

#[test]
fn an_error_is_shown_on_the_argument_with_an_example_and_what_was_found() {
    if skipped_without_functions() {
        return;
    }
    let mut s = scenario(&[]);
    for (thing, id, words) in [
        (
            "backup_instance",
            "account-1",
            ["but found no id: a resource id begins with \"/\";", "/backupInstances/example\"."],
        ),
        (
            "job",
            VAULT,
            ["but found the id of Microsoft.DataProtection/backupVaults;", "an example is \"/subscriptions/"],
        ),
        (
            "protected_item",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupJobs/j",
            [
                "a protected item of a Recovery Services vault, but",
                "found the id of Microsoft.RecoveryServices/vaults/backupJobs;",
            ],
        ),
        (
            "recovery_point",
            "/subscriptions/s",
            ["/recoveryPoints/example", "a subscription, a resource group or the like"],
        ),
    ] {
        configure(&s, &[("x", &call(thing, id))]);
        let finished = s.validate();
        let errors = finished.errors();
        assert_eq!(errors.len(), 1, "{finished}");
        let (text, line) = (errors[0].text(), errors[0].source_line.clone().unwrap_or_default());
        assert!(text.contains("Invalid value for \"id\" parameter: expected the id of a"), "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
        assert!(line.contains(&format!("parse_{thing}_id(")), "{line}");
    }
    s.finish(0);
}

#[test]
fn an_unknown_argument_gives_an_unknown_result_until_the_apply() {
    if skipped_without_functions() {
        return;
    }
    let mut s = Scenario::new();
    s.configure(&format!(
        "resource \"terraform_data\" \"x\" {{\n  input = {:?}\n}}\noutput \"name\" {{\n  \
         value = provider::azurebackup::parse_job_id(terraform_data.x.output).name\n}}\n",
        format!("{VAULT}/backupJobs/3f2a")
    ));
    s.plan(&[]);
    let plan = s.run(&["show", "-json", "plan.saved"]).succeeds().stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["output_changes"]["name"]["after_unknown"], true);
    s.apply(&[]).succeeds();
    assert_eq!(s.run(&["output", "-raw", "name"]).succeeds().stdout, "3f2a");
    s.plans_nothing();
    s.finish(0);
}

#[test]
fn a_sensitive_id_stays_hidden_in_result_and_error() {
    if skipped_without_functions() {
        return;
    }
    let mut s = Scenario::new();
    s.plant("hidden-from-everybody");
    let variable = "variable \"id\" {\n  sensitive = true\n}\n";
    let output =
        "output \"x\" {\n  value     = provider::azurebackup::parse_job_id(var.id).name\n  sensitive = true\n}\n";
    s.configure(&format!("{variable}{output}"));
    s.set("TF_VAR_id", format!("{VAULT}/backupInstances/hidden-from-everybody"));
    let refused = s.plan(&[]);
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(refused.errors()[0].text().contains("found the id of"), "{refused}");
    s.set("TF_VAR_id", format!("{VAULT}/backupJobs/hidden-from-everybody"));
    let planned = s.plan(&[]);
    assert_eq!(planned.code, Some(2), "{planned}");
    s.finish(0);
}

/// For clients without functions, the reason to believe that theirs do not harm them.
#[test]
fn whatever_the_client_knows_of_functions_the_rest_works() {
    let mut s = Scenario::new();
    s.restore("");
    let schema = s.run(&["providers", "schema", "-json"]).succeeds().stdout;
    assert_eq!(schema.contains("parse_job_id"), client_knows_functions());
    s.apply(&[]).succeeds();
    s.plans_nothing();
    s.finish(1);
}

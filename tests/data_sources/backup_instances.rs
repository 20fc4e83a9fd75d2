//! `azurebackup_backup_instances`.

use std::sync::Arc;

use serde_json::json;

use super::{column, elsewhere, fault, only_read, read, refused, text};
use crate::harness::Scenario;
use crate::simulator::{BackupInstance, StorageAccount};

const KIND: &str = "backup_instances";

fn vault(s: &Scenario) -> String {
    text("vault_id", s.vault_id())
}

#[test]
fn every_fact_of_an_instance_is_told() {
    let mut s = Scenario::new();
    let attributes = read(KIND, &[&vault(&s)], &mut s);
    let instance = |id: String, account: &str, account_id: String, containers: &[&str]| {
        // The policy of what is vaulted may have operational backup, too.
        let is_vaulted = !containers.is_empty();
        json!({
            "id": id, "name": id.rsplit('/').next(), "friendly_name": account, "data_source_id": account_id,
            "data_source_name": account, "data_source_type": "Microsoft.Storage/storageAccounts/blobServices",
            "data_source_location": "westeurope", "data_source_set_id": account_id,
            "policy_id": format!("{}/backupPolicies/blobs", s.vault_id()),
            "current_protection_state": "ProtectionConfigured", "protection_status": "ProtectionConfigured",
            "protection_error": null, "provisioning_state": "Succeeded", "containers": containers,
            "operational_backup": (!is_vaulted).then_some(true), "vaulted_backup": is_vaulted,
            "backup_solution_type": null,
        })
    };
    let archive = s.operational_account_id().replace("contososhop", "contosoarchive");
    assert_eq!(
        attributes,
        json!({
            "id": s.vault_id(), "vault_id": s.vault_id(), "data_source_type": null, "data_source_id": null, "timeouts": null,
            "backup_instances": [
                instance(s.vaulted_id(), "contosoarchive", archive, &["contracts", "documents", "orders", "scans"]),
                instance(s.operational_id(), "contososhop", s.operational_account_id(), &[]),
            ],
        })
    );
    s.plans_nothing();
    only_read(s);
}

#[test]
fn filters_are_in_any_casing() {
    let mut s = Scenario::new();
    let by_source = text("data_source_id", s.operational_account_id().to_uppercase());
    let attributes = read(KIND, &[&vault(&s), &by_source], &mut s);
    assert_eq!(column(&attributes, "backup_instances", "id"), [s.operational_id()]);
    let by_type = "data_source_type = \"microsoft.storage/storageaccounts/BLOBSERVICES\"";
    let attributes = read(KIND, &[&vault(&s), by_type], &mut s);
    assert_eq!(column(&attributes, "backup_instances", "id"), [s.vaulted_id(), s.operational_id()]);
    let attributes = read(KIND, &[&vault(&s), "data_source_type = \"Microsoft.Compute/disks\""], &mut s);
    assert_eq!(attributes["backup_instances"], json!([]));
    only_read(s);
}

#[test]
fn every_page_is_read_and_sorted_by_name() {
    let mut s = Scenario::new();
    s.azure().simulator().change(|world| {
        let vault = world.vault_named("vault-rehearsal").expect("the vault is there");
        let account = StorageAccount::new("many");
        Arc::make_mut(&mut vault.instances)
            .extend((0..150).rev().map(|number| BackupInstance::blobs(&format!("b{number:03}"), &account)));
    });
    let attributes = read(KIND, &[&vault(&s)], &mut s);
    let names = column(&attributes, "backup_instances", "name");
    assert_eq!(names.len(), 152);
    assert!(names.is_sorted(), "{names:?}");
    only_read(s);
}

#[test]
fn a_vault_that_does_not_exist_is_told_on_its_id() {
    let mut s = Scenario::new();
    let error = fault(KIND, &[&text("vault_id", elsewhere("nowhere"))], "vault_id", &mut s);
    for part in ["Reading the backup instances of backup vault", "nowhere", "there is no such backup vault"] {
        assert!(error.contains(part), "{error}");
    }
    only_read(s);
}

#[test]
fn bad_input_is_told_before_azure_is_asked() {
    let vault = text("vault_id", elsewhere("v"));
    refused(KIND, &[&text("vault_id", elsewhere("v/backupInstances/i"))], "vault_id");
    refused(KIND, &[&vault, "data_source_id = \"contososhop\""], "data_source_id");
    refused(KIND, &[&vault, "data_source_type = \"\""], "data_source_type");
}

//! `azurebackup_protected_items`.

use serde_json::{Value, json};

use super::{column, elsewhere, fault, in_a_recovery_services_vault, instant, only_read, read, refused, text};
use crate::harness::Scenario;
use crate::simulator::{Action, Fault, ProtectedItem, StorageAccount, catalogue};

const KIND: &str = "protected_items";
const ACCOUNT: &str = "contosomany";

fn vault(s: &Scenario) -> String {
    text("vault_id", s.recovery_services_vault_id())
}

fn account_id(s: &Scenario) -> String {
    s.azure().thing("storage_accounts", catalogue::FILE_SHARE_ACCOUNT)
}

/// Adds shares of these names, and of another account, to the vault.
fn protect(s: &Scenario, names: &[&str]) {
    s.azure().simulator().change(|world| {
        let vault = world.recovery_services_vaults_mut().first_mut().expect("the vault is there");
        vault.items.extend(names.iter().map(|name| ProtectedItem::file_share(name, &StorageAccount::new(ACCOUNT))));
    });
}

fn ids(attributes: &Value) -> Vec<&str> {
    column(attributes, KIND, "id")
}

#[test]
fn every_fact_of_an_item_is_told() {
    let mut s = Scenario::new();
    let newest = instant(s.azure().started() - time::Duration::hours(6));
    let attributes = read(KIND, &[&vault(&s), "workload_type = \"AzureFileShare\""], &mut s);
    let (id, vault_id) = (s.protected_file_share_id(), s.recovery_services_vault_id());
    let (container, name) = id.rsplit_once("/protectedItems/").expect("an item's id");
    assert_eq!(
        attributes,
        json!({
            "id": vault_id, "vault_id": vault_id, "friendly_name": null, "source_resource_id": null,
            "workload_type": "AzureFileShare", "timeouts": null, "secondary_region": null, "restore_location": null,
            "protected_items": [{
                "id": id, "name": name, "friendly_name": catalogue::FILE_SHARE, "container_id": container,
                "container_name": container.rsplit('/').next(), "workload_type": "AzureFileShare",
                "backup_management_type": "AzureStorage", "source_resource_id": account_id(&s),
                "source_location": "westeurope", "policy_id": format!("{vault_id}/backupPolicies/DailyShares"),
                "policy_name": "DailyShares", "protection_state": "Protected", "protection_status": "Healthy",
                "soft_deleted": false, "last_backup_status": "Completed", "last_backup_time": newest,
                "last_recovery_point_time": newest,
            }],
        })
    );
    s.plans_nothing();
    only_read(s);
}

#[test]
fn filters_choose_in_any_casing() {
    let mut s = Scenario::new();
    // Names do not tell the shares of two accounts apart, so the id is asked for first.
    let (share, account) = (s.protected_file_share_id(), account_id(&s));
    protect(&s, &[catalogue::FILE_SHARE, "Ärger über alles"]);
    let machine = s.azure().thing("protected_items", catalogue::VIRTUAL_MACHINE);
    let hana = s.azure().thing("protected_items", catalogue::HANA_DATABASE);
    let by_name = text("friendly_name", catalogue::FILE_SHARE.to_uppercase());
    let by_account = text("source_resource_id", account.to_uppercase());
    for (lines, expected) in [
        (vec!["workload_type = \"VM\""], vec![&*machine]),
        (vec![&*by_account], vec![&*share]),
        (vec![&*by_account, &*by_name, "workload_type = \"AzureFileShare\""], vec![&*share]),
        (vec!["friendly_name = \"gone\""], vec![]),
        (vec!["workload_type = \"SAPHanaDatabase\""], vec![&*hana]),
        (vec!["workload_type = \"SAPAseDatabase\""], vec![]),
    ] {
        let vault = vault(&s);
        let attributes = read(KIND, &[vec![&*vault], lines.clone()].concat(), &mut s);
        assert_eq!(ids(&attributes), expected, "{lines:?}");
    }
    let attributes = read(KIND, &[&vault(&s), &by_name], &mut s);
    assert_eq!(ids(&attributes).len(), 2, "shares of two accounts have the name");
    let attributes = read(KIND, &[&vault(&s), "friendly_name = \"äRGER ÜBER alles\""], &mut s);
    assert_eq!(column(&attributes, KIND, "friendly_name"), ["Ärger über alles"]);
    only_read(s);
}

#[test]
fn every_page_is_read_and_sorted_by_name() {
    let mut s = Scenario::new();
    let names: Vec<String> = (0..150).rev().map(|number| format!("share{number:03}")).collect();
    protect(&s, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let attributes = read(KIND, &[&vault(&s)], &mut s);
    let found = column(&attributes, KIND, "friendly_name");
    assert_eq!(found.len(), 154);
    assert!(found.is_sorted(), "{found:?}");
    only_read(s);
}

#[test]
fn a_share_that_is_found_by_account_and_name_is_restored_and_one_that_is_not_is_an_error() {
    let mut s = Scenario::new();
    let (vault, account) = (s.recovery_services_vault_id(), account_id(&s));
    let configure = |s: &Scenario, name: &str| {
        let found = "one(data.azurebackup_protected_items.x.protected_items[*].id)";
        let arguments = [text("vault_id", &vault), text("source_resource_id", &account), text("friendly_name", name)];
        s.configure(&format!(
            "data \"azurebackup_protected_items\" \"x\" {{\n  {}\n}}\n\
             resource \"azurebackup_file_share_restore\" \"x\" {{\n  protected_item_id = {found}\n  \
             copy_option = \"Skip\"\n  recovery_point = {{\n    latest = true\n  }}\n}}\n",
            arguments.join("\n  ")
        ));
    };
    configure(&s, "nowhere");
    let error = s.plan(&[]).fails().error().text();
    assert!(error.contains("protected_item_id"), "{error}");
    configure(&s, catalogue::FILE_SHARE);
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get("azurebackup_file_share_restore.x").text("status"), "Completed");
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn an_item_that_may_be_the_one_is_told_and_an_element_that_is_none_is_an_error() {
    let mut s = Scenario::new();
    let body =
        |item: Value| Action::Status { status: 200, headers: Default::default(), body: json!({"value": [item]}) };
    let nameless = json!({"id": s.protected_file_share_id(), "properties": {"workloadType": "AzureFileShare"}});
    s.fault(Fault::on("GET", "*/backupProtectedItems", body(nameless)));
    let lines = [&vault(&s), "friendly_name = \"x\""];
    let error = fault(KIND, &lines, "friendly_name", &mut s);
    assert!(error.contains("one item cannot be compared") && error.contains(&s.protected_file_share_id()), "{error}");
    s.fault(Fault::on("GET", "*/backupProtectedItems", body(json!({"name": "x"}))));
    let error = s.plan(&[]).fails().error().text();
    assert!(error.contains("names no protected item"), "{error}");
    only_read(s);
}

#[test]
fn a_vault_that_does_not_exist_is_told_on_its_id() {
    let mut s = Scenario::new();
    let nowhere = s.recovery_services_vault_id().replace(catalogue::RECOVERY_SERVICES_VAULT, "nowhere");
    let error = fault(KIND, &[&text("vault_id", nowhere)], "vault_id", &mut s);
    let parts = [
        "Reading the protected items of Recovery Services vault",
        "nowhere",
        "there is no such Recovery Services vault",
    ];
    for part in parts {
        assert!(error.contains(part), "{error}");
    }
    only_read(s);
}

#[test]
fn bad_input_is_told_before_azure_is_asked() {
    let vault = text("vault_id", in_a_recovery_services_vault("v"));
    let error = refused(KIND, &[&text("vault_id", elsewhere("v"))], "vault_id");
    assert!(error.contains("This is the ID of a Backup vault."), "{error}");
    refused(KIND, &[&vault, "source_resource_id = \"contososhares\""], "source_resource_id");
    let share = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Storage/\
                 storageAccounts/a/fileServices/default/shares/s";
    let error = refused(KIND, &[&vault, &text("source_resource_id", share)], "source_resource_id");
    assert!(error.contains("needs the ID of a storage account or a virtual machine"), "{error}");
    refused(KIND, &[&vault, "workload_type = \"AzureFiles\""], "workload_type");
    refused(KIND, &[&vault, "friendly_name = \"\""], "friendly_name");
}

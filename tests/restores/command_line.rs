//! The bodies that the Azure CLI makes, against ours for equal input. What the CLI sent was recorded without Azure; its bodies
//! are not part of the repository, and without their folder nothing is compared, and that is said.

use std::io::Write;
use std::path::Path as FilePath;
use std::sync::Once;

use azurebackup::azure::recovery_services::DatabaseFileKind;
use azurebackup::azure::resource_id::{Location, ResourceId};
use azurebackup::resources::file_share_restore::FileShareRestore;
use azurebackup::resources::recovery_services::ItemWorkload;
use azurebackup::resources::recovery_services::databases::DatabaseRestore;
use azurebackup::resources::virtual_machine_restore::VirtualMachineRestore;
use azurebackup::resources::vm_hana_database_restore::VM_HANA_DATABASE_RESTORE;
use azurebackup::resources::vm_sql_database_restore::VM_SQL_DATABASE_RESTORE;
use azurebackup::restore::record::RestoredFile;
use azurebackup::restore::recovery_services::{DatabaseFacts, ItemRequestContext};
use azurebackup::tfplugin::model::FromValue;
use azurebackup::tfplugin::value::{Path, Value};
use serde_json::{Value as Json, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Below the package's folder.
const EXAMPLES: &str = "../shared/reference/azure-recoveryservices/examples";
const GROUPS: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups";

/// The file of this name; `None` without the folder.
pub fn example(file: &str) -> Option<Json> {
    static TOLD: Once = Once::new();
    let folder = FilePath::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLES);
    if !folder.is_dir() {
        TOLD.call_once(|| {
            let said = format!("the bodies of the Azure CLI were not compared: there is no folder {EXAMPLES}");
            let _ = writeln!(std::io::stderr(), "{said}");
        });
        return None;
    }
    let text = std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    Some(serde_json::from_str(&text).unwrap())
}

/// The `properties` of the restore that a recorded command has sent.
fn sent_by_cli(name: &str) -> Option<Json> {
    let recorded = example(&format!("cli-built/{name}.json"))?;
    let restore = recorded["requests"].as_array().unwrap().iter().find(|request| {
        request["method"] == "POST" && request["url"].as_str().is_some_and(|url| url.contains("/restore?"))
    });
    Some(restore.unwrap_or_else(|| panic!("{name} restores nothing"))["body"]["properties"].clone())
}

/// Nulls dropped, ids without case.
pub fn normal(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            members.map(|(name, value)| (name.clone(), normal(value))).collect()
        }
        Json::Array(elements) => elements.iter().map(normal).collect(),
        Json::String(text) if text.starts_with('/') => json!(text.to_lowercase()),
        _ => value.clone(),
    }
}

/// A value of Terraform's out of JSON.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => (*truth).into(),
        Json::Number(number) => number.as_i64().unwrap().into(),
        Json::String(text) => text.as_str().into(),
        Json::Array(elements) => Value::List(elements.iter().map(value).collect()),
        Json::Object(members) => Value::object(members.iter().map(|(name, member)| (name.as_str(), value(member)))),
    }
}

/// The body that these arguments make.
fn ours<W: ItemWorkload>(workload: &W, source: &str, arguments: &Json, needs_rehydration: bool) -> Json {
    ours_in(workload, source, arguments, needs_rehydration, ("eastus", false))
}

/// The same in this region, which may be the secondary one.
fn ours_in<W: ItemWorkload>(
    workload: &W,
    source: &str,
    arguments: &Json,
    needs_rehydration: bool,
    (region, is_secondary): (&str, bool),
) -> Json {
    let arguments = W::Arguments::from_value(&value(arguments), &Path::root()).unwrap();
    let (source, region) = (ResourceId::parse(source).unwrap(), Location::new(region));
    let context = ItemRequestContext {
        source: &source,
        point: "rp1",
        needs_rehydration,
        region: Some(&region),
        is_secondary,
        database: DatabaseFacts::default(),
    };
    serde_json::to_value(workload.request(&arguments, context).unwrap()).unwrap()
}

/// The body that arguments make which ask for the same as a recorded restore of a database. Where its files go and which
/// machine it goes to is found in Azure: here, as the CLI has found it.
fn database(workload: &DatabaseRestore, cli: &Json) -> Json {
    database_in(workload, cli, false)
}

/// The same, perhaps from the secondary region.
fn database_in(workload: &DatabaseRestore, cli: &Json, is_secondary: bool) -> Json {
    let source = format!("{GROUPS}/sql-rg/providers/Microsoft.Compute/virtualMachines/sqlvm");
    let source = ResourceId::parse(cli["sourceResourceId"].as_str().unwrap_or(&source)).unwrap();
    let text = |file: &Json, name: &str| file[name].as_str().unwrap().to_owned();
    let file = |file: &Json| RestoredFile {
        kind: if file["mappingType"] == "Data" { DatabaseFileKind::Data } else { DatabaseFileKind::Log },
        logical_name: text(file, "sourceLogicalName"),
        source_path: text(file, "sourcePath"),
        target_path: text(file, "targetPath"),
    };
    let files: Vec<RestoredFile> = cli["alternateDirectoryPaths"].as_array().into_iter().flatten().map(file).collect();
    let facts = DatabaseFacts {
        instant: cli["pointInTime"].as_str().map(|at| OffsetDateTime::parse(at, &Rfc3339).unwrap()),
        target_machine: cli["targetVirtualMachineId"].as_str(),
        files: &files,
    };
    let needs_rehydration = cli["recoveryPointRehydrationInfo"].is_object();
    let context = ItemRequestContext {
        source: &source,
        point: "rp1",
        needs_rehydration,
        region: None,
        is_secondary,
        database: facts,
    };
    let mut arguments = json!({"rehydration": {"priority": "High", "retention_days": 12}});
    let target = &cli["targetInfo"];
    if let Some((instance, name)) = target["databaseName"].as_str().and_then(|name| name.split_once('/')) {
        let container = &target["containerId"];
        // The CLI always overwrites.
        arguments["target_database"] =
            json!({"container_id": container, "instance": instance, "name": name, "overwrite": true});
    } else if target.is_object() {
        let directory = &target["targetDirectoryForFileRestore"];
        arguments["target_files"] = json!({"container_id": target["containerId"], "directory": directory});
    }
    let arguments = FromValue::from_value(&value(&arguments), &Path::root()).unwrap();
    serde_json::to_value(workload.request(&arguments, context).unwrap()).unwrap()
}

/// Those of points in time are what the CLI would have sent, had it not stopped before: its library does not read ranges.
#[test]
fn bodies_of_databases_are_those_of_the_cli() {
    for (workload, names) in [
        (
            &VM_SQL_DATABASE_RESTORE,
            &["sql:original_full", "sql:original_pit", "sql:original_archive", "sql:alternate_full"][..],
        ),
        (&VM_SQL_DATABASE_RESTORE, &["sql:alternate_pit", "sql:as-files_full", "sql:as-files_pit"]),
        (&VM_HANA_DATABASE_RESTORE, &["hana:original_full", "hana:alternate_pit", "hana:as-files_full"]),
    ] {
        for name in names {
            let (server, name) = name.split_once(':').unwrap();
            let Some(cli) = sent_by_cli(&format!("{server}_restore-azurewl_{name}")) else { return };
            assert_eq!(normal(&database(workload, &cli)), normal(&cli), "{server} {name}");
        }
    }
}

fn machine(others: &Json, needs_rehydration: bool) -> Json {
    let staging = format!("{GROUPS}/vault-rg/providers/Microsoft.Storage/storageAccounts/stagingsa");
    let mut arguments = json!({ "staging_storage_account_id": staging });
    arguments.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    let source = format!("{GROUPS}/vm-rg/providers/Microsoft.Compute/virtualMachines/vm1");
    ours(&VirtualMachineRestore, &source, &arguments, needs_rehydration)
}

fn into_group(others: &Json) -> Json {
    let mut arguments = json!({"target_resource_group_id": format!("{GROUPS}/dst-rg")});
    arguments.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    arguments
}

fn new_machine(others: &Json) -> Json {
    let subnet = format!("{GROUPS}/net-rg/providers/Microsoft.Network/virtualNetworks/vnet1/subnets/default");
    let target = json!({"name": "vm2", "resource_group_id": format!("{GROUPS}/dst-rg"), "subnet_id": subnet});
    let mut arguments = json!({ "target_virtual_machine": target });
    arguments.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    arguments
}

#[test]
fn bodies_of_virtual_machines_are_those_of_the_cli() {
    let other = json!({"target_resource_group_id": "/subscriptions/99999999-9999-9999-9999-999999999999/resourceGroups/dst-rg"});
    let rehydration = json!({"rehydration": {"priority": "Standard", "retention_days": 15}});
    for (name, arguments, needs_rehydration) in [
        ("managed", into_group(&json!({})), false),
        ("cross-subscription", other, false),
        ("os-disk-only", into_group(&json!({"os_disk_only": true})), false),
        ("managed-identity", into_group(&json!({"identity": {"type": "SystemAssigned"}})), false),
        ("archive", into_group(&rehydration), true),
        ("new-vm", new_machine(&json!({})), false),
        ("new-vm_cross-zonal", new_machine(&json!({"zone": "2"})), false),
        ("replace-existing", json!({}), false),
    ] {
        let Some(cli) = sent_by_cli(&format!("vm_restore-disks_{name}")) else { return };
        assert_eq!(normal(&machine(&arguments, needs_rehydration)), normal(&cli), "{name}");
    }
}

/// The description says that LUNs are whole numbers, and so we send them. The CLI sends texts.
#[test]
fn luns_are_numbers_where_the_cli_sends_texts() {
    let Some(mut cli) = sent_by_cli("vm_restore-disks_selected-luns") else { return };
    assert_eq!(cli["restoreDiskLunList"], json!(["0", "1"]));
    cli["restoreDiskLunList"] = json!([0, 1]);
    assert_eq!(normal(&machine(&into_group(&json!({"disk_luns": [0, 1]})), false)), normal(&cli));
}

const SHARES: &str = "Microsoft.Storage/storageAccounts";

fn share(others: &Json) -> Json {
    let mut arguments = json!({"copy_option": "Overwrite"});
    arguments.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    arguments
}

#[test]
fn bodies_of_file_shares_are_those_of_the_cli() {
    let Some(cli) = sent_by_cli("restore-azurefileshare_original") else { return };
    let source = cli["sourceResourceId"].as_str().unwrap().to_owned();
    let made = |arguments: &Json| normal(&ours(&FileShareRestore, &source, arguments, false));
    assert_eq!(made(&share(&json!({}))), normal(&cli));
    let Some(mut guarded) = sent_by_cli("restore-azurefileshare_original_resource-guard") else { return };
    // The request to the guard is found in the vault, once the body is made.
    let guard = guarded.as_object_mut().unwrap().remove("resourceGuardOperationRequests");
    assert!(guard.is_some_and(|guard| guard[0].as_str().unwrap().ends_with("/triggerRestoreRequests/default")));
    assert_eq!(made(&share(&json!({}))), normal(&guarded));
}

/// Of each recorded restore of a share, the arguments of ours that ask for the same.
fn arguments_of(cli: &Json) -> Json {
    let mut arguments = json!({"copy_option": cli["copyOptions"]});
    let specs = cli["restoreFileSpecs"].as_array().cloned().unwrap_or_default();
    let files: Vec<Json> = specs
        .iter()
        .filter(|spec| spec["path"].is_string())
        .map(|spec| {
            let folder = &spec["targetFolderPath"];
            json!({"path": spec["path"], "type": spec["fileSpecType"], "target_folder": folder})
        })
        .collect();
    if !files.is_empty() {
        arguments["files"] = json!(files);
    }
    if let Some(target) = cli["targetDetails"].as_object() {
        arguments["target"] =
            json!({"storage_account_id": target["targetResourceId"], "file_share_name": target["name"]});
        let whole = specs.iter().find(|spec| !spec["path"].is_string());
        if let Some(spec) = whole {
            arguments["target"]["folder"] = spec["targetFolderPath"].clone();
        }
    }
    arguments
}

#[test]
fn bodies_of_files_and_of_other_shares_are_those_of_the_cli() {
    for name in ["restore-azurefileshare_alternate", "restore-azurefiles_original", "restore-azurefiles_alternate"] {
        let Some(mut cli) = sent_by_cli(name) else { return };
        let source = cli["sourceResourceId"].as_str().unwrap().to_owned();
        assert!(source.contains(SHARES), "{source}");
        let made = normal(&ours(&FileShareRestore, &source, &arguments_of(&cli), false));
        // The CLI writes an empty folder where there is none; Azure takes both for the root of the share.
        for spec in cli["restoreFileSpecs"].as_array_mut().into_iter().flatten() {
            if spec["targetFolderPath"] == "" {
                spec["targetFolderPath"] = Json::Null;
            }
        }
        assert_eq!(made, normal(&cli), "{name}");
    }
}

/// The four bodies of Microsoft's how-to page, which is the seed of file shares.
#[test]
fn the_four_bodies_of_the_how_to_page_come_out_equal() {
    for name in ["full_original", "full_alternate", "item_original", "item_alternate"] {
        let Some(page) = example(&format!("from-docs/azurefiles_restore_{name}.json")) else { return };
        let printed = page["request"]["body"]["properties"].clone();
        let source = printed["sourceResourceId"].as_str().unwrap().to_owned();
        let made = ours(&FileShareRestore, &source, &arguments_of(&printed), false);
        assert_eq!(normal(&made), normal(&printed), "{name}");
    }
}

/// What the CLI sends to the secondary region, in the envelope of the access.
#[test]
fn bodies_for_the_secondary_region_are_those_of_the_cli() {
    let of = |name: &str| {
        let recorded = example(&format!("cli-built/{name}.json"))?;
        let requests = recorded["requests"].as_array().unwrap().clone();
        let sent =
            requests.into_iter().find(|sent| sent["url"].as_str().unwrap().contains("/backupCrossRegionRestore?"));
        Some(sent.unwrap()["body"]["restoreRequest"].clone())
    };
    let Some(cli) = of("vm_restore-disks_cross-region") else { return };
    let staging = format!("{GROUPS}/vault-rg/providers/Microsoft.Storage/storageAccounts/stagingsa");
    let mut arguments = into_group(&json!({ "staging_storage_account_id": staging }));
    arguments["secondary_region"] = json!(true);
    let source = cli["sourceResourceId"].as_str().unwrap();
    let made = ours_in(&VirtualMachineRestore, source, &arguments, false, ("westus", true));
    assert_eq!(normal(&made), normal(&cli));
    let Some(cli) = of("sql_restore-azurewl_alternate_cross-region") else { return };
    assert_eq!(normal(&database_in(&VM_SQL_DATABASE_RESTORE, &cli, true)), normal(&cli));
    let Some(cli) = of("restore-azurefileshare_cross-region") else { return };
    let source = cli["sourceResourceId"].as_str().unwrap();
    let made = ours_in(&FileShareRestore, source, &arguments_of(&cli), false, ("westus", true));
    assert_eq!(normal(&made), normal(&cli));
}

//! What each workload takes and refuses, and what its jobs show.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::super::catalogue::{self, CLUSTER, COSMOSDB, DISK, LAKE, MYSQL, POSTGRESQL};
use super::super::super::client::{
    SimulatorClient, cluster, disk, every_workload, files, instance, lake, point, whole,
};
use super::super::super::paging::Paging;
use super::super::super::script::{Ending, JobScript, Warning};
use super::super::super::world::World;
use super::super::super::{BackupVault, Resource, ServiceError, SimulatorBuilder, StorageAccount, UNTIL_GRANTED};
use super::super::blobs::BLOBS;
use super::super::cosmosdb_accounts::COSMOSDB_ACCOUNT;
use super::super::workloads::ALL;

const INVALID: &str = "BMSUserErrorInvalidInput";

fn client() -> SimulatorClient {
    SimulatorClient::of(every_workload())
}

/// An order of each workload that can be met, with its instance.
fn right() -> Vec<(&'static str, Value)> {
    vec![
        (POSTGRESQL, files("0102", "orders-")),
        (MYSQL, files("0202", "invoices-")),
        (DISK, disk("restored")),
        (LAKE, lake()),
        (CLUSTER, cluster("OperationalStore")),
        (CLUSTER, cluster("VaultStore")),
        (COSMOSDB, documents(catalogue::COSMOSDB_TARGET_ACCOUNT)),
    ]
}

/// A Cosmos DB account's point into the account of this name.
fn documents(name: &str) -> Value {
    whole(&COSMOSDB_ACCOUNT, "VaultStore", "0702", &Resource::cosmosdb_account(name).id())
}

fn with(mut order: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut order);
    order
}

fn target(order: &mut Value) -> &mut Value {
    &mut order["restoreTargetInfo"]
}

#[test]
fn every_workload_of_the_list_has_a_backup_in_the_world_of_rehearsals_and_an_order_here() {
    let protected = |client: &SimulatorClient, is_asked: &dyn Fn(&str) -> bool| {
        let of_instances = |world: &mut World| -> BTreeSet<&str> {
            let instances = world.backup_vaults().iter().flat_map(|vault| vault.instances.iter());
            instances.filter(|own| is_asked(&own.name)).map(|own| own.workload.datasource_type).collect()
        };
        client.simulator.change(of_instances)
    };
    let listed: BTreeSet<&str> = ALL.iter().map(|workload| workload.datasource_type).collect();
    assert_eq!(
        protected(&SimulatorClient::of(SimulatorBuilder::demo()), &|_| true),
        listed,
        "the world of rehearsals protects the first, ALL lists the second"
    );
    // Orders for blobs have tests of their own.
    let mut ordered = protected(&client(), &|name| right().iter().any(|(own, _)| *own == name));
    ordered.insert(BLOBS.datasource_type);
    assert_eq!(ordered, listed, "right() orders the first, ALL lists the second");
}

#[test]
fn every_workload_is_validated_and_restored() {
    for (name, order) in right() {
        let client = client();
        assert_eq!(client.validation_error(&instance(name), &order), "", "{name}");
        client.simulator.next_restore(JobScript::ended(Ending::Completed));
        let job = client.restore(&instance(name), &order);
        let shown = client.get(&job).value();
        assert_eq!(shown["properties"]["status"], "Completed", "{name}");
        let own = client.get(&instance(name)).value()["properties"]["dataSourceInfo"]["datasourceType"].take();
        assert_eq!(shown["properties"]["dataSourceType"], own, "{name}");
    }
}

#[test]
fn the_world_of_rehearsals_has_a_usable_backup_of_every_workload() {
    let client = SimulatorClient::of(SimulatorBuilder::demo());
    for (name, order) in right() {
        let own = BackupVault::new("contoso-backup").instance_id(name);
        assert_eq!(client.validation_error(&own, &order), "", "{name}");
    }
}

#[test]
fn an_order_of_one_workload_is_no_order_of_another() {
    for (name, order) in right() {
        for (other, _) in right().into_iter().filter(|(other, _)| *other != name) {
            let client = client();
            let of_databases = [POSTGRESQL, MYSQL].contains(&name) && [POSTGRESQL, MYSQL].contains(&other);
            let error = client.trigger_error(&instance(other), &order);
            // Files look alike whatever they come from: only the point is not there.
            let wanted = if of_databases { "UserErrorRestorePointNotFound" } else { INVALID };
            assert_eq!(error, (400, wanted.to_owned()), "{name} to {other}");
        }
    }
}

#[test]
fn a_wrong_store_request_or_target_is_refused_at_once() {
    for (name, order) in right() {
        let client = client();
        let refused = |order: Value| client.validation_error(&instance(name), &order) == INVALID;
        assert!(refused(with(order.clone(), |order| order["sourceDataStoreType"] = json!("SnapshotStore"))), "{name}");
        let by_time = |order: &mut Value| {
            order["objectType"] = json!("AzureBackupRecoveryTimeBasedRestoreRequest");
            order.as_object_mut().unwrap().remove("recoveryPointId");
            order["recoveryPointTime"] = json!("2026-11-19T08:00:00.0000000Z");
        };
        assert!(refused(with(order.clone(), by_time)), "{name}");
        assert!(refused(with(order.clone(), |order| target(order)["extra"] = json!(1))), "{name}");
        assert!(refused(with(order, |order| target(order)["recoveryOption"] = json!("Overwrite"))), "{name}");
    }
}

#[test]
fn files_need_a_container_that_is_there() {
    let client = client();
    let error = |change: &dyn Fn(&mut Value)| {
        let order = with(files("0102", "orders-"), |order| change(&mut target(order)["targetDetails"]));
        client.validation_error(&instance(POSTGRESQL), &order)
    };
    let url = |url: &str| error(&|details| details["url"] = json!(url));
    assert_eq!(url("https://contosofiles.blob.core.windows.net/none"), "UserErrorContainerNotAccessible");
    assert_eq!(url("https://nobody.blob.core.windows.net/database-dumps"), "UserErrorContainerNotAccessible");
    assert_eq!(url("http://contosofiles.blob.core.windows.net/database-dumps"), INVALID);
    assert_eq!(error(&|details| details["filePrefix"] = json!("")), INVALID);
    assert_eq!(error(&|details| details["restoreTargetLocationType"] = json!("AzureFiles")), INVALID);
    let account = StorageAccount::new(catalogue::FILES_ACCOUNT);
    let id =
        |container: &str| error(&|details| details["targetResourceArmId"] = json!(account.container_id(container)));
    assert_eq!((id(catalogue::FILES_CONTAINER), id("other")), (String::new(), INVALID.to_owned()));
}

#[test]
fn the_job_of_files_tells_their_container_and_prefix() {
    let client = client();
    client.simulator.next_restore(JobScript::running(1).then(Ending::Completed));
    let job = client.restore(&instance(POSTGRESQL), &files("0102", "orders-"));
    let info = |job: &Value| job["properties"]["extendedInfo"].clone();
    let running = client.get(&job).value();
    assert_eq!(info(&running)["subTasks"][0]["additionalDetails"], Value::Null);
    let done = client.get(&job).value();
    assert_eq!(done["properties"]["progressEnabled"], true);
    assert_eq!(info(&done)["recoveryDestination"], "https://contosofiles.blob.core.windows.net/database-dumps");
    assert_eq!(info(&done)["additionalDetails"], json!({"Restore File Prefix": "orders-"}));
    assert_eq!(info(&done)["sourceRecoverPoint"]["recoveryPointID"], point("0102"));
    assert_eq!(info(&done)["dataTransferredInBytes"], Value::Null);
    assert_eq!(info(&done)["subTasks"][0]["additionalDetails"]["DataTransferredInBytes"], "69827");
    assert_eq!(done["properties"]["dataSourceSetName"], "contosoorders", "the name of the server");
}

#[test]
fn the_name_of_a_disk_must_be_free_before_and_at_the_end() {
    let client = client();
    let taken = "UserErrorSameNameDiskAlreadyExists";
    assert_eq!(client.validation_error(&instance(DISK), &disk("contosodata")), taken);
    client.simulator.next_restore(JobScript::held());
    let first = client.restore(&instance(DISK), &disk("restored"));
    assert_eq!(client.trigger_error(&instance(DISK), &disk("restored")), (400, taken.into()));
    client.simulator.change(|world| world.resources.push(Resource::disk("restored")));
    client.simulator.release(&first);
    let failed = client.get(&first).value();
    assert_eq!(failed["properties"]["errorDetails"][0]["code"], taken);
    client.simulator.next_restore(JobScript::ended(Ending::Completed));
    let second = client.restore(&instance(DISK), &disk("restored-2"));
    assert_eq!(client.get(&second).value()["properties"]["restoreType"], Value::Null);
    assert_eq!(client.get(&Resource::disk("restored-2").id()).status, 200);
    assert_eq!(client.validation_error(&instance(DISK), &disk("RESTORED-2")), taken);
}

#[test]
fn a_disk_goes_into_a_group_that_exists_and_is_named_by_its_id() {
    let client = client();
    let onto = |id: String| {
        let order = with(disk("x"), |order| target(order)["datasourceInfo"]["resourceID"] = json!(id));
        client.validation_error(&instance(DISK), &order)
    };
    assert_eq!(onto(Resource::disk("x").resource_group("none").id()), "UserErrorRestoreTargetRGNotFound");
    assert_eq!(onto(Resource::kubernetes_cluster("x").id()), INVALID);
    assert_eq!(onto("x".into()), INVALID);
}

#[test]
fn a_data_lake_goes_onto_another_account_and_its_containers_must_be_free() {
    let client = client();
    let source = StorageAccount::new("contosolake").id();
    let back = with(lake(), |order| target(order)["datasourceInfo"]["resourceID"] = json!(source));
    assert_eq!(client.validation_error(&instance(LAKE), &back), "UserErrorOriginalLocationRestoreNotSupported");
    client.simulator.next_restore(JobScript::held());
    let job = client.restore(&instance(LAKE), &lake());
    assert_eq!(client.validation_error(&instance(LAKE), &lake()), "UserErrorTargetContainersExistOnAccount");
    client.simulator.change(|world| {
        let target = StorageAccount::new(catalogue::LAKE_TARGET_ACCOUNT).id();
        world.storage_account_mut(&target).unwrap().containers.insert("raw".into())
    });
    client.simulator.release(&job);
    let failed = client.get(&job).value();
    assert_eq!(failed["properties"]["errorDetails"][0]["code"], "UserErrorTargetContainersExistOnAccount");
}

#[test]
fn a_cluster_takes_one_criterion_of_its_store() {
    let client = client();
    let error = |order: Value| client.validation_error(&instance(CLUSTER), &order);
    let criterion = |order: &mut Value| target(order)["restoreCriteria"][0].clone();
    let twice = |order: &mut Value| {
        let one = criterion(order);
        target(order)["restoreCriteria"] = json!([one, one]);
    };
    assert_eq!(error(with(cluster("OperationalStore"), twice)), INVALID);
    assert_eq!(error(with(cluster("OperationalStore"), |order| target(order)["restoreCriteria"] = json!([]))), INVALID);
    let other_store = |order: &mut Value| order["sourceDataStoreType"] = json!("VaultStore");
    assert_eq!(error(with(cluster("OperationalStore"), other_store)), INVALID);
    for missing in ["stagingResourceGroupId", "stagingStorageAccountId"] {
        let without = |order: &mut Value| target(order)["restoreCriteria"][0][missing] = Value::Null;
        assert_eq!(error(with(cluster("VaultStore"), without)), INVALID);
        let nowhere =
            |order: &mut Value| target(order)["restoreCriteria"][0][missing] = json!("/subscriptions/s/nowhere");
        assert_eq!(error(with(cluster("VaultStore"), nowhere)), "UserErrorAzureResourceNotFoundByPlugin");
    }
    for (member, value) in [
        ("includeClusterScopeResources", Value::Null),
        ("conflictPolicy", json!("Replace")),
        ("namespaceMappings", json!({"a": 1})),
        ("restoreHookReferences", json!([{"hook": "x"}])),
        ("namespaces", json!([])),
    ] {
        let wrong = |order: &mut Value| target(order)["restoreCriteria"][0][member] = value;
        assert_eq!(error(with(cluster("OperationalStore"), wrong)), INVALID, "{member}");
    }
}

#[test]
fn a_cluster_is_its_own_set_and_exists_and_is_ready() {
    let client = client();
    let error = |change: &dyn Fn(&mut Value)| {
        client.validation_error(&instance(CLUSTER), &with(cluster("OperationalStore"), |order| change(target(order))))
    };
    assert_eq!(error(&|target| target["datasourceSetInfo"] = Value::Null), INVALID);
    assert_eq!(error(&|target| target["datasourceSetInfo"]["resourceName"] = json!("other")), INVALID);
    assert_eq!(error(&|target| target["datasourceSetInfo"]["objectType"] = json!("Datasource")), INVALID);
    let elsewhere = |target: &mut Value| {
        for member in ["datasourceInfo", "datasourceSetInfo"] {
            target[member]["resourceID"] = json!(Resource::kubernetes_cluster("none").id());
        }
    };
    assert_eq!(error(&elsewhere), "UserErrorAzureResourceNotFoundByPlugin");
    let lower_case = |target: &mut Value| {
        for member in ["datasourceInfo", "datasourceSetInfo"] {
            target[member]["resourceType"] = json!("Microsoft.ContainerService/managedclusters");
        }
    };
    assert_eq!(error(&lower_case), "");
    let missing = "UserErrorKubernetesBackupExtensionNotFoundError";
    client.simulator.change(|world| {
        let cluster = world.resources.iter_mut().find(|own| own.name == catalogue::TARGET_CLUSTER).unwrap();
        cluster.unfit = Some(ServiceError::new(missing, "The extension is not installed."));
    });
    assert_eq!(error(&|_| ()), missing);
}

#[test]
fn a_cosmos_db_account_goes_into_another_one_that_is_there_and_is_free() {
    let client = client();
    let error = |name: &str| client.validation_error(&instance(COSMOSDB), &documents(name));
    assert_eq!(error("contoso-documents"), "UserErrorOriginalLocationRestoreNotSupported");
    assert_eq!(error("nobodys"), "UserErrorAzureResourceNotFoundByPlugin");
    client.simulator.next_restore(JobScript::held());
    let job = client.restore(&instance(COSMOSDB), &documents(catalogue::COSMOSDB_TARGET_ACCOUNT));
    assert_eq!(error(catalogue::COSMOSDB_TARGET_ACCOUNT), "UserErrorMaxConcurrentOperationLimitReached");
    assert_eq!(error(catalogue::COSMOSDB_SPARE_ACCOUNT), "");
    client.simulator.release(&job);
    assert_eq!(client.get(&job).value()["properties"]["restoreType"], "ALR");
}

#[test]
fn a_busy_target_of_files_or_of_a_cluster_is_refused_until_it_is_free() {
    for (name, order) in [(POSTGRESQL, files("0102", "orders-")), (CLUSTER, cluster("OperationalStore"))] {
        let client = client();
        client.simulator.next_restore(JobScript::held());
        let job = client.restore(&instance(name), &order);
        let busy = "UserErrorMaxConcurrentOperationLimitReached";
        assert_eq!(client.trigger_error(&instance(name), &order), (400, busy.into()), "{name}");
        client.simulator.release(&job);
        assert_eq!(client.trigger_error(&instance(name), &order).0, 202, "{name}");
    }
}

#[test]
fn a_clusters_job_may_end_with_warnings() {
    let client = client();
    let ending = Ending::CompletedWithWarnings(vec![Warning::kubernetes("shop/web-0")]);
    client.simulator.next_restore(JobScript::ended(ending));
    let job = client.get(&client.restore(&instance(CLUSTER), &cluster("OperationalStore"))).value();
    let warning = &job["properties"]["extendedInfo"]["warningDetails"][0];
    assert_eq!(warning["warning"]["code"], "KubernetesBackupGenericWarning");
    assert_eq!((&warning["resourceName"], &job["properties"]["restoreType"]), (&json!("shop/web-0"), &json!("ALR")));
}

#[test]
fn a_role_granted_late_fails_validations_with_the_advice_three_levels_down() {
    for (name, order, code, role) in [
        (POSTGRESQL, files("0102", "x"), "UserErrorContainerNotAccessible", "Storage Blob Data Contributor"),
        (LAKE, lake(), "UserErrorMissingRequiredPermissions", "Storage Account Backup Contributor"),
        (
            COSMOSDB,
            documents(catalogue::COSMOSDB_TARGET_ACCOUNT),
            "UserErrorMissingRequiredPermissions",
            "Cosmos DB Operator",
        ),
        (DISK, disk("d"), "UserErrorDiskBackupRestoreRGOrMSIPermissionsNotPresent", "Disk Restore Operator"),
        (
            CLUSTER,
            cluster("VaultStore"),
            "UserErrorExtensionMSIMissingPermissionsOnBackupStorageLocation",
            "Storage Blob Data Contributor",
        ),
    ] {
        let client = client();
        let missing = |validations: u32| {
            client.simulator.change(|world| world.instance_named(name).unwrap().validations_without_role = validations);
        };
        missing(1);
        let body = json!({"restoreRequestObject": order});
        let failed = client.follow(&client.post(&format!("{}/validateRestore", instance(name)), &body));
        let info = &failed["error"]["additionalInfo"][0]["info"];
        assert_eq!((&failed["status"], &info["code"]), (&json!("Failed"), &json!(code)));
        assert!(info["recommendedAction"][0].as_str().unwrap().contains(role), "{info}");
        assert_eq!(client.validation_error(&instance(name), &order), "");
        missing(UNTIL_GRANTED);
        for _ in 0..3 {
            assert_eq!(client.validation_error(&instance(name), &order), code);
        }
        assert_eq!(client.trigger_error(&instance(name), &order), (400, code.into()));
        assert!(client.simulator.grant(name) && !client.simulator.grant("nobody"));
        assert_eq!(client.validation_error(&instance(name), &order), "");
    }
}

#[test]
fn another_error_can_stand_for_a_late_role() {
    let client = client();
    client.simulator.change(|world| {
        let own = world.instance_named(DISK).unwrap();
        own.validations_without_role = 1;
        own.role_error = Some(ServiceError::new("UserErrorNotEnoughPermissionOnTargetRG", "no"));
    });
    assert_eq!(client.validation_error(&instance(DISK), &disk("d")), "UserErrorNotEnoughPermissionOnTargetRG");
}

#[test]
fn an_archived_point_needs_rehydration_of_ten_to_thirty_days() {
    let client = client();
    let error = |order: Value| client.validation_error(&instance(POSTGRESQL), &order);
    let archived = "UserErrorArchivedRecoveryPointsRequestedForRestore";
    assert_eq!(error(files("0103", "x")), archived);
    let plain = with(files("0103", "x"), |order| order["sourceDataStoreType"] = json!("ArchiveStore"));
    assert_eq!(error(plain), archived);
    let rehydrated = |priority: &str, duration: &str| {
        with(files("0103", "x"), |order| {
            order["objectType"] = json!("AzureBackupRestoreWithRehydrationRequest");
            order["sourceDataStoreType"] = json!("ArchiveStore");
            order["rehydrationPriority"] = json!(priority);
            order["rehydrationRetentionDuration"] = json!(duration);
        })
    };
    assert_eq!(error(rehydrated("Standard", "P15D")), "");
    for (priority, duration) in [("Standard", "15D"), ("High", "P9D"), ("High", "P31D"), ("Invalid", "P15D")] {
        assert_eq!(error(rehydrated(priority, duration)), INVALID, "{priority} {duration}");
    }
    let job = client.get(&client.restore(&instance(POSTGRESQL), &rehydrated("High", "P10D"))).value();
    assert_eq!(job["properties"]["rehydrationPriority"], "High");
    assert_eq!(job["properties"]["sourceDataStoreType"], "ArchiveStore");
    // Snapshots have no archive.
    let snapshot = with(disk("d"), |order| {
        order["objectType"] = json!("AzureBackupRestoreWithRehydrationRequest");
        order["rehydrationPriority"] = json!("High");
        order["rehydrationRetentionDuration"] = json!("P15D");
    });
    assert_eq!(client.validation_error(&instance(DISK), &snapshot), INVALID);
}

#[test]
fn a_copy_may_expire_before_its_point() {
    let client = client();
    client.simulator.change(|world| {
        let point = &mut world.instance_named(CLUSTER).unwrap().recovery_points[0];
        point.stores[0].expiry = Some(point.time);
    });
    let error = |store: &str| client.validation_error(&instance(CLUSTER), &cluster(store));
    assert_eq!(
        (error("OperationalStore"), error("VaultStore")),
        ("UserErrorRestorePointNotFound".into(), String::new())
    );
}

#[test]
fn the_reason_for_invalid_input_stands_in_the_journal_alone() {
    let client = client();
    let reply = client.post(&format!("{}/restore", instance(DISK)), &lake());
    assert!(!reply.value().to_string().contains("kind"));
    assert!(client.simulator.journal().text().contains("the target is not of a kind for this workload"));
}

#[test]
fn points_of_every_workload_can_be_listed() {
    let client = SimulatorClient::of(every_workload().paging(Paging { size: 1, begins_with_an_empty_page: false }));
    for (name, _) in right() {
        let page = client.get(&format!("{}/recoveryPoints", instance(name))).value();
        assert_eq!(page["value"].as_array().unwrap().len(), 1, "{name}");
        assert!(page["nextLink"].is_string(), "{name}");
    }
}

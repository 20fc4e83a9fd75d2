use std::sync::Arc;

use serde_json::json;

use super::super::{DataStore, RecoveryOption, RestorePoint, RestoreTargetInfo, TargetDetails};
use super::*;
use crate::azure::scripted::{ScriptedTransport, WAIT, answer, client, deadline, with_headers};

const LOCATION: &str =
    "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/locations/eastus";
const INSTANCE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i";
const JOB: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/BackupVaults/v/backupJobs/j";

fn instance() -> BackupInstanceId {
    BackupInstanceId::parse(INSTANCE).unwrap()
}

fn region() -> SecondaryRegion {
    SecondaryRegion {
        vault: instance().vault().clone(),
        source_region: Location::new("westus"),
        location: Location::new("East US"),
    }
}

fn request() -> RestoreRequest {
    RestoreRequest {
        point: RestorePoint::RecoveryPointBased { recovery_point_id: "p".to_owned() },
        restore_target_info: RestoreTargetInfo::Files {
            recovery_option: RecoveryOption::FailIfExists,
            restore_location: "eastus".to_owned(),
            target_details: TargetDetails {
                url: "https://a.blob.core.windows.net/c".to_owned(),
                file_prefix: "f".to_owned(),
                restore_target_location_type: super::super::RestoreTargetLocationType::AzureBlobs,
                target_resource_arm_id: None,
            },
        },
        source_data_store_type: DataStore::VaultStore,
        source_resource_id: None,
        identity_details: None,
        resource_guard_operation_requests: Vec::new(),
    }
}

fn sent(transport: &Arc<ScriptedTransport>, index: usize) -> (String, Value) {
    let seen = transport.seen();
    (seen[index].line.clone(), serde_json::from_slice(seen[index].body.as_ref().unwrap()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn validation_and_trigger_say_which_instance_of_which_region_is_restored() {
    let accepted = || with_headers(202, &[("location", LOCATION)], "");
    let transport = ScriptedTransport::new(vec![accepted(), accepted()]);
    let service = DataProtection::new(client(&transport));
    let (region, instance, deadline) = (region(), instance(), deadline(60));
    service.validate_cross_region_restore(&region, &instance, &request(), &deadline).await.unwrap();
    service.trigger_cross_region_restore(&region, &instance, &request(), Uuid::nil(), &deadline, WAIT).await.unwrap();
    let body = json!({
        "restoreRequestObject": request(),
        "crossRegionRestoreDetails": {"sourceRegion": "westus", "sourceBackupInstanceId": INSTANCE},
    });
    let line = |call: &str| format!("POST {LOCATION}/{call}?api-version=2026-06-01");
    assert_eq!(sent(&transport, 0), (line("validateCrossRegionRestore"), body.clone()));
    assert_eq!(sent(&transport, 1), (line("crossRegionRestore"), body));
}

#[tokio::test(start_paused = true)]
async fn points_are_read_page_by_page_with_the_same_body() {
    let next = format!("{LOCATION}/fetchSecondaryRecoveryPoints?api-version=2026-06-01&$skipToken=2");
    let point = |id: &str| json!({"name": id, "properties": {"recoveryPointId": id}});
    let transport = ScriptedTransport::new(vec![
        answer(200, json!({"value": [point("a")], "nextLink": next})),
        answer(200, json!({"value": [point("b")]})),
    ]);
    let service = DataProtection::new(client(&transport));
    let points = service.secondary_recovery_points(&region(), &instance(), &deadline(60)).await.unwrap();
    assert_eq!(points.iter().map(|point| point.recovery_point_id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let (second, body) = sent(&transport, 1);
    assert_eq!(second, format!("POST {next}"));
    assert_eq!(body, sent(&transport, 0).1);
    assert_eq!(body, json!({"sourceRegion": "westus", "sourceBackupInstanceId": INSTANCE}));
}

#[tokio::test(start_paused = true)]
async fn jobs_are_asked_for_in_the_secondary_region_and_another_jobs_answer_is_refused() {
    let job = |name: &str| {
        json!({"id": JOB.replace("/j", &format!("/{name}")), "name": name,
            "properties": {"status": "InProgress", "operationCategory": "CrossRegionRestore"}})
    };
    let transport = ScriptedTransport::new(vec![
        answer(200, json!({"value": [job("j")]})),
        answer(200, job("j")),
        answer(200, job("x")),
    ]);
    let service = DataProtection::new(client(&transport));
    let (region, id) = (region(), instance().vault().job("j").unwrap());
    let listed = service.cross_region_jobs(&region, &|_| true, &deadline(60)).await.unwrap();
    assert_eq!(listed.elements[0].id, id);
    let read = service.cross_region_job(&region, &id, &deadline(60)).await.unwrap();
    assert!(read.is_restore(), "{read:?}");
    assert!(matches!(service.cross_region_job(&region, &id, &deadline(60)).await, Err(ArmError::Unreadable { .. })));
    let vault = instance().vault().to_string();
    assert_eq!(sent(&transport, 0).1, json!({"sourceRegion": "westus", "sourceBackupVaultId": vault}));
    assert_eq!(sent(&transport, 1).1, json!({"sourceRegion": "westus", "sourceBackupVaultId": vault, "jobId": "j"}));
}

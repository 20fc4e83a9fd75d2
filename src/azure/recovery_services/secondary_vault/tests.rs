use std::sync::Arc;

use serde_json::json;
use time::macros::datetime;

use super::super::{CopyOptions, FileShareRestoreRequest, StagingAccount, VirtualMachineRestoreRequest};
use super::super::{TargetFileShare, VirtualMachineTarget};
use super::*;
use crate::azure::poll::PollResult;
use crate::azure::scripted::{NOW, ScriptedTransport, WAIT, answer, client, deadline, with_headers};

const LOCATION: &str =
    "https://management.azure.com/subscriptions/s/providers/Microsoft.RecoveryServices/locations/northeurope";
const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";
const ITEM: &str =
    "backupFabrics/Azure/protectionContainers/StorageContainer;Storage;g;a/protectedItems/AzureFileShare;50";

fn copy(transport: &Arc<ScriptedTransport>) -> SecondaryVault {
    let service = RecoveryServices::new(client(transport));
    service.in_secondary_region(RecoveryServicesVaultId::parse(VAULT).unwrap(), &Location::new("North Europe"))
}

fn item() -> ProtectedItemId {
    ProtectedItemId::parse(&format!("{VAULT}/{ITEM}")).unwrap()
}

fn body(transport: &Arc<ScriptedTransport>, index: usize) -> Value {
    serde_json::from_slice(transport.seen()[index].body.as_ref().unwrap()).unwrap()
}

fn share() -> ItemRestoreRequest {
    let mut request = FileShareRestoreRequest::new("/account", CopyOptions::Overwrite);
    let target = TargetFileShare { name: "t".to_owned(), target_resource_id: "/target".to_owned() };
    request.target_details = Some(target);
    ItemRestoreRequest::FileShare(request)
}

fn machine() -> ItemRestoreRequest {
    let target =
        VirtualMachineTarget::RestoreDisks { target_resource_group_id: "/g".to_owned(), restore_disk_lun_list: None };
    let staging = StagingAccount::ByKey { storage_account_id: "/staging".to_owned() };
    ItemRestoreRequest::VirtualMachine(Box::new(VirtualMachineRestoreRequest::new(
        "1",
        "/machine",
        "northeurope",
        target,
        staging,
    )))
}

/// Access to a point, as Azure gives it, and what was asked on the way.
async fn obtained(kind: BackupManagementType) -> (RestoreAccess, Arc<ScriptedTransport>) {
    let identity = json!({"properties": {"tenantId": "t", "audience": "https://a", "servicePrincipalObjectId": "o",
        "identityVersion": "1.0"}});
    let access = json!({"name": "1", "properties": {"objectType": "WorkloadCrrAccessToken", "accessTokenString": "hunter2",
        "protectionContainerId": 9_223_372_036_854_775_807_i64, "accessType": "new"}});
    let transport = ScriptedTransport::new(vec![answer(200, identity), answer(200, access)]);
    let point = item().recovery_point("1").unwrap();
    let access = copy(&transport).restore_access(&point, kind, &deadline(60)).await.unwrap();
    (access, transport)
}

#[tokio::test(start_paused = true)]
async fn access_is_asked_for_with_the_identity_of_the_region_and_of_machines_without_a_filter() {
    let (_, transport) = obtained(BackupManagementType::AzureStorage).await;
    let filter = "&$filter=backupManagementType%20eq%20%27AzureStorage%27";
    let asked = transport.lines();
    let decoded = asked[0].replace("%24filter", "$filter").replace('\'', "%27");
    assert_eq!(decoded, format!("GET {LOCATION}/backupAadProperties?api-version=2023-01-15{filter}"));
    assert_eq!(
        asked[1],
        format!("POST https://management.azure.com{VAULT}/{ITEM}/recoveryPoints/1/accessToken?api-version=2023-01-15")
    );
    let known = json!({"tenantId": "t", "audience": "https://a", "servicePrincipalObjectId": "o"});
    assert_eq!(body(&transport, 1), json!({ "properties": known }));
    let (_, transport) = obtained(BackupManagementType::AzureIaasVM).await;
    assert_eq!(transport.lines()[0], format!("GET {LOCATION}/backupAadProperties?api-version=2023-01-15"));
}

#[tokio::test(start_paused = true)]
async fn a_trigger_sends_the_access_back_as_it_came_and_reads_the_job_from_the_operation() {
    let (access, _) = obtained(BackupManagementType::AzureStorage).await;
    assert!(!format!("{access:?}").contains("hunter2"));
    let status = format!("{LOCATION}/backupCrrOperationsStatus/MTMz%3D?api-version=2023-01-15&t=1&s=S");
    let accepted = [("azure-asyncoperation", status.as_str()), ("retry-after", "60")];
    let made = json!({"id": "/subscriptions/s/x", "status": "Succeeded",
        "properties": {"objectType": "OperationStatusJobExtendedInfo", "jobId": "a7e9"}});
    let transport = ScriptedTransport::new(vec![with_headers(202, &accepted, ""), answer(200, made)]);
    let copy = copy(&transport);
    let begun = copy.trigger_restore(&access, &share(), Uuid::nil(), &deadline(60), WAIT).await.unwrap();
    let OperationStart::Accepted(operation) = begun else { panic!() };
    let job = copy.vault().job("a7e9").unwrap();
    assert_eq!(copy.operation(&operation, &deadline(60)).await.unwrap(), PollResult::Ready(Ok(Some(job))));
    let sent = &transport.seen()[0];
    assert_eq!(sent.line, format!("POST {LOCATION}/backupCrossRegionRestore?api-version=2023-01-15"));
    assert_eq!(sent.header("x-ms-client-request-id"), Some("00000000-0000-0000-0000-000000000000"));
    let details = json!({"objectType": "WorkloadCrrAccessToken", "accessTokenString": "hunter2",
        "protectionContainerId": 9_223_372_036_854_775_807_i64, "accessType": "new"});
    let request = serde_json::to_value(share()).unwrap();
    assert_eq!(body(&transport, 0), json!({"crossRegionRestoreAccessDetails": details, "restoreRequest": request}));
}

#[tokio::test(start_paused = true)]
async fn of_a_machine_the_access_gets_the_type_that_the_command_line_writes() {
    let (access, _) = obtained(BackupManagementType::AzureIaasVM).await;
    let transport = ScriptedTransport::new(vec![with_headers(202, &[("location", LOCATION)], "")]);
    copy(&transport).trigger_restore(&access, &machine(), Uuid::nil(), &deadline(60), WAIT).await.unwrap();
    let sent = body(&transport, 0);
    assert_eq!(sent["crossRegionRestoreAccessDetails"]["objectType"], "CrrAccessToken");
    assert_eq!(sent["crossRegionRestoreAccessDetails"]["accessType"], "new");
    assert_eq!(sent["restoreRequest"]["region"], "northeurope");
}

#[tokio::test(start_paused = true)]
async fn jobs_are_read_by_post_in_windows_and_a_job_by_its_name() {
    let job = |name: &str| {
        json!({"id": "/subscriptions/s/providers/microsoft.recoveryservices/locations/northeurope/backupJobs/x",
        "name": name, "properties": {"operation": "CrossRegionRestore", "status": "InProgress"}})
    };
    let page = |names: &[&str]| answer(200, json!({"value": names.iter().map(|name| job(name)).collect::<Vec<_>>()}));
    let script = vec![page(&["b", "a"]), page(&["b"]), answer(200, job("J")), answer(200, job("other"))];
    let transport = ScriptedTransport::new(script);
    let copy = copy(&transport);
    let since = NOW - time::Duration::days(40);
    let listed = copy.jobs(since, NOW, |job| job.is_restore(), &deadline(60)).await.unwrap();
    let names: Vec<&str> = listed.elements.iter().map(|job| job.id.name()).collect();
    assert_eq!((names, listed.requests), (vec!["a", "b"], 2));
    let asked = transport.lines();
    assert!(asked[0].starts_with(&format!("POST {LOCATION}/backupCrrJobs?api-version=2023-01-15&")), "{asked:?}");
    assert!(asked[0].contains("startTime") && asked[0].contains("endTime"), "{asked:?}");
    assert_eq!(body(&transport, 1), json!({ "resourceId": VAULT }));
    let id = copy.vault().job("j").unwrap();
    assert_eq!(copy.job(&id, &deadline(60)).await.unwrap().id, id);
    assert_eq!(body(&transport, 2), json!({"resourceId": VAULT, "jobName": "j"}));
    let other = copy.job(&id, &deadline(60)).await.unwrap_err();
    assert!(matches!(other, ArmError::Unreadable { .. }), "{other:?}");
}

#[tokio::test(start_paused = true)]
async fn items_and_points_are_asked_for_where_the_description_has_a_slash_at_the_end() {
    let items = json!({"value": [{"id": format!("{VAULT}/{ITEM}"), "properties": {"friendlyName": "s"}}]});
    let point = json!({"name": "1", "properties": {"recoveryPointTime": "2026-11-19T00:00:00Z"}});
    let script = vec![answer(200, items), answer(200, json!({"value": [point]})), answer(200, point)];
    let transport = ScriptedTransport::new(script);
    let copy = copy(&transport);
    let found = copy.protected_items(&Filter::new().eq("backupManagementType", "AzureStorage"), &deadline(60)).await;
    assert_eq!(found.unwrap()[0].id, item());
    let (from, to) = (datetime!(2026-11-01 0:00 UTC), datetime!(2026-11-20 0:00 UTC));
    assert_eq!(copy.recovery_points(&item(), from, to, &deadline(60)).await.unwrap().len(), 1);
    assert_eq!(copy.recovery_point(&item(), "1", &deadline(60)).await.unwrap().name, "1");
    let asked = transport.lines();
    for (line, path) in asked.iter().zip(["/backupProtectedItems/?", "/recoveryPoints/?", "/recoveryPoints/1?"]) {
        assert!(line.contains(path) && line.contains("api-version=2023-01-15"), "{line}");
    }
}

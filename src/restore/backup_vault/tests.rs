//! The service over a scripted transport: what it reads of a vault, what it makes of that, and whom it blames.

use std::sync::Arc;

use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::azure::data_protection::{BackupVaultId, RecoveryOption, RestorePoint, RestoreTargetInfo};
use crate::azure::job::JobStatus;
use crate::azure::redaction::REMOVED;
use crate::azure::scripted::{NOW, ScriptedTransport, Step, answer, client, deadline, with_headers};
use crate::restore::point::{PointChoice, PointCriterion};
use crate::restore::record::{Job, RestoreRecord, RestoreStatus};
use crate::restore::workload::ROLE_ON_VAULT;

const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
const ACCOUNT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/shop";
const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices";

fn vault() -> BackupVaultId {
    BackupVaultId::parse(VAULT).unwrap()
}

fn service(transport: &Arc<ScriptedTransport>, region: Region, selection: PointSelector) -> BackupVaultRestore {
    BackupVaultRestore {
        jobs: BackupVaultJobs::new(DataProtection::new(client(transport)), vault(), region),
        polling: OperationPolling::every_five_seconds(),
        instance: vault().instance("i").unwrap(),
        selection: Some(selection),
        point_argument: "point_in_time".into(),
        names: WorkloadNames {
            things: "blobs",
            source: "storage account",
            roles: &[],
            datasource_type: BLOBS,
            caller_role: ROLE_ON_VAULT,
        },
        restore_location: None,
        identity: None,
        may_be_continuous: false,
        names_a_guard: false,
        destination: None,
        build: Box::new(|context| {
            let id = ResourceId::parse(ACCOUNT).unwrap();
            Ok(RestoreRequest {
                point: RestorePoint::RecoveryPointBased { recovery_point_id: format!("{:?}", context.chosen) },
                restore_target_info: RestoreTargetInfo::Whole {
                    recovery_option: RecoveryOption::FailIfExists,
                    restore_location: context.location.normalized(),
                    datasource_info: Datasource::target(&id, "r", "d", context.location),
                    datasource_set_info: None,
                },
                source_data_store_type: DataStore::VaultStore,
                source_resource_id: context.source.map(|source| source.resource_id.clone()),
                identity_details: None,
                resource_guard_operation_requests: Vec::new(),
            })
        }),
        cache: VaultCache::default(),
    }
}

fn primary(script: Vec<Step>) -> BackupVaultRestore {
    service(&ScriptedTransport::new(script), Region::Primary, PointSelector::LatestInstant)
}

fn secondary(script: Vec<Step>, location: Option<&str>, source: Option<&str>) -> BackupVaultRestore {
    let region = Region::Secondary { location: location.map(Location::new), source: source.map(Location::new) };
    let choice = PointChoice { which: PointCriterion::Latest, max_age: None };
    let selection =
        PointSelector::Point { choice, data_store: DataStore::VaultStore, allow_partial: false, rehydration: false };
    service(&ScriptedTransport::new(script), region, selection)
}

fn read_instance(kind: &str) -> Step {
    let source = json!({"resourceID": ACCOUNT, "resourceName": "shop", "datasourceType": kind});
    answer(200, json!({"properties": {"dataSourceInfo": source}}))
}

fn vault_with(properties: Value) -> Value {
    json!({"location": "westeurope", "properties": properties})
}

fn read_vault(properties: Value) -> Step {
    answer(200, vault_with(properties))
}

/// The script of a restore that the vault decides about. The vault that other restores have read, too, refuses nothing: it
/// is read anew.
fn decided_by(vault: &Value, refused: bool, rest: Vec<Step>) -> Vec<Step> {
    let reads = if refused { 2 } else { 1 };
    [read_instance(BLOBS)].into_iter().chain((0..reads).map(|_| answer(200, vault))).chain(rest).collect()
}

/// Of a backup without an instant, Azure is asked for points instead.
fn nothing_to_restore() -> Vec<Step> {
    vec![ranges(&[]), answer(200, json!({"value": []}))]
}

fn ranges(ranges: &[(&str, &str)]) -> Step {
    let ranges: Vec<Value> = ranges.iter().map(|(start, end)| json!({"startTime": start, "endTime": end})).collect();
    answer(200, json!({"properties": {"restorableTimeRanges": ranges}}))
}

fn refusal(status: u16) -> Step {
    answer(status, json!({"error": {"code": "No", "message": "no"}}))
}

async fn resolved(service: &BackupVaultRestore) -> Result<Value, RestoreError> {
    let resolved = service.resolve(&deadline(60), NOW).await?;
    Ok(serde_json::to_value(resolved.request).unwrap())
}

/// The argument that an error blames, and what it says.
fn blamed(error: RestoreError) -> (String, String) {
    let message = error.to_message("Restoring");
    (message.argument.as_ref().map(ToString::to_string).unwrap_or_default(), message.detail())
}

#[tokio::test(start_paused = true)]
async fn a_restore_is_made_of_the_instance_the_vault_and_the_newest_instant_of_the_year_that_can_be_restored() {
    let range = ("2026-11-01T00:00:00Z", "2026-11-20T09:30:00Z");
    let transport = ScriptedTransport::new(vec![read_instance(BLOBS), read_vault(json!({})), ranges(&[range])]);
    let service = service(&transport, Region::Primary, PointSelector::LatestInstant);
    assert_eq!(service.subject(&BTreeMap::new()), "blobs of backup instance \"i\"");
    assert_eq!(service.target(), format!("{VAULT}/backupInstances/i"));
    let resolved = service.resolve(&deadline(60), NOW).await.unwrap();
    assert_eq!(resolved.recovery_point_time, Some(datetime!(2026-11-20 9:30 UTC)));
    assert_eq!(resolved.recovery_point_id, None);
    let request = serde_json::to_value(resolved.request).unwrap();
    assert_eq!(request["restoreTargetInfo"]["restoreLocation"], "westeurope");
    assert_eq!(request["sourceResourceId"], ACCOUNT);
    assert_eq!(service.subject(&BTreeMap::new()), "blobs of storage account \"shop\"");
    assert_eq!(service.target(), ACCOUNT);
    let body: Value = serde_json::from_slice(transport.seen()[2].body.as_ref().unwrap()).unwrap();
    assert_eq!(body["startTime"].as_str().map(|start| &start[..10]), Some("2025-11-19"), "{body}");
    assert_eq!(body["endTime"].as_str().map(|end| &end[..10]), Some("2026-11-20"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn an_instant_out_of_range_is_the_fault_of_its_argument() {
    let range = ("2026-11-01T00:00:00Z", "2026-11-20T09:30:00Z");
    for (at, fits) in [(datetime!(2026-11-20 9:30 UTC), true), (datetime!(2026-11-20 9:31 UTC), false)] {
        let transport = ScriptedTransport::new(vec![read_instance(BLOBS), read_vault(json!({})), ranges(&[range])]);
        let service = service(&transport, Region::Primary, PointSelector::Instant(at));
        match resolved(&service).await {
            Ok(_) => assert!(fits),
            Err(error) => {
                let (argument, text) = blamed(error);
                assert!(!fits && argument == "point_in_time" && text.contains("cannot be restored"), "{text}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_is_not_there_or_protects_something_else_is_the_fault_of_its_argument() {
    for (step, text) in [
        (refusal(404), "does not exist in vault"),
        (
            read_instance("Microsoft.Compute/disks"),
            "This backup instance protects Microsoft.Compute/disks. This resource restores blobs of a storage account \
             (Microsoft.Storage/storageAccounts/blobServices).",
        ),
        (answer(200, json!({"properties": {}})), "does not say which storage account"),
    ] {
        let (argument, said) = blamed(resolved(&primary(vec![step])).await.unwrap_err());
        assert_eq!(argument, "backup_instance_id");
        assert!(said.contains(text), "{said}");
    }
    let (argument, said) = blamed(resolved(&primary(vec![refusal(403)])).await.unwrap_err());
    assert_eq!(argument, "", "{said}");
    let other_case = vec![read_instance(&BLOBS.to_uppercase()), refusal(404)];
    assert_eq!(blamed(resolved(&primary(other_case)).await.unwrap_err()).0, "", "the vault is not there");
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_may_not_be_read_stops_no_restore() {
    let range = ("2026-11-01T00:00:00Z", "2026-11-20T09:30:00Z");
    let mut service = primary(vec![read_instance(BLOBS), refusal(403), ranges(&[range])]);
    service.restore_location = Some(Location::new("North Europe"));
    let request = resolved(&service).await.unwrap();
    assert_eq!(request["restoreTargetInfo"]["restoreLocation"], "northeurope");
    let unsaid = primary(vec![read_instance(BLOBS), refusal(403)]);
    assert_eq!(blamed(resolved(&unsaid).await.unwrap_err()).0, "restore_location");
}

/// The argument that a vault with these properties blames; none if it lets the restore through.
async fn refused_by(service: BackupVaultRestore) -> Option<(String, String)> {
    match resolved(&service).await {
        Err(error) => Some(blamed(error)).filter(|(argument, _)| argument != "point_in_time"),
        Ok(_) => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_has_changed_since_another_restore_read_it_refuses_nothing() {
    let vault = |state: &str| {
        let cross_region = json!({"crossRegionRestoreSettings": {"state": state}});
        read_vault(json!({"featureSettings": cross_region, "replicatedRegions": ["northeurope"]}))
    };
    for now in [vault("Enabled"), refusal(403)] {
        let script = vec![read_instance(BLOBS), vault("Disabled"), now, answer(200, json!({"value": []}))];
        let (argument, said) = blamed(resolved(&secondary(script, None, None)).await.unwrap_err());
        assert!(argument == "point_in_time" && said.contains("There is no recovery point"), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_identity_must_be_attached_to_the_vault() {
    const IDENTITY: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/x";
    for (attached, text) in [
        (json!({}), Some("The vault has no user-assigned identity.")),
        (json!({"/subscriptions/other": {}}), Some("The vault has:\n  - /subscriptions/other")),
        (json!({IDENTITY.to_uppercase(): {}}), None),
    ] {
        let vault =
            json!({"location": "westeurope", "properties": {}, "identity": {"userAssignedIdentities": attached}});
        let rest = if text.is_none() { nothing_to_restore() } else { vec![] };
        let script = decided_by(&vault, text.is_some(), rest);
        let service = BackupVaultRestore { identity: Some(ResourceId::parse(IDENTITY).unwrap()), ..primary(script) };
        let refused = refused_by(service).await;
        assert_eq!(refused.is_some(), text.is_some(), "{refused:?}");
        if let (Some((argument, said)), Some(text)) = (refused, text) {
            assert_eq!(argument, "user_assigned_identity_id");
            assert!(said.contains(text), "{said}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn another_subscription_needs_a_vault_that_does_not_forbid_it() {
    let destination = |subscription: &str| {
        let id = ACCOUNT.replace("/subscriptions/s/", &format!("/subscriptions/{subscription}/"));
        let (argument, id) = ("target_id".into(), ResourceId::parse(&id).unwrap());
        Some(Destination { argument, name: id.to_string(), id: Some(id) })
    };
    for (state, subscription, refused) in [
        (json!("Disabled"), "other", true),
        (json!("PERMANENTLYDISABLED"), "other", true),
        (json!("Enabled"), "other", false),
        (json!("Unheard"), "other", false),
        (json!(null), "other", false),
        (json!("Disabled"), "S", false),
    ] {
        let features = json!({"featureSettings": {"crossSubscriptionRestoreSettings": {"state": state}}});
        let rest = if refused { vec![] } else { nothing_to_restore() };
        let script = decided_by(&vault_with(features), refused, rest);
        let service = BackupVaultRestore { destination: destination(subscription), ..primary(script) };
        assert!(service.target().ends_with("/storageAccounts/shop"));
        let blamed = refused_by(service).await.map(|(argument, _)| argument);
        assert_eq!(blamed, refused.then(|| "target_id".to_owned()), "{state} {subscription}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_secondary_region_is_one_that_the_vault_has_and_restores_from() {
    let replicated = |state: &str, regions: Value| {
        let features = json!({"crossRegionRestoreSettings": {"state": state}});
        vault_with(json!({"featureSettings": features, "replicatedRegions": regions}))
    };
    for (location, vault, text) in [
        (None, replicated("Disabled", json!(["northeurope"])), "Cross-region restore is Disabled"),
        (Some("northeurope"), replicated("Disabled", json!([])), "Cross-region restore is Disabled"),
        (None, replicated("Enabled", json!([])), "Set `restore_location`"),
    ] {
        let service = secondary(decided_by(&vault, true, vec![]), location, None);
        let (argument, said) = refused_by(service).await.unwrap();
        assert!(argument == "secondary_region" && said.contains(text), "{said}");
    }
    let point = json!({"properties": {"recoveryPointId": "p", "recoveryPointTime": "2026-11-19T00:00:00Z",
        "recoveryPointDataStoresDetails": [{"type": "VaultStore", "state": "COMMITTED", "visible": true}]}});
    for (vault, location) in
        [(replicated("Enabled", json!(["northeurope"])), None), (replicated("", json!([])), Some("northeurope"))]
    {
        let points = answer(200, json!({"value": [point]}));
        let service = secondary(decided_by(&vault, false, vec![points]), location, None);
        let resolved = service.resolve(&deadline(60), NOW).await.unwrap();
        assert_eq!(resolved.recovery_point_id.as_deref(), Some("p"));
        assert_eq!(service.jobs().import_id("/j"), "/j?secondary_region=northeurope");
    }
}

#[tokio::test(start_paused = true)]
async fn with_both_regions_named_nothing_is_read_in_the_region_of_the_vault() {
    let points = answer(200, json!({"value": []}));
    let service = secondary(vec![points], Some("northeurope"), Some("westeurope"));
    let (argument, said) = blamed(resolved(&service).await.unwrap_err());
    assert!(argument == "point_in_time" && said.contains("There is no recovery point"), "{said}");
    assert_eq!(service.diagnose_list_failure(&deadline(60)).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_list_of_the_secondary_region_that_fails_is_explained_by_the_vault() {
    assert_eq!(primary(vec![]).diagnose_list_failure(&deadline(60)).await, None);
    let disabled = read_vault(json!({"featureSettings": {"crossRegionRestoreSettings": {"state": "Disabled"}}}));
    for (step, text) in [(disabled, "Cross-region restore is Disabled"), (refusal(403), "may not be read")] {
        let diagnosed = secondary(vec![step], None, None).diagnose_list_failure(&deadline(60)).await;
        let (argument, said) = diagnosed.unwrap();
        assert!(argument.to_string() == "secondary_region" && said.contains(text), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_are_read_where_the_restore_reads() {
    let jobs = |body: Value| primary(vec![answer(200, body)]);
    let list = json!({"value": [{"name": "a", "properties": {"status": "Completed"}}]});
    let listed = jobs(list).jobs().list(&deadline(60), NOW).await.unwrap();
    assert_eq!(listed.jobs.iter().map(|job| job.name.as_str()).collect::<Vec<_>>(), ["a"]);
    let here = primary(vec![]);
    assert_eq!((here.jobs().list_id(), here.jobs().polls_are_writes()), (VAULT.to_owned(), false));
    assert_eq!(here.jobs().import_id("/j"), "/j");
    let there = secondary(vec![], Some("northeurope"), Some("westeurope"));
    assert!(there.jobs().polls_are_writes() && there.jobs().list_id().contains("northeurope"));
    assert_eq!(there.jobs().import_id("/j"), "/j?secondary_region=northeurope");
    assert_eq!(secondary(vec![], None, None).jobs().import_id("/j"), "/j?secondary_region=<region>");
    let error = here.jobs().get(&deadline(60), "a/b").await.unwrap_err();
    assert!(error.to_string().contains("is no name of a job"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_validation_is_followed_to_its_end() {
    let status = "https://westeurope.management.azure.com/subscriptions/s/providers/Microsoft.DataProtection/locations/westeurope/operationStatus/x?api-version=2026-03-01";
    let request = || async {
        let range = ("2026-11-01T00:00:00Z", "2026-11-20T09:30:00Z");
        let service = primary(vec![read_instance(BLOBS), read_vault(json!({})), ranges(&[range])]);
        service.resolve(&deadline(60), NOW).await.unwrap().request
    };
    let failed = json!({"status": "Failed", "error": {"code": "UserErrorX", "message": "no"}});
    for (end, code) in [(failed, Some("UserErrorX")), (json!({"status": "Succeeded"}), None)] {
        let begun = with_headers(202, &[("azure-asyncoperation", status)], "");
        let service = primary(vec![begun, answer(200, end)]);
        let validated = service.validation().unwrap().validate(&deadline(60), &request().await).await;
        let refused = validated.err().map(|error| error.azure().unwrap().code.clone());
        assert_eq!(refused.as_deref(), code);
    }
}

/// What a job is whose properties are these.
async fn job_of(properties: Value) -> Job {
    let service = primary(vec![answer(200, json!({"name": "j", "properties": properties}))]);
    service.jobs().get(&deadline(60), "j").await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_job_is_a_restore_unless_it_says_otherwise() {
    for (properties, is_restore) in [
        (json!({}), true),
        (json!({"operation": "Restore"}), true),
        (json!({"operationCategory": "Restore"}), true),
        (json!({"operation": "Backup"}), false),
        (json!({"operationCategory": "Backup"}), false),
        (json!({"operation": "Backup", "operationCategory": "Backup"}), false),
    ] {
        assert_eq!(job_of(properties.clone()).await.is_of_activity, is_restore, "{properties}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_took_as_long_as_azure_measured_or_as_lies_between_start_and_end() {
    let job = async |status: &str, duration: Option<&str>, end: Option<&str>| {
        let properties =
            json!({"status": status, "duration": duration, "startTime": "2026-11-20T08:00:00Z", "endTime": end});
        job_of(properties).await.duration_seconds
    };
    let (one, before) = (Some("2026-11-20T08:01:00Z"), Some("2026-11-20T07:00:00Z"));
    assert_eq!(job("Completed", Some("PT50S"), one).await, Some(50));
    assert_eq!(job("Completed", Some("PT0S"), one).await, Some(60), "some jobs say so for good");
    assert_eq!(job("Completed", Some("PT0S"), None).await, Some(0), "nothing else is known");
    assert_eq!(job("Completed", Some("PT0S"), before).await, Some(0), "an end before the start is none");
    assert_eq!(job("Completed", None, before).await, None);
    assert_eq!(job("InProgress", Some("PT0S"), one).await, Some(0), "it may be true");
    assert_eq!(job_of(json!({"status": "Failed"})).await.status, JobStatus::Failed);
}

#[tokio::test(start_paused = true)]
async fn what_azure_says_in_its_errors_is_a_warning_only_of_a_job_that_completed() {
    let warnings = async |status: &str| {
        let errors = json!([{"code": "SomethingSkipped", "message": "One blob was skipped."}]);
        let job = job_of(json!({"status": status, "errorDetails": errors})).await;
        (job.warnings.into_iter().map(|warning| warning.code).collect::<Vec<_>>(), job.errors.len())
    };
    assert_eq!(warnings("Completed").await, (vec!["SomethingSkipped".to_owned()], 1));
    assert_eq!(warnings("Failed").await, (vec![], 1));
    assert_eq!(warnings("InProgress").await, (vec![], 1));
}

#[test]
fn what_a_job_does_not_tell_of_its_request_or_may_not_is_not_reported() {
    let reported = |value: Option<&str>| {
        let mut record = RestoreRecord::new(RestoreStatus::Completed);
        record.details.extend(value.map(|value| ("recoveryDestination".to_owned(), value.to_owned())));
        ReportedJob::new(&record).destination().map(str::to_owned)
    };
    let removed = format!("https://x/?sig={REMOVED}");
    for (value, expected) in [(None, None), (Some(""), None), (Some(removed.as_str()), None), (Some("/a"), Some("/a"))]
    {
        assert_eq!(reported(value).as_deref(), expected, "{value:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn errors_of_a_restore_know_its_workload() {
    assert_eq!(primary(vec![]).workload().map(|names| names.datasource_type), Some(BLOBS));
}

//! Backups of long ago, of which a vault remembers a hundred thousand: pages that are made as they are asked for.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::arm::{ArmCall, ServiceAnswer};
use super::super::clock::with_ticks;
use super::super::message::Reply;
use super::super::platform::Platform;

/// What begins the `$skipToken` of such a page; its first job follows.
const TOKEN: &str = "remembered-";

/// The page that is asked for, if it is one of remembered backups.
pub fn page(platform: &Platform, call: &ArmCall<'_>, vault_id: &str) -> Option<ServiceAnswer> {
    let first: usize = call.request.query("$skipToken")?.strip_prefix(TOKEN)?.parse().ok()?;
    let end = (first + platform.paging.size.max(1)).min(platform.remembered_backups);
    let jobs: Vec<Value> = (first..end).map(|number| job(vault_id, number, platform.clock.now())).collect();
    let next = (end < platform.remembered_backups).then(|| link(platform, call, end));
    let reply = Reply::json(200, &json!({"value": jobs, "nextLink": next}));
    Some(ServiceAnswer::new(reply, "looked at what the vault remembers".into()))
}

/// Lets a list of jobs that is at its end go on with what the vault remembers.
pub fn follow(platform: &Platform, call: &ArmCall<'_>, list: &mut ServiceAnswer) {
    let mut body = list.reply.value();
    if platform.remembered_backups > 0 && list.reply.status == 200 && body["nextLink"].is_null() {
        body["nextLink"] = json!(link(platform, call, 0));
        list.reply.body = body.to_string().into_bytes();
    }
}

fn link(platform: &Platform, call: &ArmCall<'_>, first: usize) -> String {
    let (endpoint, path, version) = (&platform.endpoint, call.request.path(), &call.api_version);
    format!("{endpoint}{path}?api-version={version}&%24skipToken={TOKEN}{first}")
}

fn job(vault_id: &str, number: usize, now: OffsetDateTime) -> Value {
    let id = format!("{number:08x}-0000-4000-9000-{number:012x}");
    let started = now - time::Duration::minutes(15) * i32::try_from(number + 1).unwrap_or(i32::MAX);
    let instance = format!("{vault_id}/backupInstances/instance{}", number % 100);
    let source = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/production/providers/Microsoft.Storage/storageAccounts/source";
    json!({
        "id": format!("{vault_id}/backupJobs/{id}"), "name": id, "type": "Microsoft.DataProtection/BackupVaults/backupJobs",
        "properties": {
            "activityID": format!("{id}-Ibz"), "subscriptionId": "11111111-1111-1111-1111-111111111111",
            "backupInstanceId": instance, "policyId": format!("{vault_id}/backupPolicies/daily"), "dataSourceId": source,
            "vaultName": "many", "backupInstanceFriendlyName": "source", "policyName": "daily",
            "sourceResourceGroup": "production", "dataSourceSetName": "source", "dataSourceName": "source",
            "sourceDataStoreName": null, "sourceDataStoreType": null, "destinationDataStoreName": null,
            "progressEnabled": false, "etag": format!("W/\"datetime'{}'\"", with_ticks(started)),
            "sourceSubscriptionID": "11111111-1111-1111-1111-111111111111", "dataSourceLocation": "westeurope",
            "startTime": with_ticks(started), "endTime": with_ticks(started + time::Duration::minutes(3)),
            "dataSourceType": "Microsoft.Storage/storageAccounts/blobServices", "operationCategory": "Backup",
            "operation": "Backup", "status": "Completed", "restoreType": null, "isUserTriggered": false,
            "rehydrationPriority": null, "supportedActions": [""], "duration": "PT3M0S", "progressUrl": null,
            "isCrossRegionRestore": false, "errorDetails": null, "extendedInfo": null,
        },
    })
}

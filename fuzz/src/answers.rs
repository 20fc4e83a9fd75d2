//! Whatever Azure answers to each call of the service.

use super::{Canned, VAULT, client, clock, deadline, now};
use azurebackup::azure::data_protection::{BackupVaultId, DataStore, JobOperationStart};
use azurebackup::azure::recovery_services::{Filter, ProtectedItemId, RecoveryServices, RecoveryServicesVaultId};
use azurebackup::azure::resource_id::Location;
use azurebackup::restore::activity::Activity;
use azurebackup::restore::recovery_services::{SkippedFiles, VaultCopy, job as record_of, points_between};

/// The vault of the other kind, and an item in it.
const RECOVERY_SERVICES_VAULT: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";
const ITEM: &str =
    "backupFabrics/Azure/protectionContainers/StorageContainer;Storage;g;a/protectedItems/AzureFileShare;i";

/// Panics at what must not be.
pub fn check(bytes: &[u8]) {
    let Some((&which, bytes)) = bytes.split_first() else { return };
    let azure = Canned::new(bytes);
    let service = client(&azure);
    let vault = BackupVaultId::parse(VAULT).expect("an id");
    let (instance, job) = (vault.instance("i").expect("an id"), vault.job("j").expect("an id"));
    let other = RecoveryServices::new(service.client().clone());
    let other_vault = RecoveryServicesVaultId::parse(RECOVERY_SERVICES_VAULT).expect("an id");
    // Of a vault itself, or of its copy in the secondary region.
    let region = Location::new("northeurope");
    let copy = VaultCopy::new(&other, other_vault.clone(), (which >= 128).then_some(&region));
    let item = ProtectedItemId::parse(&format!("{RECOVERY_SERVICES_VAULT}/{ITEM}")).expect("an id");
    let deadline = &deadline();
    now(async {
        match which % 12 {
            0 => drop(service.backup_vault(&vault, deadline).await.map(|found| format!("{found:?}"))),
            1 => drop(service.backup_instance(&instance, deadline).await.map(|found| format!("{found:?}"))),
            2 => drop(service.recovery_points(&instance, None, None, deadline).await.map(|found| format!("{found:?}"))),
            3 => {
                let now = clock().now();
                let start = now - time::Duration::days(1);
                let store = DataStore::OperationalStore;
                drop(service.restorable_time_ranges(&instance, store, start, now, deadline).await);
            }
            4 => {
                for job in
                    service.jobs(&vault, &|_| true, deadline).await.into_iter().flat_map(|listed| listed.elements)
                {
                    assert_eq!(*job.id.vault(), vault);
                    let record = azurebackup::restore::backup_vault::job(&job, Activity::Restore);
                    assert!(record.duration_seconds.is_none_or(|seconds| seconds >= 0));
                    let _ = job.concerns(&instance);
                }
            }
            5 => {
                if let Ok(found) = service.job(&job, deadline).await {
                    assert_eq!(found.id, job);
                    let _ = azurebackup::restore::backup_vault::job(&found, Activity::Backup);
                }
            }
            6 => drop(service.recovery_point(&instance, "p", deadline).await),
            8 => {
                for found in copy.protected_items(&Filter::new(), deadline).await.into_iter().flatten() {
                    assert_eq!(*found.id.vault(), other_vault);
                    let _ = (found.is_called("x"), found.lies_in(item.resource_id()));
                }
            }
            9 => {
                let now = clock().now();
                let period = (Some(now - time::Duration::days(50)), None);
                drop(points_between(&copy, &item, period, now, deadline).await.map(|found| format!("{found:?}")));
            }
            10 => {
                let now = clock().now();
                let since = now - time::Duration::days(50);
                let listed = copy.jobs(since, now, |_| true, deadline).await;
                for job in listed.into_iter().flat_map(|listed| listed.elements) {
                    assert_eq!(*job.id.vault(), other_vault);
                    let record = record_of(&job, Activity::Restore, SkippedFiles::Expected);
                    assert!(record.duration_seconds.is_none_or(|seconds| seconds >= 0));
                }
            }
            11 => {
                let id = other_vault.job("j").expect("an id");
                if let Ok(found) = copy.job(&id, deadline).await {
                    assert_eq!(found.id, id);
                    let _ = record_of(&found, Activity::Backup, SkippedFiles::Unexpected);
                }
            }
            _ => {
                // Any answer that accepts, then looks at what it leads to.
                let accepted = service
                    .client()
                    .post_reading("/x", "1", &(), deadline, |answer| Ok(answer.accepted_operation()))
                    .await;
                if let Ok(accepted) = accepted {
                    let _ = format!("{accepted:?}");
                    if let Ok(seen) = service.operation(&vault, &accepted, deadline).await {
                        let _ = (format!("{seen:?}"), JobOperationStart::Accepted(accepted));
                    }
                }
            }
        }
    });
}

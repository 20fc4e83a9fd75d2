//! Whatever Azure answers to each call of the service.

use super::{Canned, VAULT, client, clock, deadline, now};
use azurebackup::azure::data_protection::{BackupVaultId, DataStore, JobOperationStart};

/// Panics at what must not be.
pub fn check(bytes: &[u8]) {
    let Some((&which, bytes)) = bytes.split_first() else { return };
    let azure = Canned::new(bytes);
    let service = client(&azure);
    let vault = BackupVaultId::parse(VAULT).expect("an id");
    let (instance, job) = (vault.instance("i").expect("an id"), vault.job("j").expect("an id"));
    let deadline = &deadline();
    now(async {
        match which % 8 {
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
                    let record = azurebackup::restore::backup_vault::job(&job);
                    assert!(record.duration_seconds.is_none_or(|seconds| seconds >= 0));
                    let _ = job.concerns(&instance);
                }
            }
            5 => {
                if let Ok(found) = service.job(&job, deadline).await {
                    assert_eq!(found.id, job);
                    let _ = azurebackup::restore::backup_vault::job(&found);
                }
            }
            6 => drop(service.recovery_point(&instance, "p", deadline).await),
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

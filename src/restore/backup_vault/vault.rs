//! What a vault must allow before a restore is worth sending. States are open words, so only a clear no is one; what is
//! not said is left to Azure's validation.

use super::{BackupVaultRestore, Region};
use crate::azure::data_protection::BackupVault;
use crate::azure::error::AzureError;
use crate::azure::resource_id::is_same;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::hints;

impl BackupVaultRestore {
    /// Whether the vault lets this restore through, as far as it says; else the argument at fault, and why.
    pub(super) fn check_what_the_vault_allows(&self, vault: &BackupVault) -> Result<(), (ArgumentPath, String)> {
        let name = vault.id.name();
        if let (Region::Secondary { .. }, Some(state)) = (self.jobs.region(), &vault.cross_region_restore)
            && !is_enabled(state)
        {
            let text =
                format!("Cross-region restore is {state} on backup vault {name:?}. Enable it on the vault first.");
            return Err(("secondary_region".into(), text));
        }
        if matches!(self.jobs.region(), Region::Secondary { location: None, .. }) && vault.secondary_region().is_none()
        {
            let text = format!(
                "Azure does not say which the secondary region of backup vault {name:?} is. Set `restore_location`."
            );
            return Err(("secondary_region".into(), text));
        }
        if let Region::Secondary { location: Some(given), .. } = self.jobs.region()
            && let Some(secondary) = vault.secondary_region()
            && given != secondary
        {
            let text = format!(
                "The secondary region of backup vault {name:?} is {:?}, not {:?}. Correct `restore_location`, or \
                 remove it.",
                secondary.normalized(),
                given.as_str(),
            );
            return Err(("restore_location".into(), text));
        }
        if let Some(identity) = &self.identity
            && !vault.user_assigned_identity_ids.iter().any(|id| is_same(id, identity.as_str()))
        {
            let attached = &vault.user_assigned_identity_ids;
            let attached = if attached.is_empty() {
                "The vault has no user-assigned identity.".to_owned()
            } else {
                format!("The vault has:\n  - {}", attached.join("\n  - "))
            };
            let text = format!(
                "The identity is not attached to backup vault {name:?}, so the vault cannot use it. Attach it to \
                 the vault first. {attached}"
            );
            return Err(("user_assigned_identity_id".into(), text));
        }
        let destination = self.destination.as_ref();
        let elsewhere = destination.and_then(|destination| Some((&destination.argument, destination.id.as_ref()?)));
        let elsewhere = elsewhere.filter(|(_, id)| {
            id.subscription().is_some_and(|subscription| !is_same(subscription, vault.id.subscription()))
        });
        if let (Some((argument, _)), Some(state)) = (elsewhere, &vault.cross_subscription_restore)
            && !is_enabled(state)
        {
            let text = format!(
                "The target is in another subscription than backup vault {name:?}, and cross-subscription restore \
                 is {state} there. Enable it on the vault, or choose a target in the vault's subscription."
            );
            return Err((argument.clone(), text));
        }
        Ok(())
    }

    /// What the vault says about a rejection that Azure's codes leave open. Neither is an error by itself: a guard need not
    /// guard restores, and what Azure restores where is its own affair.
    pub(super) fn advice_from_the_vault(&self, rejection: &AzureError) -> Option<String> {
        if hints::codes(rejection).any(|code| hints::of(code).is_some()) {
            return None;
        }
        let vault = self.jobs.known_vault()?;
        let name = vault.id.name();
        if vault.is_protected_by_resource_guard == Some(true) && !self.names_a_guard {
            return Some(format!(
                "Backup vault {name:?} is protected by a Resource Guard. If the guard protects restores, set \
                 `resource_guard_id` to its ID, and get its approval."
            ));
        }
        let (given, location) = (self.restore_location.as_ref()?, vault.location.as_ref()?);
        (*self.jobs.region() == Region::Primary && given != location).then(|| {
            format!(
                "`restore_location` is {:?}, and backup vault {name:?} is in {:?}. Restores usually stay in the \
                 region of the vault. Check `restore_location`, or remove it.",
                given.as_str(),
                location.normalized(),
            )
        })
    }
}

fn is_enabled(state: &str) -> bool {
    !["Disabled", "PermanentlyDisabled"].iter().any(|disabled| disabled.eq_ignore_ascii_case(state))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::azure::data_protection::{BackupInstanceId, BackupVaultId, DataProtection};
    use crate::azure::random::SystemRandom;
    use crate::azure::resource_id::Location;
    use crate::azure::scripted::{ScriptedTransport, client};
    use crate::restore::backup_vault::{BackupVaultJobs, VaultCache};
    use crate::restore::life::WaitTimes;
    use crate::restore::operation::OperationPolling;
    use crate::restore::service::RestoreService;
    use crate::restore::workload::{ROLE_ON_VAULT, WorkloadNames};

    fn instance() -> BackupInstanceId {
        BackupVaultId::new("s", "g", "v").unwrap().instance("i").unwrap()
    }

    /// The vault of [`instance`], in `westeurope` with a copy in `northeurope`.
    fn vault(is_guarded: bool) -> BackupVault {
        BackupVault {
            id: instance().vault().clone(),
            location: Some(Location::new("westeurope")),
            replicated_regions: vec![Location::new("northeurope")],
            provisioning_state: None,
            redundancy: None,
            cross_region_restore: Some("Enabled".into()),
            cross_subscription_restore: None,
            is_protected_by_resource_guard: Some(is_guarded),
            principal_id: None,
            user_assigned_identity_ids: Vec::new(),
        }
    }

    fn restore(region: Region, location: Option<&str>, names_a_guard: bool) -> BackupVaultRestore {
        let client = DataProtection::new(client(&ScriptedTransport::new(Vec::new())));
        let times = WaitTimes::new(None);
        let random = Arc::new(SystemRandom);
        BackupVaultRestore {
            jobs: BackupVaultJobs::new(client, instance().vault().clone(), region),
            polling: OperationPolling {
                schedule: times.brief,
                first_poll: times.first_poll,
                unreadable: times.operation_unreadable,
                unanswered: times.before_trigger,
                random,
            },
            instance: instance(),
            selection: None,
            point_argument: "recovery_point".into(),
            may_be_continuous: false,
            names_a_guard,
            names: WorkloadNames {
                things: "files",
                source: "server",
                datasource_type: "T",
                caller_role: ROLE_ON_VAULT,
                roles: &[],
            },
            restore_location: location.map(Location::new),
            identity: None,
            destination: None,
            build: Box::new(|_| unreachable!("no request is made")),
            cache: VaultCache::default(),
        }
    }

    fn advice(is_guarded: bool, location: Option<&str>, names_a_guard: bool, code: &str) -> Option<String> {
        let restore = restore(Region::Primary, location, names_a_guard);
        assert_eq!(restore.advice(&AzureError::new(code, "no")), None, "nothing is known of the vault yet");
        restore.jobs.learn(&vault(is_guarded));
        restore.advice(&AzureError::new(code, "no"))
    }

    #[test]
    fn a_refusal_of_a_guarded_vault_names_the_argument_unless_the_code_says_more_or_the_guard_is_named() {
        let told = advice(true, None, false, "SomethingNew").unwrap();
        assert!(told.starts_with("Backup vault \"v\" is protected by a Resource Guard."), "{told}");
        assert_eq!(advice(true, None, true, "SomethingNew"), None);
        assert_eq!(advice(false, None, false, "SomethingNew"), None);
        assert_eq!(advice(true, None, false, "UserErrorMSIMissingPermissions"), None);
    }

    #[test]
    fn a_refusal_outside_the_region_of_the_vault_names_both_regions() {
        let told = advice(false, Some("nowhere"), false, "SomethingNew").unwrap();
        assert!(told.starts_with("`restore_location` is \"nowhere\", and backup vault \"v\" is in \"westeurope\"."));
        assert_eq!(advice(false, Some("West Europe"), false, "SomethingNew"), None);
    }

    #[test]
    fn another_region_than_that_of_the_copy_is_refused_with_the_right_one() {
        let refused = |location: &str| {
            let region = Region::Secondary { location: Some(Location::new(location)), source: None };
            let refused = restore(region, Some(location), false).check_what_the_vault_allows(&vault(false));
            refused.err().map(|(argument, text)| (argument.to_string(), text))
        };
        assert_eq!(refused("North Europe"), None);
        let (argument, text) = refused("westus").unwrap();
        assert_eq!(argument, "restore_location");
        assert!(
            text.contains("is \"northeurope\", not \"westus\". Correct `restore_location`, or remove it."),
            "{text}"
        );
    }

    #[test]
    fn a_physical_backup_is_a_warning_on_the_instance() {
        let restore = restore(Region::Primary, None, false);
        assert!(restore.warnings().is_empty());
        restore.cache.is_physical.set(true).unwrap();
        let warnings = restore.warnings();
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].argument, Some("backup_instance_id".into()));
        assert!(warnings[0].detail().contains("backup instance \"i\" has physical backup"), "{:?}", warnings[0]);
    }
}

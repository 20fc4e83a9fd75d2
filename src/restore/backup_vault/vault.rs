//! What a vault must allow before a restore is worth sending. States are open words, so only a clear no is one; what is
//! not said is left to Azure's validation.

use super::{BackupVaultRestore, Region};
use crate::azure::data_protection::BackupVault;
use crate::azure::resource_id::is_same;
use crate::restore::argument_path::ArgumentPath;

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
            let text =
                format!("Backup vault {name:?} does not say which its secondary region is; set `restore_location`.");
            return Err(("secondary_region".into(), text));
        }
        if let Some(identity) = &self.identity
            && !vault.user_assigned_identity_ids.iter().any(|id| is_same(id, identity.as_str()))
        {
            let attached = &vault.user_assigned_identity_ids;
            let attached = if attached.is_empty() {
                "It has none.".to_owned()
            } else {
                format!("It has:\n  - {}", attached.join("\n  - "))
            };
            let text = format!(
                "The identity is not attached to backup vault {name:?}, so the vault cannot use it. {attached}"
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
                "The target lies in another subscription than backup vault {name:?}, whose cross-subscription restore is {state}."
            );
            return Err((argument.clone(), text));
        }
        Ok(())
    }
}

fn is_enabled(state: &str) -> bool {
    !["Disabled", "PermanentlyDisabled"].iter().any(|disabled| disabled.eq_ignore_ascii_case(state))
}

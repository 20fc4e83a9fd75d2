//! What the vault says of itself before a restore is worth sending: its region, and what it does not allow. States are open
//! words, so only a clear no is one.

use super::RecoveryServicesRestore;
use crate::azure::deadline::Deadline;
use crate::azure::recovery_services::RecoveryServicesVault;
use crate::azure::resource_id::{Location, is_same};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;

impl RecoveryServicesRestore {
    /// The region of the vault, if it lets this restore through as far as it says. Nothing is refused because of an answer
    /// that another restore has read some time ago.
    pub(super) async fn permitted_region(&self, deadline: &Deadline) -> Result<Location, RestoreError> {
        let id = self.item.vault();
        let mut vault = self.client().recent_vault(id, deadline).await?;
        if vault.location.is_none() || self.check_what_the_vault_allows(&vault).is_err() {
            vault = self.client().vault(id, deadline).await?;
            self.check_what_the_vault_allows(&vault).map_err(|(argument, text)| RestoreError::wrong(argument, text))?;
        }
        vault.location.ok_or_else(|| {
            let text =
                format!("Azure does not say in which region vault {:?} is. A restore has to name it.", id.name());
            RestoreError::wrong(self.item_argument.clone(), text)
        })
    }

    /// Whether the vault says that it restores nothing in its secondary region; with the argument at fault. It is asked only
    /// when something has failed there, and what it does not answer has no influence.
    pub(super) async fn forbidden_across_regions(&self, deadline: &Deadline) -> Option<(ArgumentPath, String)> {
        const LONGEST: std::time::Duration = std::time::Duration::from_secs(30);
        let vault = self.client().vault(self.item.vault(), &deadline.at_most(LONGEST)).await.ok()?;
        let state = vault.cross_region_restore.filter(|state| state.eq_ignore_ascii_case("Disabled"))?;
        let text = format!(
            "Cross-region restore is {state} on Recovery Services vault {:?}. It can be enabled on a vault with \
             geo-redundant storage.",
            vault.id.name()
        );
        Some(("secondary_region".into(), text))
    }

    /// Whether the vault lets this restore through, as far as it says; else the argument at fault, and why.
    fn check_what_the_vault_allows(&self, vault: &RecoveryServicesVault) -> Result<(), (ArgumentPath, String)> {
        let name = vault.id.name();
        if let Some((argument, identity)) = &self.identity
            && !vault.user_assigned_identity_ids.iter().any(|id| is_same(id, identity.as_str()))
        {
            let text = format!(
                "The identity is not attached to Recovery Services vault {name:?}, so the vault cannot use it. \
                 Attach it to the vault first."
            );
            return Err((argument.clone(), text));
        }
        let destination = self.destination.as_ref();
        let elsewhere = destination.and_then(|destination| Some((&destination.argument, destination.id.as_ref()?)));
        let elsewhere = elsewhere.filter(|(_, id)| {
            id.subscription().is_some_and(|subscription| !is_same(subscription, vault.id.subscription()))
        });
        if let (Some((argument, _)), Some(state)) = (elsewhere, &vault.cross_subscription_restore)
            && ["Disabled", "PermanentlyDisabled"].iter().any(|word| word.eq_ignore_ascii_case(state))
        {
            let text = format!(
                "The target is in another subscription than Recovery Services vault {name:?}, and cross-subscription \
                 restore is {state} there. Enable it on the vault, or choose a target in the vault's subscription."
            );
            return Err((argument.clone(), text));
        }
        Ok(())
    }
}

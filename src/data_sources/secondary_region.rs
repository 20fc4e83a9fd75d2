//! The arguments that read a vault's copy in its secondary region, where points have other ids and restores have jobs of
//! their own. They are named as those of a restore, so that one set of values serves both.

use crate::azure::recovery_services::{RecoveryServices, RecoveryServicesVaultId};
use crate::azure::resource_id::{Location, ResourceId};
use crate::azure::vault::VaultKind;
use crate::restore::backup_vault::Region;
use crate::restore::recovery_services::VaultCopy;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, required_with, text_checked_by};
use crate::tfplugin::value::{Path, Value};

/// The switch.
pub(super) const SECONDARY_REGION: &str = "secondary_region";

/// The region of the vault; a Recovery Services vault has no use for it.
pub(super) const SOURCE_REGION: &str = "source_region";

const RESTORE_LOCATION: &str = "restore_location";

/// `secondary_region`, `source_region` and `restore_location`; `what` is read: `the points`.
pub(super) fn arguments(what: &str) -> Vec<Attribute> {
    vec![
        switch(what),
        region(SOURCE_REGION).description(
            "For Backup vaults. With `secondary_region`: the region of the vault. Default: the provider reads it from \
             the vault. If you set this and `restore_location`, nothing is read in the region of the vault. So this \
             works while that region is down.",
        ),
        region(RESTORE_LOCATION).description(
            "With `secondary_region`: the secondary region. Default for a Backup vault: the region that the vault is \
             replicated to. For a Recovery Services vault it is required, since such a vault does not say which region \
             that is; nothing is read in the region of the vault then.",
        ),
    ]
}

/// The same for what only Recovery Services vaults have.
pub(super) fn arguments_of_recovery_services(what: &str) -> Vec<Attribute> {
    vec![
        switch(what),
        region(RESTORE_LOCATION).description(
            "The secondary region of the vault, which is the Azure region that its own region is paired with. Required \
             with `secondary_region`, since the vault does not say which region it is. Nothing is read in the region \
             of the vault then, so this works while that region is down.",
        ),
    ]
}

fn switch(what: &str) -> Attribute {
    Attribute::bool(SECONDARY_REGION).optional().description(format!(
        "`true`: read {what} in the secondary region of the vault. The vault must have geo-redundant storage, and \
         cross-region restore must be enabled. Default `false`."
    ))
}

fn region(name: &str) -> Attribute {
    Attribute::string(name).optional().validate(text_checked_by(Location::check))
}

/// Rules between these arguments.
pub(super) fn rules() -> [Rule; 2] {
    [required_with(SOURCE_REGION, &[SECONDARY_REGION]), location_needs_the_switch()]
}

/// The one of them that holds for every kind of vault.
pub(super) fn location_needs_the_switch() -> Rule {
    required_with(RESTORE_LOCATION, &[SECONDARY_REGION])
}

/// A Recovery Services vault does not say which its secondary region is: an error if the argument `id` leads to such a vault,
/// and the region is not given.
pub(super) fn named_for_recovery_services(id: &'static str) -> Rule {
    Rule::new(move |object, path| {
        let of_such_a_vault = object
            .get(id)
            .as_str()
            .and_then(|text| ResourceId::parse(text).ok())
            .is_some_and(|id| VaultKind::of(&id) == Some(VaultKind::RecoveryServices));
        let is_wanted = object.get(SECONDARY_REGION).as_bool() == Some(true);
        if of_such_a_vault && is_wanted && object.get(RESTORE_LOCATION).is_null() {
            let error = Diagnostic::error("The secondary region is not named", WHICH_REGION)
                .at(path.clone().child(SECONDARY_REGION));
            return error.into();
        }
        Diagnostics::new()
    })
}

const WHICH_REGION: &str = "With `secondary_region = true`, set `restore_location` to the secondary region of the \
                            vault, which is the Azure region that its own region is paired with.";

/// The copy of a Recovery Services vault that the arguments name.
pub(super) fn copy(
    client: &RecoveryServices,
    vault: &RecoveryServicesVaultId,
    arguments: &Value,
) -> Result<VaultCopy, Diagnostic> {
    let location = match of_arguments(arguments) {
        Region::Primary => None,
        Region::Secondary { location: Some(location), .. } => Some(location),
        Region::Secondary { location: None, .. } => {
            return Err(Diagnostic::error("The secondary region is not named", WHICH_REGION)
                .at(Path::attribute(SECONDARY_REGION)));
        }
    };
    Ok(VaultCopy::new(client, vault.clone(), location.as_ref()))
}

/// Which copy of the vault the arguments name.
pub(super) fn of_arguments(arguments: &Value) -> Region {
    if arguments.get(SECONDARY_REGION).as_bool() != Some(true) {
        return Region::Primary;
    }
    let given = |name: &str| arguments.get(name).as_str().map(|region| Location::new(region).as_azure_writes_it());
    Region::Secondary { location: given("restore_location"), source: given("source_region") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_is_read_only_if_it_is_asked_for_and_regions_have_one_notation() {
        let secondary = |members: &[(&str, Value)]| of_arguments(&Value::object(members.iter().cloned()));
        assert_eq!(secondary(&[]), Region::Primary);
        assert_eq!(secondary(&[(SECONDARY_REGION, false.into())]), Region::Primary);
        let both = [
            (SECONDARY_REGION, Value::from(true)),
            ("source_region", "West Europe".into()),
            ("restore_location", "northeurope".into()),
        ];
        let Region::Secondary { location: Some(location), source: Some(source) } = secondary(&both) else { panic!() };
        assert_eq!((location.as_str(), source.as_str()), ("northeurope", "westeurope"));
        assert_eq!(secondary(&both[..1]), Region::Secondary { location: None, source: None });
    }
}

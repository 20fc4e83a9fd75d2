//! The arguments that read a vault's copy in its secondary region, where points have other ids and restores have jobs of
//! their own. They are named as those of a restore, so that one set of values serves both.

use crate::azure::resource_id::Location;
use crate::restore::backup_vault::Region;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, required_with, text_checked_by};
use crate::tfplugin::value::Value;

/// The switch.
pub(super) const SECONDARY_REGION: &str = "secondary_region";

/// All of the arguments.
pub(super) const ARGUMENTS: [&str; 3] = [SECONDARY_REGION, "source_region", "restore_location"];

/// `secondary_region`, `source_region` and `restore_location`; `what` is read: `the points`.
pub(super) fn arguments(what: &str) -> Vec<Attribute> {
    let region = |name: &str| Attribute::string(name).optional().validate(text_checked_by(Location::check));
    vec![
        Attribute::bool(SECONDARY_REGION).optional().description(format!(
            "For Backup vaults. `true`: read {what} in the secondary region of the vault. The vault must have \
             geo-redundant storage, and cross-region restore must be enabled. Default `false`."
        )),
        region("source_region").description(
            "With `secondary_region`: the region of the vault. Default: the provider reads it from the vault. If you \
             set this and `restore_location`, nothing is read in the region of the vault. So this works while that \
             region is down.",
        ),
        region("restore_location").description(
            "With `secondary_region`: the secondary region. Default: the region that the vault is replicated to.",
        ),
    ]
}

/// Rules between these arguments.
pub(super) fn rules() -> [Rule; 2] {
    ["source_region", "restore_location"].map(|region| required_with(region, &[SECONDARY_REGION]))
}

/// Which copy of the vault the arguments name.
pub(super) fn region(arguments: &Value) -> Region {
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
        let secondary = |members: &[(&str, Value)]| region(&Value::object(members.iter().cloned()));
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

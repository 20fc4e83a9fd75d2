//! The arguments that say in which region a restore happens and from which it reads.
//!
//! Only `secondary_region` decides what is restored: its copy lags behind. The others name what is given anyway: a
//! target lies where it lies, and a vault has one secondary region. They are written out when the vault's own region is
//! down, maybe while a restore runs, which must not begin a second one.

use crate::azure::resource_id::Location;
use crate::resources::canonical;
use crate::resources::restore::ReportedArgument;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::text_checked_by;

/// Whether the copy in the vault's secondary region is read.
pub const SECONDARY_REGION: &str = "secondary_region";

/// The region of the target.
pub const RESTORE_LOCATION: &str = "restore_location";

/// `secondary_region`: whether the copy in the vault's secondary region is read. `documented_for` completes a sentence on the
/// workloads for which Azure documents this.
pub fn secondary_region(documented_for: &str) -> Attribute {
    Attribute::bool(SECONDARY_REGION).optional().absent_means(false).requires_replace().description(format!(
        "`true`: restore from the copy of the vault in its secondary region, to a target in that region. New recovery \
         points arrive there with a delay. The vault must have geo-redundant storage, and cross-region restore must \
         be enabled. Microsoft documents this for {documented_for}. For other workloads, the validation of Azure \
         decides. Default `false`."
    ))
}

/// `secondary_region` and `restore_location` of a Recovery Services vault, which does not say which its secondary region is.
/// `extent` is a sentence on what can be restored there.
pub fn of_recovery_services(extent: &str) -> [Attribute; 2] {
    let switch = Attribute::bool(SECONDARY_REGION).optional().absent_means(false).requires_replace();
    [
        switch.description(format!(
            "`true`: restore from the copy of the vault in its secondary region, to a target in that region. Set \
             `restore_location`, too. {extent} New recovery points arrive there with a delay. The vault must have \
             geo-redundant storage, and cross-region restore must be enabled. The provider reads nothing in the region \
             of the vault then, so you can restore while that region is down. Default `false`."
        )),
        region(RESTORE_LOCATION).description(
            "With `secondary_region`: the secondary region of the vault, which is the Azure region that its own region \
             is paired with. It is required then, since the vault does not say which region it is.",
        ),
    ]
}

/// `source_region`: the vault's own region, beside `secondary_region`.
pub fn source_region() -> Attribute {
    region("source_region").description(
        "With `secondary_region`: the region of the vault. Default: the provider reads it from the vault. If you set \
         this and `restore_location`, the provider reads nothing in the region of the vault. So you can restore while \
         that region is down. Checks that need the region of the vault are then made by Azure only.",
    )
}

/// `restore_location`: the region of the target.
pub fn restore_location(has_secondary_region: bool) -> Attribute {
    region(RESTORE_LOCATION).description(if has_secondary_region {
        "The Azure region of the target. Default: the region of the vault. With `secondary_region`: the region that \
         the vault is replicated to."
    } else {
        "The Azure region of the target. Default: the region of the vault."
    })
}

/// The region that an argument names, as Azure and azurerm write it: `West Europe` is sent as `westeurope`.
pub fn read(region: &Attr<String>) -> Option<Location> {
    region.as_str().map(|region| Location::new(region).as_azure_writes_it())
}

/// Where the job of an import was found: in this secondary region, or in the vault.
pub fn reported(secondary_region: Option<&str>) -> Vec<ReportedArgument> {
    let is_secondary = ReportedArgument::new(SECONDARY_REGION, secondary_region.is_some());
    let location = secondary_region.map(|region| {
        // A vault is replicated to one region, which is the default.
        ReportedArgument::new(RESTORE_LOCATION, region).or_if(|location| location.is_null())
    });
    std::iter::once(is_secondary).chain(location).collect()
}

fn region(name: &str) -> Attribute {
    Attribute::string(name)
        .optional()
        .updates_in_place()
        .canonical(canonical::region)
        .validate(text_checked_by(Location::check))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::value::{Path, Value};

    #[test]
    fn a_region_may_be_written_as_the_portal_shows_it_and_is_sent_as_azure_writes_it() {
        assert_eq!(read(&"West Europe".into()).unwrap().as_str(), "westeurope");
        assert_eq!(read(&Attr::Null), None);
        for attribute in [restore_location(true), restore_location(false), source_region()] {
            let check = |text: &str| attribute.validators[0].check(&Value::from(text), &Path::attribute("x"));
            assert!(check("West Europe").is_empty());
            assert!(check("nowhere/../x").has_errors());
        }
    }
}

//! The regions of the public cloud, and the refusal of a location that is none of them.

use serde_json::Value;

use super::arm::ServiceAnswer;
use super::error::gateway_error;

const REGIONS: &[&str] = &[
    "australiacentral",
    "australiaeast",
    "australiasoutheast",
    "brazilsouth",
    "canadacentral",
    "canadaeast",
    "centralindia",
    "centralus",
    "eastasia",
    "eastus",
    "eastus2",
    "francecentral",
    "germanywestcentral",
    "japaneast",
    "japanwest",
    "koreacentral",
    "koreasouth",
    "northcentralus",
    "northeurope",
    "norwayeast",
    "southafricanorth",
    "southcentralus",
    "southeastasia",
    "southindia",
    "swedencentral",
    "switzerlandnorth",
    "uaenorth",
    "uksouth",
    "ukwest",
    "westcentralus",
    "westeurope",
    "westindia",
    "westus",
    "westus2",
    "westus3",
];

/// Blanks and case have no meaning in the name of a region.
fn normalised(location: &str) -> String {
    location.replace(' ', "").to_lowercase()
}

/// What Resource Manager says of a body whose `location` is not a region
/// (docs/reference/azure-resource-manager.md#locations).
pub fn refuse_unknown(body: &Value, resource_type: &str) -> Option<ServiceAnswer> {
    let location = body["location"].as_str().filter(|own| !REGIONS.contains(&normalised(own).as_str()))?;
    let message = format!(
        "The provided location '{location}' is not available for resource type '{resource_type}'. List of available \
         regions for the resource type is '{}'.",
        REGIONS.join(",")
    );
    let reply = gateway_error(400, "LocationNotAvailableForResourceType", &message);
    Some(ServiceAnswer::new(reply, format!("named the location {location:?}, which is not a region")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_location_must_be_a_region_in_any_spelling() {
        for (location, known) in
            [("westeurope", true), ("West Europe", true), ("NORTHEUROPE", true), ("westeuropa", false), ("", false)]
        {
            let refusal = refuse_unknown(&json!({"location": location}), "Microsoft.RecoveryServices/vaults");
            assert_eq!(refusal.is_none(), known, "{location}");
        }
        assert!(refuse_unknown(&json!({"tags": {}}), "Microsoft.RecoveryServices/vaults").is_none(), "a change");
    }
}

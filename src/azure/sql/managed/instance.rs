//! A managed instance.

use serde_json::Value;

use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::Location;

/// A managed instance, as far as a restore needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedInstance {
    /// Its region, as Azure writes it; databases restored onto it must name it.
    pub location: Option<Location>,
}

impl ManagedInstance {
    pub(super) fn read(value: &Value) -> Self {
        Self { location: JsonFields::of(value).text("location").map(Location::new) }
    }
}
